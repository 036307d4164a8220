"""Send events to the webhooks: take up what was recorded, send each webhook its oldest first, and keep how every attempt went.

How a message travels is given by the caller (``api.webhook_post``). An event is marked as delivered once the receiver has taken it: killed in
between, it is sent again under the same id, never not at all. Of two workers that send it at once, the first says what became of it. What fails holds
back what comes after it, so that each webhook is told in order.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

import msgspec
import structlog

from ledger.domain import webhooks as rules
from ledger.domain.notices import Notice
from ledger.domain.webhooks import Event, Webhook
from ledger.services.notices import notify
from ledger.services.pool import Pool
from ledger.storage import journal, people, webhook_events
from ledger.storage import webhook_deliveries as deliveries
from ledger.storage import webhooks as store
from ledger.storage.alone import WEBHOOKS, alone
from ledger.storage.database import Connection
from ledger.storage.webhook_deliveries import Attempt, Delivery

log = structlog.get_logger()
# A round ends in time for the next, however slow a receiver is; each webhook is sent to beside the others, and they are few.
ROUND_SECONDS = 50.0


class Message(msgspec.Struct, frozen=True):
    """One POST."""

    url: str
    headers: dict[str, str]
    body: bytes


class Outcome(msgspec.Struct, frozen=True):
    """What came of it: the status that was answered, or one word for why there was none, and the first of what was said of a failure."""

    status: int | None
    milliseconds: int
    fault: str = ""
    excerpt: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


Post = Callable[[Message], Awaitable[Outcome]]


async def send_due(pool: Pool, post: Post, books: str) -> int:
    """Send what is due; how many events were taken. Of several workers one sends. ``books`` is the address that links begin with."""
    async with alone(pool.database, WEBHOOKS) as is_alone:
        if not is_alone:
            return 0
        await forget(pool)
        async with pool.database.writing() as connection:
            await take_up(connection, pool.clock())
        async with pool.database.reading() as connection:
            ready = await deliveries.ready(connection, pool.clock())
        until = asyncio.get_running_loop().time() + ROUND_SECONDS
        return await _all_of([_send_all(pool, post, books, number, until) for number in ready])


async def _all_of(sendings: Iterable[Awaitable[int]]) -> int:
    """How many were taken in all; a fault of one is raised once every other has ended, so that none goes on when the round is over."""
    taken = await asyncio.gather(*sendings, return_exceptions=True)
    for each in taken:
        if isinstance(each, BaseException):
            raise each
    return sum(each for each in taken if isinstance(each, int))


async def forget(pool: Pool) -> None:
    """Let go of the log what is old, and secrets that sign no longer."""
    async with pool.database.writing() as connection:
        await deliveries.forget(connection, pool.clock())
        await store.drop_secrets(connection, pool.clock())


# --- taking up ----------------------------------------------------------------------------------------------------------


async def take_up(connection: Connection, now: datetime) -> None:
    """Let what happened wait for each webhook that chose it: the rest in one transaction, then the journal from where each webhook is."""
    following = await store.following(connection)
    waiting = await deliveries.standings(connection, [webhook.number for webhook, _ in following])
    happened = await webhook_events.take(connection)
    head = await journal.read_head(connection)
    for webhook, place in following:
        room = rules.WAITING_MAXIMUM - (waiting[webhook.number].waiting if webhook.number in waiting else 0)
        recorded, place = await _recorded(connection, webhook, place, head.number, room)
        since = [event for event in happened if event.occurred_at >= webhook.created_at]
        # Entries stay in the order of their numbers, whatever the clocks of two processes say.
        in_order = heapq.merge(recorded, since, key=lambda event: event.occurred_at)
        chosen = [event for event in in_order if event.type in webhook.events]
        await deliveries.add(connection, webhook.number, chosen, place, now)


async def _recorded(connection: Connection, webhook: Webhook, place: int, head: int, room: int) -> tuple[list[Event], int]:
    """What the journal tells a webhook after a place, and the place after that: as much as there is room for, the rest stays where it is.

    Every number up to the head is committed, and none comes in before it later: nothing is passed by.
    """
    if room <= 0:
        return [], place
    kinds = None if rules.POSTED in webhook.events else [kind for kind, event in rules.BY_ENTRY.items() if event in webhook.events]
    entries = await deliveries.entries_between(connection, place, head, kinds, room)
    events = [event for entry in entries for event in rules.of_entry(*entry)]
    return events, entries[-1][0] if len(entries) == room else head


# --- sending ------------------------------------------------------------------------------------------------------------


async def _send_all(pool: Pool, post: Post, books: str, number: str, until: float) -> int:
    """Send a webhook what waits, until one fails or the round is over; how many were taken."""
    taken = 0
    while asyncio.get_running_loop().time() < until and await _send_oldest(pool, post, books, number):
        taken += 1
    return taken


async def _send_oldest(pool: Pool, post: Post, books: str, number: str) -> bool:
    """Send the oldest event that waits; whether it was taken, and so another may follow."""
    async with pool.database.reading() as connection:
        webhook, delivery = await store.find(connection, number), await deliveries.oldest(connection, number)
        secrets = await store.secrets_of(connection, number, pool.clock())
    if delivery is None or webhook.state != "active" or not secrets:
        return False
    outcome = await post(_message(webhook, delivery.event, secrets, books, pool.clock()))
    await _keep(pool, webhook, delivery, outcome)
    return outcome.is_taken


def _message(webhook: Webhook, event: Event, secrets: list[str], books: str, now: datetime) -> Message:
    body = rules.body_of(event, books)
    return Message(webhook.url, rules.headers(secrets, event.id, int(now.timestamp()), body), body)


async def _keep(pool: Pool, webhook: Webhook, delivery: Delivery, outcome: Outcome) -> None:
    """Log the attempt, and decide what becomes of the event; nothing more where another worker or a person already did.

    The webhook is locked before its event, as everywhere.
    """
    now = pool.clock()
    async with pool.database.writing() as connection:
        await store.find(connection, webhook.number, lock=True)
        stands = await deliveries.hold(connection, delivery)
        if stands is None:
            return  # forgotten meanwhile, with its log
        await deliveries.keep_attempt(connection, delivery, Attempt(
            at=now, status=outcome.status, milliseconds=outcome.milliseconds, fault=outcome.fault, excerpt=outcome.excerpt,
        ))  # fmt: skip
        state, tries = stands
        if state != "waiting" or (tries != delivery.tries and not outcome.is_taken):
            return
        if outcome.is_taken:
            await deliveries.settle(connection, delivery, "delivered", delivery.tries, now)
            await deliveries.mark_delivered(connection, webhook.number, now)
            return
        log.warning("webhook failed", webhook=webhook.number, status=outcome.status, fault=outcome.fault)
        await _failed(pool, connection, webhook, delivery, outcome, now)


async def _failed(pool: Pool, connection: Connection, webhook: Webhook, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    tries = delivery.tries + 1
    again = rules.again_at(tries, outcome.status, now)
    await deliveries.settle(connection, delivery, "waiting" if again else "given_up", tries, now)
    if again:
        await deliveries.hold_until(connection, webhook.number, again)
        return
    current = await store.find(connection, webhook.number)
    if current.state == "active":
        await store.set_state(connection, webhook.number, "failing", now)
        to = tuple(await people.holders(connection, "admin", webhook.union, pool.today()))
        notice = Notice(kind="webhook_failing", subject=webhook.number, url=f"/webhooks/{webhook.number}", to=to, once=now.isoformat())
        await notify(connection, [notice], now)
