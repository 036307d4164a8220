"""Send, receive, dispute and return transfers through the real store: cases W03, W04 and W23, and who may do what."""

import asyncio
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Posting
from ledger.domain.exchange import Rate, convert_at
from ledger.domain.refusals import (
    DateBeforeSent,
    ExchangeDisagrees,
    ExchangeMissing,
    FutureDate,
    InsufficientBalance,
    OtherUnion,
    ReceiptTooLarge,
    Refusal,
    TransferState,
)
from ledger.domain.transfers import Receipt, Return, Sending, Transfer, business_days
from ledger.services import transfers as service
from ledger.services.operation import Done, perform
from ledger.services.pool import Pool
from ledger.storage import rates, reference
from ledger.storage import transfers as store

CASES = {case["id"]: case for case in json.loads((Path(__file__).parents[1] / "cases.json").read_text())}
BOOKS = {"JF": "joint", "UE": "ue", "UNI": "unifor"}


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


def figure(case: str, beginning: str) -> Decimal:
    return next(Decimal(value) for name, value in CASES[case]["checks"] if name.startswith(beginning))


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


async def w04_sent(pool: Pool, ue: Actor, amount_minor: int = 15_000_00, key: str = "w04-send") -> Transfer:
    sending = Sending(
        fund="STRIKE", from_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"),
        to_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"), amount_minor=amount_minor, sent_on=date(2026, 1, 30),
        purpose="For Local 504", bank_reference="FT-88120",
    )  # fmt: skip
    return await service.send(pool, ue, key, sending)


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
    await service.remark(pool, ue, "sender-answers", sent.number, "See the attached confirmation")
    async with pool.database.reading() as connection:
        assert [row.kind for row in await store.waiting(connection, ue, pool.today())] == ["answer_dispute"]
    await service.confirm_receipt(pool, unifor, "now-it-does", sent.number, W04_RECEIPT)
    with pytest.raises(TransferState):
        await service.confirm_receipt(pool, unifor, "and-again", sent.number, W04_RECEIPT)
    await service.reverse_receipt(pool, unifor, "wrong-receipt", sent.number, date(2026, 2, 5), "Wrong wire")
    await service.cancel(pool, ue, "never-left", sent.number, date(2026, 2, 6), "Entered twice")
    view = await service.show_transfer(pool, ue, sent.number)
    assert [event.what for event in view.events] == ["sent", "disputed", "remark", "received", "receipt_reversed", "cancelled"]
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


def test_business_days_skip_weekends() -> None:
    assert business_days(date(2026, 1, 30), date(2026, 2, 3)) == 2
