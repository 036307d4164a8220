"""Ask for what the unions lend, decide, move and call off, through the real store; who may, what is taken, and the ring-fence (W17 R5)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.bookings import Booking, Taken, next_free
from ledger.domain.half_days import Span, day_of
from ledger.domain.refusals import (
    BookingState,
    NotAllowed,
    NotFound,
    OriginNotAllowed,
    OtherUnion,
    Refusal,
    ResourceFull,
    ResourceNotOffered,
    ResourceTaken,
)
from ledger.services import bookings, campaigns
from ledger.services.pool import Pool
from ledger.storage import bookings as store
from ledger.storage.bookings import BookingFilter
from tests.conftest import Clock, add_person
from tests.services import requests_stage
from tests.services.lending_stage import DAYS, HEADSETS, ORGANIZER, VAN, booked, offered, requested
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances, trail

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


def days(first: int, last: int, **parts: Any) -> Span:
    """Days of December 2026."""
    return Span(first_day=date(2026, 12, first), last_day=date(2026, 12, last), **parts)


async def hold(stage: Stage, booking: Booking, until: date = date(2026, 11, 30)) -> Booking:
    return await bookings.hold_booking(stage.pool, stage.who[f"{booking.lender} officer"], stage.key(), booking.number, until)


async def confirm(stage: Stage, booking: Booking) -> Booking:
    return await bookings.confirm_booking(stage.pool, stage.who[f"{booking.lender} officer"], stage.key(), booking.number)


async def cancel(stage: Stage, booking: Booking, by: str) -> Booking:
    return await bookings.cancel_booking(stage.pool, stage.who[by], stage.key(), booking.number, "Not needed")


async def move(stage: Stage, booking: Booking, by: str, span: Span) -> Booking:
    return await bookings.reschedule_booking(stage.pool, stage.who[by], stage.key(), booking.number, span, "Later")


# --- its life -------------------------------------------------------------------------------------------------------------


async def test_from_the_request_to_the_end(stage: Stage, clock: Clock) -> None:
    van = await offered(stage, VAN)
    campaign = await stage.campaign("ue")
    booking = await requested(stage, van, "ue lead", campaign=campaign, activity="", place="Toledo")
    assert (booking.number, booking.state, booking.borrower, booking.campaign_name, booking.fund) == (
        "BK-0001", "requested", "ue", "Hamilton organizing", "GEN")  # fmt: skip
    assert (await hold(stage, booking)).hold_until == date(2026, 11, 30)
    assert (await confirm(stage, booking)).hold_until is None
    owner, lead = stage.who["unifor officer"], stage.who["ue lead"]
    cleared = await bookings.clear_booking(stage.pool, lead, stage.key(), booking.number, "Permit seen by B. Ng", date(2026, 11, 20))
    assert (cleared.clearance, cleared.cleared_by_name, cleared.cleared_on) == ("Permit seen by B. Ng", lead.name, date(2026, 11, 20))
    with pytest.raises(BookingState) as early:
        await bookings.finish_booking(stage.pool, owner, stage.key(), booking.number)
    assert early.value.params["reason"] == "to_come"
    clock.now += timedelta(days=9)
    await bookings.finish_booking(stage.pool, owner, stage.key(), booking.number)
    view = await bookings.show_booking(stage.pool, lead, booking.number)
    assert [event.what for event in view.history] == ["requested", "held", "confirmed", "cleared", "done"]
    assert (view.booking.state, view.may) == ("done", ["clear"])


async def test_who_may_do_what(stage: Stage) -> None:
    booking = await requested(stage, await offered(stage, VAN), "ue lead")
    may = {who: (await bookings.show_booking(stage.pool, actor, booking.number)).may for who, actor in stage.who.items() if who != "unifor lead"}
    owner, borrower = ["hold", "confirm", "decline", "cancel", "reschedule", "clear"], ["cancel", "reschedule", "clear"]
    assert may == {
        "ue treasurer": [], "ue deputy": [], "ue board": [], "ue lead": borrower, "ue officer": borrower, "ue secretary": borrower,
        "unifor treasurer": owner, "unifor deputy": owner, "unifor board": [], "unifor officer": owner, "unifor secretary": owner,
    }  # fmt: skip
    for who, refusal in (("ue officer", OtherUnion), ("unifor board", NotAllowed)):
        with pytest.raises(refusal):
            await bookings.confirm_booking(stage.pool, stage.who[who], stage.key(), booking.number)
    with pytest.raises(NotAllowed):
        await cancel(stage, booking, "ue board")
    with pytest.raises(NotAllowed):
        await requested(stage, await offered(stage, VAN, name="Other"), "ue treasurer")


async def test_a_lead_sees_their_own_bookings_alone(stage: Stage) -> None:
    van = await offered(stage, VAN)
    theirs, other = await requested(stage, van, "ue lead"), await requested(stage, van, "ue officer")
    led = await requested(stage, van, "ue officer", campaign=await stage.campaign("ue"))
    lead, stranger = stage.who["ue lead"], await add_person(stage.pool, "Lead elsewhere", "ue", "campaign_lead")
    listed = await bookings.list_bookings(stage.pool, lead, BookingFilter())
    assert [each.number for each in listed.items] == [led.number, theirs.number]
    shown = await bookings.show_calendar(stage.pool, stranger, DAYS, BookingFilter())
    assert shown.items == []
    for number in (other.number, "BK-9999", "X-1"):
        with pytest.raises(NotFound):
            await bookings.show_booking(stage.pool, lead, number)
    with pytest.raises(NotFound):
        await cancel(stage, other, "ue lead")
    contact = await offered(stage, ORGANIZER, contact=stage.who["unifor lead"].person_id)
    asked = await requested(stage, contact, "ue officer")
    assert (await bookings.show_booking(stage.pool, stage.who["unifor lead"], asked.number)).booking == asked


async def test_a_request_names_what_it_is_for(stage: Stage) -> None:
    van = await offered(stage, VAN)
    closed = await stage.campaign("ue")
    await campaigns.close_campaign(stage.pool, stage.who["ue officer"], stage.key(), closed, "Over")
    for more, code in (
        ({"activity": ""}, "text_invalid"), ({"campaign": await stage.campaign("unifor")}, "choice_invalid"), ({"campaign": "CAM-0999"}, "not_found"),
        ({"campaign": closed}, "campaign_state"), ({"fund": "NONE"}, "fund_unknown"), ({"purpose": ""}, "text_invalid"),
        ({"quantity": 2}, "choice_invalid"), ({"planned": 0}, "amount_not_positive"), ({"agreement": "AG-0007"}, "not_found"),
        ({"resource": "R-0099"}, "not_found"), ({"span": days(3, 1)}, "date_invalid"),
        ({"span": Span(first_day=date(2025, 1, 1), last_day=date(2025, 1, 1))}, "date_invalid"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            await requested(stage, van, **more)
        assert refused.value.code == code, more
    assert (await bookings.list_bookings(stage.pool, stage.who["ue board"], BookingFilter())).items == []


async def test_the_owner_books_its_own(stage: Stage) -> None:
    booking = await booked(stage, await offered(stage, VAN), "unifor lead")
    assert (booking.lender, booking.borrower, booking.is_own) == ("unifor", "unifor", True)


@pytest.mark.parametrize("step", ["hold", "confirm", "decline", "cancel", "reschedule"])
async def test_a_step_is_possible_in_its_states_alone(stage: Stage, step: str) -> None:
    """Declined and called-off bookings stay so; whatever else, the state that is refused is named."""
    owner = stage.who["unifor officer"]
    acts: dict[str, Callable[[Booking], Awaitable[Booking]]] = {
        "hold": lambda b: hold(stage, b), "confirm": lambda b: confirm(stage, b), "cancel": lambda b: cancel(stage, b, "ue officer"),
        "decline": lambda b: bookings.decline_booking(stage.pool, owner, stage.key(), b.number, "No"),
        "reschedule": lambda b: move(stage, b, "unifor officer", days(8, 9)),
    }  # fmt: skip
    van = await offered(stage, VAN)
    found = {}
    for state in ("requested", "held", "confirmed", "declined", "cancelled"):
        booking = await requested(stage, van)
        make = {"held": "hold", "confirmed": "confirm", "declined": "decline", "cancelled": "cancel"}.get(state)
        if make:
            await acts[make](booking)
        try:
            found[state] = (await acts[step](booking)).state
        except BookingState as refused:
            found[state] = "refused" if refused.params == {"booking": booking.number, "state": state} else str(refused)
        if found[state] in ("held", "confirmed") or (found[state] == "refused" and state in ("held", "confirmed")):
            await cancel(stage, booking, "unifor officer")
    assert found == {
        "hold": {"requested": "held", "held": "held", "confirmed": "refused", "declined": "refused", "cancelled": "refused"},
        "confirm": {"requested": "confirmed", "held": "confirmed", "confirmed": "refused", "declined": "refused", "cancelled": "refused"},
        "decline": {"requested": "declined", "held": "refused", "confirmed": "refused", "declined": "refused", "cancelled": "refused"},
        "cancel": {"requested": "cancelled", "held": "cancelled", "confirmed": "cancelled", "declined": "refused", "cancelled": "refused"},
        "reschedule": {"requested": "requested", "held": "held", "confirmed": "confirmed", "declined": "refused", "cancelled": "refused"},
    }[step]  # fmt: skip


# --- room -----------------------------------------------------------------------------------------------------------------


async def test_a_taken_resource_says_by_whom_and_what_is_free_next(stage: Stage) -> None:
    van = await offered(stage, VAN, offered_to=date(2026, 12, 20))
    waits = await requested(stage, van)
    first = await booked(stage, van)
    await booked(stage, van, span=days(6, 8, last_part="morning"))
    works = [(requested(stage, van), 8), (hold(stage, waits), 8), (confirm(stage, waits), 8), (move(stage, waits, "ue officer", days(3, 4)), 4)]
    for work, free_from in works:
        with pytest.raises(ResourceTaken) as taken:
            await work
        assert taken.value.params == {
            "resource": van.number, "booking": first.number, "first": "2026-12-01", "last": "2026-12-03",
            "free_from": f"2026-12-{free_from:02d}", "reason": "later",
        }  # fmt: skip


async def test_half_days_stand_beside_each_other(stage: Stage) -> None:
    van = await offered(stage, VAN)
    await booked(stage, van, span=days(1, 1, last_part="morning"))
    await booked(stage, van, span=days(1, 1, first_part="afternoon"))
    with pytest.raises(ResourceTaken):
        await booked(stage, van, span=days(1, 1, first_part="afternoon"))


async def test_of_a_countable_resource_it_is_said_how_many_are_left(stage: Stage) -> None:
    headsets = await offered(stage, HEADSETS)
    await booked(stage, headsets, quantity=2, span=days(2, 2))
    waits = await requested(stage, headsets)
    with pytest.raises(ResourceFull) as full:
        await requested(stage, headsets, quantity=2)
    assert full.value.params == {
        "resource": headsets.number, "day": "2026-12-02", "left": 1, "wanted": 2, "free_from": "2026-12-03", "reason": "later"}  # fmt: skip
    await confirm(stage, waits)
    with pytest.raises(ResourceFull):
        await requested(stage, headsets, span=days(2, 2))


async def test_days_outside_of_the_offer_are_refused(stage: Stage) -> None:
    van = await offered(stage, VAN, offered_from=date(2026, 12, 2), offered_to=date(2026, 12, 3))
    with pytest.raises(ResourceNotOffered) as outside:
        await requested(stage, van)
    assert outside.value.params == {"resource": van.number, "offered_from": "2026-12-02", "offered_to": "2026-12-03"}


NEXT = [
    # what is taken, as (first, last, how many) of half-days; how long and how many are wanted; of how many; what is free next
    ([(0, 5, 1)], 4, 1, 1, 6),
    ([(0, 5, 1), (8, 9, 1)], 4, 1, 1, 10),
    ([(0, 5, 1), (8, 9, 1)], 2, 1, 1, 6),
    ([(0, 5, 2), (6, 20, 1)], 4, 2, 3, 6),
    ([(0, 5, 2), (6, 20, 2)], 4, 2, 3, 21),
    ([(0, 5, 1), (30, 40, 1)], 4, 1, 1, 6),
]


@pytest.mark.parametrize(("taken", "length", "quantity", "capacity", "expected"), NEXT)
async def test_what_is_free_next(stage: Stage, taken: Any, length: int, quantity: int, capacity: int, expected: int) -> None:
    start = days(1, 1).first
    resource = msgspec.structs.replace(await offered(stage, VAN), exclusive=capacity == 1, capacity=capacity)
    wanted = Span(first_day=date(2026, 12, 1), last_day=day_of(start + length - 1))
    found = next_free(resource, wanted, quantity, [Taken(str(n), start + a, start + b, q) for n, (a, b, q) in enumerate(taken)])
    assert found == start + expected


# --- moving, calling off, letting go -----------------------------------------------------------------------------------------


async def test_the_owner_moves_at_once_and_the_borrower_until_it_is_confirmed_again(stage: Stage) -> None:
    van = await offered(stage, VAN)
    booking = await booked(stage, van)
    assert (await move(stage, booking, "unifor officer", days(2, 4))).state == "confirmed"
    moved = await move(stage, booking, "ue officer", days(8, 9))
    assert (moved.state, moved.hold_until, moved.span) == ("held", date(2026, 11, 30), days(8, 9))
    await booked(stage, van)
    with pytest.raises(ResourceTaken):
        await move(stage, moved, "unifor officer", days(1, 2))
    assert (await confirm(stage, moved)).state == "confirmed"
    history = (await bookings.show_booking(stage.pool, stage.who["ue officer"], booking.number)).history
    assert [event.what for event in history] == ["requested", "confirmed", "rescheduled", "rescheduled", "confirmed"]
    assert history[3].facts == {
        "was": {"first_day": "2026-12-02", "last_day": "2026-12-04"}, "first_day": "2026-12-08", "last_day": "2026-12-09"}  # fmt: skip


async def test_expired_holds_are_let_go_once(stage: Stage, clock: Clock) -> None:
    van = await offered(stage, VAN)
    booking = await requested(stage, van)
    for until in (date(2026, 11, 22), date(2027, 3, 1)):
        with pytest.raises(Refusal):
            await hold(stage, booking, until)
    await hold(stage, booking, date(2026, 11, 23))
    assert await bookings.release_holds(stage.pool) == 0
    clock.now += timedelta(days=1)
    assert [await bookings.release_holds(stage.pool) for _ in range(2)] == [1, 0]
    view = await bookings.show_booking(stage.pool, stage.who["ue officer"], booking.number)
    assert (view.booking.state, view.history[-1].what) == ("cancelled", "expired")
    await booked(stage, van)


# --- the ring-fence ---------------------------------------------------------------------------------------------------------


async def test_w17_r5_lent_staff_never_reach_the_other_nations_political_activity(stage: Stage) -> None:
    organizer = await offered(stage, ORGANIZER)
    campaign = await stage.campaign("ue", "political_action")
    for more in ({"fund": "POL-US", "activity": "Get out the vote"}, {"campaign": campaign, "activity": ""}):
        with pytest.raises(OriginNotAllowed) as refused:
            await requested(stage, organizer, **more)
        assert (refused.value.params["nation"], refused.value.params["origin"]) == ("US", "CA")
    own = await requested(stage, organizer, "unifor officer", fund="POL-CA", activity="Get out the vote")
    assert (await confirm(stage, own)).state == "confirmed"
    kept = [line for line in await trail(stage.pool) if line[0] == "request_booking"]
    assert kept == [("request_booking", "refused", "origin_not_allowed")] * 2 + [("request_booking", "done", "")]
    assert await balances(stage.pool) == {}


async def test_w17_r5_holds_at_the_decision_too(stage: Stage) -> None:
    """The campaign became political action after the request."""
    organizer = await offered(stage, ORGANIZER)
    campaign = await stage.campaign("ue")
    booking = await requested(stage, organizer, campaign=campaign, activity="")
    async with stage.pool.database.writing() as connection:
        await connection.execute("UPDATE campaigns SET initiative = 'political_action' WHERE number = $1", campaign)
    for decide in (hold, confirm):
        with pytest.raises(OriginNotAllowed) as refused:
            await decide(stage, booking)
        assert refused.value.params == {"fund": campaign, "nation": "US", "origin": "CA", "reason": "campaign"}


# --- lists --------------------------------------------------------------------------------------------------------------------


async def test_the_calendar_shows_what_touches_its_days(stage: Stage) -> None:
    van, headsets = await offered(stage, VAN), await offered(stage, HEADSETS)
    before, across = await booked(stage, van, span=days(1, 4, last_part="morning")), await booked(stage, van, span=days(4, 9, first_part="afternoon"))
    other = await requested(stage, headsets, span=days(5, 5))
    after = await booked(stage, van, span=days(10, 11))

    async def shown(span: Span, **narrowed: Any) -> list[str]:
        return [each.number for each in (await bookings.show_calendar(stage.pool, stage.who["ue board"], span, BookingFilter(**narrowed))).items]

    assert await shown(days(5, 9)) == [across.number, other.number]
    assert await shown(days(4, 10)) == [before.number, across.number, other.number, after.number]
    assert await shown(days(4, 10, first_part="afternoon"), kind="vehicle") == [across.number, after.number]
    assert await shown(days(1, 30), resource=headsets.number) == [other.number]
    assert await shown(days(1, 30), states=("requested",)) == [other.number]


async def test_lists_go_on_after_a_number(stage: Stage) -> None:
    headsets = await offered(stage, HEADSETS)
    numbers = [(await requested(stage, headsets)).number for _ in range(5)]
    board = stage.who["ue board"]
    first = await bookings.list_bookings(stage.pool, board, BookingFilter(), limit=2)
    second = await bookings.list_bookings(stage.pool, board, BookingFilter(union="unifor"), first.next, 9)
    assert [each.number for each in first.items + second.items] == numbers[::-1]
    assert second.next is None


# --- the database by itself -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["held", "confirmed", "done"])
async def test_the_database_refuses_a_second_taker_of_an_exclusive_resource(stage: Stage, state: str) -> None:  # pair: bookings_no_double
    van = await offered(stage, VAN)
    waits = await requested(stage, van)
    await booked(stage, van)
    with pytest.raises(asyncpg.ExclusionViolationError) as refused:
        async with stage.pool.database.writing() as connection:
            await store.save(connection, waits.number, state=state)
    assert (refused.value.sqlstate, refused.value.constraint_name) == ("23P01", "bookings_no_double")


async def test_the_database_counts_what_is_left_of_a_countable_resource(stage: Stage) -> None:  # pair: bookings_room
    headsets = await offered(stage, HEADSETS)
    waits = await requested(stage, headsets, quantity=2)
    other = await booked(stage, headsets, quantity=2, span=days(3, 3))
    for number, values in ((waits.number, {"state": "held"}), (other.number, {"quantity": 4})):
        with pytest.raises(asyncpg.ExclusionViolationError) as refused:
            async with stage.pool.database.writing() as connection:
                await store.save(connection, number, **values)
        assert (refused.value.sqlstate, refused.value.constraint_name) == ("23P01", "bookings_room")


async def test_two_who_take_at_once_wait_for_each_other(stage: Stage) -> None:
    """Both bookings are of the same resource and other days: neither refuses the other."""
    headsets = await offered(stage, HEADSETS)
    asked = [await requested(stage, headsets, quantity=3, span=days(n, n)) for n in range(1, 9)]
    assert {each.state for each in await asyncio.gather(*(confirm(stage, each) for each in asked))} == {"confirmed"}
