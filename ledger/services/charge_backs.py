"""Charge back a share of what was lent: the owner's treasurer proposes a step over confirmed deliveries, and once the borrower's accepts, both
books hold the share and the joint book counts only the rest as given in kind (W09).
"""

from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain import deliveries as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.agreed_rates import days_needed, month_of
from ledger.domain.bookings import Booking
from ledger.domain.deliveries import Delivery
from ledger.domain.entries import reversal
from ledger.domain.equalisation import Offer, offer
from ledger.domain.exchange import SOURCES
from ledger.domain.mirrors import SETTLE, Step
from ledger.domain.refusals import AgreementIncomplete, ChoiceInvalid, DateInvalid, DeliveryState, FundClosed, LinesInvalid, StepState
from ledger.domain.resources import STAFF
from ledger.services import mirrors
from ledger.services.agreements import in_force, written_agreement
from ledger.services.between_queue import tell_step
from ledger.services.deliveries import accounts_of, written_delivery
from ledger.services.operation import Done, Work, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.storage import bookings, entries, rates, reference
from ledger.storage import deliveries as store
from ledger.storage import mirrors as step_store
from ledger.storage.database import Connection
from ledger.storage.deliveries import ChargedLine, DeliveryFilter

READ = "read_books"
DELIVERIES_MAXIMUM = 200


class ChargeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which deliveries to charge back: of one borrower, currency and agreement, and either all of staff or none. ``fund`` is of the owner's own
    book; the borrower names its own when it accepts.
    """

    agreement: str
    deliveries: tuple[str, ...]
    entry_date: date
    description: str
    fund: str
    reference: str = ""


class Share(msgspec.Struct, frozen=True):
    """What of a delivery would be charged back, by the percentage of the agreement on its last day."""

    delivery: Delivery
    percent: Decimal
    share_minor: int


class ChargeBackView(msgspec.Struct, frozen=True):
    """A step that charges back, what of each delivery, what is left to settle of it (nothing until it is accepted), and the steps that settle it."""

    step: Step
    lines: list[ChargedLine]
    left_minor: int
    settled_by: list[str]


# --- proposing ------------------------------------------------------------------------------------------------------------


async def propose_charge_back(pool: Pool, actor: Actor, key: str, request: ChargeBack) -> Step:
    """Propose to charge deliveries back, by the owner's treasurer; nothing is recorded until the borrower's accepts."""

    async def work(w: Work) -> Done:
        shares = await _shares(w.connection, request, lock=True)
        first = shares[0].delivery
        authorize(w.actor, SETTLE, first.lender)
        fund = await reference.fund(w.connection, request.fund)
        if not fund.confirmed or fund.closed_on is not None:
            raise FundClosed(fund=fund.code)
        charged = [each for each in shares if each.share_minor]
        if request.entry_date < max(each.delivery.ends_on for each in shares):
            raise DateInvalid(field="entry_date", text=request.entry_date.isoformat())
        new = Step(
            number="", kind="charge_back", subject="", creditor=first.lender, debtor=first.borrower, currency=first.currency,
            amount_minor=sum(each.share_minor for each in charged), entry_date=request.entry_date, description=request.description,
            reference=request.reference, creditor_fund=fund.id, debtor_fund=fund.id, agreement=first.agreement, other_resources=not _is_staff(first),
        )  # fmt: skip
        step = await mirrors.propose(w, new)
        await store.add_charged(w.connection, step.number, [(each.delivery, each.share_minor) for each in charged])
        await tell_step(w, step)
        facts = {"step": "proposed", "kind": step.kind, "amount_minor": step.amount_minor, "currency": step.currency, "agreement": step.agreement}
        return Done(step, step.number, facts | {"deliveries": [each.delivery.number for each in charged]})

    return msgspec.convert(await perform(pool, actor, "propose_charge_back", key, request, work, permission=SETTLE), Step)


def _is_staff(delivery: Delivery) -> bool:
    return delivery.kind in STAFF


async def _shares(connection: Connection, request: ChargeBack, lock: bool = False) -> list[Share]:
    """What of each delivery would be charged back; refuses one that does not belong with the others, or cannot be charged back now."""
    numbers = sorted({written_delivery(number) for number in request.deliveries})
    if not 1 <= len(numbers) <= DELIVERIES_MAXIMUM:
        raise LinesInvalid(count=len(numbers), limit=DELIVERIES_MAXIMUM)
    found = [await store.delivery(connection, number, lock=lock) for number in numbers]
    agreement = written_agreement(request.agreement)
    for each in found:
        _check_chargeable(each, found[0], agreement)
    return [await _share(connection, each, agreement) for each in found]


def _check_chargeable(each: Delivery, first: Delivery, agreement: str) -> None:
    if each.state != "confirmed":
        raise DeliveryState(delivery=each.number, state=each.state)
    if each.charge_back is not None:
        raise DeliveryState(delivery=each.number, state=each.state, reason="charged_back", step=each.charge_back)
    if each.value_minor == 0 or each.lender == each.borrower:
        raise DeliveryState(delivery=each.number, state=each.state, reason="not_valued")
    alike = (each.lender, each.borrower, each.currency, _is_staff(each)) == (first.lender, first.borrower, first.currency, _is_staff(first))
    if not alike or each.agreement != agreement:
        raise ChoiceInvalid(field="deliveries", value=each.number)


async def _share(connection: Connection, delivery: Delivery, agreement: str) -> Share:
    percent = (await in_force(connection, agreement, delivery.ends_on)).terms.charge_back_percent
    if percent is None:
        raise AgreementIncomplete(agreement=agreement, terms=["charge_back_percent"])
    return Share(delivery, percent, rules.share_minor(delivery.value_minor, percent))


# --- what follows a decision ----------------------------------------------------------------------------------------------


async def check_accepting(w: Work, step: Step) -> None:
    """Its deliveries still wait for this step."""
    for line in await store.charged(w.connection, step.number):
        kept = await store.delivery(w.connection, line.delivery, lock=True)
        if kept.state != "confirmed" or kept.charge_back != step.number:
            raise DeliveryState(delivery=kept.number, state=kept.state)


async def on_accepted(w: Work, step: Step) -> None:
    """In both books, the joint book counts only the rest as given in kind; undone in both, all of it again."""
    lines = await store.charged(w.connection, step.number)
    if step.state == "reversed":
        await _undo(w, step, lines)
        return
    for line in lines:
        kept = await store.delivery(w.connection, line.delivery, lock=True)
        entry = await _reduce(w, step, kept, await bookings.booking(w.connection, kept.booking), line.share_minor)
        await store.save_charged(w.connection, step.number, kept.number, entry)
        await store.save(w.connection, kept.number, recovered_minor=line.share_minor)


async def _reduce(w: Work, step: Step, delivery: Delivery, booking: Booking, share: int) -> int:
    spent, given = await accounts_of(w.connection, delivery)
    draft = rules.draft_recovered(delivery, booking, spent, given, share, step.entry_date, step.number)
    (posted,) = await w.post(msgspec.structs.replace(draft, entry_date=await open_day(w, draft, step.entry_date, late=False)))
    return posted.number


async def _undo(w: Work, step: Step, lines: list[ChargedLine]) -> None:
    undoing = await step_store.step(w.connection, step.reversed_by or "")
    for line in lines:
        entry = await entries.entry(w.connection, line.entry or 0)
        day = max(undoing.entry_date, entry.draft.entry_date)
        await w.post(reversal(entry, await open_day(w, entry.draft, day), undoing.description))
    await store.uncharge(w.connection, step.number)


async def on_dropped(w: Work, step: Step) -> None:
    """Declined or withdrawn, its deliveries can be charged back anew."""
    await store.uncharge(w.connection, step.number)


# --- reading --------------------------------------------------------------------------------------------------------------


async def preview_shares(pool: Pool, actor: Actor, request: ChargeBack) -> list[Share]:
    """What of each delivery would be charged back, or the refusal that it would get."""
    authorize(actor, SETTLE)
    async with pool.database.reading() as connection:
        return await _shares(connection, request)


async def list_chargeable(pool: Pool, actor: Actor) -> list[Delivery]:
    """What the actor's union lent, confirmed and under an agreement, and has not charged back; the newest first."""
    authorize(actor, SETTLE)
    async with pool.database.reading() as connection:
        return await store.deliveries(connection, DeliveryFilter(chargeable=actor.union or ""), limit=DELIVERIES_MAXIMUM)


