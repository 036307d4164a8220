"""Contribution, pledge and between-funds pages as both treasurers see them, in both languages; in Chromium with axe at the end."""

import itertools
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, Route

from api.pages.rendering import STATIC
from api.security import HEADERS
from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.services import accounts
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_frame import MEDIA, browser, browser_tests, violations
from tests.pages.test_funds import in_french, text_of
from tests.services.test_contributions import gift, key, pledged, record, w02
from tests.services.test_journal import balances

assert browser  # a fixture used by name below
_keys = count(1)
BANK = "joint/Assets:Bank:Unifor-trust-CAD"
GIFT = {"payer": "unifor", "fund": "GEN", "account": BANK, "amount": "1,500.00", "received_on": "2026-05-04", "instrument": "eft", "reference": "DEP 7"}
PLEDGE = {
    "fund": "GEN", "amount": "1200.00", "amount_currency": "CAD", "approved_on": "2026-01-02", "resolution": "NEB-2026-01", "policy": "recognised",
    "way": "spread", "count": "4", "first_due_on": "2026-03-31", "every": "quarter",
}  # fmt: skip


async def submit(client: httpx.AsyncClient, path: str, /, **fields: str) -> httpx.Response:
    return await client.post(path, data={"form_key": f"contributions-page-{next(_keys)}", **fields})


