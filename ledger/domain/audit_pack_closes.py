"""Hold what a pack says of its closes together: reports, heads and signatures, which are there more than once, and must be the same each time."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import combinations

import msgspec

from ledger.domain.audit_pack_files import PackFiles
from ledger.domain.audit_packs import HEADS, REPORT_FILES, REPORTS, SIGNATURES, Instant, Period, report_folder
from ledger.domain.closes import Decision, Report, Signature, Status, digest, encoded, head_file, is_signed_by_all, month_of, written
from ledger.domain.refusals import NotFound
from ledger.domain.sealed_reports import FACTS, NotAReport, attachments, check_report, read_head

_CLOSES, _UNIONS = "closes/closes.jsonl", "chart/unions.jsonl"
# As many signatures of one instant are looked at in every order of their coming; no version has more.
_AT_ONCE = 4

Version = tuple[str, int]


class ReportRow(msgspec.Struct, frozen=True):
    """A version of a fixed report as ``closes/reports.jsonl`` has it; hashes in hexadecimal."""

    close: str
    version: int
    status: Status
    facts_sha256: str
    journal_sha256: str
    head_number: int
    head_hash: str
    pdf_en_sha256: str
    pdf_fr_sha256: str
    fixed_at: Instant

    def report(self) -> Report:
        """The same as the books have it, which a head is made from."""
        return Report(
            close=self.close, version=self.version, status=self.status, facts_sha256=bytes.fromhex(self.facts_sha256),
            journal_sha256=bytes.fromhex(self.journal_sha256), head_number=self.head_number, head_hash=bytes.fromhex(self.head_hash),
            pdf_en_sha256=bytes.fromhex(self.pdf_en_sha256), pdf_fr_sha256=bytes.fromhex(self.pdf_fr_sha256), fixed_by="", fixed_at=self.fixed_at,
        )  # fmt: skip


class SignatureRow(msgspec.Struct, frozen=True):
    """A treasurer's word as ``closes/signatures.jsonl`` has it."""

    close: str
    version: int
    union: str
    ordinal: int
    person_id: int
    person_name: str
    decision: Decision
    statement: str
    digest: str
    with_code: bool
    signed_at: Instant
    remarks: str

    def signature(self) -> Signature:
        """The same as the books have it."""
        return Signature(
            version=self.version, union=self.union, person_id=self.person_id, person=self.person_name, decision=self.decision,
            statement=self.statement, digest=bytes.fromhex(self.digest), with_code=self.with_code, signed_at=self.signed_at, remarks=self.remarks,
        )  # fmt: skip


class HeadRow(msgspec.Struct, frozen=True):
    """A head that a union took away, as ``heads/kept-heads.jsonl`` has it."""

    union: str
    close: str
    version: int
    kept_at: Instant
    head_number: int
    head_hash: str
    file_sha256: str


class _CloseRow(msgspec.Struct, frozen=True):
    number: str
    starts_on: date
    ends_on: date
    state: str


class _UnionRow(msgspec.Struct, frozen=True):
    code: str


def heads_to_pass(files: PackFiles, given: Mapping[int, str]) -> dict[int, str]:
    """The heads that the journal must pass through: those given, those that the unions kept, and those that reports were fixed at.

    Two of one number that differ are a fault by themselves.
    """
    heads = dict(given)
    kept = [(HEADS, each.head_number, each.head_hash) for each in files.rows(HEADS, HeadRow)]
    fixed = [(REPORTS, each.head_number, each.head_hash) for each in files.rows(REPORTS, ReportRow)]
    for path, number, own in (*kept, *fixed):
        if number < 0:
            files.fault(f"{path}: {number} is no journal number")
        elif number and heads.setdefault(number, own).lower() != own.lower():
            files.fault(f"two heads were kept of it, {heads[number]} and {own}", number)
    return heads


def files_of_reports(files: PackFiles, period: Period) -> list[str]:
    """The files of every version of the reports of months with a day in the period."""
    found: list[str] = []
    for row in files.rows(REPORTS, ReportRow):
        try:
            first, last = month_of(written(row.close)[1])
        except (NotFound, ValueError):
            files.fault(f"{REPORTS}: {row.close[:40]} is no close")
            continue
        if first <= period.last and last >= period.first:
            found.extend(f"{report_folder(row.close, row.version)}/{name}" for name in REPORT_FILES)
    return found


def check_closes(files: PackFiles) -> None:
    """Every report with its files, its head and its signatures; every signature with what it signs; every kept head with its file."""
    reports: dict[Version, ReportRow] = {}
    for row in files.rows(REPORTS, ReportRow):
        if (row.close, row.version) in reports:
            files.fault(f"{REPORTS} has {row.close}, version {row.version}, twice")
        reports[row.close, row.version] = row
    signed = defaultdict[Version, list[SignatureRow]](list)
    for each in files.rows(SIGNATURES, SignatureRow):
        signed[each.close, each.version].append(each)
    for version in signed.keys() - reports.keys():
        files.fault(f"{SIGNATURES}: a signature names {version[0][:40]}, version {version[1]}, which {REPORTS} does not have")
    kept = list(files.rows(HEADS, HeadRow))
    for row in reports.values():
        try:
            said = [each.signature() for each in sorted(signed[row.close, row.version], key=lambda each: (each.signed_at, each.union, each.ordinal))]
            report = row.report()
        except ValueError as reason:
            files.fault(f"{REPORTS} or {SIGNATURES}: a hash of {row.close}, version {row.version}, is none: {reason}")
            continue
        with files.broken():
            _report(files, row, report, said)
        for what in (*_signature_faults(report, said), *_head_faults(report, said, kept)):
            files.fault(what)
    _kept_of_nothing(files, kept, reports)
    _locked(files, reports, signed)


