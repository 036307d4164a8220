"""Show a run's lines to its own union's benefits officers and treasurers, and let them put one member's payment right, or many at once."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.files import list_file
from api.pages.forms import Form, refused
from api.pages.rendering import explained, page
from api.pages.strike_line_parts import ASIDE, FIELDS, member_of, pays_again, read_act, say, shown_line, words_of_run
from api.security import Reader
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.strike_runs import FIX, PAY, STEPS, Run
from ledger.services import strike_payments as service
from ledger.services import strike_run_steps, strike_run_views
from ledger.services.pool import Pool
from ledger.services.strike_payments import Reissuable
from ledger.storage.strike_run_lines import LineFilter, LineRow
from ledger.storage.strike_run_payments import Payment
from reports import strike_run_words
from reports.facts import read_facts
from reports.i18n import N_
from reports.strike_payment_list import Taker, shape_cheque_register, shape_payments

# --- the lines ------------------------------------------------------------------------------------------------------------


@get("/strikes/runs/{number:str}/lines", opt={"permission": "read_roster"})
async def list_lines(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """A page of a run's lines in the roster's order, found by name, reference or cheque number."""
    return await _lines_page(request, pool, reader, number, Form({"date": pool.today().isoformat()}, reader.language))


@post("/strikes/runs/{number:str}/lines", opt={"permission": FIX}, status_code=303)
async def fix_several(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Mark the payments that were ticked as cleared, or move them to unclaimed."""
    form = Form(await request.form(), reader.language)
    members = sorted({_whole(each) for each in form.many("member")} - {0})
    day = form.date("date", not_after=pool.today())
    if not members:
        form.fail("", say(reader, N_("Tick the payments first.")))
    if form.ok:
        try:
            if form.action == "unclaim":
                await service.unclaim_payments(pool, reader.actor, form.key, number, day, members)
            else:
                await service.clear_payments(pool, reader.actor, form.key, number, day, members)
            done = "run_unclaim" if form.action == "unclaim" else "run_clear"
            return Redirect(f"/strikes/runs/{strike_run_steps.written_run(number)}?done={done}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _lines_page(request, pool, reader, number, form)


def _whole(typed: str) -> int:
    """A member's number as an address or a form names it; 0 for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


async def _lines_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form) -> Response[Any]:
    narrowed, view = _narrowed(request), await strike_run_views.show_run(pool, reader.actor, number)
    local = next((each.id for each in view.strike.locals if each.number == word(request, "local")), None)
    found = await service.list_lines(pool, reader.actor, number, msgspec.structs.replace(narrowed, local=local), _whole(word(request, "after") or "0"))
    language = reader.language
    fixable = reader.can(FIX) and view.run.state in STEPS["fix"]
    reasons = sorted({row.reason for row in view.counts} - {"full", "partial", "no_payable_day"})
    return page(
        request, "strike_runs/lines.html", reader=reader, help="runs", fragment="results", status=form.status, view=view, run=view.run, form=form,
        lines=found.items, older=str(found.next) if found.next else None, tickable=fixable and any(_is_open(line) for line in found.items),
        is_open=_is_open, shows=[(each, say(reader, strike_run_words.SHOWS[each])) for each in service.SHOWS if each != "all"],
        reasons=[(each, strike_run_words.reason(language, each)) for each in reasons], locals=[(each.number, each.number) for each in view.strike.locals],
        narrowed=narrowed != LineFilter() or local is not None, **words_of_run(language, view.run),
    )  # fmt: skip


def _narrowed(request: Request[Any, Any, Any]) -> LineFilter:
    shows = word(request, "shows") or "all"
    return LineFilter(shows=shows if shows in service.SHOWS else "all", reason=word(request, "reason"), words=word(request, "q"))


def _is_open(line: LineRow) -> bool:
    return line.payment_state == "issued"


@get("/strikes/runs/{number:str}/payments/{format_name:str}", opt={"permission": "read_roster"})
async def take_payments(
    pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], format_name: FromPath[str]
) -> Response[Any]:
    """The payment list (CSV, XLSX) or the cheque register (PDF), marked with who took it and when; both go into the audit trail."""
    if format_name not in ("csv", "xlsx", "pdf"):
        raise NotFound(kind="page", id=format_name[:40])
    run, lines = await service.payment_list(pool, reader.actor, number)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    shape = shape_cheque_register if format_name == "pdf" else shape_payments
    document = await asyncio.to_thread(shape, facts, run, lines, Taker(reader.name, run.union))
    return await list_file(pool, reader, document, format_name)


# --- by number, for who pays ------------------------------------------------------------------------------------------------


@get("/strikes/runs/{number:str}/payments", opt={"permission": PAY})
async def list_reissuable(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Payments that were stopped or went unclaimed, by number and amount: who pays runs issues them again without being told for whom."""
    found = await service.list_reissuable(pool, reader.actor, number, _whole(word(request, "after") or "0"))
    may = {payment.member for payment in found.items if pays_again(reader, found.run, payment)}
    return page(
        request, "strike_runs/payments.html", reader=reader, help="runs", run=found.run, payments=found.items, may=may,
        older=str(found.next) if found.next else None, **words_of_run(reader.language, found.run),
    )  # fmt: skip


@get("/strikes/runs/{number:str}/payments/{member:int}/reissue", opt={"permission": PAY})
async def ask_reissue(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """The form to pay one again, with what it will post; where it cannot be done now, the list of those that can."""
    found = await service.list_reissuable(pool, reader.actor, number, member_of(member) - 1, 1)
    payment = _reissuable(found, member)
    if payment is None or not pays_again(reader, found.run, payment):
        return Redirect(f"/strikes/runs/{found.run.number}/payments", status_code=303)
    form = Form({"date": pool.today().isoformat(), "method": payment.method}, reader.language, aside=ASIDE)
    return await _reissue_page(request, pool, reader, found.run, payment, form, 200)


@post("/strikes/runs/{number:str}/payments/{member:int}/reissue", opt={"permission": PAY}, status_code=303)
async def reissue(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """Pay it again; with ``action=preview`` show what that will post. Sent twice it answers as it did the first time."""
    found = await service.list_reissuable(pool, reader.actor, number, member_of(member) - 1, 1)
    listed, form = f"/strikes/runs/{found.run.number}/payments", Form(await request.form(), reader.language, aside=ASIDE)
    said = read_act(form, "reissue", pool.today(), found.run, [])
    if form.ok and form.action == "post":
        try:
            await service.reissue_payment(pool, reader.actor, form.key, found.run.number, member, said.day, said.reference, said.method)
            return Redirect(f"{listed}?done=payment_reissue", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | {"choice_invalid": str(refusal.params.get("field")), "text_invalid": "reference"})
    payment = _reissuable(found, member)
    if payment is None:
        return Redirect(listed, status_code=303)
    return await _reissue_page(request, pool, reader, found.run, payment, form)


def _reissuable(found: Reissuable, member: int) -> Payment | None:
    """The member's payment, if it can be issued again."""
    return next((each for each in found.items if each.member == member), None)


async def _reissue_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, run: Run, payment: Payment, form: Form, status: int | None = None
) -> Response[Any]:
    shown = None
    if form.ok:
        try:
            day = form.date("date", not_after=pool.today())
            shown = await service.preview_change(pool, reader.actor, run.number, payment.member, "reissue", day)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return page(
        request, "strike_runs/reissue.html", reader=reader, status=status or form.status, help="runs", form=form, run=run, payment=payment,
        lines=explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else [],
        method_choices=[(code, say(reader, name)) for code, name in strike_run_words.METHODS.items()], **words_of_run(reader.language, run),
    )  # fmt: skip


# --- one line -------------------------------------------------------------------------------------------------------------


@get("/strikes/runs/{number:str}/lines/{member:int}", opt={"permission": "read_roster"})
async def show_line(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """One member's line: how it was worked out, every payment of it, and what can be done now."""
    view = await service.show_line(pool, reader.actor, number, member_of(member))
    return page(request, "strike_runs/line.html", reader=reader, help="runs", **shown_line(reader, view))


DONE = {
    "payment_stop": N_("Stopped: the money is at the bank again, and still owed to the member."),
    "payment_reissue": N_("Issued again."),
    "payment_void": N_("Void: the expense is undone."),
    "payment_unclaim": N_("Moved to unclaimed. The debt stays until it is claimed."),
    "payment_overpaid": N_("Recorded. The next run takes it off what the member gets."),
    "payment_paid-back": N_("Recorded and posted. The member owes less by it."),
    "payment_write-off": N_("Proposed. An officer or another treasurer of your union decides."),
    "payment_clear": N_("Marked as cleared."),
}
PAGES = [list_lines, fix_several, take_payments, list_reissuable, ask_reissue, reissue, show_line]
