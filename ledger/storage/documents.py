"""Keep files in the database, each content once by its hash, and link them to what they prove."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.domain.documents import Document
from ledger.domain.refusals import NotFound
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection

_FIELDS = """d.id, encode(d.sha256, 'hex') AS sha256, d.filename, d.media_type, d.size_bytes, d.uploaded_by,
    p.name AS uploaded_by_name, p.union_code AS uploaded_by_union, d.uploaded_at"""
_EXISTS = {
    "journal": "SELECT EXISTS (SELECT FROM entries WHERE number = $1::text::bigint)",
    "transfer": "SELECT EXISTS (SELECT FROM transfers WHERE number = $1)",
    "contribution": "SELECT EXISTS (SELECT FROM contributions WHERE number = $1)",
    "pledge": "SELECT EXISTS (SELECT FROM pledges WHERE number = $1)",
    "campaign": "SELECT EXISTS (SELECT FROM campaigns WHERE number = $1)",
    "request": "SELECT EXISTS (SELECT FROM allocations WHERE number = $1)",
    "strike": "SELECT EXISTS (SELECT FROM strikes WHERE number = $1)",
    "agreement": "SELECT EXISTS (SELECT FROM agreements WHERE number = $1)",
    "booking": "SELECT EXISTS (SELECT FROM bookings WHERE number = $1)",
    "delivery": "SELECT EXISTS (SELECT FROM deliveries WHERE number = $1)",
    "extract": "SELECT EXISTS (SELECT FROM ledger_extracts WHERE number = $1)",
    "filing": "SELECT EXISTS (SELECT FROM retention_filings WHERE number = $1)",
    "bank_statement": "SELECT EXISTS (SELECT FROM bank_statements WHERE number = $1)",
    "rate": """SELECT EXISTS (SELECT FROM rates
        WHERE base = left($1::text, 3) AND quote = substr($1, 5, 3) AND observed_on::text = substr($1, 9))""",
}


async def subject_exists(connection: Connection, kind: str, subject: str) -> bool:
    """Whether there is such a thing to attach to; the subject's form was checked before."""
    return bool(await connection.fetchval(_EXISTS[kind], subject))


async def request_people(connection: Connection, number: str) -> tuple[int, int | None, bool]:
    """Who asked for money, who leads its campaign, and whether it was ever submitted; nobody for a request that is not there."""
    row = await connection.fetchrow(
        """SELECT a.requested_by, c.lead_id, a.revision > 0 AS submitted
        FROM allocations a LEFT JOIN campaigns c ON c.number = a.campaign WHERE a.number = $1""",
        number,
    )
    return (0, None, False) if row is None else (row["requested_by"], row["lead_id"], row["submitted"])


async def filing_union(connection: Connection, number: str) -> str | None:
    """The union whose report a filing is; None where there is no such filing."""
    found: str | None = await connection.fetchval("SELECT union_code FROM retention_filings WHERE number = $1", number)
    return found


async def find_content(connection: Connection, sha256: bytes) -> UUID | None:
    """The document with these bytes, if they are kept already."""
    found: UUID | None = await connection.fetchval("SELECT id FROM documents WHERE sha256 = $1 ORDER BY uploaded_at LIMIT 1", sha256)
    return found


async def is_kept(connection: Connection, document_id: UUID) -> bool:
    """Whether there is a document of this id."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM documents WHERE id = $1)", document_id))


async def keep_content(
    connection: Connection, sha256: bytes, filename: str, media_type: str, content: bytes, person_id: int, now: datetime
) -> UUID:
    """Keep a file's bytes; they are never changed again."""
    document_id = ordered_id()
    await connection.execute(
        "INSERT INTO documents VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        document_id, sha256, filename, media_type, len(content), content, person_id, now,
    )  # fmt: skip
    return document_id


async def link(connection: Connection, document_id: UUID, kind: str, subject: str, person_id: int, now: datetime) -> None:
    """Link a document to a thing; linked twice is linked once."""
    await connection.execute(
        """INSERT INTO document_links (document_id, subject_kind, subject, linked_by, linked_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING""",
        document_id, kind, subject, person_id, now,
    )  # fmt: skip


async def documents_of(connection: Connection, kind: str, subject: str) -> list[Document]:
    """The documents of a thing, oldest first; who and when are of the linking."""
    rows = await connection.fetch(
        f"""SELECT {_FIELDS.replace("d.uploaded_by,", "l.linked_by AS uploaded_by,").replace("d.uploaded_at", "l.linked_at AS uploaded_at")}
        FROM document_links l JOIN documents d ON d.id = l.document_id JOIN people p ON p.id = l.linked_by
        WHERE l.subject_kind = $1 AND l.subject = $2 ORDER BY l.linked_at, d.id""",
        kind, subject,
    )  # fmt: skip
    return [_document(row) for row in rows]


async def counts(connection: Connection, kind: str, subjects: Sequence[str]) -> dict[str, int]:
    """How many documents each of these things has, where it has any."""
    rows = await connection.fetch(
        "SELECT subject, count(*) AS number FROM document_links WHERE subject_kind = $1 AND subject = ANY($2::text[]) GROUP BY subject",
        kind, list(subjects),
    )  # fmt: skip
    return {row["subject"]: row["number"] for row in rows}


async def document(connection: Connection, document_id: UUID) -> Document:
    """One document without its bytes; refuses an unknown one."""
    row = await connection.fetchrow(
        f"SELECT {_FIELDS} FROM documents d JOIN people p ON p.id = d.uploaded_by WHERE d.id = $1", document_id
    )
    if row is None:
        raise NotFound(kind="document", id=str(document_id))
    return _document(row)


async def subjects_of(connection: Connection, document_id: UUID) -> list[tuple[str, str]]:
    """(kind, number) of everything a document is linked to."""
    rows = await connection.fetch(
        "SELECT subject_kind, subject FROM document_links WHERE document_id = $1 ORDER BY linked_at, subject_kind, subject", document_id
    )
    return [(row["subject_kind"], row["subject"]) for row in rows]


async def content(connection: Connection, document_id: UUID) -> bytes:
    """The bytes of a document that exists."""
    found: bytes = await connection.fetchval("SELECT content FROM documents WHERE id = $1", document_id)
    return found


def _document(row: Any) -> Document:
    return Document(**dict(row))
