"""Hold what every service needs: the database, the writer and the clock."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ledger.storage.database import Database
from ledger.storage.writer import Writer

# The pool's day turns at midnight in Toronto and Pittsburgh alike; cut-offs are printed in this zone and in UTC.
ZONE = ZoneInfo("America/Toronto")


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


class Pool:
    """One pool of unions, open: the first argument of every service."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self.database, self.clock = database, clock
        self.writer = Writer(database, clock, self.today)

    def today(self) -> date:
        """The books' date now."""
        return self.clock().astimezone(ZONE).date()


@asynccontextmanager
async def running(database: Database, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[Pool]:
    """A pool whose writer runs until the block ends; the database is the caller's to close."""
    pool = Pool(database, clock)
    pool.writer.start()
    try:
        yield pool
    finally:
        await pool.writer.stop()
