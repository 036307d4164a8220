"""Say how many weeks a fund can still pay strike support, what a scenario would make of it, and until when (domain.md 4.3, case W25).

``weeks left = available / average weekly burn of the last four weeks``, exact until the end and then cut down to one decimal, never
rounded up. Burn is what strikes took: runs, advances to locals and grants, less what came back. Without any there is no current strike.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from ledger.domain.exchange import BASE, QUOTE
from ledger.domain.money import check_size, decimal_from_minor
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, RateMissing

WEEKS = 4
# As far as a projection is drawn; the weeks themselves are told however many they are.
PROJECTED_WEEKS = 104
MEMBERS_MAXIMUM = 1_000_000
FX_SHARE = Decimal("0.05")  # domain.md 8.1: the effect of +/- 5 %

Burnt = Literal["runs", "advances", "grants"]
# What an account's role says of the money that left: an advance stays an advance when the local reports what it paid, and what is
# recovered from a member takes back what was paid too much.
BURNT_BY_ROLE: dict[str, Burnt] = {
    "strike_benefits": "runs", "strike_recoverable": "runs", "strike_advances": "advances", "strike_locals": "advances",
    "strike_medical": "grants", "hardship_grants": "grants", "hardship_loans": "grants",
}  # fmt: skip

RunwayState = Literal["lasts", "exhausted", "no_current_strike"]
# What a week burns more, in minor units, and from which week on.
Extra = tuple[int, Fraction]


class Burn(Struct, frozen=True):
    """What strikes took from a fund on a day, in minor units; below zero where it came back."""

    on: date
    kind: Burnt
    amount_minor: int


class BurnWeek(Struct, frozen=True):
    """Seven days' burn by what it was, in minor units."""

    first: date
    last: date
    runs_minor: int = 0
    advances_minor: int = 0
    grants_minor: int = 0

    @property
    def burn_minor(self) -> int:
        """All of it."""
        return self.runs_minor + self.advances_minor + self.grants_minor


class Added(Struct, frozen=True):
    """More members at a weekly amount from the given week on (1 is the week that begins now): a larger strike, or another one."""

    members: int
    weekly_minor: int
    from_week: int = 1

    @property
    def burn_minor(self) -> int:
        """What they take a week."""
        return self.members * self.weekly_minor


class Runway(Struct, frozen=True):
    """How long one currency of a fund lasts, with everything it was computed from.

    ``tenths`` are tenths of a week, cut down; None where there is no strike. ``weeks_counted`` of the four are averaged: those
    before the first payment are not, or a strike two weeks old would seem to cost half of what it does. ``added`` is the scenario.
    """

    as_of: date
    currency: str
    available_minor: int
    weeks: tuple[BurnWeek, ...]
    weeks_counted: int
    average: Fraction
    added: tuple[Added, ...]
    state: RunwayState
    tenths: int | None

    @property
    def weeks_left(self) -> Decimal | None:
        """The weeks with their one decimal."""
        return None if self.tenths is None else _weeks(self.tenths)

    @property
    def average_minor(self) -> int:
        """The average weekly burn as shown, rounded half up; the weeks are computed from the exact one."""
        return _shown(self.average)

    @property
    def ends_on(self) -> date | None:
        """The last day that is paid for; None without a strike, or beyond the calendar."""
        days = None if self.tenths is None else self.tenths * 7 // 10
        return self.as_of + timedelta(days=days) if days is not None and days <= (date.max - self.as_of).days else None


class Combined(Struct, frozen=True):
    """Several currencies counted as one at a rate (``quote`` for one ``base``): minor units of ``currency``.

    ``burn_minor`` is what a week takes once all of the scenario has begun.
    """

    currency: str
    rate: Decimal
    available_minor: int
    burn_minor: int
    state: RunwayState
    tenths: int | None

    @property
    def weeks_left(self) -> Decimal | None:
        """The weeks with their one decimal."""
        return None if self.tenths is None else _weeks(self.tenths)


def _weeks(tenths: int) -> Decimal:
    return Decimal(tenths).scaleb(-1)


class Point(Struct, frozen=True):
    """What is left after so many weeks (the last one may be a part of a week), cut down to the minor unit."""

    week: Decimal
    on: date
    left_minor: int


# --- the four weeks -----------------------------------------------------------------------------------------------------


def last_weeks(as_of: date) -> tuple[tuple[date, date], ...]:
    """The four periods of seven days that end with ``as_of``, the oldest first: every weekday, so every payday, is in each once."""
    return tuple((as_of - timedelta(days=7 * back - 1), as_of - timedelta(days=7 * (back - 1))) for back in range(WEEKS, 0, -1))


def by_week(as_of: date, burns: Iterable[Burn]) -> tuple[BurnWeek, ...]:
    """What was burnt in each of the four weeks; other days are left out."""
    totals = [dict.fromkeys(("runs", "advances", "grants"), 0) for _ in range(WEEKS)]
    for burn in burns:
        back = (as_of - burn.on).days // 7
        if 0 <= back < WEEKS:
            totals[WEEKS - 1 - back][burn.kind] += burn.amount_minor
    return tuple(
        BurnWeek(first, last, total["runs"], total["advances"], total["grants"])
        for (first, last), total in zip(last_weeks(as_of), totals, strict=True)
    )


