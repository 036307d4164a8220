"""The reports' pages and files as board members and auditors ask for them: dates of any time, choices, currencies, bad addresses."""

import csv
import io
import re
from datetime import date

import httpx
import pytest

from ledger.domain.actors import Actor
from ledger.services import contributions
from ledger.services import journal as service
from ledger.services.pool import Pool
from reports.exports import FORMATS as EXPORTS
from reports.render import FORMATS
from tests.pages.test_journal import opened, text_of
from tests.services.test_contributions import gift, record
from tests.services.test_funds import known_rate
from tests.services.test_journal import opening


async def french(client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "fr", "next": "/"})


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/reports/trial-balance?as_of=2026-02-30", 422, "“2026-02-30” is not a date"),
        ("/reports/trial-balance?book=other", 422, "“other” is not one of the choices"),
        ("/reports/trial-balance?currency=usd", 422, "“usd” is not one of the choices"),
        ("/reports/trial-balance?into=EUR", 422, "“EUR” is not one of the choices"),
        ("/reports/fund-statement?from=2026-11-02&to=2026-11-01", 422, "The first day (November 2, 2026) is after the last day (November 1, 2026)."),
        ("/reports/account-statement?account=%C2%B2", 422, "is not one of the choices"),
        ("/reports/account-statement?account=99999999999999", 422, "is not one of the choices"),
        ("/reports/trial-balance?format=exe", 422, "“exe” is not one of the choices"),
        ("/audit?q=%00", 400, "This was not understood"),
        ("/audit?from=2026-13-01", 422, "“2026-13-01” is not a date"),
        ("/people/99999999999", 404, "There is nothing here"),
        ("/accounts?book=%00", 400, "This was not understood"),
    ],
)
async def test_a_bad_address_is_refused_in_words(ue_client: httpx.AsyncClient, address: str, status: int, says: str) -> None:
    answer = await ue_client.get(address)
    assert (answer.status_code, says in text_of(answer)) == (status, True), text_of(answer)


async def test_before_there_is_a_rate_reports_show_what_is_native(pool: Pool, unifor_client: httpx.AsyncClient, ue: Actor) -> None:
    await opened(pool, ue)
    for name in ("trial-balance", "fund-statement"):
        shown = await unifor_client.get(f"/reports/{name}")
        assert shown.status_code == 200
        assert "Nothing is converted into CAD: there is no rate on or before November 23, 2026." in text_of(shown)
        assert "USD 10,000.00" in text_of(shown)
    assert (await unifor_client.get("/reports/trial-balance?into=CAD")).status_code == 422


async def test_the_readers_own_currency_stays_when_another_filter_changes(pool: Pool, unifor_client: httpx.AsyncClient, ue: Actor) -> None:
    """The form sends every filter, the empty ones too."""
    await opened(pool, ue)
    await known_rate(pool)
    for query in ("", "?as_of=&book=&fund=GEN&currency=&into="):
        assert "Balance in CAD" in text_of(await unifor_client.get(f"/reports/trial-balance{query}")), query
    assert "Balance in CAD" not in text_of(await unifor_client.get("/reports/trial-balance?into=none"))


async def test_a_day_to_come_is_refused_beside_its_field_and_a_period_to_come_says_whose_figures_it_shows(
    pool: Pool, ue_client: httpx.AsyncClient, ue: Actor
) -> None:  # fmt: skip
    await opened(pool, ue)
    for query, said in (
        ("as_of=2030-01-01", "At the end of: January 1, 2030 has not come yet"), ("compare=2030-01-01", "Compared with: January 1, 2030 has not come yet"),
        ("compare=2026-11-23&as_of=2026-11-23", "Compared with: The day to compare with (November 23, 2026) does not come before the day itself"),
        ("as_of=soon", "At the end of: “soon” is not a date"),
    ):
        refused = await ue_client.get(f"/reports/board-overview?{query}")
        assert refused.status_code == 422 and said in text_of(refused), query
        assert 'name="as_of"' in refused.text, "what was asked for can be mended"
    for name in ("activities", "fund-statement"):
        refused = await ue_client.get(f"/reports/{name}?from=2026-01-01&to=2030-01-01")
        assert refused.status_code == 422 and "To: January 1, 2030 has not come yet" in text_of(refused), name
    assert (await ue_client.get("/reports/board-overview?as_of=2030-01-01&format=csv")).status_code == 422
    sentence = "January 1, 2030 has not come yet: these are the figures of November 23, 2026."
    assert sentence in text_of(await ue_client.get("/reports/general-ledger?to=2030-01-01"))
    assert "has not come yet" not in text_of(await ue_client.get("/reports/trial-balance"))


async def test_a_line_of_a_past_day_leads_to_that_day(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor) -> None:
    await opened(pool, ue)
    links = re.findall(r'href="(/accounts/[^"]+)"', (await ue_client.get("/reports/trial-balance?as_of=2026-11-23")).text)
    assert links and all(link.endswith("&amp;to=2026-11-23") for link in links)


@pytest.mark.parametrize("address", [
    *(f"{name}?from=2027-01-01&to=2027-12-31" for name in ("lm-2", "schedule-f", "bank-transfers")),
    *(f"{name}?as_of=2027-06-01" for name in ("form-1099", "fbar")),
])  # fmt: skip
async def test_a_year_that_has_not_begun_is_named_in_both_languages(ue_client: httpx.AsyncClient, address: str) -> None:
    refused = await ue_client.get(f"/reports/{address}")
    assert refused.status_code == 422 and "Year: The year that begins on January 1, 2027 has not begun; today is November 23, 2026." in text_of(refused)
    await french(ue_client)
    refused = await ue_client.get(f"/reports/{address}")
    assert "Année : L’année qui commence le 1er janvier 2027 n’a pas commencé" in text_of(refused).replace("\u00a0", " ")
    assert "Project-Id-Version" not in refused.text


