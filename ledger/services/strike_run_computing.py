"""Compute the lines of a strike run from the roster, the duty and the rules, and see that they still hold."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import Refusal, RosterEmpty, RunChanged
from ledger.domain.strike_benefits import compute_line
from ledger.domain.strike_rules import RuleSet
from ledger.domain.strike_runs import PREPARE, Member, Run, RunLine, check_step
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.strike_run_steps import Ground, ground_of, own_run, run_done, written_run
from ledger.storage import strike_run_lines
from ledger.storage import strike_runs as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.requests import check_key

# So many lines are computed before the loop turns and others are answered.
LINES_AT_ONCE = 2_000
Come = Callable[[int, int], Awaitable[None]]


class Computed(msgspec.Struct, frozen=True):
    """What was computed from which state of the roster, and by which version of the rules."""

    lines: list[RunLine]
    mark: str
    version: int
    first: date


async def compute_run(pool: Pool, actor: Actor, key: str, number: str, come: Come | None = None) -> Run:
    """Compute every member's line from the roster, the duty and the rules as they are now; again as often as needed until it is submitted.

    ``come`` is told how many members of how many are done. The lines are computed outside of the transaction that keeps them.
    """
    check_key(key)
    early: Refusal | None = None
    computed: Computed | None = None
    try:
        computed = await _compute(pool, actor, number, come)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if computed is None:
            raise early or RosterEmpty(strike="")
        return await _keep(w, number, computed)

    answer = await perform(pool, actor, "compute_run", key, {"run": number}, work, permission=PREPARE, posts=False)
    return msgspec.convert(answer, Run)


async def _keep(w: Work, number: str, computed: Computed) -> Done:
    run = await own_run(w, number, PREPARE, "compute")
    async with rosters_of(w.connection, run.union):
        if await strike_run_lines.roster_mark(w.connection, run.strike, computed.first, run.ends_on) != computed.mark:
            raise RunChanged(run=run.number, revision=run.revision, reason="roster")
        await strike_run_lines.replace_lines(w.connection, run, computed.lines)
    members, eligible, full, gross, recovered = rules.totals(computed.lines)
    revision = run.revision + 1
    await store.add_counts(w.connection, run.number, revision, rules.counts(computed.lines))
    await store.save(
        w.connection, run.number, state="computed", state_since=w.now, revision=revision, members=members, eligible=eligible, full_weeks=full,
        gross_minor=gross, recovered_minor=recovered, rule_version=computed.version, computed_by=w.actor.person_id, mark=computed.mark,
    )  # fmt: skip
    return await run_done(w, run.number, "computed", amount_minor=gross)


async def _compute(pool: Pool, actor: Actor, number: str, come: Come | None) -> Computed:
    authorize(actor, PREPARE)
    async with pool.database.reading() as connection:
        run = await store.run(connection, written_run(number))
        authorize(actor, PREPARE, run.union)
        check_step(run, "compute")
        ground = await ground_of(connection, run, pool.today())
        async with rosters_of(connection, run.union):
            mark = await strike_run_lines.roster_mark(connection, run.strike, ground.first, run.ends_on)
            members = await strike_run_lines.members(connection, run.strike, ground.first, run.ends_on, with_duty=keeps_duty(ground.rules))
    if not members:
        raise RosterEmpty(strike=run.strike)
    return Computed(await _lines(ground, members, come), mark, ground.version, ground.first)


def keeps_duty(chosen: RuleSet) -> bool:
    """Whether the rules ask for duty, so that what was done is counted."""
    return bool(chosen.duty.minutes_day or chosen.duty.minutes_week)


async def _lines(ground: Ground, members: list[Member], come: Come | None) -> list[RunLine]:
    dates, found = ground.strike.dates, []
    for start in range(0, len(members), LINES_AT_ONCE):
        part = members[start : start + LINES_AT_ONCE]
        found += [rules.with_recovery(each, compute_line(ground.rules, dates, ground.week, each.facts, each.minutes)) for each in part]
        if come is not None:
            await come(start + len(part), len(members))
        await asyncio.sleep(0)
    return found


async def check_as_computed(connection: Connection, run: Run, today: date) -> Ground:
    """What it is computed by; refuses figures that the roster, the week's duty or another strike's run have overtaken since."""
    ground = await ground_of(connection, run, today)
    async with rosters_of(connection, run.union):
        mark = await strike_run_lines.roster_mark(connection, run.strike, ground.first, run.ends_on)
        if mark != await store.mark_of(connection, run.number) or await strike_run_lines.paid_elsewhere(connection, run):
            raise RunChanged(run=run.number, revision=run.revision, reason="roster")
    return ground
