"""Read extracts that were brought in."""


import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.extracts import Balance, Meaning, Row
from ledger.domain.numbers import written as written_as
from ledger.services.pool import Pool
from ledger.storage import extracts as store
from ledger.storage.extracts import KeptExtract

READ = "read_books"
PAGE_ROWS = 200


class ExtractView(msgspec.Struct, frozen=True):
    """A kept extract with its balances, what its accounts are about, and a page of its rows."""

    extract: KeptExtract
    balances: list[Balance]
    meanings: dict[tuple[str, str], Meaning]
    rows: list[Row]
    next: int | None


class ListedExtracts(msgspec.Struct, frozen=True):
    """A page of extracts, the newest first."""

    items: list[KeptExtract]
    next: str | None


def written_extract(number: str) -> str:
    """An extract's number as it is kept; refuses what can be none."""
    return written_as(number, "LX", "extract")


async def list_extracts(pool: Pool, actor: Actor, union: str | None = None, after: str | None = None, limit: int = 50) -> ListedExtracts:
    """A page of extracts of both unions."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.extracts(connection, union, after and written_extract(after), limit + 1)
    return ListedExtracts(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def show_extract(pool: Pool, actor: Actor, number: str, after: int = 0, limit: int = PAGE_ROWS) -> ExtractView:
    """A kept extract, with the rows after a place."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        kept = await store.extract(connection, written_extract(number))
        rows = await store.rows_of(connection, kept.number, after, limit + 1)
        balances, meanings = await store.balances_of(connection, kept.number), await store.meanings(connection, kept.union)
    return ExtractView(kept, balances, meanings, rows[:limit], rows[limit - 1].row if len(rows) > limit else None)
