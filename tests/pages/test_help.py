"""Check Help: guides and topics alike in both languages, links that lead somewhere, words that pages say, and a page for every refusal code."""

import ast
import html
import re
from collections import Counter
from pathlib import Path

import pytest
from litestar import Litestar

from api import limits, settings_explained
from api.action_names import ACTION_NAMES
from api.pages.help import GUIDES, HELP_PAGES, TEMPLATES, TOPICS
from api.pages.rendering import paths_of
from api.refusal_messages import mend, message, messages
from api.refusal_pages import RULES, example
from api.settings import Settings
from ledger.domain.actors import PERMISSIONS, ROLES
from ledger.domain.refusals import all_refusals
from tests.conftest import client_for
from tests.test_languages import french_faults, used_messages

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "api" / "pages"
LANGUAGES = ("en", "fr")
NAMES = sorted(HELP_PAGES)


def source(language: str, name: str) -> str:
    return (TEMPLATES / language / f"{name}.html").read_text(encoding="utf-8")


def shape(text: str) -> Counter[str]:
    """What must be the same in both languages: tags, where links lead, what code is shown, the interface's words, and every figure."""
    tags = re.findall(r"<(h2|p|ol|ul|li|tr|td|a|b|em|kbd|code)\b", text)
    links = re.findall(r'href="([^"]+)"', text)
    code = [part for part in re.findall(r"<code>(.*?)</code>", text) if "./solidarity verify" not in part]
    words = re.findall(r"{{ *(.*?) *}}", text)
    plain = re.sub(r"{{.*?}}|<code>.*?</code>|<kbd>.*?</kbd>|<[^>]*>", " ", text)
    figures = [figure.translate({0xA0: None, ord(","): "."}) for figure in re.findall(r"\d[\d\u00a0,.]*\d|\d", plain)]
    return Counter([*tags, *links, *code, *words, *figures])


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_same_shape_in_both_languages(name: str) -> None:
    english, french = (shape(source(language, name)) for language in LANGUAGES)
    assert english == french, f"{name}: only in English {english - french}, only in French {french - english}"
    assert english["p"] + english["h2"] > 0


def test_every_file_is_a_page_and_every_link_to_help_is_one() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (TEMPLATES / language).glob("*.html")} == set(HELP_PAGES)
    linked = {topic for path in PAGES.glob("*.py") for topic in re.findall(r'help="([a-z-]+)"', path.read_text())}
    assert linked <= set(TOPICS)


def test_every_role_has_one_guide_and_one_guide_is_for_who_runs_the_machine() -> None:
    assert sorted(role for guide in GUIDES.values() for role in guide.roles) == sorted(ROLES)
    assert [name for name, guide in GUIDES.items() if not guide.roles] == ["operator"]


@pytest.mark.parametrize("name", NAMES)
def test_french_help_is_set_as_in_canada(name: str) -> None:
    text = re.sub(r"{{.*?}}|<code>.*?</code>|<kbd>.*?</kbd>", "x", source("fr", name))
    text = html.unescape(re.sub(r"{%.*?%}|<[^>]*>", "", text))
    assert not french_faults(text)


def test_help_quotes_only_words_that_pages_say() -> None:
    """A label that is renamed on its page must be renamed here."""
    of_its_own = ("Settings", "Setting", "Default", "What it is for", "When it does not start", "The line", "Limits", "Limit")
    quoted, said = set(), set()
    for (_, text), places in used_messages().items():
        (said if any("templates/help/" not in place for place in places) else quoted).add(text)
    assert quoted - said - set(of_its_own) == {text for text in quoted if text in _of_help_s_own_pages()}


def _of_help_s_own_pages() -> set[object]:
    """What the index, the topics' frame and the problems' pages say themselves."""
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    return set(re.findall(r'_\("([^"]+)"\)', text))


@pytest.mark.parametrize("name", NAMES)
def test_links_within_a_page_lead_to_a_heading(name: str) -> None:
    text = source("en", name)
    assert re.findall(r'href="#([^"]+)"', text) == re.findall(r'<h2 id="([^"]+)"', text)


async def test_every_internal_link_leads_to_a_page(app: Litestar) -> None:
    patterns = [re.compile(re.sub(r"{[^}]*}", "[^/]+", path) + r"\Z") for path in paths_of(app)]
    for name in NAMES:
        for link in re.findall(r'href="(/[^"#?]*)', source("en", name)):
            assert any(pattern.match(link) for pattern in patterns), f"{name} links to {link}"
            if link.startswith("/help/problems/"):
                assert link.rpartition("/")[2] in all_refusals()
            elif link.startswith("/help/") and link != "/help/problems":
                assert link.removeprefix("/help/") in HELP_PAGES


