"""Show requests for money: who has each now and since when, what became of the money, both unions side by side; talk about one, take one back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.documents import documents_for
from api.pages.files import list_file
from api.pages.forms import Form, refused
from api.pages.funds import rate_text, union_names
from api.pages.rendering import named, page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.allocations import COMMENT_MAXIMUM, DRAWING, REASON_MAXIMUM, REVIEW, STEPS, Allocation, is_material, totals
from ledger.domain.approvals import Decision, Requirement, Resolution, deciders
from ledger.domain.campaigns import INITIATIVES
from ledger.domain.exchange import Rate, convert
from ledger.domain.refusals import Refusal
from ledger.domain.search import QUERY_MAXIMUM
from ledger.services import allocations as service
from ledger.services import funds as fund_service
from ledger.services.allocation_cases import Case
from ledger.services.allocations import Listed, Money, View, money, sees_all
from ledger.services.pool import ZONE, Pool
from ledger.storage.allocations import Filter
from ledger.storage.rates import rate_on
from reports import formats
from reports.campaign_list import INITIATIVE_NAMES
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.render import FORMATS
from reports.request_list import shape_requests
from reports.request_words import CAPACITIES, EVENTS, KINDS, STATES, amounts, changes, has_it, state_chip

FILE_ROWS_MAXIMUM = 5_000
# States as a person looks for them: what waits, what is paid, what is over.
STATE_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "review": (N_("Waits for a decision"), REVIEW),
    "open": (N_("Approved, being paid"), DRAWING),
    **{code: (name, (code,)) for code, (name, _) in STATES.items()},
}
# A request's way, and which of its states stand at which step.
FLOW: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Draft"), ("draft", "returned")), (N_("Under review"), ("submitted", "in_review", "part_approved")), (N_("Boards"), ("board_required",)),
    (N_("Set aside"), ("committed",)), (N_("Payments"), ("part_paid", "completed")), (N_("Closed"), ("closed",)),
)  # fmt: skip
_FIELDS = {"text_invalid": "reason"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A request as a row: ``wants`` says what is missing, in words."""

    allocation: Allocation
    title: str
    purpose: str
    campaign: str
    url: str
    chip: tuple[str, str]
    who: str
    since: date
    sums: dict[str, Money]
    needed_by: date | None
    wants: list[str]


class Given(msgspec.Struct, frozen=True):
    """One thing a union did about a request: who, in which capacity, when; ``counts`` is False where a change voided it."""

    text: str
    who: str
    at: str
    counts: bool
    reason: str = ""
    document_id: str | None = None


class Side(msgspec.Struct, frozen=True):
    """What one union did about a request and what waits for it."""

    union: str
    chip: tuple[str, str]
    given: list[Given]
    waits: list[str]
    votes: list[str]


class Step(msgspec.Struct, frozen=True):
    """A step of a request's way: ``done``, ``now`` or ``todo``."""

    label: str
    stand: str


class Change(msgspec.Struct, frozen=True):
    """What a revision changed, and whose approvals it voided."""

    revision: int
    at: datetime
    sentences: list[str]
    voided: list[str]


# --- the list -----------------------------------------------------------------------------------------------------------


