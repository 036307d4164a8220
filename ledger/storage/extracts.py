"""Keep the ledger extracts that unions upload, what their accounts are about, and how their files are read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.extracts import Balance, Extract, Meaning, Row
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection

_OWN_FILE = """FROM documents d JOIN people p ON p.id = d.uploaded_by WHERE p.union_code = $2 AND NOT EXISTS (
    SELECT FROM document_links l WHERE l.document_id = d.id AND l.subject_kind <> 'extract')"""


class KeptExtract(msgspec.Struct, frozen=True, kw_only=True):
    """One upload as kept: of which union, from when to which cut-off, from which file (its name and SHA-256), and what replaced it."""

    number: str
    union: str
    starts_on: date
    ends_on: date
    rows: int
    document: UUID
    filename: str
    sha256: str
    state: str
    imported_by: int
    imported_by_name: str
    imported_at: datetime
    replaced_by: str | None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How a union's program writes its extract, saved under a name: the heading of each column, and the rest of the layout."""

    id: int
    name: str
    headings: dict[str, str]
    language: str
    currency: str
    owed_positive: bool
    version: int


_EXTRACTS = """
    SELECT x.number, x.union_code AS union, x.starts_on, x.ends_on, x.rows, x.document_id AS document, d.filename, encode(d.sha256, 'hex') AS sha256,
        x.state, x.imported_by, p.name AS imported_by_name, x.imported_at, x.replaced_by
    FROM ledger_extracts x JOIN documents d ON d.id = x.document_id JOIN people p ON p.id = x.imported_by"""


# --- extracts ---------------------------------------------------------------------------------------------------------------


async def extract(connection: Connection, number: str) -> KeptExtract:
    """One upload; refuses an unknown one."""
    row = await connection.fetchrow(f"{_EXTRACTS} WHERE x.number = $1", number)
    if row is None:
        raise NotFound(kind="extract", id=number[:40])
    return KeptExtract(**dict(row))


async def extracts(connection: Connection, union: str | None = None, after: str | None = None, limit: int = 50) -> list[KeptExtract]:
    """Uploads, the newest first."""
    rows = await connection.fetch(
        f"""{_EXTRACTS} WHERE ($1::text IS NULL OR x.union_code = $1)
        AND ($2::text IS NULL OR x.ordinal < (SELECT ordinal FROM ledger_extracts WHERE number = $2)) ORDER BY x.ordinal DESC LIMIT $3""",
        union, after, limit,
    )  # fmt: skip
    return [KeptExtract(**dict(row)) for row in rows]


async def kept_up_to(connection: Connection, until: date) -> list[KeptExtract]:
    """Those in force whose cut-off is a day or earlier, by union and cut-off."""
    rows = await connection.fetch(f"{_EXTRACTS} WHERE x.state = 'kept' AND x.ends_on <= $1 ORDER BY x.union_code, x.ends_on", until)
    return [KeptExtract(**dict(row)) for row in rows]


async def kept(connection: Connection, union: str, ends_on: date) -> KeptExtract | None:
    """The one in force of a union for a cut-off."""
    row = await connection.fetchrow(f"{_EXTRACTS} WHERE x.state = 'kept' AND x.union_code = $1 AND x.ends_on = $2", union, ends_on)
    return None if row is None else KeptExtract(**dict(row))


class Closing(msgspec.Struct, frozen=True):
    """What an account last closed with, and in which extract."""

    closing_minor: int
    extract: str


async def closings_before(connection: Connection, union: str, day: date) -> dict[tuple[str, str], Closing]:
    """What each account closed with in a union's last extract before a cut-off that has it, by (code, currency)."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (b.code, b.currency) b.code, b.currency::text, b.closing_minor, x.number FROM extract_balances b
        JOIN ledger_extracts x ON x.number = b.extract WHERE x.state = 'kept' AND x.union_code = $1 AND x.ends_on < $2
        ORDER BY b.code, b.currency, x.ends_on DESC""",
        union, day,
    )  # fmt: skip
    return {(row["code"], row["currency"]): Closing(row["closing_minor"], row["number"]) for row in rows}


async def add(
    connection: Connection, number: str, union: str, starts_on: date, ends_on: date, found: Extract, document: UUID, person_id: int, now: datetime
) -> None:
    """Keep an upload with its balances and rows, in force."""
    await connection.execute(
        "INSERT INTO ledger_extracts VALUES ($1, $2, $3, $4, $5, $6, $7, 'kept', $8, $9, NULL)",
        number, int(number.partition("-")[2]), union, starts_on, ends_on, len(found.rows), document, person_id, now,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO extract_balances VALUES ($1, $2, $3, $4, $5)",
        [(number, each.code, each.currency, each.opening_minor, each.closing_minor) for each in found.balances],
    )
    await connection.copy_records_to_table(
        "extract_rows",
        records=[
            (number, at, each.day, each.code, each.currency, each.amount_minor, each.document, each.text) for at, each in enumerate(found.rows, 1)
        ],
        columns=["extract", "ordinal", "day", "code", "currency", "amount_minor", "document", "text"],
    )  # fmt: skip


