"""Funds, accounts, the first page, search and reference data by JSON."""

from itertools import count
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.schemas import cursor
from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.test_funds import account_of, gift, known_rate

_keys = count(1)


async def send(client: httpx.AsyncClient, path: str, body: Any = None, method: str = "POST", key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or f"funds-api-{next(_keys)}"}
    return await client.request(method, f"/api/v1{path}", json=body, headers=headers)


NEW = {"code": "HALL", "name_en": "Union halls", "name_fr": "Salles syndicales", "floors": [{"amount": "1000.00", "currency": "CAD"}]}


async def test_funds_by_currency_with_a_converted_total(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient, ue: Actor) -> None:
    await gift(pool, unifor, "2026-11-02", 5_000_000)
    await gift(pool, ue, "2026-11-03", 2_000_000)
    await known_rate(pool)
    (strike,) = [row for row in (await unifor_client.get("/api/v1/funds")).json() if row["code"] == "STRIKE"]
    assert strike["balances"][0]["available"] == {"amount": "50000.00", "currency": "CAD"}
    assert strike["converted"]["total"] == {"amount": "77450.00", "currency": "CAD"}
    assert strike["converted"]["rate"]["value"] == "1.3725"
    page = (await unifor_client.get("/api/v1/funds/STRIKE", params={"from": "2026-11-03", "to": "2026-11-30"})).json()
    assert page["statement"][0]["opening"]["amount"] == "50000.00"
    assert page["statement"][1]["received"] == {"amount": "20000.00", "currency": "USD"}
    assert {row["custodian"] for row in page["accounts"]} == {"ue", "unifor", None}


async def test_a_fund_from_proposal_to_closing(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    made = await send(ue_client, "/funds", NEW, key="the-same-key-1")
    assert (made.status_code, made.json()["fund"]["state"]) == (201, "proposed")
    assert (await send(ue_client, "/funds", NEW, key="the-same-key-1")).json() == made.json()
    reused = await send(ue_client, "/funds", NEW | {"code": "HALL2"}, key="the-same-key-1")
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    refused = await send(ue_client, "/funds/HALL/confirmation")
    assert (refused.status_code, refused.json()["code"]) == (403, "same_person")
    waiting = (await unifor_client.get("/api/v1/home")).json()["waiting"]
    assert [(row["kind"], row["subject"], row["url"]) for row in waiting] == [("confirm_fund", "HALL", "/funds/HALL")]
    assert (await send(unifor_client, "/funds/HALL/confirmation")).json()["fund"]["state"] == "open"
    changed = await send(ue_client, "/funds/HALL", {"floors": [{"amount": "5.00", "currency": "USD"}]}, method="PATCH")
    assert [row["floor"]["amount"] for row in changed.json()["fund"]["balances"]] == ["5.00", "0.00"]
    assert (await send(unifor_client, "/funds/HALL/closing")).json()["fund"]["state"] == "closed"
    assert "HALL" not in [row["code"] for row in (await ue_client.get("/api/v1/funds")).json()]
    assert "HALL" in [row["code"] for row in (await ue_client.get("/api/v1/funds", params={"with_closed": "true"})).json()]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (NEW | {"code": "hall"}, 422, "text_invalid"),
        (NEW | {"floors": [{"amount": "1.234", "currency": "CAD"}]}, 422, "amount_invalid"),
        (NEW | {"floors": [{"amount": "NaN", "currency": "CAD"}]}, 400, "request_invalid"),
        (NEW | {"floors": [{"amount": "-1.00", "currency": "CAD"}]}, 422, "amount_not_positive"),
        (NEW | {"surprise": 1}, 400, "request_invalid"),
        (NEW | {"nation": "CA"}, 403, "origin_not_allowed"),
        (NEW | {"code": "GEN"}, 409, "fund_exists"),
    ],
)
async def test_bad_proposals(ue_client: httpx.AsyncClient, body: dict[str, Any], status: int, code: str) -> None:
    answer = await send(ue_client, "/funds", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_write_needs_a_key(ue_client: httpx.AsyncClient) -> None:
    assert (await ue_client.post("/api/v1/funds", json=NEW)).status_code == 400


async def test_an_account_statement_by_pages(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await gift(pool, unifor, "2026-11-02", 1_000)
    bank = await account_of(pool, "Assets:Bank:Unifor-trust-CAD", "CAD")
    first = (await unifor_client.get(f"/api/v1/accounts/{bank.id}", params={"limit": 2})).json()
    assert [line["balance"]["amount"] for line in first["lines"]] == ["10.00", "20.00"]
    second = (await unifor_client.get(f"/api/v1/accounts/{bank.id}", params={"limit": 2, "after": first["next"]})).json()
    assert (second["brought_forward"]["amount"], [line["entry"] for line in second["lines"]], second["next"]) == ("20.00", [3], None)
    assert second["closing"] == {"amount": "30.00", "currency": "CAD"}
    listed = (await unifor_client.get("/api/v1/accounts", params={"q": "unifor-trust", "book": "joint"})).json()
    assert [(row["account"]["account"], row["balance"]["amount"]) for row in listed] == [("joint/Assets:Bank:Unifor-trust-CAD", "30.00")]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/accounts/999999", {}, 404),
        ("/accounts/99999999999", {}, 400),
        ("/accounts/1", {"after": cursor("2026-11-23", 10**30, 1)}, 400),
        ("/accounts/1", {"after": "rubbish"}, 400),
        ("/accounts/1", {"fund": "NOSUCH"}, 422),
        ("/accounts/1", {"from": "0001-01-01"}, 200),
        ("/accounts/1", {"from": "2026-12-01"}, 422),
        ("/accounts/1", {"from": "soon"}, 400),
        ("/accounts/1", {"limit": "5000"}, 400),
        ("/funds/NOSUCH", {}, 404),
        ("/funds/GEN", {"to": "1990-01-01"}, 422),
        ("/search", {}, 400),
        ("/search", {"q": "x" * 200}, 400),
    ],
)
async def test_bad_questions(ue_client: httpx.AsyncClient, path: str, params: dict[str, str], status: int) -> None:
    answer = await ue_client.get(f"/api/v1{path}", params=params)
    assert answer.status_code == status, answer.text


