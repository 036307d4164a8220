"""Read contributions by number and by filter, newest first, and keep new ones and their state."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.contributions import BLOCKED_INSTRUMENTS, INSTRUMENT_RULE_SETTING, Contribution
from ledger.domain.refusals import NotFound
from ledger.storage import reference
from ledger.storage.database import Connection


class ContributionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; None does not narrow. ``first`` and ``last`` are bank dates, inclusive."""

    union: str | None = None
    fund: str | None = None
    first: date | None = None
    last: date | None = None
    pledge: str | None = None
    state: str | None = None


class CurrencyTotal(msgspec.Struct, frozen=True):
    """What came in of one currency, minor units, without what was taken back."""

    currency: str
    amount_minor: int
    count: int


_CONTRIBUTIONS = """
    SELECT c.number, c.union_code AS "union", l.number AS local, f.code AS fund, c.fund_id, a.book || '/' || a.path AS account, c.account_id,
        a.custodian, c.currency::text, c.amount_minor, c.received_on, c.instrument, c.reference, c.remark, c.restriction_text, c.pledge,
        c.entry_number, c.state, u.number AS reversed_by, p.name AS recorded_by
    FROM contributions c JOIN funds f ON f.id = c.fund_id JOIN accounts a ON a.id = c.account_id JOIN people p ON p.id = c.recorded_by
    LEFT JOIN locals l ON l.id = c.local_id LEFT JOIN entries u ON u.reverses = c.entry_number"""

_NARROWED = """
    WHERE ($1::text IS NULL OR c.union_code = $1) AND ($2::text IS NULL OR f.code = $2) AND ($3::date IS NULL OR c.received_on >= $3)
    AND ($4::date IS NULL OR c.received_on <= $4) AND ($5::text IS NULL OR c.pledge = $5) AND ($6::text IS NULL OR c.state = $6)"""


def _values(narrowed: ContributionFilter) -> tuple[Any, ...]:
    return (narrowed.union, narrowed.fund, narrowed.first, narrowed.last, narrowed.pledge, narrowed.state)


async def contribution(connection: Connection, number: str, lock: bool = False) -> Contribution:
    """One contribution by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_CONTRIBUTIONS} WHERE c.number = $1 {'FOR UPDATE OF c' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="contribution", id=number[:40])
    return Contribution(**dict(row))


async def by_entry(connection: Connection, entry_number: int) -> Contribution | None:
    """The contribution an entry recorded, locked."""
    row = await connection.fetchrow(f"{_CONTRIBUTIONS} WHERE c.entry_number = $1 FOR UPDATE OF c", entry_number)
    return None if row is None else Contribution(**dict(row))


async def newest(
    connection: Connection, narrowed: ContributionFilter, before: tuple[date, int] | None, limit: int
) -> list[Contribution]:
    """Contributions by bank date, the newest first, below a place (bank date, entry number) where given."""
    day, entry = before or (date.max, 0)
    rows = await connection.fetch(
        f"""{_CONTRIBUTIONS} {_NARROWED} AND (c.received_on, c.entry_number) < ($7, $8)
        ORDER BY c.received_on DESC, c.entry_number DESC LIMIT $9""",
        *_values(narrowed), day, entry, limit,
    )  # fmt: skip
    return [Contribution(**dict(row)) for row in rows]


async def totals(connection: Connection, narrowed: ContributionFilter) -> list[CurrencyTotal]:
    """Sums of what fits and stands, a currency at a time."""
    rows = await connection.fetch(
        f"""SELECT c.currency::text, sum(c.amount_minor)::bigint AS amount_minor, count(*) AS count
        FROM contributions c JOIN funds f ON f.id = c.fund_id {_NARROWED} AND c.state = 'received' GROUP BY c.currency ORDER BY c.currency""",
        *_values(narrowed),
    )
    return [CurrencyTotal(**dict(row)) for row in rows]


async def add(connection: Connection, new: Contribution, local_id: int | None, person_id: int, now: datetime) -> None:
    """Keep a new contribution."""
    await connection.execute(
        """INSERT INTO contributions (number, union_code, local_id, fund_id, account_id, currency, amount_minor, received_on, instrument,
            reference, remark, restriction_text, pledge, entry_number, state, recorded_by, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)""",
        new.number, new.union, local_id, new.fund_id, new.account_id, new.currency, new.amount_minor, new.received_on, new.instrument,
        new.reference, new.remark, new.restriction_text, new.pledge, new.entry_number, new.state, person_id, now,
    )  # fmt: skip


async def set_reversed(connection: Connection, number: str) -> None:
    """The contribution was taken back."""
    await connection.execute("UPDATE contributions SET state = 'reversed' WHERE number = $1", number)


async def blocked_instruments(connection: Connection) -> dict[str, Sequence[str]]:
    """Instruments by nation that its ring-fenced political funds do not take."""
    rule: dict[str, Sequence[str]] = await reference.setting(connection, INSTRUMENT_RULE_SETTING, BLOCKED_INSTRUMENTS)
    return rule
