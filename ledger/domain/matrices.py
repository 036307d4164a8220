"""Change the approval rules: what a proposed set must look like, who may decide about it, and what differs between two sets.

Rules never change in place: a whole set is proposed to hold from a day on, and a person of another union confirms it (domain.md 6).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import get_args

import msgspec

from ledger.domain.accounts import Fund, Union
from ledger.domain.actors import Actor
from ledger.domain.approvals import KINDS, ApprovalRule, BoardRule, Boards, Matrix, MatrixKind
from ledger.domain.money import check_size
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import ChoiceInvalid, CurrencyUnknown, FundUnknown, MatrixInvalid, MatrixState, SamePerson, SameUnion

BOARDS: tuple[Boards, ...] = get_args(Boards)
RULES_MAXIMUM, OFFICERS_MAXIMUM, SEATS_MAXIMUM = 60, 9, 999
REMARK_MAXIMUM, REASON_MAXIMUM = 500, 500
# Settings that are whole numbers of days, with the least and the most they may be.
DAYS = {"split_days": (0, 366), "draw_days": (1, 3_650), "remind_days": (1, 366)}
SETTINGS = ("currency", "own_nation_only", "split_days", "fx_headroom_percent", "draw_days", "remind_days")


class ProposedRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as proposed; ``fund`` is a fund's code, empty for all funds."""

    kind: str
    over_minor: int
    officers: int = 0
    secretary_treasurers: bool = False
    boards: str = "none"
    fund: str = ""


