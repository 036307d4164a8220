"""Weekly runs as people take them through the pages: who sees what, what is shown before it is posted, and what is refused where."""

import csv
import io
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.strikes import Strike
from ledger.services import duty
from ledger.services import strike_runs as runs
from ledger.services.pool import Pool
from ledger.storage.private import rosters_of
from tests.conftest import client_for
from tests.services.requests_stage import Stage
from tests.services.runs_stage import computed, enrol, paid, picket, submitted, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage


class Doors(msgspec.Struct):
    """The stage, a strike with eight members, and a browser for each person."""

    stage: Stage
    strike: Strike
    clients: dict[str, httpx.AsyncClient]

    async def see(self, who: str, address: str, status: int = 200) -> str:
        answer = await self.clients[who].get(address)
        assert answer.status_code == status, answer.text[:600]
        return answer.text

    async def send(self, who: str, address: str, status: int = 303, **form: Any) -> httpx.Response:
        answer = await self.clients[who].post(address, data={"form_key": self.stage.key(), **form})
        assert answer.status_code == status, re.sub(r"\s+", " ", answer.text)[:3000]
        return answer


WHO = ("unifor benefits", "unifor officer", "unifor treasurer", "unifor second", "unifor deputy", "unifor board", "ue treasurer", "ue benefits")


@pytest_asyncio.fixture(loop_scope="session")
async def doors(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> AsyncIterator[Doors]:
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=50_000_00)
    strike = await on_strike(stage, "unifor", locals=("8504", "8610"))
    days = weekdays(FIRST_DAY)
    await enrol(stage, strike, *[{}] * 5, {"registered_on": days[2]}, {"local": 1}, {"other_income": "vacation"})
    for member in (*range(1, 7), 8):
        await picket(stage, strike, member, *days)
    await picket(stage, strike, 7, *days[:4])
    async with AsyncExitStack() as stack:
        clients = {who: await stack.enter_async_context(client_for(app, stage.who[who])) for who in WHO}
        yield Doors(stage, strike, clients)


def buttons(page: str) -> list[str]:
    """What stands on the filled buttons."""
    return [re.sub(r"<[^>]+>", "", found).strip() for found in re.findall(r'class="btn main"[^>]*>(.*?)</(?:a|button)>', page, re.S)]


def seen(page: str) -> str:
    """The mark of what a form showed, which its browser sends along."""
    return re.findall(r'name="seen" value="(\w+)"', page)[0]


async def test_a_run_from_begun_to_closed_by_three_people(doors: Doors) -> None:
    new = await doors.see("unifor benefits", f"/strikes/runs/new?strike={doors.strike.number}")
    assert "Week 1: November 2, 2026 to November 8, 2026" in new
    made = await doors.send("unifor benefits", "/strikes/runs/new", strike=doors.strike.number, week="1", action="start")
    base = made.headers["location"].partition("?")[0]
    assert buttons(await doors.see("unifor benefits", base)) == ["Compute"]
    done = await doors.send("unifor benefits", f"{base}/compute")
    assert done.headers["location"] == f"{base}?done=run_computed"
    run = await doors.see("unifor benefits", base)
    assert "for week 1 of Meridian walkout, unifor" in run and buttons(run) == ["Submit for approval"]
    assert "Has another income" in run and "8610" in run
    await doors.send("unifor benefits", f"{base}/submit", revision="1")
    assert buttons(await doors.see("unifor benefits", base)) == []

    officer = await doors.see("unifor officer", f"{base}/approve")
    assert "What will be posted" in officer and "Strike benefits payable" in officer
    assert "Member 1" not in officer
    await doors.send("unifor officer", f"{base}/approve", date="2026-11-06", revision="1", action="post")
    bank = str(await doors.stage.bank("unifor"))
    pay = await doors.see("unifor treasurer", f"{base}/pay")
    assert "Liabilities" not in pay and "What will be posted" in pay
    wrong = await doors.send("unifor treasurer", f"{base}/pay", 422, account=bank, date="2026-11-06", first_cheque="", action="post")
    assert "f-first_cheque-error" in wrong.text
    sent = await doors.send("unifor treasurer", f"{base}/pay", account=bank, date="2026-11-06", first_cheque="1001", action="post")
    assert sent.headers["location"] == f"{base}?done=run_paid"

    paid_page = await doors.see("unifor benefits", base)
    assert "J-" in paid_page and buttons(paid_page) == ["Mark all as cleared"]
    await doors.send("unifor benefits", f"{base}/lines/2/stop", date="2026-11-10", fee="12.50", reason="Lost", action="post")
    line = await doors.see("unifor benefits", f"{base}/lines/2")
    assert "Stopped" in line and "Lost" in line and buttons(line) == []
    assert buttons(await doors.see("unifor treasurer", f"{base}/lines/2")) == ["Issue it again"]
    await doors.send("unifor treasurer", f"{base}/lines/2/reissue", date="2026-11-10", method="cheque", reference="1008", action="post")
    await doors.send("unifor benefits", f"{base}/lines", member=["1", "2"], date="2026-11-12", action="clear")
    await doors.send("unifor benefits", f"{base}/clear", date="2026-11-12", action="post")
    assert buttons(await doors.see("unifor benefits", base)) == ["All is accounted for"]
    await doors.send("unifor benefits", f"{base}/reconcile")
    await doors.send("unifor benefits", f"{base}/close")
    assert "Nothing of this week waits for anybody." in await doors.see("unifor board", base)


