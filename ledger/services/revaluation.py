"""Show what the money held in other currencies has gained or lost on a day, and post it for a book when asked."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft
from ledger.domain.exchange import RateOnDay, on_day, plain
from ledger.domain.refusals import FutureDate, NotFound, NothingToRevalue, OtherUnion, RateMissing
from ledger.domain.revaluation import FundResult, Trade, draft_revaluation, fund_result
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import journal, reference
from ledger.storage import rates as storage
from ledger.storage.database import Connection


class BookOnDay(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange results of a book on a day, by fund, and the drafts that would post what is not posted yet.

    Amounts are minor units of ``currency``, the book's presentation currency. ``rates`` is by foreign currency.
    """

    book: str
    names: dict[str, str]
    as_of: date
    currency: str
    rates: dict[str, RateOnDay]
    results: list[FundResult]
    funds: dict[int, Fund]
    trading: Account
    result_account: Account
    drafts: list[Draft]

    @property
    def to_post_minor(self) -> int:
        """The gain that revaluing now would post, all funds together."""
        return sum(result.to_post_minor for result in self.results)

    @property
    def proof_minor(self) -> int:
        """Zero, or the derived and the posted view do not agree."""
        return sum(abs(result.proof_minor) for result in self.results)


class RevaluedFund(msgspec.Struct, frozen=True):
    """One fund's entry: its number, and the gain it posted (a loss is negative)."""

    fund: str
    entry: int
    gain_minor: int


class Revaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A book revalued on a day: one entry a fund whose position was not zero."""

    book: str
    as_of: date
    currency: str
    rates: dict[str, RateOnDay]
    entries: list[RevaluedFund]


async def preview_revaluation(pool: Pool, actor: Actor, book: str, as_of: date) -> BookOnDay:
    """What revaluing a book on a day would post, with the rate and the proof; posts nothing.

    This is the derived view as well: each fund's total, realised and unrealised result, whether or not it was ever posted.
    """
    authorize(actor, "read_books")
    _not_ahead(as_of, pool.today())
    async with pool.database.reading() as connection:
        return await book_on_day(connection, book, as_of, pool.clock())


async def revalue(pool: Pool, actor: Actor, key: str, book: str, as_of: date) -> Revaluation:
    """Post one entry for each fund of a book whose trading position is not zero at the day's rate; refuses where all are.

    The entries are dated ``as_of`` and enter a soft-closed period, never a locked one.
    """

    async def work(w: Work) -> Done:
        _not_ahead(as_of, w.today)
        on = await book_on_day(w.connection, book, as_of, w.now)
        if on.trading.custodian is not None and on.trading.custodian != w.actor.union:
            raise OtherUnion(union=on.trading.custodian, account=on.trading.label)
        if not on.drafts:
            raise NothingToRevalue(date=as_of.isoformat(), rate=", ".join(chosen.rate.text for chosen in on.rates.values()))
        entries = await _post(w, on)
        answer = Revaluation(book=book, as_of=as_of, currency=on.currency, rates=on.rates, entries=entries)
        facts = {"date": as_of.isoformat(), "gain_minor": on.to_post_minor, "currency": on.currency, "entries": len(entries)}
        return Done(answer, f"J-{entries[0].entry}", {"book": book, **facts})

    request = {"book": book, "as_of": as_of.isoformat()}
    answer = await perform(pool, actor, "revalue", key, request, work, permission="revalue")
    return msgspec.convert(answer, Revaluation)


async def list_revaluations(
    pool: Pool, actor: Actor, book: str | None = None, after: tuple[int, str] | None = None, limit: int = 50
) -> list[storage.RevaluationRow]:
    """Revaluations posted, newest first."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        return await storage.revaluations_page(connection, book, after, limit)


