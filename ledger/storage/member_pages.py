"""Read what a quarter's members' page tells, in sums alone; keep its versions, who said what, and the switch."""

from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.chart import JOINT
from ledger.domain.member_pages import STRIKE, Asked, Figures, Frozen, Hours, MemberPage, State, Struck, Sum
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection

# --- a quarter's sums -----------------------------------------------------------------------------------------------------


async def received(connection: Connection, first: date, last: date) -> tuple[Sum, ...]:
    """Money that came in, by the union that gave it; what was taken back is left out."""
    rows = await connection.fetch(
        """SELECT union_code, currency::text, sum(amount_minor)::bigint AS amount FROM contributions
        WHERE state = 'received' AND received_on BETWEEN $1 AND $2 GROUP BY union_code, currency ORDER BY union_code, currency""",
        first, last,
    )  # fmt: skip
    return tuple(Sum(*row) for row in rows)


async def struck(connection: Connection, first: date, last: date) -> list[Struck]:
    """Each strike's support that was paid in the quarter, and the most members that one of its weeks had; never who."""
    rows = await connection.fetch(
        """SELECT strike, union_code, currency, paid_as, sum(members)::int AS members, sum(amount)::bigint AS amount
        FROM (
            SELECT strike, union_code, currency::text, 'benefits' AS paid_as, max(eligible) AS members, sum(gross_minor - recovered_minor) AS amount
            FROM strike_runs WHERE paid_on BETWEEN $1 AND $2 AND state IN ('paid', 'reconciled', 'closed') GROUP BY strike, union_code, currency
            UNION ALL
            SELECT strike, union_code, currency::text, 'advances', max(strikers), sum(amount_minor)
            FROM strike_advances WHERE paid_on BETWEEN $1 AND $2 AND state = 'paid' GROUP BY strike, union_code, currency, local_id) AS paid
        GROUP BY strike, union_code, currency, paid_as ORDER BY strike, currency, paid_as""",
        first, last,
    )  # fmt: skip
    return [Struck(*row) for row in rows]


# What an expense of the joint book is where it supports a strike, and the kinds of entries that book what ``struck`` counts.
_SUPPORTS = ("strike_benefits", "strike_locals", "strike_medical", "hardship_grants")
_COUNTED = ("strike_run", "strike_run_payment", "strike_payment_change", "strike_advance", "strike_report", "strike_return")


