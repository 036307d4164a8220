"""Set the stage for rosters: a strike of each union with its locals, who keeps the roster, a captain, and everybody who must not see it."""

from datetime import date, timedelta
from itertools import count
from typing import Any

import msgspec

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.strikes import Authorise, RecordStrike, Strike
from ledger.services import duty, roster_files, strikes
from ledger.services.accounts import add_local
from ledger.services.pool import Pool
from ledger.services.roster_files import Brought, SheetFile
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules
from tests.conftest import add_person

STARTED = date(2026, 11, 2)
HEADING = "reference,name,local,standing"


class RosterStage(msgspec.Struct, kw_only=True):
    """People by what they are, and a strike of each union."""

    pool: Pool
    people: dict[str, Actor]
    strikes: dict[str, Strike]
    keys: Any

    def key(self) -> str:
        return f"roster-key-{next(self.keys)}"

    async def bring(self, union: str, *lines: str, heading: str = HEADING, **more: Any) -> Brought:
        """A roster brought in by the union's benefits officer."""
        made = SheetFile("roster.csv", "\n".join((heading, *lines)).encode())
        officer, number = self.people[f"{union} benefits_officer"], self.strikes[union].number
        return await roster_files.bring_in(self.pool, officer, self.key(), number, made, None, "en", **more)


LOCALS = {"ue": ("506",), "unifor": ("112", "1285")}


async def rosters_stage(pool: Pool, locals_of: dict[str, tuple[str, ...]] = LOCALS) -> RosterStage:
    """A strike of UE's local and one of Unifor's two, both on since the 2nd of November."""
    roles = ("treasurer", "deputy", "officer", "board_member", "benefits_officer", "picket_captain", "trustee", "admin")
    people = {f"{union} {role}": await add_person(pool, f"{role} {union}", union, role) for union in ("ue", "unifor") for role in roles}
    stage = RosterStage(pool=pool, people=people, strikes={}, keys=count(1))
    async with pool.database.writing() as connection:
        for union in ("ue", "unifor"):
            rules = shipped_rule_sets()[union].rules
            if await connection.fetchval("SELECT count(*) FROM strike_rule_sets WHERE code = $1", rules.code) == 0:
                await strike_rules.add(connection, rules, 1, union, date(2020, 1, 1), "confirmed", people[f"{union} officer"].person_id, pool.clock())
    for union, locals_ in locals_of.items():
        for local in locals_:
            await add_local(pool, people[f"{union} treasurer"], stage.key(), NewLocal(union=union, number=local, name=f"Local {local}", city="Erie"))
        stage.strikes[union] = await strike(stage, union, locals_)
    return stage


async def strike(stage: RosterStage, union: str, locals_: tuple[str, ...], began: bool = True) -> Strike:
    """A strike recorded, authorised by both unions and begun."""
    pool, people = stage.pool, stage.people
    asked = RecordStrike(
        union=union, kind="strike", name=f"Strike of {' and '.join(locals_)}", locals=locals_, notice_on=STARTED - timedelta(days=7), starts_on=STARTED,
        expected=50, rule_set=union, fund="STRIKE",
    )  # fmt: skip
    made = await strikes.record_strike(pool, people[f"{union} benefits_officer"], stage.key(), asked)
    for each in ("ue", "unifor"):
        word = Authorise(body="Board", resolution=f"{made.number}-{each}", decided_on=STARTED)
        made = await strikes.authorise_strike(pool, people[f"{each} officer"], stage.key(), made.number, word)
    return await strikes.begin(pool, people[f"{union} benefits_officer"], stage.key(), made.number, STARTED) if began else made


async def captain(stage: RosterStage, union: str, local: str) -> Actor:
    """The union's captain, named for one local of its strike."""
    person = stage.people[f"{union} picket_captain"]
    await duty.name_captain(stage.pool, stage.people[f"{union} benefits_officer"], stage.key(), stage.strikes[union].number, local, person.person_id)
    return person
