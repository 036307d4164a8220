"""Read picket duty: a sheet with one row a shift, or one row a member and one column a day, into minutes a member and day.

What duty is worth is not decided here: this only says who was there, when, and for how long. A fault gives the row and the column, never a
member's reference or name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

import msgspec

from ledger.domain.cells import NotRead, Order, computed, is_day, order_of_days, read_clock, read_day, read_minutes
from ledger.domain.rosters import read_reference
from ledger.domain.sheet_words import DUTY_COLUMNS
from ledger.domain.sheets import Column, Fault, Faults, cell_of, cells_of, columns_of, counted, fault, heading_row, is_total

_T = TypeVar("_T")

DAY_MINUTES = 24 * 60
COLUMNS: tuple[Column, ...] = columns_of(DUTY_COLUMNS, required=("reference",))
NAMES = tuple(each.name for each in COLUMNS)


class Duty(msgspec.Struct, frozen=True):
    """How long one member stood on one day; no minutes where the sheet says that they did not."""

    reference: str
    day: date
    minutes: int


class DutyReading(msgspec.Struct, frozen=True):
    """How a sheet is to be read: the days duty may fall on, whom the strike's roster has, and the language of the figures."""

    first: date
    last: date
    references: frozenset[str]
    language: str


class _Shift(msgspec.Struct, frozen=True):
    """A stretch of duty; ``start`` in minutes after midnight where the sheet says when."""

    reference: str
    day: date
    minutes: int
    start: int | None
    row: int
    column: str


class _Sheet(msgspec.Struct):
    """A sheet while it is read: where its columns are, which comes first of day and month, and the faults found so far."""

    mapping: Mapping[str, int]
    order: Order | None
    reading: DutyReading
    faults: list[Fault]


def day_columns(rows: Sequence[Sequence[str]], mapping: Mapping[str, int]) -> list[int]:
    """The places of the columns whose heading is a day, or may be once it is computed, where the sheet has one column a day."""
    if not rows or "day" in mapping:
        return []
    return [at for at, cell in enumerate(rows[heading_row(COLUMNS, rows)]) if is_day(cell) or cell.startswith("=")]


def missing_columns(rows: Sequence[Sequence[str]], mapping: Mapping[str, int]) -> list[str]:
    """What the sheet lacks: the reference; the day, unless columns are days; hours, or start and end."""
    missing = [] if "reference" in mapping else ["reference"]
    if day_columns(rows, mapping):
        return missing
    missing += [] if "day" in mapping else ["day"]
    return missing + ([] if "hours" in mapping or {"start", "end"} <= set(mapping) else ["hours"])


def read_duty(rows: Sequence[Sequence[str]], mapping: Mapping[str, int], reading: DutyReading) -> tuple[list[Duty], Faults]:
    """The minutes of every member and day of a sheet, and every fault; all of the sheet's only where there is no fault.

    Shifts of one day add up where the sheet says when they began and they do not overlap; two bare figures for one day are a fault.
    """
    top = heading_row(COLUMNS, rows)
    places = day_columns(rows, mapping)
    dates: Iterable[str] = [rows[top][place] for place in places] if places else cells_of(rows[top + 1 :], mapping, ("day",))
    order = order_of_days(dates, reading.language)
    sheet = _Sheet(mapping, order, reading, [])
    headed = _headed(sheet, rows[top], top + 1, places) if places else None
    shifts = [shift for number, row in enumerate(rows[top + 1 :], top + 2) if any(row) for shift in _row(sheet, row, number, headed)]
    return _added_up(shifts, sheet.faults), counted(sorted(sheet.faults, key=lambda each: each.row))


def duty_day(day: date, first: date, last: date) -> date:
    """The day itself, within the strike. Codes: outside_strike, future_date."""
    if day < first:
        raise NotRead("outside_strike")
    if day > last:
        raise NotRead("future_date")
    return day


def _headed(sheet: _Sheet, heading: Sequence[str], number: int, places: Sequence[int]) -> dict[int, date]:
    """The day of each column that is one."""
    days = {place: _read(sheet, number, "day", heading[place], lambda cell: _in_strike(sheet, cell)) for place in places}
    return {place: day for place, day in days.items() if day is not None}


def _row(sheet: _Sheet, row: Sequence[str], number: int, headed: Mapping[int, date] | None) -> list[_Shift]:
    if is_total(row, sheet.mapping):
        sheet.faults.append(Fault(number, "reference", "total"))
        return []
    reference = _read(sheet, number, "reference", cell_of(row, sheet.mapping, "reference"), lambda cell: _known(sheet, cell))
    if headed is None:
        return _long_row(sheet, row, number, reference)
    shifts = []
    for place, day in headed.items():
        if place < len(row) and row[place]:
            minutes = _read(sheet, number, "hours", row[place], read_minutes)
            if reference and minutes is not None:
                shifts.append(_Shift(reference, day, minutes, None, number, "hours"))
    return shifts


def _long_row(sheet: _Sheet, row: Sequence[str], number: int, reference: str | None) -> list[_Shift]:
    cells = {name: cell_of(row, sheet.mapping, name) for name in NAMES}
    day = _read(sheet, number, "day", cells["day"], lambda cell: _in_strike(sheet, cell))
    start = None
    if cells["hours"] or not {"start", "end"} <= set(sheet.mapping):
        minutes = _read(sheet, number, "hours", cells["hours"], read_minutes)
    else:
        start = _read(sheet, number, "start", cells["start"], read_clock)
        end = _read(sheet, number, "end", cells["end"], read_clock)
        # A shift that ends at an earlier hour went past midnight, and counts for the day it began.
        minutes = None if start is None or end is None else (end - start) % DAY_MINUTES
    if not reference or day is None or minutes is None:
        return []
    return [_Shift(reference, day, minutes, start, number, "hours" if start is None else "start")]


def _read(sheet: _Sheet, number: int, name: str, cell: str, read: Callable[[str], _T]) -> _T | None:
    """What a cell gives; None, and a fault, where it gives nothing."""
    try:
        return read(_filled(cell))
    except NotRead as wrong:
        sheet.faults.append(fault(number, name, wrong.args[0], cell))
        return None


def _filled(cell: str) -> str:
    if not cell:
        raise NotRead("missing")
    return computed(cell)


def _known(sheet: _Sheet, cell: str) -> str:
    reference = read_reference(cell)
    if reference not in sheet.reading.references:
        raise NotRead("unknown_reference")
    return reference


def _in_strike(sheet: _Sheet, cell: str) -> date:
    return duty_day(read_day(cell, sheet.order), sheet.reading.first, sheet.reading.last)


def _added_up(shifts: Sequence[_Shift], faults: list[Fault]) -> list[Duty]:
    """One figure a member and day; shifts that overlap, or two figures without times, are faults of the later row."""
    days: dict[tuple[str, date], list[_Shift]] = {}
    for shift in shifts:
        earlier = days.setdefault((shift.reference, shift.day), [])
        clash = next((each for each in earlier if _clash(each, shift)), None)
        if clash is not None:
            faults.append(Fault(shift.row, shift.column, "duplicate", str(clash.row)))
        elif sum(each.minutes for each in earlier) + shift.minutes > DAY_MINUTES:
            faults.append(Fault(shift.row, shift.column, "bad_hours"))
        else:
            earlier.append(shift)
    return [Duty(reference, day, sum(each.minutes for each in stretch)) for (reference, day), stretch in days.items()]


def _clash(one: _Shift, other: _Shift) -> bool:
    if one.start is None or other.start is None:
        return True
    return one.start < other.start + other.minutes and other.start < one.start + one.minutes
