"""Decide about weekly strike runs: their states and second persons, their totals, the entries they post, and what happens to a payment afterwards.

A run pays the members of one strike for one benefit week. Its entries hold the run's number and totals; who is paid stays in its lines, which the
journal never sees (invariant 9). What a line comes to is in ``strike_benefits``. Amounts are minor units of the strike's currency.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.entries import Draft, Posting
from ledger.domain.money import check_size
from ledger.domain.refusals import (
    AmountNotPositive,
    ApproverNotPayer,
    ChoiceInvalid,
    KeeperNotApprover,
    MoreThanLeft,
    PaymentState,
    RunChanged,
    RunState,
    SamePerson,
    WeekInvalid,
    WeekNotOver,
)
from ledger.domain.strike_benefits import BenefitLine, MemberFacts, Part, StrikeDates, last_payable_day
from ledger.domain.strike_rules import RuleSet, Week, day_number, first_tier, nth_week, week_of
from ledger.domain.suppression import held_back, told

PREPARE, APPROVE, PAY, FIX = "prepare_run", "approve_run", "pay_run", "fix_payment"
STATES = ("draft", "computed", "submitted", "approved", "paid", "reconciled", "closed", "cancelled")
# The states in which each step may be taken (domain.md 1.4).
STEPS: dict[str, tuple[str, ...]] = {
    "compute": ("draft", "computed"),
    "submit": ("computed",),
    "send_back": ("submitted",),
    "approve": ("submitted",),
    "cancel": ("draft", "computed", "submitted", "approved"),
    "pay": ("approved",),
    "fix": ("paid", "reconciled", "closed"),
    "reconcile": ("paid",),
    "close": ("reconciled",),
}
# The states of a payment in which each step may be taken. What was replaced has ended: its successor goes on.
PAYMENT_STEPS: dict[str, tuple[str, ...]] = {
    "clear": ("issued",),
    "stop": ("issued",),
    "reissue": ("stopped", "unclaimed"),
    "void": ("issued", "stopped", "unclaimed"),
    "unclaim": ("issued", "stopped"),
    "overpaid": ("issued", "cleared"),
}
# What becomes of an overpayment that no later run takes off.
RECOVERY_STEPS = ("taken_up", "paid_back", "write_off_proposed", "written_off", "write_off_refused")
# Payments that still wait for somebody; a run with one of them is not reconciled.
OPEN_PAYMENTS = ("issued", "stopped")
REASON_MAXIMUM, CHEQUE_MAXIMUM, REFERENCE_MAXIMUM, FIXED_AT_ONCE = 300, 999_999_999_999, 60, 60_000
# A strike cheque is asked after from this day on, and is stale from the other (domain.md 2.5: six months in both countries).
LATE_CHEQUE_DAYS, STALE_CHEQUE_DAYS = 30, 183


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as kept; no member in it. ``revision`` counts how often it was computed; ``eligible`` members get something, ``full_weeks`` of them all;
    None where a reader is not told."""

    number: str
    strike: str
    strike_name: str
    union: str
    week: int
    starts_on: date
    ends_on: date
    currency: str
    rule_set: str
    rule_version: int
    state: str
    state_since: datetime
    revision: int
    members: int | None
    eligible: int | None
    full_weeks: int | None
    gross_minor: int
    recovered_minor: int
    made_by: int
    made_at: datetime
    computed_by: int | None = None
    submitted_by: int | None = None
    approved_by: int | None = None
    approved_on: date | None = None
    accrual_entry: int | None = None
    paid_by: int | None = None
    paid_on: date | None = None
    account_id: int | None = None
    payment_entry: int | None = None
    remark: str = ""

    @property
    def pay_minor(self) -> int:
        """What is paid out: the benefits, less what is recovered from earlier weeks."""
        return self.gross_minor - self.recovered_minor


class Member(msgspec.Struct, frozen=True):
    """What computing needs of one member: a number without a name, the local, the facts, and minutes of duty by day where they are kept."""

    member: int
    local_id: int
    facts: MemberFacts
    minutes: Mapping[date, int] | None
    owes_minor: int = 0
    arrears_minor: int = 0
    pay_method: str = "cheque"
    pay_reference: str = ""


class RunLine(msgspec.Struct, frozen=True):
    """One member's line: ``recovered_minor`` is taken off what an earlier week paid too much, and ``arrears_minor``, in its gross, is what earlier weeks
    paid too little. How it is paid is decided with it. ``minutes`` of duty were counted.
    """

    member: int
    local_id: int
    line: BenefitLine
    recovered_minor: int
    pay_method: str
    pay_reference: str
    arrears_minor: int = 0
    minutes: int = 0

    @property
    def pay_minor(self) -> int:
        """What the member is paid."""
        return self.line.gross_minor - self.recovered_minor


