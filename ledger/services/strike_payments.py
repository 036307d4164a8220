"""Put payments of strike benefits right after they were made: cleared, stopped, issued again, void, unclaimed, paid too much; then reconcile and close.

Each step is one entry of the run's totals (W10). Which member it was about, and why, stays in the private rows.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_day
from ledger.domain.money import check_size
from ledger.domain.pledges import plain
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, NotFound, PaymentsOpen, PaymentState, SamePerson
from ledger.domain.strike_recoveries import RecoveryFile
from ledger.domain.strike_runs import FIX, FIXED_AT_ONCE, OPEN_PAYMENTS, PAY, PAYMENT_STEPS, REASON_MAXIMUM, REFERENCE_MAXIMUM, Run, check_step
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.roster_views import viewing
from ledger.services.strike_run_steps import chart_of, check_cheques, written_run
from ledger.services.strike_runs import owed_again
from ledger.storage import strike_arrears, strike_recoveries, strike_run_lines, strike_run_payments
from ledger.storage import strike_runs as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.strike_run_lines import LineFilter, LineRow
from ledger.storage.strike_run_payments import Overpaid, Payment

PAGE_LINES = 100
# What a list to pay by may hold; a run has no more lines than a strike has members.
LIST_MAXIMUM = 100_000
# Cheques that are still out after so many days, as a list of lines shows them.
AGES = {"late": rules.LATE_CHEQUE_DAYS, "stale": rules.STALE_CHEQUE_DAYS}
SHOWS = (*strike_run_lines.SHOWS, *AGES)


class Lines(msgspec.Struct, frozen=True):
    """A page of a run's lines in the roster's order; ``next`` is the member to go on after."""

    run: Run
    items: list[LineRow]
    next: int | None


class Reissuable(msgspec.Struct, frozen=True):
    """A page of payments that may be issued again, as who pays reads them: a cheque's number and no deposit's reference, and why it was stopped
    left out; ``next`` is the member's number to go on after.
    """

    run: Run
    items: list[Payment]
    next: int | None


class LineView(msgspec.Struct, frozen=True):
    """One member's line, every attempt to pay it, the last first, what of it was paid too much, and what of that came back or is written off."""

    run: Run
    line: LineRow
    payments: list[Payment]
    overpaid: list[Overpaid]
    recoveries: list[RecoveryFile]

    @property
    def left_minor(self) -> int:
        """What of the line was not found to be too much yet."""
        return self.line.gross_minor - sum(each.amount_minor for each in self.overpaid)

    @property
    def owed_minor(self) -> int:
        """What of what was too much is still owed, less what waits to be written off."""
        waits = sum(each.told.amount_minor for each in self.recoveries if each.told.state == "proposed")
        return sum(each.amount_minor - each.recovered_minor for each in self.overpaid) - waits


# --- one payment ----------------------------------------------------------------------------------------------------------


async def stop_payment(pool: Pool, actor: Actor, key: str, number: str, member: int, stopped_on: date, fee_minor: int = 0, reason: str = "") -> Run:
    """Stop a payment that was lost: the money is at the bank again and still owed (W10-3); the bank's charge is an entry of its own (W10-4)."""
    if check_size(fee_minor) < 0:
        raise AmountNotPositive(field="fee")
    request = {"run": number, "member": member, "on": stopped_on, "fee_minor": fee_minor, "reason": reason}

    async def work(w: Work) -> Done:
        run, payment = await _taken(w, number, member, "stop", stopped_on)
        await _set(w, run, [payment], "stopped", stopped_on, reason)
        return await _posted(w, run, "stop", [payment], stopped_on, fee_minor)

    return msgspec.convert(await perform(pool, actor, "stop_payment", key, request, work, permission=FIX), Run)


