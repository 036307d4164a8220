"""Bring data in from files: ``solidarity import rates FILE``, and the roster of a strike."""

from datetime import date
from pathlib import Path

import msgspec
import rich_click as click

from api.commands.run import DAY, KEY, OPERATOR, as_person, new_key, on_books, progress
from ledger.domain.actors import Actor
from ledger.domain.exchange import rate_text
from ledger.domain.extracts import Meaning
from ledger.jobs import WORKER
from ledger.services.exchange import RatesLoaded, Upload, load_rates_file
from ledger.services.extract_reading import Asked, ExtractFile
from ledger.services.extracts import import_file, preview_file
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile, bring_in
from ledger.storage import audit
from ledger.storage.extracts import KeptExtract


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

        async def come(done: int, total: int, **facts: object) -> None:
            shown(done, total)

        done = as_person(lambda pool, actor: bring_in(pool, actor, new_key(), strike, sheet, None, language, leave=leave, come=come))
    click.echo(f"{done.strike}: {done.rows} rows; {done.added} added, {done.changed} changed, {done.unchanged} as they were, {done.left} left")


@import_group.command("extract")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--until", required=True, type=DAY, help="The cut-off: the last day that is compared.")
@click.option("--profile", default="", help="A saved way of reading; else its headings say which column is which.")
@click.option("--currency", default="", help="The currency where neither a column nor an account's name says it; else your union's own.")
@click.option("--account", "accounts", multiple=True, metavar="CODE=MEANING", help="What an account is about: due_from, due_to, ignored, …")
@click.option("--save-as", default="", help="Keep this way of reading under a name.")
@KEY
def import_extract(
    file: Path, until: date, profile: str, currency: str, accounts: tuple[str, ...], save_as: str, key: str
) -> None:
    """Bring your union's own general-ledger extract of its joint accounts in, and compare; needs SOLIDARITY_TOKEN.

    CSV or XLSX, whole or not at all: opening and rows make the closing balance of every account. What an account is about is said once.
    """
    sheet = ExtractFile(file.name, file.read_bytes())
    asked = Asked(until=until, profile=profile, currency=currency, save_as=save_as)

    async def bring(pool: Pool, actor: Actor) -> KeptExtract:
        seen = await preview_file(pool, actor, sheet, asked)
        said = dict(each.rpartition("=")[::2] for each in accounts)
        meanings = tuple(Meaning(each.code, each.currency, said[each.code]) for each in seen.accounts if each.code in said)  # type: ignore[arg-type]
        return await import_file(pool, actor, key, sheet, msgspec.structs.replace(asked, meanings=meanings))

    kept = as_person(bring)
    click.echo(f"{kept.number}: {kept.rows} rows of {kept.union} from {kept.starts_on} to {kept.ends_on} (SHA-256 {kept.sha256[:12]})")


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
