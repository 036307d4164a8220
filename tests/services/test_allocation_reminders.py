"""What the worker does by itself for requests: reminders of decisions, ends and payments, each once for its while, on the real store."""

from datetime import date, timedelta

import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services import notices
from ledger.services.pool import Pool
from ledger.services.reminders import remind
from tests.conftest import Clock
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocation_payments import at
from tests.services.test_allocations import OFFICERS


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def told(stage: Stage, who: str, kind: str) -> int:
    """How often somebody was reminded."""
    return [each.kind for each in (await notices.list_notices(stage.pool, stage.who[who])).items].count(kind)


async def test_who_must_decide_is_reminded_and_nobody_else(stage: Stage, clock: Clock) -> None:
    """UE's officer approved, so only Unifor's is asked; a second run tells nothing, a later while tells again."""
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 600_00, "CAD", ""), needed_by=date(2027, 3, 1)))
    await stage.approve(request, OFFICERS[0])
    assert await remind(stage.pool) == 0, "nothing waits long on its first day"
    for _ in range(3):
        at(clock, stage.pool.today() + timedelta(days=30))
        assert await remind(stage.pool) > 0
        assert await remind(stage.pool) == 0
    assert await told(stage, "unifor officer", "reminder_overdue") == 3
    for who in ("ue officer", "unifor lead", "unifor treasurer", "unifor board"):
        assert await told(stage, who, "reminder_overdue") == 0, who


async def test_an_end_is_told_of_two_weeks_and_three_days_before(stage: Stage, clock: Clock) -> None:
    await stage.fund("GEN", CAD=50_000_00)
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 600_00, "CAD", "")))
    request = await stage.approve(request, *OFFICERS)
    assert request.expires_on is not None
    counts = []
    for days in (15, 14, 13, 4, 3, 2, 0):
        at(clock, request.expires_on - timedelta(days=days))
        await remind(stage.pool)
        counts.append(await told(stage, "unifor lead", "reminder_expiring"))
    assert counts == [0, 1, 1, 1, 2, 2, 2]
    for who in ("ue treasurer", "unifor treasurer"):
        assert await told(stage, who, "reminder_expiring") == 2, who
    assert await told(stage, "unifor officer", "reminder_expiring") == 0


async def test_what_should_have_been_paid_is_told_weekly_to_who_holds_the_money(stage: Stage, clock: Clock) -> None:
    await stage.fund("GEN", CAD=50_000_00)
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 600_00, "CAD", "")))
    await stage.approve(request, *OFFICERS)
    counts = []
    for days in (0, 1, 6, 7, 8, 14):
        at(clock, date(2026, 12, 15) + timedelta(days=days))
        await remind(stage.pool)
        counts.append(await told(stage, "unifor treasurer", "reminder_payable"))
    assert counts == [0, 1, 1, 2, 2, 3]
    assert await told(stage, "ue treasurer", "reminder_payable") == 0
