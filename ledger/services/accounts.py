"""Read accounts with their balances and statements, open and close them, and keep the unions' locals."""

from datetime import date
from typing import Any

import msgspec

from ledger.domain import account_rules as rules
from ledger.domain.account_rules import Local, NewAccount, NewLocal
from ledger.domain.accounts import Account, Fund, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import AccountExists, AccountUnknown, ChoiceInvalid, DateInvalid, LocalExists, NotFound, RequestInvalid
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.storage import accounts as store
from ledger.storage import reference
from ledger.storage.accounts import AccountRow, Line, Moved, Position
from ledger.storage.database import Connection
from ledger.storage.entries import balance_on

PAGE_LINES = 100
# An account's id fits four bytes; a longer number names none.
ID_MAXIMUM = 2_147_483_647


class AccountFilter(msgspec.Struct, frozen=True):
    """What the list of accounts is narrowed to; "" leaves a thing open."""

    book: str = ""
    type: str = ""
    currency: str = ""
    words: str = ""
    with_closed: bool = False


class Statement(msgspec.Struct, frozen=True):
    """An account over some days, oldest line first: opening, lines with their running balance, what moved, closing; minor units, debit positive.

    With more lines than a page holds, ``next`` is where the page after begins; ``brought_minor`` is the balance before this page.
    """

    account: Account
    fund: Fund | None
    first: date
    last: date
    opening_minor: int
    brought_minor: int
    lines: list[Line]
    moved: Moved
    closing_minor: int
    next: Position | None
    by_fund: list[tuple[str, int]]
    funds: list[Fund]


class PartyView(msgspec.Struct, frozen=True):
    """One union with its locals and the accounts it keeps of the joint book."""

    union: Union
    locals: list[Local]
    accounts: list[AccountRow]


class ReferenceData(msgspec.Struct, frozen=True):
    """What forms and programs choose from."""

    unions: list[Union]
    locals: list[Local]
    books: list[dict[str, Any]]
    currencies: list[dict[str, Any]]


async def list_accounts(pool: Pool, actor: Actor, narrowed: AccountFilter) -> list[AccountRow]:
    """Accounts with today's balance over all funds, by book, type and path."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        rows = await store.rows(connection, narrowed.book, narrowed.currency, narrowed.with_closed)
    return [row for row in rows if _fits(row.account, narrowed)]


def _fits(account: Account, narrowed: AccountFilter) -> bool:
    words = narrowed.words.casefold().split()
    text = " ".join((account.path, account.name_en, account.name_fr)).casefold()
    return (not narrowed.type or account.type == narrowed.type) and all(word in text for word in words)


async def statement(
    pool: Pool, actor: Actor, account_id: int, *, fund: str = "", first: date | None = None, last: date | None = None,
    after: Position | None = None, limit: int = PAGE_LINES,
) -> Statement:  # fmt: skip
    """One page of an account's statement; without dates, this year to today. ``after`` continues where a page ended."""
    authorize(actor, "read_books")
    if after is not None and not (0 <= after.number < 2**63 and 0 <= after.line < 2**15):
        raise RequestInvalid(fields={"after": "unknown"})
    last = last or pool.today()
    first = max(first or date(last.year, 1, 1), EARLIEST_DATE)
    if first > last:
        raise DateInvalid(field="first", text=first.isoformat())
    async with pool.database.reading() as connection:
        account = await _account(connection, account_id)
        chosen = await reference.fund(connection, fund) if fund else None
        fund_id = chosen.id if chosen else None
        opening = await store.balance_before(connection, account.id, fund_id, first)
        brought = opening if after is None else await store.balance_at(connection, account.id, fund_id, after)
        lines = await store.lines(connection, account.id, fund_id, (first, last), after, limit + 1)
        moved = await store.moved(connection, account.id, fund_id, (first, last))
        closing = await balance_on(connection, account.id, fund_id, last)
        by_fund = await store.by_fund(connection, account.id)
        funds = await reference.funds(connection)
    more, lines = len(lines) > limit, store.running(lines[:limit], brought)
    following = Position(lines[-1].entry_date, lines[-1].number, lines[-1].line) if more else None
    return Statement(account, chosen, first, last, opening, brought, lines, moved, closing, following, by_fund, funds)


