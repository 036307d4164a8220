"""Read what each week of strikes got, and what the journal says they cost: totals that hold no member, for both unions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from ledger.domain.runway import BURNT_BY_ROLE
from ledger.domain.strike_weeks import Support
from ledger.domain.suppression import SMALL_CELL
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
# A small run of a union whose counts the reader is not told counts nobody, as in ``suppression.told``. What a week came to is known once its run
# was handed over: one computed in the middle of its week still grows.
_FIGURES = f"""
    WITH supports AS (
        SELECT r.strike, r.week, r.ends_on, r.gross_minor AS amount_minor,
            CASE WHEN r.members < $4 AND NOT r.union_code = ANY($3::text[]) THEN 0 ELSE r.members END AS people,
            r.state NOT IN ('draft', 'computed') AS known
        FROM strike_runs r WHERE r.state <> 'cancelled' AND r.strike = ANY($1::text[])
        UNION ALL
        SELECT a.strike, a.week, a.ends_on, a.amount_minor, a.strikers, true
        FROM strike_advances a WHERE a.state <> 'cancelled' AND a.strike = ANY($1::text[])
    ), weeks AS (
        SELECT strike, week, max(ends_on) AS ends_on, sum(amount_minor)::bigint AS amount_minor, sum(people) AS people, bool_or(known) AS known
        FROM supports GROUP BY strike, week
    ), newest AS (
        SELECT strike, max(ends_on) AS ends_on, (array_agg(people ORDER BY week DESC) FILTER (WHERE people > 0))[1] AS people,
            (array_agg(amount_minor ORDER BY week DESC) FILTER (WHERE people > 0 AND known))[1] AS last_minor
        FROM weeks GROUP BY strike
    ), spent AS ({_SPENT})
    SELECT s.number, newest.ends_on, newest.people, coalesce(newest.last_minor, 0) AS last_minor, coalesce(spent.spent_minor, 0) AS spent_minor
    FROM unnest($1::text[]) AS s (number) LEFT JOIN newest ON newest.strike = s.number LEFT JOIN spent ON spent.strike = s.number"""


class StrikeFigures(msgspec.Struct, frozen=True):
    """A strike in figures, money in minor units of its currency: the last day of the newest week that got something (None: none did), how many
    the newest week with anybody in it counted (None: there is none), what the newest such week that was handed over came to, and what all cost by
    the journal.
    """

    ends_on: date | None
    out: int | None
    last_minor: int
    spent_minor: int


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


async def figures(connection: Connection, strikes: Sequence[str], told_of: Sequence[str]) -> dict[str, StrikeFigures]:
    """What a list is sorted by and a union's side adds up, of every strike at once; ``told_of`` are the unions whose small runs may be told."""
    rows = await connection.fetch(_FIGURES, list(strikes), list(BURNT_BY_ROLE), list(told_of), SMALL_CELL)
    return {row["number"]: StrikeFigures(row["ends_on"], row["people"], row["last_minor"], row["spent_minor"]) for row in rows}


async def rosters(connection: Connection, strikes: Sequence[str]) -> dict[str, int]:
    """How many are on the rosters of strikes; inside ``private.rosters_of`` alone, which shows no other union's."""
    rows = await connection.fetch(
        "SELECT strike, count(*) AS members FROM strike_members WHERE strike = ANY($1::text[]) AND left_on IS NULL GROUP BY strike", list(strikes)
    )
    return {row["strike"]: row["members"] for row in rows}


async def rosters_changed(connection: Connection, strikes: Sequence[str]) -> dict[str, datetime]:
    """When anything of the rosters was changed last; inside ``private.rosters_of``, as above."""
    rows = await connection.fetch(
        "SELECT strike, max(changed_at) AS changed_at FROM strike_members WHERE strike = ANY($1::text[]) GROUP BY strike", list(strikes)
    )
    return {row["strike"]: row["changed_at"] for row in rows}


async def duty_days(connection: Connection, spans: Mapping[str, tuple[date, date]]) -> dict[str, dict[date, int]]:
    """How many members have duty recorded on each day of a span, by strike; inside ``private.rosters_of``, as above."""
    found: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for row in await connection.fetch(
        """SELECT d.strike, d.day, count(*) AS members FROM unnest($1::text[], $2::date[], $3::date[]) AS a (strike, first, last)
        JOIN strike_duty d ON d.strike = a.strike AND d.day BETWEEN a.first AND a.last GROUP BY d.strike, d.day ORDER BY d.strike, d.day""",
        list(spans), [first for first, _ in spans.values()], [last for _, last in spans.values()],
    ):  # fmt: skip
        found[row["strike"]][row["day"]] = row["members"]
    return found
