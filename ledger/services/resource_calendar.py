"""Lay out what is booked and what is free of every resource over some days, as far as the actor may know."""

from datetime import date

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.half_days import Span, half_of
from ledger.domain.resources import Resource
from ledger.services import bookings
from ledger.services.bookings import Calendar
from ledger.services.pool import Pool
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
        if resource.state != "offered" or day < resource.offered_from or (resource.offered_to is not None and day > resource.offered_to):
            return None
        halves = self.free[resource.number]
        return halves[half_of(day)], halves[half_of(day, "afternoon")]


async def show_sheet(pool: Pool, actor: Actor, span: Span, narrowed: BookingFilter) -> Sheet:
    """The bookings of the days, and every resource that is offered on one of them or booked."""
    calendar = await bookings.show_calendar(pool, actor, span, narrowed)
    booked = {booking.resource for booking in calendar.items}
    async with pool.database.reading() as connection:
        asked = ResourceFilter(number=narrowed.resource, kind=narrowed.kind, union=narrowed.union)
        found = await resources.on_sheet(connection, asked, sorted(booked), span, ROWS_MAXIMUM + 1)
        shown = found[:ROWS_MAXIMUM]
        free = await resources.free_halves(connection, [each.number for each in shown], span)
    return Sheet(calendar, shown, free, calendar.more or len(found) > ROWS_MAXIMUM)
