"""What a contribution and a transfer between funds post, and what is refused, as tables."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.domain import contributions as rules
from ledger.domain.account_rules import Local
from ledger.domain.accounts import Account, Fund
from ledger.domain.contributions import BLOCKED_INSTRUMENTS, Places, RecordContribution
from ledger.domain.interfund import MoveBetweenFunds, draft_between_funds
from ledger.domain.refusals import Refusal
from tests.domain.test_pledges import GEN, UNIFOR, pledge

TODAY = date(2026, 7, 15)
POL_CA = Fund(8, "POL-CA", "Political", "Politique", purpose="political_action", nation="CA")
POL_US = Fund(7, "POL-US", "Political", "Politique", purpose="political_action", nation="US")


def account(number: int, path: str, book: str = "joint", **more: Any) -> Account:
    return Account(number, book, path, "CAD", path, path, **more)


BANK = account(1, "Assets:Bank:Unifor-trust-CAD", role="bank", custodian="unifor", guarded=True)
INCOME, RECEIVABLE = account(2, "Income:Contributions:Unifor", role="contributions", origin="CA"), account(3, "Assets:Pledges-receivable:Unifor")
OWN_BANK, OWN_GIFTS = account(4, "Assets:Bank:Unifor-general-CAD", "unifor"), account(5, "Expense:Contributions-to-NASP", "unifor")
INTERFUND = account(6, "Equity:Interfund-transfers", role="interfund")
PLAIN = Places(BANK, INCOME)
REQUEST = RecordContribution(
    union="unifor", fund="GEN", account="joint/Assets:Bank:Unifor-trust-CAD", currency="CAD", amount_minor=50_000, received_on=date(2026, 7, 2)
)

# what, places, receivable -> postings (account, minor units)
POSTED = [
    ("a gift", PLAIN, 0, [(1, 50_000), (2, -50_000)]),
    ("with the payer's own side", Places(BANK, INCOME, None, OWN_BANK, OWN_GIFTS), 0, [(5, 50_000), (4, -50_000), (1, 50_000), (2, -50_000)]),
    ("on a recognised pledge", Places(BANK, INCOME, RECEIVABLE), 70_000, [(1, 50_000), (3, -50_000)]),
    ("on one recognised in part", Places(BANK, INCOME, RECEIVABLE), 20_000, [(1, 50_000), (3, -20_000), (2, -30_000)]),
    ("on a memo pledge", PLAIN, 0, [(1, 50_000), (2, -50_000)]),
]


@pytest.mark.parametrize(("what", "places", "receivable", "lines"), POSTED, ids=[row[0] for row in POSTED])
def test_what_is_posted(what: str, places: Places, receivable: int, lines: list[tuple[int, int]]) -> None:
    draft = rules.draft_received(REQUEST, "C-0001", UNIFOR, GEN, places, receivable)
    assert [(posting.account_id, posting.amount_minor) for posting in draft.postings] == lines
    assert (draft.kind, draft.subject, draft.origin, draft.description) == ("contribution", "C-0001", "CA", "Unifor: contribution C-0001")


def test_a_bank_date_in_a_closed_period_is_kept_as_the_effective_date() -> None:
    draft = rules.draft_received(msgspec.structs.replace(REQUEST, entry_date=TODAY, remark=" Q3  gift "), "C-0001", UNIFOR, GEN, PLAIN)
    assert (draft.entry_date, draft.effective_date, draft.description) == (TODAY, date(2026, 7, 2), "Q3 gift")


REFUSED: list[tuple[dict[str, Any], Fund, str]] = [
    ({"amount_minor": 0}, GEN, "amount_not_positive"),
    ({"amount_minor": -1}, GEN, "amount_not_positive"),
    ({"amount_minor": 10**30}, GEN, "amount_invalid"),
    ({"received_on": date(2026, 7, 16)}, GEN, "future_date"),
    ({"received_on": date(1999, 7, 16)}, GEN, "date_invalid"),
    ({"entry_date": date(2026, 7, 1)}, GEN, "date_invalid"),
    ({"reference": "r" * 101}, GEN, "text_invalid"),
    ({"remark": "a\x00b"}, GEN, "text_invalid"),
    ({"instrument": "gold"}, GEN, "choice_invalid"),
    ({"instrument": "crypto"}, POL_CA, "instrument_not_allowed"),
    ({"instrument": "money_order"}, POL_CA, "instrument_not_allowed"),
    ({"instrument": "prepaid"}, POL_CA, "instrument_not_allowed"),
]


@pytest.mark.parametrize(("changes", "fund", "code"), REFUSED)
def test_what_is_refused(changes: dict[str, Any], fund: Fund, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_request(msgspec.structs.replace(REQUEST, **changes), fund, BLOCKED_INSTRUMENTS, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("fund", [GEN, POL_US])
@pytest.mark.parametrize("instrument", rules.INSTRUMENTS)
def test_other_funds_take_every_instrument(fund: Fund, instrument: str) -> None:
    rules.check_request(msgspec.structs.replace(REQUEST, instrument=instrument), fund, BLOCKED_INSTRUMENTS, TODAY)


MISFITS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"state": "fulfilled"}, {}, "pledge_closed"),
    ({"state": "cancelled"}, {}, "pledge_closed"),
    ({"union": "ue"}, {}, "pledge_mismatch"),
    ({"fund": "STRIKE"}, {}, "pledge_mismatch"),
    ({"currency": "USD"}, {}, "pledge_mismatch"),
    ({}, {"amount_minor": 70_001}, "pledge_exceeded"),
]


@pytest.mark.parametrize(("of_pledge", "of_request", "code"), MISFITS)
def test_a_pledge_that_does_not_fit(of_pledge: dict[str, Any], of_request: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_pledge(pledge(**of_pledge), msgspec.structs.replace(REQUEST, **of_request), 70_000)
    assert refused.value.code == code


def test_a_local_is_of_the_payer() -> None:
    locals_ = [Local(id=1, union="unifor", number="504", name="Local 504", city=""), Local(id=2, union="ue", number="506", name="", city="")]
    assert rules.local_of(REQUEST, locals_) is None
    found = rules.local_of(msgspec.structs.replace(REQUEST, local="504"), locals_)
    assert found is not None
    assert found.id == 1
    for wrong in ("506", "505"):
        with pytest.raises(Refusal):
            rules.local_of(msgspec.structs.replace(REQUEST, local=wrong), locals_)


MOVE = MoveBetweenFunds(
    account=REQUEST.account, currency="CAD", from_fund="GEN", to_fund="STRIKE", amount_minor=100, entry_date=TODAY, description="Board decision"
)
STRIKE = Fund(2, "STRIKE", "Strike", "Grève")


def test_a_transfer_between_funds_leaves_the_bank_as_it_was() -> None:
    draft = draft_between_funds(MOVE, BANK, INTERFUND, GEN, STRIKE)
    assert [(p.account_id, p.fund_id, p.amount_minor) for p in draft.postings] == [(6, 1, 100), (1, 1, -100), (1, 2, 100), (6, 2, -100)]
    assert draft.kind == "interfund"


@pytest.mark.parametrize(
    ("changes", "bank", "target", "code"),
    [
        ({"amount_minor": 0}, BANK, STRIKE, "amount_not_positive"),
        ({"description": " "}, BANK, STRIKE, "text_invalid"),
        ({"entry_date": date(1990, 1, 1)}, BANK, STRIKE, "date_invalid"),
        ({}, BANK, GEN, "choice_invalid"),
        ({}, INCOME, STRIKE, "account_unfit"),
        ({}, OWN_BANK, STRIKE, "account_unfit"),
    ],
)
def test_a_transfer_between_funds_that_is_refused(changes: dict[str, Any], bank: Account, target: Fund, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        draft_between_funds(msgspec.structs.replace(MOVE, **changes), bank, INTERFUND, GEN, target)
    assert refused.value.code == code