@get("/requests", opt={"permission": "read_requests"})
async def list_requests(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Requests, the latest to move first; to who only leads campaigns their own. As a file with ``?format=csv``."""
    language, unions = reader.language, await union_names(pool, reader)
    funds = [view.fund for view in await fund_service.list_funds(pool, reader.actor)]
    narrowed = _filter(request, {fund.code: fund.id for fund in funds})
    if (format_name := word(request, "format")) in FORMATS:
        return await _file(pool, reader, narrowed, str(format_name))
    listed = await service.list_requests(pool, reader.actor, narrowed, place_after(request, datetime, str))
    return page(
        request, "requests/list.html", reader=reader, help="requests", fragment="results", wide=sees_all(reader.actor), unions=list(unions.items()),
        rows=[row_of(language, listed, each, unions, reader.person_id) for each in listed.items], older=listed.next and cursor(*listed.next),
        narrowed=narrowed != Filter(), states=[(code, translate(language, name)) for code, (name, _) in STATE_GROUPS.items()],
        funds=[(fund.code, named(language, fund)) for fund in funds],
        initiatives=[(code, translate(language, INITIATIVE_NAMES[code])) for code in INITIATIVES],
    )  # fmt: skip


def _filter(request: Request[Any, Any, Any], funds: dict[str, int]) -> Filter:
    fund, state = word(request, "fund"), word(request, "state") or ""
    words = str(request.query_params.get("q", "")).replace("\x00", "").strip()[:QUERY_MAXIMUM]
    return Filter(
        states=STATE_GROUPS[state][1] if state in STATE_GROUPS else (), union=word(request, "union"), campaign=word(request, "campaign"),
        fund_id=funds.get(fund, 0) if fund else None, initiative=word(request, "initiative"), words=words,
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: Filter, format_name: str) -> Response[bytes]:
    listed = await service.list_requests(pool, reader.actor, narrowed, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_requests(facts, listed, reader.language, reader.person_id), format_name)


def row_of(language: str, listed: Listed, allocation: Allocation, unions: dict[str, str], reader: int) -> Row:
    """A request as the list shows it."""
    case, draft = listed.cases.get(allocation.number), allocation.draft or {}
    lines = case.revision.lines if case else ()
    return Row(
        allocation=allocation, title=title_of(language, case), campaign=case.campaign.name if case else "",
        purpose=case.revision.purpose if case else str(draft.get("purpose", "")),
        url=f"/requests/{allocation.number}" + ("" if allocation.revision else "/change"), chip=state_chip(language, allocation.state),
        who=has_it(language, allocation, case.missing if case else [], unions, reader), since=day_of(allocation.state_since),
        sums=money(listed.commitments.get(allocation.number, []), lines), needed_by=case.revision.needed_by if case else None,
        wants=wants(language, allocation, case, listed.documents.get(allocation.number, 0)),
    )  # fmt: skip


def title_of(language: str, case: Case | None) -> str:
    """``CAD 12,300.00 for Hamilton organizing``."""
    if case is None:
        return translate(language, "Draft of a request")
    return translate(language, "%(amounts)s for %(campaign)s", amounts=amounts(language, totals(case.revision.lines)), campaign=case.campaign.name)


def wants(language: str, allocation: Allocation, case: Case | None, documents: int) -> list[str]:
    """What is missing of a request that is not decided yet: why it came back, and documents."""
    found = []
    if allocation.state == "returned" and case is not None and (reason := _last(case.decisions, "returned")):
        found.append(translate(language, "To change: %(reason)s", reason=reason.reason))
    if not documents and case is not None and allocation.state in (*REVIEW, "returned"):
        found.append(translate(language, "No document is attached"))
    return found


def _last(decisions: Sequence[Decision], kind: str) -> Decision | None:
    return next((each for each in reversed(decisions) if each.decision == kind), None)


def day_of(at: datetime) -> date:
    """The day of a moment, where the books are kept."""
    return at.astimezone(ZONE).date()


# --- one request --------------------------------------------------------------------------------------------------------


@get("/requests/{number:str}", opt={"permission": "read_requests"})
async def show_request(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One request with everything on it."""
    view = await service.show_request(pool, reader.actor, number)
    if view.case is None and view.allocation.state == "draft":
        return Redirect(f"/requests/{view.allocation.number}/change", status_code=303)
    return await show_page(request, pool, reader, view, Form({}, reader.language))


async def show_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, view: View, form: Form) -> Response[Any]:
    """The request's page; ``form`` is the comment that is being written."""
    language, allocation, unions = reader.language, view.allocation, await union_names(pool, reader)
    return page(
        request, "requests/show.html", reader=reader, status=form.status, help="requests", view=view, allocation=allocation, case=view.case, form=form,
        unions=unions, request_title=title_of(language, view.case), state=state_chip(language, allocation.state),
        sentence=sentence(language, view, unions, reader.person_id),
        sides=[side_of(language, view, union, unions) for union in unions] if view.case else [], flow=flow(language, view),
        reason=reason(view), rows=_rows(view), sums=money(view.commitments, view.revisions[-1].lines if view.revisions else []),
        converted=await converted(pool, reader, view), changes=await revisions(pool, reader, view), **await _names(pool, reader, view),
        steps={code: translate(language, name) for code, name in EVENTS.items()}, comments=[each for each in view.events if each.what == "comment"],
        may=_may(reader, view), documents=await documents_for(pool, reader, "request", allocation.number),
    )  # fmt: skip


