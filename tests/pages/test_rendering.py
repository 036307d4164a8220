"""Render the frame: whose navigation, which address, which language, only a part where a part is asked for."""

from typing import Any

import pytest
from jinja2 import DictLoader
from litestar import Litestar, Request, get
from litestar.testing import RequestFactory

from api.pages import rendering
from api.pages.rendering import Here, environment, explained, look_of, named, navigation, page, script_words
from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Posting
from tests.pages.gallery import APP, reader


def request(path: str = "/funds", app: Litestar = APP, **options: Any) -> Request[Any, Any, Any]:
    return RequestFactory(app=app).get(path, **options)


def test_an_address_changes_only_what_is_asked() -> None:
    here = Here("/journal", {"q": "a b", "after": "9"})
    assert here.url == "/journal?q=a+b&after=9"
    assert here.but(after=None, sort="-date") == "/journal?q=a+b&sort=-date"
    assert (here.get("q"), here.get("none", "x"), Here("/", {}).url) == ("a b", "x", "/")


def test_the_navigation_shows_what_a_role_may_use_and_where_one_is() -> None:
    everything = frozenset({"/", "/funds", "/transfers", "/journal", "/people", "/audit", "/help"})
    treasurer = navigation(reader("en", "light"), "/documents/new", everything)
    assert [place.path for group in treasurer for place in group] == ["/", "/funds", "/transfers", "/journal", "/people", "/audit", "/help"]
    assert [place.path for group in treasurer for place in group if place.current] == ["/journal"]
    roles = frozenset({"campaign_lead"})
    lead = rendering.Reader(1, "M. Osei", "m@example.org", "unifor", roles, "en", "light", True, Actor(1, "M. Osei", "unifor", roles))
    assert [place.path for group in navigation(lead, "/", everything) for place in group] == ["/", "/funds", "/help"]
    assert navigation(None, "/", everything) == []


def test_no_link_leads_nowhere() -> None:
    @get("/funds", sync_to_thread=False)
    def funds() -> None: ...

    who = reader("en", "light")
    html = page(request(app=Litestar([funds], openapi_config=None), user=who), "error.html", reader=who, code="fault", message="m", mend=None).content
    assert 'href="/funds"' in html
    assert 'href="/transfers"' not in html
    assert "/search" not in html


@pytest.fixture
def probe() -> Any:
    """A template of two blocks, for both languages."""
    source = """{% extends "base.html" %}{% block title %}{{ ui.money(-1234567, "USD") }}{% endblock %}
    {% block content %}[{% block results %}{{ thing }}{% endblock %}]{% endblock %}"""
    before = {language: environment(language).loader for language in ("en", "fr")}
    for language, loader in before.items():
        environment(language).loader = rendering_choice(loader, source)
    yield
    for language, loader in before.items():
        environment(language).loader = loader


def rendering_choice(loader: Any, source: str) -> Any:
    from jinja2 import ChoiceLoader

    return ChoiceLoader([DictLoader({"probe.html": source}), loader])


@pytest.mark.usefixtures("probe")
def test_a_part_is_rendered_alone_when_htmx_asks_for_it() -> None:
    whole = page(request(), "probe.html", thing="<b>", fragment="results")
    part = page(request(headers={"HX-Request": "true", "HX-Request-Type": "partial"}), "probe.html", thing="<b>", fragment="results")
    assert "<!doctype html>" in whole.content
    assert "[&lt;b&gt;]" in whole.content
    assert part.content == "&lt;b&gt;"


@pytest.mark.usefixtures("probe")
@pytest.mark.parametrize(
    ("accept", "lang", "title"),
    [("fr-CA,fr;q=0.9", "fr-CA", "USD −12 345,67"), ("de, en", "en-CA", "USD −12,345.67"), ("", "en-CA", "USD −12,345.67")],
)
def test_the_language_is_said_and_titles_hold_no_markup(accept: str, lang: str, title: str) -> None:
    answer = page(request(headers={"Accept-Language": accept}), "probe.html", thing=1)
    assert answer.headers["Content-Language"] == lang
    assert f'<html lang="{lang}" data-theme="system">' in answer.content
    assert f"<title>{title} – " in answer.content.replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.mark.usefixtures("probe")
def test_a_message_after_a_redirect_comes_from_a_fixed_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "done_messages", lambda: {"sent": "Sent."})
    assert 'role="status">Sent.<' in page(request(query_params={"done": "sent"}), "probe.html", thing=1).content
    html = page(request(query_params={"done": "<script>"}), "probe.html", thing=1).content
    assert "flash" not in html
    assert "<script>" not in html
    assert 'name="next" value="/funds?q=1"' in page(request(query_params={"done": "sent", "q": "1"}), "probe.html", thing=1).content


def test_every_union_has_a_mark_of_its_own_shape() -> None:
    assert (look_of("ue").shape, look_of("unifor").shape) == ("square", "disc")
    assert look_of("third").shape not in ("square", "disc")
    assert look_of("third") == look_of("third")


def test_what_will_be_posted_is_said_in_the_reader_s_language() -> None:
    from datetime import date

    accounts = {1: Account(1, "joint", "Assets:Bank:X", "USD", "Bank", "Banque")}
    funds = {2: Fund(2, "STRIKE", "Strike", "Grève")}
    draft = Draft(date(2026, 1, 1), "general", "d", (Posting(1, 2, -500, "memo"),))
    line = explained(draft, accounts, funds, "fr")[0]
    assert (line.account, line.fund, line.amount_minor, line.currency, line.memo, line.book) == ("Banque", "Grève", -500, "USD", "memo", "joint")
    assert named("en", {"name_en": "a", "name_fr": "b"}) == "a"


def test_the_script_has_its_words_in_both_languages() -> None:
    assert '"decimal": ","' in script_words("fr")
    assert "Understood as {money}" in script_words("en")
