"""Decide about advances to locals: what one is, what holds it back, what an expense report accounts for, and what is still open.

A union that supports the local and not the member pays it a sum by the number of strikers (domain.md 0.1); the local shows by weekly expense
reports what became of it, and gives the rest back. What is advanced is always what was accepted, returned, or is open still (case W12).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, get_args

import msgspec

from ledger.domain.accounts import Account, Union, is_path
from ledger.domain.chart import JOINT, of_in_french
from ledger.domain.entries import Draft, Entry, Posting, reversal
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    AdvanceHeld,
    AdvanceState,
    AmountNotPositive,
    ApproverNotPayer,
    ChoiceInvalid,
    DateBeforeEntry,
    LinesInvalid,
    MakerNotChecker,
    MoreThanLeft,
    ReportState,
    WeekInvalid,
)
from ledger.domain.strike_benefits import LumpSum, last_payable_day, lump_sum
from ledger.domain.strike_rules import RuleSet, Week, nth_week, week_of
from ledger.domain.strikes import Strike, StrikeLocal

MODEL: Literal["local_lump_sum_advance"] = "local_lump_sum_advance"
PREPARE, APPROVE, PAY = "prepare_advance", "approve_run", "pay_run"
AdvanceStateWord = Literal["proposed", "approved", "paid", "cancelled"]
ReportStateWord = Literal["filed", "returned", "replaced", "accepted"]
Category = Literal["food", "housing", "utilities", "transport", "medical", "picket_supplies", "other"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
# Why an advance may not be approved or paid now: the rules want a report first, or a person said to wait.
HoldReason = Literal["", "missing_expense_report", "on_hold"]
# The states in which each step may be taken.
STEPS: dict[str, tuple[AdvanceStateWord, ...]] = {
    "approve": ("proposed",), "pay": ("approved",), "hold": ("proposed", "approved"), "let_go": ("proposed", "approved"),
    "cancel": ("proposed", "approved"), "take_back": ("paid",),
}  # fmt: skip
REASON_MAXIMUM, SIGNED_MAXIMUM, WHAT_MAXIMUM, LINES_MAXIMUM = 500, 200, 150, 60
WEEK_MAXIMUM, STRIKERS_MAXIMUM = 520, 100_000


class ProposeAdvance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sum for one benefit week of a local; the rules say the amount, ``strikers`` is how many are out."""

    local: str
    week: int
    strikers: int
    remark: str = ""


class PayAdvance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which bank account it left, and when."""

    account: int
    paid_on: date


class ReportLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a local spent on one thing; no member's name belongs here."""

    category: Category
    amount_minor: int
    what: str = ""


class FileReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A local's expense report of one week, signed on paper by its chair and its representative."""

    local: str
    week: int
    signed_by: str
    lines: tuple[ReportLine, ...]
    remark: str = ""


