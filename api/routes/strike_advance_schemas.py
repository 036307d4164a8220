"""Say how advances to locals on strike travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from api.schemas import Amount, amount, posted_lines
from ledger.domain import strike_advances as rules
from ledger.domain.strike_advances import (
    LINES_MAXIMUM,
    REASON_MAXIMUM,
    SIGNED_MAXIMUM,
    STRIKERS_MAXIMUM,
    WEEK_MAXIMUM,
    WHAT_MAXIMUM,
    AdvanceReturn,
    Category,
    ExpenseReport,
    Statement,
)
from ledger.services.previews import Preview
from ledger.services.strike_advance_cases import Case
from ledger.services.strike_advance_views import AdvanceView, Due

LocalNumber = Annotated[str, msgspec.Meta(max_length=12, description="The number of a local of the strike", examples=["506"])]
WeekNumber = Annotated[int, msgspec.Meta(ge=1, le=WEEK_MAXIMUM, description="The benefit week of the strike, from 1")]
AccountId = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]


class AdvanceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sum of a week for a local; the rules say the amount."""

    local: LocalNumber
    week: WeekNumber
    strikers: Annotated[int, msgspec.Meta(ge=1, le=STRIKERS_MAXIMUM)]
    remark: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class AdvanceReasonIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, for everybody who may see the advance."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)]


class AdvancePaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day it left one of one's own union's joint bank accounts (`account` is its id)."""

    account: AccountId
    paid_on: date


class ExpenseLineIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the local spent on one thing; no member's name belongs here."""

    category: Category
    amount: Amount
    what: Annotated[str, msgspec.Meta(max_length=WHAT_MAXIMUM)] = ""


class ExpenseReportIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A local's report of a week; filed again, it takes the place of one that nobody accepted."""

    local: LocalNumber
    week: WeekNumber
    signed_by: Annotated[str, msgspec.Meta(max_length=SIGNED_MAXIMUM, description="The chair and the representative who signed it")]
    lines: Annotated[list[ExpenseLineIn], msgspec.Meta(min_length=1, max_length=LINES_MAXIMUM)]
    remark: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class AcceptanceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filed reports of a local that are accepted together, by one entry."""

    local: LocalNumber
    weeks: Annotated[list[WeekNumber], msgspec.Meta(min_length=1, max_length=LINES_MAXIMUM)]
    accepted_on: date


class UnspentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a local sent back, and the id of the bank account it reached."""

    local: LocalNumber
    amount: Amount
    account: AccountId
    returned_on: date


class AdvanceReversalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reversal's date and why."""

    date: date
    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)]


class AdvanceOut(msgspec.Struct, frozen=True, kw_only=True):
    """An advance. `hold` says what keeps it from being approved or paid now: `missing_expense_report` (of `missing_week`), `on_hold`, or nothing."""

    number: str
    strike: str
    union: str
    local: str
    week: int
    starts_on: date
    ends_on: date
    strikers: int
    amount: Amount
    rule_set: str
    rule_version: int
    state: str
    hold: str
    missing_week: int | None
    remark: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    paid_by: str | None
    paid_on: date | None
    entry: int | None
    href: str


class ExpenseLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the local spent on one thing."""

    category: str
    what: str
    amount: Amount


class ExpenseReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A report. `accepted` is what it accounts for of the advances, `own` what beyond that was the local's own money."""

    strike: str
    local: str
    week: int
    version: int
    state: str
    filed_on: date
    filed_by: str
    signed_by: str
    remark: str
    total: Amount
    accepted: Amount
    own: Amount
    decided_by: str | None
    decided_on: date | None
    decision: str
    entry: int | None
    lines: list[ExpenseLineOut]


class UnspentOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a local sent back; `reversed_by` is the entry that took it back."""

    returned_on: date
    amount: Amount
    entry: int
    recorded_by: str
    reversed_by: int | None


class LocalWeekOut(msgspec.Struct, frozen=True, kw_only=True):
    """One week of a local: its advance and its report, where there are any."""

    week: int
    starts_on: date
    ends_on: date
    advance: str | None
    advance_state: str | None
    report_state: str | None
    hold: str
    missing_week: int | None


class LocalStatementOut(msgspec.Struct, frozen=True, kw_only=True):
    """A local's account of a strike: `advanced` is always `accepted`, `returned` and `open` together; `filed` waits to be accepted."""

    strike: str
    union: str
    local: str
    name: str
    advanced: Amount
    accepted: Amount
    returned: Amount
    open: Amount
    filed: Amount
    own: Amount
    weeks: list[LocalWeekOut]
    returns: list[UnspentOut]


