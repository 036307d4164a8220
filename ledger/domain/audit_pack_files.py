"""Read a pack that nobody vouches for: unpack nothing that could harm, hash every file, and hold the files to the pack's two lists of them."""

import csv
import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

from ledger.domain.audit_packs import (
    FILES_MAXIMUM,
    LEFT_OUT_WHY,
    MANIFEST,
    PACK_FORMAT,
    PACK_VERSION,
    SUMS,
    UNPACKED_MAXIMUM_BYTES,
    Listed,
    Manifest,
    Period,
    required,
    statement_stem,
    statements,
)
from ledger.domain.chain import Fault, NotProvable, printable
from ledger.domain.posting_rules import EARLIEST_DATE

# No text of ours shrinks to less than a hundredth; what does was made to fill a disk.
_RATIO_MAXIMUM, _SMALL = 100, 1_000_000
_WHOLE_MAXIMUM = 200_000_000
_PIECE = 1 << 20
_PATH = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}\Z", re.ASCII)
_SUM = re.compile(r"\A([0-9a-f]{64})  (\S+)\Z", re.ASCII)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, UnicodeDecodeError)

Shown = Callable[[int, int | None], None]
T = TypeVar("T")


class NotAPack(NotProvable):
    """The file is no audit pack that can be checked: what is wrong with it."""


class PackChecked(msgspec.Struct):
    """What a verification saw, what the pack says is wanting in it, and every fault. ``held`` says whether its manifest was held to a hash."""

    files: int = 0
    entries: int = 0
    reports: int = 0
    documents: int = 0
    head_number: int = 0
    head_hash: str = ""
    period: Period | None = None
    manifest_sha256: str = ""
    held: bool = False
    left_out: list[str] = []
    faults: list[Fault] = []


class _Named(msgspec.Struct, frozen=True):
    """What is read of a manifest before anything else."""

    format: str
    version: int
    software: str = ""


