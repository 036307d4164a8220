"""Answer JSON about transfers: sent by one union, received, disputed or returned by the word of the other."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.reminders import ReminderPart, part_out
from api.schemas import After, Amount, IdempotencyKey, Page, RateText, account_label, amount, cursor, from_cursor, minor_in, posted_lines
from ledger.domain.actors import Actor
from ledger.domain.exchange import rate_text
from ledger.domain.transfers import Cost, Receipt, Return, Sending, Transfer, business_days, is_overdue
from ledger.services import threshold_reminders
from ledger.services import transfers as service
from ledger.services.pool import Pool
from ledger.services.transfers import Preview, View
from ledger.storage import reference
from ledger.storage.transfers import Filter

Text = Annotated[str, msgspec.Meta(max_length=300)]
AccountText = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_-]{0,30}/[A-Za-z0-9:-]{3,120}\Z", examples=["joint/Assets:Bank:UE-trust-USD"])]
FundCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z0-9][A-Z0-9-]{0,30}\Z", examples=["STRIKE"])]
StateWord = Literal["pending", "in_transit", "disputed", "received", "returned", "cancelled"]
Number = FromPath[str]


class AccountRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account by its name and currency."""

    account: AccountText
    currency: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]


class SendingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What left the bank. ``rate`` (CAD for one USD) or ``bought`` only where the sending bank converted."""

    fund: FundCode
    from_account: AccountRef
    to_account: AccountRef
    amount: Amount
    fee: Amount | None = None
    sent_on: date
    purpose: Text
    bank_reference: Annotated[str, msgspec.Meta(max_length=35)] = ""
    expected_on: date | None = None
    rate: RateText | None = None
    bought: Amount | None = None
    replaces: Annotated[str, msgspec.Meta(max_length=20, description="A transfer that came back", examples=["T-0055"])] | None = None
    pledge: Annotated[str, msgspec.Meta(max_length=20, description="The sender's own pledge it is towards", examples=["P-0003"])] | None = None


class ReceiptIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What reached the account; ``rate`` or ``gross`` where the receiving bank converted."""

    received_on: date
    net: Amount
    fee: Amount | None = None
    rate: RateText | None = None
    gross: Amount | None = None


class RemarkIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark, which both unions see."""

    remark: Text


class ReturnIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came back; the fee is what the bank kept. ``rate`` or ``gross`` only where the sending bank had converted it."""

    returned_on: date
    fee: Amount | None = None
    reason: Text = ""
    rate: RateText | None = None
    gross: Amount | None = None


class UndoIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reversal: its date and why."""

    date: date
    reason: Text


class TransferEventOut(msgspec.Struct, frozen=True):
    """One step of the history."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str


class ExchangeOut(msgspec.Struct, frozen=True):
    """The bank's rate beside the published one."""

    rate: str
    rate_date: date
    reference_rate: str | None
    reference_date: date | None
    reference_source: str | None
    spread: Amount | None
    all_in_rate: str | None


