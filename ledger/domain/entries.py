"""Describe postings, drafts and entries, and what makes an entry balanced.

A draft is an entry decided but not yet recorded; recording gives it a number, a time, an actor and a place in the chain.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec

from ledger.domain.accounts import Account

POSTINGS_MAXIMUM = 10_000
DESCRIPTION_MAXIMUM = 500

# The closed vocabulary of entry kinds. Kinds in OWNED belong to a business record and are undone there, not by a bare reversal.
KINDS = (
    "opening", "general", "contribution", "pledge", "pledge_cancelled", "transfer_sent", "transfer_received",
    "transfer_returned", "interfund", "revaluation", "reversal", "correction", "commitment", "commitment_released", "allocation_payment",
    "strike_run", "strike_run_payment", "strike_payment_change", "strike_advance", "strike_report", "strike_return", "strike_grant",
    "in_kind", "in_kind_recovered", "loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness", "charge_back", "equalisation",
    "settlement",
)  # fmt: skip
OWNED_KINDS = frozenset({
    "pledge", "pledge_cancelled", "transfer_sent", "transfer_received", "transfer_returned",
    "commitment", "commitment_released", "allocation_payment",
    "strike_run", "strike_run_payment", "strike_payment_change", "strike_advance", "strike_report", "strike_return", "strike_grant",
    "in_kind", "in_kind_recovered", "loan_drawdown", "loan_repayment", "loan_interest", "loan_forgiveness", "charge_back", "equalisation",
    "settlement",
})  # fmt: skip
LATE_KINDS = frozenset({"revaluation", "reversal", "correction"})


class Posting(msgspec.Struct, frozen=True):
    """One line: minor units, debit positive, never zero."""

    account_id: int
    fund_id: int
    amount_minor: int
    memo: str = ""


class Exchange(msgspec.Struct, frozen=True):
    """How money changed currency: ``rate`` is quote per one base (CAD per USD), as the bank really gave it.

    ``reference_*`` is the published rate of the day, shown beside it and never posted.
    """

    base: str
    quote: str
    rate: Decimal
    source: str
    rate_date: date
    reference_rate: Decimal | None = None
    reference_date: date | None = None
    reference_source: str | None = None


class Draft(msgspec.Struct, frozen=True):
    """An entry to be recorded. ``subject`` names its record (``T-0042``); ``origin`` declares the nation money comes from."""

    entry_date: date
    kind: str
    description: str
    postings: tuple[Posting, ...]
    effective_date: date | None = None
    reference: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()
    exchange: Exchange | None = None
    origin: str | None = None
    reverses: int | None = None
    corrects: int | None = None


class Entry(msgspec.Struct, frozen=True):
    """A recorded draft. ``hash`` covers ``previous_hash`` and the stored canonical bytes."""

    number: int
    recorded_at: datetime
    actor_id: int
    actor_name: str
    actor_union: str | None
    draft: Draft
    previous_hash: bytes
    hash: bytes
    canonical: bytes
    reversed_by: int | None = None


def imbalance(postings: Iterable[Posting], accounts: Mapping[int, Account]) -> dict[tuple[str, int, str], int]:
    """What is left over per (book, fund id, currency); empty when the postings balance."""
    sums: defaultdict[tuple[str, int, str], int] = defaultdict(int)
    for posting in postings:
        account = accounts[posting.account_id]
        sums[account.book, posting.fund_id, account.currency] += posting.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def reversal(entry: Entry, entry_date: date, reason: str) -> Draft:
    """The draft that undoes an entry: every posting with its sign turned, linked to it."""
    return Draft(
        entry_date=entry_date,
        kind="reversal",
        description=reason,
        postings=tuple(msgspec.structs.replace(p, amount_minor=-p.amount_minor) for p in entry.draft.postings),
        subject=entry.draft.subject,
        reverses=entry.number,
        exchange=entry.draft.exchange,
        origin=entry.draft.origin,
    )
