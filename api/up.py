"""Run the product on one machine: embedded PostgreSQL, web server and scheduled jobs as children, restarted when they die, gone when we go."""

import asyncio
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import IO

import msgspec

from api.serve import command
from api.settings import HOME, SECRETS, Settings
from ledger.services import people
from ledger.services.pool import running
from ledger.services.setup import ensure_books
from ledger.storage import embedded, reference
from ledger.storage.database import CannotStart, Database, check, open_database, reach
from ledger.storage.schema import migrate

READY_SECONDS = 60
# Granian itself gives its workers one second; together with the database's 1.4 the whole ends within three.
STOP_SECONDS = 1.3
RESTARTS_MAXIMUM, RESTARTS_WINDOW_SECONDS = 5, 60.0
# A worker's pool has at most 10 connections and readiness opens one more; some are left for commands and backups.
CONNECTIONS_PER_WORKER, CONNECTIONS_BESIDE = 12, 50


def run(settings: Settings) -> int:
    """Serve until told to stop; 0 then. Raises :class:`CannotStart` for what starting again cannot mend."""
    _check_port(settings)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    stage = Stage(settings)
    try:
        stage.start()
        stage.watch()
    except KeyboardInterrupt:
        return 0
    finally:
        # A second signal must not cut the clearing away short.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stage.stop()
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    # The one exception that an event loop lets through from wherever the signal finds it.
    raise KeyboardInterrupt


def _check_port(settings: Settings) -> None:
    another = f"--port {settings.port + 1 if settings.port < 65535 else 8000}"
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(f"port {settings.port} is in use; stop what uses it, or choose another: {another}") from None
            if error.errno == errno.EACCES:
                raise CannotStart(f"port {settings.port} is for root alone; choose another: --port 8000") from None
            raise CannotStart(f"{settings.host}:{settings.port} cannot be served ({error.strerror}); correct SOLIDARITY_HOST") from None


