"""Bring a roster in from a file: kept aside first, shown with what it would do, then brought in whole or not at all.

A file is read in a thread, outside of the transaction; only the comparison with what is kept, and the keeping, hold the books. Nothing that is
answered, audited or remembered repeats what stands in a row.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from ledger.domain import duty, rosters
from ledger.domain.actors import Actor
from ledger.domain.cells import is_secret
from ledger.domain.documents import plain_filename
from ledger.domain.refusals import ColumnsMissing, IdentifierRefused, Refusal, RowsInvalid
from ledger.domain.rosters import Member, Merge, Reading
from ledger.domain.sheets import Faults, guess_mapping, heading_row
from ledger.domain.strikes import Strike, check_step
from ledger.services.holds import refuse_held
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.services.roster_views import viewing
from ledger.services.rosters import MANAGE, strike_for
from ledger.services.spreadsheets import Rows, read_rows
from ledger.storage import requests, retention
from ledger.storage import rosters as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.rosters import RosterFile

SAMPLE_ROWS = 3
ROWS_SHOWN = 20
PAGE_FILES = 20
# A file that waits holds names that no roster has: it is thrown away by itself once nobody can still be about to bring it in.
FILE_DAYS = 14
# Members written in one statement: far from what a statement may take, and often enough for a figure that moves.
PORTION = 5_000
_KEYS = UUID("0d6c1c0e-7f5e-4a0c-8f8e-0b6c8e0a4f11")


class SheetFile(msgspec.Struct, frozen=True):
    """A file as it was sent: its name, which only tells its kind, and its bytes."""

    filename: str
    content: bytes


class Brought(msgspec.Struct, frozen=True):
    """What bringing a roster in did, in figures."""

    strike: str
    rows: int
    added: int
    changed: int
    unchanged: int
    left: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would do. ``missing_columns`` are names of columns; ``moved`` rows of the file whose member changes locals;
    ``elsewhere`` rows whose reference is on another strike's roster, with its number; both the first of them, and how many.
    """

    strike: Strike
    heading: list[str]
    samples: list[list[str]]
    mapping: dict[str, int]
    missing_columns: list[str]
    rows: int = 0
    members: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    moved: list[int] = []
    moved_count: int = 0
    elsewhere: list[tuple[int, str]] = []
    elsewhere_count: int = 0
    faults: Faults = Faults()
    file: RosterFile | None = None


class _Read(msgspec.Struct, frozen=True):
    """A file as read: its rows, which column is which, its members and its faults."""

    rows: Rows
    top: int
    mapping: dict[str, int]
    missing: list[str]
    members: list[Member]
    faults: Faults


# --- kept aside -------------------------------------------------------------------------------------------------------


async def upload(pool: Pool, actor: Actor, key: str, number: str, file: SheetFile, holds: str = "roster", permission: str = MANAGE) -> UUID:
    """Keep a file aside until it is brought in; its id. Refuses what cannot be read as a spreadsheet.

    The bytes are kept before the books are locked, so that a large file holds nobody up.
    """
    requests.check_key(key)
    digest = hashlib.sha256(file.content).digest()
    id = uuid5(_KEYS, f"{actor.person_id} {key}")
    early: Refusal | None = None
    try:
        await _keep_file(pool, actor, number, id, file, holds, digest, permission)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if early is not None:
            raise early
        strike = await strike_for(w.connection, w.actor, permission, number)
        return Done({"file": str(id)}, strike.number, {"holds": holds, "bytes": len(file.content)})

    request = {"strike": number, "holds": holds, "sha256": digest.hex()}
    await perform(pool, actor, "upload_roster", key, request, work, permission=permission)
    return id


_COLUMNS = {"roster": rosters.COLUMNS, "duty": duty.COLUMNS}


def _check_file(content: bytes, name: str, holds: str) -> None:
    """Refuse a file with a heading alone, and one with a number that is never kept here in any cell, asked for or not."""
    rows = read_rows(content, name)
    top = heading_row(_COLUMNS[holds], rows)
    if not any(map(any, rows[top + 1 :])):
        raise RowsInvalid(count=0, row=top + 1, column="", reason="nobody")
    if any(is_secret(cell) for row in rows for cell in row):
        raise IdentifierRefused(field=name[-40:])


