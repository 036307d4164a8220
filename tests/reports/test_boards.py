"""What boards look at, through the real store: ties to the trial balance on any day, both languages alike, two sheets of paper."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from msgspec.structs import replace
from pypdf import PdfReader

from api.report_query import report_query
from ledger.domain.actors import Actor
from ledger.domain.exchange import convert_at
from ledger.domain.funds import ChangeFund
from ledger.domain.refusals import DateInvalid, NotFound, OriginNotAllowed
from ledger.services import allocations, journal
from ledger.services import funds as funds_service
from ledger.services.pool import Pool, running
from ledger.services.runway import read_runways, runway_page
from ledger.storage import funds
from reports.boards import overview, pack, positions
from reports.boards.scope import Asked, AskedFund, scope
from reports.document import Amount, Document, Row, Table, currency_of
from reports.facts import read_facts
from reports.present import say
from reports.registry import REPORTS, Query, build_report
from reports.render import FORMATS, render
from tests.conftest import Clock, drop_books, sample_books
from tests.reports.test_reconciliation import figures, held, load
from tests.services import test_contributions as contributions
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocation_payments import at, pay, paying, rate
from tests.services.test_allocations import OFFICERS
from tests.services.test_funds import gift, post

READER = Actor(person_id=1, name="Board", union="ue", roles=frozenset({"board_member"}))
FIRST = date(2026, 10, 5)
UNIFOR_BANK = "Assets:Bank:Unifor-trust-CAD"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def sample(server: tuple[str, str]) -> AsyncIterator[Pool]:
    """The sample year, for tests that only read."""
    database = await sample_books(server)
    async with running(database) as pool:
        yield pool
    await drop_books(server, database)


async def built(pool: Pool, name: str, **asked: Any) -> Document:
    today = pool.today()
    return await build_report(pool, READER, name, Query(**{"as_of": today, "first": today, "last": today} | asked))


def table(document: Document, name: str) -> Table:
    return next(each for each in document.tables if each.name == name)


def rows(document: Document, name: str) -> dict[str, list[Any]]:
    """A table's figures by what heads each row in English; the last of a name counts."""
    return {_said(row): [cell.value for cell in row.cells[1:]] for row in table(document, name).rows}


def _said(row: Row) -> str:
    value = row.cells[0].value
    assert value is not None
    return say("en", value)  # type: ignore[arg-type]


async def test_today_is_what_every_other_page_says_today(sample: Pool) -> None:
    async with sample.database.reading() as connection:
        facts = await read_facts(connection, sample.clock(), sample.today())
        kept = await funds.held(connection)
        told = await funds.held_on(connection, sample.today())
        runways = {(each.fund.id, one.currency): one for each in await read_runways(connection, "ue", sample.today()) for one in each.runways}
        selected = await overview.select(connection, facts, Asked(sample.today(), None, "CAD"))
    assert {fund: {c: v for c, v in own.items() if any(v)} for fund, own in told.items() if any(any(v) for v in own.values())} == {
        fund: {c: v for c, v in own.items() if any(v)} for fund, own in kept.items() if any(any(v) for v in own.values())
    }
    assert len(selected.outlook.runways) >= 2
    assert all(runways[fund, one.currency] == one for fund, one in selected.outlook.runways)


async def test_every_month_end_ties_to_the_trial_balance_and_converted_totals_to_native_ones(sample: Pool) -> None:
    async with sample.database.reading() as connection:
        facts = await read_facts(connection, sample.clock(), sample.today())
        for back in range(0, 300, 30):
            day = sample.today() - timedelta(days=back)
            settled = await scope(connection, facts, Asked(day, day - timedelta(days=45), "CAD"), facts.currencies)
            found = await positions.select(connection, facts, settled)
            trial = await held(connection, facts, day)
            assert {(fund, one.currency): one.held_minor for fund, own in found.now.items() for one in own if one.held_minor} == {
                place: minor for place, minor in trial.items() if minor
            }, day
            for month_end, sums in found.months:
                by_currency: defaultdict[str, int] = defaultdict(int)
                for (_, currency), minor in (await held(connection, facts, month_end)).items():
                    by_currency[currency] += minor
                assert {c: v for c, v in sums.items() if v} == {c: v for c, v in by_currency.items() if v}, month_end
            rate = settled.rates["USD"]
            native = found.sums("held_minor")
            expected = native["CAD"] + convert_at(native["USD"], "USD", "CAD", rate.base, rate.quote, rate.rate)
            assert positions.key_figures(settled, found)[0].amount_minor == expected


