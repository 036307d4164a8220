"""Search what the unions lend for what is free on days, list all of it, and offer, change and withdraw it with its rates."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain import resources as rules
from ledger.domain.bookings import REQUEST, sees_all
from ledger.domain.half_days import Span
from ledger.domain.refusals import Refusal
from ledger.domain.resources import MANAGE, READ, NewRate, Resource, ResourceFields
from ledger.services import bookings, steps
from ledger.services import resources as service
from ledger.services.pool import Pool
from ledger.services.resources import Choices, OfferResource, ResourceView, Wanted
from ledger.storage.bookings import BookingFilter
from ledger.storage.resources import ResourceFilter
from reports import formats
from reports import resource_words as words
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
RATE_DIGITS, HOURS_DIGITS = 6, 2
BOOKINGS_SHOWN = 20
DISTANCE_UNITS = ("km", "mi")
# Where a refusal stands that names no field, or one that the form calls otherwise.
FIELDS = {
    "currency_unknown": "currency", "amount_not_positive": "rate", "amount_invalid": "rate", "resource_taken": "offered_to", "resource_full": "capacity",
}  # fmt: skip
BY_FIELD = ("choice_invalid", "text_invalid", "date_invalid", "amount_not_positive")


def words_for(language: str) -> dict[str, Any]:
    """What templates about resources and bookings say."""
    return {
        "kinds": words.names(language, words.KIND_NAMES), "units": words.names(language, words.UNIT_NAMES),
        "bases": words.names(language, words.BASIS_NAMES), "offer_chip": partial(words.chip, language, words.OFFER_STATES),
        "booking_chip": partial(words.chip, language, words.BOOKING_STATES), "span_text": partial(words.span_text, language),
        "rate_text": partial(words.rate_text, language), "event_text": partial(words.event_text, language),
        "half_on": partial(words.half_on, language), "plain_figure": partial(words.plain_figure, language),
        "quantity_text": partial(words.quantity_text, language), "many": partial(words.unit_heading, language),
    }  # fmt: skip


def place_refusal(form: Form, refusal: Refusal, fields: dict[str, str]) -> None:
    """Put a refusal beside the field that it names itself, or that its code is about."""
    field = str(refusal.params.get("field", ""))
    refused(form, refusal, fields | (dict.fromkeys(BY_FIELD, field) if field else {}))


def span_in(form: Form) -> Span:
    """The days that a form names, with their halves."""
    first = "afternoon" if form.value("first_part") == "afternoon" else "morning"
    last = "morning" if form.value("last_part") == "morning" else "afternoon"
    day = form.date("first_day")
    return Span(first_day=day, last_day=form.date("last_day", not_before=day), first_part=first, last_part=last)  # type: ignore[arg-type]


def parts(language: str) -> list[tuple[str, str]]:
    """The halves of a day to choose from."""
    return list(words.names(language, words.PARTS).items())


def next_week(today: date) -> tuple[date, date]:
    """Monday to Friday of the week to come."""
    monday = today + timedelta(days=7 - today.weekday())
    return monday, monday + timedelta(days=4)


# --- what is free ---------------------------------------------------------------------------------------------------------


@get("/resources", opt={"permission": READ})
async def search_free(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What is offered through some days, and how many are free on each of them; next week, where nothing else is asked."""
    monday, friday = next_week(pool.today())
    asked = {"first_day": monday.isoformat(), "last_day": friday.isoformat(), "quantity": "1"}
    asked |= {name: value for name, value in request.query_params.items() if str(value).strip()}
    form = Form(asked, reader.language)
    span, quantity = span_in(form), form.integer("quantity", 1, rules.CAPACITY_MAXIMUM)
    found = service.Found([], False)
    if form.ok:
        wanted = Wanted(span=span, kind=word(request, "kind"), place=word(request, "place"), union=word(request, "union"), quantity=quantity)
        try:
            found = await service.find_free(pool, reader.actor, wanted)
        except Refusal as refusal:
            place_refusal(form, refusal, {})
    return page(
        request, "resources/search.html", reader=reader, help="resources", fragment="results", form=form, found=found, span=span, quantity=quantity,
        unions=[(union.code, union.name) for union in await steps.unions(pool)], parts=parts(reader.language), today=pool.today(),
        may_offer=reader.can(MANAGE), may_ask=reader.can(REQUEST), stretches=words.stretches,
        stretch_text=partial(words.stretch_text, reader.language), **words_for(reader.language),
    )  # fmt: skip


