"""Lend, repay, charge interest and forgive between the two unions, through the real store: case W16, two consents, and books that mirror."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.loans import Instalment
from ledger.domain.money import minor_from_text
from ledger.domain.refusals import (
    LoanState,
    MakerNotChecker,
    MoreThanLeft,
    NotReversible,
    OtherUnion,
    ProposerGone,
    Refusal,
    ResolutionMissing,
    ResolutionRecorded,
    SameUnion,
    StepState,
)
from ledger.services import journal, loans, steps
from ledger.services.loans import LoanStep
from ledger.services.pool import Pool
from tests.cases import CASES, expected, figure_minor
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.between_unions_stage import agreed_loan, moved, own_bank, proposed
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def resolved(stage: Stage, loan: str, amount_minor: int, on: date, name: str = "NEB-2026-17") -> int:
    """The place of a resolution of Unifor's board to forgive an amount."""
    officer = stage.who["unifor officer"]
    body = "National Executive Board"
    return (await loans.record_loan_resolution(stage.pool, officer, stage.key(), loan, body, name, on, amount_minor)).ordinal


async def mirror_of(pool: Pool, actor: Actor, day: date) -> list[int]:
    return [each.difference_minor for each in await steps.show_mirrors(pool, actor, day)]


# --- W16 ----------------------------------------------------------------------------------------------------------------


async def test_w16_lent_repaid_twice_and_forgiven(stage: Stage) -> None:
    case = {each["id"]: each for each in CASES["W16"]["entries"]}

    def of(entry: str) -> tuple[int, date]:
        return abs(minor_from_text(case[entry]["lines"][0][4], "USD")), date.fromisoformat(case[entry]["date"])

    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", *of("W16-1"))
    for entry in ("W16-2", "W16-3"):
        await moved(stage, loan, "loan_repayment", *of(entry), by="ue")
    left = (await loans.show_loan(stage.pool, stage.who["ue board"], loan.number)).standing.outstanding_minor
    assert left == figure_minor("W16", "Balance after two repayments")
    amount, day = of("W16-4")
    place = await resolved(stage, loan.number, amount, day)
    await moved(stage, loan, "loan_forgiveness", amount, day, resolution=place, description=case["W16-4"]["memo"])
    assert {key: value for key, value in (await balances(stage.pool)).items() if key[1] != "joint"} == expected(CASES["W16"])
    for entry in case:
        _, day = of(entry)
        for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
            found = await mirror_of(stage.pool, stage.who["ue treasurer"], near)
            assert set(found) <= {figure_minor("W16", "Mirror at every date: receivable + payable")}
    view = await loans.show_loan(stage.pool, stage.who["ue board"], loan.number)
    assert view.loan.state == "settled"
    assert view.standing.forgiven_minor == amount
    assert [step.kind for step in view.steps] == ["loan_drawdown", "loan_repayment", "loan_repayment", "loan_forgiveness"]
    assert all(set(view.entries[step.number]) == {"ue", "unifor"} for step in view.steps)


# --- neither writes in the other's book -----------------------------------------------------------------------------------


