"""Decide about bookings of what the unions lend: what may be asked, who acts, in which state, and whether there is room on the days.

A request takes nothing; what is held, confirmed or done takes its half-days. The database refuses a second taker by itself
(migration 0005: ``bookings_no_double`` and ``bookings_fit``); the rules here say why, and what is free next.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.days import check_day, check_past_day
from ledger.domain.half_days import Span, day_of, span_of
from ledger.domain.pledges import plain
from ledger.domain.refusals import AmountNotPositive, BookingState, ChoiceInvalid, NotFound, OtherUnion, ResourceFull, ResourceTaken
from ledger.domain.resources import BOOKING_DAYS_MAXIMUM, LATE_DAYS_MAXIMUM, READ, Resource, check_window, checked_range

REQUEST, DECIDE = "request_booking", "decide_booking"
LEAD = "campaign_lead"
State = Literal["requested", "held", "confirmed", "declined", "cancelled", "done"]
STATES: tuple[State, ...] = ("requested", "held", "confirmed", "declined", "cancelled", "done")
# What takes its half-days, and what is still to be decided or to take place.
TAKING: frozenset[State] = frozenset({"held", "confirmed", "done"})
LIVE: frozenset[State] = frozenset({"requested", "held", "confirmed"})
# Each step: the states it is possible in.
STEPS: dict[str, frozenset[State]] = {
    "hold": frozenset({"requested", "held"}),
    "confirm": frozenset({"requested", "held"}),
    "decline": frozenset({"requested"}),
    "cancel": LIVE,
    "reschedule": LIVE,
    "finish": frozenset({"confirmed"}),
    "clear": LIVE | {"done"},
}
ACTIVITY_MAXIMUM, PURPOSE_MAXIMUM, PLACE_MAXIMUM, REASON_MAXIMUM, CLEARANCE_MAXIMUM = 150, 500, 150, 500, 300
PLANNED_MAXIMUM = Decimal(100_000_000)
# New days that the borrower took wait a week for the owner; a hold is given for three months at most.
RETAKEN_DAYS, HOLD_DAYS_MAXIMUM = 7, 92


class RequestBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked for: a resource, its days, and what for. ``fund`` is the fund of the joint book that what is given in kind is counted in;
    ``planned`` how much of the resource's unit is meant; ``agreement`` what charging back goes by.
    """

    resource: str
    span: Span
    fund: str
    purpose: str
    campaign: str = ""
    activity: str = ""
    place: str = ""
    quantity: int = 1
    planned: Decimal | None = None
    agreement: str = ""


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as kept, with the names of what it refers to. ``first_half`` and ``last_half`` are numbers of half-days."""

    number: str
    resource: str
    resource_name: str
    kind: str
    unit: str
    ordinal: int
    exclusive: bool
    lender: str
    borrower: str
    campaign: str | None
    campaign_name: str | None
    campaign_lead: int | None
    contact: int | None
    activity: str
    purpose: str
    place: str
    fund: str
    fund_id: int
    first_half: int
    last_half: int
    quantity: int
    planned: Decimal | None
    agreement: str | None
    state: State
    state_since: datetime
    hold_until: date | None
    requested_by: int
    requested_by_name: str
    requested_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    clearance: str
    cleared_by: int | None
    cleared_by_name: str | None
    cleared_on: date | None
    remark: str

    @property
    def span(self) -> Span:
        """Its half-days as days."""
        return span_of(self.first_half, self.last_half)

    @property
    def is_own(self) -> bool:
        """Whether the owner uses its own resource."""
        return self.lender == self.borrower


class Taken(msgspec.Struct, frozen=True):
    """What a booking takes of a resource."""

    number: str
    first: int
    last: int
    quantity: int


# --- who sees and who acts ------------------------------------------------------------------------------------------------


def sees_all(actor: Actor) -> bool:
    """Whether a role of the actor sees every booking; whoever only leads campaigns sees their own."""
    return bool(actor.roles & (PERMISSIONS[READ][0] - {LEAD}))


def may_see(actor: Actor, booking: Booking) -> bool:
    """Whether the actor may know of this booking: they asked for it, lead its campaign, or are who answers for the resource."""
    own = actor.person_id in (booking.requested_by, booking.campaign_lead, booking.contact)
    return actor.can(READ) and (sees_all(actor) or own)


def check_sees(actor: Actor, booking: Booking) -> None:
    """Refuse as if it were not there whoever may not know of it."""
    authorize(actor, READ)
    if not may_see(actor, booking):
        raise NotFound(kind="booking", id=booking.number)


def is_owner(actor: Actor, booking: Booking) -> bool:
    """Whether the actor decides for the owner."""
    return actor.union == booking.lender and actor.can(DECIDE)


def is_borrower(actor: Actor, booking: Booking) -> bool:
    """Whether the actor asks for the borrower."""
    return actor.union == booking.borrower and actor.can(REQUEST) and may_see(actor, booking)


def check_side(actor: Actor, booking: Booking) -> None:
    """Either side may, each for its own union."""
    check_sees(actor, booking)
    if not (is_owner(actor, booking) or is_borrower(actor, booking)):
        if actor.union not in (booking.lender, booking.borrower):
            raise OtherUnion(union=booking.lender, account="")
        authorize(actor, DECIDE if actor.union == booking.lender else REQUEST)


# --- asking ---------------------------------------------------------------------------------------------------------------


def checked_request(asked: RequestBooking, resource: Resource, today: date) -> RequestBooking:
    """What is asked for as it is kept, or a refusal; campaign, fund and agreement are known to the books alone."""
    check_days(resource, asked.span, today)
    check_quantity(resource, asked.quantity)
    if asked.planned is not None and not Decimal("0.01") <= asked.planned <= PLANNED_MAXIMUM:
        raise AmountNotPositive(field="planned")
    # A campaign, or an activity by its name; what is lent is always lent for something.
    activity = plain("activity", asked.activity, ACTIVITY_MAXIMUM, needed=not asked.campaign)
    return msgspec.structs.replace(
        asked, activity=activity, purpose=plain("purpose", asked.purpose, PURPOSE_MAXIMUM, needed=True), place=plain("place", asked.place, PLACE_MAXIMUM)
    )


def check_days(resource: Resource, span: Span, today: date) -> None:
    """Days in their order while the resource is offered; what already took place may be written down late."""
    checked_range(span, today - timedelta(days=LATE_DAYS_MAXIMUM), BOOKING_DAYS_MAXIMUM)
    check_window(resource, span)


def check_quantity(resource: Resource, quantity: int) -> None:
    """At least one, and no more than there are."""
    if not 1 <= quantity <= resource.capacity:
        raise ChoiceInvalid(field="quantity", value=str(quantity)[:40])


# --- room -----------------------------------------------------------------------------------------------------------------


def check_room(resource: Resource, span: Span, quantity: int, taken: Sequence[Taken]) -> None:
    """Refuse days on which others leave too few: of an exclusive resource by which booking, of a countable one how many are left on which day.
    ``taken`` is what others take from the first half-day on.
    """
    full = next((half for half in range(span.first, span.last + 1) if _used(taken, half) + quantity > resource.capacity), None)
    if full is None:
        return
    free_from = next_free(resource, span, quantity, taken)
    facts: dict[str, Any] = {"resource": resource.number, "free_from": None if free_from is None else day_of(free_from).isoformat()}
    if free_from is not None:
        facts["reason"] = "later"
    if resource.exclusive:
        other = next(each for each in taken if each.first <= full <= each.last)
        raise ResourceTaken(**facts, booking=other.number, first=day_of(other.first).isoformat(), last=day_of(other.last).isoformat())
    raise ResourceFull(**facts, day=day_of(full).isoformat(), left=max(resource.capacity - _used(taken, full), 0), wanted=quantity)


def _used(taken: Iterable[Taken], half: int) -> int:
    return sum(each.quantity for each in taken if each.first <= half <= each.last)


def next_free(resource: Resource, span: Span, quantity: int, taken: Sequence[Taken]) -> int | None:
    """The first half-day from which as long a stretch is free, of as many; None where the offer ends before."""
    length = span.last - span.first
    starts = sorted({each.last + 1 for each in taken if each.last >= span.first})
    for start in starts:
        inside = [each for each in taken if each.first <= start + length and each.last >= start]
        edges = {start} | {each.first for each in inside if each.first > start}
        if all(_used(inside, half) + quantity <= resource.capacity for half in edges):
            last = day_of(start + length)
            return start if resource.offered_to is None or last <= resource.offered_to else None
    return None


# --- its life -------------------------------------------------------------------------------------------------------------


def check_step(booking: Booking, step: str) -> None:
    """Refuse a step that this state does not allow."""
    if booking.state not in STEPS[step]:
        raise BookingState(booking=booking.number, state=booking.state)


def check_undelivered(booking: Booking, delivered: tuple[date, date] | None) -> None:
    """Nothing is cancelled once something was delivered of it; ``delivered`` is (first day, last day) of that."""
    if delivered is not None:
        raise BookingState(booking=booking.number, state=booking.state, reason="delivered")


def check_covers(booking: Booking, span: Span, delivered: tuple[date, date] | None) -> None:
    """New days still hold what was delivered."""
    if delivered is not None and not span.first_day <= delivered[0] <= delivered[1] <= span.last_day:
        raise BookingState(booking=booking.number, state=booking.state, reason="delivered")


def checked_hold(until: date, today: date) -> date:
    """A hold is until a day to come, three months ahead at most."""
    return check_day("hold_until", until, today, today + timedelta(days=HOLD_DAYS_MAXIMUM))


def retaken_until(today: date) -> date:
    """Until when new days that the borrower took wait for the owner."""
    return today + timedelta(days=RETAKEN_DAYS)


def held_until(booking: Booking, today: date) -> date:
    """Until when new days of the borrower's wait; a hold that the owner gave is not made longer by moving it."""
    retaken = retaken_until(today)
    return retaken if booking.hold_until is None else min(booking.hold_until, retaken)


def check_over(booking: Booking, today: date) -> None:
    """Done is what has begun."""
    if booking.span.first_day > today:
        raise BookingState(booking=booking.number, state=booking.state, reason="to_come")


def checked_clearance(text: str, on: date, today: date) -> str:
    """By whom and how work authorisation was checked, as it is kept: stored, nothing more (domain.md 7)."""
    check_past_day("cleared_on", on, today)
    return plain("clearance", text, CLEARANCE_MAXIMUM, needed=True)




_OWNERS, _EITHER = ("hold", "confirm", "decline", "finish"), ("cancel", "reschedule", "clear")


def steps_for(actor: Actor, booking: Booking, delivered: bool, today: date) -> list[str]:
    """The steps that the actor may take now, in the order of a booking's life."""
    owner, either = is_owner(actor, booking), is_owner(actor, booking) or is_borrower(actor, booking)
    fits = {step: booking.state in states for step, states in STEPS.items()}
    fits["cancel"] = fits["cancel"] and not delivered
    fits["finish"] = fits["finish"] and booking.span.first_day <= today
    return [step for step in (*_OWNERS, *_EITHER) if fits[step] and (owner if step in _OWNERS else either)]
