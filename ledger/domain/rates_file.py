"""Read the Bank of Canada's rates file, JSON or CSV, into observations, or refuse it with a reason and a line.

Shapes are those of the Valet service (domain.md 4.1). A value is text until it is a Decimal; an empty, missing or unreadable
value means that the day has no rate. Knows nothing of what is already kept.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ledger.domain.exchange import SERIES, parse_rate, plain
from ledger.domain.refusals import RateInvalid, RatesFileInvalid, Refusal

SIZE_MAXIMUM_BYTES = 5_000_000  # forty years of daily rates in the widest form are under 2 MB
EARLIEST = date(1950, 1, 1)

Reason = Literal[
    "empty", "too_large", "not_text", "not_rates", "not_json", "duplicate_key", "wrong_series", "bad_date", "future_date",
    "contradiction", "no_observations",
]  # fmt: skip


class Observation(msgspec.Struct, frozen=True):
    """One day's rate and the line of the file it stands on."""

    observed_on: date
    value: Decimal
    line: int


class RatesFile(msgspec.Struct, frozen=True):
    """What a file holds: its observations by day, and how many of its days had no rate."""

    observations: tuple[Observation, ...]
    days_without_rate: int


class _Row(msgspec.Struct, frozen=True):
    day: str
    value: Any
    line: int


class _DuplicateKey(Exception):
    pass


def parse_rates_file(content: bytes, today: date, series: str = SERIES) -> RatesFile:
    """The observations of ``series``, oldest first. Raises nothing but :class:`RatesFileInvalid`, whatever the bytes are."""
    if len(content) > SIZE_MAXIMUM_BYTES:
        raise _invalid("too_large", 0)
    text = _text(content)
    rows = _json_rows(text, series) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text, series)
    found: dict[date, Observation] = {}
    without = 0
    for row in rows:
        day = _day(row, today)
        value = _value(row.value)
        if value is None:
            without += 1
            continue
        known = found.setdefault(day, Observation(day, value, row.line))
        if known.value != value:
            raise _invalid("contradiction", row.line, row.day)
    if not found:
        raise _invalid("no_observations", 0)
    return RatesFile(tuple(found[day] for day in sorted(found)), without)


def _invalid(reason: Reason, line: int, text: str = "") -> Refusal:
    # What a file says is shown and kept: nothing unprintable goes further than this.
    return RatesFileInvalid(reason=reason, line=line, text=plain(text, 40))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid("not_text", 0) from None
    if not text.strip():
        raise _invalid("empty", 0)
    if "\x00" in text:
        raise _invalid("not_text", text.count("\n", 0, text.index("\x00")) + 1)
    return text


def _day(row: _Row, today: date) -> date:
    try:
        day = date.fromisoformat(row.day)
    except ValueError:
        raise _invalid("bad_date", row.line, row.day) from None
    # Python 3.11 also reads 20261007 and 2026-W41-3; the bank writes neither.
    if day.isoformat() != row.day or day < EARLIEST:
        raise _invalid("bad_date", row.line, row.day)
    if day > today:
        raise _invalid("future_date", row.line, row.day)
    return day


def _value(text: Any) -> Decimal | None:
    try:
        return parse_rate(text.strip()) if isinstance(text, str) else None
    except RateInvalid:
        return None


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json_rows(text: str, series: str) -> list[_Row]:
    document = _json(text)
    observations = document.get("observations") if isinstance(document, dict) else None
    if not isinstance(observations, list):
        raise _invalid("not_rates", 1)
    _has_series(document, observations, series)
    lines = _lines_of_days(text)
    return [_json_row(item, series, next(lines, 0)) for item in observations]


def _json(text: str) -> Any:
    # Numbers stay the text they were written as, so that no rate ever is a float.
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _invalid("not_json", error.lineno) from None
    except RecursionError:
        raise _invalid("not_json", 1) from None
    except _DuplicateKey as error:
        raise _invalid("duplicate_key", 0, str(error)) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise _DuplicateKey(name)
        made[name] = value
    return made


def _has_series(document: dict[str, Any], observations: list[Any], series: str) -> None:
    detail = document.get("seriesDetail")
    named = set(detail) if isinstance(detail, dict) else set()
    named |= {name for item in observations if isinstance(item, dict) for name in item if name != "d"}
    if series not in named and (named or observations):
        raise _invalid("wrong_series", 1, ", ".join(sorted(named)))


def _lines_of_days(text: str) -> Iterator[int]:
    """The line of each ``"d":`` key in turn, for naming the place of a fault; a file of one line has only line 1."""
    line, at = 1, 0
    while (found := text.find('"d"', at)) >= 0:
        line += text.count("\n", at, found)
        at = found + 3
        if text[at : at + 20].lstrip().startswith(":"):
            yield line


def _json_row(item: Any, series: str, line: int) -> _Row:
    if not isinstance(item, dict) or not isinstance(item.get("d"), str):
        raise _invalid("bad_date", line)
    observed = item.get(series)
    return _Row(item["d"], observed.get("v") if isinstance(observed, dict) else None, line)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv_rows(text: str, series: str) -> list[_Row]:
    rows = _cells(text)
    start = next((at for at, (_, cells) in enumerate(rows) if cells == ["OBSERVATIONS"]), None)
    body = rows if start is None else rows[start + 1 :]
    # A plain table that begins with its heading is read as well: it is what people save from a spreadsheet.
    if not body or body[0][1][0].lower() != "date":
        raise _invalid("not_rates", body[0][0] if body else 0)
    heading_line, heading = body[0]
    if series not in heading:
        raise _invalid("wrong_series", heading_line, ", ".join(heading[1:]))
    column = heading.index(series)
    return [_Row(cells[0], cells[column] if column < len(cells) else None, line) for line, cells in _until_next_section(body[1:])]


def _cells(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error:
        raise _invalid("not_rates", reader.line_num) from None
    return [(line, cells) for line, cells in rows if any(cells)]


def _until_next_section(rows: list[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for line, cells in rows:
        if len(cells) == 1 and cells[0].isalpha() and cells[0].isupper():
            return
        yield line, cells
