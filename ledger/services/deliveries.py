"""Write down what was delivered of a booking, submit and correct it; confirm it into the joint book, dispute it, undo it; read deliveries."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain import bookings as booking_rules
from ledger.domain import deliveries as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bookings import Booking
from ledger.domain.deliveries import CONFIRM, RECORD, Delivery, Part, Sheet
from ledger.domain.entries import Draft, reversal
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import DeliveryChanged, DeliveryExists, Refusal
from ledger.domain.resources import ACCOUNT_OF, READ, Resource
from ledger.services.booking_notices import tell_delivery
from ledger.services.bookings import check_allowed, written_booking
from ledger.services.operation import Done, Work, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import bookings, entries, reference, resources
from ledger.storage import deliveries as store
from ledger.storage.database import Connection
from ledger.storage.deliveries import DeliveryFilter
from ledger.storage.resources import Event

PAGE_DELIVERIES = 50


class DeliveryView(msgspec.Struct, frozen=True):
    """A delivery, its booking, the working of its value by today's rates or as it was posted (nothing where it is not valued, or a rate is missing),
    its history, and the steps that the actor may take now.
    """

    delivery: Delivery
    booking: Booking
    resource: Resource
    parts: list[Part]
    value_minor: int | None
    history: list[Event]
    may: list[str]


class Listed(msgspec.Struct, frozen=True):
    """A page of deliveries, the newest first."""

    items: list[Delivery]
    next: str | None


def written_delivery(number: str) -> str:
    """A delivery's number as it is kept."""
    return written_as(number, "DL", "delivery")


# --- the owner's side -----------------------------------------------------------------------------------------------------


async def record_delivery(pool: Pool, actor: Actor, key: str, booking: str, sheet: Sheet, submit: bool = False) -> Delivery:
    """Write down what was lent of a booking, and hand it to the borrower at once where ``submit``."""

    async def work(w: Work) -> Done:
        of, resource = await _lent(w, written_booking(booking))
        number = await w.next_number("DL")
        said = await _checked(w, of, resource, sheet, number)
        await store.add(w.connection, number, of.number, said, rules.basis_of(of, resource), resource.currency, w.actor.person_id, w.now)
        await resources.add_event(w.connection, number, w.actor.person_id, "recorded", "", _facts(said), w.now)
        return await _submitted(w, number) if submit else await _done(w, number, "recorded")

    whole = {"booking": booking, "sheet": sheet, "submit": submit}
    return msgspec.convert(await perform(pool, actor, "record_delivery", key, whole, work, permission=RECORD, posts=False), Delivery)


async def change_delivery(pool: Pool, actor: Actor, key: str, number: str, sheet: Sheet, submit: bool = False) -> Delivery:
    """Correct what was written down, before it is confirmed: a new revision, to be submitted again."""

    async def work(w: Work) -> Done:
        kept = await _own(w, number, "change")
        of, resource = await _lent(w, kept.booking)
        said = await _checked(w, of, resource, sheet, kept.number)
        await store.change(w.connection, kept.number, said, w.now)
        await resources.add_event(w.connection, kept.number, w.actor.person_id, "changed", "", _facts(said), w.now)
        return await _submitted(w, kept.number) if submit else await _done(w, kept.number, "changed")

    whole = {"delivery": number, "sheet": sheet, "submit": submit}
    return msgspec.convert(await perform(pool, actor, "change_delivery", key, whole, work, permission=RECORD, posts=False), Delivery)


def _facts(sheet: Sheet) -> dict[str, Any]:
    quantity, distance = rules.total(sheet.lines)
    driven = {"distance": str(distance), "distance_unit": sheet.distance_unit} if distance else {}
    return {"quantity": str(quantity), "starts_on": sheet.lines[0].day, "ends_on": sheet.lines[-1].day} | driven


async def _lent(w: Work, number: str) -> tuple[Booking, Resource]:
    """The booking, locked, and its resource, for who writes down for the owner."""
    booking = await bookings.booking(w.connection, number, lock=True)
    booking_rules.check_sees(w.actor, booking)
    authorize(w.actor, RECORD, booking.lender)
    return booking, await resources.resource(w.connection, booking.resource)


async def _checked(w: Work, booking: Booking, resource: Resource, sheet: Sheet, number: str) -> Sheet:
    said = rules.checked_sheet(sheet, booking, resource, w.today)
    await check_allowed(w.connection, booking, resource)
    taken = await store.day_taken(w.connection, booking.number, [line.day for line in said.lines], but=number)
    if taken is not None:
        raise DeliveryExists(booking=booking.number, day=taken[0].isoformat(), delivery=taken[1])
    return said


async def submit_delivery(pool: Pool, actor: Actor, key: str, number: str) -> Delivery:
    """Hand a draft to the borrower, who confirms or disputes it."""

    async def work(w: Work) -> Done:
        return await _submitted(w, (await _own(w, number, "submit")).number)

    return msgspec.convert(await perform(pool, actor, "submit_delivery", key, {"delivery": number}, work, permission=RECORD, posts=False), Delivery)


