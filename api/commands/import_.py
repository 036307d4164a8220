"""Bring data in from files: ``solidarity import rates FILE``, and the roster of a strike."""

from pathlib import Path

import msgspec
import rich_click as click

from api.commands.run import OPERATOR, as_person, new_key, on_books, progress
from ledger.domain.exchange import rate_text
from ledger.jobs import WORKER
from ledger.services.exchange import RatesLoaded, Upload, load_rates_file
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile, bring_in
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


@import_group.command("roster")
@click.argument("strike")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="The language of its dates and amounts.")
@click.option("--leave", is_flag=True, help="Members who are not in the file have left.")
def import_roster(strike: str, file: Path, language: str, leave: bool) -> None:
    """Bring the roster of a STRIKE of your union in from a CSV or XLSX file, whole or not at all; needs SOLIDARITY_TOKEN.

    Its columns are found by their headings. What is said of it are figures and places in the file, never what stands there.
    """
    sheet = SheetFile(file.name, file.read_bytes())
    with progress("Bringing the roster in") as shown:

        async def come(done: int, total: int) -> None:
            shown(done, total)

        done = as_person(lambda pool, actor: bring_in(pool, actor, new_key(), strike, sheet, None, language, leave=leave, come=come))
    click.echo(f"{done.strike}: {done.rows} rows; {done.added} added, {done.changed} changed, {done.unchanged} as they were, {done.left} left")


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
