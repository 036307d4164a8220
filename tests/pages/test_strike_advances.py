"""The pages of advances to locals: who sees which button, forms that keep what was typed, both languages, and what waits for whom."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services import home, strike_advance_views
from ledger.services import strike_advances as service
from ledger.services.pool import Pool
from tests.conftest import Clock, client_for
from tests.services.test_strike_advances import Line, at, on_strike, with_money


class Doors(msgspec.Struct):
    """W12's strike with a client for each person of it."""

    line: Line
    benefits: httpx.AsyncClient
    officer: httpx.AsyncClient
    treasurer: httpx.AsyncClient
    unifor: httpx.AsyncClient


@pytest_asyncio.fixture(loop_scope="session")
async def doors(app: Litestar, pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> AsyncIterator[Doors]:
    at(clock, "2026-06-15")
    await with_money(pool, ue)
    line = await on_strike(pool, ue, unifor, "X")
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client_for(app, who)) for who in (line.benefits, line.officer, line.treasurer, unifor)]
        yield Doors(line, *clients)


def has(answer: httpx.Response, *words: str) -> None:
    text = answer.text.replace("\xa0", " ").replace("&nbsp;", " ").replace("&#39;", "’")
    plain = " ".join(text.replace('<span class="cur">', "").replace("</span>", "").split())
    for word in words:
        assert word in plain, word


async def test_an_advance_is_proposed_approved_and_paid_on_pages(doors: Doors, pool: Pool) -> None:
    base = f"/strikes/{doors.line.strike.number}/advances"
    has(await doors.benefits.get(base), "Due this week", "USD 12,000.00", "To be proposed", f"{base}/new?local=X")
    form = {"local": "X", "week": "3", "strikers": "120", "form_key": "page-propose-1"}
    looked = await doors.benefits.post(f"{base}/new", data=form | {"action": "preview"})
    has(looked, "What will be proposed", "USD 100.00", "USD 12,000.00", "Propose it")
    proposed = await doors.benefits.post(f"{base}/new", data=form | {"action": "post"})
    assert proposed.headers["location"] == "/strikes/advances/SA-0001?done=advance_proposed"
    has(await doors.benefits.get("/strikes/advances/SA-0001"), "To be approved", "120", "USD 12,000.00")
    assert "/approve" not in (await doors.benefits.get("/strikes/advances/SA-0001")).text
    assert "/approve" not in (await doors.unifor.get("/strikes/advances/SA-0001")).text
    has(await doors.officer.get("/"), "Approve advance SA-0001 to local X", "Meridian Rail Works, week 3")
    approved = await doors.officer.post("/strikes/advances/SA-0001/approve", data={"form_key": "page-approve-1"})
    assert approved.headers["location"] == "/strikes/advances/SA-0001?done=advance_approved"
    has(await doors.treasurer.get("/"), "Pay advance SA-0001 to local X")
    pay = {"account": str(doors.line.bank), "paid_on": "2026-06-15", "form_key": "page-payment-1"}
    shown = await doors.treasurer.post("/strikes/advances/SA-0001/pay", data=pay | {"action": "preview"})
    has(shown, "What will be posted", "Advances to UE Local X", "USD 48,000.00", "Pay and post")
    paid = await doors.treasurer.post("/strikes/advances/SA-0001/pay", data=pay | {"action": "post"})
    assert paid.headers["location"] == "/strikes/advances/SA-0001?done=advance_paid"
    has(await doors.unifor.get(base), "Still to account for", "USD 12,000.00", "Not filed")
    has(await doors.unifor.get("/strikes/advances"), "Locals have still to account for USD 12,000.00.", "Local X")


