"""Answer for accounts in JSON: the list with balances, a statement by keyset pages, opening and closing."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from api.schemas import After, Amount, FromDay, IdempotencyKey, ToDay, amount, cursor, from_cursor
from ledger.domain.account_rules import NewAccount
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor
from ledger.services import accounts as service
from ledger.services.accounts import AccountFilter, Statement
from ledger.services.pool import Pool
from ledger.storage.accounts import Line, Position

PageSize = Annotated[int, QueryParameter(ge=1, le=500, description="How many lines at most")]
AccountNumber = Annotated[int, PathParameter(ge=1, le=service.ID_MAXIMUM, description="An account's id")]


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account, named `book/path` as everywhere in this API; `custodian` is the union whose treasurer alone posts to it."""

    id: int
    account: str
    currency: str
    type: str
    name_en: str
    name_fr: str
    role: str
    custodian: str | None
    opened_on: date | None
    closed_on: date | None


class AccountBalance(msgspec.Struct, frozen=True):
    """An account with its balance over all funds, debit positive."""

    account: AccountOut
    balance: Amount


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One posting; `balance` runs by entry date, within the fund asked for."""

    entry: int
    line: int
    date: date
    kind: str
    description: str
    memo: str
    subject: str
    fund: str
    amount: Amount
    balance: Amount
    reversed_by: int | None


class AccountStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A page of an account's statement, oldest first; `brought_forward` is the balance before this page, `next` its cursor.

    `debits` and `credits` are the sums of all that was posted in these days, on every page.
    """

    account: AccountOut
    fund: str | None
    first: date
    last: date
    opening: Amount
    brought_forward: Amount
    lines: list[StatementLine]
    debits: Amount
    credits: Amount
    closing: Amount
    next: str | None


class NewAccountIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account to open; `role` is empty, or `bank` for one that your own union keeps (its path begins `Assets:Bank:`)."""

    account: Annotated[str, msgspec.Meta(description="book/path", examples=["joint/Expense:Travel"], max_length=160)]
    currency: str
    name_en: str
    name_fr: str
    role: str = ""


def account_out(account: Account) -> AccountOut:
    """An account as it travels."""
    return AccountOut(
        id=account.id, account=f"{account.book}/{account.path}", currency=account.currency, type=account.type, name_en=account.name_en,
        name_fr=account.name_fr, role=account.role, custodian=account.custodian, opened_on=account.opened_on, closed_on=account.closed_on,
    )  # fmt: skip


def _line(line: Line, currency: str) -> StatementLine:
    return StatementLine(
        entry=line.number, line=line.line, date=line.entry_date, kind=line.kind, description=line.description, memo=line.memo,
        subject=line.subject, fund=line.fund, amount=amount(line.amount_minor, currency), balance=amount(line.balance_minor, currency),
        reversed_by=line.reversed_by,
    )  # fmt: skip


def _statement(shown: Statement) -> AccountStatement:
    currency, following = shown.account.currency, shown.next
    return AccountStatement(
        account=account_out(shown.account), fund=shown.fund.code if shown.fund else None, first=shown.first, last=shown.last,
        opening=amount(shown.opening_minor, currency), brought_forward=amount(shown.brought_minor, currency),
        lines=[_line(line, currency) for line in shown.lines], debits=amount(shown.moved.debit_minor, currency),
        credits=amount(shown.moved.credit_minor, currency), closing=amount(shown.closing_minor, currency),
        next=None if following is None else cursor(following.entry_date, following.number, following.line),
    )  # fmt: skip


class AccountsController(Controller):
    """Accounts."""

    path = "/accounts"
    tags = ["Accounts"]

    @get("/", operation_id="listAccounts", opt={"permission": "read_books"})
    async def list_accounts(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], book: FromQuery[str] = "", type: FromQuery[str] = "",
        currency: FromQuery[str] = "", q: FromQuery[str] = "", with_closed: FromQuery[bool] = False,
    ) -> list[AccountBalance]:  # fmt: skip
        """Accounts with today's balances, by book, type and path."""
        rows = await service.list_accounts(pool, actor, AccountFilter(book, type, currency, q, with_closed))
        return [AccountBalance(account_out(row.account), amount(row.balance_minor, row.account.currency)) for row in rows]

    @get("/{account_id:int}", operation_id="getAccountStatement", opt={"permission": "read_books", "answers": (422,)})
    async def get_statement(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, fund: FromQuery[str] = "",
        first: FromDay = None, last: ToDay = None, after: After = None, limit: PageSize = 100,
    ) -> AccountStatement:  # fmt: skip
        """An account with its running balance; without dates, this year to today."""
        place = from_cursor(after, date, int, int)
        shown = await service.statement(
            pool, actor, account_id, fund=fund, first=first, last=last, after=Position(*place) if place else None, limit=limit
        )
        return _statement(shown)

    @post("/", operation_id="openAccount", opt={"permission": "manage_accounts"})
    async def open_account(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewAccountIn]
    ) -> AccountOut:
        """Open an account: a plain one, or a bank account that your own union keeps."""
        book, _, path = data.account.partition("/")
        request = NewAccount(book=book, path=path, currency=data.currency, name_en=data.name_en, name_fr=data.name_fr, role=data.role)
        return account_out(await service.open_account(pool, actor, key, request))

    @post("/{account_id:int}/closing", operation_id="closeAccount", opt={"permission": "manage_accounts", "answers": (422,)}, status_code=200)
    async def close_account(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, account_id: AccountNumber
    ) -> AccountOut:
        """Close an account that is at zero."""
        return account_out(await service.close_account(pool, actor, key, account_id))


ROUTES = [AccountsController]
