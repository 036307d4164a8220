"""The audit trail as an auditor reads it: every action in words of both languages, links, refusals explained, paging, files."""

import csv
import io
import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from api.action_names import ACTION_NAMES
from ledger.domain.actors import Actor
from ledger.services import journal as service
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit
from tests.conftest import add_person, client_for
from tests.pages.test_journal import in_french, text_of
from tests.services.test_journal import opening

ROOT = Path(__file__).parents[2]
_RECORDED = re.compile(r'(?:perform|_change_own)\(\s*pool,\s*actor,\s*"([a-z_]+)"|audit\.[eE]vent\((?:(?:actor|reader\.actor|OPERATOR),\s*)?"([a-z_]+)"')


def test_every_action_has_words() -> None:
    """What the code records, read from the code."""
    found = {name for path in (ROOT / "ledger").rglob("*.py") for pair in _RECORDED.findall(path.read_text()) for name in pair if name}
    assert len(found) > 40
    assert found <= set(ACTION_NAMES), sorted(found - set(ACTION_NAMES))


async def test_an_auditor_reads_it_in_either_language(pool: Pool, app: Litestar, ue: Actor) -> None:
    await service.post_entry(pool, ue, "audited-opening", opening(1_000_000))
    trustee, board = await add_person(pool, "Trudy Trustee", "ue", "trustee"), await add_person(pool, "Boris Board", "ue", "board_member")
    async with client_for(app, board) as client:
        assert (await client.get("/people/new")).status_code == 403
        assert (await client.get("/audit")).status_code == 403
    async with client_for(app, trustee) as client:
        shown = await client.get("/audit")
        assert 'href="/journal/1"' in shown.text
        assert "Post an entry J-1 done" in text_of(shown)
        assert "Look after people and roles" in text_of(shown) and "Your role does not allow this." in text_of(shown)
        await in_french(client)
        french = text_of(await client.get("/audit"))
        assert "Inscrire une écriture" in french and "S’occuper des personnes et des rôles" in french and "post_entry" not in french
        only = text_of(await client.get("/audit?action=post_entry&outcome=done&union=ue&q=dolores"))
        assert "J-1" in only and "Votre rôle ne le permet pas" not in only
        assert "Rien ne correspond" in text_of(await client.get("/audit?q=nobody-of-that-name"))


async def test_pages_follow_one_another_without_gap_or_overlap(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await note(pool, [audit.event(ue, "mark_seen", subject=f"line-{number}") for number in range(150)])
    first = await ue_client.get("/audit?action=mark_seen")
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    second = await ue_client.get(older[1].replace("&amp;", "&"))
    seen = [re.findall(r"line-\d+", answer.text) for answer in (first, second)]
    assert [len(found) for found in seen] == [100, 50]
    assert len(set(seen[0]) | set(seen[1])) == 150


@pytest.mark.parametrize(("format_name", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")])
async def test_what_is_shown_can_be_taken_away_and_that_is_kept_too(
    pool: Pool, ue: Actor, ue_client: httpx.AsyncClient, format_name: str, start: bytes
) -> None:
    await note(pool, [audit.event(ue, "sign_in"), audit.event(ue, "sign_out")])
    answer = await ue_client.get(f"/audit?action=sign_in&format={format_name}")
    assert answer.content.startswith(start)
    if format_name == "csv":
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0][:6] == ["When", "Who", "Union", "Action", "Code", "Subject"]
        assert [row[4] for row in rows[1:]] == ["sign_in"]
    assert "Take a list away" in text_of(await ue_client.get("/audit?q=audit"))
