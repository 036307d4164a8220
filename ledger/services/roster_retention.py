"""Take the names out of a roster that is no longer needed: on its retention day by the worker, or earlier by who keeps it. It cannot be undone.

Names, references, pay references, what a member earns and every text that somebody wrote about one go; files kept aside go; what was paid, and to how many,
stays. Source: domain.md 1.7 (e). While a hold stands, nothing of what it covers goes.
"""

from datetime import date, timedelta
from uuid import UUID

import structlog

from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, Refusal, StrikeState
from ledger.domain.rosters import told
from ledger.domain.strikes import RETENTION_DAYS, Strike
from ledger.services.holds import refuse_held
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.roster_files import FILE_DAYS, drop
from ledger.services.rosters import MANAGE, strike_for
from ledger.storage import reference, retention, rosters, strikes
from ledger.storage import roster_retention as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

log = structlog.get_logger()

OVER = ("closed", "called_off")
RETENTION_MAXIMUM_DAYS = 2 * RETENTION_DAYS


async def set_retention(pool: Pool, actor: Actor, key: str, number: str, until: date) -> date:
    """Say until when a strike's roster is kept with its names; from the day after, the worker takes them out."""

    async def work(w: Work) -> Done:
        strike = await strike_for(w.connection, w.actor, MANAGE, number, lock=True)
        if strike.pseudonymised_at is not None:
            raise StrikeState(strike=strike.number, state="pseudonymised")
        last = w.today + timedelta(days=RETENTION_MAXIMUM_DAYS)
        if not w.today <= until <= last:
            raise DateInvalid(field="until", text=until.isoformat(), reason="range", first=w.today.isoformat(), last=last.isoformat())
        await strikes.save(w.connection, strike.number, retain_until=until)
        await strikes.add_event(w.connection, strike.number, w.actor.person_id, "retention_set", until.isoformat(), w.now)
        return Done({"strike": strike.number, "until": until}, strike.number, {"until": until.isoformat()})

    await perform(pool, actor, "set_retention", key, {"strike": number, "until": until}, work, permission=MANAGE)
    return until


async def hold_on(pool: Pool, actor: Actor, strike: Strike) -> str | None:
    """The number of the oldest hold that keeps a strike's names whatever their day, for who keeps its roster; None where there is none."""
    authorize(actor, MANAGE, strike.union)
    async with pool.database.reading() as connection:
        return await retention.standing(connection, strike.union, strike.number)


async def pseudonymise(pool: Pool, actor: Actor, key: str, number: str, typed: str) -> int:
    """Take the names out of the roster of a strike that is over, once its number has been typed; how many members it was."""

    async def work(w: Work) -> Done:
        strike = await strike_for(w.connection, w.actor, MANAGE, number, lock=True)
        if strike.state not in OVER:
            raise StrikeState(strike=strike.number, state=strike.state)
        if strike.pseudonymised_at is not None:
            raise StrikeState(strike=strike.number, state="pseudonymised")
        if typed.strip().upper() != strike.number:
            raise ChoiceInvalid(field="typed", value=typed[:40])
        await refuse_held(w.connection, strike)
        return await _done(w, strike)

    answer = await perform(pool, actor, "pseudonymise_roster", key, {"strike": number, "typed": typed}, work, permission=MANAGE)
    return int(answer["members"])


async def _done(w: Work, strike: Strike) -> Done:
    async with rosters_of(w.connection, strike.union):
        members = await store.pseudonymise(w.connection, strike.number, w.actor.person_id, w.now)
    await strikes.save(w.connection, strike.number, pseudonymised_at=w.now)
    await strikes.add_event(w.connection, strike.number, w.actor.person_id, "pseudonymised", "", w.now)
    return Done({"strike": strike.number, "members": members}, strike.number, {"members": told(members)})


async def pseudonymise_due(pool: Pool, worker: Actor) -> int:
    """Take the names out of every roster whose retention day is past; how many rosters. The worker acts for each strike's own union."""
    async with pool.database.reading() as connection:
        due = [each for each in await store.due(connection, pool.today(), RETENTION_DAYS) if not await _is_held(connection, each[1], each[0])]
    for number, union, until in due:
        try:
            # A key of the day: the refusal of a hold that came in between is not remembered for the days after it.
            members = await pseudonymise(pool, _acting(worker, union), f"retention-{number}-{until}-{pool.today()}", number, number)
            log.info("names taken out", strike=number, members=members)
        except Refusal as refusal:  # the others' names are not kept for this one's sake
            log.warning("names not taken out", strike=number, refusal=refusal.code)
    return len(due)


async def drop_files_due(pool: Pool, worker: Actor) -> int:
    """Throw every file away that has waited for longer than files do; how many."""
    before = pool.clock() - timedelta(days=FILE_DAYS)
    due: list[tuple[str, str, UUID]] = []
    async with pool.database.reading() as connection:
        for union in await reference.unions(connection):
            async with rosters_of(connection, union.code):
                found = await rosters.files_before(connection, union.code, before)
            due += [(union.code, strike, id) for strike, id in found if not await _is_held(connection, union.code, strike)]
    for code, strike, id in due:
        try:
            await drop(pool, _acting(worker, code), f"forgotten-{id}-{pool.today()}", strike, id)
        except Refusal as refusal:  # somebody was quicker
            log.warning("file not thrown away", strike=strike, refusal=refusal.code)
    return len(due)


async def _is_held(connection: Connection, union: str, strike: str) -> bool:
    return await retention.standing(connection, union, strike) is not None


def _acting(worker: Actor, union: str) -> Actor:
    """The worker as who keeps the rosters of a union."""
    return Actor(worker.person_id, worker.name, union, frozenset({"benefits_officer"}), worker.via, frozenset({MANAGE}))
