"""Place a hold, let it go by the people it takes or say that it stays, and refuse to take away what one keeps.

Whoever may let a hold go is told of it, and finds it on their first page once somebody said that it may go.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.home import Waiting
from ledger.domain.notices import Notice
from ledger.domain.numbers import written
from ledger.domain.refusals import HoldStands, NotAllowed
from ledger.domain.retention import PLACE, Hold, PlaceHold, check_hold, check_keeping, check_new, check_word, is_let_go, may_say
from ledger.domain.strikes import Strike
from ledger.services.notices import notify
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import reference, strikes
from ledger.storage import retention as store
from ledger.storage.allocations import people_with
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
        new = msgspec.structs.replace(new, strike=strike.number if strike else None)
        # The number's counter holds whoever else places one, so that of two sent at once the second sees the first; a refusal gives the number back.
        number = await w.next_number("H")
        check_new(new, _own_union(w.actor), await store.holds(w.connection))
        kept = Hold(
            number=number, scope=new.scope, union=strike.union if strike else new.union, strike=new.strike,
            reason=new.reason, placed_by=w.actor.name, placed_by_union=_own_union(w.actor), placed_at=w.now,
        )  # fmt: skip
        await store.add_hold(w.connection, kept, w.actor.person_id)
        await _tell(w, kept, "hold_placed", "placed", await _who_may(w, kept))
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
        people = await _who_may(w, hold)
        if is_let_go(hold, [each.code for each in await reference.unions(w.connection)]):
            await store.add_event(w.connection, hold.number, "released", w.actor.person_id, _own_union(w.actor), w.now)
            hold = msgspec.structs.replace(hold, released_at=w.now)
            await _tell(w, hold, "hold_released", "released", people)
        else:
            next_ones = [person for person, union in people.items() if may_say(hold, person, union)]
            await _tell(w, hold, "hold_to_release", w.now.isoformat(), next_ones)
        return Done(hold, hold.number, {"released": hold.released_at is not None})

    return msgspec.convert(await perform(pool, actor, "release_hold", key, {"hold": number}, work, permission=PLACE), Hold)


async def keep_hold(pool: Pool, actor: Actor, key: str, number: str) -> Hold:
    """Say that a hold stays, where somebody said that it may go: what was said before counts no more."""

    async def work(w: Work) -> Done:
        hold = await store.hold(w.connection, written(number, "H", "hold"))
        authorize(w.actor, PLACE, hold.union)
        check_keeping(hold)
        await store.add_event(w.connection, hold.number, "kept", w.actor.person_id, _own_union(w.actor), w.now)
        await _tell(w, hold, "hold_kept", w.now.isoformat(), [word.person_id for word in hold.words])
        hold = await store.hold(w.connection, hold.number)
        return Done(hold, hold.number)

    return msgspec.convert(await perform(pool, actor, "keep_hold", key, {"hold": number}, work, permission=PLACE), Hold)


# --- telling ------------------------------------------------------------------------------------------------------------


async def _who_may(w: Work, hold: Hold) -> dict[int, str]:
    """The unions of those who may say of a hold that it goes, by person."""
    unions = [hold.union] if hold.union else [each.code for each in await reference.unions(w.connection)]
    found = await people_with(w.connection, sorted(PERMISSIONS[PLACE][0]), unions, w.today)
    return {person: union for person, (union, _) in found.items()}


async def _tell(w: Work, hold: Hold, kind: str, once: str, to: Iterable[int]) -> None:
    """Tell people of a hold: its number and who did it. Its reason is read on the page."""
    notice = Notice(
        kind=kind, subject=hold.number, url="/retention#holds", to=tuple(to), once=once, facts={"by": w.actor.name, "union": _own_union(w.actor)}
    )
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: holds that somebody said may go, and that the actor's word would bring nearer to their end."""
    if not actor.can(PLACE):
        return []
    return [
        Waiting(
            kind="release_hold", subject=hold.number, url="/retention#holds", union=hold.words[-1].union,
            since=hold.words[0].at.astimezone(ZONE).date(), facts={"by": hold.words[-1].person},
        )
        for hold in await store.holds(connection)
        if hold.words and may_say(hold, actor.person_id, actor.union)
    ]  # fmt: skip
