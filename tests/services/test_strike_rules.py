"""Keep the unions' strike rules: what new and older books begin with, what is in force on a day, and how one union's people change its own."""

from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import NotAllowed, NotFound, Refusal, StrikeRulesInvalid
from ledger.domain.strike_rule_sets import ProposeStrikeRules, RuleVersion
from ledger.domain.strike_rules import Duty, RuleSet, Tier
from ledger.services import home
from ledger.services import strike_rules as service
from ledger.services.pool import Pool
from ledger.services.setup import SYSTEM_PERSON_ID, ensure_books
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules as store
from ledger.storage.database import Database
from tests.conftest import Clock, add_person

UNIFOR = shipped_rule_sets()["unifor"].rules
MORE = msgspec.structs.replace(UNIFOR, tiers=(Tier(from_week=1, weekly_minor=350_00),), authority="NEB, resolution 12")


def proposal(rules: RuleSet = MORE, day: date = date(2026, 12, 1), remark: str = "Voted in October") -> ProposeStrikeRules:
    return ProposeStrikeRules(valid_from=day, rules=rules, remark=remark)


@pytest_asyncio.fixture(loop_scope="session")
async def officer(pool: Pool) -> Actor:
    """Unifor's officer; its treasurer is the fixture ``unifor``."""
    return await add_person(pool, "Coralie Haddad-Morin", "unifor", "officer")


async def in_force(database: Database, code: str = "unifor", day: date = date(2026, 11, 23)) -> tuple[int, int]:
    """The version in force and its first weekly amount."""
    async with database.reading() as connection:
        rules, version = await store.in_force(connection, code, day)
    return version, rules.tiers[0].weekly_minor


async def kept(database: Database) -> list[RuleVersion]:
    async with database.reading() as connection:
        return await store.versions(connection)


# --- what books begin with ----------------------------------------------------------------------------------------------


async def test_new_books_have_the_rules_of_their_two_unions_and_no_others(database: Database) -> None:
    found = await kept(database)
    assert [(each.subject, each.union, each.state, each.proposed_by, each.decided_by) for each in found] == [
        ("ue/1", "ue", "confirmed", SYSTEM_PERSON_ID, None), ("unifor/1", "unifor", "confirmed", SYSTEM_PERSON_ID, None),
    ]  # fmt: skip
    assert [each.rules for each in found] == [shipped_rule_sets()[code].rules for code in ("ue", "unifor")]
    assert await in_force(database) == (1, 300_00)
    for code, day in (("unifor", date(2019, 8, 20)), ("cupe", date(2026, 11, 23))):
        with pytest.raises(NotFound):
            await in_force(database, code, day)


async def test_books_from_before_there_were_strike_rules_get_them_once(database: Database, server: tuple[str, str]) -> None:
    owner = await asyncpg.connect(server[1])
    try:
        await owner.execute(f"DELETE FROM {database.schema}.strike_rule_sets")
    finally:
        await owner.close()
    assert await kept(database) == []
    assert not await ensure_books(database)
    assert not await ensure_books(database)
    assert [each.subject for each in await kept(database)] == ["ue/1", "unifor/1"]


# --- changing them ------------------------------------------------------------------------------------------------------


async def test_one_person_proposes_and_a_second_of_the_same_union_confirms(
    pool: Pool, clock: Clock, ue: Actor, unifor: Actor, officer: Actor
) -> None:
    proposed = await service.propose_rules(pool, officer, "strike-rules-1", proposal())
    assert (proposed.subject, proposed.state, proposed.union, proposed.remark) == ("unifor/2", "proposed", "unifor", "Voted in October")
    assert await service.propose_rules(pool, officer, "strike-rules-1", proposal()) == proposed
    for actor, code in ((officer, "same_person"), (ue, "other_union")):
        with pytest.raises(Refusal) as refused:
            await service.confirm_rules(pool, actor, f"strike-rules-{code}", "unifor", 2)
        assert refused.value.code == code
    confirmed = await service.confirm_rules(pool, unifor, "strike-rules-2", "unifor", 2)
    assert (confirmed.state, confirmed.decided_by) == ("confirmed", unifor.person_id)
    with pytest.raises(Refusal, match="strike_rules_state"):
        await service.reject_rules(pool, unifor, "strike-rules-3", "unifor", 2, "Too late")
    days = {date(2026, 11, 30): (1, 300_00), date(2026, 12, 1): (2, 350_00), date(2030, 1, 1): (2, 350_00)}
    assert {day: await in_force(pool.database, day=day) for day in days} == days
    seen = await service.overview(pool, ue)
    assert [(each.version.subject, each.standing, each.proposed_by, each.decided_by) for each in seen.of("unifor")] == [
        ("unifor/2", "to_come", "Coralie Haddad-Morin", unifor.name), ("unifor/1", "in_force", "Scheduled jobs", ""),
    ]  # fmt: skip
    clock.now = datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert [each.standing for each in (await service.overview(pool, ue)).of("unifor")] == ["in_force", "replaced"]


