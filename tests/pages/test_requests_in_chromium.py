"""A campaign lead's whole job in a real browser: a draft on a phone that saves itself, taken up at a desk, submitted, changed after an approval;
with the keyboard alone, without a script, and without a connection.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, Page, Route, expect

from ledger.domain.actors import Actor
from ledger.services import allocations
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter
from tests.conftest import client_for
from tests.pages.test_home_in_chromium import CHROMIUM, answered_by, browser, faults
from tests.services.requests_stage import Stage, set_stage
from tests.services.test_funds import known_rate

assert browser  # a fixture used by name below
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
SITE = "http://127.0.0.1:8000"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SAID = {
    "en": {
        "saved": "Saved", "needs": "one of UE’s officers and one of Unifor’s", "amount": "1,250.50", "total": "1,250.50", "waits": "Waits for one of UE’s",
        "more": "2,000", "voids": "will no longer count", "kept": "So these approvals no longer count",
    },
    "fr": {
        "saved": "Enregistré", "needs": "une dirigeante ou un dirigeant d’UE", "amount": "1 250,50", "total": "1 250,50", "waits": "Attend une dirigeante",
        "more": "2 000", "voids": "ne compteront plus", "kept": "Ces approbations ne comptent donc plus",
    },
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=100_000_00, USD=40_000_00)
    await known_rate(pool)
    return made


@asynccontextmanager
async def opened(
    browser: Browser, app: Litestar, actor: Actor, language: str = "en", size: Any = None, **more: Any
) -> AsyncIterator[Page]:
    """A page of a browser in which somebody is signed in."""
    async with client_for(app, actor) as client:
        await client.post("/language", data={"language": language, "next": "/"})
        context = await browser.new_context(viewport=size or DESK, reduced_motion="reduce", **more)
        await context.route("**/*", answered_by(client))
        try:
            yield await context.new_page()
        finally:
            await context.close()


async def number_of(pool: Pool, actor: Actor) -> str:
    """The number of the only request."""
    (found,) = (await allocations.list_requests(pool, actor, Filter())).items
    return found.number


async def fill_in(page: Page, amount: str) -> None:
    await page.fill("[name=purpose]", "Leaflets for the card drive")
    await page.fill("[name=needed_by]", "2026-12-15")
    await page.fill("[name=line-0-what]", "Leaflets")
    await page.fill("[name=line-0-amount]", amount)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_from_a_draft_on_a_phone_to_a_change_after_an_approval(
    browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str
) -> None:
    said, lead = SAID[language], stage.who["unifor lead"]
    await stage.campaign()
    async with opened(browser, app, lead, language, PHONE) as phone:
        await phone.goto(f"{SITE}/requests/new")
        await phone.check("[name=fund][value=GEN]")
        await fill_in(phone, said["amount"])
        await phone.locator("[name=line-0-payee]").focus()
        await expect(phone.locator("#state .saved")).to_contain_text(said["saved"])
        await expect(phone.locator("#live")).to_contain_text(said["needs"])
        await expect(phone.locator("#live")).to_contain_text(said["total"])
        number = await number_of(pool, lead)
        assert phone.url == f"{SITE}/requests/{number}/change"
        assert await faults(phone, PHONE["width"]) == []
    async with opened(browser, app, lead, language) as desk:
        await desk.goto(f"{SITE}/requests/{number}/change")
        assert await desk.input_value("[name=line-0-what]") == "Leaflets"
        await submit(desk)
        await expect(desk.locator(".lede")).to_contain_text(said["waits"])
        assert await faults(desk, DESK["width"]) == []
        view = await allocations.show_request(pool, lead, number)
        await stage.approve(view.allocation, "ue officer")
        await desk.goto(f"{SITE}/requests/{number}/change")
        await desk.fill("[name=line-0-amount]", said["more"])
        await desk.click("[value=preview]")
        await expect(desk.locator("#preview")).to_contain_text(said["voids"])
        await desk.click("[value=post]")
        await expect(desk.locator("#changes")).to_contain_text(said["kept"])
    assert (await allocations.show_request(pool, lead, number)).revisions[-1].lines[0].amount_minor == 2_000_00


async def submit(page: Page) -> None:
    await page.click("[value=preview]")
    await expect(page.locator("#preview")).to_be_visible()
    await page.click("[value=post]")
    await expect(page.locator("#history")).to_be_visible()


async def test_with_the_keyboard_alone(browser: Browser, app: Litestar, pool: Pool, stage: Stage) -> None:
    lead = stage.who["unifor lead"]
    await stage.campaign()
    async with opened(browser, app, lead) as page:
        await page.goto(f"{SITE}/requests/new")
        await page.focus("[name=campaign]")

        async def tab_to(wanted: str) -> None:
            """Press Tab until a field of this name, or a button of this value, has the focus."""
            for _ in range(60):
                if await page.evaluate("document.activeElement.name === 'action' ? document.activeElement.value : document.activeElement.name") == wanted:
                    return
                await page.keyboard.press("Tab")
            raise AssertionError(f"{wanted} is not reached by Tab")

        await tab_to("fund")
        await page.keyboard.press("Space")
        for name, text in (("purpose", "Leaflets"), ("needed_by", "2026-12-15"), ("line-0-what", "Print"), ("line-0-amount", "400")):
            await tab_to(name)
            await page.keyboard.type(text)
        await tab_to("add-line")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Hall")
        await tab_to("line-1-amount")
        await page.keyboard.type("150")
        await tab_to("preview")
        await page.keyboard.press("Enter")
        await expect(page.locator("#preview")).to_be_focused()
        await tab_to("post")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_contain_text("CAD 550.00 for Hamilton organizing")


async def test_without_a_script(browser: Browser, app: Litestar, pool: Pool, stage: Stage) -> None:
    await stage.campaign(initiative="political_action")
    campaign = await stage.campaign()
    async with opened(browser, app, stage.who["unifor lead"], size=PHONE, java_script_enabled=False) as page:
        await page.goto(f"{SITE}/requests/new")
        await page.select_option("[name=campaign]", campaign)
        await page.click("[value=show]")
        await page.check("[name=fund][value=GEN]")
        await fill_in(page, "900")
        await page.click("[value=add-line]")
        await page.fill("[name=line-1-what]", "Hall")
        await page.fill("[name=line-1-amount]", "100")
        await submit(page)
        await expect(page.locator("h1")).to_contain_text("CAD 1,000.00 for Hamilton organizing")


async def test_what_may_be_chosen_follows_the_campaign(browser: Browser, app: Litestar, stage: Stage) -> None:
    political, other = await stage.campaign(initiative="political_action"), await stage.campaign()
    async with opened(browser, app, stage.who["unifor lead"]) as page:
        await page.goto(f"{SITE}/requests/new")
        funds = page.locator("[name=fund]")
        await expect(funds).to_have_count(0)
        await page.select_option("[name=campaign]", political)
        await expect(page.locator("[name=electoral]")).to_have_count(2)
        await page.check("[name=electoral][value=yes]")
        await expect(funds).to_have_count(1)
        await page.select_option("[name=campaign]", other)
        await expect(page.locator("[name=electoral]")).to_have_count(0)
        await expect(funds).to_have_count(2)
        assert "/requests/new" in page.url


async def test_without_a_connection_it_says_so_and_tries_again(browser: Browser, app: Litestar, pool: Pool, stage: Stage) -> None:
    lead, away = stage.who["unifor lead"], True
    await stage.campaign()
    async with opened(browser, app, lead) as page:
        await page.goto(f"{SITE}/requests/new")

        async def fail(route: Route) -> None:
            await (route.abort() if away and route.request.method == "POST" else route.fallback())

        await page.route(re.compile("/requests/"), fail)
        await page.fill("[name=purpose]", "Leaflets")
        await page.locator("[name=needed_by]").focus()
        await expect(page.locator("#state .saved")).to_contain_text("Not saved: there is no answer.")
        away = False
        await page.fill("[name=needed_by]", "2026-12-15")
        await page.locator("[name=purpose]").focus()
        await expect(page.locator("#state .saved")).to_have_text(re.compile("^Saved "))
    view = await allocations.show_request(pool, lead, await number_of(pool, lead))
    assert view.allocation.draft is not None and view.allocation.draft["needed_by"] == "2026-12-15"


async def test_a_language_switch_saves_first_and_keeps_what_was_typed(browser: Browser, app: Litestar, stage: Stage) -> None:
    await stage.campaign()
    async with opened(browser, app, stage.who["unifor lead"]) as page:
        await page.goto(f"{SITE}/requests/new")
        await page.fill("[name=line-0-what]", "Leaflets")
        await page.fill("[name=line-0-amount]", "1,250.50")
        await page.click(".languages [value=fr]")
        await expect(page.locator("html")).to_have_attribute("lang", "fr-CA")
        await expect(page.locator("[name=line-0-amount]")).to_have_value("1\u00a0250,50")
