"""Come as an attacker does: guessing, forging, borrowing, smuggling. Each try meets a refusal, and the headers that stand on every answer."""

import asyncio
import io
import re
import sys
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.app import configure_logs, create_app
from api.pages.sign_in import local_path
from api.security import HEADERS
from api.settings import Settings, SettingsInvalid, load_settings
from ledger.domain.actors import Actor
from ledger.services import people as people_service
from ledger.services import sign_in
from ledger.services.pool import Pool
from ledger.storage import people
from tests.conftest import client_for, session_for

PASSWORD = "correct horse ledger"
ENTRY = b'{"entry_date":"2026-01-01","entry_date":"2026-01-02","description":"Twice","postings":[]}'


async def with_password(pool: Pool, actor: Actor) -> str:
    """Give a person a password; their address."""
    hashed = await sign_in.hash_password(PASSWORD)
    async with pool.database.writing() as connection:
        await people.change(connection, actor.person_id, password_hash=hashed)
        found = await people.by_id(connection, actor.person_id, pool.today())
    assert found is not None
    return found.email


async def enter(client: httpx.AsyncClient, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return await client.post("/sign-in", data={"email": email, "password": password}, headers=headers)


async def audited(pool: Pool, action: str) -> list[Any]:
    async with pool.database.reading() as connection:
        return list(await connection.fetch("SELECT outcome, details FROM audit WHERE action = $1 ORDER BY recorded_at, id", action))


# --- headers and cookies ----------------------------------------------------------------------------------------------


ANSWERS = [("GET", "/nothing-here"), ("GET", "/api/v1/nothing-here"), ("PUT", "/api/v1/entries"), ("DELETE", "/sign-in"), ("OPTIONS", "/api/v1/entries"),
           ("POST", "/static/site.css"), ("GET", "/static/nothing.css"), ("GET", "/api/v1/docs"), ("GET", "/health/live"),
           ("POST", "/api/v1/entries")]  # fmt: skip


async def test_the_headers_stand_on_every_answer_that_no_route_gives_too(app: Litestar) -> None:
    async with client_for(app) as client:
        for method, path in ANSWERS:
            answer = await client.request(method, path)
            assert [name for name in HEADERS if name not in answer.headers] == [], path
            assert ("no-store" in answer.headers.get("cache-control", "")) == (not path.startswith("/static/")), path


async def test_https_brings_hsts_and_a_cookie_that_only_this_host_can_set(pool: Pool, ue: Actor) -> None:
    email = await with_password(pool, ue)
    made = create_app(Settings(public_url="https://books.example"), pool=pool)
    made.state.pool = pool
    async with client_for(made) as client:
        signed = await enter(client, email)
        cookie = next(value for value in signed.headers.get_list("set-cookie") if value.startswith("__Host-session="))
        assert all(part in cookie for part in ("HttpOnly", "Secure", "Path=/", "SameSite=lax")) and "Domain" not in cookie
        assert signed.headers["strict-transport-security"].startswith("max-age=31536000")
        secret = cookie.partition("=")[2].partition(";")[0]
        out = await client.post("/sign-out", headers={"Cookie": f"__Host-session={secret}"})
        gone = next(value for value in out.headers.get_list("set-cookie") if value.startswith("__Host-session="))
        assert "Max-Age=0" in gone and "Secure" in gone, "a browser takes a __Host- cookie away only so"
        assert (await client.get("/", headers={"Cookie": f"__Host-session={secret}"})).status_code == 401
        assert (await client.get("/", headers={"Cookie": f"session={await session_for(pool, ue)}"})).status_code == 401


async def test_a_session_that_was_planted_is_not_the_one_signed_into(app: Litestar, pool: Pool, ue: Actor) -> None:
    email = await with_password(pool, ue)
    async with client_for(app) as client:
        client.cookies.set("session", "chosen-by-somebody-else")
        signed = await enter(client, email)
        assert signed.status_code == 303
        assert signed.cookies["session"] not in ("", "chosen-by-somebody-else") and len(signed.cookies["session"]) >= 43
        assert (await client.get("/api/v1/me", headers={"Cookie": "session=chosen-by-somebody-else"})).status_code == 401


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "evil",
     "", "/a\\b", "javascript:alert(1)", "/\x00", "/\u2028/evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"


@pytest.mark.parametrize("here", ["/", "/journal?q=a//b", "/transfers/T-0042", "/aide/français"])
def test_signing_in_leads_back(here: str) -> None:
    assert local_path(here) == here


# --- guessing ---------------------------------------------------------------------------------------------------------


async def test_thirty_guesses_at_once_are_no_more_than_ten(app: Litestar, pool: Pool, ue: Actor) -> None:
    email = await with_password(pool, ue)
    async with client_for(app) as client:
        answers = await asyncio.gather(*(enter(client, email, f"guess number {n}") for n in range(30)))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(401) <= 10 and set(statuses) <= {401, 429}
        guessed, made = statuses.count(401), 30
        while (await enter(client, email, f"guess number {made}")).status_code == 401:
            guessed, made = guessed + 1, made + 1
        assert guessed <= 10
        late = await enter(client, email)
        assert (late.status_code, "session" in late.cookies) == (429, False), "the right one comes too late"
    assert len([row for row in await audited(pool, "sign_in") if row["outcome"] == "refused"]) == made + 2, "each is in the trail"


async def test_many_names_from_one_address_are_one_guesser(app: Litestar, pool: Pool, ue: Actor) -> None:
    email = await with_password(pool, ue)
    async with client_for(app) as client:
        for number in range(10):
            assert (await enter(client, f"nobody{number}@example.org")).status_code == 401
        assert (await enter(client, email)).status_code == 429


async def test_a_right_password_is_no_try_and_wrong_names_look_as_wrong_passwords_do(app: Litestar, pool: Pool, ue: Actor) -> None:
    email = await with_password(pool, ue)
    async with client_for(app) as client:
        for _ in range(11):
            assert (await enter(client, email)).status_code == 303
        nobody, wrong = await enter(client, "nobody@example.org", "guess"), await enter(client, email, "guess")
        plain = re.compile(r'value="[^"]*"')
        assert plain.sub("", nobody.text) == plain.sub("", wrong.text)


async def test_behind_a_proxy_of_ours_each_guesser_has_their_own_address(pool: Pool, ue: Actor) -> None:
    """One guesser does not shut everybody out, and whoever is no proxy of ours cannot say to be somebody else."""
    email = await with_password(pool, ue)
    behind = create_app(Settings(trusted_proxies="127.0.0.1, 10.0.0.1"), pool=pool)
    behind.state.pool = pool
    async with client_for(behind) as client:
        for number in range(10):
            await enter(client, f"nobody{number}@example.org", **{"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9, 10.0.0.1"})
        assert (await enter(client, email, **{"X-Forwarded-For": "203.0.113.9"})).status_code == 429
        assert (await enter(client, email, **{"X-Forwarded-For": "203.0.113.10"})).status_code == 303
    alone = create_app(Settings(), pool=pool)
    alone.state.pool = pool
    async with client_for(alone) as client:
        for number in range(11):
            last = await enter(client, f"other{number}@example.org", **{"X-Forwarded-For": f"198.51.100.{number}"})
        assert last.status_code == 429
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit WHERE address = '203.0.113.9'") == 11


def test_a_proxy_is_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLIDARITY_TRUSTED_PROXIES", "the proxy")
    with pytest.raises(SettingsInvalid, match="SOLIDARITY_TRUSTED_PROXIES"):
        load_settings()


async def test_a_borrowed_session_cannot_guess_the_password(app: Litestar, pool: Pool, ue: Actor) -> None:
    await with_password(pool, ue)
    async with client_for(app, ue) as client:
        for number in range(10):
            change = {"password": f"guess number {number}", "new_password": "mine from now on"}
            assert (await client.post("/api/v1/me/password", json=change)).status_code == 401
        late = await client.post("/api/v1/me/totp/removal", json={"password": PASSWORD})
        assert (late.status_code, late.json()["code"]) == (429, "too_many_attempts")
        assert 800 < int(late.headers["retry-after"]) <= 900
    assert len(await audited(pool, "check_password")) == 10


PASSED_ON = [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Via": "1.1 proxy"}, {"Host": "evil.example"},
             {"Host": "127.0.0.1.evil.example"}, {"Host": ""}]  # fmt: skip


async def test_only_this_machine_by_its_own_name_sees_figures_and_sample_people(app: Litestar) -> None:
    async with client_for(app) as client:
        for name in ("127.0.0.1:8000", "localhost", "[::1]:8000"):
            assert (await client.get("/metrics", headers={"Host": name})).status_code == 200
        for headers in PASSED_ON:
            assert (await client.get("/metrics", headers=headers)).status_code == 403, headers


# --- tokens -----------------------------------------------------------------------------------------------------------


async def test_a_token_does_what_it_was_made_for_and_dies_with_its_owner(app: Litestar, pool: Pool, ue: Actor) -> None:
    _, secret = await people_service.add_token(pool, ue, "Reading", ["read_books", "own_settings"], 30)
    bearer = {"Authorization": f"Bearer {secret}"}
    async with client_for(app) as client:
        assert (await client.get("/api/v1/entries", headers=bearer)).status_code == 200
        assert (await client.get("/api/v1/me", headers=bearer)).json()["permissions"] == ["own_settings", "read_books"]
        denied = await client.post("/api/v1/entries", headers={**bearer, "Idempotency-Key": "not-for-this"}, json={})
        assert (denied.status_code, denied.json()["code"]) == (403, "not_allowed")
        wider = await client.post("/api/v1/me/tokens", headers=bearer, json={"name": "Wider", "permissions": ["post_entry"]})
        assert (wider.status_code, wider.json()["code"]) == (422, "choice_invalid"), "a token makes none that may more than itself"
        for wrong in (secret[:-1], secret.upper(), "", "x" * 10_000, "nasp_\u00e9"):
            assert (await client.get("/api/v1/entries", headers={"Authorization": f"Bearer {wrong}".encode()})).status_code == 401
    async with pool.database.writing() as connection:
        await people.disable(connection, ue.person_id, True)
        assert await people.by_token(connection, secret, pool.today()) is None
    fresh = create_app(Settings(), pool=pool)
    fresh.state.pool = pool
    async with client_for(fresh) as client:
        assert (await client.get("/api/v1/entries", headers=bearer)).status_code == 401
        assert (await client.get("/api/v1/me", headers={"Cookie": f"session={await session_for(pool, ue)}"})).status_code == 401


# --- bodies -----------------------------------------------------------------------------------------------------------


async def test_a_body_that_says_it_is_no_json_is_not_read_as_json(ue_client: httpx.AsyncClient) -> None:
    """Any site's form could send it, and it would pass by the look for repeated members."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"):
        for path in ("/entries", "/entries/preview", "/entries/bulk", "/contributions", "/transfers", "/me/tokens"):
            answer = await ue_client.post(f"/api/v1{path}", content=ENTRY, headers={"Content-Type": kind, "Idempotency-Key": "a-smuggled-one"})
            assert (answer.status_code, answer.json()["code"]) == (415, "body_type"), (kind, path)


async def test_a_member_that_stands_twice_is_refused_at_every_door(ue_client: httpx.AsyncClient, app: Litestar) -> None:
    for kind in ("application/json", "application/vnd.books+json; charset=utf-8"):
        answer = await ue_client.post("/api/v1/entries/preview", content=ENTRY, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["params"]["fields"]) == (400, {"entry_date": "repeated"})
    change = await ue_client.patch("/api/v1/me", content=b'{"theme":"dark","theme":"light"}', headers={"Content-Type": "application/json"})
    assert (change.status_code, change.json()["params"]["fields"]) == (400, {"theme": "repeated"})


BOMBS = [b"[" * 200_000, b'{"a":' * 100_000, b'{"entry_date":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b"\xff\xfe", b'"\\u0000"']


async def test_a_bomb_is_a_bad_request(ue_client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a-bomb-of-json"}
    for path in ("/entries/preview", "/entries/bulk", "/transfers/preview", "/rates/files"):
        for bomb in BOMBS:
            answer = await ue_client.post(f"/api/v1{path}", content=bomb, headers=headers)
            assert answer.status_code in (400, 409, 422), (path, bomb[:20], answer.text[:200])


async def test_a_body_larger_than_any_is_cut_off(ue_client: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(20):
            yield b" " * 1_000_000

    answer = await ue_client.post("/api/v1/entries/preview", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_no_file_but_the_static_ones_is_handed_out(app: Litestar) -> None:
    async with client_for(app) as client:
        for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd", "/static/..%5capp.py"):
            answer = await client.get(httpx.URL("http://127.0.0.1:8000", raw_path=path.encode()))
            assert answer.status_code == 404 and "create_app" not in answer.text, path


async def test_nothing_secret_is_written_to_the_logs(monkeypatch: pytest.MonkeyPatch, app: Litestar, pool: Pool, ue: Actor) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    configure_logs()
    email = await with_password(pool, ue)
    canaries = ["canary-password-1", "nasp_canary-token-2", "canary-link-3", "canary-session-4", "canary-body-5", "canary-link-6" * 4, "canary-feed-7"]
    async with client_for(app) as client:
        await enter(client, email, canaries[0])
        await client.get("/api/v1/entries", headers={"Authorization": f"Bearer {canaries[1]}"})
        await client.get("/set-password", params={"link": canaries[2]})
        await client.get("/", headers={"Cookie": f"session={canaries[3]}"})
    async with client_for(app, ue) as client:
        await client.post("/api/v1/entries/preview", json={"description": canaries[4], "postings": canaries[4]})
        await client.post("/api/v1/me/password", json={"password": canaries[0], "new_password": canaries[0]})
        app.state.pool = None  # a fault of ours, which is logged whole
        await client.post("/sign-in", data={"email": email, "password": canaries[0]}, headers={"Authorization": f"Bearer {canaries[1]}"})
        # Addresses that are the secret themselves.
        for address in (f"/packs/{canaries[5]}", f"/packs/{canaries[5]}/pack-en.pdf", f"/calendar/{canaries[6]}.ics"):
            assert (await client.get(address)).status_code == 500, address
        app.state.pool = pool
    said = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "fault" in said
    assert [canary for canary in canaries if canary in said] == []
    async with pool.database.reading() as connection:
        trail = str(await connection.fetch("SELECT * FROM audit"))
    assert [canary for canary in canaries if canary in trail] == []


async def test_what_begins_as_a_formula_is_text_in_every_sheet(app: Litestar, pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    gift = {"union": "ue", "fund": "GEN", "account": "joint/Assets:Bank:UE-trust-USD", "amount": {"amount": "5.00", "currency": "USD"},
            "received_on": "2026-01-15", "reference": "=HYPERLINK(0)", "remark": "@SUM(A1)"}  # fmt: skip
    made = await ue_client.post("/api/v1/contributions", json=gift, headers={"Idempotency-Key": "formula-0001"})
    assert made.status_code == 201
    exported = (await ue_client.get("/api/v1/export?format=csv")).text
    report = (await ue_client.get("/api/v1/reports/general-ledger?format=csv")).text
    for sheet in (exported, report):
        assert not re.search(r'(?m)(^|[,;\t])"?[=@]', sheet)
