"""Say how requests for money travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from api.schemas import Amount, RateText, amount, minor_in
from ledger.domain.allocations import Content, Line, NewLine, Pay, Payment
from ledger.domain.approvals import Requirement
from ledger.domain.exchange import rate_text
from ledger.services.allocation_cases import Case
from ledger.services.allocations import View

Reason = Annotated[str, msgspec.Meta(max_length=500)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
FundCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z0-9][A-Z0-9-]{0,30}\Z", examples=["ORG"])]
Small = Annotated[int, msgspec.Meta(ge=1, le=32_000)]
RevisionNumber = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000, description="The version that was read; another one is refused")]
KindWord = Literal["general", "strike_support", "study_group"]


class RequestLineIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that money is asked for; `payee` by name, `budget_line` of the campaign's budget."""

    what: Short
    amount: Amount
    payee: Short = ""
    budget_line: Small | None = None


class RequestIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. `electoral` says whether any of it is for election activity."""

    campaign: Annotated[str, msgspec.Meta(max_length=20)]
    fund: FundCode
    purpose: Annotated[str, msgspec.Meta(max_length=1_000)]
    needed_by: date
    lines: Annotated[list[RequestLineIn], msgspec.Meta(min_length=1, max_length=30)]
    kind: KindWord = "general"
    electoral: bool = False


class DraftIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was typed so far, field by field, as it was typed."""

    values: Annotated[
        dict[Annotated[str, msgspec.Meta(max_length=60)], Annotated[str, msgspec.Meta(max_length=2_000)]], msgspec.Meta(max_length=250)
    ]


class ReasonIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; who asked reads it."""

    reason: Reason = ""


class CommentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something said in the thread."""

    text: Annotated[str, msgspec.Meta(max_length=1_000)]


class ApprovalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval of the version that was read."""

    revision: RevisionNumber
    remark: Reason = ""


class ResolutionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one's own union's board resolved in a meeting; `document` is the id of one that the request has."""

    revision: RevisionNumber
    number: Annotated[str, msgspec.Meta(max_length=60, examples=["GEB-2026-14"])]
    decided_on: date
    document: Annotated[str, msgspec.Meta(max_length=40)]
    outcome: Literal["carried", "lost"] = "carried"


class VoteIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A board member's vote on the version that was read."""

    revision: RevisionNumber
    vote: Literal["for", "against", "abstain"]
    remark: Reason = ""


class ClosingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Closes the vote on the version that was read."""

    revision: RevisionNumber


class PaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invoice paid against a line, from one of one's own union's joint accounts (`account` is its id).

    `amount` is in the line's currency. Where the account is in another one, give the bank's `rate` (CAD for one USD), what it took
    (`bank_amount`), or both. `final` gives back what is left of the line.
    """

    line: Small
    account: Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
    amount: Amount
    invoice: Annotated[str, msgspec.Meta(max_length=60)]
    invoiced_on: date
    paid_on: date
    final: bool = False
    payee: Annotated[str, msgspec.Meta(max_length=20, description="The payee's number, where the line names none")] = ""
    bank_amount: Amount | None = None
    rate: RateText | None = None
    fee: Amount | None = None
    reference: Annotated[str, msgspec.Meta(max_length=35)] = ""
    despite_duplicate: bool = False


class PaymentReversalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes a payment back: the day of the books, and why."""

    date: date
    reason: Reason


class RequestLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line: asked, and once approved what was paid of it and what is left to pay."""

    ordinal: int
    what: str
    payee: str | None
    payee_name: str
    budget_line: int | None
    asked: Amount
    approved: Amount | None
    spent: Amount | None
    left: Amount | None
    final: bool


class NeedOut(msgspec.Struct, frozen=True):
    """Something that is still missing: so many approvals of a union's people in a capacity; no union where any board will do."""

    union: str | None
    capacity: str
    count: int


class DecisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided about a version."""

    person: str
    union: str
    capacity: str
    decision: str
    revision: int
    reason: str
    decided_at: datetime | None


class ResolutionOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a board resolved about a version."""

    union: str
    revision: int
    number: str
    decided_on: date
    outcome: str
    source: str
    document: str | None


class VoteOut(msgspec.Struct, frozen=True):
    """A board member's vote."""

    union: str
    person: str
    vote: str
    remark: str


class RequestEventOut(msgspec.Struct, frozen=True):
    """One step of the history, or a comment."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str
    entry: int | None


class PaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payment: `bank_amount` is what the account gave without the fee, `relieved` what it took off the commitment."""

    ordinal: int
    line: int
    payee: str
    payee_name: str
    invoice: str
    invoiced_on: date
    paid_on: date
    amount: Amount
    relieved: Amount
    final: bool
    bank_amount: Amount
    fee: Amount
    rate: str | None
    reference: str
    entry: int
    state: str


class RequestOut(msgspec.Struct, frozen=True, kw_only=True):
    """A request. Who has it now follows from `missing`; a draft has only what was typed. `tested` is what the thresholds see."""

    number: str
    state: str
    state_since: datetime
    union: str
    requested_by: str
    revision: int
    campaign: str | None
    initiative: str | None
    fund: str | None
    kind: str | None
    electoral: bool
    purpose: str
    needed_by: date | None
    submitted_on: date | None
    expires_on: date | None
    lines: list[RequestLineOut]
    tested: Amount | None
    missing: list[NeedOut]
    decisions: list[DecisionOut]
    resolutions: list[ResolutionOut]
    votes: list[VoteOut]
    payments: list[PaymentOut]
    events: list[RequestEventOut]
    draft: dict[str, str] | None


