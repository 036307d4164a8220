"""Show transfers with both unions side by side, and let each union's treasurer take its own next step."""

from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.transfers import PENDING, Receipt, Return, Sending, business_days, is_overdue
from ledger.services import transfers as service
from ledger.services.pool import Pool
from ledger.services.transfers import Preview, View
from ledger.storage import reference
from ledger.storage.rates import rate_on
from ledger.storage.transfers import PAGE, Filter
from reports import formats
from reports.i18n import N_

STATES = {
    "in_transit": (N_("In transit"), "wait"), "disputed": (N_("It does not agree"), "bad"), "received": (N_("Received"), "good"),
    "returned": (N_("Returned"), ""), "cancelled": (N_("Taken back"), ""),
}  # fmt: skip
EVENTS = {
    "sent": N_("Recorded as sent"), "remark": N_("Remark"), "disputed": N_("It does not agree"), "received": N_("Receipt confirmed"),
    "returned": N_("Came back to the bank"), "cancelled": N_("Taken back"), "receipt_reversed": N_("Confirmation taken back"),
}  # fmt: skip
FIELDS = {
    "insufficient_balance": "amount", "insufficient_available": "amount", "amount_not_positive": "amount", "same_account": "to_account",
    "account_unfit": "to_account", "other_union": "from_account", "future_date": "date", "period_closed": "date", "date_before_sent": "date",
    "exchange_missing": "rate", "exchange_disagrees": "rate", "receipt_too_large": "net", "text_invalid": "purpose", "transfer_state": "replaces",
}  # fmt: skip


