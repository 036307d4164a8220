"""Pay invoices against what a request set aside, take a payment back, and give back what is left: on the last invoice, on closing, on expiry.

Who approved or asked never pays; what was approved is tested again by the rules and the rate of the day (domain.md 6).
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain import allocations as rules
from ledger.domain import approvals
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.allocation_entries import Chart, PaymentChart, draft_paid, draft_released
from ledger.domain.allocations import Allocation, Commitment, Pay, Payment
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft, Entry, Exchange, reversal
from ledger.domain.money import by_currency
from ledger.domain.payees import PayeeAccount
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    ApprovalsMissing,
    ApproverNotPayer,
    ChoiceInvalid,
    DateBeforeEntry,
    InvoiceDuplicate,
    NotFound,
    PayeeDetailsMissing,
    Refusal,
    RequestState,
)
from ledger.domain.transfers import check_union
from ledger.services.allocation_cases import Case, approver, check_nation, load_case, missing_for
from ledger.services.allocation_decisions import encumbrance_chart
from ledger.services.allocation_notices import tell
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.setup import SYSTEM_PERSON_ID
from ledger.storage import allocation_payments as store
from ledger.storage import allocations as requests_store
from ledger.storage import entries, reference
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection
from ledger.storage.payees import confirmed_account
from ledger.storage.rates import rate_on

PAY, RELEASE = "pay_allocation", "release_commitment"
EXPIRES = Actor(SYSTEM_PERSON_ID, "Scheduled jobs", None, frozenset({"deputy"}), "job", frozenset({RELEASE}))


class Prepared(msgspec.Struct, frozen=True):
    """A payment decided and not recorded."""

    case: Case
    line: Commitment
    draft: Draft
    relieved_minor: int
    given_minor: int
    exchange: Exchange | None
    payee: str
    account: PayeeAccount


# --- paying -------------------------------------------------------------------------------------------------------------


async def pay(pool: Pool, actor: Actor, key: str, number: str, request: Pay) -> Payment:
    """Pay an invoice from a bank account that the actor's own union keeps; the line is relieved by it."""

    async def work(w: Work) -> Done:
        case = await load_case(w.connection, number, w.today, lock=True)
        prepared = await _prepared(w.connection, w.actor, case, request, w.today)
        (posted,) = await w.post(prepared.draft)
        made = await store.add_payment(
            w.connection, _record(prepared, request, posted.number, w.actor), prepared.account.id, rules.invoice_key(request.invoice), w.now
        )
        kept = await store.payment(w.connection, made.allocation, made.ordinal)
        assert kept is not None, "a payment just recorded is there"
        await _relieve(w, prepared, kept)
        return Done(kept, subject=kept.allocation, details={"entry": posted.number, "line": request.line, "duplicate": request.despite_duplicate})

    try:
        answer = await perform(pool, actor, PAY, key, {"request": number, "pay": request}, work, permission=PAY)
    except ApprovalsMissing:
        await ask_for_approvals(pool, actor, f"ask-{ordered_id()}", number)
        raise
    return msgspec.convert(answer, Payment, strict=False)


async def ask_for_approvals(pool: Pool, actor: Actor, key: str, number: str) -> list[str]:
    """Tell those who could give them that approvals are wanting before a request can be paid, once for each lack; what is wanting."""

    async def work(w: Work) -> Done:
        case = await load_case(w.connection, number, w.today, lock=True)
        rules.check_step(case.allocation, "pay")
        wanting = approvals.described(case.missing)
        if wanting:
            await tell(w, case, "request_needs_approval", once=f"{case.allocation.revision} {' '.join(wanting)}")
        return Done({"missing": wanting}, subject=case.allocation.number, details={"missing": wanting})

    answer = await perform(pool, actor, "ask_for_approvals", key, {"request": number}, work, permission=PAY)
    return list(answer["missing"])


