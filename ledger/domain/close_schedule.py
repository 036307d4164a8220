"""Say by which business day after a month each thing of its close is there: versions, each of which holds from a month on."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from ledger.domain.refusals import ScheduleInvalid

# The first and the last business day after a month that a thing can be due on.
EARLIEST_DAY, LATEST_DAY = 1, 20
LATEST = date(2199, 12, 1)


class Deadlines(msgspec.Struct, frozen=True):
    """The business day after a month by which each thing is there: statements, the unions' extracts, the report, both signatures."""

    statements: int = 3
    extracts: int = 4
    report: int = 7
    signatures: int = 10


class Version(msgspec.Struct, frozen=True):
    """Deadlines of the months from ``since`` on, the first day of one; who set them and when."""

    since: date
    deadlines: Deadlines
    person: str
    union: str
    at: datetime


def in_force(versions: Iterable[Version], day: date) -> Deadlines:
    """What holds for a day's month; what the product begins with, where nobody has set anything for it."""
    held = [each for each in versions if each.since <= day]
    return max(held, key=lambda each: each.since).deadlines if held else Deadlines()


def with_version(versions: Iterable[Version], new: Version, today: date) -> list[Version]:
    """The versions with a new one, the newest first; it takes the place of one of the same month.

    Refuses a month that is over, because what is due for it is due already; a day that is none; and things due before what they rest on.
    """
    if not today.replace(day=1) <= new.since <= LATEST:
        raise ScheduleInvalid(reason="month", date=today.replace(day=1).isoformat())
    days = msgspec.structs.astuple(new.deadlines)
    if not all(EARLIEST_DAY <= each <= LATEST_DAY for each in days):
        raise ScheduleInvalid(reason="range", least=EARLIEST_DAY, limit=LATEST_DAY)
    if list(days) != sorted(days):
        raise ScheduleInvalid(reason="order")
    kept = [each for each in versions if each.since != new.since]
    return sorted([*kept, new], key=lambda each: each.since, reverse=True)
