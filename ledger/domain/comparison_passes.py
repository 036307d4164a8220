"""Match the items of two ledgers, from the strongest pass to the weakest, and pair what is one thing with two amounts. Each pass takes n log n."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice, pairwise

import msgspec

from ledger.domain.comparison_found import FEES, OTHER, Match, Pass, figures_of
from ledger.domain.comparison_items import PAPERS, Item, ItemSide, both_near, contradict, folded_reference, mixed, near
from ledger.domain.comparison_shelves import NEIGHBOURS, Shelf, shelf, shelves
from ledger.domain.money import digits_of

MANY_MAXIMUM = 6


class Open(msgspec.Struct):
    """The items that are not yet matched, by key in the order of their days, and the matches made."""

    items: dict[str, Item]
    matches: list[Match] = []

    def is_free(self, item: Item) -> bool:
        """Whether it is not yet matched."""
        return item.key in self.items

    def take(self, by: Pass, items: Sequence[Item], residual: int = 0) -> None:
        """Match items, which are then no longer open."""
        for each in items:
            del self.items[each.key]
        self.matches.append(Match(by, tuple(items), residual))

    def has(self, items: Iterable[Item]) -> list[Item]:
        """Those of the items that are still open."""
        return [each for each in items if each.key in self.items]

    def grouped(self, key: Callable[[Item], object]) -> list[list[Item]]:
        """Groups of two and more that share a key; what has none stands apart."""
        groups: dict[object, list[Item]] = defaultdict(list)
        for each in self.items.values():
            found = key(each)
            if found != "":
                groups[found].append(each)
        return [group for group in groups.values() if len(group) > 1]


def in_order(items: Iterable[Item]) -> dict[str, Item]:
    """Items by key, the earliest first."""
    return {each.key: each for each in sorted(items, key=lambda each: (each.day, each.side, each.key))}


def run_passes(state: Open, carried: set[str], currency: str, tolerance: int) -> list[tuple[Item, Item]]:
    """Match all that can be; the pairs that are one thing with two amounts."""
    for by, key in PAPERS:
        _by_paper(state, by, key)
    _by_amount(state)
    _by_tolerance(state, tolerance)
    _by_carried(state, carried)
    _by_sums(state)
    pairs = _corrected(state, _pairs_that_differ(state, currency))
    _cancel_within(state)
    return pairs


def _by_paper(state: Open, by: Pass, key: Callable[[Item], str]) -> None:
    """The same number or document: pairs of one amount first, then all that is left of it where it adds up."""
    for group in state.grouped(key):
        _pair_equal(state, group, by)
        rest = state.has(group)
        if len(rest) > 1 and sum(each.weight for each in rest) == 0 and not mixed(rest):
            state.take(by if len({each.side for each in rest}) > 1 else "cancelled_out", rest)


def _pair_equal(state: Open, group: Iterable[Item], by: Pass, fits: Callable[[Item, Item], bool] | None = None) -> None:
    """Pair items of the two sides that weigh nothing together, the earliest with the earliest. With ``fits``, what it refuses of the ten oldest
    is looked at no more often than that, and what lies too far back is left behind, so that many equal amounts stay cheap.
    """
    waiting: dict[tuple[ItemSide, int], deque[Item]] = defaultdict(deque)
    for each in group:
        against = waiting[OTHER[each.side], -each.weight]
        while fits is not None and against and not near(against[0].day, each.day):
            against.popleft()
        others = (against[at] for at in range(min(NEIGHBOURS, len(against))))
        other = next((one for one in others if (fits is None or fits(one, each)) and not mixed((one, each))), None)
        if other is None:
            waiting[each.side, each.weight].append(each)
        else:
            against.remove(other)
            state.take(by, (other, each))


def _by_amount(state: Open) -> None:
    for group in state.grouped(lambda each: abs(each.weight)):
        _pair_equal(state, group, "amount_and_date", both_near)


def _by_carried(state: Open, carried: set[str]) -> None:
    """What was open from before, with what the other side has booked since of the same amount, however late."""
    new = shelves((each for each in state.items.values() if each.key not in carried), lambda each: [(each.side, each.weight)])
    for old in [each for each in state.items.values() if each.key in carried]:
        against = new.get((OTHER[old.side], -old.weight))
        booked = _first_since(state, against, old) if against else None
        if booked is not None:
            state.take("carried", (old, booked))


def _first_since(state: Open, against: Shelf, old: Item) -> Item | None:
    later = islice(against.since(old.day, state.is_free), NEIGHBOURS)
    return next((each for each in later if not contradict(each, old) and not mixed((each, old))), None)


def _by_tolerance(state: Open, tolerance: int) -> None:
    """The same document, or days nearby, and amounts no further apart than the agreement lets one item be."""
    if tolerance <= 0:
        return
    ordered = sorted(state.items.values(), key=lambda each: (abs(each.weight), each.day, each.key))
    for one, other in pairwise(ordered):
        gap = one.weight + other.weight
        fits = one.side != other.side and abs(gap) <= tolerance and near(one.day, other.day) and not contradict(one, other)
        if fits and one.key in state.items and other.key in state.items and not mixed((one, other)):
            state.take("tolerance", (one, other), gap)


def _by_sums(state: Open) -> None:
    """One item of a side against two to six of the other nearby that add up to it, where only one choice of them does."""
    for side in ("creditor", "debtor"):
        single = [each for each in state.items.values() if each.side == side]
        many = [each for each in state.items.values() if each.side != side]
        days = [each.day for each in many]
        for each in single:
            at = bisect_left(days, each.day)
            around = many[max(0, at - NEIGHBOURS) : at + NEIGHBOURS]
            closest = sorted((one for one in around if one.key in state.items and both_near(one, each)), key=lambda one: abs(one.day - each.day))
            found = _only_sum(closest[:NEIGHBOURS], -each.weight)
            if found and not mixed((each, *found)):
                state.take("many", (each, *found))


def _only_sum(items: Sequence[Item], wanted: int) -> list[Item]:
    """The one choice of two to six items with a sum; nothing where there is none, or more than one. Met in the middle: 2 x 64 sums at most."""
    half = len(items) // 2
    left: dict[int, list[tuple[Item, ...]]] = defaultdict(list)
    for total, chosen in _subsets(items[:half]):
        left[total].append(chosen)
    found = [
        [*first, *second]
        for total, second in _subsets(items[half:])
        for first in left.get(wanted - total, ())
        if 2 <= len(first) + len(second) <= MANY_MAXIMUM
    ]
    return found[0] if len(found) == 1 else []


def _subsets(items: Sequence[Item]) -> list[tuple[int, tuple[Item, ...]]]:
    found: list[tuple[int, tuple[Item, ...]]] = [(0, ())]
    for each in items:
        found += [(total + each.weight, (*chosen, each)) for total, chosen in found]
    return found


def _pairs_that_differ(state: Open, currency: str) -> list[tuple[Item, Item]]:
    """Items of the two sides that are the same thing with another amount: one document, else days nearby and a slip that can be named."""
    found: list[tuple[Item, Item]] = []
    for _, key in PAPERS:
        for group in state.grouped(key):
            _pair_sides(state, state.has(group), lambda one, other: True, found)
    slips: tuple[Callable[[Item], object], ...] = (lambda each: abs(each.amount_minor), lambda each: figures_of(each.amount_minor))
    for slip in slips:
        for group in state.grouped(slip):
            _pair_sides(state, state.has(group), both_near, found)
    _pair_fees(state, currency, found)
    return found


def _pair_sides(state: Open, group: Sequence[Item], fits: Callable[[Item, Item], bool], found: list[tuple[Item, Item]]) -> None:
    debtors = deque(each for each in group if each.side == "debtor")
    for one in (each for each in group if each.side == "creditor"):
        other = next((each for each in islice(debtors, NEIGHBOURS) if fits(one, each) and not mixed((one, each))), None)
        if other is not None:
            debtors.remove(other)
            _set_aside(state, one, other, found)


def _pair_fees(state: Open, currency: str, found: list[tuple[Item, Item]]) -> None:
    """Payments that came in less a known fee of a bank."""
    against = shelves((each for each in state.items.values() if each.side == "debtor"), lambda each: [each.amount_minor])
    gaps = [sign * fee * 10 ** digits_of(currency) for fee in FEES for sign in (1, -1)]
    for one in [each for each in state.items.values() if each.side == "creditor"]:
        amounts = (against[one.amount_minor + gap] for gap in gaps if one.amount_minor + gap in against)
        near_it = (each.nearest(one.day, state.is_free, partial(_may_pair, one)) for each in amounts)
        other = next(filter(None, near_it), None)
        if other is not None:
            _set_aside(state, one, other, found)


def _may_pair(one: Item, other: Item) -> bool:
    return both_near(one, other) and not mixed((one, other))


def _set_aside(state: Open, one: Item, other: Item, found: list[tuple[Item, Item]]) -> None:
    del state.items[one.key], state.items[other.key]
    found.append((one, other))


def _corrected(state: Open, pairs: list[tuple[Item, Item]]) -> list[tuple[Item, Item]]:
    """The pairs that no later entry of either side has put right; what did is matched with them (W19-3)."""
    entries = shelves(state.items.values(), lambda each: [each.weight])
    still = []
    for one, other in pairs:
        against = entries.get(-(one.weight + other.weight), shelf(()))
        later = islice(against.since(max(one.day, other.day), state.is_free), NEIGHBOURS)
        entry = next((each for each in later if not mixed((one, other, each))), None)
        if entry is None:
            still.append((one, other))
            continue
        del state.items[entry.key]
        state.matches.append(Match("correction", (one, other, entry)))
    return still


def _cancel_within(state: Open) -> None:
    """What one side booked and took back again of the same paper or text."""
    for group in state.grouped(lambda each: (each.side, abs(each.weight), folded_reference(each.document) or each.text)):
        waiting: deque[Item] = deque()
        for each in group:
            other = next((one for one in islice(waiting, NEIGHBOURS) if one.weight == -each.weight and not mixed((one, each))), None)
            if other is None:
                waiting.append(each)
            else:
                waiting.remove(other)
                state.take("cancelled_out", (other, each))
