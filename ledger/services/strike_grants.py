"""Propose, decide about, pay and take back strike medical support, hardship grants and hardship loans.

Three people of the union: who proposes for a member, who approves without being told for whom, and a treasurer who pays. What ``perform``
remembers and what the trail keeps is the grant without its file.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import msgspec

from ledger.domain import strike_grants as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.days import check_day
from ledger.domain.entries import Draft
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import ChoiceInvalid, NotFound, StrikeState
from ledger.domain.strike_grants import APPROVE, PAY, PREPARE, READ_GRANTS, Grant, GrantFile, GrantTotal, ProposeGrant
from ledger.domain.strikes import READ
from ledger.domain.transfers import check_union
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.roster_views import READ_ROSTER, viewing
from ledger.services.strike_grant_notices import tell
from ledger.services.strikes import written
from ledger.storage import reference
from ledger.storage import strike_grants as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

PAGE_GRANTS = 50


class GrantView(msgspec.Struct, frozen=True):
    """A grant, what came back of it, and its file for those who may read that."""

    grant: Grant
    repayments: list[tuple[date, int, int]]
    file: GrantFile | None


class Listed(msgspec.Struct, frozen=True):
    """A page of one's own union's grants, the newest first."""

    items: list[Grant]
    next: str | None


def written_grant(number: str) -> str:
    """A grant's number as it is kept; refuses what can be none."""
    return written_as(number, "SG", "grant")


# --- steps ----------------------------------------------------------------------------------------------------------------


async def propose_grant(pool: Pool, actor: Actor, key: str, request: ProposeGrant) -> Grant:
    """Ask for support of a member of one's own union's strike."""

    async def work(w: Work) -> Done:
        strike = await strike_store.strike(w.connection, written(request.strike))
        authorize(w.actor, PREPARE, strike.union)
        if strike.state not in ("on", "run_off", "ended"):
            raise StrikeState(strike=strike.number, state=strike.state)
        if request.kind not in rules.ROLES:
            raise ChoiceInvalid(field="kind", value=str(request.kind)[:40])
        asked = msgspec.structs.replace(
            request, strike=strike.number, amount_minor=rules.checked_amount(request.amount_minor),
            purpose=plain("purpose", request.purpose, rules.PURPOSE_MAXIMUM, needed=True),
            paid_to=plain("paid_to", request.paid_to, rules.PAID_TO_MAXIMUM),
        )  # fmt: skip
        async with rosters_of(w.connection, strike.union):
            if not await store.has_member(w.connection, strike.number, asked.member):
                raise ChoiceInvalid(field="member", value=str(asked.member)[:40])
            number = await w.next_number("SG")
            await store.add(w.connection, number, strike.union, strike.currency, asked, w.actor.person_id, w.now)
            return await _done(w, number, "proposed")

    return msgspec.convert(await perform(pool, actor, "propose_grant", key, request, work, permission=PREPARE), Grant)


async def approve_grant(pool: Pool, actor: Actor, key: str, number: str) -> Grant:
    """Approve another's proposal; by its kind and amount, without being told for whom."""

    async def work(w: Work, kept: Grant) -> Done:
        rules.check_approver(kept, w.actor.person_id, w.actor.name)
        await store.save(w.connection, kept.number, state="approved", state_since=w.now, approved_by=w.actor.person_id)
        return await _done(w, kept.number, "approved")

    return await _step(pool, actor, "approve_grant", key, number, "approve", APPROVE, {}, work)


