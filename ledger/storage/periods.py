"""Read periods and set their state; who may is decided elsewhere."""

from datetime import date

from ledger.domain.periods import BookPeriod, State
from ledger.storage.database import Connection


async def periods(connection: Connection, book: str | None = None) -> list[BookPeriod]:
    """The periods of a book, or of every book, by their first day."""
    rows = await connection.fetch(
        "SELECT book, starts_on, ends_on, state, version FROM periods WHERE $1::text IS NULL OR book = $1 ORDER BY book, starts_on", book
    )
    return [BookPeriod(**dict(row)) for row in rows]


async def set_state(connection: Connection, book: str, starts_on: date, ends_on: date, state: State) -> None:
    """Put a period into a state, adding it where it is new. Call under the head lock, so that no entry slips in beside it."""
    await connection.execute(
        """INSERT INTO periods (book, starts_on, ends_on, state, version) VALUES ($1, $2, $3, $4, 1)
        ON CONFLICT (book, starts_on) DO UPDATE SET state = excluded.state, version = periods.version + 1""",
        book, starts_on, ends_on, state,
    )  # fmt: skip
