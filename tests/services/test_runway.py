"""The runway through the real store: case W25, what counts as burnt and what does not, both currencies at the day's rate, scenarios."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.domain.actors import Actor
from ledger.domain.refusals import CurrencyUnknown, FundUnknown, NotAllowed
from ledger.domain.runway import Added, last_weeks
from ledger.services import journal, runway
from ledger.services.pool import Pool
from ledger.services.runway import Scenario
from tests.cases import figure, figure_minor
from tests.conftest import Clock, add_person
from tests.domain.test_runway import W25_RUNS
from tests.services.test_funds import gift, known_rate, post
from tests.services.test_journal import named

UNIFOR_BANK = "Assets:Bank:Unifor-trust-CAD"
BENEFITS, PAYABLE = "Expense:Strike-benefits", "Liabilities:Strike-benefits-payable"


def weekday(back: int, place: int = 3) -> str:
    """A day of the week that lies ``back`` whole weeks behind the last one (0), the books' today being 23 November 2026."""
    first, _ = last_weeks(Clock().now.date())[3 - back]
    return (first + timedelta(days=place)).isoformat()


async def run(pool: Pool, actor: Actor, day: str, minor: int, currency: str = "CAD") -> None:
    """A run as it is posted when it is approved: benefits owed, not paid yet."""
    await post(pool, actor, day, "Strike benefits", "STRIKE", [(BENEFITS, currency, minor), (PAYABLE, currency, -minor)])


async def the_case(pool: Pool, unifor: Actor) -> None:
    """CAD 180,000.00 left after four weekly runs, 30,000.00 of it committed."""
    balance = figure_minor("W25", "Available") + 30_000_00
    await gift(pool, unifor, "2026-10-01", balance + sum(W25_RUNS))
    for back, minor in zip((3, 2, 1, 0), W25_RUNS, strict=True):
        await run(pool, unifor, weekday(back), minor)
    committed = [("Budget:Encumbrances", "CAD", 30_000_00), ("Budget:Reserve-for-encumbrances", "CAD", -30_000_00)]
    await post(pool, unifor, "2026-11-20", "Request approved", "STRIKE", committed)


async def strike_fund(pool: Pool, actor: Actor, scenario: Scenario | None = None) -> runway.FundRunway:
    page = await runway.runway_page(pool, actor, scenario)
    found = page.supposed if scenario else page.chosen
    assert found is not None and found.fund.code == "STRIKE"
    return found


async def test_w25_through_the_books(pool: Pool, unifor: Actor) -> None:
    await the_case(pool, unifor)
    (cad,) = (await strike_fund(pool, unifor)).runways
    assert (cad.currency, cad.available_minor) == ("CAD", figure_minor("W25", "Available"))
    assert [week.runs_minor for week in cad.weeks] == W25_RUNS
    assert cad.average_minor == figure_minor("W25", "Average weekly burn")
    assert cad.weeks_left == figure("W25", "Weeks left, cut to 1 dp")
    (more,) = (await strike_fund(pool, unifor, Scenario("STRIKE", "CAD", (Added(60, 300_00),)))).runways
    assert more.weeks_left == figure("W25", "If 60 more members join at 300 a week")


async def test_a_month_later_there_is_no_current_strike(pool: Pool, unifor: Actor, clock: Clock) -> None:
    await the_case(pool, unifor)
    clock.now += timedelta(days=28)
    (cad,) = (await strike_fund(pool, unifor)).runways
    assert (cad.state, cad.weeks_left) == ("no_current_strike", None)


async def test_what_comes_and_goes_between_its_accounts_is_burnt_once(pool: Pool, unifor: Actor) -> None:
    """An overpayment found and recovered, and what was there when the books began; paying what was owed is no burn of its own."""
    await gift(pool, unifor, "2026-10-01", 100_000_00)
    opening = named(("joint/Assets:Hardship-loans", "CAD", "STRIKE", 700_00), ("joint/Equity:Net-assets", "CAD", "STRIKE", -700_00),
                    kind="opening", text="Opening balance")  # fmt: skip
    await journal.post_entry(pool, unifor, "runway-opening", opening)
    await run(pool, unifor, weekday(1), 1_000_00)
    await post(pool, unifor, weekday(1, 4), "Payment", "STRIKE", [(PAYABLE, "CAD", 1_000_00), (UNIFOR_BANK, "CAD", -1_000_00)])
    found = [("Assets:Strike-benefits-recoverable", "CAD", 60_00), (BENEFITS, "CAD", -60_00)]
    await post(pool, unifor, weekday(1, 5), "Paid too much", "STRIKE", found)
    next_week = [(BENEFITS, "CAD", 1_000_00), ("Assets:Strike-benefits-recoverable", "CAD", -60_00), (PAYABLE, "CAD", -940_00)]
    await post(pool, unifor, weekday(0), "Strike benefits", "STRIKE", next_week)
    await post(pool, unifor, weekday(0), "Support", "STRIKE", [("Expense:Hardship-grants", "CAD", 50_00), (UNIFOR_BANK, "CAD", -50_00)])
    await post(pool, unifor, weekday(0), "To a local", "STRIKE", [("Expense:Strike-support-locals", "CAD", 7_00), (UNIFOR_BANK, "CAD", -7_00)])
    (cad,) = (await strike_fund(pool, unifor)).runways
    assert [(week.runs_minor, week.advances_minor, week.grants_minor) for week in cad.weeks[2:]] == [(1_000_00, 0, 0), (940_00, 7_00, 50_00)]
    assert cad.weeks_counted == 2


async def test_both_currencies_are_counted_as_one_at_the_days_rate_and_five_in_a_hundred_beside_it(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await the_case(pool, unifor)
    await gift(pool, ue, "2026-10-01", 40_000_00)
    assert (await strike_fund(pool, unifor)).combined == [], "without a rate nothing is added up"
    await known_rate(pool)
    found = await strike_fund(pool, unifor)
    assert [(one.currency, one.state) for one in found.runways] == [("CAD", "lasts"), ("USD", "no_current_strike")]
    assert [(one.currency, one.available_minor) for one in found.combined] == [("CAD", 202_155_00), ("CAD", 204_900_00), ("CAD", 207_645_00)]
    assert [one.weeks_left for one in found.combined] == [Decimal("14.0"), Decimal("14.2"), Decimal("14.4")]
    assert found.rate is not None and (found.rate.source, found.rate.observed_on.isoformat()) == ("Bank of Canada", "2026-11-20")
    (of_ue,) = {one.currency for one in (await strike_fund(pool, ue)).combined}
    assert of_ue == "USD"


async def test_a_strike_in_the_other_currency_can_be_thought_of(pool: Pool, unifor: Actor) -> None:
    await the_case(pool, unifor)
    page = await runway.runway_page(pool, unifor, Scenario("STRIKE", "USD", (Added(100, 300_00, 3),)))
    assert page.supposed is not None
    assert [(one.currency, one.state) for one in page.supposed.runways] == [("CAD", "lasts"), ("USD", "exhausted")]
    assert set(page.projections) == {"CAD", "USD"}


async def test_it_refuses_what_the_books_do_not_have_and_those_who_may_not(pool: Pool, unifor: Actor) -> None:
    with pytest.raises(FundUnknown):
        await runway.runway_page(pool, unifor, fund="NOTHING")
    with pytest.raises(CurrencyUnknown):
        await runway.runway_page(pool, unifor, Scenario("STRIKE", "EUR", (Added(1, 1),)))
    captain = await add_person(pool, "A captain", "unifor", "picket_captain")
    with pytest.raises(NotAllowed):
        await runway.list_runways(pool, captain)
