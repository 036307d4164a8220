"""Keep the addresses that calendar programs read bookings from: a secret a person, of which only the digest is kept."""

import secrets
from datetime import datetime
from uuid import UUID

from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection
from ledger.storage.people import digest


async def add(connection: Connection, person_id: int, now: datetime) -> tuple[UUID, str]:
    """A new address's id and its secret, which is shown once."""
    feed, secret = ordered_id(), secrets.token_urlsafe(32)
    await connection.execute(
        "INSERT INTO calendar_feeds (id, person_id, secret_digest, made_at) VALUES ($1, $2, $3, $4)", feed, person_id, digest(secret), now
    )
    return feed, secret


async def end(connection: Connection, person_id: int, now: datetime) -> int:
    """End every live address of a person; how many there were."""
    rows = await connection.fetch("UPDATE calendar_feeds SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL RETURNING id", person_id, now)
    return len(rows)


async def made_at(connection: Connection, person_id: int) -> datetime | None:
    """When a person's live address was made; None without one."""
    found: datetime | None = await connection.fetchval("SELECT max(made_at) FROM calendar_feeds WHERE person_id = $1 AND ended_at IS NULL", person_id)
    return found


async def person_of(connection: Connection, secret: str) -> int | None:
    """Whose live address this secret is."""
    found: int | None = await connection.fetchval(
        "SELECT person_id FROM calendar_feeds WHERE secret_digest = $1 AND ended_at IS NULL", digest(secret)
    )
    return found
