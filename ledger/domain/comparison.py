"""Compare what one union's ledger says it is owed with what the other's says it owes, item by item, until only what differs is left, and say why.

Every item has a *weight*: the creditor's amount as it is, the debtor's turned round. Items that weigh nothing together agree; what is left weighs
exactly the difference of the two balances, so that nothing can get lost: creditor's balance - debtor's = sum of the items + unexplained (W19,
domain.md 2.4). The passes are in :mod:`ledger.domain.comparison_passes`.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from ledger.domain.comparison_against import Against, gathered
from ledger.domain.comparison_found import Before, Class, Found, Hint, Ledger, Match, Outcome, identity_of, kind_of_pair
from ledger.domain.comparison_items import Item, ItemSide, folded_reference, near
from ledger.domain.comparison_passes import Open, in_order, run_passes
from ledger.domain.comparison_pool import held_against
from ledger.domain.mirrors import Side

_NOTHING = Before()


def compare(
    creditor: Ledger, debtor: Ledger, pool: Ledger | None, cutoff: date, currency: str, *, first: date = date.min, tolerance: int = 0,
    before: Before = _NOTHING, classed: Mapping[str, Class] | None = None, lists_pool: bool = True, sender: Side = "debtor",
) -> Outcome:  # fmt: skip
    """Compare two ledgers from ``first`` to a cut-off. ``classed`` is what people said of differences, by identity, which holds over what is guessed
    here. ``pool`` is the pool's own, as the creditor sees it, with earlier rows that may be what is still open; with ``lists_pool``, what both
    sides have and it has not, and what it alone has, are differences as well. ``sender`` is the side that pays.
    """
    state = Open(in_order([*creditor.items, *debtor.items, *(each for one in before.differences if not one.of_pool for each in one.items)]))
    every = list(state.items.values())
    pairs = run_passes(state, {each.key for one in before.differences for each in one.items}, currency, tolerance)
    opening = _opening(creditor.opening_minor - debtor.opening_minor, before, first)
    opening = [each for each in opening if not _put_right(state, each)]
    differences = [*opening, *(_of_pair(one, other, currency) for one, other in pairs), *_singles(state, creditor, debtor, cutoff, _twins(every), sender)]
    if pool is not None:
        differences = held_against(pool, differences, state.matches, before, first, lists_pool, currency)
    differences = [_said(each, classed or {}) for each in differences]
    differences.sort(key=lambda each: (each.day or date.min, each.identity))
    within = before.pending_minor + sum(each.residual_minor for each in state.matches)
    unexplained = within + sum(each.weight for each in differences if each.kind == "unexplained")
    return Outcome(tuple(state.matches), tuple(differences), creditor.closing_minor - debtor.closing_minor, unexplained, within)


def _of_pair(one: Item, other: Item, currency: str) -> Found:
    kind, hint = kind_of_pair(one, other, currency)
    return Found(identity=identity_of((one, other)), items=(one, other), kind=kind, hint=hint)


def _singles(state: Open, creditor: Ledger, debtor: Ledger, cutoff: date, twins: set[str], sender: Side) -> list[Found]:
    later: dict[ItemSide, Against] = {"creditor": gathered(debtor.later), "debtor": gathered(creditor.later)}
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


def _put_right(state: Open, opening: Found) -> bool:
    """Whether one entry since makes up for it to the cent; it is then matched."""
    entry = next((each for each in state.items.values() if each.weight == -opening.opening_minor), None)
    if entry is None:
        return False
    del state.items[entry.key]
    state.matches.append(Match("correction", (entry,), opening_minor=opening.opening_minor))
    return True


def _said(found: Found, classed: Mapping[str, Class]) -> Found:
    return msgspec.structs.replace(found, kind=classed[found.identity]) if found.identity in classed else found


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
