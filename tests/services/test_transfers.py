"""Send, receive, dispute and return transfers through the real store: cases W03, W04 and W23, and who may do what."""

import asyncio
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Posting
from ledger.domain.exchange import Rate, convert_at
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.domain.refusals import (
    DateBeforeEntry,
    DateBeforeSent,
    ExchangeDisagrees,
    ExchangeMissing,
    FutureDate,
    InsufficientBalance,
    NotAllowed,
    OtherUnion,
    PledgeExceeded,
    PledgeMismatch,
    ReceiptTooLarge,
    Refusal,
    TransferState,
)
from ledger.domain.transfers import Receipt, Return, Sending, Transfer
from ledger.services import pledges
from ledger.services import transfers as service
from ledger.services.operation import Done, perform
from ledger.services.pool import Pool
from ledger.storage import rates, reference
from ledger.storage import transfers as store
from reports.facts import read_facts
from reports.transfers_in_transit import Asked, select, shape
from tests.cases import BOOKS, CASES, figure
from tests.conftest import Clock, add_person


async def account(pool: Pool, path: str, currency: str) -> int:
    async with pool.database.reading() as connection:
        return (await reference.account(connection, "joint", path, currency)).id


async def open_with(pool: Pool, actor: Actor, case: str, day: date) -> None:
    """Post a case's opening balances the day before its first entry."""
    by_fund: defaultdict[str, list[Any]] = defaultdict(list)
    for book, fund, path, currency, amount in CASES[case]["opening"]:
        by_fund[fund].append((BOOKS[book], path, currency, amount))
    async with pool.database.reading() as connection:
        drafts = []
        for code, lines in by_fund.items():
            fund = await reference.fund(connection, code)
            postings = [
                Posting((await reference.account(connection, book, path, currency)).id, fund.id, int(Decimal(amount) * 100))
                for book, path, currency, amount in lines
            ]
            drafts.append(Draft(day, "opening", f"Opening of {case}", tuple(postings)))

    async def work(w: Any) -> Done:
        await w.post(*drafts)
        return Done({})

    await perform(pool, actor, "open", f"opening-{case}", case, work, permission="post_entry")


async def balances(pool: Pool) -> dict[tuple[str, str, str, str], str]:
    async with pool.database.reading() as connection:
        rows = await connection.fetch(
            """SELECT a.book, f.code, a.path, a.currency, b.balance_minor FROM balances b
            JOIN accounts a ON a.id = b.account_id JOIN funds f ON f.id = b.fund_id"""
        )
    return {(r["book"], r["code"], r["path"], r["currency"]): str(Decimal(r["balance_minor"]) / 100) for r in rows}


async def expect(pool: Pool, case: str) -> None:
    found = await balances(pool)
    for book, fund, path, currency, amount in CASES[case]["expect"]:
        assert Decimal(found.get((BOOKS[book], fund, path, currency), "0")) == Decimal(amount), (case, path, currency)


async def a_rate(pool: Pool, day: date, value: str) -> None:
    async with pool.database.writing() as connection:
        new = Rate(base="USD", quote="CAD", value=Decimal(value), observed_on=day, source="Bank of Canada", retrieved_at=datetime.now(UTC))
        await rates.add_rates(connection, [new])


