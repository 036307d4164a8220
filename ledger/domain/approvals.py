"""Say who must approve a request, by amount, kind and fund, and who may: the approval rules as data, in force from a day on.

A whole set of rules (a *matrix*) replaces the one before it; what was approved under an older one is tested again when it is paid
(domain.md 6). Nothing here knows a request's own states.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import Fund, Union
from ledger.domain.money import digits_of
from ledger.domain.refusals import (
    AlreadyDecided,
    ApprovalNotNeeded,
    ApproverNotEligible,
    FundNotAllowedForInitiative,
    InterestDeclared,
    MakerNotChecker,
)

MatrixKind = Literal["general", "political", "strike_support", "study_group"]
KINDS: tuple[MatrixKind, ...] = ("general", "political", "strike_support", "study_group")
Boards = Literal["none", "any", "both"]
Capacity = Literal["officer", "secretary_treasurer", "board"]
Decided = Literal["approved", "returned", "rejected", "recused"]


class ApprovalRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a request of a kind needs once its amount is more than ``over_minor``, in the matrix's currency; ``fund`` narrows it to one fund.

    ``officers`` is how many national officers of each union; ``boards`` whether a resolution of one board or of each union's is needed.
    """

    kind: MatrixKind
    over_minor: int
    officers: int = 0
    secretary_treasurers: bool = False
    boards: Boards = "none"
    fund_id: int | None = None


class BoardRule(msgspec.Struct, frozen=True):
    """How many seats a union's board has, and how many of them must vote for a vote here to count."""

    union: str
    seats: int
    quorum: int


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """A set of approval rules. ``split_days``: requests of one campaign to one payee within so many days count as one amount."""

    number: int
    valid_from: date
    currency: str
    rules: tuple[ApprovalRule, ...]
    board_rules: tuple[BoardRule, ...]
    split_days: int = 30
    own_nation_only: bool = True
    fx_headroom_percent: Decimal = Decimal(0)
    draw_days: int = 180
    remind_days: int = 7
    state: str = "confirmed"
    remark: str = ""
    proposed_by: int = 0
    proposed_at: datetime | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None

    def board_rule(self, union: str) -> BoardRule:
        """The seats and quorum of a union's board; one of one where nothing is set."""
        return next((rule for rule in self.board_rules if rule.union == union), BoardRule(union, 1, 1))


class Requirement(msgspec.Struct, frozen=True):
    """One thing that must be there: so many approvals of a union's people in a capacity, or its board's resolution.

    ``union`` is empty where any one board will do.
    """

    union: str
    capacity: Capacity
    count: int = 1


class Decision(msgspec.Struct, frozen=True):
    """What one person decided about one revision of a request, in which capacity, and why."""

    person_id: int
    union: str
    capacity: str
    decision: str
    revision: int
    reason: str = ""
    decided_at: datetime | None = None
    person: str = ""


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """A board's resolution about a revision: its number and day; ``source`` says whether in a meeting or by votes recorded here."""

    union: str
    revision: int
    number: str
    decided_on: date
    outcome: str
    source: str
    document_id: str | None = None
    recorded_by: str = ""


class Vote(msgspec.Struct, frozen=True):
    """One board member's vote."""

    union: str
    person_id: int
    vote: str
    remark: str = ""
    person: str = ""


class Interest(msgspec.Struct, frozen=True):
    """Something a person said they have an interest in: an employer, a campaign, a payee or a request, by its number or id."""

    subject_kind: str
    subject: str


# --- what is needed -----------------------------------------------------------------------------------------------------


def matrix_kind(kind: str, initiative: str) -> MatrixKind:
    """The kind of rules a request goes by: political action is its own, whatever else it is."""
    if initiative == "political_action":
        return "political"
    return kind if kind in ("strike_support", "study_group") else "general"  # type: ignore[return-value]


def rule_for(matrix: Matrix, kind: MatrixKind, fund_id: int, amount_minor: int) -> ApprovalRule | None:
    """The rule with the highest threshold below the amount; a fund's own rules come before those for all funds."""
    of_kind = [rule for rule in matrix.rules if rule.kind == kind and rule.over_minor < amount_minor]
    own = [rule for rule in of_kind if rule.fund_id == fund_id]
    return max(own or [rule for rule in of_kind if rule.fund_id is None], key=lambda rule: rule.over_minor, default=None)


