"""See to differences between the unions' ledgers: who owns one and by when, why it differs in a person's word, what both said of it, how it ended."""

from datetime import date

import msgspec

from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.comparison_found import CLASSES, Class
from ledger.domain.home import Waiting
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, DifferenceState
from ledger.services import comparison
from ledger.services.close_guard import shut
from ledger.services.comparison import AGREE, HANDLE, READ
from ledger.services.difference_notices import tell_owner
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import differences as store
from ledger.storage import reference
from ledger.storage.database import Connection
from ledger.storage.differences import Difference, Event

REMARK_MAXIMUM, PAGE_DIFFERENCES = 1_000, 50
WAITING_MAXIMUM = 50
LATEST_DUE = date(2199, 12, 31)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a person changes of a difference; what is left out stays. ``remark`` goes to the thread."""

    kind: Class | None = None
    owner: str | None = None
    due_on: date | None = None
    remark: str = ""


class Listed(msgspec.Struct, frozen=True):
    """A page of differences, the newest first."""

    items: list[Difference]
    next: str | None


class DifferenceView(msgspec.Struct, frozen=True):
    """A difference with its thread, and whether it is past its day."""

    difference: Difference
    events: list[Event]
    overdue: bool


def written_difference(number: str) -> str:
    """A difference's number as it is kept; refuses what can be none."""
    return written_as(number, "DF", "difference")


def is_overdue(each: Difference, today: date) -> bool:
    """Whether it is open after its day."""
    return each.state == "open" and each.due_on is not None and each.due_on < today


# --- changing -----------------------------------------------------------------------------------------------------------------


async def change(pool: Pool, actor: Actor, key: str, number: str, asked: Change) -> Difference:
    """Say why it differs, who sees to it and by when, or only something to the other union. A changed class holds over later comparisons, and
    makes those that list it anew.
    """

    async def work(w: Work) -> Done:
        await store.hold(w.connection)
        old = await store.difference(w.connection, written_difference(number), lock=True)
        changed = await _changed(w, old, asked)
        remark = plain("remark", asked.remark, REMARK_MAXIMUM, needed=not changed)
        if changed:
            await store.save_difference(w.connection, old.number, **changed)
        facts = {("class" if name == "kind" else name): str(value) for name, value in changed.items() if name != "classed_by"}
        await store.add_event(w.connection, old.number, w.actor.person_id, w.now, "changed" if facts else "said", remark, facts)
        if "owner" in changed:
            await tell_owner(w, old.number)
        if "kind" in changed:
            await comparison.run(w, await _first_open(w.connection, old))
        return Done({"difference": old.number}, old.number, facts)

    request = {"difference": number, "change": msgspec.to_builtins(asked)}
    answer = await perform(pool, actor, "change_difference", key, request, work, permission=HANDLE, posts=False)
    async with pool.database.reading() as connection:
        return await store.difference(connection, answer["difference"])


async def _first_open(connection: Connection, old: Difference) -> date:
    """The first cut-off that found it in a month whose report is not fixed; else the last, where it is refused."""
    for day in reversed(await store.cutoffs(connection, old.first_seen)):
        if day <= old.last_seen and await shut(connection, day) is None:
            return day
    return old.last_seen


async def _changed(w: Work, old: Difference, asked: Change) -> dict[str, object]:
    found: dict[str, object] = {}
    if asked.kind is not None and asked.kind != old.kind:
        if asked.kind not in CLASSES:
            raise ChoiceInvalid(field="class", value=str(asked.kind)[:40])
        found |= {"kind": asked.kind, "classed_by": w.actor.person_id}
    if asked.owner is not None and asked.owner != old.owner:
        if asked.owner not in {each.code for each in await reference.unions(w.connection)}:
            raise ChoiceInvalid(field="owner", value=asked.owner[:40])
        found["owner"] = asked.owner
    if asked.due_on is not None and asked.due_on != old.due_on:
        if not EARLIEST_DATE <= asked.due_on <= LATEST_DUE:
            raise DateInvalid(field="due_on", text=asked.due_on.isoformat())
        found["due_on"] = asked.due_on
    if found and old.state != "open":
        raise DifferenceState(difference=old.number, state=old.state)
    return found


