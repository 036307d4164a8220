"""What the members' page tells of strikes is never of fewer than five members, whatever pages are laid side by side, and its quarters are whole."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.member_pages import (
    Asked,
    Figures,
    Struck,
    Sum,
    Support,
    asks_to_switch,
    check_over,
    check_texts,
    days_of,
    is_switched_on,
    past_quarters,
    quarter_of,
    told_again,
    told_purposes,
    told_support,
)
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
    assert bool(hidden) == small
    assert len(hidden) != 1 or len(members) == 1, "one alone could be worked out"
    assert told.members in (None, 0) or told.members >= 5
    assert told.strikes in (None, 0) or told.strikes >= 5


# --- several pages side by side -------------------------------------------------------------------------------------------


def figures(support: Support, purposes: tuple[Sum, ...] = (), quarter: str = "2026-Q1") -> Figures:
    """A version that tells this of strike support."""
    return Figures(
        quarter=quarter, head_number=1, head_hash="", read_at=datetime(2026, 4, 2, tzinfo=UTC), received=(), benefits=support.benefits,
        advances=support.advances, strikes=support.strikes, members=support.members, approved=(), spent=(), lent=(), purposes=purposes,
    )  # fmt: skip


def test_no_balance_is_told_of_what_strike_support_is_paid_out_of() -> None:
    """Two quarters' balances less what is told were what four members got."""
    balances = [Sum("education", "USD", 7), Sum("general", "USD", 5), Sum("strike", "CAD", 3), Sum("strike", "USD", 3)]
    assert [each.of for each in told_purposes(balances, {"strike"})] == ["education", "general"]
    assert [each.of for each in told_purposes(balances, {"general"})] == ["education"], "a strike may be paid out of a general fund"
    assert [each.of for each in told_purposes(balances, set())] == ["education", "general"]


def test_a_later_version_does_not_tell_what_one_member_got() -> None:
    def told(members: int, amount: int) -> Support:
        return told_support([Struck("S-1", "ue", "USD", "benefits", members, amount), Struck("S-2", "unifor", "CAD", "advances", 90, 9_000_00)])

    first = figures(told(9, 9_000_00))
    assert (first.members, [each.amount_minor for each in first.benefits]) == (99, [9_000_00])
    second = figures(told_again(told(10, 9_800_00), [first]))
    assert (second.members, [each.amount_minor for each in second.benefits]) == (None, [None]), "the difference is one member's"
    assert [each.amount_minor for each in second.advances] == [9_000_00]
    third = told_again(told(9, 9_000_00), [first, second])
    assert (third.members, [each.amount_minor for each in third.benefits]) == (99, [9_000_00]), "what is known may be said again"


class Payment(NamedTuple):
    """What one member got of a strike's support."""

    quarter: int
    strike: str
    person: int
    currency: str
    paid_as: str


# Twelve members of two strikes, one of them supported out of a general fund; whoever is paid alone, or whose payment is undone, stands out.
OF = {"S-1": ("ue", "strike", range(6)), "S-2": ("unifor", "general", range(6, 12))}
QUARTER = st.sampled_from([0, 0, 0, 1, 2])
PAY = st.tuples(
    QUARTER, st.sampled_from(list(OF)), st.sampled_from(["USD", "USD", "CAD"]), st.sampled_from(["benefits", "benefits", "advances"]),
    st.sampled_from([1, 4, 5, 6, 6]),
)  # fmt: skip
STEPS = st.lists(st.one_of(PAY, st.integers(0, 11), QUARTER.map("show {}".format)), max_size=20)


def rank(rows: list[list[int]], prime: int = 2_147_483_647) -> int:
    """How many of the rows are independent."""
    left, found = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in left if row[column] % prime), None)
        if pivot is None:
            continue
        left.remove(pivot)
        found += 1
        inverse = pow(pivot[column], -1, prime)
        for row in left:
            if factor := row[column] * inverse % prime:
                row[:] = [(a - factor * b) % prime for a, b in zip(row, pivot, strict=True)]
    return found


