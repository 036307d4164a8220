"""Record contributions as the bank credits them, take one back, and read them by filter; the custodian's own treasurer does it."""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain import contributions as rules
from ledger.domain.account_rules import Local
from ledger.domain.accounts import Account, Fund, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.contributions import Contribution, Places, RecordContribution
from ledger.domain.entries import Draft, reversal
from ledger.domain.journal import check_reversal
from ledger.domain.pledges import Pledge, Schedule, check_open, plain, schedule
from ledger.domain.refusals import AccountUnknown, NotFound, OtherUnion, WrongCurrency
from ledger.services.operation import Done, Work, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import accounts as account_store
from ledger.storage import contributions as store
from ledger.storage import entries, reference
from ledger.storage import pledges as pledge_store
from ledger.storage.contributions import ContributionFilter, CurrencyTotal
from ledger.storage.database import Connection

PAGE_CONTRIBUTIONS = 50
REASON_MAXIMUM = 500
_NUMBER = re.compile(r"\A[BCP]-[0-9]{4,12}\Z", re.ASCII)


class Prepared(msgspec.Struct, frozen=True):
    """A contribution decided, before it is posted: its draft and the things it names."""

    draft: Draft
    fund: Fund
    bank: Account
    local: Local | None
    pledge: Pledge | None
    outstanding_minor: int


class Listed(msgspec.Struct, frozen=True):
    """A page of contributions; ``next`` is the place to go on below; totals are of everything that fits, a currency at a time."""

    items: list[Contribution]
    next: tuple[date, int] | None
    totals: list[CurrencyTotal]


class Choices(msgspec.Struct, frozen=True):
    """What a form for a contribution or pledge chooses from; ``banks`` are the joint accounts the actor's own union keeps."""

    unions: list[Union]
    locals: list[Local]
    funds: list[Fund]
    banks: list[Account]
    pledges: list[tuple[Pledge, Schedule]]


# --- recording ----------------------------------------------------------------------------------------------------------


async def record_contribution(pool: Pool, actor: Actor, key: str, request: RecordContribution) -> Contribution:
    """Record money that a joint bank account received; only the people of the union that keeps the account can."""

    async def work(w: Work) -> Done:
        kept = await record(w, request)
        return Done(kept, subject=kept.number, details={"entry": kept.entry_number, "union": request.union, "fund": request.fund})

    answer = await perform(pool, actor, "record_contribution", key, request, work, permission="record_contribution")
    return msgspec.convert(answer, Contribution)


async def record(w: Work, request: RecordContribution) -> Contribution:
    """The same within a transaction of the caller's."""
    number = await w.next_number("C")
    prepared = await _prepared(w.connection, w.actor, request, number, w.today, lock=True)
    (posted,) = await w.post(prepared.draft)
    local_id = None if prepared.local is None else prepared.local.id
    await store.add(w.connection, _record(request, number, prepared, posted.number), local_id, w.actor.person_id, w.now)
    if prepared.pledge is not None and prepared.outstanding_minor == request.amount_minor:
        await pledge_store.set_state(w.connection, prepared.pledge.number, "fulfilled")
    return await store.contribution(w.connection, number)


async def preview_contribution(pool: Pool, actor: Actor, request: RecordContribution) -> Preview:
    """What recording this would post, or the refusal it would get; nothing is kept."""
    authorize(actor, "record_contribution")
    async with pool.database.reading() as connection:
        prepared = await _prepared(connection, actor, request, "", pool.today())
        return await previewed(connection, actor, [prepared.draft], pool.today())


