"""Keep what waits to be sent to each webhook, what became of it, and every attempt."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ledger.domain.webhooks import Event
from ledger.storage.database import Connection

KEPT = timedelta(days=30)
EXCERPT_MAXIMUM = 200
_DROPPED_AT_ONCE = 10_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to a webhook: its place in the webhook's order, how it stands, and the last attempt where there was one."""

    webhook: str
    ordinal: int
    event: Event
    state: str
    state_since: datetime
    tries: int
    at: datetime | None = None
    status: int | None = None
    milliseconds: int | None = None
    fault: str = ""
    excerpt: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try: what was answered, in how long, one word for what went wrong, and the first of what the receiver said of it."""

    at: datetime
    status: int | None
    milliseconds: int
    fault: str = ""
    excerpt: str = ""


class Standing(msgspec.Struct, frozen=True):
    """How many events wait for a webhook, since when the oldest does, and how many were given up."""

    waiting: int = 0
    since: datetime | None = None
    given_up: int = 0


_DELIVERY = """SELECT d.webhook, d.ordinal, d.event_id, d.type, d.subject, d.entry_number, d.occurred_at, d.state, d.state_since, d.tries,
    a.at, a.status, a.milliseconds, coalesce(a.fault, '') AS fault, coalesce(a.excerpt, '') AS excerpt
    FROM webhook_deliveries d LEFT JOIN LATERAL (
        SELECT * FROM webhook_attempts t WHERE t.webhook = d.webhook AND t.delivery = d.ordinal ORDER BY t.ordinal DESC LIMIT 1) a ON true"""


def _delivery(row: Any) -> Delivery:
    event = Event(row["event_id"], row["type"], row["occurred_at"], row["subject"], row["entry_number"])
    names = ("webhook", "ordinal", "state", "state_since", "tries", "at", "status", "milliseconds", "fault", "excerpt")
    return Delivery(event=event, **{name: row[name] for name in names})


# --- taking up ----------------------------------------------------------------------------------------------------------


async def entries_between(connection: Connection, place: int, head: int, kinds: list[str] | None, limit: int) -> list[tuple[int, str, str, datetime]]:
    """(number, kind, subject, time) of the first entries after a place in the journal, up to its head; None is of every kind."""
    rows = await connection.fetch(
        """SELECT number, kind, subject, recorded_at FROM entries
        WHERE number > $1 AND number <= $2 AND ($3::text[] IS NULL OR kind = ANY($3)) ORDER BY number LIMIT $4""",
        place, head, kinds, limit,
    )  # fmt: skip
    return [(row["number"], row["kind"], row["subject"], row["recorded_at"]) for row in rows]


async def add(connection: Connection, webhook: str, events: Sequence[Event], place: int | None, now: datetime) -> None:
    """Let events wait for a webhook, in their order, and go on in the journal to ``place``."""
    count = await connection.fetchval(
        """UPDATE webhooks SET event_count = event_count + $2, entry_place = coalesce($3, entry_place) WHERE number = $1 RETURNING event_count""",
        webhook, len(events), place,
    )  # fmt: skip
    first = count - len(events) + 1
    await connection.executemany(
        """INSERT INTO webhook_deliveries (webhook, ordinal, event_id, type, subject, entry_number, occurred_at, state, state_since, tries)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, 0)""",
        [(webhook, n, each.id, each.type, each.subject, each.entry, each.occurred_at, now) for n, each in enumerate(events, first)],
    )


# --- sending ------------------------------------------------------------------------------------------------------------


async def ready(connection: Connection, now: datetime) -> list[str]:
    """The webhooks that something may be sent to now."""
    rows = await connection.fetch(
        """SELECT w.number FROM webhooks w WHERE w.state = 'active' AND (w.retry_at IS NULL OR w.retry_at <= $1)
        AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook = w.number AND d.state = 'waiting') ORDER BY w.ordinal""",
        now,
    )
    return [row["number"] for row in rows]


async def oldest(connection: Connection, webhook: str) -> Delivery | None:
    """The first event that waits for a webhook."""
    row = await connection.fetchrow(f"{_DELIVERY} WHERE d.webhook = $1 AND d.state = 'waiting' ORDER BY d.ordinal LIMIT 1", webhook)
    return None if row is None else _delivery(row)


async def hold(connection: Connection, delivery: Delivery) -> tuple[str, int] | None:
    """Lock an event that was read before: its state and tries as they are now; None where it is forgotten."""
    row = await connection.fetchrow(
        "SELECT state, tries FROM webhook_deliveries WHERE webhook = $1 AND ordinal = $2 FOR UPDATE", delivery.webhook, delivery.ordinal
    )
    return None if row is None else (row["state"], row["tries"])


async def keep_attempt(connection: Connection, delivery: Delivery, made: Attempt) -> None:
    """Log a try; the event is locked by the caller, so that its tries are counted."""
    await connection.execute(
        """INSERT INTO webhook_attempts (webhook, delivery, ordinal, at, status, milliseconds, fault, excerpt)
        SELECT $1, $2, coalesce(max(ordinal), 0) + 1, $3, $4, $5, $6, $7 FROM webhook_attempts WHERE webhook = $1 AND delivery = $2""",
        delivery.webhook, delivery.ordinal, made.at, made.status, made.milliseconds, made.fault, made.excerpt[:EXCERPT_MAXIMUM],
    )  # fmt: skip


async def settle(connection: Connection, delivery: Delivery, state: str, tries: int, now: datetime) -> None:
    """What became of an event; it is locked by the caller, who saw that it still waits."""
    await connection.execute(
        "UPDATE webhook_deliveries SET state = $3, state_since = $4, tries = $5 WHERE webhook = $1 AND ordinal = $2",
        delivery.webhook, delivery.ordinal, state, now, tries,
    )  # fmt: skip


async def mark_delivered(connection: Connection, webhook: str, now: datetime) -> None:
    """It was reached."""
    await connection.execute("UPDATE webhooks SET delivered_at = $2, retry_at = NULL WHERE number = $1", webhook, now)


async def hold_until(connection: Connection, webhook: str, retry_at: datetime) -> None:
    """Try nothing there before then."""
    await connection.execute("UPDATE webhooks SET retry_at = $2 WHERE number = $1", webhook, retry_at)


async def wait_again(connection: Connection, webhook: str, now: datetime, ordinal: int | None = None) -> int:
    """Let what was given up wait once more, or one event whatever became of it; how many now wait that did not."""
    rows = await connection.fetch(
        """UPDATE webhook_deliveries SET state = 'waiting', state_since = $2, tries = 0
        WHERE webhook = $1 AND (ordinal = $3 OR $3::bigint IS NULL AND state = 'given_up') AND state <> 'waiting' RETURNING ordinal""",
        webhook, now, ordinal,
    )  # fmt: skip
    return len(rows)


# --- looking ------------------------------------------------------------------------------------------------------------


# Each state from its own index: what was delivered is most of the log, and is not looked at.
STANDINGS = """SELECT w.number AS webhook, s.waiting, s.since, g.given_up FROM unnest($1::text[]) AS w (number),
    LATERAL (SELECT count(*) AS waiting, min(d.occurred_at) AS since FROM webhook_deliveries d WHERE d.webhook = w.number AND d.state = 'waiting') s,
    LATERAL (SELECT count(*) AS given_up FROM webhook_deliveries d WHERE d.webhook = w.number AND d.state = 'given_up') g"""


async def standings(connection: Connection, webhooks: Sequence[str]) -> dict[str, Standing]:
    """How each webhook stands."""
    rows = await connection.fetch(STANDINGS, list(webhooks))
    return {row["webhook"]: Standing(row["waiting"], row["since"], row["given_up"]) for row in rows}


async def page(connection: Connection, webhook: str, before: int | None, limit: int) -> list[Delivery]:
    """A webhook's events, the newest first; those before a place where one is given."""
    rows = await connection.fetch(
        f"{_DELIVERY} WHERE d.webhook = $1 AND ($2::bigint IS NULL OR d.ordinal < $2) ORDER BY d.ordinal DESC LIMIT $3", webhook, before, limit
    )
    return [_delivery(row) for row in rows]


