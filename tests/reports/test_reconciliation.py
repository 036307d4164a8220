"""The treasurers' report: W13, W20 and W21 through the real store, in both languages, tied to the trial balance."""

import csv
import io
from calendar import monthrange
from datetime import date

from ledger.domain.actors import Actor
from ledger.domain.continuity import Roll
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.services import exchange, journal
from ledger.services.exchange import Upload
from ledger.services.pool import Pool, running
from ledger.storage.database import Connection
from reports import reconciliation
from reports.balances import balances_on
from reports.document import Document, Row, Table
from reports.facts import Facts, read_facts
from reports.present import say
from reports.registry import Query, build_report
from reports.render import FORMATS, render
from tests.conftest import drop_books, sample_books
from tests.reports.test_fund_statement import FIGURES as W21
from tests.reports.test_fund_statement import RATES
from tests.services.test_funds import gift, post

UE_BANK, UNIFOR_BANK, NET = "Assets:Bank:UE-trust-USD", "Assets:Bank:Unifor-trust-CAD", "Equity:Net-assets"


async def load(pool: Pool, actor: Actor, rates: dict[str, str]) -> None:
    lines = ['"SERIES"', '"id","label","description"', '"FXUSDCAD","USD/CAD","US dollar to Canadian dollar"', '"OBSERVATIONS"', '"date","FXUSDCAD"']
    content = "\n".join([*lines, *(f'"{day}","{value}"' for day, value in rates.items())])
    await exchange.load_rates_file(pool, actor, f"rates-{min(rates)}", Upload(content.encode(), "rates.csv"))


async def report(pool: Pool, actor: Actor, first: str, last: str) -> Document:
    query = Query(as_of=pool.today(), first=date.fromisoformat(first), last=date.fromisoformat(last))
    return await build_report(pool, actor, "reconciliation", query)


def lines_of(document: Document, fund: str) -> dict[str, Row]:
    """The rows of one fund in section A by their English label."""
    (table,) = [each for each in document.tables if each.name == "continuity"]
    found: dict[str, Row] = {}
    inside = False
    for row in table.rows:
        if row.kind == "group":
            inside = said(row) == fund
        elif inside:
            found[said(row)] = row
    return found


def said(row: Row) -> str:
    value = row.cells[0].value
    assert value is not None
    return say("en", value)  # type: ignore[arg-type]


def values(table: Table, row: Row) -> dict[str, object]:
    return {column.name: cell.value for column, cell in zip(table.columns, row.cells, strict=True)}


async def test_w21_each_line_in_both_currencies_and_the_exchange_difference_proved(pool: Pool, ue: Actor) -> None:
    await load(pool, ue, RATES)
    await post(pool, ue, "2026-03-31", "Opening", "STRIKE", [(UE_BANK, "USD", 60_000_00), (NET, "USD", -60_000_00)], origin="US")
    await gift(pool, ue, "2026-05-04", 20_000_00)
    await post(pool, ue, "2026-06-05", "Benefits", "STRIKE", [("Expense:Strike-support-locals", "USD", 12_500_00), (UE_BANK, "USD", -12_500_00)])
    document = await report(pool, ue, "2026-04-01", "2026-06-30")
    table = document.tables[0]
    strike = {label: values(table, row) for label, row in lines_of(document, "Strike fund").items()}
    assert [(label, row["usd"], row["in-cad"]) for label, row in strike.items()] == [
        ("1. Opening balance", 60_000_00, W21["Opening in CAD"]),
        ("2. Contributions of UE", 20_000_00, W21["Contributions in CAD"]),
        ("5. Strike support to locals", -12_500_00, -W21["Benefits in CAD"]),
        ("10. Exchange difference", None, W21["FX line = closing - (opening + in - out)"]),
        ("Proof from the rates alone", None, W21["Proof: 60,000 x (1.39-1.365) + 7,500 x (1.39-1.378)"]),
        ("11. Closing balance", W21["Closing USD"], W21["Closing in CAD"]),
        ("14. Available", W21["Closing USD"], W21["Closing in CAD"]),
    ]  # fmt: skip


async def test_w13_a_correction_of_an_earlier_month_is_nothing_in_all_and_stands_with_each_fund(pool: Pool, unifor: Actor) -> None:
    for fund, amount in (("STRIKE", 20_000_00), ("EDU", 10_000_00)):
        await post(pool, unifor, "2026-01-31", "Opening", fund, [(UNIFOR_BANK, "CAD", amount), (NET, "CAD", -amount)], origin="CA")
    wrong = await post(pool, unifor, "2026-02-20", "Interpretation, wrong fund", "STRIKE",
                       [("Expense:Interpretation", "CAD", 3_480_00), (UNIFOR_BANK, "CAD", -3_480_00)])  # fmt: skip
    before = (await report(pool, unifor, "2026-02-01", "2026-02-28")).sections[0]
    lines = [("Expense:Interpretation", "CAD", 3_480_00), (UNIFOR_BANK, "CAD", -3_480_00)]
    right = NamedEntry(
        date(2026, 3, 4), "Correction of W13-1", tuple(NamedPosting(f"joint/{path}", currency, "EDU", amount) for path, currency, amount in lines)
    )  # fmt: skip
    await journal.correct(pool, unifor, "correct-w13-1", wrong.number, date(2026, 3, 4), right, "Reversal of W13-1")
    document = await report(pool, unifor, "2026-03-01", "2026-03-31")
    table = document.tables[0]
    label = "9. Corrections of earlier periods"
    by_fund = {fund: values(table, lines_of(document, fund)[label])["cad"] for fund in ("Strike fund", "Education")}
    assert by_fund == {"Strike fund": 3_480_00, "Education": -3_480_00}
    assert label not in lines_of(document, "All funds"), "0.00 in all"
    listed = next(each for each in document.tables if each.name == "corrections")
    assert [values(listed, row)["change"] for row in listed.rows] == [3_480_00, -3_480_00, 0]
    assert (await report(pool, unifor, "2026-02-01", "2026-02-28")).sections[0] == before, "February does not change"


