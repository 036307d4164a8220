"""Make and end the secret address of a person's bookings for calendar programs, and read what stands there."""

from datetime import datetime, timedelta

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.bookings import Booking
from ledger.domain.half_days import Span
from ledger.domain.refusals import NotFound
from ledger.domain.resources import READ
from ledger.services.bookings import show_calendar
from ledger.services.pool import Pool
from ledger.services.resource_calendar import SHOWN
from ledger.services.sign_in import actor_of
from ledger.storage import audit, people
from ledger.storage import calendar_feeds as store
from ledger.storage.bookings import BookingFilter

# What a calendar program is given: a month back, five months ahead.
DAYS_BACK, DAYS_AHEAD = 31, 150


class Feed(msgspec.Struct, frozen=True):
    """The bookings of one person, in their language: their own, and those of their union's resources where they may know of them."""

    language: str
    bookings: list[Booking]


async def make_feed(pool: Pool, actor: Actor) -> str:
    """A new secret of one's own, shown once; the one before it ends."""
    authorize(actor, READ)
    async with pool.database.writing() as connection:
        await store.end(connection, actor.person_id, pool.clock())
        feed, secret = await store.add(connection, actor.person_id, pool.clock())
        await audit.keep(connection, [audit.event(actor, "make_calendar_feed", subject=f"feed {feed}")], pool.clock())
    return secret


async def end_feed(pool: Pool, actor: Actor) -> None:
    """End one's own address at once; where there is none, nothing happens."""
    authorize(actor, READ)
    async with pool.database.writing() as connection:
        if await store.end(connection, actor.person_id, pool.clock()):
            await audit.keep(connection, [audit.event(actor, "end_calendar_feed", subject=f"person {actor.person_id}")], pool.clock())


async def feed_since(pool: Pool, actor: Actor) -> datetime | None:
    """When one's own live address was made; None without one."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await store.made_at(connection, actor.person_id)


async def read_feed(pool: Pool, secret: str) -> Feed:
    """What stands at an address, by its secret alone; an ended one, and one whose person may not read any more, is as if it were not there."""
    async with pool.database.reading() as connection:
        person_id = await store.person_of(connection, secret)
        person = None if person_id is None else await people.by_id(connection, person_id, pool.today())
    actor = None if person is None or person.disabled else actor_of(person, "api")
    if person is None or actor is None or not actor.can(READ):
        raise NotFound(kind="page", id="calendar")
    return Feed(person.language, await _bookings(pool, actor))


async def _bookings(pool: Pool, actor: Actor) -> list[Booking]:
    span = Span(first_day=pool.today() - timedelta(days=DAYS_BACK), last_day=pool.today() + timedelta(days=DAYS_AHEAD))
    own = await show_calendar(pool, actor, span, BookingFilter(own=actor.person_id, states=SHOWN))
    lent = await show_calendar(pool, actor, span, BookingFilter(union=actor.union, states=SHOWN)) if actor.union else own
    found = {each.number: each for each in (*own.items, *(each for each in lent.items if each.lender == actor.union))}
    return sorted(found.values(), key=lambda each: (each.first_half, each.number))
