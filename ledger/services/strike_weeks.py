"""Gather how strikes stand: the board's view of all of them, one strike week by week, and what waits for whom."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from ledger.domain import strikes as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.strike_advances import MODEL, WeekLine
from ledger.domain.strike_rules import RuleSet
from ledger.domain.strike_runs import APPROVE
from ledger.domain.strike_weeks import Next, Support, WeekStanding, steps, weeks_of
from ledger.domain.strikes import READ, Strike
from ledger.domain.suppression import sees_all, told
from ledger.services import strike_advances
from ledger.services.pool import Pool
from ledger.storage import reference, strike_rules
from ledger.storage import strike_runs as run_store
from ledger.storage import strike_weeks as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.strikes import StrikeFilter

LIST_MAXIMUM = 1_000
SORTS = ("number", "name", "state", "out", "weeks", "spent", "week_cost")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a strike stands today: the unions whose word is missing, its rules and weeks, what it cost by the journal, and what waits.

    ``roster`` is known to those alone who keep it.
    """

    strike: Strike
    missing: list[str]
    rules: RuleSet
    version: int
    weeks: list[WeekStanding]
    spent_minor: int
    roster: int | None
    steps: list[Next]

    @property
    def next(self) -> Next | None:
        """The one thing to do next: the oldest that waits."""
        return self.steps[0] if self.steps else None

    @property
    def out(self) -> int | None:
        """How many the last week with a run or an advance counted; None before there is one."""
        last = self.last
        return sum(each.people or 0 for each in last.supports) if last else None

    @property
    def last(self) -> WeekStanding | None:
        """The newest week that got something."""
        return next((each for each in reversed(self.weeks) if each.supports and any(s.people for s in each.supports)), None)

    @property
    def is_live(self) -> bool:
        """Whether money may still leave for it."""
        return self.strike.state in rules.STEPS["support"]


class Board(msgspec.Struct, frozen=True):
    """Strikes as they stand, sorted, one page of them; ``next`` is the number the next page begins after."""

    items: list[Standing]
    next: str | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one union's strikes come to: how many are under way and how many are announced, who is out, and money by currency in minor units."""

    union: str
    under_way: int
    announced: int
    out: int
    spent: dict[str, int]
    last_week: dict[str, int]


async def sides(pool: Pool, actor: Actor) -> list[Side]:
    """Both unions' strikes that are not settled, side by side."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        live = await standings(connection, actor, await strike_store.strikes(connection, StrikeFilter(live=True)), pool.today())
        return [_side(union.code, [each for each in live if each.strike.union == union.code]) for union in await reference.unions(connection)]


def _side(union: str, own: list[Standing]) -> Side:
    under_way = [each for each in own if each.strike.state in ("on", "run_off")]
    spent: Counter[str] = Counter()
    last_week: Counter[str] = Counter()
    for each in own:
        spent[each.strike.currency] += each.spent_minor
    for each in under_way:
        last_week[each.strike.currency] += each.last.amount_minor if each.last else 0
    return Side(
        union=union, under_way=len(under_way), announced=sum(each.strike.state in ("notice", "authorised") for each in own),
        out=sum(each.strike.expected if each.out is None else each.out for each in under_way), spent=dict(+spent), last_week=dict(+last_week),
    )  # fmt: skip


async def board(
    pool: Pool, actor: Actor, narrowed: StrikeFilter, sort: str = "-number", after: str | None = None, limit: int = 50
) -> Board:
    """How the strikes of both unions that fit stand, sorted by one of :data:`SORTS`, ``-`` before it for the other way round."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await strike_store.strikes(connection, narrowed, limit=LIST_MAXIMUM)
        every = _sorted(await standings(connection, actor, found, pool.today()), sort)
    place = next((place for place, each in enumerate(every, 1) if each.strike.number == after), 0)
    shown = every[place : place + limit]
    return Board(shown, shown[-1].strike.number if place + limit < len(every) else None)


def _sorted(found: list[Standing], sort: str) -> list[Standing]:
    name = sort.removeprefix("-")
    return sorted(found, key=lambda each: _sort_key(each, name if name in SORTS else "number"), reverse=sort.startswith("-"))


def _sort_key(each: Standing, name: str) -> tuple[object, ...]:
    number = (len(each.strike.number), each.strike.number)
    last = each.last
    value: object = {
        "number": 0, "name": each.strike.name.casefold(), "state": rules.STATES.index(each.strike.state), "out": each.out or 0,
        "weeks": len(each.weeks), "spent": each.spent_minor, "week_cost": last.amount_minor if last else 0,
    }[name]  # fmt: skip
    return (value, *number)


