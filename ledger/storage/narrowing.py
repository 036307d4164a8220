"""Ask for what fits and no more: only the conditions that were asked for, and pages of records by their number.

One statement with every condition that could be asked (``$1 IS NULL OR …``) has one plan, and that uses the index of none of them.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.domain.half_days import Span
from ledger.storage.database import Connection

# A condition, ``{}`` where its value stands, and the value; None where it was not asked for.
Asked = tuple[str, Any]


def narrowed(asked: Sequence[Asked]) -> tuple[str, list[Any]]:
    """What was asked for, joined by AND (``true`` where nothing was), and its values from ``$1`` on."""
    said = [(condition, value) for condition, value in asked if value is not None]
    conditions = [condition.replace("{}", f"${place}") for place, (condition, _) in enumerate(said, 1)]
    return " AND ".join(conditions) or "true", [value for _, value in said]


async def newest_first(connection: Connection, select: str, number: str, asked: Sequence[Asked], after: str | None, limit: int | None) -> list[Any]:
    """A page of records by their number (``number`` is the column), beginning after one.

    An index on (what is asked for,) :func:`in_order` of the number holds that order; without one, every page sorts all that fit.
    """
    where, values = narrowed([*asked, (f"{in_order(number)} < {in_order('{}::text')}", after)])
    return await connection.fetch(f"{select} WHERE {where} ORDER BY {in_order(number)} DESC LIMIT ${len(values) + 1}", *values, limit)  # type: ignore[no-any-return]


def in_order(number: str) -> str:
    """What records are ordered by: their number filled up from the left, so that L-10000 follows L-9999. One expression, as the indexes have it."""
    return f"lpad({number}, 20, '0')"


def halves(span: Span) -> asyncpg.Range:
    """The half-days of a span, as ``int4range(first_half, last_half + 1)`` holds those of a booking."""
    return asyncpg.Range(span.first, span.last + 1)