async def test_a_proposal_is_turned_down_with_a_reason_that_its_proposer_reads(pool: Pool, unifor: Actor, officer: Actor) -> None:
    await service.propose_rules(pool, unifor, "strike-rules-4", proposal())
    with pytest.raises(Refusal, match="text_invalid"):
        await service.reject_rules(pool, officer, "strike-rules-5", "unifor", 2, "  ")
    await service.reject_rules(pool, officer, "strike-rules-6", "unifor", 2, "The NEB voted 325")
    found = await service.one_version(pool, unifor, "unifor", 2)
    assert (found.shown.standing, found.reason, found.shown.decided_by) == ("rejected", "The NEB voted 325", "Coralie Haddad-Morin")
    assert (await service.one_version(pool, unifor, "unifor")).shown.version.version == 1
    assert await in_force(pool.database, day=date(2027, 1, 1)) == (1, 300_00)


async def test_what_was_overtaken_or_came_too_late_cannot_be_confirmed(pool: Pool, clock: Clock, unifor: Actor, officer: Actor) -> None:
    await service.propose_rules(pool, officer, "strike-rules-7", proposal())
    later = msgspec.structs.replace(MORE, run_off_days=14)
    await service.propose_rules(pool, officer, "strike-rules-8", proposal(later, date(2026, 12, 5)))
    await service.confirm_rules(pool, unifor, "strike-rules-9", "unifor", 3)
    for now, reason in ((datetime(2026, 11, 23, 17, tzinfo=UTC), "overtaken"), (datetime(2026, 12, 2, 17, tzinfo=UTC), "past")):
        clock.now = now
        with pytest.raises(StrikeRulesInvalid) as refused:
            await service.confirm_rules(pool, unifor, f"strike-rules-{reason}", "unifor", 2)
        assert refused.value.params["reason"] == reason
    assert [each.standing for each in (await service.overview(pool, unifor)).of("unifor")] == ["to_come", "late", "in_force"]


# what is proposed, the refusal, its field and reason.
WRONG: list[tuple[ProposeStrikeRules, str, str, str]] = [
    (proposal(UNIFOR), "strike_rules_invalid", "rules", "unchanged"),
    (proposal(day=date(2026, 11, 22)), "strike_rules_invalid", "valid_from", "past"),
    (proposal(day=date(2101, 1, 1)), "strike_rules_invalid", "valid_from", "far"),
    (proposal(msgspec.structs.replace(MORE, currency="USD")), "strike_rules_invalid", "currency", "fixed"),
    (proposal(msgspec.structs.replace(MORE, model="local_lump_sum_advance", payee="local", duty=Duty())), "strike_rules_invalid", "model",
     "fixed"),
    (proposal(msgspec.structs.replace(MORE, code="ue")), "strike_rules_invalid", "code", "taken"),
    (proposal(msgspec.structs.replace(MORE, code="hardship", currency="EUR")), "currency_unknown", "", ""),
    (proposal(msgspec.structs.replace(MORE, tiers=())), "strike_rules_invalid", "tiers", "count"),
    (proposal(msgspec.structs.replace(MORE, name_fr=" ")), "text_invalid", "name_fr", ""),
    (proposal(remark="x" * 501), "text_invalid", "remark", ""),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "code", "field", "reason"), WRONG)
async def test_what_does_not_hold_together_is_refused_and_not_kept(
    pool: Pool, officer: Actor, request_: ProposeStrikeRules, code: str, field: str, reason: str
) -> None:
    for attempt in (service.preview_rules(pool, officer, request_), service.propose_rules(pool, officer, "strike-rules-wrong", request_)):
        with pytest.raises(Refusal) as refused:
            await attempt
        said: dict[str, Any] = refused.value.params
        assert (refused.value.code, said.get("field", ""), said.get("reason", "")) == (code, field, reason)
    assert [each.subject for each in await kept(pool.database)] == ["ue/1", "unifor/1"]


