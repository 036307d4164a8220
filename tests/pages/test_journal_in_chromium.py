"""The journal's pages in a real browser: axe finds nothing, in both languages and themes, on desktop and phone; the balance is live."""

import itertools

import httpx
import pytest
from playwright.async_api import Browser

from ledger.domain.actors import Actor
from ledger.services import documents, journal
from ledger.services.pool import Pool
from tests.pages.test_home_in_chromium import CHROMIUM, answered_by, browser, faults  # noqa: F401 - the browser is a fixture
from tests.pages.test_journal import BANK, ORGANIZING, opened
from tests.services.test_documents import PDF

PATHS = (
    "/journal", "/journal?q=nothing-like-it", "/journal?from=soon", "/journal/1", "/journal/2", "/journal/4", "/journal/new",
    "/journal/new?kind=opening", "/journal/3/reverse", "/journal/3/correct", "/documents/new?kind=journal&subject=1",
)  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_every_page_is_accessible_and_fits(browser: Browser, pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:  # noqa: F811
    await opened(pool, ue, 1_234_56, 200)
    await journal.reverse(pool, ue, "chromium-1", 2, None, "Posted twice")
    await documents.attach(pool, ue, "chromium-2", "journal", "1", "slip.pdf", "application/pdf", PDF)
    wrong: list[str] = []

    def note(text: str) -> None:
        wrong.append(text)

    for language, (theme, width) in itertools.product(("en", "fr"), (("light", 1280), ("dark", 320))):
        await ue_client.post("/language", data={"language": language, "next": "/"})
        context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
        await context.route("**/*", answered_by(ue_client))
        page = await context.new_page()
        page.on("console", lambda message: note(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: note(str(error)))
        for path in PATHS:
            answer = await page.goto(f"http://127.0.0.1:8000{path}")
            assert answer is not None
            assert answer.status == 200, path
            wrong += [f"{language} {theme} {path}: {one}" for one in await faults(page, width)]
        await context.close()
    assert wrong == [], "\n".join(wrong)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_an_entry_is_written_with_a_live_balance(browser: Browser, pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:  # noqa: F811
    await opened(pool, ue)
    context = await browser.new_context()
    await context.route("**/*", answered_by(ue_client))
    page = await context.new_page()
    await page.goto("http://127.0.0.1:8000/journal/new")
    await page.get_by_label("What it is").fill("Leaflets")
    for number, (account, side) in enumerate(((ORGANIZING, "debit"), (BANK, "credit"))):
        await page.fill(f"[name=line-{number}-account]", account)
        await page.select_option(f"[name=line-{number}-fund]", "GEN")
        await page.fill(f"[name=line-{number}-{side}]", "12.50")
        await page.keyboard.press("Tab")
        words = "Balanced" if number else "more credit is needed"
        await page.locator("output.balance").get_by_text(words).wait_for()
    await page.get_by_role("button", name="Look at it first").click()
    await page.get_by_role("heading", name="What will be posted").wait_for()
    await page.get_by_role("button", name="Post this entry").click()
    await page.get_by_role("heading", name="Leaflets").wait_for()
    await context.close()
