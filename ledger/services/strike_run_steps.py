"""What the steps of a strike run have in common: its number, the ground it stands on, its accounts, and who may take a step."""

from datetime import date

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain import strikes as strike_rules_of
from ledger.domain.actors import authorize
from ledger.domain.chart import JOINT
from ledger.domain.refusals import ChequeNumberTaken, ChoiceInvalid, NotFound
from ledger.domain.strike_benefits import covered_weeks
from ledger.domain.strike_rules import RuleSet, Week, check_decided
from ledger.domain.strike_runs import Run, RunChart, check_step
from ledger.domain.strikes import Strike
from ledger.domain.transfers import check_union
from ledger.services.operation import Done, Work
from ledger.storage import reference, strike_arrears, strike_rules, strike_run_lines, strike_run_payments
from ledger.storage import strike_runs as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of


def written_run(number: str) -> str:
    """A run's number as it is kept, ``sr-2026-19`` too; refuses what can be none."""
    found = number.strip().upper()
    parts = found.split("-")
    if len(parts) != 3 or parts[0] != "SR" or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts[1:]):
        raise NotFound(kind="run", id="".join(c for c in number if c.isprintable())[:40])
    return found


async def check_members_paid(connection: Connection, strike: Strike) -> None:
    """Refuse a strike that pays no members, or that not every union has authorised."""
    strike_rules_of.check_supported(strike, "per_member_run", [union.code for union in await reference.unions(connection)])


async def week_of_run(connection: Connection, strike: Strike, number: int, today: date) -> tuple[RuleSet, int, Week]:
    """The rules in force on the week's first day, their version, and the week; refuses rules whose amounts are not decided."""
    first, _ = await strike_rules.in_force(connection, strike.rule_set, strike.starts_on)
    week = rules.payable_week(first, strike.dates, number, strike.number, today, await has_arrears(connection, strike))
    # The calendar is that of the strike's first day, or a week could be paid twice; what is paid in one is what the rules say on its own first day.
    current, version = await strike_rules.in_force(connection, strike.rule_set, week.starts_on)
    return rules.with_calendar_of(check_decided(current), first), version, week


async def has_arrears(connection: Connection, strike: Strike) -> bool:
    """Whether weeks of the strike paid somebody too little, and no run paid it yet."""
    async with rosters_of(connection, strike.union):
        return bool(await strike_arrears.open_of(connection, strike.number))


class Ground(msgspec.Struct, frozen=True):
    """What a run is computed by: the strike, the rules with their version, the week, and the first day whose duty counts."""

    strike: Strike
    rules: RuleSet
    version: int
    week: Week
    first: date


async def ground_of(connection: Connection, run: Run, today: date) -> Ground:
    """What a run is computed by, as it stands now."""
    strike = await strike_store.strike(connection, run.strike)
    chosen, version, week = await week_of_run(connection, strike, run.week, today)
    covered = covered_weeks(chosen, strike.dates, week)
    return Ground(strike, chosen, version, week, covered[0].starts_on if covered else week.starts_on)


async def keepers_of(connection: Connection, run: Run) -> set[int]:
    """Who changed what a run is computed from."""
    async with rosters_of(connection, run.union):
        return await strike_run_lines.keepers(connection, run.number)


async def check_cheques(connection: Connection, union: str, run: str, account: int, numbers: list[str]) -> None:
    """Refuse a cheque number that was written on the account before."""
    taken = await strike_run_payments.taken_cheque(connection, union, account, numbers) if numbers else None
    if taken is not None:
        raise ChequeNumberTaken(run=run, number=taken)


async def chart_of(connection: Connection, run: Run, account: int | None = None) -> RunChart:
    """The accounts that a run moves; ``account`` must be a joint bank account of the run's union, in its currency."""
    bank = None
    if account is not None:
        bank = await reference.account_by_id(connection, account)
        check_union(run.union, bank)
        if bank.role != "bank" or bank.book != JOINT or bank.currency != run.currency:
            raise ChoiceInvalid(field="account", value=bank.label)
    roles = {
        "benefits": "strike_benefits", "payable": "strike_payable", "recoverable": "strike_recoverable", "unclaimed": "strike_unclaimed",
        "fees": "bank_fees",
    }  # fmt: skip
    found = {name: await reference.account_for(connection, JOINT, role, run.currency) for name, role in roles.items()}  # type: ignore[arg-type]
    return RunChart(bank=bank, **found)


async def own_run(w: Work, number: str, permission: str, step: str) -> Run:
    """The run, locked, for who belongs to its union, in a state that allows the step."""
    run = await store.run(w.connection, written_run(number), lock=True)
    authorize(w.actor, permission, run.union)
    check_step(run, step)
    return run


async def run_done(
    w: Work, number: str, what: str, remark: str = "", *, amount_minor: int = 0, happened_on: date | None = None, entry: int | None = None
) -> Done:
    """Add a step to the run's history; the answer is the run as it is then."""
    await store.add_event(
        w.connection, number, w.actor.person_id, what, w.now, remark=remark, amount_minor=amount_minor, happened_on=happened_on, entry=entry
    )
    return Done(await store.run(w.connection, number), number, {"step": what, "entry": entry, "amount_minor": amount_minor})
