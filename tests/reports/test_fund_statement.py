"""W21 through the real store: a quarter of the strike fund carried over into CAD, its exchange difference proved, the same in every format."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.domain.actors import Actor
from ledger.domain.money import minor_from_text
from ledger.domain.refusals import DateInvalid, RateMissing
from ledger.services import exchange
from ledger.services.exchange import Upload
from ledger.services.pool import Pool
from reports import registry
from reports.document import Document, Row
from reports.registry import Query
from reports.render import render
from reports.render_html import render_html
from tests.services.test_funds import gift, post

CASE = next(case for case in json.loads((Path(__file__).parents[1] / "cases.json").read_text()) if case["id"] == "W21")
FIGURES = {name: minor_from_text(str(Decimal(value).quantize(Decimal("0.01"))), "CAD") for name, value in CASE["checks"]}
# Two days whose mean is the case's average; the last before the quarter is its opening rate, the last in it its closing one.
RATES = {"2026-03-31": "1.3650", "2026-05-15": "1.3660", "2026-06-30": "1.3900"}
BANK, NET = "Assets:Bank:UE-trust-USD", "Equity:Net-assets"


@pytest.fixture(autouse=True)
async def quarter(pool: Pool, ue: Actor) -> None:
    """The strike fund's USD side: 60,000.00 at the start, 20,000.00 in, 12,500.00 out."""
    lines = ['"SERIES"', '"id","label","description"', '"FXUSDCAD","USD/CAD","US dollar to Canadian dollar"', '"OBSERVATIONS"', '"date","FXUSDCAD"']
    content = "\n".join([*lines, *(f'"{day}","{value}"' for day, value in RATES.items())])
    await exchange.load_rates_file(pool, ue, "rates-of-the-quarter", Upload(content.encode(), "quarter.csv"))
    await post(pool, ue, "2026-03-31", "Opening", "STRIKE", [(BANK, "USD", 60_000_00), (NET, "USD", -60_000_00)], origin="US")
    await gift(pool, ue, "2026-05-04", 20_000_00)
    await post(pool, ue, "2026-06-05", "Benefits", "STRIKE", [("Expense:Strike-support-locals", "USD", 12_500_00), (BANK, "USD", -12_500_00)])


async def statement(pool: Pool, actor: Actor, first: str = "2026-04-01", last: str = "2026-06-30") -> Document:
    query = Query(as_of=pool.today(), first=date.fromisoformat(first), last=date.fromisoformat(last), fund="STRIKE", into="CAD")
    return await registry.build_report(pool, actor, "fund-statement", query)


def converted(row: Row) -> int:
    value = row.cells[-1].value
    assert isinstance(value, int)
    return value


async def test_w21_the_quarter_in_canadian_dollars(pool: Pool, ue: Actor) -> None:
    (table,) = (await statement(pool, ue)).tables
    opening, brought, received, paid, between, exchanged, difference, closing, *_ = table.rows
    assert [converted(row) for row in (opening, received, paid)] == [
        FIGURES["Opening in CAD"], FIGURES["Contributions in CAD"], -FIGURES["Benefits in CAD"],
    ]  # fmt: skip
    assert [converted(row) for row in (brought, between, exchanged)] == [0, 0, 0]
    assert converted(closing) == FIGURES["Closing in CAD"]
    assert converted(difference) == FIGURES["FX line = closing - (opening + in - out)"]
    assert converted(difference) == FIGURES["Proof: 60,000 x (1.39-1.365) + 7,500 x (1.39-1.378)"]
    assert [cell.value for cell in difference.cells[1:-1]] == [None, None], "no currency of its own has an exchange difference"
    usd = next(n for n, column in enumerate(table.columns) if column.currency == "USD")
    assert closing.cells[usd].value == FIGURES["Closing USD"]


async def test_the_column_names_its_three_rates(pool: Pool, ue: Actor) -> None:
    (table,) = (await statement(pool, ue)).tables
    told = [(c.use, c.rate, c.observed_on.isoformat(), c.days) for c in table.columns[-1].conversions]
    assert told == [
        ("opening", Decimal("1.3650"), "2026-03-31", 1), ("mean", Decimal("1.3780"), "2026-06-30", 2), ("closing", Decimal("1.3900"), "2026-06-30", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "uses", "footer", "difference"),
    [
        ("en", ("opening –", "mean of the period –", "closing –"), "the mean of 2 daily rates", "Exchange difference"),
        ("fr", ("ouverture –", "moyenne de la période –", "clôture –"), "moyenne de 2 taux quotidiens", "Écart de change"),
    ],
)
async def test_both_languages_say_it_with_the_same_figures(
    pool: Pool, ue: Actor, language: str, uses: tuple[str, ...], footer: str, difference: str
) -> None:
    document = await statement(pool, ue)
    text = render(document, "csv", language).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if language == "fr" else ","))
    assert all(use in rows[0][-1] for use in uses)
    (line,) = [row for row in rows if row and row[0] == difference]
    assert line[1:] == ["", "", "1590,00" if language == "fr" else "1590.00"]
    assert footer in render_html(document, language)
    (table,) = json.loads(render(document, "json", language).content)["sections"][0]["tables"]
    assert [conversion["use"] for conversion in table["columns"][-1]["conversions"]] == ["opening", "mean", "closing"]


async def test_nothing_to_open_with_needs_no_opening_rate(pool: Pool, ue: Actor) -> None:
    (table,) = (await statement(pool, ue, "2026-03-31", "2026-03-31")).tables
    assert [converted(row) for row in table.rows[:2]] == [0, FIGURES["Opening in CAD"]]
    with pytest.raises(RateMissing):
        await statement(pool, ue, "2026-01-01", "2026-02-01")


async def test_the_last_lines_are_of_the_period_s_last_day(pool: Pool, ue: Actor) -> None:
    """What is available then is what is held then less what is promised then, whatever moved since."""
    for last, usd in (("2026-05-31", 80_000_00), ("2026-06-30", 67_500_00)):
        (table,) = (await statement(pool, ue, last=last)).tables
        place = next(n for n, column in enumerate(table.columns) if column.currency == "USD")
        *_, closing, pledged, committed, floor, available = (row.cells[place].value for row in table.rows)
        assert (closing, pledged, committed, floor, available) == (usd, 0, 0, 0, usd)


async def test_a_period_that_ends_in_days_to_come_is_refused(pool: Pool, ue: Actor) -> None:
    tomorrow = pool.today() + timedelta(days=1)
    for name in ("activities", "fund-statement"):
        with pytest.raises(DateInvalid) as refused:
            await registry.build_report(pool, ue, name, Query(as_of=pool.today(), first=date(2026, 1, 1), last=tomorrow))
        assert (refused.value.params["field"], refused.value.params["reason"]) == ("to", "future"), name
