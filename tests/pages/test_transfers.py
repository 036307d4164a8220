"""Transfers as two treasurers use them on pages, without a script and in a browser: send, confirm, dispute, return, take back, find."""

import csv
import html
import io
import itertools
import re
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from litestar import Litestar
from playwright.async_api import Browser

from ledger.domain.actors import Actor
from ledger.domain.transfers import Return, Sending
from ledger.services import transfers as service
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.pages.test_home_in_chromium import CHROMIUM, answered_by, browser, faults  # noqa: F401 - the browser is a fixture
from tests.services.test_transfers import W04_RECEIPT, _fields, a_rate, account, open_with, w04_sent

JANUARY = date(2026, 1, 30)


@pytest.fixture
async def opened(pool: Pool, ue: Actor) -> None:
    await a_rate(pool, JANUARY, "1.3650")
    await open_with(pool, ue, "W04", date(2026, 1, 29))


def text_of(answer: httpx.Response) -> str:
    """The page's words, without markup, spaces joined."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def key_of(answer: httpx.Response) -> dict[str, str]:
    """The hidden key of the form that posts to this address (the last form with one)."""
    return {"form_key": re.findall(r'name="form_key" value="([^"]+)"', answer.text)[-1]}


def option(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'<option value="(\d+)"[^>]*>{name}', answer.text)
    assert found is not None, name
    return found[1]


async def typed(client: httpx.AsyncClient, **changes: Any) -> dict[str, str]:
    empty = await client.get("/transfers/new")
    return {
        **key_of(empty), "fund": "STRIKE", "from_account": option(empty, "UE trust"), "to_account": option(empty, "Unifor trust"),
        "amount": "15,000.00", "date": "2026-01-30", "purpose": "For Local 504", "reference": "FT-88120", **changes,
    }  # fmt: skip


@pytest.mark.usefixtures("opened")
async def test_the_journey(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    fields = await typed(ue_client)
    wrong = await ue_client.post("/transfers/new", data={**fields, "amount": "1e9", "date": "2099-01-01"})
    assert wrong.status_code == 422 and "For Local 504" in wrong.text and "1e9" in wrong.text
    looked = await ue_client.post("/transfers/new", data={**fields, "action": "preview"})
    assert looked.status_code == 200 and "What will be posted" in looked.text and "Record as sent" in looked.text
    sent = await ue_client.post("/transfers/new", data={**fields, "action": "post"})
    assert sent.status_code == 303 and sent.headers["location"] == "/transfers/T-0001?done=transfer_sent"
    twice = await ue_client.post("/transfers/new", data={**fields, "action": "post"})
    assert twice.headers["location"] == sent.headers["location"]
    assert "Confirm receipt of transfer T-0001" in (await unifor_client.get("/")).text

    asked = await unifor_client.get("/transfers/T-0001")
    assert "USD 15,000.00 from UE to Unifor" in text_of(asked) and "Yours to confirm" in asked.text and "Waiting for Unifor" in asked.text
    assert 'id="receipt"' not in (await ue_client.get("/transfers/T-0001")).text
    bank = {**key_of(asked), "date": "2026-02-03", "rate": "1.3601", "fee": "17.50", "net": "20,384.00"}
    inverse = await unifor_client.post("/transfers/T-0001", data={**bank, "rate": "0.7352", "fee": "0", "net": "11,028.00", "action": "preview"})
    assert inverse.status_code == 200 and "more than a tenth away from the published one" in text_of(inverse)
    short = await unifor_client.post("/transfers/T-0001", data={**bank, "net": "20,000.00", "action": "post"})
    assert short.status_code == 422 and 'value="20,000.00"' in short.text and "At the rate 1.3601" in short.text
    bank |= key_of(short)  # a refusal is remembered under its key, so the form has a new one
    looked = await unifor_client.post("/transfers/T-0001", data={**bank, "action": "preview"})
    words = text_of(looked)
    assert all(one in words for one in ("What will be posted", "CAD 20,401.50", "1.3650", "CAD 73.50")), words
    assert "more than a tenth" not in words
    seen = re.findall(r'name="seen" value="([^"]+)"', looked.text)[-1]
    unseen = await unifor_client.post("/transfers/T-0001", data={**bank, "fee": "16.50", "net": "20,385.00", "seen": seen, "action": "post"})
    assert unseen.status_code == 200 and "You changed something after looking at it." in text_of(unseen) and "CAD 20,385.00" in text_of(unseen)
    done = await unifor_client.post("/transfers/T-0001", data={**bank, "seen": seen, "action": "post"})
    assert done.headers["location"] == "/transfers/T-0001?done=transfer_received"
    again = await unifor_client.post("/transfers/T-0001", data={**bank, **{"form_key": "another-key-1"}, "action": "post"})
    assert again.status_code == 409 and "no longer where this step can be taken" in text_of(again)

    shown = text_of(await ue_client.get("/transfers/T-0001"))
    assert all(one in shown for one in ("4 days", "1.3601", "1.3650", "CAD 73.50", "CAD 20,384.00", "J-2", "J-3", "1.358933")), shown
    assert "J-2 2026-01-30 Transfer sent For Local 504 J-3 2026-02-03 Transfer received For Local 504" in shown
    assert "Confirm receipt of transfer" not in (await unifor_client.get("/")).text


@pytest.mark.usefixtures("opened")
async def test_in_french(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, pool: Pool, ue: Actor) -> None:
    await w04_sent(pool, ue)
    await unifor_client.post("/language", data={"language": "fr", "next": "/"})
    asked = await unifor_client.get("/transfers/T-0001")
    assert "15 000,00 USD : UE vers Unifor" in text_of(asked) and "En attente : Unifor" in text_of(asked)
    bank = {**key_of(asked), "date": "2026-02-03", "rate": "1,3601", "fee": "17,50", "net": "20 384,00"}
    ambiguous = await unifor_client.post("/transfers/T-0001", data={**bank, "net": "1,234", "action": "post"})
    assert ambiguous.status_code == 422 and 'value="1,234"' in ambiguous.text
    large = await unifor_client.post("/transfers/T-0001", data={**bank, "net": "20 500,00", "action": "post"})
    assert large.status_code == 422 and "C’est plus que ce qui a été envoyé : 20 401,50 CAD" in text_of(large)
    done = await unifor_client.post("/transfers/T-0001", data={**bank, **key_of(large), "action": "post"})
    assert done.status_code == 303, text_of(done)


@pytest.mark.usefixtures("opened")
async def test_the_other_steps(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, pool: Pool, ue: Actor) -> None:
    await w04_sent(pool, ue)
    for client, acts in ((unifor_client, ("return", "cancel", "reverse-receipt")), (ue_client, ("dispute", "reverse-receipt"))):
        for act in acts:
            assert (await client.get(f"/transfers/T-0001/{act}")).headers["location"] == "/transfers/T-0001"
    empty = await unifor_client.post("/transfers/T-0001/dispute", data={"remark": " "})
    assert empty.status_code == 422
    foreign = await ue_client.post("/transfers/T-0001/dispute", data={"remark": "Not mine to say"})
    assert foreign.status_code == 403
    asked = await unifor_client.get("/transfers/T-0001/dispute")
    done = await unifor_client.post("/transfers/T-0001/dispute", data={**key_of(asked), "remark": "Nothing came"})
    assert done.status_code == 303
    shown = text_of(await ue_client.get("/transfers/T-0001"))
    assert "Nothing came" in shown and "Unifor says it does not agree, and the sender has it now" in shown
    asked = await ue_client.get("/transfers/T-0001/return")
    fields = {**key_of(asked), "date": "2026-02-06", "fee": "35.00", "remark": "The name did not match"}
    looked = await ue_client.post("/transfers/T-0001/return", data={**fields, "action": "preview"})
    assert "What will be posted" in looked.text and "14,965.00" in looked.text
    back = await ue_client.post("/transfers/T-0001/return", data={**fields, "action": "post"})
    assert back.headers["location"] == "/transfers/T-0001?done=transfer_return"
    shown = await ue_client.get("/transfers/T-0001")
    assert "/transfers/new?replaces=T-0001" in shown.text and "14,965.00" in shown.text
    assert "/transfers/new?replaces" not in (await unifor_client.get("/transfers/T-0001")).text
    again = await ue_client.get("/transfers/new?replaces=T-0001")
    assert 'value="T-0001"' in again.text and 'value="15,000.00"' in again.text
    for missing in ("/transfers/T-0001/nothing", "/transfers/T-9999", "/transfers/T-9999/cancel"):
        assert (await ue_client.get(missing)).status_code == 404


@pytest.mark.usefixtures("opened")
async def test_taking_back_shows_what_it_posts(
    ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, pool: Pool, ue: Actor, unifor: Actor
) -> None:
    await w04_sent(pool, ue)
    await service.confirm_receipt(pool, unifor, "w04-receive", "T-0001", W04_RECEIPT)
    asked = await unifor_client.get("/transfers/T-0001/reverse-receipt")
    assert "What will be posted" in asked.text and "20,384.00" in asked.text
    early = await unifor_client.post("/transfers/T-0001/reverse-receipt", data={**key_of(asked), "date": "2026-02-01", "remark": "Another wire"})
    assert early.status_code == 422 and "Another wire" in early.text
    fields = {**key_of(early), "date": "2026-02-03", "remark": "Another wire"}
    assert (await unifor_client.post("/transfers/T-0001/reverse-receipt", data=fields)).status_code == 303
    asked = await ue_client.get("/transfers/T-0001/cancel")
    assert "What will be posted" in asked.text
    done = await ue_client.post("/transfers/T-0001/cancel", data={**key_of(asked), "date": "2026-02-03", "remark": "Entered twice"})
    assert done.status_code == 303
    shown = text_of(await ue_client.get("/transfers/T-0001"))
    assert "taken back on" in shown and "Entered twice" in shown


async def test_in_one_currency_the_receipt_is_ready(
    ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, pool: Pool, unifor: Actor
) -> None:
    """Unifor's bank converted: what is on its way is USD already, so that UE finds the posting filled in."""
    await a_rate(pool, date(2026, 2, 10), "1.3750")
    await open_with(pool, unifor, "W03", date(2026, 2, 9))
    empty = await unifor_client.get("/transfers/new")
    assert "Bank of Canada" in empty.text  # the other currency's value live, with its source
    fields = {
        **key_of(empty), "fund": "GEN", "from_account": option(empty, "Unifor trust"), "to_account": option(empty, "UE trust"), "amount": "40,000",
        "fee": "45", "date": "2026-02-10", "purpose": "For UE", "rate": "1.3842",
    }  # fmt: skip
    looked = await unifor_client.post("/transfers/new", data={**fields, "action": "preview"})
    assert "USD 28,897.56" in text_of(looked) and "a spread of USD 193.35" in text_of(looked)
    await unifor_client.post("/transfers/new", data={**fields, "action": "post"})
    asked = await ue_client.get("/transfers/T-0001")
    assert 'value="28,897.56"' in asked.text and "What will be posted" in asked.text
    bank = {**key_of(asked), "date": "2026-02-10", "fee": "18.00", "net": "28,879.56", "action": "post"}
    assert (await ue_client.post("/transfers/T-0001", data=bank)).status_code == 303
    shown = text_of(await unifor_client.get("/transfers/T-0001"))
    assert "USD 193.35" in shown and "1.386621" in shown


