"""Strike support as people walk through it in a real browser, at a desk in English and on a phone in French: two unions authorise a strike, an
officer's week from its page to its payment, a strike closed after its run-off, a wait after arrears, the days of a rotating strike, a loan and back.
"""

import re

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, Page, expect

from ledger.domain.actors import Actor
from ledger.domain.strikes import Strike
from ledger.services import strike_grants, strike_run_views, strikes
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules
from tests.pages.test_home_in_chromium import CHROMIUM, browser, faults
from tests.pages.test_requests_in_chromium import DESK, SITE, opened
from tests.pages.test_strike_advances_in_chromium import done
from tests.services.requests_stage import Stage
from tests.services.runs_stage import computed, enrol, paid, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage

assert browser  # a fixture used by name below
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
PHONE = {"width": 360, "height": 780}
SIZES = {"en": DESK, "fr": PHONE}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("STRIKE", CAD=50_000_00)
    return made


async def manned(stage: Stage, weeks: int = 1, **more: object) -> Strike:
    """A strike of six members who did all of their duty in its first weeks."""
    strike = await on_strike(stage, "unifor", **more)
    await enrol(stage, strike, *[{}] * 6)
    for member in range(1, 7):
        for week in range(weeks):
            await picket(stage, strike, member, *(day for day in weekdays(FIRST_DAY, 7 * week + 5)[7 * week :]))
    return strike


async def sound(page: Page) -> None:
    """Nothing that axe finds, nothing wider than the screen."""
    assert page.viewport_size is not None
    assert await faults(page, page.viewport_size["width"]) == []


async def press(page: Page, selector: str) -> None:
    """Press what is looked at, and wait for the page that says it is done."""
    await sound(page)
    await page.click(selector)
    await done(page)


@pytest.mark.parametrize("language", SIZES)
async def test_both_unions_authorise_a_strike_before_members_walk_out(browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str) -> None:
    size, who, strike = SIZES[language], stage.who, f"{SITE}/strikes/S-0001"
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{SITE}/strikes")
        await page.click("main a.main[href='/strikes/new']")
        await page.fill("[name=name]", "Meridian walkout")
        await page.check("[name=locals][value='8504']")
        await page.fill("[name=expected]", "1 240" if language == "fr" else "1,240")
        await page.fill("[name=notice_on]", "2026-10-26")
        await page.fill("[name=starts_on]", "2 novembre 2026" if language == "fr" else "November 2, 2026")
        await press(page, "form .btn.main")
        await sound(page)
    for union in ("ue", "unifor"):
        async with opened(browser, app, who[f"{union} officer"], language, size) as page:
            await page.goto(f"{SITE}/")
            await page.click("main tr[data-href='/strikes/S-0001/authorise'] a >> nth=0")
            await page.fill("[name=body]", "National officers")
            await page.fill("[name=resolution]", f"{union}-31")
            await page.fill("[name=decided_on]", "2026-10-28")
            await press(page, "form .btn.main")
            await expect(page.locator(".lane .there")).to_have_count(1 if union == "ue" else 2)
            await expect(page.locator("main a[href$='/authorise']")).to_have_count(0)
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(strike)
        await page.click("main a.main[href$='/begin']")
        await expect(page.locator("[name=starts_on]")).to_have_value("2026-11-02")
        await press(page, "form .btn.main")
        await sound(page)
    found = (await strikes.show_strike(pool, who["ue treasurer"], "S-0001")).strike
    assert (found.state, found.expected, found.starts_on) == ("on", 1240, FIRST_DAY)


