"""Bring bank statements in and match them from a terminal, as the person whose token is set; say how each account stands."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import rich_click as click

from api.commands import CommandFailed
from api.commands.import_ import import_group
from api.commands.run import DAY, KEY, OPERATOR, REASON, as_person, in_words, on_books
from ledger.domain.actors import Actor
from ledger.domain.bank import LINE_STATES, BookLine
from ledger.domain.bank_files import StatementFile
from ledger.domain.bank_matching import BULK
from ledger.domain.bank_rules import ACTIONS, DIRECTIONS, RECORDED, Action, Direction, Rule, RuleChange
from ledger.domain.exchange import parse_rate
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.domain.sheet_profiles import Profile
from ledger.services import (
    bank_match_views,
    bank_matching,
    bank_reconciliation,
    bank_records,
    bank_rules,
    bank_sheets,
    bank_standings,
    bank_starts,
    bank_statements,
)
from ledger.services.bank_match_views import MatchFilter
from ledger.services.bank_records import RecordLine
from ledger.services.bank_statements import Asked
from ledger.services.pool import Pool

ROWS_MAXIMUM = 1_000


class Place(click.ParamType[tuple[int, int]]):
    """A posting: ``412.2`` is the second line of J-412."""

    name = "entry.line"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The place, or a usage error."""
        found = re.fullmatch(r"(?:J-)?([0-9]{1,15})\.([0-9]{1,4})", str(value), re.ASCII)
        return (int(found[1]), int(found[2])) if found else self.fail(f"{value!r} is not a posting such as 412.2", param, ctx)


PLACE = Place()
ACCOUNT = click.option("--account", type=click.IntRange(1), required=True, help="Id of the bank account; `bank accounts` lists them.")


