"""Let treasurers pay what was approved: the lines that can be paid, the form with the entry before it is posted, and what was paid."""

import hashlib
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, read_days, word
from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import ROLE_NAMES, explained, look_of, named, page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.allocations import INVOICE_MAXIMUM, REASON_MAXIMUM, REFERENCE_MAXIMUM, Pay
from ledger.domain.approvals import Requirement
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.exchange import is_far, places_of
from ledger.domain.refusals import ApprovalsMissing, InvoiceDuplicate, NotFound, Refusal
from ledger.services import allocation_payments as payments
from ledger.services import documents as documents_service
from ledger.services import payables as service
from ledger.services.payables import PaymentView, PayView
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.storage import reference
from ledger.storage.allocation_payments import PaidFilter
from ledger.storage.payables import ORDERS, Order, PayableFilter
from reports import formats
from reports.document import Document
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.payable_list import DETAIL_NAMES, PAYMENT_STATES, shape_paid, shape_payables
from reports.present import source_name

FILE_ROWS_MAXIMUM = 5_000
DETAIL_CHIPS = {"confirmed": "good", "proposed": "wait", "missing": "bad"}
# Why the reader cannot pay a line, said beside it.
BARS = {
    "role": N_("The treasurers pay it."),
    "approver": N_("You approved it, so a colleague pays it."),
    "requester": N_("You asked for it or lead its campaign, so a colleague pays it."),
    "approvals": N_("More approvals are needed first."),
    "details": N_("It waits for confirmed bank details."),
}
FIELDS = {
    "amount_not_positive": "amount", "amount_invalid": "amount", "commitment_exceeded": "amount", "insufficient_balance": "account",
    "insufficient_available": "amount", "choice_invalid": "account", "other_union": "account", "account_unknown": "account",
    "account_closed": "account", "exchange_missing": "rate", "exchange_disagrees": "bank_amount", "rate_invalid": "bank_amount",
    "future_date": "paid_on", "period_closed": "paid_on", "period_soft_closed": "paid_on",
    "text_invalid": "invoice", "invoice_duplicate": "invoice", "payee_details_missing": "payee", "document_type": "file",
    "document_too_large": "file", "documents_full": "file",
}  # fmt: skip
UNDO_FIELDS = {
    "text_invalid": "reason", "future_date": "date", "date_before_entry": "date", "date_invalid": "date", "period_closed": "date",
    "period_soft_closed": "date",
}  # fmt: skip


# --- the lists ----------------------------------------------------------------------------------------------------------


