"""Find what one side has in one currency and the other in another: the same paper, or an amount that is the other at the day's rate (domain.md 2.4).

Each stays a difference where it stands, of the class of exchange rates: a debt is in one currency, and whose book has the other must be said.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice

import msgspec

from ledger.domain.comparison_found import Found
from ledger.domain.comparison_items import Item, both_near, mixed, papers_of
from ledger.domain.comparison_shelves import NEIGHBOURS

# What two roundings leave (domain.md 2.4), and how far a bank's own rate lies from the day's on one paper, in hundredths.
ROUNDING_MINOR, BANK_PERCENT = 2, 5
# Minor units of one currency in another at the rate of a day; None where there is none.
Convert = Callable[[int, str, str, date], int | None]


class Foreign(msgspec.Struct, frozen=True):
    """What the other side has of it in another currency, as that side sees the debt."""

    currency: str
    amount_minor: int
    day: date


def across(one: Sequence[Found], currency: str, other: Sequence[Found], other_currency: str, convert: Convert) -> dict[str, Foreign]:
    """Of the creditor's lone items in one currency and the debtor's in another: what each is over there, by the difference's identity."""
    creditors, debtors = list(_lone(one, "creditor")), list(_lone(other, "debtor"))
    found: dict[str, Foreign] = {}
    by_paper: defaultdict[str, list[tuple[str, Item]]] = defaultdict(list)
    for identity, item in debtors:
        for name in papers_of(item):
            by_paper[name].append((identity, item))
    by_amount = sorted(debtors, key=lambda each: each[1].amount_minor)
    amounts = [item.amount_minor for _, item in by_amount]
    for identity, item in creditors:
        there = convert(item.amount_minor, currency, other_currency, item.day)
        if there is None:
            continue
        same = (each for name in papers_of(item) for each in by_paper.get(name, ())[:NEIGHBOURS] if _like(each[1].amount_minor, there))
        places = range(bisect_left(amounts, there - ROUNDING_MINOR), bisect_right(amounts, there + ROUNDING_MINOR))
        alike = (by_amount[place] for place in islice(places, NEIGHBOURS) if both_near(item, by_amount[place][1]))
        match = next((each for some in (same, alike) for each in some if each[0] not in found and not mixed((item, each[1]))), None)
        if match is not None:
            found[identity] = Foreign(other_currency, match[1].amount_minor, match[1].day)
            found[match[0]] = Foreign(currency, item.amount_minor, item.day)
    return found


def _lone(differences: Sequence[Found], side: str) -> Iterator[tuple[str, Item]]:
    """(identity, item) of what one side has and the other has not, nor has later."""
    for each in differences:
        if len(each.items) == 1 and each.items[0].side == side and each.later_on is None and not each.of_pool and each.kind != "duplicate":
            yield each.identity, each.items[0]


def _like(amount: int, expected: int) -> bool:
    return abs(amount - expected) * 100 <= abs(expected) * BANK_PERCENT
