"""Contributions, pledges and transfers between funds by JSON: what a program sends and gets, in both languages."""

from itertools import count
from typing import Any

import httpx
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.test_contributions import audited
from tests.services.test_journal import balances

_keys = count(1)
GIFT = {
    "union": "unifor", "fund": "GEN", "account": "joint/Assets:Bank:Unifor-trust-CAD", "amount": {"amount": "300.00", "currency": "CAD"},
    "received_on": "2026-05-04", "instrument": "eft", "reference": "DEP 7",
}  # fmt: skip
PLEDGE = {
    "union": "unifor", "fund": "GEN", "amount": {"amount": "1200.00", "currency": "CAD"}, "approved_on": "2026-01-02",
    "resolution": "NEB-2026-01", "spread": {"count": 4, "first_due_on": "2026-03-31", "every": "quarter"},
}  # fmt: skip


async def send(client: httpx.AsyncClient, path: str, body: Any, key: str = "", **headers: str) -> httpx.Response:
    return await client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": key or f"contributions-api-{next(_keys)}", **headers})


async def test_a_contribution_is_recorded_read_and_taken_back(unifor_client: httpx.AsyncClient, ue_client: httpx.AsyncClient) -> None:
    shown = await unifor_client.post("/api/v1/contributions/preview", json=GIFT)
    assert [(line["account"], line["amount"]["amount"]) for line in shown.json()["postings"]] == [
        ("joint/Assets:Bank:Unifor-trust-CAD", "300.00"), ("joint/Income:Contributions:Unifor", "-300.00"),
    ]  # fmt: skip
    made = await send(unifor_client, "/contributions", GIFT, "gift-0001")
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/contributions/C-0001")
    assert (await send(unifor_client, "/contributions", GIFT, "gift-0001")).json() == made.json()
    body = (await ue_client.get("/api/v1/contributions/C-0001")).json()
    assert body == made.json()
    assert {name: body[name] for name in ("number", "custodian", "state", "entry", "amount", "instrument")} == {
        "number": "C-0001", "custodian": "unifor", "state": "received", "entry": 1, "amount": {"amount": "300.00", "currency": "CAD"},
        "instrument": "eft",
    }  # fmt: skip
    assert (await send(ue_client, "/contributions/C-0001/reversal", {"reason": "Not ours"})).status_code == 403
    undone = await send(unifor_client, "/contributions/C-0001/reversal", {"reason": "The cheque bounced"})
    assert (undone.status_code, undone.json()["state"], undone.json()["reversed_by"]) == (200, "reversed", 2)
    assert (await send(unifor_client, "/contributions/C-0001/reversal", {"reason": "Again"})).json()["code"] == "already_reversed"


async def test_lists_page_and_total_by_currency(unifor_client: httpx.AsyncClient) -> None:
    for day in ("2026-05-04", "2026-05-05", "2026-05-06"):
        await send(unifor_client, "/contributions", GIFT | {"received_on": day})
    first = (await unifor_client.get("/api/v1/contributions", params={"limit": 2, "union": "unifor"})).json()
    assert ([row["number"] for row in first["items"]], first["totals"]) == (["C-0003", "C-0002"], [{"amount": "900.00", "currency": "CAD"}])
    rest = (await unifor_client.get("/api/v1/contributions", params={"after": first["next"]})).json()
    assert ([row["number"] for row in rest["items"]], rest["next"]) == (["C-0001"], None)
    assert (await unifor_client.get("/api/v1/contributions", params={"from": "2026-05-06"})).json()["items"][0]["number"] == "C-0003"
    assert (await unifor_client.get("/api/v1/contributions", params={"after": "rubbish"})).status_code == 400


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"amount": {"amount": "0.00", "currency": "CAD"}}, 422, "amount_not_positive"),
    ({"amount": {"amount": "-5.00", "currency": "CAD"}}, 422, "amount_not_positive"),
    ({"amount": {"amount": "5.001", "currency": "CAD"}}, 422, "amount_invalid"),
    ({"amount": {"amount": "1e5", "currency": "CAD"}}, 400, "request_invalid"),
    ({"amount": 5.0}, 400, "request_invalid"),
    ({"amount": {"amount": "5.00", "currency": "USD"}}, 422, "wrong_currency"),
    ({"instrument": "gold"}, 400, "request_invalid"),
    ({"instrument": "crypto", "fund": "POL-CA"}, 403, "instrument_not_allowed"),
    ({"union": "ue", "fund": "POL-CA"}, 403, "origin_not_allowed"),
    ({"account": "joint/Assets:Bank:UE-trust-USD", "amount": {"amount": "5.00", "currency": "USD"}}, 403, "other_union"),
    ({"received_on": "2026-11-24"}, 422, "future_date"),
    ({"received_on": "yesterday"}, 400, "request_invalid"),
    ({"pledge": "P-0001"}, 404, "not_found"),
    ({"remark": "a\u0000b"}, 422, "text_invalid"),
    ({"fund": "a\u0000b"}, 400, "request_invalid"),
    ({"more": 1}, 400, "request_invalid"),
]


