"""Find the rate that an agreement's rule asks for: a day's own, or the mean of a stretch of daily rates (case W14)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec

from ledger.domain.exchange import average
from ledger.domain.money import round_half_up
from ledger.domain.pledges import LATEST_DATE
from ledger.domain.refusals import (
    AverageTooEarly,
    DateInvalid,
    RatesIncomplete,
)

# Between two published rates lie at most the days of a long holiday; a longer gap is rates that were not loaded.
GAP_DAYS = 7

# A mean wants every rate that was published: Christmas and the weekend beside it are the longest that none is.
MEAN_GAP_DAYS = 5

# The mean of a stretch of daily rates, as it is agreed and printed (W14 uses 1.3750).
MEAN_PLACES = 4
SATURDAY = 5


class RateUsed(msgspec.Struct, frozen=True):
    """A rate of an agreement's source: that of one day, or the mean of ``days`` daily rates, 4 decimals, the first and last on these days."""

    value: Decimal
    first: date
    last: date
    source: str
    days: int = 1


class Rates(msgspec.Struct, frozen=True):
    """A source's daily rates as they are known today, oldest first, and the rules they are taken by."""

    source: str
    daily: Sequence[tuple[date, Decimal]]
    today: date

    def on(self, day: date) -> RateUsed:
        """A day's rate; of a weekend or holiday, the last one before it. Refused where that day's own may still be missing."""
        found = max((each for each in self.daily if each[0] <= day), default=None)
        if found is None or (day - found[0]).days > GAP_DAYS or not self._is_known(found[0], day):
            raise RatesIncomplete(source=self.source, starts_on=(found[0] if found else day).isoformat(), ends_on=day.isoformat())
        return RateUsed(found[1], found[0], found[0], self.source)

    def _is_known(self, last: date, day: date) -> bool:
        """Whether nothing was published between the last known rate and a day: there are only weekend days, or a later rate was loaded."""
        between = (last + timedelta(days=n) for n in range(1, (day - last).days + 1))
        return all(each.weekday() >= SATURDAY for each in between) or any(each > day for each, _ in self.daily)

    def mean(self, starts_on: date, ends_on: date) -> RateUsed:
        """The mean of the daily rates of a stretch, 4 decimals half up; refused before it is over, and where some were not loaded."""
        if ends_on >= self.today:
            after = ends_on + timedelta(days=1)
            raise AverageTooEarly(starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat(), computable_on=after.isoformat())
        found = [each for each in self.daily if starts_on <= each[0] <= ends_on]
        edges = [starts_on - timedelta(days=1), *(day for day, _ in found), ends_on]
        for before, after in pairwise(edges):
            if (after - before).days > MEAN_GAP_DAYS or not found:
                raise RatesIncomplete(source=self.source, starts_on=(before + timedelta(days=1)).isoformat(), ends_on=after.isoformat())
        value = round_half_up(average([rate for _, rate in found]), MEAN_PLACES)
        return RateUsed(value, found[0][0], found[-1][0], self.source, len(found))


def month_of(day: date) -> tuple[date, date]:
    """First and last day of a day's calendar month; refuses a day that no rate will ever be of."""
    if day > LATEST_DATE:
        raise DateInvalid(field="entry_date", text=day.isoformat())
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def rate_by(rule: str, rates: Rates, day: date, starts_on: date, ends_on: date) -> RateUsed:
    """The rate of a day in a period by an agreement's rule: of the day itself, the mean of its month or of the period, or of the period's end."""
    if rule in ("value_date", "settlement_day"):
        return rates.on(day)
    if rule == "period_end":
        return rates.on(ends_on)
    return rates.mean(*(month_of(day) if rule == "month_average" else (starts_on, ends_on)))


def days_needed(starts_on: date, ends_on: date) -> tuple[date, date]:
    """From which to which day rates are read for a period, whatever the rule; a later one tells that no rate was published on a day."""
    return month_of(starts_on)[0] - timedelta(days=GAP_DAYS), month_of(ends_on)[1] + timedelta(days=GAP_DAYS)