@get("/payables", opt={"permission": "read_books"})
async def list_payables(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What can be paid now, line by line, the first needed first; as a file with ``?format=csv``."""
    narrowed = PayableFilter(words=_words(request), fund=word(request, "fund"), currency=word(request, "currency"), union=word(request, "union"))
    order = _order(word(request, "sort") or "")
    if format_name := asked_format(word(request, "format")):
        listed = await service.list_payables(pool, reader.actor, narrowed, order, limit=FILE_ROWS_MAXIMUM)
        return await _file(pool, reader, partial(shape_payables, listed=listed), format_name)
    after = place_after(request, date if order.by == "needed" else str, str, int)
    listed = await service.list_payables(pool, reader.actor, narrowed, order, after)
    return page(
        request, "payables/list.html", reader=reader, help="payables", fragment="results", listed=listed, today=pool.today(),
        older=cursor(*listed.next) if listed.next else None, narrowed=narrowed != PayableFilter(), bars=BARS, detail_names=DETAIL_NAMES,
        detail_chips=DETAIL_CHIPS, wanting=partial(wanting, reader.language), **await _choices(pool, reader),
    )  # fmt: skip


def _words(request: Request[Any, Any, Any]) -> str:
    return str(request.query_params.get("q", "")).strip()[:100]


def _order(sort: str) -> Order:
    by = sort.removeprefix("-")
    return Order(by, sort.startswith("-")) if by in ORDERS else Order()


async def _choices(pool: Pool, reader: Reader) -> dict[str, Any]:
    async with pool.database.reading() as connection:
        funds, unions = await reference.funds(connection), await reference.unions(connection)
        currencies = list(await reference.currencies(connection))
    return {
        "funds": [(fund.code, named(reader.language, fund)) for fund in funds],
        "fund_names": {fund.code: named(reader.language, fund) for fund in funds},
        "unions": [(union.code, union.name) for union in unions], "currencies": [(code, code) for code in currencies],
    }  # fmt: skip


async def _file(pool: Pool, reader: Reader, shape: Any, format_name: str) -> Response[bytes]:
    async with pool.database.reading() as connection:
        document: Document = shape(await read_facts(connection, pool.clock(), pool.today()))
    return await list_file(pool, reader, document, format_name)


def wanting(language: str, missing: list[Requirement]) -> str:
    """Whose approvals are wanting: ``UE: Secretary-treasurer, Unifor: Secretary-treasurer``."""
    parts = []
    for need in missing:
        union = look_of(need.union).name if need.union else translate(language, "either union")
        role = translate(language, ROLE_NAMES[need.capacity] if need.capacity in ROLE_NAMES else N_("Board"))
        parts.append(translate(language, "%(union)s: %(role)s", union=union, role=role))
    return ", ".join(parts)


@get("/payables/paid", opt={"permission": "read_books"})
async def list_paid(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What was paid, the latest day first; as a file with ``?format=csv``."""
    (first, last), wrong = read_days(request, reader.language, "from", "to")
    narrowed = PaidFilter(
        words=_words(request), fund=word(request, "fund"), currency=word(request, "currency"), union=word(request, "union"), first=first, last=last
    )
    if format_name := asked_format(word(request, "format")):
        listed = await service.list_paid(pool, reader.actor, narrowed, limit=FILE_ROWS_MAXIMUM)
        return await _file(pool, reader, partial(shape_paid, listed=listed), format_name)
    listed = await service.list_paid(pool, reader.actor, narrowed, place_after(request, date, str, int))
    return page(
        request, "payables/paid.html", reader=reader, help="payables", fragment="results", listed=listed, wrong=wrong,
        older=cursor(*listed.next) if listed.next else None, narrowed=narrowed != PaidFilter(), **await _choices(pool, reader),
    )  # fmt: skip


# --- paying -------------------------------------------------------------------------------------------------------------


@get("/payables/{number:str}/{line:int}", opt={"permission": "pay_allocation"})
async def ask_payment(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], line: FromPath[int]
) -> Response[Any]:
    """The form to pay one line; a line that is paid leads to its request."""
    try:
        view = await service.pay_view(pool, reader.actor, number, line)
    except NotFound as missing:
        if missing.params.get("kind") != "payable":
            raise
        return Redirect(f"/requests/{str(missing.params['id']).partition('/')[0]}", status_code=303)
    payable = view.due.payable
    same = [each for each in view.banks if each.currency == payable.currency]
    values = {"amount": formats.figure(reader.language, payable.left_minor), "paid_on": pool.today().isoformat()}
    for bank in (same or view.banks)[:1]:
        values["account"] = str(bank.id)
    return await _pay_page(request, pool, reader, view, Form(values, reader.language))


