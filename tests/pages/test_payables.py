"""Payables as treasurers, deputies, officers and board members use them on pages: the list, the form with its preview, taking back, closing."""

import csv
import io
import re
from datetime import date
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.allocations import Allocation
from ledger.domain.refusals import Refusal
from ledger.services import allocation_payments as payments
from ledger.services import home, notices, payables
from ledger.services.pool import Pool
from ledger.storage.payables import Order, PayableFilter
from tests.conftest import Clock, client_for
from tests.pages.test_transfers import key_of, option, text_of
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocation_payments import at, paying, rate
from tests.services.test_allocations import OFFICERS, SECRETARIES
from tests.services.test_documents import PDF
from tests.services.test_journal import balances

PRINTER, HALL = "Imprimerie du Quai", "Salle municipale"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


@pytest_asyncio.fixture(loop_scope="session")
async def w07(stage: Stage) -> Allocation:
    """Case W07's request, approved: print CAD 12,300 and hall CAD 12,700; the hall has no bank details yet."""
    await stage.fund("GEN", CAD=80_000_00)
    lines = (("Print", 12_300_00, "CAD", PRINTER), ("Hall", 12_700_00, "CAD", HALL))
    request = await stage.request(asked(await stage.campaign(), *lines, needed_by=date(2026, 11, 25)))
    await stage.payee(PRINTER)
    return await stage.approve(request, *SECRETARIES)


def invoice(answer: httpx.Response, **changes: Any) -> dict[str, str]:
    fields = {"invoice": "INV-88", "invoiced_on": "2026-11-20", "amount": "12,300.00", "account": option(answer, "Unifor trust"), "paid_on": "2026-11-23"}
    return key_of(answer) | fields | changes


# --- the list -----------------------------------------------------------------------------------------------------------


async def test_the_list_says_what_is_left_to_whom_and_what_is_wanting(app: Litestar, stage: Stage, w07: Allocation) -> None:
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        shown = text_of(await client.get("/payables"))
    for said in (PRINTER, HALL, "CAD 12,300.00", "CAD 12,700.00", "2026-11-25", "Confirmed", "Missing", "Hamilton organizing", w07.number):
        assert said in shown
    assert shown.count(" Pay ") == 1, "the hall waits for its bank details"
    assert shown.count(" Propose bank details ") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=quai", [PRINTER]), ("q=hall", [HALL]), ("currency=USD", []), ("fund=STRIKE", []), ("union=unifor&fund=GEN&currency=CAD", [PRINTER, HALL]),
     ("union=ue", []), ("sort=payee", [PRINTER, HALL]), ("sort=-payee", [HALL, PRINTER]), ("sort=-needed", [HALL, PRINTER]), ("sort=no", [PRINTER, HALL])],
)  # fmt: skip
async def test_the_list_is_narrowed_and_sorted_in_the_address(app: Litestar, stage: Stage, w07: Allocation, query: str, found: list[str]) -> None:
    async with client_for(app, stage.who["ue deputy"]) as client:
        answer = await client.get(f"/payables?{query}")
        assert re.findall(rf'">({PRINTER}|{HALL})</a>', answer.text) == found
        taken = await client.get(f"/payables?{query}&format=csv")
    assert [row["Payee"] for row in csv.DictReader(io.StringIO(taken.text.partition("\r\n\r\n")[2] or taken.text)) if row.get("Payee")] == found


async def test_pages_go_on_where_they_ended(stage: Stage, w07: Allocation) -> None:
    for order in (Order(), Order("needed", True), Order("payee"), Order("payee", True)):
        first = await payables.list_payables(stage.pool, stage.who["ue board"], PayableFilter(), order, limit=1)
        second = await payables.list_payables(stage.pool, stage.who["ue board"], PayableFilter(), order, first.next, limit=1)
        assert {due.payable.line for due in (*first.items, *second.items)} == {1, 2}, order
        assert second.next is None


