"""The journal and its documents over HTTP: what programs send, what they get, and every bad input as a clear no."""

from itertools import count
from typing import Any

import httpx
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.test_documents import MAIL, PDF
from tests.services.test_journal import balances, trail

_keys = count(1)
BANK, NET, ORGANIZING = "joint/Assets:Bank:UE-trust-USD", "joint/Equity:Net-assets", "joint/Expense:Organizing"


def line(account: str, amount: str, currency: str = "USD", fund: str = "GEN", **more: Any) -> dict[str, Any]:
    return {"account": account, "fund": fund, "amount": {"amount": amount, "currency": currency}, **more}


def entry(*postings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"entry_date": "2026-11-23", "description": "Something", "postings": list(postings)} | more


OPENING = entry(line(BANK, "1000.00"), line(NET, "-1000.00"), kind="opening")
PAID = entry(line(ORGANIZING, "15.50", memo="Leaflets"), line(BANK, "-15.50"), reference="INV-7", tags=["print"])


async def send(client: httpx.AsyncClient, path: str, body: Any = None, key: str = "", **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or f"entries-api-{next(_keys)}"}
    return await client.post(f"/api/v1{path}", json=body, headers=headers, **more)


async def test_post_and_read(ue_client: httpx.AsyncClient) -> None:
    made = await send(ue_client, "/entries", OPENING, key="first-key")
    assert (made.status_code, made.json()) == (201, {"number": 1, "href": "/api/v1/entries/1"})
    assert made.headers["location"] == "/api/v1/entries/1"
    assert (await send(ue_client, "/entries", OPENING, key="first-key")).json() == made.json()
    assert (await send(ue_client, "/entries", PAID)).json()["number"] == 2
    read = (await ue_client.get("/api/v1/entries/2")).json()
    assert read["actor"] == {"name": "Dolores Haze-Nguyen", "union": "ue", "via": "api"}
    assert read["postings"][1] == {
        "line": 2, "account": BANK, "fund": "GEN", "amount": {"amount": "-15.50", "currency": "USD"},
        "balance_after": {"amount": "984.50", "currency": "USD"}, "memo": "",
    }  # fmt: skip
    assert read["previous_hash"] == (await ue_client.get("/api/v1/entries/1")).json()["hash"]
    assert (await ue_client.get("/api/v1/entries/3")).json()["code"] == "not_found"


