"""Give every test a real PostgreSQL: one throw-away server a run, books as new, in a schema of their own, a test that writes."""

import asyncio
import functools
import os
import re
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from litestar import Litestar

from api.settings import Settings
from ledger.domain.actors import Actor
from ledger.services.pool import Pool, running
from ledger.storage import embedded, people
from ledger.storage.database import Database, open_database
from tests import moulds

# How fast the machine is today says nothing about a property.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, str]]:
    """(application's URL, owner's URL) of a throw-away server, or of SOLIDARITY_TEST_DATABASE_URL."""
    given = os.environ.get("SOLIDARITY_TEST_DATABASE_URL")
    if given:
        yield given, given
        return
    with tempfile.TemporaryDirectory(prefix="solidarity-test-") as folder:
        os.chmod(folder, 0o755)
        running_server = embedded.start(Path(folder) / "data", durable=False)
        try:
            yield running_server.app_url, running_server.owner_url
        finally:
            running_server.stop()


async def new_books(urls: tuple[str, str]) -> Database:
    """A database handle on books as new, in a schema of their own."""
    return await open_database(urls[0], schema=await moulds.borrow(urls), app_role="pool_app", connections=20)


async def sample_books(urls: tuple[str, str]) -> Database:
    """A database handle on the sample year that ends today, in a schema of its own."""
    return await open_database(urls[0], schema=await moulds.borrow_sample(urls), app_role="pool_app", connections=20)


async def drop_books(urls: tuple[str, str], database: Database) -> None:
    """Give a test's schema back."""
    await database.close()
    await moulds.give_back(urls, database.schema)


@pytest_asyncio.fixture(loop_scope="session")
async def database(server: tuple[str, str]) -> AsyncIterator[Database]:
    """Fresh books with the shipped chart."""
    opened = await new_books(server)
    yield opened
    await drop_books(server, opened)


class Clock:
    """A clock that tests set; it begins at noon UTC of the day the worked cases end."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: Database, clock: Clock) -> AsyncIterator[Pool]:
    """Fresh books with a running writer and two treasurers among the people."""
    async with running(database, clock) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def ue(pool: Pool) -> Actor:
    """UE's treasurer, a person of these books."""
    return await add_person(pool, "Dolores Haze-Nguyen", "ue", "treasurer")


@pytest_asyncio.fixture(loop_scope="session")
async def unifor(pool: Pool) -> Actor:
    """Unifor's treasurer, a person of these books."""
    return await add_person(pool, "Rosalie Tremblay-Okoye", "unifor", "treasurer")


async def add_person(pool: Pool, name: str, union: str | None, *roles: str) -> Actor:
    """Add a person straight to the table, with roles in force until the end of 2027."""
    async with pool.database.writing() as connection:
        person_id = await connection.fetchval("UPDATE counters SET value = value + 1 WHERE name = 'person' RETURNING value")
        await connection.execute(
            """INSERT INTO people (id, name, email, union_code, language, theme, keyboard, created_at, last_seen_entry)
            VALUES ($1, $2, $3, $4, 'en', 'system', true, $5, 0)""",
            person_id, name, f"person{person_id}@example.org", union, pool.clock(),
        )  # fmt: skip
        for role in roles:
            await connection.execute(
                """INSERT INTO grants (id, person_id, role, starts_on, ends_on, granted_by, granted_at)
                VALUES (gen_random_uuid(), $1, $2, '2026-01-01', '2027-12-31', 1, $3)""",
                person_id, role, pool.clock(),
            )  # fmt: skip
    return Actor(person_id, name, union, frozenset(roles))


# One app serves one test after another: making it takes most of a second, and what it knows of its books is all in its state.
_apps: list[Litestar] = []


@pytest_asyncio.fixture(loop_scope="session")
async def app(pool: Pool) -> AsyncIterator[Litestar]:
    """The whole app on the test's books, started."""
    if not _apps:
        _apps.append(made_for(pool))
    made = _apps[0]
    state = made.state.dict()
    async with served(pool, made):
        yield made
    made.state.clear()
    made.state.update(state)


def made_for(pool: Pool) -> Litestar:
    """The whole app, not started."""
    from api.app import create_app

    return create_app(Settings(), pool=pool)


@asynccontextmanager
async def served(pool: Pool, made: Litestar | None = None) -> AsyncIterator[Litestar]:
    """The whole app on some books, started; for fixtures, whose two halves run in different tasks."""
    made = made or made_for(pool)
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # The lifespan must be left in the task that entered it.
        async with made.lifespan():
            made.state.pool = pool
            started.set()
            await ended.wait()

    living = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({living, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        living.result()
    yield made
    ended.set()
    await living


@asynccontextmanager
async def client_for(app: Litestar, actor: Actor | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser-like client; signed in as ``actor`` where one is given. Redirects are not followed."""
    cookies = {"session": await session_for(app.state.pool, actor)} if actor else {}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 40000))
    hooks = {"response": [is_documented]}
    async with Browser(
        transport=transport, base_url="http://127.0.0.1:8000", cookies=cookies, headers=headers, event_hooks=hooks
    ) as client:
        yield client


class Browser(httpx.AsyncClient):
    """As a browser does, it sends a page's form with the key that the page put there; a test that gives one means that one."""

    async def post(self, url: Any, **more: Any) -> httpx.Response:
        if "json" not in more and "content" not in more and not str(url).startswith("/api/"):
            more["data"] = {"form_key": str(uuid.uuid4())} | (more.get("data") or {})
        return await super().post(url, **more)


async def is_documented(answer: httpx.Response) -> None:
    """Hold the OpenAPI to every answer that any test of the JSON API sees."""
    path = answer.request.url.path.rstrip("/")
    for method, pattern, statuses in documented():
        if method == answer.request.method and pattern.fullmatch(path):
            assert str(answer.status_code) in statuses, f"{method} {path} answers {answer.status_code}, documented are {sorted(statuses)}"
            return


@functools.cache
def documented() -> list[tuple[str, re.Pattern[str], set[str]]]:
    """(method, pattern of the address, documented statuses) of every operation, those without parameters first."""
    from api import openapi
    from api.app import create_app

    found = sorted(openapi.operations(openapi.describe(create_app(Settings()))), key=lambda each: each[1].count("{"))
    return [(method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), set(operation["responses"])) for method, path, operation in found]


async def session_for(pool: Pool, actor: Actor) -> str:
    """A live session's secret for a person."""
    async with pool.database.writing() as connection:
        return await people.open_session(connection, actor.person_id, "127.0.0.1", "tests")


@pytest_asyncio.fixture(loop_scope="session")
async def ue_client(app: Litestar, ue: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """UE's treasurer, signed in."""
    async with client_for(app, ue) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def unifor_client(app: Litestar, unifor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """Unifor's treasurer, signed in."""
    async with client_for(app, unifor) as client:
        yield client
