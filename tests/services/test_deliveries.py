"""Write down what was lent, agree, dispute, undo, value and charge it back, through the real store: case W09, and both sides' part in it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.deliveries import Delivery, Line, Sheet
from ledger.domain.half_days import Span
from ledger.domain.mirrors import Step
from ledger.domain.refusals import (
    DeliveryChanged,
    DeliveryExists,
    DeliveryState,
    NotFound,
    NotReversible,
    OriginNotAllowed,
    OtherUnion,
    Refusal,
    ResourceRateMissing,
    SamePerson,
)
from ledger.domain.resources import NewRate
from ledger.services import bookings, charge_backs, deliveries, journal, resources, settlements, steps
from ledger.services.charge_backs import ChargeBack
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.storage.deliveries import DeliveryFilter
from tests.cases import CASES, expected, figure, figure_minor
from tests.conftest import add_person
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.lending_stage import (
    HEADSETS,
    LENT_WEEK,
    ORGANIZER,
    VAN,
    WEEK,
    agreed,
    booked,
    charge_back,
    lent,
    offered,
    sharing,
    sheet,
    submitted,
)
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances

pytestmark = pytest.mark.asyncio(loop_scope="session")
SPENT, GIVEN = ("GEN", "joint", "Expense:In-kind:Organizer", "CAD"), ("GEN", "joint", "Income:In-kind:Unifor", "CAD")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def shown(stage: Stage, delivery: Delivery, by: str = "ue officer") -> deliveries.DeliveryView:
    return await deliveries.show_delivery(stage.pool, stage.who[by], delivery.number)


# --- W09 ------------------------------------------------------------------------------------------------------------------


async def test_w09_six_weeks_of_an_organizer_and_forty_percent_charged_back(stage: Stage) -> None:
    case = {each["id"]: each for each in CASES["W09"]["entries"]}
    end = date.fromisoformat(case["W09-1"]["date"])
    six_weeks = [day for n in range(41, -1, -1) if (day := end - timedelta(days=n)).weekday() < 5]
    agreement, organizer = await sharing(stage), await offered(stage, ORGANIZER)
    booking = await booked(stage, organizer, span=Span(first_day=six_weeks[0], last_day=end), campaign=await stage.campaign("ue"), agreement=agreement)
    delivery = await submitted(stage, booking, sheet("7.5", six_weeks))
    assert delivery.quantity == figure("W09", "Hours")
    assert await balances(stage.pool) == {}

    confirmed = await agreed(stage, delivery, "ue lead")
    assert confirmed.value_minor == figure_minor("W09", "Value at cost")
    entry = (await journal.read_entry(stage.pool, stage.who["ue board"], confirmed.entry or 0)).entry
    assert (entry.draft.kind, entry.draft.subject, entry.draft.entry_date) == ("in_kind", delivery.number, end)
    step = await charge_back(stage, agreement, confirmed, on=end, description=case["W09-2"]["memo"])
    assert step.amount_minor == figure_minor("W09", "40 %")
    assert await balances(stage.pool) == {SPENT: confirmed.value_minor, GIVEN: -confirmed.value_minor}
    await between.accepted(stage, step)

    found = await balances(stage.pool)
    assert found == expected(CASES["W09"])
    assert found[SPENT] == figure_minor("W09", "60 % stays in kind")
    mirrored = [each.difference_minor for each in await steps.show_mirrors(stage.pool, stage.who["ue board"], end)]
    assert mirrored == [figure_minor("W09", "Mirror: due-from + due-to")]
    view = await shown(stage, delivery)
    assert (view.delivery.recovered_minor, view.delivery.charge_back, view.delivery.quantity) == (step.amount_minor, step.number, Decimal(225))
    await settled_at_the_months_average(stage, step, agreement, end)


async def settled_at_the_months_average(stage: Stage, step: Step, agreement: str, day: date) -> None:
    """Paid in dollars of the United States; the debt is gone from both books."""
    await between.daily_rates(stage, Decimal("1.3750"), Decimal("1.3800"), day.replace(day=1), day)
    offer = await charge_backs.settlement_offer(stage.pool, stage.who["ue treasurer"], step.number, "USD", day)
    assert offer.paid.amount_minor == figure_minor("W09", "Settlement in USD at 1.3750")
    settlement = Settle(
        creditor="unifor", debtor="ue", currency="CAD", amount_minor=offer.amount_minor, entry_date=day, description="Lent staff, Q1", fund="GEN",
        account=await between.own_bank(stage.pool, "unifor", "USD"), paid=offer.paid, agreement=agreement, subject=step.number,
    )  # fmt: skip
    await between.accepted(stage, await settlements.propose_settlement(stage.pool, stage.who["unifor treasurer"], stage.key(), settlement))
    assert await steps.show_mirrors(stage.pool, stage.who["ue board"], day) == []
    left = await charge_backs.settlement_offer(stage.pool, stage.who["ue treasurer"], step.number, "USD", day)
    assert (left.amount_minor, left.paid.amount_minor) == (0, 0)


# --- hours are the fact, value is policy ----------------------------------------------------------------------------------


async def test_what_is_not_valued_keeps_its_quantity_and_posts_nothing(stage: Stage) -> None:
    headsets = await offered(stage, HEADSETS)
    delivery = await lent(stage, headsets, sheet("3"), quantity=3)
    assert (delivery.state, delivery.quantity, delivery.value_minor, delivery.entry) == ("confirmed", Decimal(15), 0, None)
    own = await booked(stage, await offered(stage, ORGANIZER), "unifor lead", span=LENT_WEEK)
    used = await submitted(stage, own, sheet("7.5"))
    with pytest.raises(SamePerson):
        await agreed(stage, used, "unifor officer")
    used = await agreed(stage, used, "unifor secretary")
    assert (used.state, used.basis, used.quantity, used.value_minor) == ("confirmed", "not_valued", Decimal("37.5"), 0)
    assert await balances(stage.pool) == {}


async def test_a_van_by_the_day_and_the_mile(stage: Stage) -> None:
    """Five days at CAD 85.00, and 100 mi at CAD 0.72 a kilometre: 425.00 + 115.87."""
    said = sheet("1", distance_unit="mi")
    said = msgspec.structs.replace(said, lines=(*said.lines[:4], msgspec.structs.replace(said.lines[4], distance=Decimal(100))))
    delivery = await lent(stage, await offered(stage, VAN), said)
    assert delivery.value_minor == 540_87
    assert await balances(stage.pool) == {("GEN", "joint", "Expense:In-kind:Vehicles", "CAD"): 540_87, GIVEN: -540_87}


async def test_a_newer_rate_counts_until_it_is_confirmed_and_never_after(stage: Stage) -> None:
    organizer, owner = await offered(stage, ORGANIZER), stage.who["unifor officer"]
    delivery = await submitted(stage, await booked(stage, organizer, span=LENT_WEEK), sheet("7.5"))
    assert (await shown(stage, delivery)).value_minor == 1_965_00
    await resources.add_rate(stage.pool, owner, stage.key(), organizer.number, NewRate(valid_from=WEEK[3], rate=Decimal("60"), source="Payroll"))
    view = await shown(stage, delivery)
    assert ([str(part.quantity) for part in view.parts], view.value_minor) == (["22.50", "15.00"], 1_179_00 + 900_00)
    await agreed(stage, delivery)
    await resources.add_rate(stage.pool, owner, stage.key(), organizer.number, NewRate(valid_from=WEEK[0], rate=Decimal("99"), source="Payroll"))
    after = await shown(stage, delivery)
    assert (after.parts, after.value_minor) == (view.parts, view.value_minor)


async def test_a_day_without_a_rate_is_not_confirmed(stage: Stage) -> None:
    rate = NewRate(valid_from=WEEK[1], rate=Decimal("52.40"), source="Payroll")
    organizer = await offered(stage, ORGANIZER, rate=rate)
    delivery = await submitted(stage, await booked(stage, organizer, span=LENT_WEEK), sheet("7.5"))
    with pytest.raises(ResourceRateMissing) as missing:
        await agreed(stage, delivery)
    assert missing.value.params == {"resource": organizer.number, "day": "2026-11-16"}
    assert (await shown(stage, delivery)).value_minor is None
    assert await balances(stage.pool) == {}


async def test_it_is_recorded_on_the_first_open_day_after(stage: Stage) -> None:
    async with stage.pool.database.writing() as connection:
        await connection.execute(
            "INSERT INTO periods (book, starts_on, ends_on, state, version) VALUES ('joint', '2026-11-01', '2026-11-21', 'soft_closed', 1)"
        )
    delivery = await lent(stage, await offered(stage, ORGANIZER), sheet("7.5"))
    entry = (await journal.read_entry(stage.pool, stage.who["ue board"], delivery.entry or 0)).entry
    assert entry.draft.entry_date == date(2026, 11, 22)


# --- both sides -----------------------------------------------------------------------------------------------------------


async def test_disputed_corrected_and_confirmed(stage: Stage) -> None:
    booking = await booked(stage, await offered(stage, ORGANIZER), "ue lead", span=LENT_WEEK)
    delivery = await submitted(stage, booking, sheet("8"))
    lead, owner = stage.who["ue lead"], stage.who["unifor officer"]
    disputed = await deliveries.dispute_delivery(stage.pool, lead, stage.key(), delivery.number, 1, Decimal("37.5"), "Fridays were half days")
    assert (disputed.state, disputed.claimed, disputed.dispute) == ("disputed", Decimal("37.5"), "Fridays were half days")
    with pytest.raises(DeliveryState):
        await agreed(stage, delivery)
    changed = await deliveries.change_delivery(stage.pool, owner, stage.key(), delivery.number, sheet("7.5"), submit=True)
    assert (changed.state, changed.revision, changed.claimed, changed.quantity) == ("submitted", 2, None, Decimal("37.5"))
    with pytest.raises(DeliveryChanged) as stale:
        await agreed(stage, delivery)
    assert stale.value.params == {"delivery": delivery.number, "revision": 2}
    await agreed(stage, changed, "ue lead")
    view = await shown(stage, delivery)
    assert [event.what for event in view.history] == ["recorded", "submitted", "disputed", "changed", "submitted", "confirmed"]
    assert view.may == ["undo"]


async def test_who_may_do_what(stage: Stage) -> None:
    booking = await booked(stage, await offered(stage, ORGANIZER), "ue lead", span=LENT_WEEK)
    delivery = await submitted(stage, booking, sheet("7.5"))
    may = {who: (await shown(stage, delivery, who)).may for who in stage.who if who != "unifor lead"}
    owner, borrower = ["change", "withdraw"], ["confirm", "dispute"]
    assert may == {
        "ue treasurer": borrower, "ue deputy": borrower, "ue board": [], "ue lead": borrower, "ue officer": borrower, "ue secretary": borrower,
        "unifor treasurer": owner, "unifor deputy": owner, "unifor board": [], "unifor officer": owner, "unifor secretary": owner,
    }  # fmt: skip
    with pytest.raises(OtherUnion):
        await agreed(stage, delivery, "unifor secretary")
    with pytest.raises(OtherUnion):
        await deliveries.withdraw_delivery(stage.pool, stage.who["ue officer"], stage.key(), delivery.number, "Ours")
    for number in (delivery.number, "DL-9999", "X-1"):
        with pytest.raises(NotFound):
            await deliveries.show_delivery(stage.pool, stage.who["unifor lead"], number)
    stranger = await add_person(stage.pool, "Lead elsewhere", "ue", "campaign_lead")
    assert (await deliveries.list_deliveries(stage.pool, stranger, DeliveryFilter())).items == []
    assert len((await deliveries.list_deliveries(stage.pool, stage.who["ue lead"], DeliveryFilter())).items) == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lines": ()}, "lines_invalid"),
    ({"lines": (Line(day=WEEK[0]),)}, "amount_not_positive"),
    ({"lines": (Line(day=WEEK[0], quantity=Decimal(25)),)}, "choice_invalid"),
    ({"lines": (Line(day=WEEK[0], quantity=Decimal("7.333")),)}, "amount_invalid"),
    ({"lines": (Line(day=WEEK[0], quantity=Decimal("-1")),)}, "choice_invalid"),
    ({"lines": (Line(day=date(2026, 11, 15), quantity=Decimal(1)),)}, "date_invalid"),
    ({"lines": (Line(day=date(2026, 11, 24), quantity=Decimal(1)),)}, "date_invalid"),
    ({"lines": (Line(day=WEEK[0], quantity=Decimal(1)), Line(day=WEEK[0], quantity=Decimal(1)))}, "date_invalid"),
    ({"lines": (Line(day=WEEK[0], quantity=Decimal(1), distance=Decimal(5)),), "distance_unit": "km"}, "choice_invalid"),
]


@pytest.mark.parametrize(("said", "code"), WRONG)
async def test_what_cannot_have_been_delivered_is_refused(stage: Stage, said: dict[str, Any], code: str) -> None:
    """The booking is until tomorrow; today is 23 November."""
    booking = await booked(stage, await offered(stage, ORGANIZER), span=Span(first_day=WEEK[0], last_day=date(2026, 11, 24)))
    with pytest.raises(Refusal) as refused:
        await submitted(stage, booking, Sheet(**said))
    assert refused.value.code == code


async def test_a_day_is_delivered_once(stage: Stage) -> None:
    booking = await booked(stage, await offered(stage, ORGANIZER), span=LENT_WEEK)
    first = await submitted(stage, booking, sheet("7.5", WEEK[:3]))
    with pytest.raises(DeliveryExists) as exists:
        await submitted(stage, booking, sheet("7.5", WEEK[2:]))
    assert exists.value.params == {"booking": booking.number, "day": "2026-11-18", "delivery": first.number}
    await submitted(stage, booking, sheet("7.5", WEEK[3:]))
    await deliveries.withdraw_delivery(stage.pool, stage.who["unifor officer"], stage.key(), first.number, "Wrong week")
    await submitted(stage, booking, sheet("7.5", WEEK[:3]))


async def test_nothing_is_called_off_or_moved_away_from_what_was_delivered(stage: Stage) -> None:
    booking, owner = await booked(stage, await offered(stage, ORGANIZER), span=LENT_WEEK), stage.who["unifor officer"]
    await submitted(stage, booking, sheet("7.5", WEEK[1:3]))
    with pytest.raises(Refusal) as refused:
        await bookings.cancel_booking(stage.pool, owner, stage.key(), booking.number, "No")
    assert refused.value.params["reason"] == "delivered"
    with pytest.raises(Refusal) as refused:
        await bookings.reschedule_booking(stage.pool, owner, stage.key(), booking.number, msgspec.structs.replace(LENT_WEEK, first_day=WEEK[2]))
    assert refused.value.params["reason"] == "delivered"
    fits = msgspec.structs.replace(LENT_WEEK, first_day=WEEK[1], last_day=date(2026, 12, 4))
    assert (await bookings.reschedule_booking(stage.pool, owner, stage.key(), booking.number, fits)).span == fits


async def test_nothing_is_delivered_of_what_is_not_lent(stage: Stage) -> None:
    booking = await booked(stage, await offered(stage, ORGANIZER), span=LENT_WEEK)
    await bookings.cancel_booking(stage.pool, stage.who["ue officer"], stage.key(), booking.number, "Not needed")
    with pytest.raises(Refusal) as refused:
        await submitted(stage, booking, sheet("7.5"))
    assert refused.value.code == "booking_state"


async def test_w17_r5_holds_for_what_was_delivered(stage: Stage) -> None:
    """The campaign became political action after the booking was confirmed: neither written down, nor confirmed where it was before."""
    campaign = await stage.campaign("ue")
    booking = await booked(stage, await offered(stage, ORGANIZER), span=LENT_WEEK, campaign=campaign, activity="")
    delivery = await submitted(stage, booking, sheet("7.5", WEEK[:2]))
    async with stage.pool.database.writing() as connection:
        await connection.execute("UPDATE campaigns SET initiative = 'political_action' WHERE number = $1", campaign)
    with pytest.raises(OriginNotAllowed):
        await submitted(stage, booking, sheet("7.5", WEEK[2:]))
    with pytest.raises(OriginNotAllowed):
        await agreed(stage, delivery)
    assert await balances(stage.pool) == {}


# --- undoing --------------------------------------------------------------------------------------------------------------


async def test_a_confirmation_is_taken_back_by_reversal_alone(stage: Stage) -> None:
    delivery = await lent(stage, await offered(stage, ORGANIZER), sheet("7.5"))
    with pytest.raises(NotReversible):
        await journal.reverse(stage.pool, stage.who["ue treasurer"], stage.key(), delivery.entry or 0, date(2026, 11, 23), "Alone")
    undone = await deliveries.undo_delivery(stage.pool, stage.who["ue officer"], stage.key(), delivery.number, "Half days")
    assert (undone.state, undone.value_minor, undone.entry) == ("submitted", 0, None)
    assert await balances(stage.pool) == {}
    again = await agreed(stage, undone, "ue treasurer")
    assert await balances(stage.pool) == {SPENT: again.value_minor, GIVEN: -again.value_minor}


# --- charging back --------------------------------------------------------------------------------------------------------


async def test_each_share_is_rounded_by_itself_and_nothing_is_charged_twice(stage: Stage) -> None:
    """Two deliveries of CAD 0.01 at 50 %: a cent each, by the agreement of each one's last day."""
    agreement = await sharing(stage, "50")
    organizer = await offered(stage, ORGANIZER, rate=NewRate(valid_from=date(2026, 1, 5), rate=Decimal("0.01"), source="Payroll"))
    two = [await lent(stage, organizer, sheet("1", [day]), span=Span(first_day=day, last_day=day), agreement=agreement) for day in WEEK[:2]]
    waiting = await charge_backs.list_chargeable(stage.pool, stage.who["unifor treasurer"])
    assert [each.number for each in waiting] == [two[1].number, two[0].number]
    step = await charge_back(stage, agreement, *two)
    assert step.amount_minor == 2
    assert await charge_backs.list_chargeable(stage.pool, stage.who["unifor treasurer"]) == []
    with pytest.raises(DeliveryState) as charged:
        await charge_back(stage, agreement, two[0])
    assert charged.value.params["step"] == step.number
    with pytest.raises(DeliveryState):
        await deliveries.undo_delivery(stage.pool, stage.who["ue officer"], stage.key(), two[0].number, "No")
    await between.accepted(stage, step)
    lines = (await charge_backs.show_charge_back(stage.pool, stage.who["ue board"], step.number)).lines
    assert [(line.delivery, line.value_minor, line.share_minor, line.entry is not None) for line in lines] == [
        (each.number, 1, 1, True) for each in two]  # fmt: skip
    assert set(await balances(stage.pool)) == {
        ("GEN", "ue", "Expense:Shared-staff", "CAD"), ("GEN", "ue", "Liabilities:Due-to:Unifor", "CAD"),
        ("GEN", "unifor", "Assets:Due-from:UE", "CAD"), ("GEN", "unifor", "Income:Staff-cost-recovery", "CAD"),
    }  # fmt: skip


