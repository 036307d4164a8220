"""Send, confirm, dispute and return over JSON: the product's main job, by both treasurers, and the bad input each step meets."""

from datetime import date
from typing import Any

import httpx
import pytest

from ledger.domain.actors import Actor
from ledger.services import transfers as service
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


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": {"amount": "0.00", "currency": "USD"}}, 422, "amount_not_positive"),
        ({"amount": {"amount": "-5.00", "currency": "USD"}}, 422, "amount_not_positive"),
        ({"amount": {"amount": "5.00", "currency": "CAD"}}, 422, "wrong_currency"),
        ({"amount": {"amount": "9999999999999999", "currency": "USD"}}, 422, "amount_invalid"),
        ({"amount": {"amount": "40000.01", "currency": "USD"}}, 409, "insufficient_balance"),
        ({"amount": {"amount": "40000.00", "currency": "USD"}, "fee": {"amount": "0.01", "currency": "USD"}}, 409, "insufficient_balance"),
        ({"fund": "NONE"}, 422, "fund_unknown"),
        ({"to_account": UE_BANK}, 422, "same_account"),
        ({"to_account": {"account": "joint/Expense:Organizing", "currency": "USD"}}, 422, "account_unfit"),
        ({"to_account": {"account": "unifor/Assets:Bank:Unifor-general-CAD", "currency": "CAD"}}, 422, "account_unfit"),
        ({"to_account": {"account": "joint/Assets:Bank:Nowhere", "currency": "CAD"}}, 422, "account_unknown"),
        ({"sent_on": "2027-01-01"}, 422, "future_date"),
        ({"sent_on": "1999-12-31"}, 422, "date_invalid"),
        ({"expected_on": "2026-01-29"}, 422, "date_before_sent"),
        ({"purpose": " "}, 422, "text_invalid"),
        ({"purpose": "a\u0000b"}, 422, "text_invalid"),
        ({"bank_reference": "X" * 36}, 400, "request_invalid"),
        ({"rate": "0.000001", "bought": {"amount": "0.04", "currency": "CAD"}}, 422, "exchange_disagrees"),
        ({"rate": "0"}, 422, "amount_not_positive"),
        ({"replaces": "T-0009"}, 404, "not_found"),
        ({"replaces": "T\u0000"}, 404, "not_found"),
        ({"pledge": "P-0009"}, 404, "not_found"),
        ({"pledge": "nonsense\u0000"}, 404, "not_found"),
    ],
)
async def test_bad_sendings(ue_client: httpx.AsyncClient, change: dict[str, Any], status: int, code: str) -> None:
    answer = await ue_client.post("/api/v1/transfers", json={**SENDING, **change}, headers=key("bad-sending"))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await ue_client.get("/api/v1/transfers")).json()["items"] == []


@pytest.mark.usefixtures("opened")
async def test_w23_and_every_other_step_over_json(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    await ue_client.post("/api/v1/transfers", json=SENDING, headers=key("send"))
    looked = await unifor_client.post("/api/v1/transfers/T-0001/receipt/preview", json=RECEIPT)
    assert len(looked.json()["lines"]) == 5 and looked.json()["exchange"]["rate"] == "1.3601", looked.text
    disputed = await unifor_client.post("/api/v1/transfers/T-0001/dispute", json={"remark": "Nothing came"}, headers=key("dispute"))
    assert disputed.json()["state"] == "disputed" and disputed.json()["overdue"] is True
    said = await ue_client.post("/api/v1/transfers/T-0001/remarks", json={"remark": "We ask the bank"}, headers=key("remark"))
    assert [event["what"] for event in said.json()["events"]] == ["sent", "disputed", "remark"]
    back = {"returned_on": "2026-02-06", "fee": {"amount": "35.00", "currency": "USD"}, "reason": "Name did not match"}
    looked = await ue_client.post("/api/v1/transfers/T-0001/return/preview", json=back)
    assert sorted(line["amount"]["amount"] for line in looked.json()["lines"]) == ["-15000.00", "14965.00", "35.00"]
    returned = (await ue_client.post("/api/v1/transfers/T-0001/return", json=back, headers=key("return"))).json()
    assert (returned["came_back"]["amount"], returned["return_fee"]["amount"], returned["net"]) == ("14965.00", "35.00", None)
    late = await unifor_client.post("/api/v1/transfers/T-0001/receipt", json=RECEIPT, headers=key("late"))
    assert (late.status_code, late.json()["code"]) == (409, "transfer_state")
    again = await ue_client.post("/api/v1/transfers", json={**SENDING, "replaces": "t-0001"}, headers=key("again"))
    assert again.json()["replaces"] == "T-0001"
    await unifor_client.post("/api/v1/transfers/T-0002/receipt", json=RECEIPT, headers=key("receive"))
    undone = await unifor_client.post(
        "/api/v1/transfers/T-0002/receipt/reversal", json={"date": "2026-02-04", "reason": "Another wire"}, headers=key("undo")
    )
    assert undone.json()["state"] == "in_transit" and undone.json()["net"] is None
    gone = await ue_client.post("/api/v1/transfers/T-0002/cancellation", json={"date": "2026-02-04", "reason": "Twice"}, headers=key("cancel"))
    assert gone.json()["state"] == "cancelled"


@pytest.mark.usefixtures("opened")
async def test_lists_turn_the_page_both_ways(ue_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.list_transfers, "__defaults__", (None, 2))
    for number in range(5):
        small = {**SENDING, "amount": {"amount": "1.00", "currency": "USD"}, "sent_on": f"2026-01-{20 + number}"}
        await ue_client.post("/api/v1/transfers", json=small, headers=key(f"many-{number}"))
    for sort, wanted in (("-sent_on", [5, 4, 3, 2, 1]), ("sent_on", [1, 2, 3, 4, 5])):
        found: list[str] = []
        after = ""
        while True:
            answer = (await ue_client.get(f"/api/v1/transfers?sort={sort}&after={after}")).json()
            found += [item["number"] for item in answer["items"]]
            if not answer["next"]:
                break
            after = answer["next"]
        assert found == [f"T-000{number}" for number in wanted]
    assert (await ue_client.get("/api/v1/transfers?after=nonsense")).status_code == 400
    for strange in ("/api/v1/transfers?union=%00&q=%00%5C", "/api/v1/transfers/T%00", "/transfers?q=%00%5C%25&union=%00&state=x&after=%00"):
        assert (await ue_client.get(strange)).status_code in (200, 404), strange
