"""Flatten a table for spreadsheets: one heading line, one value a cell, exactly the rows shown.

Where amounts of a column differ in currency, a column of their ISO codes is put before it, so that nobody adds dollars to dollars.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct

from ledger.domain.money import decimal_from_minor
from reports import formats
from reports.document import Cell, Column, Conversion, Table, currency_of
from reports.formats import date_iso
from reports.i18n import N_, translate
from reports.present import heading_text, rate_places, say, source_name

FlatValue = str | int | Decimal | date | None


class FlatCell(Struct, frozen=True):
    """A value ready for a sheet (money in major units) and, for money, its currency."""

    value: FlatValue
    currency: str = ""


class FlatRow(Struct, frozen=True):
    """A row of the sheet, with its kind and indentation."""

    kind: str
    level: int
    cells: tuple[FlatCell, ...]


class Flat(Struct, frozen=True):
    """A table as a sheet: headings, the kind of each column, rows."""

    headings: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[FlatRow, ...]


def flat(table: Table, language: str) -> Flat:
    """The table in a language. Each converted column's heading names its rate, date, source and version."""
    kinds = tuple(kind for column in table.columns for kind in _kinds(column))
    rows = []
    for row in table.rows:
        columns = table.columns if row.kind != "group" else (Column("group", ""),)
        cells = [flat_cell for column, cell in zip(columns, row.cells, strict=True) for flat_cell in _cells(language, column, cell)]
        rows.append(FlatRow(row.kind, row.level, tuple(cells + [FlatCell(None)] * (len(kinds) - len(cells)))))
    headings = tuple(heading for column in table.columns for heading in _headings(language, column))
    return Flat(headings, kinds, tuple(rows))


def _mixed(column: Column) -> bool:
    return column.is_money and column.currency is None


def _kinds(column: Column) -> Iterator[str]:
    if _mixed(column):
        yield "text"
    yield column.kind


def _headings(language: str, column: Column) -> Iterator[str]:
    heading = heading_text(language, column)
    if _mixed(column):
        yield translate(language, "%(heading)s, currency", heading=heading)
    if not column.currency:
        yield heading
        return
    yield f"{heading} ({'; '.join([column.currency, *(_rate(language, conversion) for conversion in column.conversions)])})"


_USES = {"opening": N_("opening"), "mean": N_("mean of the period"), "closing": N_("closing")}


def _rate(language: str, conversion: Conversion) -> str:
    figure = f"{conversion.base} 1 = {conversion.quote} {formats.rate(language, conversion.rate, rate_places(conversion.rate))}"
    days = f"{date_iso(conversion.since)}/" if conversion.since else ""
    told = f"{figure}, {source_name(language, conversion.source)}, {days}{date_iso(conversion.observed_on)}"
    told = told if conversion.since else f"{told}, v{conversion.version}"
    return f"{translate(language, _USES[conversion.use])} – {told}" if conversion.use else told


def _cells(language: str, column: Column, cell: Cell) -> Iterator[FlatCell]:
    currency = currency_of(column, cell) if column.is_money and cell.value is not None else ""
    if _mixed(column):
        yield FlatCell(currency or None)
    yield FlatCell(_value(language, cell, currency), currency)


def _value(language: str, cell: Cell, currency: str) -> FlatValue:
    value = cell.value
    if currency and isinstance(value, int):
        return decimal_from_minor(value, currency)
    return value if value is None or isinstance(value, int | Decimal | date) else say(language, value)


def decimal_text(language: str, value: Decimal) -> str:
    """A number for a file: never grouped, the language's decimal sign, a plain minus."""
    text = format(value, "f")
    return text.replace(".", ",") if language == "fr" else text
