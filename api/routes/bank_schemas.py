"""Say how bank accounts, their statements, lines and postings travel in JSON."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import PathParameter

from api.schemas import Amount, CurrencyCode, amount
from ledger.domain.bank import REASON_MAXIMUM, BankLine, BookLine, LineState, Statement
from ledger.domain.refusals import RequestInvalid
from ledger.domain.sheet_profiles import NAMES, Choice, DayOrder, Profile
from ledger.services.accounts import ID_MAXIMUM
from ledger.services.bank_standings import Standing
from ledger.services.bank_statements import Incoming

PLACE_MAXIMUM = 2**63 - 1
AccountNumber = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="Id of a bank account, as `listBankAccounts` has it")]
BankStateWord = Literal["import", "start", "match", "reconcile", "nothing"]
PlaceNumber = Annotated[int, msgspec.Meta(ge=1, le=PLACE_MAXIMUM)]
_Place = Annotated[int, msgspec.Meta(ge=0, lt=1_000)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]
Remark = Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)]


# --- what comes in ----------------------------------------------------------------------------------------------------


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

    reason: Reason


class BankPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A posting by its place in the journal: the entry's number, and its line."""

    entry: PlaceNumber
    line: Annotated[int, msgspec.Meta(ge=1, le=32_767)]


# --- what is told -----------------------------------------------------------------------------------------------------


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


# --- how each is made -------------------------------------------------------------------------------------------------


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
    facts = {name: getattr(each, name) for name in each.__struct_fields__ if name != "headings"}
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
