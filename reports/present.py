"""Put a document into a language: every message said, every figure written, ready for a page or a sheet of paper.

Its result is plain dicts and strings with no markup in them; the page's template and the Typst template only lay it out.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger.domain.money import digits_of
from reports import formats
from reports.document import Amount, Cell, Chart, Column, Conversion, Document, KeyFigure, Label, Row, Say, Section, Table, Words, currency_of
from reports.i18n import N_, translate, translations


def say(language: str, what: Say) -> str:
    """Words, a label or plain text in the language, without control characters."""
    if isinstance(what, Label):
        return clean(what.fr if language == "fr" else what.en)
    return clean(_said(language, what) if isinstance(what, Words) else what)


def _said(language: str, what: Words) -> str:
    catalogue = translations(language)
    params = {name: _param(language, value) for name, value in what.params.items()}
    if what.plural is not None and what.count is not None:
        message = catalogue.ngettext(what.message, what.plural, what.count)
        return message % {"count": formats.count(language, what.count), **params}
    if what.context is not None:
        return catalogue.pgettext(what.context, what.message) % params
    return catalogue.gettext(what.message) % params


def _param(language: str, value: Any) -> str:
    """A parameter inside a sentence. A bare number is an identifier or a year and is not grouped: counts go through ``words_n``."""
    if isinstance(value, Words | Label | str):
        return say(language, value)
    if isinstance(value, Amount):
        return formats.money(language, value.minor, value.currency, digits_of(value.currency))
    if isinstance(value, datetime):
        return formats.moment(language, value)
    if isinstance(value, date):
        return formats.date_long(language, value)
    return formats.rate(language, value, rate_places(value)) if isinstance(value, Decimal) else str(value)


def clean(text: str) -> str:
    """Text without what no page, sheet or XML can hold: controls, surrogates and non-characters; line ends become spaces."""
    if text.isprintable():
        return text
    return "".join(_safe(letter) for letter in text)


def _safe(letter: str) -> str:
    if letter in "\t\n\r\x0b\x0c\x85\u2028\u2029":
        return " "
    unsafe = unicodedata.category(letter) in ("Cc", "Cs") or ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF
    return "" if unsafe else letter


def rate_places(rate: Decimal) -> int:
    """A rate is said with every decimal it was recorded with, and at least four."""
    exponent = rate.normalize().as_tuple().exponent
    return max(4, -exponent if isinstance(exponent, int) else 0)


# Cells.


def value_text(language: str, column: Column, cell: Cell) -> str:
    """The cell as written in the language; for money the bare figure, its currency standing beside it."""
    value = cell.value
    if value is None:
        return ""
    if column.is_money and isinstance(value, int):
        return formats.figure(language, value, digits_of(currency_of(column, cell)))
    if isinstance(value, Decimal):
        return _decimal_text(language, column, value)
    if isinstance(value, date):
        return formats.date_iso(value)
    return formats.count(language, value) if isinstance(value, int) else say(language, value)


def _decimal_text(language: str, column: Column, value: Decimal) -> str:
    if column.kind == "percent":
        return formats.percent(language, value)
    if column.kind == "decimal":
        return formats.decimal(language, value, 1 if value == value.quantize(Decimal("0.1")) else 2)
    return formats.rate(language, value, rate_places(value))


def heading_text(language: str, column: Column) -> str:
    """A column's heading."""
    return say(language, column.heading)


def source_name(language: str, source: str) -> str:
    """Where a rate was read, in the reader's language; a source in somebody's own words stays as it is."""
    named = {"bank": N_("bank’s rate")}.get(source, source)
    return translations(language).gettext(named) if named else ""


def conversion_text(language: str, conversion: Conversion) -> str:
    """A rate with its date, source and version, as said under a table; a mean with its days."""
    if conversion.since is not None:
        return _mean_text(language, conversion, conversion.since)
    return translate(
        language,
        "%(base)s 1 = %(quote)s %(rate)s; %(source)s, %(date)s, version %(version)s",
        base=conversion.base,
        quote=conversion.quote,
        rate=formats.rate(language, conversion.rate, rate_places(conversion.rate)),
        source=source_name(language, clean(conversion.source)),
        date=formats.date_long(language, conversion.observed_on),
        version=conversion.version,
    )


def _mean_text(language: str, conversion: Conversion, since: date) -> str:
    return translate(
        language,
        "%(base)s 1 = %(quote)s %(rate)s, the mean of %(days)s daily rates; %(source)s, %(first)s to %(last)s",
        base=conversion.base,
        quote=conversion.quote,
        rate=formats.rate(language, conversion.rate, rate_places(conversion.rate)),
        days=conversion.days,
        source=source_name(language, clean(conversion.source)),
        first=formats.date_long(language, since),
        last=formats.date_long(language, conversion.observed_on),
    )


def _cell(language: str, column: Column, cell: Cell, link: str | None) -> dict[str, Any]:
    return {
        "text": value_text(language, column, cell),
        "currency": currency_of(column, cell) if column.is_money and cell.value is not None else "",
        "link": cell.link or link or "",
    }


# Tables.


