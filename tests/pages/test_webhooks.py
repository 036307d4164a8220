"""Webhooks on their pages: added with a secret shown once, looked at by the treasurer, tried, changed, paused and deleted by the administrator."""

import re

import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services import webhooks
from ledger.services.pool import Pool
from ledger.services.webhook_sending import Message, Outcome, send_due
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_funds import in_french, text_of

ASKED = {"name": "Our general ledger", "url": "https://hooks.example.org/ledger?for=books", "events": ["entry.posted", "close.locked"]}


async def failing(message: Message) -> Outcome:
    return Outcome(500, 12, "refused", "the <queue> is full")


async def test_a_walk(app: Litestar, pool: Pool, ue: Actor, clock: Clock) -> None:
    admin = await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")
    async with client_for(app, admin) as keeper, client_for(app, ue) as treasurer:
        assert "No webhooks yet" in text_of(await keeper.get("/webhooks"))
        made = await keeper.post("/webhooks/new", data=ASKED | {"form_key": "walk-add-0001"})
        secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", made.text)
        assert made.status_code == 200 and secret and made.headers["cache-control"] == "no-store"
        again = await keeper.post("/webhooks/new", data=ASKED | {"form_key": "walk-add-0001"})
        assert "whsec_" not in again.text and "make a new secret on the webhook’s page" in text_of(again)

        done = await keeper.post("/webhooks/WH-0001", data={"do": "test"})
        assert "A test event leaves within a minute" in text_of(await keeper.get(done.headers["location"]))
        await send_due(pool, failing, "https://books.example.org")
        seen = await treasurer.get("/webhooks/WH-0001")
        assert "it does not take it (500)" in text_of(seen) and "the &lt;queue&gt; is full" in seen.text
        assert "whsec_" not in seen.text and "Make a new secret" not in seen.text, "a treasurer looks and changes nothing"
        await in_french(treasurer)
        french = text_of(await treasurer.get("/webhooks/WH-0001"))
        assert "il ne l’accepte pas (500)" in french and "Un événement d’essai" in french

        changed = await keeper.post("/webhooks/WH-0001/change", data=ASKED | {"name": "Their ledger", "version": "1"})
        assert "Their ledger" in text_of(await keeper.get(changed.headers["location"]))
        late = await keeper.post("/webhooks/WH-0001/change", data=ASKED | {"version": "1"})
        assert late.status_code == 409 and "it is at version 2 now" in text_of(late)

        for step, said in (("pause", "Paused"), ("resume", "Resumed"), ("resend", "It waits")):
            if step == "resend":
                await give_up(pool, clock)
            done = await keeper.post("/webhooks/WH-0001", data={"do": step, "event": "1"})
            assert said in text_of(await keeper.get(done.headers["location"]))
        for unknown in ({"do": "resend", "event": "first"}, {"do": "resend", "event": "99"}, {"do": "anything"}, {}):
            assert (await keeper.post("/webhooks/WH-0001", data=unknown)).status_code in (404, 422)
        assert "whsec_" in (await keeper.post("/webhooks/WH-0001", data={"do": "secret"})).text
        assert (await keeper.post("/webhooks/WH-0001", data={"do": "delete"})).status_code == 422, "nothing is deleted without being asked"
        await keeper.post("/webhooks/WH-0001/delete", data={})
        assert (await keeper.get("/webhooks/WH-0001")).status_code == 404


async def give_up(pool: Pool, clock: Clock) -> None:
    async def gone(message: Message) -> Outcome:
        return Outcome(410, 3, "refused")

    await send_due(pool, gone, "https://books.example.org")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "http://hooks.example.org"}, "Events are sent by https alone"), ({"url": "https://10.0.0.1/"}, "That is a private address"),
        ({"url": "https://localhost/"}, "That is a private address"), ({"url": "https://127.1/"}, "That address is written as a number"),
        ({"url": "https://me:secret@hooks.example.org/"}, "That address holds a name or a password"), ({"url": "hooks"}, "That is not an address"),
        ({"name": ""}, "Fill this in"), ({"events": []}, "Choose at least one event"), ({"events": ["x"]}, "Choose at least one event"),
    ],
)  # fmt: skip
async def test_what_is_wrong_stands_beside_its_field(app: Litestar, pool: Pool, changed: dict[str, object], said: str) -> None:
    admin = await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")
    async with client_for(app, admin) as keeper:
        answer = await keeper.post("/webhooks/new", data=ASKED | changed)
    assert answer.status_code == 422 and said in text_of(answer)
    assert await webhooks.list_webhooks(pool, admin) == []


async def test_the_other_union_finds_nothing(app: Litestar, pool: Pool, unifor: Actor) -> None:
    admin = await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")
    other = await add_person(pool, "Mireille Fontaine-Roy", "unifor", "admin")
    async with client_for(app, admin) as keeper, client_for(app, other) as stranger, client_for(app, unifor) as treasurer:
        await keeper.post("/webhooks/new", data=ASKED)
        for client in (stranger, treasurer):
            assert (await client.get("/webhooks/WH-0001")).status_code == 404
            assert "WH-0001" not in (await client.get("/webhooks")).text
        assert (await stranger.post("/webhooks/WH-0001/delete", data={})).status_code == 404
        assert (await treasurer.post("/webhooks/WH-0001/delete", data={})).status_code == 403


async def test_what_waits_is_told_before_it_is_lost(app: Litestar, pool: Pool) -> None:
    admin = await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")
    async with client_for(app, admin) as keeper:
        await keeper.post("/webhooks/new", data=ASKED)
        assert "never be sent" not in text_of(await keeper.get("/webhooks/WH-0001/delete"))
        await keeper.post("/webhooks/WH-0001", data={"do": "pause"})
        done = await keeper.post("/webhooks/WH-0001", data={"do": "test"})
        said = text_of(await keeper.get(done.headers["location"]))
        assert "it leaves once the webhook is resumed" in said and "within a minute" not in said
        asked = text_of(await keeper.get("/webhooks/WH-0001/delete"))
        assert "1 event waits and will never be sent there." in asked and "the log of what was sent" in asked
        await in_french(keeper)
        assert "1 événement attend et n’y sera jamais envoyé." in text_of(await keeper.get("/webhooks/WH-0001/delete"))


async def test_a_form_without_its_key_is_told_of_in_a_persons_words(app: Litestar, pool: Pool) -> None:
    admin = await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")
    async with client_for(app, admin) as keeper:
        await keeper.post("/webhooks/new", data=ASKED)
        # An empty key is what a form has whose key was lost on the way.
        for address, sent in (("/webhooks/WH-0001", {"do": "pause"}), ("/webhooks/WH-0001/delete", {}), ("/webhooks/new", ASKED)):
            answer = await keeper.post(address, data=sent | {"form_key": ""})
            assert answer.status_code == 400 and "This form came incomplete" in text_of(answer)
            assert "Idempotency" not in answer.text and "idempotency" not in answer.text
        told = await keeper.post("/webhooks/WH-0001", data={"do": "zz"})
        assert told.status_code == 422 and "“zz” is not one of the choices." in text_of(told)