async def _names(pool: Pool, reader: Reader, view: View) -> dict[str, Any]:
    language, case = reader.language, view.case
    return {
        "fund_name": named(language, case.fund) if case else "", "kind_name": translate(language, KINDS[case.revision.kind]) if case else "",
        "initiative": translate(language, INITIATIVE_NAMES[case.campaign.initiative]) if case else "",
        "tested_rates": [rate_text(language, rate) for rate in _tested_rates(case)] if case else [],
    }  # fmt: skip


def _tested_rates(case: Case) -> list[Rate]:
    """The rates by which the thresholds see the request."""
    return [case.rules.rates[currency] for currency in totals(case.revision.lines) if currency in case.rules.rates]


def _may(reader: Reader, view: View) -> dict[str, bool]:
    """What this reader's buttons on the page are."""
    allocation, case = view.allocation, view.case
    own = reader.can(service.OPERATION) and reader.person_id in (allocation.requested_by, case.campaign.lead_id if case else 0)
    return {
        "change": own and allocation.state in STEPS["submit"], "withdraw": own and allocation.state in STEPS["withdraw"],
        "comment": reader.can("comment_request"), "journal": reader.can("read_books"),
    }  # fmt: skip


def sentence(language: str, view: View, unions: dict[str, str], reader: int) -> str:
    """How it stands, and who has it since when."""
    allocation, case = view.allocation, view.case
    since = formats.date_long(language, day_of(allocation.state_since))
    if allocation.state in REVIEW or allocation.state == "returned":
        if reader == allocation.requested_by and allocation.state == "returned":
            return translate(language, "It came back to you on %(date)s, to be changed.", date=since)
        who = has_it(language, allocation, case.missing if case else [], unions, reader)
        return translate(language, "Waits for %(who)s, since %(date)s.", who=who, date=since)
    left = amounts(language, {currency: row.left_minor for currency, row in money(view.commitments, []).items() if row.left_minor})
    until = formats.date_long(language, allocation.expires_on) if allocation.expires_on else "–"
    if allocation.state == "part_paid":
        since = formats.date_long(language, max(each.paid_on for each in view.payments if each.state == "paid"))
    return translate(language, _STANDS[allocation.state], date=since, left=left, until=until)


_STANDS = {
    "draft": N_("A draft since %(date)s; nobody else sees it."),
    "committed": N_("Everybody who must has approved it. %(left)s is set aside since %(date)s, to be used by %(until)s; the treasurers pay its invoices."),
    "part_paid": N_("%(left)s of it is still set aside, to be used by %(until)s; the treasurers pay its invoices. Last paid on %(date)s."),
    "completed": N_("Paid in full on %(date)s; nothing is set aside any more."),
    "closed": N_("Closed on %(date)s; nothing is set aside any more."),
    "rejected": N_("Declined on %(date)s; it ends here."),
    "withdrawn": N_("Withdrawn on %(date)s."),
    "expired": N_("Not used by %(until)s, so what was left went back to the fund on %(date)s."),
    "suspended": N_("Suspended since %(date)s: nothing is decided or paid until an officer lets it go on."),
}


def reason(view: View) -> tuple[str, str, datetime] | None:
    """(words, by whom, when) of why it came back, was declined, suspended, taken back or closed; None where nothing was said."""
    wanted = {"returned": "returned", "rejected": "rejected", "suspended": "suspended", "withdrawn": "withdrawn", "closed": "closed"}
    what = wanted.get(view.allocation.state)
    found = next((event for event in reversed(view.events) if event.what == what), None)
    return (found.remark, found.person, found.recorded_at) if found and found.remark else None


