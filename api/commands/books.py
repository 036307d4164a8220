"""Export, report on and verify the books from a terminal, without a web server."""

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any, NoReturn

import rich_click as click

from api.commands import CommandFailed
from api.commands.run import DAY, OPERATOR, on_books, progress, writing, written
from api.report_query import report_query
from ledger.domain.audit_pack_check import check_pack
from ledger.domain.audit_pack_files import NotAPack, PackChecked
from ledger.domain.sealed_reports import NotAReport, check_report
from ledger.domain.sealed_reports import read_head as read_kept_head
from ledger.domain.verification import Checked, NotAnExport, check_export
from ledger.services import audit_packs
from ledger.services.audit_packs import MadePack
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.services.verification import verify
from ledger.storage import audit, reference
from ledger.storage.journal import read_head
from reports.audit_pack import make_pack
from reports.exports import FORMATS as EXPORTS
from reports.exports import export as export_journal
from reports.registry import REPORTS, build_report
from reports.render import FORMATS, render
from reports.statements.methods import METHODS, USUAL

PACK = "audit-pack"
OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.command("export")
@click.option("--format", "format_name", type=click.Choice([*EXPORTS, PACK]), default="jsonl", show_default=True, help="For which program.")
@click.option("--output", "-o", type=OUTPUT, help="A file; standard output where left out.")
@click.option("--from", "first", type=DAY, help="Of an audit pack: its first day; the first of the last whole year where left out.")
@click.option("--to", "last", type=DAY, help="Of an audit pack: its last day; the end of the last whole year where left out.")
def export_command(format_name: str, output: Path | None, first: date | None, last: date | None) -> None:
    """Write the whole journal for another program, or an audit pack of a period with everything that proves it, from one snapshot.

    `./solidarity export -o books.jsonl` and `./solidarity export --format audit-pack -o pack.zip` are what `./solidarity verify FILE` checks anywhere,
    without the books.
    """
    if format_name == PACK:
        _export_pack(output, first, last)
    elif first or last:
        raise click.UsageError(f"--from and --to are of an audit pack: the journal is written whole; add --format {PACK}")
    elif output is None:
        on_books(lambda pool: _export(pool, format_name, sys.stdout.buffer, None))
    else:
        with written(output) as target:
            on_books(lambda pool: _export(pool, format_name, target, output))


def _export_pack(output: Path | None, first: date | None, last: date | None) -> None:
    """A pack is put together at its end, so that it takes a file."""
    if output is None:
        raise click.UsageError("an audit pack is written to a file: name one with --output")
    with written(output) as target:
        made = on_books(lambda pool: _pack(pool, first, last, target, output))
    click.echo(f"{output}: {made.files} files; the journal ends at {made.head_number} with hash {made.head_hash}")
    click.echo("Give whoever verifies it the SHA-256 of its manifest by another way than the pack:")
    click.echo(made.manifest_sha256)


async def _pack(pool: Pool, first: date | None, last: date | None, target: IO[bytes], path: Path) -> MadePack:
    period = audit_packs.period_of(pool, first, last)
    with progress("Packing") as shown:

        async def come(done: int, total: int, **facts: Any) -> None:
            shown(done, total, f"Packing, {facts['megabytes']} MB")

        with writing(path):
            return await audit_packs.write(pool, OPERATOR, period, make_pack, target, come)


async def _export(pool: Pool, format_name: str, target: IO[bytes], path: Path | None) -> None:
    await note(pool, [audit.event(OPERATOR, "export_journal", format=format_name)])
    async with pool.database.reporting() as connection:
        sample, total, done = bool(await reference.setting(connection, "sample", False)), (await read_head(connection)).number, 0
        with progress("Exporting", total) as shown:
            async for piece in export_journal(connection, format_name, pool.clock(), sample=sample):
                with writing(path):
                    target.write(piece.encode())
                done += 1
                shown(min(done, total), None)
    with writing(path):
        target.flush()


def _reports() -> str:
    return "\n\n".join(["Write a report to a file. NAME is one of:", *(f"- `{name}`: {report.purpose.message}" for name, report in REPORTS.items())])


