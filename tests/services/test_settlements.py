"""Settle what is owed record by record, through the real store: what is open, the oldest first, in parts, and never more than is left."""

from collections.abc import Awaitable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.mirrors import Step
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, MoreThanLeft, RecordNeeded, Refusal, StepState
from ledger.services import charge_backs, equalisation, equalisation_settlement, journal, settlements, steps
from ledger.services.equalisation_settlement import SettleEqualisation
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from tests.services import between_unions_stage as between
from tests.services import lending_stage as lending
from tests.services import requests_stage
from tests.services.between_unions_stage import QUARTER, own_bank
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances, named

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARCH, LATER = date(2026, 3, 2), date(2026, 11, 20)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def refused(work: Awaitable[Any], code: type[Refusal], **facts: Any) -> None:
    with pytest.raises(code) as refusal:
        await work
    assert {name: refusal.value.params[name] for name in facts} == facts


async def paid(stage: Stage, subject: str, amount_minor: int, currency: str, on: date = LATER, by: str = "ue", **more: Any) -> Step:
    """A settlement of what UE owes Unifor, as one of the two proposes it."""
    said: dict[str, Any] = {"creditor": "unifor", "debtor": "ue", "description": "Paid", "fund": "GEN"} | more
    asked = Settle(
        subject=subject, amount_minor=amount_minor, currency=currency, entry_date=on, account=await own_bank(stage.pool, by, currency), **said
    )
    return await settlements.propose_settlement(stage.pool, stage.who[f"{by} treasurer"], stage.key(), asked)


async def interest(stage: Stage, amount_minor: int = 115_07) -> Step:
    """Interest on a loan in both books, which UE owes Unifor."""
    loan = await between.agreed_loan(stage, interest_percent=Decimal(3))
    await between.moved(stage, loan, "loan_drawdown", 50_000_00, date(2026, 2, 2))
    return await between.moved(stage, loan, "loan_interest", amount_minor, MARCH)


async def charged(stage: Stage) -> Step:
    """A week of Unifor's organizer, 40 % of it charged back to UE: 37.5 hours at 52.40, CAD 786.00."""
    agreement, organizer = await lending.sharing(stage), await lending.offered(stage, lending.ORGANIZER)
    delivery = await lending.lent(stage, organizer, lending.sheet("7.5"), agreement=agreement)
    return await between.accepted(stage, await lending.charge_back(stage, agreement, delivery))


async def still_open(stage: Stage) -> list[tuple[str, int]]:
    return [(each.record, each.left_minor) for each in await settlements.list_open(stage.pool, stage.who["ue board"])]


# --- what is open ---------------------------------------------------------------------------------------------------------


async def test_records_are_open_oldest_first_until_they_are_paid_whole(stage: Stage) -> None:
    charge, owed = await charged(stage), await interest(stage)
    assert await still_open(stage) == [(owed.number, 115_07), (charge.number, 786_00)]
    part = await paid(stage, charge.number, 500_00, "CAD")
    assert (part.subject, part.agreement) == (charge.number, charge.agreement)
    assert await still_open(stage) == [(owed.number, 115_07), (charge.number, 786_00)], "nothing is paid before the other union accepts"
    await between.accepted(stage, part)
    await between.accepted(stage, await paid(stage, owed.number, 115_07, "USD", by="unifor"))
    assert await still_open(stage) == [(charge.number, 286_00)]
    await refused(paid(stage, charge.number, 286_01, "CAD"), MoreThanLeft)
    rest = await between.accepted(stage, await paid(stage, charge.number, 286_00, "CAD"))
    assert (await still_open(stage), await steps.show_mirrors(stage.pool, stage.who["ue board"])) == ([], [lent_only(50_000_00)])
    view = await charge_backs.show_charge_back(stage.pool, stage.who["ue board"], charge.number)
    assert (view.left_minor, view.settled_by) == (0, [part.number, rest.number])
    shown = await steps.show_step(stage.pool, stage.who["ue board"], charge.number)
    assert shown.debt is not None and shown.debt.left_minor == 0 and [each.number for each in shown.settled_by] == [part.number, rest.number]


def lent_only(minor: int) -> Any:
    return steps.mirrors.Mirror(0, "unifor", "ue", "USD", minor, -minor)


async def test_of_two_that_waited_for_the_same_rest_one_is_accepted(stage: Stage) -> None:
    charge = await charged(stage)
    await interest(stage)
    first, second = [await paid(stage, charge.number, 400_00, "CAD") for _ in range(2)]
    await between.accepted(stage, first)
    await refused(between.accepted(stage, second), MoreThanLeft, subject="ue–unifor", left_minor=386_00)


