"""Race bookings against each other: the last van goes to exactly one, three headsets to exactly three (issue 5), in every one of a thousand rounds."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.bookings import Booking
from ledger.domain.refusals import ResourceFull, ResourceTaken
from ledger.domain.resources import Resource
from ledger.services import bookings
from ledger.services.pool import Pool, running
from ledger.storage import bookings as store
from ledger.storage.database import open_database
from tests.conftest import Clock
from tests.services.lending_stage import HEADSETS, VAN, offered, requested
from tests.services.requests_stage import Stage, set_stage

ROUNDS, TASKS = 1_000, 64
# As many requests as wanted that stand where one does.
COPIES = """
    INSERT INTO bookings (number, resource, ordinal, exclusive, lender, borrower, activity, purpose, place, fund_id, first_half, last_half, quantity,
        state, state_since, requested_by, requested_at, clearance, remark)
    SELECT 'BK-' || (5000 + n), resource, ordinal, exclusive, lender, borrower, activity, purpose, place, fund_id, first_half, last_half, quantity,
        state, state_since, requested_by, requested_at, clearance, remark
    FROM bookings, generate_series(1, $2::int) AS n WHERE number = $1"""
LET_GO = "UPDATE bookings SET state = 'requested', hold_until = NULL WHERE state IN ('held', 'confirmed') RETURNING number"


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


async def asked(stage: Stage, resource: Resource, count: int) -> list[str]:
    """The numbers of requests of the same days."""
    first: Booking = await requested(stage, resource)
    async with stage.pool.database.writing() as connection:
        await connection.execute(COPIES, first.number, count)
    return [f"BK-{5000 + n}" for n in range(1, count + 1)]


async def let_go(pool: Pool) -> list[str]:
    """Begin again: what was taken, none of it any more."""
    async with pool.database.writing() as connection:
        return [row["number"] for row in await connection.fetch(LET_GO)]


async def taken_unasked(pool: Pool, resource: Resource, number: str, state: str) -> bool:
    """Whether the database gave it, the rules not having been asked."""
    try:
        async with pool.database.pool.acquire() as connection:
            await store.take(connection, resource.number, number, state=state)
    except asyncpg.ExclusionViolationError:
        return False
    return True


async def taken_by_the_rules(pool: Pool, stage: Stage, resource: Resource, number: str, state: str) -> bool:
    """Whether the owner could hold or confirm it."""
    owner = stage.who[f"{resource.union} officer"]
    try:
        if state == "held":
            await bookings.hold_booking(pool, owner, stage.key(), number, pool.today())
        else:
            await bookings.confirm_booking(pool, owner, stage.key(), number)
    except (ResourceTaken, ResourceFull):
        return False
    return True


async def race(stage: Stage, other: Pool, resource: Resource, numbers: list[str], n: int) -> list[bool]:
    """All of them at once, from two processes, half of them held and half confirmed; every third time two
    through the rules, the others past them.
    """
    work = []
    for place, number in enumerate(numbers[n % len(numbers) :] + numbers[: n % len(numbers)]):
        pool, state = (stage.pool, other)[place % 2], ("held", "confirmed")[place // 2 % 2]
        by_the_rules = n % 3 == 0 and place in (n % TASKS, (n * 7 + 3) % TASKS)
        work.append(taken_by_the_rules(pool, stage, resource, number, state) if by_the_rules else taken_unasked(pool, resource, number, state))
    return await asyncio.gather(*work)


async def test_the_last_van_goes_to_exactly_one_of_64_in_a_thousand_races(stage: Stage, other: Pool) -> None:
    van = await offered(stage, VAN)
    numbers, won = await asked(stage, van, TASKS), Counter[str]()
    for n in range(ROUNDS):
        told = await race(stage, other, van, numbers, n)
        has = await let_go(stage.pool)
        assert (sum(told), len(has)) == (1, 1), n
        won[has[0]] += 1
    assert len(won) > 1, "the same one of them won every race"


async def test_three_headsets_go_to_exactly_three_of_64(stage: Stage, other: Pool) -> None:
    headsets = await offered(stage, HEADSETS)
    numbers = await asked(stage, headsets, TASKS)
    for n in range(ROUNDS // 20):
        told = await race(stage, other, headsets, numbers, n)
        assert (sum(told), len(await let_go(stage.pool))) == (3, 3), n


async def test_the_last_van_goes_to_one_when_all_64_ask_by_the_rules(stage: Stage, other: Pool) -> None:
    van = await offered(stage, VAN)
    numbers = await asked(stage, van, TASKS)
    for n in range(5):
        told = await asyncio.gather(
            *(taken_by_the_rules((stage.pool, other)[place % 2], stage, van, number, ("held", "confirmed")[n % 2]) for place, number in enumerate(numbers))
        )
        assert (sum(told), len(await let_go(stage.pool))) == (1, 1), n
