"""Compute who owes whom for a period's joint costs, propose it to the other union, follow it through both books, and offer its settlement."""

from datetime import date
from typing import Any

import msgspec

from ledger.domain import agreed_rates
from ledger.domain import equalisation as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.agreements import Agreement, on_day
from ledger.domain.equalisation import Equalisation, Offer, Working
from ledger.domain.exchange import SOURCES
from ledger.domain.joint_costs import JointCost
from ledger.domain.memberships import CountUsed
from ledger.domain.mirrors import SETTLE, Step
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import DateInvalid, EqualisationExists, FundClosed, Refusal
from ledger.services import agreements, mirrors
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import agreements as agreement_store
from ledger.storage import equalisation as store
from ledger.storage import mirrors as step_store
from ledger.storage import rates, reference
from ledger.storage.database import Connection

READ = "read_agreements"
PAGE_EQUALISATIONS = 50


class ProposeEqualisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A period to equalise under an agreement. ``fund`` is of the proposing union's own book; ``entry_date`` is the period's last day, where left out."""

    agreement: str
    starts_on: date
    ends_on: date
    fund: str
    description: str
    entry_date: date | None = None


class EqualisationView(msgspec.Struct, frozen=True):
    """An equalisation with the version of the agreement it was computed under, its steps, their entries, what is left to settle (minor units of the
    debt's currency), and memberships that were certified anew since it was computed.
    """

    equalisation: Equalisation
    agreement: Agreement
    steps: list[Step]
    entries: dict[str, dict[str, int]]
    left_minor: int
    certified_since: list[tuple[str, CountUsed]]


class Listed(msgspec.Struct, frozen=True):
    """A page of equalisations, the newest first."""

    items: list[Equalisation]
    next: str | None


class Quarter(msgspec.Struct, frozen=True):
    """A calendar quarter that is over under an agreement: its equalisation, or what it would come to, or the refusal it would get."""

    agreement: Agreement
    starts_on: date
    ends_on: date
    equalisation: Equalisation | None
    working: Working | None
    refusal: Refusal | None
    undecided: list[JointCost]


def written_equalisation(number: str) -> str:
    """An equalisation's number as it is kept; refuses what can be none."""
    return written_as(number, "EQ", "equalisation")


# --- computing ------------------------------------------------------------------------------------------------------------


async def preview_equalisation(pool: Pool, actor: Actor, agreement: str, starts_on: date, ends_on: date) -> tuple[Agreement, Working]:
    """What a period comes to under an agreement, or the refusal of what is missing; nothing is kept."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await _computed(connection, agreement, starts_on, ends_on, pool.today())


async def _computed(
    connection: Connection, number: str, starts_on: date, ends_on: date, today: date, lock: bool = False
) -> tuple[Agreement, Working]:
    """By the version that holds on the period's last day."""
    agreement = await agreements.in_force(connection, number, ends_on)
    rules.check_period(starts_on, ends_on, today)
    rules.check_sharing(agreement)
    taken = await store.overlapping(connection, agreement.number, starts_on, ends_on)
    if taken is not None:
        raise EqualisationExists(equalisation=taken.number)
    costs = await store.costs_to_share(connection, agreement.unions, starts_on, ends_on, lock)
    counts = await store.counts(connection, until=ends_on)
    daily = await _daily(connection, agreement, starts_on, ends_on)
    return agreement, rules.compute(agreement, starts_on, ends_on, costs, counts, daily, today)


async def _daily(connection: Connection, agreement: Agreement, starts_on: date, ends_on: date) -> list[Any]:
    return await rates.daily_of_source(connection, SOURCES[agreement.terms.rate_source or ""], *agreed_rates.days_needed(starts_on, ends_on))


# --- proposing ------------------------------------------------------------------------------------------------------------


async def propose_equalisation(pool: Pool, actor: Actor, key: str, request: ProposeEqualisation) -> Equalisation:
    """Compute a period and propose the result to the other union as a step in both books; where nothing is owed, it is agreed as it stands."""

    async def work(w: Work) -> Done:
        agreement, working = await _computed(w.connection, request.agreement, request.starts_on, request.ends_on, w.today, lock=True)
        authorize(w.actor, SETTLE, w.actor.union if w.actor.union in agreement.unions else agreement.unions[0])
        day = request.entry_date or request.ends_on
        if day < request.ends_on:
            raise DateInvalid(field="entry_date", text=day.isoformat())
        number = await w.next_number("EQ")
        state = "proposed" if working.balance_minor else "agreed"
        await store.add(w.connection, number, agreement.number, agreement.version, working, state, w.actor.person_id, w.now)
        await store.take_costs(w.connection, [each.number for each in working.costs], number)
        if working.balance_minor:
            step = await mirrors.propose(w, await _step(w, number, working, request, day))
            await store.save(w.connection, number, step=step.number)
        return await _done(w, number, "proposed")

    return msgspec.convert(await perform(pool, actor, "propose_equalisation", key, request, work, permission=SETTLE), Equalisation)


async def _step(w: Work, number: str, working: Working, request: ProposeEqualisation, day: date) -> Step:
    fund = await reference.fund(w.connection, request.fund)
    if not fund.confirmed or fund.closed_on is not None:
        raise FundClosed(fund=fund.code)
    assert working.creditor and working.debtor, "a balance is owed by one to another"
    return Step(
        number="", kind="equalisation", subject=number, creditor=working.creditor, debtor=working.debtor, currency=working.debt_currency,
        amount_minor=working.balance_minor, entry_date=day, description=plain("description", request.description, rules.DESCRIPTION_MAXIMUM, needed=True),
        creditor_fund=fund.id, debtor_fund=fund.id, agreement=request.agreement.strip().upper(),
    )  # fmt: skip


async def check_accepting(w: Work, step: Step) -> None:
    """The equalisation waits for this decision."""
    rules.check_proposed(await store.equalisation(w.connection, step.subject, lock=True))


async def on_accepted(w: Work, step: Step) -> None:
    """It is agreed once it stands in both books; undone in both, its costs can be shared anew."""
    if step.state == "reversed":
        await _ended(w, step.subject, "reversed")
    else:
        await store.save(w.connection, step.subject, state="agreed", state_since=w.now)


async def on_dropped(w: Work, step: Step) -> None:
    """Declined or withdrawn, its costs can be shared anew."""
    decided = await step_store.step(w.connection, step.number)
    await _ended(w, step.subject, decided.state, decided.remark)


async def _ended(w: Work, number: str, state: str, remark: str = "") -> None:
    await store.save(w.connection, number, state=state, state_since=w.now, remark=remark)
    await store.free_costs(w.connection, number)


async def _done(w: Work, number: str, what: str) -> Done:
    kept = await store.equalisation(w.connection, number)
    facts = {"step": what, "agreement": kept.agreement, "balance_minor": kept.balance_minor, "currency": kept.debt_currency}
    return Done(kept, number, facts)


# --- settling -------------------------------------------------------------------------------------------------------------


async def settlement_offer(pool: Pool, actor: Actor, number: str, paid_currency: str, day: date) -> Offer:
    """What pays what is left of an equalisation in another currency on a day, at the agreement's settlement rule."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await offered(connection, await viewed(connection, number), paid_currency, day, pool.today())


async def offered(connection: Connection, view: EqualisationView, paid_currency: str, day: date, today: date) -> Offer:
    """The same for a use case that has the equalisation in hand."""
    kept = view.equalisation
    if day < kept.ends_on:
        raise DateInvalid(field="entry_date", text=day.isoformat())
    daily = await rates.daily_of_source(connection, kept.working.rate_source, *agreed_rates.days_needed(kept.starts_on, day))
    return rules.offer(view.agreement, view.left_minor, kept.debt_currency, paid_currency, (day, kept.starts_on, kept.ends_on), daily, today)


# --- reading --------------------------------------------------------------------------------------------------------------


async def show_equalisation(pool: Pool, actor: Actor, number: str) -> EqualisationView:
    """One equalisation with everything it comes from and what became of it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await viewed(connection, number)


async def viewed(connection: Connection, number: str) -> EqualisationView:
    """The same for whoever has asked whether the actor may."""
    kept = await store.equalisation(connection, written_equalisation(number))
    versions = await agreement_store.versions(connection, kept.agreement)
    steps = await step_store.steps_of(connection, kept.number)
    entries = await step_store.entries_of(connection, [each.number for each in steps])
    counts = await store.counts(connection, until=kept.ends_on)
    agreement = next(each for each in versions if each.version == kept.agreement_version)
    since = rules.certified_since(kept.working, counts)
    return EqualisationView(kept, agreement, steps, entries, _left(kept, steps), since)


def _left(kept: Equalisation, steps: list[Step]) -> int:
    """What of the balance no settlement paid."""
    if kept.state != "agreed":
        return 0
    return kept.balance_minor - sum(each.amount_minor for each in steps if (each.kind, each.state) == ("settlement", "accepted"))


async def list_equalisations(pool: Pool, actor: Actor, after: str | None = None, limit: int = PAGE_EQUALISATIONS) -> Listed:
    """A page of equalisations."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.equalisations(connection, after and written_equalisation(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def sharing_agreements(pool: Pool, actor: Actor) -> list[Agreement]:
    """The newest confirmed version of each agreement on sharing costs, the newest agreement first."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await agreement_store.living(connection, date.min, rules.SHARING_KINDS)
    return [[each for each in known if each.state == "confirmed"][-1] for known in found.values()]


async def quarters(pool: Pool, actor: Actor, count: int = 4) -> list[Quarter]:
    """Of every agreement on sharing costs, its last quarters that are over, the newest first: equalised, ready, or what is missing."""
    authorize(actor, READ)
    today = pool.today()
    async with pool.database.reading() as connection:
        quarters_over = last_quarters(today, count)
        known = await agreement_store.living(connection, quarters_over[-1][1], rules.SHARING_KINDS)
        waiting = await store.undecided_costs(connection, quarters_over[-1][0])
        found = []
        for starts_on, ends_on in quarters_over:
            for versions in reversed(known.values()):
                agreement = on_day(versions, ends_on)
                if agreement is not None:
                    found.append(await _quarter(connection, agreement, starts_on, ends_on, today, waiting))
    return found


async def _quarter(
    connection: Connection, agreement: Agreement, starts_on: date, ends_on: date, today: date, waiting: list[JointCost]
) -> Quarter:
    kept = await store.overlapping(connection, agreement.number, starts_on, ends_on)
    undecided = [each for each in waiting if starts_on <= each.paid_on <= ends_on]
    working, refusal = None, None
    if kept is None:
        try:
            _, working = await _computed(connection, agreement.number, starts_on, ends_on, today)
        except Refusal as refused:
            refusal = refused
    return Quarter(agreement, starts_on, ends_on, kept, working, refusal, undecided)


def last_quarters(today: date, count: int) -> list[tuple[date, date]]:
    """The calendar quarters that are over by a day, the newest first."""
    first = date(today.year, today.month - (today.month - 1) % 3, 1)
    found = []
    for _ in range(count):
        last = date.fromordinal(first.toordinal() - 1)
        first = date(last.year, last.month - 2, 1)
        found.append((first, last))
    return found
