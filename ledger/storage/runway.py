"""Read from the journal what strikes took from each fund, day by day: no member and no strike is needed for it."""

from collections import defaultdict
from datetime import date

from ledger.domain.chart import JOINT
from ledger.domain.runway import BURNT_BY_ROLE, Burn
from ledger.storage.database import Connection

# What was there when the books began was not spent then.
_BURNT = """
    SELECT p.fund_id, a.currency::text AS currency, p.entry_date, a.role, sum(p.amount_minor)::bigint AS amount_minor
    FROM accounts a
    JOIN postings p ON p.account_id = a.id AND p.entry_date BETWEEN $1 AND $2
    JOIN entries e ON e.number = p.entry_number
    LEFT JOIN entries undone ON undone.number = e.reverses
    WHERE a.book = $3 AND a.role = ANY($4::text[]) AND 'opening' NOT IN (e.kind, coalesce(undone.kind, '')) AND ($5::int IS NULL OR p.fund_id = $5)
    GROUP BY p.fund_id, a.currency, p.entry_date, a.role"""


async def burns(connection: Connection, first: date, last: date, fund_id: int | None = None) -> dict[tuple[int, str], list[Burn]]:
    """What was burnt from ``first`` to ``last`` inclusive, by fund id and currency."""
    found: defaultdict[tuple[int, str], list[Burn]] = defaultdict(list)
    for row in await connection.fetch(_BURNT, first, last, JOINT, list(BURNT_BY_ROLE), fund_id):
        found[row["fund_id"], row["currency"]].append(Burn(row["entry_date"], BURNT_BY_ROLE[row["role"]], row["amount_minor"]))
    return found