async def reissue_payment(
    pool: Pool, actor: Actor, key: str, number: str, member: int, issued_on: date, reference: str, method: str = "cheque"
) -> Run:
    """Pay again what was stopped or went unclaimed (W10-5): by who pays runs, another than who stopped it."""
    request = {"run": number, "member": member, "on": issued_on, "reference": reference, "method": method}

    async def work(w: Work) -> Done:
        run, payment = await _taken(w, number, member, "reissue", issued_on, PAY)
        rules.check_payer(run, w.actor.person_id)
        if payment.ended_by == w.actor.person_id:
            raise SamePerson(person=w.actor.name)
        assert run.account_id is not None, "what was paid was paid from an account"
        text = plain("reference", reference, REFERENCE_MAXIMUM, needed=True)
        if method not in ("cheque", "deposit"):
            raise ChoiceInvalid(field="method", value=method[:40])
        if method == "cheque" and not (text.isascii() and text.isdigit()):
            raise ChoiceInvalid(field="reference", value=text[:40])
        async with rosters_of(w.connection, run.union):
            if method == "cheque":
                await check_cheques(w.connection, run.union, run.number, run.account_id, [text])
            await strike_run_payments.set_payments(w.connection, run.number, [member], [payment.state], "replaced", issued_on, "", w.actor.person_id)
            await strike_run_payments.add_payments(w.connection, run, payment.attempt + 1, [(member, method, text, payment.amount_minor)], issued_on)
        await _reopen(w, run)
        return await _posted(w, run, "reissue", [payment], issued_on)

    return msgspec.convert(await perform(pool, actor, "reissue_payment", key, request, work, permission=PAY), Run)


async def void_payment(pool: Pool, actor: Actor, key: str, number: str, member: int, void_on: date, reason: str) -> Run:
    """Void a payment that was not due and has not been cashed: the line's expense is undone with it, and what it recovered is owed again."""
    request = {"run": number, "member": member, "on": void_on, "reason": reason}

    async def work(w: Work) -> Done:
        run, payment = await _taken(w, number, member, "void", void_on)
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        async with rosters_of(w.connection, run.union):
            if await strike_run_payments.overpaid_minor(w.connection, run.number, member):
                raise PaymentState(run=run.number, state="overpaid")
            recovered = (await strike_run_lines.line(w.connection, run.number, member)).recovered_minor
            await owed_again(w.connection, run, {member: recovered} if recovered else {})
            await strike_arrears.owe_again(w.connection, run.number, member)
        await _set(w, run, [payment], "void", void_on, text)
        strike = await strike_store.strike(w.connection, run.strike)
        chart = await chart_of(w.connection, run, run.account_id)
        (posted,) = await w.post(rules.draft_void(run, payment.state, payment.amount_minor, recovered, strike.fund_id, chart, void_on))
        return await _told(w, run, "void", [payment], void_on, posted.number)

    return msgspec.convert(await perform(pool, actor, "void_payment", key, request, work, permission=FIX), Run)


async def record_overpayment(pool: Pool, actor: Actor, key: str, number: str, member: int, amount_minor: int, found_on: date, reason: str) -> Run:
    """Record that a member was paid too much: the next run recovers it, and nothing that was paid is edited."""
    request = {"run": number, "member": member, "on": found_on, "amount_minor": amount_minor, "reason": reason}

    async def work(w: Work) -> Done:
        run, payment = await _taken(w, number, member, "overpaid", found_on)
        async with rosters_of(w.connection, run.union):
            line = await strike_run_lines.line(w.connection, run.number, member)
            left = line.gross_minor - await strike_run_payments.overpaid_minor(w.connection, run.number, member)
        amount = rules.checked_overpayment(amount_minor, left, run.number, run.currency)
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        done = await _posted(w, run, "overpaid", [msgspec.structs.replace(payment, amount_minor=amount)], found_on)
        async with rosters_of(w.connection, run.union):
            await strike_run_payments.add_overpayment(w.connection, run, member, amount, found_on, text, done.details["entry"])
        return done

    return msgspec.convert(await perform(pool, actor, "record_overpayment", key, request, work, permission=FIX), Run)


# --- many payments --------------------------------------------------------------------------------------------------------


