"""Move money between the unions' trust accounts in two steps: sent by one treasurer, received or returned by the other's word.

A transfer has one number on both sides. What left and has not arrived stands in ``Assets:In-transit`` in the currency that travels:
the sender's, or the other one where the sending bank converted (W03, W04, W23; domain.md 2.3).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft, Exchange, Posting
from ledger.domain.exchange import Rate, convert_at
from ledger.domain.refusals import (
    AccountUnfit,
    AmountNotPositive,
    DateBeforeSent,
    ExchangeDisagrees,
    ExchangeMissing,
    FutureDate,
    ReceiptTooLarge,
    SameAccount,
    TextInvalid,
    TransferState,
)

State = Literal["in_transit", "disputed", "received", "returned", "cancelled"]
# SWIFT's :70: line and ISO 20022's EndToEndId take 35 characters.
REFERENCE_MAXIMUM = 35
PURPOSE_MAXIMUM = 300
# What a bank's own rounding of a rate may make of an amount, in minor units.
RATE_TOLERANCE_MINOR = 1
OVERDUE_BUSINESS_DAYS = 5
PENDING: tuple[State, ...] = ("in_transit", "disputed")


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender's treasurer records. Amounts are minor units of the from-account's currency, the fee on top of the amount.

    Where the sending bank converts, give its ``rate`` (CAD per USD), or what it bought (``bought_minor``), or both.
    """

    fund: str
    from_account: int
    to_account: int
    amount_minor: int
    sent_on: date
    purpose: str
    fee_minor: int = 0
    bank_reference: str = ""
    expected_on: date | None = None
    rate: Decimal | None = None
    bought_minor: int | None = None
    replaces: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the receiver's treasurer confirms: minor units of the to-account's currency; ``net`` reached the account, after the fee.

    Where the receiving bank converted, give its ``rate``, or the gross amount it made, or both.
    """

    received_on: date
    net_minor: int
    fee_minor: int = 0
    rate: Decimal | None = None
    gross_minor: int | None = None


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """What came back to the sender's bank, and what the bank kept, in the currency that travelled."""

    returned_on: date
    fee_minor: int = 0
    reason: str = ""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer as recorded. ``sender_union`` and ``receiver_union`` are the custodians of its two accounts."""

    number: str
    fund_id: int
    from_account: int
    to_account: int
    purpose: str
    state: State
    sent_on: date
    amount_minor: int
    sender_fee_minor: int
    transit_minor: int
    transit_currency: str
    sender_exchange: Exchange | None = None
    bank_reference: str = ""
    expected_on: date | None = None
    sent_entry: int = 0
    sent_by: int = 0
    settled_on: date | None = None
    gross_minor: int | None = None
    receiver_fee_minor: int | None = None
    net_minor: int | None = None
    receiver_exchange: Exchange | None = None
    settled_entry: int | None = None
    settled_by: int | None = None
    replaces: str | None = None
    replaced_by: str | None = None

    @property
    def exchange(self) -> Exchange | None:
        """The bank's conversion, on whichever side it was made."""
        return self.sender_exchange or self.receiver_exchange

    def days_in_transit(self, today: date) -> int:
        """Calendar days from leaving one bank to reaching the other, or until today."""
        return ((self.settled_on or today) - self.sent_on).days


class Event(msgspec.Struct, frozen=True):
    """One step of a transfer's history: sent, remark, disputed, received, returned, cancelled, receipt_reversed."""

    ordinal: int
    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str


class Chart(msgspec.Struct, frozen=True):
    """The accounts a transfer posts to. ``fees`` and ``trading`` by currency, and the clearing account by currency."""

    source: Account
    target: Account
    fund: Fund
    in_transit: dict[str, Account]
    fees: dict[str, Account]
    trading: dict[str, Account]


# --- the rules --------------------------------------------------------------------------------------------------------


def check_sending(sending: Sending, chart: Chart, today: date) -> None:
    """Refuse a sending that cannot be: the same account twice, not two joint bank accounts, nothing, or a text too long."""
    if sending.from_account == sending.to_account:
        raise SameAccount(account=chart.source.label)
    for account in (chart.source, chart.target):
        if account.role != "bank":
            raise AccountUnfit(account=account.label, needs="bank")
    _positive("amount", sending.amount_minor)
    _not_negative("fee", sending.fee_minor)
    _text("purpose", sending.purpose, PURPOSE_MAXIMUM, required=True)
    _text("bank_reference", sending.bank_reference, REFERENCE_MAXIMUM)
    _not_ahead(sending.sent_on, today)


