"""Read what can be paid of approved requests, line by line, and where the money of their funds lies."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.domain.chart import JOINT
from ledger.domain.payables import Payable, Place
from ledger.storage.database import NO_WILDCARDS, Connection

PAGE = 50
DUE_MAXIMUM = 500
# What a list may be sorted by: the column, and its type for the place to go on from.
ORDERS = {"needed": ("r.needed_by", "date"), "payee": ("coalesce(p.name_key, '')", "text")}

_PAYABLE = """
    SELECT a.number AS allocation, c.ordinal AS line, a.union_code AS "union", a.campaign, g.name AS campaign_name, a.fund_id, f.code AS fund,
        l.what, l.payee, coalesce(p.name, '') AS payee_name, c.currency::text, c.committed_minor, c.committed_minor - c.relieved_minor AS left_minor,
        r.needed_by, a.expires_on, a.state_since, a.requested_by, g.lead_id,
        coalesce((SELECT min(d.state) FROM payee_accounts d WHERE d.payee = l.payee AND d.currency = c.currency
            AND d.state IN ('confirmed', 'proposed')), 'missing') AS details,
        ARRAY(SELECT d.person_id FROM allocation_decisions d WHERE d.allocation = a.number AND d.decision = 'approved'
            UNION SELECT v.person_id FROM board_votes v WHERE v.allocation = a.number AND v.revision >= a.material_revision AND v.vote = 'for')
            AS approvers
    FROM allocations a JOIN commitments c ON c.allocation = a.number JOIN funds f ON f.id = a.fund_id JOIN campaigns g ON g.number = a.campaign
    JOIN allocation_revisions r ON r.allocation = a.number AND r.revision = a.revision
    JOIN allocation_lines l ON l.allocation = a.number AND l.revision = a.revision AND l.ordinal = c.ordinal
    LEFT JOIN payees p ON p.number = l.payee
    WHERE a.state IN ('committed', 'part_paid') AND NOT c.final AND c.committed_minor > c.relieved_minor"""


class PayableFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What the list is narrowed to; ``words`` are looked for in request, payee, campaign and what it is for."""

    words: str = ""
    fund: str | None = None
    currency: str | None = None
    union: str | None = None


class Order(msgspec.Struct, frozen=True):
    """How the list is sorted."""

    by: str = "needed"
    descending: bool = False


After = tuple[Any, str, int]


async def page(connection: Connection, narrowed: PayableFilter, order: Order, after: After | None, limit: int = PAGE) -> list[Payable]:
    """Lines that can be paid, after a keyset position (what it is sorted by, request, line)."""
    column, kind = ORDERS[order.by]
    sign, way = ("<", "DESC") if order.descending else (">", "ASC")
    value, number, line = after or (None, "", 0)
    rows = await connection.fetch(
        f"""{_PAYABLE}
        AND ($1 = '' OR a.number ILIKE '%' || $1 || '%' OR p.name ILIKE '%' || $1 || '%' OR l.what ILIKE '%' || $1 || '%'
            OR g.name ILIKE '%' || $1 || '%')
        AND ($2::text IS NULL OR f.code = $2) AND ($3::text IS NULL OR c.currency = $3) AND ($4::text IS NULL OR a.union_code = $4)
        AND ($5::{kind} IS NULL OR ({column}, length(a.number), a.number, c.ordinal) {sign} ($5, length($6::text), $6, $7::int))
        ORDER BY {column} {way}, length(a.number) {way}, a.number {way}, c.ordinal {way} LIMIT $8""",
        narrowed.words.translate(NO_WILDCARDS), narrowed.fund, narrowed.currency, narrowed.union, value, number, line, limit,
    )  # fmt: skip
    return [_payable(row) for row in rows]


async def one(connection: Connection, number: str, line: int) -> Payable | None:
    """One line that can be paid, or None."""
    row = await connection.fetchrow(f"{_PAYABLE} AND a.number = $1 AND c.ordinal = $2", number, line)
    return None if row is None else _payable(row)


async def needed(connection: Connection, until: date) -> list[Payable]:
    """The lines that are needed by a day, the first first; at most :data:`DUE_MAXIMUM`."""
    rows = await connection.fetch(
        f"{_PAYABLE} AND r.needed_by <= $1 ORDER BY r.needed_by, length(a.number), a.number, c.ordinal LIMIT {DUE_MAXIMUM}", until
    )
    return [_payable(row) for row in rows]


async def expiring(connection: Connection, first: date, last: date) -> list[Payable]:
    """The lines of requests that expire between two days."""
    rows = await connection.fetch(
        f"{_PAYABLE} AND a.expires_on BETWEEN $1 AND $2 ORDER BY a.expires_on, length(a.number), a.number, c.ordinal", first, last
    )
    return [_payable(row) for row in rows]


def _payable(row: Any) -> Payable:
    fields = dict(row)
    return Payable(**fields | {"approvers": tuple(fields["approvers"])})


async def places(connection: Connection, funds: Sequence[int]) -> dict[int, list[Place]]:
    """Where funds' money lies, by fund: union and currency of the joint bank accounts."""
    rows = await connection.fetch(
        """SELECT b.fund_id, a.custodian AS "union", a.currency::text, sum(b.balance_minor)::bigint AS held_minor
        FROM balances b JOIN accounts a ON a.id = b.account_id
        WHERE b.fund_id = ANY($1::int[]) AND a.book = $2 AND a.role = 'bank' AND a.custodian IS NOT NULL GROUP BY b.fund_id, a.custodian, a.currency""",
        list(funds), JOINT,
    )  # fmt: skip
    found: defaultdict[int, list[Place]] = defaultdict(list)
    for row in rows:
        found[row["fund_id"]].append(Place(row["union"], row["currency"], row["held_minor"]))
    return dict(found)


async def held_in(connection: Connection, fund_id: int, accounts: Sequence[int]) -> dict[int, int]:
    """What a fund has in accounts, minor units by account id."""
    rows = await connection.fetch(
        "SELECT account_id, balance_minor FROM balances WHERE fund_id = $1 AND account_id = ANY($2::int[])", fund_id, list(accounts)
    )
    return {row["account_id"]: row["balance_minor"] for row in rows}