class TransferOut(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer: who has it now follows from ``state``: the receiver while in transit, the sender while disputed.

    ``gross``, ``receiver_fee`` and ``net`` are what arrived; ``came_back`` and ``return_fee`` what returned to the sender. ``reminders`` are the
    thresholds of a bank that it reaches, by itself or with others: in `GET /transfers/{number}` alone, and empty elsewhere.
    """

    number: str
    state: str
    fund: str
    sender: str | None
    receiver: str | None
    from_account: str
    to_account: str
    purpose: str
    bank_reference: str
    amount: Amount
    sender_fee: Amount
    in_transit: Amount
    sent_on: date
    expected_on: date | None
    sent_entry: int
    settled_on: date | None
    settled_entry: int | None
    gross: Amount | None
    receiver_fee: Amount | None
    net: Amount | None
    came_back: Amount | None
    return_fee: Amount | None
    exchange: ExchangeOut | None
    replaces: str | None
    replaced_by: str | None
    pledge: str | None
    days_in_transit: int
    business_days_in_transit: int
    overdue: bool
    events: list[TransferEventOut]
    reminders: list[ReminderPart]


class TransferLineOut(msgspec.Struct, frozen=True):
    """One line of what would be posted; debit positive."""

    account: str
    fund: str
    amount: Amount


class TransferPreviewOut(msgspec.Struct, frozen=True):
    """What would be posted, what the bank's conversion in it would cost against the published rate, and the thresholds of a bank that are reached."""

    lines: list[TransferLineOut]
    exchange: ExchangeOut | None
    reminders: list[ReminderPart]


class TransfersController(Controller):
    """Money between the unions' trust accounts."""

    path = "/transfers"
    tags = ("Transfers",)

    @get("/", opt={"permission": "read_books"}, operation_id="listTransfers")
    async def list_transfers(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        in_state: Annotated[StateWord | None, QueryParameter(name="state")] = None,
        union: Annotated[str | None, QueryParameter(max_length=30)] = None,
        q: Annotated[str, QueryParameter(max_length=100, description="In number, purpose or bank reference")] = "",
        sort: Annotated[Literal["-sent_on", "sent_on"], QueryParameter(description="The latest sent first, or the oldest")] = "-sent_on",
        after: After = None,
    ) -> Page[TransferOut]:  # fmt: skip
        """Transfers, the latest sent first. The history is left out; read one transfer for it."""
        place = from_cursor(after, date, str)
        narrowed = Filter(state=in_state, union=union.replace("\x00", "") if union else None, words=q, oldest_first=sort == "sent_on")
        views, following = await service.list_transfers(pool, actor, narrowed, place)
        return Page([_out(view, pool.today()) for view in views], cursor(*following) if following else None)

    @get("/{number:str}", opt={"permission": "read_books"}, operation_id="getTransfer")
    async def get_transfer(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> TransferOut:
        """One transfer with its history."""
        view = await service.show_transfer(pool, actor, number)
        return _out(view, pool.today(), await _reminders(pool, actor, view.transfer))

    @post("/", opt={"permission": "send_transfer", "answers": (404,)}, operation_id="sendTransfer")
    async def send_transfer(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[SendingIn], key: IdempotencyKey
    ) -> TransferOut:
        """Record that money left the bank."""
        sent = await service.send(pool, actor, key, await _sending(pool, data))
        return await self._now(pool, actor, sent.number)

    @post("/preview", opt={"permission": "send_transfer", "answers": (404,)}, operation_id="previewTransfer", status_code=200)
    async def preview_transfer(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[SendingIn]) -> TransferPreviewOut:
        """What sending would post."""
        return await _lines(pool, actor, await service.preview_sending(pool, actor, await _sending(pool, data)))

    @post("/{number:str}/receipt", opt={"permission": "confirm_receipt"}, operation_id="confirmReceipt")
    async def confirm_receipt(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[ReceiptIn], key: IdempotencyKey
    ) -> TransferOut:
        """Confirm what reached the account; only the receiver's treasurer can."""
        await service.confirm_receipt(pool, actor, key, number, await _receipt(pool, actor, number, data))
        return await self._now(pool, actor, number)

    @post("/{number:str}/receipt/preview", opt={"permission": "confirm_receipt"}, operation_id="previewReceipt", status_code=200)
    async def preview_receipt(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[ReceiptIn]
    ) -> TransferPreviewOut:
        """What confirming would post."""
        return await _lines(pool, actor, await service.preview_receipt(pool, actor, number, await _receipt(pool, actor, number, data)))

    @post("/{number:str}/receipt/reversal", opt={"permission": "confirm_receipt"}, operation_id="reverseReceipt")
    async def reverse_receipt(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UndoIn], key: IdempotencyKey
    ) -> TransferOut:
        """Take a wrong confirmation back."""
        await service.reverse_receipt(pool, actor, key, number, data.date, data.reason)
        return await self._now(pool, actor, number)

    @post("/{number:str}/dispute", opt={"permission": "confirm_receipt"}, operation_id="disputeReceipt")
    async def dispute(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[RemarkIn], key: IdempotencyKey
    ) -> TransferOut:
        """Say that it does not agree, and why."""
        await service.dispute(pool, actor, key, number, data.remark)
        return await self._now(pool, actor, number)

    @post("/{number:str}/remarks", opt={"permission": "send_transfer"}, operation_id="remarkTransfer")
    async def remark(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[RemarkIn], key: IdempotencyKey
    ) -> TransferOut:
        """Add a remark."""
        await service.remark(pool, actor, key, number, data.remark)
        return await self._now(pool, actor, number)

    @post("/{number:str}/return", opt={"permission": "send_transfer"}, operation_id="returnTransfer")
    async def record_return(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[ReturnIn], key: IdempotencyKey
    ) -> TransferOut:
        """Record that the wire came back."""
        await service.record_return(pool, actor, key, number, await _return(pool, actor, number, data))
        return await self._now(pool, actor, number)

    @post("/{number:str}/return/preview", opt={"permission": "send_transfer"}, operation_id="previewReturn", status_code=200)
    async def preview_return(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[ReturnIn]
    ) -> TransferPreviewOut:
        """What recording the return would post."""
        return await _lines(pool, actor, await service.preview_return(pool, actor, number, await _return(pool, actor, number, data)))

    @post("/{number:str}/cancellation", opt={"permission": "send_transfer"}, operation_id="cancelTransfer")
    async def cancel(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UndoIn], key: IdempotencyKey
    ) -> TransferOut:
        """Take back a transfer that was recorded by mistake."""
        await service.cancel(pool, actor, key, number, data.date, data.reason)
        return await self._now(pool, actor, number)

    @post("/{number:str}/receipt/reversal/preview", opt={"permission": "confirm_receipt"}, operation_id="previewReceiptReversal", status_code=200)
    async def preview_receipt_reversal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UndoIn]
    ) -> TransferPreviewOut:
        """What taking the confirmation back would post."""
        return await _lines(pool, actor, await service.preview_undoing(pool, actor, number, data.date, data.reason, receiving=True))

    @post("/{number:str}/cancellation/preview", opt={"permission": "send_transfer"}, operation_id="previewTransferCancellation", status_code=200)
    async def preview_transfer_cancellation(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UndoIn]
    ) -> TransferPreviewOut:
        """What taking the transfer back would post."""
        return await _lines(pool, actor, await service.preview_undoing(pool, actor, number, data.date, data.reason, receiving=False))

    async def _now(self, pool: Pool, actor: Actor, number: str) -> TransferOut:
        return _out(await service.show_transfer(pool, actor, number), pool.today())