async def preview_payment(pool: Pool, actor: Actor, number: str, request: Pay) -> Preview:
    """What paying would post, or the refusal it would get; nothing is kept."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        case = await load_case(connection, number, pool.today())
        prepared = await _prepared(connection, actor, case, request, pool.today())
        return await previewed(connection, actor, [prepared.draft], pool.today())


async def _prepared(connection: Connection, actor: Actor, case: Case, request: Pay, today: date) -> Prepared:
    rules.check_step(case.allocation, "pay")
    _check_in_time(case.allocation, today)
    await _check_after_approval(connection, case.allocation.number, request.paid_on, today)
    await _check_payer(connection, actor, case)
    if case.missing:
        raise ApprovalsMissing(request=case.allocation.number, missing=approvals.described(case.missing))
    bank = await reference.account_by_id(connection, request.account)
    check_union(actor.union, bank)
    line = await _line(connection, case, request.line)
    asked = next(each for each in case.revision.lines if each.ordinal == request.line)
    payee = asked.payee or request.payee
    if not payee:
        raise PayeeDetailsMissing(payee="", currency=line.currency)
    if asked.payee is None:
        await _check_split(connection, case, request.line, payee)
    account = await confirmed_account(connection, payee, line.currency)
    chart, paid_from = await _charts(connection, case, line.currency, bank)
    draft, relieved, given, exchange = draft_paid(
        case.allocation.number, request, asked.what, line, chart, paid_from, await rate_on(connection, "USD", "CAD", request.paid_on), today
    )
    await _check_duplicate(connection, payee, request, line.currency)
    return Prepared(case, line, draft, relieved, given, exchange, payee, account)


async def _check_split(connection: Connection, case: Case, line: int, payee: str) -> None:
    """A payee named only now counts as one that was named when it was asked, with all that went to them shortly before or after."""
    days, day = case.rules.matrix.split_days, case.allocation.submitted_on
    assert day is not None, "what is paid was submitted"
    name = case.allocation.number
    earlier = await requests_store.asked_lately(connection, case.campaign.number, [payee], day + timedelta(days=days), 2 * days, name)
    missing = missing_for(case, line, payee, earlier)
    if missing:
        raise ApprovalsMissing(request=name, missing=approvals.described(missing), payee=payee, days=days, reason="split")


def _check_in_time(allocation: Allocation, today: date) -> None:
    """Refuse what was not drawn in time, though the job that gives it back has not come to it yet."""
    if allocation.expires_on is not None and allocation.expires_on < today:
        raise RequestState(request=allocation.number, state="expired")


async def _check_after_approval(connection: Connection, number: str, paid_on: date, today: date) -> None:
    """Refuse a day before the money was set aside: nothing is spent first and approved later."""
    events = await requests_store.events(connection, number)
    entry = next(event.entry for event in events if event.what == "committed")
    assert entry is not None, "money is set aside by an entry"
    check_past_day("paid_on", paid_on, today, (await entries.entry(connection, entry)).draft.entry_date)


async def _check_payer(connection: Connection, actor: Actor, case: Case) -> None:
    """Refuse whoever approved, as an officer or by a vote in a board, and whoever asked."""
    name = case.allocation.number
    approved = {decision.person_id for decision in case.decisions if decision.decision == "approved"}
    voted = {vote.person_id for vote in (await requests_store.votes(connection, [name])).get(name, []) if vote.vote == "for"}
    if actor.person_id in approved | voted:
        raise ApproverNotPayer(request=name, role="approver")
    if actor.person_id in {case.campaign.lead_id, *case.matter.requested_by}:
        raise ApproverNotPayer(request=name, role="requester")


async def _line(connection: Connection, case: Case, ordinal: int) -> Commitment:
    found = (await store.commitments(connection, [case.allocation.number])).get(case.allocation.number, [])
    line = next((each for each in found if each.ordinal == ordinal and not each.final), None)
    if line is None:
        raise ChoiceInvalid(field="line", value=str(ordinal)[:40])
    return line


async def _charts(connection: Connection, case: Case, currency: str, bank: Account) -> tuple[Chart, PaymentChart]:
    if bank.role != "bank" or bank.book != JOINT:
        raise ChoiceInvalid(field="account", value=bank.label)
    path = rules.STRIKE_EXPENSE if case.revision.kind == "strike_support" else rules.EXPENSES[case.campaign.initiative]
    trading = {}
    if bank.currency != currency:
        trading = {code: await reference.account_for(connection, JOINT, "fx_trading", code) for code in (bank.currency, currency)}
    paid_from = PaymentChart(
        bank=bank, expense=await reference.account(connection, JOINT, path, currency),
        fees=await reference.account_for(connection, JOINT, "bank_fees", bank.currency), trading=trading,
    )  # fmt: skip
    return await encumbrance_chart(connection, case, [currency]), paid_from


async def _check_duplicate(connection: Connection, payee: str, request: Pay, currency: str) -> None:
    if request.despite_duplicate:
        return
    found = await store.likely_duplicate(
        connection, payee, rules.invoice_key(request.invoice), request.amount_minor, currency, request.invoiced_on
    )
    if found is not None:
        raise InvoiceDuplicate(payee=found.payee_name, invoice=found.invoice, request=found.allocation, paid_on=found.paid_on.isoformat())


def _record(prepared: Prepared, request: Pay, entry: int, actor: Actor) -> Payment:
    return Payment(
        allocation=prepared.case.allocation.number, ordinal=0, line=request.line, payee=prepared.payee, payee_name="", account_id=request.account,
        bank_currency="", paid_on=request.paid_on, invoice=request.invoice.strip(), invoiced_on=request.invoiced_on,
        amount_minor=request.amount_minor, currency=prepared.line.currency, relieved_minor=prepared.relieved_minor, final=request.final,
        bank_minor=prepared.given_minor, fee_minor=request.fee_minor, exchange=prepared.exchange, reference=request.reference.strip(),
        entry_number=entry, state="paid", recorded_by=actor.person_id,
    )  # fmt: skip


async def _relieve(w: Work, prepared: Prepared, paid: Payment) -> None:
    line, case = prepared.line, prepared.case
    changed = msgspec.structs.replace(
        line, relieved_minor=line.relieved_minor + paid.relieved_minor, paid_minor=line.paid_minor + paid.amount_minor, final=paid.final
    )
    await store.save_commitment(w.connection, paid.allocation, changed)
    ordinal = await requests_store.add_event(w.connection, paid.allocation, w.actor.person_id, "paid", paid.invoice, w.now, paid.entry_number)
    await tell(w, case, "request_paid", once=str(ordinal), payee=paid.payee_name, amounts={paid.currency: paid.amount_minor})
    await _settle(w, case)


async def _settle(w: Work, case: Case) -> None:
    """Put the request into the state that its lines say."""
    found = (await store.commitments(w.connection, [case.allocation.number]))[case.allocation.number]
    state = rules.state_in_payment(found)
    if state != case.allocation.state:
        await requests_store.save(w.connection, case.allocation.number, state=state, state_since=w.now)
    if state == "completed":
        ordinal = await requests_store.add_event(w.connection, case.allocation.number, w.actor.person_id, "completed", "", w.now)
        await tell(w, case, "request_completed", once=str(ordinal))


# --- taking back --------------------------------------------------------------------------------------------------------


async def reverse_payment(pool: Pool, actor: Actor, key: str, number: str, ordinal: int, reversed_on: date, reason: str) -> Allocation:
    """Take a payment back that was not made or came back: what it relieved is set aside again."""

    async def work(w: Work) -> Done:
        case = await load_case(w.connection, number, w.today, lock=True)
        payment = await _standing(w.connection, w.actor, case.allocation, ordinal)
        entry = await entries.entry(w.connection, payment.entry_number)
        (posted,) = await w.post(_undone(entry, reversed_on, plain("reason", reason, rules.REASON_MAXIMUM, needed=True)))
        await store.set_reversed(w.connection, payment.allocation, ordinal)
        await _restore(w, case, payment)
        await requests_store.add_event(w.connection, payment.allocation, w.actor.person_id, "payment_reversed", reason, w.now, posted.number)
        await _settle(w, case)
        return Done(await requests_store.find(w.connection, payment.allocation), subject=payment.allocation, details={"entry": posted.number})

    request = {"request": number, "payment": ordinal, "on": reversed_on, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "reverse_payment", key, request, work, permission=PAY), Allocation)


async def preview_reversal(pool: Pool, actor: Actor, number: str, ordinal: int, reversed_on: date) -> Preview:
    """What taking a payment back would post, or the refusal it would get."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        payment = await _standing(connection, actor, (await load_case(connection, number, pool.today())).allocation, ordinal)
        undone = _undone(await entries.entry(connection, payment.entry_number), reversed_on, payment.invoice)
        return await previewed(connection, actor, [undone], pool.today())


