"""Set where the matching of an account starts: its balance by the bank, and what was in circulation then."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain import bank_reconciliation as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import BookLine, Start, Statement
from ledger.domain.refusals import (
    BankMatchState,
    NotFound,
)
from ledger.services.bank_standings import IMPORT, READ, bank_account, own_account
from ledger.services.close_guard import refuse_if_signed
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import bank as store
from ledger.storage import bank_matches as match_store
from ledger.storage import entries, journal
from ledger.storage.database import Connection

TICKS_MAXIMUM = 500

# Earlier postings among which those in circulation at the start are sought: a cheque is stale after six months.
BEFORE_DAYS = 400


class StartView(msgspec.Struct, frozen=True, kw_only=True):
    """What a start is set from: both balances, the earlier postings, and which of them are ticked."""

    account: Account
    first: Statement | None
    start: Start | None
    book_minor: int
    postings: list[BookLine]
    ticked: set[tuple[int, int]]
    is_fixed: bool

    @property
    def difference_minor(self) -> int:
        """What the postings in circulation must come to."""
        return self.book_minor - (self.first.opening_minor if self.first else 0)


async def show_start(pool: Pool, actor: Actor, account_id: int) -> StartView:
    """What a start is set from, or was."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        account = await bank_account(connection, account_id)
        first, start = await store.first_statement(connection, account_id), await store.start(connection, account_id)
        if first is None:
            return StartView(account=account, first=None, start=None, book_minor=0, postings=[], ticked=set(), is_fixed=False)
        day, ticked = first.starts_on, await store.ticked(connection, account_id)
        postings = await store.postings_before(connection, account_id, day - timedelta(days=BEFORE_DAYS), day, TICKS_MAXIMUM)
        # What is ticked is shown whatever its age, so that it is not lost where the start is set anew.
        older = ticked - {(each.entry, each.line) for each in postings}
        return StartView(
            account=account, first=first, start=start, book_minor=await entries.balance_on(connection, account_id, None, day - timedelta(days=1)),
            postings=postings + (await store.postings_at(connection, account_id, sorted(older)) if older else []), ticked=ticked,
            is_fixed=await match_store.reconciled_to(connection, account_id) is not None,
        )  # fmt: skip


async def set_start(pool: Pool, actor: Actor, key: str, account_id: int, ticked: Sequence[tuple[int, int]]) -> Start:
    """Begin the account's reconciling: ``ticked`` earlier postings (entry, line) were in circulation when its first statement opened.

    They must explain what the book and the bank differ by to the cent. It may be set anew until the account is first reconciled, while no match
    stands.
    """

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id)
        await store.lock(w.connection, account.id)
        first = await store.first_statement(w.connection, account.id)
        if first is None:
            raise NotFound(kind="bank_statement", id="")
        if await match_store.reconciled_to(w.connection, account.id) is not None:
            raise BankMatchState(reason="start_fixed", subject=account.label)
        if (before := await store.start(w.connection, account.id)) is not None:
            # What was matched rests on what was said to be in circulation.
            anew = set(ticked) != await store.ticked(w.connection, account.id)
            if anew and await match_store.any_stands(w.connection, account.id):
                raise BankMatchState(reason="start_rests", subject=account.label)
            await refuse_if_signed(w.connection, before.starts_on, w.today, book=account.book, made_at=before.set_at)
        start = await begin(w, account, first, None, await _ticked(w.connection, account, first.starts_on, ticked))
        return Done(start, account.label, {"starts_on": start.starts_on.isoformat(), "outstanding": len(ticked)})

    request = {"account": account_id, "ticked": sorted(ticked)}
    return msgspec.convert(await perform(pool, actor, "set_bank_start", key, request, work, permission=IMPORT), Start)


async def _ticked(connection: Connection, account: Account, before: date, places: Sequence[tuple[int, int]]) -> list[BookLine]:
    found = await store.postings_at(connection, account.id, sorted(set(places))) if places else []
    strange = set(places) - {(each.entry, each.line) for each in found if each.day < before}
    if strange:
        raise NotFound(kind="posting", id=".".join(map(str, min(strange))))
    return found


async def begin(w: Work, account: Account, first: Statement, book_minor: int | None, outstanding: list[BookLine]) -> Start:
    """Keep where matching starts: the day before the first statement, by the books (None: their balance then) and by the bank."""
    if book_minor is None:
        book_minor = await entries.balance_on(w.connection, account.id, None, first.starts_on - timedelta(days=1))
    rules.check_start(book_minor, first.opening_minor, sum(each.amount_minor for each in outstanding), account.currency)
    head = (await journal.read_head(w.connection)).number
    start = Start(account.id, first.starts_on, first.opening_minor, book_minor, head, w.actor.person_id, w.now)
    await store.set_start(w.connection, start, outstanding)
    return start
