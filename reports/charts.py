"""Draw a table of a report as a chart: a Vega-Lite spec as plain dicts, and the SVG that a page or a sheet of paper takes.

A chart has no figures of its own: it draws columns of a table that stands beside it, so the two cannot differ. The same figures give the
same bytes; nothing is fetched, and nothing in the SVG needs a style that the pages' content security policy refuses.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from typing import Any, Literal

import msgspec
import vl_convert
from markupsafe import Markup

from ledger.domain.money import decimal_from_minor
from reports import formats
from reports.document import Chart, Column, Document, Row, Table
from reports.font_coverage import FONTS
from reports.i18n import locale
from reports.present import heading_text, say, value_text

Medium = Literal["wide", "narrow", "print", "half"]

# Whole width and the height of what is drawn, in pixels of a page and points of paper.
_SIZES: dict[Medium, tuple[int, int]] = {"wide": (720, 240), "narrow": (340, 220), "print": (504, 190), "half": (254, 46)}
_TICKS: dict[Medium, int] = {"wide": 7, "narrow": 5, "print": 5, "half": 5}
_TEXT: dict[Medium, float] = {"wide": 12, "narrow": 13, "print": 8.5, "half": 7}
# A bar and what is left between groups of them.
_BARS: dict[Medium, tuple[int, int]] = {"wide": (18, 14), "narrow": (18, 14), "print": (18, 14), "half": (5, 4)}

# A page has its colours from its stylesheet, so that it follows light and dark; paper has those of reports/typst/report.typ.
_PAGE = {"ink": "var(--ink)", "soft": "var(--soft)", "line": "var(--line)", "accent": "var(--accent)", "blue": "var(--blue)", "red": "var(--red)"}
_PAPER = {"ink": "#1d1b18", "soft": "#625d55", "line": "#d9d3c8", "accent": "#a3252a", "blue": "#1f4e79", "red": "#a3362a"}

_ROOT = re.compile(r'\A<svg [^>]*?viewBox="([-0-9. ]+)">')
_TAG, _ARIA = re.compile(r"<[^>]+>"), re.compile(r' (?:role="graphics-[a-z]+"|aria-[a-z]+="[^"]*")')
_POINTS_SHOWN = 30
_FIGURES = {"format": ",.2~f", "tickCount": 5}

_encoder = msgspec.json.Encoder(decimal_format="number")


# The spec.


def spec(chart: Chart, table: Table, language: str, medium: Medium = "wide") -> dict[str, Any]:
    """The Vega-Lite spec in a language and for a medium. Amounts are Decimals of major units."""
    colours = _PAPER if medium in ("print", "half") else _PAGE
    draw = _bars if chart.kind == "bar" else _lines
    width, height = _SIZES[medium]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "width": width,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 2,
        "data": {"values": list(_values(chart, table, language))},
        "config": _config(colours, medium),
        **draw(chart, table, language, colours, medium),
    }


def _values(chart: Chart, table: Table, language: str) -> Iterator[dict[str, Any]]:
    """One value a row and series; an empty cell is a gap."""
    columns = {column.name: index for index, column in enumerate(table.columns)}
    across = table.columns[columns[chart.x]]
    for order, row in enumerate(row for row in table.rows if row.kind == "line"):
        x = _across(language, across, row, columns[chart.x])
        for series in chart.series:
            index = columns[series.column]
            height = _height(table.columns[index], row, index)
            if x is not None and height is not None:
                yield {"x": x, "y": height, "s": heading_text(language, table.columns[index]), "o": order}


def _across(language: str, column: Column, row: Row, index: int) -> Any:
    value = row.cells[index].value
    if value is None or column.kind == "text":
        return value_text(language, column, row.cells[index]) or None
    return formats.date_iso(value) if isinstance(value, date) else value


def _height(column: Column, row: Row, index: int) -> Any:
    value = row.cells[index].value
    if column.is_money and isinstance(value, int):
        return decimal_from_minor(value, column.currency or "")
    return value.scaleb(2) if column.kind == "percent" and value is not None else value  # type: ignore[union-attr]


def _lines(chart: Chart, table: Table, language: str, colours: dict[str, str], medium: Medium) -> dict[str, Any]:
    across = _column(table, chart.x)
    few = sum(row.kind == "line" for row in table.rows) <= _POINTS_SHOWN
    mark = {"type": "line", "strokeWidth": 2, "strokeJoin": "round", "point": {"size": 22, "filled": True} if few else False}
    axis = {"grid": False, "tickCount": _TICKS[medium], "labelOverlap": "greedy"}
    x: dict[str, Any] = {"field": "x", "title": heading_text(language, across), "type": "quantitative", "axis": axis}
    if across.kind == "date":
        x |= {"title": None, "type": "temporal", "scale": {"type": "utc"}, "axis": axis | {"format": "%-d %b %Y"}}
    return {
        "mark": mark,
        "encoding": {"x": x, "y": {"field": "y", "type": "quantitative", "title": _unit(chart, table), "axis": _FIGURES}}
        | _series(chart, table, language, colours, dashes=True),
    }


def _bars(chart: Chart, table: Table, language: str, colours: dict[str, str], medium: Medium) -> dict[str, Any]:
    """Lying bars, so that long names can be read; one beside the other where there are several series."""
    rows = sum(row.kind == "line" for row in table.rows)
    bar, gap = _BARS[medium]
    tall = rows * (len(chart.series) * bar + gap)
    names = {"title": None, "axis": {"grid": False, "ticks": False, "domain": False, "labelLimit": 110 if medium in ("narrow", "half") else 200}}
    offset = {"yOffset": {"field": "s", "type": "nominal", "sort": None}} if len(chart.series) > 1 else {}
    return {
        "height": max(tall, bar),
        "mark": {"type": "bar"},
        "encoding": {"y": {"field": "x", "type": "nominal", "sort": {"field": "o"}} | names,
                     "x": {"field": "y", "type": "quantitative", "title": _unit(chart, table),
                           "axis": _FIGURES | {"tickCount": 3 if medium in ("narrow", "half") else 6, "labelOverlap": "greedy"}}}
        | offset | _series(chart, table, language, colours, dashes=False),
    }  # fmt: skip


def _series(chart: Chart, table: Table, language: str, colours: dict[str, str], dashes: bool) -> dict[str, Any]:
    """Colour, and for lines dashes too, by series; named above where there are several."""
    names = [heading_text(language, _column(table, series.column)) for series in chart.series]
    legend = {"orient": "top", "title": None, "symbolType": "stroke" if dashes else "square", "symbolSize": 300 if dashes else 90}
    scale = {"domain": names, "range": [colours[series.tone] for series in chart.series]}
    found: dict[str, Any] = {"color": {"field": "s", "type": "nominal", "scale": scale, "legend": legend if len(names) > 1 else None}}
    if dashes and len(names) > 1:
        patterns = {"domain": names, "range": [[5, 4] if series.dashed else [1, 0] for series in chart.series]}
        found["strokeDash"] = {"field": "s", "type": "nominal", "scale": patterns, "legend": legend}
    return found


def _column(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _unit(chart: Chart, table: Table) -> str | None:
    """The ISO code of the amounts, which stand on the axis without it."""
    column = _column(table, chart.series[0].column)
    return "%" if column.kind == "percent" else column.currency


def _config(colours: dict[str, str], medium: Medium) -> dict[str, Any]:
    """No chart junk: hairlines, the text of the page, nothing that a screen reader would read twice."""
    size = _TEXT[medium]
    text = {"labelColor": colours["soft"], "titleColor": colours["soft"], "labelFont": "Inter", "titleFont": "Inter", "labelFontSize": size,
            "titleFontSize": size, "titleFontWeight": "normal"}  # fmt: skip
    return {
        "aria": False,
        "font": "Inter",
        "view": {"stroke": None},
        "axis": {**text, "gridColor": colours["line"], "domainColor": colours["soft"], "tickColor": colours["line"], "labelPadding": 5,
                 "labelSeparation": size},
        "legend": {**text, "labelColor": colours["ink"], "labelLimit": 300, "columnPadding": 18, "columns": 1 if medium in ("narrow", "half") else 0},
    }


# The SVG.


_ON_PAGES: tuple[Medium, ...] = ("wide", "narrow")


def page_svg(chart: Chart, table: Table, language: str, media: tuple[Medium, ...] = _ON_PAGES) -> Markup:
    """A drawing for each medium, the usual two for a wide screen and a phone; the stylesheet shows one. What people wrote is escaped in all."""
    description = say(language, chart.description)
    return Markup("").join(_framed(drawn(spec(chart, table, language, medium), language), medium, description) for medium in media)


def page_svgs(document: Document, language: str) -> dict[str, Markup]:
    """Every chart of a document by its name, for a page; one that stands beside its table on paper is there as it is on paper too."""
    return {
        chart.name: page_svg(chart, document.table_of(chart), language, (*_ON_PAGES, "half") if paper == "half" else _ON_PAGES)
        for chart, paper in _papers(document)
    }  # fmt: skip


def print_svgs(document: Document, language: str) -> dict[str, str]:
    """Every chart of a document by its name, in the colours of paper."""
    return {chart.name: drawn(spec(chart, document.table_of(chart), language, paper), language) for chart, paper in _papers(document)}


def specs(document: Document, language: str) -> list[dict[str, Any]]:
    """What is drawn for a document's page and its paper, for who draws one at a time: what was drawn is remembered a while."""
    return [spec(chart, document.table_of(chart), language, medium) for chart, paper in _papers(document) for medium in (*_ON_PAGES, paper)]


