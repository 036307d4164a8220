"""Measure a strike of fifty thousand members: its roster brought in, a run computed, approved and paid, and its pages beside an empty request."""

import time
from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Any

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.strikes import Authorise, RecordStrike
from ledger.services import accounts, roster_files, strike_payments, strike_run_computing, strike_run_views, strike_runs, strikes
from ledger.services import journal as journal_service
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import people, reference, strike_rules
from ledger.storage.private import rosters_of
from ledger.storage.strike_run_lines import LineFilter

MEMBERS, WEEKDAYS = 50_000, 5
ROLES = ("benefits_officer", "officer", "treasurer", "secretary_treasurer")


async def measure(pool: Pool, members: int = MEMBERS) -> dict[str, float]:
    """Seconds of each step, and milliseconds of pages (at the beginning, deep inside, and filtered), by name."""
    who = await cast(pool)
    number, first = await _strike(pool, who)
    found: dict[str, float] = {}
    sheet = SheetFile("roster.csv", _roster(members))
    found["roster brought in"] = await seconds(roster_files.bring_in(pool, who["benefits_officer"], "bench-roster", number, sheet, None, "en"))
    await _duty(pool, number, members, first)
    run = await strike_runs.start_run(pool, who["benefits_officer"], "bench-start", number, 1)
    found["run computed"] = await seconds(strike_run_computing.compute_run(pool, who["benefits_officer"], "bench-compute", run.number))
    await strike_runs.submit_run(pool, who["benefits_officer"], "bench-submit", run.number, 1)
    day = first + timedelta(days=4)
    found["run approved"] = await seconds(strike_runs.approve_run(pool, who["officer"], "bench-approve", run.number, 1, day))
    bank = await _bank(pool)
    found["run paid"] = await seconds(strike_runs.pay_run(pool, who["treasurer"], "bench-pay", run.number, bank, day, 1))
    return found | await _pages(pool, who["benefits_officer"], run.number, members)


async def _pages(pool: Pool, actor: Actor, run: str, members: int) -> dict[str, float]:
    pages = {
        "lines, first page": (LineFilter(), 0), "lines, last page": (LineFilter(), members - 150), "lines, by cheque": (LineFilter(words="777"), 0),
        "lines, by reason": (LineFilter(reason="other_income_source"), 0), "lines, still out": (LineFilter(shows="issued"), 0),
        "lines, stopped": (LineFilter(shows="stopped"), 0),
    }  # fmt: skip
    found = {}
    for name, (narrowed, after) in pages.items():
        await strike_payments.list_lines(pool, actor, run, narrowed, after)
        found[name] = 1_000 * min([await seconds(strike_payments.list_lines(pool, actor, run, narrowed, after)) for _ in range(3)])
    found["run, its page"] = 1_000 * await seconds(strike_run_views.show_run(pool, actor, run))
    return found


