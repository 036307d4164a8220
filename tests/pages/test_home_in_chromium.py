"""The first page, funds, accounts, unions and search in a real browser, on real books: axe, both languages and themes, desktop and phone."""

import itertools
import shutil
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.exchange import ProposeRate
from ledger.services import accounts, exchange, funds
from ledger.services.pool import Pool
from tests.conftest import Clock
from tests.services.test_funds import PROPOSAL, gift, known_rate, post

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PATHS = (
    "/", "/funds", "/funds/STRIKE", "/funds/HALL", "/funds/new", "/funds/HALL/confirm", "/funds/STRIKE/close", "/funds/STRIKE/change",
    "/accounts?book=joint", "/accounts/3", "/accounts/4", "/accounts/new", "/unions", "/unions/locals/new", "/search?q=20000", "/search",
    "/search?q=trust",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for the module."""
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        await opened.close()


async def some_books(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    """Money in both currencies, some committed, some in transit, and two things that wait for Unifor."""
    await gift(pool, ue, "2026-11-02", 2_000_000)
    await gift(pool, unifor, "2026-11-03", 5_000_000)
    await known_rate(pool)
    sent = [("Assets:In-transit", "USD", 150_000), ("Assets:Bank:UE-trust-USD", "USD", -150_000)]
    await post(pool, ue, "2026-11-10", "Wire to Unifor", "STRIKE", sent)
    committed = [("Budget:Encumbrances", "CAD", 850_000), ("Budget:Reserve-for-encumbrances", "CAD", -850_000)]
    await post(pool, unifor, "2026-11-10", "Request approved", "STRIKE", committed)
    await exchange.propose_rate(pool, ue, "propose-rate-1", ProposeRate(observed_on=date(2026, 11, 19), value="1.3725", source="boc"))
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    await accounts.add_local(pool, unifor, "add-local-1", NewLocal(union="unifor", number="504", name="Local 504", city="Hamilton"))
    clock.now += timedelta(days=6)


def answered_by(client: httpx.AsyncClient):  # type: ignore[no-untyped-def]
    """Let the browser's requests go to the app in this process, signed in as the client is."""

    async def answer(route: Route) -> None:
        request = route.request
        headers = {name: value for name, value in request.headers.items() if name not in ("cookie", "host")}
        # A redirect cannot be given to an intercepted request, so it is followed here.
        got = await client.request(request.method, request.url, content=request.post_data_buffer, headers=headers, follow_redirects=True)
        kept = {name: value for name, value in got.headers.items() if name not in ("content-length", "content-encoding")}
        await route.fulfill(status=got.status_code, headers=kept, body=got.content)

    return answer


async def faults(page: Page, width: int) -> list[str]:
    """What axe finds, and whether the page scrolls sideways."""
    await page.wait_for_load_state("load")  # its stylesheet too: without it every link is too small
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    broad = [f"scrolls sideways: {wide}"] if wide > width else []
    return broad + [f"{v['id']}: {node['html'][:160]}" for v in found["violations"] for node in v["nodes"]]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_every_page_is_accessible_and_fits(
    browser: Browser, pool: Pool, clock: Clock, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient
) -> None:
    await some_books(pool, clock, ue, unifor)
    wrong: list[str] = []

    def note(text: str) -> None:
        wrong.append(text)

    for language, (theme, width) in itertools.product(("en", "fr"), (("light", 1280), ("dark", 320))):
        await unifor_client.post("/language", data={"language": language, "next": "/"})
        context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
        await context.route("**/*", answered_by(unifor_client))
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
async def test_a_fund_is_confirmed_from_the_first_page(
    browser: Browser, pool: Pool, clock: Clock, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient
) -> None:
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    context = await browser.new_context(java_script_enabled=False)
    await context.route("**/*", answered_by(unifor_client))
    page = await context.new_page()
    await page.goto("http://127.0.0.1:8000/")
    await page.get_by_role("link", name="Confirm the new fund Union halls").click()
    await page.get_by_role("link", name="Review and confirm").click()
    await page.get_by_role("button", name="Confirm this fund").click()
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT confirmed FROM funds WHERE code = 'HALL'")
    await page.goto("http://127.0.0.1:8000/")
    assert await page.get_by_text("Nothing waits for you.").is_visible()
    await context.close()
