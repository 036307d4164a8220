"""Deciding on pages: an officer's queue that empties, what each reader may do or why not, boards that vote and resolve; in a browser by keys alone."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, Page

from ledger.domain.actors import Actor
from ledger.domain.allocations import Allocation
from ledger.services import allocation_decisions as decisions
from ledger.services import allocations, documents
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.pages.test_home_in_chromium import CHROMIUM, answered_by, browser, faults  # noqa: F401 - the browser is a fixture
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_documents import PDF
from tests.services.test_transfers import a_rate

SITE = "http://127.0.0.1:8000"
SMALL, MIDDLE, LARGE = 5_000_00, 25_000_00, 25_000_01


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=100_000_00, USD=40_000_00)
    await a_rate(pool, date(2026, 11, 20), "1.3725")
    return made


async def one(stage: Stage, amount: int = SMALL, **more: Any) -> Allocation:
    return await stage.request(asked(await stage.campaign(), ("Leaflets", amount, "CAD", "Imprimerie du Quai"), **more))


@asynccontextmanager
async def reading(app: Litestar, who: Actor, language: str = "en") -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app, who) as client:
        await client.post("/language", data={"language": language, "next": "/"})
        yield client


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def key_of(answer: httpx.Response) -> dict[str, str]:
    return {"form_key": re.findall(r'name="form_key" value="([^"]+)"', answer.text)[-1]}


async def send(client: httpx.AsyncClient, address: str, **fields: str) -> httpx.Response:
    """Open a form, fill it in and send it."""
    shown = await client.get(address)
    assert shown.status_code == 200, text_of(shown)
    revision = re.findall(r'name="revision" value="(\d+)"', shown.text)[-1]
    return await client.post(address.partition("?")[0], data={**key_of(shown), "revision": revision, **fields})


# --- the queue --------------------------------------------------------------------------------------------------------------


async def test_everything_that_a_decision_needs_is_on_one_screen(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign()
    first = await stage.request(asked(campaign, ("Leaflets", 3_000_00, "CAD", "Imprimerie du Quai")))
    request = await stage.request(asked(campaign, ("More leaflets", 2_000_00, "CAD", "Imprimerie du Quai"), ("Bus", 500_00, "USD", "Erie Coach")))
    await documents.attach(stage.pool, stage.who["unifor lead"], stage.key(), "request", request.number, "offer.pdf", "application/pdf", PDF)
    await allocations.comment(stage.pool, stage.who["unifor lead"], stage.key(), request.number, "The price holds until Friday.")
    await stage.approve(request, "ue secretary")
    async with reading(app, stage.who["unifor secretary"]) as client:
        words = text_of(await client.get(f"/requests/queue?at={request.number}"))
        wanted = (
            "CAD 2,000.00 and USD 500.00 for Hamilton organizing", "asked by Lead of unifor", "Organizing the Hamilton plants", "Imprimerie du Quai",
            "CAD 100,000.00", "CAD 98,000.00", "USD 39,500.00", "CAD 5,686.25", f"CAD 3,000.00 asked of Imprimerie du Quai in {first.number}",
            "within 30 days counts as one amount", "More than CAD 5,000.00, up to CAD 25,000.00: the secretary-treasurer of each union.",
            "Approval rules 1",
            "USD 1 = CAD 1.3725", "Secretary of ue, Secretary-treasurer", "offer.pdf", "The price holds until Friday.",
        )  # fmt: skip
        assert [one for one in wanted if one not in words] == [], words


async def test_after_a_decision_the_next_one_comes_up(app: Litestar, stage: Stage) -> None:
    first, second, third = [await one(stage, 100_00 * count) for count in (1, 2, 3)]
    async with reading(app, stage.who["ue officer"]) as client:
        assert "CAD 100.00 for Hamilton organizing" in text_of(await client.get("/requests/queue"))
        shown = await client.get(f"/requests/{second.number}/decide/return?from=queue")
        empty = await client.post(f"/requests/{second.number}/decide/return", data={**key_of(shown), "revision": "1", "from": "queue"})
        assert empty.status_code == 422 and 'aria-invalid="true"' in empty.text
        sent = await send(client, f"/requests/{second.number}/decide/return?from=queue", reason="Which hall?", **{"from": "queue"})
        assert sent.headers["location"] == f"/requests/queue?at={third.number}&done=request_sent_back"
        sent = await send(client, f"/requests/{third.number}/decide/decline?from=queue", reason="Too late", **{"from": "queue"})
        assert sent.headers["location"] == "/requests/queue?at=&done=request_declined"
        sent = await send(client, f"/requests/{first.number}/decide/approve?from=queue", **{"from": "queue"})
        assert sent.headers["location"] == "/requests/queue?at=&done=request_approved"
        assert "The queue is empty" in text_of(await client.get(sent.headers["location"]))
    states = {(await allocations.show_request(stage.pool, stage.who["ue officer"], r.number)).allocation.state for r in (first, second, third)}
    assert states == {"part_approved", "returned", "rejected"}


async def test_a_step_back_from_a_request_leads_to_it(app: Litestar, stage: Stage) -> None:
    request = await one(stage)
    async with reading(app, stage.who["ue officer"]) as client:
        for act, fields, done in (
            ("take-up", {}, "request_take_up"), ("suspend", {"reason": "The owner is asked"}, "request_suspend"), ("resume", {}, "request_resume"),
            ("step-aside", {"reason": "My brother works there"}, "request_recused"),
        ):  # fmt: skip
            sent = await send(client, f"/requests/{request.number}/decide/{act}", **fields)
            assert sent.headers["location"] == f"/requests/{request.number}?done={done}"
        assert (await client.get(f"/requests/{request.number}/decide/approve")).headers["location"] == f"/requests/{request.number}#decide"
        assert "You declared an interest that touches" in text_of(await client.get("/requests/queue"))
        assert (await client.get(f"/requests/{request.number}/decide/nothing")).status_code == 404


# --- refusals ---------------------------------------------------------------------------------------------------------------


async def test_an_approval_of_what_was_changed_meanwhile_says_what_changed(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign()
    request = await stage.request(asked(campaign, ("Leaflets", 900_00, "CAD", "Imprimerie du Quai")))
    async with reading(app, stage.who["ue officer"]) as client:
        shown = await client.get(f"/requests/{request.number}/decide/approve?from=queue")
        changed = asked(campaign, ("Leaflets", 1_900_00, "CAD", "Imprimerie du Quai"))
        await allocations.submit(stage.pool, stage.who["unifor lead"], stage.key(), request.number, changed)
        fields = {**key_of(shown), "revision": "1", "from": "queue", "reason": "As offered"}
        refused = await client.post(f"/requests/{request.number}/decide/approve", data=fields)
        words = text_of(refused)
        assert refused.status_code == 409 and "It was changed since you read it; this is version 2." in words, words
        assert "CAD 900.00" in words and "CAD 1,900.00" in words and "As offered" in refused.text and "/help/problems/request_changed" in refused.text
        again = {**fields, **key_of(refused), "revision": re.findall(r'name="revision" value="(\d+)"', refused.text)[-1]}
        assert (await client.post(f"/requests/{request.number}/decide/approve", data=again)).status_code == 303


async def test_the_last_approval_is_refused_where_the_fund_has_less(app: Litestar, stage: Stage) -> None:
    request = await stage.request(asked(await stage.campaign(initiative="education"), ("Training", SMALL, "CAD", ""), fund="EDU"))
    await stage.approve(request, "ue officer")
    async with reading(app, stage.who["unifor officer"]) as client:
        words = text_of(await client.get("/requests/queue"))
        assert "The fund has less than this asks for: the last approval would be refused." in words
        refused = await send(client, f"/requests/{request.number}/decide/approve?from=queue", **{"from": "queue"})
        assert refused.status_code == 409 and "/help/problems/insufficient_available" in refused.text and "The rule" in text_of(refused)


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("unifor officer", "Yours to decide."), ("ue secretary", "Yours to decide."), ("ue officer", "You have decided."),
        ("unifor secretary", "You asked for it, so somebody else decides."), ("ue board", "It needs nothing from you by the rules of today."),
    ],
)  # fmt: skip
async def test_the_request_s_own_page_says_whether_one_may_decide(app: Litestar, stage: Stage, who: str, says: str) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Hall", 100_00, "CAD", "")), by="secretary")
    await stage.approve(request, "ue officer")
    async with reading(app, stage.who[who]) as client:
        # UE's own requirement is met, so its secretary-treasurer is not needed any more.
        expected = "It needs nothing from you by the rules of today." if who == "ue secretary" else says
        shown = await client.get(f"/requests/{request.number}")
        assert expected in text_of(shown) and ("/decide/approve" in shown.text) == (who == "unifor officer")


@pytest.mark.parametrize("who", ["unifor lead", "ue treasurer", "unifor treasurer", "ue deputy"])
async def test_who_decides_nothing_is_offered_nothing(app: Litestar, stage: Stage, who: str) -> None:
    request = await one(stage)
    async with reading(app, stage.who[who]) as client:
        shown = await client.get(f"/requests/{request.number}")
        assert shown.status_code == 200 and "/decide/" not in shown.text and 'id="decide"' not in shown.text
        assert (await client.get("/requests/queue")).status_code == 403


async def test_a_ring_fenced_fund_s_request_is_read_by_the_other_nation_with_the_rule(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign(initiative="political_action")
    request = await stage.request(asked(campaign, ("Signs", 100_00, "CAD", ""), fund="POL-CA", electoral=True))
    async with reading(app, stage.who["ue officer"]) as client:
        shown = await client.get(f"/requests/{request.number}")
        assert "Its fund is ring-fenced: only people of the fund’s own nation decide." in text_of(shown)
        assert "/help/problems/approver_not_eligible" in shown.text
        assert "Not yours to decide" in text_of(await client.get("/requests/queue"))


# --- boards -----------------------------------------------------------------------------------------------------------------


async def test_an_officer_records_what_the_board_resolved_with_a_document(app: Litestar, stage: Stage) -> None:
    request = await stage.approve(await one(stage, LARGE), "ue officer", "unifor officer")
    for union, outcome in (("ue", "carried"), ("unifor", "lost")):
        async with reading(app, stage.who[f"{union} officer"]) as client:
            assert "CAD 25,000.01 for Hamilton organizing" in text_of(await client.get("/requests/board"))
            address = f"/requests/{request.number}/resolution"
            shown = await client.get(address)
            fields = {**key_of(shown), "revision": "1", "number": f"{union}-14", "decided_on": "2026-11-20", "outcome": outcome}
            wanting = await client.post(address, data=fields)
            assert wanting.status_code == 422 and f"{union}-14" in wanting.text
            upload = {"file": (f"{union}.pdf", PDF + union.encode(), "application/pdf")}
            early = await client.post(address, data={**fields, **key_of(wanting), "decided_on": "2030-01-01"}, files=upload)
            assert early.status_code == 422 and "2030-01-01" in early.text
            sent = await client.post(address, data={**fields, **key_of(early)}, files=upload)
            assert sent.headers["location"] == f"/requests/{request.number}?done=request_resolved", text_of(sent)
    view = await allocations.show_request(stage.pool, stage.who["ue officer"], request.number)
    assert view.case is not None and [(r.union, r.number, r.outcome, r.source) for r in view.case.resolutions] == [
        ("ue", "ue-14", "carried", "meeting"), ("unifor", "unifor-14", "lost", "meeting"),
    ]  # fmt: skip
    assert view.allocation.state == "rejected"


async def test_a_resolution_names_a_document_that_is_there_already(app: Litestar, stage: Stage) -> None:
    request = await one(stage, LARGE)
    kept = await documents.attach(stage.pool, stage.who["ue officer"], stage.key(), "request", request.number, "GEB-14.pdf", "application/pdf", PDF)
    async with reading(app, stage.who["ue officer"]) as client:
        shown = await client.get(f"/requests/{request.number}/resolution")
        assert f'value="{kept.id}"' in shown.text
        sent = await send(
            client, f"/requests/{request.number}/resolution", number="GEB-14", decided_on="2026-11-20", outcome="carried", document=str(kept.id)
        )
        assert sent.status_code == 303, text_of(sent)


async def test_a_board_votes_to_the_end(app: Litestar, stage: Stage) -> None:
    """UE's board has twelve seats and a quorum of seven: five for, one against, one abstention, and the officer closes the vote."""
    request = await stage.approve(await one(stage, LARGE), "ue officer", "unifor officer")
    votes = ["for"] * 5 + ["against", "abstain"]
    for place, choice in enumerate(votes, 1):
        member = await add_person(stage.pool, f"Member {place}", "ue", "board_member")
        async with reading(app, member) as client:
            assert f"Vote on request {request.number}" in text_of(await client.get("/"))
            nothing = await client.post(f"/requests/{request.number}/vote", data={"form_key": f"empty-vote-{place}", "revision": "1"})
            assert nothing.status_code == 422
            sent = await send(client, f"/requests/{request.number}/vote", vote=choice, remark=f"Remark {place}")
            assert sent.headers["location"] == f"/requests/{request.number}/vote?done=request_voted", text_of(sent)
            after = text_of(await client.get(sent.headers["location"]))
            assert f"{place} of 12 have voted" in after and f"Member {place}" in after and f"Remark {place}" in after
            assert f"Vote on request {request.number}" not in text_of(await client.get("/"))
    async with reading(app, stage.who["ue officer"]) as client:
        words = text_of(await client.get("/requests/board"))
        assert "7 of 12 have voted: 5 for, 1 against, 1 abstained; the quorum is 7." in words
        assert "1 more vote for it carries it. 5 more votes against it lose it." in words
        sent = await send(client, f"/requests/{request.number}/decide/close-vote?from=board", **{"from": "board"})
        assert sent.headers["location"] == "/requests/board?done=request_close_vote", text_of(sent)
        assert "Nothing is before the board" in text_of(await client.get("/requests/board"))
    async with reading(app, await add_person(stage.pool, "Member 8", "ue", "board_member")) as client:
        late = await client.post(f"/requests/{request.number}/vote", data={"form_key": "late-vote-1", "revision": "1", "vote": "for"})
        assert late.status_code == 409 and "/help/problems/resolution_exists" in late.text


