"""What two ledgers bring to a comparison, and what it gives: items that match, and differences, each with a class, an owner and a day."""

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Literal, get_args

import msgspec

from ledger.domain.comparison_items import Item, ItemSide, business_days_after
from ledger.domain.mirrors import Side
from ledger.domain.money import digits_of

Class = Literal[
    "timing", "missing_at_creditor", "missing_at_debtor", "missing_at_pool", "keying", "fx_rate", "fee", "wrong_fund", "wrong_counterparty",
    "duplicate", "wrong_sign", "period_cutoff", "disputed", "unexplained",
]  # fmt: skip
Pass = Literal["number", "reference", "amount_and_date", "tolerance", "carried", "many", "correction", "cancelled_out"]
Hint = Literal["", "opening", "later", "near_cutoff", "nine", "swapped", "half", "twin", "known_fee", "rate", "other_currency", "pool_only", "pool_differs"]
OTHER: dict[ItemSide, Side] = {"creditor": "debtor", "debtor": "creditor"}
CLASSES: tuple[Class, ...] = get_args(Class)
# Known bank fees, in units of the currency (domain.md 2.4).
FEES = (15, 18, 20, 25, 35)
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


class Before(msgspec.Struct, frozen=True):
    """What stands from earlier comparisons: differences still open, what was within the tolerance and nobody agreed to yet (``pending_minor``), and
    what was agreed to within it (``accepted_minor``), which is not asked again.
    """

    differences: tuple[Found, ...] = ()
    pending_minor: int = 0
    accepted_minor: int = 0


def identity_of(items: Iterable[Item]) -> str:
    """What names a difference for good: the items that make it, whatever was uploaded since."""
    return sha256("\n".join(sorted(each.key for each in items)).encode()).hexdigest()[:32]


def size_of_unexplained(weights: Sequence[int], unexplained_minor: int) -> int:
    """How much nobody can explain: the sizes of the differences (``weights``) and of what lies within the tolerance. Two errors that cancel out are two."""
    return sum(map(abs, weights)) + abs(unexplained_minor - sum(weights))


def kind_of_pair(one: Item, other: Item, currency: str) -> tuple[Class, Hint]:
    """Why the creditor's and the debtor's amount of one thing differ."""
    ours, theirs = one.amount_minor, other.amount_minor
    gap = abs(ours - theirs)
    if ours == -theirs:
        return "wrong_sign", "half"
    if figures_of(ours) == figures_of(theirs):
        return "keying", "swapped"
    if gap in {fee * 10 ** digits_of(currency) for fee in FEES}:
        return "fee", "known_fee"
    if one.exchanged or other.exchanged:
        return "fx_rate", "rate"
    return ("keying", "nine") if gap % 9 == 0 else ("unexplained", "")


def figures_of(amount: int) -> str:
    """The figures of an amount, sorted: what two amounts share whose figures were only swapped."""
    return "".join(sorted(str(abs(amount))))


def owner_of(found: Found) -> Side:
    """The side that has something to put right: the one that lacks it, that doubled it, or that the pool's journal disagrees with."""
    if found.kind == "missing_at_debtor" or found.kind == "missing_at_creditor":
        return "debtor" if found.kind == "missing_at_debtor" else "creditor"
    sides = {each.side for each in found.items}
    if len(sides) == 1:
        (only,) = sides
        if only == "pool":
            return "creditor"
        return only if found.kind == "duplicate" else OTHER[only]
    return "debtor" if found.pool_minor is not None and found.pool_minor == found.sum_of("creditor") else "creditor"


def due_on(kind: Class, cutoff: date) -> date:
    """Until when it is to be put right: a week of business days for what only needs an entry, two for what needs a paper."""
    return business_days_after(cutoff, _SOON if kind in _SOON_CLASSES else _LATER)
