"""Answer for medical and hardship support to single members in JSON: proposed, approved without a name, paid, and what came back of loans."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.entry_schemas import PreviewOut, preview_out
from api.routes.strike_runs import StrikeWord
from api.schemas import After, Amount, IdempotencyKey, Limit, Page, amount, cursor, minor_in, place_after
from ledger.domain import strike_grants as rules
from ledger.domain.actors import Actor
from ledger.domain.strike_grants import PAID_TO_MAXIMUM, PURPOSE_MAXIMUM, REASON_MAXIMUM, Grant, GrantKind, GrantTotal, ProposeGrant
from ledger.services import strike_grants as service
from ledger.services import strikes
from ledger.services.pool import Pool
from ledger.services.strike_grants import GrantView
from ledger.storage import reference

ID_MAXIMUM = 2**31 - 1
READ, PREPARE, APPROVE, PAY = ({"permission": name} for name in (rules.READ_GRANTS, rules.PREPARE, rules.APPROVE, rules.PAY))
GrantState = Literal["proposed", "approved", "paid", "repaid", "refused", "cancelled"]
Number = FromPath[str]
_Account = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM, description="Id of a joint bank account that the union keeps")]


class SupportIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked for a member, by the number on the roster. `paid_to` is a creditor, or empty for the member. Purpose and payee stay in the
    file that benefits officers and treasurers of the union alone read.
    """

    member: Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]
    kind: GrantKind
    amount: Amount
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=PURPOSE_MAXIMUM)]
    paid_to: Annotated[str, msgspec.Meta(max_length=PAID_TO_MAXIMUM)] = ""


class SupportReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why, for its file."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


class SupportPaymentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which bank account, and on which day."""

    account: _Account
    paid_on: date


class SupportRepaymentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of a loan came back, to which bank account, and on which day."""

    account: _Account
    repaid_on: date
    amount: Amount


class SupportGrantOut(msgspec.Struct, frozen=True, kw_only=True):
    """A grant or loan without whom it is for. `left` of a loan is still to come back."""

    number: str
    strike: str
    strike_name: str
    union: str
    kind: str
    amount: Amount
    state: str
    state_since: datetime
    paid_on: date | None
    entry: int | None
    repaid: Amount
    left: Amount
    href: str


class SupportFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is for and why; `remark` is why it was refused or taken back."""

    member: int
    name: str
    reference: str
    paid_to: str
    purpose: str
    remark: str


class SupportRepaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came back of a loan."""

    repaid_on: date
    amount: Amount
    entry: int


class SupportGrantWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A grant with who proposed, approved and paid it, what came back of it, and its file, which is null to who only decides."""

    grant: SupportGrantOut
    proposed_by: str
    approved_by: str | None
    paid_by: str | None
    repayments: list[SupportRepaymentOut]
    file: SupportFileOut | None


class SupportTotalOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was paid of a kind; null to the other union where fewer than five members got some."""

    kind: str
    currency: str
    grants: int | None
    amount: Amount | None


_SAME = ("number", "strike", "strike_name", "union", "kind", "state", "state_since", "paid_on", "entry")


def _grant_out(grant: Grant) -> SupportGrantOut:
    sums: dict[str, Any] = {name: amount(getattr(grant, f"{name}_minor"), grant.currency) for name in ("amount", "repaid", "left")}
    same = {name: getattr(grant, name) for name in _SAME}
    return SupportGrantOut(**same, **sums, href=f"/api/v1/strikes/grants/{grant.number}")


def _whole_out(view: GrantView, people: dict[int, str]) -> SupportGrantWhole:
    repaid = [SupportRepaymentOut(repaid_on=day, amount=amount(minor, view.grant.currency), entry=entry) for day, minor, entry in view.repayments]
    file = SupportFileOut(**msgspec.structs.asdict(view.file)) if view.file else None
    by: dict[str, Any] = {name: people.get(getattr(view.grant, name) or 0) for name in ("proposed_by", "approved_by", "paid_by")}
    return SupportGrantWhole(grant=_grant_out(view.grant), **by, repayments=repaid, file=file)


def _total_out(each: GrantTotal) -> SupportTotalOut:
    paid = None if each.amount_minor is None else amount(each.amount_minor, each.currency)
    return SupportTotalOut(kind=each.kind, currency=each.currency, grants=each.grants, amount=paid)


async def _asked(pool: Pool, actor: Actor, number: str, data: SupportIn) -> ProposeGrant:
    strike = (await strikes.show_strike(pool, actor, number)).strike
    return ProposeGrant(
        strike=strike.number, member=data.member, kind=data.kind, amount_minor=minor_in(data.amount, strike.currency),
        purpose=data.purpose, paid_to=data.paid_to,
    )  # fmt: skip


