"""Compare what one union's ledger says it is owed with what the other's says it owes, item by item, until only what differs is left, and say why.

Every item has a *weight*: the creditor's amount as it is, the debtor's turned round. Items that weigh nothing together agree; what is left weighs
exactly the difference of the two balances, so that nothing can get lost: creditor's balance - debtor's = sum of the items + unexplained (W19,
domain.md 2.4). The passes go from the strongest to the weakest; each takes n log n.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice, pairwise
from typing import Literal, get_args

import msgspec

from ledger.domain.comparison_items import (
    PAPERS,
    Item,
    ItemSide,
    both_near,
    business_days_after,
    contradict,
    folded_reference,
    mixed,
    near,
    papers_of,
)
from ledger.domain.comparison_shelves import NEIGHBOURS, Shelf, shelf, shelves
from ledger.domain.mirrors import Side
from ledger.domain.money import digits_of

Class = Literal[
    "timing", "missing_at_creditor", "missing_at_debtor", "missing_at_pool", "keying", "fx_rate", "fee", "wrong_fund", "wrong_counterparty",
    "duplicate", "wrong_sign", "period_cutoff", "disputed", "unexplained",
]  # fmt: skip
Pass = Literal["number", "reference", "amount_and_date", "tolerance", "carried", "many", "correction", "cancelled_out"]
Hint = Literal["", "opening", "later", "near_cutoff", "nine", "swapped", "half", "twin", "known_fee", "rate", "other_currency", "pool_only", "pool_differs"]
_OTHER: dict[ItemSide, Side] = {"creditor": "debtor", "debtor": "creditor"}
CLASSES: tuple[Class, ...] = get_args(Class)
# Known bank fees, in units of the currency (domain.md 2.4).
FEES = (15, 18, 20, 25, 35)
MANY_MAXIMUM = 6
# How long after a cut-off, or before, the same amount is taken for the same thing.
_FORTNIGHT = timedelta(days=14)
# What is due after a cut-off, in business days, by class.
_SOON, _LATER = 5, 10
_SOON_CLASSES = frozenset({"timing", "keying", "wrong_sign", "duplicate"})


class Match(msgspec.Struct, frozen=True):
    """Items that agree, and by which pass; ``residual_minor`` is not zero only within the tolerance. ``opening_minor`` is what the balances had
    differed by before the first row, where an item put that right.
    """

    by: Pass
    items: tuple[Item, ...]
    residual_minor: int = 0
    opening_minor: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: what each side has of it, why it differs, and what tells so. ``identity`` is the same whenever it is found again.

    ``later_on`` is the day on which the other side has it after the cut-off; ``pool_minor`` what the pool's journal has of it, None where it has not.
    ``of_pool`` says that both sides agree, or neither has it, and it is the pool's journal that differs: nothing of it is in the two balances.
    ``other_minor`` is what the other side has of it in ``other_currency``.
    """

    identity: str
    items: tuple[Item, ...]
    kind: Class
    hint: Hint = ""
    later_on: date | None = None
    pool_minor: int | None = None
    opening_minor: int = 0
    of_pool: bool = False
    other_currency: str = ""
    other_minor: int | None = None

    @property
    def weight(self) -> int:
        """Creditor's less debtor's."""
        return 0 if self.of_pool else self.opening_minor + sum(each.weight for each in self.items)

    def of(self, side: ItemSide) -> list[Item]:
        """The items of one side."""
        return [each for each in self.items if each.side == side]

    def sum_of(self, side: ItemSide) -> int | None:
        """What a side has of it, as that side sees the debt; None where it has nothing."""
        own = self.of(side)
        return sum(each.amount_minor for each in own) if own else None

    def day_of(self, side: ItemSide) -> date | None:
        """The first day of a side's items."""
        return min((each.day for each in self.of(side)), default=None)

    @property
    def day(self) -> date | None:
        """The first day of the creditor's items, else of any."""
        return self.day_of("creditor") or min((each.day for each in self.items), default=None)

    @property
    def reference(self) -> str:
        """What both may call it: the first document named, else the first words."""
        return next((each.document for each in self.items if each.document), next((each.text for each in self.items if each.text), ""))