class Books:
    """Random books, and what a reader who knows every other flow of them learns of each payment: one row of 0 and 1 a figure that was told."""

    def __init__(self) -> None:
        self.ever: list[Payment] = []
        self.standing: set[int] = set()
        self.shown: dict[int, list[Figures]] = {}
        self.learned: set[frozenset[int]] = set()

    def pay(self, quarter: int, strike: str, currency: str, paid_as: str, count: int) -> None:
        for person in list(OF[strike][2])[:count]:
            self.standing.add(len(self.ever))
            self.ever.append(Payment(quarter, strike, person, currency, paid_as))

    def show(self, quarter: int) -> None:
        paid = {n: self.ever[n] for n in self.standing if self.ever[n].quarter == quarter}
        before = self.shown.setdefault(quarter, [])
        support = told_again(told_support(self._struck(paid)), before)
        balances = [
            Sum(purpose, currency, 10**9 - sum(2**n for n in self._out_of(purpose, currency, quarter))) for purpose in ("strike", "general")
            for currency in ("USD", "CAD")
        ]  # fmt: skip
        told = told_purposes(balances, {OF[each.strike][1] for each in self.ever})
        before.append(figures(support, told))
        for paid_as, sums in (("benefits", support.benefits), ("advances", support.advances)):
            for each in sums:
                if each.amount_minor is not None:
                    cell = {n for n, one in paid.items() if (one.paid_as, OF[one.strike][0], one.currency) == (paid_as, each.of, each.currency)}
                    assert sum(2**n for n in cell) == each.amount_minor
                    self.learned.add(frozenset(cell))
        self.learned |= {frozenset(self._out_of(each.of, each.currency, quarter)) for each in told}

    def _struck(self, paid: dict[int, Payment]) -> list[Struck]:
        cells: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
        for n, each in paid.items():
            cells[each.strike, each.currency, each.paid_as].add(n)
        return [
            Struck(strike, OF[strike][0], currency, paid_as, len({paid[n].person for n in cell}), sum(2**n for n in cell))  # type: ignore[arg-type]
            for (strike, currency, paid_as), cell in cells.items()
        ]  # fmt: skip

    def _out_of(self, purpose: str, currency: str, quarter: int) -> set[int]:
        return {n for n in self.standing if OF[self.ever[n].strike][1] == purpose and self.ever[n].currency == currency and self.ever[n].quarter <= quarter}

    def gives_away(self, persons: tuple[int, ...]) -> bool:
        """Whether some sum or difference of what was told is of payments to these members alone."""
        rows = [[int(n in cell) for n in range(len(self.ever))] for cell in self.learned]
        others = [n for n, each in enumerate(self.ever) if each.person not in persons]
        return rank(rows) != rank([[row[n] for n in others] for row in rows])


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_no_pages_together_tell_of_fewer_than_five_members(steps: list[object]) -> None:
    """Whatever is paid, undone and shown again: no sum or difference of any versions of any quarters is of four members or fewer."""
    books = Books()
    for step in steps:
        match step:
            case str():
                books.show(int(step[-1]))
            case int():
                books.standing.discard(step)
            case (quarter, strike, currency, paid_as, count):
                books.pay(quarter, strike, currency, paid_as, count)
    for versions in books.shown.values():
        for name in ("strikes", "members"):
            counts = {told for each in versions if (told := getattr(each, name))}
            assert len(counts) <= 1 and all(count >= 5 for count in counts)
    assert not [four for four in combinations(range(12), 4) if books.gives_away(four)]


def test_the_reader_of_the_property_finds_what_was_given_away_before() -> None:
    """Of a quarter held back, the balances before and after it tell; of two versions, their difference does."""
    books = Books()
    books.pay(1, "S-1", "USD", "benefits", 3)
    books.learned = {frozenset(), frozenset(books.standing)}
    assert books.gives_away((0, 1, 2, 3)) and not books.gives_away((0, 1, 4, 5))
    books = Books()
    books.pay(0, "S-1", "USD", "benefits", 5)
    first = frozenset(books.standing)
    books.pay(0, "S-1", "USD", "benefits", 1)
    books.learned = {first, frozenset(books.standing)}
    assert books.gives_away((0, 7, 8, 9)) and not books.gives_away((1, 2, 3, 4))


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


def test_the_switch_waits_for_the_union_that_has_not_answered() -> None:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    on, off, again = Asked("ue", True, 1, "A", at), Asked("unifor", False, 2, "B", at), Asked("ue", True, 3, "A", at)
    assert asks_to_switch({"ue": on}, "unifor") == on and asks_to_switch({"ue": on}, "ue") is None
    assert asks_to_switch({"ue": on, "unifor": off}, "unifor") is None, "it has said no"
    assert asks_to_switch({"ue": again, "unifor": off}, "unifor") == again
    assert asks_to_switch({"ue": on, "unifor": msgspec.structs.replace(off, is_on=True)}, "unifor") is None
    assert is_switched_on({"ue": on, "unifor": msgspec.structs.replace(off, is_on=True)}, ["ue", "unifor"])
    assert not is_switched_on({"ue": on, "unifor": off}, ["ue", "unifor"]) and not is_switched_on({"ue": on}, ["ue", "unifor"])
