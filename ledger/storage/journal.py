"""Record entries: lock the head, load what the rules need, decide, and write everything in one statement.

:func:`post` is the one posting primitive; the writer (``ledger.storage.writer``) calls it for a batch, and a service calls it inside
its own transaction when its rows must change together with an entry.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from ledger.domain import chain as hash_chain
from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft
from ledger.domain.exchange import BANK_OF_CANADA
from ledger.domain.posting_rules import Accepted, Books, FundPosition, Period, Position, decide, touched
from ledger.domain.text import fold
from ledger.storage import audit, requests
from ledger.storage.arrays import columns
from ledger.storage.database import Connection

_SQL = Path(__file__).parent / "sql"
RECORD, _LOAD = (_SQL / "record.sql").read_text(), (_SQL / "load.sql").read_text()
# JSON writes control characters as escapes, so canonical bytes hold neither.
TAG_SEPARATOR, RECORD_SEPARATOR = "\x1f", "\x1e"


class Head(msgspec.Struct):
    """The last entry's number and hash; locked, so that one writer at a time goes on from it."""

    number: int
    hash: bytes


class _Worth(msgspec.Struct):
    """The day's rates as (base, quote, quote per base), and what is added to promises in another currency, in percent."""

    rates: list[tuple[str, str, Decimal]]
    headroom_percent: Decimal

    def values(self) -> dict[str, Decimal]:
        """What a unit of each currency is worth in the last quote currency."""
        return {base: value for base, _, value in self.rates} | {quote: Decimal(1) for _, quote, _ in self.rates}


class _Loaded(msgspec.Struct):
    """What ``load.sql`` answers."""

    accounts: list[Account]
    funds: list[Fund]
    positions: list[tuple[int, int, int, int]]
    fund_positions: list[tuple[str, int, str, int, int, int]]
    periods: list[Period]
    reversals: list[tuple[int, int]]
    worth: _Worth | None


_loaded = msgspec.json.Decoder(_Loaded)


class Posted(msgspec.Struct, frozen=True):
    """What the books answer for one recorded draft."""

    number: int
    hash: str
    recorded_at: datetime


async def lock_head(connection: Connection) -> Head:
    """Take the fence: every transaction that posts goes through this row, in any process."""
    row = await connection.fetchrow("SELECT number, hash FROM head WHERE id = 1 FOR UPDATE")
    return Head(row["number"], row["hash"])


async def read_head(connection: Connection) -> Head:
    """The last entry's number and hash, without locking."""
    row = await connection.fetchrow("SELECT number, hash FROM head WHERE id = 1")
    return Head(row["number"], row["hash"])


async def post(connection: Connection, actor: Actor, drafts: Sequence[Draft], *, now: datetime, today: date) -> list[Posted]:
    """Record all of the drafts in the caller's transaction, or raise the first refusal with nothing recorded."""
    head = await lock_head(connection)
    books = await load_books(connection, drafts, head, today)
    accepted = decide(books, actor, drafts)
    return await record(connection, books, head, [(actor, item) for item in accepted], now)


async def load_books(connection: Connection, drafts: Sequence[Draft], head: Head, today: date) -> Books:
    """The accounts, funds, balances, periods and reversals that the drafts touch, in one question. Call under the head lock."""
    keys = sorted(set(touched(drafts)))
    text = await connection.fetchval(
        _LOAD, sorted({account for account, _ in keys}), sorted({fund for _, fund in keys}), [account for account, _ in keys],
        [fund for _, fund in keys], [draft.reverses for draft in drafts if draft.reverses is not None],
        any(draft.kind == "commitment" for draft in drafts), today, BANK_OF_CANADA,
    )  # fmt: skip
    found = _loaded.decode(text)
    return Books(
        accounts={account.id: account for account in found.accounts},
        funds={fund.id: fund for fund in found.funds},
        today=today,
        positions={(account, fund): Position(balance, version) for account, fund, version, balance in found.positions},
        fund_positions={(book, fund, currency): FundPosition(*figures) for book, fund, currency, *figures in found.fund_positions},
        periods=found.periods,
        reversals=dict(found.reversals),
        next_number=head.number + 1,
        values=found.worth.values() if found.worth else {},
        headroom=found.worth.headroom_percent / 100 if found.worth else Decimal(0),
    )


async def read_accounts(connection: Connection, ids: Sequence[int] | None = None) -> dict[int, Account]:
    """Accounts by id; all of them when no ids are given."""
    rows = await connection.fetch("SELECT * FROM accounts WHERE $1::int[] IS NULL OR id = ANY($1::int[])", ids)
    return {row["id"]: account_from_row(row) for row in rows}