@pytest.mark.parametrize(
    ("who", "bar"),
    [("unifor treasurer", ""), ("ue treasurer", ""), ("ue deputy", ""), ("unifor deputy", ""), ("ue officer", "role"), ("unifor board", "role"),
     ("unifor secretary", "role")],
)  # fmt: skip
async def test_who_may_pay(stage: Stage, w07: Allocation, who: str, bar: str) -> None:
    listed = await payables.list_payables(stage.pool, stage.who[who], PayableFilter(), Order())
    assert [due.bar for due in listed.items] == [bar, bar or "details"]


@pytest.mark.parametrize(("part", "bar"), [("unifor secretary", "approver"), ("unifor lead", "requester")])
async def test_who_approved_or_asked_reads_that_a_colleague_pays(app: Litestar, stage: Stage, w07: Allocation, part: str, bar: str) -> None:
    async with stage.pool.database.writing() as connection:
        await connection.execute(
            """INSERT INTO grants (id, person_id, role, starts_on, ends_on, granted_by, granted_at)
            VALUES (gen_random_uuid(), $1, 'deputy', '2026-01-01', '2027-12-31', 1, now())""",
            stage.who[part].person_id,
        )
    async with client_for(app, stage.who[part]) as client:
        assert "a colleague pays it" in text_of(await client.get("/payables"))
        form = await client.get(f"/payables/{w07.number}/1")
        assert "a colleague pays it" in text_of(form)
        assert 'name="invoice"' not in form.text
        assert "Pay request" not in text_of(await client.get("/")), "it does not wait for them"


async def test_officers_and_boards_read_what_they_cannot_pay(app: Litestar, stage: Stage, w07: Allocation) -> None:
    for who in ("ue officer", "unifor board"):
        async with client_for(app, stage.who[who]) as client:
            shown = await client.get("/payables")
            assert (shown.status_code, PRINTER in shown.text) == (200, True)
            assert f'href="/requests/{w07.number}"' in shown.text
            assert (await client.get(f"/payables/{w07.number}/1")).status_code == 403


async def test_nothing_to_pay_says_what_will_be_here(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.who["ue treasurer"]) as client:
        assert "Once both unions have approved a request" in text_of(await client.get("/payables"))
        assert "Nothing was paid yet" in text_of(await client.get("/payables/paid"))
        assert (await client.get("/payables/A-9999/1")).status_code == 404


# --- paying -------------------------------------------------------------------------------------------------------------


async def test_an_invoice_is_looked_at_then_paid_then_taken_back(app: Litestar, pool: Pool, stage: Stage, w07: Allocation) -> None:
    before = await balances(pool)
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        empty = await client.get(f"/payables/{w07.number}/1")
        said = text_of(empty)
        assert all(each in said for each in ("00012", "1234567", "Confirmed by Rosalie Tremblay-Okoye", "CAD 80,000.00 of this fund"))
        files = {"file": ("invoice 88.pdf", PDF, "application/pdf")}
        looked = await client.post(f"/payables/{w07.number}/1", data=invoice(empty, amount="11,950", final="yes", action="preview"), files=files)
        said = text_of(looked)
        assert all(each in said for each in ("Returns to the fund CAD 350.00", "This fund in your account CAD 68,050.00", "invoice 88.pdf")), said
        assert await balances(pool) == before
        done = await client.post(f"/payables/{w07.number}/1", data=invoice(looked, amount="11,950", final="yes", kept="invoice 88.pdf", action="post"))
        assert done.headers["location"] == f"/payables/{w07.number}/payments/1?done=payment_made"
        paid = text_of(await client.get(done.headers["location"]))
        assert all(each in paid for each in ("INV-88", "CAD 350.00 returned to the fund", "J-3", "invoice 88.pdf", "Take this payment back")), paid
        assert "INV-88" in text_of(await client.get("/payables/paid?q=quai&from=2026-11-23&to=2026-11-23&union=unifor"))
        assert (await client.get(f"/payables/{w07.number}/1")).headers["location"] == f"/requests/{w07.number}"

        asked_back = await client.get(f"/payables/{w07.number}/payments/1/reverse")
        assert "CAD 12,300.00 is set aside again" in text_of(asked_back)
        fields = key_of(asked_back) | {"date": "2026-11-23", "reason": "The wire came back"}
        without = await client.post(f"/payables/{w07.number}/payments/1/reverse", data=fields | {"reason": " "})
        assert without.status_code == 422
        undone = await client.post(f"/payables/{w07.number}/payments/1/reverse", data=fields)
        assert undone.headers["location"].endswith("payments/1?done=payment_reversed")
        assert "Reversed" in text_of(await client.get("/payables/paid"))
        assert (await client.get(f"/payables/{w07.number}/payments/1/reverse")).status_code == 303
    assert await balances(pool) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [({"invoice": ""}, "Fill this in."), ({"amount": "12,300.01"}, "CAD 12,300.00 is left of line 1"), ({"paid_on": "2026-11-24"}, "Not after"),
     ({"account": "1"}, "Choose one from the list."), ({"amount": "1e3"}, "This is not an amount."), ({"fee": "-1"}, "Must not be less than zero.")],
)  # fmt: skip
async def test_what_is_refused_is_said_at_its_field_and_nothing_typed_is_lost(
    app: Litestar, stage: Stage, w07: Allocation, change: dict[str, str], said: str
) -> None:
    async with client_for(app, stage.who["unifor deputy"]) as client:
        empty = await client.get(f"/payables/{w07.number}/1")
        answer = await client.post(f"/payables/{w07.number}/1", data=invoice(empty, reference="FT-1", action="post") | change)
    assert answer.status_code >= 400
    assert said in text_of(answer)
    assert 'value="FT-1"' in answer.text


