"""Search everything a person may read: numbers, amounts in either language's writing, and words."""

from collections.abc import Sequence

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.search import Query, people_number, understand
from ledger.services.pool import Pool
from ledger.storage import accounts as accounts_store
from ledger.storage import entries, journal, reference
from ledger.storage import search as store
from ledger.storage.database import Connection
from ledger.storage.search import LIMIT, RECENT_ENTRIES, Found


class Results(msgspec.Struct, frozen=True):
    """What was found, best first; ``exact`` is where a search for one number leads straight away.

    ``recent_entries`` is how many of the last entries were looked through for an amount (0 when none was searched for).
    """

    text: str
    exact: str | None
    items: list[Found]
    recent_entries: int = 0


async def search(pool: Pool, actor: Actor, typed: str) -> Results:
    """At most :data:`LIMIT` of each kind, of the kinds this person may read."""
    authorize(actor, "see_home")
    query = understand(typed)
    if not query.text:
        return Results("", None, [])
    async with pool.database.reading() as connection:
        books = actor.can("read_books")
        exact = await _exact(connection, query) if books else None
        amounts = await _amounts(connection, query) if books else []
        items = [*await _named(connection, actor, query), *amounts, *(await _worded(connection, query) if books else [])]
        if books and query.entry is not None and await entries.exists(connection, query.entry):
            straight = f"/journal/{query.entry}"
            exact = exact or (None if amounts else straight)
            if not any(item.url == straight for item in items):
                items.insert(0, Found(kind="entry", subject=f"J-{query.entry}", url=straight, title_en="", title_fr=""))
    return Results(query.text, exact, _once(items), RECENT_ENTRIES if books and query.amounts else 0)


async def _exact(connection: Connection, query: Query) -> str | None:
    if query.numbered is None:
        return None
    letter, number = query.numbered
    if letter == "J":
        return f"/journal/{number}" if await entries.exists(connection, number) else None
    written, folder = people_number(letter, number), {"T": "transfers", "C": "contributions", "P": "pledges"}[letter]
    return f"/{folder}/{written}" if await store.numbered_exists(connection, letter, written) else None


async def _amounts(connection: Connection, query: Query) -> list[Found]:
    wanted = []
    for currency, digits in (await reference.currencies(connection)).items():
        for amount in query.amounts:
            minor = amount.scaleb(digits)
            if query.currency in (None, currency) and minor == int(minor) and minor <= LARGEST_AMOUNT_MINOR:
                wanted.append((currency, int(minor)))
    if not wanted:
        return []
    return [*await store.records_by_amount(connection, wanted), *await store.entries_by_amount(connection, wanted)]


async def _worded(connection: Connection, query: Query) -> list[Found]:
    if not query.words:
        return []
    return [*await store.pledges_by_words(connection, query.words), *await store.entries_by_words(connection, query.words)]


async def _named(connection: Connection, actor: Actor, query: Query) -> list[Found]:
    """Funds, accounts, locals and people, by their names in both languages."""
    if not query.words:
        return []
    found: list[Found] = []
    if actor.can("read_funds"):
        funds = await reference.funds(connection)
        found += [_fund(fund) for fund in funds if store.matches(query.words, fund.code, fund.name_en, fund.name_fr, fund.restriction_text)]
    if actor.can("read_books"):
        accounts = (await journal.read_accounts(connection)).values()
        found += [_account(each) for each in sorted(accounts, key=lambda each: each.id) if _fits(query.words, each)][:LIMIT]
    if actor.can("read_people"):
        found += await store.people_by_words(connection, query.words)
        found += [
            Found(kind="local", subject=each.number, url="/unions", title_en=each.name, title_fr=each.name, union=each.union)
            for each in await accounts_store.locals_(connection)
            if store.matches(query.words, "local", "section locale", each.number, each.name, each.city)
        ][:LIMIT]
    return found


def _fits(words: Sequence[str], account: Account) -> bool:
    return store.matches(words, account.book, account.path, account.currency, account.name_en, account.name_fr)


def _fund(fund: Fund) -> Found:
    return Found(kind="fund", subject=fund.code, url=f"/funds/{fund.code}", title_en=fund.name_en, title_fr=fund.name_fr)


def _account(account: Account) -> Found:
    return Found(
        kind="account", subject=account.label, url=f"/accounts/{account.id}", title_en=account.name_en, title_fr=account.name_fr,
        currency=account.currency, union=account.custodian,
    )  # fmt: skip


def _once(items: Sequence[Found]) -> list[Found]:
    return list({item.url + item.subject: item for item in reversed(items)}.values())[::-1]
