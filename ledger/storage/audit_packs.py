"""Keep audit packs for a few days, in pieces, so that any web process hands them out."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import IO
from uuid import UUID

import msgspec

from ledger.storage.database import Connection

PIECE_BYTES = 1 << 20


class KeptPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that can be taken away, without its bytes; hashes in hexadecimal."""

    id: UUID
    first: date
    last: date
    head_number: int
    head_hash: str
    files: int
    bytes: int
    manifest_sha256: str
    made_by: str
    made_at: datetime


_PACK = """
    SELECT k.id, k.first_day AS first, k.last_day AS last, k.head_number, encode(k.head_hash, 'hex') AS head_hash, k.files, k.size_bytes AS bytes,
        encode(k.manifest_sha256, 'hex') AS manifest_sha256, p.name AS made_by, k.made_at
    FROM audit_packs k JOIN people p ON p.id = k.made_by"""


async def packs(connection: Connection, since: datetime) -> list[KeptPack]:
    """Every pack that was made since a time, the newest first."""
    return [KeptPack(**dict(row)) for row in await connection.fetch(f"{_PACK} WHERE k.made_at >= $1 ORDER BY k.made_at DESC, k.id", since)]


async def find(connection: Connection, id: UUID, since: datetime) -> KeptPack | None:
    """One pack; None where it was never kept, or made before a time."""
    row = await connection.fetchrow(f"{_PACK} WHERE k.id = $1 AND k.made_at >= $2", id, since)
    return None if row is None else KeptPack(**dict(row))


async def add(connection: Connection, new: KeptPack, person_id: int, content: IO[bytes], come: Callable[[int], Awaitable[None]]) -> None:
    """Keep a pack, piece by piece; ``come`` is told after each how many bytes are kept."""
    await connection.execute(
        """INSERT INTO audit_packs (id, first_day, last_day, head_number, head_hash, files, size_bytes, manifest_sha256, made_by, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        new.id, new.first, new.last, new.head_number, bytes.fromhex(new.head_hash), new.files, new.bytes, bytes.fromhex(new.manifest_sha256),
        person_id, new.made_at,
    )  # fmt: skip
    ordinal = 0
    while piece := content.read(PIECE_BYTES):
        ordinal += 1
        await connection.execute("INSERT INTO audit_pack_pieces (pack, ordinal, content) VALUES ($1, $2, $3)", new.id, ordinal, piece)
        await come(content.tell())


async def piece(connection: Connection, id: UUID, ordinal: int) -> bytes | None:
    """One piece, counted from 1; None after the last."""
    found: bytes | None = await connection.fetchval("SELECT content FROM audit_pack_pieces WHERE pack = $1 AND ordinal = $2", id, ordinal)
    return found


async def forget(connection: Connection, before: datetime) -> int:
    """Take away what was made before a time; how many."""
    await connection.execute("DELETE FROM audit_pack_pieces WHERE pack IN (SELECT id FROM audit_packs WHERE made_at < $1)", before)
    status: str = await connection.execute("DELETE FROM audit_packs WHERE made_at < $1", before)
    return int(status.split()[-1])
