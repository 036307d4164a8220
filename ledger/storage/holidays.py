"""Keep the days on which banks do not work, by country."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.storage.database import Connection


class Holiday(msgspec.Struct, frozen=True):
    """One day, by the name it has and where that is written."""

    country: str
    day: date
    name_en: str
    name_fr: str
    source: str


async def holidays(connection: Connection, first: date, last: date, country: str | None = None) -> list[Holiday]:
    """The holidays between two days, of one country or of both."""
    rows = await connection.fetch(
        """SELECT country::text, day, name_en, name_fr, source FROM holidays
        WHERE day BETWEEN $1 AND $2 AND ($3::text IS NULL OR country = $3) ORDER BY day, country""",
        first, last, country,
    )  # fmt: skip
    return [Holiday(**dict(row)) for row in rows]


async def last_year(connection: Connection) -> int:
    """The last year there are holidays of; 0 where there are none."""
    found: int = await connection.fetchval("SELECT coalesce(extract(year FROM max(day)), 0)::int FROM holidays")
    return found


async def add(connection: Connection, rows: Sequence[Holiday]) -> None:
    """Add what is not there yet."""
    await connection.executemany(
        "INSERT INTO holidays (country, day, name_en, name_fr, source) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        [(row.country, row.day, row.name_en, row.name_fr, row.source) for row in rows],
    )


async def put(connection: Connection, row: Holiday) -> None:
    """Keep a holiday, in place of what was kept of its day."""
    await connection.execute(
        """INSERT INTO holidays (country, day, name_en, name_fr, source) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (country, day) DO UPDATE SET name_en = excluded.name_en, name_fr = excluded.name_fr, source = excluded.source""",
        row.country, row.day, row.name_en, row.name_fr, row.source,
    )  # fmt: skip


async def drop(connection: Connection, country: str, day: date) -> bool:
    """Take a day off the list; whether it was on it."""
    return await connection.fetchval("DELETE FROM holidays WHERE country = $1 AND day = $2 RETURNING true", country, day) is not None
