"""Say how strikes travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.routes.contributions import Code
from api.schemas import Amount, amount
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
    RecordStrike,
    Strike,
    StrikeFields,
)
from ledger.services.strike_weeks import Side, Standing
from ledger.services.strikes import StrikeView

StrikeState = Literal["notice", "authorised", "on", "run_off", "ended", "closed", "called_off"]
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


def side_out(side: Side) -> StrikeSideOut:
    """One union's strikes and what they cost."""
    return StrikeSideOut(
        union=side.union, under_way=side.under_way, announced=side.announced, out=side.out,
        spent=[amount(minor, currency) for currency, minor in side.spent.items()],
        last_week=[amount(minor, currency) for currency, minor in side.last_week.items()],
    )  # fmt: skip


def whole_out(view: StrikeView, found: Standing, actor: Actor) -> StrikeWhole:
    """A strike with its weeks and its history."""
    history = [{name: getattr(each, name) for name in StrikeStepOut.__struct_fields__} for each in view.events]
    return StrikeWhole(
        standing=standing_out(found, actor), weeks=[week_out(each) for each in found.weeks], history=[StrikeStepOut(**each) for each in history]
    )
