"""Keep payees, and their bank details under dual control: proposed with a call back, confirmed by the other union's treasurer.

The numbers of an account go to the treasury's readers and nowhere else: not into answers that are remembered, not into the audit trail.
"""

from datetime import date
from uuid import UUID

import msgspec

from ledger.domain import payees as rules
from ledger.domain.account_rules import text
from ledger.domain.actors import Actor, authorize
from ledger.domain.home import Waiting
from ledger.domain.payees import AddPayee, ChangePayee, Known, Payee, PayeeAccount, ProposeAccount
from ledger.domain.refusals import PayeeAccountState, PayeeExists
from ledger.services.contributions import REASON_MAXIMUM, numbered
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import audit, reference
from ledger.storage import payees as store
from ledger.storage.database import Connection
from ledger.storage.payees import Step

PAGE_PAYEES = 50
ADD, PROPOSE, CONFIRM = "add_payee", "propose_payee_account", "confirm_payee_account"


class Decided(msgspec.Struct, frozen=True):
    """What an operation on bank details answers, and is remembered with: never more of the account than its last four."""

    id: UUID
    payee: str
    currency: str
    hint: str
    state: str


class PayeeView(msgspec.Struct, frozen=True, kw_only=True):
    """A payee as one reader may see it: ``known`` are confirmed details by currency. ``accounts`` (with their numbers, newest first) is None
    for everybody but the treasury; ``steps`` is None for those who see only whether there are details.
    """

    payee: Payee
    known: list[Known]
    accounts: list[PayeeAccount] | None = None
    steps: list[Step] | None = None


class Listed(msgspec.Struct, frozen=True):
    """A page of payees by name; ``next`` is the folded name to go on after."""

    items: list[PayeeView]
    next: str | None


# --- payees -----------------------------------------------------------------------------------------------------------


async def add_payee(pool: Pool, actor: Actor, key: str, request: AddPayee) -> Payee:
    """Add a payee; refuses a name that one has already, however it is written."""

    async def work(w: Work) -> Done:
        new = await _added(w, request)
        return Done(new, subject=new.number, details={"name": new.name, "country": new.country})

    return msgspec.convert(await perform(pool, actor, ADD, key, request, work, permission=ADD), Payee)


async def _added(w: Work, request: AddPayee) -> Payee:
    payee = rules.new_payee(request, await w.next_number("B"))
    await _check_new_name(w.connection, payee)
    await store.add(w.connection, payee, rules.name_key(payee.name), w.actor.person_id, w.now)
    return msgspec.structs.replace(payee, recorded_by=w.actor.name)


async def _check_new_name(connection: Connection, payee: Payee) -> None:
    known = await store.payee_named(connection, rules.name_key(payee.name))
    if known is not None and known.number != payee.number:
        raise PayeeExists(payee=known.number, name=known.name)


async def named_payee(w: Work, name: str) -> str:
    """The number of the payee of that name, added if there is none: of the actor's own nation until somebody says otherwise.

    For use inside another operation, whose permission is what allows it.
    """
    known = await store.payee_named(w.connection, rules.name_key(name))
    if known is not None:
        return known.number
    parties = {party.code: party.nation for party in await reference.unions(w.connection)}
    new = await _added(w, AddPayee(name=name, country=parties.get(w.actor.union or "", rules.COUNTRIES[0])))
    await audit.keep(w.connection, [audit.event(w.actor, ADD, subject=new.number, name=new.name, country=new.country)], w.now)
    return new.number


async def change_payee(pool: Pool, actor: Actor, key: str, request: ChangePayee) -> Payee:
    """Change name, country or remark; once there are bank details, only the treasury does."""

    async def work(w: Work) -> Done:
        payee = await store.payee(w.connection, numbered("payee", request.payee), lock=True)
        open_details = [each for each in await store.accounts(w.connection, [payee.number]) if each.state in ("proposed", "confirmed")]
        rules.check_change(w.actor, bool(open_details))
        new = rules.changed_payee(payee, request)
        await _check_new_name(w.connection, new)
        await store.change(w.connection, new, rules.name_key(new.name))
        return Done(new, subject=new.number, details=_differences(payee, new))

    return msgspec.convert(await perform(pool, actor, "change_payee", key, request, work, permission=ADD), Payee)


def _differences(old: Payee, new: Payee) -> dict[str, object]:
    changed = [name for name in ("name", "country", "remark") if getattr(old, name) != getattr(new, name)]
    return {name: {"before": getattr(old, name), "after": getattr(new, name)} for name in changed}


# --- bank details -----------------------------------------------------------------------------------------------------


async def propose_account(pool: Pool, actor: Actor, key: str, request: ProposeAccount) -> Decided:
    """Propose bank details in a currency, with the evidence of a call back; one proposal a currency at a time."""

    async def work(w: Work) -> Done:
        payee = await store.payee(w.connection, numbered("payee", request.payee), lock=True)
        clean = rules.check_proposal(request, payee, await reference.currencies(w.connection))
        for other in await store.accounts(w.connection, [payee.number]):
            if (other.state, other.currency) == ("proposed", clean.currency):
                raise PayeeAccountState(payee=payee.number, state=other.state, currency=other.currency, reason="open")
        new = _proposed(w, clean)
        await store.add_account(w.connection, new)
        return _done(new, new.state)

    return _decided(await perform(pool, actor, PROPOSE, key, request, work, permission=PROPOSE))


def _proposed(w: Work, clean: ProposeAccount) -> PayeeAccount:
    said = {name: getattr(clean, name) for name in ("payee", "currency", "holder", "bank", "details", "call_back")}
    return PayeeAccount(
        **said, id=audit.ordered_id(), hint=rules.hint(clean.details), state="proposed",
        proposed_by=w.actor.person_id, proposer=(w.actor.name, w.actor.union), proposed_at=w.now, decided_by=None, decider=("", None),
        decided_at=None, remark="",
    )  # fmt: skip


