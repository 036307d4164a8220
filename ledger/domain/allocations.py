"""Take a request for money from draft to closed: its states and what a change voids (domain.md 3.3 and 6).

Its entries are drafted in :mod:`ledger.domain.allocation_entries`; who must approve is for :mod:`ledger.domain.approvals`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ledger.domain.approvals import Requirement, Sum
from ledger.domain.entries import Exchange
from ledger.domain.money import by_currency, check_size
from ledger.domain.pledges import plain
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown, DateInvalid, LinesInvalid, RequestState

State = Literal[
    "draft", "submitted", "returned", "in_review", "part_approved", "board_required", "committed", "part_paid", "completed", "closed",
    "rejected", "withdrawn", "expired", "suspended",
]  # fmt: skip
STATES: tuple[str, ...] = State.__args__  # type: ignore[attr-defined]
REVIEW: tuple[State, ...] = ("submitted", "in_review", "part_approved", "board_required")
DRAWING: tuple[State, ...] = ("committed", "part_paid")
# What each step may be taken from; a step that is not here may be taken from nowhere.
STEPS: dict[str, tuple[State, ...]] = {
    "save": ("draft", "returned"),
    "submit": ("draft", "returned", *REVIEW),
    "withdraw": ("draft", "returned", *REVIEW),
    "take_up": ("submitted",),
    "approve": (*REVIEW, *DRAWING),  # while it is paid, only what a later test of the rules asks for
    "return": REVIEW,
    "reject": REVIEW,
    "recuse": REVIEW,
    "resolve": (*REVIEW, *DRAWING),
    "vote": (*REVIEW, *DRAWING),
    "suspend": (*REVIEW, *DRAWING),
    "resume": ("suspended",),
    "pay": DRAWING,
    "close": (*DRAWING, "completed"),
    "expire": DRAWING,
}
KINDS = ("general", "strike_support", "study_group")
PURPOSE_MAXIMUM, WHAT_MAXIMUM, COMMENT_MAXIMUM, REASON_MAXIMUM = 1_000, 200, 1_000, 500
INVOICE_MAXIMUM, REFERENCE_MAXIMUM, DESCRIPTION_MAXIMUM = 60, 35, 300
LINES_MAXIMUM = 30
NEEDED_DAYS_MAXIMUM = 3 * 366
# What people type while they draft is kept as they typed it, within a limit.
DRAFT_FIELDS_MAXIMUM, DRAFT_VALUE_MAXIMUM = 250, 2_000
EXPENSES = {
    "bargaining": "Expense:Bargaining", "organizing": "Expense:Organizing", "education": "Expense:Education",
    "communication": "Expense:Communication", "political_action": "Expense:Political-action",
}  # fmt: skip
STRIKE_EXPENSE = "Expense:Strike-support-locals"


class NewLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that money is asked for: minor units of its currency; ``payee`` by name, ``budget_line`` of the campaign's budget."""

    what: str
    currency: str
    amount_minor: int
    payee: str = ""
    budget_line: int | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. ``electoral`` is the asker's word on whether any of it is for election activity."""

    campaign: str
    fund: str
    purpose: str
    needed_by: date
    lines: tuple[NewLine, ...]
    kind: str = "general"
    electoral: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line as submitted; ``payee`` is the payee's number, ``payee_name`` as it is today."""

    ordinal: int
    what: str
    payee: str | None
    payee_name: str
    currency: str
    amount_minor: int
    budget_line: int | None = None


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for at one time; revisions are counted from 1."""

    revision: int
    campaign: str
    fund_id: int
    kind: str
    electoral: bool
    purpose: str
    needed_by: date
    lines: tuple[Line, ...]
    recorded_by: int
    recorded_at: datetime


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it stands. ``material_revision`` is the revision from which approvals count; ``draft`` what is being typed."""

    number: str
    union: str
    requested_by: int
    requester: str
    state: State
    state_since: datetime
    revision: int
    material_revision: int
    campaign: str | None
    fund_id: int | None
    submitted_on: date | None
    expires_on: date | None
    paused_state: str | None
    draft: dict[str, Any] | None
    started_at: datetime
    saved_at: datetime


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """What is set aside for one line, in minor units: ``relieved`` was paid or given back, ``paid`` is what the payee got."""

    ordinal: int
    currency: str
    committed_minor: int
    relieved_minor: int = 0
    paid_minor: int = 0
    final: bool = False

    @property
    def left_minor(self) -> int:
        """What may still be paid of it."""
        return self.committed_minor - self.relieved_minor


