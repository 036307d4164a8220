"""Advance money to locals on strike, hold the next sum until the local has reported on the last, accept its reports, and take the rest back.

Three people stand between the fund and a local: one prepares, a second approves, and one who did not approve pays. A report is accepted by
another than who filed it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.domain import strike_advances as rules
from ledger.domain.accounts import Account, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft
from ledger.domain.pledges import plain
from ledger.domain.refusals import AdvanceExists, AdvanceState, ChoiceInvalid, NotFound
from ledger.domain.strike_advances import (
    APPROVE,
    MODEL,
    PAY,
    PREPARE,
    REASON_MAXIMUM,
    AcceptReports,
    Advance,
    ExpenseReport,
    FileReport,
    PayAdvance,
    ProposeAdvance,
    ReturnUnspent,
    Statement,
    WeekLine,
)
from ledger.domain.strike_benefits import LumpSum
from ledger.domain.strike_rules import RuleSet, Week, check_decided, nth_week
from ledger.domain.strikes import READ, Strike, StrikeEvent, StrikeLocal, check_step, check_supported
from ledger.domain.transfers import check_union
from ledger.services import strike_advance_notices as telling
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import ZONE, Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strikes import written
from ledger.storage import entries, reference, strike_rules
from ledger.storage import strike_advances as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection
from ledger.storage.payables import held_in
from ledger.storage.strikes import StrikeFilter

# Takes a step with an advance and says what to remember of it.
_Taken = Callable[[Work, "Case", WeekLine], Awaitable[str]]


class Case(msgspec.Struct, frozen=True):
    """A strike with the accounts of its locals, by the rules of a day; ``statements`` are in the order of the strike's locals."""

    strike: Strike
    rules: RuleSet
    statements: tuple[Statement, ...]

    def of(self, local: StrikeLocal) -> Statement:
        """The statement of one local."""
        return next(each for each in self.statements if each.local.id == local.id)


class Due(msgspec.Struct, frozen=True):
    """A local's week that could be paid now: what the rules give for the strikers last counted (none known: 0), and what holds it back."""

    local: StrikeLocal
    week: Week
    strikers: int
    sum: LumpSum | None
    advance: Advance | None
    hold: str
    missing_week: int | None


class AdvancesView(msgspec.Struct, frozen=True):
    """All that was advanced in a strike, by local, and what is due this week."""

    case: Case
    due: tuple[Due, ...]


class AdvanceView(msgspec.Struct, frozen=True):
    """One advance: how it came to its amount, what holds it back, its history, and the union's bank accounts it may be paid from."""

    case: Case
    line: WeekLine
    advance: Advance
    weekly_minor: int
    events: list[StrikeEvent]
    banks: list[Account]
    held: dict[int, int]


class ReportView(msgspec.Struct, frozen=True):
    """A report of a week with the versions before it, the latest first; none where nothing was filed yet."""

    case: Case
    local: StrikeLocal
    week: Week
    versions: list[ExpenseReport]


class Acceptance(msgspec.Struct, frozen=True):
    """What accepting reports would do: each with what it accounts for; ``preview`` is None where nothing is open and so nothing is posted."""

    shares: tuple[tuple[ExpenseReport, int], ...]
    amount_minor: int
    own_minor: int
    preview: Preview | None


class TakenBack(msgspec.Struct, frozen=True):
    """What an entry of advances was of: one of the three is there."""

    advance: Advance | None = None
    reports: tuple[ExpenseReport, ...] = ()
    returned: rules.AdvanceReturn | None = None


def written_advance(number: str) -> str:
    """An advance's number as it is kept, ``sa-0003`` too."""
    return "".join(letter for letter in number.strip().upper() if letter.isprintable())[:40]


# --- the ground ---------------------------------------------------------------------------------------------------------


