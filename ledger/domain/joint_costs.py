"""Decide about costs that the unions carry together: claimed by one, agreed to or disputed by the other (cases W14 and W15)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

import msgspec

from ledger.domain.days import check_past_day
from ledger.domain.money import check_size
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    AmountNotPositive,
    CurrencyUnknown,
    JointCostState,
    OtherUnion,
    SameUnion,
)

CostStanding = Literal["claimed", "agreed", "disputed", "withdrawn"]
COST_STATES: tuple[CostStanding, ...] = ("claimed", "agreed", "disputed", "withdrawn")
WHAT_MAXIMUM, REFERENCE_MAXIMUM, REASON_MAXIMUM = 300, 100, 500


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
    check_past_day("paid_on", asked.paid_on, today)
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