async def one(connection: Connection, webhook: str, ordinal: int) -> Delivery | None:
    """One event of a webhook's."""
    row = await connection.fetchrow(f"{_DELIVERY} WHERE d.webhook = $1 AND d.ordinal = $2", webhook, ordinal)
    return None if row is None else _delivery(row)


async def attempts(connection: Connection, webhook: str, ordinals: Sequence[int]) -> dict[int, list[Attempt]]:
    """Every try of some events, the oldest first."""
    rows = await connection.fetch(
        """SELECT delivery, at, status, milliseconds, fault, excerpt FROM webhook_attempts WHERE webhook = $1 AND delivery = ANY($2::bigint[])
        ORDER BY delivery, ordinal""",
        webhook, list(ordinals),
    )  # fmt: skip
    found: dict[int, list[Attempt]] = {}
    for row in rows:
        values = dict(row)
        found.setdefault(values.pop("delivery"), []).append(Attempt(**values))
    return found


async def forget(connection: Connection, now: datetime) -> int:
    """Let go the log of what was settled long ago, and of webhooks that are gone; how many events."""
    rows = await connection.fetch(
        """SELECT d.webhook, d.ordinal FROM webhook_deliveries d JOIN webhooks w ON w.number = d.webhook
        WHERE d.state_since < $1 AND (d.state <> 'waiting' OR w.state = 'deleted') ORDER BY d.webhook, d.ordinal LIMIT $2""",
        now - KEPT, _DROPPED_AT_ONCE,
    )  # fmt: skip
    webhooks, ordinals = [row["webhook"] for row in rows], [row["ordinal"] for row in rows]
    for table, column in (("webhook_attempts", "delivery"), ("webhook_deliveries", "ordinal")):
        await connection.execute(f"DELETE FROM {table} WHERE (webhook, {column}) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))", webhooks, ordinals)
    return len(rows)
