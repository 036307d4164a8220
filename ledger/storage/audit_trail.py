"""Read the audit trail, newest first."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from ledger.storage.database import Connection

PAGE = 100


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What the trail is narrowed to; None does not narrow. Dates are the pool's days."""

    union: str | None = None
    action: str | None = None
    outcome: str | None = None
    subject: str | None = None
    words: str = ""
    first: date | None = None
    last: date | None = None


class Line(msgspec.Struct, frozen=True):
    """One line of the trail."""

    id: UUID
    recorded_at: datetime
    person: str | None
    union: str | None
    via: str
    action: str
    outcome: str
    subject: str
    details: dict[str, Any]
    address: str


async def page(connection: Connection, narrowed: Filter, before: tuple[datetime, UUID] | None, zone: ZoneInfo, limit: int) -> list[Line]:
    """At most ``limit`` lines before a keyset position."""
    rows = await connection.fetch(
        """SELECT a.id, a.recorded_at, p.name AS person, a.union_code AS union, a.via, a.action, a.outcome, a.subject, a.details, a.address
        FROM audit a LEFT JOIN people p ON p.id = a.person_id
        WHERE ($1::text IS NULL OR a.union_code = $1) AND ($2::text IS NULL OR a.action = $2) AND ($3::text IS NULL OR a.outcome = $3)
        AND ($4::text IS NULL OR a.subject = $4) AND ($5 = '' OR p.name ILIKE '%' || $5 || '%' OR a.subject ILIKE '%' || $5 || '%')
        AND ($6::date IS NULL OR a.recorded_at >= $6::date::timestamp AT TIME ZONE $11)
        AND ($7::date IS NULL OR a.recorded_at < ($7::date + 1)::timestamp AT TIME ZONE $11)
        AND ($8::timestamptz IS NULL OR (a.recorded_at, a.id) < ($8, $9))
        ORDER BY a.recorded_at DESC, a.id DESC LIMIT $10""",
        narrowed.union, narrowed.action, narrowed.outcome, narrowed.subject, narrowed.words.replace("%", "").replace("_", ""),
        narrowed.first, narrowed.last, before[0] if before else None, before[1] if before else None, limit, zone.key,
    )  # fmt: skip
    return [Line(**dict(row)) for row in rows]
