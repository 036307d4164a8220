"""Offer, change, rate and withdraw what a union lends, and find what is free of it, through the real store."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.half_days import Span
from ledger.domain.refusals import ChoiceInvalid, OtherUnion, Refusal, ResourceFull, ResourceState, ResourceTaken
from ledger.domain.resources import NewRate, Resource, ResourceFields, rate_on
from ledger.services import bookings, resources
from ledger.services.pool import Pool
from ledger.services.resources import Wanted
from ledger.storage.resources import ResourceFilter
from tests.services import requests_stage
from tests.services.lending_stage import DAYS, HEADSETS, ORGANIZER, VAN, booked, offered, requested
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


def fields(resource: Resource, **more: Any) -> ResourceFields:
    """What is said of a resource, with some of it said otherwise."""
    return ResourceFields(**{name: getattr(resource, name) for name in ResourceFields.__struct_fields__} | more)


async def free(stage: Stage, by: str = "ue lead", span: Span = DAYS, **wanted: Any) -> dict[str, tuple[list[int], bool]]:
    """By number: how many are free on each day, and whether that is enough."""
    found = (await resources.find_free(stage.pool, stage.who[by], Wanted(span=span, **wanted))).items
    return {each.resource.number: ([day.free for day in each.days], each.enough) for each in found}


# --- offering -------------------------------------------------------------------------------------------------------------


async def test_a_union_offers_its_own_and_both_see_it(stage: Stage) -> None:
    van = await offered(stage, VAN)
    assert (van.number, van.union, van.state, van.rates[0].rate, van.rates[0].distance_rate) == (
        "R-0001", "unifor", "offered", Decimal("85.00"), Decimal("0.72"))  # fmt: skip
    with pytest.raises(OtherUnion):
        await resources.offer_resource(stage.pool, stage.who["ue officer"], stage.key(), resources.OfferResource(**VAN))
    view = await resources.show_resource(stage.pool, stage.who["ue lead"], "r-0001")
    assert (view.may_manage, view.rate, [event.what for event in view.history]) == (False, van.rates[0], ["offered"])
    listed = await resources.list_resources(stage.pool, stage.who["ue board"], ResourceFilter(place="hámil"))
    assert [each.number for each in listed.items] == ["R-0001"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"kind": "airship"}, "choice_invalid"), ({"unit": "parsec"}, "choice_invalid"), ({"basis": "guess"}, "choice_invalid"),
     ({"capacity": 2}, "choice_invalid"), ({"exclusive": False, "capacity": 0}, "choice_invalid"), ({"currency": "EUR"}, "currency_unknown"),
     ({"name": " "}, "text_invalid"), ({"offered_to": date(2025, 12, 31)}, "date_invalid"), ({"hours_per_day": Decimal(25)}, "choice_invalid"),
     ({"contact": 99_999}, "choice_invalid"), ({"basis": "not_valued"}, "choice_invalid"), ({"distance_unit": ""}, "choice_invalid")],
)  # fmt: skip
async def test_what_makes_no_offer_is_refused(stage: Stage, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await offered(stage, VAN, **changed)
    assert refused.value.code == code
    listed = await resources.list_resources(stage.pool, stage.who["ue board"], ResourceFilter())
    assert listed.items == []


async def test_lists_go_on_after_a_number(stage: Stage) -> None:
    numbers = [(await offered(stage, VAN, name=f"Van {n}")).number for n in range(5)]
    first = await resources.list_resources(stage.pool, stage.who["ue board"], ResourceFilter(kind="vehicle"), limit=2)
    second = await resources.list_resources(stage.pool, stage.who["ue board"], ResourceFilter(kind="vehicle"), first.next, 9)
    assert [each.number for each in first.items + second.items] == numbers[::-1]
    assert second.next is None


# --- rates ----------------------------------------------------------------------------------------------------------------


async def test_a_rate_is_never_changed_and_a_newer_version_counts(stage: Stage) -> None:
    van, officer = await offered(stage, VAN), stage.who["unifor officer"]
    for day, rate in ((date(2026, 7, 1), "90.00"), (date(2026, 1, 5), "84.00"), (date(2026, 7, 1), "91.00")):
        van = await resources.add_rate(stage.pool, officer, stage.key(), van.number, NewRate(valid_from=day, rate=Decimal(rate), source="Rate card"))
    assert [(each.valid_from.month, each.version, str(each.rate.normalize())) for each in van.rates] == [
        (7, 2, "91"), (7, 1, "9E+1"), (1, 2, "84"), (1, 1, "85")]  # fmt: skip
    days = {date(2026, 1, 5): 84, date(2026, 6, 30): 84, date(2026, 7, 1): 91, date(2030, 1, 1): 91}
    assert {day: rate_on(van, day).rate for day in days} == days
    with pytest.raises(Refusal) as refused:
        rate_on(van, date(2026, 1, 4))
    assert refused.value.params == {"resource": van.number, "day": "2026-01-04"}


async def test_a_rate_is_of_something_valued_and_exact(stage: Stage) -> None:
    headsets, van = await offered(stage, HEADSETS), await offered(stage, VAN)
    for owner, resource, rate in (
        ("ue officer", headsets, {"rate": Decimal(1)}), ("unifor officer", van, {"rate": Decimal(-1)}), ("unifor officer", van, {"rate": Decimal("NaN")}),
        ("unifor officer", van, {"rate": Decimal("0.1234567")}), ("ue officer", van, {"rate": Decimal(1)}),
    ):  # fmt: skip
        new = NewRate(valid_from=date(2026, 8, 1), source="Rate card", **rate)
        with pytest.raises(Refusal):
            await resources.add_rate(stage.pool, stage.who[owner], stage.key(), resource.number, new)
    assert [len((await resources.show_resource(stage.pool, stage.who["ue board"], each.number)).resource.rates) for each in (headsets, van)] == [0, 1]


# --- changing -------------------------------------------------------------------------------------------------------------


async def test_what_bookings_rest_on_stays(stage: Stage) -> None:
    headsets, officer = await offered(stage, HEADSETS), stage.who["ue officer"]
    changed = await resources.change_resource(stage.pool, officer, stage.key(), headsets.number, fields(headsets, unit="day", capacity=4))
    assert (changed.unit, changed.capacity) == ("day", 4)
    booking = await booked(stage, changed, quantity=3)
    for more in ({"unit": "item"}, {"currency": "CAD"}, {"distance_unit": "mi"}, {"exclusive": True, "capacity": 1}):
        with pytest.raises(ResourceState) as state:
            await resources.change_resource(stage.pool, officer, stage.key(), changed.number, fields(changed, **more))
        assert state.value.params["reason"] == "booked"
    with pytest.raises(ResourceFull) as full:
        await resources.change_resource(stage.pool, officer, stage.key(), changed.number, fields(changed, capacity=2))
    assert full.value.params == {"resource": changed.number, "day": "2026-12-01", "left": 2, "wanted": 3, "reason": "capacity"}
    with pytest.raises(ResourceTaken) as taken:
        await resources.change_resource(stage.pool, officer, stage.key(), changed.number, fields(changed, offered_to=date(2026, 12, 2)))
    assert (taken.value.params["booking"], taken.value.params["last"]) == (booking.number, "2026-12-03")
    fits = fields(changed, capacity=3, name="Headsets", offered_to=date(2026, 12, 3))
    assert (await resources.change_resource(stage.pool, officer, stage.key(), changed.number, fits)).name == "Headsets"


async def test_a_withdrawn_resource_is_not_asked_for_and_keeps_its_bookings(stage: Stage) -> None:
    van, officer = await offered(stage, VAN), stage.who["unifor officer"]
    booking = await booked(stage, van)
    await resources.withdraw_resource(stage.pool, officer, stage.key(), van.number, "Sold")
    with pytest.raises(ResourceState):
        await requested(stage, van, span=Span(first_day=date(2026, 12, 8), last_day=date(2026, 12, 8)))
    assert await free(stage, kind="vehicle") == {}
    assert (await bookings.show_booking(stage.pool, officer, booking.number)).booking.state == "confirmed"
    await resources.reoffer_resource(stage.pool, officer, stage.key(), van.number, "Not sold after all")
    history = (await resources.show_resource(stage.pool, officer, van.number)).history
    assert [(event.what, event.remark) for event in history] == [("offered", ""), ("withdrawn", "Sold"), ("reoffered", "Not sold after all")]


# --- what is free -----------------------------------------------------------------------------------------------------------


async def test_what_is_free_on_each_day(stage: Stage) -> None:
    """Three headset sets: one is held for the afternoon of the first day until the second, two more are confirmed on the third."""
    headsets, owner = await offered(stage, HEADSETS), stage.who["ue officer"]
    held = await requested(stage, headsets, span=msgspec.structs.replace(DAYS, first_part="afternoon", last_day=date(2026, 12, 2)))
    await bookings.hold_booking(stage.pool, owner, stage.key(), held.number, date(2026, 11, 30))
    await booked(stage, headsets, quantity=2, span=msgspec.structs.replace(DAYS, first_day=date(2026, 12, 3)))
    await requested(stage, headsets, quantity=1)
    assert await free(stage) == {headsets.number: ([2, 2, 1], True)}
    assert await free(stage, quantity=2) == {headsets.number: ([2, 2, 1], False)}
    morning = Span(first_day=date(2026, 12, 1), last_day=date(2026, 12, 1), last_part="morning")
    assert await free(stage, span=morning) == {headsets.number: ([3], True)}


async def test_a_search_is_narrowed_and_begins_with_what_is_free_throughout(stage: Stage) -> None:
    taken, van = await offered(stage, VAN), await offered(stage, VAN, name="Van, second", place="Saint-Jérôme")
    await offered(stage, ORGANIZER)
    short = await offered(stage, VAN, name="Van, until 2 December", offered_to=date(2026, 12, 2))
    await booked(stage, taken)
    found = (await resources.find_free(stage.pool, stage.who["ue lead"], Wanted(span=DAYS, kind="vehicle"))).items
    assert [each.resource.number for each in found] == [van.number, taken.number]
    assert set(await free(stage, place="saint jerome")) == {van.number}
    assert await free(stage, union="ue") == {}
    assert short.number in await free(stage, kind="vehicle", span=msgspec.structs.replace(DAYS, last_day=date(2026, 12, 2)))


@pytest.mark.parametrize(
    "wanted",
    [{"quantity": 0}, {"span": Span(first_day=date(2026, 12, 3), last_day=date(2026, 12, 1))},
     {"span": Span(first_day=date(2026, 12, 1), last_day=date(2026, 12, 1) + timedelta(days=184))},
     {"span": Span(first_day=date(2026, 12, 1), first_part="afternoon", last_day=date(2026, 12, 1), last_part="morning")}],
)  # fmt: skip
async def test_a_search_that_means_nothing_is_refused(stage: Stage, wanted: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        await free(stage, **wanted)
    assert refused.value.code in (ChoiceInvalid.code, "date_invalid")
