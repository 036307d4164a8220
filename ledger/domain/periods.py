"""Say which days of a book are open, and who must agree before a locked period opens again; knows nothing of how a close is made."""

from collections.abc import Container, Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from ledger.domain.posting_rules import Period
from ledger.domain.refusals import SecondSignatureRequired

State = Literal["open", "soft_closed", "closed"]
STATES: tuple[State, ...] = ("open", "soft_closed", "closed")


class BookPeriod(msgspec.Struct, frozen=True):
    """A period of a book as it stands; ``version`` counts its changes."""

    book: str
    starts_on: date
    ends_on: date
    state: State
    version: int


def first_open_day(periods: Sequence[Period], books: Iterable[str], wanted: date, *, late: bool) -> date:
    """The first day from ``wanted`` on that all of these books take; ``late`` kinds (reversals, corrections) enter soft-closed periods."""
    shut = [p for p in periods if p.book in set(books) and (p.state == "closed" or not late)]
    day = wanted
    while period := next((p for p in shut if p.starts_on <= day <= p.ends_on), None):
        day = period.ends_on + timedelta(days=1)
    return day


def check_reopening(book: str, day: date, asking: Container[str], needed: Iterable[str]) -> None:
    """A period that was shut opens only when a treasurer of every union has asked (case W20 R2)."""
    if any(union not in asking for union in needed):
        raise SecondSignatureRequired(book=book, date=day.isoformat())
