"""Send, confirm, dispute, return and take back transfers; each step by the union whose bank saw it, and by no other."""

from datetime import date

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.entries import Draft, reversal
from ledger.domain.exchange import Rate
from ledger.domain.refusals import OtherUnion, TextInvalid, TransferState
from ledger.domain.transfers import (
    PURPOSE_MAXIMUM,
    Chart,
    Cost,
    Event,
    Receipt,
    Return,
    Sending,
    Transfer,
    check_pending,
    check_sending,
    cost,
    draft_received,
    draft_returned,
    draft_sent,
)
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import entries, reference, transfers
from ledger.storage.database import Connection
from ledger.storage.rates import rate_on
from ledger.storage.transfers import Filter


class View(msgspec.Struct, frozen=True):
    """A transfer with everything its page shows."""

    transfer: Transfer
    source: Account
    target: Account
    fund: Fund
    events: list[Event]
    cost: Cost | None


class Preview(msgspec.Struct, frozen=True):
    """What would be posted, with the accounts and the fund it names."""

    draft: Draft
    accounts: dict[int, Account]
    funds: dict[int, Fund]


# --- reading ----------------------------------------------------------------------------------------------------------


async def list_transfers(pool: Pool, actor: Actor, narrowed: Filter, before: tuple[date, str] | None = None) -> list[View]:
    """One page of transfers, the latest first."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        found = await transfers.page(connection, narrowed, before)
        accounts, funds = await transfers.labels(connection, found)
    return [View(t, accounts[t.from_account], accounts[t.to_account], funds[t.fund_id], [], None) for t in found]


async def show_transfer(pool: Pool, actor: Actor, number: str) -> View:
    """One transfer with its history and what its conversion cost."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        transfer = await transfers.find(connection, number)
        accounts, funds = await transfers.labels(connection, [transfer])
        source, target = accounts[transfer.from_account], accounts[transfer.to_account]
        history = await transfers.events(connection, number)
    return View(transfer, source, target, funds[transfer.fund_id], history, cost(transfer, source.currency, target.currency))


async def preview_sending(pool: Pool, actor: Actor, sending: Sending) -> Preview:
    """What sending would post; refuses as sending would, but for what only the books under lock can say."""
    authorize(actor, "send_transfer")
    async with pool.database.reading() as connection:
        chart, fund = await _sending_chart(connection, actor, sending)
        check_sending(sending, chart, pool.today())
        draft, *_ = draft_sent("T-…", sending, chart, await _reference(connection, sending.sent_on))
    return _preview(draft, chart, fund)


async def preview_receipt(pool: Pool, actor: Actor, number: str, receipt: Receipt) -> Preview:
    """What confirming the receipt would post."""
    authorize(actor, "confirm_receipt")
    async with pool.database.reading() as connection:
        transfer = await transfers.find(connection, number)
        chart = await transfers.chart(connection, transfer.fund_id, transfer.from_account, transfer.to_account)
        _for_union(actor, chart.target)
        draft, *_ = draft_received(transfer, receipt, chart, await _reference(connection, receipt.received_on), pool.today())
    return _preview(draft, chart, chart.fund)


def _preview(draft: Draft, chart: Chart, fund: Fund) -> Preview:
    named = [chart.source, chart.target, *chart.in_transit.values(), *chart.fees.values(), *chart.trading.values()]
    return Preview(draft, {account.id: account for account in named}, {fund.id: fund})


# --- sending ----------------------------------------------------------------------------------------------------------


async def send(pool: Pool, actor: Actor, key: str, sending: Sending) -> Transfer:
    """Record that the money left the bank; the receiver's treasurer is asked to confirm."""

    async def work(w: Work) -> Done:
        chart, fund = await _sending_chart(w.connection, actor, sending)
        check_sending(sending, chart, w.today)
        replaced = await _replaceable(w, sending) if sending.replaces else None
        number = await w.next_number("T")
        draft, transit, currency, exchange = draft_sent(number, sending, chart, await _reference(w.connection, sending.sent_on))
        posted = await w.post(draft)
        made = Transfer(
            number=number, fund_id=fund.id, from_account=sending.from_account, to_account=sending.to_account, purpose=sending.purpose.strip(),
            state="in_transit", sent_on=sending.sent_on, amount_minor=sending.amount_minor, sender_fee_minor=sending.fee_minor,
            transit_minor=transit, transit_currency=currency, sender_exchange=exchange, bank_reference=sending.bank_reference,
            expected_on=sending.expected_on, sent_entry=posted[0].number, sent_by=actor.person_id, replaces=sending.replaces,
        )  # fmt: skip
        await transfers.add(w.connection, made)
        await transfers.add_event(w.connection, number, actor.person_id, "sent", "", w.now)
        if replaced:
            await transfers.save(w.connection, msgspec.structs.replace(replaced, replaced_by=number), "replaced_by")
        return Done(made, number, {"amount_minor": sending.amount_minor, "currency": chart.source.currency, "entry": posted[0].number})

    return _transfer(await perform(pool, actor, "send_transfer", key, sending, work, permission="send_transfer"))


