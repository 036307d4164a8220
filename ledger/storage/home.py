"""Read what changed since a person was last here, and what an administrator should know, for the first page."""

from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.chart import JOINT
from ledger.storage.database import Connection

NEWS_LIMIT = 10
COUNT_LIMIT = 1_000
TERM_WARNING_DAYS = 30


class News(msgspec.Struct, frozen=True):
    """An entry somebody else recorded; ``amounts`` is what it debits, minor units by currency, in the joint book where it touches it."""

    number: int
    entry_date: date
    kind: str
    description: str
    subject: str
    actor: str
    amounts: dict[str, int]


class FundChange(msgspec.Struct, frozen=True):
    """A fund was proposed, confirmed, changed or closed, by whom and when; ``details`` as audited."""

    action: str
    fund: str
    recorded_at: datetime
    person: str
    union: str | None
    details: dict[str, Any]


class Administration(msgspec.Struct, frozen=True):
    """People of a union who can sign in, those of them without a role today, and terms that end within 30 days."""

    people: int
    without_role: int
    terms_ending: int


async def last_seen(connection: Connection, person_id: int) -> tuple[int, datetime]:
    """The last entry the person marked as read, and when they did (when they were added, before the first time)."""
    row = await connection.fetchrow("SELECT last_seen_entry, created_at FROM people WHERE id = $1", person_id)
    marked = await connection.fetchval(
        "SELECT max(recorded_at) FROM audit WHERE subject = $1 AND action = 'mark_seen' AND outcome = 'done'", seen_subject(person_id)
    )
    return row["last_seen_entry"], marked or row["created_at"]


def seen_subject(person_id: int) -> str:
    """How the audit trail names a person's reading mark."""
    return f"person-{person_id}"


async def mark_seen(connection: Connection, person_id: int, number: int) -> int:
    """Move the person's reading mark forward to an entry that exists; never back. Returns where it stands."""
    return int(
        await connection.fetchval(
            """UPDATE people SET last_seen_entry = greatest(last_seen_entry, least($2, (SELECT number FROM head WHERE id = 1)))
            WHERE id = $1 RETURNING last_seen_entry""",
            person_id, number,
        )
    )  # fmt: skip


async def news(connection: Connection, person_id: int, after: int, limit: int = NEWS_LIMIT) -> list[News]:
    """The newest entries after a number that somebody else recorded."""
    rows = await connection.fetch(
        """WITH newest AS (
            SELECT number, entry_date, kind, description, subject, actor_id FROM entries
            WHERE number > $1 AND actor_id <> $2 ORDER BY number DESC LIMIT $3)
        SELECT n.number, n.entry_date, n.kind, n.description, n.subject, p.name AS actor, s.currency::text, s.amount_minor
        FROM newest n JOIN people p ON p.id = n.actor_id, LATERAL (
            SELECT DISTINCT ON (a.currency) a.currency, sum(q.amount_minor)::bigint AS amount_minor
            FROM postings q JOIN accounts a ON a.id = q.account_id
            WHERE q.entry_number = n.number AND q.amount_minor > 0 GROUP BY a.currency, a.book
            ORDER BY a.currency, a.book <> $4, a.book) s
        ORDER BY n.number DESC, s.currency""",
        after, person_id, limit, JOINT,
    )  # fmt: skip
    found: dict[int, News] = {}
    for row in rows:
        fields = {name: row[name] for name in ("number", "entry_date", "kind", "description", "subject", "actor")}
        found.setdefault(row["number"], News(**fields, amounts={})).amounts[row["currency"]] = row["amount_minor"]
    return list(found.values())


async def news_count(connection: Connection, person_id: int, after: int) -> int:
    """How many entries there are in :func:`news` with no limit; counts no further than :data:`COUNT_LIMIT`."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM entries WHERE number > $1 AND actor_id <> $2 LIMIT $3) AS counted", after, person_id, COUNT_LIMIT
    )
    return count


async def fund_changes(connection: Connection, person_id: int, since: datetime) -> list[FundChange]:
    """What others did to funds since a moment, newest first."""
    rows = await connection.fetch(
        """SELECT a.action, a.subject AS fund, a.recorded_at, p.name AS person, a.union_code AS "union", a.details
        FROM audit a JOIN people p ON p.id = a.person_id
        WHERE a.recorded_at > $1 AND a.action IN ('propose_fund', 'confirm_fund', 'change_fund', 'close_fund')
            AND a.outcome = 'done' AND a.person_id <> $2 ORDER BY a.recorded_at DESC, a.id LIMIT $3""",
        since, person_id, NEWS_LIMIT,
    )  # fmt: skip
    return [FundChange(**dict(row)) for row in rows]


async def administration(connection: Connection, union: str | None, today: date) -> Administration:
    """Figures about the people an administrator looks after: of their union, or all for one of no union."""
    row = await connection.fetchrow(
        """SELECT count(*) AS people, count(*) FILTER (WHERE NOT coalesce(g.in_force, false)) AS without_role,
            count(*) FILTER (WHERE g.ending) AS terms_ending
        FROM people p LEFT JOIN (
            SELECT person_id, bool_or($2::date BETWEEN starts_on AND ends_on) AS in_force,
                bool_or(ends_on BETWEEN $2 AND $2::date + $3::int) AS ending
            FROM grants WHERE revoked_at IS NULL GROUP BY person_id) g ON g.person_id = p.id
        WHERE p.id > 1 AND p.disabled_at IS NULL AND ($1::text IS NULL OR p.union_code = $1)""",
        union, today, TERM_WARNING_DAYS,
    )  # fmt: skip
    return Administration(row["people"], row["without_role"], row["terms_ending"])
