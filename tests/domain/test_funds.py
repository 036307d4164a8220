"""Funds as tables: what is available, one converted total, the statement's lines, and what a new or changed fund must look like."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.account_rules import NewAccount, NewLocal, check_account_closing, new_account, new_local
from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.exchange import Rate
from ledger.domain.funds import (
    ChangeFund,
    Figures,
    ProposeFund,
    changed_fund,
    check_closing,
    check_confirmation,
    converted,
    figures,
    movement,
    movement_class,
    new_fund,
    state,
)
from ledger.domain.home import Waiting, oldest_first
from ledger.domain.refusals import Refusal

TODAY = date(2026, 11, 23)
BOC = Rate(
    base="USD", quote="CAD", value=Decimal("1.3725"), observed_on=date(2026, 11, 20), source="Bank of Canada",
    retrieved_at=datetime(2026, 11, 20, 22, tzinfo=UTC),
)  # fmt: skip
STRIKE = Fund(id=2, code="STRIKE", name_en="Strike fund", name_fr="Caisse de grève", floors={"CAD": 1_000_000})


def code_of(call) -> str:  # type: ignore[no-untyped-def]
    """The refusal's code, or "" where it passed."""
    try:
        call()
    except Refusal as refusal:
        return refusal.code
    return ""


def test_available_is_held_less_pledged_less_committed_less_floor() -> None:
    rows = figures(STRIKE, {"CAD": (18_000_000, 0, 3_000_000), "USD": (4_231_055, 31_055, 0)}, ["CAD", "USD"])
    assert [(row.currency, row.available_minor) for row in rows] == [("CAD", 14_000_000), ("USD", 4_200_000)]


def test_a_ring_fenced_fund_shows_only_the_currency_it_uses() -> None:
    fund = msgspec.structs.replace(STRIKE, nation="CA", floors={})
    assert [row.currency for row in figures(fund, {"CAD": (10, 0, 0)}, ["USD", "CAD"])] == ["CAD"]
    assert [row.currency for row in figures(fund, {}, ["USD", "CAD"])] == ["USD"]


@pytest.mark.parametrize(
    ("held", "currency", "expected"),
    [
        ({"USD": 100_000, "CAD": 50_000}, "CAD", 187_250),  # 1,000.00 × 1.3725 + 500.00
        ({"USD": 0, "CAD": 50_000}, "CAD", 50_000),
        ({"USD": 0, "CAD": 1_372_500}, "USD", 1_000_000),  # divided by the same rate, never an inverse series
        ({"USD": 1, "CAD": 0}, "CAD", 1),  # 1.3725 cents
        ({"USD": -200, "CAD": 0}, "CAD", -275),  # −2.745, half up
    ],
)
def test_converted_total_is_rounded_once(held: dict[str, int], currency: str, expected: int) -> None:
    total = converted([Figures(code, amount) for code, amount in held.items()], currency, [BOC])
    assert total is not None
    assert (total.currency, total.amount_minor) == (currency, expected)


def test_no_rate_no_total_and_no_conversion_no_rate() -> None:
    assert converted([Figures("USD", 1)], "CAD", []) is None
    alone = converted([Figures("CAD", 5), Figures("USD", 0)], "CAD", [])
    assert alone is not None
    assert alone.rate is None


@pytest.mark.parametrize(
    ("kind", "role", "expected"),
    [
        ("asset", "bank", "held"), ("liability", "", "held"), ("income", "contributions", "received"), ("expense", "bank_fees", "paid"),
        ("income", "fx_result", "exchange"), ("equity", "fx_trading", "exchange"), ("equity", "interfund", "between"),
        ("equity", "net_assets", "brought"), ("budget", "encumbrances", ""),
    ],
)  # fmt: skip
def test_statement_line_of_an_account(kind: str, role: str, expected: str) -> None:
    assert movement_class(kind, role) == expected  # type: ignore[arg-type]