async def test_the_overview_says_the_same_in_both_languages_and_fits_two_sheets(sample: Pool) -> None:
    for name, narrowed in (("board-overview", {}), ("board-fund", {"fund": "STRIKE"})):
        document = await built(sample, name, into="CAD", **narrowed)
        told = {language: figures(render(document, "csv", language).content.decode("utf-8-sig"), language) for language in ("en", "fr")}
        assert told["en"] == told["fr"] and len(told["en"]) > 20
        assert all(render(document, kind, "fr").content for kind in FORMATS)
        for language in ("en", "fr"):
            assert len(PdfReader(BytesIO(render(document, "pdf", language).content)).pages) <= 2, (name, language)


async def test_each_fund_s_own_page_is_its_line_of_the_overview(sample: Pool) -> None:
    whole = rows(await built(sample, "board-overview", into="CAD"), "funds")
    async with sample.database.reading() as connection:
        facts = await read_facts(connection, sample.clock(), sample.today())
    columns = [column.name for column in table(await built(sample, "board-overview", into="CAD"), "funds").columns][1:]
    for fund in facts.funds.values():
        own = await built(sample, "board-fund", into="CAD", fund=fund.code)
        line = dict(zip(columns, whole[fund.name_en], strict=True))
        by_name = {each.name: place for place, each in enumerate(table(own, "funds").columns[1:])}
        balance = rows(own, "funds")["Balance"]
        assert {code: line[code] for code in ("cad", "usd")} == {code: balance[by_name[code]] if code in by_name else 0 for code in ("cad", "usd")}
        if "converted" in by_name:
            assert (line["held"], line["available"]) == (balance[by_name["converted"]], rows(own, "funds")["Available"][by_name["converted"]])


# --- where each figure comes from -------------------------------------------------------------------------------------------


def amounts(document: Document) -> list[tuple[str, int, str, str | None]]:
    """(where it stands, minor units, currency, where it leads) of every amount of a document."""
    found = [(f"key {key.label}", key.amount_minor, key.currency, key.link) for key in document.key_figures]
    for each in document.tables:
        for line in each.rows:
            for column, one in zip(each.columns, line.cells, strict=False):
                if column.is_money and isinstance(one.value, int):
                    found.append((f"{each.name}.{column.name}", one.value, currency_of(column, one), one.link))
    return found


def asked_by(pool: Pool, link: str) -> tuple[str, Query]:
    """The report that an address of this product names, and what it is asked for there."""
    parts = urlsplit(link)
    name = parts.path.removeprefix("/reports/")
    return name, report_query(dict(parse_qsl(parts.query)), pool.today(), name=name)


def sums_of(document: Document) -> set[tuple[int, str]]:
    """What a document's sums and notes say, or where it has but lines, these."""
    told = {
        (one.value, currency_of(column, one))
        for each in document.tables for line in each.rows if line.kind in ("subtotal", "total") or document.name == "resource-balance"
        for column, one in zip(each.columns, line.cells, strict=False) if column.is_money and isinstance(one.value, int)
    }  # fmt: skip
    noted = {value for section in document.sections for note in section.notes for value in getattr(note, "params", {}).values()}
    return told | {(value.minor, value.currency) for value in noted if isinstance(value, Amount)}


