"""Answer for strikes in JSON: list and read them week by week, record and change one, authorise it, and take its steps from notice to closed."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.contributions import Code, Word
from api.schemas import After, Amount, IdempotencyKey, Limit, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.strike_rules import StrikeKind
from ledger.domain.strike_weeks import Next, Support, WeekStanding
from ledger.domain.strikes import (
    BODY_MAXIMUM,
    EMPLOYER_MAXIMUM,
    EXPECTED_MAXIMUM,
    LOCALS_MAXIMUM,
    MANDATE_MAXIMUM,
    NAME_MAXIMUM,
    REASON_MAXIMUM,
    RESOLUTION_MAXIMUM,
    STRIKE_DAYS_MAXIMUM,
    Authorise,
    RecordStrike,
    Strike,
    StrikeFields,
)
from ledger.services import strike_weeks as weeks
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strike_weeks import Side, Standing
from ledger.services.strikes import StrikeView
from ledger.storage.strikes import StrikeFilter

StrikeState = Literal["notice", "authorised", "on", "run_off", "ended", "closed", "called_off"]
StateWord = Annotated[StrikeState | None, QueryParameter(name="state")]
Live = Annotated[bool, QueryParameter(description="Leave out the closed and the called off")]
SearchWords = Annotated[str | None, QueryParameter(max_length=100, description="Words of number, name and employer")]
Sort = Annotated[
    Literal["number", "-number", "name", "-name", "state", "-state", "out", "-out", "weeks", "-weeks", "spent", "-spent", "week_cost", "-week_cost"],
    QueryParameter(description="What to sort by; `-` before it for the greatest first"),
]
_LocalNumber = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{1,12}\Z")]
_RuleCode = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9-]{1,29}\Z", description="Strike rules of the union")]


class StrikeFieldsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of a strike, whole: what is left out is empty. No member’s name belongs in it."""

    kind: StrikeKind
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAXIMUM)]
    locals: Annotated[list[_LocalNumber], msgspec.Meta(min_length=1, max_length=LOCALS_MAXIMUM, description="Numbers of the union’s own locals")]
    notice_on: date
    starts_on: date
    expected: Annotated[int, msgspec.Meta(ge=1, le=EXPECTED_MAXIMUM, description="Members expected to be out")]
    rule_set: _RuleCode
    fund: Annotated[str, msgspec.Meta(min_length=1, max_length=12, description="Code of the strike fund, or of a general one")]
    employer: Annotated[str, msgspec.Meta(max_length=EMPLOYER_MAXIMUM, description="Named once for both unions")] = ""
    mandate: Annotated[str, msgspec.Meta(max_length=MANDATE_MAXIMUM)] = ""
    mandate_on: date | None = None

    def fields(self) -> StrikeFields:
        """As the service takes it."""
        said = {name: getattr(self, name) for name in StrikeFields.__struct_fields__}
        return StrikeFields(**said | {"locals": tuple(self.locals)})


class StrikeIn(StrikeFieldsIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A strike of your union to record at its notice."""

    union: Code

    def request(self) -> RecordStrike:
        """As the service takes it."""
        return RecordStrike(**msgspec.structs.asdict(self.fields()), union=self.union)


class StrikeAuthorisationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By which resolution your union agrees to the support."""

    body: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY_MAXIMUM)]
    resolution: Annotated[str, msgspec.Meta(min_length=1, max_length=RESOLUTION_MAXIMUM)]
    decided_on: date


class StrikeDayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day on which it happened."""

    on: date


class StrikeDaysIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The days on which a rotating strike stopped work, in place of what was said before."""

    days: Annotated[list[date], msgspec.Meta(max_length=STRIKE_DAYS_MAXIMUM)]


class StrikeReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a strike is closed or called off."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


class StrikeLocalOut(msgspec.Struct, frozen=True):
    """A local that is out."""

    number: str
    name: str


class StrikeAuthorisationOut(msgspec.Struct, frozen=True, kw_only=True):
    """One union’s word."""

    union: str
    body: str
    resolution: str
    decided_on: date
    recorded_by: str
    recorded_at: datetime


class StrikeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A strike. `model` is per_member_run, where members are paid, or local_lump_sum_advance, where locals are; both follow from its rules."""

    number: str
    union: str
    kind: StrikeKind
    name: str
    employer: str
    state: StrikeState
    state_since: datetime
    locals: list[StrikeLocalOut]
    notice_on: date
    mandate: str
    mandate_on: date | None
    starts_on: date
    ratified_on: date | None
    ended_on: date | None
    strike_days: list[date]
    expected: int
    rule_set: str
    model: str
    fund: str
    currency: str
    retain_until: date | None
    authorisations: list[StrikeAuthorisationOut]
    recorded_by: str
    recorded_at: datetime
    href: str


class StrikeSupportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a week got: a `run` to members, or an `advance` to a local. `paid` of its `people` get something."""

    kind: Literal["run", "advance"]
    number: str
    local: str
    people: int | None
    paid: int | None
    amount: Amount
    state: str
    state_since: datetime
    hold: str


