"""Say whether the books can be served."""

from ledger.services.pool import Pool
from ledger.storage.journal import read_head
from ledger.storage.schema import pending


async def readiness(pool: Pool) -> list[str]:
    """The migrations that are missing; refuses with ``database_unavailable`` when nothing answers."""
    async with pool.database.reading() as connection:
        await read_head(connection)
        return await pending(pool.database.url, pool.database.schema)
