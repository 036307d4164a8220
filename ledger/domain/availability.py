"""Say what a fund has free over all its currencies, where promises in one currency are covered by money in another (case W08).

A commitment is held in the currency in which it was promised; only this test, and reports, convert it.
"""

from collections.abc import Mapping
from decimal import Decimal

from ledger.domain.money import decimal_from_minor, minor_from_decimal


def free_minor(
    positions: Mapping[str, tuple[int, int]], currency: str, values: Mapping[str, Decimal], headroom: Decimal = Decimal(0)
) -> int | None:
    """What is free in one currency, in minor units, below zero where promises are not covered; None where a rate is wanting.

    ``positions`` are (available, committed) minor units by currency; ``values`` what a unit of each is worth in a common one. What is
    short because of a promise counts with ``headroom`` (0.05 for five in a hundred) on top, in case the rate moves before it is paid.
    """
    total = Decimal(0)
    for code, (available_minor, committed_minor) in positions.items():
        counted = Decimal(available_minor) if available_minor >= 0 else -min(-available_minor, committed_minor) * (1 + headroom)
        if not counted:
            continue
        if code == currency:
            total += decimal_from_minor(1, code) * counted
        elif code in values and currency in values:
            total += decimal_from_minor(1, code) * counted * values[code] / values[currency]
        else:
            return None
    return minor_from_decimal(total, currency)
