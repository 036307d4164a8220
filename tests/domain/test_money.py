"""Minor units and decimal text: what is read, what is refused, and how money is rounded and split."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import money
from ledger.domain.money import (
    LARGEST_AMOUNT_MINOR,
    decimal_from_minor,
    fit,
    minor_from_decimal,
    minor_from_text,
    round_half_up,
    split_by_weights,
    text_from_minor,
)
from ledger.domain.refusals import Refusal

READ = [
    ("25000.00", "USD", 2_500_000),
    ("25000", "CAD", 2_500_000),
    ("0.5", "USD", 50),
    ("-0.01", "USD", -1),
    ("0", "USD", 0),
    ("1500", "JPY", 1_500),
    ("10000000000000.00", "USD", LARGEST_AMOUNT_MINOR),
]
REFUSED = [
    ("1.001", "USD", "too_many_decimals"),
    ("1.5", "JPY", "too_many_decimals"),
    ("10000000000000.01", "USD", "too_large"),
    ("1" + "0" * 30, "USD", "not_a_decimal"),
    *((text, "USD", "not_a_decimal") for text in ("", "NaN", "Infinity", "1e3", "1E+400", "1_000", "1,234", "1 234", " 1", "1\n")),
    *((text, "USD", "not_a_decimal") for text in ("+1", "01", ".5", "1.", "--1", "１２", "1.0000000")),
]


@pytest.mark.parametrize(("text", "currency", "minor"), READ)
def test_reads(text: str, currency: str, minor: int) -> None:
    assert minor_from_text(text, currency) == minor


@pytest.mark.parametrize(("text", "currency", "reason"), REFUSED)
def test_refuses(text: str, currency: str, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        minor_from_text(text, currency)
    assert caught.value.params["reason"] == reason


def test_refuses_what_is_not_text_and_no_currency() -> None:
    with pytest.raises(Refusal, match="not_a_decimal"):
        minor_from_text(1.5, "USD")  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="currency_unknown"):
        minor_from_text("1.50", "XYZ")


ROUNDED = [("39734.145", "39734.15"), ("2.5", "2.50"), ("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049", "0.00")]


@pytest.mark.parametrize(("value", "rounded"), ROUNDED)
def test_rounds_half_up(value: str, rounded: str) -> None:
    """W24: half away from zero, where py-moneyed would give 39,734.14."""
    assert round_half_up(Decimal(value), 2) == Decimal(rounded)


SPLITS = [
    (100_00, [1, 1, 1], [3334, 3333, 3333]),
    (10, [7, 2, 1], [7, 2, 1]),
    (-100, [1, 1, 1], [-34, -33, -33]),
    (1, [0, 1], [0, 1]),
    (0, [3, 5], [0, 0]),
]


@pytest.mark.parametrize(("amount", "weights", "parts"), SPLITS)
def test_splits(amount: int, weights: list[int], parts: list[int]) -> None:
    assert split_by_weights(amount, weights) == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_refuses_weights(weights: list[int]) -> None:
    with pytest.raises(Refusal, match="weights"):
        split_by_weights(100, weights)


_minor = st.integers(-LARGEST_AMOUNT_MINOR, LARGEST_AMOUNT_MINOR)


@given(_minor, st.sampled_from(["USD", "CAD", "JPY", "KWD"]))
def test_text_and_back(amount: int, currency: str) -> None:
    assert minor_from_text(text_from_minor(amount, currency), currency) == amount
    assert minor_from_decimal(decimal_from_minor(amount, currency), currency) == amount


@given(_minor, st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any))
def test_parts_add_up_and_keep_proportion(amount: int, weights: list[int]) -> None:
    parts = split_by_weights(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    assert all(abs(part * total - amount * weight) < total for part, weight in zip(parts, weights, strict=True))


@given(st.lists(st.fractions(-1000, 1000, max_denominator=97), min_size=1, max_size=12), st.integers(-1, 1))
def test_lines_fitted_to_a_total_add_up_to_it_and_stay_beside_their_values(exact: list[Fraction], off: int) -> None:
    total = int(round_half_up(Decimal(sum(exact).numerator) / Decimal(sum(exact).denominator)))
    assert sum(fit(total + off, exact)) == total + off
    assert all(abs(part - value) < 1 for part, value in zip(fit(total, exact), exact, strict=True))


def test_a_line_of_nothing_is_the_last_to_change() -> None:
    assert fit(3, [Fraction(0), Fraction(1, 2), Fraction(2)]) == [0, 1, 2]
    assert fit(1, [Fraction(1, 3)] * 3) == [1, 0, 0]
    assert fit(0, []) == []


def test_py_moneyed_value() -> None:
    assert str(money.money(2_500_000, "USD").amount) == "25000.00"