async def test_help_is_open_to_all_in_both_languages(app: Litestar) -> None:
    async with client_for(app) as client:
        for language, word in (("en", "Help"), ("fr", "Aide")):
            headers = {"Accept-Language": language}
            assert word in (await client.get("/help", headers=headers)).text
            for name in NAMES:
                shown = await client.get(f"/help/{name}", headers=headers)
                assert shown.status_code == 200
                assert "%(" not in shown.text
            index = await client.get("/help/problems", headers=headers)
            for code in (*all_refusals(), "fault"):
                shown = await client.get(f"/help/problems/{code}", headers=headers)
                assert shown.status_code == 200
                assert "%(" not in shown.text and "–" not in re.sub(r"<title>.*?</title>", "", shown.text)
                assert code == "fault" or f'"/help/problems/{code}"' in index.text
        assert (await client.get("/help/nothing")).status_code == 404
        assert (await client.get("/help/problems/nothing")).status_code == 404


async def test_the_reader_s_own_guide_comes_first(app: Litestar, unifor: object) -> None:
    async with client_for(app, unifor) as client:  # type: ignore[arg-type]
        shown = (await client.get("/help")).text
        assert shown.index('"/help/treasurer"') < shown.index('"/help/board"')
        assert shown.count("chip good") == 1


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_every_refusal_has_a_message_a_rule_and_what_would_help() -> None:
    assert set(RULES) == set(all_refusals()) <= set(messages())
    assert {code.partition(".")[0] for code in messages()} <= set(all_refusals())
    assert not [code for code, (_, help_of_it) in messages().items() if not help_of_it]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_fill_every_sentence(language: str) -> None:
    for code in all_refusals():
        for sentence in (message(language, example(code)), mend(language, example(code)) or ""):
            assert "–" not in sentence.split(), f"{code}: {sentence}"


def test_codes_and_figures_are_said_as_the_reader_says_them() -> None:
    said = {code: [message(language, example(code)) for language in LANGUAGES] for code in ("too_many_postings", "exchange_disagrees", "rate_exists")}
    assert "10,000 lines" in said["too_many_postings"][0] and "10\u00a0000 lignes" in said["too_many_postings"][1]
    assert "1.3601" in said["exchange_disagrees"][0] and "1,3601" in said["exchange_disagrees"][1]
    assert "Banque du Canada" in said["rate_exists"][1]
    entry = message("fr", all_refusals()["already_reversed"](entry=10_482, reversal=10_483))
    assert "J-10482" in entry and "J-10483" in entry


def test_a_day_that_is_not_in_the_calendar_is_said_as_it_was_typed() -> None:
    refusal = all_refusals()["date_invalid"](field="as_of", text="2026-02-30")
    assert [message(language, refusal)[:12] for language in LANGUAGES] == ["“2026-02-30”", "«\u00a02026-02-30"]
    assert "February 28, 2026" in message("en", all_refusals()["date_invalid"](field="as_of", text="2026-02-28"))


# --- what the audit trail and tokens say ------------------------------------------------------------------------------


def test_every_permission_and_every_action_has_its_words() -> None:
    assert set(PERMISSIONS) <= set(ACTION_NAMES)
    recorded = set(re.findall(r'(?:event\([\w.]+, |Event\(|perform\(\s*pool, actor, |_change_own\(pool, actor, )"([a-z_]+)"', services_source()))
    assert recorded - set(ACTION_NAMES) == set()
    assert len(recorded) > 30, "the pattern finds no actions any more"


def services_source() -> str:
    return "".join(path.read_text(encoding="utf-8") for room in ("api", "ledger", "reports") for path in (ROOT / room).rglob("*.py"))


# --- the operator's guide ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_setting_and_every_limit_is_in_the_operator_s_guide(app: Litestar, language: str) -> None:
    assert tuple(settings_explained.MEANINGS) == Settings.__struct_fields__
    async with client_for(app) as client:
        shown = html.unescape((await client.get("/help/operator", headers={"Accept-Language": language})).text)
    for variable, default, meaning in settings_explained.table(language):
        assert variable in shown and default in shown and meaning in shown
    for what, amount in limits.table(language):
        assert f"<td>{what}</td>" in shown and amount in shown
    assert str(ROOT) not in shown


def test_every_line_that_stops_the_start_is_in_the_operator_s_guide() -> None:
    text = html.unescape(source("en", "operator"))
    unsaid = [part for part in start_errors() if part not in text]
    assert not unsaid, "\n".join(unsaid)


def start_errors() -> list[str]:
    """The most telling fixed part of every line that ``raise CannotStart…`` or ``SettingsInvalid`` ends a start with."""
    names = ("CannotStart", "CannotStartDatabase", "SettingsInvalid")
    calls = [
        node.exc
        for path in (*(ROOT / "api").rglob("*.py"), *(ROOT / "ledger").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and getattr(node.exc.func, "id", "") in names
    ]
    parts = [[str(node.value) for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant) and isinstance(node.value, str)] for call in calls]
    return [_telling(texts) for texts in parts if texts]


def _telling(texts: list[str]) -> str:
    """The longest part up to its first ``;`` or ``(``, without its ends; the end of a path tells nothing."""
    return max((re.split(r"[;(]", text)[0].strip(": ") for text in texts if not text.startswith("/")), key=len)
