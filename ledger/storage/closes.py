"""Keep closes of periods: confirmations, reports byte for byte, signatures, reopenings, and the heads each union keeps. What is signed never changes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from ledger.domain.chart import JOINT
from ledger.domain.closes import Close, Confirmation, Later, Made, Reopening, Report, Signature, Status, Step
from ledger.storage.database import Connection

What = Literal["facts", "pdf_en", "pdf_fr"]
_BEGINNING = 604_061

_CLOSE = """SELECT number, starts_on, ends_on, hard, state, state_since,
    coalesce((SELECT max(version) FROM close_reports r WHERE r.close = c.number), 0) AS version FROM closes c"""
_REPORT = """SELECT r.close, r.version, r.status, r.facts_sha256, r.journal_sha256, r.head_number, r.head_hash, r.pdf_en_sha256, r.pdf_fr_sha256,
    p.name AS fixed_by, r.fixed_at FROM close_reports r JOIN people p ON p.id = r.fixed_by"""


class KeptHead(msgspec.Struct, frozen=True):
    """A head that a union took away."""

    union: str
    version: int
    person: str
    kept_at: datetime
    head_number: int


async def closes(connection: Connection, before: date | None = None, limit: int = 60) -> list[Close]:
    """Closes that were begun, the newest month first; older than ``before`` where given."""
    rows = await connection.fetch(f"{_CLOSE} WHERE $1::date IS NULL OR starts_on < $1 ORDER BY starts_on DESC LIMIT $2", before, limit)
    return [Close(**dict(row)) for row in rows]


async def close(connection: Connection, number: str, *, lock: bool = False) -> Close | None:
    """One close, where it was begun; its row locked where asked."""
    row = await connection.fetchrow(f"{_CLOSE} WHERE number = $1 {'FOR UPDATE OF c' if lock else ''}", number)
    return None if row is None else Close(**dict(row))


async def add(connection: Connection, new: Close, person_id: int) -> None:
    """Begin a close."""
    await connection.execute(
        "INSERT INTO closes VALUES ($1, $2, $3, $4, $5, $6, $7, $6)",
        new.number, new.starts_on, new.ends_on, new.hard, new.state, new.state_since, person_id,
    )  # fmt: skip


async def set_state(connection: Connection, number: str, state: str, now: datetime) -> None:
    """Where the close stands now."""
    await connection.execute("UPDATE closes SET state = $2, state_since = $3 WHERE number = $1", number, state, now)


async def let_none_begin(connection: Connection) -> None:
    """Let no close be begun until the transaction ends; many may ask for that at once."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1, hashtext(current_schema()))", _BEGINNING)


async def wait_to_begin(connection: Connection) -> None:
    """Wait for everybody who lets no close begin. Taken after the books' head, where that is taken."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))", _BEGINNING)


async def months(connection: Connection, first: date, last: date, *, held: bool) -> list[tuple[Close, datetime | None]]:
    """The closes that were begun of months with a day between two, with when their newest report was fixed; where ``held``, nobody changes them until the
    transaction ends.
    """
    rows = await connection.fetch(f"{_CLOSE} WHERE starts_on <= $2 AND ends_on >= $1 ORDER BY starts_on {'FOR SHARE OF c' if held else ''}", first, last)
    found = [Close(**dict(row)) for row in rows]
    fixed = {each["close"]: each["at"] for each in await connection.fetch(
        "SELECT close, max(fixed_at) AS at FROM close_reports WHERE close = ANY($1) GROUP BY close", [each.number for each in found]
    )}  # fmt: skip
    return [(each, fixed.get(each.number)) for each in found]


async def taken_back(connection: Connection) -> list[int]:
    """How often anything that reports rest on was taken back or replaced: it only grows, so that the same twice means that nothing was between."""
    row = await connection.fetchrow(
        """SELECT (SELECT count(*) FROM bank_reconciliations WHERE undone_at IS NOT NULL), (SELECT count(*) FROM bank_statements WHERE state = 'withdrawn'),
            (SELECT count(*) FROM union_comparisons WHERE state = 'replaced'), (SELECT count(*) FROM ledger_extracts WHERE state = 'replaced')"""
    )
    assert row is not None, "counts always answer"
    return list(row)


async def first_fixed(connection: Connection) -> Close | None:
    """The oldest close that ever had a report."""
    row = await connection.fetchrow(f"{_CLOSE} WHERE EXISTS (SELECT FROM close_reports r WHERE r.close = c.number) ORDER BY starts_on LIMIT 1")
    return None if row is None else Close(**dict(row))


# --- confirmations --------------------------------------------------------------------------------------------------------


async def confirmations(connection: Connection, number: str) -> list[Confirmation]:
    """What was confirmed of the steps, oldest first."""
    rows = await connection.fetch(
        """SELECT c.step, c.union_code AS union, p.name AS person, c.at, c.facts, c.remark FROM close_confirmations c JOIN people p ON p.id = c.person_id
        WHERE c.close = $1 ORDER BY c.at, c.step, c.union_code, c.ordinal""",
        number,
    )
    return [Confirmation(**dict(row)) for row in rows]


async def add_confirmation(connection: Connection, number: str, step: str, union: str, person_id: int, now: datetime, facts: Any, remark: str) -> None:
    """A union's treasury confirms a step as it stands."""
    await connection.execute(
        """INSERT INTO close_confirmations (close, step, union_code, ordinal, person_id, at, facts, remark)
        SELECT $1, $2, $3, coalesce(max(ordinal), 0) + 1, $4, $5, $6::jsonb, $7 FROM close_confirmations
        WHERE close = $1 AND step = $2 AND union_code = $3""",
        number, step, union, person_id, now, facts, remark,
    )  # fmt: skip


