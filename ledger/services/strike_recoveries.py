"""Settle what a member was paid too much where no later run takes it off: it came back to the bank, or one person proposes and a second writes it off.

Each is one entry of the run's totals. Whom it is about, the bank's reference and the note stay in private rows; what ``perform`` remembers is the run.
"""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec

from ledger.domain import strike_recoveries as rules
from ledger.domain import strike_runs as runs
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_day
from ledger.domain.entries import Draft
from ledger.domain.pledges import plain
from ledger.domain.strike_recoveries import NOTE_MAXIMUM, REFERENCE_MAXIMUM, Recovery
from ledger.domain.strike_runs import APPROVE, FIX, Run, check_step, checked_overpayment
from ledger.domain.suppression import sees_all
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strike_notices import tell_write_off
from ledger.services.strike_run_steps import chart_of, written_run
from ledger.storage import strike_recoveries as store
from ledger.storage import strike_runs as run_store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

_Taken = Callable[[Work, Run], Awaitable[Done]]


async def repay_overpayment(
    pool: Pool, actor: Actor, key: str, number: str, member: int, account: int, repaid_on: date, amount_minor: int, reference: str = ""
) -> Run:
    """Record that a member paid something back into a bank account that the union keeps."""

    async def work(w: Work, run: Run) -> Done:
        left = await _left(w.connection, run, member)
        amount = checked_overpayment(amount_minor, left, run.number, run.currency)
        text = plain("reference", reference, REFERENCE_MAXIMUM)
        (posted,) = await w.post(await _draft(w.connection, run, "paid_back", amount, repaid_on, w.today, account))
        async with rosters_of(w.connection, run.union):
            await _settle(w.connection, run, member, amount)
            await store.add(
                w.connection, run, member, "paid_back", amount, w.actor.person_id, w.now, happened_on=repaid_on, account_id=account, reference=text,
                entry_number=posted.number,
            )  # fmt: skip
        return await _done(w, run, "paid_back", amount, repaid_on, posted.number)

    request = {"member": member, "account": account, "on": repaid_on, "amount_minor": amount_minor, "reference": reference}
    return await _step(pool, actor, "repay_overpayment", key, number, FIX, request, work)


async def propose_write_off(pool: Pool, actor: Actor, key: str, number: str, member: int, amount_minor: int, reason: str, note: str = "") -> Run:
    """Propose not to ask for it any more; an approver of the union decides by the amount and the reason."""

    async def work(w: Work, run: Run) -> Done:
        amount = checked_overpayment(amount_minor, await _left(w.connection, run, member), run.number, run.currency)
        why, text = rules.checked_reason(reason), plain("note", note, NOTE_MAXIMUM)
        async with rosters_of(w.connection, run.union):
            ordinal = await store.add(
                w.connection, run, member, "written_off", amount, w.actor.person_id, w.now, state="proposed", reason=why, note=text
            )
        await tell_write_off(w, run, ordinal, amount)
        return await _done(w, run, "write_off_proposed", amount)

    request = {"member": member, "amount_minor": amount_minor, "reason": reason, "note": note}
    return await _step(pool, actor, "propose_write_off", key, number, FIX, request, work)


async def approve_write_off(pool: Pool, actor: Actor, key: str, number: str, ordinal: int, approved_on: date) -> Run:
    """Write off what another proposed: it is the fund's expense again."""

    async def work(w: Work, run: Run) -> Done:
        amount, member = await _to_write_off(w.connection, w.actor, run, ordinal, lock=True)
        (posted,) = await w.post(await _draft(w.connection, run, "written_off", amount, approved_on, w.today))
        async with rosters_of(w.connection, run.union):
            await _settle(w.connection, run, member, amount)
            await store.save(
                w.connection, run.number, ordinal, state="posted", happened_on=approved_on, decided_by=w.actor.person_id, decided_at=w.now,
                entry_number=posted.number,
            )  # fmt: skip
        return await _done(w, run, "written_off", amount, approved_on, posted.number)

    return await _step(pool, actor, "approve_write_off", key, number, APPROVE, {"ordinal": ordinal, "on": approved_on}, work)


async def refuse_write_off(pool: Pool, actor: Actor, key: str, number: str, ordinal: int) -> Run:
    """Let it still be owed."""

    async def work(w: Work, run: Run) -> Done:
        async with rosters_of(w.connection, run.union):
            found = (await store.one(w.connection, run.number, ordinal, lock=True)).told
            rules.check_decision(found, w.actor.person_id, w.actor.name)
            await store.save(w.connection, run.number, ordinal, state="refused", decided_by=w.actor.person_id, decided_at=w.now)
        return await _done(w, run, "write_off_refused", found.amount_minor)

    return await _step(pool, actor, "refuse_write_off", key, number, APPROVE, {"ordinal": ordinal}, work)


