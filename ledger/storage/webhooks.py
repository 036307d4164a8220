"""Keep webhooks with their secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.domain.refusals import NotFound
from ledger.domain.webhooks import OVERLAP, State, Wanted, Webhook
from ledger.storage.database import Connection

_WEBHOOK = """SELECT number, union_code AS union, name, url, events, state, state_since, version, created_at, delivered_at, retry_at FROM webhooks"""


def _webhook(row: Any) -> Webhook:
    return Webhook(**{**dict(row), "events": tuple(row["events"])})


async def find(connection: Connection, number: str, lock: bool = False) -> Webhook:
    """A webhook by its number; refuses one that is not there."""
    row = await connection.fetchrow(f"{_WEBHOOK} WHERE number = $1{' FOR UPDATE' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="webhook", id=number[:40])
    return _webhook(row)


async def of_union(connection: Connection, union: str) -> list[Webhook]:
    """A union's webhooks but those deleted, the oldest first."""
    rows = await connection.fetch(f"{_WEBHOOK} WHERE union_code = $1 AND state <> 'deleted' ORDER BY ordinal", union)
    return [_webhook(row) for row in rows]


async def following(connection: Connection) -> list[tuple[Webhook, int]]:
    """Every webhook that is not deleted and its place in the journal; their rows are locked."""
    rows = await connection.fetch("SELECT number, entry_place FROM webhooks WHERE state <> 'deleted' ORDER BY ordinal FOR UPDATE")
    places = {row["number"]: row["entry_place"] for row in rows}
    found = await connection.fetch(f"{_WEBHOOK} WHERE number = ANY($1::text[]) ORDER BY ordinal", list(places))
    return [(_webhook(row), places[row["number"]]) for row in found]


async def count(connection: Connection, union: str) -> int:
    """How many webhooks a union has."""
    found: int = await connection.fetchval("SELECT count(*) FROM webhooks WHERE union_code = $1 AND state <> 'deleted'", union)
    return found


async def add(connection: Connection, number: str, union: str, wanted: Wanted, person_id: int, now: datetime) -> None:
    """A new webhook, which is told of what is recorded from now on."""
    await connection.execute(
        """INSERT INTO webhooks (number, ordinal, union_code, name, url, events, state, state_since, version, created_by, created_at,
            entry_place, event_count)
        SELECT $1, $2, $3, $4, $5, $6, 'active', $8, 1, $7, $8, number, 0 FROM head WHERE id = 1""",
        number, int(number.rpartition("-")[2]), union, wanted.name, wanted.url, list(wanted.events), person_id, now,
    )  # fmt: skip


async def change(connection: Connection, number: str, wanted: Wanted) -> None:
    """What it is for, where it goes and of which events; what waits is tried at once."""
    await connection.execute(
        "UPDATE webhooks SET name = $2, url = $3, events = $4, version = version + 1, retry_at = NULL WHERE number = $1",
        number, wanted.name, wanted.url, list(wanted.events),
    )  # fmt: skip


async def set_state(connection: Connection, number: str, state: State, now: datetime) -> None:
    """Move it on; whatever waits is tried at once when it is active again."""
    await connection.execute(
        "UPDATE webhooks SET state = $2, state_since = $3, version = version + 1, retry_at = NULL WHERE number = $1", number, state, now
    )


# --- secrets ------------------------------------------------------------------------------------------------------------


async def add_secret(connection: Connection, number: str, secret: str, now: datetime) -> None:
    """A new secret; the one before it signs beside it for a day."""
    await connection.execute("UPDATE webhook_secrets SET valid_until = $2 WHERE webhook = $1 AND valid_until IS NULL", number, now + OVERLAP)
    await connection.execute(
        """INSERT INTO webhook_secrets (webhook, ordinal, secret, made_at)
        SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3 FROM webhook_secrets WHERE webhook = $1""",
        number, secret, now,
    )  # fmt: skip


async def secrets_of(connection: Connection, number: str, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    rows = await connection.fetch(
        "SELECT secret FROM webhook_secrets WHERE webhook = $1 AND (valid_until IS NULL OR valid_until > $2) ORDER BY ordinal DESC", number, now
    )
    return [row["secret"] for row in rows]


async def secrets_until(connection: Connection, numbers: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Until when a secret's forerunner still signs, of each webhook that has one."""
    rows = await connection.fetch(
        "SELECT webhook, max(valid_until) AS until FROM webhook_secrets WHERE webhook = ANY($1::text[]) AND valid_until > $2 GROUP BY webhook",
        list(numbers), now,
    )  # fmt: skip
    return {row["webhook"]: row["until"] for row in rows}


async def drop_secrets(connection: Connection, now: datetime, number: str | None = None) -> None:
    """Let go secrets that sign no longer; of a webhook that is deleted, all of them."""
    await connection.execute("DELETE FROM webhook_secrets WHERE ($2::text IS NULL AND valid_until <= $1) OR webhook = $2", now, number)
