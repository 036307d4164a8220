"""Keep every version of each union's map of accounts to the form."""

from typing import Any

import msgspec

from ledger.domain.form_maps import FormMap
from ledger.storage.database import Connection

_COLUMNS = ("version", "form", "valid_from", "source", "lines", "changed_by", "changed_at")


async def of_union(connection: Connection, union: str) -> list[FormMap]:
    """A union's own versions, oldest first."""
    rows = await connection.fetch(f"SELECT {', '.join(_COLUMNS)} FROM form_maps WHERE union_code = $1 ORDER BY version", union)
    return [msgspec.convert({**dict(row), "union": union}, FormMap) for row in rows]


async def add(connection: Connection, new: FormMap) -> None:
    """Keep a version."""
    lines: Any = msgspec.to_builtins(new.lines)
    await connection.execute(
        "INSERT INTO form_maps (union_code, version, form, valid_from, source, lines, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.union, new.version, new.form, new.valid_from, new.source, lines, new.changed_by, new.changed_at,
    )  # fmt: skip