async def resolve(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Difference:
    """Say that a difference is seen to, with the reason. It opens again by itself if a later cut-off finds it still.

    Refuses what nobody has explained: it would go on standing in the way of agreeing, out of sight and without a class to give it.
    """

    async def work(w: Work) -> Done:
        await store.hold(w.connection)
        old = await store.difference(w.connection, written_difference(number), lock=True)
        if old.state != "open":
            raise DifferenceState(difference=old.number, state=old.state)
        if old.kind == "unexplained":
            raise DifferenceState(difference=old.number, state=old.state, reason="unexplained")
        remark = plain("reason", reason, REMARK_MAXIMUM, needed=True)
        await store.save_difference(w.connection, old.number, state="resolved", state_since=w.now, remark=remark)
        await store.add_event(w.connection, old.number, w.actor.person_id, w.now, "resolved", remark, {})
        return Done({"difference": old.number}, old.number)

    answer = await perform(pool, actor, "resolve_difference", key, {"difference": number, "reason": reason}, work, permission=HANDLE, posts=False)
    async with pool.database.reading() as connection:
        return await store.difference(connection, answer["difference"])


# --- reading ------------------------------------------------------------------------------------------------------------------


async def list_differences(
    pool: Pool, actor: Actor, state: str | None = None, owner: str | None = None, after: str | None = None, limit: int = PAGE_DIFFERENCES
) -> Listed:
    """A page of differences."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.differences(connection, state, owner, after and written_difference(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def show_difference(pool: Pool, actor: Actor, number: str) -> DifferenceView:
    """One difference with all that was said and done of it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.difference(connection, written_difference(number))
        return DifferenceView(found, await store.events(connection, found.number), is_overdue(found, pool.today()))


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: differences that the actor's union owns and whose day has come, and comparisons that its treasurer may agree to."""
    rows: list[Waiting] = []
    if actor.can(HANDLE) and actor.union is not None:
        mine = await store.differences(connection, "open", actor.union, limit=WAITING_MAXIMUM)
        rows += [_row(each) for each in mine if each.due_on is not None and each.due_on <= today]
    if actor.union is not None and actor.roles & PERMISSIONS[AGREE][0]:
        rows += await _to_agree(connection, actor.union)
    return rows


def _row(each: Difference) -> Waiting:
    assert each.due_on is not None, "the caller asked"
    return Waiting(
        kind="settle_difference", subject=each.number, url=f"/comparison/differences/{each.number}", union=each.owner or "", since=each.due_on,
        amount_minor=each.size_minor, currency=each.currency, facts={"what": each.reference},
    )  # fmt: skip


async def _to_agree(connection: Connection, union: str) -> list[Waiting]:
    """The newest cut-off, if it has comparisons by an extract that the union's treasurer has not agreed to and could."""
    days = (await store.cutoffs(connection))[:1]
    found = [each for day in days for each in await store.current(connection, day) if union in (each.creditor, each.debtor) or each.debtor == JOINT]
    agreed = await store.agreements(connection, [each.number for each in found])
    open_ones = [
        each
        for each in found
        if (each.creditor_extract or each.debtor_extract)
        and union not in {one.union for one in agreed[each.number]}
        and comparison.size_of_unexplained(each) <= int(each.working["tolerance_minor"])
    ]
    if not open_ones:
        return []
    day, since = days[0].isoformat(), min(each.made_at for each in open_ones).astimezone(ZONE).date()
    facts: dict[str, str | int | None] = {"cut_on": day, "count": len(open_ones)}
    return [Waiting(kind="agree_comparison", subject=day, url=f"/comparison/{day}", union=union, since=since, facts=facts)]
