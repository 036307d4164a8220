"""Render a document as semantic HTML: a fragment for the product's own pages, or a whole page to keep."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.charts import page_svgs
from reports.document import Document
from reports.present import present

_FOLDER = Path(__file__).parent / "html"


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def render_html(document: Document, language: str, *, heading: bool = True) -> str:
    """An ``<article class="report">`` for a page that brings the stylesheet; everything in it is escaped, so it may be marked safe.

    ``heading=False`` leaves the title out, for a page that has it already.
    """
    return _environment().get_template("report.html").render(_given(document, language), heading=heading)


def render_html_page(document: Document, language: str) -> str:
    """A page that stands alone, with its own style, for a file or a mail; sample books say so on top."""
    style = Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))
    return _environment().get_template("page.html").render(_given(document, language), style=style, heading=True)


def _given(document: Document, language: str) -> dict[str, Any]:
    """What the templates read: the document in words, and its charts drawn, by name."""
    return {"report": present(document, language), "charts": page_svgs(document, language)}