async def test_a_line_in_dollars_is_paid_from_a_canadian_account_at_the_banks_rate(app: Litestar, stage: Stage, clock: Clock) -> None:
    await rate(stage, at(clock, date(2026, 11, 20)), "1.3650")
    await stage.fund("GEN", CAD=80_000_00)
    request = await stage.request(asked(await stage.campaign("ue"), ("Mailing", 3_000_00, "USD", "")), "ue")
    await stage.request(asked(await stage.campaign("ue"), ("Stamps", 1_00, "USD", "Quayside Mailers")), "ue")
    payee = await stage.payee("Quayside Mailers", "USD")
    await stage.approve(request, *OFFICERS)
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        empty = await client.get(f"/payables/{request.number}/1")
        assert "Reference: 1.3650" in text_of(empty)
        fields = invoice(empty, payee=payee, amount="3,000", paid_on="2026-11-20", action="preview")
        assert "give the bank’s rate" in text_of(await client.post(f"/payables/{request.number}/1", data=fields))
        far = text_of(await client.post(f"/payables/{request.number}/1", data=fields | {"rate": "0.7208"}))
        assert "more than a tenth away" in far
        looked = await client.post(f"/payables/{request.number}/1", data=fields | {"rate": "1.3875", "fee": "15"})
        said = text_of(looked)
        assert all(each in said for each in ("CAD 4,177.50", "Bank’s rate 1.3875", "Reference 1.3650", "021000021")), said
        done = await client.post(f"/payables/{request.number}/1", data=fields | key_of(looked) | {"rate": "1.3875", "fee": "15", "action": "post"})
        assert done.status_code == 303, text_of(done)
        assert "took CAD 4,162.50" in text_of(await client.get("/payables/paid"))


async def test_the_same_invoice_again_needs_a_deliberate_word(app: Litestar, pool: Pool, stage: Stage, w07: Allocation) -> None:
    bank = await stage.bank("unifor")
    await payments.pay(pool, stage.who["unifor deputy"], stage.key(), w07.number, paying(stage, 1, bank, 1_000_00, "INV-88"))
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        empty = await client.get(f"/payables/{w07.number}/1")
        warned = await client.post(f"/payables/{w07.number}/1", data=invoice(empty, invoice="inv 88", amount="500", action="post"))
        assert (warned.status_code, f'href="/payables/paid?q={w07.number}"' in warned.text) == (409, True)
        fields = invoice(warned, invoice="inv 88", amount="500", despite_duplicate="yes", action="post")
        assert (await client.post(f"/payables/{w07.number}/1", data=fields)).status_code == 303


