"""Record strikes and lockouts, have both unions authorise their support, and follow them from notice to closed.

Who belongs to the strike's union keeps its record; each union's own officers say that the joint money may support it.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.domain import strikes as rules
from ledger.domain.account_rules import Local
from ledger.domain.accounts import Fund, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_day
from ledger.domain.documents import SUBJECTS
from ledger.domain.pledges import plain
from ledger.domain.refusals import AlreadyDecided, ChoiceInvalid, DateInvalid, NotFound, StrikeUnsettled
from ledger.domain.strike_rules import RuleSet
from ledger.domain.strikes import (
    AUTHORISE,
    MANAGE,
    READ,
    REASON_MAXIMUM,
    Authorise,
    RecordStrike,
    Strike,
    StrikeEvent,
    StrikeFields,
    StrikeLocal,
    check_step,
)
from ledger.services.campaigns import employer_of
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.strike_notices import tell_authorised, tell_recorded
from ledger.storage import accounts as account_store
from ledger.storage import reference
from ledger.storage import strikes as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.strikes import StrikeFilter

PAGE_STRIKES = 50
# Takes a step and says what to remember of it.
_Taken = Callable[[Work, Strike], Awaitable[str]]


class StrikeView(msgspec.Struct, frozen=True):
    """A strike with what was done with it, and the unions whose word is still missing."""

    strike: Strike
    events: list[StrikeEvent]
    missing: list[str]


class Listed(msgspec.Struct, frozen=True):
    """A page of strikes, the newest first."""

    items: list[Strike]
    next: str | None


class Choices(msgspec.Struct, frozen=True):
    """What the form to record a strike chooses from."""

    union: Union
    locals: list[Local]
    employers: list[str]
    funds: list[Fund]
    rule_sets: list[RuleSet]


def written(number: str) -> str:
    """A strike's number as it is kept, ``s-0003`` too; refuses what can be none."""
    found = number.strip().upper()
    if not SUBJECTS["strike"].match(found):
        raise NotFound(kind="strike", id="".join(c for c in number if c.isprintable())[:40])
    return found


# --- recording ----------------------------------------------------------------------------------------------------------


async def record_strike(pool: Pool, actor: Actor, key: str, request: RecordStrike) -> Strike:
    """Record the notice of a strike or lockout of one's own union."""

    async def work(w: Work) -> Done:
        fields = rules.checked_fields(request, w.today)
        said = await _said(w, request.union, fields)
        number = await w.next_number("S")
        new = Strike(
            number=number, union=request.union, state="notice", state_since=w.now, ratified_on=None, ended_on=None, retain_until=None,
            pseudonymised_at=None, recorded_by=w.actor.name, recorded_at=w.now, **said,
        )  # fmt: skip
        await store.add(w.connection, new, w.actor.person_id)
        await tell_recorded(w, new, await _unions(w.connection))
        return await _done(w, number, "recorded", "")

    answer = await perform(pool, actor, "record_strike", key, request, work, permission=MANAGE, union=request.union)
    return msgspec.convert(answer, Strike)


async def change_strike(pool: Pool, actor: Actor, key: str, number: str, request: StrikeFields) -> Strike:
    """Change what was said of a strike that has not begun."""

    async def work(w: Work) -> Done:
        kept = await _own(w, number)
        check_step(kept, "change")
        said = await _said(w, kept.union, rules.checked_fields(request, w.today))
        changed = msgspec.structs.replace(kept, **said)
        await _check_locals_free(w.connection, kept, changed)
        await store.change(w.connection, changed)
        return await _done(w, kept.number, "changed", "")

    answer = await perform(pool, actor, "change_strike", key, {"strike": number, "fields": request}, work, permission=MANAGE)
    return msgspec.convert(answer, Strike)


async def _said(w: Work, union: str, fields: StrikeFields) -> dict[str, Any]:
    fund = await reference.fund(w.connection, fields.fund)
    rules.check_fund(fund, w.today)
    rule_set = await _rules(w, union, fields)
    return {
        "kind": fields.kind, "name": fields.name, "employer_id": await employer_of(w.connection, fields.employer), "employer": fields.employer,
        "notice_on": fields.notice_on, "mandate_on": fields.mandate_on, "mandate": fields.mandate, "starts_on": fields.starts_on,
        "expected": fields.expected, "rule_set": fields.rule_set, "model": rule_set.model, "currency": rule_set.currency, "fund": fund.code,
        "fund_id": fund.id, "locals": await _locals(w.connection, union, fields.locals),
    }  # fmt: skip


