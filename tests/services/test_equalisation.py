"""Certified memberships, joint costs and equalisations through the real store: what each rests on, what is refused, and what follows a step."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.agreements import Agreement
from ledger.domain.equalisation import Equalisation
from ledger.domain.joint_costs import RecordCost
from ledger.domain.memberships import CertifyMembership
from ledger.domain.refusals import (
    AgreementIncomplete,
    AgreementNotInForce,
    AmountNotPositive,
    ChoiceInvalid,
    EqualisationExists,
    FutureDate,
    JointCostState,
    MembershipMissing,
    NothingToEqualise,
    OtherUnion,
    OwnFundNeeded,
    RatesIncomplete,
    Refusal,
    SameUnion,
)
from ledger.services import equalisation, joint_costs, steps
from ledger.storage.equalisation import CostFilter
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.between_unions_stage import EQUALISED, QUARTER, agreed_agreement, certified, daily_rates, equalised, joint_cost
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Any, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def ready(stage: Stage, **more: Any) -> Agreement:
    """W14's quarter: agreement, rates, members and costs."""
    await daily_rates(stage, Decimal("1.3750"), Decimal("1.3700"))
    for union, members in (("ue", 35_000), ("unifor", 315_000)):
        await certified(stage, union, members)
    await joint_cost(stage, "ue", 12_000_00, "USD")
    await joint_cost(stage, "unifor", 83_500_00, "CAD")
    return await agreed_agreement(stage, **more)


async def preview(stage: Stage, agreement: Agreement, starts_on: date = QUARTER[0], ends_on: date = QUARTER[1]) -> Any:
    return (await equalisation.preview_equalisation(stage.pool, stage.who["ue board"], agreement.number, starts_on, ends_on))[1]


async def decided(stage: Stage, made: Equalisation) -> Equalisation:
    return (await equalisation.show_equalisation(stage.pool, stage.who["ue board"], made.number)).equalisation


# --- memberships ----------------------------------------------------------------------------------------------------------


async def test_each_union_certifies_its_own_and_a_correction_keeps_what_was_said(stage: Stage) -> None:
    await certified(stage, "ue", 34_000)
    kept = await certified(stage, "ue", 35_000)
    assert (kept.union, kept.version, kept.members, kept.is_latest) == ("ue", 2, 35_000, True)
    found = await joint_costs.list_counts(stage.pool, stage.who["unifor lead"], "ue")
    assert [(each.version, each.members, each.is_latest) for each in found] == [(2, 35_000, True), (1, 34_000, False)]
    with pytest.raises(FutureDate):
        await certified(stage, "ue", 1, stage.pool.today() + timedelta(days=1))
    with pytest.raises(AmountNotPositive):
        await certified(stage, "ue", 0)
    for part in ("ue deputy", "ue board", "ue lead"):
        asked = CertifyMembership(as_of=QUARTER[0], members=1, source="x")
        with pytest.raises(Refusal) as refused:
            await joint_costs.certify_membership(stage.pool, stage.who[part], stage.key(), asked)
        assert refused.value.code == "not_allowed"


@pytest.mark.parametrize(
    ("certifications", "average", "is_before"),
    [([(date(2026, 4, 30), 30_000), (date(2026, 5, 31), 36_000), (date(2026, 6, 30), 39_000)], "35000.00", False),
     ([(date(2026, 6, 30), 34_000), (date(2026, 6, 30), 35_000)], "35000.00", False),
     ([(date(2025, 12, 31), 33_000), (date(2026, 3, 31), 35_000)], "35000.00", True),
     ([(date(2026, 3, 31), 33_000), (date(2026, 4, 1), 35_000), (date(2026, 7, 1), 90_000)], "35000.00", False),
     ([(date(2026, 4, 30), 35_000), (date(2026, 5, 31), 35_001), (date(2026, 6, 30), 35_001)], "35000.67", False)],
)  # fmt: skip
async def test_an_average_is_of_the_counts_in_the_period_or_the_last_before_it(
    stage: Stage, certifications: list[tuple[date, int]], average: str, is_before: bool
) -> None:
    for day, members in certifications:
        await certified(stage, "ue", members, day)
    await certified(stage, "unifor", 315_000)
    await joint_cost(stage, "unifor", 100_00, "CAD")
    mine = (await preview(stage, await agreed_agreement(stage))).memberships[0]
    assert (mine.union, str(mine.average), mine.is_before) == ("ue", average, is_before)