async def _submitted(w: Work, number: str) -> Done:
    await store.save(w.connection, number, state="submitted", state_since=w.now, submitted_by=w.actor.person_id)
    await resources.add_event(w.connection, number, w.actor.person_id, "submitted", "", {}, w.now)
    return await _done(w, number, "submitted")


async def withdraw_delivery(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Delivery:
    """Take back what was written down, before it is confirmed."""

    async def work(w: Work) -> Done:
        kept = await _own(w, number, "withdraw")
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await store.save(w.connection, kept.number, state="withdrawn", state_since=w.now)
        await resources.add_event(w.connection, kept.number, w.actor.person_id, "withdrawn", text, {}, w.now)
        return await _done(w, kept.number, "withdrawn", reason=text)

    whole = {"delivery": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "withdraw_delivery", key, whole, work, permission=RECORD, posts=False), Delivery)


async def _own(w: Work, number: str, step: str) -> Delivery:
    """The delivery, locked, for who writes down for the owner."""
    kept, booking = await _seen(w, number)
    authorize(w.actor, RECORD, booking.lender)
    rules.check_step(kept, step)
    return kept


async def _seen(w: Work, number: str) -> tuple[Delivery, Booking]:
    kept = await store.delivery(w.connection, written_delivery(number), lock=True)
    booking = await bookings.booking(w.connection, kept.booking)
    booking_rules.check_sees(w.actor, booking)
    return kept, booking


# --- the borrower's side --------------------------------------------------------------------------------------------------


async def confirm_delivery(pool: Pool, actor: Actor, key: str, number: str, revision: int, shown_minor: int | None = None) -> Delivery:
    """Agree to what was delivered, as it was read: what it is worth is recorded in the joint book, on its last day or the first open one after.

    ``shown_minor`` is what it was read to be worth; a rate that came since makes it another, which nobody has agreed to.
    """

    async def work(w: Work) -> Done:
        kept, booking = await _borrowed(w, number, "confirm", revision)
        rules.check_second(kept, w.actor)
        resource = await resources.resource(w.connection, booking.resource)
        await check_allowed(w.connection, booking, resource)
        basis, parts = _worth(kept, booking, resource)
        value = rules.value_minor(parts, kept.distance_unit, kept.currency)
        if shown_minor not in (None, value):
            raise DeliveryChanged(delivery=kept.number, revision=kept.revision)
        entry = await _post(w, await in_kind(w.connection, kept, booking, value)) if value else None
        rates = {part.rate.rate for part in parts}, {part.rate.distance_rate for part in parts}
        rate, distance_rate = (next(iter(each)) if len(each) == 1 else None for each in rates)
        await store.save(
            w.connection, kept.number, state="confirmed", state_since=w.now, confirmed_by=w.actor.person_id, confirmed_at=w.now, basis=basis,
            value_minor=value, is_chargeable=value > 0 and booking.agreement is not None and booking.lender != booking.borrower, entry_number=entry,
            rate=rate, distance_rate=distance_rate,
        )  # fmt: skip
        facts = {"value_minor": value, "currency": kept.currency, "entry": entry, "quantity": str(kept.quantity)}
        working = {"parts": [msgspec.structs.asdict(part) for part in parts]}
        await resources.add_event(w.connection, kept.number, w.actor.person_id, "confirmed", "", facts | working, w.now)
        return await _done(w, kept.number, "confirmed", **facts)

    whole = {"delivery": number, "revision": revision, "shown_minor": shown_minor}
    return msgspec.convert(await perform(pool, actor, "confirm_delivery", key, whole, work, permission=CONFIRM), Delivery)


def _worth(kept: Delivery, booking: Booking, resource: Resource) -> tuple[str, list[Part]]:
    """The basis that holds now, and the working by today's rates; nothing where it is not valued."""
    basis = rules.basis_of(booking, resource)
    return basis, [] if basis == "not_valued" else rules.parts_of(resource, kept.lines)


async def accounts_of(connection: Connection, delivery: Delivery) -> tuple[Account, Account]:
    """The joint book's accounts of what is spent in kind and of what the owner gives."""
    spent = await reference.account(connection, "joint", f"Expense:In-kind:{ACCOUNT_OF[delivery.kind]}", delivery.currency)
    return spent, await reference.account_for(connection, "joint", "in_kind_given", delivery.currency, delivery.lender)


async def in_kind(connection: Connection, delivery: Delivery, booking: Booking, value: int) -> Draft:
    """The entry of what was given in kind, on the delivery's last day."""
    return rules.draft_in_kind(delivery, booking, *await accounts_of(connection, delivery), value)


async def _post(w: Work, draft: Draft, late: bool = False) -> int:
    """Record it on its day, or on the first day after that the joint book takes."""
    (posted,) = await w.post(msgspec.structs.replace(draft, entry_date=await open_day(w, draft, draft.entry_date, late=late)))
    return posted.number


