"""Decide about equalisation: certified memberships, costs that the unions carry together, each one's share, and who owes whom (cases W14 and W15).

Costs of a period that both unions agree to are put into one currency by the agreement's rule, shared by largest remainder, and compared with what
each paid. The whole working is kept with the result, so that either union can do it again by hand.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import lcm
from typing import Literal
from uuid import UUID

import msgspec

from ledger.domain.agreements import Agreement
from ledger.domain.exchange import BASE, QUOTE, SOURCES, average, convert_at
from ledger.domain.mirrors import Paid
from ledger.domain.money import check_size, round_half_up, split_by_weights
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import (
    AgreementIncomplete,
    AmountNotPositive,
    AverageTooEarly,
    ChoiceInvalid,
    CurrencyUnknown,
    DateInvalid,
    EqualisationState,
    FutureDate,
    JointCostState,
    MembershipMissing,
    NothingToEqualise,
    OtherUnion,
    RatesIncomplete,
    SameUnion,
)

CostStanding = Literal["claimed", "agreed", "disputed", "withdrawn"]
Standing = Literal["proposed", "agreed", "declined", "withdrawn", "reversed"]
COST_STATES: tuple[CostStanding, ...] = ("claimed", "agreed", "disputed", "withdrawn")
STATES: tuple[Standing, ...] = ("proposed", "agreed", "declined", "withdrawn", "reversed")
SHARING_KINDS = ("equalisation", "cost_share")
MEMBERS_MAXIMUM = 10_000_000
SOURCE_MAXIMUM, WHAT_MAXIMUM, REFERENCE_MAXIMUM, REASON_MAXIMUM, DESCRIPTION_MAXIMUM = 300, 300, 100, 500, 300
PERIOD_DAYS_MAXIMUM = 366
# Between two published rates lie at most the days of a long holiday; a longer gap is rates that were not loaded.
GAP_DAYS = 7
# A mean wants every rate that was published: Christmas and the weekend beside it are the longest that none is.
MEAN_GAP_DAYS = 5
# The mean of a stretch of daily rates, as it is agreed and printed (W14 uses 1.3750).
MEAN_PLACES = 4
SATURDAY = 5


# --- memberships ----------------------------------------------------------------------------------------------------------


class CertifyMembership(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many members a union had on a day, and where that was counted; of a day that was certified before, a correction."""

    as_of: date
    members: int
    source: str
    document: UUID | None = None


class MembershipCount(msgspec.Struct, frozen=True, kw_only=True):
    """One certified number as kept; ``is_latest`` where no correction of its day came after."""

    union: str
    as_of: date
    version: int
    members: int
    source: str
    document: UUID | None
    certified_by: int
    certified_by_name: str
    certified_at: datetime
    is_latest: bool = True


def checked_count(asked: CertifyMembership, today: date) -> CertifyMembership:
    """A number to be certified as it is kept, or the refusal of it."""
    if not 0 < asked.members <= MEMBERS_MAXIMUM:
        raise AmountNotPositive(field="members")
    _check_past("as_of", asked.as_of, today)
    return msgspec.structs.replace(asked, source=plain("source", asked.source, SOURCE_MAXIMUM, needed=True))


def _check_past(field: str, day: date, today: date) -> None:
    if day > today:
        raise FutureDate(date=day.isoformat(), today=today.isoformat())
    if day < EARLIEST_DATE:
        raise DateInvalid(field=field, text=day.isoformat())


class CountUsed(msgspec.Struct, frozen=True):
    """A certified number that an average was made of."""

    as_of: date
    version: int
    members: int


class Membership(msgspec.Struct, frozen=True):
    """A union's average over a period, 2 decimals, and the numbers it is the mean of; ``is_before`` where they are of a day before the period."""

    union: str
    counts: tuple[CountUsed, ...]
    average: Decimal
    is_before: bool = False

    @property
    def total(self) -> int:
        """The sum of the counts, so that shares come from the exact mean, never from the rounded one."""
        return sum(each.members for each in self.counts)


