"""Remind people of what waits too long or ends soon: every source is asked once a day what there is to say.

An area adds its own source here; it need not know what was said before, for a thing is told of once a day.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import msgspec

from ledger.domain.notices import Notice
from ledger.services.notices import notify
from ledger.services.pool import Pool
from ledger.storage.database import Connection

Source = Callable[[Connection, date], Awaitable[list[Notice]]]
SOURCES: tuple[Source, ...] = ()


async def remind(pool: Pool, sources: Sequence[Source] | None = None) -> int:
    """Tell people what the sources say today; how many notices are new. Run twice on a day, it tells nothing twice."""
    today = pool.today()
    async with pool.database.writing() as connection:
        found = [notice for source in (SOURCES if sources is None else sources) for notice in await source(connection, today)]
        return await notify(connection, [msgspec.structs.replace(notice, once=today.isoformat()) for notice in found], pool.clock())
