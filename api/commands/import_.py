"""Bring data in from files: ``solidarity import rates FILE``."""

from pathlib import Path

import msgspec
import rich_click as click

from api.commands.run import OPERATOR, on_books
from ledger.domain.exchange import rate_text
from ledger.jobs import WORKER
from ledger.services.exchange import RatesLoaded, Upload, load_rates_file
from ledger.services.pool import Pool
from ledger.storage import audit


@click.group("import")
def import_group() -> None:
    """Bring data in from files."""


@import_group.command("rates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_rates(file: Path) -> None:
    """Load the Bank of Canada's daily USD/CAD rates (FXUSDCAD) from its JSON or CSV file.

    New days are added, a changed value becomes a new version, and loading the same file again changes nothing.
    """
    upload = Upload(file.read_bytes(), file.name)
    for line in summary(on_books(lambda pool: load_file(pool, upload))):
        click.echo(line)


async def load_file(pool: Pool, upload: Upload) -> RatesLoaded:
    """Load one file as the machine's own operator."""
    operator = msgspec.structs.replace(WORKER, name=OPERATOR.name, via=OPERATOR.via)
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
