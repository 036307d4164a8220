"""Open the rows that one union keeps to itself (rosters, lines, payments, grants) for the rest of a transaction.

PostgreSQL shows them by the setting ``app.union`` alone (row-level security, migration 0004). The services authorize first and set it last,
so a page that forgets to ask sees nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from ledger.storage.database import Connection


@asynccontextmanager
async def rosters_of(connection: Connection, union: str) -> AsyncIterator[Connection]:
    """Inside, the union's private rows are seen and written; outside again none are. ``connection`` must be in a transaction."""
    await connection.execute("SELECT set_config('app.union', $1, true)", union)
    try:
        yield connection
    finally:
        if not connection.is_closed() and connection.is_in_transaction():
            await _close(connection)


async def _close(connection: Connection) -> None:
    # A transaction that failed takes no more statements, and forgets the setting when it is rolled back.
    try:
        await connection.execute("SELECT set_config('app.union', '', true)")
    except asyncpg.InFailedSQLTransactionError:
        return
