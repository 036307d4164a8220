"""Show transfers with both unions side by side, and let each union's treasurer take its own next step, seeing first what will be posted."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import Line, explained, named, page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.exchange import is_far, places_of
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.transfers import PENDING, Receipt, Return, Sending, Transfer, business_days, is_overdue
from ledger.services import pledges
from ledger.services import transfers as service
from ledger.services.pool import Pool
from ledger.services.threshold_reminders import of_transfer
from ledger.services.transfers import Preview, View
from ledger.storage import reference
from ledger.storage.pledges import PledgeFilter
from ledger.storage.rates import rate_on
from ledger.storage.transfers import Filter
from reports import formats
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.journal_list import KIND_NAMES
from reports.present import say, source_name
from reports.reminder_words import told_of_transfer
from reports.transfer_list import STATE_NAMES, shape_transfers

FILE_ROWS_MAXIMUM = 5_000
CHIPS = {"in_transit": "wait", "disputed": "bad", "received": "good", "returned": "", "cancelled": ""}
EVENTS = {
    "sent": N_("Recorded as sent"), "remark": N_("Remark"), "disputed": N_("It does not agree"), "received": N_("Receipt confirmed"),
    "returned": N_("Came back to the bank"), "cancelled": N_("Taken back"), "receipt_reversed": N_("Confirmation taken back"),
}  # fmt: skip
FIELDS = {
    "insufficient_balance": "amount", "insufficient_available": "amount", "amount_not_positive": "amount", "amount_invalid": "amount",
    "same_account": "to_account",
    "account_unfit": "to_account", "other_union": "from_account", "future_date": "date", "period_closed": "date", "period_soft_closed": "date",
    "date_invalid": "date", "date_before_sent": "expected_on", "exchange_missing": "rate", "exchange_disagrees": "rate", "rate_invalid": "bought",
    "text_invalid": "purpose", "transfer_state": "replaces", "pledge_closed": "pledge", "pledge_exceeded": "pledge", "pledge_mismatch": "pledge",
}  # fmt: skip
RECEIPT_FIELDS = {
    "future_date": "date", "period_closed": "date", "period_soft_closed": "date", "date_before_sent": "date", "exchange_missing": "rate",
    "exchange_disagrees": "net", "receipt_too_large": "net", "amount_not_positive": "net", "rate_invalid": "gross", "amount_invalid": "net",
}  # fmt: skip
ACT_FIELDS = {
    "text_invalid": "remark", "amount_not_positive": "fee", "future_date": "date", "date_before_sent": "date", "date_before_entry": "date",
    "period_closed": "date", "period_soft_closed": "date", "exchange_missing": "rate", "exchange_disagrees": "rate", "rate_invalid": "gross",
    "amount_invalid": "fee",
}  # fmt: skip


# --- the list -----------------------------------------------------------------------------------------------------------


@get("/transfers", opt={"permission": "read_books"})
async def list_transfers(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every transfer, the latest first; narrowed by state, fund, union and words; as a file of the same with ``?format=csv``."""
    async with pool.database.reading() as connection:
        funds, unions = await reference.funds(connection), await reference.unions(connection)
    narrowed = Filter(
        state=word(request, "state"), union=word(request, "union"), words=str(request.query_params.get("q", "")).strip()[:100],
        fund_id=next((fund.id for fund in funds if fund.code == word(request, "fund")), None), oldest_first=word(request, "sort") == "sent",
    )  # fmt: skip
    if format_name := asked_format(word(request, "format")):
        return await _file(pool, reader, narrowed, format_name)
    views, older = await service.list_transfers(pool, reader.actor, narrowed, place_after(request, date, str))
    return page(
        request, "transfers/list.html", reader=reader, help="transfers", fragment="results", views=views, states=STATE_NAMES, chips=CHIPS,
        today=pool.today(), older=cursor(*older) if older else None, is_overdue=is_overdue, narrowed=narrowed != Filter(), pending=PENDING,
        funds=[(fund.code, named(reader.language, fund)) for fund in funds], unions=[(union.code, union.name) for union in unions],
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: Filter, format_name: str) -> Response[bytes]:
    views, more = await service.list_transfers(pool, reader.actor, narrowed, None, FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_transfers(facts, views, more is None), format_name)


# --- sending ------------------------------------------------------------------------------------------------------------