async def dispute_delivery(pool: Pool, actor: Actor, key: str, number: str, revision: int, claimed: Decimal, reason: str) -> Delivery:
    """Say which quantity the borrower holds right, and why; the owner corrects it and submits it again, or they talk."""

    async def work(w: Work) -> Done:
        kept, _ = await _borrowed(w, number, "dispute", revision)
        rules.check_figure("claimed", claimed, rules.QUANTITY_DIGITS, rules.QUANTITY_MAXIMUM)
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await store.save(w.connection, kept.number, state="disputed", state_since=w.now, claimed=claimed, dispute=text)
        await resources.add_event(w.connection, kept.number, w.actor.person_id, "disputed", text, {"claimed": str(claimed)}, w.now)
        return await _done(w, kept.number, "disputed", reason=text, claimed=str(claimed))

    whole = {"delivery": number, "revision": revision, "claimed": claimed, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "dispute_delivery", key, whole, work, permission=CONFIRM, posts=False), Delivery)


async def undo_delivery(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Delivery:
    """Take a confirmation back, its entry by reversal; it is as submitted, to be corrected, confirmed or withdrawn. Not while it is charged back."""

    async def work(w: Work) -> Done:
        kept, _ = await _borrowed(w, number, "undo")
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        undone = None
        if kept.entry is not None:
            entry = await entries.entry(w.connection, kept.entry)
            undone = await _post(w, reversal(entry, entry.draft.entry_date, text), late=True)
        await store.save(
            w.connection, kept.number, state="submitted", state_since=w.now, value_minor=0, is_chargeable=False, entry_number=None, confirmed_by=None,
            confirmed_at=None, rate=None, distance_rate=None,
        )  # fmt: skip
        await resources.add_event(w.connection, kept.number, w.actor.person_id, "undone", text, {"entry": undone, "undoes": kept.entry}, w.now)
        return await _done(w, kept.number, "undone", reason=text, entry=undone)

    whole = {"delivery": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "undo_delivery", key, whole, work, permission=CONFIRM), Delivery)


async def _borrowed(w: Work, number: str, step: str, revision: int | None = None) -> tuple[Delivery, Booking]:
    """The delivery, locked, and its booking, for who decides for the borrower."""
    kept, booking = await _seen(w, number)
    authorize(w.actor, CONFIRM, booking.borrower)
    rules.check_step(kept, step)
    if revision is not None:
        rules.check_read(kept, revision)
    return kept, booking


async def _done(w: Work, number: str, what: str, **facts: Any) -> Done:
    kept = await store.delivery(w.connection, number)
    booking = await bookings.booking(w.connection, kept.booking)
    await tell_delivery(w, kept, (booking.requested_by, booking.campaign_lead), what)
    told = {"step": what, "booking": kept.booking, "lender": kept.lender, "borrower": kept.borrower, "revision": kept.revision}
    return Done(kept, number, msgspec.to_builtins(told | facts))


# --- reading --------------------------------------------------------------------------------------------------------------


async def show_delivery(pool: Pool, actor: Actor, number: str) -> DeliveryView:
    """One delivery, whole; as unknown to who may not know of its booking."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        kept = await store.delivery(connection, written_delivery(number))
        booking = await bookings.booking(connection, kept.booking)
        booking_rules.check_sees(actor, booking)
        resource = await resources.resource(connection, booking.resource)
        history = await resources.events(connection, kept.number)
    parts, value = _working(kept, booking, resource, history)
    return DeliveryView(kept, booking, resource, parts, value, history, rules.steps_for(actor, kept, booking))


def _working(kept: Delivery, booking: Booking, resource: Resource, history: Sequence[Event]) -> tuple[list[Part], int | None]:
    """As it was posted, or as it would be today; no figure where it is not valued, or a rate is missing."""
    if kept.state == "confirmed":
        posted = next(event for event in reversed(history) if event.what == "confirmed")
        return msgspec.convert(posted.facts["parts"], list[Part]), None if kept.basis == "not_valued" else kept.value_minor
    try:
        basis, parts = _worth(kept, booking, resource)
        return parts, None if basis == "not_valued" else rules.value_minor(parts, kept.distance_unit, kept.currency)
    except Refusal:
        return [], None


async def preview_delivery(pool: Pool, actor: Actor, number: str) -> Preview | None:
    """What confirming would write in the joint book, or the refusal it would get; None where nothing is posted."""
    authorize(actor, CONFIRM)
    async with pool.database.reading() as connection:
        kept = await store.delivery(connection, written_delivery(number))
        booking = await bookings.booking(connection, kept.booking)
        booking_rules.check_sees(actor, booking)
        resource = await resources.resource(connection, booking.resource)
        _, parts = _worth(kept, booking, resource)
        value = rules.value_minor(parts, kept.distance_unit, kept.currency)
        return await previewed(connection, actor, [await in_kind(connection, kept, booking, value)], pool.today()) if value else None


async def list_deliveries(
    pool: Pool, actor: Actor, narrowed: DeliveryFilter, after: str | None = None, limit: int = PAGE_DELIVERIES
) -> Listed:  # fmt: skip
    """A page of the deliveries that the actor may know of and that fit."""
    authorize(actor, READ)
    own = narrowed if booking_rules.sees_all(actor) else msgspec.structs.replace(narrowed, own=actor.person_id)
    async with pool.database.reading() as connection:
        found = await store.deliveries(connection, own, after and written_delivery(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)