def membership(union: str, counts: Iterable[MembershipCount], starts_on: date, ends_on: date) -> Membership | None:
    """The mean of the counts dated in the period, of each day's latest version; where none is, the latest before it; None where there is neither."""
    known = sorted((each for each in counts if each.union == union and each.is_latest and each.as_of <= ends_on), key=lambda each: each.as_of)
    inside = [each for each in known if each.as_of >= starts_on]
    used = tuple(CountUsed(each.as_of, each.version, each.members) for each in inside or known[-1:])
    if not used:
        return None
    return Membership(union, used, round_half_up(Decimal(sum(each.members for each in used)) / len(used), 2), is_before=not inside)


# --- joint costs ----------------------------------------------------------------------------------------------------------


class RecordCost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cost that a union paid and claims as joint."""

    paid_on: date
    currency: str
    amount_minor: int
    what: str
    campaign: str = ""
    reference: str = ""


class JointCost(msgspec.Struct, frozen=True, kw_only=True):
    """A joint cost as kept. ``equalisation`` is the one that took it."""

    number: str
    union: str
    paid_on: date
    currency: str
    amount_minor: int
    what: str
    campaign: str | None
    reference: str
    state: CostStanding
    state_since: datetime
    recorded_by: int
    recorded_by_name: str
    recorded_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    equalisation: str | None
    remark: str


def checked_cost(asked: RecordCost, currencies: Iterable[str], today: date) -> RecordCost:
    """A cost as it is kept, or the refusal of it."""
    if asked.currency not in set(currencies):
        raise CurrencyUnknown(currency=asked.currency[:10])
    if check_size(asked.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    _check_past("paid_on", asked.paid_on, today)
    return msgspec.structs.replace(
        asked, what=plain("what", asked.what, WHAT_MAXIMUM, needed=True), reference=plain("reference", asked.reference, REFERENCE_MAXIMUM)
    )


# From which states a cost comes to each.
_COST_FROM: dict[str, tuple[str, ...]] = {
    "agreed": ("claimed", "disputed"), "disputed": ("claimed", "agreed"), "withdrawn": ("claimed", "agreed", "disputed"),
}  # fmt: skip


def can_become(cost: JointCost, state: CostStanding) -> bool:
    """Whether a cost that no equalisation took may come to a state."""
    return cost.equalisation is None and cost.state in _COST_FROM[state]


def check_cost_step(cost: JointCost, state: CostStanding, union: str | None) -> None:
    """The other union agrees or disputes, the claiming one withdraws; nothing changes once an equalisation took it."""
    if not can_become(cost, state):
        raise JointCostState(cost=cost.number, state=cost.state)
    if state == "withdrawn" and union != cost.union:
        raise OtherUnion(union=cost.union, account="")
    if state != "withdrawn" and union in (None, cost.union):
        raise SameUnion(union=cost.union, subject=cost.number)


# --- rates ----------------------------------------------------------------------------------------------------------------


class RateUsed(msgspec.Struct, frozen=True):
    """A rate of an agreement's source: that of one day, or the mean of ``days`` daily rates, 4 decimals, the first and last on these days."""

    value: Decimal
    first: date
    last: date
    source: str
    days: int = 1


