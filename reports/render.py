"""Render any document in any format: the one registry behind pages, commands and the API."""

from collections.abc import Callable

from msgspec import Struct

from reports.document import Document
from reports.formats import day_of
from reports.i18n import LANGUAGES
from reports.render_csv import render_csv
from reports.render_html import render_html_page
from reports.render_json import render_json
from reports.render_pdf import render_pdf
from reports.render_xlsx import render_xlsx


class Format(Struct, frozen=True):
    """One form a report takes: its media type, its files' extension, and who makes it."""

    media_type: str
    extension: str
    render: Callable[[Document, str], bytes]


class Rendered(Struct, frozen=True):
    """A report ready to send or write: bytes, media type, and a filename that says what it is."""

    content: bytes
    media_type: str
    filename: str


FORMATS = {
    "html": Format("text/html", "html", lambda document, language: render_html_page(document, language).encode()),
    "pdf": Format("application/pdf", "pdf", lambda document, language: render_pdf(document, language)),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", render_xlsx),
    "csv": Format("text/csv", "csv", render_csv),
    "json": Format("application/json", "json", lambda document, language: render_json(document)),
}


class FormatUnknown(Exception):
    """Not one of :data:`FORMATS`."""


def render(document: Document, format: str, language: str) -> Rendered:
    """The document in a format and a language. Raises :class:`FormatUnknown`; CPU-bound, so a server runs it in a thread."""
    if format not in FORMATS:
        raise FormatUnknown(format)
    form = FORMATS[format]
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    return Rendered(form.render(document, spoken), form.media_type, filename(document, form.extension, spoken))


def filename(document: Document, extension: str, language: str) -> str:
    """``trial-balance-2026-10-31-fr.pdf``: plain ASCII, its date the document's own, and before it what it is about."""
    day = document.period[1] if document.period else document.as_of or day_of(document.generated_at)
    return "-".join(part for part in (document.name, document.about, day.isoformat(), language) if part) + f".{extension}"