async def _prepared(
    connection: Connection, actor: Actor, request: RecordContribution, number: str, today: date, lock: bool = False
) -> Prepared:
    bank = await bank_account(connection, request.account, request.currency)
    authorize(actor, "record_contribution", bank.custodian)
    union, fund = await reference.union(connection, request.union), await reference.fund(connection, request.fund)
    rules.check_request(request, fund, await store.blocked_instruments(connection), today)
    local = rules.local_of(request, await account_store.locals_(connection))
    pledge, outstanding, receivable = await _pledged(connection, request, lock)
    places = await _places(connection, actor, request, bank, on_pledge=receivable > 0)
    draft = rules.draft_received(request, number, union, fund, places, receivable)
    return Prepared(draft, fund, bank, local, pledge, outstanding)


async def bank_account(connection: Connection, label: str, currency: str) -> Account:
    """The joint bank account that ``joint/Assets:Bank:…`` names, in the currency of the amount."""
    book, _, path = plain("account", label, 200).partition("/")
    found = [account for account in await reference.accounts(connection, book) if account.path == path]
    if not found:
        raise AccountUnknown(account=label[:200])
    account = next((each for each in found if each.currency == currency), None)
    if account is None:
        raise WrongCurrency(account=label[:200], currency=found[0].currency)
    rules.check_bank(account)
    return account


async def _pledged(connection: Connection, request: RecordContribution, lock: bool) -> tuple[Pledge | None, int, int]:
    """The pledge the money comes on, what is outstanding of it, and what the ledger carries of it as receivable."""
    if request.pledge is None:
        return None, 0, 0
    pledge = await pledge_store.pledge(connection, numbered("pledge", request.pledge), lock)
    came = (await pledge_store.receipts(connection, [pledge.number]))[pledge.number]
    outstanding = schedule(pledge, came, date.max).outstanding_minor
    rules.check_pledge(pledge, request, outstanding)
    return pledge, outstanding, await pledge_store.receivable_minor(connection, pledge.number)


async def _places(connection: Connection, actor: Actor, request: RecordContribution, bank: Account, on_pledge: bool) -> Places:
    union, currency = request.union, request.currency
    if request.mirror and union != actor.union:
        raise OtherUnion(union=union, account="")
    return Places(
        bank=bank,
        income=await reference.account_for(connection, JOINT, "contributions", currency, union),
        receivable=await reference.account_for(connection, JOINT, "pledges", currency, union) if on_pledge else None,
        own_bank=await reference.account_for(connection, union, "own_bank", currency) if request.mirror else None,
        own_contributions=await reference.account_for(connection, union, "own_contributions", currency) if request.mirror else None,
    )


def _record(request: RecordContribution, number: str, prepared: Prepared, entry_number: int) -> Contribution:
    return Contribution(
        number=number, union=request.union, local=request.local or None, fund=prepared.fund.code, fund_id=prepared.fund.id,
        account=request.account, account_id=prepared.bank.id, custodian=prepared.bank.custodian, currency=request.currency,
        amount_minor=request.amount_minor, received_on=request.received_on, instrument=request.instrument,
        reference=prepared.draft.reference, remark=plain("remark", request.remark, rules.REMARK_MAXIMUM),
        restriction_text=plain("restriction_text", request.restriction_text, rules.REMARK_MAXIMUM),
        pledge=None if prepared.pledge is None else prepared.pledge.number, entry_number=entry_number, state="received",
    )  # fmt: skip


# --- taking back --------------------------------------------------------------------------------------------------------


async def reverse_contribution(pool: Pool, actor: Actor, key: str, number: str, entry_date: date | None, reason: str) -> Contribution:
    """Take a contribution back by reversing its entry; its pledge is open again. Without a date, on the first open day from today."""

    async def work(w: Work) -> Done:
        kept = await store.contribution(w.connection, numbered("contribution", number), lock=True)
        draft = await _reversal(w, kept, entry_date, reason)
        await on_reversed(w, kept.entry_number)
        (posted,) = await w.post(draft)
        return Done(await store.contribution(w.connection, kept.number), subject=kept.number, details={"reversal": posted.number})

    request = {"contribution": number, "entry_date": entry_date, "reason": reason}
    answer = await perform(pool, actor, "reverse_contribution", key, request, work, permission="reverse_entry")
    return msgspec.convert(answer, Contribution)


