"""Move money between the unions' trust accounts in two steps: sent by one treasurer, received or returned by the other's word.

A transfer has one number on both sides. What left and has not arrived stands in ``Assets:In-transit`` in the currency that travels:
the sender's, or the other one where the sending bank converted (W03, W04, W23; domain.md 2.3).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.bank_conversion import bank_exchange, converted_by_bank
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft, Entry, Exchange, Posting, reversal
from ledger.domain.exchange import Rate, convert_at, rate_between
from ledger.domain.pledges import Pledge, check_open, plain
from ledger.domain.refusals import (
    AccountUnfit,
    AmountNotPositive,
    DateBeforeEntry,
    DateBeforeSent,
    DateInvalid,
    ExchangeDisagrees,
    ExchangeMissing,
    FutureDate,
    OtherUnion,
    PledgeExceeded,
    PledgeMismatch,
    ReceiptTooLarge,
    SameAccount,
    TransferState,
)

State = Literal["in_transit", "disputed", "received", "returned", "cancelled"]
# SWIFT's :70: line and ISO 20022's EndToEndId take 35 characters.
REFERENCE_MAXIMUM = 35
PURPOSE_MAXIMUM = 300
# domain.md 2.3 and case W04: what is older is listed by name.
OVERDUE_BUSINESS_DAYS = 5
EXPECTED_DAYS_MAXIMUM = 366
PENDING: tuple[State, ...] = ("in_transit", "disputed")


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender's treasurer records. Amounts are minor units of the from-account's currency, the fee on top of the amount.

    Where the sending bank converts, give its ``rate`` (CAD per USD), or what it bought (``bought_minor``), or both. ``replaces`` names a
    transfer that came back; ``pledge`` one of the sender's own that this money is towards.
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
    pledge: str | None = None


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
    """What came back to the sender's bank, and what the bank kept of it, in minor units of the from-account's currency.

    Where the bank had converted on the way out it converts again on the way back: give that rate, or the gross amount, or both.
    """

    returned_on: date
    fee_minor: int = 0
    reason: str = ""
    rate: Decimal | None = None
    gross_minor: int | None = None


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer as recorded. Its sender and its receiver are the custodians of its two accounts.

    Once settled, ``gross``, ``receiver_fee`` and ``net`` are in the currency of the account that the money reached: the to-account, or
    the from-account of a returned one.
    """

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
    pledge: str | None = None

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


def check_sending(sending: Sending, chart: Chart, today: date) -> Sending:
    """The sending with its texts tidied; refuses one that cannot be: nothing sent, a day that is not, a text too long."""
    if sending.from_account == sending.to_account:
        raise SameAccount(account=chart.source.label)
    _positive("amount", sending.amount_minor)
    _not_negative("fee", sending.fee_minor)
    check_past_day("sent_on", sending.sent_on, today)
    if sending.expected_on is not None:
        _check_expected(sending.sent_on, sending.expected_on)
    return msgspec.structs.replace(
        sending, purpose=plain("purpose", sending.purpose, PURPOSE_MAXIMUM, needed=True),
        bank_reference=plain("bank_reference", sending.bank_reference, REFERENCE_MAXIMUM),
    )  # fmt: skip


def check_banks(source: Account, target: Account) -> None:
    """Refuse accounts that are not joint bank accounts in a union's care."""
    for account in (source, target):
        if account.role != "bank" or account.book != JOINT or account.custodian is None:
            raise AccountUnfit(account=account.label, needs="bank")


def check_union(union: str | None, account: Account) -> None:
    """Refuse anybody but the people of the union that keeps the account."""
    if account.custodian is None or account.custodian != union:
        raise OtherUnion(union=account.custodian or "", account=account.label)


def check_replaceable(replaced: Transfer, replaced_source: Account, chart: Chart) -> None:
    """A new transfer takes the place of one of the same union and fund that came back or was taken back, once."""
    check_union(chart.source.custodian, replaced_source)
    if replaced.state not in ("returned", "cancelled") or replaced.replaced_by or replaced.fund_id != chart.fund.id:
        raise TransferState(transfer=replaced.number, state=replaced.state)


def check_pledge(pledge: Pledge, amount_minor: int, chart: Chart, open_minor: int) -> None:
    """A transfer towards a pledge is of its union, fund and currency, and no more than is open of it and not on its way already."""
    check_open(pledge)
    if (pledge.union, pledge.fund_id, pledge.currency) != (chart.source.custodian, chart.fund.id, chart.source.currency):
        raise PledgeMismatch(pledge=pledge.number, union=pledge.union, fund=pledge.fund, currency=pledge.currency)
    if amount_minor > open_minor:
        raise PledgeExceeded(pledge=pledge.number, outstanding_minor=open_minor, currency=pledge.currency)


def draft_sent(number: str, sending: Sending, chart: Chart, reference: Rate | None) -> tuple[Draft, int, str, Exchange | None]:
    """The entry that takes the money out of the bank, with what travels: (draft, minor units, currency, the bank's conversion)."""
    own, other = chart.source.currency, chart.target.currency
    exchange, transit, currency = None, sending.amount_minor, own
    postings = [(chart.source, -(sending.amount_minor + sending.fee_minor)), (chart.fees[own], sending.fee_minor)]
    if sending.rate is not None or sending.bought_minor is not None:
        transit, rate = converted_by_bank(sending.amount_minor, own, other, sending.rate, sending.bought_minor)
        if own != other:
            currency, exchange = other, bank_exchange(rate, sending.sent_on, reference)
            postings += [(chart.trading[own], sending.amount_minor), (chart.trading[other], -transit)]
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
    own = chart.target.currency
    gross, exchange, postings = _out_of_transit(transfer, own, chart, receipt.rate, receipt.gross_minor, receipt.received_on, reference)
    arrived = receipt.net_minor + receipt.fee_minor
    if arrived > gross:
        raise ReceiptTooLarge(sent_minor=gross, received_minor=arrived, currency=own)
    if arrived != gross:
        raise ExchangeDisagrees(expected_minor=gross, given_minor=arrived, currency=own, rate=str(exchange.rate) if exchange else "1")
    postings += [(chart.target, receipt.net_minor), (chart.fees[own], receipt.fee_minor)]
    draft = _draft(transfer.number, "transfer_received", receipt.received_on, transfer.purpose, postings, chart.fund, exchange)
    return draft, gross, exchange