async def _rules(w: Work, union: str, fields: StrikeFields) -> RuleSet:
    """The rules of its own union that hold when it begins, or today where it began before."""
    offered = await store.rules_of(w.connection, union, max(fields.starts_on, w.today))
    found = next((each for each in offered if each.code == fields.rule_set), None)
    if found is None:
        raise ChoiceInvalid(field="rule_set", value=fields.rule_set[:40])
    rules.check_rules_apply(found, fields.kind)
    return found


async def _check_locals_free(connection: Connection, kept: Strike, changed: Strike) -> None:
    """A local with people on the roster, or with captains, stays."""
    gone = {each.id: each.number for each in kept.locals if each not in changed.locals}
    async with rosters_of(connection, kept.union):
        used = await store.used_local(connection, kept.number, list(gone))
    if used is not None:
        raise ChoiceInvalid(field="locals", value=gone[used])


async def _locals(connection: Connection, union: str, numbers: tuple[str, ...]) -> tuple[StrikeLocal, ...]:
    known = {each.number: each for each in await account_store.locals_(connection) if each.union == union and each.closed_on is None}
    unknown = next((number for number in numbers if number not in known), None)
    if unknown is not None:
        raise ChoiceInvalid(field="locals", value=unknown[:40])
    return tuple(StrikeLocal(known[number].id, number, known[number].name) for number in numbers)


# --- authorising --------------------------------------------------------------------------------------------------------


async def authorise_strike(pool: Pool, actor: Actor, key: str, number: str, request: Authorise) -> Strike:
    """Record that the actor's own union agrees to the support, by which resolution; with the last union's word the strike is authorised."""

    async def work(w: Work) -> Done:
        kept = await store.strike(w.connection, written(number), lock=True)
        check_step(kept, "authorise")
        union = w.actor.union or ""
        if union in {each.union for each in kept.authorisations}:
            raise AlreadyDecided(request=kept.number)
        await store.add_authorisation(w.connection, kept.number, union, rules.checked_authorisation(request, w.today), w.actor.person_id, w.now)
        changed = await store.strike(w.connection, kept.number)
        if not rules.missing_authorisations(changed, await _unions(w.connection)):
            await store.save(w.connection, kept.number, state="authorised", state_since=w.now)
            await tell_authorised(w, changed)
        return await _done(w, kept.number, "authorised", request.resolution)

    answer = await perform(pool, actor, "authorise_strike", key, {"strike": number, "word": request}, work, permission=AUTHORISE)
    return msgspec.convert(answer, Strike)


async def _unions(connection: Connection) -> list[str]:
    return [union.code for union in await reference.unions(connection)]


# --- its days -----------------------------------------------------------------------------------------------------------


async def begin(pool: Pool, actor: Actor, key: str, number: str, starts_on: date) -> Strike:
    """Say that members are out since a day; benefits are counted from it."""

    async def work(w: Work, kept: Strike) -> str:
        day = check_day("starts_on", starts_on, kept.notice_on, w.today)
        if all(each.code != kept.rule_set for each in await store.rules_of(w.connection, kept.union, day)):
            raise DateInvalid(field="starts_on", text=day.isoformat())
        await store.save(w.connection, kept.number, starts_on=day, state="on", state_since=w.now)
        return day.isoformat()

    return await _step(pool, actor, key, number, "begin", "begun", {"on": starts_on}, work)


async def ratify(pool: Pool, actor: Actor, key: str, number: str, ratified_on: date) -> Strike:
    """Record the ratification: support runs off from that day by the rules."""

    async def work(w: Work, kept: Strike) -> str:
        day = check_day("ratified_on", ratified_on, kept.starts_on, w.today)
        await store.save(w.connection, kept.number, ratified_on=day, state="run_off", state_since=w.now)
        return day.isoformat()

    return await _step(pool, actor, key, number, "ratify", "ratified", {"on": ratified_on}, work)


