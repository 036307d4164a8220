"""A weekly run's whole way in a real browser, each person in turn: begun, computed, submitted, approved, paid; then a lost cheque is issued again."""

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, Page, expect

from ledger.domain.actors import Actor
from ledger.domain.strikes import Strike
from ledger.services import strike_payments as payments
from ledger.services import strike_run_views
from ledger.services.pool import Pool
from tests.pages.test_home_in_chromium import CHROMIUM, browser, faults
from tests.pages.test_requests_in_chromium import DESK, PHONE, SITE, opened
from tests.pages.test_strike_advances_in_chromium import done
from tests.services.requests_stage import Stage
from tests.services.runs_stage import enrol, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage

assert browser  # a fixture used by name below
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
# What the week comes to: five whole weeks at CAD 300.00 and three of five days, and the bank's fee for stopping a cheque.
SAID = {"en": {"sum": "1,680.00", "fee": "12.50"}, "fr": {"sum": "1 680,00", "fee": "12,50"}}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("STRIKE", CAD=50_000_00)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def strike(stage: Stage) -> Strike:
    strike, days = await on_strike(stage, "unifor"), weekdays(FIRST_DAY)
    await enrol(stage, strike, *[{}] * 5, {"registered_on": days[2]})
    for member in range(1, 7):
        await picket(stage, strike, member, *days)
    return strike


async def sound(page: Page, size: dict[str, int]) -> None:
    assert await faults(page, size["width"]) == []


@pytest.mark.parametrize("language", SAID)
async def test_a_run_from_its_draft_to_paid_and_a_lost_cheque_issued_again(
    browser: Browser, app: Litestar, pool: Pool, stage: Stage, strike: Strike, language: str
) -> None:
    size, who, said = PHONE if language == "fr" else DESK, stage.who, SAID[language]
    run = f"{SITE}/strikes/runs/SR-2026-1"
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{SITE}/strikes/runs/new?strike={strike.number}")
        await page.select_option("[name=week]", "1")
        await page.click("[value=start]")
        await done(page)
        await page.goto(run)
        await page.click('form[action$="/compute"] button.main')
        await done(page)
        await expect(page.locator("h1")).to_contain_text(said["sum"])
        await sound(page, size)
        await page.goto(run)
        await page.click('form[action$="/submit"] button')
        await done(page)
    async with opened(browser, app, who["unifor officer"], language, size) as page:
        await page.goto(run)
        await page.click('main a[href$="/approve"]')
        await expect(page.locator("table.postings")).to_contain_text(said["sum"])
        await expect(page.locator("main")).not_to_contain_text("Member 1")
        await sound(page, size)
        await page.click("[value=post]")
        await done(page)
    async with opened(browser, app, who["unifor treasurer"], language, size) as page:
        await page.goto(run)
        await page.click('main a[href$="/pay"]')
        await expect(page.locator("table.postings")).to_contain_text(said["sum"])
        await page.fill("[name=first_cheque]", "1001")
        await page.click("[value=preview]")
        await page.click("[value=post]")
        await done(page)
        await sound(page, size)
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{run}/lines/2")
        await expect(page.locator('main a[href$="/reissue"]')).to_have_count(0)
        await page.click('main a[href$="/stop"]')
        await page.fill("[name=fee]", said["fee"])
        await page.fill("[name=reason]", "1002")
        await page.click("[value=preview]")
        await expect(page.locator("#preview")).to_be_visible()
        await sound(page, size)
        await page.click("[value=post]")
        await done(page)
    async with opened(browser, app, who["unifor treasurer"], language, size) as page:
        await page.goto(f"{run}/lines/2")
        await page.click('main a.main[href$="/reissue"]')
        await page.fill("[name=reference]", "1007")
        await page.click("[value=preview]")
        await expect(page.locator("#preview")).to_be_visible()
        await sound(page, size)
        await page.click("[value=post]")
        await done(page)
        await expect(page.locator("#payments")).to_contain_text("1007")
    view = await strike_run_views.show_run(pool, who["unifor benefits"], "SR-2026-1")
    assert (view.run.state, view.run.pay_minor) == ("paid", 1_680_00)
    line = await payments.show_line(pool, who["unifor benefits"], "SR-2026-1", 2)
    assert [(each.reference, each.state, each.amount_minor) for each in line.payments] == [("1007", "issued", 300_00), ("1002", "replaced", 300_00)]
