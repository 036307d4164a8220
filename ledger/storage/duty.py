"""Keep picket duty by member and day, and say who is a captain where.

Duty is private to one union: call it inside ``rosters_of(connection, union)``. Captains are not, for they are people of these books.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from ledger.domain.strikes import Strike
from ledger.storage.arrays import columns
from ledger.storage.database import Connection


class Stood(msgspec.Struct, frozen=True):
    """A member's duty on a day, with who recorded it."""

    member: int
    reference: str
    name: str
    local: str
    minutes: int
    recorded_by: str
    recorded_at: datetime


class Captain(msgspec.Struct, frozen=True):
    """Who records duty for one local of a strike."""

    local: str
    person_id: int
    name: str
    named_at: datetime


async def keep(connection: Connection, strike: Strike, duty: Iterable[tuple[int, date, int]], person_id: int, now: datetime) -> None:
    """Keep minutes by member and day in place of what was kept; none at all take the day away."""
    rows = list(duty)
    gone = [(member, day) for member, day, minutes in rows if not minutes]
    await connection.execute(
        """DELETE FROM strike_duty d USING unnest($2::text::int[], $3::text::date[]) AS g (member, day)
        WHERE d.strike = $1 AND d.member = g.member AND d.day = g.day""",
        strike.number, *columns(gone, 2),
    )  # fmt: skip
    await connection.execute(
        """INSERT INTO strike_duty (strike, member, day, union_code, minutes, recorded_by, recorded_at)
        SELECT $1, member, day, $2, minutes, $3, $4 FROM unnest($5::text::int[], $6::text::date[], $7::text::smallint[]) AS g (member, day, minutes)
        ON CONFLICT (strike, member, day) DO UPDATE SET minutes = excluded.minutes, recorded_by = excluded.recorded_by,
            recorded_at = excluded.recorded_at WHERE strike_duty.minutes <> excluded.minutes""",
        strike.number, strike.union, person_id, now, *columns([row for row in rows if row[2]], 3),
    )  # fmt: skip


async def of_day(connection: Connection, strike: str, day: date, locals_: Sequence[int]) -> list[Stood]:
    """Who stood on a day in some locals, by reference."""
    rows = await connection.fetch(
        """SELECT d.member, m.reference, m.name, l.number, d.minutes, p.name AS recorder, d.recorded_at
        FROM strike_duty d JOIN strike_members m ON m.strike = d.strike AND m.member = d.member JOIN locals l ON l.id = m.local_id
            JOIN people p ON p.id = d.recorded_by
        WHERE d.strike = $1 AND d.day = $2 AND m.local_id = ANY($3::int[]) ORDER BY m.reference_key""",
        strike, day, list(locals_),
    )  # fmt: skip
    return [Stood(*row.values()) for row in rows]


async def absent(connection: Connection, strike: str, day: date, locals_: Sequence[int], limit: int) -> list[tuple[str, str]]:
    """(reference, name) of members of some locals without duty on a day, by reference; none of them where they are more than ``limit``."""
    rows = await connection.fetch(
        """SELECT m.reference, m.name FROM strike_members m
        WHERE m.strike = $1 AND m.local_id = ANY($3::int[]) AND m.left_on IS NULL AND NOT EXISTS
            (SELECT FROM strike_duty d WHERE d.strike = m.strike AND d.member = m.member AND d.day = $2)
        ORDER BY m.reference_key LIMIT $4 + 1""",
        strike, day, list(locals_), limit,
    )  # fmt: skip
    return [(row["reference"], row["name"]) for row in rows] if len(rows) <= limit else []


async def of_member(connection: Connection, strike: str, member: int) -> list[tuple[date, int]]:
    """A member's days of duty in minutes, the newest first."""
    rows = await connection.fetch("SELECT day, minutes FROM strike_duty WHERE strike = $1 AND member = $2 ORDER BY day DESC", strike, member)
    return [(row["day"], row["minutes"]) for row in rows]


async def kept(connection: Connection, strike: str) -> dict[tuple[int, date], int]:
    """Every member and day with its minutes."""
    rows = await connection.fetch("SELECT member, day, minutes FROM strike_duty WHERE strike = $1", strike)
    return {(row["member"], row["day"]): row["minutes"] for row in rows}


# --- captains ---------------------------------------------------------------------------------------------------------


async def captains(connection: Connection, strike: str) -> list[Captain]:
    """The captains of a strike, by local and name."""
    rows = await connection.fetch(
        """SELECT l.number, c.person_id, p.name, c.named_at FROM strike_captains c JOIN locals l ON l.id = c.local_id
            JOIN people p ON p.id = c.person_id
        WHERE c.strike = $1 AND c.ended_at IS NULL ORDER BY length(l.number), l.number, p.name""",
        strike,
    )  # fmt: skip
    return [Captain(*row.values()) for row in rows]


async def captain_of(connection: Connection, person_id: int) -> dict[str, set[int]]:
    """The locals (by id) of each strike that a person is a captain for, of strikes that are not over."""
    rows = await connection.fetch(
        """SELECT c.strike, c.local_id FROM strike_captains c JOIN strikes s ON s.number = c.strike
        WHERE c.person_id = $1 AND c.ended_at IS NULL AND s.state IN ('authorised', 'on', 'run_off', 'ended')""",
        person_id,
    )  # fmt: skip
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["strike"], set()).add(row["local_id"])
    return found


async def name_captain(connection: Connection, strike: str, local_id: int, person_id: int, named_by: int, now: datetime) -> None:
    """Make somebody a captain, again where they had been one."""
    await connection.execute(
        """INSERT INTO strike_captains (strike, local_id, person_id, named_by, named_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (strike, local_id, person_id) DO UPDATE SET ended_at = NULL, named_by = excluded.named_by, named_at = excluded.named_at""",
        strike, local_id, person_id, named_by, now,
    )  # fmt: skip


async def end_captain(connection: Connection, strike: str, local_id: int, person_id: int, now: datetime) -> None:
    """Let somebody be a captain no more."""
    await connection.execute(
        "UPDATE strike_captains SET ended_at = $4 WHERE strike = $1 AND local_id = $2 AND person_id = $3 AND ended_at IS NULL",
        strike, local_id, person_id, now,
    )  # fmt: skip


async def possible_captains(connection: Connection, union: str, today: date) -> list[tuple[int, str]]:
    """People of a union with the role of a picket captain today."""
    rows = await connection.fetch(
        """SELECT p.id, p.name FROM people p WHERE p.union_code = $1 AND EXISTS (SELECT FROM grants g WHERE g.person_id = p.id
            AND g.role = 'picket_captain' AND $2 BETWEEN g.starts_on AND g.ends_on AND g.revoked_at IS NULL)
        AND p.disabled_at IS NULL ORDER BY p.name""",
        union, today,
    )  # fmt: skip
    return [(row["id"], row["name"]) for row in rows]
