"""Show one request: how it stands, who has it, what became of its money; talk about it, take it back."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.funds import rate_text, union_names
from api.pages.rendering import named, page
from api.pages.request_parts import chip_of, day_of, revisions, side_of, title_of
from api.security import Reader
from ledger.domain.allocations import COMMENT_MAXIMUM, REASON_MAXIMUM, REVIEW, STEPS, totals
from ledger.domain.exchange import Rate, convert
from ledger.domain.refusals import Refusal
from ledger.services import allocations as service
from ledger.services import funds as fund_service
from ledger.services.allocation_cases import Case
from ledger.services.allocations import View, money
from ledger.services.pool import Pool
from ledger.storage.rates import rate_on
from reports import formats
from reports.campaign_list import INITIATIVE_NAMES
from reports.i18n import N_, translate
from reports.request_words import EVENTS, KINDS, amounts, has_it

# A request's way, and which of its states stand at which step.
FLOW: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Draft"), ("draft", "returned")), (N_("Under review"), ("submitted", "in_review", "part_approved")), (N_("Boards"), ("board_required",)),
    (N_("Set aside"), ("committed",)), (N_("Payments"), ("part_paid", "completed")), (N_("Closed"), ("closed",)),
)  # fmt: skip
_FIELDS = {"text_invalid": "reason"}


class Step(msgspec.Struct, frozen=True):
    """A step of a request's way: ``done``, ``now`` or ``todo``."""

    label: str
    stand: str


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
        unions=unions, request_title=title_of(language, view.case), state=chip_of(language, allocation, view.case),
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
        if case is not None and case.wants_a_word:
            return translate(language, "Waits for %(who)s.", who=who)
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


# --- talking about it, taking it back ---------------------------------------------------------------------------------


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
PAGES = [show_request, comment_request, ask_withdrawal, withdraw_request]