async def test_more_than_is_left_of_the_record_is_refused_though_more_is_owed_in_all(stage: Stage) -> None:
    first, second = await interest(stage), await interest(stage, 80_00)
    await refused(paid(stage, second.number, 80_01, "USD"), MoreThanLeft, subject=second.number, left_minor=80_00, currency="USD")
    await between.accepted(stage, await paid(stage, first.number, 115_07, "USD"))
    await refused(paid(stage, first.number, 1, "USD"), MoreThanLeft, subject=first.number, left_minor=0)


async def test_a_settlement_names_what_it_pays(stage: Stage) -> None:
    owed = await interest(stage)
    await refused(paid(stage, "", 115_07, "USD"), RecordNeeded, record=owed.number)
    for none in ("M-0999", "M-0001", "L-0001", "EQ-0001", "' OR 1"):
        await refused(paid(stage, none, 1_00, "USD"), ChoiceInvalid, field="subject")
    charge = await charged(stage)
    await refused(paid(stage, charge.number, 1_00, "USD"), ChoiceInvalid, field="subject")
    # What is owed on that day is another record's.
    await refused(paid(stage, (await interest(stage)).number, 1_00, "USD", on=date(2026, 3, 1)), MoreThanLeft)
    later = await between.moved(stage, await between.agreed_loan(stage, interest_percent=Decimal(3)), "loan_interest", 5_00, date(2026, 4, 1))
    await refused(paid(stage, later.number, 1_00, "USD", on=MARCH), DateInvalid, field="entry_date")


async def test_what_no_record_stands_for_is_settled_without_one(stage: Stage) -> None:
    """A balance brought forward into both books, and interest beside it."""
    accounts = {"ue": ("ue/Liabilities:Due-to:Unifor", -40_00), "unifor": ("unifor/Assets:Due-from:UE", 40_00)}
    for union, (account, minor) in accounts.items():
        entry = named((account, "USD", "GEN", minor), (f"{union}/Equity:Net-assets", "USD", "GEN", -minor), on=date(2026, 1, 5), kind="opening")
        await journal.post_entry(stage.pool, stage.who[f"{union} treasurer"], stage.key(), entry)
    owed = await interest(stage)
    assert await still_open(stage) == [(owed.number, 115_07), ("", 40_00)]
    await refused(paid(stage, "", 40_01, "USD"), RecordNeeded)
    await between.accepted(stage, await paid(stage, "", 40_00, "USD"))
    assert await still_open(stage) == [(owed.number, 115_07)]


@pytest.mark.parametrize("make", [interest, charged])
async def test_what_was_settled_is_undone_only_after_its_settlement(stage: Stage, make: Any) -> None:
    debt = await make(stage)
    settled = await between.accepted(stage, await paid(stage, debt.number, debt.amount_minor, debt.currency))
    treasurer = stage.who["unifor treasurer"]
    await refused(steps.propose_undoing(stage.pool, treasurer, stage.key(), debt.number, LATER, "Wrong week"), StepState, state="settled")
    for number in (settled.number, debt.number):
        await between.accepted(stage, await steps.propose_undoing(stage.pool, treasurer, stage.key(), number, LATER, "Wrong week"))
    assert await still_open(stage) == []


# --- said again -----------------------------------------------------------------------------------------------------------


async def test_an_equalisations_settlement_said_again_is_answered_as_the_first_time(stage: Stage) -> None:
    await between.daily_rates(stage, Decimal("1.3750"), Decimal("1.3700"))
    for union, members in (("ue", 35_000), ("unifor", 315_000)):
        await between.certified(stage, union, members)
    await between.joint_cost(stage, "ue", 12_000_00, "USD")
    await between.joint_cost(stage, "unifor", 83_500_00, "CAD")
    made = await between.equalised(stage, (await between.agreed_agreement(stage)).number)
    await between.accepted(stage, (await steps.show_step(stage.pool, stage.who["ue board"], made.step or "")).step)
    assert await still_open(stage) == [(made.number, 6_500_00)]
    asked = SettleEqualisation(
        currency="USD", entry_date=date(2026, 7, 15), account=await own_bank(stage.pool, "ue", "USD"), fund="GEN", description="Settlement Q2"
    )
    key, treasurer = stage.key(), stage.who["ue treasurer"]
    first = await equalisation_settlement.settle_equalisation(stage.pool, treasurer, key, made.number, asked)
    await between.accepted(stage, first)
    before = await balances(stage.pool)
    again = await equalisation_settlement.settle_equalisation(stage.pool, treasurer, key, made.number, asked)
    assert (again, await balances(stage.pool)) == (first, before)
    assert (await equalisation.show_equalisation(stage.pool, treasurer, made.number)).left_minor == 0
    assert await still_open(stage) == [] and made.ends_on == QUARTER[1]