async def clear_payments(pool: Pool, actor: Actor, key: str, number: str, cleared_on: date, members: Sequence[int] | None = None) -> Run:
    """Say that payments were cashed or credited, those of some members or every one that is still out. Nothing is posted: the bank paid them before."""
    request = {"run": number, "on": cleared_on, "members": members}

    async def work(w: Work) -> Done:
        run, payments = await _several(w, number, members, "clear", cleared_on)
        await _set(w, run, payments, "cleared", cleared_on, "")
        return await _told(w, run, "clear", payments, cleared_on)

    return msgspec.convert(await perform(pool, actor, "clear_payments", key, request, work, permission=FIX), Run)


async def unclaim_payments(pool: Pool, actor: Actor, key: str, number: str, unclaimed_on: date, members: Sequence[int]) -> Run:
    """Move what nobody cashed to unclaimed benefits, a debt that stays until it is claimed (W10-6); the expense stays as it is."""
    request = {"run": number, "on": unclaimed_on, "members": members}

    async def work(w: Work) -> Done:
        run, payments = await _several(w, number, members, "unclaim", unclaimed_on)
        return await _unclaimed(w, run, payments, unclaimed_on)

    return msgspec.convert(await perform(pool, actor, "unclaim_payments", key, request, work, permission=FIX), Run)


async def unclaim_stale(pool: Pool, actor: Actor, key: str, number: str, unclaimed_on: date) -> Run:
    """Move every stale cheque of a run that is still out to unclaimed benefits, in one entry."""

    async def work(w: Work) -> Done:
        run = await _fixable(w, number, unclaimed_on)
        written_by = unclaimed_on - timedelta(days=rules.STALE_CHEQUE_DAYS)
        async with rosters_of(w.connection, run.union):
            found = await strike_run_payments.payments(w.connection, run.number, None, PAYMENT_STEPS["clear"])
        stale = [each for each in found if each.method == "cheque" and each.issued_on <= written_by]
        if not stale:
            raise PaymentState(run=run.number, state="")
        return await _unclaimed(w, run, stale, unclaimed_on)

    request = {"run": number, "on": unclaimed_on}
    return msgspec.convert(await perform(pool, actor, "unclaim_stale", key, request, work, permission=FIX), Run)


async def _unclaimed(w: Work, run: Run, payments: Sequence[Payment], day: date) -> Done:
    """One entry takes them from where they are, so all must be at the bank, or all stopped."""
    if len({payment.state for payment in payments}) > 1:
        raise PaymentState(run=run.number, state="stopped")
    await _set(w, run, payments, "unclaimed", day, "")
    return await _posted(w, run, "unclaim", payments, day)


async def _several(w: Work, number: str, members: Sequence[int] | None, step: str, day: date) -> tuple[Run, list[Payment]]:
    run = await _fixable(w, number, day)
    if members is not None and not 1 <= len(set(members)) == len(members) <= FIXED_AT_ONCE:
        raise ChoiceInvalid(field="members", value=str(len(members)))
    async with rosters_of(w.connection, run.union):
        found = await strike_run_payments.payments(w.connection, run.number, members, PAYMENT_STEPS[step])
    if not found or (members is not None and len(found) < len(members)):
        raise PaymentState(run=run.number, state="")
    _check_after(found, day)
    return run, found


# --- the run as a whole ---------------------------------------------------------------------------------------------------


async def reconcile_run(pool: Pool, actor: Actor, key: str, number: str) -> Run:
    """Say that every payment of the run is accounted for: none is still out or stopped without a successor."""

    async def work(w: Work) -> Done:
        run = await _own(w, number, "reconcile")
        async with rosters_of(w.connection, run.union):
            sums = await strike_run_payments.payment_sums(w.connection, run.number)
        out = sum(sums.get(state, (0, 0))[0] for state in OPEN_PAYMENTS)
        if out:
            raise PaymentsOpen(run=run.number, count=out)
        return await _turned(w, run, "reconciled")

    return msgspec.convert(await perform(pool, actor, "reconcile_run", key, {"run": number}, work, permission=FIX), Run)


async def close_run(pool: Pool, actor: Actor, key: str, number: str) -> Run:
    """Close a reconciled run: nothing of the week waits for anybody. Who claims late opens it again."""

    async def work(w: Work) -> Done:
        return await _turned(w, await _own(w, number, "close"), "closed")

    return msgspec.convert(await perform(pool, actor, "close_run", key, {"run": number}, work, permission=FIX), Run)


