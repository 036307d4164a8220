"""Send and receive over JSON and over pages: the product's main job, by both treasurers, in both languages."""

import re
from datetime import date
from typing import Any

import httpx
import pytest

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.services.test_transfers import open_with

UE_BANK = {"account": "joint/Assets:Bank:UE-trust-USD", "currency": "USD"}
UNIFOR_BANK = {"account": "joint/Assets:Bank:Unifor-trust-CAD", "currency": "CAD"}
SENDING: dict[str, Any] = {
    "fund": "STRIKE", "from_account": UE_BANK, "to_account": UNIFOR_BANK, "amount": {"amount": "15000.00", "currency": "USD"},
    "sent_on": "2026-01-30", "purpose": "For Local 504",
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "received_on": "2026-02-03", "rate": "1.3601", "fee": {"amount": "17.50", "currency": "CAD"}, "net": {"amount": "20384.00", "currency": "CAD"},
}  # fmt: skip


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": f"transfer-{text}"}


@pytest.fixture
async def opened(pool: Pool, ue: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))


@pytest.mark.usefixtures("opened")
async def test_w04_over_json(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    shown = await ue_client.post("/api/v1/transfers/preview", json=SENDING)
    assert [line["amount"]["amount"] for line in shown.json()["lines"]] == ["-15000.00", "15000.00"]
    sent = await ue_client.post("/api/v1/transfers", json=SENDING, headers=key("send"))
    assert sent.status_code == 201 and sent.json()["state"] == "in_transit" and sent.json()["number"] == "T-0001"
    again = await ue_client.post("/api/v1/transfers", json=SENDING, headers=key("send"))
    assert again.json()["number"] == "T-0001"
    other = await ue_client.post("/api/v1/transfers", json={**SENDING, "purpose": "Other"}, headers=key("send"))
    assert other.status_code == 409 and other.json()["code"] == "idempotency_key_reused"
    received = await unifor_client.post("/api/v1/transfers/T-0001/receipt", json=RECEIPT, headers=key("receive"))
    assert received.status_code == 201 and received.json()["gross"] == {"amount": "20401.50", "currency": "CAD"}
    assert received.json()["days_in_transit"] == 4
    listed = await unifor_client.get("/api/v1/transfers?state=received")
    assert [item["number"] for item in listed.json()["items"]] == ["T-0001"]
    assert (await unifor_client.get("/api/v1/transfers?state=pending")).json()["items"] == []


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"net": {"amount": "20500.00", "currency": "CAD"}}, 422, "receipt_too_large"),
        ({"net": {"amount": "100.00", "currency": "CAD"}}, 422, "exchange_disagrees"),
        ({"net": {"amount": "20384.00", "currency": "USD"}}, 422, "wrong_currency"),
        ({"net": {"amount": "NaN", "currency": "CAD"}}, 400, "request_invalid"),
        ({"net": {"amount": "1e3", "currency": "CAD"}}, 400, "request_invalid"),
        ({"net": {"amount": "20384.001", "currency": "CAD"}}, 422, "amount_invalid"),
        ({"net": 20384.0}, 400, "request_invalid"),
        ({"rate": "0"}, 422, "amount_not_positive"),
        ({"received_on": "2026-01-29"}, 422, "date_before_sent"),
        ({"received_on": "2027-01-29"}, 422, "future_date"),
        ({"unknown": 1}, 400, "request_invalid"),
    ],
)
async def test_bad_receipts(
    ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    await ue_client.post("/api/v1/transfers", json=SENDING, headers=key("send"))
    answer = await unifor_client.post("/api/v1/transfers/T-0001/receipt", json={**RECEIPT, **change}, headers=key("bad"))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await ue_client.get("/api/v1/transfers/T-0001")).json()["state"] == "in_transit"


