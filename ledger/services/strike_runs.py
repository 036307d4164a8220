"""Run the weekly strike benefits: begin, compute, submit, have a second person approve, and pay; what happens to a payment later is
``ledger.services.strike_payments``'.

The run's record and its entries name nobody. What does is read and written inside ``rosters_of`` alone, and never becomes an answer of ``perform``,
which is remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import msgspec

from ledger.domain import strike_runs as rules
from ledger.domain import strikes as strike_rules_of
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.days import check_day
from ledger.domain.entries import reversal
from ledger.domain.funds import Figures
from ledger.domain.pledges import plain
from ledger.domain.refusals import ChequeNumberTaken, ChoiceInvalid, NotFound, Refusal, RosterEmpty, RunChanged, RunEmpty, RunExists
from ledger.domain.strike_benefits import compute_line, covered_weeks
from ledger.domain.strike_rules import RuleSet, Week, check_decided
from ledger.domain.strike_runs import APPROVE, PAY, PREPARE, REASON_MAXIMUM, CountRow, Member, Run, RunChart, RunLine, Totals, check_step
from ledger.domain.strikes import READ, Strike
from ledger.domain.suppression import sees_all
from ledger.domain.transfers import check_union
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strike_notices import tell_run
from ledger.services.strikes import written
from ledger.storage import entries, funds, payables, reference, strike_arrears, strike_rules
from ledger.storage import strike_runs as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.requests import check_key
from ledger.storage.strike_runs import RunEvent, RunFilter

PAGE_RUNS = 50
# So many lines are computed before the loop turns and others are answered.
LINES_AT_ONCE = 2_000
Come = Callable[[int, int], Awaitable[None]]


class RunView(msgspec.Struct, frozen=True):
    """A run with its strike and rules, what was done with it, its counts by local and reason, the strike's run before it, what is available
    in its fund and held at its union's bank for it, and its payments by state with those of its cheques that are late or stale (its own union's
    people alone see those). ``counts_until`` is the last day that it can still pay, and ``is_over`` says whether that has passed;
    ``rests_on_mine``: it waits for approval, and the reader changed what it is computed from.
    """

    run: Run
    strike: Strike
    rules: RuleSet
    events: list[RunEvent]
    counts: list[CountRow]
    before: Run | None
    before_counts: list[CountRow]
    payments: dict[str, tuple[int, int]]
    totals: Totals
    before_totals: Totals | None
    available_minor: int
    held_minor: int
    counts_until: date
    late: int = 0
    stale: int = 0
    is_over: bool = True
    rests_on_mine: bool = False


class Listed(msgspec.Struct, frozen=True):
    """A page of runs, the newest week first."""

    items: list[Run]
    next: str | None


class Computed(msgspec.Struct, frozen=True):
    """What was computed from which state of the roster, and by which version of the rules."""

    lines: list[RunLine]
    mark: str
    version: int
    first: date


def written_run(number: str) -> str:
    """A run's number as it is kept, ``sr-2026-19`` too; refuses what can be none."""
    found = number.strip().upper()
    parts = found.split("-")
    if len(parts) != 3 or parts[0] != "SR" or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts[1:]):
        raise NotFound(kind="run", id="".join(c for c in number if c.isprintable())[:40])
    return found


# --- preparing ------------------------------------------------------------------------------------------------------------


async def start_run(pool: Pool, actor: Actor, key: str, strike_number: str, week: int) -> Run:
    """Begin the run of a benefit week of one's own union's strike."""

    async def work(w: Work) -> Done:
        strike = await strike_store.strike(w.connection, written(strike_number), lock=True)
        authorize(w.actor, PREPARE, strike.union)
        await _check_supported(w.connection, strike)
        chosen, version, payable = await _week(w.connection, strike, week, w.today)
        exists = await store.live_run(w.connection, strike.number, week)
        if exists is not None:
            raise RunExists(run=exists, week=week)
        name = f"SR-{payable.starts_on.year}"
        number = f"{name}-{await next_value(w.connection, name)}"
        await store.add(w.connection, _new(number, strike, payable, chosen, version, w))
        return await _done(w, number, "started")

    request = {"strike": strike_number, "week": week}
    return msgspec.convert(await perform(pool, actor, "start_run", key, request, work, permission=PREPARE), Run)


