"""Check Help: every topic that a page links to exists in both languages, and every refusal code has its page."""

import re
from pathlib import Path

from litestar import Litestar

from api.pages.help import TEMPLATES, TOPICS
from api.refusal_messages import messages
from ledger.domain.refusals import all_refusals
from tests.conftest import client_for

PAGES = Path(__file__).parents[2] / "api" / "pages"


def test_every_topic_that_pages_link_to_exists_in_both_languages() -> None:
    linked = {topic for path in PAGES.glob("*.py") for topic in re.findall(r'help="([a-z-]+)"', path.read_text())}
    assert linked <= set(TOPICS)
    for topic in TOPICS:
        english, french = ((TEMPLATES / language / f"{topic}.html").read_text() for language in ("en", "fr"))
        assert english.count("<p>") == french.count("<p>") > 0


def test_every_refusal_has_a_message_and_no_message_is_left_over() -> None:
    assert set(all_refusals()) <= set(messages())
    assert {code.partition(".")[0] for code in messages()} <= set(all_refusals())


async def test_help_is_open_to_all_in_both_languages(app: Litestar) -> None:
    async with client_for(app) as client:
        for language, word in (("en", "Help"), ("fr", "Aide")):
            headers = {"Accept-Language": language}
            assert word in (await client.get("/help", headers=headers)).text
            for topic in TOPICS:
                assert (await client.get(f"/help/{topic}", headers=headers)).status_code == 200
            for code in all_refusals():
                shown = await client.get(f"/help/problems/{code}", headers=headers)
                assert shown.status_code == 200
                assert "%(" not in shown.text
        assert (await client.get("/help/nothing")).status_code == 404
