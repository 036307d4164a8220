"""Decide about loans between two unions: their terms, what may be drawn and repaid, what interest comes to, and when a board's forgiveness counts.

A loan is terms that both unions agreed to; its money moves by steps (``domain.mirrors``) alone. Forgiving is a new transaction that the lender's
board resolved, never a change of the loan (W16).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.mirrors import Step
from ledger.domain.money import check_size, round_half_up
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import (
    AmountNotPositive,
    ChoiceInvalid,
    DateInvalid,
    LoanState,
    MakerNotChecker,
    MoreThanLeft,
    OtherUnion,
    ResolutionMissing,
    ResolutionRecorded,
    SameUnion,
)
from ledger.domain.text import fold

STEP_KINDS = ("loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness")
LoanStanding = Literal["proposed", "agreed", "declined", "withdrawn", "settled"]
INSTALMENTS_MAXIMUM = 120
PURPOSE_MAXIMUM, BODY_MAXIMUM, RESOLUTION_MAXIMUM, REASON_MAXIMUM = 500, 150, 100, 500
PERCENT_MAXIMUM = Decimal(100)
# Interest is simple, on what is outstanding each day, actual days over 365 (the usual count of Canadian lending, which a 366-day year does not change).
DAYS_A_YEAR = 365


class Instalment(msgspec.Struct, frozen=True):
    """What is to be repaid by a day, minor units."""

    due_on: date
    amount_minor: int


class ProposeLoan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Terms that one of the two unions proposes. ``interest_percent`` a year; funds are of each union's own book."""

    lender: str
    borrower: str
    currency: str
    limit_minor: int
    starts_on: date
    purpose: str
    lender_fund: str
    borrower_fund: str
    interest_percent: Decimal = Decimal(0)
    matures_on: date | None = None
    agreement: str = ""
    instalments: tuple[Instalment, ...] = ()


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """A loan as kept."""

    number: str
    lender: str
    borrower: str
    currency: str
    limit_minor: int
    interest_percent: Decimal
    starts_on: date
    matures_on: date | None
    purpose: str
    lender_fund: str
    lender_fund_id: int
    borrower_fund: str
    borrower_fund_id: int
    agreement: str | None
    state: LoanStanding
    state_since: datetime
    proposed_by: int
    proposed_by_name: str
    proposed_union: str
    proposed_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    remark: str
    instalments: tuple[Instalment, ...] = ()


class Resolution(msgspec.Struct, frozen=True):
    """What the lender's board resolved to forgive."""

    ordinal: int
    body: str
    resolution: str
    decided_on: date
    amount_minor: int
    recorded_by: int
    recorded_by_name: str
    used_minor: int = 0


class Standing(msgspec.Struct, frozen=True):
    """Where a loan stands on a day, minor units: what was drawn, repaid and forgiven, interest charged, what is outstanding, and overdue of it."""

    drawn_minor: int
    repaid_minor: int
    forgiven_minor: int
    interest_minor: int
    outstanding_minor: int
    overdue_minor: int


# --- terms ----------------------------------------------------------------------------------------------------------------


def checked_terms(asked: ProposeLoan, unions: Iterable[str], union: str | None) -> ProposeLoan:
    """The terms as they are kept, or a refusal; one of the two unions proposes them."""
    known = set(unions)
    for field in ("lender", "borrower"):
        if getattr(asked, field) not in known:
            raise ChoiceInvalid(field=field, value=str(getattr(asked, field))[:40])
    if asked.lender == asked.borrower:
        raise ChoiceInvalid(field="borrower", value=asked.borrower)
    if union not in (asked.lender, asked.borrower):
        raise OtherUnion(union=asked.lender, account="")
    if check_size(asked.limit_minor) <= 0:
        raise AmountNotPositive(field="limit")
    if not 0 <= asked.interest_percent <= PERCENT_MAXIMUM or round_half_up(asked.interest_percent, 4) != asked.interest_percent:
        raise ChoiceInvalid(field="interest_percent", value=str(asked.interest_percent)[:40])
    _check_days(asked)
    return msgspec.structs.replace(
        asked, purpose=plain("purpose", asked.purpose, PURPOSE_MAXIMUM, needed=True), agreement=asked.agreement.strip().upper(),
        instalments=checked_instalments(asked),
    )  # fmt: skip


