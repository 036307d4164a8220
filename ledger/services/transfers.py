"""Send, confirm, dispute, return and take back transfers; each step by the union whose bank saw it, and by no other."""

from datetime import date

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft
from ledger.domain.exchange import Rate
from ledger.domain.pledges import plain, schedule
from ledger.domain.refusals import OtherUnion
from ledger.domain.transfers import (
    PENDING,
    PURPOSE_MAXIMUM,
    Chart,
    Cost,
    Event,
    Receipt,
    Return,
    Sending,
    Transfer,
    check_banks,
    check_pledge,
    check_replaceable,
    check_sending,
    check_state,
    check_union,
    cost,
    draft_received,
    draft_returned,
    draft_sent,
    draft_undone,
)
from ledger.services.contributions import numbered
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import previewed
from ledger.storage import entries, pledges, reference, transfers
from ledger.storage.rates import rate_on
from ledger.storage.transfers import PAGE, Filter


class View(msgspec.Struct, frozen=True):
    """A transfer with everything its page shows."""

    transfer: Transfer
    source: Account
    target: Account
    fund: Fund
    events: list[Event]
    cost: Cost | None
    entries: list[tuple[int, date, str, str]] = []


class Preview(msgspec.Struct, frozen=True):
    """What would be posted, with the accounts and the fund it names, and what the conversion in it would cost."""

    draft: Draft
    accounts: dict[int, Account]
    funds: dict[int, Fund]
    transfer: Transfer
    cost: Cost | None


# --- reading ----------------------------------------------------------------------------------------------------------


async def list_transfers(
    pool: Pool, actor: Actor, narrowed: Filter, after: tuple[date, str] | None = None, limit: int = PAGE
) -> tuple[list[View], tuple[date, str] | None]:
    """One page of transfers and where it goes on, None at the end."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        found = await transfers.page(connection, narrowed, after, limit + 1)
        accounts, funds = await transfers.labels(connection, found)
    views = [View(t, accounts[t.from_account], accounts[t.to_account], funds[t.fund_id], [], None) for t in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return views, (last.sent_on, last.number) if last else None


async def show_transfer(pool: Pool, actor: Actor, number: str) -> View:
    """One transfer with its history and what its conversion cost."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        transfer = await transfers.find(connection, number)
        accounts, funds = await transfers.labels(connection, [transfer])
        source, target = accounts[transfer.from_account], accounts[transfer.to_account]
        history = await transfers.events(connection, number)
        posted = await entries.entries_of(connection, transfer.number)
    return View(transfer, source, target, funds[transfer.fund_id], history, cost(transfer, source.currency, target.currency), posted)


# --- sending ----------------------------------------------------------------------------------------------------------


async def send(pool: Pool, actor: Actor, key: str, sending: Sending) -> Transfer:
    """Record that the money left the bank; the receiver's treasurer is asked to confirm."""

    async def work(w: Work) -> Done:
        chart, clean = await _sendable(w, sending, lock=True)
        number = await w.next_number("T")
        draft, made = await _sent(w, number, clean, chart)
        posted = await w.post(draft)
        made = msgspec.structs.replace(made, sent_entry=posted[0].number)
        await transfers.add(w.connection, made)
        await transfers.add_event(w.connection, number, actor.person_id, "sent", "", w.now)
        if made.replaces:
            replaced = await transfers.find(w.connection, made.replaces)
            await transfers.save(w.connection, msgspec.structs.replace(replaced, replaced_by=number), "replaced_by")
        return Done(made, number, {"amount_minor": made.amount_minor, "currency": chart.source.currency, "entry": made.sent_entry})

    return _transfer(await perform(pool, actor, "send_transfer", key, sending, work, permission="send_transfer"))


async def preview_sending(pool: Pool, actor: Actor, sending: Sending) -> Preview:
    """What sending would post, or the refusal it would get; nothing is kept."""
    authorize(actor, "send_transfer")
    async with pool.database.reading() as connection:
        w = Work(connection, actor, pool.clock(), pool.today())
        chart, clean = await _sendable(w, sending)
        return await _preview(w, chart, *await _sent(w, "T", clean, chart))


