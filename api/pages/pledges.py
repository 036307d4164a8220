"""Show what each union promised, what has come and what is overdue; record a promise, meet its condition, cancel the rest or open it again."""

from collections.abc import Awaitable
from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import fund_options, place_after, preview_lines, read_days, word
from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.pledges import (
    AGEING_DAYS,
    CONDITION_MAXIMUM,
    INSTALMENTS_MAXIMUM,
    MONTHS_BETWEEN,
    POLICIES,
    REMARK_MAXIMUM,
    RESOLUTION_MAXIMUM,
    STATES,
    Instalment,
    Pledge,
    RecordPledge,
    Total,
    spread,
)
from ledger.domain.refusals import Refusal
from ledger.services import contributions
from ledger.services import pledges as service
from ledger.services.accounts import reference_data
from ledger.services.contributions import Choices
from ledger.services.pledges import Listed
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.storage.pledges import PledgeFilter
from reports import formats
from reports.contribution_list import PLEDGE_STATES, shape_pledges
from reports.facts import read_facts
from reports.i18n import N_, translate

FILE_ROWS_MAXIMUM = 5_000
ROWS_SHOWN = 4
EVERY = {"month": N_("Every month"), "quarter": N_("Every quarter"), "half_year": N_("Every half-year"), "year": N_("Every year")}
LINE_STATES = {
    "received": (N_("received in full"), "good"), "part": (N_("received in part"), ""), "not_due": (N_("not yet due"), ""),
    "due": (N_("due today"), "wait"),
    "overdue": (N_("overdue"), "bad"), "cancelled": (N_("cancelled"), ""),
}  # fmt: skip
STEPS = {
    "record_pledge": N_("Pledge recorded"), "meet_condition": N_("Condition met"), "cancel_pledge": N_("Rest cancelled"),
    "reopen_pledge": N_("Opened again"),
}  # fmt: skip
POLICY_NAMES = {"recognised": N_("Recognised when promised"), "memo": N_("Kept as a memo until money arrives")}
_FIELDS = {
    "amount_not_positive": "amount", "amount_invalid": "amount", "currency_unknown": "amount", "fund_unknown": "fund", "fund_closed": "fund",
    "origin_not_allowed": "fund", "future_date": "approved_on", "date_invalid": "approved_on", "text_invalid": "resolution",
    "period_closed": "entry_date", "period_soft_closed": "entry_date", "instalments_disagree": "parts", "instalments_invalid": "parts",
}  # fmt: skip


# --- the list ---------------------------------------------------------------------------------------------------------


