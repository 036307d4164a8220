"""Show the trial balance at a date: every account and fund with a balance, a table for each book and currency, debits equal to credits."""

from datetime import date

import msgspec

from ledger.domain.exchange import convert_at
from ledger.storage.database import Connection
from reports.balances import Balance, balances_on
from reports.document import Column, Conversion, Document, Label, Row, Section, Table, row, words
from reports.facts import Facts, conversion_on, name_of

TITLE = words("Trial balance")


class Asked(msgspec.Struct, frozen=True):
    """The date, and where narrowed: the book, the fund, the currency. ``into`` adds a converted column in that currency."""

    as_of: date
    book: str | None = None
    fund: str | None = None
    currency: str | None = None
    into: str | None = None


class Selected(msgspec.Struct, frozen=True):
    """The balances, and the rate into the reading currency for each other one."""

    balances: list[Balance]
    conversions: dict[str, Conversion]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The balances of the date, narrowed as asked."""
    fund_id = facts.fund_by_code(asked.fund).id if asked.fund else None
    kept = [balance for balance in await balances_on(connection, asked.as_of) if _is_asked(facts, asked, fund_id, balance)]
    conversions = {}
    if asked.into:
        for currency in sorted({facts.accounts[balance.account_id].currency for balance in kept} - {asked.into}):
            conversion = await conversion_on(connection, currency, asked.into, asked.as_of)
            if conversion:
                conversions[currency] = conversion
    return Selected(kept, conversions)


def _is_asked(facts: Facts, asked: Asked, fund_id: int | None, balance: Balance) -> bool:
    account = facts.accounts[balance.account_id]
    return (
        asked.book in (None, account.book) and asked.currency in (None, account.currency) and fund_id in (None, balance.fund_id)
    )  # fmt: skip


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One table a book and currency, in the order of the books."""
    groups: dict[tuple[str, str], list[Balance]] = {}
    for balance in selected.balances:
        account = facts.accounts[balance.account_id]
        groups.setdefault((account.book, account.currency), []).append(balance)
    order = {book: place for place, book in enumerate(facts.books)}
    tables = [_table(facts, asked, selected, *key, groups[key]) for key in sorted(groups, key=lambda key: (order[key[0]], key[1]))]
    notes = () if tables else (words("There are no balances at this date. They appear with the first entry."),)
    return facts.document("trial-balance", TITLE, [Section(tuple(tables), notes=notes)], as_of=asked.as_of)


def _table(facts: Facts, asked: Asked, selected: Selected, book: str, currency: str, balances: list[Balance]) -> Table:
    conversion = selected.conversions.get(currency)
    columns = [
        Column("account", words("Account")), Column("fund", words("Fund")),
        Column("debit", words("Debit"), "money", currency), Column("credit", words("Credit"), "money", currency),
    ]  # fmt: skip
    if conversion and asked.into:
        columns.append(Column("converted", words("Balance in %(currency)s", currency=asked.into), "converted", asked.into, (conversion,)))
    ordered = sorted(balances, key=lambda balance: (facts.accounts[balance.account_id].path, facts.funds[balance.fund_id].code))
    rows = [_row(facts, asked, currency, conversion, balance) for balance in ordered]
    rows.append(_total(asked, currency, conversion, balances))
    caption = words("%(book)s, %(currency)s", book=facts.books[book], currency=currency)
    return Table(f"{book}-{currency.lower()}", caption, tuple(columns), tuple(rows))


def _row(facts: Facts, asked: Asked, currency: str, conversion: Conversion | None, balance: Balance) -> Row:
    account, amount = facts.accounts[balance.account_id], balance.amount_minor
    fund = facts.funds[balance.fund_id]
    cells: list[object] = [name_of(account), name_of(fund), amount if amount > 0 else None, -amount if amount < 0 else None]
    if conversion and asked.into:
        cells.append(_converted(amount, currency, asked.into, conversion))
    return row(*cells, link=f"/accounts/{account.id}?fund={fund.code}&to={asked.as_of}")


def _total(asked: Asked, currency: str, conversion: Conversion | None, balances: list[Balance]) -> Row:
    debit = sum(balance.amount_minor for balance in balances if balance.amount_minor > 0)
    credit = -sum(balance.amount_minor for balance in balances if balance.amount_minor < 0)
    cells: list[object] = [words("Total"), Label("", ""), debit, credit]
    if conversion and asked.into:
        # The total is converted itself: lines are rounded one by one, and a sum of roundings is not a figure of the books.
        cells.append(_converted(debit - credit, currency, asked.into, conversion))
    return row(*cells, kind="total")


def _converted(amount_minor: int, currency: str, into: str, conversion: Conversion) -> int:
    return convert_at(amount_minor, currency, into, conversion.base, conversion.quote, conversion.rate)
