"""List strikes and show one from a terminal: what an operator or a script asks, with nothing of any roster."""

import rich_click as click

from api.commands.run import OPERATOR, on_books
from ledger.domain.money import text_from_minor
from ledger.domain.strike_weeks import Next
from ledger.domain.strikes import STATES
from ledger.services import strike_weeks
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strike_weeks import Standing
from ledger.storage.strikes import StrikeFilter

ROWS_MAXIMUM = 1_000


@click.group("strikes")
def strikes() -> None:
    """List strikes and lockouts; show one week by week."""


@strikes.command("list")
@click.option("--state", type=click.Choice(STATES), metavar="STATE", help=f"Only in this state: {', '.join(STATES)}.")
@click.option("--live", is_flag=True, help="Leave out the closed and the called off.")
def list_command(state: str | None, live: bool) -> None:
    """The strikes of both unions, the newest first: number, state, union, members out, weeks, what they cost so far, name."""

    async def work(pool: Pool) -> None:
        board = await strike_weeks.board(pool, OPERATOR, StrikeFilter(state=state, live=live), limit=ROWS_MAXIMUM)
        for each in board.items:
            strike, out = each.strike, each.strike.expected if each.out is None else each.out
            click.echo(f"{strike.number:8} {strike.state:10} {strike.union:8} {out:6} {len(each.weeks):4} {_spent(each):>18} {strike.name}")

    on_books(work)


@strikes.command("show")
@click.argument("number")
def show_command(number: str) -> None:
    """One strike: how it stands, what each week got, and what is to be done next."""

    async def work(pool: Pool) -> None:
        view = await service.show_strike(pool, OPERATOR, number)
        each = await strike_weeks.standing(pool, OPERATOR, view.strike.number)
        strike = each.strike
        click.echo(f"{strike.number} {strike.name}: {strike.state} since {strike.state_since:%Y-%m-%d}, {strike.union}, {_spent(each)} so far")
        click.echo(f"Authorised by: {', '.join(word.union for word in strike.authorisations) or '-'}; missing: {', '.join(each.missing) or '-'}")
        for row in each.weeks:
            got = "; ".join(f"{one.number} {one.state} {one.currency} {text_from_minor(one.amount_minor, one.currency)}" for one in row.supports)
            click.echo(f"{row.week.number:>4} {row.week.starts_on} {row.week.ends_on} {got or '-'}")
        click.echo(f"Next: {_next(each.next)}")

    on_books(work)


def _spent(each: Standing) -> str:
    return f"{each.strike.currency} {text_from_minor(each.spent_minor, each.strike.currency)}"


def _next(found: Next | None) -> str:
    if found is None:
        return "-"
    about = " ".join(part for part in (f"week {found.week}" if found.week else "", found.number) if part)
    return f"{found.what} {about} ({', '.join(found.unions)}: {found.permission})".replace("  ", " ")


COMMANDS = [strikes]