def requirements(matrix: Matrix, unions: Sequence[Union], kind: MatrixKind, fund: Fund, amount_minor: int) -> list[Requirement]:
    """Everything that must be there for an amount (in the matrix's currency); of a ring-fenced fund only its own nation's people decide.

    Where no rule fits, the strictest there can be holds: secretary-treasurers, an officer and the boards of all.
    """
    deciding = deciders(matrix, unions, fund)
    rule = rule_for(matrix, kind, fund.id, amount_minor) or ApprovalRule(
        kind=kind, over_minor=0, officers=1, secretary_treasurers=True, boards="both"
    )
    found = [Requirement(union.code, "officer", rule.officers) for union in deciding if rule.officers]
    found += [Requirement(union.code, "secretary_treasurer") for union in deciding if rule.secretary_treasurers]
    if rule.boards == "both" or (rule.boards == "any" and len(deciding) == 1):
        found += [Requirement(union.code, "board") for union in deciding]
    elif rule.boards == "any":
        found.append(Requirement("", "board"))
    return found


def deciders(matrix: Matrix, unions: Sequence[Union], fund: Fund) -> list[Union]:
    """The unions that decide about a fund's money; never none, or nobody's approval would be enough."""
    if fund.nation is None or not matrix.own_nation_only:
        return list(unions)
    return [union for union in unions if union.nation == fund.nation] or list(unions)


def missing(needed: Iterable[Requirement], decisions: Sequence[Decision], resolutions: Sequence[Resolution], since: int) -> list[Requirement]:
    """What of it is not there yet; ``since`` is the revision from which approvals count. Each person's approval counts once, for its
    strictest use.

    A secretary-treasurer is a national officer too: theirs counts as an officer's where no secretary-treasurer's is wanted.
    """
    approved = _approvals(decisions, since)
    carried = {r.union for r in resolutions if r.outcome == "carried" and r.revision >= since}
    left = []
    for need in sorted(needed, key=lambda need: need.capacity != "secretary_treasurer"):
        if need.capacity == "board":
            there = bool(carried) if not need.union else need.union in carried
            lacking = 0 if there else 1
        else:
            fitting = [d for d in approved if d.union == need.union and (need.capacity == "officer" or d.capacity == need.capacity)]
            used = fitting[: need.count]
            approved = [d for d in approved if d not in used]
            lacking = need.count - len(used)
        if lacking:
            left.append(msgspec.structs.replace(need, count=lacking))
    return sorted(left, key=lambda need: (need.capacity == "board", need.union))


def _approvals(decisions: Sequence[Decision], since: int) -> list[Decision]:
    """One approval a person, a secretary-treasurer's before an officer's, in case one approved twice."""
    counted = [d for d in decisions if d.decision == "approved" and d.revision >= since]
    return list({d.person_id: d for d in sorted(counted, key=lambda d: d.capacity == "secretary_treasurer")}.values())


def counting(decisions: Sequence[Decision], since: int, makers: Collection[int] = ()) -> list[Decision]:
    """The approvals that count, of decisions in their order: whoever returns a request or steps aside takes their own earlier one back.

    ``makers`` lead the campaign by now or wrote the version: theirs do not count (domain.md 6: nobody approves for a campaign they lead).
    """
    found: list[Decision] = []
    for each in decisions:
        if each.decision == "approved":
            found += [each] if each.revision >= since else []
        else:
            found = [d for d in found if d.person_id != each.person_id]
    return [d for d in found if d.person_id not in makers]


def described(needs: Sequence[Requirement]) -> list[str]:
    """Requirements as stable words: ``ue officer``, ``unifor board``, ``any board``."""
    return [f"{need.union or 'any'} {need.capacity}" for need in needs for _ in range(need.count)]


# --- who may ------------------------------------------------------------------------------------------------------------


class Approver(msgspec.Struct, frozen=True):
    """Who wants to decide: union and its nation, roles, and the interests they declared."""

    person_id: int
    union: str
    nation: str
    roles: frozenset[str]
    interests: frozenset[Interest] = frozenset()

    @property
    def capacity(self) -> Capacity:
        """In which capacity their approval counts."""
        return "secretary_treasurer" if "secretary_treasurer" in self.roles else "officer"


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided about, as far as the rules of who may decide need to know it. ``requested_by`` are all who asked for it as it stands,
    ``subjects`` what an interest can be in.
    """

    request: str
    requested_by: frozenset[int]
    lead_id: int
    fund: Fund
    subjects: frozenset[Interest] = frozenset()


def check_approver(matter: Matter, approver: Approver, matrix: Matrix) -> None:
    """Refuse whoever asked, leads the campaign, declared an interest, or is not of a ring-fenced fund's nation (W17 R4)."""
    if approver.person_id in matter.requested_by:
        raise MakerNotChecker(request=matter.request, role="requester")
    if approver.person_id == matter.lead_id:
        raise MakerNotChecker(request=matter.request, role="campaign_lead")
    if matter.fund.nation is not None and matrix.own_nation_only and approver.nation != matter.fund.nation:
        raise ApproverNotEligible(request=matter.request, fund=matter.fund.code, nation=matter.fund.nation, union=approver.union)
    declared = sorted((i.subject_kind, i.subject) for i in approver.interests & matter.subjects)
    if declared:
        raise InterestDeclared(request=matter.request, subject_kind=declared[0][0], subject=declared[0][1])