async def standing(pool: Pool, actor: Actor, number: str) -> Standing:
    """How one strike stands."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await strike_store.strike(connection, number)
        return (await standings(connection, actor, [found], pool.today()))[0]


async def standings(connection: Connection, actor: Actor, strikes: Sequence[Strike], today: date, *, costs: bool = True) -> list[Standing]:
    """How strikes stand; however many there are, the database is asked the same few questions, and once for each roster of one's own.

    Without ``costs`` the journal is not asked, and everything spent is 0.
    """
    numbers = [strike.number for strike in strikes]
    supports, spent = await _supports(connection, actor, strikes, today), await store.spent(connection, numbers) if costs else {}
    unions = [union.code for union in await reference.unions(connection)]
    known: dict[tuple[str, date], tuple[RuleSet, int]] = {}
    found = []
    for strike in strikes:
        day = max(strike.starts_on, today)
        if (strike.rule_set, day) not in known:
            known[strike.rule_set, day] = await strike_rules.in_force(connection, strike.rule_set, day)
        rule_set, version = known[strike.rule_set, day]
        missing = rules.missing_authorisations(strike, unions)
        weeks = weeks_of(rule_set, strike, supports.get(strike.number, []), today)
        roster = await _roster(connection, actor, strike)
        found.append(Standing(
            strike=strike, missing=missing, rules=rule_set, version=version, weeks=weeks, spent_minor=spent.get(strike.number, 0), roster=roster,
            steps=list(steps(strike, missing, weeks, today, roster, undecided=rule_set.placeholder)),
        ))  # fmt: skip
    return found


class Paperwork(msgspec.Struct, frozen=True):
    """What of a strike's roster a week's work begins with: when it was changed last, and how many members did duty on each day of the week."""

    changed_at: datetime | None
    duty: dict[date, int]


class OfficersWeek(msgspec.Struct, frozen=True):
    """One strike of the actor's union in one week: the strike as it stands, the week looked at, and its roster's figures."""

    found: Standing
    shown: WeekStanding | None
    paperwork: Paperwork


async def officers_week(pool: Pool, actor: Actor, strike: str = "", week: int = 0) -> list[OfficersWeek]:
    """The work of a week in every strike of one's own union that may be paid; of one of them in another week, where ``strike`` and ``week`` say so."""
    authorize(actor, "read_roster", actor.union)
    today = pool.today()
    async with pool.database.reading() as connection:
        live = await strike_store.strikes(connection, StrikeFilter(union=actor.union, live=True))
        found = await standings(connection, actor, live, today)
        return [await _week_of(connection, each, week if each.strike.number == strike else 0) for each in found]


async def _week_of(connection: Connection, each: Standing, week: int) -> OfficersWeek:
    wanted = week or next((step.week for step in each.steps if step.week), 0)
    shown = next((row for row in each.weeks if row.week.number == wanted), each.weeks[-1] if each.weeks else None)
    days = (shown.week.starts_on, shown.week.ends_on) if shown else (each.strike.starts_on, each.strike.starts_on)
    async with rosters_of(connection, each.strike.union):
        paperwork = Paperwork(await store.roster_changed(connection, each.strike.number), await store.duty_days(connection, each.strike.number, *days))
    return OfficersWeek(each, shown, paperwork)


async def _supports(connection: Connection, actor: Actor, strikes: Sequence[Strike], today: date) -> dict[str, list[Support]]:
    """What each week got; an advance with what holds it back, which is not kept but follows from the local's reports."""
    kept = await store.supports(connection, [strike.number for strike in strikes])
    found = {number: [_as_told(each, actor) for each in rows] for number, rows in kept.items()}
    cases = await strike_advances.load_cases(connection, [strike for strike in strikes if strike.model == MODEL], today)
    lines = {line.advance.number: line for case in cases for each in case.statements for line in each.weeks if line.advance is not None}
    whole = {number: [_held(each, lines.get(each.number)) for each in rows] for number, rows in found.items()}
    return {number: [await _kept(connection, actor, each) for each in rows] for number, rows in whole.items()}


async def _kept(connection: Connection, actor: Actor, support: Support) -> Support:
    """A run that waits for one of the actor's union's approvers, with who of them changed what it rests on."""
    if support.kind != "run" or support.state != "submitted" or support.union != actor.union or not actor.can(APPROVE):
        return support
    async with rosters_of(connection, support.union):
        return msgspec.structs.replace(support, kept_by=tuple(await run_store.keepers(connection, support.number)))


def _as_told(support: Support, actor: Actor) -> Support:
    """A run's counts as the reader may know them; of an advance the strikers are what the local was paid by."""
    if support.kind == "advance" or sees_all(actor, support.union):
        return support
    return msgspec.structs.replace(support, people=told(support.people or 0), paid=None)


def _held(support: Support, line: WeekLine | None) -> Support:
    if line is None or not line.hold:
        return support
    return msgspec.structs.replace(support, hold=line.hold, missing_week=line.missing_week or 0)


async def _roster(connection: Connection, actor: Actor, strike: Strike) -> int | None:
    """How many are on the roster, for who keeps it; where its names are gone there is none to ask about."""
    if strike.union != actor.union or not actor.can("read_roster"):
        return None
    async with rosters_of(connection, strike.union):
        return await store.roster(connection, strike.number)
