"""Campaign pages as a lead, an officer, a board member and a treasurer see them, in both languages; lists as files; what the search finds."""

import re
from itertools import count
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.pages.campaigns import RequestShown
from api.pages.rendering import environment
from ledger.domain.actors import Actor
from ledger.domain.campaigns import Figures
from ledger.services import campaigns as service
from ledger.services import documents
from ledger.services.pool import Pool
from ledger.storage.campaigns import CampaignFilter
from tests.conftest import add_person, client_for
from tests.pages.test_funds import in_french, text_of
from tests.services.test_campaigns import Cast, cast, key, opened
from tests.services.test_contributions import gift, record
from tests.services.test_documents import PDF

assert cast  # a fixture used by name below
_keys = count(1)
FORM = {
    "name": "Rail shops organize", "initiative": "organizing", "employer": "Meridian Rail Works", "starts_on": "2026-03-01", "ends_on": "",
    "description": "House calls first.\n\nThen the vote.", "line-0-what": "Travel", "line-0-currency": "USD", "line-0-amount": "12,000",
    "line-1-what": "Interpretation", "line-1-currency": "CAD", "line-1-amount": "900.50", "line-2-currency": "USD", "line-3-currency": "USD",
}  # fmt: skip


async def submit(client: httpx.AsyncClient, path: str, /, **fields: Any) -> httpx.Response:
    return await client.post(path, data={"form_key": f"campaigns-page-{next(_keys)}", **fields})


# --- opening and changing -------------------------------------------------------------------------------------------------


async def test_a_lead_opens_a_campaign_of_their_own(app: Litestar, cast: Cast) -> None:
    async with client_for(app, cast.lead) as client:
        empty = text_of(await client.get("/campaigns"))
        assert "You lead no campaign yet" in empty and "The campaigns that you lead." in empty
        form = await client.get("/campaigns/new")
        assert "Marisol Lead" in form.text and "Otto Lead" not in form.text
        made = await submit(client, "/campaigns/new", **FORM, lead=str(cast.lead.person_id))
        assert (made.status_code, made.headers["location"]) == (303, "/campaigns/CAM-0001?done=campaign_opened")
        text = text_of(await client.get(made.headers["location"]))
        assert "Rail shops organize Active" in text
        assert "Organizing, led by Marisol Lead. With Meridian Rail Works." in text
        assert "Travel USD 12,000.00 Interpretation CAD 900.50" in text
        assert "Total in CAD CAD 900.50 Total in USD USD 12,000.00" in text
        assert "House calls first. Then the vote." in text
        assert "Campaign opened" in text
        # Nothing was asked for yet, and no figure says otherwise.
        assert "Asked" not in text and "Spent" not in text and "0.00 USD" not in text
        listed = text_of(await client.get("/campaigns"))
        assert "Rail shops organize CAM-0001 UE Organizing Meridian Rail Works Marisol Lead CAD 900.50 USD 12,000.00 Active" in listed


async def test_typed_values_stay_and_errors_stand_beside_their_field(app: Litestar, cast: Cast) -> None:
    wrong = {"name": "", "initiative": "", "starts_on": "31 Feb 2026", "line-0-amount": "1,5,00", "line-1-what": "", "lead": str(cast.other.person_id)}
    async with client_for(app, cast.lead) as client:
        shown = await submit(client, "/campaigns/new", **(FORM | wrong))
        assert shown.status_code == 422
        text = text_of(shown)
        assert "6 things to mend" in text
        for name in ("name", "initiative", "lead", "starts_on", "line-0-amount", "line-1-what"):
            assert f'id="f-{name}-error"' in shown.text, name
        for kept in ('value="1,5,00"', 'value="Travel"', 'value="Meridian Rail Works"', "House calls first."):
            assert kept in shown.text
        more = await submit(client, "/campaigns/new", **FORM, action="add-line")
        assert (more.status_code, "line-4-what" in more.text, "things to mend" in more.text) == (200, True, False)
        early = await submit(client, "/campaigns/new", **(FORM | {"ends_on": "2026-02-01"}), lead=str(cast.lead.person_id))
        assert 'id="f-ends_on-error"' in early.text
        assert "No campaign" not in text_of(await client.get("/campaigns"))


async def test_what_the_service_refuses_stands_beside_its_field(app: Litestar, cast: Cast) -> None:
    async with client_for(app, cast.officer) as client:
        signs = await submit(client, "/campaigns/new", **(FORM | {"employer": "…", "lead": str(cast.lead.person_id)}))
        assert (signs.status_code, 'id="f-employer-error"' in signs.text) == (422, True)
        many = {f"line-{n}-{name}": said for n in range(61) for name, said in (("what", "Leaflet"), ("currency", "USD"), ("amount", "1"))}
        full = await submit(client, "/campaigns/new", **(FORM | many | {"lead": str(cast.lead.person_id)}))
        assert (full.status_code, 'id="f-budget-error"' in full.text) == (422, True)
        assert "There may be 1 to 60 lines; this has 61." in text_of(full)


