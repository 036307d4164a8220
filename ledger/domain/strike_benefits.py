"""Compute what a member, or a local, gets for one benefit week by a rule set.

Pure and in whole numbers: fractions of a week are added exactly and rounded once per member and week, never by way of a rounded day (case W11).
It knows no names, no runs and no entries.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import msgspec

from ledger.domain.money import check_size, divide_half_up
from ledger.domain.strike_rules import RuleSet, StrikeKind, Week, cheques_of, day_number, nth_week, week_of, weekly_minor

Standing = Literal["good", "arrears", "not_member"]
OnPayroll = Literal["active", "laid_off", "leave"]
OtherIncome = Literal["", "vacation", "sick", "wc", "ei", "ltd"]
# Domain.md 1.3, in the order in which they are looked for: the first that holds is the line's.
Reason = Literal[
    "eligible", "duplicate", "not_in_good_standing", "laid_off", "not_on_active_payroll", "other_income_source", "not_registered", "late_application",
    "crossed", "returned_to_work", "insufficient_duty", "hourly_rate_missing", "on_hold",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)
# ``none`` with the reason ``eligible`` is a week for which the rules pay nobody (yet, or any more).
LineStatus = Literal["full", "partial", "none"]
# ``arrears`` are what earlier weeks paid too little; a run adds them, no rule does.
PartKind = Literal["days", "hourly", "dependants", "extra", "cap", "cheque", "arrears"]
# Why a line is not simply what its parts add up to: the cap on gross pay held, or the pay it is a share of is not known.
Note = Literal["", "capped", "gross_missing"]


class StrikeDates(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a strike. ``ended_on`` is the last day out; ``strike_days`` are the days of a rotating strike, and count for no other."""

    kind: StrikeKind = "strike"
    starts_on: date
    ratified_on: date | None = None
    ended_on: date | None = None
    strike_days: frozenset[date] = frozenset()


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the roster says of one member, without the name.

    ``returned_on``, ``crossed_on`` and ``left_on`` (the roster) are first days without benefit. ``penalised_from`` begins the wait of a member
    who had been in arrears. ``late``: applied after the day set; ``duplicate``: paid on another roster; ``on_hold``: a person decided to wait.
    """

    standing: Standing = "good"
    on_payroll: OnPayroll = "active"
    registered_on: date | None = None
    other_income: OtherIncome = ""
    returned_on: date | None = None
    crossed_on: date | None = None
    on_hold: bool = False
    late: bool = False
    duplicate: bool = False
    penalised_from: date | None = None
    left_on: date | None = None
    dependants: int = 0
    gross_weekly_minor: int | None = None
    hourly_rate_minor: int | None = None


class Part(NamedTuple):
    """One summand, to be read as "3 of 5 days x CAD 300.00": ``days`` of ``of_days`` of ``week`` at ``amount_minor`` a week.

    ``dependants``: ``days`` times ``times`` times ``amount_minor``. ``hourly``: ``days`` at ``times`` percent of
    ``amount_minor`` an hour. ``extra``: a week's amount after the end. ``cap``: the parts before it come to no more than ``days`` of ``of_days`` at
    ``amount_minor``. ``cheque``: ``amount_minor`` beside the week's, with what the rules call it in English and French.
    """

    kind: PartKind
    week: int
    days: int
    of_days: int
    amount_minor: int
    times: int = 1
    labels: tuple[str, ...] = ()


class Missed(NamedTuple):
    """Days of the week that are not paid, and why."""

    reason: Reason
    days: int


class BenefitLine(msgspec.Struct, frozen=True):
    """One member's week. ``days`` paid, of ``week_days`` that make a week; ``gross_minor`` is rounded, and the sum of its parts rounded once."""

    status: LineStatus
    reason: Reason
    days: int
    week_days: int
    gross_minor: int
    parts: tuple[Part, ...] = ()
    missed: tuple[Missed, ...] = ()
    note: Note = ""


class LumpSum(msgspec.Struct, frozen=True):
    """A local's week: ``strikers`` times ``weekly_minor``."""

    strikers: int
    weekly_minor: int
    amount_minor: int


# --- what the rules pay for in a week, whoever the member is ----------------------------------------------------------------


class PayDay(NamedTuple):
    """A day that may be paid, at its weekly amount (zero where the member's hourly rate says what a day is).

    ``regular`` without duty too, others (weekends) only where duty was done.
    """

    day: date
    weekly_minor: int
    regular: bool