def _new(number: str, strike: Strike, week: Week, chosen: RuleSet, version: int, w: Work) -> Run:
    return Run(
        number=number, strike=strike.number, strike_name=strike.name, union=strike.union, week=week.number, starts_on=week.starts_on,
        ends_on=week.ends_on, currency=chosen.currency, rule_set=chosen.code, rule_version=version, state="draft", state_since=w.now, revision=0,
        members=0, eligible=0, full_weeks=0, gross_minor=0, recovered_minor=0, made_by=w.actor.person_id, made_at=w.now,
    )  # fmt: skip


async def _check_supported(connection: Connection, strike: Strike) -> None:
    strike_rules_of.check_supported(strike, "per_member_run", [union.code for union in await reference.unions(connection)])


async def _week(connection: Connection, strike: Strike, number: int, today: date) -> tuple[RuleSet, int, Week]:
    """The rules in force on the week's first day, their version, and the week; refuses rules whose amounts are not decided."""
    first, _ = await strike_rules.in_force(connection, strike.rule_set, strike.starts_on)
    week = rules.payable_week(first, strike.dates, number, strike.number, today, await has_arrears(connection, strike))
    # The calendar is that of the strike's first day, or a week could be paid twice; what is paid in one is what the rules say on its own first day.
    current, version = await strike_rules.in_force(connection, strike.rule_set, week.starts_on)
    return rules.with_calendar_of(check_decided(current), first), version, week


async def has_arrears(connection: Connection, strike: Strike) -> bool:
    """Whether weeks of the strike paid somebody too little, and no run paid it yet."""
    async with rosters_of(connection, strike.union):
        return bool(await strike_arrears.open_of(connection, strike.number))


class Ground(msgspec.Struct, frozen=True):
    """What a run is computed by: the strike, the rules with their version, the week, and the first day whose duty counts."""

    strike: Strike
    rules: RuleSet
    version: int
    week: Week
    first: date


async def ground_of(connection: Connection, run: Run, today: date) -> Ground:
    """What a run is computed by, as it stands now."""
    strike = await strike_store.strike(connection, run.strike)
    chosen, version, week = await _week(connection, strike, run.week, today)
    covered = covered_weeks(chosen, strike.dates, week)
    return Ground(strike, chosen, version, week, covered[0].starts_on if covered else week.starts_on)


async def compute_run(pool: Pool, actor: Actor, key: str, number: str, come: Come | None = None) -> Run:
    """Compute every member's line from the roster, the duty and the rules as they are now; again as often as needed until it is submitted.

    ``come`` is told how many members of how many are done. The lines are computed outside of the transaction that keeps them.
    """
    check_key(key)
    early: Refusal | None = None
    computed: Computed | None = None
    try:
        computed = await _compute(pool, actor, number, come)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if computed is None:
            raise early or RosterEmpty(strike="")
        return await _keep(w, number, computed)

    answer = await perform(pool, actor, "compute_run", key, {"run": number}, work, permission=PREPARE, posts=False)
    return msgspec.convert(answer, Run)


async def _keep(w: Work, number: str, computed: Computed) -> Done:
    run = await _own(w, number, PREPARE, "compute")
    async with rosters_of(w.connection, run.union):
        if await store.roster_mark(w.connection, run.strike, computed.first, run.ends_on) != computed.mark:
            raise RunChanged(run=run.number, revision=run.revision, reason="roster")
        await store.replace_lines(w.connection, run, computed.lines)
    members, eligible, full, gross, recovered = rules.totals(computed.lines)
    revision = run.revision + 1
    await store.add_counts(w.connection, run.number, revision, rules.counts(computed.lines))
    await store.save(
        w.connection, run.number, state="computed", state_since=w.now, revision=revision, members=members, eligible=eligible, full_weeks=full,
        gross_minor=gross, recovered_minor=recovered, rule_version=computed.version, computed_by=w.actor.person_id, mark=computed.mark,
    )  # fmt: skip
    return await _done(w, run.number, "computed", amount_minor=gross)


