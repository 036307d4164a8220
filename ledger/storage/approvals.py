"""Read the approval rules in force on a day, and keep new ones, what was decided about them, and the interests people declare."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.approvals import ApprovalRule, BoardRule, Interest, Matrix
from ledger.domain.campaigns import employer_key
from ledger.domain.interests import Declaration
from ledger.domain.refusals import MatrixMissing, NotFound
from ledger.storage.database import Connection

_MATRICES = """
    SELECT number, valid_from, currency::text, split_days, own_nation_only, fx_headroom_percent, draw_days, remind_days, state, remark,
        proposed_by, proposed_at, decided_by, decided_at
    FROM approval_matrices"""
# What an interest can be in, with what it is called. A request that is still a draft is its writer's own.
_SUBJECTS = """
    SELECT 'employer' AS subject_kind, e.id::text AS subject, e.name AS label, ARRAY(
        SELECT c.lead_id FROM campaigns c WHERE c.employer_id = e.id) AS whose FROM employers e
    UNION ALL SELECT 'campaign', c.number, c.name, ARRAY[c.lead_id] FROM campaigns c
    UNION ALL SELECT 'payee', p.number, p.name, NULL FROM payees p
    UNION ALL SELECT 'request', a.number, left(r.purpose, 100), ARRAY[a.requested_by] FROM allocations a
        JOIN allocation_revisions r ON r.allocation = a.number AND r.revision = a.revision WHERE a.state <> 'draft'"""
_DECLARATIONS = """
    SELECT i.id, i.person_id, p.name AS person, p.union_code AS "union", i.subject_kind, i.subject, i.reason, i.declared_at, i.ended_at
    FROM interests i JOIN people p ON p.id = i.person_id"""


# --- the rules ----------------------------------------------------------------------------------------------------------


async def matrix_on(connection: Connection, day: date) -> Matrix:
    """The rules in force on a day: of the confirmed ones that began by then, the one that began last; refuses where there are none."""
    rows = await connection.fetch(
        f"{_MATRICES} WHERE state = 'confirmed' AND valid_from <= $1 ORDER BY valid_from DESC, number DESC LIMIT 1", day
    )
    if not rows:
        raise MatrixMissing(date=day.isoformat())
    return (await _whole(connection, rows))[0]


async def matrix(connection: Connection, number: int, lock: bool = False) -> Matrix:
    """One set of rules by its number; refuses an unknown one."""
    rows = await connection.fetch(f"{_MATRICES} WHERE number = $1 {'FOR UPDATE' if lock else ''}", number)
    if not rows:
        raise NotFound(kind="approval_rules", id=str(number)[:40])
    return (await _whole(connection, rows))[0]


async def matrices(connection: Connection) -> list[Matrix]:
    """Every set of rules, whatever became of it, newest first."""
    return await _whole(connection, await connection.fetch(f"{_MATRICES} ORDER BY number DESC"))


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Matrix]:
    numbers = [row["number"] for row in rows]
    rules: defaultdict[int, list[ApprovalRule]] = defaultdict(list)
    for row in await connection.fetch(
        """SELECT matrix, kind, over_minor, officers, secretary_treasurers, boards, fund_id FROM approval_rules
        WHERE matrix = ANY($1::int[]) ORDER BY matrix, ordinal""",
        numbers,
    ):
        rules[row["matrix"]].append(ApprovalRule(**{name: row[name] for name in ApprovalRule.__struct_fields__}))
    boards: defaultdict[int, list[BoardRule]] = defaultdict(list)
    for row in await connection.fetch("SELECT * FROM board_rules WHERE matrix = ANY($1::int[]) ORDER BY union_code", numbers):
        boards[row["matrix"]].append(BoardRule(row["union_code"], row["seats"], row["quorum"]))
    return [Matrix(**dict(row), rules=tuple(rules[row["number"]]), board_rules=tuple(boards[row["number"]])) for row in rows]


async def add_matrix(connection: Connection, new: Matrix) -> None:
    """Keep a set of rules as it is; the caller counted its number."""
    await connection.execute(
        """INSERT INTO approval_matrices (number, valid_from, currency, split_days, own_nation_only, fx_headroom_percent, draw_days, remind_days,
            state, remark, proposed_by, proposed_at, decided_by, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        new.number, new.valid_from, new.currency, new.split_days, new.own_nation_only, new.fx_headroom_percent, new.draw_days, new.remind_days,
        new.state, new.remark, new.proposed_by, new.proposed_at, new.decided_by, new.decided_at,
    )  # fmt: skip
    await connection.executemany(
        """INSERT INTO approval_rules (matrix, ordinal, kind, fund_id, over_minor, officers, secretary_treasurers, boards)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
            (new.number, ordinal, rule.kind, rule.fund_id, rule.over_minor, rule.officers, rule.secretary_treasurers, rule.boards)
            for ordinal, rule in enumerate(new.rules, 1)
        ],
    )
    await connection.executemany(
        "INSERT INTO board_rules (matrix, union_code, seats, quorum) VALUES ($1, $2, $3, $4)",
        [(new.number, rule.union, rule.seats, rule.quorum) for rule in new.board_rules],
    )


async def decide_matrix(connection: Connection, number: int, state: str, person_id: int, now: datetime) -> None:
    """The proposed rules are confirmed or rejected."""
    await connection.execute(
        "UPDATE approval_matrices SET state = $2, decided_by = $3, decided_at = $4 WHERE number = $1", number, state, person_id, now
    )


async def latest_matrix(connection: Connection) -> Matrix:
    """Of the confirmed rules, those that begin last, whether or not their day has come."""
    return await matrix_on(connection, date.max)


async def proposed_matrices(connection: Connection, but_of: str | None) -> list[tuple[Matrix, str, str | None]]:
    """Proposals that wait, made by people of another union than ``but_of``: each with its proposer's name and union, oldest first."""
    rows = await connection.fetch(
        """SELECT m.number, p.name, p.union_code FROM approval_matrices m JOIN people p ON p.id = m.proposed_by
        WHERE m.state = 'proposed' AND p.union_code IS DISTINCT FROM $1 ORDER BY m.proposed_at, m.number""",
        but_of,
    )
    return [(await matrix(connection, row["number"]), row["name"], row["union_code"]) for row in rows]


async def rejection_reason(connection: Connection, subject: str, action: str = "reject_approval_rules") -> str:
    """Why proposed rules were rejected, as the audit trail has it: the only place that never changes."""
    reason: str | None = await connection.fetchval(
        """SELECT details->>'reason' FROM audit WHERE subject = $1 AND subject <> '' AND action = $2 AND outcome = 'done'
        ORDER BY recorded_at DESC, id DESC LIMIT 1""",
        subject, action,
    )  # fmt: skip
    return reason or ""


# --- declared interests -------------------------------------------------------------------------------------------------


async def interests_of(connection: Connection, person_ids: Collection[int]) -> dict[int, frozenset[Interest]]:
    """What each of these people declared and has not ended; every one of them has a row."""
    rows = await connection.fetch(
        "SELECT person_id, subject_kind, subject FROM interests WHERE person_id = ANY($1::int[]) AND ended_at IS NULL", list(person_ids)
    )
    found: dict[int, set[Interest]] = {person_id: set() for person_id in person_ids}
    for row in rows:
        found[row["person_id"]].add(Interest(row["subject_kind"], row["subject"]))
    return {person_id: frozenset(interests) for person_id, interests in found.items()}


async def interests_in(connection: Connection, subjects: Collection[Interest]) -> list[Declaration]:
    """The declarations in force about any of these, first declared first: who may not decide about them, and why."""
    rows = await connection.fetch(
        f"""{_DECLARATIONS} WHERE i.ended_at IS NULL
        AND (i.subject_kind, i.subject) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY i.declared_at, i.id""",
        [subject.subject_kind for subject in subjects], [subject.subject for subject in subjects],
    )  # fmt: skip
    return [Declaration(**dict(row)) for row in rows]


async def declared_by(connection: Connection, person_id: int) -> list[Declaration]:
    """Everything a person declared, what is in force first, then newest first."""
    rows = await connection.fetch(
        f"{_DECLARATIONS} WHERE i.person_id = $1 ORDER BY i.ended_at IS NOT NULL, i.declared_at DESC, i.id", person_id
    )
    return [Declaration(**dict(row)) for row in rows]


async def add_interest(connection: Connection, new: Declaration) -> None:
    """Keep a declared interest."""
    await connection.execute(
        "INSERT INTO interests (id, person_id, subject_kind, subject, reason, declared_at) VALUES ($1, $2, $3, $4, $5, $6)",
        new.id, new.person_id, new.subject_kind, new.subject, new.reason, new.declared_at,
    )  # fmt: skip


async def end_interest(connection: Connection, interest_id: UUID, person_id: int, now: datetime) -> None:
    """The person's interest is over from now on; refuses one that is not theirs, or was ended before."""
    ended = await connection.execute(
        "UPDATE interests SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL", interest_id, person_id, now
    )
    if ended.endswith(" 0"):
        raise NotFound(kind="interest", id=str(interest_id))


class Subject(msgspec.Struct, frozen=True):
    """Something an interest can be in, with what people call it."""

    subject_kind: str
    subject: str
    label: str


async def subjects(connection: Connection, kinds: Collection[str], lead: int | None, limit: int) -> list[Subject]:
    """What a person can choose from, by name: of some kinds; of ``lead``'s own campaigns and requests alone where one is given."""
    rows = await connection.fetch(
        f"""SELECT subject_kind, subject, label FROM ({_SUBJECTS}) AS s
        WHERE subject_kind = ANY($1::text[]) AND ($2::int IS NULL OR whose IS NULL OR $2 = ANY(whose)) ORDER BY label, subject LIMIT $3""",
        list(kinds), lead, limit,
    )  # fmt: skip
    return [Subject(**dict(row)) for row in rows]


async def find_subject(connection: Connection, kinds: Collection[str], lead: int | None, text: str) -> Subject | None:
    """What somebody means by a number, in any letter case, or by an employer's name; None where that is nothing they may see."""
    row = await connection.fetchrow(
        f"""SELECT subject_kind, subject, label FROM ({_SUBJECTS}) AS s
        WHERE subject_kind = ANY($1::text[]) AND ($2::int IS NULL OR whose IS NULL OR $2 = ANY(whose)) AND CASE WHEN subject_kind = 'employer'
            THEN subject IN (SELECT id::text FROM employers WHERE name_key = $4) ELSE subject = upper($3) END
        ORDER BY subject_kind LIMIT 1""",
        list(kinds), lead, text, employer_key(text),
    )  # fmt: skip
    return None if row is None else Subject(**dict(row))


async def labels(connection: Connection, wanted: Collection[Interest]) -> dict[Interest, str]:
    """What people call each of these; nothing of one that is there no longer."""
    rows = await connection.fetch(
        f"""SELECT subject_kind, subject, label FROM ({_SUBJECTS}) AS s
        WHERE (subject_kind, subject) IN (SELECT * FROM unnest($1::text[], $2::text[]))""",
        [each.subject_kind for each in wanted], [each.subject for each in wanted],
    )  # fmt: skip
    return {Interest(row["subject_kind"], row["subject"]): row["label"] for row in rows}
