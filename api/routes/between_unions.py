"""Answer in JSON for what stands between two unions: loans, the steps that both books hold, settlements, and whether the books mirror each other."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.routes.entries import PreviewOut, preview_out
from api.schemas import After, Amount, DecimalText, Limit, Page, RateText, amount, cursor, minor_in, place_after
from api.writes import By
from ledger.domain import loans as loan_rules
from ledger.domain.actors import Actor
from ledger.domain.loans import Instalment, Loan, ProposeLoan, Resolution, Standing
from ledger.domain.mirrors import DESCRIPTION_MAXIMUM, MIRRORED, REASON_MAXIMUM, REFERENCE_MAXIMUM, SETTLE, Paid, Step
from ledger.services import loans, mirrors, settlements, steps
from ledger.services.loans import READ, RESOLVE, LoanStep, LoanView
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.storage.mirrors import StepFilter

Number = FromPath[str]
ID_MAXIMUM = 2**31 - 1
_Read, _Settle = {"permission": READ}, {"permission": SETTLE}
_Account = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM, description="Id of a bank account of your union's own book")]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=DESCRIPTION_MAXIMUM)]
_Reference = Annotated[str, msgspec.Meta(max_length=REFERENCE_MAXIMUM)]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
LoanStepKind = Literal["loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness"]
LoanStateWord = Literal["proposed", "agreed", "declined", "withdrawn", "settled"]
StepStateWord = Literal["proposed", "accepted", "declined", "withdrawn", "reversed"]
StepKindWord = Literal[
    "loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness", "charge_back", "equalisation", "settlement", "step_reversal"
]


class LoanInstalmentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be repaid by a day."""

    due_on: date
    amount: Amount


class LoanIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Terms to propose. `limit` is what may be drawn in all, `interest_percent` simple interest a year; the funds are of each union's own book."""

    lender: _Word
    borrower: _Word
    limit: Amount
    starts_on: date
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=loan_rules.PURPOSE_MAXIMUM)]
    lender_fund: _Word
    borrower_fund: _Word
    interest_percent: DecimalText = "0"
    matures_on: date | None = None
    agreement: Annotated[str, msgspec.Meta(max_length=20)] = ""
    instalments: Annotated[list[LoanInstalmentIn], msgspec.Meta(max_length=loan_rules.INSTALMENTS_MAXIMUM)] = []


class LoanStepIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to happen to a loan. A draw or a repayment names the bank account of your own book; forgiving names the place of the resolution."""

    kind: LoanStepKind
    amount: Amount
    entry_date: date
    description: _Text
    reference: _Reference = ""
    account: _Account | None = None
    resolution: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


class LoanResolutionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the lender's board resolved to forgive."""

    body: Annotated[str, msgspec.Meta(min_length=1, max_length=loan_rules.BODY_MAXIMUM)]
    resolution: Annotated[str, msgspec.Meta(min_length=1, max_length=loan_rules.RESOLUTION_MAXIMUM)]
    decided_on: date
    amount: Amount


class BetweenReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


class UndoingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day on which both books reverse it, and why."""

    entry_date: date
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=DESCRIPTION_MAXIMUM)]


class AcceptIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Your union's side: the bank account where money moves, and your own fund where each union chooses
    its own: for a settlement, a charge-back and an equalisation.
    """

    account: _Account | None = None
    fund: Annotated[str, msgspec.Meta(max_length=20)] = ""


class PaidIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was paid in another currency: CAD for one USD, where the rate was read, and of which day."""

    amount: Amount
    rate: RateText
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    on: date


class SettlementIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A debt that was paid: `amount` in the currency of the debt, `paid` where another currency was paid.

    `settles` is the record that is paid, as `/open-debts` lists them; left out only for what no record stands for.
    """

    creditor: _Word
    debtor: _Word
    amount: Amount
    entry_date: date
    description: _Text
    account: _Account
    fund: _Word
    reference: _Reference = ""
    paid: PaidIn | None = None
    agreement: Annotated[str, msgspec.Meta(max_length=20)] = ""
    settles: Annotated[str, msgspec.Meta(max_length=20)] = ""


class OpenDebtOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is still to settle of a charge-back, interest or an equalisation; `record` is null, as all about it, for what no record stands for."""

    record: str | None
    kind: str | None
    step: str | None
    creditor: str
    debtor: str
    owed_on: date | None
    description: str
    agreement: str | None
    amount: Amount
    left: Amount


class LoanStandingOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where a loan stands on a day."""

    drawn: Amount
    repaid: Amount
    forgiven: Amount
    interest: Amount
    outstanding: Amount
    overdue: Amount


class LoanInstalmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be repaid by a day."""

    due_on: date
    amount: Amount


class LoanOut(msgspec.Struct, frozen=True, kw_only=True):
    """A loan and where it stands."""

    number: str
    lender: str
    borrower: str
    limit: Amount
    interest_percent: str
    starts_on: date
    matures_on: date | None
    purpose: str
    lender_fund: str
    borrower_fund: str
    agreement: str | None
    state: str
    proposed_by: str
    proposed_union: str
    decided_by: str | None
    remark: str
    instalments: list[LoanInstalmentOut]
    standing: LoanStandingOut
    href: str


class StepOut(msgspec.Struct, frozen=True, kw_only=True):
    """A step between two unions; `entries` are the entries that stand for it, by union, `subject` the record that it belongs to or settles."""

    number: str
    kind: str
    subject: str
    creditor: str
    debtor: str
    amount: Amount
    paid: Amount | None
    rate: str | None
    rate_source: str | None
    rate_date: date | None
    entry_date: date
    description: str
    reference: str
    state: str
    proposed_union: str
    proposed_at: datetime | None
    remark: str
    reverses: str | None
    reversed_by: str | None
    entries: dict[str, int]
    href: str


class LoanResolutionOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the lender's board resolved, and what of it was taken up."""

    place: int
    body: str
    resolution: str
    decided_on: date
    amount: Amount
    used: Amount
    recorded_by: str


class LoanWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A loan with its steps, in the order of their days, and its resolutions."""

    loan: LoanOut
    as_of: date
    steps: list[StepOut]
    resolutions: list[LoanResolutionOut]


class InterestStretchOut(msgspec.Struct, frozen=True, kw_only=True):
    """Days on which the same was outstanding."""

    starts_on: date
    ends_on: date
    days: int
    outstanding: Amount


class LoanInterestOut(msgspec.Struct, frozen=True, kw_only=True):
    """Interest of a stretch of days, with its working."""

    interest: Amount
    working: list[InterestStretchOut]


class MirrorOut(msgspec.Struct, frozen=True, kw_only=True):
    """What two books say of the same thing: `owed` by the creditor's, `owing` by the debtor's; `difference` is zero."""

    of: str
    creditor: str
    debtor: str
    owed: Amount
    owing: Amount
    difference: Amount


def _standing_out(at: Standing, currency: str) -> LoanStandingOut:
    names = ("drawn", "repaid", "forgiven", "interest", "outstanding", "overdue")
    return LoanStandingOut(**{name: amount(getattr(at, f"{name}_minor"), currency) for name in names})


def _loan_out(loan: Loan, at: Standing) -> LoanOut:
    names = ("number", "lender", "borrower", "starts_on", "matures_on", "purpose", "lender_fund", "borrower_fund", "agreement", "state",
             "proposed_union", "remark")  # fmt: skip
    same: dict[str, Any] = {name: getattr(loan, name) for name in names}
    return LoanOut(
        **same, limit=amount(loan.limit_minor, loan.currency), interest_percent=f"{loan.interest_percent.normalize():f}",
        proposed_by=loan.proposed_by_name, decided_by=loan.decided_by_name, standing=_standing_out(at, loan.currency),
        instalments=[LoanInstalmentOut(due_on=each.due_on, amount=amount(each.amount_minor, loan.currency)) for each in loan.instalments],
        href=f"/api/v1/loans/{loan.number}",
    )  # fmt: skip


def step_out(step: Step, entries: dict[str, int]) -> StepOut:
    """A step as it travels."""
    names = ("number", "kind", "subject", "creditor", "debtor", "entry_date", "description", "reference", "state", "proposed_union", "proposed_at",
             "remark", "reverses", "reversed_by")  # fmt: skip
    same: dict[str, Any] = {name: getattr(step, name) for name in names}
    paid = step.paid
    return StepOut(
        **same, amount=amount(step.amount_minor, step.currency), paid=amount(paid.amount_minor, paid.currency) if paid else None,
        rate=f"{paid.rate:f}" if paid and paid.rate is not None else None, rate_source=paid.source if paid else None, rate_date=paid.on if paid else None,
        entries=entries, href=f"/api/v1/steps/{step.number}",
    )  # fmt: skip


def _resolution_out(each: Resolution, currency: str) -> LoanResolutionOut:
    return LoanResolutionOut(
        place=each.ordinal, body=each.body, resolution=each.resolution, decided_on=each.decided_on, amount=amount(each.amount_minor, currency),
        used=amount(each.used_minor, currency), recorded_by=each.recorded_by_name,
    )  # fmt: skip


def _whole_out(view: LoanView) -> LoanWhole:
    return LoanWhole(
        loan=_loan_out(view.loan, view.standing), as_of=view.as_of, steps=[step_out(each, view.entries[each.number]) for each in view.steps],
        resolutions=[_resolution_out(each, view.loan.currency) for each in view.resolutions],
    )  # fmt: skip


async def _now(by: By, number: str) -> LoanOut:
    view = await loans.show_loan(by.pool, by.actor, number)
    return _loan_out(view.loan, view.standing)


async def _step_now(by: By, number: str) -> StepOut:
    view = await steps.show_step(by.pool, by.actor, number)
    return step_out(view.step, view.entries)


def _terms(data: LoanIn) -> ProposeLoan:
    currency = data.limit.currency
    return ProposeLoan(
        lender=data.lender, borrower=data.borrower, currency=currency, limit_minor=data.limit.minor, starts_on=data.starts_on, purpose=data.purpose,
        lender_fund=data.lender_fund, borrower_fund=data.borrower_fund, interest_percent=Decimal(data.interest_percent), matures_on=data.matures_on,
        agreement=data.agreement, instalments=tuple(Instalment(each.due_on, minor_in(each.amount, currency)) for each in data.instalments),
    )  # fmt: skip


class LoansController(Controller):
    """Loans between the unions."""

    path = "/loans"
    tags = ("Between the unions",)

    @get("/", opt=_Read, operation_id="listLoans")
    async def list_loans(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        in_state: Annotated[LoanStateWord | None, QueryParameter(name="state")] = None, after: After = None, limit: Limit = 50,
    ) -> Page[LoanOut]:  # fmt: skip
        """Loans with where each stands today, the newest first."""
        found = await loans.list_loans(pool, actor, in_state, None, place_after(after, loans.written_loan), limit)
        return Page([_loan_out(*each) for each in found.items], found.next and cursor(found.next))

    @post("/", opt=_Settle | {"location": True}, operation_id="proposeLoan")
    async def propose(self, by: NamedDependency[By], data: JSONBody[LoanIn]) -> Response[LoanOut]:
        """Propose terms to the other union."""
        told = await _now(by, (await loans.propose_loan(*by, _terms(data))).number)
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getLoan")
    async def get_loan(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number,
        on: Annotated[date | None, QueryParameter(description="The day it is read at; today where left out")] = None,
    ) -> LoanWhole:  # fmt: skip
        """One loan, where it stands on a day, its steps and resolutions."""
        return _whole_out(await loans.show_loan(pool, actor, number, on))

    @post("/{number:str}/acceptance", opt=_Settle, operation_id="agreeToLoan", status_code=200)
    async def agree(self, by: NamedDependency[By], number: Number) -> LoanOut:
        """Agree to the other union's terms."""
        await loans.agree_to_loan(*by, number)
        return await _now(by, number)

    @post("/{number:str}/refusal", opt=_Settle, operation_id="declineLoan", status_code=200)
    async def decline(self, by: NamedDependency[By], number: Number, data: JSONBody[BetweenReasonIn]) -> LoanOut:
        """Decline the other union's terms."""
        await loans.decline_loan(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/withdrawal", opt=_Settle, operation_id="withdrawLoan", status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: Number, data: JSONBody[BetweenReasonIn]) -> LoanOut:
        """Take your own union's terms back."""
        await loans.withdraw_loan(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/steps", opt=_Settle | {"location": True}, operation_id="proposeLoanStep")
    async def propose_step(self, by: NamedDependency[By], number: Number, data: JSONBody[LoanStepIn]) -> Response[StepOut]:
        """Propose a draw, a repayment, interest or a forgiveness; the other union accepts it."""
        currency = (await loans.show_loan(by.pool, by.actor, number)).loan.currency
        asked = LoanStep(
            kind=data.kind, amount_minor=minor_in(data.amount, currency), entry_date=data.entry_date, description=data.description,
            reference=data.reference, account=data.account, resolution=data.resolution,
        )  # fmt: skip
        told = await _step_now(by, (await loans.propose_step(*by, number, asked)).number)
        return Response(told, status_code=201, headers={"Location": told.href})

    @post("/{number:str}/resolutions", opt={"permission": RESOLVE}, operation_id="recordLoanResolution")
    async def resolve(self, by: NamedDependency[By], number: Number, data: JSONBody[LoanResolutionIn]) -> LoanResolutionOut:
        """Record what the lender's board resolved to forgive; one of the lender's officers does."""
        currency = (await loans.show_loan(by.pool, by.actor, number)).loan.currency
        minor = minor_in(data.amount, currency)
        return _resolution_out(await loans.record_loan_resolution(*by, number, data.body, data.resolution, data.decided_on, minor), currency)

    @get("/{number:str}/interest", opt=_Read | {"answers": (422,)}, operation_id="getLoanInterest")
    async def interest(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number,
        first: Annotated[date, QueryParameter(name="from", description="First day, inclusive")],
        last: Annotated[date, QueryParameter(name="to", description="Last day, inclusive")],
    ) -> LoanInterestOut:  # fmt: skip
        """Interest of a stretch of days by the loan's terms, with its working; nothing is proposed."""
        currency = (await loans.show_loan(pool, actor, number)).loan.currency
        working, minor = await loans.interest_due(pool, actor, number, first, last)
        stretches = [
            InterestStretchOut(
                starts_on=each.starts_on, ends_on=each.ends_on, days=each.days, outstanding=amount(each.outstanding_minor, currency),
            )
            for each in working
        ]  # fmt: skip
        return LoanInterestOut(interest=amount(minor, currency), working=stretches)


class StepsController(Controller):
    """What both unions' books hold of the same thing."""

    path = "/steps"
    tags = ("Between the unions",)

    @get("/", opt=_Read, operation_id="listSteps")
    async def list_steps(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        in_state: Annotated[StepStateWord | None, QueryParameter(name="state")] = None, kind: FromQuery[StepKindWord | None] = None,
        after: After = None, limit: Limit = 50,
    ) -> Page[StepOut]:  # fmt: skip
        """Steps, the newest first."""
        found = await steps.list_steps(pool, actor, StepFilter(state=in_state, kind=kind), place_after(after, mirrors.written_step), limit)
        return Page([step_out(each, found.entries[each.number]) for each in found.items], found.next and cursor(found.next))

    @get("/{number:str}", opt=_Read, operation_id="getStep")
    async def get_step(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> StepOut:
        """One step."""
        view = await steps.show_step(pool, actor, number)
        return step_out(view.step, view.entries)

    @post("/{number:str}/acceptance/preview", opt=_Settle, operation_id="previewStep", status_code=200)
    async def preview(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[AcceptIn]) -> PreviewOut:
        """What accepting would write in your union's book."""
        return preview_out(await steps.preview_step(pool, actor, number, data.fund, data.account))

    @post("/{number:str}/acceptance", opt=_Settle, operation_id="acceptStep", status_code=200)
    async def accept(self, by: NamedDependency[By], number: Number, data: JSONBody[AcceptIn]) -> StepOut:
        """Accept the other union's step: both books record it, on its day."""
        await steps.accept_step(*by, number, data.fund, data.account)
        return await _step_now(by, number)

    @post("/{number:str}/refusal", opt=_Settle, operation_id="declineStep", status_code=200)
    async def decline(self, by: NamedDependency[By], number: Number, data: JSONBody[BetweenReasonIn]) -> StepOut:
        """Decline the other union's step; nothing is recorded in the books."""
        await steps.decline_step(*by, number, data.reason)
        return await _step_now(by, number)

    @post("/{number:str}/withdrawal", opt=_Settle, operation_id="withdrawStep", status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: Number, data: JSONBody[BetweenReasonIn]) -> StepOut:
        """Take your own union's step back."""
        await steps.withdraw_step(*by, number, data.reason)
        return await _step_now(by, number)

    @post("/{number:str}/undoing", opt=_Settle | {"location": True}, operation_id="proposeUndoing")
    async def undo(self, by: NamedDependency[By], number: Number, data: JSONBody[UndoingIn]) -> Response[StepOut]:
        """Propose to undo an accepted step in both books."""
        told = await _step_now(by, (await steps.propose_undoing(*by, number, data.entry_date, data.reason)).number)
        return Response(told, status_code=201, headers={"Location": told.href})


class SettlementsController(Controller):
    """Debts that were paid, and what both books say of debts."""

    path = ""
    tags = ("Between the unions",)

    @post("/settlements", opt=_Settle | {"location": True}, operation_id="proposeSettlement")
    async def settle(self, by: NamedDependency[By], data: JSONBody[SettlementIn]) -> Response[StepOut]:
        """Propose to record that what one union owes the other was paid."""
        paid = data.paid
        asked = Settle(
            creditor=data.creditor, debtor=data.debtor, currency=data.amount.currency, amount_minor=data.amount.minor, entry_date=data.entry_date,
            description=data.description, account=data.account, fund=data.fund, reference=data.reference, agreement=data.agreement,
            subject=data.settles,
            paid=Paid(paid.amount.currency, paid.amount.minor, Decimal(paid.rate), paid.source, paid.on) if paid else None,
        )  # fmt: skip
        told = await _step_now(by, (await settlements.propose_settlement(*by, asked)).number)
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/open-debts", opt=_Read, operation_id="getOpenDebts")
    async def get_open(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[OpenDebtOut]:
        """What is still to settle beside loans, the oldest first, with what is left of each."""
        return [
            OpenDebtOut(
                record=each.record or None, kind=each.kind or None, step=each.step or None, creditor=each.creditor, debtor=each.debtor,
                owed_on=each.owed_on if each.record else None, description=each.description, agreement=each.agreement,
                amount=amount(each.amount_minor, each.currency), left=amount(each.left_minor, each.currency),
            )
            for each in await settlements.list_open(pool, actor)
        ]  # fmt: skip

    @get("/mirrors", opt=_Read, operation_id="getMirrors")
    async def get_mirrors(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        on: Annotated[date | None, QueryParameter(description="The day it is read at; today where left out")] = None,
    ) -> list[MirrorOut]:  # fmt: skip
        """What both books say of loans and debts between the unions on a day."""
        return [
            MirrorOut(
                of=MIRRORED[each.pair][0], creditor=each.creditor, debtor=each.debtor, owed=amount(each.owed_minor, each.currency),
                owing=amount(each.owing_minor, each.currency), difference=amount(each.difference_minor, each.currency),
            )
            for each in await steps.show_mirrors(pool, actor, on)
        ]  # fmt: skip


ROUTES = [LoansController, StepsController, SettlementsController]
