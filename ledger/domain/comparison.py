"""Compare what one union's ledger says it is owed with what the other's says it owes, item by item, until only what differs is left, and say why.

Every item has a *weight*: the creditor's amount as it is, the debtor's turned round. Items that weigh nothing together agree; what is left weighs
exactly the difference of the two balances, so that nothing can get lost: creditor's balance - debtor's = sum of the items + unexplained (W19,
domain.md 2.4). The passes go from the strongest to the weakest; each takes n log n.
"""

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Literal, get_args

import msgspec

from ledger.domain.mirrors import Side
from ledger.domain.money import digits_of

Class = Literal[
    "timing", "missing_at_creditor", "missing_at_debtor", "keying", "fx_rate", "fee", "wrong_fund", "wrong_counterparty", "duplicate", "wrong_sign",
    "period_cutoff", "disputed", "unexplained",
]  # fmt: skip
Pass = Literal["number", "reference", "amount_and_date", "tolerance", "carried", "many", "correction", "cancelled_out"]
Hint = Literal["", "opening", "later", "near_cutoff", "nine", "swapped", "half", "twin", "known_fee", "rate", "one_union"]
_OTHER: dict[Side, Side] = {"creditor": "debtor", "debtor": "creditor"}
CLASSES: tuple[Class, ...] = get_args(Class)
WINDOW_BUSINESS_DAYS = 5
# Known bank fees, in units of the currency (domain.md 2.4).
FEES = (15, 18, 20, 25, 35)
MANY_MAXIMUM = 6
# How many neighbours in time a sum is looked for among.
_NEIGHBOURS = 12
# What is due after a cut-off, in business days, by class.
_SOON, _LATER = 5, 10
_SOON_CLASSES = frozenset({"timing", "keying", "wrong_sign", "duplicate"})
_WORD = re.compile(r"[0-9A-Z]+", re.ASCII)
# The pool's own numbers of what stands in both books: a step, a transfer, a delivery, a loan and so on.
_NUMBER = re.compile(r"\b(?:M|T|DL|BK|JC|EQ|L)-[0-9]{4,9}\b", re.ASCII)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One row of one side. ``amount_minor`` is what it adds to the debt in that side's own eyes; ``key`` tells it from every other, the same in
    every upload; ``nation`` is that of a fund that is kept to one nation, where it is known; ``exchanged`` says that another currency was paid.
    """

    key: str
    side: Side
    day: date
    amount_minor: int
    document: str = ""
    text: str = ""
    nation: str = ""
    exchanged: bool = False

    @property
    def weight(self) -> int:
        """What it adds to the difference of the two balances."""
        return self.amount_minor if self.side == "creditor" else -self.amount_minor


class Match(msgspec.Struct, frozen=True):
    """Items that agree, and by which pass; ``residual_minor`` is not zero only within the tolerance."""

    by: Pass
    items: tuple[Item, ...]
    residual_minor: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: what each side has of it, why it differs, and what tells so. ``identity`` is the same whenever it is found again.

    ``later_on`` is the day on which the other side has it after the cut-off; ``pool_minor`` what the pool's journal has of it, None where it has not.
    """

    identity: str
    items: tuple[Item, ...]
    kind: Class
    hint: Hint = ""
    later_on: date | None = None
    pool_minor: int | None = None
    opening_minor: int = 0

    @property
    def weight(self) -> int:
        """Creditor's less debtor's."""
        return self.opening_minor + sum(each.weight for each in self.items)

    def of(self, side: Side) -> list[Item]:
        """The items of one side."""
        return [each for each in self.items if each.side == side]

    def sum_of(self, side: Side) -> int | None:
        """What a side has of it, as that side sees the debt; None where it has nothing."""
        own = self.of(side)
        return sum(each.amount_minor for each in own) if own else None

    def day_of(self, side: Side) -> date | None:
        """The first day of a side's items."""
        return min((each.day for each in self.of(side)), default=None)

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
    """Everything a comparison finds. ``difference_minor`` is the creditor's balance less the debtor's."""

    matches: tuple[Match, ...]
    differences: tuple[Found, ...]
    difference_minor: int
    unexplained_minor: int
    pool_only: tuple[Item, ...] = ()


def size_of_unexplained(weights: Sequence[int], unexplained_minor: int) -> int:
    """How much nobody can explain: the sizes of the differences (``weights``) and of what lies within the tolerance. Two errors that cancel out are two."""
    return sum(map(abs, weights)) + abs(unexplained_minor - sum(weights))


# --- business days ----------------------------------------------------------------------------------------------------------


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


