"""Say who is told of a difference between the ledgers: the treasury that it was handed to, and the one whose day for it has passed."""

from datetime import date

from ledger.domain.actors import PERMISSIONS
from ledger.domain.notices import Fact, Notice
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.storage import differences as store
from ledger.storage.allocations import people_with
from ledger.storage.database import Connection
from ledger.storage.differences import Difference

_TREASURIES = sorted(PERMISSIONS["handle_difference"][0])
# How often people are told again of what is overdue, and of how many at most.
EVERY_DAYS, TOLD_MAXIMUM = 7, 200


async def tell_owner(w: Work, number: str) -> None:
    """Tell the treasury that a difference was handed to."""
    found = await store.difference(w.connection, number)
    to = await people_with(w.connection, _TREASURIES, [found.owner or ""], w.today)
    facts: dict[str, Fact] = {"by": w.actor.name, "union": w.actor.union or "", **_facts(found)}
    notice = Notice(kind="difference_handed", subject=number, url=_url(number), to=tuple(to), once=w.now.isoformat(), facts=facts)
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)


async def overdue(connection: Connection, today: date) -> list[Notice]:
    """What its owner's treasury has not put right by its day, told each week anew."""
    found = []
    for each in await store.overdue(connection, today, TOLD_MAXIMUM):
        days = (today - each.due_on).days if each.due_on else 0
        to = await people_with(connection, _TREASURIES, [each.owner or ""], today)
        facts = _facts(each) | {"days": days, "needed_on": str(each.due_on)}
        once = f"{each.due_on} {days // EVERY_DAYS}"
        found.append(Notice(kind="difference_overdue", subject=each.number, url=_url(each.number), to=tuple(to), once=once, facts=facts))
    return found


def _facts(each: Difference) -> dict[str, Fact]:
    return {"amounts": {each.currency: each.size_minor}}


def _url(number: str) -> str:
    return f"/comparison/differences/{number}"
