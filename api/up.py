"""Run the product on one machine: embedded PostgreSQL and web server as children, restarted when they die, gone when we go."""

import asyncio
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

import msgspec

from api.serve import command, end_with_parent
from api.settings import HOME, Settings
from ledger.services import people
from ledger.services.pool import running
from ledger.services.setup import ensure_books
from ledger.storage import embedded
from ledger.storage.database import CannotStart, check, open_database
from ledger.storage.schema import migrate

READY_SECONDS = 60
STOP_SECONDS = 1.5
RESTARTS_MAXIMUM, RESTARTS_WINDOW_SECONDS = 5, 60.0


class Stopped(Exception):
    """Ctrl-C or SIGTERM asked us to stop."""


def run(settings: Settings) -> int:
    """Serve until told to stop; 0 then, 1 when something that cannot be mended by starting it again went wrong."""
    _check_port(settings)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    stage = Stage(settings)
    try:
        stage.start()
        stage.watch()
    except Stopped:
        return 0
    finally:
        # A second signal must not cut the clearing away short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stage.stop()
    return 1


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped()


def _check_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise CannotStart(
                f"port {settings.port} is in use; stop what uses it, or choose another with --port {settings.port % 65535 + 1}"
            ) from None


class Stage:
    """What runs for us: the lock on the data directory, the database where it is ours, and the web server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database: embedded.Embedded | None = None
        self.web: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._restarts: list[float] = []

    def start(self) -> None:
        """Bring everything up, and say where it is and how to sign in."""
        self._start_database()
        asyncio.run(prepare(self.settings))
        self._start_web()
        self._wait_ready()
        print(asyncio.run(_greeting(self.settings)), flush=True)

    def watch(self) -> None:
        """Start again what dies, a bounded number of times."""
        while True:
            time.sleep(0.3)
            if self.database is not None and self.database.process.poll() is not None:
                self._count_restart("the database")
                self._start_database()
            if self.web is not None and self.web.poll() is not None:
                self._count_restart("the web server")
                self._start_web()

    def stop(self) -> None:
        """End the web server, then the database; both within three seconds."""
        if self.web is not None and self.web.poll() is None:
            self.web.terminate()
            try:
                self.web.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.web.kill()
                self.web.wait()
        if self.database is not None:
            self.database.stop()
        if self._lock is not None:
            self._lock.close()

    def _start_database(self) -> None:
        if self.settings.database_url and self.database is None:
            return
        folder = Path(self.settings.data)
        folder.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = _take_lock(folder)
        self.database = embedded.start(folder / "postgres")
        self.settings = msgspec.structs.replace(
            self.settings, database_url=self.database.app_url, owner_url=self.database.owner_url, app_role=embedded.APP
        )

    def _start_web(self) -> None:
        environment = os.environ | {
            "SOLIDARITY_DATABASE_URL": self.settings.database_url,
            "SOLIDARITY_SCHEMA": self.settings.schema,
            "SOLIDARITY_APP_ROLE": self.settings.app_role,
            "SOLIDARITY_PUBLIC_URL": self.settings.public_url,
            "SOLIDARITY_PORT": str(self.settings.port),
        }
        arguments = command(self.settings.host, self.settings.port, self.settings.workers)
        self.web = subprocess.Popen(arguments, cwd=HOME, env=environment, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)

    def _wait_ready(self) -> None:
        address = f"http://{self.settings.host}:{self.settings.port}/health/ready"
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.web is not None and self.web.poll() is not None:
                raise CannotStart("the web server did not start; its own words are above")
            try:
                with urllib.request.urlopen(address, timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise CannotStart(f"the web server was not ready within {READY_SECONDS} seconds")

    def _count_restart(self, what: str) -> None:
        now = time.monotonic()
        self._restarts = [at for at in self._restarts if now - at < RESTARTS_WINDOW_SECONDS] + [now]
        if len(self._restarts) > RESTARTS_MAXIMUM:
            raise CannotStart(f"{what} keeps ending; see {self.settings.data}/postgres.log and the lines above")
        print(f"solidarity: {what} ended; starting it again", file=sys.stderr, flush=True)


def _take_lock(folder: Path) -> IO[str]:
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStart(f"another ./solidarity up uses {folder}; stop it, or choose another directory with --data") from None
    return lock


async def prepare(settings: Settings) -> list[str]:
    """Migrate, set new books up, and load the sample year into books that nobody has set up; the migrations that ran."""
    try:
        done = await migrate(settings.migrate_url, settings.schema, settings.app_role)
    except (OSError, TimeoutError) as error:
        raise CannotStart(f"the database does not answer ({error}); check SOLIDARITY_DATABASE_URL and that it runs") from error
    database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role)
    try:
        await check(database)
        new = await ensure_books(database)
        if new and not settings.empty and settings.database_url.find("?host=") > 0:
            from api.commands.sample import load_into

            await load_into(database)
    finally:
        await database.close()
    return done


async def _greeting(settings: Settings) -> str:
    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role)
    try:
        async with running(database) as pool:
            secret = await people.setup_link(pool)
    finally:
        await database.close()
    if secret is not None:
        return f"The books are open at {address}\nSet them up, once, at {address}/set-up?link={secret}\nStop with Ctrl-C."
    return f"The books are open at {address}\nSign in at {address}/sign-in (sample books list their people there).\nStop with Ctrl-C."
