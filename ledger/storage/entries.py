"""Read the journal: one entry whole, lists by filter and keyset, and balances on any date from the month and day totals.

Nothing here scans postings: lists stop at a page, balances add whole months and the days of one month.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain import chain
from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft, Entry, Exchange, Posting
from ledger.domain.refusals import NotFound
from ledger.domain.search import Query
from ledger.domain.text import fold
from ledger.storage.database import Connection
from ledger.storage.journal import read_accounts, read_funds

PAGE_ENTRIES = 50
# Amounts carry no index of their own (it would cost every posting): a search for one reads this many of the last entries.
AMOUNT_REACH_ENTRIES = 200_000


class EntryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of entries is narrowed to; what is left out does not narrow. ``first`` and ``last`` are entry dates, inclusive.

    ``amount_minor`` matches a posting of that size either way. ``query`` is a search as understood: words, a number or an amount.
    """

    first: date | None = None
    last: date | None = None
    book: str | None = None
    fund_id: int | None = None
    account_ids: tuple[int, ...] | None = None
    currency: str | None = None
    kind: str | None = None
    union: str | None = None
    person_id: int | None = None
    amount_minor: int | None = None
    reversed: bool | None = None
    tag: str | None = None
    query: Query | None = None


class EntryRow(msgspec.Struct, frozen=True):
    """One line of a list. ``amounts`` are total debits by (book, currency), minor units; ``funds`` the codes it touches."""

    number: int
    entry_date: date
    recorded_at: datetime
    kind: str
    description: str
    reference: str
    subject: str
    tags: list[str]
    actor_name: str
    actor_union: str | None
    reverses: int | None
    corrects: int | None
    reversed_by: int | None
    amounts: list[tuple[str, str, int]] = []
    funds: list[str] = []


class EntryView(msgspec.Struct, frozen=True):
    """One entry whole: with the accounts and funds its postings name, the door it came by, and what corrects it."""

    entry: Entry
    accounts: dict[int, Account]
    funds: dict[int, Fund]
    via: str
    corrected_by: list[int]
    running: list[int]


class BalanceRow(msgspec.Struct, frozen=True):
    """All debits and all credits of an account in a fund up to a date, minor units, both positive."""

    account_id: int
    fund_id: int
    debit_minor: int
    credit_minor: int

    @property
    def net_minor(self) -> int:
        """The balance, debit positive."""
        return self.debit_minor - self.credit_minor


async def entry(connection: Connection, number: int) -> Entry:
    """One entry by its number, as recorded; refuses an unknown one."""
    row = await connection.fetchrow(
        """SELECT e.*, r.number AS reversed_by FROM entries e LEFT JOIN entries r ON r.reverses = e.number WHERE e.number = $1""", number
    )
    if row is None:
        raise NotFound(kind="entry", id=str(number))
    lines = await connection.fetch(
        "SELECT account_id, fund_id, amount_minor, memo FROM postings WHERE entry_number = $1 ORDER BY line", number
    )
    return _entry(row, tuple(Posting(*line) for line in lines))


async def exists(connection: Connection, number: int) -> bool:
    """Whether there is an entry of this number."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM entries WHERE number = $1)", number))


def _entry(row: Any, postings: tuple[Posting, ...]) -> Entry:
    # Who acted is read from the hashed bytes: a person's name and union may change later, the entry does not.
    person_id, name, union = chain.decode(row["canonical"])["actor"]
    exchange = None if row["exchange"] is None else msgspec.convert(row["exchange"], Exchange)
    draft = Draft(
        row["entry_date"], row["kind"], row["description"], postings, row["effective_date"], row["reference"], row["subject"],
        tuple(row["tags"]), exchange, row["origin"], row["reverses"], row["corrects"],
    )  # fmt: skip
    return Entry(
        row["number"], row["recorded_at"], person_id, name, union, draft, row["previous_hash"], row["hash"], row["canonical"],
        row["reversed_by"],
    )  # fmt: skip


async def view(connection: Connection, number: int) -> EntryView:
    """One entry with everything its page shows."""
    found = await entry(connection, number)
    postings = found.draft.postings
    accounts = await read_accounts(connection, sorted({p.account_id for p in postings}))
    funds = await read_funds(connection, sorted({p.fund_id for p in postings}))
    running = await connection.fetch("SELECT balance_after FROM postings WHERE entry_number = $1 ORDER BY line", number)
    corrected = await connection.fetch("SELECT number FROM entries WHERE corrects = $1 ORDER BY number", number)
    return EntryView(found, accounts, funds, await _door(connection, found), [row[0] for row in corrected], [row[0] for row in running])


async def _door(connection: Connection, found: Entry) -> str:
    """By which door it came: the audit trail's line of the same instant, person and subject."""
    via: str | None = await connection.fetchval(
        """SELECT via FROM audit WHERE recorded_at = $1 AND person_id = $2 AND outcome = 'done'
        ORDER BY subject = ANY($3) DESC, id LIMIT 1""",
        found.recorded_at, found.actor_id, [f"J-{found.number}", found.draft.subject or "-"],
    )  # fmt: skip
    return via or ""


