"""The page of reminders, its files and its JSON: the wording of domain.md 5, what stands behind each figure, and the flag on a transfer."""

import re
from datetime import date
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from api.refusal_messages import messages
from ledger.domain.actors import Actor
from ledger.domain.thresholds import ProposeThreshold
from ledger.services import thresholds
from ledger.services.pool import Pool
from ledger.services.setup import shipped_thresholds
from reports import facts
from reports.i18n import CATALOGUES, read_catalogue
from tests.conftest import add_person, client_for
from tests.pages.test_funds import in_french, text_of
from tests.services.requests_stage import Stage, set_stage
from tests.services.test_threshold_reminders import grant, send
from tests.services.test_transfers import a_rate

# What a reminder never says, in either language: an order, a duty of the reader's, a form chosen, a way around.
FORBIDDEN = re.compile(
    r"\b(you (must|have to|are required|need to|should)|must file|must report|file (this|it|the form)|comply|compliant|lawful|legal advice|split"
    r"|instead of one|smaller (transfers|amounts)|avoid|in parts|LM-2 ready"
    r"|vous devez|devez|il faut|obligation|obligatoire|conforme|légal(e|es)?|fractionner|fractionné|scinder|éviter|diviser|en plusieurs)\b", re.I,
)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


def test_no_text_of_a_reminder_advises_in_either_language() -> None:
    catalogue = read_catalogue(CATALOGUES / "fr_CA" / "reminders.po")
    texts = [text for message in catalogue if message.id for side in (message.id, message.string) for text in ([side] if isinstance(side, str) else side)]
    here = Path(__file__).parents[2]
    texts += [path.read_text() for path in here.glob("api/templates/help/*/thresholds.html")]
    for area in ("reminders", "thresholds", "lm2_map", "statement_requests"):
        texts += [path.read_text() for path in (here / "api/templates" / area).glob("*.html")]
    texts += [text for row in shipped_thresholds() for text in (row["source"], row["source_fr"], row["name_en"], row["name_fr"])]
    texts += [text for code, pair in messages().items() if code.startswith("threshold") for text in pair if text]
    assert len(texts) > 100
    assert [found.group() for text in texts if (found := FORBIDDEN.search(text))] == []


@pytest.mark.parametrize("text", ["You must file this.", "Vous devez déclarer", "Split it in two", "pour éviter cela", "Fractionner le virement"])
def test_what_is_forbidden_is_found(text: str) -> None:
    assert FORBIDDEN.search(text)


async def test_the_page_says_what_reaches_a_threshold_with_everything_behind_it(app: Litestar, stage: Stage) -> None:
    await grant(stage, 5_000_01)
    async with client_for(app, stage.who["ue treasurer"]) as client:
        answer = await client.get("/reminders?year=2026")
        text = text_of(answer)
        assert "Unifor, USD 5,000.01: reaches the threshold you set for Form 990, Schedule F, Part II: one organization abroad" in text
        assert "more than USD 5,000.00); ask your adviser." in text and "It is not advice." in text
        assert "This is a reminder based on a limit that came with the product" in text and "irs.gov" in text
        assert "your administrator entered" not in text, "nobody entered one yet"
        assert "USD 5,000.01 does not reach the threshold you set for Form 990, Schedule F, Part I" in text
        assert 'href="/journal/1"' in answer.text and not FORBIDDEN.search(text)
        narrowed = text_of(await client.get("/reminders?year=2026&kind=accounts_abroad"))
        assert "Part II" not in narrowed and "FBAR" in narrowed and "Nothing reaches a threshold" in narrowed


async def test_of_a_threshold_that_two_people_agreed_on_it_is_said_when_it_was_entered(app: Litestar, stage: Stage) -> None:
    wanted = ProposeThreshold(
        code="form-990-f-2", name_en="Part II", name_fr="Partie II", amount_minor=4_000_00, currency="USD", nation="US",
        applies_to="granted_to_organization_abroad", valid_from=date(2026, 1, 1), source="A letter of the adviser",
    )  # fmt: skip
    made = await thresholds.propose_threshold(stage.pool, stage.who["ue treasurer"], stage.key(), wanted)
    await thresholds.decide_threshold(stage.pool, stage.who["unifor treasurer"], stage.key(), made.code, made.version, "confirmed")
    await grant(stage, 4_000_00)
    async with client_for(app, stage.who["ue treasurer"]) as client:
        text = text_of(await client.get("/reminders?year=2026&kind=granted_to_organization_abroad"))
        assert "limits your administrator entered on November 23, 2026 from A letter of the adviser. It is not advice." in text


