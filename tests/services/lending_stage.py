"""What tests of lending begin with: a van, an organizer, headsets, and bookings of them, made through the services as in life."""

from datetime import date
from decimal import Decimal
from typing import Any

from ledger.domain.bookings import Booking, RequestBooking
from ledger.domain.half_days import Span
from ledger.domain.resources import NewRate, Resource
from ledger.services import bookings, resources
from ledger.services.resources import OfferResource
from tests.services.requests_stage import Stage

# The stage's clock stands at 23 November 2026, a Monday.
DAYS = Span(first_day=date(2026, 12, 1), last_day=date(2026, 12, 3))
VAN: dict[str, Any] = {
    "union": "unifor", "kind": "vehicle", "name": "Twelve-seat van", "place": "Hamilton", "unit": "day", "basis": "standard_rate", "currency": "CAD",
    "offered_from": date(2026, 1, 5), "distance_unit": "km", "conditions": "Returned with a full tank",
    "rate": NewRate(valid_from=date(2026, 1, 5), rate=Decimal("85.00"), distance_rate=Decimal("0.72"), source="CRA automobile allowance 2026"),
}  # fmt: skip
ORGANIZER: dict[str, Any] = {
    "union": "unifor", "kind": "organizer", "name": "Organizer, Windsor", "place": "Windsor", "unit": "hour", "basis": "actual_cost", "currency": "CAD",
    "offered_from": date(2026, 1, 5), "hours_per_day": Decimal("7.5"),
    "rate": NewRate(valid_from=date(2026, 1, 5), rate=Decimal("52.40"), source="Wages and benefits, payroll 2026"),
}  # fmt: skip
HEADSETS: dict[str, Any] = {
    "union": "ue", "kind": "interpretation", "name": "Interpretation headsets", "place": "Pittsburgh", "unit": "item", "basis": "not_valued",
    "currency": "USD", "offered_from": date(2026, 1, 5), "exclusive": False, "capacity": 3,
}  # fmt: skip


async def offered(stage: Stage, of: dict[str, Any], **more: Any) -> Resource:
    """A resource that an officer of its union offers."""
    said = of | more
    return await resources.offer_resource(stage.pool, stage.who[f"{said['union']} officer"], stage.key(), OfferResource(**said))


def wish(resource: Resource, /, **more: Any) -> RequestBooking:
    """What is asked of a resource: three days for a named activity, from the general fund."""
    said: dict[str, Any] = {"resource": resource.number, "span": DAYS, "fund": "GEN", "purpose": "Plant gate visits", "activity": "Plant gate visits"}
    return RequestBooking(**said | more)


async def requested(stage: Stage, resource: Resource, by: str = "", /, **more: Any) -> Booking:
    """A request of an officer of the other union, or of whom is named."""
    who = stage.who[by or ("ue officer" if resource.union == "unifor" else "unifor officer")]
    return await bookings.request_booking(stage.pool, who, stage.key(), wish(resource, **more))


async def booked(stage: Stage, resource: Resource, by: str = "", /, **more: Any) -> Booking:
    """A request that the owner confirmed."""
    booking = await requested(stage, resource, by, **more)
    return await bookings.confirm_booking(stage.pool, stage.who[f"{resource.union} officer"], stage.key(), booking.number)
