"""Read from a real streaming standby: never less than what the primary had when it was asked, and from the primary where it lags or is away."""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import asyncpg
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services import journal
from ledger.services.pool import Pool
from ledger.storage import database as storage
from ledger.storage import programs
from ledger.storage.database import Database, open_database
from tests.services.test_journal import opening


class Standby:
    """A copy of the throw-away server that follows it."""

    def __init__(self, folder: Path, primary_url: str) -> None:
        self._data, self._sockets = folder / "data", folder / "run"
        self._owner = programs.server_owner(self._data)
        self._binaries = programs.find_binaries(self._owner)
        self._sockets.mkdir()
        for part in (folder, self._sockets):
            programs.give(part, self._owner)
        self._copy(unquote(parse_qs(urlsplit(primary_url).query)["host"][0]))
        self.url = f"postgresql://{{user}}@/solidarity?host={quote(str(self._sockets))}&port=5432"
        self._process = self._start()

    def _copy(self, primary: str) -> None:
        # The server's socket folder lets its own user and root in, so that pg_basebackup runs with our rights and gives away what it wrote.
        command = [self._binaries / "pg_basebackup", "-h", primary, "-p", "5432", "-U", "postgres", "-D", self._data, "-R", "-c", "fast", "--no-sync"]
        subprocess.run([str(part) for part in command], check=True, env=programs.environment(), capture_output=True)
        for part in (self._data, *self._data.rglob("*")):
            programs.give(part, self._owner)

    def _start(self) -> "subprocess.Popen[bytes]":
        options = {"listen_addresses": "", "unix_socket_directories": str(self._sockets), "unix_socket_permissions": "0777"}
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *(f"--{name}={value}" for name, value in options.items())]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **programs.run_as(self._owner))

    async def superuser(self) -> asyncpg.Connection:
        """A connection that may pause the standby."""
        return await asyncpg.connect(self.url.format(user="postgres"))

    def _answers(self) -> bool:
        ready = [str(self._binaries / "pg_isready"), "-q", "-h", str(self._sockets), "-p", "5432"]
        return subprocess.run(ready, env=programs.environment()).returncode == 0

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(600):  # it replays what the other tests wrote meanwhile
            if self._answers():
                return
            with suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"the standby ended with {self._process.wait(0.1)}")
        raise AssertionError("the standby does not answer")

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def standby(server: tuple[str, str]) -> Iterator[Standby]:
    if os.environ.get("SOLIDARITY_TEST_DATABASE_URL"):
        pytest.skip("copies the throw-away server, and another one was given")
    with tempfile.TemporaryDirectory(prefix="solidarity-standby-") as folder:
        os.chmod(folder, 0o755)
        running = Standby(Path(folder), server[0])
        running.wait()
        yield running
        running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def followed(pool: Pool, standby: Standby, server: tuple[str, str]) -> AsyncIterator[Database]:
    """The books with their standby."""
    read_url = standby.url.format(user="pool_app")
    opened = await open_database(server[0], schema=pool.database.schema, app_role="pool_app", connections=3, read_url=read_url)
    yield opened
    await opened.close()


async def where(database: Database) -> tuple[bool, int]:
    """Whether a long read went to the standby, and the last entry that it saw."""
    async with database.reporting() as connection:
        return await connection.fetchval("SELECT pg_is_in_recovery()"), await connection.fetchval("SELECT number FROM head")


async def test_a_long_read_sees_every_entry_wherever_it_goes(
    pool: Pool, ue: Actor, standby: Standby, followed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "STANDBY_LOOKS", 300)
    first = await journal.post_number(pool, ue, "standby-0001", opening(100_00))
    assert await where(followed) == (True, first)
    keeper = await standby.superuser()
    await keeper.execute("SELECT pg_wal_replay_pause()")
    monkeypatch.setattr(storage, "STANDBY_LOOKS", 2)
    second = await journal.post_number(pool, ue, "standby-0002", opening(100_00))
    assert await where(followed) == (False, second), "it lags: the primary answers"
    await keeper.execute("SELECT pg_wal_replay_resume()")
    monkeypatch.setattr(storage, "STANDBY_LOOKS", 300)
    assert await where(followed) == (True, second)
    await keeper.close()
    standby.stop()
    assert await where(followed) == (False, second), "it is away: the primary answers"


async def test_books_open_without_their_standby(pool: Pool, server: tuple[str, str]) -> None:
    gone = "postgresql://pool_app@/solidarity?host=/nowhere&port=5432"
    opened = await open_database(server[0], schema=pool.database.schema, app_role="pool_app", connections=3, read_url=gone)
    assert await where(opened) == (False, 0)
    await opened.close()
