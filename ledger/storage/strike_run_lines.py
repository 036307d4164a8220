"""SQL of the lines of strike runs: who they are for, what each says, and the pages of them. Inside ``rosters_of`` alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.strike_benefits import MemberFacts
from ledger.domain.strike_runs import Member, Run, RunLine
from ledger.domain.text import search_words
from ledger.storage import strike_arrears
from ledger.storage.arrays import columns
from ledger.storage.database import Connection

# One statement's share of a run's lines: what is written at once stays small enough for progress to be seen.
LINES_A_STATEMENT = 10_000


class LineRow(msgspec.Struct, frozen=True):
    """A line to be read by its own union: the member's name and reference, days, amounts, and how it was paid last, if at all."""

    member: int
    reference: str
    name: str
    local: str
    reason: str
    days: int
    week_days: int
    gross_minor: int
    recovered_minor: int
    parts: dict[str, Any]
    attempt: int | None = None
    method: str | None = None
    payment_reference: str | None = None
    payment_state: str | None = None
    issued_on: date | None = None
    ended_on: date | None = None

    @property
    def is_recovered(self) -> bool:
        """Whether what was paid too much before takes it all, so that nothing is paid and there is no payment."""
        return 0 < self.gross_minor == self.recovered_minor


class LineFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of lines is narrowed to. ``shows``: all, paid (get something), exceptions (get less than a whole week), or a payment's state;
    ``issued_by``: cheques written by that day which are still out.
    """

    shows: str = "all"
    issued_by: date | None = None
    reason: str | None = None
    words: str | None = None
    local: int | None = None


_FACTS = """
    SELECT m.member, m.local_id, m.standing, m.payroll AS on_payroll, m.registered_on, m.other_income, m.returned_on, m.crossed_on, m.on_hold,
        m.late, m.penalised_from, m.dependants, m.gross_weekly_minor, m.hourly_rate_minor, m.left_on, m.pay_method, m.pay_reference,
        EXISTS (SELECT FROM strike_members o JOIN strike_run_lines l ON l.strike = o.strike AND l.member = o.member AND l.gross_minor > 0
            JOIN strike_runs r ON r.number = l.run AND r.state <> 'cancelled' AND r.starts_on <= $3 AND r.ends_on >= $2
            WHERE o.union_code = m.union_code AND o.reference_key = m.reference_key AND o.strike <> m.strike) AS duplicate
    FROM strike_members m WHERE m.strike = $1 AND (m.left_on IS NULL OR m.left_on > $2) AND ($4::int[] IS NULL OR m.member = ANY($4)) ORDER BY m.member"""


async def members(
    connection: Connection, strike: str, first: date, last: date, *, with_duty: bool, only: Sequence[int] | None = None
) -> list[Member]:
    """Everybody on the roster in the days from first to last, or some of them, with their facts, their duty, what they still owe and are owed."""
    rows = await connection.fetch(_FACTS, strike, first, last, None if only is None else list(only))
    duty = await _duty(connection, strike, first, last) if with_duty else None
    owes, arrears = await owed(connection, strike), await strike_arrears.open_of(connection, strike)
    none: Mapping[date, int] = {}
    return [
        Member(
            member=row["member"], local_id=row["local_id"], facts=MemberFacts(**{name: row[name] for name in MemberFacts.__struct_fields__}),
            minutes=None if duty is None else duty.get(row["member"], none), owes_minor=owes.get(row["member"], 0),
            arrears_minor=arrears.get(row["member"], 0), pay_method=row["pay_method"], pay_reference=row["pay_reference"],
        )
        for row in rows
    ]  # fmt: skip


async def _duty(connection: Connection, strike: str, first: date, last: date) -> dict[int, dict[date, int]]:
    rows = await connection.fetch(
        """SELECT member, array_agg(day) AS days, array_agg(minutes) AS minutes FROM strike_duty
        WHERE strike = $1 AND day >= $2 AND day <= $3 GROUP BY member""",
        strike, first, last,
    )  # fmt: skip
    return {row["member"]: dict(zip(row["days"], row["minutes"], strict=True)) for row in rows}


async def roster_mark(connection: Connection, strike: str, first: date, last: date) -> str:
    """A text that changes with every change of what a run of these days is computed from: the roster, its duty, what is owed, the strike's days."""
    return str(await connection.fetchval(
        """SELECT md5(concat_ws('/', (SELECT count(*) || ' ' || max(changed_at) FROM strike_members WHERE strike = $1),
            (SELECT count(*) || ' ' || sum(minutes) || ' ' || max(recorded_at) FROM strike_duty WHERE strike = $1 AND day >= $2 AND day <= $3),
            (SELECT sum(amount_minor - recovered_minor) FROM strike_overpayments WHERE strike = $1),
            (SELECT sum(amount_minor) FROM strike_arrears WHERE strike = $1 AND paid_by_run IS NULL),
            (SELECT concat_ws(' ', kind, starts_on, ratified_on, ended_on) FROM strikes WHERE number = $1),
            (SELECT string_agg(day::text, ' ' ORDER BY day) FROM strike_days WHERE strike = $1)))""",
        strike, first, last,
    ))  # fmt: skip


