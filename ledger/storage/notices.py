"""Keep notices: who is told what, whether they have seen it, and whether it was mailed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.notices import Fact, Notice
from ledger.storage.arrays import columns
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection

# The count beside the name goes no further.
COUNT_LIMIT = 1_000


class Kept(msgspec.Struct, frozen=True):
    """A notice as one person has it."""

    id: UUID
    kind: str
    subject: str
    url: str
    facts: dict[str, Fact]
    noticed_at: datetime
    seen_at: datetime | None


Place = tuple[bool, datetime, UUID]
_KEPT = "SELECT id, kind, subject, url, facts, noticed_at, seen_at FROM notices"


async def add(connection: Connection, notices: Sequence[Notice], now: datetime, but: int | None = None) -> int:
    """Tell everyone named, once, in the caller's transaction; how many were told. Who is shut out, and ``but`` who did it, are left out."""
    rows = [_row(notice, person_id) for notice in notices for person_id in dict.fromkeys(notice.to) if person_id != but]
    done: str = await connection.execute(
        """INSERT INTO notices (id, person_id, kind, subject, url, facts, once_key, noticed_at, tries, fault)
        SELECT n.id, n.person_id, n.kind, n.subject, n.url, n.facts::jsonb, n.once_key, $1, 0, ''
        FROM unnest($2::text::uuid[], $3::text::int[], $4::text::text[], $5::text::text[], $6::text::text[], $7::text::text[],
                    $8::text::text[]) AS n (id, person_id, kind, subject, url, facts, once_key)
        JOIN people p ON p.id = n.person_id AND p.id > 1 AND p.disabled_at IS NULL
        ON CONFLICT (person_id, once_key) DO NOTHING""",
        now, *columns(rows, 7),
    )  # fmt: skip
    return int(done.rpartition(" ")[2])


def _row(notice: Notice, person_id: int) -> tuple[Any, ...]:
    facts = msgspec.json.encode(notice.facts).decode()
    return ordered_id(), person_id, notice.kind, notice.subject, notice.url, facts, notice.once_key


async def page(connection: Connection, person_id: int, after: Place | None, limit: int) -> list[Kept]:
    """A person's notices: unseen first, then newest first; those after a place where one is given."""
    unseen, noticed_at, notice_id = after or (None, None, None)
    rows = await connection.fetch(
        f"""{_KEPT} WHERE person_id = $1 AND ($2::bool IS NULL OR (seen_at IS NULL, noticed_at, id) < ($2, $3::timestamptz, $4::uuid))
        ORDER BY (seen_at IS NULL) DESC, noticed_at DESC, id DESC LIMIT $5""",
        person_id, unseen, noticed_at, notice_id, limit,
    )  # fmt: skip
    return [Kept(**dict(row)) for row in rows]


def place(notice: Kept) -> Place:
    """Where a notice stands in the list."""
    return notice.seen_at is None, notice.noticed_at, notice.id


async def unseen_count(connection: Connection, person_id: int) -> int:
    """How many notices a person has not seen; counts no further than :data:`COUNT_LIMIT`."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM notices WHERE person_id = $1 AND seen_at IS NULL LIMIT $2) AS counted", person_id, COUNT_LIMIT
    )
    return count


async def one(connection: Connection, person_id: int, notice_id: UUID) -> Kept | None:
    """A person's own notice."""
    row = await connection.fetchrow(f"{_KEPT} WHERE person_id = $1 AND id = $2", person_id, notice_id)
    return None if row is None else Kept(**dict(row))


async def mark_seen(connection: Connection, person_id: int, notice_id: UUID, now: datetime) -> None:
    """Mark one as seen."""
    await connection.execute(
        "UPDATE notices SET seen_at = $3 WHERE person_id = $1 AND id = $2 AND seen_at IS NULL", person_id, notice_id, now
    )


async def mark_all_seen(connection: Connection, person_id: int, until: Kept, now: datetime) -> int:
    """Mark everything up to a notice as seen, by when it came; how many were."""
    done: str = await connection.execute(
        """UPDATE notices SET seen_at = $4
        WHERE person_id = $1 AND seen_at IS NULL AND (noticed_at, id) <= ($2, $3)""",
        person_id, until.noticed_at, until.id, now,
    )  # fmt: skip
    return int(done.rpartition(" ")[2])
