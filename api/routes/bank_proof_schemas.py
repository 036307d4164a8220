"""Say how the start of an account's reconciling, its proof of cash and its reconciliations travel in JSON."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.routes.bank_schemas import BankPlace, BankPostingOut, Reason, Remark, posting_out
from api.schemas import Amount, amount
from ledger.domain.bank import Reconciliation
from ledger.domain.bank_reconciliation import Outstanding, Unrecorded
from ledger.services.bank_reconciliation import ProofView
from ledger.services.bank_starts import TICKS_MAXIMUM, StartView

# --- what comes in ----------------------------------------------------------------------------------------------------


class BankStartIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The earlier postings that were in circulation when the first statement opened: together what the book and the bank differed by."""

    outstanding: Annotated[list[BankPlace], msgspec.Meta(max_length=TICKS_MAXIMUM)]


class BankReconciliationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The last day of a statement at which the account is proved."""

    date: date
    remark: Remark = ""


class BankReopeningIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day of the account's last reconciliation, and why it is taken back."""

    date: date
    reason: Reason


# --- what is told -----------------------------------------------------------------------------------------------------


class BankStartOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account's reconciling begins, or would: the day before, the first statement's opening and the book, what they differ by, the
    `postings` of before among which those in circulation are, and which are said to be (`outstanding`). `fixed` once it was reconciled.
    """

    account_id: int
    is_set: bool
    fixed: bool
    starts_on: date | None
    statement: Amount | None
    book: Amount
    difference: Amount
    postings: list[BankPostingOut]
    outstanding: list[BankPlace]


class BankOutstandingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A posting that the bank had not seen by the day; `ageing` is `old` from 30 days, `stale` from six months."""

    entry: int
    line: int
    day: date
    amount: Amount
    age_days: int
    ageing: Literal["", "old", "stale"]
    reference: str
    description: str


class BankUnrecordedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line that the books do not have by the day: not yet, as the bank's error for a `reason`, or under the later day `recorded_on`."""

    line: int
    day: date
    amount: Amount
    text: str
    reason: str
    recorded_on: date | None


class BankReconciliationOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account proved at a statement's last day."""

    date: date
    version: int
    statement: str
    statement_balance: Amount
    deposits_in_transit: Amount
    outstanding_payments: Amount
    bank_errors: Amount
    recorded_later: Amount
    book_balance: Amount
    done_by: str
    done_at: datetime
    undone_at: datetime | None
    remark: str


class BankProofOut(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of cash at the end of a day: statement, deposits in transit, outstanding payments, the bank's errors and what was recorded later make
    the adjusted bank balance; the book differs from it by `difference`. `statement_balance` is null where no statement reaches the day; `changed` says
    that it was reconciled and the books have moved since. `days` are those it can be finished at, `done` what was; `may_finish` and `paid` speak of you.
    """

    account_id: int
    day: date
    statement: str | None
    statement_balance: Amount | None
    deposits_in_transit: Amount
    outstanding_payments: Amount
    bank_errors: Amount
    recorded_later: Amount
    adjusted_balance: Amount
    book_balance: Amount
    difference: Amount
    reconciled: bool
    changed: bool
    deposits: list[BankOutstandingOut]
    payments: list[BankOutstandingOut]
    errors: list[BankUnrecordedOut]
    not_recorded: list[BankUnrecordedOut]
    later: list[BankUnrecordedOut]
    days: list[date]
    done: list[BankReconciliationOut]
    may_finish: bool
    paid: bool


# --- how each is made -------------------------------------------------------------------------------------------------


def start_out(view: StartView) -> BankStartOut:
    """A start as it travels."""
    currency, first = view.account.currency, view.first
    return BankStartOut(
        account_id=view.account.id, is_set=view.start is not None, fixed=view.is_fixed, starts_on=first.starts_on if first else None,
        statement=amount(first.opening_minor, currency) if first else None, book=amount(view.book_minor, currency),
        difference=amount(view.difference_minor, currency), postings=[posting_out(each, currency) for each in view.postings],
        outstanding=[BankPlace(*place) for place in sorted(view.ticked)],
    )  # fmt: skip


def _outstanding_out(each: Outstanding, currency: str) -> BankOutstandingOut:
    return BankOutstandingOut(
        entry=each.entry, line=each.line, day=each.day, amount=amount(each.amount_minor, currency), age_days=each.age_days,
        ageing=each.ageing, reference=each.reference, description=each.description,  # type: ignore[arg-type]
    )  # fmt: skip


def _unrecorded_out(each: Unrecorded, currency: str) -> BankUnrecordedOut:
    return BankUnrecordedOut(
        line=each.line, day=each.day, amount=amount(each.amount_minor, currency), text=each.text, reason=each.reason, recorded_on=each.recorded_on
    )


def reconciliation_out(each: Reconciliation, currency: str) -> BankReconciliationOut:
    """A reconciliation as it travels."""
    return BankReconciliationOut(
        date=each.ends_on, version=each.version, statement=each.statement, statement_balance=amount(each.statement_minor, currency),
        deposits_in_transit=amount(each.deposits_minor, currency), outstanding_payments=amount(each.payments_minor, currency),
        bank_errors=amount(each.bank_errors_minor, currency), recorded_later=amount(each.recorded_later_minor, currency),
        book_balance=amount(each.book_minor, currency), done_by=each.done_by_name, done_at=each.done_at, undone_at=each.undone_at, remark=each.remark,
    )  # fmt: skip


def proof_out(view: ProofView) -> BankProofOut:
    """A proof as it travels."""
    each, currency = view.proof, view.proof.currency
    sums = {
        "deposits_in_transit": each.deposits_minor, "outstanding_payments": each.payments_minor, "bank_errors": each.bank_errors_minor,
        "recorded_later": each.recorded_later_minor, "adjusted_balance": each.adjusted_minor, "book_balance": each.book_minor,
        "difference": each.difference_minor,
    }  # fmt: skip
    return BankProofOut(
        account_id=each.account_id, day=each.day, statement=each.statement,
        statement_balance=None if each.statement_minor is None else amount(each.statement_minor, currency),
        **{name: amount(minor, currency) for name, minor in sums.items()}, reconciled=each.reconciled, changed=each.changed,
        deposits=[_outstanding_out(one, currency) for one in each.deposits], payments=[_outstanding_out(one, currency) for one in each.payments],
        errors=[_unrecorded_out(one, currency) for one in each.bank_errors], not_recorded=[_unrecorded_out(one, currency) for one in each.unrecorded],
        later=[_unrecorded_out(one, currency) for one in each.recorded_later], days=view.ends,
        done=[reconciliation_out(one, currency) for one in view.done], may_finish=view.may_finish, paid=view.paid,
    )  # fmt: skip
