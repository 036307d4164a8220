"""Read what comparisons of a cut-off rest on: the unions' extracts, the pool's journal, and what stands from the comparisons before.

Three things are compared: what one union owes the other, what a union says it paid into the pool, and what it says is on its way there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from hashlib import sha256

import msgspec

from ledger.domain import agreements as agreement_rules
from ledger.domain.agreements import Agreement as SignedAgreement
from ledger.domain.chart import JOINT
from ledger.domain.comparison_found import Found, Ledger
from ledger.domain.comparison_items import Item, ItemSide
from ledger.domain.extracts import Meaning, Row
from ledger.domain.mirrors import MIRRORED, Side
from ledger.storage import agreements as agreement_store
from ledger.storage import differences as store
from ledger.storage import extracts as extract_store
from ledger.storage import mirrors as mirror_store
from ledger.storage import reference
from ledger.storage.database import Connection
from ledger.storage.differences import About, PoolRow
from ledger.storage.extracts import Closing, KeptExtract

# What is after a cut-off is looked at this far, to tell what was only on its way.
LATER_DAYS = 45
Account = tuple[str, str]


class Pair(msgspec.Struct, frozen=True, order=True):
    """What is compared: what one union owes another in a currency; or, with the pool as the ``debtor``, what a union says it paid in or has on its way."""

    creditor: str
    debtor: str
    currency: str
    about: About = "owed"

    def union_on(self, side: Side) -> str:
        """The union of a side; the union that is compared with the pool stands for both."""
        return self.creditor if side == "creditor" or self.debtor == JOINT else self.debtor

    def identity(self, found: Found) -> str:
        """The name of a difference over all pairs."""
        return f"{self.prefix}{found.identity}"

    @property
    def prefix(self) -> str:
        """What the names of a pair's differences begin with."""
        return f"{self.creditor}>{self.debtor} {self.currency} {'' if self.about == 'owed' else self.about + ' '}"

    def parties(self, unions: Iterable[str]) -> set[str]:
        """Whose treasurers agree: both unions of a debt; all, where the pool they share is a side."""
        return set(unions) if self.debtor == JOINT else {self.creditor, self.debtor}


class LeftOut(msgspec.Struct, frozen=True):
    """An account that an extract does not have and an earlier one did: what that closed with is carried, in the side's own eyes."""

    side: Side
    code: str
    extract: str
    closing_minor: int


class Brought(msgspec.Struct, frozen=True):
    """What a side brings: its ledger, the extract it is from (None where it is the pool's own book), and what that left out."""

    ledger: Ledger
    extract: str | None = None
    left_out: tuple[LeftOut, ...] = ()


class Extracted(msgspec.Struct, frozen=True):
    """A union's extract for the cut-off: its rows, those after the cut-off with later extracts' too, balances, and what earlier ones closed with."""

    kept: KeptExtract
    rows: list[Row]
    later: list[Row]
    opening: dict[Account, int]
    closing: dict[Account, int]
    earlier: dict[Account, Closing]
    meanings: dict[Account, Meaning]


class Books(msgspec.Struct, frozen=True):
    """All that comparisons of a cut-off rest on. ``first`` is the first day that every extract has, ``since`` that of the pool's rows, early enough
    for all that is still open; ``before`` what the pool's books held before it, debit positive.
    """

    ends_on: date
    first: date
    since: date
    unions: list[str]
    extracts: dict[str, Extracted]
    pool: dict[Pair, dict[Side, list[PoolRow]]]
    before: dict[tuple[Pair, Side], int]
    agreements: list[list[SignedAgreement]]


# --- reading ------------------------------------------------------------------------------------------------------------------


async def read_books(connection: Connection, ends_on: date, still: Iterable[Found]) -> Books:
    """What stands in one snapshot; ``still`` are the differences open from before, which the pool may have had for long."""
    unions = [each.code for each in await reference.unions(connection)]
    kept = {code: each for code in unions if (each := await extract_store.kept(connection, code, ends_on)) is not None}
    first = max((each.starts_on for each in kept.values()), default=ends_on.replace(day=1))
    since = min([first, *(item.day for found in still for item in found.items)])
    extracts = {code: await _extracted(connection, each, ends_on) for code, each in kept.items()}
    until = ends_on + timedelta(days=LATER_DAYS)
    roles = [role for pair in MIRRORED for role in pair]
    rows = [
        *await store.pool_rows(connection, roles, since, until), *await store.paid_in(connection, since, until),
        *await store.on_the_way(connection, since, until),
    ]  # fmt: skip
    agreed = list((await agreement_store.living(connection, ends_on)).values())
    return Books(ends_on, first, since, unions, extracts, _by_pair(rows), await _before(connection, since), agreed)


