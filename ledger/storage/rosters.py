"""Keep rosters: members and what is changed of them by hand, and the files they came in.

Everything here is private to one union: call it inside ``rosters_of(connection, union)``, or it finds nothing and keeps nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.rosters import Kept, Member
from ledger.domain.strikes import Strike
from ledger.domain.text import fold, search_words
from ledger.storage.arrays import columns
from ledger.storage.database import Connection


class RosterFile(msgspec.Struct, frozen=True):
    """A file that was sent and is not yet, or not any more, what the roster is made of."""

    id: UUID
    holds: str
    filename: str
    uploaded_by: str
    uploaded_at: datetime


class OnRoster(msgspec.Struct, frozen=True, kw_only=True):
    """A member as the roster has them, with who changed what is said of them last."""

    number: int
    facts: Member
    late: bool
    penalised_from: date | None
    left_on: date | None
    changed_by: str
    changed_at: datetime
    name_key: str = ""


class RosterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a roster is narrowed to; None does not narrow. ``here`` leaves out who left it."""

    words: str = ""
    local: str | None = None
    standing: str | None = None
    payroll: str | None = None
    other_income: bool | None = None
    on_hold: bool | None = None
    here: bool = True


class Change(msgspec.Struct, frozen=True):
    """What was changed of a member by hand: each field with what it said before and says now, and why."""

    fields: dict[str, Any]
    reason: str
    changed_by: str
    changed_at: datetime


# --- files ------------------------------------------------------------------------------------------------------------


async def add_file(
    connection: Connection, strike: Strike, id: UUID, holds: str, filename: str, content: bytes, sha256: bytes, person_id: int, now: datetime
) -> None:
    """Keep a file until it is brought in or thrown away; the same id once."""
    await connection.execute(
        """INSERT INTO strike_roster_files (id, union_code, strike, holds, filename, content, sha256, uploaded_by, uploaded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING""",
        id, strike.union, strike.number, holds, filename, content, sha256, person_id, now,
    )  # fmt: skip


async def file(connection: Connection, strike: str, id: UUID, holds: str) -> tuple[RosterFile, bytes]:
    """A file with its bytes; refuses an unknown one."""
    row = await connection.fetchrow(
        """SELECT f.id, f.holds, f.filename, p.name, f.uploaded_at, f.content FROM strike_roster_files f JOIN people p ON p.id = f.uploaded_by
        WHERE f.strike = $1 AND f.id = $2 AND f.holds = $3""",
        strike, id, holds,
    )  # fmt: skip
    if row is None:
        raise NotFound(kind="roster_file", id=str(id))
    return RosterFile(*list(row.values())[:5]), row["content"]


async def files(connection: Connection, strike: str, holds: str, after: tuple[datetime, UUID] | None, limit: int) -> list[RosterFile]:
    """The files that wait, the newest first, from behind a place."""
    rows = await connection.fetch(
        """SELECT f.id, f.holds, f.filename, p.name, f.uploaded_at FROM strike_roster_files f JOIN people p ON p.id = f.uploaded_by
        WHERE f.strike = $1 AND f.holds = $2 AND ($3::timestamptz IS NULL OR (f.uploaded_at, f.id) < ($3, $4::uuid))
        ORDER BY f.uploaded_at DESC, f.id DESC LIMIT $5""",
        strike, holds, *(after or (None, None)), limit,
    )  # fmt: skip
    return [RosterFile(*row.values()) for row in rows]


async def files_before(connection: Connection, union: str, moment: datetime) -> list[tuple[str, UUID]]:
    """(strike, id) of a union's files that were sent before a moment."""
    rows = await connection.fetch("SELECT strike, id FROM strike_roster_files WHERE union_code = $1 AND uploaded_at < $2 ORDER BY id", union, moment)
    return [(row["strike"], row["id"]) for row in rows]