@get("/transfers", opt={"permission": "read_books"})
async def list_transfers(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every transfer, the latest first; narrowed by state, fund, union and words."""
    words = request.query_params
    choices = await _choices(pool, reader)
    narrowed = Filter(
        state=words.get("state") or None, union=words.get("union") or None, words=words.get("q", "").strip()[:100],
        fund_id=choices["fund_ids"].get(words.get("fund", "")),
    )  # fmt: skip
    before = from_cursor(words.get("after"), date, str)
    views = await service.list_transfers(pool, reader.actor, narrowed, before)  # type: ignore[arg-type]
    last = views[-1].transfer if len(views) == PAGE else None
    return page(
        request, "transfers/list.html", reader=reader, help="transfers", fragment="results", views=views, states=STATES, today=pool.today(),
        older=cursor(last.sent_on, last.number) if last else None, choices=choices, pending=PENDING, is_overdue=is_overdue,
    )  # fmt: skip


async def _choices(pool: Pool, reader: Reader) -> dict[str, Any]:
    async with pool.database.reading() as connection:
        funds = [fund for fund in await reference.funds(connection) if fund.confirmed and fund.closed_on is None]
        banks = [account for account in await reference.accounts(connection, "joint", "bank") if account.closed_on is None]
        parties = await reference.unions(connection)
        rate = await rate_on(connection, "USD", "CAD", pool.today())
    said = None
    if rate is not None:
        source = f"{rate.source}, {formats.date_long(reader.language, rate.observed_on)}"
        said = {"base": rate.base, "quote": rate.quote, "rate": rate.text, "source": source}
    return {
        "funds": [(fund.code, named(reader.language, fund)) for fund in funds], "fund_ids": {fund.code: fund.id for fund in funds},
        "own": [(str(a.id), named(reader.language, a)) for a in banks if a.custodian == reader.union_code],
        "all": [(str(a.id), named(reader.language, a)) for a in banks], "banks": {str(a.id): a for a in banks}, "rate": said,
        "unions": {union.code: union.name for union in parties}, "currencies": {union.code: union.currency for union in parties},
    }  # fmt: skip


# --- sending ------------------------------------------------------------------------------------------------------------


@get("/transfers/new", opt={"permission": "send_transfer"})
async def new_transfer(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; ``?replaces=T-0055`` begins a new try of one that came back."""
    form = Form({"date": pool.today().isoformat(), "replaces": request.query_params.get("replaces", "")}, reader.language)
    return await _sending_page(request, pool, reader, form)


@post("/transfers/new", opt={"permission": "send_transfer"}, status_code=303)
async def send_transfer(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, record it as sent."""
    form, shown = Form(await request.form(), reader.language), None
    sending = await _read_sending(form, pool, reader)
    if form.ok:
        try:
            if form.action == "post":
                sent = await service.send(pool, reader.actor, form.key, sending)
                return Redirect(f"/transfers/{sent.number}?done=transfer_sent", status_code=303)
            shown = await service.preview_sending(pool, reader.actor, sending)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _sending_page(request, pool, reader, form, shown)


async def _read_sending(form: Form, pool: Pool, reader: Reader) -> Sending:
    choices = await _choices(pool, reader)
    source = form.choice("from_account", [value for value, _ in choices["own"]])
    target = form.choice("to_account", [value for value, _ in choices["all"]])
    fund = form.choice("fund", [value for value, _ in choices["funds"]])
    own = choices["banks"][source].currency if source else "USD"
    other = choices["banks"][target].currency if target else own
    return Sending(
        fund=fund, from_account=int(source or 0), to_account=int(target or 0), amount_minor=form.money("amount", own),
        fee_minor=form.optional_money("fee", own) or 0, sent_on=form.date("date", not_after=pool.today()),
        purpose=form.text("purpose", max_length=300),
        bank_reference=form.text("reference", required=False, max_length=35), expected_on=form.optional_date("expected_on"),
        rate=form.optional_rate("rate"), bought_minor=form.optional_money("bought", other), replaces=form.text("replaces", required=False) or None,
    )  # fmt: skip


async def _sending_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, shown: Preview | None = None
) -> Response[Any]:  # fmt: skip
    choices = await _choices(pool, reader)
    source, target = choices["banks"].get(form.value("from_account")), choices["banks"].get(form.value("to_account"))
    own = source.currency if source else choices["currencies"].get(reader.union_code, "USD")
    other = target.currency if target else next((code for code in choices["currencies"].values() if code != own), own)
    return page(
        request, "transfers/new.html", reader=reader, status=form.status, help="transfers", form=form, choices=choices,
        preview=_lines(shown, reader), own=own, other=other,
    )  # fmt: skip


def _lines(shown: Preview | None, reader: Reader) -> Any:
    return explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else None


# --- one transfer -------------------------------------------------------------------------------------------------------


async def _shown(pool: Pool, reader: Reader, view: View) -> dict[str, Any]:
    """What every page about one transfer shows."""
    transfer, today = view.transfer, pool.today()
    pending = transfer.state in PENDING
    receives, sends = reader.union_code == view.target.custodian, reader.union_code == view.source.custodian
    return {
        "view": view, "transfer": transfer, "states": STATES, "event_names": EVENTS, "pending": pending, "days": transfer.days_in_transit(today),
        "business_days": business_days(transfer.sent_on, transfer.settled_on or today), "overdue": is_overdue(transfer, today),
        "may_confirm": pending and receives and reader.can("confirm_receipt"), "may_undo_receipt": transfer.state == "received" and receives
        and reader.can("confirm_receipt"), "may_return": pending and sends and reader.can("send_transfer"),
        "may_remark": pending and (sends or receives) and reader.can("send_transfer"),
        "may_repeat": transfer.state in ("returned", "cancelled") and sends and reader.can("send_transfer") and not transfer.replaced_by,
    }  # fmt: skip


@get("/transfers/{number:str}", opt={"permission": "read_books"})
async def show_transfer(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One transfer: what one union did, what waits for the other, what it cost, its history and documents."""
    view = await service.show_transfer(pool, reader.actor, number)
    documents = await documents_for(pool, reader, "transfer", view.transfer.number)
    return page(request, "transfers/show.html", reader=reader, help="transfers", documents=documents, **await _shown(pool, reader, view))


@get("/transfers/{number:str}/receipt", opt={"permission": "confirm_receipt"})
async def ask_receipt(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The receipt form, filled with what would agree."""
    view = await service.show_transfer(pool, reader.actor, number)
    same = view.target.currency == view.transfer.transit_currency
    amount = formats.figure(reader.language, view.transfer.transit_minor).replace("\u2212", "-") if same else ""
    form = Form({"date": pool.today().isoformat(), "net": amount}, reader.language)
    return await _receipt_page(request, pool, reader, form, view)


@post("/transfers/{number:str}/receipt", opt={"permission": "confirm_receipt"}, status_code=303)
async def confirm_receipt(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, confirm."""
    view = await service.show_transfer(pool, reader.actor, number)
    form, shown, own = Form(await request.form(), reader.language), None, view.target.currency
    receipt = Receipt(
        received_on=form.date("date", not_after=pool.today()), net_minor=form.money("net", own), fee_minor=form.optional_money("fee", own) or 0,
        rate=form.optional_rate("rate"), gross_minor=form.optional_money("gross", own),
    )  # fmt: skip
    if form.ok:
        try:
            if form.action == "post":
                await service.confirm_receipt(pool, reader.actor, form.key, number, receipt)
                return Redirect(f"/transfers/{number}?done=transfer_received", status_code=303)
            shown = await service.preview_receipt(pool, reader.actor, number, receipt)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | {"amount_not_positive": "net", "other_union": ""})
    return await _receipt_page(request, pool, reader, form, view, shown)


async def _receipt_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, view: View, shown: Preview | None = None
) -> Response[Any]:
    return page(
        request, "transfers/receipt.html", reader=reader, status=form.status, help="transfers", form=form, preview=_lines(shown, reader),
        **await _shown(pool, reader, view),
    )  # fmt: skip


# --- the other steps: one page each, one shape ----------------------------------------------------------------------------

ACTS = ("dispute", "remark", "return", "cancel", "reverse-receipt")


@get("/transfers/{number:str}/{act:str}", opt={"permission": "send_transfer"})
async def ask_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """The form of a step: dispute, remark, return, take back."""
    form = Form({"date": pool.today().isoformat()}, reader.language)
    return await _act_page(request, pool, reader, form, await service.show_transfer(pool, reader.actor, number), act)


@post("/transfers/{number:str}/{act:str}", opt={"permission": "send_transfer"}, status_code=303)
async def do_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step."""
    view = await service.show_transfer(pool, reader.actor, number)
    form = Form(await request.form(), reader.language)
    text = form.text("remark", required=act != "return", max_length=300)
    dated = act in ("return", "cancel", "reverse-receipt")
    day = form.date("date", not_after=pool.today()) if dated else date.min
    fee = (form.optional_money("fee", view.transfer.transit_currency) or 0) if act == "return" else 0
    if form.ok:
        try:
            await _take(pool, reader, form.key, number, act, text, day, fee)
            return Redirect(f"/transfers/{number}?done=transfer_{act.replace('-', '_')}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "remark", "amount_not_positive": "fee", "future_date": "date", "date_before_sent": "date"})
    return await _act_page(request, pool, reader, form, view, act)


async def _take(pool: Pool, reader: Reader, key: str, number: str, act: str, text: str, day: date, fee_minor: int) -> None:
    match act:
        case "dispute":
            await service.dispute(pool, reader.actor, key, number, text)
        case "remark":
            await service.remark(pool, reader.actor, key, number, text)
        case "return":
            await service.record_return(pool, reader.actor, key, number, Return(returned_on=day, fee_minor=fee_minor, reason=text))
        case "cancel":
            await service.cancel(pool, reader.actor, key, number, day, text)
        case "reverse-receipt":
            await service.reverse_receipt(pool, reader.actor, key, number, day, text)
        case _:
            raise NotFound(kind="page", id=act[:40])


async def _act_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, view: View, act: str) -> Response[Any]:
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    return page(
        request, "transfers/act.html", reader=reader, status=form.status, help="transfers", form=form, act=act, **await _shown(pool, reader, view)
    )  # fmt: skip


DONE = {
    "transfer_sent": N_("Recorded as sent. The other union’s treasurer is asked to confirm."),
    "transfer_received": N_("Receipt confirmed."),
    "transfer_dispute": N_("The sender’s treasurer is asked about it."),
    "transfer_remark": N_("The remark is kept."),
    "transfer_return": N_("Recorded as returned."),
    "transfer_cancel": N_("Taken back: its entry is reversed."),
    "transfer_reverse_receipt": N_("The confirmation is taken back; the transfer is in transit again."),
}
PAGES = [list_transfers, new_transfer, send_transfer, show_transfer, ask_receipt, confirm_receipt, ask_act, do_act]
