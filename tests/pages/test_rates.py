"""The rates pages: a file loaded, a rate by hand past a second person, and a revaluation shown before it is posted."""

import re
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.test_exchange import w05_opening

FILES = Path(__file__).parents[1] / "data" / "rates"


async def text(client: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def key_of(html: str, action: str = "") -> str:
    """The key of the page's form, or of the one that posts to ``action``."""
    start = html.index(f'action="{action}"') if action else 0
    found = re.search(r'name="form_key"[^>]*value="([^"]+)"', html[start:])
    assert found is not None
    return found[1]


async def load(client: httpx.AsyncClient, name: str) -> httpx.Response:
    form = await text(client, "/rates/load")
    files = {"file": (name, (FILES / name).read_bytes(), "text/csv")}
    return await client.post("/rates/load", data={"form_key": key_of(form)}, files=files)


async def test_a_file_is_loaded_and_listed(ue_client: httpx.AsyncClient) -> None:
    assert "No rates yet" in await text(ue_client, "/rates")
    answer = await load(ue_client, "valet.csv")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rates?done=rates_loaded")
    listed = await text(ue_client, answer.headers["location"])
    assert "its new rates are in the list" in listed
    assert "1.3741" in listed
    assert "<polyline" in listed
    assert "style=" not in listed
    assert (await load(ue_client, "valet.csv")).headers["location"] == "/rates?done=rates_known"
    assert (await load(ue_client, "changed.csv")).headers["location"] == "/rates?done=rates_changed"
    assert "version 2" in await text(ue_client, "/rates?from=2026-04-06&to=2026-04-06")
    assert "1.3741" in await text(ue_client, "/rates/USDCAD-2026-04-06-boc-1")
    assert "No rate fits" in await text(ue_client, "/rates?state=rejected")


async def test_a_refused_file_is_explained_at_its_field(ue_client: httpx.AsyncClient) -> None:
    answer = await load(ue_client, "contradiction.csv")
    assert answer.status_code == 422
    assert "stands in the file twice" in answer.text
    empty = await ue_client.post("/rates/load", data={"form_key": "rates-page-none"})
    assert empty.status_code == 422


async def test_a_rate_by_hand_is_confirmed_by_the_other(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    form = await text(ue_client, "/rates/new")
    typed = {"form_key": key_of(form), "observed_on": "2026-04-08", "rate": "1.3760", "source": "fed", "remark": "Site down"}
    made = await ue_client.post("/rates/new", data=typed)
    assert made.headers["location"] == "/rates/USDCAD-2026-04-08-fed-1?done=rates_proposed"
    path = "/rates/USDCAD-2026-04-08-fed-1"
    assert "You entered it" in await text(ue_client, path)
    own = await ue_client.post(path, data={"form_key": "rates-page-own", "decision": "confirmed"})
    assert own.status_code == 403
    waiting = await text(unifor_client, "/rates")
    assert "Site down" in waiting
    answer = await unifor_client.post(path, data={"form_key": key_of(waiting, path), "decision": "confirmed"})
    assert answer.headers["location"] == f"{path}?done=rates_confirmed"
    assert "Rosalie Tremblay-Okoye" in await text(unifor_client, path)
    again = await ue_client.post("/rates/new", data={**typed, "form_key": "rates-page-again"})
    assert again.status_code == 409
    assert "1.3760" in again.text, "nothing typed is lost"
    inverse = {"form_key": "rates-page-inverse", "observed_on": "2026-04-09", "rate": "0.7268", "source": "bank", "remark": ""}
    page = await text(unifor_client, (await ue_client.post("/rates/new", data=inverse)).headers["location"])
    assert f'<a href="{path}">CAD 1.3760 for USD 1' in page and "more than a tenth away" in page
    assert "more than a tenth away" not in await text(unifor_client, path)


async def test_a_rate_that_cannot_be_is_explained(ue_client: httpx.AsyncClient) -> None:
    typed = {"form_key": "rates-page-bad1", "observed_on": "2099-01-01", "rate": "NaN", "source": "nobody", "remark": ""}
    answer = await ue_client.post("/rates/new", data=typed)
    assert answer.status_code == 422
    assert answer.text.count("error") > 0
    assert (await ue_client.get("/rates/nothing")).status_code == 404


async def test_w05_is_shown_then_posted(unifor_client: httpx.AsyncClient, pool: Pool, ue: Actor, unifor: Actor) -> None:
    """CAD 1,500.00 gained at 31 March: what will be posted, the proof, then the entry in the history."""
    await load(unifor_client, "closing_2026.csv")
    await w05_opening(pool, ue, unifor)
    assert "No revaluation yet" in await text(unifor_client, "/rates/revaluation")
    shown = await text(unifor_client, "/rates/revaluation?book=joint&as_of=2026-03-31")
    for part in ("1.3900", "1,500.00", "FX trading", "Exchange gain or loss", "agrees", "Post the revaluation"):
        assert part in shown, part
    typed = {"form_key": key_of(shown, "/rates/revaluation"), "book": "joint", "as_of": "2026-03-31"}
    seen = re.findall(r'name="shown" value="([^"]+)"', shown)[0]
    moved = await unifor_client.post("/rates/revaluation", data={**typed, "shown": seen.replace("150000", "150001")})
    assert moved.status_code == 200 and "have moved since you looked" in moved.text
    answer = await unifor_client.post("/rates/revaluation", data={**typed, "shown": seen})
    assert answer.status_code == 303, answer.text[:2000]
    assert (await unifor_client.post("/rates/revaluation", data={**typed, "shown": seen})).headers["location"] == answer.headers["location"]
    after = await text(unifor_client, answer.headers["location"])
    assert "everything is posted" in after
    assert "Joint funds" in after and "Strike fund" in after
    assert "Post the revaluation" not in after
    refused = await unifor_client.post("/rates/revaluation", data={**typed, "form_key": "rates-page-twice"})
    assert refused.status_code == 409
    assert "nothing to revalue" in refused.text
    assert (await unifor_client.get("/rates/revaluation?book=joint&as_of=2026-01-31")).status_code == 200


async def test_a_missing_rate_is_explained(ue_client: httpx.AsyncClient, pool: Pool, ue: Actor, unifor: Actor) -> None:
    await w05_opening(pool, ue, unifor)
    shown = await ue_client.get("/rates/revaluation?as_of=2026-03-31")
    assert shown.status_code == 422
    assert "There is no USD/CAD rate on or before" in shown.text


async def test_in_french(app: Litestar, pool: Pool, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await load(unifor_client, "closing_2026.csv")
    await w05_opening(pool, ue, unifor)
    async with pool.database.writing() as connection:
        await connection.execute("UPDATE people SET language = 'fr' WHERE id = $1", unifor.person_id)
    listed = await text(unifor_client, "/rates")
    assert "Taux de change" in listed
    assert "Banque du Canada" in listed
    assert "1,3700" in listed
    shown = await text(unifor_client, "/rates/revaluation?book=joint&as_of=2026-03-31")
    assert "concorde" in shown
    assert "Opérations de change" in shown


async def test_who_sees_what(app: Litestar, pool: Pool) -> None:
    board = await add_person(pool, "Bo Board", "ue", "board_member")
    async with client_for(app, board) as client:
        assert "/rates/load" not in await text(client, "/rates")
        assert (await client.get("/rates/load")).status_code == 403
        denied: Any = await client.post("/rates/revaluation", data={"form_key": "rates-page-deny", "book": "joint", "as_of": "2026-03-31"})
        assert denied.status_code == 403
