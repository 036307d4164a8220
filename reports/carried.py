"""Carry a period's figures in one currency into another: the opening at the rate before it, what moved at its mean, the closing at its last (W21)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from ledger.domain.exchange import PeriodRates, convert_at, exact_at
from ledger.domain.money import fit
from ledger.storage.database import Connection
from reports.document import Conversion
from reports.facts import conversion_on, mean_conversion

# W21: more than 0.05 a converted line is a mistake, not rounding.
ROUNDING_MINOR = 5

Key = TypeVar("Key")


class Carried(msgspec.Struct, frozen=True):
    """The three rates that a period in one currency is carried over with into another."""

    opening: Conversion
    mean: Conversion
    closing: Conversion

    @property
    def rates(self) -> PeriodRates:
        """Their figures."""
        return PeriodRates(self.opening.rate, self.mean.rate, self.closing.rate)

    def fitted(self, values: Mapping[Key, int], currency: str, into: str, use: str, total: int | None = None) -> dict[Key, int]:
        """Lines of one currency in another, which add up to what their total comes to, or to a total that is given."""
        conversion: Conversion = getattr(self, use)
        if total is None:
            total = convert_at(sum(values.values()), currency, into, conversion.base, conversion.quote, conversion.rate)
        exact = [exact_at(minor, currency, into, conversion.base, conversion.quote, conversion.rate) for minor in values.values()]
        return dict(zip(values, fit(total, exact), strict=True))


async def carried_into(connection: Connection, currency: str, into: str, first: date, last: date, *, opens: bool) -> Carried:
    """The rates of a period. Refuses where one is wanting; the one before it only where something was there to open with."""
    closing = await _rate_on(connection, currency, into, last)
    opening = await _rate_on(connection, currency, into, first - timedelta(days=1)) if opens else closing
    mean = await mean_conversion(connection, closing, first, last)
    replace = msgspec.structs.replace
    return Carried(replace(opening, use="opening"), mean, replace(closing, use="closing"))


async def carried_on(connection: Connection, currency: str, into: str, day: date) -> Carried:
    """The rate of a day, for what stands at it: nothing opens and nothing moves, so that no other rate is asked for."""
    closing = await _rate_on(connection, currency, into, day)
    replace = msgspec.structs.replace
    return Carried(replace(closing, use="opening"), replace(closing, use="mean"), replace(closing, use="closing"))


async def _rate_on(connection: Connection, currency: str, into: str, day: date) -> Conversion:
    found = await conversion_on(connection, currency, into, day)
    assert found is not None, "the currency itself needs no rate"
    return found


def all_in(into: str, carried: Mapping[str, Carried], values: Mapping[str, int], use: str) -> int:
    """A line's figures in one currency, each rounded once, at the rate that its use asks for."""
    total = 0
    for code, amount in values.items():
        if code in carried:
            conversion: Conversion = getattr(carried[code], use)
            amount = convert_at(amount, code, into, conversion.base, conversion.quote, conversion.rate)
        total += amount
    return total