@post("/payables/{number:str}/{line:int}", opt={"permission": "pay_allocation"}, status_code=303)
async def pay_line(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], line: FromPath[int]
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, pay. ``action=ask`` tells those whose approvals are wanting."""
    form = Form(await request.form(), reader.language)
    view = await service.pay_view(pool, reader.actor, number, line, form.value("payee"))
    name = view.due.payable.allocation
    if form.action == "ask":
        await payments.ask_for_approvals(pool, reader.actor, form.key, name)
        return Redirect(f"/payables/{name}/{line}?done=approvals_asked", status_code=303)
    pay, shown, twin = _read_payment(form, view, pool.today()), None, None
    await _keep_file(pool, reader, form, name)
    if form.ok:
        try:
            if form.action == "post":
                paid = await payments.pay(pool, reader.actor, form.key, name, pay)
                return Redirect(f"/payables/{name}/payments/{paid.ordinal}?done=payment_made", status_code=303)
            shown = await payments.preview_payment(pool, reader.actor, name, pay)
        except ApprovalsMissing as refusal:
            refused(form, refusal)
            view = await service.pay_view(pool, reader.actor, number, line, form.value("payee"))
        except Refusal as refusal:
            twin = refusal.params if isinstance(refusal, InvoiceDuplicate) else None
            refused(form, refusal, FIELDS | {"date_invalid": str(refusal.params.get("field"))})
    return await _pay_page(request, pool, reader, view, form, pay, shown, twin)


def _read_payment(form: Form, view: PayView, today: date) -> Pay:
    payable = view.due.payable
    account = form.choice("account", [str(bank.id) for bank in view.banks])
    bank = next((each for each in view.banks if str(each.id) == account), None)
    other = bank is not None and bank.currency != payable.currency
    pay = Pay(
        line=payable.line, account=int(account or 0), amount_minor=form.money("amount", payable.currency),
        invoice=form.text("invoice", max_length=INVOICE_MAXIMUM), invoiced_on=form.date("invoiced_on", not_after=today),
        paid_on=form.date("paid_on", not_after=today), final=form.checked("final"),
        payee="" if payable.payee else form.choice("payee", [value for value, _ in view.payees]),
        rate=form.optional_rate("rate") if other else None,
        bank_minor=form.optional_money("bank_amount", bank.currency) if bank is not None and other else None,
        fee_minor=form.amount_or_none("fee", bank.currency if bank else payable.currency),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM), despite_duplicate=form.checked("despite_duplicate"),
    )  # fmt: skip
    if other and pay.rate is None and pay.bank_minor is None and "rate" not in form.errors and "bank_amount" not in form.errors:
        form.fail("rate", translate(form.language, N_("Your account is in another currency: give the bank’s rate, what the bank took, or both.")))
    return pay


async def _keep_file(pool: Pool, reader: Reader, form: Form, number: str) -> None:
    """Keep the invoice's file with the request at once: a page that comes back could not hold it."""
    upload = await form.file("file", SIZE_MAXIMUM_BYTES)
    if upload is None:
        return
    key = f"{form.key[:60]}-{hashlib.sha256(upload.data).hexdigest()[:16]}"
    try:
        await documents_service.attach(pool, reader.actor, key, "request", number, upload.filename, upload.content_type, upload.data)
        form.put("kept", upload.filename)
    except Refusal as refusal:
        form.fail("file", _said(form, refusal))


def _said(form: Form, refusal: Refusal) -> str:
    whole = Form({}, form.language)
    refused(whole, refusal)
    return whole.errors[""]


async def _pay_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, view: PayView, form: Form, pay: Pay | None = None, shown: Preview | None = None,
    twin: dict[str, Any] | None = None,
) -> Response[Any]:  # fmt: skip
    language, payable = reader.language, view.due.payable
    bank = next((each for each in view.banks if str(each.id) == form.value("account")), None)
    exchange = shown.draft.exchange if shown else None
    source = f"{source_name(language, view.rate.source)}, {formats.date_long(language, view.rate.observed_on)}" if view.rate else ""
    return page(
        request, "payables/pay.html", reader=reader, status=form.status, help="payables", form=form, view=view, payable=payable, pay=pay,
        shown=shown, lines=explained(shown.draft, shown.accounts, shown.funds, language) if shown else [], after=_after(view, pay, shown),
        bank=bank, other=bank is not None and bank.currency != payable.currency,
        banks=[(str(each.id), _bank_label(language, view, each)) for each in view.banks],
        conversion=exchange, far=exchange is not None and is_far(exchange.rate, exchange.reference_rate), twin=twin, bars=BARS,
        wanting=wanting(language, view.due.missing), say_rate=partial(say_rate, language), rate_source=source, accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES,
        today=pool.today(), documents=await documents_for(pool, reader, "request", payable.allocation),
    )  # fmt: skip


def _bank_label(language: str, view: PayView, bank: Any) -> str:
    held = formats.money(language, view.held.get(bank.id, 0), bank.currency)
    return translate(language, "%(account)s: %(amount)s of this fund", account=named(language, bank), amount=held)


class After(msgspec.Struct, frozen=True):
    """What stands after a payment, minor units: in the bank account of this fund, and of the line; ``returned`` goes back to the fund."""

    bank_minor: int
    left_minor: int
    returned_minor: int


def _after(view: PayView, pay: Pay | None, shown: Preview | None) -> After | None:
    if pay is None or shown is None:
        return None
    at = next(place for place, posting in enumerate(shown.draft.postings) if posting.account_id == pay.account)
    left = view.line.left_minor - pay.amount_minor
    return After(shown.balances_after[at], 0 if pay.final else left, left if pay.final else 0)


