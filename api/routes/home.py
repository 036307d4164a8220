"""Answer in JSON what waits for the caller, what a search finds, and what the books refer to: unions, locals, books, currencies."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.schemas import Amount, IdempotencyKey, amount
from ledger.domain.account_rules import Local, NewLocal
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor
from ledger.domain.home import Waiting
from ledger.domain.search import QUERY_MAXIMUM
from ledger.services import accounts as accounts_service
from ledger.services import home as service
from ledger.services import search as search_service
from ledger.services.pool import Pool
from ledger.storage.home import FundChange, News
from ledger.storage.search import Found


class WaitingOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that needs you: `kind` says what to do, `url` where, `facts` the plain values for a sentence."""

    kind: str
    subject: str
    url: str
    union: str
    since: date
    days: int
    amount: Amount | None
    facts: dict[str, str | int | None]


class NewsOut(msgspec.Struct, frozen=True, kw_only=True):
    """An entry somebody else recorded since you last marked the journal as read."""

    entry: int
    date: date
    kind: str
    description: str
    subject: str
    by: str
    amounts: list[Amount]


class FundChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody else did to a fund since then."""

    action: str
    fund: str
    recorded_at: datetime
    by: str
    union: str | None
    details: dict[str, Any]


class HomeOut(msgspec.Struct, frozen=True):
    """What needs you, oldest first, and what is new; `head` is the last entry, to be sent to `/home/seen` once read."""

    waiting: list[WaitingOut]
    news: list[NewsOut]
    news_count: int
    fund_changes: list[FundChangeOut]
    head: int


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to which entry everything was read."""

    number: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class FoundOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found: `kind` is entry, transfer, contribution, pledge, fund, account, person or local."""

    kind: str
    subject: str
    url: str
    title_en: str
    title_fr: str
    date: date | None
    amount: Amount | None
    union: str | None


class SearchOut(msgspec.Struct, frozen=True):
    """What was found; `exact` is the address a number leads to, `recent_entries` how many entries were searched for an amount."""

    text: str
    exact: str | None
    items: list[FoundOut]
    recent_entries: int


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A set of accounts: the joint one, or a union's own."""

    code: str
    union_code: str | None
    name_en: str
    name_fr: str
    presentation_currency: str


class Currency(msgspec.Struct, frozen=True, kw_only=True):
    """A currency of these books and its decimal places."""

    code: str
    digits: int
    name_en: str
    name_fr: str


def _money(minor: int | None, currency: str | None) -> Amount | None:
    return None if minor is None or currency is None else amount(minor, currency)


def _waiting(row: Waiting, today: date) -> WaitingOut:
    return WaitingOut(
        kind=row.kind, subject=row.subject, url=row.url, union=row.union, since=row.since, days=row.days(today),
        amount=_money(row.amount_minor, row.currency), facts=row.facts,
    )  # fmt: skip


def _news(row: News) -> NewsOut:
    return NewsOut(
        entry=row.number, date=row.entry_date, kind=row.kind, description=row.description, subject=row.subject, by=row.actor,
        amounts=[amount(minor, currency) for currency, minor in row.amounts.items()],
    )  # fmt: skip


def _change(row: FundChange) -> FundChangeOut:
    return FundChangeOut(
        action=row.action, fund=row.fund, recorded_at=row.recorded_at, by=row.person, union=row.union, details=row.details
    )


def _found(row: Found) -> FoundOut:
    return FoundOut(
        kind=row.kind, subject=row.subject, url=row.url, title_en=row.title_en, title_fr=row.title_fr, date=row.day,
        amount=_money(row.amount_minor, row.currency), union=row.union,
    )  # fmt: skip


class HomeController(Controller):
    """What waits, what is new, search."""

    path = "/"
    tags = ["Home"]

    @get("/home", operation_id="getHome", opt={"permission": "see_home"})
    async def get_home(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> HomeOut:
        """What needs you and what is new to you. Reading it marks nothing as read."""
        view = await service.home(pool, actor)
        return HomeOut(
            [_waiting(row, view.today) for row in view.waiting], [_news(row) for row in view.news], view.news_count,
            [_change(row) for row in view.fund_changes], view.head,
        )  # fmt: skip

    @post("/home/seen", operation_id="markSeen", opt={"permission": "see_home", "never": (422,)}, status_code=200)
    async def mark_seen(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[Seen]
    ) -> Seen:
        """Mark everything up to an entry as read; the mark never moves back."""
        return Seen(await service.mark_seen(pool, actor, key, data.number))

    @get("/search", operation_id="search", opt={"permission": "see_home"})
    async def search(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        q: Annotated[str, QueryParameter(max_length=QUERY_MAXIMUM, description="A number, an amount as either language writes it, or words")],
    ) -> SearchOut:  # fmt: skip
        """Find entries, transfers, contributions, pledges, funds, accounts, people and locals that you may read."""
        results = await search_service.search(pool, actor, q)
        return SearchOut(results.text, results.exact, [_found(row) for row in results.items], results.recent_entries)


class ReferenceController(Controller):
    """What the books refer to."""

    path = "/"
    tags = ["Reference"]

    @get("/unions", operation_id="listUnions", opt={"permission": "see_home"})
    async def list_unions(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[Union]:
        """The parties of this pool, in their order."""
        return (await accounts_service.reference_data(pool, actor)).unions

    @get("/locals", operation_id="listLocals", opt={"permission": "see_home"})
    async def list_locals(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[Local]:
        """Every local of every union, closed ones too."""
        return (await accounts_service.reference_data(pool, actor)).locals

    @get("/books", operation_id="listBooks", opt={"permission": "see_home"})
    async def list_books(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[Book]:
        """The joint book and each union's own."""
        return msgspec.convert((await accounts_service.reference_data(pool, actor)).books, list[Book])

    @get("/currencies", operation_id="listCurrencies", opt={"permission": "see_home"})
    async def list_currencies(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[Currency]:
        """The currencies of these books."""
        return msgspec.convert((await accounts_service.reference_data(pool, actor)).currencies, list[Currency])

    @post("/locals", operation_id="addLocal", opt={"permission": "manage_locals"})
    async def add_local(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewLocal]
    ) -> Local:
        """Add a local to your own union."""
        return await accounts_service.add_local(pool, actor, key, data)

    @post("/locals/{union:str}/{number:str}/closing", operation_id="closeLocal", opt={"permission": "manage_locals"}, status_code=200)
    async def close_local(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, union: FromPath[str], number: FromPath[str]
    ) -> Local:
        """Close a local of your own union."""
        return await accounts_service.close_local(pool, actor, key, union, number)


ROUTES = [HomeController, ReferenceController]
