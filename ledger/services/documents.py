"""Attach files to what they prove, and hand them out to those who may read them.

Either union's treasury may add evidence to any shared record, but to the filings of its own union alone: it changes no figure, and shows who
added it. Who may change a campaign may add to that campaign, who asks for money or decides about it to that request, who authorises a strike to
that strike, and who may see a booking to it and to what was delivered of it, each for their own union; whoever only leads campaigns reads what is
kept with what they lead, asked for or answer for, and nothing else.
"""

import hashlib
from uuid import UUID

import msgspec

from ledger.domain import campaigns
from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.bookings import Booking, may_see
from ledger.domain.documents import PER_SUBJECT_MAXIMUM, Document, check_subject, media_type, plain_filename
from ledger.domain.refusals import DocumentsFull, NotAllowed, NotFound, Refusal
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import bookings, deliveries, requests
from ledger.storage import campaigns as campaign_store
from ledger.storage import documents as store
from ledger.storage.database import Connection

ATTACH, READ = "attach_document", "read_documents"
# Officers of both unions authorise a strike and sign agreements, and so add what proves it; who may see an agreement reads what was signed.
_LENT = ("booking", "delivery")
_PROVED = {"strike": "authorise_strike", "agreement": "manage_agreements"}


# --- who may ------------------------------------------------------------------------------------------------------------


def reads_all(actor: Actor) -> bool:
    """Whether the actor reads the documents of every record, as those do who read the books."""
    return bool(actor.roles & PERMISSIONS["read_books"][0])


def attaches_all(actor: Actor) -> bool:
    """Whether the actor adds to every record, as those do who keep the books."""
    return bool(actor.roles & PERMISSIONS["post_entry"][0])


async def may_attach(pool: Pool, actor: Actor, kind: str, subject: str) -> bool:
    """Whether the page of a thing offers the actor to add to it."""
    if not actor.can(ATTACH):
        return False
    async with pool.database.reading() as connection:
        return await _attaches(connection, actor, kind, subject)


async def _attaches(connection: Connection, actor: Actor, kind: str, subject: str) -> bool:
    if kind == "request":
        return actor.can("comment_request") and await _of_request(connection, actor, subject)
    if kind in _LENT:
        booking = await _booking_of(connection, kind, subject)
        return booking is not None and may_see(actor, booking) and actor.union in (booking.lender, booking.borrower)
    if kind == "filing" and await store.filing_union(connection, subject) not in (None, actor.union):
        return False
    if attaches_all(actor) or (kind in _PROVED and actor.can(_PROVED[kind])):
        return True
    if kind != "campaign":
        return False
    found = await campaign_store.find(connection, subject)
    return found is not None and campaigns.may_manage(actor, found)


async def _reads(connection: Connection, actor: Actor, kind: str, subject: str) -> bool:
    if kind == "request":
        return await _of_request(connection, actor, subject)
    if kind in _LENT:
        booking = await _booking_of(connection, kind, subject)
        return booking is not None and may_see(actor, booking)
    if reads_all(actor) or (kind == "agreement" and actor.can("read_agreements")):
        return True
    if kind != "campaign":
        return False
    found = await campaign_store.find(connection, subject)
    return found is not None and campaigns.may_read(actor, found)


async def _of_request(connection: Connection, actor: Actor, subject: str) -> bool:
    """Whether the actor may see a request; one that is only a draft is its writer's alone."""
    writer, lead, submitted = await store.request_people(connection, subject)
    return actor.person_id == writer or (submitted and (reads_all(actor) or actor.person_id == lead))


async def _booking_of(connection: Connection, kind: str, subject: str) -> Booking | None:
    """The booking that a document belongs to, or what was delivered of it; None where there is none."""
    try:
        return await bookings.booking(connection, subject if kind == "booking" else (await deliveries.delivery(connection, subject)).booking)
    except NotFound:
        return None


async def _check_reads(connection: Connection, actor: Actor, document_id: UUID) -> list[tuple[str, str]]:
    """(kind, number) of what a document is linked to, as far as the actor may read it there; refuses where they may nowhere."""
    links = await store.subjects_of(connection, document_id)
    seen = [link for link in links if await _reads(connection, actor, *link)]
    if not seen and (links or not reads_all(actor)):
        raise NotAllowed(permission=READ, reason="role")
    return seen


# --- keeping and handing out ----------------------------------------------------------------------------------------------


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
        await _check_place(w.connection, w.actor, subject_kind, subject, document_id)
        await store.link(w.connection, document_id, subject_kind, subject, w.actor.person_id, w.now)
        return Done({"document": document_id}, subject=_named(subject_kind, subject), details=_told(subject_kind, digest, filename))

    answer = await perform(pool, actor, ATTACH, key, request, work, permission=ATTACH)
    async with pool.database.reading() as connection:
        return await store.document(connection, msgspec.convert(answer["document"], UUID))


async def _stored(
    pool: Pool, actor: Actor, kind: str, subject: str, filename: str, media: str, digest: bytes, content: bytes
) -> UUID:
    async with pool.database.writing() as connection:
        found = await store.find_content(connection, digest)
        await _check_place(connection, actor, kind, subject, found)
        return found or await store.keep_content(connection, digest, filename, media, content, actor.person_id, pool.clock())


async def _check_place(connection: Connection, actor: Actor, kind: str, subject: str, document_id: UUID | None) -> None:
    """The thing is there, the actor may add to it, and there is room. A campaign that they may not know of is not there."""
    if not await _attaches(connection, actor, kind, subject):
        hidden = kind in ("campaign", "request", *_LENT) and not reads_all(actor)
        raise NotFound(kind=kind, id=subject) if hidden else NotAllowed(permission=ATTACH, reason="role")
    if not await store.subject_exists(connection, kind, subject):
        raise NotFound(kind=kind, id=subject)
    linked = await store.documents_of(connection, kind, subject)
    if len(linked) >= PER_SUBJECT_MAXIMUM and all(each.id != document_id for each in linked):
        raise DocumentsFull(limit=PER_SUBJECT_MAXIMUM)


def _told(kind: str, digest: bytes, filename: str) -> dict[str, str]:
    """What the trail says of it; the kind too, for numbers of two kinds may look alike."""
    return {"sha256": digest.hex(), "filename": filename[:150], "kind": kind}


def _named(kind: str, subject: str) -> str:
    return f"J-{subject}" if kind == "journal" else subject


async def list_documents(pool: Pool, actor: Actor, subject_kind: str, subject: str) -> list[Document]:
    """The documents of a thing, oldest first; none for a thing that is not there, or that the actor may not read."""
    authorize(actor, READ)
    check_subject(subject_kind, subject)
    async with pool.database.reading() as connection:
        return await store.documents_of(connection, subject_kind, subject) if await _reads(connection, actor, subject_kind, subject) else []


async def read_document(pool: Pool, actor: Actor, document_id: UUID) -> tuple[Document, list[tuple[str, str]]]:
    """A document without its bytes, and (kind, number) of what it is linked to."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.document(connection, document_id)
        return found, await _check_reads(connection, actor, document_id)


async def read_content(pool: Pool, actor: Actor, document_id: UUID) -> tuple[Document, bytes]:
    """A document with its bytes."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.document(connection, document_id)
        await _check_reads(connection, actor, document_id)
        return found, await store.content(connection, document_id)
