"""Post what people write in the journal, undo it by reversal or correction, and read it back.

General and opening entries go through the writer's queue, so that many callers share one commit; what must agree with an entry that
is already there (a reversal, a correction) runs in a transaction of its own.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft, Entry, reversal
from ledger.domain.journal import Directory, NamedEntry, check_open_draft, check_reversal, check_texts, draft_of
from ledger.domain.refusals import AccountUnknown, FundUnknown, KeyInvalid, KeyMissing, NotFound, Refusal, TextInvalid, WrongCurrency
from ledger.domain.text import is_blank
from ledger.services import contributions
from ledger.services.operation import Done, Work, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import audit, entries, journal, requests
from ledger.storage.entries import EntryFilter, EntryRow, EntryView
from ledger.storage.writer import Submission

POST, REVERSE, CORRECT = "post_entry", "reverse_entry", "correct_entry"
BULK_MAXIMUM = 1_000
BREATHE_EVERY = 100
# One a pool; names are only ever added, so that what is kept never lies.
_directories: WeakKeyDictionary[Pool, Directory] = WeakKeyDictionary()


class Corrected(msgspec.Struct, frozen=True):
    """The two entries of a correction."""

    reversal: int
    correction: int


# --- posting ----------------------------------------------------------------------------------------------------------


async def post_entry(pool: Pool, actor: Actor, key: str, request: Draft | NamedEntry) -> Entry:
    """Record a general or opening entry, or a correction of one that stays as it is; the entry as recorded."""
    return await _read(pool, await post_number(pool, actor, key, request))


async def post_number(pool: Pool, actor: Actor, key: str, request: Draft | NamedEntry) -> int:
    """The same without reading it back: its journal number, committed."""
    try:
        submission = await _submission(pool, actor, key, request, _Names(await read_directory(pool)))
    except Refusal as refusal:
        if not _is_definite(refusal):
            raise
        (outcome,) = await _settle_early(pool, actor, [(key, request)], [refusal], [0])
        if isinstance(outcome, Refusal):
            raise outcome from None
        return outcome
    return (await pool.writer.submit(submission))[0]


async def post_many(pool: Pool, actor: Actor, items: Sequence[tuple[str, Draft | NamedEntry]]) -> list[int | Refusal]:
    """The journal number or the refusal of each item, in their order; each stands alone under its own key.

    What is refused before the queue (rights, names, texts) is remembered and audited like every other refusal.
    """
    names = _Names(await read_directory(pool))
    outcomes: list[Any] = []
    submissions: list[Submission] = []
    for n, (key, request) in enumerate(items, 1):
        if n % BREATHE_EVERY == 0:
            await asyncio.sleep(0)  # the writer's next statement leaves meanwhile
        try:
            outcomes.append(None)
            submissions.append(await _submission(pool, actor, key, request, names))
        except Refusal as refusal:
            outcomes[-1] = refusal
    early = [n for n, refusal in enumerate(outcomes) if refusal is not None and _is_definite(refusal)]
    posted = iter(await pool.writer.submit_all(submissions) if submissions else [])
    outcomes = [_number(next(posted)) if refusal is None else refusal for refusal in outcomes]
    return await _settle_early(pool, actor, items, outcomes, early) if early else outcomes


async def _submission(pool: Pool, actor: Actor, key: str, request: Draft | NamedEntry, names: "_Names") -> Submission:
    """One entry for the writer's queue, checked as far as can be without the books."""
    requests.check_key(key)
    draft = await _checked(pool, actor, request, names)
    return Submission(actor, POST, key, requests.fingerprint(POST, request), (draft,))


def _number(outcome: list[int] | BaseException) -> int | Refusal:
    if isinstance(outcome, Refusal):
        return outcome
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome[0]


def _is_definite(refusal: Refusal) -> bool:
    """Whether an early refusal is remembered: not one about the key itself, nor one that only says to come back."""
    return refusal.status != 503 and not isinstance(refusal, KeyMissing | KeyInvalid)


