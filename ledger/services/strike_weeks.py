"""Gather how strikes stand: the board's view of all of them, one strike week by week, and what waits for whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain import strikes as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.strike_advances import MODEL, WeekLine
from ledger.domain.strike_rules import RuleSet
from ledger.domain.strike_runs import APPROVE
from ledger.domain.strike_weeks import Next, Support, WeekStanding, steps, weeks_begun, weeks_of
from ledger.domain.strikes import READ, Strike
from ledger.domain.suppression import sees_all, told
from ledger.services import strike_advance_cases
from ledger.services.pool import Pool
from ledger.storage import reference, strike_rules, strike_run_lines
from ledger.storage import strike_weeks as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.strike_weeks import StrikeFigures
from ledger.storage.strikes import StrikeFilter

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
        return next(iter(self._paid), None)

    @property
    def last_week_minor(self) -> int | None:
        """What the newest week that was handed over came to; None before there is one."""
        return next((each.amount_minor for each in self._paid if each.is_handed_over), None)

    @property
    def _paid(self) -> list[WeekStanding]:
        return [each for each in reversed(self.weeks) if any(support.people for support in each.supports)]

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
        live = await strike_store.strikes(connection, StrikeFilter(live=True))
        unions = [union.code for union in await reference.unions(connection)]
        figures = await _figures(connection, actor, live, unions)
    return [_side(union, [each for each in live if each.union == union], figures) for union in unions]


async def _figures(connection: Connection, actor: Actor, strikes: Sequence[Strike], unions: Sequence[str]) -> dict[str, StrikeFigures]:
    return await store.figures(connection, [each.number for each in strikes], [union for union in unions if sees_all(actor, union)])


def _side(union: str, own: list[Strike], figures: Mapping[str, StrikeFigures]) -> Side:
    under_way = [each for each in own if each.state in ("on", "run_off")]
    spent: Counter[str] = Counter()
    last_week: Counter[str] = Counter()
    for each in own:
        spent[each.currency] += figures[each.number].spent_minor
    for each in under_way:
        last_week[each.currency] += figures[each.number].last_minor
    outs = [each.expected if (out := figures[each.number].out) is None else out for each in under_way]
    return Side(
        union=union, under_way=len(under_way), announced=sum(each.state in ("notice", "authorised") for each in own), out=sum(outs),
        spent=dict(+spent), last_week=dict(+last_week),
    )  # fmt: skip


async def board(
    pool: Pool, actor: Actor, narrowed: StrikeFilter, sort: str = "-number", after: str | None = None, limit: int = 50
) -> Board:
    """How the strikes of both unions that fit stand, sorted by one of :data:`SORTS`, ``-`` before it for the other way round.

    Strikes are sorted by figures that are asked of all of them at once; those of the page alone are looked into week by week.
    """
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        if sort == "-number":
            found = await strike_store.strikes(connection, narrowed, after, limit + 1)
        else:
            found = _page(await _sorted(connection, actor, await strike_store.strikes(connection, narrowed), sort, pool.today()), after, limit + 1)
        shown = await standings(connection, actor, found[:limit], pool.today())
    return Board(shown, shown[-1].strike.number if len(found) > limit else None)


def _page(every: list[Strike], after: str | None, limit: int) -> list[Strike]:
    place = next((place for place, each in enumerate(every, 1) if each.number == after), 0)
    return every[place : place + limit]


async def _sorted(connection: Connection, actor: Actor, found: list[Strike], sort: str, today: date) -> list[Strike]:
    keys, name = {each.number: (len(each.number), each.number) for each in found}, sort.removeprefix("-")
    values: Mapping[str, object] = await _sort_values(connection, actor, found, name, today)
    return sorted(found, key=lambda each: (values.get(each.number, 0), *keys[each.number]), reverse=sort.startswith("-"))


async def _sort_values(connection: Connection, actor: Actor, found: list[Strike], name: str, today: date) -> Mapping[str, Any]:
    """What a list is sorted by before the number, by number."""
    if name in ("name", "state"):
        return {each.number: each.name.casefold() if name == "name" else rules.STATES.index(each.state) for each in found}
    if name not in ("out", "weeks", "spent", "week_cost"):
        return {}
    figures = await _figures(connection, actor, found, [union.code for union in await reference.unions(connection)])
    if name == "weeks":
        known = await _rules_of(connection, found, today)
        return {each.number: weeks_begun(_of(known, each, today)[0], each, figures[each.number].ends_on, today) for each in found}
    field = {"out": "out", "spent": "spent_minor", "week_cost": "last_minor"}[name]
    return {number: getattr(one, field) or 0 for number, one in figures.items()}


async def standing(pool: Pool, actor: Actor, number: str) -> Standing:
    """How one strike stands."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await strike_store.strike(connection, number)
        return (await standings(connection, actor, [found], pool.today()))[0]


