"""Read, write, change and retire the rules that a union's treasury learnt from bank lines."""

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.bank_rules import Rule, RuleChange, check_rule
from ledger.domain.refusals import BankRuleChanged
from ledger.services.bank_match_steps import MATCH
from ledger.services.bank_standings import READ
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.storage import bank_matches as store
from ledger.storage import reference


async def list_rules(pool: Pool, actor: Actor, union: str | None = None) -> list[Rule]:
    """The rules in force, of one union or of both, the most used first."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await store.rules(connection, union)


async def write_rule(pool: Pool, actor: Actor, key: str, asked: RuleChange) -> Rule:
    """Keep a rule of one's own union, for all accounts it keeps."""

    async def work(w: Work) -> Done:
        clean = check_rule(asked)
        await _check_fund(w, clean)
        new = Rule(
            id=await next_value(w.connection, "bank_rule"), union=w.actor.union or "", account_id=None, changed_by=w.actor.person_id,
            **msgspec.structs.asdict(clean),
        )  # fmt: skip
        await store.add_rule(w.connection, new, w.now)
        return _done(new.id, new.action)

    return await _shown(pool, await perform(pool, actor, "write_bank_rule", key, asked, work, permission=MATCH, posts=False))


async def change_rule(pool: Pool, actor: Actor, key: str, rule_id: int, version: int, asked: RuleChange) -> Rule:
    """Change a rule of one's own union; refuses where it was changed since it was read."""

    async def work(w: Work) -> Done:
        known = await _own(w, rule_id, version)
        clean = check_rule(asked)
        await _check_fund(w, clean)
        values = msgspec.structs.asdict(clean)
        await store.save_rule(w.connection, known.id, **values, version=known.version + 1, changed_by=w.actor.person_id, changed_at=w.now)
        return _done(known.id, clean.action)

    request = {"rule": rule_id, "version": version, "asked": asked}
    return await _shown(pool, await perform(pool, actor, "change_bank_rule", key, request, work, permission=MATCH, posts=False))


async def retire_rule(pool: Pool, actor: Actor, key: str, rule_id: int, version: int) -> Rule:
    """Propose nothing by a rule any more."""

    async def work(w: Work) -> Done:
        known = await _own(w, rule_id, version)
        await store.save_rule(w.connection, known.id, retired_at=w.now, version=known.version + 1, changed_by=w.actor.person_id, changed_at=w.now)
        return _done(known.id, known.action)

    request = {"rule": rule_id, "version": version}
    return await _shown(pool, await perform(pool, actor, "retire_bank_rule", key, request, work, permission=MATCH, posts=False))


def _done(rule_id: int, action: str) -> Done:
    """Its words are the bank's and may name a member: they stay in the rule, out of what is remembered of requests and of the audit trail."""
    return Done({"rule": rule_id}, f"rule {rule_id}", {"does": action})


async def _shown(pool: Pool, answer: dict[str, int]) -> Rule:
    async with pool.database.reading() as connection:
        return await store.kept_rule(connection, answer["rule"])


async def _own(w: Work, rule_id: int, version: int) -> Rule:
    known = await store.rule(w.connection, rule_id)
    authorize(w.actor, MATCH, known.union)
    if known.version != version:
        raise BankRuleChanged(rule=rule_id, version=known.version)
    return known


async def _check_fund(w: Work, asked: RuleChange) -> None:
    if asked.facts.get("fund"):
        await reference.fund(w.connection, asked.facts["fund"])
    if asked.facts.get("union"):
        await reference.union(w.connection, asked.facts["union"])
