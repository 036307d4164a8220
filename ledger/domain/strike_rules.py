"""Say by which rules a union supports a strike: the parameters of a rule set (domain.md 1.2), their limits, and the benefit weeks they make.

What a member gets by them is in :mod:`ledger.domain.strike_benefits`. Amounts are minor units of the set's currency; days of a strike are counted
from 1, its first day; weekdays as in :meth:`datetime.date.weekday`, Monday is 0.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

import msgspec

from ledger.domain.money import digits_of
from ledger.domain.refusals import CurrencyUnknown, StrikeRulesInvalid, StrikeRulesPlaceholder

# A weekly amount for each member, or a weekly sum to the local by the number of its strikers.
Model = Literal["per_member_run", "local_lump_sum_advance"]
StrikeKind = Literal["strike", "lockout", "rotating", "honouring"]
Payee = Literal["member", "local"]
MODELS: tuple[Model, ...] = get_args(Model)
STRIKE_KINDS: tuple[StrikeKind, ...] = get_args(StrikeKind)
PAYEES: tuple[Payee, ...] = get_args(Payee)
STRIKE_WEEKDAY: Literal["strike_weekday"] = "strike_weekday"

TIERS_MAXIMUM = 20
CHEQUES_MAXIMUM, LABEL_MAXIMUM = 12, 60
WEEKLY_MAXIMUM_MINOR = 10_000_00
DAY_MINUTES = 24 * 60
NAME_MAXIMUM, AUTHORITY_MAXIMUM = 100, 500
# Words that are pages of their own where a code stands in an address.
_RESERVED = frozenset({"new", "templates"})
# A year without 29 February: to tell whether every year has a day.
COMMON_YEAR = "2001"
_CODE = re.compile(r"\A[a-z][a-z0-9-]{1,29}\Z", re.ASCII)


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A weekly amount from a benefit week on, or from a calendar day of the strike on: one of the two, the other is zero."""

    from_week: int = 0
    from_calendar_day: int = 0
    weekly_minor: int


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The least strike duty; zero minutes are not tracked.

    ``per_day``: each day of ``minutes_day`` is paid by itself, a weekend day too. Otherwise a week is paid whole or not at all: whole where its days
    of at least ``minutes_day`` add up to ``minutes_week``, which is less in a week that is shorter for the member.
    """

    minutes_week: int = 0
    minutes_day: int = 0
    per_day: bool = False


class ExtraCheque(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount beside the week's, in the week that holds its day: ``2026-12-18`` once, or ``12-18`` of every year."""

    label_en: str
    label_fr: str
    on: str
    amount_minor: int


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One union's rules: weekly amounts (``tiers``), or ``hourly_percent`` of the member's own hourly rate for each day, in
    whole percent. ``placeholder``: the amounts wait for the body that sets them, and are shown as such.

    ``retroactive``: once ``first_payable_day`` is reached, the days before it are paid with it. ``run_off_days``: days after ratification that are
    still paid while members are out. ``extra_payment``: one more week's amount after the end. ``pays_ahead``: a week's run may be handed on before
    the week is over. ``cap_percent_of_gross``: of the member's weekly gross pay, zero for no cap. ``penalty_weeks``: how long a member who had been in
    arrears waits. ``extra_cheques``: paid whole, outside the cap, for a week of which a day is paid.
    ``reports_required``: no further sum goes to a local whose expense report is missing.
    """

    code: str
    name_en: str
    name_fr: str
    model: Model = "per_member_run"
    currency: str
    tiers: tuple[Tier, ...]
    first_payable_day: int = 1
    retroactive: bool = False
    week_days: int = 5
    week_starts: int | Literal["strike_weekday"] = STRIKE_WEEKDAY
    duty: Duty = Duty()
    hourly_percent: int = 0
    dependant_day_minor: int = 0
    run_off_days: int = 0
    extra_payment: bool = False
    extra_cheques: tuple[ExtraCheque, ...] = ()
    pays_ahead: bool = False
    cap_percent_of_gross: int = 0
    applies_to: tuple[StrikeKind, ...] = ("strike", "lockout")
    penalty_weeks: int = 0
    payee: Payee = "member"
    reports_required: bool = False
    placeholder: bool = False
    authority: str


class Week(msgspec.Struct, frozen=True):
    """A benefit week of a strike, numbered from 1; both days belong to it."""

    number: int
    starts_on: date
    ends_on: date


# --- what a rule set must look like -----------------------------------------------------------------------------------------

# The least and the most of every number that stands by itself.
LIMITS = {
    "first_payable_day": (1, 365), "dependant_day_minor": (0, WEEKLY_MAXIMUM_MINOR), "run_off_days": (0, 366), "cap_percent_of_gross": (0, 100),
    "penalty_weeks": (0, 52), "hourly_percent": (0, 1_000),
}  # fmt: skip
DUTY_LIMITS = {"minutes_week": (0, 7 * DAY_MINUTES), "minutes_day": (0, DAY_MINUTES)}
TIER_LIMITS = {"from_week": (0, 520), "from_calendar_day": (0, 3_650), "weekly_minor": (1, WEEKLY_MAXIMUM_MINOR)}
# What a sum to a local has no use for; a set that says it would not do what it says.
_ONLY_FOR_MEMBERS: dict[str, object] = {
    "first_payable_day": 1, "retroactive": False, "duty": Duty(), "dependant_day_minor": 0, "cap_percent_of_gross": 0, "penalty_weeks": 0,
    "extra_payment": False, "extra_cheques": (), "pays_ahead": False, "hourly_percent": 0,
}  # fmt: skip


def check_rules(rules: RuleSet) -> RuleSet:
    """The rules themselves, or a refusal that names the field and what is wrong with it."""
    _check_words(rules)
    _check_choices(rules)
    for field, (least, most) in LIMITS.items():
        _within(field, getattr(rules, field), least, most)
    if not rules.hourly_percent:
        _check_tiers(rules.tiers)
    _check_duty(rules.duty)
    _check_cheques(rules.extra_cheques)
    _check_model(rules)
    return rules


def _check_words(rules: RuleSet) -> None:
    if not _CODE.match(rules.code) or rules.code in _RESERVED:
        raise StrikeRulesInvalid(field="code", reason="code")
    for field, limit in (("name_en", NAME_MAXIMUM), ("name_fr", NAME_MAXIMUM), ("authority", AUTHORITY_MAXIMUM)):
        text = getattr(rules, field)
        if not text.strip() or len(text) > limit:
            raise StrikeRulesInvalid(field=field, reason="text", limit=limit)
    try:
        digits_of(rules.currency)
    except CurrencyUnknown:
        raise StrikeRulesInvalid(field="currency", reason="unknown") from None


def _check_choices(rules: RuleSet) -> None:
    starts: tuple[object, ...] = (STRIKE_WEEKDAY, *range(7))
    for field, choices in (("model", MODELS), ("payee", PAYEES), ("week_days", (5, 7)), ("week_starts", starts)):
        if getattr(rules, field) not in choices:
            raise StrikeRulesInvalid(field=field, reason="unknown")
    if not rules.applies_to or len(set(rules.applies_to)) < len(rules.applies_to) or not set(rules.applies_to) <= set(STRIKE_KINDS):
        raise StrikeRulesInvalid(field="applies_to", reason="kinds")


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise StrikeRulesInvalid(field=field, reason="range", least=least, limit=most)


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    """One amount or more, all by week or all by day, each from a later one than that before it."""
    if not 1 <= len(tiers) <= TIERS_MAXIMUM:
        raise StrikeRulesInvalid(field="tiers", reason="count", limit=TIERS_MAXIMUM)
    for tier in tiers:
        for field, (least, most) in TIER_LIMITS.items():
            _within(field, getattr(tier, field), least, most)
    if len({bool(tier.from_week) for tier in tiers}) > 1 or any(bool(tier.from_week) == bool(tier.from_calendar_day) for tier in tiers):
        raise StrikeRulesInvalid(field="tiers", reason="mixed")
    starts = [tier.from_week or tier.from_calendar_day for tier in tiers]
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise StrikeRulesInvalid(field="tiers", reason="order")


def _check_duty(duty: Duty) -> None:
    for field, (least, most) in DUTY_LIMITS.items():
        _within(field, getattr(duty, field), least, most)
    if duty.per_day and not duty.minutes_day:
        raise StrikeRulesInvalid(field="minutes_day", reason="per_day")
    if duty.minutes_day and not duty.per_day and not duty.minutes_week:
        raise StrikeRulesInvalid(field="minutes_week", reason="day_alone")


def _check_cheques(cheques: tuple[ExtraCheque, ...]) -> None:
    if len(cheques) > CHEQUES_MAXIMUM:
        raise StrikeRulesInvalid(field="extra_cheques", reason="many", limit=CHEQUES_MAXIMUM)
    for cheque in cheques:
        for text in (cheque.label_en, cheque.label_fr):
            if not text.strip() or len(text) > LABEL_MAXIMUM:
                raise StrikeRulesInvalid(field="extra_cheques", reason="text", limit=LABEL_MAXIMUM)
        if not _is_day(cheque.on):
            raise StrikeRulesInvalid(field="extra_cheques", reason="cheque_day")
        _within("extra_cheques", cheque.amount_minor, 1, WEEKLY_MAXIMUM_MINOR)


def _is_day(text: str) -> bool:
    """Whether it is a date, or a month and day that every year has."""
    whole = f"{COMMON_YEAR}-{text}" if len(text) == len("12-18") else text
    try:
        return date.fromisoformat(whole).isoformat() == whole
    except ValueError:
        return False


def _check_model(rules: RuleSet) -> None:
    if rules.model == "per_member_run":
        if rules.reports_required:
            raise StrikeRulesInvalid(field="reports_required", reason="only_for_locals")
        if rules.hourly_percent and (rules.tiers or rules.extra_payment):
            # Two amounts for one day, or a week's amount where there is none.
            raise StrikeRulesInvalid(field="hourly_percent", reason="hourly")
        return
    for field, nothing in _ONLY_FOR_MEMBERS.items():
        if getattr(rules, field) != nothing:
            raise StrikeRulesInvalid(field=field, reason="only_for_members")
    if rules.payee != "local":
        raise StrikeRulesInvalid(field="payee", reason="only_for_members")
    if not rules.tiers[0].from_week:
        raise StrikeRulesInvalid(field="tiers", reason="by_week")


def check_decided(rules: RuleSet) -> RuleSet:
    """The rules themselves; refused while their amounts are placeholders, for nothing is paid by an amount that nobody decided."""
    if rules.placeholder:
        raise StrikeRulesPlaceholder(rules=rules.code)
    return rules


# --- the weeks they make ----------------------------------------------------------------------------------------------------


def benefit_weeks(rules: RuleSet, starts_on: date, last_day: date) -> tuple[Week, ...]:
    """The benefit weeks from the strike's first day to the one that holds ``last_day``; none where that is before the strike."""
    return tuple(_weeks(rules, starts_on, last_day))