def is_converted_by_sender(sending: Sending) -> bool:
    """Whether the sending bank changed the currency."""
    return sending.rate is not None or sending.bought_minor is not None


def draft_sent(number: str, sending: Sending, chart: Chart, reference: Rate | None) -> tuple[Draft, int, str, Exchange | None]:
    """The entry that takes the money out of the bank, with what travels: (draft, minor units, currency, the bank's conversion)."""
    out, own = chart.source, chart.source.currency
    exchange, transit, currency = None, sending.amount_minor, own
    postings = [(out, -(sending.amount_minor + sending.fee_minor)), (chart.fees[own], sending.fee_minor)]
    if is_converted_by_sender(sending):
        currency = chart.target.currency
        if currency == own:
            raise ExchangeMissing()
        transit, rate = _settled_rate(sending.amount_minor, own, currency, sending.rate, sending.bought_minor)
        exchange = _exchange(rate, sending.sent_on, reference)
        postings += [(chart.trading[own], sending.amount_minor), (chart.trading[currency], -transit)]
    postings.append((chart.in_transit[currency], transit))
    draft = _draft(number, "transfer_sent", sending.sent_on, sending.purpose, postings, chart.fund, exchange, sending.bank_reference)
    return draft, transit, currency, exchange


def draft_received(transfer: Transfer, receipt: Receipt, chart: Chart, reference: Rate | None, today: date) -> tuple[Draft, int, Exchange | None]:
    """The entry that puts the money into the receiver's bank: (draft, gross minor units, the bank's conversion).

    Gross less the fee is what reached the account; without a conversion the gross is exactly what travelled.
    """
    _check_settling(transfer, receipt.received_on, today)
    _positive("net", receipt.net_minor)
    _not_negative("fee", receipt.fee_minor)
    own, travelled = chart.target.currency, transfer.transit_currency
    gross, exchange = transfer.transit_minor, None
    postings = [(chart.in_transit[travelled], -transfer.transit_minor)]
    if own != travelled:
        if receipt.rate is None and receipt.gross_minor is None:
            raise ExchangeMissing()
        gross, rate = _settled_rate(transfer.transit_minor, travelled, own, receipt.rate, receipt.gross_minor)
        exchange = _exchange(rate, receipt.received_on, reference)
        postings += [(chart.trading[travelled], transfer.transit_minor), (chart.trading[own], -gross)]
    if receipt.net_minor + receipt.fee_minor > gross:
        raise ReceiptTooLarge(sent_minor=gross, received_minor=receipt.net_minor + receipt.fee_minor, currency=own)
    if receipt.net_minor + receipt.fee_minor != gross:
        raise ExchangeDisagrees(expected_minor=gross, given_minor=receipt.net_minor + receipt.fee_minor, currency=own, rate=_said(exchange))
    postings += [(chart.target, receipt.net_minor), (chart.fees[own], receipt.fee_minor)]
    draft = _draft(transfer.number, "transfer_received", receipt.received_on, transfer.purpose, postings, chart.fund, exchange)
    return draft, gross, exchange


def draft_returned(transfer: Transfer, returned: Return, chart: Chart, today: date) -> Draft:
    """The entry that puts a returned wire back into the sender's bank, less what the bank kept (W23)."""
    _check_settling(transfer, returned.returned_on, today)
    _not_negative("fee", returned.fee_minor)
    _text("reason", returned.reason, PURPOSE_MAXIMUM)
    travelled = transfer.transit_currency
    if travelled != chart.source.currency:
        # The sending bank had converted: what comes back is converted again, which only a rate of that day could say.
        raise AccountUnfit(account=chart.source.label, needs=travelled)
    back = transfer.transit_minor - returned.fee_minor
    _positive("amount", back)
    postings = [(chart.source, back), (chart.fees[travelled], returned.fee_minor), (chart.in_transit[travelled], -transfer.transit_minor)]
    return _draft(transfer.number, "transfer_returned", returned.returned_on, returned.reason or transfer.purpose, postings, chart.fund, None)


def check_pending(transfer: Transfer) -> None:
    """Refuse anything but a transfer that is still on its way."""
    if transfer.state not in PENDING:
        raise TransferState(transfer=transfer.number, state=transfer.state)


