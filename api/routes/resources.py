"""Answer in JSON for what the unions lend besides cash: offers, rates, and what is free on which days."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.schemas import After, CurrencyCode, DecimalText, Limit, Page, cursor, place_after
from api.writes import By
from ledger.domain import resources as rules
from ledger.domain.actors import Actor
from ledger.domain.half_days import Part, Span
from ledger.domain.resources import Basis, DistanceUnit, Free, Kind, NewRate, Offer, Rate, Resource, ResourceFields, Unit
from ledger.services import resources as service
from ledger.services.pool import Pool
from ledger.services.resources import OfferResource, Wanted, written_resource
from ledger.storage.resources import Event, ResourceFilter

Number = FromPath[str]
ID_MAXIMUM = 2**31 - 1
_Read, _Manage = {"permission": rules.READ}, {"permission": rules.MANAGE}
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Day = Annotated[date, QueryParameter(name="from", description="First day, inclusive")]
LastDay = Annotated[date, QueryParameter(name="to", description="Last day, inclusive")]
FirstPart = Annotated[Part, QueryParameter(name="from_part", description="Begin in the morning or the afternoon of the first day")]
LastPart = Annotated[Part, QueryParameter(name="to_part", description="End with the morning or the afternoon of the last day")]


class ResourceFieldsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of a resource. `exclusive` is one thing that one booking takes whole; of everything else there are `capacity` at a time.
    `hours_per_day` turns days into hours in reports; `distance_unit` is what the rate of a distance is per; `contact` is a person's id.
    """

    kind: Kind
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.NAME_MAXIMUM)]
    place: Annotated[str, msgspec.Meta(max_length=rules.PLACE_MAXIMUM)] = ""
    unit: Unit
    basis: Basis
    currency: CurrencyCode
    offered_from: date
    offered_to: date | None = None
    exclusive: bool = True
    capacity: Annotated[int, msgspec.Meta(ge=1, le=rules.CAPACITY_MAXIMUM)] = 1
    conditions: Annotated[str, msgspec.Meta(max_length=rules.CONDITIONS_MAXIMUM)] = ""
    hours_per_day: DecimalText | None = None
    distance_unit: DistanceUnit = ""
    contact: Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)] | None = None


class ResourceRateIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rate from a day on, in the resource's currency: `rate` per unit, `distance_rate` per kilometre or mile; `source` is where it stands."""

    valid_from: date
    rate: DecimalText
    distance_rate: DecimalText | None = None
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.SOURCE_MAXIMUM)]


