"""List strikes, their rules and how long the money lasts from a terminal: what an operator or a script asks, with nothing of any roster."""

from typing import Any

import rich_click as click

from api.commands.run import OPERATOR, on_books
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.domain.runway import add_members
from ledger.domain.strike_weeks import Next
from ledger.domain.strikes import STATES
from ledger.services import runway, strike_rules, strike_weeks
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strike_weeks import Standing
from ledger.storage.strikes import StrikeFilter

ROWS_MAXIMUM = 1_000


@click.group("strikes")
def strikes() -> None:
    """List strikes, their runs, advances, rules and the weeks of money left; take a run or an advance through its steps.

    Steps are taken as a person: SOLIDARITY_TOKEN holds an API token of theirs (`./solidarity token create`), and what they may not do is refused.
    """


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


@strikes.command("runway")
@click.option("--fund", default="", help="Code of one fund, such as STRIKE.")
@click.option("--currency", default="", help="Currency of the scenario, such as CAD.")
@click.option("--members", type=click.IntRange(1), help="A scenario: so many more members out from now on.")
@click.option("--weekly", help="What each of them gets a week, such as 300.00.")
@click.option("--strike-members", type=click.IntRange(1), help="A scenario: another strike of so many members.")
@click.option("--strike-weekly", help="What each of them gets a week.")
@click.option("--from-week", type=click.IntRange(1), default=1, show_default=True, help="The week from now in which the other strike begins.")
def runway_command(fund: str, currency: str, from_week: int, **asked: Any) -> None:
    """Weeks of strike support that each fund has left, with the four weeks it was computed from; what a scenario would make of one fund."""
    pairs = [(asked["members"], asked["weekly"], 1), (asked["strike_members"], asked["strike_weekly"], from_week)]
    wanted = [pair for pair in pairs if pair[0] is not None or pair[1] is not None]
    if any(None in pair for pair in wanted) or (wanted and not currency):
        raise click.UsageError("a scenario names members, what each gets a week, and the currency")
    added = tuple(add_members(count, minor_from_text(text, currency), week) for count, text, week in wanted)

    async def work(pool: Pool) -> None:
        shown = await runway.runway_page(pool, OPERATOR, fund=fund)
        if added and shown.chosen:
            shown = await runway.runway_page(pool, OPERATOR, runway.Scenario(shown.chosen.fund.code, currency, added))
        for each in shown.funds:
            _show_runway("", each)
        if shown.supposed:
            _show_runway("In the scenario: ", shown.supposed)

    on_books(work)


def _show_runway(before: str, found: runway.FundRunway) -> None:
    for one in found.runways:
        weeks = "no current strike" if one.weeks_left is None else f"{one.weeks_left} weeks"
        money = f"{amount(one.available_minor, one.currency)} available, {amount(one.average_minor, one.currency)} a week"
        click.echo(f"{before}{found.fund.code} {one.currency}: {weeks}; {money} ({one.weeks_counted} weeks counted)")
        for week in one.weeks if one.average and not before else ():
            click.echo(f"  {week.first} {week.last} {amount(week.burn_minor, one.currency):>18}")


@strikes.command("rules")
def rules_command() -> None:
    """The strike rules of both unions in all their versions: code, version, since when, how it stands, who is paid, currency."""

    async def work(pool: Pool) -> None:
        for each in (await strike_rules.overview(pool, OPERATOR)).versions:
            version, rules = each.version, each.version.rules
            click.echo(f"{rules.code:12} {version.version:3} {version.valid_from} {each.standing:10} {rules.model:24} {rules.currency}")

    on_books(work)


def amount(minor: int, currency: str) -> str:
    """``CAD 1234.50``, as every command writes it."""
    return f"{currency} {text_from_minor(minor, currency)}"


def _spent(each: Standing) -> str:
    return amount(each.spent_minor, each.strike.currency)


def _next(found: Next | None) -> str:
    if found is None:
        return "-"
    about = " ".join(part for part in (f"week {found.week}" if found.week else "", found.number) if part)
    return f"{found.what} {about} ({', '.join(found.unions)}: {found.permission})".replace("  ", " ")


COMMANDS = [strikes]
