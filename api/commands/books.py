"""Export, report on and verify the books from a terminal, without a web server."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console
from rich.progress import Progress

from api.report_query import report_query
from api.settings import load_settings
from ledger.domain.actors import Actor
from ledger.domain.refusals import Refusal
from ledger.domain.verification import Checked, NotAnExport, check_export
from ledger.services.operation import note
from ledger.services.pool import Pool, running
from ledger.services.setup import SYSTEM_PERSON_ID
from ledger.services.verification import verify
from ledger.storage import audit, embedded, reference
from ledger.storage.database import open_database
from reports.exports import FORMATS as EXPORTS
from reports.exports import export as export_journal
from reports.registry import REPORTS, build_report
from reports.render import FORMATS, render

# Whoever can run commands on the machine reads the books as a trustee does; the audit trail says that it was a command.
OPERATOR = Actor(SYSTEM_PERSON_ID, "Operator", None, frozenset({"trustee"}), "command")


@asynccontextmanager
async def opened() -> AsyncIterator[Pool]:
    """The books that the settings name: an external database, or the embedded one, which is started if it does not run."""
    settings = load_settings()
    with embedded.borrowed(Path(settings.data) / "postgres") if not settings.database_url else embedded.given(settings.database_url) as url:
        database = await open_database(url, schema=settings.schema, app_role=settings.app_role)
        try:
            async with running(database) as pool:
                yield pool
        finally:
            await database.close()


@click.command("export")
@click.option("--format", "format_name", type=click.Choice(list(EXPORTS)), default="jsonl", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file; standard output where left out.")
def export_command(format_name: str, output: Path | None) -> None:
    """Write the whole journal for another program, from one snapshot."""
    asyncio.run(_export(format_name, output))


async def _export(format_name: str, output: Path | None) -> None:
    async with opened() as pool:
        await note(pool, [audit.event(OPERATOR, "export_journal", format=format_name)])
        with output.open("w", newline="") if output else sys.stdout as target:
            async with pool.database.reading() as connection:
                sample = bool(await reference.setting(connection, "sample", False))
                async for piece in export_journal(connection, format_name, pool.clock(), sample=sample):
                    target.write(piece)


@click.command("report")
@click.argument("name", type=click.Choice(list(REPORTS)))
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="pdf", show_default=True)
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file; named after the report where left out.")
@click.option("--as-of", "as_of", default="", help="ISO date; today where left out.")
@click.option("--from", "first", default="", help="ISO date.")
@click.option("--to", "last", default="", help="ISO date.")
@click.option("--book", default="")
@click.option("--fund", default="")
@click.option("--account", default="", help="An account's id.")
@click.option("--into", default="none", help="Currency of a converted column.")
def report_command(name: str, format_name: str, language: str, output: Path | None, **asked: Any) -> None:
    """Write a report to a file."""
    words = {"as_of": asked["as_of"], "from": asked["first"], "to": asked["last"], **{k: asked[k] for k in ("book", "fund", "account", "into")}}
    try:
        click.echo(asyncio.run(_report(name, format_name, language, output, words)))
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


async def _report(name: str, format_name: str, language: str, output: Path | None, words: dict[str, str]) -> str:
    async with opened() as pool:
        document = await build_report(pool, OPERATOR, name, report_query(words, pool.today()), format_name)
    made = render(document, format_name, language)
    target = output or Path(made.filename)
    target.write_bytes(made.content)
    return str(target)


@click.command("verify")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--head", "heads", multiple=True, help="NUMBER:HASH of a past head that you kept; may be repeated.")
def verify_command(file: Path | None, heads: tuple[str, ...]) -> None:
    """Check the books, or a JSON-lines export without them: chain, numbering, balances. Says exactly where they depart."""
    kept = dict(_head(text) for text in heads)
    try:
        result = _verify_file(file, kept) if file else asyncio.run(_verify_books(kept))
    except NotAnExport as reason:
        raise click.ClickException(f"{file}: {reason}") from reason
    _print(result)
    sys.exit(1 if result.faults else 0)


def _head(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not re.fullmatch("[0-9]{1,18}:[0-9A-Fa-f]{64}", text):
        raise click.BadParameter("give NUMBER:HASH, with the hash's 64 hexadecimal digits", param_hint="--head")
    return int(number), digest


def _verify_file(file: Path, heads: dict[int, str]) -> Checked:
    def lines() -> Iterable[str]:
        with file.open() as source, Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Verifying", total=file.stat().st_size)
            for line in source:
                progress.advance(task, len(line))
                yield line

    try:
        return check_export(lines(), heads)
    except UnicodeDecodeError as error:
        raise NotAnExport(f"not UTF-8 text: {error}") from error


async def _verify_books(heads: dict[int, str]) -> Checked:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Verifying", total=None)
        async with opened() as pool:
            return await verify(pool, OPERATOR, heads, lambda done, total: progress.update(task, completed=done, total=total))


def _print(result: Checked) -> None:
    for fault in result.faults:
        click.echo(f"J-{fault.number}: {fault.what}" if fault.number else fault.what)
    seen = f"{result.entries} entries, {result.postings} postings; the journal ends at {result.head_number} with hash {result.head_hash}"
    click.echo(f"FAULTS: {len(result.faults)}. {seen}" if result.faults else f"Sound. {seen}")


COMMANDS = [export_command, report_command, verify_command]
