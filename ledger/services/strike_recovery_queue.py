"""Say which write-offs of overpayments wait for one person to decide. A row names nobody."""

from datetime import date

from ledger.domain.actors import Actor
from ledger.domain.home import Waiting
from ledger.domain.strike_runs import APPROVE
from ledger.services.pool import ZONE
from ledger.storage import strike_recoveries as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

MAXIMUM = 200


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What another of the actor's union proposed to write off."""
    if actor.union is None or not actor.can(APPROVE):
        return []
    async with rosters_of(connection, actor.union):
        found = await store.waiting(connection, MAXIMUM)
    return [
        Waiting(
            kind="approve_write_off", subject=each.run, url=f"/strikes/runs/{each.run}/write-offs/{each.ordinal}", union=union,
            since=each.made_at.astimezone(ZONE).date(), amount_minor=each.amount_minor, currency=currency, facts={"strike": name},
        )
        for each, name, union, currency in found
        if each.made_by != actor.person_id
    ]  # fmt: skip
