"""Decide about what the unions lend besides cash: what may be offered and changed, which rate holds on a day, and what a booking may name.

A rate is never changed: a newer version of the same first day counts in its place, and the earlier one stays to be read (domain.md 7).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import Fund, Union
from ledger.domain.days import check_day
from ledger.domain.half_days import Span, day_of
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import (
    AmountInvalid,
    AmountNotPositive,
    ChoiceInvalid,
    CurrencyUnknown,
    OriginNotAllowed,
    ResourceFull,
    ResourceNotOffered,
    ResourceRateMissing,
    ResourceState,
)

READ, MANAGE = "read_resources", "manage_resources"
Kind = Literal[
    "organizer", "researcher", "legal", "communications", "print", "vehicle", "hall", "training_centre", "phone_bank", "messaging",
    "interpretation", "translation", "kitchen", "other",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "organizer", "researcher", "legal", "communications", "print", "vehicle", "hall", "training_centre", "phone_bank", "messaging",
    "interpretation", "translation", "kitchen", "other",
)  # fmt: skip
Unit = Literal["hour", "day", "half_day", "impression", "job", "room_day", "seat_month", "message", "word", "value", "item"]
UNITS: tuple[Unit, ...] = ("hour", "day", "half_day", "impression", "job", "room_day", "seat_month", "message", "word", "value", "item")
Basis = Literal["not_valued", "actual_cost", "standard_rate", "market_rate"]
BASES: tuple[Basis, ...] = ("actual_cost", "standard_rate", "market_rate", "not_valued")
DistanceUnit = Literal["", "km", "mi"]
Offer = Literal["offered", "withdrawn"]
# People on loan: what is charged back of them is a recovery of staff costs, of everything else a recovery of other costs.
STAFF: frozenset[Kind] = frozenset({"organizer", "researcher", "legal", "communications"})
# The account of each kind in the joint book; what comes in kind is income from the owner.
ACCOUNT_OF: dict[Kind, str] = {
    "organizer": "Organizer", "researcher": "Research", "legal": "Legal", "communications": "Communications", "print": "Printing",
    "vehicle": "Vehicles", "hall": "Halls", "training_centre": "Halls", "phone_bank": "Phone-bank", "messaging": "Phone-bank",
    "interpretation": "Interpretation", "translation": "Interpretation", "kitchen": "Kitchen", "other": "Other",
}  # fmt: skip
NAME_MAXIMUM, PLACE_MAXIMUM, CONDITIONS_MAXIMUM, SOURCE_MAXIMUM, REASON_MAXIMUM = 150, 150, 1_000, 200, 500
CAPACITY_MAXIMUM = 100_000
HOURS_A_DAY = Decimal(24)
RATE_MAXIMUM, RATE_DECIMALS = Decimal(10_000_000), 6
# As many days as a search looks at and a calendar shows, and as one booking takes; it may be written down up to a year late.
RANGE_DAYS_MAXIMUM, BOOKING_DAYS_MAXIMUM, LATE_DAYS_MAXIMUM = 184, 731, 366


class ResourceFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of a resource. ``exclusive`` is one thing that one booking takes whole, such as a van; of everything else there are
    ``capacity`` at a time. ``hours_per_day`` turns days into hours in reports; ``distance_unit`` is what a distance's rate is per.
    """

    kind: Kind
    name: str
    place: str
    unit: Unit
    basis: Basis
    currency: str
    offered_from: date
    offered_to: date | None = None
    exclusive: bool = True
    capacity: int = 1
    conditions: str = ""
    hours_per_day: Decimal | None = None
    distance_unit: DistanceUnit = ""
    contact: int | None = None


class NewRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rate from a day on, in the resource's currency, major units per unit (and per kilometre or mile); ``source`` is where it stands."""

    valid_from: date
    rate: Decimal
    distance_rate: Decimal | None = None
    source: str


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate as kept; of the same first day the newest version counts."""

    valid_from: date
    version: int
    rate: Decimal
    distance_rate: Decimal | None
    source: str
    recorded_by: str
    recorded_at: datetime


class Resource(ResourceFields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A resource as kept, with every rate, the latest day first and of a day the newest version first. ``ordinal`` is its place in the
    half-days of bookings.
    """

    number: str
    ordinal: int
    union: str
    contact_name: str | None
    state: Offer
    recorded_by: str
    recorded_at: datetime
    changed_at: datetime
    rates: tuple[Rate, ...] = ()

    @property
    def is_staff(self) -> bool:
        """Whether it is people's work time."""
        return self.kind in STAFF


class DayFree(msgspec.Struct, frozen=True):
    """How many of a resource are free on a day: through all the half-days asked about."""

    day: date
    free: int


class Free(msgspec.Struct, frozen=True):
    """A resource, how many of it are free on each day of a range, and whether that is as many as wanted on all of them."""

    resource: Resource
    days: list[DayFree]
    enough: bool


# --- what is offered ------------------------------------------------------------------------------------------------------