async def preview_reversal(pool: Pool, actor: Actor, number: str, entry_date: date | None, reason: str) -> Preview:
    """What taking it back would post, or the refusal it would get; nothing is kept."""
    authorize(actor, "reverse_entry")
    async with pool.database.reading() as connection:
        kept = await store.contribution(connection, numbered("contribution", number))
        draft = await _reversal(Work(connection, actor, pool.clock(), pool.today()), kept, entry_date, reason)
        return await previewed(connection, actor, [draft], pool.today())


async def _reversal(w: Work, kept: Contribution, entry_date: date | None, reason: str) -> Draft:
    entry = await entries.entry(w.connection, kept.entry_number)
    authorize(w.actor, "reverse_entry", entry.actor_union)
    day = entry_date or await open_day(w, entry.draft, w.today)
    check_reversal(entry, day)
    return reversal(entry, day, plain("reason", reason, REASON_MAXIMUM, needed=True))


async def on_reversed(w: Work, entry_number: int) -> None:
    """A contribution's entry is being reversed: mark it, and open its pledge again. A cancelled pledge must be reopened first."""
    kept = await store.by_entry(w.connection, entry_number)
    if kept is None:
        return
    if kept.pledge is not None:
        pledge = await pledge_store.pledge(w.connection, kept.pledge, lock=True)
        if pledge.state == "cancelled":
            check_open(pledge)
        await pledge_store.set_state(w.connection, pledge.number, "open")
    await store.set_reversed(w.connection, kept.number)


# --- reading ------------------------------------------------------------------------------------------------------------


async def list_contributions(
    pool: Pool, actor: Actor, narrowed: ContributionFilter, after: tuple[date, int] | None = None, limit: int = PAGE_CONTRIBUTIONS
) -> Listed:
    """A page of contributions, the newest bank date first."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        rows = await store.newest(connection, narrowed, after, limit + 1)
        totals = await store.totals(connection, narrowed)
    more = len(rows) > limit
    rows = rows[:limit]
    return Listed(rows, (rows[-1].received_on, rows[-1].entry_number) if more else None, totals)


async def show_contribution(pool: Pool, actor: Actor, number: str) -> Contribution:
    """One contribution by its number."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        return await store.contribution(connection, numbered("contribution", number))


async def choices(pool: Pool, actor: Actor) -> Choices:
    """Unions with their open locals, open funds, the actor's own bank accounts, and pledges whose money those accounts can take."""
    authorize(actor, "read_books")
    today = pool.today()
    async with pool.database.reading() as connection:
        unions, funds = await reference.unions(connection), await reference.funds(connection)
        locals_ = [local for local in await account_store.locals_(connection) if local.closed_on is None]
        banks = await reference.accounts(connection, JOINT, "bank")
        pledges = await pledge_store.pledges(connection, pledge_store.PledgeFilter(state="open"))
        receipts = await pledge_store.receipts(connection, [pledge.number for pledge in pledges])
    own = _own(banks, actor.union)
    payable = [pledge for pledge in pledges if pledge.currency in {bank.currency for bank in own}]
    return Choices(
        unions, locals_, [fund for fund in funds if fund.confirmed and fund.closed_on is None],
        own, [(pledge, schedule(pledge, receipts[pledge.number], today)) for pledge in payable],
    )  # fmt: skip


def _own(banks: Sequence[Account], union: str | None) -> list[Account]:
    return [account for account in banks if account.custodian == union and account.closed_on is None]


def numbered(kind: str, number: str) -> str:
    """A number as people write it in an address, ``c-0007`` too; refuses what can be none."""
    written = number.strip().upper()
    if not _NUMBER.match(written):
        raise NotFound(kind=kind, id="".join(c for c in number if c.isprintable())[:40])
    return written
