"""Keep holidays for years ahead as rows, computed from the shipped rules; and ask which days banks work."""

import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from typing import Any

from ledger.domain.business_days import business_days, day_of
from ledger.storage import holidays as store
from ledger.storage.database import Connection
from ledger.storage.holidays import Holiday

# From when the Bank of Canada's present rates begin, and how far ahead rows are kept.
FIRST_YEAR, YEARS_AHEAD = 2017, 10


def shipped(years: Iterable[int]) -> list[Holiday]:
    """The holidays of some years, by ``ledger/data/holidays.toml``."""
    data: dict[str, Any] = tomllib.loads(files("ledger").joinpath("data", "holidays.toml").read_text())
    return [
        Holiday(rule["country"], day_of(rule, year), rule["en"], rule["fr"], data["source"][rule["country"]])
        for year in years
        for rule in data["holiday"]
    ]  # fmt: skip


async def ensure_holidays(connection: Connection, today: date) -> None:
    """Rows until ten years ahead; those that people changed or added stay."""
    known = await store.last_year(connection)
    if known < today.year + YEARS_AHEAD:
        await store.add(connection, shipped(range(max(known + 1, FIRST_YEAR), today.year + YEARS_AHEAD + 1)))


async def banking_days(connection: Connection, first: date, last: date, country: str | None = None) -> list[date]:
    """The days between two on which banks of a country work; of every country where none is named."""
    closed = {each.day for each in await store.holidays(connection, first, last, country)}
    return business_days(first, last, closed)
