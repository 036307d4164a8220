"""What members and locals get by the rules of many unions: case W11, one table a rule, and what must hold for any rules."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.money import divide_half_up, round_half_up
from ledger.domain.refusals import StrikeRulesInvalid
from ledger.domain.strike_benefits import REASONS, LumpSum, MemberFacts, Part, StrikeDates, compute_line, covered_weeks, lump_sum
from ledger.domain.strike_rules import Duty, ExtraCheque, RuleSet, Tier, Week, benefit_weeks, check_rules, nth_week, week_of
from ledger.services.strike_templates import shipped_rule_sets
from tests.cases import figure, figure_minor

MONDAY = date(2026, 6, 1)
MEMBER = MemberFacts(registered_on=date(2025, 12, 1))
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


# --- the weeks ----------------------------------------------------------------------------------------------------------

# weeks begin on, the strike begins on, last day, the weeks as (number, first day, last day) of June 2026.
WEEKS: list[tuple[int | str, int, int, list[tuple[int, int, int]]]] = [
    ("strike_weekday", 1, 7, [(1, 1, 7)]),
    ("strike_weekday", 1, 8, [(1, 1, 7), (2, 8, 14)]),
    ("strike_weekday", 4, 11, [(1, 4, 10), (2, 11, 17)]),
    (0, 1, 8, [(1, 1, 7), (2, 8, 14)]),
    (0, 4, 8, [(1, 4, 7), (2, 8, 14)]),
    (3, 2, 4, [(1, 2, 3), (2, 4, 10)]),
    (6, 7, 7, [(1, 7, 13)]),
    (0, 8, 7, []),
]


@pytest.mark.parametrize(("begins", "first", "last", "expected"), WEEKS)
def test_benefit_weeks_begin_with_the_strike_or_on_a_fixed_weekday(
    begins: int | str, first: int, last: int, expected: list[tuple[int, int, int]]
) -> None:
    by = rules(week_starts=begins)
    starts_on, last_day = date(2026, 6, first), date(2026, 6, last)
    weeks = benefit_weeks(by, starts_on, last_day)
    assert [(week.number, week.starts_on.day, week.ends_on.day) for week in weeks] == expected
    if weeks:
        assert week_of(by, starts_on, last_day) == weeks[-1]


# --- one line a rule: what the member gets week by week, in whole units -----------------------------------------------------

LOCKOUT, HONOURING = (strike(14, kind=kind) for kind in ("lockout", "honouring"))
RISING = (Tier(from_calendar_day=1, weekly_minor=300_00), Tier(from_calendar_day=4, weekly_minor=400_00))
BY_HOURS = Duty(minutes_day=240, per_day=True)
BY_WEEK = Duty(minutes_week=600, minutes_day=120)


def worked(*days: int, minutes: int = 240) -> dict[date, int]:
    """Duty of so many minutes on these days of June 2026."""
    return {date(2026, 6, day): minutes for day in days}


# what it is, the rules, the dates, what is otherwise about the member, duty, what is paid a week.
PAID: list[tuple[str, RuleSet, StrikeDates, dict[str, Any], dict[date, int] | None, list[int]]] = [
    ("a whole week", rules(), strike(7), {}, None, [300]),
    ("ends on a Wednesday", rules(), strike(10), {}, None, [300, 180]),
    ("nothing for a weekend at the end", rules(), strike(13), {}, None, [300, 300]),
    ("begins on a Thursday, weeks on Mondays", rules(week_starts=0), strike(11, date(2026, 6, 4)), {}, None, [120, 300]),
    ("begins on a Thursday, weeks with it", rules(), strike(7, date(2026, 6, 4)), {}, None, [300]),
    ("begins on a Saturday, weeks on Mondays", rules(week_starts=0), strike(9, date(2026, 6, 6)), {}, None, [0, 300]),
    ("seven days make a week", rules((1, 350_00), week_days=7), strike(9), {}, None, [350, 100]),
    ("a new amount in the middle of a week", rules(tiers=RISING),
     strike(7), {}, None, [340]),
    ("nothing before the first tier", rules((3, 300_00)), strike(21), {}, None, [0, 0, 300]),
    ("from day 8", rules(first_payable_day=8), strike(14), {}, None, [0, 300]),
    ("from day 10", rules(first_payable_day=10), strike(14), {}, None, [0, 180]),
    ("from day 8 for all before it", rules(first_payable_day=8, retroactive=True), strike(21), {}, None, [0, 600, 300]),
    ("from day 10 for all before it", rules(first_payable_day=10, retroactive=True), strike(12), {}, None, [0, 600]),
    ("over before day 8", rules(first_payable_day=8, retroactive=True), strike(7), {}, None, [0]),
    ("for all before it, duty by day", rules(first_payable_day=8, retroactive=True, duty=BY_HOURS), strike(14), {}, worked(1, 2, 8, 9, 10), [0, 300]),
    ("for all before it, registered on the second day", rules(first_payable_day=8, retroactive=True), strike(14), {"registered_on": date(2026, 6, 2)}, None,
     [0, 540]),
    ("three days of duty", rules(duty=BY_HOURS), strike(7), {}, worked(1, 2, 5), [180]),
    ("too short a day", rules(duty=BY_HOURS), strike(7), {}, worked(1, 2) | worked(3, minutes=239), [120]),
    ("weekend duty counts", rules(duty=BY_HOURS), strike(7), {}, worked(1, 6, 7), [180]),
    ("never more than a week", rules(duty=BY_HOURS), strike(7), {}, worked(1, 2, 3, 4, 5, 6, 7), [300]),
    ("weekend duty in a week of seven days", rules((1, 350_00), week_days=7, duty=BY_HOURS), strike(7), {}, worked(1, 2, 3, 4, 5, 6), [300]),
    ("the better paid days, where more were worked", rules(tiers=RISING, duty=BY_HOURS),
     strike(7), {}, worked(1, 2, 3, 4, 5, 6, 7), [380]),
    ("no duty at all", rules(duty=BY_HOURS), strike(7), {}, {}, [0]),
    ("nobody keeps duty", rules(duty=BY_HOURS), strike(7), {}, None, [300]),
    ("duty kept though rules ask for none", rules(), strike(7), {}, {}, [300]),
    ("enough hours in the week", rules(duty=BY_WEEK), strike(7), {}, worked(1, 2, 6, minutes=200), [300]),
    ("too few hours in the week", rules(duty=BY_WEEK), strike(7), {}, worked(1, 2, 6, minutes=199), [0]),
    ("short days do not add up", rules(duty=BY_WEEK), strike(7), {}, worked(1, 2, 3, 4, 5, 6, 7, minutes=119), [0]),
    ("fewer hours in a shorter week", rules(duty=BY_WEEK), strike(3), {}, worked(1, 2, minutes=180), [180]),
    ("dependants by day", rules((1, 450_00), dependant_day_minor=25_00), strike(9), {"dependants": 3}, None, [450 + 375, 180 + 150]),
    ("no days, no dependants", rules(dependant_day_minor=25_00, duty=BY_HOURS), strike(7), {"dependants": 3}, {}, [0]),
    ("capped", rules((1, 375_00), cap_percent_of_gross=70), strike(9), {"gross_weekly_minor": 500_00}, None, [350, 140]),
    ("below the cap", rules((1, 375_00), cap_percent_of_gross=70), strike(9), {"gross_weekly_minor": 900_00}, None, [375, 150]),
    ("the cap holds for dependants too", rules((1, 375_00), cap_percent_of_gross=70, dependant_day_minor=25_00), strike(7),
     {"gross_weekly_minor": 600_00, "dependants": 2}, None, [420]),
    ("two weeks' wait after arrears", rules(penalty_weeks=2), strike(21), {"penalised_from": date(2026, 6, 4)}, None, [180, 0, 120]),
    ("no wait where rules have none", rules(), strike(7), {"penalised_from": date(2026, 6, 4)}, None, [300]),
    ("back at work on Wednesday", rules(), strike(14), {"returned_on": date(2026, 6, 3)}, None, [120, 0]),
    ("crossed on Wednesday", rules(), strike(14), {"crossed_on": date(2026, 6, 3)}, None, [120, 0]),
    ("registered in the second week", rules(), strike(14), {"registered_on": date(2026, 6, 9)}, None, [0, 240]),
    ("ratified on Friday, no run-off", rules(), strike(14, ratified_on=date(2026, 6, 5)), {}, None, [300, 0]),
    ("ratified on Friday, three days after it", rules(run_off_days=3), strike(14, ratified_on=date(2026, 6, 5)), {}, None, [300, 60]),
    ("back before the run-off is over", rules(run_off_days=28), strike(9, ratified_on=date(2026, 6, 5)), {}, None, [300, 120]),
    ("a lockout", rules(), LOCKOUT, {}, None, [300, 300]),
    ("a line honoured", rules(applies_to=("honouring",)), HONOURING, {}, None, [300, 300]),
    ("a kind of dispute the rules say nothing of", rules(applies_to=("honouring",), extra_payment=True), LOCKOUT, {}, None, [0, 0]),
    ("rotating: its days only", rules(applies_to=("rotating",)),
     strike(14, kind="rotating", strike_days=frozenset({date(2026, 6, 2), date(2026, 6, 6), date(2026, 6, 11)})), {}, None, [120, 60]),
    ("rotating: at most a week", rules(applies_to=("rotating",)),
     strike(7, kind="rotating", strike_days=frozenset(date(2026, 6, day) for day in range(1, 8))), {}, None, [300]),
    ("rotating: duty on other days is not paid", rules(applies_to=("rotating",), duty=BY_HOURS),
     strike(7, kind="rotating", strike_days=frozenset({date(2026, 6, 2)})), {}, worked(1, 2, 3), [60]),
]  # fmt: skip


@pytest.mark.parametrize(("by", "dates", "changes", "minutes", "expected"), [row[1:] for row in PAID], ids=[row[0] for row in PAID])
def test_what_is_paid(
    by: RuleSet, dates: StrikeDates, changes: dict[str, Any], minutes: dict[date, int] | None, expected: list[int]
) -> None:
    check_rules(by)
    assert paid(by, dates, msgspec.structs.replace(MEMBER, **changes), minutes) == [units * 100 for units in expected]


def test_one_more_week_is_paid_after_the_end() -> None:
    tiers = (Tier(from_calendar_day=15, weekly_minor=300_00), Tier(from_calendar_day=29, weekly_minor=400_00))
    cwa = rules(tiers=tiers, first_payable_day=15, extra_payment=True)
    # the strike's days, what is otherwise about the member, what the week after the end pays.
    for days, changes, expected in [
        (31, {}, 400_00), (28, {}, 300_00), (14, {}, 0), (31, {"returned_on": date(2026, 7, 1)}, 0), (31, {"returned_on": date(2026, 7, 2)}, 400_00),
        (31, {"standing": "arrears"}, 0),
    ]:  # fmt: skip
        dates = strike(days)
        assert dates.ended_on is not None
        last = week_of(cwa, MONDAY, dates.ended_on).number
        facts = msgspec.structs.replace(MEMBER, **changes)
        lines = [compute_line(cwa, dates, nth_week(cwa, MONDAY, last + n), facts, None) for n in (1, 2)]
        assert [line.gross_minor for line in lines] == [expected, 0], days
    ongoing = StrikeDates(starts_on=MONDAY)
    assert compute_line(cwa, ongoing, nth_week(cwa, MONDAY, 6), MEMBER, None).parts[0].kind == "days", "not before the end is known"


# --- why a line is not more -----------------------------------------------------------------------------------------------

# what is otherwise about the member, duty in the week, the line's status and reason, the days missed by reason.
WHY: list[tuple[dict[str, Any], dict[date, int] | None, str, str, list[tuple[str, int]]]] = [
    ({}, None, "full", "eligible", []),
    ({"duplicate": True, "standing": "arrears"}, None, "none", "duplicate", []),
    ({"standing": "arrears", "on_payroll": "laid_off"}, None, "none", "not_in_good_standing", []),
    ({"standing": "not_member"}, None, "none", "not_in_good_standing", []),
    ({"on_payroll": "laid_off", "other_income": "ei"}, None, "none", "laid_off", []),
    ({"on_payroll": "leave"}, None, "none", "not_on_active_payroll", []),
    *(({"other_income": income, "registered_on": None}, None, "none", "other_income_source", []) for income in ("vacation", "sick", "wc", "ei", "ltd")),
    ({"registered_on": None, "late": True}, None, "none", "not_registered", []),
    ({"late": True, "crossed_on": MONDAY}, None, "none", "late_application", []),
    ({"registered_on": date(2026, 6, 8)}, None, "none", "not_registered", [("not_registered", 5)]),
    ({"registered_on": date(2026, 6, 3)}, None, "partial", "eligible", [("not_registered", 2)]),
    ({"crossed_on": MONDAY, "returned_on": MONDAY}, None, "none", "crossed", [("crossed", 5)]),
    ({"returned_on": date(2026, 6, 4)}, None, "partial", "eligible", [("returned_to_work", 2)]),
    ({"returned_on": MONDAY}, None, "none", "returned_to_work", [("returned_to_work", 5)]),
    ({"penalised_from": MONDAY}, None, "none", "not_in_good_standing", [("not_in_good_standing", 5)]),
    ({}, {}, "none", "insufficient_duty", [("insufficient_duty", 5)]),
    ({}, worked(1, 3, 5), "partial", "eligible", [("insufficient_duty", 2)]),
    ({}, worked(1, 3, 5, 6, 7), "full", "eligible", []),
    ({"registered_on": date(2026, 6, 3)}, worked(3, 4, 5, 6, 7), "full", "eligible", []),
    ({"registered_on": date(2026, 6, 3)}, worked(4), "partial", "eligible", [("not_registered", 2), ("insufficient_duty", 2)]),
    ({"on_hold": True}, None, "none", "on_hold", []),
    ({"on_hold": True}, {}, "none", "insufficient_duty", [("insufficient_duty", 5)]),
]


@pytest.mark.parametrize(("changes", "minutes", "status", "reason", "missed"), WHY)
def test_why_a_line_is_not_more(
    changes: dict[str, Any], minutes: dict[date, int] | None, status: str, reason: str, missed: list[tuple[str, int]]
) -> None:
    by = rules(duty=BY_HOURS, penalty_weeks=2)
    line = compute_line(by, strike(7), nth_week(by, MONDAY, 1), msgspec.structs.replace(MEMBER, **changes), minutes)
    assert (line.status, line.reason, [tuple(each) for each in line.missed]) == (status, reason, missed)
    assert (line.gross_minor > 0) == (line.days > 0) == (reason == "eligible")


def test_every_reason_is_given_by_some_line() -> None:
    assert {reason for *_, reason, _ in WHY} | {"hourly_rate_missing"} == set(REASONS)


def test_a_week_in_which_nobody_is_paid_excludes_nobody() -> None:
    by = rules(first_payable_day=15, duty=BY_HOURS)
    line = compute_line(by, strike(21), nth_week(by, MONDAY, 1), MEMBER, {})
    assert (line.status, line.reason, line.missed) == ("none", "eligible", ())


def test_without_the_pay_it_is_a_share_of_a_capped_line_waits() -> None:
    by = rules(cap_percent_of_gross=70)
    line = compute_line(by, strike(7), nth_week(by, MONDAY, 1), MEMBER, None)
    assert (line.status, line.reason, line.note, line.gross_minor) == ("none", "on_hold", "gross_missing", 0)


def test_the_parts_say_what_was_added_up() -> None:
    by = rules(tiers=RISING, dependant_day_minor=10_00, cap_percent_of_gross=50)
    facts = msgspec.structs.replace(MEMBER, dependants=2, gross_weekly_minor=800_00)
    line = compute_line(by, strike(4), nth_week(by, MONDAY, 1), facts, None)
    assert line.parts == (Part("days", 1, 3, 5, 300_00), Part("days", 1, 1, 5, 400_00), Part("dependants", 1, 4, 5, 10_00, 2), Part("cap", 1, 4, 5, 400_00))
    assert (line.days, line.week_days, line.gross_minor, line.note) == (4, 5, 320_00, "capped")


# --- a share of the hourly rate -------------------------------------------------------------------------------------------



def cheque(on: str, amount_minor: int = 100_00, label: str = "Solidarity") -> ExtraCheque:
    return ExtraCheque(label_en=label, label_fr="Solidarité", on=on, amount_minor=amount_minor)


def with_cheques(*on: str, **changes: Any) -> RuleSet:
    return rules(extra_cheques=tuple(cheque(each) for each in on), **changes)


# what it is, the rules, the strike, what is otherwise about the member, duty, what is paid a week.
WITH_CHEQUES: list[tuple[str, RuleSet, StrikeDates, dict[str, Any], dict[date, int] | None, list[int]]] = [
    ("once, in the week that holds its day", with_cheques("2026-06-10"), strike(21), {}, None, [300, 400, 300]),
    ("every year, in the week that holds its day", with_cheques("06-10"), strike(21), {}, None, [300, 400, 300]),
    ("another year's is not this one's", with_cheques("2025-06-10"), strike(14), {}, None, [300, 300]),
    ("on a week's first day and on its last, a Sunday", with_cheques("06-01", "06-07"), strike(14), {}, None, [500, 300]),
    ("two in one week", with_cheques("06-03", "2026-06-04"), strike(7), {}, None, [500]),
    ("whole for a single day", with_cheques("06-05"), strike(7), {}, worked(1), [160]),
    ("nothing where no day is paid", with_cheques("06-05"), strike(7), {}, {}, [0]),
    ("nothing for who is on hold", with_cheques("06-05"), strike(7), {"on_hold": True}, None, [0]),
    ("nothing for who is not in good standing", with_cheques("06-05"), strike(7), {"standing": "arrears"}, None, [0]),
    ("outside the cap", with_cheques("06-05", cap_percent_of_gross=50), strike(7), {"gross_weekly_minor": 400_00}, None, [300]),
    ("by the hourly rate too", with_cheques("06-05", hourly_percent=200, tiers=()), strike(7), {"hourly_rate_minor": 30_00}, None, [400]),
    ("a week not paid yet comes with the first one paid", with_cheques("06-05", first_payable_day=8, retroactive=True), strike(14), {}, None, [0, 700]),
    ("a week that is never paid has none", with_cheques("06-05", first_payable_day=8), strike(14), {}, None, [0, 300]),
    ("the turn of the year", with_cheques("12-31", "01-02"), strike(14, date(2026, 12, 28)), {}, None, [500, 300]),
]  # fmt: skip


@pytest.mark.parametrize(("by", "dates", "changes", "minutes", "expected"), [row[1:] for row in WITH_CHEQUES], ids=[row[0] for row in WITH_CHEQUES])
def test_an_extra_cheque_is_paid_whole_for_a_week_of_which_a_day_is(
    by: RuleSet, dates: StrikeDates, changes: dict[str, Any], minutes: dict[date, int] | None, expected: list[int]
) -> None:
    if minutes is not None:
        by = msgspec.structs.replace(by, duty=BY_HOURS)
    check_rules(by)
    assert paid(by, dates, msgspec.structs.replace(MEMBER, **changes), minutes) == [units * 100 for units in expected]


def test_an_extra_cheque_is_a_part_of_its_own_after_the_cap() -> None:
    by = with_cheques("06-05", cap_percent_of_gross=50)
    line = compute_line(by, strike(7), nth_week(by, MONDAY, 1), msgspec.structs.replace(MEMBER, gross_weekly_minor=400_00), None)
    assert line.parts == (Part("days", 1, 5, 5, 300_00), Part("cap", 1, 5, 5, 200_00), Part("cheque", 1, 0, 0, 100_00, labels=("Solidarity", "Solidarité")))
    assert (line.note, line.gross_minor) == ("capped", 300_00)


# the day of an extra cheque, its amount, what it is called; what is wrong with it.
WRONG_CHEQUES = [
    ("2026-02-29", 1, "A", "cheque_day"), ("02-29", 1, "A", "cheque_day"), ("13-01", 1, "A", "cheque_day"), ("20261218", 1, "A", "cheque_day"),
    ("", 1, "A", "cheque_day"), ("12-18", 0, "A", "range"), ("12-18", 10_000_01, "A", "range"), ("12-18", 1, " ", "text"), ("12-18", 1, "A" * 61, "text"),
]  # fmt: skip


@pytest.mark.parametrize(("on", "amount_minor", "label", "reason"), WRONG_CHEQUES)
def test_an_extra_cheque_has_a_day_an_amount_and_names(on: str, amount_minor: int, label: str, reason: str) -> None:
    with pytest.raises(StrikeRulesInvalid) as refused:
        check_rules(rules(extra_cheques=(cheque(on, amount_minor, label),)))
    assert (refused.value.params["field"], refused.value.params["reason"]) == ("extra_cheques", reason)


def test_there_are_at_most_twelve_extra_cheques() -> None:
    check_rules(with_cheques(*["12-18"] * 12))
    with pytest.raises(StrikeRulesInvalid) as refused:
        check_rules(with_cheques(*["12-18"] * 13))
    assert refused.value.params["reason"] == "many"


BY_RATE = rules(tiers=(), hourly_percent=200, duty=BY_HOURS)
THURSDAY = date(2026, 6, 4)
# what it is, the rules, the strike, the hourly rate in cents, what is otherwise about the member, duty, cents paid a week.
BY_THE_HOUR: list[tuple[str, RuleSet, StrikeDates, int, dict[str, Any], dict[date, int] | None, list[int]]] = [
    ("twice the rate for each of five days", BY_RATE, strike(7), 30_00, {}, worked(1, 2, 3, 4, 5), [300_00]),
    ("three days", BY_RATE, strike(7), 31_57, {}, worked(1, 2, 5), [189_42]),
    ("never more than five days", BY_RATE, strike(7), 30_00, {}, worked(1, 2, 3, 4, 5, 6, 7), [300_00]),
    ("four hours make a day", BY_RATE, strike(7), 30_00, {}, worked(1, minutes=240) | worked(2, minutes=239), [60_00]),
    ("a week is seven days from the weekday it began", BY_RATE, strike(14, THURSDAY), 30_00, {}, worked(4, 5, 8, 10, 11), [240_00, 60_00]),
    ("rounded half up, once for all days", msgspec.structs.replace(BY_RATE, hourly_percent=150), strike(7), 20_01, {}, worked(1, 2, 3), [90_05]),
    ("one day alone is rounded too", msgspec.structs.replace(BY_RATE, hourly_percent=150), strike(7), 20_01, {}, worked(1), [30_02]),
    ("just below one half is rounded down", msgspec.structs.replace(BY_RATE, hourly_percent=149), strike(7), 20_01, {}, worked(1), [29_81]),
    ("with dependants", msgspec.structs.replace(BY_RATE, dependant_day_minor=5_00), strike(7), 30_00, {"dependants": 2}, worked(1, 2), [140_00]),
    ("capped", msgspec.structs.replace(BY_RATE, cap_percent_of_gross=50), strike(7), 30_00, {"gross_weekly_minor": 500_00}, worked(1, 2), [100_00]),
    ("from the eighth day for those before it", msgspec.structs.replace(BY_RATE, first_payable_day=8, retroactive=True), strike(14), 30_00, {},
     worked(1, 2, 8, 9, 10), [0, 300_00]),
    ("nobody keeps duty", BY_RATE, strike(10), 30_00, {}, None, [300_00, 180_00]),
    ("rotating: its days only", msgspec.structs.replace(BY_RATE, applies_to=("rotating",)),
     strike(7, kind="rotating", strike_days=frozenset({date(2026, 6, 2)})), 30_00, {}, worked(1, 2, 3), [60_00]),
]  # fmt: skip


@pytest.mark.parametrize(("by", "dates", "rate", "changes", "minutes", "expected"), [row[1:] for row in BY_THE_HOUR], ids=[row[0] for row in BY_THE_HOUR])
def test_a_day_is_paid_by_the_members_own_hourly_rate(
    by: RuleSet, dates: StrikeDates, rate: int, changes: dict[str, Any], minutes: dict[date, int] | None, expected: list[int]
) -> None:
    check_rules(by)
    assert paid(by, dates, msgspec.structs.replace(MEMBER, hourly_rate_minor=rate, **changes), minutes) == expected


def test_a_member_whose_hourly_rate_is_not_known_is_an_exception_and_no_silent_zero() -> None:
    week = nth_week(BY_RATE, MONDAY, 1)
    line = compute_line(BY_RATE, strike(7), week, MEMBER, worked(1, 2))
    assert (line.status, line.reason, line.gross_minor, line.parts) == ("none", "hourly_rate_missing", 0, ())
    assert compute_line(BY_RATE, strike(7), week, MEMBER, {}).reason == "insufficient_duty"
    known = msgspec.structs.replace(MEMBER, hourly_rate_minor=30_00)
    assert compute_line(BY_RATE, strike(7), week, known, worked(1, 2)).parts == (Part("hourly", 1, 2, 5, 30_00, 200),)


@given(st.integers(1, 200_00), st.integers(1, 1_000), st.integers(1, 5))
def test_a_share_of_the_rate_is_exact_and_rounded_once(rate: int, percent: int, days: int) -> None:
    by = msgspec.structs.replace(BY_RATE, hourly_percent=percent)
    facts = msgspec.structs.replace(MEMBER, hourly_rate_minor=rate)
    exact = Decimal(rate * percent * days) / 100
    assert paid(by, strike(7), facts, worked(*range(1, days + 1))) == [round_half_up(exact)]


# --- a sum to a local -----------------------------------------------------------------------------------------------------

LUMP_SUM = rules((3, 100_00), (9, 125_00), model="local_lump_sum_advance", payee="local", reports_required=True, currency="USD")


def test_a_sum_to_the_local_begins_with_the_third_week() -> None:
    check_rules(LUMP_SUM)
    sums = [lump_sum(LUMP_SUM, 120, week) for week in benefit_weeks(LUMP_SUM, MONDAY, MONDAY + timedelta(days=9 * 7 - 1))]
    assert [each.amount_minor for each in sums[:2]] == [0, 0]
    assert {each.amount_minor for each in sums[2:8]} == {figure_minor("W12", "Weekly lump sum")}
    assert sums[8] == LumpSum(120, 125_00, 15_000_00)


# --- what rules must look like --------------------------------------------------------------------------------------------

# what is otherwise, the field refused and why.
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"code": "Unifor"}, "code", "code"),
    ({"code": "u"}, "code", "code"),
    ({"code": "new"}, "code", "code"),
    ({"name_en": " "}, "name_en", "text"),
    ({"name_fr": "x" * 101}, "name_fr", "text"),
    ({"authority": ""}, "authority", "text"),
    ({"currency": "XXY"}, "currency", "unknown"),
    ({"model": "other"}, "model", "unknown"),
    ({"payee": "employer"}, "payee", "unknown"),
    ({"week_days": 6}, "week_days", "unknown"),
    ({"week_starts": 7}, "week_starts", "unknown"),
    ({"week_starts": "monday"}, "week_starts", "unknown"),
    ({"applies_to": ()}, "applies_to", "kinds"),
    ({"applies_to": ("strike", "strike")}, "applies_to", "kinds"),
    ({"applies_to": ("boycott",)}, "applies_to", "kinds"),
    ({"first_payable_day": 0}, "first_payable_day", "range"),
    ({"first_payable_day": 366}, "first_payable_day", "range"),
    ({"dependant_day_minor": -1}, "dependant_day_minor", "range"),
    ({"run_off_days": 367}, "run_off_days", "range"),
    ({"cap_percent_of_gross": 101}, "cap_percent_of_gross", "range"),
    ({"penalty_weeks": 53}, "penalty_weeks", "range"),
    ({"tiers": ()}, "tiers", "count"),
    ({"tiers": tuple(Tier(from_week=week, weekly_minor=1) for week in range(1, 22))}, "tiers", "count"),
    ({"tiers": (Tier(from_week=1, weekly_minor=0),)}, "weekly_minor", "range"),
    ({"tiers": (Tier(from_week=1, weekly_minor=10_000_01),)}, "weekly_minor", "range"),
    ({"tiers": (Tier(weekly_minor=1),)}, "tiers", "mixed"),
    ({"tiers": (Tier(from_week=1, from_calendar_day=1, weekly_minor=1),)}, "tiers", "mixed"),
    ({"tiers": (Tier(from_week=1, weekly_minor=1), Tier(from_calendar_day=8, weekly_minor=2))}, "tiers", "mixed"),
    ({"tiers": (Tier(from_week=2, weekly_minor=1), Tier(from_week=2, weekly_minor=2))}, "tiers", "order"),
    ({"tiers": (Tier(from_week=521, weekly_minor=1),)}, "from_week", "range"),
    ({"tiers": (Tier(from_calendar_day=3_651, weekly_minor=1),)}, "from_calendar_day", "range"),
    ({"duty": Duty(per_day=True)}, "minutes_day", "per_day"),
    ({"duty": Duty(minutes_day=60)}, "minutes_week", "day_alone"),
    ({"duty": Duty(minutes_day=1_441, per_day=True)}, "minutes_day", "range"),
    ({"duty": Duty(minutes_week=10_081)}, "minutes_week", "range"),
    ({"reports_required": True}, "reports_required", "only_for_locals"),
    ({"hourly_percent": 1_001}, "hourly_percent", "range"),
    ({"hourly_percent": 200}, "hourly_percent", "hourly"),
    ({"hourly_percent": 200, "tiers": (), "extra_payment": True}, "hourly_percent", "hourly"),
]  # fmt: skip
# The same for rules of sums to locals.
WRONG_FOR_LOCALS: list[tuple[dict[str, Any], str, str]] = [
    ({"payee": "member"}, "payee", "only_for_members"),
    ({"first_payable_day": 15}, "first_payable_day", "only_for_members"),
    ({"retroactive": True}, "retroactive", "only_for_members"),
    ({"duty": Duty(minutes_week=60)}, "duty", "only_for_members"),
    ({"dependant_day_minor": 1}, "dependant_day_minor", "only_for_members"),
    ({"cap_percent_of_gross": 70}, "cap_percent_of_gross", "only_for_members"),
    ({"penalty_weeks": 2}, "penalty_weeks", "only_for_members"),
    ({"extra_payment": True}, "extra_payment", "only_for_members"),
    ({"hourly_percent": 200, "tiers": ()}, "hourly_percent", "only_for_members"),
    ({"extra_cheques": (ExtraCheque(label_en="A", label_fr="A", on="12-18", amount_minor=1),)}, "extra_cheques", "only_for_members"),
    ({"tiers": (Tier(from_calendar_day=15, weekly_minor=1),)}, "tiers", "by_week"),
]


@pytest.mark.parametrize(("base", "changes", "field", "reason"), [(PLAIN, *row) for row in WRONG] + [(LUMP_SUM, *row) for row in WRONG_FOR_LOCALS])
def test_rules_that_do_not_hold_together_are_refused(base: RuleSet, changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(StrikeRulesInvalid) as refused:
        check_rules(msgspec.structs.replace(base, **changes))
    assert (refused.value.params["field"], refused.value.params["reason"]) == (field, reason)


# --- the rules that ship ----------------------------------------------------------------------------------------------------


def test_only_the_two_unions_rules_are_in_force_in_new_books() -> None:
    shipped = shipped_rule_sets()
    assert {code: each.union for code, each in shipped.items() if each.union} == {"unifor": "unifor", "ue": "ue"}
    assert all(each.valid_from for each in shipped.values() if each.union)
    assert shipped["ue"].rules.placeholder and "General Executive Board" in shipped["ue"].note_en
    assert list(shipped) == ["unifor", "ue", "uaw", "uaw-older", "cupe", "cupe-older", "cwa", "usw", "opseu", "bcgeu", "cupw", "sfpq"]


# The set, the calendar days of a strike that begins on a Monday, what a member with full duty gets in all.
SHIPPED: list[tuple[str, int, int]] = [
    ("unifor", 10, 480_00),
    ("uaw", 17, figure_minor("W11", "UAW-style 500/week = 100 per missed weekday, day-1 rule, 13 weekdays")),
    ("uaw-older", 17, figure_minor("W11", "Old UAW-style rule, same strike, benefits from calendar day 8")),
    ("cupe", 17 * 7, figure_minor("W11", "CUPE-style tiers, 17 full weeks")),
    ("cupe-older", 9, 0),
    ("cupe-older", 11, figure_minor("W11", "Old CUPE-style, 11-day strike: days 10 and 11")),
    ("cwa", 31, figure_minor("W11", "CWA-style, 31 calendar days from a Monday")),
    ("opseu", 28, 3 * 450_00 + 550_00),
    ("bcgeu", 7, 375_00),
    ("cupw", 7, 300_00),
    ("sfpq", 3, 300_00),
]


@pytest.mark.parametrize(("code", "days", "expected"), SHIPPED)
def test_the_rules_that_ship_pay_what_their_source_says(code: str, days: int, expected: int) -> None:
    facts = msgspec.structs.replace(MEMBER, gross_weekly_minor=1_200_00, hourly_rate_minor=30_00)
    duty = {MONDAY + timedelta(days=n): 240 for n in range(days) if (MONDAY + timedelta(days=n)).weekday() < 5}
    assert sum(paid(shipped_rule_sets()[code].rules, strike(days), facts, duty)) == expected


# --- what holds for any rules -----------------------------------------------------------------------------------------------

AMOUNTS = st.integers(1, 2_000_00)
STARTS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def any_rules(draw: st.DrawFn) -> RuleSet:
    by_week, starts = draw(st.booleans()), sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=4)))
    made = [Tier(weekly_minor=draw(AMOUNTS), **{"from_week" if by_week else "from_calendar_day": start}) for start in starts]
    duty = draw(st.sampled_from([Duty(), Duty(minutes_day=240, per_day=True), Duty(minutes_week=1_200)]))
    return check_rules(
        rules(
            tiers=tuple(made), week_days=draw(st.sampled_from([5, 7])), week_starts=draw(st.sampled_from(["strike_weekday", *range(7)])),
            first_payable_day=draw(st.integers(1, 20)), retroactive=draw(st.booleans()), duty=duty, dependant_day_minor=draw(st.integers(0, 30_00)),
            run_off_days=draw(st.integers(0, 28)), penalty_weeks=draw(st.integers(0, 3)),
        )
    )  # fmt: skip


@st.composite
def any_strike(draw: st.DrawFn) -> StrikeDates:
    dates = strike(draw(st.integers(1, 60)), draw(STARTS))
    ratified = draw(st.none() | st.integers(0, 60))
    return msgspec.structs.replace(dates, ratified_on=None if ratified is None else dates.starts_on + timedelta(days=ratified))


def days_near(dates: StrikeDates) -> st.SearchStrategy[date]:
    return st.integers(-10, 70).map(lambda n: dates.starts_on + timedelta(days=n))


@st.composite
def any_member(draw: st.DrawFn, dates: StrikeDates) -> MemberFacts:
    day = st.none() | days_near(dates)
    return MemberFacts(
        registered_on=draw(days_near(dates)), returned_on=draw(day), crossed_on=draw(day), penalised_from=draw(day), dependants=draw(st.integers(0, 4))
    )


@st.composite
def any_week(draw: st.DrawFn) -> tuple[RuleSet, StrikeDates, Week, MemberFacts, dict[date, int]]:
    by, dates = draw(any_rules()), draw(any_strike())
    assert dates.ended_on is not None
    week = draw(st.sampled_from(benefit_weeks(by, dates.starts_on, dates.ended_on)))
    worked_on = draw(st.sets(days_near(dates), max_size=30))
    return by, dates, week, draw(any_member(dates)), dict.fromkeys(worked_on, 240)


def most_minor(by: RuleSet, weeks: int, facts: MemberFacts) -> int:
    """The most that so many benefit weeks can pay."""
    return weeks * (max(tier.weekly_minor for tier in by.tiers) + by.week_days * facts.dependants * by.dependant_day_minor)


@given(any_week())
def test_never_more_than_the_week_with_its_dependants(case: tuple[RuleSet, StrikeDates, Week, MemberFacts, dict[date, int]]) -> None:
    by, dates, week, facts, minutes = case
    line = compute_line(by, dates, week, facts, minutes)
    weeks = len(covered_weeks(by, dates, week))
    assert 0 <= line.gross_minor <= most_minor(by, weeks, facts)
    assert 0 <= line.days <= weeks * by.week_days
    assert line.reason == "eligible" or (line.gross_minor, line.parts) == (0, ())


@given(any_week(), st.data())
def test_one_more_day_of_duty_never_pays_less(case: tuple[RuleSet, StrikeDates, Week, MemberFacts, dict[date, int]], data: st.DataObject) -> None:
    by, dates, week, facts, minutes = case
    more = minutes | {data.draw(days_near(dates)): 240}
    before, after = (compute_line(by, dates, week, facts, each) for each in (minutes, more))
    assert after.gross_minor >= before.gross_minor and after.days >= before.days


@given(any_week())
def test_the_amount_is_the_exact_sum_of_its_parts_rounded_once(case: tuple[RuleSet, StrikeDates, Week, MemberFacts, dict[date, int]]) -> None:
    by, dates, week, facts, minutes = case
    line = compute_line(by, dates, week, facts, minutes)
    fractions = (Fraction(part.days * part.times * part.amount_minor, 1 if part.kind == "dependants" else part.of_days) for part in line.parts)
    exact = sum(fractions, Fraction(0))
    assert line.gross_minor == round_half_up(Decimal(exact.numerator) / Decimal(exact.denominator))
    assert sum(part.days for part in line.parts if part.kind == "days") == line.days


@given(AMOUNTS, st.sampled_from([5, 7]), STARTS, st.integers(1, 20))
def test_a_whole_week_is_exactly_the_weekly_amount(amount: int, week_days: int, starts_on: date, weeks: int) -> None:
    by = rules((1, amount), week_days=week_days)
    assert paid(by, strike(7 * weeks, starts_on)) == [amount] * weeks


@given(any_week(), st.randoms())
def test_the_order_in_which_weeks_and_members_are_computed_does_not_matter(
    case: tuple[RuleSet, StrikeDates, Week, MemberFacts, dict[date, int]], shuffle: Random
) -> None:
    by, dates, _, facts, minutes = case
    assert dates.ended_on is not None
    work = [(week, member) for week in benefit_weeks(by, dates.starts_on, dates.ended_on) for member in (facts, MEMBER)]
    in_order = sum(compute_line(by, dates, week, member, minutes).gross_minor for week, member in work)
    shuffle.shuffle(work)
    assert sum(compute_line(by, dates, week, member, minutes).gross_minor for week, member in work) == in_order


@given(any_rules(), STARTS, st.integers(0, 400))
def test_benefit_weeks_follow_each_other_without_a_gap(by: RuleSet, starts_on: date, days: int) -> None:
    last_day = starts_on + timedelta(days=days)
    weeks = benefit_weeks(by, starts_on, last_day)
    assert weeks[0].starts_on == starts_on and weeks[-1].starts_on <= last_day <= weeks[-1].ends_on
    assert all(later.starts_on == earlier.ends_on + timedelta(days=1) for earlier, later in pairwise(weeks))
    assert [week.number for week in weeks] == list(range(1, len(weeks) + 1))


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_whole_numbers_are_divided_as_decimals_are_rounded(numerator: int, denominator: int) -> None:
    away_from_zero = floor(Fraction(abs(numerator), denominator) + Fraction(1, 2))
    assert divide_half_up(numerator, denominator) == (away_from_zero if numerator >= 0 else -away_from_zero)
    assert divide_half_up(numerator, 100) == round_half_up(Decimal(numerator) / 100)
