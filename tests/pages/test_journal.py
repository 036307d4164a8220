"""The journal's pages as a treasurer uses them, without a script: write, look first, post, find, undo, correct, attach."""

import io
import re
from itertools import count
from typing import Any

import httpx
import openpyxl
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services import journal as service
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.services.test_documents import PDF
from tests.services.test_journal import UE_BANK, opening, paid

_keys = count(1)
BANK, ORGANIZING, NET = f"{UE_BANK} USD", "joint/Expense:Organizing USD", "joint/Equity:Net-assets USD"


def text_of(answer: httpx.Response) -> str:
    """The page's words, without markup, spaces joined."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").replace("&nbsp;", " ").split())


def lines(*rows: tuple[str, str, str, str]) -> dict[str, str]:
    """(account, fund, debit, credit) as the form's fields."""
    found: dict[str, str] = {}
    for number, row in enumerate(rows):
        found |= {f"line-{number}-{name}": value for name, value in zip(("account", "fund", "debit", "credit"), row, strict=True)}
    return found


def entry(**changes: str) -> dict[str, str]:
    rows = lines((ORGANIZING, "GEN", "1,500.50", ""), (BANK, "GEN", "", "1,500.50"))
    return {"kind": "general", "date": "23 Nov 2026", "description": "Picket signs", "tags": "print, strike", **rows, **changes}


async def submit(client: httpx.AsyncClient, path: str, key: str = "", **fields: Any) -> httpx.Response:
    return await client.post(path, data={"form_key": key or f"journal-page-{next(_keys)}", **fields})


async def in_french(client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "fr", "next": "/"})


async def opened(pool: Pool, ue: Actor, *amounts: int) -> None:
    await service.post_entry(pool, ue, "journal-open", opening(1_000_000))
    for amount in amounts:
        await service.post_entry(pool, ue, f"journal-paid-{amount}", paid(amount, text=f"Paid {amount}"))


async def test_an_empty_journal_says_how_to_begin(ue_client: httpx.AsyncClient) -> None:
    answer = await ue_client.get("/journal")
    assert answer.status_code == 200, answer.text
    assert "The journal is empty" in text_of(answer)
    assert 'href="/journal/new?kind=opening"' in answer.text


async def test_look_first_then_post_once(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue)
    assert "Look at it first" in (await ue_client.get("/journal/new")).text
    shown = await submit(ue_client, "/journal/new", **entry(), action="preview")
    assert (shown.status_code, "What will be posted" in shown.text, "Post this entry" in shown.text) == (200, True, True)
    entered = await submit(ue_client, "/journal/new", **entry())
    assert "Post this entry" in entered.text, "Enter in a field looks first"
    for _ in range(2):
        done = await submit(ue_client, "/journal/new", key="one-form-key", **entry(), action="post")
        assert (done.status_code, done.headers["location"]) == (303, "/journal/2?done=journal_posted")
    text = text_of(await ue_client.get(done.headers["location"]))
    for words in ("Posted.", "Picket signs", "USD 1,500.50", "Dolores Haze-Nguyen", "on these pages", "print , strike", "General entry J-2"):
        assert words in text, words
    assert (await ue_client.get("/journal/3")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "soon"}, "This is not a date"),
        ({"description": ""}, "Fill this in"),
        ({"line-0-account": "joint/Assets:Nothing USD"}, "There is no such account"),
        ({"line-0-fund": ""}, "Choose a fund"),
        ({"line-0-credit": "1.00"}, "not both"),
        ({"line-0-debit": "", "line-0-memo": "x"}, "Give this line an amount"),
        ({"line-0-debit": "1,234.567"}, "decimals at most"),
        ({"line-0-debit": "$5"}, "dollar sign"),
        ({"line-0-debit": "1500"}, "Debits and credits differ by USD"),
        ({"date": "2027-01-01"}, "is after today"),
        ({"line-0-debit": "99999999", "line-1-credit": "99999999"}, "less than the"),
        ({"rate": "1.3725", "pair": "USD/CAD"}, "Fill this in"),
        ({"rate_source": "The bank"}, "Write a rate such as"),
        ({"line-1-account": "joint/Assets:In-transit USD"}, "What is in transit moves only with its transfer."),
        ({"line-0-fund": "POL-US", "line-1-fund": "POL-US", "line-1-account": "joint/Equity:Net-assets USD"}, "nothing says where this comes from"),
        ({"reference": "a\u202eb"}, "Reference: This holds a character that cannot be kept"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    pool: Pool, ue: Actor, ue_client: httpx.AsyncClient, changes: dict[str, str], said: str
) -> None:
    await opened(pool, ue)
    answer = await submit(ue_client, "/journal/new", **entry(**changes), action="post")
    assert answer.status_code in (403, 409, 422), answer.text
    assert said in text_of(answer), text_of(answer)[:3000]
    summary = answer.text.partition("error-summary")[2].partition("</ul>")[0]
    led = re.findall(r'href="#([^"]+)"', summary)
    assert led and all(f'id="{target}"' in answer.text for target in led), summary
    assert 'value="Picket signs"' in answer.text or "description" in changes


async def test_a_form_of_more_lines_without_a_script(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue)
    more = await submit(ue_client, "/journal/new", **entry(), action="add-line")
    assert (more.status_code, more.text.count("data-line=")) == (200, 4)
    rows = [(ORGANIZING, "GEN", "1.00", "")] * 40 + [(BANK, "GEN", "", "40.00")]
    done = await submit(ue_client, "/journal/new", **(entry() | lines(*rows)), action="post")
    assert done.status_code == 303, text_of(done)[:2000]


