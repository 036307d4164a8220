"""Thresholds, worked: the 1099 figures of case W26, days and versions, who decides, and what is refused."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from ledger.domain.actors import Actor
from ledger.domain.refusals import (
    AmountNotPositive,
    ChoiceInvalid,
    CurrencyUnknown,
    DateInvalid,
    Refusal,
    SamePerson,
    TextInvalid,
    ThresholdInvalid,
    ThresholdState,
)
from ledger.domain.thresholds import KINDS, ProposeThreshold, Threshold, check_decision, ended, of_year, on_day, open_since, propose
from ledger.services.setup import shipped_thresholds
from tests.cases import figure_minor

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EVERY = [Threshold(proposed_by=1, proposed_at=NOW, **row) for row in shipped_thresholds()]
SHIPPED = [each for each in EVERY if each.code == "strike-benefits-us"]
WHO, OTHER = (Actor(number, f"Treasurer {number}", "ue", frozenset({"treasurer"})) for number in (2, 3))
PROPOSAL = ProposeThreshold(
    code="strike-benefits-us", name_en="Strike benefits", name_fr="Prestations de grève", amount_minor=2_100_00, currency="USD", nation="US",
    valid_from=date(2027, 1, 1), source="Letter of the adviser",
)  # fmt: skip


@pytest.mark.parametrize(("year", "reached"), [(2026, figure_minor("W26", "1099 flag 2026")), (2025, figure_minor("W26", "1099 flag 2025"))])
def test_w26_a_members_year_reaches_the_threshold_by_its_own_amount(year: int, reached: int) -> None:
    (limit,) = of_year(SHIPPED, "strike_benefits", "US", year)
    amount, _ = limit.money
    assert amount == reached
    assert limit.reached(amount) and not limit.reached(amount - 1)
    assert not msgspec.structs.replace(limit, comparison="over").reached(amount)


def test_the_threshold_of_a_year_is_that_of_its_last_day_and_of_the_payers_nation() -> None:
    assert of_year(SHIPPED, "strike_benefits", "CA", 2026) == []
    assert [on_day(SHIPPED, "strike-benefits-us", day) for day in (date(1999, 12, 31), date(2025, 12, 31), date(2026, 1, 1))] == [None, *SHIPPED]
    proposed = propose(PROPOSAL, SHIPPED, ["USD"], ["US"], WHO, NOW)
    assert (proposed.version, proposed.state) == (3, "proposed")
    assert of_year([*SHIPPED, proposed], "strike_benefits", "US", 2027) == [SHIPPED[1]], "nobody has confirmed it"
    confirmed = msgspec.structs.replace(proposed, state="confirmed")
    assert of_year([*SHIPPED, confirmed], "strike_benefits", "US", 2027) == [confirmed]


def test_a_version_of_another_nation_or_kind_takes_the_place_of_the_ones_before() -> None:
    change = {"version": 3, "valid_from": date(2027, 1, 1)}
    moved = msgspec.structs.replace(SHIPPED[1], nation="CA", **change)
    assert of_year([*SHIPPED, moved], "strike_benefits", "US", 2027) == [] and of_year([*SHIPPED, moved], "strike_benefits", "CA", 2027) == [moved]
    other = msgspec.structs.replace(SHIPPED[1], applies_to="receipts", **change)
    assert of_year([*SHIPPED, other], "strike_benefits", "US", 2027) == [] and of_year([*SHIPPED, other], "receipts", "US", 2027) == [other]
    assert of_year([*SHIPPED, other], "strike_benefits", "US", 2026) == [SHIPPED[1]]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "Strike benefits"}, ThresholdInvalid),
        ({"currency": "EUR"}, CurrencyUnknown),
        ({"amount_minor": 0}, AmountNotPositive),
        ({"amount_minor": None}, ThresholdInvalid),
        ({"amount_minor": None, "currency": None}, ThresholdInvalid),
        ({"days": 30}, ThresholdInvalid),
        ({"applies_to": "receivable_past_due"}, ThresholdInvalid),
        ({"applies_to": "receivable_past_due", "days": 0}, ThresholdInvalid),
        ({"applies_to": "statement_request", "days": 14}, ThresholdInvalid),
        ({"nation": "MX"}, ChoiceInvalid),
        ({"applies_to": "everything"}, ChoiceInvalid),
        ({"valid_from": date(1999, 12, 31)}, DateInvalid),
        ({"valid_to": date(2026, 12, 31)}, ThresholdInvalid),
        ({"valid_to": date(9999, 12, 31)}, DateInvalid),
        ({"source": "  "}, TextInvalid),
        ({"name_fr": ""}, TextInvalid),
    ],
)
def test_a_threshold_that_compares_with_nothing_is_refused(change: dict[str, object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        propose(msgspec.structs.replace(PROPOSAL, **change), SHIPPED, ["USD"], ["US"], WHO, NOW)


def test_one_waits_at_a_time_and_another_person_decides_once() -> None:
    waiting = propose(PROPOSAL, SHIPPED, ["USD"], ["US"], WHO, NOW)
    with pytest.raises(ThresholdState):
        propose(PROPOSAL, [*SHIPPED, waiting], ["USD"], ["US"], OTHER, NOW)
    with pytest.raises(SamePerson):
        check_decision(waiting, WHO)
    check_decision(waiting, OTHER)
    with pytest.raises(ThresholdState):
        check_decision(SHIPPED[0], OTHER)


@pytest.mark.parametrize("applies_to", KINDS)
def test_every_kind_is_proposed_with_what_it_compares_over_its_own_period(applies_to: str) -> None:
    kind = KINDS[applies_to]
    amount = {"amount_minor": 1, "currency": "CAD"} if kind.by_amount else {"amount_minor": None, "currency": None}
    wanted = msgspec.structs.replace(PROPOSAL, applies_to=applies_to, days=14 if kind.by_days else None, **amount)
    made = propose(wanted, EVERY, ["CAD"], ["US"], WHO, NOW)
    assert (made.period, made.applies_to, made.days) == (kind.period, applies_to, wanted.days)


def test_every_kind_ships_with_a_source_and_the_first_day_it_holds() -> None:
    assert {each.applies_to for each in EVERY} == set(KINDS)
    assert all(each.source and each.period == KINDS[each.applies_to].period for each in EVERY)


@pytest.mark.parametrize(
    ("code", "year", "amount", "comparison", "days"),
    [
        ("form-1099-payee", 2025, 600_00, "at_least", None),
        ("form-1099-payee", 2026, 2_000_00, "at_least", None),
        ("lm-payee", 2026, 5_000_00, "at_least", None),
        ("lm-receivable", 2026, 5_000_00, "at_least", 90),
        ("lm-2", 2026, 250_000_00, "at_least", None),
        ("lm-2", 2027, 350_000_00, "at_least", None),
        ("lm-2-long", 2027, 40_000_000_00, "at_least", None),
        ("lm-3", 2026, 10_000_00, "at_least", None),
        ("form-990-f-1", 2026, 10_000_00, "over", None),
        ("form-990-f-2", 2026, 5_000_00, "over", None),
        ("form-990-f-3", 2026, 5_000_00, "over", None),
        ("fbar", 2026, 10_000_00, "over", None),
        ("bank-eft", 2026, 10_000_00, "at_least", None),
        ("bank-eft-24h", 2026, 10_000_00, "at_least", None),
        ("statement-request", 2026, None, "over", 14),
    ],
)
def test_what_ships(code: str, year: int, amount: int | None, comparison: str, days: int | None) -> None:
    limit = on_day(EVERY, code, date(year, 12, 31))
    assert limit is not None and (limit.amount_minor, limit.comparison, limit.days) == (amount, comparison, days)


def test_what_was_not_read_is_not_entered() -> None:
    """The rule of 2026 raises the amounts of LM-3 and LM-4; nothing holds until somebody enters them."""
    assert on_day(EVERY, "lm-3", date(2027, 1, 1)) is None and on_day(EVERY, "lm-2-long", date(2026, 12, 31)) is None
    assert [each.code for each in ended(EVERY, "receipts", "US", date(2027, 12, 31))] == ["lm-3"]
    assert ended(EVERY, "receipts", "US", date(2026, 12, 31)) == [] and ended(EVERY, "receipts", "CA", date(2027, 12, 31)) == []
    since = {(each.code, each.version): day for each in EVERY if (day := open_since(EVERY, each))}
    assert since == {("lm-3", 1): date(2027, 1, 1)}


def test_once_somebody_enters_it_nothing_is_missing() -> None:
    wanted = msgspec.structs.replace(PROPOSAL, code="lm-3", applies_to="receipts")
    made = propose(wanted, EVERY, ["USD"], ["US"], WHO, NOW)
    assert [each.code for each in ended([*EVERY, made], "receipts", "US", date(2027, 12, 31))] == ["lm-3"], "nobody has confirmed it"
    known = [*EVERY, msgspec.structs.replace(made, state="confirmed")]
    assert ended(known, "receipts", "US", date(2027, 12, 31)) == [] and not any(open_since(known, each) for each in known)


def test_an_assumed_first_day_is_marked() -> None:
    """The first fiscal year of the rule of 2026 was not read."""
    assert {(each.code, each.version) for each in EVERY if each.first_day_assumed} == {("lm-2", 2), ("lm-2-long", 1)}


def test_what_ships_says_its_source_in_french() -> None:
    assert all(each.source_fr and each.source_fr != each.source for each in EVERY)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"code": "A B C"}, "code", "code"), ({"code": "é-1"}, "code", "code"),
        ({"amount_minor": None, "currency": None}, "amount", "amount_missing"), ({"amount_minor": None}, "amount", "amount_missing"),
        ({"days": 30}, "days", "days_unused"), ({"applies_to": "transfer_abroad", "days": 1}, "days", "days_unused"),
        ({"applies_to": "statement_request", "days": 14}, "amount", "amount_unused"),
        ({"applies_to": "receivable_past_due"}, "days", "days_missing"), ({"applies_to": "receivable_past_due", "days": 4000}, "days", "days"),
        ({"valid_to": date(2026, 12, 31)}, "valid_to", "order"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_said_of_its_own_field(change: dict[str, object], field: str, reason: str) -> None:
    with pytest.raises(ThresholdInvalid) as refused:
        propose(msgspec.structs.replace(PROPOSAL, **change), SHIPPED, ["USD"], ["US"], WHO, NOW)
    assert (refused.value.params["field"], refused.value.params["reason"]) == (field, reason)