class StrikeWeekOut(msgspec.Struct, frozen=True, kw_only=True):
    """A benefit week; `payable` says whether the rules may pay it."""

    week: int
    starts_on: date
    ends_on: date
    payable: bool
    support: list[StrikeSupportOut]


class StrikeNextOut(msgspec.Struct, frozen=True, kw_only=True):
    """The one thing to do next: what, by whoever holds which permission in which unions, about which week and number."""

    what: str
    permission: str
    unions: list[str]
    week: int
    number: str
    yours: bool


class StrikeStandingOut(msgspec.Struct, frozen=True, kw_only=True):
    """How a strike stands: `out` by its last week, null before there is one; `spent` by the journal; `roster` to those alone who keep it."""

    strike: StrikeOut
    out: int | None
    weeks: int
    spent: Amount
    last_week: Amount | None
    roster: int | None
    missing: list[str]
    next: StrikeNextOut | None


class StrikePage(msgspec.Struct, frozen=True):
    """One page of strikes as they stand."""

    items: list[StrikeStandingOut]
    next: str | None


class StrikeSideOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one union’s strikes come to that are not settled; money by currency, never added together."""

    union: str
    under_way: int
    announced: int
    out: int
    spent: list[Amount]
    last_week: list[Amount]


class StrikeSides(msgspec.Struct, frozen=True):
    """Both unions side by side."""

    unions: list[StrikeSideOut]


class StrikeStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """One step in its life; `subject` is the number of what it is about where that is not the strike, `entry` the journal’s."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str
    subject: str
    entry: int | None


class StrikeWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A strike with every week and every step of its life, oldest first."""

    standing: StrikeStandingOut
    weeks: list[StrikeWeekOut]
    history: list[StrikeStepOut]


_SAME = (
    "number", "union", "kind", "name", "employer", "state", "state_since", "notice_on", "mandate", "mandate_on", "starts_on", "ratified_on", "ended_on",
    "expected", "rule_set", "model", "fund", "currency", "retain_until", "recorded_by", "recorded_at",
)  # fmt: skip


def strike_out(strike: Strike) -> StrikeOut:
    """A strike as it travels."""
    return StrikeOut(
        **{name: getattr(strike, name) for name in _SAME}, locals=[StrikeLocalOut(each.number, each.name) for each in strike.locals],
        strike_days=list(strike.strike_days), authorisations=[StrikeAuthorisationOut(**msgspec.structs.asdict(each)) for each in strike.authorisations],
        href=f"/api/v1/strikes/{strike.number}",
    )  # fmt: skip


def standing_out(found: Standing, actor: Actor) -> StrikeStandingOut:
    """How a strike stands, as it travels."""
    currency, last_minor = found.strike.currency, found.last_week_minor
    return StrikeStandingOut(
        strike=strike_out(found.strike), out=found.out, weeks=len(found.weeks), spent=amount(found.spent_minor, currency),
        last_week=None if last_minor is None else amount(last_minor, currency), roster=found.roster, missing=found.missing,
        next=_next_out(found.next, actor) if found.next else None,
    )  # fmt: skip


def _next_out(found: Next, actor: Actor) -> StrikeNextOut:
    return StrikeNextOut(
        what=found.what, permission=found.permission, unions=list(found.unions), week=found.week, number=found.number, yours=found.is_for(actor)
    )


def week_out(each: WeekStanding) -> StrikeWeekOut:
    """A week as it travels."""
    week = each.week
    return StrikeWeekOut(
        week=week.number, starts_on=week.starts_on, ends_on=week.ends_on, payable=each.payable, support=[_support_out(one) for one in each.supports]
    )


def _support_out(one: Support) -> StrikeSupportOut:
    names = ("kind", "number", "local", "people", "paid", "state", "state_since", "hold")
    return StrikeSupportOut(**{name: getattr(one, name) for name in names}, amount=amount(one.amount_minor, one.currency))


def _side_out(side: Side) -> StrikeSideOut:
    return StrikeSideOut(
        union=side.union, under_way=side.under_way, announced=side.announced, out=side.out,
        spent=[amount(minor, currency) for currency, minor in side.spent.items()],
        last_week=[amount(minor, currency) for currency, minor in side.last_week.items()],
    )  # fmt: skip


def _whole_out(view: StrikeView, found: Standing, actor: Actor) -> StrikeWhole:
    history = [{name: getattr(each, name) for name in StrikeStepOut.__struct_fields__} for each in view.events]
    return StrikeWhole(
        standing=standing_out(found, actor), weeks=[week_out(each) for each in found.weeks], history=[StrikeStepOut(**each) for each in history]
    )


class StrikesController(Controller):
    """Strikes and lockouts."""

    path = "/strikes"
    tags = ["Strikes"]

    @get("/", operation_id="listStrikes", opt={"permission": "read_strikes"})
    async def list_strikes(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: Word = None, in_state: StateWord = None, live: Live = False,
        q: SearchWords = None, sort: Sort = "-number", after: After = None, limit: Limit = 50,
    ) -> StrikePage:  # fmt: skip
        """Strikes of both unions as they stand."""
        narrowed = StrikeFilter(union=union or None, state=in_state, live=live, words=q or None)
        place = from_cursor(after, str)
        board = await weeks.board(pool, actor, narrowed, sort, place[0] if place else None, limit)
        return StrikePage([standing_out(each, actor) for each in board.items], board.next and cursor(board.next))

    @get("/sides", operation_id="getStrikeSides", opt={"permission": "read_strikes"})
    async def get_sides(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> StrikeSides:
        """What each union’s strikes come to that are not settled, side by side."""
        return StrikeSides([_side_out(each) for each in await weeks.sides(pool, actor)])

    @get("/{number:str}", operation_id="getStrike", opt={"permission": "read_strikes"})
    async def get_strike(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> StrikeWhole:
        """One strike week by week, with what was done with it; nothing of its roster but, to those who keep it, how many are on it."""
        view = await service.show_strike(pool, actor, number)
        return _whole_out(view, await weeks.standing(pool, actor, view.strike.number), actor)

    @post("/", operation_id="recordStrike", opt={"permission": "manage_strikes", "location": True})
    async def record_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[StrikeIn]
    ) -> Response[StrikeOut]:
        """Record the notice of a strike or lockout of your union; officers of both unions are asked to authorise it."""
        told = strike_out(await service.record_strike(pool, actor, key, data.request()))
        return Response(told, status_code=201, headers={"Location": told.href})

    @put("/{number:str}", operation_id="changeStrike", opt={"permission": "manage_strikes"})
    async def change_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[StrikeFieldsIn],
    ) -> StrikeOut:  # fmt: skip
        """Say anew what is said of a strike that no union has authorised yet."""
        return strike_out(await service.change_strike(pool, actor, key, number, data.fields()))

    @post("/{number:str}/authorisations", operation_id="authoriseStrike", opt={"permission": "authorise_strike"}, status_code=200)
    async def authorise_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[StrikeAuthorisationIn],
    ) -> StrikeOut:  # fmt: skip
        """Record your union’s word, by its resolution; with the last union’s word the strike is authorised."""
        word = Authorise(body=data.body, resolution=data.resolution, decided_on=data.decided_on)
        return strike_out(await service.authorise_strike(pool, actor, key, number, word))

    @post("/{number:str}/beginning", operation_id="beginStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def begin_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDayIn]
    ) -> StrikeOut:
        """Say that members are out since a day."""
        return strike_out(await service.begin(pool, actor, key, number, data.on))

    @put("/{number:str}/days", operation_id="setStrikeDays", opt={"permission": "manage_strikes"})
    async def set_days(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDaysIn]
    ) -> StrikeOut:
        """Say on which days a rotating strike stopped work."""
        return strike_out(await service.set_strike_days(pool, actor, key, number, tuple(data.days)))

    @post("/{number:str}/ratification", operation_id="ratifyStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def ratify_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDayIn]
    ) -> StrikeOut:
        """Record the ratification of the agreement: support runs off by the rules."""
        return strike_out(await service.ratify(pool, actor, key, number, data.on))

    @post("/{number:str}/ending", operation_id="endStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def end_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDayIn]
    ) -> StrikeOut:
        """Record the last day out."""
        return strike_out(await service.end(pool, actor, key, number, data.on))

    @post("/{number:str}/closing", operation_id="closeStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def close_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeReasonIn]
    ) -> StrikeOut:
        """Close a strike whose money is all accounted for."""
        return strike_out(await service.close_strike(pool, actor, key, number, data.reason))

    @post("/{number:str}/calling-off", operation_id="callOffStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def call_off_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeReasonIn]
    ) -> StrikeOut:
        """Call a strike off that has not begun."""
        return strike_out(await service.call_off(pool, actor, key, number, data.reason))


ROUTES = [StrikesController]
