"""Matching at the bank in a real browser: one key accepts, one undoes, and what is ticked by hand is matched with one press."""

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, expect

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.pages.test_home_in_chromium import CHROMIUM, browser, faults
from tests.pages.test_requests_in_chromium import DESK, SITE, opened
from tests.pages.test_strike_advances_in_chromium import done
from tests.services import requests_stage
from tests.services.requests_stage import Stage
from tests.services.test_bank import matched_may

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]
assert browser  # a fixture used by name below


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def test_a_key_accepts_a_row_and_another_undoes_it(browser: Browser, app: Litestar, stage: Stage) -> None:
    await matched_may(stage)
    place = f"{SITE}/bank/{await stage.bank('unifor')}"
    async with opened(browser, app, stage.who["unifor treasurer"]) as page:
        await page.goto(f"{place}?by=reference")
        proposed = page.locator('#matches [data-row-key=a][value^="accept-reference"]')
        await expect(proposed).to_have_count(1)
        await page.keyboard.press("j")
        await page.keyboard.press("a")
        await expect(proposed).to_have_count(0)
        await page.goto(f"{place}?state=matched")
        await expect(page.locator("#matches [data-row-key=u]")).to_have_count(1)
        await page.keyboard.press("j")
        await page.keyboard.press("u")
        await expect(page.locator("#matches [data-row-key=u]")).to_have_count(0)
        await page.goto(f"{place}?by=reference")
        await expect(proposed).to_have_count(1)
        assert await faults(page, DESK["width"]) == []


async def test_what_is_ticked_by_hand_is_matched_with_one_press(browser: Browser, app: Litestar, stage: Stage) -> None:
    await matched_may(stage)
    place = f"{SITE}/bank/{await stage.bank('unifor')}"
    async with opened(browser, app, stage.who["unifor treasurer"]) as page:
        await page.goto(f"{place}/hand")
        await page.check('input[name=line][data-minor="-25000"]')
        await expect(page.locator("[data-difference]")).to_have_text("CAD −250.00")
        await page.check('input[name=posting][data-minor="25000"]')
        await expect(page.locator("[data-difference]")).to_have_text("CAD 0.00")
        await page.get_by_role("button", name="Match", exact=True).click()
        await done(page)
        await page.goto(f"{place}?state=matched")
        await expect(page.locator("#matches [data-row-key=u]")).to_have_count(1)
