"""Duty and roster lines that change after a week was paid, through the real store: who is told what, and how the differences are taken up."""

from datetime import timedelta

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import NotAllowed, NothingChanged, OtherUnion, RunState, StrikeUnsettled
from ledger.domain.strike_runs import Run
from ledger.domain.strikes import Strike
from ledger.services import duty, strike_run_views, strikes
from ledger.services import strike_changes as changes
from ledger.services import strike_payments as payments
from ledger.services import strike_runs as runs
from ledger.services.pool import Pool
from ledger.services.strike_changes import Changes
from tests.services.requests_stage import Stage
from tests.services.runs_stage import approved, computed, enrol, paid, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage
from tests.services.test_journal import balances
from tests.services.test_strike_runs import lines_of, refused

FRIDAY, NEXT = FIRST_DAY + timedelta(days=4), FIRST_DAY + timedelta(days=7)
EXPENSE = ("STRIKE", "joint", "Expense:Strike-benefits", "CAD")
RECOVERABLE = ("STRIKE", "joint", "Assets:Strike-benefits-recoverable", "CAD")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=10_000_00)
    return stage


@pytest_asyncio.fixture(loop_scope="session")
async def strike(stage: Stage) -> Strike:
    """Three members; the sheet of Friday did not have the first one on it."""
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, {}, {}, {})
    await picket(stage, strike, 1, *weekdays(FIRST_DAY)[:4])
    for member in (2, 3):
        await picket(stage, strike, member, *weekdays(FIRST_DAY))
    return strike


@pytest_asyncio.fixture(loop_scope="session")
async def run(stage: Stage, strike: Strike) -> Run:
    """Its first week, paid; then the sheet was put right: the first stood on Friday, and the second did not."""
    made, benefits = await paid(stage, strike, NEXT), stage.who["unifor benefits"]
    await duty.record(stage.pool, benefits, stage.key(), strike.number, FRIDAY, "M1", 240)
    await duty.undo(stage.pool, benefits, stage.key(), strike.number, FRIDAY, 2)
    return made


async def told(stage: Stage, who: str, run: Run) -> list[Changes]:
    return await changes.summaries(stage.pool, stage.who[who], run)


async def taken_up(stage: Stage, run: Run) -> Run:
    return await changes.take_up(stage.pool, stage.who["unifor benefits"], stage.key(), run.number)


async def test_what_changed_is_told_in_figures_with_names_to_who_reads_the_roster_alone(pool: Pool, stage: Stage, run: Run) -> None:
    for who in ("unifor benefits", "unifor officer"):
        assert await told(stage, who, run) == [Changes(run.number, 1, 2, 60_00, 60_00)]
    for who in ("ue treasurer", "unifor board", "unifor deputy"):
        assert await told(stage, who, run) == [Changes(run.number, 1, None, None, None)]
    found = await changes.list_changes(pool, stage.who["unifor benefits"], run.number)
    assert [(each.reference, each.difference_minor) for each in found.items] == [("M1", 60_00), ("M2", -60_00)]
    for who, kind in (("unifor officer", NotAllowed), ("ue benefits", OtherUnion)):
        with pytest.raises(kind):
            await changes.list_changes(pool, stage.who[who], run.number)
    for who, kind in (("unifor officer", NotAllowed), ("ue treasurer", OtherUnion)):
        with pytest.raises(kind):
            await changes.take_up(pool, stage.who[who], stage.key(), run.number)


async def test_the_next_run_pays_what_was_too_little_and_takes_off_what_was_too_much(pool: Pool, stage: Stage, strike: Strike, run: Run) -> None:
    before = await balances(pool)
    await taken_up(stage, run)
    assert await told(stage, "unifor benefits", run) == []
    await refused(taken_up(stage, run), NothingChanged, run=run.number)
    after = await balances(pool)
    assert (after[RECOVERABLE], after[EXPENSE] - before[EXPENSE]) == (60_00, -60_00), "what was too little is no expense before a run pays it"
    for member in (1, 2, 3):
        await picket(stage, strike, member, *weekdays(NEXT))
    second = await paid(stage, strike, NEXT + timedelta(days=7), week=2, first_cheque=2001)
    assert await lines_of(stage, second) == {1: (360_00, "eligible"), 2: (300_00, "eligible"), 3: (300_00, "eligible")}
    assert (second.gross_minor, second.recovered_minor) == (960_00, 60_00)
    ended = await balances(pool)
    # Two weeks of three members by the duty they did: five, four and five days of the first at 60.00, and three whole weeks.
    assert (ended[EXPENSE], RECOVERABLE in ended) == (14 * 60_00 + 900_00, False)
    assert await told(stage, "unifor benefits", second) == [] == await told(stage, "unifor benefits", run)
    third = await computed(stage, strike, 3)
    assert third.gross_minor == 0, "arrears are paid once"