async def _sending(pool: Pool, data: SendingIn) -> Sending:
    async with pool.database.reading() as connection:
        source = await reference.account(connection, *account_label(data.from_account.account), data.from_account.currency)
        target = await reference.account(connection, *account_label(data.to_account.account), data.to_account.currency)
    return Sending(
        fund=data.fund, from_account=source.id, to_account=target.id, amount_minor=_minor(data.amount, source.currency),
        fee_minor=_minor(data.fee, source.currency), sent_on=data.sent_on, purpose=data.purpose, bank_reference=data.bank_reference,
        expected_on=data.expected_on, rate=Decimal(data.rate) if data.rate else None,
        bought_minor=_minor(data.bought, target.currency) if data.bought else None, replaces=data.replaces,
        pledge=data.pledge,
    )  # fmt: skip


async def _receipt(pool: Pool, actor: Actor, number: str, data: ReceiptIn) -> Receipt:
    currency = (await service.show_transfer(pool, actor, number)).target.currency
    return Receipt(
        received_on=data.received_on, net_minor=_minor(data.net, currency), fee_minor=_minor(data.fee, currency),
        rate=Decimal(data.rate) if data.rate else None, gross_minor=_minor(data.gross, currency) if data.gross else None,
    )  # fmt: skip


async def _return(pool: Pool, actor: Actor, number: str, data: ReturnIn) -> Return:
    currency = (await service.show_transfer(pool, actor, number)).source.currency
    return Return(
        returned_on=data.returned_on, fee_minor=_minor(data.fee, currency), reason=data.reason, rate=Decimal(data.rate) if data.rate else None,
        gross_minor=_minor(data.gross, currency) if data.gross else None,
    )  # fmt: skip