def draft_returned(transfer: Transfer, returned: Return, chart: Chart, reference: Rate | None, today: date) -> tuple[Draft, int, Exchange | None]:
    """The entry that puts a returned wire back into the sender's bank, less what the bank kept (W23), as :func:`draft_received`."""
    _check_settling(transfer, returned.returned_on, today)
    _not_negative("fee", returned.fee_minor)
    reason, own = plain("reason", returned.reason, PURPOSE_MAXIMUM), chart.source.currency
    gross, exchange, postings = _out_of_transit(transfer, own, chart, returned.rate, returned.gross_minor, returned.returned_on, reference)
    _positive("amount", gross - returned.fee_minor)
    postings += [(chart.source, gross - returned.fee_minor), (chart.fees[own], returned.fee_minor)]
    draft = _draft(transfer.number, "transfer_returned", returned.returned_on, reason or transfer.purpose, postings, chart.fund, exchange)
    return draft, gross, exchange


def draft_undone(entry: Entry, entry_date: date, reason: str) -> Draft:
    """The reversal of a transfer's own entry: a sending that never left, or a receipt that was none. It is not dated before the entry."""
    text = plain("remark", reason, PURPOSE_MAXIMUM, needed=True)
    if entry_date < entry.draft.entry_date:
        raise DateBeforeEntry(entry=entry.number, entry_on=entry.draft.entry_date.isoformat(), date=entry_date.isoformat())
    return reversal(entry, entry_date, text)


def check_state(transfer: Transfer, *states: State) -> None:
    """Refuse a transfer that is in none of these states."""
    if transfer.state not in states:
        raise TransferState(transfer=transfer.number, state=transfer.state)


def _check_settling(transfer: Transfer, day: date, today: date) -> None:
    check_state(transfer, *PENDING)
    if day > today:
        raise FutureDate(date=day.isoformat(), today=today.isoformat())
    if day < transfer.sent_on:
        raise DateBeforeSent(sent_on=transfer.sent_on.isoformat(), date=day.isoformat())


def _out_of_transit(
    transfer: Transfer, own: str, chart: Chart, rate: Decimal | None, exact_minor: int | None, day: date, reference: Rate | None
) -> tuple[int, Exchange | None, list[tuple[Account, int]]]:
    """What the bank made of what travelled, and the postings that take it out of transit, converted where it must be."""
    travelled, sent = transfer.transit_currency, transfer.transit_minor
    postings = [(chart.in_transit[travelled], -sent)]
    if rate is None and exact_minor is None:
        if own != travelled:
            raise ExchangeMissing()
        return sent, None, postings
    gross, found = converted_by_bank(sent, travelled, own, rate, exact_minor)
    if own == travelled:
        return gross, None, postings
    postings += [(chart.trading[travelled], sent), (chart.trading[own], -gross)]
    return gross, bank_exchange(found, day, reference), postings


def _draft(
    number: str, kind: str, day: date, text: str, amounts: list[tuple[Account, int]], fund: Fund, exchange: Exchange | None, reference: str = ""
) -> Draft:
    postings = tuple(Posting(account.id, fund.id, amount) for account, amount in amounts if amount)
    return Draft(day, kind, text, postings, reference=reference, subject=number, exchange=exchange)


def _positive(field: str, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise AmountNotPositive(field=field)


def _not_negative(field: str, amount_minor: int) -> None:
    if amount_minor < 0:
        raise AmountNotPositive(field=field)


def _check_expected(sent_on: date, expected_on: date) -> None:
    if expected_on < sent_on:
        raise DateBeforeSent(sent_on=sent_on.isoformat(), date=expected_on.isoformat())
    if (expected_on - sent_on).days > EXPECTED_DAYS_MAXIMUM:
        raise DateInvalid(field="expected_on", text=expected_on.isoformat())


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
    """The spread of a transfer that a bank converted; None without a conversion on the way or without a reference rate."""
    exchange = transfer.exchange
    if exchange is None or exchange.reference_rate is None or source_currency == target_currency:
        return None
    got = transfer.transit_minor if transfer.sender_exchange else transfer.gross_minor or 0
    base, quote = exchange.base, exchange.quote
    fair = convert_at(transfer.amount_minor, source_currency, target_currency, base, quote, exchange.reference_rate)
    paid, net = transfer.amount_minor + transfer.sender_fee_minor, transfer.net_minor
    all_in = rate_between(paid, source_currency, net, target_currency) if net and transfer.state == "received" else None
    return Cost(target_currency, fair, fair - got, all_in)


def business_days(first: date, last: date) -> int:
    """Weekdays after ``first`` up to ``last``; the two countries' holidays are not known here, so it never flags too late."""
    return sum(1 for n in range(1, (last - first).days + 1) if (first + timedelta(days=n)).weekday() < 5)


def is_overdue(transfer: Transfer, today: date) -> bool:
    """Whether a transfer has been on its way for more than five business days."""
    return transfer.state in PENDING and business_days(transfer.sent_on, today) > OVERDUE_BUSINESS_DAYS
