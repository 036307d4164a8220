"""Read accounts' balances and statement lines from the indexes made for it, and keep accounts' and locals' closings."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.domain.account_rules import Local
from ledger.domain.accounts import Account
from ledger.storage.database import Connection
from ledger.storage.entries import balance_on
from ledger.storage.journal import account_from_row


class AccountRow(msgspec.Struct, frozen=True):
    """An account and its balance over all funds, minor units, debit positive."""

    account: Account
    balance_minor: int


class Position(msgspec.Struct, frozen=True):
    """A place in a statement: after this line of this entry."""

    entry_date: date
    number: int
    line: int


class Moved(msgspec.Struct, frozen=True):
    """What was posted to an account over some days, minor units, both positive."""

    debit_minor: int
    credit_minor: int

    @property
    def change_minor(self) -> int:
        """What it did to the balance."""
        return self.debit_minor - self.credit_minor


class Line(msgspec.Struct, frozen=True):
    """One posting on a statement; ``balance_minor`` is the statement's running balance after it."""

    entry_date: date
    number: int
    line: int
    kind: str
    description: str
    subject: str
    memo: str
    fund: str
    amount_minor: int
    balance_minor: int = 0
    reversed_by: int | None = None


async def rows(connection: Connection, book: str, currency: str, with_closed: bool) -> list[AccountRow]:
    """Accounts with their balances, by book (the joint one first), type as balance sheets list them, and path."""
    found = await connection.fetch(
        """SELECT a.*, coalesce(s.balance_minor, 0)::bigint AS balance_minor FROM accounts a
        LEFT JOIN (SELECT account_id, sum(balance_minor) AS balance_minor FROM balances GROUP BY account_id) s ON s.account_id = a.id
        WHERE ($1 = '' OR a.book = $1) AND ($2 = '' OR a.currency = $2) AND ($3 OR a.closed_on IS NULL)
        ORDER BY a.book <> 'joint', a.book,
            array_position(ARRAY['Assets', 'Liabilities', 'Equity', 'Income', 'Expense', 'Budget'], split_part(a.path, ':', 1)),
            a.path, a.currency DESC""",
        book, currency, with_closed,
    )  # fmt: skip
    return [AccountRow(account_from_row(row), row["balance_minor"]) for row in found]


async def by_fund(connection: Connection, account_id: int) -> list[tuple[str, int]]:
    """(fund code, balance) of the account, without zeros."""
    found = await connection.fetch(
        """SELECT f.code, b.balance_minor FROM balances b JOIN funds f ON f.id = b.fund_id
        WHERE b.account_id = $1 AND b.balance_minor <> 0 ORDER BY f.id""",
        account_id,
    )
    return [(row["code"], row["balance_minor"]) for row in found]


async def balance_before(connection: Connection, account_id: int, fund_id: int | None, day: date) -> int:
    """The balance by entry date at the start of a day, in one fund or over all."""
    return await balance_on(connection, account_id, fund_id, day - timedelta(days=1))


async def balance_at(connection: Connection, account_id: int, fund_id: int | None, place: Position) -> int:
    """The balance by entry date just after a line: the start of its day, and that day's lines up to it."""
    that_day: int = await connection.fetchval(
        """SELECT coalesce(sum(amount_minor), 0) FROM postings WHERE account_id = $1 AND ($2::int IS NULL OR fund_id = $2)
        AND entry_date = $3 AND (entry_number, line) <= ($4, $5)""",
        account_id, fund_id, place.entry_date, place.number, place.line,
    )  # fmt: skip
    return await balance_before(connection, account_id, fund_id, place.entry_date) + int(that_day)


async def moved(connection: Connection, account_id: int, fund_id: int | None, days: tuple[date, date]) -> Moved:
    """The sums of debits and of credits dated within ``days`` inclusive, in one fund or over all: never a scan of postings."""
    found = await connection.fetchrow(
        """SELECT coalesce(sum(debit_minor), 0)::bigint AS debit_minor, coalesce(sum(credit_minor), 0)::bigint AS credit_minor
        FROM day_totals WHERE account_id = $1 AND ($2::int IS NULL OR fund_id = $2) AND day BETWEEN $3 AND $4""",
        account_id, fund_id, *days,
    )  # fmt: skip
    return Moved(**dict(found))


async def lines(
    connection: Connection, account_id: int, fund_id: int | None, days: tuple[date, date], after: Position | None, limit: int
) -> list[Line]:
    """Postings dated within ``days`` inclusive, oldest first, after a place where given; at most ``limit``."""
    start = after or Position(days[0], 0, 0)
    found = await connection.fetch(
        """SELECT p.entry_date, p.entry_number AS number, p.line, e.kind, e.description, e.subject, p.memo, f.code AS fund, p.amount_minor,
            r.number AS reversed_by
        FROM postings p JOIN entries e ON e.number = p.entry_number JOIN funds f ON f.id = p.fund_id
        LEFT JOIN entries r ON r.reverses = e.number
        WHERE p.account_id = $1 AND ($2::int IS NULL OR p.fund_id = $2)
            AND (p.entry_date, p.entry_number, p.line) > ($3, $4, $5) AND p.entry_date <= $6
        ORDER BY p.entry_date, p.entry_number, p.line LIMIT $7""",
        account_id, fund_id, start.entry_date, start.number, start.line, days[1], limit,
    )  # fmt: skip
    return [Line(**dict(row)) for row in found]


def running(found: Sequence[Line], brought_minor: int) -> list[Line]:
    """The lines with their running balance, going on from ``brought_minor``."""
    balance, told = brought_minor, []
    for line in found:
        balance += line.amount_minor
        told.append(msgspec.structs.replace(line, balance_minor=balance))
    return told


async def exists(connection: Connection, account: Account) -> bool:
    """Whether an account of this name is there, open or closed."""
    found = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM accounts WHERE book = $1 AND path = $2 AND currency = $3)", account.book, account.path, account.currency
    )
    return bool(found)


async def close(connection: Connection, account_id: int, day: date) -> None:
    """The account takes nothing dated after ``day``."""
    await connection.execute("UPDATE accounts SET closed_on = $2 WHERE id = $1", account_id, day)


async def locals_(connection: Connection) -> list[Local]:
    """Every local, by union and number (digits as numbers)."""
    found = await connection.fetch('SELECT id, union_code AS "union", number, name, city, closed_on FROM locals')
    return sorted((Local(**dict(row)) for row in found), key=lambda row: (row.union, row.number.zfill(12)))


async def add_local(connection: Connection, new: Local) -> None:
    """Keep a new local; the caller checked that the number is free."""
    await connection.execute(
        "INSERT INTO locals (id, union_code, number, name, city) VALUES ($1, $2, $3, $4, $5)",
        new.id, new.union, new.number, new.name, new.city,
    )  # fmt: skip


async def close_local(connection: Connection, local_id: int, day: date) -> None:
    """The local is no longer offered in forms."""
    await connection.execute("UPDATE locals SET closed_on = $2 WHERE id = $1", local_id, day)


async def currencies(connection: Connection) -> list[dict[str, Any]]:
    """Every currency with its decimal places and names."""
    return [dict(row) for row in await connection.fetch("SELECT code, digits, name_en, name_fr FROM currencies ORDER BY code")]