async def drop_file(connection: Connection, strike: str, id: UUID) -> None:
    """Throw a file away; refuses one that is not there any more, so that of two who use it one does."""
    status: str = await connection.execute("DELETE FROM strike_roster_files WHERE strike = $1 AND id = $2", strike, id)
    if not status.endswith(" 1"):
        raise NotFound(kind="roster_file", id=str(id))


# --- members ----------------------------------------------------------------------------------------------------------

_FACTS = (
    "reference", "name", "standing", "payroll", "registered_on", "other_income", "returned_on", "crossed_on", "on_hold", "dependants",
    "gross_weekly_minor", "hourly_rate_minor", "pay_method", "pay_reference",
)  # fmt: skip
_MEMBERS = f"""
    SELECT m.member, {", ".join(f"m.{name}" for name in _FACTS)}, l.number AS local, m.late, m.penalised_from, m.left_on, p.name AS changer,
        m.changed_at, m.name_key
    FROM strike_members m JOIN locals l ON l.id = m.local_id JOIN people p ON p.id = m.changed_by"""


def _facts(row: Any) -> Member:
    return Member(**{name: row[name] for name in _FACTS}, local=row["local"])


def _on_roster(row: Any) -> OnRoster:
    return OnRoster(
        number=row["member"], facts=_facts(row), late=row["late"], penalised_from=row["penalised_from"], left_on=row["left_on"],
        changed_by=row["changer"], changed_at=row["changed_at"], name_key=row["name_key"],
    )  # fmt: skip


async def known(connection: Connection, strike: str) -> dict[str, Kept]:
    """Everybody who is or was on a roster, by reference."""
    rows = await connection.fetch(f"{_MEMBERS} WHERE m.strike = $1", strike)
    return {row["reference"]: Kept(row["member"], _facts(row), row["left_on"] is not None) for row in rows}


async def references(connection: Connection, strike: str, locals_: Sequence[int] | None = None) -> dict[str, int]:
    """The number of everybody on a roster by reference; in some locals only."""
    rows = await connection.fetch(
        """SELECT reference, member FROM strike_members
        WHERE strike = $1 AND left_on IS NULL AND ($2::int[] IS NULL OR local_id = ANY($2))""",
        strike, locals_,
    )  # fmt: skip
    return {row["reference"]: row["member"] for row in rows}


async def elsewhere(connection: Connection, strike: Strike, references_: Iterable[str]) -> dict[str, str]:
    """Which references are on the roster of another strike of the union that is not over, and of which one."""
    rows = await connection.fetch(
        """SELECT m.reference, max(m.strike) AS strike FROM strike_members m JOIN strikes s ON s.number = m.strike
        WHERE m.union_code = $1 AND m.strike <> $2 AND m.left_on IS NULL AND s.state NOT IN ('ended', 'closed', 'called_off')
        AND m.reference_key = ANY($3::text::text[]) GROUP BY m.reference""",
        strike.union, strike.number, columns([(reference,) for reference in references_], 1)[0],
    )  # fmt: skip
    return {row["reference"]: row["strike"] for row in rows}


_GIVEN = """unnest($5::text::int[], $6::text::text[], $7::text::text[], $8::text::text[], $9::text::int[], $10::text::text[], $11::text::text[],
    $12::text::date[], $13::text::text[], $14::text::date[], $15::text::date[], $16::text::bool[], $17::text::smallint[], $18::text::bigint[],
    $19::text::bigint[], $20::text::text[], $21::text::text[])
    AS g (member, reference, name, name_key, local_id, standing, payroll, registered_on, other_income, returned_on, crossed_on, on_hold,
        dependants, gross_weekly_minor, hourly_rate_minor, pay_method, pay_reference)"""


def _arrays(members: Iterable[tuple[int, Member]], locals_: Mapping[str, int]) -> list[str]:
    rows = [
        (
            number, m.reference, m.name, fold(m.name), locals_[m.local], m.standing, m.payroll, m.registered_on, m.other_income, m.returned_on,
            m.crossed_on, m.on_hold, m.dependants, m.gross_weekly_minor, m.hourly_rate_minor, m.pay_method, m.pay_reference,
        )
        for number, m in members
    ]  # fmt: skip
    return columns(rows, 17)


