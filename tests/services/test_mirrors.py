"""Whatever two unions propose, accept, decline, withdraw and undo, in any order and on any day, their books say the same on every date."""

import random
from datetime import date, timedelta

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.loans import Loan
from ledger.domain.mirrors import Step
from ledger.domain.refusals import Refusal
from ledger.services import loans, settlements, steps
from ledger.services.loans import LoanStep
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.storage.mirrors import StepFilter
from tests.services import requests_stage
from tests.services.between_unions_stage import TREASURERS, agreed_loan, own_bank
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
FIRST, DAYS, ACTS = date(2026, 2, 1), 60, 60
# What a careless pair of treasurers is told, and nothing else: too much, too early, twice, or for the wrong side.
EXPECTED = {
    "more_than_left", "date_invalid", "loan_state", "step_state", "same_union", "other_union", "resolution_missing", "date_before_entry",
    "insufficient_balance", "choice_invalid", "record_needed",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def propose(stage: Stage, chance: random.Random, loan: Loan) -> None:
    """A step of the loan, or a settlement of interest, by either union on any day."""
    union, day = chance.choice(("ue", "unifor")), FIRST + timedelta(days=chance.randrange(DAYS))
    amount, account = chance.randrange(1, 20) * 1_000_00, await own_bank(stage.pool, union, "USD")
    who = stage.who[TREASURERS[union]]
    kind = chance.choice(("loan_drawdown", "loan_drawdown", "loan_repayment", "loan_interest", "settlement"))
    if kind == "settlement":
        debts = [each.record for each in await settlements.list_open(stage.pool, who)]
        asked = Settle(
            creditor="unifor", debtor="ue", currency="USD", amount_minor=amount, entry_date=day, description="Paid", account=account, fund="GEN",
            subject=chance.choice([*debts, ""]),
        )  # fmt: skip
        await settlements.propose_settlement(stage.pool, who, stage.key(), asked)
        return
    bank = None if kind == "loan_interest" else account
    asked_step = LoanStep(kind=kind, amount_minor=amount, entry_date=day, description="Step", account=bank)  # type: ignore[arg-type]
    await loans.propose_step(stage.pool, who, stage.key(), loan.number, asked_step)


async def decide(stage: Stage, chance: random.Random, step: Step) -> None:
    """Accept, decline or withdraw by either union, or undo what was accepted."""
    union, day = chance.choice(("ue", "unifor")), FIRST + timedelta(days=chance.randrange(DAYS))
    who, act = stage.who[TREASURERS[union]], chance.choice(("accept", "accept", "accept", "decline", "withdraw", "undo"))
    if act == "accept":
        account = await own_bank(stage.pool, union, "USD") if step.moves_money else None
        await steps.accept_step(stage.pool, who, stage.key(), step.number, "GEN" if step.chooses_fund else "", account)
    elif act == "undo":
        await steps.propose_undoing(stage.pool, who, stage.key(), step.number, day, "Undo it")
    else:
        await (steps.decline_step if act == "decline" else steps.withdraw_step)(stage.pool, who, stage.key(), step.number, "No")


@pytest.mark.parametrize("seed", range(6))
async def test_the_books_mirror_each_other_on_every_date(stage: Stage, seed: int) -> None:
    chance, loan, told = random.Random(seed), await agreed_loan(stage), set()
    for _ in range(ACTS):
        known = (await steps.list_steps(stage.pool, stage.who["ue board"], StepFilter())).items
        try:
            if not known or chance.random() < 0.4:
                await propose(stage, chance, loan)
            else:
                await decide(stage, chance, chance.choice(known))
        except Refusal as refusal:
            told.add(refusal.code)
    assert told <= EXPECTED, told - EXPECTED
    accepted = [each for each in (await steps.list_steps(stage.pool, stage.who["ue board"], StepFilter(), limit=200)).items if each.state == "accepted"]
    assert accepted, "nothing was ever accepted: the test tells nothing"
    for day in (FIRST + timedelta(days=n) for n in range(-1, DAYS + 1)):
        found = await steps.show_mirrors(stage.pool, stage.who["ue board"], day)
        assert [each for each in found if each.difference_minor] == []
        lent = sum(each.owed_minor for each in found if each.pair == 0)
        owed = sum(each.owed_minor for each in found if each.pair == 1)
        if day == FIRST + timedelta(days=DAYS):
            assert owed == sum(each.left_minor for each in await settlements.list_open(stage.pool, stage.who["ue board"])), "debts are their records'"
        assert lent == (await loans.show_loan(stage.pool, stage.who["ue board"], loan.number, day)).standing.outstanding_minor