async def _sendable(w: Work, sending: Sending, lock: bool = False) -> tuple[Chart, Sending]:
    """The accounts and the tidied sending, after every rule that needs no journal; ``lock`` holds what it refers to."""
    fund = await reference.fund(w.connection, sending.fund)
    source, target = [await reference.account_by_id(w.connection, i) for i in (sending.from_account, sending.to_account)]
    check_banks(source, target)
    check_union(w.actor.union, source)
    chart = await transfers.chart(w.connection, fund.id, source.id, target.id)
    clean = check_sending(sending, chart, w.today)
    if clean.replaces:
        replaced = await transfers.find(w.connection, clean.replaces, lock)
        check_replaceable(replaced, await reference.account_by_id(w.connection, replaced.from_account), chart)
        clean = msgspec.structs.replace(clean, replaces=replaced.number)
    if clean.pledge:
        clean = msgspec.structs.replace(clean, pledge=await _towards(w, clean, chart, lock))
    return chart, clean


async def _towards(w: Work, sending: Sending, chart: Chart, lock: bool) -> str:
    pledge = await pledges.pledge(w.connection, numbered("pledge", sending.pledge or ""), lock)
    came = (await pledges.receipts(w.connection, [pledge.number]))[pledge.number]
    outstanding = schedule(pledge, came, date.max).outstanding_minor
    check_pledge(pledge, sending.amount_minor, chart, outstanding - await transfers.on_its_way_minor(w.connection, pledge.number))
    return pledge.number


async def _sent(w: Work, number: str, sending: Sending, chart: Chart) -> tuple[Draft, Transfer]:
    draft, transit, currency, exchange = draft_sent(number, sending, chart, await _reference(w, sending.sent_on))
    return draft, Transfer(
        number=number, fund_id=chart.fund.id, from_account=chart.source.id, to_account=chart.target.id, purpose=sending.purpose,
        state="in_transit", sent_on=sending.sent_on, amount_minor=sending.amount_minor, sender_fee_minor=sending.fee_minor,
        transit_minor=transit, transit_currency=currency, sender_exchange=exchange, bank_reference=sending.bank_reference,
        expected_on=sending.expected_on, sent_by=w.actor.person_id, replaces=sending.replaces or None, pledge=sending.pledge or None,
    )  # fmt: skip


# --- the receiver -----------------------------------------------------------------------------------------------------


async def confirm_receipt(pool: Pool, actor: Actor, key: str, number: str, receipt: Receipt) -> Transfer:
    """Confirm that the money reached the bank, with what the bank made of it; only the receiver's treasurer can."""

    async def work(w: Work) -> Done:
        settled, target = await receive(w, number, receipt)
        return Done(settled, settled.number, {"net_minor": receipt.net_minor, "currency": target.currency, "entry": settled.settled_entry})

    return _transfer(await perform(pool, actor, "confirm_receipt", key, [number, receipt], work, permission="confirm_receipt"))


async def receive(w: Work, number: str, receipt: Receipt) -> tuple[Transfer, Account]:
    """The same within a transaction of the caller's; also the account it reached."""
    transfer, chart = await _locked(w, number, receiving=True)
    draft, changed = await _received(w, transfer, receipt, chart)
    return await _settle(w, draft, changed, "received"), chart.target


async def preview_receipt(pool: Pool, actor: Actor, number: str, receipt: Receipt) -> Preview:
    """What confirming the receipt would post, or the refusal it would get; nothing is kept."""
    authorize(actor, "confirm_receipt")
    async with pool.database.reading() as connection:
        w = Work(connection, actor, pool.clock(), pool.today())
        transfer, chart = await _locked(w, number, receiving=True, lock=False)
        return await _preview(w, chart, *await _received(w, transfer, receipt, chart))


async def _received(w: Work, transfer: Transfer, receipt: Receipt, chart: Chart) -> tuple[Draft, Transfer]:
    rate = await _reference(w, receipt.received_on)
    draft, gross, exchange = draft_received(transfer, receipt, chart, rate, w.today)
    return draft, msgspec.structs.replace(
        transfer, state="received", settled_on=receipt.received_on, gross_minor=gross, receiver_fee_minor=receipt.fee_minor,
        net_minor=receipt.net_minor, receiver_exchange=exchange,
    )  # fmt: skip