def _minor(given: Amount | None, currency: str) -> int:
    return minor_in(given, currency) if given is not None else 0


def _out(view: View, today: date, reminders: Sequence[ReminderPart] = ()) -> TransferOut:
    transfer, own, other = view.transfer, view.source.currency, view.target.currency
    # What settled it is in the currency of the account it reached: the receiver's, or the sender's of one that came back.
    received, returned = transfer.state == "received", transfer.state == "returned"
    return TransferOut(
        number=transfer.number, state=transfer.state, fund=view.fund.code, sender=view.source.custodian, receiver=view.target.custodian,
        from_account=f"{view.source.book}/{view.source.path}", to_account=f"{view.target.book}/{view.target.path}", purpose=transfer.purpose,
        bank_reference=transfer.bank_reference, amount=amount(transfer.amount_minor, own), sender_fee=amount(transfer.sender_fee_minor, own),
        in_transit=amount(transfer.transit_minor, transfer.transit_currency), sent_on=transfer.sent_on, expected_on=transfer.expected_on,
        sent_entry=transfer.sent_entry, settled_on=transfer.settled_on, settled_entry=transfer.settled_entry,
        gross=_if(received, transfer.gross_minor, other), receiver_fee=_if(received, transfer.receiver_fee_minor, other),
        net=_if(received, transfer.net_minor, other), came_back=_if(returned, transfer.net_minor, own),
        return_fee=_if(returned, transfer.receiver_fee_minor, own), exchange=_exchange(transfer, view.cost),
        replaces=transfer.replaces, replaced_by=transfer.replaced_by, pledge=transfer.pledge, days_in_transit=transfer.days_in_transit(today),
        business_days_in_transit=business_days(transfer.sent_on, transfer.settled_on or today), overdue=is_overdue(transfer, today),
        events=[TransferEventOut(e.recorded_at, e.person, e.union, e.what, e.remark) for e in view.events], reminders=list(reminders),
    )  # fmt: skip


def _if(is_so: bool, amount_minor: int | None, currency: str) -> Amount | None:
    return amount(amount_minor, currency) if is_so and amount_minor is not None else None


def _exchange(transfer: Transfer, cost: Cost | None) -> ExchangeOut | None:
    found = transfer.exchange
    if found is None:
        return None
    return ExchangeOut(
        rate_text(found.rate), found.rate_date, rate_text(found.reference_rate) if found.reference_rate else None, found.reference_date,
        found.reference_source, amount(cost.spread_minor, cost.currency) if cost else None, str(cost.all_in) if cost and cost.all_in else None,
    )  # fmt: skip


async def _lines(pool: Pool, actor: Actor, shown: Preview) -> TransferPreviewOut:
    lines = [TransferLineOut(*line) for line in posted_lines(shown.draft, shown.accounts, shown.funds)]
    return TransferPreviewOut(lines, _exchange(shown.transfer, shown.cost), await _reminders(pool, actor, shown.transfer))


async def _reminders(pool: Pool, actor: Actor, transfer: Transfer) -> list[ReminderPart]:
    return [part_out(part) for part in await threshold_reminders.of_transfer(pool, actor, transfer)]


ROUTES = [TransfersController]
