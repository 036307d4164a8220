"""Tell people what happened to what concerns them, list it, and mark it as seen; sending it as mail is ``ledger.services.mailing``'s."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.notices import Notice, check
from ledger.domain.refusals import NotFound
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import notices as store
from ledger.storage.database import Connection
from ledger.storage.notices import Kept, Place

PAGE_NOTICES = 50
PERMISSION = "read_notices"


class Listed(msgspec.Struct, frozen=True):
    """A page of one's notices, unseen first; ``newest`` is the last that came of all of them, for marking what was shown."""

    items: list[Kept]
    next: Place | None
    unseen: int


async def notify(connection: Connection, notices: Sequence[Notice], now: datetime, but: int | None = None) -> int:
    """Tell people, inside the caller's transaction; the same occasion twice is told once. How many were told now.

    ``but`` is who did it: nobody is told of what they did themselves. People who are shut out are not told.
    """
    for notice in notices:
        check(notice)
    return await store.add(connection, notices, now, but) if notices else 0


async def list_notices(pool: Pool, actor: Actor, after: Place | None = None, limit: int = PAGE_NOTICES) -> Listed:
    """A page of the actor's own notices."""
    authorize(actor, PERMISSION)
    async with pool.database.reading() as connection:
        found = await store.page(connection, actor.person_id, after, limit + 1)
        unseen = await store.unseen_count(connection, actor.person_id)
    return Listed(found[:limit], store.place(found[limit - 1]) if len(found) > limit else None, unseen)


async def mark_seen(pool: Pool, actor: Actor, key: str, notice_id: UUID) -> int:
    """Mark one of one's own notices as seen; how many are still unseen."""

    async def work(w: Work) -> Done:
        await _own(w, notice_id)
        await store.mark_seen(w.connection, actor.person_id, notice_id, w.now)
        return Done({"unseen": await store.unseen_count(w.connection, actor.person_id)})

    answer = await perform(pool, actor, "mark_notice_seen", key, {"notice": str(notice_id)}, work, permission=PERMISSION)
    return int(answer["unseen"])


async def mark_all_seen(pool: Pool, actor: Actor, key: str, until: UUID) -> int:
    """Mark every notice that had come with ``until`` as seen, so that none is missed that came since; how many are still unseen."""

    async def work(w: Work) -> Done:
        await store.mark_all_seen(w.connection, actor.person_id, await _own(w, until), w.now)
        return Done({"unseen": await store.unseen_count(w.connection, actor.person_id)})

    answer = await perform(pool, actor, "mark_notices_seen", key, {"until": str(until)}, work, permission=PERMISSION)
    return int(answer["unseen"])


async def _own(w: Work, notice_id: UUID) -> Kept:
    found = await store.one(w.connection, w.actor.person_id, notice_id)
    if found is None:
        raise NotFound(kind="notice", id=str(notice_id))
    return found
