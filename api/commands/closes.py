"""List and show closes from a terminal, fix a month's report and write it to files."""

from datetime import date, datetime
from pathlib import Path

import msgspec
import rich_click as click

from api.commands import CommandFailed
from api.commands.run import KEY, OPERATOR, as_person, on_books, written
from api.routes.closes import FILES
from ledger.domain.actors import Actor
from ledger.domain.close_schedule import EARLIEST_DAY, LATEST_DAY, Deadlines
from ledger.domain.closes import Step
from ledger.services import close_schedule, holidays
from ledger.services import closes as service
from ledger.services.pool import Pool
from ledger.storage.holidays import Holiday
from reports.reconciliation.fixed import make


@click.group("close")
def close() -> None:
    """Close months: list them, show what is missing and due, fix the report that both treasurers sign, write it to files; keep bank holidays.

    Fixing is done as a person: SOLIDARITY_TOKEN holds an API token of theirs. Signing is done on the page, with the password again.
    """


@close.command("list")
def list_command() -> None:
    """Months, the newest first: number, state, days, version and standing of the report, who signed, whether entries came since.

    A month that is shut was so with the first close, and has no report of its own.
    """

    async def work(pool: Pool) -> None:
        for each in await service.list_closes(pool, OPERATOR, limit=1_200):
            kind, signed = "hard" if each.close.hard else "soft", ",".join(each.signed) or "-"
            since = " superseded" if each.superseded else ""
            days = f"{each.close.starts_on} {each.close.ends_on}"
            state = "shut" if each.shut_with else each.close.state
            click.echo(f"{each.close.number} {state:8} {kind} {days} v{each.close.version:<2} {each.status or '-':23} {signed}{since}")

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
@click.option("--back-to", type=click.DateTime(["%Y-%m-%d"]), help="Of the first close of all: the first day of the books, which is shut with it.")
@KEY
def fix_command(number: str, back_to: datetime | None, key: str) -> None:
    """Shut a month and keep its report in both languages, as the next version."""

    async def work(pool: Pool, actor: Actor) -> None:
        report = await service.fix_report(pool, actor, key, number, make, back_to.date() if back_to else None)
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


@close.command("head")
@click.argument("number")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write it: not where these books are.")
@KEY
def head_command(number: str, output: Path, key: str) -> None:
    """Keep the newest version's head for your union, as a file; `./solidarity verify report.pdf --head FILE` proves a report against it."""

    async def work(pool: Pool, actor: Actor) -> None:
        content = await service.keep_head(pool, actor, key, number)
        with written(output) as target:
            target.write(content)

    as_person(work)


@close.command("schedule")
def schedule_command() -> None:
    """What of each month is due when, and which unions are late: month, what, day, who has still to do it; `late` after those that are."""

    async def work(pool: Pool) -> None:
        for month in await close_schedule.show_schedule(pool, OPERATOR):
            for due in month.dues:
                waits = [f"{union}{' late' if union in due.late else ''}" for union, done in (due.done or {}).items() if not done]
                click.echo(f"{month.close.number} {due.name:10} {due.due_on} {'-' if due.done is None else ', '.join(waits) or 'done'}")
            click.echo(f"{month.close.number} officers   {month.escalates_on}")

    on_books(work)


@close.command("due-days")
def due_days_command() -> None:
    """On which business day after a month each thing of its close is due: as it was set, and what holds where nothing was."""

    async def work(pool: Pool) -> None:
        for each in await close_schedule.list_deadlines(pool, OPERATOR):
            click.echo(f"from {each.since:%Y-%m} {_days(each.deadlines)} ({each.person})")
        click.echo(f"before       {_days(Deadlines())}")

    on_books(work)


def _days(deadlines: Deadlines) -> str:
    return ", ".join(f"{name} {day}" for name, day in msgspec.structs.asdict(deadlines).items())


_NTH = click.IntRange(EARLIEST_DAY, LATEST_DAY)


@close.command("set-due-days")
@click.option("--from", "since", type=click.DateTime(["%Y-%m", "%Y-%m-%d"]), required=True, help="The first month that they hold for: this one or later.")
@click.option("--statements", type=_NTH, required=True, help="The business day after the month by which bank statements are there.")
@click.option("--extracts", type=_NTH, required=True, help="By which both ledgers are compared.")
@click.option("--report", type=_NTH, required=True, help="By which the report is fixed.")
@click.option("--signatures", type=_NTH, required=True, help="By which both have signed.")
@KEY
def set_due_days_command(since: datetime, statements: int, extracts: int, report: int, signatures: int, key: str) -> None:
    """Set the due days of a month's close and of those after it; what is due already does not move."""

    async def work(pool: Pool, actor: Actor) -> None:
        asked = Deadlines(statements, extracts, report, signatures)
        kept = await close_schedule.set_deadlines(pool, actor, key, since.date(), asked)
        held = next(each for each in kept if each.since == since.date().replace(day=1))
        click.echo(f"from {held.since:%Y-%m} {_days(held.deadlines)}")

    as_person(work)


@close.command("holidays")
@click.option("--year", type=click.IntRange(2017, 2199), help="Which year; this one where left out.")
def holidays_command(year: int | None) -> None:
    """The days of a year on which banks of each country do not work."""

    async def work(pool: Pool) -> None:
        wanted = year or pool.today().year
        for each in await holidays.list_holidays(pool, OPERATOR, date(wanted, 1, 1), date(wanted, 12, 31)):
            click.echo(f"{each.country} {each.day} {each.name_en} / {each.name_fr} ({each.source})")

    on_books(work)


_DAY = click.DateTime(["%Y-%m-%d"])


@close.command("add-holiday")
@click.argument("country", type=click.Choice(holidays.COUNTRIES))
@click.argument("day", type=_DAY)
@click.option("--english", required=True, help="Its name in English.")
@click.option("--french", required=True, help="Its name in French.")
@click.option("--source", required=True, help="Where it is written.")
@KEY
def add_holiday_command(country: str, day: datetime, english: str, french: str, source: str, key: str) -> None:
    """Say that banks of a country do not work on a day; due days follow it."""

    async def work(pool: Pool, actor: Actor) -> None:
        kept = await holidays.put_holiday(pool, actor, key, Holiday(country, day.date(), english, french, source))
        click.echo(f"{kept.country} {kept.day} {kept.name_en} / {kept.name_fr}")

    as_person(work)


@close.command("remove-holiday")
@click.argument("country", type=click.Choice(holidays.COUNTRIES))
@click.argument("day", type=_DAY)
@KEY
def remove_holiday_command(country: str, day: datetime, key: str) -> None:
    """Say that banks of a country work on a day after all."""

    async def work(pool: Pool, actor: Actor) -> None:
        await holidays.remove_holiday(pool, actor, key, country, day.date())
        click.echo(f"{country} {day:%Y-%m-%d} removed")

    as_person(work)


COMMANDS = [close]