async def keepers(connection: Connection, number: str) -> set[int]:
    """Who changed the roster or duty of a run's strike since its last approved run, or recorded duty of a day that no approved run paid yet."""
    rows = await connection.fetch(
        """WITH run AS (SELECT strike, week, ends_on FROM strike_runs WHERE number = $1),
            decided AS (SELECT o.number, o.week, o.ends_on FROM strike_runs o JOIN run ON run.strike = o.strike
                WHERE o.number <> $1 AND o.state IN ('approved', 'paid', 'reconciled', 'closed')),
            since AS (SELECT coalesce(max(e.recorded_at), '-infinity') AS at FROM strike_run_events e JOIN decided d ON d.number = e.run
                WHERE e.what = 'approved'),
            paid AS (SELECT coalesce(max(d.ends_on), '-infinity') AS until FROM decided d JOIN run ON d.week < run.week)
        SELECT a.person_id FROM audit a JOIN run ON a.subject = run.strike, since
            WHERE a.recorded_at >= since.at AND a.outcome = 'done' AND a.action = ANY($2) AND a.person_id IS NOT NULL
        UNION SELECT m.changed_by FROM strike_members m JOIN run ON run.strike = m.strike, since WHERE m.changed_at >= since.at
        UNION SELECT d.recorded_by FROM strike_duty d JOIN run ON run.strike = d.strike, paid WHERE d.day > paid.until AND d.day <= run.ends_on""",
        number, strike_arrears.KEEPING,
    )  # fmt: skip
    return {row["person_id"] for row in rows}


async def paid_elsewhere(connection: Connection, known: Run) -> int:
    """How many members of a run are paid by a run of another strike for days of the same week, decided since this one was computed."""
    return int(await connection.fetchval(
        """SELECT count(*) FROM strike_run_lines l JOIN strike_members m ON m.strike = l.strike AND m.member = l.member
        WHERE l.run = $1 AND l.gross_minor > 0 AND EXISTS (
            SELECT FROM strike_members o JOIN strike_run_lines x ON x.strike = o.strike AND x.member = o.member AND x.gross_minor > 0
            JOIN strike_runs r ON r.number = x.run AND r.state IN ('approved', 'paid', 'reconciled', 'closed')
                AND r.starts_on <= $3 AND r.ends_on >= $2
            WHERE o.union_code = m.union_code AND o.reference_key = m.reference_key AND o.strike <> m.strike)""",
        known.number, known.starts_on, known.ends_on,
    ))  # fmt: skip


async def owed(connection: Connection, strike: str) -> dict[int, int]:
    """What members were paid too much and still owe, by member."""
    rows = await connection.fetch(
        """SELECT member, sum(amount_minor - recovered_minor)::bigint AS owes FROM strike_overpayments
        WHERE strike = $1 AND recovered_minor < amount_minor GROUP BY member""",
        strike,
    )  # fmt: skip
    return {row["member"]: row["owes"] for row in rows}