async def test_more_than_anybody_reads_is_refused(app: Litestar, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await grant(stage, 5_000_01)
    monkeypatch.setattr(facts, "LINES_MAXIMUM", 1)
    async with client_for(app, stage.who["ue treasurer"]) as client:
        for path in ("/reminders?year=2026", "/reminders?year=2026&format=csv", "/api/v1/reminders?year=2026"):
            assert (await client.get(path)).status_code == 422


async def test_it_is_said_in_french_too(app: Litestar, stage: Stage) -> None:
    await grant(stage, 5_000_01)
    async with client_for(app, stage.who["ue treasurer"]) as client:
        await in_french(client)
        text = text_of(await client.get("/reminders?year=2026"))
        assert "atteint le seuil que vous avez fixé : Formulaire 990, annexe F, partie II" in text and "Ce n’est pas un conseil." in text
        assert not FORBIDDEN.search(text)


async def test_nothing_is_said_of_a_year_in_which_nothing_reaches_anything(ue_client: httpx.AsyncClient) -> None:
    text = text_of(await ue_client.get("/reminders?year=2024"))
    assert "Of what these books know, nothing in 2024 reaches a threshold that somebody entered." in text
    assert "Everything that was looked at" in text
    later = text_of(await ue_client.get("/reminders?year=2027&month=6"))
    assert "USD 350,000.00 or more" in later and "2026-07-01" in later and "2027-06-30" in later
    refused = await ue_client.get("/reminders?year=2099")
    assert refused.status_code == 422 and "The year that begins on January 1, 2099 has not begun; today is November 23, 2026." in text_of(refused)
    for query in ("year=2099", "year=2027", "year=1999", "year=x", "month=13", "month=x", "kind=everything"):
        assert (await ue_client.get(f"/reminders?{query}")).status_code == 422


async def test_files_and_json_say_the_same(app: Litestar, stage: Stage) -> None:
    await grant(stage, 5_000_01)
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        assert "5000.01" in (await client.get("/reminders?year=2026&format=csv")).text
        assert (await client.get("/reminders?format=xlsx")).content[:2] == b"PK"
        assert (await client.get("/reminders?format=pdf")).content[:4] == b"%PDF"
        got = (await client.get("/api/v1/reminders?year=2026")).json()
        (part,) = [each for each in got["parts"] if each["threshold"]["code"] == "form-990-f-2"]
        assert part["union"] == "ue" and part["threshold"]["comparison"] == "over"
        (finding,) = part["findings"]
        assert (finding["name_en"], finding["amount"]["amount"], finding["reached"]) == ("Unifor", "5000.01", True)
        assert [(item["url"], item["amount"]["amount"], item["rate"]) for item in finding["items"]] == [("/journal/1", "5000.01", None)]


async def test_who_reads_no_reports_reads_no_reminders(app: Litestar, stage: Stage) -> None:
    officer = await add_person(stage.pool, "A benefits officer", "ue", "benefits_officer")
    async with client_for(app, officer) as client:
        assert [(await client.get(path)).status_code for path in ("/reminders", "/api/v1/reminders")] == [403, 403]


# --- on a transfer --------------------------------------------------------------------------------------------------------


async def test_before_a_transfer_is_recorded_it_is_said_that_the_bank_will_report_it(app: Litestar, stage: Stage) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    fields = {
        "fund": "GEN", "from_account": str(await stage.bank("unifor")), "to_account": str(await stage.bank("ue")), "date": "2026-11-23",
        "purpose": "Help", "rate": "1.37", "action": "preview",
    }  # fmt: skip
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        small = text_of(await client.post("/transfers/new", data=fields | {"amount": "9,999.99"}))
        assert "Your bank will report" not in small
        text = text_of(await client.post("/transfers/new", data=fields | {"amount": "10,000.00"}))
        assert "CAD 10,000.00 reaches the threshold you set for Electronic funds transfer that the bank reports (FINTRAC)" in text
        assert "Your bank will report this; have the purpose text and documents ready." in text and "It is not advice." in text
        assert not FORBIDDEN.search(text)
        sent = await send(stage, "unifor", 6_000_00)
        both = text_of(await client.post("/transfers/new", data=fields | {"amount": "4,000.00"}))
        assert f"Together with {sent.number}, sent within a day, CAD 10,000.00 reaches the threshold" in both and "Your bank adds these up" in both


async def test_the_bank_that_reports_is_named_to_who_has_no_account_there(app: Litestar, stage: Stage) -> None:
    """A US bank sends, and the Canadian bank that gets it reports it: never is it said to UE that its own bank does."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=60_000_00)
    fields = {
        "fund": "GEN", "from_account": str(await stage.bank("ue")), "to_account": str(await stage.bank("unifor")), "date": "2026-11-23",
        "purpose": "Help", "rate": "1.37", "action": "preview", "amount": "7,300.00",
    }  # fmt: skip
    async with client_for(app, stage.who["ue treasurer"]) as client:
        text = text_of(await client.post("/transfers/new", data=fields))
        assert "CAD 10,001.00 reaches the threshold" in text and "Your bank will" not in text
        assert "The bank of Unifor will report this; have the purpose text and documents ready." in text
        report = text_of(await client.get("/reminders?kind=transfer_abroad"))
        assert "banks in: Canada" in report
    sent = await send(stage, "ue", 7_300_00)
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        assert "Your bank will report this" in text_of(await client.get(f"/transfers/{sent.number}"))


async def test_json_of_a_transfer_has_the_flag_before_and_after(app: Litestar, stage: Stage) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    wanted = {
        "fund": "GEN", "from_account": {"account": "joint/Assets:Bank:Unifor-trust-CAD", "currency": "CAD"},
        "to_account": {"account": "joint/Assets:Bank:UE-trust-USD", "currency": "USD"}, "amount": {"amount": "10000.00", "currency": "CAD"},
        "sent_on": "2026-11-23", "purpose": "Help", "rate": "1.37",
    }  # fmt: skip
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        (flag,) = (await client.post("/api/v1/transfers/preview", json=wanted)).json()["reminders"]
        assert flag["threshold"]["code"] == "bank-eft" and flag["findings"][0]["items"][0]["bank"] == "Unifor"
        assert flag["findings"][0]["items"][0]["direction"] == "out"
        small = wanted | {"amount": {"amount": "9999.99", "currency": "CAD"}}
        assert (await client.post("/api/v1/transfers/preview", json=small)).json()["reminders"] == []
        sent = await send(stage, "unifor", 10_000_00)
        shown = (await client.get(f"/api/v1/transfers/{sent.number}")).json()["reminders"]
        assert [each["threshold"]["code"] for each in shown] == ["bank-eft"]


async def test_every_paper_is_linked_and_none_of_a_year_that_has_not_begun(app: Litestar, stage: Stage) -> None:
    async with client_for(app, stage.who["ue treasurer"]) as client:
        page = (await client.get("/reminders?year=2026")).text
        for address in (
            "lm-2?from=2026-01-01&amp;to=2026-12-31", "schedule-f?from=2026-01-01&amp;to=2026-12-31", "form-1099?as_of=2026-12-31", "fbar?as_of=2026-12-31",
            "bank-transfers?from=2026-01-01&amp;to=2026-12-31", "members-statement?from=2025-01-01&amp;to=2025-12-31",
        ):
            assert f'href="/reports/{address}"' in page
        later = (await client.get("/reminders?year=2027&month=6")).text
        assert "/reports/fbar" not in later and "members-statement?from=2025-07-01&amp;to=2026-06-30" in later


async def test_the_transfers_page_says_it_afterwards(app: Litestar, stage: Stage) -> None:
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=60_000_00)
    sent = await send(stage, "ue", 7_300_00)
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        assert "CAD 10,001.00 reaches the threshold you set for Electronic funds transfer" in text_of(await client.get(f"/transfers/{sent.number}"))


async def test_what_the_address_cannot_ask_for_is_refused_without_codes(ue_client: httpx.AsyncClient) -> None:
    await in_french(ue_client)
    for address in ("/reminders?format=exe", "/journal?format=exe", "/transfers?format=exe", "/reminders?kind=exe"):
        answer = await ue_client.get(address)
        assert answer.status_code == 422, address
        assert "« exe » ne fait pas partie des choix offerts." in text_of(answer).replace("\u00a0", " ")
