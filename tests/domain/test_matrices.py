"""What a proposed set of approval rules must look like, who may decide about it, and what it changes, as tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ledger.domain.accounts import Fund, Union
from ledger.domain.actors import Actor
from ledger.domain.approvals import ApprovalRule, BoardRule, Matrix
from ledger.domain.matrices import (
    Known,
    ProposedRule,
    ProposeMatrix,
    check_beginning,
    check_decision,
    groups,
    new_matrix,
    rule_differences,
    setting_changes,
    standing,
)
from ledger.domain.refusals import Refusal
from ledger.services.setup import shipped_matrix

TODAY, NOW = date(2026, 11, 23), datetime(2026, 11, 23, 17, tzinfo=UTC)
UNIONS = [
    Union(code="ue", name="UE", nation="US", currency="USD", ordinal=1),
    Union(code="unifor", name="Unifor", nation="CA", currency="CAD", ordinal=2),
]
EDU = Fund(id=3, code="EDU", name_en="Education", name_fr="Formation")
SHIPPED = shipped_matrix()
KNOWN = Known(UNIONS, [EDU], ["CAD", "USD"], SHIPPED)
OFFICER = Actor(5, "Wanda Achterberg", "ue", frozenset({"officer"}))

RULES = tuple(
    ProposedRule(
        kind=rule.kind, over_minor=rule.over_minor, officers=rule.officers, secretary_treasurers=rule.secretary_treasurers, boards=rule.boards
    )
    for rule in SHIPPED.rules
)
PROPOSAL = ProposeMatrix(valid_from=date(2026, 12, 1), currency="CAD", rules=RULES, board_rules=SHIPPED.board_rules, remind_days=14)


def made(known: Known = KNOWN, **changes: Any) -> Matrix:
    return new_matrix(msgspec.structs.replace(PROPOSAL, **changes), 2, known, OFFICER, NOW, TODAY)


def refusal_of(**changes: Any) -> str:
    """The code of the refusal with its reason and kind; "" where nothing is refused."""
    try:
        made(**changes)
    except Refusal as refusal:
        return " ".join([refusal.code, *(str(refusal.params[name]) for name in ("reason", "kind") if refusal.params.get(name))])
    return ""


def and_rule(**fields: Any) -> tuple[ProposedRule, ...]:
    return (*RULES, ProposedRule(**fields))


def test_what_is_proposed_is_kept_as_it_was_said() -> None:
    new = made(rules=and_rule(kind="general", over_minor=1_000_00, officers=2, boards="any", fund="EDU"), remark="  Agreed  in June ")
    assert (new.number, new.state, new.proposed_by, new.remark, new.remind_days) == (2, "proposed", 5, "Agreed in June", 14)
    assert new.rules[3] == ApprovalRule(kind="general", over_minor=1_000_00, officers=2, boards="any", fund_id=3)
    assert [rule for rule in new.rules if rule.fund_id is None] == list(SHIPPED.rules)


# what is proposed otherwise, the refusal.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"valid_from": TODAY}, ""),
    ({"valid_from": date(2026, 11, 22)}, "matrix_invalid past"),
    ({"valid_from": date(2101, 1, 1)}, "matrix_invalid far"),
    ({"known": Known(UNIONS, [EDU], ["CAD"], msgspec.structs.replace(SHIPPED, valid_from=date(2026, 12, 2)))}, "matrix_invalid overtaken"),
    ({"known": Known(UNIONS, [EDU], ["CAD"], msgspec.structs.replace(SHIPPED, valid_from=date(2026, 12, 1)))}, ""),
    ({"remind_days": 7}, "matrix_invalid unchanged"),
    ({"currency": "EUR"}, "currency_unknown"),
    ({"currency": "USD"}, ""),
    ({"rules": RULES[1:]}, "matrix_invalid no_rule general"),
    ({"rules": RULES[:-1]}, "matrix_invalid no_rule study_group"),
    ({"rules": ()}, "matrix_invalid no_rule general"),
    ({"rules": (*RULES[:-1], ProposedRule(kind="study_group", over_minor=0, officers=1, fund="EDU"))}, "matrix_invalid no_rule study_group"),
    ({"rules": and_rule(kind="general", over_minor=5_000_00, officers=2)}, "matrix_invalid twice general"),
    ({"rules": and_rule(kind="political", over_minor=5_000_00, officers=2)}, ""),
    ({"rules": and_rule(kind="general", over_minor=5_000_00, officers=2, fund="EDU")}, ""),
    ({"rules": and_rule(kind="general", over_minor=5_000_00, officers=2, fund="NOSUCH")}, "fund_unknown"),
    ({"rules": and_rule(kind="loan", over_minor=0, officers=1)}, "choice_invalid"),
    ({"rules": and_rule(kind="general", over_minor=1, officers=1, boards="one")}, "choice_invalid"),
    ({"rules": and_rule(kind="general", over_minor=-1, officers=1)}, "matrix_invalid below_zero general"),
    ({"rules": and_rule(kind="general", over_minor=10**18, officers=1)}, "amount_invalid too_large"),
    ({"rules": and_rule(kind="general", over_minor=1)}, "matrix_invalid one_sided general"),
    ({"rules": and_rule(kind="general", over_minor=1, boards="any")}, "matrix_invalid one_sided general"),
    ({"rules": and_rule(kind="general", over_minor=1, boards="both")}, ""),
    ({"rules": and_rule(kind="general", over_minor=1, secretary_treasurers=True)}, ""),
    ({"rules": and_rule(kind="general", over_minor=1, officers=-1)}, "matrix_invalid officers general"),
    ({"rules": and_rule(kind="general", over_minor=1, officers=10)}, "matrix_invalid officers general"),
    ({"rules": (*RULES, *(ProposedRule(kind="general", over_minor=n, officers=1) for n in range(1, 60)))}, "matrix_invalid many"),
    ({"board_rules": (BoardRule("ue", 12, 7),)}, "matrix_invalid boards"),
    ({"board_rules": (BoardRule("ue", 12, 7), BoardRule("ue", 12, 7))}, "matrix_invalid boards"),
    ({"board_rules": (BoardRule("ue", 12, 13), BoardRule("unifor", 25, 13))}, "matrix_invalid quorum"),
    ({"board_rules": (BoardRule("ue", 12, 0), BoardRule("unifor", 25, 13))}, "matrix_invalid quorum"),
    ({"board_rules": (BoardRule("ue", 12, 12), BoardRule("unifor", 1_000, 13))}, "matrix_invalid quorum"),
    ({"board_rules": (BoardRule("unifor", 25, 25), BoardRule("ue", 12, 12))}, ""),
    ({"fx_headroom_percent": Decimal(100)}, ""),
    ({"fx_headroom_percent": Decimal("100.01")}, "matrix_invalid percent"),
    ({"fx_headroom_percent": Decimal("-0.01")}, "matrix_invalid percent"),
    ({"fx_headroom_percent": Decimal("2.005")}, "matrix_invalid percent"),
    ({"fx_headroom_percent": Decimal("NaN")}, "matrix_invalid percent"),
    ({"split_days": 0}, ""),
    ({"split_days": 367}, "matrix_invalid split_days"),
    ({"draw_days": 0}, "matrix_invalid draw_days"),
    ({"remind_days": 0}, "matrix_invalid remind_days"),
    ({"remark": "x" * 501}, "text_invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), WRONG)
def test_which_rules_hold_together(changes: dict[str, Any], expected: str) -> None:
    assert refusal_of(**changes) == expected


PROPOSED = made()
# state, its proposer's union, who decides, the refusal.
DECIDING = [
    ("proposed", "ue", Actor(9, "Coralie Haddad", "unifor", frozenset({"officer"})), ""),
    ("proposed", "ue", OFFICER, "same_person"),
    ("proposed", "ue", Actor(6, "Dell Fourier", "ue", frozenset({"secretary_treasurer"})), "same_union"),
    ("confirmed", "ue", Actor(9, "Coralie Haddad", "unifor", frozenset({"officer"})), "matrix_state"),
    ("rejected", "ue", Actor(9, "Coralie Haddad", "unifor", frozenset({"officer"})), "matrix_state"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "union", "actor", "expected"), DECIDING)
def test_who_decides_about_a_proposal(state: str, union: str, actor: Actor, expected: str) -> None:
    matrix = msgspec.structs.replace(PROPOSED, state=state)
    if not expected:
        check_decision(matrix, union, actor)
        return
    with pytest.raises(Refusal) as refused:
        check_decision(matrix, union, actor)
    assert refused.value.code == expected


def test_rules_are_not_confirmed_for_a_day_gone_by() -> None:
    check_beginning(PROPOSED, SHIPPED, date(2026, 12, 1))
    with pytest.raises(Refusal) as refused:
        check_beginning(PROPOSED, SHIPPED, date(2026, 12, 2))
    assert refused.value.params == {"reason": "past", "kind": "", "date": "2026-12-01"}


def test_rules_read_as_bands_from_zero_up() -> None:
    bands = [(group.kind, [(band.over_minor, band.up_to_minor) for band in group.bands]) for group in groups(SHIPPED)]
    assert bands == [
        ("general", [(0, 5_000_00), (5_000_00, 25_000_00), (25_000_00, None)]),
        ("political", [(0, None)]), ("strike_support", [(0, None)]), ("study_group", [(0, None)]),
    ]  # fmt: skip


def test_what_a_proposal_changes() -> None:
    new = made(
        rules=(*RULES[:1], ProposedRule(kind="general", over_minor=10_000_00, officers=2), *RULES[2:],
               ProposedRule(kind="political", over_minor=0, officers=2, fund="EDU")),
        own_nation_only=False, board_rules=(BoardRule("ue", 14, 8), BoardRule("unifor", 25, 13)),
    )  # fmt: skip
    found = [(each.kind, each.fund_id, [b.over_minor for b in each.before], [b.over_minor for b in each.after]) for each in rule_differences(SHIPPED, new)]
    assert found == [("general", None, [0, 5_000_00, 25_000_00], [0, 10_000_00, 25_000_00]), ("political", 3, [], [0])]
    assert [(each.name, each.before, each.after, each.union) for each in setting_changes(SHIPPED, new)] == [
        ("own_nation_only", True, False, ""), ("remind_days", 7, 14, ""), ("seats", 12, 14, "ue"), ("quorum", 7, 8, "ue"),
    ]  # fmt: skip
    assert rule_differences(SHIPPED, SHIPPED) == [] and setting_changes(SHIPPED, SHIPPED) == []
    assert len(rule_differences(SHIPPED, made(currency="USD"))) == 4


# state, holds from, in force is number, how it stands.
STANDINGS = [
    ("proposed", date(2026, 12, 1), 1, "proposed"),
    ("proposed", date(2026, 11, 22), 1, "late"),
    ("rejected", date(2026, 12, 1), 1, "rejected"),
    ("confirmed", date(2026, 12, 1), 1, "to_come"),
    ("confirmed", date(2026, 11, 1), 2, "in_force"),
    ("confirmed", date(2026, 11, 1), 3, "replaced"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "valid_from", "in_force", "expected"), STANDINGS)
def test_how_a_set_stands(state: str, valid_from: date, in_force: int, expected: str) -> None:
    matrix = msgspec.structs.replace(PROPOSED, state=state, valid_from=valid_from)
    assert standing(matrix, msgspec.structs.replace(SHIPPED, number=in_force), TODAY) == expected