async def _keep_file(pool: Pool, actor: Actor, number: str, id: UUID, file: SheetFile, holds: str, digest: bytes, permission: str) -> None:
    async with pool.database.reading() as connection:
        check_step(await strike_for(connection, actor, permission, number), "keep_roster")
    name = plain_filename(file.filename)
    await asyncio.to_thread(_check_file, file.content, name, holds)
    async with pool.database.writing() as connection:
        strike = await strike_for(connection, actor, permission, number)
        async with rosters_of(connection, strike.union):
            await store.add_file(connection, strike, id, holds, name, file.content, digest, actor.person_id, pool.clock())


async def drop(pool: Pool, actor: Actor, key: str, number: str, id: UUID, permission: str = MANAGE) -> None:
    """Throw a file that was kept aside away; refused while a hold keeps it."""

    async def work(w: Work) -> Done:
        strike = await strike_for(w.connection, w.actor, permission, number)
        await refuse_held(w.connection, strike)
        async with rosters_of(w.connection, strike.union):
            await store.drop_file(w.connection, strike.number, id)
        return Done({"file": str(id)}, strike.number)

    await perform(pool, actor, "drop_roster", key, {"strike": number, "file": str(id)}, work, permission=permission)


class Waiting(msgspec.Struct, frozen=True):
    """A page of the files that were kept aside and not brought in, and what the next one begins after."""

    strike: Strike
    files: list[RosterFile]
    next: tuple[datetime, UUID] | None


async def waiting(pool: Pool, actor: Actor, number: str, holds: str = "roster", after: tuple[datetime, UUID] | None = None) -> Waiting:
    """The files that wait, the newest first."""
    async with pool.database.reading() as connection:
        strike = await strike_for(connection, actor, MANAGE, number)
        async with rosters_of(connection, strike.union):
            found = await store.files(connection, strike.number, holds, after, PAGE_FILES + 1)
    last = found[PAGE_FILES - 1] if len(found) > PAGE_FILES else None
    return Waiting(strike, found[:PAGE_FILES], (last.uploaded_at, last.id) if last else None)


async def kept_file(pool: Pool, actor: Actor, number: str, id: UUID, holds: str = "roster", permission: str = MANAGE) -> tuple[RosterFile, SheetFile]:
    """A file that was kept aside."""
    async with pool.database.reading() as connection:
        strike = await strike_for(connection, actor, permission, number)
        async with rosters_of(connection, strike.union):
            about, content = await store.file(connection, strike.number, id, holds)
    return about, SheetFile(about.filename, content)


# --- what it would do -------------------------------------------------------------------------------------------------


async def preview(
    pool: Pool, actor: Actor, number: str, file: SheetFile, mapping: Mapping[str, int] | None, language: str, about: RosterFile | None = None
) -> Preview:
    """What bringing the file in would do, fault by fault; without ``mapping`` its heading says which column is which."""
    async with pool.database.reading() as connection:
        strike = await strike_for(connection, actor, MANAGE, number)
    read = await _read(file, mapping, _reading(strike, language, pool.today()))
    async with viewing(pool, actor, number, "file", MANAGE) as (connection, strike):
        return msgspec.structs.replace(await _previewed(connection, strike, read), file=about)


async def _previewed(connection: Connection, strike: Strike, read: _Read) -> Preview:
    body = [row for row in read.rows[read.top + 1 :] if any(row)]
    shown = Preview(
        strike=strike, heading=read.rows[read.top], samples=body[:SAMPLE_ROWS], mapping=read.mapping, missing_columns=read.missing, rows=len(body),
        members=len(read.members), faults=read.faults,
    )  # fmt: skip
    if read.missing:
        return shown
    merge = await _merged(connection, strike, read)
    others = await store.elsewhere(connection, strike, [member.reference for member in read.members])
    elsewhere = [(member.row, others[member.reference]) for member in read.members if member.reference in others]
    return msgspec.structs.replace(
        shown, added=len(merge.added), changed=len(merge.changed), unchanged=merge.unchanged, missing=len(merge.missing),
        moved=list(merge.moved[:ROWS_SHOWN]), moved_count=len(merge.moved), elsewhere=elsewhere[:ROWS_SHOWN], elsewhere_count=len(elsewhere),
    )  # fmt: skip


async def _merged(connection: Connection, strike: Strike, read: _Read) -> Merge:
    known = await store.known(connection, strike.number)
    return await asyncio.to_thread(rosters.merge, known, read.members, rosters.fields_of(read.mapping))


def _reading(strike: Strike, language: str, today: date) -> Reading:
    locals_ = tuple(each.number for each in strike.locals)
    return Reading(locals_, strike.currency, language, today, min(strike.starts_on, today))


