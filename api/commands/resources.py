"""Say from a terminal what the unions lend, what of it is free, and who has booked it; let expired holds go."""

from datetime import date

import rich_click as click

from api.commands.run import DAY, OPERATOR, on_books
from ledger.domain.bookings import STATES, Booking
from ledger.domain.half_days import Span
from ledger.domain.resources import KINDS, Resource
from ledger.services import bookings as booking_service
from ledger.services import resources as service
from ledger.services.pool import Pool
from ledger.services.resources import Wanted
from ledger.storage.bookings import BookingFilter
from ledger.storage.resources import ResourceFilter

ROWS_MAXIMUM = 1_000


@click.group("resources")
def resources() -> None:
    """List what the unions lend, what of it is free, and its bookings; let expired holds go."""


@resources.command("list")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help=f"Only of this kind: {', '.join(KINDS)}.")
@click.option("--withdrawn", is_flag=True, help="Also what is offered no longer.")
def list_command(kind: str | None, withdrawn: bool) -> None:
    """What both unions offer, the newest first: number, owner, kind, how many, unit, place, name."""

    async def work(pool: Pool) -> None:
        narrowed = ResourceFilter(kind=kind, state=None if withdrawn else "offered")
        for each in (await service.list_resources(pool, OPERATOR, narrowed, limit=ROWS_MAXIMUM)).items:
            click.echo(f"{_line(each)} {each.unit:10} {each.place or '-':16} {each.name}")

    on_books(work)


@resources.command("free")
@click.option("--from", "first", type=DAY, required=True, help="First day, such as 2026-12-01.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, such as 2026-12-03.")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help="Only of this kind.")
@click.option("--place", help="Words of its place.")
@click.option("--quantity", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How many at a time.")
def free_command(first: date, last: date, kind: str | None, place: str | None, quantity: int) -> None:
    """What is offered through these days, first what is free on all of them: number, owner, kind, how many, free or taken, free on each day, name."""

    async def work(pool: Pool) -> None:
        wanted = Wanted(span=Span(first_day=first, last_day=last), kind=kind, place=place, quantity=quantity)
        found = await service.find_free(pool, OPERATOR, wanted)
        for each in found.items:
            days = " ".join(str(day.free) for day in each.days)
            click.echo(f"{_line(each.resource)} {'free' if each.enough else 'taken':6} {days}  {each.resource.name}")
        if found.more:
            click.echo(f"These are the first {len(found.items)}; name a kind or a place to find others.", err=True)

    on_books(work)


@resources.command("bookings")
@click.option("--from", "first", type=DAY, required=True, help="First day, such as 2026-12-01.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, such as 2026-12-31.")
@click.option("--resource", help="Only of this resource, such as R-0007.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), metavar="STATE",
              help=f"Only in this state; may be repeated: {', '.join(STATES)}.")
def bookings_command(first: date, last: date, resource: str | None, states: tuple[str, ...]) -> None:
    """The bookings that touch these days, by their beginning: number, state, days, resource, who borrows, what for."""

    async def work(pool: Pool) -> None:
        narrowed = BookingFilter(resource=resource, states=states or None)
        found = await booking_service.show_calendar(pool, OPERATOR, Span(first_day=first, last_day=last), narrowed)
        for each in found.items:
            click.echo(_booked(each))

    on_books(work)


@resources.command("release")
def release_command() -> None:
    """Let go what was held until a day gone by, as the worker does each night. Run twice, it does nothing the second time."""
    click.echo(f"Let go: {on_books(booking_service.release_holds)}")


def _line(each: Resource) -> str:
    return f"{each.number:8} {each.union:8} {each.kind:15} {each.capacity:5}"


def _booked(each: Booking) -> str:
    span = each.span
    return f"{each.number:8} {each.state:10} {span.first_day} {span.last_day} {each.resource:8} {each.quantity:4} {each.borrower:8} {each.purpose}"


COMMANDS = [resources]