@pytest.mark.parametrize("language", SIZES)
async def test_the_officers_week_from_its_page_to_its_payment(browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str) -> None:
    await manned(stage)
    size, who, week, run = SIZES[language], stage.who, f"{SITE}/strikes/week", "/strikes/runs/SR-2026-1"
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(week)
        await expect(page.locator(".strike-week a.main")).to_have_count(1)
        await sound(page)
        await page.click(".strike-week a.main")
        await press(page, "[value=start]")
        for step in ("compute", "submit"):
            await page.goto(week)
            await page.click(f".strike-week a.main[href='{run}']")
            await press(page, f"form[action$='/{step}'] button")
        # What is left for the benefits officer is the next week.
        await page.goto(week)
        await expect(page.locator(".strike-week a.main")).to_have_attribute("href", "/strikes/runs/new?strike=S-0001&week=2")
    async with opened(browser, app, who["unifor officer"], language, size) as page:
        await page.goto(f"{SITE}/")
        await page.click(f"main tr[data-href^='{run}'] a >> nth=0")
        await page.click("main a.main[href$='/approve']")
        await press(page, "[value=post]")
    async with opened(browser, app, who["unifor treasurer"], language, size) as page:
        await page.goto(week)
        await page.click(".strike-week a.main")
        await page.goto(f"{SITE}{run}/pay")
        await page.fill("[name=first_cheque]", "1001")
        await page.click("[value=preview]")
        await press(page, "[value=post]")
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{week}?strike=S-0001&week=1")
        await expect(page.locator(f".strike-week tr[data-href='{run}'] .chip")).to_have_text("Payé" if language == "fr" else "Paid")
        await sound(page)
    view = await strike_run_views.show_run(pool, who["unifor benefits"], "SR-2026-1")
    assert (view.run.state, view.run.pay_minor) == ("paid", 1_800_00)


@pytest.mark.parametrize("language", SIZES)
async def test_a_strike_is_closed_after_its_run_off(browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str) -> None:
    strike = await manned(stage, weeks=2)
    size, who, base = SIZES[language], stage.who, f"{SITE}/strikes/{strike.number}"
    await paid(stage, strike, pool.today())
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        for act, field, day in (("ratify", "ratified_on", "2026-11-11"), ("end", "ended_on", "2026-11-13")):
            await page.goto(base)
            await page.click(f"main a[href$='/{act}']")
            await page.fill(f"[name={field}]", day)
            await press(page, "form .btn.main")
            if act == "ratify":
                # Members who are still out are paid in the week of the ratification.
                await paid(stage, await strikes_now(pool, stage, strike), pool.today(), week=2, first_cheque=1101)
        await page.goto(base)
        await expect(page.locator("main a[href$='/close']")).to_have_count(0)
    async with opened(browser, app, who["unifor treasurer"], language, size) as page:
        for run in ("SR-2026-1", "SR-2026-2"):
            await page.goto(f"{SITE}/strikes/runs/{run}")
            await page.click("main a[href$='/clear']")
            await press(page, "form .btn.main")
            for step in ("reconcile", "close"):
                await page.goto(f"{SITE}/strikes/runs/{run}")
                await press(page, f"form[action$='/{step}'] button")
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(base)
        await page.click("main a.main[href$='/close']")
        await page.fill("[name=reason]", "Résolution NEB-88")
        await press(page, "form .btn.main")
        await expect(page.locator("h1 + .chip, h1 .chip, .chips .chip").first).to_have_text("Close" if language == "fr" else "Closed")
        await sound(page)
    assert (await strikes.show_strike(pool, who["ue treasurer"], strike.number)).strike.state == "closed"


async def strikes_now(pool: Pool, stage: Stage, strike: Strike) -> Strike:
    return (await strikes.show_strike(pool, stage.who["unifor benefits"], strike.number)).strike


async def with_rules(pool: Pool, code: str, **changed: object) -> str:
    """Unifor's rules with something changed, under a code of their own."""
    rules = msgspec.structs.replace(shipped_rule_sets()["unifor"].rules, code=code, **changed)
    async with pool.database.writing() as connection:
        await strike_rules.add(connection, rules, 1, "unifor", FIRST_DAY.replace(month=1), "confirmed", 1, pool.clock())
    return code


@pytest.mark.parametrize("language", SIZES)
async def test_a_member_who_had_been_in_arrears_waits_two_weeks(browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str) -> None:
    strike = await manned(stage, weeks=2, rule_set=await with_rules(pool, "unifor-wait", penalty_weeks=2))
    size, who = SIZES[language], stage.who
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{SITE}/strikes/{strike.number}/roster/members/2")
        await page.click("main a[href$='/change']")
        await page.fill("[name=penalised_from]", "2026-11-04")
        await page.fill("[name=reason]", "In arrears until then")
        await press(page, "form .btn.main")
        await sound(page)
    for week in (1, 2):
        await computed(stage, strike, week)
    async with opened(browser, app, who["unifor treasurer"], language, size) as page:
        for week, amount in ((1, "120,00" if language == "fr" else "120.00"), (2, "0,00" if language == "fr" else "0.00")):
            await page.goto(f"{SITE}/strikes/runs/SR-2026-{week}/lines?q=M2")
            line = page.locator("main tbody tr")
            await expect(line).to_have_count(1)
            await expect(line).to_contain_text(amount)
            await expect(line).to_contain_text("pas en règle" if language == "fr" else "not in good standing", ignore_case=True)
            await sound(page)


