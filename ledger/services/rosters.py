"""Show a strike's roster to who keeps it, change what is said of one member, and count it for everybody else.

A roster is read by its own union's benefits officers and treasurers alone, and every look at it goes into the audit trail. What is answered,
audited or remembered names a member by their number on the roster, never by name or reference.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.cells import NotRead, is_secret
from ledger.domain.pledges import plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, IdentifierRefused, MemberChanged
from ledger.domain.rosters import (
    DEPENDANTS_MAXIMUM,
    MONEY,
    NAME_MAXIMUM,
    PAY_REFERENCE_MAXIMUM,
    Member,
    OtherIncome,
    PayMethod,
    Payroll,
    Standing,
    read_reference,
)
from ledger.domain.strike_rules import WEEKLY_MAXIMUM_MINOR
from ledger.domain.strikes import Strike, check_step
from ledger.domain.suppression import held_back, sees_all, told
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.roster_views import viewing
from ledger.services.strikes import written
from ledger.storage import duty as duty_store
from ledger.storage import rosters as store
from ledger.storage import strikes
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.rosters import Change, OnRoster, RosterFilter

READ, MANAGE = "read_roster", "manage_roster"
PAGE_MEMBERS = 50
EXPORT_MAXIMUM = 100_000
REASON_MAXIMUM = 300
# No member earns more in a week; what is above is a slip of the keyboard.
GROSS_MAXIMUM_MINOR = 10 * WEEKLY_MAXIMUM_MINOR


class Listed(msgspec.Struct, frozen=True):
    """A page of a roster, and what the next one begins after."""

    strike: Strike
    items: list[OnRoster]
    next: tuple[str, int] | None


class MemberView(msgspec.Struct, frozen=True):
    """One member: what is said of them, their weeks and days of duty, and what was changed by hand."""

    strike: Strike
    member: OnRoster
    weeks: list[dict[str, Any]]
    duty: list[tuple[date, int]]
    changes: list[Change]
    elsewhere: str


class Count(msgspec.Struct, frozen=True):
    """How many members of a local are in a standing; None where fewer than five are, and the reader is not of their union."""

    local: str
    standing: str
    members: int | None


class RosterCounts(msgspec.Struct, frozen=True):
    """A roster in figures: everybody together, and each local by standing."""

    total: int | None
    counts: list[Count]


class ChangeMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be said of a member from now on, whole, and why. ``seen_at``: when what the writer saw had been changed last, where they say so."""

    name: str
    local: str
    standing: Standing
    payroll: Payroll
    registered_on: date | None = None
    other_income: OtherIncome = ""
    returned_on: date | None = None
    crossed_on: date | None = None
    on_hold: bool = False
    late: bool = False
    penalised_from: date | None = None
    left_on: date | None = None
    dependants: int = 0
    gross_weekly_minor: int | None = None
    hourly_rate_minor: int | None = None
    pay_method: PayMethod = "cheque"
    pay_reference: str = ""
    seen_at: datetime | None = None
    reason: str