def check_wanted(matter: Matter, approver: Approver, decisions: Sequence[Decision], still: Sequence[Requirement], since: int) -> Capacity:
    """The capacity in which this approval counts; refuses a second one of the same person, one of whoever stepped aside from the request
    at any time, and one that nothing asks for.
    """
    own = [d for d in decisions if d.person_id == approver.person_id]
    if counting(own, since) or any(d.decision == "recused" for d in own):
        raise AlreadyDecided(request=matter.request)
    for need in still:
        if need.union == approver.union and need.capacity in (approver.capacity, "officer"):
            return approver.capacity
    raise ApprovalNotNeeded(request=matter.request, union=approver.union, capacity=approver.capacity)


# --- what a fund is for ---------------------------------------------------------------------------------------------------


def check_fund(fund: Fund, initiative: str, kind: str, electoral: bool, nation: str) -> None:
    """Refuse a fund that is not for this: election activity outside its own nation's ring-fenced fund (W17 R3), or another purpose.

    A general fund takes any initiative; every other fund its own. ``nation`` is the campaign's union's.
    """

    def refuse(reason: str) -> None:
        raise FundNotAllowedForInitiative(fund=fund.code, initiative=initiative, reason=reason)

    if electoral and (fund.nation is None or fund.purpose != "political_action"):
        refuse("electoral")
    if fund.nation is not None and fund.nation != nation:
        refuse("nation")
    fits = {"general": True, "strike": kind == "strike_support"}.get(fund.purpose, fund.purpose == initiative)
    if not fits:
        refuse("purpose")


# --- amounts ------------------------------------------------------------------------------------------------------------


class Sum(msgspec.Struct, frozen=True):
    """What a request asks of one payee (empty where none is named), in minor units of one currency."""

    payee: str
    currency: str
    amount_minor: int


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What another request of the same campaign asked of the same payee shortly before: minor units, counted with this one."""

    request: str
    submitted_on: date
    payee: str
    payee_name: str
    currency: str
    amount_minor: int


def tested_amount(own: Sequence[Sum], earlier: Sequence[Sum | Earlier], worth: Mapping[str, Decimal]) -> Decimal:
    """What the thresholds are tested with, in the matrix's currency, major units and unrounded.

    It is all of the request and what else was asked for its payees within the split days, so that cutting a request in two changes nothing.
    ``worth`` is the value of one *minor* unit of each currency in the matrix's currency.
    """
    payees = {each.payee for each in own if each.payee}
    counted = [*own, *(each for each in earlier if each.payee in payees)]
    return sum((each.amount_minor * worth[each.currency] for each in counted), Decimal(0))


def tested_minor(amount: Decimal, currency: str) -> int:
    """A tested amount in minor units, a fraction of one rounded up: CAD 5,000.001 is more than CAD 5,000.00."""
    return int(amount.scaleb(digits_of(currency)).to_integral_value(ROUND_CEILING))


def board_result(rule: BoardRule, votes: Sequence[Vote]) -> str | None:
    """What :func:`closing_result` will be, once the quorum is there and no vote still to come can change it; None while it is open."""
    to_come = max(rule.seats - len(votes), 0)
    if len(votes) < rule.quorum:
        return None
    if _margin(votes) > to_come:
        return "carried"
    return "lost" if _margin(votes) <= -to_come else None


def closing_result(votes: Sequence[Vote]) -> str:
    """What a vote that is closed early comes to: more for than against carries it."""
    return "carried" if _margin(votes) > 0 else "lost"


def to_decide(rule: BoardRule, votes: Sequence[Vote]) -> tuple[int | None, int | None]:
    """How many more votes for would carry a vote at once, and how many against would lose it; None where no votes to come can do it.

    Of ``n`` seats still to vote, ``x`` votes for carry it when the rest, all against, could not undo them.
    """
    to_come, wanting = max(rule.seats - len(votes), 0), max(rule.quorum - len(votes), 0)
    carry = max((to_come - _margin(votes)) // 2 + 1, wanting, 0)
    lose = max(-(-(to_come + _margin(votes)) // 2), wanting, 0)
    return (carry if carry <= to_come else None), (lose if lose <= to_come else None)


def _margin(votes: Sequence[Vote]) -> int:
    """Votes for less votes against; who abstains counts for the quorum alone."""
    return sum((vote.vote == "for") - (vote.vote == "against") for vote in votes)
