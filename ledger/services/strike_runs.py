"""Run the weekly strike benefits: begin, compute, submit, have a second person approve, and pay; what happens to a payment later is
``ledger.services.strike_payments``'.

The run's record and its entries name nobody. What does is read and written inside ``rosters_of`` alone, and never becomes an answer of ``perform``,
which is remembered.
"""

from datetime import date

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_day
from ledger.domain.entries import reversal
from ledger.domain.pledges import plain
from ledger.domain.refusals import RunChanged, RunEmpty, RunExists
from ledger.domain.strike_rules import RuleSet, Week
from ledger.domain.strike_runs import APPROVE, PAY, PREPARE, REASON_MAXIMUM, Run, RunChart, check_step
from ledger.domain.strikes import Strike
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strike_notices import tell_run
from ledger.services.strike_run_computing import Come, check_as_computed
from ledger.services.strike_run_steps import chart_of, check_cheques, check_members_paid, keepers_of, own_run, run_done, week_of_run, written_run
from ledger.services.strikes import written
from ledger.storage import entries, strike_arrears, strike_run_lines, strike_run_payments
from ledger.storage import strike_runs as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of

# --- preparing ------------------------------------------------------------------------------------------------------------


async def start_run(pool: Pool, actor: Actor, key: str, strike_number: str, week: int) -> Run:
    """Begin the run of a benefit week of one's own union's strike."""

    async def work(w: Work) -> Done:
        strike = await strike_store.strike(w.connection, written(strike_number), lock=True)
        authorize(w.actor, PREPARE, strike.union)
        await check_members_paid(w.connection, strike)
        chosen, version, payable = await week_of_run(w.connection, strike, week, w.today)
        exists = await store.live_run(w.connection, strike.number, week)
        if exists is not None:
            raise RunExists(run=exists, week=week)
        name = f"SR-{payable.starts_on.year}"
        number = f"{name}-{await next_value(w.connection, name)}"
        await store.add(w.connection, _new(number, strike, payable, chosen, version, w))
        return await run_done(w, number, "started")

    request = {"strike": strike_number, "week": week}
    return msgspec.convert(await perform(pool, actor, "start_run", key, request, work, permission=PREPARE), Run)


def _new(number: str, strike: Strike, week: Week, chosen: RuleSet, version: int, w: Work) -> Run:
    return Run(
        number=number, strike=strike.number, strike_name=strike.name, union=strike.union, week=week.number, starts_on=week.starts_on,
        ends_on=week.ends_on, currency=chosen.currency, rule_set=chosen.code, rule_version=version, state="draft", state_since=w.now, revision=0,
        members=0, eligible=0, full_weeks=0, gross_minor=0, recovered_minor=0, made_by=w.actor.person_id, made_at=w.now,
    )  # fmt: skip


# --- deciding -------------------------------------------------------------------------------------------------------------


async def submit_run(pool: Pool, actor: Actor, key: str, number: str, revision: int) -> Run:
    """Hand the figures of a revision to a second person."""

    async def work(w: Work) -> Done:
        run = await own_run(w, number, PREPARE, "submit")
        rules.check_revision(run, revision)
        if run.gross_minor == 0:
            raise RunEmpty(run=run.number)
        ground = await check_as_computed(w.connection, run, w.today)
        rules.check_over(ground.rules, ground.strike.dates, run, w.today)
        await store.save(w.connection, run.number, state="submitted", state_since=w.now, submitted_by=w.actor.person_id)
        await tell_run(w, run, "run_to_approve")
        return await run_done(w, run.number, "submitted", amount_minor=run.gross_minor)

    request = {"run": number, "revision": revision}
    return msgspec.convert(await perform(pool, actor, "submit_run", key, request, work, permission=PREPARE), Run)


async def send_back(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Run:
    """Send a submitted run back to who prepares it, with the reason."""

    async def work(w: Work) -> Done:
        run = await own_run(w, number, APPROVE, "send_back")
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await store.save(w.connection, run.number, state="computed", state_since=w.now, submitted_by=None, remark=text)
        await tell_run(w, run, "run_sent_back")
        return await run_done(w, run.number, "sent_back", text)

    request = {"run": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "send_back_run", key, request, work, permission=APPROVE), Run)


