"""Look after webhooks: a union's administrator adds, changes, pauses and deletes them; its treasurer sees what was sent and what failed.

A secret is shown once, when it is made. It is in no answer that is remembered, and in no line of the audit trail.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ledger.domain import webhooks as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import NotFound, WebhookChanged, WebhooksFull
from ledger.domain.webhooks import Event, Network, Wanted, Webhook
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.webhook_sending import take_up
from ledger.storage import webhook_deliveries as deliveries
from ledger.storage import webhooks as store
from ledger.storage.audit import ordered_id
from ledger.storage.webhook_deliveries import Attempt, Delivery, Standing

PAGE = 50


class Shown(msgspec.Struct, frozen=True):
    """A webhook as it is looked at: how it stands, and until when its last secret but one still signs."""

    webhook: Webhook
    standing: Standing
    old_secret_until: datetime | None = None


class Made(msgspec.Struct, frozen=True):
    """A webhook with its new secret, which is empty where the request was answered before."""

    shown: Shown
    secret: str


class Log(msgspec.Struct, frozen=True):
    """A page of a webhook's events with every attempt, the newest first."""

    items: list[tuple[Delivery, list[Attempt]]]
    next: int | None


# --- looking ------------------------------------------------------------------------------------------------------------


async def list_webhooks(pool: Pool, actor: Actor) -> list[Shown]:
    """One's own union's webhooks."""
    authorize(actor, rules.READ)
    async with pool.database.reading() as connection:
        found = await store.of_union(connection, actor.union or "")
        numbers = [each.number for each in found]
        standings = await deliveries.standings(connection, numbers)
        until = await store.secrets_until(connection, numbers, pool.clock())
    return [Shown(each, standings.get(each.number, Standing()), until.get(each.number)) for each in found]


async def show_webhook(pool: Pool, actor: Actor, number: str) -> Shown:
    """One of one's own union's webhooks; another union's, and one that was deleted, is as if it were not there."""
    authorize(actor, rules.READ)
    found = next((each for each in await list_webhooks(pool, actor) if each.webhook.number == number), None)
    if found is None:
        raise NotFound(kind="webhook", id=number[:40])
    return found


async def show_log(pool: Pool, actor: Actor, number: str, before: int | None = None, limit: int = PAGE) -> Log:
    """What was sent to a webhook, what waits, and how each attempt went."""
    await show_webhook(pool, actor, number)
    async with pool.database.reading() as connection:
        found = await deliveries.page(connection, number, before, limit + 1)
        tried = await deliveries.attempts(connection, number, [each.ordinal for each in found])
    items = [(each, tried.get(each.ordinal, [])) for each in found[:limit]]
    return Log(items, found[limit - 1].ordinal if len(found) > limit else None)


# --- looking after ------------------------------------------------------------------------------------------------------


async def add_webhook(pool: Pool, actor: Actor, key: str, wanted: Wanted, networks: Sequence[Network] = ()) -> Made:
    """Add a webhook of the actor's own union; it is told of what happens from now on."""
    union, made = str(actor.union), list[str]()

    async def work(w: Work) -> Done:
        asked = rules.check(wanted, networks)
        # The counter's row holds whoever else adds one, so that two are not counted at once; a refusal gives the number back.
        number = await w.next_number("WH")
        if await store.count(w.connection, union) >= rules.PER_UNION_MAXIMUM:
            raise WebhooksFull(union=union, limit=rules.PER_UNION_MAXIMUM)
        await store.add(w.connection, number, union, asked, w.actor.person_id, w.now)
        made.append(await _new_secret(w, number))
        return Done(number, number, _facts(asked))

    # Who has no union holds nothing here; the pool's own service makes no webhooks.
    number = await perform(pool, actor, "add_webhook", key, wanted, work, permission=rules.MANAGE, union=union, posts=False)
    return Made(await show_webhook(pool, actor, number), made[-1] if made else "")


def _facts(wanted: Wanted) -> dict[str, Any]:
    """What the audit trail says of it: the host alone, since the rest of an address may be a secret of the receiver's."""
    return {"host": urlsplit(wanted.url).hostname, "events": list(wanted.events)}


async def _new_secret(w: Work, number: str) -> str:
    secret = rules.secret_of(secrets.token_bytes(rules.SECRET_BYTES))
    await store.add_secret(w.connection, number, secret, w.now)
    return secret


