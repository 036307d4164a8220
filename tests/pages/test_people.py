"""Set new books up and look after people, as administrators do, on the pages."""

import re

import httpx
from litestar import Litestar

from ledger.services import people
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for


def key_of(text: str) -> str:
    return re.search(r'name="form_key" value="([^"]+)"', text).group(1)  # type: ignore[union-attr]


async def test_from_the_set_up_link_to_a_treasurer_who_signs_in(app: Litestar, pool: Pool) -> None:
    secret = await people.setup_link(pool)
    async with client_for(app) as client:
        asked = await client.get(f"/set-up?link={secret}")
        assert asked.status_code == 200
        first = {
            "token": secret, "form_key": key_of(asked.text), "ue-0-name": "Ada One", "ue-0-email": "ada@example.org", "ue-0-language": "en",
            "unifor-0-name": "Béa Deux", "unifor-0-email": "bea@example.org", "unifor-0-language": "fr",
        }  # fmt: skip
        wrong = await client.post("/set-up", data={**first, "ue-0-email": "nothing"})
        assert wrong.status_code == 422 and "Béa Deux" in wrong.text
        done = await client.post("/set-up", data=first)
        links = re.findall(r"/set-password\?link=([A-Za-z0-9_-]+)", done.text)
        assert done.status_code == 200 and len(set(links)) == 2
        assert (await client.get(f"/set-up?link={secret}")).status_code == 410
        chosen = await client.post("/set-password", data={"token": links[0], "new_password": "correct horse ledger", "password_again": "other"})
        assert chosen.status_code == 422
        password = {"token": links[0], "new_password": "correct horse ledger", "password_again": "correct horse ledger"}
        assert (await client.post("/set-password", data=password)).status_code == 303
        assert (await client.post("/set-password", data=password)).status_code == 410
        signed = await client.post("/sign-in", data={"email": "ada@example.org", "password": "correct horse ledger"})
        assert signed.status_code == 303 and "session" in signed.cookies
        await add_a_treasurer(client)


async def add_a_treasurer(client: httpx.AsyncClient) -> None:
    asked = await client.get("/people/new")
    typed = {
        "form_key": key_of(asked.text), "name": "Tess Treasurer", "email": "tess@example.org", "role": "treasurer", "starts_on": "2026-11-23",
        "ends_on": "2028-12-31", "language": "en",
    }  # fmt: skip
    assert (await client.post("/people/new", data={**typed, "ends_on": "2099-01-01"})).status_code == 422
    added = await client.post("/people/new", data={**typed, "form_key": "another-key-1"})
    assert added.status_code == 200 and "/set-password?link=" in added.text
    listed = await client.get("/people")
    assert "Tess Treasurer" in listed.text
    person = re.search(r'/people/(\d+)"[^>]*>Tess', listed.text).group(1)  # type: ignore[union-attr]
    shown = await client.get(f"/people/{person}")
    assert "Treasurer" in shown.text
    for number, do in enumerate(("disable", "enable", "link")):
        changed = await client.post(f"/people/{person}", data={"form_key": f"change-key-{number}", "do": do})
        assert changed.status_code in (200, 303)


async def test_an_administrator_leaves_the_other_unions_people_alone(app: Litestar, pool: Pool) -> None:
    admin = await add_person(pool, "Ann Admin", "ue", "admin")
    other = await add_person(pool, "Otto Other", "unifor", "treasurer")
    async with client_for(app, admin) as client:
        shown = await client.get(f"/people/{other.person_id}")
        assert shown.status_code == 200 and "Give the role" not in shown.text
        refused = await client.post(f"/people/{other.person_id}", data={"form_key": "other-union-key", "do": "disable"})
        assert refused.status_code == 403
        assert (await client.get("/transfers/new")).status_code == 403
        assert (await client.get("/audit")).status_code == 200


async def test_own_settings(ue_client: httpx.AsyncClient) -> None:
    shown = await ue_client.get("/settings")
    assert shown.status_code == 200 and "data:image/svg+xml" in shown.text
    kept = await ue_client.post("/settings", data={"form_key": "settings-key-1", "do": "preferences", "language": "fr", "theme": "dark"})
    assert kept.status_code == 303
    assert "Mes réglages" in (await ue_client.get("/settings")).text
    token = {"form_key": "settings-key-2", "do": "token", "name": "Nightly", "days": "30", "permissions": ["read_books"]}
    made = await ue_client.post("/settings", data=token)
    secret = re.search(r"nasp_[A-Za-z0-9_-]+", made.text).group(0)  # type: ignore[union-attr]
    assert secret not in (await ue_client.get("/settings")).text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await ue_client.get("/api/v1/entries", headers=bearer)).status_code == 200
    assert (await ue_client.post("/settings", data={**token, "name": "", "form_key": "settings-key-3"})).status_code == 422
    assert (await ue_client.post("/settings", data={"form_key": "settings-key-4", "do": "password", "password": "no"})).status_code in (401, 422)


async def test_a_form_sent_without_a_session_is_carried_over_the_sign_in(app: Litestar, pool: Pool) -> None:
    async with client_for(app) as client:
        asked = await client.post("/transfers/new", data={"purpose": "Typed for ten minutes", "password": "never carried"})
        assert asked.status_code == 401 and "Typed for ten minutes" in asked.text and "never carried" not in asked.text
        cross = await client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
        assert cross.status_code in (401, 403)