def _papers(document: Document) -> Iterator[tuple[Chart, Medium]]:
    """Every chart, and the medium that it is on paper."""
    for section in document.sections:
        for chart in section.charts:
            yield chart, "half" if document.is_dense and section.is_beside else "print"


def _framed(svg: str, medium: Medium, description: str) -> Markup:
    """The drawing with a root of our own: as wide as the page lets it be, and one picture with a name to a screen reader."""
    found = _ROOT.match(svg)
    assert found, "Vega begins an SVG with its size"
    root = Markup('<svg class="chart {}" role="img" aria-label="{}" viewBox="{}">').format(medium, description, found[1])
    return root + Markup(svg[found.end() :])


def drawn(spec: dict[str, Any], language: str) -> str:
    """The SVG of a spec, numbers and months as the language writes them. CPU-bound: a second at first, then some hundredths."""
    return _drawn(_encoder.encode(spec).decode(), language)


@lru_cache(maxsize=256)
def _drawn(spec: str, language: str) -> str:
    _fonts()
    svg = vl_convert.vegalite_to_svg(
        spec, format_locale=_number_locale(language), time_format_locale=_time_locale(language), allowed_base_urls=[]
    )
    # Vega calls each of its groups a graphic without a name; ours is one picture, named at its root.
    return _TAG.sub(lambda tag: _ARIA.sub("", tag[0]), svg)


@cache
def _fonts() -> None:
    """The shipped typeface measures the text, whatever the machine has."""
    vl_convert.register_font_directory(str(FONTS))


@cache
def _number_locale(language: str) -> dict[str, Any]:
    """How d3 writes numbers: the product's own signs, and never a currency sign."""
    signs = formats.signs(language)
    return {"decimal": signs.decimal, "thousands": signs.group, "grouping": [3], "currency": ["", ""], "minus": formats.MINUS}


@cache
def _time_locale(language: str) -> dict[str, Any]:
    """How d3 writes months and days, from the same data as every other date of the product."""
    known = locale(language)
    days, months = known.days["format"], known.months["format"]
    return {
        "dateTime": "%x, %X", "date": "%Y-%m-%d", "time": "%H:%M", "periods": ["AM", "PM"],
        "days": [days["wide"][(number - 1) % 7] for number in range(7)],
        "shortDays": [days["abbreviated"][(number - 1) % 7] for number in range(7)],
        "months": [months["wide"][number] for number in range(1, 13)],
        "shortMonths": [months["abbreviated"][number] for number in range(1, 13)],
    }  # fmt: skip