async def _sending_chart(connection: Connection, actor: Actor, sending: Sending) -> tuple[Chart, Fund]:
    fund = await reference.fund(connection, sending.fund)
    chart = await transfers.chart(connection, fund.id, sending.from_account, sending.to_account)
    _for_union(actor, chart.source)
    return chart, fund


async def _replaceable(w: Work, sending: Sending) -> Transfer:
    replaced = await transfers.find(w.connection, sending.replaces or "", lock=True)
    if replaced.state not in ("returned", "cancelled") or replaced.replaced_by:
        raise TransferState(transfer=replaced.number, state=replaced.state)
    return replaced


# --- the receiver -----------------------------------------------------------------------------------------------------


async def confirm_receipt(pool: Pool, actor: Actor, key: str, number: str, receipt: Receipt) -> Transfer:
    """Confirm that the money reached the bank, with what the bank made of it; only the receiver's treasurer can."""

    async def work(w: Work) -> Done:
        transfer, chart = await _locked(w, number, actor, receiving=True)
        rate = await _reference(w.connection, receipt.received_on)
        draft, gross, exchange = draft_received(transfer, receipt, chart, rate, w.today)
        posted = await w.post(draft)
        changed = msgspec.structs.replace(
            transfer, state="received", settled_on=receipt.received_on, gross_minor=gross, receiver_fee_minor=receipt.fee_minor,
            net_minor=receipt.net_minor, receiver_exchange=exchange, settled_entry=posted[0].number, settled_by=actor.person_id,
        )  # fmt: skip
        await _settle(w, changed, "received", "")
        return Done(changed, number, {"net_minor": receipt.net_minor, "currency": chart.target.currency, "entry": posted[0].number})

    return _transfer(await perform(pool, actor, "confirm_receipt", key, [number, receipt], work, permission="confirm_receipt"))


async def dispute(pool: Pool, actor: Actor, key: str, number: str, remark: str) -> Transfer:
    """Say that it does not agree, and why; the money stays in transit and the sender's treasurer is asked."""

    async def work(w: Work) -> Done:
        transfer, _ = await _locked(w, number, actor, receiving=True)
        if transfer.state != "in_transit":
            raise TransferState(transfer=number, state=transfer.state)
        _check_remark(remark)
        changed = msgspec.structs.replace(transfer, state="disputed")
        await transfers.save(w.connection, changed, "state")
        await transfers.add_event(w.connection, number, actor.person_id, "disputed", remark.strip(), w.now)
        return Done(changed, number)

    return _transfer(await perform(pool, actor, "dispute_receipt", key, [number, remark], work, permission="confirm_receipt"))


async def reverse_receipt(pool: Pool, actor: Actor, key: str, number: str, entry_date: date, reason: str) -> Transfer:
    """Take a wrong confirmation back: its entry is reversed and the transfer is on its way again."""

    async def work(w: Work) -> Done:
        transfer, _ = await _locked(w, number, actor, receiving=True)
        if transfer.state != "received" or transfer.settled_entry is None:
            raise TransferState(transfer=number, state=transfer.state)
        posted = await w.post(await _reversal(w, transfer.settled_entry, entry_date, reason))
        changed = msgspec.structs.replace(
            transfer, state="in_transit", settled_on=None, gross_minor=None, receiver_fee_minor=None, net_minor=None, receiver_exchange=None,
            settled_entry=None, settled_by=None,
        )  # fmt: skip
        await _settle(w, changed, "receipt_reversed", reason.strip())
        return Done(changed, number, {"entry": posted[0].number})

    asked = [number, entry_date, reason]
    return _transfer(await perform(pool, actor, "reverse_receipt", key, asked, work, permission="confirm_receipt"))