async def seconds(work: Awaitable[Any]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def cast(pool: Pool) -> dict[str, Actor]:
    """One of each role in Unifor, and an officer of UE to agree."""
    made = {}
    for role, union in (*((role, "unifor") for role in ROLES), ("officer of ue", "ue")):
        name = role.partition(" of ")[0]
        async with pool.database.writing() as connection:
            person_id = await connection.fetchval("UPDATE counters SET value = value + 1 WHERE name = 'person' RETURNING value")
            await people.add(connection, person_id, f"Bench {role}", f"strike{person_id}@example.org", union, "en")
            await people.add_grant(connection, person_id, name, date(2020, 1, 1), date(2099, 1, 1), person_id)
        made[role] = Actor(person_id, f"Bench {role}", union, frozenset({name}), "api")
    return made


async def _strike(pool: Pool, who: dict[str, Actor]) -> tuple[str, date]:
    """A strike that began three Mondays ago, and money for it."""
    today = pool.today()
    first = today - timedelta(days=today.weekday() + 21)
    shipped = shipped_rule_sets()["unifor"]
    async with pool.database.writing() as connection:
        if await connection.fetchval("SELECT count(*) FROM strike_rule_sets WHERE code = $1", shipped.rules.code) == 0:
            await strike_rules.add(connection, shipped.rules, 1, "unifor", date(2020, 1, 1), "confirmed", 1, pool.clock())
    for local in ("8888", "8889"):
        await accounts.add_local(pool, who["treasurer"], f"bench-local-{local}", NewLocal(union="unifor", number=local, name=local, city="Oshawa"))
    said = RecordStrike(
        union="unifor", kind="strike", name="Bench", locals=("8888", "8889"), notice_on=first, starts_on=first, expected=50_000,
        rule_set=shipped.rules.code, fund="STRIKE",
    )  # fmt: skip
    strike = await strikes.record_strike(pool, who["benefits_officer"], "bench-strike", said)
    for union, actor in (("ue", who["officer of ue"]), ("unifor", who["officer"])):
        word = Authorise(body="Officers", resolution="B-1", decided_on=first)
        await strikes.authorise_strike(pool, actor, f"bench-word-{union}", strike.number, word)
    await strikes.begin(pool, who["benefits_officer"], "bench-begin", strike.number, first)
    await _opening(pool, who["treasurer"], first)
    return strike.number, first


async def _opening(pool: Pool, actor: Actor, day: date) -> None:
    """Enough for every member's week."""
    postings = [("joint/Assets:Bank:Unifor-trust-CAD", 20_000_000_00), ("joint/Equity:Net-assets", -20_000_000_00)]
    named = tuple(NamedPosting(account, "CAD", "STRIKE", amount) for account, amount in postings)
    await journal_service.post_entry(pool, actor, "bench-opening", NamedEntry(day, "Opening", named, kind="opening"))


async def _bank(pool: Pool) -> int:
    async with pool.database.reading() as connection:
        return (await reference.account(connection, "joint", "Assets:Bank:Unifor-trust-CAD", "CAD")).id


def _roster(members: int) -> bytes:
    """Every fiftieth draws another income, every tenth is paid by deposit."""
    lines = ["reference,name,local,standing,other_income,pay_method,pay_reference"]
    for number in range(1, members + 1):
        income, deposit = "vacation" if number % 50 == 0 else "", number % 10 == 0
        paid = f"deposit,PS-{number}" if deposit else "cheque,"
        lines.append(f"M{number:06d},Bench Member {number},{8888 + number % 2},good,{income},{paid}")
    return "\n".join(lines).encode()


async def _duty(pool: Pool, strike: str, members: int, first: date) -> None:
    """Four hours a day of everybody, but a Friday that every seventh missed."""
    for day in range(WEEKDAYS):
        async with pool.database.writing() as connection, rosters_of(connection, "unifor"):
            await connection.execute(
                """INSERT INTO strike_duty (strike, member, day, union_code, minutes, recorded_by, recorded_at)
                SELECT $1, m, $2, 'unifor', 240, 1, $3 FROM generate_series(1, $4::int) m WHERE $5::int < 4 OR m % 7 <> 0""",
                strike, first + timedelta(days=day), pool.clock(), members, day,
            )  # fmt: skip


def figures(found: dict[str, float], members: int) -> list[dict[str, Any]]:
    """The figures as ``bench`` lists them: seconds as a share of what was promised; a page deep in the list beside its first."""
    targets = {"roster brought in": 60.0, "run computed": 5.0}
    listed = []
    for name, value in found.items():
        row: dict[str, Any] = {"what": f"strike: {name}", "at": members, "value": round(value, 2), "unit": "ms" if "," in name else "s"}
        if name in targets:
            row |= {"ratio": round(value / targets[name], 3), "target": 1.0, "reached": value < targets[name]}
        elif name == "lines, last page":
            ratio = value / max(found["lines, first page"], 5)
            row |= {"ratio": round(ratio, 2), "target": 3, "reached": ratio < 3}
        listed.append(row)
    return listed
