"""Read what waits to be paid and what was paid, each as one reader may see and do it; paying itself is ``allocation_payments``'."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.domain import payables as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.allocations import Commitment, Line, Payment
from ledger.domain.approvals import Requirement
from ledger.domain.chart import JOINT
from ledger.domain.exchange import Rate
from ledger.domain.home import Waiting
from ledger.domain.payables import NEEDED_SOON_DAYS, Bar, Payable
from ledger.domain.payees import PayeeAccount, name_key, sight
from ledger.domain.refusals import NotFound, PayeeDetailsMissing
from ledger.services.allocation_cases import Case, load_case, load_cases, load_rules
from ledger.services.pool import ZONE, Pool
from ledger.storage import allocation_payments as payments_store
from ledger.storage import allocations as requests_store
from ledger.storage import payables as store
from ledger.storage import payees as payees_store
from ledger.storage import reference
from ledger.storage.allocation_payments import Paid, PaidFilter
from ledger.storage.database import Connection
from ledger.storage.payables import Order, PayableFilter
from ledger.storage.rates import names_of, rate_on

PAGE_PAYABLES, PAGE_PAID = store.PAGE, payments_store.PAGE
READ, PAY = "read_books", "pay_allocation"


class Due(msgspec.Struct, frozen=True):
    """A line that can be paid, what keeps the reader from paying it, and the approvals that are wanting by today's rules and rate."""

    payable: Payable
    bar: Bar
    missing: list[Requirement]


class Listed(msgspec.Struct, frozen=True):
    """A page of lines; ``next`` is the place to go on from."""

    items: list[Due]
    next: tuple[Any, str, int] | None


class ListedPaid(msgspec.Struct, frozen=True):
    """A page of payments, the latest first."""

    items: list[Paid]
    next: tuple[date, str, int] | None


class PayView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a treasurer needs to pay one line. ``held`` is what the fund has in each of the own union's ``banks``, by account id;
    ``account`` are the payee's confirmed details, ``payees`` (number, name) those a line without a payee can be paid to.
    """

    case: Case
    due: Due
    line: Commitment
    account: PayeeAccount | None
    payees: list[tuple[str, str]]
    banks: list[Account]
    held: dict[int, int]
    rate: Rate | None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """One payment. ``account`` is where it went, without its numbers for who may not see them, None for who may not see any of it;
    ``payer`` is (name, union) of who recorded it.
    """

    case: Case
    line: Line
    payment: Payment
    bank: Account
    account: PayeeAccount | None
    payer: tuple[str, str | None]


# --- what can be paid ---------------------------------------------------------------------------------------------------


async def list_payables(
    pool: Pool, actor: Actor, narrowed: PayableFilter, order: Order, after: tuple[Any, str, int] | None = None, limit: int = PAGE_PAYABLES
) -> Listed:
    """A page of lines that can be paid."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.page(connection, narrowed, order, after, limit + 1)
        due = await _due(connection, actor, found[:limit], pool.today())
    return Listed(due, _place(found[limit - 1], order) if len(found) > limit else None)


def _place(last: Payable, order: Order) -> tuple[Any, str, int]:
    return (last.needed_by if order.by == "needed" else name_key(last.payee_name)), last.allocation, last.line


async def _due(connection: Connection, actor: Actor, found: Sequence[Payable], today: date) -> list[Due]:
    if not found:
        return []
    requests = await requests_store.many(connection, list(dict.fromkeys(each.allocation for each in found)))
    cases = await load_cases(connection, requests, await load_rules(connection, today))
    missing = {case.allocation.number: case.missing for case in cases}
    return [Due(each, rules.bar(actor, each, not missing[each.allocation]), missing[each.allocation]) for each in found]


