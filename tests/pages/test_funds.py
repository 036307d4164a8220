"""Fund, account, union and search pages as both treasurers see them, in both languages, without a script."""

import html
import re
from itertools import count

import httpx
import pytest
from litestar import Litestar

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.services import accounts, funds
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.requests_stage import asked, set_stage
from tests.services.test_funds import PROPOSAL, account_of, gift, known_rate, post

_keys = count(1)


def text_of(answer: httpx.Response) -> str:
    """The page's words, without markup, spaces joined."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").replace("&nbsp;", " ").split())


async def submit(client: httpx.AsyncClient, path: str, /, **fields: str) -> httpx.Response:
    return await client.post(path, data={"form_key": f"funds-page-{next(_keys)}", **fields})


async def in_french(client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "fr", "next": "/"})


async def test_the_list_shows_each_currency_and_a_derived_total(pool: Pool, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await gift(pool, unifor, "2026-11-02", 5_000_000)
    await gift(pool, ue, "2026-11-03", 2_000_000)
    await known_rate(pool)
    text = text_of(await unifor_client.get("/funds"))
    assert "CAD 50,000.00 USD 20,000.00" in text
    assert "All in CAD: CAD 77,450.00" in text
    assert "USD 1 = CAD 1.3725; Bank of Canada, November 20, 2026" in text
    assert "CA only" in text
    await in_french(unifor_client)
    text = text_of(await unifor_client.get("/funds"))
    assert "Caisse de grève" in text
    assert "CAD 50 000,00" in text


async def test_one_fund_on_one_page(pool: Pool, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await gift(pool, unifor, "2026-11-02", 5_000_000)
    await gift(pool, ue, "2026-11-03", 2_000_000)
    answer = await unifor_client.get("/funds/strike", params={"from": "3 Nov 2026", "to": "2026-11-30"})
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Opening balance CAD 50,000.00 USD 0.00" in text
    assert "Received CAD 0.00 USD 20,000.00" in text
    assert "Unifor trust account, CAD" in text
    assert "J-2" in text
    assert 'href="/journal/1"' in answer.text
    assert "That is not a date" in text_of(await unifor_client.get("/funds/STRIKE", params={"from": "soon"}))


@pytest.mark.parametrize("path", ["/funds/NOSUCH", "/accounts/99999999999", "/accounts/1?after=rubbish", "/funds/GEN?from=2027-01-01"])
async def test_what_is_not_there(ue_client: httpx.AsyncClient, path: str) -> None:
    assert (await ue_client.get(path)).status_code in (400, 404, 422)


async def test_a_fund_is_proposed_by_one_union_and_confirmed_by_the_other(
    pool: Pool, ue: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    assert (await ue_client.get("/funds/new")).status_code == 200
    fields = {"code": "hall", "name_en": "Union halls", "name_fr": "Salles syndicales", "purpose": "general", "restriction": "board"}
    wrong = await submit(ue_client, "/funds/new", **fields, floor_CAD="12,34,5")
    assert wrong.status_code == 422
    assert 'value="Union halls"' in wrong.text
    odd = await submit(ue_client, "/funds/new", **{**fields, "code": "é x"})
    assert (odd.status_code, "Code: A fund’s code is 2 to 12 capitals" in text_of(odd)) == (422, True)
    made = await submit(ue_client, "/funds/new", **fields, floor_CAD="1,000.00")
    assert (made.status_code, made.headers["location"]) == (303, "/funds/HALL?done=fund_proposed")
    text = text_of(await ue_client.get(made.headers["location"]))
    assert "Proposed by Dolores Haze-Nguyen; it takes money once the treasurer of Unifor confirms it." in text
    assert "Review and confirm" not in text
    assert "Review and confirm" in text_of(await unifor_client.get("/funds/HALL"))
    refused = await submit(ue_client, "/funds/HALL/confirm")
    assert refused.status_code == 403
    assert (await unifor_client.get("/funds/HALL/confirm")).status_code == 200
    done = await submit(unifor_client, "/funds/HALL/confirm")
    assert (done.status_code, done.headers["location"]) == (303, "/funds/HALL?done=fund_confirmed")
    again = await submit(ue_client, "/funds/new", **fields)
    assert (again.status_code, "There is already a fund HALL" in text_of(again)) == (409, True)


async def test_a_floor_is_changed_and_a_fund_closed(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await gift(pool, unifor, "2026-11-02", 100_000, fund="EDU")
    names = {"name_en": "Education", "name_fr": "Formation"}
    assert 'name="floor_CAD"' in (await unifor_client.get("/funds/EDU/change")).text
    assert (await submit(unifor_client, "/funds/EDU/change", **names, floor_CAD="250.00")).status_code == 303
    assert "Available: CAD 750.00" in text_of(await unifor_client.get("/funds/EDU"))
    negative = await submit(unifor_client, "/funds/EDU/change", **names, floor_CAD="-1")
    assert negative.status_code == 422 and 'href="#f-floor_CAD"' in negative.text
    refused = await submit(unifor_client, "/funds/EDU/close")
    assert (refused.status_code, "Fund EDU still has CAD 1,000.00" in text_of(refused)) == (409, True)
    assert (await unifor_client.get("/funds/COM/close")).status_code == 200
    assert (await submit(unifor_client, "/funds/COM/close")).headers["location"] == "/funds/COM?done=fund_closed"
    assert "COM" not in text_of(await unifor_client.get("/funds"))
    assert "Closed on November 23, 2026." in text_of(await unifor_client.get("/funds/COM"))


async def test_accounts_by_book_and_a_running_balance(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await gift(pool, unifor, "2026-10-02", 100_000)
    await gift(pool, unifor, "2026-11-02", 50_000)
    bank = await account_of(pool, "Assets:Bank:Unifor-trust-CAD", "CAD")
    await post(pool, unifor, "2026-11-03", "Monthly fee", "STRIKE", [("Expense:Bank-fees", "CAD", 1_500), (bank.path, "CAD", -1_500)])
    listed = await unifor_client.get("/accounts", params={"book": "joint", "type": "asset", "q": "fiducie"})
    assert "Joint funds · Assets" in text_of(listed)
    assert "CAD 1,485.00" in text_of(listed)
    assert "Income" not in text_of(listed).split("Assets")[-1]
    answer = await unifor_client.get(f"/accounts/{bank.id}", params={"from": "2026-11-01", "fund": "STRIKE"})
    text = text_of(answer)
    assert "Opening balance CAD 1,000.00" in text
    assert "Monthly fee STRIKE CAD 15.00 CAD 1,485.00" in text
    assert "Moved in these days Change in the balance: CAD 485.00 CAD 500.00 CAD 15.00" in text
    files = [html.unescape(link) for link in re.findall(r'href="(/reports/account-statement[^"]*)"', answer.text)]
    assert [link.rpartition("=")[2] for link in files] == ["csv", "xlsx", "pdf"]
    assert "Monthly fee" in (await unifor_client.get(files[0])).text
    statement = re.findall(r'href="(/reports/fund-statement[^"]*csv)"', (await unifor_client.get("/funds/STRIKE")).text)
    assert (await unifor_client.get(html.unescape(statement[0]))).status_code == 200
    assert "No account fits" in text_of(await unifor_client.get("/accounts", params={"q": "nothing like it"}))
    fees = await account_of(pool, "Expense:Bank-fees", "CAD")
    assert "Close this account" in text_of(answer) and "Close this account" not in text_of(await unifor_client.get(f"/accounts/{fees.id}"))
    kept = await submit(unifor_client, f"/accounts/{fees.id}/close")
    assert (kept.status_code, "the books’ own rules post to" in text_of(kept)) == (422, True)


async def test_an_account_is_opened_and_closed(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    assert (await ue_client.get("/accounts/new")).status_code == 200
    fields = {"book": "joint", "path": "Expense:Travel", "currency": "USD", "name_en": "Travel", "name_fr": "Déplacements", "role": ""}
    wrong = await submit(ue_client, "/accounts/new", **(fields | {"path": "Travel"}))
    assert wrong.status_code == 422
    assert (await submit(ue_client, "/accounts/new", **(fields | {"book": "unifor"}))).status_code == 422
    made = await submit(ue_client, "/accounts/new", **fields)
    assert made.status_code == 303, text_of(made)
    place = made.headers["location"].partition("?")[0]
    assert (await unifor_client.get(place + "/close")).status_code == 200
    assert (await submit(unifor_client, place + "/close")).headers["location"] == f"{place}?done=account_closed"
    assert (await submit(unifor_client, place + "/close")).status_code == 422


async def test_unions_side_by_side_with_their_locals(pool: Pool, app: Litestar, unifor: Actor, ue_client: httpx.AsyncClient) -> None:
    await accounts.add_local(pool, unifor, "add-local-1", NewLocal(union="unifor", number="504", name="Local 504", city="Hamilton"))
    assert (await ue_client.get("/unions/locals/new")).status_code == 200
    assert (await submit(ue_client, "/unions/locals/new", number="506", name="Local 506", city="Erie")).status_code == 303
    again = await submit(ue_client, "/unions/locals/new", number="506", name="Local 506")
    assert (again.status_code, "already has a local 506" in text_of(again)) == (409, True)
    page = await ue_client.get("/unions")
    text = text_of(page)
    assert text.index("Local 506, Erie") < text.index("Local 504, Hamilton")
    assert "/unions/locals/ue/506/close" in page.text
    assert "/unions/locals/unifor/504/close" not in page.text
    assert (await submit(ue_client, "/unions/locals/unifor/504/close")).status_code == 403
    assert (await submit(ue_client, "/unions/locals/ue/506/close")).status_code == 303
    admin = await add_person(pool, "Priya Raman", "ue", "admin")
    async with client_for(app, admin) as client:
        assert (await client.get("/unions")).status_code == 200
        assert (await client.get("/funds")).status_code == 403


async def test_search_finds_and_leads_straight_there(pool: Pool, ue: Actor, unifor: Actor, ue_client: httpx.AsyncClient) -> None:
    await gift(pool, ue, "2026-11-20", 1_500_000)
    await funds.propose_fund(pool, unifor, "propose-hall-1", PROPOSAL)
    assert (await ue_client.get("/search", params={"q": "j-1"})).headers["location"] == "/journal/1"
    for typed in ("15000", "15 000,00", "15,000.00"):
        text = text_of(await ue_client.get("/search", params={"q": typed}))
        assert "J-1 Contribution of UE" in text, typed
        assert "in the last 20,000 journal entries" in text
    assert "Union halls HALL" in text_of(await ue_client.get("/search", params={"q": "salles"}))
    assert "Nothing found" in text_of(await ue_client.get("/search", params={"q": "<script>alert(1)</script>"}))
    assert "<script>alert" not in (await ue_client.get("/search", params={"q": "<script>alert(1)</script>"})).text
    assert (await ue_client.get("/search")).status_code == 200
    await in_french(ue_client)
    text = text_of(await ue_client.get("/search", params={"q": "15 000,00"}))
    assert "20 000 dernières écritures" in text


async def test_a_fund_shows_what_it_promised_and_to_which_request(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> None:
    await known_rate(pool)
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("GEN", CAD=30_000_00)
    request = await stage.request(asked(await stage.campaign("ue"), ("Mailing", 3_000_00, "USD", "")), "ue")
    await stage.approve(request, "ue officer", "unifor officer")
    async with client_for(app, unifor) as client:
        shown = await client.get("/funds/GEN")
        assert f'href="/requests/{request.number}"' in shown.text
        text = text_of(shown)
        assert "Hamilton organizing June 13, 2027 USD 3,000.00" in text
        assert "Available over all currencies, in CAD (what is promised in one is covered by the other): CAD 25,882.50" in text
    async with client_for(app, stage.who["ue lead"]) as client:
        assert "Committed to requests" not in (await client.get("/funds/GEN")).text
