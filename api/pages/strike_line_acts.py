"""Put one payment of a run right: stop, issue again, void, unclaim, clear, and what was paid too much."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.pages.strike_line_parts import ACTS, ASIDE, FIELDS, RECOVERIES, Said, acts_of, member_of, read_act, say, shown_line
from api.security import Reader
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.strike_runs import FIX, Run
from ledger.services import strike_payments as service
from ledger.services import strike_recoveries as recoveries
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.strike_payments import LineView
from ledger.storage import reference as accounts
from reports import formats, strike_run_words

# Those that post nothing, so that there is nothing to look at first.
UNPOSTED = ("clear", "write-off")


@get("/strikes/runs/{number:str}/lines/{member:int}/{act:str}", opt={"permission": FIX})
async def ask_fix(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int],
    act: FromPath[str],
) -> Response[Any]:  # fmt: skip
    """The form to put a payment right, with what it will post; where it cannot be done now, the line itself."""
    view = await service.show_line(pool, reader.actor, number, member_of(member))
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    if act not in acts_of(reader, view):
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
    view = await service.show_line(pool, reader.actor, number, member_of(member))
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    form, shown = Form(await request.form(), reader.language, aside=ASIDE), None
    banks = await _banks(pool, view.run, reader.language) if act == "paid-back" else []
    said = read_act(form, act, pool.today(), view.run, banks)
    if form.ok and (form.action == "post" or act in UNPOSTED):
        try:
            await _take(pool, reader, form.key, view, act, said)
            return Redirect(f"/strikes/runs/{view.run.number}/lines/{member}?done=payment_{act}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | ({"text_invalid": str(refusal.params["field"])} if refusal.code == "text_invalid" else {}))
    if form.ok:
        shown = await _looked_at(pool, reader, view, act, form, said)
    return await _fix_page(request, reader, view, act, form, shown, banks)


async def _banks(pool: Pool, run: Run, language: str) -> list[tuple[str, str]]:
    """The union's own joint bank accounts in the run's currency, that one first which the run was paid from."""
    async with pool.database.reading() as connection:
        found = await accounts.accounts(connection, "joint", "bank")
    fit = [each for each in found if each.closed_on is None and (each.custodian, each.currency) == (run.union, run.currency)]
    return [(str(each.id), named(language, each)) for each in sorted(fit, key=lambda each: each.id != run.account_id)]


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
    codes = [(code, say(reader, name)) for code, name in strike_run_words.WRITE_OFF_REASONS.items()]
    lines = explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else []
    methods = [(code, say(reader, name)) for code, name in strike_run_words.METHODS.items()]
    return page(
        request, "strike_runs/line_act.html", reader=reader, status=status or form.status, help="runs", form=form, act=act, label=ACTS[act],
        lines=lines, method_choices=methods, left=formats.money(reader.language, left_minor, view.run.currency),
        banks=banks, codes=codes, **shown_line(reader, view),
    )  # fmt: skip


PAGES = [ask_fix, fix_one]
