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


# One pass over the year's own rows (``strike_payments_by_day``); names and locals are looked up for the members of the page alone.
_YEAR = """
    WITH paid AS (
        SELECT p.strike, p.member, sum(p.amount_minor) AS benefits, 0 AS medical, 0 AS hardship
        FROM strike_payments p JOIN strike_runs r ON r.number = p.run
        WHERE p.union_code = $1 AND r.currency = $2 AND p.state IN ('issued', 'cleared') AND p.issued_on BETWEEN $3 AND $4
        GROUP BY p.strike, p.member
        UNION ALL
        SELECT g.strike, g.member, 0, sum(CASE g.kind WHEN 'medical' THEN g.amount_minor ELSE 0 END),
            sum(CASE g.kind WHEN 'medical' THEN 0 ELSE g.amount_minor END)
        FROM strike_grants g
        WHERE g.union_code = $1 AND g.currency = $2 AND g.kind <> 'hardship_loan' AND g.paid_on BETWEEN $3 AND $4
        GROUP BY g.strike, g.member
    ), members AS (
        SELECT m.reference_key AS key, array_agg(m.strike) AS strikes, array_agg(m.member) AS numbers, sum(paid.benefits)::bigint AS benefits_minor,
            sum(paid.medical)::bigint AS medical_minor, sum(paid.hardship)::bigint AS hardship_minor,
            sum(paid.benefits + paid.medical + paid.hardship)::bigint AS total_minor
        FROM paid JOIN strike_members m ON m.strike = paid.strike AND m.member = paid.member
        GROUP BY m.reference_key
    ), sums AS (
        SELECT count(*) AS paid, count(*) FILTER (WHERE REACHED) AS listed,
            coalesce(sum(total_minor) FILTER (WHERE REACHED), 0)::bigint AS listed_minor FROM members
    ), page AS (
        SELECT * FROM members WHERE REACHED ORDER BY key OFFSET $7 LIMIT $8
    )
    SELECT sums.*, who.*, page.benefits_minor, page.medical_minor, page.hardship_minor, page.total_minor
    FROM sums LEFT JOIN page ON true LEFT JOIN LATERAL (
        SELECT max(m.reference) AS reference, max(m.name) AS name, string_agg(DISTINCT c.number, ', ' ORDER BY c.number) AS locals
        FROM unnest(page.strikes, page.numbers) AS a (strike, member) JOIN strike_members m ON m.strike = a.strike AND m.member = a.member
        JOIN locals c ON c.id = m.local_id) who ON true
    ORDER BY page.key""".replace("REACHED", "(total_minor > $5 OR ($6 AND total_minor = $5))")


async def year(
    connection: Connection, union: str, year: int, limit: Threshold, after: int = 0, count: int | None = None
) -> tuple[YearSums, list[MemberYear]]:
    """The year in three figures, and those who reach the threshold in the order of their references, leaving out the first ``after``: a place in an
    address names nobody.
    """
    rows = await connection.fetch(
        _YEAR, union, limit.currency, date(year, 1, 1), date(year, 12, 31), limit.amount_minor, limit.comparison == "at_least", after, count
    )  # fmt: skip
    sums = YearSums(*(rows[0][name] for name in YearSums.__struct_fields__))
    listed = [row for row in rows if row["reference"] is not None]
    return sums, [MemberYear(*(row[name] for name in MemberYear.__struct_fields__)) for row in listed]
