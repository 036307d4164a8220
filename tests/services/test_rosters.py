"""Bring rosters in whole or not at all, merge them with what is kept, change one member by hand, and keep every view in the trail."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import (
    ChoiceInvalid,
    ColumnsMissing,
    FileInvalid,
    IdentifierRefused,
    KeyReused,
    MemberChanged,
    NotFound,
    OtherUnion,
    RowsInvalid,
    StrikeState,
)
from ledger.services import progress, roster_files, rosters, strikes
from ledger.services.pool import Pool
from ledger.services.roster_files import Brought, SheetFile
from ledger.services.rosters import AddMember, ChangeMember
from ledger.storage.private import rosters_of
from ledger.storage.rosters import RosterFilter
from tests.services.rosters_stage import HEADING, STARTED, RosterStage, rosters_stage

LINES = ("1001,Ana Kowalski,112,good", "1002,Théo Nguyễn,112,arrears", "1003,Noor Haddad,1285,good")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool) -> RosterStage:
    return await rosters_stage(pool)


async def trail(pool: Pool, action: str) -> list[dict[str, Any]]:
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT outcome, subject, details FROM audit WHERE action = $1 ORDER BY id", action)
    return [{"outcome": row["outcome"], "subject": row["subject"], **row["details"]} for row in rows]


async def listed(stage: RosterStage, **narrowed: Any) -> list[str]:
    found = await rosters.list_members(stage.pool, stage.people["unifor treasurer"], "S-0002", RosterFilter(**narrowed))
    return [each.facts.name for each in found.items]


# --- bringing in ------------------------------------------------------------------------------------------------------


async def test_a_roster_is_brought_in_and_read(stage: RosterStage) -> None:
    assert await stage.bring("unifor", *LINES) == Brought("S-0002", 3, 3, 0, 0, 0)
    view = await rosters.show_member(stage.pool, stage.people["unifor benefits_officer"], "S-0002", 2)
    assert (view.member.facts.name, view.member.facts.standing, view.member.facts.local) == ("Théo Nguyễn", "arrears", "112")
    # A file that does not say when members registered means the strike's first day.
    assert view.member.facts.registered_on == STARTED
    assert await listed(stage) == ["Ana Kowalski", "Noor Haddad", "Théo Nguyễn"]


async def test_one_fault_keeps_everything_out(stage: RosterStage) -> None:
    with pytest.raises(RowsInvalid) as refused:
        await stage.bring("unifor", *LINES, "1004,Sam O’Brien,999,good")
    assert refused.value.params == {"count": 1, "row": 5, "column": "local"}
    assert await listed(stage) == []
    assert [each["outcome"] for each in await trail(stage.pool, "import_roster")] == ["refused"]


async def test_a_later_file_adds_changes_and_leaves_the_rest(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    later = ("1001,Ana Kowalski,1285,good", "1004,Lou Baptiste,112,good")
    file = SheetFile("later.csv", "\n".join((HEADING, *later)).encode())
    officer = stage.people["unifor benefits_officer"]
    shown = await roster_files.preview(stage.pool, officer, "S-0002", file, None, "en")
    assert (shown.added, shown.changed, shown.unchanged, shown.missing, shown.moved) == (1, 1, 0, 2, [2])
    assert await stage.bring("unifor", *later) == Brought("S-0002", 2, 1, 1, 0, 0)
    assert len(await listed(stage)) == 4
    assert await stage.bring("unifor", *later, leave=True) == Brought("S-0002", 2, 0, 0, 2, 2)
    assert await listed(stage) == ["Ana Kowalski", "Lou Baptiste"]
    # Who left and is in a file again is back, under the same number.
    assert await stage.bring("unifor", "1003,Noor Haddad,1285,good") == Brought("S-0002", 1, 0, 1, 0, 0)
    assert (await rosters.show_member(stage.pool, officer, "S-0002", 3)).member.left_on is None


async def test_a_file_for_one_local_says_nothing_of_the_other_s_members(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    assert (await stage.bring("unifor", "1001,Ana Kowalski,112,good", leave=True)).left == 1
    assert await listed(stage) == ["Ana Kowalski", "Noor Haddad"]


async def test_what_a_file_does_not_speak_of_stays(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    await change(stage, 1, on_hold=True)
    await stage.bring("unifor", "1001,Ana Kowalski,112,arrears")
    found = (await rosters.show_member(stage.pool, stage.people["unifor treasurer"], "S-0002", 1)).member.facts
    assert (found.on_hold, found.standing) == (True, "arrears")


async def test_the_same_key_brings_in_once_and_another_file_is_refused(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    file = SheetFile("roster.csv", "\n".join((HEADING, *LINES)).encode())
    first = await roster_files.bring_in(stage.pool, officer, "the-same-key", "S-0002", file, None, "en")
    assert await roster_files.bring_in(stage.pool, officer, "the-same-key", "S-0002", file, None, "en") == first
    with pytest.raises(KeyReused):
        await roster_files.bring_in(stage.pool, officer, "the-same-key", "S-0002", SheetFile("x.csv", f"{HEADING}\n{LINES[0]}".encode()), None, "en")
    assert len(await trail(stage.pool, "import_roster")) == 1


async def test_columns_are_named_by_hand_where_the_heading_says_nothing(stage: RosterStage) -> None:
    file = SheetFile("x.csv", b"a;b;c\n112;Ana Kowalski;1001\n")
    officer = stage.people["unifor benefits_officer"]
    shown = await roster_files.preview(stage.pool, officer, "S-0002", file, None, "en")
    assert (shown.missing_columns, shown.samples, shown.members) == (["reference", "name", "local"], [["112", "Ana Kowalski", "1001"]], 0)
    with pytest.raises(ColumnsMissing):
        await roster_files.bring_in(stage.pool, officer, stage.key(), "S-0002", file, None, "en")
    mapping = {"local": 0, "name": 1, "reference": 2}
    assert (await roster_files.bring_in(stage.pool, officer, stage.key(), "S-0002", file, mapping, "en")).added == 1


async def test_a_reference_on_another_strike_s_roster_is_shown(stage: RosterStage) -> None:
    from tests.services.rosters_stage import strike

    await stage.bring("unifor", *LINES)
    other = await strike(stage, "unifor", ("112",))
    file = SheetFile("x.csv", b"reference,name\n1001,Ana Kowalski\n7777,Sam O'Brien\n")
    shown = await roster_files.preview(stage.pool, stage.people["unifor benefits_officer"], other.number, file, None, "en")
    assert (shown.elsewhere, shown.elsewhere_count) == ([(2, "S-0002")], 1)


# --- kept aside -------------------------------------------------------------------------------------------------------


async def test_a_file_waits_aside_until_it_is_brought_in(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    file = SheetFile("C:\\Users\\ana\\roster.csv", "\n".join((HEADING, *LINES)).encode())
    id = await roster_files.upload(stage.pool, officer, stage.key(), "S-0002", file)
    assert [each.filename for each in (await roster_files.waiting(stage.pool, officer, "S-0002")).files] == ["roster.csv"]
    about, kept = await roster_files.kept_file(stage.pool, officer, "S-0002", id)
    assert kept.content == file.content and about.uploaded_by == officer.name
    await roster_files.bring_in(stage.pool, officer, stage.key(), "S-0002", kept, None, "en", kept_as=id)
    assert (await roster_files.waiting(stage.pool, officer, "S-0002")).files == []
    with pytest.raises(NotFound):
        await roster_files.kept_file(stage.pool, officer, "S-0002", id)


async def test_a_file_that_is_no_spreadsheet_is_not_kept(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    with pytest.raises(FileInvalid):
        await roster_files.upload(stage.pool, officer, stage.key(), "S-0002", SheetFile("roster.pdf", b"%PDF-1.7"))
    assert (await roster_files.waiting(stage.pool, officer, "S-0002")).files == []


async def test_long_work_says_how_far_it_has_come(stage: RosterStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_files, "PORTION", 1)
    officer = stage.people["unifor benefits_officer"]
    file = SheetFile("roster.csv", "\n".join((HEADING, *LINES)).encode())
    come: list[tuple[int, int]] = []

    async def work(say: progress.Come) -> dict[str, Any]:
        async def both(done: int, total: int) -> None:
            come.append((done, total))
            await say(done, total)

        brought = await roster_files.bring_in(stage.pool, officer, "long-work-1", "S-0002", file, None, "en", come=both)
        return {"added": brought.added}

    id = await progress.start(stage.pool, officer, "long-work-1", "import_roster", "S-0002", work)
    assert await progress.start(stage.pool, officer, "long-work-1", "import_roster", "S-0002", work) == id
    found = await progress.finished(stage.pool, officer, id)
    assert (found.state, found.answer, found.done, found.total) == ("done", {"added": 3}, 3, 3)
    assert come == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(NotFound):
        await progress.look(stage.pool, stage.people["ue treasurer"], id)


async def test_refused_long_work_says_why(stage: RosterStage) -> None:
    async def work(say: progress.Come) -> dict[str, Any]:
        raise RowsInvalid(count=3, row=2, column="name")

    officer = stage.people["unifor benefits_officer"]
    found = await progress.finished(stage.pool, officer, await progress.start(stage.pool, officer, "long-work-2", "import_roster", "S-0002", work))
    assert (found.state, found.answer) == ("refused", {"code": "rows_invalid", "params": {"count": 3, "row": 2, "column": "name"}})


# --- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("narrowed", "names"),
    [
        ({"words": "kow"}, ["Ana Kowalski"]), ({"words": "nguyen"}, ["Théo Nguyễn"]), ({"words": "1003"}, ["Noor Haddad"]),
        ({"local": "112"}, ["Ana Kowalski", "Théo Nguyễn"]), ({"standing": "arrears"}, ["Théo Nguyễn"]),
        ({"words": "100%"}, ["Ana Kowalski", "Noor Haddad", "Théo Nguyễn"]),
        ({"words": "noor", "local": "112"}, []), ({"on_hold": True}, []),
    ],
)  # fmt: skip
async def test_members_are_found_by_name_reference_local_and_standing(stage: RosterStage, narrowed: dict[str, Any], names: list[str]) -> None:
    await stage.bring("unifor", *LINES)
    assert await listed(stage, **narrowed) == names


@pytest.mark.parametrize("sort", ["name", "reference"])
async def test_pages_of_a_roster_hold_everybody_once(stage: RosterStage, sort: str) -> None:
    await stage.bring("unifor", *(f"{9000 - number},Same Name,112,good" for number in range(25)))
    seen: list[int] = []
    after = None
    while True:
        found = await rosters.list_members(stage.pool, stage.people["unifor treasurer"], "S-0002", RosterFilter(), sort, after, 10)
        seen += [each.number for each in found.items]
        after = found.next
        if after is None:
            break
    assert sorted(seen) == list(range(1, 26)) and seen == (list(range(1, 26)) if sort == "name" else list(range(25, 0, -1)))


# --- by hand ----------------------------------------------------------------------------------------------------------


def said(**fields: Any) -> ChangeMember:
    known = {"name": "Ana Kowalski", "local": "112", "standing": "good", "payroll": "active", "registered_on": STARTED, "reason": "She called"}
    return ChangeMember(**(known | fields))


async def change(stage: RosterStage, member: int, by: str = "unifor benefits_officer", **fields: Any) -> None:
    await rosters.change_member(stage.pool, stage.people[by], stage.key(), "S-0002", member, said(**fields))


async def test_a_change_by_hand_is_kept_with_its_reason_and_audited_without_a_name(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    await change(stage, 1, standing="arrears", crossed_on=date(2026, 11, 20), late=True, name="Ana Kowalska")
    view = await rosters.show_member(stage.pool, stage.people["unifor treasurer"], "S-0002", 1)
    assert (view.member.facts.name, view.member.facts.standing, view.member.late) == ("Ana Kowalska", "arrears", True)
    assert [(each.fields, each.reason) for each in view.changes] == [
        ({"standing": ["good", "arrears"], "crossed_on": [None, "2026-11-20"], "late": [False, True], "name": []}, "She called"),
    ]  # fmt: skip
    assert (await trail(stage.pool, "change_member"))[0] == {"outcome": "done", "subject": "S-0002", "member": 1}


async def test_a_member_is_put_on_the_roster_by_hand_once(stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    request = AddMember(
        reference="a-77", name="Late Comer", local="1285", standing="good", payroll="active", registered_on=STARTED, reason="Came late", late=True,
    )  # fmt: skip
    assert await rosters.add_member(stage.pool, officer, "add-one-member", "S-0002", request) == 1
    assert await rosters.add_member(stage.pool, officer, "add-one-member", "S-0002", request) == 1
    with pytest.raises(ChoiceInvalid):
        await rosters.add_member(stage.pool, officer, stage.key(), "S-0002", request)
    assert (await rosters.show_member(stage.pool, officer, "S-0002", 1)).member.facts.reference == "A-77"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": "Ana 046 454 286"}, IdentifierRefused), ({"pay_reference": "4111 1111 1111 1111"}, IdentifierRefused),
        ({"reason": "SIN 046454286"}, IdentifierRefused), ({"local": "999"}, ChoiceInvalid), ({"dependants": 31}, ChoiceInvalid),
    ],
)  # fmt: skip
async def test_what_may_not_be_said_of_a_member(stage: RosterStage, fields: dict[str, Any], refusal: type[Exception]) -> None:
    await stage.bring("unifor", *LINES)
    with pytest.raises(refusal):
        await change(stage, 1, **fields)


async def test_a_closed_strike_s_roster_is_kept_as_it_is(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    officer = stage.people["unifor benefits_officer"]
    await strikes.end(stage.pool, officer, stage.key(), "S-0002", date(2026, 11, 20))
    await strikes.close_strike(stage.pool, officer, stage.key(), "S-0002", "Settled")
    with pytest.raises(StrikeState):
        await stage.bring("unifor", *LINES)
    with pytest.raises(StrikeState):
        await change(stage, 1, standing="arrears")


async def test_only_the_strike_s_own_union_brings_in(stage: RosterStage) -> None:
    file = SheetFile("roster.csv", "\n".join((HEADING, *LINES)).encode())
    with pytest.raises(OtherUnion):
        await roster_files.bring_in(stage.pool, stage.people["ue benefits_officer"], stage.key(), "S-0002", file, None, "en")


# --- in figures -------------------------------------------------------------------------------------------------------


async def counts(stage: RosterStage, who: Actor) -> tuple[int | None, dict[str, int | None]]:
    found = await rosters.count_roster(stage.pool, who, "S-0002")
    return found.total, {f"{each.local} {each.standing}": each.members for each in found.counts}


async def test_the_other_union_sees_no_figure_under_five(stage: RosterStage) -> None:
    lines = [f"{number},A Name,112,{'good' if number < 12 else 'arrears'}" for number in range(1, 16)]
    await stage.bring("unifor", *lines, *(f"9{number},B,1285,good" for number in range(7)))
    assert await counts(stage, stage.people["unifor treasurer"]) == (22, {"112 arrears": 4, "112 good": 11, "1285 good": 7})
    # The four in arrears are not shown, nor are the seven from whom, with the total, they could be told.
    assert await counts(stage, stage.people["ue treasurer"]) == (22, {"112 arrears": None, "112 good": 11, "1285 good": None})
    assert await counts(stage, stage.people["unifor board_member"]) == (22, {"112 arrears": None, "112 good": 11, "1285 good": None})


async def test_a_small_roster_has_no_figure_at_all_for_others(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    assert (await counts(stage, stage.people["ue treasurer"]))[0] is None


# --- views ------------------------------------------------------------------------------------------------------------


async def test_every_view_is_in_the_trail(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    treasurer = stage.people["unifor treasurer"]
    await rosters.list_members(stage.pool, treasurer, "S-0002", RosterFilter(words="kowalski"))
    await rosters.list_members(stage.pool, treasurer, "S-0002", RosterFilter(), what="export csv")
    await rosters.show_member(stage.pool, treasurer, "S-0002", 1)
    views = await trail(stage.pool, "view_roster")
    assert [(each["subject"], each["what"]) for each in views] == [("S-0002", "list"), ("S-0002", "export csv"), ("S-0002", "member 1")]
    assert "kowalski" not in str(views).lower()


async def test_two_who_bring_in_at_once_number_nobody_twice(stage: RosterStage) -> None:
    await asyncio.gather(
        stage.bring("unifor", *(f"1{number:03d},First File,112,good" for number in range(40))),
        stage.bring("unifor", *(f"2{number:03d},Second File,1285,good" for number in range(40))),
    )
    async with stage.pool.database.reading() as connection, rosters_of(connection, "unifor"):
        numbers = [row["member"] for row in await connection.fetch("SELECT member FROM strike_members ORDER BY member")]
    assert numbers == list(range(1, 81))


async def test_a_form_made_from_what_somebody_changed_since_is_not_taken_silently(stage: RosterStage) -> None:
    await stage.bring("unifor", *LINES)
    seen = (await rosters.show_member(stage.pool, stage.people["unifor benefits_officer"], "S-0002", 1)).member.changed_at
    stage.pool.clock.now += timedelta(minutes=1)  # type: ignore[attr-defined]
    await change(stage, 1, by="unifor treasurer", dependants=3)
    with pytest.raises(MemberChanged) as caught:
        await change(stage, 1, pay_reference="PS-9", seen_at=seen)
    assert caught.value.params["by"] == stage.people["unifor treasurer"].name
    now = (await rosters.show_member(stage.pool, stage.people["unifor treasurer"], "S-0002", 1)).member
    assert now.facts.dependants == 3
    await change(stage, 1, pay_reference="PS-9", dependants=3, seen_at=now.changed_at)


@pytest.mark.parametrize("gross_minor", [0, -1, 10**9])
async def test_gross_pay_that_nobody_has_is_refused(stage: RosterStage, gross_minor: int) -> None:
    await stage.bring("unifor", *LINES)
    with pytest.raises(ChoiceInvalid):
        await change(stage, 1, gross_weekly_minor=gross_minor)
