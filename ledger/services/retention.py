"""Show how long each class of record is kept and which holds stand, and record when the unions filed their reports."""

from datetime import date, timedelta
from functools import cache
from importlib import resources

import msgspec

from ledger.domain import retention as rules
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.numbers import written
from ledger.domain.refusals import NotFound
from ledger.domain.retention import FILE, READ, Filing, Hold, RecordClass, RecordFiling
from ledger.domain.strikes import RETENTION_DAYS
from ledger.services import documents
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import reference
from ledger.storage import retention as store
from ledger.storage.database import Connection


class Kept(msgspec.Struct, frozen=True):
    """A class with how old its oldest record is, from when that may be deleted, and the holds that stand on it.

    ``is_held`` where there is something to delete and holds keep all of it.
    """

    kind: RecordClass
    oldest: date | None
    earliest: date | None
    holds: tuple[str, ...]
    is_held: bool = False


class Overview(msgspec.Struct, frozen=True):
    """Everything the page shows."""

    today: date
    unions: list[Union]
    classes: list[Kept]
    holds: list[Hold]
    filings: list[Filing]


class _Classes(msgspec.Struct, frozen=True, rename={"classes": "class"}):
    classes: tuple[RecordClass, ...]


@cache
def record_classes() -> tuple[RecordClass, ...]:
    """The classes that ship (``ledger/data/retention.toml``), in the order of the file."""
    return msgspec.toml.decode((resources.files("ledger") / "data" / "retention.toml").read_bytes(), type=_Classes).classes


async def overview(pool: Pool, actor: Actor) -> Overview:
    """Each class with its rule and its days, the holds, and the filings."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        unions, filings, holds = await reference.unions(connection), await _filings(connection, actor), await store.holds(connection)
        return Overview(pool.today(), unions, await _classes(connection, unions, filings, holds, pool.today()), holds, filings)


async def show_filing(pool: Pool, actor: Actor, number: str) -> Filing:
    """One filing; refuses an unknown number."""
    authorize(actor, READ)
    wanted = written(number, "FL", "filing")
    async with pool.database.reading() as connection:
        found = next((each for each in await _filings(connection, actor) if each.number == wanted), None)
    if found is None:
        raise NotFound(kind="filing", id=wanted)
    return found


async def _filings(connection: Connection, actor: Actor) -> list[Filing]:
    """Every filing, with its documents for who may read them."""
    kept = await store.filed(connection) if actor.can(documents.READ) and documents.reads_all(actor) else {}
    return [msgspec.structs.replace(each, documents=kept.get(each.number, ())) for each in await store.filings(connection)]


async def _classes(connection: Connection, unions: list[Union], filings: list[Filing], holds: list[Hold], today: date) -> list[Kept]:
    ages = await store.oldest(connection)
    names, is_held = await _names_from(connection, holds)
    codes, standing = [each.code for each in unions], tuple(each.number for each in holds if each.released_at is None)
    found = []
    for kind in record_classes():
        if kind.valid_from > today:
            continue
        came = ages.get(kind.code)
        oldest = came.astimezone(ZONE).date() if came else None
        earliest = names if kind.code == "rosters" else rules.earliest(kind, oldest, filings, codes)
        found.append(Kept(kind, oldest, earliest, standing if kind.held else (), is_held and kind.code == "rosters"))
    return found


async def _names_from(connection: Connection, holds: list[Hold]) -> tuple[date | None, bool]:
    """From when the next names go, of strikes that are over and that no hold keeps; and whether holds keep all there are."""
    due = await store.names_until(connection, RETENTION_DAYS)
    free = [until for number, union, until in due if not any(each.covers(union, number) for each in holds)]
    return min(free) + timedelta(days=1) if free else None, bool(due) and not free


async def record_filing(pool: Pool, actor: Actor, key: str, asked: RecordFiling) -> Filing:
    """Record when a report was filed, or what holds instead of an earlier record."""

    async def work(w: Work) -> Done:
        await reference.union(w.connection, asked.union)
        new = rules.check_filing(asked, await store.filings(w.connection), w.today)
        number = await w.next_number("FL")
        await store.add_filing(w.connection, number, new, w.actor.person_id, w.now)
        kept = next(each for each in await store.filings(w.connection) if each.number == number)
        facts = {"union": kept.union, "form": kept.form, "fiscal_year_end": kept.fiscal_year_end.isoformat(), "filed_on": kept.filed_on.isoformat()}
        return Done(kept, number, facts | ({"corrects": kept.corrects} if kept.corrects else {}))

    return msgspec.convert(await perform(pool, actor, "record_filing", key, asked, work, permission=FILE, union=asked.union), Filing)
