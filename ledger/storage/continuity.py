"""Read what a period moved in the joint book, by account and fund, telling what belongs to earlier periods; and what was done under control."""

from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.chart import JOINT
from ledger.domain.continuity import Moved
from ledger.storage.database import Connection

# A revaluation moves no money: its two lines cancel out within a fund and a currency.
# An entry belongs to an earlier period where it reverses or corrects one of it, or says itself that it took effect then (cases W13, W20 R1).
_EARLIER = """(e.effective_date < $1 OR coalesce(e.reverses, e.corrects) IS NOT NULL
    AND (SELECT o.entry_date FROM entries o WHERE o.number = coalesce(e.reverses, e.corrects)) < $1)"""

_MOVED = f"""
    WITH told AS MATERIALIZED (
        SELECT e.number, coalesce({_EARLIER}, false) AS earlier,
            e.kind IN ('contribution', 'reversal') AND EXISTS (
                SELECT FROM contributions c WHERE c.entry_number = coalesce(e.reverses, e.number) AND c.local_id IS NOT NULL) AS of_local
        FROM entries e WHERE e.entry_date BETWEEN $1 AND $2 AND e.kind <> 'revaluation')
    SELECT p.account_id, p.fund_id, t.of_local AND a.role = 'contributions' AS of_local, t.earlier,
        coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0)::bigint AS debit_minor,
        coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)::bigint AS credit_minor
    FROM told t JOIN postings p ON p.entry_number = t.number JOIN accounts a ON a.id = p.account_id
    WHERE a.book = $3 GROUP BY 1, 2, 3, 4"""

_EARLIER_ENTRIES = f"""
    SELECT e.number, e.entry_date, e.kind, e.description, e.reverses, e.corrects, e.effective_date, p.fund_id, a.currency::text AS currency,
        sum(p.amount_minor) FILTER (WHERE a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%')::bigint AS change_minor
    FROM entries e JOIN postings p ON p.entry_number = e.number JOIN accounts a ON a.id = p.account_id
    WHERE e.entry_date BETWEEN $1 AND $2 AND a.book = $3 AND {_EARLIER} AND a.path NOT LIKE 'Budget:%'
    GROUP BY e.number, p.fund_id, a.currency ORDER BY e.number, p.fund_id, a.currency LIMIT $4"""


class Earlier(msgspec.Struct, frozen=True):
    """An entry of the period that belongs to an earlier one, as one fund felt it in one currency, minor units."""

    number: int
    entry_date: date
    kind: str
    description: str
    reverses: int | None
    corrects: int | None
    effective_date: date | None
    fund_id: int
    currency: str
    change_minor: int | None


class Controls(msgspec.Struct, frozen=True):
    """How a period's entries came about, as counts; ``late`` were recorded after its last day had passed."""

    made: int
    reversals: int
    corrections: int
    late: int


class Refused(msgspec.Struct, frozen=True):
    """One refusal from the audit trail: who, when, what they tried, and by which rule."""

    at: datetime
    person: str
    union: str | None
    action: str
    code: str
    facts: dict[str, Any]


async def moved(connection: Connection, first: date, last: date) -> list[Moved]:
    """What every account of the joint book moved for every fund."""
    return [Moved(**dict(row)) for row in await connection.fetch(_MOVED, first, last, JOINT)]


async def earlier_entries(connection: Connection, first: date, last: date, limit: int) -> list[Earlier]:
    """The entries of the period that belong to earlier ones, by number."""
    return [Earlier(**dict(row)) for row in await connection.fetch(_EARLIER_ENTRIES, first, last, JOINT, limit)]


async def controls(connection: Connection, first: date, last: date, over: datetime) -> Controls:
    """The period's entries of every book; ``over`` is the moment after its last."""
    row = await connection.fetchrow(
        """SELECT count(*)::int AS made, count(*) FILTER (WHERE reverses IS NOT NULL)::int AS reversals,
            count(*) FILTER (WHERE corrects IS NOT NULL)::int AS corrections, count(*) FILTER (WHERE recorded_at >= $3)::int AS late
        FROM entries WHERE entry_date BETWEEN $1 AND $2""",
        first, last, over,
    )  # fmt: skip
    return Controls(**dict(row))


