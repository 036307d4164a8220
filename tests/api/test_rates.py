"""Rates and revaluation by JSON: files as a body or a form, rates by hand past a second person, results posted and previewed."""

from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.test_exchange import w05_opening

FILES = Path(__file__).parents[1] / "data" / "rates"
_keys = count(1)


class Caller:
    """A signed-in person's client, with a fresh key for every write."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", params=params)

    async def post(self, path: str, key: str = "", headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        own = {"Idempotency-Key": key or f"rates-api-{next(_keys)}", **(headers or {})}
        return await self.client.post(f"/api/v1{path}", headers=own, **body)


@pytest_asyncio.fixture(loop_scope="session")
async def who(ue_client: httpx.AsyncClient) -> Caller:
    """UE's treasurer."""
    return Caller(ue_client)


@pytest_asyncio.fixture(loop_scope="session")
async def other(unifor_client: httpx.AsyncClient) -> Caller:
    """Unifor's treasurer."""
    return Caller(unifor_client)


async def load(who: Caller, name: str) -> httpx.Response:
    return await who.post("/rates/files", content=(FILES / name).read_bytes(), headers={"Content-Type": "text/csv"})


async def test_a_file_as_the_body_or_in_a_form(who: Caller) -> None:
    first = await load(who, "valet.csv")
    assert first.status_code == 201, first.text
    assert (first.json()["added"], first.json()["days_without_rate"]) == (3, 1)
    form = await who.post("/rates/files", files={"file": ("changed.csv", (FILES / "changed.csv").read_bytes(), "text/csv")})
    assert form.json()["changed"] == [{"observed_on": "2026-04-06", "before": "1.3741", "after": "1.3744", "version": 2}]
    assert form.json()["filename"] == "changed.csv"


async def test_rates_are_listed_by_page_and_chosen_by_day(who: Caller) -> None:
    await load(who, "valet.csv")
    page = (await who.get("/rates", limit=2)).json()
    assert [item["name"] for item in page["items"]] == ["USDCAD-2026-04-06-boc-1", "USDCAD-2026-04-02-boc-1"]
    rest = (await who.get("/rates", limit=2, after=page["next"])).json()
    assert [item["rate"] for item in rest["items"]] == ["1.3718"]
    assert rest["next"] is None
    ranged = (await who.get("/rates", **{"from": "2026-04-02", "to": "2026-04-05", "source": "boc"})).json()
    assert [item["observed_on"] for item in ranged["items"]] == ["2026-04-02"]
    on = (await who.get("/rates/on", date="2026-04-05", base="CAD", quote="USD")).json()
    assert (on["rate"]["rate"], on["age_days"], on["stale"]) == ("1.3725", 3, False)
    assert (await who.get("/rates/USDCAD-2026-04-02-boc-1")).json()["raw_sha256"] == page["items"][1]["raw_sha256"]


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/rates/on", {"date": "2026-03-01"}, 422, "rate_missing"),
        ("/rates/on", {"date": "yesterday"}, 400, "request_invalid"),
        ("/rates/on", {"date": "2026-03-01", "base": "EUR"}, 422, "choice_invalid"),
        ("/rates/USDCAD-2026-04-02-boc-9", {}, 404, "not_found"),
        ("/rates/nonsense%00", {}, 404, "not_found"),
        ("/rates", {"after": "nonsense"}, 400, "request_invalid"),
        ("/rates", {"after": "WyIyMDI2LTA0LTAyIiwiYiIsOTk5OTk5OTk5OTk5XQ"}, 400, "request_invalid"),
        ("/rates", {"limit": "0"}, 400, "request_invalid"),
        ("/revaluations/preview", {"book": "nobody", "as_of": "2026-03-31"}, 404, "not_found"),
        ("/revaluations/preview", {"book": "joint", "as_of": "2099-03-31"}, 422, "future_date"),
    ],
)
async def test_questions_that_are_refused(who: Caller, path: str, params: dict[str, str], status: int, code: str) -> None:
    answer = await who.get(path, **params)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("contradiction.csv", "Line 15: April 2, 2026 stands in the file twice", "Ligne 15 : le 2 avril 2026 figure deux fois"),
        ("wrong_series.json", "another series (FXEURCAD)", "une autre série (FXEURCAD)"),
    ],
)
async def test_a_refused_file_says_why_in_both_languages(who: Caller, name: str, english: str, french: str) -> None:
    content = (FILES / name).read_bytes()
    for language, sentence in (("en", english), ("fr", french)):
        answer = await who.post("/rates/files", content=content, headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["code"]) == (422, "rates_file_invalid")
        assert sentence in answer.json()["title"].replace("\u00a0", " ")


async def test_a_large_upload_is_refused(who: Caller) -> None:
    answer = await who.post("/rates/files", content=b"2026-01-01,1.3\n" * 400_000)
    assert (answer.status_code, answer.json()["params"]["reason"]) == (422, "too_large")


