"""Race approvals, payments and changes of requests against each other: the last dollar is promised once, a line is paid once (issue 3; R5, R6)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import Refusal
from ledger.services import allocation_decisions as decisions
from ledger.services import allocation_payments as payments
from ledger.services import allocations
from ledger.services.pool import Pool, running
from ledger.services.verification import verify
from ledger.storage.database import open_database
from tests.conftest import Clock
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocation_payments import paying
from tests.services.test_allocations import OFFICERS
from tests.services.test_journal import balances

ROUNDS, THERE, ASKED = 1_000, 1_000_00, 600_00
ENCUMBERED = ("GEN", "joint", "Budget:Encumbrances", "CAD")
# As many requests as wanted that stand where one does that went the whole way: asked for, and approved by one of two unions.
COPIES = """
    WITH copies AS (SELECT 'A-' || (5000 + n) AS copy FROM generate_series(1, $2::int) AS n),
    made AS (
        INSERT INTO allocations (number, union_code, requested_by, state, state_since, revision, material_revision, campaign, fund_id, submitted_on,
            started_at, saved_at)
        SELECT copy, union_code, requested_by, state, state_since, revision, material_revision, campaign, fund_id, submitted_on, started_at, saved_at
        FROM allocations, copies WHERE number = $1),
    revised AS (
        INSERT INTO allocation_revisions SELECT copy, revision, campaign, fund_id, kind, electoral, purpose, needed_by, recorded_by, recorded_at
        FROM allocation_revisions, copies WHERE allocation = $1),
    lined AS (
        INSERT INTO allocation_lines SELECT copy, revision, ordinal, what, payee, currency, amount_minor, budget_line
        FROM allocation_lines, copies WHERE allocation = $1)
    INSERT INTO allocation_decisions SELECT copy, ordinal, revision, person_id, union_code, capacity, decision, reason, decided_at
    FROM allocation_decisions, copies WHERE allocation = $1"""
AVAILABLE = """
    SELECT held_minor - committed_minor FROM fund_balances b JOIN funds f ON f.id = b.fund_id
    WHERE f.code = 'GEN' AND b.book = 'joint' AND b.currency = 'CAD'"""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


@pytest_asyncio.fixture(loop_scope="session")
async def other(pool: Pool, server: tuple[str, str], clock: Clock) -> AsyncIterator[Pool]:
    """The same books through connections of their own, as a second web process has."""
    handle = await open_database(server[0], schema=pool.database.schema, app_role="pool_app", connections=10)
    async with running(handle, clock) as opened:
        yield opened
    await handle.close()


async def outcome(work: Any) -> str:
    """The state of the request, or the code of the refusal."""
    try:
        return str((await work).state)
    except Refusal as refusal:
        return refusal.code


async def copies(stage: Stage, count: int) -> list[str]:
    """The numbers of requests for CAD 600 that wait for their last approval, Unifor's."""
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", ASKED, "CAD", "")))
    await stage.approve(request, OFFICERS[0])
    async with stage.pool.database.writing() as connection:
        await connection.execute(COPIES, request.number, count)
    return [f"A-{5000 + n}" for n in range(1, count + 1)]


async def test_the_last_dollar_is_promised_once_in_a_thousand_races(stage: Stage, other: Pool) -> None:
    """The fund has CAD 1,000; two requests of CAD 600 get their last approval at once, every second time from two processes: one is committed."""
    await stage.fund("GEN", CAD=THERE)
    numbers, officer, pool = await copies(stage, 2 * ROUNDS), stage.who[OFFICERS[1]], stage.pool
    won = Counter[int]()
    for n in range(ROUNDS):
        pair = [(pool, numbers[2 * n]), ((pool, other)[n % 2], numbers[2 * n + 1])]
        if n % 4 > 1:
            pair.reverse()
        told = await asyncio.gather(*(outcome(decisions.approve(p, officer, stage.key(), number, 1)) for p, number in pair))
        assert sorted(told) == ["committed", "insufficient_available"], (n, told)
        won[told.index("committed")] += 1
        async with pool.database.reading() as connection:
            assert await connection.fetchval(AVAILABLE) == THERE - ASKED, n
        await stage.fund("GEN", CAD=ASKED)
    found = await balances(pool)
    assert found[ENCUMBERED] == ROUNDS * ASKED
    assert (await verify(pool, stage.who["ue treasurer"])).faults == []


async def test_a_line_is_not_paid_twice_by_two_treasuries_at_once(stage: Stage, other: Pool) -> None:
    """CAD 1,000 is left; nine invoices of CAD 300 are paid at once by two people in two processes: three are."""
    await stage.fund("GEN", CAD=50_000_00)
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 1_000_00, "CAD", "Imprimerie du Quai")))
    await stage.payee("Imprimerie du Quai")
    await stage.approve(request, *OFFICERS)
    bank, payers = await stage.bank("unifor"), [(stage.pool, "unifor treasurer"), (other, "unifor deputy")]

    async def paid(n: int) -> str:
        pool, who = payers[n % 2]
        what = paying(stage, 1, bank, 300_00, f"INV-{n}", despite_duplicate=True)
        return await outcome(payments.pay(pool, stage.who[who], stage.key(), request.number, what))

    told = Counter(await asyncio.gather(*(paid(n) for n in range(9))))
    assert told == {"paid": 3, "commitment_exceeded": 6}
    found = await balances(stage.pool)
    assert found[ENCUMBERED] == 100_00
    assert found["GEN", "joint", "Expense:Organizing", "CAD"] == 900_00
    view = await allocations.show_request(stage.pool, stage.who["ue treasurer"], request.number)
    assert [(line.paid_minor, line.left_minor) for line in view.commitments] == [(900_00, 100_00)]


async def test_an_approval_never_lands_on_a_revision_that_was_not_read(stage: Stage, other: Pool) -> None:
    """The last approval and a change of the amount at once: what is set aside is what was read, or nothing is."""
    await stage.fund("GEN", CAD=500_000_00)
    campaign, lead, officer = await stage.campaign(), stage.who["unifor lead"], stage.who[OFFICERS[1]]
    seen = Counter[tuple[str, ...]]()
    for n in range(40):
        request = await stage.request(asked(campaign, ("Leaflets", ASKED, "CAD", "")))
        await stage.approve(request, OFFICERS[0])
        work = [
            decisions.approve((stage.pool, other)[n % 2], officer, stage.key(), request.number, request.revision),
            allocations.submit(stage.pool, lead, stage.key(), request.number, asked(campaign, ("Leaflets", ASKED + 1, "CAD", ""))),
        ]
        if n % 4 > 1:
            told = (await asyncio.gather(*(outcome(each) for each in work[::-1])))[::-1]
        else:
            told = await asyncio.gather(*(outcome(each) for each in work))
        seen[tuple(told)] += 1
        view = await allocations.show_request(stage.pool, officer, request.number)
        assert [line.committed_minor for line in view.commitments] == ([ASKED] if told[0] == "committed" else [])
        assert view.allocation.revision == (1 if told[0] == "committed" else 2)
    assert set(seen) == {("committed", "request_state"), ("request_changed", "submitted")}
