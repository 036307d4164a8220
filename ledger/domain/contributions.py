"""Decide about contributions: which account, instrument, local and pledge fit, and what is posted when the bank has credited the money.

A contribution stays in the currency it was paid in, and is recognised on the bank's credit date (domain.md 2.1, case W01).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from ledger.domain.account_rules import Local
from ledger.domain.accounts import Account, Fund, Union
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.entries import Draft, Posting
from ledger.domain.money import check_size
from ledger.domain.pledges import Pledge, check_open, plain
from ledger.domain.refusals import (
    AccountUnfit,
    AmountNotPositive,
    ChoiceInvalid,
    DateInvalid,
    InstrumentNotAllowed,
    NotFound,
    PledgeExceeded,
    PledgeMismatch,
)

INSTRUMENTS = ("wire", "eft", "cheque", "cash", "money_order", "prepaid", "crypto")
# Instruments that ring-fenced political funds of a nation do not take: the rule the unions begin with (domain.md 5, after Bill C-25).
# The pool's setting of this name, where it is set, stands in its place.
INSTRUMENT_RULE_SETTING = "blocked_instruments"
BLOCKED_INSTRUMENTS: dict[str, list[str]] = {"CA": ["crypto", "money_order", "prepaid"]}
REFERENCE_MAXIMUM, REMARK_MAXIMUM = 100, 300


class RecordContribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money of ``union`` (or one of its locals, by number) that a joint bank account received; ``account`` is book and path.

    ``mirror`` records the payer's own side in its own book too. ``entry_date`` is for money whose bank date lies in a closed period.
    """

    union: str
    fund: str
    account: str
    currency: str
    amount_minor: int
    received_on: date
    instrument: str = "wire"
    local: str = ""
    reference: str = ""
    restriction_text: str = ""
    remark: str = ""
    pledge: str | None = None
    mirror: bool = False
    entry_date: date | None = None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded contribution. ``custodian`` is the union whose account took it; ``reversed_by`` the entry that took it back."""

    number: str
    union: str
    local: str | None
    fund: str
    fund_id: int
    account: str
    account_id: int
    custodian: str | None
    currency: str
    amount_minor: int
    received_on: date
    instrument: str
    reference: str
    remark: str
    restriction_text: str
    pledge: str | None
    entry_number: int
    state: str
    reversed_by: int | None = None
    recorded_by: str = ""


class Places(msgspec.Struct, frozen=True):
    """The accounts a contribution touches; the receivable on a recognised pledge alone, the own ones with a mirror alone."""

    bank: Account
    income: Account
    receivable: Account | None = None
    own_bank: Account | None = None
    own_contributions: Account | None = None


def check_bank(account: Account) -> None:
    """Money comes into a bank account of the joint book that a union keeps."""
    if account.book != JOINT or account.role != "bank" or account.custodian is None:
        raise AccountUnfit(account=account.label, needs="bank")


def check_request(request: RecordContribution, fund: Fund, blocked: Mapping[str, Sequence[str]], today: date) -> None:
    """The amount, the date, the texts, and the instrument, which a ring-fenced political fund may not take."""
    if check_size(request.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    check_past_day("received_on", request.received_on, today)
    if request.entry_date is not None and request.entry_date < request.received_on:
        raise DateInvalid(field="entry_date", text=request.entry_date.isoformat())
    for field, limit in (("reference", REFERENCE_MAXIMUM), ("remark", REMARK_MAXIMUM), ("restriction_text", REMARK_MAXIMUM)):
        plain(field, getattr(request, field), limit)
    if request.instrument not in INSTRUMENTS:
        raise ChoiceInvalid(field="instrument", value=request.instrument[:40])
    if fund.nation is not None and fund.purpose == "political_action" and request.instrument in blocked.get(fund.nation, ()):
        raise InstrumentNotAllowed(fund=fund.code, nation=fund.nation, instrument=request.instrument, reason=request.instrument)


def local_of(request: RecordContribution, locals_: Sequence[Local]) -> Local | None:
    """The local the money came from, where one is named: of the payer, and not closed."""
    if not request.local:
        return None
    found = next((each for each in locals_ if (each.union, each.number) == (request.union, request.local)), None)
    if found is None or found.closed_on is not None:
        raise NotFound(kind="local", id=request.local[:12])
    return found


def check_pledge(pledge: Pledge, request: RecordContribution, outstanding_minor: int) -> None:
    """Money on a pledge is of its union, fund and currency, and no more than is outstanding; the rest is a contribution of its own."""
    check_open(pledge)
    if (pledge.union, pledge.fund, pledge.currency) != (request.union, request.fund, request.currency):
        raise PledgeMismatch(pledge=pledge.number, union=pledge.union, fund=pledge.fund, currency=pledge.currency)
    if request.amount_minor > outstanding_minor:
        raise PledgeExceeded(pledge=pledge.number, outstanding_minor=outstanding_minor, currency=pledge.currency)


def draft_received(request: RecordContribution, number: str, union: Union, fund: Fund, places: Places, receivable_minor: int = 0) -> Draft:
    """Dr the bank, Cr the pledge receivable as far as ``receivable_minor`` was recognised, Cr contributions for the rest.

    With a mirror also, in the payer's own book: Dr contributions given, Cr its own bank.
    """
    day = request.entry_date or request.received_on
    remark = plain("remark", request.remark, REMARK_MAXIMUM)
    return Draft(
        entry_date=day,
        kind="contribution",
        description=remark or f"{union.name}: contribution {number}",
        postings=(*_own_side(request, fund, places), *_joint_side(request, fund, places, receivable_minor)),
        effective_date=request.received_on if request.received_on != day else None,
        reference=plain("reference", request.reference, REFERENCE_MAXIMUM),
        subject=number,
        origin=union.nation,
    )


def _joint_side(request: RecordContribution, fund: Fund, places: Places, receivable_minor: int) -> list[Posting]:
    lines = [Posting(places.bank.id, fund.id, request.amount_minor)]
    settled = max(min(request.amount_minor, receivable_minor), 0) if places.receivable else 0
    if places.receivable and settled:
        lines.append(Posting(places.receivable.id, fund.id, -settled))
    if settled < request.amount_minor:
        lines.append(Posting(places.income.id, fund.id, settled - request.amount_minor))
    return lines


def _own_side(request: RecordContribution, fund: Fund, places: Places) -> list[Posting]:
    if places.own_bank is None or places.own_contributions is None:
        return []
    amount = request.amount_minor
    return [Posting(places.own_contributions.id, fund.id, amount), Posting(places.own_bank.id, fund.id, -amount)]
