"""List advances to locals on strike from a terminal, and approve and pay one as the person whose token is set."""

from datetime import date

import rich_click as click

from api.commands.run import DAY, KEY, OPERATOR, as_person, on_books
from api.commands.strikes import amount, strikes
from ledger.domain.strike_advances import Advance, PayAdvance, Statement
from ledger.services import strike_advance_views
from ledger.services import strike_advances as service
from ledger.services.pool import Pool
from ledger.services.strike_advance_cases import Case
from ledger.services.strikes import written


@strikes.command("advances")
@click.argument("strike", required=False)
def advances_command(strike: str | None) -> None:
    """What locals were advanced in every strike, or in one STRIKE: a line for each local, then one for each of its weeks."""

    async def work(pool: Pool) -> None:
        for case in await strike_advance_views.list_advances(pool, OPERATOR):
            for each in case.statements if strike is None or case.strike.number == written(strike) else ():
                for line in _statement(case, each):
                    click.echo(line)

    on_books(work)


def _statement(case: Case, each: Statement) -> list[str]:
    sums = ", ".join(f"{name} {amount(getattr(each, f'{name}_minor'), each.currency)}" for name in ("advanced", "accepted", "returned", "open"))
    rows = [
        f"  {line.week.number:>4} {line.advance.number if line.advance else '-':8} {line.advance.state if line.advance else '-':10} "
        f"report {line.report.state if line.report else '-':9} {line.hold or '-'}"
        for line in each.weeks
    ]  # fmt: skip
    return [f"{case.strike.number} local {each.local.number}: {sums}", *rows]


@strikes.command("advance")
@click.argument("number")
def advance_command(number: str) -> None:
    """One advance, such as SA-0012: whose it is, how much, how it stands and what holds it back."""

    async def work(pool: Pool) -> None:
        view = await strike_advance_views.show_advance(pool, OPERATOR, number)
        each, line = view.advance, view.line
        click.echo(f"{_stands(each)}; strike {each.strike}, local {each.local.number}, week {each.week}, {each.strikers} strikers")
        click.echo(f"Held back: {line.hold or '-'}{f' (week {line.missing_week})' if line.missing_week else ''}")
        for event in view.events:
            click.echo(f"{event.recorded_at:%Y-%m-%d %H:%M} {event.what}")

    on_books(work)


def _stands(each: Advance) -> str:
    return f"{each.number}: {each.state}, {amount(each.amount_minor, each.currency)}"


@strikes.command("approve-advance")
@click.argument("number")
@KEY
def approve_command(number: str, key: str) -> None:
    """Approve an advance that another person proposed; needs SOLIDARITY_TOKEN."""
    click.echo(_stands(as_person(lambda pool, actor: service.approve_advance(pool, actor, key, number))))


@strikes.command("pay-advance")
@click.argument("number")
@click.option("--account", type=click.IntRange(1), required=True, help="Id of the joint bank account that pays, as its page shows it.")
@click.option("--on", "day", type=DAY, required=True, help="The day the money leaves, ISO.")
@KEY
def pay_command(number: str, account: int, day: date, key: str) -> None:
    """Pay an approved advance, by another than who approved it; needs SOLIDARITY_TOKEN."""
    asked = PayAdvance(account=account, paid_on=day)
    click.echo(_stands(as_person(lambda pool, actor: service.pay_advance(pool, actor, key, number, asked))))
