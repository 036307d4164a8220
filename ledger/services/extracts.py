"""Take a union's own general-ledger extract of its joint accounts: sent, looked at with its columns and accounts, then kept whole or not at all.

Only the union's own treasury brings one in; both unions read it, for it holds what is joint and nothing else. The file is kept as it was sent.
"""

import asyncio
import hashlib
from datetime import date
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.days import check_past_day
from ledger.domain.documents import SIZE_MAXIMUM_BYTES, plain_filename
from ledger.domain.pledges import plain
from ledger.domain.refusals import DocumentTooLarge, NotFound, Refusal
from ledger.services import comparison
from ledger.services.close_guard import refuse_if_signed
from ledger.services.extract_reading import (
    CSV,
    IMPORT,
    XLSX,
    Asked,
    ExtractFile,
    Preview,
    ReadFile,
    about_union,
    hand_of,
    held_extract,
    marked,
    meanings_of,
    own_union,
    preview_of,
    read_now,
    whole_extract,
)
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.spreadsheets import read_rows
from ledger.storage import differences as difference_store
from ledger.storage import documents, requests
from ledger.storage import extracts as store
from ledger.storage.extracts import KeptExtract

PROFILE_MAXIMUM = 60


# --- the file -----------------------------------------------------------------------------------------------------------------


async def upload(pool: Pool, actor: Actor, key: str, file: ExtractFile, until: date) -> UUID:
    """Keep a file as it was sent; nothing of it counts before it is brought in. Refuses what cannot be read as a spreadsheet."""
    requests.check_key(key)
    digest = hashlib.sha256(file.content).digest()
    early: Refusal | None = None
    document: UUID | None = None
    try:
        own_union(actor)
        check_past_day("until", until, pool.today())
        if len(file.content) > SIZE_MAXIMUM_BYTES:
            raise DocumentTooLarge(limit_bytes=SIZE_MAXIMUM_BYTES)
        name = plain_filename(file.filename)
        await asyncio.to_thread(read_rows, file.content, name)
        document = await _keep_file(pool, actor, digest, name, file.content)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if early is not None:
            raise early
        return Done({"document": str(document)}, f"extract/{until.isoformat()}", {"sha256": digest.hex(), "bytes": len(file.content)})

    request = {"sha256": digest.hex(), "until": until.isoformat(), "filename": file.filename}
    answer = await perform(pool, actor, "upload_extract", key, request, work, permission=IMPORT, union=actor.union, posts=False)
    return UUID(answer["document"])


async def _keep_file(pool: Pool, actor: Actor, digest: bytes, name: str, content: bytes) -> UUID:
    async with pool.database.writing() as connection:
        found = await store.own_file(connection, digest, actor.union or "")
        media = XLSX if content.startswith(b"PK") else CSV
        return found or await documents.keep_content(connection, digest, name, media, content, actor.person_id, pool.clock())


# --- looking ------------------------------------------------------------------------------------------------------------------


async def preview(pool: Pool, actor: Actor, document: UUID, asked: Asked, language: str = "en") -> Preview:
    """What the file would bring as it is read now, account by account; nothing is kept."""
    union = own_union(actor)
    async with pool.database.reading() as connection:
        hand = await hand_of(connection, union, document)
    return await preview_of(pool, document, hand, asked, language)


# --- bringing it in -------------------------------------------------------------------------------------------------------------


async def bring_in(pool: Pool, actor: Actor, key: str, document: UUID, asked: Asked, language: str = "en") -> KeptExtract:
    """Keep what a file says for its cut-off and compare. The same again brings nothing; another takes the place of the one before, which is kept."""
    requests.check_key(key)
    early: Refusal | None = None
    read: ReadFile | None = None
    try:
        union = own_union(actor)
        check_past_day("until", asked.until, pool.today())
        async with pool.database.reading() as connection:
            hand = await hand_of(connection, union, document)
        read = await read_now(hand, asked, language)
    except Refusal as refusal:
        if refusal.status == 503:
            raise
        early = refusal

    async def work(w: Work) -> Done:
        if early is not None or read is None:
            raise early or NotFound(kind="document", id=str(document))
        return await _bring(w, document, read, asked)

    request = {"document": str(document), "asked": msgspec.to_builtins(asked)}
    answer = await perform(pool, actor, "import_extract", key, request, work, permission=IMPORT, union=actor.union, posts=False)
    async with pool.database.reading() as connection:
        return await store.extract(connection, answer["extract"])


async def _bring(w: Work, document: UUID, read: ReadFile, asked: Asked) -> Done:
    await difference_store.hold(w.connection)
    hand = await hand_of(w.connection, w.actor.union or "", document)
    meanings = meanings_of(hand, asked)
    whole = whole_extract(read, meanings, asked)
    changed = [meanings[key] for key in read.extract.accounts if hand.meanings.get(key) != meanings[key]]
    await store.set_meanings(w.connection, hand.union.code, changed, w.actor.person_id, w.now)
    if asked.save_as.strip():
        await _save_profile(w, hand.union.code, read, asked.save_as)
    kept = await store.kept(w.connection, hand.union.code, asked.until)
    if kept is not None and await held_extract(w.connection, kept) == marked(whole.extract):
        await comparison.run(w, asked.until)
        return Done({"extract": kept.number}, kept.number, {"rows": 0})
    number = await w.next_number("LX")
    if kept is not None:
        await store.replace(w.connection, kept.number, number)
    await store.add(w.connection, number, hand.union.code, whole.first, asked.until, whole.extract, document, w.actor.person_id, w.now)
    await documents.link(w.connection, document, "extract", number, w.actor.person_id, w.now)
    await comparison.run(w, asked.until)
    # The close's row comes after the books' head, which the comparison took: fixing a report takes them in that order.
    await refuse_if_signed(w.connection, asked.until)
    return Done({"extract": number}, number, {"rows": len(whole.extract.rows), "ends_on": asked.until.isoformat(), "replaces": kept.number if kept else ""})


async def _save_profile(w: Work, union: str, read: ReadFile, name: str) -> None:
    heading = read.rows[read.top]
    facts = {
        "headings": {column: heading[at] for column, at in read.layout.mapping.items() if at < len(heading)}, "language": read.layout.language,
        "currency": read.layout.currency, "owed_positive": read.layout.owed_positive,
    }  # fmt: skip
    said = plain("save_as", name, PROFILE_MAXIMUM, needed=True)
    await store.save_profile(w.connection, await store.next_profile_id(w.connection), union, said, facts, w.actor.person_id, w.now)


# --- both at once, for doors without pages -------------------------------------------------------------------------------------


async def preview_file(pool: Pool, actor: Actor, file: ExtractFile, asked: Asked, language: str = "en") -> Preview:
    """What a file would bring; the file is not kept."""
    union = own_union(actor)
    async with pool.database.reading() as connection:
        hand = await about_union(connection, union, plain_filename(file.filename), file.content)
    return await preview_of(pool, None, hand, asked, language)


async def import_file(pool: Pool, actor: Actor, key: str, file: ExtractFile, asked: Asked, language: str = "en") -> KeptExtract:
    """Keep a file and bring it in."""
    document = await upload(pool, actor, f"file-{hashlib.sha256(key.encode()).hexdigest()[:40]}", file, asked.until)
    return await bring_in(pool, actor, key, document, asked, language)
