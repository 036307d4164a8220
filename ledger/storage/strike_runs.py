"""SQL of weekly strike runs: the runs, their steps and their counts; what is private of them only inside ``private.rosters_of``.

Fifty thousand lines are read, written and paid in a handful of statements, never one by one: ``strike_run_lines``, ``strike_run_payments``.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.strike_runs import CountRow, Run
from ledger.storage.arrays import columns
from ledger.storage.database import Connection


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of runs is narrowed to; None does not narrow."""

    strike: str | None = None
    union: str | None = None
    state: str | None = None


class RunEvent(msgspec.Struct, frozen=True):
    """One step in a run's life; of payments how much, not whose."""

    ordinal: int
    recorded_at: datetime
    person: str
    what: str
    remark: str
    amount_minor: int
    happened_on: date | None
    entry: int | None
    fee_entry: int | None


_RUNS = """
    SELECT r.number, r.strike, s.name AS strike_name, r.union_code AS "union", r.week, r.starts_on, r.ends_on, r.currency, r.rule_set,
        r.rule_version, r.state, r.state_since, r.revision, r.members, r.eligible, r.full_weeks, r.gross_minor, r.recovered_minor, r.made_by,
        r.made_at, r.computed_by, r.submitted_by, r.approved_by, r.approved_on, r.accrual_entry, r.paid_by, r.paid_on, r.account_id,
        r.payment_entry, r.remark
    FROM strike_runs r JOIN strikes s ON s.number = r.strike"""


# --- runs, which hold no member -------------------------------------------------------------------------------------------


async def run(connection: Connection, number: str, lock: bool = False) -> Run:
    """One run by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_RUNS} WHERE r.number = $1 {'FOR UPDATE OF r' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="run", id=number[:40])
    return Run(**dict(row))


async def runs(connection: Connection, narrowed: RunFilter, after: str | None = None, limit: int | None = None) -> list[Run]:
    """Those that fit, the newest week first, beginning after a run's number."""
    rows = await connection.fetch(
        f"""{_RUNS} WHERE ($1::text IS NULL OR r.strike = $1) AND ($2::text IS NULL OR r.union_code = $2) AND ($3::text IS NULL OR r.state = $3)
        AND ($4::text IS NULL OR (r.starts_on, r.number) < (SELECT l.starts_on, l.number FROM strike_runs l WHERE l.number = $4))
        ORDER BY r.starts_on DESC, r.number DESC LIMIT $5""",
        narrowed.strike, narrowed.union, narrowed.state, after, limit,
    )  # fmt: skip
    return [Run(**dict(row)) for row in rows]


async def live_run(connection: Connection, strike: str, week: int) -> str | None:
    """The number of the week's run that was not cancelled, if there is one."""
    found: str | None = await connection.fetchval(
        "SELECT number FROM strike_runs WHERE strike = $1 AND week = $2 AND state <> 'cancelled'", strike, week
    )
    return found


async def before(connection: Connection, known: Run) -> Run | None:
    """The strike's run of the nearest week before, to compare with."""
    row = await connection.fetchrow(
        f"{_RUNS} WHERE r.strike = $1 AND r.week < $2 AND r.state <> 'cancelled' ORDER BY r.week DESC LIMIT 1", known.strike, known.week
    )
    return None if row is None else Run(**dict(row))


async def mark_of(connection: Connection, number: str) -> str:
    """The mark of the roster that a run was computed from."""
    return str(await connection.fetchval("SELECT mark FROM strike_runs WHERE number = $1", number))


async def add(connection: Connection, new: Run) -> None:
    """Keep a new run."""
    await connection.execute(
        """INSERT INTO strike_runs (number, strike, union_code, week, starts_on, ends_on, currency, rule_set, rule_version, state, state_since,
            revision, members, eligible, full_weeks, gross_minor, recovered_minor, made_by, made_at, remark, mark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, $12, $13, '', '')""",
        new.number, new.strike, new.union, new.week, new.starts_on, new.ends_on, new.currency, new.rule_set, new.rule_version, new.state,
        new.state_since, new.made_by, new.made_at,
    )  # fmt: skip


async def save(connection: Connection, number: str, **fields: Any) -> None:
    """Change columns of a run."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 2))
    await connection.execute(f"UPDATE strike_runs SET {places} WHERE number = $1", number, *fields.values())


async def add_event(
    connection: Connection, number: str, person_id: int, what: str, now: datetime, *, remark: str = "", amount_minor: int = 0,
    happened_on: date | None = None, entry: int | None = None, fee_entry: int | None = None,
) -> None:  # fmt: skip
    """Keep one step of a run's life; no member in it."""
    await connection.execute(
        """INSERT INTO strike_run_events (run, ordinal, recorded_at, person_id, what, remark, amount_minor, happened_on, entry_number, fee_entry)
        SELECT $1, 1 + coalesce(max(ordinal), 0), $2, $3, $4, $5, $6, $7, $8, $9 FROM strike_run_events WHERE run = $1""",
        number, now, person_id, what, remark, amount_minor, happened_on, entry, fee_entry,
    )  # fmt: skip


async def events(connection: Connection, number: str) -> list[RunEvent]:
    """What happened to a run, the oldest first."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, p.name AS person, e.what, e.remark, e.amount_minor, e.happened_on, e.entry_number AS entry, e.fee_entry
        FROM strike_run_events e JOIN people p ON p.id = e.person_id WHERE e.run = $1 ORDER BY e.ordinal""",
        number,
    )  # fmt: skip
    return [RunEvent(**dict(row)) for row in rows]


async def add_counts(connection: Connection, number: str, revision: int, counts: Sequence[CountRow]) -> None:
    """Keep how many members of each local had which reason, as this revision computed it."""
    await connection.execute(
        """INSERT INTO strike_run_counts (run, revision, local_id, reason, members, gross_minor, recovered_minor)
        SELECT $1, $2, * FROM unnest($3::text::int[], $4::text::text[], $5::text::int[], $6::text::bigint[], $7::text::bigint[])""",
        number, revision, *columns(counts, 5),
    )  # fmt: skip


async def counts_of(connection: Connection, known: Run) -> list[CountRow]:
    """The counts of a run's last revision."""
    rows = await connection.fetch(
        """SELECT local_id, reason, members, gross_minor, recovered_minor FROM strike_run_counts WHERE run = $1 AND revision = $2
        ORDER BY local_id, reason""",
        known.number, known.revision,
    )  # fmt: skip
    return [CountRow(**dict(row)) for row in rows]
