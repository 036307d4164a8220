"""Show what locals on strike were advanced and accounted for; propose, approve and pay advances; file, accept and return reports."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.security import Reader
from ledger.domain import strike_advances as rules
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import ChoiceInvalid, Refusal
from ledger.domain.strike_advances import (
    CATEGORIES,
    REASON_MAXIMUM,
    SIGNED_MAXIMUM,
    STRIKERS_MAXIMUM,
    WEEK_MAXIMUM,
    WHAT_MAXIMUM,
    Advance,
    ExpenseReport,
    Statement,
)
from ledger.domain.strike_benefits import LumpSum
from ledger.domain.strikes import StrikeLocal
from ledger.services import documents as documents_service
from ledger.services import strike_advances as service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.strike_advances import AdvanceView, Case
from reports import formats
from reports.i18n import N_, translate
from reports.strike_advance_words import ADVANCE_EVENTS, CATEGORY_NAMES, advance_chip, hold_text, local_name, report_chip

# Rows of an empty report: what a phone shows without scrolling, and a week's receipts mostly need.
EMPTY_LINES = 2
# Where a refusal stands that names no field of its own.
FIELDS = {
    "week_invalid": "week", "advance_exists": "week", "report_state": "week", "lines_invalid": "lines", "amount_not_positive": "amount",
    "more_than_left": "amount", "insufficient_balance": "account", "insufficient_available": "account", "other_union": "account",
    "account_unknown": "account", "account_closed": "account", "document_type": "file", "document_too_large": "file", "documents_full": "file",
    "date_before_entry": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date",
}  # fmt: skip
Params = Request[Any, Any, Any]


def _fields(day: str) -> dict[str, str]:
    return FIELDS | dict.fromkeys(("future_date", "period_closed", "period_soft_closed", "date_before_entry"), day)


def _refused(form: Form, refusal: Refusal, day: str = "date") -> None:
    field = str(refusal.params.get("field", ""))
    refused(form, refusal, _fields(day) | dict.fromkeys(("date_invalid", "choice_invalid", "text_invalid"), field))


def _words(language: str) -> dict[str, Any]:
    """What every page about advances says things with."""
    return {
        "local_name": partial(local_name, language), "advance_chip": partial(advance_chip, language), "report_chip": partial(report_chip, language),
        "hold_text": partial(hold_text, language), "category": lambda code: translate(language, CATEGORY_NAMES[code]),
    }  # fmt: skip


def _may(reader: Reader, case: Case) -> dict[str, bool]:
    """What the reader may do with the advances of a strike: nothing of the other union's, nothing once it is closed."""
    own = reader.union_code == case.strike.union and case.strike.state in ("on", "run_off", "ended")
    return {name: own and reader.can(permission) for name, permission in (
        ("prepare", rules.PREPARE), ("approve", rules.APPROVE), ("pay", rules.PAY),
    )}  # fmt: skip


# --- reading ------------------------------------------------------------------------------------------------------------


