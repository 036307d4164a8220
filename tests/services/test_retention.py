"""Holds and filings through the real store: a due roster keeps its names while a hold stands and loses them after the release."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest
import pytest_asyncio

from ledger.domain.refusals import FilingState, HoldStands, HoldState, NotAllowed, NotFound, OtherUnion
from ledger.domain.retention import Hold, PlaceHold, RecordFiling, Scope
from ledger.jobs import WORKER
from ledger.services import documents, holds, home, notices, retention, roster_files, roster_retention, strikes
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from tests.conftest import Clock
from tests.services.rosters_stage import HEADING, RosterStage, rosters_stage
from tests.services.test_roster_retention import private_text
from tests.services.test_rosters import LINES, trail

WAITS = SheetFile("later.csv", f"{HEADING}\n{LINES[0]}".encode())


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool) -> RosterStage:
    """Unifor's strike S-0002 is closed, with names in its roster."""
    made = await rosters_stage(pool)
    officer = made.people["unifor benefits_officer"]
    await made.bring("unifor", *LINES)
    await strikes.end(pool, officer, made.key(), "S-0002", date(2026, 11, 20))
    return made


async def close(stage: RosterStage) -> None:
    await strikes.close_strike(stage.pool, stage.people["unifor benefits_officer"], stage.key(), "S-0002", "Settled")


async def place(stage: RosterStage, who: str, scope: Scope, union: str | None = None, strike: str | None = None) -> Hold:
    asked = PlaceHold(scope=scope, reason="A lawsuit", union=union, strike=strike)
    return await holds.place_hold(stage.pool, stage.people[who], stage.key(), asked)


async def let_go(stage: RosterStage, who: str, number: str) -> Hold:
    return await holds.release_hold(stage.pool, stage.people[who], stage.key(), number)


@pytest.mark.parametrize(
    ("placed_by", "scope", "union", "strike", "released_by"),
    [
        ("ue officer", "all", None, None, ("ue treasurer", "unifor officer")),
        ("unifor officer", "union", "unifor", None, ("unifor officer", "unifor treasurer")),
        ("unifor treasurer", "strike", None, "s-0002", ("unifor officer", "unifor treasurer")),
    ],
)
async def test_names_stay_while_a_hold_stands_and_go_after_its_release(
    stage: RosterStage, clock: Clock, placed_by: str, scope: Scope, union: str | None, strike: str | None, released_by: tuple[str, str]
) -> None:
    pool, officer = stage.pool, stage.people["unifor benefits_officer"]
    await close(stage)
    hold = await place(stage, placed_by, scope, union, strike)
    assert hold.number == "H-0001" and hold.released_at is None
    clock.now += timedelta(days=roster_retention.RETENTION_DAYS + 2)
    assert await roster_retention.pseudonymise_due(pool, WORKER) == 0
    with pytest.raises(HoldStands):
        await roster_retention.pseudonymise(pool, officer, stage.key(), "S-0002", "S-0002")
    assert "Kowalsk" in await private_text(pool)

    assert (await let_go(stage, released_by[0], "h-0001")).released_at is None
    with pytest.raises(HoldState):
        await let_go(stage, released_by[0], "H-0001")
    assert await roster_retention.pseudonymise_due(pool, WORKER) == 0, "one word does not let it go"
    assert (await let_go(stage, released_by[1], "H-0001")).released_at is not None
    with pytest.raises(HoldState):
        await let_go(stage, "unifor officer", "H-0001")
    assert await roster_retention.pseudonymise_due(pool, WORKER) == 1
    assert "Kowalsk" not in await private_text(pool)
    assert [(each["subject"], each["released"]) for each in await trail(pool, "release_hold") if each["outcome"] == "done"] == [
        ("H-0001", False), ("H-0001", True),
    ]  # fmt: skip


async def test_a_hold_on_another_union_or_strike_keeps_nothing_here(stage: RosterStage, clock: Clock) -> None:
    await close(stage)
    await place(stage, "ue officer", "union", "ue")
    await place(stage, "ue treasurer", "strike", strike="S-0001")
    clock.now += timedelta(days=roster_retention.RETENTION_DAYS + 2)
    assert await roster_retention.pseudonymise_due(stage.pool, WORKER) == 1