@pytest.mark.usefixtures("opened")
async def test_find_sort_and_take_away(ue_client: httpx.AsyncClient, pool: Pool, ue: Actor, unifor: Actor) -> None:
    assert "A transfer appears when a treasurer records" in (await ue_client.get("/transfers")).text
    for number in range(3):
        await w04_sent(pool, ue, (number + 1) * 1_000_00, f"send-{number:04d}", sent_on=date(2026, 2, number + 2), purpose=f"=Purpose {number}")
    await service.record_return(pool, ue, "came-back", "T-0002", Return(returned_on=date(2026, 2, 5)))

    async def numbers(query: str) -> list[str]:
        return re.findall(r'data-href="/transfers/(T-\d+)"', (await ue_client.get(f"/transfers?{query}")).text)

    assert await numbers("") == ["T-0003", "T-0002", "T-0001"]
    assert await numbers("sort=sent") == ["T-0001", "T-0002", "T-0003"]
    assert await numbers("state=returned") == ["T-0002"] and await numbers("state=pending&union=unifor") == ["T-0003", "T-0001"]
    assert await numbers("q=purpose+1") == ["T-0002"] and await numbers("fund=GEN") == []
    assert "No transfer fits" in (await ue_client.get("/transfers?q=nothing-like-it")).text
    assert "Overdue" in (await ue_client.get("/transfers")).text
    got = await ue_client.get("/transfers?state=pending&format=csv")
    rows = list(csv.reader(io.StringIO(got.content.decode("utf-8-sig"))))
    found = [row for row in rows if row and row[0].startswith("T-")]
    assert [row[0] for row in found] == ["T-0003", "T-0001"] and "3000.00" in found[0]
    assert not any(cell.startswith("=") for row in rows for cell in row)
    for kind in ("xlsx", "pdf"):
        assert (await ue_client.get(f"/transfers?format={kind}")).status_code == 200


