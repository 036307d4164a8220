"""Ask every operation with a word that it does not know, and every address for its head alone."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from api import openapi
from api.strict_query import words_of
from ledger.domain.actors import ROLES
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for


@pytest_asyncio.fixture(loop_scope="session")
async def everybody(app: Litestar, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has every role, so that nothing but what was asked can be refused."""
    async with client_for(app, await add_person(pool, "Una Omnibus", "ue", *ROLES)) as client:
        yield client


def operations(app: Litestar) -> list[tuple[str, str, openapi.Json]]:
    return [each for each in openapi.operations(openapi.describe(app)) if each[1].startswith("/api/")]


def names_in(operation: openapi.Json) -> list[str]:
    return sorted(parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query")


# What stands in an address, by its format.
OF_A_KIND = {"uuid": "00000000-0000-4000-8000-000000000000", "date": "2026-11-23"}


async def test_every_operation_refuses_a_word_that_it_does_not_know_and_names_those_it_does(app: Litestar, everybody: httpx.AsyncClient) -> None:
    for method, path, operation in operations(app):
        address = path
        for parameter in operation.get("parameters", []):
            address = address.replace(f"{{{parameter['name']}}}", OF_A_KIND.get(parameter["schema"].get("format"), "1"))
        answer = await everybody.request(method, address, params={"colour": "red"}, headers={"Idempotency-Key": "addresses-0001"})
        assert answer.status_code == 400 and answer.json()["code"] == "request_invalid", (method, path, answer.text)
        known = ", ".join(names_in(operation))
        said = f"unknown; known here: {known}" if known else "unknown; nothing is known here"
        assert answer.json()["params"]["fields"] == {"colour": said}, (method, path)


def test_what_an_operation_knows_is_what_is_documented_of_it(app: Litestar) -> None:
    assert {operation["operationId"]: names_in(operation) for _, _, operation in operations(app)}.items() <= {
        name: list(words) for name, words in words_of(app).items()
    }.items()


async def test_a_known_word_beside_an_unknown_one_does_not_save_it(everybody: httpx.AsyncClient) -> None:
    address = "/api/v1/campaigns?union=ue&unoin=ue&\ud83d=x".encode("utf-8", "surrogatepass").decode("latin-1")
    answer = await everybody.get(address)
    assert answer.status_code == 400
    assert [name for name in answer.json()["params"]["fields"] if name.isascii()] == ["unoin"]
    assert (await everybody.get("/api/v1/campaigns", params={"union": "ue"})).status_code == 200
    assert (await everybody.get("/api/v1/campaigns?")).status_code == 200


async def test_a_word_given_twice_is_refused_but_in_a_list(app: Litestar, everybody: httpx.AsyncClient) -> None:
    for address in ("/api/v1/changes?after=0&after=0", "/api/v1/campaigns?union=ue&union=unifor"):
        answer = await everybody.get(address)
        assert answer.status_code == 400, address
        assert set(answer.json()["params"]["fields"].values()) == {"given more than once"}, address
    beyond = await everybody.get("/api/v1/changes?after=9999999")
    assert beyond.status_code == 422 and beyond.json()["params"]["reason"] == "beyond_head"
    head = beyond.json()["params"]["head"]
    at_head = await everybody.get("/api/v1/changes", params={"after": head})
    assert at_head.status_code == 200 and at_head.json()["next"] == head


async def test_search_is_spoken_of_only_to_who_can_search(app: Litestar, everybody: httpx.AsyncClient) -> None:
    async with client_for(app, None) as nobody:
        told = await nobody.get("/members/2026-Q2")
    assert told.status_code == 404 and "Check the address." in told.text and "earch" not in told.text.partition("<main")[2]
    assert "or search for it" in (await everybody.get("/journal/999999")).text


PLACES = (
    "/", "/journal", "/requests", "/journal/999999", "/nowhere", "/sign-in", "/static/site.css", "/health/live", "/api/v1/home",
    "/api/v1/campaigns?limit=2", "/api/v1/campaigns?colour=red", "/api/v1/entries/999999", "/api/v1/export", "/api/v1/docs",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
async def test_a_head_is_its_get_without_the_body(everybody: httpx.AsyncClient, place: str) -> None:
    whole, head = await everybody.get(place), await everybody.head(place)
    assert head.status_code == whole.status_code and head.content == b"" != whole.content
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers.get("content-security-policy") == whole.headers.get("content-security-policy")


async def test_a_head_is_let_in_no_further_than_its_get(app: Litestar, pool: Pool) -> None:
    async with client_for(app) as stranger:
        assert (await stranger.head("/api/v1/campaigns")).status_code == 401
        assert (await stranger.head("/journal")).status_code == (await stranger.get("/journal")).status_code == 401
    async with client_for(app, await add_person(pool, "Kit Captain", "ue", "picket_captain")) as captain:
        assert (await captain.head("/api/v1/export")).status_code == 403


async def test_what_can_only_be_sent_has_no_head(everybody: httpx.AsyncClient) -> None:
    assert (await everybody.head("/api/v1/verification")).status_code == 405
