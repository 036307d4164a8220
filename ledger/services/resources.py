"""Offer what a union lends, change and withdraw it, add rates; find what is free; read it with its history."""

from typing import Any

import msgspec

from ledger.domain import resources as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.half_days import Span, day_of, half_of
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import ChoiceInvalid, ResourceTaken
from ledger.domain.resources import MANAGE, READ, Free, NewRate, Rate, Resource, ResourceFields, enough
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import bookings, people, reference
from ledger.storage import resources as store
from ledger.storage.people import Person
from ledger.storage.resources import Event, ResourceFilter

# A search shows no more than can be looked through.
PAGE_RESOURCES, FREE_MAXIMUM = 50, 100


class OfferResource(ResourceFields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A resource to offer, by its owner; its first rate where it is valued."""

    union: str
    rate: NewRate | None = None


class ResourceView(msgspec.Struct, frozen=True):
    """A resource, the rate of today (None: not valued, or none yet), what was done with it (oldest first), and whether the actor may change it."""

    resource: Resource
    rate: Rate | None
    history: list[Event]
    may_manage: bool


class Listed(msgspec.Struct, frozen=True):
    """A page of resources, the newest first."""

    items: list[Resource]
    next: str | None


class Found(msgspec.Struct, frozen=True):
    """What is free, and whether more than is shown fits."""

    items: list[Free]
    more: bool


class Choices(msgspec.Struct, frozen=True):
    """What the form of a resource chooses from: currencies, and the people of the union who can answer for it."""

    currencies: list[str]
    contacts: list[Person]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked for: a kind, words of a place, an owner, days, and how many at a time."""

    span: Span
    kind: str | None = None
    place: str | None = None
    union: str | None = None
    quantity: int = 1


def written_resource(number: str) -> str:
    """A resource's number as it is kept."""
    return written_as(number, "R", "resource")


# --- writing --------------------------------------------------------------------------------------------------------------


async def offer_resource(pool: Pool, actor: Actor, key: str, request: OfferResource) -> Resource:
    """Offer something of one's own union."""

    async def work(w: Work) -> Done:
        asked = rules.checked_fields(request, await reference.currencies(w.connection))
        union = await reference.union(w.connection, request.union)
        await _check_contact(w, asked.contact, union.code)
        number = await w.next_number("R")
        await store.add(w.connection, number, await store.next_ordinal(w.connection), union.code, asked, w.actor.person_id, w.now)
        if request.rate is not None:
            kept = await store.resource(w.connection, number)
            await store.add_rate(w.connection, number, rules.checked_rate(kept, request.rate), w.actor.person_id, w.now)
        return await _done(w, number, "offered")

    answer = await perform(pool, actor, "offer_resource", key, request, work, permission=MANAGE, union=request.union, posts=False)
    return msgspec.convert(answer, Resource)


async def change_resource(pool: Pool, actor: Actor, key: str, number: str, request: ResourceFields) -> Resource:
    """Change what is said of a resource, within what its bookings rest on."""

    async def work(w: Work) -> Done:
        kept = await _own(w, number)
        asked = rules.checked_fields(request, await reference.currencies(w.connection))
        rules.check_change(kept, asked, await store.is_booked(w.connection, kept.number))
        if asked.contact != kept.contact:
            await _check_contact(w, asked.contact, kept.union)
        await _check_bookings_fit(w, kept, asked)
        await store.change(w.connection, kept.number, asked, w.now)
        changed = await store.resource(w.connection, kept.number)
        return await _done(w, kept.number, "changed", **_changes(kept, changed))

    whole = {"resource": number, "fields": request}
    return msgspec.convert(await perform(pool, actor, "change_resource", key, whole, work, permission=MANAGE, posts=False), Resource)


def _changes(before: Resource, after: Resource) -> dict[str, Any]:
    """What differs; of a long text only that it does."""
    names = [name for name in ResourceFields.__struct_fields__ if name != "conditions" and getattr(before, name) != getattr(after, name)]
    changes: dict[str, Any] = {name: msgspec.to_builtins(getattr(after, name)) for name in names}
    return changes | ({"conditions": "changed"} if before.conditions != after.conditions else {})


async def _check_bookings_fit(w: Work, kept: Resource, asked: ResourceFields) -> None:
    """What is booked or asked for stays possible: there are still as many, and still on those days."""
    if asked.capacity < kept.capacity:
        rules.check_capacity(kept, asked.capacity, await store.peak(w.connection, kept.number, half_of(w.today)))
    last = None if asked.offered_to is None else half_of(asked.offered_to, "afternoon")
    other = await bookings.outside(w.connection, kept.number, half_of(asked.offered_from), last)
    if other is not None:
        raise ResourceTaken(
            resource=kept.number, booking=other.number, first=day_of(other.first).isoformat(), last=day_of(other.last).isoformat(), free_from=None,
            reason="window",
        )  # fmt: skip


async def _check_contact(w: Work, contact: int | None, union: str) -> None:
    if contact is None:
        return
    person = await people.by_id(w.connection, contact, w.today) if 1 < contact <= people.ID_MAXIMUM else None
    if person is None or person.union != union or person.disabled:
        raise ChoiceInvalid(field="contact", value=str(contact)[:40])


async def withdraw_resource(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Resource:
    """Offer a resource no longer; what is booked of it stays booked."""
    return await _turn(pool, actor, key, number, reason, "offered", "withdrawn")


async def reoffer_resource(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Resource:
    """Offer a withdrawn resource again."""
    return await _turn(pool, actor, key, number, reason, "withdrawn", "offered")


async def _turn(pool: Pool, actor: Actor, key: str, number: str, reason: str, before: rules.Offer, after: rules.Offer) -> Resource:
    async def work(w: Work) -> Done:
        kept = await _own(w, number)
        rules.check_offered(kept, before)
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await store.set_state(w.connection, kept.number, after, w.now)
        return await _done(w, kept.number, "withdrawn" if after == "withdrawn" else "reoffered", text)

    operation = "withdraw_resource" if after == "withdrawn" else "reoffer_resource"
    whole = {"resource": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, operation, key, whole, work, permission=MANAGE, posts=False), Resource)


async def add_rate(pool: Pool, actor: Actor, key: str, number: str, request: NewRate) -> Resource:
    """Add a rate from a day on; one of the same day is not changed, but this newer version counts in its place."""

    async def work(w: Work) -> Done:
        kept = await _own(w, number)
        rate = rules.checked_rate(kept, request)
        version = await store.add_rate(w.connection, kept.number, rate, w.actor.person_id, w.now)
        facts: dict[str, Any] = {"valid_from": rate.valid_from, "version": version, "rate": str(rate.rate), "currency": kept.currency}
        distance = {} if rate.distance_rate is None else {"distance_rate": str(rate.distance_rate)}
        return await _done(w, kept.number, "rated", **facts, **distance)

    whole = {"resource": number, "rate": request}
    return msgspec.convert(await perform(pool, actor, "add_resource_rate", key, whole, work, permission=MANAGE, posts=False), Resource)


async def _own(w: Work, number: str) -> Resource:
    """The resource, locked, for who may change it."""
    kept = await store.resource(w.connection, written_resource(number), lock=True)
    authorize(w.actor, MANAGE, kept.union)
    return kept


async def _done(w: Work, number: str, what: str, remark: str = "", **facts: Any) -> Done:
    await store.add_event(w.connection, number, w.actor.person_id, what, remark, facts, w.now)
    kept = await store.resource(w.connection, number)
    return Done(kept, number, msgspec.to_builtins({"step": what, "union": kept.union} | facts) | ({"reason": remark} if remark else {}))


# --- reading --------------------------------------------------------------------------------------------------------------


async def show_resource(pool: Pool, actor: Actor, number: str) -> ResourceView:
    """One resource, whole."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        kept = await store.resource(connection, written_resource(number))
        history = await store.events(connection, kept.number)
    today = [rate for rate in kept.rates if rate.valid_from <= pool.today()]
    return ResourceView(kept, rules.rate_on(kept, pool.today()) if today else None, history, actor.can(MANAGE) and actor.union == kept.union)


async def list_resources(pool: Pool, actor: Actor, narrowed: ResourceFilter, after: str | None = None, limit: int = PAGE_RESOURCES) -> Listed:
    """A page of the resources that fit."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.resources(connection, narrowed, after and written_resource(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def find_free(pool: Pool, actor: Actor, wanted: Wanted) -> Found:
    """What is offered through all of these days, with how many are free on each day: first what is free on all of them, and no more than
    can be looked through.
    """
    authorize(actor, READ)
    span = rules.checked_range(wanted.span)
    if not 1 <= wanted.quantity <= rules.CAPACITY_MAXIMUM:
        raise ChoiceInvalid(field="quantity", value=str(wanted.quantity)[:40])
    narrowed = ResourceFilter(kind=wanted.kind, place=wanted.place, union=wanted.union)
    async with pool.database.reading() as connection:
        found = await store.offered(connection, narrowed, span, wanted.quantity, FREE_MAXIMUM + 1)
        days = await store.free(connection, [each.number for each in found[:FREE_MAXIMUM]], span)
    items = [Free(each, days[each.number], enough(days[each.number], wanted.quantity)) for each in found[:FREE_MAXIMUM]]
    return Found(items, len(found) > FREE_MAXIMUM)


async def choices(pool: Pool, actor: Actor) -> Choices:
    """What the form of one's own union's resource needs."""
    authorize(actor, MANAGE)
    async with pool.database.reading() as connection:
        everyone = await people.everyone(connection, pool.today())
        contacts = [person for person in everyone if person.union == actor.union and person.roles and not person.disabled]
        return Choices(list(await reference.currencies(connection)), contacts)