async def test_every_amount_of_the_boards_pages_leads_to_what_it_is_made_of(sample: Pool) -> None:
    """On two days, in one currency and in two: the page behind an amount says the same amount."""
    seen: dict[str, set[tuple[int, str]]] = {}
    for day, into in ((sample.today(), "CAD"), (sample.today() - timedelta(days=75), "USD"), (sample.today() - timedelta(days=40), None)):
        for name, narrowed in (("board-overview", {}), ("board-fund", {"fund": "STRIKE"}), ("board-fund", {"fund": "ORG"})):
            document = await built(sample, name, as_of=day, compare=day - timedelta(days=60), into=into, **narrowed)
            assert len(amounts(document)) > 20
            for place, minor, currency, link in amounts(document):
                assert link, f"{name} {narrowed} {day}: {place} leads nowhere"
                if link.startswith("/reports/"):
                    if link not in seen:
                        seen[link] = sums_of(await build_report(sample, READER, *asked_by(sample, link)))
                    assert (minor, currency) in seen[link] or minor == 0, f"{name} {day} {place}: {link} does not say {minor} {currency}"
                    assert str(day) in link or str(day - timedelta(days=60)) in link or place.startswith("months."), f"{place}: {link} is of another day"
                    assert not narrowed or f"fund={narrowed['fund']}" in link, f"{place}: {link} is of every fund"
                else:
                    assert link.startswith(("/journal/", "/strikes/runway?fund=")), link
    assert len(seen) > 100


async def test_what_stands_out_leads_to_its_day_and_fund(sample: Pool) -> None:
    day = sample.today() - timedelta(days=20)
    document = await built(sample, "board-fund", as_of=day, fund="STRIKE")
    for line in table(document, "exceptions").rows:
        assert line.cells[0].link and str(day) in line.cells[0].link and "fund=STRIKE" in line.cells[0].link
    transit = await built(sample, "in-transit", as_of=sample.today())
    assert {"expected", "late"} <= {column.name for column in transit.tables[0].columns}


async def test_nothing_stands_out_before_it_was_there(sample: Pool) -> None:
    today = sample.today()
    assert "Differences between the unions’ ledgers" in rows(await built(sample, "board-overview", as_of=today), "exceptions")
    for day in (today - timedelta(days=150), date(2020, 1, 1)):
        found = rows(await built(sample, "board-overview", as_of=day), "exceptions")
        assert "Differences between the unions’ ledgers" not in found
        assert all(oldest is None or oldest <= day for _, oldest, *_ in found.values())


