"""Answer in JSON for bookings of what the unions lend: asked for, held, confirmed, moved, called off, and the calendar."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.routes.resources import Day, FirstPart, LastDay, LastPart, LendingEventOut, Number, decimal_text, history_out
from api.schemas import After, DecimalText, Limit, Page, cursor, place_after
from api.writes import By
from ledger.domain import bookings as rules
from ledger.domain.actors import Actor
from ledger.domain.bookings import Booking, RequestBooking, State
from ledger.domain.half_days import Part, Span
from ledger.domain.resources import CAPACITY_MAXIMUM, READ, Kind
from ledger.services import bookings as service
from ledger.services.bookings import written_booking
from ledger.services.pool import Pool
from ledger.storage.bookings import BookingFilter

# Either side may cancel, move and clear: the service asks each for its own permission (decide_booking, request_booking).
_Read, _Request, _Decide = ({"permission": name} for name in (READ, rules.REQUEST, rules.DECIDE))
_Word = Annotated[str, msgspec.Meta(max_length=20)]


class BookingDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From the morning or afternoon of a day to the morning or afternoon of another, both included."""

    first_day: date
    last_day: date
    first_part: Part = "morning"
    last_part: Part = "afternoon"


class BookingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked for: a campaign of your union, or an activity by its name; `fund` is the fund that what is given in kind is counted in,
    `planned` how much of the resource's unit is meant.
    """

    resource: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    days: BookingDays
    fund: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.PURPOSE_MAXIMUM)]
    campaign: _Word = ""
    activity: Annotated[str, msgspec.Meta(max_length=rules.ACTIVITY_MAXIMUM)] = ""
    place: Annotated[str, msgspec.Meta(max_length=rules.PLACE_MAXIMUM)] = ""
    quantity: Annotated[int, msgspec.Meta(ge=1, le=CAPACITY_MAXIMUM)] = 1
    planned: DecimalText | None = None
    agreement: _Word = ""


class HoldIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Until when the days are kept for who asked."""

    until: date


class BookingRemarkIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word to the borrower."""

    remark: Annotated[str, msgspec.Meta(max_length=rules.REASON_MAXIMUM)] = ""


class BookingReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.REASON_MAXIMUM)]


class BookingMoveIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The new days, and why."""

    days: BookingDays
    reason: Annotated[str, msgspec.Meta(max_length=rules.REASON_MAXIMUM)] = ""


class ClearanceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By whom and how work authorisation was checked, and when; nothing else of it is kept."""

    clearance: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.CLEARANCE_MAXIMUM)]
    on: date


class BookingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A booking. `lender` owns the resource, `borrower` asked for it."""

    number: str
    resource: str
    resource_name: str
    kind: str
    unit: str
    lender: str
    borrower: str
    campaign: str | None
    campaign_name: str | None
    activity: str
    purpose: str
    place: str
    fund: str
    days: BookingDays
    quantity: int
    planned: str | None
    agreement: str | None
    state: str
    state_since: datetime
    hold_until: date | None
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    clearance: str
    cleared_by: str | None
    cleared_on: date | None
    remark: str
    href: str


class BookingWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A booking, its history, and the steps that you may take now."""

    booking: BookingOut
    history: list[LendingEventOut]
    may: list[str]


class CalendarOut(msgspec.Struct, frozen=True, kw_only=True):
    """What overlaps the days, by its beginning; `more` where there is more than is shown."""

    items: list[BookingOut]
    more: bool


_NAMES = ("requested_by", "decided_by", "cleared_by")
_OTHER = (*_NAMES, "days", "planned", "href")


def booking_out(booking: Booking) -> BookingOut:
    """A booking as it travels."""
    same: dict[str, Any] = {name: getattr(booking, name) for name in BookingOut.__struct_fields__ if name not in _OTHER}
    people: dict[str, Any] = {name: getattr(booking, f"{name}_name") for name in _NAMES}
    days = BookingDays(**msgspec.structs.asdict(booking.span))
    return BookingOut(**same, **people, days=days, planned=decimal_text(booking.planned), href=f"/api/v1/bookings/{booking.number}")


def _span(days: BookingDays) -> Span:
    return Span(**msgspec.structs.asdict(days))


class BookingsController(Controller):
    """Bookings of what the unions lend."""

    path = "/bookings"
    tags = ("Resources",)

    @get("/", opt=_Read, operation_id="listBookings")
    async def list_bookings(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], resource: FromQuery[str | None] = None,
        kind: FromQuery[Kind | None] = None, union: Annotated[str | None, QueryParameter(description="A union that lends or borrows")] = None,
        in_state: Annotated[State | None, QueryParameter(name="state")] = None, campaign: FromQuery[str | None] = None, after: After = None,
        limit: Limit = 50,
    ) -> Page[BookingOut]:  # fmt: skip
        """Bookings, the newest first; who only leads campaigns gets their own."""
        states = None if in_state is None else (in_state,)
        narrowed = BookingFilter(resource=resource, kind=kind, union=union, states=states, campaign=campaign)
        found = await service.list_bookings(pool, actor, narrowed, place_after(after, written_booking), limit)
        return Page([booking_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/calendar", opt=_Read | {"answers": (422,)}, operation_id="getBookingCalendar")
    async def calendar(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], first: Day, last: LastDay, first_part: FirstPart = "morning",
        last_part: LastPart = "afternoon", resource: FromQuery[str | None] = None, kind: FromQuery[Kind | None] = None,
        union: Annotated[str | None, QueryParameter(description="A union that lends or borrows")] = None,
    ) -> CalendarOut:  # fmt: skip
        """Every booking that touches these days, whatever its state."""
        span = Span(first_day=first, last_day=last, first_part=first_part, last_part=last_part)
        found = await service.show_calendar(pool, actor, span, BookingFilter(resource=resource, kind=kind, union=union))
        return CalendarOut(items=[booking_out(each) for each in found.items], more=found.more)

    @post("/", opt=_Request | {"location": True}, operation_id="requestBooking")
    async def request(self, by: NamedDependency[By], data: JSONBody[BookingIn]) -> Response[BookingOut]:
        """Ask for a resource for your union; it takes nothing until its owner holds or confirms it."""
        said: dict[str, Any] = {name: getattr(data, name) for name in RequestBooking.__struct_fields__ if name not in ("span", "planned")}
        planned = None if data.planned is None else Decimal(data.planned)
        told = booking_out(await service.request_booking(*by, RequestBooking(**said, span=_span(data.days), planned=planned)))
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getBooking")
    async def get_booking(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> BookingWhole:
        """One booking with its history, and what you may do with it."""
        view = await service.show_booking(pool, actor, number)
        return BookingWhole(booking=booking_out(view.booking), history=history_out(view.history), may=view.may)

    @post("/{number:str}/hold", opt=_Decide, operation_id="holdBooking", status_code=200)
    async def hold(self, by: NamedDependency[By], number: Number, data: JSONBody[HoldIn]) -> BookingOut:
        """Keep the days for who asked until a day, without having decided."""
        return booking_out(await service.hold_booking(*by, number, data.until))

    @post("/{number:str}/confirmation", opt=_Decide, operation_id="confirmBooking", status_code=200)
    async def confirm(self, by: NamedDependency[By], number: Number, data: JSONBody[BookingRemarkIn]) -> BookingOut:
        """Lend it: the days are taken."""
        return booking_out(await service.confirm_booking(*by, number, data.remark))

    @post("/{number:str}/refusal", opt=_Decide, operation_id="declineBooking", status_code=200)
    async def decline(self, by: NamedDependency[By], number: Number, data: JSONBody[BookingReasonIn]) -> BookingOut:
        """Do not lend it."""
        return booking_out(await service.decline_booking(*by, number, data.reason))

    @post("/{number:str}/cancellation", opt=_Read, operation_id="cancelBooking", status_code=200)
    async def cancel(self, by: NamedDependency[By], number: Number, data: JSONBody[BookingReasonIn]) -> BookingOut:
        """Call it off, either side, before anything was delivered of it."""
        return booking_out(await service.cancel_booking(*by, number, data.reason))

    @put("/{number:str}/days", opt=_Read, operation_id="rescheduleBooking")
    async def reschedule(self, by: NamedDependency[By], number: Number, data: JSONBody[BookingMoveIn]) -> BookingOut:
        """Move it to other days: the owner at once, the borrower until the owner has confirmed it again."""
        return booking_out(await service.reschedule_booking(*by, number, _span(data.days), data.reason))

    @post("/{number:str}/end", opt=_Decide, operation_id="finishBooking", status_code=200)
    async def finish(self, by: NamedDependency[By], number: Number) -> BookingOut:
        """Say that it is over."""
        return booking_out(await service.finish_booking(*by, number))

    @post("/{number:str}/clearance", opt=_Read, operation_id="clearBooking", status_code=200)
    async def clear(self, by: NamedDependency[By], number: Number, data: JSONBody[ClearanceIn]) -> BookingOut:
        """Write down by whom and how work authorisation was checked, and when."""
        return booking_out(await service.clear_booking(*by, number, data.clearance, data.on))


ROUTES = [BookingsController]