_MINOR = st.integers(-(10**15), 10**15)


@given(_MINOR, _MINOR, _MINOR, _MINOR, _MINOR, _MINOR)
def test_a_statement_always_adds_up(opening: int, received: int, paid: int, between: int, exchange: int, brought: int) -> None:
    sums = {"received": -received, "paid": paid, "between": -between, "exchange": -exchange, "brought": -brought}
    line = movement("CAD", opening, sums | {"held": -sum(sums.values())})
    assert line.closing_minor == opening + received - paid + between + exchange + brought


def _proposal(**changes: object) -> ProposeFund:
    plain = {"code": "HALL", "name_en": "Union halls", "name_fr": "Salles syndicales"}
    return msgspec.convert(plain | changes, ProposeFund)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"floors": {"USD": 500}}, ""),
        ({"nation": "US", "purpose": "political_action"}, ""),
        ({"nation": "CA", "purpose": "political_action"}, "origin_not_allowed"),  # a ring-fence is set up by its own nation
        ({"code": "hall"}, "text_invalid"),
        ({"code": "H"}, "text_invalid"),
        ({"code": "HALL-"}, "text_invalid"),
        ({"code": "HALL\n"}, "text_invalid"),
        ({"code": "A" * 13}, "text_invalid"),
        ({"name_fr": "   "}, "text_invalid"),
        ({"name_en": "x" * 81}, "text_invalid"),
        ({"purpose": "party"}, "choice_invalid"),
        ({"restriction": "mine"}, "choice_invalid"),
        ({"nation": "FR"}, "choice_invalid"),
        ({"floors": {"EUR": 5}}, "currency_unknown"),
        ({"floors": {"USD": -1}}, "amount_not_positive"),
        ({"floors": {"USD": 10**16}}, "amount_invalid"),
    ],
)
def test_what_a_new_fund_must_look_like(changes: dict[str, object], code: str) -> None:
    assert code_of(lambda: new_fund(_proposal(**changes), 9, "US", ["US", "CA"], ["USD", "CAD"], TODAY)) == code


def test_a_new_fund_is_not_confirmed_and_drops_empty_floors() -> None:
    fund = new_fund(_proposal(floors={"USD": 0, "CAD": 7}), 9, "US", ["US", "CA"], ["USD", "CAD"], TODAY)
    assert (fund.confirmed, fund.floors, fund.opened_on, state(fund)) == (False, {"CAD": 7}, TODAY, "proposed")


@pytest.mark.parametrize(
    ("proposer", "confirmer", "changes", "code"),
    [
        ((2, "ue"), (3, "unifor"), {}, ""),
        ((2, "ue"), (2, "ue"), {}, "same_person"),
        ((2, "ue"), (4, "ue"), {}, "same_union"),
        ((2, "ue"), (3, "unifor"), {"confirmed": True}, "fund_state"),
        ((2, "ue"), (3, "unifor"), {"closed_on": TODAY}, "fund_state"),
    ],
)
def test_a_new_fund_takes_two_unions(proposer: tuple[int, str], confirmer: tuple[int, str], changes: dict[str, object], code: str) -> None:
    fund = msgspec.structs.replace(STRIKE, **({"confirmed": False} | changes))  # type: ignore[arg-type]
    assert code_of(lambda: check_confirmation(fund, proposer, Actor(confirmer[0], "", confirmer[1], frozenset()))) == code


def _account(path: str, **changes: object) -> Account:
    return Account(**({"id": 1, "book": "joint", "path": path, "currency": "USD", "name_en": "", "name_fr": ""} | changes))  # type: ignore[arg-type]


def test_a_fund_closes_at_zero() -> None:
    bank, income, budget = _account("Assets:Bank:X"), _account("Income:Contributions:UE"), _account("Budget:Encumbrances")
    assert code_of(lambda: check_closing(STRIKE, [(bank, 0), (income, -5)])) == ""
    assert code_of(lambda: check_closing(STRIKE, [(bank, 1)])) == "fund_not_empty"
    assert code_of(lambda: check_closing(STRIKE, [(budget, 1)])) == "fund_not_empty"
    assert code_of(lambda: check_closing(msgspec.structs.replace(STRIKE, closed_on=TODAY), [])) == "fund_state"