def say_rate(language: str, value: Decimal) -> str:
    """A rate with four decimals, or six where it has more."""
    return formats.rate(language, value, places_of(value))


# --- one payment --------------------------------------------------------------------------------------------------------


@get("/payables/{number:str}/payments/{ordinal:int}", opt={"permission": "read_books"})
async def show_payment(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], ordinal: FromPath[int]
) -> Response[Any]:
    """One payment: the invoice, where it went, from which account, and its entry."""
    view = await service.show_payment(pool, reader.actor, number, ordinal)
    return page(
        request, "payables/payment.html", reader=reader, help="payables", view=view, payment=view.payment, states=PAYMENT_STATES,
        may_undo=_may_undo(reader, view), say_rate=partial(say_rate, reader.language),
        documents=await documents_for(pool, reader, "request", view.payment.allocation),
    )  # fmt: skip


def _may_undo(reader: Reader, view: PaymentView) -> bool:
    stands = view.payment.state == "paid" and view.case.allocation.state != "suspended"
    return stands and reader.can("pay_allocation") and reader.union_code == view.bank.custodian


@get("/payables/{number:str}/payments/{ordinal:int}/reverse", opt={"permission": "pay_allocation"})
async def ask_reversal(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], ordinal: FromPath[int]
) -> Response[Any]:
    """What taking a payment back posts and sets aside again."""
    view = await service.show_payment(pool, reader.actor, number, ordinal)
    if not _may_undo(reader, view):
        return Redirect(f"/payables/{view.payment.allocation}/payments/{ordinal}", status_code=303)
    return await _reversal_page(request, pool, reader, view, Form({"date": pool.today().isoformat()}, reader.language), pool.today())


@post("/payables/{number:str}/payments/{ordinal:int}/reverse", opt={"permission": "pay_allocation"}, status_code=303)
async def reverse_payment(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], ordinal: FromPath[int]
) -> Response[Any]:
    """Take the payment back."""
    view = await service.show_payment(pool, reader.actor, number, ordinal)
    form = Form(await request.form(), reader.language)
    day, reason = form.date("date", not_after=pool.today()), form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            await payments.reverse_payment(pool, reader.actor, form.key, view.payment.allocation, ordinal, day, reason)
            return Redirect(f"/payables/{view.payment.allocation}/payments/{ordinal}?done=payment_reversed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, UNDO_FIELDS)
    return await _reversal_page(request, pool, reader, view, form, day)


async def _reversal_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, view: PaymentView, form: Form, day: date) -> Response[Any]:
    lines = []
    try:
        shown = await payments.preview_reversal(pool, reader.actor, view.payment.allocation, view.payment.ordinal, day)
        lines = explained(shown.draft, shown.accounts, shown.funds, reader.language)
    except Refusal:
        pass  # pressing the button says what stands against it
    return page(
        request, "payables/reverse.html", reader=reader, status=form.status, help="payables", form=form, view=view, payment=view.payment, lines=lines
    )


# --- closing ------------------------------------------------------------------------------------------------------------


@get("/payables/{number:str}/close", opt={"permission": "release_commitment"})
async def ask_closing(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What of a request returns to the fund by closing it."""
    return await _closing_page(request, pool, reader, number, Form({}, reader.language))


@post("/payables/{number:str}/close", opt={"permission": "release_commitment"}, status_code=303)
async def close_request(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Close it."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", required=False, max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            closed = await payments.close(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/requests/{closed.number}?done=request_closed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "reason"})
    return await _closing_page(request, pool, reader, number, form)


async def _closing_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form) -> Response[Any]:
    case, left, shown = await payments.preview_closing(pool, reader.actor, number)
    return page(
        request, "payables/close.html", reader=reader, status=form.status, help="payables", form=form, case=case, left=left,
        lines=explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else [],
    )  # fmt: skip


DONE = {
    "approvals_asked": N_("Those who can approve were told."),
    "payment_made": N_("Paid and posted. Who asked for it is told."),
    "payment_reversed": N_("Taken back: its entry is reversed and the money is set aside again."),
    "request_closed": N_("Closed. Nothing is set aside for it any longer."),
}
PAGES = [list_payables, list_paid, ask_payment, pay_line, show_payment, ask_reversal, reverse_payment, ask_closing, close_request]
