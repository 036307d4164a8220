"""Attach documents from any record's page, and hand them out."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.routes.documents import file_response
from api.security import Reader
from ledger.domain.actors import Actor
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES, SUBJECTS, Document, check_subject
from ledger.domain.refusals import NotAllowed, Refusal
from ledger.services import documents as service
from ledger.services.pool import Pool
from reports.i18n import N_

_FOLDERS = {
    "journal": "/journal", "transfer": "/transfers", "contribution": "/contributions", "pledge": "/pledges", "campaign": "/campaigns",
    "request": "/requests", "strike": "/strikes", "rate": "/rates", "agreement": "/agreements", "booking": "/bookings", "delivery": "/deliveries",
    "filing": "/retention/filings",
}  # fmt: skip
_FIELDS = {"document_type": "file", "document_too_large": "file", "text_invalid": "file"}


class DocumentsShown(msgspec.Struct, frozen=True):
    """What ``documents/list.html`` shows of a thing."""

    kind: str
    subject: str
    items: list[Document]
    may_attach: bool


async def documents_for(pool: Pool, reader: Reader, kind: str, subject: str) -> DocumentsShown | None:
    """The documents of a thing for its page, as ``documents``; None for who may not read them."""
    if not reader.can("read_documents"):
        return None
    items = await service.list_documents(pool, reader.actor, kind, subject)
    return DocumentsShown(kind, subject, items, await service.may_attach(pool, reader.actor, kind, subject))


def subject_address(kind: str, subject: str) -> str:
    """The page of the thing a document belongs to."""
    return _FOLDERS[kind] if kind == "rate" else f"{_FOLDERS[kind]}/{subject}"


def _asked(form: Form) -> tuple[str, str]:
    kind, subject = form.choice("kind", SUBJECTS), form.text("subject", max_length=40)
    check_subject(kind, subject)
    return kind, subject


@get("/documents/new", opt={"permission": "attach_document"})
async def new_document(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form to attach a file to the thing the address names, for who may add to it."""
    form = Form(dict(request.query_params), reader.language)
    kind, subject = _asked(form)
    if not await service.may_attach(pool, reader.actor, kind, subject):
        raise NotAllowed(permission=service.ATTACH, reason="role")
    return _form_page(request, reader, form, kind, subject)


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, kind: str, subject: str) -> Response[Any]:
    return page(
        request, "documents/new.html", reader=reader, status=form.status, help="documents", form=form, kind=kind, subject=subject,
        back=subject_address(kind, subject), accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES,
    )  # fmt: skip


@post("/documents/new", opt={"permission": "attach_document"}, status_code=303)
async def attach_document(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Keep the file, and back to what it belongs to."""
    form = Form(await request.form(), reader.language)
    kind, subject = _asked(form)
    upload = await form.file("file", SIZE_MAXIMUM_BYTES, required=True)
    if form.ok and upload is not None:
        try:
            await service.attach(pool, reader.actor, form.key, kind, subject, upload.filename, upload.content_type, upload.data)
            return Redirect(f"{subject_address(kind, subject)}?done=document_attached", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return _form_page(request, reader, form, kind, subject)


@get("/documents/{document_id:uuid}", opt={"permission": "read_documents"}, media_type="application/octet-stream")
async def show_document(pool: NamedDependency[Pool], actor: NamedDependency[Actor], document_id: FromPath[UUID]) -> Response[bytes]:
    """The file itself."""
    return file_response(*(await service.read_content(pool, actor, document_id)))


DONE = {"document_attached": N_("The document is kept.")}
PAGES = [new_document, attach_document, show_document]
