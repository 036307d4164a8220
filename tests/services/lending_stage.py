"""What tests of lending begin with: a van, an organizer, headsets, and bookings of them, made through the services as in life."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain.bookings import Booking, RequestBooking
from ledger.domain.deliveries import Delivery, Line, Sheet
from ledger.domain.half_days import Span
from ledger.domain.mirrors import Step
from ledger.domain.resources import NewRate, Resource
from ledger.services import bookings, charge_backs, deliveries, resources
from ledger.services.charge_backs import ChargeBack
from ledger.services.resources import OfferResource
from tests.services import between_unions_stage as between
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


# --- deliveries -----------------------------------------------------------------------------------------------------------

WEEK = tuple(date(2026, 11, day) for day in (16, 17, 18, 19, 20))
LENT_WEEK = Span(first_day=WEEK[0], last_day=WEEK[-1])


def sheet(quantity: str, days: Sequence[date] = WEEK, **more: Any) -> Sheet:
    """The same quantity on each of these days."""
    return Sheet(lines=tuple(Line(day=day, quantity=Decimal(quantity)) for day in days), **more)


async def submitted(stage: Stage, booking: Booking, said: Sheet) -> Delivery:
    """A delivery that the owner's officer wrote down and submitted."""
    return await deliveries.record_delivery(stage.pool, stage.who[f"{booking.lender} officer"], stage.key(), booking.number, said, submit=True)


async def agreed(stage: Stage, delivery: Delivery, by: str = "") -> Delivery:
    """A delivery that the borrower's officer confirmed."""
    who = stage.who[by or f"{delivery.borrower} officer"]
    return await deliveries.confirm_delivery(stage.pool, who, stage.key(), delivery.number, delivery.revision)


async def lent(stage: Stage, resource: Resource, said: Sheet, **more: Any) -> Delivery:
    """What was lent last week, confirmed on both sides."""
    booking = await booked(stage, resource, **({"span": LENT_WEEK} | more))
    return await agreed(stage, await submitted(stage, booking, said))


async def sharing(stage: Stage, percent: str = "40", **terms: Any) -> str:
    """The number of an agreement on what of lent resources is charged back, settled at the month's average."""
    said: dict[str, Any] = {"charge_back_percent": Decimal(percent), "rate_rule": "month_average", "settlement_rule": "month_average"}
    fixed = msgspec.structs.replace(between.EQUALISED, **(said | terms))
    return (await between.agreed_agreement(stage, kind="resources", title="Lent staff", fixes="A share is paid back.", terms=fixed)).number


async def charge_back(stage: Stage, agreement: str, *of: Delivery, on: date = date(2026, 11, 20), **more: Any) -> Step:
    """Deliveries charged back, as the owner's treasurer proposes it."""
    said: dict[str, Any] = {"entry_date": on, "description": "Lent staff, 40 %", "fund": "GEN"}
    asked = ChargeBack(agreement=agreement, deliveries=tuple(each.number for each in of), **(said | more))
    return await charge_backs.propose_charge_back(stage.pool, stage.who[f"{of[0].lender} treasurer"], stage.key(), asked)