class ResourceIn(ResourceFieldsIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A resource that your union offers, with its first rate where it is valued."""

    union: _Word
    rate: ResourceRateIn | None = None


class ResourceReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.REASON_MAXIMUM)]


class ResourceRateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rate; of the same first day the newest version counts."""

    valid_from: date
    version: int
    rate: str
    distance_rate: str | None
    source: str
    recorded_by: str
    recorded_at: datetime


class ResourceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A resource with all its rates, the latest first day first."""

    number: str
    union: str
    kind: str
    name: str
    place: str
    conditions: str
    unit: str
    exclusive: bool
    capacity: int
    hours_per_day: str | None
    distance_unit: str
    basis: str
    currency: str
    offered_from: date
    offered_to: date | None
    contact: int | None
    contact_name: str | None
    state: str
    recorded_by: str
    recorded_at: datetime
    rates: list[ResourceRateOut]
    href: str


class LendingEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the life of a resource, booking or delivery."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str
    facts: dict[str, Any]


class ResourceWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, the rate that holds today, and what was done with it."""

    resource: ResourceOut
    rate: ResourceRateOut | None
    history: list[LendingEventOut]


class FreeDayOut(msgspec.Struct, frozen=True):
    """How many are free on a day, through all the half-days asked about."""

    day: date
    free: int


class FreeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, whether as many as wanted are free on all the days, and how many are on each."""

    resource: ResourceOut
    enough: bool
    days: list[FreeDayOut]


class FreeFound(msgspec.Struct, frozen=True):
    """What was found; `more` where more fits than is shown: ask for a kind, a place or a union."""

    items: list[FreeOut]
    more: bool


def decimal_text(value: Decimal | None) -> str | None:
    """A figure as it travels: without an exponent, without the zeros of its column."""
    return None if value is None else f"{value.normalize():f}"


def rate_out(rate: Rate) -> ResourceRateOut:
    """A rate as it travels."""
    return ResourceRateOut(
        valid_from=rate.valid_from, version=rate.version, rate=decimal_text(rate.rate) or "0", distance_rate=decimal_text(rate.distance_rate),
        source=rate.source, recorded_by=rate.recorded_by, recorded_at=rate.recorded_at,
    )  # fmt: skip


def resource_out(resource: Resource) -> ResourceOut:
    """A resource as it travels."""
    other = ("hours_per_day", "rates", "href")
    same: dict[str, Any] = {name: getattr(resource, name) for name in ResourceOut.__struct_fields__ if name not in other}
    return ResourceOut(
        **same, hours_per_day=decimal_text(resource.hours_per_day), rates=[rate_out(rate) for rate in resource.rates],
        href=f"/api/v1/resources/{resource.number}",
    )  # fmt: skip


def history_out(history: list[Event]) -> list[LendingEventOut]:
    """What happened, as it travels."""
    return [LendingEventOut(**{name: getattr(event, name) for name in LendingEventOut.__struct_fields__}) for event in history]


def _free_out(free: Free) -> FreeOut:
    return FreeOut(resource=resource_out(free.resource), enough=free.enough, days=[FreeDayOut(day.day, day.free) for day in free.days])


def _fields(data: ResourceFieldsIn) -> dict[str, Any]:
    said = {name: getattr(data, name) for name in ResourceFields.__struct_fields__}
    return said | {"hours_per_day": None if data.hours_per_day is None else Decimal(data.hours_per_day)}


def _rate(data: ResourceRateIn) -> NewRate:
    distance = None if data.distance_rate is None else Decimal(data.distance_rate)
    return NewRate(valid_from=data.valid_from, rate=Decimal(data.rate), distance_rate=distance, source=data.source)


class ResourcesController(Controller):
    """What the unions lend."""

    path = "/resources"
    tags = ("Resources",)

    @get("/", opt=_Read, operation_id="listResources")
    async def list_resources(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], kind: FromQuery[Kind | None] = None, union: FromQuery[str | None] = None,
        in_state: Annotated[Offer | None, QueryParameter(name="state")] = None,
        words: Annotated[str | None, QueryParameter(max_length=100, description="Words of its number, name, place or conditions")] = None,
        after: After = None, limit: Limit = 50,
    ) -> Page[ResourceOut]:  # fmt: skip
        """Resources of both unions, the newest first."""
        narrowed = ResourceFilter(kind=kind, union=union, state=in_state, words=words)
        found = await service.list_resources(pool, actor, narrowed, place_after(after, written_resource), limit)
        return Page([resource_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/free", opt=_Read | {"answers": (422,)}, operation_id="findFreeResources")
    async def find_free(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], first: Day, last: LastDay, first_part: FirstPart = "morning",
        last_part: LastPart = "afternoon", kind: FromQuery[Kind | None] = None, union: FromQuery[str | None] = None,
        place: Annotated[str | None, QueryParameter(max_length=100, description="Words of its place")] = None,
        quantity: Annotated[int, QueryParameter(ge=1, le=rules.CAPACITY_MAXIMUM, description="How many at a time")] = 1,
    ) -> FreeFound:  # fmt: skip
        """What is offered through all of these days, and how many are free on each; first what is free on all of them."""
        span = Span(first_day=first, last_day=last, first_part=first_part, last_part=last_part)
        wanted = Wanted(span=span, kind=kind, place=place, union=union, quantity=quantity)
        found = await service.find_free(pool, actor, wanted)
        return FreeFound([_free_out(each) for each in found.items], found.more)

    @post("/", opt=_Manage | {"location": True}, operation_id="offerResource")
    async def offer(self, by: NamedDependency[By], data: JSONBody[ResourceIn]) -> Response[ResourceOut]:
        """Offer something of your union."""
        asked = OfferResource(**_fields(data), union=data.union, rate=None if data.rate is None else _rate(data.rate))
        told = resource_out(await service.offer_resource(*by, asked))
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getResource")
    async def get_resource(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> ResourceWhole:
        """One resource, the rate that holds today, and its history."""
        view = await service.show_resource(pool, actor, number)
        rate = None if view.rate is None else rate_out(view.rate)
        return ResourceWhole(resource=resource_out(view.resource), rate=rate, history=history_out(view.history))

    @put("/{number:str}", opt=_Manage, operation_id="changeResource")
    async def change(self, by: NamedDependency[By], number: Number, data: JSONBody[ResourceFieldsIn]) -> ResourceOut:
        """Say anew what is said of a resource, within what its bookings rest on."""
        return resource_out(await service.change_resource(*by, number, ResourceFields(**_fields(data))))

    @post("/{number:str}/rates", opt=_Manage, operation_id="addResourceRate", status_code=200)
    async def add_rate(self, by: NamedDependency[By], number: Number, data: JSONBody[ResourceRateIn]) -> ResourceOut:
        """Add a rate; one of the same first day stays, and this newer version counts in its place."""
        return resource_out(await service.add_rate(*by, number, _rate(data)))

    @post("/{number:str}/withdrawal", opt=_Manage, operation_id="withdrawResource", status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: Number, data: JSONBody[ResourceReasonIn]) -> ResourceOut:
        """Offer it no longer; what is booked stays booked."""
        return resource_out(await service.withdraw_resource(*by, number, data.reason))

    @post("/{number:str}/return", opt=_Manage, operation_id="reofferResource", status_code=200)
    async def reoffer(self, by: NamedDependency[By], number: Number, data: JSONBody[ResourceReasonIn]) -> ResourceOut:
        """Offer a withdrawn resource again."""
        return resource_out(await service.reoffer_resource(*by, number, data.reason))


ROUTES = [ResourcesController]
