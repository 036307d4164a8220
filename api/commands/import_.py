"""Bring data in from files: ``solidarity import rates FILE``."""

import asyncio
from pathlib import Path

import msgspec
import rich_click as click

from api.commands.books import opened
from api.refusal_messages import mend, message
from ledger.domain.exchange import rate_text
from ledger.domain.refusals import Refusal
from ledger.jobs import WORKER
from ledger.services.exchange import RatesLoaded, Upload, load_rates_file
from ledger.storage import audit
from ledger.storage.database import CannotStart


@click.group("import")
def import_group() -> None:
    """Bring data in from files."""


@import_group.command("rates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_rates(file: Path) -> None:
    """Load the Bank of Canada's daily USD/CAD rates (FXUSDCAD) from its JSON or CSV file.

    New days are added, a changed value becomes a new version, and loading the same file again changes nothing.
    """
    try:
        loaded = asyncio.run(load_file(file))
    except (CannotStart, OSError) as error:
        raise click.ClickException(str(error)) from error
    except Refusal as refusal:
        raise click.ClickException(" ".join(filter(None, (message("en", refusal), mend("en", refusal))))) from refusal
    for line in summary(loaded):
        click.echo(line)


async def load_file(file: Path) -> RatesLoaded:
    """Load one file into the books that the settings name, as the machine's own operator."""
    upload = Upload(await asyncio.to_thread(file.read_bytes), file.name)
    async with opened() as pool:
        operator = msgspec.structs.replace(WORKER, name="Operator", via="command")
        return await load_rates_file(pool, operator, f"import-{audit.ordered_id()}", upload)


def summary(loaded: RatesLoaded) -> list[str]:
    """What loading did, line by line."""
    changed = [f"  {c.observed_on}: {rate_text(c.before)} -> {rate_text(c.after)}, version {c.version}" for c in loaded.changed]
    return [
        f"{loaded.filename}: {loaded.observations} rates from {loaded.first_day} to {loaded.last_day} (SHA-256 {loaded.sha256[:12]})",
        f"{loaded.added} added, {len(loaded.changed)} changed, {loaded.unchanged} already here, {loaded.days_without_rate} days without a rate",
        *changed,
        *([f"  {loaded.waiting} leap from the rates beside them and wait for a treasurer to confirm them"] if loaded.waiting else []),
    ]


COMMANDS = [import_group]