async def test_a_fund_s_refused_attempts_lead_to_its_own(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    """One in each of two funds, one of them twice; the list says as many as the count, of the same days and fund."""
    for actor, union, fund, minor in ((ue, "ue", "POL-CA", 100), (unifor, "unifor", "POL-US", 200), (unifor, "unifor", "POL-US", 300)):
        with pytest.raises(OriginNotAllowed):
            await contributions.record(pool, actor, contributions.gift(union, minor, "2026-11-20", fund))
    called = "Attempts that a ring-fence refused"
    for name, narrowed, count in (("board-fund", "POL-CA", 1), ("board-fund", "POL-US", 2), ("board-overview", None, 3)):
        document = await built(pool, name, fund=narrowed)
        (line,) = [each for each in table(document, "exceptions").rows if _said(each) == called]
        link = line.cells[0].link
        assert link and (f"fund={narrowed}" in link if narrowed else "fund=" not in link)
        behind = await build_report(pool, READER, *asked_by(pool, link))
        funds_of = [each.cells[4].value for each in table(behind, "refused").rows]
        assert line.cells[1].value == count == len(funds_of) and set(funds_of) == ({narrowed} if narrowed else {"POL-CA", "POL-US"})
    earlier = pool.today() - timedelta(days=1)
    assert not table(await built(pool, "board-refused", as_of=earlier), "refused").rows


async def test_weeks_left_are_looked_back_at(sample: Pool) -> None:
    day = sample.today() - timedelta(days=14)
    document = await built(sample, "board-fund", as_of=day, fund="STRIKE", into="CAD")
    page = await runway_page(sample, READER, fund="STRIKE", as_of=day)
    assert page.chosen is not None and page.as_of == day
    told = {one.currency: (one.available_minor, one.average_minor) for one in page.chosen.runways if one.average}
    lines = table(document, "weeks").rows
    assert lines and {line.cells[3].currency: (line.cells[3].value, line.cells[4].value) for line in lines} == told
    with pytest.raises(DateInvalid):
        await runway_page(sample, READER, as_of=sample.today() + timedelta(days=1))


async def test_a_pack_is_read_once_and_says_of_each_fund_what_its_page_says(sample: Pool) -> None:
    asked = Asked(sample.today(), None, "CAD")
    async with sample.database.reading() as connection:
        facts = await read_facts(connection, sample.clock(), sample.today())
        bound = await pack.select(connection, facts, asked)
        for each in bound.funds:
            assert each.scope.fund is not None
            alone = await overview.select(connection, facts, AskedFund(asked.as_of, bound.overview.scope.since, "CAD", each.scope.fund.code))
            # What the overview was compared with is said once, by the pack.
            assert replace(each, scope=alone.scope) == alone, each.scope.fund.code
    assert len(bound.funds) >= 8


async def test_a_day_that_has_not_come_is_refused_by_every_report_of_a_day(sample: Pool) -> None:
    tomorrow = sample.today() + timedelta(days=1)
    for name, report in REPORTS.items():
        if "as_of" in report.fields and not report.names_year:
            with pytest.raises(DateInvalid) as refused:
                await built(sample, name, as_of=tomorrow)
            assert (refused.value.params["field"], refused.value.params["reason"]) == ("as_of", "future"), name
    with pytest.raises(DateInvalid) as refused:
        await built(sample, "board-overview", compare=tomorrow)
    assert refused.value.params["field"] == "compare"


async def test_a_fund_s_files_are_called_after_it(sample: Pool) -> None:
    made = render(await built(sample, "board-fund", fund="STRIKE"), "csv", "fr")
    assert made.filename == f"board-fund-strike-{sample.today()}-fr.csv"


async def story(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    """Two gifts, a purchase, one mistake undone, and a rate."""
    await load(pool, ue, {"2026-03-02": "1.4000", "2026-05-01": "1.3000"})
    await gift(pool, unifor, "2026-03-01", 90_000_00, "GEN")
    await gift(pool, ue, "2026-04-10", 10_000_00, "GEN")
    await post(pool, unifor, "2026-05-02", "Leaflets", "GEN", [("Expense:Communication", "CAD", 2_500_00), (UNIFOR_BANK, "CAD", -2_500_00)])


async def test_two_days_are_compared_and_the_largest_movements_lie_between_them(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await story(pool, clock, ue, unifor)
    document = await built(pool, "board-overview", as_of=date(2026, 5, 31), compare=date(2026, 3, 31), into="CAD")
    assert rows(document, "two-days")["All funds"] == [90_000_00, -2_500_00, 0, 10_000_00]
    assert rows(document, "funds")["General fund"][:3] == [87_500_00, 10_000_00, 87_500_00 + 13_000_00]
    assert [row.cells[-1].value or row.cells[-2].value for row in table(document, "largest").rows] == [10_000_00, -2_500_00], "weighed in one currency"
    assert rows(document, "exposure")["USD"] == [10_000_00, 0, 10_000_00, 13_000_00, 650_00]
    earlier = await built(pool, "board-overview", as_of=date(2026, 3, 31), compare=date(2026, 2, 28), into="CAD")
    assert rows(earlier, "funds")["All funds"][0] == 90_000_00, "as the books stood that day"


async def test_what_is_undone_within_the_days_is_no_movement(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await story(pool, clock, ue, unifor)
    posted = await post(pool, unifor, "2026-05-03", "Twice", "GEN", [("Expense:Communication", "CAD", 50_000_00), (UNIFOR_BANK, "CAD", -50_000_00)])
    await journal.reverse(pool, unifor, "undo-entered-twice", posted.number, date(2026, 5, 4), "Entered twice")
    document = await built(pool, "board-overview", as_of=date(2026, 5, 31), compare=date(2026, 3, 31), into="CAD")
    assert len(table(document, "largest").rows) == 2
    half = await built(pool, "board-overview", as_of=date(2026, 5, 3), compare=date(2026, 3, 31), into="CAD")
    assert table(half, "largest").rows[0].cells[-2].value == -50_000_00, "on the day before, it stood"


async def test_figures_of_days_before_the_first_rate_lead_to_native_ones(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    """The overview converts by the day's rate; the day before, and the months before the first rate, have none."""
    await load(pool, ue, {"2026-05-01": "1.3000"})
    await gift(pool, unifor, "2025-12-01", 90_000_00, "GEN")
    await gift(pool, ue, "2025-12-10", 10_000_00, "GEN")
    document = await built(pool, "board-overview", as_of=date(2026, 5, 31), into="CAD")
    links = {link for *_, link in amounts(document) if link and link.startswith(("/reports/board-figure", "/reports/board-requests"))}
    for link in sorted({*links, "/reports/board-requests?as_of=2025-12-31&into=CAD"}):
        name, query = asked_by(pool, link)
        behind = await build_report(pool, READER, name, query)
        is_before = query.as_of < date(2026, 5, 1) and query.currency != "CAD"  # which is not converted
        assert any("Nothing is converted into CAD" in say("en", note) for note in behind.notes) == is_before, link
    behind = await build_report(pool, READER, *asked_by(pool, "/reports/board-figure?figure=held&as_of=2025-12-31&currency=USD&into=CAD"))
    assert (10_000_00, "USD") in sums_of(behind)
    assert any("as_of=2025-12-31" in link for link in links)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> Stage:
    """Requests from October 5 on: one approved and partly paid, one asked twice, one taken back."""
    at(clock, FIRST)
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("GEN", CAD=50_000_00, USD=50_000_00)
    await rate(stage, FIRST - timedelta(days=3), "1.4000")
    campaign = await stage.campaign()
    paid = await stage.request(asked(campaign, ("Print", 3_000_00, "CAD", "Imprimerie du Quai")))
    await stage.payee("Imprimerie du Quai")
    withdrawn = await stage.request(asked(campaign, ("Hall", 800_00, "CAD", "")))
    at(clock, FIRST + timedelta(days=3))
    await stage.approve(paid, *OFFICERS)
    await pay(stage, paid, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_200_00, "INV-1"))
    at(clock, FIRST + timedelta(days=6))
    await allocations.withdraw(pool, stage.who["unifor lead"], stage.key(), withdrawn.number, "Not needed")
    at(clock, FIRST + timedelta(days=16))
    return stage


async def test_requests_stand_as_they_stood_on_the_day(stage: Stage) -> None:
    told = {}
    for days in (0, 3, 6):
        day = FIRST + timedelta(days=days)
        document = await built(stage.pool, "board-overview", as_of=day, compare=FIRST - timedelta(days=30), into="CAD")
        told[days] = rows(document, "campaigns")["All campaigns"][1:]
    assert told == {0: [3_800_00, 0, 0], 3: [3_800_00, 3_000_00, 1_200_00], 6: [3_000_00, 3_000_00, 1_200_00]}


async def test_a_fund_is_short_in_a_currency_where_nothing_is_converted(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await gift(pool, unifor, "2026-03-01", 90_000_00, "GEN")
    await funds_service.change_fund(pool, ue, "a-floor-in-dollars", ChangeFund(fund="GEN", floors={"USD": 1_000_00}))
    document = await built(pool, "board-overview")
    assert "Funds with less than they promised or must keep" in rows(document, "exceptions")


async def test_empty_books_say_so_and_wrong_questions_are_refused(pool: Pool, clock: Clock) -> None:
    document = await built(pool, "board-overview")
    assert rows(document, "funds")["All funds"] == [] or all(not value for value in rows(document, "funds")["All funds"])
    assert not table(document, "exceptions").rows and not table(document, "largest").rows
    clock.now = datetime(2026, 11, 23, 17, tzinfo=UTC)
    with pytest.raises(DateInvalid) as refused:
        await built(pool, "board-overview", as_of=date(2026, 3, 1), compare=date(2026, 3, 1))
    assert refused.value.params["reason"] == "compare"
    with pytest.raises(NotFound):
        await built(pool, "board-fund", fund="NOWHERE")