async def test_an_officer_changes_hands_on_closes_and_opens_again(app: Litestar, pool: Pool, cast: Cast) -> None:
    await opened(pool, cast.lead)
    async with client_for(app, cast.officer) as client:
        form = await client.get("/campaigns/CAM-0001/change")
        assert 'value="Rail shops organize"' in form.text and "Otto Lead" in form.text and "line-0-what" not in form.text
        said = {"name": "Rail", "initiative": "bargaining", "lead": str(cast.other.person_id), "starts_on": "2026-03-01", "ends_on": "2026-12-01"}
        done = await submit(client, "/campaigns/CAM-0001/change", **said)
        assert done.headers["location"] == "/campaigns/CAM-0001?done=campaign_changed"
        text = text_of(await client.get("/campaigns/CAM-0001"))
        assert "Bargaining, led by Otto Lead." in text and "Ends on December 1, 2026" in text
        unsaid = await submit(client, "/campaigns/CAM-0001/close", reason=" ")
        assert (unsaid.status_code, 'id="f-reason-error"' in unsaid.text) == (422, True)
        assert (await submit(client, "/campaigns/CAM-0001/close", reason="Ratified")).headers["location"] == "/campaigns/CAM-0001?done=campaign_close"
        closed = await client.get("/campaigns/CAM-0001")
        assert "Rail Ended" in text_of(closed) and "Campaign closed Ratified" in text_of(closed)
        assert "/campaigns/CAM-0001/reopen" in closed.text and "/campaigns/CAM-0001/change" not in closed.text
        for path in ("change", "budget", "close"):
            assert (await client.get(f"/campaigns/CAM-0001/{path}")).status_code == 409
        again = await submit(client, "/campaigns/CAM-0001/reopen", reason="A second vote")
        assert again.headers["location"] == "/campaigns/CAM-0001?done=campaign_reopen"
        assert (await client.get("/campaigns/CAM-0001/reopen")).status_code == 409


async def test_a_new_budget_leaves_the_earlier_one_below_it(app: Litestar, pool: Pool, cast: Cast) -> None:
    await opened(pool, cast.lead)
    async with client_for(app, cast.lead) as client:
        form = await client.get("/campaigns/CAM-0001/budget")
        assert 'value="12,000.00"' in form.text and "line-3-what" in form.text
        none = await submit(client, "/campaigns/CAM-0001/budget", **{"line-0-currency": "USD"})
        assert (none.status_code, 'id="f-budget-error"' in none.text) == (422, True)
        lines = {"line-0-what": "Travel", "line-0-currency": "USD", "line-0-amount": "15000", "reason": "A third campus"}
        done = await submit(client, "/campaigns/CAM-0001/budget", **lines)
        assert done.headers["location"] == "/campaigns/CAM-0001?done=campaign_budget_changed"
        text = text_of(await client.get("/campaigns/CAM-0001"))
        assert "Travel USD 15,000.00 Version 1, no longer in force" in text
        assert "Budget changed version 2 A third campus" in text


# --- who sees what --------------------------------------------------------------------------------------------------------


async def test_a_lead_sees_nothing_of_other_campaigns(app: Litestar, pool: Pool, cast: Cast) -> None:
    await opened(pool, cast.lead, employer="Ours Inc.")
    await opened(pool, cast.other, name="Quiet drive", employer="Secret Target", description="The strategy of another")
    await opened(pool, cast.unifor_lead, employer="Ours inc")
    async with client_for(app, cast.lead) as client:
        pages = [
            await client.get(address)
            for address in (
                "/campaigns", "/campaigns?employer=Secret+Target", "/campaigns?q=strategy", "/campaigns/CAM-0001", "/campaigns/new",
                "/campaigns?format=csv", "/search?q=quiet", "/search?q=secret", "/api/v1/campaigns",
            )
        ]  # fmt: skip
        assert [each.status_code for each in pages] == [200] * len(pages)
        for shown in pages:
            for hidden in ("Quiet drive", "Secret Target</option>", "The strategy", "C-0002\"", "CAM-0003", "Otto", "Malaika"):
                assert hidden not in shown.text, (str(shown.url), hidden)
        for path in ("", "/change", "/budget", "/close"):
            assert (await client.get(f"/campaigns/CAM-0002{path}")).status_code == 404, path
        assert (await client.get("/api/v1/campaigns/CAM-0002")).status_code == 404
        assert (await client.get("/documents/new?kind=campaign&subject=CAM-0002")).status_code == 403
        assert (await client.get("/api/v1/search?q=CAM-0002")).json()["items"] == []
        assert (await client.get("/search?q=CAM-1")).headers["location"] == "/campaigns/CAM-0001"
        assert "Union" not in re.findall(r'<label for="filter-[a-z]+">([^<]+)</label>', pages[0].text)


