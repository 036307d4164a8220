"""What every step with a bank line needs: the line of one's own account, held, and matches kept so that each line and posting is in one."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.bank import BankLine
from ledger.domain.bank_likeness import Item
from ledger.domain.refusals import BankMatchState
from ledger.services.bank_standings import own_account
from ledger.services.operation import Work
from ledger.storage import bank as line_store
from ledger.storage import bank_matches as store
from ledger.storage.bank_matches import NewMatch
from ledger.storage.database import Connection

MATCH = "match_bank"
MARKS_MAXIMUM, HAND_MAXIMUM = 1_000, 50

# A line left out as the bank's error is matched with the bank's own correction of it.
HAND_STATES = ("new", "excluded")


async def check_begun(w: Work, account: Account) -> None:
    """Hold the account; refuses one whose start is not set."""
    await line_store.lock(w.connection, account.id)
    if await line_store.start(w.connection, account.id) is None:
        raise BankMatchState(reason="no_start", subject=account.label)


async def keep_matches(w: Work, account: Account, new: Sequence[NewMatch]) -> list[int]:
    """Keep matches; where the days of one are reconciled already, it counts from the day after."""
    if not new:
        return []
    reconciled_to = await store.reconciled_to(w.connection, account.id)
    if reconciled_to is not None:
        later = reconciled_to.fromordinal(reconciled_to.toordinal() + 1)
        new = [each if each.cleared_on > reconciled_to else msgspec.structs.replace(each, not_before=later) for each in new]
    first = await line_store.reserve(w.connection, "bank_match", len(new))
    await store.add(w.connection, account.id, first, new, w.actor.person_id, w.now)
    await line_store.set_matched(w.connection, [line.number for each in new for line in each.lines])
    return list(range(first, first + len(new)))


async def posting_of(w: Work, account: Account, entry: int) -> Item:
    """The account's open posting of an entry that was just recorded."""
    found = await store.open_items(w.connection, account.id, [entry])
    if len(found) != 1:
        raise BankMatchState(reason="not_one_posting", subject=f"J-{entry}")
    return found[0]


async def check_not_reconciled(connection: Connection, account: Account, day: date) -> None:
    """Refuse a day of the account that is reconciled."""
    reconciled_to = await store.reconciled_to(connection, account.id)
    if reconciled_to is not None and day <= reconciled_to:
        raise BankMatchState(reason="reconciled", subject=reconciled_to.isoformat())


async def own_line(w: Work, number: int) -> tuple[Account, BankLine]:
    """A line with its account, held, for the treasury of the union that keeps it."""
    line = await line_store.line(w.connection, number)
    account = await own_account(w.connection, w.actor, line.account_id, MATCH)
    await line_store.lock(w.connection, account.id)
    return account, await line_store.line(w.connection, number)