async def test_shares_come_from_the_exact_mean_not_the_rounded_one(stage: Stage) -> None:
    """1/3 : 1 of a million dollars is 250,000.00 : 750,000.00; with 0.33 : 1 it would be 248,120.30."""
    for day, members in ((date(2026, 4, 30), 1), (date(2026, 5, 31), 1), (date(2026, 6, 30), 2)):
        await certified(stage, "ue", members, day)
    await certified(stage, "unifor", 4)
    await joint_cost(stage, "ue", 1_000_000_00, "CAD")
    assert [each.share_minor for each in (await preview(stage, await agreed_agreement(stage))).shares] == [250_000_00, 750_000_00]


# --- joint costs ----------------------------------------------------------------------------------------------------------


async def test_the_other_union_agrees_or_disputes_and_its_own_withdraws(stage: Stage) -> None:
    cost = await joint_cost(stage, "ue", 100_00, "USD", agreed=False)
    ue, unifor = stage.who["ue treasurer"], stage.who["unifor treasurer"]
    assert (cost.number, cost.union, cost.state) == ("JC-0001", "ue", "claimed")
    with pytest.raises(SameUnion):
        await joint_costs.agree_to_cost(stage.pool, ue, stage.key(), cost.number)
    with pytest.raises(OtherUnion):
        await joint_costs.withdraw_cost(stage.pool, unifor, stage.key(), cost.number, "Not ours")
    disputed = await joint_costs.dispute_cost(stage.pool, unifor, stage.key(), cost.number, "Half of it was UE's own")
    assert (disputed.state, disputed.remark, disputed.decided_by_name) == ("disputed", "Half of it was UE's own", unifor.name)
    assert (await joint_costs.show_cost(stage.pool, ue, cost.number)).may == ["withdrawn"]
    assert (await joint_costs.show_cost(stage.pool, unifor, cost.number)).may == ["agreed"]
    await joint_costs.withdraw_cost(stage.pool, ue, stage.key(), cost.number, "Recorded anew with the half")
    with pytest.raises(JointCostState):
        await joint_costs.agree_to_cost(stage.pool, unifor, stage.key(), cost.number)


async def test_what_waits_stands_on_the_first_page_of_who_answers(stage: Stage) -> None:
    cost = await joint_cost(stage, "ue", 100_00, "USD", agreed=False)

    async def waits() -> dict[str, list[str]]:
        async with stage.pool.database.reading() as connection:
            parts = ("ue treasurer", "unifor treasurer", "unifor deputy", "ue deputy")
            found = {part: await joint_costs.waiting(connection, stage.who[part], stage.pool.today()) for part in parts}
        return {part: [each.kind for each in rows] for part, rows in found.items() if rows}

    assert await waits() == {"unifor treasurer": ["decide_joint_cost"]}
    await joint_costs.dispute_cost(stage.pool, stage.who["unifor treasurer"], stage.key(), cost.number, "Whose hall?")
    assert await waits() == {"ue treasurer": ["answer_joint_cost"], "ue deputy": ["answer_joint_cost"]}


async def test_only_agreed_costs_of_the_period_are_shared(stage: Stage) -> None:
    agreement = await ready(stage)
    await joint_cost(stage, "ue", 1_00, "CAD", date(2026, 3, 31))
    await joint_cost(stage, "ue", 2_00, "CAD", date(2026, 7, 1))
    await joint_cost(stage, "ue", 4_00, "CAD", agreed=False)
    inside = [await joint_cost(stage, "ue", 8_00, "CAD", day) for day in QUARTER]
    working = await preview(stage, agreement)
    assert working.pool_minor == 100_000_00 + 2 * 8_00
    assert {each.number for each in inside} < {each.number for each in working.costs}
    listed = await joint_costs.list_costs(stage.pool, stage.who["ue board"], CostFilter(union="ue", state="claimed"))
    assert [each.amount_minor for each in listed.items] == [4_00]


