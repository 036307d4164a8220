"""Settle what one union owes the other, record by record: what is open, the oldest first, and a payment that names what it pays."""

from datetime import date

import msgspec

from ledger.domain import mirrors as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.mirrors import SETTLE, Debt, Paid, Step
from ledger.domain.pledges import LATEST_DATE
from ledger.domain.refusals import ChoiceInvalid, MoreThanLeft, NotFound, RecordNeeded, StepState
from ledger.services import agreements, mirrors
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import mirrors as store
from ledger.storage import reference
from ledger.storage.database import Connection

READ = "read_books"


class Settle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment of what one union owes the other: ``amount_minor`` of the debt's currency, ``paid`` where another currency was paid.

    ``fund`` and ``account`` are the proposing union's own; the other names its own when it accepts. ``subject`` is the record that is paid, such as
    ``M-0007`` or ``EQ-0002``; left out only for what no record stands for.
    """

    creditor: str
    debtor: str
    currency: str
    amount_minor: int
    entry_date: date
    description: str
    account: int
    fund: str
    reference: str = ""
    paid: Paid | None = None
    agreement: str = ""
    subject: str = ""


# --- proposing ------------------------------------------------------------------------------------------------------------


async def propose_settlement(pool: Pool, actor: Actor, key: str, request: Settle) -> Step:
    """Propose to record that what one union owes the other was paid; whoever of the two says it first."""

    async def work(w: Work) -> Done:
        return await settle(w, request)

    return msgspec.convert(await perform(pool, actor, "propose_settlement", key, request, work, permission=SETTLE), Step)


async def settle(w: Work, request: Settle) -> Done:
    """The same within a use case that has found what to pay."""
    unions = {each.code for each in await reference.unions(w.connection)}
    for field in ("creditor", "debtor"):
        if getattr(request, field) not in unions:
            raise ChoiceInvalid(field=field, value=str(getattr(request, field))[:40])
    new = await _settlement(w, request)
    await check_settling(w, new)
    step = await mirrors.propose(w, msgspec.structs.replace(new, **{f"{new.side_of(w.actor.union)}_account": request.account}))
    return await mirrors.told(w, step.number, "proposed")


async def _settlement(w: Work, request: Settle) -> Step:
    """Under the agreement of the record that is paid; where none is named, under one that holds on the day."""
    fund, record, agreement = await reference.fund(w.connection, request.fund), request.subject.strip().upper(), None
    if record:
        agreement = (await _named(w.connection, record)).agreement
    elif request.agreement:
        agreement = (await agreements.in_force(w.connection, request.agreement, request.entry_date)).number
    return Step(
        number="", kind="settlement", subject=record, creditor=request.creditor, debtor=request.debtor, currency=request.currency,
        amount_minor=request.amount_minor, entry_date=request.entry_date, description=request.description, reference=request.reference,
        creditor_fund=fund.id, debtor_fund=fund.id, paid=request.paid, agreement=agreement,
    )  # fmt: skip


async def _named(connection: Connection, record: str) -> Debt:
    found = await store.debts(connection, record)
    if not found:
        raise ChoiceInvalid(field="subject", value=record[:40])
    return found[0]


# --- what is allowed ------------------------------------------------------------------------------------------------------


async def check_settling(w: Work, step: Step) -> None:
    """No more is settled than is owed on any day since, nor than is left of the record that it names."""
    days = [step.entry_date, *await store.days_since(w.connection, step.entry_date)]
    owed = min([await _owed_on(w.connection, step, day) for day in days])
    if step.amount_minor > owed:
        raise MoreThanLeft(subject=f"{step.debtor}–{step.creditor}", left_minor=max(owed, 0), currency=step.currency)
    if step.subject in ("", step.number):
        await _check_unnamed(w.connection, step)
    else:
        rules.check_settling(step, await _named(w.connection, step.subject))


async def _check_unnamed(connection: Connection, step: Step) -> None:
    """Only what no record stands for, such as a balance brought forward, is settled without naming one."""
    alike = [each for each in await store.debts(connection) if (each.creditor, each.debtor, each.currency) == _between(step)]
    rest = await _owed_on(connection, step, LATEST_DATE) - sum(each.left_minor for each in alike)
    if alike and step.amount_minor > rest:
        raise RecordNeeded(record=alike[0].record)


def _between(each: Step | Debt | mirrors.Mirror) -> tuple[str, str, str]:
    return each.creditor, each.debtor, each.currency


async def _owed_on(connection: Connection, step: Step, day: date) -> int:
    return sum(each.owed_minor for each in await mirrors.mirrored(connection, day) if each.pair == 1 and _between(each) == _between(step))


async def check_undoing(w: Work, undone: Step, entry_date: date) -> None:
    """What was settled stays: its settlements are undone first."""
    record = undone.subject if undone.kind == "equalisation" else undone.number
    if any(each.left_minor != each.amount_minor for each in await store.debts(w.connection, record)):
        raise StepState(step=undone.number, state="settled")


# --- reading --------------------------------------------------------------------------------------------------------------


async def list_open(pool: Pool, actor: Actor) -> list[Debt]:
    """What is still to settle, the oldest first, and last what no record stands for."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        known = await store.debts(connection)
        return known + _unrecorded(await mirrors.mirrored(connection, LATEST_DATE), known)


def _unrecorded(owed: list[mirrors.Mirror], known: list[Debt]) -> list[Debt]:
    found = []
    for each in owed:
        rest = each.owed_minor - sum(debt.left_minor for debt in known if _between(debt) == _between(each))
        if each.pair == 1 and rest > 0:
            found.append(_rest(each.creditor, each.debtor, each.currency, rest))
    return found


def _rest(creditor: str, debtor: str, currency: str, minor: int) -> Debt:
    return Debt(
        record="", kind="", step="", creditor=creditor, debtor=debtor, currency=currency, owed_on=date.min, description="", agreement=None,
        amount_minor=minor, left_minor=minor,
    )  # fmt: skip


async def show_debt(pool: Pool, actor: Actor, record: str) -> Debt:
    """What a record left owing, paid or not; refuses one that left nothing."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.debts(connection, record)
    if not found:
        raise NotFound(kind="debt", id=record[:40])
    return found[0]
