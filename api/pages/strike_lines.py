"""Show a run's lines to its own union's benefits officers and treasurers, and let them put one member's payment right, or many at once."""

import asyncio
from datetime import date
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.files import list_file
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.security import Reader
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.strike_runs import FIX, PAY, PAYMENT_STEPS, REASON_MAXIMUM, REFERENCE_MAXIMUM, STEPS, Run
from ledger.services import strike_payments as service
from ledger.services import strike_recoveries as recoveries
from ledger.services import strike_run_steps, strike_run_views
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.strike_payments import LineView, Reissuable
from ledger.storage import reference as accounts
from ledger.storage.strike_run_lines import LineFilter, LineRow
from ledger.storage.strike_run_payments import Payment
from reports import formats, strike_run_words
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.strike_payment_list import Taker, shape_cheque_register, shape_payments

FIELDS = {
    "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date", "text_invalid": "reason",
    "cheque_number_taken": "reference", "more_than_left": "amount", "amount_not_positive": "amount", "choice_invalid": "method",
    "insufficient_balance": "", "payment_state": "",
}  # fmt: skip
# What can be done with one payment, and what stands on its button.
ACTS = {
    "stop": N_("Stop this payment"), "reissue": N_("Issue it again"), "void": N_("Declare it void"), "unclaim": N_("Move to unclaimed"),
    "overpaid": N_("Record an overpayment"), "paid-back": N_("Record what was paid back"), "write-off": N_("Propose to write it off"),
    "clear": N_("Mark as cleared"),
}  # fmt: skip
REASONED = ("stop", "void", "overpaid")
# Those that post nothing, so that there is nothing to look at first.
UNPOSTED = ("clear", "write-off")
# Fields that do not change what is posted for the payment; a bank's fee is an entry of its own.
ASIDE = ("reason", "reference", "method", "fee")
# Those of what was paid too much; they go by what is owed, not by how the payment stands.
RECOVERIES = ("paid-back", "write-off")


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
        form.fail("", _say(reader, N_("Tick the payments first.")))
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


def _say(reader: Reader, text: str) -> str:
    return translate(reader.language, text)


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
        is_open=_is_open, shows=[(each, _say(reader, strike_run_words.SHOWS[each])) for each in service.SHOWS if each != "all"],
        reasons=[(each, strike_run_words.reason(language, each)) for each in reasons], locals=[(each.number, each.number) for each in view.strike.locals],
        narrowed=narrowed != LineFilter() or local is not None, **_words(language, view.run),
    )  # fmt: skip


def _words(language: str, run: Run) -> dict[str, Any]:
    return {
        "working": partial(strike_run_words.working, language, run.currency), "why": partial(strike_run_words.why, language),
        "payment_chip": partial(strike_run_words.payment_chip, language), "methods": strike_run_words.METHODS, "notes": strike_run_words.NOTES,
        "recovery_chip": partial(strike_run_words.recovery_chip, language), "recovery_kinds": strike_run_words.RECOVERY_KINDS,
        "write_off_reasons": strike_run_words.WRITE_OFF_REASONS,
    }  # fmt: skip


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
    may = {payment.member for payment in found.items if _pays_again(reader, found.run, payment)}
    return page(
        request, "strike_runs/payments.html", reader=reader, help="runs", run=found.run, payments=found.items, may=may,
        older=str(found.next) if found.next else None, **_words(reader.language, found.run),
    )  # fmt: skip


