"""The boards' pages as board members use them: printed on two sheets, and a figure followed from page to page until its entries."""

import re
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser
from pypdf import PdfReader

from ledger.domain.actors import Actor
from ledger.services import sign_in
from ledger.services.pool import Pool, running
from tests.conftest import drop_books, made_for, sample_books, served
from tests.pages.test_home_in_chromium import CHROMIUM, browser
from tests.pages.test_requests_in_chromium import SITE, opened

assert browser  # a fixture used by name below
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
DRAWN = "[...document.querySelectorAll('.drawn')].map(one => [...one.querySelectorAll('svg')].filter(svg => svg.checkVisibility()).length)"
PAGES = ("/reports/board-overview", "/reports/board-fund?fund=STRIKE", "/reports/board-fund?fund=ORG")


class Books:
    """The sample year, the app on it, and its board members by union."""

    def __init__(self, pool: Pool, app: Litestar, boards: dict[str, Actor]) -> None:
        self.pool, self.app, self.boards = pool, app, boards


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def books(server: tuple[str, str]) -> AsyncIterator[Books]:
    """Read by every test and changed by none."""
    database = await sample_books(server)
    async with running(database) as pool:
        people = [person for person, _ in await sign_in.sample_people(pool) if "board_member" in person.roles]
        app = made_for(pool)
        async with served(pool, app):
            yield Books(pool, app, {str(person.union): sign_in.actor_of(person, "page") for person in people})
    await drop_books(server, database)


@pytest.mark.parametrize(("union", "language"), [("ue", "en"), ("unifor", "fr")])
async def test_a_page_prints_on_two_sheets(browser: Browser, books: Books, union: str, language: str) -> None:
    """On the paper of both nations' printers and of others, whole: nothing is cut off at the side."""
    async with opened(browser, books.app, books.boards[union], language) as page:
        for path in PAGES:
            await page.goto(SITE + path)
            for paper in ("Letter", "A4"):
                sheets = PdfReader(BytesIO(await page.pdf(format=paper))).pages
                assert len(sheets) <= 2, f"{path} {paper} {language}: {len(sheets)} sheets"
            await page.emulate_media(media="print")
            await page.set_viewport_size({"width": 700, "height": 900})  # what is left of a Letter sheet between its margins
            assert await page.evaluate("document.documentElement.scrollWidth") <= 700, f"{path} {language} is wider than its sheet"
            drawings: Any = await page.evaluate(DRAWN)
            assert drawings and set(drawings) == {1}, "each chart once"
            await page.emulate_media(media="null")
            await page.set_viewport_size({"width": 1280, "height": 900})


async def test_a_figure_is_followed_to_its_entries(browser: Browser, books: Books) -> None:
    """From the balance of all funds, by what it is made of and one account's entries, to an entry; the amounts agree all along."""
    async with opened(browser, books.app, books.boards["unifor"]) as page:
        await page.goto(SITE + PAGES[0])
        balance = await page.locator(".tile .big a").first.inner_text()
        await page.locator(".tile .big a").first.click()
        assert await page.locator("#accounts tr.total td").last.inner_text() == balance.strip()
        line = page.locator("#accounts tbody tr:not(.subtotal):not(.total)").first
        amount = (await line.locator("td a").last.inner_text()).strip()
        await line.locator("td a").last.click()
        assert (await page.locator("tr.total td").last.inner_text()).strip() == amount, "the statement closes with the figure"
        await page.locator('a[href^="/journal/"]').last.click()
        assert re.search(r"J-\d+", await page.locator("main").inner_text())
