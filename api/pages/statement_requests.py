"""Let a treasury log members' requests for a financial statement and their answers, and see which are open for longer than the threshold."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.refusals import Refusal
from ledger.domain.statement_requests import (
    ANSWER_MAXIMUM,
    REFERENCE_MAXIMUM,
    STATEMENT_MAXIMUM,
    AnswerStatementRequest,
    RecordStatementRequest,
)
from ledger.services import statement_requests as service
from ledger.services.pool import Pool
from reports.facts import read_facts
from reports.i18n import N_
from reports.present import say
from reports.reminder_words import told_of_requests
from reports.statement_request_list import shape_statement_requests

FILES, FILE_ROWS_MAXIMUM = ("pdf", "xlsx", "csv"), 5_000

DONE = {
    "statement_request_logged": N_("Logged."),
    "statement_request_answered": N_("The answer is recorded."),
}
FIELDS = {"future_date": "asked_on", "date_invalid": "asked_on", "text_invalid": "reference", "choice_invalid": "local"}
ANSWER_FIELDS = {"future_date": "answered_on", "date_invalid": "answered_on", "text_invalid": "answer", "statement_request_answered": "answered_on"}


@get("/statement-requests", opt={"permission": "keep_statement_requests"})
async def list_statement_requests(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What was asked of one's own union, the latest first, with the form to log another; as a file of the same with ``?format=csv``."""
    if format_name := asked_format(word(request, "format")):
        return await _file(request, pool, reader, format_name)
    return await _list_page(request, pool, reader, Form({"asked_on": pool.today().isoformat()}, reader.language))


async def _file(request: Request[Any, Any, Any], pool: Pool, reader: Reader, format_name: str) -> Response[Any]:
    view = await service.overview(pool, reader.actor, word(request, "state") == "open", limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_statement_requests(facts, view), format_name)


async def _list_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    view = await service.overview(pool, reader.actor, word(request, "state") == "open", place_after(request, date, str))
    late, today = {each.number for each in view.late}, pool.today()
    rows = [{"it": each, "late": each.number in late, "days": each.open_days(today)} for each in view.items]
    return page(
        request, "statement_requests/list.html", reader=reader, help="thresholds", status=form.status, form=form, rows=rows,
        locals=[(number, f"{number} {name}") for number, name in view.locals], older=cursor(*view.next) if view.next else None,
        files=[(name.upper(), f"/statement-requests?{urlencode({**request.query_params, 'format': name})}") for name in FILES],
        told=[say(reader.language, each) for each in told_of_requests(view.threshold, len(late))] if view.threshold else [],
    )  # fmt: skip


@post("/statement-requests", opt={"permission": "keep_statement_requests"}, status_code=303)
async def log_statement_request(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Log a request."""
    form = Form(await request.form(), reader.language)
    wanted = RecordStatementRequest(
        reference=form.text("reference", max_length=REFERENCE_MAXIMUM), statement=form.text("statement", max_length=STATEMENT_MAXIMUM),
        asked_on=form.date("asked_on", not_after=pool.today()), local=form.text("local", required=False),
    )  # fmt: skip
    if form.ok:
        try:
            await service.record(pool, reader.actor, form.key, wanted)
            return Redirect("/statement-requests?done=statement_request_logged", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _list_page(request, pool, reader, form)


@get("/statement-requests/{number:str}/answer", opt={"permission": "keep_statement_requests"})
async def ask_answer(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form for the answer to a request of one's own union."""
    found = await service.show(pool, reader.actor, number)
    return _answer_page(request, reader, found.number, Form({"answered_on": pool.today().isoformat()}, reader.language))


def _answer_page(request: Request[Any, Any, Any], reader: Reader, number: str, form: Form) -> Response[Any]:
    return page(request, "statement_requests/answer.html", reader=reader, help="thresholds", status=form.status, form=form, number=number)


@post("/statement-requests/{number:str}/answer", opt={"permission": "keep_statement_requests"}, status_code=303)
async def answer_statement_request(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Record when it was answered, with what."""
    form, found = Form(await request.form(), reader.language), await service.show(pool, reader.actor, number)
    wanted = AnswerStatementRequest(
        number=found.number, answered_on=form.date("answered_on", not_after=pool.today()), answer=form.text("answer", max_length=ANSWER_MAXIMUM)
    )
    if form.ok:
        try:
            await service.answer(pool, reader.actor, form.key, wanted)
            return Redirect("/statement-requests?done=statement_request_answered", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, ANSWER_FIELDS)
    return _answer_page(request, reader, found.number, form)


PAGES = [list_statement_requests, log_statement_request, ask_answer, answer_statement_request]