async def _standing(connection: Connection, actor: Actor, allocation: Allocation, ordinal: int) -> Payment:
    """A payment that can be taken back, from an account of the actor's own union."""
    if allocation.state == "suspended":
        raise RequestState(request=allocation.number, state=allocation.state)
    payment = await store.payment(connection, allocation.number, ordinal)
    if payment is None or payment.state != "paid":
        raise NotFound(kind="payment", id=f"{allocation.number}/{ordinal}")
    check_union(actor.union, await reference.account_by_id(connection, payment.account_id))
    return payment


def _undone(entry: Entry, day: date, reason: str) -> Draft:
    if day < entry.draft.entry_date:
        raise DateBeforeEntry(entry=entry.number, entry_on=entry.draft.entry_date.isoformat(), date=day.isoformat())
    return reversal(entry, day, reason)


async def _restore(w: Work, case: Case, payment: Payment) -> None:
    found = (await store.commitments(w.connection, [payment.allocation]))[payment.allocation]
    line = next(each for each in found if each.ordinal == payment.line)
    # What is set aside again can be paid again, though the line had its last invoice since, or the request was closed.
    changed = msgspec.structs.replace(
        line, relieved_minor=line.relieved_minor - payment.relieved_minor, paid_minor=line.paid_minor - payment.amount_minor, final=False
    )
    await store.save_commitment(w.connection, payment.allocation, changed)


