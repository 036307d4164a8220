"""Record what comes back of the advances to a local, and take back an entry of theirs by its reversal."""

from datetime import date

import msgspec

from ledger.domain import strike_advances as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft
from ledger.domain.refusals import NotFound
from ledger.domain.strike_advances import (
    PAY,
    Advance,
    ExpenseReport,
    ReturnUnspent,
    Statement,
)
from ledger.domain.strikes import READ, StrikeLocal, check_step
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.services.strike_advance_cases import Case, bank_of, known_account, load_case, noted, own_case
from ledger.storage import entries
from ledger.storage import strike_advances as store
from ledger.storage.database import Connection


class TakenBack(msgspec.Struct, frozen=True):
    """What an entry of advances was of: one of the three is there."""

    advance: Advance | None = None
    reports: tuple[ExpenseReport, ...] = ()
    returned: rules.AdvanceReturn | None = None


async def record_return(pool: Pool, actor: Actor, key: str, strike: str, request: ReturnUnspent) -> Statement:
    """Record what a local sent back of what it did not need; its statement after it."""

    async def work(w: Work) -> Done:
        case = await own_case(w, strike, PAY)
        local = rules.local_of(case.strike, request.local)
        (posted,) = await w.post(await _returned(w.connection, w.actor, case, request, w.today))
        await store.add_return(
            w.connection, case.strike, local, request.returned_on, request.amount_minor, request.account, posted.number, w.actor.person_id, w.now
        )
        after = (await load_case(w.connection, case.strike.number, w.today)).of(local)
        return await noted(w, case.strike, "unspent_returned", "", local.number, after, posted.number)

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
    bank = await bank_of(connection, actor, case.strike, request.account)
    account = await known_account(connection, case.strike, local)
    return rules.draft_returned(case.strike, local, bank, account, request.amount_minor, request.returned_on)


async def take_back(pool: Pool, actor: Actor, key: str, strike: str, entry: int, on: date, reason: str) -> Statement:
    """Reverse the entry of an advance that was not paid, of an acceptance or of a return that was none; its record follows."""

    async def work(w: Work) -> Done:
        case = await own_case(w, strike, PAY)
        found = _of_entry(case, entry)
        (posted,) = await w.post(await _undone(w.connection, case, found, entry, on, reason))
        what, local, subject = await _undo(w, found)
        after = (await load_case(w.connection, case.strike.number, w.today)).of(local)
        return await noted(w, case.strike, what, reason.strip(), subject, after, posted.number)

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