async def add(connection: Connection, strike: Strike, members: Sequence[Member], locals_: Mapping[str, int], person_id: int, now: datetime) -> None:
    """Put new members on a roster, numbered after those there; ``locals_`` gives the id of each of the strike's locals."""
    first: int = await connection.fetchval("SELECT 1 + coalesce(max(member), 0) FROM strike_members WHERE strike = $1", strike.number)
    await connection.execute(
        f"""INSERT INTO strike_members (strike, member, union_code, local_id, reference, reference_key, name, name_key, standing, payroll,
            registered_on, other_income, returned_on, crossed_on, on_hold, late, dependants, gross_weekly_minor, hourly_rate_minor,
            pay_method, pay_reference, changed_by, changed_at)
        SELECT $1, g.member, $2, g.local_id, g.reference, g.reference, g.name, g.name_key, g.standing, g.payroll, g.registered_on,
            g.other_income, g.returned_on, g.crossed_on, g.on_hold, false, g.dependants, g.gross_weekly_minor, g.hourly_rate_minor,
            g.pay_method, g.pay_reference, $3, $4
        FROM {_GIVEN}""",
        strike.number, strike.union, person_id, now, *_arrays(enumerate(members, first), locals_),
    )  # fmt: skip


async def change(
    connection: Connection, strike: Strike, members: Iterable[tuple[int, Member]], locals_: Mapping[str, int], person_id: int, now: datetime
) -> None:
    """Keep what is now said of members, by their number; who had left is back."""
    await connection.execute(
        f"""UPDATE strike_members m SET local_id = g.local_id, reference = g.reference, reference_key = g.reference, name = g.name,
            name_key = g.name_key, standing = g.standing, payroll = g.payroll, registered_on = g.registered_on, other_income = g.other_income,
            returned_on = g.returned_on, crossed_on = g.crossed_on, on_hold = g.on_hold, dependants = g.dependants,
            gross_weekly_minor = g.gross_weekly_minor, hourly_rate_minor = g.hourly_rate_minor,
            pay_method = g.pay_method, pay_reference = g.pay_reference, left_on = NULL,
            changed_by = $3, changed_at = $4
        FROM {_GIVEN} WHERE m.strike = $1 AND m.union_code = $2 AND m.member = g.member""",
        strike.number, strike.union, person_id, now, *_arrays(members, locals_),
    )  # fmt: skip


async def leave(connection: Connection, strike: str, members: Sequence[int], day: date, person_id: int, now: datetime) -> None:
    """Say that members left the roster."""
    await connection.execute(
        "UPDATE strike_members SET left_on = $3, changed_by = $4, changed_at = $5 WHERE strike = $1 AND member = ANY($2::int[]) AND left_on IS NULL",
        strike, list(members), day, person_id, now,
    )  # fmt: skip


async def members(
    connection: Connection, strike: str, narrowed: RosterFilter, sort: str = "name", after: tuple[str, int] | None = None, limit: int | None = None
) -> list[OnRoster]:
    """Those that fit, by folded name or by reference, beginning after a place (key and number)."""
    key = {"name": "m.name_key", "reference": "m.reference_key"}[sort]
    rows = await connection.fetch(
        f"""{_MEMBERS} WHERE m.strike = $1 AND (' ' || m.name_key || ' ' || lower(m.reference)) LIKE ALL ($2::text[])
        AND ($3::text IS NULL OR l.number = $3) AND ($4::text IS NULL OR m.standing = $4) AND ($5::text IS NULL OR m.payroll = $5)
        AND ($6::bool IS NULL OR (m.other_income <> '') = $6) AND ($7::bool IS NULL OR m.on_hold = $7) AND NOT ($8 AND m.left_on IS NOT NULL)
        AND ($9::text IS NULL OR ({key}, m.member) > ($9, $10)) ORDER BY {key}, m.member LIMIT $11""",
        strike, _patterns(narrowed.words), narrowed.local, narrowed.standing, narrowed.payroll, narrowed.other_income, narrowed.on_hold,
        narrowed.here, *(after or (None, None)), limit,
    )  # fmt: skip
    return [_on_roster(row) for row in rows]


