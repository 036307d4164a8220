"""Answer for documents in JSON: attach a file to what it proves, say what is kept, hand out the bytes."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, QueryParameter

from api.schemas import IdempotencyKey
from ledger.domain.actors import Actor
from ledger.domain.documents import INLINE_TYPES, SIZE_MAXIMUM_BYTES, Document
from ledger.domain.refusals import DocumentTooLarge
from ledger.services import documents as service
from ledger.services.pool import Pool

SubjectKind = Literal[
    "journal", "transfer", "contribution", "pledge", "campaign", "request", "strike", "agreement", "booking", "delivery", "filing", "rate"
]  # fmt: skip


class DocumentUpload(msgspec.Struct, kw_only=True):
    """A file and what it belongs to: `journal` 10482, `transfer` T-0042, `campaign` CAM-0007, `delivery` DL-0003, `filing` FL-0001,
    `rate` USD-CAD-2026-11-20."""

    subject_kind: str
    subject: str
    file: UploadFile


class DocumentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file; its bytes are at `content`."""

    id: UUID
    sha256: str
    filename: str
    media_type: str
    size_bytes: int
    uploaded_by: str
    uploaded_at: datetime
    content: str


class DocumentSubject(msgspec.Struct, frozen=True):
    """A thing a document is linked to."""

    kind: str
    subject: str


class DocumentPage(msgspec.Struct, frozen=True):
    """A document and everything it is linked to."""

    document: DocumentOut
    subjects: list[DocumentSubject]


def document_out(document: Document) -> DocumentOut:
    """A document as it travels."""
    return DocumentOut(
        id=document.id, sha256=document.sha256, filename=document.filename, media_type=document.media_type, size_bytes=document.size_bytes,
        uploaded_by=document.uploaded_by_name, uploaded_at=document.uploaded_at, content=f"/api/v1/documents/{document.id}/content",
    )  # fmt: skip


def file_response(document: Document, content: bytes) -> Response[bytes]:
    """The bytes, so that no browser runs anything in them: its own type, no sniffing, a sandbox, saved unless it is a picture."""
    placing = "inline" if document.media_type in INLINE_TYPES else "attachment"
    name = quote(document.filename, safe="")
    return Response(
        content,
        media_type=document.media_type,
        headers={
            "Content-Disposition": f"{placing}; filename*=UTF-8''{name}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "ETag": f'"{document.sha256}"',
        },
    )


async def read_upload(file: UploadFile) -> bytes:
    """An uploaded file's bytes; refuses one that is too large without reading further."""
    content = await file.read(SIZE_MAXIMUM_BYTES + 1)
    if len(content) > SIZE_MAXIMUM_BYTES:
        raise DocumentTooLarge(limit_bytes=SIZE_MAXIMUM_BYTES)
    return content


class DocumentsController(Controller):
    """Documents."""

    path = "/documents"
    tags = ["Documents"]

    @get("/", operation_id="listDocuments", opt={"permission": "read_documents", "answers": (404, 422)})
    async def list_documents(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], subject_kind: Annotated[SubjectKind, QueryParameter()],
        subject: Annotated[str, QueryParameter(max_length=40)],
    ) -> list[DocumentOut]:  # fmt: skip
        """The documents of one thing, oldest first."""
        return [document_out(each) for each in await service.list_documents(pool, actor, subject_kind, subject)]

    @post("/", operation_id="attachDocument", opt={"permission": "attach_document", "answers": (404,), "takes_files": True})
    async def attach_document(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: MultipartBody[DocumentUpload]
    ) -> DocumentOut:
        """Attach a PDF, picture or mail of at most 15 MB; the same bytes are kept once."""
        content = await read_upload(data.file)
        kept = await service.attach(
            pool, actor, key, data.subject_kind, data.subject, data.file.filename, data.file.content_type or "", content
        )
        return document_out(kept)

    @get("/{document_id:uuid}", operation_id="getDocument", opt={"permission": "read_documents"})
    async def get_document(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], document_id: FromPath[UUID]) -> DocumentPage:
        """What is kept of a document, and what it is linked to."""
        document, subjects = await service.read_document(pool, actor, document_id)
        return DocumentPage(document_out(document), [DocumentSubject(kind, subject) for kind, subject in subjects])

    @get("/{document_id:uuid}/content", operation_id="getDocumentContent", opt={"permission": "read_documents", "files": ("application/octet-stream",)})
    async def get_content(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], document_id: FromPath[UUID]) -> Response[bytes]:
        """The bytes, as they were uploaded."""
        return file_response(*(await service.read_content(pool, actor, document_id)))


ROUTES = [DocumentsController]