async def test_files_with_names_stay_too(stage: RosterStage, clock: Clock) -> None:
    pool, officer = stage.pool, stage.people["unifor benefits_officer"]
    id = await roster_files.upload(pool, officer, stage.key(), "S-0002", WAITS)
    await place(stage, "unifor officer", "union", "unifor")
    with pytest.raises(HoldStands):
        await roster_files.drop(pool, officer, stage.key(), "S-0002", id)
    await roster_files.bring_in(pool, officer, stage.key(), "S-0002", WAITS, None, "en", kept_as=id)
    clock.now += timedelta(days=roster_files.FILE_DAYS + 1)
    assert await roster_retention.drop_files_due(pool, WORKER) == 0
    assert [each.id for each in (await roster_files.waiting(pool, officer, "S-0002")).files] == [id]
    await let_go(stage, "unifor officer", "H-0001")
    await let_go(stage, "unifor treasurer", "H-0001")
    assert await roster_retention.drop_files_due(pool, WORKER) == 1
    assert (await roster_files.waiting(pool, officer, "S-0002")).files == []


async def test_the_same_hold_is_placed_once_while_it_stands(stage: RosterStage) -> None:
    first = await place(stage, "unifor officer", "union", "unifor")
    with pytest.raises(HoldState) as found:
        await place(stage, "unifor officer", "union", "unifor")
    assert found.value.params == {"hold": first.number, "reason": "exists"}
    assert (await place(stage, "unifor officer", "strike", strike="s-0002")).number == "H-0002", "on something else"
    with pytest.raises(HoldState):
        await place(stage, "unifor treasurer", "strike", strike="S-0002")
    for who in ("unifor officer", "unifor treasurer"):
        await let_go(stage, who, first.number)
    assert (await place(stage, "unifor officer", "union", "unifor")).number == "H-0003", "the one before is gone"


async def test_a_union_adds_documents_to_its_own_filings_alone(stage: RosterStage) -> None:
    own, other, pool = stage.people["unifor treasurer"], stage.people["ue treasurer"], stage.pool
    asked = RecordFiling(union="unifor", form="T2", fiscal_year_end=date(2025, 12, 31), filed_on=date(2026, 6, 30))
    number = (await retention.record_filing(pool, own, stage.key(), asked)).number
    paper = ("t2.pdf", "application/pdf", b"%PDF-1.7 filed")
    assert not await documents.may_attach(pool, other, "filing", number)
    with pytest.raises(NotAllowed):
        await documents.attach(pool, other, stage.key(), "filing", number, *paper)
    assert await documents.may_attach(pool, own, "filing", number)
    await documents.attach(pool, own, stage.key(), "filing", number, *paper)
    (kept,) = await documents.list_documents(pool, other, "filing", number)
    assert kept.uploaded_by_union == "unifor"


async def test_who_may_hold_what(stage: RosterStage) -> None:
    for who, refusal in (("ue trustee", NotAllowed), ("unifor benefits_officer", NotAllowed), ("ue admin", NotAllowed)):
        with pytest.raises(refusal):
            await place(stage, who, "all")
    with pytest.raises(OtherUnion):
        await place(stage, "ue officer", "union", "unifor")
    with pytest.raises(OtherUnion):
        await place(stage, "ue officer", "strike", strike="S-0002")
    with pytest.raises(NotFound):
        await place(stage, "ue officer", "strike", strike="S-0099")
    await place(stage, "unifor officer", "union", "unifor")
    with pytest.raises(OtherUnion):
        await let_go(stage, "ue officer", "H-0001")
    with pytest.raises(NotFound):
        await let_go(stage, "ue officer", "H-0002")


async def test_two_people_of_one_union_do_not_let_everything_go(stage: RosterStage) -> None:
    await place(stage, "ue officer", "all")
    await let_go(stage, "ue officer", "H-0001")
    assert (await let_go(stage, "ue treasurer", "H-0001")).released_at is None
    assert (await let_go(stage, "unifor treasurer", "H-0001")).released_at is not None


async def told(stage: RosterStage, who: str) -> list[str]:
    return sorted(each.kind for each in (await notices.list_notices(stage.pool, stage.people[who])).items if each.subject == "H-0001")


async def waits(stage: RosterStage, who: str) -> list[str]:
    return [row.subject for row in await home.waiting(stage.pool, stage.people[who]) if row.kind == "release_hold"]