async def test_w03_converted_by_the_senders_bank(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """CAD 40,000.00 leaves Unifor at 1.3842, fee CAD 45.00 on top; USD 18.00 is taken on arrival; the reference rate is 1.3750."""
    await a_rate(pool, date(2026, 2, 10), "1.3750")
    await open_with(pool, unifor, "W03", date(2026, 2, 9))
    sending = Sending(
        fund="GEN", from_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"),
        to_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"), amount_minor=40_000_00, fee_minor=45_00, sent_on=date(2026, 2, 10),
        purpose="For UE’s campaign", rate=Decimal("1.3842"),
    )  # fmt: skip
    sent = await service.send(pool, unifor, "w03-send", sending)
    assert sent.number == "T-0001" and sent.transit_minor == figure("W03", "USD bought") * 100
    receipt = Receipt(received_on=date(2026, 2, 10), net_minor=28_879_56, fee_minor=18_00)
    await service.confirm_receipt(pool, ue, "w03-receive", sent.number, receipt)
    await expect(pool, "W03")
    view = await service.show_transfer(pool, ue, sent.number)
    assert view.cost is not None and view.transfer.net_minor == figure("W03", "USD that arrived") * 100
    assert view.cost.reference_minor == figure("W03", "USD at the reference") * 100
    assert view.cost.spread_minor == figure("W03", "Cost of the bank") * 100
    assert view.cost.all_in == figure("W03", "All-in rate")


async def w04_sent(pool: Pool, ue: Actor, amount_minor: int = 15_000_00, key: str = "w04-send", **changes: Any) -> Transfer:
    sending = Sending(
        fund="STRIKE", from_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"),
        to_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"), amount_minor=amount_minor, sent_on=date(2026, 1, 30),
        purpose="For Local 504", bank_reference="FT-88120",
    )  # fmt: skip
    return await service.send(pool, ue, key, Sending(**{**_fields(sending), **changes}))


W04_RECEIPT = Receipt(received_on=date(2026, 2, 3), net_minor=20_384_00, fee_minor=17_50, rate=Decimal("1.3601"))


async def test_w04_in_transit_over_the_month_end(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await a_rate(pool, date(2026, 1, 30), "1.3650")
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent = await w04_sent(pool, ue)
    found = await balances(pool)
    assert Decimal(found["joint", "STRIKE", "Assets:In-transit", "USD"]) == figure("W04", "In transit at 31 January, USD")
    bank = Decimal(found["joint", "STRIKE", "Assets:Bank:UE-trust-USD", "USD"])
    assert bank + 15_000 == figure("W04", "Balance-sheet total")
    assert convert_at(sent.transit_minor, "USD", "CAD", "USD", "CAD", Decimal("1.3650")) == figure("W04", "In transit at 31 January in CAD") * 100
    received = await service.confirm_receipt(pool, unifor, "w04-receive", sent.number, W04_RECEIPT)
    await expect(pool, "W04")
    assert received.gross_minor == figure("W04", "CAD gross") * 100 and received.net_minor == figure("W04", "CAD net") * 100
    assert received.days_in_transit(date(2026, 7, 1)) == figure("W04", "Days in transit")
    view = await service.show_transfer(pool, ue, sent.number)
    assert view.cost is not None and -view.cost.spread_minor == figure("W04", "FX difference") * 100


async def test_w23_returned_by_the_receiving_bank(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W23", date(2026, 3, 8))
    sending = Sending(
        fund="GEN", from_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"),
        to_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"), amount_minor=10_000_00, sent_on=date(2026, 3, 9), purpose="Hall",
    )  # fmt: skip
    sent = await service.send(pool, ue, "w23-send", sending)
    back = Return(returned_on=date(2026, 3, 16), fee_minor=35_00, reason="The account name did not match")
    with pytest.raises(OtherUnion):
        await service.record_return(pool, unifor, "w23-not-yours", sent.number, back)
    await service.record_return(pool, ue, "w23-return", sent.number, back)
    await expect(pool, "W23")
    found = await balances(pool)
    assert Decimal(found["joint", "GEN", "Expense:Bank-fees", "USD"]) == figure("W23", "Cost of the return")
    with pytest.raises(TransferState):
        await service.confirm_receipt(pool, unifor, "w23-late", sent.number, W04_RECEIPT)
    again = await service.send(pool, ue, "w23-again", Sending(**{**_fields(sending), "amount_minor": 9_000_00, "replaces": sent.number}))
    assert again.replaces == sent.number
    assert (await service.show_transfer(pool, ue, sent.number)).transfer.replaced_by == again.number


def _fields(sending: Sending) -> dict[str, Any]:
    return {name: getattr(sending, name) for name in Sending.__struct_fields__}


@pytest.mark.parametrize(
    ("receipt", "refusal"),
    [
        (Receipt(received_on=date(2026, 2, 3), net_minor=20_500_00, rate=Decimal("1.3601")), ReceiptTooLarge),
        (Receipt(received_on=date(2026, 2, 3), net_minor=20_000_00, rate=Decimal("1.3601")), ExchangeDisagrees),
        (Receipt(received_on=date(2026, 2, 3), net_minor=20_384_00), ExchangeMissing),
        (Receipt(received_on=date(2026, 2, 3), net_minor=20_000_00, rate=Decimal("1.3601"), gross_minor=20_000_00), ExchangeDisagrees),
        (Receipt(received_on=date(2026, 1, 29), net_minor=20_384_00, rate=Decimal("1.3601")), DateBeforeSent),
        (Receipt(received_on=date(2026, 12, 3), net_minor=20_384_00, rate=Decimal("1.3601")), FutureDate),
    ],
)  # fmt: skip
async def test_receipts_that_are_refused_change_nothing(pool: Pool, ue: Actor, unifor: Actor, receipt: Receipt, refusal: type[Refusal]) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent, before = await w04_sent(pool, ue), None
    before = await balances(pool)
    with pytest.raises(refusal):
        await service.confirm_receipt(pool, unifor, "bad-receipt", sent.number, receipt)
    assert await balances(pool) == before
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit WHERE action = 'confirm_receipt' AND outcome = 'refused'") == 1


async def test_nobody_acts_for_the_other_union(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    with pytest.raises(OtherUnion):
        await w04_sent(pool, unifor, key="not-mine-to-send")
    sent = await w04_sent(pool, ue)
    for attempt in (
        service.confirm_receipt(pool, ue, "sender-confirms", sent.number, W04_RECEIPT),
        service.dispute(pool, ue, "sender-disputes", sent.number, "no"),
        service.cancel(pool, unifor, "receiver-cancels", sent.number, date(2026, 2, 1), "no"),
        service.record_return(pool, unifor, "receiver-returns", sent.number, Return(returned_on=date(2026, 2, 1))),
    ):
        with pytest.raises(OtherUnion):
            await attempt


async def test_dispute_remark_confirm_and_take_back(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent = await w04_sent(pool, ue)
    async with pool.database.reading() as connection:
        assert [row.kind for row in await store.waiting(connection, unifor, pool.today())] == ["confirm_receipt"]
    await service.dispute(pool, unifor, "it-does-not-agree", sent.number, "Our bank shows nothing")

    async def waits(actor: Actor) -> list[str]:
        async with pool.database.reading() as connection:
            return [row.kind for row in await store.waiting(connection, actor, sent.sent_on)]

    # The one who spoke last waits for the other: it never lies where nobody looks.
    assert (await waits(ue), await waits(unifor)) == (["answer_dispute"], [])
    await service.remark(pool, ue, "sender-answers", sent.number, "See the attached confirmation")
    assert (await waits(ue), await waits(unifor)) == ([], ["read_answer"])
    await service.remark(pool, unifor, "receiver-replies", sent.number, "It names another account")
    assert (await waits(ue), await waits(unifor)) == (["answer_dispute"], [])
    await service.confirm_receipt(pool, unifor, "now-it-does", sent.number, W04_RECEIPT)
    with pytest.raises(TransferState):
        await service.confirm_receipt(pool, unifor, "and-again", sent.number, W04_RECEIPT)
    await service.reverse_receipt(pool, unifor, "wrong-receipt", sent.number, date(2026, 2, 5), "Wrong wire")
    await service.cancel(pool, ue, "never-left", sent.number, date(2026, 2, 6), "Entered twice")
    view = await service.show_transfer(pool, ue, sent.number)
    assert [event.what for event in view.events] == ["sent", "disputed", "remark", "remark", "received", "receipt_reversed", "cancelled"]
    assert [kind for _, _, kind, _ in view.entries] == ["transfer_sent", "transfer_received", "reversal", "reversal"]
    found = await balances(pool)
    assert found["joint", "STRIKE", "Assets:Bank:UE-trust-USD", "USD"] == "40000"
    assert all(Decimal(amount) == 0 for key, amount in found.items() if key[2] in ("Assets:In-transit", "Equity:FX-trading"))


async def test_twenty_confirm_at_once_and_one_is_recorded(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent = await w04_sent(pool, ue)
    tries = (service.confirm_receipt(pool, unifor, f"confirm-{n:04d}", sent.number, W04_RECEIPT) for n in range(20))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Transfer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, TransferState) for outcome in outcomes) == 19


async def test_the_same_key_sends_once_and_a_drained_fund_sends_no_more(pool: Pool, ue: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    twice = await asyncio.gather(w04_sent(pool, ue), w04_sent(pool, ue))
    assert twice[0] == twice[1]
    outcomes = await asyncio.gather(*(w04_sent(pool, ue, 5_000_00, f"drain-{n:04d}") for n in range(12)), return_exceptions=True)
    assert sum(isinstance(outcome, Transfer) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, InsufficientBalance) for outcome in outcomes) == 7


# --- who may do what, in every state ----------------------------------------------------------------------------------

LATER = date(2026, 2, 5)
ACTIONS: dict[str, Any] = {
    "confirm": lambda pool, actor, key: service.confirm_receipt(pool, actor, key, "T-0001", W04_RECEIPT),
    "dispute": lambda pool, actor, key: service.dispute(pool, actor, key, "T-0001", "It does not agree"),
    "undo receipt": lambda pool, actor, key: service.reverse_receipt(pool, actor, key, "T-0001", LATER, "Another wire"),
    "return": lambda pool, actor, key: service.record_return(pool, actor, key, "T-0001", Return(returned_on=LATER, fee_minor=35_00)),
    "cancel": lambda pool, actor, key: service.cancel(pool, actor, key, "T-0001", LATER, "Entered twice"),
    "remark": lambda pool, actor, key: service.remark(pool, actor, key, "T-0001", "See the slip"),
}
# state -> what the sender's treasurer may do and what the receiver's may; all else is refused.
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "in_transit": ({"return", "cancel", "remark"}, {"confirm", "dispute", "remark"}),
    "disputed": ({"return", "cancel", "remark"}, {"confirm", "remark"}),
    "received": (set(), {"undo receipt"}),
    "returned": (set(), set()),
    "cancelled": (set(), set()),
}
LEADING_TO = {"in_transit": None, "disputed": ("dispute", 1), "received": ("confirm", 1), "returned": ("return", 0), "cancelled": ("cancel", 0)}
OWN_SIDE = {"confirm": 1, "dispute": 1, "undo receipt": 1, "return": 0, "cancel": 0}


@pytest.mark.parametrize("state", ALLOWED)
async def test_every_step_in_every_state_by_everybody(pool: Pool, ue: Actor, unifor: Actor, state: str) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    await w04_sent(pool, ue)
    sides = (ue, unifor)
    if step := LEADING_TO[state]:
        await ACTIONS[step[0]](pool, sides[step[1]], "leading-there")
    # Everybody whom nothing is allowed: no treasurer of either union, and nobody of a third.
    others = [
        await add_person(pool, "A trustee", "ue", "trustee"), await add_person(pool, "An officer", "unifor", "officer"),
        await add_person(pool, "An administrator", "unifor", "admin"), await add_person(pool, "Of no union", None, "treasurer"),
    ]  # fmt: skip
    before = await state_of(pool)
    for action, do in ACTIONS.items():
        for number, actor in enumerate((*sides, *others)):
            if number < 2 and action in ALLOWED[state][number]:
                continue
            with pytest.raises((OtherUnion, NotAllowed, TransferState)) as refused:
                await do(pool, actor, f"{action.replace(' ', '-')}-{number:04d}")
            if number < 2 and action in OWN_SIDE:
                assert refused.type is (TransferState if OWN_SIDE[action] == number else OtherUnion), (state, action, number)
    assert await state_of(pool) == before
    deputies = await add_person(pool, "A deputy", "ue", "deputy"), await add_person(pool, "A deputy", "unifor", "deputy")
    for number, allowed in enumerate(ALLOWED[state]):
        for action in sorted(allowed & {"remark"}) + sorted(allowed - {"remark"})[:1]:
            await ACTIONS[action](pool, deputies[number], f"deputy-{action}-{number}".replace(" ", "-"))
            if action != "remark":
                return


async def state_of(pool: Pool) -> tuple[Any, ...]:
    """Everything a refused step must leave as it was."""
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT state, settled_entry FROM transfers ORDER BY number")
        counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in ("entries", "transfer_events")]
    return [tuple(row) for row in rows], counts, await balances(pool)


async def test_nobody_replaces_the_other_unions_transfer(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent = await w04_sent(pool, ue)
    await service.record_return(pool, ue, "came-back", sent.number, Return(returned_on=LATER))
    theirs = Sending(
        fund="STRIKE", from_account=sent.to_account, to_account=sent.from_account, amount_minor=1_00, sent_on=LATER, purpose="x",
        replaces=sent.number,
    )  # fmt: skip
    with pytest.raises(OtherUnion):
        await service.send(pool, unifor, "replace-theirs", theirs)
    mine = Sending(
        fund="STRIKE", from_account=sent.from_account, to_account=sent.to_account, amount_minor=1_00, sent_on=LATER, purpose="x",
        replaces=sent.number,
    )  # fmt: skip
    outcomes = await asyncio.gather(*(service.send(pool, ue, f"replace-{n:04d}", mine) for n in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, Transfer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, TransferState) for outcome in outcomes) == 3


async def test_a_pledge_is_open_again_when_the_transfer_comes_back(pool: Pool, ue: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    promise = RecordPledge(
        union="ue", fund="STRIKE", currency="USD", amount_minor=15_000_00, approved_on=date(2026, 1, 5), resolution="GEB 1", policy="memo",
        instalments=(Instalment(date(2026, 2, 1), 15_000_00),),
    )  # fmt: skip
    pledge = await pledges.record_pledge(pool, ue, "promise-1", promise)
    first = await w04_sent(pool, ue, pledge=pledge.number)
    assert first.pledge == pledge.number
    with pytest.raises(PledgeExceeded):
        await w04_sent(pool, ue, 1_00, "too-much-1", pledge=pledge.number)
    await service.record_return(pool, ue, "came-back", first.number, Return(returned_on=LATER, fee_minor=35_00))
    second = await w04_sent(pool, ue, key="send-again", pledge=pledge.number.lower(), replaces=first.number)
    assert (second.pledge, second.replaces) == (pledge.number, first.number)
    with pytest.raises(PledgeMismatch):
        await w04_sent(pool, ue, 1_00, "other-fund", pledge=pledge.number, fund="GEN")


async def test_a_converted_wire_comes_back_at_another_rate(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, unifor, "W03", date(2026, 2, 9))
    sending = Sending(
        fund="GEN", from_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"),
        to_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"), amount_minor=40_000_00, sent_on=date(2026, 2, 10),
        purpose="For UE’s campaign", rate=Decimal("1.3842"),
    )  # fmt: skip
    sent = await service.send(pool, unifor, "converted-1", sending)
    back = Return(returned_on=date(2026, 2, 17), fee_minor=25_00, rate=Decimal("1.3700"))
    looked = await service.preview_return(pool, unifor, sent.number, back)
    returned = await service.record_return(pool, unifor, "comes-back", sent.number, back)
    assert (returned.gross_minor, returned.net_minor) == (39_589_66, 39_564_66)
    found = await balances(pool)
    assert Decimal(found["joint", "GEN", "Assets:In-transit", "USD"]) == 0
    assert Decimal(found["joint", "GEN", "Assets:Bank:Unifor-trust-CAD", "CAD"]) == 90_000 - 40_000 + Decimal("39564.66")
    assert max(posting.amount_minor for posting in looked.draft.postings) == 39_564_66


async def test_what_was_in_transit_on_a_day_stays_so(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """At 31 January one transfer is on its way, though by now it has arrived; another was taken back, a third came back."""
    await a_rate(pool, date(2026, 1, 30), "1.3650")
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    first, second, third = [await w04_sent(pool, ue, amount, f"send-{amount}") for amount in (15_000_00, 2_000_00, 3_000_00)]
    await service.confirm_receipt(pool, unifor, "w04-receive", first.number, W04_RECEIPT)
    await service.cancel(pool, ue, "never-left", second.number, date(2026, 2, 2), "Entered twice")
    await service.record_return(pool, ue, "came-back", third.number, Return(returned_on=date(2026, 2, 4)))
    month_end = Asked(as_of=date(2026, 1, 31), into="CAD")
    async with pool.database.reading() as connection:
        then = await store.in_transit(connection, month_end.as_of)
        assert [(found.transfer.number, found.amount_minor) for found in then] == [
            ("T-0001", 15_000_00), ("T-0002", 2_000_00), ("T-0003", 3_000_00),
        ]  # fmt: skip
        assert [found.transfer.number for found in await store.in_transit(connection, date(2026, 2, 3))] == ["T-0003"]
        assert await store.in_transit(connection, date(2026, 1, 29)) == [] == await store.in_transit(connection, date(2026, 2, 4))
        facts = await read_facts(connection, pool.clock(), pool.today())
        table = shape(facts, month_end, await select(connection, facts, month_end)).sections[0].tables[0]
    shown = [getattr(cell, "value", cell) for cell in table.rows[0].cells]
    assert shown[-2:] == [15_000_00, figure("W04", "In transit at 31 January in CAD") * 100]


async def test_dates_of_what_is_taken_back(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent = await w04_sent(pool, ue)
    for day, refusal in ((date(2026, 1, 29), DateBeforeEntry), (date(2026, 12, 1), FutureDate)):
        with pytest.raises(refusal):
            await service.cancel(pool, ue, f"cancel-{day}", sent.number, day, "Twice")
    await service.confirm_receipt(pool, unifor, "w04-receive", sent.number, W04_RECEIPT)
    with pytest.raises(DateBeforeEntry):
        await service.reverse_receipt(pool, unifor, "undo-early", sent.number, date(2026, 2, 2), "Another wire")
    undone = await service.reverse_receipt(pool, unifor, "undo-same-day", sent.number, date(2026, 2, 3), "Another wire")
    assert undone.net_minor is None and undone.receiver_exchange is None
    again = await service.confirm_receipt(pool, unifor, "once-more", sent.number, W04_RECEIPT)
    assert again.settled_entry == 5


async def test_a_preview_refuses_as_posting_would_and_keeps_nothing(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    sent = await w04_sent(pool, ue)
    before = await state_of(pool)
    asked = Sending(
        fund="STRIKE", from_account=sent.from_account, to_account=sent.to_account, amount_minor=25_000_01, sent_on=LATER, purpose="Too much"
    )
    with pytest.raises(InsufficientBalance):
        await service.preview_sending(pool, ue, asked)
    assert len((await service.preview_receipt(pool, unifor, sent.number, W04_RECEIPT)).draft.postings) == 5
    with pytest.raises(OtherUnion):
        await service.preview_receipt(pool, ue, sent.number, W04_RECEIPT)
    with pytest.raises(OtherUnion):
        await service.preview_undoing(pool, unifor, sent.number, LATER, "x", receiving=False)
    assert await state_of(pool) == before


async def test_what_waits_for_whom(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await open_with(pool, ue, "W04", date(2026, 1, 29))
    clock.now = datetime(2026, 2, 5, 17, tzinfo=UTC)
    old, new = await w04_sent(pool, ue), await w04_sent(pool, ue, 1_000_00, "send-new", sent_on=date(2026, 2, 4))

    async def waits(actor: Actor) -> list[tuple[str, str]]:
        async with pool.database.reading() as connection:
            return [(row.kind, row.subject) for row in await store.waiting(connection, actor, pool.today())]

    assert await waits(unifor) == [("confirm_receipt", old.number), ("confirm_receipt", new.number)] and await waits(ue) == []
    clock.now = datetime(2026, 2, 9, 17, tzinfo=UTC)
    assert await waits(ue) == [("overdue_transfer", old.number)]
    await service.dispute(pool, unifor, "disputed-1", new.number, "Nothing came")
    assert await waits(ue) == [("overdue_transfer", old.number), ("answer_dispute", new.number)]
    assert await waits(unifor) == [("confirm_receipt", old.number)]
    assert await waits(await add_person(pool, "A trustee", "ue", "trustee")) == []