async def test_lines_are_found_by_words_reasons_and_payment_and_say_how_they_were_worked_out(doors: Doors) -> None:
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    base = f"/strikes/runs/{run.number}/lines"
    everybody = await doors.see("unifor benefits", base)
    assert "5 of 5 days × CAD" in everybody.replace("\u00a0", " ") and "3 of 5 days × CAD" in everybody.replace("\u00a0", " ")
    assert "2 days: not registered yet" in everybody and "1 day: too little picket duty" in everybody
    found = {
        "?q=member+3": ["Member 3"], "?q=M4": ["Member 4"], "?q=1002": ["Member 2"], "?reason=other_income_source": ["Member 8"],
        "?local=8610": ["Member 7"], "?shows=exceptions": ["Member 6", "Member 7", "Member 8"], "?shows=stopped": [], "?shows=late": [],
    }  # fmt: skip
    for query, names in found.items():
        page = await doors.see("unifor treasurer", base + query)
        assert re.findall(r">(Member \d)</a>", page) == names, query
    assert re.findall(r">(Member \d)</a>", await doors.see("unifor benefits", f"{base}?after=6")) == ["Member 7", "Member 8"]


async def test_the_other_union_and_officers_see_totals_and_nobody_s_line(doors: Doors) -> None:
    run = await computed(doors.stage, doors.strike)
    base = f"/strikes/runs/{run.number}"
    theirs = await doors.see("ue treasurer", base)
    assert "held back" in theirs and "Numbers under 5" in theirs and "/lines" not in theirs
    own = await doors.see("unifor officer", base)
    assert "held back" not in own and "/lines" not in own
    for who, address in (("ue treasurer", f"{base}/lines"), ("ue benefits", f"{base}/lines/1"), ("unifor officer", f"{base}/lines")):
        await doors.see(who, address, 403)
    await doors.send("ue benefits", f"{base}/compute", 403)


async def test_a_payment_is_shown_before_it_is_put_right_and_a_wrong_form_keeps_what_was_typed(doors: Doors) -> None:
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    base = f"/strikes/runs/{run.number}/lines/1"
    assert "Strike benefits payable" in await doors.see("unifor benefits", f"{base}/stop")
    shown = await doors.send("unifor benefits", f"{base}/overpaid", 200, amount="60.00", date="2026-11-10", reason="One day", action="preview")
    assert "Strike benefits to recover" in shown.text
    wrong = await doors.send("unifor benefits", f"{base}/overpaid", 409, amount="999.00", date="2026-11-10", reason="One day", action="post")
    assert 'value="999.00"' in wrong.text and "f-amount-error" in wrong.text
    early = await doors.send("unifor benefits", f"{base}/void", 422, date="2026-11-01", reason="Not due", action="post")
    assert "f-date-error" in early.text
    nobody = await doors.send("unifor benefits", f"/strikes/runs/{run.number}/lines", 422, date="2026-11-10", action="clear")
    assert "Tick the payments first." in nobody.text
    assert (await doors.clients["unifor benefits"].get(f"{base}/reissue")).status_code == 303