class ProposeMatrix(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole set of rules, to hold from ``valid_from`` on; amounts in minor units of ``currency``."""

    valid_from: date
    currency: str
    rules: tuple[ProposedRule, ...]
    board_rules: tuple[BoardRule, ...]
    split_days: int = 30
    own_nation_only: bool = True
    fx_headroom_percent: Decimal = Decimal(0)
    draw_days: int = 180
    remind_days: int = 7
    remark: str = ""


class Known(msgspec.Struct, frozen=True):
    """What a proposal is held against: the pool's unions, funds and currencies, and the confirmed rules that begin last."""

    unions: Sequence[Union]
    funds: Sequence[Fund]
    currencies: Sequence[str]
    latest: Matrix


# --- what a set must look like --------------------------------------------------------------------------------------------


def new_matrix(request: ProposeMatrix, number: int, known: Known, actor: Actor, now: datetime, today: date) -> Matrix:
    """The proposed set, or a refusal that says which rule does not hold together."""
    if request.currency not in known.currencies:
        raise CurrencyUnknown(currency=request.currency[:10])
    new = Matrix(
        number=number, valid_from=request.valid_from, currency=request.currency, rules=checked_rules(request.rules, known.funds),
        board_rules=checked_boards(request.board_rules, known.unions), split_days=_days(request, "split_days"),
        own_nation_only=request.own_nation_only, fx_headroom_percent=_percent(request.fx_headroom_percent),
        draw_days=_days(request, "draw_days"), remind_days=_days(request, "remind_days"), state="proposed",
        remark=plain("remark", request.remark, REMARK_MAXIMUM), proposed_by=actor.person_id, proposed_at=now,
    )  # fmt: skip
    check_beginning(new, known.latest, today)
    if not differs(known.latest, new):
        raise MatrixInvalid(reason="unchanged", kind="")
    return new


def check_beginning(new: Matrix, latest: Matrix, today: date) -> None:
    """Rules hold from today at the earliest, so that none is ever other than it was; and never before those that were confirmed last."""
    if not today <= new.valid_from <= LATEST_DATE:
        raise MatrixInvalid(reason="past" if new.valid_from < today else "far", kind="", date=new.valid_from.isoformat())
    if new.valid_from < latest.valid_from:
        raise MatrixInvalid(reason="overtaken", kind="", date=latest.valid_from.isoformat())


def checked_rules(proposed: Sequence[ProposedRule], funds: Sequence[Fund]) -> tuple[ApprovalRule, ...]:
    """The rules by kind, fund and threshold: every kind has one from zero on, and no two begin at the same amount."""
    if len(proposed) > RULES_MAXIMUM:
        raise MatrixInvalid(reason="many", kind="", limit=RULES_MAXIMUM)
    ids = {fund.code: fund.id for fund in funds}
    rules = sorted((_rule(each, ids) for each in proposed), key=_place)
    places = [_place(rule) for rule in rules]
    for rule, place in zip(rules, places, strict=True):
        if places.count(place) > 1:
            raise MatrixInvalid(reason="twice", kind=rule.kind)
    for kind in KINDS:
        if (KINDS.index(kind), 0, 0) not in places:
            raise MatrixInvalid(reason="no_rule", kind=kind)
    return tuple(rules)


def _place(rule: ApprovalRule) -> tuple[int, int, int]:
    return KINDS.index(rule.kind), rule.fund_id or 0, rule.over_minor


def _rule(proposed: ProposedRule, funds: dict[str, int]) -> ApprovalRule:
    for field, value, choices in (("kind", proposed.kind, KINDS), ("boards", proposed.boards, BOARDS)):
        if value not in choices:
            raise ChoiceInvalid(field=field, value=value[:40])
    if proposed.fund and proposed.fund not in funds:
        raise FundUnknown(fund=proposed.fund[:40])
    if check_size(proposed.over_minor) < 0:
        raise MatrixInvalid(reason="below_zero", kind=proposed.kind)
    if not 0 <= proposed.officers <= OFFICERS_MAXIMUM:
        raise MatrixInvalid(reason="officers", kind=proposed.kind, limit=OFFICERS_MAXIMUM)
    # One board may speak where officers of both unions do; alone it would let one union spend what is both's.
    if not proposed.officers and not proposed.secretary_treasurers and proposed.boards != "both":
        raise MatrixInvalid(reason="one_sided", kind=proposed.kind)
    return ApprovalRule(
        kind=msgspec.convert(proposed.kind, MatrixKind), over_minor=proposed.over_minor, officers=proposed.officers,
        secretary_treasurers=proposed.secretary_treasurers, boards=msgspec.convert(proposed.boards, Boards),
        fund_id=funds[proposed.fund] if proposed.fund else None,
    )  # fmt: skip


def checked_boards(boards: Sequence[BoardRule], unions: Sequence[Union]) -> tuple[BoardRule, ...]:
    """Seats and quorum of every union's board, once each."""
    if sorted(board.union for board in boards) != sorted(union.code for union in unions):
        raise MatrixInvalid(reason="boards", kind="")
    for board in boards:
        if not 1 <= board.quorum <= board.seats <= SEATS_MAXIMUM:
            raise MatrixInvalid(reason="quorum", kind="", union=board.union)
    return tuple(sorted(boards, key=lambda board: board.union))


def _days(request: ProposeMatrix, name: str) -> int:
    days: int = getattr(request, name)
    least, most = DAYS[name]
    if not least <= days <= most:
        raise MatrixInvalid(reason=name, kind="", least=least, limit=most)
    return days


def _percent(percent: Decimal) -> Decimal:
    if not percent.is_finite() or not 0 <= percent <= 100 or percent != percent.quantize(Decimal("0.01")):
        raise MatrixInvalid(reason="percent", kind="")
    return percent


# --- who decides ----------------------------------------------------------------------------------------------------------


def check_decision(matrix: Matrix, proposer_union: str | None, actor: Actor) -> None:
    """A proposal is decided once, by a person of another union than the one that made it."""
    if matrix.state != "proposed":
        raise MatrixState(number=matrix.number, state=matrix.state)
    if matrix.proposed_by == actor.person_id:
        raise SamePerson(person=actor.name)
    if proposer_union == actor.union:
        raise SameUnion(union=actor.union, subject=subject_of(matrix.number), reason="approval_rules")


def subject_of(number: int) -> str:
    """How people and the audit trail call a set of rules: ``R-2``."""
    return f"R-{number}"


# --- reading and comparing ------------------------------------------------------------------------------------------------


class Band(msgspec.Struct, frozen=True):
    """One rule with the range it holds for: more than ``over_minor``, up to ``up_to_minor`` (None without end)."""

    rule: ApprovalRule
    over_minor: int
    up_to_minor: int | None


class Group(msgspec.Struct, frozen=True):
    """The rules of one kind for one fund (None for all funds) as bands, lowest first."""

    kind: MatrixKind
    fund_id: int | None
    bands: tuple[Band, ...]


class Difference(msgspec.Struct, frozen=True):
    """What two sets say otherwise about one kind and fund; no bands on a side that says nothing about it."""

    kind: MatrixKind
    fund_id: int | None
    before: tuple[Band, ...]
    after: tuple[Band, ...]


class SettingChange(msgspec.Struct, frozen=True):
    """A setting that differs: one of :data:`SETTINGS`, or ``seats`` or ``quorum`` of a union's board."""

    name: str
    before: str | int | bool | Decimal
    after: str | int | bool | Decimal
    union: str = ""


def groups(matrix: Matrix) -> list[Group]:
    """The rules by kind, those for all funds before those of one."""
    found: dict[tuple[int, int], list[ApprovalRule]] = {}
    for rule in sorted(matrix.rules, key=_place):
        found.setdefault(_place(rule)[:2], []).append(rule)
    return [Group(rules[0].kind, rules[0].fund_id, _bands(rules)) for rules in found.values()]


def _bands(rules: Sequence[ApprovalRule]) -> tuple[Band, ...]:
    ends = [*(rule.over_minor for rule in rules[1:]), None]
    return tuple(Band(rule, rule.over_minor, end) for rule, end in zip(rules, ends, strict=True))


def rule_differences(old: Matrix, new: Matrix) -> list[Difference]:
    """The kinds and funds about which the sets differ; all of them where the currency of the amounts does."""
    before, after = ({(group.kind, group.fund_id): group.bands for group in groups(matrix)} for matrix in (old, new))
    keys = sorted(before.keys() | after.keys(), key=lambda key: (KINDS.index(key[0]), key[1] or 0))
    found = [Difference(kind, fund_id, before.get((kind, fund_id), ()), after.get((kind, fund_id), ())) for kind, fund_id in keys]
    return [each for each in found if each.before != each.after or old.currency != new.currency]


def setting_changes(old: Matrix, new: Matrix) -> list[SettingChange]:
    """The settings that differ, then the boards' seats and quorums."""
    changes = [SettingChange(name, getattr(old, name), getattr(new, name)) for name in SETTINGS]
    for board in new.board_rules:
        was = old.board_rule(board.union)
        changes += [SettingChange(name, getattr(was, name), getattr(board, name), board.union) for name in ("seats", "quorum")]
    return [change for change in changes if change.before != change.after]


def differs(old: Matrix, new: Matrix) -> bool:
    """Whether the sets say anything different, whenever they hold from and whatever remark they carry."""
    return bool(rule_differences(old, new) or setting_changes(old, new))


def standing(matrix: Matrix, in_force: Matrix, today: date) -> str:
    """How a set stands today: ``proposed``, ``late`` (proposed for a day gone by), ``rejected``, ``in_force``, ``to_come`` or ``replaced``."""
    if matrix.state == "proposed":
        return "late" if matrix.valid_from < today else "proposed"
    if matrix.state == "rejected":
        return "rejected"
    if matrix.number == in_force.number:
        return "in_force"
    return "to_come" if matrix.valid_from > today else "replaced"
