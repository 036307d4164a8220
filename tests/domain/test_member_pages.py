"""What the members' page tells of strikes is never of fewer than five members, and its quarters are whole."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.member_pages import Struck, Sum, check_over, check_texts, days_of, past_quarters, quarter_of, told_purposes, told_support
from ledger.domain.refusals import DateInvalid, MemberPageState, TextInvalid

STRUCK = st.builds(
    Struck, strike=st.sampled_from(["S-1", "S-2", "S-3"]), union=st.sampled_from(["ue", "unifor"]), currency=st.sampled_from(["USD", "CAD"]),
    paid_as=st.sampled_from(["benefits", "advances"]), members=st.integers(1, 12), amount_minor=st.integers(1, 10_000_00),
)  # fmt: skip


@given(st.lists(STRUCK, max_size=8))
def test_no_sum_is_of_fewer_than_five_members(paid: list[Struck]) -> None:
    members: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for each in paid:
        members[each.paid_as, each.union, each.currency] += each.members
    told = told_support(paid)
    small = any(count < 5 for count in members.values())
    for paid_as, sums in (("benefits", told.benefits), ("advances", told.advances)):
        assert all(each.amount_minor is None or members[paid_as, each.of, each.currency] >= 5 for each in sums)
    hidden = [each for each in told.benefits + told.advances if each.amount_minor is None]
    assert bool(hidden) == small == told.is_held_back
    assert len(hidden) != 1 or len(members) == 1, "one alone could be worked out"
    assert told.members in (None, 0) or told.members >= 5
    assert told.strikes in (None, 0) or told.strikes >= 5
    purposes = told_purposes([Sum("strike", "USD", 5), Sum("general", "USD", 7)], told)
    assert [each.amount_minor for each in purposes] == [None if small else 5, 7]


@given(st.dates(date(2020, 1, 1), date(2090, 12, 31)))
def test_a_day_is_in_its_quarter(day: date) -> None:
    first, last = days_of(quarter_of(day))
    assert first <= day <= last and first.day == 1 and (last + timedelta(days=1)).day == 1
    assert quarter_of(first) == quarter_of(last) != quarter_of(last + timedelta(days=1))


def test_only_a_quarter_that_is_over() -> None:
    assert past_quarters(date(2026, 11, 23), date(2026, 2, 3)) == ["2026-Q3", "2026-Q2", "2026-Q1"]
    assert check_over("2026-Q3", date(2026, 10, 1)) == (date(2026, 7, 1), date(2026, 9, 30))
    with pytest.raises(MemberPageState):
        check_over("2026-Q3", date(2026, 9, 30))
    for wrong in ("2026-Q5", "2026-q3", "2026-Q3\n", "1926-Q3", "x" * 90):
        with pytest.raises(DateInvalid):
            days_of(wrong)


def test_a_paragraph_is_in_both_languages_or_in_none() -> None:
    assert check_texts(" a\nb ", "c") == ("a\nb", "c")
    assert check_texts("", " ") == ("", "")
    for wrong in (("a", ""), ("", "b"), ("a" * 2001, "b"), ("a\x00", "b")):
        with pytest.raises(TextInvalid):
            check_texts(*wrong)
