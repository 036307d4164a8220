"""Find the few parts near a whole that alone make it up, among lines and postings of a bank account. Pure; amounts are minor units."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.domain.bank_likeness import near

ITEMS_MAXIMUM = 6
# Among how many neighbours a sum is sought, how far it is looked for them, and for how many lines and postings at most.
NEIGHBOURS, LOOKS, TRIES = 12, 40, 20_000


def neighbours(side: Sequence[Any], days: Sequence[date], whole: Any, sign: bool, used: set[tuple[bool, int]]) -> list[int]:
    """The places of the nearest smaller parts that are free; no further than a few steps are looked."""
    first, last = near(whole.day)
    start, end = bisect_left(days, first), bisect_right(days, last)
    found: list[int] = []
    if end - start < 2:
        return found
    middle, size = bisect_left(days, whole.day, start, end), abs(whole.amount_minor)
    for step in range(2 * LOOKS):
        place = middle + step // 2 if step % 2 == 0 else middle - 1 - step // 2
        if start <= place < end and abs(side[place].amount_minor) < size and (sign, place) not in used:
            found.append(place)
        if len(found) == NEIGHBOURS:
            break
    return found


def sole_sum(target: int, sizes: Sequence[int]) -> list[int] | None:
    """The places of the only two to six sizes that add up to a target; None where none do, or several. Two halves are met in the middle."""
    half = len(sizes) // 2
    right: defaultdict[int, list[int]] = defaultdict(list)
    for mask, total in _totals(sizes[half:]):
        right[total].append(mask << half)
    found: list[int] = []
    for mask, total in _totals(sizes[:half]):
        found += [mask | other for other in right.get(target - total, ()) if 2 <= (mask | other).bit_count() <= ITEMS_MAXIMUM]
        if len(found) > 1:
            return None
    return [place for place in range(len(sizes)) if found[0] >> place & 1] if found else None


def _totals(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """(which, sum) of every choice among a few sizes."""
    found = [(0, 0)]
    for place, size in enumerate(sizes):
        found += [(mask | 1 << place, total + size) for mask, total in found]
    return found
