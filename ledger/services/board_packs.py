"""Make a pack for a board's meeting, kept as it was made in both languages, and links that open it without a sign-in until they end."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from ledger.domain import board_packs as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.board_packs import READ, SHARE, AskedPack, Link, Made, Pack
from ledger.domain.refusals import NotFound
from ledger.services import progress
from ledger.services.operation import Done, Work, is_settled, perform
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.storage import audit, reference
from ledger.storage import board_packs as store
from ledger.storage.database import Connection

PACKS_MAXIMUM = 200
MAKE = "make_board_pack"
# Draws a pack, and says how far it has come.
Make = Callable[[Pool, AskedPack, Come], Awaitable[Made]]


class PackView(msgspec.Struct, frozen=True):
    """A pack with its links, the newest first."""

    pack: Pack
    links: list[Link]


class OpenedPack(msgspec.Struct, frozen=True):
    """What a link opens: the pack, and its page in both languages."""

    pack: Pack
    html: dict[str, str]


async def list_packs(pool: Pool, actor: Actor, before: str | None = None, limit: int = 50) -> tuple[list[Pack], str | None]:
    """The newest first, and what to go on from where there are more."""
    authorize(actor, READ)
    limit = min(limit, PACKS_MAXIMUM)
    async with pool.database.reading() as connection:
        found = await store.packs(connection, before, limit + 1)
    return found[:limit], found[limit - 1].number if len(found) > limit else None


async def show_pack(pool: Pool, actor: Actor, number: str) -> PackView:
    """One pack with its links."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        number = rules.written_pack(number)
        return PackView(await store.pack(connection, number), await store.links(connection, number))


async def pack_file(pool: Pool, actor: Actor, number: str, language: str) -> bytes:
    """The PDF of a language, byte for byte; noted as every export is."""
    authorize(actor, READ)
    async with pool.database.writing() as connection:
        number = rules.written_pack(number)
        content = await store.content(connection, number, "pdf_fr" if language == "fr" else "pdf_en")
        await audit.keep(connection, [audit.event(actor, "export_report", subject=number, format="pdf", language=language)], pool.clock())
    assert isinstance(content, bytes)
    return content


async def begin_pack(pool: Pool, actor: Actor, key: str, asked: AskedPack, make: Make) -> UUID:
    """Begin to make a pack; the id under which one sees how far it has come, which leads to the pack in the end."""
    asked = await _checked(pool, actor, asked)
    await is_settled(pool, actor, MAKE, key, asked)  # another pack's key is refused at once

    async def work(come: Come) -> dict[str, str]:
        return {"pack": (await make_pack(pool, actor, key, asked, make, come)).number}

    return await progress.start(pool, actor, key, MAKE, asked.as_of.isoformat(), work, request=asked)


async def _checked(pool: Pool, actor: Actor, asked: AskedPack) -> AskedPack:
    authorize(actor, SHARE)
    async with pool.database.reading() as connection:
        rules.check_asked(asked, pool.today(), await reference.currencies(connection))
    return msgspec.structs.replace(asked, title=rules.check_title(asked.title))


async def _silently(done: int, total: int, **facts: object) -> None:
    """For who waits for the answer itself."""


async def make_pack(pool: Pool, actor: Actor, key: str, asked: AskedPack, make: Make, come: Come = _silently) -> Pack:
    """Draw the pack from one snapshot of the books and keep it."""
    asked = await _checked(pool, actor, asked)
    # What is remembered under the key is not drawn again.
    made = None if await is_settled(pool, actor, MAKE, key, asked) else await make(pool, asked, come)

    async def work(w: Work) -> Done:
        assert made is not None, "a key that is known is answered from what is remembered"
        number = await w.next_number("BP")
        await store.add(w.connection, number, asked, made, actor.person_id, w.now)
        kept = await store.pack(w.connection, number)
        return Done(number, number, {"head": kept.head_number, "pdf_en_sha256": kept.pdf_en_sha256.hex(), "pdf_fr_sha256": kept.pdf_fr_sha256.hex()})

    number = await perform(pool, actor, MAKE, key, asked, work, permission=SHARE, posts=False)
    async with pool.database.reading() as connection:
        return await store.pack(connection, str(number))


# --- links ----------------------------------------------------------------------------------------------------------------


async def add_link(pool: Pool, actor: Actor, key: str, number: str, label: str, days: int) -> tuple[Link, str | None]:
    """A link of one's own union, and its secret, which is shown once: it is kept nowhere, so that of a replay is None."""
    number, secret = rules.written_pack(number), None

    async def work(w: Work) -> Done:
        nonlocal secret
        kept, expires_at = rules.check_link(label, days, w.now)
        await store.pack(w.connection, number)
        link_id, secret = await store.add_link(w.connection, number, kept, str(actor.union), actor.person_id, w.now, expires_at)
        facts = {"link": str(link_id), "label": kept, "expires_at": expires_at.isoformat()}
        return Done(await store.link(w.connection, number, link_id), number, facts)

    request = {"pack": number, "label": label, "days": days}
    answer = await perform(pool, actor, "share_board_pack", key, request, work, permission=SHARE, posts=False)
    return msgspec.convert(answer, Link), secret


async def end_link(pool: Pool, actor: Actor, key: str, number: str, link_id: UUID) -> Link:
    """End a link at once; either union may end any, since the books are of both. One that has ended stays as it is."""
    number = rules.written_pack(number)

    async def work(w: Work) -> Done:
        known = await store.link(w.connection, number, link_id)
        if known.holds(w.now):
            await store.end_link(w.connection, link_id, w.actor.person_id, w.now)
        return Done(await store.link(w.connection, number, link_id), number, {"link": str(link_id)})

    request = {"pack": number, "link": str(link_id)}
    return msgspec.convert(await perform(pool, actor, "end_board_pack_link", key, request, work, permission=SHARE, posts=False), Link)


async def open_link(pool: Pool, secret: str, address: str, is_seen: bool = True) -> OpenedPack:
    """What a link shows, by its secret alone; one that ended is as if it never was.

    Every opening is in the audit trail; where nobody sees it, it is none.
    """
    async with pool.database.writing() as connection:
        number = await _opened(connection, pool, secret, address, "page" if is_seen else "")
        html = {language: str(await store.content(connection, number, what)) for language, what in (("en", "html_en"), ("fr", "html_fr"))}  # type: ignore[arg-type]
        return OpenedPack(await store.pack(connection, number), html)


async def open_link_file(pool: Pool, secret: str, language: str, address: str) -> tuple[Pack, bytes]:
    """The PDF that a link gives, in a language."""
    async with pool.database.writing() as connection:
        number = await _opened(connection, pool, secret, address, "pdf")
        content = await store.content(connection, number, "pdf_fr" if language == "fr" else "pdf_en")
        assert isinstance(content, bytes)
        return await store.pack(connection, number), content


async def _opened(connection: Connection, pool: Pool, secret: str, address: str, what: str) -> str:
    """The pack of a link. Its page counts as opened, which whoever shared it is shown; the PDF is fetched from that page."""
    found = await store.open_link(connection, secret, pool.clock(), counts=what == "page")
    if found is None:
        raise NotFound(kind="board_pack_link", id="", reason="link")
    if not what:
        return found[1]
    opened = audit.Event("open_board_pack", "done", subject=found[1], details={"link": str(found[0]), "format": what}, address=address)
    await audit.keep(connection, [opened], pool.clock())
    return found[1]
