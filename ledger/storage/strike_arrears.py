"""Keep what weeks paid too little, and find whose roster or duty changed after a week was computed; inside ``private.rosters_of`` alone."""

from collections.abc import Sequence
from datetime import date, datetime

from ledger.storage.arrays import columns
from ledger.storage.database import Connection

# The operations that change what a run is computed from, as the audit trail names them: what was changed back is no longer in the rows.
KEEPING = ("import_roster", "add_member", "change_member", "record_duty", "undo_duty", "import_duty")


async def open_of(connection: Connection, strike: str) -> dict[int, int]:
    """What members were paid too little and no run paid yet, by member."""
    rows = await connection.fetch(
        "SELECT member, sum(amount_minor)::bigint AS minor FROM strike_arrears WHERE strike = $1 AND paid_by_run IS NULL GROUP BY member", strike
    )
    return {row["member"]: row["minor"] for row in rows}


async def add(connection: Connection, strike: str, union: str, run: str, rows: Sequence[tuple[int, int]], person_id: int, now: datetime) -> None:
    """Keep (member, minor units) that a run paid too little."""
    await connection.execute(
        """INSERT INTO strike_arrears (strike, union_code, run, member, amount_minor, made_by, made_at, ordinal)
        SELECT $1, $2, $3, x.member, x.minor, $4, $5, 1 + coalesce((SELECT max(a.ordinal) FROM strike_arrears a
            WHERE a.strike = $1 AND a.member = x.member), 0)
        FROM unnest($6::text::int[], $7::text::bigint[]) AS x (member, minor)""",
        strike, union, run, person_id, now, *columns(list(rows), 2),
    )  # fmt: skip


async def pay(connection: Connection, strike: str, run: str) -> None:
    """Say that a run pays what its lines hold."""
    await connection.execute(
        """UPDATE strike_arrears a SET paid_by_run = $2 FROM strike_run_lines l
        WHERE a.strike = $1 AND a.paid_by_run IS NULL AND l.run = $2 AND l.member = a.member AND l.arrears_minor > 0""",
        strike, run,
    )  # fmt: skip


async def owe_again(connection: Connection, run: str, member: int | None = None) -> None:
    """Say that a run paid none of it, or none of it to one member."""
    await connection.execute("UPDATE strike_arrears SET paid_by_run = NULL WHERE paid_by_run = $1 AND ($2::int IS NULL OR member = $2)", run, member)


async def touched(connection: Connection, strike: str, run: str) -> bool:
    """Whether anybody changed the roster or duty of a strike since a run was computed last."""
    return bool(await connection.fetchval(
        """SELECT EXISTS (SELECT FROM audit WHERE subject = $1 AND outcome = 'done' AND action = ANY($2)
            AND recorded_at >= (SELECT max(recorded_at) FROM strike_run_events WHERE run = $3 AND what = 'computed'))""",
        strike, KEEPING, run,
    ))  # fmt: skip


async def changed(connection: Connection, strike: str, run: str, first: date, last: date) -> dict[int, int]:
    """What a run counted for members whose roster line or duty of its days changed since, less what was found too much, and with the arrears of it.

    Who has no line was added since, and counts for nothing. A line that was declared void was decided about, and is left out.
    """
    rows = await connection.fetch(
        """WITH computed AS (SELECT max(recorded_at) AS at FROM strike_run_events WHERE run = $2 AND what = 'computed'),
            duty AS (SELECT member, sum(minutes) AS minutes, max(recorded_at) AS at FROM strike_duty
                WHERE strike = $1 AND day >= $3 AND day <= $4 GROUP BY member)
        SELECT m.member, coalesce(l.gross_minor - l.arrears_minor, 0)
            - coalesce((SELECT sum(o.amount_minor) FROM strike_overpayments o WHERE o.run = $2 AND o.member = m.member), 0)
            + coalesce((SELECT sum(a.amount_minor) FROM strike_arrears a WHERE a.run = $2 AND a.strike = $1 AND a.member = m.member), 0) AS counted
        FROM strike_members m CROSS JOIN computed c LEFT JOIN strike_run_lines l ON l.run = $2 AND l.member = m.member
            LEFT JOIN duty d ON d.member = m.member
        WHERE m.strike = $1 AND (m.changed_at >= c.at OR d.at >= c.at OR l.member IS NULL OR coalesce(d.minutes, 0) <> l.minutes)
            AND NOT EXISTS (SELECT FROM strike_payments p WHERE p.run = $2 AND p.member = m.member AND p.state = 'void')""",
        strike, run, first, last,
    )  # fmt: skip
    return {row["member"]: int(row["counted"]) for row in rows}


async def named(connection: Connection, strike: str, members: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """(reference, name, local) by member."""
    rows = await connection.fetch(
        """SELECT m.member, m.reference, m.name, c.number FROM strike_members m JOIN locals c ON c.id = m.local_id
        WHERE m.strike = $1 AND m.member = ANY($2::text::int[])""",
        strike, columns([(member,) for member in members], 1)[0],
    )  # fmt: skip
    return {row["member"]: (row["reference"], row["name"], row["number"]) for row in rows}
