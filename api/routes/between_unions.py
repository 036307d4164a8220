"""Answer in JSON for what stands between two unions: loans, the steps that both books hold, settlements, and whether the books mirror each other."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.routes.between_union_schemas import (
    AcceptIn,
    BetweenReasonIn,
    InterestStretchOut,
    LoanIn,
    LoanInterestOut,
    LoanOut,
    LoanResolutionIn,
    LoanResolutionOut,
    LoanStepIn,
    LoanWhole,
    MirrorOut,
    OpenDebtOut,
    SettlementIn,
    StepOut,
    UndoingIn,
    loan_out,
    resolution_out,
    step_out,
    terms,
    whole_out,
)
from api.routes.entry_schemas import PreviewOut, preview_out
from api.schemas import After, Limit, Page, amount, cursor, minor_in, place_after
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.mirrors import MIRRORED, SETTLE, Paid
from ledger.services import loans, mirrors, settlements, steps
from ledger.services.loans import READ, RESOLVE, LoanStep
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.storage.mirrors import StepFilter

Number = FromPath[str]
_Read, _Settle = {"permission": READ}, {"permission": SETTLE}
LoanStateWord = Literal["proposed", "agreed", "declined", "withdrawn", "settled"]
StepStateWord = Literal["proposed", "accepted", "declined", "withdrawn", "reversed"]
StepKindWord = Literal[
    "loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness", "charge_back", "equalisation", "settlement", "step_reversal"
]


async def _now(by: By, number: str) -> LoanOut:
    view = await loans.show_loan(by.pool, by.actor, number)
    return loan_out(view.loan, view.standing)


async def _step_now(by: By, number: str) -> StepOut:
    view = await steps.show_step(by.pool, by.actor, number)
    return step_out(view.step, view.entries)


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
        return Page([loan_out(*each) for each in found.items], found.next and cursor(found.next))

    @post("/", opt=_Settle | {"location": True}, operation_id="proposeLoan")
    async def propose(self, by: NamedDependency[By], data: JSONBody[LoanIn]) -> Response[LoanOut]:
        """Propose terms to the other union."""
        told = await _now(by, (await loans.propose_loan(*by, terms(data))).number)
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getLoan")
    async def get_loan(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number,
        on: Annotated[date | None, QueryParameter(description="The day it is read at; today where left out")] = None,
    ) -> LoanWhole:  # fmt: skip
        """One loan, where it stands on a day, its steps and resolutions."""
        return whole_out(await loans.show_loan(pool, actor, number, on))

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
        return resolution_out(await loans.record_loan_resolution(*by, number, data.body, data.resolution, data.decided_on, minor), currency)

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
