"""Decide about strike medical support, hardship grants and hardship loans: their states, three different people, and the entries they post.

What a grant is for and whom it is for are the most private facts of all (domain.md 1.5): they stand beside the grant, never in it, and an
entry names the grant's number alone. Amounts are minor units of the strike's currency.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

import msgspec

from ledger.domain.accounts import Account, AccountRole
from ledger.domain.entries import Draft, Posting
from ledger.domain.money import check_size
from ledger.domain.refusals import AmountNotPositive, ApproverNotPayer, GrantState, MoreThanLeft, SamePerson
from ledger.domain.suppression import SMALL_CELL

READ_GRANTS, PREPARE, APPROVE, PAY = "read_grants", "prepare_grant", "approve_run", "pay_grant"
GrantKind = Literal["medical", "hardship_grant", "hardship_loan"]
# What each kind is charged to; a loan is an asset until it is repaid.
ROLES: dict[GrantKind, AccountRole] = {"medical": "strike_medical", "hardship_grant": "hardship_grants", "hardship_loan": "hardship_loans"}
STATES = ("proposed", "approved", "paid", "repaid", "refused", "cancelled")
STEPS: dict[str, tuple[str, ...]] = {
    "approve": ("proposed",), "refuse": ("proposed",), "cancel": ("proposed", "approved"), "pay": ("approved",), "repay": ("paid",),
}  # fmt: skip
PAID_TO_MAXIMUM, PURPOSE_MAXIMUM, REASON_MAXIMUM = 120, 500, 300


class ProposeGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked for a member by the number on the roster. ``paid_to`` is a creditor (a landlord, a pharmacy), or empty for the member."""

    strike: str
    member: int
    kind: GrantKind
    amount_minor: int
    purpose: str
    paid_to: str = ""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as its approver may read it: nobody's name and no purpose. ``repaid_minor`` of a loan came back so far."""

    number: str
    strike: str
    strike_name: str
    union: str
    kind: GrantKind
    amount_minor: int
    currency: str
    state: str
    state_since: datetime
    proposed_by: int
    approved_by: int | None
    paid_by: int | None
    paid_on: date | None
    entry: int | None
    repaid_minor: int

    @property
    def left_minor(self) -> int:
        """What of a loan is still to come back; nothing of a grant."""
        return self.amount_minor - self.repaid_minor if self.kind == "hardship_loan" and self.state == "paid" else 0


class GrantFile(msgspec.Struct, frozen=True, kw_only=True):
    """What only the union's own benefits officers and treasurers read of a grant."""

    member: int
    name: str
    reference: str
    paid_to: str
    purpose: str
    remark: str


class GrantTotal(NamedTuple):
    """What was paid of a kind; None is held back because fewer than five members got some."""

    kind: GrantKind
    currency: str
    grants: int | None
    amount_minor: int | None


def check_step(grant: Grant, step: str) -> None:
    """Refuse a step that the grant's state does not allow, and to repay what is no loan."""
    if grant.state not in STEPS[step] or (step == "repay" and grant.kind != "hardship_loan"):
        raise GrantState(grant=grant.number, state=grant.state)


def check_approver(grant: Grant, person_id: int, name: str) -> None:
    """Who proposes does not decide."""
    if person_id == grant.proposed_by:
        raise SamePerson(person=name)


def check_payer(grant: Grant, person_id: int) -> None:
    """Who approved does not pay, and neither does who proposed."""
    if person_id == grant.approved_by:
        raise ApproverNotPayer(request=grant.number, role="approver")
    if person_id == grant.proposed_by:
        raise ApproverNotPayer(request=grant.number, role="requester")


def checked_amount(amount_minor: int) -> int:
    """An amount of more than nothing; there is no cap but the fund."""
    if check_size(amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    return amount_minor


def checked_repayment(grant: Grant, amount_minor: int) -> int:
    """More than nothing, and no more than is still to come back."""
    if checked_amount(amount_minor) > grant.left_minor:
        raise MoreThanLeft(subject=grant.number, left_minor=grant.left_minor, currency=grant.currency)
    return amount_minor


def draft_payment(grant: Grant, fund_id: int, charged: Account, bank: Account, day: date) -> Draft:
    """Dr the kind's account, Cr bank."""
    return _draft(grant, fund_id, charged, bank, grant.amount_minor, day)


def draft_repayment(grant: Grant, fund_id: int, charged: Account, bank: Account, amount_minor: int, day: date) -> Draft:
    """Dr bank, Cr hardship loans: a part that came back."""
    return _draft(grant, fund_id, charged, bank, -amount_minor, day, "repaid")


def _draft(grant: Grant, fund_id: int, charged: Account, bank: Account, amount_minor: int, day: date, *tags: str) -> Draft:
    postings = (Posting(charged.id, fund_id, amount_minor), Posting(bank.id, fund_id, -amount_minor))
    return Draft(entry_date=day, kind="strike_grant", description=grant.number, postings=postings, subject=grant.number, tags=tags)


def shown_totals(found: Sequence[tuple[GrantKind, str, int, int, int]], own_union: bool) -> list[GrantTotal]:
    """(kind, currency, grants, members, minor units) as a reader may see them: to the other union none that fewer than five members got."""
    hidden = {row[0] for row in found if not own_union and 0 < row[3] < SMALL_CELL}
    return [GrantTotal(kind, currency, *((None, None) if kind in hidden else (grants, amount))) for kind, currency, grants, _, amount in found]