async def _account(connection: Connection, account_id: int) -> Account:
    """The account an address names; 404 where there is none."""
    try:
        if not 0 < account_id <= ID_MAXIMUM:
            raise AccountUnknown(account=str(account_id))
        return await reference.account_by_id(connection, account_id)
    except AccountUnknown:
        raise NotFound(kind="account", id=str(account_id)[:20]) from None


async def open_account(pool: Pool, actor: Actor, key: str, request: NewAccount) -> Account:
    """Open an account: a plain one, or a bank account kept by the treasurer's own union."""

    async def work(w: Work) -> Done:
        books = [book["code"] for book in await reference.books(w.connection)]
        if request.book not in books:
            raise ChoiceInvalid(field="book", value=request.book[:40])
        currencies = list(await reference.currencies(w.connection))
        number = await next_value(w.connection, "account")
        account = rules.new_account(request, number, actor.union, currencies, w.today)
        if await store.exists(w.connection, account):
            raise AccountExists(account=account.label)
        await reference.add_account(w.connection, account)
        return Done(account, subject=account.label, details={"custodian": account.custodian, "role": account.role})

    answer = await perform(
        pool, actor, "open_account", key, request, work, permission="manage_accounts", union=None if request.book == JOINT else request.book
    )
    return msgspec.convert(answer, Account)


async def close_account(pool: Pool, actor: Actor, key: str, account_id: int) -> Account:
    """Close an account that is at zero in every fund; its history stays."""

    async def work(w: Work) -> Done:
        account = await _account(w.connection, account_id)
        rules.check_account_closing(account, actor.union, await store.by_fund(w.connection, account.id))
        await store.close(w.connection, account.id, w.today)
        return Done(msgspec.structs.replace(account, closed_on=w.today), subject=account.label)

    answer = await perform(pool, actor, "close_account", key, {"account": account_id}, work, permission="manage_accounts")
    return msgspec.convert(answer, Account)


async def parties(pool: Pool, actor: Actor) -> list[PartyView]:
    """The unions in their order, each with its locals; with the joint accounts it keeps for those who may read the books."""
    authorize(actor, "read_people")
    async with pool.database.reading() as connection:
        locals_ = await store.locals_(connection)
        rows = await store.rows(connection, JOINT, "", False) if actor.can("read_books") else []
        return [
            PartyView(
                union,
                [local for local in locals_ if local.union == union.code],
                [row for row in rows if row.account.custodian == union.code],
            )
            for union in await reference.unions(connection)
        ]


async def reference_data(pool: Pool, actor: Actor) -> ReferenceData:
    """Unions, locals, books and currencies, in one snapshot; everyone signed in may read them."""
    authorize(actor, "see_home")
    async with pool.database.reading() as connection:
        return ReferenceData(
            await reference.unions(connection), await store.locals_(connection), await reference.books(connection),
            await store.currencies(connection),
        )  # fmt: skip


async def add_local(pool: Pool, actor: Actor, key: str, request: NewLocal) -> Local:
    """Add a local to one's own union."""

    async def work(w: Work) -> Done:
        local = rules.new_local(request, await next_value(w.connection, "local"))
        if any((other.union, other.number) == (local.union, local.number) for other in await store.locals_(w.connection)):
            raise LocalExists(local=local.number, union=local.union)
        await store.add_local(w.connection, local)
        return Done(local, subject=f"{local.union}/{local.number}")

    answer = await perform(pool, actor, "add_local", key, request, work, permission="manage_locals", union=request.union)
    return msgspec.convert(answer, Local)


async def close_local(pool: Pool, actor: Actor, key: str, union: str, number: str) -> Local:
    """Close a local of one's own union; what was recorded of it stays."""

    async def work(w: Work) -> Done:
        found = next((local for local in await store.locals_(w.connection) if (local.union, local.number) == (union, number)), None)
        if found is None or found.closed_on is not None:
            raise NotFound(kind="local", id=number[:40])
        await store.close_local(w.connection, found.id, w.today)
        return Done(msgspec.structs.replace(found, closed_on=w.today), subject=f"{union}/{number}")

    request = {"union": union, "number": number}
    return msgspec.convert(await perform(pool, actor, "close_local", key, request, work, permission="manage_locals", union=union), Local)
