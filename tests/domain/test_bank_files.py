"""A statement's own figures, and by what its lines are known again (case W18)."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.bank_files import StatementFile, StatementLine, check, identities, identity, is_known, of_account, same_number, sum_of, with_opening
from ledger.domain.refusals import StatementAccount, StatementCurrency, StatementDates, StatementUnbalanced

MAY = (date(2026, 5, 1), date(2026, 5, 31))
# W18: the trust account's statement of May closes at CAD 46,293.00.
FEE, INTEREST = -35_00, 12_40


def line(amount: int, day: int = 4, bank_id: str = "", text: str = "Fee", ordinal: int = 1) -> StatementLine:
    return StatementLine(ordinal=ordinal, day=date(2026, 5, day), value_date=None, amount_minor=amount, bank_id=bank_id, text=text)


def statement(*lines: StatementLine, opening: int | None, closing: int | None, days: tuple[date | None, date | None] = MAY) -> StatementFile:
    return StatementFile(
        format="ofx", account="1", bank="815", currency="CAD", number="", starts_on=days[0], ends_on=days[1], opening_minor=opening,
        closing_minor=closing, lines=list(lines),
    )  # fmt: skip


def test_opening_and_lines_make_the_closing() -> None:
    check(statement(line(FEE), line(INTEREST), opening=46_315_60, closing=46_293_00), "CAD")
    check(statement(opening=0, closing=0), "CAD")


def test_a_statement_that_does_not_add_up_is_refused_with_every_figure() -> None:
    with pytest.raises(StatementUnbalanced) as refused:
        check(statement(line(FEE), line(INTEREST), opening=46_315_60, closing=46_393_00), "CAD")
    assert refused.value.params == {
        "currency": "CAD", "opening_minor": 46_315_60, "lines_minor": -22_60, "closing_minor": 46_393_00, "difference_minor": -100_00,
        "count": 2, "account": "1",
    }  # fmt: skip


def test_a_statement_in_another_currency_than_the_account_is_refused() -> None:
    with pytest.raises(StatementCurrency) as refused:
        check(statement(opening=0, closing=0), "USD")
    assert refused.value.params["currency"] == "CAD" and refused.value.params["account_currency"] == "USD"


@pytest.mark.parametrize(
    ("days", "named"),
    [
        ((date(2026, 5, 5), date(2026, 5, 31)), 7),
        ((date(2026, 4, 1), date(2026, 5, 3)), 7),
        ((date(2026, 6, 1), date(2026, 5, 1)), 7),
        ((None, date(2026, 5, 3)), 7),
    ],
)
def test_a_line_outside_the_statements_days_is_refused(days: tuple[date | None, date | None], named: int) -> None:
    with pytest.raises(StatementDates) as refused:
        check(statement(line(1, ordinal=7), opening=0, closing=1, days=days), "CAD")
    assert refused.value.params["line"] == named


def test_days_that_end_before_they_begin_are_refused_without_lines_too() -> None:
    with pytest.raises(StatementDates):
        check(statement(opening=0, closing=0, days=(MAY[1], MAY[0])), "CAD")


@pytest.mark.parametrize(
    ("opening", "closing", "known", "expected"),
    [
        (None, 46_293_00, None, (46_315_60, 46_293_00)),
        (None, 46_293_00, 46_315_60, (46_315_60, 46_293_00)),
        # The last statement closed otherwise: that is kept, so that check finds what is missing between them.
        (None, 46_293_00, 46_000_00, (46_000_00, 46_293_00)),
        (None, None, 46_315_60, (46_315_60, 46_293_00)),
        (None, None, None, (None, None)),
        (46_315_60, None, None, (46_315_60, 46_293_00)),
        # What the file says stands, whatever is known.
        (46_315_60, 46_293_00, 1, (46_315_60, 46_293_00)),
    ],
)
def test_a_missing_balance_comes_from_the_last_statement_or_from_the_lines(
    opening: int | None, closing: int | None, known: int | None, expected: tuple[int | None, int | None]
) -> None:
    made = with_opening(statement(line(FEE), line(INTEREST), opening=opening, closing=closing), known)
    assert (made.opening_minor, made.closing_minor) == expected


# --- identity ---------------------------------------------------------------------------------------------------------


def test_two_equal_lines_of_one_day_stay_two() -> None:
    lines = [line(-60_00, text="Cheque"), line(-60_00, text="Cheque"), line(-60_00, day=5, text="Cheque")]
    found = identities("A", lines)
    assert len(set(found)) == 3 and found == [identity("A", lines[0], 0), identity("A", lines[1], 1), identity("A", lines[2], 0)]
    assert all(len(each) == 64 and set(each) <= set("0123456789abcdef") for each in found)


def test_an_id_that_a_bank_uses_twice_does_not_hide_a_line() -> None:
    lines = [line(-12_50, bank_id="90001"), line(-12_50, bank_id="90001"), line(-240_00, bank_id="90001"), line(-12_50, day=9, bank_id="90001")]
    assert len(set(identities("A", lines))) == 4


def test_a_text_that_the_bank_completes_later_is_the_same_line_where_it_has_an_id() -> None:
    assert identities("A", [line(1, bank_id="7", text="PENDING")]) == identities("A", [line(1, bank_id="7", text="Local 506, contribution")])
    assert identities("A", [line(1, text="One")]) != identities("A", [line(1, text="Other")])


def test_a_line_of_another_account_is_another_line() -> None:
    assert identities("A", [line(1)]) != identities("B", [line(1)])


LINES = st.lists(st.builds(line, st.integers(-3, 3), st.integers(1, 3), st.sampled_from(["", "1", "2"]), st.sampled_from(["Fee", "Fee 2"])), max_size=20)


@given(LINES)
def test_every_line_of_a_file_has_an_identity_of_its_own(lines: list[StatementLine]) -> None:
    assert len(set(identities(1, lines))) == len(lines)


@given(LINES, LINES)
def test_a_longer_file_knows_every_line_of_a_shorter_one_again(lines: list[StatementLine], later: list[StatementLine]) -> None:
    moved = [msgspec.structs.replace(each, day=date(2026, 6, each.day.day)) for each in later]
    assert set(identities(1, lines)) <= set(identities(1, [*moved, *lines]))


@given(LINES, st.integers(-(10**9), 10**9))
def test_whatever_the_opening_the_closing_is_it_and_the_lines(lines: list[StatementLine], opening: int) -> None:
    made = with_opening(statement(*lines, opening=None, closing=None), opening)
    check(made, "CAD")
    assert made.closing_minor == opening + sum_of(made)


# --- of which account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1234567", "001-00012-1234567", True), ("00123456", "123456", True), ("1234567", "1234568", False), ("34567", "1234567", False),
        ("*****4567", "1234567", True), ("XXXX4567", "0001234567", True), ("****4567", "****4567", True), ("***4567", "*****34567", True),
        # Another account of the same bank, whose last three figures are the same; zeros behind a mask are figures.
        ("*****567", "1234567", False), ("****567", "****567", False), ("****0567", "1234567", False), ("****0567", "1230567", True),
        # What stands before the mask counts, and what tells nothing is not the same.
        ("12***4567", "9934567", False), ("12***4567", "1234567", True), ("12***4567", "99***4567", False), ("1234****", "1234****", False),
        ("****", "----", False), ("", "", False),
    ],
)
def test_an_account_is_told_by_its_last_figures_whichever_writing_is_masked(one: str, other: str, same: bool) -> None:
    assert (same_number(one, other), same_number(other, one)) == (same, same)


def test_a_whole_number_is_held_against_the_whole_numbers_that_are_known() -> None:
    assert is_known("2224567", ["****4567"]) and is_known("****4567", ["1114567"])
    assert not is_known("2224567", ["1114567", "****4567"]), "another account that ends alike"


def test_a_masked_file_of_another_account_is_asked_about() -> None:
    file = msgspec.structs.replace(statement(line(FEE), opening=0, closing=FEE), account="****9567")
    with pytest.raises(StatementAccount) as refused:
        of_account([file], "CAD", "", ["0001234567"], may_change=False)
    assert (refused.value.params["reason"], refused.value.params["account"]) == ("changed", "****9567")
    assert of_account([file], "CAD", "", ["0001234567"], may_change=True) == [file]
