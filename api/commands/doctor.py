"""Look at the machine and the database as an operator would, a line for each thing, and say how to mend what is wrong."""

import asyncio
import shutil
import sys
from collections.abc import Iterator

import rich_click as click

from api.settings import HOME, Settings, load_settings
from ledger.storage.database import CannotStart, check, open_database

FREE_MEGABYTES = 1_000


@click.command()
def doctor() -> None:
    """Check that everything the product needs is there and sound."""
    settings = load_settings()
    faults = 0
    for good, what in (*_machine(settings), asyncio.run(_database(settings))):
        faults += not good
        click.echo(f"{'ok  ' if good else 'BAD '} {what}")
    sys.exit(1 if faults else 0)


def _machine(settings: Settings) -> Iterator[tuple[bool, str]]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer)"
    yield (HOME / "requirements.lock").exists() or not (HOME / "solidarity").exists(), "the lock file is there"
    free = shutil.disk_usage(HOME).free // 1_000_000
    yield free > FREE_MEGABYTES, f"{free} MB free on disk (more than {FREE_MEGABYTES})"
    for name, why in (("chromium", "page tests"), ("hledger", "export tests"), ("bean-check", "export tests")):
        found = shutil.which(name)
        yield True, f"{name}: {found or f'not there; {why} skip'}"


async def _database(settings: Settings) -> tuple[bool, str]:
    if not settings.database_url:
        return True, "no SOLIDARITY_DATABASE_URL: ./solidarity up runs its own PostgreSQL 18"
    try:
        database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role)
    except CannotStart as reason:
        return False, str(reason)
    try:
        await check(database)
    except CannotStart as reason:
        return False, str(reason)
    finally:
        await database.close()
    return True, "the database is reachable, durable, migrated, and its role cannot rewrite the journal"


COMMANDS = [doctor]