async def _turned(w: Work, run: Run, state: str) -> Done:
    await store.save(w.connection, run.number, state=state, state_since=w.now)
    await store.add_event(w.connection, run.number, w.actor.person_id, state, w.now)
    return Done(await store.run(w.connection, run.number), run.number, {"step": state})


async def _reopen(w: Work, run: Run) -> None:
    """A payment that goes out again is open again, and so is the run's reconciliation."""
    if run.state != "paid":
        await store.save(w.connection, run.number, state="paid", state_since=w.now)


# --- what the steps share -------------------------------------------------------------------------------------------------


async def _own(w: Work, number: str, step: str, permission: str = FIX) -> Run:
    run = await store.run(w.connection, written_run(number), lock=True)
    authorize(w.actor, permission, run.union)
    check_step(run, step)
    return run


async def _fixable(w: Work, number: str, day: date, permission: str = FIX) -> Run:
    run = await _own(w, number, "fix", permission)
    check_day("on", day, run.paid_on, w.today)
    return run


async def _taken(w: Work, number: str, member: int, step: str, day: date, permission: str = FIX) -> tuple[Run, Payment]:
    """The run and the member's last payment, in a state that allows the step."""
    run = await _fixable(w, number, day, permission)
    async with rosters_of(w.connection, run.union):
        return run, await _last(w.connection, run, member, step, day)


async def _last(connection: Connection, run: Run, member: int, step: str, day: date) -> Payment:
    found = await strike_run_payments.payments(connection, run.number, [member], strike_run_lines.PAYMENT_STATES)
    if not found:
        raise NotFound(kind="payment", id=f"{run.number}/{member}"[:40])
    rules.check_payment_step(run.number, found[0].state, step)
    _check_after(found, day)
    return found[0]


def _check_after(payments: Sequence[Payment], day: date) -> None:
    """Nothing happens to a payment before it was made, or before what happened to it last."""
    last = max(payment.ended_on or payment.issued_on for payment in payments)
    check_day("on", day, last, max(day, last))


async def _set(w: Work, run: Run, payments: Sequence[Payment], state: str, day: date, reason: str) -> None:
    text = plain("reason", reason, REASON_MAXIMUM)
    members, before = [payment.member for payment in payments], list({payment.state for payment in payments})
    async with rosters_of(w.connection, run.union):
        await strike_run_payments.set_payments(w.connection, run.number, members, before, state, day, text, w.actor.person_id)


async def _posted(w: Work, run: Run, step: str, payments: Sequence[Payment], day: date, fee_minor: int = 0) -> Done:
    """Post what the step moves, the bank's fee by itself, and tell the run's history."""
    strike = await strike_store.strike(w.connection, run.strike)
    chart = await chart_of(w.connection, run, run.account_id)
    amount = sum(payment.amount_minor for payment in payments)
    drafts = [rules.draft_changed(run, step, payments[0].state, amount, strike.fund_id, chart, day)]
    if fee_minor:
        drafts.append(rules.draft_fee(run, fee_minor, strike.fund_id, chart, day))
    numbers = [posted.number for posted in await w.post(*drafts)]
    return await _told(w, run, step, payments, day, *numbers)


async def _told(w: Work, run: Run, step: str, payments: Sequence[Payment], day: date, entry: int | None = None, fee_entry: int | None = None) -> Done:
    amount = sum(payment.amount_minor for payment in payments)
    await store.add_event(
        w.connection, run.number, w.actor.person_id, step, w.now, amount_minor=amount, happened_on=day, entry=entry, fee_entry=fee_entry
    )
    details = {"step": step, "payments": len(payments), "amount_minor": amount, "entry": entry, "fee_entry": fee_entry}
    return Done(await store.run(w.connection, run.number), run.number, details)


# --- reading --------------------------------------------------------------------------------------------------------------


