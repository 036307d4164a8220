"""Keep boards' packs byte for byte, and the links to them: of a link's secret only the digest."""

import secrets
from datetime import datetime
from typing import Literal
from uuid import UUID

from ledger.domain.board_packs import AskedPack, Link, Made, Pack
from ledger.domain.refusals import NotFound
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection
from ledger.storage.people import digest

_PACK = """SELECT b.number, b.title, b.as_of, b.compared_on, b.currency, b.head_number, b.head_hash, b.pdf_en_sha256, b.pdf_fr_sha256,
        p.name AS made_by, p.union_code AS union, b.made_at
    FROM board_packs b JOIN people p ON p.id = b.made_by"""
_LINK = """SELECT l.id, l.pack, l.label, l.union_code AS union, p.name AS made_by, l.made_at, l.expires_at, l.ended_at, e.name AS ended_by, l.opened,
        l.last_opened_at
    FROM board_pack_links l JOIN people p ON p.id = l.made_by LEFT JOIN people e ON e.id = l.ended_by"""
Content = Literal["pdf_en", "pdf_fr", "html_en", "html_fr"]


async def packs(connection: Connection, before: str | None, limit: int) -> list[Pack]:
    """The newest first; older than ``before`` where given."""
    rows = await connection.fetch(
        f"""{_PACK} WHERE $1::text IS NULL OR b.ordinal < (SELECT ordinal FROM board_packs WHERE number = $1) ORDER BY b.ordinal DESC LIMIT $2""",
        before, limit,
    )  # fmt: skip
    return [Pack(**dict(row)) for row in rows]


async def pack(connection: Connection, number: str) -> Pack:
    """One pack; refuses an unknown one."""
    row = await connection.fetchrow(f"{_PACK} WHERE b.number = $1", number)
    if row is None:
        raise NotFound(kind="board_pack", id=number[:40])
    return Pack(**dict(row))


async def content(connection: Connection, number: str, what: Content) -> bytes | str:
    """A PDF's bytes, or a page's text."""
    found: bytes | str | None = await connection.fetchval(f"SELECT {what} FROM board_packs WHERE number = $1", number)
    if found is None:
        raise NotFound(kind="board_pack", id=number[:40])
    return found


async def add(connection: Connection, number: str, asked: AskedPack, made: Made, person_id: int, now: datetime) -> None:
    """Keep a pack as it was made."""
    await connection.execute(
        """INSERT INTO board_packs (number, ordinal, title, as_of, compared_on, currency, head_number, head_hash, pdf_en, pdf_en_sha256, pdf_fr,
            pdf_fr_sha256, html_en, html_fr, made_by, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, sha256($9), $10, sha256($10), $11, $12, $13, $14)""",
        number, int(number.rpartition("-")[2]), asked.title, asked.as_of, made.compared_on, asked.into, made.head_number, made.head_hash, made.pdf_en,
        made.pdf_fr, made.html_en, made.html_fr, person_id, now,
    )  # fmt: skip


# --- links ----------------------------------------------------------------------------------------------------------------


async def links(connection: Connection, number: str) -> list[Link]:
    """A pack's links, the newest first."""
    return [Link(**dict(row)) for row in await connection.fetch(f"{_LINK} WHERE l.pack = $1 ORDER BY l.made_at DESC, l.id DESC", number)]


async def link(connection: Connection, number: str, link_id: UUID) -> Link:
    """One link of a pack; refuses an unknown one."""
    row = await connection.fetchrow(f"{_LINK} WHERE l.pack = $1 AND l.id = $2", number, link_id)
    if row is None:
        raise NotFound(kind="board_pack_link", id=str(link_id))
    return Link(**dict(row))


async def add_link(
    connection: Connection, number: str, label: str, union: str, person_id: int, now: datetime, expires_at: datetime
) -> tuple[UUID, str]:
    """A new link's id and its secret, which is shown once."""
    link_id, secret = ordered_id(), secrets.token_urlsafe(32)
    await connection.execute(
        """INSERT INTO board_pack_links (id, pack, secret_digest, label, union_code, made_by, made_at, expires_at, opened)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)""",
        link_id, number, digest(secret), label, union, person_id, now, expires_at,
    )  # fmt: skip
    return link_id, secret


async def end_link(connection: Connection, link_id: UUID, person_id: int, now: datetime) -> None:
    """From now on the link opens nothing; one that had ended stays as it ended."""
    await connection.execute("UPDATE board_pack_links SET ended_at = $3, ended_by = $2 WHERE id = $1 AND ended_at IS NULL", link_id, person_id, now)


async def open_link(connection: Connection, secret: str, now: datetime, counts: bool) -> tuple[UUID, str] | None:
    """(link, pack) that a secret opens, counted as opened once more where it ``counts``; None where there is none, or none any more."""
    row = await connection.fetchrow(
        """UPDATE board_pack_links SET opened = opened + $3::boolean::integer, last_opened_at = CASE WHEN $3 THEN $2 ELSE last_opened_at END
        WHERE secret_digest = $1 AND ended_at IS NULL AND expires_at > $2 RETURNING id, pack""",
        digest(secret), now, counts,
    )  # fmt: skip
    return None if row is None else (row["id"], row["pack"])
