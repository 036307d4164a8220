"""Lay out what is booked and what is free of every resource over some days, as far as the actor may know."""

from datetime import date

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.half_days import Span, half_of
from ledger.domain.resources import Resource
from ledger.services import bookings
from ledger.services.bookings import Calendar
from ledger.services.pool import Pool
from ledger.storage import resource_calendar as store
from ledger.storage import resources
from ledger.storage.bookings import BookingFilter
from ledger.storage.resources import ResourceFilter

# As many rows as one sheet has; what is more is found by narrowing.
ROWS_MAXIMUM = 60
SHOWN = ("confirmed", "done", "held", "requested")


class Sheet(msgspec.Struct, frozen=True):
    """What is booked (a lead reads their own bookings alone), the resources of the days, and how many of each are free in each half-day."""

    calendar: Calendar
    resources: list[Resource]
    free: dict[str, dict[int, int]]
    more: bool

    def free_on(self, resource: Resource, day: date) -> tuple[int, int] | None:
        """How many are free in the morning and in the afternoon; None where it is not offered."""
        if resource.state != "offered" or not _offered(resource, day, day):
            return None
        halves = self.free[resource.number]
        return halves[half_of(day)], halves[half_of(day, "afternoon")]


def _offered(resource: Resource, first: date, last: date) -> bool:
    return resource.offered_from <= last and (resource.offered_to is None or resource.offered_to >= first)


async def show_sheet(pool: Pool, actor: Actor, span: Span, narrowed: BookingFilter) -> Sheet:
    """The bookings of the days, and every resource that is offered on one of them or booked."""
    calendar = await bookings.show_calendar(pool, actor, span, narrowed)
    booked = {booking.resource for booking in calendar.items}
    async with pool.database.reading() as connection:
        known = await resources.resources(connection, ResourceFilter())
        found = [each for each in known if each.number in booked or _fits(each, span, narrowed)]
        found.sort(key=lambda each: (each.kind, each.name, each.ordinal))
        shown = found[:ROWS_MAXIMUM]
        free = await store.free_halves(connection, [each.number for each in shown], span)
    return Sheet(calendar, shown, free, calendar.more or len(found) > ROWS_MAXIMUM)


def _fits(resource: Resource, span: Span, narrowed: BookingFilter) -> bool:
    wanted = ((narrowed.resource, resource.number), (narrowed.kind, resource.kind), (narrowed.union, resource.union))
    offered = resource.state == "offered" and _offered(resource, span.first_day, span.last_day)
    return offered and all(asked is None or asked == value for asked, value in wanted)
