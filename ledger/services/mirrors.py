"""Propose a step between two unions, and record it in both books at once when the other union's treasurer agrees: what every kind of step shares."""

from datetime import date
from typing import Any

import msgspec

from ledger.domain import mirrors as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft, reversal
from ledger.domain.mirrors import SETTLE, Side, Step, draft_half
from ledger.domain.numbers import written as written_as
from ledger.domain.refusals import DateBeforeEntry, ProposerGone, Refusal
from ledger.services.between_queue import tell_step
from ledger.services.operation import Done, Work
from ledger.services.sign_in import actor_of
from ledger.storage import entries, journal, people, reference
from ledger.storage import mirrors as store
from ledger.storage.database import Connection

SIDES: tuple[Side, Side] = ("creditor", "debtor")


def written_step(number: str) -> str:
    """A step's number as it is kept; refuses what can be none."""
    return written_as(number, "M", "step")


async def propose(w: Work, new: Step) -> Step:
    """Keep a step that the actor's union proposes. Its number, and who proposed, are filled in; its subject too, where it has none of its own."""
    union = w.actor.union or ""
    authorize(w.actor, SETTLE, new.union_on(new.side_of(union)))
    number = await w.next_number("M")
    step = rules.checked_step(
        msgspec.structs.replace(new, number=number, subject=new.subject or number, proposed_by=w.actor.person_id, proposed_union=union), w.today
    )
    await _check_funds(w.connection, step)
    if step.moves_money:
        await _check_bank(w.connection, step, step.side_of(union))
    await store.add(w.connection, step, w.now)
    return await store.step(w.connection, number)


async def accept(w: Work, step: Step, fund: int | None, account: int | None) -> dict[str, int]:
    """Record both halves; the entry numbers by union. The caller has asked whether the actor decides, and whether the record allows it."""
    side = step.side_of(w.actor.union)
    choice = {f"{side}_account": account} | ({f"{side}_fund": fund} if fund is not None else {})
    agreed = msgspec.structs.replace(step, **choice)
    await _check_funds(w.connection, agreed)
    if step.moves_money:
        await _check_bank(w.connection, agreed, side)
    numbers = {}
    for each in SIDES:
        actor = w.actor if each == side else await proposer(w, agreed)
        draft = await half(w.connection, agreed, each)
        (posted,) = await journal.post(w.connection, actor, [draft], now=w.now, today=w.today)
        await store.add_entry(w.connection, step.number, step.union_on(each), posted.number)
        numbers[step.union_on(each)] = posted.number
    await store.save(w.connection, step.number, state="accepted", state_since=w.now, decided_by=w.actor.person_id, **choice)
    return numbers


async def proposer(w: Work, step: Step) -> Actor:
    """Who proposed, with the roles of today: nobody's half is recorded for someone who may no longer act for the union."""
    person = await people.by_id(w.connection, step.proposed_by, w.today)
    if person is None or person.disabled:
        raise ProposerGone(step=step.number, person="" if person is None else person.name)
    actor = actor_of(person, w.actor.via)
    try:
        authorize(actor, SETTLE, step.proposed_union)
    except Refusal:
        raise ProposerGone(step=step.number, person=person.name) from None
    return actor


async def half(connection: Connection, step: Step, side: Side) -> Draft:
    """One side's entry as it would be recorded; of a step that undoes another, the reversal of that one's half."""
    if step.reverses is not None:
        return await _reversed_half(connection, step, side)
    book = step.union_on(side)
    places: dict[tuple[str, str], Account] = {}
    for role, currency, other in rules.roles_needed(step, side):
        places[role, currency] = await reference.account_for(connection, book, role, currency, other)
    account = step.creditor_account if side == "creditor" else step.debtor_account
    bank = None if account is None else await reference.account_by_id(connection, account)
    return draft_half(step, side, places, bank)


async def _reversed_half(connection: Connection, step: Step, side: Side) -> Draft:
    numbers = (await store.entries_of(connection, [step.reverses or ""]))[step.reverses or ""]
    entry = await entries.entry(connection, numbers[step.union_on(side)])
    if step.entry_date < entry.draft.entry_date:
        raise DateBeforeEntry(entry=entry.number, entry_on=entry.draft.entry_date.isoformat(), date=step.entry_date.isoformat())
    return reversal(entry, step.entry_date, step.description)


async def _check_funds(connection: Connection, step: Step) -> None:
    if step.reverses is not None:
        return
    funds = {fund.id: fund for fund in await reference.funds(connection)}
    nations = {union.nation for union in await reference.unions(connection) if union.code in (step.creditor, step.debtor)}
    for fund in (step.creditor_fund, step.debtor_fund):
        rules.check_fund(funds[fund], nations)


async def _check_bank(connection: Connection, step: Step, side: Side) -> None:
    account = step.creditor_account if side == "creditor" else step.debtor_account
    currency = step.currency if step.paid is None else step.paid.currency
    rules.check_bank(await reference.account_by_id(connection, account or 0), step.union_on(side), currency)


async def told(w: Work, number: str, what: str, **details: Any) -> Done:
    """What became of a step, told to whom it concerns, as a use case answers it."""
    step = await store.step(w.connection, number)
    await tell_step(w, step)
    facts = {"step": what, "kind": step.kind, "record": step.subject, "amount_minor": step.amount_minor, "currency": step.currency}
    return Done(step, number, facts | details)


# --- whether the books mirror each other ----------------------------------------------------------------------------------


class Mirror(msgspec.Struct, frozen=True):
    """What two books say of the same thing on a day, minor units: what one is owed, what the other owes, and what is left over (zero, always)."""

    pair: int
    creditor: str
    debtor: str
    currency: str
    owed_minor: int
    owing_minor: int

    @property
    def difference_minor(self) -> int:
        """What the two books disagree about."""
        return self.owed_minor + self.owing_minor


async def mirrored(connection: Connection, day: date) -> list[Mirror]:
    """The pairs of balances that must be each other's opposite, of a day."""
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for each in await store.balances(connection, day):
        owed = each.is_owed
        key = (each.pair, each.union, each.other, each.currency) if owed else (each.pair, each.other, each.union, each.currency)
        sums.setdefault(key, [0, 0])[0 if owed else 1] += each.balance_minor
    return [Mirror(*key, *pair) for key, pair in sorted(sums.items())]