async def test_a_contribution_is_looked_at_then_recorded(pool: Pool, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    assert "No contributions yet" in text_of(await unifor_client.get("/contributions"))
    form = await unifor_client.get("/contributions/new")
    assert "Unifor trust account, CAD" in form.text
    assert "UE trust account" not in form.text
    shown = await submit(unifor_client, "/contributions/new", **GIFT, action="preview")
    assert shown.status_code == 200
    assert "Unifor trust account, CAD General fund CAD 1,500.00" in text_of(shown)
    assert await balances(pool) == {}
    made = await submit(unifor_client, "/contributions/new", **GIFT, action="post")
    assert (made.status_code, made.headers["location"]) == (303, "/contributions/C-0001?done=contribution_recorded")
    text = text_of(await ue_client.get(made.headers["location"]))
    assert "CAD 1,500.00 from Unifor" in text
    assert "Credited on May 4, 2026 to Unifor trust account, CAD, for General fund." in text
    assert "Take it back" not in text
    listed = text_of(await ue_client.get("/contributions"))
    assert "1 contribution in CAD CAD 1,500.00" in listed
    assert "Record a contribution" in listed


async def test_typed_values_stay_and_errors_stand_beside_their_field(pool: Pool, unifor_client: httpx.AsyncClient) -> None:
    wrong = await submit(unifor_client, "/contributions/new", **(GIFT | {"amount": "1,5,00", "received_on": "31 Feb 2026", "fund": ""}), action="post")
    assert wrong.status_code == 422
    assert 'value="1,5,00"' in wrong.text
    assert 'value="DEP 7"' in wrong.text
    assert "3 things to mend" in text_of(wrong)
    await in_french(unifor_client)
    understood = await submit(unifor_client, "/contributions/new", **(GIFT | {"amount": "1 234,50"}), action="post")
    assert understood.status_code == 303
    assert await balances(pool) != {}


async def test_the_ring_fence_is_the_unions_own_rule(pool: Pool, unifor_client: httpx.AsyncClient) -> None:
    """W17 R1 and R2 on the screen: which rule, who set it, and never a word of law."""
    foreign = await submit(unifor_client, "/contributions/new", **(GIFT | {"payer": "ue", "fund": "POL-CA"}), action="post")
    assert foreign.status_code == 403
    assert "Blocked by the ring-fence rule set by the unions" in text_of(foreign)
    prepaid = await submit(unifor_client, "/contributions/new", **(GIFT | {"instrument": "prepaid", "fund": "POL-CA"}), action="post")
    assert "fund POL-CA takes no prepaid cards" in text_of(prepaid)
    move = {"account": BANK, "from_fund": "GEN", "to_fund": "POL-CA", "amount": "1000", "date": "2026-05-06", "description": "R2"}
    mixed = await submit(unifor_client, "/journal/interfund/new", **move, action="preview")
    assert (mixed.status_code, "Blocked by the ring-fence rule set by the unions" in text_of(mixed)) == (403, True)
    for answer in (foreign, prepaid, mixed):
        assert not re.search(r"illegal|unlawful|lawful", answer.text, re.IGNORECASE)
    await in_french(unifor_client)
    again = await submit(unifor_client, "/contributions/new", **(GIFT | {"payer": "ue", "fund": "POL-CA", "amount": "5"}), action="post")
    assert "règle de cantonnement fixée par les syndicats" in text_of(again)
    assert await balances(pool) == {}


async def test_a_local_a_mirror_and_a_closed_period(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await accounts.add_local(pool, unifor, key(), NewLocal(union="unifor", number="504", name="Steel", city="Hamilton"))
    assert "504 – Steel, Hamilton" in (await unifor_client.get("/contributions/new")).text
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO periods VALUES ('joint', '2026-01-01', '2026-06-30', 'closed', 1)")
    fields = GIFT | {"payer": "unifor/504", "mirror": "yes"}
    locked = await submit(unifor_client, "/contributions/new", **fields, action="post")
    assert locked.status_code == 409
    assert 'name="entry_date"' in locked.text
    assert "July 1, 2026" in text_of(locked)
    made = await submit(unifor_client, "/contributions/new", **fields, entry_date="2026-07-01", action="post")
    assert made.status_code == 303, text_of(made)
    text = text_of(await unifor_client.get("/contributions/C-0001"))
    assert "Local 504" in text
    assert "Contributions to the joint funds" in text


async def test_money_finds_its_pledge(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient, clock: Clock) -> None:
    clock.now = datetime(2026, 7, 15, 17, 0, tzinfo=UTC)
    await w02(pool, unifor, "recognised")
    begun = await unifor_client.get("/contributions/new", params={"pledge": "P-0001"})
    assert 'value="10,000.00"' in begun.text
    fields = GIFT | {"amount": "10,000.00", "received_on": "2026-07-14"}
    shown = await submit(unifor_client, "/contributions/new", **fields, action="preview")
    assert 'name="use_pledge" value="P-0001"' in shown.text
    assert "Contributions of Unifor" in text_of(shown)
    chosen = await submit(unifor_client, "/contributions/new", **fields, use_pledge="P-0001")
    assert "Pledges receivable from Unifor" in text_of(chosen)
    assert 'name="use_pledge"' not in chosen.text
    more = await submit(unifor_client, "/contributions/new", **(fields | {"pledge": "P-0001", "amount": "70,000.01"}), action="post")
    assert "Record CAD 70,000.00 on the pledge, and the rest as a separate contribution." in text_of(more)
    assert (await submit(unifor_client, "/contributions/new", **fields, pledge="P-0001", action="post")).status_code == 303


async def test_a_contribution_is_taken_back(pool: Pool, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    await record(pool, unifor, gift("unifor", 150_000, "2026-05-04"))
    page = await unifor_client.get("/contributions/C-0001/reverse")
    assert "Contributions of Unifor General fund CAD 1,500.00" in text_of(page)
    assert (await submit(unifor_client, "/contributions/C-0001/reverse", date="2026-11-23", reason="")).status_code == 422
    assert (await submit(ue_client, "/contributions/C-0001/reverse", date="2026-11-23", reason="No")).status_code == 403
    done = await submit(unifor_client, "/contributions/C-0001/reverse", date="2026-11-23", reason="The cheque bounced")
    assert done.headers["location"] == "/contributions/C-0001?done=contribution_reversed"
    text = text_of(await ue_client.get("/contributions/C-0001"))
    assert "It was taken back by J-2" in text
    assert (await unifor_client.get("/contributions/C-0001/reverse")).status_code == 409


async def test_lists_filter_page_and_leave_as_files(pool: Pool, ue: Actor, unifor: Actor, ue_client: httpx.AsyncClient) -> None:
    for number in range(52):
        await record(pool, unifor, gift("unifor", 100 + number, "2026-05-04"))
    await record(pool, ue, gift("ue", 999, "2026-06-04", "STRIKE"))
    first = await ue_client.get("/contributions")
    assert "52 contributions in CAD" in text_of(first)
    assert "1 contribution in USD USD 9.99" in text_of(first)
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older is not None
    assert "C-0001" in (await ue_client.get(older[1].replace("&amp;", "&"))).text
    assert "C-0053" in (await ue_client.get("/contributions", params={"fund": "STRIKE", "from": "1 June 2026"})).text
    assert "No contribution fits" in text_of(await ue_client.get("/contributions", params={"union": "ue", "to": "2026-05-31"}))
    assert "That is not a date" in text_of(await ue_client.get("/contributions", params={"from": "soon"}))
    file = await ue_client.get("/contributions", params={"format": "csv"})
    assert file.headers["content-disposition"].endswith('.csv"')
    assert "C-0053" in file.text
    for format_name in ("xlsx", "pdf", "json"):
        assert (await ue_client.get("/contributions", params={"format": format_name})).status_code == 200
    assert (await ue_client.get("/contributions", params={"after": "rubbish", "union": "a\x00b"})).status_code == 200


async def test_a_pledge_is_spread_looked_at_and_recorded(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    assert "No pledges yet" in text_of(await ue_client.get("/pledges"))
    assert (await unifor_client.get("/pledges/new")).status_code == 200
    shown = await submit(unifor_client, "/pledges/new", **PLEDGE, action="preview")
    text = text_of(shown)
    assert "2026-06-30 CAD 300.00 2026-09-30 CAD 300.00 2026-12-31 CAD 300.00" in text
    assert "Pledges receivable from Unifor General fund CAD 1,200.00" in text
    assert "it stays a memo for now" in text_of(await submit(unifor_client, "/pledges/new", **PLEDGE, condition="If ratified", action="preview"))
    made = await submit(unifor_client, "/pledges/new", **PLEDGE, action="post")
    assert (made.status_code, made.headers["location"]) == (303, "/pledges/P-0001?done=pledge_recorded")
    text = text_of(await ue_client.get("/pledges/P-0001", params={"as_of": "2026-07-15"}))
    assert "CAD 1,200.00 promised by Unifor" in text
    assert "CAD 0.00 has come (0.0%). CAD 600.00 is overdue, the oldest by 106 days." in text
    assert "Cancel the rest" not in text
    listed = text_of(await ue_client.get("/pledges", params={"as_of": "2026-07-15"}))
    assert "oldest 106 days" in listed
    assert "of it more than 90 days CAD 300.00" in listed
    await in_french(ue_client)
    assert "600,00 CAD sont en souffrance" in text_of(await ue_client.get("/pledges/P-0001", params={"as_of": "2026-07-15"}))


async def test_instalments_one_by_one(unifor_client: httpx.AsyncClient) -> None:
    own = PLEDGE | {"way": "own", "part-0-due_on": "2026-12-31", "part-0-amount": "700", "part-1-due_on": "2026-06-30", "part-1-amount": "400"}
    wrong = await submit(unifor_client, "/pledges/new", **own, action="preview")
    assert (wrong.status_code, "The instalments add up to CAD 1,100.00, and the pledge is CAD 1,200.00." in text_of(wrong)) == (422, True)
    longer = await submit(unifor_client, "/pledges/new", **own, action="add-part")
    assert (longer.status_code, 'name="part-2-due_on"' in longer.text) == (200, True)
    made = await submit(unifor_client, "/pledges/new", **(own | {"part-1-amount": "500"}), action="post")
    assert made.status_code == 303, text_of(made)
    missing = await submit(unifor_client, "/pledges/new", **(PLEDGE | {"way": "own"}), action="post")
    assert missing.status_code == 422
    assert (await submit(unifor_client, "/pledges/new", **(PLEDGE | {"count": "61"}), action="post")).status_code == 422
    assert (await submit(unifor_client, "/pledges/new", **(PLEDGE | {"first_due_on": "2290-01-01"}), action="post")).status_code == 422


async def test_a_pledge_is_cancelled_opened_again_and_its_condition_met(
    pool: Pool, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    await w02(pool, unifor, "recognised")
    page = await unifor_client.get("/pledges/P-0001/cancel")
    assert "CAD 70,000.00 will not come." in text_of(page)
    assert "Pledges receivable from Unifor General fund CAD 70,000.00" in text_of(page)
    assert (await submit(unifor_client, "/pledges/P-0001/cancel", reason="")).status_code == 422
    assert (await submit(ue_client, "/pledges/P-0001/cancel", reason="No")).status_code == 403
    done = await submit(unifor_client, "/pledges/P-0001/cancel", reason="Board decision")
    assert done.headers["location"] == "/pledges/P-0001?done=pledge_cancel"
    assert "Open it again" in text_of(await unifor_client.get("/pledges/P-0001"))
    assert "CAD 10,000.00 is overdue" in text_of(await ue_client.get("/pledges/P-0001", params={"as_of": "2026-07-15"}))
    assert "CAD 70,000.00 was cancelled." in text_of(await ue_client.get("/pledges/P-0001"))
    assert (await unifor_client.get("/pledges/P-0001/cancel")).status_code == 409
    again = text_of(await unifor_client.get("/pledges/P-0001/reopen"))
    assert "What will be posted" in again and "Contributions of Unifor General fund CAD 70,000.00" in again
    assert (await submit(unifor_client, "/pledges/P-0001/reopen", reason="Again")).headers["location"] == "/pledges/P-0001?done=pledge_reopen"
    await pledged(pool, unifor, condition="When the merger is ratified")
    assert "waits for its condition" in text_of(await unifor_client.get("/pledges/P-0002"))
    assert (await ue_client.get("/pledges/P-0002/condition")).status_code == 403
    asked = text_of(await unifor_client.get("/pledges/P-0002/condition"))
    assert "Pledges receivable from Unifor General fund CAD 120,000.00" in asked and "Nothing is posted" not in asked
    late = await submit(unifor_client, "/pledges/P-0002/condition", date="2027-01-01")
    assert late.status_code == 422 and "Nothing is posted" not in text_of(late)
    assert (await submit(unifor_client, "/pledges/P-0002/condition", date="2026-07-01")).status_code == 303
    assert "Met on July 1, 2026." in text_of(await unifor_client.get("/pledges/P-0002"))
    for format_name in ("csv", "pdf"):
        assert (await ue_client.get("/pledges", params={"format": format_name})).status_code == 200
    history = text_of(await ue_client.get("/pledges/P-0001")).partition("History")[2]
    assert re.search(r"Pledge recorded J-\d+ .* Rest cancelled Board decision J-\d+ .* Opened again Again J-\d+", history), history


async def test_a_memo_given_up_says_why_and_posts_nothing(
    pool: Pool, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    await pledged(pool, unifor, policy="memo")
    assert "Nothing is posted by this." in text_of(await unifor_client.get("/pledges/P-0001/cancel"))
    assert (await submit(unifor_client, "/pledges/P-0001/cancel", reason="The plant closed")).status_code == 303
    assert "Rest cancelled The plant closed" in text_of(await ue_client.get("/pledges/P-0001"))
    assert "Nothing is posted by this." in text_of(await unifor_client.get("/pledges/P-0001/reopen"))


async def test_money_is_recorded_only_where_an_account_can_take_it(
    pool: Pool, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    await pledged(pool, unifor)
    assert "Record money on it" in text_of(await unifor_client.get("/pledges/P-0001"))
    assert "P-0001" in (await unifor_client.get("/contributions/new")).text
    # UE keeps no CAD account, so nothing of this CAD pledge can reach it.
    assert "Record money on it" not in text_of(await ue_client.get("/pledges/P-0001"))
    assert "P-0001" not in (await ue_client.get("/contributions/new")).text


async def test_an_overdue_instalment_waits_on_the_first_page(
    pool: Pool, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient, clock: Clock
) -> None:
    clock.now = datetime(2026, 7, 15, 17, 0, tzinfo=UTC)
    await w02(pool, unifor, "memo")
    text = text_of(await unifor_client.get("/"))
    assert "One thing needs Unifor’s treasurer. It has waited 15 days." in text
    assert "P-0001 General fund" in text
    assert "CAD 10,000.00" in text
    assert "Nothing waits for you" in text_of(await ue_client.get("/"))


async def test_money_is_moved_between_funds(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await record(pool, unifor, gift("unifor", 150_000, "2026-05-04"))
    assert (await unifor_client.get("/journal/interfund/new")).status_code == 200
    move = {"account": BANK, "from_fund": "GEN", "to_fund": "STRIKE", "amount": "1000", "date": "2026-05-06", "description": "Both boards"}
    shown = await submit(unifor_client, "/journal/interfund/new", **move, action="preview")
    assert "Transfers between funds" in text_of(shown)
    done = await submit(unifor_client, "/journal/interfund/new", **move, action="post")
    assert done.headers["location"] == "/journal/2?done=interfund_moved"
    too_much = await submit(unifor_client, "/journal/interfund/new", **move, action="post")
    assert (too_much.status_code, "has CAD 500.00 in fund GEN" in text_of(too_much)) == (409, True)
    same = await submit(unifor_client, "/journal/interfund/new", **{**move, "to_fund": "GEN"}, action="preview")
    assert (same.status_code, "To fund: Choose another fund than the one it leaves." in text_of(same)) == (422, True)


@pytest.mark.parametrize("path", ["/contributions/C-0099", "/contributions/rubbish", "/pledges/P-0099", "/pledges/P-0099/cancel"])
async def test_what_is_not_there(unifor_client: httpx.AsyncClient, path: str) -> None:
    assert (await unifor_client.get(path)).status_code == 404


async def test_who_may_not_record_sees_no_button(pool: Pool, app: Litestar, unifor: Actor) -> None:
    await w02(pool, unifor, "recognised")
    officer = await add_person(pool, "Luc Desrosiers", "unifor", "officer")
    async with client_for(app, officer) as client:
        assert "Record a contribution" not in text_of(await client.get("/contributions"))
        assert "Record money on it" not in text_of(await client.get("/pledges/P-0001"))
        assert (await client.get("/contributions/new")).status_code == 403
        assert (await client.get("/pledges/new")).status_code == 403


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session")
async def filled(pool: Pool, ue: Actor, unifor: Actor) -> AsyncIterator[None]:
    """Books with a pledge in arrears and a contribution of each union."""
    await w02(pool, unifor, "recognised")
    await record(pool, ue, gift("ue", 2_000_000, "2026-05-14"))
    yield


PATHS = (
    "/contributions", "/contributions/new", "/contributions/C-0001", "/contributions/C-0001/reverse", "/pledges", "/pledges/new", "/pledges/P-0001",
    "/pledges/P-0001/cancel", "/journal/interfund/new",
)  # fmt: skip


@browser_tests
@pytest.mark.parametrize(("language", "theme", "width"), list(itertools.product(("en", "fr"), ("light", "dark"), (1280, 320))))
async def test_every_page_is_accessible_and_fits(
    browser: Browser, filled: None, unifor_client: httpx.AsyncClient, language: str, theme: str, width: int
) -> None:
    if language == "fr":
        await in_french(unifor_client)
    context = await browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", color_scheme=theme)  # type: ignore[arg-type]

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://ledger.localhost")
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/").partition("?")[0]
            await route.fulfill(body=file.read_bytes(), headers={"Content-Type": MEDIA[file.suffix], **HEADERS})
            return
        body: Any = route.request.post_data
        method = route.request.method
        sent = await unifor_client.request(method, path, content=body, headers={"content-type": "application/x-www-form-urlencoded"} if body else {})
        await route.fulfill(status=sent.status_code, body=sent.text, headers={"Content-Type": "text/html; charset=utf-8", **HEADERS})

    await context.route("**/*", answer)
    page, wrong = await context.new_page(), []
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in PATHS:
        await page.goto("http://ledger.localhost" + path)
        wrong += [f"{path}: {one}" for one in await violations(page)]
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path} scrolls sideways")
    for path in ("/contributions/new", "/pledges/new"):
        await page.goto("http://ledger.localhost" + path)
        await page.locator("form.form .buttons button.main").click()
        await page.wait_for_selector(".error-summary")
        wrong += [f"{path} with errors: {one}" for one in await violations(page)]
    await context.close()
    assert wrong == []
    assert faults == []
