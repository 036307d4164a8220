"""Read who did what, when and by which door."""

from datetime import datetime
from uuid import UUID

from ledger.domain.actors import Actor, authorize
from ledger.services.pool import ZONE, Pool
from ledger.storage import audit_trail as store
from ledger.storage.audit_trail import Filter, Line


async def list_events(
    pool: Pool, actor: Actor, narrowed: Filter, before: tuple[datetime, UUID] | None = None, limit: int = store.PAGE
) -> list[Line]:
    """A page of the trail, newest first."""
    authorize(actor, "read_audit")
    async with pool.database.reading() as connection:
        return await store.page(connection, narrowed, before, ZONE, limit)
