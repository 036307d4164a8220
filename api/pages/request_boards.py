"""Let boards vote about requests, each member once, and officers record what their own board resolved in a meeting."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.forms import Form, Upload, refused
from api.pages.funds import union_names
from api.pages.rendering import look_of, named, page
from api.pages.request_dossier import VOTES, refused_or_changed, tally, told, vote_names, waits_since
from api.pages.request_parts import title_of
from api.security import Reader
from ledger.domain.allocations import REASON_MAXIMUM
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import Refusal
from ledger.services import allocation_decisions as service
from ledger.services import allocation_queue, documents
from ledger.services.allocation_decisions import RESOLUTION_MAXIMUM, Resolve
from ledger.services.allocation_queue import Item
from ledger.services.pool import Pool
from reports.i18n import N_, translate
from reports.request_words import must_approve

OUTCOMES = {"carried": N_("Carried"), "lost": N_("Lost")}
_RESOLUTION_FIELDS = {
    "text_invalid": "number", "future_date": "decided_on", "date_invalid": "decided_on", "choice_invalid": "document", "document_type": "file",
    "document_too_large": "file", "documents_full": "file",
}  # fmt: skip


@get("/requests/board", opt={"permission": "read_books"})
async def show_board(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What needs the reader's board, with what officers decided and how the votes stand."""
    language, unions = reader.language, await union_names(pool, reader)
    items = await allocation_queue.before_boards(pool, reader.actor)
    return page(
        request, "requests/board.html", reader=reader, help="boards",
        rows=[_board_row(language, item, unions, reader, await documents_for(pool, reader, "request", item.case.allocation.number)) for item in items],
    )  # fmt: skip


def _board_row(language: str, item: Item, unions: dict[str, str], reader: Reader, documents: Any) -> dict[str, Any]:
    case = item.case
    found = [board for board in allocation_queue.boards(case, item.votes) if reader.union_code in (None, board.rule.union)]
    others = [need for need in case.missing if need.capacity != "board"]
    return {
        "item": item, "case": case, "title": title_of(language, case), "since": waits_since(item), "steps": item.standing.steps,
        "tallies": [tally(language, board) for board in found], "fund": named(language, case.fund), "documents": documents,
        "approved_text": ", ".join(f"{d.person} ({look_of(d.union).name})" for d in case.approvals),
        "waits": must_approve(language, others, unions) if others else "",
        "resolved": [
            (r.union, r.number, translate(language, OUTCOMES[r.outcome])) for r in case.resolutions
            if r.revision >= case.allocation.material_revision
        ],
        "own_vote": next((vote_names(language)[v.vote] for v in item.votes if v.person_id == reader.person_id), None),
    }  # fmt: skip


# --- votes ------------------------------------------------------------------------------------------------------------


_CHOICES = {"for": N_("I vote for it"), "against": N_("I vote against it"), "abstain": N_("I abstain")}


@get("/requests/{number:str}/vote", opt={"permission": "vote_in_board"})
async def ask_vote(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The request, who of the board has voted what, and the member's own vote where they have none yet."""
    facts = await told(pool, reader, number)
    return _vote_page(request, reader, Form({"revision": str(facts["allocation"].revision)}, reader.language), facts)


def _vote_page(request: Request[Any, Any, Any], reader: Reader, form: Form, facts: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "requests/vote.html", reader=reader, status=form.status, help="boards", form=form, maximum=REASON_MAXIMUM,
        choices=[(choice, translate(reader.language, name)) for choice, name in _CHOICES.items()],
        **refused_or_changed(reader, form, facts, refusal), **facts,
    )  # fmt: skip


@post("/requests/{number:str}/vote", opt={"permission": "vote_in_board"}, status_code=303)
async def vote(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Vote; a vote is not taken back."""
    form, refusal = Form(await request.form(), reader.language), None
    choice, remark = form.choice("vote", list(VOTES)), form.text("remark", required=False, max_length=REASON_MAXIMUM)
    revision = form.integer("revision", minimum=1)
    if form.ok:
        try:
            voted = await service.vote(pool, reader.actor, form.key, number, revision, choice, remark)
            return Redirect(f"/requests/{voted.number}/vote?done=request_voted", status_code=303)
        except Refusal as caught:
            refusal = caught
            refused(form, refusal, {"text_invalid": "remark"})
    return _vote_page(request, reader, form, await told(pool, reader, number), refusal)


# --- resolutions ------------------------------------------------------------------------------------------------------


@get("/requests/{number:str}/resolution", opt={"permission": "record_resolution"})
async def ask_resolution(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form of what the officer's own board resolved in a meeting."""
    facts = await told(pool, reader, number)
    if "resolve" not in facts["found"].standing.steps:
        return Redirect(f"/requests/{facts['allocation'].number}#decide", status_code=303)
    return _resolution_page(request, reader, Form({"revision": str(facts["allocation"].revision)}, reader.language), facts)


def _resolution_page(
    request: Request[Any, Any, Any], reader: Reader, form: Form, facts: dict[str, Any], refusal: Refusal | None = None
) -> Response[Any]:
    return page(
        request, "requests/resolution.html", reader=reader, status=form.status, help="boards", form=form, accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES,
        outcomes=[(code, translate(reader.language, name)) for code, name in OUTCOMES.items()],
        files=[(str(each.id), each.filename) for each in facts["documents"].items], maximum=RESOLUTION_MAXIMUM,
        **refused_or_changed(reader, form, facts, refusal), **facts,
    )  # fmt: skip


@post("/requests/{number:str}/resolution", opt={"permission": "record_resolution"}, status_code=303)
async def record_resolution(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Keep the document where one was sent, then record the resolution."""
    form, refusal = Form(await request.form(), reader.language), None
    told_number, decided_on = form.text("number", max_length=RESOLUTION_MAXIMUM), form.date("decided_on", pool.today(), EARLIEST_DATE)
    outcome, revision = form.choice("outcome", list(OUTCOMES)), form.integer("revision", minimum=1)
    chosen = form.text("document", required=False, max_length=40)
    upload = await form.file("file", SIZE_MAXIMUM_BYTES, required=not chosen)
    if form.ok:
        try:
            document = await _kept(pool, reader, form, number, upload) if upload else chosen
            resolve = Resolve(number=told_number, decided_on=decided_on, document=document, outcome=outcome)
            resolved = await service.record_resolution(pool, reader.actor, form.key, number, revision, resolve)
            return Redirect(f"/requests/{resolved.number}?done=request_resolved", status_code=303)
        except Refusal as caught:
            refusal = caught
            refused(form, refusal, _RESOLUTION_FIELDS)
    return _resolution_page(request, reader, form, await told(pool, reader, number), refusal)


async def _kept(pool: Pool, reader: Reader, form: Form, number: str, upload: Upload) -> str:
    """Keep the file with the request, and choose it: a form that is refused later need not be given it again."""
    kept = await documents.attach(
        pool, reader.actor, f"{form.key}-file", "request", number.upper(), upload.filename, upload.content_type, upload.data
    )
    form.put("document", str(kept.id))
    return str(kept.id)


DONE = {
    "request_voted": N_("Your vote is counted."),
    "request_resolved": N_("The resolution is recorded."),
}
PAGES = [show_board, ask_vote, vote, ask_resolution, record_resolution]
