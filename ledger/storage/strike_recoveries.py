"""Keep what came back of overpayments, and what of them is written off; inside ``private.rosters_of`` alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.domain.refusals import NotFound
from ledger.domain.strike_recoveries import Recovery, RecoveryFile
from ledger.domain.strike_runs import Run
from ledger.storage.arrays import columns
from ledger.storage.database import Connection

_FIELDS = """r.run, r.ordinal, r.kind, r.amount_minor, r.state, r.reason, r.happened_on, r.made_by, p.name AS proposed_by, r.made_at, r.decided_by,
    r.entry_number AS entry"""
_FILES = f"SELECT {_FIELDS}, r.member, r.reference, r.note FROM strike_recoveries r JOIN people p ON p.id = r.made_by"


async def open_of(connection: Connection, run: str, member: int) -> list[tuple[int, int, int]]:
    """(ordinal, minor units, minor units settled) of what a line paid too much and is not settled, the oldest first."""
    rows = await connection.fetch(
        """SELECT ordinal, amount_minor, recovered_minor FROM strike_overpayments
        WHERE run = $1 AND member = $2 AND recovered_minor < amount_minor ORDER BY ordinal""",
        run, member,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def settle(connection: Connection, strike: str, member: int, rows: Sequence[tuple[int, int]]) -> None:
    """Keep (ordinal, minor units settled) of a member's overpayments."""
    await connection.execute(
        """UPDATE strike_overpayments o SET recovered_minor = x.minor FROM unnest($3::text::int[], $4::text::bigint[]) AS x (ordinal, minor)
        WHERE o.strike = $1 AND o.member = $2 AND o.ordinal = x.ordinal""",
        strike, member, *columns(list(rows), 2),
    )  # fmt: skip


async def proposed_minor(connection: Connection, run: str, member: int) -> int:
    """What of a line waits to be written off."""
    return int(await connection.fetchval(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM strike_recoveries WHERE run = $1 AND member = $2 AND state = 'proposed'", run, member
    ))  # fmt: skip


async def add(connection: Connection, known: Run, member: int, kind: str, amount_minor: int, person_id: int, now: datetime, **more: Any) -> int:
    """Keep one; its number within the run. ``more``: state, happened_on, account_id, reference, reason, note, entry_number."""
    row: dict[str, Any] = {
        "state": "posted", "happened_on": None, "account_id": None, "reference": "", "reason": "", "note": "", "entry_number": None,
    }  # fmt: skip
    row |= more
    ordinal: int = await connection.fetchval(
        f"""INSERT INTO strike_recoveries (run, strike, union_code, member, kind, amount_minor, made_by, made_at, ordinal, {", ".join(row)})
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, 1 + coalesce(max(ordinal), 0), $9, $10, $11, $12, $13, $14, $15
        FROM strike_recoveries WHERE run = $1 RETURNING ordinal""",
        known.number, known.strike, known.union, member, kind, amount_minor, person_id, now, *row.values(),
    )  # fmt: skip
    return ordinal


async def save(connection: Connection, run: str, ordinal: int, **fields: Any) -> None:
    """Change columns of one."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 3))
    await connection.execute(f"UPDATE strike_recoveries SET {places} WHERE run = $1 AND ordinal = $2", run, ordinal, *fields.values())


async def one(connection: Connection, run: str, ordinal: int, lock: bool = False) -> RecoveryFile:
    """One by its number within the run; refuses an unknown one."""
    row = await connection.fetchrow(f"{_FILES} WHERE r.run = $1 AND r.ordinal = $2 {'FOR UPDATE OF r' if lock else ''}", run, ordinal)
    if row is None:
        raise NotFound(kind="recovery", id=f"{run}/{ordinal}"[:40])
    return _file(row)


def _file(row: Any) -> RecoveryFile:
    told = Recovery(**{name: row[name] for name in Recovery.__struct_fields__})
    return RecoveryFile(told=told, member=row["member"], reference=row["reference"], note=row["note"])


async def of_run(connection: Connection, run: str) -> list[Recovery]:
    """Those of a run, as they came."""
    rows = await connection.fetch(f"{_FILES} WHERE r.run = $1 ORDER BY r.ordinal", run)
    return [_file(row).told for row in rows]


async def of_line(connection: Connection, run: str, member: int) -> list[RecoveryFile]:
    """Those of one line, as they came."""
    rows = await connection.fetch(f"{_FILES} WHERE r.run = $1 AND r.member = $2 ORDER BY r.ordinal", run, member)
    return [_file(row) for row in rows]


async def waiting(connection: Connection, limit: int) -> list[tuple[Recovery, str, str, str]]:
    """(what is proposed, the strike's name, union, currency), the oldest first."""
    rows = await connection.fetch(
        f"""SELECT {_FIELDS}, s.name AS strike_name, s.union_code, w.currency::text FROM strike_recoveries r JOIN people p ON p.id = r.made_by
        JOIN strikes s ON s.number = r.strike JOIN strike_runs w ON w.number = r.run WHERE r.state = 'proposed'
        ORDER BY r.made_at, r.run, r.ordinal LIMIT $1""",
        limit,
    )  # fmt: skip
    return [(Recovery(**{name: row[name] for name in Recovery.__struct_fields__}), row["strike_name"], row["union_code"], row["currency"]) for row in rows]
