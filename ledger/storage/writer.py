"""Post from many callers at once: one task drains the queue and commits whatever is waiting as one batch.

Every item gets its own outcome; a refused one is remembered, audited, and never fails its neighbours. The queue is bounded.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.entries import Draft
from ledger.domain.posting_rules import Accepted, Books, decide
from ledger.domain.refusals import Busy, DatabaseUnavailable, OutcomeUnknown, Refusal
from ledger.storage import audit, journal, requests
from ledger.storage.database import Connection, Database

BATCH_MAXIMUM = 1_000
# One statement's share of a batch: while the database writes it, the next is decided and encoded.
STATEMENT_SUBMISSIONS = 250
# A statement is larger than a socket takes at once: the loop must turn for the rest of it to leave, and for others to be answered.
BREATHE_EVERY = 25
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
    """What one caller asked for at once, and where its outcomes go, in the same order."""

    submissions: Sequence[Submission]
    answer: asyncio.Future[list[Any]]

    def postings(self) -> int:
        """How many there are in all."""
        return sum(len(draft.postings) for submission in self.submissions for draft in submission.drafts)


class _Batch(msgspec.Struct):
    """What one transaction goes by: the books as decided so far, every key's first answer, and the last entry's number and hash."""

    books: Books
    known: dict[str, requests.Remembered]
    head: journal.Head
    now: datetime


class _Part(msgspec.Struct):
    """What one statement of a batch writes."""

    accepted: list[tuple[Actor, Accepted]] = []
    settled: list[requests.Settled] = []
    events: list[audit.Event] = []


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
        (outcome,) = await self.submit_all([submission])
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def submit_all(self, submissions: Sequence[Submission]) -> list[list[int] | BaseException]:
        """The numbers of each, committed, or what stood against it; each stands alone. Refuses with :class:`Busy` when the queue is full."""
        waiting = _Waiting(submissions, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            raise Busy(retry_after_seconds=1) from None
        return await waiting.answer

    async def _drain(self) -> None:
        while True:
            batch = [await self._queue.get()]
            size, postings = len(batch[0].submissions), batch[0].postings()
            while size < BATCH_MAXIMUM and postings < BATCH_POSTINGS_MAXIMUM and not self._queue.empty():
                batch.append(self._queue.get_nowait())
                size, postings = size + len(batch[-1].submissions), postings + batch[-1].postings()
            try:
                await self._settle(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _settle(self, batch: list[_Waiting]) -> None:
        submissions = [submission for waiting in batch for submission in waiting.submissions]
        outcomes: list[Any] = [OutcomeUnknown()] * len(submissions)
        try:
            outcomes = await self._outcomes(submissions)
        finally:
            told = iter(outcomes)
            for waiting in batch:
                own = list(islice(told, len(waiting.submissions)))
                if not waiting.answer.done():
                    waiting.answer.set_result(own)

    async def _outcomes(self, submissions: list[Submission]) -> list[Any]:
        try:
            return await self._commit(submissions)
        except (DatabaseUnavailable, OutcomeUnknown) as error:
            return [error] * len(submissions)
        except Exception as error:
            # The database's own wall refused what decide let pass, or a fault of ours: find the one it is, so that its neighbours go
            # through. Whatever it is, the queue goes on.
            if len(submissions) > 1:
                return [outcome for submission in submissions for outcome in await self._outcomes([submission])]
            return [error]

    async def _commit(self, submissions: list[Submission]) -> list[Any]:
        outcomes: list[Any] = []
        async with self._database.writing() as connection, _sending() as sending:
            head = await journal.lock_head(connection)
            known = await requests.recall(connection, [s.key for s in submissions])
            drafts = [draft for s in submissions for draft in s.drafts]
            batch = _Batch(await journal.load_books(connection, drafts, head, self._today()), known, head, self._clock())
            for first in range(0, len(submissions), STATEMENT_SUBMISSIONS):
                part = _Part()
                for n, submission in enumerate(submissions[first : first + STATEMENT_SUBMISSIONS], 1):
                    outcomes.append(_decide_one(batch, part, submission))
                    if n % BREATHE_EVERY == 0:
                        await asyncio.sleep(0)
                await sending.send(_written(connection, batch, part))
        return outcomes


class _Sending:
    """One statement on its way at a time; the next may be made meanwhile."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None

    async def send(self, statement: Coroutine[Any, Any, Any] | None) -> None:
        """Wait for the statement before, then let this one leave, without waiting for its answer."""
        if self._task is not None:
            task, self._task = self._task, None
            await task
        if statement is not None:
            self._task = asyncio.create_task(statement)
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Leave nothing on its way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def _sending() -> AsyncIterator[_Sending]:
    sending = _Sending()
    try:
        yield sending
        await sending.send(None)
    finally:
        await sending.stop()


def _decide_one(batch: _Batch, part: _Part, submission: Submission) -> Any:
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
        _settle_one(batch, part, submission, refusal.code, refusal.params)
        return refusal
    part.accepted.extend((submission.actor, item) for item in accepted)
    numbers = [item.number for item in accepted]
    _settle_one(batch, part, submission, None, {"entries": numbers})
    return numbers


def _settle_one(batch: _Batch, part: _Part, submission: Submission, refusal: str | None, answer: Any) -> None:
    actor = submission.actor
    outcome = requests.Settled(submission.key, submission.operation, submission.fingerprint, actor.person_id, refusal, answer)
    part.settled.append(outcome)
    part.events.append(_event(actor, outcome))
    batch.known[submission.key] = requests.Remembered(actor.person_id, submission.fingerprint, refusal, answer)


def _event(actor: Actor, outcome: requests.Settled) -> audit.Event:
    if outcome.refusal is not None:
        return audit.event(actor, outcome.operation, "refused", code=outcome.refusal, facts=outcome.answer)
    numbers = outcome.answer["entries"]
    return audit.event(actor, outcome.operation, subject=f"J-{numbers[0]}", entries=len(numbers))


def _written(connection: Connection, batch: _Batch, part: _Part) -> Coroutine[Any, Any, Any]:
    """What writes a part, encoded already; the head in ``batch`` has moved on."""
    if not part.accepted:
        return _answered(connection, part, batch.now)
    arguments, _ = journal.recording(batch.books, batch.head, part.accepted, batch.now, part.settled, part.events)
    written: Coroutine[Any, Any, Any] = connection.execute(journal.RECORD, *arguments)
    return written


async def _answered(connection: Connection, part: _Part, now: datetime) -> None:
    if part.settled:
        await requests.remember(connection, part.settled, now)
        await audit.keep(connection, part.events, now)