async def test_nothing_is_in_the_books_before_the_other_union_agrees(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    step = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    assert await balances(stage.pool) == {}
    with pytest.raises(SameUnion):
        await steps.accept_step(stage.pool, stage.who["unifor treasurer"], stage.key(), step.number, account=await own_bank(stage.pool, "unifor", "USD"))
    with pytest.raises(OtherUnion):
        await steps.accept_step(stage.pool, stage.who["ue treasurer"], stage.key(), step.number, account=await own_bank(stage.pool, "unifor", "USD"))
    assert await balances(stage.pool) == {}
    await between.accepted(stage, step)
    for entry in (await steps.show_step(stage.pool, stage.who["ue board"], step.number)).entries.items():
        union, number = entry
        recorded = await journal.read_entry(stage.pool, stage.who["ue board"], number)
        assert recorded.entry.actor_union == union


async def test_a_declined_or_withdrawn_step_leaves_no_trace_in_the_books(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    ue, unifor = stage.who["ue treasurer"], stage.who["unifor treasurer"]
    declined = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    assert (await steps.decline_step(stage.pool, ue, stage.key(), declined.number, "Not agreed")).remark == "Not agreed"
    withdrawn = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    with pytest.raises(OtherUnion):
        await steps.withdraw_step(stage.pool, ue, stage.key(), withdrawn.number, "Ours")
    await steps.withdraw_step(stage.pool, unifor, stage.key(), withdrawn.number, "Wrong day")
    for number in (declined.number, withdrawn.number):
        with pytest.raises(StepState):
            await steps.accept_step(stage.pool, ue, stage.key(), number, account=await own_bank(stage.pool, "ue", "USD"))
    assert await balances(stage.pool) == {}


async def test_a_half_is_not_recorded_for_someone_who_may_no_longer_act(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    step = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    async with stage.pool.database.writing() as connection:
        await connection.execute(
            "UPDATE grants SET revoked_at = now(), revoked_by = 1 WHERE person_id = $1", stage.who["unifor treasurer"].person_id
        )
    with pytest.raises(ProposerGone) as gone:
        await between.accepted(stage, step)
    assert gone.value.params == {"step": step.number, "person": stage.who["unifor treasurer"].name}
    assert await balances(stage.pool) == {}


async def test_a_half_alone_cannot_be_reversed_and_both_can(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    step = await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    view = await steps.show_step(stage.pool, stage.who["ue treasurer"], step.number)
    with pytest.raises(NotReversible):
        await journal.reverse(stage.pool, stage.who["ue treasurer"], stage.key(), view.entries["ue"], date(2026, 3, 3), "Alone")
    undoing = await steps.propose_undoing(stage.pool, stage.who["ue treasurer"], stage.key(), step.number, date(2026, 3, 4), "Wrong loan")
    await steps.accept_step(stage.pool, stage.who["unifor treasurer"], stage.key(), undoing.number)
    assert await balances(stage.pool) == {}
    assert (await steps.show_step(stage.pool, stage.who["ue board"], step.number)).step.state == "reversed"
    assert (await loans.show_loan(stage.pool, stage.who["ue board"], loan.number, date(2026, 3, 3))).standing.outstanding_minor == 100_00
    assert (await loans.show_loan(stage.pool, stage.who["ue board"], loan.number)).standing.outstanding_minor == 0
    with pytest.raises(StepState):
        await steps.propose_undoing(stage.pool, stage.who["ue treasurer"], stage.key(), step.number, date(2026, 3, 5), "Again")


async def test_a_closed_day_of_either_book_refuses_both_halves(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    step = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    async with stage.pool.database.writing() as connection:
        await connection.execute(
            "INSERT INTO periods (book, starts_on, ends_on, state, version) VALUES ('unifor', '2026-03-01', '2026-03-31', 'closed', 1)"
        )
    with pytest.raises(Refusal) as closed:
        await between.accepted(stage, step)
    assert closed.value.code == "period_closed"
    assert await balances(stage.pool) == {}


# --- terms --------------------------------------------------------------------------------------------------------------


async def test_terms_are_agreed_by_the_other_union_before_anything_is_drawn(stage: Stage) -> None:
    ue, unifor = stage.who["ue treasurer"], stage.who["unifor treasurer"]
    loan = await loans.propose_loan(stage.pool, unifor, stage.key(), between.terms())
    with pytest.raises(LoanState):
        await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    with pytest.raises(SameUnion):
        await loans.agree_to_loan(stage.pool, unifor, stage.key(), loan.number)
    declined = await loans.decline_loan(stage.pool, ue, stage.key(), loan.number, "Too little")
    assert (declined.state, declined.remark, declined.decided_by_name) == ("declined", "Too little", ue.name)


@pytest.mark.parametrize(
    ("kind", "amount", "day", "by"),
    [("loan_drawdown", 5_000_001, date(2026, 3, 2), "unifor"), ("loan_repayment", 1, date(2026, 2, 2), "ue"),
     ("loan_repayment", 60_01, date(2026, 3, 10), "ue")],
)  # fmt: skip
async def test_no_more_is_drawn_than_agreed_nor_repaid_than_owed_on_any_day(stage: Stage, kind: Any, amount: int, day: date, by: str) -> None:
    """100.00 drawn on 5 March and 40.00 repaid on 20 March: a repayment of 60.01 dated between them would leave less than nothing later."""
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    await moved(stage, loan, "loan_repayment", 40_00, date(2026, 3, 20), by="ue")
    with pytest.raises(MoreThanLeft):
        await proposed(stage, loan, kind, amount, day, by=by)


async def test_two_that_waited_cannot_both_take_the_same_money(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    first, second = [await proposed(stage, loan, "loan_repayment", 80_00, date(2026, 3, day), by="ue") for day in (10, 11)]
    await between.accepted(stage, first)
    with pytest.raises(MoreThanLeft):
        await between.accepted(stage, second)


async def test_a_loan_is_forgiven_by_its_lender_as_far_as_its_board_resolved(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    day = date(2026, 4, 1)
    with pytest.raises(ResolutionMissing):
        await proposed(stage, loan, "loan_forgiveness", 50_00, day)
    place = await resolved(stage, loan.number, 50_00, day)
    with pytest.raises(OtherUnion):
        await proposed(stage, loan, "loan_forgiveness", 50_00, day, by="ue", resolution=place)
    with pytest.raises(ResolutionMissing):
        await proposed(stage, loan, "loan_forgiveness", 50_00, day - timedelta(days=1), resolution=place)
    await proposed(stage, loan, "loan_forgiveness", 50_00, day, resolution=place)
    with pytest.raises(ResolutionMissing):
        await proposed(stage, loan, "loan_forgiveness", 1, day, resolution=place)


async def test_the_list_says_of_each_loan_what_its_own_page_says(stage: Stage) -> None:
    """Sums by kind, with a repayment undone, one still proposed, and a loan that nothing was drawn of."""
    loan, idle = await agreed_loan(stage), await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    repaid = await moved(stage, loan, "loan_repayment", 30_00, date(2026, 3, 9), by="ue")
    await moved(stage, loan, "loan_repayment", 20_00, date(2026, 3, 10), by="ue")
    undoing = await steps.propose_undoing(stage.pool, stage.who["ue treasurer"], stage.key(), repaid.number, date(2026, 3, 12), "Twice")
    await steps.accept_step(stage.pool, stage.who["unifor treasurer"], stage.key(), undoing.number)
    await proposed(stage, loan, "loan_repayment", 10_00, date(2026, 3, 13), by="ue")
    board = stage.who["ue board"]
    listed = {each.number: standing for each, standing in (await loans.list_loans(stage.pool, board)).items}
    assert listed == {each.number: (await loans.show_loan(stage.pool, board, each.number)).standing for each in (loan, idle)}
    assert listed[loan.number].outstanding_minor == 80_00


async def test_a_resolution_is_recorded_once_however_it_is_written(stage: Stage) -> None:
    """Twice recorded it would allow to forgive twice its amount."""
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    await resolved(stage, loan.number, 50_00, date(2026, 4, 1))
    with pytest.raises(ResolutionRecorded):
        await resolved(stage, loan.number, 50_00, date(2026, 4, 1), " neb-2026-17 ")
    assert await resolved(stage, loan.number, 30_00, date(2026, 4, 2), "NEB-2026-18") == 2


async def test_who_recorded_the_resolution_neither_proposes_nor_accepts_what_rests_on_it(stage: Stage) -> None:
    """One person with both roles, of the lender to propose and of the borrower to accept."""
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    day, both = date(2026, 4, 1), frozenset({"officer", "treasurer"})
    place = await resolved(stage, loan.number, 50_00, day)
    treasurer, recorder = stage.who["unifor treasurer"], msgspec.structs.replace(stage.who["unifor officer"], roles=both)
    stage.who["unifor treasurer"] = recorder
    with pytest.raises(MakerNotChecker):
        await proposed(stage, loan, "loan_forgiveness", 50_00, day, resolution=place)
    stage.who["unifor treasurer"] = treasurer
    step = await proposed(stage, loan, "loan_forgiveness", 50_00, day, resolution=place)
    stage.who["ue treasurer"] = msgspec.structs.replace(recorder, union="ue")
    with pytest.raises(MakerNotChecker):
        await between.accepted(stage, step)


async def test_interest_is_simple_by_days_and_owed_beside_the_loan(stage: Stage) -> None:
    """USD 10,000 for 31 days and 6,000 for 30 at 5 %: (10,000 * 31 + 6,000 * 30) * 5 % / 365 = 67.12."""
    loan = await agreed_loan(stage, interest_percent=Decimal(5))
    await moved(stage, loan, "loan_drawdown", 1_000_000, date(2026, 3, 1))
    await moved(stage, loan, "loan_repayment", 400_000, date(2026, 4, 1), by="ue")
    working, amount = await loans.interest_due(stage.pool, stage.who["ue board"], loan.number, date(2026, 3, 1), date(2026, 4, 30))
    assert [(each.days, each.outstanding_minor) for each in working] == [(31, 1_000_000), (30, 600_000)]
    assert amount == 67_12
    await moved(stage, loan, "loan_interest", amount, date(2026, 4, 30))
    view = await loans.show_loan(stage.pool, stage.who["ue board"], loan.number)
    assert (view.standing.interest_minor, view.standing.outstanding_minor) == (67_12, 600_000)
    found = {(each.pair, each.owed_minor, each.owing_minor) for each in await steps.show_mirrors(stage.pool, stage.who["ue board"])}
    assert found == {(0, 600_000, -600_000), (1, 67_12, -67_12)}


async def test_what_is_due_and_not_repaid_is_overdue_from_the_day_after(stage: Stage) -> None:
    plan = (Instalment(date(2026, 4, 30), 30_00), Instalment(date(2026, 5, 31), 70_00))
    loan = await agreed_loan(stage, instalments=plan)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 5))
    await moved(stage, loan, "loan_repayment", 10_00, date(2026, 4, 2), by="ue")
    days = {date(2026, 4, 30): 0, date(2026, 5, 1): 20_00, date(2026, 6, 1): 90_00}
    found = {day: (await loans.show_loan(stage.pool, stage.who["ue board"], loan.number, day)).standing.overdue_minor for day in days}
    assert found == days


async def test_only_treasurers_of_the_two_unions_act(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    asked = LoanStep(kind="loan_drawdown", amount_minor=1, entry_date=date(2026, 3, 2), description="x", account=1)
    for part in ("ue officer", "ue board", "ue lead", "ue deputy"):
        with pytest.raises(Refusal) as refused:
            await loans.propose_step(stage.pool, stage.who[part], stage.key(), loan.number, asked)
        assert refused.value.code == "not_allowed"
