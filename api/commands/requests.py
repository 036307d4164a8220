"""List requests for money and give back what was not drawn in time, from a terminal: what the worker does each night, for when it was not there."""

import rich_click as click

from api.commands.run import OPERATOR, on_books
from ledger.domain.allocations import STATES, totals
from ledger.domain.money import text_from_minor
from ledger.services import allocations
from ledger.services.allocation_payments import expire
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter

ROWS_MAXIMUM = 1_000


@click.group("requests")
def requests() -> None:
    """List requests for money; give back what was not drawn in time."""


@requests.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), metavar="STATE",
              help=f"Only in this state; may be repeated: {', '.join(STATES)}.")
def list_command(states: tuple[str, ...]) -> None:
    """The requests that were submitted, the latest to move first: number, state and since when, union, amounts, campaign."""

    async def work(pool: Pool) -> None:
        listed = await allocations.list_requests(pool, OPERATOR, Filter(states=states), limit=ROWS_MAXIMUM)
        for each in listed.items:
            case = listed.cases.get(each.number)
            amounts = ", ".join(f"{code} {text_from_minor(minor, code)}" for code, minor in totals(case.revision.lines).items()) if case else "-"
            click.echo(f"{each.number:8} {each.state:15} {each.state_since:%Y-%m-%d} {each.union:8} {amounts:32} {case.campaign.name if case else '-'}")

    on_books(work)


@requests.command("expire")
def expire_command() -> None:
    """Give back to their funds what is set aside for requests whose last day to draw it is past. Run twice, it does nothing the second time."""
    click.echo(f"Expired: {on_books(expire)}")


COMMANDS = [requests]
