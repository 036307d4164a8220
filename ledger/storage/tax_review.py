"""Add up what each member of a union was paid in a year; only inside ``private.rosters_of``, which shows one union's rows alone.

A person in two strikes is one, by their reference. What was stopped, void or unclaimed was not received; a loan is no support.
"""

from datetime import date

import msgspec

from ledger.domain.thresholds import Threshold
from ledger.storage.database import Connection


class MemberYear(msgspec.Struct, frozen=True):
    """A member's support from their own union in a calendar year by what it was, minor units."""

    reference: str
    name: str
    locals: str
    benefits_minor: int
    medical_minor: int
    hardship_minor: int
    total_minor: int


class YearSums(msgspec.Struct, frozen=True):
    """How many members were paid anything, how many reach the threshold, and what those got."""

    paid: int
    listed: int
    listed_minor: int


_YEAR = """
    WITH paid AS (
        SELECT p.strike, p.member, 'benefits' AS nature, p.amount_minor FROM strike_payments p JOIN strike_runs r ON r.number = p.run
        WHERE p.union_code = $1 AND r.currency = $2 AND p.state IN ('issued', 'cleared') AND p.issued_on BETWEEN $3 AND $4
        UNION ALL
        SELECT g.strike, g.member, g.kind, g.amount_minor FROM strike_grants g
        WHERE g.union_code = $1 AND g.currency = $2 AND g.kind <> 'hardship_loan' AND g.paid_on BETWEEN $3 AND $4
    ), members AS (
        SELECT m.reference_key AS key, max(m.reference) AS reference, max(m.name) AS name, string_agg(DISTINCT c.number, ', ' ORDER BY c.number) AS locals,
            coalesce(sum(paid.amount_minor) FILTER (WHERE nature = 'benefits'), 0)::bigint AS benefits_minor,
            coalesce(sum(paid.amount_minor) FILTER (WHERE nature = 'medical'), 0)::bigint AS medical_minor,
            coalesce(sum(paid.amount_minor) FILTER (WHERE nature = 'hardship_grant'), 0)::bigint AS hardship_minor,
            sum(paid.amount_minor)::bigint AS total_minor
        FROM paid JOIN strike_members m ON m.strike = paid.strike AND m.member = paid.member JOIN locals c ON c.id = m.local_id
        GROUP BY m.reference_key
    )"""
_REACHED = "(total_minor > $5 OR ($6 AND total_minor = $5))"


def _asked(union: str, year: int, limit: Threshold) -> tuple[object, ...]:
    return (union, limit.currency, date(year, 1, 1), date(year, 12, 31), limit.amount_minor, limit.comparison == "at_least")


async def sums(connection: Connection, union: str, year: int, limit: Threshold) -> YearSums:
    """The year in three figures."""
    row = await connection.fetchrow(
        f"""{_YEAR} SELECT count(*) AS paid, count(*) FILTER (WHERE {_REACHED}) AS listed,
            coalesce(sum(total_minor) FILTER (WHERE {_REACHED}), 0)::bigint AS listed_minor FROM members""",
        *_asked(union, year, limit),
    )  # fmt: skip
    return YearSums(**dict(row))


async def members(connection: Connection, union: str, year: int, limit: Threshold, after: int = 0, count: int | None = None) -> list[MemberYear]:
    """Those who reach the threshold, in the order of their references, leaving out the first ``after``: a place in an address names nobody."""
    rows = await connection.fetch(
        f"{_YEAR} SELECT * FROM members WHERE {_REACHED} ORDER BY key OFFSET $7 LIMIT $8", *_asked(union, year, limit), after, count
    )
    return [MemberYear(*list(row.values())[1:]) for row in rows]
