"""Read the journal in order, as it was hashed, a stretch at a time, for export and verification."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec

from ledger.storage.database import Connection

STRETCH = 2_000


class Line(msgspec.Struct, frozen=True):
    """One entry as hashed."""

    number: int
    previous_hash: bytes
    canonical: bytes
    hash: bytes


async def lines(connection: Connection, first: int = 1, last: int | None = None) -> AsyncIterator[Line]:
    """Every entry from ``first`` to ``last`` in order; call inside one snapshot."""
    while True:
        rows = await connection.fetch(
            """SELECT number, previous_hash, canonical, hash FROM entries
            WHERE number >= $1 AND ($2::bigint IS NULL OR number <= $2) ORDER BY number LIMIT $3""",
            first, last, STRETCH,
        )  # fmt: skip
        for row in rows:
            yield Line(row["number"], row["previous_hash"], row["canonical"], row["hash"])
        if len(rows) < STRETCH:
            return
        first = rows[-1]["number"] + 1


async def recorded_rows(connection: Connection, first: int, last: int) -> list[dict[str, Any]]:
    """The entries' own columns with their postings by name, to be held against the hashed bytes."""
    rows = await connection.fetch(
        """SELECT e.number, e.entry_date, e.effective_date, e.recorded_at, e.kind, e.description, e.reference, e.subject, e.tags, e.actor_id,
                  e.origin, e.reverses, e.corrects, e.exchange,
                  (SELECT jsonb_agg(jsonb_build_array(a.book, a.path, a.currency, f.code, p.amount_minor, p.memo) ORDER BY p.line)
                   FROM postings p JOIN accounts a ON a.id = p.account_id JOIN funds f ON f.id = p.fund_id
                   WHERE p.entry_number = e.number) AS postings,
                  (SELECT bool_and(p.entry_date = e.entry_date) AND min(p.line) = 1 AND max(p.line) = count(*)
                   FROM postings p WHERE p.entry_number = e.number) AS whole
        FROM entries e WHERE e.number BETWEEN $1 AND $2 ORDER BY e.number""",
        first, last,
    )  # fmt: skip
    return [dict(row) for row in rows]


_DERIVED = {
    "running balances": """
        SELECT a.book || '/' || a.path || ' ' || a.currency || ', ' || f.code || ', posting ' || p.version AS place FROM (
            SELECT account_id, fund_id, version, balance_after,
                   sum(amount_minor) OVER w AS total, row_number() OVER w AS expected
            FROM postings WINDOW w AS (PARTITION BY account_id, fund_id ORDER BY version)
        ) p JOIN accounts a ON a.id = p.account_id JOIN funds f ON f.id = p.fund_id
        WHERE p.balance_after <> p.total OR p.version <> p.expected ORDER BY 1 LIMIT 20""",
    "balances": """
        SELECT a.book || '/' || a.path || ' ' || a.currency AS place FROM (
            SELECT account_id, fund_id, sum(amount_minor) AS total, count(*) AS version FROM postings GROUP BY account_id, fund_id
        ) p FULL JOIN balances b USING (account_id, fund_id) JOIN accounts a ON a.id = account_id
        WHERE coalesce(p.total, 0) <> coalesce(b.balance_minor, 0) OR coalesce(p.version, 0) <> coalesce(b.version, 0) ORDER BY 1 LIMIT 20""",
    "day totals": """
        SELECT a.book || '/' || a.path || ' ' || a.currency || ' on ' || day AS place FROM (
            SELECT account_id, fund_id, entry_date AS day, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS debit,
                   -coalesce(sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS credit
            FROM postings GROUP BY account_id, fund_id, entry_date
        ) p FULL JOIN day_totals d USING (account_id, fund_id, day) JOIN accounts a ON a.id = account_id
        WHERE p.debit IS DISTINCT FROM d.debit_minor OR p.credit IS DISTINCT FROM d.credit_minor ORDER BY 1 LIMIT 20""",
    "month totals": """
        SELECT a.book || '/' || a.path || ' ' || a.currency || ' in ' || month AS place FROM (
            SELECT account_id, fund_id, date_trunc('month', day)::date AS month, sum(debit_minor) AS debit, sum(credit_minor) AS credit
            FROM day_totals GROUP BY account_id, fund_id, date_trunc('month', day)::date
        ) p FULL JOIN month_totals m USING (account_id, fund_id, month) JOIN accounts a ON a.id = account_id
        WHERE p.debit IS DISTINCT FROM m.debit_minor OR p.credit IS DISTINCT FROM m.credit_minor ORDER BY 1 LIMIT 20""",
    "fund balances": """
        SELECT book || ', ' || f.code || ', ' || currency AS place FROM (
            SELECT a.book, b.fund_id, a.currency,
                   coalesce(sum(b.balance_minor) FILTER (WHERE a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%'), 0) AS held,
                   coalesce(sum(b.balance_minor) FILTER (WHERE a.role IN ('pledges', 'strike_advances', 'strike_recoverable', 'hardship_loans')), 0)
                       AS pledged,
                   coalesce(sum(b.balance_minor) FILTER (WHERE a.role = 'encumbrances'), 0) AS committed
            FROM balances b JOIN accounts a ON a.id = b.account_id GROUP BY a.book, b.fund_id, a.currency
        ) p FULL JOIN fund_balances d USING (book, fund_id, currency) JOIN funds f ON f.id = fund_id
        WHERE coalesce(p.held, 0) <> coalesce(d.held_minor, 0) OR coalesce(p.committed, 0) <> coalesce(d.committed_minor, 0)
            OR coalesce(p.pledged, 0) <> coalesce(d.pledged_minor, 0)
        ORDER BY 1 LIMIT 20""",
    "documents": """
        SELECT filename || ' ' || id AS place FROM documents WHERE sha256(content) <> sha256 ORDER BY 1 LIMIT 20""",
    "orphan postings": """
        SELECT 'J-' || entry_number AS place FROM postings p
        WHERE NOT EXISTS (SELECT FROM entries e WHERE e.number = p.entry_number) ORDER BY 1 LIMIT 20""",
}


async def derived_faults(connection: Connection) -> list[tuple[str, str]]:
    """Where a derived figure is not what the postings give: (which figure, where), at most twenty of each."""
    await connection.execute("SET LOCAL statement_timeout = 0")
    return [(what, row["place"]) for what, query in _DERIVED.items() for row in await connection.fetch(query, timeout=3_600)]


async def days_of_entries(connection: Connection) -> tuple[date, date] | None:
    """The first and last entry dates; None in empty books."""
    row = await connection.fetchrow("SELECT min(entry_date) AS first, max(entry_date) AS last FROM entries")
    return None if row["first"] is None else (row["first"], row["last"])
