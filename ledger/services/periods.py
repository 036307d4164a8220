"""Read the state of the books' periods, and open a locked one again when the treasurers of both unions have asked."""

from datetime import date
from typing import Any

from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.entries import Draft
from ledger.domain.periods import BookPeriod, State, check_reopening, first_open_day
from ledger.domain.refusals import NotFound
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import closes, journal, reference
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


async def ask_to_reopen(pool: Pool, actor: Actor, key: str, book: str, starts_on: date) -> dict[str, int]:
    """Sign for opening a locked period again; the person ids that have signed, by union."""

    async def work(w: Work) -> Done:
        await _period(w, book, starts_on)
        signed = await _signatures(w, book, starts_on) | {str(actor.union): actor.person_id}
        await reference.set_setting(w.connection, _name(book, starts_on), signed)
        return Done(signed, subject=_name(book, starts_on))

    answer: dict[str, int] = await perform(pool, actor, "ask_to_reopen", key, [book, starts_on], work, permission="reopen_period")
    return answer


async def reopen(pool: Pool, actor: Actor, key: str, book: str, starts_on: date) -> None:
    """Open a locked period. The actor's own asking counts; refuses while another union's treasurer has not signed (W20 R2)."""

    async def work(w: Work) -> Done:
        period = await _period(w, book, starts_on)
        signed = await _signatures(w, book, starts_on) | {str(actor.union): actor.person_id}
        needed = [u.code for u in await reference.unions(w.connection)] if book == JOINT else [book]
        check_reopening(book, starts_on, signed, needed)
        await store.set_state(w.connection, book, starts_on, period.ends_on, "open")
        await reference.set_setting(w.connection, _name(book, starts_on), {})
        if book == JOINT:
            await closes.mark_reopened(w.connection, starts_on, w.now)
        return Done(None, subject=_name(book, starts_on), details={"signed": signed})

    await perform(pool, actor, "reopen_period", key, [book, starts_on], work, permission="reopen_period")


def _name(book: str, starts_on: date) -> str:
    return f"reopen {book} {starts_on.isoformat()}"


async def _period(w: Work, book: str, starts_on: date) -> BookPeriod:
    found = next((p for p in await store.periods(w.connection, book) if p.starts_on == starts_on and p.state != "open"), None)
    if found is None:
        raise NotFound(kind="period", id=f"{book} {starts_on.isoformat()}")
    return found


async def _signatures(w: Work, book: str, starts_on: date) -> dict[str, Any]:
    signed: dict[str, Any] = await reference.setting(w.connection, _name(book, starts_on), {})
    return signed


async def open_day(w: Work, draft: Draft, wanted: date, late: bool = True) -> date:
    """The first day from ``wanted`` on that the books of a draft take a reversal, or what is not ``late``."""
    accounts = await journal.read_accounts(w.connection, sorted({p.account_id for p in draft.postings}))
    books = await journal.load_books(w.connection, (), await journal.read_head(w.connection), w.today)
    return first_open_day(books.periods, {a.book for a in accounts.values()}, wanted, late=late)
