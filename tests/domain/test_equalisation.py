"""The rate of a cost by each rule of an agreement, and shares that add up whatever the weights."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.equalisation import Rates, rate_by
from ledger.domain.money import split_by_weights
from ledger.domain.refusals import RatesIncomplete

QUARTER = (date(2026, 4, 1), date(2026, 6, 30))
DAILY = [(date(2026, 4, 1) + timedelta(days=n), Decimal("1.30") + Decimal(n) / 1000) for n in range(91)]


@pytest.mark.parametrize(
    ("rule", "day", "value", "days"),
    [("value_date", date(2026, 5, 12), "1.341", 1), ("period_end", date(2026, 5, 12), "1.390", 1), ("month_average", date(2026, 5, 12), "1.3450", 31),
     ("period_average", date(2026, 5, 12), "1.3450", 91), ("settlement_day", date(2026, 6, 1), "1.361", 1)],
)  # fmt: skip
def test_the_rate_by_each_rule(rule: str, day: date, value: str, days: int) -> None:
    """1.300 on 1 April and a tenth of a cent more each day: 1.341 on 12 May, 1.390 on 30 June, 1.345 in the middle of May and of the quarter."""
    found = rate_by(rule, Rates("Bank of Canada", DAILY), day, *QUARTER)
    assert (found.value, found.days) == (Decimal(value), days)


def test_rates_that_were_not_loaded_are_not_averaged_over() -> None:
    hole = [each for each in DAILY if not date(2026, 5, 10) < each[0] < date(2026, 5, 18)]
    with pytest.raises(RatesIncomplete) as refused:
        rate_by("period_average", Rates("Bank of Canada", hole), QUARTER[1], *QUARTER)
    assert refused.value.params == {"source": "Bank of Canada", "starts_on": "2026-05-11", "ends_on": "2026-05-18"}


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), st.integers(1, 10**7), st.integers(1, 10**7))
def test_shares_add_up_and_what_one_overpaid_the_other_underpaid(costs: list[int], members: int, others: int) -> None:
    pool_minor = sum(costs)
    shares = split_by_weights(pool_minor, [members, others])
    assert sum(shares) == pool_minor
    assert all(abs(share * (members + others) - pool_minor * weight) < members + others for share, weight in zip(shares, (members, others), strict=True))