def _check_days(asked: ProposeLoan) -> None:
    if not EARLIEST_DATE <= asked.starts_on <= LATEST_DATE:
        raise DateInvalid(field="starts_on", text=asked.starts_on.isoformat())
    if asked.matures_on is not None and not asked.starts_on <= asked.matures_on <= LATEST_DATE:
        raise DateInvalid(field="matures_on", text=asked.matures_on.isoformat())


def checked_instalments(asked: ProposeLoan) -> tuple[Instalment, ...]:
    """Instalments in the order of their days, each above zero, together no more than the limit."""
    if len(asked.instalments) > INSTALMENTS_MAXIMUM:
        raise ChoiceInvalid(field="instalments", value=str(len(asked.instalments)))
    for each in asked.instalments:
        if check_size(each.amount_minor) <= 0:
            raise AmountNotPositive(field="instalments")
        if not asked.starts_on <= each.due_on <= (asked.matures_on or LATEST_DATE):
            raise DateInvalid(field="due_on", text=each.due_on.isoformat())
    planned = sum(each.amount_minor for each in asked.instalments)
    if planned > asked.limit_minor:
        raise MoreThanLeft(subject="instalments", left_minor=asked.limit_minor, currency=asked.currency, reason="instalments")
    return tuple(sorted(asked.instalments, key=lambda each: each.due_on))


def check_deciding(loan: Loan, union: str | None) -> None:
    """The union that did not propose the terms decides about them."""
    check_standing(loan, "proposed")
    if union not in (loan.lender, loan.borrower):
        raise OtherUnion(union=loan.lender, account="")
    if union == loan.proposed_union:
        raise SameUnion(union=union, subject=loan.number)


def check_withdrawing(loan: Loan, union: str | None) -> None:
    """The union that proposed the terms takes them back while nobody decided."""
    check_standing(loan, "proposed")
    if union != loan.proposed_union:
        raise OtherUnion(union=loan.proposed_union, account="")


def check_standing(loan: Loan, *states: LoanStanding) -> None:
    """Refuse what is possible only in another state."""
    if loan.state not in states:
        raise LoanState(loan=loan.number, state=loan.state)


# --- where it stands ------------------------------------------------------------------------------------------------------


def standing(loan: Loan, steps: Sequence[Step], as_of: date) -> Standing:
    """Where the loan stands at the end of a day, by the accepted steps; what a reversal undid does not count from the reversal's day on."""
    sums: Counter[str] = Counter()
    for day, kind, amount in _moves(steps):
        if day <= as_of:
            sums[kind] += amount
    return standing_by(loan, sums, as_of)


def standing_by(loan: Loan, by_kind: Mapping[str, int], as_of: date) -> Standing:
    """The same, by what the steps of each kind come to by that day."""
    sums = {kind: by_kind.get(kind, 0) for kind in STEP_KINDS}
    outstanding = sums["loan_drawdown"] - sums["loan_repayment"] - sums["loan_forgiveness"]
    due = sum(each.amount_minor for each in loan.instalments if each.due_on < as_of)
    if loan.matures_on is not None and loan.matures_on < as_of:
        due = sums["loan_drawdown"]
    overdue = min(max(due - sums["loan_repayment"] - sums["loan_forgiveness"], 0), max(outstanding, 0))
    return Standing(sums["loan_drawdown"], sums["loan_repayment"], sums["loan_forgiveness"], sums["loan_interest"], outstanding, overdue)


def _moves(steps: Sequence[Step]) -> list[tuple[date, str, int]]:
    """(day, kind, minor units) of what counts; a reversal is its step with the sign turned, on its own day."""
    known = {step.number: step for step in steps}
    found = []
    for step in steps:
        if step.state not in ("accepted", "reversed"):
            continue
        undone = known.get(step.reverses or "")
        found.append((step.entry_date, step.kind, step.amount_minor) if undone is None else (step.entry_date, undone.kind, -undone.amount_minor))
    return sorted(found)


def statement(steps: Sequence[Step]) -> list[tuple[Step, int, int]]:
    """(step, its change of what is outstanding, what is outstanding after it) of everything in the books, in the order of days."""
    found, left, known = [], 0, {step.number: step for step in steps}
    for step in steps:
        if step.state not in ("accepted", "reversed"):
            continue
        undone = known.get(step.reverses or "")
        kind, sign = (step.kind, 1) if undone is None else (undone.kind, -1)
        change = sign * step.amount_minor * {"loan_drawdown": 1, "loan_interest": 0}.get(kind, -1)
        left += change
        found.append((step, change, left))
    return found


