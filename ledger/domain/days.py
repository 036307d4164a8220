"""Hold a day that a person names to the days that are possible."""

from datetime import date

from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import DateInvalid, FutureDate


def check_day(field: str, day: date, first: date | None, last: date) -> date:
    """A day between two others, both of them allowed; without a first one, any since the books can begin. The refusal says which days fit."""
    earliest = first or EARLIEST_DATE
    if not earliest <= day <= last:
        raise DateInvalid(field=field, text=day.isoformat(), reason="range", first=earliest.isoformat(), last=last.isoformat())
    return day


def check_come(field: str, day: date | None, today: date) -> None:
    """A day that the books are looked at as of: they say nothing of one that has not come."""
    if day is not None and day > today:
        raise DateInvalid(field=field, text=day.isoformat(), reason="future", last=today.isoformat())


def check_over(last: date, today: date) -> None:
    """A fiscal year that is looked at as a whole: its last day is over."""
    if last >= today:
        raise DateInvalid(field="year", text=last.isoformat(), reason="not_over", today=today.isoformat())


def check_past_day(field: str, day: date, today: date, first: date = EARLIEST_DATE) -> date:
    """A day on which something happened outside the books: not to come, and not before what it follows."""
    if day > today:
        raise FutureDate(date=day.isoformat(), today=today.isoformat())
    earliest = max(first, EARLIEST_DATE)
    if earliest > today:
        raise DateInvalid(field=field, text=day.isoformat(), reason="too_soon", first=earliest.isoformat())
    return check_day(field, day, earliest, today)
