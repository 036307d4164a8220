"""Answer in JSON about certified memberships, joint costs and equalisations with their working, and take proposals and decisions."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.approval_rules import Rejection
from api.routes.transfers import AccountRef, FundCode
from api.schemas import After, Amount, FromDay, Limit, Page, ToDay, account_label, amount, cursor, place_after
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.agreed_rates import RateUsed
from ledger.domain.equalisation import Equalisation, Working
from ledger.domain.exchange import rate_text
from ledger.domain.joint_costs import JointCost, RecordCost
from ledger.domain.memberships import CertifyMembership, MembershipCount
from ledger.services import equalisation as service
from ledger.services import equalisation_settlement, joint_costs
from ledger.services.equalisation import EqualisationView, ProposeEqualisation, written_equalisation
from ledger.services.equalisation_settlement import SettleEqualisation
from ledger.services.joint_costs import written_cost
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.equalisation import CostFilter

UnionCode = Annotated[str | None, QueryParameter(max_length=30, description="Only of this union")]
CostState = Annotated[Literal["claimed", "agreed", "disputed", "withdrawn"] | None, QueryParameter(name="state", description="Only in this state")]
AgreementNumber = Annotated[str, QueryParameter(max_length=20, description="The agreement's number")]
FirstDay = Annotated[date, QueryParameter(name="from", description="First day of the period")]
LastDay = Annotated[date, QueryParameter(name="to", description="Last day of the period")]
PaidCurrency = Annotated[str, QueryParameter(pattern=r"^[A-Z]{3}$", description="Currency to pay in")]
PaidOn = Annotated[date, QueryParameter(name="date", description="Day of the settlement")]


class MembershipCountOut(msgspec.Struct, frozen=True, kw_only=True):
    """A certified number; `is_latest` where no correction of its day came after."""

    union: str
    as_of: date
    version: int
    members: int
    source: str
    document: UUID | None
    certified_by: str
    certified_at: datetime
    is_latest: bool


class NewJointCost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cost that your own union paid and claims as joint."""

    paid_on: date
    amount: Amount
    what: str
    campaign: str = ""
    reference: str = ""


class JointCostOut(msgspec.Struct, frozen=True, kw_only=True):
    """A joint cost. `state` is claimed, agreed, disputed or withdrawn; `equalisation` is the one that took it."""

    number: str
    union: str
    paid_on: date
    amount: Amount
    what: str
    campaign: str | None
    reference: str
    state: str
    state_since: datetime
    recorded_by: str
    recorded_at: datetime
    decided_by: str | None
    equalisation: str | None
    remark: str


class RateUsedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rate of the agreement's source: of one day, or the mean of `days` daily rates (CAD for one USD)."""

    value: str
    first: date
    last: date
    days: int
    source: str


class WorkingCost(msgspec.Struct, frozen=True, kw_only=True):
    """A cost as paid, and what it comes to in the currency of the computation."""

    number: str
    union: str
    paid_on: date
    what: str
    amount: Amount
    rate: RateUsedOut | None
    converted: Amount


class WorkingMembership(msgspec.Struct, frozen=True, kw_only=True):
    """A union's average and the certified numbers it is the mean of; `is_before` where they are of a day before the period."""

    union: str
    average: str
    counts: dict[date, int]
    is_before: bool


class WorkingShare(msgspec.Struct, frozen=True, kw_only=True):
    """What a union paid, its share by its weight among all, and what it paid beyond that."""

    union: str
    paid: Amount
    weight: int
    share: Amount
    over: Amount


