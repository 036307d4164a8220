"""Read advances: by strike, one by one, what is due this week, and the reports of a week."""

from datetime import date

import msgspec

from ledger.domain import strike_advances as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.refusals import NotFound
from ledger.domain.strike_advances import (
    MODEL,
    Advance,
    ExpenseReport,
    Statement,
    WeekLine,
)
from ledger.domain.strike_benefits import LumpSum
from ledger.domain.strike_rules import RuleSet, Week, nth_week
from ledger.domain.strikes import READ, Strike, StrikeEvent, StrikeLocal
from ledger.services.pool import Pool
from ledger.services.strike_advance_cases import Case, advance_case, load_case, load_cases
from ledger.services.strikes import written
from ledger.storage import reference, strike_rules
from ledger.storage import strike_advances as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.payables import held_in
from ledger.storage.strikes import StrikeFilter


class Due(msgspec.Struct, frozen=True):
    """A local's week that could be paid now: what the rules give for the strikers last counted (none known: 0), and what holds it back."""

    local: StrikeLocal
    week: Week
    strikers: int
    sum: LumpSum | None
    advance: Advance | None
    hold: str
    missing_week: int | None


class AdvancesView(msgspec.Struct, frozen=True):
    """All that was advanced in a strike, by local, and what is due this week."""

    case: Case
    due: tuple[Due, ...]


class AdvanceView(msgspec.Struct, frozen=True):
    """One advance: how it came to its amount, what holds it back, its history, and the union's bank accounts it may be paid from."""

    case: Case
    line: WeekLine
    advance: Advance
    weekly_minor: int
    events: list[StrikeEvent]
    banks: list[Account]
    held: dict[int, int]


class ReportView(msgspec.Struct, frozen=True):
    """A report of a week with the versions before it, the latest first; none where nothing was filed yet."""

    case: Case
    local: StrikeLocal
    week: Week
    versions: list[ExpenseReport]


async def show_advances(pool: Pool, actor: Actor, strike: str) -> AdvancesView:
    """A strike's advances by local, and what is due this week; both unions may read it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        return AdvancesView(case, await _due(connection, case, pool.today()))


async def list_advances(pool: Pool, actor: Actor) -> list[Case]:
    """Every strike of both unions in which locals are paid, the newest first, the closed ones too."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = [each for each in await strike_store.strikes(connection, StrikeFilter()) if each.model == MODEL]
        return await load_cases(connection, found, pool.today())


async def _due(connection: Connection, case: Case, today: date) -> tuple[Due, ...]:
    """Every local's week that holds today, where the rules pay something in it; none while their amounts are placeholders."""
    strike, number = case.strike, rules.begun_weeks(case.strike, case.rules, today)
    if strike.state not in ("on", "run_off", "ended") or number < case.rules.tiers[0].from_week:
        return ()
    week = nth_week(case.rules, strike.starts_on, number)
    rule_set, _ = await strike_rules.in_force(connection, strike.rule_set, week.starts_on)
    if rule_set.placeholder:
        return ()
    return tuple(_due_of(case, statement, rule_set, week) for statement in case.statements)


def _due_of(case: Case, statement: Statement, rule_set: RuleSet, week: Week) -> Due:
    line = next((each for each in statement.weeks if each.week.number == week.number), None)
    strikers = last_strikers(case, statement)
    kept = [each.advance for each in statement.weeks if each.advance is not None]
    reports = [each.report for each in statement.weeks if each.report is not None]
    missing = rules.missing_report(week.number, kept, reports) if case.rules.reports_required else None
    hold = line.hold if line is not None and line.advance is not None else "missing_expense_report" if missing else ""
    return Due(
        statement.local, week, strikers, rules.sum_for(rule_set, strikers, week) if strikers else None, line.advance if line else None, hold, missing
    )


def last_strikers(case: Case, statement: Statement) -> int:
    """How many were out when last counted: in the last advance, or as expected where the strike has one local; 0 where nobody knows."""
    counted = [line.advance.strikers for line in statement.weeks if line.advance is not None]
    return counted[-1] if counted else case.strike.expected if len(case.strike.locals) == 1 else 0


async def show_advance(pool: Pool, actor: Actor, number: str) -> AdvanceView:
    """One advance."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case, line = await advance_case(connection, number, pool.today())
        advance = line.advance
        assert advance is not None
        rule_set, _ = await strike_rules.in_force(connection, advance.rule_set, advance.starts_on)
        events = [each for each in await strike_store.events(connection, advance.strike) if each.subject == advance.number]
        banks = [each for each in await reference.accounts(connection, JOINT, "bank") if _pays(each, case.strike)]
        held = await held_in(connection, case.strike.fund_id, [each.id for each in banks])
        weekly = rules.sum_for(rule_set, advance.strikers, line.week).weekly_minor
        return AdvanceView(case, line, advance, weekly, events, banks, held)


def _pays(bank: Account, strike: Strike) -> bool:
    return (bank.custodian, bank.currency, bank.closed_on) == (strike.union, strike.currency, None)


async def banks_of(pool: Pool, actor: Actor, strike: str) -> list[Account]:
    """The bank accounts that a strike's money leaves from and comes back to."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await strike_store.strike(connection, written(strike))
        return [each for each in await reference.accounts(connection, JOINT, "bank") if _pays(each, found)]


async def show_report(pool: Pool, actor: Actor, strike: str, local: str, week: int) -> ReportView:
    """A local's report of a week, with the versions before it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        found = next((each for each in case.strike.locals if each.number == local), None)
        if found is None or not 1 <= week <= rules.WEEK_MAXIMUM:
            raise NotFound(kind="expense_report", id=f"{case.strike.number}/{local}/{week}"[:40])
        versions = await store.versions(connection, case.strike.number, found.id, week)
        return ReportView(case, found, nth_week(case.rules, case.strike.starts_on, week), versions)
