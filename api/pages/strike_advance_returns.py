"""Record what a local sent back of its advances, and take back what was recorded wrongly."""

from contextlib import suppress
from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form
from api.pages.rendering import named, page
from api.pages.strike_advance_parts import Params, keep_refusal, lines_of, statement_of, words_of
from api.security import Reader
from ledger.domain import strike_advances as rules
from ledger.domain.refusals import Refusal
from ledger.domain.strike_advances import REASON_MAXIMUM, Statement
from ledger.domain.strikes import StrikeLocal
from ledger.services import strike_advance_returns, strike_advance_views
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.strike_advance_cases import Case
from reports import formats
from reports.i18n import N_


@get("/strikes/{number:str}/advances/unspent", opt={"permission": rules.PAY})
async def ask_return(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form for what a local sent back, filled with all that is open."""
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
    statement = statement_of(case, str(request.query_params.get("local", "")))
    values = {"local": statement.local.number, "returned_on": pool.today().isoformat()}
    if statement.open_minor > 0:
        values["amount"] = formats.figure(reader.language, statement.open_minor)
    return await _unspent_page(request, pool, reader, case, statement, Form(values, reader.language), None)


@post("/strikes/{number:str}/advances/unspent", opt={"permission": rules.PAY}, status_code=303)
async def record_return(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, record it."""
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    statement = statement_of(case, form.value("local"))
    banks = [str(each.id) for each in await strike_advance_views.banks_of(pool, reader.actor, number)]
    asked = rules.ReturnUnspent(
        local=statement.local.number, amount_minor=form.money("amount", case.strike.currency), account=int(form.choice("account", banks) or 0),
        returned_on=form.date("returned_on", not_after=pool.today()),
    )  # fmt: skip
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                await strike_advance_returns.record_return(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/strikes/{case.strike.number}/advances?done=unspent_returned", status_code=303)
            shown = await strike_advance_returns.preview_return(pool, reader.actor, number, asked)
        except Refusal as refusal:
            keep_refusal(form, refusal, "returned_on")
    return await _unspent_page(request, pool, reader, case, statement, form, shown)


async def _unspent_page(
    request: Params, pool: Pool, reader: Reader, case: Case, statement: Statement, form: Form, shown: Preview | None
) -> Response[Any]:
    banks = await strike_advance_views.banks_of(pool, reader.actor, case.strike.number)
    if len(banks) == 1 and not form.value("account"):
        form.put("account", str(banks[0].id))
    return page(
        request, "strike_advances/unspent.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        statement=statement, banks=[(str(each.id), named(reader.language, each)) for each in banks], lines=lines_of(reader.language, shown),
        **words_of(reader.language),
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
            await strike_advance_returns.take_back(pool, reader.actor, form.key, number, entry, day, reason)
            return Redirect(f"/strikes/{number}/advances?done=advance_taken_back", status_code=303)
        except Refusal as refusal:
            keep_refusal(form, refusal)
    return await _taking_back_page(request, pool, reader, number, entry, form, day)


async def _taking_back_page(request: Params, pool: Pool, reader: Reader, number: str, entry: int, form: Form, day: date) -> Response[Any]:
    case, found = await strike_advance_returns.show_entry(pool, reader.actor, number, entry)
    lines = []
    # Pressing the button says what stands against it.
    with suppress(Refusal):
        lines = lines_of(reader.language, (await strike_advance_returns.preview_taking_back(pool, reader.actor, number, entry, day))[2])
    return page(
        request, "strike_advances/take_back.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike,
        found=found, local=_local_of(found), entry=entry, lines=lines, **words_of(reader.language),
    )  # fmt: skip


def _local_of(found: strike_advance_returns.TakenBack) -> StrikeLocal:
    record = found.advance or found.returned or found.reports[0]
    return record.local


DONE = {
    "unspent_returned": N_("Recorded and posted."),
    "advance_taken_back": N_("Taken back: its entry is reversed and the record follows."),
}
PAGES = [ask_return, record_return, ask_taking_back, take_back]
