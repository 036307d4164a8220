"""A pledge's schedule as a ledger page, its instalments, and what must hold for every schedule."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import pledges
from ledger.domain.accounts import Fund, Union
from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.pledges import Instalment, Pledge, Receipt, RecordPledge, Schedule, ageing, schedule, spread, totals
from ledger.domain.refusals import Refusal

UNIFOR = Union("unifor", "Unifor", "CA", "CAD", 2)
UE = Union("ue", "UE", "US", "USD", 1)
GEN, POL_CA = Fund(1, "GEN", "General", "Général"), Fund(8, "POL-CA", "Political", "Politique", nation="CA")
QUARTERS = spread(12_000_000, 4, date(2026, 3, 31), "quarter")
TODAY = date(2026, 7, 15)


def pledge(instalments: tuple[Instalment, ...] = QUARTERS, **more: Any) -> Pledge:
    fields: dict[str, Any] = {
        "number": "P-0001", "union": "unifor", "fund": "GEN", "fund_id": 1, "currency": "CAD", "approved_on": date(2026, 1, 2),
        "amount_minor": sum(i.amount_minor for i in instalments), "resolution": "NEB-2026-01", "policy": "recognised", "condition": "",
        "remark": "", "state": "open", "instalments": instalments,
    }  # fmt: skip
    return Pledge(**(fields | more))


W02_RECEIPTS = [Receipt("C-0001", date(2026, 3, 27), 3_000_000), Receipt("C-0002", date(2026, 6, 29), 2_000_000)]


def figures(found: Schedule) -> tuple[int, ...]:
    return (
        found.received_minor, found.outstanding_minor, found.due_minor, found.overdue_minor, found.not_yet_due_minor, found.oldest_overdue_days
    )  # fmt: skip


# day, received, outstanding, due, overdue, not yet due, oldest overdue days
W02_DAYS = [
    ("2026-01-02", 0, 12_000_000, 0, 0, 12_000_000, 0),
    ("2026-03-27", 3_000_000, 9_000_000, 0, 0, 12_000_000, 0),
    ("2026-03-31", 3_000_000, 9_000_000, 3_000_000, 0, 9_000_000, 0),
    ("2026-06-30", 5_000_000, 7_000_000, 6_000_000, 0, 6_000_000, 0),
    ("2026-07-01", 5_000_000, 7_000_000, 6_000_000, 1_000_000, 6_000_000, 1),
    ("2026-07-15", 5_000_000, 7_000_000, 6_000_000, 1_000_000, 6_000_000, 15),
    ("2026-10-15", 5_000_000, 7_000_000, 9_000_000, 4_000_000, 3_000_000, 107),
    ("2027-01-01", 5_000_000, 7_000_000, 12_000_000, 7_000_000, 0, 185),
]


@pytest.mark.parametrize("policy", pledges.POLICIES)
@pytest.mark.parametrize(("day", *(["received", "outstanding", "due", "overdue", "not_yet", "oldest"])), W02_DAYS)
def test_w02_as_it_stood_on_each_day(
    day: str, received: int, outstanding: int, due: int, overdue: int, not_yet: int, oldest: int, policy: str
) -> None:
    found = schedule(pledge(policy=policy), W02_RECEIPTS, date.fromisoformat(day))
    assert figures(found) == (received, outstanding, due, overdue, not_yet, oldest)


def test_w02_line_by_line() -> None:
    found = schedule(pledge(), W02_RECEIPTS, TODAY)
    assert found.percent_received == Decimal("41.7")
    assert [(line.due_on.isoformat(), line.received_minor, line.overdue_minor, line.state) for line in found.lines] == [
        ("2026-03-31", 3_000_000, 0, "received"),
        ("2026-06-30", 2_000_000, 1_000_000, "overdue"),
        ("2026-09-30", 0, 0, "not_due"),
        ("2026-12-31", 0, 0, "not_due"),
    ]
    assert ageing(found.lines) == (1_000_000, 0, 0, 0)
    assert ageing(schedule(pledge(), W02_RECEIPTS, date(2026, 10, 15)).lines) == (3_000_000, 0, 0, 1_000_000)


def test_a_conditional_pledge_is_due_only_once_its_condition_is_met() -> None:
    waiting = pledge(condition="When the merger is ratified")
    assert waiting.waits_for_condition
    assert figures(schedule(waiting, [], TODAY)) == (0, 12_000_000, 0, 0, 12_000_000, 0)
    met = msgspec.structs.replace(waiting, met_on=date(2026, 7, 10))
    assert figures(schedule(met, [], date(2026, 7, 9)))[2] == 0
    # Due on 31 March and 30 June, and binding since 10 July: five days late on 15 July, not 106.
    assert figures(schedule(met, [], TODAY)) == (0, 12_000_000, 6_000_000, 6_000_000, 6_000_000, 5)
    on_the_day = schedule(met, [], date(2026, 7, 10))
    assert [line.state for line in on_the_day.lines] == ["due", "due", "not_due", "not_due"]
    assert figures(on_the_day) == (0, 12_000_000, 6_000_000, 0, 6_000_000, 0)


def test_a_cancelled_pledge_owes_nothing_more() -> None:
    found = schedule(pledge(state="cancelled"), W02_RECEIPTS, TODAY)
    assert figures(found) == (5_000_000, 0, 5_000_000, 0, 0, 0)
    assert found.cancelled_minor == 7_000_000
    assert [(line.received_minor, line.cancelled_minor, line.state) for line in found.lines] == [
        (3_000_000, 0, "received"), (2_000_000, 1_000_000, "cancelled"), (0, 3_000_000, "cancelled"), (0, 3_000_000, "cancelled"),
    ]  # fmt: skip


def test_before_it_was_given_up_the_rest_was_still_owed() -> None:
    given_up = pledge(state="cancelled", cancelled_on=date(2026, 8, 1))
    assert figures(schedule(given_up, W02_RECEIPTS, TODAY)) == figures(schedule(pledge(), W02_RECEIPTS, TODAY))
    assert figures(schedule(given_up, W02_RECEIPTS, date(2026, 8, 1))) == (5_000_000, 0, 5_000_000, 0, 0, 0)


SPREADS = [
    # amount, count, first day, every -> days and parts
    (12_000_000, 4, "2026-03-31", "quarter", ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"], [3_000_000] * 4),
    (10_000, 3, "2026-01-31", "month", ["2026-01-31", "2026-02-28", "2026-03-31"], [3_334, 3_333, 3_333]),
    (100, 3, "2027-11-30", "month", ["2027-11-30", "2027-12-31", "2028-01-31"], [34, 33, 33]),
    (100, 2, "2026-01-30", "month", ["2026-01-30", "2026-02-28"], [50, 50]),
    (7, 2, "2028-02-29", "year", ["2028-02-29", "2029-02-28"], [4, 3]),
    (9, 1, "2026-05-15", "half_year", ["2026-05-15"], [9]),
]


@pytest.mark.parametrize(("amount", "count", "first", "every", "days", "parts"), SPREADS)
def test_a_pledge_is_spread_equally(amount: int, count: int, first: str, every: str, days: list[str], parts: list[int]) -> None:
    found = spread(amount, count, date.fromisoformat(first), every)
    assert [each.due_on.isoformat() for each in found] == days
    assert [each.amount_minor for each in found] == parts


BAD_SPREADS = [
    (100, 0, date(2026, 1, 1), "month", "instalments_invalid"),
    (100, 61, date(2026, 1, 1), "month", "instalments_invalid"),
    (100, 2, date(2026, 1, 1), "fortnight", "choice_invalid"),
    (1, 2, date(2026, 1, 1), "month", "amount_not_positive"),
    (10**20, 2, date(2026, 1, 1), "month", "amount_invalid"),
    (100, 2, date(9999, 1, 1), "month", "date_invalid"),
]


@pytest.mark.parametrize(("amount", "count", "first", "every", "code"), BAD_SPREADS)
def test_what_cannot_be_spread(amount: int, count: int, first: date, every: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        spread(amount, count, first, every)
    assert refused.value.code == code


REQUEST = RecordPledge(
    union="unifor", fund="GEN", currency="CAD", amount_minor=12_000_000, approved_on=date(2026, 1, 2), resolution="NEB-2026-01",
    instalments=QUARTERS,
)  # fmt: skip
REFUSED: list[tuple[dict[str, Any], Fund, Union, str]] = [
    ({"amount_minor": 0}, GEN, UNIFOR, "amount_not_positive"),
    ({"amount_minor": -5}, GEN, UNIFOR, "amount_not_positive"),
    ({"amount_minor": LARGEST_AMOUNT_MINOR + 1}, GEN, UNIFOR, "amount_invalid"),
    ({"policy": "perhaps"}, GEN, UNIFOR, "choice_invalid"),
    ({"approved_on": date(2026, 7, 16)}, GEN, UNIFOR, "future_date"),
    ({"approved_on": date(1999, 7, 16)}, GEN, UNIFOR, "date_invalid"),
    ({"resolution": "  "}, GEN, UNIFOR, "text_invalid"),
    ({"resolution": "x" * 101}, GEN, UNIFOR, "text_invalid"),
    ({"condition": "when\x00"}, GEN, UNIFOR, "text_invalid"),
    ({"instalments": ()}, GEN, UNIFOR, "instalments_invalid"),
    ({"instalments": QUARTERS * 16}, GEN, UNIFOR, "instalments_invalid"),
    ({"instalments": QUARTERS[:3]}, GEN, UNIFOR, "instalments_disagree"),
    ({"instalments": (*QUARTERS, Instalment(date(2026, 5, 1), 0))}, GEN, UNIFOR, "amount_not_positive"),
    ({"instalments": (Instalment(date(2200, 1, 1), 12_000_000),)}, GEN, UNIFOR, "date_invalid"),
    ({}, msgspec.structs.replace(GEN, confirmed=False), UNIFOR, "fund_closed"),
    ({}, msgspec.structs.replace(GEN, closed_on=date(2026, 1, 31)), UNIFOR, "fund_closed"),
    ({"policy": "memo"}, POL_CA, UE, "origin_not_allowed"),
    ({"policy": "recognised"}, POL_CA, UE, "origin_not_allowed"),
]


@pytest.mark.parametrize(("changes", "fund", "union", "code"), REFUSED)
def test_a_pledge_that_is_refused(changes: dict[str, Any], fund: Fund, union: Union, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        pledges.new_pledge(msgspec.structs.replace(REQUEST, **changes), "P-0001", union, fund, TODAY)
    assert refused.value.code == code


def test_instalments_are_kept_by_date() -> None:
    made = pledges.new_pledge(msgspec.structs.replace(REQUEST, instalments=QUARTERS[::-1]), "P-0001", UNIFOR, GEN, TODAY)
    assert made.instalments == QUARTERS


def test_totals_never_add_currencies() -> None:
    found = schedule(pledge(), W02_RECEIPTS, TODAY)
    american = schedule(pledge(currency="USD"), [], TODAY)
    sums = totals([("unifor", found), ("ue", american), ("unifor", found)])
    assert [(each.union, each.currency, each.count, each.pledged_minor) for each in sums] == [
        ("ue", "USD", 1, 12_000_000), ("unifor", "CAD", 2, 24_000_000),
    ]  # fmt: skip


# --- what must hold ---------------------------------------------------------------------------------------------------

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
instalment_lists = st.lists(st.builds(Instalment, days, st.integers(1, 10_000)), min_size=1, max_size=60).map(
    lambda found: tuple(sorted(found, key=lambda each: each.due_on))
)


@st.composite
def paid_pledges(draw: st.DrawFn) -> tuple[Pledge, list[Receipt]]:
    """A pledge in any state with receipts that never come to more than it."""
    promised = pledge(draw(instalment_lists), state=draw(st.sampled_from(("open", "cancelled"))), condition=draw(st.sampled_from(("", "If"))))
    promised = msgspec.structs.replace(promised, met_on=draw(st.none() | days) if promised.condition else None)
    receipts, left = [], promised.amount_minor
    for number, day in enumerate(draw(st.lists(days, max_size=8))):
        if left:
            receipts.append(Receipt(f"C-{number}", day, draw(st.integers(1, left))))
            left -= receipts[-1].amount_minor
    return promised, receipts


@given(paid_pledges(), days)
def test_schedules_always_tie(made: tuple[Pledge, list[Receipt]], as_of: date) -> None:
    promised, receipts = made
    found = schedule(promised, receipts, as_of)
    assert found.received_minor + found.outstanding_minor + found.cancelled_minor == found.pledged_minor
    assert found.due_minor + found.not_yet_due_minor + found.cancelled_minor == found.pledged_minor
    assert 0 <= found.overdue_minor <= max(found.due_minor - found.received_minor, 0)
    assert sum(ageing(found.lines)) == found.overdue_minor
    assert (found.oldest_overdue_days > 0) == (found.overdue_minor > 0)
    for name in ("received", "cancelled", "outstanding", "overdue"):
        assert sum(getattr(line, f"{name}_minor") for line in found.lines) == getattr(found, f"{name}_minor")
    assert all(0 <= line.received_minor + line.cancelled_minor <= line.amount_minor for line in found.lines)


@given(paid_pledges(), days, st.randoms())
def test_the_order_of_receipts_does_not_matter(made: tuple[Pledge, list[Receipt]], as_of: date, random: Any) -> None:
    promised, receipts = made
    shuffled = receipts[:]
    random.shuffle(shuffled)
    assert schedule(promised, shuffled, as_of) == schedule(promised, receipts, as_of)


@given(paid_pledges(), days)
def test_the_policy_changes_nothing_in_the_schedule(made: tuple[Pledge, list[Receipt]], as_of: date) -> None:
    promised, receipts = made
    assert schedule(msgspec.structs.replace(promised, policy="memo"), receipts, as_of) == schedule(promised, receipts, as_of)


@given(paid_pledges(), days)
def test_older_instalments_are_filled_first(made: tuple[Pledge, list[Receipt]], as_of: date) -> None:
    found = schedule(*made, as_of)
    later_received = 0
    for line in reversed(found.lines):
        assert line.outstanding_minor == 0 or later_received == 0
        later_received += line.received_minor


@given(st.integers(1, 10**9), st.integers(1, 60), days, st.sampled_from(sorted(pledges.MONTHS_BETWEEN)))
def test_a_spread_adds_up(amount: int, count: int, first: date, every: str) -> None:
    if amount < count:
        return
    found = spread(amount, count, first, every)
    assert sum(each.amount_minor for each in found) == amount
    assert max(each.amount_minor for each in found) - min(each.amount_minor for each in found) <= 1
    assert all(a.due_on + timedelta(days=27) < b.due_on for a, b in pairwise(found))
