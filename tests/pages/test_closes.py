"""The close as one guided page: what is missing, the report fixed and taken away, signed with the sentence that was read, and opened again by both."""

import json
import re

import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.sealed_reports import check_report
from ledger.services.pool import Pool
from tests.conftest import Clock, client_for
from tests.services.close_stage import JUNE, PASSWORD, Stage, set_stage
from tests.services.test_funds import post


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, clock, ue, unifor)


async def test_a_month_from_the_list_to_both_signatures(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.ue) as ue, client_for(app, stage.unifor) as unifor:
        assert "June 2026" in (await ue.get("/close")).text
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
        for client, key in ((ue, "sign-ue-0002"), (unifor, "sign-unifor-1")):
            signed = await client.post(f"/close/{JUNE}/sign", data={"form_key": key, "action": "sign", "version": "1", "password": PASSWORD})
            assert signed.headers["location"] == f"/close/{JUNE}?done=close_signed", signed.text
        assert "signed by both" in (await ue.get(f"/close/{JUNE}")).text
        head = await unifor.post(f"/close/{JUNE}/head", data={"form_key": "head-unifor-1"})
        assert check_report(pdf.content, json.loads(head.content)).faults == []
        why = {"reason": "A bill came late"}
        asked_first = await ue.post(f"/close/{JUNE}/reopen", data={"form_key": "reopen-ue-01", **why})
        assert asked_first.headers["location"] == f"/close/{JUNE}?done=close_asked"
        opened = await unifor.post(f"/close/{JUNE}/reopen", data={"form_key": "reopen-uni-1", **why})
        assert opened.headers["location"] == f"/close/{JUNE}?done=close_reopened"


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


async def test_a_declined_report_names_why_and_a_superseded_one_leads_to_the_entry(app: Litestar, stage: Stage) -> None:
    await stage.fix()
    async with client_for(app, stage.unifor) as unifor:
        data = {"action": "decline", "version": "1", "password": PASSWORD}
        assert (await unifor.post(f"/close/{JUNE}/sign", data={"form_key": "decline-001", **data})).status_code == 422, "without a reason"
        told = await unifor.post(f"/close/{JUNE}/sign", data={"form_key": "decline-002", "remarks": "CAD 100.00 is missing", **data})
        assert told.headers["location"] == f"/close/{JUNE}?done=close_declined"
        shown = (await unifor.get(f"/close/{JUNE}")).text
        assert "disputed" in shown and "CAD 100.00 is missing" in shown