# --- what would be posted, and what is told ---------------------------------------------------------------------------------


async def preview_repayment(pool: Pool, actor: Actor, number: str, member: int, account: int, repaid_on: date, amount_minor: int) -> Preview:
    """What recording it would post, or the refusal it would get."""
    authorize(actor, FIX)
    async with pool.database.reading() as connection:
        run = await _fixable(connection, actor, number, FIX)
        amount = checked_overpayment(amount_minor, await _left(connection, run, member), run.number, run.currency)
        return await previewed(connection, actor, [await _draft(connection, run, "paid_back", amount, repaid_on, pool.today(), account)], pool.today())


async def preview_write_off(pool: Pool, actor: Actor, number: str, ordinal: int, approved_on: date) -> Preview:
    """What approving would post, or the refusal it would get."""
    authorize(actor, APPROVE)
    async with pool.database.reading() as connection:
        run = await _fixable(connection, actor, number, APPROVE)
        amount, _ = await _to_write_off(connection, actor, run, ordinal)
        return await previewed(connection, actor, [await _draft(connection, run, "written_off", amount, approved_on, pool.today())], pool.today())


async def list_recoveries(pool: Pool, actor: Actor, number: str) -> list[Recovery]:
    """What came back of a run and what is written off or proposed to be, for who keeps the roster or approves; nobody's name. None to others."""
    authorize(actor, "read_strikes")
    async with pool.database.reading() as connection:
        run = await run_store.run(connection, written_run(number))
        if not sees_all(actor, run.union):
            return []
        async with rosters_of(connection, run.union):
            return await store.of_run(connection, run.number)


async def show_write_off(pool: Pool, actor: Actor, number: str, ordinal: int) -> tuple[Run, Recovery]:
    """One of them with its run, as its approver reads it."""
    authorize(actor, APPROVE)
    async with pool.database.reading() as connection:
        run = await run_store.run(connection, written_run(number))
        authorize(actor, APPROVE, run.union)
        async with rosters_of(connection, run.union):
            return run, (await store.one(connection, run.number, ordinal)).told


# --- what the steps share ---------------------------------------------------------------------------------------------------


async def _step(
    pool: Pool, actor: Actor, operation: str, key: str, number: str, permission: str, request: dict[str, object], taken: _Taken
) -> Run:
    async def work(w: Work) -> Done:
        return await taken(w, await _fixable(w.connection, w.actor, number, permission, lock=True))

    return msgspec.convert(await perform(pool, actor, operation, key, {"run": number} | request, work, permission=permission), Run)


async def _fixable(connection: Connection, actor: Actor, number: str, permission: str, lock: bool = False) -> Run:
    run = await run_store.run(connection, written_run(number), lock=lock)
    authorize(actor, permission, run.union)
    check_step(run, "fix")
    return run


async def _left(connection: Connection, run: Run, member: int, proposed: bool = True) -> int:
    """What of a line is still owed, less what waits to be written off."""
    async with rosters_of(connection, run.union):
        owed = sum(amount - settled for _, amount, settled in await store.open_of(connection, run.number, member))
        return owed - (await store.proposed_minor(connection, run.number, member) if proposed else 0)


async def _to_write_off(connection: Connection, actor: Actor, run: Run, ordinal: int, lock: bool = False) -> tuple[int, int]:
    """(minor units, member) of what another proposed; refuses where a run took it off or it came back meanwhile."""
    async with rosters_of(connection, run.union):
        found = await store.one(connection, run.number, ordinal, lock)
    rules.check_decision(found.told, actor.person_id, actor.name)
    left = await _left(connection, run, found.member, proposed=False)
    return checked_overpayment(found.told.amount_minor, left, run.number, run.currency), found.member


async def _settle(connection: Connection, run: Run, member: int, amount_minor: int) -> None:
    owed = await store.open_of(connection, run.number, member)
    parts = runs.recovered_from([amount - settled for _, amount, settled in owed], amount_minor)
    await store.settle(connection, run.strike, member, [(row[0], row[2] + part) for row, part in zip(owed, parts, strict=True)])


async def _draft(connection: Connection, run: Run, step: str, amount_minor: int, day: date, today: date, account: int | None = None) -> Draft:
    check_day("on", day, run.paid_on, today)
    strike = await strike_store.strike(connection, run.strike)
    chart = await chart_of(connection, run, run.account_id if account is None else account)
    return runs.draft_changed(run, step, "issued", amount_minor, strike.fund_id, chart, day)


async def _done(w: Work, run: Run, step: str, amount_minor: int, day: date | None = None, entry: int | None = None) -> Done:
    await run_store.add_event(
        w.connection, run.number, w.actor.person_id, step, w.now, amount_minor=amount_minor, happened_on=day, entry=entry
    )
    return Done(await run_store.run(w.connection, run.number), run.number, {"step": step, "amount_minor": amount_minor, "entry": entry})
