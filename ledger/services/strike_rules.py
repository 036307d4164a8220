"""Show the unions' strike rules and change them: somebody of a union proposes a version, a second person of the same union decides."""

from datetime import date

import msgspec

from ledger.domain import strike_rule_sets as rules
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.home import Waiting
from ledger.domain.notices import Notice
from ledger.domain.pledges import plain
from ledger.domain.refusals import NotFound, StrikeRulesInvalid
from ledger.domain.strike_rule_sets import ExampleWeek, ProposeStrikeRules, RuleVersion
from ledger.domain.strike_rules import RuleSet
from ledger.services.notices import notify
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.services.strike_templates import ShippedRules, shipped_rule_sets
from ledger.storage import approvals, people, rates, reference
from ledger.storage import strike_rules as store
from ledger.storage.database import Connection

READ, CHANGE = "read_strike_rules", "change_strike_rules"
DECIDERS = ("officer", "secretary_treasurer", "treasurer")


class Standing(msgspec.Struct, frozen=True):
    """A version, how it stands today, and who proposed and decided it: empty where it shipped with the product."""

    version: RuleVersion
    standing: str
    proposed_by: str
    decided_by: str


class Overview(msgspec.Struct, frozen=True):
    """Every version of the unions' rules, by code, newest first, and the templates of others."""

    today: date
    versions: list[Standing]
    templates: list[ShippedRules]
    unions: list[Union]
    currencies: dict[str, int]

    def of(self, code: str) -> list[Standing]:
        """The versions of a code."""
        return [each for each in self.versions if each.version.rules.code == code]

    def current(self, code: str) -> Standing | None:
        """The version in force today; of rules that have not begun, the newest one; None of a code that is not there."""
        found = self.of(code)
        return next((each for each in found if each.standing == "in_force"), found[0] if found else None)

    @property
    def codes(self) -> list[str]:
        """Every code there is, in order."""
        return list(dict.fromkeys(each.version.rules.code for each in self.versions))


class OneVersion(msgspec.Struct, frozen=True):
    """One version, the confirmed one it replaces or would replace, what it pays, and why it was rejected."""

    overview: Overview
    shown: Standing
    compared: RuleVersion | None
    example: list[ExampleWeek]
    reason: str


# --- reading ------------------------------------------------------------------------------------------------------------


async def overview(pool: Pool, actor: Actor) -> Overview:
    """Everything the rules' page shows."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await _overview(connection, pool.today())


async def _overview(connection: Connection, today: date) -> Overview:
    found = await store.versions(connection)
    names = await rates.names_of(connection, [person for each in found for person in (each.proposed_by, each.decided_by)])
    by_code: dict[str, list[RuleVersion]] = {}
    for each in found:
        by_code.setdefault(each.rules.code, []).append(each)
    return Overview(
        today=today, unions=await reference.unions(connection), currencies=await reference.currencies(connection),
        templates=[each for code, each in shipped_rule_sets().items() if code not in by_code],
        versions=[
            Standing(
                each, rules.standing(each, by_code[each.rules.code], today),
                names.get(each.proposed_by, ("", None))[0], names.get(each.decided_by or 0, ("", None))[0],
            )
            for each in found
        ],
    )  # fmt: skip


async def one_version(pool: Pool, actor: Actor, code: str, number: int | None = None) -> OneVersion:
    """One version, or the one that counts today where no number is given; refuses what is not there."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        seen = await _overview(connection, pool.today())
        shown = seen.current(code) if number is None else next((each for each in seen.of(code) if each.version.version == number), None)
        if shown is None:
            raise NotFound(kind="strike_rules", id=(code if number is None else rules.subject_of(code, number))[:40])
        rejected = shown.version.state == "rejected"
        reason = await approvals.rejection_reason(connection, shown.version.subject, "reject_strike_rules") if rejected else ""
    return OneVersion(seen, shown, _before(seen, shown.version), rules.worked_example(shown.version.rules), reason)


def _before(seen: Overview, version: RuleVersion) -> RuleVersion | None:
    """The confirmed version that one replaced or would replace: for a proposal that which begins last, else the one that began before it."""
    others = [each.version for each in seen.of(version.rules.code) if each.version.version != version.version]
    if version.state == "proposed":
        return rules.latest_of(others)
    place = (version.valid_from, version.version)
    return rules.latest_of([each for each in others if (each.valid_from, each.version) < place])