async def approve_run(pool: Pool, actor: Actor, key: str, number: str, revision: int, approved_on: date) -> Run:
    """Approve what another person computed: the week's benefits become the fund's expense and are owed to the members."""

    async def work(w: Work) -> Done:
        run, strike, chart = await _to_approve(w.connection, w.actor, number, revision, approved_on, w.today, lock=True)
        async with rosters_of(w.connection, run.union):
            await _recover(w.connection, run)
            await strike_arrears.pay(w.connection, run.strike, run.number)
        (posted,) = await w.post(rules.draft_accrual(run, strike.fund_id, chart, approved_on))
        await store.save(
            w.connection, run.number, state="approved", state_since=w.now, remark="", approved_by=w.actor.person_id, approved_on=approved_on,
            accrual_entry=posted.number,
        )  # fmt: skip
        await tell_run(w, run, "run_to_pay")
        return await run_done(w, run.number, "approved", amount_minor=run.gross_minor, happened_on=approved_on, entry=posted.number)

    request = {"run": number, "revision": revision, "on": approved_on}
    return msgspec.convert(await perform(pool, actor, "approve_run", key, request, work, permission=APPROVE), Run)


async def preview_approval(pool: Pool, actor: Actor, number: str, approved_on: date) -> Preview:
    """What approving would post, or the refusal it would get."""
    authorize(actor, APPROVE)
    async with pool.database.reading() as connection:
        revision = (await store.run(connection, written_run(number))).revision
        run, strike, chart = await _to_approve(connection, actor, number, revision, approved_on, pool.today())
        return await previewed(connection, actor, [rules.draft_accrual(run, strike.fund_id, chart, approved_on)], pool.today())


async def _to_approve(
    connection: Connection, actor: Actor, number: str, revision: int, approved_on: date, today: date, lock: bool = False
) -> tuple[Run, Strike, RunChart]:
    run = await store.run(connection, written_run(number), lock=lock)
    authorize(actor, APPROVE, run.union)
    check_step(run, "approve")
    rules.check_revision(run, revision)
    rules.check_approver(run, actor.person_id, actor.name, await keepers_of(connection, run))
    await check_as_computed(connection, run, today)
    check_day("approved_on", approved_on, run.starts_on, today)
    strike = await strike_store.strike(connection, run.strike)
    await check_members_paid(connection, strike)
    return run, strike, await chart_of(connection, run)


async def _recover(connection: Connection, run: Run) -> None:
    """Take what the run recovers off what its members owe; refuses where they owe less by now."""
    taken = await strike_run_payments.recovering(connection, run.number)
    rows = []
    for member, owed in (await strike_run_payments.overpayments(connection, run.strike, list(taken))).items():
        parts = rules.recovered_from([amount - recovered for _, amount, recovered in owed], taken[member])
        if sum(parts) != taken[member]:
            raise RunChanged(run=run.number, revision=run.revision, reason="roster")
        rows += [(member, ordinal, recovered + part) for (ordinal, _, recovered), part in zip(owed, parts, strict=True) if part]
    await strike_run_payments.set_recovered(connection, run.strike, rows)


async def cancel_run(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Run:
    """Cancel a run that is not paid; what its approval posted is reversed. The week can be run again."""

    async def work(w: Work) -> Done:
        run = await store.run(w.connection, written_run(number), lock=True)
        authorize(w.actor, PREPARE if run.accrual_entry is None else APPROVE, run.union)
        check_step(run, "cancel")
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        entry = await _undo_accrual(w, run) if run.accrual_entry is not None else None
        await store.save(w.connection, run.number, state="cancelled", state_since=w.now, remark=text)
        return await run_done(w, run.number, "cancelled", text, amount_minor=run.gross_minor, entry=entry)

    request = {"run": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "cancel_run", key, request, work, permission="read_strikes"), Run)