def flow(language: str, view: View) -> list[Step]:
    """The way of the request, with where it is; boards stand on it only where one must decide."""
    state = view.allocation.paused_state or view.allocation.state
    boards = view.case is not None and any(need.capacity == "board" for need in view.case.needed)
    shown = [step for step in FLOW if boards or "board_required" not in step[1]]
    at = next((place for place, (_, states) in enumerate(shown) if state in states), None)
    if at is None:
        return []
    return [
        Step(translate(language, label), "done" if place < at else "now" if place == at else "todo") for place, (label, _) in enumerate(shown)
    ]  # fmt: skip


def _rows(view: View) -> list[dict[str, Any]]:
    """Every line with what became of its money."""
    held = {each.ordinal: each for each in view.commitments}
    lines = view.revisions[-1].lines if view.revisions else ()
    return [{"line": line, "held": held.get(line.ordinal), "budget": view.budget.get(line.budget_line or 0, "")} for line in lines]


async def converted(pool: Pool, reader: Reader, view: View) -> tuple[str, int, str] | None:
    """(currency, minor units, rates in words) of all that is asked in the reader's own currency; None where it is in it, or a rate is wanting."""
    sums = totals(view.revisions[-1].lines) if view.revisions else {}
    async with pool.database.reading() as connection:
        own, _ = await fund_service.reading_currencies(connection, reader.union_code)
        rates = {currency: await rate_on(connection, currency, own, pool.today()) for currency in sums if currency != own}
    used = [rate for rate in rates.values() if rate is not None]
    if not rates or len(used) < len(rates):
        return None
    total = sums.get(own, 0) + sum(convert(sums[currency], currency, own, rate) for currency, rate in zip(rates, used, strict=True))
    return own, total, " ".join(rate_text(reader.language, rate) for rate in used)


async def revisions(pool: Pool, reader: Reader, view: View) -> list[Change]:
    """What each revision after the first changed, the latest first."""
    if len(view.revisions) < 2:
        return []
    language = reader.language
    funds = {each.fund.id: named(language, each.fund) for each in await fund_service.list_funds(pool, reader.actor, with_closed=True)}
    names = {view.case.campaign.number: view.case.campaign.name} if view.case else {}
    found, since = [], view.revisions[0].revision
    for old, new in zip(view.revisions, view.revisions[1:], strict=False):
        voided = _voided(view.case, since, new.revision) if is_material(old, new) else []
        since = new.revision if is_material(old, new) else since
        found.append(Change(new.revision, new.recorded_at, changes(language, old, new, funds, names), voided))
    return found[::-1]


def _voided(case: Case | None, since: int, before: int) -> list[str]:
    """Whose approvals of the revisions from one on and before another do not count any more."""
    return [each.person for each in (case.decisions if case else []) if each.decision == "approved" and since <= each.revision < before]


# --- both unions side by side ---------------------------------------------------------------------------------------------


def side_of(language: str, view: View, union: str, unions: dict[str, str]) -> Side:
    """What a union did about a request, and what waits for it."""
    case = view.case
    assert case is not None, "a draft has no sides"
    waits = [need for need in case.missing if need.union in ("", union)]
    return Side(
        union, _side_chip(language, case, union, waits), [*_decided(language, case, union), *_resolved(language, case, union)],
        [_waits(language, need) for need in waits], _votes(language, view, union),
    )  # fmt: skip


def _side_chip(language: str, case: Case, union: str, waits: Sequence[Requirement]) -> tuple[str, str]:
    if union not in {each.code for each in deciders(case.rules.matrix, case.rules.unions, case.fund)}:
        return translate(language, "Reads along"), ""
    stopped = next((each for each in reversed(case.decisions) if each.union == union and each.decision == case.allocation.state), None)
    if stopped is not None:
        return state_chip(language, case.allocation.state)
    if waits:
        return translate(language, "Waits"), "wait"
    return (translate(language, "Approved"), "good") if any(need.union == union for need in case.needed) else (translate(language, "Nothing needed"), "")


