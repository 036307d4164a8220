"""Render a document as JSON for programs: amounts as decimal strings with their currency, words in both languages at once."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain.money import text_from_minor
from reports.document import Cell, Column, Conversion, Document, KeyFigure, Row, Say, Table, currency_of
from reports.i18n import LANGUAGES
from reports.present import clean, say


def render_json(document: Document) -> bytes:
    """The whole document, indented, in UTF-8; the same bytes for every reader, so it has no language."""
    return msgspec.json.format(msgspec.json.encode(_document(document)), indent=2)


def _both(what: Say) -> str | dict[str, str]:
    """Text as it was typed, or what each language says."""
    return clean(what) if isinstance(what, str) else {language: say(language, what) for language in LANGUAGES}


def _amount(amount_minor: int, currency: str) -> dict[str, str]:
    return {"amount": text_from_minor(amount_minor, currency), "currency": currency}


def _value(column: Column, cell: Cell) -> Any:
    value = cell.value
    if value is None:
        return None
    if column.is_money and isinstance(value, int):
        return _amount(value, currency_of(column, cell))
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if isinstance(value, int | date) else _both(value)


def _row(table: Table, row: Row) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": row.kind, "level": row.level}
    if row.link:
        shown["link"] = row.link
    if row.kind == "group":
        return {**shown, "heading": _value(Column("group", ""), row.cells[0])}
    pairs = list(zip(table.columns, row.cells, strict=True))
    if links := {column.name: cell.link for column, cell in pairs if cell.link}:
        shown["links"] = links
    return {**shown, "cells": {column.name: _value(column, cell) for column, cell in pairs}}


def _conversion(conversion: Conversion) -> dict[str, Any]:
    return {
        "base": conversion.base,
        "quote": conversion.quote,
        "rate": format(conversion.rate, "f"),
        "observed_on": conversion.observed_on,
        "source": conversion.source,
        "version": conversion.version,
        **({"use": conversion.use} if conversion.use else {}),
        **({"mean_of_days": conversion.days, "since": conversion.since} if conversion.since else {}),
    }


def _column(column: Column) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": column.name, "heading": _both(column.heading), "kind": column.kind}
    if column.currency:
        shown["currency"] = column.currency
    if column.conversions:
        shown["conversions"] = [_conversion(conversion) for conversion in column.conversions]
    return shown


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "caption": _both(table.caption),
        "columns": [_column(column) for column in table.columns],
        "rows": [_row(table, row) for row in table.rows],
        "notes": [_both(note) for note in table.notes],
    }


def _key_figure(key: KeyFigure) -> dict[str, Any]:
    shown: dict[str, Any] = {"label": _both(key.label), **_amount(key.amount_minor, key.currency)}
    if key.note is not None:
        shown["note"] = _both(key.note)
    if key.conversion:
        shown["conversion"] = _conversion(key.conversion)
    return shown | ({"link": key.link} if key.link else {})


def _document(document: Document) -> dict[str, Any]:
    sections = [
        {
            "heading": _both(section.heading) if section.heading is not None else None,
            "tables": [_table(table) for table in section.tables],
            "notes": [_both(note) for note in section.notes],
        }
        for section in document.sections
    ]
    return {
        "name": document.name,
        "title": _both(document.title),
        "subtitle": [_both(line) for line in document.subtitle],
        "pool": _both(document.pool),
        "sample": document.sample,
        "as_of": document.as_of,
        "period": {"first": document.period[0], "last": document.period[1]} if document.period else None,
        "generated_at": document.generated_at,
        "head": {"number": document.head_number, "hash": document.head_hash},
        "key_figures": [_key_figure(key) for key in document.key_figures],
        "sections": sections,
        "notes": [_both(note) for note in document.notes],
    }
