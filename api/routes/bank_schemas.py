"""Say how bank accounts, their statements and what their lines are matched with travel in JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import PathParameter

from api.schemas import Amount, CurrencyCode, DecimalText, RateText, amount, minor_in
from ledger.domain.bank import REASON_MAXIMUM, BankLine, BookLine, LineState, Match, Reconciliation, Statement
from ledger.domain.bank_matching import Pass, Proposal
from ledger.domain.bank_reconciliation import Outstanding, Unrecorded
from ledger.domain.bank_rules import WORDS_MAXIMUM, Action, Direction, Rule, RuleChange
from ledger.domain.entries import DESCRIPTION_MAXIMUM
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.domain.refusals import RequestInvalid
from ledger.domain.sheet_profiles import NAMES, Choice, DayOrder, Profile
from ledger.services.accounts import ID_MAXIMUM
from ledger.services.bank_matching import HAND_MAXIMUM, MARKS_MAXIMUM, RecordLine, Shown
from ledger.services.bank_reconciliation import ProofView
from ledger.services.bank_statements import TICKS_MAXIMUM, Incoming, Standing, StartView

PLACE_MAXIMUM = 2**63 - 1
# A rule is of every account that its union keeps; both currencies of the books have two decimals.
_OF_RULES = "CAD"
AccountNumber = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="Id of a bank account, as `listBankAccounts` has it")]
LineNumber = Annotated[int, PathParameter(ge=1, le=PLACE_MAXIMUM, description="Number of a bank line")]
MatchNumber = Annotated[int, PathParameter(ge=1, le=PLACE_MAXIMUM, description="Id of a match")]
RuleNumber = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="Id of a rule")]
BankStateWord = Literal["import", "start", "match", "reconcile", "nothing"]
ByWord = Literal["reference", "cancelled_out", "amount_and_date", "rule", "one_to_many", "many_to_one", "net_of_fee", "amount", "none"]
_Number = Annotated[int, msgspec.Meta(ge=1, le=PLACE_MAXIMUM)]
_Place = Annotated[int, msgspec.Meta(ge=0, lt=1_000)]
_Mark = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
_Code = Annotated[str, msgspec.Meta(max_length=20)]
_Remark = Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)]
_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


# --- what comes in ------------------------------------------------------------------------------------------------------------


class BankProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a bank's sheet is read: the place of each column from 0, the row of its heading (0 for none), how its days and figures are written.

    `flip` turns every sign; `debit` is what the word debit means; `currency` is that of rows that say none.
    """

    columns: dict[str, _Place]
    day_order: DayOrder = "iso"
    decimal_sign: Literal[".", ","] = "."
    thousands_sign: Literal["", ",", ".", " ", "'"] = ""
    flip: bool = False
    debit: Literal["out", "in"] = "out"
    heading_row: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 1
    currency: CurrencyCode | None = None

    @property
    def profile(self) -> Profile:
        """The same, as the books keep it; refuses a column that no sheet of a bank has."""
        if set(self.columns) - set(NAMES):
            raise RequestInvalid(fields={"columns": "unknown"})
        facts = {name: getattr(self, name) for name in self.__struct_fields__}
        return Profile(**facts | {"currency": self.currency or ""})


class BankStatementIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bank's file in base64: OFX, QFX, camt.053, MT940, BAI2, CSV or XLSX. What is left out is found out.

    A sheet is read by `profile`, else as the account's last one was, else as its headings say; it says only the days of its lines, so say of which
    days it is. `opening` is what the account held before, where neither the file nor an earlier statement says it; `bank_account` the bank's number
    of the account that is meant, where the file holds several; `new_number` that the bank changed that number.
    """

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
    content: bytes
    profile: BankProfile | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    opening: Amount | None = None
    bank_account: Annotated[str, msgspec.Meta(max_length=200)] = ""
    new_number: bool = False


class BankReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, as the other union reads it."""

    reason: _Reason


class BankPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A posting by its place in the journal: the entry's number, and its line."""

    entry: _Number
    line: Annotated[int, msgspec.Meta(ge=1, le=32_767)]


class BankStartIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The earlier postings that were in circulation when the first statement opened: together what the book and the bank differed by."""

    outstanding: Annotated[list[BankPlace], msgspec.Meta(max_length=TICKS_MAXIMUM)]


class BankMarksIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proposals by their marks, as `listBankProposals` has them: accepted all or none."""

    marks: Annotated[list[_Mark], msgspec.Meta(min_length=1, max_length=MARKS_MAXIMUM)]


class BankMatchIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lines and postings that come to the same, two at least; either side may be empty where the other cancels itself out."""

    lines: Annotated[list[_Number], msgspec.Meta(max_length=HAND_MAXIMUM)] = []
    postings: Annotated[list[BankPlace], msgspec.Meta(max_length=HAND_MAXIMUM)] = []
    remark: _Remark = ""


class BankEntryIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The entry that a line lacks: a `fee` out of a `fund`, `interest` into one, a `contribution` of a `union`, or the `receipt` of a `transfer`, with
    the `fee` that the bank kept of it and the `rate` where it converted. Without a `description` the journal says what it is and the line's number,
    because the bank's own text may name a person. `learn` keeps a rule for lines of the same
    words, up to four of the bank's, which both unions read: leave it out where they name a person.
    """

    action: Literal["fee", "interest", "contribution", "receipt"]
    fund: _Code = ""
    union: _Code = ""
    local: _Code = ""
    pledge: _Code = ""
    transfer: _Code = ""
    description: Annotated[str, msgspec.Meta(max_length=DESCRIPTION_MAXIMUM)] = ""
    fee: Amount | None = None
    rate: RateText | None = None
    learn: bool = False

    def asked(self, line: int, currency: str) -> RecordLine:
        """The same, as the service takes it."""
        return RecordLine(
            line=line, action=self.action, fund=self.fund, union=self.union, local=self.local, pledge=self.pledge, transfer=self.transfer,
            description=self.description, fee_minor=minor_in(self.fee, currency) if self.fee else 0, rate=Decimal(self.rate) if self.rate else None,
            learn=self.learn,
        )  # fmt: skip


class BankReconciliationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The last day of a statement at which the account is proved."""

    date: date
    remark: _Remark = ""


class BankReopeningIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day of the account's last reconciliation, and why it is taken back."""

    date: date
    reason: _Reason


class BankRuleIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule: lines that hold all of the `words`, of the `direction`, from `least` to `most` in the currency of whichever account it meets.

    `facts` is what the action needs: `fund`, `union`, `text` of the posting to match, or the `reason` to leave it out.
    """

    words: Annotated[str, msgspec.Meta(min_length=1, max_length=WORDS_MAXIMUM)]
    direction: Direction
    action: Action
    least: DecimalText | None = None
    most: DecimalText | None = None
    facts: dict[Literal["fund", "union", "local", "text", "reason"], Annotated[str, msgspec.Meta(max_length=200)]] = {}

    @property
    def asked(self) -> RuleChange:
        """The same, as the service takes it."""
        least, most = (None if text is None else minor_from_text(text, _OF_RULES) for text in (self.least, self.most))
        facts = {str(name): text for name, text in self.facts.items()}
        return RuleChange(words=self.words, direction=self.direction, action=self.action, least_minor=least, most_minor=most, facts=facts)


class BankRuleChangeIn(BankRuleIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as it is to be from now on, and the version that was read."""

    version: Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]


class BankRuleVersionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version of the rule that was read."""

    version: Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]


# --- accounts and statements --------------------------------------------------------------------------------------------------


class BankAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account and how it stands: from which day it is reconciled, to which its statements and its reconciliations go, its lines by state, and
    what comes next: `import`, `start`, `match`, `reconcile` or `nothing`.
    """

    id: int
    href: str
    account: str
    currency: str
    name_en: str
    name_fr: str
    custodian: str | None
    starts_on: date | None
    covered_to: date | None
    reconciled_to: date | None
    lines: dict[str, int]
    open_lines: int
    next_step: BankStateWord