async def revaluable_books(pool: Pool, actor: Actor) -> list[dict[str, Any]]:
    """The books this person could revalue: those with an account for the exchange result that are the pool's or their own union's."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        with_result = {account.book for account in await reference.accounts(connection, role="fx_result")}
        books = await reference.books(connection)
    return [book for book in books if book["code"] in with_result and book["union_code"] in (None, actor.union)]


def _not_ahead(as_of: date, today: date) -> None:
    if as_of > today:
        raise FutureDate(date=as_of.isoformat(), today=today.isoformat())


async def book_on_day(connection: Connection, code: str, as_of: date, now: datetime) -> BookOnDay:
    """The exchange results of a book on a day; refuses where a rate is wanting."""
    book = next((row for row in await reference.books(connection) if row["code"] == code), None)
    if book is None:
        raise NotFound(kind="book", id=plain(code, 40))
    currency = book["presentation_currency"]
    trading = {account.id: account for account in await reference.accounts(connection, code, "fx_trading")}
    own = await reference.account_for(connection, code, "fx_trading", currency)
    result = await reference.account_for(connection, code, "fx_result", currency)
    balances = await _by_fund(connection, trading, as_of)
    rates = await _rates(connection, balances, currency, as_of, now)
    by_fund: defaultdict[int, list[Trade]] = defaultdict(list)
    for trade in await storage.trades(connection, list(trading), currency, as_of):
        by_fund[trade.fund_id].append(trade)
    posted = await storage.posted_gains(connection, result.id, as_of)
    funds = await journal.read_funds(connection, sorted(set(balances) | set(by_fund)))
    used = {other: chosen.rate for other, chosen in rates.items()}
    return BookOnDay(
        book=code, names={"en": book["name_en"], "fr": book["name_fr"]}, as_of=as_of, currency=currency, rates=rates, funds=funds,
        trading=own, result_account=result,
        results=[
            fund_result(fund, balances.get(fund.id, {}), by_fund[fund.id], posted.get(fund.id, 0), currency, used)
            for fund in _in_order(funds)
        ],
        drafts=[
            draft
            for fund in _in_order(funds)
            if _takes_entries(fund, as_of) and (draft := draft_revaluation(fund, balances.get(fund.id, {}), own, result, as_of, used))
        ],
    )  # fmt: skip


def _in_order(funds: dict[int, Fund]) -> list[Fund]:
    return [funds[fund_id] for fund_id in sorted(funds)]


def _takes_entries(fund: Fund, as_of: date) -> bool:
    # A fund that was closed keeps its last result: nothing enters it any more.
    return fund.confirmed and (fund.closed_on is None or fund.closed_on >= as_of)


async def _by_fund(connection: Connection, trading: dict[int, Account], as_of: date) -> dict[int, dict[str, int]]:
    balances: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for (account_id, fund_id), amount in (await storage.balances_on(connection, list(trading), as_of)).items():
        balances[fund_id][trading[account_id].currency] = amount
    return dict(balances)


async def _rates(
    connection: Connection, balances: dict[int, dict[str, int]], currency: str, as_of: date, now: datetime
) -> dict[str, RateOnDay]:
    """A rate for every other currency that any fund has traded; shown even where its position has come back to zero."""
    chosen: dict[str, RateOnDay] = {}
    for other in sorted({code for amounts in balances.values() for code in amounts} - {currency}):
        rate = await storage.rate_on(connection, other, currency, as_of)
        if rate is not None:
            chosen[other] = on_day(rate, as_of, now)
        elif any(amounts.get(other) for amounts in balances.values()):
            raise RateMissing(base=other, quote=currency, date=as_of.isoformat())
    return chosen


async def _post(w: Work, on: BookOnDay) -> list[RevaluedFund]:
    posted = await w.post(*on.drafts)
    held = {result.fund_id: result for result in on.results}
    made = []
    for entry, draft in zip(posted, on.drafts, strict=True):
        fund_id = draft.postings[0].fund_id
        for other, chosen in on.rates.items():
            if other in held[fund_id].held:
                await storage.add_revaluation(w.connection, on.book, fund_id, on.as_of, other, chosen.rate, entry.number)
        made.append(RevaluedFund(on.funds[fund_id].code, entry.number, draft.postings[0].amount_minor))
    return made
