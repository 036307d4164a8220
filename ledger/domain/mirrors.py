"""Decide about steps between two unions: what each one writes in its own book of the same thing, so that the books mirror each other on every date.

A step is proposed by a treasurer of one union and accepted by one of the other. Only then is it recorded: two entries of one day in one
transaction, the creditor's half and the debtor's, each by its own union's person. Neither union ever writes in the other's book (W09, W14, W16).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import Account, AccountRole, Fund
from ledger.domain.entries import Draft, Exchange, Posting
from ledger.domain.exchange import BASE, QUOTE, convert_at, parse_rate
from ledger.domain.money import check_size
from ledger.domain.pledges import plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import (
    AccountUnfit,
    AmountNotPositive,
    ChoiceInvalid,
    DateInvalid,
    ExchangeDisagrees,
    FundClosed,
    FutureDate,
    MoreThanLeft,
    OriginNotAllowed,
    OtherUnion,
    OwnFundNeeded,
    SameUnion,
    StepState,
)

StepKind = Literal[
    "loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness", "charge_back", "equalisation", "settlement", "step_reversal",
]  # fmt: skip
Standing = Literal["proposed", "accepted", "declined", "withdrawn", "reversed"]
Side = Literal["creditor", "debtor"]
SETTLE = "settle_between_unions"
# Of these each union names a fund of its own book, the accepting one when it accepts; a loan's terms fix both.
OWN_FUND = ("settlement", "charge_back", "equalisation")
DESCRIPTION_MAXIMUM, REFERENCE_MAXIMUM, REASON_MAXIMUM = 300, 100, 500
_OTHER: dict[Side, Side] = {"creditor": "debtor", "debtor": "creditor"}

# What each side debits and credits, by the roles of its own book's accounts; "bank" is the account that the side names itself.
MOVES: dict[str, dict[Side, tuple[str, str]]] = {
    "loan_drawdown": {"creditor": ("loan_receivable", "bank"), "debtor": ("bank", "loan_payable")},
    "loan_repayment": {"creditor": ("bank", "loan_receivable"), "debtor": ("loan_payable", "bank")},
    "loan_interest": {"creditor": ("due_from", "interest_income"), "debtor": ("interest_expense", "due_to")},
    "loan_forgiveness": {"creditor": ("grants_given", "loan_receivable"), "debtor": ("loan_payable", "grants_received")},
    "charge_back": {"creditor": ("due_from", "staff_recovery"), "debtor": ("shared_staff", "due_to")},
    "equalisation": {"creditor": ("due_from", "equalisation_income"), "debtor": ("equalisation_expense", "due_to")},
    "settlement": {"creditor": ("bank", "due_from"), "debtor": ("due_to", "bank")},
}
# Of other resources than staff, the shares have accounts of their own.
OTHER_RESOURCES = {"staff_recovery": "resource_recovery", "shared_staff": "shared_resources"}
# What these leave owing stays open until settlements that name it have paid it.
DEBTS = ("charge_back", "loan_interest", "equalisation")
# The pairs that must be each other's opposite on every date: what one union counts as owed to it, the other as owing.
MIRRORED: tuple[tuple[AccountRole, AccountRole], ...] = (("loan_receivable", "loan_payable"), ("due_from", "due_to"))
# These are about the other union, and there is one for each.
_OF_THE_OTHER = frozenset({"due_from", "due_to", "loan_receivable", "loan_payable"})


class Paid(msgspec.Struct, frozen=True):
    """What was really paid of a debt, in a currency of its own where that differs, with the rate (CAD for one USD), its source and its date."""

    currency: str
    amount_minor: int
    rate: Decimal | None = None
    source: str = ""
    on: date | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step as kept. ``subject`` is the record that it belongs to (``L-0003``, ``EQ-0002``), or its own number.

    Each side's ``fund`` is the fund of its own book, its ``account`` the bank account that it names (None where no money moves, or until the
    side has spoken). ``reverses`` is the step that this one undoes, ``reversed_by`` the one that undid it.
    """

    number: str
    kind: StepKind
    subject: str
    creditor: str
    debtor: str
    currency: str
    amount_minor: int
    entry_date: date
    description: str
    creditor_fund: int
    debtor_fund: int
    reference: str = ""
    creditor_account: int | None = None
    debtor_account: int | None = None
    paid: Paid | None = None
    agreement: str | None = None
    resolution: int | None = None
    reverses: str | None = None
    reversed_by: str | None = None
    state: Standing = "proposed"
    proposed_by: int = 0
    proposed_union: str = ""
    proposed_at: datetime | None = None
    decided_by: int | None = None
    remark: str = ""
    other_resources: bool = False

    @property
    def moves_money(self) -> bool:
        """Whether each side must name a bank account."""
        return any("bank" in pair for pair in MOVES.get(self.kind, {}).values())

    @property
    def chooses_fund(self) -> bool:
        """Whether who accepts names a fund of their own book; until then both sides hold the proposer's."""
        return self.kind in OWN_FUND and self.reverses is None

    @property
    def other_union(self) -> str:
        """Whose treasurer accepts or declines."""
        return self.debtor if self.proposed_union == self.creditor else self.creditor

    def side_of(self, union: str | None) -> Side:
        """Which side a union is on; refuses one that is on neither."""
        if union == self.creditor:
            return "creditor"
        if union == self.debtor:
            return "debtor"
        raise OtherUnion(union=self.creditor, account="")

    def union_on(self, side: Side) -> str:
        """The union of a side."""
        return self.creditor if side == "creditor" else self.debtor

    def fund_on(self, side: Side) -> int:
        """The fund of a side's own book."""
        return self.creditor_fund if side == "creditor" else self.debtor_fund


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """What a step in both books left owing, minor units, and what of it no settlement paid.

    ``record`` is what a settlement of it names: the step's own number, or the equalisation's; "" for what no record stands for.
    """

    record: str
    kind: str
    step: str
    creditor: str
    debtor: str
    currency: str
    owed_on: date
    description: str
    agreement: str | None
    amount_minor: int
    left_minor: int


