"""Keep audit packs that were made, and hand them out to trustees and treasurers for a few days.

How one is made is not known here: who calls gives ``make``, which writes it to a file on disk.
"""

import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import IO, Any
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.audit_packs import PACKS_MAXIMUM, Period
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import AuditPackLater, DateInvalid, NotFound
from ledger.services import progress
from ledger.services.operation import Done, Work, is_settled, note, perform
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.storage import audit
from ledger.storage import audit_packs as store
from ledger.storage.audit_packs import KeptPack
from ledger.storage.progress import Progress

MAKE = "make_audit_pack"
# A pack is made anew in minutes; one that lies about is one more copy of everything.
KEPT_DAYS = 7
# What a pack that grows is counted in, and how often whoever waits is told.
MEGABYTE = 1_000_000
TOLD_SECONDS = 2.0


class MadePack(msgspec.Struct, frozen=True):
    """What a pack that was written says of itself."""

    head_number: int
    head_hash: str
    files: int
    manifest_sha256: str


Make = Callable[[Pool, Actor, Period, IO[bytes], Come], Awaitable[MadePack]]


def usual_period(today: date) -> Period:
    """The last whole calendar year, which is both unions' year as long as nobody says otherwise."""
    return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))


def period_of(pool: Pool, first: date | None, last: date | None) -> Period:
    """The days asked for; the usual period's where left out. Refuses days in the wrong order, before any books, or to come."""
    usual = usual_period(pool.today())
    period = Period(first or (usual.first if last is None else last.replace(month=1, day=1)), last or (usual.last if first is None else pool.today()))
    if period.first > period.last:
        raise DateInvalid(field="from", text=period.first.isoformat(), last=period.last.isoformat(), reason="order")
    for field, day in (("from", period.first), ("to", period.last)):
        if not EARLIEST_DATE <= day <= pool.today():
            possible = {"first": EARLIEST_DATE.isoformat(), "last": pool.today().isoformat()}
            raise DateInvalid(field=field, text=day.isoformat(), **possible, reason="range")
    return period


async def begin(pool: Pool, actor: Actor, key: str, period: Period, make: Make) -> UUID:
    """Begin to make a pack, or join the work that this key began or the actor's own of the same days; the id of the work and of the pack.

    One is made at a time: each holds a connection, and most of a processor, for minutes.
    """
    authorize(actor, MAKE)
    subject = f"{period.first} {period.last}"
    id = progress.id_of(actor, key, MAKE, subject)

    async def work(come: Come) -> dict[str, str]:
        return {"pack": str((await _make(pool, actor, key, id, period, make, come)).id)}

    await is_settled(pool, actor, MAKE, key, period)  # a key of other days is refused at once, not after the minutes of making
    await _check_room(pool, id)
    return await progress.start(pool, actor, key, MAKE, subject, work, alone=AuditPackLater(reason="running", limit=PACKS_MAXIMUM))


async def _check_room(pool: Pool, id: UUID) -> None:
    async with pool.database.reading() as connection:
        kept = await store.packs(connection, _kept_since(pool))
    if len(kept) >= PACKS_MAXIMUM and all(pack.id != id for pack in kept):
        raise AuditPackLater(reason="full", limit=PACKS_MAXIMUM)


async def _make(pool: Pool, actor: Actor, key: str, id: UUID, period: Period, make: Make, come: Come) -> KeptPack:
    """Write it to a file beside the books, then keep it: the books are held up by neither."""
    with tempfile.TemporaryFile(prefix="solidarity-pack-") as file:
        made = await make(pool, actor, period, file, come)
        size = file.tell()
        keeping = _Keeping(come, size)

        async def work(w: Work) -> Done:
            file.seek(0)
            pack = KeptPack(id=id, first=period.first, last=period.last, bytes=size, made_by=actor.name, made_at=w.now, **msgspec.structs.asdict(made))
            await store.add(w.connection, pack, w.actor.person_id, file, keeping.come)
            return Done(pack, "audit-pack", _said(period, made))

        return msgspec.convert(await perform(pool, actor, MAKE, key, period, work, permission=MAKE, posts=False), KeptPack)


class _Keeping:
    """Says how much of a pack that is written is kept, so that the minutes which that may take are not silent."""

    def __init__(self, come: Come, size: int) -> None:
        self._come, self._size, self._told = come, size, 0.0

    async def come(self, kept: int) -> None:
        """Say it, every few seconds."""
        if time.monotonic() - self._told >= TOLD_SECONDS:
            self._told = time.monotonic()
            await self._come(-(-kept // MEGABYTE), -(-self._size // MEGABYTE), step="keeping")


async def write(pool: Pool, actor: Actor, period: Period, make: Make, target: IO[bytes], come: Come) -> MadePack:
    """Write a pack to a file of the caller's; it is in the audit trail as every export is, and kept nowhere else."""
    authorize(actor, MAKE)
    made = await make(pool, actor, period, target, come)
    await note(pool, [audit.event(actor, MAKE, "done", "audit-pack", **_said(period, made))])
    return made


def _said(period: Period, made: MadePack) -> dict[str, Any]:
    return {
        "first": period.first.isoformat(), "last": period.last.isoformat(), "head": made.head_number, "head_hash": made.head_hash, "files": made.files,
        "manifest_sha256": made.manifest_sha256,
    }  # fmt: skip


async def look(pool: Pool, actor: Actor, id: UUID) -> tuple[KeptPack | None, Progress | None]:
    """A pack that is kept, or how far the actor's own has come; refuses where there is neither."""
    authorize(actor, MAKE)
    async with pool.database.reading() as connection:
        pack = await store.find(connection, id, _kept_since(pool))
    if pack is not None:
        return pack, None
    return None, await progress.look(pool, actor, id)


async def list_packs(pool: Pool, actor: Actor) -> list[KeptPack]:
    """The packs that can be taken away, the newest first."""
    authorize(actor, MAKE)
    async with pool.database.reading() as connection:
        return await store.packs(connection, _kept_since(pool))


async def take(pool: Pool, actor: Actor, id: UUID) -> tuple[KeptPack, AsyncIterator[bytes]]:
    """A pack and its bytes, in pieces; that it was taken is in the audit trail before the first of them leaves."""
    authorize(actor, MAKE)
    async with pool.database.reading() as connection:
        pack = await store.find(connection, id, _kept_since(pool))
    if pack is None:
        raise NotFound(kind="audit pack", id=str(id))
    await note(pool, [audit.event(actor, "take_audit_pack", subject="audit-pack", head=pack.head_number, manifest_sha256=pack.manifest_sha256)])
    return pack, _pieces(pool, id)


async def _pieces(pool: Pool, id: UUID) -> AsyncIterator[bytes]:
    ordinal = 1
    while True:
        async with pool.database.reading() as connection:
            found = await store.piece(connection, id, ordinal)
        if found is None:
            return
        yield found
        ordinal += 1


def kept_until(pack: KeptPack) -> datetime:
    """Until when a pack is handed out; then it is thrown away with the next sweep."""
    return pack.made_at + timedelta(days=KEPT_DAYS)


def _kept_since(pool: Pool) -> datetime:
    """When the oldest pack was made that is still handed out."""
    return pool.clock() - timedelta(days=KEPT_DAYS)


async def forget(pool: Pool) -> int:
    """Take away packs that have lain for long enough; how many."""
    async with pool.database.writing() as connection:
        return await store.forget(connection, _kept_since(pool))