class Stage:
    """What runs for us: the lock on the data directory, the database where it is ours, the web server, the scheduled jobs."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.ours = settings, not settings.database_url
        self.database: embedded.Embedded | None = None
        self.web: subprocess.Popen[bytes] | None = None
        self.jobs: subprocess.Popen[bytes] | None = None
        self._data = Path(settings.data) / "postgres"
        self._lock: IO[str] | None = None
        self._restarts: dict[str, list[float]] = {}
        self._sample = False

    def start(self) -> None:
        """Bring everything up, and say where it is and how to sign in."""
        self._start_database()
        asyncio.run(prepare(self.settings, sample=not self.settings.empty))
        if self.ours:
            embedded.mark_finished(self._data)
        self._start_web()
        self._wait_ready()
        greeting, self._sample = asyncio.run(_greeting(self.settings))
        self._start_jobs()
        print(greeting, flush=True)

    def watch(self) -> None:
        """Start again what dies, a bounded number of times; without its scheduled jobs the rest goes on."""
        while True:
            time.sleep(0.3)
            if self.database is not None and self.database.process.poll() is not None:
                self._count_restart("the database")
                self._start_database()
            if self.web is not None and self.web.poll() is not None:
                _end([self.web], 0)
                self._count_restart("the web server")
                self._start_web()
            if self.jobs is not None and self.jobs.poll() is not None:
                self._restart_jobs()

    def stop(self) -> None:
        """End the web server and the jobs, then the database; all within three seconds."""
        _end([child for child in (self.web, self.jobs) if child is not None], STOP_SECONDS)
        if self.database is not None:
            self.database.stop()
        if self._lock is not None:
            self._lock.close()

    def _start_database(self) -> None:
        if not self.ours:
            return
        if self._lock is None:
            self._lock = embedded.take_lock(self._data.parent)
            embedded.forget_unfinished(self._data)
        connections = CONNECTIONS_BESIDE + CONNECTIONS_PER_WORKER * self.settings.workers
        self.database = embedded.start(self._data, connections=connections)
        self.settings = msgspec.structs.replace(
            self.settings, database_url=self.database.app_url, owner_url=self.database.owner_url, app_role=embedded.APP
        )

    def _start_web(self) -> None:
        self.web = self._spawn(command(self.settings.host, self.settings.port, self.settings.workers))

    def _start_jobs(self) -> None:
        # Of sample books, whose rates and days are invented, webhooks alone go out.
        self.jobs = self._spawn([sys.executable, "-m", "api.cli", "worker", *(["--webhooks-only"] if self._sample else [])])

    def _spawn(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        dying = embedded.dying_with_parent(signal.SIGTERM)
        environment = _environment(self.settings)
        return subprocess.Popen(
            arguments, cwd=HOME, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, preexec_fn=dying, process_group=0
        )

    def _restart_jobs(self) -> None:
        self.jobs = None
        try:
            self._count_restart("the worker for scheduled jobs")
        except CannotStart as reason:
            print(f"solidarity: {reason}; exchange rates are not fetched, and webhooks not sent, until the next start", file=sys.stderr, flush=True)
        else:
            self._start_jobs()

    def _wait_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.web is not None and self.web.poll() is not None:
                raise CannotStart("the web server did not start; its own words are above")
            if _is_ready(self.settings):
                return
            time.sleep(0.1)
        raise CannotStart(f"the web server was not ready within {READY_SECONDS} seconds")

    def _count_restart(self, what: str) -> None:
        now = time.monotonic()
        recent = self._restarts[what] = [at for at in self._restarts.get(what, []) if now - at < RESTARTS_WINDOW_SECONDS] + [now]
        if len(recent) > RESTARTS_MAXIMUM:
            raise CannotStart(f"{what} keeps ending; see the lines above and {self.settings.data}/postgres.log")
        print(f"solidarity: {what} ended; starting it again", file=sys.stderr, flush=True)


def _end(children: list[subprocess.Popen[bytes]], seconds: float) -> None:
    """Ask each to end, and after a while make it, with all that it started."""
    for child in children:
        child.terminate()
    until = time.monotonic() + seconds
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(until - time.monotonic(), 0.01))
    for child in children:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """What a child is told: our settings, and not the owner's address, which serving does not need."""
    names = Settings.__struct_fields__
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in {f"SOLIDARITY_{n.upper()}" for n in names}}
    told = {name: getattr(settings, name) for name in names if name not in SECRETS and name != "empty"}
    told["database_url"] = settings.database_url
    return kept | {f"SOLIDARITY_{name.upper()}": str(value) for name, value in told.items()}


def _is_ready(settings: Settings) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(here, settings.port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# --- the first start --------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role)
    try:
        yield database
    finally:
        await database.close()


async def prepare(settings: Settings, *, sample: bool = False) -> list[str]:
    """Migrate, and set new books up, with the sample year where ``sample``; the migrations that ran."""
    await reach(settings.migrate_url)
    try:
        done = await migrate(settings.migrate_url, settings.schema, settings.app_role)
    except Exception as error:
        raise CannotStart(f"the migrations did not run ({_reason(error)}); the role in SOLIDARITY_OWNER_URL must own the database") from error
    async with _opened(settings) as database:
        await check(database)
        if await ensure_books(database) and sample:
            # Only a first start needs it, and it knows every service.
            await import_module("api.commands.sample").load_into(database)
    return done


def _reason(error: Exception) -> str:
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]


async def _greeting(settings: Settings) -> tuple[str, bool]:
    """What to tell whoever started us, and whether the books are the sample."""
    how, sample = await how_to_enter(settings)
    return f"The books are open at {settings.address}\n{how}\nStop with Ctrl-C.", sample


async def how_to_enter(settings: Settings) -> tuple[str, bool]:
    """How to sign in, with a one-time set-up link while nobody is there; and whether the books are the sample."""
    async with _opened(settings) as database, running(database) as pool:
        secret = await people.setup_link(pool)
        async with database.reading() as connection:
            sample = bool(await reference.setting(connection, "sample", False))
    if secret is not None:
        return f"Set them up, once, at {settings.address}/set-up?link={secret}", sample
    if sample:
        return f"They are sample books: sign in at {settings.address}/sign-in as one of the people listed there", sample
    return f"Sign in at {settings.address}/sign-in", sample
