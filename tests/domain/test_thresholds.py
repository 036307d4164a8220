"""Thresholds, worked: the 1099 figures of case W26, days and versions, who decides, and what is refused."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from ledger.domain.actors import Actor
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown, DateInvalid, Refusal, SamePerson, TextInvalid, ThresholdState
from ledger.domain.thresholds import KINDS, ProposeThreshold, Threshold, check_decision, of_year, on_day, propose
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
        ({"code": "Strike benefits"}, ChoiceInvalid),
        ({"currency": "EUR"}, CurrencyUnknown),
        ({"amount_minor": 0}, AmountNotPositive),
        ({"amount_minor": None}, ChoiceInvalid),
        ({"amount_minor": None, "currency": None}, ChoiceInvalid),
        ({"days": 30}, ChoiceInvalid),
        ({"applies_to": "receivable_past_due"}, ChoiceInvalid),
        ({"applies_to": "receivable_past_due", "days": 0}, ChoiceInvalid),
        ({"applies_to": "statement_request", "days": 14}, ChoiceInvalid),
        ({"nation": "MX"}, ChoiceInvalid),
        ({"applies_to": "everything"}, ChoiceInvalid),
        ({"valid_from": date(1999, 12, 31)}, DateInvalid),
        ({"valid_to": date(2026, 12, 31)}, DateInvalid),
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
