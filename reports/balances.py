"""Select balances at a date and movements of a period, flat however many postings the books hold."""

from datetime import date
from typing import Any

import msgspec

from ledger.storage.database import Connection


class Balance(msgspec.Struct, frozen=True):
    """What one account held of one fund at a date: minor units, debit positive."""

    account_id: int
    fund_id: int
    amount_minor: int


# Whole months from month_totals, the rest of the last month from day_totals: never a scan of postings.
_BALANCES = """
    SELECT account_id, fund_id, sum(change)::bigint AS amount_minor FROM (
        SELECT account_id, fund_id, sum(debit_minor - credit_minor) AS change FROM month_totals
        WHERE month < date_trunc('month', $1::date)::date GROUP BY account_id, fund_id
        UNION ALL
        SELECT account_id, fund_id, sum(debit_minor - credit_minor) FROM day_totals
        WHERE day >= date_trunc('month', $1::date)::date AND day <= $1 GROUP BY account_id, fund_id
    ) parts GROUP BY account_id, fund_id HAVING sum(change) <> 0 ORDER BY account_id, fund_id"""


async def balances_on(connection: Connection, day: date) -> list[Balance]:
    """Every balance that is not zero at the end of a day, by account and fund."""
    return [Balance(row["account_id"], row["fund_id"], row["amount_minor"]) for row in await connection.fetch(_BALANCES, day)]


class Line(msgspec.Struct, frozen=True):
    """One posting with its entry, in the order of dates."""

    account_id: int
    fund_id: int
    entry_date: date
    number: int
    description: str
    reference: str
    subject: str
    amount_minor: int


async def lines_between(
    connection: Connection, first: date, last: date, account_ids: list[int], fund_id: int | None, limit: int
) -> list[Line]:
    """The postings of a period by account and date, at most ``limit``."""
    rows = await connection.fetch(
        """SELECT p.account_id, p.fund_id, p.entry_date, p.entry_number AS number, e.description, e.reference, e.subject, p.amount_minor
        FROM unnest($1::int[]) WITH ORDINALITY AS chosen (account_id, place)
        JOIN postings p ON p.account_id = chosen.account_id AND p.entry_date BETWEEN $2 AND $3 AND ($4::int IS NULL OR p.fund_id = $4)
        JOIN entries e ON e.number = p.entry_number
        ORDER BY chosen.place, p.entry_date, p.entry_number, p.line LIMIT $5""",
        account_ids, first, last, fund_id, limit,
    )  # fmt: skip
    return [_line(row) for row in rows]


def _line(row: Any) -> Line:
    return Line(**{name: row[name] for name in Line.__struct_fields__})
