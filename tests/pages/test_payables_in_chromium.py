"""A treasurer's whole payment in a real browser, in both languages: find what is to be paid, attach the invoice, look, post, take it back."""

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, expect

from ledger.domain.actors import Actor
from ledger.services import allocations
from ledger.services.pool import Pool
from tests.pages.test_home_in_chromium import CHROMIUM, browser, faults
from tests.pages.test_requests_in_chromium import DESK, PHONE, SITE, opened
from tests.services.requests_stage import Stage, asked, set_stage

assert browser  # a fixture used by name below
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
INVOICE = {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=50_000_00)
    return made


@pytest.mark.parametrize(("language", "typed", "shown"), [("en", "3,900.00", "CAD 100.00"), ("fr", "3 900,00", "CAD 100,00")])
async def test_an_invoice_is_paid_and_taken_back(
    browser: Browser, app: Litestar, pool: Pool, stage: Stage, unifor: Actor, language: str, typed: str, shown: str
) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 4_000_00, "CAD", "Imprimerie du Quai")))
    await stage.payee("Imprimerie du Quai")
    request = await stage.approve(request, "ue officer", "unifor officer")
    async with opened(browser, app, unifor, language, PHONE if language == "fr" else DESK) as page:
        await page.goto(f"{SITE}/payables")
        await page.click(f'main a[href="/payables/{request.number}/1"] >> nth=-1')
        await page.fill("[name=invoice]", "2026-031")
        await page.fill("[name=invoiced_on]", "2026-11-20")
        await page.set_input_files("[name=file]", INVOICE)  # type: ignore[arg-type]
        await page.fill("[name=amount]", typed)
        await page.check("[name=final]")
        await page.select_option("[name=account]", index=1)
        await page.click("[value=preview]")
        await expect(page.locator("main")).to_contain_text(shown)  # what returns to the fund
        assert await faults(page, (PHONE if language == "fr" else DESK)["width"]) == []
        await page.click("[value=post]")
        await expect(page.locator(f'main a[href="/payables/{request.number}/payments/1/reverse"]')).to_be_visible()
        view = await allocations.show_request(pool, unifor, request.number)
        assert (view.allocation.state, view.payments[0].amount_minor, view.payments[0].relieved_minor) == ("completed", 3_900_00, 4_000_00)
        await page.goto(f"{SITE}/payables/{request.number}/payments/1/reverse")
        await page.fill("[name=reason]", "The wire came back")
        await page.click("form .btn.main")
        await expect(page.locator("main .chip.bad").first).to_be_visible()
    view = await allocations.show_request(pool, unifor, request.number)
    assert (view.allocation.state, view.payments[0].state) == ("committed", "reversed")
