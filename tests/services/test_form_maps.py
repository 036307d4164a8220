"""Where accounts belong on Form LM-2: the suggestion that ships, versions of a union's own, the working paper by them, the page and JSON."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import msgspec
import pytest

from ledger.domain.account_rules import NewAccount
from ledger.domain.actors import Actor
from ledger.domain.exchange import Rate
from ledger.domain.form_maps import ChangeMap, MapLine, on_day, place_of
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, NotAllowed, OtherUnion, Refusal, TextInvalid
from ledger.services import accounts, journal
from ledger.services import form_maps as service
from ledger.services.pool import Pool
from ledger.services.threshold_reminders import Books, Lack
from ledger.storage import reference
from ledger.storage.rates import add_rates
from reports.document import Document
from reports.facts import read_facts
from reports.registry import Query, build_report
from reports.render import FORMATS, render
from reports.working_papers.lm2 import Asked, Filer, Selected, _rates, shape, whole_dollars
from tests.conftest import add_person
from tests.pages.test_funds import text_of
from tests.services.test_journal import NET, UE_BANK, UNIFOR_BANK, named
from tests.services.test_transfers import a_rate

NEXT = ChangeMap(
    version=0, form="LM-2 of 2026", valid_from=date(2026, 6, 1), source="A letter of the adviser",
    lines=(MapLine(book="joint", path="Expense:Organizing", schedule="16"), MapLine(book="joint", path="Expense", schedule="19")),
)  # fmt: skip
YEAR = Query(as_of=date(2026, 12, 31), first=date(2026, 1, 1), last=date(2026, 12, 31))


async def test_the_suggestion_places_every_account_that_money_is_spent_from(pool: Pool) -> None:
    async with pool.database.reading() as connection:
        accounts = await service.accounts_of(connection, "ue")
    spent = [each for each in accounts if each.type in ("expense", "income") and each.role != "fx_result"]
    assert [each.label for each in spent if place_of(service.shipped().lines, each) is None] == []
    assert service.shipped().source and service.shipped().version == 0


async def test_the_longest_path_holds_and_each_version_from_its_day(pool: Pool, ue: Actor) -> None:
    made = await service.change_map(pool, ue, "map-change-1", NEXT)
    assert (made.union, made.version) == ("ue", 1)
    async with pool.database.reading() as connection:
        organizing = await reference.account(connection, "joint", "Expense:Organizing", "USD")
        fees = await reference.account(connection, "joint", "Expense:Bank-fees", "USD")
        assert (await service.holding(connection, "ue", date(2026, 5, 31))).version == 0
        held = await service.holding(connection, "ue", date(2026, 6, 1))
    assert held == made and [getattr(place_of(held.lines, each), "schedule", None) for each in (organizing, fees)] == ["16", "19"]
    assert on_day([], date(2026, 1, 1)) is None
    assert (await service.overview(pool, ue)).newest.version == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"version": 5}, ChoiceInvalid),
        ({"form": " "}, TextInvalid),
        ({"source": ""}, TextInvalid),
        ({"valid_from": date(1999, 1, 1)}, DateInvalid),
        ({"lines": ()}, ChoiceInvalid),
        ({"lines": (MapLine(book="joint", path="Nowhere:At-all"),)}, ChoiceInvalid),
        ({"lines": (MapLine(book="joint", path="Expense:Organizing", item="0"),)}, ChoiceInvalid),
        ({"lines": (MapLine(book="joint", path="Expense:Organizing", schedule="XV"),)}, ChoiceInvalid),
        ({"lines": (MapLine(book="own", path="Income"), MapLine(book="own", path="Income", item="40"))}, ChoiceInvalid),
    ],
)
async def test_what_is_no_map_is_refused(pool: Pool, ue: Actor, change: dict[str, object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        await service.change_map(pool, ue, "map-refused-1", msgspec.structs.replace(NEXT, **change))


async def test_a_treasurer_of_the_union_that_fills_it_in_changes_it_and_from_the_newest_alone(pool: Pool, ue: Actor, unifor: Actor) -> None:
    with pytest.raises(OtherUnion):
        await service.change_map(pool, unifor, "map-other-1", NEXT)
    with pytest.raises(NotAllowed):
        await service.change_map(pool, await add_person(pool, "An officer", "ue", "officer"), "map-officer-1", NEXT)
    await service.change_map(pool, ue, "map-first-1", NEXT)
    with pytest.raises(ChoiceInvalid):
        await service.change_map(pool, ue, "map-second-1", NEXT)
    assert (await service.overview(pool, unifor)).union.code == "ue"


async def test_lines_version_and_first_day_belong_together(ue_client: httpx.AsyncClient, pool: Pool, ue: Actor) -> None:
    """A version whose days have not begun is not today's; each is read by its number, or by a day."""
    await service.change_map(pool, ue, "map-json-1", NEXT)
    await service.change_map(pool, ue, "map-json-2", msgspec.structs.replace(NEXT, version=1, valid_from=date(2027, 1, 1), lines=NEXT.lines[:1]))
    asked = {"": 1, "?version=0": 0, "?version=1": 1, "?version=2": 2, "?as_of=2026-05-31": 0, "?as_of=2026-06-01": 1, "?as_of=2027-01-01": 2}
    days = {0: "2000-01-01", 1: "2026-06-01", 2: "2027-01-01"}
    for query, version in asked.items():
        got = (await ue_client.get(f"/api/v1/lm2-map{query}")).json()
        count = {0: len(service.shipped().lines), 1: 2, 2: 1}[version]
        assert (got["version"], got["valid_from"], len(got["lines"]), got["newest"]) == (version, days[version], count, 2), query
    assert (await ue_client.get("/api/v1/lm2-map?version=3")).status_code == 404
    assert (await ue_client.get("/api/v1/lm2-map?version=1&as_of=2026-06-01")).status_code == 422
    page = text_of(await ue_client.get("/lm2-map?version=2"))
    assert "This is not the version that holds today: that is version 1." in page
    assert (await ue_client.get("/lm2-map?version=9")).status_code == 404 and (await ue_client.get("/lm2-map?version=x")).status_code == 404