@pytest.mark.parametrize("language", SIZES)
async def test_a_rotating_strike_is_paid_for_its_days_alone(browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str) -> None:
    strike = await manned(stage, kind="rotating", rule_set=await with_rules(pool, "unifor-rotating", applies_to=("rotating",)))
    size, who = SIZES[language], stage.who
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{SITE}/strikes/{strike.number}")
        await page.click("main a[href$='/days']")
        await page.fill("[name=strike_days]", "2026-11-03\nsoon\n2026-11-05")
        await page.click("form .btn.main")
        await expect(page.locator("#f-strike_days-error")).to_be_visible()
        await expect(page.locator("[name=strike_days]")).to_have_value("2026-11-03\nsoon\n2026-11-05")
        await sound(page)
        await page.fill("[name=strike_days]", "2026-11-03\n5 nov. 2026" if language == "fr" else "2026-11-03\n5 Nov 2026")
        await press(page, "form .btn.main")
        await expect(page.locator("#days li")).to_have_count(2)
        await sound(page)
        await computed(stage, strike)
        await page.goto(f"{SITE}/strikes/runs/SR-2026-1")
        await expect(page.locator("h1")).to_contain_text("720,00" if language == "fr" else "720.00")
        await sound(page)


@pytest.mark.parametrize("language", SIZES)
async def test_a_loan_asked_for_approved_paid_and_repaid(browser: Browser, app: Litestar, pool: Pool, stage: Stage, language: str) -> None:
    strike = await manned(stage)
    size, who, base = SIZES[language], stage.who, f"{SITE}/strikes/grants/SG-0001"
    amounts = {"en": ("1,250.50", "250.50", "1000"), "fr": ("1\u202f250,50", "250,5", "1\u00a0000,00")}[language]
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{SITE}/strikes/{strike.number}/roster/members/3")
        await page.click("main a[href*='/strikes/grants/new']")
        await expect(page.locator("[name=reference]")).to_have_value("M3")
        await page.select_option("[name=kind]", "hardship_loan")
        await page.fill("[name=amount]", amounts[0])
        await page.fill("[name=purpose]", "Rent of November")
        await page.click("[value=preview]")
        await expect(page.locator("form .card")).to_contain_text("Member 3")
        await press(page, "[value=post]")
        await sound(page)
    async with opened(browser, app, who["unifor officer"], language, size) as page:
        await page.goto(f"{SITE}/notices")
        await page.click("main a[href='/strikes/grants/SG-0001'] >> nth=0")
        await expect(page.locator("main")).not_to_contain_text("Member 3")
        await press(page, "form[action$='/approve'] button")
    async with opened(browser, app, who["unifor treasurer"], language, size) as page:
        await page.goto(f"{SITE}/")
        await page.click("main tr[data-href='/strikes/grants/SG-0001/pay'] a >> nth=0")
        await page.click("[value=preview]")
        await expect(page.locator("#preview")).to_be_visible()
        await press(page, "[value=post]")
        for amount in amounts[1:]:
            await page.goto(base)
            await page.click("main a.main[href$='/repay']")
            await page.fill("[name=amount]", amount)
            await page.click("[value=preview]")
            await expect(page.locator("#preview")).to_be_visible()
            await press(page, "[value=post]")
        await page.goto(base)
        await expect(page.locator("main .btn.main")).to_have_count(0)
        await sound(page)
        assert len(re.findall(rb"/Type\s*/Page\b", await page.pdf(format="Letter"))) == 1
    async with opened(browser, app, who["unifor benefits"], language, size) as page:
        await page.goto(f"{SITE}/notices")
        await expect(page.locator("main a[href='/strikes/grants/SG-0001']").first).to_be_visible()
        await sound(page)
    view = await strike_grants.show_grant(pool, who["unifor benefits"], "SG-0001")
    assert (view.grant.state, [amount for _, amount, _ in view.repayments]) == ("repaid", [250_50, 1_000_00])
