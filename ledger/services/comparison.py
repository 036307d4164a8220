"""Compare what the unions' own ledgers say of what one owes the other, keep what differs from one cut-off to the next, and take both treasurers' word.

A union that uploaded nothing for a cut-off, or whose extract has no account for what is compared, is taken at what the pool's own book of that
union says. A comparison is made anew whenever something it rests on changed, under a new number, so that nobody has agreed to what they did not see.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Literal

import msgspec

from ledger.domain import agreements as agreement_rules
from ledger.domain import comparison as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.comparison import Class, Found, Item, Ledger, Outcome
from ledger.domain.days import check_past_day
from ledger.domain.extracts import Meaning, Row
from ledger.domain.mirrors import MIRRORED, Side
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import ComparisonChanged, OtherUnion, UnexplainedLeft
from ledger.services.close_guard import refuse_if_signed
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import agreements as agreement_store
from ledger.storage import differences as store
from ledger.storage import extracts as extract_store
from ledger.storage import mirrors as mirror_store
from ledger.storage import reference
from ledger.storage.database import Connection
from ledger.storage.differences import Agreement, Difference, KeptComparison, PoolRow
from ledger.storage.extracts import KeptExtract

READ, AGREE, HANDLE = "read_books", "agree_comparison", "handle_difference"
REMARK_MAXIMUM = 500
# What is after a cut-off is looked at this far, to tell what was only on its way.
LATER_DAYS = 45
# Matches that rest on no number or document are shown, this many at most.
WEAK_SHOWN = 200
_SURE = ("number", "reference")
Basis = Literal["extract", "pool"]
Standing = Literal["open", "agreed", "agreed_with_differences"]


class Pair(msgspec.Struct, frozen=True, order=True):
    """What is compared: what one union owes another in a currency."""

    creditor: str
    debtor: str
    currency: str

    def union_on(self, side: Side) -> str:
        """The union of a side."""
        return self.creditor if side == "creditor" else self.debtor

    def identity(self, found: Found) -> str:
        """The name of a difference over all pairs."""
        return f"{self.creditor}>{self.debtor} {self.currency} {found.identity}"


class Working(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found, as it is kept: ``first`` is the first day compared, ``passes`` how many matches each pass made."""

    first: date
    creditor_basis: Basis
    debtor_basis: Basis
    tolerance_minor: int
    passes: dict[str, int]
    weak: list[rules.Match]
    differences: list[Found]
    pool_only: list[Item]


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


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One difference as a comparison lists it. ``number`` is "" while it is not kept; ``items`` are the rows that make it."""

    number: str
    kind: Class
    hint: str
    reference: str
    creditor_day: date | None
    debtor_day: date | None
    creditor_minor: int | None
    debtor_minor: int | None
    pool_minor: int | None
    difference_minor: int
    later_on: date | None
    owner: str | None
    due_on: date | None
    state: str
    first_seen: date | None
    items: tuple[Item, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as it is shown and signed: creditor's balance - debtor's = the sums by class, unexplained among them, and what lies within the
    tolerance. ``number`` is "" for one that nobody has made yet.
    """

    number: str
    ends_on: date
    creditor: str
    debtor: str
    currency: str
    creditor_basis: Basis
    debtor_basis: Basis
    creditor_extract: str | None
    debtor_extract: str | None
    creditor_minor: int
    debtor_minor: int
    pool_minor: int
    difference_minor: int
    by_class: dict[str, int]
    lines: list[Line]
    unexplained_minor: int
    tolerance_minor: int
    passes: dict[str, int]
    weak: list[rules.Match]
    pool_only: list[Item]
    agreed: list[Agreement]
    standing: Standing

    @property
    def unexplained_size_minor(self) -> int:
        """What is held to the tolerance: errors in both directions do not make each other good."""
        return rules.size_of_unexplained([each.difference_minor for each in self.lines if each.kind == "unexplained"], self.unexplained_minor)


