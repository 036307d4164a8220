"""Prove a fixed report against itself and against a head somebody kept, from the file's bytes alone: no database, no network.

The PDF carries the SHA-256 of its own bytes (made with zeros in that place), and as attachments the facts and the period's journal. What must agree:
the file with its seal, the attachments with the hashes in the facts and beside the seal, the journal's chain with its head, and its sums with the
balances of the facts. A file whose seal, attachments and hashes were all made anew proves itself; only the head that the other union kept tells.
"""

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from ledger.domain.chain import Fault, NotProvable, decode, printable
from ledger.domain.closes import FACTS_FORMAT, HEAD_FORMAT
from ledger.domain.verification import EXPORT_FORMAT, Verifier

FACTS, JOURNAL = "facts.json", "journal.jsonl"
_SEAL, _ZEROS = b"seal-sha256:", b"0" * 64
_SEALED = re.compile(re.escape(_SEAL) + rb"([0-9a-f]{64})")
_MARKS = re.compile(rb"(facts|journal)-sha256:([0-9a-f]{64})")
_NAMED = re.compile(rb"/Filespec\b.{0,400}?/U?F\s*\(([^()]{1,80})\).{0,400}?/EF\s*<<.{0,40}?/F\s+(\d+)\s+\d+\s+R", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-3][0-7]{2})")
# What inflates to more than this is no journal of a period.
INFLATED_MAXIMUM = 1_000_000_000


class NotAReport(NotProvable):
    """The file is no fixed report: what is wrong with it."""


class Proved(msgspec.Struct):
    """What a verification saw: which close and version, how many entries, the head it ends in, and every fault."""

    close: str = ""
    version: int = 0
    entries: int = 0
    head_number: int = 0
    head_hash: str = ""
    faults: list[Fault] = []


def keyword() -> str:
    """What stands for the seal while the file is made."""
    return (_SEAL + _ZEROS).decode()


def seal(content: bytes) -> bytes:
    """The file with its own hash where zeros stood for it."""
    if _SEAL + _ZEROS not in content:
        raise NotAReport("there is no place for its seal")
    return content.replace(_SEAL + _ZEROS, _SEAL + hashlib.sha256(content).hexdigest().encode())


def check_report(content: bytes, head: Mapping[str, Any] | None = None) -> Proved:
    """Every way in which the file disagrees with itself, or with a head that was kept of it or of an earlier close."""
    attached = attachments(content)
    for name in (FACTS, JOURNAL):
        if name not in attached:
            raise NotAReport(f"{name} is not attached to it")
    facts = _object(attached[FACTS], FACTS_FORMAT, "its facts")
    proved = Proved(printable(str(facts.get("close", ""))), _whole(facts.get("version", 0)))
    proved.faults.extend(_hash_faults(content, attached, facts))
    proved.faults.extend(_journal_faults(proved, attached[JOURNAL], facts, head))
    if head is not None:
        proved.faults.extend(_head_faults(proved, content, attached[FACTS], facts, head))
    return proved


def read_head(text: bytes) -> dict[str, Any]:
    """A kept head; raises :class:`NotAReport` for a file that is none."""
    return _object(text, HEAD_FORMAT, "the head")


# --- the file -------------------------------------------------------------------------------------------------------------


def attachments(content: bytes) -> dict[str, bytes]:
    """The attached files by name. Reads what these books write, and what other programs write of it, where nothing is encrypted or packed."""
    if not content.startswith(b"%PDF-"):
        raise NotAReport("it is no PDF")
    return {_plain(name).decode(errors="replace"): _stream(content, int(number)) for name, number in _NAMED.findall(content)}


def _plain(text: bytes) -> bytes:
    """Text of a PDF whose signs another program wrote as octal numbers."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), text)


def _stream(content: bytes, number: int) -> bytes:
    found = re.search(rb"(?:^|[\r\n])%d\s+\d+\s+obj\b(.{0,2000}?)stream\r?\n" % number, content, re.DOTALL)
    if found is None:
        raise NotAReport(f"its object {number} is missing")
    length = re.search(rb"/Length\s+(\d+)(?!\s+\d+\s+R)", found[1])
    end = found.end() + int(length[1]) if length else content.find(b"endstream", found.end())
    data = content[found.end() : end]
    if b"FlateDecode" not in found[1]:
        return data
    try:
        return zlib.decompressobj().decompress(data, INFLATED_MAXIMUM)
    except zlib.error as error:
        raise NotAReport(f"its object {number} cannot be unpacked: {error}") from error


def _object(text: bytes, form: str, what: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAReport(f"{what} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("format") != form:
        raise NotAReport(f"{what}: this is not of format {form}")
    return found


def _hash_faults(content: bytes, attached: Mapping[str, bytes], facts: Mapping[str, Any]) -> Iterator[Fault]:
    seals = set(_SEALED.findall(content))
    plain = _SEALED.sub(_SEAL + _ZEROS, content)
    if seals != {hashlib.sha256(plain).hexdigest().encode()}:
        yield Fault(0, "the file was changed since it was made: its bytes do not give its seal")
    printed = {name.decode(): value.decode() for name, value in _MARKS.findall(_plain(content))}
    for name, what in ((FACTS, "facts"), (JOURNAL, "journal")):
        own = hashlib.sha256(attached[name]).hexdigest()
        if printed.get(what) != own:
            yield Fault(0, f"the attached {name} is not the one that the file was made with: its hash is {own}, and the file says {printed.get(what)}")
    if _of(facts, "journal", "sha256") != hashlib.sha256(attached[JOURNAL]).hexdigest():
        yield Fault(0, "the attached journal is not the one that the facts were drawn from")


# --- the journal ----------------------------------------------------------------------------------------------------------


def _journal_faults(proved: Proved, text: bytes, facts: Mapping[str, Any], head: Mapping[str, Any] | None) -> Iterator[Fault]:
    lines = text.splitlines()
    header = _line(lines[0]) if lines else {}
    if header.get("format") != EXPORT_FORMAT:
        yield Fault(0, "the attached journal has no header")
        return
    heads = {int(head["head_number"]): str(head["head_hash"])} if head and _reaches(head, header) and not _is_later(head, proved) else {}
    verifier = Verifier(heads, first=_whole(header.get("first")), previous=_hash(header.get("previous_hash")))
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    first, last = _day(_of(facts, "period", "first")), _day(_of(facts, "period", "last"))
    for line in lines[1:]:
        try:
            entry = _line(line)
            canonical = entry["canonical"].encode()
            verifier.take(_whole(entry["number"]), _hash(entry["previous_hash"]), canonical, _hash(entry["hash"]))
            _add(sums, decode(canonical), first, last)
        except (KeyError, ValueError, TypeError, AttributeError, msgspec.DecodeError) as error:
            yield Fault(0, f"a line of the attached journal cannot be read: {error}")
    checked = verifier.finish(header.get("head_number"), header.get("head_hash"))
    proved.entries, proved.head_number, proved.head_hash = checked.entries, checked.head_number, checked.head_hash
    yield from checked.faults
    if (_of(facts, "head", "number"), _of(facts, "head", "hash")) != (checked.head_number, checked.head_hash):
        yield Fault(checked.head_number, "the journal does not end where the facts say that it was read")
    yield from _figure_faults(sums, facts)


def _reaches(head: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    """Whether the journal inside begins by the entry after a kept head: an earlier one it cannot tell of."""
    return _whole(head.get("head_number")) >= _whole(header.get("first"))


def _is_later(head: Mapping[str, Any], proved: Proved) -> bool:
    """Whether a head was kept of a close after the report's: its journal goes on where this one ends."""
    return str(head.get("close")) > proved.close


