"""List and show closes from a terminal, fix a month's report and write it to files."""

from pathlib import Path

import rich_click as click

from api.commands import CommandFailed
from api.commands.run import KEY, OPERATOR, as_person, on_books, written
from api.routes.closes import FILES
from ledger.domain.actors import Actor
from ledger.domain.closes import Step
from ledger.services import closes as service
from ledger.services.pool import Pool
from reports.reconciliation.fixed import make


@click.group("close")
def close() -> None:
    """Close months: list them, show what is missing, fix the report that both treasurers sign, write it to files.

    Fixing is done as a person: SOLIDARITY_TOKEN holds an API token of theirs. Signing is done on the page, with the password again.
    """


@close.command("list")
def list_command() -> None:
    """Months, the newest first: number, state, days, version and standing of the report, who signed, whether entries came since."""

    async def work(pool: Pool) -> None:
        for each in await service.list_closes(pool, OPERATOR, limit=1_200):
            kind, signed = "hard" if each.close.hard else "soft", ",".join(each.signed) or "-"
            since = " superseded" if each.superseded else ""
            days = f"{each.close.starts_on} {each.close.ends_on}"
            click.echo(f"{each.close.number} {each.close.state:8} {kind} {days} v{each.close.version:<2} {each.status or '-':23} {signed}{since}")

    on_books(work)


@close.command("show")
@click.argument("number")
def show_command(number: str) -> None:
    """Each step of a month's close: done or not by each union, and how many things are there or missing."""

    async def work(pool: Pool) -> None:
        view = await service.show_close(pool, OPERATOR, number)
        click.echo(f"{view.close.number} {view.close.state} version {view.close.version} {view.status or '-'}")
        for step in view.steps:
            click.echo(_line(step))
        for later in view.later:
            click.echo(f"superseded by J-{later.number} of {later.entry_date} ({later.kind})")

    on_books(work)


def _line(step: Step) -> str:
    done = " ".join(f"{union}:{'done' if is_done else 'to-do'}" for union, is_done in step.done.items())
    return f"{step.name:12} {done} {step.count}{' listed' if step.listed else ''}"


@close.command("fix")
@click.argument("number")
@KEY
def fix_command(number: str, key: str) -> None:
    """Shut a month and keep its report in both languages, as the next version."""

    async def work(pool: Pool, actor: Actor) -> None:
        report = await service.fix_report(pool, actor, key, number, make)
        click.echo(f"{report.close} version {report.version} {report.status}, journal up to J-{report.head_number}, facts {report.facts_sha256.hex()}")

    as_person(work)


@close.command("report")
@click.argument("number")
@click.option("--version", type=click.IntRange(1), help="Which version; the newest where left out.")
@click.option("--file", "name", type=click.Choice(list(FILES)), default="en.pdf", show_default=True, help="Which of its files.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write it.")
def report_command(number: str, version: int | None, name: str, output: Path) -> None:
    """Write a kept report to a file, byte for byte; `./solidarity verify FILE` proves it anywhere."""

    async def work(pool: Pool) -> bytes:
        newest = (await service.show_close(pool, OPERATOR, number)).close.version
        if not newest:
            raise CommandFailed(f"{number} has no report yet; fix it first")
        return await service.read_file(pool, OPERATOR, number, version or newest, FILES[name][0])

    content = on_books(work)
    with written(output) as target:
        target.write(content)


COMMANDS = [close]
