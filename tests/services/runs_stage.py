"""Rosters and duty for tests of weekly runs, put straight into the private tables: how they are imported is tested elsewhere."""

from datetime import date, timedelta
from typing import Any

from ledger.domain.strike_runs import Run
from ledger.domain.strikes import Strike
from ledger.services import strike_run_computing
from ledger.services import strike_runs as runs
from ledger.storage.private import rosters_of
from tests.services.requests_stage import Stage

COLUMNS = (
    "standing", "payroll", "registered_on", "other_income", "returned_on", "crossed_on", "on_hold", "late", "penalised_from", "dependants",
    "gross_weekly_minor", "hourly_rate_minor", "pay_method", "pay_reference", "left_on",
)  # fmt: skip
USUAL: dict[str, Any] = {
    "standing": "good", "payroll": "active", "other_income": "", "returned_on": None, "crossed_on": None, "on_hold": False, "late": False,
    "penalised_from": None, "dependants": 0, "gross_weekly_minor": None, "hourly_rate_minor": None, "pay_method": "cheque",
    "pay_reference": "", "left_on": None,
}  # fmt: skip


async def enrol(stage: Stage, strike: Strike, *members: dict[str, Any]) -> None:
    """Put members on the roster, numbered on; each is what differs from a member who is paid, and may name a local."""
    async with stage.pool.database.writing() as connection, rosters_of(connection, strike.union):
        first = await connection.fetchval("SELECT coalesce(max(member), 0) FROM strike_members WHERE strike = $1", strike.number)
        for number, member in enumerate(members, first + 1):
            row = USUAL | {"registered_on": strike.starts_on} | member
            local = strike.locals[row.get("local", 0)].id
            name, reference = f"Member {number}", row.get("reference", f"M{number}")
            places = ", ".join(f"${n}" for n in range(8, 8 + len(COLUMNS)))
            await connection.execute(
                f"""INSERT INTO strike_members (strike, member, union_code, local_id, reference, reference_key, name, name_key, changed_by, changed_at,
                    {', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, lower($5), $6, lower($6), 1, $7, {places})""",
                strike.number, number, strike.union, local, reference, name, stage.pool.clock(), *(row[column] for column in COLUMNS),
            )  # fmt: skip


async def picket(stage: Stage, strike: Strike, member: int, *days: date, minutes: int = 240) -> None:
    """Record a member's duty on some days."""
    async with stage.pool.database.writing() as connection, rosters_of(connection, strike.union):
        await connection.executemany(
            """INSERT INTO strike_duty (strike, member, day, union_code, minutes, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, 1, $6)""",
            [(strike.number, member, day, strike.union, minutes, stage.pool.clock()) for day in days],
        )


def weekdays(first: date, count: int = 5) -> list[date]:
    """Days in a row from a Monday on."""
    return [first + timedelta(days=n) for n in range(count)]


async def computed(stage: Stage, strike: Strike, week: int = 1) -> Run:
    """A run of a week, begun and computed by the benefits officer."""
    benefits = stage.who[f"{strike.union} benefits"]
    run = await runs.start_run(stage.pool, benefits, stage.key(), strike.number, week)
    return await strike_run_computing.compute_run(stage.pool, benefits, stage.key(), run.number)


async def submitted(stage: Stage, strike: Strike, week: int = 1) -> Run:
    """The same, handed to a second person."""
    run = await computed(stage, strike, week)
    return await runs.submit_run(stage.pool, stage.who[f"{strike.union} benefits"], stage.key(), run.number, run.revision)


async def approved(stage: Stage, strike: Strike, on: date, week: int = 1) -> Run:
    """The same, approved by an officer."""
    run = await submitted(stage, strike, week)
    return await runs.approve_run(stage.pool, stage.who[f"{strike.union} officer"], stage.key(), run.number, run.revision, on)


async def paid(stage: Stage, strike: Strike, on: date, week: int = 1, first_cheque: int = 1001) -> Run:
    """The same, approved and paid on one day by the treasurer."""
    run = await approved(stage, strike, on, week)
    bank = await stage.bank(strike.union)
    return await runs.pay_run(stage.pool, stage.who[f"{strike.union} treasurer"], stage.key(), run.number, bank, on, first_cheque)