async def test_readers_follow_what_is_before_both_boards(app: Litestar, stage: Stage) -> None:
    request = await one(stage, LARGE)
    for who in (await add_person(stage.pool, "An Auditor", None, "trustee"), stage.who["unifor treasurer"]):
        async with reading(app, who) as client:
            shown = await client.get("/requests/board")
            assert "CAD 25,000.01" in text_of(shown) and f"/requests/{request.number}/vote" not in shown.text
    async with reading(app, stage.who["unifor lead"]) as client:
        assert (await client.get("/requests/board")).status_code == 403


# --- in a browser -----------------------------------------------------------------------------------------------------------


async def opened(browser: Browser, client: httpx.AsyncClient, width: int = 390) -> Page:  # noqa: F811
    context = await browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    await context.route("**/*", answered_by(client))
    return await context.new_page()


async def shows(page: Page, amount: str) -> None:
    """Wait for a request of the queue to be there, drawn, with the script that answers to keys: a browser drops keys pressed before that."""
    await page.locator("#one-title", has_text=amount).wait_for()
    await drawn(page)


async def drawn(page: Page) -> None:
    """Wait for the page to be loaded and painted."""
    await page.wait_for_load_state()
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_an_officer_empties_a_queue_by_keys_alone_in_french_on_a_phone(app: Litestar, stage: Stage, browser: Browser) -> None:  # noqa: F811
    requests = [await one(stage, 100_00 * count) for count in range(1, 6)]
    async with reading(app, stage.who["ue officer"], "fr") as client:
        page = await opened(browser, client)
        await page.goto(f"{SITE}/requests/queue")
        await shows(page, "100,00")
        await page.keyboard.press("?")
        assert await page.get_by_text("la demande suivante, et la précédente").is_visible()
        await page.keyboard.press("Escape")
        await page.locator("#keys").wait_for(state="hidden")
        for key, shown in (("j", "200,00"), ("j", "300,00"), ("k", "200,00"), ("k", "100,00")):
            await page.keyboard.press(key)
            await shows(page, shown)
        for amount in ("100,00", "200,00", "300,00"):
            await shows(page, amount)
            assert await faults(page, 390) == []
            await page.keyboard.press("a")
            await page.get_by_role("button", name=f"Approuver {amount}\u00a0CAD").wait_for()
            await drawn(page)
            assert await page.evaluate("document.activeElement.textContent.includes('Approuver')")
            await page.keyboard.press("Enter")
        for key, amount in (("r", "400,00"), ("d", "500,00")):
            await shows(page, amount)
            await page.keyboard.press(key)
            await page.locator("textarea:focus").wait_for()
            await drawn(page)
            await page.keyboard.type("Il manque le devis.")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
        await page.get_by_text("La file est vide").wait_for()
        await page.context.close()
    states = [(await allocations.show_request(stage.pool, stage.who["ue officer"], r.number)).allocation.state for r in requests]
    assert states == ["part_approved"] * 3 + ["returned", "rejected"]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_a_key_does_nothing_where_it_is_not_listed(app: Litestar, stage: Stage, browser: Browser) -> None:  # noqa: F811
    request = await one(stage)
    async with reading(app, stage.who["ue officer"]) as client:
        page = await opened(browser, client, 1280)
        await page.goto(f"{SITE}/requests/{request.number}")
        await page.keyboard.press("a")
        await page.keyboard.press("?")
        assert await page.locator("#keys").get_by_text("approve it, after a look at what exactly").count() == 0
        assert page.url == f"{SITE}/requests/{request.number}"
        await page.context.close()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_a_member_votes_without_a_script(app: Litestar, stage: Stage, browser: Browser) -> None:  # noqa: F811
    request = await stage.approve(await one(stage, LARGE), "ue officer", "unifor officer")
    async with reading(app, stage.who["unifor board"]) as client:
        context = await browser.new_context(java_script_enabled=False)
        await context.route("**/*", answered_by(client))
        page = await context.new_page()
        await page.goto(f"{SITE}/")
        await page.get_by_role("link", name=f"Vote on request {request.number}").click()
        await page.get_by_label("I vote for it").check()
        await page.locator("main").get_by_role("button", name="Vote").click()
        await page.get_by_text("1 of 25 have voted").first.wait_for()
        await context.close()
    view = await allocations.show_request(stage.pool, stage.who["unifor board"], request.number)
    assert [(vote.union, vote.vote) for vote in view.votes] == [("unifor", "for")]


async def test_a_committed_request_comes_back_to_be_approved_as_of_today(app: Litestar, stage: Stage, clock: Any) -> None:
    """USD 3,600.00 is CAD 4,941.00 when the officers approve it, and CAD 5,040.00 the next day."""
    request = await stage.request(asked(await stage.campaign(), ("Hall", 3_600_00, "USD", "")))
    await stage.approve(request, "ue officer", "unifor officer")
    await a_rate(stage.pool, date(2026, 11, 23), "1.4000")
    async with reading(app, stage.who["ue secretary"]) as client:
        assert f"Approve request {request.number} as of today" in text_of(await client.get("/"))
        assert "Yours to approve again." in text_of(await client.get(f"/requests/{request.number}"))
        sent = await send(client, f"/requests/{request.number}/decide/approve?from=queue", **{"from": "queue"})
        assert sent.headers["location"] == "/requests/queue?at=&done=request_approved"
    assert await decisions.approve(stage.pool, stage.who["unifor secretary"], stage.key(), request.number, request.revision)
