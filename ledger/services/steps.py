"""Accept, decline, withdraw, undo and settle steps between two unions, whatever record they belong to; read them, and whether the books mirror."""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec

from ledger.domain import mirrors as rules
from ledger.domain.accounts import Account, Fund, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.mirrors import SETTLE, Debt, Step
from ledger.domain.pledges import plain
from ledger.domain.refusals import DateInvalid, StepState
from ledger.services import charge_backs, equalisation, loans, mirrors, settlements
from ledger.services.mirrors import written_step
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import mirrors as store
from ledger.storage import reference
from ledger.storage.database import Connection
from ledger.storage.mirrors import StepFilter

READ = "read_books"
PAGE_STEPS = 50
# What is chosen for who never chose before.
USUAL_FUND = "GEN"
_Hook = Callable[[Work, Step], Awaitable[None]]


async def _undone_freely(w: Work, step: Step, entry_date: date) -> None:
    """Nothing stands in the way."""


class Hooks(msgspec.Struct, frozen=True):
    """What a record does with its steps: whether it allows one that waited, what follows once it is in the books, or was refused, and whether it
    allows to undo one.
    """

    allows: _Hook
    accepted: _Hook
    dropped: _Hook
    undoes: Callable[[Work, Step, date], Awaitable[None]] = _undone_freely


class StepView(msgspec.Struct, frozen=True):
    """A step, the number of each union's entry, whether the actor may accept or withdraw it, the fund they usually name ("" for none), what it left
    owing (None where nothing), and the settlements of that, declined and withdrawn ones left out.
    """

    step: Step
    entries: dict[str, int]
    may_decide: bool
    may_withdraw: bool
    usual_fund: str = ""
    debt: Debt | None = None
    settled_by: list[Step] = []


class Choices(msgspec.Struct, frozen=True):
    """What the actor's forms choose from: unions, open funds, currencies, and the bank accounts of their own union's book."""

    unions: list[Union]
    funds: list[Fund]
    currencies: list[str]
    banks: list[Account]


class Listed(msgspec.Struct, frozen=True):
    """A page of steps, the newest first, with their entries."""

    items: list[Step]
    entries: dict[str, dict[str, int]]
    next: str | None


async def _nothing(w: Work, step: Step) -> None:
    """Nothing follows."""


_LOAN = Hooks(loans.check_accepting, loans.on_accepted, _nothing, loans.check_undoing)
HOOKS: dict[str, Hooks] = {
    "loan_drawdown": _LOAN, "loan_repayment": _LOAN, "loan_forgiveness": _LOAN,
    "loan_interest": Hooks(loans.check_accepting, loans.on_accepted, _nothing, settlements.check_undoing),
    "equalisation": Hooks(equalisation.check_accepting, equalisation.on_accepted, equalisation.on_dropped, settlements.check_undoing),
    "charge_back": Hooks(charge_backs.check_accepting, charge_backs.on_accepted, charge_backs.on_dropped, settlements.check_undoing),
    "settlement": Hooks(settlements.check_settling, _nothing, _nothing),
}  # fmt: skip


# --- deciding -------------------------------------------------------------------------------------------------------------


async def accept_step(pool: Pool, actor: Actor, key: str, number: str, fund: str = "", account: int | None = None) -> Step:
    """Agree to the other union's step: both books record it, on its day. ``account`` is one's own bank account where money moves,
    ``fund`` one's own where each union chooses its own.
    """

    async def work(w: Work) -> Done:
        step = await store.step(w.connection, written_step(number), lock=True)
        rules.check_decider(step, w.actor.union)
        rules.check_own_fund(step, w.actor.union, fund)
        own = await reference.fund(w.connection, fund) if fund else None
        if step.reverses is None:
            await HOOKS[step.kind].allows(w, step)
        else:
            known = await store.step(w.connection, step.reverses, lock=True)
            await HOOKS[known.kind].undoes(w, known, step.entry_date)
        entries = await mirrors.accept(w, step, None if own is None else own.id, account)
        if step.reverses is not None:
            await store.save(w.connection, step.reverses, state="reversed", state_since=w.now, reversed_by=step.number)
        undone = step if step.reverses is None else await store.step(w.connection, step.reverses)
        await HOOKS[undone.kind].accepted(w, undone)
        return await mirrors.told(w, step.number, "accepted", entries=entries)

    request = {"step": number, "fund": fund, "account": account}
    return msgspec.convert(await perform(pool, actor, "accept_step", key, request, work, permission=SETTLE), Step)


