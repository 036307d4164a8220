"""Everything bad that can be put in, at least: each refused clearly in the reader's language, audited where it was an attempt, nothing moved.

The table names the tests that hold each of them at the doors where it can come in; below it are those that go through a whole door.
"""

import html
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services import periods, sign_in
from ledger.services.pool import Pool
from tests.api import test_entries as entries_api
from tests.api import test_rates as rates_api
from tests.api import test_transfers as transfers_api
from tests.api.test_entries import BANK, NET, OPENING, ORGANIZING, entry, line
from tests.conftest import client_for
from tests.domain import test_exchange as rates_file
from tests.domain import test_posting_rules as rules
from tests.pages import test_forms as forms
from tests.services import test_documents as documents
from tests.services import test_funds as funds
from tests.services import test_journal as journal
from tests.services import test_transfers as transfers
from tests.services.test_journal import balances, trail
from tests.services.test_transfers import open_with

# --- each by a whole door, in both languages --------------------------------------------------------------------------

RECEIPT, TRANSFER = transfers_api.RECEIPT, "/transfers/T-0001"
UNIFOR_BANK = "joint/Assets:Bank:Unifor-trust-CAD"
ATTEMPTS: list[tuple[str, str, str, Any, str]] = [
    # what, who, where, the body, the code
    ("a cent out", "ue", "/entries", entry(line(BANK, "10.00"), line(NET, "-9.99")), "unbalanced"),
    ("one fund against another", "ue", "/entries", entry(line(BANK, "10.00"), line(NET, "-10.00", fund="EDU")), "unbalanced"),
    ("a line of zero", "ue", "/entries", entry(line(BANK, "0.00"), line(NET, "0.00")), "zero_posting"),
    ("an account nobody has", "ue", "/entries", entry(line("joint/Assets:No", "1.00"), line(NET, "-1.00")), "account_unknown"),
    ("a closed account", "ue", "/entries", entry(line("joint/Expense:Communication", "1.00"), line(BANK, "-1.00")), "account_closed"),
    ("the wrong currency", "ue", "/entries", entry(line(BANK, "1.00", "CAD"), line(NET, "-1.00", "CAD")), "wrong_currency"),
    ("the other union's bank", "ue", "/entries", entry(line(UNIFOR_BANK, "1.00", "CAD"), line(NET, "-1.00", "CAD")), "other_union"),
    ("a closed period", "ue", "/entries", OPENING | {"entry_date": "2025-06-30"}, "period_closed"),
    ("tomorrow", "ue", "/entries", OPENING | {"entry_date": "2026-11-24"}, "future_date"),
    ("more than is there", "ue", "/entries", entry(line(ORGANIZING, "900000.00"), line(BANK, "-900000.00")), "insufficient_balance"),
    ("a receipt larger than what was sent", "unifor", f"{TRANSFER}/receipt", RECEIPT | {"net": {"amount": "20500.00", "currency": "CAD"}},
     "receipt_too_large"),
    ("a receipt by the sender", "ue", f"{TRANSFER}/receipt", RECEIPT, "other_union"),
    ("a receipt again", "unifor", "/transfers/T-0002/receipt", RECEIPT, "transfer_state"),
    ("a receipt of what was returned", "unifor", "/transfers/T-0003/receipt", RECEIPT, "transfer_state"),
]  # fmt: skip


