"""Keep the audit trail: every write, refusal, sign-in and export, with who, when, by which door, and never a secret."""

import random
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor
from ledger.storage.arrays import columns
from ledger.storage.database import Connection

Outcome = Literal["done", "refused"]


class Event(msgspec.Struct, frozen=True):
    """One line of the trail. ``action`` is the operation; ``subject`` names what it touched (``T-0042``, ``J-10482``)."""

    action: str
    outcome: Outcome
    person_id: int | None = None
    union: str | None = None
    via: str = "page"
    subject: str = ""
    details: dict[str, Any] = {}
    address: str = ""


def event(actor: Actor | None, action: str, outcome: Outcome = "done", subject: str = "", **details: Any) -> Event:
    """An event by an actor (None before sign-in); ``details`` are JSON-able facts."""
    if actor is None:
        return Event(action, outcome, subject=subject, details=details)
    return Event(action, outcome, actor.person_id, actor.union, actor.via, subject, details)


def ordered_id() -> UUID:
    """A UUID (version 7) whose order is the order of making, to the millisecond."""
    value = (time.time_ns() // 1_000_000) << 80 | random.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


async def keep(connection: Connection, events: Sequence[Event], now: datetime) -> None:
    """Write events in the caller's transaction."""
    await connection.execute(
        """INSERT INTO audit (id, recorded_at, person_id, union_code, via, action, outcome, subject, details, address)
        SELECT id, $1, person_id, union_code, via, action, outcome, subject, details::jsonb, address
        FROM unnest($2::text::uuid[], $3::text::int[], $4::text::text[], $5::text::text[], $6::text::text[], $7::text::text[],
                    $8::text::text[], $9::text::text[], $10::text::text[])
            AS a (id, person_id, union_code, via, action, outcome, subject, details, address)""",
        now, *event_columns(events),
    )  # fmt: skip


def event_columns(events: Sequence[Event]) -> list[str]:
    """Events as the nine arrays of an INSERT: id, person, union, door, action, outcome, subject, details, address."""
    return columns([_row(event) for event in events], 9)


def _row(event: Event) -> tuple[Any, ...]:
    details = msgspec.json.encode(event.details).decode()
    return ordered_id(), event.person_id, event.union, event.via, event.action, event.outcome, event.subject, details, event.address