async def test_a_charge_back_undone_in_both_books_leaves_what_was_given(stage: Stage) -> None:
    agreement = await sharing(stage)
    delivery = await lent(stage, await offered(stage, ORGANIZER), sheet("7.5"), agreement=agreement)
    before = await balances(stage.pool)
    declined = await charge_back(stage, agreement, delivery)
    await steps.decline_step(stage.pool, stage.who["ue treasurer"], stage.key(), declined.number, "Not agreed")
    step = await between.accepted(stage, await charge_back(stage, agreement, delivery))
    undoing = await steps.propose_undoing(stage.pool, stage.who["ue treasurer"], stage.key(), step.number, date(2026, 11, 23), "Wrong quarter")
    await steps.accept_step(stage.pool, stage.who["unifor treasurer"], stage.key(), undoing.number)
    assert await balances(stage.pool) == before
    kept = (await shown(stage, delivery)).delivery
    assert (kept.charge_back, kept.recovered_minor, kept.state) == (None, 0, "confirmed")
    await between.accepted(stage, await charge_back(stage, agreement, delivery))


async def test_other_resources_are_recovered_apart_from_staff(stage: Stage) -> None:
    agreement = await sharing(stage)
    van = await lent(stage, await offered(stage, VAN), sheet("1"), agreement=agreement)
    organizer = await lent(stage, await offered(stage, ORGANIZER), sheet("7.5"), agreement=agreement)
    with pytest.raises(Refusal) as mixed:
        await charge_back(stage, agreement, organizer, van)
    assert (mixed.value.code, mixed.value.params["value"]) == ("choice_invalid", organizer.number)
    await between.accepted(stage, await charge_back(stage, agreement, van))
    found = await balances(stage.pool)
    assert found["GEN", "unifor", "Income:Resource-cost-recovery", "CAD"] == -170_00
    assert found["GEN", "ue", "Expense:Shared-resources", "CAD"] == 170_00


