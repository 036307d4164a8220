"""Propose and decide about a loan's terms, and propose what happens to it: a draw, a repayment, interest, a forgiveness that a board resolved."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain import loans as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.loans import Accrued, Loan, ProposeLoan, Resolution, Standing
from ledger.domain.mirrors import SETTLE, Step, StepKind, check_fund
from ledger.domain.money import check_size
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown, DateInvalid, FutureDate, MoreThanLeft
from ledger.services import agreements, mirrors
from ledger.services.between_queue import tell_loan, tell_step
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import loans as store
from ledger.storage import mirrors as step_store
from ledger.storage import reference

READ, RESOLVE = "read_books", "record_resolution"
PAGE_LOANS = 50


class LoanStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked to happen to a loan: ``account`` is the proposing union's bank account where money moves, ``resolution`` the place of the
    lender's board's resolution where it is forgiven.
    """

    kind: StepKind
    amount_minor: int
    entry_date: date
    description: str
    reference: str = ""
    account: int | None = None
    resolution: int | None = None


class LoanView(msgspec.Struct, frozen=True):
    """A loan, where it stands on a day, its steps in the order of their days, which entries stand for them, and what the lender's board resolved."""

    loan: Loan
    standing: Standing
    steps: list[Step]
    entries: dict[str, dict[str, int]]
    resolutions: list[Resolution]
    as_of: date


class Listed(msgspec.Struct, frozen=True):
    """A page of loans with where each stands today, the newest first."""

    items: list[tuple[Loan, Standing]]
    next: str | None


def written_loan(number: str) -> str:
    """A loan's number as it is kept; refuses what can be none."""
    return written_as(number, "L", "loan")


# --- terms ----------------------------------------------------------------------------------------------------------------


async def propose_loan(pool: Pool, actor: Actor, key: str, request: ProposeLoan) -> Loan:
    """Propose the terms of a loan to the other union; either of the two may."""

    async def work(w: Work) -> Done:
        unions = [each.code for each in await reference.unions(w.connection)]
        asked = rules.checked_terms(request, unions, w.actor.union)
        if asked.currency not in await reference.currencies(w.connection):
            raise CurrencyUnknown(currency=asked.currency[:10])
        if asked.agreement:
            held = await agreements.in_force(w.connection, asked.agreement, asked.starts_on)
            asked = msgspec.structs.replace(asked, agreement=held.number)
        lender, borrower = [await reference.fund(w.connection, code) for code in (asked.lender_fund, asked.borrower_fund)]
        nations = {each.nation for each in await reference.unions(w.connection) if each.code in (asked.lender, asked.borrower)}
        for fund in (lender, borrower):
            check_fund(fund, nations)
        number = await w.next_number("L")
        await store.add(w.connection, number, asked, lender.id, borrower.id, w.actor.person_id, w.actor.union or "", w.now)
        return await _done(w, number, "proposed")

    answer = await perform(pool, actor, "propose_loan", key, request, work, permission=SETTLE)
    return msgspec.convert(answer, Loan)


async def agree_to_loan(pool: Pool, actor: Actor, key: str, number: str) -> Loan:
    """Agree to the other union's terms; from then on the loan can be drawn."""
    return await _decide(pool, actor, key, number, "agreed", "")