@click.command("report", help=_reports(), short_help="Write a report to a file: PDF, XLSX, CSV, JSON or HTML, in English or French.")
@click.argument("name", type=click.Choice(list(REPORTS)), metavar="NAME")
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="pdf", show_default=True, help="What kind of file.")
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="The language of its words.")
@click.option("--output", "-o", type=OUTPUT, help="A file; named after the report where left out.")
@click.option("--as-of", "as_of", type=DAY, help="The day it looks at; today where left out.")
@click.option("--compare", type=DAY, help="An earlier day to compare with; the last report's where left out.")
@click.option("--from", "first", type=DAY, help="First day; the first of the year where left out.")
@click.option("--to", "last", type=DAY, help="Last day; today where left out.")
@click.option("--book", default="", help="Code of a book, such as joint.")
@click.option("--fund", default="", help="Code of a fund, such as STRIKE.")
@click.option("--account", default="", help="An account's id, as its page and the account list in the API show it.")
@click.option("--currency", default="", help="Only accounts in this currency.")
@click.option("--into", default="none", help="Currency of a converted column; none for no such column.", show_default=True)
@click.option("--method", type=click.Choice([*METHODS, "all"]), default=USUAL, show_default=True, help="Presentation of a statement.")
def report_command(name: str, format_name: str, language: str, output: Path | None, **asked: Any) -> None:
    # Its help is made of the reports there are.
    made = on_books(lambda pool: _report(pool, name, format_name, language, asked))
    target = output or Path(made.filename)
    with written(target) as file, writing(target):
        file.write(made.content)
    click.echo(str(target))


async def _report(pool: Pool, name: str, format_name: str, language: str, asked: dict[str, Any]) -> Any:
    days = {"as_of": asked["as_of"], "compare": asked["compare"], "from": asked["first"], "to": asked["last"]}
    words = {name: day.isoformat() for name, day in days.items() if isinstance(day, date)}
    words |= {name: asked[name] for name in ("book", "fund", "account", "currency", "into", "method")}
    document = await build_report(pool, OPERATOR, name, report_query(words, pool.today(), name=name), format_name)
    return render(document, format_name, language)


@click.command("verify")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--head", "heads", multiple=True, help="A head that you kept: NUMBER:HASH, which may be repeated; for a report, the file from its close.")
@click.option("--manifest-sha256", help="Of an audit pack: the SHA-256 of its manifest, from the other union or the page where it was made; not with it.")
def verify_command(file: Path | None, heads: tuple[str, ...], manifest_sha256: str | None) -> None:
    """Check the books, or a file without them: a JSON-lines export (chain, numbering, balances), a signed report (its seal, what is inside, figures), or
    an audit pack (the files that it must have, and every fact that is in it twice: journal, balances, statements, reports, signatures, documents).

    Says exactly where they depart. Exit status 0: sound; 1: faults, or nothing that could be checked. FILE needs no database and no settings.
    """
    begins = _begins(file) if file else b""
    if file and begins == b"%PDF-" and manifest_sha256 is None:
        _verify_report(file, heads)
    kept = dict(_head(text) for text in heads)
    if file and begins.startswith(b"PK"):
        _verify_pack(file, kept, _sha256(manifest_sha256))
    if manifest_sha256 is not None:
        raise click.BadParameter("only an audit pack has a manifest", param_hint="--manifest-sha256")
    result = _verify_file(file, kept) if file else _verify_books(kept)
    _print(result)
    sys.exit(1 if result.faults else 0)


