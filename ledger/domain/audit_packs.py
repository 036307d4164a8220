"""Say what an audit pack is, and prove one from its bytes alone: no database, no network.

A pack is a ZIP. ``MANIFEST.json`` names every file in it with its size and SHA-256, ``MANIFEST.sha256`` says the same for ``sha256sum -c``. What must
agree: every file with both, nothing missing and nothing added; the journal's chain with its head and with the heads that the unions kept; the trial
balances and the general ledger with what the journal adds up to; every fixed report with its facts, its head and its signatures; every document with
the hash that the books kept of it. Whoever makes every hash anew proves himself; only a head that somebody kept, or the manifest's hash in the audit
trail, tells that.
"""

import csv
import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from ledger.domain.chain import Fault
from ledger.domain.closes import Decision, Report, digest
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.domain.refusals import Refusal
from ledger.domain.sealed_reports import FACTS, NotAReport, attachments, check_report, read_head
from ledger.domain.verification import NotAnExport, check_export

PACK_FORMAT, PACK_VERSION = "solidarity-audit-pack", 1
MANIFEST, SUMS = "MANIFEST.json", "MANIFEST.sha256"
JOURNAL = "journal/journal.jsonl"
HEADS = "heads/kept-heads.jsonl"
OPENING, CLOSING, LEDGER = "trial-balances/opening.csv", "trial-balances/closing.csv", "general-ledger/general-ledger.csv"
BALANCE_COLUMNS = ("book", "account", "currency", "fund", "balance")
LEDGER_COLUMNS = ("book", "account", "currency", "fund", "entry_date", "entry", "description", "reference", "subject", "amount", "balance")
CLOSES, REPORT_FILES = "closes", ("report-en.pdf", "report-fr.pdf")
DOCUMENTS, INDEX = "documents", "documents/index.jsonl"
# What a pack may hold, when it is made and when it is read.
PACK_MAXIMUM_BYTES, UNPACKED_MAXIMUM_BYTES, FILES_MAXIMUM = 4_000_000_000, 40_000_000_000, 100_000
# How many are kept at a time; each is a copy of everything.
PACKS_MAXIMUM = 20
# No text of ours shrinks to less than a hundredth; what does was made to fill a disk.
_RATIO_MAXIMUM, _SMALL = 100, 1_000_000
_WHOLE_MAXIMUM = 200_000_000
_PIECE = 1 << 20
_PATH = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}\Z", re.ASCII)
_SUM = re.compile(r"\A([0-9a-f]{64})  (\S+)\Z", re.ASCII)
_REPORT = re.compile(rf"\A({CLOSES}/[^/]+/v[0-9]+)/(report-(?:en|fr)\.pdf)\Z")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, UnicodeDecodeError)

Key = tuple[str, str, str, str]
Shown = Callable[[int, int | None], None]


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


class NotAPack(Exception):
    """The file is no audit pack: what is wrong with it."""


class PackChecked(msgspec.Struct):
    """What a verification saw, and every fault."""

    files: int = 0
    entries: int = 0
    reports: int = 0
    documents: int = 0
    head_number: int = 0
    head_hash: str = ""
    period: Period | None = None
    manifest_sha256: str = ""
    faults: list[Fault] = []


def sums_line(path: str, sha256: str) -> str:
    """One line as ``sha256sum -c`` reads it."""
    return f"{sha256}  {path}\n"


def check_pack(path: Path, heads: Mapping[int, str] | None = None, shown: Shown = lambda done, of: None) -> PackChecked:
    """Every way in which a pack disagrees with itself, or with heads that were kept elsewhere. Raises :class:`NotAPack` for a file that is none."""
    try:
        with zipfile.ZipFile(path) as pack:
            return _Check(pack, heads or {}, shown).run()
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, ValueError) as error:
        raise NotAPack(f"it is no ZIP that can be read: {error}") from error


