"""Read rosters of both unions into members, and every fault by row, column and code, without a name in any of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.domain.cells import NotRead, is_secret, order_of_days, read_clock, read_day, read_minutes, read_money
from ledger.domain.rosters import COLUMNS, FIELDS, MONEY, Member, Reading, missing_columns, read_local, read_roster
from ledger.domain.sheets import FAULTS_SHOWN_MAXIMUM, Faults, guess_mapping, heading_row
from ledger.services.spreadsheets import read_rows

FILES = Path(__file__).parents[1] / "data" / "rosters"
TODAY = date(2026, 11, 23)
UNIFOR = Reading(("112", "1285"), "CAD", "fr", TODAY)
UE = Reading(("506",), "USD", "en", TODAY)


def read(name: str, reading: Reading) -> tuple[list[Member], Faults]:
    rows = read_rows((FILES / name).read_bytes(), name)
    return read_roster(rows, guess_mapping(COLUMNS, rows[heading_row(COLUMNS, rows)]), reading)


def test_a_french_roster() -> None:
    members, faults = read("fr_ca_utf8_bom.csv", UNIFOR)
    assert faults == Faults()
    assert members[0] == Member(
        reference="A-101", name="Hélène Tremblay", local="112", registered_on=date(2026, 11, 2), dependants=2, gross_weekly_minor=1_250_50,
        pay_method="deposit", pay_reference="P-7001", row=2,
    )  # fmt: skip
    assert [(m.standing, m.payroll, m.other_income, m.local) for m in members[1:]] == [
        ("arrears", "active", "", "112"), ("good", "laid_off", "ei", "1285"), ("good", "active", "", "1285"),
    ]  # fmt: skip
    # 03/11/2026: the day comes first in French.
    assert members[3].registered_on == date(2026, 11, 3) and members[3].gross_weekly_minor is None


def test_an_american_roster_with_a_title_above_its_heading() -> None:
    members, faults = read("en_us.csv", UE)
    assert faults == Faults()
    assert [(m.reference, m.standing, m.row) for m in members] == [("1001", "good", 4), ("1002", "arrears", 5), ("1003", "not_member", 6)]
    assert [m.gross_weekly_minor for m in members] == [1_250_50, 980_00, None]
    # 11/09/2026 alone could be the 11th of September; the 16 beside it shows that the month comes first.
    assert (members[1].returned_on, members[2].crossed_on, members[2].on_hold) == (date(2026, 11, 16), date(2026, 11, 9), True)


def test_a_workbook_of_numbers_dates_and_ticks() -> None:
    members, faults = read("roster.xlsx", UNIFOR)
    assert faults == Faults()
    assert [(m.reference, m.standing, m.gross_weekly_minor, m.on_hold) for m in members] == [
        ("A-101", "good", 1_250_50, False), ("102", "arrears", 980_00, True), ("A-103", "good", 1_100_30, False),
    ]  # fmt: skip
    assert members[2].registered_on is None


FAULTS = [
    # row, column, code, what is said of the cell
    (3, "reference", "duplicate", "2"), (4, "reference", "missing", ""), (5, "name", "missing", ""), (7, "local", "unknown_local", "999"),
    (8, "standing", "unknown_word", ""), (9, "registered_on", "bad_date", "2026-02-30"), (10, "registered_on", "ambiguous_date", "03/04/2026"),
    (11, "registered_on", "future_date", "2027-01-01"), (12, "dependants", "bad_number", ""), (13, "dependants", "bad_number", "99"),
    (14, "gross_weekly", "ambiguous_money", "1,250"), (15, "gross_weekly", "bad_money", ""), (16, "pay_reference", "secret", ""),
    (17, "on_hold", "bad_yes", ""), (18, "reference", "secret", ""), (19, "reference", "secret", ""), (20, "name", "secret", ""),
    (21, "pay_method", "unknown_word", ""), (22, "reference", "bad_reference", "")
]  # fmt: skip


def test_every_fault_of_a_bad_roster_by_row_and_column() -> None:
    _, faults = read("faults.csv", UE)
    assert [(fault.row, fault.column, fault.code, fault.text) for fault in faults.shown] == FAULTS


def test_a_real_list_of_a_local_is_told_apart_row_by_row() -> None:
    # Excel in French: semicolons, Windows-1252, a title, empty rows, zeros kept by a formula, a reference twice, a total at the foot.
    members, faults = read("fr_ca_messy.csv", UNIFOR)
    assert [(member.reference, member.name, member.registered_on) for member in members] == [("00101", "Hélène Tremblay", date(2026, 11, 2))]
    assert [(fault.row, fault.column, fault.code, fault.text) for fault in faults.shown] == [
        (6, "registered_on", "future_date", "25/11/2026"), (7, "registered_on", "bad_date", "31/11/2026"), (8, "reference", "duplicate", "4"),
        (9, "local", "unknown_local", ""), (9, "standing", "unknown_word", ""), (9, "gross_weekly", "bad_money", "9.800,00"),
        (10, "reference", "missing", ""), (12, "reference", "total", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("foot", [["TOTAL", "", ""], ["Total :", "5 members", ""], ["", "Grand total", "5"], ["Sous-total", "", ""], ["Totaux", "", "9"]])
def test_a_total_is_no_member_and_no_name_is_taken_for_one(foot: list[str]) -> None:
    rows = [["reference", "name", "local"], ["T-1", "Totah, Sam", "506"], ["T-2", "Total, Ana", "506"], foot]
    members, faults = read_roster(rows, guess_mapping(COLUMNS, rows[0]), UE)
    assert [member.reference for member in members] == ["T-1", "T-2"]
    assert [(fault.row, fault.column, fault.code) for fault in faults.shown] == [(4, "reference", "total")]


def test_a_formula_that_was_never_computed_is_a_fault_of_its_cell() -> None:
    rows = [["reference", "name", "first name", "standing"], ["=A9", "Haddad", "Noor", "="], ["T-2", "Orr", "=B1", "good"]]
    _, faults = read_roster(rows, guess_mapping(COLUMNS, rows[0]), UE)
    assert [(fault.row, fault.column, fault.code, fault.text) for fault in faults.shown] == [
        (2, "reference", "formula", ""), (2, "standing", "formula", ""), (3, "name", "formula", ""),
    ]  # fmt: skip


def test_a_fault_holds_neither_a_name_nor_a_reference_nor_a_number_of_a_person() -> None:
    rows = read_rows((FILES / "faults.csv").read_bytes(), "faults.csv")
    said = msgspec.json.encode(read("faults.csv", UE)[1]).decode()
    private = {cell for row in rows[1:] for place, cell in enumerate(row) if place in (0, 1, 7) and cell}
    assert private and not [cell for cell in private if f'"{cell}"' in said]
    # Nor where a column was taken for another: names read as standings, numbers of people as numbers of children.
    swapped = read_roster([["a", "b", "c"], ["1", "046454286", "Ana Kowalski"]], {"reference": 0, "dependants": 1, "standing": 2}, UE)[1]
    assert [(fault.column, fault.text) for fault in swapped.shown] == [("name", ""), ("standing", ""), ("dependants", "")]


def test_at_most_two_hundred_faults_are_shown_and_all_are_counted() -> None:
    rows = [["reference", "name"], *([str(number), ""] for number in range(1, 1_001))]
    members, faults = read_roster(rows, {"reference": 0, "name": 1}, UE)
    assert (members, len(faults.shown), faults.count) == ([], FAULTS_SHOWN_MAXIMUM, 1_000)


def test_references_are_the_same_in_capitals() -> None:
    members, faults = read_roster([["reference", "name"], ["ab-1", "x"], ["AB-1", "y"]], {"reference": 0, "name": 1}, UE)
    assert [m.reference for m in members] == ["AB-1"] and [(fault.row, fault.code) for fault in faults.shown] == [(3, "duplicate")]


# --- headings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        (["Member No.", "Full Name", "Local Union"], {"reference": 0, "name": 1, "local": 2}),
        (["ID", "Last name", "First name"], {"reference": 0, "name": 1, "given_name": 2}),
        (["MATRICULE", "Nom, prénom", "Section locale", "En règle"], {"reference": 0, "name": 1, "local": 2, "standing": 3}),
        (["No de membre", "prenom", "nom de famille"], {"reference": 0, "given_name": 1, "name": 2}),
        (["pay_reference", "gross_weekly", "returned-on"], {"pay_reference": 0, "gross_weekly": 1, "returned_on": 2}),
        (["Name", "Name"], {"name": 0}),
        (["favourite colour", ""], {}),
    ],
)
def test_headings_are_understood_in_both_languages(heading: list[str], expected: dict[str, int]) -> None:
    assert guess_mapping(COLUMNS, heading) == expected


def test_no_word_names_two_columns() -> None:
    called = [(word, column.name) for column in COLUMNS for word in column.called]
    assert len({word for word, _ in called}) == len(called)
    assert {f"{name}_minor" if name in MONEY else name for name in FIELDS} == {field.name for field in msgspec.structs.fields(Member)} - {"row"}


def test_the_local_is_asked_for_where_there_are_several() -> None:
    assert missing_columns({"reference": 0, "name": 1}, ("506",)) == []
    assert missing_columns({"name": 1}, ("112", "1285")) == ["reference", "local"]


@pytest.mark.parametrize(
    ("cell", "local"),
    [("112", "112"), ("Local 112", "112"), ("section locale 0112", "112"), ("SL 1285", "1285"), ("Local #1285", "1285"), ("no 112", "112")],
)
def test_a_local_however_it_is_written(cell: str, local: str) -> None:
    assert read_local(cell, ("112", "1285")) == local


def told(read: Callable[[], Any]) -> Any:
    """What a cell gives, or the code of its fault."""
    try:
        return read()
    except NotRead as wrong:
        return wrong.args[0]


# --- cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "language", "expected"),
    [
        ("1250.50", "en", 1_250_50), ("1,250.50", "en", 1_250_50), ("1250", "en", 1_250_00), ("CAD 980.1", "en", 980_10), ("0", "en", 0),
        ("1,250", "en", "ambiguous_money"), ("1 250,50", "en", "bad_money"), ("-5", "en", "bad_money"), ("$980", "en", "bad_money"),
        ("12.345", "en", "bad_money"), ("980 USD", "en", "bad_money"), ("99999999999999999", "en", "bad_money"),
        ("1 250,50", "fr", 1_250_50), ("1250,5", "fr", 1_250_50), ("1250.50", "fr", 1_250_50), ("1 250", "fr", 1_250_00), ("980 CAD", "fr", 980_00),
        ("1,250", "fr", "bad_money"), ("1,250.50", "fr", "bad_money"), ("1.250,50", "fr", "bad_money"),
    ],
)  # fmt: skip
def test_money_as_the_file_s_language_writes_it(cell: str, language: str, expected: int | str) -> None:
    assert told(lambda: read_money(cell, language, "CAD")) == expected


@pytest.mark.parametrize(
    ("dates", "language", "cell", "expected"),
    [
        ([], "en", "2026-11-09", date(2026, 11, 9)), ([], "en", "2026/11/9", date(2026, 11, 9)), ([], "en", "2026-11-09 00:00", date(2026, 11, 9)),
        ([], "en", "11/09/2026", "ambiguous_date"), ([], "fr", "11/09/2026", date(2026, 9, 11)), ([], "en", "11/23/2026", date(2026, 11, 23)),
        (["23/11/2026"], "en", "11/09/2026", date(2026, 9, 11)), (["11/23/2026"], "fr", "11/09/2026", date(2026, 11, 9)),
        (["11/23/2026", "23/11/2026"], "fr", "11/09/2026", "ambiguous_date"), ([], "en", "23-11-2026", date(2026, 11, 23)),
        ([], "en", "31/04/2026", "bad_date"), ([], "en", "20261109", "bad_date"), ([], "en", "1026-11-09", "bad_date"), ([], "en", "soon", "bad_date"),
    ],
)  # fmt: skip
def test_days_in_the_order_that_the_file_shows(dates: list[str], language: str, cell: str, expected: date | str) -> None:
    assert told(lambda: read_day(cell, order_of_days(dates, language))) == expected


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("4", 240), ("4.5", 270), ("4,25", 255), ("0.33", 20), ("4:30", 270), ("4 h 30", 270), ("4h", 240), ("4 heures", 240), ("0", 0), ("24", 1440),
        ("24.5", "bad_hours"), ("4:75", "bad_hours"), ("-4", "bad_hours"), ("four", "bad_hours"), ("8:30 pm", "bad_hours"),
    ],
)  # fmt: skip
def test_hours(cell: str, minutes: int | str) -> None:
    assert told(lambda: read_minutes(cell)) == minutes


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("8:30", 510), ("8 h 30", 510), ("8h", 480), ("20:00", 1200), ("8:30 pm", 1230), ("12:15 AM", 15), ("12:00 p.m.", 720), ("24:00", 1440),
        ("13:00 pm", "bad_time"), ("25:00", "bad_time"), ("8:75", "bad_hours"),
    ],
)  # fmt: skip
def test_times_of_day(cell: str, minutes: int | str) -> None:
    assert told(lambda: read_clock(cell)) == minutes


@pytest.mark.parametrize(
    ("cell", "secret"),
    [
        ("046 454 286", True), ("046454286", True), ("046-454-286", True), ("123-45-6789", True), ("Lee 123 45 6789", True),
        ("4111 1111 1111 1111", True), ("4111-1111-1111-1111", True), ("378282246310005", True), ("12345-003-1234567", True),
        ("021000021 / 123456789", True), ("GB82 WEST 1234 5698 7654 32", True),
        ("P-7001", False), ("12345678", False), ("1234567890", False), ("4111 1111 1111 1112", False), ("EMP-00012345", False),
        ("2026-11-23-0001", False), ("GB82 WEST 1234 5698 7654 33", False),
    ],
)  # fmt: skip
def test_what_is_never_kept(cell: str, secret: bool) -> None:
    assert is_secret(cell) is secret
