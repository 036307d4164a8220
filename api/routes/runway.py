"""Answer in JSON how long each fund can pay strike support, by which rule and weeks, and what a scenario would make of it."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.routes.funds import RateUsed, rate_used
from api.schemas import Amount, amount
from ledger.domain.actors import Actor
from ledger.domain.exchange import rate_text
from ledger.domain.money import minor_from_text
from ledger.domain.runway import MEMBERS_MAXIMUM, PROJECTED_WEEKS, Added, BurnWeek, Combined, Point, Runway, add_members, project
from ledger.services import runway as service
from ledger.services.pool import Pool
from ledger.services.runway import FundRunway, Scenario

FundCode = Annotated[str | None, QueryParameter(max_length=12, description="Code of the fund that a scenario is about; else the one that burns")]
ScenarioCurrency = Annotated[str | None, QueryParameter(pattern=r"^[A-Z]{3}$", description="Currency of the scenario; needed with one")]
AsOf = Annotated[date | None, QueryParameter(description="The day looked back at, a scenario too; today where left out. Floors stand as of now")]
Members = Annotated[int | None, QueryParameter(ge=1, le=MEMBERS_MAXIMUM, description="Members more, from now on")]
Weekly = Annotated[str | None, QueryParameter(pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,6})?$", description="What each of them takes a week")]
Week = Annotated[int, QueryParameter(ge=1, le=PROJECTED_WEEKS, description="The week from which another strike takes money; 1 is now")]


class BurnWeekOut(msgspec.Struct, frozen=True):
    """What strikes took in seven days: `burn` is all of it."""

    first: date
    last: date
    runs: Amount
    advances: Amount
    grants: Amount
    burn: Amount


class RunwayPoint(msgspec.Struct, frozen=True):
    """What is left after so many weeks; the last one may be a part of a week."""

    week: str
    on: date
    left: Amount


class RunwayOut(msgspec.Struct, frozen=True, kw_only=True):
    """One currency: `weeks_left` is available over the average, cut down to one decimal; null where `state` is no_current_strike.

    `state` is lasts, exhausted or no_current_strike. `weeks_counted` of the four weeks are averaged: those since payments began.
    `added` is what a scenario takes a week when all of it has begun.
    """

    state: str
    weeks_left: str | None
    ends_on: date | None
    available: Amount
    average: Amount
    weeks_counted: int
    weeks: list[BurnWeekOut]
    added: Amount
    projection: list[RunwayPoint]


class CombinedRunway(msgspec.Struct, frozen=True, kw_only=True):
    """All currencies counted as one at `rate`. `burn` is what a week takes once all of a scenario has begun."""

    rate: str
    available: Amount
    burn: Amount
    state: str
    weeks_left: str | None


class FundRunwayOut(msgspec.Struct, frozen=True, kw_only=True):
    """One fund by currency; `combined` at the rate five in a hundred lower, as it is, and higher. Empty where nothing is to be combined."""

    fund: str
    currencies: list[RunwayOut]
    rate: RateUsed | None
    combined: list[CombinedRunway]


class RunwaysOut(msgspec.Struct, frozen=True, kw_only=True):
    """Every fund as it is, and the one asked about as a scenario would have it."""

    as_of: date
    rule: str
    funds: list[FundRunwayOut]
    scenario: FundRunwayOut | None


RULE = "available / average weekly burn of the last four weeks, cut down to one decimal"


@get("/strikes/runway", operation_id="getRunway", opt={"permission": "read_strikes", "answers": (422,)}, tags=["Strikes"])
async def get_runway(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], fund: FundCode = None, currency: ScenarioCurrency = None,
    members: Members = None, weekly: Weekly = None, strike_members: Members = None, strike_weekly: Weekly = None, from_week: Week = 1,
    as_of: AsOf = None,
) -> RunwaysOut:  # fmt: skip
    """Weeks of strike support left, by fund and currency; with the rule and weeks used, and what a scenario would make of one fund."""
    shown = await service.runway_page(pool, actor, fund=fund or "", as_of=as_of)
    pairs = [(members, weekly, 1), (strike_members, strike_weekly, from_week)]
    added = tuple(_added(count, text, currency or "", week) for count, text, week in pairs if count is not None or text is not None)
    if added and shown.chosen:
        shown = await service.runway_page(pool, actor, Scenario(shown.chosen.fund.code, currency or "", added), as_of=as_of)
    scenario = _fund(shown.supposed) if shown.supposed else None
    return RunwaysOut(as_of=shown.as_of, rule=RULE, funds=[_fund(one) for one in shown.funds], scenario=scenario)


def _added(members: int | None, weekly: str | None, currency: str, week: int) -> Added:
    """A scenario's part; refuses a half one as an amount or a number of nothing."""
    return add_members(members or 0, minor_from_text(weekly or "0", currency), week)


def _fund(found: FundRunway) -> FundRunwayOut:
    return FundRunwayOut(
        fund=found.fund.code, currencies=[_runway(one) for one in found.runways], rate=rate_used(found.rate),
        combined=[_combined(one) for one in found.combined],
    )  # fmt: skip


def _runway(found: Runway) -> RunwayOut:
    return RunwayOut(
        state=found.state, weeks_left=_text(found), ends_on=found.ends_on, available=amount(found.available_minor, found.currency),
        average=amount(found.average_minor, found.currency), weeks_counted=found.weeks_counted,
        weeks=[_week(week, found.currency) for week in found.weeks],
        added=amount(sum(one.burn_minor for one in found.added), found.currency),
        projection=[_point(point, found.currency) for point in project(found)],
    )  # fmt: skip


def _text(found: Runway | Combined) -> str | None:
    return None if found.weeks_left is None else format(found.weeks_left, ".1f")


def _week(week: BurnWeek, currency: str) -> BurnWeekOut:
    figures = (week.runs_minor, week.advances_minor, week.grants_minor, week.burn_minor)
    return BurnWeekOut(week.first, week.last, *(amount(minor, currency) for minor in figures))


def _point(point: Point, currency: str) -> RunwayPoint:
    return RunwayPoint(format(point.week, ".1f"), point.on, amount(point.left_minor, currency))


def _combined(found: Combined) -> CombinedRunway:
    return CombinedRunway(
        rate=rate_text(found.rate), available=amount(found.available_minor, found.currency), burn=amount(found.burn_minor, found.currency),
        state=found.state, weeks_left=_text(found),
    )  # fmt: skip


ROUTES = [get_runway]
