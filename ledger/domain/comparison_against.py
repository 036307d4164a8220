"""Look for an item among those of another ledger: by the number or document on its paper, by amount, by both."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial

import msgspec

from ledger.domain.comparison_items import Item, contradict, papers_of
from ledger.domain.comparison_shelves import Shelf, shelves

# How long after a cut-off, or before, the same amount is taken for the same thing.
_FORTNIGHT = timedelta(days=14)


class Against(msgspec.Struct):
    """What a left item is looked for among: by amount, by the names of its paper, and by both; and what was found already."""

    by_amount: dict[int, Shelf]
    by_paper: dict[str, Shelf]
    by_both: dict[tuple[str, int], Shelf]
    used: set[str] = set()

    def is_free(self, item: Item) -> bool:
        """Whether nothing was found to be it."""
        return item.key not in self.used

    def use(self, found: Item | None) -> Item | None:
        """What was found, which is then no longer free."""
        self.used |= {found.key} if found else set()
        return found

    def find(self, item: Item) -> Item | None:
        """The one of the same document and amount, else the nearest of the same amount within a fortnight."""
        exact = (self.by_both[name, item.amount_minor] for name in papers_of(item) if (name, item.amount_minor) in self.by_both)
        of_paper = next(filter(None, (each.nearest(item.day, self.is_free, lambda one: True) for each in exact)), None)
        if of_paper is not None or item.amount_minor not in self.by_amount:
            return self.use(of_paper)
        return self.use(self.by_amount[item.amount_minor].nearest(item.day, self.is_free, partial(_within_a_fortnight, item)))

    def of_paper(self, item: Item) -> Item | None:
        """The nearest of its number or document, whatever the amount."""
        groups = (self.by_paper[name] for name in papers_of(item) if name in self.by_paper)
        return self.use(next(filter(None, (each.nearest(item.day, self.is_free, lambda one: True) for each in groups)), None))


def _within_a_fortnight(item: Item, other: Item) -> bool:
    return not contradict(item, other) and abs(item.day - other.day) <= _FORTNIGHT


def gathered(items: Collection[Item]) -> Against:
    """What a left item is looked for among."""
    return Against(
        shelves(items, lambda each: [each.amount_minor]), shelves(items, papers_of),
        shelves(items, lambda each: [(name, each.amount_minor) for name in papers_of(each)]),
    )  # fmt: skip