@get("/resources/all", opt={"permission": READ})
async def list_resources(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Everything that is or was offered, the newest first."""
    narrowed = ResourceFilter(
        kind=word(request, "kind"), union=word(request, "union"), state=word(request, "state"), place=word(request, "place"), words=word(request, "q")
    )
    listed = await service.list_resources(pool, reader.actor, narrowed, word(request, "after"))
    return page(
        request, "resources/all.html", reader=reader, help="resources", fragment="results", listed=listed, narrowed=narrowed != ResourceFilter(),
        unions=[(union.code, union.name) for union in await steps.unions(pool)], may_offer=reader.can(MANAGE),
        states=[(state, translate(reader.language, name)) for state, (name, _) in words.OFFER_STATES.items()],
        rate_today=partial(_rate_today, pool.today()), **words_for(reader.language),
    )  # fmt: skip


def _rate_today(today: date, resource: Resource) -> rules.Rate | None:
    try:
        return rules.rate_on(resource, today)
    except Refusal:
        return None


# --- offering and changing ------------------------------------------------------------------------------------------------


@get("/resources/new", opt={"permission": MANAGE})
async def ask_offer(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form to offer something of one's own union."""
    form = Form({"offered_from": pool.today().isoformat(), "basis": "standard_rate", "unit": "day", "capacity": "1", "exclusive": "yes"}, reader.language)
    return await _form_page(request, pool, reader, form, None)


@post("/resources/new", opt={"permission": MANAGE}, status_code=303)
async def offer(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Offer it, with its first rate."""
    form, known = Form(await request.form(), reader.language), await service.choices(pool, reader.actor)
    said = _fields(form, known)
    rate = _rate(form, said["offered_from"], said["distance_unit"]) if said["basis"] != "not_valued" else None
    if form.ok:
        try:
            made = await service.offer_resource(pool, reader.actor, form.key, OfferResource(union=reader.union_code or "", rate=rate, **said))
            return Redirect(f"/resources/{made.number}?done=resource_offered", status_code=303)
        except Refusal as refusal:
            place_refusal(form, refusal, FIELDS)
    return await _form_page(request, pool, reader, form, None)


def _fields(form: Form, known: Choices) -> dict[str, Any]:
    contact = form.choice("contact", [str(person.id) for person in known.contacts], required=False)
    exclusive = form.checked("exclusive")
    if exclusive and form.raw("capacity").strip() not in ("", "1"):
        form.fail("capacity", translate(form.language, N_("One thing is one. Leave this at one, or take away the tick above.")))
    return {
        "kind": form.choice("kind", rules.KINDS), "name": form.text("name", max_length=rules.NAME_MAXIMUM),
        "place": form.text("place", required=False, max_length=rules.PLACE_MAXIMUM), "unit": form.choice("unit", rules.UNITS),
        "exclusive": exclusive, "capacity": 1 if exclusive else form.integer("capacity", 1, rules.CAPACITY_MAXIMUM),
        "offered_from": form.date("offered_from"), "offered_to": form.optional_date("offered_to"),
        "hours_per_day": form.figure("hours_per_day", HOURS_DIGITS, Decimal(rules.HOURS_A_DAY), required=False, positive=True),
        "distance_unit": form.choice("distance_unit", DISTANCE_UNITS, required=False), "basis": form.choice("basis", rules.BASES),
        "currency": form.choice("currency", known.currencies), "contact": int(contact) if contact else None,
        "conditions": form.text("conditions", required=False, max_length=rules.CONDITIONS_MAXIMUM),
    }  # fmt: skip


def _rate(form: Form, valid_from: date, distance_unit: str) -> NewRate:
    rate, distance_rate = (form.figure(name, RATE_DIGITS, rules.RATE_MAXIMUM, required=name == "rate") for name in ("rate", "distance_rate"))
    source = form.text("source", max_length=rules.SOURCE_MAXIMUM)
    if distance_rate is not None and not distance_unit:
        form.fail("distance_unit", translate(form.language, N_("Choose kilometres or miles, or leave out the rate for one.")))
    return NewRate(valid_from=valid_from, rate=rate or Decimal(0), distance_rate=distance_rate, source=source)


async def _form_page(request: Params, pool: Pool, reader: Reader, form: Form, kept: Resource | None) -> Response[Any]:
    known, said = await service.choices(pool, reader.actor), words_for(reader.language)
    return page(
        request, "resources/form.html", reader=reader, status=form.status, help="resources", form=form, resource=kept,
        currency_options=[(code, code) for code in known.currencies],
        contacts=[(person.id, person.name) for person in known.contacts], kind_options=list(said["kinds"].items()),
        unit_options=list(said["units"].items()), basis_options=[(code, said["bases"][code]) for code in rules.BASES],
        distance_options=[(unit, unit) for unit in DISTANCE_UNITS], **said,
    )  # fmt: skip


@get("/resources/{number:str}/change", opt={"permission": MANAGE})
async def ask_change(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form with what is said of it now."""
    kept = (await service.show_resource(pool, reader.actor, number)).resource
    return await _form_page(request, pool, reader, Form(_values(reader.language, kept), reader.language), kept)


def _values(language: str, kept: Resource) -> dict[str, str]:
    said = {name: getattr(kept, name) for name in ResourceFields.__struct_fields__}
    hours = kept.hours_per_day
    return {name: str(value) for name, value in said.items() if value is not None} | {
        "exclusive": "yes" if kept.exclusive else "", "hours_per_day": "" if hours is None else formats.decimal(language, hours, HOURS_DIGITS),
    }  # fmt: skip


@post("/resources/{number:str}/change", opt={"permission": MANAGE}, status_code=303)
async def change(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change it."""
    kept = (await service.show_resource(pool, reader.actor, number)).resource
    form, known = Form(await request.form(), reader.language), await service.choices(pool, reader.actor)
    said = _fields(form, known)
    if form.ok:
        try:
            await service.change_resource(pool, reader.actor, form.key, kept.number, ResourceFields(**said))
            return Redirect(f"/resources/{kept.number}?done=resource_changed", status_code=303)
        except Refusal as refusal:
            place_refusal(form, refusal, FIELDS)
    return await _form_page(request, pool, reader, form, kept)


# --- one resource ---------------------------------------------------------------------------------------------------------


@get("/resources/{number:str}", opt={"permission": READ})
async def show_resource(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What it is, its conditions, rates, bookings, and what was done with it."""
    view = await service.show_resource(pool, reader.actor, number)
    booked = await bookings.list_bookings(pool, reader.actor, BookingFilter(resource=view.resource.number), limit=BOOKINGS_SHOWN)
    return page(
        request, "resources/show.html", reader=reader, help="resources", view=view, resource=view.resource, booked=booked,
        may_ask=reader.can(REQUEST) and view.resource.state == "offered", sees_all=sees_all(reader.actor), **words_for(reader.language),
    )  # fmt: skip


_Reasoned = Callable[..., Awaitable[Resource]]
_REASONED: dict[str, tuple[_Reasoned, str]] = {
    "withdraw": (service.withdraw_resource, "resource_withdrawn"), "offer": (service.reoffer_resource, "resource_reoffered"),
}  # fmt: skip


def _may(act: str, view: ResourceView) -> bool:
    state = {"withdraw": "offered", "offer": "withdrawn"}.get(act)
    return view.may_manage and view.resource.state == state


@get("/resources/{number:str}/{act:str}", opt={"permission": MANAGE})
async def ask_turn(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Why it is offered no longer, or again."""
    view = await service.show_resource(pool, reader.actor, number)
    if not _may(act, view):
        return Redirect(f"/resources/{view.resource.number}", status_code=303)
    return _turn_page(request, reader, view, act, Form({}, reader.language))


@post("/resources/{number:str}/{act:str}", opt={"permission": MANAGE}, status_code=303)
async def turn(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Offer it no longer, or again."""
    view, form = await service.show_resource(pool, reader.actor, number), Form(await request.form(), reader.language)
    if act not in _REASONED:
        return Redirect(f"/resources/{view.resource.number}", status_code=303)
    reason = form.text("reason", max_length=rules.REASON_MAXIMUM)
    if form.ok:
        step, done = _REASONED[act]
        try:
            await step(pool, reader.actor, form.key, view.resource.number, reason)
            return Redirect(f"/resources/{view.resource.number}?done={done}", status_code=303)
        except Refusal as refusal:
            place_refusal(form, refusal, {})
    return _turn_page(request, reader, view, act, form)


def _turn_page(request: Params, reader: Reader, view: ResourceView, act: str, form: Form) -> Response[Any]:
    return page(
        request, "resources/turn.html", reader=reader, status=form.status, help="resources", form=form, resource=view.resource, act=act,
        **words_for(reader.language),
    )  # fmt: skip


# --- rates ----------------------------------------------------------------------------------------------------------------


@get("/resources/{number:str}/rates", opt={"permission": READ})
async def show_rates(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Every rate with the days it holds, and the form to add one."""
    view = await service.show_resource(pool, reader.actor, number)
    return _rates_page(request, reader, view, Form({"valid_from": pool.today().isoformat()}, reader.language))


@post("/resources/{number:str}/rates", opt={"permission": MANAGE}, status_code=303)
async def add_rate(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Add a rate."""
    view, form = await service.show_resource(pool, reader.actor, number), Form(await request.form(), reader.language)
    rate = _rate(form, form.date("valid_from"), view.resource.distance_unit)
    if form.ok:
        try:
            await service.add_rate(pool, reader.actor, form.key, view.resource.number, rate)
            return Redirect(f"/resources/{view.resource.number}/rates?done=resource_rated", status_code=303)
        except Refusal as refusal:
            place_refusal(form, refusal, FIELDS)
    return _rates_page(request, reader, view, form)


def _rates_page(request: Params, reader: Reader, view: ResourceView, form: Form) -> Response[Any]:
    return page(
        request, "resources/rates.html", reader=reader, status=form.status, help="resources", form=form, view=view, resource=view.resource,
        rate_figure=partial(words.rate_figure, reader.language), **words_for(reader.language),
    )  # fmt: skip


DONE = {
    "resource_offered": N_("Offered. Both unions find it now, and can ask for it."),
    "resource_changed": N_("Changed."),
    "resource_withdrawn": N_("Offered no longer. What is booked stays booked."),
    "resource_reoffered": N_("Offered again."),
    "resource_rated": N_("Rate added. It counts from its day on."),
}
PAGES = [
    search_free, list_resources, ask_offer, offer, ask_change, change, show_rates, add_rate, show_resource, ask_turn, turn,
]  # fmt: skip