async def test_w20_the_result_is_computed_and_nothing_is_posted_to_close(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await post(pool, unifor, "2026-06-10", "Contributions", "GEN", [(UNIFOR_BANK, "CAD", 50_000_00), ("Income:Contributions:Unifor", "CAD", -50_000_00)])
    await post(pool, unifor, "2026-06-12", "Organizing", "GEN", [("Expense:Organizing", "CAD", 31_420_00), (UNIFOR_BANK, "CAD", -31_420_00)])
    await post(pool, ue, "2026-06-10", "Contributions", "GEN", [(UE_BANK, "USD", 20_000_00), ("Income:Contributions:UE", "USD", -20_000_00)])
    await post(pool, ue, "2026-06-12", "Organizing", "GEN", [("Expense:Organizing", "USD", 4_317_25), (UE_BANK, "USD", -4_317_25)])
    rolls = await rolled(pool, "2026-04-01", "2026-06-30")
    assert {currency: roll.result_minor for (_, currency), roll in rolls.items()} == {"CAD": 18_580_00, "USD": 15_682_75}
    assert {currency: roll.closing_minor for (_, currency), roll in rolls.items()} == {"CAD": 18_580_00, "USD": 15_682_75}
    document = await report(pool, ue, "2026-04-01", "2026-06-30")
    assert [values(document.tables[0], lines_of(document, "All funds")["Result of the period"])[code] for code in ("cad", "usd")] == [18_580_00, 15_682_75]


async def rolled(pool: Pool, first: str, last: str) -> dict[tuple[int, str], Roll]:
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
        found = await reconciliation.continuity.select(connection, facts, date.fromisoformat(first), date.fromisoformat(last))
    return found.rolls


async def test_the_sample_year_ties_to_the_trial_balance_in_every_month_and_reads_the_same_in_both_languages(server: tuple[str, str]) -> None:
    database = await sample_books(server)
    try:
        async with running(database) as pool, database.reading() as connection:
            facts = await read_facts(connection, pool.clock(), pool.today())
            months = list(await connection.fetch("SELECT DISTINCT date_trunc('month', entry_date)::date AS day FROM entries ORDER BY 1"))
            before: dict[tuple[int, str], Roll] = {}
            for (day,) in months:
                last = min(facts.today, day.replace(day=monthrange(day.year, day.month)[1]))
                found = (await reconciliation.continuity.select(connection, facts, day, last)).rolls
                assert {place: roll.closing_minor for place, roll in found.items()} == await held(connection, facts, last)
                assert all(found[place].opening_minor == roll.closing_minor for place, roll in before.items() if place in found), "opens as it closed"
                before = found
            # To the last day, which no close has looked at: what differs then has no number yet.
            asked = reconciliation.Asked(months[-3][0], last)
            document = reconciliation.shape(facts, asked, await reconciliation.select(connection, facts, asked))
    finally:
        await drop_books(server, database)
    unheaded = [(table.name, each) for table in document.tables for each in table.rows if each.cells[0].value in (None, "")]
    assert unheaded == [], "rows that nothing heads"
    told = {language: figures(render(document, "csv", language).content.decode("utf-8-sig"), language) for language in ("en", "fr")}
    assert told["en"] == told["fr"] and len(told["en"]) > 100
    assert all(len(render(document, format, "fr").content) > 1_000 for format in FORMATS)


async def held(connection: Connection, facts: Facts, day: date) -> dict[tuple[int, str], int]:
    """What each fund holds in each currency by the trial balance; places with nothing but promises as well."""
    sums: dict[tuple[int, str], int] = {}
    for each in await balances_on(connection, day):
        account = facts.accounts[each.account_id]
        if account.book == "joint" and account.type in ("asset", "liability"):
            place = (each.fund_id, account.currency)
            sums[place] = sums.get(place, 0) + each.amount_minor
    return sums


def figures(text: str, language: str) -> list[list[str]]:
    """The cells of a sheet that are figures, row by row, as English writes them."""
    rows = csv.reader(io.StringIO(text), delimiter=";" if language == "fr" else ",")
    plain = [[cell.replace(",", ".") if language == "fr" else cell for cell in row] for row in rows]
    return [kept for row in plain if (kept := [cell for cell in row if cell.lstrip("-").replace(".", "", 1).isdigit()])]
