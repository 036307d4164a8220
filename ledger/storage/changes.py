"""Read the journal by number, for programs that follow it."""

from datetime import date, datetime

import msgspec

from ledger.storage.database import Connection


class Change(msgspec.Struct, frozen=True):
    """One recorded entry as a follower needs it: which it is, not what it says. ``hash`` is its place in the chain."""

    number: int
    kind: str
    entry_date: date
    effective_date: date | None
    recorded_at: datetime
    subject: str
    reverses: int | None
    corrects: int | None
    hash: bytes


async def after(connection: Connection, number: int, limit: int) -> list[Change]:
    """At most ``limit`` entries after a journal number, in the journal's order.

    Numbers are given without gaps in the order of commit, so that who reads on from the last one it saw can miss none (invariant 1).
    """
    rows = await connection.fetch(
        """SELECT number, kind, entry_date, effective_date, recorded_at, subject, reverses, corrects, hash
        FROM entries WHERE number > $1 ORDER BY number LIMIT $2""",
        number, limit,
    )  # fmt: skip
    return [Change(**dict(row)) for row in rows]