async def test_a_report_is_filed_sent_back_filed_again_and_accepted(doors: Doors, pool: Pool) -> None:
    line = doors.line
    await line.paid(3, pool.today())
    base = f"/strikes/{line.strike.number}/advances"
    report = {
        "local": "X", "week": "3", "signed_by": "R. Chair, L. Steward", "line-0-category": "food", "line-0-what": "Groceries", "line-0-amount": "7,000.00",
        "line-1-category": "housing", "line-1-amount": "5,500", "form_key": "page-report-1",
    }  # fmt: skip
    wrong = await doors.benefits.post(f"{base}/file", data=report | {"line-1-category": "", "signed_by": ""})
    assert wrong.status_code == 422
    has(wrong, "2 things to mend", "Line 2, Category", "Groceries", "5,500")
    filed = await doors.benefits.post(f"{base}/file", data=report)
    assert filed.headers["location"] == f"{base}/reports/X/3?done=report_filed"
    has(await doors.officer.get("/"), "Accept expense reports of local X")
    back = await doors.officer.post(f"{base}/reports/X/3/return", data={"reason": "The rent has no receipt", "form_key": "page-return-1"})
    assert back.headers["location"].endswith("?done=report_returned")
    has(await doors.unifor.get(f"{base}/reports/X/3"), "“The rent has no receipt”", "Returned for changes")
    has(await doors.benefits.get("/"), "Change the expense report of local X: it came back")
    has(await doors.benefits.get(f"{base}/file?local=X&week=3"), "R. Chair, L. Steward", "7,000.00")
    await doors.benefits.post(f"{base}/file", data=report | {"form_key": "page-report-2"})
    tick = {"local": "X", "weeks": "3", "accepted_on": "2026-06-15", "form_key": "page-accept-1"}
    shown = await doors.officer.post(f"{base}/accept", data=tick | {"action": "preview"})
    has(shown, "Strike support to locals", "Beyond the advances, the local’s own money", "USD 500.00", "Accept and post")
    done = await doors.officer.post(f"{base}/accept", data=tick | {"action": "post"})
    assert done.headers["location"] == f"{base}?done=reports_accepted"
    has(await doors.unifor.get(f"{base}/reports/X/3"), "Accepted", "USD 12,000.00", "USD 12,500.00", "Earlier versions")
    nothing = await doors.officer.post(f"{base}/accept", data={"local": "X", "accepted_on": "2026-06-15", "form_key": "page-accept-2"})
    assert nothing.status_code == 422


async def test_what_comes_back_is_recorded_and_taken_back(doors: Doors, pool: Pool) -> None:
    line = doors.line
    paid = await line.paid(3, pool.today())
    base = f"/strikes/{line.strike.number}/advances"
    has(await doors.treasurer.get(f"{base}/unspent?local=X"), "12,000.00 was advanced and is not accounted for yet")
    form = {"local": "X", "amount": "12,000.01", "account": str(line.bank), "returned_on": "2026-06-15", "form_key": "page-unspent-1"}
    too_much = await doors.treasurer.post(f"{base}/unspent", data=form | {"action": "post"})
    has(too_much, "This is more than local X has still to account for: USD 12,000.00.")
    done = await doors.treasurer.post(f"{base}/unspent", data=form | {"amount": "2,000", "action": "post", "form_key": "page-unspent-2"})
    assert done.headers["location"] == f"{base}?done=unspent_returned"
    entry = (await line.statement()).returns[0].entry_number
    has(await doors.treasurer.get(f"{base}/entries/{entry}/take-back"), "Take a return of money back", "What will be posted")
    undo = {"date": "2026-06-15", "reason": "Another local’s money", "form_key": "page-undo-0001"}
    await doors.treasurer.post(f"{base}/entries/{entry}/take-back", data=undo)
    has(await doors.unifor.get(base), "taken back", "USD 12,000.00")
    await doors.treasurer.post(f"{base}/entries/{paid.entry_number}/take-back", data=undo | {"form_key": "page-undo-0002"})
    has(await doors.unifor.get("/strikes/advances/SA-0001"), "Cancelled", "Advance taken back")