# --- the working paper --------------------------------------------------------------------------------------------------


def cells(document: Document, table: str) -> dict[object, tuple[object, ...]]:
    (found,) = [each for section in document.sections for each in section.tables if each.name == table]
    return {(row.cells[1].link, row.cells[2].currency): tuple(cell.value for cell in row.cells[2:]) for row in found.rows}


async def test_the_paper_has_exact_and_whole_dollars_by_place(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await a_rate(pool, date(2026, 11, 20), "1.2500")
    spent = [(("joint/Expense:Organizing", "USD", "GEN", 100_50), (UE_BANK, "USD", "GEN", -100_50))]
    await journal.post_entry(pool, ue, "paper-open-1", named((UE_BANK, "USD", "GEN", 500_00), (NET, "USD", "GEN", -500_00), kind="opening"))
    await journal.post_entry(pool, unifor, "paper-open-2", named((UNIFOR_BANK, "CAD", "GEN", 500_00), (NET, "CAD", "GEN", -500_00), kind="opening"))
    await journal.post_entry(pool, ue, "paper-spent-1", named(*spent[0]))
    canadian = (("joint/Expense:Organizing", "CAD", "GEN", 50_61), (UNIFOR_BANK, "CAD", "GEN", -50_61))
    await journal.post_entry(pool, unifor, "paper-spent-2", named(*canadian))
    document = await build_report(pool, ue, "lm-2", YEAR)
    async with pool.database.reading() as connection:
        usd, cad = [(await reference.account(connection, "joint", "Expense:Organizing", code)).id for code in ("USD", "CAD")]
    found = cells(document, "accounts-joint-ue")
    assert found[f"/accounts/{usd}", "USD"] == (100_50, 100_50, 101)
    assert found[f"/accounts/{cad}", "CAD"] == (50_61, 40_49, 40)
    before = Query(as_of=date(2025, 12, 31), first=date(2025, 1, 1), last=date(2025, 12, 31))
    assert cells(await build_report(pool, ue, "lm-2", before), "accounts-joint-ue") == {}
    for format_name in FORMATS:
        for language in ("en", "fr"):
            assert render(document, format_name, language).content


async def test_each_currency_has_its_own_rate(pool: Pool, ue: Actor) -> None:
    """A third currency, and a fourth that has no rate: no other's is taken."""
    day = date(2026, 11, 20)
    await a_rate(pool, day, "1.2500")
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO currencies SELECT 'EUR', digits, 'Euro', 'Euro' FROM currencies WHERE code = 'USD'")
        euro = Rate(base="EUR", quote="USD", value=Decimal("1.1000"), observed_on=day, source="Bank of Canada", retrieved_at=datetime.now(UTC))
        await add_rates(connection, [euro])
    async with pool.database.reading() as connection:
        account = await reference.account(connection, "joint", "Expense:Organizing", "USD")
        figures = [(msgspec.structs.replace(account, currency=code), 100_00) for code in ("USD", "CAD", "EUR", "MXN")]
        filer = Filer((await service.filers(connection))[0], service.shipped(), figures, [])
        selected = Selected([filer], [], Lack([], []), await _rates(Books(connection, day), [filer], day))
        document = shape(await read_facts(connection, pool.clock(), pool.today()), Asked(date(2026, 1, 1), day), selected)
    found = {currency: values[1:] for (_, currency), values in cells(document, "accounts-joint-ue").items()}
    assert found == {"USD": (100_00, 100), "CAD": (80_00, 80), "EUR": (110_00, 110), "MXN": (None, None)}
    for format_name in FORMATS:
        assert render(document, format_name, "fr").content


@pytest.mark.parametrize(("exact", "whole"), [(50, 1), (49, 0), (-50, -1), (-49, 0), (1_234_50, 1_235), (0, 0)])
def test_fifty_cents_are_rounded_up(exact: int, whole: int) -> None:
    assert whole_dollars(exact) == whole


# --- the pages ------------------------------------------------------------------------------------------------------------


def filled(text: str) -> dict[str, str]:
    """What a form sends as it is: its text fields, and the boxes that are ticked."""
    sent = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = (found[1] if (found := re.search(rf' {each}="([^"]*)"', tag)) else "" for each in ("name", "value"))
        if name.partition("_")[0] in ("item", "schedule", "out") and ('type="text"' in tag or " checked" in tag):
            sent[name] = value
    return sent


async def test_a_form_sent_as_it_is_leaves_every_line_of_the_newest_version(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    """Parents stay parents, accounts without a place stay without, and a version whose days have not begun is not undone."""
    lines = (
        MapLine(book="joint", path="Expense", schedule="19"), MapLine(book="joint", path="Expense:Organizing", schedule="16"),
        MapLine(book="joint", path="Income:Contributions"), MapLine(book="own", path="Income", item="40", schedule="14"),
    )  # fmt: skip
    await service.change_map(pool, ue, "map-later-1", msgspec.structs.replace(NEXT, valid_from=date(2030, 1, 1), lines=lines))
    answer = await ue_client.get("/lm2-map/change")
    form = answer.text
    assert 'value="2030-01-01"' in form and "without a line of its own as everything below Expense: Schedule 19" in text_of(answer)
    new = NewAccount(book="joint", path="Assets:Aardvarks", currency="USD", name_en="Opened since", name_fr="Ouvert depuis")
    await accounts.open_account(pool, ue, "map-account-1", new)
    fields = filled(form) | {"version": "1", "form": "LM-2", "valid_from": "2030-01-01", "source": "A letter"}
    assert (await ue_client.post("/lm2-map/change", data=fields)).status_code == 303
    changed = fields | {"version": "2", "item_joint_Expense": "", "schedule_joint_Expense": "", "item_joint_Expense_Bank-fees": "55"}
    assert (await ue_client.post("/lm2-map/change", data=changed)).status_code == 303
    kept = {each.version: set(each.lines) for each, _ in (await service.overview(pool, ue)).versions}
    assert kept[2] == set(lines)
    assert kept[3] == {*lines[1:], MapLine(book="joint", path="Expense:Bank-fees", item="55")}


async def test_the_page_shows_the_map_and_a_treasurer_makes_the_next(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    text = text_of(await ue_client.get("/lm2-map"))
    assert "Strike benefits Expense:Strike-benefits Joint funds Item 57" in text and "came with the product" in text
    form = (await ue_client.get("/lm2-map/change")).text
    assert 'aria-label="Schedule of Organizing, Joint funds"' in form
    fields = {"version": "0", "form": "LM-2 of 2026", "valid_from": "2026-01-01", "source": "A letter", "schedule_joint_Expense_Organizing": "15"}
    wrong = await ue_client.post("/lm2-map/change", data=fields | {"source": "", "item_joint_Expense_Bank-fees": "x"})
    assert wrong.status_code == 422 and 'value="x"' in wrong.text and "Item of Bank fees, Joint funds" in wrong.text
    both = await ue_client.post("/lm2-map/change", data=fields | {"out_joint_Expense_Organizing": "yes"})
    assert both.status_code == 422 and "clear the one or the other" in both.text
    assert (await ue_client.post("/lm2-map/change", data=fields)).headers["Location"] == "/lm2-map?done=lm2_map_changed"
    assert "A letter" in text_of(await unifor_client.get("/lm2-map"))
    sent_away = (await unifor_client.get("/lm2-map/change")).headers["Location"]
    assert "only its own treasurer changes it" in text_of(await unifor_client.get(sent_away))
    refused = await unifor_client.post("/lm2-map/change", data=fields | {"version": "1"})
    assert refused.status_code in (403, 422)