class Rates(msgspec.Struct, frozen=True):
    """A source's daily rates as they are known today, oldest first, and the rules they are taken by."""

    source: str
    daily: Sequence[tuple[date, Decimal]]
    today: date

    def on(self, day: date) -> RateUsed:
        """A day's rate; of a weekend or holiday, the last one before it. Refused where that day's own may still be missing."""
        found = max((each for each in self.daily if each[0] <= day), default=None)
        if found is None or (day - found[0]).days > GAP_DAYS or not self._is_known(found[0], day):
            raise RatesIncomplete(source=self.source, starts_on=(found[0] if found else day).isoformat(), ends_on=day.isoformat())
        return RateUsed(found[1], found[0], found[0], self.source)

    def _is_known(self, last: date, day: date) -> bool:
        """Whether nothing was published between the last known rate and a day: there are only weekend days, or a later rate was loaded."""
        between = (last + timedelta(days=n) for n in range(1, (day - last).days + 1))
        return all(each.weekday() >= SATURDAY for each in between) or any(each > day for each, _ in self.daily)

    def mean(self, starts_on: date, ends_on: date) -> RateUsed:
        """The mean of the daily rates of a stretch, 4 decimals half up; refused before it is over, and where some were not loaded."""
        if ends_on >= self.today:
            after = ends_on + timedelta(days=1)
            raise AverageTooEarly(starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat(), computable_on=after.isoformat())
        found = [each for each in self.daily if starts_on <= each[0] <= ends_on]
        edges = [starts_on - timedelta(days=1), *(day for day, _ in found), ends_on]
        for before, after in pairwise(edges):
            if (after - before).days > MEAN_GAP_DAYS or not found:
                raise RatesIncomplete(source=self.source, starts_on=(before + timedelta(days=1)).isoformat(), ends_on=after.isoformat())
        value = round_half_up(average([rate for _, rate in found]), MEAN_PLACES)
        return RateUsed(value, found[0][0], found[-1][0], self.source, len(found))


def month_of(day: date) -> tuple[date, date]:
    """First and last day of a day's calendar month; refuses a day that no rate will ever be of."""
    if day > LATEST_DATE:
        raise DateInvalid(field="entry_date", text=day.isoformat())
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def rate_by(rule: str, rates: Rates, day: date, starts_on: date, ends_on: date) -> RateUsed:
    """The rate of a day in a period by an agreement's rule: of the day itself, the mean of its month or of the period, or of the period's end."""
    if rule in ("value_date", "settlement_day"):
        return rates.on(day)
    if rule == "period_end":
        return rates.on(ends_on)
    return rates.mean(*(month_of(day) if rule == "month_average" else (starts_on, ends_on)))


def days_needed(starts_on: date, ends_on: date) -> tuple[date, date]:
    """From which to which day rates are read for a period, whatever the rule; a later one tells that no rate was published on a day."""
    return month_of(starts_on)[0] - timedelta(days=GAP_DAYS), month_of(ends_on)[1] + timedelta(days=GAP_DAYS)


# --- the working ----------------------------------------------------------------------------------------------------------


class CostLine(msgspec.Struct, frozen=True):
    """A cost in the working: as paid, at which rate (None where it needs none), and what it comes to."""

    number: str
    union: str
    paid_on: date
    what: str
    currency: str
    amount_minor: int
    rate: RateUsed | None
    converted_minor: int


class ShareLine(msgspec.Struct, frozen=True):
    """A union in the working: what it paid, its weight among all, its share, and how much more it paid than that (less, where negative)."""

    union: str
    paid_minor: int
    weight: int
    share_minor: int

    @property
    def over_minor(self) -> int:
        """Paid beyond the share; the other union owes it."""
        return self.paid_minor - self.share_minor


