"""Hold charts to drawing their table and nothing else: in both languages, on a page under its policy, on paper, the same bytes every time."""

import io
import itertools
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.async_api import Route, async_playwright
from pypdf import PdfReader

from api.security import HEADERS
from reports import document as d
from reports.charts import _TEXT, Medium, drawn, page_svgs, print_svgs, spec
from reports.document import Column, DocumentInvalid, Table, row
from reports.render import render
from reports.render_html import render_html, render_html_page
from reports.render_pdf import render_pdf
from tests.reports.example_documents import GENERATED_AT, HOSTILE, charts

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).parents[2]


def texts(svg: str) -> list[str]:
    """What is written in a drawing."""
    return [text.text or "" for text in ElementTree.fromstring(svg).iter() if text.tag.endswith("text")]


def values(name: str, language: str = "en") -> list[dict[str, object]]:
    """The points that a chart of the example draws."""
    document = charts()
    chart = next(chart for chart in document.charts if chart.name == name)
    return list(spec(chart, document.table_of(chart), language)["data"]["values"])


def test_it_draws_the_lines_of_its_table_and_leaves_gaps_and_totals_out() -> None:
    assert [(v["x"], str(v["y"])) for v in values("left") if v["s"] == "As now"] == [
        ("2026-11-26", "150000.05"), ("2026-12-03", "130000.05"), ("2026-12-10", "110000.05"),
    ]  # fmt: skip
    assert [(v["x"], str(v["y"])) for v in values("left") if v["s"] == "60 more"] == [("2026-11-26", "0.05")]
    assert [(v["x"], v["s"], str(v["y"])) for v in values("bars")][:2] == [("Bargaining", "UE", "1234.56"), ("Bargaining", "Unifor", "98.00")]


@pytest.mark.parametrize(("language", "amount", "day", "series"), [
    ("en", "150,000", "6 Dec 2026", "As now"), ("fr", "150\u00a0000", "6 déc. 2026", "Comme maintenant"),
])  # fmt: skip
def test_figures_and_days_are_written_as_the_language_writes_them(language: str, amount: str, day: str, series: str) -> None:
    found = texts(print_svgs(charts(), language)["left"])
    assert {amount, series, "CAD"} <= set(found) and not any("$" in text for text in found)
    assert any(day.partition(" ")[2] in text for text in found), found


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_chart_has_nothing_that_a_strict_policy_refuses(language: str) -> None:
    for svg in page_svgs(charts(tuple(HOSTILE)), language).values():
        assert "graphics-" not in svg, "one picture, not a hundred without a name"
        assert not re.search(r"\sstyle=|<style|<script|<image|href|\sid=|\son[a-z]+=|url\(", svg), svg[:300]
        for one in re.findall(r"<svg.*?</svg>", svg, re.DOTALL):
            assert ElementTree.fromstring(one).attrib["role"] == "img"
            assert "xmlns" not in one.partition(">")[2], "one root, ours"


def test_what_people_wrote_is_text_in_a_page_and_can_be_printed() -> None:
    evil = charts(("<script>alert(1)</script>", '"><b onload=x>', *HOSTILE))
    page = render_html_page(evil, "en")
    assert "<script" not in page and "<b onload" not in page
    assert len(PdfReader(io.BytesIO(render_pdf(evil, "fr"))).pages) >= 1


def test_it_is_the_same_in_another_process_and_time_zone() -> None:
    script = "import sys; from reports.render_html import render_html; from tests.reports.example_documents import charts;"
    script += "sys.stdout.write(render_html(charts(), 'fr'))"
    away = os.environ | {"TZ": "Pacific/Kiritimati", "LANG": "C"}
    found = subprocess.run([sys.executable, "-X", "utf8", "-c", script], cwd=ROOT, env=away, capture_output=True, check=True, timeout=60, text=True)
    assert found.stdout == render_html(charts(), "fr")
    assert render_pdf(charts(), "fr") == render_pdf(charts(), "fr")


def test_the_table_stands_beside_it_and_alone_in_sheets() -> None:
    page = render_html(charts(), "en")
    assert page.index('<figure class="drawn">') < page.index('id="weeks"') and 'aria-label="Ends after 3.4 weeks, &#34;soon&#34;"' in page
    assert "3,4" in render(charts(), "csv", "fr").content.decode() and b"svg" not in render(charts(), "json", "en").content
    assert render(charts(), "xlsx", "fr").content[:2] == b"PK"


def test_nothing_is_fetched() -> None:
    with pytest.raises(ValueError):
        drawn({"data": {"url": "http://127.0.0.1:1/x.json"}, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}, "en")


