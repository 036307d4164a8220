"""Draft the entries of a request: its money set aside, an invoice paid from it, and what is left given back (cases W07 and W08).

An approval sets money aside in the currency it was promised in (an encumbrance); payments use it up, what is left returns.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.allocations import DESCRIPTION_MAXIMUM, INVOICE_MAXIMUM, REFERENCE_MAXIMUM, Commitment, Line, Pay, totals
from ledger.domain.bank_conversion import bank_exchange, converted_by_bank
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft, Exchange, Posting
from ledger.domain.exchange import Rate
from ledger.domain.money import by_currency, check_size
from ledger.domain.pledges import plain
from ledger.domain.refusals import AmountNotPositive, CommitmentExceeded, ExchangeMissing


class Chart(msgspec.Struct, frozen=True):
    """The accounts that a request posts to, by currency."""

    fund: Fund
    encumbrances: Mapping[str, Account]
    reserve: Mapping[str, Account]


class PaymentChart(msgspec.Struct, frozen=True):
    """The accounts that a payment posts to; ``trading`` by currency where it converts."""

    bank: Account
    expense: Account
    fees: Account
    trading: Mapping[str, Account]


def draft_committed(number: str, purpose: str, lines: Sequence[Line], chart: Chart, day: date) -> Draft:
    """Set the money of every line aside, each in the currency it was promised in (W07-1, W08-1)."""
    return _encumbering(number, "commitment", purpose, totals(lines), chart, day)


def draft_released(number: str, reason: str, commitments: Sequence[Commitment], chart: Chart, day: date) -> Draft:
    """Give back what is left of the lines."""
    left = by_currency((each.currency, -each.left_minor) for each in commitments)
    return _encumbering(number, "commitment_released", reason, left, chart, day)


def _encumbering(number: str, kind: str, text: str, amounts: Mapping[str, int], chart: Chart, day: date) -> Draft:
    postings = [
        posting
        for currency, amount in amounts.items() if amount
        for posting in _encumbrance(chart, currency, amount)
    ]  # fmt: skip
    return Draft(entry_date=day, kind=kind, description=_short(text), postings=tuple(postings), subject=number)


def _encumbrance(chart: Chart, currency: str, amount_minor: int) -> list[Posting]:
    debit, credit = chart.encumbrances[currency], chart.reserve[currency]
    return [Posting(debit.id, chart.fund.id, amount_minor), Posting(credit.id, chart.fund.id, -amount_minor)]


def draft_paid(
    number: str, pay: Pay, what: str, line: Commitment, chart: Chart, payment: PaymentChart, reference: Rate | None, today: date
) -> tuple[Draft, int, int, Exchange | None]:
    """The entry that pays an invoice and relieves its line: (draft, relieved, what the bank gave without its fee, the bank's conversion).

    The commitment is relieved by what is paid, or by all that is left where the invoice is the last one (W07-4); in the line's currency,
    whatever the bank account's is (W08-2).
    """
    _check_payment(pay, today)
    if pay.amount_minor > line.left_minor:
        raise CommitmentExceeded(request=number, line=pay.line, left_minor=line.left_minor, currency=line.currency)
    relieved = line.left_minor if pay.final else pay.amount_minor
    own, bank, fund = line.currency, payment.bank, chart.fund.id
    given, exchange = _given(pay, own, bank.currency, reference)
    postings = [
        *_encumbrance(chart, own, -relieved),
        Posting(payment.expense.id, fund, pay.amount_minor),
        Posting(bank.id, fund, -(given + pay.fee_minor)),
    ]
    if exchange is not None:
        postings += [
            Posting(payment.trading[bank.currency].id, fund, given), Posting(payment.trading[own].id, fund, -pay.amount_minor),
        ]  # fmt: skip
    if pay.fee_minor:
        postings.append(Posting(payment.fees.id, fund, pay.fee_minor))
    draft = Draft(
        entry_date=pay.paid_on, kind="allocation_payment", description=_short(what), postings=tuple(postings), subject=number,
        reference=plain("invoice", pay.invoice, INVOICE_MAXIMUM, needed=True), exchange=exchange,
    )  # fmt: skip
    return draft, relieved, given, exchange


def _given(pay: Pay, own: str, bank: str, reference: Rate | None) -> tuple[int, Exchange | None]:
    if own == bank:
        return pay.amount_minor, None
    if pay.rate is None and pay.bank_minor is None:
        raise ExchangeMissing()
    given, rate = converted_by_bank(pay.amount_minor, own, bank, pay.rate, pay.bank_minor)
    return given, bank_exchange(rate, pay.paid_on, reference)


def _check_payment(pay: Pay, today: date) -> None:
    for field, amount_minor in (("amount", pay.amount_minor), ("fee", pay.fee_minor + 1)):
        if check_size(amount_minor) <= 0:
            raise AmountNotPositive(field=field)
    for field, day in (("paid_on", pay.paid_on), ("invoiced_on", pay.invoiced_on)):
        check_past_day(field, day, today)
    plain("reference", pay.reference, REFERENCE_MAXIMUM)


def _short(text: str) -> str:
    """A description of an entry: what is longer is cut, it stands whole on the request."""
    return text if len(text) <= DESCRIPTION_MAXIMUM else f"{text[: DESCRIPTION_MAXIMUM - 1]}…"