def lowest_outstanding(loan: Loan, steps: Sequence[Step], since: date) -> int:
    """The least that was outstanding on any day from ``since`` on: no repayment dated then may take more, or the books would show a debt below zero."""
    days = {since} | {day for day, _, _ in _moves(steps) if day >= since}
    return min(standing(loan, steps, day).outstanding_minor for day in days)


def check_step(loan: Loan, steps: Sequence[Step], step: Step, resolutions: Sequence[Resolution] = ()) -> None:
    """Whether the loan allows a step on its day: no draw above the limit, no repayment or forgiveness of more than is owed on any day since."""
    # Interest of the last days is known only once everything came back.
    check_standing(loan, *(("agreed", "settled") if step.kind == "loan_interest" else ("agreed",)))
    if step.entry_date < loan.starts_on:
        raise DateInvalid(field="entry_date", text=step.entry_date.isoformat())
    if step.kind == "loan_drawdown":
        left = loan.limit_minor - standing(loan, steps, LATEST_DATE).drawn_minor
        if step.amount_minor > left:
            raise MoreThanLeft(subject=loan.number, left_minor=left, currency=loan.currency)
    elif step.kind in ("loan_repayment", "loan_forgiveness"):
        left = lowest_outstanding(loan, steps, step.entry_date)
        if step.amount_minor > left:
            raise MoreThanLeft(subject=loan.number, left_minor=max(left, 0), currency=loan.currency)
    if step.kind == "loan_forgiveness":
        _check_resolved(loan, step, resolutions)


def _check_resolved(loan: Loan, step: Step, resolutions: Sequence[Resolution]) -> None:
    found = next((each for each in resolutions if each.ordinal == step.resolution), None)
    left = 0 if found is None or found.decided_on > step.entry_date else found.amount_minor - found.used_minor
    if step.amount_minor > left:
        raise ResolutionMissing(loan=loan.number, resolved_minor=left, currency=loan.currency)


def check_new_resolution(loan: Loan, body: str, resolution: str, resolutions: Sequence[Resolution]) -> None:
    """One decision of a board is recorded once, however its name is written: recorded twice it would allow twice its amount."""
    if any((fold(each.body), fold(each.resolution)) == (fold(body), fold(resolution)) for each in resolutions):
        raise ResolutionRecorded(loan=loan.number, resolution=resolution)


def check_not_recorder(loan: Loan, step: Step, resolutions: Sequence[Resolution], person_id: int) -> None:
    """Who recorded a resolution neither proposes nor accepts what rests on it, whatever roles they hold: no person alone forgives a debt."""
    if any((each.ordinal, each.recorded_by) == (step.resolution, person_id) for each in resolutions):
        raise MakerNotChecker(request=loan.number, role="recorder", reason="recorder")


def is_settled(loan: Loan, steps: Sequence[Step]) -> bool:
    """Whether everything that was drawn came back or was forgiven."""
    now = standing(loan, steps, LATEST_DATE)
    return now.drawn_minor > 0 and now.outstanding_minor == 0


# --- interest -------------------------------------------------------------------------------------------------------------


class Accrued(msgspec.Struct, frozen=True):
    """Interest of a stretch in which the balance did not change: first and last day, days, what was outstanding; rounded only in the sum."""

    starts_on: date
    ends_on: date
    days: int
    outstanding_minor: int


def accrued(loan: Loan, steps: Sequence[Step], starts_on: date, ends_on: date) -> tuple[list[Accrued], int]:
    """The stretches from a day to another, both included, and the interest of them all, minor units, rounded half up once."""
    changes = sorted({day for day, _, _ in _moves(steps) if starts_on < day <= ends_on})
    found = []
    for first, last in zip([starts_on, *changes], [*(date.fromordinal(day.toordinal() - 1) for day in changes), ends_on], strict=True):
        outstanding = standing(loan, steps, first).outstanding_minor
        if outstanding > 0:
            found.append(Accrued(first, last, (last - first).days + 1, outstanding))
    whole = sum(each.outstanding_minor * each.days for each in found)
    return found, int(round_half_up(whole * loan.interest_percent / (100 * DAYS_A_YEAR)))
