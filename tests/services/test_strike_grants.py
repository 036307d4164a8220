"""Strike medical support, hardship grants and loans through the real store: three people, what is posted, and who is told for whom."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import (
    AmountNotPositive,
    ApproverNotPayer,
    ChoiceInvalid,
    GrantState,
    InsufficientBalance,
    MoreThanLeft,
    NotAllowed,
    NotFound,
    OtherUnion,
    Refusal,
    SamePerson,
    TextInvalid,
)
from ledger.domain.strike_grants import Grant, GrantKind, GrantTotal, ProposeGrant
from ledger.domain.strikes import Strike
from ledger.services import notices
from ledger.services import strike_grants as grants
from ledger.services.pool import Pool
from ledger.storage.private import rosters_of
from tests.services.requests_stage import Stage
from tests.services.runs_stage import enrol
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage
from tests.services.test_journal import balances
from tests.services.test_strike_runs import refused

CAD = "CAD"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=10_000_00)
    return stage


@pytest_asyncio.fixture(loop_scope="session")
async def strike(stage: Stage) -> Strike:
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, *[{}] * 6)
    return strike


async def proposed(stage: Stage, strike: Strike, kind: GrantKind = "hardship_grant", amount_minor: int = 400_00, member: int = 1, **more: Any) -> Grant:
    asked = ProposeGrant(strike=strike.number, member=member, kind=kind, amount_minor=amount_minor, **({"purpose": "Rent of November"} | more))
    return await grants.propose_grant(stage.pool, stage.who["unifor benefits"], stage.key(), asked)


async def taken(stage: Stage, grant: Grant, step: str) -> Grant:
    """Take a step as who usually takes it."""
    pool, key, number, who = stage.pool, stage.key(), grant.number, stage.who
    match step:
        case "approve":
            return await grants.approve_grant(pool, who["unifor officer"], key, number)
        case "refuse":
            return await grants.refuse_grant(pool, who["unifor officer"], key, number, "Not by the rules")
        case "cancel":
            return await grants.cancel_grant(pool, who["unifor benefits"], key, number, "Not needed any more")
        case "pay":
            return await grants.pay_grant(pool, who["unifor treasurer"], key, number, await stage.bank("unifor"), FIRST_DAY)
        case _:
            return await grants.repay_grant(pool, who["unifor treasurer"], key, number, await stage.bank("unifor"), FIRST_DAY, 100_00)


ACCOUNTS = {
    "medical": "Expense:Strike-medical", "hardship_grant": "Expense:Hardship-grants", "hardship_loan": "Assets:Hardship-loans",
}  # fmt: skip


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_each_kind_has_its_own_account_and_the_entry_names_the_number_alone(pool: Pool, stage: Stage, strike: Strike, kind: GrantKind) -> None:
    grant = await proposed(stage, strike, kind)
    for step in ("approve", "pay"):
        grant = await taken(stage, grant, step)
    found = await balances(pool)
    assert found["STRIKE", "joint", ACCOUNTS[kind], CAD] == 400_00
    assert found["STRIKE", "joint", "Assets:Bank:Unifor-trust-CAD", CAD] == 9_600_00
    async with pool.database.reading() as connection:
        said = await connection.fetch(
            """SELECT canonical::bytea AS text FROM entries UNION ALL SELECT convert_to(details::text, 'UTF8') FROM audit
            UNION ALL SELECT convert_to(answer::text, 'UTF8') FROM requests WHERE answer IS NOT NULL"""
        )
    assert not any(word in row["text"] for row in said for word in (b"Member 1", b"Rent of"))


# By state: the steps that lead to it, and those that may be taken from there.
TABLE = {
    "proposed": ((), {"approve", "refuse", "cancel"}), "approved": (("approve",), {"pay", "cancel"}), "refused": (("refuse",), set()),
    "cancelled": (("cancel",), set()), "paid": (("approve", "pay"), {"repay"}), "repaid": (("approve", "pay", *["repay"] * 4), set()),
}  # fmt: skip


@pytest.mark.parametrize("state", TABLE)
async def test_what_can_be_done_in_each_state(stage: Stage, strike: Strike, state: str) -> None:
    way, allowed = TABLE[state]
    for step in ("approve", "refuse", "cancel", "pay", "repay"):
        grant = await proposed(stage, strike, "hardship_loan")
        for earlier in way:
            grant = await taken(stage, grant, earlier)
        assert grant.state == state
        if step in allowed:
            assert (await taken(stage, grant, step)).number == grant.number
        else:
            await refused(taken(stage, grant, step), GrantState, grant=grant.number, state=state)


# By the steps taken: who is told of the last one, and of what. Who took it is not told of it.
APPROVERS, PAYERS = ("officer", "secretary", "treasurer", "second"), ("treasurer", "second")
TOLD: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {
    (): {"grant_to_approve": APPROVERS},
    ("approve",): {"grant_to_pay": PAYERS, "grant_approved": ("benefits",)},
    ("refuse",): {"grant_refused": ("benefits",)},
    ("cancel",): {"grant_cancelled": APPROVERS},
    ("approve", "cancel"): {"grant_cancelled": ("officer", *PAYERS)},
    ("approve", "pay"): {"grant_paid": ("benefits", "officer")},
    ("approve", "pay", "repay"): {"grant_repaid": ("benefits", "officer")},
}


@pytest.mark.parametrize("steps", TOLD)
async def test_who_is_told_of_each_step_and_nothing_of_whom_it_is_for(pool: Pool, stage: Stage, strike: Strike, steps: tuple[str, ...]) -> None:
    grant = await proposed(stage, strike, "hardship_loan")
    for step in steps:
        grant = await taken(stage, grant, step)
    told: dict[str, set[str]] = {}
    for who, actor in stage.who.items():
        for each in (await notices.list_notices(pool, actor)).items:
            assert "Member" not in f"{each.subject} {each.url} {each.facts}"
            told.setdefault(each.kind, set()).add(who)
    assert {kind: told.get(kind) for kind in TOLD[steps]} == {kind: {f"unifor {who}" for who in people} for kind, people in TOLD[steps].items()}
    earlier = {kind for n in range(len(steps) + 1) for kind in TOLD[steps[:n]]}
    assert {kind for kind in told if kind.startswith("grant_")} == earlier


async def test_who_took_part_is_not_asked_for_what_another_must_do(pool: Pool, stage: Stage, strike: Strike) -> None:
    asked = ProposeGrant(strike=strike.number, member=1, kind="medical", amount_minor=90_00, purpose="Insulin")
    grant = await grants.propose_grant(pool, stage.who["unifor treasurer"], stage.key(), asked)
    await grants.approve_grant(pool, stage.who["unifor second"], stage.key(), grant.number)
    seen = {who: [each.kind for each in (await notices.list_notices(pool, stage.who[f"unifor {who}"])).items] for who in ("treasurer", "second", "officer")}
    assert "grant_approved" in seen["treasurer"] and not {"grant_to_approve", "grant_to_pay"} & {*seen["treasurer"]}
    assert "grant_to_approve" in seen["second"] and "grant_to_pay" not in seen["second"] and "grant_to_approve" in seen["officer"]


async def test_a_loan_comes_back_in_parts_and_no_more_of_it_than_was_lent(pool: Pool, stage: Stage, strike: Strike) -> None:
    grant = await proposed(stage, strike, "hardship_loan")
    for step in ("approve", "pay", "repay"):
        grant = await taken(stage, grant, step)
    assert (grant.state, grant.left_minor) == ("paid", 300_00)
    bank, treasurer = await stage.bank("unifor"), stage.who["unifor treasurer"]
    more = grants.repay_grant(pool, treasurer, stage.key(), grant.number, bank, FIRST_DAY + timedelta(days=9), 300_01)
    await refused(more, MoreThanLeft, left_minor=300_00, currency=CAD)
    grant = await grants.repay_grant(pool, treasurer, stage.key(), grant.number, bank, FIRST_DAY + timedelta(days=9), 300_00)
    assert (grant.state, grant.left_minor) == ("repaid", 0)
    found = await balances(pool)
    assert ("STRIKE", "joint", "Assets:Hardship-loans", CAD) not in found
    assert found["STRIKE", "joint", "Assets:Bank:Unifor-trust-CAD", CAD] == 10_000_00
    view = await grants.show_grant(pool, stage.who["unifor benefits"], grant.number)
    assert [amount for _, amount, _ in view.repayments] == [100_00, 300_00]
    plain = await proposed(stage, strike, "hardship_grant")
    for step in ("approve", "pay"):
        plain = await taken(stage, plain, step)
    await refused(taken(stage, plain, "repay"), GrantState, state="paid")


async def test_three_different_people(pool: Pool, stage: Stage, strike: Strike) -> None:
    who, bank = stage.who, await stage.bank("unifor")
    asked = ProposeGrant(strike=strike.number, member=1, kind="medical", amount_minor=90_00, purpose="Insulin")
    grant = await grants.propose_grant(pool, who["unifor treasurer"], stage.key(), asked)
    await refused(grants.approve_grant(pool, who["unifor treasurer"], stage.key(), grant.number), SamePerson)
    await refused(grants.approve_grant(pool, who["unifor benefits"], stage.key(), grant.number), NotAllowed)
    grant = await grants.approve_grant(pool, who["unifor second"], stage.key(), grant.number)
    for person, role in (("unifor second", "approver"), ("unifor treasurer", "requester")):
        await refused(grants.pay_grant(pool, who[person], stage.key(), grant.number, bank, FIRST_DAY), ApproverNotPayer, role=role)
    await refused(grants.pay_grant(pool, who["unifor deputy"], stage.key(), grant.number, bank, FIRST_DAY), NotAllowed)


async def test_what_a_proposal_needs(stage: Stage, strike: Strike) -> None:
    await refused(proposed(stage, strike, amount_minor=0), AmountNotPositive)
    await refused(proposed(stage, strike, member=7), ChoiceInvalid, field="member")
    await refused(proposed(stage, strike, purpose=" "), TextInvalid, field="purpose")
    grant = await taken(stage, await proposed(stage, strike, amount_minor=10_000_01), "approve")
    await refused(taken(stage, grant, "pay"), InsufficientBalance, fund="STRIKE")
    asked = ProposeGrant(strike=strike.number, member=1, kind="medical", amount_minor=1, purpose="x")
    await refused(grants.propose_grant(stage.pool, stage.who["ue benefits"], stage.key(), asked), OtherUnion)


# Who is told of a grant: its file, its number and amount alone, nothing at all.
SIGHT: dict[str, type[Refusal] | bool] = {
    "unifor benefits": True, "unifor treasurer": True, "unifor officer": False, "unifor board": NotAllowed, "unifor captain": NotAllowed,
    "unifor trustee": NotAllowed, "unifor deputy": NotAllowed, "ue benefits": NotFound, "ue treasurer": NotFound, "ue officer": NotFound,
}  # fmt: skip


@pytest.mark.parametrize("part", SIGHT)
async def test_who_is_told_for_whom_a_grant_is(pool: Pool, stage: Stage, strike: Strike, part: str) -> None:
    grant, sight = await proposed(stage, strike), SIGHT[part]
    if isinstance(sight, bool):
        view = await grants.show_grant(pool, stage.who[part], grant.number)
        assert view.grant == grant
        assert (view.file is not None and view.file.name == "Member 1") == sight
        assert [each.number for each in (await grants.list_grants(pool, stage.who[part])).items] == [grant.number]
    else:
        await refused(grants.show_grant(pool, stage.who[part], grant.number), sight)


async def test_the_other_union_sees_totals_by_kind_once_five_members_got_some(pool: Pool, stage: Stage, strike: Strike) -> None:
    for member in range(1, 6):
        for step in ("approve", "pay"):
            await taken(stage, (await grants.list_grants(pool, stage.who["unifor officer"])).items[0] if step == "pay" else
                        await proposed(stage, strike, "medical", 10_00, member), step)  # fmt: skip
        small = member < 5
        seen = await grants.grant_totals(pool, stage.who["ue treasurer"], "unifor")
        assert seen == [GrantTotal("medical", CAD, *((None, None) if small else (5, 50_00)))]
    assert await grants.grant_totals(pool, stage.who["unifor board"], "unifor") == [GrantTotal("medical", CAD, 5, 50_00)]


async def test_the_wall_stands_in_the_database_too(pool: Pool, stage: Stage, strike: Strike) -> None:
    await proposed(stage, strike)
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM strike_grants") == 0
        async with rosters_of(connection, "ue"):
            assert await connection.fetchval("SELECT count(*) FROM strike_grants") == 0
        async with rosters_of(connection, "unifor"):
            assert await connection.fetchval("SELECT count(*) FROM strike_grants") == 1