async def test_approvals_wanting_at_payment_are_named_and_asked_for(app: Litestar, pool: Pool, stage: Stage, clock: Clock) -> None:
    """USD 3,600 is below CAD 5,000 when two officers approve it and above it when it is paid."""
    await rate(stage, at(clock, date(2026, 11, 20)), "1.3650")
    await stage.fund("GEN", USD=20_000_00)
    request = await stage.request(asked(await stage.campaign("ue"), ("Mailing", 3_600_00, "USD", "Quayside Mailers")), "ue")
    await stage.payee("Quayside Mailers", "USD")
    await stage.approve(request, *OFFICERS)
    await rate(stage, at(clock, date(2026, 11, 23)), "1.4000")
    async with client_for(app, stage.who["ue treasurer"]) as client:
        assert "More approvals are needed first." in text_of(await client.get("/payables"))
        shown = await client.get(f"/payables/{request.number}/1")
        assert "UE: Secretary-treasurer, Unifor: Secretary-treasurer" in text_of(shown)
        for _ in range(2):
            asked_for = await client.post(f"/payables/{request.number}/1", data=key_of(shown) | {"action": "ask"})
            assert asked_for.headers["location"].endswith("done=approvals_asked")
            shown = await client.get(asked_for.headers["location"])
            assert "were told" in text_of(shown)
    for union in ("ue", "unifor"):
        told = await notices.list_notices(pool, stage.who[f"{union} secretary"])
        assert [each.kind for each in told.items].count("request_needs_approval") == 1
    with pytest.raises(Refusal) as caught:
        await payments.pay(pool, stage.who["ue treasurer"], stage.key(), request.number, paying(stage, 1, await stage.bank("ue"), 1_00, "Q"))
    assert caught.value.code == "approvals_missing"
    told = await notices.list_notices(pool, stage.who["ue secretary"])
    assert [each.kind for each in told.items].count("request_needs_approval") == 1, "who was told is not told again"


# --- closing, and the first page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ue officer", "unifor treasurer"])
async def test_closing_says_what_returns(app: Litestar, pool: Pool, stage: Stage, w07: Allocation, who: str) -> None:
    bank = await stage.bank("unifor")
    await payments.pay(pool, stage.who["unifor deputy"], stage.key(), w07.number, paying(stage, 1, bank, 1_000_00, "INV-88"))
    async with client_for(app, stage.who[who]) as client:
        asked_to = await client.get(f"/payables/{w07.number}/close")
        said = text_of(asked_to)
        assert all(each in said for each in ("CAD 11,300.00", "CAD 12,700.00", "CAD 24,000.00")), said
        done = await client.post(f"/payables/{w07.number}/close", data=key_of(asked_to) | {"reason": "The drive is over"})
        assert done.headers["location"] == f"/requests/{w07.number}?done=request_closed"
        assert (await client.get(f"/payables/{w07.number}/close")).status_code == 409
    assert await payables_of(stage) == []


async def payables_of(stage: Stage) -> list[str]:
    listed = await payables.list_payables(stage.pool, stage.who["ue treasurer"], PayableFilter(), Order())
    return [due.payable.number for due in listed.items]


async def test_what_is_needed_soon_waits_for_the_treasurers_who_hold_the_money(pool: Pool, stage: Stage, w07: Allocation, clock: Clock) -> None:
    async def rows(who: str) -> list[Any]:
        return [row for row in await home.waiting(pool, stage.who[who]) if row.kind == "pay_request"]

    (row,) = await rows("unifor treasurer")
    assert (row.subject, row.url, row.amount_minor, row.currency) == (w07.number, f"/payables?q={w07.number}", 25_000_00, "CAD")
    assert await rows("ue treasurer") == [], "the money is with Unifor"
    assert await rows("unifor officer") == []
    later = await stage.request(asked(await stage.campaign(), ("Bus", 900_00, "CAD", ""), needed_by=date(2026, 12, 31)))
    await stage.approve(later, *OFFICERS)
    assert len(await rows("unifor deputy")) == 1, "what is needed in five weeks does not wait yet"
    at(clock, date(2026, 12, 24))
    assert [each.url for each in await rows("unifor deputy")] == [f"/payables?q={w07.number}", f"/payables/{later.number}/1"]
