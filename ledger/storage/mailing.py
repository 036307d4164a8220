"""Read which notices are to be mailed, and keep what became of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from ledger.domain.notices import Fact
from ledger.storage.database import Connection

TRIES_MAXIMUM = 8
# What is older is read on the page: mail that is set up late, or chosen anew, does not bring last year's news.
AGE_MAXIMUM = timedelta(days=7)
ROUND_MAXIMUM = 500
GIVEN_UP_SHOWN = timedelta(days=30)


class Unmailed(msgspec.Struct, frozen=True):
    """A notice to be mailed, with whom it goes to."""

    id: UUID
    kind: str
    subject: str
    url: str
    facts: dict[str, Fact]
    noticed_at: datetime
    tries: int
    person_id: int
    name: str
    email: str
    language: str
    mail: str


class MailState(msgspec.Struct, frozen=True):
    """Notices that wait to be mailed after a failure, those given up in the last month, and why the last one failed."""

    waiting: int
    given_up: int
    fault: str


async def due(connection: Connection, now: datetime, morning: datetime) -> list[Unmailed]:
    """What is to be mailed now, the oldest first: new, unseen, not given up, to people who want mail. In a digest what came before ``morning``.

    Sample people have invented addresses: nothing is sent to them.
    """
    rows = await connection.fetch(
        """SELECT n.id, n.kind, n.subject, n.url, n.facts, n.noticed_at, n.tries, p.id AS person_id, p.name, p.email, p.language, p.mail
        FROM notices n JOIN people p ON p.id = n.person_id
        WHERE n.mailed_at IS NULL AND n.seen_at IS NULL AND n.tries < $3 AND n.noticed_at > $4 AND (n.retry_at IS NULL OR n.retry_at <= $1)
        AND p.disabled_at IS NULL AND p.sample_password IS NULL AND (p.mail = 'immediate' OR p.mail = 'digest' AND n.noticed_at < $2)
        ORDER BY n.noticed_at, n.id LIMIT $5""",
        now, morning, TRIES_MAXIMUM, now - AGE_MAXIMUM, ROUND_MAXIMUM,
    )  # fmt: skip
    return [Unmailed(**dict(row)) for row in rows]


async def mark_mailed(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
    """The server took them."""
    await connection.execute("UPDATE notices SET mailed_at = $2, tries = tries + 1, fault = '' WHERE id = ANY($1::uuid[])", list(ids), now)


async def mark_failed(connection: Connection, ids: Sequence[UUID], fault: str, retry_at: datetime) -> None:
    """It did not go; when it is tried again, if it is."""
    await connection.execute(
        "UPDATE notices SET tries = tries + 1, fault = $2, retry_at = $3 WHERE id = ANY($1::uuid[])", list(ids), fault[:40], retry_at
    )


async def state(connection: Connection, now: datetime) -> MailState:
    """How mail stands."""
    row = await connection.fetchrow(
        """SELECT count(*) FILTER (WHERE tries < $1) AS waiting, count(*) FILTER (WHERE tries >= $1) AS given_up,
            coalesce((array_agg(fault ORDER BY noticed_at DESC))[1], '') AS fault
        FROM notices WHERE mailed_at IS NULL AND tries > 0 AND noticed_at > $2 AND (tries >= $1 OR seen_at IS NULL)""",
        TRIES_MAXIMUM, now - GIVEN_UP_SHOWN,
    )  # fmt: skip
    return MailState(row["waiting"], row["given_up"], row["fault"])


async def undelivered(connection: Connection, person_id: int, now: datetime) -> tuple[int, str]:
    """How many notices of a person were given up in the last month, and why the last of them was."""
    row = await connection.fetchrow(
        """SELECT count(*) AS number, coalesce((array_agg(fault ORDER BY noticed_at DESC))[1], '') AS fault
        FROM notices WHERE person_id = $1 AND mailed_at IS NULL AND tries >= $2 AND noticed_at > $3""",
        person_id, TRIES_MAXIMUM, now - GIVEN_UP_SHOWN,
    )  # fmt: skip
    return row["number"], row["fault"]