async def test_paying_is_looked_at_again_for_another_day_and_not_for_a_cheque_number(doors: Doors) -> None:
    run, today = await submitted(doors.stage, doors.strike), doors.stage.pool.today().isoformat()
    base = f"/strikes/runs/{run.number}"
    await doors.send("unifor officer", f"{base}/approve", date="2026-11-09", revision=str(run.revision), action="post")
    mark = seen(await doors.see("unifor treasurer", f"{base}/pay"))
    typed = {"account": str(await doors.stage.bank("unifor")), "first_cheque": "1001", "seen": mark, "action": "post"}
    other = await doors.send("unifor treasurer", f"{base}/pay", 200, date="2026-11-10", **typed)
    assert "You changed something after looking at it" in other.text
    await doors.send("unifor treasurer", f"{base}/pay", date=today, **typed)


async def test_a_reason_or_a_step_that_posts_nothing_asks_for_no_second_look(doors: Doors) -> None:
    run, today = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4)), doors.stage.pool.today().isoformat()
    base, who = f"/strikes/runs/{run.number}/lines", "unifor benefits"
    mark = seen(await doors.see(who, f"{base}/1/stop"))
    await doors.send(who, f"{base}/1/stop", date=today, method="cheque", fee="12.50", reason="Lost", action="post", seen=mark)
    mark = seen(await doors.see(who, f"{base}/3/clear"))
    await doors.send(who, f"{base}/3/clear", date="2026-11-20", action="post", seen=mark)
    await doors.send(who, f"{base}/2/overpaid", amount="60.00", date="2026-11-20", reason="A day too many", action="post")
    mark = seen(await doors.see(who, f"{base}/2/write-off"))
    await doors.send(who, f"{base}/2/write-off", 409, amount="60.01", code="hardship", action="post", seen=mark)
    await doors.send(who, f"{base}/2/write-off", amount="40.00", code="hardship", action="post", seen=mark)


async def test_the_payment_list_and_the_cheque_register_are_marked_with_who_took_them(doors: Doors, pool: Pool) -> None:
    async with pool.database.writing() as connection, rosters_of(connection, "unifor"):
        await connection.execute("UPDATE strike_members SET name = '=HYPERLINK(1)' WHERE member = 1")
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    base = f"/strikes/runs/{run.number}/payments"
    listed = await doors.see("unifor benefits", f"{base}/csv")
    rows = list(csv.reader(io.StringIO(listed.removeprefix("\ufeff"))))
    assert [row[5] for row in rows[1:]] == ["1001", "1002", "1003", "1004", "1005", "1006", "1007"]
    assert rows[1][1] == "'=HYPERLINK(1)" and all(row[-1].startswith("Benefits of unifor, 20") for row in rows[1:])
    for form, begins in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = await doors.clients["unifor treasurer"].get(f"{base}/{form}")
        assert answer.status_code == 200 and answer.content.startswith(begins)
    async with pool.database.reading() as connection:
        kept = [row["action"] for row in await connection.fetch("SELECT action FROM audit WHERE action IN ('export_list', 'view_roster')")]
    assert kept.count("export_list") == 3 and kept.count("view_roster") >= 3
    for who in ("unifor officer", "ue treasurer", "ue benefits"):
        await doors.see(who, f"{base}/csv", 403)
    await doors.see("unifor benefits", f"{base}/json", 404)


