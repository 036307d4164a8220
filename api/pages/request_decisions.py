"""Let officers decide about requests one after another, everything on one screen, and boards vote or have their resolutions recorded.

Each step has a page of its own that says what exactly is decided, so that all of it works without a script; the services hold to the same.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.documents import documents_for
from api.pages.forms import Form, Upload, refused
from api.pages.funds import rate_text, union_names
from api.pages.rendering import look_of, named, page
from api.pages.requests import revisions, side_of, title_of
from api.refusal_messages import message
from api.refusal_pages import RULES
from api.security import Reader
from ledger.domain.allocations import DRAWING, REASON_MAXIMUM, REVIEW, Allocation, totals
from ledger.domain.approvals import Decision, missing
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.matrices import groups
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import NotFound, Refusal, all_refusals
from ledger.services import allocation_decisions as service
from ledger.services import allocation_queue, documents
from ledger.services.allocation_decisions import RESOLUTION_MAXIMUM, Resolve
from ledger.services.allocation_queue import Dossier, Item
from ledger.services.pool import ZONE, Pool
from reports import formats
from reports.approval_words import KIND_NAMES, band_text, rule_text
from reports.i18n import N_, translate, translate_n
from reports.request_words import amounts, must_approve


class Act(msgspec.Struct, frozen=True):
    """A step of an officer: what its page is called and says, the step of the rules it is, and whether it needs a reason."""

    title: str
    lede: str
    button: str
    step: str
    reason: bool = True


ACTS: dict[str, Act] = {
    "approve": Act(N_("Approve it"), N_("You approve exactly this, as it stands here."), N_("Approve"), "approve", False),
    "return": Act(
        N_("Return it for changes"), N_("It goes back to who asked for it, and comes again when it was changed."), N_("Return it"), "return",
    ),
    "decline": Act(N_("Decline it"), N_("It ends here. Who asked reads your reason, and can ask anew."), N_("Decline it"), "reject"),
    "step-aside": Act(
        N_("Step aside"), N_("Say what ties you to it. From then on you decide nothing about it, and somebody else of your union must."),
        N_("Step aside"), "recuse",
    ),
    "take-up": Act(N_("Take it up"), N_("Who asked sees that you are looking at it. Nothing is decided by it."), N_("Take it up"), "take_up", False),
    "suspend": Act(
        N_("Suspend it"), N_("Nothing is decided or paid until an officer lets it go on. What is set aside stays set aside."), N_("Suspend it"), "suspend",
    ),
    "resume": Act(N_("Let it go on"), N_("It goes on from where it stood."), N_("Let it go on"), "resume", False),
    "close-vote": Act(
        N_("Close the vote"), N_("No member can vote after this. More votes for it than against carry it."), N_("Close the vote"), "close_vote", False,
    ),
}  # fmt: skip
DONE_OF = {"approve": "request_approved", "return": "request_sent_back", "decline": "request_declined", "step-aside": "request_recused"}
VOTES = {"for": (N_("For"), "good"), "against": (N_("Against"), "bad"), "abstain": (N_("Abstained"), "")}
OUTCOMES = {"carried": N_("Carried"), "lost": N_("Lost")}
KEYS = (
    ("j k", N_("the next request, and the one before")), ("a", N_("approve it, after a look at what exactly")), ("r", N_("return it for changes")),
    ("d", N_("decline it")),
)  # fmt: skip
_FIELDS = {"text_invalid": "reason"}
_RESOLUTION_FIELDS = {
    "text_invalid": "number", "future_date": "decided_on", "date_invalid": "decided_on", "choice_invalid": "document", "document_type": "file",
    "document_too_large": "file", "documents_full": "file",
}  # fmt: skip


# --- the queue --------------------------------------------------------------------------------------------------------------


@get("/requests/queue", opt={"permission": "decide_request"})
async def show_queue(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """One request after another, oldest first, with all that a decision needs; ``?at=A-0107`` opens that one."""
    found = await allocation_queue.queue(pool, reader.actor)
    at = next((item for item in found.mine if item.case.allocation.number == word(request, "at")), next(iter(found.mine), None))
    place = found.mine.index(at) if at else 0
    language = reader.language
    return page(
        request, "requests/queue.html", reader=reader, help="deciding", queue=found, at=at, place=place, today=pool.today(),
        before=found.mine[place - 1] if place else None, after=found.mine[place + 1] if place + 1 < len(found.mine) else None,
        titles={item.case.allocation.number: title_of(language, item.case) for item in (*found.mine, *found.barred, *found.suspended)},
        why={item.case.allocation.number: why_not(language, item) for item in found.barred}, day_of=_day_of, page_keys=KEYS if at else (),
        **(await told(pool, reader, at.case.allocation.number) if at else {}),
    )  # fmt: skip


def _day_of(item: Item) -> Any:
    return item.since.astimezone(ZONE).date()


def why_not(language: str, item: Item) -> str:
    """The rule that keeps the reader from a request, in words."""
    return message(language, all_refusals()[item.standing.code](**item.standing.facts))


async def told(pool: Pool, reader: Reader, number: str) -> dict[str, Any]:
    """Everything about one request that a decision needs, ready for a template."""
    found, unions, language = await allocation_queue.dossier(pool, reader.actor, number), await union_names(pool, reader), reader.language
    view, case = found.view, found.case
    return {
        "found": found, "view": view, "case": case, "allocation": case.allocation, "unions": unions, "request_title": title_of(language, case),
        "sums": totals(case.revision.lines), "sums_text": amounts(language, totals(case.revision.lines)),
        "sides": [side_of(language, view, union, unions) for union in unions],
        "fund_name": named(language, case.fund), "tested_parts": _tested_parts(language, found), "rule_text": rule_in_words(language, found),
        "rates": [rate_text(language, rate) for rate in case.rules.rates.values() if len(totals(case.revision.lines)) > 1 or _converts(found)],
        "rules_page": f"/approval-rules/{case.rules.matrix.number}", "needs": must_approve(language, case.needed, unions),
        "documents": await documents_for(pool, reader, "request", case.allocation.number),
        "comments": [event for event in view.events if event.what == "comment"], "changes": await revisions(pool, reader, view),
        "tallies": [tally(language, board) for board in found.boards], "vote_names": _vote_names(language), "states_in_review": REVIEW,
    }  # fmt: skip


def _converts(found: Dossier) -> bool:
    case = found.case
    return found.worth_minor is not None or any(code != case.rules.matrix.currency for code in totals(case.revision.lines))


def _tested_parts(language: str, found: Dossier) -> list[str]:
    """What the tested amount is made of: the request itself, and each other request that counts with it."""
    parts = [formats.money(language, amount, code) for code, amount in totals(found.case.revision.lines).items()]
    asked = [translate(language, "%(amount)s asked for here", amount=part) for part in parts]
    return asked + [
        translate(
            language, "%(amount)s asked of %(payee)s in %(request)s on %(date)s", amount=formats.money(language, each.amount_minor, each.currency),
            payee=each.payee_name, request=each.request, date=formats.date_long(language, each.submitted_on),
        )
        for each in found.case.earlier
    ]  # fmt: skip


def rule_in_words(language: str, found: Dossier) -> str:
    """The approval rule that the amount falls under, with the amounts it is for."""
    rule, matrix = found.rule, found.case.rules.matrix
    if rule is None:
        return translate(language, "No exchange rate says what it comes to, so the strictest rule there can be holds.")
    band = next(band for group in groups(matrix) for band in group.bands if band.rule == rule)
    return translate(
        language, "%(kind)s. %(band)s: %(who)s.", kind=translate(language, KIND_NAMES[rule.kind]), band=band_text(language, band, matrix.currency),
        who=rule_text(language, rule),
    )  # fmt: skip


# --- one step -----------------------------------------------------------------------------------------------------------------


@get("/requests/{number:str}/decide/{act:str}", opt={"permission": "decide_request"})
async def ask_decision(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """What exactly is decided, and the form of the step; who cannot take it now reads why on the request's own page."""
    _known(act)
    facts = await told(pool, reader, number)
    if ACTS[act].step not in facts["found"].standing.steps:
        return Redirect(f"/requests/{facts['allocation'].number}#decide", status_code=303)
    read = request.query_params.get("revision") or str(facts["allocation"].revision)
    form = Form({"revision": read, "from": word(request, "from") or ""}, reader.language)
    return _act_page(request, reader, form, act, facts)