async def _extracted(connection: Connection, kept: KeptExtract, ends_on: date) -> Extracted:
    every, balances = await extract_store.rows_of(connection, kept.number), await extract_store.balances_of(connection, kept.number)
    later = [row for row in every if row.day > ends_on]
    until = ends_on + timedelta(days=LATER_DAYS)
    for each in await extract_store.kept_up_to(connection, until + timedelta(days=31)):
        if each.union == kept.union and each.ends_on > ends_on:
            later += [row for row in await extract_store.rows_of(connection, each.number) if ends_on < row.day <= until]
    return Extracted(
        kept, [row for row in every if row.day <= ends_on], later,
        {(each.code, each.currency): each.opening_minor or 0 for each in balances},
        {(each.code, each.currency): each.closing_minor or 0 for each in balances},
        await extract_store.closings_before(connection, kept.union, ends_on), await extract_store.meanings(connection, kept.union),
    )  # fmt: skip


_OWED_ROLES = frozenset(pair[0] for pair in MIRRORED)


def _place(book: str, other: str, currency: str, is_owed: bool) -> tuple[Pair, Side]:
    return (Pair(book, other, currency), "creditor") if is_owed else (Pair(other, book, currency), "debtor")


def _by_pair(rows: Sequence[PoolRow]) -> dict[Pair, dict[Side, list[PoolRow]]]:
    found: defaultdict[Pair, dict[Side, list[PoolRow]]] = defaultdict(lambda: {"creditor": [], "debtor": []})
    for row in rows:
        if row.about == "owed":
            pair, side = _place(row.book, row.other, row.currency, row.role in _OWED_ROLES)
        else:
            pair, side = Pair(row.book, JOINT, row.currency, row.about), "debtor"
        found[pair][side].append(row)
    return dict(found)


async def _before(connection: Connection, since: date) -> dict[tuple[Pair, Side], int]:
    found: Counter[tuple[Pair, Side]] = Counter()
    for each in await mirror_store.balances(connection, since - timedelta(days=1)):
        found[_place(each.union, each.other, each.currency, each.is_owed)] += each.balance_minor
    for union, currency, minor in await store.on_the_way_before(connection, since):
        found[Pair(union, JOINT, currency, "in_transit"), "debtor"] += minor
    return dict(found)


# --- what is compared ---------------------------------------------------------------------------------------------------------


def pairs_of(books: Books, still: Iterable[Pair]) -> list[Pair]:
    """Every pair of which either side, the pool or an open difference says anything. The pool is compared with what a union's extract says alone."""
    found = {pair for pair in still if pair.about == "owed"}
    found |= {pair for pair, sides in books.pool.items() if pair.about == "owed" and any(row.day <= books.ends_on for side in sides for row in sides[side])}
    found |= {pair for (pair, _), minor in books.before.items() if pair.about == "owed" and minor}
    for union, extract in books.extracts.items():
        meant = [extract.meanings[key] for key in _accounts(extract) if key in extract.meanings]
        found |= {_pair_of(union, each) for each in meant if each.means != "ignored"}
    return sorted(found, key=lambda pair: (pair.about != "owed", pair.currency, pair.creditor, pair.debtor, pair.about))


def _accounts(extract: Extracted) -> set[Account]:
    return extract.closing.keys() | extract.earlier.keys()


def _pair_of(union: str, meaning: Meaning) -> Pair:
    if meaning.means == "contributions" or meaning.means == "in_transit":
        return Pair(union, JOINT, meaning.currency, meaning.means)
    return _place(union, meaning.other_union or "", meaning.currency, meaning.means == "due_from")[0]


def brought(books: Books, pair: Pair, side: Side, first: date) -> Brought:
    """What a side brings: its extract, where it has an account for it, else the pool's own book of that union."""
    union = pair.creditor if side == "creditor" else pair.debtor
    extract = books.extracts.get(union)
    keys = sorted(key for key in _accounts(extract) if _is_for(extract.meanings.get(key), union, pair, side)) if extract else []
    if extract and keys:
        return _from_extract(extract, pair, side, keys, first)
    return Brought(pool_ledger(books, pair, side, side, first))


