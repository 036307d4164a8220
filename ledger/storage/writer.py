"""Post from many callers at once: one task drains the queue and commits whatever is waiting as one batch.

Every item gets its own outcome; a refused one is remembered, audited, and never fails its neighbours. The queue is bounded.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import asyncpg
import msgspec

from ledger.domain.actors import Actor
from ledger.domain.entries import Draft
from ledger.domain.posting_rules import Accepted, Books, decide
from ledger.domain.refusals import Busy, OutcomeUnknown, Refusal
from ledger.storage import audit, journal, requests
from ledger.storage.database import Connection, Database

BATCH_MAXIMUM = 1_000
BATCH_POSTINGS_MAXIMUM = 20_000
QUEUE_MAXIMUM = 20_000


class Submission(msgspec.Struct, frozen=True):
    """Drafts to record together or not at all, under one idempotency key."""

    actor: Actor
    operation: str
    key: str
    fingerprint: bytes
    drafts: tuple[Draft, ...]


class _Waiting(msgspec.Struct):
    submission: Submission
    answer: asyncio.Future[Any]


class _Batch(msgspec.Struct):
    """What one round has decided so far, before it is written."""

    books: Books
    known: dict[str, requests.Remembered]
    accepted: list[tuple[Actor, Accepted]] = []
    settled: list[tuple[requests.Settled, Submission]] = []
    outcomes: list[Any] = []


class Writer:
    """The posting queue of one process. Start it on the loop that serves, and stop it before the database closes."""

    def __init__(self, database: Database, clock: Callable[[], datetime], today: Callable[[], date]) -> None:
        self._database, self._clock, self._today = database, clock, today
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(QUEUE_MAXIMUM)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin draining the queue."""
        self._task = asyncio.create_task(self._drain(), name="writer")

    async def stop(self) -> None:
        """Finish what is queued, then end."""
        if self._task is None:
            return
        await self._queue.join()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def submit(self, submission: Submission) -> list[int]:
        """The journal numbers of the drafts, committed; or the refusal, raised. Refuses with :class:`Busy` when the queue is full."""
        answer: list[int] = await self.enqueue(submission)
        return answer

    def enqueue(self, submission: Submission) -> "asyncio.Future[list[int]]":
        """Queue a submission now and answer later, so that one caller may queue many in order without a task for each."""
        waiting = _Waiting(submission, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            raise Busy(retry_after_seconds=1) from None
        return waiting.answer

    async def _drain(self) -> None:
        while True:
            batch = [await self._queue.get()]
            postings = _size(batch[0])
            while len(batch) < BATCH_MAXIMUM and postings < BATCH_POSTINGS_MAXIMUM and not self._queue.empty():
                batch.append(self._queue.get_nowait())
                postings += _size(batch[-1])
            try:
                await self._settle(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _settle(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = await self._commit([waiting.submission for waiting in batch])
        except asyncpg.IntegrityConstraintViolationError as error:
            # The database's own wall refused what decide let pass: find the one at fault, so that its neighbours go through.
            if len(batch) > 1:
                for waiting in batch:
                    await self._settle([waiting])
                return
            outcomes = [error]
        except (Refusal, asyncpg.PostgresError) as error:
            outcomes = [error] * len(batch)
        except BaseException:
            outcomes = [OutcomeUnknown()] * len(batch)
            raise
        finally:
            for waiting, outcome in zip(batch, outcomes, strict=True):
                _answer(waiting.answer, outcome)

    async def _commit(self, submissions: list[Submission]) -> list[Any]:
        now = self._clock()
        async with self._database.writing() as connection:
            head = await journal.lock_head(connection)
            known = await requests.recall(connection, [s.key for s in submissions])
            drafts = [draft for s in submissions for draft in s.drafts]
            batch = _Batch(await journal.load_books(connection, drafts, head, self._today()), known)
            for submission in submissions:
                batch.outcomes.append(_decide_one(batch, submission))
            await _write(connection, batch, head, now)
        return batch.outcomes


def _size(waiting: _Waiting) -> int:
    return sum(len(draft.postings) for draft in waiting.submission.drafts)


def _answer(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _decide_one(batch: _Batch, submission: Submission) -> Any:
    """The numbers or the refusal of one submission; a key seen before, or earlier in this batch, gets its first answer."""
    remembered = batch.known.get(submission.key)
    try:
        if remembered is not None:
            return remembered.again(submission.actor, submission.fingerprint)["entries"]
    except Refusal as refusal:
        return refusal
    try:
        accepted = decide(batch.books, submission.actor, submission.drafts)
    except Refusal as refusal:
        _settle_one(batch, submission, refusal.code, refusal.params)
        return refusal
    batch.accepted.extend((submission.actor, item) for item in accepted)
    numbers = [item.number for item in accepted]
    _settle_one(batch, submission, None, {"entries": numbers})
    return numbers


def _settle_one(batch: _Batch, submission: Submission, refusal: str | None, answer: Any) -> None:
    actor = submission.actor
    outcome = requests.Settled(submission.key, submission.operation, submission.fingerprint, actor.person_id, refusal, answer)
    batch.settled.append((outcome, submission))
    batch.known[submission.key] = requests.Remembered(actor.person_id, submission.fingerprint, refusal, answer)


async def _write(connection: Connection, batch: _Batch, head: journal.Head, now: datetime) -> None:
    if batch.accepted:
        await journal.record(connection, batch.books, head, batch.accepted, now)
    if batch.settled:
        await requests.remember(connection, [outcome for outcome, _ in batch.settled], now)
        await audit.keep(connection, [_event(outcome, submission) for outcome, submission in batch.settled], now)


def _event(outcome: requests.Settled, submission: Submission) -> audit.Event:
    if outcome.refusal is not None:
        return audit.event(submission.actor, outcome.operation, "refused", code=outcome.refusal, facts=outcome.answer)
    numbers = outcome.answer["entries"]
    return audit.event(submission.actor, outcome.operation, subject=f"J-{numbers[0]}", entries=len(numbers))


