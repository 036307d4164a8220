"""Record picket duty by member and day: typed on the line by a captain, or brought in from a sheet by who keeps the roster.

A captain sees references alone, and only those of the locals they were named for. Whoever reads the roster sees names there too.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from ledger.domain import duty as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.cells import NotRead
from ledger.domain.duty import DAY_MINUTES, Duty, DutyReading
from ledger.domain.refusals import ChoiceInvalid, ColumnsMissing, DateInvalid, MemberUnknown, NotAllowed, Refusal, RowsInvalid
from ledger.domain.rosters import read_reference, told
from ledger.domain.sheets import Faults, guess_mapping, heading_row
from ledger.domain.strikes import Strike, StrikeLocal, check_step
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.services.roster_files import PORTION, SAMPLE_ROWS, SheetFile, drop_brought
from ledger.services.roster_views import viewing
from ledger.services.rosters import MANAGE, READ, strike_for
from ledger.services.spreadsheets import Rows, read_rows
from ledger.storage import duty as store
from ledger.storage import requests, rosters, strikes
from ledger.storage.database import Connection
from ledger.storage.duty import Captain, Stood
from ledger.storage.private import rosters_of
from ledger.storage.rosters import RosterFile
from ledger.storage.strikes import StrikeFilter

RECORD = "record_duty"
# What a shift on the line usually is; the form begins with it.
USUAL_MINUTES = 240
# So many members can be tapped on a phone; of more, the reference is typed.
TAPPED_MAXIMUM = 150


class Place(msgspec.Struct, frozen=True):
    """A strike where the actor records duty, and its locals that they do it for."""

    strike: Strike
    locals: list[StrikeLocal]
    names: bool


class DutyDay(msgspec.Struct, frozen=True):
    """A day on the line: who stood, and for how long; the others by (reference, name), where they are few. Names are empty for a captain."""

    place: Place
    day: date
    local: str
    stood: list[Stood]
    absent: list[tuple[str, str]]
    captains: list[Captain]


class DutyPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet of duty would do."""

    strike: Strike
    heading: list[str]
    samples: list[list[str]]
    mapping: dict[str, int]
    days: int
    missing_columns: list[str]
    rows: int = 0
    entries: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: Faults = Faults()
    file: RosterFile | None = None


class DutyBrought(msgspec.Struct, frozen=True):
    """What bringing duty in did, in figures."""

    strike: str
    entries: int
    added: int
    changed: int
    unchanged: int


# --- who records where ------------------------------------------------------------------------------------------------


def sees_names(actor: Actor, strike: Strike) -> bool:
    """Whether the actor reads this roster; a captain does not."""
    return actor.can(READ) and actor.union == strike.union


async def _place(connection: Connection, actor: Actor, number: str) -> Place:
    strike = await strike_for(connection, actor, RECORD, number)
    if sees_names(actor, strike):
        return Place(strike, list(strike.locals), True)
    own = (await store.captain_of(connection, actor.person_id)).get(strike.number, set())
    if not own:
        raise NotAllowed(permission=RECORD, reason="role")
    return Place(strike, [each for each in strike.locals if each.id in own], False)


async def places(pool: Pool, actor: Actor) -> list[Place]:
    """The strikes where the actor records duty."""
    authorize(actor, RECORD)
    async with pool.database.reading() as connection:
        if actor.can(READ):
            found = await strikes.strikes(connection, StrikeFilter(union=actor.union, live=True))
            return [Place(strike, list(strike.locals), True) for strike in found]
        return [await _place(connection, actor, number) for number in sorted(await store.captain_of(connection, actor.person_id))]


def last_day(strike: Strike, today: date) -> date:
    """The last day duty may be recorded for."""
    return min(strike.ended_on or today, today)


# --- one day ----------------------------------------------------------------------------------------------------------


async def show_day(pool: Pool, actor: Actor, number: str, day: date | None = None, local: str = "") -> DutyDay:
    """A day on the line, today where none is given, in one local or in all that the actor records for."""
    async with viewing(pool, actor, number, "duty", RECORD) as (connection, _):
        place = await _place(connection, actor, number)
        on = day or last_day(place.strike, pool.today())
        chosen = [each for each in place.locals if not local or each.number == local]
        if not chosen:
            raise ChoiceInvalid(field="local", value=local[:40])
        stood = await store.of_day(connection, place.strike.number, on, [each.id for each in chosen])
        absent = await store.absent(connection, place.strike.number, on, [each.id for each in chosen], TAPPED_MAXIMUM)
        captains = await store.captains(connection, place.strike.number) if place.names else []
    if not place.names:
        stood, absent = [msgspec.structs.replace(each, name="") for each in stood], [(reference, "") for reference, _ in absent]
    return DutyDay(place, on, local, stood, absent, captains)