class Cutoff(msgspec.Struct, frozen=True):
    """A cut-off, with which unions uploaded and how its comparisons stand."""

    ends_on: date
    extracts: dict[str, str]
    comparisons: list[Comparison]


def written_comparison(number: str) -> str:
    """A comparison's number as it is kept; refuses what can be none."""
    return written_as(number, "CM", "comparison")


# --- what is compared ---------------------------------------------------------------------------------------------------------


class _Books(msgspec.Struct, frozen=True):
    """All that comparisons of a cut-off rest on. ``extracts`` are those for the cut-off, by union; ``rows`` theirs and those of later ones."""

    ends_on: date
    first: date
    unions: list[str]
    extracts: dict[str, KeptExtract]
    rows: dict[str, list[Row]]
    later: dict[str, list[Row]]
    closing: dict[str, dict[tuple[str, str], int]]
    opening: dict[str, dict[tuple[str, str], int]]
    meanings: dict[str, dict[tuple[str, str], Meaning]]
    pool: list[PoolRow]
    pool_before: dict[tuple[str, str, str, bool], int]


async def _books(connection: Connection, ends_on: date) -> _Books:
    unions = [each.code for each in await reference.unions(connection)]
    extracts = {code: found for code in unions if (found := await extract_store.kept(connection, code, ends_on)) is not None}
    first = max((each.starts_on for each in extracts.values()), default=ends_on.replace(day=1))
    rows: dict[str, list[Row]] = {}
    later: dict[str, list[Row]] = {}
    opening: dict[str, dict[tuple[str, str], int]] = {}
    closing: dict[str, dict[tuple[str, str], int]] = {}
    for code, each in extracts.items():
        every = await extract_store.rows_of(connection, each.number)
        rows[code] = [row for row in every if row.day <= ends_on]
        later[code] = [row for row in every if row.day > ends_on] + await _later_rows(connection, code, ends_on)
        balances = await extract_store.balances_of(connection, each.number)
        opening[code] = {(one.code, one.currency): one.opening_minor or 0 for one in balances}
        closing[code] = {(one.code, one.currency): one.closing_minor or 0 for one in balances}
    meanings = {code: await extract_store.meanings(connection, code) for code in extracts}
    pool_rows = await store.pool_rows(connection, [role for pair in MIRRORED for role in pair], first, ends_on + timedelta(days=LATER_DAYS))
    return _Books(
        ends_on, first, unions, extracts, rows, later, closing, opening, meanings, pool_rows, await _pool_before(connection, first)
    )


async def _later_rows(connection: Connection, union: str, ends_on: date) -> list[Row]:
    """What a union's later extracts have soon after a cut-off."""
    until = ends_on + timedelta(days=LATER_DAYS)
    later = [each for each in await extract_store.kept_up_to(connection, until + timedelta(days=31)) if each.union == union and each.ends_on > ends_on]
    return [row for each in later for row in await extract_store.rows_of(connection, each.number) if ends_on < row.day <= until]


async def _pool_before(connection: Connection, first: date) -> dict[tuple[str, str, str, bool], int]:
    """What each book held of the other before the first day, by (book, other, currency, whether the book is owed), debit positive."""
    found: Counter[tuple[str, str, str, bool]] = Counter()
    for each in await mirror_store.balances(connection, first - timedelta(days=1)):
        found[each.union, each.other, each.currency, each.is_owed] += each.balance_minor
    return dict(found)


_OWED_ROLES = frozenset(pair[0] for pair in MIRRORED)
_MEANS: dict[Side, str] = {"creditor": "due_from", "debtor": "due_to"}
_SIGN: dict[Side, int] = {"creditor": 1, "debtor": -1}


def _pairs(books: _Books, open_pairs: Sequence[Pair]) -> list[Pair]:
    """Every pair of which either side, the pool or an open difference says anything."""
    found = set(open_pairs)
    for row in books.pool:
        if row.day <= books.ends_on:
            found.add(_pair_of(row.book, row.other, row.currency, row.role in _OWED_ROLES))
    for (book, other, currency, is_owed), amount in books.pool_before.items():
        if amount:
            found.add(_pair_of(book, other, currency, is_owed))
    for union, balances in books.closing.items():
        for key in balances:
            meaning = books.meanings[union].get(key)
            if meaning is not None and meaning.other_union is not None:
                found.add(_pair_of(union, meaning.other_union, key[1], meaning.means == "due_from"))
    return sorted(found, key=lambda pair: (pair.currency, pair.creditor, pair.debtor))


