"""Read the funds as people see them, and propose, confirm, change and close one; a new fund takes both unions' treasurers."""

from datetime import date

import msgspec

from ledger.domain import funds as rules
from ledger.domain.accounts import Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.exchange import Rate
from ledger.domain.funds import ChangeFund, Converted, Figures, Movement, ProposeFund
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import DateInvalid, FundExists, NotFound
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.storage import funds as store
from ledger.storage import reference
from ledger.storage.allocation_payments import Promised, promised
from ledger.storage.database import Connection
from ledger.storage.funds import FundMove, Sitting


class FundView(msgspec.Struct, frozen=True):
    """A fund with its figures by currency, the reader's own first; ``converted`` and ``free`` (what is available of it over all currencies)
    are None where no rate is known.
    """

    fund: Fund
    state: str
    figures: list[Figures]
    converted: Converted | None
    free: Converted | None


class FundPage(msgspec.Struct, frozen=True):
    """Everything one fund's page shows; ``moves`` and ``promised`` are None for readers who may not read the books."""

    view: FundView
    first: date
    last: date
    movements: list[Movement]
    sittings: list[Sitting]
    moves: list[FundMove] | None
    promised: list[Promised] | None
    proposer: str
    proposer_union: str | None


async def list_funds(pool: Pool, actor: Actor, with_closed: bool = False) -> list[FundView]:
    """Every fund, open ones and proposals first in the order they were set up; closed and declined ones when asked for."""
    authorize(actor, "read_funds")
    async with pool.database.reading() as connection:
        return await fund_views(connection, pool.today(), actor.union, with_closed)


async def fund_views(connection: Connection, today: date, union: str | None, with_closed: bool = False) -> list[FundView]:
    """The funds' figures in one snapshot, each with its total in the union's own currency."""
    currency, currencies = await reading_currencies(connection, union)
    rates = await store.rates_to(connection, currency, currencies, today)
    held = await store.held(connection)
    funds = [fund for fund in await reference.funds(connection) if with_closed or fund.closed_on is None]
    return [_view(fund, held.get(fund.id, {}), currency, currencies, rates) for fund in funds]


def _view(fund: Fund, held: dict[str, tuple[int, int, int]], currency: str, currencies: list[str], rates: list[Rate]) -> FundView:
    rows = rules.figures(fund, held, currencies)
    return FundView(fund, rules.state(fund), rows, rules.converted(rows, currency, rates), rules.free(rows, currency, rates))


async def reading_currencies(connection: Connection, union: str | None) -> tuple[str, list[str]]:
    """The union's own currency (the joint book's, for a reader of no union), and all currencies with it in front."""
    parties = {party.code: party.currency for party in await reference.unions(connection)}
    own = parties.get(union or "")
    if own is None:
        own = next(str(book["presentation_currency"]) for book in await reference.books(connection) if book["union_code"] is None)
    codes = list(await reference.currencies(connection))
    return own, [own, *(code for code in sorted(codes, reverse=True) if code != own)]


async def fund_page(pool: Pool, actor: Actor, code: str, first: date | None = None, last: date | None = None) -> FundPage:
    """One fund with its statement from ``first`` (January 1 of the last day's year) to ``last`` (today), inclusive."""
    authorize(actor, "read_funds")
    last = last or pool.today()
    first = max(first or date(last.year, 1, 1), EARLIEST_DATE)
    if first > last:
        raise DateInvalid(field="first", text=first.isoformat())
    async with pool.database.reading() as connection:
        fund = await store.fund(connection, code)
        currency, currencies = await reading_currencies(connection, actor.union)
        held = (await store.held(connection, fund.id)).get(fund.id, {})
        view = _view(fund, held, currency, currencies, await store.rates_to(connection, currency, currencies, pool.today()))
        _, union, name = await store.proposer(connection, fund.code)
        shown = [row.currency for row in view.figures]
        return FundPage(
            view=view, first=first, last=last,
            movements=await store.movements(connection, fund.id, first, last, shown),
            sittings=await store.sittings(connection, fund.id),
            moves=await store.recent(connection, fund.id) if actor.can("read_books") else None,
            promised=await promised(connection, fund.id) if actor.can("read_books") else None,
            proposer=name, proposer_union=union,
        )  # fmt: skip


