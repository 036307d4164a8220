"""Find among things that stand in the order of their days the nearest that is still free, however many of one amount were taken already.

What was taken is passed over once and never looked at again, so that many equal amounts cost n log n.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TypeVar

import msgspec

from ledger.domain.comparison_items import Item

# How many neighbours in time are looked at before nothing fits.
NEIGHBOURS = 12
Key = TypeVar("Key", bound=Hashable)
Test = Callable[[Item], bool]


class Shelf(msgspec.Struct):
    """Items by day. ``ahead`` and ``behind`` lead from each place to the next that was not found taken; what is taken must stay so."""

    items: list[Item]
    days: list[date]
    ahead: list[int]
    behind: list[int]

    def since(self, day: date, is_free: Test) -> Iterator[Item]:
        """The free items of a day and later, in order."""
        place = self._next(bisect_left(self.days, day), is_free)
        while place < len(self.items):
            yield self.items[place]
            place = self._next(place + 1, is_free)

    def before(self, day: date, is_free: Test) -> Iterator[Item]:
        """The free items of earlier days, the latest first."""
        place = self._last(bisect_left(self.days, day), is_free)
        while place:
            yield self.items[place - 1]
            place = self._last(place - 1, is_free)

    def nearest(self, day: date, is_free: Test, fits: Test) -> Item | None:
        """The free item nearest in time that fits, of the neighbours on both sides."""
        around = (*islice(self.before(day, is_free), NEIGHBOURS), *islice(self.since(day, is_free), NEIGHBOURS))
        return min(filter(fits, around), key=lambda each: abs(each.day - day), default=None)

    def _next(self, place: int, is_free: Test) -> int:
        while place < len(self.items):
            if self.ahead[place] == place:
                if is_free(self.items[place]):
                    return place
                self.ahead[place] = place + 1
            else:
                self.ahead[place] = self.ahead[self.ahead[place]]
            place = self.ahead[place]
        return place

    def _last(self, place: int, is_free: Test) -> int:
        while place:
            if self.behind[place] == place:
                if is_free(self.items[place - 1]):
                    return place
                self.behind[place] = place - 1
            else:
                self.behind[place] = self.behind[self.behind[place]]
            place = self.behind[place]
        return place


def shelf(items: Iterable[Item]) -> Shelf:
    """A shelf with everything free."""
    ordered = sorted(items, key=lambda each: each.day)
    return Shelf(ordered, [each.day for each in ordered], list(range(len(ordered) + 1)), list(range(len(ordered) + 1)))


def shelves(items: Iterable[Item], keys: Callable[[Item], Iterable[Key]]) -> dict[Key, Shelf]:
    """A shelf for each key; an item stands on that of every key it has."""
    found: defaultdict[Key, list[Item]] = defaultdict(list)
    for each in items:
        for key in keys(each):
            found[key].append(each)
    return {key: shelf(group) for key, group in found.items()}