def _pair_of(union: str, other: str, currency: str, is_owed: bool) -> Pair:
    return Pair(union, other, currency) if is_owed else Pair(other, union, currency)


def _side(books: _Books, pair: Pair, side: Side) -> tuple[Basis, Ledger]:
    """What a side brings: its extract, else the pool's own book of that union."""
    union = pair.union_on(side)
    other = pair.debtor if side == "creditor" else pair.creditor
    keys = {
        key for key, each in books.meanings.get(union, {}).items()
        if each.means == _MEANS[side] and each.other_union == other and each.currency == pair.currency
    }  # fmt: skip
    return ("extract", _from_extract(books, union, side, keys)) if keys else ("pool", _from_pool(books, pair, side))


def _from_extract(books: _Books, union: str, side: Side, keys: set[tuple[str, str]]) -> Ledger:
    sign = _SIGN[side]
    rows = [row for row in books.rows[union] if (row.code, row.currency) in keys]
    before = sum(row.amount_minor for row in rows if row.day < books.first)
    opening = sum(books.opening[union].get(key, 0) for key in keys) + before
    closing = sum(books.closing[union].get(key, 0) for key in keys)
    later = [row for row in books.later[union] if (row.code, row.currency) in keys]
    items = _items(union, side, [row for row in rows if row.day >= books.first])
    return Ledger(sign * opening, sign * closing, items, _items(union, side, later))


