"""Value what is held in other currencies at a day's rate: as a posting, and as a figure computed without one that must agree.

The method is the trading accounts' (domain.md 3.1): what they are worth together at the closing rate is the exchange result. A
revaluation touches only FX-trading and the exchange result, in the book's own presentation currency; no bank balance moves.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft, Exchange, Posting
from ledger.domain.exchange import Rate, convert, rate_text
from ledger.domain.money import round_half_up
from ledger.domain.refusals import RateMissing

Rates = Mapping[str, Rate]


class Trade(msgspec.Struct, frozen=True):
    """What one entry moved on the trading accounts, debit positive, revaluations left out.

    ``foreign`` is minor units by currency other than the presentation currency; bought money is a credit (case W05).
    """

    fund_id: int
    foreign: dict[str, int]
    presentation_minor: int


class Cost(msgspec.Struct, frozen=True):
    """What is held of a currency, what it cost by average, and what was realised; all signed, so that sold first is below zero."""

    held_minor: int = 0
    cost_minor: int = 0
    realised_minor: int = 0


class FundResult(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange result of one fund on a day, in minor units of the presentation currency; a gain is positive.

    ``position_minor`` is what the trading accounts are worth at the rate as they stand (a credit, below zero, is a gain not yet
    posted); ``to_post_minor`` the gain a revaluation would post now; ``posted_minor`` what revaluations have posted so far.
    ``realised_minor`` and ``unrealised_minor`` split the total by average cost, None where money went straight from one foreign
    currency to another. ``proof_minor`` is derived less posted less to post: zero, or the books do not agree.
    """

    fund_id: int
    fund: str
    held: dict[str, int]
    position_minor: int
    to_post_minor: int
    posted_minor: int
    total_minor: int
    realised_minor: int | None
    unrealised_minor: int | None
    proof_minor: int


def position(balances: Mapping[str, int], currency: str, rates: Rates) -> int:
    """What trading balances (minor units by currency, debit positive) are worth in ``currency``; each is rounded half up once."""
    return sum(convert_with(amount, other, currency, rates) for other, amount in sorted(balances.items()))


def convert_with(amount_minor: int, from_currency: str, to_currency: str, rates: Rates) -> int:
    """The amount at the rate given for its currency; refuses where there is none and one is needed."""
    if from_currency == to_currency or amount_minor == 0:
        return amount_minor
    if from_currency not in rates:
        raise RateMissing(base=from_currency, quote=to_currency, date="")
    return convert(amount_minor, from_currency, to_currency, rates[from_currency])


def draft_revaluation(
    fund: Fund, balances: Mapping[str, int], trading: Account, result: Account, as_of: date, rates: Rates
) -> Draft | None:
    """The entry that takes the fund's trading position to zero at the rates, or None where it is zero already (cases W05, W06)."""
    worth = position(balances, trading.currency, rates)
    if worth == 0:
        return None
    used = [rates[currency] for currency in sorted(balances) if currency in rates]
    return Draft(
        entry_date=as_of,
        kind="revaluation",
        description=f"Revaluation at {', '.join(rate_text(rate.value) for rate in used) or 'par'}",
        postings=(Posting(trading.id, fund.id, -worth), Posting(result.id, fund.id, worth)),
        exchange=_exchange(used[0]) if used else None,
    )


def _exchange(rate: Rate) -> Exchange:
    return Exchange(rate.base, rate.quote, rate.value, rate.source, rate.observed_on)


def fund_result(
    fund: Fund, balances: Mapping[str, int], trades: Iterable[Trade], posted_minor: int, currency: str, rates: Rates
) -> FundResult:
    """The fund's exchange result, derived from its trades alone, beside what has been and would be posted.

    ``balances`` are the trading accounts as they stand, revaluations included; ``posted_minor`` the gain revaluations posted.
    """
    trades = list(trades)
    worth = position(balances, currency, rates)
    total = -position(_moved(trades, currency), currency, rates)
    costs = _costs(trades)
    realised = None if costs is None else sum(cost.realised_minor for cost in costs.values())
    return FundResult(
        fund_id=fund.id, fund=fund.code,
        held={other: -amount for other, amount in sorted(balances.items()) if other != currency},
        position_minor=worth, to_post_minor=-worth, posted_minor=posted_minor, total_minor=total,
        realised_minor=realised, unrealised_minor=None if realised is None or costs is None else _unrealised(costs, currency, rates),
        proof_minor=total - posted_minor + worth,
    )  # fmt: skip


def _moved(trades: Iterable[Trade], currency: str) -> dict[str, int]:
    sums = {currency: 0}
    for trade in trades:
        sums[currency] += trade.presentation_minor
        for other, amount in trade.foreign.items():
            sums[other] = sums.get(other, 0) + amount
    return sums


def _unrealised(costs: Mapping[str, Cost], currency: str, rates: Rates) -> int:
    return sum(convert_with(cost.held_minor, other, currency, rates) - cost.cost_minor for other, cost in costs.items())


def _costs(trades: Iterable[Trade]) -> dict[str, Cost] | None:
    costs: dict[str, Cost] = {}
    for trade in trades:
        if len(trade.foreign) > 1:
            return None
        other, amount = next(iter(trade.foreign.items()), (next(iter(costs), "XXX"), 0))
        costs[other] = carry(costs.get(other, Cost()), -amount, trade.presentation_minor)
    return costs


def carry(cost: Cost, bought_minor: int, paid_minor: int) -> Cost:
    """One trade by average cost (case W06): buying adds to the cost, selling takes its share out and realises the difference.

    ``bought_minor`` and ``paid_minor`` are both negative for a sale. A trade that passes through zero closes what was held at the
    trade's own rate and opens the rest.
    """
    if bought_minor == 0:
        return msgspec.structs.replace(cost, realised_minor=cost.realised_minor - paid_minor)
    if cost.held_minor == 0 or (bought_minor > 0) == (cost.held_minor > 0):
        return Cost(cost.held_minor + bought_minor, cost.cost_minor + paid_minor, cost.realised_minor)
    if abs(bought_minor) > abs(cost.held_minor):
        closing_paid = _share(paid_minor, cost.held_minor, bought_minor)
        closed = carry(cost, -cost.held_minor, closing_paid)
        return carry(closed, bought_minor + cost.held_minor, paid_minor - closing_paid)
    taken = _share(cost.cost_minor, bought_minor, cost.held_minor)
    return Cost(cost.held_minor + bought_minor, cost.cost_minor - taken, cost.realised_minor - paid_minor - taken)


def _share(amount_minor: int, part: int, whole: int) -> int:
    return int(round_half_up(Decimal(amount_minor * abs(part)) / Decimal(abs(whole))))
