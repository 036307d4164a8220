"""Describe what is kept of a bank account beside its postings: its start, its statements and their lines, and what was matched with what."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from ledger.domain.bank_matching import Pass

# A line that moves no money is kept and is no work; one of a statement that was withdrawn is kept and counts nowhere.
LineState = Literal["new", "matched", "excluded", "zero", "withdrawn"]
LINE_STATES: tuple[LineState, ...] = ("new", "matched", "excluded", "zero")
REASON_MAXIMUM = 300


class Start(msgspec.Struct, frozen=True):
    """Where an account's reconciling begins: the statement's opening and the book the day before, as the books were at ``head_number``."""

    account_id: int
    starts_on: date
    statement_minor: int
    book_minor: int
    head_number: int
    set_by: int
    set_at: datetime


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A bank statement that was brought in. ``known_lines`` of its ``lines`` had come with another before;
    ``open_lines`` of the rest were not dealt with, or need not be.
    """

    number: str
    ordinal: int
    account_id: int
    format: str
    bank_account: str
    bank_number: str
    starts_on: date
    ends_on: date
    opening_minor: int
    opening_given: bool
    closing_minor: int
    lines: int
    known_lines: int
    document_id: UUID
    state: str
    imported_by: int
    imported_by_name: str
    imported_at: datetime
    remark: str
    open_lines: int = 0
    sha256: str = ""
    filename: str = ""
    currency: str = ""


class BankLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a bank account, as the bank wrote it, and how it stands here; ``match_id`` of the live match that holds it."""

    number: int
    account_id: int
    statement: str
    day: date
    value_date: date | None
    amount_minor: int
    bank_id: str
    reference: str
    cheque: str
    counterparty: str
    text: str
    code: str
    state: LineState
    reason: str
    match_id: int | None = None

    @property
    def words(self) -> str:
        """Everything the bank wrote of it, each text once: a file without a memo has the name in its place."""
        return " ".join(dict.fromkeys(part for part in (self.counterparty, self.text, self.reference) if part))


class BookLine(msgspec.Struct, frozen=True, kw_only=True):
    """A posting of the account, with what its entry says."""

    entry: int
    line: int
    day: date
    amount_minor: int
    kind: str
    description: str
    reference: str
    subject: str
    fund: str


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and postings that are the same money; ``cleared_on`` is the day by which both sides had it."""

    id: int
    account_id: int
    by: Pass
    rule_id: int | None
    amount_minor: int
    cleared_on: date
    remark: str
    made_by: int
    made_by_name: str
    made_at: datetime
    undone_at: datetime | None
    lines: list[int]
    postings: list[tuple[int, int]]


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """An account proved at a statement's last day."""

    account_id: int
    ends_on: date
    version: int
    statement: str
    statement_minor: int
    book_minor: int
    deposits_minor: int
    payments_minor: int
    bank_errors_minor: int
    recorded_later_minor: int
    done_by: int
    done_by_name: str
    done_at: datetime
    undone_at: datetime | None
    remark: str