async def dispute(pool: Pool, actor: Actor, key: str, number: str, remark: str) -> Transfer:
    """Say that it does not agree, and why; the money stays in transit and the sender's treasurer is asked."""

    async def work(w: Work) -> Done:
        transfer, _ = await _locked(w, number, receiving=True)
        check_state(transfer, "in_transit")
        text = plain("remark", remark, PURPOSE_MAXIMUM, needed=True)
        changed = msgspec.structs.replace(transfer, state="disputed")
        await transfers.save(w.connection, changed, "state")
        await transfers.add_event(w.connection, changed.number, actor.person_id, "disputed", text, w.now)
        return Done(changed, changed.number)

    return _transfer(await perform(pool, actor, "dispute_receipt", key, [number, remark], work, permission="confirm_receipt"))


async def reverse_receipt(pool: Pool, actor: Actor, key: str, number: str, entry_date: date, reason: str) -> Transfer:
    """Take a wrong confirmation back: its entry is reversed and the transfer is on its way again."""

    async def work(w: Work) -> Done:
        transfer, _ = await _locked(w, number, receiving=True)
        draft, changed = await _receipt_undone(w, transfer, entry_date, reason)
        settled = await _settle(w, draft, changed, "receipt_reversed", draft.description)
        return Done(settled, settled.number, {"reversed": transfer.settled_entry})

    asked = [number, entry_date, reason]
    return _transfer(await perform(pool, actor, "reverse_receipt", key, asked, work, permission="confirm_receipt"))


async def _receipt_undone(w: Work, transfer: Transfer, entry_date: date, reason: str) -> tuple[Draft, Transfer]:
    check_state(transfer, "received")
    draft = draft_undone(await entries.entry(w.connection, transfer.settled_entry or 0), entry_date, reason)
    return draft, msgspec.structs.replace(
        transfer, state="in_transit", settled_on=None, gross_minor=None, receiver_fee_minor=None, net_minor=None, receiver_exchange=None,
        settled_entry=None, settled_by=None,
    )  # fmt: skip


# --- the sender -------------------------------------------------------------------------------------------------------


async def record_return(pool: Pool, actor: Actor, key: str, number: str, returned: Return) -> Transfer:
    """Record that the wire came back to the sender's bank, less its fee; what it was towards is open again."""

    async def work(w: Work) -> Done:
        transfer, chart = await _locked(w, number, receiving=False)
        draft, changed = await _returned(w, transfer, returned, chart)
        text = plain("reason", returned.reason, PURPOSE_MAXIMUM)
        settled = await _settle(w, draft, changed, "returned", text)
        facts = {"fee_minor": returned.fee_minor, "currency": chart.source.currency, "entry": settled.settled_entry}
        return Done(settled, settled.number, facts)

    return _transfer(await perform(pool, actor, "return_transfer", key, [number, returned], work, permission="send_transfer"))


async def _returned(w: Work, transfer: Transfer, returned: Return, chart: Chart) -> tuple[Draft, Transfer]:
    rate = await _reference(w, returned.returned_on)
    draft, gross, exchange = draft_returned(transfer, returned, chart, rate, w.today)
    return draft, msgspec.structs.replace(
        transfer, state="returned", settled_on=returned.returned_on, gross_minor=gross, receiver_fee_minor=returned.fee_minor,
        net_minor=gross - returned.fee_minor, receiver_exchange=exchange,
    )  # fmt: skip


async def cancel(pool: Pool, actor: Actor, key: str, number: str, entry_date: date, reason: str) -> Transfer:
    """Take back a transfer that was recorded and never left the bank, or left otherwise: its entry is reversed."""

    async def work(w: Work) -> Done:
        transfer, _ = await _locked(w, number, receiving=False)
        draft, changed = await _cancelled(w, transfer, entry_date, reason)
        settled = await _settle(w, draft, changed, "cancelled", draft.description)
        return Done(settled, settled.number, {"entry": settled.settled_entry})

    return _transfer(await perform(pool, actor, "cancel_transfer", key, [number, entry_date, reason], work, permission="send_transfer"))


