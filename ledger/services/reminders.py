"""Remind people of what waits too long or ends soon: every source is asked once a day what there is to say.

An area adds its own source here; it need not know what was said before: a thing is told of once a day, or once for each ``once`` that its
source gives it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import msgspec

from ledger.domain.notices import Notice
from ledger.services import allocation_reminders, close_schedule, difference_notices, strike_reminders
from ledger.services.notices import notify
from ledger.services.pool import Pool
from ledger.storage.database import Connection

Source = Callable[[Connection, date], Awaitable[list[Notice]]]
SOURCES: tuple[Source, ...] = (
    allocation_reminders.overdue_decisions, allocation_reminders.expiring, allocation_reminders.overdue_payables, strike_reminders.late_cheques,
    close_schedule.reminders, difference_notices.overdue,
)  # fmt: skip


async def remind(pool: Pool, sources: Sequence[Source] | None = None) -> int:
    """Tell people what the sources say today; how many notices are new. Run twice on a day, it tells nothing twice."""
    today = pool.today()
    async with pool.database.writing() as connection:
        found = [notice for source in (SOURCES if sources is None else sources) for notice in await source(connection, today)]
        return await notify(connection, [msgspec.structs.replace(notice, once=notice.once or today.isoformat()) for notice in found], pool.clock())
