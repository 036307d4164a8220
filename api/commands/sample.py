"""Fill new books with the sample year."""

import asyncio
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import Progress

from api.settings import load_settings
from ledger.services.sample import load_sample
from ledger.storage import embedded
from ledger.storage.database import Database, open_database
from ledger.storage.journal import read_head


async def load_into(database: Database) -> None:
    """Load the sample year, showing how far it is."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Writing a year of sample books", total=None)
        await load_sample(database, lambda done, total: progress.update(task, completed=done, total=total))


@click.command()
def sample() -> None:
    """Fill empty books with a year of invented figures, clearly marked as such."""
    asyncio.run(_sample())


async def _sample() -> None:
    settings = load_settings()
    with embedded.given(settings.database_url) if settings.database_url else embedded.borrowed(Path(settings.data) / "postgres") as url:
        database = await open_database(url, schema=settings.schema, app_role=settings.app_role)
        try:
            async with database.reading() as connection:
                if (await read_head(connection)).number or await connection.fetchval("SELECT count(*) FROM people WHERE id > 1"):
                    raise click.ClickException("these books are in use; sample books go into new ones only")
            await load_into(database)
        finally:
            await database.close()


COMMANDS = [sample]