def _is_for(meaning: Meaning | None, union: str, pair: Pair, side: Side) -> bool:
    if meaning is None or meaning.means == "ignored" or _pair_of(union, meaning) != pair:
        return False
    return pair.about != "owed" or (meaning.means == "due_from") == (side == "creditor")


def _from_extract(extract: Extracted, pair: Pair, side: Side, keys: Sequence[Account], first: date) -> Brought:
    sign, wanted = _sign(pair, side), set(keys)
    rows = [row for row in extract.rows if (row.code, row.currency) in wanted]
    carried = {key: extract.earlier[key] for key in keys if key not in extract.closing}
    known = sum(each.closing_minor for each in carried.values())
    opening = sum(extract.opening.get(key, 0) for key in keys) + known + sum(row.amount_minor for row in rows if row.day < first)
    closing = sum(extract.closing.get(key, 0) for key in keys) + known
    later = [row for row in extract.later if (row.code, row.currency) in wanted]
    items = _items(extract.kept.union, pair, side, [row for row in rows if row.day >= first])
    left_out = tuple(LeftOut(side, code, each.extract, sign * each.closing_minor) for (code, _), each in carried.items())
    ledger = Ledger(sign * opening, sign * closing, items, _items(extract.kept.union, pair, side, later))
    return Brought(ledger, extract.kept.number, left_out)


def _sign(pair: Pair, side: Side) -> int:
    """How a debit counts: what is owed to a union, paid in by it or on its way is its debit; the pool's in transit is a debit as well."""
    return 1 if side == "creditor" or pair.about == "in_transit" else -1


def _items(union: str, pair: Pair, side: Side, rows: Sequence[Row]) -> tuple[Item, ...]:
    """Rows as items; their keys are the same in every upload that has the row, however the file is ordered."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        said = f"{union}|{row.code}|{row.currency}|{row.day}|{row.amount_minor}|{row.document}|{row.text}"
        seen[said] += 1
        key = sha256(f"{said}|{seen[said]}".encode()).hexdigest()[:24]
        found.append(Item(key=key, side=side, day=row.day, amount_minor=_sign(pair, side) * row.amount_minor, document=row.document, text=row.text))
    return tuple(found)


def pool_ledger(books: Books, pair: Pair, side: Side, shown_as: ItemSide, first: date) -> Ledger:
    """What the pool's journal has of a side, from a day on; as a third beside both sides also the rows before that day."""
    sign, rows = _sign(pair, side), books.pool.get(pair, {}).get(side, [])
    opening = books.before.get((pair, side), 0) + sum(row.amount_minor for row in rows if row.day < first)
    closing = opening + sum(row.amount_minor for row in rows if first <= row.day <= books.ends_on)
    until_cutoff = [row for row in rows if row.day <= books.ends_on and (shown_as == "pool" or row.day >= first)]
    later = [row for row in rows if row.day > books.ends_on]
    items, after = (tuple(_pool_item(row, shown_as, sign) for row in some) for some in (until_cutoff, later))
    return Ledger(sign * opening, sign * closing, items, after)


def _pool_item(row: PoolRow, side: ItemSide, sign: int) -> Item:
    return Item(
        key=f"J{row.entry}.{row.line}", side=side, day=row.day, amount_minor=sign * row.amount_minor, document=row.reference,
        text=row.description, nation=row.nation, exchanged=row.exchanged,
    )  # fmt: skip


def is_known_to_pool(books: Books, pair: Pair) -> bool:
    """Whether the pool's journal has anything of a pair: it is then held against both unions' books."""
    return pair in books.pool or any(known == pair and minor for (known, _), minor in books.before.items())


def tolerance_of(books: Books, pair: Pair) -> int:
    """What one item may differ by: the least that a signed agreement in force states for debts in the currency; 0 where none does."""
    stated = []
    for known in books.agreements:
        found = agreement_rules.on_day(known, books.ends_on)
        if found is not None and found.terms.tolerance_minor is not None and found.terms.debt_currency == pair.currency:
            stated.append(found.terms.tolerance_minor)
    return min(stated, default=0)


def moved(ledger: Ledger, already_minor: int) -> Ledger:
    """The same by what moved alone: a union's account of what it paid in begins anew each year, so what was compared before is its opening."""
    return Ledger(already_minor, already_minor + sum(each.amount_minor for each in ledger.items), ledger.items, ledger.later)
