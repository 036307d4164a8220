"""Read and add what the journal refers to: currencies, unions, locals, books, funds and accounts."""

from typing import Any

from ledger.domain.accounts import Account, AccountRole, Fund, Union
from ledger.domain.refusals import AccountUnfit, AccountUnknown, FundUnknown, NotFound
from ledger.storage.database import Connection
from ledger.storage.journal import account_from_row, fund_from_row


async def unions(connection: Connection) -> list[Union]:
    """The parties, in their order."""
    rows = await connection.fetch("SELECT code, name, nation, currency, ordinal, mark, board FROM unions ORDER BY ordinal")
    return [Union(**dict(row)) for row in rows]


async def union(connection: Connection, code: str) -> Union:
    """One party by its code."""
    found = next((u for u in await unions(connection) if u.code == code), None)
    if found is None:
        raise NotFound(kind="union", id=code)
    return found


async def currencies(connection: Connection) -> dict[str, int]:
    """Decimal places by currency code of these books."""
    rows = await connection.fetch("SELECT code, digits FROM currencies ORDER BY code")
    return {row["code"]: row["digits"] for row in rows}


async def fund(connection: Connection, code: str) -> Fund:
    """One fund by its code; refuses an unknown one."""
    row = await connection.fetchrow("SELECT * FROM funds WHERE code = $1", code)
    if row is None:
        raise FundUnknown(fund=code)
    return fund_from_row(row)


async def funds(connection: Connection) -> list[Fund]:
    """Every fund, in the order they were set up."""
    return [fund_from_row(row) for row in await connection.fetch("SELECT * FROM funds ORDER BY id")]


async def account(connection: Connection, book: str, path: str, currency: str) -> Account:
    """One account by its own name; refuses an unknown one."""
    row = await connection.fetchrow("SELECT * FROM accounts WHERE book = $1 AND path = $2 AND currency = $3", book, path, currency)
    if row is None:
        raise AccountUnknown(account=f"{book}/{path} {currency}")
    return account_from_row(row)


async def account_by_id(connection: Connection, account_id: int) -> Account:
    """One account by its id; refuses an unknown one."""
    row = await connection.fetchrow("SELECT * FROM accounts WHERE id = $1", account_id)
    if row is None:
        raise AccountUnknown(account=str(account_id))
    return account_from_row(row)


async def account_for(connection: Connection, book: str, role: AccountRole, currency: str, counterparty: str | None = None) -> Account:
    """The book's account of a role in a currency: bank fees, FX trading, a union's pledges. Refuses when the chart has none."""
    row = await connection.fetchrow(
        """SELECT * FROM accounts WHERE book = $1 AND role = $2 AND currency = $3
        AND ($4::text IS NULL OR counterparty = $4) AND closed_on IS NULL ORDER BY id LIMIT 1""",
        book, role, currency, counterparty,
    )  # fmt: skip
    if row is None:
        raise AccountUnfit(account=f"{book} {currency}", needs=role)
    return account_from_row(row)


async def accounts(connection: Connection, book: str | None = None, role: AccountRole | None = None) -> list[Account]:
    """Accounts of a book or of all books, by path; of one role where given."""
    rows = await connection.fetch(
        "SELECT * FROM accounts WHERE ($1::text IS NULL OR book = $1) AND ($2::text IS NULL OR role = $2) ORDER BY book, path, currency",
        book, role,
    )  # fmt: skip
    return [account_from_row(row) for row in rows]


async def books(connection: Connection) -> list[dict[str, Any]]:
    """Every book: code, union_code, names and presentation currency."""
    return [dict(row) for row in await connection.fetch("SELECT * FROM books ORDER BY union_code NULLS FIRST, code")]


async def add_account(connection: Connection, new: Account) -> None:
    """Add an account as it is; the caller checked that the name is free."""
    fields = Account.__struct_fields__
    await connection.execute(
        f"INSERT INTO accounts ({', '.join(fields)}) VALUES ({', '.join(f'${n}' for n in range(1, len(fields) + 1))})",
        *(getattr(new, name) for name in fields),
    )


async def add_fund(connection: Connection, new: Fund, proposed_by: int | None = None) -> None:
    """Add a fund as it is; the caller checked that the code is free."""
    fields = Fund.__struct_fields__
    await connection.execute(
        f"INSERT INTO funds ({', '.join(fields)}, proposed_by) VALUES ({', '.join(f'${n}' for n in range(1, len(fields) + 2))})",
        *(getattr(new, name) for name in fields), proposed_by,
    )  # fmt: skip


async def setting(connection: Connection, name: str, default: Any = None) -> Any:
    """One setting of the pool, or the default."""
    row = await connection.fetchrow("SELECT value FROM settings WHERE name = $1", name)
    return default if row is None else row["value"]


async def set_setting(connection: Connection, name: str, value: Any) -> None:
    """Keep one setting of the pool."""
    await connection.execute(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value
    )
