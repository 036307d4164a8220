"""Take names out of rosters on their day: for good, with everything written about members, while every count and figure stays."""

from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.refusals import ChoiceInvalid, DateInvalid, NotAllowed, NotFound, OtherUnion, StrikeState
from ledger.jobs import WORKER
from ledger.services import duty, progress, roster_files, roster_retention, rosters, strikes
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from ledger.storage.private import rosters_of
from ledger.storage.rosters import RosterFilter
from tests.conftest import Clock
from tests.services.rosters_stage import HEADING, RosterStage, rosters_stage, strike
from tests.services.test_rosters import LINES, change, trail


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool) -> RosterStage:
    """A strike that is closed, with a roster, duty, a change by hand and a file kept aside."""
    made = await rosters_stage(pool)
    officer = made.people["unifor benefits_officer"]
    await made.bring("unifor", *LINES)
    await change(made, 1, name="Ana Kowalska", reason="Ana married", pay_reference="P-7001")
    await duty.record(pool, officer, made.key(), "S-0002", date(2026, 11, 16), "1001", 240)
    await roster_files.upload(pool, officer, made.key(), "S-0002", SheetFile("roster.csv", f"{HEADING}\n{LINES[0]}".encode()))
    await strikes.end(pool, officer, made.key(), "S-0002", date(2026, 11, 20))
    return made


async def close(stage: RosterStage) -> None:
    await strikes.close_strike(stage.pool, stage.people["unifor benefits_officer"], stage.key(), "S-0002", "Settled")


async def private_text(pool: Pool) -> str:
    """Every private row of the union as text."""
    async with pool.database.reading() as connection, rosters_of(connection, "unifor"):
        tables = (
            "strike_members", "strike_member_changes", "strike_roster_files", "strike_duty", "strike_grants", "strike_overpayments",
            "strike_recoveries",
        )  # fmt: skip
        return " ".join([str(await connection.fetch(f"SELECT * FROM {table}")) for table in tables])