async def _repaid_minor(pool: Pool, data: SupportRepaymentIn) -> int:
    """The amount in the currency of the account it reached; that this is the loan's, the service refuses otherwise."""
    async with pool.database.reading() as connection:
        bank = await reference.account_by_id(connection, data.account)
    return minor_in(data.amount, bank.currency)


class GrantsController(Controller):
    """Medical support, hardship grants and hardship loans to single members."""

    path = "/strikes"
    tags = ("Strike grants",)

    @get("/grants", opt=READ, operation_id="listGrants")
    async def list_grants(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], strike: StrikeWord = None,
        in_state: Annotated[GrantState | None, QueryParameter(name="state")] = None, after: After = None, limit: Limit = 50,
    ) -> Page[SupportGrantOut]:  # fmt: skip
        """Your union's grants and loans, the newest first, by number, kind and amount; nobody's name."""
        found = await service.list_grants(pool, actor, strike, in_state, place_after(after, service.written_grant), limit)
        return Page([_grant_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/grants/totals", opt={"permission": "read_strikes", "answers": (422,)}, operation_id="getGrantTotals")
    async def totals(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        union: Annotated[str, QueryParameter(max_length=40, pattern=r"^[A-Za-z0-9-]+$")],
    ) -> list[SupportTotalOut]:  # fmt: skip
        """What a union paid by kind."""
        return [_total_out(each) for each in await service.grant_totals(pool, actor, union)]

    @post("/{number:str}/grants", opt=PREPARE | {"location": True}, operation_id="proposeGrant")
    async def propose(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[SupportIn], key: IdempotencyKey
    ) -> Response[SupportGrantOut]:
        """Ask for support of a member of your union's strike."""
        told = _grant_out(await service.propose_grant(pool, actor, key, await _asked(pool, actor, number, data)))
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/grants/{grant:str}", opt=READ, operation_id="getGrant")
    async def get_grant(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number) -> SupportGrantWhole:
        """One grant of your union; to who reads its file, every call is in the audit trail."""
        view = await service.show_grant(pool, actor, grant)
        return _whole_out(view, await service.people_of(pool, actor, view.grant))

    @post("/grants/{grant:str}/approval", opt=APPROVE, operation_id="approveGrant", status_code=200)
    async def approve(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, key: IdempotencyKey) -> SupportGrantOut:
        """Approve what another person proposed, by its kind and amount."""
        return _grant_out(await service.approve_grant(pool, actor, key, grant))

    @post("/grants/{grant:str}/refusal", opt=APPROVE, operation_id="refuseGrant", status_code=200)
    async def refuse(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, data: JSONBody[SupportReasonIn], key: IdempotencyKey
    ) -> SupportGrantOut:
        """Refuse what another person proposed."""
        return _grant_out(await service.refuse_grant(pool, actor, key, grant, data.reason))

    @post("/grants/{grant:str}/cancellation", opt=PREPARE, operation_id="cancelGrant", status_code=200)
    async def cancel(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, data: JSONBody[SupportReasonIn], key: IdempotencyKey
    ) -> SupportGrantOut:
        """Take a grant back that is not paid."""
        return _grant_out(await service.cancel_grant(pool, actor, key, grant, data.reason))

    @post("/grants/{grant:str}/payment/preview", opt=PAY, operation_id="previewGrantPayment", status_code=200)
    async def preview_payment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, data: JSONBody[SupportPaymentIn]
    ) -> PreviewOut:
        """What paying would post."""
        return preview_out(await service.preview_grant(pool, actor, grant, data.account, data.paid_on))

    @post("/grants/{grant:str}/payment", opt=PAY, operation_id="payGrant", status_code=200)
    async def pay(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, data: JSONBody[SupportPaymentIn], key: IdempotencyKey
    ) -> SupportGrantOut:
        """Pay an approved grant, by another than who proposed or approved it."""
        return _grant_out(await service.pay_grant(pool, actor, key, grant, data.account, data.paid_on))

    @post("/grants/{grant:str}/repayments/preview", opt=PAY, operation_id="previewGrantRepayment", status_code=200)
    async def preview_repayment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, data: JSONBody[SupportRepaymentIn]
    ) -> PreviewOut:
        """What recording a part of a loan that came back would post."""
        minor = await _repaid_minor(pool, data)
        return preview_out(await service.preview_grant(pool, actor, grant, data.account, data.repaid_on, minor))

    @post("/grants/{grant:str}/repayments", opt=PAY, operation_id="repayGrant", status_code=200)
    async def repay(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], grant: Number, data: JSONBody[SupportRepaymentIn], key: IdempotencyKey
    ) -> SupportGrantOut:
        """Record a part of a loan that came back."""
        minor = await _repaid_minor(pool, data)
        return _grant_out(await service.repay_grant(pool, actor, key, grant, data.account, data.repaid_on, minor))


ROUTES = [GrantsController]