def test_changing_leaves_alone_what_is_not_named() -> None:
    new = changed_fund(STRIKE, ChangeFund(fund="STRIKE", floors={"USD": 100}), ["USD", "CAD"])
    assert (new.name_en, new.floors) == ("Strike fund", {"USD": 100})
    assert changed_fund(STRIKE, ChangeFund(fund="STRIKE", name_fr=" Caisse  de grève "), ["USD", "CAD"]) == STRIKE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"book": "ue", "path": "Expense:Travel"}, ""),
        ({"book": "unifor"}, "other_union"),
        ({"path": "Assets:Bank:UE-savings", "role": "bank"}, ""),
        ({"path": "Assets:Bank:UE-savings"}, "account_unfit"),
        ({"role": "bank"}, "account_unfit"),
        ({"role": "fx_trading"}, "choice_invalid"),
        ({"path": "Expense"}, "account_unfit"),
        ({"path": "Expense:Trav el"}, "account_unfit"),
        ({"path": "Money:Travel"}, "account_unfit"),
        ({"path": "Budget:Mine"}, "account_unfit"),
        ({"currency": "EUR"}, "currency_unknown"),
        ({"name_fr": ""}, "text_invalid"),
    ],
)
def test_what_an_account_may_be(changes: dict[str, str], code: str) -> None:
    plain = {"book": "joint", "path": "Expense:Travel", "currency": "USD", "name_en": "Travel", "name_fr": "Déplacements"}
    request = msgspec.convert(plain | changes, NewAccount)
    assert code_of(lambda: new_account(request, 90, "ue", ["USD", "CAD"], TODAY)) == code


def test_a_bank_account_is_its_own_unions_and_never_below_zero() -> None:
    request = NewAccount(book="joint", path="Assets:Bank:UE-savings", currency="USD", name_en="Savings", name_fr="Épargne", role="bank")
    account = new_account(request, 90, "ue", ["USD", "CAD"], TODAY)
    assert (account.custodian, account.guarded, account.role) == ("ue", True, "bank")


@pytest.mark.parametrize(
    ("changes", "balances", "code"),
    [
        ({}, [], ""),
        ({}, [("GEN", 5)], "account_not_empty"),
        ({"custodian": "unifor", "role": "bank"}, [], "other_union"),
        ({"book": "unifor"}, [], "other_union"),
        ({"role": "fx_trading"}, [], "account_unfit"),
        ({"closed_on": TODAY}, [], "account_closed"),
    ],
)
def test_which_accounts_close(changes: dict[str, object], balances: list[tuple[str, int]], code: str) -> None:
    assert code_of(lambda: check_account_closing(_account("Expense:Travel", **changes), "ue", balances)) == code


def test_a_local_has_a_number_and_a_name() -> None:
    assert new_local(NewLocal(union="ue", number="506", name=" Local  506 ", city="Erie"), 1).name == "Local 506"
    assert code_of(lambda: new_local(NewLocal(union="ue", number="5/6", name="x"), 1)) == "text_invalid"
    assert code_of(lambda: new_local(NewLocal(union="ue", number="506", name=""), 1)) == "text_invalid"


def test_what_waits_longest_comes_first() -> None:
    rows = [Waiting(kind="x", subject=subject, url="/", union="ue", since=date(2026, 11, day)) for subject, day in [("B", 9), ("A", 9), ("C", 2)]]
    assert [row.subject for row in oldest_first(rows)] == ["C", "A", "B"]
    assert rows[0].days(date(2026, 11, 15)) == 6
    assert rows[0].days(date(2026, 11, 1)) == 0