# --- rules ----------------------------------------------------------------------------------------------------------------


def checked_step(step: Step, today: date) -> Step:
    """A step to be proposed as it is kept, or the refusal of its amount, its day or its words."""
    if check_size(step.amount_minor) <= 0 or (step.paid is not None and check_size(step.paid.amount_minor) <= 0):
        raise AmountNotPositive(field="amount")
    if step.entry_date > today:
        raise FutureDate(date=step.entry_date.isoformat(), today=today.isoformat())
    if step.entry_date < EARLIEST_DATE:
        raise DateInvalid(field="entry_date", text=step.entry_date.isoformat())
    return msgspec.structs.replace(
        step, description=plain("description", step.description, DESCRIPTION_MAXIMUM, needed=True),
        reference=plain("reference", step.reference, REFERENCE_MAXIMUM), paid=_checked_paid(step, today),
    )  # fmt: skip


def _checked_paid(step: Step, today: date) -> Paid | None:
    """A debt paid in another currency names rate, source and date, and agrees with them to the cent (W14)."""
    paid = step.paid
    if paid is None or paid.currency == step.currency:
        if paid is not None and paid.amount_minor != step.amount_minor:
            raise ExchangeDisagrees(expected_minor=step.amount_minor, given_minor=paid.amount_minor, currency=step.currency, rate="1")
        return None
    if paid.on is not None and paid.on > today:
        raise FutureDate(date=paid.on.isoformat(), today=today.isoformat())
    if paid.rate is not None:
        parse_rate(f"{paid.rate:f}")
    expected = convert_at(step.amount_minor, step.currency, paid.currency, BASE, QUOTE, paid.rate or Decimal(0)) if paid.rate else 0
    if abs(expected - paid.amount_minor) > 1:
        raise ExchangeDisagrees(expected_minor=expected, given_minor=paid.amount_minor, currency=paid.currency, rate=str(paid.rate or ""))
    return paid


def check_open(step: Step) -> None:
    """Refuse a step that was decided about."""
    if step.state != "proposed":
        raise StepState(step=step.number, state=step.state)


def check_decider(step: Step, union: str | None) -> None:
    """The other union's treasurer decides, never the proposer's."""
    check_open(step)
    step.side_of(union)
    if union == step.proposed_union:
        raise SameUnion(union=union, subject=step.number)