async def test_an_overpayment_is_paid_back_and_the_rest_written_off_by_a_second_person(doors: Doors) -> None:
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    base, bank = f"/strikes/runs/{run.number}", str(await doors.stage.bank("unifor"))
    line = f"{base}/lines/1"
    await doors.see("unifor benefits", f"{line}/paid-back", 303)
    await doors.send("unifor benefits", f"{line}/overpaid", amount="60.00", date="2026-11-09", reason="A day too many", action="post")
    assert "At most" in await doors.see("unifor benefits", f"{line}/paid-back")
    shown = await doors.send(
        "unifor benefits", f"{line}/paid-back", 200, amount="20.00", account=bank, date="2026-11-10", reference="Slip 88", action="preview"
    )
    assert "What will be posted" in shown.text and "Slip 88" in shown.text
    wrong = await doors.send("unifor benefits", f"{line}/paid-back", 409, amount="60.01", account=bank, date="2026-11-10", action="post")
    assert "f-amount-error" in wrong.text and "60.01" in wrong.text
    await doors.send("unifor benefits", f"{line}/paid-back", amount="20.00", account=bank, date="2026-11-10", reference="Slip 88", action="post")
    await doors.send("unifor benefits", f"{line}/write-off", 422, amount="40.00", code="", action="post")
    await doors.send("unifor benefits", f"{line}/write-off", amount="40.00", code="hardship", note="Rent is due", action="post")
    told = await doors.see("unifor benefits", line)
    assert "Slip 88" in told and "Rent is due" in told and "Waits for approval" in told and "Propose to write it off" not in told
    own = await doors.see("unifor officer", base)
    assert f"{base}/write-offs/2" in own
    page = await doors.see("unifor officer", f"{base}/write-offs/2")
    assert "The member cannot pay it back without hardship" in page and buttons(page) == ["Write it off"]
    assert "Member 1" not in page and "Rent is due" not in page
    await doors.see("ue treasurer", f"{base}/write-offs/2", 403)
    await doors.see("unifor board", f"{base}/write-offs/2", 403)
    await doors.see("unifor officer", f"{base}/write-offs/1", 404)
    done = await doors.send("unifor officer", f"{base}/write-offs/2", date="2026-11-11", action="post")
    assert done.headers["location"] == f"{base}?done=written_off"
    again = await doors.send("unifor second", f"{base}/write-offs/2", 409, date="2026-11-11", action="refuse")
    assert "It was decided about already." in again.text
    assert "Written off" in await doors.see("unifor officer", base)
    assert "write-offs" not in await doors.see("ue treasurer", base)


async def test_a_deputy_who_pays_issues_a_stopped_payment_again_without_being_told_for_whom(doors: Doors) -> None:
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    base = f"/strikes/runs/{run.number}"
    await doors.send("unifor benefits", f"{base}/lines/2/stop", date="2026-11-10", fee="", reason="Member 2 lost it", action="post")
    assert f"{base}/payments" in await doors.see("unifor deputy", base)
    listed = await doors.see("unifor deputy", f"{base}/payments")
    assert "Payment 2" in listed and "1002" in listed and "300.00" in listed and "Member 2" not in listed and "M2" not in listed
    page = await doors.see("unifor deputy", f"{base}/payments/2/reissue")
    assert "What will be posted" in page and "Member 2" not in page and buttons(page) == ["Issue it again"]
    wrong = await doors.send("unifor deputy", f"{base}/payments/2/reissue", 422, date="2026-11-10", method="cheque", reference="x1", action="post")
    assert "f-reference-error" in wrong.text and "x1" in wrong.text
    form = {"date": "2026-11-10", "method": "cheque", "reference": "1008", "action": "post"}
    form["form_key"] = doors.stage.key()
    for _ in ("pressed", "pressed twice"):
        sent = await doors.send("unifor deputy", f"{base}/payments/2/reissue", **form)
        assert sent.headers["location"] == f"{base}/payments?done=payment_reissue"
    assert "No payment waits to be issued again" in await doors.see("unifor deputy", f"{base}/payments")
    late = await doors.send("unifor deputy", f"{base}/payments/2/reissue", **(form | {"form_key": doors.stage.key()}))
    assert late.headers["location"] == f"{base}/payments"
    assert (await doors.see("unifor benefits", f"{base}/lines/2")).count("1008") == 1
    await doors.see("unifor deputy", f"{base}/payments/2/reissue", 303)
    for who in ("unifor benefits", "unifor officer", "ue treasurer"):
        await doors.see(who, f"{base}/payments", 403)


