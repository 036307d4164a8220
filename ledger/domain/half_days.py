"""Count half-days from the morning of 1 January 2000: bookings are held apart by these numbers, in memory and in the database alike."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import msgspec

Part = Literal["morning", "afternoon"]
_FIRST = date(2000, 1, 1)


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From the first half-day to the last, both of them included: whole days where nothing else is said."""

    first_day: date
    last_day: date
    first_part: Part = "morning"
    last_part: Part = "afternoon"

    @property
    def first(self) -> int:
        """The number of the first half-day."""
        return half_of(self.first_day, self.first_part)

    @property
    def last(self) -> int:
        """The number of the last half-day."""
        return half_of(self.last_day, self.last_part)


def half_of(day: date, part: Part = "morning") -> int:
    """The number of a half-day."""
    return 2 * (day - _FIRST).days + (part == "afternoon")


def day_of(half: int) -> date:
    """The day of a half-day's number."""
    return _FIRST + timedelta(days=half // 2)


def span_of(first: int, last: int) -> Span:
    """The span between two numbers."""
    parts: tuple[Part, Part] = ("morning", "afternoon")
    return Span(first_day=day_of(first), first_part=parts[first % 2], last_day=day_of(last), last_part=parts[last % 2])


def days_of(first: int, last: int) -> Iterator[date]:
    """Every day that the half-days between two numbers touch."""
    return (day_of(2 * number) for number in range(first // 2, last // 2 + 1))
