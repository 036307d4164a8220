"""Say from a terminal what stands between the unions by both books, and decide about steps as the person whose token is set."""

from collections.abc import Awaitable, Callable
from datetime import date

import rich_click as click

from api.commands.run import DAY, KEY, OPERATOR, REASON, as_person, on_books
from ledger.domain.actors import Actor
from ledger.domain.mirrors import MIRRORED, Step
from ledger.domain.money import text_from_minor
from ledger.services import agreements as agreement_service
from ledger.services import equalisation, joint_costs, settlements
from ledger.services import loans as loan_service
from ledger.services import steps as service
from ledger.services.pool import Pool
from ledger.storage.equalisation import CostFilter
from ledger.storage.mirrors import StepFilter

ROWS_MAXIMUM = 1_000
STATES = ("proposed", "accepted", "declined", "withdrawn", "reversed")


@click.group("between")
def between() -> None:
    """Say what the unions owe, lend and agreed with each other, by both books; accept, decline or withdraw a step.

    Steps are taken as a person: SOLIDARITY_TOKEN holds an API token of theirs (`./solidarity token create`), and what they may not do is refused.
    """


@between.command("balances")
@click.option("--on", "day", type=DAY, help="The day it is read at; today where left out.")
def balances_command(day: date | None) -> None:
    """What both books say: of what, who owes whom, in the creditor's book, in the debtor's, and what they differ by, which is zero."""

    async def work(pool: Pool) -> None:
        for each in await service.show_mirrors(pool, OPERATOR, day):
            sums = [text_from_minor(minor, each.currency) for minor in (each.owed_minor, -each.owing_minor, each.difference_minor)]
            of = MIRRORED[each.pair][0]
            click.echo(f"{of:16} {each.debtor:8} owes {each.creditor:8} {each.currency} {sums[0]:>15} {sums[1]:>15} differ by {sums[2]}")

    on_books(work)


@between.command("open")
def open_command() -> None:
    """What is still to settle beside loans, the oldest first: record, kind, day, who owes whom, what is left, of how much."""

    async def work(pool: Pool) -> None:
        for each in await settlements.list_open(pool, OPERATOR):
            left, whole = (text_from_minor(minor, each.currency) for minor in (each.left_minor, each.amount_minor))
            day = str(each.owed_on) if each.record else "-"
            who = f"{each.debtor:8} owes {each.creditor:8}"
            click.echo(f"{each.record or '-':8} {each.kind or '-':13} {day:10} {who} {each.currency} {left:>14} of {whole:>14}")

    on_books(work)


@between.command("loans")
def loans_command() -> None:
    """Every loan, the newest first: number, state, lender, borrower, currency, drawn, outstanding, overdue, what for."""

    async def work(pool: Pool) -> None:
        for loan, at in (await loan_service.list_loans(pool, OPERATOR, limit=ROWS_MAXIMUM)).items:
            sums = [text_from_minor(minor, loan.currency) for minor in (at.drawn_minor, at.outstanding_minor, at.overdue_minor)]
            figures = " ".join(f"{text:>14}" for text in sums)
            click.echo(f"{loan.number:8} {loan.state:9} {loan.lender:8} {loan.borrower:8} {loan.currency} {figures} {loan.purpose}")

    on_books(work)


@between.command("steps")
@click.option("--state", type=click.Choice(STATES), metavar="STATE", help=f"Only in this state: {', '.join(STATES)}.")
def steps_command(state: str | None) -> None:
    """Steps, the newest first: number, state, kind, day, who owes, who is owed, amount, record."""

    async def work(pool: Pool) -> None:
        for step in (await service.list_steps(pool, OPERATOR, StepFilter(state=state), limit=ROWS_MAXIMUM)).items:
            click.echo(_line(step))

    on_books(work)


def _line(step: Step) -> str:
    amount = f"{step.currency} {text_from_minor(step.amount_minor, step.currency)}"
    return f"{step.number:8} {step.state:9} {step.kind:16} {step.entry_date} {step.debtor:8} {step.creditor:8} {amount:>18} {step.subject}"


@between.command("agreements")
def agreements_command() -> None:
    """Agreements, one version a line: number and version, how it stands, kind, from, to, what it fixes of a charge-back, title."""

    async def work(pool: Pool) -> None:
        for each in (await agreement_service.list_agreements(pool, OPERATOR, limit=ROWS_MAXIMUM)).items:
            kept, percent = each.agreement, each.agreement.terms.charge_back_percent
            share = "-" if percent is None else f"{percent.normalize():f} %"
            days = f"{kept.valid_from} {kept.valid_to or '-':10}"
            click.echo(f"{kept.number:8} v{kept.version:<3} {each.standing:10} {kept.kind:12} {days} {share:>7} {kept.title}")

    on_books(work)


@between.command("costs")
def costs_command() -> None:
    """Joint costs, the newest first: number, state, union, day, amount, the equalisation that took it, what for."""

    async def work(pool: Pool) -> None:
        for each in (await joint_costs.list_costs(pool, OPERATOR, CostFilter(), limit=ROWS_MAXIMUM)).items:
            amount = f"{each.currency} {text_from_minor(each.amount_minor, each.currency)}"
            click.echo(f"{each.number:8} {each.state:9} {each.union:8} {each.paid_on} {amount:>18} {each.equalisation or '-':8} {each.what}")

    on_books(work)


@between.command("equalisations")
def equalisations_command() -> None:
    """Equalisations, the newest first: number, state, period, what was shared, who owes whom what, agreement."""

    async def work(pool: Pool) -> None:
        for each in (await equalisation.list_equalisations(pool, OPERATOR, limit=ROWS_MAXIMUM)).items:
            pooled = f"{each.currency} {text_from_minor(each.pool_minor, each.currency)}"
            owed = f"{each.debt_currency} {text_from_minor(each.balance_minor, each.debt_currency)}"
            who = f"{each.debtor} owes {each.creditor} {owed}" if each.debtor else "nobody owes anything"
            click.echo(f"{each.number:8} {each.state:9} {each.starts_on} {each.ends_on} {pooled:>18} {who}, by {each.agreement}")

    on_books(work)


@between.command("accept")
@click.argument("number")
@click.option("--account", type=click.IntRange(1), help="Id of your union's own bank account, where money moves.")
@click.option("--fund", default="", help="Code of your own fund: for a settlement, a charge-back and an equalisation.")
@KEY
def accept_command(number: str, account: int | None, fund: str, key: str) -> None:
    """Accept a step, such as M-0012: both books hold it from then on."""

    async def work(pool: Pool, actor: Actor) -> Step:
        return await service.accept_step(pool, actor, key, number, fund, account)

    click.echo(_line(as_person(work)))


@between.command("decline")
@click.argument("number")
@REASON
@KEY
def decline_command(number: str, reason: str, key: str) -> None:
    """Decline the other union's step; nothing is recorded in the books."""
    _drop(service.decline_step, number, reason, key)


@between.command("withdraw")
@click.argument("number")
@REASON
@KEY
def withdraw_command(number: str, reason: str, key: str) -> None:
    """Take your own union's step back while the other has not decided."""
    _drop(service.withdraw_step, number, reason, key)


def _drop(drop: Callable[[Pool, Actor, str, str, str], Awaitable[Step]], number: str, reason: str, key: str) -> None:
    click.echo(_line(as_person(lambda pool, actor: drop(pool, actor, key, number, reason))))


COMMANDS = [between]