async def refused(
    connection: Connection, since: datetime, over: datetime, codes: list[str], limit: int, *, fund: str | None = None
) -> list[Refused]:  # fmt: skip
    """The refusals of some rules in a stretch of time, of one fund by its code or of all, oldest first."""
    rows = await connection.fetch(
        """SELECT a.recorded_at, coalesce(p.name, '') AS person, a.union_code, a.action, a.details FROM audit a LEFT JOIN people p ON p.id = a.person_id
        WHERE a.recorded_at >= $1 AND a.recorded_at < $2 AND a.outcome = 'refused' AND a.details ->> 'code' = ANY($3)
            AND ($5::text IS NULL OR a.details -> 'facts' ->> 'fund' = $5)
        ORDER BY a.recorded_at, a.id LIMIT $4""",
        since, over, codes, limit, fund,
    )  # fmt: skip
    return [
        Refused(row["recorded_at"], row["person"], row["union_code"], row["action"], row["details"]["code"], row["details"].get("facts") or {})
        for row in rows
    ]


async def refusals(connection: Connection, since: datetime, over: datetime, codes: list[str]) -> int:
    """How many refusals of some rules a stretch of time saw."""
    found: int = await connection.fetchval(
        "SELECT count(*)::int FROM audit WHERE recorded_at >= $1 AND recorded_at < $2 AND outcome = 'refused' AND details ->> 'code' = ANY($3)",
        since, over, codes,
    )  # fmt: skip
    return found


async def refusals_by_fund(connection: Connection, since: datetime, over: datetime, codes: list[str]) -> dict[str, tuple[int, datetime]]:
    """How many refusals of some rules a stretch of time saw and when the first was, by the code of the fund they were about ("" for none)."""
    rows = await connection.fetch(
        """SELECT coalesce(details -> 'facts' ->> 'fund', '') AS fund, count(*)::int AS found, min(recorded_at) AS oldest FROM audit
        WHERE recorded_at >= $1 AND recorded_at < $2 AND outcome = 'refused' AND details ->> 'code' = ANY($3) GROUP BY 1 ORDER BY 1""",
        since, over, codes,
    )  # fmt: skip
    return {row["fund"]: (row["found"], row["oldest"]) for row in rows}


async def reopened(connection: Connection, first: date, last: date) -> int:
    """How often closes of these days were opened again by all unions."""
    found: int = await connection.fetchval(
        """SELECT count(*)::int FROM (
            SELECT r.close, r.version FROM close_reopenings r JOIN closes c ON c.number = r.close WHERE c.starts_on >= $1 AND c.ends_on <= $2
            GROUP BY r.close, r.version HAVING count(*) = (SELECT count(*) FROM unions)) AS each""",
        first, last,
    )  # fmt: skip
    return found


async def decided_late(connection: Connection, since: datetime, over: datetime, days: int) -> int:
    """How many decisions on requests of a stretch of time came more than ``days`` after they were asked for."""
    found: int = await connection.fetchval(
        """SELECT count(*)::int FROM allocation_decisions d WHERE d.decided_at >= $1 AND d.decided_at < $2
            AND d.decided_at - (SELECT max(e.recorded_at) FROM allocation_events e
                WHERE e.allocation = d.allocation AND e.what IN ('submitted', 'resubmitted') AND e.recorded_at <= d.decided_at)
                > make_interval(days => $3)""",
        since, over, days,
    )  # fmt: skip
    return found


async def ring_fence(connection: Connection, first: date, last: date) -> dict[int, tuple[int, int]]:
    """(entries, of them those with income that is not of the fund's nation) of each ring-fenced fund in the joint book."""
    rows = await connection.fetch(
        """SELECT f.id, count(DISTINCT p.entry_number)::int AS entries,
            count(DISTINCT p.entry_number) FILTER (WHERE a.origin IS NOT NULL AND a.origin <> f.nation)::int AS foreign_entries
        FROM funds f JOIN postings p ON p.fund_id = f.id AND p.entry_date BETWEEN $1 AND $2 JOIN accounts a ON a.id = p.account_id AND a.book = $3
        WHERE f.nation IS NOT NULL GROUP BY f.id""",
        first, last, JOINT,
    )  # fmt: skip
    return {row["id"]: (row["entries"], row["foreign_entries"]) for row in rows}