@pytest.fixture
async def busy(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    """Books with a closed year, a closed account, and three transfers: under way, received, returned."""
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    await periods.put_state(pool, "joint", date(2025, 1, 1), date(2025, 12, 31), "closed")
    async with pool.database.writing() as connection:
        await connection.execute("UPDATE accounts SET closed_on = '2026-01-31' WHERE book = 'joint' AND path = 'Expense:Communication'")
    for n in (1, 2, 3):
        amount = transfers_api.SENDING["amount"] if n == 2 else {"amount": "10.00", "currency": "USD"}
        sent = await ue_client.post("/api/v1/transfers", json=transfers_api.SENDING | {"amount": amount}, headers=key(f"send-{n}"))
        assert sent.status_code == 201, sent.text
    received = await unifor_client.post("/api/v1/transfers/T-0002/receipt", json=RECEIPT, headers=key("receive-2"))
    back = {"returned_on": "2026-02-02", "fee": {"amount": "1.00", "currency": "USD"}, "reason": "The name did not match"}
    returned = await ue_client.post("/api/v1/transfers/T-0003/return", json=back, headers=key("return-3"))
    assert (received.status_code, returned.status_code) == (201, 201), received.text + returned.text


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": f"bad-input-{text}"}


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_attempts(
    busy: None, pool: Pool, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, language: str
) -> None:
    clients = {"ue": ue_client, "unifor": unifor_client}
    before = await balances(pool)
    for n, (what, who, where, body, code) in enumerate(ATTEMPTS):
        lines = len(await trail(pool))
        answer = await clients[who].post(f"/api/v1{where}", json=body, headers=key(f"{n:03}") | {"Accept-Language": language})
        told = answer.json()
        assert (told.get("code"), answer.headers.get("content-language")) == (code, language), (what, answer.text)
        assert 400 < answer.status_code < 500 and told["status"] == answer.status_code, what
        assert told["title"] and "%(" not in told["title"] and code not in told["title"], what
        new = (await trail(pool))[lines:]
        assert [(outcome, refused) for _, outcome, refused in new] == [("refused", code)], what
        assert await balances(pool) == before, what


async def test_the_two_languages_do_not_say_the_same(busy: None, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    clients = {"ue": ue_client, "unifor": unifor_client}
    for n, (what, who, where, body, _) in enumerate(ATTEMPTS):
        said = [
            (await clients[who].post(f"/api/v1{where}", json=body, headers=key(f"both-{n:03}") | {"Accept-Language": language})).json()["title"]
            for language in ("en", "fr")
        ]
        assert said[0] != said[1], what


async def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(app: Litestar, pool: Pool, ue: Actor) -> None:
    """Typed, then the session ran out: asked to sign in, and after it the same form with every field, to be looked at and sent."""
    async with pool.database.writing() as connection:
        hashed = await sign_in.hash_password("long enough for anybody")
        await connection.execute("UPDATE people SET password_hash = $1, email = 'dolores@example.org' WHERE id = $2", hashed, ue.person_id)
    typed = {"description": "Typed for ten minutes", "reference": "INV-1", "date": "2026-11-20", "line-0-account": f"{BANK} USD", "form_key": "k" * 36}
    async with client_for(app, ue) as client:
        assert (await client.get("/journal/new")).status_code == 200
        async with pool.database.writing() as connection:
            await connection.execute("UPDATE sessions SET expires_at = $1", datetime(2026, 1, 1, tzinfo=UTC))
        asked = await client.post("/journal/new", data=typed)
        assert asked.status_code == 401
        carried = hidden(asked.text)
        assert carried["carry_to"] == "/journal/new"
        assert {name.removeprefix("carried-"): value for name, value in carried.items() if name.startswith("carried-")} == typed
        again = await client.post("/sign-in", data=carried | {"email": "dolores@example.org", "password": "long enough for anybody"})
        assert again.status_code == 200, again.text
        client.cookies = again.cookies
        shown = await client.post("/journal/new", data=hidden(again.text) | {"action": "show"})
        assert shown.status_code == 200
        assert all(html.escape(value) in shown.text for name, value in typed.items() if name != "form_key")
    assert await balances(pool) == {}


async def test_a_form_without_its_key_writes_nothing_and_comes_back_with_one(ue_client: httpx.AsyncClient, pool: Pool) -> None:
    """Sent seven times by a program that leaves the key out, it would otherwise be seven entries."""
    names = {"code": "HALLS", "name_en": "Union halls", "name_fr": "Salles syndicales"}
    fields = names | {"purpose": "general", "restriction": "board", "floor_CAD": "1,000.00"}
    sent = await httpx.AsyncClient.post(ue_client, "/funds/new", data=fields)
    assert sent.status_code == 400
    assert 'value="Union halls"' in sent.text and len(hidden(sent.text)["form_key"]) == 36
    async with pool.database.reading() as connection:
        assert not await connection.fetchval("SELECT FROM funds WHERE code = 'HALLS'")


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in fields}


# --- which test holds what --------------------------------------------------------------------------------------------

HELD: dict[str, Sequence[Any]] = {
    "unbalanced in one currency or fund": [rules.test_refused, entries_api.test_bad_entries, test_attempts],
    "zero, negative, too many decimals, NaN, 10^30": [entries_api.test_bad_entries, forms.test_an_amount_that_is_not_one_says_why],
    "1,234 in French": [forms.test_an_amount_that_is_not_one_says_why],
    "unknown or closed account, wrong currency, account of the other union": [test_attempts],
    "closed period": [journal.test_w20_r1_a_locked_period_takes_nothing, test_attempts],
    "future date": [entries_api.test_bad_entries, test_attempts, forms.test_dates_have_bounds_in_words],
    "10,000 lines": [entries_api.test_10_000_lines_are_one_entry, entries_api.test_bad_entries, forms.test_too_many_lines_are_one_error],
    "duplicate JSON keys": [entries_api.test_repeated_members_are_refused],
    "missing, reused or foreign idempotency key": [entries_api.test_keys, journal.test_the_same_key_gets_the_same_answer],
    "a receipt larger than sent, twice, by the sender, of a returned transfer": [
        transfers.test_receipts_that_are_refused_change_nothing, transfers.test_every_step_in_every_state_by_everybody, test_attempts,
    ],
    "a 200 MB upload": [entries_api.test_a_200_mb_upload_is_refused_before_it_is_read],
    "a zip bomb, an executable named .pdf": [documents.test_not_taken, entries_api.test_documents_that_are_refused],
    "a rates file with gaps, repeats, a BOM": [rates_file.test_both_forms_of_the_bank_s_file],
    "a rates file of the wrong series": [
        rates_file.test_files_that_are_refused_with_reason_and_line, rates_api.test_a_refused_file_says_why_in_both_languages,
    ],
    "an expired session in the middle of a form": [test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing],
    "a fund or account that is closed": [funds.test_accounts_are_opened_and_closed_by_their_own_union, rules.test_refused],
}  # fmt: skip


def test_every_bad_input_has_a_test() -> None:
    """A test that is renamed or deleted fails the imports above; one that is no longer collected fails here."""
    held = [test for tests in HELD.values() for test in tests]
    assert all(test.__name__.startswith("test_") and test.__module__.rpartition(".")[2].startswith("test_") for test in held)


# --- bytes that are no text -------------------------------------------------------------------------------------------

SURROGATE = b'{"entry_date": "2026-11-23", "description": "\\ud800", "postings": []}'
KEY = {"Idempotency-Key": "bytes-no-text"}
JSON, PLAIN = KEY | {"Content-Type": "application/json"}, KEY | {"Content-Type": "text/plain"}
UTF_16, PARTS = KEY | {"Content-Type": "application/json; charset=utf-16"}, KEY | {"Content-Type": "multipart/form-data; boundary=x"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00\xff.pdf"\r\n\r\n%PDF-1.7\r\n--x--\r\n'
RAW: list[tuple[str, str, str, dict[str, Any]]] = [
    ("half of a pair", "POST", "/api/v1/entries", {"content": SURROGATE, "headers": JSON}),
    ("half of a pair, in bulk", "POST", "/api/v1/entries/bulk", {"content": b'{"entries": [{"key": "12345678", "entry": ' + SURROGATE + b"}]}"}),
    ("bytes that are no UTF-8", "POST", "/api/v1/entries", {"content": b'{"description": "\xff\xfe"}', "headers": JSON}),
    ("bytes that are no UTF-8, by another name", "POST", "/api/v1/entries", {"content": b'{"description": "\xff\xfe"}', "headers": PLAIN}),
    ("half of a pair for a name, twice", "POST", "/api/v1/entries", {"content": b'{"\\ud800": 1, "\\ud800": 2}', "headers": JSON}),
    ("another charset", "POST", "/api/v1/entries", {"content": b"\xff\xfe{\x00}\x00", "headers": UTF_16}),
    ("a body that is none", "POST", "/api/v1/entries", {"content": b"", "headers": KEY | {"Content-Type": "application/octet-stream"}}),
    ("a NUL for a name", "POST", "/sign-in", {"content": b"email=a%00b&password=x%00", "headers": FORM}),
    ("bytes for a name", "POST", "/sign-in", {"content": b"email=%ff%fe&password=%ff", "headers": FORM}),
    ("a NUL in a form", "POST", "/journal/new", {"content": b"description=a%00b&date=2026-11-23&reference=%00", "headers": FORM}),
    ("a NUL in a contribution", "POST", "/contributions/new", {"content": b"remark=a%00b&amount=1%00&account=%00&fund=%00", "headers": FORM}),
    ("a NUL in a transfer", "POST", "/transfers/new", {"content": b"purpose=%00&from_account=%00&replaces=%00&amount=5", "headers": FORM}),
    ("a NUL in the name of a file", "POST", "/api/v1/documents", {"content": MULTIPART, "headers": PARTS}),
    ("a form without its boundary", "POST", "/api/v1/documents", {"content": MULTIPART, "headers": KEY | {"Content-Type": "multipart/form-data"}}),
    ("bytes in a path", "GET", "/funds/%ff%fe", {}),
    ("bytes in a path for programs", "GET", "/api/v1/funds/%ff%00", {}),
    ("bytes in a question", "GET", "/journal?q=%ff%fe&after=%00&tag=%ed%a0%80", {}),
    ("a key that is no ASCII", "POST", "/api/v1/entries", {"json": OPENING, "headers": [(b"Idempotency-Key", "clé-accentuée".encode())]}),
    ("a language that is none", "GET", "/funds", {"headers": [(b"Accept-Language", b"\xff;q=x,,,;;")]}),
    ("a session that is none", "GET", "/funds", {"headers": [(b"Cookie", b"session=\xff\xfe%00; lang=\xff")]}),
    ("a token that is none", "GET", "/api/v1/funds", {"headers": [(b"Authorization", b"Bearer \xff\x00")]}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "method", "path", "more"), RAW, ids=[row[0] for row in RAW])
async def test_bytes_that_are_no_text(ue_client: httpx.AsyncClient, pool: Pool, what: str, method: str, path: str, more: dict[str, Any]) -> None:
    answer = await ue_client.request(method, path, **more)
    assert answer.status_code < 500, answer.text
    assert await balances(pool) == {}
