"""Give the sample year a webhook of Unifor's: tried, refused once, taken afterwards, and paused, so that nothing leaves the sample books."""

from datetime import date, timedelta

from ledger.domain.webhooks import Wanted
from ledger.services import webhooks
from ledger.services.sample_stage import Stage, Step
from ledger.services.webhook_sending import Message, Outcome, send_due

# An address that nobody has (RFC 2606), and books that stand nowhere.
URL, BOOKS = "https://hooks.example.org/unifor/ledger", "https://books.example.org"
BUSY, TAKEN = Outcome(503, 184, "refused", "down for maintenance"), Outcome(204, 62)
ASKED = Wanted(name="Unifor general ledger (sample)", url=URL, events=("transfer.received", "request.approved", "close.signed", "close.locked"))


def webhook_steps(today: date) -> list[tuple[date, int, Step]]:
    """Added twenty days ago, and paused since ten."""
    twenty, nineteen, ten = (today - timedelta(days=days) for days in (20, 19, 10))
    sending = [(twenty, 96, _sending(BUSY)), (nineteen, 96, _sending(TAKEN)), (ten, 96, _sending(TAKEN))]
    return [(twenty, 95, _add), *sending, (ten, 97, _pause)]


async def _add(stage: Stage) -> None:
    admin = stage.actors["unifor admin"]
    number = (await webhooks.add_webhook(stage.pool, admin, stage.key(), ASKED)).shown.webhook.number
    await webhooks.send_test(stage.pool, admin, stage.key(), number)


def _sending(outcome: Outcome) -> Step:
    async def post(message: Message) -> Outcome:
        return outcome

    async def step(stage: Stage) -> None:
        await send_due(stage.pool, post, BOOKS)

    return step


async def _pause(stage: Stage) -> None:
    admin = stage.actors["unifor admin"]
    (shown,) = await webhooks.list_webhooks(stage.pool, admin)
    await webhooks.pause(stage.pool, admin, stage.key(), shown.webhook.number)
