"""Try the mail server from a terminal: ``solidarity mail test``."""

import asyncio
from email.message import EmailMessage

import rich_click as click

from api.commands import CommandFailed
from api.settings import load_settings
from api.smtp import Server, opened, server_of
from ledger.services.mailing import NotSent
from ledger.services.pool import utc_now
from reports.mail import Sender, write_test
from reports.notice_words import fault


@click.group()
def mail() -> None:
    """See whether e-mail can be sent."""


@mail.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send one e-mail to ADDRESS through the server that SOLIDARITY_SMTP_URL names, and say what failed."""
    settings = load_settings()
    if not settings.smtp_url:
        raise CommandFailed("no mail server is set; set SOLIDARITY_SMTP_URL and SOLIDARITY_MAIL_FROM")
    server = server_of(settings.smtp_url)
    try:
        message = write_test(address, utc_now(), Sender(settings.mail_from, settings.address))
    except ValueError:
        raise CommandFailed(f"{address!r} is not an e-mail address") from None
    try:
        asyncio.run(_sent(server, message))
    except NotSent as failed:
        raise CommandFailed(f"not sent by {server.host}:{server.port}: {fault('en', failed.reason)}; it said: {failed.__cause__}") from failed
    click.echo(f"{server.host}:{server.port} has taken an e-mail to {address}; look whether it arrives.")


async def _sent(server: Server, message: EmailMessage) -> None:
    async with opened(server) as post:
        await post(message)


COMMANDS = [mail]