class PackFiles:
    """One pack that is being read: ``found`` is the size and hash of each file as they are, ``result`` gathers the faults."""

    def __init__(self, pack: zipfile.ZipFile, shown: Shown) -> None:
        self.pack, self.shown = pack, shown
        self.result = PackChecked(faults=[], left_out=[])
        self.found: dict[str, tuple[int, str]] = {}
        self._said: set[Fault] = set()

    def fault(self, what: str, number: int = 0) -> None:
        """Note a fault, of an entry where it is one's."""
        fault = Fault(number, what)
        if fault not in self._said:  # a file that is read twice says so once
            self._said.add(fault)
            self.result.faults.append(fault)

    @contextmanager
    def broken(self) -> Iterator[None]:
        """A file that cannot be read is a fault, and the others are still looked at."""
        try:
            yield
        except BROKEN as error:
            self.fault(f"a file of it cannot be unpacked: {error}")
        except Exception as error:  # whatever a forger thought of: a proof that breaks off has proved nothing, and says so
            self.fault(f"what is in it cannot be read: {type(error).__name__} {error}")

    # --- reading one ------------------------------------------------------------------------------------------------------

    def whole(self, path: str) -> bytes:
        """A small file's bytes."""
        if self.pack.getinfo(path).file_size > _WHOLE_MAXIMUM:
            raise OSError(f"{path} is too large")
        return self.pack.read(path)

    def lines(self, path: str) -> Iterator[str]:
        """A file's lines, as it is unpacked."""
        with self.pack.open(path) as source, io.TextIOWrapper(source, encoding="utf-8", newline="") as text:
            yield from text

    def rows(self, path: str, of: type[T]) -> Iterator[T]:
        """The records of a file, none where it is missing; a line that is none is a fault."""
        for place, line in enumerate(self.lines(path) if path in self.found else (), 1):
            try:
                yield msgspec.json.decode(line, type=of)
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                self.fault(f"{path}, line {place}: {error}")

    def table(self, path: str, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
        """The rows of a CSV file that begins with these columns; another is a fault."""
        rows = csv.DictReader(self.lines(path))
        try:
            if tuple(name.lstrip("\ufeff") for name in rows.fieldnames or ()) != columns:
                self.fault(f"{path} does not begin with {','.join(columns)}")
                return
            rows.fieldnames = columns
            for row in rows:
                yield {name: str(row.get(name) or "") for name in columns}
        except csv.Error as error:
            self.fault(f"{path} cannot be read: {error}")

    def object(self, path: str) -> dict[str, Any]:
        """A file that is one JSON object; another is a fault, and then empty."""
        try:
            return msgspec.json.decode(self.whole(path), type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            self.fault(f"{path} cannot be read: {error}")
            return {}

    # --- its list of files ------------------------------------------------------------------------------------------------

    def manifest(self, sha256: str | None) -> Manifest:
        """What it says of itself, held to the hash that was kept of it where one is given."""
        try:
            content = self.whole(MANIFEST)
            named = msgspec.json.decode(content, type=_Named)
        except KeyError:
            raise NotAPack(f"there is no {MANIFEST} in it") from None
        except (msgspec.DecodeError, RecursionError, *BROKEN) as error:
            raise NotAPack(f"its {MANIFEST} cannot be read: {error}") from error
        if named.format != PACK_FORMAT:
            raise NotAPack(f"its {MANIFEST} is not of format {PACK_FORMAT}")
        if named.version != PACK_VERSION:
            made = f"it says that {named.software[:60]} made it" if named.software else "it does not say by which program it was made"
            raise NotAPack(f"it is of version {named.version}, and this program proves version {PACK_VERSION}; {made}")
        try:
            manifest = msgspec.json.decode(content, type=Manifest)
        except (msgspec.DecodeError, RecursionError) as error:
            raise NotAPack(f"its {MANIFEST} cannot be read: {error}") from error
        if not EARLIEST_DATE <= manifest.period.first <= manifest.period.last:
            raise NotAPack(f"its days, {manifest.period.first} to {manifest.period.last}, are those of no books")
        self.result.manifest_sha256 = own = hashlib.sha256(content).hexdigest()
        self.result.period, self.result.held = manifest.period, sha256 is not None
        if sha256 is not None and sha256.lower() != own:
            self.fault(f"it is not the pack whose manifest hash was kept: {MANIFEST} has SHA-256 {own}, and {sha256.lower()} was kept")
        return manifest

    def hash_all(self) -> None:
        """Read every file once."""
        entries = self.pack.infolist()
        total, done = sum(entry.file_size for entry in entries), 0
        for entry in entries:
            sha256, size = hashlib.sha256(), 0
            with self.broken(), self.pack.open(entry) as source:
                while piece := source.read(_PIECE):
                    sha256.update(piece)
                    size += len(piece)
                    self.shown(done + size, total)
                self.found[entry.filename] = (size, sha256.hexdigest())
            done += entry.file_size

    def check_lists(self, manifest: Manifest) -> None:
        """Every file as both lists have it; nothing missing, nothing added."""
        listed = {each.path: each for each in manifest.files}
        self.result.files = len(listed)
        if len(listed) != len(manifest.files):
            self.fault(f"{MANIFEST} names a file twice")
        for path, each in listed.items():
            if (own := self.found.get(path)) is None:
                self.fault(f"{path} is missing")
            elif own != (each.bytes, each.sha256):
                said = f"{MANIFEST} says {each.bytes} and {each.sha256}"
                self.fault(f"{path} was changed: it has {own[0]} bytes and SHA-256 {own[1]}, {said}")
        for path in sorted(self.found.keys() - listed.keys() - {MANIFEST, SUMS}):
            self.fault(f"{path} was added: {MANIFEST} does not name it")
        with self.broken():
            self._sums(listed)

    def _sums(self, listed: Mapping[str, Listed]) -> None:
        if SUMS not in self.found:
            self.fault(f"{SUMS} is missing")
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

    def check_required(self, manifest: Manifest, listed_within: Iterable[str]) -> None:
        """The closed list of the version: every file that a pack of these days must have, and none besides.

        ``listed_within`` are the fixed reports and documents that its own records name.
        """
        stems = {statement_stem(*each) for each in statements(manifest.period)}
        for each in manifest.left_out:
            self.result.left_out.append(printable(f"{each.what} ({each.why})"))
            if each.what not in stems or each.why not in LEFT_OUT_WHY:
                self.fault(f"{MANIFEST} says that {each.what[:100]} was left out for {each.why[:60]}: no pack of version {PACK_VERSION} leaves that out")
        wanted = required(manifest.period, [each.what for each in manifest.left_out]) | set(listed_within)
        named = {each.path for each in manifest.files}
        for path in sorted(wanted - named):
            self.fault(f"{path} is missing, and {MANIFEST} does not name it: a pack of version {PACK_VERSION} must have it")
        for path in sorted(named - wanted):
            self.fault(f"{path} is no file of a pack of version {PACK_VERSION} of these days")


def container_faults(pack: zipfile.ZipFile) -> Iterator[Fault]:
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
