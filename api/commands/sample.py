"""Fill new books with the sample year."""

import rich_click as click

from api.commands import CommandFailed
from api.commands.run import interruptible, opened_database, progress
from ledger.services.sample import load_sample
from ledger.storage.database import Database
from ledger.storage.journal import read_head
from reports.reconciliation.fixed import CLOSING


async def load_into(database: Database) -> None:
    """Load the sample year, showing how far it is."""
    with progress("Writing a year of sample books") as shown:
        await load_sample(database, CLOSING, shown)


@click.command()
def sample() -> None:
    """Fill empty books with a year of invented figures, clearly marked as such.

    For books made with `./solidarity up --empty`, or by `migrate`, that nobody has used yet.
    """
    interruptible(_sample())
    click.echo("The sample year is there; the sign-in page lists its people, on this machine only.")


async def _sample() -> None:
    async with opened_database() as database:
        async with database.reading() as connection:
            if (await read_head(connection)).number or await connection.fetchval("SELECT count(*) FROM people WHERE id > 1"):
                raise CommandFailed("these books are in use; sample books go into new ones only: name another directory in SOLIDARITY_DATA")
        await load_into(database)


COMMANDS = [sample]
