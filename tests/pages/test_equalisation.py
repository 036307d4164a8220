"""Agreements, joint costs and equalisation as people of both unions use them in pages, in both languages, without a script."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from reports.registry import Query, build_report
from tests.conftest import client_for
from tests.pages.test_funds import in_french, submit, text_of
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.requests_stage import Stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


@pytest_asyncio.fixture(loop_scope="session")
async def officer(app: Litestar, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app, stage.who["unifor officer"]) as client:
        yield client


SIGNED = {
    "kind": "equalisation", "title": "Equalisation of joint costs", "fixes": "Joint costs of a quarter are shared by average membership.",
    "valid_from": "2026-01-01", "ue_signed_by": "Ida Marlow", "ue_office": "General President", "ue_signed_on": "9 Jan 2026",
    "unifor_signed_by": "Noémie Caron", "unifor_office": "National President", "unifor_signed_on": "2026-01-12", "debt_currency": "CAD",
    "rate_source": "boc", "rate_rule": "period_average", "settlement_rule": "settlement_day", "share_basis": "membership_average", "tolerance": "5.00",
}  # fmt: skip


async def w14(stage: Stage) -> str:
    """W14's quarter with everything it needs; the agreement's number."""
    await between.daily_rates(stage, Decimal("1.3750"), Decimal("1.3700"))
    for union, members, amount, currency in (("ue", 35_000, 12_000_00, "USD"), ("unifor", 315_000, 83_500_00, "CAD")):
        await between.certified(stage, union, members)
        await between.joint_cost(stage, union, amount, currency)
    return (await between.agreed_agreement(stage)).number


# --- agreements ---------------------------------------------------------------------------------------------------------


async def test_one_union_records_an_agreement_and_the_other_confirms_it(officer: httpx.AsyncClient, ue_client: httpx.AsyncClient) -> None:
    assert "No agreement yet" in text_of(await officer.get("/agreements"))
    wrong = await submit(officer, "/agreements/new", **SIGNED | {"ue_office": "", "tolerance": "five"})
    assert wrong.status_code == 422
    assert "2 things to mend" in text_of(wrong) and "Ida Marlow" in wrong.text, "nothing typed is lost"
    assert "Unifor, Name" in text_of(await submit(officer, "/agreements/new", **SIGNED | {"unifor_signed_by": ""}))
    for field, typed in (("debt_currency", ""), ("ue_share", "3"), ("valid_to", "2025-12-31"), ("charge_back_percent", "100.5"), ("tolerance", "-5"),
                         ("ue_signed_on", "2026-11-24")):  # fmt: skip
        lost = await submit(officer, "/agreements/new", **SIGNED | {field: typed})
        assert lost.status_code == 422 and f'id="f-{field}-error"' in lost.text, field
    made = await submit(officer, "/agreements/new", **SIGNED)
    assert made.headers["location"] == "/agreements/AG-0001/1?done=agreement_proposed"
    assert "Confirm this agreement" not in (await officer.get("/agreements/AG-0001/1")).text
    assert "Decide about agreement AG-0001" in text_of(await ue_client.get("/"))
    shown = await ue_client.get("/agreements/AG-0001/1")
    for said in ("Signed by Ida Marlow Office General President", "Currency of the debt CAD", "Source of the rate Bank of Canada",
                 "Day of the rate Mean of the daily rates of the period", "Tolerance per item CAD 5.00"):  # fmt: skip
        assert said in text_of(shown)
    confirmed = await ue_client.post("/agreements/AG-0001/1", data={"action": "confirm", "form_key": "confirm-agreement-1"})
    assert confirmed.headers["location"] == "/agreements/AG-0001?done=agreement_confirmed"
    assert "in force" in text_of(await ue_client.get("/agreements"))
    await in_french(ue_client)
    french = text_of(await ue_client.get("/agreements/AG-0001"))
    assert "Monnaie de la dette CAD" in french and "en vigueur" in french


async def test_a_rejection_says_why_and_a_new_version_begins_with_the_last(officer: httpx.AsyncClient, ue_client: httpx.AsyncClient) -> None:
    await submit(officer, "/agreements/new", **SIGNED)
    wordless = await ue_client.post("/agreements/AG-0001/1", data={"action": "reject", "form_key": "reject-agreement-1", "reason": ""})
    assert wordless.status_code == 422 and 'href="#f-reason"' in wordless.text
    await ue_client.post("/agreements/AG-0001/1", data={"action": "reject", "form_key": "reject-agreement-2", "reason": "The quarter is wrong"})
    assert "Why not: The quarter is wrong" in text_of(await officer.get("/agreements/AG-0001/1"))
    form = await officer.get("/agreements/new?of=AG-0001")
    assert "New version of AG-0001" in text_of(form) and "shared by average membership" in form.text
    again = await submit(officer, "/agreements/new?of=AG-0001", **SIGNED | {"number": "AG-0001"})
    assert again.headers["location"].startswith("/agreements/AG-0001/2")
    await in_french(ue_client)
    assert "refusée" in text_of(await ue_client.get("/agreements/AG-0001/1"))


async def test_it_is_ended_early_by_both_where_it_fixes_no_notice(stage: Stage, officer: httpx.AsyncClient, ue_client: httpx.AsyncClient) -> None:
    number = (await between.agreed_agreement(stage)).number
    assert "It fixes no notice" in text_of(await officer.get(f"/agreements/{number}/end"))
    asked = await submit(officer, f"/agreements/{number}/end", last_day="2026-12-31", reason="The council decided so")
    assert asked.headers["location"] == f"/agreements/{number}/2?done=agreement_end_proposed"
    assert f"Decide whether agreement {number} ends early" in text_of(await ue_client.get("/"))
    shown = text_of(await ue_client.get(f"/agreements/{number}/2"))
    assert "proposes for Unifor that it ends on December 31, 2026" in shown and "The council decided so" in shown and "Confirm that it ends" in shown
    assert (await submit(ue_client, f"/agreements/{number}/2", action="confirm")).status_code == 303
    assert "Holds from January 1, 2026 to December 31, 2026" in text_of(await officer.get(f"/agreements/{number}"))


async def test_it_is_ended_early_with_its_notice_and_a_reason(stage: Stage, officer: httpx.AsyncClient) -> None:
    number = (await between.agreed_agreement(stage, terms=msgspec.structs.replace(between.EQUALISED, notice_days=30))).number
    assert 'value="2026-12-23"' in (await officer.get(f"/agreements/{number}/end")).text, "the first day that its notice allows"
    early = await submit(officer, f"/agreements/{number}/end", last_day="2026-12-22", reason="Too early")
    assert early.status_code == 409 and "fixes a notice of 30 days" in text_of(early) and 'id="f-last_day-error"' in early.text
    past = await submit(officer, f"/agreements/{number}/end", last_day="2026-11-01", reason="Too late")
    assert past.status_code == 422 and "Not before November 23, 2026" in text_of(past)
    ended = await submit(officer, f"/agreements/{number}/end", last_day="2026-12-31", reason="Notice at the joint council")
    assert ended.headers["location"] == f"/agreements/{number}?done=agreement_ended"
    assert "ended it: Notice at the joint council" in text_of(await officer.get(f"/agreements/{number}"))


# --- what it rests on -----------------------------------------------------------------------------------------------------


async def test_a_cost_is_claimed_disputed_and_agreed(stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    assert "No joint cost yet" in text_of(await ue_client.get("/equalisation/costs"))
    typed: dict[str, Any] = {"what": "Rooms for the education week", "amount": "1,200.00", "amount_currency": "USD", "paid_on": "2026-05-12"}
    made = await submit(ue_client, "/equalisation/costs/new", **typed)
    assert made.headers["location"] == "/equalisation/costs/JC-0001?done=cost_recorded"
    assert "Agree to joint cost JC-0001, or dispute it" in text_of(await unifor_client.get("/"))
    disputed = await unifor_client.post("/equalisation/costs/JC-0001/dispute", data={"reason": "Which week?", "form_key": "dispute-cost-1"})
    assert disputed.status_code == 303
    assert "Why not: Which week?" in text_of(await ue_client.get("/equalisation/costs/JC-0001"))
    agreed = await unifor_client.post("/equalisation/costs/JC-0001/agree", data={"form_key": "agree-cost-1"})
    assert agreed.headers["location"] == "/equalisation/costs/JC-0001?done=cost_agreed"
    assert "UE paid USD 1,200.00 on May 12, 2026" in text_of(await unifor_client.get("/equalisation/costs/JC-0001"))
    await in_french(unifor_client)
    assert "Coûts communs" in text_of(await unifor_client.get("/equalisation/costs?state=agreed"))


async def test_a_union_certifies_its_members(officer: httpx.AsyncClient) -> None:
    assert "No number is certified yet" in text_of(await officer.get("/equalisation/members"))
    for members in ("314,000", "315,000"):
        made = await submit(officer, "/equalisation/members/new", as_of="2026-06-30", members=members.replace(",", ""), source="Per capita, June")
        assert made.headers["location"] == "/equalisation/members?done=membership_certified"
    shown = text_of(await officer.get("/equalisation/members"))
    assert "315,000 correction Per capita, June" in shown and "314,000 corrected since" in shown


# --- equalisation ---------------------------------------------------------------------------------------------------------


async def test_what_is_missing_is_named_with_where_to_put_it_right(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    assert "No agreement on sharing costs holds" in text_of(await ue_client.get("/equalisation"))
    await between.agreed_agreement(stage)
    await between.joint_cost(stage, "ue", 100_00, "CAD")
    shown = await ue_client.get("/equalisation")
    assert "No number of members is certified for UE, Unifor by June 30, 2026." in text_of(shown)
    assert 'href="/equalisation/members"' in shown.text


async def test_w14_in_pages_from_the_quarter_to_its_settlement(
    stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    number = await w14(stage)
    listed = text_of(await ue_client.get("/equalisation"))
    assert "Unifor owes UE CAD 6,500.00 to propose" in listed
    typed = {"agreement": number, "starts_on": "2026-04-01", "ends_on": "2026-06-30", "fund": "GEN", "description": "Equalisation Q2"}
    looked = await submit(ue_client, "/equalisation/new", **typed)
    assert "Unifor owes UE CAD 6,500.00." in text_of(looked)
    assert "1.3750, mean of 65 daily rates from April 1, 2026 to June 30, 2026 (Bank of Canada)" in text_of(looked)
    made = await ue_client.post("/equalisation/new", data=typed | {"action": "post", "form_key": "propose-eq-1"})
    assert made.headers["location"] == "/equalisation/EQ-0001?done=equalisation_proposed"
    shown = text_of(await unifor_client.get("/equalisation/EQ-0001"))
    for said in ("Costs together CAD 100,000.00", "Average of UE 35,000", "UE 35,000 CAD 10,000.00 CAD 16,500.00 CAD +6,500.00"):
        assert said in shown
    assert (await unifor_client.get("/steps/M-0001")).status_code == 200
    accepted = await between.steps.show_step(stage.pool, stage.who["unifor treasurer"], "M-0001")
    await between.accepted(stage, accepted.step)
    bank = await between.own_bank(stage.pool, "ue", "USD")
    paid = {"account": str(bank), "paid_on": "2026-07-15", "fund": "GEN", "description": "Settlement"}
    offered = text_of(await submit(ue_client, "/equalisation/EQ-0001/settle", **paid))
    for said in ("To pay USD 4,744.53", "Rate 1.3700 of July 15, 2026 (Bank of Canada)", "Worth when it was computed USD 4,727.27", "USD +17.26"):
        assert said in offered
    settled = await ue_client.post("/equalisation/EQ-0001/settle", data=paid | {"action": "post", "form_key": "settle-eq-1"})
    assert settled.headers["location"] == "/steps/M-0002?done=step_proposed"
    await in_french(ue_client)
    french = text_of(await ue_client.get("/equalisation/EQ-0001"))
    assert "Unifor doit" in french and "4 744,53" in french and "Coûts réunis" in french


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_statement_carries_its_working_into_every_format(stage: Stage, ue_client: httpx.AsyncClient, language: str) -> None:
    await between.equalised(stage, await w14(stage))
    found = await build_report(
        stage.pool, stage.who["ue treasurer"], "equalisation", Query(as_of=date(2026, 6, 30), first=date(2026, 1, 1), last=date(2026, 6, 30))
    )
    tables = {table.name: [[cell.value for cell in row.cells] for row in table.rows] for table in found.tables}
    assert [row[3:8:3] for row in tables["summary"]] == [[100_000_00, 6_500_00]]
    assert [row[-1] for row in tables["costs-eq-0001"]] == [16_500_00, 83_500_00, 100_000_00]
    assert [row[1:] for row in tables["shares-eq-0001"]] == [
        [Decimal("0.1"), 10_000_00, 16_500_00, 6_500_00], [Decimal("0.9"), 90_000_00, 83_500_00, -6_500_00], [1, 100_000_00, 100_000_00, 0],
    ]  # fmt: skip
    if language == "fr":
        await in_french(ue_client)
    for format_name in ("html", "pdf", "xlsx", "csv", "json"):
        answer = await ue_client.get(f"/reports/equalisation?from=2026-01-01&to=2026-06-30&format={format_name}")
        assert answer.status_code == 200, format_name
