"""The close as one guided page: what is missing, the report fixed and taken away, signed with the sentence that was read, and opened again by both."""

import json
import re
from datetime import date

import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.sealed_reports import check_report
from ledger.services.pool import Pool
from tests.conftest import Clock, client_for
from tests.services import bank_stage, requests_stage
from tests.services.close_stage import JUNE, PASSWORD, Stage, set_stage
from tests.services.extracts_stage import brought, june
from tests.services.test_funds import post


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, clock, ue, unifor)


async def test_a_month_from_the_list_to_both_signatures(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.ue) as ue, client_for(app, stage.unifor) as unifor:
        assert "June 2026" in (await ue.get("/close")).text
        settled = {"reopen": "CL-2026-06 is open: there is nothing to open again.", "sign": "CL-2026-06 has no fixed report that could be signed."}
        for act, said in settled.items():
            nothing = (await ue.get(f"/close/{JUNE}/{act}")).text
            assert said in nothing and 'method="post" action="/close' not in nothing and "Back to its steps" in nothing
        shown = (await ue.get(f"/close/{JUNE}")).text
        assert "Close of June 2026" in shown and "Next, and it is yours" in shown and "Fix the report" in shown
        assert (await ue.post(f"/close/{JUNE}/fix", data={"form_key": "fix-june-01"})).headers["location"] == f"/close/{JUNE}?done=close_fixed"
        pdf = await unifor.get(f"/close/{JUNE}/reports/1/fr.pdf")
        assert pdf.headers["content-disposition"] == 'attachment; filename="CL-2026-06-v1-fr.pdf"'
        assert check_report(pdf.content).faults == []
        asked = (await ue.get(f"/close/{JUNE}/sign")).text
        assert re.search(r"I have compared the reconciliation report CL-2026-06, version 1", asked)
        wrong = await ue.post(f"/close/{JUNE}/sign", data={"form_key": "sign-ue-0001", "action": "sign", "version": "1", "password": "not this one"})
        assert wrong.status_code == 403 and "The password or the code does not agree" in wrong.text
        assert wrong.text.count("One thing to mend") == 1
        for client, key in ((ue, "sign-ue-0002"), (unifor, "sign-unifor-1")):
            signed = await client.post(f"/close/{JUNE}/sign", data={"form_key": key, "action": "sign", "version": "1", "password": PASSWORD})
            assert signed.headers["location"] == f"/close/{JUNE}?done=close_signed", signed.text
            once_more = (await client.get(f"/close/{JUNE}/sign")).text
            assert 'name="password"' not in once_more
            assert ("Your union has signed this version" if client is ue else "Every union’s treasurer has signed CL-2026-06") in once_more
        assert "signed by both" in (await ue.get(f"/close/{JUNE}")).text
        head = await unifor.post(f"/close/{JUNE}/head", data={"form_key": "head-unifor-1"})
        assert check_report(pdf.content, json.loads(head.content)).faults == []
        why = {"reason": "A bill came late"}
        asked_first = await ue.post(f"/close/{JUNE}/reopen", data={"form_key": "reopen-ue-01", **why})
        assert asked_first.headers["location"] == f"/close/{JUNE}?done=close_asked"
        waits = (await ue.get(f"/close/{JUNE}/reopen")).text
        assert "Your union has asked" in waits and 'name="reason"' not in waits
        opened = await unifor.post(f"/close/{JUNE}/reopen", data={"form_key": "reopen-uni-1", **why})
        assert opened.headers["location"] == f"/close/{JUNE}?done=close_reopened"
        steps = re.sub(r"<[^>]+>", " ", (await ue.get(f"/close/{JUNE}")).text.partition('id="fixed"')[2].partition("</ol>")[0])
        assert "Version 1 was opened again" in steps and "UE has not signed" in steps and "UE signed" not in steps, "what was signed was version 1"
        top = (await ue.get(f"/close/{JUNE}")).text.partition('id="statements"')[0]
        assert "opened again" in top and "agreed with listed differences" not in top, "nor is the next version agreed"