# --- reports --------------------------------------------------------------------------------------------------------------


async def report(connection: Connection, number: str, version: int | None = None) -> Report | None:
    """A version of the report, the newest where none is named."""
    row = await connection.fetchrow(
        f"{_REPORT} WHERE r.close = $1 AND ($2::int IS NULL OR r.version = $2) ORDER BY r.version DESC LIMIT 1", number, version
    )
    return None if row is None else Report(**dict(row))


async def reports(connection: Connection, number: str) -> list[Report]:
    """Every version, the newest first."""
    return [Report(**dict(row)) for row in await connection.fetch(f"{_REPORT} WHERE r.close = $1 ORDER BY r.version DESC", number)]


async def report_before(connection: Connection, starts_on: date) -> Report | None:
    """The newest report of the period that ends the day before, where there is one."""
    row = await connection.fetchrow(
        f"{_REPORT} JOIN closes c ON c.number = r.close WHERE c.ends_on = $1::date - 1 ORDER BY r.version DESC LIMIT 1", starts_on
    )
    return None if row is None else Report(**dict(row))


async def content(connection: Connection, number: str, version: int, what: What) -> bytes | None:
    """The kept bytes of a version: its facts, or the PDF of a language."""
    found: bytes | None = await connection.fetchval(f"SELECT {what} FROM close_reports WHERE close = $1 AND version = $2", number, version)
    return found


async def add_report(
    connection: Connection, number: str, version: int, status: Status, made: Made, journal_sha256: bytes, person_id: int, now: datetime,
    steps: Sequence[Step],
) -> None:  # fmt: skip
    """Keep a version as it was made, with the steps as they stood."""
    await connection.execute(
        """INSERT INTO close_reports (close, version, status, facts, facts_sha256, journal_sha256, head_number, head_hash, pdf_en, pdf_en_sha256, pdf_fr,
            pdf_fr_sha256, fixed_by, fixed_at, steps)
        VALUES ($1, $2, $3, $4, sha256($4), $5, $6, $7, $8, sha256($8), $9, sha256($9), $10, $11, $12)""",
        number, version, status, made.facts, journal_sha256, made.head_number, made.head_hash, made.pdf_en, made.pdf_fr, person_id, now,
        msgspec.to_builtins(list(steps)),
    )  # fmt: skip


async def steps_when_fixed(connection: Connection, number: str, version: int) -> list[Step]:
    """The steps as they stood when a version was fixed."""
    found = await connection.fetchval("SELECT steps FROM close_reports WHERE close = $1 AND version = $2", number, version)
    return msgspec.convert(found, list[Step])


