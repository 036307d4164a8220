"""File a local's expense report of a week with its papers, look at it, send it back, and accept filed ones by one entry."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.forms import Form
from api.pages.rendering import page
from api.pages.strike_advance_parts import Params, keep_refusal, lines_of, local_options, may_in, statement_of, words_of
from api.security import Reader
from ledger.domain import strike_advances as rules
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import Refusal
from ledger.domain.strike_advances import CATEGORIES, REASON_MAXIMUM, SIGNED_MAXIMUM, WEEK_MAXIMUM, WHAT_MAXIMUM, ExpenseReport, Statement
from ledger.services import documents as documents_service
from ledger.services import strike_advance_reports, strike_advance_views
from ledger.services.pool import Pool
from ledger.services.strike_advance_cases import Case
from reports import formats
from reports.i18n import N_, translate
from reports.strike_advance_words import CATEGORY_NAMES

# Rows of an empty report: what a phone shows without scrolling, and a week's receipts mostly need.
EMPTY_LINES = 2


# --- filing -----------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/advances/reports/{local:str}/{week:int}", opt={"permission": "read_strikes"})
async def show_report(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], local: FromPath[str], week: FromPath[int]
) -> Response[Any]:
    """A local's report of a week, with the versions before it."""
    view = await strike_advance_views.show_report(pool, reader.actor, number, local, week)
    report = view.versions[0] if view.versions else None
    may, second = may_in(reader, view.case), report is None or report.filed_by != reader.person_id
    filed = report is not None and report.state == "filed"
    return page(
        request, "strike_advances/report.html", reader=reader, help="advances", view=view, report=report, strike=view.case.strike,
        may={
            "accept": may["approve"] and filed and second, "own": may["approve"] and filed and not second,
            "file": may["prepare"] and (report is None or report.state != "accepted"),
            "take_back": may["pay"] and report is not None and report.entry_number is not None,
        },
        documents=await documents_for(pool, reader, "strike", view.case.strike.number), **words_of(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances/file", opt={"permission": rules.PREPARE})
async def ask_report(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form of a local's report, filled with the version before it where there is one."""
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
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
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    said = rules.FileReport(
        local=form.choice("local", [each.number for each in case.strike.locals]), week=form.integer("week", 1, WEEK_MAXIMUM),
        signed_by=form.text("signed_by", max_length=SIGNED_MAXIMUM), lines=_report_lines(form, case.strike.currency),
        remark=form.text("remark", required=False, max_length=REASON_MAXIMUM),
    )  # fmt: skip
    await _keep_file(pool, reader, form, case.strike.number)
    if form.ok:
        try:
            kept = await strike_advance_reports.file_report(pool, reader.actor, form.key, number, said)
            address = f"/strikes/{case.strike.number}/advances/reports/{kept.local.number}/{kept.week}"
            return Redirect(f"{address}?done=report_filed", status_code=303)
        except Refusal as refusal:
            keep_refusal(form, refusal)
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
        keep_refusal(form, refusal)


async def _file_page(request: Params, pool: Pool, reader: Reader, case: Case, form: Form) -> Response[Any]:
    may_attach = await documents_service.may_attach(pool, reader.actor, "strike", case.strike.number)
    return page(
        request, "strike_advances/file.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        locals=local_options(reader.language, case), rows=form.rows("line", EMPTY_LINES), may_attach=may_attach, accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES,
        categories=[(code, translate(reader.language, CATEGORY_NAMES[code])) for code in CATEGORIES], **words_of(reader.language),
    )  # fmt: skip


# --- deciding ---------------------------------------------------------------------------------------------------------


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
            kept = await strike_advance_reports.return_report(pool, reader.actor, form.key, number, local, week, reason)
            return Redirect(f"/strikes/{kept.strike}/advances/reports/{kept.local.number}/{week}?done=report_returned", status_code=303)
        except Refusal as refusal:
            keep_refusal(form, refusal)
    return await _return_page(request, pool, reader, (number, local, week), form)


async def _return_page(request: Params, pool: Pool, reader: Reader, which: tuple[str, str, int], form: Form) -> Response[Any]:
    view = await strike_advance_views.show_report(pool, reader.actor, *which)
    return page(
        request, "strike_advances/return.html", reader=reader, status=form.status, help="advances", form=form, view=view, strike=view.case.strike,
        report=view.versions[0] if view.versions else None, **words_of(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances/accept", opt={"permission": rules.APPROVE})
async def ask_acceptance(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """A local's filed reports, all of them ticked."""
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
    statement = statement_of(case, str(request.query_params.get("local", "")))
    weeks = [str(each.week) for each in _filed(statement) if each.filed_by != reader.person_id]
    values: dict[str, Any] = {"local": statement.local.number, "weeks": weeks, "accepted_on": pool.today().isoformat()}
    return await _acceptance_page(request, reader, case, statement, Form(values, reader.language), None)


@post("/strikes/{number:str}/advances/accept", opt={"permission": rules.APPROVE}, status_code=303)
async def accept(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, accept."""
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    statement = statement_of(case, form.value("local"))
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
                await strike_advance_reports.accept_reports(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/strikes/{case.strike.number}/advances?done=reports_accepted", status_code=303)
            shown = await strike_advance_reports.preview_acceptance(pool, reader.actor, number, asked)
        except Refusal as refusal:
            keep_refusal(form, refusal, "accepted_on")
    return await _acceptance_page(request, reader, case, statement, form, shown)


def _filed(statement: Statement) -> list[ExpenseReport]:
    return [line.report for line in statement.weeks if line.report is not None and line.report.state == "filed"]


async def _acceptance_page(
    request: Params, reader: Reader, case: Case, statement: Statement, form: Form, shown: strike_advance_reports.Acceptance | None
) -> Response[Any]:
    language = reader.language
    options = [
        (str(each.week), translate(language, "Week %(week)s: %(amount)s", week=each.week, amount=formats.money(language, each.total_minor, each.currency)),
         translate(language, "signed by %(who)s", who=each.signed_by))
        for each in _filed(statement)
    ]  # fmt: skip
    return page(
        request, "strike_advances/accept.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        statement=statement, options=options, shown=shown, lines=lines_of(language, shown.preview if shown else None), **words_of(language),
    )  # fmt: skip


DONE = {
    "report_filed": N_("Filed. Those who can accept it are told."),
    "report_returned": N_("Sent back. Whoever files for the local is told."),
    "reports_accepted": N_("Accepted and posted."),
}
PAGES = [show_report, ask_report, file_report, ask_report_return, return_report, ask_acceptance, accept]
