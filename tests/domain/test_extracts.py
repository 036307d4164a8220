"""A union's extract read from what bookkeeping programs write, and held to opening + rows = closing."""

from datetime import date
from pathlib import Path

import pytest

from ledger.domain.extracts import COLUMNS, Balance, Extract, Layout, Meaning, first_day, kept_of, language_of, proved, read_extract, read_signed, turned
from ledger.domain.refusals import ExtractAccountUnsaid, ExtractBalanceMissing, ExtractUnbalanced
from ledger.domain.sheets import Faults, guess_mapping, heading_row
from ledger.services.spreadsheets import read_rows

FILES = Path(__file__).parents[1] / "data" / "extracts"
END = date(2026, 1, 31)


def read(rows: list[list[str]], currency: str = "CAD", usual: str = "en", owed_positive: bool = False) -> tuple[Extract, Faults, Layout]:
    top = heading_row(COLUMNS, rows)
    mapping = guess_mapping(COLUMNS, rows[top])
    layout = Layout(mapping, language_of(rows[top + 1 :], mapping, usual), currency, owed_positive)
    return (*read_extract(rows, layout, ("CAD", "USD")), layout)


@pytest.mark.parametrize(
    ("name", "account", "opening", "closing"),
    [
        ("ue_2026-01_sage50.csv", "1510 Due from Unifor CAD", 0, 12_750_00),
        ("ue_2026-02_sage50.csv", "1510 Due from Unifor CAD", 12_750_00, 12_291_00),
        ("ue_2026-01_xero.csv", "Due from Unifor", 0, 12_750_00),
        ("ue_2026-01_quickbooks.xlsx", "Due from Unifor (CAD)", 0, None),
        ("unifor_2026-01_acomba.csv", "2410 Dû à UE", 0, -12_141_00),
        ("unifor_2026-02_acomba.csv", "2410 Dû à UE", -12_141_00, -12_291_00),
    ],
)
def test_files_of_programs_are_read(name: str, account: str, opening: int, closing: int | None) -> None:
    found, faults, _ = read(read_rows((FILES / name).read_bytes(), name))
    assert faults.count == 0
    assert found.balances == (Balance(account, "CAD", opening, closing),)
    typed = {(account, "CAD"): Balance(account, "CAD", None, 12_750_00)}
    (balance,) = proved(found, typed, date(2026, 2, 28) if "02" in name else END)
    assert balance.closing_minor == (12_750_00 if closing is None else closing)


def test_the_same_month_reads_the_same_from_three_programs() -> None:
    files = ("ue_2026-01_sage50.csv", "ue_2026-01_xero.csv", "ue_2026-01_quickbooks.xlsx")
    found = [read(read_rows((FILES / name).read_bytes(), name))[0] for name in files]
    first, *others = [[(each.day, each.amount_minor, each.document, each.text) for each in one.rows] for one in found]
    assert len(first) == 3 and all(each == first for each in others)


def test_every_fault_has_its_row() -> None:
    rows = [
        ["Date", "Account", "Reference", "Debit", "Credit", "Currency"],
        ["2026-01-05", "1510", "1", "10.00", "", "CAD"],
        ["2026-13-05", "1510", "2", "10.00", "", "CAD"],
        ["2026-01-05", "1510", "3", "ten", "", "CAD"],
        ["2026-01-05", "1510", "4", "10.00", "5.00", "CAD"],
        ["2026-01-05", "1510", "5", "", "", "CAD"],
        ["2026-01-05", "1510", "6", "10.00", "", "EUR"],
    ]
    _, faults, _ = read(rows)
    assert [(each.row, each.column, each.code) for each in faults.shown] == [
        (3, "day", "bad_date"), (4, "debit", "bad_money"), (5, "debit", "both_sides"), (6, "amount", "missing"), (7, "currency", "unknown_currency"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "language", "minor"),
    [
        ("1,234.56", "en", 1_234_56), ("(1,234.56)", "en", -1_234_56), ("-1 234,56", "fr", -1_234_56), ("1,234.56-", "en", -1_234_56),
        ("$450.00 CR", "en", -450_00), ("450.00 DR", "en", 450_00), ("−9,00", "fr", -9_00),
    ],
)  # fmt: skip
def test_signs_of_amounts(cell: str, language: str, minor: int) -> None:
    assert read_signed(cell, language, "CAD") == minor


def test_a_running_column_tells_both_balances() -> None:
    rows = [["Date", "Account", "Amount", "Balance"], ["2026-01-05", "2410", "100.00", "350.00"], ["2026-01-09", "2410", "-50.00", "300.00"]]
    found, _, _ = read(rows)
    assert found.balances == (Balance("2410", "CAD", 250_00, 300_00),)


def test_a_running_column_is_read_from_its_oldest_row_wherever_that_stands() -> None:
    """The newest row first, and two of one day, which only their balances put in order."""
    rows = [
        ["Date", "Account", "Amount", "Balance"], ["2026-01-09", "2410", "-50.00", "300.00"], ["2026-01-05", "2410", "40.00", "350.00"],
        ["2026-01-05", "2410", "60.00", "310.00"],
    ]  # fmt: skip
    found, _, _ = read(rows)
    assert found.balances == (Balance("2410", "CAD", 250_00, 300_00),)
    assert proved(found, {}, END) == [Balance("2410", "CAD", 250_00, 300_00)]


def test_what_is_owed_is_turned_where_a_program_writes_it_positive() -> None:
    rows = [["Date", "Account", "Amount", "Balance"], ["2026-01-05", "2410", "100.00", "350.00"]]
    found, _, layout = read(rows, owed_positive=True)
    other = turned(found, {("2410", "CAD"): Meaning("2410", "CAD", "due_to", "ue")}, layout)
    assert (other.rows[0].amount_minor, other.balances[0]) == (-100_00, Balance("2410", "CAD", -250_00, -350_00))


def test_opening_and_rows_make_the_closing_or_it_is_refused_with_figures() -> None:
    rows = [["Date", "Account", "Amount"], ["2026-01-05", "1510", "100.00"], ["2026-02-03", "1510", "-40.00"]]
    found, _, _ = read(rows)
    key = ("1510", "CAD")
    for closing in (150_00, 110_00):  # at the cut-off, or after every row of the file
        assert proved(found, {key: Balance(*key, 50_00, closing)}, END) == [Balance(*key, 50_00, 150_00)]
    with pytest.raises(ExtractUnbalanced) as wrong:
        proved(found, {key: Balance(*key, 50_00, 151_00)}, END)
    assert (wrong.value.params["expected_minor"], wrong.value.params["closing_minor"]) == (150_00, 151_00)
    with pytest.raises(ExtractBalanceMissing):
        proved(found, {key: Balance(*key, None, 150_00)}, END)
    assert first_day(found, date(2026, 2, 28)) == date(2026, 1, 5)


def test_every_account_must_be_said_and_ignored_ones_stay_out() -> None:
    rows = [["Date", "Account", "Amount"], ["2026-01-05", "1510", "100.00"], ["2026-01-05", "6100", "70.00"]]
    found, _, _ = read(rows)
    said = {("1510", "CAD"): Meaning("1510", "CAD", "due_from", "unifor")}
    with pytest.raises(ExtractAccountUnsaid):
        kept_of(found, said)
    kept = kept_of(found, said | {("6100", "CAD"): Meaning("6100", "CAD", "ignored")})
    assert [each.code for each in kept.rows] == ["1510"]
