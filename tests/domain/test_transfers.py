"""Transfers as pure rules: which step from which state, what each posts to the cent, what a conversion cost, and what always holds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft, Entry, imbalance
from ledger.domain.exchange import Rate, convert_at
from ledger.domain.pledges import Pledge
from ledger.domain.refusals import (
    AccountUnfit,
    AmountNotPositive,
    DateBeforeEntry,
    DateBeforeSent,
    DateInvalid,
    ExchangeDisagrees,
    ExchangeMissing,
    FutureDate,
    OtherUnion,
    PledgeClosed,
    PledgeExceeded,
    PledgeMismatch,
    RateInvalid,
    ReceiptTooLarge,
    Refusal,
    SameAccount,
    TextInvalid,
    TransferState,
)
from ledger.domain.transfers import (
    Chart,
    Receipt,
    Return,
    Sending,
    Transfer,
    business_days,
    check_banks,
    check_pledge,
    check_replaceable,
    check_sending,
    check_union,
    cost,
    draft_received,
    draft_returned,
    draft_sent,
    draft_undone,
    is_overdue,
)

TODAY = date(2026, 11, 23)
FUND = Fund(1, "STRIKE", "Strike fund", "Caisse de grève")


def _account(number: int, path: str, currency: str, role: Any, custodian: str | None = None) -> Account:
    return Account(number, "joint", path, currency, path, path, role, custodian)


UE = _account(1, "Assets:Bank:UE-trust-USD", "USD", "bank", "ue")
UNIFOR = _account(2, "Assets:Bank:Unifor-trust-CAD", "CAD", "bank", "unifor")
UNIFOR_USD = _account(3, "Assets:Bank:Unifor-USD", "USD", "bank", "unifor")
ROLES = {role: {code: _account(10 * n + m, f"Assets:{role}", code, role) for m, code in enumerate(("CAD", "USD"))}
         for n, role in enumerate(("in_transit", "bank_fees", "fx_trading"), 1)}  # fmt: skip
ACCOUNTS = {account.id: account for account in (UE, UNIFOR, UNIFOR_USD, *(a for found in ROLES.values() for a in found.values()))}
REFERENCE = Rate(
    base="USD", quote="CAD", value=Decimal("1.3650"), observed_on=date(2026, 1, 30), source="Bank of Canada", retrieved_at=datetime(2026, 1, 30, tzinfo=UTC)
)


def chart(source: Account = UE, target: Account = UNIFOR) -> Chart:
    return Chart(source, target, FUND, ROLES["in_transit"], ROLES["bank_fees"], ROLES["fx_trading"])


def sending(**changes: Any) -> Sending:
    asked = Sending(fund="STRIKE", from_account=1, to_account=2, amount_minor=15_000_00, sent_on=date(2026, 1, 30), purpose="For Local 504")
    return msgspec.structs.replace(asked, **changes)


def sent(asked: Sending | None = None, where: Chart | None = None, reference: Rate | None = None) -> tuple[Transfer, Draft]:
    asked, where = asked or sending(), where or chart()
    draft, transit, currency, exchange = draft_sent("T-0042", asked, where, reference)
    made = Transfer(
        number="T-0042", fund_id=1, from_account=where.source.id, to_account=where.target.id, purpose=asked.purpose, state="in_transit",
        sent_on=asked.sent_on, amount_minor=asked.amount_minor, sender_fee_minor=asked.fee_minor, transit_minor=transit,
        transit_currency=currency, sender_exchange=exchange,
    )  # fmt: skip
    return made, draft


def lines(draft: Draft) -> list[tuple[str, str, int]]:
    return sorted((ACCOUNTS[p.account_id].path.split(":")[-1], ACCOUNTS[p.account_id].currency, p.amount_minor) for p in draft.postings)


W04_RECEIPT = Receipt(received_on=date(2026, 2, 3), net_minor=20_384_00, fee_minor=17_50, rate=Decimal("1.3601"))


def test_w04_posts_what_the_case_says() -> None:
    transfer, draft = sent()
    assert lines(draft) == [("UE-trust-USD", "USD", -15_000_00), ("in_transit", "USD", 15_000_00)]
    received, gross, exchange = draft_received(transfer, W04_RECEIPT, chart(), REFERENCE, TODAY)
    assert lines(received) == [
        ("Unifor-trust-CAD", "CAD", 20_384_00), ("bank_fees", "CAD", 17_50), ("fx_trading", "CAD", -20_401_50),
        ("fx_trading", "USD", 15_000_00), ("in_transit", "USD", -15_000_00),
    ]  # fmt: skip
    assert gross == 20_401_50 and exchange is not None and (exchange.rate, exchange.source) == (Decimal("1.3601"), "bank")
    assert (exchange.rate_date, exchange.reference_rate, exchange.reference_date) == (date(2026, 2, 3), Decimal("1.3650"), date(2026, 1, 30))
    done = msgspec.structs.replace(transfer, state="received", gross_minor=gross, net_minor=20_384_00, receiver_exchange=exchange)
    found = cost(done, "USD", "CAD")
    assert found is not None and (found.currency, found.reference_minor, found.spread_minor) == ("CAD", 20_475_00, 73_50)
    assert found.all_in == Decimal("1.358933")


def test_w03_is_converted_by_the_sender() -> None:
    asked, where = sending(amount_minor=40_000_00, fee_minor=45_00, rate=Decimal("1.3842")), chart(UNIFOR, UE)
    transfer, draft = sent(asked, where, msgspec.structs.replace(REFERENCE, value=Decimal("1.3750")))
    assert (transfer.transit_minor, transfer.transit_currency) == (28_897_56, "USD")
    assert lines(draft) == [
        ("Unifor-trust-CAD", "CAD", -40_045_00), ("bank_fees", "CAD", 45_00), ("fx_trading", "CAD", 40_000_00),
        ("fx_trading", "USD", -28_897_56), ("in_transit", "USD", 28_897_56),
    ]  # fmt: skip
    _, gross, exchange = draft_received(transfer, Receipt(received_on=TODAY, net_minor=28_879_56, fee_minor=18_00), where, None, TODAY)
    assert (gross, exchange) == (28_897_56, None)
    before = cost(transfer, "CAD", "USD")
    assert before is not None and before.spread_minor == 193_35 and before.all_in is None
    after = cost(msgspec.structs.replace(transfer, state="received", net_minor=28_879_56), "CAD", "USD")
    assert after is not None and after.all_in == Decimal("1.386621")


def test_w23_comes_back_less_the_fee() -> None:
    transfer, _ = sent(sending(amount_minor=10_000_00))
    draft, gross, _ = draft_returned(transfer, Return(returned_on=date(2026, 3, 16), fee_minor=35_00, reason="Name"), chart(), None, TODAY)
    assert lines(draft) == [("UE-trust-USD", "USD", 9_965_00), ("bank_fees", "USD", 35_00), ("in_transit", "USD", -10_000_00)]
    assert (draft.kind, draft.description, gross) == ("transfer_returned", "Name", 10_000_00)


def test_a_converted_transfer_comes_back_at_the_rate_of_that_day() -> None:
    where = chart(UNIFOR, UE)
    transfer, _ = sent(sending(amount_minor=40_000_00, rate=Decimal("1.3842")), where)
    with pytest.raises(ExchangeMissing):
        draft_returned(transfer, Return(returned_on=TODAY), where, None, TODAY)
    draft, gross, exchange = draft_returned(transfer, Return(returned_on=TODAY, fee_minor=25_00, rate=Decimal("1.3700")), where, REFERENCE, TODAY)
    assert gross == convert_at(28_897_56, "USD", "CAD", "USD", "CAD", Decimal("1.3700")) == 39_589_66
    assert exchange is not None and ("Unifor-trust-CAD", "CAD", gross - 25_00) in lines(draft)
    assert imbalance(draft.postings, ACCOUNTS) == {}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"to_account": 1}, SameAccount),
        ({"amount_minor": 0}, AmountNotPositive),
        ({"amount_minor": -1}, AmountNotPositive),
        ({"fee_minor": -1}, AmountNotPositive),
        ({"sent_on": TODAY + timedelta(days=1)}, FutureDate),
        ({"sent_on": date(1999, 12, 31)}, DateInvalid),
        ({"expected_on": date(2026, 1, 29)}, DateBeforeSent),
        ({"expected_on": date(2027, 2, 1)}, DateInvalid),
        ({"purpose": "  "}, TextInvalid),
        ({"purpose": "x" * 301}, TextInvalid),
        ({"bank_reference": "x" * 36}, TextInvalid),
        ({"bank_reference": "a\x00b"}, TextInvalid),
    ],
)
def test_sendings_that_cannot_be(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        check_sending(sending(**changes), chart(), TODAY)


def test_texts_are_tidied() -> None:
    clean = check_sending(sending(purpose=" For \n Local  504 ", bank_reference="x" * 35), chart(), TODAY)
    assert (clean.purpose, clean.bank_reference) == ("For Local 504", "x" * 35)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"rate": Decimal("0")}, AmountNotPositive),
        ({"rate": Decimal("-1")}, AmountNotPositive),
        ({"bought_minor": 0}, AmountNotPositive),
        ({"rate": Decimal("1.3601"), "bought_minor": 20_401_52}, ExchangeDisagrees),
        ({"amount_minor": 1, "rate": Decimal("0.000001")}, AmountNotPositive),
        ({"amount_minor": 10**15, "bought_minor": 1}, RateInvalid),
    ],
)
def test_conversions_that_cannot_be(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        sent(sending(**changes))


def test_a_rate_and_an_amount_may_differ_by_a_cent() -> None:
    transfer, _ = sent(sending(rate=Decimal("1.3601"), bought_minor=20_401_51))
    assert transfer.transit_minor == 20_401_51
    implied, _ = sent(sending(bought_minor=20_401_50))
    assert implied.exchange is not None and implied.exchange.rate == Decimal("1.360100")


def test_in_one_currency_nothing_changes() -> None:
    where = chart(UE, UNIFOR_USD)
    for wrong in ({"rate": Decimal("1.01")}, {"bought_minor": 14_999_00}):
        with pytest.raises(ExchangeDisagrees):
            sent(sending(**wrong), where)
    same, draft = sent(sending(rate=Decimal("1.0000"), bought_minor=15_000_00), where)
    assert same.exchange is None and lines(draft) == [("UE-trust-USD", "USD", -15_000_00), ("in_transit", "USD", 15_000_00)]
    with pytest.raises(ExchangeDisagrees):
        draft_received(same, Receipt(received_on=TODAY, net_minor=15_000_00, rate=Decimal("1.2")), where, None, TODAY)
    for arrived, refusal in ((14_999_99, ExchangeDisagrees), (15_000_01, ReceiptTooLarge)):
        with pytest.raises(refusal):
            draft_received(same, Receipt(received_on=TODAY, net_minor=arrived), where, None, TODAY)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"net_minor": 20_384_01}, ReceiptTooLarge),
        ({"net_minor": 20_383_99}, ExchangeDisagrees),
        ({"fee_minor": 17_51}, ReceiptTooLarge),
        ({"fee_minor": -1}, AmountNotPositive),
        ({"net_minor": 0}, AmountNotPositive),
        ({"net_minor": -1}, AmountNotPositive),
        ({"rate": None}, ExchangeMissing),
        ({"rate": Decimal("0")}, AmountNotPositive),
        ({"gross_minor": 20_401_53}, ExchangeDisagrees),
        ({"received_on": date(2026, 1, 29)}, DateBeforeSent),
        ({"received_on": TODAY + timedelta(days=1)}, FutureDate),
    ],
)
def test_receipts_that_cannot_be(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        draft_received(sent()[0], msgspec.structs.replace(W04_RECEIPT, **changes), chart(), None, TODAY)


@pytest.mark.parametrize("state", ["received", "returned", "cancelled"])
def test_what_is_settled_is_not_settled_again(state: Any) -> None:
    transfer = msgspec.structs.replace(sent()[0], state=state)
    with pytest.raises(TransferState):
        draft_received(transfer, W04_RECEIPT, chart(), None, TODAY)
    with pytest.raises(TransferState):
        draft_returned(transfer, Return(returned_on=TODAY), chart(), None, TODAY)


def test_a_return_gives_something_back() -> None:
    with pytest.raises(AmountNotPositive):
        draft_returned(sent()[0], Return(returned_on=TODAY, fee_minor=15_000_00), chart(), None, TODAY)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (ROLES["in_transit"]["USD"], UNIFOR),
        (UE, ROLES["bank_fees"]["CAD"]),
        (UE, msgspec.structs.replace(UNIFOR, custodian=None)),
        (UE, msgspec.structs.replace(UNIFOR, book="unifor")),
    ],
)
def test_only_between_joint_bank_accounts_in_care(source: Account, target: Account) -> None:
    check_banks(UE, UNIFOR)
    with pytest.raises(AccountUnfit):
        check_banks(source, target)


def test_only_the_custodian() -> None:
    check_union("ue", UE)
    for union, account in (("unifor", UE), (None, UE), (None, ROLES["in_transit"]["USD"])):
        with pytest.raises(OtherUnion):
            check_union(union, account)


def test_what_takes_the_place_of_a_returned_one() -> None:
    returned = msgspec.structs.replace(sent()[0], state="returned")
    check_replaceable(returned, UE, chart())
    for changes in ({"state": "received"}, {"state": "in_transit"}, {"replaced_by": "T-0043"}, {"fund_id": 2}):
        with pytest.raises(TransferState):
            check_replaceable(msgspec.structs.replace(returned, **changes), UE, chart())
    with pytest.raises(OtherUnion):
        check_replaceable(returned, UNIFOR, chart())


def test_towards_a_pledge() -> None:
    pledge = Pledge(
        number="P-0003", union="ue", fund="STRIKE", fund_id=1, currency="USD", amount_minor=20_000_00, approved_on=TODAY, resolution="R",
        policy="memo", condition="", remark="", state="open", instalments=(),
    )  # fmt: skip
    check_pledge(pledge, 15_000_00, chart(), 15_000_00)
    with pytest.raises(PledgeExceeded):
        check_pledge(pledge, 15_000_00, chart(), 14_999_99)
    for changes in ({"union": "unifor"}, {"fund_id": 2}, {"currency": "CAD"}):
        with pytest.raises(PledgeMismatch):
            check_pledge(msgspec.structs.replace(pledge, **changes), 1, chart(), 20_000_00)
    with pytest.raises(PledgeClosed):
        check_pledge(msgspec.structs.replace(pledge, state="cancelled"), 1, chart(), 20_000_00)


def test_a_reversal_is_not_before_its_entry() -> None:
    entry = Entry(7, datetime.now(UTC), 1, "A", "ue", sent()[1], b"", b"", b"")
    assert lines(draft_undone(entry, TODAY, " Twice ")) == [("UE-trust-USD", "USD", 15_000_00), ("in_transit", "USD", -15_000_00)]
    with pytest.raises(DateBeforeEntry):
        draft_undone(entry, date(2026, 1, 29), "Twice")
    with pytest.raises(TextInvalid):
        draft_undone(entry, TODAY, " ")


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 1, 30), date(2026, 2, 3), 2),  # Friday to Tuesday
        (date(2026, 1, 30), date(2026, 1, 30), 0),
        (date(2026, 1, 31), date(2026, 2, 1), 0),  # a weekend
        (date(2026, 2, 2), date(2026, 2, 9), 5),
        (date(2026, 2, 2), date(2026, 2, 1), 0),
    ],
)
def test_business_days_skip_weekends(first: date, last: date, days: int) -> None:
    assert business_days(first, last) == days


def test_more_than_five_business_days_is_overdue() -> None:
    transfer = msgspec.structs.replace(sent()[0], sent_on=date(2026, 2, 2))
    assert not is_overdue(transfer, date(2026, 2, 9)) and is_overdue(transfer, date(2026, 2, 10))
    assert not is_overdue(msgspec.structs.replace(transfer, state="received"), date(2026, 2, 10))


# --- what always holds ------------------------------------------------------------------------------------------------

RATES = st.decimals(min_value="0.5", max_value="2.5", places=6)
ROUTES = st.sampled_from([(UE, UNIFOR), (UNIFOR, UE), (UE, UNIFOR_USD), (UNIFOR_USD, UE), (UNIFOR_USD, UNIFOR)])


@given(
    route=ROUTES, amount=st.integers(100, 10**11), fee=st.integers(0, 10_000), sender_converts=st.booleans(), rate=RATES, second=RATES,
    kept=st.integers(0, 40), ending=st.sampled_from(["received", "returned", "cancelled", "received and undone"]),
)  # fmt: skip
def test_every_path_balances_and_leaves_nothing_in_transit(
    route: tuple[Account, Account], amount: int, fee: int, sender_converts: bool, rate: Decimal, second: Decimal, kept: int, ending: str
) -> None:
    where = chart(*route)
    converts = sender_converts and route[0].currency != route[1].currency
    asked = sending(from_account=route[0].id, to_account=route[1].id, amount_minor=amount, fee_minor=fee, rate=rate if converts else None)
    transfer, draft = sent(asked, where, REFERENCE)
    drafts = [draft, *_ended(transfer, draft, where, second, kept, ending)]
    for each in drafts:
        assert imbalance(each.postings, ACCOUNTS) == {}
    undone = ending == "received and undone"
    for currency, clearing in ROLES["in_transit"].items():
        left = sum(p.amount_minor for each in drafts for p in each.postings if p.account_id == clearing.id)
        assert left == (transfer.transit_minor if undone and currency == transfer.transit_currency else 0)
    for each in drafts:
        trades = {ACCOUNTS[p.account_id].currency for p in each.postings if ACCOUNTS[p.account_id].role == "fx_trading"}
        assert trades in (set(), {"USD", "CAD"}) and (not trades or each.exchange is not None)


def _ended(transfer: Transfer, draft: Draft, where: Chart, rate: Decimal, kept: int, ending: str) -> list[Draft]:
    if ending == "cancelled":
        return [draft_undone(Entry(1, datetime.now(UTC), 1, "A", "ue", draft, b"", b"", b""), TODAY, "Twice")]
    reached = where.source if ending == "returned" else where.target
    other = transfer.transit_currency != reached.currency
    gross = convert_at(transfer.transit_minor, transfer.transit_currency, reached.currency, "USD", "CAD", rate)
    kept = min(kept, gross - 1)
    if ending == "returned":
        back = Return(returned_on=TODAY, fee_minor=kept, rate=rate if other else None)
        return [draft_returned(transfer, back, where, None, TODAY)[0]]
    receipt = Receipt(received_on=TODAY, net_minor=gross - kept, fee_minor=kept, rate=rate if other else None)
    received = draft_received(transfer, receipt, where, None, TODAY)[0]
    if ending == "received":
        return [received]
    return [received, draft_undone(Entry(2, datetime.now(UTC), 1, "A", "unifor", received, b"", b"", b""), TODAY, "Another wire")]
