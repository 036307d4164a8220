"""Say from a terminal what both unions' ledgers say of each other at a cut-off, and what differs."""

from datetime import date

import rich_click as click

from api.commands.run import DAY, OPERATOR, on_books
from ledger.domain.money import text_from_minor
from ledger.services import comparison as service
from ledger.services import differences
from ledger.services.comparison import Comparison
from ledger.services.pool import Pool

ROWS_MAXIMUM = 1_000


@click.group("comparison")
def comparison() -> None:
    """Say what both unions' ledgers and the pool's journal say of each other, and what differs. `./solidarity import extract` brings a ledger in."""


@comparison.command("show")
@click.argument("day", type=DAY)
def show_command(day: date) -> None:
    """What stands between the unions at the cut-off DAY: both balances, every difference by class, and what is unexplained."""

    async def work(pool: Pool) -> None:
        cutoff = await service.show_cutoff(pool, OPERATOR, day)
        for each in cutoff.comparisons:
            _show(each)
        if not cutoff.comparisons:
            click.echo("nothing is owed")

    on_books(work)


def _show(each: Comparison) -> None:
    def figure(minor: int | None) -> str:
        return "-" if minor is None else text_from_minor(minor, each.currency)

    sums = f"{figure(each.creditor_minor)} - {figure(each.debtor_minor)} = {figure(each.difference_minor)}"
    what = f"{each.debtor} owes {each.creditor}" if each.about == "owed" else f"{each.about.replace('_', ' ')} of {each.creditor}"
    click.echo(f"{each.number or '-':8} {what}, {each.currency}: {sums}")
    for line in each.lines:
        sides = f"{figure(line.creditor_minor):>14} {figure(line.debtor_minor):>14} {figure(line.difference_minor):>14}"
        click.echo(f"  {line.number or '-':8} {line.kind:20} {sides}  {line.owner or '-':8} {line.due_on or '-'}  {line.reference}")
    agreed = ", ".join(one.union for one in each.agreed) or "nobody"
    click.echo(f"  unexplained {figure(each.unexplained_minor)}, tolerance {figure(each.tolerance_minor)}; {each.standing}, agreed by {agreed}")


@comparison.command("differences")
@click.option("--state", type=click.Choice(["open", "resolved"]), default="open", show_default=True, help="Which.")
def differences_command(state: str) -> None:
    """Differences, the newest first: number, class, who owes whom, the difference, owner, day, reference."""

    async def work(pool: Pool) -> None:
        for each in (await differences.list_differences(pool, OPERATOR, state, limit=ROWS_MAXIMUM)).items:
            gap = text_from_minor(each.difference_minor, each.currency)
            who = f"{each.debtor:8} {each.creditor:8}"
            click.echo(f"{each.number:8} {each.kind:20} {who} {each.currency} {gap:>14} {each.owner or '-':8} {each.due_on or '-'} {each.reference}")

    on_books(work)


COMMANDS = [comparison]