async def test_what_changed_after_a_week_was_paid_is_told_and_taken_up(doors: Doors) -> None:
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    stage, base = doors.stage, f"/strikes/runs/{run.number}"
    assert "Nothing changed since" in await doors.see("unifor benefits", f"{base}/changes")
    await duty.record(stage.pool, stage.who["unifor benefits"], stage.key(), doors.strike.number, FIRST_DAY + timedelta(days=4), "M7", 240)
    draft = await runs.start_run(stage.pool, stage.who["unifor benefits"], stage.key(), doors.strike.number, 2)
    for path in (base, f"/strikes/runs/{draft.number}"):
        page = (await doors.see("unifor benefits", path)).replace("\u00a0", " ")
        assert "1 member’s duty or roster line changed after week 1 was computed: paid too little CAD 60.00, too much CAD 0.00." in page
        assert f"{base}/changes" in page
    other = await doors.see("ue treasurer", base)
    assert "A few members’ duty or roster line changed" in other and "60.00" not in other and "/changes" not in other
    whose = await doors.see("unifor benefits", f"{base}/changes")
    assert "Member 7" in whose and "60.00" in whose and buttons(whose) == ["Take these up"]
    await doors.see("unifor officer", f"{base}/changes", 403)
    await doors.send("unifor benefits", f"{base}/changes")
    assert "changed after week 1" not in await doors.see("unifor benefits", base)
    await doors.send("unifor benefits", f"/strikes/runs/{draft.number}/compute")
    line = (await doors.see("unifor benefits", f"/strikes/runs/{draft.number}/lines/7")).replace("\u00a0", " ")
    assert "owed from earlier weeks: CAD 60.00" in line
    await doors.send("unifor benefits", f"{base}/changes", 409)


async def test_who_changed_the_duty_is_told_before_the_button_that_another_approves(doors: Doors) -> None:
    await duty.record(doors.stage.pool, doors.stage.who["unifor treasurer"], doors.stage.key(), doors.strike.number, FIRST_DAY, "M7", 300)
    base = f"/strikes/runs/{(await submitted(doors.stage, doors.strike)).number}"
    page = await doors.see("unifor treasurer", base)
    assert "You brought in or changed the roster or the duty that this run rests on" in page and buttons(page) == []
    await doors.see("unifor treasurer", f"{base}/approve", 303)
    other = await doors.see("unifor second", base)
    assert "You brought in or changed" not in other and buttons(other) == ["Read and approve"]
    sent = await doors.send("unifor treasurer", f"{base}/approve", 403, date="2026-11-06", revision="1", action="post")
    assert "Another officer or treasurer of your union approves it" in sent.text


async def test_the_lists_and_forms_without_anything_say_how_to_begin(doors: Doors) -> None:
    assert "Begin a run" in await doors.see("unifor benefits", "/strikes/runs")
    assert "No strike of your union pays its members now" in await doors.see("ue benefits", "/strikes/runs/new")
    await doors.send("unifor benefits", "/strikes/runs/new", 422, action="start")
    run = await computed(doors.stage, doors.strike)
    listed = await doors.see("ue treasurer", "/strikes/runs?state=computed")
    assert run.number in listed
    assert "No run fits" in await doors.see("ue treasurer", "/strikes/runs?state=paid")


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_of_a_run_is_there_in_both_languages(doors: Doors, language: str) -> None:
    run = await paid(doors.stage, doors.strike, FIRST_DAY + timedelta(days=4))
    client = doors.clients["unifor benefits"]
    await client.post("/language", data={"language": language})
    for path in ("", "/lines", "/lines/1", "/lines/6/stop", "/lines/6/void", "/clear"):
        answer = await client.get(f"/strikes/runs/{run.number}{path}")
        assert answer.status_code == 200, path
