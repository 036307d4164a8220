"""Record pledges, meet their conditions, cancel the rest and open them again; read schedules at a date, and who is behind."""

from datetime import date, timedelta

import msgspec

from ledger.domain import pledges as rules
from ledger.domain.accounts import Account, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft, reversal
from ledger.domain.home import Waiting
from ledger.domain.pledges import Pledge, Receipt, RecordPledge, Schedule, Total, check_open, plain, schedule, totals
from ledger.domain.refusals import ChoiceInvalid, CurrencyUnknown, DateInvalid, PledgeClosed
from ledger.services.contributions import REASON_MAXIMUM, numbered
from ledger.services.operation import Done, Work, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import entries, reference
from ledger.storage import pledges as store
from ledger.storage.database import Connection
from ledger.storage.pledges import PledgeFilter

PAGE_PLEDGES = 50
PERMISSION = "record_pledge"


class PledgeView(msgspec.Struct, frozen=True):
    """A pledge with its schedule at a date, what came on it (oldest first), its own entries (number, date, kind, description) and its history."""

    pledge: Pledge
    schedule: Schedule
    receipts: list[Receipt]
    entries: list[tuple[int, date, str, str]] = []
    history: list[store.Event] = []


class Listed(msgspec.Struct, frozen=True):
    """A page of pledges, newest approval first; ``totals`` are of everything that fits, by union and currency."""

    items: list[PledgeView]
    next: tuple[date, str] | None
    totals: list[Total]
    as_of: date


# --- recording ----------------------------------------------------------------------------------------------------------


async def record_pledge(pool: Pool, actor: Actor, key: str, request: RecordPledge) -> Pledge:
    """Record a promise of one's own union. A recognised one without a condition is income and receivable on the day it was approved."""

    async def work(w: Work) -> Done:
        number = await w.next_number("P")
        pledge, draft = await _new(w.connection, request, number, w.today)
        posted = None if draft is None else (await w.post(draft))[0].number
        await store.add(w.connection, pledge, posted, w.actor.person_id, w.now)
        return Done(await store.pledge(w.connection, number), subject=number, details={"entry": posted, "fund": pledge.fund})

    answer = await perform(pool, actor, PERMISSION, key, request, work, permission=PERMISSION, union=request.union)
    return msgspec.convert(answer, Pledge)


async def preview_pledge(pool: Pool, actor: Actor, request: RecordPledge) -> Preview | None:
    """What recording this would post (None for a memo), or the refusal it would get; nothing is kept."""
    authorize(actor, PERMISSION, request.union)
    async with pool.database.reading() as connection:
        _, draft = await _new(connection, request, "P", pool.today())
        return None if draft is None else await previewed(connection, actor, [draft], pool.today())


async def _new(connection: Connection, request: RecordPledge, number: str, today: date) -> tuple[Pledge, Draft | None]:
    if request.currency not in await reference.currencies(connection):
        raise CurrencyUnknown(currency=request.currency[:10])
    union, fund = await reference.union(connection, request.union), await reference.fund(connection, request.fund)
    pledge = rules.new_pledge(request, number, union, fund, today)
    if pledge.policy == "memo" or pledge.waits_for_condition:
        return pledge, None
    day = request.entry_date or pledge.approved_on
    if day < pledge.approved_on:
        raise DateInvalid(field="entry_date", text=day.isoformat())
    _, receivable, income = await _places(connection, pledge)
    return pledge, rules.draft_recognised(pledge, receivable, income, union, pledge.amount_minor, day, pledge.approved_on)


async def _places(connection: Connection, pledge: Pledge) -> tuple[Union, Account, Account]:
    receivable = await reference.account_for(connection, JOINT, "pledges", pledge.currency, pledge.union)
    income = await reference.account_for(connection, JOINT, "contributions", pledge.currency, pledge.union)
    return await reference.union(connection, pledge.union), receivable, income


async def _own(w: Work, number: str) -> Pledge:
    """The pledge, locked; only its own union's treasurer goes on."""
    pledge = await store.pledge(w.connection, numbered("pledge", number), lock=True)
    authorize(w.actor, PERMISSION, pledge.union)
    return pledge


# --- what becomes of it -------------------------------------------------------------------------------------------------