async def test_a_run_that_is_cancelled_or_a_line_that_is_void_leaves_them_owed(pool: Pool, stage: Stage, strike: Strike, run: Run) -> None:
    await taken_up(stage, run)
    for member in (1, 2, 3):
        await picket(stage, strike, member, *weekdays(NEXT))
    second = await approved(stage, strike, NEXT, week=2)
    await runs.cancel_run(pool, stage.who["unifor officer"], stage.key(), second.number, "Wrong day")
    second = await paid(stage, strike, NEXT, week=2, first_cheque=2001)
    assert (second.gross_minor, second.recovered_minor) == (960_00, 60_00)
    await payments.void_payment(pool, stage.who["unifor benefits"], stage.key(), second.number, 1, NEXT, "Was back at work")
    third = await computed(stage, strike, 3)
    assert await lines_of(stage, third) == {1: (60_00, "insufficient_duty"), 2: (0, "insufficient_duty"), 3: (0, "insufficient_duty")}


async def test_of_two_runs_that_were_computed_one_pays_them(stage: Stage, strike: Strike, run: Run) -> None:
    await taken_up(stage, run)
    second, third = await computed(stage, strike, 2), await computed(stage, strike, 3)
    assert [each.gross_minor for each in (second, third)] == [60_00, 60_00]
    benefits, officer = stage.who["unifor benefits"], stage.who["unifor officer"]
    await runs.submit_run(stage.pool, benefits, stage.key(), second.number, 1)
    await runs.approve_run(stage.pool, officer, stage.key(), second.number, 1, NEXT)
    late = runs.submit_run(stage.pool, benefits, stage.key(), third.number, 1)
    with pytest.raises(Exception, match="run_changed"):
        await late


async def test_after_the_end_one_more_run_pays_what_is_owed_and_the_strike_can_be_closed(pool: Pool, stage: Stage, strike: Strike, run: Run) -> None:
    benefits = stage.who["unifor benefits"]
    await strikes.end(pool, benefits, stage.key(), strike.number, FRIDAY)
    assert [week.number for week in await strike_run_views.payable_weeks(pool, benefits, strike.number)] == [1]
    await taken_up(stage, run)
    await settled(stage, run)
    await refused(strikes.close_strike(pool, benefits, stage.key(), strike.number, "Settled"), StrikeUnsettled, subjects=f"{run.number}, {run.number}")
    assert [week.number for week in await strike_run_views.payable_weeks(pool, benefits, strike.number)] == [1, 2]
    last = await paid(stage, strike, NEXT, week=2, first_cheque=2001)
    assert (last.gross_minor, last.eligible) == (60_00, 1)
    assert [week.number for week in await strike_run_views.payable_weeks(pool, benefits, strike.number)] == [1]


async def settled(stage: Stage, run: Run) -> None:
    benefits = stage.who["unifor benefits"]
    await payments.clear_payments(stage.pool, benefits, stage.key(), run.number, NEXT)
    await payments.reconcile_run(stage.pool, benefits, stage.key(), run.number)
    await payments.close_run(stage.pool, benefits, stage.key(), run.number)


async def test_a_line_that_is_void_was_decided_about_and_a_draft_has_nothing_to_compare(pool: Pool, stage: Stage, strike: Strike, run: Run) -> None:
    await payments.void_payment(pool, stage.who["unifor benefits"], stage.key(), run.number, 1, NEXT, "Was back at work")
    assert await told(stage, "unifor benefits", run) == [Changes(run.number, 1, 1, 0, 60_00)]
    draft = await runs.start_run(pool, stage.who["unifor benefits"], stage.key(), strike.number, 2)
    assert await told(stage, "unifor benefits", draft) == []
    await refused(taken_up(stage, draft), RunState, state="draft")
