"""Say which steps about a request are one reader's to take now, and which rule keeps them from approving or voting.

It asks the rules that the steps themselves are held to, so that a page offers what would pass and nothing else.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ledger.domain import allocations as rules
from ledger.domain import approvals
from ledger.domain.actors import Actor
from ledger.domain.approvals import Approver, Vote
from ledger.domain.refusals import AlreadyDecided, QuorumMissing, Refusal
from ledger.services.allocation_cases import Case, approver, check_board, check_nation, check_wanted
from ledger.storage.database import Connection

Check = Callable[[Case, Approver, Sequence[Vote]], None]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one reader stands to a request: the steps that are theirs, whether anything of their union and capacity is wanting at all.

    ``code`` and ``facts`` are the refusal that approving (for a board member, voting) would get; empty where it would pass.
    """

    steps: frozenset[str] = frozenset()
    wanted: bool = False
    code: str = ""
    facts: dict[str, Any] = {}


async def standings(
    connection: Connection, actor: Actor, cases: Sequence[Case], votes: dict[str, list[Vote]]
) -> dict[str, Standing]:
    """The actor's standing to each of these requests, by number; none for who decides about no request."""
    if not cases or actor.union is None or not (actor.can("decide_request") or actor.can("vote_in_board")):
        return {}
    who = await approver(connection, cases[0].rules, actor)
    return {case.allocation.number: standing(case, actor, who, votes.get(case.allocation.number, [])) for case in cases}


def standing(case: Case, actor: Actor, who: Approver, votes: Sequence[Vote]) -> Standing:
    """One reader's standing to one request; ``votes`` are those that count."""
    steps = frozenset(
        step for step, (permission, check) in STEPS.items() if actor.can(permission) and _refusal(case, who, votes, step, check) is None
    )
    leading = "approve" if actor.can("decide_request") else "vote"
    barring = _refusal(case, who, votes, leading, STEPS[leading][1])
    return Standing(
        steps=steps, wanted=_is_wanted(case, actor, who), code=barring.code if barring else "", facts=dict(barring.params) if barring else {}
    )


def _is_wanted(case: Case, actor: Actor, who: Approver) -> bool:
    if case.wants_a_word:
        return actor.can("decide_request")
    capacities = {who.capacity, "officer"} if actor.can("decide_request") else {"board"}
    return any(need.union in ("", who.union) and need.capacity in capacities for need in case.missing)


def _refusal(case: Case, who: Approver, votes: Sequence[Vote], step: str, check: Check) -> Refusal | None:
    try:
        rules.check_step(case.allocation, _STATES_OF.get(step, step))
        check(case, who, votes)
    except Refusal as refusal:
        return refusal
    return None


# --- the checks -----------------------------------------------------------------------------------------------------------


def _is_eligible(case: Case, who: Approver, votes: Sequence[Vote]) -> None:
    approvals.check_approver(case.matter, who, case.rules.matrix)


def _may_approve(case: Case, who: Approver, votes: Sequence[Vote]) -> None:
    _is_eligible(case, who, votes)
    check_wanted(case, who)


def _may_pause(case: Case, who: Approver, votes: Sequence[Vote]) -> None:
    check_nation(case, who)


def _may_resolve(case: Case, who: Approver, votes: Sequence[Vote]) -> None:
    _is_eligible(case, who, votes)
    check_board(case, who.union)


def _may_vote(case: Case, who: Approver, votes: Sequence[Vote]) -> None:
    _may_resolve(case, who, votes)
    if any(vote.person_id == who.person_id for vote in votes):
        raise AlreadyDecided(request=case.allocation.number)


def _may_close_vote(case: Case, who: Approver, votes: Sequence[Vote]) -> None:
    _may_resolve(case, who, votes)
    given, quorum = sum(vote.union == who.union for vote in votes), case.rules.matrix.board_rule(who.union).quorum
    if given < quorum:
        raise QuorumMissing(request=case.allocation.number, union=who.union, votes=given, quorum=quorum)


STEPS: dict[str, tuple[str, Check]] = {
    "approve": ("decide_request", _may_approve),
    "take_up": ("decide_request", _is_eligible),
    "return": ("decide_request", _is_eligible),
    "reject": ("decide_request", _is_eligible),
    "recuse": ("decide_request", _is_eligible),
    "suspend": ("decide_request", _may_pause),
    "resume": ("decide_request", _is_eligible),
    "resolve": ("record_resolution", _may_resolve),
    "close_vote": ("record_resolution", _may_close_vote),
    "vote": ("vote_in_board", _may_vote),
}
_STATES_OF = {"close_vote": "resolve"}