async def test_a_hold_waits_for_who_can_let_it_go_until_somebody_says_that_it_stays(stage: RosterStage) -> None:
    await place(stage, "ue officer", "all")
    assert (await told(stage, "unifor treasurer"), await told(stage, "ue officer")) == (["hold_placed"], [])
    with pytest.raises(HoldState):
        await holds.keep_hold(stage.pool, stage.people["unifor officer"], stage.key(), "H-0001")
    assert await waits(stage, "unifor officer") == [], "nobody has asked for it"
    await let_go(stage, "ue officer", "H-0001")
    assert (await waits(stage, "unifor officer"), await waits(stage, "unifor treasurer")) == (["H-0001"], ["H-0001"])
    assert await waits(stage, "ue officer") == await waits(stage, "ue treasurer") == [], "a second word of the same union brings nothing"
    assert "hold_to_release" in await told(stage, "unifor officer") and "hold_to_release" not in await told(stage, "ue treasurer")
    kept = await holds.keep_hold(stage.pool, stage.people["unifor officer"], stage.key(), "H-0001")
    assert kept.words == () and kept.released_at is None and await waits(stage, "unifor treasurer") == []
    assert "hold_kept" in await told(stage, "ue officer")
    assert (await let_go(stage, "unifor treasurer", "H-0001")).released_at is None, "the word before counts no more"
    assert (await let_go(stage, "ue officer", "H-0001")).released_at is not None, "whoever said it before may say it again"
    assert "hold_released" in await told(stage, "unifor officer") and await waits(stage, "unifor officer") == []
    with pytest.raises(HoldState):
        await holds.keep_hold(stage.pool, stage.people["unifor officer"], stage.key(), "H-0001")


async def test_a_hold_of_one_union_waits_for_its_own_people(stage: RosterStage) -> None:
    await place(stage, "unifor officer", "union", "unifor")
    await let_go(stage, "unifor officer", "H-0001")
    assert (await waits(stage, "unifor treasurer"), await waits(stage, "unifor officer"), await waits(stage, "ue officer")) == (["H-0001"], [], [])
    assert await told(stage, "ue officer") == [] and "hold_to_release" in await told(stage, "unifor treasurer")
    with pytest.raises(OtherUnion):
        await holds.keep_hold(stage.pool, stage.people["ue officer"], stage.key(), "H-0001")


async def test_of_two_last_words_at_once_one_lets_the_hold_go(stage: RosterStage) -> None:
    await place(stage, "ue officer", "all")
    await let_go(stage, "ue officer", "H-0001")
    answers = await asyncio.gather(let_go(stage, "unifor officer", "H-0001"), let_go(stage, "unifor treasurer", "H-0001"), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Hold", "HoldState"]


async def test_the_days_of_the_law_run_once_both_unions_filed(stage: RosterStage) -> None:
    pool = stage.pool
    today = pool.today()

    async def law() -> date | None:
        found = await retention.overview(pool, stage.people["ue admin"])
        return next(each.earliest for each in found.classes if each.kind.code == "bank_statements")

    def of(union: str, filed_on: date, corrects: str | None = None) -> RecordFiling:
        return RecordFiling(union=union, form="T2", fiscal_year_end=date(2025, 12, 31), filed_on=filed_on, corrects=corrects)

    treasurer = stage.people["unifor treasurer"]
    first = await retention.record_filing(pool, treasurer, stage.key(), of("unifor", date(2026, 3, 1)))
    second = await retention.record_filing(pool, treasurer, stage.key(), of("unifor", date(2026, 3, 2), first.number))
    assert (second.number, second.corrects) == ("FL-0002", "FL-0001")
    for refusal, who, asked in (
        (FilingState, treasurer, of("unifor", date(2026, 3, 3))),
        (FilingState, treasurer, of("unifor", date(2026, 3, 3), "FL-0001")),
        (OtherUnion, treasurer, of("ue", date(2026, 3, 3))),
        (NotAllowed, stage.people["unifor officer"], of("unifor", date(2026, 3, 3))),
    ):
        with pytest.raises(refusal):
            await retention.record_filing(pool, who, stage.key(), asked)
    found = await retention.overview(pool, stage.people["ue board_member"])
    assert [(each.number, each.corrected_by) for each in found.filings] == [("FL-0002", None), ("FL-0001", "FL-0002")]
    assert await law() is None, "there is no statement"
    assert next(each.oldest for each in found.classes if each.kind.code == "audit_trail") == today
    with pytest.raises(NotAllowed):
        await retention.overview(pool, stage.people["unifor picket_captain"])


async def test_nothing_of_a_hold_or_a_filing_can_be_rewritten(stage: RosterStage) -> None:
    await place(stage, "ue officer", "all")
    for statement in ("UPDATE retention_holds SET reason = ''", "DELETE FROM retention_hold_events", "DELETE FROM retention_filings"):
        async with stage.pool.database.pool.acquire() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_the_page_s_days_leave_out_what_a_hold_keeps(stage: RosterStage) -> None:
    await close(stage)
    reader = stage.people["ue trustee"]

    async def names() -> tuple[date | None, tuple[str, ...]]:
        found = await retention.overview(stage.pool, reader)
        return next((each.earliest, each.holds) for each in found.classes if each.kind.code == "rosters")

    before, none = await names()
    assert before is not None and before > stage.pool.today() and none == ()
    await place(stage, "unifor officer", "strike", strike="S-0002")
    assert await names() == (None, ("H-0001",))