class Working(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a result comes from. ``balance_rate`` turned the balance into the debt's currency, where that is another one."""

    starts_on: date
    ends_on: date
    currency: str
    debt_currency: str
    share_basis: str
    rate_rule: str
    rate_source: str
    costs: tuple[CostLine, ...]
    memberships: tuple[Membership, ...]
    shares: tuple[ShareLine, ...]
    balance_rate: RateUsed | None = None
    balance_minor: int = 0

    @property
    def pool_minor(self) -> int:
        """All costs together."""
        return sum(each.converted_minor for each in self.costs)

    @property
    def creditor(self) -> str | None:
        """Who paid more than its share; None where nobody did."""
        return next((each.union for each in self.shares if each.over_minor > 0), None)

    @property
    def debtor(self) -> str | None:
        """Who paid less."""
        return next((each.union for each in self.shares if each.over_minor < 0), None)

    @property
    def difference_minor(self) -> int:
        """The balance in the currency of the computation."""
        return max(each.over_minor for each in self.shares)


def check_sharing(agreement: Agreement) -> None:
    """An agreement about sharing costs that names all that a computation needs."""
    if agreement.kind not in SHARING_KINDS:
        raise ChoiceInvalid(field="agreement", value=agreement.number)
    missing = agreement.terms.missing + ([] if agreement.terms.share_basis else ["share_basis"])
    if missing:
        raise AgreementIncomplete(agreement=agreement.number, terms=missing)


def check_period(starts_on: date, ends_on: date, today: date) -> None:
    """A period of at most a year, that is over."""
    if starts_on < EARLIEST_DATE or not starts_on <= ends_on or (ends_on - starts_on).days >= PERIOD_DAYS_MAXIMUM:
        raise DateInvalid(field="ends_on", text=ends_on.isoformat())
    if ends_on > today:
        raise FutureDate(date=ends_on.isoformat(), today=today.isoformat())


def compute(
    agreement: Agreement, starts_on: date, ends_on: date, costs: Sequence[JointCost], counts: Sequence[MembershipCount],
    daily: Sequence[tuple[date, Decimal]], today: date,
) -> Working:  # fmt: skip
    """Who owes whom for a period under an agreement; refused where something it needs is missing, naming that."""
    check_sharing(agreement)
    if not costs:
        raise NothingToEqualise(starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat())
    terms, rates = agreement.terms, Rates(SOURCES[agreement.terms.rate_source or ""], daily, today)
    currency, debt_currency = terms.currency or terms.debt_currency or "", terms.debt_currency or ""

    def rate(day: date) -> RateUsed:
        return rate_by(terms.rate_rule or "", rates, day, starts_on, ends_on)

    lines = tuple(_cost_line(each, currency, rate) for each in costs)
    memberships = _memberships(agreement, counts, starts_on, ends_on)
    working = Working(
        starts_on=starts_on, ends_on=ends_on, currency=currency, debt_currency=debt_currency, share_basis=terms.share_basis or "",
        rate_rule=terms.rate_rule or "", rate_source=rates.source, costs=lines, memberships=memberships,
        shares=_shares(lines, _weights(agreement, memberships)),
    )  # fmt: skip
    return _with_balance(working, rate)


def _cost_line(cost: JointCost, currency: str, rate: Callable[[date], RateUsed]) -> CostLine:
    used = None if cost.currency == currency else rate(cost.paid_on)
    converted = cost.amount_minor if used is None else convert_at(cost.amount_minor, cost.currency, currency, BASE, QUOTE, used.value)
    return CostLine(cost.number, cost.union, cost.paid_on, cost.what, cost.currency, cost.amount_minor, used, converted)


def _memberships(agreement: Agreement, counts: Sequence[MembershipCount], starts_on: date, ends_on: date) -> tuple[Membership, ...]:
    if agreement.terms.share_basis != "membership_average":
        return ()
    found = {union: membership(union, counts, starts_on, ends_on) for union in agreement.unions}
    if missing := [union for union, each in found.items() if each is None]:
        raise MembershipMissing(unions=missing, date=ends_on.isoformat())
    return tuple(each for each in found.values() if each is not None)


def _weights(agreement: Agreement, memberships: Sequence[Membership]) -> dict[str, int]:
    """Whole-number weights: the exact means over their least common denominator, the fixed shares, or one each."""
    if agreement.terms.share_basis == "membership_average":
        common = lcm(*(len(each.counts) for each in memberships))
        return {each.union: each.total * (common // len(each.counts)) for each in memberships}
    return {union: agreement.terms.shares.get(union, 1) for union in agreement.unions}


def _shares(lines: Sequence[CostLine], weights: dict[str, int]) -> tuple[ShareLine, ...]:
    parts = split_by_weights(sum(each.converted_minor for each in lines), list(weights.values()))
    return tuple(
        ShareLine(union, sum(each.converted_minor for each in lines if each.union == union), weight, part)
        for (union, weight), part in zip(weights.items(), parts, strict=True)
    )


def _with_balance(working: Working, rate: Callable[[date], RateUsed]) -> Working:
    """The balance in the currency of the debt, at the rule's rate of the period's end where that is another one."""
    if working.currency == working.debt_currency:
        return msgspec.structs.replace(working, balance_minor=working.difference_minor)
    used = rate(working.ends_on)
    balance = convert_at(working.difference_minor, working.currency, working.debt_currency, BASE, QUOTE, used.value)
    return msgspec.structs.replace(working, balance_rate=used, balance_minor=balance)


def certified_since(working: Working, counts: Sequence[MembershipCount]) -> list[tuple[str, CountUsed]]:
    """Numbers by union that would count for the period today and did not when it was computed."""
    found = []
    for used in working.memberships:
        now = membership(used.union, counts, working.starts_on, working.ends_on)
        found += [(used.union, each) for each in (now.counts if now else ()) if each not in used.counts]
    return found


# --- one as kept, and its settlement --------------------------------------------------------------------------------------


class Equalisation(msgspec.Struct, frozen=True, kw_only=True):
    """A period's equalisation as kept, with its working; ``step`` stands in both books once both treasurers agreed."""

    number: str
    agreement: str
    agreement_version: int
    starts_on: date
    ends_on: date
    currency: str
    debt_currency: str
    pool_minor: int
    balance_minor: int
    creditor: str | None
    debtor: str | None
    working: Working
    state: Standing
    state_since: datetime
    step: str | None
    made_by: int
    made_by_name: str
    made_at: datetime
    remark: str


class Offer(msgspec.Struct, frozen=True):
    """What settles a balance on a day by the agreement's rule: ``paid`` in another currency, what the balance was worth there at the rate of its
    computation, and the difference, which is the creditor's gain (a loss, where negative).
    """

    amount_minor: int
    currency: str
    paid: Paid
    value_then_minor: int

    @property
    def difference_minor(self) -> int:
        """What the rate's movement gave the creditor."""
        return self.paid.amount_minor - self.value_then_minor


def offer(
    agreement: Agreement, amount_minor: int, currency: str, paid_currency: str, days: tuple[date, date, date],
    daily: Sequence[tuple[date, Decimal]], today: date,
) -> Offer:  # fmt: skip
    """The payment of an amount owed, in another currency, at the agreement's settlement rule. ``days``: of the settlement, and of the period."""
    if agreement.terms.settlement_rule is None or agreement.terms.missing:
        raise AgreementIncomplete(agreement=agreement.number, terms=[*agreement.terms.missing, "settlement_rule"])
    if {currency, paid_currency} != {BASE, QUOTE}:
        raise ChoiceInvalid(field="currency", value=paid_currency[:10])
    (day, starts_on, ends_on), rates = days, Rates(SOURCES[agreement.terms.rate_source or ""], daily, today)
    used = rate_by(agreement.terms.settlement_rule, rates, day, starts_on, ends_on)
    then = rate_by(agreement.terms.rate_rule or "", rates, ends_on, starts_on, ends_on)
    paid, was = (convert_at(amount_minor, currency, paid_currency, BASE, QUOTE, each.value) for each in (used, then))
    return Offer(amount_minor, currency, Paid(paid_currency, paid, used.value, used.source, used.last), was)


def check_proposed(kept: Equalisation) -> None:
    """Refuse one that was decided about."""
    if kept.state != "proposed":
        raise EqualisationState(equalisation=kept.number, state=kept.state)