async def later(connection: Connection, close: Close, head_number: int, limit: int = 20) -> list[Later]:
    """Entries of the joint book recorded after a head that are dated by the close's last day, or undo or correct what is dated in it."""
    rows = await connection.fetch(
        """SELECT e.number, e.entry_date, e.kind, e.entry_date <= $3 AS changes_figures FROM entries e
        WHERE e.number > $1 AND (e.entry_date <= $3 OR coalesce(e.reverses, e.corrects) IS NOT NULL
            AND (SELECT o.entry_date FROM entries o WHERE o.number = coalesce(e.reverses, e.corrects)) BETWEEN $2 AND $3)
        AND EXISTS (SELECT FROM postings p JOIN accounts a ON a.id = p.account_id WHERE p.entry_number = e.number AND a.book = $4)
        ORDER BY 4 DESC, e.number LIMIT $5""",
        head_number, close.starts_on, close.ends_on, JOINT, limit,
    )  # fmt: skip
    return [Later(**dict(row)) for row in rows]


async def first_number(connection: Connection, starts_on: date, ends_on: date) -> int | None:
    """The lowest journal number dated within a period."""
    found: int | None = await connection.fetchval("SELECT min(number) FROM entries WHERE entry_date BETWEEN $1 AND $2", starts_on, ends_on)
    return found


# --- signatures -----------------------------------------------------------------------------------------------------------


async def signatures(connection: Connection, number: str, version: int | None = None) -> list[Signature]:
    """What treasurers said of a version, or of all, oldest first."""
    rows = await connection.fetch(
        """SELECT version, union_code AS union, person_id, person_name AS person, decision, statement, digest, with_code, signed_at, remarks
        FROM close_signatures WHERE close = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version, signed_at, union_code, ordinal""",
        number, version,
    )  # fmt: skip
    return [Signature(**dict(row)) for row in rows]


async def add_signature(connection: Connection, number: str, new: Signature) -> None:
    """Keep a treasurer's word on a version."""
    await connection.execute(
        """INSERT INTO close_signatures (close, version, union_code, ordinal, person_id, person_name, decision, statement, digest, with_code, signed_at,
            remarks)
        SELECT $1, $2, $3, coalesce(max(ordinal), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11 FROM close_signatures
        WHERE close = $1 AND version = $2 AND union_code = $3""",
        number, new.version, new.union, new.person_id, new.person, new.decision, new.statement, new.digest, new.with_code, new.signed_at, new.remarks,
    )  # fmt: skip


async def reopenings(connection: Connection, number: str) -> list[Reopening]:
    """Who asked to open which version again, oldest first."""
    rows = await connection.fetch(
        """SELECT r.version, r.union_code AS union, p.name AS person, r.asked_at, r.reason FROM close_reopenings r JOIN people p ON p.id = r.person_id
        WHERE r.close = $1 ORDER BY r.version, r.asked_at, r.union_code""",
        number,
    )
    return [Reopening(**dict(row)) for row in rows]


async def add_reopening(connection: Connection, number: str, version: int, union: str, person_id: int, now: datetime, reason: str) -> None:
    """A union's treasurer asks to open a version again; asked twice, it stands as first said."""
    await connection.execute(
        """INSERT INTO close_reopenings (close, version, union_code, ordinal, person_id, asked_at, reason) VALUES ($1, $2, $3, 1, $4, $5, $6)
        ON CONFLICT DO NOTHING""",
        number, version, union, person_id, now, reason,
    )  # fmt: skip


async def keep_head(connection: Connection, union: str, taken: Report, person_id: int, now: datetime, file_sha256: bytes) -> None:
    """A union took a version's head away."""
    await connection.execute(
        "INSERT INTO kept_heads VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        union, taken.close, taken.version, person_id, now, taken.head_number, taken.head_hash, file_sha256,
    )  # fmt: skip


async def kept_heads(connection: Connection, number: str) -> list[KeptHead]:
    """Which unions took which head away, newest first."""
    rows = await connection.fetch(
        """SELECT k.union_code AS union, k.version, p.name AS person, k.kept_at, k.head_number FROM kept_heads k JOIN people p ON p.id = k.person_id
        WHERE k.close = $1 ORDER BY k.kept_at DESC, k.union_code, k.version DESC""",
        number,
    )
    return [KeptHead(**dict(row)) for row in rows]