class BankStatementOut(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as kept: the bank's own number of the account and of the statement, its days and balances, and how many of its lines had come
    before and how many are open. `sha256` is that of the file, `document` its id.
    """

    number: str
    href: str
    account_id: int
    format: str
    bank_account: str
    bank_number: str
    starts_on: date
    ends_on: date
    opening: Amount
    opening_given: bool
    closing: Amount
    lines: int
    known_lines: int
    open_lines: int
    state: Literal["kept", "withdrawn"]
    remark: str
    document: UUID
    filename: str
    sha256: str
    imported_by: str
    imported_at: datetime


class BankStatementsBrought(msgspec.Struct, frozen=True):
    """The statements of the file that were new."""

    statements: list[BankStatementOut]


class BankIncomingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of a file as it would come in; `book` is what the books had the day before, for an account's first, whose start is set from it."""

    format: str
    bank_account: str
    starts_on: date
    ends_on: date
    opening: Amount
    closing: Amount
    known_lines: int
    new_lines: int
    gap_days: int
    book: Amount | None


class BankStatementPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a file in would do, up to what stands in the way: `problem` is its code, null where nothing does. `bank_accounts` are the numbers
    of the accounts that the file is of. Of a sheet, `profile` is how it is read, `headings` its columns and `choose` what it does not tell by itself.
    """

    sha256: str
    statements: list[BankIncomingOut]
    bank_accounts: list[str]
    problem: str | None
    profile: BankProfile | None
    headings: list[str]
    choose: list[Choice]


class BankLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the bank wrote it, and how it stands here: `new`, `matched`, `excluded` for a `reason`, `zero` where it moves nothing, `withdrawn`
    with its statement.
    """

    number: int
    href: str
    account_id: int
    statement: str
    day: date
    value_date: date | None
    amount: Amount
    reference: str
    cheque: str
    counterparty: str
    text: str
    code: str
    bank_id: str
    state: LineState
    reason: str
    match: int | None


class BankStatementWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with a page of its lines; `next` is sent as `after` for those that follow."""

    statement: BankStatementOut
    lines: list[BankLineOut]
    next: str | None


# --- matching -----------------------------------------------------------------------------------------------------------------


class BankPostingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A posting of the account, with what its entry says."""

    entry: int
    line: int
    day: date
    amount: Amount
    kind: str
    description: str
    reference: str
    subject: str
    fund: str


class BankProposalOut(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and postings that seem to be the same money, on what grounds (`by`), and the `mark` by which it is accepted. Sums agree but for `fee`,
    which the bank kept and accepting records; `days` is how far their days lie apart, `found` the reference or the words of the `rule`.
    """

    mark: str
    by: Pass
    lines: list[int]
    postings: list[BankPlace]
    amount: Amount
    fee: Amount
    days: int
    found: str
    rule: int | None


class BankMatchOut(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and postings that are the same money; `cleared_on` is the day by which both sides had it, `undone_at` null while it stands."""

    id: int
    account_id: int
    by: Pass
    rule: int | None
    amount: Amount
    cleared_on: date
    remark: str
    made_by: str
    made_at: datetime
    undone_at: datetime | None
    lines: list[int]
    postings: list[BankPlace]


class BankLineWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A line with what is proposed for it or what it was matched with, and the postings of either."""

    line: BankLineOut
    proposal: BankProposalOut | None
    match: BankMatchOut | None
    postings: list[BankPostingOut]


class BankMatchesMade(msgspec.Struct, frozen=True):
    """Ids of the matches that were made. A rule that leaves its line out makes none."""

    matches: list[int]


class BankEntryMade(msgspec.Struct, frozen=True):
    """The entry that was recorded from a line and matched with it."""

    entry: int
    href: str


class BankRuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in force; `account_id` is null for every account that the union keeps, `learnt_from` the line whose recording made it."""

    id: int
    union: str
    account_id: int | None
    words: str
    direction: Direction
    least: str | None
    most: str | None
    action: Action
    facts: dict[str, str]
    uses: int
    version: int
    learnt_from: int | None


# --- the start and the proof --------------------------------------------------------------------------------------------------


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


# --- how each is made ---------------------------------------------------------------------------------------------------------


def account_out(each: Standing) -> BankAccountOut:
    """An account as it travels."""
    account = each.account
    return BankAccountOut(
        id=account.id, href=f"/api/v1/bank-accounts/{account.id}", account=f"{account.book}/{account.path}", currency=account.currency,
        name_en=account.name_en, name_fr=account.name_fr, custodian=account.custodian, starts_on=each.start.starts_on if each.start else None,
        covered_to=each.covered_to, reconciled_to=each.reconciled_to, lines=each.lines, open_lines=each.open_lines,
        next_step=each.next_step,  # type: ignore[arg-type]
    )  # fmt: skip


def profile_out(each: Profile) -> BankProfile:
    """A way of reading as it travels."""
    facts = {name: getattr(each, name) for name in each.__struct_fields__}
    return BankProfile(**facts | {"currency": each.currency or None})


def statement_out(each: Statement) -> BankStatementOut:
    """A statement as it travels."""
    currency = each.currency
    return BankStatementOut(
        number=each.number, href=f"/api/v1/bank-statements/{each.number}", account_id=each.account_id, format=each.format,
        bank_account=each.bank_account, bank_number=each.bank_number, starts_on=each.starts_on, ends_on=each.ends_on,
        opening=amount(each.opening_minor, currency), opening_given=each.opening_given, closing=amount(each.closing_minor, currency), lines=each.lines,
        known_lines=each.known_lines, open_lines=each.open_lines, state="kept" if each.state == "kept" else "withdrawn", remark=each.remark,
        document=each.document_id, filename=each.filename, sha256=each.sha256, imported_by=each.imported_by_name, imported_at=each.imported_at,
    )  # fmt: skip


def incoming_out(each: Incoming, currency: str) -> BankIncomingOut:
    """A statement that would come in, as it travels."""
    return BankIncomingOut(
        format=each.statement.format, bank_account=each.statement.account, starts_on=each.starts_on, ends_on=each.ends_on,
        opening=amount(each.opening_minor, currency), closing=amount(each.closing_minor, currency), known_lines=each.known, new_lines=each.new,
        gap_days=each.gap_days, book=None if each.book_minor is None else amount(each.book_minor, currency),
    )  # fmt: skip


def line_out(each: BankLine, currency: str) -> BankLineOut:
    """A line as it travels."""
    names = ("number", "account_id", "statement", "day", "value_date", "reference", "cheque", "counterparty", "text", "code", "bank_id", "state", "reason")
    facts = {name: getattr(each, name) for name in names}
    return BankLineOut(href=f"/api/v1/bank-lines/{each.number}", amount=amount(each.amount_minor, currency), match=each.match_id, **facts)


def posting_out(each: BookLine, currency: str) -> BankPostingOut:
    """A posting as it travels."""
    facts = {name: getattr(each, name) for name in each.__struct_fields__ if name != "amount_minor"}
    return BankPostingOut(amount=amount(each.amount_minor, currency), **facts)


def proposal_out(each: Proposal, currency: str) -> BankProposalOut:
    """A proposal as it travels."""
    return BankProposalOut(
        mark=each.mark, by=each.by, lines=list(each.lines), postings=[BankPlace(*place) for place in each.postings],
        amount=amount(each.amount_minor, currency), fee=amount(each.fee_minor, currency), days=each.days, found=each.found, rule=each.rule_id,
    )  # fmt: skip


def match_out(each: Match, currency: str) -> BankMatchOut:
    """A match as it travels."""
    return BankMatchOut(
        id=each.id, account_id=each.account_id, by=each.by, rule=each.rule_id, amount=amount(each.amount_minor, currency), cleared_on=each.cleared_on,
        remark=each.remark, made_by=each.made_by_name, made_at=each.made_at, undone_at=each.undone_at, lines=each.lines,
        postings=[BankPlace(*place) for place in each.postings],
    )  # fmt: skip


def shown_out(each: Shown, currency: str) -> BankLineWhole:
    """A line with what belongs to it, as it travels."""
    return BankLineWhole(
        line=line_out(each.line, currency), proposal=proposal_out(each.proposal, currency) if each.proposal else None,
        match=match_out(each.match, currency) if each.match else None, postings=[posting_out(one, currency) for one in each.postings],
    )  # fmt: skip


def rule_out(each: Rule) -> BankRuleOut:
    """A rule as it travels."""
    facts = {name: getattr(each, name) for name in each.__struct_fields__ if name not in ("facts", "changed_by", "least_minor", "most_minor")}
    least, most = (None if minor is None else text_from_minor(minor, _OF_RULES) for minor in (each.least_minor, each.most_minor))
    return BankRuleOut(facts={name: str(value) for name, value in each.facts.items() if value}, least=least, most=most, **facts)


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
