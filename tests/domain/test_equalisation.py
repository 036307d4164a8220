"""The rate of a cost by each rule of an agreement, and shares that add up whatever the weights."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.agreed_rates import Rates, rate_by
from ledger.domain.money import split_by_weights
from ledger.domain.refusals import AverageTooEarly, RatesIncomplete

QUARTER = (date(2026, 4, 1), date(2026, 6, 30))
LATER = date(2026, 11, 23)
DAILY = [(date(2026, 4, 1) + timedelta(days=n), Decimal("1.30") + Decimal(n) / 1000) for n in range(91)]


@pytest.mark.parametrize(
    ("rule", "day", "value", "days"),
    [("value_date", date(2026, 5, 12), "1.341", 1), ("period_end", date(2026, 5, 12), "1.390", 1), ("month_average", date(2026, 5, 12), "1.3450", 31),
     ("period_average", date(2026, 5, 12), "1.3450", 91), ("settlement_day", date(2026, 6, 1), "1.361", 1)],
)  # fmt: skip
def test_the_rate_by_each_rule(rule: str, day: date, value: str, days: int) -> None:
    """1.300 on 1 April and a tenth of a cent more each day: 1.341 on 12 May, 1.390 on 30 June, 1.345 in the middle of May and of the quarter."""
    found = rate_by(rule, Rates("Bank of Canada", DAILY, LATER), day, *QUARTER)
    assert (found.value, found.days) == (Decimal(value), days)


def test_rates_that_were_not_loaded_are_not_averaged_over() -> None:
    hole = [each for each in DAILY if not date(2026, 5, 10) < each[0] < date(2026, 5, 18)]
    with pytest.raises(RatesIncomplete) as refused:
        rate_by("period_average", Rates("Bank of Canada", hole, LATER), QUARTER[1], *QUARTER)
    assert refused.value.params == {"source": "Bank of Canada", "starts_on": "2026-05-11", "ends_on": "2026-05-18"}


@pytest.mark.parametrize(("rule", "today", "computable_on"), [
    ("month_average", date(2026, 5, 12), "2026-06-01"), ("month_average", date(2026, 5, 31), "2026-06-01"), ("month_average", date(2026, 6, 1), None),
    ("period_average", date(2026, 6, 30), "2026-07-01"), ("period_average", date(2026, 7, 1), None),
])  # fmt: skip
def test_a_stretch_that_is_not_over_has_no_mean(rule: str, today: date, computable_on: str | None) -> None:
    known = Rates("Bank of Canada", [each for each in DAILY if each[0] <= today], today)
    if computable_on is None:
        assert rate_by(rule, known, date(2026, 5, 12), *QUARTER).value == Decimal("1.3450")
        return
    with pytest.raises(AverageTooEarly) as refused:
        rate_by(rule, known, date(2026, 5, 12), *QUARTER)
    assert refused.value.params["computable_on"] == computable_on


def test_a_month_whose_last_rates_were_not_loaded_has_no_mean() -> None:
    some = [each for each in DAILY if each[0] <= date(2026, 5, 25)]
    with pytest.raises(RatesIncomplete) as refused:
        rate_by("month_average", Rates("Bank of Canada", some, LATER), date(2026, 5, 12), *QUARTER)
    assert refused.value.params == {"source": "Bank of Canada", "starts_on": "2026-05-26", "ends_on": "2026-05-31"}


# The 15th of May is a Friday; Monday the 18th is Victoria Day, on which the Bank of Canada publishes none.
@pytest.mark.parametrize(("loaded_to", "day", "rate_of"), [
    (date(2026, 5, 15), date(2026, 5, 15), date(2026, 5, 15)), (date(2026, 5, 15), date(2026, 5, 17), date(2026, 5, 15)),
    (date(2026, 5, 14), date(2026, 5, 15), None), (date(2026, 5, 15), date(2026, 5, 18), None), (date(2026, 5, 19), date(2026, 5, 18), date(2026, 5, 15)),
    (date(2026, 4, 1), date(2026, 5, 18), None),
])  # fmt: skip
@pytest.mark.parametrize("rule", ["settlement_day", "value_date"])
def test_a_day_has_the_rate_of_its_own_or_none_was_published(rule: str, loaded_to: date, day: date, rate_of: date | None) -> None:
    published = [each for each in DAILY if each[0] <= loaded_to and each[0].weekday() < 5 and each[0] != date(2026, 5, 18)]
    rates = Rates("Bank of Canada", published, LATER)
    if rate_of is None:
        with pytest.raises(RatesIncomplete):
            rate_by(rule, rates, day, *QUARTER)
    else:
        assert rate_by(rule, rates, day, *QUARTER).first == rate_of


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), st.integers(1, 10**7), st.integers(1, 10**7))
def test_shares_add_up_and_what_one_overpaid_the_other_underpaid(costs: list[int], members: int, others: int) -> None:
    pool_minor = sum(costs)
    shares = split_by_weights(pool_minor, [members, others])
    assert sum(shares) == pool_minor
    assert all(abs(share * (members + others) - pool_minor * weight) < members + others for share, weight in zip(shares, (members, others), strict=True))