def _bare(reference: str) -> str:
    """Its digits alone, where it has at least three: ``INV2211`` and ``2211`` are the same paper."""
    digits = "".join(filter(str.isdigit, reference)).lstrip("0")
    return digits if len(digits) >= 3 else ""


def _mixed(items: Iterable[Item]) -> bool:
    """Whether items are of funds that are kept to different nations: those never match (domain.md 2.4)."""
    return len({each.nation for each in items if each.nation}) > 1


# By what names of one paper items are brought together, the strongest first.
PAPERS: tuple[tuple[Pass, Callable[[Item], str]], ...] = (
    ("number", number_of), ("reference", lambda each: folded_reference(each.document)), ("reference", lambda each: _bare(each.document)),
)


# --- the passes -------------------------------------------------------------------------------------------------------------


class _Open(msgspec.Struct):
    """The items that are not yet matched, by key in the order of their days, and the matches made."""

    items: dict[str, Item]
    matches: list[Match] = []

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
        if len(rest) > 1 and sum(each.weight for each in rest) == 0 and not _mixed(rest):
            state.take(by if len({each.side for each in rest}) > 1 else "cancelled_out", rest)


def _pair_equal(state: _Open, group: Iterable[Item], by: Pass, fits: Callable[[Item, Item], bool] | None = None) -> None:
    """Pair items of the two sides that weigh nothing together, the earliest with the earliest. With ``fits``, what it refuses of the ten oldest
    is looked at no more often than that, and what lies too far back is left behind, so that many equal amounts stay cheap.
    """
    waiting: dict[tuple[Side, int], deque[Item]] = defaultdict(deque)
    for each in group:
        against = waiting[_OTHER[each.side], -each.weight]
        while fits is not None and against and not near(against[0].day, each.day):
            against.popleft()
        others = (against[at] for at in range(min(_NEIGHBOURS, len(against))))
        other = next((one for one in others if (fits is None or fits(one, each)) and not _mixed((one, each))), None)
        if other is None:
            waiting[each.side, each.weight].append(each)
        else:
            against.remove(other)
            state.take(by, (other, each))


def _by_amount(state: _Open) -> None:
    for group in state.grouped(lambda each: abs(each.weight)):
        _pair_equal(state, group, "amount_and_date", _both_near)


def _by_carried(state: _Open, carried: set[str]) -> None:
    """What was open from before, with what the other side has booked since of the same amount, however late."""
    for group in state.grouped(lambda each: each.weight if each.side == "creditor" else -each.weight):
        for old in [each for each in group if each.key in carried]:
            fits = (one for one in state.has(group) if one.key not in carried and one.side != old.side and one.weight == -old.weight)
            new = next((one for one in fits if one.day >= old.day and not _contradict(one, old) and not _mixed((one, old))), None)
            if new is not None:
                state.take("carried", (old, new))


def _both_near(one: Item, other: Item) -> bool:
    """Near in time, and not two papers of different numbers."""
    return near(one.day, other.day) and not _contradict(one, other)


def _contradict(one: Item, other: Item) -> bool:
    """Whether both name a numbered paper and not the same: two invoices of one amount are two invoices."""
    first, second = _bare(one.document), _bare(other.document)
    return bool(first and second and first != second)


def _by_tolerance(state: _Open, tolerance: int) -> None:
    """The same document, or days nearby, and amounts no further apart than the agreement lets one item be."""
    if tolerance <= 0:
        return
    ordered = sorted(state.items.values(), key=lambda each: (abs(each.weight), each.day, each.key))
    for one, other in pairwise(ordered):
        gap = one.weight + other.weight
        fits = one.side != other.side and abs(gap) <= tolerance and near(one.day, other.day) and not _contradict(one, other)
        if fits and one.key in state.items and other.key in state.items and not _mixed((one, other)):
            state.take("tolerance", (one, other), gap)


def _by_sums(state: _Open) -> None:
    """One item of a side against two to six of the other nearby that add up to it, where only one choice of them does."""
    for side in ("creditor", "debtor"):
        single = [each for each in state.items.values() if each.side == side]
        many = [each for each in state.items.values() if each.side != side]
        days = [each.day for each in many]
        for each in single:
            at = bisect_left(days, each.day)
            around = many[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]
            closest = sorted((one for one in around if one.key in state.items and _both_near(one, each)), key=lambda one: abs(one.day - each.day))
            found = _only_sum(closest[:_NEIGHBOURS], -each.weight)
            if found and not _mixed((each, *found)):
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
            _pair_sides(state, state.has(group), _both_near, found)
    _pair_fees(state, currency, found)
    return found


def _digits(amount: int) -> str:
    """The figures of an amount, sorted: what two amounts share whose figures were only swapped."""
    return "".join(sorted(str(abs(amount))))