async def end(pool: Pool, actor: Actor, key: str, number: str, ended_on: date) -> Strike:
    """Record the last day out; the weeks up to it are still paid."""

    async def work(w: Work, kept: Strike) -> str:
        paid = await store.last_week_begun(w.connection, kept.number)
        day = check_day("ended_on", ended_on, max(kept.ratified_on or kept.starts_on, paid or kept.starts_on), w.today)
        await store.save(w.connection, kept.number, ended_on=day, state="ended", state_since=w.now)
        return day.isoformat()

    return await _step(pool, actor, key, number, "end", "ended", {"on": ended_on}, work)


async def set_strike_days(pool: Pool, actor: Actor, key: str, number: str, days: tuple[date, ...]) -> Strike:
    """Say on which days a rotating strike stopped work, in place of what was said before."""

    async def work(w: Work, kept: Strike) -> str:
        await store.set_days(w.connection, kept.number, rules.checked_strike_days(kept, days, w.today))
        return str(len(days))

    return await _step(pool, actor, key, number, "change_days", "days_set", {"days": days}, work)


async def close_strike(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Strike:
    """Close a strike once all its money is accounted for; its roster is kept until the retention day and then loses its names."""

    async def work(w: Work, kept: Strike) -> str:
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        async with rosters_of(w.connection, kept.union):
            open_ = await store.unsettled(w.connection, kept.number)
        if open_:
            raise StrikeUnsettled(strike=kept.number, subjects=", ".join(open_[:10]))
        retain_until = kept.retain_until or w.today + timedelta(days=rules.RETENTION_DAYS)
        await store.save(w.connection, kept.number, state="closed", state_since=w.now, retain_until=retain_until)
        return text

    return await _step(pool, actor, key, number, "close", "closed", {"reason": reason}, work)


async def call_off(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Strike:
    """Call a strike off that has not begun."""

    async def work(w: Work, kept: Strike) -> str:
        retain_until = w.today + timedelta(days=rules.RETENTION_DAYS)
        await store.save(w.connection, kept.number, state="called_off", state_since=w.now, retain_until=retain_until)
        return plain("reason", reason, REASON_MAXIMUM, needed=True)

    return await _step(pool, actor, key, number, "call_off", "called_off", {"reason": reason}, work)


async def _step(pool: Pool, actor: Actor, key: str, number: str, step: str, what: str, request: dict[str, Any], taken: _Taken) -> Strike:
    async def work(w: Work) -> Done:
        kept = await _own(w, number)
        check_step(kept, step)
        remark = await taken(w, kept)
        return await _done(w, kept.number, what, remark)

    answer = await perform(pool, actor, f"{step}_strike", key, {"strike": number, **request}, work, permission=MANAGE)
    return msgspec.convert(answer, Strike)


async def _own(w: Work, number: str) -> Strike:
    """The strike, locked, for who belongs to its union."""
    kept = await store.strike(w.connection, written(number), lock=True)
    authorize(w.actor, MANAGE, kept.union)
    return kept


async def _done(w: Work, number: str, what: str, remark: str) -> Done:
    await store.add_event(w.connection, number, w.actor.person_id, what, remark, w.now)
    return Done(await store.strike(w.connection, number), number, {"step": what, "remark": remark})


# --- reading ------------------------------------------------------------------------------------------------------------


async def list_strikes(pool: Pool, actor: Actor, narrowed: StrikeFilter, after: str | None = None, limit: int = PAGE_STRIKES) -> Listed:
    """A page of the strikes of both unions that fit."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.strikes(connection, narrowed, after, limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def show_strike(pool: Pool, actor: Actor, number: str) -> StrikeView:
    """One strike, whole; nothing of its roster."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.strike(connection, written(number))
        missing = rules.missing_authorisations(found, await _unions(connection))
        return StrikeView(found, await store.events(connection, found.number), missing)


async def choices(pool: Pool, actor: Actor) -> Choices:
    """What the form to record a strike of the actor's union needs."""
    authorize(actor, MANAGE)
    async with pool.database.reading() as connection:
        union = await reference.union(connection, actor.union or "")
        locals_ = [each for each in await account_store.locals_(connection) if each.union == union.code and each.closed_on is None]
        funds = [fund for fund in await reference.funds(connection) if fund.purpose in ("strike", "general") and fund.closed_on is None]
        rule_sets = await store.rules_of(connection, union.code, pool.today())
        return Choices(union, locals_, await store.employers(connection), funds, rule_sets)