async def test_only_what_an_agreement_covers_is_charged_back_by_the_owners_treasurer(stage: Stage) -> None:
    agreement, without = await sharing(stage), (await between.agreed_agreement(stage)).number
    organizer = await offered(stage, ORGANIZER)
    bare = await lent(stage, organizer, sheet("7.5", WEEK[:1]), span=Span(first_day=WEEK[0], last_day=WEEK[0]))
    covered = await lent(stage, organizer, sheet("7.5", WEEK[1:2]), span=Span(first_day=WEEK[1], last_day=WEEK[1]), agreement=agreement)
    other = await lent(stage, organizer, sheet("7.5", WEEK[2:3]), span=Span(first_day=WEEK[2], last_day=WEEK[2]), agreement=without)
    waits = await submitted(stage, await booked(stage, organizer, span=Span(first_day=WEEK[3], last_day=WEEK[3])), sheet("7.5", WEEK[3:4]))
    for of, number, code in (
        ((bare,), agreement, "choice_invalid"), ((covered, other), agreement, "choice_invalid"), ((other,), without, "agreement_incomplete"),
        ((waits,), agreement, "delivery_state"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            await charge_back(stage, number, *of)
        assert refused.value.code == code
    asked = ChargeBack(agreement=agreement, deliveries=(covered.number,), entry_date=WEEK[4], description="Ours", fund="GEN")
    for who, code in (("ue treasurer", "other_union"), ("unifor officer", "not_allowed")):
        with pytest.raises(Refusal) as refused:
            await charge_backs.propose_charge_back(stage.pool, stage.who[who], stage.key(), asked)
        assert refused.value.code == code
    shares = await charge_backs.preview_shares(stage.pool, stage.who["unifor treasurer"], asked)
    assert [(share.delivery.number, share.percent, share.share_minor) for share in shares] == [(covered.number, Decimal(40), 157_20)]
