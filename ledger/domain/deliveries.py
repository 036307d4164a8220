"""Decide about deliveries: what was really lent of a booking, day by day, what it is worth, and what of it is charged back.

Hours are the fact, value is policy (domain.md 7, W09): quantity times the rate of each day, and distance times its rate, rounded half up once for
the whole delivery. What is not valued keeps its hours and posts nothing; so does what an owner uses itself.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.actors import Actor
from ledger.domain.bookings import Booking, may_see
from ledger.domain.days import check_day
from ledger.domain.entries import DESCRIPTION_MAXIMUM, Draft, Posting
from ledger.domain.money import check_size, digits_of, divide_half_up
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    AmountInvalid,
    AmountNotPositive,
    BookingState,
    ChoiceInvalid,
    DateInvalid,
    DeliveryChanged,
    DeliveryState,
    LinesInvalid,
    SamePerson,
)
from ledger.domain.resources import Basis, DistanceUnit, Kind, Rate, Resource, rate_on

RECORD, CONFIRM = "record_delivery", "confirm_delivery"
State = Literal["draft", "submitted", "disputed", "confirmed", "withdrawn"]
STATES: tuple[State, ...] = ("draft", "submitted", "disputed", "confirmed", "withdrawn")
# Each step: the states it is possible in.
STEPS: dict[str, frozenset[State]] = {
    "change": frozenset({"draft", "submitted", "disputed"}),
    "submit": frozenset({"draft"}),
    "withdraw": frozenset({"draft", "submitted", "disputed"}),
    "confirm": frozenset({"submitted"}),
    "dispute": frozenset({"submitted"}),
    "undo": frozenset({"confirmed"}),
}
_OWNERS, _BORROWERS = ("change", "submit", "withdraw"), ("confirm", "dispute", "undo")
LINES_MAXIMUM, NOTE_MAXIMUM, REMARK_MAXIMUM, REASON_MAXIMUM = 366, 200, 500, 500
QUANTITY_MAXIMUM, DISTANCE_MAXIMUM = Decimal(100_000_000), Decimal(1_000_000)
QUANTITY_DIGITS, DISTANCE_DIGITS = 2, 1
# The international mile, exactly (the agreement of 1959 that both countries measure by).
KM_PER_MILE = Fraction(1_609_344, 1_000_000)
_HOURS_A_DAY = 24


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was delivered on a day: a quantity of the resource's unit, and how far it was driven."""

    day: date
    quantity: Decimal = Decimal(0)
    distance: Decimal = Decimal(0)
    note: str = ""


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the owner writes down of a booking; distances in ``distance_unit``, whatever unit the rate is per."""

    lines: tuple[Line, ...]
    distance_unit: DistanceUnit = ""
    remark: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as kept. ``value_minor`` is what was posted when it was confirmed, ``recovered_minor`` what of it was charged back by the step
    ``charge_back``; ``claimed`` is the quantity that the borrower holds right where it is disputed.
    """

    number: str
    booking: str
    resource: str
    resource_name: str
    kind: Kind
    unit: str
    lender: str
    borrower: str
    agreement: str | None
    starts_on: date
    ends_on: date
    state: State
    state_since: datetime
    revision: int
    quantity: Decimal
    distance: Decimal
    distance_unit: DistanceUnit
    claimed: Decimal | None
    dispute: str
    basis: Basis
    currency: str
    value_minor: int
    charge_back: str | None
    recovered_minor: int
    recorded_by: int
    recorded_by_name: str
    recorded_at: datetime
    submitted_by: int | None
    confirmed_by: int | None
    confirmed_by_name: str | None
    confirmed_at: datetime | None
    entry: int | None
    remark: str
    lines: tuple[Line, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a delivery that one rate holds for: the working of its value. ``distance`` is in the delivery's unit, ``per`` the rate's."""

    rate: Rate
    quantity: Decimal
    distance: Decimal
    per: DistanceUnit


# --- what was delivered ---------------------------------------------------------------------------------------------------


def checked_sheet(asked: Sheet, booking: Booking, resource: Resource, today: date) -> Sheet:
    """A sheet as it is kept, its days in their order, or the first refusal."""
    check_standing(booking)
    if not 1 <= len(asked.lines) <= LINES_MAXIMUM:
        raise LinesInvalid(count=len(asked.lines), limit=LINES_MAXIMUM)
    lines = tuple(sorted((_checked_line(line, booking, resource, today) for line in asked.lines), key=lambda line: line.day))
    twice = next((second.day for first, second in pairwise(lines) if first.day == second.day), None)
    if twice is not None:
        raise DateInvalid(field="day", text=twice.isoformat())
    driven = any(line.distance for line in lines)
    if driven and (not resource.distance_unit or asked.distance_unit not in ("km", "mi")):
        raise ChoiceInvalid(field="distance_unit", value=asked.distance_unit[:40])
    return Sheet(lines=lines, distance_unit=asked.distance_unit if driven else "", remark=plain("remark", asked.remark, REMARK_MAXIMUM))


def check_standing(booking: Booking) -> None:
    """Only of what was lent can something be delivered."""
    if booking.state not in ("confirmed", "done"):
        raise BookingState(booking=booking.number, state=booking.state)


def _checked_line(line: Line, booking: Booking, resource: Resource, today: date) -> Line:
    check_day("day", line.day, booking.span.first_day, min(booking.span.last_day, today))
    check_figure("quantity", line.quantity, QUANTITY_DIGITS, most_a_day(resource, booking.quantity))
    check_figure("distance", line.distance, DISTANCE_DIGITS, DISTANCE_MAXIMUM)
    if line.quantity + line.distance <= 0:
        raise AmountNotPositive(field="quantity")
    return msgspec.structs.replace(line, note=plain("note", line.note, NOTE_MAXIMUM))


def most_a_day(resource: Resource, quantity: int) -> Decimal:
    """As much as can be delivered on a day of so many of a resource: a day has its hours."""
    return Decimal(_HOURS_A_DAY * quantity) if resource.unit == "hour" else QUANTITY_MAXIMUM


def check_figure(field: str, value: Decimal, decimals: int, most: Decimal) -> Decimal:
    """A quantity of zero or more with as many decimals as are kept."""
    if not value.is_finite() or not 0 <= value <= most:
        raise ChoiceInvalid(field=field, value=str(value)[:40])
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        raise AmountInvalid(reason="not_a_decimal", text=str(value)[:40])
    return value


def total(lines: Iterable[Line]) -> tuple[Decimal, Decimal]:
    """The quantity and the distance of all days."""
    quantity, distance = Decimal(0), Decimal(0)
    for line in lines:
        quantity, distance = quantity + line.quantity, distance + line.distance
    return quantity, distance


# --- what it is worth -----------------------------------------------------------------------------------------------------


def basis_of(booking: Booking, resource: Resource) -> Basis:
    """An owner that uses its own resource gives nothing."""
    return "not_valued" if booking.is_own else resource.basis


def parts_of(resource: Resource, lines: Iterable[Line]) -> list[Part]:
    """A delivery's days by the rate that holds on them, in their order; refuses a day on which none does."""
    found: dict[tuple[date, int], Part] = {}
    for line in lines:
        rate = rate_on(resource, line.day)
        kept = found.get((rate.valid_from, rate.version)) or Part(rate=rate, quantity=Decimal(0), distance=Decimal(0), per=resource.distance_unit)
        more = {"quantity": kept.quantity + line.quantity, "distance": kept.distance + line.distance}
        found[rate.valid_from, rate.version] = msgspec.structs.replace(kept, **more)
    return list(found.values())


def value_minor(parts: Iterable[Part], distance_unit: DistanceUnit, currency: str) -> int:
    """What the parts are worth together, rounded half up once to the currency's minor units."""
    exact = sum((_worth(part, distance_unit) for part in parts), Fraction(0)) * 10 ** digits_of(currency)
    return check_size(divide_half_up(exact.numerator, exact.denominator))


def _worth(part: Part, distance_unit: DistanceUnit) -> Fraction:
    driven = converted(Fraction(part.distance), distance_unit, part.per) * Fraction(part.rate.distance_rate or 0)
    return Fraction(part.quantity) * Fraction(part.rate.rate) + driven


def converted(distance: Fraction, given: DistanceUnit, per: DistanceUnit) -> Fraction:
    """A distance in the unit that its rate is per, exact."""
    if given == per or not distance:
        return distance
    return distance * KM_PER_MILE if per == "km" else distance / KM_PER_MILE


def share_minor(value: int, percent: Decimal) -> int:
    """What of a value is charged back, rounded half up."""
    exact = Fraction(value) * Fraction(percent) / 100
    return divide_half_up(exact.numerator, exact.denominator)


# --- who acts, and when ---------------------------------------------------------------------------------------------------


def check_step(delivery: Delivery, step: str) -> None:
    """Refuse a step that this state does not allow."""
    if delivery.state not in STEPS[step]:
        raise DeliveryState(delivery=delivery.number, state=delivery.state)
    if step == "undo" and delivery.charge_back is not None:
        raise DeliveryState(delivery=delivery.number, state=delivery.state, reason="charged_back", step=delivery.charge_back)


def check_read(delivery: Delivery, revision: int) -> None:
    """What is agreed to or disputed is what was read."""
    if delivery.revision != revision:
        raise DeliveryChanged(delivery=delivery.number, revision=delivery.revision)


def check_second(delivery: Delivery, actor: Actor) -> None:
    """Nobody confirms what they submitted: where an owner uses its own resource, that is a second person of it."""
    if delivery.submitted_by == actor.person_id:
        raise SamePerson(person=actor.name)


def may_record(actor: Actor, booking: Booking) -> bool:
    """Whether the actor writes down for the owner what was delivered."""
    return actor.can(RECORD) and actor.union == booking.lender and may_see(actor, booking)


def steps_for(actor: Actor, delivery: Delivery, booking: Booking) -> list[str]:
    """The steps that the actor may take now."""
    sees = may_see(actor, booking)
    owner, borrower = may_record(actor, booking), sees and actor.can(CONFIRM) and actor.union == booking.borrower
    fits = {step for step, states in STEPS.items() if delivery.state in states}
    if delivery.charge_back is not None:
        fits.discard("undo")
    if delivery.submitted_by == actor.person_id:
        fits.discard("confirm")
    return [step for step in _OWNERS if owner and step in fits] + [step for step in _BORROWERS if borrower and step in fits]


# --- entries --------------------------------------------------------------------------------------------------------------


def draft_in_kind(delivery: Delivery, booking: Booking, spent: Account, given: Account, amount: int) -> Draft:
    """What was given in kind: an expense of its kind, and income from the owner."""
    return _draft(delivery, booking, "in_kind", delivery.ends_on, (spent, given), amount, booking.agreement or booking.number)


def draft_recovered(
    delivery: Delivery, booking: Booking, spent: Account, given: Account, amount: int, day: date, reference: str
) -> Draft:  # fmt: skip
    """What of it was charged back is not given any more: in kind stays the unrecovered part."""
    return _draft(delivery, booking, "in_kind_recovered", day, (given, spent), amount, reference)


def _draft(
    delivery: Delivery, booking: Booking, kind: str, day: date, accounts: Sequence[Account], amount: int, reference: str
) -> Draft:  # fmt: skip
    debit, credit = accounts
    text = f"{booking.resource_name}: {booking.purpose}"[:DESCRIPTION_MAXIMUM]
    postings = (Posting(debit.id, booking.fund_id, amount), Posting(credit.id, booking.fund_id, -amount))
    return Draft(day, kind, text, postings, reference=reference, subject=delivery.number, tags=(booking.number, booking.resource))
