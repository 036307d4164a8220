"""Ask for what the unions lend, hold, confirm, decline, cancel and move bookings; let expired holds go; read them, a lead only their own."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec

from ledger.domain import bookings as rules
from ledger.domain import campaigns as campaign_rules
from ledger.domain.accounts import Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.bookings import DECIDE, REQUEST, Booking, RequestBooking
from ledger.domain.campaigns import Campaign
from ledger.domain.half_days import Span
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import BookingState, ChoiceInvalid, FundClosed, Refusal
from ledger.domain.resources import READ, Resource, check_offered, check_origin, checked_range
from ledger.services.agreements import in_force
from ledger.services.booking_notices import tell_booking
from ledger.services.campaigns import written as written_campaign
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.resources import written_resource
from ledger.services.setup import SYSTEM_PERSON_ID
from ledger.storage import bookings as store
from ledger.storage import campaigns, reference, resources
from ledger.storage.bookings import BookingFilter
from ledger.storage.database import Connection
from ledger.storage.resources import Event

PAGE_BOOKINGS, CALENDAR_BOOKINGS = 50, 2_000
EXPIRES = Actor(SYSTEM_PERSON_ID, "Scheduled jobs", None, frozenset({"deputy"}), "job", frozenset({DECIDE}))


class BookingView(msgspec.Struct, frozen=True):
    """A booking, its resource, what was done with it (oldest first), and the steps that the actor may take now."""

    booking: Booking
    resource: Resource
    history: list[Event]
    may: list[str]


class Listed(msgspec.Struct, frozen=True):
    """A page of bookings, the newest first."""

    items: list[Booking]
    next: str | None


class Calendar(msgspec.Struct, frozen=True):
    """What overlaps a range of half-days, by its beginning, and whether more does than is shown."""

    span: Span
    items: list[Booking]
    more: bool


class Choices(msgspec.Struct, frozen=True):
    """What the form of a request chooses from: the actor's open campaigns, and the open funds."""

    campaigns: list[Campaign]
    funds: list[Fund]


def written_booking(number: str) -> str:
    """A booking's number as it is kept."""
    return written_as(number, "BK", "booking")


# --- asking ---------------------------------------------------------------------------------------------------------------


async def request_booking(pool: Pool, actor: Actor, key: str, request: RequestBooking) -> Booking:
    """Ask for a resource for one's own union; it takes nothing until the owner holds or confirms it."""

    async def work(w: Work) -> Done:
        resource = await resources.resource(w.connection, written_resource(request.resource))
        check_offered(resource)
        asked = rules.checked_request(request, resource, w.today)
        campaign = await _campaign(w, asked.campaign)
        fund = await _fund(w.connection, asked.fund)
        await check_ring_fence(w.connection, resource, fund, campaign)
        agreement = await _agreement(w.connection, asked.agreement, asked.span.first_day)
        rules.check_room(resource, asked.span, asked.quantity, await store.taken(w.connection, resource.number, asked.span.first))
        number = await w.next_number("BK")
        asked = msgspec.structs.replace(asked, campaign=campaign.number if campaign else "", agreement=agreement)
        await store.add(w.connection, number, asked, resource, w.actor.union or "", fund.id, w.actor.person_id, w.now)
        return await _done(w, number, "requested")

    return msgspec.convert(await perform(pool, actor, "request_booking", key, request, work, permission=REQUEST, posts=False), Booking)


async def _campaign(w: Work, number: str) -> Campaign | None:
    """The campaign that it is for, open and of one's own union; a lead names one that they lead."""
    if not number:
        return None
    found = await campaigns.campaign(w.connection, written_campaign(number))
    campaign_rules.check_reads(w.actor, found)
    if found.union != w.actor.union:
        raise ChoiceInvalid(field="campaign", value=found.number)
    campaign_rules.check_state(found, "open")
    return found


async def _fund(connection: Connection, code: str) -> Fund:
    fund = await reference.fund(connection, code)
    if not fund.confirmed or fund.closed_on is not None:
        raise FundClosed(fund=fund.code)
    return fund


async def _agreement(connection: Connection, number: str, day: date) -> str:
    return (await in_force(connection, number, day)).number if number else ""


async def check_ring_fence(connection: Connection, resource: Resource, fund: Fund, campaign: Campaign | None) -> None:
    """W17 R5, at the request, at every decision, and for what was delivered."""
    of = None if campaign is None else (campaign.number, campaign.initiative, await reference.union(connection, campaign.union))
    check_origin(await reference.union(connection, resource.union), fund, of)


async def check_allowed(connection: Connection, booking: Booking, resource: Resource) -> None:
    """The ring-fence once more for a booking, as its campaign and fund stand now."""
    campaign = None if booking.campaign is None else await campaigns.campaign(connection, booking.campaign)
    await check_ring_fence(connection, resource, await reference.fund(connection, booking.fund), campaign)


# --- deciding -------------------------------------------------------------------------------------------------------------


