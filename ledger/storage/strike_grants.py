"""Keep grants and loans to members; everything here is read and written inside ``private.rosters_of`` alone."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ledger.domain.refusals import NotFound
from ledger.domain.strike_grants import Grant, GrantFile, GrantKind, ProposeGrant
from ledger.storage.database import Connection

_GRANTS = """
    SELECT g.number, g.strike, s.name AS strike_name, g.union_code AS "union", g.kind, g.amount_minor, g.currency::text, g.state, g.state_since,
        g.proposed_by, g.approved_by, g.paid_by, g.paid_on, g.entry_number AS entry, g.repaid_minor
    FROM strike_grants g JOIN strikes s ON s.number = g.strike"""


async def grant(connection: Connection, number: str, lock: bool = False) -> Grant:
    """One grant by its number; refuses an unknown one, and one of a union whose rows are not open."""
    row = await connection.fetchrow(f"{_GRANTS} WHERE g.number = $1 {'FOR UPDATE OF g' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="grant", id=number[:40])
    return Grant(**dict(row))


async def file_of(connection: Connection, number: str) -> GrantFile:
    """Whom a grant is for, and what for."""
    row = await connection.fetchrow(
        """SELECT g.member, m.name, m.reference, g.paid_to, g.purpose, g.remark FROM strike_grants g
        JOIN strike_members m ON m.strike = g.strike AND m.member = g.member WHERE g.number = $1""",
        number,
    )  # fmt: skip
    if row is None:
        raise NotFound(kind="grant", id=number[:40])
    return GrantFile(**dict(row))


async def grants(connection: Connection, strike: str | None, state: str | None, after: str | None, limit: int) -> list[Grant]:
    """Those that fit, the newest first, beginning after a grant's number."""
    rows = await connection.fetch(
        f"""{_GRANTS} WHERE ($1::text IS NULL OR g.strike = $1) AND ($2::text IS NULL OR g.state = $2)
        AND ($3::text IS NULL OR (length(g.number), g.number) < (length($3), $3)) ORDER BY length(g.number) DESC, g.number DESC LIMIT $4""",
        strike, state, after, limit,
    )  # fmt: skip
    return [Grant(**dict(row)) for row in rows]


async def totals(connection: Connection) -> list[tuple[GrantKind, str, int, int, int]]:
    """(kind, currency, grants, members, minor units) of what was paid."""
    rows = await connection.fetch(
        """SELECT kind, currency::text, count(*)::int, count(DISTINCT (strike, member))::int, sum(amount_minor)::bigint FROM strike_grants
        WHERE state IN ('paid', 'repaid') GROUP BY kind, currency ORDER BY kind, currency"""
    )
    return [tuple(row) for row in rows]


async def has_member(connection: Connection, strike: str, member: int) -> bool:
    """Whether somebody of this number is on the strike's roster."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM strike_members WHERE strike = $1 AND member = $2)", strike, member))


async def member_by_reference(connection: Connection, strike: str, reference: str) -> tuple[int, str, str] | None:
    """(number, name, reference) of whom the union knows by a reference on the strike's roster, however its letters are written."""
    row = await connection.fetchrow(
        "SELECT member, name, reference FROM strike_members WHERE strike = $1 AND upper(reference) = upper($2)", strike, reference
    )
    return tuple(row) if row else None


async def members_of(connection: Connection, strike: str, numbers: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """(member's number, name, reference) of each of a strike's grants."""
    rows = await connection.fetch(
        """SELECT g.number, g.member, m.name, m.reference FROM strike_grants g
        JOIN strike_members m ON m.strike = g.strike AND m.member = g.member WHERE g.strike = $1 AND g.number = ANY($2::text[])""",
        strike, list(numbers),
    )  # fmt: skip
    return {row["number"]: (row["member"], row["name"], row["reference"]) for row in rows}


async def people_of(connection: Connection, known: Grant) -> dict[int, str]:
    """The names of who proposed, approved and paid."""
    rows = await connection.fetch("SELECT id, name FROM people WHERE id = ANY($1::int[])", [known.proposed_by, known.approved_by, known.paid_by])
    return {row["id"]: row["name"] for row in rows}


async def add(
    connection: Connection, number: str, union: str, currency: str, asked: ProposeGrant, person_id: int, now: datetime
) -> None:
    """Keep a proposed grant."""
    await connection.execute(
        """INSERT INTO strike_grants (number, strike, member, union_code, kind, amount_minor, currency, paid_to, purpose, state, state_since,
            proposed_by, proposed_at, repaid_minor, remark) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10, $11, $10, 0, '')""",
        number, asked.strike, asked.member, union, asked.kind, asked.amount_minor, currency, asked.paid_to, asked.purpose, now, person_id,
    )  # fmt: skip


async def save(connection: Connection, number: str, **fields: Any) -> None:
    """Change columns of a grant."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 2))
    await connection.execute(f"UPDATE strike_grants SET {places} WHERE number = $1", number, *fields.values())


async def add_repayment(
    connection: Connection, known: Grant, day: date, amount_minor: int, account_id: int, entry: int, person_id: int, now: datetime
) -> None:
    """Keep a part of a loan that came back."""
    await connection.execute(
        """INSERT INTO strike_grant_repayments (grant_number, ordinal, union_code, repaid_on, amount_minor, account_id, entry_number, recorded_by,
            recorded_at)
        SELECT $1, 1 + coalesce(max(ordinal), 0), $2, $3, $4, $5, $6, $7, $8 FROM strike_grant_repayments WHERE grant_number = $1""",
        known.number, known.union, day, amount_minor, account_id, entry, person_id, now,
    )  # fmt: skip


async def repayments(connection: Connection, number: str) -> Sequence[tuple[date, int, int]]:
    """(day, minor units, entry) of what came back of a loan, the oldest first."""
    rows = await connection.fetch(
        "SELECT repaid_on, amount_minor, entry_number FROM strike_grant_repayments WHERE grant_number = $1 ORDER BY ordinal", number
    )
    return [tuple(row) for row in rows]
