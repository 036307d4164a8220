"""Follow the journal by number: every entry once, in order, none missed."""

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.services.pool import Pool
from ledger.storage import changes as store
from ledger.storage import journal
from ledger.storage.changes import Change
from ledger.storage.journal import Head

READ = "read_books"


class Followed(msgspec.Struct, frozen=True):
    """Entries after a number, and the journal's head as it was when they were read."""

    items: list[Change]
    head: Head


async def follow(pool: Pool, actor: Actor, after: int, limit: int) -> Followed:
    """The entries after a journal number, as one snapshot has them."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return Followed(await store.after(connection, after, limit), await journal.read_head(connection))