@pytest.mark.parametrize("who", ["board", "ue", "unifor", "unifor_officer"])
async def test_readers_of_the_books_see_both_unions_and_no_button_that_would_fail(
    app: Litestar, pool: Pool, cast: Cast, ue: Actor, unifor: Actor, who: str
) -> None:
    await opened(pool, cast.lead, description="The strategy")
    await opened(pool, cast.unifor_lead, name="Cours du soir", employer="MERIDIAN rail works", initiative="education")
    reader = {"ue": ue, "unifor": unifor}.get(who) or getattr(cast, who)
    async with client_for(app, reader) as client:
        assert "Campaigns" in (await client.get("/campaigns")).text
        both = text_of(await client.get("/campaigns?employer=Meridian+Rail+Works"))
        assert "Rail shops organize CAM-0001 UE" in both and "Cours du soir CAM-0002 Unifor" in both
        one = await client.get("/campaigns/CAM-0001")
        text = text_of(one)
        assert "The strategy" in text and "Also with this employer" in text and "Cours du soir" in text
        assert "/campaigns/CAM-0001/change" not in one.text
        for path in ("change", "budget", "close"):
            assert (await client.get(f"/campaigns/CAM-0001/{path}")).status_code == 403
        await in_french(client)
        text = text_of(await client.get("/campaigns/CAM-0001"))
        assert "Syndicalisation, sous la responsabilité de Marisol Lead. Employeur : Meridian Rail Works." in text
        assert "Voyage" not in text and "USD 12 000,00" in text and "Aussi auprès de cet employeur" in text
        assert "Aucune campagne ne correspond" in text_of(await client.get("/campaigns?q=nothing-like-it"))


async def test_who_may_not_read_campaigns_has_no_way_there(app: Litestar, pool: Pool, cast: Cast) -> None:
    for role in ("benefits_officer", "admin"):
        async with client_for(app, await add_person(pool, f"A {role}", "ue", role)) as client:
            assert (await client.get("/campaigns")).status_code == 403
            assert 'href="/campaigns"' not in (await client.get("/help")).text


async def test_the_form_in_french_reads_amounts_in_french(app: Litestar, pool: Pool, cast: Cast) -> None:
    async with client_for(app, cast.unifor_officer) as client:
        await in_french(client)
        form = text_of(await client.get("/campaigns/new"))
        assert "Ouvrir une campagne" in form and "Choisissez une initiative" in form
        fields = FORM | {"line-0-amount": "12 000,50", "line-1-amount": "900,50", "lead": str(cast.unifor_lead.person_id)}
        made = await submit(client, "/campaigns/new", **fields)
        assert made.status_code == 303, text_of(made)
        text = text_of(await client.get(made.headers["location"]))
        assert "La campagne est ouverte." in text and "USD 12 000,50" in text and "Rail shops organize Active" in text
    (kept,) = (await service.list_campaigns(pool, cast.board, CampaignFilter())).items
    assert [line.amount_minor for line in kept.budget] == [12_000_50, 900_50]


# --- lists, files, documents, search ----------------------------------------------------------------------------------------


async def test_the_list_is_filtered_paged_and_taken_away(app: Litestar, pool: Pool, cast: Cast) -> None:
    for number in range(51):
        await opened(pool, cast.lead, name=f"Campaign number {number}", budget=())
    await opened(pool, cast.unifor_lead, initiative="communication", employer="")
    async with client_for(app, cast.board) as client:
        first = await client.get("/campaigns")
        older = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert older is not None and "CAM-0002" not in first.text and "CAM-0003" in first.text
        assert "Campaign number 1 " in text_of(await client.get(older[1].replace("&amp;", "&")))
        assert (await client.get("/campaigns?after=nonsense")).status_code == 200
        narrowed = await client.get("/campaigns", params={"initiative": "communication", "union": "unifor", "state": "open"})
        assert "Rail shops organize" in narrowed.text and "Campaign number" not in narrowed.text
        part = await client.get("/campaigns?q=number+50", headers={"HX-Request-Type": "partial"})
        assert "Campaign number 50" in part.text and "<html" not in part.text
        assert "No campaign fits" in text_of(await client.get("/campaigns?state=closed"))
        rows = (await client.get("/campaigns?initiative=communication&format=csv")).text.splitlines()
        assert [line for line in rows if "CAM-0052" in line] and not [line for line in rows if "number 7" in line]
        assert any("15000.00" in line and "900.00" in line for line in rows)
        for format_name in ("xlsx", "pdf"):
            assert (await client.get(f"/campaigns?format={format_name}")).status_code == 200


