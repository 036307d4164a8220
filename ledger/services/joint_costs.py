"""Claim costs that a union paid as joint, agree to or dispute the other's, and certify how many members one's own union has."""

from datetime import date

import msgspec

from ledger.domain import joint_costs, memberships
from ledger.domain.actors import Actor, authorize
from ledger.domain.home import Waiting
from ledger.domain.joint_costs import CostStanding, JointCost, RecordCost
from ledger.domain.memberships import CertifyMembership, MembershipCount
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import NotFound, OtherUnion
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import campaigns, documents, reference
from ledger.storage import equalisation as store
from ledger.storage.database import Connection
from ledger.storage.equalisation import CostFilter

READ, CERTIFY, RECORD, DECIDE = "read_agreements", "certify_membership", "record_joint_cost", "decide_joint_cost"
PAGE_COSTS = 50


class Listed(msgspec.Struct, frozen=True):
    """A page of joint costs, the newest first."""

    items: list[JointCost]
    next: str | None


class CostView(msgspec.Struct, frozen=True):
    """A joint cost, and what the actor may say of it: ``agreed``, ``disputed``, ``withdrawn``."""

    cost: JointCost
    may: list[CostStanding]


def written_cost(number: str) -> str:
    """A joint cost's number as it is kept; refuses what can be none."""
    return written_as(number, "JC", "joint_cost")


# --- memberships ----------------------------------------------------------------------------------------------------------


async def certify_membership(pool: Pool, actor: Actor, key: str, request: CertifyMembership) -> MembershipCount:
    """Certify how many members one's own union had on a day; said again of the same day it is a correction, and the earlier number is kept."""

    async def work(w: Work) -> Done:
        asked, union = memberships.checked_count(request, w.today), _own(w.actor)
        if asked.document is not None and not await documents.is_kept(w.connection, asked.document):
            raise NotFound(kind="document", id=str(asked.document))
        kept = await store.add_count(w.connection, union, asked, w.actor.person_id, w.now)
        return Done(kept, f"{union}/{kept.as_of.isoformat()}", {"version": kept.version, "members": kept.members})

    return msgspec.convert(await perform(pool, actor, "certify_membership", key, request, work, permission=CERTIFY), MembershipCount)


def _own(actor: Actor) -> str:
    if actor.union is None:
        raise OtherUnion(union="", account="")
    return actor.union


async def list_counts(pool: Pool, actor: Actor, union: str | None = None) -> list[MembershipCount]:
    """Every certified number, corrected ones too, the newest day first."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await store.counts(connection, union)


# --- joint costs ----------------------------------------------------------------------------------------------------------


async def record_cost(pool: Pool, actor: Actor, key: str, request: RecordCost) -> JointCost:
    """Claim a cost that one's own union paid as joint; the other union's treasurer agrees or disputes it."""

    async def work(w: Work) -> Done:
        asked, union = joint_costs.checked_cost(request, await reference.currencies(w.connection), w.today), _own(w.actor)
        if asked.campaign and await campaigns.find(w.connection, asked.campaign) is None:
            raise NotFound(kind="campaign", id=asked.campaign[:40])
        number = await w.next_number("JC")
        await store.add_cost(w.connection, number, union, asked, w.actor.person_id, w.now)
        return await _done(w, number, "claimed")

    return msgspec.convert(await perform(pool, actor, "record_joint_cost", key, request, work, permission=RECORD), JointCost)


async def agree_to_cost(pool: Pool, actor: Actor, key: str, number: str) -> JointCost:
    """Agree that a cost of the other union is joint."""
    return await _settle(pool, actor, key, number, "agreed", "", DECIDE)


async def dispute_cost(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> JointCost:
    """Say why a cost of the other union is not joint, or not that much."""
    return await _settle(pool, actor, key, number, "disputed", reason, DECIDE)


async def withdraw_cost(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> JointCost:
    """Take back what one's own union claimed."""
    return await _settle(pool, actor, key, number, "withdrawn", reason, RECORD)


async def _settle(pool: Pool, actor: Actor, key: str, number: str, state: CostStanding, reason: str, permission: str) -> JointCost:
    async def work(w: Work) -> Done:
        kept = await store.cost(w.connection, written_cost(number), lock=True)
        joint_costs.check_cost_step(kept, state, w.actor.union)
        remark = plain("reason", reason, joint_costs.REASON_MAXIMUM, needed=state != "agreed")
        decided = {} if state == "withdrawn" else {"decided_by": w.actor.person_id}
        await store.save_cost(w.connection, kept.number, state=state, state_since=w.now, remark=remark, **decided)
        return await _done(w, kept.number, state)

    request = {"cost": number, "state": state, "reason": reason}
    return msgspec.convert(await perform(pool, actor, f"{state}_joint_cost", key, request, work, permission=permission), JointCost)


async def _done(w: Work, number: str, what: str) -> Done:
    kept = await store.cost(w.connection, number)
    return Done(kept, number, {"step": what, "amount_minor": kept.amount_minor, "currency": kept.currency})


async def list_costs(pool: Pool, actor: Actor, narrowed: CostFilter, after: str | None = None, limit: int = PAGE_COSTS) -> Listed:
    """A page of joint costs."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.costs(connection, narrowed, after and written_cost(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def show_cost(pool: Pool, actor: Actor, number: str) -> CostView:
    """One joint cost."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        kept = await store.cost(connection, written_cost(number))
    return CostView(kept, may_say(kept, actor))


def may_say(cost: JointCost, actor: Actor) -> list[CostStanding]:
    """What an actor may say of a cost as it stands."""
    own = actor.union == cost.union
    asked: tuple[CostStanding, ...] = ("withdrawn",) if own else ("agreed", "disputed")
    return [state for state in asked if actor.can(RECORD if own else DECIDE) and joint_costs.can_become(cost, state)]


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: costs that the other union claims, and one's own that it disputes."""
    found = await store.undecided_costs(connection) if actor.can(DECIDE) or actor.can(RECORD) else []
    return [
        Waiting(
            kind="decide_joint_cost" if each.state == "claimed" else "answer_joint_cost", subject=each.number, url=f"/equalisation/costs/{each.number}",
            union=each.union,
            since=each.state_since.astimezone(ZONE).date(), amount_minor=each.amount_minor, currency=each.currency, facts={"what": each.what},
        )
        for each in found
        if (each.state == "claimed" and actor.can(DECIDE) and actor.union != each.union)
        or (each.state == "disputed" and actor.can(RECORD) and actor.union == each.union)
    ]  # fmt: skip