async def _choices(pool: Pool, reader: Reader) -> dict[str, Any]:
    language = reader.language
    async with pool.database.reading() as connection:
        funds = [fund for fund in await reference.funds(connection) if fund.confirmed and fund.closed_on is None]
        banks = [a for a in await reference.accounts(connection, "joint", "bank") if a.closed_on is None and a.custodian]
        currencies = {union.code: union.currency for union in await reference.unions(connection)}
        rate = await rate_on(connection, "USD", "CAD", pool.today())
    found = await pledges.list_pledges(pool, reader.actor, PledgeFilter(union=reader.union_code or "", state="open"), limit=200)
    source = f"{source_name(language, rate.source)}, {formats.date_long(language, rate.observed_on)}" if rate else ""
    return {
        "funds": [(fund.code, named(language, fund)) for fund in funds],
        "own": [(str(a.id), named(language, a)) for a in banks if a.custodian == reader.union_code],
        "all": [(str(a.id), named(language, a)) for a in banks], "banks": {str(a.id): a for a in banks}, "currencies": currencies,
        "rate": {"base": rate.base, "quote": rate.quote, "rate": rate.text, "source": source} if rate else None,
        "pledges": [(view.pledge.number, _pledge_label(language, view)) for view in found.items],
    }  # fmt: skip


def _pledge_label(language: str, view: pledges.PledgeView) -> str:
    outstanding = formats.money(language, view.schedule.outstanding_minor, view.pledge.currency)
    return translate(language, "%(number)s to %(fund)s: %(amount)s outstanding", number=view.pledge.number, fund=view.pledge.fund, amount=outstanding)


@get("/transfers/new", opt={"permission": "send_transfer"})
async def new_transfer(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; ``?replaces=T-0055`` begins a new try of one that came back, with what it was."""
    values = {"date": pool.today().isoformat()}
    if replaces := word(request, "replaces"):
        values |= _again(reader.language, await service.show_transfer(pool, reader.actor, replaces))
    return await _sending_page(request, pool, reader, Form(values, reader.language))


def _again(language: str, view: View) -> dict[str, str]:
    transfer = view.transfer
    return {
        "replaces": transfer.number, "fund": view.fund.code, "from_account": str(transfer.from_account), "to_account": str(transfer.to_account),
        "purpose": transfer.purpose, "pledge": transfer.pledge or "", "amount": _typed(language, transfer.amount_minor),
    }  # fmt: skip


def _typed(language: str, amount_minor: int) -> str:
    """An amount as a person would type it."""
    return formats.figure(language, amount_minor).replace("\u2212", "-")


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
        fee_minor=form.amount_or_none("fee", own), sent_on=form.date("date", not_after=pool.today()),
        purpose=form.text("purpose", max_length=300),
        bank_reference=form.text("reference", required=False, max_length=35), expected_on=form.optional_date("expected_on"),
        rate=form.optional_rate("rate"), bought_minor=form.optional_money("bought", other), replaces=form.text("replaces", required=False) or None,
        pledge=form.choice("pledge", [value for value, _ in choices["pledges"]], required=False) or None,
    )  # fmt: skip


async def _sending_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, shown: Preview | None = None
) -> Response[Any]:
    choices = await _choices(pool, reader)
    source, target = choices["banks"].get(form.value("from_account")), choices["banks"].get(form.value("to_account"))
    own = source.currency if source else choices["currencies"].get(reader.union_code, "USD")
    other = target.currency if target else next((code for code in choices["currencies"].values() if code != own), own)
    return page(
        request, "transfers/new.html", reader=reader, status=form.status, help="transfers", form=form, choices=choices,
        preview=_lines(shown, reader), shown=shown, own=own, other=other, say_rate=partial(_rate, reader.language),
        far=_is_far(shown.transfer) if shown else False,
        reminders=await _reminders(pool, reader, shown.transfer) if shown else [],
    )  # fmt: skip


async def _reminders(pool: Pool, reader: Reader, transfer: Transfer) -> list[list[str]]:
    """What a transfer reaches at a bank, in words; with what else it is counted, and by which threshold."""
    parts = await of_transfer(pool, reader.actor, transfer)
    return [[say(reader.language, each) for each in told_of_transfer(part, transfer.number, reader.union_code or "")] for part in parts]


def _lines(shown: Preview | None, reader: Reader) -> list[Line] | None:
    return explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else None


def _is_far(transfer: Transfer) -> bool:
    exchange = transfer.exchange
    return exchange is not None and is_far(exchange.rate, exchange.reference_rate)


def _rate(language: str, value: Decimal) -> str:
    """A bank's rate with four decimals, or six where it has more."""
    return formats.rate(language, value, places_of(value))


# --- one transfer -------------------------------------------------------------------------------------------------------


async def _page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, template: str, form: Form | None = None,
    shown: Preview | None = None, **more: Any,
) -> Response[Any]:  # fmt: skip
    """A page about one transfer as it is now, with a form of its next step."""
    view = await service.show_transfer(pool, reader.actor, number)
    transfer, today = view.transfer, pool.today()
    reminders = await _reminders(pool, reader, transfer)
    return page(
        request, template, reader=reader, help="transfers", status=form.status if form else 200, form=form, preview=_lines(shown, reader),
        view=view, transfer=transfer, conversion=(shown.transfer if shown else transfer).exchange, cost=shown.cost if shown else view.cost,
        states=STATE_NAMES, chips=CHIPS, event_names=EVENTS, pending=transfer.state in PENDING, days=transfer.days_in_transit(today),
        overdue=is_overdue(transfer, today), business_days=business_days(transfer.sent_on, transfer.settled_on or today),
        far=_is_far(shown.transfer if shown else transfer), kind_names=KIND_NAMES, answered=_answered(view), may=_may(reader, view),
        say_rate=partial(_rate, reader.language), reminders=reminders, **more,
    )  # fmt: skip