def _check_settling(transfer: Transfer, day: date, today: date) -> None:
    check_pending(transfer)
    _not_ahead(day, today)
    if day < transfer.sent_on:
        raise DateBeforeSent(sent_on=transfer.sent_on.isoformat(), date=day.isoformat())


def _settled_rate(amount_minor: int, currency: str, other: str, rate: Decimal | None, exact_minor: int | None) -> tuple[int, Decimal]:
    """What an amount became, and the rate; where both are given they must agree within one minor unit."""
    if rate is None:
        assert exact_minor is not None
        _positive("gross", exact_minor)
        return exact_minor, implied_rate(amount_minor, currency, exact_minor)
    if rate <= 0:
        raise AmountNotPositive(field="rate")
    computed = convert_at(amount_minor, currency, other, "USD", "CAD", rate)
    if exact_minor is None:
        return computed, rate
    if abs(computed - exact_minor) > RATE_TOLERANCE_MINOR:
        raise ExchangeDisagrees(expected_minor=computed, given_minor=exact_minor, currency=other, rate=str(rate))
    return exact_minor, rate


def implied_rate(amount_minor: int, currency: str, other_minor: int) -> Decimal:
    """CAD per USD of two amounts that were exchanged, to six decimals."""
    usd, cad = (amount_minor, other_minor) if currency == "USD" else (other_minor, amount_minor)
    return (Decimal(cad) / Decimal(usd)).quantize(Decimal("0.000001"))


def _exchange(rate: Decimal, day: date, reference: Rate | None) -> Exchange:
    if reference is None:
        return Exchange("USD", "CAD", rate, "bank", day)
    return Exchange("USD", "CAD", rate, "bank", day, reference.value, reference.observed_on, reference.source)


def _draft(
    number: str, kind: str, day: date, text: str, amounts: list[tuple[Account, int]], fund: Fund, exchange: Exchange | None, reference: str = ""
) -> Draft:
    postings = tuple(Posting(account.id, fund.id, amount) for account, amount in amounts if amount)
    return Draft(day, kind, text, postings, reference=reference, subject=number, exchange=exchange)


def _said(exchange: Exchange | None) -> str:
    return str(exchange.rate) if exchange else "1"


def _positive(field: str, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise AmountNotPositive(field=field)


def _not_negative(field: str, amount_minor: int) -> None:
    if amount_minor < 0:
        raise AmountNotPositive(field=field)


def _not_ahead(day: date, today: date) -> None:
    if day > today:
        raise FutureDate(date=day.isoformat(), today=today.isoformat())


def _text(field: str, text: str, limit: int, required: bool = False) -> None:
    if (required and not text.strip()) or len(text) > limit:
        raise TextInvalid(field=field, limit=limit)


# --- figures ----------------------------------------------------------------------------------------------------------


class Cost(msgspec.Struct, frozen=True):
    """What a conversion cost against the published rate, reported and never posted (W03).

    ``reference_minor`` is what the reference rate would have given; ``spread_minor`` the difference, positive where the bank gave less.
    ``all_in`` is the rate with every fee in it, six decimals; None until the money has arrived.
    """

    currency: str
    reference_minor: int
    spread_minor: int
    all_in: Decimal | None


def cost(transfer: Transfer, source_currency: str, target_currency: str) -> Cost | None:
    """The spread of a converted transfer; None without a conversion or without a reference rate."""
    exchange = transfer.exchange
    if exchange is None or exchange.reference_rate is None or source_currency == target_currency:
        return None
    got = transfer.transit_minor if transfer.sender_exchange else transfer.gross_minor or 0
    base, quote = exchange.base, exchange.quote
    fair = convert_at(transfer.amount_minor, source_currency, target_currency, base, quote, exchange.reference_rate)
    all_in = implied_rate(transfer.amount_minor + transfer.sender_fee_minor, source_currency, transfer.net_minor) if transfer.net_minor else None
    return Cost(target_currency, fair, fair - got, all_in)


def business_days(first: date, last: date) -> int:
    """Weekdays after ``first`` up to ``last``; holidays of the two countries are not known here, so it never flags too late."""
    return sum(1 for n in range(1, (last - first).days + 1) if (first + timedelta(days=n)).weekday() < 5)


def is_overdue(transfer: Transfer, today: date) -> bool:
    """Whether a transfer has been on its way for more than five business days."""
    return transfer.state in PENDING and business_days(transfer.sent_on, today) > OVERDUE_BUSINESS_DAYS