@import_group.command("statement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ACCOUNT
@click.option("--from", "starts_on", type=DAY, help="First day of the statement, for a CSV or XLSX, which says only the days of its lines.")
@click.option("--to", "ends_on", type=DAY, help="Last day of the statement, for a CSV or XLSX.")
@click.option("--number", "bank_account", default="", help="The bank's number of the account, where the file holds several.")
@click.option("--new-number", is_flag=True, help="The bank changed the account's number: take the file all the same.")
@click.option("--opening", default="", metavar="AMOUNT", help="What it held before the first line, where neither the file nor an earlier one says it.")
@click.option("--profile", "reading", default="", metavar="NAME", help="Read a CSV or XLSX as this account of your union is read.")
@click.option("--look", is_flag=True, help="Say what it holds and what it leaves open, and keep nothing.")
@KEY
def import_statement(
    file: Path, account: int, starts_on: date | None, ends_on: date | None, bank_account: str, new_number: bool, opening: str, reading: str,
    look: bool, key: str,
) -> None:  # fmt: skip
    """Bring a bank's file in (OFX, QFX, camt.053, MT940, BAI2, CSV, XLSX), whole or not at all; needs SOLIDARITY_TOKEN.

    The columns of a CSV or XLSX are read as they were on the page before, or as their headings say.
    """
    content = file.read_bytes()

    async def work(pool: Pool, actor: Actor) -> list[str]:
        sheet = await bank_sheets.look(pool, actor, account, content, whole=await _saved(pool, actor, reading))
        profile = sheet.profile if sheet else None
        found: list[StatementFile] = bank_sheets.read(content, file.name, sheet, starts_on, ends_on)
        currency = await bank_standings.currency_of(pool, actor, account)
        minor = minor_from_text(opening, currency) if opening else None
        asked = Asked(opening_minor=minor, bank_account=bank_account, new_number=new_number, profile=profile)
        if not look:
            bank_sheets.check_chosen(sheet)
            return await bank_statements.import_statement(pool, actor, key, account, file.name, content, found, asked)
        shown = await bank_statements.preview_import(pool, actor, account, file.name, content, found, asked)
        if shown.refusal:
            raise shown.refusal
        told = [f"{each.starts_on} {each.ends_on}: {each.new} new lines, {each.known} known" for each in shown.incoming]
        return [*told, *[f"{in_words(each)} Name a way of reading with --profile." for each in (sheet.doubts if sheet else [])]]

    for said in as_person(work):
        click.echo(said)


async def _saved(pool: Pool, actor: Actor, name: str) -> Profile | None:
    """A way of reading that was kept; None where none is named."""
    kept = await bank_sheets.saved_profiles(pool, actor) if name else {}
    if name and name not in kept:
        raise CommandFailed(f"no way of reading is kept as {name!r}; {'kept: ' + ', '.join(kept) if kept else 'your union keeps none yet'}")
    return kept.get(name)


@click.group("bank")
def bank() -> None:
    """Say how the bank accounts stand, what is proposed for their lines, and prove them; accept what is certain.

    Accepting is done as a person: SOLIDARITY_TOKEN holds an API token of theirs (`./solidarity token create`), and what they may not do is refused.
    """


@bank.command("accounts")
def accounts_command() -> None:
    """Every bank account: id, what comes next, statements to, reconciled to, open lines, name."""

    async def work(pool: Pool) -> None:
        for each in await bank_standings.standings(pool, OPERATOR):
            days = f"{each.covered_to or '-'!s:10} {each.reconciled_to or '-'!s:10}"
            click.echo(f"{each.account.id:6} {each.next_step:9} {days} {each.open_lines:6} {each.account.label}")

    on_books(work)


@bank.command("lines")
@ACCOUNT
@click.option("--state", type=click.Choice(LINE_STATES), metavar="STATE", help=f"Only in this state: {', '.join(LINE_STATES)}.")
def lines_command(account: int, state: str | None) -> None:
    """An account's lines, the oldest first: number, state, day, amount, what the bank says."""

    async def work(pool: Pool) -> None:
        view = await bank_match_views.show_matching(pool, OPERATOR, account, MatchFilter(state=state), limit=ROWS_MAXIMUM)
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
        for each in await bank_match_views.propose(pool, OPERATOR, account):
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
        found = await bank_match_views.propose(pool, actor, account) if certain else []
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


@bank.command("statements")
@ACCOUNT
def statements_command(account: int) -> None:
    """An account's statements, the last brought in first: number, state, days, opening, closing, lines, how many of them are open."""

    async def work(pool: Pool) -> None:
        found, _ = await bank_statements.list_statements(pool, OPERATOR, account, limit=ROWS_MAXIMUM)
        for each in found:
            opening, closing = (text_from_minor(minor, each.currency) for minor in (each.opening_minor, each.closing_minor))
            days = f"{each.starts_on} {each.ends_on}"
            click.echo(f"{each.number} {each.state:9} {days} {each.currency} {opening:>14} {closing:>14} {each.lines:6} {each.open_lines:6}")

    on_books(work)


@bank.command("withdraw")
@click.argument("number")
@REASON
@KEY
def withdraw_command(number: str, reason: str, key: str) -> None:
    """Withdraw an account's last statement, by its NUMBER such as BS-0007, while nothing of it was dealt with."""
    gone = as_person(lambda pool, actor: bank_statements.withdraw_statement(pool, actor, key, number, reason))
    click.echo(f"{gone.number}: {gone.state}")


@bank.command("start")
@ACCOUNT
@click.option("--outstanding", "places", multiple=True, type=PLACE, help="A posting that the bank had not seen, as ENTRY.LINE; --look lists them.")
@click.option("--look", is_flag=True, help="Say what it is set from and keep nothing.")
@KEY
def start_command(account: int, places: tuple[tuple[int, int], ...], look: bool, key: str) -> None:
    """Say what was in circulation when an account's first statement opened: what the book and the bank differed by, to the cent."""

    async def work(pool: Pool, actor: Actor) -> list[str]:
        if not look:
            start = await bank_starts.set_start(pool, actor, key, account, places)
            return [f"{start.starts_on}: {len(places)} in circulation"]
        view = await bank_starts.show_start(pool, actor, account)
        return [_money(view.difference_minor, view.account.currency, "difference"), *[_posting(each, view.account.currency) for each in view.postings]]

    for said in as_person(work):
        click.echo(said)


@bank.command("postings")
@ACCOUNT
def postings_command(account: int) -> None:
    """An account's postings that no match holds, the oldest first: ENTRY.LINE, day, amount, what the books say."""

    async def work(pool: Pool) -> None:
        currency = await bank_standings.currency_of(pool, OPERATOR, account)
        for each in (await bank_match_views.open_postings(pool, OPERATOR, account, limit=ROWS_MAXIMUM))[0]:
            click.echo(_posting(each, currency))

    on_books(work)


def _posting(each: BookLine, currency: str) -> str:
    return f"{f'{each.entry}.{each.line}':>10} {each.day} {_money(each.amount_minor, currency)} {each.reference} {each.description}".rstrip()


def _money(minor: int, currency: str, name: str = "") -> str:
    return f"{name} {currency} {text_from_minor(minor, currency):>14}".lstrip()


@bank.command("match")
@ACCOUNT
@click.option("--line", "lines", multiple=True, type=click.IntRange(1), help="Number of a bank line; `bank lines` lists them.")
@click.option("--posting", "places", multiple=True, type=PLACE, help="A posting as ENTRY.LINE; `bank postings` lists them.")
@click.option("--remark", default="", help="Why they are the same money, where it is not plain.")
@KEY
def match_command(account: int, lines: tuple[int, ...], places: tuple[tuple[int, int], ...], remark: str, key: str) -> None:
    """Match lines and postings that you chose; both sides come to the same, and either may be empty where the other cancels itself out."""
    made = as_person(lambda pool, actor: bank_matching.match_by_hand(pool, actor, key, account, lines, places, remark))
    click.echo(f"match {made}")


@bank.command("undo")
@click.argument("match", type=click.IntRange(1))
@KEY
def undo_command(match: int, key: str) -> None:
    """Undo a MATCH by its id; an entry that was recorded with it stays in the books."""
    gone = as_person(lambda pool, actor: bank_matching.undo_match(pool, actor, key, match))
    click.echo(f"match {gone.id} undone: {len(gone.lines)} lines and {len(gone.postings)} postings are open")


@bank.command("record")
@click.argument("line", type=click.IntRange(1))
@click.option("--as", "action", type=click.Choice(RECORDED), required=True, metavar="WHAT", help=f"What it is: {', '.join(RECORDED)}.")
@click.option("--fund", default="", help="Its fund.")
@click.option("--union", default="", help="Whose contribution it is.")
@click.option("--transfer", default="", help="The transfer that was received, such as T-0042.")
@click.option("--fee", default="", metavar="AMOUNT", help="What the bank kept of the transfer.")
@click.option("--rate", default=None, metavar="RATE", help="The bank's rate, CAD for one USD, where it converted.")
@click.option("--description", default="", help="What the journal says; else what it is and the line's number, and never the bank's own words.")
@click.option("--learn", is_flag=True, help="Keep a rule for lines of the same words.")
@KEY
def record_command(
    line: int, action: Action, fund: str, union: str, transfer: str, fee: str, rate: str | None, description: str, learn: bool, key: str
) -> None:
    """Record the entry that a LINE lacks and match it with the line, in one step."""

    async def work(pool: Pool, actor: Actor) -> int:
        account, _ = await bank_match_views.show_line(pool, actor, line)
        asked = RecordLine(
            line=line, action=action, fund=fund, union=union, transfer=transfer, description=description, learn=learn,
            fee_minor=minor_from_text(fee, account.currency) if fee else 0, rate=parse_rate(rate) if rate else None,
        )  # fmt: skip
        return await bank_records.record_line(pool, actor, key, asked)

    click.echo(f"J-{as_person(work)}")


@bank.command("exclude")
@click.argument("line", type=click.IntRange(1))
@REASON
@KEY
def exclude_command(line: int, reason: str, key: str) -> None:
    """Leave a LINE out as the bank's error; the proof lists it with the reason until the bank puts it right."""
    as_person(lambda pool, actor: bank_matching.exclude_line(pool, actor, key, line, reason))
    click.echo(f"line {line}: excluded")


@bank.command("include")
@click.argument("line", type=click.IntRange(1))
@KEY
def include_command(line: int, key: str) -> None:
    """Take a LINE back that was left out."""
    as_person(lambda pool, actor: bank_matching.include_line(pool, actor, key, line))
    click.echo(f"line {line}: new")


@bank.command("rules")
def rules_command() -> None:
    """The rules of both unions: id, version, union, way, what is done, how often it was, the words."""

    async def work(pool: Pool) -> None:
        for each in await bank_rules.list_rules(pool, OPERATOR):
            click.echo(f"{each.id:6} v{each.version:<3} {each.union:7} {each.direction:4} {each.action:12} {each.uses:5} {each.words}")

    on_books(work)


@bank.command("write-rule")
@click.argument("words")
@click.option("--direction", type=click.Choice(DIRECTIONS), required=True, metavar="WAY", help="Money in, out, or both.")
@click.option("--as", "action", type=click.Choice(ACTIONS), required=True, metavar="WHAT", help=f"What is proposed: {', '.join(ACTIONS)}.")
@click.option("--fund", default="", help="The fund of what is recorded.")
@click.option("--union", default="", help="Whose contribution it is.")
@click.option("--id", "rule_id", type=click.IntRange(1), help="Change this rule of your union in place of writing a new one.")
@click.option("--version", type=click.IntRange(1), default=1, help="The version of it that you read.")
@KEY
def write_rule_command(words: str, direction: Direction, action: Action, fund: str, union: str, rule_id: int | None, version: int, key: str) -> None:
    """Propose the same for every line that holds all of the WORDS; a person accepts."""
    facts = {name: text for name, text in (("fund", fund), ("union", union)) if text}
    asked = RuleChange(words=words, direction=direction, action=action, facts=facts)

    async def work(pool: Pool, actor: Actor) -> Rule:
        if rule_id is None:
            return await bank_rules.write_rule(pool, actor, key, asked)
        return await bank_rules.change_rule(pool, actor, key, rule_id, version, asked)

    kept = as_person(work)
    click.echo(f"rule {kept.id} v{kept.version}")


@bank.command("retire-rule")
@click.argument("rule", type=click.IntRange(1))
@click.option("--version", type=click.IntRange(1), required=True, help="The version of it that you read.")
@KEY
def retire_rule_command(rule: int, version: int, key: str) -> None:
    """Propose nothing by a RULE any more."""
    as_person(lambda pool, actor: bank_rules.retire_rule(pool, actor, key, rule, version))
    click.echo(f"rule {rule} retired")


@bank.command("reconcile")
@ACCOUNT
@click.option("--on", "day", type=DAY, required=True, help="The last day of a statement.")
@click.option("--remark", default="", help="Words beside it.")
@KEY
def reconcile_command(account: int, day: date, remark: str, key: str) -> None:
    """State that an account is proved at a statement's last day; whoever paid from it in the period does not."""
    done = as_person(lambda pool, actor: bank_reconciliation.reconcile(pool, actor, key, account, day, remark))
    click.echo(f"{done.ends_on} {done.statement} reconciled")


@bank.command("reopen")
@ACCOUNT
@click.option("--on", "day", type=DAY, required=True, help="The day of the account's last reconciliation.")
@REASON
@KEY
def reopen_command(account: int, day: date, reason: str, key: str) -> None:
    """Take an account's last reconciliation back; earlier ones stand."""
    done = as_person(lambda pool, actor: bank_reconciliation.undo_reconciliation(pool, actor, key, account, day, reason))
    click.echo(f"{done.ends_on} {done.statement} open again")


COMMANDS = [bank]
