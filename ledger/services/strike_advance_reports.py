"""File what a local spent of an advance, return a report for correction, and accept reports: accepting is another's than who filed."""

from datetime import date

import msgspec

from ledger.domain import strike_advances as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft
from ledger.domain.pledges import plain
from ledger.domain.refusals import AdvanceState, ChoiceInvalid, NotFound
from ledger.domain.strike_advances import (
    APPROVE,
    PREPARE,
    REASON_MAXIMUM,
    AcceptReports,
    ExpenseReport,
    FileReport,
)
from ledger.domain.strikes import StrikeLocal, check_step
from ledger.services import strike_advance_notices as telling
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strike_advance_cases import Case, check_union_supports, known_account, load_case, noted, own_case
from ledger.storage import reference
from ledger.storage import strike_advances as store
from ledger.storage.database import Connection


class Acceptance(msgspec.Struct, frozen=True):
    """What accepting reports would do: each with what it accounts for; ``preview`` is None where nothing is open and so nothing is posted."""

    shares: tuple[tuple[ExpenseReport, int], ...]
    amount_minor: int
    own_minor: int
    preview: Preview | None


async def file_report(pool: Pool, actor: Actor, key: str, strike: str, request: FileReport) -> ExpenseReport:
    """File a local's expense report of a week, or file it again in place of one that nobody accepted."""

    async def work(w: Work) -> Done:
        case = await own_case(w, strike, PREPARE)
        await check_union_supports(w.connection, case.strike)
        local, said = rules.local_of(case.strike, request.local), rules.checked_report(request)
        rules.reported_week(case.strike, case.rules, request.week, w.today)
        before = await store.versions(w.connection, case.strike.number, local.id, request.week)
        rules.check_fileable(before[0] if before else None)
        version = before[0].version + 1 if before else 1
        await store.add_report(w.connection, case.strike, local, said, version, w.actor.person_id, w.today, w.now)
        kept = (await store.versions(w.connection, case.strike.number, local.id, request.week))[0]
        await telling.tell_report(w, case.strike, kept, "expense_report_filed")
        await _tell_freed(w, case, local)
        return await noted(w, case.strike, "report_filed", "", report_name(kept), kept)

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
        case = await own_case(w, strike, APPROVE)
        check_step(case.strike, "support")
        report = _report(case, rules.local_of(case.strike, local), week)
        rules.check_waits(report)
        rules.check_second_person(report, w.actor.person_id)
        said = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await store.save_report(w.connection, report, state="returned", decided_by=w.actor.person_id, decided_on=w.today, decision=said)
        kept = (await store.versions(w.connection, case.strike.number, report.local.id, week))[0]
        await telling.tell_report(w, case.strike, kept, "expense_report_returned")
        return await noted(w, case.strike, "report_returned", said, report_name(kept), kept)

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
        case = await own_case(w, strike, APPROVE)
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
        return await noted(w, case.strike, "report_accepted", "", subject, answer, entry)

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
    account = await known_account(connection, case.strike, local)
    weeks = [report.week for report in reports]
    return found, rules.draft_accepted(case.strike, local, weeks, expense, account, sum(shares), request.accepted_on)
