"""Decide about equalisation: each union's share of costs that both agreed to, and who owes whom (cases W14 and W15).

Costs of a period that both unions agree to are put into one currency by the agreement's rule, shared by largest remainder, and compared with what
each paid. The whole working is kept with the result, so that either union can do it again by hand.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import lcm
from typing import Literal

import msgspec

from ledger.domain.agreed_rates import Rates, RateUsed, rate_by
from ledger.domain.agreements import Agreement
from ledger.domain.exchange import BASE, QUOTE, SOURCES, convert_at
from ledger.domain.joint_costs import JointCost
from ledger.domain.memberships import CountUsed, Membership, MembershipCount, membership
from ledger.domain.mirrors import Paid
from ledger.domain.money import split_by_weights
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import (
    AgreementIncomplete,
    ChoiceInvalid,
    DateInvalid,
    EqualisationState,
    FutureDate,
    MembershipMissing,
    NothingToEqualise,
)

Standing = Literal["proposed", "agreed", "declined", "withdrawn", "reversed"]
STATES: tuple[Standing, ...] = ("proposed", "agreed", "declined", "withdrawn", "reversed")
SHARING_KINDS = ("equalisation", "cost_share")
DESCRIPTION_MAXIMUM = 300
PERIOD_DAYS_MAXIMUM = 366


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