# --- lists ------------------------------------------------------------------------------------------------------------


async def newest(connection: Connection, narrowed: EntryFilter, before: int | None = None, limit: int = PAGE_ENTRIES) -> list[EntryRow]:
    """Entries from the newest number down, below ``before`` where given; at most ``limit``."""
    where = _Where()
    if before is not None:
        where.add("e.number < {}", before)
    await _narrow(connection, where, narrowed)
    rows = await connection.fetch(
        f"""SELECT e.number, e.entry_date, e.recorded_at, e.kind, e.description, e.reference, e.subject, e.tags,
            p.name AS actor_name, p.union_code AS actor_union, e.reverses, e.corrects, r.number AS reversed_by
        FROM entries e JOIN people p ON p.id = e.actor_id LEFT JOIN entries r ON r.reverses = e.number
        WHERE {where.text} ORDER BY e.number DESC LIMIT {int(limit)}""",
        *where.values,
    )
    return await _with_amounts(connection, [EntryRow(**dict(row)) for row in rows])


async def _with_amounts(connection: Connection, rows: list[EntryRow]) -> list[EntryRow]:
    numbers = [row.number for row in rows]
    found = await connection.fetch(
        """SELECT p.entry_number, a.book, a.currency, sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0)::bigint AS debit,
            array_agg(DISTINCT p.fund_id) AS funds
        FROM postings p JOIN accounts a ON a.id = p.account_id WHERE p.entry_number = ANY($1::bigint[])
        GROUP BY p.entry_number, a.book, a.currency ORDER BY p.entry_number, a.book, a.currency DESC""",
        numbers,
    )
    codes = {fund_id: fund.code for fund_id, fund in (await read_funds(connection)).items()}
    amounts: dict[int, list[tuple[str, str, int]]] = {number: [] for number in numbers}
    funds: dict[int, set[int]] = {number: set() for number in numbers}
    for row in found:
        amounts[row["entry_number"]].append((row["book"], row["currency"], row["debit"] or 0))
        funds[row["entry_number"]].update(row["funds"])
    return [
        msgspec.structs.replace(row, amounts=amounts[row.number], funds=[codes[fund] for fund in sorted(funds[row.number])]) for row in rows
    ]


class _Where:
    """The conditions of one list, each a fixed text with ``{}`` for its numbered parameters."""

    def __init__(self) -> None:
        self._conditions: list[str] = ["true"]
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """One more condition that must hold."""
        self._conditions.append(self.filled(condition, *values))

    def filled(self, condition: str, *values: Any) -> str:
        """The condition with its parameters numbered; nothing from outside ever becomes SQL text."""
        first = len(self.values) + 1
        self.values.extend(values)
        return condition.format(*(f"${number}" for number in range(first, first + len(values))))

    @property
    def text(self) -> str:
        return " AND ".join(self._conditions)


async def _narrow(connection: Connection, where: _Where, narrowed: EntryFilter) -> None:
    simple = (
        ("e.entry_date >= {}", narrowed.first),
        ("e.entry_date <= {}", narrowed.last),
        ("e.kind = {}", narrowed.kind),
        ("e.actor_id = {}", narrowed.person_id),
        ("e.actor_id IN (SELECT id FROM people WHERE union_code = {})", narrowed.union),
        ("{} = ANY(e.tags)", narrowed.tag),
    )
    for condition, value in simple:
        if value is not None:
            where.add(condition, value)
    if narrowed.reversed is not None:
        where.add("(r.number IS NOT NULL) = {}", narrowed.reversed)
    await _narrow_postings(connection, where, narrowed)
    if narrowed.query is not None and narrowed.query.text:
        where.add(await _found_by(connection, where, narrowed.query))


async def _narrow_postings(connection: Connection, where: _Where, narrowed: EntryFilter) -> None:
    """One posting must meet all of book, account, fund, currency and amount together."""
    conditions: list[str] = []
    if narrowed.account_ids is not None:
        conditions.append(where.filled("p.account_id = ANY({}::int[])", narrowed.account_ids))
    if narrowed.book is not None or narrowed.currency is not None:
        ids = await _account_ids(connection, narrowed.book, narrowed.currency)
        conditions.append(where.filled("p.account_id = ANY({}::int[])", ids))
    if narrowed.fund_id is not None:
        conditions.append(where.filled("p.fund_id = {}", narrowed.fund_id))
    if narrowed.amount_minor is not None:
        conditions.append(where.filled("abs(p.amount_minor) = {}", abs(narrowed.amount_minor)))
    if conditions:
        where.add(f"EXISTS (SELECT FROM postings p WHERE p.entry_number = e.number AND {' AND '.join(conditions)})")