class Ledger(msgspec.Struct, frozen=True):
    """What one side brings: its balance before the first day compared and at the cut-off, its items between, and those that it has after."""

    opening_minor: int
    closing_minor: int
    items: tuple[Item, ...]
    later: tuple[Item, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """Everything a comparison finds. ``difference_minor`` is the creditor's balance less the debtor's: the differences, what matches left within the
    tolerance (``within_minor``, with what earlier ones left that nobody agreed to yet), and what was agreed to within it before.
    """

    matches: tuple[Match, ...]
    differences: tuple[Found, ...]
    difference_minor: int
    unexplained_minor: int
    within_minor: int = 0


def size_of_unexplained(weights: Sequence[int], unexplained_minor: int) -> int:
    """How much nobody can explain: the sizes of the differences (``weights``) and of what lies within the tolerance. Two errors that cancel out are two."""
    return sum(map(abs, weights)) + abs(unexplained_minor - sum(weights))


# --- the passes -------------------------------------------------------------------------------------------------------------


class _Open(msgspec.Struct):
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


def _in_order(items: Iterable[Item]) -> dict[str, Item]:
    return {each.key: each for each in sorted(items, key=lambda each: (each.day, each.side, each.key))}


def _by_paper(state: _Open, by: Pass, key: Callable[[Item], str]) -> None:
    """The same number or document: pairs of one amount first, then all that is left of it where it adds up."""
    for group in state.grouped(key):
        _pair_equal(state, group, by)
        rest = state.has(group)
        if len(rest) > 1 and sum(each.weight for each in rest) == 0 and not mixed(rest):
            state.take(by if len({each.side for each in rest}) > 1 else "cancelled_out", rest)


def _pair_equal(state: _Open, group: Iterable[Item], by: Pass, fits: Callable[[Item, Item], bool] | None = None) -> None:
    """Pair items of the two sides that weigh nothing together, the earliest with the earliest. With ``fits``, what it refuses of the ten oldest
    is looked at no more often than that, and what lies too far back is left behind, so that many equal amounts stay cheap.
    """
    waiting: dict[tuple[ItemSide, int], deque[Item]] = defaultdict(deque)
    for each in group:
        against = waiting[_OTHER[each.side], -each.weight]
        while fits is not None and against and not near(against[0].day, each.day):
            against.popleft()
        others = (against[at] for at in range(min(NEIGHBOURS, len(against))))
        other = next((one for one in others if (fits is None or fits(one, each)) and not mixed((one, each))), None)
        if other is None:
            waiting[each.side, each.weight].append(each)
        else:
            against.remove(other)
            state.take(by, (other, each))


def _by_amount(state: _Open) -> None:
    for group in state.grouped(lambda each: abs(each.weight)):
        _pair_equal(state, group, "amount_and_date", both_near)


def _by_carried(state: _Open, carried: set[str]) -> None:
    """What was open from before, with what the other side has booked since of the same amount, however late."""
    new = shelves((each for each in state.items.values() if each.key not in carried), lambda each: [(each.side, each.weight)])
    for old in [each for each in state.items.values() if each.key in carried]:
        against = new.get((_OTHER[old.side], -old.weight))
        booked = _first_since(state, against, old) if against else None
        if booked is not None:
            state.take("carried", (old, booked))


def _first_since(state: _Open, against: Shelf, old: Item) -> Item | None:
    later = islice(against.since(old.day, state.is_free), NEIGHBOURS)
    return next((each for each in later if not contradict(each, old) and not mixed((each, old))), None)


def _by_tolerance(state: _Open, tolerance: int) -> None:
    """The same document, or days nearby, and amounts no further apart than the agreement lets one item be."""
    if tolerance <= 0:
        return
    ordered = sorted(state.items.values(), key=lambda each: (abs(each.weight), each.day, each.key))
    for one, other in pairwise(ordered):
        gap = one.weight + other.weight
        fits = one.side != other.side and abs(gap) <= tolerance and near(one.day, other.day) and not contradict(one, other)
        if fits and one.key in state.items and other.key in state.items and not mixed((one, other)):
            state.take("tolerance", (one, other), gap)


def _by_sums(state: _Open) -> None:
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


# --- what is left -----------------------------------------------------------------------------------------------------------


def _pairs_that_differ(state: _Open, currency: str) -> list[tuple[Item, Item]]:
    """Items of the two sides that are the same thing with another amount: one document, else days nearby and a slip that can be named."""
    found: list[tuple[Item, Item]] = []
    for _, key in PAPERS:
        for group in state.grouped(key):
            _pair_sides(state, state.has(group), lambda one, other: True, found)
    slips: tuple[Callable[[Item], object], ...] = (lambda each: abs(each.amount_minor), lambda each: _digits(each.amount_minor))
    for slip in slips:
        for group in state.grouped(slip):
            _pair_sides(state, state.has(group), both_near, found)
    _pair_fees(state, currency, found)
    return found


def _digits(amount: int) -> str:
    """The figures of an amount, sorted: what two amounts share whose figures were only swapped."""
    return "".join(sorted(str(abs(amount))))


def _pair_sides(state: _Open, group: Sequence[Item], fits: Callable[[Item, Item], bool], found: list[tuple[Item, Item]]) -> None:
    debtors = deque(each for each in group if each.side == "debtor")
    for one in (each for each in group if each.side == "creditor"):
        other = next((each for each in islice(debtors, NEIGHBOURS) if fits(one, each) and not mixed((one, each))), None)
        if other is not None:
            debtors.remove(other)
            _set_aside(state, one, other, found)


def _pair_fees(state: _Open, currency: str, found: list[tuple[Item, Item]]) -> None:
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


def _set_aside(state: _Open, one: Item, other: Item, found: list[tuple[Item, Item]]) -> None:
    del state.items[one.key], state.items[other.key]
    found.append((one, other))


def _corrected(state: _Open, pairs: list[tuple[Item, Item]]) -> list[tuple[Item, Item]]:
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


def kind_of_pair(one: Item, other: Item, currency: str) -> tuple[Class, Hint]:
    """Why the creditor's and the debtor's amount of one thing differ."""
    ours, theirs = one.amount_minor, other.amount_minor
    gap = abs(ours - theirs)
    if ours == -theirs:
        return "wrong_sign", "half"
    if _digits(ours) == _digits(theirs):
        return "keying", "swapped"
    if gap in {fee * 10 ** digits_of(currency) for fee in FEES}:
        return "fee", "known_fee"
    if one.exchanged or other.exchanged:
        return "fx_rate", "rate"
    return ("keying", "nine") if gap % 9 == 0 else ("unexplained", "")


class _Against(msgspec.Struct):
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


def _against(items: Collection[Item]) -> _Against:
    return _Against(
        shelves(items, lambda each: [each.amount_minor]), shelves(items, papers_of),
        shelves(items, lambda each: [(name, each.amount_minor) for name in papers_of(each)]),
    )  # fmt: skip


def _kind_of_single(item: Item, later: Item | None, cutoff: date, is_double: bool, sender: Side) -> tuple[Class, Hint]:
    """Why one side has what the other has not."""
    if later is not None:
        return "timing", "later"
    if is_double:
        return "duplicate", "twin"
    if item.side == sender and (item.amount_minor < 0) == (sender == "debtor") and near(item.day, cutoff):
        # A payment sent in the last days before a cut-off arrives after it. It takes off a debt; to the pool it is what is paid in.
        return "timing", "near_cutoff"
    return ("missing_at_debtor" if item.side == "creditor" else "missing_at_creditor"), ""


def _twins(items: Iterable[Item]) -> set[str]:
    """The keys of items that say what an earlier one of their side said: one document and amount, or one day, amount and text."""
    seen: set[tuple[object, ...]] = set()
    found = set()
    for each in sorted(items, key=lambda each: (each.day, each.key)):
        document = folded_reference(each.document)
        mark = (each.side, each.amount_minor, document) if document else (each.side, each.amount_minor, each.day, each.text)
        if mark in seen:
            found.add(each.key)
        seen.add(mark)
    return found


def identity_of(items: Iterable[Item]) -> str:
    """What names a difference for good: the items that make it, whatever was uploaded since."""
    return sha256("\n".join(sorted(each.key for each in items)).encode()).hexdigest()[:32]


# --- all of it --------------------------------------------------------------------------------------------------------------


class Before(msgspec.Struct, frozen=True):
    """What stands from earlier comparisons: differences still open, what was within the tolerance and nobody agreed to yet (``pending_minor``), and
    what was agreed to within it (``accepted_minor``), which is not asked again.
    """

    differences: tuple[Found, ...] = ()
    pending_minor: int = 0
    accepted_minor: int = 0


_NOTHING = Before()


def compare(
    creditor: Ledger, debtor: Ledger, pool: Ledger | None, cutoff: date, currency: str, *, first: date = date.min, tolerance: int = 0,
    before: Before = _NOTHING, classed: Mapping[str, Class] | None = None, lists_pool: bool = True, sender: Side = "debtor",
) -> Outcome:  # fmt: skip
    """Compare two ledgers from ``first`` to a cut-off. ``classed`` is what people said of differences, by identity, which holds over what is guessed
    here. ``pool`` is the pool's own, as the creditor sees it, with earlier rows that may be what is still open; with ``lists_pool``, what both
    sides have and it has not, and what it alone has, are differences as well. ``sender`` is the side that pays.
    """
    state = _Open(_in_order([*creditor.items, *debtor.items, *(each for one in before.differences if not one.of_pool for each in one.items)]))
    every = list(state.items.values())
    pairs = _passes(state, {each.key for one in before.differences for each in one.items}, currency, tolerance)
    opening = _opening(creditor.opening_minor - debtor.opening_minor, before, first)
    opening = [each for each in opening if not _put_right(state, each)]
    differences = [*opening, *(_of_pair(one, other, currency) for one, other in pairs), *_singles(state, creditor, debtor, cutoff, _twins(every), sender)]
    if pool is not None:
        differences = _held_against(pool, differences, state.matches, before, first, lists_pool, currency)
    differences = [_said(each, classed or {}) for each in differences]
    differences.sort(key=lambda each: (each.day or date.min, each.identity))
    within = before.pending_minor + sum(each.residual_minor for each in state.matches)
    unexplained = within + sum(each.weight for each in differences if each.kind == "unexplained")
    return Outcome(tuple(state.matches), tuple(differences), creditor.closing_minor - debtor.closing_minor, unexplained, within)


def _passes(state: _Open, carried: set[str], currency: str, tolerance: int) -> list[tuple[Item, Item]]:
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


def _cancel_within(state: _Open) -> None:
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


def _of_pair(one: Item, other: Item, currency: str) -> Found:
    kind, hint = kind_of_pair(one, other, currency)
    return Found(identity=identity_of((one, other)), items=(one, other), kind=kind, hint=hint)


def _singles(state: _Open, creditor: Ledger, debtor: Ledger, cutoff: date, twins: set[str], sender: Side) -> list[Found]:
    later: dict[ItemSide, _Against] = {"creditor": _against(debtor.later), "debtor": _against(creditor.later)}
    found = []
    for each in state.items.values():
        after = later[each.side].find(each)
        kind, hint = _kind_of_single(each, after, cutoff, each.key in twins, sender)
        found.append(Found(identity=identity_of((each,)), items=(each,), kind=kind, hint=hint, later_on=after.day if after else None))
    return found


def _opening(gap: int, before: Before, first: date) -> list[Found]:
    """What the balances differed by before the first row, less what is known of it. Each keeps its name, the day from which it was compared."""
    carried = [each for each in before.differences if each.opening_minor]
    gap -= sum(each.weight for each in before.differences) + before.pending_minor + before.accepted_minor
    undone = next((each for each in carried if each.opening_minor == -gap), None)
    if undone is not None:
        return [each for each in carried if each is not undone]
    new = Found(identity=f"opening {first.isoformat()}", items=(), kind="unexplained", hint="opening", opening_minor=gap)
    return [*carried, new] if gap else carried


def _put_right(state: _Open, opening: Found) -> bool:
    """Whether one entry since makes up for it to the cent; it is then matched."""
    entry = next((each for each in state.items.values() if each.weight == -opening.opening_minor), None)
    if entry is None:
        return False
    del state.items[entry.key]
    state.matches.append(Match("correction", (entry,), opening_minor=opening.opening_minor))
    return True


def _said(found: Found, classed: Mapping[str, Class]) -> Found:
    return msgspec.structs.replace(found, kind=classed[found.identity]) if found.identity in classed else found


# --- the pool's own journal -------------------------------------------------------------------------------------------------


def _held_against(
    pool: Ledger, differences: Sequence[Found], matches: Sequence[Match], before: Before, first: date, lists_pool: bool, currency: str
) -> list[Found]:  # fmt: skip
    """Each difference with what the pool's journal has of it. What both sides have and the pool lacks, and what it alone has, come after them."""
    against, later = _against(pool.items), _against(pool.later)
    lacking = [each for each in before.differences if each.of_pool and not _is_pool_s(each) and not _has(against, each.items)]
    unmatched = [match for match in matches if not _has(against, match.items)]
    seen = [msgspec.structs.replace(each, pool_minor=_minor_in(against, each)) for each in differences]
    if not lists_pool:
        return seen
    lacking += [_missing(match, against, later, currency) for match in unmatched if len({each.side for each in match.items}) > 1]
    known = {each.key for one in before.differences if _is_pool_s(one) for each in one.items}
    alone = [each for each in pool.items if against.is_free(each) and (each.day >= first or each.key in known)]
    return [*seen, *lacking, *map(_alone, alone)]


def _is_pool_s(found: Found) -> bool:
    return any(each.side == "pool" for each in found.items)


def _has(against: _Against, items: Sequence[Item]) -> bool:
    """Whether the pool has all that one side says of a thing, by either side's rows."""
    sides = ([each for each in items if each.side == side] for side in ("creditor", "debtor"))
    return any(own and _has_each(against, own) for own in sides)


def _has_each(against: _Against, items: Sequence[Item]) -> bool:
    """Whether the pool has every one of them; where it lacks one, what it has of the others stays free."""
    found = [against.find(each) for each in items]
    if None not in found:
        return True
    against.used -= {each.key for each in found if each is not None}
    return False


def _minor_in(against: _Against, found: Found) -> int | None:
    has = next((mine for each in found.items if (mine := against.find(each) or against.of_paper(each))), None)
    return has.amount_minor if has else None


def _missing(match: Match, against: _Against, later: _Against, currency: str) -> Found:
    """What both sides agree on and the pool has of another amount, later, or not at all."""
    ours = next(each for each in match.items if each.side == "creditor")
    other, after = against.of_paper(ours), later.find(ours)
    kind: Class = "timing" if after else kind_of_pair(ours, other, currency)[0] if other else "missing_at_pool"
    return Found(
        identity=f"pool {identity_of(match.items)}", items=match.items, kind=kind, of_pool=True, later_on=after.day if after else None,
        hint="pool_differs" if other and not after else "", pool_minor=other.amount_minor if other else None,
    )  # fmt: skip


def _alone(item: Item) -> Found:
    """What neither side has: the creditor's treasury sees to it first."""
    return Found(
        identity=f"pool {identity_of((item,))}", items=(item,), kind="missing_at_creditor", hint="pool_only", pool_minor=item.amount_minor, of_pool=True
    )


# --- who sees to it ---------------------------------------------------------------------------------------------------------


def owner_of(found: Found) -> Side:
    """The side that has something to put right: the one that lacks it, that doubled it, or that the pool's journal disagrees with."""
    if found.kind == "missing_at_debtor" or found.kind == "missing_at_creditor":
        return "debtor" if found.kind == "missing_at_debtor" else "creditor"
    sides = {each.side for each in found.items}
    if len(sides) == 1:
        (only,) = sides
        if only == "pool":
            return "creditor"
        return only if found.kind == "duplicate" else _OTHER[only]
    return "debtor" if found.pool_minor is not None and found.pool_minor == found.sum_of("creditor") else "creditor"


def due_on(kind: Class, cutoff: date) -> date:
    """Until when it is to be put right: a week of business days for what only needs an entry, two for what needs a paper."""
    return business_days_after(cutoff, _SOON if kind in _SOON_CLASSES else _LATER)