def _pair_sides(state: _Open, group: Sequence[Item], fits: Callable[[Item, Item], bool], found: list[tuple[Item, Item]]) -> None:
    debtors = [each for each in group if each.side == "debtor"]
    for one in (each for each in group if each.side == "creditor"):
        other = next((each for each in debtors[:_NEIGHBOURS] if fits(one, each) and not _mixed((one, each))), None)
        if other is not None:
            debtors.remove(other)
            _set_aside(state, one, other, found)


def _pair_fees(state: _Open, currency: str, found: list[tuple[Item, Item]]) -> None:
    """Payments that came in less a known fee of a bank."""
    amounts: dict[int, list[Item]] = defaultdict(list)
    for each in state.items.values():
        if each.side == "debtor":
            amounts[each.amount_minor].append(each)
    for one in [each for each in state.items.values() if each.side == "creditor"]:
        gaps = (sign * fee * 10 ** digits_of(currency) for fee in FEES for sign in (1, -1))
        against = (each for gap in gaps for each in amounts.get(one.amount_minor + gap, ())[:_NEIGHBOURS])
        other = next((each for each in against if each.key in state.items and _both_near(one, each) and not _mixed((one, each))), None)
        if other is not None:
            _set_aside(state, one, other, found)


def _set_aside(state: _Open, one: Item, other: Item, found: list[tuple[Item, Item]]) -> None:
    del state.items[one.key], state.items[other.key]
    found.append((one, other))


def _corrected(state: _Open, pairs: list[tuple[Item, Item]]) -> list[tuple[Item, Item]]:
    """The pairs that no later entry of either side has put right; what did is matched with them (W19-3)."""
    weights: dict[int, list[Item]] = defaultdict(list)
    for each in state.items.values():
        weights[each.weight].append(each)
    still = []
    for one, other in pairs:
        since = max(one.day, other.day)
        fits = (each for each in weights.get(-(one.weight + other.weight), ()) if each.key in state.items and each.day >= since)
        entry = next(fits, None)
        if entry is None or _mixed((one, other, entry)):
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
    """What a left item is looked for among: by amount, and by the names of its paper."""

    by_amount: dict[int, list[Item]]
    by_paper: dict[str, list[Item]]

    def same_paper(self, item: Item) -> list[Item]:
        """Those of the item's number or document."""
        return next((found for _, key in PAPERS if (found := self.by_paper.get(key(item)))), [])

    def find(self, item: Item, used: set[str]) -> Item | None:
        """The one of the same document and amount, else the nearest of the same amount within a fortnight."""
        exact = [each for each in self.same_paper(item) if each.amount_minor == item.amount_minor and each.key not in used]
        around = [
            each for each in self.by_amount.get(item.amount_minor, ())
            if each.key not in used and not _contradict(each, item) and abs(each.day - item.day) <= timedelta(days=14)
        ]  # fmt: skip
        return min(exact or around, key=lambda each: abs(each.day - item.day), default=None)


def _against(items: Iterable[Item]) -> _Against:
    found = _Against(defaultdict(list), defaultdict(list))
    for each in items:
        found.by_amount[each.amount_minor].append(each)
        for name in {key(each) for _, key in PAPERS} - {""}:
            found.by_paper[name].append(each)
    return found


def _kind_of_single(item: Item, later: Item | None, cutoff: date, is_double: bool) -> tuple[Class, Hint]:
    """Why one side has what the other has not."""
    if later is not None:
        return "timing", "later"
    if is_double:
        return "duplicate", "twin"
    if item.side == "debtor" and item.amount_minor < 0 and near(item.day, cutoff):
        # A payment sent in the last days before a cut-off arrives after it.
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


def compare(
    creditor: Ledger, debtor: Ledger, pool: Sequence[Item], cutoff: date, currency: str, *, tolerance: int = 0,
    carried: Sequence[Found] = (), classed: Mapping[str, Class] | None = None,
) -> Outcome:  # fmt: skip
    """Compare two ledgers at a cut-off. ``carried`` are the differences that were open before their first day; ``classed`` what people said
    of differences, by identity, which holds over what is guessed here. ``pool`` are the pool's own items, as the creditor sees them.
    """
    old = [each for found in carried for each in found.items]
    state = _Open(_in_order([*creditor.items, *debtor.items, *old]))
    every = list(state.items.values())
    for by, key in PAPERS:
        _by_paper(state, by, key)
    _by_amount(state)
    _by_tolerance(state, tolerance)
    _by_carried(state, {each.key for each in old})
    _by_sums(state)
    pairs = _corrected(state, _pairs_that_differ(state, currency))
    _cancel_within(state)
    differences = [_of_pair(one, other, currency) for one, other in pairs]
    differences += _singles(state, creditor, debtor, cutoff, _twins(every))
    opening = creditor.opening_minor - debtor.opening_minor - sum(each.weight for each in carried)
    differences += _opening(opening, carried)
    differences = [_said(each, classed or {}) for each in differences]
    differences.sort(key=lambda each: (each.day_of("creditor") or each.day_of("debtor") or date.min, each.identity))
    seen, pool_only = _seen_by_pool(differences, state.matches, pool)
    within = sum(each.residual_minor for each in state.matches)
    unexplained = within + sum(each.weight for each in seen if each.kind == "unexplained")
    return Outcome(tuple(state.matches), tuple(seen), creditor.closing_minor - debtor.closing_minor, unexplained, pool_only)