async def replace(connection: Connection, number: str, by: str) -> None:
    """Take an upload out of force for another."""
    await connection.execute("UPDATE ledger_extracts SET state = 'replaced', replaced_by = $2 WHERE number = $1", number, by)


async def rows_of(connection: Connection, number: str, after: int = 0, limit: int | None = None) -> list[Row]:
    """The rows of an upload in the order of its file; ``row`` is their place there."""
    rows = await connection.fetch(
        """SELECT day, code, currency::text, amount_minor, document, text, ordinal AS row FROM extract_rows
        WHERE extract = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3""",
        number, after, limit,
    )  # fmt: skip
    return [Row(**dict(row)) for row in rows]


async def balances_of(connection: Connection, number: str) -> list[Balance]:
    """The balances of an upload, by account."""
    rows = await connection.fetch(
        "SELECT code, currency::text, opening_minor, closing_minor FROM extract_balances WHERE extract = $1 ORDER BY code, currency", number
    )
    return [Balance(**dict(row)) for row in rows]


# --- what accounts are about ------------------------------------------------------------------------------------------------


async def meanings(connection: Connection, union: str) -> dict[tuple[str, str], Meaning]:
    """What each account of a union's own books is about, by (code, currency)."""
    rows = await connection.fetch(
        "SELECT code, currency::text, means, other_union FROM extract_accounts WHERE union_code = $1 ORDER BY code, currency", union
    )
    return {(row["code"], row["currency"]): Meaning(**dict(row)) for row in rows}


async def set_meanings(connection: Connection, union: str, said: Sequence[Meaning], person_id: int, now: datetime) -> None:
    """Keep what accounts are about, new or changed."""
    await connection.executemany(
        """INSERT INTO extract_accounts VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (union_code, code, currency)
        DO UPDATE SET means = excluded.means, other_union = excluded.other_union, changed_by = excluded.changed_by, changed_at = excluded.changed_at""",
        [(union, each.code, each.currency, each.means, each.other_union, person_id, now) for each in said],
    )


# --- profiles ---------------------------------------------------------------------------------------------------------------


async def profiles(connection: Connection, union: str) -> list[Profile]:
    """A union's saved ways of reading its extract, by name."""
    rows = await connection.fetch(
        "SELECT id, name, profile, version FROM sheet_profiles WHERE union_code = $1 AND purpose = 'extract' AND retired_at IS NULL ORDER BY name", union
    )
    return [Profile(id=row["id"], name=row["name"], version=row["version"], **row["profile"]) for row in rows]


async def save_profile(connection: Connection, id: int, union: str, name: str, facts: Mapping[str, Any], person_id: int, now: datetime) -> None:
    """Keep a way of reading under a name: a new one under ``id``, or the next version of the one so called."""
    await connection.execute(
        """INSERT INTO sheet_profiles (id, union_code, purpose, name, profile, version, changed_by, changed_at)
        VALUES ($1, $2, 'extract', $3, $4, 1, $5, $6) ON CONFLICT (union_code, purpose, name) WHERE retired_at IS NULL
        DO UPDATE SET profile = excluded.profile, version = sheet_profiles.version + 1, changed_by = excluded.changed_by,
            changed_at = excluded.changed_at""",
        id, union, name, dict(facts), person_id, now,
    )  # fmt: skip


async def next_profile_id(connection: Connection) -> int:
    """An id that no profile has; the caller holds the books' head."""
    found: int = await connection.fetchval("SELECT coalesce(max(id), 0) + 1 FROM sheet_profiles")
    return found


# --- files --------------------------------------------------------------------------------------------------------------------


async def own_file(connection: Connection, sha256: bytes, union: str) -> UUID | None:
    """The file with these bytes that somebody of the union sent, and that belongs to nothing but extracts."""
    found: UUID | None = await connection.fetchval(f"SELECT d.id {_OWN_FILE} AND d.sha256 = $1 ORDER BY d.uploaded_at LIMIT 1", sha256, union)
    return found


async def is_own_file(connection: Connection, document: UUID, union: str) -> bool:
    """Whether a document is such a file."""
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT {_OWN_FILE} AND d.id = $1)", document, union))
