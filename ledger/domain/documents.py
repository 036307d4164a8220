"""Say which files may be kept with the books: kinds, sizes, names, and whether the bytes are what the name says.

Archives are not among them, so that nothing is ever unpacked; a mail is kept whole and never opened.
"""

import re
from datetime import datetime
from uuid import UUID

import msgspec

from ledger.domain.refusals import ChoiceInvalid, DocumentTooLarge, DocumentType, TextInvalid
from ledger.domain.text import is_blank

SIZE_MAXIMUM_BYTES = 15_000_000
PER_SUBJECT_MAXIMUM = 20
FILENAME_MAXIMUM = 150
# What a document belongs to, and how that thing is numbered.
SUBJECTS: dict[str, re.Pattern[str]] = {
    "journal": re.compile(r"\A[1-9][0-9]{0,17}\Z", re.ASCII),
    "transfer": re.compile(r"\AT-[0-9]{4,12}\Z", re.ASCII),
    "contribution": re.compile(r"\AC-[0-9]{4,12}\Z", re.ASCII),
    "pledge": re.compile(r"\AP-[0-9]{4,12}\Z", re.ASCII),
    "campaign": re.compile(r"\ACAM-[0-9]{4,12}\Z", re.ASCII),
    "request": re.compile(r"\AA-[0-9]{4,12}\Z", re.ASCII),
    "strike": re.compile(r"\AS-[0-9]{4,12}\Z", re.ASCII),
    "agreement": re.compile(r"\AAG-[0-9]{4,12}\Z", re.ASCII),
    "booking": re.compile(r"\ABK-[0-9]{4,12}\Z", re.ASCII),
    "delivery": re.compile(r"\ADL-[0-9]{4,12}\Z", re.ASCII),
    "extract": re.compile(r"\ALX-[0-9]{4,12}\Z", re.ASCII),
    "filing": re.compile(r"\AFL-[0-9]{4,12}\Z", re.ASCII),
    "bank_statement": re.compile(r"\ABS-[0-9]{4,12}\Z", re.ASCII),
    "rate": re.compile(r"\A[A-Z]{3}-[A-Z]{3}-\d{4}-\d{2}-\d{2}\Z", re.ASCII),
}
# Media type by the endings a name may have.
TYPES = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "tif": "image/tiff", "tiff": "image/tiff",
    "eml": "message/rfc822",
}  # fmt: skip
ACCEPT = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.eml"
# Shown in the browser itself; the others are only ever saved.
INLINE_TYPES = frozenset({"image/png", "image/jpeg"})
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}
_UNDECLARED = ("", "application/octet-stream", "text/plain")
_HEADER_LINE = re.compile(rb"\A[A-Za-z][A-Za-z0-9-]{0,60}:[ \t]?[^\x00]*\Z")
_MAIL_HEADERS = (b"from", b"date", b"subject", b"received", b"message-id")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file, without its bytes; ``sha256`` in hexadecimal."""

    id: UUID
    sha256: str
    filename: str
    media_type: str
    size_bytes: int
    uploaded_by: int
    uploaded_by_name: str
    uploaded_by_union: str | None = None
    uploaded_at: datetime


def check_subject(kind: str, subject: str) -> None:
    """Refuse a kind of thing that takes no documents, and a text that is no number of it."""
    if kind not in SUBJECTS:
        raise ChoiceInvalid(field="subject_kind", value=kind[:40])
    if not SUBJECTS[kind].match(subject):
        raise ChoiceInvalid(field="subject", value=subject[:40])


def plain_filename(filename: str) -> str:
    """The last part of a name, without control characters; refuses none at all and one that is too long."""
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\"<>|*?]", "", re.split(r"[/\\]", filename)[-1]).strip(" .")
    if is_blank(name) or len(name) > FILENAME_MAXIMUM:
        raise TextInvalid(field="filename", limit=FILENAME_MAXIMUM)
    return name


def media_type(filename: str, declared: str, content: bytes) -> str:
    """What the bytes are, when name, declared type and bytes agree on one of the kinds taken; refuses everything else."""
    if len(content) > SIZE_MAXIMUM_BYTES:
        raise DocumentTooLarge(limit_bytes=SIZE_MAXIMUM_BYTES)
    found = TYPES.get(filename.rpartition(".")[2].casefold(), "")
    said = declared.partition(";")[0].strip().casefold()
    if not found or (said not in _UNDECLARED and said != found) or not _is(found, content):
        raise DocumentType(filename=filename)
    return found


def _is(kind: str, content: bytes) -> bool:
    if kind == "message/rfc822":
        return _is_mail(content)
    return content.startswith(_MAGIC[kind])


def _is_mail(content: bytes) -> bool:
    """Whether it begins with the header of a mail: named lines, among them one that every mail has."""
    head = re.split(rb"\r?\n\r?\n", content[:65_536], maxsplit=1)[0]
    lines = re.split(rb"\r?\n", head)
    named = [line for line in lines if not line.startswith((b" ", b"\t"))]
    names = {line.partition(b":")[0].lower() for line in named}
    return bool(named) and b"\x00" not in head and all(_HEADER_LINE.match(line) for line in named[:50]) and any(n in names for n in _MAIL_HEADERS)
