"""Hold the records of a pack to each other: what is numbered has no gaps, what is named is there, what the audit trail tells was recorded, and documents
are those that the books kept.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.audit_pack_files import PackFiles
from ledger.domain.audit_packs import (
    ACCOUNTS,
    AUDIT_TRAIL,
    BANK_STATEMENTS,
    DOCUMENTS,
    HEADS,
    INDEX,
    PEOPLE,
    RECONCILIATIONS,
    RECORD_FILES,
    REPORTS,
    SIGNATURES,
    Instant,
    Manifest,
)

Row = dict[str, Any]
_REQUESTS, _REVISIONS, _CLOSES = "approvals/requests.jsonl", "approvals/request-revisions.jsonl", "closes/closes.jsonl"
_DECISIONS, _LINES = "approvals/decisions.jsonl", "approvals/request-lines.jsonl"
# What counts from one without a gap: the file, what it counts within, and the number.
SEQUENCES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (_REVISIONS, ("request",), "revision"), ("approvals/decisions.jsonl", ("request",), "ordinal"),
    ("approvals/request-events.jsonl", ("request",), "ordinal"), ("money/transfer-events.jsonl", ("transfer",), "ordinal"),
    ("comparison/difference-events.jsonl", ("difference",), "ordinal"), (REPORTS, ("close",), "version"),
    (SIGNATURES, ("close", "version", "union"), "ordinal"), (RECONCILIATIONS, ("account_id", "ends_on"), "version"),
    ("between-unions/agreements.jsonl", ("number",), "version"), ("between-unions/membership-counts.jsonl", ("union", "as_of"), "version"),
    ("forms/form-maps.jsonl", ("union",), "version"),
)  # fmt: skip
# What names a record of another file: the file and its column, the other file and what it is named by there.
REFERENCES: tuple[tuple[str, str, str, str], ...] = (
    *((path, "request", _REQUESTS, "number") for path in RECORD_FILES if path.startswith("approvals/request-")),
    *((f"approvals/{name}.jsonl", "request", _REQUESTS, "number") for name in ("decisions", "board-resolutions", "board-votes", "commitments", "payments")),
    ("approvals/payments.jsonl", "payee", "approvals/payees.jsonl", "number"), ("approvals/payments.jsonl", "account_id", ACCOUNTS, "id"),
    ("approvals/decisions.jsonl", "person_id", PEOPLE, "id"), ("approvals/board-votes.jsonl", "person_id", PEOPLE, "id"),
    ("approvals/board-resolutions.jsonl", "document_id", INDEX, "id"), ("strikes/authorisations.jsonl", "strike", "strikes/strikes.jsonl", "number"),
    ("strikes/runs.jsonl", "strike", "strikes/strikes.jsonl", "number"), ("money/contributions.jsonl", "account_id", ACCOUNTS, "id"),
    ("money/contributions.jsonl", "fund_id", "chart/funds.jsonl", "id"), ("money/transfer-events.jsonl", "transfer", "money/transfers.jsonl", "number"),
    ("money/pledge-instalments.jsonl", "pledge", "money/pledges.jsonl", "number"), (BANK_STATEMENTS, "account_id", ACCOUNTS, "id"),
    (BANK_STATEMENTS, "document_id", INDEX, "id"), (RECONCILIATIONS, "account_id", ACCOUNTS, "id"), (RECONCILIATIONS, "done_by", PEOPLE, "id"),
    ("comparison/agreements.jsonl", "comparison", "comparison/comparisons.jsonl", "number"), ("comparison/agreements.jsonl", "person_id", PEOPLE, "id"),
    ("comparison/difference-events.jsonl", "difference", "comparison/differences.jsonl", "number"),
    ("closes/confirmations.jsonl", "close", _CLOSES, "number"), ("closes/reopenings.jsonl", "close", _CLOSES, "number"),
    (SIGNATURES, "close", _CLOSES, "number"), (SIGNATURES, "person_id", PEOPLE, "id"), (HEADS, "person_id", PEOPLE, "id"),
    (REPORTS, "fixed_by", PEOPLE, "id"), ("people/roles.jsonl", "person_id", PEOPLE, "id"), ("forms/form-maps.jsonl", "changed_by", PEOPLE, "id"),
)  # fmt: skip


class Told(msgspec.Struct, frozen=True):
    """What the audit trail tells of once for each record of a file: by its subject and details on one side, its columns on the other.

    ``decision`` is the one that the action makes, where others are in the same file.
    """

    action: str
    path: str
    details: tuple[str, ...]
    columns: tuple[str, ...]
    at: str
    subject: str = ""
    decision: str = ""


TOLD: tuple[Told, ...] = (
    Told("fix_report", REPORTS, ("version", "facts_sha256"), ("version", "facts_sha256"), "fixed_at", "close"),
    Told("sign_report", SIGNATURES, ("version", "decision", "digest"), ("version", "decision", "digest"), "signed_at", "close"),
    Told("keep_head", HEADS, ("version", "head"), ("version", "head_number"), "kept_at", "close"),
    Told("reconcile_bank", RECONCILIATIONS, ("date", "statement", "book_minor"), ("ends_on", "statement", "book_minor"), "done_at"),
    *(
        Told(action, _DECISIONS, details, details, "decided_at", "request", decision)
        for action, details, decision in (
            ("approve_request", ("revision", "capacity"), "approved"), ("return_request", ("revision",), "returned"),
            ("reject_request", ("revision",), "rejected"),
        )
    ),
    Told("vote_request", "approvals/board-votes.jsonl", ("vote",), ("vote",), "voted_at", "request"),
    Told("change_form_map", "forms/form-maps.jsonl", ("form", "valid_from"), ("form", "valid_from"), "changed_at"),
)


class TrailLine(msgspec.Struct, frozen=True):
    """A line of the audit trail, as far as records are held to it."""

    recorded_at: Instant
    action: str
    outcome: str
    subject: str
    details: dict[str, Any]


class IndexRow(msgspec.Struct, frozen=True):
    """A document as ``documents/index.jsonl`` has it; ``path`` is none where it is named and not in the pack, with a reason."""

    id: str
    path: str | None
    left_out: str | None
    sha256: str
    filename: str
    size_bytes: int


def check_records(files: PackFiles, manifest: Manifest) -> None:
    """Numbers without gaps, records that others name, entries that the journal has, and the audit trail."""
    for path, within, number in SEQUENCES:
        _sequence(files, path, within, number)
    known: dict[tuple[str, str], set[str]] = {}
    for path, column, other, name in REFERENCES:
        if (other, name) not in known:
            known[other, name] = _values(files, other, name)
        for value in sorted(_values(files, path, column) - known[other, name]):
            files.fault(f"{path}: {column} {value[:60]} is not in {other}")
    _revisions(files)
    _entries(files, manifest.head.number)
    _trail(files, manifest)


def _values(files: PackFiles, path: str, column: str) -> set[str]:
    """What stands in a column, as text: a forger may have put anything there, and not all of it can be a key."""
    return {str(value) for row in files.rows(path, Row) if (value := row.get(column)) is not None}


def _sequence(files: PackFiles, path: str, within: Iterable[str], number: str) -> None:
    found = defaultdict[str, list[int]](list)
    for row in files.rows(path, Row):
        value = row.get(number)
        found[" ".join(str(row.get(name)) for name in within)].append(value if type(value) is int else 0)
    for key, numbers in sorted(found.items()):
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers)) if len(numbers) < 100_000 and max(numbers) < 1_000_000 else []
            said = f"{number} {missing[0]} is missing" if missing else f"{number} is there twice, or is no number"
            files.fault(f"{path}: of {key[:80]}, {said}")


def _revisions(files: PackFiles) -> None:
    """Every request has as many submissions as it says."""
    counted = Counter(str(row.get("request")) for row in files.rows(_REVISIONS, Row))
    for row in files.rows(_REQUESTS, Row):
        if counted[str(row.get("number"))] != row.get("revision"):
            said = f"{row.get('revision')} times, and {_REVISIONS} has {counted[str(row.get('number'))]}"
            files.fault(f"{_REQUESTS}: {str(row.get('number'))[:40]} was submitted {said}")


def _entries(files: PackFiles, last: int) -> None:
    """Every entry that a record rests on is in the journal."""
    for path in RECORD_FILES:
        for row in files.rows(path, Row):
            for name, value in row.items():
                if (name == "entry" or name.endswith("_entry") or name == "entry_number") and type(value) is int and not 0 < value <= last:
                    files.fault(f"{path}: {name} {value} is not in the journal, which ends at {last}")


# --- the audit trail ------------------------------------------------------------------------------------------------------


def _trail(files: PackFiles, manifest: Manifest) -> None:
    """What was done and is told, and what is recorded: each once on both sides. The trail begins on the period's first day."""
    told: dict[str, Counter[tuple[str, ...]]] = {each.action: Counter() for each in TOLD}
    by_action = {each.action: each for each in TOLD}
    asked = _asked(files)
    for line in files.rows(AUDIT_TRAIL, TrailLine):
        if line.action == "submit_request" and line.outcome == "done":
            _submitted(files, line, asked)
        if line.outcome == "done" and (each := by_action.get(line.action)):
            told[each.action][_key(line.subject if each.subject else "", (line.details.get(name) for name in each.details))] += 1
    for each in TOLD:
        recorded: Counter[tuple[str, ...]] = Counter()
        early: set[tuple[str, ...]] = set()
        for row in files.rows(each.path, Row):
            if each.decision and row.get("decision") != each.decision:
                continue
            key = _key(str(row.get(each.subject)) if each.subject else "", (row.get(name) for name in each.columns))
            recorded[key] += 1
            if not _is_within(row.get(each.at), manifest.period.first):
                early.add(key)
        for key in sorted(recorded.keys() | told[each.action].keys()):
            if (lacks := told[each.action][key] - recorded[key]) > 0:
                files.fault(f"{each.path} lacks {lacks} that {AUDIT_TRAIL} tells of: {each.action} {' '.join(key)[:150]}")
            elif lacks < 0 and key not in early:
                files.fault(f"{AUDIT_TRAIL} does not tell of {-lacks} of {each.path}: {each.action} {' '.join(key)[:150]}")