async def _read(file: SheetFile, mapping: Mapping[str, int] | None, reading: Reading) -> _Read:
    return await asyncio.to_thread(_read_now, file, mapping, reading)


def _read_now(file: SheetFile, mapping: Mapping[str, int] | None, reading: Reading) -> _Read:
    rows = read_rows(file.content, file.filename)
    top = heading_row(rosters.COLUMNS, rows)
    chosen = dict(mapping) if mapping else guess_mapping(rosters.COLUMNS, rows[top])
    missing = rosters.missing_columns(chosen, reading.locals)
    members, faults = ([], Faults()) if missing else rosters.read_roster(rows, chosen, reading)
    return _Read(rows, top, chosen, missing, members, faults)


# --- bringing it in ---------------------------------------------------------------------------------------------------


async def bring_in(
    pool: Pool, actor: Actor, key: str, number: str, file: SheetFile, mapping: Mapping[str, int] | None, language: str, *,
    leave: bool = False, come: Come | None = None, kept_as: UUID | None = None,
) -> Brought:  # fmt: skip
    """Make the roster what the file says, in one transaction: new members, changed ones, and with ``leave`` those who are not in it have left.

    Refuses while a column is missing, a row has a fault or nobody is in it. ``kept_as`` is the file kept aside, thrown away then unless a hold stands.
    """
    requests.check_key(key)
    digest = hashlib.sha256(file.content).hexdigest()
    request = {"strike": number, "sha256": digest, "mapping": dict(mapping or {}), "language": language, "leave": leave}
    read: _Read | None = None
    early: Refusal | None = None
    try:
        async with pool.database.reading() as connection:
            strike = await strike_for(connection, actor, MANAGE, number)
        read = _whole(await _read(file, mapping, _reading(strike, language, pool.today())))
        await _come(come, 0, len(read.members))
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if early is not None or read is None:
            raise early or RowsInvalid(count=0, row=0, column="")
        return await _keep(w, number, read, leave, come, kept_as)

    return msgspec.convert(await perform(pool, actor, "import_roster", key, request, work, permission=MANAGE, posts=False), Brought)


def _whole(read: _Read) -> _Read:
    """The file itself, or the refusal of what is not whole."""
    if read.missing:
        raise ColumnsMissing(columns=read.missing)
    if read.faults.count:
        first = read.faults.shown[0]
        raise RowsInvalid(count=read.faults.count, row=first.row, column=first.column)
    if not read.members:
        raise RowsInvalid(count=0, row=read.top + 1, column="", reason="nobody")
    return read


async def drop_brought(connection: Connection, strike: Strike, id: UUID) -> None:
    """Throw a file away that was brought in; while a hold stands it stays, and goes on its day."""
    if await retention.standing(connection, strike.union, strike.number) is None:
        await store.drop_file(connection, strike.number, id)


async def _keep(w: Work, number: str, read: _Read, leave: bool, come: Come | None, kept_as: UUID | None) -> Done:
    strike = await strike_for(w.connection, w.actor, MANAGE, number, lock=True)
    check_step(strike, "keep_roster")
    locals_ = {each.number: each.id for each in strike.locals}
    total = len(read.members)
    async with rosters_of(w.connection, strike.union):
        if kept_as is not None:
            await drop_brought(w.connection, strike, kept_as)
        merge = await _merged(w.connection, strike, read)
        for start in range(0, len(merge.changed), PORTION):
            await store.change(w.connection, strike, merge.changed[start : start + PORTION], locals_, w.actor.person_id, w.now)
            await _come(come, merge.unchanged + min(start + PORTION, len(merge.changed)), total)
        for start in range(0, len(merge.added), PORTION):
            await store.add(w.connection, strike, merge.added[start : start + PORTION], locals_, w.actor.person_id, w.now)
            await _come(come, total - len(merge.added) + min(start + PORTION, len(merge.added)), total)
        left = merge.missing if leave else ()
        await store.leave(w.connection, strike.number, left, w.today, w.actor.person_id, w.now)
    brought = Brought(strike.number, total, len(merge.added), len(merge.changed), merge.unchanged, len(left))
    return Done(brought, strike.number, _figures(brought))


def _figures(brought: Brought) -> dict[str, Any]:
    return {name: rosters.told(value) for name, value in msgspec.to_builtins(brought).items() if name != "strike"}


async def _come(come: Come | None, done: int, total: int) -> None:
    if come is not None:
        await come(done, total)