async def supported_otherwise(connection: Connection, first: date, last: date) -> bool:
    """Whether money was paid for strikes in the quarter that ``struck`` does not count: on a request, as a grant, or by an entry of its own."""
    found: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT FROM postings p JOIN entries e ON e.number = p.entry_number
            JOIN accounts a ON a.id = p.account_id JOIN funds f ON f.id = p.fund_id
            WHERE a.book = $1 AND p.entry_date BETWEEN $2 AND $3 AND NOT e.kind = ANY($4::text[])
                AND (a.role = ANY($5::text[]) OR (a.role = '' AND a.path LIKE 'Expense:%' AND f.purpose = $6))
            GROUP BY a.currency HAVING sum(p.amount_minor) > 0)""",
        JOINT, first, last, list(_COUNTED), list(_SUPPORTS), STRIKE,
    )  # fmt: skip
    return found


async def approved(connection: Connection, first: date, last: date) -> tuple[Sum, ...]:
    """What both unions approved on requests, by initiative; never for which campaign."""
    rows = await connection.fetch(
        """SELECT c.initiative, k.currency::text, sum(k.committed_minor)::bigint AS amount FROM commitments k
        JOIN allocations a ON a.number = k.allocation JOIN campaigns c ON c.number = a.campaign
        WHERE EXISTS (SELECT FROM allocation_events e WHERE e.allocation = a.number AND e.what = 'committed'
            AND (e.recorded_at AT TIME ZONE 'America/Toronto')::date BETWEEN $1 AND $2)
        GROUP BY c.initiative, k.currency ORDER BY c.initiative, k.currency""",
        first, last,
    )  # fmt: skip
    return tuple(Sum(*row) for row in rows)


async def spent(connection: Connection, first: date, last: date) -> tuple[Sum, ...]:
    """What was paid on approved requests, by initiative; never for which campaign."""
    rows = await connection.fetch(
        """SELECT c.initiative, p.currency::text, sum(p.amount_minor)::bigint AS amount FROM allocation_payments p
        JOIN allocations a ON a.number = p.allocation JOIN campaigns c ON c.number = a.campaign
        WHERE p.state <> 'reversed' AND p.paid_on BETWEEN $1 AND $2 GROUP BY c.initiative, p.currency ORDER BY c.initiative, p.currency""",
        first, last,
    )  # fmt: skip
    return tuple(Sum(*row) for row in rows)


async def lent(connection: Connection, first: date, last: date) -> tuple[Hours, ...]:
    """Hours that one union lent the other, by who lent them."""
    rows = await connection.fetch(
        """SELECT b.lender, sum(d.quantity) AS hours FROM deliveries d JOIN bookings b ON b.number = d.booking JOIN resources r ON r.number = b.resource
        WHERE d.state = 'confirmed' AND r.unit = 'hour' AND b.lender <> b.borrower AND d.ends_on BETWEEN $1 AND $2
        GROUP BY b.lender ORDER BY b.lender""",
        first, last,
    )  # fmt: skip
    return tuple(Hours(row["lender"], row["hours"]) for row in rows)


async def purposes(connection: Connection, last: date) -> tuple[Sum, ...]:
    """What the funds of each purpose held at the end of a day, in the joint book: assets less liabilities."""
    rows = await connection.fetch(
        """SELECT f.purpose, a.currency::text, sum(p.amount_minor)::bigint AS amount FROM postings p
        JOIN accounts a ON a.id = p.account_id JOIN funds f ON f.id = p.fund_id
        WHERE a.book = $1 AND p.entry_date <= $2 AND (a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%')
        GROUP BY f.purpose, a.currency HAVING sum(p.amount_minor) <> 0 ORDER BY f.purpose, a.currency""",
        JOINT, last,
    )  # fmt: skip
    return tuple(Sum(*row) for row in rows)


_SUPPORTING = "SELECT DISTINCT f.purpose FROM strikes s JOIN funds f ON f.id = s.fund_id ORDER BY f.purpose"


async def supporting(connection: Connection) -> set[str]:
    """The purposes of the funds that strike support is paid out of: a strike's fund stays its own once it has begun."""
    return {row["purpose"] for row in await connection.fetch(_SUPPORTING)}


async def first_day(connection: Connection) -> date | None:
    """The day of the first entry; None in empty books."""
    found: date | None = await connection.fetchval("SELECT min(entry_date) FROM entries")
    return found


# --- versions -------------------------------------------------------------------------------------------------------------

_PAGE = f"""SELECT m.quarter, m.version, m.state, m.state_since, p.name AS proposed_by, m.proposed_at, m.facts, m.facts_sha256,
    ARRAY(SELECT s.union_code FROM member_page_steps s WHERE s.quarter = m.quarter AND s.version = m.version AND s.what = 'approved'
        ORDER BY s.union_code) AS approved,
    ARRAY({_SUPPORTING}) AS supporting
    FROM member_pages m JOIN people p ON p.id = m.proposed_by"""


def _page(row: Any) -> MemberPage:
    return MemberPage(**{**dict(row), "approved": tuple(row["approved"]), "supporting": tuple(row["supporting"])})


async def hold(connection: Connection, quarter: str) -> None:
    """Let nobody else decide about a quarter's versions, or propose one, until this transaction ends."""
    await connection.execute("SELECT FROM counters WHERE name = $1 FOR UPDATE", f"member_page_{quarter}")


async def find(connection: Connection, quarter: str, version: int) -> MemberPage:
    """One version; refuses one that is not there."""
    row = await connection.fetchrow(f"{_PAGE} WHERE m.quarter = $1 AND m.version = $2", quarter, version)
    if row is None:
        raise NotFound(kind="page", id=f"{quarter[:20]}/{version}")
    return _page(row)


async def every(connection: Connection) -> list[MemberPage]:
    """Every version, the latest quarter and version first."""
    return [_page(row) for row in await connection.fetch(f"{_PAGE} ORDER BY m.quarter DESC, m.version DESC")]


async def shown(connection: Connection, quarter: str | None) -> MemberPage | None:
    """The version that is shown of a quarter, or of the latest that has one."""
    row = await connection.fetchrow(
        f"{_PAGE} WHERE m.state = 'shown' AND ($1::text IS NULL OR m.quarter = $1) ORDER BY m.quarter DESC LIMIT 1", quarter
    )
    return None if row is None else _page(row)


async def shown_before(connection: Connection, quarter: str) -> list[Figures]:
    """What every version of a quarter told that was ever shown, whatever became of it and whichever unions there are by now."""
    # While servers are replaced one by one, one of before shows a version without the step: with the approval of each union that there is.
    rows = await connection.fetch(
        """SELECT m.facts FROM member_pages m WHERE m.quarter = $1 AND (
            EXISTS (SELECT FROM member_page_steps s WHERE s.quarter = m.quarter AND s.version = m.version AND s.what = 'shown')
            OR NOT EXISTS (SELECT FROM unions u WHERE NOT EXISTS (SELECT FROM member_page_steps s
                WHERE s.quarter = m.quarter AND s.version = m.version AND s.what = 'approved' AND s.union_code = u.code)))
        ORDER BY m.version""",
        quarter,
    )  # fmt: skip
    return [msgspec.json.decode(row["facts"], type=Frozen).figures for row in rows]


async def waiting(connection: Connection, union: str) -> list[tuple[str, int, str, str, datetime]]:
    """(quarter, version, who proposed it, of which union, when) of the versions that wait for a union's approval."""
    rows = await connection.fetch(
        """SELECT m.quarter, m.version, p.name, coalesce(p.union_code, '') AS union_code, m.proposed_at
        FROM member_pages m JOIN people p ON p.id = m.proposed_by
        WHERE m.state = 'proposed' AND NOT EXISTS (SELECT FROM member_page_steps s
            WHERE s.quarter = m.quarter AND s.version = m.version AND s.what = 'approved' AND s.union_code = $1)
        ORDER BY m.quarter, m.version""",
        union,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def shown_quarters(connection: Connection) -> list[str]:
    """The quarters that a version is shown of, the latest first."""
    return [row[0] for row in await connection.fetch("SELECT quarter FROM member_pages WHERE state = 'shown' ORDER BY quarter DESC")]


async def add(connection: Connection, page: MemberPage, head_number: int, head_hash: bytes, person_id: int) -> None:
    """A version that waits; the one that waited before it is replaced."""
    await connection.execute(
        "UPDATE member_pages SET state = 'replaced', state_since = $2 WHERE quarter = $1 AND state = 'proposed'", page.quarter, page.proposed_at
    )
    await connection.execute(
        """INSERT INTO member_pages (quarter, version, state, state_since, facts, facts_sha256, head_number, head_hash, proposed_by, proposed_at)
        VALUES ($1, $2, 'proposed', $3, $4, $5, $6, $7, $8, $3)""",
        page.quarter, page.version, page.proposed_at, page.facts, page.facts_sha256, head_number, head_hash, person_id,
    )  # fmt: skip


async def add_step(connection: Connection, page: MemberPage, union: str, person_id: int, what: str, now: datetime) -> None:
    """Who said what about a version."""
    await connection.execute(
        """INSERT INTO member_page_steps (quarter, version, ordinal, union_code, person_id, what, at)
        SELECT $1, $2, coalesce(max(ordinal), 0) + 1, $3, $4, $5, $6 FROM member_page_steps WHERE quarter = $1 AND version = $2""",
        page.quarter, page.version, union, person_id, what, now,
    )  # fmt: skip


async def set_state(connection: Connection, page: MemberPage, state: State, now: datetime) -> None:
    """Move a version on; one that is shown takes the place of the one before."""
    if state == "shown":
        await connection.execute(
            "UPDATE member_pages SET state = 'replaced', state_since = $2 WHERE quarter = $1 AND state = 'shown'", page.quarter, now
        )
    await connection.execute(
        "UPDATE member_pages SET state = $3, state_since = $4 WHERE quarter = $1 AND version = $2", page.quarter, page.version, state, now
    )


# --- the switch -----------------------------------------------------------------------------------------------------------


async def switches(connection: Connection) -> dict[str, Asked]:
    """Each union's last word."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (s.union_code) s.union_code, s.is_on, s.ordinal, p.name, s.at
        FROM member_page_switches s JOIN people p ON p.id = s.person_id ORDER BY s.union_code, s.ordinal DESC"""
    )
    return {row["union_code"]: Asked(*row) for row in rows}


async def add_switch(connection: Connection, ordinal: int, union: str, is_on: bool, person_id: int, now: datetime) -> None:
    """A union's word."""
    await connection.execute(
        "INSERT INTO member_page_switches (ordinal, union_code, is_on, person_id, at) VALUES ($1, $2, $3, $4, $5)", ordinal, union, is_on, person_id, now
    )
