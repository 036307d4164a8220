"""Lend, agree, accept, settle and undo on the pages, as two treasurers would, in both languages."""

import html
import re
from datetime import date
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services import loans, steps
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.services import requests_stage
from tests.services.between_unions_stage import agreed_loan, moved, own_bank, proposed
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances

pytestmark = pytest.mark.asyncio(loop_scope="session")

TERMS = {
    "form_key": "terms-0001", "lender": "unifor", "borrower": "ue", "limit": "50,000.00", "limit_currency": "USD", "interest_percent": "2.5",
    "starts_on": "2026-02-01", "lender_fund": "GEN", "borrower_fund": "STRIKE", "purpose": "Strike support until the assessment",
    "instalment-0-due_on": "2026-06-30", "instalment-0-amount": "25,000.00",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


def said(answer: httpx.Response) -> str:
    """What the page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def test_terms_are_proposed_agreed_drawn_and_shown_by_both_books(
    stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    assert "No loans yet" in said(await ue_client.get("/between-unions"))
    made = await unifor_client.post("/loans/new", data=TERMS)
    assert made.headers["location"] == "/loans/L-0001?done=loan_proposed"
    assert "Decide about the terms of loan L-0001" in said(await ue_client.get("/"))
    page = said(await ue_client.get("/loans/L-0001"))
    assert "Unifor lends UE up to USD 50,000.00" in page and "2.5 %" in page.replace("2.5%", "2.5 %") and "Agree to these terms" in page
    assert (await ue_client.post("/loans/L-0001/agree", data={"form_key": "agree-0001"})).headers["location"] == "/loans/L-0001?done=loan_agreed"
    account = str(await own_bank(stage.pool, "unifor", "USD"))
    draw = {"form_key": "draw-00001", "amount": "20,000.00", "date": "2026-02-02", "account": account, "description": "First draw"}
    assert (await unifor_client.post("/loans/L-0001/draw", data=draw)).headers["location"] == "/steps/M-0001?done=step_proposed"
    assert "Accept that loan L-0001 was drawn" in said(await ue_client.get("/"))
    assert "Accept that loan L-0001 was drawn" not in said(await unifor_client.get("/"))
    mine = {"form_key": "accept-001", "account": str(await own_bank(stage.pool, "ue", "USD")), "action": "preview"}
    looked = await ue_client.post("/steps/M-0001", data=mine)
    assert looked.status_code == 200 and "What your book will hold" in said(looked) and "Loans from Unifor" in said(looked)
    assert await balances(stage.pool) == {}
    for again in range(2):
        accepted = await ue_client.post("/steps/M-0001", data=mine | {"action": "post"})
        assert accepted.headers["location"] == "/steps/M-0001?done=step_accepted", f"sent {again} times before"
    other = await ue_client.post("/steps/M-0001", data=mine | {"action": "post", "form_key": "accept-002"})
    assert other.status_code == 409 and "Step M-0001 is not in a state that allows this." in said(other), "from a second tab"
    assert (await ue_client.get("/steps/M-0001/decline")).headers["location"] == "/steps/M-0001"
    assert 'value="2026-02-02"' in (await unifor_client.get("/loans/L-0001/interest?first=soon&last=2026-02-28")).text
    overview = said(await ue_client.get("/between-unions"))
    assert overview.count("USD 20,000.00") >= 3 and "They differ" not in overview
    for path in ("/between-unions", "/loans/L-0001"):
        assert "There is no such day in the calendar." in said(await ue_client.get(f"{path}?on=2026-02-29")), path
    earlier = said(await ue_client.get("/between-unions?on=2026-02-01"))
    assert "Neither union owed the other anything on that day." in earlier


async def test_what_was_typed_stays_with_every_error_beside_its_field(stage: Stage, unifor_client: httpx.AsyncClient) -> None:
    wrong = TERMS | {"borrower": "unifor", "limit": "lots", "purpose": "", "instalment-0-amount": ""}
    answer = await unifor_client.post("/loans/new", data=wrong)
    assert answer.status_code == 422
    assert "This is not an amount." in said(answer) and "Fill this in." in said(answer) and "Write an amount." in said(answer)
    assert 'value="2026-06-30"' in answer.text and 'value="lots"' in answer.text
    same = await unifor_client.post("/loans/new", data=TERMS | {"borrower": "unifor"})
    assert same.status_code == 422 and 'id="f-borrower-error"' in same.text
    for field, typed, why in (("interest_percent", "101", "From 0 to 100."), ("interest_percent", "2.12345", "At most 4 decimals."),
                              ("matures_on", "2026-01-31", "Not before February 1, 2026."),
                              ("instalment-0-due_on", "2026-01-31", "Not before February 1, 2026.")):  # fmt: skip
        answer = await unifor_client.post("/loans/new", data=TERMS | {field: typed})
        assert f'id="f-{field}-error">{why}' in answer.text and f'value="{typed}"' in answer.text
    above = await unifor_client.post("/loans/new", data=TERMS | {"form_key": "terms-0002", "instalment-0-amount": "50,000.01"})
    assert "The instalments come to more than the loan, which is of no more than USD 50,000.00." in said(above)
    made = await unifor_client.post("/loans/new", data=TERMS | {"form_key": "terms-0003", "interest_percent": "1.125 %"})
    assert "1.125% a year" in said(await unifor_client.get(made.headers["location"]))


async def test_no_more_is_repaid_than_is_owed_and_the_page_says_how_much(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    account = str(await own_bank(stage.pool, "ue", "USD"))
    asked = {"form_key": "repay-0001", "amount": "100.01", "date": "2026-03-03", "account": account, "description": "All of it"}
    answer = await ue_client.post(f"/loans/{loan.number}/repay", data=asked)
    assert answer.status_code == 409 and "USD 100.00" in said(answer) and 'value="100.01"' in answer.text


async def test_a_debt_is_settled_in_another_currency_with_rate_source_and_day(
    stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    loan = await agreed_loan(stage, interest_percent=Decimal(3))
    await moved(stage, loan, "loan_drawdown", 50_000_00, date(2026, 2, 2))
    await moved(stage, loan, "loan_interest", 115_07, date(2026, 3, 2))
    form = said(await ue_client.get("/between-unions/settle"))
    assert "M-0002 · Interest on a loan · 2026-03-02 · UE owes Unifor USD 115.07" in form
    paid = {
        "form_key": "settle-001", "settles": "M-0002", "amount": "115.07", "date": "2026-03-16", "fund": "GEN", "description": "Interest of February",
        "account": str(await own_bank(stage.pool, "ue", "CAD")), "paid": "157.65",
    }  # fmt: skip
    wanting = await ue_client.post("/between-unions/settle", data=paid)
    assert wanting.status_code == 422 and wanting.text.count('aria-invalid="true"') == 3
    rated = paid | {"rate": "1.37", "rate_source": "Bank of Canada", "rate_date": "2026-03-16"}
    off = await ue_client.post("/between-unions/settle", data=rated | {"paid": "158.65"})
    assert off.status_code == 422 and "157.65" in said(off)
    made = await ue_client.post("/between-unions/settle", data=rated | {"form_key": "settle-002"})
    number = made.headers["location"].partition("?")[0]
    mine = {"form_key": "accept-002", "account": str(await own_bank(stage.pool, "unifor", "CAD")), "fund": "", "action": "post"}
    unsaid = await unifor_client.post(number, data=mine)
    assert unsaid.status_code == 422 and 'id="f-fund-error"' in unsaid.text
    assert '<option value="GEN" selected>' in (await unifor_client.get(number)).text, "the usual fund is chosen already"
    accepted = mine | {"fund": "GEN"}
    assert (await unifor_client.post(number, data=accepted)).status_code == 303
    for client, address, again in ((unifor_client, number, accepted), (ue_client, "/between-unions/settle", rated | {"form_key": "settle-002"})):
        assert (await client.post(address, data=again)).status_code == 303, "said again, it is answered as the first time"
    interest = said(await ue_client.get("/steps/M-0002"))
    assert "Still to settle USD 0.00" in interest and f"Settled by {made.headers['location'][7:13]} USD 115.07" in interest
    assert "Settles M-0002" in said(await unifor_client.get(number))
    assert [each for each in await steps.show_mirrors(stage.pool, stage.who["ue board"]) if each.pair == 1] == []
    assert "Bank of Canada" in said(await ue_client.get(number))


async def test_a_step_is_declined_and_another_undone_with_the_reason_shown(
    stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    loan = await agreed_loan(stage)
    declined = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    assert (await ue_client.post(f"/steps/{declined.number}/decline", data={"form_key": "decline-01", "reason": ""})).status_code == 422
    await ue_client.post(f"/steps/{declined.number}/decline", data={"form_key": "decline-02", "reason": "It never came"})
    assert "It never came" in said(await unifor_client.get(f"/loans/{loan.number}"))
    step = await moved(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    asked = {"form_key": "undo-00001", "date": "2026-03-04", "reason": "Wrong loan"}
    undoing = (await ue_client.post(f"/steps/{step.number}/undo", data=asked)).headers["location"].partition("?")[0]
    assert (await unifor_client.post(undoing, data={"form_key": "accept-003", "action": "post"})).status_code == 303
    assert "Undone in both books" in said(await ue_client.get(f"/steps/{step.number}"))
    assert (await loans.show_loan(stage.pool, stage.who["ue board"], loan.number)).standing.outstanding_minor == 0


async def test_only_who_may_act_is_offered_a_step_and_readers_read(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    loan = await agreed_loan(stage)
    step = await proposed(stage, loan, "loan_drawdown", 100_00, date(2026, 3, 2))
    app = ue_client._transport.app  # type: ignore[attr-defined]
    async with client_for(app, stage.who["ue board"]) as board:
        page = await board.get(f"/steps/{step.number}")
        assert page.status_code == 200 and "Look at it first" not in said(page)
        assert (await board.post(f"/steps/{step.number}", data={"form_key": "accept-004", "action": "post"})).status_code == 403
        assert "Propose a loan" not in said(await board.get("/between-unions"))
    async with client_for(app, stage.who["ue lead"]) as lead:
        assert (await lead.get("/between-unions")).status_code == 403
    async with client_for(app, stage.who["unifor officer"]) as officer:
        assert "Record a resolution to forgive" in said(await officer.get(f"/loans/{loan.number}"))


async def test_it_reads_as_well_in_french(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 20_000_00, date(2026, 2, 2))
    await ue_client.post("/language", data={"language": "fr", "back": "/"})
    page = said(await ue_client.get(f"/loans/{loan.number}")).replace("\u00a0", " ").replace("\u202f", " ")
    assert "Vers le fonds de l’emprunteur Caisse de grève" in page and "Solde dû USD 20 000,00" in page
    assert "Unifor prête jusqu’à 50 000,00 USD à UE" in page and "Prêt décaissé" in page and "20 000,00 USD" in page