def _weeks(rules: RuleSet, starts_on: date, last_day: date) -> Iterator[Week]:
    if last_day < starts_on:
        return
    last = week_of(rules, starts_on, last_day).number
    for number in range(1, last + 1):
        yield nth_week(rules, starts_on, number)


def week_of(rules: RuleSet, starts_on: date, day: date) -> Week:
    """The benefit week that holds a day of the strike; no day before its first."""
    assert day >= starts_on, "a benefit week begins with the strike"
    return nth_week(rules, starts_on, (day - _first_week_starts(rules, starts_on)).days // 7 + 1)


@lru_cache(maxsize=4_096)
def nth_week(rules: RuleSet, starts_on: date, number: int) -> Week:
    """The n-th benefit week; the first one is short where weeks begin on a fixed weekday and the strike on another."""
    begins = _first_week_starts(rules, starts_on) + timedelta(days=7 * (number - 1))
    return Week(number, max(begins, starts_on), begins + timedelta(days=6))


def _first_week_starts(rules: RuleSet, starts_on: date) -> date:
    if rules.week_starts == STRIKE_WEEKDAY:
        return starts_on
    return starts_on - timedelta(days=(starts_on.weekday() - rules.week_starts) % 7)


def first_tier(rules: RuleSet) -> Tier:
    """From when on the rules pay an amount: from the first week where it is a share of the member's hourly rate."""
    return rules.tiers[0] if rules.tiers else Tier(from_week=1, weekly_minor=0)


@lru_cache(maxsize=1_024)
def cheques_of(rules: RuleSet, week: Week) -> tuple[ExtraCheque, ...]:
    """The extra cheques whose day is in a week of the strike."""
    return tuple(cheque for cheque in rules.extra_cheques if _falls_in(cheque.on, week))


def _falls_in(on: str, week: Week) -> bool:
    years = range(week.starts_on.year, week.ends_on.year + 1)
    days = [on] if len(on) == len("2026-12-18") else [f"{year}-{on}" for year in years]
    return any(week.starts_on.isoformat() <= day <= week.ends_on.isoformat() for day in days)


def day_number(starts_on: date, day: date) -> int:
    """The calendar day of the strike, its first day being 1."""
    return (day - starts_on).days + 1


def weekly_minor(rules: RuleSet, week_number: int, calendar_day: int) -> int:
    """The weekly amount that holds on a day: that of the last tier that has begun, zero before the first."""
    begun = [tier.weekly_minor for tier in rules.tiers if tier.from_week <= week_number and tier.from_calendar_day <= calendar_day]
    return begun[-1] if begun else 0
