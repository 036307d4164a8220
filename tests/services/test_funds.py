"""Funds and accounts through the real store: figures, the two unions' agreement, statements, closing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ledger.domain.account_rules import NewAccount, NewLocal
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Exchange, Posting
from ledger.domain.exchange import Rate
from ledger.domain.funds import ChangeFund, ProposeFund
from ledger.domain.refusals import (
    AccountClosed,
    AccountExists,
    AccountNotEmpty,
    FundClosed,
    FundExists,
    FundNotEmpty,
    FundState,
    LocalExists,
    NotAllowed,
    NotFound,
    OtherUnion,
    SamePerson,
    SameUnion,
)
from ledger.services import accounts, funds
from ledger.services.accounts import AccountFilter
from ledger.services.pool import Pool
from ledger.storage import journal, rates, reference
from ledger.storage.journal import Posted
from tests.conftest import add_person

PATHS = {"bank": "Assets:Bank:{}", "income": "Income:Contributions:{}", "fx": "Equity:FX-trading", "fees": "Expense:Bank-fees"}


async def account_of(pool: Pool, path: str, currency: str) -> Account:
    async with pool.database.reading() as connection:
        return await reference.account(connection, "joint", path, currency)


async def post(
    pool: Pool, actor: Actor, day: str, description: str, fund: str, lines: list[tuple[str, str, int]], **more: object
) -> Posted:
    """Record an entry in the joint book: lines of (path, currency, minor units)."""
    async with pool.database.reading() as connection:
        fund_id = (await reference.fund(connection, fund)).id
    postings = [Posting((await account_of(pool, path, currency)).id, fund_id, minor) for path, currency, minor in lines]
    draft = Draft(date.fromisoformat(day), "general", description, tuple(postings), **more)  # type: ignore[arg-type]
    async with pool.database.writing() as connection:
        return (await journal.post(connection, actor, [draft], now=pool.clock(), today=pool.today()))[0]


async def gift(pool: Pool, actor: Actor, day: str, minor: int, fund: str = "STRIKE") -> Posted:
    """A contribution of the actor's union in its own currency."""
    name, currency = ("UE", "USD") if actor.union == "ue" else ("Unifor", "CAD")
    lines = [(f"Assets:Bank:{name}-trust-{currency}", currency, minor), (f"Income:Contributions:{name}", currency, -minor)]
    return await post(pool, actor, day, f"Contribution of {name}", fund, lines)


async def known_rate(pool: Pool) -> None:
    """The Bank of Canada's rate of 20 November 2026."""
    rate = Rate(
        base="USD", quote="CAD", value=Decimal("1.3725"), observed_on=date(2026, 11, 20), source="Bank of Canada", series="FXUSDCAD",
        retrieved_at=datetime(2026, 11, 20, 22, tzinfo=UTC),
    )  # fmt: skip
    async with pool.database.writing() as connection:
        await rates.add_rates(connection, [rate])


PROPOSAL = ProposeFund(code="HALL", name_en="Union halls", name_fr="Salles syndicales", floors={"CAD": 100_000})


async def test_a_fund_shows_each_currency_and_a_total_in_the_readers_own(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, ue, "2026-11-02", 2_000_000)
    await gift(pool, unifor, "2026-11-03", 5_000_000)
    await known_rate(pool)
    of_unifor = {view.fund.code: view for view in await funds.list_funds(pool, unifor)}["STRIKE"]
    assert [(row.currency, row.held_minor) for row in of_unifor.figures] == [("CAD", 5_000_000), ("USD", 2_000_000)]
    assert of_unifor.converted is not None
    assert (of_unifor.converted.currency, of_unifor.converted.amount_minor) == ("CAD", 7_745_000)
    of_ue = {view.fund.code: view for view in await funds.list_funds(pool, ue)}["STRIKE"]
    assert of_ue.converted is not None
    assert (of_ue.converted.currency, of_ue.converted.amount_minor) == ("USD", 5_642_987)  # 20,000 + 50,000 / 1.3725
    assert of_ue.converted.rate is not None
    assert of_ue.converted.rate.source == "Bank of Canada"


