"""An advance's whole way in a real browser, each person in turn: proposed, approved, paid, reported on from a phone, accepted, the rest returned."""

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, Page, expect

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import Clock
from tests.pages.test_home_in_chromium import CHROMIUM, browser, faults
from tests.pages.test_requests_in_chromium import DESK, PHONE, SITE, opened
from tests.services.test_strike_advances import Line, at, on_strike, with_money

assert browser  # a fixture used by name below
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest_asyncio.fixture(loop_scope="session")
async def line(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> Line:
    at(clock, "2026-06-15")
    await with_money(pool, ue)
    return await on_strike(pool, ue, unifor, "X")


async def done(page: Page) -> None:
    """The page that a form leads to says what was done. (Answers come from this process, so the address is still the form's.)"""
    await expect(page.locator(".flash")).to_be_visible()


@pytest.mark.parametrize(("language", "spent", "left"), [("en", "11,480.00", "520.00"), ("fr", "11 480,00", "520,00")])
async def test_an_advance_from_proposal_to_return(
    browser: Browser, app: Litestar, line: Line, language: str, spent: str, left: str
) -> None:
    size = PHONE if language == "fr" else DESK
    base = f"{SITE}/strikes/{line.strike.number}/advances"
    async with opened(browser, app, line.benefits, language, size) as page:
        await page.goto(base)
        await page.click('main a[href$="/advances/new?local=X"] >> nth=0')
        await expect(page.locator("[name=strikers]")).to_have_value("120")
        await page.click("[value=preview]")
        await page.click("[value=post]")
        await done(page)
        assert await faults(page, size["width"]) == []
    async with opened(browser, app, line.officer, language, size) as page:
        await page.goto(f"{SITE}/strikes/advances/SA-0001")
        await page.click('form[action$="/approve"] button')
        await done(page)
    async with opened(browser, app, line.treasurer, language, size) as page:
        await page.goto(f"{SITE}/strikes/advances/SA-0001/pay")
        await page.click("[value=preview]")
        await expect(page.locator("#preview")).to_be_visible()
        await page.click("[value=post]")
        await done(page)
    async with opened(browser, app, line.benefits, language, PHONE) as page:
        await page.goto(base)
        await page.click('main a[href$="/file?local=X&week=3"]')
        await page.select_option("[name=line-0-category]", "food")
        await page.fill("[name=line-0-amount]", spent)
        await page.fill("[name=signed_by]", "R. Chair, L. Steward")
        assert await faults(page, PHONE["width"]) == []
        await page.click("form .btn.main")
        await done(page)
    async with opened(browser, app, line.officer, language, size) as page:
        await page.goto(f"{base}/accept?local=X")
        await expect(page.locator("[name=weeks]")).to_be_checked()
        await page.click("[value=preview]")
        await expect(page.locator("main")).to_contain_text(left)
        await page.click("[value=post]")
        await done(page)
    async with opened(browser, app, line.treasurer, language, size) as page:
        await page.goto(f"{base}/unspent?local=X")
        await expect(page.locator("[name=amount]")).to_have_value(left)
        await page.click("[value=preview]")
        await page.click("[value=post]")
        await done(page)
        assert await faults(page, size["width"]) == []
    found = await line.statement()
    assert (found.advanced_minor, found.accepted_minor, found.returned_minor, found.open_minor) == (12_000_00, 11_480_00, 520_00, 0)
