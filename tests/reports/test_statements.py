"""Both financial statements through the real store: W22 in three presentations, year beside year, all in one currency, and what always ties."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.exchange import convert_at
from ledger.domain.funds import ProposeFund
from ledger.domain.refusals import ChoiceInvalid
from ledger.services import funds
from ledger.services.pool import Pool, running
from reports.carried import Carried
from reports.document import Column, Conversion, Document, Table, Words
from reports.registry import Query, build_report
from reports.statements.methods import METHODS, WAYS
from reports.statements.position import Sheet
from reports.statements.pots import OF_RESTRICTION, RESTRICTED, UNRESTRICTED, WHOLE, Part, Pot, added, pot_of, year_before
from tests.cases import figure_minor
from tests.conftest import Clock, drop_books, sample_books
from tests.services.test_exchange import load
from tests.services.test_funds import post
from tests.services.test_journal import refused

BANK, UE_BANK, GIVEN, NET = "Assets:Bank:Unifor-trust-CAD", "Assets:Bank:UE-trust-USD", "Income:Contributions:UE", "Equity:Net-assets"
EDUCATION = ProposeFund(code="EDUC", name_en="Education", name_fr="Éducation", purpose="education", restriction="donor", restriction_text="Courses")


async def w22(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    """The story: UE gives CAD 30,000.00 for education, and 18,000.00 of it is spent within the year."""
    clock.now = datetime(2026, 1, 5, 15, tzinfo=UTC)
    await funds.propose_fund(pool, ue, "propose-education", EDUCATION)
    await funds.confirm_fund(pool, unifor, "confirm-education", "EDUC")
    clock.now = datetime(2026, 12, 31, 15, tzinfo=UTC)
    await post(pool, unifor, "2026-02-01", "For education", "EDUC", [(BANK, "CAD", 30_000_00), (GIVEN, "CAD", -30_000_00)])
    await post(pool, unifor, "2026-11-30", "Courses", "EDUC", [("Expense:Education", "CAD", 18_000_00), (BANK, "CAD", -18_000_00)])


async def built(pool: Pool, actor: Actor, name: str, **asked: Any) -> Document:
    last = date(2026, 12, 31)
    return await build_report(pool, actor, name, Query(**{"as_of": last, "first": date(2026, 1, 1), "last": last} | asked))


def table(document: Document, name: str) -> dict[str, list[Any]]:
    """A table's rows by their English words (the last of a name counts), each with its figures by column."""
    (found,) = [each for each in document.tables if each.name == name]
    return {_said(row.cells[0].value): [cell.value for cell in row.cells[1:]] for row in found.rows}


def _said(value: Any) -> str:
    return value.message if isinstance(value, Words) else value.en