async def test_a_member_s_statement_is_of_the_last_year_that_is_over(ue_client: httpx.AsyncClient) -> None:
    """Of the last calendar year where no day is named; a year that goes on is refused in both languages."""
    shown = await ue_client.get("/reports/members-statement")
    assert shown.status_code == 200 and "from January 1, 2025 to December 31, 2025" in text_of(shown)
    assert re.findall(r'placeholder="(202[0-9-]+)"', shown.text) == ["2025-01-01", "2025-12-31"]
    told = (await ue_client.get("/api/v1/reports/members-statement")).json()
    assert told["period"] == {"first": "2025-01-01", "last": "2025-12-31"}
    address = "/reports/members-statement?from=2026-01-01&to=2026-12-31"
    refused = await ue_client.get(address)
    assert refused.status_code == 422 and "The fiscal year that ends on December 31, 2026 is not over; today is November 23, 2026." in text_of(refused)
    assert (await ue_client.get(f"{address}&format=pdf")).status_code == 422
    await french(ue_client)
    assert "L’exercice qui se termine le 31 décembre 2026 n’est pas terminé" in text_of(await ue_client.get(address))


async def test_a_day_before_the_books_began_has_nothing(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor) -> None:
    await opened(pool, ue)
    old = ("trial-balance", "in-transit", "contributions-pledges", "general-ledger", "fund-statement", "allocations", "activities", "financial-position")
    for name in old:
        assert (await ue_client.get(f"/reports/{name}?as_of=2001-12-31&from=2001-01-01&to=2001-12-31")).status_code == 200, name


async def test_the_dates_that_hold_stand_in_the_empty_fields(ue_client: httpx.AsyncClient) -> None:
    page = (await ue_client.get("/reports/general-ledger")).text
    assert re.findall(r'placeholder="(2026-[0-9-]+)"', page) == ["2026-01-01", "2026-11-23"]


async def test_what_was_taken_back_later_had_come_by_then(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor) -> None:
    """Contributions agree with the books of the day asked for, whatever was reversed since."""
    kept = await record(pool, ue, gift("ue", 500_000, "2026-10-05"))
    await contributions.reverse_contribution(pool, ue, "taken-back", kept.number, date(2026, 11, 10), "Sent twice")
    for day, total in (("2026-10-31", "5,000.00"), ("2026-11-10", None)):
        answer = text_of(await ue_client.get(f"/reports/contributions-pledges?as_of={day}"))
        assert (f"USD {total}" in answer) if total else "Nothing was pledged or received" in answer, day
        balance = text_of(await ue_client.get(f"/reports/trial-balance?as_of={day}&book=joint"))
        assert ("5,000.00" in balance) == bool(total)


async def test_every_file_of_a_list_is_in_the_audit_trail(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor) -> None:
    await service.post_entry(pool, ue, "listed-open", opening(1_000_000))
    for name in ("journal", "contributions", "pledges", "transfers"):
        assert (await ue_client.get(f"/{name}?format=csv")).status_code == 200
    async with pool.database.reading() as connection:
        kept = await connection.fetch("SELECT subject, details FROM audit WHERE action = 'export_list' ORDER BY recorded_at, id")
    assert [row["subject"] for row in kept] == ["journal", "contributions", "pledges", "transfers"]
    assert {row["details"]["format"] for row in kept} == {"csv"}


@pytest.mark.parametrize("address", [
    *(f"/reports/trial-balance?format={name}" for name in FORMATS), *(f"/export/{name}" for name in EXPORTS),
    *(f"/api/v1/export?format={name}" for name in EXPORTS), "/api/v1/reports/trial-balance?format=csv", "/journal?format=csv", "/strikes?format=csv",
])  # fmt: skip
async def test_every_file_says_once_how_its_letters_are_written(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor, address: str) -> None:
    await opened(pool, ue)
    answer = await ue_client.get(address)
    kind, *more = answer.headers["content-type"].split("; ")
    assert answer.status_code == 200
    assert more == (["charset=utf-8"] if kind.startswith("text/") or kind == "application/jsonl" else [])


async def test_a_french_sheet_opens_in_a_french_spreadsheet(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor) -> None:
    await opened(pool, ue)
    await french(ue_client)
    raw = (await ue_client.get("/reports/trial-balance?format=csv")).content
    assert raw.startswith(b"\xef\xbb\xbf")
    assert any("10000,00" in cell for line in csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";") for cell in line)


async def test_a_rates_source_is_named_in_the_readers_language(pool: Pool, unifor_client: httpx.AsyncClient, ue: Actor) -> None:
    await opened(pool, ue)
    await known_rate(pool)
    await french(unifor_client)
    assert "1 USD = 1,3725 CAD; Banque du Canada, 20 novembre 2026" in text_of(await unifor_client.get("/reports/trial-balance"))
    heading = (await unifor_client.get("/reports/trial-balance?format=csv")).content.decode("utf-8-sig")
    assert "USD 1 = CAD 1,3725, Banque du Canada, 2026-11-20, v1" in heading


async def test_an_amount_in_two_books_says_which_is_which(pool: Pool, ue_client: httpx.AsyncClient, ue: Actor) -> None:
    """A union that keeps its own side here too records both in one entry; the same figure twice is no double count."""
    await record(pool, ue, gift("ue", 500_000, "2026-10-05", mirror=True))
    await record(pool, ue, gift("ue", 25_000, "2026-10-06"))
    listed = text_of(await ue_client.get("/journal"))
    assert "Joint funds USD 5,000.00 UE’s books USD 5,000.00" in listed
    assert "GEN USD 250.00" in listed
