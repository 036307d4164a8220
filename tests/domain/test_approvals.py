"""Who must approve a request and who may, as tables written by hand from the unions' rules (domain.md 6), not derived from the code."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import approvals
from ledger.domain.accounts import Fund, Union
from ledger.domain.approvals import (
    ApprovalRule,
    Approver,
    BoardRule,
    Decision,
    Interest,
    Matrix,
    Matter,
    Requirement,
    Resolution,
    Sum,
    Vote,
    board_result,
    check_approver,
    check_fund,
    check_wanted,
    closing_result,
    counting,
    deciders,
    described,
    matrix_kind,
    missing,
    requirements,
)
from ledger.domain.refusals import Refusal
from ledger.services.setup import shipped_matrix

UE = Union(code="ue", name="UE", nation="US", currency="USD", ordinal=1)
UNIFOR = Union(code="unifor", name="Unifor", nation="CA", currency="CAD", ordinal=2)
THIRD = Union(code="nnu", name="NNU", nation="US", currency="USD", ordinal=3)
UNIONS = [UE, UNIFOR]
SHIPPED = shipped_matrix()
OPEN_TO_BOTH = msgspec.structs.replace(SHIPPED, own_nation_only=False)


def fund(code: str, purpose: str = "general", nation: str | None = None, number: int = 1) -> Fund:
    return Fund(id=number, code=code, name_en=code, name_fr=code, purpose=purpose, nation=nation)  # type: ignore[arg-type]


GEN, STRIKE, EDU = fund("GEN"), fund("STRIKE", "strike", number=2), fund("EDU", "education", number=3)
POL_US, POL_CA = fund("POL-US", "political_action", "US", 4), fund("POL-CA", "political_action", "CA", 5)
POL = fund("POL", "political_action", number=6)

OFFICERS = ["ue officer", "unifor officer"]
SECRETARY_TREASURERS = ["ue secretary_treasurer", "unifor secretary_treasurer"]
BOARDS = ["ue board", "unifor board"]


def refusal_of(call: Callable[..., Any], *arguments: Any) -> str:
    """The code of the refusal, with its reason or role where it has one; "" where nothing is refused."""
    try:
        call(*arguments)
    except Refusal as refusal:
        return " ".join([refusal.code, *(str(refusal.params[name]) for name in ("reason", "role", "subject_kind") if name in refusal.params)])
    return ""


# --- what is needed -----------------------------------------------------------------------------------------------------

# kind, fund, amount in CAD, who must approve.
NEEDED = [
    ("general", GEN, "0.01", OFFICERS),
    ("general", GEN, "4999.99", OFFICERS),
    ("general", GEN, "5000.00", OFFICERS),
    ("general", GEN, "5000.01", SECRETARY_TREASURERS),
    ("general", GEN, "25000.00", SECRETARY_TREASURERS),
    ("general", GEN, "25000.01", OFFICERS + BOARDS),
    ("general", GEN, "1000000.00", OFFICERS + BOARDS),
    ("general", EDU, "5000.00", OFFICERS),
    ("general", EDU, "5000.01", SECRETARY_TREASURERS),
    ("political", GEN, "0.01", OFFICERS + BOARDS),
    ("political", GEN, "100000.00", OFFICERS + BOARDS),
    ("political", POL_US, "0.01", ["ue officer", "ue board"]),
    ("political", POL_US, "100000.00", ["ue officer", "ue board"]),
    ("political", POL_CA, "5000.00", ["unifor officer", "unifor board"]),
    ("political", POL, "5000.00", OFFICERS + BOARDS),
    ("general", POL_CA, "5000.00", ["unifor officer"]),
    ("general", POL_CA, "5000.01", ["unifor secretary_treasurer"]),
    ("strike_support", STRIKE, "0.01", OFFICERS),
    ("strike_support", STRIKE, "250000.00", OFFICERS),
    ("strike_support", GEN, "250000.00", OFFICERS),
    ("study_group", GEN, "0.01", OFFICERS + BOARDS),
    ("study_group", EDU, "25000.01", OFFICERS + BOARDS),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "of", "amount", "expected"), NEEDED)
def test_who_must_approve(kind: Any, of: Fund, amount: str, expected: list[str]) -> None:
    assert described(requirements(SHIPPED, UNIONS, kind, of, approvals.tested_minor(Decimal(amount), "CAD"))) == expected


# A request's own kind, its campaign's initiative, the kind of rules it goes by.
KINDS = [
    ("general", "bargaining", "general"),
    ("general", "organizing", "general"),
    ("general", "political_action", "political"),
    ("strike_support", "bargaining", "strike_support"),
    ("strike_support", "political_action", "political"),
    ("study_group", "education", "study_group"),
    ("study_group", "political_action", "political"),
]


@pytest.mark.parametrize(("kind", "initiative", "expected"), KINDS)
def test_political_action_goes_by_its_own_rules_whatever_else_it_is(kind: str, initiative: str, expected: str) -> None:
    assert matrix_kind(kind, initiative) == expected


def test_where_the_ring_fence_is_off_both_unions_decide_about_a_political_fund() -> None:
    assert described(requirements(OPEN_TO_BOTH, UNIONS, "political", POL_US, 1)) == OFFICERS + BOARDS


def test_a_third_union_decides_with_the_others_without_a_line_of_code() -> None:
    assert described(requirements(SHIPPED, [*UNIONS, THIRD], "general", GEN, 1)) == [*OFFICERS, "nnu officer"]
    assert described(requirements(SHIPPED, [*UNIONS, THIRD], "general", POL_US, 1)) == ["ue officer", "nnu officer"]


def test_a_fund_of_a_nation_without_a_union_is_not_free_to_take() -> None:
    elsewhere = fund("POL-MX", "political_action", "MX")
    assert deciders(SHIPPED, UNIONS, elsewhere) == UNIONS
    assert described(requirements(SHIPPED, UNIONS, "political", elsewhere, 1)) == OFFICERS + BOARDS


def test_where_no_rule_fits_the_strictest_holds() -> None:
    bare = msgspec.structs.replace(SHIPPED, rules=(ApprovalRule(kind="general", over_minor=100_00, officers=1),))
    strictest = ["ue officer", "unifor officer", *SECRETARY_TREASURERS, *BOARDS]
    assert described(requirements(bare, UNIONS, "general", GEN, 100_00)) == strictest
    assert described(requirements(bare, UNIONS, "political", GEN, 200_00)) == strictest
    assert described(requirements(bare, UNIONS, "general", GEN, 100_01)) == OFFICERS


def test_a_fund_s_own_rules_come_before_those_for_all_funds() -> None:
    own = (
        ApprovalRule(kind="general", over_minor=0, officers=2, fund_id=EDU.id),
        ApprovalRule(kind="general", over_minor=1_000_00, boards="any", officers=1, fund_id=EDU.id),
    )
    rules = msgspec.structs.replace(SHIPPED, rules=SHIPPED.rules + own)
    assert described(requirements(rules, UNIONS, "general", EDU, 1_000_00)) == ["ue officer", "ue officer", "unifor officer", "unifor officer"]
    assert described(requirements(rules, UNIONS, "general", EDU, 30_000_00)) == [*OFFICERS, "any board"]
    assert described(requirements(rules, UNIONS, "general", GEN, 1_000_00)) == OFFICERS
    assert described(requirements(rules, UNIONS, "political", EDU, 1_000_00)) == OFFICERS + BOARDS


def test_any_board_of_a_ring_fenced_fund_is_its_own_nation_s() -> None:
    rules = msgspec.structs.replace(SHIPPED, rules=(ApprovalRule(kind="political", over_minor=0, officers=1, boards="any"),))
    assert described(requirements(rules, UNIONS, "political", POL_CA, 1)) == ["unifor officer", "unifor board"]
    assert described(requirements(rules, UNIONS, "political", GEN, 1)) == [*OFFICERS, "any board"]


# --- what is missing ----------------------------------------------------------------------------------------------------


def approval(person_id: int, union: str, capacity: str = "officer", revision: int = 1, decision: str = "approved") -> Decision:
    return Decision(person_id, union, capacity, decision, revision)


def resolution(union: str, outcome: str = "carried", revision: int = 1) -> Resolution:
    return Resolution(union=union, revision=revision, number="GEB-2026-07", decided_on=date(2026, 11, 2), outcome=outcome, source="meeting")


ONE_EACH = [Requirement("ue", "officer"), Requirement("unifor", "officer")]
SIGNERS = [Requirement("ue", "secretary_treasurer"), Requirement("unifor", "secretary_treasurer")]
WITH_BOARDS = [*ONE_EACH, Requirement("ue", "board"), Requirement("unifor", "board")]
UE_OFFICER, UNIFOR_OFFICER = approval(1, "ue"), approval(2, "unifor")
UE_SIGNER, UNIFOR_SIGNER = approval(3, "ue", "secretary_treasurer"), approval(4, "unifor", "secretary_treasurer")

# what is needed, who approved, which boards, what is missing.
MISSING: list[tuple[list[Requirement], list[Decision], list[Resolution], list[str]]] = [
    (ONE_EACH, [], [], ["ue officer", "unifor officer"]),
    (ONE_EACH, [UE_OFFICER], [], ["unifor officer"]),
    (ONE_EACH, [UE_OFFICER, UNIFOR_OFFICER], [], []),
    (ONE_EACH, [UE_OFFICER, approval(5, "ue")], [], ["unifor officer"]),
    (ONE_EACH, [UE_SIGNER, UNIFOR_OFFICER], [], []),
    (SIGNERS, [UE_OFFICER, UNIFOR_OFFICER], [], ["ue secretary_treasurer", "unifor secretary_treasurer"]),
    (SIGNERS, [UE_SIGNER, UNIFOR_OFFICER], [], ["unifor secretary_treasurer"]),
    (SIGNERS, [UE_SIGNER, UNIFOR_SIGNER], [], []),
    (ONE_EACH + SIGNERS, [UE_SIGNER, UNIFOR_SIGNER], [], ["ue officer", "unifor officer"]),
    (ONE_EACH + SIGNERS, [UE_SIGNER, UE_OFFICER, UNIFOR_OFFICER], [], ["unifor secretary_treasurer"]),
    (ONE_EACH + SIGNERS, [UE_SIGNER, UE_OFFICER, UNIFOR_OFFICER, UNIFOR_SIGNER], [], []),
    (WITH_BOARDS, [UE_OFFICER, UNIFOR_OFFICER], [], ["ue board", "unifor board"]),
    (WITH_BOARDS, [UE_OFFICER, UNIFOR_OFFICER], [resolution("ue")], ["unifor board"]),
    (WITH_BOARDS, [UE_OFFICER, UNIFOR_OFFICER], [resolution("ue"), resolution("unifor", "lost")], ["unifor board"]),
    (WITH_BOARDS, [UE_OFFICER, UNIFOR_OFFICER], [resolution("ue"), resolution("unifor")], []),
    (WITH_BOARDS, [], [resolution("ue"), resolution("unifor")], ["ue officer", "unifor officer"]),
    ([Requirement("", "board")], [], [], ["any board"]),
    ([Requirement("", "board")], [], [resolution("unifor")], []),
    ([Requirement("ue", "officer", 2)], [UE_OFFICER], [], ["ue officer"]),
    ([Requirement("ue", "officer", 2)], [UE_OFFICER, UE_OFFICER], [], ["ue officer"]),
    ([Requirement("ue", "officer", 2)], [UE_OFFICER, UE_SIGNER], [], []),
    (ONE_EACH, [approval(1, "ue", decision="returned"), approval(2, "unifor", decision="rejected")], [], ["ue officer", "unifor officer"]),
    (ONE_EACH, [approval(1, "ue", decision="recused"), UNIFOR_OFFICER], [], ["ue officer"]),
]  # fmt: skip


@pytest.mark.parametrize(("needed", "decisions", "resolutions", "expected"), MISSING)
def test_what_is_missing(needed: list[Requirement], decisions: list[Decision], resolutions: list[Resolution], expected: list[str]) -> None:
    assert described(missing(needed, decisions, resolutions, since=1)) == expected


# who decided, who made it by now, whose decisions count.
COUNTING: list[tuple[list[Decision], set[int], list[Decision]]] = [
    ([UE_OFFICER, UNIFOR_OFFICER], {7, 8}, [UE_OFFICER, UNIFOR_OFFICER]),
    ([UE_OFFICER, UNIFOR_OFFICER], {1, 8}, [UNIFOR_OFFICER]),
    ([UE_OFFICER, UNIFOR_OFFICER, approval(1, "ue", decision="recused")], {7, 8}, [UNIFOR_OFFICER]),
    ([approval(1, "ue", decision="recused"), approval(5, "ue")], {7, 8}, [approval(5, "ue")]),
    ([UE_OFFICER, approval(1, "ue", decision="returned"), UE_OFFICER], {7, 8}, [UE_OFFICER]),
    ([UE_OFFICER, approval(1, "ue", decision="returned")], {7, 8}, []),
]


@pytest.mark.parametrize(("decisions", "made", "expected"), COUNTING)
def test_whoever_stepped_aside_or_made_it_by_now_does_not_count(decisions: list[Decision], made: set[int], expected: list[Decision]) -> None:
    assert counting(decisions, 1, made) == expected


def test_what_was_approved_before_the_amount_changed_does_not_count() -> None:
    decisions, resolutions = [approval(1, "ue", revision=1), approval(2, "unifor", revision=2)], [resolution("ue", revision=1)]
    assert described(missing(WITH_BOARDS, decisions, resolutions, since=2)) == ["ue officer", "ue board", "unifor board"]
    assert described(missing(WITH_BOARDS, decisions, resolutions, since=1)) == ["unifor board"]


people = st.builds(
    approval, st.integers(1, 5), st.just("ue"), st.sampled_from(["officer", "secretary_treasurer"]), st.integers(1, 3),
    st.sampled_from(["approved", "approved", "returned", "recused"]),
)  # fmt: skip
decisions_of_both = st.lists(st.one_of(people, people.map(lambda d: msgspec.structs.replace(d, person_id=d.person_id + 10, union="unifor"))))
boards_that_met = st.lists(st.builds(resolution, st.sampled_from(["ue", "unifor"]), st.sampled_from(["carried", "lost"]), st.integers(1, 3)))
some_needs = st.sampled_from([
    ONE_EACH, SIGNERS, ONE_EACH + SIGNERS, WITH_BOARDS, [Requirement("", "board")],
    [Requirement("ue", "officer", 2), Requirement("unifor", "officer", 2), *SIGNERS],
])  # fmt: skip


@given(some_needs, decisions_of_both, boards_that_met, st.integers(1, 3), st.randoms())
def test_neither_order_nor_repetition_nor_what_came_before_changes_what_is_missing(
    needed: list[Requirement], decisions: list[Decision], resolutions: list[Resolution], since: int, chance: Any
) -> None:
    still = missing(needed, decisions, resolutions, since)
    mixed, asked = [*decisions, *decisions], list(needed)
    chance.shuffle(mixed)
    chance.shuffle(asked)
    assert set(described(missing(asked, mixed, resolutions[::-1], since))) == set(described(still))
    fresh = [d for d in decisions if d.revision >= since and d.decision == "approved"]
    assert missing(needed, fresh, [r for r in resolutions if r.revision >= since], since) == still
    # Nobody counts twice: as many people approved as places are filled, at least.
    wanted = sum(need.count for need in needed if need.capacity != "board")
    left = sum(need.count for need in still if need.capacity != "board")
    assert wanted - left <= len({d.person_id for d in fresh})


@given(some_needs, decisions_of_both, boards_that_met, people)
def test_one_more_approval_never_makes_more_missing(
    needed: list[Requirement], decisions: list[Decision], resolutions: list[Resolution], another: Decision
) -> None:
    before, after = missing(needed, decisions, resolutions, 1), missing(needed, [*decisions, another], resolutions, 1)
    assert sum(need.count for need in after) <= sum(need.count for need in before)


# --- who may ------------------------------------------------------------------------------------------------------------


def approver(person_id: int, union: Union, *roles: str, interests: frozenset[Interest] = frozenset()) -> Approver:
    return Approver(person_id, union.code, union.nation, frozenset(roles or {"officer"}), interests)


ASKED_BY, LEAD = 7, 8
INTERESTS = (Interest("request", "A-0001"), Interest("campaign", "C-0001"), Interest("employer", "3"), Interest("payee", "P-0001"))
SUBJECTS = frozenset(INTERESTS)


def matter(of: Fund) -> Matter:
    return Matter(request="A-0001", requested_by=frozenset({ASKED_BY}), lead_id=LEAD, fund=of, subjects=SUBJECTS)


MAY = [
    (approver(1, UE), GEN, SHIPPED, ""),
    (approver(2, UNIFOR, "secretary_treasurer"), GEN, SHIPPED, ""),
    (approver(ASKED_BY, UE), GEN, SHIPPED, "maker_not_checker requester"),
    (approver(LEAD, UNIFOR), GEN, SHIPPED, "maker_not_checker campaign_lead"),
    # W17 R4: a Canadian officer does not decide about US political money, nor the other way round, unless the rules say so.
    (approver(2, UNIFOR), POL_US, SHIPPED, "approver_not_eligible"),
    (approver(1, UE), POL_CA, SHIPPED, "approver_not_eligible"),
    (approver(1, UE), POL_US, SHIPPED, ""),
    (approver(2, UNIFOR), POL_CA, SHIPPED, ""),
    (approver(2, UNIFOR), POL_US, OPEN_TO_BOTH, ""),
    (approver(1, UE), POL_CA, OPEN_TO_BOTH, ""),
    *((approver(1, UE, interests=frozenset({each})), GEN, SHIPPED, f"interest_declared {each.subject_kind}") for each in INTERESTS),
    (approver(1, UE, interests=frozenset({Interest("payee", "P-0002"), Interest("campaign", "P-0001")})), GEN, SHIPPED, ""),
    # Who asked is told so, whatever else stands in their way.
    (approver(ASKED_BY, UNIFOR, interests=SUBJECTS), POL_US, SHIPPED, "maker_not_checker requester"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "of", "rules", "expected"), MAY)
def test_who_may_decide(who: Approver, of: Fund, rules: Matrix, expected: str) -> None:
    assert refusal_of(check_approver, matter(of), who, rules) == expected


def test_the_ring_fence_names_fund_nation_and_union() -> None:
    with pytest.raises(Refusal) as refused:
        check_approver(matter(POL_US), approver(2, UNIFOR), SHIPPED)
    assert refused.value.params == {"request": "A-0001", "fund": "POL-US", "nation": "US", "union": "unifor"}


def test_every_kind_of_role_against_every_rule() -> None:
    """Role × union × amount: whose approval counts, and in which capacity."""
    counted = {"ue officer": "officer", "ue secretary_treasurer": "secretary_treasurer"}
    for amount, role in product(["5000.00", "5000.01", "25000.01"], ["officer", "secretary_treasurer"]):
        needed = requirements(SHIPPED, UNIONS, "general", GEN, approvals.tested_minor(Decimal(amount), "CAD"))
        who = approver(1, UE, role)
        if amount == "5000.01" and role == "officer":
            assert refusal_of(check_wanted, matter(GEN), who, [], needed, 1) == "approval_not_needed", amount
        else:
            assert check_wanted(matter(GEN), who, [], needed, 1) == counted[f"ue {role}"], amount


WANTED: list[tuple[Approver, list[Decision], list[Requirement], str]] = [
    (approver(1, UE), [], ONE_EACH, ""),
    (approver(1, UE), [UE_OFFICER], [ONE_EACH[1]], "already_decided"),
    (approver(5, UE), [UE_OFFICER], [ONE_EACH[1]], "approval_not_needed"),
    (approver(1, UE), [approval(1, "ue", revision=0)], ONE_EACH, ""),
    (approver(1, UE), [approval(1, "ue", decision="returned")], ONE_EACH, ""),
    (approver(1, UE), [approval(1, "ue", decision="recused", revision=0)], ONE_EACH, "already_decided"),
    (approver(1, UE, "officer"), [], SIGNERS, "approval_not_needed"),
    (approver(1, UE, "officer", "secretary_treasurer"), [], SIGNERS, ""),
    (approver(1, UE), [], [Requirement("ue", "board"), Requirement("", "board")], "approval_not_needed"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "decisions", "still", "expected"), WANTED)
def test_which_approval_is_wanted(who: Approver, decisions: list[Decision], still: list[Requirement], expected: str) -> None:
    assert refusal_of(check_wanted, matter(GEN), who, decisions, still, 1) == expected


# --- what a fund is for ---------------------------------------------------------------------------------------------------

REFUSED = "fund_not_allowed_for_initiative"
# fund, initiative, kind, election activity, nation of the campaign's union.
FOR: list[tuple[Fund, str, str, bool, str, str]] = [
    (GEN, "organizing", "general", False, "US", ""),
    (GEN, "political_action", "general", False, "CA", ""),
    (GEN, "bargaining", "strike_support", False, "CA", ""),
    # W17 R3: election activity comes out of its own nation's ring-fenced fund, and no other.
    (GEN, "political_action", "general", True, "CA", f"{REFUSED} electoral"),
    (STRIKE, "political_action", "general", True, "CA", f"{REFUSED} electoral"),
    (POL, "political_action", "general", True, "US", f"{REFUSED} electoral"),
    (POL_CA, "political_action", "general", True, "CA", ""),
    (POL_US, "political_action", "general", True, "US", ""),
    (POL_US, "political_action", "general", True, "CA", f"{REFUSED} nation"),
    (POL_CA, "political_action", "general", False, "US", f"{REFUSED} nation"),
    (POL_CA, "organizing", "general", False, "CA", f"{REFUSED} purpose"),
    (POL, "political_action", "general", False, "US", ""),
    (STRIKE, "bargaining", "strike_support", False, "CA", ""),
    (STRIKE, "bargaining", "general", False, "CA", f"{REFUSED} purpose"),
    (EDU, "education", "study_group", False, "US", ""),
    (EDU, "organizing", "general", False, "US", f"{REFUSED} purpose"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "initiative", "kind", "electoral", "nation", "expected"), FOR)
def test_what_a_fund_is_for(of: Fund, initiative: str, kind: str, electoral: bool, nation: str, expected: str) -> None:
    assert refusal_of(check_fund, of, initiative, kind, electoral, nation) == expected


# --- amounts ------------------------------------------------------------------------------------------------------------

WORTH = {"CAD": Decimal("0.01"), "USD": Decimal("0.013725")}
PRINTER, HALL = "P-0001", "P-0002"
# what is asked, what was asked before within the days, what is tested, who must approve.
TESTED: list[tuple[list[Sum], list[Sum], str, list[str]]] = [
    ([Sum(PRINTER, "CAD", 5_000_00)], [], "5000", OFFICERS),
    ([Sum(PRINTER, "CAD", 3_000_00)], [Sum(PRINTER, "CAD", 2_000_00)], "5000", OFFICERS),
    ([Sum(PRINTER, "CAD", 3_000_00)], [Sum(PRINTER, "CAD", 2_000_01)], "5000.01", SECRETARY_TREASURERS),
    ([Sum(PRINTER, "CAD", 3_000_00)], [Sum(HALL, "CAD", 9_000_00)], "3000", OFFICERS),
    ([Sum(PRINTER, "CAD", 3_000_00), Sum(HALL, "CAD", 3_000_00)], [], "6000", SECRETARY_TREASURERS),
    ([Sum(PRINTER, "CAD", 1_00), Sum(HALL, "CAD", 1_00)], [Sum(PRINTER, "CAD", 3_00), Sum(HALL, "CAD", 4_00)], "9", OFFICERS),
    ([Sum("", "CAD", 3_000_00)], [Sum("", "CAD", 9_000_00)], "3000", OFFICERS),
    ([Sum(PRINTER, "USD", 3_643_00)], [], "5000.0175", SECRETARY_TREASURERS),
    ([Sum(PRINTER, "USD", 3_642_98)], [], "4999.99005", OFFICERS),
    ([Sum(PRINTER, "USD", 2_000_00)], [Sum(PRINTER, "CAD", 2_255_00)], "5000", OFFICERS),
    ([Sum(PRINTER, "USD", 2_000_00)], [Sum(PRINTER, "CAD", 2_255_01)], "5000.01", SECRETARY_TREASURERS),
    ([], [], "0", ["ue officer", "unifor officer", *SECRETARY_TREASURERS, *BOARDS]),
]  # fmt: skip


@pytest.mark.parametrize(("own", "earlier", "amount", "expected"), TESTED)
def test_what_the_thresholds_are_tested_with(own: list[Sum], earlier: list[Sum], amount: str, expected: list[str]) -> None:
    tested = approvals.tested_amount(own, earlier, WORTH)
    assert tested == Decimal(amount)
    assert described(requirements(SHIPPED, UNIONS, "general", GEN, approvals.tested_minor(tested, "CAD"))) == expected


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6))
def test_cutting_a_request_into_pieces_changes_nothing(pieces: list[int]) -> None:
    """The last piece is tested with all that went before it, so with what one whole request would have been."""
    whole = approvals.tested_amount([Sum(PRINTER, "USD", sum(pieces))], [], WORTH)
    assert approvals.tested_amount([Sum(PRINTER, "USD", pieces[-1])], [Sum(PRINTER, "USD", each) for each in pieces[:-1]], WORTH) == whole


@pytest.mark.parametrize(("amount", "minor"), [("5000", 5_000_00), ("5000.001", 5_000_01), ("5000.01", 5_000_01), ("0.0000001", 1), ("0", 0)])
def test_a_fraction_of_a_cent_above_a_threshold_is_above_it(amount: str, minor: int) -> None:
    assert approvals.tested_minor(Decimal(amount), "CAD") == minor


# --- the boards' votes --------------------------------------------------------------------------------------------------

GEB, NEB = BoardRule("ue", 12, 7), BoardRule("unifor", 25, 13)
# the board, votes for, against, abstentions, what it comes to by itself, what closing it now would come to.
VOTES: list[tuple[BoardRule, int, int, int, str | None, str]] = [
    (GEB, 0, 0, 0, None, "lost"),
    (GEB, 6, 0, 0, None, "carried"),
    (GEB, 7, 0, 0, "carried", "carried"),
    (GEB, 6, 1, 0, None, "carried"),
    (GEB, 5, 0, 3, "carried", "carried"),
    (GEB, 6, 5, 0, None, "carried"),
    (GEB, 6, 6, 0, "lost", "lost"),
    (GEB, 1, 6, 0, "lost", "lost"),
    (GEB, 0, 6, 0, None, "lost"),
    (GEB, 1, 0, 11, "carried", "carried"),
    (GEB, 0, 0, 12, "lost", "lost"),
    (GEB, 7, 6, 0, "carried", "carried"),
    (NEB, 12, 0, 0, None, "carried"),
    (NEB, 13, 0, 0, "carried", "carried"),
    (NEB, 0, 13, 0, "lost", "lost"),
    (NEB, 12, 12, 0, None, "lost"),
    (NEB, 12, 12, 1, "lost", "lost"),
    (NEB, 13, 12, 0, "carried", "carried"),
]  # fmt: skip


def votes(those_for: int, against: int, abstained: int) -> list[Vote]:
    return [Vote("ue", number, vote) for number, vote in enumerate(["for"] * those_for + ["against"] * against + ["abstain"] * abstained)]


@pytest.mark.parametrize(("rule", "those_for", "against", "abstained", "alone", "closed"), VOTES)
def test_what_a_board_s_vote_comes_to(rule: BoardRule, those_for: int, against: int, abstained: int, alone: str | None, closed: str) -> None:
    cast = votes(those_for, against, abstained)
    assert (board_result(rule, cast), closing_result(cast)) == (alone, closed)


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_once_it_has_a_result_no_vote_to_come_changes_it(seats: int, quorum: int, data: st.DataObject) -> None:
    rule = BoardRule("ue", seats, min(quorum, seats))
    cast = [Vote("ue", number, data.draw(st.sampled_from(["for", "against", "abstain"]))) for number in range(seats)]
    results = [board_result(rule, cast[:count]) for count in range(seats + 1)]
    known = [result for result in results if result is not None]
    assert known and set(known) == {closing_result(cast)} and results[: rule.quorum] == [None] * rule.quorum