async def load_cases(connection: Connection, strikes: Sequence[Strike], today: date) -> list[Case]:
    """Strikes whose locals are paid, with their accounts."""
    numbers = [strike.number for strike in strikes]
    advances, reports, returns = (
        await store.advances(connection, numbers), await store.reports(connection, numbers), await store.returns(connection, numbers),
    )  # fmt: skip
    known = await strike_rules.all_in_force(connection, {(strike.rule_set, max(today, strike.starts_on)) for strike in strikes})
    found = []
    for strike in strikes:
        rule_set, _ = known[strike.rule_set, max(today, strike.starts_on)]
        kept = (advances.get(strike.number, []), reports.get(strike.number, []), returns.get(strike.number, []))
        found.append(Case(strike, rule_set, tuple(_statement(strike, rule_set, local, *kept) for local in strike.locals)))
    return found


def _statement(
    strike: Strike, rule_set: RuleSet, local: StrikeLocal, advances: list[Advance], reports: list[ExpenseReport], returns: list[rules.AdvanceReturn]
) -> Statement:
    return rules.statement(
        strike, rule_set, local, [each for each in advances if each.local.id == local.id],
        [each for each in reports if each.local.id == local.id], [each for each in returns if each.local.id == local.id],
    )  # fmt: skip


async def load_case(connection: Connection, number: str, today: date, lock: bool = False) -> Case:
    """One strike with its locals' accounts; ``lock`` holds it, and with it everything that is advanced in it."""
    strike = await strike_store.strike(connection, written(number), lock)
    if strike.model != MODEL:
        raise NotFound(kind="advances", id=strike.number)
    return (await load_cases(connection, [strike], today))[0]


async def _advance_case(connection: Connection, number: str, today: date, lock: bool = False) -> tuple[Case, WeekLine]:
    found = await store.advance(connection, written_advance(number))
    case = await load_case(connection, found.strike, today, lock)
    lines = case.of(found.local).weeks
    line = next((each for each in lines if each.advance is not None and each.advance.number == found.number), None)
    # A cancelled advance has left its week to another.
    return case, line or WeekLine(nth_week(case.rules, case.strike.starts_on, found.week), await store.advance(connection, found.number), None, "")


async def _own_case(w: Work, number: str, permission: str) -> Case:
    """The strike, locked, for who belongs to its union."""
    case = await load_case(w.connection, number, w.today, lock=True)
    authorize(w.actor, permission, case.strike.union)
    return case


async def _supported(connection: Connection, strike: Strike) -> None:
    check_supported(strike, MODEL, [union.code for union in await reference.unions(connection)])


async def _done(w: Work, strike: Strike, what: str, remark: str, subject: str, answer: Any, entry: int | None = None) -> Done:
    await strike_store.add_event(w.connection, strike.number, w.actor.person_id, what, remark, w.now, subject, entry)
    return Done(answer, subject, {"step": what, "strike": strike.number} | ({"entry": entry} if entry else {}))


# --- proposing and approving --------------------------------------------------------------------------------------------


async def propose_advance(pool: Pool, actor: Actor, key: str, strike: str, request: ProposeAdvance) -> Advance:
    """Propose the sum of a week for a local, by the rules in force when the week began; a second person approves it."""

    async def work(w: Work) -> Done:
        case = await _own_case(w, strike, PREPARE)
        local, week, version, found = await _proposed(w.connection, case, request, w.today)
        new = Advance(
            number=await w.next_number("SA"), strike=case.strike.number, union=case.strike.union, local=local, week=week.number,
            starts_on=week.starts_on, ends_on=week.ends_on, strikers=request.strikers,
            amount_minor=found.amount_minor, currency=case.strike.currency, rule_set=case.rules.code,
            rule_version=version, state="proposed", state_since=w.now, hold_reason="", remark=plain("remark", request.remark, REASON_MAXIMUM),
            proposed_by=w.actor.person_id, proposed_by_name=w.actor.name, proposed_at=w.now,
        )  # fmt: skip
        await store.add_advance(w.connection, new)
        _, line = await _advance_case(w.connection, new.number, w.today)
        await telling.tell_next(w, line)
        return await _done(w, case.strike, "advance_proposed", new.remark, new.number, new)

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
    await _supported(connection, case.strike)
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
        await _supported(w.connection, case.strike)
        rules.check_approver(line.advance, w.actor.person_id)
        rules.check_not_held(line)
        await _account(w, case.strike, line.advance.local)
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
        case, line = await _advance_case(w.connection, number, w.today, lock=True)
        assert line.advance is not None
        authorize(w.actor, permission, case.strike.union)
        rules.check_step(line.advance, step)
        remark = await taken(w, case, line)
        changed = await store.advance(w.connection, line.advance.number)
        if changed.state != "cancelled":
            await telling.tell_next(w, (await _advance_case(w.connection, changed.number, w.today))[1])
        return await _done(w, case.strike, what, remark, changed.number, changed)

    answer = await perform(pool, actor, f"{step}_advance", key, {"advance": number, **request}, work, permission=permission)
    return msgspec.convert(answer, Advance)