async def hold_booking(pool: Pool, actor: Actor, key: str, number: str, until: date) -> Booking:
    """Keep the days for who asked until a day, the owner not having decided yet."""

    async def work(w: Work) -> Done:
        booking, resource = await _to_decide(w, number, "hold")
        day = rules.checked_hold(until, w.today)
        await check_allowed(w.connection, booking, resource)
        await _take(w, booking, resource, booking.span, state="held", state_since=w.now, hold_until=day, decided_by=w.actor.person_id)
        return await _done(w, booking.number, "held", hold_until=day)

    whole = {"booking": number, "until": until}
    return msgspec.convert(await perform(pool, actor, "hold_booking", key, whole, work, permission=DECIDE, posts=False), Booking)


async def confirm_booking(pool: Pool, actor: Actor, key: str, number: str, remark: str = "") -> Booking:
    """Lend it: the days are taken, and what is delivered can be recorded."""

    async def work(w: Work) -> Done:
        booking, resource = await _to_decide(w, number, "confirm")
        await check_allowed(w.connection, booking, resource)
        text = plain("remark", remark, rules.REASON_MAXIMUM)
        values = {"state_since": w.now, "hold_until": None, "decided_by": w.actor.person_id, "remark": text}
        await _take(w, booking, resource, booking.span, state="confirmed", **values)
        return await _done(w, booking.number, "confirmed", text)

    whole = {"booking": number, "remark": remark}
    return msgspec.convert(await perform(pool, actor, "confirm_booking", key, whole, work, permission=DECIDE, posts=False), Booking)


async def decline_booking(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Booking:
    """Do not lend it, with a reason."""

    async def decided(w: Work, booking: Booking) -> None:
        authorize(w.actor, DECIDE, booking.lender)

    return await _end(pool, actor, key, number, reason, "decline", "declined", DECIDE, decided)


async def cancel_booking(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Booking:
    """Call it off, either side, with a reason, before anything was delivered of it."""

    async def decided(w: Work, booking: Booking) -> None:
        rules.check_side(w.actor, booking)
        rules.check_undelivered(booking, await store.delivered(w.connection, booking.number))

    return await _end(pool, actor, key, number, reason, "cancel", "cancelled", READ, decided)


async def _end(
    pool: Pool, actor: Actor, key: str, number: str, reason: str, step: str, state: str, permission: str,
    check: Callable[[Work, Booking], Awaitable[None]],
) -> Booking:  # fmt: skip
    async def work(w: Work) -> Done:
        booking = await _seen(w, number)
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await check(w, booking)
        rules.check_step(booking, step)
        await store.save(w.connection, booking.number, state=state, state_since=w.now, hold_until=None, decided_by=w.actor.person_id, remark=text)
        return await _done(w, booking.number, state, text)

    whole = {"booking": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, f"{step}_booking", key, whole, work, permission=permission, posts=False), Booking)


async def reschedule_booking(pool: Pool, actor: Actor, key: str, number: str, span: Span, reason: str = "") -> Booking:
    """Move it to other days: the owner at once; what was held or confirmed, the borrower takes as held, and the owner confirms it again."""

    async def work(w: Work) -> Done:
        booking = await _seen(w, number)
        rules.check_side(w.actor, booking)
        rules.check_step(booking, "reschedule")
        resource = await resources.resource(w.connection, booking.resource, lock=True)
        rules.check_days(resource, span, w.today)
        delivered = await store.delivered(w.connection, booking.number)
        rules.check_covers(booking, span, delivered)
        text = plain("reason", reason, rules.REASON_MAXIMUM)
        waits = not rules.is_owner(w.actor, booking) and booking.state != "requested"
        if waits:
            # What waits for the owner can lapse, and nothing that was delivered may lapse with it.
            rules.check_undelivered(booking, delivered)
        values = {"state": "held", "hold_until": rules.held_until(booking, w.today)} if waits else {"state": booking.state}
        await _take(w, booking, resource, span, first_half=span.first, last_half=span.last, state_since=w.now, remark=text, **values)
        was = {"first_day": booking.span.first_day, "last_day": booking.span.last_day}
        return await _done(w, booking.number, "rescheduled", text, was=was, first_day=span.first_day, last_day=span.last_day)

    whole = {"booking": number, "span": span, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "reschedule_booking", key, whole, work, permission=READ, posts=False), Booking)


async def finish_booking(pool: Pool, actor: Actor, key: str, number: str) -> Booking:
    """Say that it is over; what was delivered of it can still be recorded."""

    async def work(w: Work) -> Done:
        booking, _ = await _to_decide(w, number, "finish")
        rules.check_over(booking, w.today)
        await store.save(w.connection, booking.number, state="done", state_since=w.now)
        return await _done(w, booking.number, "done")

    return msgspec.convert(await perform(pool, actor, "finish_booking", key, {"booking": number}, work, permission=DECIDE, posts=False), Booking)


