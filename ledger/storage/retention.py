"""Keep filings and holds, which are only ever added to, and read how old the oldest record of each class is."""

from datetime import date, datetime

from ledger.domain.refusals import NotFound
from ledger.domain.retention import Filed, Filing, Hold, RecordFiling, Word
from ledger.storage.database import Connection

# --- filings ------------------------------------------------------------------------------------------------------------

_FILINGS = """
    SELECT f.number, f.union_code AS "union", f.form, f.fiscal_year_end, f.filed_on, f.corrects, c.number AS corrected_by,
        p.name AS recorded_by, f.recorded_at
    FROM retention_filings f JOIN people p ON p.id = f.recorded_by LEFT JOIN retention_filings c ON c.corrects = f.number
    ORDER BY f.fiscal_year_end DESC, f.union_code, length(f.number) DESC, f.number DESC"""


async def filings(connection: Connection) -> list[Filing]:
    """Every filing that was ever recorded, the newest fiscal year first."""
    return [Filing(**dict(row)) for row in await connection.fetch(_FILINGS)]


async def filed(connection: Connection) -> dict[str, tuple[Filed, ...]]:
    """The documents of each filing that has some, the oldest link first."""
    rows = await connection.fetch(
        """SELECT l.subject, d.id, d.filename, encode(d.sha256, 'hex') AS sha256 FROM document_links l JOIN documents d ON d.id = l.document_id
        WHERE l.subject_kind = 'filing' ORDER BY l.linked_at, d.id"""
    )
    found: dict[str, tuple[Filed, ...]] = {}
    for row in rows:
        found[row["subject"]] = (*found.get(row["subject"], ()), Filed(row["id"], row["filename"], row["sha256"]))
    return found


async def add_filing(connection: Connection, number: str, new: RecordFiling, person_id: int, now: datetime) -> None:
    """Keep a filing."""
    await connection.execute(
        """INSERT INTO retention_filings (number, union_code, form, fiscal_year_end, filed_on, corrects, recorded_by, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        number, new.union, new.form, new.fiscal_year_end, new.filed_on, new.corrects, person_id, now,
    )  # fmt: skip


# --- holds --------------------------------------------------------------------------------------------------------------

_HOLDS = """
    SELECT h.number, h.scope, h.union_code AS "union", h.strike, h.reason, p.name AS placed_by, h.placed_by_union, h.placed_at,
        (SELECT e.recorded_at FROM retention_hold_events e WHERE e.hold = h.number AND e.what = 'released') AS released_at
    FROM retention_holds h JOIN people p ON p.id = h.placed_by"""
_WORDS = """
    SELECT e.hold, e.person_id, p.name AS person, e.union_code AS "union", e.recorded_at AS at
    FROM retention_hold_events e JOIN people p ON p.id = e.person_id
    WHERE e.what = 'let_go' AND e.round = (SELECT max(t.round) FROM retention_hold_events t WHERE t.hold = e.hold)
    ORDER BY e.hold, e.ordinal"""
_STANDS = "NOT EXISTS (SELECT FROM retention_hold_events e WHERE e.hold = h.number AND e.what = 'released')"


async def holds(connection: Connection) -> list[Hold]:
    """Every hold that was ever placed, the newest first."""
    words: dict[str, list[Word]] = {}
    for row in await connection.fetch(_WORDS):
        words.setdefault(row["hold"], []).append(Word(row["person_id"], row["person"], row["union"], row["at"]))
    rows = await connection.fetch(f"{_HOLDS} ORDER BY length(h.number) DESC, h.number DESC")
    return [Hold(**dict(row), words=tuple(words.get(row["number"], ()))) for row in rows]


async def hold(connection: Connection, number: str) -> Hold:
    """One hold by its number; refuses an unknown one."""
    found = next((each for each in await holds(connection) if each.number == number), None)
    if found is None:
        raise NotFound(kind="hold", id=number)
    return found


async def standing(connection: Connection, union: str, strike: str) -> str | None:
    """The oldest hold that stands and keeps what belongs to this strike of this union; None where there is none."""
    number: str | None = await connection.fetchval(
        f"""SELECT h.number FROM retention_holds h WHERE {_STANDS} AND (h.scope = 'all' OR h.strike = $2 OR (h.scope = 'union' AND h.union_code = $1))
        ORDER BY length(h.number), h.number LIMIT 1""",
        union, strike,
    )  # fmt: skip
    return number


async def add_hold(connection: Connection, new: Hold, person_id: int) -> None:
    """Keep a hold."""
    await connection.execute(
        """INSERT INTO retention_holds (number, scope, union_code, strike, reason, placed_by, placed_by_union, placed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        new.number, new.scope, new.union, new.strike, new.reason, person_id, new.placed_by_union, new.placed_at,
    )  # fmt: skip


async def add_event(connection: Connection, number: str, what: str, person_id: int, union: str, now: datetime) -> None:
    """Note a person's word, that the hold stays, with which another round of words begins, or that it went."""
    await connection.execute(
        """INSERT INTO retention_hold_events (hold, ordinal, round, what, person_id, union_code, recorded_at)
        SELECT $1, count(*) + 1, count(*) FILTER (WHERE what = 'kept') + ($2 = 'kept')::integer, $2, $3, $4, $5
        FROM retention_hold_events WHERE hold = $1""",
        number, what, person_id, union, now,
    )  # fmt: skip


# --- how old the oldest is ----------------------------------------------------------------------------------------------

# Of rosters, which are private: the strikes whose names have not gone; of what waits in files, nothing is known outside of its union.
_OLDEST = """
    SELECT (SELECT min(recorded_at) FROM entries) AS journal, (SELECT min(recorded_at) FROM audit) AS audit_trail,
        (SELECT min(uploaded_at) FROM documents) AS documents, (SELECT min(imported_at) FROM bank_statements) AS bank_statements,
        (SELECT min(imported_at) FROM ledger_extracts) AS extracts,
        (SELECT min(changed_at) FROM form_maps) AS form_maps, (SELECT min(recorded_at) FROM statement_requests) AS statement_requests,
        (SELECT min(recorded_at) FROM strikes WHERE pseudonymised_at IS NULL) AS rosters,
        (SELECT min(created_at) FROM sessions) AS sessions, (SELECT min(attempted_at) FROM attempts) AS sign_in_attempts,
        (SELECT min(state_since) FROM webhook_deliveries WHERE state <> 'waiting') AS webhook_deliveries,
        (SELECT min(made_at) FROM audit_packs) AS audit_packs, (SELECT min(updated_at) FROM progress) AS progress"""


async def oldest(connection: Connection) -> dict[str, datetime | None]:
    """When the oldest record of each class came in, by the class's code; None where there is none."""
    return dict(await connection.fetchrow(_OLDEST))


async def names_until(connection: Connection, days: int) -> list[tuple[str, str, date]]:
    """(number, union, last day of the names) of strikes that are over and whose names have not gone."""
    rows = await connection.fetch(
        """SELECT number, union_code, coalesce(retain_until, (state_since + make_interval(days => $1))::date) AS until FROM strikes
        WHERE state IN ('closed', 'called_off') AND pseudonymised_at IS NULL ORDER BY number""",
        days,
    )  # fmt: skip
    return [(row["number"], row["union_code"], row["until"]) for row in rows]