async def _account(w: Work, strike: Strike, local: StrikeLocal) -> Account:
    """The local's account, opened where it is not there yet."""
    union = await reference.union(w.connection, strike.union)
    found = await _find_account(w.connection, strike, local, union)
    if found is not None:
        return found
    plain_path = rules.account_path(local, union, shared=False)
    taken = await store.accounts_at(w.connection, [plain_path], strike.currency)
    path = rules.account_path(local, union, shared=plain_path in taken)
    opened = rules.new_account(await next_value(w.connection, "account"), path, local, union, strike.currency, w.today)
    await reference.add_account(w.connection, opened)
    return opened


async def _find_account(connection: Connection, strike: Strike, local: StrikeLocal, union: Union) -> Account | None:
    paths = [rules.account_path(local, union, shared) for shared in (False, True)]
    kept = await store.accounts_at(connection, paths, strike.currency)
    own = (kept[path] for path in paths if path in kept)
    return next((each for each in own if (each.role, each.counterparty) == ("strike_advances", union.code)), None)


async def _known_account(connection: Connection, strike: Strike, local: StrikeLocal) -> Account:
    found = await _find_account(connection, strike, local, await reference.union(connection, strike.union))
    assert found is not None, "what was approved has its account"
    return found


# --- paying -------------------------------------------------------------------------------------------------------------


async def pay_advance(pool: Pool, actor: Actor, key: str, number: str, request: PayAdvance) -> Advance:
    """Pay an approved advance from a bank account that the strike's union keeps; by another than who approved it."""

    async def work(w: Work) -> Done:
        case, line = await _advance_case(w.connection, number, w.today, lock=True)
        assert line.advance is not None
        draft = await _paid(w.connection, w.actor, case, line, request, w.today)
        (posted,) = await w.post(draft)
        await store.save_advance(
            w.connection, line.advance.number, state="paid", state_since=w.now, paid_by=w.actor.person_id, paid_on=request.paid_on,
            account_id=request.account, entry_number=posted.number,
        )  # fmt: skip
        changed = await store.advance(w.connection, line.advance.number)
        return await _done(w, case.strike, "advance_paid", "", changed.number, changed, posted.number)

    answer = await perform(pool, actor, "pay_advance", key, {"advance": number, "pay": request}, work, permission=PAY)
    return msgspec.convert(answer, Advance)


async def preview_payment(pool: Pool, actor: Actor, number: str, request: PayAdvance) -> Preview:
    """What paying would post, or the refusal it would get; nothing is kept."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        case, line = await _advance_case(connection, number, pool.today())
        return await previewed(connection, actor, [await _paid(connection, actor, case, line, request, pool.today())], pool.today())


async def _paid(connection: Connection, actor: Actor, case: Case, line: WeekLine, request: PayAdvance, today: date) -> Draft:
    advance = line.advance
    assert advance is not None
    authorize(actor, PAY, case.strike.union)
    rules.check_step(advance, "pay")
    await _supported(connection, case.strike)
    rules.check_payer(advance, actor.person_id)
    rules.check_not_held(line)
    # Nothing is spent first and approved later.
    check_past_day("paid_on", request.paid_on, today, advance.state_since.astimezone(ZONE).date())
    bank = await _bank(connection, actor, case.strike, request.account)
    return rules.draft_advance(case.strike, advance, await _known_account(connection, case.strike, advance.local), bank, request.paid_on)


async def _bank(connection: Connection, actor: Actor, strike: Strike, account_id: int) -> Account:
    """A joint bank account of the strike's union and currency."""
    bank = await reference.account_by_id(connection, account_id)
    if bank.role != "bank" or bank.book != JOINT or bank.currency != strike.currency:
        raise ChoiceInvalid(field="account", value=bank.label)
    check_union(actor.union, bank)
    return bank


