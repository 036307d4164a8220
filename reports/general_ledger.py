"""Show the general ledger or one account's statement: opening balance, every posting of the period, closing balance."""

from datetime import date, timedelta

import msgspec

from ledger.domain.accounts import Account
from ledger.storage.database import Connection
from reports.balances import Balance, Line, balances_on, lines_between
from reports.document import Column, Document, Row, Say, Section, Table, cell, row, words
from reports.facts import LINES_MAXIMUM, Facts, bounded, name_of, titled

TITLE = words("General ledger")
STATEMENT_TITLE = words("Account statement")


class Asked(msgspec.Struct, frozen=True):
    """The period; a book, a fund, or a single account by its id."""

    first: date
    last: date
    book: str | None = None
    fund: str | None = None
    account: int | None = None


class Selected(msgspec.Struct, frozen=True):
    """The accounts in their order, their opening balances, and the period's postings."""

    accounts: list[Account]
    opening: dict[int, int]
    lines: list[Line]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """What the period holds for the accounts asked for."""
    fund_id = facts.fund_by_code(asked.fund).id if asked.fund else None
    chosen = [facts.account(asked.account)] if asked.account else sorted(facts.accounts.values(), key=lambda a: (a.book, a.path, a.currency))
    chosen = [account for account in chosen if asked.book in (None, account.book)]
    before = await balances_on(connection, asked.first - timedelta(days=1))
    opening = _opening(before, fund_id)
    lines = await lines_between(connection, asked.first, asked.last, [account.id for account in chosen], fund_id, LINES_MAXIMUM + 1)
    bounded(len(lines))
    return Selected(chosen, opening, lines)


def _opening(balances: list[Balance], fund_id: int | None) -> dict[int, int]:
    sums: dict[int, int] = {}
    for balance in balances:
        if fund_id in (None, balance.fund_id):
            sums[balance.account_id] = sums.get(balance.account_id, 0) + balance.amount_minor
    return sums


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One table an account that has a balance or a movement."""
    by_account: dict[int, list[Line]] = {}
    for line in selected.lines:
        by_account.setdefault(line.account_id, []).append(line)
    shown = [a for a in selected.accounts if asked.account or a.id in by_account or selected.opening.get(a.id)]
    tables = [_table(facts, account, selected.opening.get(account.id, 0), by_account.get(account.id, []), asked) for account in shown]
    notes = () if tables else (words("Nothing was posted up to the end of this period."),)
    name, title = ("account-statement", STATEMENT_TITLE) if asked.account else ("general-ledger", TITLE)
    subtitle: list[Say] = [name_of(facts.fund_by_code(asked.fund))] if asked.fund else []
    return facts.document(name, title, [Section(tuple(tables), notes=notes)], period=(asked.first, asked.last), subtitle=subtitle)


def _table(facts: Facts, account: Account, opening_minor: int, lines: list[Line], asked: Asked) -> Table:
    columns = (
        Column("date", words("Date"), "date"), Column("entry", words("Entry")), Column("description", words("Description")),
        Column("fund", words("Fund")), Column("debit", words("Debit"), "money", account.currency),
        Column("credit", words("Credit"), "money", account.currency), Column("balance", words("Balance"), "money", account.currency),
    )  # fmt: skip
    rows: list[Row] = [row(asked.first, "", words("Opening balance"), "", None, None, opening_minor, kind="subtotal")]
    balance = opening_minor
    for line in lines:
        balance += line.amount_minor
        rows.append(_row(facts, line, balance))
    debit = sum(line.amount_minor for line in lines if line.amount_minor > 0)
    credit = -sum(line.amount_minor for line in lines if line.amount_minor < 0)
    rows.append(row(asked.last, "", words("Closing balance"), "", debit, credit, balance, kind="total"))
    caption = words("%(book)s: %(account)s", book=facts.books[account.book], account=titled(account))
    return Table(f"account-{account.id}", caption, columns, tuple(rows))


def _row(facts: Facts, line: Line, balance_minor: int) -> Row:
    debit, credit = max(line.amount_minor, 0) or None, max(-line.amount_minor, 0) or None
    entry = cell(f"J-{line.number}", link=f"/journal/{line.number}")
    return row(line.entry_date, entry, line.description, name_of(facts.funds[line.fund_id]), debit, credit, balance_minor)