def _answered(view: View) -> bool:
    """Whether the sender spoke last about a transfer that does not agree, so that the receiver has it now."""
    said = [event.union for event in view.events if event.what in ("disputed", "remark")]
    return view.transfer.state == "disputed" and said[-1:] == [view.source.custodian]


def _may(reader: Reader, view: View) -> frozenset[str]:
    """The steps that are this reader's to take now; the services hold to the same."""
    transfer = view.transfer
    sends = reader.union_code == view.source.custodian and reader.can("send_transfer")
    receives = reader.union_code == view.target.custodian and reader.can("confirm_receipt")
    steps = {
        "receipt": receives and transfer.state in PENDING, "dispute": receives and transfer.state == "in_transit",
        "reverse-receipt": receives and transfer.state == "received", "return": sends and transfer.state in PENDING,
        "cancel": sends and transfer.state in PENDING, "remark": (sends or receives) and transfer.state in PENDING,
        "repeat": sends and transfer.state in ("returned", "cancelled") and not transfer.replaced_by,
    }  # fmt: skip
    return frozenset(step for step, allowed in steps.items() if allowed)


@get("/transfers/{number:str}", opt={"permission": "read_books"})
async def show_transfer(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One transfer: what one union did, what waits for the other with the form to confirm it, what it cost, its history and documents."""
    view = await service.show_transfer(pool, reader.actor, number)
    documents = await documents_for(pool, reader, "transfer", view.transfer.number)
    if "receipt" not in _may(reader, view):
        return await _page(request, pool, reader, number, "transfers/show.html", documents=documents)
    same, day = view.target.currency == view.transfer.transit_currency, pool.today()
    amount = _typed(reader.language, view.transfer.transit_minor) if same else ""
    form, shown = Form({"date": day.isoformat(), "net": amount}, reader.language), None
    if same:
        shown = await _agreeing(pool, reader, view.transfer, day)
    return await _page(request, pool, reader, number, "transfers/show.html", form, shown, documents=documents)


async def _agreeing(pool: Pool, reader: Reader, transfer: Transfer, day: date) -> Preview | None:
    """What the receipt that the form begins with would post; nothing where it would be refused, which pressing the button explains."""
    try:
        return await service.preview_receipt(pool, reader.actor, transfer.number, Receipt(received_on=day, net_minor=transfer.transit_minor))
    except Refusal:
        return None


@get("/transfers/{number:str}/receipt", opt={"permission": "confirm_receipt"})
async def ask_receipt(number: FromPath[str]) -> Response[Any]:
    """The receipt form stands on the transfer's own page."""
    return Redirect(f"/transfers/{number}", status_code=303)


@post("/transfers/{number:str}", opt={"permission": "confirm_receipt"}, status_code=303)
async def confirm_receipt(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, confirm."""
    view = await service.show_transfer(pool, reader.actor, number)
    form, shown, own = Form(await request.form(), reader.language), None, view.target.currency
    receipt = Receipt(
        received_on=form.date("date", not_after=pool.today()), net_minor=form.money("net", own), fee_minor=form.amount_or_none("fee", own),
        rate=form.optional_rate("rate"), gross_minor=form.optional_money("gross", own),
    )  # fmt: skip
    if form.ok:
        try:
            if form.action == "post":
                done = await service.confirm_receipt(pool, reader.actor, form.key, number, receipt)
                return Redirect(f"/transfers/{done.number}?done=transfer_received", status_code=303)
            shown = await service.preview_receipt(pool, reader.actor, number, receipt)
        except Refusal as refusal:
            # The bank's own rate and gross may disagree before anything else does.
            at_gross = receipt.gross_minor is not None and refusal.params.get("given_minor") == receipt.gross_minor
            refused(form, refusal, RECEIPT_FIELDS | {"exchange_disagrees": "gross" if at_gross else "net"})
    documents = await documents_for(pool, reader, "transfer", view.transfer.number)
    return await _page(request, pool, reader, number, "transfers/show.html", form, shown, documents=documents)


# --- the other steps: one page each, one shape ----------------------------------------------------------------------------

UNDOING = ("cancel", "reverse-receipt")
ACTS = ("dispute", "remark", "return", *UNDOING)


@get("/transfers/{number:str}/{act:str}", opt={"permission": "send_transfer"})
async def ask_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """The form of a step: dispute, remark, return, take back. Who cannot take it now is led to the transfer."""
    view = await service.show_transfer(pool, reader.actor, number)
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    if act not in _may(reader, view):
        return Redirect(f"/transfers/{view.transfer.number}", status_code=303)
    form = Form({"date": pool.today().isoformat()}, reader.language)
    return await _act_page(request, pool, reader, form, number, act, await _undoing(pool, reader, number, act, pool.today()))


@post("/transfers/{number:str}/{act:str}", opt={"permission": "send_transfer"}, status_code=303)
async def do_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step; a return is looked at first."""
    view = await service.show_transfer(pool, reader.actor, number)
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    form, shown = Form(await request.form(), reader.language), None
    text = form.text("remark", required=act != "return", max_length=300)
    day = form.date("date", not_after=pool.today()) if act in ("return", *UNDOING) else date.min
    returned = _read_return(form, view, day, text) if act == "return" else None
    if form.ok:
        try:
            if returned and form.action != "post":
                shown = await service.preview_return(pool, reader.actor, number, returned)
            else:
                await _take(pool, reader, form.key, number, act, text, day, returned)
                return Redirect(f"/transfers/{view.transfer.number}?done=transfer_{act.replace('-', '_')}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, ACT_FIELDS)
    return await _act_page(request, pool, reader, form, number, act, shown or await _undoing(pool, reader, number, act, day))


def _read_return(form: Form, view: View, day: date, text: str) -> Return:
    own = view.source.currency
    return Return(
        returned_on=day, fee_minor=form.amount_or_none("fee", own), reason=text, rate=form.optional_rate("rate"),
        gross_minor=form.optional_money("gross", own),
    )  # fmt: skip


async def _take(pool: Pool, reader: Reader, key: str, number: str, act: str, text: str, day: date, returned: Return | None) -> None:
    match act:
        case "dispute":
            await service.dispute(pool, reader.actor, key, number, text)
        case "remark":
            await service.remark(pool, reader.actor, key, number, text)
        case "cancel":
            await service.cancel(pool, reader.actor, key, number, day, text)
        case "reverse-receipt":
            await service.reverse_receipt(pool, reader.actor, key, number, day, text)
        case _:
            assert returned is not None, "only a return is left"
            await service.record_return(pool, reader.actor, key, number, returned)


async def _undoing(pool: Pool, reader: Reader, number: str, act: str, day: date) -> Preview | None:
    """The reversal that taking back will post, seen before; nothing where it would be refused, which pressing the button explains."""
    if act not in UNDOING:
        return None
    try:
        return await service.preview_undoing(pool, reader.actor, number, day, act, receiving=act == "reverse-receipt")
    except Refusal:
        return None


async def _act_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, number: str, act: str, shown: Preview | None
) -> Response[Any]:
    return await _page(request, pool, reader, number, "transfers/act.html", form, shown, act=act)


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
