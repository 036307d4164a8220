"""The bank accounts that are matched with the books, whose they are, and how each stands."""

from datetime import date, timedelta

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import Start
from ledger.domain.refusals import (
    AccountUnfit,
)
from ledger.services.pool import Pool
from ledger.storage import bank as store
from ledger.storage import bank_matches as match_store
from ledger.storage import reference
from ledger.storage.database import Connection

READ, IMPORT = "read_books", "import_statement"
BANK_ROLES = ("bank", "own_bank")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands: how far its statements and its reconciliations go, its lines by state, and what comes next."""

    account: Account
    start: Start | None
    covered_to: date | None
    reconciled_to: date | None
    lines: dict[str, int]
    next_step: str

    @property
    def open_lines(self) -> int:
        """Lines that nothing holds yet."""
        return self.lines.get("new", 0)


async def bank_account(connection: Connection, account_id: int) -> Account:
    """An account that a bank keeps for a union; refuses every other."""
    account = await reference.account_by_id(connection, account_id)
    if account.role not in BANK_ROLES or account.custodian is None:
        raise AccountUnfit(account=account.label, needs="bank")
    return account


async def own_account(connection: Connection, actor: Actor, account_id: int, permission: str = IMPORT) -> Account:
    """The same, for the treasury of the union that keeps it alone."""
    account = await bank_account(connection, account_id)
    authorize(actor, permission, account.custodian)
    return account


async def bank_accounts(connection: Connection, day: date | None = None) -> list[Account]:
    """Every open bank account, the joint book's first, and a closed one until all of it is reconciled; of a month's end, one closed in it too."""
    found = [each for role in BANK_ROLES for each in await reference.accounts(connection, role=role)]  # type: ignore[arg-type]
    left = await store.left_to_reconcile(connection)
    return [each for each in found if each.custodian and (each.closed_on is None or each.id in left or _closed_in(each, day))]


def _closed_in(account: Account, day: date | None) -> bool:
    return account.closed_on is not None and day is not None and account.closed_on >= day.replace(day=1)


async def currency_of(pool: Pool, actor: Actor, account_id: int) -> str:
    """The currency of a bank account, for who reads the books."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return (await bank_account(connection, account_id)).currency


async def standings(pool: Pool, actor: Actor) -> list[Standing]:
    """Every bank account with how it stands."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return [await standing(connection, each, pool.today()) for each in await bank_accounts(connection)]


async def show_standing(pool: Pool, actor: Actor, account_id: int) -> Standing:
    """One account's."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await standing(connection, await bank_account(connection, account_id), pool.today())


async def standing(connection: Connection, account: Account, today: date) -> Standing:
    """How an account stands."""
    start, ends = await store.start(connection, account.id), await store.ends_of(connection, account.id)
    lines, reconciled_to = await store.counts(connection, account.id), await match_store.reconciled_to(connection, account.id)
    covered_to = ends[-1] if ends else None
    step = _next_step(start, covered_to, reconciled_to, lines.get("new", 0), today)
    return Standing(account=account, start=start, covered_to=covered_to, reconciled_to=reconciled_to, lines=lines, next_step=step)


def _next_step(start: Start | None, covered_to: date | None, reconciled_to: date | None, open_lines: int, today: date) -> str:
    if covered_to is None:
        return "import"
    if start is None:
        return "start"
    if open_lines:
        return "match"
    if reconciled_to is None or covered_to > reconciled_to:
        return "reconcile"
    return "import" if covered_to < today.replace(day=1) - timedelta(days=1) else "nothing"