class _Check:
    """One pack being checked: ``found`` is the hash and size of each file as they are."""

    def __init__(self, pack: zipfile.ZipFile, heads: Mapping[int, str], shown: Shown) -> None:
        self.pack, self.heads, self.shown = pack, dict(heads), shown
        self.result = PackChecked(faults=[])
        self.found: dict[str, tuple[int, str]] = {}

    def run(self) -> PackChecked:
        self.result.faults.extend(_container_faults(self.pack))
        if self.result.faults:
            return self.result  # nothing of it is unpacked
        manifest = self._manifest()
        self._hash_all()
        self._listed(manifest)
        for check in (self._journal, self._reports, self._documents):
            with self._broken():
                check(manifest)
        return self.result

    def fault(self, what: str, number: int = 0) -> None:
        self.result.faults.append(Fault(number, what))

    @contextmanager
    def _broken(self) -> Iterator[None]:
        """A file that cannot be read is a fault, and the others are still looked at."""
        try:
            yield
        except _BROKEN as error:
            self.fault(f"a file of it cannot be unpacked: {error}")

    def has(self, path: str) -> bool:
        if path not in self.found:
            self.fault(f"{path} is missing")
        return path in self.found

    def whole(self, path: str) -> bytes:
        if self.pack.getinfo(path).file_size > _WHOLE_MAXIMUM:
            raise OSError(f"{path} is too large")
        return self.pack.read(path)

    def lines(self, path: str) -> Iterator[str]:
        with self.pack.open(path) as source, io.TextIOWrapper(source, encoding="utf-8", newline="") as text:
            yield from text

    # --- its list of files ------------------------------------------------------------------------------------------------

    def _manifest(self) -> Manifest:
        try:
            content = self.whole(MANIFEST)
            manifest = msgspec.json.decode(content, type=Manifest)
        except KeyError:
            raise NotAPack(f"there is no {MANIFEST} in it") from None
        except (msgspec.DecodeError, RecursionError, *_BROKEN) as error:
            raise NotAPack(f"its {MANIFEST} cannot be read: {error}") from error
        if manifest.format != PACK_FORMAT:
            raise NotAPack(f"its {MANIFEST} is not of format {PACK_FORMAT}")
        self.result.manifest_sha256 = hashlib.sha256(content).hexdigest()
        self.result.period = manifest.period
        return manifest

    def _hash_all(self) -> None:
        entries = self.pack.infolist()
        total, done = sum(entry.file_size for entry in entries), 0
        for entry in entries:
            sha256, size = hashlib.sha256(), 0
            with self._broken(), self.pack.open(entry) as source:
                while piece := source.read(_PIECE):
                    sha256.update(piece)
                    size += len(piece)
                    self.shown(done + size, total)
                self.found[entry.filename] = (size, sha256.hexdigest())
            done += entry.file_size

    def _listed(self, manifest: Manifest) -> None:
        """Every file as both lists have it; nothing missing, nothing added."""
        listed = {each.path: each for each in manifest.files}
        self.result.files = len(listed)
        if len(listed) != len(manifest.files):
            self.fault(f"{MANIFEST} names a file twice")
        for path, each in listed.items():
            if self.has(path) and (own := self.found[path]) != (each.bytes, each.sha256):
                said = f"{MANIFEST} says {each.bytes} and {each.sha256}"
                self.fault(f"{path} was changed: it has {own[0]} bytes and SHA-256 {own[1]}, {said}")
        for path in sorted(self.found.keys() - listed.keys() - {MANIFEST, SUMS}):
            self.fault(f"{path} was added: {MANIFEST} does not name it")
        with self._broken():
            self._sums(listed)

    def _sums(self, listed: Mapping[str, Listed]) -> None:
        if not self.has(SUMS):
            return
        said: dict[str, str] = {}
        for line in self.whole(SUMS).decode().splitlines():
            match = _SUM.match(line)
            if match is None:
                self.fault(f"{SUMS} has a line that sha256sum does not read: {line[:80]}")
            else:
                said[match[2]] = match[1]
        for path in sorted({MANIFEST, *listed} ^ said.keys()):
            self.fault(f"{MANIFEST} and {SUMS} do not name the same files: {path}")
        for path, sha256 in said.items():
            if path in self.found and self.found[path][1] != sha256:
                self.fault(f"{path} does not have the SHA-256 that {SUMS} says")

    # --- its journal ------------------------------------------------------------------------------------------------------

    def _journal(self, manifest: Manifest) -> None:
        if not self.has(JOURNAL):
            return
        sums = Sums(manifest.period)
        try:
            checked = check_export(self.lines(JOURNAL), self._kept_heads(), sums.add)
        except NotAnExport as reason:
            self.fault(f"{JOURNAL} is no export that can be checked: {reason}")
            return
        self.result.entries, self.result.head_number, self.result.head_hash = checked.entries, checked.head_number, checked.head_hash
        self.result.faults.extend(checked.faults)
        if (manifest.head.number, manifest.head.hash) != (checked.head_number, checked.head_hash):
            self.fault(f"the journal ends at {checked.head_number}, and {MANIFEST} says {manifest.head.number} with hash {manifest.head.hash}")
        for path, place in ((OPENING, 0), (CLOSING, 1)):
            if self.has(path):
                self._balances(path, sums.balances(place))
        if self.has(LEDGER):
            self._ledger(sums)

    def _kept_heads(self) -> dict[int, str]:
        """The heads given and those that the unions kept; two of one number that differ are a fault by themselves."""
        heads = dict(self.heads)
        for row in self._rows(HEADS) if self.has(HEADS) else ():
            number, kept = row.get("head_number"), str(row.get("head_hash"))
            if type(number) is not int:
                self.fault(f"{HEADS}: {str(number)[:40]} is no journal number")
            elif number and heads.setdefault(number, kept).lower() != kept.lower():
                self.fault(f"two heads were kept of it, {heads[number]} and {kept}", number)
        return heads

    def _rows(self, path: str) -> Iterator[dict[str, Any]]:
        for place, line in enumerate(self.lines(path), 1):
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError) as error:
                self.fault(f"{path}, line {place}: {error}")
                continue
            if isinstance(row, dict):
                yield row
            else:
                self.fault(f"{path}, line {place}: not an object")

    def _balances(self, path: str, expected: Mapping[Key, int]) -> None:
        said = {}
        for row in self._csv(path, BALANCE_COLUMNS):
            said[row["book"], row["account"], row["currency"], row["fund"]] = row["balance"]
        wanted = {key: _text(minor, key[2]) for key, minor in expected.items()}
        for key in sorted(said.keys() | wanted.keys()):
            if said.get(key, "nothing") != wanted.get(key, "nothing"):
                self.fault(f"{path}: {' '.join(key)} is {said.get(key, 'nothing')}, and the journal gives {wanted.get(key, 'nothing')}")

    def _ledger(self, sums: "Sums") -> None:
        """What the general ledger moved, account by account, and its balance before and after each posting, against the journal."""
        opening, moved, wrong = sums.balances(0), defaultdict[Key, int](int), set[Key]()
        for row in self._csv(LEDGER, LEDGER_COLUMNS):
            key = (row["book"], row["account"], row["currency"], row["fund"])
            try:
                # A row without an entry is the balance before the period.
                moved[key] += minor_from_text(row["amount"], row["currency"]) if row["entry"] else 0
                balance = minor_from_text(row["balance"], row["currency"])
            except Refusal:
                self.fault(f"{LEDGER}: {row['amount'][:40]} or {row['balance'][:40]} is no amount of {row['currency'][:10]}")
                continue
            right = opening.get(key, 0) + moved[key]
            if balance != right and key not in wrong:
                wrong.add(key)  # what follows it is wrong with it
                where = f"after entry {row['entry'][:20]}" if row["entry"] else "before the period"
                self.fault(f"{LEDGER}: {' '.join(key)} stands at {_text(balance, key[2])} {where}, and its amounts give {_text(right, key[2])}")
        expected = sums.moved()
        for key in sorted(moved.keys() | expected.keys()):
            if moved.get(key, 0) != expected.get(key, 0):
                self.fault(f"{LEDGER}: {' '.join(key)} moved {moved.get(key, 0)}, and the journal gives {expected.get(key, 0)} minor units")

    def _csv(self, path: str, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
        rows = csv.DictReader(self.lines(path))
        if tuple(name.lstrip("\ufeff") for name in rows.fieldnames or ()) != columns:
            self.fault(f"{path} does not begin with {','.join(columns)}")
            return
        rows.fieldnames = columns
        try:
            for row in rows:
                yield {name: str(row.get(name) or "") for name in columns}
        except csv.Error as error:
            self.fault(f"{path} cannot be read: {error}")

    # --- its fixed reports ------------------------------------------------------------------------------------------------

    def _reports(self, manifest: Manifest) -> None:
        for path in sorted(self.found):
            match = _REPORT.match(path)
            if match:
                self.result.reports += 1
                with self._broken():
                    self._report(match[1], path)
        for folder in {match[1] for path in self.found if (match := _REPORT.match(path))}:
            for name in (*REPORT_FILES, "facts.json", "head.json"):
                self.has(f"{folder}/{name}")

    def _report(self, folder: str, path: str) -> None:
        if f"{folder}/head.json" not in self.found or f"{folder}/{FACTS}" not in self.found:
            return  # said by its caller
        content = self.whole(path)
        try:
            head = read_head(self.whole(f"{folder}/head.json"))
            faults = [fault.what for fault in check_report(content, head).faults]
            if attachments(content)[FACTS] != self.whole(f"{folder}/{FACTS}"):
                faults.append(f"its facts are not {folder}/{FACTS}")
            faults.extend(_signature_faults(head))
        except (NotAReport, KeyError, ValueError, TypeError, AttributeError) as reason:
            faults = [str(reason)]
        for what in faults:
            self.fault(f"{path}: {what}")

    # --- its documents ----------------------------------------------------------------------------------------------------

    def _documents(self, manifest: Manifest) -> None:
        if not self.has(INDEX):
            return
        named = set()
        for row in self._rows(INDEX):
            if row.get("path") is None:
                continue  # named and not in the pack, with a reason
            path = str(row["path"])
            named.add(path)
            self.result.documents += 1
            if self.has(path) and self.found[path][1] != row.get("sha256"):
                self.fault(f"{path} is not the document that the books kept as {str(row.get('filename'))[:150]}: its SHA-256 is {self.found[path][1]}")
        for path in sorted(self.found):
            if path.startswith(f"{DOCUMENTS}/") and path != INDEX and path not in named:
                self.fault(f"{path} is a document that {INDEX} does not name")


class Sums:
    """What the journal adds up to before a period, and in it, by book, account, currency and fund."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self._sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, members: dict[str, Any]) -> None:
        """Add one entry's postings."""
        day = date.fromisoformat(members["entry_date"])
        if day > self.period.last:
            return
        for book, path, currency, fund, amount, _ in members["postings"]:
            self._sums[book, path, currency, fund][day >= self.period.first] += amount

    def balances(self, place: int) -> dict[Key, int]:
        """The balances that are not zero: before the period (0), or at its end (1)."""
        return {key: minor for key, pair in self._sums.items() if (minor := sum(pair[: place + 1]))}

    def moved(self) -> dict[Key, int]:
        """What moved within the period."""
        return {key: pair[1] for key, pair in self._sums.items()}


def _text(minor: int, currency: str) -> str:
    try:
        return text_from_minor(minor, currency)
    except Refusal:
        return f"{minor} minor units"


def _signature_faults(head: Mapping[str, Any]) -> Iterator[str]:
    """Every signature's digest against what it signs."""
    hashes = {name: bytes.fromhex(head[name]) for name in ("facts_sha256", "journal_sha256", "head_hash", "pdf_en_sha256", "pdf_fr_sha256")}
    report = Report(
        close=head["close"], version=head["version"], status="agreed", head_number=head["head_number"], fixed_by="",
        fixed_at=datetime.fromisoformat(head["fixed_at"]), **hashes,
    )  # fmt: skip
    for each in head["signatures"]:
        decision: Decision = each["decision"]
        if digest(report, each["union"], each["person"], decision, each["statement"]).hex() != each["digest"]:
            yield f"the signature of {each['name']} does not sign this report"


def _container_faults(pack: zipfile.ZipFile) -> Iterator[Fault]:
    """Why nothing of it is to be unpacked: names that lead out of a folder, files that share their bytes, or more than a pack may hold."""
    entries = pack.infolist()
    if len(entries) > FILES_MAXIMUM:
        yield Fault(0, f"it has {len(entries)} files, and a pack has at most {FILES_MAXIMUM}")
        return
    seen: set[str] = set()
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        name = entry.orig_filename
        if not _PATH.match(name):
            yield Fault(0, f"it has a file with a name that no pack has: {name[:100]!r}")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            yield Fault(0, f"{name[:100]!r} is no plain file")
        if name.casefold() in seen:
            yield Fault(0, f"it has two files with one name: {name[:100]!r}")
        seen.add(name.casefold())
        if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield Fault(0, f"{name[:100]!r} is encrypted or packed as no pack is")
        if entry.file_size > _SMALL and entry.file_size > _RATIO_MAXIMUM * entry.compress_size:
            yield Fault(0, f"{name[:100]!r} would unpack to {entry.file_size} bytes from {entry.compress_size}")
        if entry.header_offset < end:
            yield Fault(0, f"{name[:100]!r} shares its bytes with another file")
        end = entry.header_offset + entry.compress_size
    total = sum(entry.file_size for entry in entries)
    if total > UNPACKED_MAXIMUM_BYTES:
        yield Fault(0, f"it would unpack to {total} bytes, and a pack has at most {UNPACKED_MAXIMUM_BYTES}")