async def standings(connection: Connection, actor: Actor, strikes: Sequence[Strike], today: date, *, costs: bool = True) -> list[Standing]:
    """How strikes stand; however many there are, the database is asked the same few questions.

    Without ``costs`` the journal is not asked, and everything spent is 0.
    """
    numbers = [strike.number for strike in strikes]
    supports, spent = await _supports(connection, actor, strikes, today), await store.spent(connection, numbers) if costs else {}
    unions = [union.code for union in await reference.unions(connection)]
    known, rosters = await _rules_of(connection, strikes, today), await _rosters(connection, actor, strikes)
    found = []
    for strike in strikes:
        rule_set, version = _of(known, strike, today)
        missing = rules.missing_authorisations(strike, unions)
        weeks = weeks_of(rule_set, strike, supports.get(strike.number, []), today)
        roster = rosters.get(strike.number)
        found.append(Standing(
            strike=strike, missing=missing, rules=rule_set, version=version, weeks=weeks, spent_minor=spent.get(strike.number, 0), roster=roster,
            steps=list(steps(strike, missing, weeks, today, roster, undecided=rule_set.placeholder)),
        ))  # fmt: skip
    return found


async def _rules_of(connection: Connection, strikes: Sequence[Strike], today: date) -> dict[tuple[str, date], tuple[RuleSet, int]]:
    return await strike_rules.all_in_force(connection, {(strike.rule_set, max(strike.starts_on, today)) for strike in strikes})


def _of(known: Mapping[tuple[str, date], tuple[RuleSet, int]], strike: Strike, today: date) -> tuple[RuleSet, int]:
    """A strike's rules and their version today, or on the day it begins."""
    return known[strike.rule_set, max(strike.starts_on, today)]


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
        shown = {each.strike.number: _week_of(each, week if each.strike.number == strike else 0) for each in found}
        spans = {each.strike.number: _days_of(each.strike, shown[each.strike.number]) for each in found}
        async with rosters_of(connection, actor.union or ""):
            changed, duty = await store.rosters_changed(connection, list(spans)), await store.duty_days(connection, spans)
    return [OfficersWeek(each, shown[number], Paperwork(changed.get(number), duty.get(number, {}))) for each in found for number in [each.strike.number]]


def _week_of(each: Standing, week: int) -> WeekStanding | None:
    """The week asked for, or the oldest one in which something waits, or the last."""
    wanted = week or next((step.week for step in each.steps if step.week), 0)
    return next((row for row in each.weeks if row.week.number == wanted), each.weeks[-1] if each.weeks else None)


def _days_of(strike: Strike, shown: WeekStanding | None) -> tuple[date, date]:
    return (shown.week.starts_on, shown.week.ends_on) if shown else (strike.starts_on, strike.starts_on)


async def _supports(connection: Connection, actor: Actor, strikes: Sequence[Strike], today: date) -> dict[str, list[Support]]:
    """What each week got; an advance with what holds it back, which is not kept but follows from the local's reports."""
    kept = await store.supports(connection, [strike.number for strike in strikes])
    found = {number: [_as_told(each, actor) for each in rows] for number, rows in kept.items()}
    cases = await strike_advance_cases.load_cases(connection, [strike for strike in strikes if strike.model == MODEL], today)
    lines = {line.advance.number: line for case in cases for each in case.statements for line in each.weeks if line.advance is not None}
    whole = {number: [_held(each, lines.get(each.number)) for each in rows] for number, rows in found.items()}
    return {number: [await _kept(connection, actor, each) for each in rows] for number, rows in whole.items()}


async def _kept(connection: Connection, actor: Actor, support: Support) -> Support:
    """A run that waits for one of the actor's union's approvers, with who of them changed what it rests on."""
    if support.kind != "run" or support.state != "submitted" or support.union != actor.union or not actor.can(APPROVE):
        return support
    async with rosters_of(connection, support.union):
        return msgspec.structs.replace(support, kept_by=tuple(await strike_run_lines.keepers(connection, support.number)))


def _as_told(support: Support, actor: Actor) -> Support:
    """A run's counts as the reader may know them; of an advance the strikers are what the local was paid by."""
    if support.kind == "advance" or sees_all(actor, support.union):
        return support
    return msgspec.structs.replace(support, people=told(support.people or 0), paid=None)


def _held(support: Support, line: WeekLine | None) -> Support:
    if line is None or not line.hold:
        return support
    return msgspec.structs.replace(support, hold=line.hold, missing_week=line.missing_week or 0)


async def _rosters(connection: Connection, actor: Actor, strikes: Sequence[Strike]) -> dict[str, int]:
    """How many are on each roster of one's own union, for who keeps it."""
    own = [strike.number for strike in strikes if strike.union == actor.union]
    if actor.union is None or not own or not actor.can("read_roster"):
        return {}
    async with rosters_of(connection, actor.union):
        return dict.fromkeys(own, 0) | await store.rosters(connection, own)
