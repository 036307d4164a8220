"""The page of long work: a figure that moves, where the work leads, why it came to nothing; one's own work only."""

from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, expect

from api.pages import progress as pages
from ledger.domain.actors import Actor
from ledger.services import progress
from ledger.services.pool import Pool
from ledger.storage import progress as store
from tests.conftest import client_for
from tests.pages.test_home_in_chromium import CHROMIUM, browser
from tests.pages.test_requests_in_chromium import DESK, SITE, opened
from tests.services.rosters_stage import RosterStage, rosters_stage

assert browser  # a fixture used by name below
ABOUT = {"import_roster": "S-0002", "import_duty": "S-0002", "compute_run": "SR-2026-1", "pay_run": "SR-2026-1"}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, app: Litestar) -> RosterStage:
    return await rosters_stage(pool)


async def kept(stage: RosterStage, who: Actor, kind: str, state: str, answer: dict[str, object], done: int = 0) -> UUID:
    """Long work as it is kept in a state."""
    id, now = UUID(int=hash((kind, state)) % 2**64), stage.pool.clock()
    async with stage.pool.database.writing() as connection:
        await store.begin(connection, id, kind, ABOUT[kind], who.person_id, now, now - progress.SILENT)
        await store.come(connection, id, done, 2_000, now)
        if state != "running":
            await store.end(connection, id, state, answer, now)
    return id


async def test_work_that_runs_shows_its_figure(app: Litestar, stage: RosterStage) -> None:
    officer = stage.people["unifor benefits_officer"]
    for kind, title in (("import_duty", "Bringing picket duty in"), ("compute_run", "Computing SR-2026-1"), ("pay_run", "Paying SR-2026-1")):
        id = await kept(stage, officer, kind, "running", {}, done=1_500)
        async with client_for(app, officer) as client:
            shown = (await client.get(f"/progress/{id}")).text
            assert f"<h1>{title}</h1>" in shown and "1,500 of 2,000" in shown and 'aria-valuenow="75"' in shown
            assert f'data-hx-get="/progress/{id}"' in shown and '<meta http-equiv="refresh"' in shown
        async with client_for(app, stage.people["unifor treasurer"]) as client:
            assert (await client.get(f"/progress/{id}")).status_code == 404


@pytest.mark.parametrize(
    ("facts", "says", "share"),
    [
        ({"step": "writing", "megabytes": 1_340}, "1,500 of 2,000 parts are written: 1,340 MB so far.", 37),
        ({"step": "keeping"}, "All parts are written. Of 2,000 MB, 1,500 MB are kept.", 87),
    ],
)
async def test_a_pack_that_grows_says_how_large_it_is_and_how_much_is_kept(
    app: Litestar, stage: RosterStage, facts: dict[str, object], says: str, share: int
) -> None:
    treasurer, now = stage.people["unifor treasurer"], stage.pool.clock()
    id = UUID(int=42)
    async with stage.pool.database.writing() as connection:
        await store.begin(connection, id, "make_audit_pack", "2026-01-01 2026-06-30", treasurer.person_id, now, now - progress.SILENT)
        await store.come(connection, id, 1_500, 2_000, now, facts)
    async with client_for(app, treasurer) as client:
        shown = (await client.get(f"/progress/{id}")).text
        assert says in shown and f'aria-valuenow="{share}"' in shown
        assert '<a href="/audit-packs">Audit pack</a>' in shown and "2026-01-01 2026-06-30" not in shown
        told = (await client.get(f"/api/v1/audit-packs/{id}")).json()
    assert (told["state"], told["done"], told["step"], told["megabytes"]) == ("running", 1_500, facts["step"], facts.get("megabytes"))


@pytest.mark.parametrize(
    ("kind", "answer", "leads"),
    [
        ("compute_run", {"run": "SR-2026-1"}, "/strikes/runs/SR-2026-1?done=run_computed"),
        ("pay_run", {"run": "SR-2026-1"}, "/strikes/runs/SR-2026-1?done=run_paid"), ("import_duty", {"added": 12}, ""),
    ],
)  # fmt: skip
async def test_work_that_is_done_leads_on_or_says_what_it_did(app: Litestar, stage: RosterStage, kind: str, answer: dict[str, object], leads: str) -> None:
    officer = stage.people["unifor benefits_officer"]
    id = await kept(stage, officer, kind, "done", answer)
    async with client_for(app, officer) as client:
        shown = await client.get(f"/progress/{id}")
        in_part = await client.get(f"/progress/{id}", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (shown.headers.get("location", ""), in_part.headers.get("hx-redirect", "")) == (leads, leads)
    if not leads:
        assert "12</dd>" in shown.text and 'href="/strikes/S-0002/duty"' in shown.text


@pytest.mark.parametrize(
    ("state", "answer", "said"),
    [
        ("failed", {}, "It broke off, and nothing of it was kept."),
        ("refused", {"code": "rows_invalid", "params": {"count": 3, "row": 2, "column": "name"}}, "nothing was brought in."),
    ],
)
async def test_work_that_came_to_nothing_says_why(app: Litestar, stage: RosterStage, state: str, answer: dict[str, object], said: str) -> None:
    officer = stage.people["unifor benefits_officer"]
    for kind, back in (("import_roster", "/strikes/S-0002/roster/import"), ("compute_run", "/strikes/runs/SR-2026-1")):
        id = await kept(stage, officer, kind, state, answer)
        async with client_for(app, officer) as client:
            shown = (await client.get(f"/progress/{id}")).text
        assert said in shown and f'href="{back}"' in shown


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_the_browser_goes_on_by_itself_once_the_work_is_done(
    browser: Browser, app: Litestar, stage: RosterStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = msgspec.structs.replace(pages.KINDS["compute_run"], place="/strikes/S-0002?about={}")
    monkeypatch.setitem(pages.KINDS, "compute_run", elsewhere)
    officer = stage.people["unifor benefits_officer"]
    id = await kept(stage, officer, "compute_run", "running", {}, done=10)
    async with opened(browser, app, officer, "en", DESK) as page:
        await page.goto(f"{SITE}/progress/{id}")
        await expect(page.locator("#results")).to_contain_text("10 of 2,000")
        async with stage.pool.database.writing() as connection:
            await store.come(connection, id, 1_900, 2_000, stage.pool.clock())
        await expect(page.locator("#results")).to_contain_text("1,900 of 2,000")
        async with stage.pool.database.writing() as connection:
            await store.end(connection, id, "done", {"run": "SR-2026-1"}, stage.pool.clock())
        await page.wait_for_url(f"{SITE}/strikes/S-0002*")
