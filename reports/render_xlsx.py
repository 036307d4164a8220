"""Render a document as a workbook: a sheet a table with real numbers and dates, and a sheet that says where they come from."""

import re
from datetime import UTC, date
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from ledger.domain.money import digits_of
from reports.document import Document, Table
from reports.flat import Flat, FlatCell, FlatRow, flat
from reports.i18n import translate
from reports.present import facts, footers, key_figure_text, sample_text, say, when

# Excel keeps 15 significant digits. A larger figure is written as text, so that none is ever shown rounded.
_EXACT_DIGITS = 15
_LONGEST_TEXT = 32_767
_MOST_ROWS = 1_048_576 - 1
_WIDEST = 48


class SheetTooLong(Exception):
    """A table has more rows than a sheet can hold; CSV and JSON have no such limit."""


class _Workbook:
    """The workbook and its cell formats, each made once."""

    def __init__(self, document: Document) -> None:
        self.buffer = BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(self.buffer, options)
        self.book.set_properties({"created": document.generated_at.astimezone(UTC).replace(tzinfo=None)})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._names: set[str] = set()

    def style(self, **properties: Any) -> Any:
        """A cell format."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_name": "Calibri", "valign": "top", **properties})
        return self._formats[key]

    def sheet(self, name: str) -> Any:
        """A new sheet under a name Excel takes: at most 31 characters, none of ``[]:*?/\\``, not twice."""
        base = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31].strip(" '") or "-"
        unique, number = base, 2
        while unique.lower() in self._names or unique.lower() == "history":
            unique, number = f"{base[:27]} {number}", number + 1
        self._names.add(unique.lower())
        return self.book.add_worksheet(unique)


def render_xlsx(document: Document, language: str) -> bytes:
    """The workbook's bytes; the same for the same document and language."""
    workbook = _Workbook(document)
    for table in document.tables:
        _table_sheet(workbook, document, table, language)
    _facts_sheet(workbook, document, language)
    workbook.book.close()
    return workbook.buffer.getvalue()


def _table_sheet(workbook: _Workbook, document: Document, table: Table, language: str) -> None:
    grid = flat(table, language)
    if len(grid.rows) > _MOST_ROWS:
        raise SheetTooLong(f"{table.name}: {len(grid.rows)} rows")
    sheet = workbook.sheet(say(language, table.caption))
    for index, (heading, kind) in enumerate(zip(grid.headings, grid.kinds, strict=True)):
        align = "left" if kind in ("text", "date") else "right"
        sheet.write_string(0, index, heading, workbook.style(bold=True, bottom=1, text_wrap=True, align=align, bg_color="#F3EFE7"))
        sheet.set_column(index, index, _width(grid, index))
    for number, row in enumerate(grid.rows, start=1):
        for index, (kind, cell) in enumerate(zip(grid.kinds, row.cells, strict=True)):
            _write(workbook, sheet, (number, index), kind, row, cell)
    sheet.freeze_panes(1, 1)
    _print_setup(sheet, document, language, wide=sum(_width(grid, index) for index in range(len(grid.kinds))) > 95)


def _write(workbook: _Workbook, sheet: Any, place: tuple[int, int], kind: str, row: FlatRow, cell: FlatCell) -> None:
    look: dict[str, Any] = {"bold": True} if row.kind != "line" else {}
    look |= {"top": 1} if row.kind == "subtotal" else {"top": 2} if row.kind == "total" else {}
    look |= {"italic": True} if kind == "converted" else {}
    value = cell.value
    if value is None:
        sheet.write_blank(*place, None, workbook.style(**look))
    elif isinstance(value, str):
        indent = {"indent": min(row.level, 15)} if place[1] == 0 else {}
        sheet.write_string(*place, value[:_LONGEST_TEXT], workbook.style(**look, **indent))
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, workbook.style(**look, num_format="yyyy-mm-dd", align="left"))
    elif len(Decimal(value).as_tuple().digits) > _EXACT_DIGITS:
        sheet.write_string(*place, f"{cell.currency} {value:f}".strip(), workbook.style(**look, align="right"))
    else:
        sheet.write_number(*place, value, workbook.style(**look, num_format=_number_format(kind, cell.currency)))


def _number_format(kind: str, currency: str) -> str:
    """Excel's own signs for grouping and decimals follow the reader's machine; the ISO code is part of the format."""
    if kind in ("money", "converted"):
        figure = "#,##0" + ("." + "0" * digits_of(currency) if digits_of(currency) else "")
        return f"[${currency}] {figure};[${currency}] \u2212{figure}"
    return {"rate": "0.0000####", "percent": "0.0%", "decimal": "#,##0.0#"}.get(kind, "#,##0")


def _width(grid: Flat, index: int) -> int:
    """Characters a column needs; its heading wraps."""
    longest = max((_length(row.cells[index]) for row in grid.rows if row.kind != "group"), default=0)
    return min(_WIDEST, max(10, longest + 2, min(len(grid.headings[index]), 16)))


def _length(cell: FlatCell) -> int:
    if cell.value is None:
        return 0
    text = cell.value if isinstance(cell.value, str) else f"{cell.value:,}" if isinstance(cell.value, int | Decimal) else "2026-11-23"
    return len(text) + (4 if cell.currency else 0)


def _print_setup(sheet: Any, document: Document, language: str, wide: bool) -> None:
    title = " · ".join(part for part in (say(language, document.title), when(language, document)) if part)
    page = translate(language, "Page %(page)s of %(pages)s", page="&P", pages="&N")
    sheet.set_header("&L" + _in_header(title) + ("&R" + _in_header(sample_text(language)) if document.sample else ""))
    sheet.set_footer("&L" + _in_header(say(language, document.pool)) + "&R" + page)
    sheet.repeat_rows(0)
    sheet.set_paper(1)
    sheet.fit_to_pages(1, 0)
    if wide:
        sheet.set_landscape()


def _in_header(text: str) -> str:
    """Text for a page's edge: ampersands doubled, and short enough that both sides fit Excel's 255."""
    return text[:90].replace("&", "&&")


def _facts_sheet(workbook: _Workbook, document: Document, language: str) -> None:
    sheet = workbook.sheet(translate(language, "About this report"))
    lines = [("", say(language, document.title)), ("", when(language, document))]
    lines += [("", say(language, line)) for line in document.subtitle]
    lines += [("", sample_text(language))] if document.sample else []
    lines += [(say(language, key.label), key_figure_text(language, key)) for key in document.key_figures]
    lines += facts(language, document)
    lines += [(translate(language, "Rate"), footer) for table in document.tables for footer in footers(language, table)]
    notes = [note for table in document.tables for note in table.notes]
    notes += [note for section in document.sections for note in section.notes] + list(document.notes)
    lines += [(translate(language, "Note"), say(language, note)) for note in notes]
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    for number, (name, text) in enumerate(line for line in lines if line[1]):
        sheet.write_string(number, 0, name, workbook.style(font_color="#625D55"))
        sheet.write_string(number, 1, text[:_LONGEST_TEXT], workbook.style(bold=number == 0, text_wrap=True))