# --- reports ------------------------------------------------------------------------------------------------------------


async def file_report(pool: Pool, actor: Actor, key: str, strike: str, request: FileReport) -> ExpenseReport:
    """File a local's expense report of a week, or file it again in place of one that nobody accepted."""

    async def work(w: Work) -> Done:
        case = await _own_case(w, strike, PREPARE)
        await _supported(w.connection, case.strike)
        local, said = rules.local_of(case.strike, request.local), rules.checked_report(request)
        rules.reported_week(case.strike, case.rules, request.week, w.today)
        before = await store.versions(w.connection, case.strike.number, local.id, request.week)
        rules.check_fileable(before[0] if before else None)
        version = before[0].version + 1 if before else 1
        await store.add_report(w.connection, case.strike, local, said, version, w.actor.person_id, w.today, w.now)
        kept = (await store.versions(w.connection, case.strike.number, local.id, request.week))[0]
        await telling.tell_report(w, case.strike, kept, "expense_report_filed")
        await _tell_freed(w, case, local)
        return await _done(w, case.strike, "report_filed", "", report_name(kept), kept)

    answer = await perform(pool, actor, "file_expense_report", key, {"strike": strike, "report": request}, work, permission=PREPARE)
    return msgspec.convert(answer, ExpenseReport)


def report_name(report: ExpenseReport) -> str:
    """How the history and the audit trail name a report: ``504/3``, local and week."""
    return f"{report.local.number}/{report.week}"


async def _tell_freed(w: Work, before: Case, local: StrikeLocal) -> None:
    """Tell those who wait for an advance that its report is there now."""
    held = {line.week.number for line in before.of(local).weeks if line.hold == "missing_expense_report"}
    now = (await load_case(w.connection, before.strike.number, w.today)).of(local)
    for line in now.weeks:
        if line.week.number in held and not line.hold:
            await telling.tell_next(w, line)


async def return_report(pool: Pool, actor: Actor, key: str, strike: str, local: str, week: int, reason: str) -> ExpenseReport:
    """Send a filed report back for changes; until it is filed again the next advance waits."""

    async def work(w: Work) -> Done:
        case = await _own_case(w, strike, APPROVE)
        check_step(case.strike, "support")
        report = _report(case, rules.local_of(case.strike, local), week)
        rules.check_waits(report)
        rules.check_second_person(report, w.actor.person_id)
        said = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await store.save_report(w.connection, report, state="returned", decided_by=w.actor.person_id, decided_on=w.today, decision=said)
        kept = (await store.versions(w.connection, case.strike.number, report.local.id, week))[0]
        await telling.tell_report(w, case.strike, kept, "expense_report_returned")
        return await _done(w, case.strike, "report_returned", said, report_name(kept), kept)

    request = {"strike": strike, "local": local, "week": week, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "return_expense_report", key, request, work, permission=APPROVE), ExpenseReport)


def _report(case: Case, local: StrikeLocal, week: int) -> ExpenseReport:
    found = next((line.report for line in case.of(local).weeks if line.week.number == week), None)
    if found is None:
        raise NotFound(kind="expense_report", id=f"{case.strike.number}/{local.number}/{week}")
    return found


async def accept_reports(pool: Pool, actor: Actor, key: str, strike: str, request: AcceptReports) -> list[ExpenseReport]:
    """Accept filed reports of a local with one entry, up to what is open; beyond that it was the local's own money."""

    async def work(w: Work) -> Done:
        case = await _own_case(w, strike, APPROVE)
        check_step(case.strike, "support")
        found, draft = await _accepted(w.connection, w.actor, case, request, w.today)
        entry = (await w.post(draft))[0].number if draft else None
        for report, share in found:
            await store.save_report(
                w.connection, report, state="accepted", accepted_minor=share, entry_number=entry, decided_by=w.actor.person_id,
                decided_on=request.accepted_on,
            )  # fmt: skip
        local = found[0][0].local
        kept = [each for each in (await store.reports(w.connection, [case.strike.number]))[case.strike.number] if each.local.id == local.id]
        answer = [each for each in kept if each.week in request.weeks]
        subject = f"{local.number}/{'+'.join(str(each.week) for each in answer)}"
        return await _done(w, case.strike, "report_accepted", "", subject, answer, entry)

    answer = await perform(pool, actor, "accept_expense_reports", key, {"strike": strike, "accept": request}, work, permission=APPROVE)
    return msgspec.convert(answer, list[ExpenseReport])