async def refuse_grant(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Grant:
    """Refuse another's proposal; the reason stays in its file."""

    async def work(w: Work, kept: Grant) -> Done:
        rules.check_approver(kept, w.actor.person_id, w.actor.name)
        return await _ended(w, kept, "refused", reason)

    return await _step(pool, actor, "refuse_grant", key, number, "refuse", APPROVE, {"reason": reason}, work)


async def cancel_grant(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Grant:
    """Take a grant back that is not paid."""

    async def work(w: Work, kept: Grant) -> Done:
        return await _ended(w, kept, "cancelled", reason)

    return await _step(pool, actor, "cancel_grant", key, number, "cancel", PREPARE, {"reason": reason}, work)


async def _ended(w: Work, kept: Grant, state: str, reason: str) -> Done:
    text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
    await store.save(w.connection, kept.number, state=state, state_since=w.now, remark=text)
    return await _done(w, kept.number, state)


async def pay_grant(pool: Pool, actor: Actor, key: str, number: str, account: int, paid_on: date) -> Grant:
    """Pay an approved grant from a bank account that the union keeps."""

    async def work(w: Work, kept: Grant) -> Done:
        draft = await _payment(w.connection, kept, w.actor, account, paid_on, w.today)
        (posted,) = await w.post(draft)
        await store.save(
            w.connection, kept.number, state="paid", state_since=w.now, paid_by=w.actor.person_id, paid_on=paid_on, account_id=account,
            entry_number=posted.number,
        )  # fmt: skip
        return await _done(w, kept.number, "paid", posted.number)

    return await _step(pool, actor, "pay_grant", key, number, "pay", PAY, {"account": account, "on": paid_on}, work)


async def repay_grant(pool: Pool, actor: Actor, key: str, number: str, account: int, repaid_on: date, amount_minor: int) -> Grant:
    """Record a part of a loan that came back; with the last part it is repaid."""

    async def work(w: Work, kept: Grant) -> Done:
        amount = rules.checked_repayment(kept, amount_minor)
        draft = await _repayment(w.connection, kept, account, repaid_on, amount, w.today)
        (posted,) = await w.post(draft)
        await store.add_repayment(w.connection, kept, repaid_on, amount, account, posted.number, w.actor.person_id, w.now)
        state = "repaid" if amount == kept.left_minor else "paid"
        await store.save(w.connection, kept.number, state=state, state_since=w.now, repaid_minor=kept.repaid_minor + amount)
        return await _done(w, kept.number, "repaid", posted.number, amount)

    request = {"account": account, "on": repaid_on, "amount_minor": amount_minor}
    return await _step(pool, actor, "repay_grant", key, number, "repay", PAY, request, work)


_Taken = Callable[[Work, Grant], Awaitable[Done]]


async def _step(
    pool: Pool, actor: Actor, operation: str, key: str, number: str, step: str, permission: str, request: dict[str, object], taken: _Taken
) -> Grant:
    async def work(w: Work) -> Done:
        union = w.actor.union
        if union is None:
            raise NotFound(kind="grant", id=number[:40])
        # Another union's grant is not told from one that does not exist: the wall stands before the rules do.
        async with rosters_of(w.connection, union):
            kept = await store.grant(w.connection, written_grant(number), lock=True)
            rules.check_step(kept, step)
            return await taken(w, kept)

    whole = {"grant": number} | request
    return msgspec.convert(await perform(pool, actor, operation, key, whole, work, permission=permission), Grant)


async def _done(w: Work, number: str, step: str, entry: int | None = None, amount_minor: int | None = None) -> Done:
    kept = await store.grant(w.connection, number)
    moved_minor = kept.amount_minor if amount_minor is None else amount_minor
    await tell(w, kept, step, moved_minor)
    details = {"step": step, "kind": kept.kind, "amount_minor": moved_minor, "entry": entry}
    return Done(kept, number, details)


# --- what is posted -------------------------------------------------------------------------------------------------------


async def _payment(connection: Connection, kept: Grant, actor: Actor, account: int, day: date, today: date) -> Draft:
    rules.check_payer(kept, actor.person_id)
    check_day("paid_on", day, None, today)
    strike = await strike_store.strike(connection, kept.strike)
    return rules.draft_payment(kept, strike.fund_id, await _charged(connection, kept), await _bank(connection, kept, account), day)


async def _repayment(connection: Connection, kept: Grant, account: int, day: date, amount_minor: int, today: date) -> Draft:
    check_day("repaid_on", day, kept.paid_on, today)
    strike = await strike_store.strike(connection, kept.strike)
    return rules.draft_repayment(kept, strike.fund_id, await _charged(connection, kept), await _bank(connection, kept, account), amount_minor, day)


async def _charged(connection: Connection, kept: Grant) -> Account:
    return await reference.account_for(connection, JOINT, rules.ROLES[kept.kind], kept.currency)


async def _bank(connection: Connection, kept: Grant, account: int) -> Account:
    bank = await reference.account_by_id(connection, account)
    check_union(kept.union, bank)
    if bank.role != "bank" or bank.book != JOINT or bank.currency != kept.currency:
        raise ChoiceInvalid(field="account", value=bank.label)
    return bank


async def preview_grant(
    pool: Pool, actor: Actor, number: str, account: int, day: date, repaid_minor: int | None = None
) -> Preview:
    """What paying would post, or recording what came back; or the refusal it would get."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection, rosters_of(connection, actor.union or ""):
        kept = await store.grant(connection, written_grant(number))
        rules.check_step(kept, "pay" if repaid_minor is None else "repay")
        if repaid_minor is None:
            draft = await _payment(connection, kept, actor, account, day, pool.today())
        else:
            draft = await _repayment(connection, kept, account, day, rules.checked_repayment(kept, repaid_minor), pool.today())
        return await previewed(connection, actor, [draft], pool.today())


# --- reading --------------------------------------------------------------------------------------------------------------


async def list_grants(
    pool: Pool, actor: Actor, strike: str | None = None, state: str | None = None, after: str | None = None, limit: int = PAGE_GRANTS
) -> Listed:
    """A page of one's own union's grants by number, kind and amount, for those who propose, approve or pay; nobody's name."""
    authorize(actor, READ_GRANTS)
    async with pool.database.reading() as connection, rosters_of(connection, actor.union or ""):
        found = await store.grants(connection, strike and written(strike), state, after and written_grant(after), limit + 1)
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None)


async def show_grant(pool: Pool, actor: Actor, number: str) -> GrantView:
    """One grant of one's own union; its file too for benefits officers and treasurers, and that view is logged."""
    authorize(actor, READ_GRANTS)
    async with pool.database.reading() as connection, rosters_of(connection, actor.union or ""):
        kept = await store.grant(connection, written_grant(number))
        repaid = list(await store.repayments(connection, kept.number))
    if not actor.can(READ_ROSTER):
        return GrantView(kept, repaid, None)
    async with viewing(pool, actor, kept.strike, "grant") as (connection, _):
        return GrantView(kept, repaid, await store.file_of(connection, kept.number))


async def member_of(pool: Pool, actor: Actor, strike: str, reference: str) -> tuple[int, str, str] | None:
    """(number, name, reference) of a member of one's own union's strike by the reference; None of nobody. The view is logged."""
    async with viewing(pool, actor, strike, "grant") as (connection, found):
        return await store.member_by_reference(connection, found.number, reference)


async def members_of(pool: Pool, actor: Actor, strike: str, numbers: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """(number, name, reference) of the member of each of a strike's grants, for benefits officers and treasurers; the view is logged."""
    async with viewing(pool, actor, strike, "grants") as (connection, found):
        return await store.members_of(connection, found.number, numbers)


async def people_of(pool: Pool, actor: Actor, known: Grant) -> dict[int, str]:
    """The names of who proposed, approved and paid, by their ids."""
    authorize(actor, READ_GRANTS)
    async with pool.database.reading() as connection:
        return await store.people_of(connection, known)


async def banks_of(pool: Pool, actor: Actor, known: Grant) -> list[Account]:
    """The bank accounts that a grant can be paid from, and a loan come back to."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        found = await reference.accounts(connection, JOINT, "bank")
    return [each for each in found if each.closed_on is None and (each.custodian, each.currency) == (known.union, known.currency)]


async def grant_totals(pool: Pool, actor: Actor, union: str) -> list[GrantTotal]:
    """What a union paid by kind; small numbers are held back from the other."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        known = [each.code for each in await reference.unions(connection)]
        if union not in known:
            raise ChoiceInvalid(field="union", value=union[:40])
        async with rosters_of(connection, union):
            found = await store.totals(connection)
    return rules.shown_totals(found, actor.union == union)
