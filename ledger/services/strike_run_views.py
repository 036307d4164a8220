"""Read strike runs: lists, one run with its figures as its reader is told them, and the weeks that may be paid."""

from datetime import date, timedelta

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.funds import Figures
from ledger.domain.strike_rules import RuleSet, Week
from ledger.domain.strike_runs import APPROVE, CountRow, Run, Totals
from ledger.domain.strikes import READ, Strike
from ledger.domain.suppression import sees_all
from ledger.services.pool import Pool
from ledger.services.strike_run_steps import has_arrears, keepers_of, written_run
from ledger.services.strikes import written
from ledger.storage import funds, payables, strike_rules, strike_run_payments
from ledger.storage import strike_runs as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.strike_runs import RunEvent, RunFilter

PAGE_RUNS = 50


class RunView(msgspec.Struct, frozen=True):
    """A run with its strike and rules, what was done with it, its counts by local and reason, the strike's run before it, what is available
    in its fund and held at its union's bank for it, and its payments by state with those of its cheques that are late or stale (its own union's
    people alone see those). ``counts_until`` is the last day that it can still pay, and ``is_over`` says whether that has passed;
    ``rests_on_mine``: it waits for approval, and the reader changed what it is computed from.
    """

    run: Run
    strike: Strike
    rules: RuleSet
    events: list[RunEvent]
    counts: list[CountRow]
    before: Run | None
    before_counts: list[CountRow]
    payments: dict[str, tuple[int, int]]
    totals: Totals
    before_totals: Totals | None
    available_minor: int
    held_minor: int
    counts_until: date
    late: int = 0
    stale: int = 0
    is_over: bool = True
    rests_on_mine: bool = False


class Listed(msgspec.Struct, frozen=True):
    """A page of runs, the newest week first."""

    items: list[Run]
    next: str | None


async def list_runs(pool: Pool, actor: Actor, narrowed: RunFilter, after: str | None = None, limit: int = PAGE_RUNS) -> Listed:
    """A page of the runs of both unions that fit; totals, nobody's line."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.runs(connection, narrowed, after, limit + 1)
    shown = [rules.as_told(run, sees_all(actor, run.union)) for run in found[:limit]]
    return Listed(shown, found[limit - 1].number if len(found) > limit else None)


async def show_run(pool: Pool, actor: Actor, number: str) -> RunView:
    """One run with its totals, by the version of the rules that it was computed by; who keeps no roster of its union is not told small counts."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        run = await store.run(connection, written_run(number))
        strike = await strike_store.strike(connection, run.strike)
        chosen = (await strike_rules.version(connection, run.rule_set, run.rule_version)).rules
        before, all_ = await store.before(connection, run), sees_all(actor, run.union)
        until = rules.counts_until(chosen, strike.dates, run)
        mine = await _rests_on(connection, run, actor)
        payments, late, stale = {}, 0, 0
        if all_:
            async with rosters_of(connection, run.union):
                payments = await strike_run_payments.payment_sums(connection, run.number)
                late, stale = [await _aged(connection, run, pool.today(), days) for days in (rules.LATE_CHEQUE_DAYS, rules.STALE_CHEQUE_DAYS)]
        available, held = await _at_hand(connection, strike, run)
        events = [event if all_ else _without_single_payments(event) for event in await store.events(connection, run.number)]
        counts = rules.shown_counts(await store.counts_of(connection, run), all_)
        before_counts = rules.shown_counts(await store.counts_of(connection, before), all_) if before else []
        told, before_told = rules.as_told(run, all_), before and rules.as_told(before, all_)
        return RunView(
            told, strike, chosen, events, counts, before_told, before_counts, payments, rules.shown_totals(counts, told.members),
            rules.shown_totals(before_counts, before_told.members) if before_told else None, available, held, until, late, stale,
            until < pool.today(), mine,
        )  # fmt: skip


async def _rests_on(connection: Connection, run: Run, actor: Actor) -> bool:
    """Whether a run that waits rests on what this approver changed."""
    waits = run.state == "submitted" and actor.can(APPROVE) and actor.union == run.union
    return waits and actor.person_id in await keepers_of(connection, run)


def _without_single_payments(event: RunEvent) -> RunEvent:
    """A step as it is told to who is not told small counts: of a payment that was put right, neither how much nor by which entry."""
    if event.what in (*rules.PAYMENT_STEPS, *rules.RECOVERY_STEPS):
        return msgspec.structs.replace(event, remark="", amount_minor=0, entry=None, fee_entry=None)
    return msgspec.structs.replace(event, remark="")


async def _at_hand(connection: Connection, strike: Strike, run: Run) -> tuple[int, int]:
    """What the strike's fund may pay out in its currency, and what the union holds of it at its joint banks."""
    fund = await funds.fund(connection, strike.fund)
    in_fund = (await funds.held(connection, fund.id)).get(fund.id, {}).get(run.currency, (0, 0, 0))
    figures = Figures(run.currency, *in_fund, fund.floors.get(run.currency, 0))
    places = (await payables.places(connection, [strike.fund_id])).get(strike.fund_id, [])
    held = sum(place.held_minor for place in places if (place.union, place.currency) == (run.union, run.currency))
    return figures.available_minor, held


async def _aged(connection: Connection, run: Run, today: date, days: int) -> int:
    found = await strike_run_payments.aged_cheques(connection, today - timedelta(days=days), run.number)
    return sum(cheques for _, _, cheques, _, _ in found)


async def payable_weeks(pool: Pool, actor: Actor, number: str) -> list[Week]:
    """The weeks of a strike that may be paid so far, for who prepares runs."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        strike = await strike_store.strike(connection, written(number))
        chosen, _ = await strike_rules.in_force(connection, strike.rule_set, strike.starts_on)
        return rules.payable_weeks(chosen, strike.dates, pool.today(), await has_arrears(connection, strike))
