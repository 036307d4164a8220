"""R8: nothing enters a closed period, whoever posts while it is shut; nothing that a report rests on leaves it; two signatures at once lock it once."""

import asyncio
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.refusals import Refusal
from ledger.services import bank_match_views, bank_matching, bank_reconciliation, closes, journal
from ledger.services.pool import Pool
from ledger.storage import bank_matches as match_store
from tests.conftest import Clock
from tests.services import requests_stage
from tests.services.bank_stage import imported, line, statement
from tests.services.close_stage import JUNE, UE_BANK, Stage, set_books, set_stage
from tests.services.test_journal import refused

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


async def test_what_is_taken_back_before_anybody_began_to_close_is_not_in_the_report(
    pool: Pool, clock: Clock, ue: Actor, unifor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank is proved and undone again in a transaction that stays open: the close has no row to hold yet, and waits all the same."""
    close, people, day, accounts = await set_books(pool, clock, ue, unifor), await requests_stage.set_stage(pool, ue, unifor), date(2026, 6, 30), {}
    for union, currency, sums in (("unifor", "CAD", (50_000_00, -31_420_00)), ("ue", "USD", (20_000_00, -4_317_25))):
        who, account = people.who[f"{union} treasurer"], await people.bank(union)
        lines = [line(number, date(2026, 6, 8 + 2 * number), minor) for number, minor in enumerate(sums, start=1)]
        await imported(people, statement(0, lines, (date(2026, 6, 1), day), currency=currency), by=f"{union} treasurer", name=f"{union}.csv")
        await bank_matching.accept(pool, who, people.key(), account, [each.mark for each in await bank_match_views.propose(pool, who, account)])
        await bank_reconciliation.reconcile(pool, people.who[f"{union} deputy"], people.key(), account, day)
        accounts[union] = account
    undone, go, undo = asyncio.Event(), asyncio.Event(), match_store.undo_reconciliation

    async def slow(*asked: Any) -> None:
        await undo(*asked)
        undone.set()
        await go.wait()

    monkeypatch.setattr(match_store, "undo_reconciliation", slow)
    taking = asyncio.create_task(
        bank_reconciliation.undo_reconciliation(pool, people.who["unifor deputy"], people.key(), accounts["unifor"], day, "The bank called")
    )
    await undone.wait()
    fixing = asyncio.create_task(close.fix())
    while not fixing.done() and not await _somebody_waits(pool):
        pass
    go.set()
    await taking
    refusal = await refused(fixing, "close_not_ready")
    assert refusal.params["steps"] == ["matched"], "it is fixed without the proof by nobody"
    assert (await closes.show_close(pool, ue, JUNE)).report is None


async def _somebody_waits(pool: Pool) -> bool:
    async with pool.database.reading() as connection:
        return bool(await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND classid = 604061"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ))  # fmt: skip


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