def _waits(language: str, need: Requirement) -> str:
    name = translate(language, CAPACITIES[need.capacity])
    if not need.union:
        return translate(language, "A board, this one or the other")
    return f"{need.count} × {name}" if need.count > 1 else name


_DECIDED = {"approved": N_("Approved"), "returned": N_("Returned for changes"), "rejected": N_("Declined"), "recused": N_("Stepped aside")}


def _decided(language: str, case: Case, union: str) -> list[Given]:
    counted = case.approvals
    return [
        Given(
            translate(language, _DECIDED[each.decision]), f"{each.person}, {translate(language, CAPACITIES[each.capacity])}",
            formats.moment(language, each.decided_at) if each.decided_at else "", each.decision != "approved" or each in counted, each.reason,
        )
        for each in case.decisions if each.union == union
    ]  # fmt: skip


def _resolved(language: str, case: Case, union: str) -> list[Given]:
    since = case.allocation.material_revision
    return [_resolution(language, each, each.revision >= since) for each in case.resolutions if each.union == union]


def _resolution(language: str, resolution: Resolution, counts: bool) -> Given:
    text = N_("The board agreed: %(number)s") if resolution.outcome == "carried" else N_("The board did not agree: %(number)s")
    return Given(
        translate(language, text, number=resolution.number), resolution.recorded_by, formats.date_long(language, resolution.decided_on), counts, "",
        resolution.document_id,
    )  # fmt: skip


def _votes(language: str, view: View, union: str) -> list[str]:
    found = [each for each in view.votes if each.union == union]
    if not found or view.case is None:
        return []
    rule = view.case.rules.matrix.board_rule(union)
    return [translate(language, "%(votes)s of %(seats)s have voted; the quorum is %(quorum)s", votes=len(found), seats=rule.seats, quorum=rule.quorum)]


# --- talking about it, taking it back -------------------------------------------------------------------------------------


@post("/requests/{number:str}/comment", opt={"permission": "comment_request"}, status_code=303)
async def comment_request(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Say something in the thread."""
    form, view = Form(await request.form(), reader.language), await service.show_request(pool, reader.actor, number)
    text = form.text("comment", max_length=COMMENT_MAXIMUM)
    if form.ok:
        try:
            await service.comment(pool, reader.actor, form.key, view.allocation.number, text)
            return Redirect(f"/requests/{view.allocation.number}?done=request_commented#thread", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "comment"})
    return await show_page(request, pool, reader, view, form)


@get("/requests/{number:str}/withdraw", opt={"permission": "request_allocation"})
async def ask_withdrawal(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Whether it shall really be taken back."""
    return await _withdrawal_page(request, pool, reader, number, Form({}, reader.language))


async def _withdrawal_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form) -> Response[Any]:
    view = await service.show_request(pool, reader.actor, number)
    return page(
        request, "requests/withdraw.html", reader=reader, status=form.status, help="requests", form=form, allocation=view.allocation,
        request_title=title_of(reader.language, view.case), limit=REASON_MAXIMUM,
    )  # fmt: skip


@post("/requests/{number:str}/withdraw", opt={"permission": "request_allocation"}, status_code=303)
async def withdraw_request(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Take it back: a draft is gone from everybody's lists, a request stays to be read."""
    form = Form(await request.form(), reader.language)
    why = form.text("reason", required=False, max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            taken = await service.withdraw(pool, reader.actor, form.key, number, why)
            address = f"/requests/{taken.number}?done=request_withdrawn" if taken.revision else "/requests?done=request_discarded"
            return Redirect(address, status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return await _withdrawal_page(request, pool, reader, number, form)


DONE = {
    "request_commented": N_("Your comment is in the thread."),
    "request_withdrawn": N_("Withdrawn. Whoever had it has been told."),
    "request_discarded": N_("The draft is gone."),
}
PAGES = [list_requests, show_request, comment_request, ask_withdrawal, withdraw_request]
