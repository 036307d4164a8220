"""What was paid too much and no later run takes off, through the real store: paid back, or written off by two people; then the strike can be closed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import (
    AmountNotPositive,
    ChoiceInvalid,
    DateInvalid,
    MoreThanLeft,
    NotAllowed,
    NotFound,
    OtherUnion,
    PaymentState,
    SamePerson,
    StrikeUnsettled,
)
from ledger.domain.strike_runs import Run
from ledger.services import home, notices, strike_run_views, strikes
from ledger.services import strike_payments as payments
from ledger.services import strike_recoveries as recoveries
from ledger.services import strike_runs as runs
from ledger.services.pool import Pool
from tests.services.requests_stage import Stage
from tests.services.runs_stage import computed, enrol, paid, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage
from tests.services.test_journal import balances
from tests.services.test_strike_runs import refused

DAY = FIRST_DAY + timedelta(days=8)
RECOVERABLE = ("STRIKE", "joint", "Assets:Strike-benefits-recoverable", "CAD")
EXPENSE = ("STRIKE", "joint", "Expense:Strike-benefits", "CAD")
BANK = ("STRIKE", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=10_000_00)
    return stage


@pytest_asyncio.fixture(loop_scope="session")
async def run(stage: Stage) -> Run:
    """One member was paid 300.00 for a week, and 100.00 of it was too much."""
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, {}, {})
    for member in (1, 2):
        await picket(stage, strike, member, *weekdays(FIRST_DAY))
    made = await paid(stage, strike, FIRST_DAY + timedelta(days=7))
    return await payments.record_overpayment(stage.pool, stage.who["unifor benefits"], stage.key(), made.number, 1, 100_00, DAY, "Two days too many")


async def paid_back(stage: Stage, run: Run, amount_minor: int, who: str = "benefits", **more: Any) -> Run:
    said: dict[str, Any] = {"account": await stage.bank("unifor"), "repaid_on": DAY, "reference": "Deposit slip 88"} | more
    return await recoveries.repay_overpayment(stage.pool, stage.who[f"unifor {who}"], stage.key(), run.number, 1, amount_minor=amount_minor, **said)


async def proposed(stage: Stage, run: Run, amount_minor: int, who: str = "benefits", reason: str = "left", member: int = 1) -> int:
    """The number of a proposal to write it off."""
    actor = stage.who[f"unifor {who}"]
    await recoveries.propose_write_off(stage.pool, actor, stage.key(), run.number, member, amount_minor, reason, "Moved to another city")
    return (await recoveries.list_recoveries(stage.pool, actor, run.number))[-1].ordinal


async def written_off(stage: Stage, run: Run, ordinal: int, who: str = "officer") -> Run:
    return await recoveries.approve_write_off(stage.pool, stage.who[f"unifor {who}"], stage.key(), run.number, ordinal, DAY)


async def test_money_that_comes_back_is_at_the_bank_and_owed_no_more(pool: Pool, stage: Stage, run: Run) -> None:
    before = await balances(pool)
    assert before[RECOVERABLE] == 100_00
    await paid_back(stage, run, 40_00)
    after = await balances(pool)
    assert (after[RECOVERABLE], after[BANK] - before[BANK], after[EXPENSE]) == (60_00, 40_00, before[EXPENSE])
    line = await payments.show_line(pool, stage.who["unifor benefits"], run.number, 1)
    assert (line.owed_minor, line.recoveries[0].reference, line.recoveries[0].told.amount_minor) == (60_00, "Deposit slip 88", 40_00)
    await refused(paid_back(stage, run, 60_01), MoreThanLeft, left_minor=60_00)
    await paid_back(stage, run, 60_00)
    assert RECOVERABLE not in await balances(pool)
    event = (await strike_run_views.show_run(pool, stage.who["unifor benefits"], run.number)).events[-1]
    assert (event.what, event.amount_minor) == ("paid_back", 60_00)
    other = (await strike_run_views.show_run(pool, stage.who["ue treasurer"], run.number)).events[-1]
    assert (other.what, other.amount_minor, other.entry) == ("paid_back", 0, None), "one member's money is not told to the other union"


async def test_two_people_write_off_and_it_is_an_expense_again(pool: Pool, stage: Stage, run: Run) -> None:
    before, officer = await balances(pool), stage.who["unifor officer"]
    ordinal = await proposed(stage, run, 100_00)
    assert await balances(pool) == before, "what is proposed is not posted"
    assert ("approve_write_off", run.number) in [(each.kind, each.subject) for each in await home.waiting(pool, officer)]
    assert "write_off_to_approve" in [each.kind for each in (await notices.list_notices(pool, officer)).items]
    _, told = await recoveries.show_write_off(pool, officer, run.number, ordinal)
    assert (told.reason, told.proposed_by) == ("left", "Benefits of unifor") and "another city" not in str(told)
    shown = await recoveries.preview_write_off(pool, officer, run.number, ordinal, DAY)
    assert sorted(posting.amount_minor for posting in shown.draft.postings) == [-100_00, 100_00]
    await written_off(stage, run, ordinal)
    after = await balances(pool)
    assert (after[EXPENSE] - before[EXPENSE], after.get(RECOVERABLE, 0), after[BANK]) == (100_00, 0, before[BANK])
    await refused(written_off(stage, run, ordinal, "secretary"), PaymentState, state="posted")
    assert "approve_write_off" not in [each.kind for each in await home.waiting(pool, stage.who["unifor secretary"])]


async def test_who_proposes_does_not_decide_and_the_other_union_does_neither(pool: Pool, stage: Stage, run: Run) -> None:
    ordinal, treasurer = await proposed(stage, run, 50_00, "treasurer"), stage.who["unifor treasurer"]
    await refused(written_off(stage, run, ordinal, "treasurer"), SamePerson, person=treasurer.name)
    await refused(recoveries.refuse_write_off(pool, treasurer, stage.key(), run.number, ordinal), SamePerson)
    for who, kind in (("ue officer", OtherUnion), ("unifor benefits", NotAllowed), ("unifor deputy", NotAllowed)):
        with pytest.raises(kind):
            await recoveries.approve_write_off(pool, stage.who[who], stage.key(), run.number, ordinal, DAY)
    for who, kind in (("ue treasurer", OtherUnion), ("unifor officer", NotAllowed)):
        with pytest.raises(kind):
            await recoveries.propose_write_off(pool, stage.who[who], stage.key(), run.number, 1, 1_00, "left")
    assert await recoveries.list_recoveries(pool, stage.who["ue treasurer"], run.number) == []
    await recoveries.refuse_write_off(pool, stage.who["unifor second"], stage.key(), run.number, ordinal)
    assert (await payments.show_line(pool, treasurer, run.number, 1)).owed_minor == 100_00
    assert (await balances(pool))[RECOVERABLE] == 100_00


async def test_what_is_refused(stage: Stage, run: Run) -> None:
    await refused(paid_back(stage, run, 0), AmountNotPositive, field="amount")
    await refused(paid_back(stage, run, 1_00, repaid_on=FIRST_DAY), DateInvalid, field="on")
    with pytest.raises(OtherUnion):
        await paid_back(stage, run, 1_00, account=await stage.bank("ue"))
    await refused(proposed(stage, run, 10_00, reason="because"), ChoiceInvalid, field="reason")
    await refused(proposed(stage, run, 10_00, member=2), MoreThanLeft, left_minor=0)
    await refused(written_off(stage, run, 7), NotFound, id=f"{run.number}/7")
    await proposed(stage, run, 70_00)
    await refused(proposed(stage, run, 30_01), MoreThanLeft, left_minor=30_00)


async def test_what_came_back_meanwhile_is_not_written_off_and_no_run_takes_it_off_twice(pool: Pool, stage: Stage, run: Run) -> None:
    strike = (await strike_run_views.show_run(pool, stage.who["unifor benefits"], run.number)).strike
    week = FIRST_DAY + timedelta(days=7)
    await picket(stage, strike, 1, *weekdays(week))
    second = await computed(stage, strike, 2)
    assert second.recovered_minor == 100_00
    ordinal = await proposed(stage, run, 80_00)
    second = await runs.submit_run(pool, stage.who["unifor benefits"], stage.key(), second.number, second.revision)
    await runs.approve_run(pool, stage.who["unifor officer"], stage.key(), second.number, second.revision, week)
    await refused(written_off(stage, run, ordinal), MoreThanLeft, left_minor=0)
    assert RECOVERABLE not in await balances(pool)


async def test_two_who_decide_at_once_post_one_entry(pool: Pool, stage: Stage, run: Run) -> None:
    ordinal = await proposed(stage, run, 100_00)
    both = [written_off(stage, run, ordinal, who) for who in ("officer", "secretary", "second")]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["PaymentState", "PaymentState", "Run"]
    assert RECOVERABLE not in await balances(pool)


@pytest.mark.parametrize("way", ["paid_back", "written_off"])
async def test_a_strike_is_closed_once_its_overpayment_is_settled(pool: Pool, stage: Stage, run: Run, way: str) -> None:
    benefits = stage.who["unifor benefits"]
    await payments.clear_payments(pool, benefits, stage.key(), run.number, DAY)
    await payments.reconcile_run(pool, benefits, stage.key(), run.number)
    await payments.close_run(pool, benefits, stage.key(), run.number)
    await strikes.end(pool, benefits, stage.key(), run.strike, DAY)
    await refused(strikes.close_strike(pool, benefits, stage.key(), run.strike, "Settled"), StrikeUnsettled, subjects=run.number)
    if way == "paid_back":
        await paid_back(stage, run, 100_00)
    else:
        await written_off(stage, run, await proposed(stage, run, 100_00))
    assert (await strikes.close_strike(pool, benefits, stage.key(), run.strike, "Settled")).state == "closed"


async def test_no_private_word_reaches_the_books_the_trail_or_an_answer(pool: Pool, stage: Stage, run: Run) -> None:
    await paid_back(stage, run, 10_00)
    await written_off(stage, run, await proposed(stage, run, 90_00))
    async with pool.database.reading() as connection:
        said = await connection.fetch(
            """SELECT canonical::bytea AS text FROM entries UNION ALL SELECT convert_to(details::text, 'UTF8') FROM audit
            UNION ALL SELECT convert_to(answer::text, 'UTF8') FROM requests WHERE answer IS NOT NULL
            UNION ALL SELECT convert_to(facts::text, 'UTF8') FROM notices"""
        )
    for word in (b"slip 88", b"another city", b"Member "):
        assert not any(word in row["text"] for row in said), word
