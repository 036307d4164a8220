"""Read picket duty from both kinds of sheet into minutes a member and day, and every fault by row and column."""

from datetime import date
from pathlib import Path

import pytest

from ledger.domain.duty import COLUMNS, Duty, DutyReading, missing_columns, read_duty
from ledger.domain.sheets import Faults, guess_mapping, heading_row
from ledger.services.spreadsheets import read_rows

FILES = Path(__file__).parents[1] / "data" / "rosters"
STARTED, TODAY = date(2026, 11, 2), date(2026, 11, 23)
READING = DutyReading(STARTED, TODAY, frozenset({"A-101", "A-102", "A-103"}), "fr")


def read(rows: list[list[str]], reading: DutyReading = READING) -> tuple[list[Duty], Faults]:
    return read_duty(rows, guess_mapping(COLUMNS, rows[heading_row(COLUMNS, rows)]), reading)


def test_one_row_a_shift_with_its_times() -> None:
    duty, faults = read(read_rows((FILES / "duty_shifts.csv").read_bytes(), "duty_shifts.csv"))
    assert faults == Faults()
    # Two shifts of a day add up; a night shift counts for the day it began.
    assert duty == [
        Duty("A-101", date(2026, 11, 2), 270 + 120), Duty("A-102", date(2026, 11, 2), 240), Duty("A-103", date(2026, 11, 3), 240),
    ]  # fmt: skip


def test_one_row_a_member_and_one_column_a_day() -> None:
    duty, faults = read(read_rows((FILES / "duty_by_day.xlsx").read_bytes(), "duty_by_day.xlsx"))
    assert faults == Faults()
    assert duty == [
        Duty("A-101", date(2026, 11, 2), 240), Duty("A-101", date(2026, 11, 3), 270), Duty("A-102", date(2026, 11, 2), 0),
        Duty("A-102", date(2026, 11, 3), 270), Duty("A-102", date(2026, 11, 4), 480),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "code", "text"),
    [
        (["A-101", "2026-11-02", "25"], "hours", "bad_hours", "25"), (["A-101", "2026-11-02", ""], "hours", "missing", ""),
        (["A-101", "", "4"], "day", "missing", ""), (["A-101", "2026-11-01", "4"], "day", "outside_strike", "2026-11-01"),
        (["A-101", "2026-11-24", "4"], "day", "future_date", "2026-11-24"), (["A-101", "2026-11-31", "4"], "day", "bad_date", "2026-11-31"),
        (["A-999", "2026-11-02", "4"], "reference", "unknown_reference", ""), (["", "2026-11-02", "4"], "reference", "missing", ""),
        (["046 454 286", "2026-11-02", "4"], "reference", "secret", ""), (["A-101", "2026-11-03", "4"], "hours", "duplicate", "2"),
        (["Tremblay", "2026-11-03", "four"], "reference", "unknown_reference", ""),
    ],
)  # fmt: skip
def test_faults_by_row_and_column(row: list[str], column: str, code: str, text: str) -> None:
    _, faults = read([["matricule", "date", "heures"], ["A-101", "2026-11-03", "4"], row])
    found = faults.shown[0]
    assert (found.row, found.column, found.code, found.text) == (3, column, code, text)


@pytest.mark.parametrize(
    ("shifts", "faults"),
    [
        ([("8:00", "12:00"), ("12:00", "16:00")], 0), ([("8:00", "12:00"), ("11:59", "16:00")], 1), ([("8:00", "12:00"), ("8:00", "12:00")], 1),
        ([("22:00", "6:00"), ("6:00", "22:00")], 0), ([("0:00", "23:00"), ("23:00", "2:00")], 1),
    ],
)  # fmt: skip
def test_shifts_of_one_day_that_overlap_or_exceed_it(shifts: list[tuple[str, str]], faults: int) -> None:
    rows = [["matricule", "date", "début", "fin"], *(["A-101", "2026-11-02", *shift] for shift in shifts)]
    assert read(rows)[1].count == faults


def test_a_day_at_the_head_of_a_column_must_be_one_of_the_strike() -> None:
    duty, faults = read([["member", "2026-11-01", "2026-11-02"], ["A-101", "4", "4"]])
    assert [(fault.row, fault.column, fault.code) for fault in faults.shown] == [(1, "day", "outside_strike")]
    assert duty == [Duty("A-101", STARTED, 240)]


def test_a_day_that_was_never_computed_is_not_passed_over() -> None:
    duty, faults = read([["member", "2026-11-16", "="], ["A-101", "4", "8"], ["Total", "4", "8"]])
    assert [(each.reference, each.day, each.minutes) for each in duty] == [("A-101", date(2026, 11, 16), 240)]
    assert [(fault.row, fault.column, fault.code) for fault in faults.shown] == [(1, "day", "formula"), (3, "reference", "total")]


def test_what_a_sheet_must_have() -> None:
    assert missing_columns([["member", "date"]], {"reference": 0, "day": 1}) == ["hours"]
    assert missing_columns([["member", "date", "in", "out"]], {"reference": 0, "day": 1, "start": 2, "end": 3}) == []
    assert missing_columns([["member", "2026-11-02"]], {"reference": 0}) == []
    assert missing_columns([["x", "hours"]], {"hours": 1}) == ["reference", "day"]