async def confirm_account(pool: Pool, actor: Actor, key: str, number: str, account_id: UUID) -> Decided:
    """Agree to proposed details, as a treasurer of the other union; those confirmed before in that currency are retired."""

    async def work(w: Work) -> Done:
        account = await _of(w, number, account_id)
        rules.check_decision(account, w.actor)
        retired = await store.retire_confirmed(w.connection, account.payee, account.currency)
        await store.decide(w.connection, account.id, "confirmed", "", w.actor.person_id, w.now)
        return _done(account, "confirmed", retired=retired)

    asked = {"payee": number, "account": account_id}
    return _decided(await perform(pool, actor, CONFIRM, key, asked, work, permission=CONFIRM))


async def reject_account(pool: Pool, actor: Actor, key: str, number: str, account_id: UUID, reason: str) -> Decided:
    """Refuse proposed details, as a treasurer of the other union, and say why."""

    async def work(w: Work) -> Done:
        account = await _of(w, number, account_id)
        rules.check_decision(account, w.actor)
        await store.decide(w.connection, account.id, "rejected", text("reason", reason, REASON_MAXIMUM), w.actor.person_id, w.now)
        return _done(account, "rejected")

    asked = {"payee": number, "account": account_id, "reason": reason}
    return _decided(await perform(pool, actor, "reject_payee_account", key, asked, work, permission=CONFIRM))


async def retire_account(pool: Pool, actor: Actor, key: str, number: str, account_id: UUID, reason: str) -> Decided:
    """Stop payments to confirmed details, or withdraw one's own union's proposal; nobody else needs to agree to stopping."""

    async def work(w: Work) -> Done:
        account = await _of(w, number, account_id)
        rules.check_retirement(account, w.actor)
        await store.retire(w.connection, account.id, text("reason", reason, REASON_MAXIMUM))
        return _done(account, "retired")

    asked = {"payee": number, "account": account_id, "reason": reason}
    return _decided(await perform(pool, actor, "retire_payee_account", key, asked, work, permission=PROPOSE))


async def _of(w: Work, number: str, account_id: UUID) -> PayeeAccount:
    """The details, locked, of the payee that the address names."""
    payee = await store.payee(w.connection, numbered("payee", number), lock=True)
    account = await store.account(w.connection, account_id, lock=True)
    rules.check_owner(account, payee)
    return account


def _done(account: PayeeAccount, state: str, **details: object) -> Done:
    answer = Decided(account.id, account.payee, account.currency, account.hint, state)
    return Done(answer, subject=account.payee, details={"account": account.id, "currency": account.currency, **details})


def _decided(answer: object) -> Decided:
    return msgspec.convert(answer, Decided, strict=False)


# --- reading ----------------------------------------------------------------------------------------------------------


async def list_payees(
    pool: Pool, actor: Actor, words: str = "", country: str | None = None, after: str = "", limit: int = PAGE_PAYEES
) -> Listed:
    """A page of payees whose name has every word, by name, each with what this reader may know of its bank details."""
    authorize(actor, "read_payees")
    async with pool.database.reading() as connection:
        found = await store.payees(connection, rules.name_key(words).split(), country, after, limit + 1)
        known = await _known(connection, actor, [payee.number for _, payee in found])
    items = [PayeeView(payee=payee, known=known.get(payee.number, [])) for _, payee in found[:limit]]
    return Listed(items, found[limit - 1][0] if len(found) > limit else None)


async def _known(connection: Connection, actor: Actor, numbers: list[str]) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for account in await store.accounts(connection, numbers):
        if account.state == "confirmed":
            found.setdefault(account.payee, []).append(_seen(actor, account))
    return {number: sorted(known, key=lambda each: each.currency) for number, known in found.items()}


def _seen(actor: Actor, account: PayeeAccount) -> Known:
    if rules.sight(actor) == "whether" or account.decided_at is None:
        return Known(currency=account.currency)
    return Known(currency=account.currency, confirmed_on=account.decided_at.astimezone(ZONE).date(), hint=account.hint)


async def show_payee(pool: Pool, actor: Actor, number: str) -> PayeeView:
    """One payee with as much of its bank details, and of their history, as this reader may see."""
    authorize(actor, "read_payees")
    async with pool.database.reading() as connection:
        payee = await store.payee(connection, numbered("payee", number))
        seen = rules.sight(actor)
        return PayeeView(
            payee=payee, known=(await _known(connection, actor, [payee.number])).get(payee.number, []),
            accounts=await store.accounts(connection, [payee.number]) if seen == "numbers" else None,
            steps=None if seen == "whether" else await store.steps(connection, payee.number),
        )  # fmt: skip


async def payee_accounts(pool: Pool, actor: Actor, number: str) -> list[PayeeAccount]:
    """Every bank details a payee has or had, with their numbers, newest first: for the treasury alone."""
    authorize(actor, "read_payee_accounts")
    async with pool.database.reading() as connection:
        payee = await store.payee(connection, numbered("payee", number))
        return await store.accounts(connection, [payee.number])


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: bank details that the other union proposed and this treasurer may confirm."""
    if not actor.can(CONFIRM):
        return []
    return [
        Waiting(
            kind="confirm_payee_account", subject=each.payee, url=f"/payees/{each.payee}/details/{each.id}/decide", union=each.union or "",
            since=each.since, facts={"payee": each.name, "account_currency": each.currency, "proposer": each.proposer},
        )
        for each in await store.proposals(connection, actor.union)
    ]  # fmt: skip