AMOUNTS = (Column("name", "Name"), Column("on", "On", "date"), Column("cad", "CAD", "money", "CAD"), Column("usd", "USD", "money", "USD"),
           Column("any", "Any", "money"))  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "across", "series", "table"),
    [
        ("line", "on", ("cad",), "other"),
        ("line", "nothing", ("cad",), "t"),
        ("line", "on", ("nothing",), "t"),
        ("line", "on", (), "t"),
        ("line", "name", ("cad",), "t"),
        ("bar", "name", ("on",), "t"),
        ("bar", "name", ("any",), "t"),
        ("bar", "name", ("cad", "usd"), "t"),
    ],
)
def test_a_chart_of_what_cannot_be_drawn_is_a_mistake(kind: str, across: str, series: tuple[str, ...], table: str) -> None:
    known = Table("t", "T", AMOUNTS, (row("a", None, 1, 2, None),))
    with pytest.raises(DocumentInvalid):
        wrong_chart(d.Section((known,)), kind, across, tuple(map(d.Series, series)), table)


def wrong_chart(section: d.Section, kind: str, across: str, series: tuple[d.Series, ...], table: str) -> d.Document:
    """A document that draws what it has not, or what cannot be drawn."""
    chart = d.Chart("c", table, kind, across, series, "x", "x")  # type: ignore[arg-type]
    return d.Document(
        name="x", title="x", pool="x", generated_at=GENERATED_AT, head_number=1, head_hash="", sections=(section, d.Section(charts=(chart,)))
    )


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_on_a_page_under_the_products_policy_it_follows_light_and_dark_and_the_width() -> None:
    html = f'<!doctype html><html lang="en"><title>x</title><link rel="stylesheet" href="/site.css"><main>{render_html(charts(), "en")}</main></html>'
    css = (ROOT / "api" / "static" / "site.css").read_text(encoding="utf-8")

    async def answer(route: Route) -> None:
        sheet = route.request.url.endswith("site.css")
        headers = {**HEADERS, "content-type": "text/css" if sheet else "text/html; charset=utf-8"}
        await route.fulfill(headers=headers, body=css if sheet else html)

    colours = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for scheme, width in (("light", 1200), ("dark", 390)):
            page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            await page.route("**/*.css", answer)
            await page.route("http://app.test/", answer)
            await page.goto("http://app.test/")
            shown = page.locator(f"svg.chart.{'wide' if width > 600 else 'narrow'}")
            assert await shown.count() == await page.locator("svg.chart:visible").count() == 2
            line = shown.first.locator(".mark-line path").first
            colours.append(await line.evaluate("node => getComputedStyle(node).stroke"))
            assert not [text for text in said if "Content Security" in text], said
        await browser.close()
    assert colours == ["rgb(29, 27, 24)", "rgb(239, 236, 230)"]


def labels_of(svg: str, size: float) -> list[tuple[float, float, str]]:
    """(left, right, text) of what stands along the axis below a drawing; a character is taken for wider than it is."""
    # What would run into its neighbour is kept in the drawing and not seen.
    shown = re.sub(r'<text [^>]*opacity="0"[^>]*>[^<]*</text>', "", svg)
    found = re.findall(r'<text text-anchor="(start|middle|end)" transform="translate\(([-0-9.]+),([-0-9.]+)\)"[^>]*>([^<]+)</text>', shown)
    lowest: dict[float, list[tuple[float, float, str]]] = {}
    for anchor, x, y, text in found:
        width = len(text) * size * 0.6
        left = float(x) - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        lowest.setdefault(float(y), []).append((left, left + width, text))
    return sorted(max(lowest.values(), key=len))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("medium", ["wide", "narrow", "print", "half"])
def test_labels_along_an_axis_never_run_together(language: str, medium: Medium) -> None:
    """A line of twenty months, and bars of large sums with names of campaigns as long as they may be."""
    days = [date(2025 + month // 12, month % 12 + 1, 28) for month in range(20)]
    columns = (Column("on", "On", "date"), Column("cad", "CAD", "money", "CAD"))
    months = Table("months", "Months", columns, tuple(row(day, 1_234_567_890_00) for day in days))
    line = d.Chart("line", "months", "line", "on", (d.Series("cad"),), "Balance", "A line.")
    names = tuple(row(f"Campaign {place} for the {'night shift ' * 6}", 98_765_432_100 * place) for place in range(1, 6))
    sums = Table("sums", "Sums", (Column("name", "Name"), Column("usd", "USD", "money", "USD")), names)
    bars = d.Chart("bars", "sums", "bar", "name", (d.Series("usd"),), "Sums", "Bars.")
    for chart, table in ((line, months), (bars, sums)):
        labels = labels_of(drawn(spec(chart, table, language, medium), language), _TEXT[medium])
        assert len(labels) >= 2
        for (_, right, before), (left, _, after) in itertools.pairwise(labels):
            assert right < left, f"{medium} {language}: “{before}” runs into “{after}”"
