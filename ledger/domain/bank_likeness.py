"""Say in what an open bank line and an open posting of the account are alike: the names they bear, their days, their amounts.

Pure. Amounts are minor units of the account's own currency, money into the account positive, on both sides.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from ledger.domain.bank_rules import fold

NEAR_BUSINESS_DAYS = 5
# A cheque may be cashed until it is stale, six months on (UCC 4-404); nothing reaches the bank long before it is in the books.
LATE_DAYS, EARLY_DAYS = 190, 10
_TOKEN = re.compile(r"[A-Z0-9][A-Z0-9-]{3,}")
_DIGITS = re.compile(r"[0-9]+")
# A year or a day names no payment, though both sides write it.
_DAY = re.compile(r"\A(?:19|20)[0-9]{2}(?:-?[0-9]{2}){0,2}\Z")
_CHEQUE = re.compile(r" (?:cheques?|chq|checks?|ck) (?:no |n |numero )*0*([1-9][0-9]{0,9}) ")
_RECORD = re.compile(r"\b([A-Z]{1,2})-[0-9]{4,12}(?:-[0-9]{1,6})?\b")


class Line(msgspec.Struct, frozen=True):
    """An open bank line; ``words`` is everything the bank wrote of it."""

    number: int
    day: date
    amount_minor: int
    words: str
    cheque: str = ""


class Item(msgspec.Struct, frozen=True):
    """An open posting of the account: its place (entry, line), what it refers to, and the entry that it reverses or corrects."""

    entry: int
    line: int
    day: date
    amount_minor: int
    reference: str = ""
    subject: str = ""
    text: str = ""
    reverses: int | None = None
    fund_id: int = 0
    corrects: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the journal."""
        return self.entry, self.line


# --- by what they are named -------------------------------------------------------------------------------------------


def contradict(line: Line, item: Item) -> bool:
    """Whether each names a cheque, or a record of one kind, and not the same: an equal amount is then no ground, and may be a forged cheque."""
    cheque, written = line.cheque.lstrip("0"), _CHEQUE.search(fold(f"{item.reference} {item.text}"))
    if cheque.isdigit() and written is not None and written[1] != cheque:
        return True
    subject = item.subject.upper()
    kind = _RECORD.fullmatch(subject)
    named = {found[0] for found in _RECORD.finditer(line.words.upper()) if kind is not None and found[1] == kind[1]}
    return bool(named) and subject not in named


def item_keys(item: Item) -> set[str]:
    """The words by which a bank may name a posting: its record's number, and its reference where that is no common word."""
    keys = {item.subject.upper()} if item.subject else set()
    if not item.reference:
        return keys
    numbers = _DIGITS.findall(item.reference)
    return keys | _tokens(item.reference) | ({f"#{numbers[0].lstrip('0')}"} if len(numbers) == 1 else set())


def line_keys(line: Line) -> set[str]:
    """The words of a line that could name something; ``#`` before a cheque's number, which may be short."""
    cheque = line.cheque.lstrip("0")
    return _tokens(line.words) | ({f"#{cheque}"} if cheque.isdigit() else set())


def _tokens(text: str) -> set[str]:
    return {token.lstrip("0") if token.isdigit() else token for token in _TOKEN.findall(text.upper()) if _tells(token)}


def _tells(token: str) -> bool:
    return any(c.isdigit() for c in token) and not _DAY.match(token)


# --- how far apart, and of what amount --------------------------------------------------------------------------------


def is_in_time(line: Line, item: Item) -> bool:
    """Whether a cheque would still be good, or the books no more than a little late."""
    return timedelta(days=-EARLY_DAYS) <= line.day - item.day <= timedelta(days=LATE_DAYS)


@lru_cache(4_096)
def near(day: date) -> tuple[date, date]:
    """The first and last day no more than five business days from a day."""
    return _business(day, -NEAR_BUSINESS_DAYS), _business(day, NEAR_BUSINESS_DAYS)


def _business(day: date, by: int) -> date:
    step = timedelta(days=1 if by > 0 else -1)
    while by:
        day += step
        by -= (1 if by > 0 else -1) if day.weekday() < 5 else 0
    return day


def same_sign(one: int, other: int) -> bool:
    """Whether both go the same way; nothing at all goes none."""
    return (one > 0) == (other > 0) and other != 0


class Days(msgspec.Struct):
    """Open things of one amount, by their days."""

    days: list[date]
    things: list[Any]

    def within(self, first: date, last: date) -> range:
        """The places of those from the first day to the last."""
        return range(bisect_left(self.days, first), bisect_right(self.days, last))


def grouped(things: Iterable[Any]) -> dict[int, Days]:
    """Things in order of their days, by their amounts."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for thing in things:
        found[thing.amount_minor].append(thing)
    return {amount: Days([each.day for each in some], some) for amount, some in found.items()}