async def meet_condition(pool: Pool, actor: Actor, key: str, number: str, met_on: date, reason: str = "") -> Pledge:
    """Its condition was met on a day: its instalments bind, and under the recognised policy what is outstanding becomes income."""

    async def work(w: Work) -> Done:
        pledge = await _own(w, number)
        check_open(pledge)
        _check_met(pledge, met_on, w.today)
        draft = await _recognition(w.connection, pledge, met_on)
        posted = None if draft is None else (await w.post(draft))[0].number
        remark = plain("reason", reason, REASON_MAXIMUM)
        details = {"met_on": met_on.isoformat(), "entry": posted, "remark": remark}
        return Done(msgspec.structs.replace(pledge, met_on=met_on), subject=pledge.number, details=details)

    request = {"pledge": number, "met_on": met_on, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "meet_condition", key, request, work, permission=PERMISSION), Pledge)


def _check_met(pledge: Pledge, met_on: date, today: date) -> None:
    if not pledge.waits_for_condition:
        raise ChoiceInvalid(field="condition", value=pledge.number)
    check_past_day("met_on", met_on, today, pledge.approved_on)


async def preview_condition(pool: Pool, actor: Actor, number: str, met_on: date) -> Preview | None:
    """What meeting the condition would post (None for a memo), or the refusal it would get; nothing is kept."""
    async with pool.database.reading() as connection:
        pledge = await store.pledge(connection, numbered("pledge", number))
        authorize(actor, PERMISSION, pledge.union)
        check_open(pledge)
        _check_met(pledge, met_on, pool.today())
        draft = await _recognition(connection, pledge, met_on)
        return None if draft is None else await previewed(connection, actor, [draft], pool.today())


async def _recognition(connection: Connection, pledge: Pledge, day: date) -> Draft | None:
    came = (await store.receipts(connection, [pledge.number]))[pledge.number]
    outstanding = schedule(pledge, came, date.max).outstanding_minor
    if pledge.policy == "memo" or outstanding == 0:
        return None
    union, receivable, income = await _places(connection, pledge)
    return rules.draft_recognised(pledge, receivable, income, union, outstanding, day, day)


async def cancel_pledge(pool: Pool, actor: Actor, key: str, number: str, reason: str, entry_date: date | None = None) -> Pledge:
    """Give up what is still outstanding; what was recognised of it is taken out of income and receivables. What came stays."""

    async def work(w: Work) -> Done:
        pledge = await _own(w, number)
        draft = await _cancellation(w, pledge, reason, entry_date)
        posted = None if draft is None else (await w.post(draft))[0].number
        await store.set_state(w.connection, pledge.number, "cancelled")
        details = {"entry": posted, "reason": plain("reason", reason, REASON_MAXIMUM)}
        given_up = msgspec.structs.replace(pledge, state="cancelled", cancelled_on=w.today if draft is None else draft.entry_date)
        return Done(given_up, subject=pledge.number, details=details)

    request = {"pledge": number, "reason": reason, "entry_date": entry_date}
    return msgspec.convert(await perform(pool, actor, "cancel_pledge", key, request, work, permission=PERMISSION), Pledge)


async def preview_cancellation(pool: Pool, actor: Actor, number: str, reason: str, entry_date: date | None = None) -> Preview | None:
    """What cancelling would post (None where nothing was recognised), or the refusal it would get; nothing is kept."""
    async with pool.database.reading() as connection:
        pledge = await store.pledge(connection, numbered("pledge", number))
        authorize(actor, PERMISSION, pledge.union)
        draft = await _cancellation(Work(connection, actor, pool.clock(), pool.today()), pledge, reason, entry_date)
        return None if draft is None else await previewed(connection, actor, [draft], pool.today())


async def _cancellation(w: Work, pledge: Pledge, reason: str, entry_date: date | None) -> Draft | None:
    check_open(pledge)
    reason = plain("reason", reason, REASON_MAXIMUM, needed=True)
    if entry_date is not None and entry_date < pledge.approved_on:
        raise DateInvalid(field="entry_date", text=entry_date.isoformat())
    receivable_minor = await store.receivable_minor(w.connection, pledge.number)
    if receivable_minor == 0:
        return None
    union, receivable, income = await _places(w.connection, pledge)
    draft = rules.draft_cancelled(pledge, receivable, income, union, receivable_minor, entry_date or w.today, reason)
    return draft if entry_date else msgspec.structs.replace(draft, entry_date=await open_day(w, draft, w.today))


