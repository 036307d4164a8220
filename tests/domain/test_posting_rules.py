"""Every check of decide as a table, and what must hold whatever is posted."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain import posting_rules
from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Exchange, Posting, imbalance
from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.posting_rules import CHECKS, Books, FundPosition, Period, Position, decide, fund_changes
from ledger.domain.refusals import Refusal

TODAY = date(2026, 7, 5)
UE = Actor(2, "Dolores", "ue", frozenset({"treasurer"}))
UNIFOR = Actor(3, "Rosalie", "unifor", frozenset({"treasurer"}))

BANK, UNIFOR_BANK, INCOME, EXPENSE, FX_USD, FX_CAD, NET, INTERFUND, CLOSED, OWN_BANK, ENCUMBERED, RESERVE, INTEREST = range(1, 14)
GEN, EDU, POL_US, CLOSED_FUND, PROPOSED = range(1, 6)


def account(number: int, path: str, currency: str = "USD", book: str = "joint", **more: Any) -> Account:
    return Account(number, book, path, currency, path, path, **more)


ACCOUNTS = {
    a.id: a
    for a in (
        account(BANK, "Assets:Bank:UE-trust-USD", role="bank", custodian="ue", guarded=True),
        account(UNIFOR_BANK, "Assets:Bank:Unifor-trust-CAD", "CAD", role="bank", custodian="unifor", guarded=True),
        account(INCOME, "Income:Contributions:Unifor", role="contributions", counterparty="unifor", origin="CA"),
        account(EXPENSE, "Expense:Organizing"),
        account(FX_USD, "Equity:FX-trading", role="fx_trading"),
        account(FX_CAD, "Equity:FX-trading", "CAD", role="fx_trading"),
        account(NET, "Equity:Net-assets", role="net_assets"),
        account(INTERFUND, "Equity:Interfund-transfers", role="interfund"),
        account(CLOSED, "Expense:Old", closed_on=date(2026, 1, 31)),
        account(OWN_BANK, "Assets:Bank:UE-general-USD", book="ue", custodian="ue"),
        account(ENCUMBERED, "Budget:Encumbrances", role="encumbrances"),
        account(RESERVE, "Budget:Reserve-for-encumbrances", role="encumbrance_reserve"),
        account(INTEREST, "Income:Interest"),
    )
}
FUNDS = {
    f.id: f
    for f in (
        Fund(GEN, "GEN", "General", "Général"),
        Fund(EDU, "EDU", "Education", "Formation", floors={"USD": 1_000}),
        Fund(POL_US, "POL-US", "Political", "Politique", nation="US"),
        Fund(CLOSED_FUND, "OLD", "Old", "Vieux", closed_on=date(2026, 1, 31)),
        Fund(PROPOSED, "NEW", "New", "Nouveau", confirmed=False),
    )
}


def books(**more: Any) -> Books:
    """Books with USD 100.00 in GEN and USD 50.00 in EDU at UE's bank, and locked and soft-closed periods."""
    return Books(
        accounts=ACCOUNTS, funds=FUNDS, today=TODAY,
        positions={(BANK, GEN): Position(10_000, 3), (BANK, EDU): Position(5_000, 1)},
        fund_positions={("joint", GEN, "USD"): FundPosition(10_000), ("joint", EDU, "USD"): FundPosition(5_000, committed_minor=500)},
        periods=[
            Period("joint", date(2026, 1, 1), date(2026, 3, 31), "closed"),
            Period("joint", date(2026, 4, 1), date(2026, 4, 30), "soft_closed"),
        ],
        reversals={7: 9}, next_number=11, **more,
    )  # fmt: skip


def draft(*lines: tuple[int, int, int], kind: str = "general", on: date = TODAY, **more: Any) -> Draft:
    return Draft(on, kind, more.pop("description", "Something"), tuple(Posting(*line) for line in lines), **more)


TOO_LARGE = LARGEST_AMOUNT_MINOR + 1
RATE = Exchange("USD", "CAD", Decimal("1.3725"), "bank", TODAY)
PAID = ((EXPENSE, GEN, 100), (BANK, GEN, -100))