@pytest.mark.parametrize(
    ("currency", "amount", "code"), [("EUR", 1, "currency_unknown"), ("USD", 0, "amount_not_positive"), ("USD", -1, "amount_not_positive")]
)
async def test_a_cost_that_is_none_is_refused(stage: Stage, currency: str, amount: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await joint_costs.record_cost(
            stage.pool, stage.who["ue deputy"], stage.key(), RecordCost(paid_on=QUARTER[0], currency=currency, amount_minor=amount, what="x")
        )
    assert refused.value.code == code


# --- what is missing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacking", [("debt_currency",), ("rate_source",), ("rate_rule",), ("debt_currency", "rate_source", "rate_rule"), ("share_basis",)])
async def test_without_what_the_agreement_must_fix_nothing_is_computed(stage: Stage, lacking: tuple[str, ...]) -> None:
    agreement = await ready(stage, terms=msgspec.structs.replace(EQUALISED, **dict.fromkeys(lacking)))
    for act in (preview(stage, agreement), equalised(stage, agreement.number)):
        with pytest.raises(AgreementIncomplete) as refused:
            await act
        assert refused.value.params == {"agreement": agreement.number, "terms": list(lacking)}
    assert await balances(stage.pool) == {}


async def test_without_members_rates_or_costs_it_is_refused_and_says_which(stage: Stage) -> None:
    agreement = await agreed_agreement(stage)
    with pytest.raises(NothingToEqualise):
        await preview(stage, agreement)
    await joint_cost(stage, "ue", 100_00, "USD")
    with pytest.raises(RatesIncomplete) as rates:
        await preview(stage, agreement)
    assert rates.value.params == {"source": "Bank of Canada", "starts_on": "2026-04-01", "ends_on": "2026-06-30"}
    await daily_rates(stage, Decimal("1.3750"), Decimal("1.3700"))
    await certified(stage, "unifor", 315_000)
    with pytest.raises(MembershipMissing) as members:
        await preview(stage, agreement)
    assert members.value.params == {"unions": ["ue"], "date": "2026-06-30"}
    await certified(stage, "ue", 35_000)
    assert (await preview(stage, agreement)).balance_minor == 123_75, "of CAD 137.50 that UE paid, Unifor owes nine tenths"


async def test_rates_of_another_source_do_not_stand_in(stage: Stage) -> None:
    agreement = await ready(stage, terms=msgspec.structs.replace(EQUALISED, rate_source="fed"))
    with pytest.raises(RatesIncomplete) as refused:
        await preview(stage, agreement)
    assert refused.value.params["source"] == "Federal Reserve H.10"


async def test_a_period_is_over_and_under_an_agreement_on_sharing(stage: Stage) -> None:
    agreement = await ready(stage)
    with pytest.raises(FutureDate):
        await preview(stage, agreement, date(2026, 10, 1), date(2026, 12, 31))
    with pytest.raises(AgreementNotInForce):
        await preview(stage, agreement, date(2025, 10, 1), date(2025, 12, 31))
    with pytest.raises(ChoiceInvalid):
        await preview(stage, await agreed_agreement(stage, kind="loan"))


# --- a debt in another currency -----------------------------------------------------------------------------------------


async def test_a_debt_in_another_currency_than_the_computation(stage: Stage) -> None:
    agreement = await ready(stage, terms=msgspec.structs.replace(EQUALISED, debt_currency="USD"))
    working = await preview(stage, agreement)
    assert (working.difference_minor, working.balance_minor) == (6_500_00, 4_727_27)
    assert working.balance_rate.value == Decimal("1.3750")


# --- what follows ---------------------------------------------------------------------------------------------------------


async def test_it_waits_for_the_other_union_and_its_costs_are_taken(stage: Stage) -> None:
    agreement = await ready(stage)
    made = await equalised(stage, agreement.number)
    assert (made.state, made.balance_minor, await balances(stage.pool)) == ("proposed", 6_500_00, {})
    with pytest.raises(EqualisationExists):
        await equalised(stage, agreement.number, by="unifor")
    with pytest.raises(JointCostState):
        await joint_costs.dispute_cost(stage.pool, stage.who["unifor treasurer"], stage.key(), "JC-0001", "Changed our mind")
    step = (await steps.show_step(stage.pool, stage.who["ue board"], made.step or "")).step
    with pytest.raises(SameUnion):
        await steps.accept_step(stage.pool, stage.who["ue treasurer"], stage.key(), step.number)
    with pytest.raises(OwnFundNeeded) as unsaid:
        await steps.accept_step(stage.pool, stage.who["unifor treasurer"], stage.key(), step.number)
    assert unsaid.value.params == {"step": step.number, "union": "unifor"}
    with pytest.raises(OwnFundNeeded):
        await steps.preview_step(stage.pool, stage.who["unifor treasurer"], step.number)
    await between.accepted(stage, step)
    assert (await decided(stage, made)).state == "agreed"


@pytest.mark.parametrize(("act", "by", "state"), [("decline_step", "unifor treasurer", "declined"), ("withdraw_step", "ue treasurer", "withdrawn")])
async def test_declined_or_withdrawn_it_frees_its_costs(stage: Stage, act: str, by: str, state: str) -> None:
    agreement = await ready(stage)
    made = await equalised(stage, agreement.number)
    await getattr(steps, act)(stage.pool, stage.who[by], stage.key(), made.step, "The hall was not joint")
    after = await decided(stage, made)
    assert (after.state, after.remark, await balances(stage.pool)) == (state, "The hall was not joint", {})
    again = await equalised(stage, agreement.number, by="unifor")
    assert (again.number, again.balance_minor) == ("EQ-0002", 6_500_00)


async def test_undone_in_both_books_it_can_be_computed_anew(stage: Stage) -> None:
    agreement = await ready(stage)
    made = await equalised(stage, agreement.number)
    await between.accepted(stage, (await steps.show_step(stage.pool, stage.who["ue board"], made.step or "")).step)
    undoing = await steps.propose_undoing(stage.pool, stage.who["ue treasurer"], stage.key(), made.step or "", stage.pool.today(), "A cost was left out")
    await steps.accept_step(stage.pool, stage.who["unifor treasurer"], stage.key(), undoing.number)
    assert ((await decided(stage, made)).state, await balances(stage.pool)) == ("reversed", {})
    await joint_cost(stage, "unifor", 500_00, "CAD")
    assert (await equalised(stage, agreement.number)).pool_minor == 100_500_00


async def test_where_nothing_is_owed_it_is_agreed_without_a_step(stage: Stage) -> None:
    agreement = await agreed_agreement(stage, terms=msgspec.structs.replace(EQUALISED, share_basis="equal"))
    for union in ("ue", "unifor"):
        await joint_cost(stage, union, 100_00, "CAD")
    made = await equalised(stage, agreement.number)
    assert (made.state, made.balance_minor, made.creditor, made.step) == ("agreed", 0, None, None)


async def test_memberships_certified_since_are_named(stage: Stage) -> None:
    made = await equalised(stage, (await ready(stage)).number)
    await certified(stage, "ue", 40_000)
    view = await equalisation.show_equalisation(stage.pool, stage.who["ue board"], made.number)
    assert [(union, each.members) for union, each in view.certified_since] == [("ue", 40_000)]
    assert [each.members for each in view.equalisation.working.memberships[0].counts] == [35_000], "the working stays as it was"


async def test_a_settlement_needs_the_rule_and_its_rates(stage: Stage) -> None:
    made = await equalised(stage, (await ready(stage, terms=msgspec.structs.replace(EQUALISED, settlement_rule=None))).number)
    await between.accepted(stage, (await steps.show_step(stage.pool, stage.who["ue board"], made.step or "")).step)
    with pytest.raises(AgreementIncomplete) as refused:
        await equalisation.settlement_offer(stage.pool, stage.who["ue treasurer"], made.number, "USD", date(2026, 7, 15))
    assert refused.value.params["terms"] == ["settlement_rule"]


async def test_quarters_say_what_they_come_to_or_what_is_missing(stage: Stage) -> None:
    agreement = await ready(stage)
    await joint_cost(stage, "ue", 4_00, "CAD", agreed=False)
    found = await equalisation.quarters(stage.pool, stage.who["ue lead"])
    nothing = (None, "nothing_to_equalise", 0)
    said = {str(each.ends_on): (each.working and each.working.balance_minor, each.refusal and each.refusal.code, len(each.undecided)) for each in found}
    assert said == {"2026-09-30": nothing, "2026-06-30": (6_500_00, None, 1), "2026-03-31": nothing}
    made = await equalised(stage, agreement.number)
    found = await equalisation.quarters(stage.pool, stage.who["ue lead"], 2)
    assert [each.equalisation and each.equalisation.number for each in found] == [None, made.number]