async def show_charge_back(pool: Pool, actor: Actor, number: str) -> ChargeBackView:
    """A step that charges back, and what of each delivery."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        step = await step_store.step(connection, mirrors.written_step(number))
        left = sum(each.left_minor for each in await step_store.debts(connection, step.number))
        settling = [each.number for each in await step_store.steps_of(connection, step.number) if each.kind == "settlement" and each.state == "accepted"]
        return ChargeBackView(step, await store.charged(connection, step.number), left, settling)


async def settlement_offer(pool: Pool, actor: Actor, number: str, paid_currency: str, day: date) -> Offer:
    """What pays what is left of a charge-back in another currency on a day, at its agreement's settlement rule."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        step = await step_store.step(connection, mirrors.written_step(number))
        owed = await step_store.debts(connection, step.number)
        if step.kind != "charge_back" or not owed:
            raise StepState(step=step.number, state=step.state)
        agreement = await in_force(connection, step.agreement or "", day)
        starts_on, ends_on = month_of(step.entry_date)
        span = days_needed(min(starts_on, day), max(ends_on, day))
        daily = await rates.daily_of_source(connection, SOURCES.get(agreement.terms.rate_source or "", ""), *span)
    return offer(agreement, owed[0].left_minor, step.currency, paid_currency, (day, starts_on, ends_on), daily, pool.today())
