"""Keep holidays for years ahead as rows, computed from the shipped rules and changed by the treasuries; and ask which days banks work."""

import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from typing import Any

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.business_days import business_days, day_of
from ledger.domain.pledges import plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, NotFound
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import holidays as store
from ledger.storage.database import Connection
from ledger.storage.holidays import Holiday

# From when the Bank of Canada's present rates begin, and how far ahead rows are kept.
FIRST_YEAR, YEARS_AHEAD = 2017, 10
READ, CHANGE = "read_books", "prepare_close"
COUNTRIES = ("CA", "US")
NAME_MAXIMUM, SOURCE_MAXIMUM = 80, 300
LATEST = date(2199, 12, 31)


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


async def list_holidays(pool: Pool, actor: Actor, first: date, last: date, country: str | None = None) -> list[Holiday]:
    """The days between two on which banks of a country do not work, of both where none is named."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await store.holidays(connection, first, last, country)


async def put_holiday(pool: Pool, actor: Actor, key: str, asked: Holiday) -> Holiday:
    """Say that banks of a country do not work on a day, with its name in both languages and where that is written; or name one otherwise."""

    async def work(w: Work) -> Done:
        row = Holiday(
            _country(asked.country), _day(asked.day), plain("name_en", asked.name_en, NAME_MAXIMUM, needed=True),
            plain("name_fr", asked.name_fr, NAME_MAXIMUM, needed=True), plain("source", asked.source, SOURCE_MAXIMUM, needed=True),
        )  # fmt: skip
        await store.put(w.connection, row)
        return Done(row, _subject(row.country, row.day), {"name": row.name_en, "source": row.source})

    return msgspec.convert(await perform(pool, actor, "put_holiday", key, msgspec.to_builtins(asked), work, permission=CHANGE, posts=False), Holiday)


async def remove_holiday(pool: Pool, actor: Actor, key: str, country: str, day: date) -> None:
    """Say that banks of a country work on a day after all."""

    async def work(w: Work) -> Done:
        if not await store.drop(w.connection, _country(country), day):
            raise NotFound(kind="holiday", id=_subject(country, day))
        return Done(None, _subject(country, day))

    await perform(pool, actor, "remove_holiday", key, {"country": country, "day": day.isoformat()}, work, permission=CHANGE, posts=False)


def _country(country: str) -> str:
    if country not in COUNTRIES:
        raise ChoiceInvalid(field="country", value=country[:40])
    return country


def _day(day: date) -> date:
    if not EARLIEST_DATE <= day <= LATEST:
        raise DateInvalid(field="day", text=day.isoformat())
    return day


def _subject(country: str, day: date) -> str:
    return f"holiday/{country}/{day.isoformat()}"
