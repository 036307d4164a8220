"""Answer in JSON which approval rules hold, what a request would need by them, and take proposals and decisions."""

from datetime import date, datetime
from decimal import Decimal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from api.routes.funds import RateUsed, rate_used
from api.schemas import Amount, CurrencyCode, DecimalText, IdempotencyKey, amount, minor_in
from ledger.domain.actors import Actor
from ledger.domain.approvals import BoardRule, Boards, MatrixKind
from ledger.domain.matrices import ProposedRule, ProposeMatrix
from ledger.domain.money import minor_from_text
from ledger.services import approval_rules as service
from ledger.services.approval_rules import Needs, Overview, Standing
from ledger.services.pool import Pool


class RuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a request of a kind needs when it is for more than `over`, up to the next rule of its kind; `fund` is null for all funds.

    `officers` of each union; `boards` is none, any (one union's) or both.
    """

    kind: MatrixKind
    fund: str | None
    over: Amount
    officers: int
    secretary_treasurers: bool
    boards: Boards


class BoardOut(msgspec.Struct, frozen=True):
    """A union's board: its seats, and how many votes make a quorum."""

    union: str
    seats: int
    quorum: int


class ApprovalRulesOut(msgspec.Struct, frozen=True, kw_only=True):
    """A whole set of rules. `state` is proposed, late, rejected, to_come, in_force or replaced; of the shipped set nobody decided."""

    number: int
    state: str
    valid_from: date
    currency: str
    rules: list[RuleOut]
    boards: list[BoardOut]
    split_days: int
    own_nation_only: bool
    fx_headroom_percent: str
    draw_days: int
    remind_days: int
    remark: str
    proposed_by: str
    proposed_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None = None


class NewRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule; `over` in the set's currency, `fund` a code or left out for all funds."""

    kind: MatrixKind
    over: Amount
    officers: int = 0
    secretary_treasurers: bool = False
    boards: Boards = "none"
    fund: str | None = None


class NewBoard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A union's board: its seats, and how many votes make a quorum."""

    union: str
    seats: int
    quorum: int


class NewApprovalRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole set of rules to be proposed: it replaces the one before it from `valid_from` on, once another union confirms it."""

    valid_from: date
    currency: CurrencyCode
    rules: list[NewRule]
    boards: list[NewBoard]
    split_days: int = 30
    own_nation_only: bool = True
    fx_headroom_percent: DecimalText = "0"
    draw_days: int = 180
    remind_days: int = 7
    remark: str = ""


class Rejection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why not; the proposer reads it."""

    reason: str


class Needed(msgspec.Struct, frozen=True):
    """One thing that must be there: approvals of a union's officers or secretary-treasurer, or its board's resolution.

    `capacity` is officer, secretary_treasurer or board; `union` is null where one board of any union will do.
    """

    union: str | None
    capacity: str
    count: int


class NeedsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who must approve. `tested` is the amount in the rules' currency, converted with `rate` where it had to be."""

    approval_rules: int
    day: date
    tested: Amount
    rate: RateUsed | None
    needed: list[Needed]


def approval_rules_out(standing: Standing, seen: Overview, reason: str = "") -> ApprovalRulesOut:
    """A set of rules as it travels."""
    matrix, funds = standing.matrix, {fund.id: fund.code for fund in seen.funds}
    names = ("number", "valid_from", "currency", "split_days", "own_nation_only", "draw_days", "remind_days", "remark", "proposed_at", "decided_at")
    return ApprovalRulesOut(
        **{name: getattr(matrix, name) for name in names}, state=standing.standing, fx_headroom_percent=f"{matrix.fx_headroom_percent:f}",
        rules=[
            RuleOut(
                kind=rule.kind, fund=funds[rule.fund_id] if rule.fund_id else None, over=amount(rule.over_minor, matrix.currency),
                officers=rule.officers, secretary_treasurers=rule.secretary_treasurers, boards=rule.boards,
            )
            for rule in matrix.rules
        ],
        boards=[BoardOut(board.union, board.seats, board.quorum) for board in matrix.board_rules],
        proposed_by=standing.proposed_by[0], decided_by=standing.decided_by[0] or None, reason=reason or None,
    )  # fmt: skip


def _needs_out(found: Needs) -> NeedsOut:
    return NeedsOut(
        approval_rules=found.matrix.number, day=found.day, tested=amount(found.tested_minor, found.matrix.currency),
        rate=rate_used(found.rate.rate if found.rate else None), needed=[Needed(each.union or None, each.capacity, each.count) for each in found.needed],
    )  # fmt: skip


def _rule(rule: NewRule, currency: str) -> ProposedRule:
    return ProposedRule(
        kind=rule.kind, over_minor=minor_in(rule.over, currency), officers=rule.officers, secretary_treasurers=rule.secretary_treasurers,
        boards=rule.boards, fund=rule.fund or "",
    )  # fmt: skip


class ApprovalRulesController(Controller):
    """Approval rules."""

    path = "/approval-rules"
    tags = ["Approval rules"]

    @get("/", operation_id="listApprovalRules", opt={"permission": "read_approval_rules"})
    async def list_rules(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[ApprovalRulesOut]:
        """Every set there was, newest first; `in_force` is the one that holds today."""
        seen = await service.overview(pool, actor)
        return [approval_rules_out(each, seen) for each in seen.sets]

    @get("/needs", operation_id="askApprovals", opt={"permission": "read_approval_rules", "answers": (409, 422)})
    async def ask(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], kind: FromQuery[MatrixKind], fund: FromQuery[str],
        amount: FromQuery[DecimalText], currency: FromQuery[CurrencyCode], day: FromQuery[date | None] = None,
    ) -> NeedsOut:  # fmt: skip
        """Who would have to approve a request, by the rules and the rate of a day (today where left out)."""
        question = service.Question(kind=kind, fund=fund, amount_minor=minor_from_text(amount, currency), currency=currency, day=day)
        return _needs_out(await service.needs(pool, actor, question))

    @get("/{number:int}", operation_id="getApprovalRules", opt={"permission": "read_approval_rules"})
    async def get_rules(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[int]) -> ApprovalRulesOut:
        """One set; `reason` says why it was rejected."""
        return await self._one(pool, actor, number)

    @post("/", operation_id="proposeApprovalRules", opt={"permission": "change_approval_rules"})
    async def propose(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewApprovalRules]
    ) -> ApprovalRulesOut:
        """Propose a whole set; an officer of another union decides about it."""
        fields = msgspec.structs.asdict(data) | {
            "rules": tuple(_rule(rule, data.currency) for rule in data.rules), "fx_headroom_percent": Decimal(data.fx_headroom_percent),
            "board_rules": tuple(BoardRule(board.union, board.seats, board.quorum) for board in data.boards),
        }  # fmt: skip
        del fields["boards"]
        return await self._one(pool, actor, (await service.propose_rules(pool, actor, key, ProposeMatrix(**fields))).number)

    @post("/{number:int}/confirmation", operation_id="confirmApprovalRules", opt={"permission": "change_approval_rules"}, status_code=200)
    async def confirm(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[int]
    ) -> ApprovalRulesOut:
        """Agree to rules that another union's officer proposed."""
        return await self._one(pool, actor, (await service.confirm_rules(pool, actor, key, number)).number)

    @post("/{number:int}/rejection", operation_id="rejectApprovalRules", opt={"permission": "change_approval_rules"}, status_code=200)
    async def reject(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[int], data: JSONBody[Rejection]
    ) -> ApprovalRulesOut:
        """Turn proposed rules down."""
        return await self._one(pool, actor, (await service.reject_rules(pool, actor, key, number, data.reason)).number)

    async def _one(self, pool: Pool, actor: Actor, number: int) -> ApprovalRulesOut:
        found = await service.one_set(pool, actor, number)
        return approval_rules_out(found.shown, found.overview, found.reason)


ROUTES = [ApprovalRulesController]
