"""Take bookings and deliveries of what the unions lend through their steps from a terminal, as the person whose token is set."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import rich_click as click

from api.commands.resources import resources
from api.commands.run import DAY, KEY, OPERATOR, REASON, as_person, on_books
from ledger.domain.actors import Actor
from ledger.domain.bookings import Booking, RequestBooking
from ledger.domain.deliveries import STATES, Delivery
from ledger.domain.half_days import Span
from ledger.domain.money import text_from_minor
from ledger.services import bookings
from ledger.services import deliveries as service
from ledger.services.pool import Pool
from ledger.storage.deliveries import DeliveryFilter

ROWS_MAXIMUM = 1_000
_REVISION = click.option("--revision", type=click.IntRange(1), required=True, help="The revision you read; a newer one is refused.")


def _book(take: Callable[[Pool, Actor], Awaitable[Booking]]) -> None:
    """Take a step of a booking, and say how it stands after it."""
    booking, until = as_person(take), ""
    if booking.hold_until is not None:
        until = f" until {booking.hold_until}"
    click.echo(f"{booking.number}: {booking.state}{until}, {booking.resource} {booking.span.first_day} to {booking.span.last_day}")


@resources.command("request")
@click.argument("resource")
@click.option("--from", "first", type=DAY, required=True, help="First day, such as 2026-12-01.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, such as 2026-12-03.")
@click.option("--fund", required=True, help="Code of the fund that what is given in kind is counted in, such as GEN.")
@click.option("--purpose", required=True, help="What it is for.")
@click.option("--campaign", default="", help="Number of the campaign of your union, such as CAM-0007.")
@click.option("--activity", default="", help="Name of the activity, where there is no campaign.")
@click.option("--quantity", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How many at a time.")
@click.option("--agreement", default="", help="Number of the agreement that charging back goes by, such as AG-0001.")
@KEY
def request_command(first: date, last: date, key: str, **said: Any) -> None:
    """Ask for a RESOURCE, such as R-0007, for your union; needs SOLIDARITY_TOKEN."""
    asked = RequestBooking(span=Span(first_day=first, last_day=last), **said)
    _book(lambda pool, actor: bookings.request_booking(pool, actor, key, asked))


@resources.command("hold")
@click.argument("booking")
@click.option("--until", type=DAY, required=True, help="Last day that it is kept for who asked.")
@KEY
def hold_command(booking: str, until: date, key: str) -> None:
    """Keep the days of a BOOKING, such as BK-0031, without having decided; needs SOLIDARITY_TOKEN."""
    _book(lambda pool, actor: bookings.hold_booking(pool, actor, key, booking, until))


@resources.command("confirm")
@click.argument("booking")
@KEY
def confirm_command(booking: str, key: str) -> None:
    """Lend what a BOOKING asks of your union; needs SOLIDARITY_TOKEN."""
    _book(lambda pool, actor: bookings.confirm_booking(pool, actor, key, booking))


@resources.command("decline")
@click.argument("booking")
@REASON
@KEY
def decline_command(booking: str, reason: str, key: str) -> None:
    """Do not lend what a BOOKING asks of your union; needs SOLIDARITY_TOKEN."""
    _book(lambda pool, actor: bookings.decline_booking(pool, actor, key, booking, reason))


@resources.command("cancel")
@click.argument("booking")
@REASON
@KEY
def cancel_command(booking: str, reason: str, key: str) -> None:
    """Call a BOOKING off, before anything was delivered of it; needs SOLIDARITY_TOKEN."""
    _book(lambda pool, actor: bookings.cancel_booking(pool, actor, key, booking, reason))


# --- deliveries -----------------------------------------------------------------------------------------------------------


@resources.command("deliveries")
@click.option("--state", type=click.Choice(STATES), metavar="STATE", help=f"Only in this state: {', '.join(STATES)}.")
@click.option("--booking", help="Only of this booking, such as BK-0031.")
def deliveries_command(state: str | None, booking: str | None) -> None:
    """What was delivered, the newest first: number, state, days, booking, revision, quantity and unit, what it was valued at."""

    async def work(pool: Pool) -> None:
        narrowed = DeliveryFilter(state=state, booking=booking)
        for each in (await service.list_deliveries(pool, OPERATOR, narrowed, limit=ROWS_MAXIMUM)).items:
            click.echo(f"{each.number:8} {each.state:10} {each.starts_on} {each.ends_on} {each.booking:8} {each.revision:3} {_worth(each)}")

    on_books(work)


def _worth(each: Delivery) -> str:
    return f"{each.quantity:>10} {each.unit:10} {each.currency} {text_from_minor(each.value_minor, each.currency):>14}"


def _deliver(take: Callable[[Pool, Actor], Awaitable[Delivery]]) -> None:
    """Take a step of a delivery, and say how it stands after it."""
    each = as_person(take)
    click.echo(f"{each.number}: {each.state}, revision {each.revision}, {each.currency} {text_from_minor(each.value_minor, each.currency)}")


@resources.command("confirm-delivery")
@click.argument("delivery")
@_REVISION
@KEY
def confirm_delivery_command(delivery: str, revision: int, key: str) -> None:
    """Agree to a DELIVERY, such as DL-0012: it is valued and posted; needs SOLIDARITY_TOKEN."""
    _deliver(lambda pool, actor: service.confirm_delivery(pool, actor, key, delivery, revision))


@resources.command("dispute-delivery")
@click.argument("delivery")
@_REVISION
@click.option("--claimed", required=True, help="The quantity that your union holds right, such as 37.5.")
@REASON
@KEY
def dispute_delivery_command(delivery: str, revision: int, claimed: str, reason: str, key: str) -> None:
    """Say that the quantity of a DELIVERY is another; needs SOLIDARITY_TOKEN."""
    figure = _figure(claimed)
    _deliver(lambda pool, actor: service.dispute_delivery(pool, actor, key, delivery, revision, figure, reason))


def _figure(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise click.BadParameter(f"{text} is not a quantity", param_hint="--claimed") from None
