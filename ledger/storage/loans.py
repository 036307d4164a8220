"""Keep loans between the unions: their terms, instalments, and what the lender's board resolved."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledger.domain.loans import Instalment, Loan, ProposeLoan, Resolution
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection
from ledger.storage.narrowing import newest_first

_LOANS = """
    SELECT l.number, l.lender, l.borrower, l.currency::text, l.limit_minor, l.interest_percent, l.starts_on, l.matures_on, l.purpose,
        lf.code AS lender_fund, l.lender_fund AS lender_fund_id, bf.code AS borrower_fund, l.borrower_fund AS borrower_fund_id, l.agreement,
        l.state, l.state_since, l.proposed_by, p.name AS proposed_by_name, l.proposed_union, l.proposed_at, l.decided_by,
        d.name AS decided_by_name, l.remark
    FROM loans l JOIN funds lf ON lf.id = l.lender_fund JOIN funds bf ON bf.id = l.borrower_fund
    JOIN people p ON p.id = l.proposed_by LEFT JOIN people d ON d.id = l.decided_by"""


async def loan(connection: Connection, number: str, lock: bool = False) -> Loan:
    """One loan by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_LOANS} WHERE l.number = $1 {'FOR UPDATE OF l' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="loan", id=number[:40])
    return (await _whole(connection, [row]))[0]


async def loans(connection: Connection, state: str | None, union: str | None, after: str | None, limit: int) -> list[Loan]:
    """Those that fit, the newest first, beginning after a loan's number."""
    asked = (("l.state = {}", state), ("{} IN (l.lender, l.borrower)", union))
    return await _whole(connection, await newest_first(connection, _LOANS, "l.number", asked, after, limit))


async def lent_by(connection: Connection, day: date) -> list[Loan]:
    """Every loan that was agreed to and began by a day, the oldest first."""
    rows = await connection.fetch(f"{_LOANS} WHERE l.state IN ('agreed', 'settled') AND l.starts_on <= $1 ORDER BY length(l.number), l.number", day)
    return await _whole(connection, rows)


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Loan]:
    numbers = [row["number"] for row in rows]
    found: dict[str, list[Instalment]] = {number: [] for number in numbers}
    for row in await connection.fetch("SELECT * FROM loan_instalments WHERE loan = ANY($1::text[]) ORDER BY loan, ordinal", numbers):
        found[row["loan"]].append(Instalment(row["due_on"], row["amount_minor"]))
    return [Loan(**dict(row), instalments=tuple(found[row["number"]])) for row in rows]


async def add(
    connection: Connection, number: str, asked: ProposeLoan, lender_fund: int, borrower_fund: int, person_id: int, union: str, now: datetime
) -> None:
    """Keep proposed terms."""
    await connection.execute(
        """INSERT INTO loans (number, lender, borrower, currency, limit_minor, interest_percent, starts_on, matures_on, purpose, lender_fund,
        borrower_fund, agreement, state, state_since, proposed_by, proposed_union, proposed_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'proposed', $13, $14, $15, $13, '')""",
        number, asked.lender, asked.borrower, asked.currency, asked.limit_minor, asked.interest_percent, asked.starts_on, asked.matures_on,
        asked.purpose, lender_fund, borrower_fund, asked.agreement or None, now, person_id, union,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO loan_instalments (loan, ordinal, due_on, amount_minor) VALUES ($1, $2, $3, $4)",
        [(number, place, each.due_on, each.amount_minor) for place, each in enumerate(asked.instalments, 1)],
    )


async def save(connection: Connection, number: str, **values: Any) -> None:
    """Change a loan's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE loans SET {sets} WHERE number = $1", number, *values.values())


async def resolutions(connection: Connection, number: str) -> list[Resolution]:
    """What the lender's board resolved, with what of it was forgiven already; a step that waits counts as used."""
    rows = await connection.fetch(
        """SELECT r.ordinal, r.body, r.resolution, r.decided_on, r.amount_minor, r.recorded_by, p.name AS recorded_by_name,
            coalesce((SELECT sum(s.amount_minor) FROM mirrored_steps s WHERE s.subject = r.loan AND s.kind = 'loan_forgiveness'
                AND s.resolution = r.ordinal AND s.state IN ('proposed', 'accepted')), 0)::bigint AS used_minor
        FROM loan_resolutions r JOIN people p ON p.id = r.recorded_by WHERE r.loan = $1 ORDER BY r.ordinal""",
        number,
    )  # fmt: skip
    return [Resolution(**dict(row)) for row in rows]


async def add_resolution(
    connection: Connection, number: str, body: str, resolution: str, decided_on: date, amount_minor: int, document: UUID | None,
    person_id: int, now: datetime,
) -> int:  # fmt: skip
    """Keep a board's resolution; its place among the loan's."""
    ordinal: int = await connection.fetchval(
        """INSERT INTO loan_resolutions (loan, ordinal, body, resolution, decided_on, amount_minor, document_id, recorded_by, recorded_at)
        SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5, $6, $7, $8 FROM loan_resolutions WHERE loan = $1 RETURNING ordinal""",
        number, body, resolution, decided_on, amount_minor, document, person_id, now,
    )  # fmt: skip
    return ordinal