def checked_fields(asked: ResourceFields, currencies: Iterable[str]) -> ResourceFields:
    """What is said of a resource as it is kept, or the first refusal; its contact is known to the books alone."""
    if asked.currency not in currencies:
        raise CurrencyUnknown(currency=asked.currency[:10])
    for field, choices in (("kind", KINDS), ("unit", UNITS), ("basis", BASES), ("distance_unit", ("", "km", "mi"))):
        if getattr(asked, field) not in choices:
            raise ChoiceInvalid(field=field, value=str(getattr(asked, field))[:40])
    if not 1 <= asked.capacity <= CAPACITY_MAXIMUM or (asked.exclusive and asked.capacity != 1):
        raise ChoiceInvalid(field="capacity", value=str(asked.capacity)[:40])
    if asked.hours_per_day is not None and not 0 < asked.hours_per_day <= HOURS_A_DAY:
        raise ChoiceInvalid(field="hours_per_day", value=str(asked.hours_per_day)[:40])
    check_day("offered_from", asked.offered_from, None, LATEST_DATE)
    if asked.offered_to is not None:
        check_day("offered_to", asked.offered_to, asked.offered_from, LATEST_DATE)
    return msgspec.structs.replace(
        asked, name=plain("name", asked.name, NAME_MAXIMUM, needed=True), place=plain("place", asked.place, PLACE_MAXIMUM),
        conditions=plain("conditions", asked.conditions, CONDITIONS_MAXIMUM),
    )  # fmt: skip


# What bookings were made and deliveries valued by; it stays once there is a booking.
SETTLED_FIELDS = ("kind", "unit", "exclusive", "currency", "distance_unit")


def check_change(kept: Resource, asked: ResourceFields, booked: bool) -> None:
    """Refuse a change of what bookings already rest on, and of a resource that is no longer offered."""
    check_offered(kept)
    if booked and any(getattr(kept, name) != getattr(asked, name) for name in SETTLED_FIELDS):
        raise ResourceState(resource=kept.number, state=kept.state, reason="booked")


def check_offered(resource: Resource, state: Offer = "offered") -> None:
    """Refuse what is possible only while a resource is offered (or only once it is withdrawn)."""
    if resource.state != state:
        raise ResourceState(resource=resource.number, state=resource.state)


def check_window(resource: Resource, span: Span) -> None:
    """A booking lies between the first and the last day of the offer."""
    if span.first_day < resource.offered_from or (resource.offered_to is not None and span.last_day > resource.offered_to):
        raise ResourceNotOffered(
            resource=resource.number, offered_from=resource.offered_from.isoformat(),
            offered_to=resource.offered_to.isoformat() if resource.offered_to else None, **({} if resource.offered_to else {"reason": "open"}),
        )  # fmt: skip


def check_capacity(resource: Resource, capacity: int, peak: tuple[int, int] | None) -> None:
    """A smaller capacity still holds what is booked; ``peak`` is (half-day, how many are taken) of the fullest to come."""
    if peak is not None and peak[1] > capacity:
        raise ResourceFull(resource=resource.number, day=day_of(peak[0]).isoformat(), left=capacity, wanted=peak[1], reason="capacity")


def checked_range(span: Span, first: date | None = None, days: int = RANGE_DAYS_MAXIMUM) -> Span:
    """A range of half-days in their order, not before ``first``, and of so many days at most."""
    check_day("first_day", span.first_day, first, LATEST_DATE)
    if span.last < span.first and span.last_day == span.first_day:
        raise ChoiceInvalid(field="last_part", value=span.last_part)
    check_day("last_day", span.last_day, span.first_day, span.first_day + timedelta(days=days - 1))
    return span


# --- rates ----------------------------------------------------------------------------------------------------------------


def checked_rate(resource: Resource, asked: NewRate) -> NewRate:
    """A rate as it is kept, or a refusal; something not valued has none, and only what is driven has one for distance."""
    if resource.basis == "not_valued":
        raise ChoiceInvalid(field="basis", value=resource.basis)
    check_day("valid_from", asked.valid_from, None, LATEST_DATE)
    _check_rate("rate", asked.rate)
    if asked.distance_rate is not None:
        if not resource.distance_unit:
            raise ChoiceInvalid(field="distance_rate", value=str(asked.distance_rate)[:40])
        _check_rate("distance_rate", asked.distance_rate)
    return msgspec.structs.replace(asked, source=plain("source", asked.source, SOURCE_MAXIMUM, needed=True))


def _check_rate(field: str, rate: Decimal) -> None:
    if not rate.is_finite() or rate < 0:
        raise AmountNotPositive(field=field)
    exponent = rate.as_tuple().exponent
    if rate > RATE_MAXIMUM or (isinstance(exponent, int) and -exponent > RATE_DECIMALS):
        raise AmountInvalid(reason="not_a_decimal", text=str(rate)[:40])


def rate_on(resource: Resource, day: date) -> Rate:
    """The rate that holds on a day: of the latest first day on or before it, the newest version."""
    fits = [rate for rate in resource.rates if rate.valid_from <= day]
    if not fits:
        raise ResourceRateMissing(resource=resource.number, day=day.isoformat())
    return max(fits, key=lambda rate: (rate.valid_from, rate.version))


# --- the ring-fence -------------------------------------------------------------------------------------------------------


def check_origin(owner: Union, fund: Fund, campaign: tuple[str, str, Union] | None) -> None:
    """What a union lends is a thing of value from its nation (W17 R5): neither a fund of another nation nor another nation's political action
    takes it. ``campaign`` is (number, initiative, its union).
    """
    if fund.nation is not None and fund.nation != owner.nation:
        raise OriginNotAllowed(fund=fund.code, nation=fund.nation, origin=owner.nation, reason="lent")
    if campaign is not None and campaign[1] == "political_action" and campaign[2].nation != owner.nation:
        raise OriginNotAllowed(fund=campaign[0], nation=campaign[2].nation, origin=owner.nation, reason="campaign")


def enough(days: Sequence[DayFree], wanted: int) -> bool:
    """Whether as many as wanted are free on every day."""
    return all(day.free >= wanted for day in days)
