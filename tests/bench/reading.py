"""Measure reading at growing sizes: a balance on a date, a statement page, the trial balance, over rows copied in as the owner."""

import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg

from ledger.storage import accounts as account_reads
from ledger.storage.database import Connection, Database
from ledger.storage.entries import balance_on
from reports.balances import balances_on

REPEATS = 15

# Postings in pairs over the last two years, spread over the joint book's accounts and funds: what queries see, without the chain.
_FILL = """
    INSERT INTO postings (account_id, fund_id, version, entry_number, line, entry_date, amount_minor, balance_after, memo)
    SELECT account_id, fund_id, row_number() OVER (PARTITION BY account_id, fund_id ORDER BY n), $3::bigint + n / 2, 1 + n % 2, day,
           CASE WHEN n % 2 = 0 THEN 100 ELSE -100 END, 0, ''
    FROM (SELECT n, (ARRAY(SELECT id FROM accounts WHERE book = 'joint' ORDER BY id))[1 + (n * 7) % (SELECT count(*) FROM accounts WHERE book = 'joint')]
                 AS account_id, 1 + (n / 2) % 6 AS fund_id, $1::date + ((n / 2) % 730)::int AS day FROM generate_series(0, $2::bigint - 1) AS n) AS made"""
_DAYS = """
    INSERT INTO day_totals SELECT account_id, fund_id, entry_date, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0),
        -coalesce(sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) FROM postings GROUP BY account_id, fund_id, entry_date"""
_MONTHS = """
    INSERT INTO month_totals SELECT account_id, fund_id, date_trunc('month', day)::date, sum(debit_minor), sum(credit_minor)
    FROM day_totals GROUP BY 1, 2, 3"""
FIRST = date(2024, 1, 1)


async def fill(owner_url: str, schema: str, postings: int) -> None:
    """Put so many postings in, in place of what was there; only for a throw-away database."""
    connection = await asyncpg.connect(owner_url, timeout=30)
    try:
        await connection.execute(f"SET search_path = {schema}; SET work_mem = '256MB'")
        for table in ("postings", "day_totals", "month_totals"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL; TRUNCATE {table}")
        await connection.execute(_FILL, FIRST, postings, 10**9, timeout=3_600)
        await connection.execute(_DAYS, timeout=3_600)
        await connection.execute(_MONTHS, timeout=3_600)
        for table in ("postings", "day_totals", "month_totals"):
            await connection.execute(f"VACUUM ANALYZE {table}", timeout=3_600)
    finally:
        await connection.close()


async def measure(database: Database) -> dict[str, float]:
    """Milliseconds of each read, the median of fifteen."""
    day = FIRST + timedelta(days=500)
    async with database.reading() as connection:
        account_id = await connection.fetchval("SELECT min(id) FROM accounts WHERE book = 'joint'")
        reads: dict[str, Callable[[Connection], Awaitable[Any]]] = {
            "balance on a date": lambda c: balance_on(c, account_id, None, day),
            "statement page": lambda c: _statement(c, account_id, day),
            "trial balance": lambda c: balances_on(c, day),
        }
        return {name: await _median(connection, read) for name, read in reads.items()}


async def _statement(connection: Connection, account_id: int, day: date) -> None:
    await account_reads.balance_before(connection, account_id, None, day)
    await connection.fetch(
        """SELECT entry_date, entry_number, line, amount_minor FROM postings WHERE account_id = $1 AND entry_date >= $2
        ORDER BY entry_date, entry_number, line LIMIT 50""",
        account_id, day,
    )  # fmt: skip


async def _median(connection: Connection, read: Callable[[Connection], Awaitable[Any]]) -> float:
    spent = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        await read(connection)
        spent.append((time.perf_counter() - started) * 1_000)
    return sorted(spent)[REPEATS // 2]