async def test_a_rate_by_hand_needs_two_people(who: Caller, other: Caller, unifor: Actor) -> None:
    mine, theirs = who, other
    wanted = {"observed_on": "2026-04-08", "rate": "1.3760", "source": "fed"}
    made = await mine.post("/rates", key="a-rate-by-hand", json=wanted)
    assert (made.status_code, made.json()["state"], made.json()["name"]) == (201, "proposed", "USDCAD-2026-04-08-fed-1")
    assert (await mine.post("/rates", key="a-rate-by-hand", json=wanted)).json() == made.json()
    assert (await mine.post("/rates", key="a-rate-by-hand", json={**wanted, "rate": "1.4"})).json()["code"] == "idempotency_key_reused"
    path = f"/rates/{made.json()['name']}/confirmation"
    assert (await mine.post(path, json={"decision": "confirmed"})).json()["code"] == "same_person"
    confirmed = await theirs.post(path, json={"decision": "confirmed"})
    assert (confirmed.status_code, confirmed.json()["state"], confirmed.json()["confirmed_by"]) == (201, "confirmed", unifor.person_id)
    assert (await mine.get("/rates/on", date="2026-04-08")).json()["rate"]["source"] == "Federal Reserve H.10"


@pytest.mark.parametrize(
    "change",
    [
        {"rate": "1,376"}, {"rate": "NaN"}, {"rate": 1.376}, {"rate": "-1"}, {"source": "nobody"}, {"observed_on": "2026-02-30"},
        {"extra": "field"}, {"rate": "0"}, {"base": "EUR"}, {"observed_on": "2099-01-01"}, {"remark": "\x00"}, {"remark": "x" * 301},
    ],
)  # fmt: skip
async def test_rates_that_cannot_be(who: Caller, change: dict[str, Any]) -> None:
    answer = await who.post("/rates", json={"observed_on": "2026-04-08", "rate": "1.3760", "source": "fed", **change})
    assert answer.status_code in (400, 422), answer.text
    assert (await who.get("/rates")).json()["items"] == []


async def test_who_may_not(app: Litestar, pool: Pool, who: Caller) -> None:
    board = await add_person(pool, "Bo Board", "ue", "board_member")
    async with client_for(app, board) as client:
        assert (await load(Caller(client), "valet.csv")).status_code == 403
        assert (await Caller(client).post("/revaluations", json={"book": "joint", "as_of": "2026-03-31"})).status_code == 403
        assert (await Caller(client).get("/rates")).status_code == 200
    async with client_for(app) as nobody:
        assert (await Caller(nobody).get("/rates")).status_code == 401
    assert (await who.client.post("/api/v1/rates/files", content=b"")).status_code == 400, "no key"


async def test_w05_by_json(other: Caller, pool: Pool, ue: Actor, unifor: Actor) -> None:
    """USD 60,000.00 bought for CAD 81,900.00, at 1.3900 on 31 March: CAD 1,500.00 gained."""
    who = other
    await load(who, "closing_2026.csv")
    await w05_opening(pool, ue, unifor)
    preview = (await who.get("/revaluations/preview", book="joint", as_of="2026-03-31")).json()
    assert preview["postings"] == [
        {"fund": "STRIKE", "account": "joint/Equity:FX-trading", "amount": {"amount": "1500.00", "currency": "CAD"}},
        {"fund": "STRIKE", "account": "joint/Income:FX-gain-loss", "amount": {"amount": "-1500.00", "currency": "CAD"}},
    ]
    assert preview["funds"][0]["held"] == [{"amount": "60000.00", "currency": "USD"}]
    assert preview["funds"][0]["proof"]["amount"] == "0.00"
    made = await who.post("/revaluations", key="revalue-by-json", json={"book": "joint", "as_of": "2026-03-31"})
    assert made.status_code == 201, made.text
    assert made.json()["entries"][0]["gain"] == {"amount": "1500.00", "currency": "CAD"}
    assert made.json()["rates"][0]["rate"]["source"] == "Bank of Canada"
    again = await who.post("/revaluations", json={"book": "joint", "as_of": "2026-03-31"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_revalue")
    listed = (await who.get("/revaluations", book="joint")).json()
    assert [(row["fund"], row["rate"], row["gain"]["amount"]) for row in listed["items"]] == [("STRIKE", "1.3900", "1500.00")]


async def test_the_openapi_documents_the_file_and_the_problems(who: Caller) -> None:
    document = (await who.client.get("/api/v1/docs/openapi.json")).json()
    operation = document["paths"]["/api/v1/rates/files"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "text/csv", "multipart/form-data"}
    assert {"201", "400", "401", "403", "422"} <= set(operation["responses"])
    assert {"listRates", "getRateOnDay", "proposeRate", "decideRate", "loadRatesFile", "revalue"} <= {
        method["operationId"] for path in document["paths"].values() for method in path.values() if isinstance(method, dict)
    }
