"""Render a document's tables as CSV that a spreadsheet of the language opens with a double click.

English: commas and decimal points; French: semicolons and decimal commas; both in UTF-8 with a byte order mark. A document of one table is
one clean table from the first line on; where there are several, each follows a line with its caption, a blank line between them.
"""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

from reports.document import Document
from reports.flat import FlatValue, decimal_text, flat
from reports.formats import date_iso
from reports.present import sample_text, say

# A text that a spreadsheet would run as a formula (OWASP, "CSV Injection"), full-width signs included.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render_csv(document: Document, language: str) -> bytes:
    """Every table's headings and rows, as shown. Text is quoted, and defused where it could run as a formula; numbers are numbers."""
    sheet = StringIO()
    writer = csv.writer(sheet, delimiter=";" if language == "fr" else ",", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(_lines(document, language))
    return b"\xef\xbb\xbf" + sheet.getvalue().encode("utf-8")


def _lines(document: Document, language: str) -> Iterator[list[str]]:
    several = len(document.tables) > 1
    for index, table in enumerate(document.tables):
        if several:
            yield from [[]] if index else []
            yield [defused(say(language, table.caption))]
        grid = flat(table, language)
        yield [defused(heading) for heading in grid.headings]
        yield from ([_text(language, cell.value) for cell in row.cells] for row in grid.rows)
    if document.sample:
        yield []
        yield [sample_text(language)]


def _text(language: str, value: FlatValue) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return defused(value)
    return date_iso(value) if isinstance(value, date) else decimal_text(language, Decimal(value))


def defused(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula."""
    return "'" + text if text.lstrip(" \u00a0").startswith(_FORMULA_SIGNS) else text
