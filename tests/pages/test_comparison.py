"""Upload, map, compare, answer and agree on the pages, as both treasuries would (W19), in both languages."""

import html
import re

import httpx
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.extracts import Meaning
from ledger.services.pool import Pool
from tests.services import requests_stage
from tests.services.extracts_stage import FILES, JANUARY, brought
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


def said(answer: httpx.Response) -> str:
    """What the page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def fields(page: str) -> dict[str, str]:
    """Every field of the main form of a page, as a browser would send it."""
    found = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")?[^>]* selected[^>]*>([^<]*)', options)
        found[name] = (chosen[1] if chosen[1] is not None else chosen[2]) if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


async def sent(client: httpx.AsyncClient, name: str, until: str, key: str) -> str:
    """A file sent; where its columns are shown."""
    file = {"file": (name, (FILES / name).read_bytes(), "text/csv")}
    answer = await client.post("/extracts/new", data={"form_key": key, "until": until}, files=file)
    assert answer.status_code == 303, said(answer)
    return answer.headers["location"]


async def test_an_extract_is_sent_mapped_looked_at_and_brought_in(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    place = await sent(ue_client, "ue_2026-01_sage50.csv", "2026-01-31", "send-00001")
    looked = await ue_client.get(place)
    assert "Nobody has said what account 1510 Due from Unifor CAD" in said(looked) or "Bring it in" in said(looked)
    form = fields(looked.text)
    assert form["account-0-means"] == "due_from", "guessed from its name"
    again = await ue_client.post(place.partition("?")[0], data=form | {"form_key": "look-00001", "currency": "CAD", "action": "look"})
    assert again.status_code == 200 and "Opening and rows make the closing balance" in said(again), said(again)
    bring = fields(again.text) | {"form_key": "keep-00001", "action": "post", "seen": "", "save_as": "Sage"}
    kept = await ue_client.post(place.partition("?")[0], data=bring)
    assert kept.headers["location"] == "/comparison/2026-01-31?done=extract_kept", said(kept)
    twice = await sent(ue_client, "ue_2026-01_sage50.csv", "2026-01-31", "send-00002")
    assert "Extract LX-0001 holds the same already" in said(await ue_client.get(twice))
    listed = said(await ue_client.get("/extracts"))
    assert "LX-0001" in listed and "ue_2026-01_sage50.csv" in listed
    assert "Staff lent in December" in said(await ue_client.get("/extracts/LX-0001"))


async def test_faults_are_said_by_row_in_the_reader_s_language(stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    broken = (FILES / "unifor_2026-01_acomba.csv").read_text().replace("2026-01-23", "2026-13-23").encode()
    for place, (client, words) in enumerate(((ue_client, "6 Day 2026-13-23 is not a date"), (unifor_client, "6 Jour 2026-13-23 n’est pas une date"))):
        form = {"form_key": f"send-0001{place}", "until": "2026-01-31"}
        answer = await client.post("/extracts/new", data=form, files={"file": ("broken.csv", broken, "text/csv")})
        await client.post("/language", data={"language": "fr" if place else "en", "next": "/"})
        page = said(await client.get(answer.headers["location"]))
        assert "Bring it in" not in page
        assert words in page, page


async def test_three_differences_are_listed_answered_and_agreed_to(
    stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    for union in ("ue", "unifor"):
        await brought(stage, union, JANUARY)
    page = await ue_client.get("/comparison/2026-01-31")
    text = said(page)
    for words in (
        "Unifor owes UE, CAD", "12,750.00 12,141.00 609.00", "missing at Unifor", "keying", "1,098.00 1,089.00 9.00", "timing", "Unexplained 0.00",
    ):
        assert words in text, (words, text)
    assert "Unifor , Fri 13 Feb" in text
    number = re.search(r"/comparison/differences/(DF-[0-9]+)", page.text)
    assert number is not None
    place = f"/comparison/differences/{number[1]}"
    form = {"form_key": "answer-001", "remark": "We book it in February", "due_on": "2026-02-20", "action": "keep"}
    answered = await unifor_client.post(place, data=form)
    assert answered.headers["location"] == f"{place}?done=difference_kept", said(answered)
    thread = said(await ue_client.get(place))
    assert "We book it in February" in thread and "February 20, 2026" in thread
    assert "Seen at the cut-off January 31, 2026" in thread and "Due on" in thread and "Who sees to it" in thread
    nothing = await unifor_client.post(place, data={"form_key": "answer-002", "action": "resolve"})
    assert nothing.status_code == 422, "to resolve it one says why"
    comparison = re.search(r'name="comparison" value="(CM-[0-9]+)"', (await ue_client.get("/comparison/2026-01-31")).text)
    assert comparison is not None
    for client, key in ((ue_client, "agree-0001"), (unifor_client, "agree-0002")):
        done = await client.post("/comparison/2026-01-31", data={"form_key": key, "comparison": comparison[1], "action": "agree"})
        assert done.headers["location"] == "/comparison/2026-01-31?done=comparison_agreed", said(done)
    assert "agreed with listed differences" in said(await ue_client.get("/comparison/2026-01-31"))
    shown = await ue_client.get("/comparison/2026-01-31/letter")
    letter = said(shown)
    assert "you owe us 12,750.00 CAD 2026-01-31" in letter and "We disagree, because:" in letter
    for file, language in zip(re.findall(r'href="(/reports/confirmation-letter[^"]+)"', shown.text), ("en", "fr"), strict=True):
        made = await ue_client.get(html.unescape(file))
        assert made.content.startswith(b"%PDF") and f"confirmation-letter-2026-01-31-{language}.pdf" in made.headers["content-disposition"]
    assert "Done" in said(await ue_client.get("/comparison"))


async def test_the_pool_s_book_stands_in_where_nothing_was_sent(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    await brought(stage, "ue", JANUARY)
    text = said(await ue_client.get("/comparison/2026-01-31"))
    assert "from the pool’s book, no extract" in text and "Unifor has uploaded nothing yet" in text


async def test_what_is_in_order_is_agreed_to_at_once(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    rows = (
        "Date,Account,Reference,Memo,Amount,Balance", "2026-01-13,1510 Due from Unifor,88,Hall,500.00,500.00",
        "2026-01-20,2510 Due to Unifor,91,Van,-120.00,-120.00",
    )  # fmt: skip
    accounts = Meaning("1510 Due from Unifor", "CAD", "due_from", "unifor"), Meaning("2510 Due to Unifor", "CAD", "due_to", "unifor")
    await brought(stage, "ue", JANUARY, "\n".join(rows).encode(), "two.csv", meanings=accounts)
    page = await ue_client.get("/comparison/2026-01-31")
    assert "Agree to all 2 with what they list" in said(page)
    both = sorted(set(re.findall(r'name="comparison" value="(CM-[0-9]+)"', page.text)))
    for named, day in (([], "2026-01-31"), (both, "2026-02-28"), (["CM-9999"], "2026-01-31")):
        strange = await ue_client.post(f"/comparison/{day}", data={"form_key": "agree-0004", "comparison": named, "action": "agree"})
        assert strange.status_code in (404, 422), "nothing is agreed to that is not there"
    done = await ue_client.post("/comparison/2026-01-31", data={"form_key": "agree-0003", "comparison": both, "action": "agree"})
    assert done.headers["location"] == "/comparison/2026-01-31?done=comparison_agreed", said(done)
    after = said(await ue_client.get("/comparison/2026-01-31"))
    assert len(both) == 2 and "Agree to" not in after and after.count("Dolores Haze-Nguyen,") == 2, after
