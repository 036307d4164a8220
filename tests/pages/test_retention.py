"""Retention on its page: what is never deleted, a hold placed and let go, a filing recorded and corrected, in both languages."""

import re
from datetime import UTC, datetime

from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.retention import PlaceHold
from ledger.services import holds
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_funds import in_french, text_of
from tests.services.rosters_stage import rosters_stage

FILED = {"form": "LM-2", "fiscal_year_end": "2025-12-31", "filed_on": "2026-03-30"}


async def test_a_walk(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> None:
    trustee = await add_person(pool, "Noor Abellard", "ue", "trustee")
    async with client_for(app, ue) as here, client_for(app, unifor) as there, client_for(app, trustee) as looks:
        empty = text_of(await looks.get("/retention"))
        assert "Nothing of the journal is ever deleted" in empty and "No hold was placed" in empty and "No filing is recorded" in empty
        assert "Place a hold" not in empty and (await looks.get("/retention/holds/new")).status_code == 403

        wrong = await here.post("/retention/holds/new", data={"scope": "strike", "strike": "S-0099", "reason": "A lawsuit"})
        assert wrong.status_code in (404, 422) and "S-0099" in text_of(wrong)
        placed = await here.post("/retention/holds/new", data={"scope": "all", "reason": "A <lawsuit>"})
        page = await looks.get(placed.headers["location"])
        assert "H-0001" in page.text and "A &lt;lawsuit&gt;" in page.text and "hold H-0001 stands" in text_of(page)

        said = await here.post("/retention/holds/H-0001/release", data={})
        assert "stands until another person says so too" in text_of(await here.get(said.headers["location"]))
        assert "Decide whether hold H-0001 may go" in text_of(await there.get("/"))
        kept = await there.post("/retention/holds/H-0001/keep", data={})
        assert "counts no more" in text_of(await there.get(kept.headers["location"])) and "may go" not in text_of(await there.get("/"))
        assert (await there.post("/retention/holds/H-0001/keep", data={})).status_code == 409
        await here.post("/retention/holds/H-0001/release", data={})
        again = await here.post("/retention/holds/H-0001/release", data={})
        assert again.status_code == 409 and "You said already that hold H-0001 may go" in text_of(again)
        gone = await there.post("/retention/holds/H-0001/release", data={})
        assert "The hold is gone" in text_of(await there.get(gone.headers["location"]))

        filed = await here.post("/retention/filings/new", data=FILED)
        assert "The filing is recorded" in text_of(await here.get(filed.headers["location"]))
        paper = {"file": ("lm2-2025.pdf", b"%PDF-1.7 filed", "application/pdf")}
        attached = await here.post("/documents/new", data={"kind": "filing", "subject": "FL-0001"}, files=paper)
        assert attached.headers["location"].startswith("/retention/filings/FL-0001")
        assert "lm2-2025.pdf" in text_of(await looks.get("/retention/filings/FL-0001"))
        link = re.search(r'href="(/documents/[0-9a-f-]{36})">lm2-2025.pdf', (await looks.get("/retention")).text)
        assert link and (await looks.get(link[1])).content == b"%PDF-1.7 filed"
        for unknown in ("FL-0099", "T-0001", "%00"):
            assert (await looks.get(f"/retention/filings/{unknown}")).status_code == 404
        twice = await here.post("/retention/filings/new", data=FILED)
        assert twice.status_code == 409 and "recorded already: filing FL-0001" in text_of(twice)
        assert 'value="LM-2"' in (await here.get("/retention/filings/new?corrects=FL-0001")).text
        assert 'value="LM-2"' not in (await there.get("/retention/filings/new?corrects=FL-0001")).text
        await here.post("/retention/filings/new", data=FILED | {"filed_on": "2026-03-31", "corrects": "FL-0001"})
        shown = text_of(await looks.get("/retention"))
        assert "corrects FL-0001" in shown and "corrected by FL-0002" in shown

        await in_french(looks)
        french = text_of(await looks.get("/retention"))
        assert "Rien du journal n’est jamais supprimé" in french and "Aucun gel" not in french and "levé le" in french


async def test_the_page_of_a_strike_s_names_says_that_a_hold_stands(app: Litestar, pool: Pool) -> None:
    stage = await rosters_stage(pool)
    officer = stage.people["unifor benefits_officer"]
    async with client_for(app, officer) as keeper:
        assert "stands on this strike" not in text_of(await keeper.get("/strikes/S-0002/roster/retention"))
        await holds.place_hold(pool, stage.people["unifor officer"], stage.key(), PlaceHold(scope="union", union="unifor", reason="A lawsuit"))
        assert "Hold H-0001 stands on this strike" in text_of(await keeper.get("/strikes/S-0002/roster/retention"))


async def test_what_holds_alone_keep_is_not_said_to_be_nothing(app: Litestar, pool: Pool) -> None:
    stage = await rosters_stage(pool)
    async with pool.database.writing() as connection:
        await connection.execute("UPDATE strikes SET state = 'closed'")
    async with client_for(app, stage.people["unifor officer"]) as here:
        assert "Not while" not in text_of(await here.get("/retention"))
        for number, words in enumerate(("Not while the hold stands hold H-0001 stands", "Not while the holds stand hold H-0002 stands"), 1):
            await holds.place_hold(pool, stage.people["unifor officer"], stage.key(), PlaceHold(scope="all", reason=f"Lawsuit {number}"))
            assert words in text_of(await here.get("/retention"))
        await in_french(here)
        assert "Pas tant que les gels durent" in text_of(await here.get("/retention"))


async def test_a_day_is_the_books_day(app: Litestar, pool: Pool, ue: Actor, clock: Clock) -> None:
    """Late in the evening in Toronto it is tomorrow in Greenwich."""
    clock.now = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    async with client_for(app, ue) as here:
        await here.post("/retention/holds/new", data={"scope": "all", "reason": "A lawsuit"})
        await here.post("/retention/holds/H-0001/release", data={})
        page = text_of(await here.get("/retention"))
    assert "said on 2026-11-23 that it may go" in page and "2026-11-24" not in page
