"""Look into what a union keeps to itself about its members: authorized, seen by PostgreSQL as that union alone, and every view logged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ledger.domain.actors import Actor, authorize
from ledger.domain.strikes import Strike
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.services.strikes import written
from ledger.storage import audit
from ledger.storage import strikes as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

READ_ROSTER = "read_roster"


@asynccontextmanager
async def viewing(pool: Pool, actor: Actor, number: str, what: str, permission: str = READ_ROSTER) -> AsyncIterator[tuple[Connection, Strike]]:
    """A snapshot in which the strike's private rows are seen, for its own union's people alone.

    ``what`` says what was looked at (``roster``, ``lines``, ``payments``); the view is in the audit trail before anything is shown.
    """
    authorize(actor, permission)
    async with pool.database.reading() as connection:
        strike = await store.strike(connection, written(number))
        authorize(actor, permission, strike.union)
        async with rosters_of(connection, strike.union):
            yield connection, strike
    await note(pool, [audit.event(actor, "view_roster", subject=strike.number, what=what)])