# --- the sender -------------------------------------------------------------------------------------------------------


async def record_return(pool: Pool, actor: Actor, key: str, number: str, returned: Return) -> Transfer:
    """Record that the wire came back to the sender's bank, less its fee."""

    async def work(w: Work) -> Done:
        transfer, chart = await _locked(w, number, actor, receiving=False)
        posted = await w.post(draft_returned(transfer, returned, chart, w.today))
        changed = _settled(transfer, "returned", returned.returned_on, posted[0].number, actor)
        await _settle(w, changed, "returned", returned.reason.strip())
        return Done(changed, number, {"fee_minor": returned.fee_minor, "currency": transfer.transit_currency, "entry": posted[0].number})

    return _transfer(await perform(pool, actor, "return_transfer", key, [number, returned], work, permission="send_transfer"))


async def cancel(pool: Pool, actor: Actor, key: str, number: str, entry_date: date, reason: str) -> Transfer:
    """Take back a transfer that was recorded and never left the bank, or left otherwise: its entry is reversed."""

    async def work(w: Work) -> Done:
        transfer, _ = await _locked(w, number, actor, receiving=False)
        check_pending(transfer)
        posted = await w.post(await _reversal(w, transfer.sent_entry, entry_date, reason))
        changed = _settled(transfer, "cancelled", entry_date, posted[0].number, actor)
        await _settle(w, changed, "cancelled", reason.strip())
        return Done(changed, number, {"entry": posted[0].number})

    return _transfer(await perform(pool, actor, "cancel_transfer", key, [number, entry_date, reason], work, permission="send_transfer"))


async def remark(pool: Pool, actor: Actor, key: str, number: str, text: str) -> Transfer:
    """Add a remark; either side may, as long as it is on its way."""

    async def work(w: Work) -> Done:
        transfer = await transfers.find(w.connection, number, lock=True)
        check_pending(transfer)
        chart = await transfers.chart(w.connection, transfer.fund_id, transfer.from_account, transfer.to_account)
        if actor.union not in (chart.source.custodian, chart.target.custodian):
            raise OtherUnion(union=chart.source.custodian or "", account=chart.source.label)
        _check_remark(text)
        await transfers.add_event(w.connection, number, actor.person_id, "remark", text.strip(), w.now)
        return Done(transfer, number)

    return _transfer(await perform(pool, actor, "remark_transfer", key, [number, text], work, permission="send_transfer"))


# --- what they share --------------------------------------------------------------------------------------------------


async def _locked(w: Work, number: str, actor: Actor, *, receiving: bool) -> tuple[Transfer, Chart]:
    transfer = await transfers.find(w.connection, number, lock=True)
    chart = await transfers.chart(w.connection, transfer.fund_id, transfer.from_account, transfer.to_account)
    _for_union(actor, chart.target if receiving else chart.source)
    return transfer, chart


def _for_union(actor: Actor, account: Account) -> None:
    if account.custodian is not None and account.custodian != actor.union:
        raise OtherUnion(union=account.custodian, account=account.label)


def _settled(transfer: Transfer, state: str, day: date, entry: int, actor: Actor) -> Transfer:
    return msgspec.structs.replace(transfer, state=state, settled_on=day, settled_entry=entry, settled_by=actor.person_id)


async def _settle(w: Work, changed: Transfer, what: str, text: str) -> None:
    await transfers.save(
        w.connection, changed, "state", "settled_on", "gross_minor", "receiver_fee_minor", "net_minor", "receiver_exchange", "settled_entry",
        "settled_by",
    )  # fmt: skip
    await transfers.add_event(w.connection, changed.number, w.actor.person_id, what, text, w.now)


async def _reversal(w: Work, number: int, entry_date: date, reason: str) -> Draft:
    _check_remark(reason)
    return reversal(await entries.entry(w.connection, number), entry_date, reason.strip())


def _check_remark(text: str) -> None:
    if not text.strip() or len(text) > PURPOSE_MAXIMUM:
        raise TextInvalid(field="remark", limit=PURPOSE_MAXIMUM)


async def _reference(connection: Connection, day: date) -> Rate | None:
    return await rate_on(connection, "USD", "CAD", day)


def _transfer(answer: object) -> Transfer:
    return msgspec.convert(answer, Transfer, strict=False)


