"""Say who is told of a booking or a delivery: who decides next, or who asked and what became of it. A notice names numbers and days alone."""

from ledger.domain.actors import PERMISSIONS
from ledger.domain.bookings import DECIDE, Booking
from ledger.domain.deliveries import CONFIRM, Delivery
from ledger.domain.notices import Fact, Notice
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.storage.allocations import people_with

BOOKINGS = {
    "requested": "booking_to_decide", "held": "booking_held", "confirmed": "booking_confirmed", "declined": "booking_ended",
    "cancelled": "booking_ended", "rescheduled": "booking_moved",
}  # fmt: skip
DELIVERIES = {"submitted": "delivery_to_confirm", "disputed": "delivery_disputed", "confirmed": "delivery_confirmed"}


async def tell_booking(w: Work, booking: Booking, what: str) -> None:
    """Tell the owner's side what it has to decide, and who asked what became of it; a step of the borrower's is the owner's to know."""
    kind = BOOKINGS.get(what)
    if kind is None:
        return
    asked = [person for person in (booking.requested_by, booking.campaign_lead) if person]
    owners = await _people(w, DECIDE, booking.lender) if w.actor.union != booking.lender or what == "requested" else []
    hold = {} if booking.hold_until is None else {"expires_on": booking.hold_until.isoformat()}
    facts: dict[str, Fact] = {"needed_on": booking.span.first_day.isoformat(), **hold}
    await _tell(w, kind, booking.number, f"/bookings/{booking.number}", owners if what == "requested" else asked + owners, facts)


async def tell_delivery(w: Work, delivery: Delivery, asked: tuple[int | None, ...], what: str) -> None:
    """Tell the borrower's side what it has to confirm, and who wrote it down what became of it. ``asked`` is who booked and who leads."""
    kind = DELIVERIES.get(what)
    if kind is None:
        return
    if what == "submitted":
        people = [person for person in asked if person] + await _people(w, CONFIRM, delivery.borrower, but_leads=True)
    else:
        people = [person for person in (delivery.recorded_by, delivery.submitted_by) if person]
    await _tell(w, kind, delivery.number, f"/deliveries/{delivery.number}", people, {"needed_on": delivery.ends_on.isoformat()})


async def _people(w: Work, permission: str, union: str, but_leads: bool = False) -> list[int]:
    roles = sorted(PERMISSIONS[permission][0] - ({"campaign_lead"} if but_leads else set()))
    return list(await people_with(w.connection, roles, [union], w.today))


async def _tell(w: Work, kind: str, subject: str, url: str, to: list[int], facts: dict[str, Fact]) -> None:
    said: dict[str, Fact] = {"by": w.actor.name, "union": w.actor.union or "", **facts}
    notice = Notice(kind=kind, subject=subject, url=url, to=tuple(dict.fromkeys(to)), once=w.now.isoformat(), facts=said)
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)