async def _cancelled(w: Work, transfer: Transfer, entry_date: date, reason: str) -> tuple[Draft, Transfer]:
    check_state(transfer, *PENDING)
    draft = draft_undone(await entries.entry(w.connection, transfer.sent_entry), entry_date, reason)
    return draft, msgspec.structs.replace(transfer, state="cancelled", settled_on=entry_date)


async def preview_return(pool: Pool, actor: Actor, number: str, returned: Return) -> Preview:
    """What recording the return would post, or the refusal it would get; nothing is kept."""
    authorize(actor, "send_transfer")
    async with pool.database.reading() as connection:
        w = Work(connection, actor, pool.clock(), pool.today())
        transfer, chart = await _locked(w, number, receiving=False, lock=False)
        return await _preview(w, chart, *await _returned(w, transfer, returned, chart))


async def preview_undoing(pool: Pool, actor: Actor, number: str, entry_date: date, reason: str, *, receiving: bool) -> Preview:
    """What taking back a receipt (``receiving``) or a sending would post, or the refusal it would get; nothing is kept."""
    authorize(actor, "confirm_receipt" if receiving else "send_transfer")
    async with pool.database.reading() as connection:
        w = Work(connection, actor, pool.clock(), pool.today())
        transfer, chart = await _locked(w, number, receiving=receiving, lock=False)
        undone = _receipt_undone if receiving else _cancelled
        return await _preview(w, chart, *await undone(w, transfer, entry_date, reason))


async def remark(pool: Pool, actor: Actor, key: str, number: str, text: str) -> Transfer:
    """Add a remark; either side may, as long as it is on its way."""

    async def work(w: Work) -> Done:
        transfer = await transfers.find(w.connection, number, lock=True)
        accounts, _ = await transfers.labels(w.connection, [transfer])
        source, target = accounts[transfer.from_account], accounts[transfer.to_account]
        if actor.union not in (source.custodian, target.custodian):
            raise OtherUnion(union=source.custodian or "", account=source.label)
        check_state(transfer, *PENDING)
        said = plain("remark", text, PURPOSE_MAXIMUM, needed=True)
        await transfers.add_event(w.connection, transfer.number, actor.person_id, "remark", said, w.now)
        return Done(transfer, transfer.number)

    return _transfer(await perform(pool, actor, "remark_transfer", key, [number, text], work, permission="send_transfer"))


# --- what they share --------------------------------------------------------------------------------------------------


async def _locked(w: Work, number: str, *, receiving: bool, lock: bool = True) -> tuple[Transfer, Chart]:
    """The transfer, held until the transaction ends, for the people of its receiver or of its sender alone."""
    transfer = await transfers.find(w.connection, number, lock)
    chart = await transfers.chart(w.connection, transfer.fund_id, transfer.from_account, transfer.to_account)
    check_union(w.actor.union, chart.target if receiving else chart.source)
    return transfer, chart


async def _settle(w: Work, draft: Draft, changed: Transfer, what: str, text: str = "") -> Transfer:
    """Post what settles it (or takes its settling back), and write down both what it is now and what happened."""
    posted = await w.post(draft)
    if changed.settled_on is not None:
        changed = msgspec.structs.replace(changed, settled_entry=posted[0].number, settled_by=w.actor.person_id)
    await transfers.save(
        w.connection, changed, "state", "settled_on", "gross_minor", "receiver_fee_minor", "net_minor", "receiver_exchange", "settled_entry",
        "settled_by",
    )  # fmt: skip
    await transfers.add_event(w.connection, changed.number, w.actor.person_id, what, text, w.now)
    return changed


async def _preview(w: Work, chart: Chart, draft: Draft, transfer: Transfer) -> Preview:
    found = await previewed(w.connection, w.actor, [draft], w.today)
    return Preview(found.draft, found.accounts, found.funds, transfer, cost(transfer, chart.source.currency, chart.target.currency))


async def _reference(w: Work, day: date) -> Rate | None:
    return await rate_on(w.connection, "USD", "CAD", day)


def _transfer(answer: object) -> Transfer:
    return msgspec.convert(answer, Transfer, strict=False)
