"""Say what reaches a threshold: each figure with what is behind it and how it was converted. Pure; what follows is for an adviser to say.

A finding never advises (domain.md 5): it has the threshold, the amount compared with it, and the records that make it up.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from ledger.domain.exchange import Rate, convert
from ledger.domain.thresholds import Threshold

# The bank adds up what one customer sends, or gets, within 24 hours. The books know days alone: the same day, or the next.
DAYS_WITHIN = 1
Direction = Literal["out", "in"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One record behind a figure. ``counted_minor`` is its amount in the threshold's currency, at ``rate``; None where there is no rate.

    ``key`` is of whom or what: items of one key are one subject. Of a transfer ``bank`` is whose bank reports it (``customer`` is that union's
    code or payee's number), and ``direction`` whether it goes out of that bank's country or into it.
    """

    key: str
    name_en: str
    name_fr: str
    url: str
    day: date
    amount_minor: int
    currency: str
    counted_minor: int | None
    rate: Rate | None = None
    what: str = ""
    bank: str = ""
    customer: str = ""
    direction: Direction | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside a threshold. ``uncounted`` records have no rate and are not in the amount; ``days`` is for what is late."""

    name_en: str
    name_fr: str
    url: str
    amount_minor: int
    reached: bool
    items: tuple[Item, ...]
    uncounted: int = 0
    days: int | None = None


def fiscal_year(year: int, last_month: int = 12) -> tuple[date, date]:
    """The first and last day of the fiscal year that ends in a year, with the last day of a month."""
    last = date(year, last_month, monthrange(year, last_month)[1])
    return (date(year, 1, 1) if last_month == 12 else date(year - 1, last_month + 1, 1)), last


def counted(amount_minor: int, currency: str, threshold: Threshold, rate: Rate | None) -> int | None:
    """An amount in the threshold's currency, rounded half up; None where it needs a rate and there is none."""
    into = threshold.money[1]
    if currency == into:
        return amount_minor
    return None if rate is None else convert(amount_minor, currency, into, rate)


def whole(threshold: Threshold, items: Iterable[Item], name_en: str = "", name_fr: str = "", url: str = "") -> Finding:
    """Everything added up, whether it reaches or not."""
    kept = tuple(items)
    amount = sum(item.counted_minor or 0 for item in kept)
    return Finding(
        name_en=name_en, name_fr=name_fr, url=url, amount_minor=amount, reached=threshold.reached(amount), items=kept,
        uncounted=sum(item.counted_minor is None for item in kept),
    )  # fmt: skip


def by_subject(threshold: Threshold, items: Iterable[Item]) -> list[Finding]:
    """One finding for each subject, the largest first; what they are called and where they are is their first item's."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.key, []).append(item)
    found = [whole(threshold, group, group[0].name_en, group[0].name_fr) for group in groups.values()]
    return sorted(found, key=lambda each: (-each.amount_minor, each.name_en))


def each_alone(threshold: Threshold, items: Iterable[Item]) -> list[Finding]:
    """One finding for each record, in their order."""
    return [whole(threshold, [item], item.name_en, item.name_fr, item.url) for item in items]


def within_a_day(threshold: Threshold, items: Sequence[Item]) -> list[Finding]:
    """What one customer of a bank sent, or got, on a day and the next, wherever two or more together reach the threshold; each run of days once."""
    found: list[Finding] = []
    for customer in dict.fromkeys(item.key for item in items):
        own = sorted((item for item in items if item.key == customer), key=lambda item: item.day)
        seen: set[int] = set()
        for first in dict.fromkeys(item.day for item in own):
            places = [place for place, item in enumerate(own) if 0 <= (item.day - first).days <= DAYS_WITHIN]
            together = whole(threshold, [own[place] for place in places], own[0].bank, own[0].bank)
            if len(places) > 1 and together.reached and not seen.issuperset(places):
                found.append(together)
                seen.update(places)
    return sorted(found, key=lambda each: (each.items[0].day, each.name_en))


def banks(findings: Iterable[Finding]) -> dict[str, str]:
    """Whose banks report what is behind some figures: each customer's name by its code, once."""
    return {item.customer: item.bank for finding in findings for item in finding.items if item.bank}


def around(day: date) -> tuple[date, date]:
    """The days whose transfers the bank may add to one of a day, as far as there are days."""
    within = timedelta(days=DAYS_WITHIN)
    return max(day, date.min + within) - within, min(day, date.max - within) + within


class Highest(msgspec.Struct, frozen=True):
    """The highest balance at the end of a day of a stretch, and that day."""

    day: date
    amount_minor: int


def highest(opening_minor: int, changes: Sequence[tuple[date, int]], first: date, last: date) -> Highest:
    """The highest of what a stretch began with and what each of its days ended with; ``changes`` by day, none before ``first``."""
    best, balance = Highest(first, opening_minor), opening_minor
    for day, change in changes:
        balance += change
        if day <= last and balance > best.amount_minor:
            best = Highest(day, balance)
    return best


def highest_by_month(opening_minor: int, changes: Sequence[tuple[date, int]], year: int, last: date) -> list[Highest]:
    """The same of each month of a year until the month of ``last``."""
    found, balance = [], opening_minor
    for month in range(1, 13):
        first, end = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        if first > last:
            break
        own = [each for each in changes if first <= each[0] <= end]
        found.append(highest(balance, own, first, end))
        balance += sum(change for _, change in own)
    return found