@get("/pledges", opt={"permission": "read_books"})
async def list_pledges(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Both unions side by side at a date, then every pledge; as a file with ``?format=csv``."""
    language = reader.language
    (as_of,), wrong = read_days(request, language, "as_of")
    narrowed = PledgeFilter(union=word(request, "union"), fund=word(request, "fund"), state=word(request, "state"))
    if format_name := asked_format(word(request, "format")):
        return await _file(pool, reader, narrowed, as_of, format_name)
    listed = await service.list_pledges(pool, reader.actor, narrowed, as_of, place_after(request, date, str))
    known = await contributions.choices(pool, reader.actor)
    return page(
        request, "pledges/list.html", reader=reader, help="pledges", fragment="results", listed=listed, wrong=wrong,
        older=listed.next and cursor(*listed.next), narrowed=narrowed != PledgeFilter() or as_of is not None,
        sides=_sides(listed, known), unions=[(union.code, union.name) for union in known.unions], funds=fund_options(known, language),
        states=[(code, translate(language, PLEDGE_STATES[code])) for code in STATES], state_names=_state_names(language),
        fund_names={fund.code: named(language, fund) for fund in known.funds}, ages=age_names(language),
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: PledgeFilter, as_of: date | None, format_name: str) -> Response[bytes]:
    listed = await service.list_pledges(pool, reader.actor, narrowed, as_of, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_pledges(facts, listed), format_name)


def _sides(listed: Listed, known: Choices) -> list[tuple[str, list[Total]]]:
    """Each union with its totals, in the unions' order; those that promised nothing too, so that the sides stay where they are."""
    return [(union.code, [total for total in listed.totals if total.union == union.code]) for union in known.unions]


def _state_names(language: str) -> dict[str, tuple[str, str]]:
    kinds = {"open": "", "fulfilled": "good", "cancelled": "bad"}
    return {code: (translate(language, name), kinds[code]) for code, name in PLEDGE_STATES.items()}


def age_names(language: str) -> list[str]:
    """What the ageing buckets are called."""
    first, *others = AGEING_DAYS
    starts = [day + 1 for day in AGEING_DAYS]
    middle = [translate(language, "%(first)s to %(last)s days", first=a, last=b) for a, b in zip(starts, others, strict=False)]
    return [translate(language, "up to %(last)s days", last=first), *middle, translate(language, "more than %(last)s days", last=AGEING_DAYS[-1])]


# --- one pledge -------------------------------------------------------------------------------------------------------


@get("/pledges/{number:str}", opt={"permission": "read_books"})
async def show_pledge(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One pledge at a date: its instalments, what came on it, and its entries."""
    (as_of,), wrong = read_days(request, reader.language, "as_of")
    view = await service.show_pledge(pool, reader.actor, number, as_of)
    pledge, language = view.pledge, reader.language
    known = await contributions.choices(pool, reader.actor)
    return page(
        request, "pledges/show.html", reader=reader, help="pledges", view=view, pledge=pledge, found=view.schedule, wrong=wrong,
        fund_name=next((named(language, fund) for fund in known.funds if fund.code == pledge.fund), pledge.fund),
        line_states={code: (translate(language, name), kind) for code, (name, kind) in LINE_STATES.items()},
        state=_state_names(language)[pledge.state], policy=translate(language, POLICY_NAMES[pledge.policy]),
        may_decide=reader.can(service.PERMISSION) and pledge.union == reader.union_code,
        may_record=pledge.state == "open" and reader.can("record_contribution") and pledge.currency in {bank.currency for bank in known.banks},
        steps=STEPS,
        documents=await documents_for(pool, reader, "pledge", pledge.number),
    )  # fmt: skip


# --- recording one ----------------------------------------------------------------------------------------------------


@get("/pledges/new", opt={"permission": "record_pledge"})
async def new_pledge(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form, in the union's own currency, for four quarters."""
    known = await contributions.choices(pool, reader.actor)
    currency = next((union.currency for union in known.unions if union.code == reader.union_code), "")
    values = {"policy": "recognised", "way": "spread", "count": "4", "every": "quarter", "amount_currency": currency}
    return await _form_page(request, pool, reader, Form(values, reader.language), known, None)


async def _form_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, known: Choices, shown: tuple[RecordPledge, list[Any]] | None
) -> Response[Any]:
    language = reader.language
    policies = [(code, translate(language, POLICY_NAMES[code]), translate(language, _POLICY_HINTS[code])) for code in POLICIES]
    return page(
        request, "pledges/new.html", reader=reader, status=form.status, help="pledges", form=form, funds=fund_options(known, language),
        policies=policies, asked=shown[0] if shown else None, lines=shown[1] if shown else [], rows=form.rows("part", ROWS_SHOWN),
        currencies=await _currencies(pool, reader), every=[(code, translate(language, name)) for code, name in EVERY.items()],
        union_name=next((union.name for union in known.unions if union.code == reader.union_code), ""),
    )  # fmt: skip


_POLICY_HINTS = {
    "recognised": N_("Income and receivable on the day of approval: nothing depends on anything, and payment is reasonably sure."),
    "memo": N_("Nothing is posted before money comes; the schedule is the same."),
}


async def _currencies(pool: Pool, reader: Reader) -> list[str]:
    return [row["code"] for row in (await reference_data(pool, reader.actor)).currencies]


@post("/pledges/new", opt={"permission": "record_pledge"}, status_code=303)
async def record_pledge(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show the instalments and what will be posted; with ``action=post``, record it."""
    form, known, shown = Form(await request.form(), reader.language), await contributions.choices(pool, reader.actor), None
    try:
        asked = _asked(form, known, await _currencies(pool, reader), reader.union_code or "", pool.today())
        if form.ok and form.action == "post":
            made = await service.record_pledge(pool, reader.actor, form.key, asked)
            return Redirect(f"/pledges/{made.number}?done=pledge_recorded", status_code=303)
        if form.ok:
            shown = (asked, preview_lines(await service.preview_pledge(pool, reader.actor, asked), reader.language))
    except Refusal as refusal:
        refused(form, refusal, _FIELDS)
    return await _form_page(request, pool, reader, form, known, shown)


def _asked(form: Form, known: Choices, currencies: list[str], union: str, today: date) -> RecordPledge:
    currency = form.choice("amount_currency", currencies)
    amount = form.money("amount", currency)
    return RecordPledge(
        union=union, fund=form.choice("fund", [fund.code for fund in known.funds]), currency=currency, amount_minor=amount,
        approved_on=form.date("approved_on", not_after=today), resolution=form.text("resolution", max_length=RESOLUTION_MAXIMUM),
        policy=form.choice("policy", POLICIES), condition=form.text("condition", required=False, max_length=CONDITION_MAXIMUM),
        remark=form.text("remark", required=False, max_length=REMARK_MAXIMUM), instalments=_instalments(form, amount, currency),
        entry_date=form.optional_date("entry_date", not_after=today),
    )  # fmt: skip


def _instalments(form: Form, amount_minor: int, currency: str) -> tuple[Instalment, ...]:
    """The parts as the person wants them: spread equally, or line by line."""
    if form.choice("way", ("spread", "own")) == "own":
        lines = form.lines("part", at_least=1)
        return tuple(Instalment(line.date("due_on"), line.money("amount", currency)) for line in lines)
    count, first = form.integer("count", 1, INSTALMENTS_MAXIMUM), form.date("first_due_on")
    every = form.choice("every", list(MONTHS_BETWEEN))
    return spread(amount_minor, count, first, every) if form.ok else ()


# --- what becomes of it -----------------------------------------------------------------------------------------------

_DECISION_FIELDS = {
    "text_invalid": "reason", "future_date": "date", "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date",
}  # fmt: skip


async def _decision_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, what: str, form: Form) -> Response[Any]:
    view = await service.show_pledge(pool, reader.actor, number)
    lines, shown = [], False
    try:
        found = await _preview(pool, reader, number, what, form)
        lines, shown = preview_lines(found, reader.language), True
    except Refusal as refusal:
        if not form.errors:
            refused(form, refusal, _DECISION_FIELDS)
    return page(
        request, f"pledges/{what}.html", reader=reader, status=form.status, help="pledges", form=form, pledge=view.pledge, found=view.schedule,
        lines=lines, shown=shown,
    )  # fmt: skip


async def _preview(pool: Pool, reader: Reader, number: str, what: str, form: Form) -> Preview | None:
    """What the decision would post, on the day that is typed where it is understood."""
    try:
        day = formats.parse_date(reader.language, form.value("date"))
    except formats.DateNotUnderstood:
        day = None
    if what == "cancel":
        return await service.preview_cancellation(pool, reader.actor, number, "–", day)
    if what == "reopen":
        return await service.preview_reopening(pool, reader.actor, number, "–")
    return await service.preview_condition(pool, reader.actor, number, day or pool.today())


async def _decided(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, what: str, form: Form, decide: Awaitable[Pledge]
) -> Response[Any]:
    """Do it and go back to the pledge, or show the form again with why not."""
    try:
        made = await decide
        return Redirect(f"/pledges/{made.number}?done=pledge_{what}", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, _DECISION_FIELDS)
    return await _decision_page(request, pool, reader, number, what, form)


@get("/pledges/{number:str}/cancel", opt={"permission": "record_pledge"})
async def ask_cancellation(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What giving up the rest will post."""
    return await _decision_page(request, pool, reader, number, "cancel", Form({}, reader.language))


@post("/pledges/{number:str}/cancel", opt={"permission": "record_pledge"}, status_code=303)
async def cancel_pledge(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Give up the rest."""
    form = Form(await request.form(), reader.language)
    reason, day = form.text("reason", max_length=500), form.optional_date("date", not_after=pool.today())
    if not form.ok:
        return await _decision_page(request, pool, reader, number, "cancel", form)
    decide = service.cancel_pledge(pool, reader.actor, form.key, number, reason, day)
    return await _decided(request, pool, reader, number, "cancel", form, decide)


@get("/pledges/{number:str}/reopen", opt={"permission": "record_pledge"})
async def ask_reopening(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Why it is open again."""
    return await _decision_page(request, pool, reader, number, "reopen", Form({}, reader.language))


@post("/pledges/{number:str}/reopen", opt={"permission": "record_pledge"}, status_code=303)
async def reopen_pledge(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Undo the cancellation."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=500)
    if not form.ok:
        return await _decision_page(request, pool, reader, number, "reopen", form)
    decide = service.reopen_pledge(pool, reader.actor, form.key, number, reason)
    return await _decided(request, pool, reader, number, "reopen", form, decide)


@get("/pledges/{number:str}/condition", opt={"permission": "record_pledge"})
async def ask_condition(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """On which day the condition was met."""
    return await _decision_page(request, pool, reader, number, "condition", Form({"date": pool.today().isoformat()}, reader.language))


@post("/pledges/{number:str}/condition", opt={"permission": "record_pledge"}, status_code=303)
async def meet_condition(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """From that day on the pledge binds."""
    form = Form(await request.form(), reader.language)
    met_on, reason = form.date("date", not_after=pool.today()), form.text("reason", required=False, max_length=500)
    if not form.ok:
        return await _decision_page(request, pool, reader, number, "condition", form)
    decide = service.meet_condition(pool, reader.actor, form.key, number, met_on, reason)
    return await _decided(request, pool, reader, number, "condition", form, decide)


DONE = {
    "pledge_recorded": N_("Recorded. Both unions see its schedule from now on."),
    "pledge_cancel": N_("The rest is cancelled. What came stays."),
    "pledge_reopen": N_("The pledge is open again."),
    "pledge_condition": N_("The condition is met, and the instalments bind from now on."),
}
PAGES = [
    list_pledges, new_pledge, record_pledge, show_pledge, ask_cancellation, cancel_pledge, ask_reopening, reopen_pledge, ask_condition,
    meet_condition,
]  # fmt: skip