async def test_accounts_are_opened_and_closed(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    body = {"account": "joint/Assets:Bank:UE-savings", "currency": "USD", "name_en": "Savings", "name_fr": "Épargne", "role": "bank"}
    made = await send(ue_client, "/accounts", body)
    assert (made.status_code, made.json()["custodian"]) == (201, "ue")
    assert (await send(unifor_client, "/accounts", body)).json()["code"] == "account_exists"
    number = made.json()["id"]
    assert (await send(unifor_client, f"/accounts/{number}/closing")).json()["code"] == "other_union"
    assert (await send(ue_client, f"/accounts/{number}/closing")).json()["closed_on"] == "2026-11-23"


async def test_what_is_new_until_it_is_marked(pool: Pool, ue: Actor, unifor_client: httpx.AsyncClient) -> None:
    await gift(pool, ue, "2026-11-20", 20_000)
    view = (await unifor_client.get("/api/v1/home")).json()
    assert [(row["entry"], row["amounts"]) for row in view["news"]] == [(1, [{"amount": "200.00", "currency": "USD"}])]
    assert (await send(unifor_client, "/home/seen", {"number": view["head"]})).json() == {"number": 1}
    assert (await unifor_client.get("/api/v1/home")).json()["news"] == []


async def test_search_by_json(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await gift(pool, ue, "2026-11-20", 1_500_000)
    found = (await ue_client.get("/api/v1/search", params={"q": "15 000,00"})).json()
    assert [(row["kind"], row["amount"]) for row in found["items"]] == [("entry", {"amount": "15000.00", "currency": "USD"})]
    assert (await ue_client.get("/api/v1/search", params={"q": "J-1"})).json()["exact"] == "/journal/1"


async def test_reference_data_and_locals(app: Litestar, pool: Pool, ue_client: httpx.AsyncClient) -> None:
    assert [row["code"] for row in (await ue_client.get("/api/v1/unions")).json()] == ["ue", "unifor"]
    assert [row["code"] for row in (await ue_client.get("/api/v1/books")).json()] == ["joint", "ue", "unifor"]
    assert [(row["code"], row["digits"]) for row in (await ue_client.get("/api/v1/currencies")).json()] == [("CAD", 2), ("USD", 2)]
    made = await send(ue_client, "/locals", {"union": "ue", "number": "506", "name": "Local 506", "city": "Erie"})
    assert made.status_code == 201
    assert (await send(ue_client, "/locals", {"union": "unifor", "number": "504", "name": "x"})).json()["code"] == "other_union"
    assert [row["number"] for row in (await ue_client.get("/api/v1/locals")).json()] == ["506"]
    lead = await add_person(pool, "Imre Kovács-Diallo", "ue", "campaign_lead")
    async with client_for(app, lead) as client:
        assert (await client.get("/api/v1/accounts")).status_code == 403
        assert (await client.get("/api/v1/funds")).status_code == 200
        assert (await send(client, "/locals/ue/506/closing")).json()["code"] == "not_allowed"
    assert (await send(ue_client, "/locals/ue/506/closing")).json()["closed_on"] == "2026-11-23"
    assert (await send(ue_client, "/locals/ue/506/closing")).status_code == 404