def _add(sums: defaultdict[tuple[str, str], int], members: Mapping[str, Any], first: date, last: date) -> None:
    if not first <= date.fromisoformat(members["entry_date"]) <= last:
        return
    for book, path, currency, fund, amount, _ in members["postings"]:
        if book == "joint":
            sums[fund, f"{path} {currency}"] += _whole(amount)


def _figure_faults(sums: Mapping[tuple[str, str], int], facts: Mapping[str, Any]) -> Iterator[Fault]:
    """The balances of the facts against the journal: opening and what moved is closing, for every account and fund; and each fund's own figures."""
    balances = facts.get("balances")
    known: set[tuple[str, str]] = set()
    if not isinstance(balances, dict):
        yield Fault(0, "the facts have no balances")
        return
    held: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for fund, accounts in balances.items():
        for account, (opening, closing) in accounts.items():
            known.add((fund, account))
            moved = sums.get((fund, account), 0)
            if opening + moved != closing:
                yield Fault(0, f"{fund}, {account}: {opening} and {moved} moved is not {closing} minor units")
            if account.startswith(("Assets:", "Liabilities:")):
                pair = held[fund, account.rpartition(" ")[2]]
                pair[0] += opening
                pair[1] += closing
    for fund, account in sorted(sums.keys() - known):
        if sums[fund, account]:
            yield Fault(0, f"{fund}, {account}: moved, and the facts do not know it")
    yield from _fund_faults(held, facts)


def _fund_faults(held: Mapping[tuple[str, str], list[int]], facts: Mapping[str, Any]) -> Iterator[Fault]:
    for fund, currencies in _mapping(facts.get("funds")).items():
        for currency, figures in currencies.items():
            lines = sum(figures["lines"].values())
            if list(held.get((fund, currency), [0, 0])) != [figures["opening"], figures["closing"]] or figures["opening"] + lines != figures["closing"]:
                yield Fault(0, f"{fund} in {currency}: its opening, lines and closing do not tie to its balances")


# --- the head -------------------------------------------------------------------------------------------------------------


def _head_faults(proved: Proved, content: bytes, facts_text: bytes, facts: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[Fault]:
    if (head.get("close"), head.get("version")) == (proved.close, proved.version):
        if hashlib.sha256(content).hexdigest() not in (head.get("pdf_en_sha256"), head.get("pdf_fr_sha256")):
            yield Fault(0, "the file is not one of the two whose hashes the head keeps")
        if head.get("facts_sha256") != hashlib.sha256(facts_text).hexdigest():
            yield Fault(0, "the facts are not those whose hash the head keeps")
        return
    if _is_later(head, proved):
        yield Fault(0, f"the head is of {head.get('close')}, a later close, and cannot prove this report: use its own head, or the one before it")
        return
    number, before = _whole(head.get("head_number")), _whole(_of(facts, "journal", "first")) - 1
    if number == before and head.get("head_hash") != _of(facts, "journal", "previous_hash"):
        yield Fault(number, "the journal inside does not follow the head that was kept")
    if number < before:
        yield Fault(0, f"the head is of entry {number}, and the journal inside begins after {before}: use the head of the close before this one")


# --- reading --------------------------------------------------------------------------------------------------------------


def _line(text: bytes) -> dict[str, Any]:
    found = msgspec.json.decode(text)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _of(facts: Mapping[str, Any], group: str, name: str) -> Any:
    return _mapping(facts.get(group)).get(name)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise NotAReport(f"{str(value)[:40]} is no whole number")
    return value


def _hash(value: Any) -> bytes:
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise NotAReport(f"{str(value)[:80]} is no hash") from error


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise NotAReport(f"{str(value)[:40]} is no day") from error
