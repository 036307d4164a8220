"""Send every operation of our OpenAPI what it describes and what it does not (promise S5): never a 5xx, always an answer it documents.

Schemathesis makes the requests, the same ones every time, so that a fault found once is found again. They go to the app in process.
"""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator
from datetime import date
from itertools import chain, product
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from api import openapi
from api.app import create_app
from api.schemas import cursor
from api.settings import Settings
from ledger.domain.actors import Actor
from ledger.domain.contributions import RecordContribution
from ledger.services import contributions, journal, pledges
from ledger.services.pool import Pool, running
from tests.api.test_permissions import an_address, routes
from tests.conftest import Clock, add_person, client_for, drop_books, new_books, served
from tests.services.test_contributions import promise
from tests.services.test_exchange import load
from tests.services.test_journal import UE_BANK, opening
from tests.services.test_transfers import w04_sent

EXAMPLES = 6
SEED = 20_261_123
NO_CHECKS = list(HealthCheck)
SCHEMA: Any = schemathesis.openapi.from_dict(openapi.describe(create_app(Settings())))
OPERATIONS = {one.ok().definition.raw["operationId"]: one.ok() for one in SCHEMA.get_all_operations()}
WANTED = [
    schemathesis.checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance,
]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def treasurer(server: tuple[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do nearly everything, signed in to books that hold one of each thing."""
    database = await new_books(server)
    async with running(database, Clock()) as pool, served(pool) as app, client_for(app, await filled(pool)) as client:
        yield client
    await drop_books(server, database)


async def filled(pool: Pool) -> Actor:
    """Put one of each thing into the books; who may act on most of them."""
    actor = await add_person(pool, "Tess Tester", "ue", "treasurer", "admin")
    unifor = await add_person(pool, "Rosalie Tremblay-Okoye", "unifor", "treasurer")
    await load(pool, actor, "closing_2026.csv")
    await journal.post_entry(pool, actor, "openapi-open-1", opening(100_000_00, "STRIKE", on=date(2026, 1, 2)))
    gift = RecordContribution(union="ue", fund="GEN", account=UE_BANK, currency="USD", amount_minor=50_00, received_on=date(2026, 1, 3))
    await contributions.record_contribution(pool, actor, "openapi-gift-1", gift)
    await pledges.record_pledge(pool, unifor, "openapi-pledge", promise())
    await w04_sent(pool, actor)
    return actor


def takes_something(name: str) -> bool:
    """Whether there is anything to be got wrong."""
    raw = OPERATIONS[name].definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody"))


ASKED = [(name, mode) for name in OPERATIONS for mode in GenerationMode if mode is GenerationMode.POSITIVE or takes_something(name)]


@pytest.mark.parametrize(("name", "mode"), ASKED, ids=[f"{name}-{mode.value}" for name, mode in ASKED])
async def test_an_operation_answers_as_it_says(treasurer: httpx.AsyncClient, name: str, mode: GenerationMode) -> None:
    loop = asyncio.get_running_loop()

    def send(case: Case) -> httpx.Response:
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1:8000")).prepare()
        headers = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in prepared.headers.items()]
        work = treasurer.request(prepared.method or "", prepared.url or "", headers=headers, content=prepared.body)
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    @seed(SEED)
    @settings(max_examples=2 if name == "postEntries" else EXAMPLES, phases=[Phase.generate], deadline=None, database=None, suppress_health_check=NO_CHECKS)
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.validate_response(send(case), checks=WANTED)

    await asyncio.to_thread(ask)


TEXTS = ("\x00", "a\x00b", "\U0001f600", "9" * 25, "-1", "x" * 4_000, "0001-01-01", "9999-12-31", "2026-02-30", "NaN", "' OR 1=1 --")


@pytest.mark.parametrize("name", [name for name in OPERATIONS if OPERATIONS[name].method == "get"])
async def test_no_text_in_an_address_is_a_fault(treasurer: httpx.AsyncClient, name: str) -> None:
    """What a generator seldom makes: NUL, numbers larger than any column, days of no year, in each place of an address by itself."""
    operation = OPERATIONS[name]
    fields = [(field["name"], field["in"]) for field in operation.definition.raw.get("parameters", []) if field["in"] in ("path", "query")]
    for field, place in fields:
        for text in TEXTS:
            filled_in = {other: quote(text if other == field else "1", safe="") for other, where in fields if where == "path"}
            answer = await treasurer.get(operation.path.format(**filled_in), params={field: text} if place == "query" else None)
            assert answer.status_code < 500, (field, text, answer.text)


PLACES: tuple[Any, ...] = (10**40, "9999-12-31", "0001-01-01T00:00:00+14:00", "a\x00", str(UUID(int=7)))
PAGED = [name for name in OPERATIONS if "after" in {field["name"] for field in OPERATIONS[name].definition.raw.get("parameters", [])}]


@pytest.mark.parametrize("name", PAGED)
async def test_no_cursor_of_ones_own_making_is_a_fault(treasurer: httpx.AsyncClient, name: str) -> None:
    operation = OPERATIONS[name]
    for parts in chain.from_iterable(product(PLACES, repeat=count) for count in (1, 2, 3)):
        answer = await treasurer.get(operation.path.replace("{account_id}", "1"), params={"after": cursor(*parts)})
        assert answer.status_code < 500, (parts, answer.text)


ASKED_FOR = re.compile(r"""(?:query_params|query|words|asked)(?:\.get\(|\[)["'](\w+)["']""")


async def test_no_text_in_a_pages_address_is_a_fault(treasurer: httpx.AsyncClient) -> None:
    """The same for people's pages: every word that a page reads from its address, as its own source names them."""
    pages = [(path, handler) for method, path, handler in routes(create_app(Settings())) if method == "GET" and not path.startswith("/api/")]
    seen = 0
    for path, handler in pages:
        source = inspect.getsource(inspect.getmodule(handler.fn)) if handler.fn.__module__.startswith("api.pages.") else ""
        for text in ("\x00", "9" * 25, "9999-12-31"):
            for word in {*ASKED_FOR.findall(source), ""}:
                address = an_address(path) if word else re.sub(r"\{\w+:str\}", quote(text, safe=""), an_address(path))
                answer = await treasurer.get(address, params={word: text} if word else None)
                assert answer.status_code < 500, (address, word, text)
                seen += 1
    assert seen > 500
