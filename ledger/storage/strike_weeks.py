"""Read what each week of strikes got, and what the journal says they cost: totals that hold no member, for both unions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from ledger.domain.runway import BURNT_BY_ROLE
from ledger.domain.strike_weeks import Support
from ledger.storage.database import Connection

_SUPPORTS = """
    SELECT 'run' AS kind, r.strike, r.union_code AS "union", r.number, r.week, r.starts_on, r.ends_on, '' AS local, r.members AS people,
        r.eligible AS paid, r.gross_minor AS amount_minor, r.currency, r.state, r.state_since, '' AS hold,
        coalesce(r.submitted_by, r.made_by) AS made_by, r.approved_by
    FROM strike_runs r WHERE r.state <> 'cancelled' AND r.strike = ANY($1::text[])
    UNION ALL
    SELECT 'advance', a.strike, a.union_code, a.number, a.week, a.starts_on, a.ends_on, l.number, a.strikers, a.strikers, a.amount_minor, a.currency,
        a.state, a.state_since, a.hold_reason, a.proposed_by, a.approved_by
    FROM strike_advances a JOIN locals l ON l.id = a.local_id WHERE a.state <> 'cancelled' AND a.strike = ANY($1::text[])
    ORDER BY strike, week, local, number"""
# What a strike did is in its events and its runs' events; both name the entries.
_SPENT = """
    WITH named AS (
        SELECT e.strike, e.entry_number FROM strike_events e WHERE e.strike = ANY($1::text[]) AND e.entry_number IS NOT NULL
        UNION SELECT r.strike, e.entry_number FROM strike_run_events e JOIN strike_runs r ON r.number = e.run
            WHERE r.strike = ANY($1::text[]) AND e.entry_number IS NOT NULL)
    SELECT n.strike, sum(p.amount_minor)::bigint AS spent_minor
    FROM named n JOIN postings p ON p.entry_number = n.entry_number JOIN accounts a ON a.id = p.account_id
    WHERE a.role = ANY($2::text[]) GROUP BY n.strike"""


async def supports(connection: Connection, strikes: Sequence[str]) -> dict[str, list[Support]]:
    """The runs and advances of strikes that were not cancelled, week by week."""
    found: defaultdict[str, list[Support]] = defaultdict(list)
    for row in await connection.fetch(_SUPPORTS, list(strikes)):
        found[row["strike"]].append(Support(**dict(row)))
    return found


async def numbered(connection: Connection, number: str) -> list[Support]:
    """The run or advance of a number; of one that was cancelled nothing."""
    strike = await connection.fetchval(
        "SELECT strike FROM strike_runs WHERE number = $1 UNION ALL SELECT strike FROM strike_advances WHERE number = $1 LIMIT 1", number
    )
    return [each for each in (await supports(connection, [strike]))[strike] if each.number == number] if strike else []


async def spent(connection: Connection, strikes: Sequence[str]) -> dict[str, int]:
    """What strikes cost by the journal so far, in minor units of each one's currency: approved benefits and paid advances, less what came back."""
    rows = await connection.fetch(_SPENT, list(strikes), list(BURNT_BY_ROLE))
    return {row["strike"]: row["spent_minor"] for row in rows}


async def roster(connection: Connection, strike: str) -> int:
    """How many are on a strike's roster; inside ``private.rosters_of`` alone, which shows no other union's."""
    count: int = await connection.fetchval("SELECT count(*) FROM strike_members WHERE strike = $1 AND left_on IS NULL", strike)
    return count


async def roster_changed(connection: Connection, strike: str) -> datetime | None:
    """When anything of a roster was changed last; inside ``private.rosters_of``, as above."""
    found: datetime | None = await connection.fetchval("SELECT max(changed_at) FROM strike_members WHERE strike = $1", strike)
    return found


async def duty_days(connection: Connection, strike: str, first: date, last: date) -> dict[date, int]:
    """How many members have duty recorded on each day; inside ``private.rosters_of``, as above."""
    rows = await connection.fetch(
        "SELECT day, count(*) AS members FROM strike_duty WHERE strike = $1 AND day BETWEEN $2 AND $3 GROUP BY day ORDER BY day", strike, first, last
    )
    return {row["day"]: row["members"] for row in rows}