async def read_funds(connection: Connection, ids: Sequence[int] | None = None) -> dict[int, Fund]:
    """Funds by id; all of them when no ids are given."""
    rows = await connection.fetch("SELECT * FROM funds WHERE $1::int[] IS NULL OR id = ANY($1::int[])", ids)
    return {row["id"]: fund_from_row(row) for row in rows}


def account_from_row(row: Any) -> Account:
    """One row of ``accounts`` as an account."""
    return Account(**{name: row[name] for name in Account.__struct_fields__})


def fund_from_row(row: Any) -> Fund:
    """One row of ``funds`` as a fund."""
    return Fund(**{name: row[name] for name in Fund.__struct_fields__})


async def record(connection: Connection, books: Books, head: Head, items: Sequence[tuple[Actor, Accepted]], now: datetime) -> list[Posted]:
    """Write accepted drafts after ``head`` in one statement, and move the head. ``books`` is as ``decide`` left it."""
    arguments, posted = recording(books, head, items, now)
    await connection.execute(RECORD, *arguments)
    return posted


def recording(
    books: Books, head: Head, items: Sequence[tuple[Actor, Accepted]], now: datetime,
    settled: Sequence[requests.Settled] = (), events: Sequence[audit.Event] = (),
) -> tuple[list[Any], list[Posted]]:  # fmt: skip
    """The arguments of :data:`RECORD` for at least one accepted draft, with the answers and audit events that belong to them.

    Moves ``head`` on, so that the next recording of the same transaction can be made before this one is sent.
    """
    entries, canonicals, hashes, posted = [], [], [], []
    for actor, accepted in items:
        draft = accepted.draft
        canonical = hash_chain.canonical_bytes(
            accepted.number, now, (actor.person_id, actor.name, actor.union), draft, books.accounts, books.funds
        )
        own = hash_chain.link(head.hash, canonical)
        entries.append(_entry_row(actor, accepted.number, draft))
        canonicals.append(canonical.decode())
        hashes.append((head.hash, own))
        posted.append(Posted(accepted.number, own.hex(), now))
        head.number, head.hash = accepted.number, own
    accepted_only = [accepted for _, accepted in items]
    arguments = [
        now, head.number, head.hash,
        *columns(entries, 14), RECORD_SEPARATOR.join(canonicals), *columns(hashes, 2),
        *columns(_posting_rows(accepted_only), 9), *columns(_balance_rows(books, accepted_only), 5),
        *columns(_fund_rows(books, accepted_only), 6), *columns(_total_rows(accepted_only, _day), 5),
        *columns(_total_rows(accepted_only, _month), 5), *requests.settled_columns(settled), *audit.event_columns(events),
    ]  # fmt: skip
    return arguments, posted


def _entry_row(actor: Actor, number: int, draft: Draft) -> tuple[Any, ...]:
    words = fold(" ".join((draft.description, draft.reference, draft.subject, draft.kind, *draft.tags)))
    return (
        number, draft.entry_date, draft.effective_date, draft.kind, draft.description, draft.reference, draft.subject,
        TAG_SEPARATOR.join(draft.tags), actor.person_id, _exchange_text(draft), draft.origin, draft.reverses, draft.corrects,
        words,
    )  # fmt: skip


def _exchange_text(draft: Draft) -> str | None:
    return None if draft.exchange is None else msgspec.json.encode(draft.exchange).decode()


def _posting_rows(items: Iterable[Accepted]) -> list[tuple[Any, ...]]:
    return [
        (p.account_id, p.fund_id, step.version, item.number, line, item.draft.entry_date, p.amount_minor, step.balance_after, p.memo)
        for item in items
        for line, (p, step) in enumerate(zip(item.draft.postings, item.steps, strict=True), 1)
    ]


def _balance_rows(books: Books, items: Sequence[Accepted]) -> list[tuple[Any, ...]]:
    keys = sorted(set(touched([item.draft for item in items])))
    return [(*key, books.positions[key].version, books.positions[key].balance_minor, books.accounts[key[0]].guarded) for key in keys]


def _fund_rows(books: Books, items: Sequence[Accepted]) -> list[tuple[Any, ...]]:
    keys = sorted(set(chain.from_iterable(item.moved_funds for item in items)))
    return [(*key, *msgspec.structs.astuple(books.fund_positions[key])) for key in keys]


def _total_rows(items: Iterable[Accepted], bucket: Any) -> list[tuple[Any, ...]]:
    sums: defaultdict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0])
    for item in items:
        when = bucket(item.draft.entry_date)
        for posting in item.draft.postings:
            side = sums[posting.account_id, posting.fund_id, when]
            side[posting.amount_minor < 0] += abs(posting.amount_minor)
    return [(*key, debit, credit) for key, (debit, credit) in sorted(sums.items())]


def _day(when: date) -> date:
    return when


def _month(when: date) -> date:
    return when.replace(day=1)
