"""Say from a terminal how long records are kept, which holds stand and what was filed; place and let go holds, and record filings."""

from datetime import date

import rich_click as click

from api.commands.run import DAY, KEY, OPERATOR, as_person, on_books
from ledger.domain.actors import Actor
from ledger.domain.retention import Filing, Hold, PlaceHold, RecordFiling
from ledger.services import holds as hold_service
from ledger.services import retention as service
from ledger.services.pool import Pool


@click.group("retention")
def retention() -> None:
    """Say how long records are kept; place holds and let them go; record when reports were filed.

    Steps are taken as a person: SOLIDARITY_TOKEN holds an API token of theirs (`./solidarity token create`), and what they may not do is refused.
    """


@retention.command("classes")
def classes_command() -> None:
    """Each class of record: code, rule, oldest record, from when it may be deleted, the holds that stand on it."""

    async def work(pool: Pool) -> None:
        for each in (await service.overview(pool, OPERATOR)).classes:
            rule = f"{each.kind.days} days" if each.kind.rule == "days" else each.kind.rule
            itself = "by itself" if each.kind.by_itself else "-"
            days = f"{each.oldest or '-'!s:10} {each.earliest or '-'!s:10}"
            click.echo(f"{each.kind.code:20} {rule:10} {itself:9} {days} {','.join(each.holds) or '-'}")

    on_books(work)


@retention.command("holds")
def holds_command() -> None:
    """Every hold, the newest first: number, how it stands, what it keeps, who placed it and when, who says that it may go, reason."""

    async def work(pool: Pool) -> None:
        for each in (await service.overview(pool, OPERATOR)).holds:
            click.echo(_hold(each))

    on_books(work)


def _hold(hold: Hold) -> str:
    state = f"gone {hold.released_at:%Y-%m-%d}" if hold.released_at else "stands"
    words = ",".join(f"{word.person} ({word.union})" for word in hold.words) or "-"
    placed = f"{hold.placed_by} ({hold.placed_by_union}) {hold.placed_at:%Y-%m-%d}"
    return f"{hold.number:8} {state:15} {hold.strike or hold.union or 'all':8} {placed} | {words} | {hold.reason}"


@retention.command("place-hold")
@click.option("--on", "what", required=True, help="What it keeps: all, union (the records of yours), or a strike's number such as S-0003.")
@click.option("--reason", required=True, help="Why, as people of both unions read it; it names no member.")
@KEY
def place_hold_command(what: str, reason: str, key: str) -> None:
    """Place a hold; it stands at once."""

    async def work(pool: Pool, actor: Actor) -> Hold:
        match what:
            case "all":
                asked = PlaceHold(scope="all", reason=reason)
            case "union":
                asked = PlaceHold(scope="union", union=actor.union, reason=reason)
            case _:
                asked = PlaceHold(scope="strike", strike=what, reason=reason)
        return await hold_service.place_hold(pool, actor, key, asked)

    click.echo(_hold(as_person(work)))


@retention.command("release-hold")
@click.argument("number")
@KEY
def release_hold_command(number: str, key: str) -> None:
    """Say that a hold may go: it takes a person of each union for a hold on everything, else two people of its union."""
    click.echo(_hold(as_person(lambda pool, actor: hold_service.release_hold(pool, actor, key, number))))


@retention.command("keep-hold")
@click.argument("number")
@KEY
def keep_hold_command(number: str, key: str) -> None:
    """Say that a hold stays, where somebody said that it may go: what was said before counts no more."""
    click.echo(_hold(as_person(lambda pool, actor: hold_service.keep_hold(pool, actor, key, number))))


@retention.command("filings")
def filings_command() -> None:
    """When the unions filed their reports, the newest fiscal year first: number, union, report, year's end, filed on, what it corrects, documents."""

    async def work(pool: Pool) -> None:
        for each in (await service.overview(pool, OPERATOR)).filings:
            click.echo(_filing(each))

    on_books(work)


def _filing(filing: Filing) -> str:
    how = f"corrects {filing.corrects}" if filing.corrects else ""
    how += f" corrected by {filing.corrected_by}" if filing.corrected_by else ""
    names = ", ".join(each.filename for each in filing.documents) or "-"
    return f"{filing.number:8} {filing.union:8} {filing.form:12} {filing.fiscal_year_end} {filing.filed_on} {how.strip() or '-'} | {names}"


@retention.command("record-filing")
@click.option("--form", required=True, help="The report as the authority calls it, such as LM-2 or T2.")
@click.option("--fiscal-year-end", type=DAY, required=True, help="The last day of the fiscal year.")
@click.option("--filed-on", type=DAY, required=True, help="The day it was filed.")
@click.option("--corrects", help="The record that this one holds instead of, such as FL-0001.")
@KEY
def record_filing_command(form: str, fiscal_year_end: date, filed_on: date, corrects: str | None, key: str) -> None:
    """Record when your union filed a report; its document is attached on the filing's page, or over the JSON API."""

    async def work(pool: Pool, actor: Actor) -> Filing:
        asked = RecordFiling(union=actor.union or "", form=form, fiscal_year_end=fiscal_year_end, filed_on=filed_on, corrects=corrects)
        return await service.record_filing(pool, actor, key, asked)

    click.echo(_filing(as_person(work)))


COMMANDS = [retention]
