"""The people, rules and strikes that tests of strike support act with, set up through the same services as in life."""

from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.strike_rule_sets import ProposeStrikeRules
from ledger.domain.strikes import Authorise, RecordStrike, Strike
from ledger.services import accounts, strikes
from ledger.services import strike_rules as service
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import accounts as account_store
from ledger.storage import strike_rules
from tests.conftest import add_person
from tests.services import requests_stage
from tests.services.requests_stage import Stage

LOCALS = {"ue": ("506", "610"), "unifor": ("8504", "8610")}
RULES = {"ue": "ue", "unifor": "unifor"}
FIRST_DAY = date(2026, 11, 2)
UNIONS = ("ue", "unifor")


async def set_stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    """People of every part in both unions, benefits officers, trustees and picket captains among them, two locals each, and the shipped rules."""
    stage = await requests_stage.set_stage(pool, ue, unifor)
    async with pool.database.reading() as connection:
        known = {(local.union, local.number) for local in await account_store.locals_(connection)}
    for union in UNIONS:
        for part, role in (("benefits", "benefits_officer"), ("trustee", "trustee"), ("captain", "picket_captain"), ("second", "treasurer")):
            stage.who[f"{union} {part}"] = await add_person(pool, f"{part.title()} of {union}", union, role)
        for number in (each for each in LOCALS[union] if (union, each) not in known):
            local = NewLocal(union=union, number=number, name=f"Local {number}", city="Erie")
            await accounts.add_local(pool, stage.who[f"{union} treasurer"], stage.key(), local)
    await load_rules(pool)
    await decide_amounts(pool, stage.who["ue officer"], stage.who["ue second"])
    return stage


async def decide_amounts(pool: Pool, officer: Actor, second: Actor) -> None:
    """UE's weekly sum as its board set it, where it has not yet: the placeholder's own figure, so that what is computed by it stays easy to read."""
    async with pool.database.reading() as connection:
        known = await strike_rules.versions_of(connection, "ue")
    if any(each.state == "confirmed" and not each.rules.placeholder for each in known):
        return
    rules = msgspec.structs.replace(shipped_rule_sets()["ue"].rules, placeholder=False, authority="General Executive Board, resolution 40 of 2026")
    made = await service.propose_rules(pool, officer, "propose-ue-amounts", ProposeStrikeRules(valid_from=date(2026, 1, 1), rules=rules))
    await service.confirm_rules(pool, second, "confirm-ue-amounts", "ue", made.version)


async def load_rules(pool: Pool) -> None:
    """The unions' own rules, where the books do not have them yet."""
    async with pool.database.writing() as connection:
        known = {row["code"] for row in await connection.fetch("SELECT code FROM strike_rule_sets")}
        for shipped in shipped_rule_sets().values():
            if shipped.union and shipped.rules.code not in known and shipped.valid_from:
                await strike_rules.add(connection, shipped.rules, 1, shipped.union, shipped.valid_from, "confirmed", 1, pool.clock())


def notice(union: str = "unifor", **more: Any) -> RecordStrike:
    """A strike of a union's first local, announced a week before it begins."""
    said: dict[str, Any] = {
        "union": union, "kind": "strike", "name": f"Meridian walkout, {union}", "locals": LOCALS[union][:1], "notice_on": FIRST_DAY - timedelta(days=7),
        "starts_on": FIRST_DAY, "expected": 40, "rule_set": RULES[union], "fund": "STRIKE", "employer": "Meridian Rail Works",
        "mandate": "93 % in favour, secret ballot", "mandate_on": FIRST_DAY - timedelta(days=10),
    }  # fmt: skip
    return RecordStrike(**(said | more))


async def recorded(stage: Stage, union: str = "unifor", **more: Any) -> Strike:
    """A strike at its notice, recorded by the union's benefits officer."""
    return await strikes.record_strike(stage.pool, stage.who[f"{union} benefits"], stage.key(), notice(union, **more))


async def authorised(stage: Stage, union: str = "unifor", **more: Any) -> Strike:
    """A strike that officers of both unions authorised."""
    strike = await recorded(stage, union, **more)
    for each in UNIONS:
        strike = await authorise(stage, strike.number, each)
    return strike


async def authorise(stage: Stage, number: str, union: str) -> Strike:
    """One union's word."""
    word = Authorise(body="National officers", resolution=f"{union.upper()}-2026-31", decided_on=FIRST_DAY - timedelta(days=5))
    return await strikes.authorise_strike(stage.pool, stage.who[f"{union} officer"], stage.key(), number, word)


async def on_strike(stage: Stage, union: str = "unifor", **more: Any) -> Strike:
    """A strike whose members are out since its first day."""
    strike = await authorised(stage, union, **more)
    return await strikes.begin(stage.pool, stage.who[f"{union} benefits"], stage.key(), strike.number, strike.starts_on)