async def replace_lines(connection: Connection, known: Run, lines: Sequence[RunLine]) -> None:
    """Keep the lines of a run in place of those computed before."""
    await connection.execute("DELETE FROM strike_run_lines WHERE run = $1", known.number)
    for start in range(0, len(lines), LINES_A_STATEMENT):
        await connection.execute(
            """INSERT INTO strike_run_lines (run, strike, union_code, member, local_id, reason, days, week_days, gross_minor, recovered_minor, parts,
                pay_method, pay_reference, arrears_minor, minutes)
            SELECT $1, $2, $3, m, l, r, d, w, g, c, p::jsonb, t, f, a, u FROM unnest($4::text::int[], $5::text::int[], $6::text::text[],
                $7::text::smallint[], $8::text::smallint[], $9::text::bigint[], $10::text::bigint[], $11::text::text[], $12::text::text[],
                $13::text::text[], $14::text::bigint[], $15::text::int[]) AS x (m, l, r, d, w, g, c, p, t, f, a, u)""",
            known.number, known.strike, known.union, *columns(list(_rows(lines[start : start + LINES_A_STATEMENT])), 12),
        )  # fmt: skip


def _rows(lines: Sequence[RunLine]) -> Iterator[tuple[Any, ...]]:
    for each in lines:
        line = each.line
        parts = {"status": line.status, "parts": line.parts, "missed": line.missed, "note": line.note}
        yield (
            each.member, each.local_id, line.reason, line.days, line.week_days, line.gross_minor, each.recovered_minor,
            msgspec.json.encode(parts).decode(), each.pay_method, each.pay_reference, each.arrears_minor, each.minutes,
        )  # fmt: skip


_LINES = """
    SELECT l.member, m.reference, m.name, c.number AS local, l.reason, l.days, l.week_days, l.gross_minor, l.recovered_minor, l.parts,
        p.attempt, p.method, p.reference AS payment_reference, p.state AS payment_state, p.issued_on, p.ended_on
    FROM strike_run_lines l JOIN strike_members m ON m.strike = l.strike AND m.member = l.member JOIN locals c ON c.id = l.local_id
    LEFT JOIN strike_payments p ON p.run = l.run AND p.member = l.member AND p.state <> 'replaced'"""
_SHOWS = {
    "all": "true", "paid": "l.gross_minor > 0", "exceptions": "l.parts->>'status' <> 'full'", "recovered": "l.recovered_minor > 0",
}  # fmt: skip

# Row-level security makes PostgreSQL expect a line or two, so it would fetch and sort all to show a page. The key is in the order already.
_IN_ORDER = "SELECT " + ", ".join(f"set_config('enable_{way}', 'off', true)" for way in ("sort", "bitmapscan", "hashjoin", "mergejoin"))
PAYMENT_STATES = ("issued", "cleared", "stopped", "void", "unclaimed")
SHOWS = (*_SHOWS, *PAYMENT_STATES)


async def lines(connection: Connection, number: str, narrowed: LineFilter, after: int = 0, limit: int | None = None) -> list[LineRow]:
    """Lines that fit, in the roster's order, beginning after a member's number."""
    shows = _SHOWS.get(narrowed.shows, "p.state = $6")
    await connection.execute(_IN_ORDER)
    rows = await connection.fetch(
        f"""{_LINES} WHERE l.run = $1 AND l.member > $2 AND ($3::text IS NULL OR l.reason = $3) AND ($4::int IS NULL OR l.local_id = $4)
        AND ($5::text IS NULL OR ' ' || m.name_key LIKE ALL ($9::text[]) OR upper(m.reference) = upper($5) OR p.reference = $5)
        AND {shows} AND $6::text IS NOT NULL
        AND ($8::date IS NULL OR (p.state = 'issued' AND p.method = 'cheque' AND p.issued_on <= $8)) ORDER BY l.member LIMIT $7""",
        number, after, narrowed.reason, narrowed.local, narrowed.words, narrowed.shows, limit, narrowed.issued_by,
        _patterns(narrowed.words or ""),
    )  # fmt: skip
    return [LineRow(**dict(row)) for row in rows]


def _patterns(words: str) -> list[str]:
    """The beginnings of a name's words; what holds none, such as a cheque's number, is no name."""
    return [f"% {word}%" for word in search_words(words) if word] or ["-"]


async def line(connection: Connection, number: str, member: int) -> LineRow:
    """One member's line; refuses an unknown one."""
    row = await connection.fetchrow(f"{_LINES} WHERE l.run = $1 AND l.member = $2", number, member)
    if row is None:
        raise NotFound(kind="line", id=str(member)[:40])
    return LineRow(**dict(row))
