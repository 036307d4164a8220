"""Say how strike runs, their lines and their payments travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from api.schemas import Amount, amount, same
from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor
from ledger.domain.strike_advances import WEEK_MAXIMUM
from ledger.domain.strike_runs import CHEQUE_MAXIMUM, FIXED_AT_ONCE, REASON_MAXIMUM, REFERENCE_MAXIMUM, Run, Totals
from ledger.domain.suppression import sees_all
from ledger.services.strike_run_views import RunView
from ledger.storage.strike_run_lines import LineRow
from ledger.storage.strike_run_payments import Overpaid, Payment

ID_MAXIMUM = 2**31 - 1
_Member = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]
_Members = Annotated[list[_Member], msgspec.Meta(min_length=1, max_length=FIXED_AT_ONCE, description="Numbers on the roster")]
BankAccount = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM, description="Id of a joint bank account that the union keeps")]
_Revision = Annotated[int, msgspec.Meta(ge=0, le=ID_MAXIMUM, description="The run's revision whose figures were read")]
_Why = Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


class RunIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The benefit week of the strike, from 1."""

    week: Annotated[int, msgspec.Meta(ge=1, le=WEEK_MAXIMUM)]


class RunRevisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which figures are meant: a run that was computed again since is not handed on."""

    revision: _Revision


class RunReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why, for the union's own people."""

    reason: _Why


