"""Work out what a bank's own conversion made of an amount, from its rate, from what it gave, or from both, which must agree."""

from datetime import date
from decimal import Decimal

from ledger.domain.entries import Exchange
from ledger.domain.exchange import Rate, convert_at, rate_between
from ledger.domain.refusals import AmountNotPositive, ExchangeDisagrees, RateInvalid

# What a bank's own rounding of a rate may make of an amount, in minor units.
RATE_TOLERANCE_MINOR = 1


def converted_by_bank(
    amount_minor: int, currency: str, other: str, rate: Decimal | None, exact_minor: int | None
) -> tuple[int, Decimal]:
    """What an amount became, and the rate; where both are given they must agree within one minor unit. In one currency nothing changes."""
    if rate is not None and rate <= 0:
        raise AmountNotPositive(field="rate")
    if exact_minor is not None:
        _check_gross(exact_minor)
    if currency == other:
        if rate not in (None, 1) or exact_minor not in (None, amount_minor):
            raise ExchangeDisagrees(expected_minor=amount_minor, given_minor=exact_minor or amount_minor, currency=other, rate="1")
        return amount_minor, Decimal(1)
    if rate is None:
        assert exact_minor is not None, "neither a rate nor an amount"
        return exact_minor, _implied_rate(amount_minor, currency, exact_minor, other)
    computed = convert_at(amount_minor, currency, other, "USD", "CAD", rate)
    _check_gross(computed)
    if exact_minor is not None and abs(computed - exact_minor) > RATE_TOLERANCE_MINOR:
        raise ExchangeDisagrees(expected_minor=computed, given_minor=exact_minor, currency=other, rate=str(rate))
    return (computed if exact_minor is None else exact_minor), rate


def _implied_rate(amount_minor: int, currency: str, other_minor: int, other: str) -> Decimal:
    rate = rate_between(amount_minor, currency, other_minor, other)
    if rate <= 0:
        raise RateInvalid(text=str(rate))
    return rate


def bank_exchange(rate: Decimal, day: date, reference: Rate | None) -> Exchange:
    """The conversion as an entry carries it; ``reference`` is the published rate of the day."""
    if reference is None:
        return Exchange("USD", "CAD", rate, "bank", day)
    return Exchange("USD", "CAD", rate, "bank", day, reference.value, reference.observed_on, reference.source)


def _check_gross(amount_minor: int) -> None:
    if amount_minor <= 0:
        raise AmountNotPositive(field="gross")
