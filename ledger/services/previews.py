"""Show what drafts would do if they were posted now, by the very rules that posting goes by; nothing is kept."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft
from ledger.domain.posting_rules import decide
from ledger.storage import journal
from ledger.storage.database import Connection


class Preview(msgspec.Struct, frozen=True):
    """What a draft would do: its postings with each account's balance after it, and the names it uses."""

    draft: Draft
    balances_after: list[int]
    accounts: dict[int, Account]
    funds: dict[int, Fund]


async def previewed(connection: Connection, actor: Actor, drafts: Sequence[Draft], today: date) -> Preview:
    """The last of the drafts as it would be posted now after the others, with the balances after it; or the first refusal."""
    books = await journal.load_books(connection, drafts, await journal.read_head(connection), today)
    last = decide(books, actor, drafts)[-1]
    return Preview(last.draft, [step.balance_after for step in last.steps], books.accounts, books.funds)
