"""Propose an advance to a local on strike, approve it, hold it, and pay it.

Three people stand between the fund and a local: one prepares, a second approves, and one who did not approve pays.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec

from ledger.domain import strike_advances as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft
from ledger.domain.pledges import plain
from ledger.domain.refusals import AdvanceExists
from ledger.domain.strike_advances import (
    APPROVE,
    PAY,
    PREPARE,
    REASON_MAXIMUM,
    Advance,
    PayAdvance,
    ProposeAdvance,
    Statement,
    WeekLine,
)
from ledger.domain.strike_benefits import LumpSum
from ledger.domain.strike_rules import Week, check_decided
from ledger.domain.strikes import StrikeLocal
from ledger.services import strike_advance_notices as telling
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strike_advance_cases import Case, account_of, advance_case, bank_of, check_union_supports, known_account, load_case, noted, own_case
from ledger.storage import strike_advances as store
from ledger.storage import strike_rules
from ledger.storage.database import Connection

# Takes a step with an advance and says what to remember of it.
_Taken = Callable[[Work, "Case", WeekLine], Awaitable[str]]


# --- proposing and approving --------------------------------------------------------------------------------------------


async def propose_advance(pool: Pool, actor: Actor, key: str, strike: str, request: ProposeAdvance) -> Advance:
    """Propose the sum of a week for a local, by the rules in force when the week began; a second person approves it."""

    async def work(w: Work) -> Done:
        case = await own_case(w, strike, PREPARE)
        local, week, version, found = await _proposed(w.connection, case, request, w.today)
        new = Advance(
            number=await w.next_number("SA"), strike=case.strike.number, union=case.strike.union, local=local, week=week.number,
            starts_on=week.starts_on, ends_on=week.ends_on, strikers=request.strikers,
            amount_minor=found.amount_minor, currency=case.strike.currency, rule_set=case.rules.code,
            rule_version=version, state="proposed", state_since=w.now, hold_reason="", remark=plain("remark", request.remark, REASON_MAXIMUM),
            proposed_by=w.actor.person_id, proposed_by_name=w.actor.name, proposed_at=w.now,
        )  # fmt: skip
        await store.add_advance(w.connection, new)
        _, line = await advance_case(w.connection, new.number, w.today)
        await telling.tell_next(w, line)
        return await noted(w, case.strike, "advance_proposed", new.remark, new.number, new)

    answer = await perform(pool, actor, "propose_advance", key, {"strike": strike, "advance": request}, work, permission=PREPARE)
    return msgspec.convert(answer, Advance)


async def preview_proposal(pool: Pool, actor: Actor, strike: str, request: ProposeAdvance) -> LumpSum:
    """The sum that would be proposed, or the refusal it would get; nothing is kept."""
    authorize(actor, PREPARE)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        authorize(actor, PREPARE, case.strike.union)
        return (await _proposed(connection, case, request, pool.today()))[3]


async def _proposed(connection: Connection, case: Case, request: ProposeAdvance, today: date) -> tuple[StrikeLocal, Week, int, LumpSum]:
    """The local, the week, the version of the rules and the sum by them."""
    await check_union_supports(connection, case.strike)
    local = rules.local_of(case.strike, request.local)
    week = rules.payable_week(case.strike, case.rules, request.week, today)
    _check_free(case.of(local), week.number)
    rule_set, version = await strike_rules.in_force(connection, case.strike.rule_set, week.starts_on)
    return local, week, version, rules.sum_for(check_decided(rule_set), request.strikers, week)


def _check_free(statement: Statement, week: int) -> None:
    taken = next((line.advance for line in statement.weeks if line.week.number == week and line.advance is not None), None)
    if taken is not None:
        raise AdvanceExists(advance=taken.number, week=week)


async def approve_advance(pool: Pool, actor: Actor, key: str, number: str) -> Advance:
    """Approve an advance that another person proposed; the account of the local is opened on its first one."""

    async def work(w: Work, case: Case, line: WeekLine) -> str:
        assert line.advance is not None
        await check_union_supports(w.connection, case.strike)
        rules.check_approver(line.advance, w.actor.person_id)
        rules.check_not_held(line)
        await account_of(w, case.strike, line.advance.local)
        await store.save_advance(w.connection, line.advance.number, state="approved", state_since=w.now, approved_by=w.actor.person_id)
        return ""

    return await _step(pool, actor, key, number, "approve", "advance_approved", APPROVE, {}, work)


async def hold_advance(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Advance:
    """Put an advance on hold, for a reason that everybody who may see it sees."""

    async def work(w: Work, case: Case, line: WeekLine) -> str:
        assert line.advance is not None
        said = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await store.save_advance(w.connection, line.advance.number, hold_reason="on_hold", remark=said)
        return said

    return await _step(pool, actor, key, number, "hold", "advance_held", APPROVE, {"reason": reason}, work)


async def let_go(pool: Pool, actor: Actor, key: str, number: str) -> Advance:
    """Take an advance off hold."""

    async def work(w: Work, case: Case, line: WeekLine) -> str:
        assert line.advance is not None
        await store.save_advance(w.connection, line.advance.number, hold_reason="", remark="")
        return ""

    return await _step(pool, actor, key, number, "let_go", "advance_let_go", APPROVE, {}, work)


async def cancel_advance(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Advance:
    """Give an advance up that was not paid; its week can have another."""

    async def work(w: Work, case: Case, line: WeekLine) -> str:
        assert line.advance is not None
        await store.save_advance(w.connection, line.advance.number, state="cancelled", state_since=w.now)
        return plain("reason", reason, REASON_MAXIMUM, needed=True)

    return await _step(pool, actor, key, number, "cancel", "advance_cancelled", PREPARE, {"reason": reason}, work)


async def _step(pool: Pool, actor: Actor, key: str, number: str, step: str, what: str, permission: str, request: dict[str, Any], taken: _Taken) -> Advance:
    async def work(w: Work) -> Done:
        case, line = await advance_case(w.connection, number, w.today, lock=True)
        assert line.advance is not None
        authorize(w.actor, permission, case.strike.union)
        rules.check_step(line.advance, step)
        remark = await taken(w, case, line)
        changed = await store.advance(w.connection, line.advance.number)
        if changed.state != "cancelled":
            await telling.tell_next(w, (await advance_case(w.connection, changed.number, w.today))[1])
        return await noted(w, case.strike, what, remark, changed.number, changed)

    answer = await perform(pool, actor, f"{step}_advance", key, {"advance": number, **request}, work, permission=permission)
    return msgspec.convert(answer, Advance)


# --- paying -------------------------------------------------------------------------------------------------------------


async def pay_advance(pool: Pool, actor: Actor, key: str, number: str, request: PayAdvance) -> Advance:
    """Pay an approved advance from a bank account that the strike's union keeps; by another than who approved it."""

    async def work(w: Work) -> Done:
        case, line = await advance_case(w.connection, number, w.today, lock=True)
        assert line.advance is not None
        draft = await _paid(w.connection, w.actor, case, line, request, w.today)
        (posted,) = await w.post(draft)
        await store.save_advance(
            w.connection, line.advance.number, state="paid", state_since=w.now, paid_by=w.actor.person_id, paid_on=request.paid_on,
            account_id=request.account, entry_number=posted.number,
        )  # fmt: skip
        changed = await store.advance(w.connection, line.advance.number)
        return await noted(w, case.strike, "advance_paid", "", changed.number, changed, posted.number)

    answer = await perform(pool, actor, "pay_advance", key, {"advance": number, "pay": request}, work, permission=PAY)
    return msgspec.convert(answer, Advance)


async def preview_payment(pool: Pool, actor: Actor, number: str, request: PayAdvance) -> Preview:
    """What paying would post, or the refusal it would get; nothing is kept."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        case, line = await advance_case(connection, number, pool.today())
        return await previewed(connection, actor, [await _paid(connection, actor, case, line, request, pool.today())], pool.today())


async def _paid(connection: Connection, actor: Actor, case: Case, line: WeekLine, request: PayAdvance, today: date) -> Draft:
    advance = line.advance
    assert advance is not None
    authorize(actor, PAY, case.strike.union)
    rules.check_step(advance, "pay")
    await check_union_supports(connection, case.strike)
    rules.check_payer(advance, actor.person_id)
    rules.check_not_held(line)
    # Nothing is spent first and approved later.
    check_past_day("paid_on", request.paid_on, today, advance.state_since.astimezone(ZONE).date())
    bank = await bank_of(connection, actor, case.strike, request.account)
    return rules.draft_advance(case.strike, advance, await known_account(connection, case.strike, advance.local), bank, request.paid_on)