class Span(NamedTuple):
    """The days of one benefit week that may be paid, at most ``most`` of them without weekend duty."""

    week: int
    days: tuple[PayDay, ...]
    most: int


def last_payable_day(rules: RuleSet, dates: StrikeDates) -> date:
    """The last day out, and no later than the run-off after ratification; the last of all days while neither is known."""
    last = dates.ended_on or date.max
    if dates.ratified_on is None:
        return last
    return min(last, dates.ratified_on + timedelta(days=rules.run_off_days))


@lru_cache(maxsize=256)
def payable_spans(rules: RuleSet, dates: StrikeDates, week: Week) -> tuple[Span, ...]:
    """The days that a run for this week pays, by benefit week: earlier weeks too where rules are retroactive and this week is the first one paid."""
    return tuple(_span(rules, dates, each) for each in covered_weeks(rules, dates, week))


def _span(rules: RuleSet, dates: StrikeDates, week: Week) -> Span:
    days = _pay_days(rules, dates, week)
    return Span(week.number, days, min(rules.week_days, sum(pay.regular for pay in days)))


def covered_weeks(rules: RuleSet, dates: StrikeDates, week: Week) -> tuple[Week, ...]:
    """The benefit weeks whose duty a run for this week needs: itself, and all before it where rules are retroactive and it is the first one paid.

    None before the first payable day, after the last one, or where the rules say nothing of this kind of dispute.
    """
    if dates.kind not in rules.applies_to:
        return ()
    first = dates.starts_on + timedelta(days=rules.first_payable_day - 1)
    if week.ends_on < first or last_payable_day(rules, dates) < first:
        return ()
    if rules.retroactive and week_of(rules, dates.starts_on, first).number == week.number:
        return tuple(nth_week(rules, dates.starts_on, number) for number in range(1, week.number + 1))
    return (week,)


def _pay_days(rules: RuleSet, dates: StrikeDates, week: Week) -> tuple[PayDay, ...]:
    last = min(week.ends_on, last_payable_day(rules, dates))
    days = [week.starts_on + timedelta(days=n) for n in range((last - week.starts_on).days + 1)]
    return tuple(PayDay(day, amount, _regular(rules, dates, day)) for day in days if (amount := _amount_on(rules, dates, week, day)) is not None)


def _amount_on(rules: RuleSet, dates: StrikeDates, week: Week, day: date) -> int | None:
    """The weekly amount that holds on a day, zero where the member's rate says it; None on a day that is not paid to anybody."""
    number = day_number(dates.starts_on, day)
    if (number < rules.first_payable_day and not rules.retroactive) or (dates.kind == "rotating" and day not in dates.strike_days):
        return None
    return weekly_minor(rules, week.number, number) or (0 if rules.hourly_percent else None)


def _regular(rules: RuleSet, dates: StrikeDates, day: date) -> bool:
    return rules.week_days == 7 or day.weekday() < 5 or dates.kind == "rotating"


# --- one member's week ------------------------------------------------------------------------------------------------------


def compute_line(rules: RuleSet, dates: StrikeDates, week: Week, facts: MemberFacts, minutes: Mapping[date, int] | None) -> BenefitLine:
    """What the member gets for the week, and why not more.

    ``minutes`` of duty by day, of every week of :func:`covered_weeks`; None where nobody keeps them, and then every regular day counts.
    """
    assert rules.model == "per_member_run", "a sum to a local says nothing of single members"
    reason = _excluded(facts)
    if reason != "eligible":
        return _nothing(rules, reason)
    if _is_extra_week(rules, dates, week):
        return _extra_line(rules, dates, week, facts)
    spans = payable_spans(rules, dates, week)
    paid = [(span.week, _paid_days(rules, span, facts, minutes)) for span in spans]
    missed = _missed(rules, spans, facts, sum(len(days) for _, days in paid))
    return _line(rules, dates, facts, paid, missed)


def _excluded(facts: MemberFacts) -> Reason:
    """What keeps a member out whichever day it is."""
    if facts.duplicate:
        return "duplicate"
    if facts.standing != "good":
        return "not_in_good_standing"
    if facts.on_payroll != "active":
        return "laid_off" if facts.on_payroll == "laid_off" else "not_on_active_payroll"
    if facts.other_income:
        return "other_income_source"
    if facts.registered_on is None:
        return "not_registered"
    return "late_application" if facts.late else "eligible"


def _nothing(rules: RuleSet, reason: Reason, missed: tuple[Missed, ...] = (), note: Note = "") -> BenefitLine:
    return BenefitLine("none", reason, 0, rules.week_days, 0, (), missed, note)