def _items(union: str, side: Side, rows: Sequence[Row]) -> tuple[Item, ...]:
    """Rows as items; their keys are the same in every upload that has the row, however the file is ordered."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        said = f"{union}|{row.code}|{row.currency}|{row.day}|{row.amount_minor}|{row.document}|{row.text}"
        seen[said] += 1
        key = sha256(f"{said}|{seen[said]}".encode()).hexdigest()[:24]
        found.append(Item(key=key, side=side, day=row.day, amount_minor=_SIGN[side] * row.amount_minor, document=row.document, text=row.text))
    return tuple(found)


def _from_pool(books: _Books, pair: Pair, side: Side) -> Ledger:
    union, is_owed = pair.union_on(side), side == "creditor"
    other = pair.debtor if is_owed else pair.creditor
    rows = [
        row for row in books.pool
        if row.book == union and row.other == other and row.currency == pair.currency and (row.role in _OWED_ROLES) == is_owed
    ]  # fmt: skip
    opening = _SIGN[side] * books.pool_before.get((union, other, pair.currency, is_owed), 0)
    items = tuple(_pool_item(row, side) for row in rows if row.day <= books.ends_on)
    later = tuple(_pool_item(row, side) for row in rows if row.day > books.ends_on)
    return Ledger(opening, opening + sum(each.amount_minor for each in items), items, later)


def _pool_item(row: PoolRow, side: Side) -> Item:
    return Item(
        key=f"J{row.entry}.{row.line}", side=side, day=row.day, amount_minor=_SIGN[side] * row.amount_minor, document=row.reference,
        text=row.description, nation=row.nation, exchanged=row.exchanged,
    )  # fmt: skip


# --- comparing ----------------------------------------------------------------------------------------------------------------


async def compute(connection: Connection, ends_on: date) -> list[Computed]:
    """Every pair compared at a cut-off; nothing is kept."""
    books = await _books(connection, ends_on)
    kept = [Pair(each.creditor, each.debtor, each.currency) for each in await store.differences(connection, "open", limit=10_000)]
    found = []
    for pair in _pairs(books, kept):
        before = await store.last_before(connection, pair.creditor, pair.debtor, pair.currency, books.first)
        carried = _working(before).differences if before is not None else []
        said = {each.identity: each.kind for each in await store.of_pair(connection, *_three(pair)) if each.classed_by is not None}
        tolerance = await tolerance_of(connection, pair, ends_on)
        found.append(await asyncio.to_thread(_compared, books, pair, carried, said, tolerance))
    return [each for each in found if _says_anything(each)]


def _three(pair: Pair) -> tuple[str, str, str]:
    return pair.creditor, pair.debtor, pair.currency


def _says_anything(each: Computed) -> bool:
    uploaded = each.creditor_extract or each.debtor_extract
    return bool(uploaded or each.creditor_minor or each.debtor_minor or each.working.differences or each.working.passes)


def _compared(books: _Books, pair: Pair, carried: Sequence[Found], said: Mapping[str, Class], tolerance: int) -> Computed:
    (creditor_basis, creditor), (debtor_basis, debtor) = _side(books, pair, "creditor"), _side(books, pair, "debtor")
    pool = _from_pool(books, pair, "creditor")
    prefix = f"{pair.creditor}>{pair.debtor} {pair.currency} "
    classed = {identity.removeprefix(prefix): kind for identity, kind in said.items()}
    outcome = rules.compare(
        creditor, debtor, pool.items, books.ends_on, pair.currency, tolerance=tolerance, carried=carried, classed=classed
    )
    by_pool = creditor_basis == debtor_basis == "pool"
    return Computed(
        pair=pair, creditor_extract=_extract_of(books, pair.creditor, creditor_basis), debtor_extract=_extract_of(books, pair.debtor, debtor_basis),
        creditor_minor=creditor.closing_minor, debtor_minor=debtor.closing_minor, pool_minor=pool.closing_minor,
        unexplained_minor=outcome.unexplained_minor,
        working=_worked(books, outcome, creditor_basis, debtor_basis, tolerance, [] if by_pool else list(outcome.pool_only)),
    )  # fmt: skip


def _extract_of(books: _Books, union: str, basis: Basis) -> str | None:
    return books.extracts[union].number if basis == "extract" else None


def _worked(books: _Books, outcome: Outcome, creditor: Basis, debtor: Basis, tolerance: int, pool_only: list[Item]) -> Working:
    weak = [each for each in outcome.matches if each.by not in _SURE]
    return Working(
        first=books.first, creditor_basis=creditor, debtor_basis=debtor, tolerance_minor=tolerance,
        passes=dict(sorted(Counter(each.by for each in outcome.matches).items())), weak=weak[:WEAK_SHOWN], differences=list(outcome.differences),
        pool_only=pool_only,
    )  # fmt: skip


async def tolerance_of(connection: Connection, pair: Pair, day: date) -> int:
    """What one item may differ by: the least that a signed agreement in force states for debts in the currency; 0 where none does."""
    stated = []
    for known in (await agreement_store.living(connection, day)).values():
        found = agreement_rules.on_day(known, day)
        if found is not None and found.terms.tolerance_minor is not None and found.terms.debt_currency == pair.currency:
            stated.append(found.terms.tolerance_minor)
    return min(stated, default=0)


# --- keeping ------------------------------------------------------------------------------------------------------------------


async def compare_now(pool: Pool, actor: Actor, key: str, ends_on: date) -> list[str]:
    """Compare everything at a cut-off, and at every later one that was compared; the numbers of the comparisons in force at the cut-off."""

    async def work(w: Work) -> Done:
        numbers = await run(w, check_past_day("ends_on", ends_on, w.today))
        return Done({"comparisons": numbers}, f"comparison/{ends_on.isoformat()}", {"comparisons": numbers})

    answer = await perform(pool, actor, "compare_ledgers", key, {"ends_on": ends_on.isoformat()}, work, permission=HANDLE)
    return list(answer["comparisons"])


async def run(w: Work, ends_on: date) -> list[str]:
    """Make the comparisons of a cut-off, and of every later one, anew; one that finds what it found before stays, with its agreements."""
    later = [each for each in await store.cutoffs(w.connection, ends_on) if each > ends_on and await store.current(w.connection, each)]
    numbers = await _run_one(w, ends_on)
    for each in sorted(later):
        await _run_one(w, each)
    return numbers


async def _run_one(w: Work, ends_on: date) -> list[str]:
    known = {Pair(each.creditor, each.debtor, each.currency): each for each in await store.current(w.connection, ends_on)}
    numbers = []
    for each in await compute(w.connection, ends_on):
        before = known.get(each.pair)
        if before is not None and _same(before, each):
            numbers.append(before.number)
        else:
            numbers.append(await _keep(w, ends_on, each))
        await _keep_differences(w, ends_on, each)
    return numbers


def _same(before: KeptComparison, now: Computed) -> bool:
    facts = (now.creditor_extract, now.debtor_extract, now.creditor_minor, now.debtor_minor, now.pool_minor, now.unexplained_minor)
    kept = (
        before.creditor_extract, before.debtor_extract, before.creditor_minor, before.debtor_minor, before.pool_minor, before.unexplained_minor,
    )  # fmt: skip
    return facts == kept and _working(before) == now.working


async def _keep(w: Work, ends_on: date, each: Computed) -> str:
    await refuse_if_signed(w.connection, ends_on)
    number = await w.next_number("CM")
    new = KeptComparison(
        number=number, ends_on=ends_on, creditor=each.pair.creditor, debtor=each.pair.debtor, currency=each.pair.currency,
        creditor_extract=each.creditor_extract, debtor_extract=each.debtor_extract, creditor_minor=each.creditor_minor,
        debtor_minor=each.debtor_minor, pool_minor=each.pool_minor, unexplained_minor=each.unexplained_minor,
        working=msgspec.to_builtins(each.working), state="current", made_by=w.actor.person_id, made_at=w.now,
    )  # fmt: skip
    await store.add_comparison(w.connection, new)
    return number


async def _keep_differences(w: Work, ends_on: date, each: Computed) -> None:
    """Keep what is new, renew what stays, and resolve what is found no more."""
    found = {each.pair.identity(one): one for one in each.working.differences}
    known = await store.of_identities(w.connection, list(found))
    for identity, one in found.items():
        if identity in known:
            await _renew(w, ends_on, known[identity], one)
        else:
            await _add(w, ends_on, each.pair, identity, one)
    for old in await store.of_pair(w.connection, *_three(each.pair)):
        if old.state == "open" and old.identity not in found and old.first_seen <= ends_on and old.last_seen <= ends_on:
            await store.save_difference(w.connection, old.number, state="resolved", state_since=w.now)
            await store.add_event(w.connection, old.number, w.actor.person_id, w.now, "matched", "", {"ends_on": ends_on.isoformat()})


async def _add(w: Work, ends_on: date, pair: Pair, identity: str, found: Found) -> None:
    number = await w.next_number("DF")
    new = Difference(
        number=number, identity=identity, creditor=pair.creditor, debtor=pair.debtor, currency=pair.currency, first_seen=ends_on, last_seen=ends_on,
        classed_by=None, owner=pair.union_on(rules.owner_of(found)), due_on=rules.due_on(found.kind, ends_on), state="open", state_since=w.now,
        version=1, remark="", **_facts(found), kind=found.kind,
    )  # fmt: skip
    await store.add_difference(w.connection, new)
    await store.add_event(w.connection, number, w.actor.person_id, w.now, "found", "", {"ends_on": ends_on.isoformat(), "class": found.kind})


def _facts(found: Found) -> dict[str, Any]:
    creditor = found.sum_of("creditor")
    return {
        "reference": found.reference[:200], "creditor_day": found.day_of("creditor"), "debtor_day": found.day_of("debtor"),
        "creditor_minor": found.opening_minor if found.opening_minor else creditor, "debtor_minor": found.sum_of("debtor"),
        "pool_minor": found.pool_minor, "hint": found.hint,
    }  # fmt: skip


async def _renew(w: Work, ends_on: date, old: Difference, found: Found) -> None:
    """What was found again: seen later, or seen otherwise. One that was resolved before this cut-off opens again."""
    if ends_on < old.last_seen:
        return
    changed = {name: value for name, value in _facts(found).items() if getattr(old, name) != value}
    if old.classed_by is None and old.kind != found.kind:
        changed["kind"] = found.kind
    if old.last_seen != ends_on:
        changed["last_seen"] = ends_on
        if old.state == "resolved":
            changed |= {"state": "open", "state_since": w.now}
            await store.add_event(w.connection, old.number, w.actor.person_id, w.now, "found_again", "", {"ends_on": ends_on.isoformat()})
    if changed:
        await store.save_difference(w.connection, old.number, **changed)


# --- agreeing -----------------------------------------------------------------------------------------------------------------


async def agree(pool: Pool, actor: Actor, key: str, number: str, remark: str = "") -> Comparison:
    """Agree for one's own union to a comparison with the differences it lists. Refuses while more is unexplained than the agreement lets be, and
    what was compared anew since.
    """

    async def work(w: Work) -> Done:
        kept = await store.comparison(w.connection, written_comparison(number))
        if w.actor.union not in (kept.creditor, kept.debtor):
            raise OtherUnion(union=kept.creditor, account="")
        await _check_current(w.connection, kept)
        working = _working(kept)
        size = size_of_unexplained(kept)
        if size > working.tolerance_minor:
            raise UnexplainedLeft(comparison=kept.number, unexplained_minor=size, tolerance_minor=working.tolerance_minor, currency=kept.currency)
        said = (await store.agreements(w.connection, [kept.number]))[kept.number]
        if all(each.union != w.actor.union for each in said):
            words = plain("remark", remark, REMARK_MAXIMUM)
            await store.agree(w.connection, kept.number, w.actor.union or "", w.actor.person_id, w.now, words)
        return Done({"comparison": kept.number}, kept.number, {"unexplained_minor": kept.unexplained_minor})

    answer = await perform(pool, actor, "agree_comparison", key, {"comparison": number, "remark": remark}, work, permission=AGREE)
    return await show_comparison(pool, actor, answer["comparison"])


async def _check_current(connection: Connection, kept: KeptComparison) -> None:
    """Refuse what is no longer in force, and what the books would no longer answer."""
    if kept.state != "current":
        now = [each for each in await store.current(connection, kept.ends_on) if (each.creditor, each.currency) == (kept.creditor, kept.currency)]
        raise ComparisonChanged(comparison=kept.number, current=now[0].number if now else "")
    fresh = {each.pair: each for each in await compute(connection, kept.ends_on)}
    found = fresh.get(Pair(kept.creditor, kept.debtor, kept.currency))
    if found is None or not _same(kept, found):
        raise ComparisonChanged(comparison=kept.number, current="")


# --- reading ------------------------------------------------------------------------------------------------------------------


def _working(kept: KeptComparison) -> Working:
    return msgspec.convert(kept.working, Working)


def size_of_unexplained(kept: KeptComparison) -> int:
    """What of a kept comparison is held to the tolerance."""
    return rules.size_of_unexplained([each.weight for each in _working(kept).differences if each.kind == "unexplained"], kept.unexplained_minor)


async def section_e(connection: Connection, ends_on: date) -> list[Comparison]:
    """What stands between the unions at a cut-off, for section E of the report: the comparisons in force, or, where nobody has made any yet, what
    one made now would find.
    """
    kept = await store.current(connection, ends_on)
    if not kept:
        return [_fresh(ends_on, each) for each in await compute(connection, ends_on)]
    agreed = await store.agreements(connection, [each.number for each in kept])
    return [await _view(connection, each, agreed[each.number]) for each in kept]


async def _view(connection: Connection, kept: KeptComparison, agreed: list[Agreement]) -> Comparison:
    working, pair = _working(kept), Pair(kept.creditor, kept.debtor, kept.currency)
    known = await store.of_identities(connection, [pair.identity(each) for each in working.differences])
    lines = [_line(each, known.get(pair.identity(each))) for each in working.differences]
    return _comparison(kept.number, kept.ends_on, _of_kept(kept, working), lines, agreed)


def _of_kept(kept: KeptComparison, working: Working) -> Computed:
    return Computed(
        pair=Pair(kept.creditor, kept.debtor, kept.currency), creditor_extract=kept.creditor_extract, debtor_extract=kept.debtor_extract,
        creditor_minor=kept.creditor_minor, debtor_minor=kept.debtor_minor, pool_minor=kept.pool_minor, unexplained_minor=kept.unexplained_minor,
        working=working,
    )  # fmt: skip


def _fresh(ends_on: date, each: Computed) -> Comparison:
    return _comparison("", ends_on, each, [_line(one, None) for one in each.working.differences], [])


def _comparison(number: str, ends_on: date, each: Computed, lines: list[Line], agreed: list[Agreement]) -> Comparison:
    by_class: Counter[str] = Counter()
    for line in lines:
        by_class[line.kind] += line.difference_minor
    both = {one.union for one in agreed} >= {each.pair.creditor, each.pair.debtor}
    standing: Standing = "open" if not both else "agreed_with_differences" if lines or each.unexplained_minor else "agreed"
    working = each.working
    return Comparison(
        number=number, ends_on=ends_on, creditor=each.pair.creditor, debtor=each.pair.debtor, currency=each.pair.currency,
        creditor_basis=working.creditor_basis, debtor_basis=working.debtor_basis, creditor_extract=each.creditor_extract,
        debtor_extract=each.debtor_extract, creditor_minor=each.creditor_minor, debtor_minor=each.debtor_minor, pool_minor=each.pool_minor,
        difference_minor=each.creditor_minor - each.debtor_minor, by_class=dict(by_class), lines=lines, unexplained_minor=each.unexplained_minor,
        tolerance_minor=working.tolerance_minor, passes=working.passes, weak=working.weak, pool_only=working.pool_only, agreed=agreed,
        standing=standing,
    )  # fmt: skip


def _line(found: Found, kept: Difference | None) -> Line:
    facts = _facts(found)
    return Line(
        number=kept.number if kept else "", kind=found.kind, difference_minor=found.weight, later_on=found.later_on,
        owner=kept.owner if kept else None, due_on=kept.due_on if kept else None, state=kept.state if kept else "",
        first_seen=kept.first_seen if kept else None, items=found.items, **facts,
    )  # fmt: skip


async def show_comparison(pool: Pool, actor: Actor, number: str) -> Comparison:
    """One comparison, in force or not."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        kept = await store.comparison(connection, written_comparison(number))
        return await _view(connection, kept, (await store.agreements(connection, [kept.number]))[kept.number])


async def show_cutoff(pool: Pool, actor: Actor, ends_on: date) -> Cutoff:
    """What stands between the unions at a cut-off, with which unions uploaded; refuses a day to come."""
    authorize(actor, READ)
    check_past_day("ends_on", ends_on, pool.today())
    async with pool.database.reading() as connection:
        return await _cutoff(connection, ends_on)


async def _cutoff(connection: Connection, ends_on: date) -> Cutoff:
    extracts: dict[str, str] = {}
    for each in await reference.unions(connection):
        kept = await extract_store.kept(connection, each.code, ends_on)
        extracts |= {each.code: kept.number} if kept else {}
    return Cutoff(ends_on, extracts, await section_e(connection, ends_on))


async def list_cutoffs(pool: Pool, actor: Actor, before: date | None = None, limit: int = 24) -> list[Cutoff]:
    """Cut-offs with how each stands, the newest first; the last month that ended is always among the first of them."""
    authorize(actor, READ)
    last_month = pool.today().replace(day=1) - timedelta(days=1)
    async with pool.database.reading() as connection:
        known = {*await store.cutoffs(connection), last_month}
        days = sorted((day for day in known if before is None or day < before), reverse=True)[:limit]
        return [await _cutoff(connection, day) for day in days]
