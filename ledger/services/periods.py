"""Read the state of the books' periods, and find the first day that takes an entry; how they are shut and opened again is the closes'."""

from datetime import date

from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft
from ledger.domain.periods import BookPeriod, State, first_open_day
from ledger.services.operation import Work
from ledger.services.pool import Pool
from ledger.storage import journal
from ledger.storage import periods as store


async def list_periods(pool: Pool, actor: Actor, book: str | None = None) -> list[BookPeriod]:
    """The periods that were ever soft-closed or closed, by book and first day."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        return await store.periods(connection, book)


async def put_state(pool: Pool, book: str, starts_on: date, ends_on: date, state: State) -> None:
    """Put a period into a state under the head lock: for an operator at the machine and for tests, never behind a door."""
    async with pool.database.writing() as connection:
        await journal.lock_head(connection)
        await store.set_state(connection, book, starts_on, ends_on, state)


async def open_day(w: Work, draft: Draft, wanted: date, late: bool = True) -> date:
    """The first day from ``wanted`` on that the books of a draft take a reversal, or what is not ``late``."""
    accounts = await journal.read_accounts(w.connection, sorted({p.account_id for p in draft.postings}))
    books = await journal.load_books(w.connection, (), await journal.read_head(w.connection), w.today)
    return first_open_day(books.periods, {a.book for a in accounts.values()}, wanted, late=late)