async def test_a_held_advance_says_why_to_everybody_and_leads_to_what_mends_it(doors: Doors, pool: Pool, clock: Clock) -> None:
    line = doors.line
    await line.paid(3, pool.today())
    at(clock, "2026-06-22")
    made = await line.proposed(4)
    base = f"/strikes/{line.strike.number}/advances"
    for client in (doors.unifor, doors.officer, doors.benefits):
        has(await client.get(f"/strikes/advances/{made.number}"), "It waits for the local’s expense report of week 3.", "Held: report missing")
    has(await doors.benefits.get("/"), "File the report of week 3 of local X: advance SA-0002 waits for it")
    has(await doors.benefits.get(f"/strikes/advances/{made.number}"), f"{base}/file?local=X&amp;week=3")
    refused = await doors.officer.post(f"/strikes/advances/{made.number}/approve", data={"form_key": "page-held-0001"})
    assert refused.status_code == 409
    has(refused, "the local’s expense report of week 3 is missing")
    await line.filed(3, 100_00)
    hold = {"reason": "The count is questioned", "form_key": "page-hold-0001"}
    await doors.officer.post(f"/strikes/advances/{made.number}/hold", data=hold)
    has(await doors.unifor.get(f"/strikes/advances/{made.number}"), "Somebody put it on hold: The count is questioned")
    await doors.treasurer.post(f"/strikes/advances/{made.number}/let-go", data={"form_key": "page-let-go-001"})
    await doors.benefits.post(f"/strikes/advances/{made.number}/cancel", data={"reason": "Settled", "form_key": "page-cancel-001"})
    has(await doors.unifor.get(f"/strikes/advances/{made.number}"), "Cancelled", "Advance taken off hold")


async def test_the_other_union_cannot_act_on_pages(doors: Doors, pool: Pool) -> None:
    line = doors.line
    made = await line.approved(3)
    base = f"/strikes/{line.strike.number}/advances"
    for address, form in (
        (f"/strikes/advances/{made.number}/let-go", {}), (f"/strikes/advances/{made.number}/hold", {"reason": "No"}),
        (f"{base}/new", {"local": "X", "week": "3", "strikers": "9", "action": "post"}),
        (f"/strikes/advances/{made.number}/pay", {"account": str(line.bank), "paid_on": "2026-06-15", "action": "post"}),
    ):  # fmt: skip
        answer = await doors.unifor.post(address, data={"form_key": f"page-other-{len(address)}"} | form)
        assert answer.status_code == 403, address
    assert (await strike_advance_views.show_advance(pool, line.unifor, made.number)).advance.state == "approved"


async def test_nothing_waits_for_who_did_the_step_before(doors: Doors, pool: Pool) -> None:
    line = doors.line
    made = await line.proposed(3)
    await service.approve_advance(pool, line.treasurer, line.key(), made.number)
    assert [row.kind for row in await home.waiting(pool, line.treasurer)] == []
    assert [(row.kind, row.subject) for row in await home.waiting(pool, line.deputy)] == [("pay_advance", "SA-0001")]
    assert [row.kind for row in await home.waiting(pool, line.unifor)] == []


async def test_the_pages_speak_french(doors: Doors, pool: Pool) -> None:
    line = doors.line
    await line.paid(3, pool.today())
    await doors.unifor.post("/language", data={"language": "fr", "next": "/"})
    has(
        await doors.unifor.get(f"/strikes/{line.strike.number}/advances"), "À justifier encore", "12 000,00", "Section locale X",
        "par gréviste dès la semaine 3",
    )  # fmt: skip
    has(await doors.unifor.get("/strikes/advances/SA-0001"), "Qui a fait quoi")


@pytest.mark.parametrize("address", ["/strikes/advances/SA-0999", "/strikes/S-0999/advances", "/strikes/S-0001/advances/reports/Y/3"])
async def test_what_is_not_there_is_not_found(doors: Doors, address: str) -> None:
    assert (await doors.unifor.get(address)).status_code == 404