def _row(language: str, table: Table, row: Row) -> dict[str, Any]:
    columns = table.columns if row.kind != "group" else (Column("group", ""),)
    links = [row.link] + [None] * (len(columns) - 1)
    cells = [_cell(language, column, cell, link) for column, cell, link in zip(columns, row.cells, links, strict=True)]
    return {"kind": row.kind, "level": row.level, "cells": cells}


def _column(language: str, column: Column) -> dict[str, Any]:
    return {"name": column.name, "heading": heading_text(language, column), "kind": column.kind,
            "figure": column.is_figure, "converted": column.kind == "converted"}


def footers(language: str, table: Table) -> list[str]:
    """One line a rate: which columns were converted, at which rate, of which day, from which source."""
    converted: dict[tuple[Conversion, ...], list[str]] = {}
    for column in table.columns:
        converted.setdefault(column.conversions, []).append(heading_text(language, column))
    return [_footer(language, ", ".join(headings), conversion) for conversions, headings in converted.items() for conversion in conversions]


_CONVERTED = {
    "": N_("%(column)s: converted at %(rate)s."),
    "opening": N_("%(column)s: the opening balance at %(rate)s."),
    "mean": N_("%(column)s: what moved at %(rate)s."),
    "closing": N_("%(column)s: the closing balance and what stands below it at %(rate)s."),
}


def _footer(language: str, columns: str, conversion: Conversion) -> str:
    rate = conversion_text(language, conversion)
    return translate(language, _CONVERTED[conversion.use], column=columns, rate=rate)


def _table(language: str, table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "caption": say(language, table.caption),
        "columns": [_column(language, column) for column in table.columns],
        "rows": [_row(language, table, row) for row in table.rows],
        "empty": say(language, table.empty) if table.empty is not None else translate(language, "Nothing to show."),
        "notes": [say(language, note) for note in table.notes],
        "footers": footers(language, table),
    }


def _chart(language: str, chart: Chart) -> dict[str, str]:
    return {"name": chart.name, "caption": say(language, chart.caption), "description": say(language, chart.description)}


def _section(language: str, section: Section) -> dict[str, Any]:
    return {
        "heading": say(language, section.heading) if section.heading is not None else "",
        "beside": section.is_beside,
        "starts_page": section.starts_page,
        "charts": [_chart(language, chart) for chart in section.charts],
        "tables": [_table(language, table) for table in section.tables],
        "notes": [say(language, note) for note in section.notes],
    }


# The whole.


def _key_figure(language: str, key: KeyFigure) -> dict[str, Any]:
    return {
        "label": say(language, key.label),
        "text": formats.figure(language, key.amount_minor, digits_of(key.currency)),
        "currency": key.currency,
        "note": say(language, key.note) if key.note is not None else "",
        "rate": conversion_text(language, key.conversion) if key.conversion else "",
        "link": key.link or "",
    }


def key_figure_text(language: str, key: KeyFigure) -> str:
    """A key figure as one line: its amount, and its rate where it is converted."""
    amount = formats.money(language, key.amount_minor, key.currency, digits_of(key.currency))
    return f"{amount} ({conversion_text(language, key.conversion)})" if key.conversion else amount


def when(language: str, document: Document) -> str:
    """The document's date or period, in words; empty where it has neither."""
    if document.period:
        first, last = (formats.date_long(language, day) for day in document.period)
        return translate(language, "From %(first)s to %(last)s", first=first, last=last)
    return translate(language, "As of %(date)s", date=formats.date_long(language, document.as_of)) if document.as_of else ""


def facts(language: str, document: Document) -> list[tuple[str, str]]:
    """Where the figures come from: the books, when they were read, and the journal's head then."""
    return [
        (translate(language, "Books"), say(language, document.pool)),
        (translate(language, "Prepared"), formats.moment(language, document.generated_at)),
        (translate(language, "Journal read up to entry"), formats.count(language, document.head_number)),
        (translate(language, "Hash of that entry"), document.head_hash),
    ]


def sample_text(language: str) -> str:
    """What every rendering of sample books says."""
    return translate(language, "Sample books: invented figures, nothing here is real")


def _parts(language: str, document: Document) -> list[tuple[int, str]]:
    """Where each part begins that has sheets of its own, and what it is called: what one jumps to in something long."""
    return [
        (place, say(language, section.heading)) for place, section in enumerate(document.sections, 1) if section.starts_page and section.heading is not None
    ]  # fmt: skip


def present(document: Document, language: str) -> dict[str, Any]:
    """The document in a language, as nested dicts, lists and strings (JSON-able, no markup)."""
    return {
        "language": language,
        "name": document.name,
        "title": say(language, document.title),
        "pool": say(language, document.pool),
        "when": when(language, document),
        "subtitle": [say(language, line) for line in document.subtitle],
        "key_figures": [_key_figure(language, key) for key in document.key_figures],
        "sections": [_section(language, section) for section in document.sections],
        "notes": [say(language, note) for note in document.notes],
        "parts": _parts(language, document),
        "parts_title": translate(language, "Jump to"),
        "facts": facts(language, document),
        "facts_title": translate(language, "Where these figures come from"),
        "sample": sample_text(language) if document.sample else "",
        "dense": document.is_dense,
    }
