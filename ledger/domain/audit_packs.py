"""Say what an audit pack is: its format and version, its manifest, and the closed list of the files that it must have.

A pack is a ZIP. ``MANIFEST.json`` names every file in it with its size and SHA-256, ``MANIFEST.sha256`` says the same for ``sha256sum -c``. Which files
there are follows from the version, the period, and what the pack itself lists: the fixed reports in ``closes/reports.jsonl``, the documents in
``documents/index.jsonl``. What could not be made is in the manifest, with why. ``audit_pack_check`` proves one.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

# Version 2 has a closed list of files, the fixed reports as records, the maps to forms and the log of members' requests.
PACK_FORMAT, PACK_VERSION = "solidarity-audit-pack", 2
MANIFEST, SUMS = "MANIFEST.json", "MANIFEST.sha256"
READMES = ("README.txt", "LISEZMOI.txt")
JOURNAL = "journal/journal.jsonl"
SHEET = "journal/journal.csv"
OTHER_JOURNALS = ("journal/journal.journal", "journal/journal.beancount", SHEET)
HEADS = "heads/kept-heads.jsonl"
OPENING, CLOSING, LEDGER = "trial-balances/opening.csv", "trial-balances/closing.csv", "general-ledger/general-ledger.csv"
BALANCE_COLUMNS = ("book", "account", "currency", "fund", "balance")
SHEET_COLUMNS = (
    "number", "entry_date", "effective_date", "recorded_at", "kind", "description", "reference", "subject", "actor", "reverses", "corrects", "book", "fund",
    "account", "currency", "amount", "memo",
)  # fmt: skip
LEDGER_COLUMNS = ("book", "account", "currency", "fund", "entry_date", "entry", "description", "reference", "subject", "amount", "balance")
AUDIT_TRAIL = "audit/audit-trail.jsonl"
CLOSES, REPORTS, SIGNATURES = "closes", "closes/reports.jsonl", "closes/signatures.jsonl"
REPORT_FILES = ("report-en.pdf", "report-fr.pdf", "facts.json", "head.json")
DOCUMENTS, INDEX = "documents", "documents/index.jsonl"
ACCOUNTS, PEOPLE = "chart/accounts.jsonl", "people/people.jsonl"
RECONCILIATIONS, BANK_STATEMENTS = "bank/reconciliations.jsonl", "bank/statements.jsonl"
# Every file of records; tests hold what is written to it.
RECORD_FILES: tuple[str, ...] = (
    PEOPLE, "people/roles.jsonl",
    "chart/unions.jsonl", "chart/funds.jsonl", ACCOUNTS, "chart/periods.jsonl",
    "rates/rates.jsonl", "rates/revaluations.jsonl",
    "money/pledges.jsonl", "money/pledge-instalments.jsonl", "money/contributions.jsonl", "money/transfers.jsonl", "money/transfer-events.jsonl",
    "approvals/campaigns.jsonl", "approvals/campaign-budgets.jsonl", "approvals/rules.jsonl", "approvals/requests.jsonl",
    "approvals/request-revisions.jsonl", "approvals/request-lines.jsonl", "approvals/decisions.jsonl", "approvals/board-resolutions.jsonl",
    "approvals/board-votes.jsonl", "approvals/request-events.jsonl", "approvals/commitments.jsonl", "approvals/payments.jsonl",
    "approvals/payees.jsonl", "approvals/payee-accounts.jsonl",
    "between-unions/agreements.jsonl", "between-unions/agreement-signatures.jsonl", "between-unions/loans.jsonl",
    "between-unions/loan-instalments.jsonl", "between-unions/loan-resolutions.jsonl", "between-unions/steps.jsonl", "between-unions/deliveries.jsonl",
    "between-unions/membership-counts.jsonl", "between-unions/joint-costs.jsonl", "between-unions/equalisations.jsonl",
    "strikes/strikes.jsonl", "strikes/authorisations.jsonl", "strikes/runs.jsonl", "strikes/advances.jsonl", "strikes/rules.jsonl",
    BANK_STATEMENTS, RECONCILIATIONS,
    "comparison/comparisons.jsonl", "comparison/agreements.jsonl", "comparison/differences.jsonl", "comparison/difference-events.jsonl",
    "closes/closes.jsonl", "closes/confirmations.jsonl", REPORTS, SIGNATURES, "closes/reopenings.jsonl", HEADS,
    "forms/form-maps.jsonl", "forms/statement-requests.jsonl",
)  # fmt: skip
# Statements as (folder, report): of the day before the period, of its last day, of its days, and of the day on which the pack is made.
AT_BEGINNING: tuple[tuple[str, str], ...] = (("trial-balances", "trial-balance"),)
AT_END: tuple[tuple[str, str], ...] = (
    ("trial-balances", "trial-balance"), ("statements", "financial-position"), ("statements", "contributions-pledges"), ("statements", "between-unions"),
    ("statements", "in-transit"),
)  # fmt: skip
OF_PERIOD: tuple[tuple[str, str], ...] = (
    ("statements", "fund-statement"), ("statements", "activities"), ("statements", "allocations"),
    ("statements", "equalisation"), ("statements", "resource-balance"),
)  # fmt: skip
AS_MADE: tuple[tuple[str, str], ...] = (("statements", "strike-support"),)
STATEMENT_ENDINGS = ("-en.pdf", "-en.csv", "-fr.pdf", "-fr.csv", ".json")
# Why a statement may be wanting.
LEFT_OUT_WHY = ("report_too_large", "rate_missing")
# What a pack may hold, when it is made and when it is read.
PACK_MAXIMUM_BYTES, UNPACKED_MAXIMUM_BYTES, FILES_MAXIMUM = 4_000_000_000, 40_000_000_000, 100_000
# How many are kept at a time; each is a copy of everything.
PACKS_MAXIMUM = 20


# A time of a record: without its zone it can be put in no order with others.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Listed(msgspec.Struct, frozen=True):
    """One file of a pack as its manifest names it, and what it is in both languages."""

    path: str
    bytes: int
    sha256: str
    en: str
    fr: str


class Period(msgspec.Struct, frozen=True):
    """The days a pack is of."""

    first: date
    last: date


class PackHead(msgspec.Struct, frozen=True):
    """The last entry that the pack saw."""

    number: int
    hash: str


class LeftOut(msgspec.Struct, frozen=True):
    """What would belong in a pack and could not be made, and why."""

    what: str
    why: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack says of itself."""

    format: str
    version: int
    software: str
    sample: bool
    made_at: datetime
    made_by: str
    period: Period
    head: PackHead
    files: list[Listed]
    left_out: list[LeftOut] = []