class Pay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment of an invoice against a line: ``amount_minor`` in the line's currency, ``fee_minor`` in the bank account's, on top.

    Where the account is in another currency, give the bank's ``rate`` (CAD per USD), what it took (``bank_minor``), or both. ``final``
    says that nothing more comes for the line, so that the rest returns to the fund. ``payee`` names one where the line has none.
    """

    line: int
    account: int
    amount_minor: int
    paid_on: date
    invoice: str
    invoiced_on: date
    final: bool = False
    payee: str = ""
    bank_minor: int | None = None
    rate: Decimal | None = None
    fee_minor: int = 0
    reference: str = ""
    despite_duplicate: bool = False


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded payment; ``bank_minor`` is what the account gave without the fee, in ``bank_currency``."""

    allocation: str
    ordinal: int
    line: int
    payee: str
    payee_name: str
    account_id: int
    bank_currency: str
    paid_on: date
    invoice: str
    invoiced_on: date
    amount_minor: int
    currency: str
    relieved_minor: int
    final: bool
    bank_minor: int
    fee_minor: int
    exchange: Exchange | None
    reference: str
    entry_number: int
    state: str
    recorded_by: int


class Event(msgspec.Struct, frozen=True):
    """One step of a request's history, or a comment."""

    ordinal: int
    recorded_at: datetime
    person_id: int
    person: str
    union: str | None
    what: str
    remark: str
    entry: int | None


# --- the request --------------------------------------------------------------------------------------------------------


def check_step(allocation: Allocation, step: str) -> None:
    """Refuse a step that the request's state does not allow."""
    if allocation.state not in STEPS[step]:
        raise RequestState(request=allocation.number, state=allocation.state)


def check_content(content: Content, currencies: Iterable[str], today: date) -> Content:
    """The content with its texts tidied; refuses what cannot be asked for."""
    if content.kind not in KINDS:
        raise ChoiceInvalid(field="kind", value=content.kind[:40])
    if not 1 <= len(content.lines) <= LINES_MAXIMUM:
        raise LinesInvalid(count=len(content.lines), limit=LINES_MAXIMUM)
    if not today <= content.needed_by <= today + timedelta(days=NEEDED_DAYS_MAXIMUM):
        raise DateInvalid(field="needed_by", text=content.needed_by.isoformat())
    known = set(currencies)
    return msgspec.structs.replace(
        content, purpose=plain("purpose", content.purpose, PURPOSE_MAXIMUM, needed=True),
        lines=tuple(_checked_line(line, known) for line in content.lines),
    )  # fmt: skip


def _checked_line(line: NewLine, currencies: set[str]) -> NewLine:
    if line.currency not in currencies:
        raise CurrencyUnknown(currency=line.currency[:10])
    if check_size(line.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    return msgspec.structs.replace(
        line, what=plain("what", line.what, WHAT_MAXIMUM, needed=True), payee=plain("payee", line.payee, WHAT_MAXIMUM)
    )


def check_draft(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, within the limits of a draft; refuses one that is too long."""
    if len(values) > DRAFT_FIELDS_MAXIMUM:
        raise LinesInvalid(count=len(values), limit=DRAFT_FIELDS_MAXIMUM)
    return {plain("field", name, 60): plain("draft", value, DRAFT_VALUE_MAXIMUM) for name, value in values.items() if value}


def is_material(old: Revision, new: Revision) -> bool:
    """Whether a change voids what was approved: anything but the day it is needed by and the budget line it is booked under."""

    def gist(revision: Revision) -> Any:
        lines = [(line.what, line.payee, line.currency, line.amount_minor) for line in revision.lines]
        return revision.campaign, revision.fund_id, revision.kind, revision.electoral, revision.purpose, lines

    return bool(gist(old) != gist(new))


def totals(lines: Iterable[Line]) -> dict[str, int]:
    """What lines come to, minor units by currency, in the order of their first line."""
    return by_currency((line.currency, line.amount_minor) for line in lines)


def sums(lines: Iterable[Line]) -> list[Sum]:
    """Lines as the approval rules count them."""
    return [Sum(line.payee or "", line.currency, line.amount_minor) for line in lines]


def state_in_review(missing: Sequence[Requirement], begun: bool) -> State:
    """Where a request under review stands, from what is still missing; ``begun`` says that somebody approved or took it up."""
    if all(need.capacity == "board" for need in missing):
        return "board_required"
    return "part_approved" if begun else "in_review"


def state_in_payment(commitments: Iterable[Commitment]) -> State:
    """Where a committed request stands, from what was paid."""
    found = list(commitments)
    if all(c.final or not c.left_minor for c in found):
        return "completed"
    return "part_paid" if any(c.paid_minor for c in found) else "committed"


def invoice_key(invoice: str) -> str:
    """How an invoice number is compared: letters and digits only, without leading zeros, in one case."""
    return "".join(c for c in invoice.casefold() if c.isalnum()).lstrip("0")


def expiry(today: date, needed_by: date, draw_days: int) -> date:
    """The last day on which a commitment may be drawn."""
    return max(today, needed_by) + timedelta(days=draw_days)
