"""Pages of strikes as an officer of each union, a benefits officer, a treasurer and a board member see them, in both languages."""

import re
from datetime import date
from itertools import count
from typing import Any

import httpx
import msgspec
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules
from tests.conftest import client_for
from tests.pages.test_funds import in_french, text_of
from tests.services.requests_stage import Stage
from tests.services.strikes_stage import authorise, authorised, on_strike, recorded, set_stage
from tests.services.test_documents import PDF

_keys = count(1)
FORM: dict[str, Any] = {
    "name": "Meridian walkout", "kind": "strike", "locals": ["8504", "8610"], "employer": "Meridian Rail Works", "expected": "40",
    "notice_on": "2026-10-26", "starts_on": "2 Nov 2026", "mandate": "93 % in favour", "mandate_on": "2026-10-23", "rule_set": "unifor", "fund": "STRIKE",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def submit(client: httpx.AsyncClient, path: str, /, **fields: Any) -> httpx.Response:
    return await client.post(path, data={"form_key": f"strikes-page-{next(_keys)}", **fields})


# --- recording ------------------------------------------------------------------------------------------------------------


async def test_a_benefits_officer_records_a_strike(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.who["unifor benefits"]) as client:
        assert "No strikes yet" in text_of(await client.get("/strikes"))
        form = await client.get("/strikes/new")
        assert 'value="8504"' in form.text and 'value="506"' not in form.text
        made = await submit(client, "/strikes/new", **FORM)
        assert (made.status_code, made.headers["location"]) == (303, "/strikes/S-0001?done=strike_recorded")
        text = text_of(await client.get(made.headers["location"]))
        assert "Meridian walkout Notice given" in text
        assert "Strike of Unifor, Locals 8504 and 8610, at Meridian Rail Works. Members mean to walk out on November 2, 2026." in text
        assert "UE’s officers and Unifor’s officers must authorise it." in text
        assert "By which rules Unifor strike pay" in text
        assert "Notice recorded" in text


async def test_typed_values_stay_and_errors_stand_beside_their_field(app: Litestar, stage: Stage) -> None:
    wrong = {"name": "", "locals": ["506"], "expected": "0", "starts_on": "31 Feb 2026", "notice_on": "2027-01-01", "rule_set": "ue"}
    async with client_for(app, stage.who["unifor officer"]) as client:
        shown = await submit(client, "/strikes/new", **(FORM | wrong))
        assert shown.status_code == 422
        for name in wrong:
            assert f'id="f-{name}-error"' in shown.text, name
        assert "6 things to mend" in text_of(shown) and 'value="93 % in favour"' in shown.text
        rotating = await submit(client, "/strikes/new", **(FORM | {"kind": "rotating"}))
        assert (rotating.status_code, 'id="f-rule_set-error"' in rotating.text) == (422, True)
        assert "No strikes yet" in text_of(await client.get("/strikes"))


async def test_a_strike_is_changed_until_a_union_has_given_its_word(app: Litestar, stage: Stage) -> None:
    strike = await recorded(stage)
    async with client_for(app, stage.who["unifor benefits"]) as client:
        form = await client.get(f"/strikes/{strike.number}/change")
        assert 'value="Meridian walkout, unifor"' in form.text and 'value="8504" checked' in form.text
        done = await submit(client, f"/strikes/{strike.number}/change", **(FORM | {"locals": "8610", "expected": "1 250"}))
        assert done.headers["location"] == f"/strikes/{strike.number}?done=strike_changed"
        await in_french(client)
        text = text_of(await client.get(f"/strikes/{strike.number}"))
        assert "Grève d’Unifor, section locale 8610, employeur : Meridian Rail Works." in text
    async with client_for(app, stage.who["ue benefits"]) as client:
        assert (await client.get(f"/strikes/{strike.number}/change")).status_code == 403
    await authorise(stage, strike.number, "ue")
    async with client_for(app, stage.who["unifor benefits"]) as client:
        assert "/change" not in (await client.get(f"/strikes/{strike.number}")).text
        assert (await client.get(f"/strikes/{strike.number}/change")).status_code == 409


# --- authorising and steps --------------------------------------------------------------------------------------------------


async def test_officers_of_both_unions_authorise_side_by_side(app: Litestar, stage: Stage) -> None:
    strike = await recorded(stage)
    page, word = f"/strikes/{strike.number}", {"body": "General Executive Board", "resolution": "GEB-2026-31", "decided_on": "2026-10-30"}
    async with client_for(app, stage.who["ue officer"]) as client:
        text = text_of(await client.get(page))
        assert "Its officers must authorise the support" in text and "Record the last day out" not in text
        wrong = await submit(client, f"{page}/authorise", **(word | {"decided_on": "2026-12-30", "resolution": ""}))
        assert wrong.status_code == 422 and 'id="f-decided_on-error"' in wrong.text and 'id="f-resolution-error"' in wrong.text
        assert "it is not changed afterwards" in text_of(await client.get(f"{page}/authorise"))
        sent = {"file": ("resolution.pdf", PDF, "application/pdf")}
        done = await client.post(f"{page}/authorise", data={"form_key": "authorise-by-ue"} | word, files=sent)
        assert done.headers["location"] == f"{page}?done=strike_authorised"
        text = text_of(await client.get(page))
        assert "General Executive Board Resolution GEB-2026-31 of October 30, 2026" in text
        assert "resolution.pdf" in text and "Unifor’s officers must authorise it." in text
        assert (await client.get(f"{page}/authorise")).status_code == 409
    await authorise(stage, strike.number, "unifor")
    async with client_for(app, stage.who["unifor benefits"]) as client:
        html = (await client.get(page)).text
        assert f'<a class="btn main" href="{page}/begin">Say that members are out</a>' in html
        assert f'<a class="btn" href="{page}/call-off">Call it off</a>' in html


async def test_a_life_by_its_pages(app: Litestar, stage: Stage) -> None:
    strike = await authorised(stage)
    page = f"/strikes/{strike.number}"
    async with client_for(app, stage.who["unifor officer"]) as client:
        early = await submit(client, f"{page}/begin", starts_on="2026-10-01")
        assert early.status_code == 422 and 'id="f-starts_on-error"' in early.text
        for act, field, value, said in (
            ("begin", "starts_on", "2026-11-02", "Members are out since November 2, 2026."),
            ("ratify", "ratified_on", "20 Nov 2026", "The agreement was ratified on November 20, 2026"),
            ("end", "ended_on", "2026-11-23", "The last day out was November 23, 2026; what is left is settled now."),
            ("close", "reason", "All accounted for", "all is settled"),
        ):
            assert f'name="{field}"' in (await client.get(f"{page}/{act}")).text
            done = await submit(client, f"{page}/{act}", **{field: value})
            assert (done.status_code, done.headers.get("location")) == (303, f"{page}?done=strike_{act}"), done.text[:400]
            assert said in text_of(await client.get(page)), act
        assert (await submit(client, f"{page}/end", ended_on="2026-11-23")).status_code == 409
        assert (await client.get(f"{page}/nothing")).status_code == 404


async def test_rotating_days_are_written_one_a_line(app: Litestar, stage: Stage) -> None:
    async with stage.pool.database.writing() as connection:
        rules = msgspec.structs.replace(shipped_rule_sets()["unifor"].rules, code="unifor-rotating", applies_to=("rotating",))
        await strike_rules.add(connection, rules, 1, "unifor", date(2026, 1, 1), "confirmed", 1, stage.pool.clock())
    strike = await on_strike(stage, kind="rotating", rule_set="unifor-rotating")
    page = f"/strikes/{strike.number}"
    async with client_for(app, stage.who["unifor benefits"]) as client:
        wrong = await submit(client, f"{page}/days", strike_days="2026-11-03\nsomeday")
        assert wrong.status_code == 422 and "someday" in wrong.text
        await submit(client, f"{page}/days", strike_days="2026-11-05\n\n3 Nov 2026")
        assert "Strike days November 3, 2026 November 5, 2026" in text_of(await client.get(page))
        assert "2026-11-03\n2026-11-05" in (await client.get(f"{page}/days")).text


# --- the board's view -------------------------------------------------------------------------------------------------------


async def test_a_board_member_sees_both_unions_side_by_side(app: Litestar, stage: Stage) -> None:
    await on_strike(stage)
    await recorded(stage, "ue", name="Érié lockout", kind="lockout")
    async with client_for(app, stage.who["ue board"]) as client:
        text = text_of(await client.get("/strikes"))
        assert "Under way 0 Announced 1 Members out 0" in text and "Under way 1 Members out 40" in text
        assert "Record a strike" not in text and "/strikes/week" not in text
        for address, found in (
            ("/strikes?q=erie", ["S-0002"]), ("/strikes?union=unifor", ["S-0001"]), ("/strikes?state=on", ["S-0001"]),
            ("/strikes?state=live", ["S-0002", "S-0001"]), ("/strikes?sort=name", ["S-0001", "S-0002"]), ("/strikes?sort=-name", ["S-0002", "S-0001"]),
            ("/strikes?q=nothing-like-it", []),
        ):  # fmt: skip
            answer = await client.get(address)
            assert re.findall(r'data-href="/strikes/(S-\d+)"', answer.text) == found, address
        csv = (await client.get("/strikes?format=csv&sort=number")).content.decode("utf-8-sig")
        assert re.findall(r"\bS-\d{4}\b", csv) == ["S-0001", "S-0002"] and "Érié lockout" in csv
        assert (await client.get("/strikes?format=xlsx")).content[:2] == b"PK"


async def test_a_treasurer_of_the_other_union_reads_a_strike_and_does_nothing_with_it(app: Litestar, stage: Stage) -> None:
    strike = await on_strike(stage)
    async with client_for(app, stage.who["ue treasurer"]) as client:
        html = (await client.get(f"/strikes/{strike.number}")).text
        for link in ("roster", "duty", "end", "ratify"):
            assert f'href="/strikes/{strike.number}/{link}"' not in html
        assert "On the roster" not in html
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        html = (await client.get(f"/strikes/{strike.number}")).text
        assert f'href="/strikes/{strike.number}/roster"' in html and "On the roster" in html


async def test_the_week_on_one_page_says_what_waits_for_whom(app: Litestar, stage: Stage) -> None:
    await on_strike(stage)
    await on_strike(stage, "ue", name="Erie walkout")
    async with client_for(app, stage.who["unifor benefits"]) as client:
        html = (await client.get("/strikes/week")).text
        assert "Erie walkout" not in html and "must bring in the roster" in html
        assert html.count('class="btn main"') == 1 and 'href="/strikes/S-0001/roster">Bring in the roster' in html
        assert "Week 2" in text_of(await client.get("/strikes/week?strike=S-0001&week=2"))
        assert "Make the run" not in html and "Bring in the roster of strike S-0001" in text_of(await client.get("/"))
    async with client_for(app, stage.who["ue treasurer"]) as client:
        text = text_of(await client.get("/strikes/week"))
        assert "Erie walkout" in text and "UE’s benefits officers must prepare the advance of week 3." in text
    async with client_for(app, stage.who["unifor board"]) as client:
        assert (await client.get("/strikes/week")).status_code == 403
