"""Follow the journal by number: every entry once, in order, none missed."""

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import ChoiceInvalid
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
    """The entries after a journal number, as one snapshot has them.

    Refuses one that the journal has not come to: whoever asks after it would hear nothing until then, and miss what comes before it.
    """
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        head = await journal.read_head(connection)
        if after > head.number:
            raise ChoiceInvalid(field="after", value=str(after), reason="beyond_head", head=head.number)
        return Followed(await store.after(connection, after, limit), head)