def _begins(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(5)


def _verify_pack(file: Path, kept: dict[int, str], manifest_sha256: str | None) -> NoReturn:
    """Prove an audit pack, and against what was kept of it elsewhere."""
    try:
        with progress("Verifying") as shown:
            checked = check_pack(file, kept, shown, manifest_sha256)
    except NotAPack as reason:
        raise CommandFailed(f"{file} cannot be proved: {reason}") from reason
    for fault in checked.faults:
        click.echo(f"J-{fault.number}: {fault.what}" if fault.number else fault.what)
    period = f"{checked.period.first} to {checked.period.last}" if checked.period else "not read"
    seen = (
        f"Audit pack, {period}: {checked.files} files, {checked.entries} entries, {checked.reports} reports, {checked.documents} documents; "
        f"manifest {checked.manifest_sha256 or 'not read'}; the journal ends at {checked.head_number} with hash {checked.head_hash}"
    )
    click.echo(f"FAULTS: {len(checked.faults)}. {seen}" if checked.faults else f"Sound. {seen}")
    for line in _not_proved(checked, kept):
        click.echo(line)
    sys.exit(1 if checked.faults else 0)


def _not_proved(checked: PackChecked, kept: dict[int, str]) -> Iterator[str]:
    """What the pack says is wanting in it, and what its own bytes cannot prove."""
    if checked.left_out:
        yield f"Left out, as it says itself: {', '.join(checked.left_out)}."
    if not checked.held:
        head = f"The journal up to {max(kept)} was held to what you kept. " if kept else ""
        yield (
            f"{head}NOT PROVED: that this is the pack that was made. Whoever changes a pack and makes every hash anew has a sound one again. Add "
            "--manifest-sha256 with the value that the other union, or the page where the pack was made, gives you; never one that came with the pack."
        )
    yield (
        "Held to their hashes alone: the PDF of a statement, the journal for hledger and Beancount, and what stands in one place only. Compare a PDF with "
        "the figures beside it."
    )


def _sha256(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[0-9A-Fa-f]{64}", text.strip()):
        raise click.BadParameter("give the 64 hexadecimal digits of a SHA-256", param_hint="--manifest-sha256")
    return None if text is None else text.strip()


def _verify_report(file: Path, heads: tuple[str, ...]) -> NoReturn:
    """Prove a signed report, against one kept head where one is given."""
    if len(heads) > 1:
        raise click.BadParameter("a report is proved against one head", param_hint="--head")
    try:
        proved = check_report(file.read_bytes(), read_kept_head(Path(heads[0]).read_bytes()) if heads else None)
    except OSError as error:
        raise CommandFailed(f"{heads[0]} cannot be read: {error.strerror or error}") from error
    except NotAReport as reason:
        raise CommandFailed(f"{file} cannot be proved: {reason}") from reason
    for fault in proved.faults:
        click.echo(f"J-{fault.number}: {fault.what}" if fault.number else fault.what)
    seen = f"{proved.close} version {proved.version}: {proved.entries} entries; the journal ends at {proved.head_number} with hash {proved.head_hash}"
    click.echo(f"FAULTS: {len(proved.faults)}. {seen}" if proved.faults else f"Sound. {seen}")
    sys.exit(1 if proved.faults else 0)


def _head(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not re.fullmatch("[0-9]{1,18}:[0-9A-Fa-f]{64}", text):
        raise click.BadParameter("give NUMBER:HASH, with the hash's 64 hexadecimal digits", param_hint="--head")
    return int(number), digest


def _verify_file(file: Path, heads: dict[int, str]) -> Checked:
    def lines() -> Iterable[str]:
        done = 0
        with file.open(encoding="utf-8") as source, progress("Verifying", file.stat().st_size) as shown:
            for line in source:
                done += len(line)
                shown(done, None)
                yield line

    try:
        return check_export(lines(), heads)
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file} is no export: not UTF-8 text ({error.reason})") from error
    except NotAnExport as reason:
        raise CommandFailed(f"{file} is no export that can be checked: {reason}") from reason


def _verify_books(heads: dict[int, str]) -> Checked:
    with progress("Verifying") as shown:
        return on_books(lambda pool: verify(pool, OPERATOR, heads, shown))


def _print(result: Checked) -> None:
    for fault in result.faults:
        click.echo(f"J-{fault.number}: {fault.what}" if fault.number else fault.what)
    seen = f"{result.entries} entries, {result.postings} postings; the journal ends at {result.head_number} with hash {result.head_hash}"
    click.echo(f"FAULTS: {len(result.faults)}. {seen}" if result.faults else f"Sound. {seen}")


COMMANDS = [export_command, report_command, verify_command]