async def list_lines(pool: Pool, actor: Actor, number: str, narrowed: LineFilter, after: int = 0, limit: int = PAGE_LINES) -> Lines:
    """A page of a run's lines with names, for the union's own benefits officers and treasurers; the view is logged."""
    run = await _seen(pool, actor, number)
    if narrowed.shows in AGES:
        day = pool.today() - timedelta(days=AGES[narrowed.shows])
        narrowed = msgspec.structs.replace(narrowed, shows="issued", issued_by=day)
    async with viewing(pool, actor, run.strike, "lines") as (connection, _):
        found = await strike_run_lines.lines(connection, run.number, narrowed, after, limit + 1)
    return Lines(run, found[:limit], found[limit - 1].member if len(found) > limit else None)


async def show_line(pool: Pool, actor: Actor, number: str, member: int) -> LineView:
    """One member's line with its payments."""
    run = await _seen(pool, actor, number)
    async with viewing(pool, actor, run.strike, "line") as (connection, _):
        return LineView(
            run, await strike_run_lines.line(connection, run.number, member), await strike_run_payments.payments_of(connection, run.number, member),
            await strike_run_payments.overpaid_of(connection, run.number, member), await strike_recoveries.of_line(connection, run.number, member),
        )  # fmt: skip


async def list_reissuable(pool: Pool, actor: Actor, number: str, after: int = 0, limit: int = PAGE_LINES) -> Reissuable:
    """A page of payments that were stopped or went unclaimed, by number and amount, for who pays runs; the view is logged."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        run = await store.run(connection, written_run(number))
    async with viewing(pool, actor, run.strike, "payments", PAY) as (connection, _):
        found = await strike_run_payments.payments_page(connection, run.number, PAYMENT_STEPS["reissue"], after, limit + 1)
    shown = [_without_private(each) for each in found[:limit]]
    return Reissuable(run, shown, shown[-1].member if len(found) > limit else None)


def _without_private(payment: Payment) -> Payment:
    """A deposit's reference is the paying system's name for a member, and a reason may name one."""
    return msgspec.structs.replace(payment, reason="", reference=payment.reference if payment.method == "cheque" else "")


async def preview_change(
    pool: Pool, actor: Actor, number: str, member: int, step: str, day: date, amount_minor: int | None = None
) -> Preview:
    """What a step with a member's payment would post, or the refusal it would get; ``amount_minor`` of what was paid too much. Fees are left out."""
    permission = PAY if step == "reissue" else FIX
    authorize(actor, permission)
    async with pool.database.reading() as connection:
        run = await store.run(connection, written_run(number))
        authorize(actor, permission, run.union)
        check_step(run, "fix")
        check_day("on", day, run.paid_on, pool.today())
        async with rosters_of(connection, run.union):
            payment = await _last(connection, run, member, step, day)
            line = await strike_run_lines.line(connection, run.number, member)
            overpaid = await strike_run_payments.overpaid_minor(connection, run.number, member)
        strike = await strike_store.strike(connection, run.strike)
        chart = await chart_of(connection, run, run.account_id)
        amount = payment.amount_minor if amount_minor is None else amount_minor
        if step == "void" and overpaid:
            raise PaymentState(run=run.number, state="overpaid")
        if step == "overpaid":
            rules.checked_overpayment(amount, line.gross_minor - overpaid, run.number, run.currency)
        if step == "void":
            draft = rules.draft_void(run, payment.state, amount, line.recovered_minor, strike.fund_id, chart, day)
        else:
            draft = rules.draft_changed(run, step, payment.state, amount, strike.fund_id, chart, day)
        return await previewed(connection, actor, [draft], pool.today())


async def payment_list(pool: Pool, actor: Actor, number: str) -> tuple[Run, list[LineRow]]:
    """Everybody who is paid, or was: the list to write cheques and make deposits by, and the cheque register."""
    run = await _seen(pool, actor, number)
    async with viewing(pool, actor, run.strike, "payments") as (connection, _):
        return run, await strike_run_lines.lines(connection, run.number, LineFilter(shows="paid"), 0, LIST_MAXIMUM)


async def _seen(pool: Pool, actor: Actor, number: str) -> Run:
    authorize(actor, "read_roster")
    async with pool.database.reading() as connection:
        return await store.run(connection, written_run(number))
