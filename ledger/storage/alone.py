"""Let one of several workers do a thing at a time.

It is a hint that spares work twice done, by an advisory lock that ends with its holder, and so may end before the work does. Without it a letter or an
event may be sent twice, an event under the id it had; what is kept of either stays right, because rows are locked and looked at again (scale.md, rule 7).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ledger.storage.database import Database

# Numbers of our own making, one a task.
MAIL, WEBHOOKS = 4_011_957, 4_011_958


@asynccontextmanager
async def alone(database: Database, task: int) -> AsyncIterator[bool]:
    """Whether nobody else does this pool's task while the block runs; a worker that dies lets go."""
    async with database.pool.acquire() as connection:
        is_alone = await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", task, database.schema)
        try:
            yield is_alone
        finally:
            if is_alone and not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", task, database.schema)
