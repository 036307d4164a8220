"""Keep what happened and posted nothing until it is taken up for the webhooks, in the transaction of what happened."""

from collections.abc import Sequence
from datetime import datetime

from ledger.domain.webhooks import Event
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection

TAKEN_AT_ONCE = 500


async def add(connection: Connection, types: Sequence[str], subject: str, now: datetime) -> None:
    """Let events wait."""
    await connection.executemany(
        "INSERT INTO webhook_events (id, type, subject, occurred_at) VALUES ($1, $2, $3, $4)",
        [(ordered_id(), each, subject, now) for each in types],
    )


async def take(connection: Connection) -> list[Event]:
    """The oldest that wait, which wait no longer once the caller's transaction is committed.

    Each is a row that is taken away, so that one whose transaction committed late is found by the next look; a place in time would pass it by.
    """
    rows = await connection.fetch(
        """DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events ORDER BY occurred_at, id LIMIT $1)
        RETURNING id, type, subject, occurred_at""",
        TAKEN_AT_ONCE,
    )
    events = [Event(f"{row['type'].replace('.', '_')}_{row['id'].hex}", row["type"], row["occurred_at"], row["subject"]) for row in rows]
    return sorted(events, key=lambda event: (event.occurred_at, event.id))