def sums_line(path: str, sha256: str) -> str:
    """One line as ``sha256sum -c`` reads it."""
    return f"{sha256}  {path}\n"


def statement_stem(folder: str, name: str, day: date | None) -> str:
    """Where a statement is, without its language and kind."""
    return f"{folder}/{name}-{day.isoformat()}" if day else f"{folder}/{name}"


def statements(period: Period) -> tuple[tuple[str, str, date | None], ...]:
    """Every statement of a pack: its folder, its report, and the day in its name, none for one that is of the day on which the pack is made."""
    before = period.first - timedelta(days=1)
    of_period = ((*each, period.last) for each in (*AT_END, *OF_PERIOD))
    return (*((*each, before) for each in AT_BEGINNING), *of_period, *((*each, None) for each in AS_MADE))


def required(period: Period, left_out: Iterable[str] = ()) -> set[str]:
    """The files that a pack of a period must have, without what could not be made; fixed reports and documents come to them."""
    stems = {statement_stem(*each) for each in statements(period)} - set(left_out)
    fixed = (*READMES, JOURNAL, *OTHER_JOURNALS, OPENING, CLOSING, LEDGER, AUDIT_TRAIL, INDEX, *RECORD_FILES)
    return {*fixed, *(f"{stem}{ending}" for stem in stems for ending in STATEMENT_ENDINGS)}


def report_folder(close: str, version: int) -> str:
    """Where a version of a fixed report is."""
    return f"{CLOSES}/{close}/v{version}"
