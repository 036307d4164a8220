"""Keep members' requests for a financial statement, by reference."""

from datetime import date
from typing import Any

from ledger.domain.refusals import NotFound
from ledger.domain.statement_requests import StatementRequest
from ledger.storage.database import Connection

PAGE = 50
_SELECT = """SELECT number, union_code AS "union", local, reference, statement, asked_on, recorded_by, recorded_at, answered_on, answered_by,
    answered_at, answer FROM statement_requests"""


async def page(
    connection: Connection, union: str, only_open: bool, after: tuple[date, str] | None, limit: int = PAGE
) -> list[StatementRequest]:
    """A union's requests, the latest asked first, after a place (day, number)."""
    day, number = after or (None, "")
    rows = await connection.fetch(
        f"""{_SELECT} WHERE union_code = $1 AND (NOT $2 OR answered_on IS NULL)
        AND ($3::date IS NULL OR (asked_on, length(number), number) < ($3, length($4::text), $4))
        ORDER BY asked_on DESC, length(number) DESC, number DESC LIMIT $5""",
        union, only_open, day, number, limit,
    )  # fmt: skip
    return [StatementRequest(**dict(row)) for row in rows]


async def open_before(connection: Connection, union: str, day: date) -> list[StatementRequest]:
    """A union's requests that were asked before a day and are not answered, the oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE union_code = $1 AND answered_on IS NULL AND asked_on < $2 ORDER BY asked_on, length(number), number", union, day
    )
    return [StatementRequest(**dict(row)) for row in rows]


async def find(connection: Connection, union: str, number: str, lock: bool = False) -> StatementRequest:
    """One request of a union; refuses an unknown one, as another union's is to it."""
    row = await connection.fetchrow(f"{_SELECT} WHERE number = $1 AND union_code = $2 {'FOR UPDATE' if lock else ''}", number, union)
    if row is None:
        raise NotFound(kind="statement_request", id=number[:40])
    return StatementRequest(**dict(row))


async def add(connection: Connection, new: StatementRequest) -> None:
    """Keep a request."""
    values: list[Any] = [new.number, new.union, new.local, new.reference, new.statement, new.asked_on, new.recorded_by, new.recorded_at]
    await connection.execute(
        """INSERT INTO statement_requests (number, union_code, local, reference, statement, asked_on, recorded_by, recorded_at, answer)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')""",
        *values,
    )


async def answer(connection: Connection, kept: StatementRequest) -> None:
    """Keep when and how it was answered."""
    await connection.execute(
        "UPDATE statement_requests SET answered_on = $2, answered_by = $3, answered_at = $4, answer = $5 WHERE number = $1",
        kept.number, kept.answered_on, kept.answered_by, kept.answered_at, kept.answer,
    )  # fmt: skip
