"""What every part of the sample year acts with: the clock that walks through it, its people, numbers and chance, and the days that things happen on."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from ledger.domain.actors import Actor
from ledger.services.pool import ZONE, Pool

# How long the year is.
DAYS = 364
# Each union's joint bank account, and its currency.
BANK = {"ue": ("joint/Assets:Bank:UE-trust-USD", "USD"), "unifor": ("joint/Assets:Bank:Unifor-trust-CAD", "CAD")}
BANKS = {union: account for union, (account, _) in BANK.items()}
Step = Callable[["Stage"], Awaitable[object]]


class Clock:
    """The time it is in the sample year; moves a minute for each thing recorded."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, day: date) -> None:
        """Make it mid-morning of a day, Toronto time; never later than the real present."""
        self.now = min(datetime.combine(day, time(10, 0), ZONE).astimezone(UTC), datetime.now(UTC))

    def tick(self) -> None:
        """Let a minute pass."""
        self.now = min(self.now + timedelta(minutes=1), datetime.now(UTC))


class Stage(msgspec.Struct):
    """What the steps of the year act with."""

    pool: Pool
    actors: dict[str, Actor]
    accounts: dict[str, int]
    chance: random.Random
    rates: dict[date, Decimal]
    numbers: dict[str, str] = {}
    keys: int = 0

    def key(self) -> str:
        """A key of its own for each step."""
        self.keys += 1
        return f"sample-{self.keys:06d}"

    def rate_on(self, day: date) -> Decimal:
        """The sample rate of a day or the last before it."""
        while day not in self.rates:
            day -= timedelta(days=1)
        return self.rates[day]


class Planned(msgspec.Struct, frozen=True):
    """One thing that happens on a day of the year."""

    day: date
    order: int
    step: Step


def months(first: date, today: date) -> list[date]:
    """The first day of each month of the year, in the first month the day on which the year begins."""
    found, day = [], first.replace(day=1)
    while day <= today:
        found.append(max(day, first))
        day = (day.replace(day=28) + timedelta(days=7)).replace(day=1)
    return found


def working(day: date) -> date:
    """The day, or the Monday after it where it falls on a weekend."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
