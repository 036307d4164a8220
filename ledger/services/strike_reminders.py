"""Remind a union's own people of strike cheques that are out for more than a month: how much and since when, never whose."""

from datetime import date, timedelta

from ledger.domain.actors import PERMISSIONS
from ledger.domain.notices import Notice
from ledger.domain.strike_runs import FIX, LATE_CHEQUE_DAYS
from ledger.storage import reference, strike_run_payments
from ledger.storage.allocations import people_with
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

# Of a run's late cheques people are told when the first is late, and then every week.
EVERY_DAYS = 7


async def late_cheques(connection: Connection, today: date) -> list[Notice]:
    """To the benefits officers and treasurers of each union, a run at a time."""
    notices = []
    for union in await reference.unions(connection):
        people = tuple(await people_with(connection, sorted(PERMISSIONS[FIX][0]), [union.code], today))
        async with rosters_of(connection, union.code):
            found = await strike_run_payments.aged_cheques(connection, today - timedelta(days=LATE_CHEQUE_DAYS))
        notices += [_late(run, currency, amount, oldest, people, today) for run, currency, _, amount, oldest in found]
    return notices


def _late(run: str, currency: str, amount_minor: int, oldest: date, people: tuple[int, ...], today: date) -> Notice:
    days = (today - oldest).days
    return Notice(
        kind="reminder_cheques", subject=run, url=f"/strikes/runs/{run}/lines?shows=late", to=people,
        once=f"{oldest} {(days - LATE_CHEQUE_DAYS) // EVERY_DAYS}", facts={"days": days, "amounts": {currency: amount_minor}},
    )  # fmt: skip
