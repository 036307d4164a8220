"""Run scheduled jobs beside the web server: ``solidarity worker``."""

import asyncio
import contextlib
import signal
from pathlib import Path

import msgspec
import rich_click as click

from api.settings import load_settings
from ledger.jobs import run_worker
from ledger.storage import embedded


@click.command("worker")
def worker() -> None:
    """Run scheduled jobs, such as fetching exchange rates, until interrupted.

    A fetch that fails is recorded on the rates page and tried again; a database that is away is waited for.
    """
    asyncio.run(work())


async def work() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run by itself
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = load_settings()
    with embedded.given(settings.database_url) if settings.database_url else embedded.borrowed(Path(settings.data) / "postgres") as url:
        await run_worker(msgspec.structs.replace(settings, database_url=url), stop)


COMMANDS = [worker]
