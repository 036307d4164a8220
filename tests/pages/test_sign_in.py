"""The door: passwords, one-time codes and the lost phone, guessing, sessions, terms of office, one-time links."""

import asyncio
import re
from datetime import date

import httpx
import pyotp
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.refusals import TooManyAttempts
from ledger.services import people as service
from ledger.services import sign_in
from ledger.services.pool import Pool
from ledger.storage import people
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_journal import text_of

PASSWORD = "correct horse ledger"


async def with_password(pool: Pool, name: str, union: str, *roles: str) -> tuple[Actor, str]:
    """A person who can sign in, and their address."""
    actor = await add_person(pool, name, union, *roles)
    hashed = await sign_in.hash_password(PASSWORD)
    async with pool.database.writing() as connection:
        await people.change(connection, actor.person_id, password_hash=hashed)
    return actor, f"person{actor.person_id}@example.org"


async def enter(client: httpx.AsyncClient, email: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
    return await client.post("/sign-in", data={"email": email, "password": password, "code": code})


async def audited(pool: Pool, action: str) -> list[tuple[str, str | None]]:
    """Outcome and refusal code of every event of an action, oldest first."""
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT outcome, details FROM audit WHERE action = $1 ORDER BY recorded_at, id", action)
    return [(row["outcome"], row["details"].get("code")) for row in rows]


async def test_a_hundred_guesses_at_once_are_ten_tries(app: Litestar, pool: Pool) -> None:
    _, email = await with_password(pool, "Guessed At", "ue", "treasurer")
    async with client_for(app) as client:
        answers = await asyncio.gather(*(enter(client, email, f"wrong guess number {n}") for n in range(30)))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [401] * 10 + [429] * 20
        last = await enter(client, email)
        assert last.status_code == 429 and "Try again in 15 min." in text_of(last)
        assert 800 < int(last.headers["Retry-After"]) <= 900
    assert (await audited(pool, "sign_in")).count(("refused", "too_many_attempts")) == 21
    with pytest.raises(TooManyAttempts):
        await sign_in.claim_try(pool, email.upper(), "203.0.113.9")  # the same name from elsewhere


async def test_a_try_that_agrees_does_not_count(app: Litestar, pool: Pool) -> None:
    _, email = await with_password(pool, "Comes Often", "ue", "treasurer")
    async with client_for(app) as client:
        assert {(await enter(client, email)).status_code for _ in range(12)} == {303}


async def test_signing_in_again_ends_the_browsers_session_before(app: Litestar, pool: Pool) -> None:
    _, email = await with_password(pool, "Rota Ted", "ue", "treasurer")
    async with client_for(app) as client:
        first = (await enter(client, email)).cookies["session"]
        second = (await enter(client, email)).cookies["session"]
        assert first != second
    for secret, status in ((first, 401), (second, 200)):
        async with client_for(app) as other:
            assert (await other.get("/settings", headers={"Cookie": f"session={secret}"})).status_code == status


async def test_codes_are_set_up_used_once_and_stopped_when_the_phone_is_lost(app: Litestar, pool: Pool, clock: Clock) -> None:
    actor, email = await with_password(pool, "Cody Phone", "ue", "treasurer")
    admin, other_admin = await add_person(pool, "Ann Admin", "ue", "admin"), await add_person(pool, "Otto Other", "unifor", "admin")
    path = f"/people/{actor.person_id}"
    async with client_for(app, actor) as client:
        secret = re.search(r'name="totp_secret" value="([A-Z2-7]+)"', (await client.get("/settings")).text)[1]  # type: ignore[index]
        turn_on = {"form_key": "turn-on-codes", "do": "totp-on", "totp_secret": secret, "password": PASSWORD}
        assert (await client.post("/settings", data={**turn_on, "code": "000000"})).status_code == 422
        now = pyotp.TOTP(secret).at(clock.now)
        assert (await client.post("/settings", data={**turn_on, "code": now})).status_code == 303
    async with client_for(app) as client:
        assert (await enter(client, email)).status_code == 401
        assert (await enter(client, email, code=now)).status_code == 401, "a code is good once"
        later = pyotp.TOTP(secret).at(clock.now.timestamp() + 30)
        assert (await enter(client, email, code=f"{later[:3]} {later[3:]}")).status_code == 303
        async with client_for(app, other_admin) as theirs:
            assert (await theirs.post(path, data={"form_key": "clear-not-mine", "do": "codes"})).status_code == 403
        async with client_for(app, admin) as ours:
            assert "the phone is lost" in (await ours.get(path)).text
            assert (await ours.post(path, data={"form_key": "clear-the-codes", "do": "codes"})).status_code == 303
            assert "the phone is lost" not in (await ours.get(path)).text
        assert (await client.get("/settings")).status_code == 401, "every session ends"
        assert (await enter(client, email)).status_code == 303
    assert await audited(pool, "clear_codes") == [("refused", "other_union"), ("done", None)]


async def test_nobody_gives_themselves_a_role_or_clears_their_own_codes(app: Litestar, pool: Pool) -> None:
    admin = await add_person(pool, "Ann Admin", "ue", "admin")
    term = {"role": "treasurer", "starts_on": "2026-11-23", "ends_on": "2027-12-31"}
    async with client_for(app, admin) as client:
        shown = await client.get(f"/people/{admin.person_id}")
        assert "Give the role" not in shown.text
        for number, fields in enumerate((term, {"do": "codes"})):
            refused = await client.post(f"/people/{admin.person_id}", data={"form_key": f"own-rights-{number}", **fields})
            assert refused.status_code == 403
        assert (await client.post(f"/people/{admin.person_id}", data={"form_key": "no-such-grant", "do": "revoke", "grant": "zz"})).status_code == 404
        assert (await client.post("/settings", data={"form_key": "no-such-token", "do": "revoke", "token": "zz"})).status_code == 404
    async with pool.database.reading() as connection:
        assert [grant.role for grant in await people.grants_of(connection, admin.person_id)] == ["admin"]
    assert await audited(pool, "grant_role") == [("refused", "same_person")]


async def test_after_the_term_there_is_nothing_to_see_but_the_way_out(app: Litestar, pool: Pool) -> None:
    actor, email = await with_password(pool, "Past Office", "ue")
    async with pool.database.writing() as connection:
        await people.add_grant(connection, actor.person_id, "treasurer", date(2025, 1, 1), date(2026, 11, 22), 1)
    async with client_for(app) as client:
        assert (await enter(client, email)).status_code == 303
        home = await client.get("/")
        assert home.status_code == 403 and "No role of yours is in force today" in text_of(home) and 'action="/sign-out"' in home.text
        assert (await client.post("/sign-out")).status_code == 303
        assert (await client.get("/")).status_code == 401
        assert (await client.post("/sign-out")).status_code == 303, "twice does no harm"


async def test_who_is_shut_out_is_out_at_once_and_told_no_more_than_a_stranger(app: Litestar, pool: Pool) -> None:
    actor, email = await with_password(pool, "Shut Out", "ue", "treasurer")
    admin = await add_person(pool, "Ann Admin", "ue", "admin")
    async with client_for(app) as client:
        await enter(client, email)
        assert (await client.get("/")).status_code == 200
        await service.disable(pool, admin, "shut-out-key", actor.person_id, True)
        assert (await client.get("/")).status_code == 401
        shut, stranger = await enter(client, email), await enter(client, "nobody@example.org")
        assert shut.status_code == stranger.status_code == 401
        assert text_of(shut) == text_of(stranger)


async def test_one_time_links_end(app: Litestar, pool: Pool) -> None:
    actor, _ = await with_password(pool, "Linked In", "ue", "treasurer")
    async with pool.database.writing() as connection:
        expired = await people.add_link(connection, "password", actor.person_id, 0)
        good = await people.add_link(connection, "password", actor.person_id, 1)
    async with client_for(app) as client:
        assert (await client.get(f"/set-password?link={good}")).status_code == 200
        for secret in (expired, "wrong", ""):
            answer = await client.get(f"/set-password?link={secret}")
            assert answer.status_code == 410 and "was used already or has expired" in text_of(answer)
        chosen = {"token": good, "new_password": PASSWORD + " new", "password_again": PASSWORD + " new"}
        short = await client.post("/set-password", data={**chosen, "new_password": "short", "password_again": "short"})
        assert short.status_code == 422
        assert (await client.post("/set-password", data=chosen)).status_code == 303
        assert (await client.get(f"/set-password?link={good}")).status_code == 410


async def test_a_borrowed_session_guesses_no_password(app: Litestar, pool: Pool) -> None:
    actor, email = await with_password(pool, "Left Alone", "ue", "treasurer")
    new = {"do": "password", "new_password": "another long one", "password_again": "another long one"}
    async with client_for(app, actor) as client:
        statuses = [
            (await client.post("/settings", data={"form_key": f"guess-own-{n}", "password": f"guess {n}", **new})).status_code for n in range(11)
        ]
        assert statuses == [401] * 10 + [429]
        shown = await client.post("/settings", data={"form_key": "guess-own-last", "password": PASSWORD, **new})
        assert shown.status_code == 429 and "Try again in 15 min." in text_of(shown)
        assert (await enter(client, email)).status_code == 429
    assert await audited(pool, "check_password") == [("refused", "sign_in_refused")] * 10