async def _compute(pool: Pool, actor: Actor, number: str, come: Come | None) -> Computed:
    authorize(actor, PREPARE)
    async with pool.database.reading() as connection:
        run = await store.run(connection, written_run(number))
        authorize(actor, PREPARE, run.union)
        check_step(run, "compute")
        ground = await ground_of(connection, run, pool.today())
        async with rosters_of(connection, run.union):
            mark = await store.roster_mark(connection, run.strike, ground.first, run.ends_on)
            members = await store.members(connection, run.strike, ground.first, run.ends_on, with_duty=keeps_duty(ground.rules))
    if not members:
        raise RosterEmpty(strike=run.strike)
    return Computed(await _lines(ground, members, come), mark, ground.version, ground.first)


def keeps_duty(chosen: RuleSet) -> bool:
    """Whether the rules ask for duty, so that what was done is counted."""
    return bool(chosen.duty.minutes_day or chosen.duty.minutes_week)


async def _lines(ground: Ground, members: list[Member], come: Come | None) -> list[RunLine]:
    dates, found = ground.strike.dates, []
    for start in range(0, len(members), LINES_AT_ONCE):
        part = members[start : start + LINES_AT_ONCE]
        found += [rules.with_recovery(each, compute_line(ground.rules, dates, ground.week, each.facts, each.minutes)) for each in part]
        if come is not None:
            await come(start + len(part), len(members))
        await asyncio.sleep(0)
    return found


async def _check_as_computed(connection: Connection, run: Run, today: date) -> Ground:
    """What it is computed by; refuses figures that the roster, the week's duty or another strike's run have overtaken since."""
    ground = await ground_of(connection, run, today)
    async with rosters_of(connection, run.union):
        mark = await store.roster_mark(connection, run.strike, ground.first, run.ends_on)
        if mark != await store.mark_of(connection, run.number) or await store.paid_elsewhere(connection, run):
            raise RunChanged(run=run.number, revision=run.revision, reason="roster")
    return ground


# --- deciding -------------------------------------------------------------------------------------------------------------


async def submit_run(pool: Pool, actor: Actor, key: str, number: str, revision: int) -> Run:
    """Hand the figures of a revision to a second person."""

    async def work(w: Work) -> Done:
        run = await _own(w, number, PREPARE, "submit")
        rules.check_revision(run, revision)
        if run.gross_minor == 0:
            raise RunEmpty(run=run.number)
        ground = await _check_as_computed(w.connection, run, w.today)
        rules.check_over(ground.rules, ground.strike.dates, run, w.today)
        await store.save(w.connection, run.number, state="submitted", state_since=w.now, submitted_by=w.actor.person_id)
        await tell_run(w, run, "run_to_approve")
        return await _done(w, run.number, "submitted", amount_minor=run.gross_minor)

    request = {"run": number, "revision": revision}
    return msgspec.convert(await perform(pool, actor, "submit_run", key, request, work, permission=PREPARE), Run)


