"""Show every macro in a real browser under the product's own security policy: readable by everybody, in both languages, at every width.

The pages come from the templates themselves through the browser's own requests; there is no server and no database.
"""

import itertools
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright

from api.pages.rendering import STATIC
from api.security import HEADERS
from tests.pages.gallery import contexts, gallery_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ORIGIN = "http://gallery.localhost"
AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
MEDIA = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
NAMES = tuple(contexts("en"))
browser_tests = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for the module."""
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        await opened.close()


class Gallery:
    """A browser page that is answered from the templates; ``faults`` are what the console complained of."""

    def __init__(self, page: Page, language: str, theme: str) -> None:
        self.page, self.language, self.theme = page, language, theme
        self.faults: list[str] = []
        self.posted: list[str] = []
        self.shown = ""
        page.on("console", lambda message: self.faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    async def answer(self, route: Route) -> None:
        """Static files from their folder; everything else is the page being shown."""
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            await route.fulfill(body=file.read_bytes(), headers={"Content-Type": MEDIA[file.suffix], **HEADERS})
            return
        if route.request.method == "POST":
            self.posted.append(f"{path}?{route.request.post_data or ''}")
        await route.fulfill(body=self.shown, headers={"Content-Type": "text/html; charset=utf-8", **HEADERS})

    async def show(self, name: str) -> Page:
        """Open one page of the gallery."""
        address, self.shown = gallery_page(name, self.language, self.theme)
        await self.page.goto(ORIGIN + address)
        return self.page


async def gallery(browser: Browser, language: str = "en", theme: str = "light", width: int = 1280, **options: Any) -> Gallery:
    """A gallery in a fresh browser context."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **options)
    made = Gallery(await context.new_page(), language, theme)
    await context.route("**/*", made.answer)
    return made


