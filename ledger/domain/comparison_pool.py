"""Hold what two ledgers say of each other against the pool's own journal."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.comparison_against import Against, gathered
from ledger.domain.comparison_found import Before, Class, Found, Ledger, Match, identity_of, kind_of_pair
from ledger.domain.comparison_items import Item


def held_against(
    pool: Ledger, differences: Sequence[Found], matches: Sequence[Match], before: Before, first: date, lists_pool: bool, currency: str
) -> list[Found]:  # fmt: skip
    """Each difference with what the pool's journal has of it. What both sides have and the pool lacks, and what it alone has, come after them."""
    against, later = gathered(pool.items), gathered(pool.later)
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


def _has(against: Against, items: Sequence[Item]) -> bool:
    """Whether the pool has all that one side says of a thing, by either side's rows."""
    sides = ([each for each in items if each.side == side] for side in ("creditor", "debtor"))
    return any(own and _has_each(against, own) for own in sides)


def _has_each(against: Against, items: Sequence[Item]) -> bool:
    """Whether the pool has every one of them; where it lacks one, what it has of the others stays free."""
    found = [against.find(each) for each in items]
    if None not in found:
        return True
    against.used -= {each.key for each in found if each is not None}
    return False


def _minor_in(against: Against, found: Found) -> int | None:
    has = next((mine for each in found.items if (mine := against.find(each) or against.of_paper(each))), None)
    return has.amount_minor if has else None


def _missing(match: Match, against: Against, later: Against, currency: str) -> Found:
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