async def decline_loan(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Loan:
    """Decline the other union's terms, with a reason."""
    return await _decide(pool, actor, key, number, "declined", reason)


async def withdraw_loan(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Loan:
    """Take back one's own union's terms, with a reason."""
    return await _decide(pool, actor, key, number, "withdrawn", reason)


async def _decide(pool: Pool, actor: Actor, key: str, number: str, state: str, reason: str) -> Loan:
    async def work(w: Work) -> Done:
        kept = await store.loan(w.connection, written_loan(number), lock=True)
        (rules.check_withdrawing if state == "withdrawn" else rules.check_deciding)(kept, w.actor.union)
        remark = plain("reason", reason, rules.REASON_MAXIMUM, needed=state != "agreed")
        await store.save(w.connection, kept.number, state=state, state_since=w.now, decided_by=w.actor.person_id, remark=remark)
        return await _done(w, kept.number, state)

    request = {"loan": number, "state": state, "reason": reason}
    return msgspec.convert(await perform(pool, actor, f"{state}_loan", key, request, work, permission=SETTLE), Loan)


async def _done(w: Work, number: str, step: str, **details: Any) -> Done:
    kept = await store.loan(w.connection, number)
    await tell_loan(w, kept)
    return Done(kept, number, {"step": step, "lender": kept.lender, "borrower": kept.borrower, "currency": kept.currency} | details)


# --- what happens to it ---------------------------------------------------------------------------------------------------


async def propose_step(pool: Pool, actor: Actor, key: str, number: str, request: LoanStep) -> Step:
    """Propose a draw, a repayment, interest, or a forgiveness that the lender's board resolved; the other union's treasurer accepts."""

    async def work(w: Work) -> Done:
        kept = await store.loan(w.connection, written_loan(number), lock=True)
        new = await _new_step(w, kept, request)
        resolved = await store.resolutions(w.connection, kept.number)
        rules.check_step(kept, await step_store.steps_of(w.connection, kept.number), new, resolved)
        rules.check_not_recorder(kept, new, resolved, w.actor.person_id)
        step = await mirrors.propose(w, new)
        await tell_step(w, step)
        return Done(step, kept.number, {"step": step.number, "kind": step.kind, "amount_minor": step.amount_minor, "currency": step.currency})

    whole = {"loan": number, "step": request}
    return msgspec.convert(await perform(pool, actor, "propose_loan_step", key, whole, work, permission=SETTLE), Step)


async def _new_step(w: Work, kept: Loan, request: LoanStep) -> Step:
    new = Step(
        number="", kind=request.kind, subject=kept.number, creditor=kept.lender, debtor=kept.borrower, currency=kept.currency,
        amount_minor=request.amount_minor, entry_date=request.entry_date, description=request.description, reference=request.reference,
        creditor_fund=kept.lender_fund_id, debtor_fund=kept.borrower_fund_id, agreement=kept.agreement, resolution=request.resolution,
    )  # fmt: skip
    if request.kind not in rules.STEP_KINDS:
        raise ChoiceInvalid(field="kind", value=str(request.kind)[:40])
    if request.kind == "loan_forgiveness":
        # Only who is owed can forgive.
        authorize(w.actor, SETTLE, kept.lender)
    if not new.moves_money or request.account is None:
        return new
    return msgspec.structs.replace(new, **{f"{new.side_of(w.actor.union)}_account": request.account})


async def check_accepting(w: Work, step: Step) -> None:
    """Whether the loan still allows a step that waited: others may have been accepted meanwhile."""
    kept = await store.loan(w.connection, step.subject, lock=True)
    others = [each for each in await step_store.steps_of(w.connection, kept.number) if each.number != step.number]
    resolved = await store.resolutions(w.connection, kept.number)
    freed = [
        msgspec.structs.replace(each, used_minor=each.used_minor - step.amount_minor) if each.ordinal == step.resolution else each for each in resolved
    ]
    rules.check_step(kept, others, step, freed)
    rules.check_not_recorder(kept, step, resolved, w.actor.person_id)


async def check_undoing(w: Work, undone: Step, entry_date: date) -> None:
    """A draw is undone only as far as nothing of it came back on any day since."""
    if undone.kind != "loan_drawdown":
        return
    kept = await store.loan(w.connection, undone.subject, lock=True)
    left = rules.lowest_outstanding(kept, await step_store.steps_of(w.connection, kept.number), entry_date)
    if undone.amount_minor > left:
        raise MoreThanLeft(subject=kept.number, left_minor=max(left, 0), currency=kept.currency)


async def on_accepted(w: Work, step: Step) -> None:
    """With the last repayment or forgiveness the loan is settled; a reversal opens it again."""
    kept = await store.loan(w.connection, step.subject, lock=True)
    state = "settled" if rules.is_settled(kept, await step_store.steps_of(w.connection, kept.number)) else "agreed"
    if state != kept.state:
        await store.save(w.connection, kept.number, state=state, state_since=w.now)


async def record_loan_resolution(
    pool: Pool, actor: Actor, key: str, number: str, body: str, resolution: str, decided_on: date, amount_minor: int, document: UUID | None = None
) -> Resolution:
    """Record that the lender's board resolved to forgive up to an amount; one of the lender's officers does, and a treasurer then proposes the step."""

    async def work(w: Work) -> Done:
        kept = await store.loan(w.connection, written_loan(number), lock=True)
        authorize(w.actor, RESOLVE, kept.lender)
        rules.check_standing(kept, "agreed")
        if check_size(amount_minor) <= 0:
            raise AmountNotPositive(field="amount")
        if decided_on > w.today:
            raise FutureDate(date=decided_on.isoformat(), today=w.today.isoformat())
        if decided_on < kept.starts_on:
            raise DateInvalid(field="decided_on", text=decided_on.isoformat())
        by, called = plain("body", body, rules.BODY_MAXIMUM, needed=True), plain("resolution", resolution, rules.RESOLUTION_MAXIMUM, needed=True)
        rules.check_new_resolution(kept, by, called, await store.resolutions(w.connection, kept.number))
        ordinal = await store.add_resolution(w.connection, kept.number, by, called, decided_on, amount_minor, document, w.actor.person_id, w.now)
        found = next(each for each in await store.resolutions(w.connection, kept.number) if each.ordinal == ordinal)
        return Done(found, kept.number, {"resolution": found.resolution, "amount_minor": amount_minor, "currency": kept.currency})

    request = {"loan": number, "body": body, "resolution": resolution, "decided_on": decided_on, "amount_minor": amount_minor, "document": document}
    return msgspec.convert(await perform(pool, actor, "record_loan_resolution", key, request, work, permission=RESOLVE), Resolution)


# --- reading --------------------------------------------------------------------------------------------------------------


async def show_loan(pool: Pool, actor: Actor, number: str, as_of: date | None = None) -> LoanView:
    """One loan, and where it stands on a day (today, where none is given)."""
    authorize(actor, READ)
    day = as_of or pool.today()
    async with pool.database.reading() as connection:
        kept = await store.loan(connection, written_loan(number))
        steps = await step_store.steps_of(connection, kept.number)
        entries = await step_store.entries_of(connection, [step.number for step in steps])
        resolved = await store.resolutions(connection, kept.number)
    return LoanView(kept, rules.standing(kept, steps, day), steps, entries, resolved, day)


async def list_loans(
    pool: Pool, actor: Actor, state: str | None = None, union: str | None = None, after: str | None = None, limit: int = PAGE_LOANS
) -> Listed:
    """A page of loans with where they stand today."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.loans(connection, state, union, after and written_loan(after), limit + 1)
        sums = await step_store.sums_of_all(connection, [each.number for each in found[:limit]], pool.today())
    items = [(each, rules.standing_by(each, sums[each.number], pool.today())) for each in found[:limit]]
    return Listed(items, found[limit - 1].number if len(found) > limit else None)


async def interest_due(pool: Pool, actor: Actor, number: str, starts_on: date, ends_on: date) -> tuple[list[Accrued], int]:
    """The interest of a stretch of days by the loan's terms, with its working."""
    authorize(actor, READ)
    if not starts_on <= ends_on <= LATEST_DATE:
        raise DateInvalid(field="ends_on", text=ends_on.isoformat())
    async with pool.database.reading() as connection:
        kept = await store.loan(connection, written_loan(number))
        steps = await step_store.steps_of(connection, kept.number)
    return rules.accrued(kept, steps, starts_on, ends_on)