async def propose_fund(pool: Pool, actor: Actor, key: str, request: ProposeFund) -> Fund:
    """Propose a fund; nothing can be posted to it until :func:`confirm_fund` by another union's treasurer."""

    async def work(w: Work) -> Done:
        party = await reference.union(w.connection, actor.union or "")
        nations = [each.nation for each in await reference.unions(w.connection)]
        currencies = list(await reference.currencies(w.connection))
        fund = rules.new_fund(request, await next_value(w.connection, "fund"), party.nation, nations, currencies, w.today)
        if any(fund.code == other.code for other in await reference.funds(w.connection)):
            raise FundExists(fund=fund.code)
        await reference.add_fund(w.connection, fund, proposed_by=actor.person_id)
        return Done(fund, subject=fund.code, details={"purpose": fund.purpose, "restriction": fund.restriction, "nation": fund.nation})

    return msgspec.convert(await perform(pool, actor, "propose_fund", key, request, work, permission="manage_funds"), Fund)


async def confirm_fund(pool: Pool, actor: Actor, key: str, code: str) -> Fund:
    """Agree to a proposed fund, as a treasurer of another union than the proposer's; from then on it takes money."""

    async def work(w: Work) -> Done:
        fund = await store.fund(w.connection, code, lock=True)
        person_id, union, _ = await store.proposer(w.connection, fund.code)
        rules.check_confirmation(fund, (person_id, union), actor)
        await store.confirm(w.connection, fund.id, actor.person_id)
        return Done(msgspec.structs.replace(fund, confirmed=True), subject=fund.code)

    return msgspec.convert(await perform(pool, actor, "confirm_fund", key, {"fund": code}, work, permission="manage_funds"), Fund)


async def change_fund(pool: Pool, actor: Actor, key: str, request: ChangeFund) -> Fund:
    """Change names, restriction text or floors. Audited with the figures before and after, and shown to everyone on their first page."""

    async def work(w: Work) -> Done:
        fund = await store.fund(w.connection, request.fund, lock=True)
        new = rules.changed_fund(fund, request, list(await reference.currencies(w.connection)))
        await store.change(w.connection, new)
        return Done(new, subject=fund.code, details=_differences(fund, new))

    return msgspec.convert(await perform(pool, actor, "change_fund", key, request, work, permission="manage_funds"), Fund)


def _differences(old: Fund, new: Fund) -> dict[str, object]:
    names = ("name_en", "name_fr", "restriction_text", "floors")
    return {
        name: {"before": getattr(old, name), "after": getattr(new, name)} for name in names if getattr(old, name) != getattr(new, name)
    }


async def close_fund(pool: Pool, actor: Actor, key: str, code: str) -> Fund:
    """Close a fund that is at zero, or decline (and withdraw) one that was only proposed."""

    async def work(w: Work) -> Done:
        fund = await store.fund(w.connection, code, lock=True)
        sittings = await store.all_sittings(w.connection, fund.id)
        rules.check_closing(fund, [(sitting.account, sitting.balance_minor) for sitting in sittings])
        await store.close(w.connection, fund.id, w.today)
        return Done(msgspec.structs.replace(fund, closed_on=w.today), subject=fund.code, details={"state_before": rules.state(fund)})

    return msgspec.convert(await perform(pool, actor, "close_fund", key, {"fund": code}, work, permission="manage_funds"), Fund)


async def one_fund(pool: Pool, actor: Actor, code: str) -> Fund:
    """The fund alone, for a form."""
    authorize(actor, "read_funds")
    async with pool.database.reading() as connection:
        found = next((fund for fund in await reference.funds(connection) if fund.code == code.upper()), None)
    if found is None:
        raise NotFound(kind="fund", id=code[:40])
    return found