@pytest.mark.usefixtures("opened")
async def test_a_reader_sees_and_takes_no_step(app: Litestar, pool: Pool, ue: Actor) -> None:
    await w04_sent(pool, ue)
    async with client_for(app, await add_person(pool, "Ada Trustee", "unifor", "trustee")) as trustee:
        shown = await trustee.get("/transfers/T-0001")
        assert shown.status_code == 200 and 'id="receipt"' not in shown.text and "/transfers/T-0001/" not in shown.text
        assert "/transfers/new" not in (await trustee.get("/transfers")).text
        for path in ("/transfers/new", "/transfers/T-0001/dispute"):
            assert (await trustee.get(path)).status_code == 403
            assert (await trustee.post(path, data={})).status_code == 403
        assert (await trustee.post("/transfers/T-0001", data={})).status_code == 403


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.usefixtures("opened")
async def test_every_page_is_accessible_and_fits(
    browser: Browser, pool: Pool, ue: Actor, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient  # noqa: F811
) -> None:
    await some_transfers(pool, ue, unifor)
    paths = {
        ue_client: (
            "/transfers", "/transfers?q=nothing", "/transfers/new", "/transfers/new?replaces=T-0003", "/transfers/T-0001", "/transfers/T-0001/return",
            "/transfers/T-0001/cancel", "/transfers/T-0003", "/transfers/T-0004", "/transfers/T-0005", "/transfers/T-0006",
        ),
        unifor_client: (
            "/transfers/T-0001", "/transfers/T-0001/dispute", "/transfers/T-0001/remark", "/transfers/T-0002", "/transfers/T-0002/reverse-receipt",
        ),
    }  # fmt: skip
    wrong: list[str] = []

    def note(text: str) -> None:
        wrong.append(text)

    for client, (language, (theme, width)) in itertools.product(paths, itertools.product(("en", "fr"), (("light", 1280), ("dark", 320)))):
        await client.post("/language", data={"language": language, "next": "/"})
        context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
        await context.route("**/*", answered_by(client))
        page = await context.new_page()
        page.on("console", lambda message: note(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: note(str(error)))
        for path in paths[client]:
            answer = await page.goto(f"http://127.0.0.1:8000{path}")
            assert answer is not None and answer.status == 200, path
            wrong += [f"{language} {theme} {path}: {one}" for one in await faults(page, width)]
        await context.close()
    assert wrong == [], "\n".join(wrong)


async def some_transfers(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """One in every state: in transit, received, returned, taken back, disputed; and one that Unifor's bank converted for UE."""
    for number in range(5):
        await w04_sent(pool, ue, 1_500_00, f"send-{number:04d}", expected_on=date(2026, 2, 2))
    receipt = {**_fields_of(W04_RECEIPT), "net_minor": 2_022_65}
    await service.confirm_receipt(pool, unifor, "received-2", "T-0002", type(W04_RECEIPT)(**receipt))
    await service.record_return(pool, ue, "returned-3", "T-0003", Return(returned_on=date(2026, 2, 5), fee_minor=35_00))
    await service.cancel(pool, ue, "cancelled-4", "T-0004", date(2026, 2, 5), "Entered twice")
    await service.dispute(pool, unifor, "disputed-5", "T-0005", "Our statement shows nothing")
    back = Sending(
        fund="STRIKE", from_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"),
        to_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"), amount_minor=1_000_00, sent_on=date(2026, 2, 10), purpose="Back",
        rate=Decimal("1.3842"),
    )  # fmt: skip
    await service.send(pool, unifor, "converted-6", Sending(**_fields(back)))


def _fields_of(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.usefixtures("opened")
async def test_both_treasurers_in_a_browser(
    browser: Browser, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient  # noqa: F811
) -> None:
    contexts = [await browser.new_context() for _ in range(2)]
    pages = []
    for context, client in zip(contexts, (ue_client, unifor_client), strict=True):
        await context.route("**/*", answered_by(client))
        pages.append(await context.new_page())
    sender, receiver = pages
    await sender.goto("http://127.0.0.1:8000/transfers/new")
    await sender.select_option("[name=fund]", "STRIKE")
    await sender.select_option("[name=from_account]", label="UE trust account, USD")
    await sender.select_option("[name=to_account]", label="Unifor trust account, CAD")
    await sender.fill("[name=amount]", "15,000")
    await sender.get_by_text("CAD 20,475.00").wait_for()  # its value in the other currency, live
    await sender.fill("[name=date]", "30 Jan 2026")
    await sender.fill("[name=purpose]", "For Local 504")
    await sender.get_by_role("button", name="Look at it first").click()
    await sender.get_by_role("heading", name="What will be posted").wait_for()
    await sender.get_by_role("button", name="Record as sent").click()
    await sender.get_by_role("heading", name="from UE to Unifor").wait_for()
    await receiver.goto("http://127.0.0.1:8000/")
    await receiver.get_by_role("link", name="Confirm receipt of transfer T-0001").click()
    await receiver.fill("[name=date]", "2026-02-03")
    await receiver.fill("[name=rate]", "1.3601")
    await receiver.fill("[name=fee]", "17.50")
    await receiver.fill("[name=net]", "20,384.00")
    await receiver.get_by_role("button", name="Look at it first").click()
    await receiver.get_by_role("button", name="Confirm receipt").click()
    await receiver.get_by_text("Receipt confirmed.", exact=True).wait_for()
    for context in contexts:
        await context.close()