class RequestPreviewLine(msgspec.Struct, frozen=True):
    """One line of what would be posted; debit positive."""

    account: str
    fund: str
    amount: Amount


class PaymentPreviewOut(msgspec.Struct, frozen=True):
    """What a payment would post."""

    lines: list[RequestPreviewLine]


def content_of(data: RequestIn) -> Content:
    """What came, in minor units."""
    lines = tuple(
        NewLine(what=line.what, currency=line.amount.currency, amount_minor=line.amount.minor, payee=line.payee, budget_line=line.budget_line)
        for line in data.lines
    )
    return Content(
        campaign=data.campaign.strip().upper(), fund=data.fund, purpose=data.purpose, needed_by=data.needed_by, lines=lines, kind=data.kind,
        electoral=data.electoral,
    )  # fmt: skip


def pay_of(data: PaymentIn, line_currency: str, bank_currency: str) -> Pay:
    """A payment in minor units; refuses amounts in another currency than the line's and the account's."""
    return Pay(
        line=data.line, account=data.account, amount_minor=minor_in(data.amount, line_currency), paid_on=data.paid_on, invoice=data.invoice,
        invoiced_on=data.invoiced_on, final=data.final, payee=data.payee.strip().upper(),
        bank_minor=minor_in(data.bank_amount, bank_currency) if data.bank_amount else None, rate=Decimal(data.rate) if data.rate else None,
        fee_minor=minor_in(data.fee, bank_currency) if data.fee else 0, reference=data.reference, despite_duplicate=data.despite_duplicate,
    )  # fmt: skip


def request_out(view: View) -> RequestOut:
    """A request as it travels."""
    found, case = view.allocation, view.case
    return RequestOut(
        number=found.number, state=found.state, state_since=found.state_since, union=found.union, requested_by=found.requester,
        revision=found.revision, submitted_on=found.submitted_on, expires_on=found.expires_on, draft=found.draft,
        lines=_lines(view), votes=[VoteOut(v.union, v.person, v.vote, v.remark) for v in view.votes],
        payments=[payment_out(payment) for payment in view.payments],
        events=[RequestEventOut(e.recorded_at, e.person, e.union, e.what, e.remark, e.entry) for e in view.events], **_said(case),
    )  # fmt: skip


def _said(case: Case | None) -> dict[str, Any]:
    if case is None:
        return dict.fromkeys(("campaign", "initiative", "fund", "kind", "needed_by", "tested")) | {
            "electoral": False, "purpose": "", "missing": [], "decisions": [], "resolutions": [],
        }  # fmt: skip
    revision = case.revision
    return {
        "campaign": revision.campaign, "initiative": case.campaign.initiative, "fund": case.fund.code, "kind": revision.kind,
        "electoral": revision.electoral, "purpose": revision.purpose, "needed_by": revision.needed_by, "missing": _needs(case.missing),
        "tested": None if case.tested_minor is None else amount(case.tested_minor, case.rules.matrix.currency),
        "decisions": [
            DecisionOut(person=d.person, union=d.union, capacity=d.capacity, decision=d.decision, revision=d.revision, reason=d.reason,
                        decided_at=d.decided_at) for d in case.decisions
        ],
        "resolutions": [
            ResolutionOut(union=r.union, revision=r.revision, number=r.number, decided_on=r.decided_on, outcome=r.outcome, source=r.source,
                          document=r.document_id) for r in case.resolutions
        ],
    }  # fmt: skip


def _needs(missing: list[Requirement]) -> list[NeedOut]:
    return [NeedOut(need.union or None, need.capacity, need.count) for need in missing]


def _lines(view: View) -> list[RequestLineOut]:
    if view.case is None:
        return []
    return [_line(line, view) for line in view.case.revision.lines]


def _line(line: Line, view: View) -> RequestLineOut:
    found = next((each for each in view.commitments if each.ordinal == line.ordinal), None)
    return RequestLineOut(
        ordinal=line.ordinal, what=line.what, payee=line.payee, payee_name=line.payee_name, budget_line=line.budget_line,
        asked=amount(line.amount_minor, line.currency),
        approved=amount(found.committed_minor, found.currency) if found else None,
        spent=amount(found.paid_minor, found.currency) if found else None,
        left=amount(found.left_minor, found.currency) if found else None, final=bool(found and found.final),
    )  # fmt: skip


def payment_out(payment: Payment) -> PaymentOut:
    """A payment as it travels."""
    return PaymentOut(
        ordinal=payment.ordinal, line=payment.line, payee=payment.payee, payee_name=payment.payee_name, invoice=payment.invoice,
        invoiced_on=payment.invoiced_on, paid_on=payment.paid_on, amount=amount(payment.amount_minor, payment.currency),
        relieved=amount(payment.relieved_minor, payment.currency), final=payment.final, bank_amount=amount(payment.bank_minor, payment.bank_currency),
        fee=amount(payment.fee_minor, payment.bank_currency), rate=rate_text(payment.exchange.rate) if payment.exchange else None,
        reference=payment.reference, entry=payment.entry_number, state=payment.state,
    )  # fmt: skip
