"""Keep certified memberships, joint costs, and equalisations with their working."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.equalisation import Equalisation, Working
from ledger.domain.joint_costs import JointCost, RecordCost
from ledger.domain.memberships import CertifyMembership, MembershipCount
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection
from ledger.storage.narrowing import newest_first

# As many as anybody decides about at a sitting: the oldest first, and the next come up as these are settled.
UNDECIDED_MAXIMUM = 200

_COUNTS = """
    SELECT m.union_code AS "union", m.as_of, m.version, m.members, m.source, m.document_id AS document, m.certified_by,
        p.name AS certified_by_name, m.certified_at,
        NOT EXISTS (SELECT FROM membership_counts n WHERE n.union_code = m.union_code AND n.as_of = m.as_of AND n.version > m.version) AS is_latest
    FROM membership_counts m JOIN people p ON p.id = m.certified_by"""
_COSTS = """
    SELECT c.number, c.union_code AS "union", c.paid_on, c.currency::text, c.amount_minor, c.what, c.campaign, c.reference, c.state, c.state_since,
        c.recorded_by, p.name AS recorded_by_name, c.recorded_at, c.decided_by, d.name AS decided_by_name, c.equalisation, c.remark
    FROM joint_costs c JOIN people p ON p.id = c.recorded_by LEFT JOIN people d ON d.id = c.decided_by"""
_EQUALISATIONS = """
    SELECT q.number, q.agreement, q.agreement_version, q.starts_on, q.ends_on, q.currency::text, q.debt_currency::text, q.pool_minor,
        q.balance_minor, q.creditor, q.debtor, q.working, q.state, q.state_since, q.step, q.made_by, p.name AS made_by_name, q.made_at, q.remark
    FROM equalisations q JOIN people p ON p.id = q.made_by"""


class CostFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which joint costs to list, days inclusive; None for all."""

    union: str | None = None
    state: str | None = None
    from_day: date | None = None
    to_day: date | None = None


# --- memberships ----------------------------------------------------------------------------------------------------------


async def counts(connection: Connection, union: str | None = None, until: date | None = None) -> list[MembershipCount]:
    """Certified numbers, every version, the newest day first, each day's latest version first."""
    rows = await connection.fetch(
        f"""{_COUNTS} WHERE ($1::text IS NULL OR m.union_code = $1) AND ($2::date IS NULL OR m.as_of <= $2)
        ORDER BY m.as_of DESC, m.union_code, m.version DESC""",
        union, until,
    )  # fmt: skip
    return [MembershipCount(**dict(row)) for row in rows]


async def add_count(connection: Connection, union: str, asked: CertifyMembership, person_id: int, now: datetime) -> MembershipCount:
    """Keep a certified number, as the next version where its day has one."""
    version = await connection.fetchval(
        """INSERT INTO membership_counts (union_code, as_of, version, members, source, document_id, certified_by, certified_at)
        SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7 FROM membership_counts WHERE union_code = $1 AND as_of = $2
        RETURNING version""",
        union, asked.as_of, asked.members, asked.source, asked.document, person_id, now,
    )  # fmt: skip
    row = await connection.fetchrow(f"{_COUNTS} WHERE m.union_code = $1 AND m.as_of = $2 AND m.version = $3", union, asked.as_of, version)
    return MembershipCount(**dict(row))


# --- joint costs ----------------------------------------------------------------------------------------------------------