async def _account_ids(connection: Connection, book: str | None, currency: str | None) -> list[int]:
    rows = await connection.fetch(
        "SELECT id FROM accounts WHERE ($1::text IS NULL OR book = $1) AND ($2::text IS NULL OR currency = $2)", book, currency
    )
    return [row["id"] for row in rows]


async def _found_by(connection: Connection, where: _Where, query: Query) -> str:
    """The search as one condition: all of the words, or the number, or the amount."""
    ways = [await _has_words(connection, where, query.words)] if query.words else []
    number = query.entry or (query.numbered[1] if query.numbered and query.numbered[0] == "J" else None)
    if number is not None:
        ways.append(where.filled("e.number = {}", number))
    if query.amounts:
        amounts = sorted({int(amount.scaleb(2)) for amount in query.amounts if amount == amount.quantize(amount.__class__("0.01"))})
        condition = "EXISTS (SELECT FROM postings p WHERE p.entry_number = e.number AND abs(p.amount_minor) = ANY({}::bigint[]))"
        reach = await connection.fetchval("SELECT number - $1 FROM head WHERE id = 1", AMOUNT_REACH_ENTRIES)
        ways.append(where.filled("(e.number > {} AND " + condition + ")", reach, amounts))
    return f"({' OR '.join(ways)})" if ways else "false"


async def _has_words(connection: Connection, where: _Where, words: Sequence[str]) -> str:
    """Every word begins a word of the entry's text, or of the name of an account or fund it moves, in either language."""
    accounts, funds = await read_accounts(connection), await read_funds(connection)
    named = [(_named_accounts(accounts, word), _named_funds(funds, word)) for word in words]
    in_text = "to_tsvector('simple', e.search) @@ to_tsquery('simple', {})"
    if not any(account_ids or fund_ids for account_ids, fund_ids in named):
        return where.filled(in_text, " & ".join(f"{word}:*" for word in words))
    conditions = []
    for word, (account_ids, fund_ids) in zip(words, named, strict=True):
        moved = "EXISTS (SELECT FROM postings p WHERE p.entry_number = e.number AND (p.account_id = ANY({}::int[]) OR p.fund_id = ANY({}::int[])))"
        conditions.append(where.filled(f"({in_text} OR {moved})", f"{word}:*", account_ids, fund_ids))
    return f"({' AND '.join(conditions)})"


def _named_accounts(accounts: dict[int, Account], word: str) -> list[int]:
    return [a.id for a in accounts.values() if _begins(word, a.path, a.name_en, a.name_fr)]


def _named_funds(funds: dict[int, Fund], word: str) -> list[int]:
    return [f.id for f in funds.values() if _begins(word, f.code, f.name_en, f.name_fr)]


def _begins(word: str, *texts: str) -> bool:
    return any(part.startswith(word) for part in fold(" ".join(texts)).split())


# --- balances on a date -----------------------------------------------------------------------------------------------


async def balance_on(connection: Connection, account_id: int, fund_id: int | None, day: date) -> int:
    """The balance by entry date at the end of a day, in one fund or over all; minor units, debit positive."""
    balance = await connection.fetchval(
        """SELECT (SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM month_totals
                WHERE account_id = $1 AND ($2::int IS NULL OR fund_id = $2) AND month < date_trunc('month', $3::date)::date)
            + (SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM day_totals
                WHERE account_id = $1 AND ($2::int IS NULL OR fund_id = $2)
                AND day BETWEEN date_trunc('month', $3::date)::date AND $3)""",
        account_id, fund_id, day,
    )  # fmt: skip
    return int(balance)


async def balances_on(connection: Connection, day: date, book: str | None = None) -> list[BalanceRow]:
    """Every account and fund that ever moved, up to the end of a day: the rows of a trial balance."""
    rows = await connection.fetch(
        """SELECT t.account_id, t.fund_id, sum(t.debit_minor)::bigint AS debit_minor, sum(t.credit_minor)::bigint AS credit_minor
        FROM (
            SELECT account_id, fund_id, debit_minor, credit_minor FROM month_totals WHERE month < date_trunc('month', $1::date)::date
            UNION ALL
            SELECT account_id, fund_id, debit_minor, credit_minor FROM day_totals
            WHERE day BETWEEN date_trunc('month', $1::date)::date AND $1
        ) t
        WHERE $2::text IS NULL OR t.account_id IN (SELECT id FROM accounts WHERE book = $2)
        GROUP BY t.account_id, t.fund_id ORDER BY t.account_id, t.fund_id""",
        day, book,
    )  # fmt: skip
    return [BalanceRow(**dict(row)) for row in rows]


async def entries_of(connection: Connection, subject: str) -> list[tuple[int, date, str, str]]:
    """(number, date, kind, description) of the entries of one record (``T-0042``, ``P-0003``), oldest first."""
    rows = await connection.fetch(
        "SELECT number, entry_date, kind, description FROM entries WHERE subject = $1 AND subject <> '' ORDER BY number", subject
    )
    return [tuple(row) for row in rows]