async def send_back(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Run:
    """Send a submitted run back to who prepares it, with the reason."""

    async def work(w: Work) -> Done:
        run = await _own(w, number, APPROVE, "send_back")
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await store.save(w.connection, run.number, state="computed", state_since=w.now, submitted_by=None, remark=text)
        await tell_run(w, run, "run_sent_back")
        return await _done(w, run.number, "sent_back", text)

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
        return await _done(w, run.number, "approved", amount_minor=run.gross_minor, happened_on=approved_on, entry=posted.number)

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
    rules.check_approver(run, actor.person_id, actor.name, await _keepers(connection, run))
    await _check_as_computed(connection, run, today)
    check_day("approved_on", approved_on, run.starts_on, today)
    strike = await strike_store.strike(connection, run.strike)
    await _check_supported(connection, strike)
    return run, strike, await chart_of(connection, run)


async def _keepers(connection: Connection, run: Run) -> set[int]:
    async with rosters_of(connection, run.union):
        return await store.keepers(connection, run.number)


async def _recover(connection: Connection, run: Run) -> None:
    """Take what the run recovers off what its members owe; refuses where they owe less by now."""
    taken = await store.recovering(connection, run.number)
    rows = []
    for member, owed in (await store.overpayments(connection, run.strike, list(taken))).items():
        parts = rules.recovered_from([amount - recovered for _, amount, recovered in owed], taken[member])
        if sum(parts) != taken[member]:
            raise RunChanged(run=run.number, revision=run.revision, reason="roster")
        rows += [(member, ordinal, recovered + part) for (ordinal, _, recovered), part in zip(owed, parts, strict=True) if part]
    await store.set_recovered(connection, run.strike, rows)


async def cancel_run(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Run:
    """Cancel a run that is not paid; what its approval posted is reversed. The week can be run again."""

    async def work(w: Work) -> Done:
        run = await store.run(w.connection, written_run(number), lock=True)
        authorize(w.actor, PREPARE if run.accrual_entry is None else APPROVE, run.union)
        check_step(run, "cancel")
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        entry = await _undo_accrual(w, run) if run.accrual_entry is not None else None
        await store.save(w.connection, run.number, state="cancelled", state_since=w.now, remark=text)
        return await _done(w, run.number, "cancelled", text, amount_minor=run.gross_minor, entry=entry)

    request = {"run": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "cancel_run", key, request, work, permission="read_strikes"), Run)


async def _undo_accrual(w: Work, run: Run) -> int:
    assert run.accrual_entry is not None, "what was approved was posted"
    entry = await entries.entry(w.connection, run.accrual_entry)
    (posted,) = await w.post(reversal(entry, w.today, entry.draft.description))
    async with rosters_of(w.connection, run.union):
        await owed_again(w.connection, run, await store.recovering(w.connection, run.number))
        await strike_arrears.owe_again(w.connection, run.number)
    return posted.number


async def owed_again(connection: Connection, run: Run, taken: dict[int, int]) -> None:
    """Put back what the run recovered of members, minor units; inside ``rosters_of``."""
    rows = []
    for member, owed in (await store.overpayments(connection, run.strike, list(taken))).items():
        # What was recovered last is owed again first.
        parts = rules.recovered_from([recovered for _, _, recovered in reversed(owed)], taken[member])[::-1]
        rows += [(member, ordinal, recovered - part) for (ordinal, _, recovered), part in zip(owed, parts, strict=True) if part]
    await store.set_recovered(connection, run.strike, rows)


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
        return await _done(w, run.number, "paid", amount_minor=run.pay_minor, happened_on=paid_on, entry=entry)

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
        lines = await store.to_pay(w.connection, run.number)
        numbers = iter(rules.cheque_numbers(first_cheque, sum(method == "cheque" for _, method, _, _ in lines)))
        rows = [(member, method, next(numbers) if method == "cheque" else reference_, pay) for member, method, reference_, pay in lines]
        await check_cheques(w.connection, run.union, run.number, account, [row[2] for row in rows if row[1] == "cheque"])
        for start in range(0, len(rows), store.LINES_A_STATEMENT):
            part = rows[start : start + store.LINES_A_STATEMENT]
            await store.add_payments(w.connection, run, 1, part, paid_on)
            if come is not None:
                await come(start + len(part), len(rows))


async def check_cheques(connection: Connection, union: str, run: str, account: int, numbers: list[str]) -> None:
    """Refuse a cheque number that was written on the account before."""
    taken = await store.taken_cheque(connection, union, account, numbers) if numbers else None
    if taken is not None:
        raise ChequeNumberTaken(run=run, number=taken)


async def chart_of(connection: Connection, run: Run, account: int | None = None) -> RunChart:
    """The accounts that a run moves; ``account`` must be a joint bank account of the run's union, in its currency."""
    bank = None
    if account is not None:
        bank = await reference.account_by_id(connection, account)
        check_union(run.union, bank)
        if bank.role != "bank" or bank.book != JOINT or bank.currency != run.currency:
            raise ChoiceInvalid(field="account", value=bank.label)
    roles = {
        "benefits": "strike_benefits", "payable": "strike_payable", "recoverable": "strike_recoverable", "unclaimed": "strike_unclaimed",
        "fees": "bank_fees",
    }  # fmt: skip
    found = {name: await reference.account_for(connection, JOINT, role, run.currency) for name, role in roles.items()}  # type: ignore[arg-type]
    return RunChart(bank=bank, **found)


async def _own(w: Work, number: str, permission: str, step: str) -> Run:
    """The run, locked, for who belongs to its union, in a state that allows the step."""
    run = await store.run(w.connection, written_run(number), lock=True)
    authorize(w.actor, permission, run.union)
    check_step(run, step)
    return run


async def _done(
    w: Work, number: str, what: str, remark: str = "", *, amount_minor: int = 0, happened_on: date | None = None, entry: int | None = None
) -> Done:
    await store.add_event(
        w.connection, number, w.actor.person_id, what, w.now, remark=remark, amount_minor=amount_minor, happened_on=happened_on, entry=entry
    )
    return Done(await store.run(w.connection, number), number, {"step": what, "entry": entry, "amount_minor": amount_minor})


# --- reading --------------------------------------------------------------------------------------------------------------


async def list_runs(pool: Pool, actor: Actor, narrowed: RunFilter, after: str | None = None, limit: int = PAGE_RUNS) -> Listed:
    """A page of the runs of both unions that fit; totals, nobody's line."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.runs(connection, narrowed, after, limit + 1)
    shown = [rules.as_told(run, sees_all(actor, run.union)) for run in found[:limit]]
    return Listed(shown, found[limit - 1].number if len(found) > limit else None)


async def show_run(pool: Pool, actor: Actor, number: str) -> RunView:
    """One run with its totals, by the version of the rules that it was computed by; who keeps no roster of its union is not told small counts."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        run = await store.run(connection, written_run(number))
        strike = await strike_store.strike(connection, run.strike)
        chosen = (await strike_rules.version(connection, run.rule_set, run.rule_version)).rules
        before, all_ = await store.before(connection, run), sees_all(actor, run.union)
        until = rules.counts_until(chosen, strike.dates, run)
        mine = await _rests_on(connection, run, actor)
        payments, late, stale = {}, 0, 0
        if all_:
            async with rosters_of(connection, run.union):
                payments = await store.payment_sums(connection, run.number)
                late, stale = [await _aged(connection, run, pool.today(), days) for days in (rules.LATE_CHEQUE_DAYS, rules.STALE_CHEQUE_DAYS)]
        available, held = await _at_hand(connection, strike, run)
        events = [event if all_ else _without_single_payments(event) for event in await store.events(connection, run.number)]
        counts = rules.shown_counts(await store.counts_of(connection, run), all_)
        before_counts = rules.shown_counts(await store.counts_of(connection, before), all_) if before else []
        told, before_told = rules.as_told(run, all_), before and rules.as_told(before, all_)
        return RunView(
            told, strike, chosen, events, counts, before_told, before_counts, payments, rules.shown_totals(counts, told.members),
            rules.shown_totals(before_counts, before_told.members) if before_told else None, available, held, until, late, stale,
            until < pool.today(), mine,
        )  # fmt: skip


async def _rests_on(connection: Connection, run: Run, actor: Actor) -> bool:
    """Whether a run that waits rests on what this approver changed."""
    waits = run.state == "submitted" and actor.can(APPROVE) and actor.union == run.union
    return waits and actor.person_id in await _keepers(connection, run)


def _without_single_payments(event: RunEvent) -> RunEvent:
    """A step as it is told to who is not told small counts: of a payment that was put right, neither how much nor by which entry."""
    if event.what in (*rules.PAYMENT_STEPS, *rules.RECOVERY_STEPS):
        return msgspec.structs.replace(event, remark="", amount_minor=0, entry=None, fee_entry=None)
    return msgspec.structs.replace(event, remark="")


async def _at_hand(connection: Connection, strike: Strike, run: Run) -> tuple[int, int]:
    """What the strike's fund may pay out in its currency, and what the union holds of it at its joint banks."""
    fund = await funds.fund(connection, strike.fund)
    in_fund = (await funds.held(connection, fund.id)).get(fund.id, {}).get(run.currency, (0, 0, 0))
    figures = Figures(run.currency, *in_fund, fund.floors.get(run.currency, 0))
    places = (await payables.places(connection, [strike.fund_id])).get(strike.fund_id, [])
    held = sum(place.held_minor for place in places if (place.union, place.currency) == (run.union, run.currency))
    return figures.available_minor, held


async def _aged(connection: Connection, run: Run, today: date, days: int) -> int:
    found = await store.aged_cheques(connection, today - timedelta(days=days), run.number)
    return sum(cheques for _, _, cheques, _, _ in found)


async def payable_weeks(pool: Pool, actor: Actor, number: str) -> list[Week]:
    """The weeks of a strike that may be paid so far, for who prepares runs."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        strike = await strike_store.strike(connection, written(number))
        chosen, _ = await strike_rules.in_force(connection, strike.rule_set, strike.starts_on)
        return rules.payable_weeks(chosen, strike.dates, pool.today(), await has_arrears(connection, strike))
