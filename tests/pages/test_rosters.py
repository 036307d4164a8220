"""Bring a roster in by pages as a person does: send it, say which column is which, see faults, let it be done, find a member, change one, take a copy."""

import asyncio
import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.rosters import COLUMNS, Reading, read_roster
from ledger.domain.sheets import guess_mapping, heading_row
from ledger.services import progress, roster_files
from ledger.services.pool import Pool
from ledger.services.spreadsheets import read_rows
from tests.conftest import client_for
from tests.services.rosters_stage import RosterStage, captain, rosters_stage

ROSTER = "/strikes/S-0002/roster"
FILE = b"Numero;Nom;SL;Statut\nA-1;Kowalski, Ana;112;en r\xe8gle\nA-2;Nguyen, Th\xe9o;1285;arri\xe9r\xe9s\n"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, app: Litestar) -> RosterStage:
    return await rosters_stage(pool)


async def sent(client: httpx.AsyncClient, content: bytes, where: str = ROSTER, name: str = "liste.csv") -> str:
    """A file sent; where its columns are asked for."""
    answer = await client.post(f"{where}/import", data={"form_key": f"send-{abs(hash(content))}"}, files={"file": (name, content, "text/csv")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def done(stage: RosterStage, client: httpx.AsyncClient, answer: httpx.Response, who: str = "unifor benefits_officer") -> str:
    """The page of long work, once it has ended."""
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    from uuid import UUID

    await progress.finished(stage.pool, stage.people[who], UUID(address.rpartition("/")[2]))
    return (await client.get(address)).text


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the page's last form that brings in."""
    return dict(re.findall(r'<input type="hidden" name="((?:column|written|columns|form_key)[^"]*)" value="([^"]*)"', html))


async def test_a_roster_from_its_file_to_its_copy(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        assert "Nobody is on the roster yet" in (await client.get(ROSTER)).text
        address = await sent(client, FILE)
        # The heading says reference, name and standing; "SL" is understood as the local.
        shown = (await client.get(address)).text
        assert "2 rows under the heading" in shown and "Kowalski, Ana" in shown
        ended = await done(stage, client, await client.post(address, data=hidden(shown)))
        assert "It is done." in ended and re.search(r"New</dt>\s*<dd[^>]*>2<", ended), ended
        listed = (await client.get(ROSTER)).text
        assert listed.index("Kowalski, Ana") < listed.index("Nguyen, Théo") and "In arrears" in listed
        assert "Nguyen" not in (await client.get(ROSTER, params={"q": "kowal"})).text
        assert "Kowalski" not in (await client.get(ROSTER, params={"local": "1285"})).text
        copy = await client.get(ROSTER, params={"format": "csv"})
        assert copy.headers["content-disposition"] == 'attachment; filename="S-0002-roster.csv"'
        assert copy.text.count("benefits_officer unifor, 2026-11-23 17:00 UTC") == 2


async def test_a_copy_can_be_brought_in_again_as_it_is(app: Litestar, stage: RosterStage) -> None:
    await stage.bring("unifor", "A-1,Ana Kowalski,112,good,leave,ei,1250.50", "A-2,Théo Nguyễn,1285,arrears,laid off,,", heading=(
        "reference,name,local,standing,payroll,other income,weekly gross pay"
    ))  # fmt: skip
    async with client_for(app, stage.people["unifor treasurer"]) as client:
        for language in ("en", "fr"):
            await client.post("/language", data={"language": language, "next": "/"})
            for kind in ("csv", "xlsx"):
                rows = read_rows((await client.get(ROSTER, params={"format": kind})).content, f"copy.{kind}")
                mapping = guess_mapping(COLUMNS, rows[heading_row(COLUMNS, rows)])
                members, faults = read_roster(rows, mapping, Reading(("112", "1285"), "CAD", language, stage.pool.today()))
                assert faults.count == 0, (language, kind, faults, rows[:2])
                assert [(m.reference, m.standing, m.payroll, m.other_income, m.gross_weekly_minor) for m in members] == [
                    ("A-1", "good", "leave", "ei", 1_250_50), ("A-2", "arrears", "laid_off", "", None),
                ]  # fmt: skip


async def test_faults_are_shown_by_row_and_nothing_is_brought_in(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        address = await sent(client, b"reference,name,local,standing\nA-1,Ana Kowalski,112,perhaps\nA-1,Sam Orr,999,good\n")
        shown = (await client.get(address)).text
        assert "3 cells cannot be read." in shown and "stands in row 2 already" in shown
        assert "is a word that is not known in this column" in shown and "999 is not a local of this strike" in shown
        assert "Bring it in" not in shown
        ended = await done(stage, client, await client.post(address, data=hidden(shown)))
        assert "nothing was brought in" in ended
        assert "Nobody is on the roster yet" in (await client.get(ROSTER)).text


async def test_columns_are_chosen_and_a_file_thrown_away(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        address = await sent(client, b"x,y,z\nA-1,Ana Kowalski,112\n")
        assert "No column was named for: Member reference, Member name, Local." in (await client.get(address)).text
        chosen = {"columns": "chosen", "column-reference": "0", "column-name": "1", "column-local": "2", "written": "en"}
        assert "Bring it in" in (await client.get(address, params=chosen)).text
        answer = await client.post(address, data={"action": "drop", "form_key": "drop-the-file"})
        assert answer.headers["location"] == f"{ROSTER}/import?done=file_dropped"
        assert (await client.get(address)).status_code == 404


async def test_a_file_is_brought_in_once_however_often_it_is_sent(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        address = await sent(client, FILE)
        form = hidden((await client.get(address)).text)
        twice = await asyncio.gather(*(client.post(address, data=form) for _ in range(2)))
        ended = {answer.headers["location"] for answer in twice}
        assert len(ended) == 1
        for late in (await client.post(address, data=form | {"form_key": "from-another-window"}), await client.get(address)):
            assert (late.status_code, late.headers["location"]) == (303, *ended)
        shown = (await client.get(*ended)).text
        assert re.search(r"New</dt>\s*<dd[^>]*>2<", shown) and f'href="{ROSTER}"' in shown
        # What was brought in is not thrown away, whatever an old page offers.
        dropped = await client.post(address, data={"action": "drop", "form_key": "too-late-to-drop"})
        assert dropped.headers["location"] in ended


async def test_a_file_that_was_refused_may_be_tried_again(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        address = await sent(client, b"x,name,local\nA-1,Ana Kowalski,112\n")
        first = {"columns": "chosen", "column-name": "1", "column-local": "2", "written": "en", "form_key": "without-reference"}
        assert "No column of the file was named for: " in await done(stage, client, await client.post(address, data=first))
        again = first | {"column-reference": "0", "form_key": "with-reference"}
        assert "It is done." in await done(stage, client, await client.post(address, data=again))


async def test_files_that_wait_are_shown_in_pages(app: Litestar, stage: RosterStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_files, "PAGE_FILES", 2)
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        for number in range(5):
            await sent(client, FILE + b"\n" * number, name=f"list-{number}.csv")
        shown, address = [], f"{ROSTER}/import"
        while address:
            html = (await client.get(address)).text
            shown += re.findall(r">(list-\d\.csv)<", html)
            following = re.search(r'rel="next" href="([^"]+)"', html)
            address = following[1].replace("&amp;", "&") if following else ""
        assert sorted(shown) == [f"list-{number}.csv" for number in range(5)] and "After 14 days" in html


async def test_what_is_no_spreadsheet_is_said_beside_the_field(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        answer = await client.post(f"{ROSTER}/import", data={"form_key": "no-spreadsheet"}, files={"file": ("r.pdf", b"%PDF-1.7", "application/pdf")})
        assert answer.status_code == 422 and "This is not a CSV or XLSX file." in answer.text


@pytest.mark.parametrize("where", [ROSTER, "/strikes/S-0002/duty"])
async def test_a_heading_alone_is_refused_beside_the_field(app: Litestar, stage: RosterStage, where: str) -> None:
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        for content in (b"reference,name,local,day,hours\n", b"\nreference,name,local,day,hours\n,,,\n , \n"):
            answer = await client.post(f"{where}/import", data={"form_key": f"alone-{len(content)}"}, files={"file": ("r.csv", content, "text/csv")})
            assert answer.status_code == 422 and 'id="f-file-error">There is no row under the heading (row ' in answer.text
            assert "Sent, and not brought in" not in answer.text


async def test_a_sheet_without_an_hour_offers_nothing_to_bring_in(app: Litestar, stage: RosterStage) -> None:
    await stage.bring("unifor", "A-1,Ana Kowalski,112,good")
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        shown = (await client.get(await sent(client, b"member,2026-11-16\nA-1,\n", "/strikes/S-0002/duty"))).text
        assert "There is nothing in this file to bring in." in shown and ">Bring it in<" not in shown


async def test_a_member_is_changed_with_a_reason_and_one_put_on(app: Litestar, stage: RosterStage) -> None:
    await stage.bring("unifor", "A-1,Ana Kowalski,112,good")
    form: dict[str, Any] = {
        "name": "Ana Kowalska", "local": "112", "standing": "arrears", "payroll": "active", "registered_on": "2026-11-02", "dependants": "1",
        "gross_weekly": "1,250.50", "pay_method": "cheque", "on_hold": "yes", "reason": "", "form_key": "change-ana-1",
    }  # fmt: skip
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        refused = await client.post(f"{ROSTER}/members/1/change", data=form)
        assert refused.status_code == 422 and "Ana Kowalska" in refused.text
        secret = await client.post(f"{ROSTER}/members/1/change", data=form | {"reason": "x", "pay_reference": "046 454 286"})
        assert secret.status_code == 422 and "which are never kept here" in secret.text
        kept = await client.post(f"{ROSTER}/members/1/change", data=form | {"reason": "Dues came back", "form_key": "change-ana-2"})
        assert kept.headers["location"] == f"{ROSTER}/members/1?done=member_changed"
        shown = (await client.get(f"{ROSTER}/members/1")).text
        assert "Dues came back" in shown and "on hold" in shown and "1,250.50" in shown
        added = await client.post(f"{ROSTER}/new", data=form | {"reference": "A-9", "reason": "Late", "form_key": "add-one-more"})
        assert added.headers["location"] == f"{ROSTER}/members/2?done=member_added"


async def test_names_go_only_when_the_number_is_typed(app: Litestar, stage: RosterStage) -> None:
    from datetime import date

    from ledger.services import roster_retention, strikes

    await stage.bring("unifor", "A-1,Ana Kowalski,112,good")
    officer = stage.people["unifor benefits_officer"]
    async with client_for(app, officer) as client:
        assert "Take the names out" not in (await client.get(f"{ROSTER}/retention")).text
        today = stage.pool.today()
        await roster_retention.set_retention(stage.pool, officer, stage.key(), "S-0002", today)
        assert "as long as the strike is not closed or called off" in (await client.get(f"{ROSTER}/retention")).text, "a day alone takes nothing out"
        await strikes.end(stage.pool, officer, stage.key(), "S-0002", date(2026, 11, 20))
        await strikes.close_strike(stage.pool, officer, stage.key(), "S-0002", "Settled")
        wrong = await client.post(f"{ROSTER}/retention", data={"action": "names_out", "typed": "S-0001", "form_key": "names-out-1"})
        assert wrong.status_code == 422
        gone = await client.post(f"{ROSTER}/retention", data={"action": "names_out", "typed": "S-0002", "form_key": "names-out-2"})
        assert gone.headers["location"] == f"{ROSTER}?done=names_out"
        shown = (await client.get(ROSTER)).text
        assert "Kowalski" not in shown and "R-000001" in shown


# --- picket duty ------------------------------------------------------------------------------------------------------


async def test_a_captain_types_and_taps_on_the_line(app: Litestar, stage: RosterStage) -> None:
    await stage.bring("unifor", "A-1,Ana Kowalski,112,good", "A-2,Théo Nguyễn,112,good", "B-1,Noor Haddad,1285,good")
    person = await captain(stage, "unifor", "112")
    duty = "/strikes/S-0002/duty"
    async with client_for(app, person) as client:
        assert (await client.get("/duty")).headers["location"] == duty
        shown = (await client.get(duty)).text
        assert 'value="A-1"' in shown and "B-1" not in shown and "Kowalski" not in shown
        typed = {"day": "2026-11-20", "local": "", "hours": "4", "reference": "a-1", "form_key": "typed-one-1"}
        assert (await client.post(duty, data=typed)).headers["location"] == f"{duty}?day=2026-11-20&done=duty_recorded"
        await client.post(duty, data={"day": "2026-11-20", "hours": "4:30", "reference": "", "tapped": "A-2", "form_key": "tapped-one-1"})
        shown = (await client.get(duty, params={"day": "2026-11-20"})).text
        assert "2 members recorded." in shown and "4 h 30 hours" in shown and "Nguy" not in shown
        unknown = await client.post(duty, data=typed | {"reference": "B-1", "form_key": "typed-two-2"})
        assert unknown.status_code == 422 and "Nobody of that reference is on the roster" in unknown.text
        wrong = await client.post(duty, data=typed | {"hours": "25", "form_key": "typed-two-3"})
        assert wrong.status_code == 422 and "at most 24" in wrong.text
        undone = await client.post(duty, data={"day": "2026-11-20", "member": "1", "action": "undo", "form_key": "undo-one-1"})
        assert undone.headers["location"] == f"{duty}?day=2026-11-20&done=duty_undone"
        assert (await client.get(f"{duty}/import")).status_code == 403


async def test_who_keeps_the_roster_names_captains_and_brings_duty_in(app: Litestar, stage: RosterStage) -> None:
    await stage.bring("unifor", "A-1,Ana Kowalski,112,good")
    person = stage.people["unifor picket_captain"].person_id
    duty = "/strikes/S-0002/duty"
    async with client_for(app, stage.people["unifor benefits_officer"]) as client:
        named = await client.post(f"{duty}/captains", data={"person": str(person), "local": "112", "form_key": "name-captain-1"})
        assert named.headers["location"] == f"{duty}/captains?done=captain_named"
        assert "picket_captain unifor" in (await client.get(f"{duty}/captains")).text
        address = await sent(client, b"member,2026-11-16,2026-11-17\nA-1,4,8\n", duty)
        shown = (await client.get(address)).text
        assert "2 columns are days." in shown
        assert "It is done." in await done(stage, client, await client.post(address, data=hidden(shown)))
        assert "Ana Kowalski" in (await client.get(duty, params={"day": "2026-11-17"})).text
        ended = await client.post(f"{duty}/captains", data={"person": str(person), "local": "112", "action": "end", "form_key": "end-captain-1"})
        assert ended.headers["location"] == f"{duty}/captains?done=captain_ended"
