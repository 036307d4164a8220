"""Bring bank statements in and match them from a terminal, as the person whose token is set; say how each account stands."""

from datetime import date
from pathlib import Path

import rich_click as click

from api.commands.import_ import import_group
from api.commands.run import DAY, KEY, OPERATOR, as_person, on_books
from ledger.domain.actors import Actor
from ledger.domain.bank import LINE_STATES
from ledger.domain.bank_files import StatementFile
from ledger.domain.bank_matching import BULK
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.services import bank_matching, bank_reconciliation, bank_sheets, bank_statements
from ledger.services.bank_matching import MatchFilter
from ledger.services.bank_statements import Asked
from ledger.services.pool import Pool

ROWS_MAXIMUM = 1_000
ACCOUNT = click.option("--account", type=click.IntRange(1), required=True, help="Id of the bank account; `bank accounts` lists them.")


@import_group.command("statement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ACCOUNT
@click.option("--from", "starts_on", type=DAY, help="First day of the statement, for a CSV or XLSX, which says only the days of its lines.")
@click.option("--to", "ends_on", type=DAY, help="Last day of the statement, for a CSV or XLSX.")
@click.option("--number", "bank_account", default="", help="The bank's number of the account, where the file holds several.")
@click.option("--new-number", is_flag=True, help="The bank changed the account's number: take the file all the same.")
@click.option("--opening", default="", metavar="AMOUNT", help="What it held before the first line, where neither the file nor an earlier one says it.")
@click.option("--look", is_flag=True, help="Say what it holds and keep nothing.")
@KEY
def import_statement(
    file: Path, account: int, starts_on: date | None, ends_on: date | None, bank_account: str, new_number: bool, opening: str, look: bool, key: str
) -> None:
    """Bring a bank's file in (OFX, QFX, camt.053, MT940, BAI2, CSV, XLSX), whole or not at all; needs SOLIDARITY_TOKEN.

    The columns of a CSV or XLSX are read as they were on the page before, or as their headings say.
    """
    content = file.read_bytes()

    async def work(pool: Pool, actor: Actor) -> list[str]:
        sheet = await bank_sheets.look(pool, actor, account, content)
        profile = sheet.profile if sheet else None
        found: list[StatementFile] = bank_sheets.read(content, file.name, profile, starts_on, ends_on)
        currency = (await bank_statements.show_standing(pool, actor, account)).account.currency
        minor = minor_from_text(opening, currency) if opening else None
        asked = Asked(opening_minor=minor, bank_account=bank_account, new_number=new_number, profile=profile)
        if not look:
            return await bank_statements.import_statement(pool, actor, key, account, file.name, content, found, asked)
        shown = await bank_statements.preview_import(pool, actor, account, file.name, content, found, asked)
        if shown.refusal:
            raise shown.refusal
        return [f"{each.starts_on} {each.ends_on}: {each.new} new lines, {each.known} known" for each in shown.incoming]

    for said in as_person(work):
        click.echo(said)


@click.group("bank")
def bank() -> None:
    """Say how the bank accounts stand, what is proposed for their lines, and prove them; accept what is certain.

    Accepting is done as a person: SOLIDARITY_TOKEN holds an API token of theirs (`./solidarity token create`), and what they may not do is refused.
    """


@bank.command("accounts")
def accounts_command() -> None:
    """Every bank account: id, what comes next, statements to, reconciled to, open lines, name."""

    async def work(pool: Pool) -> None:
        for each in await bank_statements.standings(pool, OPERATOR):
            days = f"{each.covered_to or '-'!s:10} {each.reconciled_to or '-'!s:10}"
            click.echo(f"{each.account.id:6} {each.next_step:9} {days} {each.open_lines:6} {each.account.label}")

    on_books(work)


@bank.command("lines")
@ACCOUNT
@click.option("--state", type=click.Choice(LINE_STATES), metavar="STATE", help=f"Only in this state: {', '.join(LINE_STATES)}.")
def lines_command(account: int, state: str | None) -> None:
    """An account's lines, the oldest first: number, state, day, amount, what the bank says."""

    async def work(pool: Pool) -> None:
        view = await bank_matching.show_matching(pool, OPERATOR, account, MatchFilter(state=state), limit=ROWS_MAXIMUM)
        currency = view.standing.account.currency
        for each in view.shown:
            line = each.line
            click.echo(f"{line.number:8} {line.state:9} {line.day} {currency} {text_from_minor(line.amount_minor, currency):>14} {line.words}")

    on_books(work)


@bank.command("propose")
@ACCOUNT
def propose_command(account: int) -> None:
    """What is proposed, strongest first: the mark that names it, its amount in minor units, days apart, what was found."""

    async def work(pool: Pool) -> None:
        for each in await bank_matching.propose(pool, OPERATOR, account):
            click.echo(f"{each.mark} {each.amount_minor} {each.days} {each.found}".rstrip())

    on_books(work)


@bank.command("accept")
@ACCOUNT
@click.argument("marks", nargs=-1)
@click.option("--certain", is_flag=True, help="Everything that agrees by reference and amount, and entries that cancel each other out.")
@KEY
def accept_command(account: int, marks: tuple[str, ...], certain: bool, key: str) -> None:
    """Accept proposals by their marks, all or none."""

    async def work(pool: Pool, actor: Actor) -> list[int]:
        found = await bank_matching.propose(pool, actor, account) if certain else []
        wanted = [*marks, *[each.mark for each in found if each.by in BULK and each.mark not in marks]]
        return await bank_matching.accept(pool, actor, key, account, wanted) if wanted else []

    click.echo(f"{len(as_person(work))} matched")


@bank.command("proof")
@ACCOUNT
@click.option("--on", "day", type=DAY, help="The day it is made at; where left out, the end of the first month that waits.")
def proof_command(account: int, day: date | None) -> None:
    """The proof of cash: statement, deposits in transit, outstanding payments, the bank's errors, the book, and what they differ by."""

    async def work(pool: Pool) -> None:
        found = (await bank_reconciliation.show_proof(pool, OPERATOR, account, day)).proof
        sums = {
            "statement": found.statement_minor or 0, "deposits in transit": found.deposits_minor, "outstanding payments": found.payments_minor,
            "bank errors": found.bank_errors_minor, "recorded later": found.recorded_later_minor, "adjusted bank": found.adjusted_minor,
            "book": found.book_minor, "difference": found.difference_minor,
        }  # fmt: skip
        click.echo(f"{found.day} {found.statement or 'no statement'}{' reconciled' if found.reconciled else ''}")
        for name, minor in sums.items():
            click.echo(f"{name:22} {found.currency} {text_from_minor(minor, found.currency):>16}")

    on_books(work)


COMMANDS = [bank]
