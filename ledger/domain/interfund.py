"""Decide a transfer between funds that stay in the same bank account: what leaves one fund enters another, in one entry.

Whether a ring-fenced fund may take part is for the posting rules (case W17 R2): a mixed fund can never feed one.
"""

from datetime import date

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.contributions import check_bank
from ledger.domain.entries import DESCRIPTION_MAXIMUM, Draft, Posting
from ledger.domain.money import check_size
from ledger.domain.pledges import plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, DateInvalid

REFERENCE_MAXIMUM = 100


class MoveBetweenFunds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money in one joint bank account that passes from one fund to another; ``account`` is book and path, minor units."""

    account: str
    currency: str
    from_fund: str
    to_fund: str
    amount_minor: int
    entry_date: date
    description: str
    reference: str = ""


def draft_between_funds(request: MoveBetweenFunds, bank: Account, interfund: Account, source: Fund, target: Fund) -> Draft:
    """Cr bank and Dr transfers between funds in the one fund, the opposite in the other; the bank's own balance does not move."""
    check_bank(bank)
    if check_size(request.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    if request.entry_date < EARLIEST_DATE:
        raise DateInvalid(field="entry_date", text=request.entry_date.isoformat())
    if source.id == target.id:
        raise ChoiceInvalid(field="to_fund", value=target.code)
    amount = request.amount_minor
    return Draft(
        entry_date=request.entry_date,
        kind="interfund",
        description=plain("description", request.description, DESCRIPTION_MAXIMUM, needed=True),
        postings=(
            Posting(interfund.id, source.id, amount),
            Posting(bank.id, source.id, -amount),
            Posting(bank.id, target.id, amount),
            Posting(interfund.id, target.id, -amount),
        ),
        reference=plain("reference", request.reference, REFERENCE_MAXIMUM),
    )
