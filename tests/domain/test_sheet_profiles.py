"""Read the sheets of banks and ledgers by profile: headings, days and amounts as they are written in both countries."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.sheet_profiles import BOOK_COLUMNS, Profile, SheetRow, followed, guess, missing_columns, read, with_headings
from ledger.domain.sheets import Faults

AMOUNT = {"date": 0, "amount": 1}


def amount(cell: str, **facts: object) -> int | str:
    """What an amount comes to, or the code of its fault."""
    profile = Profile(columns=AMOUNT, heading_row=0, currency="CAD", **facts)  # type: ignore[arg-type]
    found = read([["2026-05-04", cell]], profile)
    return found.shown[0].code if isinstance(found, Faults) else found[0].amount_minor


def day(cell: str, order: str) -> date | str:
    found = read([[cell, "1.00"]], Profile(columns=AMOUNT, heading_row=0, currency="CAD", day_order=order))  # type: ignore[arg-type]
    return found.shown[0].code if isinstance(found, Faults) else found[0].day


FRENCH = {"decimal_sign": ",", "thousands_sign": " "}


@pytest.mark.parametrize(
    ("cell", "facts", "expected"),
    [
        ("1 234,56", FRENCH, 123456),
        ("1\u00a0234,56", FRENCH, 123456),
        ("1\u202f234,56", FRENCH, 123456),
        ("-1 234,56", FRENCH, -123456),
        ("−1 234,56", FRENCH, -123456),
        ("(1 234,56)", FRENCH, -123456),
        ("1 234,56-", FRENCH, -123456),
        ("1 234,56 $", FRENCH, 123456),
        ("1 234,56 CR", FRENCH, 123456),
        ("1 234,56 DT", FRENCH, -123456),
        ("1234,5", FRENCH, 123450),
        # A cell of a workbook that is a number has a point, whatever the sheet shows.
        ("1234.56", FRENCH, 123456),
        ("1.234,56", {"decimal_sign": ",", "thousands_sign": "."}, 123456),
        ("1.234", {"decimal_sign": ",", "thousands_sign": "."}, 123400),
        ("1,234.56", {"thousands_sign": ","}, 123456),
        ("$1,234.56", {"thousands_sign": ","}, 123456),
        ("-$1,234.56", {"thousands_sign": ","}, -123456),
        ("($1,234.56)", {"thousands_sign": ","}, -123456),
        ("CAD 1,234.56", {"thousands_sign": ","}, 123456),
        ("1,234.56 DR", {"thousands_sign": ","}, -123456),
        ("DR 5.00", {}, -500),
        ("5.00 DR", {"debit": "in"}, 500),
        ("5.00 CR", {"debit": "in"}, -500),
        ("5.00", {"flip": True}, -500),
        (".50", {}, 50),
        ("7", {}, 700),
        ("12.5000", {}, 1250),
        ("12.505", {}, "bad_money"),
        ("1,234.56", {}, "bad_money"),
        ("12,34.56", {"thousands_sign": ","}, "bad_money"),
        ("1 234,56", {}, "bad_money"),
        ("USD 5.00", {}, "bad_money"),
        ("5.00 approx", {}, "bad_money"),
        ("-5.00 DR", {}, "bad_money"),
        ("99999999999999999", {}, "bad_money"),
        ("=A1*2", {}, "formula"),
    ],
)
def test_amounts_as_they_are_written(cell: str, facts: dict[str, str], expected: int | str) -> None:
    assert amount(cell, **facts) == expected


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2026-04-03", "iso", date(2026, 4, 3)),
        ("2026/04/03", "iso", date(2026, 4, 3)),
        ("20260403", "iso", date(2026, 4, 3)),
        ("2026-04-03 14:05:00", "iso", date(2026, 4, 3)),
        ("2026-04-03T23:59:00-05:00", "iso", date(2026, 4, 3)),
        ("03/04/2026", "dmy", date(2026, 4, 3)),
        ("03/04/2026", "mdy", date(2026, 3, 4)),
        ("03/04/26", "dmy", date(2026, 4, 3)),
        ("3.4.2026", "dmy", date(2026, 4, 3)),
        ("03/04/2026", "iso", "ambiguous_date"),
        ("3 Apr 2026", "words", date(2026, 4, 3)),
        ("Apr 3, 2026", "words", date(2026, 4, 3)),
        ("Friday, April 3, 2026", "words", date(2026, 4, 3)),
        ("1er avril 2026", "words", date(2026, 4, 1)),
        ("3-avr.-26", "words", date(2026, 4, 3)),
        ("3 août 2026", "words", date(2026, 8, 3)),
        ("03-FÉVR-2026", "words", date(2026, 2, 3)),
        ("31/02/2026", "dmy", "bad_date"),
        ("13/13/2026", "dmy", "bad_date"),
        ("tomorrow", "dmy", "bad_date"),
        ("", "dmy", "missing"),
        ("3 Foo 2026", "words", "bad_date"),
    ],
)
def test_days_as_they_are_written(cell: str, order: str, expected: date | str) -> None:
    assert day(cell, order) == expected


# --- guessing ---------------------------------------------------------------------------------------------------------


def test_a_date_that_could_be_two_is_for_a_person_to_choose() -> None:
    found = guess([["Date", "Amount"], ["03/04/2026", "5.00"], ["05/04/2026", "6.00"]], currency="CAD")
    assert found.choose == ("day_order",)
    read_so = read([["Date", "Amount"], ["03/04/2026", "5.00"]], found.profile)
    assert isinstance(read_so, Faults) and read_so.shown[0].code == "ambiguous_date" and read_so.shown[0].text == "03/04/2026"


@pytest.mark.parametrize(
    ("cells", "order"), [(["03/04/2026", "13/04/2026"], "dmy"), (["03/04/2026", "04/13/2026"], "mdy"), (["13/04/26"], "dmy"), (["2026-04-03"], "iso")]
)
def test_one_date_shows_the_order_of_all(cells: list[str], order: str) -> None:
    assert guess([["Date", "Montant"], *([cell, "5,00"] for cell in cells)]).profile.day_order == order


def test_dates_that_contradict_each_other_are_for_a_person() -> None:
    assert "day_order" in guess([["Date", "Amount"], ["13/04/2026", "1.00"], ["04/13/2026", "1.00"]]).choose


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands", "doubt"),
    [
        (["1 234,56", "12,00"], ",", " ", ()),
        (["1,234.56", "12.00"], ".", ",", ()),
        (["1.234,56"], ",", ".", ()),
        (["1,234"], ".", ",", ("decimal_sign",)),
        (["1,5", "1.5"], ".", "", ("decimal_sign",)),
        (["12", "13"], ".", "", ()),
    ],
)
def test_the_decimal_sign_is_what_the_amounts_show(cells: list[str], decimal: str, thousands: str, doubt: tuple[str, ...]) -> None:
    found = guess([["Date", "Amount"], *(["2026-04-03", cell] for cell in cells)])
    assert (found.profile.decimal_sign, found.profile.thousands_sign, found.choose) == (decimal, thousands, doubt)


def test_a_sheet_without_a_heading_is_guessed_from_its_cells_and_shown_to_a_person() -> None:
    rows = [["Folio", "2026-04-13", "Frais mensuels", "-35.00"], ["Folio", "2026-04-14", "Intérêts", "12.40"]]
    found = guess(rows, currency="CAD")
    assert found.choose == ("columns",) and found.profile.columns == {"date": 1, "amount": 3, "text": 2} and found.profile.heading_row == 0
    made = read(rows, found.profile)
    assert isinstance(made, list) and [row.amount_minor for row in made] == [-3500, 1240]


def test_a_debit_is_money_in_in_a_unions_own_ledger() -> None:
    rows = [["Date", "Debit", "Credit", "Document"], ["2026-04-13", "10.00", "", "JE-1"], ["2026-04-14", "", "4.00", "JE-2"]]
    at_the_bank, in_the_books = (read(rows, guess(rows, *columns, currency="CAD").profile) for columns in ((), (BOOK_COLUMNS,)))
    assert isinstance(at_the_bank, list) and [row.amount_minor for row in at_the_bank] == [-1000, 400]
    assert isinstance(in_the_books, list) and [(row.amount_minor, row.document) for row in in_the_books] == [(1000, "JE-1"), (-400, "JE-2")]


def test_a_profile_without_a_date_or_an_amount_reads_nothing() -> None:
    assert missing_columns(guess([]).profile) == ["date", "amount"]
    assert missing_columns(Profile(columns={"date": 0, "money_out": 1})) == []


# --- rows -------------------------------------------------------------------------------------------------------------

IN_OUT = Profile(columns={"date": 0, "text": 1, "money_out": 2, "money_in": 3, "balance": 4}, currency="CAD")
HEAD = ["Date", "Text", "Out", "In", "Balance"]


def rows_or_codes(*rows: list[str], profile: Profile = IN_OUT) -> list[int] | list[tuple[int, str, str]]:
    found = read([HEAD, *rows], profile)
    return [(fault.row, fault.column, fault.code) for fault in found.shown] if isinstance(found, Faults) else [row.amount_minor for row in found]


def test_rows_that_move_no_money_are_no_lines() -> None:
    rows = [["2026-05-01", "Opening balance", "", "", "100.00"], ["", "Remark"], ["2026-05-02", "Fee", "35.00", "", "65.00"], ["", "Total", "35.00"], HEAD,
            ["2026-05-03", "Note", "-", "–"]]  # fmt: skip
    assert rows_or_codes(*rows) == [-3500]


def test_money_out_may_be_written_with_a_minus() -> None:
    assert rows_or_codes(["2026-05-01", "", "-1.00"], ["2026-05-02", "", "-2.00"]) == [-100, -200]


def test_a_minus_among_money_out_without_one_is_a_reversal() -> None:
    assert rows_or_codes(["2026-05-01", "", "1.00"], ["2026-05-02", "", "-1.00"]) == [-100, 100]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["", "Fee", "35.00"], [(2, "date", "missing")]),
        (["2026-05-01", "", "35.00", "1.00"], [(2, "money_out", "two_amounts")]),
        (["x", "", "1,2,3"], [(2, "date", "bad_date"), (2, "money_out", "bad_money")]),
        (["2026-05-01", "", "1.00", "", "n/a 1"], [(2, "balance", "bad_money")]),
        (["2026-05-01", "Fee", "NaN"], [(2, "money_out", "bad_money")]),
        (["2026-05-01", "Fee", "", "abc"], [(2, "money_in", "bad_money")]),
    ],
)
def test_every_fault_has_its_row_and_column(row: list[str], expected: list[tuple[int, str, str]]) -> None:
    assert rows_or_codes(row) == expected


def test_a_fault_shows_at_most_forty_characters_of_its_cell() -> None:
    found = read([["2026-05-01", "9" * 300]], Profile(columns=AMOUNT, heading_row=0, currency="CAD"))
    assert isinstance(found, Faults) and found.shown[0].text == "9" * 40


def test_a_running_balance_is_added_up_in_either_direction() -> None:
    rows = [["2026-05-01", "", "1.00", "", "99.00"], ["2026-05-02", "", "", "2.00", "101.00"], ["2026-05-03", "", "3.00", "", "98.00"]]
    assert rows_or_codes(*rows) == [-100, 200, -300] and rows_or_codes(*reversed(rows)) == [-300, 200, -100]
    rows[1][4] = "111.00"
    assert rows_or_codes(*rows) == [(3, "balance", "balance_differs"), (4, "balance", "balance_differs")]


def test_a_row_left_out_of_a_running_balance_is_found() -> None:
    assert rows_or_codes(["2026-05-01", "", "1.00", "", "99.00"], ["2026-05-03", "", "3.00", "", "98.00"]) == [(3, "balance", "balance_differs")]


def test_each_account_and_currency_has_its_own_running_balance() -> None:
    profile = Profile(columns={"date": 0, "account": 1, "amount": 2, "balance": 3, "currency": 4}, heading_row=0)
    rows = [["2026-05-01", "A", "1.00", "11.00", "CAD"], ["2026-05-01", "B", "5.00", "5.00", "USD"], ["2026-05-02", "A", "1.00", "12.00", "CAD"]]
    found = read(rows, profile)
    assert isinstance(found, list) and [(row.account, row.currency) for row in found] == [("A", "CAD"), ("B", "USD"), ("A", "CAD")]
    rows[1][4] = "dollars"
    wrong = read(rows, profile)
    assert isinstance(wrong, Faults) and wrong.shown[0].code == "bad_currency"


CELLS = st.one_of(
    st.text(max_size=12), st.sampled_from(["2026-04-03", "03/04/2026", "1 234,56", "(5.00)", "DR", "1er mai 2026", "=1", "²", "1e5", "Total"])
)


@settings(max_examples=150)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=6), st.sampled_from(["CAD", "JPY", "", "X"]))
def test_whatever_stands_in_a_sheet_it_is_guessed_and_read_or_its_faults_are_told(rows: list[list[str]], currency: str) -> None:
    found = read(rows, guess(rows, currency=currency).profile)
    assert isinstance(found, Faults) or all(isinstance(row, SheetRow) for row in found)


# --- columns that moved ---------------------------------------------------------------------------------------------------

KEPT = with_headings(Profile(columns={"date": 0, "text": 1, "amount": 2, "balance": 3}), [["Date", "Description", "Amount", "Balance"]])


@pytest.mark.parametrize(
    ("heading", "places"),
    [
        ("Date,Description,Amount,Balance", [0, 1, 2, 3]),
        ("Date,Description,Balance,Amount", [0, 1, 3, 2]),
        ("DATE, description ,Fee,Amount,Balance", [0, 1, 3, 4]),
        ("Date,Description,Fee,Balance", None),
        ("Date,Amount,Description,Amount,Balance", None),
        ("Date,Description,Amount,Balance,Amount", None),
    ],
)
def test_a_kept_way_of_reading_follows_headings_and_gives_up_where_they_do_not_tell(heading: str, places: list[int] | None) -> None:
    found = followed(KEPT, [heading.split(",")])
    assert (found and list(found.columns.values())) == places


def test_a_way_of_reading_without_headings_stays_as_it_is() -> None:
    bare = Profile(columns={"date": 0, "amount": 1}, heading_row=0)
    assert followed(with_headings(bare, [["2026-01-05", "5.00"]]), [["2026-01-06", "6.00"]]) == bare


def test_a_heading_that_stands_there_twice_is_asked_about() -> None:
    rows = [["Date", "Amount", "Description", "Amount"], ["2026-10-02", "5.00", "Rent", "105.00"]]
    assert guess(rows).choose == ("columns",)
