"""Gather what one officer can decide now, what a board has before it, and everything that is needed to decide about one request.

However many requests there are, each of these asks the database the same few questions.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from ledger.domain import approvals
from ledger.domain.actors import Actor, authorize
from ledger.domain.allocations import DRAWING, REVIEW, totals
from ledger.domain.approvals import ApprovalRule, BoardRule, Vote
from ledger.domain.availability import free_minor
from ledger.domain.home import Waiting
from ledger.domain.money import decimal_from_minor, minor_from_decimal
from ledger.domain.refusals import MatrixMissing
from ledger.services.allocation_cases import Case, Rules, load_cases, load_rules
from ledger.services.allocation_standing import Standing, standings
from ledger.services.allocations import View, show_request
from ledger.services.funds import reading_currencies
from ledger.services.pool import ZONE, Pool
from ledger.storage import allocations as store
from ledger.storage import funds
from ledger.storage.database import Connection

DECIDE, VOTE = "decide_request", "vote_in_board"
# What keeps a person from deciding, whatever is wanted; an approval they gave already is none of it.
BARRING = frozenset({"maker_not_checker", "interest_declared"})


class Item(msgspec.Struct, frozen=True):
    """A request with one reader's standing to it, the votes that count, and since when it waits for officers or boards."""

    case: Case
    standing: Standing
    votes: list[Vote]
    since: datetime

    def is_late(self, today: date) -> bool:
        """Whether it has waited longer than the approval rules give before they remind."""
        return (today - self.since.astimezone(ZONE).date()).days > self.case.rules.matrix.remind_days


class Queue(msgspec.Struct, frozen=True):
    """An officer's requests, oldest first: theirs to decide now, those a rule keeps from them, those that stand still; ``boards`` counts
    what is before their union's board.
    """

    mine: list[Item]
    barred: list[Item]
    suspended: list[Item]
    boards: int


class Board(msgspec.Struct, frozen=True):
    """One union's board about one request: seats and quorum, who voted what, and how many more votes would decide it (see `to_decide`)."""

    rule: BoardRule
    votes: list[Vote]
    to_carry: int | None
    to_lose: int | None


class Room(msgspec.Struct, frozen=True):
    """What a fund has free in one currency, what the request asks of it, and what would be left: minor units."""

    currency: str
    available_minor: int
    asked_minor: int

    @property
    def after_minor(self) -> int:
        """Below zero where another currency of the fund must cover it."""
        return self.available_minor - self.asked_minor


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision about one request needs.

    ``free_minor`` and ``free_after_minor`` are what all currencies of the fund have free together, in the reader's ``currency`` and None
    where a rate is wanting; ``worth_minor`` is the request in it, None where it asks for nothing else. ``rule`` is the approval rule that
    the amount falls under.
    """

    view: View
    case: Case
    standing: Standing
    rule: ApprovalRule | None
    rooms: list[Room]
    currency: str
    free_minor: int | None
    free_after_minor: int | None
    worth_minor: int | None
    boards: list[Board]

    @property
    def short(self) -> str:
        """``""`` where each currency has enough by itself, ``one`` where others cover it, ``all`` where they do not, ``unknown`` without a rate."""
        if not any(room.asked_minor for room in self.rooms) or all(room.after_minor >= 0 for room in self.rooms):
            return ""
        if self.free_after_minor is None:
            return "unknown"
        return "one" if self.free_after_minor >= 0 else "all"


# --- the queue --------------------------------------------------------------------------------------------------------------


async def queue(pool: Pool, actor: Actor) -> Queue:
    """What this officer can decide now; refuses who decides about nothing."""
    authorize(actor, DECIDE)
    async with pool.database.reading() as connection:
        items = await _items(connection, actor, (*REVIEW, *DRAWING, "suspended"), pool.today())
    return Queue(
        mine=[item for item in items if "approve" in item.standing.steps],
        barred=[item for item in items if _is_barred(item, actor)],
        suspended=[item for item in items if "resume" in item.standing.steps],
        boards=sum(_needs_board(item.case, actor.union) for item in items),
    )


async def _items(connection: Connection, actor: Actor, states: Sequence[str], day: date) -> list[Item]:
    """Every request in one of the states that waits for somebody, the one that has waited longest in front."""
    rules = await load_rules(connection, day)
    found = await load_cases(connection, await store.in_states(connection, states), rules)
    cases = [case for case in found if case.missing or case.wants_a_word]
    votes = await store.votes(connection, [case.allocation.number for case in cases])
    standing = await standings(connection, actor, cases, votes)
    items = [
        Item(case, standing.get(case.allocation.number, Standing()), votes.get(case.allocation.number, []), _since(case)) for case in cases
    ]
    return sorted(items, key=lambda item: (item.since, len(item.case.allocation.number), item.case.allocation.number))


def _since(case: Case) -> datetime:
    """When it began to wait for whom it waits for now: officers for a revision, boards after them; what is paid already, for a rule or rate."""
    if case.allocation.state in ("board_required", "suspended", *DRAWING):
        return case.allocation.state_since
    return case.revision.recorded_at


def _is_barred(item: Item, actor: Actor) -> bool:
    if item.case.allocation.state == "suspended":
        return False
    stepped_aside = any(d.person_id == actor.person_id and d.decision == "recused" for d in item.case.decisions)
    if item.standing.wanted and (item.standing.code in BARRING or (item.standing.code == "already_decided" and stepped_aside)):
        return True
    return item.standing.code == "approver_not_eligible"


# --- boards -----------------------------------------------------------------------------------------------------------------


async def before_boards(pool: Pool, actor: Actor) -> list[Item]:
    """What still needs a board: of the reader's own union, or any board for who is of none; those that wait for nothing else in front."""
    authorize(actor, "read_books")
    async with pool.database.reading() as connection:
        items = await _items(connection, actor, (*REVIEW, *DRAWING), pool.today())
    found = [item for item in items if _needs_board(item.case, actor.union)]
    return sorted(found, key=lambda item: not _only_boards(item.case))


