"""Counts that are told together never tell of fewer than five members, whoever knows their total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.strike_runs import CountRow, shown_counts, shown_totals
from ledger.domain.suppression import SMALL_CELL, held_back, told

CELLS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 40), max_size=8)


@pytest.mark.parametrize(("cells", "hidden"), [
    ({"good": 100, "arrears": 7}, set()),
    ({"good": 100, "arrears": 1}, {"good", "arrears"}),
    ({"good": 100, "arrears": 1, "not_member": 1}, {"good", "arrears", "not_member"}),
    ({"good": 100, "leave": 20, "arrears": 4}, {"leave", "arrears"}),
    ({"good": 100, "arrears": 0}, set()),
    ({"good": 3}, {"good"}),
])  # fmt: skip
def test_what_is_held_back(cells: dict[str, int], hidden: set[str]) -> None:
    assert held_back(cells) == hidden


@given(CELLS)
def test_what_is_left_of_the_total_is_large_or_nothing_is_told_of_it(cells: dict[str, int]) -> None:
    hidden = held_back(cells)
    assert all(members >= SMALL_CELL or not members for cell, members in cells.items() if cell not in hidden)
    large = [members for members in cells.values() if members >= SMALL_CELL]
    if hidden and large:
        assert max(cells[cell] for cell in hidden) >= SMALL_CELL and len(hidden) > 1


def test_a_number_by_itself() -> None:
    assert [told(each) for each in (0, 1, 4, 5)] == [0, None, None, 5]


@given(st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from(("full", "partial", "crossed", "insufficient_duty"))), st.integers(1, 12), min_size=1))
def test_a_runs_totals_give_no_small_count_away(found: dict[tuple[int, str], int]) -> None:
    """Everything that is told is added and taken away: no difference of told numbers is a small count."""
    rows = [CountRow(local, reason, members, members * 300_00, 0) for (local, reason), members in found.items()]
    shown = shown_counts(rows, sees_all=False)
    assert {row.local_id for row in shown} == {0}, "no local by itself"
    totals = shown_totals(shown, told(sum(found.values())))
    numbers = [each for each in totals if each is not None] + [row.members for row in shown if row.members is not None]
    assert not any(0 < each < SMALL_CELL for each in numbers)
    if totals.members is not None:
        rest = totals.members - sum(row.members or 0 for row in shown)
        assert rest == 0 or rest >= SMALL_CELL


def test_whoever_keeps_the_roster_is_told_everything() -> None:
    rows = [CountRow(1, "full", 1, 300_00, 0), CountRow(2, "partial", 2, 200_00, 0)]
    assert shown_counts(rows, sees_all=True) == rows
    assert shown_totals(rows, 3) == (3, 3, 1, 2, 0)
