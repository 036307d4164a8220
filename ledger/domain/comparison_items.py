"""Say what is compared: one row of a side, what it is called by both, and how near two days are."""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

import msgspec

ItemSide = Literal["creditor", "debtor", "pool"]
WINDOW_BUSINESS_DAYS = 5
_WORD = re.compile(r"[0-9A-Z]+", re.ASCII)
# The pool's own numbers of what stands in both books: a step, a transfer, a contribution, a delivery, a loan and so on.
_NUMBER = re.compile(r"\b(?:M|T|C|DL|BK|JC|EQ|L)-[0-9]{4,9}\b", re.ASCII)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One row of one side. ``amount_minor`` is what it adds to the debt in that side's own eyes; ``key`` tells it from every other, the same in
    every upload; ``nation`` is that of a fund that is kept to one nation, where it is known; ``exchanged`` says that another currency was paid.
    """

    key: str
    side: ItemSide
    day: date
    amount_minor: int
    document: str = ""
    text: str = ""
    nation: str = ""
    exchanged: bool = False

    @property
    def weight(self) -> int:
        """What it adds to the difference of the two balances; the pool's own rows are held against them and add nothing."""
        return {"creditor": self.amount_minor, "debtor": -self.amount_minor, "pool": 0}[self.side]


# --- days -------------------------------------------------------------------------------------------------------------------


def business_days_after(day: date, count: int, holidays: frozenset[date] = frozenset()) -> date:
    """The day that many business days later."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in holidays
    return day


def _business_ordinal(day: date) -> int:
    """Business days since a Monday long ago: the difference of two is how many lie between."""
    weeks, weekday = divmod(day.toordinal() - 1, 7)
    return weeks * 5 + min(weekday, 5)


def near(one: date, other: date) -> bool:
    """Whether two days are within five business days."""
    return abs(_business_ordinal(one) - _business_ordinal(other)) <= WINDOW_BUSINESS_DAYS


# --- references -------------------------------------------------------------------------------------------------------------


def number_of(item: Item) -> str:
    """The pool's number that an item names in its document or its text; a step's before any other."""
    found = _NUMBER.findall(f"{item.document} {item.text}".upper())
    return min(found, key=lambda each: not each.startswith("M-"), default="")


def folded_reference(document: str) -> str:
    """A document's number as both sides would write it: capitals and digits alone, ``inv. 2211`` as ``INV2211``; nothing for words alone."""
    found = "".join(_WORD.findall(document.upper()))
    return found if any(map(str.isdigit, found)) else ""


def bare(reference: str) -> str:
    """Its digits alone, where it has at least three: ``INV2211`` and ``2211`` are the same paper."""
    digits = "".join(filter(str.isdigit, reference)).lstrip("0")
    return digits if len(digits) >= 3 else ""


# By what names of one paper items are brought together, the strongest first.
PAPERS: tuple[tuple[Literal["number", "reference"], Callable[[Item], str]], ...] = (
    ("number", number_of), ("reference", lambda each: folded_reference(each.document)), ("reference", lambda each: bare(each.document)),
)


def papers_of(item: Item) -> list[str]:
    """Every name of an item's paper, the strongest first."""
    return list(dict.fromkeys(filter(None, (key(item) for _, key in PAPERS))))


def mixed(items: Iterable[Item]) -> bool:
    """Whether items are of funds that are kept to different nations: those never match (domain.md 2.4)."""
    return len({each.nation for each in items if each.nation}) > 1


def contradict(one: Item, other: Item) -> bool:
    """Whether both name a numbered paper and not the same: two invoices of one amount are two invoices."""
    first, second = bare(one.document), bare(other.document)
    return bool(first and second and first != second)


def both_near(one: Item, other: Item) -> bool:
    """Near in time, and not two papers of different numbers."""
    return near(one.day, other.day) and not contradict(one, other)