async def cost(connection: Connection, number: str, lock: bool = False) -> JointCost:
    """One joint cost; refuses an unknown one."""
    row = await connection.fetchrow(f"{_COSTS} WHERE c.number = $1 {'FOR UPDATE OF c' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="joint_cost", id=number[:40])
    return JointCost(**dict(row))


async def costs(connection: Connection, narrowed: CostFilter, after: str | None = None, limit: int = 50) -> list[JointCost]:
    """Those that fit, the newest number first, beginning after one."""
    asked = (
        ("c.union_code = {}", narrowed.union), ("c.state = {}", narrowed.state), ("c.paid_on >= {}", narrowed.from_day),
        ("c.paid_on <= {}", narrowed.to_day),
    )  # fmt: skip
    return [JointCost(**dict(row)) for row in await newest_first(connection, _COSTS, "c.number", asked, after, limit)]


async def costs_to_share(connection: Connection, unions: Sequence[str], starts_on: date, ends_on: date, lock: bool = False) -> list[JointCost]:
    """Costs of a period that both unions agree to and no equalisation took, by day."""
    rows = await connection.fetch(
        f"""{_COSTS} WHERE c.state = 'agreed' AND c.equalisation IS NULL AND c.union_code = ANY($1::text[]) AND c.paid_on BETWEEN $2 AND $3
        ORDER BY c.paid_on, length(c.number), c.number {'FOR UPDATE OF c' if lock else ''}""",
        list(unions), starts_on, ends_on,
    )  # fmt: skip
    return [JointCost(**dict(row)) for row in rows]


async def add_cost(connection: Connection, number: str, union: str, asked: RecordCost, person_id: int, now: datetime) -> None:
    """Keep a claimed cost."""
    await connection.execute(
        """INSERT INTO joint_costs (number, union_code, paid_on, currency, amount_minor, what, campaign, reference, state, state_since,
        recorded_by, recorded_at, remark) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'claimed', $9, $10, $9, '')""",
        number, union, asked.paid_on, asked.currency, asked.amount_minor, asked.what, asked.campaign or None, asked.reference, now, person_id,
    )  # fmt: skip


async def save_cost(connection: Connection, number: str, **values: Any) -> None:
    """Change a joint cost's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE joint_costs SET {sets} WHERE number = $1", number, *values.values())


async def take_costs(connection: Connection, numbers: Sequence[str], equalisation: str) -> None:
    """These costs belong to an equalisation from now on."""
    await connection.execute("UPDATE joint_costs SET equalisation = $2 WHERE number = ANY($1::text[])", list(numbers), equalisation)


async def free_costs(connection: Connection, equalisation: str) -> None:
    """The costs of an equalisation that came to nothing can be shared anew."""
    await connection.execute("UPDATE joint_costs SET equalisation = NULL WHERE equalisation = $1", equalisation)


async def undecided_costs(connection: Connection, from_day: date = date.min, limit: int = UNDECIDED_MAXIMUM) -> list[JointCost]:
    """Costs paid from a day on that one union claims and the other has not agreed to, or disputes; the oldest first."""
    rows = await connection.fetch(
        f"""{_COSTS} WHERE c.state IN ('claimed', 'disputed') AND c.paid_on >= $1 ORDER BY c.paid_on, length(c.number), c.number LIMIT $2""",
        from_day, limit,
    )  # fmt: skip
    return [JointCost(**dict(row)) for row in rows]


# --- equalisations --------------------------------------------------------------------------------------------------------


async def equalisation(connection: Connection, number: str, lock: bool = False) -> Equalisation:
    """One equalisation; refuses an unknown one."""
    row = await connection.fetchrow(f"{_EQUALISATIONS} WHERE q.number = $1 {'FOR UPDATE OF q' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="equalisation", id=number[:40])
    return _equalisation(row)


async def equalisations(connection: Connection, after: str | None = None, limit: int = 50) -> list[Equalisation]:
    """The newest first, beginning after one's number."""
    return [_equalisation(row) for row in await newest_first(connection, _EQUALISATIONS, "q.number", (), after, limit)]


async def of_period(connection: Connection, starts_on: date, ends_on: date) -> list[Equalisation]:
    """Those whose period ends within these days, by period, whatever became of them."""
    rows = await connection.fetch(f"{_EQUALISATIONS} WHERE q.ends_on BETWEEN $1 AND $2 ORDER BY q.ends_on, length(q.number), q.number", starts_on, ends_on)
    return [_equalisation(row) for row in rows]


async def overlapping(connection: Connection, agreement: str, starts_on: date, ends_on: date) -> Equalisation | None:
    """One of the agreement, proposed or agreed, that has a day of the period."""
    row = await connection.fetchrow(
        f"{_EQUALISATIONS} WHERE q.agreement = $1 AND q.state IN ('proposed', 'agreed') AND q.starts_on <= $3 AND q.ends_on >= $2 LIMIT 1",
        agreement, starts_on, ends_on,
    )  # fmt: skip
    return None if row is None else _equalisation(row)


def _equalisation(row: Any) -> Equalisation:
    return Equalisation(**{**row, "working": msgspec.convert(row["working"], Working)})


async def add(
    connection: Connection, number: str, agreement: str, version: int, working: Working, state: str, person_id: int, now: datetime
) -> None:
    """Keep a computed equalisation with its working."""
    await connection.execute(
        """INSERT INTO equalisations (number, agreement, agreement_version, starts_on, ends_on, currency, debt_currency, pool_minor, balance_minor,
        creditor, debtor, working, state, state_since, made_by, made_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14, '')""",
        number, agreement, version, working.starts_on, working.ends_on, working.currency, working.debt_currency, working.pool_minor,
        working.balance_minor, working.creditor, working.debtor, working, state, now, person_id,
    )  # fmt: skip


async def save(connection: Connection, number: str, **values: Any) -> None:
    """Change an equalisation's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE equalisations SET {sets} WHERE number = $1", number, *values.values())
