"""Thresholds, worked: the 1099 figures of case W26, days and versions, who decides, and what is refused."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from ledger.domain.actors import Actor
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown, DateInvalid, Refusal, SamePerson, TextInvalid, ThresholdState
from ledger.domain.thresholds import ProposeThreshold, Threshold, check_decision, of_year, on_day, propose
from ledger.services.setup import shipped_thresholds
from tests.cases import figure_minor

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SHIPPED = [Threshold(proposed_by=1, proposed_at=NOW, **row) for row in shipped_thresholds()]
WHO, OTHER = (Actor(number, f"Treasurer {number}", "ue", frozenset({"treasurer"})) for number in (2, 3))
PROPOSAL = ProposeThreshold(
    code="strike-benefits-us", name_en="Strike benefits", name_fr="Prestations de grève", amount_minor=2_100_00, currency="USD", nation="US",
    valid_from=date(2027, 1, 1), source="Letter of the adviser",
)  # fmt: skip


@pytest.mark.parametrize(("year", "name"), [(2026, "1099 flag 2026 (threshold 2,000)"), (2025, "1099 flag 2025 (threshold 600)")])
def test_w26_a_members_year_reaches_the_threshold_by_its_own_amount(year: int, name: str) -> None:
    (limit,) = of_year(SHIPPED, "strike_benefits", "US", year)
    assert limit.amount_minor == figure_minor("W26", name)
    assert limit.reached(limit.amount_minor) and not limit.reached(limit.amount_minor - 1)
    assert not msgspec.structs.replace(limit, comparison="over").reached(limit.amount_minor)


def test_the_threshold_of_a_year_is_that_of_its_last_day_and_of_the_payers_nation() -> None:
    assert of_year(SHIPPED, "strike_benefits", "CA", 2026) == []
    assert [on_day(SHIPPED, "strike-benefits-us", day) for day in (date(1999, 12, 31), date(2025, 12, 31), date(2026, 1, 1))] == [None, *SHIPPED]
    proposed = propose(PROPOSAL, SHIPPED, ["USD"], ["US"], WHO, NOW)
    assert (proposed.version, proposed.state) == (3, "proposed")
    assert of_year([*SHIPPED, proposed], "strike_benefits", "US", 2027) == [SHIPPED[1]], "nobody has confirmed it"
    confirmed = msgspec.structs.replace(proposed, state="confirmed")
    assert of_year([*SHIPPED, confirmed], "strike_benefits", "US", 2027) == [confirmed]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "Strike benefits"}, ChoiceInvalid),
        ({"currency": "EUR"}, CurrencyUnknown),
        ({"amount_minor": 0}, AmountNotPositive),
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
