"""Say how loans, their steps and settlements between the unions travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from api.schemas import Amount, DecimalText, RateText, amount, minor_in
from ledger.domain import loans as loan_rules
from ledger.domain.loans import Instalment, Loan, ProposeLoan, Resolution, Standing
from ledger.domain.mirrors import DESCRIPTION_MAXIMUM, REASON_MAXIMUM, REFERENCE_MAXIMUM, Step
from ledger.services.loans import LoanView

ID_MAXIMUM = 2**31 - 1
_Account = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM, description="Id of a bank account of your union's own book")]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=DESCRIPTION_MAXIMUM)]
_Reference = Annotated[str, msgspec.Meta(max_length=REFERENCE_MAXIMUM)]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
LoanStepKind = Literal["loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness"]


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


def loan_out(loan: Loan, at: Standing) -> LoanOut:
    """A loan as it travels, with how it stands."""
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


def resolution_out(each: Resolution, currency: str) -> LoanResolutionOut:
    """A body's resolution on a loan."""
    return LoanResolutionOut(
        place=each.ordinal, body=each.body, resolution=each.resolution, decided_on=each.decided_on, amount=amount(each.amount_minor, currency),
        used=amount(each.used_minor, currency), recorded_by=each.recorded_by_name,
    )  # fmt: skip


def whole_out(view: LoanView) -> LoanWhole:
    """A loan with its steps and resolutions."""
    return LoanWhole(
        loan=loan_out(view.loan, view.standing), as_of=view.as_of, steps=[step_out(each, view.entries[each.number]) for each in view.steps],
        resolutions=[resolution_out(each, view.loan.currency) for each in view.resolutions],
    )  # fmt: skip


def terms(data: LoanIn) -> ProposeLoan:
    """The terms that were sent, as the service takes them."""
    currency = data.limit.currency
    return ProposeLoan(
        lender=data.lender, borrower=data.borrower, currency=currency, limit_minor=data.limit.minor, starts_on=data.starts_on, purpose=data.purpose,
        lender_fund=data.lender_fund, borrower_fund=data.borrower_fund, interest_percent=Decimal(data.interest_percent), matures_on=data.matures_on,
        agreement=data.agreement, instalments=tuple(Instalment(each.due_on, minor_in(each.amount, currency)) for each in data.instalments),
    )  # fmt: skip
