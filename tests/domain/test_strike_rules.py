"""What members and locals get by the rules of many unions: case W11, one table a rule, and what must hold for any rules."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain.strike_benefits import MemberFacts, StrikeDates, compute_line
from ledger.domain.strike_rules import Duty, RuleSet, Tier, benefit_weeks
from tests.cases import figure, figure_minor

MONDAY = date(2026, 6, 1)
MEMBER = MemberFacts(registered_on=date(2026, 5, 1))
PLAIN = RuleSet(
    code="plain", name_en="Plain", name_fr="Simple", currency="CAD", tiers=(Tier(from_week=1, weekly_minor=300_00),), authority="The board"
)


def rules(*tiers: tuple[int, int], **changes: Any) -> RuleSet:
    """Rules with (week, weekly amount) tiers; none for 300.00 from week 1."""
    made = tuple(Tier(from_week=week, weekly_minor=minor) for week, minor in tiers)
    return msgspec.structs.replace(PLAIN, **({"tiers": made} if made else {}), **changes)


def strike(days: int, starts_on: date = MONDAY, **changes: Any) -> StrikeDates:
    """A strike of so many calendar days."""
    return StrikeDates(starts_on=starts_on, ended_on=starts_on + timedelta(days=days - 1), **changes)


def paid(by: RuleSet, dates: StrikeDates, facts: MemberFacts = MEMBER, minutes: dict[date, int] | None = None) -> list[int]:
    """What the member gets, week by week, to the end of the strike."""
    assert dates.ended_on is not None
    return [compute_line(by, dates, week, facts, minutes).gross_minor for week in benefit_weeks(by, dates.starts_on, dates.ended_on)]


# --- case W11 -----------------------------------------------------------------------------------------------------------


def test_w11_a_week_of_seven_days_is_rounded_once() -> None:
    by = rules((1, 400_00), week_days=7)
    assert paid(by, strike(3)) == [figure_minor("W11", "400/week over 7 days, 3 days: round once")]
    assert paid(by, strike(7)) == [figure_minor("W11", "400/week, 7 days: must be exactly 400")]
    by_rounded_days = (Decimal(400) / 7).quantize(Decimal("0.01")) * 7
    assert by_rounded_days == figure("W11", "WRONG: rounded daily rate x 7")


def test_w11_tiers_by_week() -> None:
    cupe = rules((1, 350_00), (6, 375_00), (12, 400_00), (16, 450_00))
    assert sum(paid(cupe, strike(17 * 7))) == figure_minor("W11", "CUPE-style tiers, 17 full weeks: 5x350 + 6x375 + 4x400 + 2x450")


def test_w11_tiers_by_calendar_day() -> None:
    tiers = (Tier(from_calendar_day=15, weekly_minor=300_00), Tier(from_calendar_day=29, weekly_minor=400_00))
    cwa = rules(tiers=tiers, first_payable_day=15)
    assert paid(cwa, strike(31)) == [0, 0, 300_00, 300_00, 240_00]
    assert sum(paid(cwa, strike(31))) == figure_minor("W11", "CWA-style, 31 calendar days from a Monday: weeks 3-4 at 300, then 3 days of 400/5")


def test_w11_from_the_first_day_or_from_the_eighth() -> None:
    thirteen_weekdays = strike(17)
    assert sum(paid(rules((1, 500_00)), thirteen_weekdays)) == figure_minor("W11", "UAW-style 500/week = 100 per missed weekday, day-1 rule")
    assert sum(paid(rules((1, 500_00), first_payable_day=8), thirteen_weekdays)) == figure_minor("W11", "Old UAW-style rule, same strike")


def test_w11_from_the_tenth_day() -> None:
    old_cupe = rules((1, 200_00), first_payable_day=10)
    assert sum(paid(old_cupe, strike(9))) == figure_minor("W11", "Old CUPE-style 40/day max 200/week from day 10: 9-day strike")
    assert sum(paid(old_cupe, strike(11))) == figure_minor("W11", "Old CUPE-style, 11-day strike: days 10 and 11")


# --- case W10: the members whose week is not whole ------------------------------------------------------------------------


def test_w10_registered_on_wednesday_and_a_day_missed() -> None:
    by_day = rules(duty=Duty(minutes_day=240, per_day=True))
    wednesday = msgspec.structs.replace(MEMBER, registered_on=date(2026, 6, 3))
    duty = {MONDAY + timedelta(days=n): 240 for n in range(5)}
    assert paid(by_day, strike(7), wednesday, duty) == [figure_minor("W10", "M6: 300 x 3/5")]
    del duty[date(2026, 6, 4)]
    assert paid(by_day, strike(7), MEMBER, duty) == [figure_minor("W10", "M7: 300 x 4/5")]