def _loss(rules: RuleSet, facts: MemberFacts, day: date) -> Reason:
    """What keeps a member from being paid for one day, duty apart."""
    if facts.crossed_on is not None and day >= facts.crossed_on:
        return "crossed"
    if facts.returned_on is not None and day >= facts.returned_on:
        return "returned_to_work"
    if facts.registered_on is None or day < facts.registered_on or (facts.left_on is not None and day >= facts.left_on):
        return "not_registered"
    since = facts.penalised_from
    if since is not None and since <= day < since + timedelta(weeks=rules.penalty_weeks):
        return "not_in_good_standing"
    return "eligible"


def _paid_days(rules: RuleSet, span: Span, facts: MemberFacts, minutes: Mapping[date, int] | None) -> Sequence[PayDay]:
    """The days paid of one benefit week, never more than make a week: the better paid ones first where more were worked."""
    days = span.days if _open_throughout(facts, span) else [pay for pay in span.days if _loss(rules, facts, pay.day) == "eligible"]
    done = _done(rules, days, minutes)
    return done if len(done) <= rules.week_days else sorted(done, key=_by_amount, reverse=True)[: rules.week_days]


def _open_throughout(facts: MemberFacts, span: Span) -> bool:
    """The common case, for which no day need be looked at by itself."""
    until = facts.crossed_on or facts.returned_on or facts.penalised_from
    return bool(span.days) and until is None and facts.registered_on is not None and facts.registered_on <= span.days[0].day


def _by_amount(pay: PayDay) -> int:
    return pay.weekly_minor


def _done(rules: RuleSet, days: Sequence[PayDay], minutes: Mapping[date, int] | None) -> list[PayDay]:
    """The days for which duty was done, or need not be."""
    duty = rules.duty
    if minutes is not None and duty.per_day:
        return [pay for pay in days if minutes.get(pay.day, 0) >= duty.minutes_day]
    regular = [pay for pay in days if pay.regular]
    if minutes is None or not duty.minutes_week:
        return regular
    worked = sum(done for pay in days if (done := minutes.get(pay.day, 0)) >= duty.minutes_day)
    needed = duty.minutes_week * min(len(regular), rules.week_days)
    return regular if worked * rules.week_days >= needed else []


def _missed(rules: RuleSet, spans: tuple[Span, ...], facts: MemberFacts, paid: int) -> tuple[Missed, ...]:
    """The regular days that are not paid, by reason; a day made up for by weekend duty is not missed."""
    short = sum(span.most for span in spans) - paid
    if short <= 0:
        return ()
    lost: dict[Reason, int] = {}
    for span in spans:
        if not _open_throughout(facts, span):
            _count_losses(rules, span, facts, lost)
    found = []
    for reason in sorted(lost, key=REASONS.index):
        if days := min(short, lost[reason]):
            found.append(Missed(reason, days))
            short -= days
    return (*found, Missed("insufficient_duty", short)) if short else tuple(found)


def _count_losses(rules: RuleSet, span: Span, facts: MemberFacts, lost: dict[Reason, int]) -> None:
    for pay in span.days:
        if pay.regular and (reason := _loss(rules, facts, pay.day)) != "eligible":
            lost[reason] = lost.get(reason, 0) + 1


def _line(rules: RuleSet, dates: StrikeDates, facts: MemberFacts, paid: list[tuple[int, Sequence[PayDay]]], missed: tuple[Missed, ...]) -> BenefitLine:
    days = sum(len(each) for _, each in paid)
    if not days:
        return _nothing(rules, missed[0].reason if missed else "eligible", missed)
    if rules.hourly_percent and facts.hourly_rate_minor is None:
        return _nothing(rules, "hourly_rate_missing", missed)
    parts = [part for week, each in paid for part in _day_parts(rules, facts, week, each)]
    if facts.dependants and rules.dependant_day_minor:
        parts.append(Part("dependants", paid[-1][0], days, rules.week_days, rules.dependant_day_minor, facts.dependants))
    status: LineStatus = "full" if all(len(each) == rules.week_days for _, each in paid) else "partial"
    line = _priced(rules, facts, status, days, parts, missed)
    return _with_cheques(line, _cheques(rules, dates, paid)) if rules.extra_cheques and line.gross_minor else line