async def test_french_money_is_read_as_french(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue)
    await in_french(ue_client)
    ambiguous = await submit(ue_client, "/journal/new", **entry(), action="preview")
    assert ambiguous.status_code == 422
    rows = lines((ORGANIZING, "GEN", "1 500,50", ""), (BANK, "GEN", "", "1500,50"))
    shown = await submit(ue_client, "/journal/new", **entry(**rows), action="preview")
    assert "1 500,50" in text_of(shown)
    assert "Inscrire cette écriture" in text_of(shown)


async def test_find_and_take_away(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue, 1_234_56, 200)

    async def found(**words: str) -> list[str]:
        answer = await ue_client.get("/journal", params=words)
        assert answer.status_code == 200, answer.text
        return re.findall(r'<a href="/journal/(\d+)">', answer.text)

    assert await found() == ["3", "2", "1"]
    assert await found(q="1,234.56") == ["2"]
    assert await found(kind="opening") == ["1"]
    assert await found(amount="2.00") == ["3"]
    assert await found(account=ORGANIZING) == ["3", "2"]
    assert await found(after="3") == ["2", "1"]
    assert "No entry answers this" in (await ue_client.get("/journal", params={"from": "2027-01-01"})).text
    assert "was not understood" in (await ue_client.get("/journal", params={"from": "soon", "fund": "NO", "after": "x" * 50})).text
    csv = await ue_client.get("/journal", params={"format": "csv", "kind": "general"})
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.count("Paid ") == 2
    xlsx = await ue_client.get("/journal", params={"format": "xlsx"})
    sheets = openpyxl.load_workbook(io.BytesIO(xlsx.content)).worksheets
    assert any(cell.value == 1_234.56 for sheet in sheets for row in sheet.iter_rows() for cell in row)


async def test_reverse_shows_what_it_posts(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue, 500)
    asked = await ue_client.get("/journal/2/reverse")
    assert "What will be posted" in asked.text
    missing = await submit(ue_client, "/journal/2/reverse", date="2026-11-23", reason="")
    assert (missing.status_code, "Fill this in" in missing.text) == (422, True)
    early = await submit(ue_client, "/journal/2/reverse", date="2026-11-01", reason="Twice")
    assert "cannot be undone as of" in text_of(early) and 'href="#f-date"' in early.text
    done = await submit(ue_client, "/journal/2/reverse", date="2026-11-23", reason="Posted twice")
    assert done.headers["location"] == "/journal/3?done=journal_reversed"
    text = text_of(await ue_client.get("/journal/2"))
    assert "reversed by J-3" in text
    assert "Correct" not in text
    assert "reversed already" in text_of(await ue_client.get("/journal/2/reverse"))


async def test_correct_begins_with_the_entry_as_it_is(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue, 500)
    asked = await ue_client.get("/journal/2/correct")
    assert asked.status_code == 200, asked.text
    assert 'value="joint/Expense:Organizing USD"' in asked.text
    right = entry(**{"line-0-debit": "7.00", "line-1-credit": "7.00"}, reversal_date="2026-11-23", reason="A slip of the pen")
    shown = await submit(ue_client, "/journal/2/correct", **right, action="preview")
    assert "Reverse and post this" in shown.text, text_of(shown)[:2000]
    undone, _, anew = text_of(shown).partition("The reversal")[2].partition("What stands in its place")
    assert "USD 5.00" in undone and "USD 7.00" in anew
    done = await submit(ue_client, "/journal/2/correct", **right, action="post")
    assert done.headers["location"] == "/journal/4?done=journal_corrected"
    assert "correction of J-2" in text_of(await ue_client.get("/journal/4"))
    assert "What it should have been is J-4" in text_of(await ue_client.get("/journal/2"))


async def test_a_document_is_attached_and_handed_out(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await opened(pool, ue)
    assert "No document is attached yet" in text_of(await ue_client.get("/journal/1"))
    assert (await ue_client.get("/documents/new", params={"kind": "journal", "subject": "1"})).status_code == 200
    fields = {"kind": "journal", "subject": "1", "form_key": "attach-page-1"}
    wrong = await ue_client.post("/documents/new", data=fields, files={"file": ("slip.pdf", b"MZ" + bytes(50), "application/pdf")})
    assert (wrong.status_code, "is not what its name says" in wrong.text) == (415, True)
    done = await ue_client.post("/documents/new", data=fields | {"form_key": "attach-page-2"}, files={"file": ("slip.pdf", PDF, "application/pdf")})
    assert done.headers["location"] == "/journal/1?done=document_attached"
    address = re.search(r'href="(/documents/[0-9a-f-]+)"', (await ue_client.get("/journal/1")).text)
    assert address is not None
    assert (await ue_client.get(address[1])).content == PDF


async def test_who_sees_which_buttons(app: Litestar, pool: Pool, ue: Actor, unifor_client: httpx.AsyncClient) -> None:
    await opened(pool, ue, 500)
    answer = await unifor_client.get("/journal/2")
    assert "/journal/2/reverse" not in answer.text
    trustee = await add_person(pool, "Ida", "ue", "trustee")
    async with client_for(app, trustee) as client:
        assert "/journal/new" not in (await client.get("/journal")).text
        assert (await client.get("/journal/new")).status_code == 403
        assert "/documents/new" not in (await client.get("/journal/1")).text