@pytest.mark.parametrize(("changes", "status", "code"), BAD)
async def test_bad_input_is_refused_by_its_code(
    pool: Pool, unifor_client: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await send(unifor_client, "/contributions", GIFT | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await balances(pool) == {}


@pytest.mark.parametrize("path", ["contributions/C-0099", "contributions/rubbish", "contributions/C-%00", "pledges/P-0099", "pledges/x/schedule"])
async def test_what_is_not_there(unifor_client: httpx.AsyncClient, path: str) -> None:
    assert (await unifor_client.get(f"/api/v1/{path}")).status_code == 404


async def test_the_ring_fence_speaks_of_the_unions_rule(pool: Pool, unifor_client: httpx.AsyncClient) -> None:
    for language, words in (("en", "blocked by the ring-fence rule set by the unions"), ("fr", "règle de cantonnement fixée par les syndicats")):
        for changes in ({"union": "ue", "fund": "POL-CA"}, {"instrument": "prepaid", "fund": "POL-CA"}):
            answer = await send(unifor_client, "/contributions", GIFT | changes, **{"Accept-Language": language})
            assert words in answer.json()["title"].casefold()
            assert "illegal" not in answer.text.casefold()
    move = {
        "account": GIFT["account"], "amount": {"amount": "1000.00", "currency": "CAD"}, "from_fund": "GEN", "to_fund": "POL-CA",
        "entry_date": "2026-05-06", "description": "R2",
    }  # fmt: skip
    await send(unifor_client, "/contributions", GIFT | {"amount": {"amount": "5000.00", "currency": "CAD"}})
    answer = await send(unifor_client, "/interfund-transfers", move)
    assert (answer.status_code, answer.json()["code"]) == (403, "mixed_origin_source")
    assert "ring-fence rule set by the unions" in answer.json()["title"]
    done = await send(unifor_client, "/interfund-transfers", move | {"to_fund": "STRIKE"})
    assert (done.status_code, done.json()) == (201, {"entry": 2, "href": "/api/v1/entries/2"})
    assert ("move_between_funds", "refused", "mixed_origin_source") in await audited(pool)


async def test_a_pledge_from_promise_to_the_last_instalment(unifor_client: httpx.AsyncClient, ue_client: httpx.AsyncClient) -> None:
    shown = await unifor_client.post("/api/v1/pledges/preview", json=PLEDGE)
    assert [line["amount"]["amount"] for line in shown.json()["postings"]] == ["1200.00", "-1200.00"]
    made = await send(unifor_client, "/pledges", PLEDGE)
    assert (made.status_code, made.headers["location"], made.json()["entry"]) == (201, "/api/v1/pledges/P-0001", 1)
    await send(unifor_client, "/contributions", GIFT | {"pledge": "P-0001"})
    found = (await ue_client.get("/api/v1/pledges/P-0001/schedule", params={"as_of": "2026-07-15"})).json()
    assert (found["due"]["amount"], found["overdue"]["amount"]) == ("600.00", "300.00")
    assert (found["percent_received"], found["oldest_overdue_days"]) == ("25.0", 15)
    assert [(line["due_on"], line["state"]) for line in found["lines"]][:2] == [("2026-03-31", "received"), ("2026-06-30", "overdue")]
    more = await send(unifor_client, "/contributions", GIFT | {"pledge": "P-0001", "amount": {"amount": "900.01", "currency": "CAD"}})
    assert (more.status_code, more.json()["code"]) == (409, "pledge_exceeded")
    assert "the rest as a separate contribution" in more.json()["detail"]
    listed = (await ue_client.get("/api/v1/pledges", params={"as_of": "2026-07-15"})).json()
    assert listed["totals"][0]["ageing"][0] == {"over_days": 0, "to_days": 30, "overdue": {"amount": "300.00", "currency": "CAD"}}
    assert listed["items"][0]["receipts"] == [
        {"contribution": "C-0001", "received_on": "2026-05-04", "amount": {"amount": "300.00", "currency": "CAD"}}
    ]
    assert (await send(ue_client, "/pledges/P-0001/cancellation", {"reason": "No"})).status_code == 403
    assert (await send(unifor_client, "/pledges/P-0001/cancellation", {"reason": "Board decision"})).json()["state"] == "cancelled"
    assert (await send(unifor_client, "/pledges/P-0001/reopening", {"reason": "Thought again"})).json()["state"] == "open"
    last = await send(unifor_client, "/contributions", GIFT | {"pledge": "P-0001", "amount": {"amount": "900.00", "currency": "CAD"}})
    assert last.status_code == 201
    assert (await ue_client.get("/api/v1/pledges", params={"state": "fulfilled"})).json()["items"][0]["number"] == "P-0001"


async def test_a_conditional_pledge_by_program(unifor_client: httpx.AsyncClient) -> None:
    asked = PLEDGE | {"condition": "When the merger is ratified"}
    assert (await unifor_client.post("/api/v1/pledges/preview", json=asked)).json() is None
    assert (await send(unifor_client, "/pledges", asked)).json()["entry"] is None
    met = await send(unifor_client, "/pledges/P-0001/condition", {"met_on": "2026-07-01"})
    assert (met.status_code, met.json()["met_on"]) == (200, "2026-07-01")


BAD_PLEDGES: list[tuple[dict[str, Any], int, str]] = [
    ({"spread": None}, 400, "request_invalid"),
    ({"instalments": [{"due_on": "2026-03-31", "amount": {"amount": "1200.00", "currency": "CAD"}}]}, 400, "request_invalid"),
    ({"spread": None, "instalments": [{"due_on": "2026-03-31", "amount": {"amount": "1.00", "currency": "CAD"}}]}, 422, "instalments_disagree"),
    ({"spread": None, "instalments": [{"due_on": "2026-03-31", "amount": {"amount": "1200.00", "currency": "USD"}}]}, 422, "wrong_currency"),
    ({"spread": {"count": 61, "first_due_on": "2026-03-31"}}, 400, "request_invalid"),
    ({"spread": {"count": 1, "first_due_on": "9999-03-31"}}, 422, "date_invalid"),
    ({"union": "ue"}, 403, "other_union"),
    ({"policy": "perhaps"}, 400, "request_invalid"),
    ({"resolution": " "}, 422, "text_invalid"),
    ({"amount": {"amount": "1200.00", "currency": "EUR"}}, 422, "currency_unknown"),
]


@pytest.mark.parametrize(("changes", "status", "code"), BAD_PLEDGES)
async def test_a_bad_pledge_is_refused_by_its_code(unifor_client: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str) -> None:
    body = {name: value for name, value in (PLEDGE | changes).items() if value is not None}
    answer = await send(unifor_client, "/pledges", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_roles_without_the_right_are_refused(pool: Pool, app: Litestar, ue: Actor) -> None:
    officer = await add_person(pool, "Luc Desrosiers", "unifor", "officer")
    async with client_for(app, officer) as client:
        assert (await client.get("/api/v1/contributions")).status_code == 200
        assert (await send(client, "/contributions", GIFT)).status_code == 403
        assert (await send(client, "/pledges", PLEDGE)).status_code == 403
    lead = await add_person(pool, "Imre Kovács", "ue", "campaign_lead")
    async with client_for(app, lead) as client:
        assert (await client.get("/api/v1/contributions")).status_code == 403
        assert (await client.get("/api/v1/pledges")).status_code == 403
