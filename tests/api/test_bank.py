"""Bring bank files in over JSON: how a sheet is said to be read, which account is meant, and what is refused in words that a program can use."""

import base64
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from api.pages.bank import ticked_postings
from api.pages.forms import Form
from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.services import requests_stage
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
TWO_ACCOUNTS = b"Date,Account,Amount\n2026-05-04,1111111,10.00\n2026-05-05,2222222,20.00\n"
MAY = {"filename": "may.csv", "content": base64.b64encode(TWO_ACCOUNTS).decode(), "opening": {"amount": "0.00", "currency": "CAD"}}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def sent(client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str = "bank-json-1") -> httpx.Response:
    """A write with its key."""
    return await client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": key})


async def test_a_file_of_two_accounts_is_taken_for_the_one_that_is_meant(app: Litestar, stage: Stage) -> None:
    place = f"/bank-accounts/{await stage.bank('unifor')}/statements"
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        looked = (await client.post(f"/api/v1{place}/preview", json=MAY)).json()
        assert (looked["problem"], looked["bank_accounts"]) == ("statement_account", ["1111111", "2222222"])
        refused = await sent(client, place, MAY)
        assert (refused.status_code, refused.json()["params"]["reason"]) == (409, "several")
        brought = await sent(client, place, MAY | {"bank_account": "2222222"}, "bank-json-2")
        (kept,) = brought.json()["statements"]
        assert (brought.status_code, kept["bank_account"], kept["closing"]) == (201, "2222222", {"amount": "20.00", "currency": "CAD"})
        # The same key answers the same; with another account meant it is another request.
        assert (await sent(client, place, MAY | {"bank_account": "2222222"}, "bank-json-2")).json() == brought.json()
        assert (await sent(client, place, MAY | {"bank_account": "1111111"}, "bank-json-2")).json()["code"] == "idempotency_key_reused"


async def test_a_statement_of_days_before_any_book_is_refused(app: Litestar, stage: Stage) -> None:
    account = await stage.bank("unifor")
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        refused = await sent(client, f"/bank-accounts/{account}/statements", MAY | {"bank_account": "1111111", "starts_on": "0001-01-01"})
        assert (refused.status_code, refused.json()["code"], refused.json()["params"]["field"]) == (422, "date_invalid", "starts_on")


async def test_a_sheet_that_can_be_read_in_two_ways_is_not_brought_in_on_a_guess(app: Litestar, stage: Stage) -> None:
    place = f"/bank-accounts/{await stage.bank('unifor')}/statements"
    doubtful = MAY | {"content": base64.b64encode(b"Date,Text,Amount\n2026-05-04,A,25.000\n2026-05-05,B,1.500\n").decode()}
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        assert (await client.post(f"/api/v1{place}/preview", json=doubtful)).json()["choose"] == ["decimal_sign"]
        refused = await sent(client, place, doubtful)
        assert (refused.status_code, refused.json()["params"]["field"]) == (422, "decimal_sign")
        said = {"columns": {"date": 0, "text": 1, "amount": 2}, "decimal_sign": ",", "thousands_sign": "."}
        brought = await sent(client, place, doubtful | {"profile": said}, "bank-json-3")
        assert brought.json()["statements"][0]["closing"]["amount"] == "26500.00"


async def test_nothing_is_learnt_of_a_line_unless_it_is_said(app: Litestar, stage: Stage) -> None:
    account = await stage.bank("unifor")
    content = base64.b64encode(b"Date,Text,Amount\n2026-05-04,CREDIT JANE EXAMPLE,10.00\n2026-05-05,CREDIT INTEREST,20.00\n").decode()
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        assert (await sent(client, f"/bank-accounts/{account}/statements", MAY | {"content": content})).status_code == 201
        first, second = (each["line"]["number"] for each in (await client.get(f"/api/v1/bank-accounts/{account}/lines")).json()["items"])
        asked = {"action": "interest", "fund": "GEN"}
        assert (await sent(client, f"/bank-lines/{first}/entry", asked, "bank-json-4")).status_code == 201
        assert (await client.get("/api/v1/bank-rules")).json() == []
        assert (await sent(client, f"/bank-lines/{second}/entry", asked | {"learn": True}, "bank-json-5")).status_code == 201
        assert [each["words"] for each in (await client.get("/api/v1/bank-rules")).json()] == ["credit interest"]
        long = await sent(client, f"/bank-lines/{first}/entry", asked | {"description": "x" * 2_000}, "bank-json-6")
        assert long.status_code == 400


async def test_a_ticked_posting_is_an_entry_and_its_line() -> None:
    assert ticked_postings(Form({"posting": ["12", "².1", "12.3", ".", "1.²"]}, "en")) == [(12, 3)]


@pytest.mark.parametrize(
    ("profile", "status", "code"),
    [
        ({"columns": {"colour": 0}}, 400, "request_invalid"), ({"columns": {"date": 0}}, 422, "columns_missing"),
        ({"columns": {"date": 0, "amount": 2}, "heading_row": 900}, 422, "statement_file_invalid"),
        ({"columns": {"date": 0, "amount": 2}, "currency": "ZZZ"}, 422, "rows_invalid"),
        ({"columns": {"date": 1, "amount": 2}}, 422, "rows_invalid"),
    ],
)  # fmt: skip
async def test_a_way_of_reading_that_does_not_fit_is_refused(app: Litestar, stage: Stage, profile: dict[str, Any], status: int, code: str) -> None:
    place = f"/bank-accounts/{await stage.bank('unifor')}/statements"
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        answer = await sent(client, place, MAY | {"profile": profile})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await client.get(f"/api/v1/bank-accounts/{await stage.bank('unifor')}/profile")).status_code == 404


async def test_lines_go_on_page_by_page_by_the_grounds_of_their_proposals(app: Litestar, stage: Stage) -> None:
    account = await stage.bank("unifor")
    content = base64.b64encode(b"Date,Text,Amount\n2026-05-04,A,10.00\n2026-05-05,B,20.00\n2026-05-06,C,30.00\n").decode()
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        assert (await sent(client, f"/bank-accounts/{account}/statements", MAY | {"content": content})).status_code == 201
        texts, after = [], ""
        while after is not None:
            page = (await client.get(f"/api/v1/bank-accounts/{account}/lines?by=none&limit=2{f'&after={after}' if after else ''}")).json()
            texts += [each["line"]["text"] for each in page["items"]]
            after = page["next"]
        assert texts == ["A", "B", "C"]
        assert (await client.get(f"/api/v1/bank-accounts/{account}/lines?state=lost")).status_code == 400
