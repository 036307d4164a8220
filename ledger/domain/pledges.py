"""Decide about pledges: instalments, what is due and overdue at a date, when a promise is income, and how the rest is cancelled.

A pledge's schedule is the same whether the promise is recognised in the ledger or kept as a memo until money arrives (case W02).
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import Account, Fund, Union
from ledger.domain.days import check_day, check_past_day
from ledger.domain.entries import Draft, Posting
from ledger.domain.money import check_size, round_half_up, split_by_weights
from ledger.domain.refusals import (
    AmountNotPositive,
    ChoiceInvalid,
    FundClosed,
    InstalmentsDisagree,
    InstalmentsInvalid,
    OriginNotAllowed,
    PledgeClosed,
    TextInvalid,
)
from ledger.domain.text import UNKEPT, is_blank

POLICIES = ("recognised", "memo")
STATES = ("open", "fulfilled", "cancelled")
INSTALMENTS_MAXIMUM = 60
RESOLUTION_MAXIMUM, CONDITION_MAXIMUM, REMARK_MAXIMUM = 100, 500, 300
LATEST_DATE = date(2100, 12, 31)
MONTHS_BETWEEN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
# The last day of each ageing bucket, in days overdue; the last bucket has no end.
AGEING_DAYS = (30, 60, 90)
LineState = Literal["received", "part", "not_due", "due", "overdue", "cancelled"]


class Instalment(msgspec.Struct, frozen=True):
    """One part of a pledge, in minor units, and the day it is due."""

    due_on: date
    amount_minor: int


class RecordPledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A promise of one union to a fund. With a condition it stays a memo until the condition is met, whatever the policy."""

    union: str
    fund: str
    currency: str
    amount_minor: int
    approved_on: date
    resolution: str
    instalments: tuple[Instalment, ...]
    policy: str = "recognised"
    condition: str = ""
    remark: str = ""
    entry_date: date | None = None


