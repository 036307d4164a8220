"""Say how long each fund can pay strike support: what it burnt by the journal, what it has available, and what a scenario would make of it."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain import runway as rules
from ledger.domain.accounts import Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_come, check_day
from ledger.domain.exchange import Rate
from ledger.domain.funds import figures
from ledger.domain.refusals import CurrencyUnknown, FundUnknown
from ledger.domain.runway import Added, Burn, Combined, Point, Runway
from ledger.services.funds import reading_currencies
from ledger.services.pool import Pool
from ledger.storage import funds, reference
from ledger.storage import runway as store
from ledger.storage.database import Connection


class FundRunway(msgspec.Struct, frozen=True):
    """One fund: each currency that it has or burns, the reader's own first, and both together at the rate of the day, five in a hundred
    lower and higher beside it; ``combined`` is empty where there is one currency, or no rate.
    """

    fund: Fund
    runways: list[Runway]
    rate: Rate | None
    combined: list[Combined]

    @property
    def burning(self) -> bool:
        """Whether a strike takes from it now."""
        return any(one.average for one in self.runways)


class Scenario(msgspec.Struct, frozen=True):
    """What if: more of something in one currency of one fund."""

    fund: str
    currency: str
    added: tuple[Added, ...]


class RunwayPage(msgspec.Struct, frozen=True):
    """What the runway's page shows: every fund as it is, the scenario with the fund as it would be, and both week by week."""

    as_of: date
    funds: list[FundRunway]
    currencies: list[str]
    scenario: Scenario | None
    supposed: FundRunway | None
    chosen: FundRunway | None
    projections: dict[str, tuple[list[Point], list[Point]]]


async def read_runways(
    connection: Connection, union: str | None, today: date, fund_id: int | None = None, *, looking_back: bool = False
) -> list[FundRunway]:  # fmt: skip
    """The runway of every fund that is for strikes or burnt something in the four weeks, or of the one asked for, in one snapshot; ``today`` is a day
    before where one looks back. Floors stand as of now.
    """
    currency, currencies = await reading_currencies(connection, union)
    rates = await funds.rates_to(connection, currency, currencies, today)
    burnt = await store.burns(connection, rules.last_weeks(today)[0][0], today, fund_id)
    held = await funds.held_on(connection, today, fund_id) if looking_back else await funds.held(connection, fund_id)
    burning = {fund for fund, _ in burnt}
    known = await reference.funds(connection)
    wanted = [fund for fund in known if (fund.id in burning or _for_strikes(fund) if fund_id is None else fund.id == fund_id)]
    return [_of_fund(fund, held.get(fund.id, {}), burnt, today, currencies, rates) for fund in wanted]


def _for_strikes(fund: Fund) -> bool:
    return fund.purpose == "strike" and fund.confirmed and fund.closed_on is None


def _of_fund(
    fund: Fund, held: dict[str, tuple[int, int, int]], burnt: dict[tuple[int, str], list[Burn]], today: date, currencies: list[str], rates: Sequence[Rate]
) -> FundRunway:  # fmt: skip
    found = []
    for row in figures(fund, held, currencies):
        burns = burnt.get((fund.id, row.currency), [])
        if row.available_minor or burns or row.currency == currencies[0]:
            found.append(rules.runway(today, row.currency, row.available_minor, rules.by_week(today, burns)))
    return _together(fund, found, currencies[0], rates)


def _together(fund: Fund, runways: list[Runway], into: str, rates: Sequence[Rate]) -> FundRunway:
    """With both currencies counted as one, where there are two and a rate between them."""
    others = {one.currency for one in runways} - {into}
    rate = next((rate for rate in rates if {rate.base, rate.quote} == {into, *others}), None) if len(others) == 1 else None
    if rate is None:
        return FundRunway(fund, runways, None, [])
    return FundRunway(
        fund, runways, rate, [rules.combine(runways, into, value, rate.base, rate.quote) for value in rules.fx_rates(rate.value)]
    )


async def list_runways(pool: Pool, actor: Actor) -> list[FundRunway]:
    """Every fund's runway, for the strikes' first page."""
    authorize(actor, "read_strikes")
    async with pool.database.reading() as connection:
        return await read_runways(connection, actor.union, pool.today())


async def fund_runway(pool: Pool, actor: Actor, fund_id: int) -> FundRunway | None:
    """One fund's runway, whatever the fund is for; None for one that there is not."""
    authorize(actor, "read_strikes")
    async with pool.database.reading() as connection:
        return next(iter(await read_runways(connection, actor.union, pool.today(), fund_id)), None)


async def runway_page(pool: Pool, actor: Actor, scenario: Scenario | None = None, fund: str = "", as_of: date | None = None) -> RunwayPage:
    """Every fund's runway now or as of a day, and what a scenario would make of one; refuses a fund or a currency that these books do not have, and
    a day that has not come.
    """
    authorize(actor, "read_strikes")
    check_come("as_of", as_of, pool.today())
    if as_of is not None:
        check_day("as_of", as_of, None, pool.today())
    async with pool.database.reading() as connection:
        today = as_of or pool.today()
        _, currencies = await reading_currencies(connection, actor.union)
        found = await read_runways(connection, actor.union, today, looking_back=today < pool.today())
        wanted = scenario.fund if scenario else fund
        chosen = _choose(found, wanted) if wanted or found else None
        rates = await funds.rates_to(connection, currencies[0], currencies, today)
    if scenario and scenario.currency not in currencies:
        raise CurrencyUnknown(currency=scenario.currency[:10])
    supposed = _supposed(chosen, scenario, currencies, rates) if scenario and chosen else None
    return RunwayPage(today, found, currencies, scenario, supposed, chosen, _projections(chosen, supposed))


def _choose(found: Sequence[FundRunway], code: str) -> FundRunway:
    """The fund asked for, or the first that burns, or the first."""
    if not code:
        return next((one for one in found if one.burning), found[0])
    chosen = next((one for one in found if one.fund.code == code.upper()), None)
    if chosen is None:
        raise FundUnknown(fund=code[:40])
    return chosen


def _supposed(chosen: FundRunway, scenario: Scenario, currencies: list[str], rates: Sequence[Rate]) -> FundRunway:
    """The fund as it would be: the scenario's currency burns more, and all else is as it is."""
    known = {one.currency: one for one in chosen.runways}
    first = chosen.runways[0]
    one = known.get(scenario.currency) or rules.runway(first.as_of, scenario.currency, 0, rules.by_week(first.as_of, ()))
    known[scenario.currency] = rules.runway(one.as_of, one.currency, one.available_minor, one.weeks, scenario.added)
    return _together(chosen.fund, [known[code] for code in currencies if code in known], currencies[0], rates)


def _projections(chosen: FundRunway | None, supposed: FundRunway | None) -> dict[str, tuple[list[Point], list[Point]]]:
    """(as it is, as it would be) week by week, for each currency where either ends."""
    now = {one.currency: rules.project(one) for one in chosen.runways} if chosen else {}
    then = {one.currency: rules.project(one) for one in supposed.runways if one.added} if supposed else {}
    return {code: (now.get(code, []), then.get(code, [])) for code in [*now, *(then.keys() - now.keys())] if now.get(code) or then.get(code)}