async def record(pool: Pool, actor: Actor, key: str, number: str, day: date, reference: str, minutes: int, local: str = "") -> int:
    """Record how long a member stood on a day, in place of what was recorded; no minutes take it back. Their number on the roster.

    Refuses a reference that is not on the roster of the actor's locals, in the same words whether it is elsewhere or nowhere.
    """

    async def work(w: Work) -> Done:
        place = await _place(w.connection, w.actor, number)
        check_step(place.strike, "keep_roster")
        _check_day(place.strike, day, w.today)
        if not 0 <= minutes <= DAY_MINUTES:
            raise ChoiceInvalid(field="hours", value=str(minutes)[:40])
        async with rosters_of(w.connection, place.strike.union):
            member = await _member(w.connection, place, reference, local)
            await store.keep(w.connection, place.strike, [(member, day, minutes)], w.actor.person_id, w.now)
        return Done({"member": member}, place.strike.number, {"member": member, "day": day.isoformat(), "minutes": minutes})

    request = {"strike": number, "day": day, "reference": reference, "minutes": minutes, "local": local}
    answer = await perform(pool, actor, "record_duty", key, request, work, permission=RECORD)
    return int(answer["member"])


async def undo(pool: Pool, actor: Actor, key: str, number: str, day: date, member: int) -> None:
    """Take a member's duty of a day back."""

    async def work(w: Work) -> Done:
        place = await _place(w.connection, w.actor, number)
        check_step(place.strike, "keep_roster")
        async with rosters_of(w.connection, place.strike.union):
            if member not in (await rosters.references(w.connection, place.strike.number, [each.id for each in place.locals])).values():
                raise MemberUnknown(strike=place.strike.number)
            await store.keep(w.connection, place.strike, [(member, day, 0)], w.actor.person_id, w.now)
        return Done({"member": member}, place.strike.number, {"member": member, "day": day.isoformat()})

    await perform(pool, actor, "undo_duty", key, {"strike": number, "day": day, "member": member}, work, permission=RECORD)


async def _member(connection: Connection, place: Place, reference: str, local: str) -> int:
    locals_ = [each.id for each in place.locals if not local or each.number == local]
    try:
        wanted = read_reference(" ".join(reference.split()))
    except NotRead:
        raise MemberUnknown(strike=place.strike.number) from None
    member = (await rosters.references(connection, place.strike.number, locals_)).get(wanted)
    if member is None:
        raise MemberUnknown(strike=place.strike.number)
    return member


def _check_day(strike: Strike, day: date, today: date) -> None:
    try:
        rules.duty_day(day, strike.starts_on, last_day(strike, today))
    except NotRead:
        raise DateInvalid(field="day", text=day.isoformat()) from None


# --- captains ---------------------------------------------------------------------------------------------------------


async def possible_captains(pool: Pool, actor: Actor, number: str) -> list[tuple[int, str]]:
    """Who may be made a captain: people of the union with that role."""
    async with pool.database.reading() as connection:
        strike = await strike_for(connection, actor, MANAGE, number)
        return await store.possible_captains(connection, strike.union, pool.today())


async def name_captain(pool: Pool, actor: Actor, key: str, number: str, local: str, person_id: int, ends: bool = False) -> None:
    """Let a picket captain of the union record duty for one local of a strike, or with ``ends`` no more."""

    async def work(w: Work) -> Done:
        strike = await strike_for(w.connection, w.actor, MANAGE, number, lock=True)
        found = next((each for each in strike.locals if each.number == local), None)
        if found is None:
            raise ChoiceInvalid(field="local", value=local[:40])
        if ends:
            await store.end_captain(w.connection, strike.number, found.id, person_id, w.now)
        elif person_id in dict(await store.possible_captains(w.connection, strike.union, w.today)):
            await store.name_captain(w.connection, strike.number, found.id, person_id, w.actor.person_id, w.now)
        else:
            raise ChoiceInvalid(field="person", value=str(person_id))
        return Done({"strike": strike.number}, strike.number, {"local": local, "person": person_id})

    request = {"strike": number, "local": local, "person": person_id}
    await perform(pool, actor, "end_captain" if ends else "name_captain", key, request, work, permission=MANAGE)


# --- from a sheet -----------------------------------------------------------------------------------------------------


class _Read(msgspec.Struct, frozen=True):
    rows: Rows
    top: int
    mapping: dict[str, int]
    missing: list[str]
    duty: list[Duty]
    faults: Faults