def _needs_board(case: Case, union: str | None) -> bool:
    return any(need.capacity == "board" and (union is None or need.union in ("", union)) for need in case.missing)


def _only_boards(case: Case) -> bool:
    return all(need.capacity == "board" for need in case.missing)


def boards(case: Case, votes: Sequence[Vote]) -> list[Board]:
    """The boards that a request waits for, each with its votes; where any board will do, those of all unions that decide."""
    wanted = {need.union for need in case.missing if need.capacity == "board"}
    unions = approvals.deciders(case.rules.matrix, case.rules.unions, case.fund)
    return [_board(case, union.code, votes) for union in unions if union.code in wanted or "" in wanted]


def _board(case: Case, union: str, votes: Sequence[Vote]) -> Board:
    rule, given = case.rules.matrix.board_rule(union), [vote for vote in votes if vote.union == union]
    return Board(rule, given, *approvals.to_decide(rule, given))


# --- one request --------------------------------------------------------------------------------------------------------------


async def dossier(pool: Pool, actor: Actor, number: str) -> Dossier:
    """Everything about one request that a decision needs; refuses one that is not the reader's to see, or was never submitted."""
    view = await show_request(pool, actor, number)
    case = view.submitted_case
    async with pool.database.reading() as connection:
        currency, currencies = await reading_currencies(connection, actor.union)
        held = (await funds.held(connection, case.fund.id)).get(case.fund.id, {})
    values = _values(case.rules, currencies)
    asked = totals(case.revision.lines)
    pending = asked if case.allocation.state in (*REVIEW, "suspended") else {}
    before = {
        code: (_available(case, held, code), held.get(code, (0, 0, 0))[2]) for code in currencies if code in asked or code in held
    }
    after = {code: (free - pending.get(code, 0), promised + pending.get(code, 0)) for code, (free, promised) in before.items()}
    headroom = case.rules.matrix.fx_headroom_percent / 100
    kind = approvals.matrix_kind(case.revision.kind, case.campaign.initiative)
    return Dossier(
        view=view, case=case, standing=view.standing or Standing(),
        rule=None if case.tested_minor is None else approvals.rule_for(case.rules.matrix, kind, case.fund.id, case.tested_minor),
        rooms=[Room(code, free, pending.get(code, 0)) for code, (free, _) in before.items()],
        currency=currency, free_minor=free_minor(before, currency, values, headroom), free_after_minor=free_minor(after, currency, values, headroom),
        worth_minor=worth_minor(asked, currency, values), boards=boards(case, view.votes),
    )  # fmt: skip


def _available(case: Case, held: dict[str, tuple[int, int, int]], currency: str) -> int:
    """As the books count it: held and not still to come, less committed, less the floor."""
    held_minor, pledged_minor, committed_minor = held.get(currency, (0, 0, 0))
    return held_minor - pledged_minor - committed_minor - case.fund.floors.get(currency, 0)


def _values(rules: Rules, currencies: Sequence[str]) -> dict[str, Decimal]:
    """What a unit of each currency is worth in the rules' currency, where a rate is known."""
    known = {code: rules.worth(code) for code in currencies}
    return {code: worth / decimal_from_minor(1, code) for code, worth in known.items() if worth is not None}


def worth_minor(amounts: dict[str, int], currency: str, values: dict[str, Decimal]) -> int | None:
    """Amounts by currency as one in another, rounded half up; None where it is all in that currency already, or a rate is wanting."""
    if set(amounts) <= {currency} or not set(amounts) | {currency} <= set(values):
        return None
    total = sum((decimal_from_minor(amount, code) * values[code] for code, amount in amounts.items()), Decimal(0))
    return minor_from_decimal(total / values[currency], currency)


# --- the first page -----------------------------------------------------------------------------------------------------------


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What waits for this officer or board member: requests to decide about or to vote on, and resolutions to record when only boards lack."""
    if actor.union is None or not (actor.can(DECIDE) or actor.can(VOTE)):
        return []
    states = (*REVIEW, *DRAWING) if actor.can(DECIDE) else ("board_required", *DRAWING)
    try:
        items = await _items(connection, actor, states, today)
    except MatrixMissing:
        return []
    return [row for item in items if (row := _row(item, today)) is not None]


# What a step is called on the first page, and where it is taken; the first that is the reader's to take counts.
_ROWS = {
    "approve": ("decide_request", "/requests/queue?at={number}"), "vote": ("vote_request", "/requests/{number}/vote"),
    "resolve": ("resolve_request", "/requests/{number}/resolution"),
}  # fmt: skip


def _row(item: Item, today: date) -> Waiting | None:
    case, steps = item.case, item.standing.steps
    step = next((each for each in _ROWS if each in steps and (each == "approve" or _only_boards(case))), None)
    if step is None:
        return None
    kind = "retest_request" if step == "approve" and case.allocation.state in DRAWING else _ROWS[step][0]
    amounts = list(totals(case.revision.lines).items())
    currency, amount_minor = amounts[0] if len(amounts) == 1 else (None, None)
    return Waiting(
        kind=kind, subject=case.allocation.number, url=_ROWS[step][1].format(number=case.allocation.number), union=case.allocation.union,
        since=item.since.astimezone(ZONE).date(), amount_minor=amount_minor, currency=currency, late=item.is_late(today),
        facts={"purpose": case.revision.purpose, "name_en": case.campaign.name, "name_fr": case.campaign.name},
    )  # fmt: skip