# --- giving back --------------------------------------------------------------------------------------------------------


async def close(pool: Pool, actor: Actor, key: str, number: str, reason: str = "") -> Allocation:
    """Close a request: nothing more comes for it, and what is still set aside returns to the fund."""

    async def work(w: Work) -> Done:
        case = await load_case(w.connection, number, w.today, lock=True)
        check_nation(case, await approver(w.connection, case.rules, w.actor))
        return await _given_back(w, case, "close", "closed", plain("reason", reason, rules.REASON_MAXIMUM))

    request = {"request": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "close_request", key, request, work, permission=RELEASE), Allocation)


async def preview_closing(pool: Pool, actor: Actor, number: str) -> tuple[Case, list[Commitment], Preview | None]:
    """The request, what of its lines would return to the fund by closing it, and what that would post (None where nothing returns)."""
    authorize(actor, RELEASE)
    async with pool.database.reading() as connection:
        case = await load_case(connection, number, pool.today())
        check_nation(case, await approver(connection, case.rules, actor))
        rules.check_step(case.allocation, "close")
        left = await _left(connection, case)
        if not left:
            return case, left, None
        draft = await _released(connection, case, left, case.revision.purpose, pool.today())
        return case, left, await previewed(connection, actor, [draft], pool.today())


async def expire(pool: Pool) -> int:
    """Give back what was not drawn in time, for every request that is due; how many. Run twice, it does nothing the second time."""
    async with pool.database.reading() as connection:
        due = await store.due_to_expire(connection, pool.today())
    done = 0
    for number in due:
        try:
            await _expire_one(pool, number)
            done += 1
        except Refusal:
            continue  # it moved on meanwhile; the refusal is in the audit trail
    return done


async def _expire_one(pool: Pool, number: str) -> None:
    async def work(w: Work) -> Done:
        case = await load_case(w.connection, number, w.today, lock=True)
        if case.allocation.expires_on is None or case.allocation.expires_on >= w.today:
            raise RequestState(request=number, state=case.allocation.state)
        return await _given_back(w, case, "expire", "expired", "")

    key = f"expire-{number}-{pool.clock().timestamp():.0f}"
    await perform(pool, EXPIRES, "expire_request", key, {"request": number}, work, permission=RELEASE)


async def _given_back(w: Work, case: Case, step: str, state: rules.State, reason: str) -> Done:
    rules.check_step(case.allocation, step)
    name = case.allocation.number
    left = await _left(w.connection, case)
    entry = await _release(w, case, left, reason or case.revision.purpose) if left else None
    await requests_store.save(w.connection, name, state=state, state_since=w.now)
    ordinal = await requests_store.add_event(w.connection, name, w.actor.person_id, state, reason, w.now, entry)
    await tell(w, case, "request_expired" if state == "expired" else "request_completed", once=f"{state}-{ordinal}")
    returned = by_currency((each.currency, each.left_minor) for each in left)
    return Done(await requests_store.find(w.connection, name), subject=name, details={"entry": entry, "returned": returned})


async def _left(connection: Connection, case: Case) -> list[Commitment]:
    name = case.allocation.number
    return [each for each in (await store.commitments(connection, [name])).get(name, []) if each.left_minor]


async def _released(connection: Connection, case: Case, left: Sequence[Commitment], text: str, day: date) -> Draft:
    chart = await encumbrance_chart(connection, case, sorted({each.currency for each in left}))
    return draft_released(case.allocation.number, text, left, chart, day)


async def _release(w: Work, case: Case, left: Sequence[Commitment], text: str) -> int:
    (posted,) = await w.post(await _released(w.connection, case, left, text, w.today))
    for each in left:
        await store.save_commitment(
            w.connection, case.allocation.number, msgspec.structs.replace(each, relieved_minor=each.committed_minor, final=True)
        )
    return posted.number