@pytest.mark.usefixtures("opened")
async def test_the_sender_cannot_confirm_and_the_receiver_cannot_send(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    refused = await unifor_client.post("/api/v1/transfers", json=SENDING, headers=key("not-yours"))
    assert (refused.status_code, refused.json()["code"]) == (403, "other_union")
    await ue_client.post("/api/v1/transfers", json=SENDING, headers=key("send"))
    refused = await ue_client.post("/api/v1/transfers/T-0001/receipt", json=RECEIPT, headers=key("self"))
    assert (refused.status_code, refused.json()["code"]) == (403, "other_union")
    missing = await ue_client.post("/api/v1/transfers", json=SENDING)
    assert missing.status_code == 400


def form_of(page: str) -> dict[str, str]:
    """The hidden and filled fields of a page's main form."""
    return dict(re.findall(r'<input type="hidden" name="(form_key)" value="([^"]+)"', page))


def account_id(page: str, name: str) -> str:
    return re.search(rf'<option value="(\d+)"[^>]*>{name}', page).group(1)  # type: ignore[union-attr]


@pytest.mark.usefixtures("opened")
async def test_the_journey_on_pages(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    empty = await ue_client.get("/transfers/new")
    typed = {
        **form_of(empty.text), "fund": "STRIKE", "from_account": account_id(empty.text, "UE trust"), "to_account": account_id(empty.text, "Unifor trust"),
        "amount": "15,000.00", "date": "2026-01-30", "purpose": "For Local 504", "reference": "FT-88120",
    }  # fmt: skip
    wrong = await ue_client.post("/transfers/new", data={**typed, "amount": "1e9", "date": "2099-01-01"})
    assert wrong.status_code == 422 and "For Local 504" in wrong.text and "1e9" in wrong.text
    looked = await ue_client.post("/transfers/new", data={**typed, "action": "preview"})
    assert looked.status_code == 200 and "15,000.00" in looked.text and "In transit" in looked.text
    sent = await ue_client.post("/transfers/new", data={**typed, "action": "post"})
    assert sent.status_code == 303 and sent.headers["location"] == "/transfers/T-0001?done=transfer_sent"
    home = await unifor_client.get("/")
    assert "Confirm receipt of transfer T-0001" in home.text
    shown = await unifor_client.get("/transfers/T-0001")
    assert "USD 15,000.00 from UE to Unifor" in shown.text and "/transfers/T-0001/receipt" in shown.text
    assert "/transfers/T-0001/receipt" not in (await ue_client.get("/transfers/T-0001")).text
    asked = await unifor_client.get("/transfers/T-0001/receipt")
    bank = {**form_of(asked.text), "date": "2026-02-03", "rate": "1.3601", "fee": "17.50", "net": "20,384.00"}
    looked = await unifor_client.post("/transfers/T-0001/receipt", data={**bank, "action": "preview"})
    assert "20,401.50" in looked.text
    done = await unifor_client.post("/transfers/T-0001/receipt", data={**bank, "action": "post"})
    assert done.status_code == 303
    shown = await ue_client.get("/transfers/T-0001")
    assert "1.3601" in shown.text and "20,384.00" in shown.text
    assert "Confirm receipt of transfer" not in (await unifor_client.get("/")).text


@pytest.mark.usefixtures("opened")
async def test_the_other_steps_on_pages(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    await ue_client.post("/api/v1/transfers", json=SENDING, headers=key("send"))
    for client, act in ((unifor_client, "dispute"), (ue_client, "remark"), (ue_client, "return"), (ue_client, "cancel")):
        assert (await client.get(f"/transfers/T-0001/{act}")).status_code == 200
    asked = await unifor_client.get("/transfers/T-0001/dispute")
    done = await unifor_client.post("/transfers/T-0001/dispute", data={**form_of(asked.text), "remark": "Nothing came"})
    assert done.status_code == 303 and "Nothing came" in (await ue_client.get("/transfers/T-0001")).text
    asked = await ue_client.get("/transfers/T-0001/return")
    back = await ue_client.post("/transfers/T-0001/return", data={**form_of(asked.text), "date": "2026-02-06", "fee": "35.00", "remark": ""})
    assert back.status_code == 303
    shown = await ue_client.get("/transfers/T-0001")
    assert "/transfers/new?replaces=T-0001" in shown.text
    assert (await ue_client.get("/transfers?state=returned&q=504")).text.count("/transfers/T-0001") >= 1
    assert (await ue_client.get("/transfers/T-0001/nothing")).status_code == 404
    assert (await ue_client.get("/transfers/T-9999")).status_code == 404