async def pay_view(pool: Pool, actor: Actor, number: str, line: int, payee: str = "") -> PayView:
    """One line with all that paying it needs; ``payee`` is the one chosen for a line that names none."""
    authorize(actor, PAY)
    authorize(actor, "read_payee_accounts")
    async with pool.database.reading() as connection:
        case = await load_case(connection, number, pool.today())
        payable = await store.one(connection, case.allocation.number, line)
        if payable is None:
            raise NotFound(kind="payable", id=f"{case.allocation.number}/{line}")
        (due,) = await _due(connection, actor, [payable], pool.today())
        own = await reference.accounts(connection, JOINT, "bank")
        banks = [each for each in own if each.custodian == actor.union and each.closed_on is None]
        lines = (await payments_store.commitments(connection, [case.allocation.number]))[case.allocation.number]
        return PayView(
            case=case, due=due, line=next(each for each in lines if each.ordinal == line),
            account=await _details(connection, payable.payee or payee, payable.currency),
            payees=[] if payable.payee else await payees_store.payable_in(connection, payable.currency),
            banks=banks, held=await store.held_in(connection, payable.fund_id, [each.id for each in banks]),
            rate=await rate_on(connection, "USD", "CAD", pool.today()),
        )  # fmt: skip


async def _details(connection: Connection, payee: str, currency: str) -> PayeeAccount | None:
    try:
        return await payees_store.confirmed_account(connection, payee, currency) if payee else None
    except PayeeDetailsMissing:
        return None


# --- what was paid ------------------------------------------------------------------------------------------------------


async def list_paid(
    pool: Pool, actor: Actor, narrowed: PaidFilter, after: tuple[date, str, int] | None = None, limit: int = PAGE_PAID
) -> ListedPaid:
    """A page of payments, reversed ones too."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await payments_store.page(connection, narrowed, after, limit + 1)
    last = found[limit - 1].payment if len(found) > limit else None
    return ListedPaid(found[:limit], (last.paid_on, last.allocation, last.ordinal) if last else None)


async def show_payment(pool: Pool, actor: Actor, number: str, ordinal: int) -> PaymentView:
    """One payment, with as much of where it went as the reader may see."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case = await load_case(connection, number, pool.today())
        payment = await payments_store.payment(connection, case.allocation.number, ordinal)
        if payment is None:
            raise NotFound(kind="payment", id=f"{case.allocation.number}/{ordinal}")
        account = await payees_store.account(connection, await payments_store.paid_to(connection, payment.allocation, ordinal))
        names = await names_of(connection, [payment.recorded_by])
        return PaymentView(
            case=case, line=next(each for each in case.revision.lines if each.ordinal == payment.line), payment=payment,
            bank=await reference.account_by_id(connection, payment.account_id), account=_seen(actor, account),
            payer=names[payment.recorded_by],
        )  # fmt: skip


def _seen(actor: Actor, account: PayeeAccount) -> PayeeAccount | None:
    seen = sight(actor)
    if seen == "whether":
        return None
    return account if seen == "numbers" else msgspec.structs.replace(account, details={})


# --- for the first page -------------------------------------------------------------------------------------------------


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """Requests with something to pay that is needed within a week, or was: for treasurers who hold the money and did not ask or approve."""
    if not actor.can(PAY):
        return []
    found = await store.needed(connection, today + timedelta(days=NEEDED_SOON_DAYS))
    places = await store.places(connection, sorted({each.fund_id for each in found}))
    own = [each for each in found if actor.person_id not in (each.requested_by, each.lead_id, *each.approvers)]
    return [
        _row(lines, today)
        for lines in by_request([each for each in own if actor.union in rules.payers(each.currency, places.get(each.fund_id, []))])
    ]


def by_request(found: Sequence[Payable]) -> list[list[Payable]]:
    """Lines request by request, in the order of each request's first."""
    groups: dict[str, list[Payable]] = {}
    for each in found:
        groups.setdefault(each.allocation, []).append(each)
    return list(groups.values())


def _row(lines: list[Payable], today: date) -> Waiting:
    first, left = lines[0], rules.left_by_currency(lines)
    only = next(iter(left.items())) if len(left) == 1 else None
    begun = max(first.needed_by - timedelta(days=NEEDED_SOON_DAYS), first.state_since.astimezone(ZONE).date())
    return Waiting(
        kind="pay_request", subject=first.allocation, union=first.union, since=min(begun, today),
        url=f"/payables/{first.number}" if len(lines) == 1 else f"/payables?q={first.allocation}",
        amount_minor=only[1] if only else None, currency=only[0] if only else None,
        facts={"campaign": first.campaign_name, "needed_on": first.needed_by.isoformat()},
    )  # fmt: skip
