"""What of strikes waits for each person, who is told of it, and what a search finds: through the real store, with no member in it."""

from datetime import date, timedelta

import msgspec
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.strike_advances import Advance, ProposeAdvance
from ledger.domain.strike_rule_sets import ProposeStrikeRules
from ledger.domain.strike_rules import RuleSet, Tier
from ledger.services import home, notices, search, strike_advance_views, strike_advances, strike_payments, strike_rules, strike_runs, strike_weeks, strikes
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from tests.conftest import Clock
from tests.services.requests_stage import Stage
from tests.services.runs_stage import enrol, paid, picket, submitted, weekdays
from tests.services.strikes_stage import FIRST_DAY, authorise, on_strike, recorded, set_stage
from tests.services.test_journal import refused

KINDS = {
    "authorise_strike", "begin_strike", "import_roster", "start_run", "compute_run", "submit_run", "approve_run", "pay_run", "start_advance",
    "close_strike", "set_strike_amounts",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def queue(stage: Stage) -> dict[str, list[tuple[str, str]]]:
    """(kind, subject) that waits for each person, of what strikes make wait."""
    found = {who: await home.waiting(stage.pool, actor) for who, actor in stage.who.items()}
    return {who: rows for who, waits in found.items() if (rows := [(row.kind, row.subject) for row in waits if row.kind in KINDS])}


async def told(stage: Stage, who: str) -> list[str]:
    return [each.kind for each in (await notices.list_notices(stage.pool, stage.who[who])).items]


async def test_each_step_waits_for_those_who_can_take_it(stage: Stage) -> None:
    strike = await recorded(stage)
    step = ("authorise_strike", "S-0001")
    assert await queue(stage) == {who: [step] for who in ("ue officer", "ue secretary", "unifor officer", "unifor secretary")}
    await authorise(stage, strike.number, "ue")
    assert await queue(stage) == {who: [step] for who in ("unifor officer", "unifor secretary")}
    await authorise(stage, strike.number, "unifor")
    managers = ("unifor officer", "unifor secretary", "unifor benefits")
    assert await queue(stage) == {who: [("begin_strike", "S-0001")] for who in managers}
    await strikes.begin(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, FIRST_DAY)
    keepers = ("unifor treasurer", "unifor second", "unifor benefits")
    assert await queue(stage) == {who: [("import_roster", "S-0001")] for who in keepers}


async def test_a_stopped_payment_waits_for_who_pays_until_it_is_issued_again(stage: Stage) -> None:
    await stage.fund("STRIKE", CAD=50_000_00)
    strike = await on_strike(stage)
    await enrol(stage, strike, {}, {})
    for member in (1, 2):
        await picket(stage, strike, member, *weekdays(FIRST_DAY))
    run = await paid(stage, strike, FIRST_DAY + timedelta(days=8))
    day = FIRST_DAY + timedelta(days=9)
    await strike_payments.stop_payment(stage.pool, stage.who["unifor benefits"], stage.key(), run.number, 1, day)
    payers = {who for who, actor in stage.who.items() if actor.union == "unifor" and actor.can("pay_run")}
    waits = {who: [row for row in await home.waiting(stage.pool, actor) if row.kind == "reissue_payments"] for who, actor in stage.who.items()}
    assert {who for who, rows in waits.items() if rows} == payers
    (row,) = waits["unifor treasurer"]
    assert (row.subject, row.facts["count"], row.since) == (run.number, 1, day)
    await strike_payments.reissue_payment(stage.pool, stage.who["unifor treasurer"], stage.key(), run.number, 1, day, "2001")
    assert not [row for row in await home.waiting(stage.pool, stage.who["unifor treasurer"]) if row.kind == "reissue_payments"]


async def test_a_run_waits_for_a_second_person_and_then_for_who_pays(stage: Stage) -> None:
    await stage.fund("STRIKE", CAD=50_000_00)
    strike = await on_strike(stage)
    await enrol(stage, strike, {}, {"standing": "arrears"})
    await picket(stage, strike, 1, *weekdays(FIRST_DAY))
    waits = await queue(stage)
    assert waits["unifor benefits"] == [("start_run", "S-0001"), ("start_run", "S-0001"), ("start_run", "S-0001")]
    run = await submitted(stage, strike)
    waits = await queue(stage)
    assert ("approve_run", run.number) in waits["unifor officer"] and ("approve_run", run.number) not in waits["unifor benefits"]
    assert not any(kind == "approve_run" for who, rows in waits.items() if who.startswith("ue") for kind, _ in rows)
    assert "run_to_approve" in await told(stage, "unifor officer") and "run_to_approve" not in await told(stage, "ue officer")
    await strike_runs.approve_run(stage.pool, stage.who["unifor treasurer"], stage.key(), run.number, run.revision, stage.pool.today())
    waits = await queue(stage)
    assert ("pay_run", run.number) in waits["unifor deputy"] and ("pay_run", run.number) not in waits.get("unifor treasurer", [])
    assert "run_to_pay" in await told(stage, "unifor deputy")


async def test_officers_of_both_unions_are_asked_and_those_who_recorded_it_are_told(stage: Stage) -> None:
    strike = await recorded(stage)
    for who in ("ue officer", "unifor secretary"):
        assert await told(stage, who) == ["strike_to_authorise"]
    for union in ("ue", "unifor"):
        assert "strike_authorised" not in await told(stage, "unifor benefits")
        await authorise(stage, strike.number, union)
    assert await told(stage, "unifor benefits") == ["strike_authorised"] and await told(stage, "ue benefits") == []


async def test_the_officers_week_is_that_of_the_oldest_work(stage: Stage, clock: Clock) -> None:
    strike = await on_strike(stage)
    await on_strike(stage, "ue")
    await enrol(stage, strike, {}, {})
    for member in (1, 2):
        await picket(stage, strike, member, *weekdays(FIRST_DAY, 5 if member == 1 else 3))
    (mine,) = await strike_weeks.officers_week(stage.pool, stage.who["unifor benefits"])
    assert (mine.found.roster, mine.shown and mine.shown.week.number) == (2, 1)
    assert list(mine.paperwork.duty.values()) == [2, 2, 2, 1, 1]
    (later,) = await strike_weeks.officers_week(stage.pool, stage.who["unifor treasurer"], strike.number, 2)
    assert (later.shown and later.shown.week.starts_on, later.paperwork.duty) == (FIRST_DAY + timedelta(days=7), {})
    for who in ("unifor officer", "unifor board", "unifor deputy", "ue trustee"):
        await refused(strike_weeks.officers_week(stage.pool, stage.who[who]), "not_allowed")


async def test_numbers_and_names_are_found_by_who_reads_strikes(stage: Stage) -> None:
    strike = await on_strike(stage)
    await enrol(stage, strike, {})
    await picket(stage, strike, 1, *weekdays(FIRST_DAY))
    run = await submitted(stage, strike)

    async def found(who: str, typed: str) -> tuple[str | None, list[str]]:
        results = await search.search(stage.pool, stage.who[who], typed)
        return results.exact, [item.subject for item in results.items]

    for typed in ("S-1", "s-0001", "S 0001"):
        assert (await found("ue board", typed))[0] == "/strikes/S-0001", typed
    for typed in (run.number, "sr-2026-001"):
        assert (await found("ue board", typed))[0] == f"/strikes/runs/{run.number}", typed
    assert "S-0001" in (await found("unifor benefits", "meridian rail"))[1]
    for typed in ("S-0002", "SR-2026-99", "SA-0001", "Member 1"):
        assert await found("ue board", typed) == (None, []), typed
    assert await found("ue lead", "S-0001") == (None, [])


async def test_nothing_is_made_by_placeholders_until_the_amounts_are_set_and_then_weeks_gone_by_are_paid_too(stage: Stage) -> None:
    strike, pool = await on_strike(stage, "ue", starts_on=date(2026, 11, 2), rule_set="ue"), stage.pool
    undecided = msgspec.structs.replace(shipped_rule_sets()["ue"].rules, tiers=(Tier(from_week=3, weekly_minor=150_00),))

    async def hold(rules: RuleSet, day: date) -> None:
        made = await strike_rules.propose_rules(pool, stage.who["ue officer"], stage.key(), ProposeStrikeRules(valid_from=day, rules=rules))
        await strike_rules.confirm_rules(pool, stage.who["ue second"], stage.key(), "ue", made.version)

    async def advance(week: int) -> Advance:
        asked = ProposeAdvance(local="506", week=week, strikers=40)
        return await strike_advances.propose_advance(pool, stage.who["ue benefits"], stage.key(), strike.number, asked)

    assert (await advance(3)).amount_minor == 4_000_00
    await hold(undecided, date(2026, 11, 23))
    assert (await refused(advance(4), "strike_rules_placeholder")).params == {"rules": "ue"}
    assert ("set_strike_amounts", "S-0001") in (await queue(stage))["ue treasurer"]
    assert (await strike_advance_views.show_advances(pool, stage.who["ue benefits"], strike.number)).due == ()
    await hold(msgspec.structs.replace(undecided, placeholder=False), date(2026, 11, 23))
    assert (await advance(4)).amount_minor == 6_000_00
    assert not any(kind == "set_strike_amounts" for rows in (await queue(stage)).values() for kind, _ in rows)