async def preview_acceptance(pool: Pool, actor: Actor, strike: str, request: AcceptReports) -> Acceptance:
    """What accepting would post, or the refusal it would get; nothing is kept."""
    authorize(actor, APPROVE)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        authorize(actor, APPROVE, case.strike.union)
        found, draft = await _accepted(connection, actor, case, request, pool.today())
        shown = await previewed(connection, actor, [draft], pool.today()) if draft else None
    amount = sum(share for _, share in found)
    return Acceptance(tuple(found), amount, sum(report.total_minor for report, _ in found) - amount, shown)


async def _accepted(
    connection: Connection, actor: Actor, case: Case, request: AcceptReports, today: date
) -> tuple[list[tuple[ExpenseReport, int]], Draft | None]:
    local = rules.local_of(case.strike, request.local)
    if not request.weeks:
        raise ChoiceInvalid(field="weeks", value="")
    reports = [_report(case, local, week) for week in sorted(set(request.weeks))]
    kept = [line.advance for line in case.of(local).weeks if line.advance is not None]
    unpaid = {each.week: each for each in kept if each.state in ("proposed", "approved")}
    for report in reports:
        rules.check_waits(report)
        if report.week in unpaid:
            # Else the week would be accounted for before its money left, and again afterwards.
            raise AdvanceState(advance=unpaid[report.week].number, state=unpaid[report.week].state)
        rules.check_second_person(report, actor.person_id)
    paid_on = [line.advance.paid_on for line in case.of(local).weeks if line.advance is not None and line.advance.paid_on is not None]
    check_past_day("accepted_on", request.accepted_on, today, max(*(report.filed_on for report in reports), min(paid_on, default=date.min)))
    shares = rules.shares(reports, case.of(local).open_minor)
    found = list(zip(reports, shares, strict=True))
    if not sum(shares):
        return found, None
    expense = await reference.account_for(connection, JOINT, "strike_locals", case.strike.currency)
    account = await _known_account(connection, case.strike, local)
    weeks = [report.week for report in reports]
    return found, rules.draft_accepted(case.strike, local, weeks, expense, account, sum(shares), request.accepted_on)


# --- what comes back ----------------------------------------------------------------------------------------------------


async def record_return(pool: Pool, actor: Actor, key: str, strike: str, request: ReturnUnspent) -> Statement:
    """Record what a local sent back of what it did not need; its statement after it."""

    async def work(w: Work) -> Done:
        case = await _own_case(w, strike, PAY)
        local = rules.local_of(case.strike, request.local)
        (posted,) = await w.post(await _returned(w.connection, w.actor, case, request, w.today))
        await store.add_return(
            w.connection, case.strike, local, request.returned_on, request.amount_minor, request.account, posted.number, w.actor.person_id, w.now
        )
        after = (await load_case(w.connection, case.strike.number, w.today)).of(local)
        return await _done(w, case.strike, "unspent_returned", "", local.number, after, posted.number)

    answer = await perform(pool, actor, "return_unspent", key, {"strike": strike, "return": request}, work, permission=PAY)
    return msgspec.convert(answer, Statement)