def _asked(files: PackFiles) -> Mapping[tuple[str, str], Counter[str]]:
    """What each submission of a request asks for, by currency."""
    found = defaultdict[tuple[str, str], Counter[str]](Counter)
    for row in files.rows(_LINES, Row):
        minor = row.get("amount_minor")
        found[str(row.get("request")), str(row.get("revision"))][str(row.get("currency"))] += minor if type(minor) is int else 0
    return found


def _submitted(files: PackFiles, line: TrailLine, asked: Mapping[tuple[str, str], Counter[str]]) -> None:
    """A submission as the trail tells of it, against its lines."""
    told, revision = line.details.get("amounts"), str(line.details.get("revision"))
    if isinstance(told, dict) and told != dict(asked.get((line.subject, revision), {})):
        files.fault(f"{_LINES}: submission {revision} of {line.subject[:40]} asks for other amounts than {AUDIT_TRAIL} tells of")


def _key(subject: str, values: Iterable[Any]) -> tuple[str, ...]:
    return (subject, *(str(value) for value in values))


def _is_within(at: Any, first: date) -> bool:
    """Whether a record is of a day that the trail surely has; the first day is left alone, as it begins at midnight where the books are."""
    try:
        return datetime.fromisoformat(str(at)).date() > first
    except ValueError:
        return False