async def test_a_fund_statement_for_a_period(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Opening in October, a gift, a fee, and USD sold for CAD at the bank's rate in November."""
    await gift(pool, unifor, "2026-10-30", 1_000_000)
    await gift(pool, unifor, "2026-11-02", 200_000)
    bank = "Assets:Bank:Unifor-trust-CAD"
    await post(pool, unifor, "2026-11-10", "Monthly fee", "STRIKE", [("Expense:Bank-fees", "CAD", 1_500), (bank, "CAD", -1_500)])
    sold = [("Assets:Bank:UE-trust-USD", "USD", -100_000), ("Equity:FX-trading", "USD", 100_000)]
    bought = [("Assets:In-transit", "CAD", 136_000), ("Equity:FX-trading", "CAD", -136_000)]
    await gift(pool, ue, "2026-11-11", 300_000)
    exchange = Exchange("USD", "CAD", Decimal("1.36"), "Bank", date(2026, 11, 12))
    await post(pool, ue, "2026-11-12", "USD sold", "STRIKE", sold + bought, exchange=exchange)
    page = await funds.fund_page(pool, unifor, "strike", date(2026, 11, 1), date(2026, 11, 30))
    cad, usd = page.movements
    assert (cad.opening_minor, cad.received_minor, cad.paid_minor, cad.exchange_minor, cad.closing_minor) == (
        1_000_000, 200_000, 1_500, 136_000, 1_334_500,
    )  # fmt: skip
    assert (usd.opening_minor, usd.received_minor, usd.paid_minor, usd.exchange_minor, usd.closing_minor) == (0, 300_000, 0, -100_000, 200_000)
    assert page.view.figures[0].held_minor == cad.closing_minor
    assert page.moves is not None
    assert [move.description for move in page.moves][:2] == ["USD sold", "Contribution of UE"]
    assert page.moves[0].changes == {"CAD": 136_000, "USD": -100_000}
    assert {sitting.account.custodian for sitting in page.sittings if sitting.account.type == "asset"} == {"ue", "unifor", None}


async def test_a_campaign_lead_sees_funds_and_not_the_books(pool: Pool, ue: Actor) -> None:
    lead = await add_person(pool, "Imre Kovács-Diallo", "ue", "campaign_lead")
    await gift(pool, ue, "2026-11-02", 5_000)
    assert (await funds.fund_page(pool, lead, "STRIKE")).moves is None
    with pytest.raises(NotAllowed):
        await accounts.list_accounts(pool, lead, AccountFilter())
    with pytest.raises(NotFound):
        await funds.fund_page(pool, lead, "NOSUCH")


async def test_a_new_fund_takes_the_treasurers_of_both_unions(pool: Pool, ue: Actor, unifor: Actor) -> None:
    fund = await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    assert (fund.confirmed, fund.opened_on) == (False, date(2026, 11, 23))
    with pytest.raises(FundClosed):
        await gift(pool, ue, "2026-11-23", 100, fund="HALL")
    with pytest.raises(SamePerson):
        await funds.confirm_fund(pool, ue, "confirm-hall-1", "HALL")
    colleague = await add_person(pool, "Anneke Brandt-Singh", "ue", "treasurer")
    with pytest.raises(SameUnion):
        await funds.confirm_fund(pool, colleague, "confirm-hall-2", "HALL")
    officer = await add_person(pool, "Luc Desrosiers", "unifor", "officer")
    with pytest.raises(NotAllowed):
        await funds.confirm_fund(pool, officer, "confirm-hall-3", "HALL")
    assert (await funds.confirm_fund(pool, unifor, "confirm-hall-4", "HALL")).confirmed
    assert (await funds.confirm_fund(pool, unifor, "confirm-hall-4", "HALL")).confirmed  # the same key, the same answer
    with pytest.raises(FundState):
        await funds.confirm_fund(pool, unifor, "confirm-hall-5", "HALL")
    await gift(pool, ue, "2026-11-23", 100, fund="HALL")
    with pytest.raises(FundExists):
        await funds.propose_fund(pool, unifor, "propose-hall-2", PROPOSAL)


async def test_a_refused_confirmation_is_audited(pool: Pool, ue: Actor) -> None:
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    with pytest.raises(SamePerson):
        await funds.confirm_fund(pool, ue, "confirm-hall-1", "HALL")
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT action, outcome, subject FROM audit WHERE action LIKE '%_fund' ORDER BY id")
    assert [tuple(row) for row in rows] == [("propose_fund", "done", "HALL"), ("confirm_fund", "refused", "")]


async def test_a_floor_keeps_money_in_the_fund_and_its_change_is_audited(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, unifor, "2026-11-02", 100_000)
    fund = await funds.change_fund(pool, ue, "change-strike-1", ChangeFund(fund="STRIKE", floors={"CAD": 60_000}))
    assert fund.floors == {"CAD": 60_000}
    view = next(view for view in await funds.list_funds(pool, unifor) if view.fund.code == "STRIKE")
    assert view.figures[0].available_minor == 40_000
    async with pool.database.reading() as connection:
        details = await connection.fetchval("SELECT details FROM audit WHERE action = 'change_fund'")
    assert details == {"floors": {"before": {}, "after": {"CAD": 60_000}}}


async def test_a_fund_closes_only_when_empty_and_a_proposal_can_be_declined(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, ue, "2026-11-02", 100, fund="EDU")
    with pytest.raises(FundNotEmpty) as refusal:
        await funds.close_fund(pool, ue, "close-edu-1", "EDU")
    assert refusal.value.params["balance_minor"] == 100
    assert (await funds.close_fund(pool, ue, "close-com-1", "COM")).closed_on == date(2026, 11, 23)
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    await funds.close_fund(pool, unifor, "close-hall-1", "HALL")
    states = {view.fund.code: view.state for view in await funds.list_funds(pool, ue, with_closed=True)}
    assert (states["COM"], states["HALL"], states["EDU"]) == ("closed", "declined", "open")
    assert "COM" not in {view.fund.code for view in await funds.list_funds(pool, ue)}


async def test_a_statement_runs_and_pages(pool: Pool, unifor: Actor) -> None:
    bank = await account_of(pool, "Assets:Bank:Unifor-trust-CAD", "CAD")
    await gift(pool, unifor, "2026-10-05", 1_000, fund="GEN")
    for day in ("2026-11-09", "2026-11-02", "2026-11-02", "2026-11-16"):
        await gift(pool, unifor, day, 100, fund="STRIKE")
    await gift(pool, unifor, "2026-11-03", 7, fund="GEN")
    whole = await accounts.statement(pool, unifor, bank.id, first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert (whole.opening_minor, whole.closing_minor, whole.next) == (1_000, 1_407, None)
    assert [(line.entry_date.day, line.balance_minor) for line in whole.lines] == [(2, 1_100), (2, 1_200), (3, 1_207), (9, 1_307), (16, 1_407)]
    assert (whole.moved.debit_minor, whole.moved.credit_minor, whole.moved.change_minor) == (407, 0, 407)
    assert whole.by_fund == [("GEN", 1_007), ("STRIKE", 400)]
    first = await accounts.statement(pool, unifor, bank.id, first=date(2026, 11, 1), limit=1)
    assert first.next is not None
    second = await accounts.statement(pool, unifor, bank.id, first=date(2026, 11, 1), after=first.next, limit=2)
    assert second.brought_minor == 1_100
    assert [line.balance_minor for line in first.lines + second.lines] == [1_100, 1_200, 1_207]
    assert (first.moved.debit_minor, second.moved.debit_minor) == (407, 407), "of the days asked for, on whichever page"
    only = await accounts.statement(pool, unifor, bank.id, fund="GEN", first=date(2026, 11, 1))
    assert (only.opening_minor, [line.amount_minor for line in only.lines], only.closing_minor) == (1_000, [7], 1_007)


async def test_the_list_of_accounts_narrows(pool: Pool, unifor: Actor) -> None:
    everything = await accounts.list_accounts(pool, unifor, AccountFilter())
    assert everything[0].account.book == "joint"
    assert [row.account.type for row in everything][:1] == ["asset"]
    found = await accounts.list_accounts(pool, unifor, AccountFilter(book="joint", type="asset", currency="CAD", words="fiducie unifor"))
    assert [row.account.path for row in found] == ["Assets:Bank:Unifor-trust-CAD"]


async def test_accounts_are_opened_and_closed_by_their_own_union(pool: Pool, ue: Actor, unifor: Actor) -> None:
    request = NewAccount(book="joint", path="Assets:Bank:UE-savings", currency="USD", name_en="Savings", name_fr="Épargne", role="bank")
    account = await accounts.open_account(pool, ue, "open-savings-1", request)
    assert account.custodian == "ue"
    with pytest.raises(AccountExists):
        await accounts.open_account(pool, unifor, "open-savings-2", request)
    with pytest.raises(OtherUnion):
        await post(pool, unifor, "2026-11-20", "Not ours", "GEN", [(account.path, "USD", 5), ("Income:Interest", "USD", -5)])
    await post(pool, ue, "2026-11-20", "Interest", "GEN", [(account.path, "USD", 5), ("Income:Interest", "USD", -5)])
    with pytest.raises(OtherUnion):
        await accounts.close_account(pool, unifor, "close-savings-1", account.id)
    with pytest.raises(AccountNotEmpty):
        await accounts.close_account(pool, ue, "close-savings-2", account.id)
    fees = "Expense:Bank-fees"
    await post(pool, ue, "2026-11-20", "Fee", "GEN", [(fees, "USD", 5), (account.path, "USD", -5)])
    assert (await accounts.close_account(pool, ue, "close-savings-3", account.id)).closed_on == date(2026, 11, 23)
    with pytest.raises(AccountClosed):
        await accounts.close_account(pool, ue, "close-savings-4", account.id)
    other = NewAccount(book="unifor", path="Expense:Travel", currency="CAD", name_en="Travel", name_fr="Déplacements")
    with pytest.raises(OtherUnion):
        await accounts.open_account(pool, ue, "open-travel-1", other)


async def test_locals_belong_to_their_union(pool: Pool, ue: Actor, unifor: Actor) -> None:
    admin = await add_person(pool, "Priya Raman", "ue", "admin")
    local = await accounts.add_local(pool, admin, "add-local-1", NewLocal(union="ue", number="506", name="Local 506", city="Erie"))
    with pytest.raises(LocalExists):
        await accounts.add_local(pool, ue, "add-local-2", NewLocal(union="ue", number="506", name="Again"))
    with pytest.raises(OtherUnion):
        await accounts.add_local(pool, unifor, "add-local-3", NewLocal(union="ue", number="507", name="Foreign"))
    views = await accounts.parties(pool, unifor)
    assert [(view.union.code, [each.number for each in view.locals]) for view in views] == [("ue", ["506"]), ("unifor", [])]
    assert [row.account.path for row in views[1].accounts] == ["Assets:Bank:Unifor-trust-CAD"]
    assert (await accounts.close_local(pool, ue, "close-local-1", "ue", local.number)).closed_on == date(2026, 11, 23)
