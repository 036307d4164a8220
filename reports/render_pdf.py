"""Render a document as a PDF to sign and keep: tagged, archivable (PDF/A-3a and PDF/UA-1), the same bytes every time.

Text reaches Typst as data, never as markup, and the document's JSON is attached inside. It takes tens of milliseconds of CPU for a usual
report and seconds for thousands of rows, so a server runs it in a thread.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst

from reports.charts import print_svgs
from reports.document import Document
from reports.font_coverage import FONTS, REPLACEMENT, covered, drawable
from reports.i18n import translate
from reports.present import present
from reports.render_json import render_json

Paper = Literal["us-letter", "a4"]

_TEMPLATE = Path(__file__).parent / "typst" / "report.typ"
_STANDARDS: list[Any] = ["a-3a", "ua-1"]

# Layout, in points: usable width of a page and what a character of a table takes at the usual size.
_WIDTH_POINTS = {"us-letter": (612 - 108, 792 - 108), "a4": (595 - 108, 842 - 108)}
_SIZE_POINTS = 8.5
_DENSE_POINTS = 7.2
_SMALLEST_POINTS = 6.0
_DENSE_MARGIN_POINTS = 24  # what a dense page has more of than another
_CHARACTER_POINTS = 4.9
_GUTTER_POINTS = 12
_WIDEST_TEXT = 26


class Attachment(msgspec.Struct, frozen=True):
    """A file to put inside: its name, media type, what it is, and its text."""

    name: str
    media_type: str
    description: str
    text: str


def render_pdf(
    document: Document, language: str, *, created_at: datetime | None = None, paper: Paper = "us-letter", attached: Sequence[Attachment] = (),
    keywords: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """The PDF's bytes. ``created_at`` (the document's own time unless told) is all that is written about when it was made.

    The document's JSON is inside, or what is ``attached`` in its place; ``keywords`` stand in its metadata as they are.
    """
    shown = _drawable(present(document, language))
    shown["title"] = shown["title"].strip() or document.name  # PDF/UA needs one
    shown["keywords"] = [document.name, *keywords]
    made_at = (created_at or document.generated_at).astimezone(UTC).replace(microsecond=0)
    compiled = typst.compile(
        _template(),
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={
            "report": json.dumps(shown | _layout(shown, language, paper), ensure_ascii=False),
            "charts": json.dumps(_drawable(print_svgs(document, language)), ensure_ascii=False),
            **_attachments(attached or [Attachment(f"{document.name}.json", "application/json", shown["title"], render_json(document).decode())]),
        },
        pdf_standards=_STANDARDS,
        timestamp=made_at,
    )
    return bytes(compiled)


def _attachments(attached: Sequence[Attachment]) -> dict[str, str]:
    """What the template reads of them: a list of what they are, and each text under its number."""
    listed = [{"name": each.name, "type": each.media_type, "description": each.description} for each in attached]
    return {"attached": json.dumps(listed, ensure_ascii=False)} | {f"attached-{number}": each.text for number, each in enumerate(attached)}


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


@cache
def _fonts() -> typst.Fonts:
    if ord(REPLACEMENT) not in covered():
        raise RuntimeError("the shipped fonts cannot draw the replacement character")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _drawable(value: Any) -> Any:
    """The whole structure with its texts limited to what the fonts can draw."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, dict):
        return {name: _drawable(part) for name, part in value.items()}
    return [_drawable(part) for part in value] if isinstance(value, list | tuple) else value


def _layout(shown: dict[str, Any], language: str, paper: Paper) -> dict[str, Any]:
    """Paper, orientation, the widths and type size of each table, and the words of a page's edge."""
    portrait, landscape = _WIDTH_POINTS[paper]
    dense = shown["dense"]
    usual = _DENSE_POINTS if dense else _SIZE_POINTS
    if dense:
        portrait += _DENSE_MARGIN_POINTS
    tables = [(table, section["beside"]) for section in shown["sections"] for table in section["tables"]]
    needs = [_widths(table) for table, _ in tables]
    flipped = not dense and any(_points(widths) > portrait for widths in needs)
    for (table, is_half), widths in zip(tables, needs, strict=True):
        room = (landscape if flipped else portrait / 2 if is_half else portrait) / max(_points(widths), 1)
        table["size"] = max(_SMALLEST_POINTS, min(usual, round(_SIZE_POINTS * room, 2)))
        table["widths"] = [_points([width]) if column["kind"] == "text" else 0 for column, width in zip(table["columns"], widths, strict=True)]
    return {"paper": paper, "flipped": flipped, "page_of": _page_words(language)}


def _page_words(language: str) -> list[str]:
    """The words around the two numbers of ``Page 1 of 3``."""
    before, middle, after = translate(language, "Page %(page)s of %(pages)s", page="\0", pages="\0").split("\0")
    return [before, middle, after]


def _widths(table: dict[str, Any]) -> list[int]:
    """Characters each column needs; text columns wrap beyond a bound."""
    rows = [row["cells"] for row in table["rows"] if row["kind"] != "group"]
    return [_column_width(column, [row[index] for row in rows]) for index, column in enumerate(table["columns"])]


def _column_width(column: dict[str, Any], cells: list[dict[str, Any]]) -> int:
    """A column of figures is as wide as its heading on one line: only text wraps, and it would be left with nothing."""
    longest = max((len(cell["text"]) + len(cell["currency"]) for cell in cells), default=0)
    if column["kind"] != "text":
        return max(4, len(column["heading"]), longest)
    return max(4, min(longest, _WIDEST_TEXT), max((len(word) for word in column["heading"].split()), default=0))


def _points(widths: list[int]) -> float:
    return sum(width * _CHARACTER_POINTS + _GUTTER_POINTS for width in widths)