REFUSED = [
    # what is wrong, the draft, who posts, the code, facts
    ("no description", draft(*PAID, description="  "), UE, "text_invalid", {"field": "description"}),
    ("a description too long", draft(*PAID, description="x" * 501), UE, "text_invalid", {"limit": 500}),
    ("one line", draft((BANK, GEN, 100)), UE, "too_few_postings", {"count": 1}),
    ("10,001 lines", draft(*[(EXPENSE, GEN, 1)] * 10_001), UE, "too_many_postings", {"limit": 10_000}),
    ("a line of nothing", draft((BANK, GEN, 100), (INCOME, GEN, 0)), UE, "zero_posting", {"line": 2}),
    ("ten trillion and a cent", draft((BANK, GEN, TOO_LARGE), (INCOME, GEN, -TOO_LARGE)), UE, "amount_invalid", {"reason": "too_large"}),
    ("tomorrow", draft(*PAID, on=TODAY + timedelta(days=1)), UE, "future_date", {"today": "2026-07-05"}),
    ("belongs to tomorrow", draft(*PAID, effective_date=TODAY + timedelta(days=1)), UE, "future_date", {"date": "2026-07-06"}),
    ("an account that is not there", draft((99, GEN, 100), (BANK, GEN, -100)), UE, "account_unknown", {"account": "99"}),
    ("an account closed before the date", draft((CLOSED, GEN, 100), (BANK, GEN, -100)), UE, "account_closed", {"closed_on": "2026-01-31"}),
    ("a fund that is not there", draft((EXPENSE, 99, 100), (BANK, 99, -100)), UE, "fund_unknown", {"fund": "99"}),
    ("a closed fund", draft((EXPENSE, CLOSED_FUND, 100), (BANK, CLOSED_FUND, -100)), UE, "fund_closed", {"fund": "OLD"}),
    ("a fund not confirmed yet", draft((EXPENSE, PROPOSED, 100), (BANK, PROPOSED, -100)), UE, "fund_closed", {"fund": "NEW"}),
    ("the other union's bank", draft(*PAID), UNIFOR, "other_union", {"union": "ue"}),
    ("the other union's own book", draft((OWN_BANK, GEN, 100), (OWN_BANK, EDU, -100)), UNIFOR, "other_union", {"union": "ue"}),
    ("a cent out", draft((BANK, GEN, 100), (INCOME, GEN, -99)), UE, "unbalanced", {"difference_minor": 1, "currency": "USD", "fund": "GEN"}),
    ("balanced over two funds only", draft((BANK, GEN, 100), (INCOME, EDU, -100)), UE, "unbalanced", {}),
    ("balanced over two currencies only", draft((FX_USD, GEN, 100), (FX_CAD, GEN, -100)), UE, "unbalanced", {}),
    ("balanced over two books only", draft((BANK, GEN, 100), (OWN_BANK, GEN, -100)), UE, "unbalanced", {}),
    (
        "a conversion without its rate",
        draft((BANK, GEN, -100), (FX_USD, GEN, 100), (FX_CAD, GEN, -137), (14, GEN, 137)), UE, "exchange_missing", {},
    ),
    ("a locked period", draft(*PAID, on=date(2026, 2, 20)), UE, "period_closed", {"first_open_date": "2026-05-01", "book": "joint"}),
    ("a locked period, late", draft(*PAID, on=date(2026, 2, 20), kind="correction", corrects=2), UE, "period_closed", {}),
    ("a soft-closed period", draft(*PAID, on=date(2026, 4, 30)), UE, "period_soft_closed", {"first_open_date": "2026-05-01"}),
    ("a second reversal", draft(*PAID, kind="reversal", reverses=7), UE, "already_reversed", {"entry": 7, "reversal": 9}),
    ("one fund pays, none receives", draft((INTERFUND, GEN, 100), (BANK, GEN, -100)), UE, "unbalanced", {"fund": "*"}),
    ("Canadian money into POL-US", draft((BANK, POL_US, 100), (INCOME, POL_US, -100)), UE, "origin_not_allowed", {"nation": "US", "origin": "CA"}),
    ("declared Canadian", draft((BANK, POL_US, 100), (INTEREST, POL_US, -100), origin="CA"), UE, "origin_not_allowed", {"origin": "CA"}),
    ("an opening that declares nothing", draft((BANK, POL_US, 100), (NET, POL_US, -100), kind="opening"), UE, "origin_not_allowed", {"origin": ""}),
    (
        "the mixed general fund into POL-US",
        draft((BANK, GEN, -100), (INTERFUND, GEN, 100), (BANK, POL_US, 100), (INTERFUND, POL_US, -100), kind="interfund"),
        UE, "mixed_origin_source", {"source": "GEN"},
    ),
    ("more than the bank has", draft((EXPENSE, GEN, 10_001), (BANK, GEN, -10_001)), UE, "insufficient_balance", {"balance_minor": 10_000}),
    ("more than is available", draft((EXPENSE, EDU, 3_501), (BANK, EDU, -3_501)), UE, "insufficient_available", {"available_minor": 3_500}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "refused", "actor", "code", "facts"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(what: str, refused: Draft, actor: Actor, code: str, facts: dict[str, Any]) -> None:
    state = books()
    state.accounts = ACCOUNTS | {14: account(14, "Expense:Bank-fees", "CAD")}
    before = msgspec.json.encode(_facts(state))
    with pytest.raises(Refusal) as caught:
        decide(state, actor, [refused])
    assert caught.value.code == code
    assert facts.items() <= caught.value.params.items()
    assert msgspec.json.encode(_facts(state)) == before


def test_every_check_has_a_row() -> None:
    codes = {row[3] for row in REFUSED}
    assert len(CHECKS) == 14
    assert codes >= {
        "text_invalid", "too_few_postings", "zero_posting", "future_date", "account_closed", "other_union", "unbalanced", "exchange_missing",
        "period_closed", "already_reversed", "origin_not_allowed", "mixed_origin_source", "insufficient_balance", "insufficient_available",
    }  # fmt: skip


ACCEPTED = [
    ("exactly what the bank has", draft((EXPENSE, GEN, 10_000), (BANK, GEN, -10_000))),
    ("exactly what is available", draft((EXPENSE, EDU, 3_500), (BANK, EDU, -3_500))),
    ("10,000 lines", draft(*[(EXPENSE, GEN, 1)] * 9_999, (BANK, GEN, -9_999))),
    ("ten trillion", draft((BANK, GEN, LARGEST_AMOUNT_MINOR), (INTEREST, GEN, -LARGEST_AMOUNT_MINOR))),
    ("on the day the account closed", draft((CLOSED, GEN, 1), (EXPENSE, GEN, -1), on=date(2025, 12, 31))),
    ("the first open day", draft(*PAID, on=date(2026, 5, 1))),
    ("a correction in a soft-closed period", draft(*PAID, on=date(2026, 4, 30), kind="correction", corrects=2)),
    ("a first reversal", draft(*PAID, kind="reversal", reverses=8)),
    ("a conversion with its rate", draft((BANK, GEN, -100), (FX_USD, GEN, 100), (FX_CAD, GEN, -137), (14, GEN, 137), exchange=RATE)),
    ("an opening of a ring-fenced fund that declares its nation", draft((BANK, POL_US, 100), (NET, POL_US, -100), kind="opening", origin="US")),
    ("a commitment", draft((ENCUMBERED, GEN, 5_000), (RESERVE, GEN, -5_000))),
    ("in and out of one account at once", draft((BANK, GEN, -20_000), (BANK, GEN, 19_000), (EXPENSE, GEN, 1_000))),
]


@pytest.mark.parametrize(("what", "accepted"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_accepted(what: str, accepted: Draft) -> None:
    state = books()
    state.accounts = ACCOUNTS | {14: account(14, "Expense:Bank-fees", "CAD")}
    (done,) = decide(state, UE, [accepted])
    assert done.number == 11
    assert state.next_number == 12


def test_a_commitment_lowers_what_is_available() -> None:
    state = books()
    decide(state, UE, [draft((ENCUMBERED, GEN, 9_950), (RESERVE, GEN, -9_950))])
    with pytest.raises(Refusal, match="insufficient_available"):
        decide(state, UE, [draft(*PAID)])


def test_a_draft_with_two_faults_is_refused_for_the_first_check() -> None:
    both = draft((EXPENSE, GEN, 10_001), (BANK, GEN, -10_000), on=TODAY + timedelta(days=1))
    with pytest.raises(Refusal, match="future_date"):
        decide(books(), UE, [both])


def test_two_drafts_are_one_decision() -> None:
    """The second takes what the first left: refused together, and nothing of the first remains."""
    state = books()
    half = draft((EXPENSE, GEN, 6_000), (BANK, GEN, -6_000))
    with pytest.raises(Refusal, match="insufficient_balance"):
        decide(state, UE, [half, half])
    assert state.positions[BANK, GEN] == Position(10_000, 3)
    assert state.next_number == 11
    assert len(decide(state, UE, [half])) == 1


def test_a_reversal_inside_a_decision_counts_for_the_next_draft() -> None:
    undo = draft(*PAID, kind="reversal", reverses=8)
    state = books()
    with pytest.raises(Refusal, match="already_reversed"):
        decide(state, UE, [undo, undo])
    assert 8 not in state.reversals


def _facts(state: Books) -> dict[str, Any]:
    return {
        "positions": sorted((k, p.balance_minor, p.version) for k, p in state.positions.items() if p.version),
        "funds": sorted((k, *msgspec.structs.astuple(f)) for k, f in state.fund_positions.items() if f != FundPosition()),
        "reversals": sorted(state.reversals.items()),
        "next": state.next_number,
    }


# --- properties ---------------------------------------------------------------------------------------------------------

_amounts = st.integers(-15_000, 15_000)
_moved = [BANK, INCOME, EXPENSE, NET, INTEREST, INTERFUND, ENCUMBERED, RESERVE, FX_USD, FX_CAD]
_lines = st.tuples(st.sampled_from(_moved), st.sampled_from([GEN, EDU, POL_US]), _amounts)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Drafts of any lines, most of them made to balance, so that the later checks are reached."""
    lines = draw(st.lists(_lines, min_size=1, max_size=5))
    if draw(st.booleans()) or draw(st.booleans()):
        for (_, fund_id, currency), over in imbalance([Posting(*line) for line in lines], ACCOUNTS).items():
            lines.append((EXPENSE if currency == "USD" else FX_CAD, fund_id, -over))
    on = TODAY - timedelta(days=draw(st.integers(-2, 200)))
    return draft(*lines, on=on, origin=draw(st.sampled_from([None, "US", "CA"])), reverses=draw(st.sampled_from([None, None, None, 7, 8])))


@settings(max_examples=400, deadline=None)
@given(st.lists(drafts(), min_size=1, max_size=6))
def test_whatever_is_posted_the_books_hold(asked: list[Draft]) -> None:
    state, started = books(), books()
    accepted = []
    for one in asked:
        before = msgspec.json.encode(_facts(state))
        try:
            accepted += decide(state, UE, [one])
        except Refusal:
            assert msgspec.json.encode(_facts(state)) == before
    assert [done.number for done in accepted] == list(range(11, 11 + len(accepted)))
    for key in state.positions:
        moved = sum(p.amount_minor for done in accepted for p in done.draft.postings if (p.account_id, p.fund_id) == key)
        assert state.positions[key].balance_minor == (started.positions.get(key) or Position()).balance_minor + moved
        assert state.positions[key].balance_minor >= 0 or not ACCOUNTS[key[0]].guarded
    for done in accepted:
        assert imbalance(done.draft.postings, ACCOUNTS) == {}
        assert done.draft.entry_date <= TODAY
        assert fund_changes(ACCOUNTS, done.draft).keys() <= state.fund_positions.keys()


@settings(max_examples=200, deadline=None)
@given(st.lists(drafts(), min_size=2, max_size=4))
def test_together_is_one_after_another_or_nothing(asked: list[Draft]) -> None:
    together, apart = books(), books()
    before = msgspec.json.encode(_facts(together))
    code, one_by_one = "", _code_of(apart, asked)
    try:
        decide(together, UE, asked)
    except Refusal as refusal:
        code = refusal.code
    assert code == one_by_one
    assert msgspec.json.encode(_facts(together)) == (before if code else msgspec.json.encode(_facts(apart)))


def _code_of(state: Books, asked: list[Draft]) -> str:
    """The first refusal of drafts one after another, or nothing."""
    for one in asked:
        try:
            decide(state, UE, [one])
        except Refusal as refusal:
            return refusal.code
    return ""


def test_the_order_of_checks_is_the_documented_one() -> None:
    names = [check.__name__ for check in posting_rules.CHECKS]
    assert names.index("_acts_for_own_union") < names.index("_balances") < names.index("_period_is_open") < names.index("_stays_above_zero")
