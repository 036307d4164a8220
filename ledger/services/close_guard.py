"""Keep what a fixed or signed report rests on: what would take it back is refused until the month is opened again by both unions.

Called inside the transaction that would change it, and after the books' head where it takes that. Fixing a report holds the same row, so of the two
one waits for the other and then sees it; where the row is not there yet, nobody begins it before the change is over.
"""

from datetime import date, datetime

from ledger.domain.chart import JOINT
from ledger.domain.refusals import MonthSigned, Refusal
from ledger.storage import closes as store
from ledger.storage.database import Connection


async def refuse_if_signed(connection: Connection, first: date, last: date | None = None, *, book: str = JOINT, made_at: datetime | None = None) -> None:
    """Refuse where a day from ``first`` to ``last`` lies in a month whose report waits for signatures or has them.

    What was made after that report was fixed (``made_at``) is not in it and may be taken back; nor is any other book than the joint one.
    """
    if book != JOINT:
        return
    await store.let_none_begin(connection)
    for close, fixed_at in await store.months(connection, first, last or first, held=True):
        if close.state in ("fixed", "locked") and (made_at is None or fixed_at is None or made_at <= fixed_at):
            raise MonthSigned(close=close.number, date=max(first, close.starts_on).isoformat(), reason=close.state)


async def shut(connection: Connection, day: date) -> Refusal | None:
    """Why what a day's report rests on could not be changed as it stands now. Holds nothing: what is changed on the strength of it is still to be held."""
    for close, _ in await store.months(connection, day, day, held=False):
        if close.state in ("fixed", "locked"):
            return MonthSigned(close=close.number, date=day.isoformat(), reason=close.state)
    return None
