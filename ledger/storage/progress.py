"""Keep how far long work has come: who asked for it, how much of how much is done, and how it ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.storage.database import Connection


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Long work: ``done`` of ``total``; ``state`` is running, done, refused or failed; ``answer`` is what it led to, or the refusal, and while it runs
    what else there is to say of how far it is.
    """

    id: UUID
    kind: str
    subject: str
    person_id: int
    done: int
    total: int
    state: str
    answer: dict[str, Any] | None
    started_at: datetime
    updated_at: datetime


async def begin(connection: Connection, id: UUID, kind: str, subject: str, person_id: int, now: datetime, silent_since: datetime) -> bool:
    """Note that work begins; whether it was not known yet, came to nothing, or has given no sign of life since a time."""
    status: str = await connection.execute(
        """INSERT INTO progress (id, kind, subject, person_id, done, total, state, started_at, updated_at)
        VALUES ($1, $2, $3, $4, 0, 0, 'running', $5, $5)
        ON CONFLICT (id) DO UPDATE SET done = 0, total = 0, state = 'running', answer = NULL, updated_at = excluded.updated_at
            WHERE progress.state IN ('refused', 'failed') OR (progress.state = 'running' AND progress.updated_at < $6)""",
        id, kind, subject, person_id, now, silent_since,
    )  # fmt: skip
    return status.endswith(" 1")


async def running(connection: Connection, kind: str, silent_since: datetime) -> Progress | None:
    """Work of a kind that runs and has given a sign of life since a time; whoever asks has the kind to themselves until their transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema() || $1))", f" progress {kind}")
    row = await connection.fetchrow(
        "SELECT * FROM progress WHERE kind = $1 AND state = 'running' AND updated_at >= $2 ORDER BY started_at, id LIMIT 1", kind, silent_since
    )
    return None if row is None else Progress(**dict(row))


async def come(connection: Connection, id: UUID, done: int, total: int, now: datetime, facts: dict[str, Any] | None = None) -> None:
    """Note how far it has come, and what else there is to say of that."""
    await connection.execute(
        "UPDATE progress SET done = $2, total = $3, updated_at = $4, answer = $5 WHERE id = $1 AND state = 'running'", id, done, total, now, facts
    )


async def end(connection: Connection, id: UUID, state: str, answer: dict[str, Any] | None, now: datetime) -> None:
    """Note how it ended."""
    await connection.execute("UPDATE progress SET state = $2, answer = $3, updated_at = $4 WHERE id = $1", id, state, answer, now)


async def forget(connection: Connection, before: datetime) -> int:
    """Take away what has not changed since a time; how many."""
    status: str = await connection.execute("DELETE FROM progress WHERE updated_at < $1", before)
    return int(status.split()[-1])


async def find(connection: Connection, id: UUID, person_id: int) -> Progress | None:
    """Somebody's own work by its id; None where it is not theirs or not known."""
    row = await connection.fetchrow("SELECT * FROM progress WHERE id = $1 AND person_id = $2", id, person_id)
    return None if row is None else Progress(**dict(row))