class DueOut(msgspec.Struct, frozen=True, kw_only=True):
    """A local's week that could be paid now; `amount` by the number of strikers last counted, null where nobody counted yet."""

    local: str
    week: int
    starts_on: date
    ends_on: date
    strikers: int
    amount: Amount | None
    advance: str | None
    hold: str
    missing_week: int | None


class StrikeAdvancesOut(msgspec.Struct, frozen=True, kw_only=True):
    """A strike's advances by local, and what is due this week."""

    strike: str
    union: str
    reports_required: bool
    locals: list[LocalStatementOut]
    due: list[DueOut]


class AdvanceLineOut(msgspec.Struct, frozen=True):
    """One line of what would be posted; debit positive."""

    account: str
    fund: str
    amount: Amount


class AdvancePreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What would be posted; nothing where nothing is open any more."""

    lines: list[AdvanceLineOut]


def acceptance_of(data: AcceptanceIn) -> rules.AcceptReports:
    """What came."""
    return rules.AcceptReports(local=data.local, weeks=tuple(data.weeks), accepted_on=data.accepted_on)


def advance_out(view: AdvanceView) -> AdvanceOut:
    """An advance as it travels."""
    each = view.advance
    return AdvanceOut(
        number=each.number, strike=each.strike, union=each.union, local=each.local.number, week=each.week, starts_on=each.starts_on,
        ends_on=each.ends_on, strikers=each.strikers, amount=amount(each.amount_minor, each.currency), rule_set=each.rule_set,
        rule_version=each.rule_version, state=each.state, hold=view.line.hold, missing_week=view.line.missing_week, remark=each.remark,
        proposed_by=each.proposed_by_name, proposed_at=each.proposed_at, approved_by=each.approved_by_name, paid_by=each.paid_by_name,
        paid_on=each.paid_on, entry=each.entry_number, href=f"/api/v1/strikes/advances/{each.number}",
    )  # fmt: skip


def report_out(each: ExpenseReport) -> ExpenseReportOut:
    """A report as it travels."""
    return ExpenseReportOut(
        strike=each.strike, local=each.local.number, week=each.week, version=each.version, state=each.state, filed_on=each.filed_on,
        filed_by=each.filed_by_name, signed_by=each.signed_by, remark=each.remark, total=amount(each.total_minor, each.currency),
        accepted=amount(each.accepted_minor, each.currency), own=amount(each.own_minor, each.currency), decided_by=each.decided_by_name,
        decided_on=each.decided_on, decision=each.decision, entry=each.entry_number,
        lines=[ExpenseLineOut(category=line.category, what=line.what, amount=amount(line.amount_minor, each.currency)) for line in each.lines],
    )  # fmt: skip


def statement_out(case: Case, each: Statement) -> LocalStatementOut:
    """A local's account as it travels."""
    sums = {name: amount(getattr(each, f"{name}_minor"), each.currency) for name in ("advanced", "accepted", "returned", "open", "filed", "own")}
    return LocalStatementOut(
        strike=case.strike.number, union=case.strike.union, local=each.local.number, name=each.local.name, **sums,
        weeks=[_week(line) for line in each.weeks], returns=[_return(one, each.currency) for one in each.returns],
    )  # fmt: skip


def _week(line: rules.WeekLine) -> LocalWeekOut:
    return LocalWeekOut(
        week=line.week.number, starts_on=line.week.starts_on, ends_on=line.week.ends_on, advance=line.advance.number if line.advance else None,
        advance_state=line.advance.state if line.advance else None, report_state=line.report.state if line.report else None, hold=line.hold,
        missing_week=line.missing_week,
    )  # fmt: skip


def _return(each: AdvanceReturn, currency: str) -> UnspentOut:
    return UnspentOut(
        returned_on=each.returned_on, amount=amount(each.amount_minor, currency), entry=each.entry_number, recorded_by=each.recorded_by_name,
        reversed_by=each.reversed_by,
    )  # fmt: skip


def due_out(case: Case, each: Due) -> DueOut:
    """A week that could be paid, as it travels."""
    return DueOut(
        local=each.local.number, week=each.week.number, starts_on=each.week.starts_on, ends_on=each.week.ends_on, strikers=each.strikers,
        amount=amount(each.sum.amount_minor, case.strike.currency) if each.sum else None, advance=each.advance.number if each.advance else None,
        hold=each.hold, missing_week=each.missing_week,
    )  # fmt: skip


def preview_out(shown: Preview) -> AdvancePreviewOut:
    """What would be posted, as it travels."""
    return AdvancePreviewOut(lines=[AdvanceLineOut(*line) for line in posted_lines(shown.draft, shown.accounts, shown.funds)])
