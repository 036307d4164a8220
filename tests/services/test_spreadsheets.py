"""Read real files as people send them, whatever program wrote them, and refuse the rest with a reason and a row, without saying what they hold."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.refusals import FileInvalid
from ledger.services import spreadsheets, workbook
from ledger.services.spreadsheets import CELL_MAXIMUM, COLUMNS_MAXIMUM, ROWS_MAXIMUM, SIZE_MAXIMUM_BYTES, read_rows

FILES = Path(__file__).parents[1] / "data" / "rosters"


def rows(name: str) -> list[list[str]]:
    return read_rows((FILES / name).read_bytes(), name)


def refusal(content: bytes, name: str = "roster.csv") -> tuple[str, int]:
    with pytest.raises(FileInvalid) as refused:
        read_rows(content, name)
    return refused.value.params["reason"], refused.value.params["row"]


# --- text -------------------------------------------------------------------------------------------------------------


def test_excel_in_french_canada_writes_semicolons_in_windows_1252() -> None:
    read = rows("fr_ca_windows.csv")
    assert read[0][:4] == ["Numéro de membre", "Nom de famille", "Prénom", "Section locale"]
    assert read[1][1:4] == ["Tremblay", "Hélène", "SL 112"] and read[1][9] == "1 250,50"
    assert read[4][1:3] == ["Œuvray", "Ève"]


def test_a_byte_order_mark_is_not_part_of_the_first_heading() -> None:
    assert rows("fr_ca_utf8_bom.csv")[0][0] == "Numéro de membre"
    assert rows("fr_ca_utf8_bom.csv")[3][1] == "Nguyễn"


def test_unicode_text_of_excel_is_utf_16_with_tabs() -> None:
    read = rows("en_us_utf16.txt")
    assert read[2][:3] == ["Member #", "Name", "Local"] and read[4][1:3] == ["O’Brien; Sam", "506"]


def test_rows_keep_their_numbers_through_empty_ones_and_quoted_commas() -> None:
    read = rows("en_us.csv")
    assert read[0] == ["Roster of Local 506"] and read[1] == []
    assert read[3][1] == "Kowalski, Ana" and read[3][7] == "1,250.50"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"sep=;\na;b\n1;2\n", [[], ["a", "b"], ["1", "2"]]),
        (b"a;b\n1,5;2\n2,5;3\n", [["a", "b"], ["1,5", "2"], ["2,5", "3"]]),
        (b'a,b\n"x;y;z",2\n', [["a", "b"], ["x;y;z", "2"]]),
        (b"a\tb\n1\t2", [["a", "b"], ["1", "2"]]),
        (b"a\n1\n", [["a"], ["1"]]),
        (b'a,b\n"two\nlines",2\n3,4\n', [["a", "b"], ["two lines", "2"], ["3", "4"]]),
        ("a,b\n1\u00a0000,\u202ex\n".encode(), [["a", "b"], ["1 000", "x"]]),
        ("nom\nHe\u0301le\u0300ne\n".encode(), [["nom"], ["Hélène"]]),
        (b"a,b,,,\r\n1,2,,,\r\n,,,,\r\n", [["a", "b"], ["1", "2"]]),
    ],
)
def test_separators_and_cells(content: bytes, expected: list[list[str]]) -> None:
    assert read_rows(content, "list.csv") == expected


# --- workbooks --------------------------------------------------------------------------------------------------------


def test_a_workbook_s_first_shown_sheet_is_read_as_it_is_shown() -> None:
    read = rows("roster.xlsx")
    assert read[:2] == [[], []] and read[2][0] == "Matricule"
    assert read[3] == ["A-101", "Hélène Tremblay", "112", "oui", "2026-11-02", "2", "1250.5", "false"]
    assert read[4][0] == "102" and read[4][7] == "true"
    # 1100.1 + 0.2 is 1100.3000000000002 to a computer, and 1100.3 in a spreadsheet.
    assert read[5][4:7] == ["", "1", "1100.3"]


def test_times_and_days_of_duty() -> None:
    read = rows("duty_by_day.xlsx")
    assert read[0][2:] == ["2026-11-02", "2026-11-03", "2026-11-04"] and read[1][2:] == ["4", "4.5"]
    assert [workbook.text_of(value) for value in (0.1 + 0.2, 12.0, 1e15, 1e-7, True, -3.5)] == [
        "0.3", "12", "1000000000000000", "0.0000001", "true", "-3.5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two_corners.xlsx", "too_large"), ("many_columns.xlsx", "too_many_columns"), ("nothing.xlsx", "empty"),
        ("cut_short.xlsx", "broken"), ("password.xlsx", "password"), ("old.xls", "type"),
    ],
)  # fmt: skip
def test_workbooks_that_are_refused(name: str, reason: str) -> None:
    assert refusal((FILES / name).read_bytes(), name)[0] == reason


def test_a_workbook_that_unpacks_to_more_than_any_roster_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "UNPACKED_MAXIMUM_BYTES", 1_000)
    with pytest.raises(workbook.NotRead) as why:
        workbook.rows_of((FILES / "roster.xlsx").read_bytes(), ROWS_MAXIMUM, COLUMNS_MAXIMUM)
    assert why.value.args == (workbook.TOO_LARGE,)


def test_a_workbook_that_takes_all_the_room_ends_its_reader_and_not_the_books() -> None:
    # The two corners of a sheet that is narrow enough: a hundred thousand rows of sixty columns are fine, this asks for 60 million cells.
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "reference")
    sheet.write(1_048_575, 59, "x")
    book.close()
    assert refusal(made.getvalue(), "roster.xlsx")[0] in ("too_large", "too_many_rows")


def written(result: bytes, at: tuple[int, int] = (0, 0)) -> bytes:
    """A workbook whose second sheet, the first that is shown, has a formula in its third column, with what stands behind it in the file."""
    made, stripped = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(made)
    hidden, sheet = book.add_worksheet("Notes & more"), book.add_worksheet("Members")
    hidden.write(0, 0, "not this one")
    sheet.activate()
    hidden.hide()
    for row, cells in enumerate((("reference", "name", "local"), ("A-1", "Ana"), ("A-2", "Bo", "112"))):
        sheet.write_row(at[0] + row, at[1], cells)
    sheet.write_formula(at[0] + 1, at[1] + 2, "=100+12", None, 112)
    book.close()
    with zipfile.ZipFile(made) as archive, zipfile.ZipFile(stripped, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(b"</f><v>112</v>", b"</f>" + result))
    return stripped.getvalue()


@pytest.mark.parametrize(
    ("result", "read"), [(b"<v>112</v>", "112"), (b"", "="), (b"<v/>", "="), (b"<v></v>", "="), (b"<v> </v>", "=")],
)  # fmt: skip
def test_a_formula_without_its_result_is_not_taken_for_an_empty_cell(result: bytes, read: str) -> None:
    assert read_rows(written(result), "roster.xlsx")[1] == ["A-1", "Ana", read]


def test_a_formula_is_found_where_the_list_begins_further_down_and_right() -> None:
    assert read_rows(written(b"<v/>", (2, 3)), "roster.xlsx")[2:] == [["reference", "name", "local"], ["A-1", "Ana", "="], ["A-2", "Bo", "112"]]


def test_text_written_as_a_formula_keeps_its_zeros() -> None:
    assert read_rows(b'ref;name\n="00123";Ana\n=A1;=B1\n', "roster.csv")[1:] == [["00123", "Ana"], ["=A1", "=B1"]]


def test_another_archive_is_no_workbook() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("members.csv", "reference,name")
    assert refusal(made.getvalue(), "roster.zip") == ("type", 0)
    assert refusal(made.getvalue(), "roster.xlsx") == ("type", 0)


# --- what is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "roster.csv", ("empty", 0)),
        (b" \r\n \r\n", "roster.csv", ("empty", 0)),
        (b",,,\n,,\n", "roster.csv", ("empty", 0)),
        (b"x" * (SIZE_MAXIMUM_BYTES + 1), "roster.csv", ("too_large", 0)),
        (b"%PDF-1.7\n", "roster.csv", ("type", 0)),
        (b"a,b\n", "roster.pdf", ("type", 0)),
        (b"a,b\n", "roster.numbers", ("type", 0)),
        (b"a,b\n1,\x00\n", "roster.csv", ("not_text", 2)),
        (b"a,b\n1,\x81\x8d\n", "roster.csv", ("not_text", 0)),
        (b"\xff\xfea", "roster.csv", ("not_text", 0)),
        (b'a,b\n1,"cut', "roster.csv", ("broken", 2)),
        (b"a,b\n" + b"x" * (CELL_MAXIMUM + 1), "roster.csv", ("cell_too_long", 2)),
        (b"a,b\n" + b"," * COLUMNS_MAXIMUM + b"x\n", "roster.csv", ("too_many_columns", 2)),
        (b"a\n" * (ROWS_MAXIMUM + 1), "roster.csv", ("too_many_rows", ROWS_MAXIMUM + 1)),
    ],
)
def test_files_that_are_refused(content: bytes, name: str, expected: tuple[str, int]) -> None:
    assert refusal(content, name) == expected


def test_a_refusal_never_repeats_what_a_cell_holds() -> None:
    with pytest.raises(FileInvalid) as refused:
        read_rows((FILES / "cut_short.csv").read_bytes(), "Kowalski.csv")
    assert set(refused.value.params) == {"reason", "row", "limit"}
    assert "Kowal" not in str(refused.value)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode), st.text(alphabet='a;,"\n\t\r', max_size=60).map(str.encode)))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_rows_or_a_refusal(content: bytes) -> None:
    try:
        read = read_rows(content, "list.csv")
    except FileInvalid:
        return
    assert read[-1] and all(cell == cell.strip() and len(cell) <= CELL_MAXIMUM for row in read for cell in row)


def test_every_reason_is_one_that_people_are_told() -> None:
    from api.refusal_messages import messages

    assert {f"file_invalid.{reason}" for reason in spreadsheets.Reason.__args__} <= set(messages())
