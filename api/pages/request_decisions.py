"""Let officers decide about requests one after another, everything on one screen.

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
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.pages.request_dossier import refused_or_changed, told, waits_since, why_not
from api.pages.request_parts import title_of
from api.security import Reader
from ledger.domain.allocations import DRAWING, REASON_MAXIMUM, Allocation, totals
from ledger.domain.approvals import Decision, missing
from ledger.domain.refusals import NotFound, Refusal
from ledger.services import allocation_decisions as service
from ledger.services import allocation_queue
from ledger.services.allocation_queue import Dossier
from ledger.services.pool import Pool
from reports.i18n import N_, translate
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
KEYS = (
    ("j k", N_("the next request, and the one before")), ("a", N_("approve it, after a look at what exactly")), ("r", N_("return it for changes")),
    ("d", N_("decline it")),
)  # fmt: skip
_FIELDS = {"text_invalid": "reason"}


# --- the queue --------------------------------------------------------------------------------------------------------


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
        why={item.case.allocation.number: why_not(language, item) for item in found.barred}, day_of=waits_since, page_keys=KEYS if at else (),
        **(await told(pool, reader, at.case.allocation.number) if at else {}),
    )  # fmt: skip


# --- one step ---------------------------------------------------------------------------------------------------------


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
        maximum=REASON_MAXIMUM, back=_back(form, facts["allocation"].number), **refused_or_changed(reader, form, facts, refusal),
        then=_then(reader, facts["found"], facts["unions"]) if act == "approve" else "", **facts,
    )  # fmt: skip


def _back(form: Form, number: str) -> str:
    return {"queue": f"/requests/queue?at={number}", "board": "/requests/board"}.get(form.value("from"), f"/requests/{number}")


def _then(reader: Reader, found: Dossier, unions: dict[str, str]) -> str:
    """What follows from this approval: the money is set aside, or who must still approve."""
    case, language = found.case, reader.language
    if case.allocation.state in DRAWING and not case.missing:
        return ""
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


DONE = {
    "request_approved": N_("Approved. Whoever comes next has been told."),
    "request_sent_back": N_("Returned. Who asked has been told what to change."),
    "request_declined": N_("Declined. Who asked has been told why."),
    "request_recused": N_("You stepped aside; you decide nothing about it any more."),
    "request_take_up": N_("Taken up: who asked sees that you are looking at it."),
    "request_suspend": N_("Suspended. Nothing is decided or paid until an officer lets it go on."),
    "request_resume": N_("It goes on from where it stood."),
    "request_close_vote": N_("The vote is closed, and what came of it is recorded."),
}
PAGES = [show_queue, ask_decision, decide]
