"""Say what of grants and loans to members waits for one person: to approve, and to pay. A row names nobody."""

from datetime import date

from ledger.domain.actors import Actor
from ledger.domain.home import Waiting
from ledger.domain.strike_grants import APPROVE, PAY, Grant
from ledger.services.pool import ZONE
from ledger.storage import strike_grants as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

MAXIMUM = 200


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What needs the actor of their own union's grants that are not paid."""
    if actor.union is None or not (actor.can(APPROVE) or actor.can(PAY)):
        return []
    async with rosters_of(connection, actor.union):
        found = [each for state in ("proposed", "approved") for each in await store.grants(connection, None, state, None, MAXIMUM)]
    return [_row(each) for each in found if _is_for(each, actor)]


def _is_for(grant: Grant, actor: Actor) -> bool:
    if grant.state == "proposed":
        return actor.can(APPROVE) and actor.person_id != grant.proposed_by
    return actor.can(PAY) and actor.person_id not in (grant.proposed_by, grant.approved_by)


def _row(grant: Grant) -> Waiting:
    kind, tail = ("approve_grant", "") if grant.state == "proposed" else ("pay_grant", "/pay")
    return Waiting(
        kind=kind, subject=grant.number, url=f"/strikes/grants/{grant.number}{tail}", union=grant.union,
        since=grant.state_since.astimezone(ZONE).date(), amount_minor=grant.amount_minor, currency=grant.currency, facts={"strike": grant.strike_name},
    )  # fmt: skip