def _patterns(words: str) -> list[str]:
    # A reference is looked for as it is written, hyphens and all; a name by the beginnings of its words.
    if any(map(str.isdigit, words)):
        return ["%" + "".join(c for c in words.strip().lower() if c not in "%_\\") + "%"]
    return [f"% {word}%" for word in search_words(words) if word]


async def member(connection: Connection, strike: str, number: int, lock: bool = False) -> OnRoster:
    """One member by their number on the roster; refuses an unknown one."""
    row = await connection.fetchrow(f"{_MEMBERS} WHERE m.strike = $1 AND m.member = $2 {'FOR UPDATE OF m' if lock else ''}", strike, number)
    if row is None:
        raise NotFound(kind="member", id=str(number))
    return _on_roster(row)


async def mark(connection: Connection, strike: str, number: int, late: bool, penalised_from: date | None, left_on: date | None) -> None:
    """Keep what no file says of a member."""
    await connection.execute(
        "UPDATE strike_members SET late = $3, penalised_from = $4, left_on = $5 WHERE strike = $1 AND member = $2",
        strike, number, late, penalised_from, left_on,
    )  # fmt: skip


async def add_change(
    connection: Connection, strike: Strike, number: int, fields: dict[str, Any], reason: str, person_id: int, now: datetime
) -> None:
    """Keep what was changed by hand, and why."""
    await connection.execute(
        """INSERT INTO strike_member_changes (strike, member, ordinal, union_code, fields, reason, changed_by, changed_at)
        SELECT $1, $2, 1 + coalesce(max(ordinal), 0), $3, $4, $5, $6, $7 FROM strike_member_changes WHERE strike = $1 AND member = $2""",
        strike.number, number, strike.union, fields, reason, person_id, now,
    )  # fmt: skip


async def changes(connection: Connection, strike: str, number: int) -> list[Change]:
    """What was changed of a member by hand, the newest first."""
    rows = await connection.fetch(
        """SELECT c.fields, c.reason, p.name, c.changed_at FROM strike_member_changes c JOIN people p ON p.id = c.changed_by
        WHERE c.strike = $1 AND c.member = $2 ORDER BY c.ordinal DESC""",
        strike, number,
    )  # fmt: skip
    return [Change(*row.values()) for row in rows]


async def weeks(connection: Connection, strike: str, number: int) -> list[dict[str, Any]]:
    """A member's line in each run, the newest first: run, week, its days, the run's state, why, days paid and money."""
    rows = await connection.fetch(
        """SELECT r.number AS run, r.week, r.starts_on, r.ends_on, r.state, r.currency, l.reason, l.days, l.week_days, l.gross_minor, l.recovered_minor
        FROM strike_run_lines l JOIN strike_runs r ON r.number = l.run WHERE l.strike = $1 AND l.member = $2 ORDER BY r.week DESC, r.number DESC""",
        strike, number,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def counts(connection: Connection, strike: str) -> list[tuple[str, str, int]]:
    """How many are on a roster by local and standing."""
    rows = await connection.fetch(
        """SELECT l.number, m.standing, count(*) AS members FROM strike_members m JOIN locals l ON l.id = m.local_id
        WHERE m.strike = $1 AND m.left_on IS NULL GROUP BY l.number, m.standing ORDER BY length(l.number), l.number, m.standing""",
        strike,
    )  # fmt: skip
    return [(row["number"], row["standing"], row["members"]) for row in rows]
