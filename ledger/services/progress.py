"""Do long work behind a page that shows how far it has come, so that nobody waits for an answer without a figure.

The work runs in this process; where the process ends, it ends, and what it did not finish was not done (it is one transaction). Whoever asked
sees it fail and may ask again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

import msgspec
import structlog

from ledger.domain.actors import Actor
from ledger.domain.refusals import DatabaseUnavailable, NotFound, Refusal
from ledger.services.pool import Pool
from ledger.storage import progress as store
from ledger.storage import requests
from ledger.storage.progress import Progress

log = structlog.get_logger()

# Without a sign of life for so long, the process that did the work is gone: no statement may take longer.
SILENT = timedelta(seconds=90)
# For so long a page that was left can be gone back to; what was done is in the audit trail for good.
KEPT_DAYS = 30
_KEYS = UUID("6f0b7f0a-98a3-4f0e-9d6e-6c6f3f1b2a55")
# Tasks that nobody holds may be collected while they run.
_running: set[asyncio.Task[None]] = set()


class Come(Protocol):
    """Says how much of how much is done, and what else there is to say of that; never a name."""

    async def __call__(self, done: int, total: int, **facts: Any) -> None:
        """Say it."""


def id_of(actor: Actor, key: str, kind: str, subject: str, request: Any = None) -> UUID:
    """The id under which the progress of what this key begins is kept.

    ``request`` is what the key stands for where the subject does not say all of it: another one under the same key is other work, which is refused in the
    end, and never joins this.
    """
    whole = "" if request is None else f" {requests.fingerprint(kind, request).hex()}"
    return uuid5(_KEYS, f"{actor.person_id} {kind} {subject} {key}{whole}")


async def start(
    pool: Pool, actor: Actor, key: str, kind: str, subject: str, work: Callable[[Come], Awaitable[dict[str, Any]]], *, request: Any = None,
    alone: Refusal | None = None,
) -> UUID:  # fmt: skip
    """Begin ``work`` unless this key began it already (and this ``request``, see ``id_of``) and it runs or ended well; the id of its progress.

    ``work`` is given a function to say ``(done, total)`` with, and answers with JSON-able facts. Neither may hold a name. With ``alone``, one work of
    the kind runs at a time: the actor's own about the same is joined, and what else is asked for meanwhile is refused with it.
    """
    id = id_of(actor, key, kind, subject, request)
    now = pool.clock()
    async with pool.database.writing() as connection:
        if alone is not None and (other := await store.running(connection, kind, now - SILENT)) is not None:
            if (other.person_id, other.subject) == (actor.person_id, subject):
                return other.id
            raise alone
        fresh = await store.begin(connection, id, kind, subject, actor.person_id, now, silent_since=now - SILENT)
    if fresh:
        task = asyncio.create_task(_run(pool, id, work))
        _running.add(task)
        task.add_done_callback(_running.discard)
    return id


async def _run(pool: Pool, id: UUID, work: Callable[[Come], Awaitable[dict[str, Any]]]) -> None:
    async def come(done: int, total: int, **facts: Any) -> None:
        # A figure that cannot be written is shown a moment later; the work goes on.
        with suppress(DatabaseUnavailable):
            async with pool.database.writing() as connection:
                await store.come(connection, id, done, total, pool.clock(), facts or None)

    try:
        state, answer = "done", await work(come)
    except Refusal as refusal:
        state, answer = "refused", {"code": refusal.code, "params": msgspec.to_builtins(refusal.params)}
    except Exception:
        # The trace names files and lines, never values (api.app.configure_logs).
        log.exception("long work failed", id=str(id))
        state, answer = "failed", {}
    async with pool.database.writing() as connection:
        await store.end(connection, id, state, answer, pool.clock())


async def look(pool: Pool, actor: Actor, id: UUID) -> Progress:
    """How far the actor's own work has come; refuses anybody else's."""
    found = await _find(pool, actor, id)
    if found is None:
        raise NotFound(kind="progress", id=str(id))
    return found


async def known(pool: Pool, actor: Actor, key: str, kind: str, subject: str) -> Progress | None:
    """How far the work has come that the actor began with this key; None where they began none."""
    return await _find(pool, actor, id_of(actor, key, kind, subject))


async def _find(pool: Pool, actor: Actor, id: UUID) -> Progress | None:
    async with pool.database.reading() as connection:
        found = await store.find(connection, id, actor.person_id)
    if found is not None and found.state == "running" and pool.clock() - found.updated_at > SILENT:
        return msgspec.structs.replace(found, state="failed")
    return found


async def forget(pool: Pool) -> int:
    """Take away how far work came that ended long ago; how many."""
    async with pool.database.writing() as connection:
        return await store.forget(connection, pool.clock() - timedelta(days=KEPT_DAYS))


async def finished(pool: Pool, actor: Actor, id: UUID) -> Progress:
    """Wait for work of this process to end, and say how it did; for commands and tests."""
    while _running:
        found = await look(pool, actor, id)
        if found.state != "running":
            return found
        if at_work := set(_running):  # it may have ended while it was looked at
            await asyncio.wait(at_work, timeout=1, return_when=asyncio.FIRST_COMPLETED)
    return await look(pool, actor, id)