def _cheques(rules: RuleSet, dates: StrikeDates, paid: list[tuple[int, Sequence[PayDay]]]) -> tuple[Part, ...]:
    """The extra cheques of the weeks of which a day is paid."""
    return tuple(
        Part("cheque", number, 0, 0, cheque.amount_minor, labels=(cheque.label_en, cheque.label_fr))
        for number, days in paid if days for cheque in cheques_of(rules, nth_week(rules, dates.starts_on, number))
    )  # fmt: skip


def _with_cheques(line: BenefitLine, cheques: tuple[Part, ...]) -> BenefitLine:
    """The line with cheques that are paid whole: neither a short week nor the cap makes them less."""
    gross_minor = check_size(line.gross_minor + sum(part.amount_minor for part in cheques))
    return msgspec.structs.replace(line, gross_minor=gross_minor, parts=(*line.parts, *cheques))


def _day_parts(rules: RuleSet, facts: MemberFacts, week: int, days: Sequence[PayDay]) -> list[Part]:
    """The days of a week by the amount they are paid at, in the order in which the amounts came; or all at the member's hourly rate."""
    if rules.hourly_percent and facts.hourly_rate_minor is not None:
        return [Part("hourly", week, len(days), rules.week_days, facts.hourly_rate_minor, rules.hourly_percent)] if days else []
    counts: dict[int, int] = {}
    for pay in days:
        counts[pay.weekly_minor] = counts.get(pay.weekly_minor, 0) + 1
    return [Part("days", week, count, rules.week_days, amount) for amount, count in counts.items()]


def _priced(rules: RuleSet, facts: MemberFacts, status: LineStatus, days: int, parts: list[Part], missed: tuple[Missed, ...]) -> BenefitLine:
    """The parts added up exactly, capped, and rounded once."""
    if rules.cap_percent_of_gross and facts.gross_weekly_minor is None:
        return _nothing(rules, "on_hold", missed, "gross_missing")
    if facts.on_hold:
        return _nothing(rules, "on_hold", missed)
    note: Note = ""
    hundredths = sum(_times_week(rules, part) for part in parts)
    if rules.cap_percent_of_gross and facts.gross_weekly_minor is not None:
        most = rules.cap_percent_of_gross * facts.gross_weekly_minor * days
        if most < hundredths:
            parts = [*parts, Part("cap", parts[-1].week, days, rules.week_days, divide_half_up(most, 100 * days))]
            hundredths, note = most, "capped"
    gross_minor = check_size(divide_half_up(hundredths, 100 * rules.week_days))
    return BenefitLine(status, "eligible", days, rules.week_days, gross_minor, tuple(parts), missed, note)


def _times_week(rules: RuleSet, part: Part) -> int:
    """The part's amount, multiplied by 100 and by the days that make a week so that it stays whole."""
    if part.kind == "hourly":
        return part.days * part.times * part.amount_minor * rules.week_days
    if part.kind == "dependants":
        return 100 * part.days * part.times * part.amount_minor * rules.week_days
    return 100 * part.days * part.amount_minor


# --- one more week after the end --------------------------------------------------------------------------------------------


def _is_extra_week(rules: RuleSet, dates: StrikeDates, week: Week) -> bool:
    """Whether this is the benefit week after the last one paid of a strike that is over, and rules pay one more amount then."""
    if not rules.extra_payment or dates.ended_on is None or dates.kind not in rules.applies_to:
        return False
    return week.number == week_of(rules, dates.starts_on, last_payable_day(rules, dates)).number + 1


def _extra_line(rules: RuleSet, dates: StrikeDates, week: Week, facts: MemberFacts) -> BenefitLine:
    """The weekly amount of the last day paid, to those who were still out on it."""
    last = last_payable_day(rules, dates)
    number = day_number(dates.starts_on, last)
    amount = weekly_minor(rules, week.number - 1, number) if number >= rules.first_payable_day else 0
    loss = _loss(rules, facts, last)
    if not amount or loss != "eligible":
        return _nothing(rules, loss)
    return _priced(rules, facts, "full", rules.week_days, [Part("extra", week.number, rules.week_days, rules.week_days, amount)], ())


# --- a local's week ---------------------------------------------------------------------------------------------------------


def lump_sum(rules: RuleSet, strikers: int, week: Week) -> LumpSum:
    """The sum a local gets for the week by the number of its strikers; nothing before the week of the first tier."""
    assert rules.model == "local_lump_sum_advance" and strikers >= 0
    weekly = weekly_minor(rules, week.number, 0)
    return LumpSum(strikers, weekly, check_size(strikers * weekly))
