"""Run one write the way every write runs: authorized, once per key, audited, in one transaction, refusals remembered."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft
from ledger.domain.refusals import Refusal
from ledger.domain.webhooks import of_operation
from ledger.services.pool import Pool
from ledger.storage import audit, journal, requests, webhook_events
from ledger.storage.database import Connection
from ledger.storage.journal import Posted


class Work(msgspec.Struct):
    """What a use case has in hand while it runs inside the transaction."""

    connection: Connection
    actor: Actor
    now: datetime
    today: date

    async def post(self, *drafts: Draft) -> list[Posted]:
        """Record drafts in this transaction; raises the first refusal."""
        return await journal.post(self.connection, self.actor, drafts, now=self.now, today=self.today)

    async def next_number(self, prefix: str) -> str:
        """The next of people's numbers, without gaps: ``T-0042``."""
        return f"{prefix}-{await next_value(self.connection, prefix):04d}"


class Done(msgspec.Struct, frozen=True):
    """A use case's answer (JSON-able, remembered as it is), what it touched, and facts for the audit trail."""

    answer: Any
    subject: str = ""
    details: dict[str, Any] = {}


async def next_value(connection: Connection, name: str) -> int:
    """Count a named counter up by one; the row lock keeps it without gaps."""
    value: int = await connection.fetchval(
        "INSERT INTO counters (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
        name,
    )
    return value


async def perform(
    pool: Pool,
    actor: Actor,
    operation: str,
    key: str,
    request: Any,
    work: Callable[[Work], Awaitable[Done]],
    *,
    permission: str,
    union: str | None = None,
    posts: bool = True,
) -> Any:
    """Answer ``work`` once for this key; raise its refusal, which changes nothing but is remembered and audited.

    ``request`` is what the key stands for (any JSON-able value); ``union`` is whose thing is acted on, where it is a union's. Work that is long and
    posts nothing says so, and does not hold the books' head: it locks its own record.
    """
    mark = requests.fingerprint(operation, request)
    requests.check_key(key)
    try:
        outcome = await _once(pool, actor, operation, key, mark, work, permission, union, posts)
    except asyncpg.UniqueViolationError:
        # A twin with the same key committed first; its answer is remembered by now.
        outcome = await _once(pool, actor, operation, key, mark, work, permission, union, posts)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def is_settled(pool: Pool, actor: Actor, operation: str, key: str, request: Any) -> bool:
    """Whether the key has its answer, so that what takes long is not done again for nothing.

    Refuses as ``perform`` would: with the refusal that is remembered, and another person's or another request's key.
    """
    requests.check_key(key)
    async with pool.database.reading() as connection:
        known = (await requests.recall(connection, [key])).get(key)
    if known is not None:
        known.again(actor, requests.fingerprint(operation, request))
    return known is not None


async def _once(
    pool: Pool, actor: Actor, operation: str, key: str, mark: bytes, work: Callable[[Work], Awaitable[Done]], permission: str, union: str | None,
    posts: bool,
) -> Any:  # fmt: skip
    now = pool.clock()
    async with pool.database.writing() as connection:
        if posts:
            await journal.lock_head(connection)
        known = (await requests.recall(connection, [key])).get(key)
        if known is not None:
            return known.again(actor, mark)
        try:
            async with connection.transaction():
                authorize(actor, permission, union)
                done = await work(Work(connection, actor, now, pool.today()))
        except Refusal as refusal:
            if refusal.status == 503:
                # The machine's state is no answer to remember.
                raise
            await requests.remember(connection, [requests.refused(key, operation, mark, actor, refusal)], now)
            await audit.keep(connection, [audit.event(actor, operation, "refused", code=refusal.code, facts=refusal.params)], now)
            return refusal
        answer = msgspec.to_builtins(done.answer)
        await requests.remember(connection, [requests.Settled(key, operation, mark, actor.person_id, None, answer)], now)
        await audit.keep(connection, [audit.event(actor, operation, subject=done.subject, **done.details)], now)
        if events := of_operation(operation, done.details, answer):
            await webhook_events.add(connection, events, done.subject, now)
        return answer


async def note(pool: Pool, events: Sequence[audit.Event]) -> None:
    """Write audit events on their own: sign-ins, exports, refusals before a transaction began."""
    async with pool.database.writing() as connection:
        await audit.keep(connection, events, pool.clock())