async def clear_booking(pool: Pool, actor: Actor, key: str, number: str, clearance: str, on: date) -> Booking:
    """Write down by whom and how work authorisation was checked, and when: stored, nothing more."""

    async def work(w: Work) -> Done:
        booking = await _seen(w, number)
        rules.check_side(w.actor, booking)
        rules.check_step(booking, "clear")
        text = rules.checked_clearance(clearance, on, w.today)
        await store.save(w.connection, booking.number, clearance=text, cleared_by=w.actor.person_id, cleared_on=on)
        return await _done(w, booking.number, "cleared", cleared_on=on)

    whole = {"booking": number, "clearance": clearance, "on": on}
    return msgspec.convert(await perform(pool, actor, "clear_booking", key, whole, work, permission=READ, posts=False), Booking)


async def _seen(w: Work, number: str) -> Booking:
    """The booking, locked, for who may know of it."""
    booking = await store.booking(w.connection, written_booking(number), lock=True)
    rules.check_sees(w.actor, booking)
    return booking


async def _to_decide(w: Work, number: str, step: str) -> tuple[Booking, Resource]:
    """The booking and its resource, both locked, for who decides for the owner."""
    booking = await _seen(w, number)
    authorize(w.actor, DECIDE, booking.lender)
    rules.check_step(booking, step)
    return booking, await resources.resource(w.connection, booking.resource, lock=True)


async def _take(w: Work, booking: Booking, resource: Resource, span: Span, **values: Any) -> None:
    """Give a booking its half-days, where there is room beside the others."""
    rules.check_room(resource, span, booking.quantity, await store.taken(w.connection, resource.number, span.first, but=booking.number))
    await store.take(w.connection, resource.number, booking.number, **values)


async def _done(w: Work, number: str, what: str, remark: str = "", **facts: Any) -> Done:
    await resources.add_event(w.connection, number, w.actor.person_id, what, remark, facts, w.now)
    booking = await store.booking(w.connection, number)
    await tell_booking(w, booking, what)
    told = {"step": what, "resource": booking.resource, "lender": booking.lender, "borrower": booking.borrower}
    return Done(booking, number, msgspec.to_builtins(told | facts) | ({"reason": remark} if remark else {}))


async def release_holds(pool: Pool) -> int:
    """Let go what was held until a day gone by, for the daily job; how many. Run twice, it does nothing the second time."""
    async with pool.database.reading() as connection:
        due = await store.expired_holds(connection, pool.today())
    done = 0
    for number in due:
        try:
            await _release(pool, number)
            done += 1
        except Refusal:
            continue  # it was decided about meanwhile; the refusal is in the audit trail
    return done


async def _release(pool: Pool, number: str) -> None:
    async def work(w: Work) -> Done:
        booking = await store.booking(w.connection, number, lock=True)
        if booking.state != "held" or booking.hold_until is None or booking.hold_until >= w.today:
            raise BookingState(booking=number, state=booking.state)
        await store.save(w.connection, number, state="cancelled", state_since=w.now, hold_until=None)
        return await _done(w, number, "expired", hold_until=booking.hold_until)

    key = f"release-{number}-{pool.clock().timestamp():.0f}"
    await perform(pool, EXPIRES, "release_booking", key, {"booking": number}, work, permission=DECIDE, posts=False)


# --- reading --------------------------------------------------------------------------------------------------------------


def _narrowed(actor: Actor, narrowed: BookingFilter) -> BookingFilter:
    """A lead's lists hold their own bookings alone."""
    return narrowed if rules.sees_all(actor) else msgspec.structs.replace(narrowed, own=actor.person_id)


async def show_booking(pool: Pool, actor: Actor, number: str) -> BookingView:
    """One booking, whole; as unknown to who may not know of it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        booking = await store.booking(connection, written_booking(number))
        rules.check_sees(actor, booking)
        resource = await resources.resource(connection, booking.resource)
        history = await resources.events(connection, booking.number)
        delivered = await store.delivered(connection, booking.number)
    return BookingView(booking, resource, history, rules.steps_for(actor, booking, delivered is not None, pool.today()))


async def list_bookings(pool: Pool, actor: Actor, narrowed: BookingFilter, after: str | None = None, limit: int = PAGE_BOOKINGS) -> Listed:
    """A page of the bookings that the actor may know of and that fit."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.bookings(connection, _narrowed(actor, narrowed), after and written_booking(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def show_calendar(pool: Pool, actor: Actor, span: Span, narrowed: BookingFilter) -> Calendar:
    """Every booking that the actor may know of, fits, and overlaps the half-days."""
    authorize(actor, READ)
    checked_range(span)
    async with pool.database.reading() as connection:
        found = await store.overlapping(connection, span, _narrowed(actor, narrowed), CALENDAR_BOOKINGS + 1)
    return Calendar(span, found[:CALENDAR_BOOKINGS], len(found) > CALENDAR_BOOKINGS)


async def choices(pool: Pool, actor: Actor) -> Choices:
    """What the form of a request needs."""
    authorize(actor, REQUEST)
    lead = None if campaign_rules.reads_all(actor) else actor.person_id
    async with pool.database.reading() as connection:
        own = campaigns.CampaignFilter(union=actor.union, state="open")
        funds = [fund for fund in await reference.funds(connection) if fund.confirmed and fund.closed_on is None]
        return Choices(await campaigns.campaigns(connection, own, lead), funds)
