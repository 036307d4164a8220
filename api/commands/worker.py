"""Run scheduled jobs beside the web server: ``solidarity worker``."""

import asyncio
import contextlib
import signal
import sys
from functools import partial
from pathlib import Path

import msgspec
import rich_click as click

from api.logs import configure_logs
from api.settings import Settings, load_settings
from api.smtp import opened, server_of
from api.webhook_post import Sender
from ledger.jobs import Mail, Webhooks, run_worker
from ledger.services.mailing import send_due
from ledger.services.webhook_sending import send_due as send_due_events
from ledger.storage import embedded
from reports.mail import Sender as MailSender
from reports.mail import write


@click.command("worker")
@click.option("--webhooks-only", is_flag=True, help="Send webhooks and nothing else, as beside sample books, whose rates and days are invented.")
def worker(webhooks_only: bool) -> None:
    """Run scheduled jobs, such as fetching exchange rates, sending e-mail and webhooks, until interrupted.

    A fetch that fails is recorded on the rates page and tried again; a database that is away is waited for.
    """
    try:
        asyncio.run(work(webhooks_only))
    except KeyboardInterrupt:  # before the signals below are listened to
        sys.exit(130)


async def work(webhooks_only: bool = False) -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logs()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run by itself
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = load_settings()
    with embedded.given(settings.database_url) if settings.database_url else embedded.borrowed(Path(settings.data) / "postgres") as url:
        told = msgspec.structs.replace(settings, database_url=url)
        await run_worker(told, stop, mail_of(settings), webhooks_of(settings), webhooks_only=webhooks_only)


def mail_of(settings: Settings) -> Mail | None:
    """What sends mail as the settings say; None where they name no mail server."""
    if not settings.smtp_url:
        return None
    sender = MailSender(settings.mail_from, settings.address)
    return partial(send_due, opened=partial(opened, server_of(settings.smtp_url)), write=partial(write, sender=sender))


def webhooks_of(settings: Settings) -> Webhooks:
    """What sends events to the unions' webhooks."""
    return partial(send_due_events, post=Sender(settings.own_networks), books=settings.address)


COMMANDS = [worker]