async def preview(
    pool: Pool, actor: Actor, number: str, file: SheetFile, mapping: Mapping[str, int] | None, language: str, about: RosterFile | None = None
) -> DutyPreview:
    """What bringing the sheet in would do, fault by fault."""
    _, read, members = await _read(pool, actor, number, file, mapping, language)
    async with viewing(pool, actor, number, "duty file", MANAGE) as (connection, strike):
        kept = await store.kept(connection, strike.number)
    added, changed, unchanged = _compared(kept, _entries(read.duty, members))
    body = [row for row in read.rows[read.top + 1 :] if any(row)]
    return DutyPreview(
        strike=strike, heading=read.rows[read.top], samples=body[:SAMPLE_ROWS], mapping=read.mapping,
        days=len(rules.day_columns(read.rows, read.mapping)), missing_columns=read.missing, rows=len(body), entries=len(read.duty),
        added=added, changed=changed, unchanged=unchanged, faults=read.faults, file=about,
    )  # fmt: skip


def _entries(duty: list[Duty], members: Mapping[str, int]) -> list[tuple[int, date, int]]:
    return [(members[each.reference], each.day, each.minutes) for each in duty]


def _compared(kept: Mapping[tuple[int, date], int], entries: list[tuple[int, date, int]]) -> tuple[int, int, int]:
    was = [(kept.get((member, day), 0), minutes) for member, day, minutes in entries]
    added = sum(1 for before, now in was if not before and now)
    unchanged = sum(1 for before, now in was if before == now)
    return added, len(was) - added - unchanged, unchanged


async def _read(
    pool: Pool, actor: Actor, number: str, file: SheetFile, mapping: Mapping[str, int] | None, language: str
) -> tuple[Strike, _Read, dict[str, int]]:
    async with pool.database.reading() as connection:
        strike = await strike_for(connection, actor, MANAGE, number)
        async with rosters_of(connection, strike.union):
            members = await rosters.references(connection, strike.number)
    reading = DutyReading(strike.starts_on, last_day(strike, pool.today()), frozenset(members), language)
    return strike, await asyncio.to_thread(_read_now, file, mapping, reading), members


def _read_now(file: SheetFile, mapping: Mapping[str, int] | None, reading: DutyReading) -> _Read:
    rows = read_rows(file.content, file.filename)
    top = heading_row(rules.COLUMNS, rows)
    chosen = dict(mapping) if mapping else guess_mapping(rules.COLUMNS, rows[top])
    missing = rules.missing_columns(rows, chosen)
    duty, faults = ([], Faults()) if missing else rules.read_duty(rows, chosen, reading)
    return _Read(rows, top, chosen, missing, duty, faults)


async def bring_in(
    pool: Pool, actor: Actor, key: str, number: str, file: SheetFile, mapping: Mapping[str, int] | None, language: str, *,
    come: Come | None = None, kept_as: UUID | None = None,
) -> DutyBrought:  # fmt: skip
    """Keep the duty of a sheet, in one transaction; each member and day in place of what was kept. Refuses while a row has a fault."""
    requests.check_key(key)
    request = {"strike": number, "sha256": hashlib.sha256(file.content).hexdigest(), "mapping": dict(mapping or {}), "language": language}
    read: _Read | None = None
    early: Refusal | None = None
    try:
        _, read, _ = await _read(pool, actor, number, file, mapping, language)
        _check_whole(read)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if early is not None or read is None:
            raise early or RowsInvalid(count=0, row=0, column="")
        return await _keep(w, number, read, come, kept_as)

    return msgspec.convert(await perform(pool, actor, "import_duty", key, request, work, permission=MANAGE, posts=False), DutyBrought)


def _check_whole(read: _Read) -> None:
    if read.missing:
        raise ColumnsMissing(columns=read.missing)
    if read.faults.count:
        first = read.faults.shown[0]
        raise RowsInvalid(count=read.faults.count, row=first.row, column=first.column)
    if not read.duty:
        raise RowsInvalid(count=0, row=read.top + 1, column="", reason="nobody")


async def _keep(w: Work, number: str, read: _Read, come: Come | None, kept_as: UUID | None) -> Done:
    strike = await strike_for(w.connection, w.actor, MANAGE, number, lock=True)
    check_step(strike, "keep_roster")
    async with rosters_of(w.connection, strike.union):
        if kept_as is not None:
            await drop_brought(w.connection, strike, kept_as)
        members = await rosters.references(w.connection, strike.number)
        # Whoever left the roster between the reading and the keeping stands on it no more.
        entries = _entries([each for each in read.duty if each.reference in members], members)
        added, changed, unchanged = _compared(await store.kept(w.connection, strike.number), entries)
        for start in range(0, len(entries), PORTION):
            await store.keep(w.connection, strike, entries[start : start + PORTION], w.actor.person_id, w.now)
            if come is not None:
                await come(min(start + PORTION, len(entries)), len(entries))
    brought = DutyBrought(strike.number, len(entries), added, changed, unchanged)
    figures = {"entries": told(len(entries)), "added": told(added), "changed": told(changed), "unchanged": told(unchanged)}
    return Done(brought, strike.number, figures)


