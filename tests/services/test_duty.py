"""Record picket duty as a captain who sees references of their own local alone, and as who keeps the roster; bring sheets in whole or not at all."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, MemberUnknown, NotAllowed, NotFound, OtherUnion, RowsInvalid
from ledger.services import duty, roster_files
from ledger.services.duty import DutyBrought
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from tests.services.rosters_stage import RosterStage, captain, rosters_stage

LINES = ("A-1,Ana Kowalski,112,good", "A-2,Théo Nguyễn,112,good", "B-1,Noor Haddad,1285,good")
DAY = date(2026, 11, 16)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool) -> RosterStage:
    made = await rosters_stage(pool)
    await made.bring("unifor", *LINES)
    return made


async def record(stage: RosterStage, who: Actor, reference: str, minutes: int = 240, day: date = DAY, **more: Any) -> int:
    return await duty.record(stage.pool, who, stage.key(), "S-0002", day, reference, minutes, **more)


async def stood(stage: RosterStage, who: Actor, day: date = DAY, local: str = "") -> list[tuple[str, str, int]]:
    return [(each.reference, each.name, each.minutes) for each in (await duty.show_day(stage.pool, who, "S-0002", day, local)).stood]


async def test_a_captain_records_their_own_local_and_sees_no_name(stage: RosterStage) -> None:
    person = await captain(stage, "unifor", "112")
    assert await record(stage, person, "a-1") == 1
    await record(stage, person, " A-2 ", 90)
    assert await stood(stage, person) == [("A-1", "", 240), ("A-2", "", 90)]
    with pytest.raises(MemberUnknown) as refused:
        await record(stage, person, "B-1")
    assert refused.value.params == {"strike": "S-0002"}
    with pytest.raises(ChoiceInvalid):
        await stood(stage, person, local="1285")
    assert await stood(stage, stage.people["unifor benefits_officer"]) == [("A-1", "Ana Kowalski", 240), ("A-2", "Théo Nguyễn", 90)]


async def test_a_captain_who_is_named_nowhere_or_no_more_sees_nothing(stage: RosterStage) -> None:
    person, officer = stage.people["unifor picket_captain"], stage.people["unifor benefits_officer"]
    with pytest.raises(NotAllowed):
        await stood(stage, person)
    await captain(stage, "unifor", "112")
    assert [place.strike.number for place in await duty.places(stage.pool, person)] == ["S-0002"]
    await duty.name_captain(stage.pool, officer, stage.key(), "S-0002", "112", person.person_id, ends=True)
    assert await duty.places(stage.pool, person) == []
    with pytest.raises(NotAllowed):
        await record(stage, person, "A-1")
    with pytest.raises(OtherUnion):
        await duty.show_day(stage.pool, stage.people["ue picket_captain"], "S-0002")


async def test_only_a_picket_captain_of_the_union_is_named_one(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    assert await duty.possible_captains(stage.pool, officer, "S-0002") == [(stage.people["unifor picket_captain"].person_id, "picket_captain unifor")]
    for person in ("ue picket_captain", "unifor deputy"):
        with pytest.raises(ChoiceInvalid):
            await duty.name_captain(stage.pool, officer, stage.key(), "S-0002", "112", stage.people[person].person_id)


async def test_a_second_figure_takes_the_place_of_the_first_and_can_be_undone(stage: RosterStage) -> None:
    person = await captain(stage, "unifor", "112")
    await record(stage, person, "A-1")
    await record(stage, person, "A-1", 300)
    assert await stood(stage, person) == [("A-1", "", 300)]
    await duty.undo(stage.pool, person, stage.key(), "S-0002", DAY, 1)
    assert await stood(stage, person) == []
    with pytest.raises(MemberUnknown):
        await duty.undo(stage.pool, person, stage.key(), "S-0002", DAY, 3)


@pytest.mark.parametrize(
    ("day", "minutes", "refusal"),
    [
        (date(2026, 11, 1), 240, DateInvalid), (date(2026, 11, 24), 240, DateInvalid), (DAY, -1, ChoiceInvalid), (DAY, 1_441, ChoiceInvalid),
    ],
)  # fmt: skip
async def test_duty_is_within_the_strike_and_the_day(stage: RosterStage, day: date, minutes: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await record(stage, stage.people["unifor benefits_officer"], "A-1", minutes, day)


# --- from a sheet -----------------------------------------------------------------------------------------------------


async def bring(stage: RosterStage, text: str, **more: Any) -> DutyBrought:
    officer = stage.people["unifor benefits_officer"]
    return await duty.bring_in(stage.pool, officer, stage.key(), "S-0002", SheetFile("duty.csv", text.encode()), None, "en", **more)


async def test_a_sheet_is_brought_in_and_again(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    sheet = "member,name,2026-11-16,2026-11-17\nA-1,Ana Kowalski,4,4.5\nB-1,Noor Haddad,,8\n"
    assert await bring(stage, sheet) == DutyBrought("S-0002", 3, 3, 0, 0)
    file = SheetFile("duty.csv", sheet.replace("4.5", "0").encode())
    shown = await duty.preview(stage.pool, officer, "S-0002", file, None, "en")
    assert (shown.days, shown.entries, shown.added, shown.changed, shown.unchanged) == (2, 3, 0, 1, 2)
    assert await duty.bring_in(stage.pool, officer, stage.key(), "S-0002", file, None, "en") == DutyBrought("S-0002", 3, 0, 1, 2)
    # Nought hours take the day away.
    assert await stood(stage, officer, date(2026, 11, 17)) == [("B-1", "Noor Haddad", 480)]


async def test_one_fault_keeps_the_whole_sheet_out(stage: RosterStage) -> None:
    with pytest.raises(RowsInvalid) as refused:
        await bring(stage, "member,day,hours\nA-1,2026-11-16,4\nZ-9,2026-11-16,4\n")
    assert refused.value.params == {"count": 1, "row": 3, "column": "reference"}
    assert await stood(stage, stage.people["unifor benefits_officer"]) == []


async def test_a_sheet_waits_aside_and_is_no_roster(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    file = SheetFile("duty.csv", b"member,day,hours\nA-1,2026-11-16,4\n")
    id = await roster_files.upload(stage.pool, officer, stage.key(), "S-0002", file, holds="duty")
    with pytest.raises(NotFound):
        await roster_files.kept_file(stage.pool, officer, "S-0002", id)
    _, kept = await roster_files.kept_file(stage.pool, officer, "S-0002", id, holds="duty")
    await duty.bring_in(stage.pool, officer, stage.key(), "S-0002", kept, None, "en", kept_as=id)
    assert await stood(stage, officer) == [("A-1", "Ana Kowalski", 240)]
    assert (await roster_files.waiting(stage.pool, officer, "S-0002", holds="duty")).files == []


async def test_a_captain_brings_no_sheet_in(stage: RosterStage) -> None:
    person = await captain(stage, "unifor", "112")
    with pytest.raises(NotAllowed):
        await duty.bring_in(stage.pool, person, stage.key(), "S-0002", SheetFile("d.csv", b"member,day,hours\nA-1,2026-11-16,4\n"), None, "en")
