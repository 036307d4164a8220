"""Boards' packs through the real store: kept as they were made, opened by a link until it ends, and nothing of the books but the pack."""

import asyncio
import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from pypdf import PdfReader

from ledger.domain.actors import Actor
from ledger.domain.board_packs import AskedPack, Made
from ledger.domain.refusals import ChoiceInvalid, CurrencyUnknown, DateInvalid, KeyReused, NotAllowed, NotFound, TextInvalid
from ledger.services import board_packs as service
from ledger.services import progress
from ledger.services.pool import Pool
from ledger.services.progress import Come
from reports.boards.pack import make
from tests.conftest import Clock, add_person, client_for
from tests.services.test_funds import gift, known_rate


async def test_a_pack_stays_as_it_was_made(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await gift(pool, unifor, "2026-10-01", 40_000_00)
    asked = AskedPack(title="  Joint board,   autumn ", as_of=date(2026, 11, 21), compare=date(2026, 9, 30), into="CAD")
    await known_rate(pool)
    pack = await service.make_pack(pool, ue, "make-a-pack-1", asked, make)
    assert (pack.number, pack.title, pack.compared_on, pack.made_by) == ("BP-0001", "Joint board, autumn", date(2026, 9, 30), ue.name)
    before = {language: await service.pack_file(pool, unifor, pack.number, language) for language in ("en", "fr")}
    for language, kind in (("en", "Board pack"), ("fr", "Dossier des conseils")):
        paper = PdfReader(BytesIO(before[language]))
        assert paper.metadata is not None and paper.metadata.title == "Joint board, autumn"
        assert kind in paper.pages[0].extract_text()
    await gift(pool, unifor, "2026-10-02", 1_000_00)
    again = await service.make_pack(pool, ue, "make-a-pack-1", asked, make)
    assert again == pack, "the same key, the same pack"
    assert {language: await service.pack_file(pool, unifor, "bp-0001", language) for language in ("en", "fr")} == before
    later = await service.make_pack(pool, unifor, "make-a-pack-2", asked, make)
    assert later.head_number == pack.head_number + 1 and later.pdf_en_sha256 != pack.pdf_en_sha256
    assert [each.number for each in (await service.list_packs(pool, ue))[0]] == ["BP-0002", "BP-0001"]
    assert (await service.list_packs(pool, ue, None, 1))[1] == "BP-0002"


async def test_a_link_opens_the_pack_and_nothing_else_until_it_ends(app: Litestar, pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await gift(pool, unifor, "2026-10-01", 40_000_00)
    await known_rate(pool)
    pack = await service.make_pack(pool, ue, "make-a-pack-1", AskedPack(title="Autumn", as_of=date(2026, 11, 21), into="CAD"), make)
    link, secret = await service.add_link(pool, ue, "make-a-link-1", pack.number, "National Executive Board", 7)
    async with client_for(app) as nobody:
        page = await nobody.get(f"/packs/{secret}", headers={"Accept-Language": "fr"})
        assert page.status_code == 200 and "Solde" in page.text and "40 000,00" in page.text.replace("\xa0", " ")
        assert page.text.count('href="#part-') == page.text.count('id="part-') > 1, "every fund is jumped to"
        assert "PDF (anglais)" in page.text and "PDF (français)" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in page.headers["x-robots-tag"] and "no-store" in page.headers["cache-control"]
        assert 'href="/journal' not in page.text and 'href="/funds' not in page.text and 'href="/reports' not in page.text, "leads nowhere"
        assert "set-cookie" not in page.headers
        file = await nobody.get(f"/packs/{secret}/en.pdf")
        assert file.content == await service.pack_file(pool, ue, pack.number, "en")
        assert (await nobody.get(f"/packs/{secret}/de.pdf")).status_code == 404
        for wrong in (secret[:-1], secret + "a", "x" * 43):
            refused = await nobody.get(f"/packs/{wrong}")
            assert refused.status_code == 404 and "Ask whoever sent it to you" in refused.text
            assert "Search finds" not in refused.text, "there is nothing to search for who is not signed in"
        assert (await nobody.get(f"/board-packs/{pack.number}")).status_code in (303, 401)
        view = await service.show_pack(pool, unifor, pack.number)
        assert view.links[0].opened == 1 and view.links[0].last_opened_at == clock.now, "the page, and not its PDF"
        assert (await nobody.head(f"/packs/{secret}")).status_code == 200
        assert (await service.show_pack(pool, unifor, pack.number)).links[0].opened == 1, "whoever looks whether the address is there opens nothing"
        assert secret not in str(await audited(pool)), "the trail knows the link and not its secret"
        await service.end_link(pool, unifor, "end-the-link-now", pack.number, link.id)
        assert (await nobody.get(f"/packs/{secret}")).status_code == 404
    ended = (await service.show_pack(pool, ue, pack.number)).links[0]
    assert ended.ended_by == unifor.name and not ended.holds(clock.now), "either union ends it"
    assert [each["action"] for each in await audited(pool)][-4:] == ["open_board_pack", "open_board_pack", "export_report", "end_board_pack_link"]


async def audited(pool: Pool) -> list[dict[str, object]]:
    async with pool.database.reading() as connection:
        return [dict(each) for each in await connection.fetch("SELECT action, subject, details FROM audit ORDER BY recorded_at, id")]


async def test_a_link_ends_by_itself(pool: Pool, clock: Clock, ue: Actor) -> None:
    await known_rate(pool)
    pack = await service.make_pack(pool, ue, "make-a-pack-1", AskedPack(title="Autumn", as_of=date(2026, 11, 21), into="CAD"), make)
    _, secret = await service.add_link(pool, ue, "make-a-link-2", pack.number, "GEB", 7)
    clock.now += timedelta(days=7) - timedelta(seconds=1)
    assert (await service.open_link(pool, secret, "")).pack == pack
    clock.now += timedelta(seconds=1)
    with pytest.raises(NotFound):
        await service.open_link(pool, secret, "")


async def test_what_is_wrong_is_refused_and_changes_nothing(pool: Pool, clock: Clock, ue: Actor) -> None:
    await known_rate(pool)
    board = await add_person(pool, "Bea Board", "unifor", "board_member")
    good = AskedPack(title="Autumn", as_of=date(2026, 11, 21), into="CAD")
    with pytest.raises(NotAllowed):
        await service.make_pack(pool, board, "board-makes-one", good, make)
    with pytest.raises(TextInvalid):
        await service.make_pack(pool, ue, "no-title-at-all", AskedPack(title=" ", as_of=good.as_of, into="CAD"), make)
    with pytest.raises(DateInvalid):
        await service.make_pack(pool, ue, "wrong-order-days", AskedPack(title="A", as_of=good.as_of, compare=good.as_of, into="CAD"), make)
    with pytest.raises(CurrencyUnknown):
        await service.make_pack(pool, ue, "no-such-currency", AskedPack(title="A", as_of=good.as_of, into=""), make)
    for day in (date(1, 5, 5), pool.today() + timedelta(days=1)):
        with pytest.raises(DateInvalid):
            await service.make_pack(pool, ue, f"a-day-out-of-reach-{day}", AskedPack(title="A", as_of=day, into="CAD"), make)
    pack = await service.make_pack(pool, ue, "a-right-pack-at-last", good, make)
    assert pack.number == "BP-0001", "numbers have no gaps"
    for days in (0, 181):
        with pytest.raises(ChoiceInvalid):
            await service.add_link(pool, ue, f"make-a-link-3-{days}", pack.number, "GEB", days)
    with pytest.raises(NotFound):
        await service.add_link(pool, ue, "make-a-link-4", "BP-0009", "GEB", 7)
    with pytest.raises(NotAllowed):
        await service.add_link(pool, board, "make-a-link-5", pack.number, "GEB", 7)
    assert (await service.show_pack(pool, board, pack.number)).links == []


async def test_the_pages_make_share_and_end(app: Litestar, pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await gift(pool, unifor, "2026-10-01", 40_000_00)
    await known_rate(pool)
    async with client_for(app, ue) as client:
        assert "No pack yet" in (await client.get("/board-packs")).text
        bad = await client.post("/board-packs/new", data={"title": "", "as_of": "soon", "into": "CAD"})
        assert bad.status_code == 422 and 'id="error-summary"' in bad.text and 'value="soon"' in bad.text
        later = await client.post("/board-packs/new", data={"title": "A", "as_of": "2026-10-31", "compare": "2026-11-01", "into": "CAD"})
        assert later.status_code == 422 and 'value="2026-11-01"' in later.text
        made = await client.post("/board-packs/new", data={"title": "Autumn", "as_of": "2026-11-21", "compare": "", "into": "CAD"})
        assert await _led_to(pool, ue, client, made) == "/board-packs/BP-0001?done=pack_made"
        no_label = await client.post("/board-packs/BP-0001/links", data={"label": "", "days": "7"})
        assert no_label.status_code == 422
        shared = await client.post("/board-packs/BP-0001/links", data={"label": "General Executive Board", "days": "7"})
        (address,) = {part for part in shared.text.split('"') if "/packs/" in part and part.startswith("http")}
        assert (await httpx_get(app, address)).status_code == 200
        link = (await service.show_pack(pool, ue, "BP-0001")).links[0]
        twice = {"form_key": "one-key-for-both", "label": "National Executive Board", "days": "7"}
        answers = [await client.post("/board-packs/BP-0001/links", data=twice) for _ in range(2)]
        assert [each.status_code for each in answers] == [200, 303] and answers[1].headers["location"].endswith("done=link_made")
        assert len((await service.show_pack(pool, ue, "BP-0001")).links) == 2, "sent twice, made once"
        await client.post(f"/board-packs/BP-0001/links/{link.id}/end")
        assert "ended" in (await client.get("/board-packs/BP-0001")).text
        assert (await httpx_get(app, address)).status_code == 404


async def _led_to(pool: Pool, who: Actor, client: httpx.AsyncClient, begun: httpx.Response) -> str:
    """Where making a pack leads in the end, also where it took longer than one waits for."""
    assert begun.status_code == 303
    address = begun.headers["location"]
    if address.startswith("/progress/"):
        await progress.finished(pool, who, UUID(address.rpartition("/")[2]))
        address = (await client.get(address)).headers["location"]
    return str(address)


async def test_a_pack_shows_how_far_it_has_come(app: Litestar, pool: Pool, clock: Clock, ue: Actor) -> None:
    """Each step is told before it is done; what is wrong is said on the form, and what comes to nothing beside it."""
    await known_rate(pool)
    told: list[tuple[int, int]] = []

    async def come(done: int, total: int) -> None:
        told.append((done, total))

    asked = AskedPack(title="Autumn", as_of=date(2026, 11, 21), into="CAD")
    await service.make_pack(pool, ue, "make-a-pack-1", asked, make, come)
    assert told and told[0][0] == 0 and told == sorted(told) and told[-1][0] < told[-1][1]
    id = await service.begin_pack(pool, ue, "make-a-pack-2", asked, make)
    assert (await progress.finished(pool, ue, id)).answer == {"pack": "BP-0002"}
    async with client_for(app, ue) as client:
        assert (await client.get(f"/progress/{id}")).headers["location"] == "/board-packs/BP-0002?done=pack_made"
        tomorrow = (pool.today() + timedelta(days=1)).isoformat()
        for field, given in (("as_of", {"as_of": tomorrow}), ("compare", {"compare": tomorrow}), ("compare", {"compare": "2026-11-21"})):
            bad = await client.post("/board-packs/new", data={"title": "A", "as_of": "2026-11-21", "into": "CAD"} | given)
            assert bad.status_code == 422 and f'href="#f-{field}"' in bad.text, given
    assert len((await service.list_packs(pool, ue))[0]) == 2


@pytest.mark.parametrize("other", [{"title": "Winter"}, {"into": "USD"}, {"compare": date(2026, 9, 30)}, {"as_of": date(2026, 11, 20)}])
async def test_a_key_is_of_the_whole_pack_that_was_asked_for(pool: Pool, ue: Actor, other: dict[str, Any]) -> None:
    await known_rate(pool)
    asked = AskedPack(title="Autumn", as_of=date(2026, 11, 21), into="CAD")
    changed, go_on = msgspec.structs.replace(asked, **other), asyncio.Event()

    async def slowly(pool: Pool, asked: AskedPack, come: Come) -> Made:
        await go_on.wait()
        return await make(pool, asked, come)

    id = await service.begin_pack(pool, ue, "one-key-for-two", asked, slowly)
    assert await service.begin_pack(pool, ue, "one-key-for-two", msgspec.structs.replace(asked, title=" Autumn "), slowly) == id
    meanwhile = await service.begin_pack(pool, ue, "one-key-for-two", changed, slowly)
    assert meanwhile != id
    go_on.set()
    ended = [await progress.finished(pool, ue, each) for each in (id, meanwhile)]
    assert sorted(each.state for each in ended) == ["done", "refused"], "both were begun, and one is made"
    made, refused = sorted(ended, key=lambda each: each.state)
    assert made.answer == {"pack": "BP-0001"} and refused.answer is not None and refused.answer["code"] == "idempotency_key_reused"
    first, second = (asked, changed) if ended[0] == made else (changed, asked)
    assert await service.begin_pack(pool, ue, "one-key-for-two", first, make) == made.id
    for again in (service.begin_pack, service.make_pack):
        with pytest.raises(KeyReused):
            await again(pool, ue, "one-key-for-two", second, make)
    assert len((await service.list_packs(pool, ue))[0]) == 1


async def test_a_form_that_was_gone_back_to_and_changed_makes_no_other_pack_unsaid(app: Litestar, pool: Pool, ue: Actor) -> None:
    await known_rate(pool)
    data = {"title": "Autumn", "as_of": "2026-11-21", "compare": "", "into": "CAD", "form_key": "one-form-sent-twice"}
    async with client_for(app, ue) as client:
        assert await _led_to(pool, ue, client, await client.post("/board-packs/new", data=data)) == "/board-packs/BP-0001?done=pack_made"
        back = await client.post("/board-packs/new", data=data | {"title": "Winter"})
        assert back.status_code == 409 and "This form was sent before" in back.text and 'value="Winter"' in back.text
        (key,) = set(re.findall(r'name="form_key" value="([^"]+)"', back.text)) - {data["form_key"]}
        second = await client.post("/board-packs/new", data=data | {"title": "Winter", "form_key": key})
        assert await _led_to(pool, ue, client, second) == "/board-packs/BP-0002?done=pack_made"


async def httpx_get(app: Litestar, address: str) -> httpx.Response:
    async with client_for(app) as nobody:
        return await nobody.get("/packs/" + address.rpartition("/")[2])