class _Names(msgspec.Struct):
    """The directory that one call goes by; read anew once, when a name is not in what was kept."""

    directory: Directory
    fresh: bool = False


async def _checked(pool: Pool, actor: Actor, request: Draft | NamedEntry, names: _Names) -> Draft:
    authorize(actor, POST)
    draft = await _drafted(pool, request, names)
    check_open_draft(draft, names.directory.accounts)
    if draft.corrects is not None:
        async with pool.database.reading() as connection:
            if not await entries.exists(connection, draft.corrects):
                raise NotFound(kind="entry", id=str(draft.corrects))
    return draft


async def _drafted(pool: Pool, request: Draft | NamedEntry, names: _Names) -> Draft:
    if isinstance(request, Draft):
        return request
    try:
        return draft_of(request, names.directory)
    except (AccountUnknown, FundUnknown, WrongCurrency):
        if names.fresh:
            raise
        names.directory, names.fresh = await read_directory(pool, fresh=True), True
        return draft_of(request, names.directory)


async def read_directory(pool: Pool, fresh: bool = False) -> Directory:
    """Every account and fund by name; read anew for a name that is not in what was kept."""
    known = _directories.get(pool)
    if known is None or fresh:
        async with pool.database.reading() as connection:
            accounts, funds = await journal.read_accounts(connection), await journal.read_funds(connection)
        known = _directories[pool] = Directory(accounts.values(), funds.values())
    return known


async def _settle_early(
    pool: Pool, actor: Actor, items: Sequence[tuple[str, Draft | NamedEntry]], outcomes: list[Any], early: Sequence[int]
) -> list[int | Refusal]:
    """Remember and audit refusals that never reached the queue; a key that was settled before keeps its first answer."""
    now = pool.clock()
    async with pool.database.writing() as connection:
        await journal.lock_head(connection)
        known = await requests.recall(connection, [items[n][0] for n in early])
        settled: dict[str, requests.Settled] = {}
        for n in early:
            key, request = items[n]
            mark, refusal = requests.fingerprint(POST, request), outcomes[n]
            if key in known:
                outcomes[n] = _again(known[key], actor, mark)
                continue
            settled[key] = requests.refused(key, POST, mark, actor, refusal)
            known[key] = requests.Remembered(actor.person_id, mark, refusal.code, refusal.params)
        if settled:
            await requests.remember(connection, list(settled.values()), now)
            events = [audit.event(actor, POST, "refused", code=s.refusal, facts=s.answer) for s in settled.values()]
            await audit.keep(connection, events, now)
    return outcomes


def _again(remembered: requests.Remembered, actor: Actor, mark: bytes) -> int | Refusal:
    try:
        number: int = remembered.again(actor, mark)["entries"][0]
        return number
    except Refusal as refusal:
        return refusal


async def preview(pool: Pool, actor: Actor, request: Draft | NamedEntry) -> Preview:
    """What posting this would do, or the refusal it would get; nothing is recorded, remembered or audited."""
    draft = await _checked(pool, actor, request, _Names(await read_directory(pool)))
    async with pool.database.reading() as connection:
        return await previewed(connection, actor, [draft], pool.today())


# --- undoing ----------------------------------------------------------------------------------------------------------


async def reverse(pool: Pool, actor: Actor, key: str, number: int, entry_date: date | None, reason: str) -> Entry:
    """Undo an entry by an equal and opposite one, linked both ways; without a date, on the first open day from today.

    Refuses an entry that belongs to a record (undo it there), a reversal, and one that is reversed already.
    """

    async def work(w: Work) -> Done:
        draft = await _reversal(w, number, entry_date, reason)
        (posted,) = await w.post(draft)
        return Done({"entry": posted.number}, subject=f"J-{number}", details={"reversal": posted.number})

    request = {"entry": number, "entry_date": entry_date, "reason": reason}
    answer = await perform(pool, actor, REVERSE, key, request, work, permission=REVERSE)
    return await _read(pool, answer["entry"])