async def violations(page: Page) -> list[str]:
    """What axe finds, shortly; empty when all is well. WCAG 2.2 AA and best practices."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})")
    return [f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}" for v in found["violations"] for node in v["nodes"]]


@browser_tests
@pytest.mark.parametrize(("language", "theme", "width"), list(itertools.product(("en", "fr"), ("light", "dark"), (1280, 320))))
async def test_every_page_is_accessible_and_fits(browser: Browser, language: str, theme: str, width: int) -> None:
    shown = await gallery(browser, language, theme, width)
    wrong = []
    for name in NAMES:
        page = await shown.show(name)
        wrong += [f"{name}: {one}" for one in await violations(page)]
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways"
        assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
    assert wrong == []
    assert shown.faults == []
    await page.context.close()


@browser_tests
async def test_the_dialogs_and_the_menu_are_accessible(browser: Browser) -> None:
    page = await (await gallery(browser)).show("list")
    await page.keyboard.press("?")
    assert await page.locator("#keys").is_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.locator("details.you summary").click()
    assert await violations(page) == []
    assert await page.get_by_text("Sign out").is_visible()
    await page.keyboard.press("Escape")
    assert not await page.get_by_text("Sign out").is_visible()
    await page.context.close()


@browser_tests
async def test_keys_move_open_and_go(browser: Browser) -> None:
    page = await (await gallery(browser)).show("list")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    assert await page.locator("tr.at").get_attribute("data-href") == "/journal/10482"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/journal/10482")
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await page.wait_for_url("**/transfers")
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "search"
    await page.keyboard.type("gj?")
    assert await page.locator("#search").input_value() == "gj?"
    assert not await page.locator("#keys").is_visible()
    await page.context.close()


RATE = "at 1.3725 (Bank of Canada, 20 November 2026)"


@browser_tests
@pytest.mark.parametrize(
    ("language", "typed", "currency", "said"),
    [
        ("en", "15,000.5", "USD", f"Understood as USD 15,000.50About CAD 20,588.19, {RATE}"),
        ("en", "1000", "CAD", f"Understood as CAD 1,000.00About USD 728.60, {RATE}"),
        ("en", "1,234,5", "USD", "This can be read in two ways; write it like 1,234.56"),
        ("en", "twelve", "USD", "This is not an amount yet"),
        ("fr", "1 234,5", "USD", "Compris : 1 234,50 USDEnviron 1 694,35 CAD, à 1,3725 (Bank of Canada, 20 November 2026)"),
        ("fr", "1,234", "USD", "Cela peut se lire de deux façons; écrivez par exemple 1 234,56"),
        ("en", "90071992547409.93", "USD", f"Understood as USD 90,071,992,547,409.93About CAD 123,623,809,771,320.13, {RATE}"),
    ],
)
async def test_money_shows_how_it_is_understood(browser: Browser, language: str, typed: str, currency: str, said: str) -> None:
    page = await (await gallery(browser, language)).show("form")
    await page.locator("#f-amount_currency").select_option(currency)
    await page.locator("#f-amount").fill(typed)
    text = await page.locator("#f-amount-understood").text_content() or ""
    assert text.replace("\u00a0", " ") == said
    await page.context.close()


@browser_tests
async def test_an_entry_shows_its_balance_while_it_is_typed(browser: Browser) -> None:
    shown = await gallery(browser)
    page = await shown.show("entry")
    for number, (account, side, amount) in enumerate([("UE-trust-USD", "debit", "1,000.10"), ("Contributions:UE", "credit", "1000")]):
        value = await page.locator(f"datalist option[value*='{account}']").get_attribute("value")
        await page.locator(f"#f-line-{number}-account").fill(value or "")
        await page.locator(f"#f-line-{number}-fund").select_option("STRIKE")
        await page.locator(f"#f-line-{number}-{side}").fill(amount)
    balance = page.locator(".balance")
    assert (await balance.inner_text()).replace("\u00a0", " ") == "Strike · USD USD 0.10 more credit is needed"
    await page.get_by_role("button", name="Add a line").click()
    assert await page.evaluate("document.activeElement.name") == "line-3-account"
    await page.locator("#f-line-3-account").fill("joint/Income:Contributions:UE")
    await page.locator("#f-line-3-fund").select_option("STRIKE")
    await page.locator("#f-line-3-credit").fill(".10")
    assert (await balance.inner_text()).endswith("Balanced")
    await page.get_by_role("button", name="Remove line 4").click()
    assert (await balance.inner_text()).endswith("more credit is needed")
    assert shown.posted == []
    await page.context.close()


@browser_tests
async def test_what_is_typed_outlives_a_reload_and_a_change_of_language(browser: Browser) -> None:
    shown = await gallery(browser)
    page = await shown.show("form")
    await page.locator("#f-amount").fill("1,234.5")
    await page.locator("#f-description").fill("For Local 504")
    await page.get_by_label("General").check()
    await page.locator("#f-password").fill("secret")
    await page.reload()
    assert await page.locator("#f-description").input_value() == "For Local 504"
    await page.get_by_role("button", name="Français").click()
    assert shown.posted[-1].startswith("/language?")
    shown.language = "fr"
    page = await shown.show("form")
    assert (await page.locator("#f-amount").input_value(), await page.locator("#f-amount-understood .other").count()) == ("1234.50", 1)
    assert await page.get_by_label("General").is_checked()
    assert "secret" not in await page.evaluate("JSON.stringify(sessionStorage)")
    await page.get_by_role("button", name="Recommencer").click()
    await page.wait_for_function("document.querySelector('#f-description').value === ''")
    await page.context.close()


@browser_tests
async def test_a_form_begun_for_something_is_not_the_empty_one(browser: Browser) -> None:
    shown = await gallery(browser)
    page = await shown.show("form")
    await page.locator("#f-description").fill("For Local 504")
    address = page.url
    await page.goto(f"{address}?pledge=P-0001")
    assert await page.locator("#f-description").input_value() != "For Local 504"
    await page.locator("#f-description").fill("Instalment")
    await page.goto(f"{address}?done=x")
    assert await page.locator("#f-description").input_value() == "For Local 504"
    await page.goto(f"{address}?done=x&pledge=P-0001")
    assert await page.locator("#f-description").input_value() == "Instalment"
    await page.context.close()


@browser_tests
async def test_debit_and_credit_are_seen_together_on_a_phone(browser: Browser) -> None:
    page = await (await gallery(browser, width=390)).show("transfer")
    table = page.locator(".postings")
    credit = table.get_by_role("columnheader", name="Credit")
    box = await credit.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 390
    cells = [await cell.bounding_box() for cell in await table.locator("tbody td.r").all()]
    assert cells and all(cell is None or cell["x"] + cell["width"] <= 390 for cell in cells)
    assert await table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    await page.context.close()


@browser_tests
async def test_a_form_is_sent_once(browser: Browser) -> None:
    shown = await gallery(browser)
    page = await shown.show("transfer")
    async with page.expect_navigation():
        await page.evaluate("for (const _ of [1, 2]) document.querySelector('.lane form .btn.main').click()")
    assert len([post for post in shown.posted if post.startswith("/transfers/T-0042/receipt")]) == 1
    await page.context.close()


@browser_tests
async def test_errors_get_the_focus_and_lead_to_their_fields(browser: Browser) -> None:
    page = await (await gallery(browser)).show("form-wrong")
    assert await page.evaluate("document.activeElement.id") == "error-summary"
    await page.get_by_role("link", name="Left the bank on: There is no such day in the calendar.").click()
    assert await page.evaluate("document.activeElement.id") == "f-date"
    await page.context.close()


@browser_tests
async def test_pages_work_without_scripts(browser: Browser) -> None:
    shown = await gallery(browser, java_script_enabled=False)
    page = await shown.show("entry")
    await page.get_by_role("button", name="Add a line").click()
    assert "action=add-line" in shown.posted[-1]
    page = await shown.show("list")
    assert await page.locator(".copy").is_hidden()
    await page.context.close()


@browser_tests
async def test_print_leaves_the_frame_out(browser: Browser) -> None:
    page = await (await gallery(browser, theme="dark")).show("list")
    await page.emulate_media(media="print")
    assert not await page.locator(".side").is_visible()
    assert not await page.locator(".filters").is_visible()
    assert await page.locator("h1").is_visible()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    await page.context.close()


# Contrast, computed from the tokens themselves (WCAG 2.2, 1.4.3 and 1.4.11).

TEXT = [
    *itertools.product(("ink", "soft"), ("paper", "card", "wash")),
    ("ink", "wash-deep"), ("accent-ink", "accent"), ("accent-ink", "accent-deep"), ("paper", "ink"),
    *((kind, f"{kind}-wash") for kind in ("good", "wait", "bad")),
    *((kind, ground) for kind in ("bad", "good", "wait") for ground in ("paper", "card")),
    *(("ink", f"{kind}-wash") for kind in ("good", "wait", "bad")),
]  # fmt: skip
SHAPES = [(ink, ground) for ink in ("edge", "accent", "blue", "red", "green", "violet", "ochre") for ground in ("paper", "card", "wash")]


def tokens() -> dict[str, tuple[str, str]]:
    """name -> (light, dark) of every colour of the stylesheet."""
    css = (STATIC / "site.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)}


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)])
def test_the_colours_contrast_in_both_themes(pairs: list[tuple[str, str]], least: float) -> None:
    colours = tokens()
    poor = [
        f"{ink} on {ground}, {theme}: {ratio:.2f}"
        for (ink, ground), (number, theme) in itertools.product(pairs, enumerate(("light", "dark")))
        if (ratio := contrast(colours[ink][number], colours[ground][number])) < least
    ]
    assert poor == []


def test_templates_hold_no_inline_style_or_script() -> None:
    wrong = re.compile(r"\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|<style|javascript:", re.IGNORECASE)
    templates = Path(STATIC.parent / "templates").rglob("*.html")
    found = [f"{path.name}: {hit[0]}" for path in templates for hit in wrong.finditer(path.read_text(encoding="utf-8"))]
    assert found == []