def _known(act: str) -> None:
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])


def _act_page(
    request: Request[Any, Any, Any], reader: Reader, form: Form, act: str, facts: dict[str, Any], refusal: Refusal | None = None
) -> Response[Any]:
    return page(
        request, "requests/decide.html", reader=reader, status=form.status, help="deciding", form=form, act=act, words=ACTS[act],
        maximum=REASON_MAXIMUM, back=_back(form, facts["allocation"].number), **_refused_or_changed(reader, form, facts, refusal),
        then=_then(reader, facts["found"], facts["unions"]) if act == "approve" else "", **facts,
    )  # fmt: skip


def _refused_or_changed(reader: Reader, form: Form, facts: dict[str, Any], refusal: Refusal | None) -> dict[str, Any]:
    """The rule that a refusal comes from, and what was changed since the revision that the form was opened with."""
    typed = form.value("revision")
    read = int(typed) if typed.isdecimal() else facts["allocation"].revision
    return {
        "refusal": refusal, "rule": translate(reader.language, RULES[refusal.code]) if refusal else "",
        "changed": [change for change in facts["changes"] if change.revision > read],
    }  # fmt: skip


def _back(form: Form, number: str) -> str:
    return {"queue": f"/requests/queue?at={number}", "board": "/requests/board"}.get(form.value("from"), f"/requests/{number}")