class CountRow(NamedTuple):
    """How many members of a local had a reason, and what they got: what boards and the other union may see of lines.

    None stands for a number that is held back because it is small.
    """

    local_id: int
    reason: str
    members: int | None
    gross_minor: int | None
    recovered_minor: int | None


class Totals(NamedTuple):
    """A run's members as a reader may see them: all on the roster, those who get something, a whole week, a part of one, nothing.

    None stands for a number that is held back because it, or one that would tell it, is small.
    """

    members: int | None
    eligible: int | None
    full: int | None
    partial: int | None
    excluded: int | None


class RunChart(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts that a run moves, in its currency; the bank is its union's."""

    benefits: Account
    payable: Account
    recoverable: Account
    unclaimed: Account
    fees: Account
    bank: Account | None = None


# --- which week -----------------------------------------------------------------------------------------------------------


def payable_week(rules: RuleSet, dates: StrikeDates, number: int, strike: str, today: date, more: bool = False) -> Week:
    """The n-th benefit week, if the rules may pay it and it has begun; refuses any other and names those that may be chosen.

    ``more``: arrears wait, so that one more week is run after the end.
    """
    first, last = _first_week(rules, dates), _last_week(rules, dates, today, more)
    if not first <= number <= last:
        raise WeekInvalid(strike=strike, week=number, first=first, last=last)
    return nth_week(rules, dates.starts_on, number)


def payable_weeks(rules: RuleSet, dates: StrikeDates, today: date, more: bool = False) -> list[Week]:
    """Every week that may be paid so far, in order."""
    return [nth_week(rules, dates.starts_on, number) for number in range(_first_week(rules, dates), _last_week(rules, dates, today, more) + 1)]


def _first_week(rules: RuleSet, dates: StrikeDates) -> int:
    """The week of the first day that is paid: the first payable day, or the first tier's if that comes later."""
    tier = first_tier(rules)
    days = max(rules.first_payable_day, tier.from_calendar_day, 1)
    return max(week_of(rules, dates.starts_on, dates.starts_on + timedelta(days=days - 1)).number, tier.from_week)


def _last_week(rules: RuleSet, dates: StrikeDates, today: date, more: bool) -> int:
    """The week of today or of the last payable day; one more where rules pay once after the end, or ``more`` is due."""
    if today < dates.starts_on:
        return 0
    last = min(last_payable_day(rules, dates), today)
    week = week_of(rules, dates.starts_on, last).number
    is_over = dates.ended_on is not None and week_of(rules, dates.starts_on, today).number > week
    pays_once_more = rules.extra_payment and day_number(dates.starts_on, last) >= rules.first_payable_day
    return week + 1 if is_over and (pays_once_more or more) else week


def with_calendar_of(rules: RuleSet, first: RuleSet) -> RuleSet:
    """Rules that came later, with the weeks and first payable day of those the strike began under."""
    return msgspec.structs.replace(
        rules, first_payable_day=first.first_payable_day, retroactive=first.retroactive, week_days=first.week_days, week_starts=first.week_starts
    )


# --- computing ------------------------------------------------------------------------------------------------------------


def with_recovery(member: Member, line: BenefitLine) -> RunLine:
    """The line with what earlier weeks paid too little, and then as much of what they paid too much as it bears."""
    whole = _with_arrears(line, member.arrears_minor)
    recovered, minutes = min(member.owes_minor, whole.gross_minor), sum((member.minutes or {}).values())
    return RunLine(member.member, member.local_id, whole, recovered, member.pay_method, member.pay_reference, member.arrears_minor, minutes)


def _with_arrears(line: BenefitLine, arrears_minor: int) -> BenefitLine:
    if not arrears_minor:
        return line
    parts = (*line.parts, Part("arrears", 0, 0, 0, arrears_minor))
    return msgspec.structs.replace(line, gross_minor=check_size(line.gross_minor + arrears_minor), parts=parts)


def differences(by_now: Mapping[int, int], counted: Mapping[int, int]) -> dict[int, int]:
    """By member, what a week would pay by now, less what it paid with all that was taken up since; minor units, those who differ alone."""
    found = {member: by_now.get(member, 0) - counted.get(member, 0) for member in sorted(by_now.keys() | counted.keys())}
    return {member: difference for member, difference in found.items() if difference}


def counts(lines: Iterable[RunLine]) -> list[CountRow]:
    """Lines by local and reason, in that order."""
    people: Counter[tuple[int, str]] = Counter()
    gross: Counter[tuple[int, str]] = Counter()
    recovered: Counter[tuple[int, str]] = Counter()
    for each in lines:
        key = (each.local_id, _counted_as(each.line))
        people[key] += 1
        gross[key] += each.line.gross_minor
        recovered[key] += each.recovered_minor
    return [CountRow(*key, number, gross[key], recovered[key]) for key, number in sorted(people.items())]


def _counted_as(line: BenefitLine) -> str:
    """``full``, ``partial``, or the reason for nothing at all."""
    if line.status != "none":
        return line.status
    return "no_payable_day" if line.reason == "eligible" else line.reason


def as_told(run: Run, sees_all: bool) -> Run:
    """The run as somebody may read it who is not told every count: how many, where that is not few, and no reason, which may name a member."""
    if sees_all:
        return run
    return msgspec.structs.replace(run, remark="", members=told(run.members or 0), eligible=None, full_weeks=None)


def shown_counts(found: Sequence[CountRow], sees_all: bool) -> list[CountRow]:
    """The counts as a reader may see them: by local and reason, or to others by reason alone, without those that would tell of single members.

    A row of all locals together has the local 0.
    """
    if sees_all:
        return list(found)
    rows: dict[str, CountRow] = {}
    for each in found:
        so_far = rows.get(each.reason, CountRow(0, each.reason, 0, 0, 0))
        rows[each.reason] = CountRow(0, each.reason, *(plus(a, b) for a, b in zip(so_far[2:], each[2:], strict=True)))
    hidden = held_back({reason: row.members or 0 for reason, row in rows.items()})
    return [CountRow(0, reason, None, None, None) if reason in hidden else rows[reason] for reason in sorted(rows)]


def plus(sum_: int | None, more: int | None) -> int | None:
    """A sum with a part that is held back is held back itself."""
    return None if sum_ is None or more is None else sum_ + more


def shown_totals(shown: Sequence[CountRow], members: int | None) -> Totals:
    """The run's members by the counts that a reader is shown: what cannot be added up from those is not told."""
    if members is None:
        return Totals(None, None, None, None, None)
    full, partial = [_members_with(shown, reason) for reason in ("full", "partial")]
    eligible = plus(full, partial)
    return Totals(members, eligible, full, partial, None if eligible is None else members - eligible)


def _members_with(shown: Sequence[CountRow], reason: str) -> int | None:
    found: int | None = 0
    for row in shown:
        if row.reason == reason:
            found = plus(found, row.members)
    return found


def totals(lines: Sequence[RunLine]) -> tuple[int, int, int, int, int]:
    """(members, those who get something, those who get the whole week, gross, recovered)."""
    gross = check_size(sum(each.line.gross_minor for each in lines))
    paid = sum(each.line.gross_minor > 0 for each in lines)
    return len(lines), paid, sum(each.line.status == "full" for each in lines), gross, sum(each.recovered_minor for each in lines)


# --- steps ----------------------------------------------------------------------------------------------------------------


def check_step(run: Run, step: str) -> None:
    """Refuse a step that the run's state does not allow."""
    if run.state not in STEPS[step]:
        raise RunState(run=run.number, state=run.state)


def counts_until(rules: RuleSet, dates: StrikeDates, run: Run) -> date:
    """The last day that the run can still pay: its week's, or the last one that the rules pay after the strike's end."""
    return max(run.starts_on, min(run.ends_on, last_payable_day(rules, dates)))


def check_over(rules: RuleSet, dates: StrikeDates, run: Run, today: date) -> None:
    """Refuse to hand on a week that is not over: its hours come first (domain.md 1.4), unless the rules pay ahead."""
    ends_on = counts_until(rules, dates, run)
    if today <= ends_on and not rules.pays_ahead:
        raise WeekNotOver(run=run.number, week=run.week, ends_on=ends_on.isoformat())


def check_revision(run: Run, revision: int) -> None:
    """Refuse to decide about figures that are not the ones that were read."""
    if run.revision != revision:
        raise RunChanged(run=run.number, revision=run.revision)


def check_approver(run: Run, person_id: int, name: str, keepers: Collection[int] = ()) -> None:
    """Who computed or submitted a run does not approve it (domain.md 6: the maker is never the checker), and neither does who changed what it is
    computed from: the ``keepers`` of its roster and duty.
    """
    if person_id in (run.computed_by, run.submitted_by):
        raise SamePerson(person=name)
    if person_id in keepers:
        raise KeeperNotApprover(run=run.number, person=name)


def check_payer(run: Run, person_id: int) -> None:
    """Who approved a run does not pay it, and neither does who prepared it."""
    if person_id == run.approved_by:
        raise ApproverNotPayer(request=run.number, role="approver")
    if person_id in (run.computed_by, run.submitted_by):
        raise ApproverNotPayer(request=run.number, role="requester")


def check_payment_step(run: str, state: str, step: str) -> None:
    """Refuse what cannot be done with a payment in its state."""
    if state not in PAYMENT_STEPS[step]:
        raise PaymentState(run=run, state=state)


def cheque_numbers(first: int | None, count: int) -> list[str]:
    """The numbers of so many cheques in a row; refuses when there is no first one, or too many digits."""
    if not count:
        return []
    if first is None or not 1 <= first <= CHEQUE_MAXIMUM - count:
        raise ChoiceInvalid(field="first_cheque", value="" if first is None else str(first)[:40])
    return [str(number) for number in range(first, first + count)]


# --- entries --------------------------------------------------------------------------------------------------------------


def draft_accrual(run: Run, fund_id: int, chart: RunChart, approved_on: date) -> Draft:
    """Dr strike benefits, Cr what is recovered and what is payable: the run's expense, once (W10-1)."""
    lines = [(chart.benefits, run.gross_minor), (chart.recoverable, -run.recovered_minor), (chart.payable, -run.pay_minor)]
    return _draft("strike_run", run, fund_id, lines, approved_on)


def draft_payment(run: Run, fund_id: int, chart: RunChart, paid_on: date) -> Draft:
    """Dr payable, Cr bank: the whole run in one entry (W10-2)."""
    return _draft("strike_run_payment", run, fund_id, [(chart.payable, run.pay_minor), (_bank(chart), -run.pay_minor)], paid_on)


def draft_changed(run: Run, step: str, state: str, amount_minor: int, fund_id: int, chart: RunChart, day: date) -> Draft:
    """What a step with payments posts. The expense changes by a void, an overpayment or its writing off alone (W10's note)."""
    held_in = {"issued": _bank(chart), "cleared": _bank(chart), "stopped": chart.payable, "unclaimed": chart.unclaimed}[state]
    debit, credit = {
        "paid_back": (_bank(chart), chart.recoverable),
        "written_off": (chart.benefits, chart.recoverable),
        "stop": (held_in, chart.payable),
        "reissue": (held_in, _bank(chart)),
        "unclaim": (held_in, chart.unclaimed),
        "overpaid": (chart.recoverable, chart.benefits),
    }[step]
    return _draft("strike_payment_change", run, fund_id, [(debit, amount_minor), (credit, -amount_minor)], day, step)


def draft_void(run: Run, state: str, paid_minor: int, recovered_minor: int, fund_id: int, chart: RunChart, day: date) -> Draft:
    """Cr strike benefits with the whole line, Dr where its payment stands, and Dr what it had recovered, which is owed again."""
    held_in = {"issued": _bank(chart), "stopped": chart.payable, "unclaimed": chart.unclaimed}[state]
    lines = [(held_in, paid_minor), (chart.recoverable, recovered_minor), (chart.benefits, -paid_minor - recovered_minor)]
    return _draft("strike_payment_change", run, fund_id, lines, day, "void")


def draft_fee(run: Run, fee_minor: int, fund_id: int, chart: RunChart, day: date) -> Draft:
    """Dr bank fees, Cr bank: what the bank took for stopping a payment (W10-4)."""
    return _draft("strike_payment_change", run, fund_id, [(chart.fees, fee_minor), (_bank(chart), -fee_minor)], day, "fee")


def _bank(chart: RunChart) -> Account:
    assert chart.bank is not None, "money moves at a bank"
    return chart.bank


def _draft(kind: str, run: Run, fund_id: int, lines: Sequence[tuple[Account, int]], day: date, *tags: str) -> Draft:
    # Nothing that a person wrote goes into the entry: a reason may name a member.
    postings = tuple(Posting(account.id, fund_id, amount) for account, amount in lines if amount)
    text = f"{run.number}: {run.strike_name}, {run.starts_on} – {run.ends_on}"
    return Draft(entry_date=day, kind=kind, description=text, postings=postings, subject=run.number, tags=tags)


def checked_overpayment(amount_minor: int, left_minor: int, run: str, currency: str) -> int:
    """More than nothing, and no more than the line paid that is not to be recovered already."""
    if check_size(amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    if amount_minor > left_minor:
        raise MoreThanLeft(subject=run, left_minor=left_minor, currency=currency)
    return amount_minor


def recovered_from(open_minor: Sequence[int], amount_minor: int) -> list[int]:
    """An amount taken off open ones, the oldest first; what they do not bear is left over by the caller's check."""
    taken = []
    for each in open_minor:
        taken.append(min(each, amount_minor))
        amount_minor -= taken[-1]
    return taken
