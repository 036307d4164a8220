"""Attach files to what they prove, and hand them out to those who may read them.

Either union's treasury may add evidence to any shared record: it changes no figure, and shows who added it.
"""

import hashlib
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.documents import PER_SUBJECT_MAXIMUM, Document, check_subject, media_type, plain_filename
from ledger.domain.refusals import DocumentsFull, NotFound, Refusal
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import documents as store
from ledger.storage import requests
from ledger.storage.database import Connection

ATTACH = "attach_document"


async def attach(pool: Pool, actor: Actor, key: str, subject_kind: str, subject: str, filename: str, declared: str, content: bytes) -> Document:
    """Keep a file with a thing (``journal`` 10482, ``transfer`` T-0042, …). The same bytes are kept once, wherever they are linked.

    The bytes are stored before the books are locked, so that a large file holds nobody up; the link is what counts.
    """
    requests.check_key(key)
    digest = hashlib.sha256(content).digest()
    request = {"subject_kind": subject_kind, "subject": subject, "filename": filename, "sha256": digest.hex()}
    early: Refusal | None = None
    try:
        authorize(actor, ATTACH)
        check_subject(subject_kind, subject)
        name = plain_filename(filename)
        document_id = await _stored(pool, actor, subject_kind, subject, name, media_type(name, declared, content), digest, content)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if early is not None:
            raise early
        await _has_room(w.connection, subject_kind, subject, document_id)
        await store.link(w.connection, document_id, subject_kind, subject, w.actor.person_id, w.now)
        return Done({"document": document_id}, subject=_named(subject_kind, subject), details={"sha256": digest.hex(), "filename": filename[:150]})

    answer = await perform(pool, actor, ATTACH, key, request, work, permission=ATTACH)
    async with pool.database.reading() as connection:
        return await store.document(connection, msgspec.convert(answer["document"], UUID))


async def _stored(
    pool: Pool, actor: Actor, kind: str, subject: str, filename: str, media: str, digest: bytes, content: bytes
) -> UUID:
    async with pool.database.writing() as connection:
        found = await store.find_content(connection, digest)
        await _has_room(connection, kind, subject, found)
        return found or await store.keep_content(connection, digest, filename, media, content, actor.person_id, pool.clock())


async def _has_room(connection: Connection, kind: str, subject: str, document_id: UUID | None) -> None:
    if not await store.subject_exists(connection, kind, subject):
        raise NotFound(kind=kind, id=subject)
    linked = await store.documents_of(connection, kind, subject)
    if len(linked) >= PER_SUBJECT_MAXIMUM and all(each.id != document_id for each in linked):
        raise DocumentsFull(limit=PER_SUBJECT_MAXIMUM)


def _named(kind: str, subject: str) -> str:
    return f"J-{subject}" if kind == "journal" else subject


async def list_documents(pool: Pool, actor: Actor, subject_kind: str, subject: str) -> list[Document]:
    """The documents of a thing, oldest first; none for a thing that is not there."""
    authorize(actor, "read_documents")
    check_subject(subject_kind, subject)
    async with pool.database.reading() as connection:
        return await store.documents_of(connection, subject_kind, subject)


async def read_document(pool: Pool, actor: Actor, document_id: UUID) -> tuple[Document, list[tuple[str, str]]]:
    """A document without its bytes, and (kind, number) of what it is linked to."""
    authorize(actor, "read_documents")
    async with pool.database.reading() as connection:
        return await store.document(connection, document_id), await store.subjects_of(connection, document_id)


async def read_content(pool: Pool, actor: Actor, document_id: UUID) -> tuple[Document, bytes]:
    """A document with its bytes."""
    authorize(actor, "read_documents")
    async with pool.database.reading() as connection:
        found = await store.document(connection, document_id)
        return found, await store.content(connection, document_id)
