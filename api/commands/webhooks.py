"""List webhooks and send what waits, from a terminal: what the worker does each minute, for when it was not there."""

import msgspec
import rich_click as click

from api.commands.run import OPERATOR, on_books
from api.commands.worker import webhooks_of
from api.settings import load_settings
from ledger.services import webhooks as service
from ledger.services.pool import Pool
from ledger.storage import reference


@click.group("webhooks")
def webhooks() -> None:
    """List the unions' webhooks; send what waits."""


@webhooks.command("list")
def list_command() -> None:
    """Every webhook: number, union, state, how many events wait, when one was last taken, name. Never its secret."""

    async def work(pool: Pool) -> None:
        async with pool.database.reading() as connection:
            unions = [union.code for union in await reference.unions(connection)]
        for union in unions:
            for each in await service.list_webhooks(pool, msgspec.structs.replace(OPERATOR, union=union, roles=frozenset({"admin"}))):
                hook = each.webhook
                taken = f"{hook.delivered_at:%Y-%m-%d %H:%M}" if hook.delivered_at else "-"
                click.echo(f"{hook.number:8} {union:8} {hook.state:8} {each.standing.waiting:6} {taken:16} {hook.name}")

    on_books(work)


@webhooks.command("send")
def send_command() -> None:
    """Send what is due now; an address that failed waits for its time. Beside a worker that is sending, it does nothing."""
    click.echo(f"Taken: {on_books(webhooks_of(load_settings()))}")


COMMANDS = [webhooks]
