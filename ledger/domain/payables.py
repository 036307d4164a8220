"""Say what of an approved request can be paid now, who may pay it, and whose treasurer it waits for."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.money import by_currency

# Why a reader cannot pay a line: not of the treasury, approved it, asked for it, approvals or confirmed bank details wanting.
Bar = Literal["", "role", "approver", "requester", "approvals", "details"]
Details = Literal["confirmed", "proposed", "missing"]
# A line waits for a treasurer from so many days before it is needed.
NEEDED_SOON_DAYS = 7


class Payable(msgspec.Struct, frozen=True, kw_only=True):
    """One approved line with something left to pay, in minor units of its currency. ``details`` are the payee's in that currency."""

    allocation: str
    line: int
    union: str
    campaign: str
    campaign_name: str
    fund_id: int
    fund: str
    what: str
    payee: str | None
    payee_name: str
    currency: str
    committed_minor: int
    left_minor: int
    needed_by: date
    expires_on: date | None
    state_since: datetime
    details: Details
    requested_by: int
    lead_id: int
    approvers: tuple[int, ...]

    @property
    def number(self) -> str:
        """How people name the line: ``A-0107/2``."""
        return f"{self.allocation}/{self.line}"


class Place(msgspec.Struct, frozen=True):
    """What a fund has in a union's bank accounts of one currency, minor units."""

    union: str
    currency: str
    held_minor: int


def bar(actor: Actor, payable: Payable, is_approved: bool) -> Bar:
    """What keeps a reader from paying a line; "" where nothing does. ``is_approved`` is by the rules and rate of today."""
    if not actor.can("pay_allocation"):
        return "role"
    if actor.person_id in payable.approvers:
        return "approver"
    if actor.person_id in (payable.requested_by, payable.lead_id):
        return "requester"
    if not is_approved:
        return "approvals"
    # A line without a payee gets one when it is paid.
    return "details" if payable.payee and payable.details != "confirmed" else ""


def payers(currency: str, places: Iterable[Place]) -> frozenset[str]:
    """The unions whose treasurers a line waits for: those who hold the fund's money in its currency; else those who hold any (W08)."""
    held = [place for place in places if place.held_minor > 0]
    return frozenset(place.union for place in held if place.currency == currency) or frozenset(place.union for place in held)


def left_by_currency(payables: Sequence[Payable]) -> dict[str, int]:
    """What is left of lines, minor units by currency in the order of their first line."""
    return by_currency((each.currency, each.left_minor) for each in payables)