async def test_documents_stand_on_the_campaigns_page(app: Litestar, pool: Pool, cast: Cast) -> None:
    await opened(pool, cast.lead)
    async with client_for(app, cast.lead) as client:
        assert "/documents/new?kind=campaign&amp;subject=CAM-0001" in (await client.get("/campaigns/CAM-0001")).text
        sent = await client.post(
            "/documents/new", data={"form_key": "campaign-document", "kind": "campaign", "subject": "CAM-0001"},
            files={"file": ("leaflet.pdf", PDF, "application/pdf")},
        )  # fmt: skip
        assert sent.headers["location"] == "/campaigns/CAM-0001?done=document_attached"
        assert "leaflet.pdf" in text_of(await client.get("/campaigns/CAM-0001"))
        (kept,) = await documents.list_documents(pool, cast.lead, "campaign", "CAM-0001")
        assert (await client.get(f"/documents/{kept.id}")).content == PDF
        assert (await client.get("/documents/new?kind=journal&subject=1")).status_code == 403
    async with client_for(app, cast.board) as client:
        shown = await client.get("/campaigns/CAM-0001")
        assert "leaflet.pdf" in shown.text and "/documents/new" not in shown.text
    async with client_for(app, cast.other) as client:
        assert (await client.get(f"/documents/{kept.id}")).status_code == 403


async def test_a_campaign_is_found_by_number_and_by_name(app: Litestar, pool: Pool, cast: Cast, unifor: Actor) -> None:
    await record(pool, unifor, gift("unifor", 150_000, "2026-05-04"))
    await opened(pool, cast.lead)
    await opened(pool, cast.lead, name="Ateliers Érable")
    async with client_for(app, cast.board) as client:
        assert (await client.get("/search?q=c-0001")).headers["location"] == "/contributions/C-0001"
        assert (await client.get("/search?q=cam-2")).headers["location"] == "/campaigns/CAM-0002"
        assert "Ateliers Érable" in text_of(await client.get("/search?q=erable"))


async def test_the_trail_leads_to_the_campaign(app: Litestar, pool: Pool, cast: Cast, ue: Actor) -> None:
    await opened(pool, cast.lead)
    await documents.attach(pool, cast.lead, key(), "campaign", "CAM-0001", "leaflet.pdf", "application/pdf", PDF)
    async with client_for(app, ue) as client:
        shown = await client.get("/audit")
        assert shown.text.count('href="/campaigns/CAM-0001"') == 2 and 'href="/contributions/C-0001"' not in shown.text
        assert "Open a campaign" in text_of(shown)


# --- the money beside the budget --------------------------------------------------------------------------------------------

ASKED = Figures(currency="USD", budget_minor=15_000_00, asked_minor=9_000_00, approved_minor=4_000_00)


@pytest.mark.parametrize(
    ("language", "words", "absent"),
    [
        ("en", "Currency Budget Asked Approved USD USD 15,000.00 USD 9,000.00 USD 4,000.00", ("Committed", "Spent")),
        ("fr", "Monnaie Budget Demandé Approuvé USD USD 15 000,00 USD 9 000,00 USD 4 000,00", ("Engagé", "Dépensé")),
    ],
)
def test_money_shows_the_figures_that_are_known_and_no_other(language: str, words: str, absent: tuple[str, ...]) -> None:
    request = RequestShown("A-0001", "Leaflets", "/requests/A-0001", ("asked", "wait"), [("USD", 9_000_00)])
    template = environment(language).get_template("campaigns/_money.html")

    def said(**given: Any) -> str:
        text = re.sub(r"<[^>]+>", " ", template.render(**given)).replace("\u00a0", " ").replace("&nbsp;", " ")
        return " ".join(text.split())

    text = said(figures=[ASKED], requests=[request])
    assert words in text and not [each for each in absent if each in text]
    assert "A-0001 Leaflets USD 9 000,00" in text or "A-0001 Leaflets USD 9,000.00" in text
    assert said(figures=[Figures(currency="USD", budget_minor=15_000_00)], requests=[]) == ""
    assert said(figures=[], requests=[]) == ""