async def _undo_accrual(w: Work, run: Run) -> int:
    assert run.accrual_entry is not None, "what was approved was posted"
    entry = await entries.entry(w.connection, run.accrual_entry)
    (posted,) = await w.post(reversal(entry, w.today, entry.draft.description))
    async with rosters_of(w.connection, run.union):
        await owed_again(w.connection, run, await strike_run_payments.recovering(w.connection, run.number))
        await strike_arrears.owe_again(w.connection, run.number)
    return posted.number


async def owed_again(connection: Connection, run: Run, taken: dict[int, int]) -> None:
    """Put back what the run recovered of members, minor units; inside ``rosters_of``."""
    rows = []
    for member, owed in (await strike_run_payments.overpayments(connection, run.strike, list(taken))).items():
        # What was recovered last is owed again first.
        parts = rules.recovered_from([recovered for _, _, recovered in reversed(owed)], taken[member])[::-1]
        rows += [(member, ordinal, recovered - part) for (ordinal, _, recovered), part in zip(owed, parts, strict=True) if part]
    await strike_run_payments.set_recovered(connection, run.strike, rows)


# --- paying ---------------------------------------------------------------------------------------------------------------


async def pay_run(
    pool: Pool, actor: Actor, key: str, number: str, account: int, paid_on: date, first_cheque: int | None = None, come: Come | None = None
) -> Run:
    """Pay an approved run from a bank account that its union keeps: one entry, and a payment for each member, cheques numbered from the first.

    ``come`` is told how many payments of how many are written.
    """

    async def work(w: Work) -> Done:
        run, strike, chart = await _to_pay(w.connection, w.actor, number, account, paid_on, w.today, lock=True)
        await _issue(w, run, account, paid_on, first_cheque, come)
        drafts = [rules.draft_payment(run, strike.fund_id, chart, paid_on)] if run.pay_minor else []
        posted = await w.post(*drafts) if drafts else []
        entry = posted[0].number if posted else None
        await store.save(
            w.connection, run.number, state="paid", state_since=w.now, paid_by=w.actor.person_id, paid_on=paid_on, account_id=account, payment_entry=entry
        )
        return await run_done(w, run.number, "paid", amount_minor=run.pay_minor, happened_on=paid_on, entry=entry)

    request = {"run": number, "account": account, "on": paid_on, "first_cheque": first_cheque}
    return msgspec.convert(await perform(pool, actor, "pay_run", key, request, work, permission=PAY), Run)


async def preview_run_payment(pool: Pool, actor: Actor, number: str, account: int, paid_on: date) -> Preview | None:
    """What paying would post, or the refusal it would get; None where everything is recovered and nothing paid."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        run, strike, chart = await _to_pay(connection, actor, number, account, paid_on, pool.today())
        if not run.pay_minor:
            return None
        return await previewed(connection, actor, [rules.draft_payment(run, strike.fund_id, chart, paid_on)], pool.today())


async def _to_pay(
    connection: Connection, actor: Actor, number: str, account: int, paid_on: date, today: date, lock: bool = False
) -> tuple[Run, Strike, RunChart]:
    run = await store.run(connection, written_run(number), lock=lock)
    authorize(actor, PAY, run.union)
    check_step(run, "pay")
    rules.check_payer(run, actor.person_id)
    check_day("paid_on", paid_on, run.approved_on, today)
    return run, await strike_store.strike(connection, run.strike), await chart_of(connection, run, account)


async def _issue(w: Work, run: Run, account: int, paid_on: date, first_cheque: int | None, come: Come | None) -> None:
    """One payment for each line that pays something."""
    async with rosters_of(w.connection, run.union):
        lines = await strike_run_payments.to_pay(w.connection, run.number)
        numbers = iter(rules.cheque_numbers(first_cheque, sum(method == "cheque" for _, method, _, _ in lines)))
        rows = [(member, method, next(numbers) if method == "cheque" else reference_, pay) for member, method, reference_, pay in lines]
        await check_cheques(w.connection, run.union, run.number, account, [row[2] for row in rows if row[1] == "cheque"])
        for start in range(0, len(rows), strike_run_lines.LINES_A_STATEMENT):
            part = rows[start : start + strike_run_lines.LINES_A_STATEMENT]
            await strike_run_payments.add_payments(w.connection, run, 1, part, paid_on)
            if come is not None:
                await come(start + len(part), len(rows))