async def test_w22_one_gift_in_three_presentations(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await w22(pool, clock, ue, unifor)
    activities = await built(pool, ue, "activities", method="all")
    deferral, by_fund, asc = (table(activities, f"{method}-cad") for method in ("deferral", "restricted-fund", "asc958"))
    assert deferral["Revenue less expenses"] == [figure_minor("W22", "Deferral: result of the year")]
    assert by_fund["Revenue less expenses"][-1] == figure_minor("W22", "Restricted fund: result of the year")
    released = figure_minor("W22", "ASC 958: net assets released")
    assert asc["Net assets released from restrictions"] == [released, -released, 0]
    left = figure_minor("W22", "ASC 958: with donor restrictions at year end")
    assert asc["Net assets at the end"] == [0, left, left]
    (deferred,) = [each for each in activities.tables if each.name == "deferred-cad"]
    assert deferred.rows[0].link == "/funds/EDUC?from=2026-01-01&to=2026-12-31"
    assert table(activities, "deferred-cad")["Total"] == [0, 30_000_00, 0, -released, left]

    position = await built(pool, ue, "financial-position", method="all")
    deferral, by_fund, asc = (table(position, f"{method}-cad") for method in ("deferral", "restricted-fund", "asc958"))
    cash = [sheet["Total assets"][0] for sheet in (deferral, by_fund, asc)]
    assert max(cash) - min(cash) == figure_minor("W22", "Cash is the same")
    assert cash[0] == 12_000_00
    assert (deferral["Deferred contributions"], deferral["Total net assets"]) == ([left], [0])
    assert (by_fund["Restricted by donors"], asc["With donor restrictions"], asc["Without donor restrictions"]) == ([left], [left], [0])
    assert [sheet["Liabilities and net assets"] for sheet in (deferral, by_fund, asc)] == [[left]] * 3


async def test_a_year_stands_beside_the_one_before_and_carries_its_net_assets_on(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    clock.now = datetime(2026, 12, 31, 15, tzinfo=UTC)
    await load(pool, ue, "closing_2026.csv")
    await post(pool, ue, "2025-03-01", "Opening", "GEN", [(UE_BANK, "USD", 1_000_00), (NET, "USD", -1_000_00)], origin="US")
    await post(pool, ue, "2025-05-01", "Given", "GEN", [(UE_BANK, "USD", 500_00), (GIVEN, "USD", -500_00)])
    await post(pool, ue, "2026-05-01", "Rent", "GEN", [("Expense:Administration", "USD", 200_00), (UE_BANK, "USD", -200_00)])
    activities = table(await built(pool, ue, "activities"), "restricted-fund-usd")
    assert activities["Net assets at the beginning"] == [1_500_00, 0, 0, 1_500_00, 0]
    assert activities["Brought into the books"][-1] == 1_000_00
    assert activities["Net assets at the end"] == [1_300_00, 0, 0, 1_300_00, 1_500_00]
    position = table(await built(pool, ue, "financial-position"), "restricted-fund-usd")
    assert position["Total assets"] == position["Liabilities and net assets"] == [1_300_00, 1_500_00]


async def test_all_in_one_currency_ties_and_names_what_the_rates_did(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await w22(pool, clock, ue, unifor)
    await load(pool, ue, "closing_2026.csv")
    await post(pool, ue, "2026-05-01", "Given", "GEN", [(UE_BANK, "USD", 1_000_01), (GIVEN, "USD", -1_000_01)])
    document = await built(pool, ue, "activities", into="CAD")
    (found,) = [each for each in document.tables if each.name == "restricted-fund-all"]
    assert {conversion.use for conversion in found.columns[1].conversions} == {"opening", "mean", "closing"}
    rows = table(document, "restricted-fund-all")
    assert rows["Exchange difference"][0] != 0
    assert [
        opening + result + difference
        for opening, result, difference in zip(rows["Net assets at the beginning"], rows["Revenue less expenses"], rows["Exchange difference"], strict=True)
    ] == rows["Net assets at the end"]
    position = table(await built(pool, ue, "financial-position", into="CAD"), "restricted-fund-all")
    assert position["Total net assets"][0] == rows["Net assets at the end"][-1]
    assert position["Total assets"] == position["Liabilities and net assets"]


async def test_what_stands_at_a_day_needs_that_days_rate_alone_and_says_since_when_it_came(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    clock.now = datetime(2026, 12, 31, 15, tzinfo=UTC)
    await load(pool, ue, "closing_2026.csv")  # nothing before March
    await post(pool, ue, "2025-12-15", "Given", "GEN", [(UE_BANK, "USD", 1_000_00), (GIVEN, "USD", -1_000_00)])
    await post(pool, ue, "2026-02-15", "Given", "GEN", [(UE_BANK, "USD", 500_00), (GIVEN, "USD", -500_00)])
    day = date(2026, 6, 30)
    await refused(built(pool, ue, "activities", last=day, into="CAD"), "rate_missing")
    document = await built(pool, ue, "financial-position", as_of=day, into="CAD")
    assert table(document, "restricted-fund-all")["Total assets"] == [2_055_00], "1,500.00 at 1.3700"
    (found,) = [each for each in document.tables if each.name == "restricted-fund-all"]
    assert [conversion.use for conversion in found.columns[1].conversions] == ["closing"]
    notes = [note for note in document.sections[-1].notes if isinstance(note, Words)]
    (given_,) = [note for note in notes if "a party to the pool" in note.message]
    assert "in this period" not in " ".join(note.message for note in notes)
    assert (given_.params["first"], given_.params["last"], given_.params["amount"].minor) == (date(2026, 1, 1), day, 500_00)


async def test_a_presentation_that_there_is_not_is_refused(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    refusal = await refused(built(pool, ue, "activities", last=pool.today(), method="cash"), "choice_invalid")
    assert isinstance(refusal, ChoiceInvalid) and refusal.params["field"] == "method"
    shown = await ue_client.get("/reports/activities?method=deferral")
    assert (shown.status_code, "Nothing came or went in this period." in shown.text) == (200, True)
    assert 'value="deferral" selected' in shown.text


# --- what always ties -----------------------------------------------------------------------------------------------------

ACCOUNTS = [
    Account(number, "joint", path, "CAD", path, path, role)  # type: ignore[arg-type]
    for number, (path, role) in enumerate([
        (BANK, "bank"), ("Liabilities:Accounts-payable", ""), (GIVEN, "contributions"), ("Expense:Education", ""), (NET, "net_assets"),
        ("Equity:Interfund-transfers", "interfund"), ("Equity:FX-trading", "fx_trading"),
    ])
]  # fmt: skip
MINOR = st.integers(-(10**9), 10**9)


@st.composite
def pots(draw: st.DrawFn) -> list[Pot]:
    """Funds of every restriction, each with a balanced set of accounts before and at the end."""
    found = []
    for number, restriction in enumerate(draw(st.lists(st.sampled_from(["none", "board", "donor"]), max_size=4))):
        before, after = ([*(draw(MINOR) for _ in ACCOUNTS[1:])] for _ in "ab")
        pairs = zip([-sum(before), *before], [-sum(after), *after], strict=True)
        fund = Fund(number, f"F{number}", "F", "F", restriction=restriction)  # type: ignore[arg-type]
        found.append(pot_of(fund, "CAD", [(account, *pair) for account, pair in zip(ACCOUNTS, pairs, strict=True)]))
    return found


@given(pots())
def test_the_presentations_are_views_of_the_same_money(found: list[Pot]) -> None:
    cuts = {"whole": WHOLE, "unrestricted": UNRESTRICTED, "restricted": RESTRICTED}
    parts: dict[str, Part] = {name: added(found, cut, "CAD", {}) for name, cut in cuts.items()}
    assert [part.difference for part in parts.values()] == [0, 0, 0], "in one currency every line says where money came from and went"
    for name in ("opening", "released", "brought", "closing", "result"):
        assert getattr(parts["whole"], name) == getattr(parts["unrestricted"], name) + getattr(parts["restricted"], name)
    assert parts["whole"].closing == sum(sum(pot.assets.values()) - sum(pot.liabilities.values()) for pot in found)
    assert parts["restricted"].closing >= 0


RATES = st.decimals("0.5", "2", places=4)


@given(pots(), pots(), st.tuples(RATES, RATES, RATES))
def test_carried_over_every_column_adds_up_to_what_its_native_total_comes_to(own: list[Pot], other: list[Pot], rates: tuple[Decimal, ...]) -> None:
    day = date(2026, 6, 30)
    opening, mean, closing = (Conversion(rate, day, "Bank", 1) for rate in rates)
    carried = {"USD": Carried(opening, mean, closing)}
    found = [*own, *(replace(pot, currency="USD") for pot in other)]

    def worth(name: str, conversion: Conversion) -> int:
        return sum(getattr(pot, name) for pot in own) + convert_at(sum(getattr(pot, name) for pot in other), "USD", "CAD", "USD", "CAD", conversion.rate)

    parts = {name: added(found, cut, "CAD", carried) for name, cut in {"whole": WHOLE, "without": UNRESTRICTED, "with": RESTRICTED}.items()}
    assert (parts["whole"].opening, parts["whole"].closing) == (worth("opening", opening), worth("closing", closing))
    for name in ("opening", "revenue", "result", "brought", "between", "exchange", "difference", "closing"):
        assert getattr(parts["whole"], name) == getattr(parts["without"], name) + getattr(parts["with"], name), name
        assert getattr(parts["whole"], name) == sum(getattr(added(found, cut, "CAD", carried), name) for cut in OF_RESTRICTION.values()), name
    spent = sum(sum(pot.expenses.values()) for pot in other)
    assert sum(parts["whole"].expenses.values()) == (
        sum(sum(pot.expenses.values()) for pot in own) + convert_at(spent, "USD", "CAD", "USD", "CAD", mean.rate)
    )  # fmt: skip
    sheet = Sheet(Column("amount", "Amount"), found, "CAD", carried)
    assert sum(sheet.side("assets").values()) - sum(sheet.side("liabilities").values()) == sheet.net(WHOLE) == parts["whole"].closing
    has = sum(sum(pot.assets.values()) for pot in other)
    assert sum(sheet.side("assets").values()) == (
        sum(sum(pot.assets.values()) for pot in own) + convert_at(has, "USD", "CAD", "USD", "CAD", closing.rate)
    )  # fmt: skip


async def test_the_overview_and_both_statements_say_one_total_in_every_presentation(server: tuple[str, str], ue: Actor) -> None:
    """On the sample books, on several days and in both currencies: what the funds hold, their net assets, and those that the period ends with."""
    database = await sample_books(server)
    try:
        async with running(database) as pool:
            for into in ("CAD", "USD"):
                for day in (pool.today(), *(pool.today() - timedelta(days=days) for days in (1, 17, 60, 119))):
                    await one_total(pool, ue, day, into)
    finally:
        await drop_books(server, database)


async def one_total(pool: Pool, actor: Actor, day: date, into: str) -> None:
    overview = await built(pool, actor, "board-overview", as_of=day, into=into)
    (funds_table,) = [each for each in overview.tables if each.name == "funds"]
    place = [column.name for column in funds_table.columns].index("held") - 1
    held = table(overview, "funds")["All funds"][place]
    position = await built(pool, actor, "financial-position", as_of=day, into=into, method="all")
    activities = await built(pool, actor, "activities", first=date(day.year, 1, 1), last=day, into=into, method="all")
    for method in METHODS:
        name = f"{method.replace('_', '-')}-all"
        stands, moved = table(position, name), table(activities, name)
        net = stands["Total net assets"][0]
        assert net + stands.get("Deferred contributions", [0])[0] == held, (day, into, method)
        now = [figures[len(WAYS[method].columns) - 1] for figures in (moved["Net assets at the end"], moved["Revenue less expenses"])]
        assert now[0] == net, (day, into, method)
        for document in (position, activities):
            adds_up(next(each for each in document.tables if each.name == name))


def adds_up(found: Table) -> None:
    """Every subtotal is the sum of the lines of its group."""
    lines: list[list[Any]] = []
    for each in found.rows:
        values = [cell.value for cell in each.cells[1:]]
        if each.kind == "subtotal":
            assert [sum(column) for column in zip(*lines, strict=True)] == values or not (lines or any(values)), (found.name, each)
        lines = [*lines, values] if each.level == 1 else []


@pytest.mark.parametrize(("day", "before"), [("2026-12-31", "2025-12-31"), ("2028-02-29", "2027-02-28"), ("2029-02-28", "2028-02-28")])
def test_the_same_day_of_the_year_before(day: str, before: str) -> None:
    assert year_before(date.fromisoformat(day)).isoformat() == before