# --- documents ------------------------------------------------------------------------------------------------------------


def documents_of(files: PackFiles) -> list[str]:
    """The documents that the pack's own list says are in it."""
    return [row.path for row in files.rows(INDEX, IndexRow) if row.path is not None]


def check_documents(files: PackFiles) -> None:
    """Every document has the hash and the size that the books kept of it, and a bank's file the hash that its statement says."""
    index: dict[str, IndexRow] = {}
    for row in files.rows(INDEX, IndexRow):
        index[row.id] = row
        if row.path is None:
            if not row.left_out:
                files.fault(f"{INDEX}: {row.filename[:150]} is not in the pack, and no reason is given")
            continue
        files.result.documents += 1
        if not row.path.startswith(f"{DOCUMENTS}/"):
            files.fault(f"{INDEX}: {row.path[:150]} is no place of a document")
        own = files.found.get(row.path)
        if own is None:
            files.fault(f"{row.path[:150]} is missing: {INDEX} names it")
        elif own != (row.size_bytes, row.sha256):
            files.fault(f"{row.path} is not the document that the books kept as {row.filename[:150]}: its SHA-256 is {own[1]}")
    for each in _bank_files(files):
        found = index.get(str(each.get("document_id")))
        if found is not None and found.sha256 != each.get("file_sha256"):
            files.fault(f"{BANK_STATEMENTS}: the file of {str(each.get('number'))[:40]} has another hash in {INDEX}")


def _bank_files(files: PackFiles) -> Iterator[Mapping[str, Any]]:
    yield from files.rows(BANK_STATEMENTS, Row)
