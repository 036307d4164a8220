"""Turn money between minor units, decimal text and py-moneyed, and round or split it once, by rule.

Inside the books an amount is an integer of minor units (cents); this is the only module that knows py-moneyed.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from math import floor

import moneyed

from ledger.domain.refusals import AmountInvalid, CurrencyUnknown

# One posting may move at most 10^15 minor units (ten trillion dollars): a sum of 9,000 such postings still fits 64 bits.
LARGEST_AMOUNT_MINOR = 10**15

_DECIMAL_TEXT = re.compile(r"\A-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,6})?\Z", re.ASCII)


@cache
def digits_of(currency: str) -> int:
    """Decimal places of an ISO 4217 currency (USD 2, JPY 0). Refuses a code that ISO does not list."""
    try:
        sub_unit = int(moneyed.get_currency(currency).sub_unit)
    except moneyed.CurrencyDoesNotExist:
        raise CurrencyUnknown(currency=currency) from None
    return len(str(sub_unit)) - 1


def minor_from_text(text: str, currency: str) -> int:
    """Minor units of a plain decimal string such as ``"25000.00"``; no grouping, no exponent, no float.

    Refuses more decimals than the currency has, and amounts beyond :data:`LARGEST_AMOUNT_MINOR`.
    """
    if not isinstance(text, str) or not _DECIMAL_TEXT.match(text):
        raise AmountInvalid(reason="not_a_decimal", text=str(text)[:40])
    whole, _, fraction = text.lstrip("-").partition(".")
    digits = digits_of(currency)
    if len(fraction) > digits:
        raise AmountInvalid(reason="too_many_decimals", text=text, digits=digits, currency=currency)
    minor = int(whole) * 10**digits + int((fraction or "0").ljust(digits, "0") or "0")
    return check_size(-minor if text.startswith("-") else minor)


def check_size(amount_minor: int) -> int:
    """The amount itself, or a refusal where it is larger than one posting may be."""
    if abs(amount_minor) > LARGEST_AMOUNT_MINOR:
        raise AmountInvalid(reason="too_large", text=str(amount_minor)[:40])
    return amount_minor


def text_from_minor(amount_minor: int, currency: str) -> str:
    """The decimal string of an amount: ``text_from_minor(2500000, "USD") == "25000.00"``."""
    digits = digits_of(currency)
    sign, units = ("-" if amount_minor < 0 else ""), abs(amount_minor)
    if digits == 0:
        return f"{sign}{units}"
    return f"{sign}{units // 10**digits}.{units % 10**digits:0{digits}d}"


def money(amount_minor: int, currency: str) -> moneyed.Money:
    """The amount as a py-moneyed value, for callers at the edge that speak it."""
    return moneyed.Money(text_from_minor(amount_minor, currency), currency)


def round_half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round half away from zero, as the forms and banks of both countries do (domain.md 4.3)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def divide_half_up(numerator: int, denominator: int) -> int:
    """An exact fraction of minor units, rounded once, half away from zero: :func:`round_half_up` in whole numbers, for many amounts."""
    assert denominator > 0, "a fraction has a positive denominator"
    units = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -units if numerator < 0 else units


def minor_from_decimal(value: Decimal, currency: str) -> int:
    """A computed amount rounded half up, once, to the currency's minor units."""
    return check_size(int(round_half_up(value.scaleb(digits_of(currency)))))


def decimal_from_minor(amount_minor: int, currency: str) -> Decimal:
    """The amount in major units, exact."""
    return Decimal(amount_minor).scaleb(-digits_of(currency))


def by_currency(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """What amounts (currency, minor units) come to, by currency in the order of each one's first; they are never added across."""
    sums: dict[str, int] = {}
    for currency, amount_minor in amounts:
        sums[currency] = sums.get(currency, 0) + amount_minor
    return sums


def split_by_weights(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Parts of an amount in proportion to whole-number weights, by largest remainder (case W15).

    Every part is cut to the minor unit; the units left over go one by one to the largest remainders, ties to the earlier
    weight. The parts add up to the amount exactly. Weights are not negative and not all zero.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise AmountInvalid(reason="weights", text=str(list(weights))[:40])
    sign, units = (-1 if amount_minor < 0 else 1), abs(amount_minor)
    parts = [units * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-(units * weights[index] % total), index))
    for index in order[: units - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def fit(total_minor: int, exact: Sequence[Fraction]) -> list[int]:
    """Lines in whole minor units that add up to a total, from their exact values, by largest remainder: ties to the larger line, then the earlier.

    The total is their sum, rounded or off it by no more than a rounding; a line of nothing is the last to change. No lines are of nothing.
    """
    parts = [floor(value) for value in exact]
    if not parts:
        assert total_minor == 0, "nothing to fit a total to"
        return []
    order = sorted(range(len(exact)), key=lambda index: (parts[index] - exact[index], -abs(exact[index]), index))
    each, more = divmod(total_minor - sum(parts), len(parts))
    for place, index in enumerate(order):
        parts[index] += each + (place < more)
    return parts