async def change_webhook(pool: Pool, actor: Actor, key: str, number: str, version: int, wanted: Wanted, networks: Sequence[Network] = ()) -> Shown:
    """Change what it is for, where it goes or of which events; refused where somebody else changed it meanwhile."""

    async def work(w: Work) -> Done:
        asked, found = rules.check(wanted, networks), await _own(w, number)
        if found.version != version:
            raise WebhookChanged(webhook=number, version=found.version)
        await store.change(w.connection, number, asked)
        return Done(number, number, _facts(asked))

    await perform(pool, actor, "change_webhook", key, [number, version, wanted], work, permission=rules.MANAGE, posts=False)
    return await show_webhook(pool, actor, number)


async def renew_secret(pool: Pool, actor: Actor, key: str, number: str) -> Made:
    """A new secret, shown once; the one before signs beside it for a day, so that the receiver can change over."""
    made: list[str] = []

    async def work(w: Work) -> Done:
        await _own(w, number)
        made.append(await _new_secret(w, number))
        return Done(number, number)

    await perform(pool, actor, "renew_webhook_secret", key, number, work, permission=rules.MANAGE, posts=False)
    return Made(await show_webhook(pool, actor, number), made[-1] if made else "")


async def pause(pool: Pool, actor: Actor, key: str, number: str) -> Shown:
    """Send nothing until it is resumed; what happens meanwhile waits."""
    await _step(pool, actor, key, number, "pause")
    return await show_webhook(pool, actor, number)


async def resume(pool: Pool, actor: Actor, key: str, number: str) -> Shown:
    """Send what waited, and what was given up once more, the oldest first."""
    await _step(pool, actor, key, number, "resume")
    return await show_webhook(pool, actor, number)


async def delete(pool: Pool, actor: Actor, key: str, number: str) -> None:
    """Send nothing there any more; its secrets are gone at once, its log after the time that logs are kept."""
    await _step(pool, actor, key, number, "delete")


async def _step(pool: Pool, actor: Actor, key: str, number: str, step: str) -> None:
    async def work(w: Work) -> Done:
        found = await _own(w, number)
        after = rules.check_step(found, step)
        await store.set_state(w.connection, number, after, w.now)
        if after == "deleted":
            await store.drop_secrets(w.connection, w.now, number)
        if after == "active":
            await deliveries.wait_again(w.connection, number, w.now)
        return Done(number, number, {"was": found.state})

    await perform(pool, actor, f"{step}_webhook", key, number, work, permission=rules.MANAGE, posts=False)


async def send_test(pool: Pool, actor: Actor, key: str, number: str) -> int:
    """Let a test event wait for a webhook; its place in the log."""

    async def work(w: Work) -> Done:
        # What happened before it stands before it, in the log as at the receiver.
        await take_up(w.connection, w.now)
        await _own(w, number)
        event = Event(f"{rules.TEST.replace('.', '_')}_{ordered_id().hex}", rules.TEST, w.now)
        await deliveries.add(w.connection, number, [event], None, w.now)
        newest = await deliveries.page(w.connection, number, None, 1)
        return Done(newest[0].ordinal, number)

    return int(await perform(pool, actor, "test_webhook", key, number, work, permission=rules.MANAGE, posts=False))


async def resend(pool: Pool, actor: Actor, key: str, number: str, ordinal: int) -> Delivery:
    """Send one event of the log again, under the same id."""

    async def work(w: Work) -> Done:
        await _own(w, number)
        if await deliveries.one(w.connection, number, ordinal) is None:
            raise NotFound(kind="delivery", id=f"{number}/{ordinal}")
        await deliveries.wait_again(w.connection, number, w.now, ordinal)
        return Done(ordinal, number, {"event": ordinal})

    await perform(pool, actor, "resend_event", key, [number, ordinal], work, permission=rules.MANAGE, posts=False)
    async with pool.database.reading() as connection:
        found = await deliveries.one(connection, number, ordinal)
    if found is None:
        raise NotFound(kind="delivery", id=f"{number}/{ordinal}")
    return found


async def _own(w: Work, number: str) -> Webhook:
    """A webhook of the actor's own union, locked; another union's is as if it were not there, as is one that was deleted."""
    found = await store.find(w.connection, number, lock=True)
    if found.union != w.actor.union or found.state == "deleted":
        raise NotFound(kind="webhook", id=number[:40])
    return found