def check_own_fund(step: Step, union: str | None, fund: str) -> None:
    """Who accepts names their own fund, where it is theirs to choose, and none where the record fixes it: nothing is taken over unsaid."""
    if fund and not step.chooses_fund:
        raise ChoiceInvalid(field="fund", value=fund[:40])
    if step.chooses_fund and not fund:
        raise OwnFundNeeded(step=step.number, union=union)


def check_settling(step: Step, debt: Debt) -> None:
    """A record is paid between its unions, in its currency, not before it was owed, and by no more than is left of it."""
    if (step.creditor, step.debtor, step.currency) != (debt.creditor, debt.debtor, debt.currency):
        raise ChoiceInvalid(field="subject", value=debt.record)
    if step.entry_date < debt.owed_on:
        raise DateInvalid(field="entry_date", text=step.entry_date.isoformat())
    if step.amount_minor > debt.left_minor:
        raise MoreThanLeft(subject=debt.record, left_minor=debt.left_minor, currency=debt.currency)


def check_withdrawer(step: Step, union: str | None) -> None:
    """The union that proposed takes it back."""
    check_open(step)
    if union != step.proposed_union:
        raise OtherUnion(union=step.proposed_union, account="")


def check_fund(fund: Fund, nations: Collection[str]) -> None:
    """No ring-fenced fund has a part in what stands between unions of different nations: it would carry the other's money or staff (W17)."""
    if not fund.confirmed or fund.closed_on is not None:
        raise FundClosed(fund=fund.code)
    other = next((nation for nation in sorted(nations) if fund.nation not in (None, nation)), None)
    if other is not None:
        raise OriginNotAllowed(fund=fund.code, nation=fund.nation, origin=other)


def check_bank(account: Account, union: str, currency: str) -> None:
    """A side's money comes from or goes to a bank account of its own book, in the currency that moves."""
    if account.custodian != union or account.book != union:
        raise OtherUnion(union=account.custodian or account.book, account=account.label)
    if account.role != "own_bank" or account.currency != currency:
        raise AccountUnfit(account=account.label, needs="own_bank")


# --- the two halves -------------------------------------------------------------------------------------------------------


def roles_needed(step: Step, side: Side) -> list[tuple[AccountRole, str, str | None]]:
    """The accounts of its own book that a side's half needs beside its bank: (role, currency, the other union where the account is about it)."""
    other = step.union_on(_OTHER[side])
    found = [(role, step.currency, other if role in _OF_THE_OTHER else None) for role in _roles(step, side) if role != "bank"]
    if step.paid is not None:
        found += [("fx_trading", step.currency, None), ("fx_trading", step.paid.currency, None)]
    return found  # type: ignore[return-value]


def _roles(step: Step, side: Side) -> tuple[str, str]:
    debit, credit = MOVES[step.kind][side]
    if step.other_resources:
        return OTHER_RESOURCES.get(debit, debit), OTHER_RESOURCES.get(credit, credit)
    return debit, credit


def draft_half(step: Step, side: Side, places: Mapping[tuple[str, str], Account], bank: Account | None) -> Draft:
    """A side's entry. ``places`` are its accounts by (role, currency); what is paid in another currency goes through FX trading in both."""
    fund = step.fund_on(side)
    postings: list[Posting] = []
    for role, sign in zip(_roles(step, side), (1, -1), strict=True):
        if role != "bank":
            postings.append(Posting(places[role, step.currency].id, fund, sign * step.amount_minor))
            continue
        assert bank is not None
        paid = step.paid or Paid(step.currency, step.amount_minor)
        postings.append(Posting(bank.id, fund, sign * paid.amount_minor))
        if step.paid is not None:
            postings += [
                Posting(places["fx_trading", paid.currency].id, fund, -sign * paid.amount_minor),
                Posting(places["fx_trading", step.currency].id, fund, sign * step.amount_minor),
            ]
    return Draft(
        step.entry_date, step.kind, step.description, tuple(postings), reference=step.reference or step.number, subject=step.subject or step.number,
        tags=(step.number,), exchange=_exchange(step),
    )  # fmt: skip


def _exchange(step: Step) -> Exchange | None:
    if step.paid is None or step.paid.rate is None or step.paid.on is None:
        return None
    return Exchange(BASE, QUOTE, step.paid.rate, step.paid.source, step.paid.on)