async def test_what_is_left_in_suspense_is_listed_with_a_reason_by_each_union(app: Litestar, stage: Stage) -> None:
    await post(stage.pool, stage.ue, "2026-06-15", "Whose is it", "GEN", [("Expense:Organizing", "USD", 5_00), ("Liabilities:Suspense", "USD", -5_00)])
    async with client_for(app, stage.ue) as ue:
        shown = (await ue.get(f"/close/{JUNE}")).text
        assert "1 balance in suspense" in shown and "List it for my union" in shown and "Fix the report" not in shown
        refused = await ue.post(f"/close/{JUNE}/steps/suspense", data={"form_key": "list-it-0001", "remark": ""})
        assert refused.status_code == 422
        kept = await ue.post(f"/close/{JUNE}/steps/suspense", data={"form_key": "list-it-0002", "remark": "A donor is asked"})
        assert kept.headers["location"] == f"/close/{JUNE}?done=close_confirmed"
        assert "List it for my union" not in (await ue.get(f"/close/{JUNE}")).text, "UE has done its part"


async def test_what_differs_stands_under_the_steps_in_words_with_links_to_the_work(app: Litestar, pool: Pool, stage: Stage) -> None:
    people = await requests_stage.set_stage(pool, stage.ue, stage.unifor)
    await bank_stage.imported(people, bank_stage.statement(0, [bank_stage.line(1, date(2026, 6, 10), 50_000_00)], (date(2026, 6, 1), date(2026, 6, 30))))
    for union, name in (("ue", "ue_2026-01_sage50.csv"), ("unifor", "unifor_2026-01_acomba.csv")):
        await brought(people, union, date(2026, 6, 30), june(name), name)
    async with client_for(app, stage.unifor) as unifor:
        shown = (await unifor.get(f"/close/{JUNE}")).text
    account = await people.bank("unifor")
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown)).replace("\xa0", " ")
    assert "Between the unions, CAD" in words and "What Unifor owes UE not agreed yet 12,750.00 12,141.00 609.00" in words
    assert "2211 keying divides by nine: figures swapped 1,098.00 1,089.00 9.00" in words
    assert f'<a href="/bank/{account}">Unifor trust account, CAD: 1 line, ' in shown and "Unifor: 1 line" in shown and "UE: 1 to agree to" in shown
    assert '<a href="/comparison/2026-06-30#ue-CAD">Unifor owes UE, CAD</a>' in shown
    assert "UE-trust-USD" not in shown and "ue–unifor" not in shown


async def test_the_first_close_says_how_far_back_it_reaches_and_wants_it_ticked(app: Litestar, stage: Stage) -> None:
    await post(stage.pool, stage.ue, "2026-04-15", "Opening", "GEN", [("Assets:Bank:UE-trust-USD", "USD", 10_00), ("Equity:Net-assets", "USD", -10_00)])
    async with client_for(app, stage.ue) as ue:
        assert "it shuts every earlier day too, back to April 15, 2026" in (await ue.get(f"/close/{JUNE}")).text
        unsaid = await ue.post(f"/close/{JUNE}/fix", data={"form_key": "fix-first-01"})
        assert unsaid.status_code == 409 and "is the first close of these books" in unsaid.text
        said = await ue.post(f"/close/{JUNE}/fix", data={"form_key": "fix-first-02", "back_to": "2026-04-15"})
        assert said.headers["location"] == f"/close/{JUNE}?done=close_fixed"
        assert "opens with it" in (await ue.get(f"/close/{JUNE}/reopen")).text
        assert "shut with CL-2026-06" in (await ue.get("/close")).text