async def reopen_pledge(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Pledge:
    """Undo a cancellation: its entry, where it had one, is reversed, and the rest is outstanding again."""

    async def work(w: Work) -> Done:
        pledge = await _own(w, number)
        draft, text = await _reopening(w, pledge, reason)
        posted = None if draft is None else (await w.post(draft))[0].number
        await store.set_state(w.connection, pledge.number, "open")
        return Done(msgspec.structs.replace(pledge, state="open", cancelled_on=None), subject=pledge.number, details={"entry": posted, "reason": text})

    request = {"pledge": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "reopen_pledge", key, request, work, permission=PERMISSION), Pledge)


async def preview_reopening(pool: Pool, actor: Actor, number: str, reason: str) -> Preview | None:
    """What opening it again would post (None where cancelling posted nothing), or the refusal it would get; nothing is kept."""
    async with pool.database.reading() as connection:
        pledge = await store.pledge(connection, numbered("pledge", number))
        authorize(actor, PERMISSION, pledge.union)
        draft, _ = await _reopening(Work(connection, actor, pool.clock(), pool.today()), pledge, reason)
        return None if draft is None else await previewed(connection, actor, [draft], pool.today())


async def _reopening(w: Work, pledge: Pledge, reason: str) -> tuple[Draft | None, str]:
    if pledge.state != "cancelled":
        raise PledgeClosed(pledge=pledge.number, state=pledge.state)
    text, cancelling = plain("reason", reason, REASON_MAXIMUM, needed=True), await store.cancelling_entry(w.connection, pledge.number)
    if cancelling is None:
        return None, text
    entry = await entries.entry(w.connection, cancelling)
    return reversal(entry, await open_day(w, entry.draft, w.today), text), text


# --- reading ------------------------------------------------------------------------------------------------------------


async def list_pledges(
    pool: Pool, actor: Actor, narrowed: PledgeFilter, as_of: date | None = None, after: tuple[date, str] | None = None,
    limit: int = PAGE_PLEDGES,
) -> Listed:  # fmt: skip
    """A page of pledges approved by a date, each with its schedule on it, and the totals of all that fit."""
    authorize(actor, "read_books")
    day = as_of or pool.today()
    async with pool.database.reading() as connection:
        views = await _views(connection, [p for p in await store.pledges(connection, narrowed) if p.approved_on <= day], day)
    below = [view for view in views if after is None or _place(view.pledge) < (after[0], len(after[1]), after[1])]
    items = below[:limit]
    following = (items[-1].pledge.approved_on, items[-1].pledge.number) if len(below) > limit else None
    return Listed(items, following, totals((view.pledge.union, view.schedule) for view in views), day)


def _place(pledge: Pledge) -> tuple[date, int, str]:
    # P-10000 comes after P-9999.
    return pledge.approved_on, len(pledge.number), pledge.number


async def _views(connection: Connection, pledges: list[Pledge], day: date) -> list[PledgeView]:
    came = await store.receipts(connection, [pledge.number for pledge in pledges])
    return [PledgeView(each, schedule(each, came[each.number], day), came[each.number]) for each in pledges]


async def show_pledge(pool: Pool, actor: Actor, number: str, as_of: date | None = None) -> PledgeView:
    """One pledge with its schedule at a date (today), its receipts and its entries."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        pledge = await store.pledge(connection, numbered("pledge", number))
        (view,) = await _views(connection, [pledge], as_of or pool.today())
        return msgspec.structs.replace(
            view, entries=await entries.entries_of(connection, pledge.number), history=await store.history(connection, pledge.number)
        )


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: pledges of the actor's own union with instalments that are overdue."""
    if actor.union is None or not actor.can("record_contribution"):
        return []
    views = await _views(connection, await store.behind(connection, actor.union, today), today)
    funds = {fund.id: fund for fund in await reference.funds(connection)} if views else {}
    return [
        Waiting(
            kind="overdue_pledge", subject=view.pledge.number, url=f"/pledges/{view.pledge.number}", union=view.pledge.union,
            since=today - timedelta(days=view.schedule.oldest_overdue_days), amount_minor=view.schedule.overdue_minor,
            currency=view.pledge.currency,
            facts={"name_en": funds[view.pledge.fund_id].name_en, "name_fr": funds[view.pledge.fund_id].name_fr},
        )
        for view in views
        if view.schedule.overdue_minor
    ]  # fmt: skip