def _average(weeks: Sequence[BurnWeek]) -> tuple[Fraction, int]:
    """The exact average weekly burn, never below zero, and how many weeks it is of: those since the first one with burn."""
    first = next((index for index, week in enumerate(weeks) if week.burn_minor), len(weeks))
    counted = len(weeks) - first
    burnt = sum(week.burn_minor for week in weeks)
    return (Fraction(burnt, counted) if burnt > 0 else Fraction(0)), counted


# --- weeks left ---------------------------------------------------------------------------------------------------------


def runway(as_of: date, currency: str, available_minor: int, weeks: Sequence[BurnWeek], added: Sequence[Added] = ()) -> Runway:
    """How long ``available_minor`` lasts at the burn of ``weeks``, and with what a scenario adds."""
    average, counted = _average(weeks)
    tenths = _tenths(Fraction(available_minor), average, _extras(added))
    state = _state(available_minor, tenths)
    return Runway(as_of, currency, available_minor, tuple(weeks), counted, average, tuple(added), state, tenths)


def _state(available: Fraction | int, tenths: int | None) -> RunwayState:
    if tenths is None:
        return "no_current_strike"
    return "lasts" if available > 0 else "exhausted"


def _extras(added: Iterable[Added]) -> list[Extra]:
    return sorted((one.from_week, Fraction(one.burn_minor)) for one in added if one.burn_minor)


def _tenths(available: Fraction, average: Fraction, extras: Sequence[Extra]) -> int | None:
    """Tenths of a week until the money ends, cut down; None where nothing is burnt, now or in the scenario."""
    if not average and not extras:
        return None
    if available <= 0:
        return 0
    left, week, burn = available, 1, average
    for from_week, extra in extras:
        if left < burn * (from_week - week):
            break
        left, week, burn = left - burn * (from_week - week), from_week, burn + extra
    return 10 * (week - 1) + int(10 * left / burn)


# --- scenarios ----------------------------------------------------------------------------------------------------------


def add_members(members: int, weekly_minor: int, from_week: int = 1) -> Added:
    """A scenario that makes sense. Refuses no members, an amount of nothing, and a week outside the projection."""
    for field, value in (("members", members), ("weekly", weekly_minor)):
        if value <= 0:
            raise AmountNotPositive(field=field)
    if members > MEMBERS_MAXIMUM:
        raise ChoiceInvalid(field="members", value=str(members)[:20])
    if not 1 <= from_week <= PROJECTED_WEEKS:
        raise ChoiceInvalid(field="from_week", value=str(from_week)[:20])
    check_size(members * weekly_minor)
    return Added(members, weekly_minor, from_week)


def combine(runways: Sequence[Runway], into: str, rate: Decimal, base: str = BASE, quote: str = QUOTE) -> Combined:
    """Every currency as if all were one fund's, counted at ``rate`` (units of ``quote`` for one ``base``), scenarios included.

    Refuses a rate of other currencies. Averages are added up as they are, so that a strike that began later counts whole.
    """

    def counted(minor: Fraction | int, currency: str) -> Fraction:
        return _at(Fraction(minor), currency, into, rate, base, quote)

    available = sum((counted(one.available_minor, one.currency) for one in runways), Fraction(0))
    average = sum((counted(one.average, one.currency) for one in runways), Fraction(0))
    extras = sorted((week, counted(burn, one.currency)) for one in runways for week, burn in _extras(one.added))
    tenths = _tenths(available, average, extras)
    burn = average + sum(extra for _, extra in extras)
    return Combined(into, rate, _shown(available), _shown(burn), _state(available, tenths), tenths)


def fx_rates(rate: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """The rate five in a hundred lower, as it is, and five in a hundred higher, exact."""
    return rate * (1 - FX_SHARE), rate, rate * (1 + FX_SHARE)


def _at(minor: Fraction, currency: str, into: str, rate: Decimal, base: str, quote: str) -> Fraction:
    """An amount in another currency's minor units, exact."""
    if currency == into:
        return minor
    if {currency, into} != {base, quote}:
        raise RateMissing(base=currency, quote=into, date="")
    units = minor * Fraction(decimal_from_minor(1, currency)) / Fraction(decimal_from_minor(1, into))
    return units * Fraction(rate) if currency == base else units / Fraction(rate)


def _shown(minor: Fraction) -> int:
    """An exact amount as shown: rounded half up, away from zero (domain.md 4.3)."""
    return int(abs(minor) + Fraction(1, 2)) * (-1 if minor < 0 else 1)


# --- week by week -------------------------------------------------------------------------------------------------------


def project(found: Runway) -> list[Point]:
    """What is left at the end of each week, from today until the money ends or :data:`PROJECTED_WEEKS`; nothing without a strike.

    The last point is the end itself, at a tenth of a week: a line drawn through the points never shows more than is told.
    """
    if found.tenths is None:
        return []
    left, burn, extras = Fraction(max(found.available_minor, 0)), found.average, _extras(found.added)
    points = [Point(Decimal(0), found.as_of, int(left))]
    for week in range(1, min(found.tenths // 10, PROJECTED_WEEKS) + 1):
        left -= burn + sum(extra for from_week, extra in extras if from_week <= week)
        points.append(Point(Decimal(week), found.as_of + timedelta(days=7 * week), int(left)))
    if found.tenths % 10 and found.tenths < PROJECTED_WEEKS * 10:
        points.append(Point(_weeks(found.tenths), found.as_of + timedelta(days=found.tenths * 7 // 10), 0))
    return points
