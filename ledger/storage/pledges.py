"""Read pledges with their instalments and receipts, and keep new ones and their states.

What a pledge still has as a receivable is read from the journal itself, never kept beside it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.pledges import Instalment, Pledge, Receipt
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection


class PledgeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of pledges is narrowed to; None does not narrow."""

    union: str | None = None
    fund: str | None = None
    currency: str | None = None
    state: str | None = None


class Event(msgspec.Struct, frozen=True):
    """One step of a pledge's life: who took it, why, and the entry it posted, if any."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    reason: str
    entry: int | None


STEPS = ("record_pledge", "meet_condition", "cancel_pledge", "reopen_pledge")


# When a condition was met and when the rest was given up is in the audit trail, which is append-only; the pledge's own row never changes
# but for its state.
_PLEDGES = """
    SELECT p.number, p.union_code AS "union", f.code AS fund, p.fund_id, p.currency::text, p.amount_minor, p.approved_on, p.resolution,
        p.policy, p.condition_text AS condition, p.remark, p.state, p.entry_number, r.name AS recorded_by,
        CASE WHEN p.condition_text <> '' THEN (
            SELECT min((a.details->>'met_on')::date) FROM audit a
            WHERE a.subject = p.number AND a.action = 'meet_condition' AND a.outcome = 'done') END AS met_on,
        CASE WHEN p.state = 'cancelled' THEN (
            SELECT coalesce(e.entry_date, (a.recorded_at AT TIME ZONE 'America/Toronto')::date)
            FROM audit a LEFT JOIN entries e ON e.number = (a.details->>'entry')::bigint
            WHERE a.subject = p.number AND a.action = 'cancel_pledge' AND a.outcome = 'done'
            ORDER BY a.recorded_at DESC, a.id DESC LIMIT 1) END AS cancelled_on
    FROM pledges p JOIN funds f ON f.id = p.fund_id JOIN people r ON r.id = p.recorded_by"""


async def pledge(connection: Connection, number: str, lock: bool = False) -> Pledge:
    """One pledge by its number; refuses an unknown one."""
    rows = await connection.fetch(f"{_PLEDGES} WHERE p.number = $1 {'FOR UPDATE OF p' if lock else ''}", number)
    if not rows:
        raise NotFound(kind="pledge", id=number[:40])
    return (await _whole(connection, rows))[0]


async def pledges(connection: Connection, narrowed: PledgeFilter) -> list[Pledge]:
    """Every pledge that fits, newest approval first."""
    rows = await connection.fetch(
        f"""{_PLEDGES} WHERE ($1::text IS NULL OR p.union_code = $1) AND ($2::text IS NULL OR f.code = $2)
        AND ($3::text IS NULL OR p.currency = $3) AND ($4::text IS NULL OR p.state = $4)
        ORDER BY p.approved_on DESC, length(p.number) DESC, p.number DESC""",
        narrowed.union, narrowed.fund, narrowed.currency, narrowed.state,
    )  # fmt: skip
    return await _whole(connection, rows)


async def behind(connection: Connection, union: str, today: date) -> list[Pledge]:
    """Open pledges of a union of which more fell due before ``today`` than has come."""
    rows = await connection.fetch(
        f"""{_PLEDGES} WHERE p.union_code = $1 AND p.state = 'open'
        AND (SELECT coalesce(sum(i.amount_minor), 0) FROM pledge_instalments i WHERE i.pledge = p.number AND i.due_on < $2)
          > (SELECT coalesce(sum(c.amount_minor), 0) FROM contributions c WHERE c.pledge = p.number AND c.state = 'received')
        ORDER BY p.number""",
        union, today,
    )  # fmt: skip
    return await _whole(connection, rows)


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Pledge]:
    found = await connection.fetch(
        "SELECT pledge, due_on, amount_minor FROM pledge_instalments WHERE pledge = ANY($1::text[]) ORDER BY pledge, ordinal",
        [row["number"] for row in rows],
    )
    instalments: defaultdict[str, list[Instalment]] = defaultdict(list)
    for row in found:
        instalments[row["pledge"]].append(Instalment(row["due_on"], row["amount_minor"]))
    return [Pledge(**dict(row), instalments=tuple(instalments[row["number"]])) for row in rows]


async def receipts(connection: Connection, numbers: Sequence[str], as_of: date | None = None) -> dict[str, list[Receipt]]:
    """What has come on each of these pledges and was not taken back (``as_of``: by that day), oldest first."""
    rows = await connection.fetch(
        """SELECT c.pledge, c.number, c.received_on, c.amount_minor FROM contributions c
        LEFT JOIN entries undone ON undone.reverses = c.entry_number
        WHERE c.pledge = ANY($1::text[]) AND (c.state = 'received' OR undone.entry_date > $2) ORDER BY c.pledge, c.received_on, c.entry_number""",
        list(numbers), as_of,
    )  # fmt: skip
    found: dict[str, list[Receipt]] = {number: [] for number in numbers}
    for row in rows:
        found[row["pledge"]].append(Receipt(row["number"], row["received_on"], row["amount_minor"]))
    return found


async def receivable_minor(connection: Connection, number: str) -> int:
    """What the ledger still carries as receivable for a pledge: recognised, less settled, less cancelled."""
    return int(
        await connection.fetchval(
            """SELECT coalesce(sum(q.amount_minor), 0)::bigint FROM postings q
            JOIN accounts a ON a.id = q.account_id AND a.role = 'pledges'
            WHERE q.entry_number IN (
                SELECT e.number FROM entries e WHERE e.subject = $1 AND e.subject <> ''
                UNION SELECT c.entry_number FROM contributions c WHERE c.pledge = $1
                UNION SELECT e.number FROM contributions c JOIN entries e ON e.reverses = c.entry_number WHERE c.pledge = $1)""",
            number,
        )
    )  # fmt: skip


async def cancelling_entry(connection: Connection, number: str) -> int | None:
    """The entry that cancelled what was recognised of a pledge, and was not undone."""
    found: int | None = await connection.fetchval(
        """SELECT e.number FROM entries e LEFT JOIN entries r ON r.reverses = e.number
        WHERE e.subject = $1 AND e.kind = 'pledge_cancelled' AND r.number IS NULL ORDER BY e.number DESC LIMIT 1""",
        number,
    )
    return found


async def history(connection: Connection, number: str) -> list[Event]:
    """What was done with a pledge, oldest first, from the audit trail: a memo leaves no other trace of why it was given up."""
    rows = await connection.fetch(
        """SELECT a.recorded_at, coalesce(p.name, '') AS person, a.union_code AS "union", a.action AS what,
            coalesce(a.details->>'reason', a.details->>'remark', '') AS reason, (a.details->>'entry')::bigint AS entry
        FROM audit a LEFT JOIN people p ON p.id = a.person_id
        WHERE a.subject = $1 AND a.subject <> '' AND a.outcome = 'done' AND a.action = ANY($2::text[]) ORDER BY a.recorded_at, a.id""",
        number, STEPS,
    )  # fmt: skip
    return [Event(**dict(row)) for row in rows]


async def add(connection: Connection, new: Pledge, entry_number: int | None, person_id: int, now: datetime) -> None:
    """Keep a new pledge with its instalments."""
    await connection.execute(
        """INSERT INTO pledges (number, union_code, fund_id, currency, amount_minor, approved_on, resolution, policy, condition_text, remark,
            state, entry_number, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        new.number, new.union, new.fund_id, new.currency, new.amount_minor, new.approved_on, new.resolution, new.policy, new.condition,
        new.remark, new.state, entry_number, person_id, now,
    )  # fmt: skip
    await connection.execute(
        """INSERT INTO pledge_instalments (pledge, ordinal, due_on, amount_minor)
        SELECT $1, ordinal, due_on, amount_minor FROM unnest($2::date[], $3::bigint[]) WITH ORDINALITY AS i (due_on, amount_minor, ordinal)""",
        new.number, [each.due_on for each in new.instalments], [each.amount_minor for each in new.instalments],
    )  # fmt: skip


async def set_state(connection: Connection, number: str, state: str) -> None:
    """The pledge is open, fulfilled or cancelled from now on."""
    await connection.execute("UPDATE pledges SET state = $2 WHERE number = $1", number, state)
