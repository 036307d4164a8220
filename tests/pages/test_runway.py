"""The runway's page and JSON: the figure, the rule and four weeks beneath it, a scenario in the address, the chart with its table, both languages."""

import httpx
import pytest

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.cases import figure
from tests.pages.test_funds import in_french, text_of
from tests.services.test_funds import gift, known_rate
from tests.services.test_runway import the_case

LEFT, MORE = figure("W25", "Weeks left, cut to 1 dp"), figure("W25", "If 60 more members join at 300 a week")
SCENARIO = "/strikes/runway?fund=STRIKE&currency=CAD&members=60&weekly=300"


async def test_the_figure_stands_over_its_rule_and_weeks(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await the_case(pool, unifor)
    page = await unifor_client.get("/strikes/runway")
    text = text_of(page)
    assert f"CAD {LEFT} weeks until about February 3, 2027" in text
    assert "CAD 150,000.00 available, divided by CAD 14,400.00, the average of the last four weeks; cut down to one decimal, never rounded up." in text
    assert "2026-10-27 2026-11-02 CAD 13,500.00 CAD 0.00 CAD 0.00 CAD 13,500.00" in text
    assert page.text.count('<svg class="chart ') == 2 and " style=" not in page.text
    assert "10.4 2027-02-03 CAD 0.00" in text, "the table beside the chart"


async def test_a_scenario_in_the_address_stands_beside_what_is(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await the_case(pool, unifor)
    text = text_of(await unifor_client.get(SCENARIO))
    assert f"{LEFT} weeks" in text and f"{MORE} weeks" in text and "The scenario adds CAD 18,000.00 a week." in text
    later = text_of(await unifor_client.get("/strikes/runway?currency=CAD&strike_members=60&strike_weekly=300&from_week=5"))
    assert "6.8 weeks" in later  # 57,600 in four weeks, then 92,400 at 32,400 a week
    await in_french(unifor_client)
    text = text_of(await unifor_client.get(SCENARIO.replace("300", "300,00")))
    assert "10,4 semaines" in text and "4,6 semaines" in text and "Le scénario ajoute 18 000,00 CAD par semaine." in text


@pytest.mark.parametrize(("query", "said"), [
    ("members=60", "A week for each: Write an amount."),
    ("members=none&weekly=300", "More members: Write a whole number, like 1,240."),
    ("members=60&weekly=-3", "A week for each: Must be more than zero."),
    ("strike_members=9&strike_weekly=3&from_week=105", "It begins in week: From 1 to 104."),
    ("members=1000000&weekly=99999999999", "A week for each: This is larger than any amount these books can hold."),
])  # fmt: skip
async def test_half_a_scenario_is_told_field_by_field_and_stays_typed(
    pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient, query: str, said: str
) -> None:
    await the_case(pool, unifor)
    answer = await unifor_client.get(f"/strikes/runway?{query}")
    assert answer.status_code == 200 and said in text_of(answer) and f"{LEFT} weeks" in text_of(answer)
    assert all(f'value="{part.partition("=")[2]}"' in answer.text for part in query.split("&"))


async def test_without_a_strike_no_number_is_told_and_both_currencies_count_at_the_rate(
    pool: Pool, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient
) -> None:
    text = text_of(await unifor_client.get("/strikes/runway"))
    assert "no current strike" in text and "∞" not in text and "svg class" not in text
    await the_case(pool, unifor)
    await gift(pool, ue, "2026-10-01", 40_000_00)
    await known_rate(pool)
    text = text_of(await unifor_client.get("/strikes/runway"))
    assert "5% lower 1.3039 CAD 202,155.00 CAD 14,400.00 14.0 weeks" in text
    assert "Counted as one at USD 1 = CAD 1.3725; Bank of Canada, November 20, 2026, version 1." in text


async def test_the_funds_page_leads_to_it(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await the_case(pool, unifor)
    page = await unifor_client.get("/funds/STRIKE")
    assert "Strike support left: 10.4 weeks CAD until about February 3, 2027" in text_of(page)
    assert 'href="/strikes/runway?fund=STRIKE"' in page.text
    assert "Strike support left" not in text_of(await unifor_client.get("/funds/GEN"))


async def test_a_fragment_is_the_results_alone(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await the_case(pool, unifor)
    part = await unifor_client.get(SCENARIO, headers={"HX-Request-Type": "partial"})
    assert part.text.strip().startswith('<div id="results"') and f"{MORE} weeks" in text_of(part)


async def test_json_says_the_same(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await the_case(pool, unifor)
    got = (await unifor_client.get("/api/v1" + SCENARIO)).json()
    (now,) = next(one for one in got["funds"] if one["fund"] == "STRIKE")["currencies"]
    assert (now["state"], now["weeks_left"], now["available"]["amount"], now["average"]["amount"]) == ("lasts", str(LEFT), "150000.00", "14400.00")
    assert [week["burn"]["amount"] for week in now["weeks"]] == ["13500.00", "14400.00", "15300.00", "14400.00"]
    assert now["projection"][-1] == {"week": "10.4", "on": "2027-02-03", "left": {"amount": "0.00", "currency": "CAD"}}
    assert got["scenario"]["currencies"][0]["weeks_left"] == str(MORE)
    for query, status in (("members=60", 422), ("members=60&weekly=3&currency=EUR", 422), ("members=0", 400), ("fund=NOTHING", 422)):
        assert (await unifor_client.get(f"/api/v1/strikes/runway?{query}")).status_code == status, query


async def test_json_looks_back_as_the_page_does(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    """What a board's report in JSON leads to is of the report's day."""
    await the_case(pool, unifor)
    weeks = {}
    for query in ("", "&as_of=2026-11-16", "&as_of=2026-11-16&currency=CAD&members=60&weekly=300"):
        got = (await unifor_client.get(f"/api/v1/strikes/runway?fund=STRIKE{query}")).json()
        (now,) = next(one for one in got["funds"] if one["fund"] == "STRIKE")["currencies"]
        assert got["as_of"] == ("2026-11-16" if query else "2026-11-23")
        weeks[query] = [week["burn"]["amount"] for week in now["weeks"]]
    assert weeks[""][:3] == ["13500.00", "14400.00", "15300.00"]
    assert all(told[1:] == weeks[""][:3] for query, told in weeks.items() if query)
    assert got["scenario"] is not None
    for early in ("/api/v1/strikes/runway?as_of=0001-01-01", "/strikes/runway?as_of=0001-01-01"):
        assert (await unifor_client.get(early)).status_code == 422
    refused = await unifor_client.get("/api/v1/strikes/runway?as_of=2026-11-24")
    assert (refused.status_code, refused.json()["params"]["reason"]) == (422, "future")