async def test_lists_filter_and_go_on(ue_client: httpx.AsyncClient) -> None:
    await send(ue_client, "/entries", OPENING)
    for _ in range(4):
        await send(ue_client, "/entries", PAID)

    async def numbers(**params: Any) -> list[int]:
        answer = await ue_client.get("/api/v1/entries", params=params)
        assert answer.status_code == 200, answer.text
        return [row["number"] for row in answer.json()["items"]]

    page = (await ue_client.get("/api/v1/entries", params={"limit": 3})).json()
    assert [row["number"] for row in page["items"]] == [5, 4, 3]
    assert page["items"][0]["debits"] == [{"book": "joint", "amount": {"amount": "15.50", "currency": "USD"}}]
    assert await numbers(limit=3, after=page["next"]) == [2, 1]
    assert await numbers(kind="opening") == [1]
    assert await numbers(amount="15.50", limit=1) == [5]
    assert await numbers(q="1000") == [1]
    assert await numbers(account=f"{BANK} USD", fund="GEN", reversed="false", limit=1, **{"from": "2026-11-23", "to": "2026-11-23"}) == [5]
    assert await numbers(to="2026-11-22") == []


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"fund": "NO"}, 422, "fund_unknown"),
        ({"account": "joint/Assets:No"}, 422, "account_unknown"),
        ({"kind": "gift"}, 422, "choice_invalid"),
        ({"amount": "1,234"}, 422, "amount_invalid"),
        ({"from": "yesterday"}, 400, "request_invalid"),
        ({"limit": 0}, 400, "request_invalid"),
        ({"limit": 10**30}, 400, "request_invalid"),
        ({"after": "!!!"}, 400, "request_invalid"),
        ({"q": "a\x00b"}, 400, "request_invalid"),
    ],
)
async def test_bad_questions(ue_client: httpx.AsyncClient, params: dict[str, Any], status: int, code: str) -> None:
    answer = await ue_client.get("/api/v1/entries", params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


BAD = [
    # what, the body, status, code
    ("a cent out", entry(line(BANK, "10.00"), line(NET, "-9.99")), 422, "unbalanced"),
    ("one fund against another", entry(line(BANK, "10.00"), line(NET, "-10.00", fund="EDU")), 422, "unbalanced"),
    ("zero", entry(line(BANK, "0.00"), line(NET, "0.00")), 422, "zero_posting"),
    ("one line", entry(line(BANK, "1.00")), 422, "too_few_postings"),
    ("too many decimals", entry(line(BANK, "1.001"), line(NET, "-1.001")), 422, "amount_invalid"),
    ("NaN", entry(line(BANK, "NaN"), line(NET, "-1.00")), 400, "request_invalid"),
    ("1,234", entry(line(BANK, "1,234"), line(NET, "-1,234")), 400, "request_invalid"),
    ("10^30", entry(line(BANK, "1" + "0" * 30), line(NET, "-1")), 400, "request_invalid"),
    ("ten trillion and more", entry(line(BANK, "1" + "0" * 15), line(NET, "-1" + "0" * 15)), 422, "amount_invalid"),
    ("a float", entry({"account": BANK, "fund": "GEN", "amount": {"amount": 1.5, "currency": "USD"}}), 400, "request_invalid"),
    ("an unknown account", entry(line("joint/Assets:No", "1.00"), line(NET, "-1.00")), 422, "account_unknown"),
    ("another currency", entry(line(BANK, "1.00", "CAD"), line(NET, "-1.00", "CAD")), 422, "wrong_currency"),
    ("no currency", entry(line(BANK, "1.00", "ABC"), line(NET, "-1.00", "ABC")), 422, "currency_unknown"),
    ("the other union's bank", entry(line("joint/Assets:Bank:Unifor-trust-CAD", "1.00", "CAD"), line(NET, "-1.00", "CAD")), 403, "other_union"),
    ("an unknown fund", entry(line(BANK, "1.00", fund="NO"), line(NET, "-1.00", fund="NO")), 422, "fund_unknown"),
    ("tomorrow", OPENING | {"entry_date": "2026-11-24"}, 422, "future_date"),
    ("no such day", OPENING | {"entry_date": "2026-02-30"}, 400, "request_invalid"),
    ("money that is not there", PAID, 409, "insufficient_balance"),
    ("a kind of a record", OPENING | {"kind": "transfer_sent"}, 400, "request_invalid"),
    ("an unknown member", OPENING | {"colour": "red"}, 400, "request_invalid"),
    ("no text", OPENING | {"description": ""}, 400, "request_invalid"),
    ("blanks for text", OPENING | {"description": "  "}, 422, "text_invalid"),
    ("a NUL", OPENING | {"description": "a\x00b"}, 422, "text_invalid"),
    ("10,001 lines", entry(*[line(BANK, "1.00")] * 10_001), 400, "request_invalid"),
    ("no object", [], 400, "request_invalid"),
]


@pytest.mark.parametrize(("what", "body", "status", "code"), BAD, ids=[row[0] for row in BAD])
async def test_bad_entries(pool: Pool, ue_client: httpx.AsyncClient, what: str, body: Any, status: int, code: str) -> None:
    answer = await send(ue_client, "/entries", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await balances(pool) == {}
    assert len(await trail(pool)) == (1 if status != 400 and code not in ("amount_invalid", "currency_unknown") else 0)


async def test_10_000_lines_are_one_entry(ue_client: httpx.AsyncClient) -> None:
    body = entry(*[line(BANK, "0.01")] * 9_999, line(NET, "-99.99"), kind="opening")
    assert (await send(ue_client, "/entries", body)).status_code == 201


async def test_keys(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    assert (await ue_client.post("/api/v1/entries", json=OPENING)).status_code == 400
    assert (await send(ue_client, "/entries", OPENING, key="short")).status_code == 400
    assert (await send(ue_client, "/entries", OPENING, key="one-key-1")).status_code == 201
    assert (await send(ue_client, "/entries", PAID, key="one-key-1")).json()["code"] == "idempotency_key_reused"
    assert (await send(unifor_client, "/entries", OPENING, key="one-key-1")).json()["code"] == "idempotency_key_foreign"


async def test_repeated_members_are_refused(ue_client: httpx.AsyncClient) -> None:
    body = b'{"entry_date": "2026-11-23", "entry_date": "2026-11-22", "description": "x", "postings": []}'
    headers = {"Idempotency-Key": "repeated-1", "Content-Type": "application/json"}
    answer = await ue_client.post("/api/v1/entries", content=body, headers=headers)
    assert (answer.status_code, answer.json()["params"]["fields"]) == (400, {"entry_date": "repeated"})
    renamed = await ue_client.post("/api/v1/entries", content=body, headers=headers | {"Content-Type": "text/plain"})
    assert renamed.status_code in (400, 415), "another Content-Type is no way around it"
    answer = await ue_client.post("/api/v1/entries", content=b"[" * 100_000, headers=headers)
    assert answer.status_code == 400


async def test_bulk_answers_in_order(ue_client: httpx.AsyncClient) -> None:
    items = [
        {"key": "bulk-0001", "entry": OPENING},
        {"key": "bulk-0002", "entry": PAID | {"postings": [line(ORGANIZING, "5000.00"), line(BANK, "-5000.00")]}},
        {"key": "bulk-0003", "entry": entry(line(BANK, "1.001"), line(NET, "-1.001"))},
        {"key": "bad", "entry": PAID},
        {"key": "bulk-0005", "entry": PAID},
        {"key": "bulk-0001", "entry": OPENING},
    ]
    answer = await ue_client.post("/api/v1/entries/bulk", json={"entries": items}, headers={"Accept-Language": "fr"})
    told = answer.json()
    assert (answer.status_code, told["posted"], told["refused"]) == (200, 3, 3)
    assert [one.get("number", one.get("code")) for one in told["outcomes"]] == [
        1, "insufficient_balance", "amount_invalid", "idempotency_key_invalid", 2, 1,
    ]  # fmt: skip
    assert (await ue_client.post("/api/v1/entries/bulk", json={"entries": items})).json()["outcomes"][4]["number"] == 2
    assert (await ue_client.post("/api/v1/entries/bulk", json={"entries": items[:1] * 1_001})).status_code == 400
    for bad in (b'{"entries": []}', b"[" * 100_000, b"\xff", b"", b'{"entries": [{"key": "bulk-0001"}]}'):
        answer = await ue_client.post("/api/v1/entries/bulk", content=bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")


def test_the_bulk_body_is_documented(app: Litestar) -> None:
    document = app.openapi_schema.to_schema()
    body = document["paths"]["/api/v1/entries/bulk"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["entries"]["items"]["properties"]["entry"] == {"$ref": "#/components/schemas/EntryIn"}
    assert "EntryIn" in document["components"]["schemas"]


async def test_preview_reverse_and_correct(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    await send(ue_client, "/entries", OPENING)
    shown = (await ue_client.post("/api/v1/entries/preview", json=PAID)).json()
    assert shown["postings"][1]["balance_after"]["amount"] == "984.50"
    await send(ue_client, "/entries", PAID)
    right = PAID | {"postings": [line(ORGANIZING, "15.05"), line(BANK, "-15.05")]}
    done = await send(ue_client, "/entries/2/correction", {"entry": right})
    assert (done.status_code, done.json()["reversal"]["number"], done.json()["correction"]["number"]) == (201, 3, 4)
    assert (await send(ue_client, "/entries/2/reversal", {"reason": "Again"})).json()["code"] == "already_reversed"
    assert (await send(unifor_client, "/entries/4/reversal", {"reason": "Not ours"})).json()["code"] == "other_union"
    undone = (await send(ue_client, "/entries/4/reversal", {"reason": "Refunded"})).json()
    assert (undone["reverses"], undone["kind"]) == (4, "reversal")
    first = (await ue_client.get("/api/v1/entries/2")).json()
    assert (first["reversed_by"], first["corrected_by"]) == (3, [4])


async def test_who_may(app: Litestar, pool: Pool, ue: Actor) -> None:
    trustee = await add_person(pool, "Ida", "ue", "trustee")
    async with client_for(app, trustee) as client:
        assert (await send(client, "/entries", OPENING)).json()["code"] == "not_allowed"
        assert (await client.get("/api/v1/entries")).status_code == 200
    async with client_for(app) as client:
        assert (await client.get("/api/v1/entries")).status_code == 401


# --- documents ----------------------------------------------------------------------------------------------------------


async def attach(client: httpx.AsyncClient, filename: str, content: bytes, media: str, subject: str = "1") -> httpx.Response:
    return await client.post(
        "/api/v1/documents", headers={"Idempotency-Key": f"entries-api-{next(_keys)}"}, data={"subject_kind": "journal", "subject": subject},
        files={"file": (filename, content, media)},
    )  # fmt: skip


async def test_documents(ue_client: httpx.AsyncClient) -> None:
    await send(ue_client, "/entries", OPENING)
    kept = await attach(ue_client, "reçu n° 1.pdf", PDF, "application/pdf")
    assert kept.status_code == 201, kept.text
    listed = (await ue_client.get("/api/v1/documents", params={"subject_kind": "journal", "subject": "1"})).json()
    assert [(d["filename"], d["uploaded_by"]) for d in listed] == [("reçu n° 1.pdf", "Dolores Haze-Nguyen")]
    about = (await ue_client.get(f"/api/v1/documents/{kept.json()['id']}")).json()
    assert about["subjects"] == [{"kind": "journal", "subject": "1"}]
    file = await ue_client.get(kept.json()["content"])
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''re%C3%A7u%20n%C2%B0%201.pdf"
    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file.headers["x-content-type-options"] == "nosniff"


async def test_documents_that_are_refused(ue_client: httpx.AsyncClient) -> None:
    await send(ue_client, "/entries", OPENING)
    for filename, content, media, status, code in [
        ("slip.pdf", b"MZ" + bytes(50), "application/pdf", 415, "document_type"),
        ("bomb.zip", b"PK\x03\x04" + bytes(50), "application/zip", 415, "document_type"),
        ("mail.pdf", MAIL, "application/pdf", 415, "document_type"),
        ("big.pdf", PDF + bytes(15_000_000), "application/pdf", 413, "document_too_large"),
    ]:
        answer = await attach(ue_client, filename, content, media)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await attach(ue_client, "slip.pdf", PDF, "application/pdf", subject="9")).status_code == 404


async def test_a_200_mb_upload_is_refused_before_it_is_read(ue_client: httpx.AsyncClient) -> None:
    read = 0

    async def body() -> Any:
        nonlocal read
        for _ in range(200):
            read += 1
            yield bytes(1_000_000)

    headers = {"Idempotency-Key": "too-large-1", "Content-Type": "multipart/form-data; boundary=x"}
    answer = await ue_client.post("/api/v1/documents", content=body(), headers=headers)
    assert answer.status_code == 413
    assert read < 20
    answer = await ue_client.post("/api/v1/documents", content=b"", headers=headers | {"Content-Length": "200000000"})
    assert answer.status_code == 413