class AcceptReports(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The filed reports of a local that are accepted together, by one entry."""

    local: str
    weeks: tuple[int, ...]
    accepted_on: date


class ReturnUnspent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a local sent back, and the bank account it reached."""

    local: str
    amount_minor: int
    account: int
    returned_on: date


class Advance(msgspec.Struct, frozen=True, kw_only=True):
    """An advance as kept. ``hold_reason`` is what a person said (``on_hold``), ``remark`` their words; the rest of holding is computed."""

    number: str
    strike: str
    union: str
    local: StrikeLocal
    week: int
    starts_on: date
    ends_on: date
    strikers: int
    amount_minor: int
    currency: str
    rule_set: str
    rule_version: int
    state: AdvanceStateWord
    state_since: datetime
    hold_reason: HoldReason
    remark: str
    proposed_by: int
    proposed_by_name: str
    proposed_at: datetime
    approved_by: int | None = None
    approved_by_name: str | None = None
    paid_by: int | None = None
    paid_by_name: str | None = None
    paid_on: date | None = None
    account_id: int | None = None
    entry_number: int | None = None


class ExpenseReport(msgspec.Struct, frozen=True, kw_only=True):
    """The latest version of a local's report of a week. ``accepted_minor`` is what it accounts for of the advances; the rest is the local's own money."""

    strike: str
    local: StrikeLocal
    week: int
    version: int
    currency: str
    state: ReportStateWord
    filed_on: date
    filed_by: int
    filed_by_name: str
    filed_at: datetime
    signed_by: str
    remark: str
    decided_by_name: str | None
    decided_on: date | None
    decision: str
    accepted_minor: int
    entry_number: int | None
    lines: tuple[ReportLine, ...]

    @property
    def total_minor(self) -> int:
        """Everything that it says was spent."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def own_minor(self) -> int:
        """What of an accepted report was the local's own money."""
        return self.total_minor - self.accepted_minor if self.state == "accepted" else 0


class AdvanceReturn(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came back from a local; ``reversed_by`` is the entry that took the record of it back."""

    local: StrikeLocal
    ordinal: int
    returned_on: date
    amount_minor: int
    account_id: int
    entry_number: int
    recorded_by_name: str
    recorded_at: datetime
    reversed_by: int | None


class WeekLine(msgspec.Struct, frozen=True):
    """One week of a local: its advance and its report, where there are any, and what holds the advance back."""

    week: Week
    advance: Advance | None
    report: ExpenseReport | None
    hold: HoldReason
    missing_week: int | None = None


class Statement(msgspec.Struct, frozen=True):
    """A local's advances of one strike, minor units: what was advanced is what was accepted, returned, or is open. ``filed_minor`` waits to be accepted."""

    local: StrikeLocal
    currency: str
    advanced_minor: int
    accepted_minor: int
    returned_minor: int
    filed_minor: int
    own_minor: int
    weeks: tuple[WeekLine, ...]
    returns: tuple[AdvanceReturn, ...]

    @property
    def open_minor(self) -> int:
        """What the local still has to account for."""
        return self.advanced_minor - self.accepted_minor - self.returned_minor


# --- weeks and amounts --------------------------------------------------------------------------------------------------


def begun_weeks(strike: Strike, rules: RuleSet, today: date) -> int:
    """The number of the last benefit week that has begun and that members could be out in; 0 before the first."""
    last = min(today, last_payable_day(rules, strike.dates))
    return week_of(rules, strike.starts_on, last).number if last >= strike.starts_on else 0


def payable_week(strike: Strike, rules: RuleSet, number: int, today: date) -> Week:
    """The benefit week an advance is for: one that has begun, in which the rules pay something."""
    first, last = rules.tiers[0].from_week, begun_weeks(strike, rules, today)
    if last < first:
        raise WeekInvalid(strike=strike.number, week=number, first=first, last=last, reason="early")
    if not first <= number <= last:
        raise WeekInvalid(strike=strike.number, week=number, first=first, last=last)
    return nth_week(rules, strike.starts_on, number)


def reported_week(strike: Strike, rules: RuleSet, number: int, today: date) -> Week:
    """The benefit week a report is of: any that has begun, also one in which nothing was advanced."""
    last = begun_weeks(strike, rules, today)
    if not 1 <= number <= last:
        raise WeekInvalid(strike=strike.number, week=number, first=1, last=last, reason="report")
    return nth_week(rules, strike.starts_on, number)


def sum_for(rules: RuleSet, strikers: int, week: Week) -> LumpSum:
    """The sum for a week by the rules; refuses a number of strikers that can be none."""
    if not 1 <= strikers <= STRIKERS_MAXIMUM:
        raise ChoiceInvalid(field="strikers", value=str(strikers)[:40])
    return lump_sum(rules, strikers, week)


def local_of(strike: Strike, number: str) -> StrikeLocal:
    """The local of the strike by its number."""
    found = next((each for each in strike.locals if each.number == number.strip()), None)
    if found is None:
        raise ChoiceInvalid(field="local", value=number[:40])
    return found


# --- steps and what holds them back -------------------------------------------------------------------------------------


def check_step(advance: Advance, step: str) -> None:
    """Refuse a step that the advance's state does not allow."""
    if advance.state not in STEPS[step]:
        raise AdvanceState(advance=advance.number, state=advance.state)


def check_approver(advance: Advance, person_id: int) -> None:
    """Who prepared an advance does not approve it."""
    if person_id == advance.proposed_by:
        raise MakerNotChecker(request=advance.number, role="preparer", reason="preparer")


def check_payer(advance: Advance, person_id: int) -> None:
    """Who approved an advance does not pay it, and neither does who proposed it."""
    if person_id == advance.approved_by:
        raise ApproverNotPayer(request=advance.number, role="approver")
    if person_id == advance.proposed_by:
        raise ApproverNotPayer(request=advance.number, role="requester")


def check_not_held(line: WeekLine) -> None:
    """Refuse to go on with an advance that is held back."""
    advance = line.advance
    assert advance is not None, "only an advance can be held back"
    if line.hold:
        raise AdvanceHeld(local=advance.local.number, week=advance.week, reason=line.hold, report_week=line.missing_week)


def missing_report(week: int, advances: Iterable[Advance], reports: Iterable[ExpenseReport]) -> int | None:
    """The week whose report must be filed before this one's advance may go: any other that was paid, whatever the order. None where all are there."""
    paid = {each.week for each in advances if each.state == "paid" and each.week != week}
    return min(paid - {each.week for each in reports if each.state in ("filed", "accepted")}, default=None)


def _line(rules: RuleSet, strike: Strike, number: int, advances: Sequence[Advance], reports: Sequence[ExpenseReport]) -> WeekLine:
    advance = next((each for each in advances if each.week == number and each.state != "cancelled"), None)
    report = next((each for each in reports if each.week == number), None)
    week = nth_week(rules, strike.starts_on, number)
    if advance is None or advance.state not in STEPS["hold"]:
        return WeekLine(week, advance, report, "")
    missing = missing_report(advance.week, advances, reports) if rules.reports_required else None
    return WeekLine(week, advance, report, advance.hold_reason or ("missing_expense_report" if missing else ""), missing)


def statement(
    strike: Strike, rules: RuleSet, local: StrikeLocal, advances: Sequence[Advance], reports: Sequence[ExpenseReport],
    returns: Sequence[AdvanceReturn],
) -> Statement:  # fmt: skip
    """A local's whole account of a strike, from all that is kept of it (the latest version of each report)."""
    weeks = sorted({each.week for each in advances if each.state != "cancelled"} | {each.week for each in reports})
    return Statement(
        local=local, currency=strike.currency,
        advanced_minor=sum(each.amount_minor for each in advances if each.state == "paid"),
        accepted_minor=sum(each.accepted_minor for each in reports),
        returned_minor=sum(each.amount_minor for each in returns if each.reversed_by is None),
        filed_minor=sum(each.total_minor for each in reports if each.state == "filed"),
        own_minor=sum(each.own_minor for each in reports),
        weeks=tuple(_line(rules, strike, week, advances, reports) for week in weeks), returns=tuple(returns),
    )  # fmt: skip


# --- reports ------------------------------------------------------------------------------------------------------------


def checked_report(request: FileReport) -> FileReport:
    """The report with its texts tidied, or the refusal of what cannot be kept."""
    if not 1 <= len(request.lines) <= LINES_MAXIMUM:
        raise LinesInvalid(count=len(request.lines), limit=LINES_MAXIMUM)
    return msgspec.structs.replace(
        request, signed_by=plain("signed_by", request.signed_by, SIGNED_MAXIMUM, needed=True), remark=plain("remark", request.remark, REASON_MAXIMUM),
        lines=tuple(_checked_line(line) for line in request.lines),
    )  # fmt: skip


def _checked_line(line: ReportLine) -> ReportLine:
    if line.category not in CATEGORIES:
        raise ChoiceInvalid(field="category", value=line.category[:40])
    if line.amount_minor <= 0:
        raise AmountNotPositive(field="amount")
    return msgspec.structs.replace(line, what=plain("what", line.what, WHAT_MAXIMUM))


def check_fileable(report: ExpenseReport | None) -> None:
    """A report may be filed, filed again while nobody decided, and filed anew after it came back; what was accepted and posted stands."""
    if report is not None and report.state == "accepted" and report.accepted_minor:
        raise ReportState(local=report.local.number, week=report.week, state=report.state)


def check_waits(report: ExpenseReport) -> None:
    """Refuse a decision about a report that waits for none."""
    if report.state != "filed":
        raise ReportState(local=report.local.number, week=report.week, state=report.state)


def check_second_person(report: ExpenseReport, person_id: int) -> None:
    """Who filed a report does not accept it."""
    if person_id == report.filed_by:
        raise MakerNotChecker(request=f"{report.strike}/{report.local.number}/{report.week}", role="filer", reason="filer")


def shares(reports: Sequence[ExpenseReport], open_minor: int) -> list[int]:
    """What each report accounts for of what is open, week by week; what goes beyond is the local's own money."""
    left, found = open_minor, []
    for report in reports:
        found.append(min(report.total_minor, left))
        left -= found[-1]
    return found


def check_left(local: StrikeLocal, amount_minor: int, open_minor: int, currency: str) -> None:
    """Refuse to take more out of a local's account than is open there."""
    if amount_minor <= 0:
        raise AmountNotPositive(field="amount")
    if amount_minor > open_minor:
        raise MoreThanLeft(subject=local.number, left_minor=open_minor, currency=currency, reason="advances")


# --- the account and the entries ----------------------------------------------------------------------------------------


def account_path(local: StrikeLocal, union: Union, shared: bool) -> str:
    """``Assets:Strike-advances:Local-504``; with the union's name behind it where the other union's local of that number has it (``shared``)."""
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in union.name)
    path = f"Assets:Strike-advances:Local-{local.number}" + (f"-{name}" if shared else "")
    assert is_path(path), "numbers of locals are made of letters, digits and hyphens"
    return path


def new_account(number: int, path: str, local: StrikeLocal, union: Union, currency: str, today: date) -> Account:
    """The account that keeps what a local has to account for; it may not go below zero, so nobody accounts for more than was advanced."""
    return Account(
        id=number, book=JOINT, path=path, currency=currency, name_en=f"Advances to {union.name} Local {local.number}",
        name_fr=f"Avances à la section locale {local.number} {of_in_french(union.name)}", role="strike_advances", counterparty=union.code, guarded=True,
        opened_on=today,
    )  # fmt: skip


def draft_advance(strike: Strike, advance: Advance, account: Account, bank: Account, day: date) -> Draft:
    """The entry of an advance: what the local has to account for, out of the bank (W12-1)."""
    return _draft(strike, "strike_advance", f"Local {advance.local.number}, week {advance.week}", day, account, bank, advance.amount_minor, advance.number)


def draft_accepted(strike: Strike, local: StrikeLocal, weeks: Sequence[int], expense: Account, account: Account, amount_minor: int, day: date) -> Draft:
    """The entry that turns what a local has shown into support (W12-3)."""
    said = ", ".join(str(week) for week in weeks)
    return _draft(strike, "strike_report", f"Local {local.number}, week {said}", day, expense, account, amount_minor, strike.number)


def draft_returned(strike: Strike, local: StrikeLocal, bank: Account, account: Account, amount_minor: int, day: date) -> Draft:
    """The entry of what a local sent back (W12-4)."""
    return _draft(strike, "strike_return", f"Local {local.number}", day, bank, account, amount_minor, strike.number)


def _draft(strike: Strike, kind: str, text: str, day: date, debit: Account, credit: Account, amount_minor: int, subject: str) -> Draft:
    postings = (Posting(debit.id, strike.fund_id, amount_minor), Posting(credit.id, strike.fund_id, -amount_minor))
    return Draft(day, kind, f"{text}: {strike.name}", postings, subject=subject)


def draft_taken_back(entry: Entry, day: date, reason: str) -> Draft:
    """The reversal of an advance, an acceptance or a return that was recorded wrongly."""
    if day < entry.draft.entry_date:
        raise DateBeforeEntry(entry=entry.number, entry_on=entry.draft.entry_date.isoformat(), date=day.isoformat())
    plain("reason", reason, REASON_MAXIMUM, needed=True)
    # The reason is the record's own: what a person wrote may name a member, and the journal never does.
    return reversal(entry, day, entry.draft.description)