async def preview_return(pool: Pool, actor: Actor, strike: str, request: ReturnUnspent) -> Preview:
    """What recording the return would post, or the refusal it would get; nothing is kept."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        return await previewed(connection, actor, [await _returned(connection, actor, case, request, pool.today())], pool.today())


async def _returned(connection: Connection, actor: Actor, case: Case, request: ReturnUnspent, today: date) -> Draft:
    authorize(actor, PAY, case.strike.union)
    check_step(case.strike, "support")
    local = rules.local_of(case.strike, request.local)
    standing = case.of(local)
    rules.check_left(local, request.amount_minor, standing.open_minor, case.strike.currency)
    paid = [line.advance.paid_on for line in standing.weeks if line.advance is not None and line.advance.paid_on is not None]
    check_past_day("returned_on", request.returned_on, today, min(paid, default=case.strike.starts_on))
    bank = await _bank(connection, actor, case.strike, request.account)
    account = await _known_account(connection, case.strike, local)
    return rules.draft_returned(case.strike, local, bank, account, request.amount_minor, request.returned_on)


# --- taking back --------------------------------------------------------------------------------------------------------


async def take_back(pool: Pool, actor: Actor, key: str, strike: str, entry: int, on: date, reason: str) -> Statement:
    """Reverse the entry of an advance that was not paid, of an acceptance or of a return that was none; its record follows."""

    async def work(w: Work) -> Done:
        case = await _own_case(w, strike, PAY)
        found = _of_entry(case, entry)
        (posted,) = await w.post(await _undone(w.connection, case, found, entry, on, reason))
        what, local, subject = await _undo(w, found)
        after = (await load_case(w.connection, case.strike.number, w.today)).of(local)
        return await _done(w, case.strike, what, reason.strip(), subject, after, posted.number)

    request = {"strike": strike, "entry": entry, "on": on, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "take_back_advance", key, request, work, permission=PAY), Statement)


async def preview_taking_back(pool: Pool, actor: Actor, strike: str, entry: int, on: date) -> tuple[Case, TakenBack, Preview]:
    """What an entry of advances was of, and what reversing it would post, or the refusal it would get."""
    authorize(actor, PAY)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        authorize(actor, PAY, case.strike.union)
        found = _of_entry(case, entry)
        draft = await _undone(connection, case, found, entry, on, case.strike.name)
        return case, found, await previewed(connection, actor, [draft], pool.today())


async def show_entry(pool: Pool, actor: Actor, strike: str, entry: int) -> tuple[Case, TakenBack]:
    """What an entry of advances was of."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        return case, _of_entry(case, entry)


def _of_entry(case: Case, entry: int) -> TakenBack:
    for statement in case.statements:
        for line in statement.weeks:
            if line.advance is not None and line.advance.entry_number == entry:
                return TakenBack(advance=line.advance)
        reports = tuple(line.report for line in statement.weeks if line.report is not None and line.report.entry_number == entry)
        if reports:
            return TakenBack(reports=reports)
        returned = next((each for each in statement.returns if each.entry_number == entry and each.reversed_by is None), None)
        if returned is not None:
            return TakenBack(returned=returned)
    raise NotFound(kind="advance_entry", id=f"{case.strike.number}/{entry}"[:40])


async def _undone(connection: Connection, case: Case, found: TakenBack, entry: int, on: date, reason: str) -> Draft:
    check_step(case.strike, "support")
    advance = found.advance
    if advance is not None:
        rules.check_step(advance, "take_back")
        # What was accounted for already cannot be as if it never left.
        rules.check_left(advance.local, advance.amount_minor, case.of(advance.local).open_minor, case.strike.currency)
    return rules.draft_taken_back(await entries.entry(connection, entry), on, reason)


async def _undo(w: Work, found: TakenBack) -> tuple[str, StrikeLocal, str]:
    """Let the record follow its reversed entry: (what happened, the local, what it is about)."""
    if found.advance is not None:
        await store.save_advance(w.connection, found.advance.number, state="cancelled", state_since=w.now)
        return "advance_taken_back", found.advance.local, found.advance.number
    for report in found.reports:
        await store.save_report(w.connection, report, state="filed", accepted_minor=0, entry_number=None, decided_by=None, decided_on=None, decision="")
    if found.reports:
        local = found.reports[0].local
        return "acceptance_taken_back", local, f"{local.number}/{'+'.join(str(each.week) for each in found.reports)}"
    assert found.returned is not None, "an entry of advances is of one of the three"
    return "return_taken_back", found.returned.local, found.returned.local.number


