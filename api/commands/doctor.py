"""Look at the machine and the database as an operator would, a line for each thing, and say how to mend what is wrong."""

import asyncio
import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import rich_click as click

from api.settings import HOME, Settings, load_settings, mask
from api.smtp import server_of
from ledger.storage import embedded
from ledger.storage.database import CannotStart, findings, open_database, reach
from ledger.storage.programs import CannotStartDatabase

FREE_MEGABYTES = 1_000
# Programs that only tests and a reader's own checks use.
BESIDE = (("chromium", "page tests"), ("hledger", "export tests"), ("bean-check", "export tests"))
SERVING, TESTING = HOME / "requirements.lock", HOME / "requirements-test.lock"
Line = tuple[bool, str]


@click.command()
def doctor() -> None:
    """Check that everything the product needs is there and sound; 1 where something is not."""
    settings = load_settings()
    faults = 0
    for good, what in (*_machine(settings), *_books(settings)):
        faults += not good
        click.echo(f"{'ok  ' if good else 'BAD '} {what}")
    sys.exit(1 if faults else 0)


def _machine(settings: Settings) -> Iterator[Line]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer)"
    yield from _environment()
    place = Path(settings.data)
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free // 1_000_000
    yield free > FREE_MEGABYTES, f"{free} MB free at {place} (more than {FREE_MEGABYTES})"
    yield True, _mail(settings)
    for name, why in BESIDE:
        yield True, f"{name}: {shutil.which(name) or f'not there; {why} skip'}"


def _mail(settings: Settings) -> str:
    if not settings.smtp_url:
        return "mail: no server is set; notices stay on the page"
    server = server_of(settings.smtp_url)
    return f"mail: sent by {server.host}:{server.port}; ./solidarity mail test tries it"


def _environment() -> Iterator[Line]:
    if not _stamp(SERVING).exists():
        yield True, f"{sys.prefix} was not built by ./solidarity; whoever built it keeps it current"
        return
    yield _lock(SERVING, "the next command rebuilds it")
    if _stamp(TESTING).exists():
        yield True, _lock(TESTING, "the next ./solidarity test renews it")[1]
    else:
        yield True, f"what only tests need is not installed; ./solidarity test adds it from {TESTING.name}"


def _lock(lock: Path, otherwise: str) -> Line:
    if not lock.exists():
        return False, f"{lock.name} is missing; restore it from the repository"
    same = _stamp(lock).read_text() == hashlib.sha256(lock.read_bytes()).hexdigest()
    return same, f"{sys.prefix} is {'that of' if same else 'older than'} {lock.name}{'' if same else f'; {otherwise}'}"


def _stamp(lock: Path) -> Path:
    """What ./solidarity leaves in the environment when it has installed a lock."""
    return Path(sys.prefix) / f"{lock.name}.sha256"


def _books(settings: Settings) -> Iterator[Line]:
    data = Path(settings.data) / "postgres"
    try:
        if not settings.database_url and not embedded.has_books(data):
            yield True, f"no books in {settings.data} yet; ./solidarity up makes them"
            return
        with embedded.given(settings.database_url) if settings.database_url else embedded.borrowed(data) as url:
            yield from asyncio.run(_database(settings, url))
    except (CannotStart, CannotStartDatabase) as reason:
        yield False, str(reason)


async def _database(settings: Settings, url: str) -> list[Line]:
    await reach(url)
    database = await open_database(url, schema=settings.schema, app_role=settings.app_role, connections=1)
    try:
        found = [(fault is None, fault or what) for what, fault in await findings(database)]
    finally:
        await database.close()
    return [(True, f"the database answers at {mask(url)}"), *found]


COMMANDS = [doctor]