@get("/strikes/runs/{number:str}/payments/{member:int}/reissue", opt={"permission": PAY})
async def ask_reissue(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """The form to pay one again, with what it will post; where it cannot be done now, the list of those that can."""
    found = await service.list_reissuable(pool, reader.actor, number, _member(member) - 1, 1)
    payment = _reissuable(found, member)
    if payment is None or not _pays_again(reader, found.run, payment):
        return Redirect(f"/strikes/runs/{found.run.number}/payments", status_code=303)
    form = Form({"date": pool.today().isoformat(), "method": payment.method}, reader.language, aside=ASIDE)
    return await _reissue_page(request, pool, reader, found.run, payment, form, 200)


@post("/strikes/runs/{number:str}/payments/{member:int}/reissue", opt={"permission": PAY}, status_code=303)
async def reissue(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """Pay it again; with ``action=preview`` show what that will post. Sent twice it answers as it did the first time."""
    found = await service.list_reissuable(pool, reader.actor, number, _member(member) - 1, 1)
    listed, form = f"/strikes/runs/{found.run.number}/payments", Form(await request.form(), reader.language, aside=ASIDE)
    said = _read(form, "reissue", pool.today(), found.run, [])
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


def _pays_again(reader: Reader, run: Run, payment: Payment) -> bool:
    """Whether this reader neither prepared nor approved the run nor stopped the payment."""
    others = {run.computed_by, run.submitted_by, run.approved_by, payment.ended_by}
    return run.state in STEPS["fix"] and reader.person_id not in others


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
        method_choices=[(code, _say(reader, name)) for code, name in strike_run_words.METHODS.items()], **_words(reader.language, run),
    )  # fmt: skip


# --- one line -------------------------------------------------------------------------------------------------------------


@get("/strikes/runs/{number:str}/lines/{member:int}", opt={"permission": "read_roster"})
async def show_line(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """One member's line: how it was worked out, every payment of it, and what can be done now."""
    view = await service.show_line(pool, reader.actor, number, _member(member))
    return page(request, "strike_runs/line.html", reader=reader, help="runs", **_shown(reader, view))


def _member(number: int) -> int:
    if not 0 < number < 2**31:
        raise NotFound(kind="line", id=str(number)[:40])
    return number


def _shown(reader: Reader, view: LineView) -> dict[str, Any]:
    return {"view": view, "run": view.run, "line": view.line, "acts": _acts(reader, view), "act_names": ACTS, **_words(reader.language, view.run)}


def _acts(reader: Reader, view: LineView) -> list[str]:
    """What can be done with the line's last payment now."""
    if not reader.can(FIX) or view.run.state not in STEPS["fix"] or view.line.payment_state is None:
        return []
    found = {step for step, states in PAYMENT_STEPS.items() if view.line.payment_state in states}
    found |= set(RECOVERIES) if view.owed_minor > 0 else set()
    found -= set() if view.left_minor > 0 else {"overpaid"}
    # What is to be recovered was paid, as far as the books know: it is not void, nor stopped before that is settled.
    found -= {"void"} if view.overpaid else set()
    found -= set() if _may_reissue(reader, view) else {"reissue"}
    return [step for step in ACTS if step in found]


def _may_reissue(reader: Reader, view: LineView) -> bool:
    """Whether this reader pays runs, and neither prepared nor approved this one nor stopped the payment."""
    return reader.can(PAY) and all(_pays_again(reader, view.run, payment) for payment in view.payments[:1])


@get("/strikes/runs/{number:str}/lines/{member:int}/{act:str}", opt={"permission": FIX})
async def ask_fix(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int],
    act: FromPath[str],
) -> Response[Any]:  # fmt: skip
    """The form to put a payment right, with what it will post; where it cannot be done now, the line itself."""
    view = await service.show_line(pool, reader.actor, number, _member(member))
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    if act not in _acts(reader, view):
        return Redirect(f"/strikes/runs/{view.run.number}/lines/{member}", status_code=303)
    banks = await _banks(pool, view.run, reader.language) if act == "paid-back" else []
    first = {"account": banks[0][0]} if banks else {}
    form = Form({"date": pool.today().isoformat(), "method": view.line.method or "cheque"} | first, reader.language, aside=ASIDE)
    shown = await _looked_at(pool, reader, view, act, form, Said(day=pool.today()))
    return await _fix_page(request, reader, view, act, form, shown, banks, 200)


@post("/strikes/runs/{number:str}/lines/{member:int}/{act:str}", opt={"permission": FIX}, status_code=303)
async def fix_one(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int],
    act: FromPath[str],
) -> Response[Any]:  # fmt: skip
    """Put the payment right; with ``action=preview`` show what that will post."""
    view = await service.show_line(pool, reader.actor, number, _member(member))
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    form, shown = Form(await request.form(), reader.language, aside=ASIDE), None
    banks = await _banks(pool, view.run, reader.language) if act == "paid-back" else []
    said = _read(form, act, pool.today(), view.run, banks)
    if form.ok and (form.action == "post" or act in UNPOSTED):
        try:
            await _take(pool, reader, form.key, view, act, said)
            return Redirect(f"/strikes/runs/{view.run.number}/lines/{member}?done=payment_{act}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | ({"text_invalid": str(refusal.params["field"])} if refusal.code == "text_invalid" else {}))
    if form.ok:
        shown = await _looked_at(pool, reader, view, act, form, said)
    return await _fix_page(request, reader, view, act, form, shown, banks)


class Said(msgspec.Struct, frozen=True):
    """What the form of a payment said."""

    day: date
    reason: str = ""
    fee_minor: int = 0
    amount_minor: int = 0
    method: str = ""
    reference: str = ""
    account: int = 0
    code: str = ""


async def _banks(pool: Pool, run: Run, language: str) -> list[tuple[str, str]]:
    """The union's own joint bank accounts in the run's currency, that one first which the run was paid from."""
    async with pool.database.reading() as connection:
        found = await accounts.accounts(connection, "joint", "bank")
    fit = [each for each in found if each.closed_on is None and (each.custodian, each.currency) == (run.union, run.currency)]
    return [(str(each.id), named(language, each)) for each in sorted(fit, key=lambda each: each.id != run.account_id)]


def _read(form: Form, act: str, today: date, run: Run, banks: list[tuple[str, str]]) -> Said:
    if act in RECOVERIES:
        return _read_recovery(form, act, today, run, banks)
    return Said(
        day=form.date("date", not_after=today), fee_minor=form.amount_or_none("fee", run.currency) if act == "stop" else 0,
        reason=form.text("reason", required=act != "stop", max_length=REASON_MAXIMUM) if act in REASONED else "",
        amount_minor=form.money("amount", run.currency) if act == "overpaid" else 0,
        method=form.choice("method", list(strike_run_words.METHODS)) if act == "reissue" else "",
        reference=form.text("reference", max_length=REFERENCE_MAXIMUM) if act == "reissue" else "",
    )  # fmt: skip


def _read_recovery(form: Form, act: str, today: date, run: Run, banks: list[tuple[str, str]]) -> Said:
    amount_minor = form.money("amount", run.currency)
    if act == "write-off":
        code = form.choice("code", list(strike_run_words.WRITE_OFF_REASONS))
        return Said(day=today, amount_minor=amount_minor, code=code, reason=form.text("note", required=False, max_length=REASON_MAXIMUM))
    return Said(
        day=form.date("date", not_after=today), amount_minor=amount_minor, account=int(form.choice("account", [value for value, _ in banks]) or 0),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
    )  # fmt: skip


async def _take(pool: Pool, reader: Reader, key: str, view: LineView, act: str, said: Said) -> None:
    actor, number, member = reader.actor, view.run.number, view.line.member
    match act:
        case "stop":
            await service.stop_payment(pool, actor, key, number, member, said.day, said.fee_minor, said.reason)
        case "reissue":
            await service.reissue_payment(pool, actor, key, number, member, said.day, said.reference, said.method)
        case "void":
            await service.void_payment(pool, actor, key, number, member, said.day, said.reason)
        case "unclaim":
            await service.unclaim_payments(pool, actor, key, number, said.day, [member])
        case "clear":
            await service.clear_payments(pool, actor, key, number, said.day, [member])
        case "paid-back":
            await recoveries.repay_overpayment(pool, actor, key, number, member, said.account, said.day, said.amount_minor, said.reference)
        case "write-off":
            await recoveries.propose_write_off(pool, actor, key, number, member, said.amount_minor, said.code, said.reason)
        case _:
            await service.record_overpayment(pool, actor, key, number, member, said.amount_minor, said.day, said.reason)


async def _looked_at(pool: Pool, reader: Reader, view: LineView, act: str, form: Form, said: Said) -> Preview | None:
    """What it will post; marking as cleared and proposing post nothing, and of an overpayment nothing is known before its amount."""
    amount_minor = said.amount_minor or None
    if act in UNPOSTED or (act in ("overpaid", "paid-back") and amount_minor is None):
        return None
    try:
        if act == "paid-back":
            return await recoveries.preview_repayment(
                pool, reader.actor, view.run.number, view.line.member, said.account, said.day, said.amount_minor
            )
        return await service.preview_change(pool, reader.actor, view.run.number, view.line.member, act, said.day, amount_minor)
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
    return None


async def _fix_page(
    request: Request[Any, Any, Any], reader: Reader, view: LineView, act: str, form: Form, shown: Preview | None, banks: list[tuple[str, str]],
    status: int | None = None,
) -> Response[Any]:  # fmt: skip
    left_minor = view.owed_minor if act in RECOVERIES else view.left_minor
    codes = [(code, _say(reader, name)) for code, name in strike_run_words.WRITE_OFF_REASONS.items()]
    lines = explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else []
    methods = [(code, _say(reader, name)) for code, name in strike_run_words.METHODS.items()]
    return page(
        request, "strike_runs/line_act.html", reader=reader, status=status or form.status, help="runs", form=form, act=act, label=ACTS[act],
        lines=lines, method_choices=methods, left=formats.money(reader.language, left_minor, view.run.currency),
        banks=banks, codes=codes, **_shown(reader, view),
    )  # fmt: skip


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
PAGES = [list_lines, fix_several, take_payments, list_reissuable, ask_reissue, reissue, show_line, ask_fix, fix_one]