# --- reading ------------------------------------------------------------------------------------------------------------


async def show_advances(pool: Pool, actor: Actor, strike: str) -> AdvancesView:
    """A strike's advances by local, and what is due this week; both unions may read it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        return AdvancesView(case, await _due(connection, case, pool.today()))


async def list_advances(pool: Pool, actor: Actor) -> list[Case]:
    """Every strike of both unions in which locals are paid, the newest first, the closed ones too."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = [each for each in await strike_store.strikes(connection, StrikeFilter()) if each.model == MODEL]
        return await load_cases(connection, found, pool.today())


async def _due(connection: Connection, case: Case, today: date) -> tuple[Due, ...]:
    """Every local's week that holds today, where the rules pay something in it; none while their amounts are placeholders."""
    strike, number = case.strike, rules.begun_weeks(case.strike, case.rules, today)
    if strike.state not in ("on", "run_off", "ended") or number < case.rules.tiers[0].from_week:
        return ()
    week = nth_week(case.rules, strike.starts_on, number)
    rule_set, _ = await strike_rules.in_force(connection, strike.rule_set, week.starts_on)
    if rule_set.placeholder:
        return ()
    return tuple(_due_of(case, statement, rule_set, week) for statement in case.statements)


def _due_of(case: Case, statement: Statement, rule_set: RuleSet, week: Week) -> Due:
    line = next((each for each in statement.weeks if each.week.number == week.number), None)
    strikers = last_strikers(case, statement)
    kept = [each.advance for each in statement.weeks if each.advance is not None]
    reports = [each.report for each in statement.weeks if each.report is not None]
    missing = rules.missing_report(week.number, kept, reports) if case.rules.reports_required else None
    hold = line.hold if line is not None and line.advance is not None else "missing_expense_report" if missing else ""
    return Due(
        statement.local, week, strikers, rules.sum_for(rule_set, strikers, week) if strikers else None, line.advance if line else None, hold, missing
    )


def last_strikers(case: Case, statement: Statement) -> int:
    """How many were out when last counted: in the last advance, or as expected where the strike has one local; 0 where nobody knows."""
    counted = [line.advance.strikers for line in statement.weeks if line.advance is not None]
    return counted[-1] if counted else case.strike.expected if len(case.strike.locals) == 1 else 0


async def show_advance(pool: Pool, actor: Actor, number: str) -> AdvanceView:
    """One advance."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case, line = await _advance_case(connection, number, pool.today())
        advance = line.advance
        assert advance is not None
        rule_set, _ = await strike_rules.in_force(connection, advance.rule_set, advance.starts_on)
        events = [each for each in await strike_store.events(connection, advance.strike) if each.subject == advance.number]
        banks = [each for each in await reference.accounts(connection, JOINT, "bank") if _pays(each, case.strike)]
        held = await held_in(connection, case.strike.fund_id, [each.id for each in banks])
        weekly = rules.sum_for(rule_set, advance.strikers, line.week).weekly_minor
        return AdvanceView(case, line, advance, weekly, events, banks, held)


def _pays(bank: Account, strike: Strike) -> bool:
    return (bank.custodian, bank.currency, bank.closed_on) == (strike.union, strike.currency, None)


async def banks_of(pool: Pool, actor: Actor, strike: str) -> list[Account]:
    """The bank accounts that a strike's money leaves from and comes back to."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await strike_store.strike(connection, written(strike))
        return [each for each in await reference.accounts(connection, JOINT, "bank") if _pays(each, found)]


async def show_report(pool: Pool, actor: Actor, strike: str, local: str, week: int) -> ReportView:
    """A local's report of a week, with the versions before it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        case = await load_case(connection, strike, pool.today())
        found = next((each for each in case.strike.locals if each.number == local), None)
        if found is None or not 1 <= week <= rules.WEEK_MAXIMUM:
            raise NotFound(kind="expense_report", id=f"{case.strike.number}/{local}/{week}"[:40])
        versions = await store.versions(connection, case.strike.number, found.id, week)
        return ReportView(case, found, nth_week(case.rules, case.strike.starts_on, week), versions)