async def correct(
    pool: Pool, actor: Actor, key: str, number: int, reversal_date: date | None, request: Draft | NamedEntry, reason: str = ""
) -> Corrected:
    """Reverse an entry and post what it should have been, linked to it, both or neither (case W13)."""
    directory = await read_directory(pool, fresh=True)

    async def work(w: Work) -> Done:
        undone = await _reversal(w, number, reversal_date, reason, correcting=True)
        draft = _correction(number, request, directory)
        posted = await w.post(undone, draft)
        numbers = Corrected(posted[0].number, posted[1].number)
        return Done(numbers, subject=f"J-{number}", details={"reversal": numbers.reversal, "correction": numbers.correction})

    asked = {"entry": number, "reversal_date": reversal_date, "reason": reason, "draft": request}
    answer = await perform(pool, actor, CORRECT, key, asked, work, permission=REVERSE)
    return msgspec.convert(answer, Corrected)


async def preview_reversal(pool: Pool, actor: Actor, number: int, entry_date: date | None, reason: str) -> Preview:
    """What reversing an entry would do, or its refusal; nothing is recorded."""
    authorize(actor, REVERSE)
    async with pool.database.reading() as connection:
        draft = await _reversal(Work(connection, actor, pool.clock(), pool.today()), number, entry_date, reason, telling=False)
        return await previewed(connection, actor, [draft], pool.today())


async def preview_correction(
    pool: Pool, actor: Actor, number: int, reversal_date: date | None, request: Draft | NamedEntry, reason: str = ""
) -> Preview:
    """What correcting an entry would post, or its refusal; nothing is recorded."""
    authorize(actor, REVERSE)
    directory = await read_directory(pool, fresh=True)
    async with pool.database.reading() as connection:
        w = Work(connection, actor, pool.clock(), pool.today())
        undone = await _reversal(w, number, reversal_date, reason, correcting=True, telling=False)
        return await previewed(connection, actor, [undone, _correction(number, request, directory)], pool.today())


async def _reversal(
    w: Work, number: int, entry_date: date | None, reason: str, *, correcting: bool = False, telling: bool = True
) -> Draft:
    """The draft that undoes an entry, after its rules; ``telling`` the record it belongs to, which changes in this transaction."""
    found = await entries.entry(w.connection, number)
    authorize(w.actor, REVERSE, found.actor_union)
    if entry_date is None:
        entry_date = await open_day(w, found.draft, w.today)
    check_reversal(found, entry_date, correcting=correcting)
    if is_blank(reason) and not correcting:
        raise TextInvalid(field="reason", limit=500)
    draft = reversal(found, entry_date, reason.strip() or f"Correction of J-{number}: {found.draft.description}"[:500])
    check_texts(draft)
    if telling and found.draft.kind == "contribution":
        await contributions.on_reversed(w, number)
    return draft


def _correction(number: int, request: Draft | NamedEntry, directory: Directory) -> Draft:
    draft = draft_of(request, directory) if isinstance(request, NamedEntry) else request
    draft = msgspec.structs.replace(draft, kind="correction", corrects=number)
    check_open_draft(draft, directory.accounts)
    return draft


# --- reading ----------------------------------------------------------------------------------------------------------


async def _read(pool: Pool, number: int) -> Entry:
    async with pool.database.reading() as connection:
        return await entries.entry(connection, number)


async def read_entry(pool: Pool, actor: Actor, number: int) -> EntryView:
    """One entry with the names it uses, its links and the door it came by."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        return await entries.view(connection, number)


async def list_entries(
    pool: Pool, actor: Actor, narrowed: EntryFilter, before: int | None = None, limit: int = entries.PAGE_ENTRIES
) -> tuple[list[EntryRow], int | None]:
    """A page of entries, newest first, and the number to go on below (None at the end)."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        rows = await entries.newest(connection, narrowed, before, limit + 1)
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None