async def in_force(pool: Pool, actor: Actor, code: str, day: date) -> tuple[RuleSet, int]:
    """The rules of a code that hold on a day, and their version; refuses where none do."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await store.in_force(connection, code, day)


def template(code: str) -> ShippedRules:
    """A rule set that ships, to begin a proposal with; refuses an unknown one."""
    found = shipped_rule_sets().get(code)
    if found is None:
        raise NotFound(kind="strike_rules", id=code[:40])
    return found


# --- changing -----------------------------------------------------------------------------------------------------------


async def propose_rules(pool: Pool, actor: Actor, key: str, request: ProposeStrikeRules) -> RuleVersion:
    """Propose a version of one's own union's rules, or new ones; they hold once a second person of the union has confirmed them, from their day on."""

    async def work(w: Work) -> Done:
        new = await _checked(w.connection, actor, request, w)
        await store.add(w.connection, new.rules, new.version, new.union, new.valid_from, "proposed", actor.person_id, w.now, new.remark)
        await _tell(w, new)
        return Done(new, new.subject, {"valid_from": new.valid_from.isoformat()})

    return msgspec.convert(await perform(pool, actor, "propose_strike_rules", key, request, work, permission=CHANGE), RuleVersion)


async def preview_rules(pool: Pool, actor: Actor, request: ProposeStrikeRules) -> tuple[RuleVersion, RuleVersion | None, list[ExampleWeek]]:
    """The version as it would be proposed, the one it would replace, and what it pays; refused as the proposal itself would be."""
    authorize(actor, CHANGE)
    async with pool.database.reading() as connection:
        new = await _checked(connection, actor, request, Work(connection, actor, pool.clock(), pool.today()))
        earlier = await store.versions_of(connection, new.rules.code)
    return new, rules.latest_of(earlier), rules.worked_example(new.rules)


async def _checked(connection: Connection, actor: Actor, request: ProposeStrikeRules, w: Work) -> RuleVersion:
    earlier = await store.versions_of(connection, request.rules.code)
    shipped = shipped_rule_sets().get(request.rules.code)
    union = actor.union or ""
    if (earlier and earlier[0].union != union) or (shipped is not None and shipped.union not in ("", union)):
        raise StrikeRulesInvalid(field="code", reason="taken")
    return rules.new_version(request, union, earlier, list(await reference.currencies(connection)), actor, w.now, w.today)


async def _tell(w: Work, new: RuleVersion) -> None:
    """Whoever of the union may decide hears that a proposal waits, but not the one who made it."""
    to = {one for role in DECIDERS for one in await people.holders(w.connection, role, new.union, w.today)} - {w.actor.person_id}
    notice = Notice(
        kind="strike_rules_proposed", subject=new.subject, url=f"/strike-rules/{new.subject}", to=tuple(sorted(to)), once="proposed",
        facts={"by": w.actor.name, "union": new.union, "valid_on": new.valid_from.isoformat()},
    )  # fmt: skip
    await notify(w.connection, [notice], w.now, w.actor.person_id)


async def confirm_rules(pool: Pool, actor: Actor, key: str, code: str, number: int) -> RuleVersion:
    """Agree to a proposed version as a second person of its union; refused once its day has passed or others overtook it."""

    async def work(w: Work) -> Done:
        version = await _decided(w, code, number)
        rules.check_beginning(version, await store.versions_of(w.connection, code), w.today)
        await store.decide(w.connection, code, number, "confirmed", actor.person_id, w.now)
        return Done(await store.version(w.connection, code, number), version.subject, {"valid_from": version.valid_from.isoformat()})

    request = {"code": code, "version": number}
    return msgspec.convert(await perform(pool, actor, "confirm_strike_rules", key, request, work, permission=CHANGE), RuleVersion)


async def reject_rules(pool: Pool, actor: Actor, key: str, code: str, number: int, reason: str) -> RuleVersion:
    """Turn a proposed version down, with the reason that the proposer reads."""
    said = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)

    async def work(w: Work) -> Done:
        version = await _decided(w, code, number)
        await store.decide(w.connection, code, number, "rejected", actor.person_id, w.now)
        return Done(await store.version(w.connection, code, number), version.subject, {"reason": said})

    request = {"code": code, "version": number, "reason": said}
    return msgspec.convert(await perform(pool, actor, "reject_strike_rules", key, request, work, permission=CHANGE), RuleVersion)


async def _decided(w: Work, code: str, number: int) -> RuleVersion:
    """The proposal to be decided about, locked, once it is known that this person may."""
    version = await store.version(w.connection, code, number, lock=True)
    authorize(w.actor, CHANGE, version.union)
    rules.check_decision(version, w.actor)
    return version


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: versions that somebody else of one's union proposed."""
    if not actor.can(CHANGE):
        return []
    found = [each for each in await store.versions(connection) if each.state == "proposed" and each.union == actor.union]
    names = await rates.names_of(connection, [each.proposed_by for each in found])
    return [
        Waiting(
            kind="confirm_strike_rules", subject=each.subject, url=f"/strike-rules/{each.subject}", union=each.union,
            since=each.proposed_at.astimezone(ZONE).date(),
            facts={"by": names.get(each.proposed_by, ("", None))[0], "valid_on": each.valid_from.isoformat()},
        )
        for each in found
        if each.proposed_by != actor.person_id
    ]  # fmt: skip