class AddMember(ChangeMember, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member to put on the roster by hand."""

    reference: str


_MARKS = ("late", "penalised_from", "left_on")


async def strike_for(connection: Connection, actor: Actor, permission: str, number: str, lock: bool = False) -> Strike:
    """The strike, for who may do this with the rosters of its union; refuses everybody else."""
    authorize(actor, permission)
    found = await strikes.strike(connection, written(number), lock)
    authorize(actor, permission, found.union)
    return found


# --- reading ----------------------------------------------------------------------------------------------------------


async def list_members(
    pool: Pool, actor: Actor, number: str, narrowed: RosterFilter, sort: str = "name", after: tuple[str, int] | None = None, limit: int = PAGE_MEMBERS,
    what: str = "list",
) -> Listed:  # fmt: skip
    """A page of the roster; ``what`` is what the trail calls it (list, export)."""
    async with viewing(pool, actor, number, what) as (connection, strike):
        found = await store.members(connection, strike.number, narrowed, sort, after, limit + 1)
    if len(found) <= limit:
        return Listed(strike, found, None)
    last = found[limit - 1]
    return Listed(strike, found[:limit], (last.name_key if sort == "name" else last.facts.reference, last.number))


async def show_member(pool: Pool, actor: Actor, number: str, member: int) -> MemberView:
    """One member, with their weeks."""
    async with viewing(pool, actor, number, f"member {member}") as (connection, strike):
        found = await store.member(connection, strike.number, member)
        elsewhere = await store.elsewhere(connection, strike, [found.facts.reference])
        return MemberView(
            strike, found, await store.weeks(connection, strike.number, member), await duty_store.of_member(connection, strike.number, member),
            await store.changes(connection, strike.number, member), elsewhere.get(found.facts.reference, ""),
        )  # fmt: skip


async def count_roster(pool: Pool, actor: Actor, number: str) -> RosterCounts:
    """The roster in figures, for everybody who reads strikes; who may not read the roster sees no figure under five."""
    authorize(actor, "read_strikes")
    async with pool.database.reading() as connection:
        strike = await strikes.strike(connection, written(number))
        async with rosters_of(connection, strike.union):
            found = await store.counts(connection, strike.number)
    if sees_all(actor, strike.union):
        return RosterCounts(sum(members for *_, members in found), [Count(*each) for each in found])
    return _for_others(found)


def _for_others(found: Sequence[tuple[str, str, int]]) -> RosterCounts:
    hidden = held_back({(local, standing): members for local, standing, members in found})
    counts = [Count(local, standing, None if (local, standing) in hidden else members) for local, standing, members in found]
    return RosterCounts(told(sum(members for *_, members in found)), counts)


# --- changing by hand -------------------------------------------------------------------------------------------------


async def change_member(pool: Pool, actor: Actor, key: str, number: str, member: int, request: ChangeMember) -> int:
    """Change what is said of one member; what it was, and why it was changed, is kept with them. Their number."""

    async def work(w: Work) -> Done:
        strike = await _kept_by(w, number)
        asked = _checked(request, strike, w.today)
        async with rosters_of(w.connection, strike.union):
            before = await store.member(w.connection, strike.number, member, lock=True)
            if request.seen_at not in (None, before.changed_at):
                raise MemberChanged(strike=strike.number, member=member, by=before.changed_by)
            await _keep(w, strike, member, before, asked)
        return _done(strike, member)

    await perform(pool, actor, "change_member", key, {"strike": number, "member": member, "request": request}, work, permission=MANAGE)
    return member


async def add_member(pool: Pool, actor: Actor, key: str, number: str, request: AddMember) -> int:
    """Put one member on the roster by hand; their number. Refuses a reference that is there."""

    async def work(w: Work) -> Done:
        strike = await _kept_by(w, number)
        asked = _checked(request, strike, w.today)
        reference = _reference(request.reference)
        async with rosters_of(w.connection, strike.union):
            if reference in await store.known(w.connection, strike.number):
                raise ChoiceInvalid(field="reference", value="")
            locals_ = {each.number: each.id for each in strike.locals}
            await store.add(w.connection, strike, [_facts(asked, reference)], locals_, w.actor.person_id, w.now)
            member = (await store.references(w.connection, strike.number))[reference]
            await _mark(w, strike, member, asked)
            await store.add_change(w.connection, strike, member, {}, asked.reason, w.actor.person_id, w.now)
        return _done(strike, member)

    answer = await perform(pool, actor, "add_member", key, {"strike": number, "request": request}, work, permission=MANAGE)
    return int(answer["member"])


async def _kept_by(w: Work, number: str) -> Strike:
    strike = await strike_for(w.connection, w.actor, MANAGE, number, lock=True)
    check_step(strike, "keep_roster")
    return strike


def _done(strike: Strike, member: int) -> Done:
    return Done({"strike": strike.number, "member": member}, strike.number, {"member": member})


async def _keep(w: Work, strike: Strike, number: int, before: OnRoster, asked: ChangeMember) -> None:
    facts = _facts(asked, before.facts.reference)
    locals_ = {each.number: each.id for each in strike.locals}
    await store.change(w.connection, strike, [(number, facts)], locals_, w.actor.person_id, w.now)
    await _mark(w, strike, number, asked)
    await store.add_change(w.connection, strike, number, _differences(before, facts, asked), asked.reason, w.actor.person_id, w.now)


async def _mark(w: Work, strike: Strike, number: int, asked: ChangeMember) -> None:
    await store.mark(w.connection, strike.number, number, asked.late, asked.penalised_from, asked.left_on)


def _facts(asked: ChangeMember, reference: str) -> Member:
    same = {name: getattr(asked, name) for name in ChangeMember.__struct_fields__ if name not in (*_MARKS, "seen_at", "reason")}
    return Member(reference=reference, **same)


def _differences(before: OnRoster, facts: Member, asked: ChangeMember) -> dict[str, Any]:
    """Each field that changes, with what it said before and says now; a name's and a pay reference's change without either."""
    was = msgspec.to_builtins(before.facts) | {name: msgspec.to_builtins(getattr(before, name)) for name in _MARKS}
    now = msgspec.to_builtins(facts) | {name: msgspec.to_builtins(getattr(asked, name)) for name in _MARKS}
    changed = {name: [was.get(name), value] for name, value in now.items() if was.get(name) != value}
    return {name: [] if name in ("name", "pay_reference") else both for name, both in changed.items()}


# --- what may be said -------------------------------------------------------------------------------------------------


def _checked(request: ChangeMember, strike: Strike, today: date) -> ChangeMember:
    if request.local not in {each.number for each in strike.locals}:
        raise ChoiceInvalid(field="local", value=request.local[:40])
    if not 0 <= request.dependants <= DEPENDANTS_MAXIMUM:
        raise ChoiceInvalid(field="dependants", value=str(request.dependants)[:40])
    for field in MONEY:
        minor = getattr(request, f"{field}_minor")
        if minor is not None and not 0 < minor <= GROSS_MAXIMUM_MINOR:
            raise ChoiceInvalid(field=field, value="")
    for field in ("registered_on", "returned_on", "crossed_on", "left_on", "penalised_from"):
        day = getattr(request, field)
        if day is not None and not EARLIEST_DATE <= day <= today:
            raise DateInvalid(field=field, text=day.isoformat())
    return msgspec.structs.replace(
        request, name=_text("name", request.name, NAME_MAXIMUM, True), reason=_text("reason", request.reason, REASON_MAXIMUM, True),
        pay_reference=_text("pay_reference", request.pay_reference, PAY_REFERENCE_MAXIMUM, False),
    )  # fmt: skip


def _text(field: str, text: str, limit: int, needed: bool) -> str:
    made = plain(field, text, limit, needed=needed)
    if is_secret(made):
        raise IdentifierRefused(field=field)
    return made


def _reference(text: str) -> str:
    try:
        return read_reference(" ".join(text.split()))
    except NotRead as wrong:
        raise (IdentifierRefused(field="reference") if wrong.args[0] == "secret" else ChoiceInvalid(field="reference", value="")) from None