async def test_the_schedule_lists_due_days_and_a_treasury_keeps_its_holidays(app: Litestar, stage: Stage) -> None:
    day = {"country": "CA", "day": "2026-07-06", "name_en": "Storm", "name_fr": "Tempête", "source": "Bank of Canada"}
    async with client_for(app, stage.ue) as ue:
        shown = (await ue.get("/close/schedule")).text
        assert "Due for June 2026" in shown and "Mon 6 Jul" in shown and "Canada Day" in shown
        assert (await ue.post("/close/schedule", data={"form_key": "holiday-0001", **day, "source": ""})).status_code == 422
        kept = await ue.post("/close/schedule", data={"form_key": "holiday-0002", **day})
        assert kept.headers["location"] == "/close/schedule?done=holiday_kept#holidays"
        assert "Storm" in (await ue.get("/close/schedule")).text
        gone = await ue.post("/close/schedule", data={"form_key": "holiday-0003", "action": "remove", "country": "CA", "day": "2026-07-06"})
        assert gone.headers["location"] == "/close/schedule?done=holiday_removed#holidays"


async def test_a_treasury_sets_other_due_days_from_a_month_on(app: Litestar, stage: Stage) -> None:
    days = {"action": "days", "since": "2026-08-01", "statements": "2", "extracts": "3", "report": "5", "signatures": "8"}
    async with client_for(app, stage.unifor) as unifor:
        assert "every month" in (await unifor.get("/close/schedule")).text
        late = await unifor.post("/close/schedule", data={"form_key": "days-0001", **days, "since": "2026-06-01"})
        assert late.status_code == 422 and "does not move any more" in late.text and "Let the days hold from July 1, 2026" in late.text
        assert 'name="signatures"' in late.text and 'value="8"' in late.text, "nothing typed is lost"
        assert late.text.count("One thing to mend") == 1, "said of the form that it is about"
        kept = await unifor.post("/close/schedule", data={"form_key": "days-0002", **days})
        assert kept.headers["location"] == "/close/schedule?done=days_kept#days"
        shown = (await unifor.get("/close/schedule")).text
        assert "earlier months" in shown and "Tue 8 Sep" in shown


async def test_a_month_that_is_not_over_claims_nothing_and_links_to_nothing_that_is_refused(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.ue) as client:
        page = (await client.get("/close/CL-2026-07")).text
        assert "The month is not over yet." in page and "✓" not in page
        for link in set(re.findall(r'href="(/(?:close|comparison|bank)[^"#]*)', page)):
            assert (await client.get(link)).status_code == 200, link
        schedule = (await client.get("/close/schedule")).text
        assert "August 2026" in schedule and "/close/CL-2026-08" not in schedule


async def test_nothing_is_signed_that_is_not_fixed_and_no_version_is_made_up(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.unifor) as unifor:
        data = {"form_key": "sign-early1", "action": "sign", "version": "1", "password": PASSWORD}
        assert (await unifor.post(f"/close/{JUNE}/sign", data=data)).status_code == 409
        await stage.fix()
        for number, version in enumerate(("²", "", "x", "9" * 30)):
            made_up = await unifor.post(f"/close/{JUNE}/sign", data=data | {"form_key": f"sign-made-{number}", "version": version})
            assert made_up.status_code == 409, version
        shown = (await unifor.get(f"/close/{JUNE}")).text
        assert "/reports/reconciliation?from=2026-06-01&amp;to=2026-06-30" in shown


async def test_a_declined_report_names_why_and_a_superseded_one_leads_to_the_entry(app: Litestar, stage: Stage) -> None:
    await stage.fix()
    async with client_for(app, stage.unifor) as unifor:
        data = {"action": "decline", "version": "1", "password": PASSWORD}
        assert (await unifor.post(f"/close/{JUNE}/sign", data={"form_key": "decline-001", **data})).status_code == 422, "without a reason"
        told = await unifor.post(f"/close/{JUNE}/sign", data={"form_key": "decline-002", "remarks": "CAD 100.00 is missing", **data})
        assert told.headers["location"] == f"/close/{JUNE}?done=close_declined"
        shown = (await unifor.get(f"/close/{JUNE}")).text
        assert "disputed" in shown and "CAD 100.00 is missing" in shown
