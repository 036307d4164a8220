"""R8: nothing enters a closed period, whoever posts while it is shut; two signatures at once lock it once."""

import asyncio
from datetime import date

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.refusals import Refusal
from ledger.services import closes, journal
from ledger.services.pool import Pool
from tests.conftest import Clock
from tests.services.close_stage import JUNE, UE_BANK, Stage, set_stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
POSTERS = 16


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, clock, ue, unifor)


async def test_close_under_fire_nothing_enters_once_it_is_shut(stage: Stage) -> None:
    lines = (
        NamedPosting("joint/Expense:Organizing", "USD", "GEN", 1), NamedPosting(f"joint/{UE_BANK}", "USD", "GEN", -1),
    )  # fmt: skip
    entered: list[int] = []
    codes: set[str] = set()
    begun, shut = asyncio.Event(), asyncio.Event()

    async def fire(poster: int) -> None:
        for shot in range(200):
            try:
                asked = NamedEntry(date(2026, 6, 28), "Shot", lines)
                entered.append(await journal.post_number(stage.pool, stage.ue, f"shot-{poster:02d}-{shot:04d}", asked))
                if len(entered) >= POSTERS * 3:
                    begun.set()
            except Refusal as refusal:
                codes.add(refusal.code)
                return
        await shut.wait()

    async def close() -> int:
        await begun.wait()
        await closes.shut(stage.pool, stage.unifor, "close-under-fire", JUNE)
        shut.set()
        return max(entered)

    *_, last = await asyncio.gather(*(fire(poster) for poster in range(POSTERS)), close())
    assert codes <= {"period_soft_closed"}
    report = await stage.fix()
    facts = await closes.show_close(stage.pool, stage.ue, JUNE)
    assert facts.later == [] and report.head_number >= last
    async with stage.pool.database.reading() as connection:
        (number,) = await connection.fetchrow("SELECT max(number) FROM entries WHERE entry_date = '2026-06-28'")
    assert number == max(entered), "what was refused is not there, and what was taken is"


async def test_two_signatures_at_once_lock_it_once(stage: Stage) -> None:
    await stage.fix()
    states = sorted(each.state for each in await asyncio.gather(stage.sign(stage.ue), stage.sign(stage.unifor)))
    assert states == ["fixed", "locked"]
    shown = await closes.show_close(stage.pool, stage.ue, JUNE)
    assert (shown.close.state, sorted(each.union for each in shown.signatures)) == ("locked", ["ue", "unifor"])


async def test_a_signature_and_a_reversal_at_once_come_one_after_the_other(stage: Stage) -> None:
    await stage.fix()
    outcomes = await asyncio.gather(
        stage.sign(stage.ue), journal.reverse(stage.pool, stage.ue, stage.key(), 4, date(2026, 6, 30), "Twice"), return_exceptions=True
    )
    shown = await closes.show_close(stage.pool, stage.ue, JUNE)
    signed = {each.union for each in shown.signatures}
    refusals = [each.code for each in outcomes if isinstance(each, Refusal)]
    assert (signed, refusals) in (({"ue"}, []), (set(), ["close_superseded"]))
    assert shown.later, "either way the page says that the report is superseded"


async def test_two_reports_at_once_keep_one_of_each_version(stage: Stage) -> None:
    outcomes = await asyncio.gather(stage.fix(by=stage.ue), stage.fix(by=stage.unifor), return_exceptions=True)
    versions = [each.version for each in (await closes.show_close(stage.pool, stage.ue, JUNE)).versions]
    assert versions in ([1], [2, 1])
    assert len(versions) == sum(not isinstance(each, BaseException) for each in outcomes)
