"""Show the thresholds with their sources, and have a second treasurer agree to each that somebody entered."""

from datetime import date
from typing import Any, Literal

import msgspec

from ledger.domain import thresholds as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.home import Waiting
from ledger.domain.thresholds import ProposeThreshold, Threshold
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import rates, reference
from ledger.storage import thresholds as store
from ledger.storage.database import Connection

READ, CHANGE = "read_thresholds", "change_thresholds"
_DECISIONS = {"confirmed": "confirm_threshold", "rejected": "reject_threshold"}


class Listed(msgspec.Struct, frozen=True):
    """One version, whether it holds today, and who entered and decided it: (name, union), empty for what shipped.

    ``open_since`` is the day after its last where no version of its code holds then.
    """

    threshold: Threshold
    holds: bool
    open_since: date | None
    entered_by: tuple[str, str | None]
    decided_by: tuple[str, str | None]


class Overview(msgspec.Struct, frozen=True):
    """Every version there ever was, and what a proposal chooses from."""

    today: date
    items: list[Listed]
    currencies: list[str]
    nations: list[str]


async def overview(pool: Pool, actor: Actor) -> Overview:
    """Everything the page of thresholds shows."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        today, found = pool.today(), await store.thresholds(connection)
        names = await rates.names_of(connection, [person for each in found for person in (each.proposed_by, each.decided_by)])
        nobody = ("", None)
        items = [
            Listed(
                each, rules.on_day(found, each.code, today) == each, rules.open_since(found, each), names.get(each.proposed_by, nobody),
                names.get(each.decided_by or 0, nobody),
            )
            for each in found
        ]  # fmt: skip
        return Overview(today, items, list(await reference.currencies(connection)), await _nations(connection))


async def _nations(connection: Connection) -> list[str]:
    return list(dict.fromkeys(union.nation for union in await reference.unions(connection)))


async def propose_threshold(pool: Pool, actor: Actor, key: str, request: ProposeThreshold) -> Threshold:
    """Enter a threshold with its source; it holds once a second treasurer has confirmed it."""

    async def work(w: Work) -> Done:
        known, currencies = await store.thresholds(w.connection), list(await reference.currencies(w.connection))
        new = rules.propose(request, known, currencies, await _nations(w.connection), actor, w.now)
        await store.add(w.connection, new)
        return Done(new, new.subject, _facts(new))

    return msgspec.convert(await perform(pool, actor, "propose_threshold", key, request, work, permission=CHANGE), Threshold)


def _facts(new: Threshold) -> dict[str, Any]:
    """What the audit trail says of it: what it compares, and from when."""
    found = {"amount_minor": new.amount_minor, "currency": new.currency, "days": new.days, "valid_from": new.valid_from.isoformat()}
    return {name: value for name, value in found.items() if value is not None}


async def decide_threshold(
    pool: Pool, actor: Actor, key: str, code: str, version: int, decision: Literal["confirmed", "rejected"]
) -> Threshold:
    """Confirm or reject a threshold that somebody else entered."""

    async def work(w: Work) -> Done:
        waiting = await store.threshold(w.connection, code, version, lock=True)
        rules.check_decision(waiting, actor)
        await store.decide(w.connection, code, version, decision, actor.person_id, w.now)
        return Done(await store.threshold(w.connection, code, version), waiting.subject)

    request = {"code": code, "version": version, "decision": decision}
    return msgspec.convert(await perform(pool, actor, _DECISIONS[decision], key, request, work, permission=CHANGE), Threshold)


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: thresholds that somebody else entered."""
    if not actor.can(CHANGE):
        return []
    found = [each for each in await store.thresholds(connection) if each.state == "proposed" and each.proposed_by != actor.person_id]
    names = await rates.names_of(connection, [each.proposed_by for each in found])
    return [
        Waiting(
            kind="confirm_threshold", subject=each.subject, url="/thresholds", union=names.get(each.proposed_by, ("", None))[1] or "",
            since=each.proposed_at.astimezone(ZONE).date(),
            facts={"name_en": each.name_en, "name_fr": each.name_fr, "by": names.get(each.proposed_by, ("", None))[0]},
        )
        for each in found
    ]  # fmt: skip