async def decline_step(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Step:
    """Decline the other union's step, with a reason; nothing is recorded in the books."""
    return await _drop(pool, actor, key, number, "declined", reason)


async def withdraw_step(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Step:
    """Take one's own union's step back while the other has not decided."""
    return await _drop(pool, actor, key, number, "withdrawn", reason)


async def _drop(pool: Pool, actor: Actor, key: str, number: str, state: str, reason: str) -> Step:
    async def work(w: Work) -> Done:
        step = await store.step(w.connection, written_step(number), lock=True)
        (rules.check_withdrawer if state == "withdrawn" else rules.check_decider)(step, w.actor.union)
        remark = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await store.save(w.connection, step.number, state=state, state_since=w.now, decided_by=w.actor.person_id, remark=remark)
        if step.reverses is None:
            await HOOKS[step.kind].dropped(w, step)
        return await mirrors.told(w, step.number, state)

    request = {"step": number, "state": state, "reason": reason}
    return msgspec.convert(await perform(pool, actor, f"{state}_step", key, request, work, permission=SETTLE), Step)


async def propose_undoing(pool: Pool, actor: Actor, key: str, number: str, entry_date: date, reason: str) -> Step:
    """Propose to undo an accepted step in both books: two reversals of one day, once the other union agrees."""

    async def work(w: Work) -> Done:
        undone = await store.step(w.connection, written_step(number), lock=True)
        if undone.state != "accepted" or undone.reverses is not None:
            raise StepState(step=undone.number, state=undone.state)
        if entry_date < undone.entry_date:
            raise DateInvalid(field="entry_date", text=entry_date.isoformat())
        if any(each.reverses == undone.number and each.state == "proposed" for each in await store.steps_of(w.connection, undone.subject)):
            raise StepState(step=undone.number, state="undoing")
        await HOOKS[undone.kind].undoes(w, undone, entry_date)
        step = await mirrors.propose(w, _undoing(undone, entry_date, reason))
        return await mirrors.told(w, step.number, "proposed", undoes=undone.number)

    request = {"step": number, "entry_date": entry_date, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "propose_undoing", key, request, work, permission=SETTLE), Step)


def _undoing(undone: Step, entry_date: date, reason: str) -> Step:
    return Step(
        number="", kind="step_reversal", subject=undone.subject, creditor=undone.creditor, debtor=undone.debtor, currency=undone.currency,
        amount_minor=undone.amount_minor, entry_date=entry_date, description=reason, creditor_fund=undone.creditor_fund,
        debtor_fund=undone.debtor_fund, reverses=undone.number,
    )  # fmt: skip


# --- reading --------------------------------------------------------------------------------------------------------------


async def show_step(pool: Pool, actor: Actor, number: str) -> StepView:
    """One step, for who reads the books."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        step = await store.step(connection, written_step(number))
        entries = (await store.entries_of(connection, [step.number]))[step.number]
        usual = await _usual_fund(connection, actor.union, step) if step.chooses_fund and actor.union else ""
        debt = next((each for each in await store.debts(connection, step.subject if step.kind == "equalisation" else step.number)), None)
        settled_by = [] if debt is None else [each for each in await store.steps_of(connection, debt.record) if _pays(each)]
    may = actor.can(SETTLE) and step.state == "proposed"
    return StepView(step, entries, may and actor.union == step.other_union, may and actor.union == step.proposed_union, usual, debt, settled_by)


def _pays(each: Step) -> bool:
    return each.kind == "settlement" and each.state in ("proposed", "accepted")


async def _usual_fund(connection: Connection, union: str, step: Step) -> str:
    """The fund in which a union holds what is settled, or that it named last for such a step, while it is open."""
    last = await store.last_fund(connection, union, step.subject, step.kind)
    usable = [each for each in await reference.funds(connection) if each.confirmed and each.closed_on is None]
    return next((each.code for each in usable if each.id == last), USUAL_FUND)


async def preview_step(pool: Pool, actor: Actor, number: str, fund: str = "", account: int | None = None) -> Preview:
    """What accepting would write in one's own book, or the refusal it would get."""
    authorize(actor, SETTLE)
    async with pool.database.reading() as connection:
        step = await store.step(connection, written_step(number))
        rules.check_decider(step, actor.union)
        rules.check_own_fund(step, actor.union, fund)
        side = step.side_of(actor.union)
        own = {} if not fund else {f"{side}_fund": (await reference.fund(connection, fund)).id}
        agreed = msgspec.structs.replace(step, **{f"{side}_account": account}, **own)
        return await previewed(connection, actor, [await mirrors.half(connection, agreed, side)], pool.today())


async def unions(pool: Pool) -> list[Union]:
    """The parties, in their order: their names are nobody's secret."""
    async with pool.database.reading() as connection:
        return await reference.unions(connection)


async def choices(pool: Pool, actor: Actor) -> Choices:
    """What forms about the other union choose from."""
    authorize(actor, SETTLE)
    async with pool.database.reading() as connection:
        funds = [fund for fund in await reference.funds(connection) if fund.confirmed and fund.closed_on is None]
        banks = [each for each in await reference.accounts(connection, actor.union or "", "own_bank") if each.closed_on is None]
        return Choices(await reference.unions(connection), funds, list(await reference.currencies(connection)), banks)


async def list_steps(pool: Pool, actor: Actor, narrowed: StepFilter, after: str | None = None, limit: int = PAGE_STEPS) -> Listed:
    """A page of steps."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.steps(connection, narrowed, after and written_step(after), limit + 1)
        entries = await store.entries_of(connection, [step.number for step in found[:limit]])
    return Listed(found[:limit], entries, found[limit - 1].number if len(found) > limit else None)


async def show_mirrors(pool: Pool, actor: Actor, day: date | None = None) -> list[mirrors.Mirror]:
    """What each pair of books says of the same debts and loans on a day (today, where none is given)."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await mirrors.mirrored(connection, day or pool.today())