def _cancel_within(state: _Open) -> None:
    """What one side booked and took back again of the same paper or text."""
    for group in state.grouped(lambda each: (each.side, abs(each.weight), folded_reference(each.document) or each.text)):
        waiting: list[Item] = []
        for each in group:
            other = next((one for one in waiting[:_NEIGHBOURS] if one.weight == -each.weight and not _mixed((one, each))), None)
            if other is None:
                waiting.append(each)
            else:
                waiting.remove(other)
                state.take("cancelled_out", (other, each))


def _of_pair(one: Item, other: Item, currency: str) -> Found:
    kind, hint = kind_of_pair(one, other, currency)
    return Found(identity=identity_of((one, other)), items=(one, other), kind=kind, hint=hint)


def _singles(state: _Open, creditor: Ledger, debtor: Ledger, cutoff: date, twins: set[str]) -> list[Found]:
    later: dict[Side, _Against] = {"creditor": _against(debtor.later), "debtor": _against(creditor.later)}
    used: set[str] = set()
    found = []
    for each in state.items.values():
        after = later[each.side].find(each, used)
        used |= {after.key} if after else set()
        kind, hint = _kind_of_single(each, after, cutoff, each.key in twins)
        found.append(Found(identity=identity_of((each,)), items=(each,), kind=kind, hint=hint, later_on=after.day if after else None))
    return found


def _opening(opening: int, carried: Sequence[Found]) -> list[Found]:
    """What the balances differed by before the first row, less what is carried and known."""
    opening += sum(each.opening_minor for each in carried)
    if not opening:
        return []
    return [Found(identity=f"opening {opening}", items=(), kind="unexplained", hint="opening", opening_minor=opening)]


def _said(found: Found, classed: Mapping[str, Class]) -> Found:
    return msgspec.structs.replace(found, kind=classed[found.identity]) if found.identity in classed else found


def _seen_by_pool(differences: Sequence[Found], matches: Sequence[Match], pool: Sequence[Item]) -> tuple[list[Found], tuple[Item, ...]]:
    """Each difference with what the pool's journal has of it; and what only the pool has."""
    against, used = _against(pool), set[str]()
    for match in matches:
        ours = [_use(against, each, used) for each in match.items if each.side == "creditor"]
        if not all(ours):
            used |= {one.key for each in match.items if each.side == "debtor" and (one := _use(against, each, used))}
    seen = []
    for found in differences:
        has = next((mine for each in found.items if (mine := _use(against, each, used) or _first(against.same_paper(each), used))), None)
        seen.append(msgspec.structs.replace(found, pool_minor=has.amount_minor if has else None))
    return seen, tuple(each for each in pool if each.key not in used)


def _use(against: _Against, item: Item, used: set[str]) -> Item | None:
    found = against.find(item, used)
    used |= {found.key} if found else set()
    return found


def _first(items: Iterable[Item], used: set[str]) -> Item | None:
    found = next((each for each in items if each.key not in used), None)
    used |= {found.key} if found else set()
    return found


# --- who sees to it ---------------------------------------------------------------------------------------------------------


def owner_of(found: Found) -> Side:
    """The side that has something to put right: the one that lacks it, that doubled it, or that the pool's journal disagrees with."""
    if found.kind == "missing_at_debtor" or found.kind == "missing_at_creditor":
        return "debtor" if found.kind == "missing_at_debtor" else "creditor"
    sides = {each.side for each in found.items}
    if len(sides) == 1:
        (only,) = sides
        return only if found.kind == "duplicate" else _OTHER[only]
    return "debtor" if found.pool_minor is not None and found.pool_minor == found.sum_of("creditor") else "creditor"


def due_on(kind: Class, cutoff: date) -> date:
    """Until when it is to be put right: a week of business days for what only needs an entry, two for what needs a paper."""
    return business_days_after(cutoff, _SOON if kind in _SOON_CLASSES else _LATER)
