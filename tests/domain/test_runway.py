"""Weeks of strike support left: case W25, the four weeks, scenarios, two currencies at a rate, and what must always hold."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, RateMissing, Refusal
from ledger.domain.runway import (
    PROJECTED_WEEKS,
    Added,
    Burn,
    Runway,
    add_members,
    by_week,
    combine,
    fx_rates,
    last_weeks,
    project,
    runway,
)
from tests.cases import figure, figure_minor

TODAY = date(2026, 11, 26)
# What the case's four runs were, in its own words.
W25_RUNS = [13_500_00, 14_400_00, 15_300_00, 14_400_00]


def weekly(*amounts_minor: int) -> Sequence[Burn]:
    """One run a week, each paid on the third day of its seven."""
    return [Burn(first + timedelta(days=2), "runs", amount) for (first, _), amount in zip(last_weeks(TODAY), amounts_minor, strict=True)]


def lasting(available_minor: int, *amounts_minor: int, added: Sequence[Added] = (), currency: str = "CAD") -> Runway:
    return runway(TODAY, currency, available_minor, by_week(TODAY, weekly(*amounts_minor)), added)


# --- W25 ----------------------------------------------------------------------------------------------------------------


def test_w25_weeks_of_strike_support_left() -> None:
    available = figure_minor("W25", "Available")
    found = lasting(available, *W25_RUNS)
    assert available == 180_000_00 - 30_000_00
    assert found.average_minor == figure_minor("W25", "Average weekly burn")
    assert found.weeks_left == figure("W25", "Weeks left, cut to 1 dp")
    assert (found.state, found.weeks_counted, [week.burn_minor for week in found.weeks]) == ("lasts", 4, W25_RUNS)
    more = lasting(available, *W25_RUNS, added=[add_members(60, 300_00)])
    assert more.weeks_left == figure("W25", "If 60 more members join at 300 a week")


def test_w25_without_burn_there_is_no_current_strike_and_without_money_nothing_is_left() -> None:
    quiet = lasting(150_000_00, 0, 0, 0, 0)
    assert (quiet.state, quiet.weeks_left, quiet.ends_on, project(quiet)) == ("no_current_strike", None, None, [])
    for available in (0, -1, -150_000_00):
        spent = lasting(available, *W25_RUNS)
        assert (spent.state, spent.weeks_left, spent.ends_on) == ("exhausted", Decimal("0.0"), TODAY)
        assert [(point.week, point.left_minor) for point in project(spent)] == [(0, 0)]


# --- the four weeks -----------------------------------------------------------------------------------------------------


def test_the_four_weeks_are_whole_and_end_with_the_day() -> None:
    weeks = last_weeks(TODAY)
    assert weeks[0][0] == TODAY - timedelta(days=27) and weeks[-1][1] == TODAY
    days = [first + timedelta(days=number) for first, _ in weeks for number in range(7)]
    assert days == [TODAY - timedelta(days=back) for back in range(27, -1, -1)]


def test_burn_is_kept_by_what_it_was_and_other_days_are_left_out() -> None:
    oldest, newest = TODAY - timedelta(days=27), TODAY
    burns = [
        Burn(oldest - timedelta(days=1), "runs", 9), Burn(newest + timedelta(days=1), "runs", 9),
        Burn(oldest, "runs", 100), Burn(oldest, "advances", 20), Burn(newest, "grants", 3), Burn(newest, "advances", -8),
    ]  # fmt: skip
    weeks = by_week(TODAY, burns)
    assert [(w.runs_minor, w.advances_minor, w.grants_minor, w.burn_minor) for w in weeks] == [
        (100, 20, 0, 120), (0, 0, 0, 0), (0, 0, 0, 0), (0, -8, 3, -5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("burnt", "average", "counted", "weeks_left"),
    [
        ((100, 100, 100, 100), 100, 4, "10.0"),
        ((0, 0, 100, 100), 100, 2, "10.0"),  # two weeks old: half the burn would promise twice the weeks
        ((0, 0, 0, 100), 100, 1, "10.0"),
        ((100, 0, 0, 0), 25, 4, "40.0"),  # the strike ended; it fades
        ((0, 100, 0, 100), 67, 3, "14.9"),  # 15 exactly is not reached by a rounded average: it is 200 / 3
        ((100, -40, 100, 0), 40, 4, "25.0"),  # money that came back
        ((100, -200, 0, 0), 0, 4, None),  # more came back than went
        ((33, 33, 33, 34), 33, 4, "30.0"),  # 30.07 cut down
    ],
)
def test_the_average_is_of_the_weeks_since_the_first_payment(
    burnt: tuple[int, int, int, int], average: int, counted: int, weeks_left: str | None
) -> None:
    found = lasting(1000 if weeks_left != "14.9" else 999, *burnt)
    assert (found.average_minor, found.weeks_counted, found.weeks_left) == (average, counted, weeks_left and Decimal(weeks_left))


# --- scenarios ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "weeks_left"),
    [
        ([Added(10, 10, from_week=1)], "5.0"),
        ([Added(10, 10, from_week=3)], "6.0"),  # 200 in two weeks, then 200 a week
        ([Added(10, 10, from_week=11)], "10.0"),  # begins when nothing is left
        ([Added(10, 10, from_week=10)], "9.5"),
        ([Added(10, 10, from_week=3), Added(5, 20, from_week=5)], "5.3"),  # 200, 400, then 400 left at 300 a week
        ([Added(0, 10)], "10.0"),
    ],
)
def test_another_strike_counts_from_its_week_on(added: list[Added], weeks_left: str) -> None:
    assert lasting(1000, 100, 100, 100, 100, added=added).weeks_left == Decimal(weeks_left)
    assert lasting(1000, 100, 100, 100, 100, added=added[::-1]).weeks_left == Decimal(weeks_left)


def test_a_first_strike_can_be_thought_of_where_there_is_none() -> None:
    found = lasting(1000, 0, 0, 0, 0, added=[Added(10, 10, from_week=3)])
    assert (found.state, found.weeks_left) == ("lasts", Decimal("12.0"))
    assert [point.left_minor for point in project(found)][:4] == [1000, 1000, 1000, 900]
    assert lasting(0, 0, 0, 0, 0, added=[Added(10, 10, from_week=3)]).weeks_left == Decimal("0.0")


@pytest.mark.parametrize(
    ("members", "weekly_minor", "from_week", "refusal", "field"),
    [
        (0, 300_00, 1, AmountNotPositive, "members"),
        (60, 0, 1, AmountNotPositive, "weekly"),
        (60, -1, 1, AmountNotPositive, "weekly"),
        (1_000_001, 300_00, 1, ChoiceInvalid, "members"),
        (60, 300_00, 0, ChoiceInvalid, "from_week"),
        (60, 300_00, PROJECTED_WEEKS + 1, ChoiceInvalid, "from_week"),
    ],
)
def test_a_scenario_without_sense_is_refused(members: int, weekly_minor: int, from_week: int, refusal: type[Refusal], field: str) -> None:
    with pytest.raises(refusal) as refused:
        add_members(members, weekly_minor, from_week)
    assert refused.value.params["field"] == field


# --- two currencies at a rate -------------------------------------------------------------------------------------------


def test_both_currencies_count_as_one_at_the_rate_and_five_in_a_hundred_beside_it() -> None:
    """CAD 150,000 at 14,400 a week, and USD 40,000 at 5,000 a week."""
    cad, usd = lasting(150_000_00, *W25_RUNS), lasting(40_000_00, *[5_000_00] * 4, currency="USD")
    at_par = combine([cad, usd], "CAD", Decimal("1.3725"))
    # 150,000 + 54,900 = 204,900 at 14,400 + 6,862.50 = 21,262.50 a week
    assert (at_par.available_minor, at_par.burn_minor, at_par.weeks_left) == (204_900_00, 21_262_50, Decimal("9.6"))
    low, same, high = (combine([cad, usd], "CAD", rate).available_minor for rate in fx_rates(Decimal("1.3725")))
    assert (low, same, high) == (202_155_00, 204_900_00, 207_645_00)
    in_usd = combine([cad, usd], "USD", Decimal("1.3725"))
    assert (in_usd.available_minor, in_usd.burn_minor, in_usd.weeks_left) == (149_289_62, 15_491_80, Decimal("9.6"))


def test_money_of_a_currency_without_a_strike_makes_the_other_one_last() -> None:
    usd = lasting(40_000_00, 0, 0, 0, 0, currency="USD")
    assert combine([lasting(150_000_00, *W25_RUNS), usd], "CAD", Decimal("1.3725")).weeks_left == Decimal("14.2")
    assert combine([usd], "CAD", Decimal("1.3725")).state == "no_current_strike"
    thought = lasting(40_000_00, 0, 0, 0, 0, currency="USD", added=[Added(10, 1_000_00)])
    assert combine([thought], "CAD", Decimal("1.3725")).weeks_left == Decimal("4.0")


def test_a_rate_of_other_currencies_counts_nothing() -> None:
    with pytest.raises(RateMissing):
        combine([lasting(100, 1, 1, 1, 1, currency="EUR")], "CAD", Decimal("1.3725"))


# --- week by week -------------------------------------------------------------------------------------------------------


def test_the_projection_ends_where_the_money_does() -> None:
    points = project(lasting(150_000_00, *W25_RUNS))
    assert [point.week for point in points] == [*range(11), Decimal("10.4")]
    assert [point.left_minor for point in points[:3]] == [150_000_00, 135_600_00, 121_200_00]
    assert points[-1].left_minor == 0 and points[-1].on == TODAY + timedelta(days=72)  # 10.4 weeks are 72.8 days


def test_a_projection_is_bounded() -> None:
    long = lasting(10**14, 1, 1, 1, 1)
    points = project(long)
    assert len(points) == PROJECTED_WEEKS + 1 and points[-1].left_minor == 10**14 - PROJECTED_WEEKS
    assert (long.weeks_left, long.ends_on) == (Decimal(10**14), None)


# --- what must always hold ----------------------------------------------------------------------------------------------

MONEY = st.integers(-(10**12), 10**12)
BURNT = st.lists(st.integers(-(10**10), 10**10), min_size=4, max_size=4)
ADDED = st.lists(st.builds(Added, st.integers(1, 5000), st.integers(1, 10**6), st.integers(1, PROJECTED_WEEKS)), max_size=4)
# A busy machine draws examples slowly; that says nothing about the rules.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spent_by(found: Runway, weeks: Fraction) -> Fraction:
    """What is burnt within so many weeks, added up step by step."""
    return found.average * weeks + sum(one.burn_minor * max(weeks - (one.from_week - 1), Fraction(0)) for one in found.added)


@unhurried
@given(MONEY, BURNT, ADDED)
def test_the_weeks_are_paid_for_and_a_tenth_more_is_not(available: int, burnt: list[int], added: list[Added]) -> None:
    found = lasting(available, *burnt, added=added)
    if found.tenths is None:
        assert sum(burnt) <= 0 and not added
    elif available <= 0:
        assert found.tenths == 0
    else:
        assert spent_by(found, Fraction(found.tenths, 10)) <= available < spent_by(found, Fraction(found.tenths + 1, 10))


@unhurried
@given(MONEY, BURNT, ADDED, st.integers(1, 5000))
def test_more_members_never_make_it_last_longer(available: int, burnt: list[int], added: list[Added], more: int) -> None:
    few = lasting(available, *burnt, added=added).tenths
    many = lasting(available, *burnt, added=[*added, Added(more, 300_00)]).tenths
    assert many is not None and (few is None or many <= few)


@unhurried
@given(MONEY, BURNT, ADDED, st.integers(1, 10**10))
def test_more_money_never_makes_it_end_sooner(available: int, burnt: list[int], added: list[Added], more: int) -> None:
    few, many = (lasting(money, *burnt, added=added).tenths for money in (available, available + more))
    assert (few is None) == (many is None) and (few is None or many is None or many >= few)


@unhurried
@given(st.integers(1, 10**9), BURNT, ADDED)
def test_the_projection_agrees_with_the_weeks(available: int, burnt: list[int], added: list[Added]) -> None:
    found = lasting(available, *burnt, added=added)
    points = project(found)
    assert [point.left_minor for point in points] == sorted((point.left_minor for point in points), reverse=True)
    assert all(0 <= point.left_minor <= available - spent_by(found, Fraction(point.week)) for point in points)
    if found.weeks_left is not None:
        assert points[-1].week == min(found.weeks_left, Decimal(PROJECTED_WEEKS)) or points[-1].week == found.weeks_left // 1
    else:
        assert not points


@unhurried
@given(MONEY, BURNT, MONEY, BURNT, st.decimals("0.5", "3", places=4))
def test_two_currencies_together_last_between_each_alone(cad: int, burnt_cad: list[int], usd: int, burnt_usd: list[int], rate: Decimal) -> None:
    each = [lasting(cad, *burnt_cad), lasting(usd, *burnt_usd, currency="USD")]
    both = combine(each, "CAD", rate).tenths
    known = [one.tenths for one in each if one.tenths is not None]
    if len(known) == 2 and both is not None and cad > 0 and usd > 0:
        assert min(known) <= both <= max(known)
    assert (both is None) == (not known)
    same = combine(each, "USD", rate)
    assert same.tenths == both