class WorkingOut(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a result comes from. `balance` is in the currency of the debt."""

    starts_on: date
    ends_on: date
    share_basis: str
    rate_rule: str
    rate_source: str
    costs: list[WorkingCost]
    memberships: list[WorkingMembership]
    shares: list[WorkingShare]
    pool: Amount
    difference: Amount
    balance_rate: RateUsedOut | None
    balance: Amount
    creditor: str | None
    debtor: str | None


class EqualisationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A period's equalisation. `state` is proposed, agreed, declined, withdrawn or reversed; `step` stands in both books once it is agreed."""

    number: str
    agreement: str
    agreement_version: int
    starts_on: date
    ends_on: date
    pool: Amount
    balance: Amount
    creditor: str | None
    debtor: str | None
    state: str
    state_since: datetime
    step: str | None
    made_by: str
    made_at: datetime
    remark: str


class OneEqualisation(msgspec.Struct, frozen=True, kw_only=True):
    """An equalisation with its working, its steps, and what is left to settle of it."""

    equalisation: EqualisationOut
    working: WorkingOut
    steps: list[str]
    left: Amount


class NewEqualisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A period to equalise under an agreement; `fund` is of your own union's book. It is posted on the period's last day unless a later one is named."""

    agreement: str
    starts_on: date
    ends_on: date
    fund: FundCode
    description: str
    entry_date: date | None = None


class SettlementOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What pays what is left, in another currency at the agreement's settlement rule; `difference` is what the rate's movement gave the creditor."""

    owed: Amount
    paid: Amount
    rate: str
    rate_source: str
    rate_date: date
    value_then: Amount
    difference: Amount


class NewEqualisationSettlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment of what is left, from or to your own union's bank account, in the account's currency."""

    account: AccountRef
    fund: FundCode
    paid_on: date
    description: str
    reference: str = ""


class ProposedSettlement(msgspec.Struct, frozen=True, kw_only=True):
    """The step that waits for the other union."""

    step: str
    owed: Amount
    paid: Amount


def _count_out(each: MembershipCount) -> MembershipCountOut:
    fields = msgspec.structs.asdict(each)
    fields["certified_by"] = fields.pop("certified_by_name")
    return MembershipCountOut(**fields)


def _cost_out(each: JointCost) -> JointCostOut:
    same = ("number", "union", "paid_on", "what", "campaign", "reference", "state", "state_since", "recorded_at", "equalisation", "remark")
    return JointCostOut(
        **{name: getattr(each, name) for name in same}, amount=amount(each.amount_minor, each.currency), recorded_by=each.recorded_by_name,
        decided_by=each.decided_by_name,
    )  # fmt: skip


def _rate_out(rate: RateUsed | None) -> RateUsedOut | None:
    if rate is None:
        return None
    return RateUsedOut(value=rate_text(rate.value), first=rate.first, last=rate.last, days=rate.days, source=rate.source)


def _working_out(working: Working) -> WorkingOut:
    def money(minor: int) -> Amount:
        return amount(minor, working.currency)

    same = ("starts_on", "ends_on", "share_basis", "rate_rule", "rate_source", "creditor", "debtor")
    fields: dict[str, Any] = {name: getattr(working, name) for name in same}
    return WorkingOut(
        **fields, pool=money(working.pool_minor), difference=money(working.difference_minor), balance_rate=_rate_out(working.balance_rate),
        balance=amount(working.balance_minor, working.debt_currency),
        costs=[
            WorkingCost(
                number=each.number, union=each.union, paid_on=each.paid_on, what=each.what, amount=amount(each.amount_minor, each.currency),
                rate=_rate_out(each.rate), converted=money(each.converted_minor),
            )
            for each in working.costs
        ],
        memberships=[
            WorkingMembership(
                union=each.union, average=str(each.average), counts={one.as_of: one.members for one in each.counts}, is_before=each.is_before
            )
            for each in working.memberships
        ],
        shares=[
            WorkingShare(
                union=each.union, paid=money(each.paid_minor), weight=each.weight, share=money(each.share_minor), over=money(each.over_minor)
            )
            for each in working.shares
        ],
    )  # fmt: skip


def _out(kept: Equalisation) -> EqualisationOut:
    same = (
        "number", "agreement", "agreement_version", "starts_on", "ends_on", "creditor", "debtor", "state", "state_since", "step", "made_at", "remark",
    )  # fmt: skip
    return EqualisationOut(
        **{name: getattr(kept, name) for name in same}, pool=amount(kept.pool_minor, kept.currency),
        balance=amount(kept.balance_minor, kept.debt_currency), made_by=kept.made_by_name,
    )  # fmt: skip


def _one(view: EqualisationView) -> OneEqualisation:
    kept = view.equalisation
    return OneEqualisation(
        equalisation=_out(kept), working=_working_out(kept.working), steps=[each.number for each in view.steps],
        left=amount(view.left_minor, kept.debt_currency),
    )  # fmt: skip


class EqualisationController(Controller):
    """Equalisation."""

    path = "/equalisation"
    tags = ["Equalisation"]

    @get("/members", operation_id="listMembershipCounts", opt={"permission": "read_agreements"})
    async def list_counts(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: UnionCode = None
    ) -> list[MembershipCountOut]:
        """Every certified number of members, corrected ones too, the newest day first."""
        return [_count_out(each) for each in await joint_costs.list_counts(pool, actor, union)]

    @post("/members", operation_id="certifyMembership", opt={"permission": "certify_membership"})
    async def certify(self, by: NamedDependency[By], data: JSONBody[CertifyMembership]) -> MembershipCountOut:
        """Certify how many members your own union had on a day."""
        return _count_out(await joint_costs.certify_membership(*by, data))

    @get("/costs", operation_id="listJointCosts", opt={"permission": "read_agreements"})
    async def list_costs(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: UnionCode = None, in_state: CostState = None, from_day: FromDay = None,
        to_day: ToDay = None, after: After = None, limit: Limit = 50,
    ) -> Page[JointCostOut]:  # fmt: skip
        """Joint costs of both unions, the newest first."""
        narrowed = CostFilter(union=union, state=in_state, from_day=from_day, to_day=to_day)
        place = place_after(after, written_cost)
        found = await joint_costs.list_costs(pool, actor, narrowed, place, limit)
        return Page([_cost_out(each) for each in found.items], cursor(found.next) if found.next else None)

    @get("/costs/{number:str}", operation_id="getJointCost", opt={"permission": "read_agreements"})
    async def get_cost(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> JointCostOut:
        """One joint cost."""
        return _cost_out((await joint_costs.show_cost(pool, actor, number)).cost)

    @post("/costs", operation_id="recordJointCost", opt={"permission": "record_joint_cost", "answers": (404,)})
    async def record_cost(self, by: NamedDependency[By], data: JSONBody[NewJointCost]) -> JointCostOut:
        """Claim a cost that your own union paid as joint."""
        asked = RecordCost(
            paid_on=data.paid_on, currency=data.amount.currency, amount_minor=data.amount.minor, what=data.what, campaign=data.campaign,
            reference=data.reference,
        )  # fmt: skip
        return _cost_out(await joint_costs.record_cost(*by, asked))

    @post("/costs/{number:str}/agreement", operation_id="agreeToJointCost", opt={"permission": "decide_joint_cost"}, status_code=200)
    async def agree(self, by: NamedDependency[By], number: FromPath[str]) -> JointCostOut:
        """Agree that a cost of the other union is joint."""
        return _cost_out(await joint_costs.agree_to_cost(*by, number))

    @post("/costs/{number:str}/dispute", operation_id="disputeJointCost", opt={"permission": "decide_joint_cost"}, status_code=200)
    async def dispute(self, by: NamedDependency[By], number: FromPath[str], data: JSONBody[Rejection]) -> JointCostOut:
        """Say why a cost of the other union is not joint, or not that much."""
        return _cost_out(await joint_costs.dispute_cost(*by, number, data.reason))

    @post("/costs/{number:str}/withdrawal", operation_id="withdrawJointCost", opt={"permission": "record_joint_cost"}, status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: FromPath[str], data: JSONBody[Rejection]) -> JointCostOut:
        """Take back what your own union claimed."""
        return _cost_out(await joint_costs.withdraw_cost(*by, number, data.reason))

    @get("/", operation_id="listEqualisations", opt={"permission": "read_agreements"})
    async def list_equalisations(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None, limit: Limit = 50
    ) -> Page[EqualisationOut]:
        """Equalisations, the newest first."""
        place = place_after(after, written_equalisation)
        found = await service.list_equalisations(pool, actor, place, limit)
        return Page([_out(each) for each in found.items], cursor(found.next) if found.next else None)

    @get("/preview", operation_id="previewEqualisation", opt={"permission": "read_agreements", "answers": (404, 409, 422)})
    async def preview(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], agreement: AgreementNumber, from_day: FirstDay, to_day: LastDay
    ) -> WorkingOut:
        """What a period comes to under an agreement, with its working; nothing is kept. What is missing is refused by name."""
        return _working_out((await service.preview_equalisation(pool, actor, agreement, from_day, to_day))[1])

    @post("/", operation_id="proposeEqualisation", opt={"permission": "settle_between_unions", "answers": (404,)})
    async def propose(self, by: NamedDependency[By], data: JSONBody[NewEqualisation]) -> OneEqualisation:
        """Compute a period and propose the result; the other union's treasurer accepts or declines its step."""
        made = await service.propose_equalisation(*by, ProposeEqualisation(**msgspec.structs.asdict(data)))
        return _one(await service.show_equalisation(by.pool, by.actor, made.number))

    @get("/{number:str}", operation_id="getEqualisation", opt={"permission": "read_agreements"})
    async def get_equalisation(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> OneEqualisation:
        """One equalisation with its working, line by line."""
        return _one(await service.show_equalisation(pool, actor, number))

    @get("/{number:str}/settlement", operation_id="getSettlementOffer", opt={"permission": "read_agreements", "answers": (409, 422)})
    async def offer(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], currency: PaidCurrency, day: PaidOn
    ) -> SettlementOffer:
        """What pays what is left of it on a day in another currency, at the agreement's settlement rule."""
        found = await service.settlement_offer(pool, actor, number, currency, day)
        paid = found.paid
        assert paid.rate is not None and paid.on is not None, "an offer in another currency has its rate"
        return SettlementOffer(
            owed=amount(found.amount_minor, found.currency), paid=amount(paid.amount_minor, paid.currency), rate=rate_text(paid.rate),
            rate_source=paid.source, rate_date=paid.on, value_then=amount(found.value_then_minor, paid.currency),
            difference=amount(found.difference_minor, paid.currency),
        )  # fmt: skip

    @post("/{number:str}/settlement", operation_id="settleEqualisation", opt={"permission": "settle_between_unions"})
    async def settle(self, by: NamedDependency[By], number: FromPath[str], data: JSONBody[NewEqualisationSettlement]) -> ProposedSettlement:
        """Propose to record that what is left was paid; the other union's treasurer accepts with its own bank account."""
        async with by.pool.database.reading() as connection:
            account = await reference.account(connection, *account_label(data.account.account), data.account.currency)
        asked = SettleEqualisation(
            currency=data.account.currency, entry_date=data.paid_on, account=account.id, fund=data.fund, description=data.description,
            reference=data.reference,
        )  # fmt: skip
        step = await equalisation_settlement.settle_equalisation(*by, number, asked)
        paid = amount(step.amount_minor, step.currency) if step.paid is None else amount(step.paid.amount_minor, step.paid.currency)
        return ProposedSettlement(step=step.number, owed=amount(step.amount_minor, step.currency), paid=paid)


ROUTES = [EqualisationController]