@get("/strikes/advances", opt={"permission": "read_strikes"})
async def list_advances(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every local of both unions that was paid in a strike, and what it has still to account for."""
    cases = await service.list_advances(pool, reader.actor)
    rows = [(case, each) for case in cases for each in case.statements if each.weeks]
    open_by_currency: dict[str, int] = {}
    for _, each in rows:
        open_by_currency[each.currency] = open_by_currency.get(each.currency, 0) + each.open_minor
    return page(
        request, "strike_advances/list.html", reader=reader, help="advances", rows=rows, open_by_currency=open_by_currency, **_words(reader.language)
    )


@get("/strikes/{number:str}/advances", opt={"permission": "read_strikes"})
async def show_advances(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """A strike's advances by local: what is due this week, and each local's statement."""
    view = await service.show_advances(pool, reader.actor, number)
    case = view.case
    return page(
        request, "strike_advances/strike.html", reader=reader, help="advances", case=case, strike=case.strike, due=view.due, may=_may(reader, case),
        rules_name=named(reader.language, case.rules), weekly=_weekly(reader.language, case),
        documents=await documents_for(pool, reader, "strike", case.strike.number), **_words(reader.language),
    )  # fmt: skip


def _weekly(language: str, case: Case) -> str:
    """The sum of the rules in words: what a striker counts for in a week, and from which week on."""
    tiers = [
        translate(
            language, "%(amount)s for each striker from week %(week)s on", amount=formats.money(language, tier.weekly_minor, case.rules.currency),
            week=tier.from_week,
        )
        for tier in case.rules.tiers
    ]  # fmt: skip
    return ", ".join(tiers)


@get("/strikes/advances/{advance:str}", opt={"permission": "read_strikes"})
async def show_advance(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """One advance: how its amount came about, what holds it back, and what was done."""
    view = await service.show_advance(pool, reader.actor, advance)
    return page(
        request, "strike_advances/show.html", reader=reader, help="advances", view=view, advance=view.advance, strike=view.case.strike,
        statement=view.case.of(view.advance.local), may=_may_advance(reader, view), event_names=_events(reader.language),
        bank=next((each for each in view.banks if each.id == view.advance.account_id), None), **_words(reader.language),
    )  # fmt: skip


def _events(language: str) -> dict[str, str]:
    return {code: translate(language, name) for code, name in ADVANCE_EVENTS.items()}


def _may_advance(reader: Reader, view: AdvanceView) -> dict[str, bool]:
    """What the reader may do with one advance now."""
    may, advance, held = _may(reader, view.case), view.advance, bool(view.line.hold)
    waits, person = advance.state in rules.STEPS["hold"], reader.person_id
    return {
        "approve": may["approve"] and advance.state == "proposed" and not held and person != advance.proposed_by,
        "pay": may["pay"] and advance.state == "approved" and not held and person != advance.approved_by,
        "hold": may["approve"] and waits and advance.hold_reason == "",
        "let_go": may["approve"] and waits and advance.hold_reason == "on_hold",
        "cancel": may["prepare"] and waits,
        "file": may["prepare"] and view.line.hold == "missing_expense_report",
        "take_back": may["pay"] and advance.state == "paid",
        "own": advance.state == "proposed" and not held and may["approve"] and person == advance.proposed_by,
        "approved_own": advance.state == "approved" and not held and may["pay"] and person == advance.approved_by,
    }  # fmt: skip


# --- proposing ----------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/advances/new", opt={"permission": rules.PREPARE})
async def ask_proposal(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form to propose an advance, filled with what was counted last."""
    view = await service.show_advances(pool, reader.actor, number)
    local = str(request.query_params.get("local", ""))
    due = next((each for each in view.due if each.local.number == local), view.due[0] if len(view.due) == 1 else None)
    values = {"local": local or (due.local.number if due else "")}
    if due is not None:
        values |= {"week": str(due.week.number), "strikers": str(due.strikers or "")}
    if given := str(request.query_params.get("week", "")):
        values["week"] = given
    return await _proposal_page(request, reader, view.case, Form(values, reader.language), None)


@post("/strikes/{number:str}/advances/new", opt={"permission": rules.PREPARE}, status_code=303)
async def propose(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show the sum by the rules; with ``action=post``, propose it."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    asked = rules.ProposeAdvance(
        local=form.choice("local", [each.number for each in case.strike.locals]), week=form.integer("week", 1, WEEK_MAXIMUM),
        strikers=form.integer("strikers", 1, STRIKERS_MAXIMUM), remark=form.text("remark", required=False, max_length=REASON_MAXIMUM),
    )  # fmt: skip
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                made = await service.propose_advance(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/strikes/advances/{made.number}?done=advance_proposed", status_code=303)
            shown = await service.preview_proposal(pool, reader.actor, number, asked)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _proposal_page(request, reader, case, form, shown)


async def _proposal_page(request: Params, reader: Reader, case: Case, form: Form, shown: LumpSum | None) -> Response[Any]:
    return page(
        request, "strike_advances/new.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike, shown=shown,
        locals=_local_options(reader.language, case), weekly=_weekly(reader.language, case), **_words(reader.language),
    )  # fmt: skip


def _local_options(language: str, case: Case) -> list[tuple[str, str]]:
    return [(each.number, local_name(language, each)) for each in case.strike.locals]


# --- the steps of an advance --------------------------------------------------------------------------------------------


@post("/strikes/advances/{advance:str}/approve", opt={"permission": rules.APPROVE}, status_code=303)
async def approve(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Approve it."""
    form = Form(await request.form(), reader.language)
    done = await service.approve_advance(pool, reader.actor, form.key, advance)
    return Redirect(f"/strikes/advances/{done.number}?done=advance_approved", status_code=303)


@post("/strikes/advances/{advance:str}/let-go", opt={"permission": rules.APPROVE}, status_code=303)
async def let_go(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Take it off hold."""
    form = Form(await request.form(), reader.language)
    done = await service.let_go(pool, reader.actor, form.key, advance)
    return Redirect(f"/strikes/advances/{done.number}?done=advance_let_go", status_code=303)


_Step = Callable[[Pool, Any, str, str, str], Awaitable[Advance]]


@get("/strikes/advances/{advance:str}/hold", opt={"permission": rules.APPROVE})
async def ask_hold(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Why it is put on hold."""
    return await _reason_page(request, pool, reader, advance, "hold", Form({}, reader.language))


@post("/strikes/advances/{advance:str}/hold", opt={"permission": rules.APPROVE}, status_code=303)
async def hold(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Put it on hold."""
    return await _with_reason(request, pool, reader, advance, "hold", service.hold_advance, "advance_held")


@get("/strikes/advances/{advance:str}/cancel", opt={"permission": rules.PREPARE})
async def ask_cancellation(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Why it is given up."""
    return await _reason_page(request, pool, reader, advance, "cancel", Form({}, reader.language))


@post("/strikes/advances/{advance:str}/cancel", opt={"permission": rules.PREPARE}, status_code=303)
async def cancel(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Give it up."""
    return await _with_reason(request, pool, reader, advance, "cancel", service.cancel_advance, "advance_cancelled")


async def _with_reason(request: Params, pool: Pool, reader: Reader, advance: str, act: str, step: _Step, done: str) -> Response[Any]:
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            changed = await step(pool, reader.actor, form.key, advance, reason)
            return Redirect(f"/strikes/advances/{changed.number}?done={done}", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _reason_page(request, pool, reader, advance, act, form)


async def _reason_page(request: Params, pool: Pool, reader: Reader, advance: str, act: str, form: Form) -> Response[Any]:
    view = await service.show_advance(pool, reader.actor, advance)
    return page(
        request, "strike_advances/reason.html", reader=reader, status=form.status, help="advances", form=form, view=view, advance=view.advance,
        strike=view.case.strike, act=act, **_words(reader.language),
    )  # fmt: skip


# --- paying -------------------------------------------------------------------------------------------------------------


@get("/strikes/advances/{advance:str}/pay", opt={"permission": rules.PAY})
async def ask_payment(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """The form to pay it."""
    view = await service.show_advance(pool, reader.actor, advance)
    values = {"paid_on": pool.today().isoformat()} | ({"account": str(view.banks[0].id)} if view.banks else {})
    return await _payment_page(request, reader, view, Form(values, reader.language), None)


@post("/strikes/advances/{advance:str}/pay", opt={"permission": rules.PAY}, status_code=303)
async def pay(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, pay."""
    view = await service.show_advance(pool, reader.actor, advance)
    form = Form(await request.form(), reader.language)
    asked = rules.PayAdvance(
        account=int(form.choice("account", [str(each.id) for each in view.banks]) or 0), paid_on=form.date("paid_on", not_after=pool.today())
    )
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                await service.pay_advance(pool, reader.actor, form.key, advance, asked)
                return Redirect(f"/strikes/advances/{view.advance.number}?done=advance_paid", status_code=303)
            shown = await service.preview_payment(pool, reader.actor, advance, asked)
        except Refusal as refusal:
            _refused(form, refusal, "paid_on")
    return await _payment_page(request, reader, view, form, shown)


async def _payment_page(request: Params, reader: Reader, view: AdvanceView, form: Form, shown: Preview | None) -> Response[Any]:
    language = reader.language
    banks = [
        (str(each.id), translate(
            language, "%(account)s: %(amount)s of this fund", account=named(language, each),
            amount=formats.money(language, view.held.get(each.id, 0), each.currency),
        ))
        for each in view.banks
    ]  # fmt: skip
    return page(
        request, "strike_advances/pay.html", reader=reader, status=form.status, help="advances", form=form, view=view, advance=view.advance,
        strike=view.case.strike, banks=banks, lines=_lines(language, shown), may=_may_advance(reader, view),
        left_minor=shown.balances_after[1] if shown else 0, **_words(language),
    )  # fmt: skip


def _lines(language: str, shown: Preview | None) -> list[Any]:
    return explained(shown.draft, shown.accounts, shown.funds, language) if shown else []


# --- reports ------------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/advances/reports/{local:str}/{week:int}", opt={"permission": "read_strikes"})
async def show_report(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], local: FromPath[str], week: FromPath[int]
) -> Response[Any]:
    """A local's report of a week, with the versions before it."""
    view = await service.show_report(pool, reader.actor, number, local, week)
    report = view.versions[0] if view.versions else None
    may, second = _may(reader, view.case), report is None or report.filed_by != reader.person_id
    filed = report is not None and report.state == "filed"
    return page(
        request, "strike_advances/report.html", reader=reader, help="advances", view=view, report=report, strike=view.case.strike,
        may={
            "accept": may["approve"] and filed and second, "own": may["approve"] and filed and not second,
            "file": may["prepare"] and (report is None or report.state != "accepted"),
            "take_back": may["pay"] and report is not None and report.entry_number is not None,
        },
        documents=await documents_for(pool, reader, "strike", view.case.strike.number), **_words(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances/file", opt={"permission": rules.PREPARE})
async def ask_report(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form of a local's report, filled with the version before it where there is one."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    local, week = str(request.query_params.get("local", "")), str(request.query_params.get("week", ""))
    if not local and len(case.strike.locals) == 1:
        local = case.strike.locals[0].number
    return await _file_page(request, pool, reader, case, Form(_said_before(reader.language, case, local, week), reader.language))


def _said_before(language: str, case: Case, local: str, week: str) -> dict[str, str]:
    values = {"local": local, "week": week}
    found = next((each.report for one in case.statements if one.local.number == local for each in one.weeks if str(each.week.number) == week), None)
    if found is None or found.state == "accepted":
        return values
    values |= {"signed_by": found.signed_by, "remark": found.remark}
    for place, line in enumerate(found.lines):
        said = {"category": line.category, "what": line.what, "amount": formats.figure(language, line.amount_minor)}
        values |= {f"line-{place}-{name}": value for name, value in said.items()}
    return values


@post("/strikes/{number:str}/advances/file", opt={"permission": rules.PREPARE}, status_code=303)
async def file_report(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """File the report."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    said = rules.FileReport(
        local=form.choice("local", [each.number for each in case.strike.locals]), week=form.integer("week", 1, WEEK_MAXIMUM),
        signed_by=form.text("signed_by", max_length=SIGNED_MAXIMUM), lines=_report_lines(form, case.strike.currency),
        remark=form.text("remark", required=False, max_length=REASON_MAXIMUM),
    )  # fmt: skip
    await _keep_file(pool, reader, form, case.strike.number)
    if form.ok:
        try:
            kept = await service.file_report(pool, reader.actor, form.key, number, said)
            address = f"/strikes/{case.strike.number}/advances/reports/{kept.local.number}/{kept.week}"
            return Redirect(f"{address}?done=report_filed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _file_page(request, pool, reader, case, form)


def _report_lines(form: Form, currency: str) -> tuple[rules.ReportLine, ...]:
    return tuple(
        rules.ReportLine(
            category=line.choice("category", CATEGORIES) or "other", amount_minor=line.money("amount", currency),  # type: ignore[arg-type]
            what=line.text("what", required=False, max_length=WHAT_MAXIMUM),
        )
        for line in form.lines("line", at_least=1)
    )  # fmt: skip


async def _keep_file(pool: Pool, reader: Reader, form: Form, strike: str) -> None:
    """Keep a paper with the strike at once: a page that comes back could not hold it."""
    upload = await form.file("file", SIZE_MAXIMUM_BYTES)
    if upload is None:
        return
    try:
        await documents_service.attach(pool, reader.actor, f"{form.key[:60]}-file", "strike", strike, upload.filename, upload.content_type, upload.data)
        form.put("kept", upload.filename)
    except Refusal as refusal:
        _refused(form, refusal)


async def _file_page(request: Params, pool: Pool, reader: Reader, case: Case, form: Form) -> Response[Any]:
    may_attach = await documents_service.may_attach(pool, reader.actor, "strike", case.strike.number)
    return page(
        request, "strike_advances/file.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        locals=_local_options(reader.language, case), rows=form.rows("line", EMPTY_LINES), may_attach=may_attach, accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES,
        categories=[(code, translate(reader.language, CATEGORY_NAMES[code])) for code in CATEGORIES], **_words(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances/reports/{local:str}/{week:int}/return", opt={"permission": rules.APPROVE})
async def ask_report_return(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], local: FromPath[str], week: FromPath[int]
) -> Response[Any]:
    """What should change in a report."""
    return await _return_page(request, pool, reader, (number, local, week), Form({}, reader.language))


@post("/strikes/{number:str}/advances/reports/{local:str}/{week:int}/return", opt={"permission": rules.APPROVE}, status_code=303)
async def return_report(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], local: FromPath[str], week: FromPath[int]
) -> Response[Any]:
    """Send the report back."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            kept = await service.return_report(pool, reader.actor, form.key, number, local, week, reason)
            return Redirect(f"/strikes/{kept.strike}/advances/reports/{kept.local.number}/{week}?done=report_returned", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _return_page(request, pool, reader, (number, local, week), form)


async def _return_page(request: Params, pool: Pool, reader: Reader, which: tuple[str, str, int], form: Form) -> Response[Any]:
    view = await service.show_report(pool, reader.actor, *which)
    return page(
        request, "strike_advances/return.html", reader=reader, status=form.status, help="advances", form=form, view=view, strike=view.case.strike,
        report=view.versions[0] if view.versions else None, **_words(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances/accept", opt={"permission": rules.APPROVE})
async def ask_acceptance(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """A local's filed reports, all of them ticked."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    statement = _statement_of(case, str(request.query_params.get("local", "")))
    weeks = [str(each.week) for each in _filed(statement) if each.filed_by != reader.person_id]
    values: dict[str, Any] = {"local": statement.local.number, "weeks": weeks, "accepted_on": pool.today().isoformat()}
    return await _acceptance_page(request, reader, case, statement, Form(values, reader.language), None)


@post("/strikes/{number:str}/advances/accept", opt={"permission": rules.APPROVE}, status_code=303)
async def accept(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, accept."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    statement = _statement_of(case, form.value("local"))
    ticked = [each.week for each in _filed(statement) if str(each.week) in form.many("weeks")]
    if not ticked:
        form.fail("weeks", translate(reader.language, N_("Tick at least one report.")))
    asked = rules.AcceptReports(
        local=statement.local.number, weeks=tuple(ticked), accepted_on=form.date("accepted_on", not_after=pool.today())
    )
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                await service.accept_reports(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/strikes/{case.strike.number}/advances?done=reports_accepted", status_code=303)
            shown = await service.preview_acceptance(pool, reader.actor, number, asked)
        except Refusal as refusal:
            _refused(form, refusal, "accepted_on")
    return await _acceptance_page(request, reader, case, statement, form, shown)


def _statement_of(case: Case, number: str) -> Statement:
    found = next((each for each in case.statements if each.local.number == number), None)
    if found is None:
        raise ChoiceInvalid(field="local", value=number[:40])
    return found


def _filed(statement: Statement) -> list[ExpenseReport]:
    return [line.report for line in statement.weeks if line.report is not None and line.report.state == "filed"]


async def _acceptance_page(
    request: Params, reader: Reader, case: Case, statement: Statement, form: Form, shown: service.Acceptance | None
) -> Response[Any]:
    language = reader.language
    options = [
        (str(each.week), translate(language, "Week %(week)s: %(amount)s", week=each.week, amount=formats.money(language, each.total_minor, each.currency)),
         translate(language, "signed by %(who)s", who=each.signed_by))
        for each in _filed(statement)
    ]  # fmt: skip
    return page(
        request, "strike_advances/accept.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        statement=statement, options=options, shown=shown, lines=_lines(language, shown.preview if shown else None), **_words(language),
    )  # fmt: skip


# --- what comes back, and what was wrong --------------------------------------------------------------------------------


@get("/strikes/{number:str}/advances/unspent", opt={"permission": rules.PAY})
async def ask_return(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form for what a local sent back, filled with all that is open."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    statement = _statement_of(case, str(request.query_params.get("local", "")))
    values = {"local": statement.local.number, "returned_on": pool.today().isoformat()}
    if statement.open_minor > 0:
        values["amount"] = formats.figure(reader.language, statement.open_minor)
    return await _unspent_page(request, pool, reader, case, statement, Form(values, reader.language), None)


@post("/strikes/{number:str}/advances/unspent", opt={"permission": rules.PAY}, status_code=303)
async def record_return(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, record it."""
    case = (await service.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    statement = _statement_of(case, form.value("local"))
    banks = [str(each.id) for each in await service.banks_of(pool, reader.actor, number)]
    asked = rules.ReturnUnspent(
        local=statement.local.number, amount_minor=form.money("amount", case.strike.currency), account=int(form.choice("account", banks) or 0),
        returned_on=form.date("returned_on", not_after=pool.today()),
    )  # fmt: skip
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                await service.record_return(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/strikes/{case.strike.number}/advances?done=unspent_returned", status_code=303)
            shown = await service.preview_return(pool, reader.actor, number, asked)
        except Refusal as refusal:
            _refused(form, refusal, "returned_on")
    return await _unspent_page(request, pool, reader, case, statement, form, shown)


async def _unspent_page(
    request: Params, pool: Pool, reader: Reader, case: Case, statement: Statement, form: Form, shown: Preview | None
) -> Response[Any]:
    banks = await service.banks_of(pool, reader.actor, case.strike.number)
    if len(banks) == 1 and not form.value("account"):
        form.put("account", str(banks[0].id))
    return page(
        request, "strike_advances/unspent.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        statement=statement, banks=[(str(each.id), named(reader.language, each)) for each in banks], lines=_lines(reader.language, shown),
        **_words(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances/entries/{entry:int}/take-back", opt={"permission": rules.PAY})
async def ask_taking_back(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], entry: FromPath[int]
) -> Response[Any]:
    """What taking an advance, an acceptance or a return back posts."""
    return await _taking_back_page(request, pool, reader, number, entry, Form({"date": pool.today().isoformat()}, reader.language), pool.today())


@post("/strikes/{number:str}/advances/entries/{entry:int}/take-back", opt={"permission": rules.PAY}, status_code=303)
async def take_back(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], entry: FromPath[int]
) -> Response[Any]:
    """Take it back."""
    form = Form(await request.form(), reader.language)
    day, reason = form.date("date", not_after=pool.today()), form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            await service.take_back(pool, reader.actor, form.key, number, entry, day, reason)
            return Redirect(f"/strikes/{number}/advances?done=advance_taken_back", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _taking_back_page(request, pool, reader, number, entry, form, day)


async def _taking_back_page(request: Params, pool: Pool, reader: Reader, number: str, entry: int, form: Form, day: date) -> Response[Any]:
    case, found = await service.show_entry(pool, reader.actor, number, entry)
    lines = []
    # Pressing the button says what stands against it.
    with suppress(Refusal):
        lines = _lines(reader.language, (await service.preview_taking_back(pool, reader.actor, number, entry, day))[2])
    return page(
        request, "strike_advances/take_back.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        found=found, local=_local_of(found), entry=entry, lines=lines, **_words(reader.language),
    )  # fmt: skip


def _local_of(found: service.TakenBack) -> StrikeLocal:
    record = found.advance or found.returned or found.reports[0]
    return record.local


DONE = {
    "advance_proposed": N_("Proposed. Those who can approve it are told."),
    "advance_approved": N_("Approved. The treasury is told that it can be paid."),
    "advance_held": N_("On hold. Everybody sees why."),
    "advance_let_go": N_("Off hold: it goes on where it was."),
    "advance_cancelled": N_("Cancelled. The week can have another advance."),
    "advance_paid": N_("Paid and posted. The local reports on it next."),
    "report_filed": N_("Filed. Those who can accept it are told."),
    "report_returned": N_("Sent back. Whoever files for the local is told."),
    "reports_accepted": N_("Accepted and posted."),
    "unspent_returned": N_("Recorded and posted."),
    "advance_taken_back": N_("Taken back: its entry is reversed and the record follows."),
}
PAGES = [
    list_advances, show_advances, show_advance, ask_proposal, propose, approve, let_go, ask_hold, hold, ask_cancellation, cancel, ask_payment, pay,
    show_report, ask_report, file_report, ask_report_return, return_report, ask_acceptance, accept, ask_return, record_return, ask_taking_back, take_back,
]  # fmt: skip