class RunApprovalIn(RunRevisionIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which figures are approved, and the day on which they become owed."""

    approved_on: date


class RunApprovalDayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day on which the run would be approved."""

    approved_on: date


class RunSourceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which bank account, and on which day."""

    account: BankAccount
    paid_on: date


class RunPaymentIn(RunSourceIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which bank account, on which day, and the first cheque's number where anybody is paid by cheque."""

    first_cheque: Annotated[int, msgspec.Meta(ge=1, le=CHEQUE_MAXIMUM)] | None = None


class RunDayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day on which it happened."""

    on: date


class ClearedIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose payments the bank paid on the day; every one that is still out where `members` is left out."""

    members: _Members | None = None


class UnclaimedIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose payments nobody claimed; all still out, or all stopped."""

    members: _Members


class StopIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day, what the bank charged for it, and why, which the member's own file keeps."""

    fee: Amount | None = None
    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class ReissueIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day, and the new cheque's number or the deposit's reference."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=REFERENCE_MAXIMUM)]
    method: Literal["cheque", "deposit"] = "cheque"


class VoidIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day, and why the payment was not due, which the member's own file keeps."""

    reason: _Why


class OverpaidIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of the line was too much, the day it was found, and why, which the member's own file keeps."""

    amount: Amount
    reason: _Why


class PaymentChangeIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step with a member's payment; `amount` of what was paid too much alone."""

    step: Literal["stop", "void", "unclaim", "overpaid"]
    amount: Amount | None = None


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """A run, with nobody in it. `eligible` members get something, `full_weeks` of them all; null where so few would be told of that one could be
    known. `revision` counts how often it was computed; `account` is the id of the bank account that paid.
    """

    number: str
    strike: str
    strike_name: str
    union: str
    week: int
    starts_on: date
    ends_on: date
    rule_set: str
    rule_version: int
    state: str
    state_since: datetime
    revision: int
    members: int | None
    eligible: int | None
    full_weeks: int | None
    gross: Amount
    recovered: Amount
    pay: Amount
    approved_on: date | None
    accrual_entry: int | None
    paid_on: date | None
    account: int | None
    payment_entry: int | None
    remark: str
    href: str


class RunTotalsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A run's members: all, who get something, a whole week, a part, nothing; null where a number is held back."""

    members: int | None
    eligible: int | None
    full: int | None
    partial: int | None
    excluded: int | None


class RunCountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Members with one reason and what they get; null where held back. `local` is empty for all of them together."""

    local: str
    reason: str
    members: int | None
    gross: Amount | None
    recovered: Amount | None


class RunPaymentsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many payments are in a state, and what they come to."""

    state: str
    count: int
    amount: Amount


class RunStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """One step in a run's life; of payments how much, not whose. `fee_entry` is the bank's charge."""

    recorded_at: datetime
    person: str
    what: str
    remark: str
    amount: Amount
    happened_on: date | None
    entry: int | None
    fee_entry: int | None


class RunWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its figures and every step of its life, oldest first. `before` is the strike's run before it; `available` may be paid out of the
    fund, `held` of it lies at the union's own banks. Payments, and cheques out for over 30 (`late`) or 183 days (`stale`), are null to others.
    """

    run: RunOut
    totals: RunTotalsOut
    counts: list[RunCountOut]
    before: str | None
    before_totals: RunTotalsOut | None
    payments: list[RunPaymentsOut] | None
    late: int | None
    stale: int | None
    available: Amount
    held: Amount
    history: list[RunStepOut]


class PayableWeekOut(msgspec.Struct, frozen=True, kw_only=True):
    """A benefit week that the rules may pay."""

    week: int
    starts_on: date
    ends_on: date


class LinePartOut(msgspec.Struct, frozen=True, kw_only=True):
    """One summand: `days` of `of_days` of a `week` at `amount` a week; `dependants` are `days` times `people` times `amount`;
    `hourly` are `days` at `percent` of `amount` an hour; `cap` is a limit; a `cheque` is
    an extra one of the rules, with its label.
    """

    kind: str
    week: int
    days: int
    of_days: int
    amount: Amount
    people: int
    percent: int | None = None
    label_en: str | None = None
    label_fr: str | None = None


class LineMissedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Days that are not paid, and why."""

    reason: str
    days: int


class RunLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One member's line, and how it was paid last, if at all. `member` is their number on the roster."""

    member: int
    reference: str
    name: str
    local: str
    status: str
    reason: str
    days: int
    week_days: int
    gross: Amount
    recovered: Amount
    pay: Amount
    parts: list[LinePartOut]
    missed: list[LineMissedOut]
    note: str
    attempt: int | None
    method: str | None
    payment_reference: str | None
    payment_state: str | None
    issued_on: date | None
    ended_on: date | None


class LinePaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to pay a line; `ended_on` and `reason` say what became of it."""

    attempt: int
    method: str
    reference: str
    amount: Amount
    state: str
    issued_on: date
    ended_on: date | None
    reason: str


class ReissuableOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that may be issued again: the member's number on the roster, and a cheque's number; a deposit's reference is left out."""

    member: int
    attempt: int
    method: str
    reference: str
    amount: Amount
    state: str
    issued_on: date
    ended_on: date | None


class LineOverpaidOut(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line was found to be too much; how much of it later runs took off, came back or is written off is `recovered`."""

    amount: Amount
    recovered: Amount
    found_on: date
    reason: str
    entry: int


class RunLineWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A line with every attempt to pay it, the last first; `left` of it was not found to be too much yet."""

    run: str
    line: RunLineOut
    payments: list[LinePaymentOut]
    overpaid: list[LineOverpaidOut]
    left: Amount


_SAME = (
    "number", "strike", "strike_name", "union", "week", "starts_on", "ends_on", "rule_set", "rule_version", "state", "state_since", "revision",
    "members", "eligible", "full_weeks", "approved_on", "accrual_entry", "paid_on", "payment_entry", "remark",
)  # fmt: skip


def run_out(told: Run) -> RunOut:
    """A run as it travels, with the counts that its reader is told already."""
    sums: dict[str, Any] = {name: amount(getattr(told, f"{name}_minor"), told.currency) for name in ("gross", "recovered", "pay")}
    same = {name: getattr(told, name) for name in _SAME}
    return RunOut(**same, **sums, account=told.account_id, href=f"/api/v1/strikes/runs/{told.number}")


def done_out(run: Run, actor: Actor) -> RunOut:
    """A run after a step, whole as it is kept, with the counts that who took the step is told: a deputy pays what they may not look into."""
    return run_out(rules.as_told(run, sees_all(actor, run.union)))


def whole_out(view: RunView, actor: Actor) -> RunWhole:
    """A run with its figures, as its reader is told them."""
    run, all_ = view.run, sees_all(actor, view.run.union)
    return RunWhole(
        run=run_out(run), totals=_totals_out(view.totals), counts=_counts_out(view), before=view.before.number if view.before else None,
        before_totals=_totals_out(view.before_totals) if view.before_totals else None,
        payments=_payments_out(view) if all_ else None, late=view.late if all_ else None, stale=view.stale if all_ else None,
        available=amount(view.available_minor, run.currency), held=amount(view.held_minor, run.currency),
        history=[same(RunStepOut, each, amount=amount(each.amount_minor, run.currency)) for each in view.events],
    )  # fmt: skip


def _totals_out(totals: Totals) -> RunTotalsOut:
    return RunTotalsOut(**totals._asdict())


def _counts_out(view: RunView) -> list[RunCountOut]:
    locals_ = {each.id: each.number for each in view.strike.locals}
    return [
        RunCountOut(
            local=locals_.get(row.local_id, ""), reason=row.reason, members=row.members, gross=_told_amount(row.gross_minor, view.run.currency),
            recovered=_told_amount(row.recovered_minor, view.run.currency),
        )
        for row in view.counts
    ]  # fmt: skip


def _told_amount(minor: int | None, currency: str) -> Amount | None:
    return None if minor is None else amount(minor, currency)


def _payments_out(view: RunView) -> list[RunPaymentsOut]:
    return [RunPaymentsOut(state=state, count=count, amount=amount(minor, view.run.currency)) for state, (count, minor) in view.payments.items()]


def _part_out(part: list[Any], currency: str) -> LinePartOut:
    kind, week, days, of_days, amount_minor, times, labels = part
    by_rate = kind == "hourly"
    return LinePartOut(
        kind=kind, week=week, days=days, of_days=of_days, amount=amount(amount_minor, currency), people=1 if by_rate else times,
        percent=times if by_rate else None,
        label_en=labels[0] if labels else None, label_fr=labels[1] if labels else None,
    )  # fmt: skip


def line_out(line: LineRow, currency: str) -> RunLineOut:
    """A member's line."""
    parts = [_part_out(part, currency) for part in line.parts["parts"]]
    return same(  # type: ignore[no-any-return]
        RunLineOut, line, status=line.parts["status"], note=line.parts["note"], parts=parts,
        missed=[LineMissedOut(reason=reason, days=days) for reason, days in line.parts["missed"]], gross=amount(line.gross_minor, currency),
        recovered=amount(line.recovered_minor, currency), pay=amount(line.gross_minor - line.recovered_minor, currency),
    )  # fmt: skip


def payment_out(each: Payment, currency: str) -> LinePaymentOut:
    """One attempt to pay a line."""
    return same(LinePaymentOut, each, amount=amount(each.amount_minor, currency))  # type: ignore[no-any-return]


def reissuable_out(each: Payment, currency: str) -> ReissuableOut:
    """A payment that can be issued again."""
    return same(ReissuableOut, each, amount=amount(each.amount_minor, currency))  # type: ignore[no-any-return]


def overpaid_out(each: Overpaid, currency: str) -> LineOverpaidOut:
    """What of a line was paid too much."""
    return same(  # type: ignore[no-any-return]
        LineOverpaidOut, each, amount=amount(each.amount_minor, currency), recovered=amount(each.recovered_minor, currency)
    )