async def test_nothing_that_names_a_member_is_left_and_every_figure_is(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    before = await rosters.count_roster(stage.pool, officer, "S-0002")
    await change(stage, 2, standing="arrears", gross_weekly_minor=123_457, hourly_rate_minor=3_087)
    await close(stage)
    assert await roster_retention.pseudonymise(stage.pool, officer, stage.key(), "S-0002", " s-0002 ") == 3
    left = await private_text(stage.pool)
    for gone in ("Ana", "Kowalsk", "Nguyễn", "nguyen", "Haddad", "1001", "P-7001", "married", "roster.csv", "123457", "3087"):
        assert gone not in left, gone
    assert {"gross_weekly_minor", "hourly_rate_minor"} <= set((await rosters.show_member(stage.pool, officer, "S-0002", 2)).changes[0].fields)
    found = await rosters.list_members(stage.pool, officer, "S-0002", RosterFilter())
    assert [(each.facts.reference, each.facts.name, each.facts.standing) for each in found.items] == [
        ("R-000001", "R-000001", "good"), ("R-000002", "R-000002", "arrears"), ("R-000003", "R-000003", "good"),
    ]  # fmt: skip
    assert await rosters.count_roster(stage.pool, officer, "S-0002") == before
    assert (await rosters.show_member(stage.pool, officer, "S-0002", 1)).duty == [(date(2026, 11, 16), 240)]
    with pytest.raises(StrikeState):
        await roster_retention.pseudonymise(stage.pool, officer, stage.key(), "S-0002", "S-0002")


async def test_it_takes_a_strike_that_is_over_and_its_number_typed(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    with pytest.raises(StrikeState):
        await roster_retention.pseudonymise(stage.pool, officer, stage.key(), "S-0002", "S-0002")
    await close(stage)
    with pytest.raises(ChoiceInvalid):
        await roster_retention.pseudonymise(stage.pool, officer, stage.key(), "S-0002", "yes")
    with pytest.raises(OtherUnion):
        await roster_retention.pseudonymise(stage.pool, stage.people["ue benefits_officer"], stage.key(), "S-0002", "S-0002")
    with pytest.raises(NotAllowed):
        await roster_retention.pseudonymise(stage.pool, stage.people["unifor admin"], stage.key(), "S-0002", "S-0002")
    assert "Kowalska" in await private_text(stage.pool)


async def test_the_worker_does_it_the_day_after(stage: RosterStage, clock: Clock) -> None:
    officer = stage.people["unifor benefits_officer"]
    await close(stage)
    until = stage.pool.today() + timedelta(days=30)
    await roster_retention.set_retention(stage.pool, officer, stage.key(), "S-0002", until)
    clock.now += timedelta(days=30)
    assert await roster_retention.pseudonymise_due(stage.pool, WORKER) == 0
    clock.now += timedelta(days=1)
    assert await roster_retention.pseudonymise_due(stage.pool, WORKER) == 1
    assert await roster_retention.pseudonymise_due(stage.pool, WORKER) == 0
    assert "Kowalska" not in await private_text(stage.pool)
    told = [(each["outcome"], each["subject"], each["members"]) for each in await trail(stage.pool, "pseudonymise_roster")]
    assert told == [("done", "S-0002", "under 5")]


async def test_a_file_nobody_brings_in_and_what_became_of_old_work_are_let_go(stage: RosterStage, clock: Clock) -> None:
    officer, pool = stage.people["unifor benefits_officer"], stage.pool

    async def work(come: progress.Come) -> dict[str, Any]:
        return {"added": 1}

    old = await progress.start(pool, officer, "old-work-1", "import_roster", "S-0002", work)
    await progress.finished(pool, officer, old)
    clock.now += timedelta(days=roster_files.FILE_DAYS, seconds=-1)
    assert await roster_retention.drop_files_due(pool, WORKER) == 0
    await roster_files.upload(pool, officer, stage.key(), "S-0002", SheetFile("newer.csv", f"{HEADING}\n{LINES[0]}".encode()))
    clock.now += timedelta(seconds=2)
    assert await roster_retention.drop_files_due(pool, WORKER) == 1
    assert [each.filename for each in (await roster_files.waiting(pool, officer, "S-0002")).files] == ["newer.csv"]
    assert [each["subject"] for each in await trail(pool, "drop_roster")] == ["S-0002"]
    assert await progress.forget(pool) == 0
    clock.now += timedelta(days=progress.KEPT_DAYS - roster_files.FILE_DAYS)
    assert await progress.forget(pool) == 1
    with pytest.raises(NotFound):
        await progress.look(pool, officer, old)


async def test_a_retention_day_has_its_bounds(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    for day in (stage.pool.today() - timedelta(days=1), stage.pool.today() + timedelta(days=roster_retention.RETENTION_MAXIMUM_DAYS + 1)):
        with pytest.raises(DateInvalid) as refused:
            await roster_retention.set_retention(stage.pool, officer, stage.key(), "S-0002", day)
        assert refused.value.params["first"] == stage.pool.today().isoformat(), "it says which days are possible"


async def test_names_of_a_strike_that_was_called_off_go_too(stage: RosterStage, clock: Clock) -> None:
    off = await strike(stage, "unifor", ("1285",), began=False)
    officer = stage.people["unifor benefits_officer"]
    file = SheetFile("roster.csv", b"reference,name\nQ-1,Noor Called-Off\n")
    await roster_files.bring_in(stage.pool, officer, stage.key(), off.number, file, None, "en")
    await strikes.call_off(stage.pool, officer, stage.key(), off.number, "Settled")
    assert await roster_retention.pseudonymise_due(stage.pool, WORKER) == 0
    clock.now += timedelta(days=roster_retention.RETENTION_DAYS + 1)
    assert await roster_retention.pseudonymise_due(stage.pool, WORKER) == 1
    assert "Called-Off" not in await private_text(stage.pool)