class Pledge(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded promise. ``met_on`` is the day its condition was met, ``cancelled_on`` the day of the books on which the rest was given up;
    ``entry_number`` the entry that first recognised it.
    """

    number: str
    union: str
    fund: str
    fund_id: int
    currency: str
    amount_minor: int
    approved_on: date
    resolution: str
    policy: str
    condition: str
    remark: str
    state: str
    instalments: tuple[Instalment, ...]
    met_on: date | None = None
    cancelled_on: date | None = None
    entry_number: int | None = None
    recorded_by: str = ""

    @property
    def waits_for_condition(self) -> bool:
        """Whether it depends on something that has not happened yet."""
        return bool(self.condition) and self.met_on is None


class Receipt(msgspec.Struct, frozen=True):
    """Money that arrived on a pledge: the contribution's number, the bank's day, minor units."""

    number: str
    received_on: date
    amount_minor: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One instalment at a date: received is allocated oldest first, cancelled is taken off the latest; minor units."""

    ordinal: int
    due_on: date
    amount_minor: int
    received_minor: int
    cancelled_minor: int
    overdue_minor: int
    overdue_days: int
    state: LineState

    @property
    def outstanding_minor(self) -> int:
        """What is still to come of it."""
        return self.amount_minor - self.received_minor - self.cancelled_minor


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A pledge at a date, minor units: pledged = received + outstanding + cancelled = due + not yet due + cancelled.

    Due counts what falls due on the day itself; overdue what fell due before it and has not come. What was due before a condition was
    met is late only from the day it was met.
    """

    as_of: date
    currency: str
    pledged_minor: int
    received_minor: int
    cancelled_minor: int
    outstanding_minor: int
    due_minor: int
    overdue_minor: int
    not_yet_due_minor: int
    oldest_overdue_days: int
    percent_received: Decimal
    lines: tuple[Line, ...]


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """Pledges of one union in one currency, minor units; ``ageing_minor`` are the overdue amounts by :data:`AGEING_DAYS` and older."""

    union: str
    currency: str
    count: int
    pledged_minor: int
    received_minor: int
    cancelled_minor: int
    outstanding_minor: int
    due_minor: int
    overdue_minor: int
    not_yet_due_minor: int
    oldest_overdue_days: int
    ageing_minor: tuple[int, ...]


# --- the schedule -------------------------------------------------------------------------------------------------------


def schedule(pledge: Pledge, receipts: Iterable[Receipt], as_of: date) -> Schedule:
    """The pledge as it stood at the end of ``as_of``, by bank dates. Of a conditional pledge nothing is due before the condition is met."""
    receipts = list(receipts)
    received = sum(receipt.amount_minor for receipt in receipts if receipt.received_on <= as_of)
    # Before it was given up the rest was still owed, as the ledger of that day has it.
    given_up = pledge.state == "cancelled" and (pledge.cancelled_on or date.min) <= as_of
    cancelled = pledge.amount_minor - sum(receipt.amount_minor for receipt in receipts) if given_up else 0
    binding = not pledge.condition or (pledge.met_on is not None and pledge.met_on <= as_of)
    lines = _lines(pledge.instalments, received, cancelled, as_of if binding else date.min, pledge.met_on or date.min)
    overdue_days = [line.overdue_days for line in lines if line.overdue_minor]
    due = sum(line.amount_minor - line.cancelled_minor for line in lines if binding and line.due_on <= as_of)
    return Schedule(
        as_of=as_of,
        currency=pledge.currency,
        pledged_minor=pledge.amount_minor,
        received_minor=received,
        cancelled_minor=cancelled,
        outstanding_minor=pledge.amount_minor - cancelled - received,
        due_minor=due,
        overdue_minor=sum(line.overdue_minor for line in lines),
        not_yet_due_minor=pledge.amount_minor - cancelled - due,
        oldest_overdue_days=max(overdue_days, default=0),
        percent_received=percent(received, pledge.amount_minor),
        lines=lines,
    )


def _lines(
    instalments: Sequence[Instalment], received_minor: int, cancelled_minor: int, as_of: date, bound_since: date
) -> tuple[Line, ...]:
    cancelled = _allocated([each.amount_minor for each in reversed(instalments)], cancelled_minor)[::-1]
    due = [each.amount_minor - gone for each, gone in zip(instalments, cancelled, strict=True)]
    received = _allocated(due, received_minor)
    return tuple(
        _line(ordinal, instalment, came, gone, as_of, bound_since)
        for ordinal, (instalment, came, gone) in enumerate(zip(instalments, received, cancelled, strict=True), 1)
    )


def _line(ordinal: int, instalment: Instalment, received_minor: int, cancelled_minor: int, as_of: date, bound_since: date) -> Line:
    # Nobody was late before the condition was met: what was due earlier is owed from that day on.
    left, owed_on = instalment.amount_minor - received_minor - cancelled_minor, max(instalment.due_on, bound_since)
    is_late = left > 0 and owed_on < as_of
    return Line(
        ordinal=ordinal, due_on=instalment.due_on, amount_minor=instalment.amount_minor, received_minor=received_minor,
        cancelled_minor=cancelled_minor, overdue_minor=left if is_late else 0,
        overdue_days=(as_of - owed_on).days if is_late else 0, state=_line_state(instalment, owed_on, received_minor, left, as_of),
    )  # fmt: skip


def _line_state(instalment: Instalment, owed_on: date, received_minor: int, left_minor: int, as_of: date) -> LineState:
    if left_minor == 0:
        return "received" if received_minor == instalment.amount_minor else "cancelled"
    if owed_on < as_of:
        return "overdue"
    if owed_on == as_of:
        return "due"
    return "part" if received_minor else "not_due"


def _allocated(places_minor: Sequence[int], amount_minor: int) -> list[int]:
    """The amount filled into places in their order; what does not fit is left out."""
    filled = []
    for place in places_minor:
        filled.append(min(place, amount_minor))
        amount_minor -= filled[-1]
    return filled


def percent(part_minor: int, whole_minor: int) -> Decimal:
    """Percent with one decimal, half up (domain.md 4.3)."""
    return round_half_up(Decimal(part_minor) * 100 / Decimal(whole_minor), 1)


def ageing(lines: Iterable[Line]) -> tuple[int, ...]:
    """Overdue minor units by bucket: up to 30 days, up to 60, up to 90, older."""
    buckets = [0] * (len(AGEING_DAYS) + 1)
    for line in lines:
        buckets[sum(line.overdue_days > last for last in AGEING_DAYS)] += line.overdue_minor
    return tuple(buckets)


def totals(found: Iterable[tuple[str, Schedule]]) -> list[Total]:
    """Sums of (union, schedule) by union and currency; different currencies are never added together."""
    groups: dict[tuple[str, str], list[Schedule]] = {}
    for union, each in found:
        groups.setdefault((union, each.currency), []).append(each)
    return [_total(union, currency, group) for (union, currency), group in sorted(groups.items())]


def _total(union: str, currency: str, group: Sequence[Schedule]) -> Total:
    names = ("pledged", "received", "cancelled", "outstanding", "due", "overdue", "not_yet_due")
    sums = {f"{name}_minor": sum(getattr(each, f"{name}_minor") for each in group) for name in names}
    return Total(
        union=union, currency=currency, count=len(group), oldest_overdue_days=max(each.oldest_overdue_days for each in group),
        ageing_minor=ageing(line for each in group for line in each.lines), **sums,
    )  # fmt: skip


def spread(amount_minor: int, count: int, first_due_on: date, every: str) -> tuple[Instalment, ...]:
    """Equal instalments by largest remainder, a month, quarter, half-year or year apart.

    A first day that ends its month makes every instalment fall on a month's last day (31 March, 30 June, 30 September, 31 December).
    """
    if not 1 <= count <= INSTALMENTS_MAXIMUM:
        raise InstalmentsInvalid(count=count, limit=INSTALMENTS_MAXIMUM)
    if every not in MONTHS_BETWEEN:
        raise ChoiceInvalid(field="every", value=every[:40])
    if check_size(amount_minor) < count:
        raise AmountNotPositive(field="instalments")
    check_day("first_due_on", first_due_on, None, LATEST_DATE)
    days = [_months_later(first_due_on, number * MONTHS_BETWEEN[every]) for number in range(count)]
    return tuple(Instalment(day, part) for day, part in zip(days, split_by_weights(amount_minor, [1] * count), strict=True))


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    ends_month = first.day == monthrange(first.year, first.month)[1]
    return date(year, month + 1, last if ends_month else min(first.day, last))


# --- rules and drafts ---------------------------------------------------------------------------------------------------


def plain(field: str, value: str, limit: int, needed: bool = False) -> str:
    """The text with single spaces; refused when missing where needed, too long, or with characters that cannot be kept."""
    text = " ".join(value.split())
    if len(text) > limit or UNKEPT.search(text) or (needed and is_blank(text)):
        raise TextInvalid(field=field, limit=limit)
    return text


def new_pledge(request: RecordPledge, number: str, union: Union, fund: Fund, today: date) -> Pledge:
    """The pledge asked for, or a refusal. The ring-fence holds for a memo too: nobody promises what a fund may not take."""
    if check_size(request.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    if request.policy not in POLICIES:
        raise ChoiceInvalid(field="policy", value=request.policy[:40])
    check_past_day("approved_on", request.approved_on, today)
    if not fund.confirmed or (fund.closed_on is not None and fund.closed_on < today):
        raise FundClosed(fund=fund.code)
    if fund.nation is not None and fund.nation != union.nation:
        raise OriginNotAllowed(fund=fund.code, nation=fund.nation, origin=union.nation)
    return Pledge(
        number=number, union=union.code, fund=fund.code, fund_id=fund.id, currency=request.currency, amount_minor=request.amount_minor,
        approved_on=request.approved_on, resolution=plain("resolution", request.resolution, RESOLUTION_MAXIMUM, needed=True),
        policy=request.policy, condition=plain("condition", request.condition, CONDITION_MAXIMUM),
        remark=plain("remark", request.remark, REMARK_MAXIMUM), state="open",
        instalments=checked_instalments(request.instalments, request.amount_minor, request.currency),
    )  # fmt: skip


def checked_instalments(instalments: Sequence[Instalment], amount_minor: int, currency: str) -> tuple[Instalment, ...]:
    """The instalments by date: 1 to 60, each more than zero, adding up to the pledge exactly."""
    if not 1 <= len(instalments) <= INSTALMENTS_MAXIMUM:
        raise InstalmentsInvalid(count=len(instalments), limit=INSTALMENTS_MAXIMUM)
    for instalment in instalments:
        check_day("instalments", instalment.due_on, None, LATEST_DATE)
        if check_size(instalment.amount_minor) <= 0:
            raise AmountNotPositive(field="instalments")
    total = sum(instalment.amount_minor for instalment in instalments)
    if total != amount_minor:
        raise InstalmentsDisagree(pledged_minor=amount_minor, sum_minor=total, currency=currency)
    return tuple(sorted(instalments, key=lambda instalment: instalment.due_on))


def check_open(pledge: Pledge) -> None:
    """Only an open pledge takes money, meets its condition or is cancelled."""
    if pledge.state != "open":
        raise PledgeClosed(pledge=pledge.number, state=pledge.state)


def draft_recognised(pledge: Pledge, receivable: Account, income: Account, union: Union, amount_minor: int, day: date, since: date) -> Draft:
    """Dr pledges receivable, Cr contributions: the promise is income on ``since``, posted on ``day``."""
    return Draft(
        entry_date=day, kind="pledge", description=f"{union.name}: {pledge.number}, {pledge.resolution}",
        postings=(Posting(receivable.id, pledge.fund_id, amount_minor), Posting(income.id, pledge.fund_id, -amount_minor)),
        effective_date=since if since != day else None, reference=pledge.resolution, subject=pledge.number, origin=union.nation,
    )  # fmt: skip


def draft_cancelled(pledge: Pledge, receivable: Account, income: Account, union: Union, amount_minor: int, day: date, reason: str) -> Draft:
    """Dr contributions, Cr pledges receivable: what was recognised and will not come is income no longer."""
    return Draft(
        entry_date=day, kind="pledge_cancelled", description=reason,
        postings=(Posting(income.id, pledge.fund_id, amount_minor), Posting(receivable.id, pledge.fund_id, -amount_minor)),
        reference=pledge.resolution, subject=pledge.number, origin=union.nation,
    )  # fmt: skip