def _then(reader: Reader, found: Dossier, unions: dict[str, str]) -> str:
    """What follows from this approval: the money is set aside, or who must still approve."""
    case, language = found.case, reader.language
    if case.allocation.state in DRAWING:
        return translate(language, "It can be paid again as soon as nothing is missing.")
    capacity = "secretary_treasurer" if "secretary_treasurer" in reader.roles else "officer"
    own = Decision(reader.person_id, reader.union_code or "", capacity, "approved", case.allocation.revision)
    left = missing(case.needed, [*case.approvals, own], case.resolutions, case.allocation.material_revision)
    if left:
        return translate(language, "After you it still needs %(who)s.", who=must_approve(language, left, unions))
    sums = amounts(language, totals(case.revision.lines))
    return translate(language, "Yours is the last approval: %(amounts)s of %(fund)s is set aside at once.", amounts=sums, fund=named(language, case.fund))


@post("/requests/{number:str}/decide/{act:str}", opt={"permission": "decide_request"}, status_code=303)
async def decide(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step; from the queue the next request comes up."""
    _known(act)
    form, refusal = Form(await request.form(), reader.language), None
    reason, revision = form.text("reason", required=ACTS[act].reason, max_length=REASON_MAXIMUM), form.integer("revision", minimum=1)
    following = await _following(pool, reader, number) if form.value("from") == "queue" else ""
    if form.ok:
        try:
            decided = await _step(pool, reader, form.key, number, act, revision, reason)
            return Redirect(_after(form, act, decided, following), status_code=303)
        except Refusal as caught:
            refusal = caught
            refused(form, refusal, _FIELDS)
            form.put("revision", str(revision))
    return _act_page(request, reader, form, act, await told(pool, reader, number), refusal)


async def _following(pool: Pool, reader: Reader, number: str) -> str:
    """The number of the request that comes after this one in the reader's queue; empty where it is the last."""
    mine = [item.case.allocation.number for item in (await allocation_queue.queue(pool, reader.actor)).mine]
    place = mine.index(number.upper()) + 1 if number.upper() in mine else 0
    return mine[place] if place < len(mine) else ""


def _after(form: Form, act: str, decided: Allocation, following: str) -> str:
    done = DONE_OF.get(act, f"request_{act.replace('-', '_')}")
    if form.value("from") == "board":
        return f"/requests/board?done={done}"
    if form.value("from") != "queue":
        return f"/requests/{decided.number}?done={done}"
    return f"/requests/queue?at={decided.number if act == 'take-up' else following}&done={done}"


def _step(pool: Pool, reader: Reader, key: str, number: str, act: str, revision: int, reason: str) -> Awaitable[Allocation]:
    actor = reader.actor
    match act:
        case "approve":
            return service.approve(pool, actor, key, number, revision, reason)
        case "take-up":
            return service.take_up(pool, actor, key, number)
        case "close-vote":
            return service.close_vote(pool, actor, key, number, revision)
    steps: dict[str, Callable[..., Awaitable[Allocation]]] = {
        "return": service.send_back, "decline": service.reject, "step-aside": service.recuse, "suspend": service.suspend, "resume": service.resume,
    }  # fmt: skip
    return steps[act](pool, actor, key, number, reason)


# --- boards -------------------------------------------------------------------------------------------------------------------


class Tally(msgspec.Struct, frozen=True):
    """A board's votes in words: how many have voted and how, and what is still possible."""

    union: str
    stands: str
    possible: list[str]
    votes: list[Any]


def tally(language: str, board: allocation_queue.Board) -> Tally:
    """``7 of 12 have voted: 5 for, 1 against, 1 abstained; the quorum is 7.``"""
    counts = {choice: formats.count(language, sum(vote.vote == choice for vote in board.votes)) for choice in VOTES}
    stands = translate(
        language, "%(votes)s of %(seats)s have voted: %(yes)s for, %(no)s against, %(rest)s abstained; the quorum is %(quorum)s.",
        votes=formats.count(language, len(board.votes)), seats=formats.count(language, board.rule.seats),
        quorum=formats.count(language, board.rule.quorum), yes=counts["for"], no=counts["against"], rest=counts["abstain"],
    )  # fmt: skip
    return Tally(board.rule.union, stands, [_carrying(language, board.to_carry), _losing(language, board.to_lose)], board.votes)


def _carrying(language: str, more: int | None) -> str:
    if more is None:
        return translate(language, "It can no longer be carried.")
    return translate_n(language, "%(count)s more vote for it carries it.", "%(count)s more votes for it carry it.", more)


def _losing(language: str, more: int | None) -> str:
    if more is None:
        return translate(language, "It can no longer be lost.")
    return translate_n(language, "%(count)s more vote against it loses it.", "%(count)s more votes against it lose it.", more)


def _vote_names(language: str) -> dict[str, tuple[str, str]]:
    return {choice: (translate(language, name), kind) for choice, (name, kind) in VOTES.items()}


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
        "item": item, "case": case, "title": title_of(language, case), "since": _day_of(item), "steps": item.standing.steps,
        "tallies": [tally(language, board) for board in found], "fund": named(language, case.fund), "documents": documents,
        "approved_text": ", ".join(f"{d.person} ({look_of(d.union).name})" for d in case.approvals),
        "waits": must_approve(language, others, unions) if others else "",
        "resolved": [
            (r.union, r.number, translate(language, OUTCOMES[r.outcome])) for r in case.resolutions
            if r.revision >= case.allocation.material_revision
        ],
        "own_vote": next((_vote_names(language)[v.vote] for v in item.votes if v.person_id == reader.person_id), None),
    }  # fmt: skip


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
        **_refused_or_changed(reader, form, facts, refusal), **facts,
    )  # fmt: skip


_CHOICES = {"for": N_("I vote for it"), "against": N_("I vote against it"), "abstain": N_("I abstain")}


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
        **_refused_or_changed(reader, form, facts, refusal), **facts,
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
    "request_approved": N_("Approved. Whoever comes next has been told."),
    "request_sent_back": N_("Returned. Who asked has been told what to change."),
    "request_declined": N_("Declined. Who asked has been told why."),
    "request_recused": N_("You stepped aside; you decide nothing about it any more."),
    "request_take_up": N_("Taken up: who asked sees that you are looking at it."),
    "request_suspend": N_("Suspended. Nothing is decided or paid until an officer lets it go on."),
    "request_resume": N_("It goes on from where it stood."),
    "request_close_vote": N_("The vote is closed, and what came of it is recorded."),
    "request_voted": N_("Your vote is counted."),
    "request_resolved": N_("The resolution is recorded."),
}
PAGES = [
    show_queue, ask_decision, decide, show_board, ask_vote, vote, ask_resolution, record_resolution,
]  # fmt: skip