async def test_a_union_keeps_several_rule_sets_each_with_its_own_versions(pool: Pool, unifor: Actor, officer: Actor) -> None:
    railways = msgspec.structs.replace(shipped_rule_sets()["cupe"].rules, code="unifor-rail", authority="Council 4000")
    made = await service.propose_rules(pool, officer, "strike-rules-10", proposal(railways))
    assert (made.subject, made.union) == ("unifor-rail/1", "unifor")
    new, before, example = await service.preview_rules(pool, unifor, proposal())
    assert (new.subject, before and before.subject, example[0].whole_minor, example[-1].total_minor) == ("unifor/2", "unifor/1", 350_00, 17 * 350_00)
    seen = await service.overview(pool, unifor)
    assert seen.codes == ["ue", "unifor", "unifor-rail"]
    assert "cupe" in [each.rules.code for each in seen.templates]
    current = seen.current("unifor-rail")
    assert current is not None and current.standing == "proposed"


async def test_whoever_may_decide_is_told_and_has_it_waiting(pool: Pool, ue: Actor, unifor: Actor, officer: Actor) -> None:
    await service.propose_rules(pool, officer, "strike-rules-11", proposal())
    expected = [("confirm_strike_rules", "unifor/2", "/strike-rules/unifor/2", "unifor")]
    for actor, rows in ((unifor, expected), (officer, []), (ue, [])):
        found = [(row.kind, row.subject, row.url, row.union) for row in await home.waiting(pool, actor)]
        assert found == rows, actor.name
    async with pool.database.reading() as connection:
        told = await connection.fetch("SELECT person_id, url FROM notices WHERE kind = 'strike_rules_proposed'")
    assert [tuple(row) for row in told] == [(unifor.person_id, "/strike-rules/unifor/2")]
    await service.confirm_rules(pool, unifor, "strike-rules-12", "unifor", 2)
    assert await home.waiting(pool, unifor) == []


READERS = [("benefits_officer", True), ("deputy", True), ("board_member", True), ("picket_captain", False), ("admin", False)]


@pytest.mark.parametrize(("role", "reads"), READERS)
async def test_who_reads_the_rules_without_changing_them(pool: Pool, role: str, reads: bool) -> None:
    actor = await add_person(pool, "A reader", "unifor", role)
    if reads:
        assert (await service.one_version(pool, actor, "unifor")).shown.version.subject == "unifor/1"
    else:
        with pytest.raises(NotAllowed):
            await service.overview(pool, actor)
    with pytest.raises(NotAllowed):
        await service.propose_rules(pool, actor, f"strike-rules-{role}", proposal())
    with pytest.raises(NotAllowed):
        await service.confirm_rules(pool, actor, f"strike-rules-confirm-{role}", "unifor", 1)


async def test_what_is_not_there(pool: Pool, unifor: Actor) -> None:
    for code, number in (("cupe", None), ("unifor", 2), ("x" * 200, 1)):
        with pytest.raises(NotFound):
            await service.one_version(pool, unifor, code, number)
    with pytest.raises(NotFound):
        await service.confirm_rules(pool, unifor, "strike-rules-none", "unifor", 9)
    with pytest.raises(NotFound):
        service.template("nobody")


async def test_only_rules_that_replace_a_placeholder_may_hold_from_a_day_gone_by(pool: Pool, officer: Actor, ue: Actor) -> None:
    second = await add_person(pool, "Officer of UE", "ue", "officer")
    decided = msgspec.structs.replace(shipped_rule_sets()["ue"].rules, placeholder=False)
    made = await service.propose_rules(pool, ue, "ue-amounts", proposal(decided, date(2026, 10, 5)))
    shown = await service.one_version(pool, ue, "ue", made.version)
    assert shown.shown.standing == "proposed"
    await service.confirm_rules(pool, second, "ue-amounts-yes", "ue", made.version)
    assert await in_force(pool.database, "ue", date(2026, 10, 4)) == (1, 100_00)
    assert await in_force(pool.database, "ue", date(2026, 10, 5)) == (2, 100_00)
    # From now on weeks since then may be paid; those before still wait for an amount.
    dearer = msgspec.structs.replace(decided, tiers=(Tier(from_week=3, weekly_minor=120_00),))
    with pytest.raises(StrikeRulesInvalid) as caught:
        await service.propose_rules(pool, ue, "ue-dearer", proposal(dearer, date(2026, 10, 6)))
    assert caught.value.params == {"field": "valid_from", "reason": "past", "date": "2026-10-06"}
    await service.propose_rules(pool, ue, "ue-earlier", proposal(dearer, date(2026, 9, 7)))
