"""Say which days are business days in a country, and which is the n-th after a period, from the holidays that are kept as rows."""

from collections.abc import Container, Mapping
from datetime import date, timedelta
from typing import Any

MONDAY, SATURDAY = 0, 5
# By how many days a holiday moves that falls on a weekday: in Canada to the Monday after a weekend, Boxing Day past Christmas on its Monday as well;
# at the Federal Reserve to the Monday after a Sunday, and not at all from a Saturday.
OBSERVED = {"monday": {5: 2, 6: 1}, "boxing": {5: 2, 6: 2, 0: 1}, "sunday": {6: 1}, "": {}}


def is_business_day(day: date, holidays: Container[date]) -> bool:
    """Whether banks work on a day."""
    return day.weekday() < SATURDAY and day not in holidays


def business_days(first: date, last: date, holidays: Container[date]) -> list[date]:
    """The business days from one day to another, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if is_business_day(day, holidays)]


def nth_after(day: date, n: int, holidays: Container[date]) -> date:
    """The ``n``-th business day after a day."""
    found = day
    for _ in range(n):
        found += timedelta(days=1)
        while not is_business_day(found, holidays):
            found += timedelta(days=1)
    return found


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm, Nature 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def day_of(rule: Mapping[str, Any], year: int) -> date:
    """The day that a rule of ``holidays.toml`` gives in a year, as it is observed."""
    if "easter" in rule:
        return easter(year) + timedelta(days=rule["easter"])
    if "weekday" not in rule:
        day = date(year, rule["month"], rule["day"])
        return day + timedelta(days=OBSERVED[rule.get("observed", "")].get(day.weekday(), 0))
    if "before" in rule:
        day = date(year, rule["month"], rule["before"]) - timedelta(days=1)
        return day - timedelta(days=(day.weekday() - rule["weekday"]) % 7)
    if rule["nth"] < 0:
        day = date(year + rule["month"] // 12, rule["month"] % 12 + 1, 1) - timedelta(days=1)
        return day - timedelta(days=(day.weekday() - rule["weekday"]) % 7)
    day = date(year, rule["month"], 1)
    return day + timedelta(days=(rule["weekday"] - day.weekday()) % 7 + 7 * (rule["nth"] - 1))