def _report(files: PackFiles, row: ReportRow, report: Report, said: Sequence[Signature]) -> None:
    """A version's own files, where the pack is of its days."""
    folder = report_folder(row.close, row.version)
    paths = dict(zip(REPORT_FILES, (f"{folder}/{name}" for name in REPORT_FILES), strict=True))
    if not all(path in files.found for path in paths.values()):
        return  # said by the list of files
    for name, sha256 in (("report-en.pdf", row.pdf_en_sha256), ("report-fr.pdf", row.pdf_fr_sha256), ("facts.json", row.facts_sha256)):
        if files.found[paths[name]][1] != sha256:
            files.fault(f"{paths[name]} is not the one that {REPORTS} says was fixed")
    if files.whole(paths["head.json"]) != encoded(head_file(report, said)):
        files.fault(f"{paths['head.json']} is not the head that {REPORTS} and {SIGNATURES} give: a hash or a signature differs, or one is missing")
    for name in REPORT_FILES[:2]:
        files.result.reports += 1
        content = files.whole(paths[name])
        try:
            faults = [fault.what for fault in check_report(content, read_head(files.whole(paths["head.json"]))).faults]
            if attachments(content)[FACTS] != files.whole(paths["facts.json"]):
                faults.append(f"its facts are not {paths['facts.json']}")
        except (NotAReport, KeyError, ValueError, TypeError, AttributeError) as reason:
            faults = [str(reason)]
        for what in faults:
            files.fault(f"{paths[name]}: {what}")


def _signature_faults(report: Report, said: Sequence[Signature]) -> Iterator[str]:
    """Every signature's digest against what it signs."""
    for each in said:
        if digest(report, each.union, each.person_id, each.decision, each.statement) != each.digest:
            yield f"{SIGNATURES}: the signature of {each.person[:80]} does not sign {report.close}, version {report.version}, as it was fixed"


# --- kept heads -----------------------------------------------------------------------------------------------------------


def _head_faults(report: Report, said: Sequence[Signature], kept: Sequence[HeadRow]) -> Iterator[str]:
    """What the unions took away of a version: its head, and the file with the signatures of that time."""
    for each in kept:
        if (each.close, each.version) != (report.close, report.version):
            continue
        what = f"{HEADS}: what {each.union[:20]} kept of {report.close}, version {report.version},"
        if (each.head_number, each.head_hash.lower()) != (report.head_number, report.head_hash.hex()):
            yield f"{what} is another head than the report was fixed at"
        elif each.file_sha256 not in _files_at(report, said, each.kept_at):
            yield f"{what} is no file of its report and of the signatures that {SIGNATURES} has of that time"


def _files_at(report: Report, said: Sequence[Signature], at: datetime) -> Iterator[str]:
    """The hashes that the head's file may have had at a time; who signed in that very instant may have come before or after."""
    before = [each for each in said if each.signed_at < at]
    then = [each for each in said if each.signed_at == at][:_AT_ONCE]
    for count in range(len(then) + 1):
        for some in combinations(then, count):
            signed = [each for each in said if each in before or each in some]
            yield hashlib.sha256(encoded(head_file(report, signed))).hexdigest()


def _kept_of_nothing(files: PackFiles, kept: Sequence[HeadRow], reports: Mapping[Version, ReportRow]) -> None:
    for each in kept:
        if (each.close, each.version) not in reports:
            files.fault(f"{HEADS}: a head was kept of {each.close[:40]}, version {each.version}, which {REPORTS} does not have")


def _locked(files: PackFiles, reports: Mapping[Version, ReportRow], signed: Mapping[Version, Sequence[SignatureRow]]) -> None:
    """A close that is locked has the signatures of every union on its newest version; and every version has its close."""
    unions = [each.code for each in files.rows(_UNIONS, _UnionRow)]
    closes = {each.number: each for each in files.rows(_CLOSES, _CloseRow)}
    newest: dict[str, int] = {}
    for close, version in reports:
        newest[close] = max(version, newest.get(close, 0))
    for close in sorted(newest.keys() - closes.keys()):
        files.fault(f"{_CLOSES} does not have {close[:40]}, of which a report was fixed")
    for number, each in closes.items():
        if each.state not in ("fixed", "locked"):
            continue
        if number not in newest:
            files.fault(f"{REPORTS} has no report of {number}, which is {each.state}")
        elif each.state == "locked" and not is_signed_by_all((row.signature() for row in signed.get((number, newest[number]), ())), unions):
            files.fault(f"{SIGNATURES} does not have the signatures of all unions on {number}, which is locked")
