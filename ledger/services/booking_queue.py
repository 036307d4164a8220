"""Say which bookings wait for one person: requests to decide and holds that end, for the owner; held days nobody confirmed, for who asked."""

from datetime import date, timedelta

from ledger.domain.actors import Actor
from ledger.domain.bookings import DECIDE, REQUEST, Booking, is_borrower, is_owner, sees_all
from ledger.domain.deliveries import CONFIRM, RECORD, Delivery
from ledger.domain.home import Waiting
from ledger.services.pool import ZONE
from ledger.storage import bookings as store
from ledger.storage import deliveries as delivery_store
from ledger.storage.bookings import BookingFilter
from ledger.storage.database import Connection
from ledger.storage.deliveries import DeliveryFilter

MAXIMUM = 200
# A hold is the owner's from its first day, and its end is told to the borrower this many days before.
SOON_DAYS = 3


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What the actor can decide, or ask the owner to decide in time; and what was lent that waits for them."""
    return [*await _bookings(connection, actor, today), *await _deliveries(connection, actor)]


async def _deliveries(connection: Connection, actor: Actor) -> list[Waiting]:
    """What another submitted for the actor's side to confirm, and what of theirs is disputed."""
    if actor.union is None or not (actor.can(CONFIRM) or actor.can(RECORD)):
        return []
    own = None if sees_all(actor) else actor.person_id
    found = [
        each
        for state in ("submitted", "disputed")
        for each in await delivery_store.deliveries(connection, DeliveryFilter(state=state, union=actor.union, own=own), limit=MAXIMUM)
    ]
    return [_delivery(each) for each in found if _is_theirs(actor, each)]


def _is_theirs(actor: Actor, each: Delivery) -> bool:
    if each.state == "submitted":
        return actor.can(CONFIRM) and each.borrower == actor.union and each.submitted_by != actor.person_id
    return actor.can(RECORD) and each.lender == actor.union


def _delivery(each: Delivery) -> Waiting:
    kind, union = ("confirm_delivery", each.lender) if each.state == "submitted" else ("correct_delivery", each.borrower)
    return Waiting(
        kind=kind, subject=each.number, url=f"/deliveries/{each.number}", union=union, since=each.state_since.astimezone(ZONE).date(),
        facts={"resource": each.resource_name},
    )  # fmt: skip


async def _bookings(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    if actor.union is None or not (actor.can(DECIDE) or actor.can(REQUEST)):
        return []
    own = None if sees_all(actor) else actor.person_id
    found = [
        each
        for state in ("requested", "held")
        for each in await store.bookings(connection, BookingFilter(union=actor.union, states=(state,), own=own), limit=MAXIMUM)
    ]
    return [row for booking in found if (row := _row(actor, booking, today))]


def _row(actor: Actor, booking: Booking, today: date) -> Waiting | None:
    if is_owner(actor, booking):
        return _waiting("decide_booking" if booking.state == "requested" else "confirm_held_booking", booking, booking.borrower)
    mine = actor.person_id in (booking.requested_by, booking.campaign_lead)
    ends_soon = booking.hold_until is not None and booking.hold_until <= today + timedelta(days=SOON_DAYS)
    return _waiting("hold_ends", booking, booking.lender) if mine and ends_soon and is_borrower(actor, booking) else None


def _waiting(kind: str, booking: Booking, union: str) -> Waiting:
    hold = None if booking.hold_until is None else booking.hold_until.isoformat()
    return Waiting(
        kind=kind, subject=booking.number, url=f"/bookings/{booking.number}", union=union, since=booking.state_since.astimezone(ZONE).date(),
        facts={"resource": booking.resource_name, "hold_on": hold, "first_on": booking.span.first_day.isoformat()},
    )  # fmt: skip
