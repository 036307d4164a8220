"""Compute comparisons of a cut-off, and of every later one: nothing is kept here, and the books' head need not be held meanwhile."""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from ledger.domain.comparison import compare
from ledger.domain.comparison_across import Convert, across
from ledger.domain.comparison_found import Before, Class, Found, Match
from ledger.domain.exchange import BASE, QUOTE, convert_at
from ledger.domain.mirrors import Side
from ledger.services.comparison_books import (
    Books,
    Brought,
    LeftOut,
    Pair,
    brought,
    is_known_to_pool,
    moved,
    pairs_of,
    pool_ledger,
    read_books,
    tolerance_of,
)
from ledger.storage import differences as store
from ledger.storage import rates, reference
from ledger.storage.database import Connection
from ledger.storage.differences import Difference, KeptComparison

# Matches that rest on no number or document are shown, this many at most.
WEAK_SHOWN = 200
_SURE = ("number", "reference")
# For the rate of the first days looked at.
_RATE_DAYS = 10
Basis = Literal["extract", "pool"]


class Working(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found, as it is kept: ``first`` is the first day compared, ``passes`` how many matches each pass made. ``since`` is from when
    what was paid in is counted. ``within_minor`` is what lies within the tolerance and was not agreed to before, ``accepted_minor`` what was.
    """

    first: date
    since: date
    creditor_basis: Basis
    debtor_basis: Basis
    tolerance_minor: int
    passes: dict[str, int]
    weak: list[Match]
    differences: list[Found]
    left_out: list[LeftOut]
    within_minor: int
    accepted_minor: int


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """One pair compared: both balances, the pool's, the extracts it rests on, and the working."""

    pair: Pair
    creditor_extract: str | None
    debtor_extract: str | None
    creditor_minor: int
    debtor_minor: int
    pool_minor: int
    unexplained_minor: int
    working: Working


class Past(msgspec.Struct, frozen=True):
    """The comparison of a pair at the cut-off before, and whether all agreed to it."""

    ends_on: date
    computed: Computed
    agreed: bool


class Ready(msgspec.Struct, frozen=True):
    """What was computed of a cut-off and of every later one that was compared, the earliest first, and the mark of all that it rests on."""

    mark: str
    made: list[tuple[date, list[Computed]]]


def pair_of(kept: KeptComparison) -> Pair:
    """What a kept comparison is of."""
    return Pair(kept.creditor, kept.debtor, kept.currency, kept.about)


def working_of(kept: KeptComparison) -> Working:
    """What a kept comparison found."""
    return msgspec.convert(kept.working, Working)


def of_kept(kept: KeptComparison) -> Computed:
    """A kept comparison as it was computed."""
    return Computed(
        pair=pair_of(kept), creditor_extract=kept.creditor_extract, debtor_extract=kept.debtor_extract, creditor_minor=kept.creditor_minor,
        debtor_minor=kept.debtor_minor, pool_minor=kept.pool_minor, unexplained_minor=kept.unexplained_minor, working=working_of(kept),
    )  # fmt: skip


# --- what is ready to be kept ---------------------------------------------------------------------------------------------------


async def ready(connection: Connection, ends_on: date, later: bool = True) -> Ready:
    """Compute a cut-off, and every later one that was compared."""
    mark = await store.mark(connection)
    days = [ends_on, *sorted(await store.compared_after(connection, ends_on) if later else [])]
    made: dict[date, list[Computed]] = {}
    for day in days:
        made[day] = await compute(connection, day, made)
    return Ready(mark, list(made.items()))


async def compute(connection: Connection, ends_on: date, made: Mapping[date, Sequence[Computed]] | None = None) -> list[Computed]:
    """Every pair compared at a cut-off. ``made`` are those of earlier cut-offs that were computed and are not kept yet."""
    past = await _past(connection, ends_on, made or {})
    books = await read_books(connection, ends_on, [one for each in past.values() for one in each.computed.working.differences])
    said = await store.said(connection)
    return await asyncio.to_thread(_computed, books, past, said, await _convert(connection, books))


async def _past(connection: Connection, ends_on: date, made: Mapping[date, Sequence[Computed]]) -> dict[Pair, Past]:
    """Of each pair the comparison of the cut-off before: the one just computed, else the one in force."""
    kept = await store.last_before(connection, ends_on)
    said, unions = await store.agreements(connection, [each.number for each in kept]), [each.code for each in await reference.unions(connection)]
    found = {}
    for each in kept:
        computed = of_kept(each)
        found[computed.pair] = Past(each.ends_on, computed, {one.union for one in said[each.number]} >= computed.pair.parties(unions))
    for day, some in sorted(made.items()):
        for computed in some:
            old = found.get(computed.pair)
            if day < ends_on and (old is None or old.ends_on <= day):
                found[computed.pair] = Past(day, computed, old is not None and old.agreed and old.computed == computed)
    return found


async def _convert(connection: Connection, books: Books) -> Convert:
    """The published rate of each day that is looked at, in memory."""
    values = await rates.daily_values(connection, BASE, QUOTE, books.since - timedelta(days=_RATE_DAYS), books.ends_on)
    days = [day for day, _ in values]

    def convert(amount_minor: int, currency: str, other: str, day: date) -> int | None:
        place = bisect_right(days, day)
        if not place or {currency, other} != {BASE, QUOTE}:
            return None
        return convert_at(amount_minor, currency, other, BASE, QUOTE, values[place - 1][1])

    return convert


# --- one pair -----------------------------------------------------------------------------------------------------------------


def _computed(books: Books, past: Mapping[Pair, Past], said: Sequence[Difference], convert: Convert) -> list[Computed]:
    still = [pair for pair, each in past.items() if each.computed.working.differences]
    found = [_compared(books, pair, past.get(pair), said) for pair in pairs_of(books, still)]
    return [each for each in _across(found, said, convert) if _says_anything(each)]


def _says_anything(each: Computed) -> bool:
    uploaded = each.creditor_extract or each.debtor_extract
    return bool(uploaded or each.creditor_minor or each.debtor_minor or each.working.differences or each.working.passes)


def _compared(books: Books, pair: Pair, past: Past | None, said: Sequence[Difference]) -> Computed:
    # An extract may begin in a month that was compared already: what is open of that month stays open.
    first = books.first if past is None else max(books.first, past.ends_on + timedelta(days=1))
    creditor, debtor = _side(books, pair, "creditor", past, first), _side(books, pair, "debtor", past, first)
    pool = pool_ledger(books, pair, "creditor", "pool", first) if pair.about == "owed" else None
    before, tolerance = _before(pair, past, said), tolerance_of(books, pair)
    outcome = compare(
        creditor.ledger, debtor.ledger, pool, books.ends_on, pair.currency, first=first, tolerance=tolerance, before=before,
        classed=_classed(pair, said), lists_pool=bool(creditor.extract and debtor.extract and is_known_to_pool(books, pair)),
        sender="debtor" if pair.about == "owed" else "creditor",
    )  # fmt: skip
    working = Working(
        first=first, since=past.computed.working.since if past else first, creditor_basis=_basis(creditor), debtor_basis=_basis(debtor),
        tolerance_minor=tolerance, passes=dict(sorted(Counter(each.by for each in outcome.matches).items())),
        weak=[each for each in outcome.matches if each.by not in _SURE][:WEAK_SHOWN], differences=list(outcome.differences),
        left_out=[*creditor.left_out, *debtor.left_out], within_minor=outcome.within_minor, accepted_minor=before.accepted_minor,
    )  # fmt: skip
    return Computed(
        pair=pair, creditor_extract=creditor.extract, debtor_extract=debtor.extract, creditor_minor=creditor.ledger.closing_minor,
        debtor_minor=debtor.ledger.closing_minor, pool_minor=(pool or debtor.ledger).closing_minor, unexplained_minor=outcome.unexplained_minor,
        working=working,
    )  # fmt: skip


def _basis(side: Brought) -> Basis:
    return "extract" if side.extract else "pool"


def _side(books: Books, pair: Pair, side: Side, past: Past | None, first: date) -> Brought:
    found = brought(books, pair, side, first)
    if pair.about != "contributions":
        return found
    already = 0 if past is None else past.computed.creditor_minor if side == "creditor" else past.computed.debtor_minor
    return msgspec.structs.replace(found, ledger=moved(found.ledger, already))


def _before(pair: Pair, past: Past | None, said: Sequence[Difference]) -> Before:
    """What stands from the cut-off before. What the pool lacks and people resolved by hand is not asked again: no sum has it."""
    if past is None:
        return Before()
    working, settled = past.computed.working, {each.identity for each in said if each.state == "resolved"}
    differences = tuple(each for each in working.differences if not (each.of_pool and pair.identity(each) in settled))
    if past.agreed:
        return Before(differences, 0, working.accepted_minor + working.within_minor)
    return Before(differences, working.within_minor, working.accepted_minor)


def _classed(pair: Pair, said: Sequence[Difference]) -> dict[str, Class]:
    """What people said of a pair's differences, by the names that they have within it."""
    return {each.identity.removeprefix(pair.prefix): each.kind for each in said if each.classed_by is not None and each.identity.startswith(pair.prefix)}


# --- across currencies --------------------------------------------------------------------------------------------------------


def _across(computed: Sequence[Computed], said: Sequence[Difference], convert: Convert) -> list[Computed]:
    """The same with what one side has in one currency and the other in another."""
    by_hand, found = {each.identity for each in said if each.classed_by is not None}, dict[str, tuple[str, int]]()
    debts = [each for each in computed if each.pair.about == "owed"]
    for one in debts:
        for other in debts:
            if (one.pair.creditor, one.pair.debtor) == (other.pair.creditor, other.pair.debtor) and one.pair.currency != other.pair.currency:
                there = across(one.working.differences, one.pair.currency, other.working.differences, other.pair.currency, convert)
                found = {identity: (each.currency, each.amount_minor) for identity, each in there.items()} | found
    return [_with_currencies(each, found, by_hand) for each in computed] if found else list(computed)


def _with_currencies(computed: Computed, found: Mapping[str, tuple[str, int]], by_hand: set[str]) -> Computed:
    changed = [
        _in_other(each, *found[each.identity], computed.pair.identity(each) in by_hand) if each.identity in found else each
        for each in computed.working.differences
    ]
    return msgspec.structs.replace(computed, working=msgspec.structs.replace(computed.working, differences=changed))


def _in_other(each: Found, currency: str, minor: int, is_said: bool) -> Found:
    kind = each.kind if is_said else "fx_rate"
    return msgspec.structs.replace(each, kind=kind, hint="other_currency", other_currency=currency, other_minor=minor)
