"""Find what roster and duty changed after a week was computed, and take the differences up: too little is paid by the next run, too much recovered.

A run that was approved is never edited. What its week would pay by now is computed again for those alone whose roster line or duty changed.
"""

from datetime import date

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import NothingChanged, Refusal
from ledger.domain.strike_benefits import compute_line
from ledger.domain.strike_runs import FIX, Run, check_step
from ledger.domain.suppression import sees_all, told
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.roster_views import viewing
from ledger.services.strike_run_computing import keeps_duty
from ledger.services.strike_run_steps import chart_of, ground_of, written_run
from ledger.storage import strike_arrears as store
from ledger.storage import strike_run_lines, strike_run_payments
from ledger.storage import strike_runs as run_store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

DECIDED = ("approved", "paid", "reconciled", "closed")


class Changes(msgspec.Struct, frozen=True):
    """How many members' lines of a run would be others by now, and by how much more and less in all; None where a reader is not told."""

    run: str
    week: int
    members: int | None
    more_minor: int | None
    less_minor: int | None


class Change(msgspec.Struct, frozen=True):
    """One of them, for who reads the roster; ``difference_minor`` above zero was paid too little."""

    member: int
    reference: str
    name: str
    local: str
    difference_minor: int


class Changed(msgspec.Struct, frozen=True):
    """A run with all of them."""

    run: Run
    items: list[Change]


async def summaries(pool: Pool, actor: Actor, *runs: Run | None) -> list[Changes]:
    """What changed of runs that were decided, those alone where something did; small counts are held back from who is not told every one."""
    authorize(actor, "read_strikes")
    async with pool.database.reading() as connection:
        found = [(run, await _differences(connection, run, pool.today())) for run in runs if run is not None and run.state in DECIDED]
    return [_summary(run, differences, sees_all(actor, run.union)) for run, differences in found if differences]


def _summary(run: Run, found: dict[int, int], all_: bool) -> Changes:
    count = len(found) if all_ else told(len(found))
    if count is None:
        return Changes(run.number, run.week, None, None, None)
    more = sum(each for each in found.values() if each > 0)
    return Changes(run.number, run.week, count, more, more - sum(found.values()))


async def list_changes(pool: Pool, actor: Actor, number: str) -> Changed:
    """Whose line of a run would be another by now, for the union's own benefits officers and treasurers; the view is logged."""
    authorize(actor, "read_roster")
    async with pool.database.reading() as connection:
        run = await run_store.run(connection, written_run(number))
        authorize(actor, "read_roster", run.union)
        found = await _differences(connection, run, pool.today()) if run.state in DECIDED else {}
    async with viewing(pool, actor, run.strike, "changes") as (connection, _):
        named = await store.named(connection, run.strike, list(found))
    return Changed(run, [Change(member, *named[member], difference) for member, difference in found.items()])


async def take_up(pool: Pool, actor: Actor, key: str, number: str) -> Run:
    """Take every difference up: what was too little becomes arrears that the next run pays, what was too much an overpayment, in one entry."""

    async def work(w: Work) -> Done:
        run = await run_store.run(w.connection, written_run(number), lock=True)
        authorize(w.actor, FIX, run.union)
        check_step(run, "fix")
        found = await _differences(w.connection, run, w.today)
        if not found:
            raise NothingChanged(run=run.number)
        async with rosters_of(w.connection, run.union):
            await store.add(
                w.connection, run.strike, run.union, run.number, [each for each in found.items() if each[1] > 0], w.actor.person_id, w.now
            )
        entry = await _overpaid(w, run, {member: -minor for member, minor in found.items() if minor < 0})
        amount = sum(abs(minor) for minor in found.values())
        await run_store.add_event(
            w.connection, run.number, w.actor.person_id, "taken_up", w.now, amount_minor=amount, happened_on=w.today, entry=entry
        )
        return Done(await run_store.run(w.connection, run.number), run.number, {"step": "taken_up", "amount_minor": amount, "entry": entry})

    return msgspec.convert(await perform(pool, actor, "take_up_changes", key, {"run": number}, work, permission=FIX), Run)


async def _overpaid(w: Work, run: Run, too_much: dict[int, int]) -> int | None:
    """Record what was too much; the entry's number, None where nothing was."""
    if not too_much:
        return None
    strike = await strike_store.strike(w.connection, run.strike)
    chart = await chart_of(w.connection, run, run.account_id)
    (posted,) = await w.post(rules.draft_changed(run, "overpaid", "issued", sum(too_much.values()), strike.fund_id, chart, w.today))
    async with rosters_of(w.connection, run.union):
        for member, amount in too_much.items():
            await strike_run_payments.add_overpayment(w.connection, run, member, amount, w.today, "", posted.number)
    return posted.number


async def _differences(connection: Connection, run: Run, today: date) -> dict[int, int]:
    async with rosters_of(connection, run.union):
        if not await store.touched(connection, run.strike, run.number):
            return {}
    try:
        ground = await ground_of(connection, run, today)
    except Refusal:
        return {}  # a week that the strike's end took out of those that are paid has no other figures
    if ground.strike.pseudonymised_at is not None:
        return {}  # what members earn is not kept any more, and no line could be computed from it
    async with rosters_of(connection, run.union):
        counted = await store.changed(connection, run.strike, run.number, ground.first, run.ends_on)
        members = await strike_run_lines.members(
            connection, run.strike, ground.first, run.ends_on, with_duty=keeps_duty(ground.rules), only=list(counted)
        )
    by_now = {each.member: compute_line(ground.rules, ground.strike.dates, ground.week, each.facts, each.minutes).gross_minor for each in members}
    return rules.differences(by_now, counted)
