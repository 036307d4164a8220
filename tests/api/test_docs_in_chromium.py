"""Open the API's description in a real browser: it is drawn from this site alone, under its policy, with every area and an example."""

import httpx
import pytest
from litestar import Litestar
from playwright.async_api import Browser, Route

from api import openapi
from tests.conftest import client_for
from tests.pages.test_home_in_chromium import CHROMIUM, browser  # noqa: F401 - the browser is a fixture

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


async def test_the_description_is_drawn_from_this_site_alone(app: Litestar, browser: Browser) -> None:  # noqa: F811
    heard: list[str] = []
    async with client_for(app) as client:

        async def answer(route: Route) -> None:
            if not route.request.url.startswith("http://127.0.0.1:8000/"):
                heard.append(f"asks elsewhere: {route.request.url}")
                await route.abort()
                return
            got: httpx.Response = await client.get(route.request.url)
            await route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: heard.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        await page.route("**/*", answer)
        await page.goto("http://127.0.0.1:8000/api/v1/docs")
        for area in openapi.TAGS:
            await page.get_by_text(area, exact=True).first.wait_for(timeout=60_000)
        await page.get_by_text("Contributions", exact=True).first.click()
        await page.get_by_text("Record money a joint bank account received", exact=False).first.wait_for(timeout=60_000)
        assert await page.evaluate("getComputedStyle(document.querySelector('.scalar-app')).display") != "inline"
        await page.close()
    assert heard == []
