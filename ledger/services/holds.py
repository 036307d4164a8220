"""Place a hold, let it go by the people it takes, and refuse to take away what one keeps."""

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.numbers import written
from ledger.domain.refusals import HoldStands, NotAllowed
from ledger.domain.retention import PLACE, Hold, PlaceHold, check_hold, check_word, is_let_go
from ledger.domain.strikes import Strike
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import reference, strikes
from ledger.storage import retention as store
from ledger.storage.database import Connection


async def refuse_held(connection: Connection, strike: Strike) -> None:
    """Refuse where a hold keeps what belongs to the strike."""
    number = await store.standing(connection, strike.union, strike.number)
    if number is not None:
        raise HoldStands(hold=number, strike=strike.number)


def _own_union(actor: Actor) -> str:
    if actor.union is None:
        raise NotAllowed(permission=PLACE, reason="role")
    return actor.union


async def place_hold(pool: Pool, actor: Actor, key: str, asked: PlaceHold) -> Hold:
    """Place a hold at once: on everything, or on what is of one's own union."""

    async def work(w: Work) -> Done:
        new = check_hold(asked, [each.code for each in await reference.unions(w.connection)])
        strike = await strikes.strike(w.connection, written(new.strike, "S", "strike")) if new.strike else None
        authorize(w.actor, PLACE, strike.union if strike else new.union)
        kept = Hold(
            number=await w.next_number("H"), scope=new.scope, union=strike.union if strike else new.union, strike=strike.number if strike else None,
            reason=new.reason, placed_by=w.actor.name, placed_by_union=_own_union(w.actor), placed_at=w.now,
        )  # fmt: skip
        await store.add_hold(w.connection, kept, w.actor.person_id)
        return Done(kept, kept.number, {"scope": kept.scope, "union": kept.union, "strike": kept.strike})

    return msgspec.convert(await perform(pool, actor, "place_hold", key, asked, work, permission=PLACE), Hold)


async def release_hold(pool: Pool, actor: Actor, key: str, number: str) -> Hold:
    """Say that a hold may go. It goes with the last word that it takes; until then it stands."""

    async def work(w: Work) -> Done:
        hold = await store.hold(w.connection, written(number, "H", "hold"))
        authorize(w.actor, PLACE, hold.union)
        check_word(hold, w.actor.person_id)
        await store.add_event(w.connection, hold.number, "let_go", w.actor.person_id, _own_union(w.actor), w.now)
        hold = await store.hold(w.connection, hold.number)
        if is_let_go(hold, [each.code for each in await reference.unions(w.connection)]):
            await store.add_event(w.connection, hold.number, "released", w.actor.person_id, _own_union(w.actor), w.now)
            hold = msgspec.structs.replace(hold, released_at=w.now)
        return Done(hold, hold.number, {"released": hold.released_at is not None})

    return msgspec.convert(await perform(pool, actor, "release_hold", key, {"hold": number}, work, permission=PLACE), Hold)
