"""Read and keep weekly runs with their lines and payments; what is private of them only inside ``private.rosters_of``.

Fifty thousand lines are read, written and paid in a handful of statements, never one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.strike_benefits import MemberFacts
from ledger.domain.strike_runs import CountRow, Member, Run, RunLine
from ledger.domain.text import search_words
from ledger.storage import strike_arrears
from ledger.storage.arrays import columns, literal
from ledger.storage.database import Connection

# One statement's share of a run's lines: what is written at once stays small enough for progress to be seen.
LINES_A_STATEMENT = 10_000


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of runs is narrowed to; None does not narrow."""

    strike: str | None = None
    union: str | None = None
    state: str | None = None


class RunEvent(msgspec.Struct, frozen=True):
    """One step in a run's life; of payments how much, not whose."""

    ordinal: int
    recorded_at: datetime
    person: str
    what: str
    remark: str
    amount_minor: int
    happened_on: date | None
    entry: int | None
    fee_entry: int | None


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


class Payment(msgspec.Struct, frozen=True):
    """One attempt to pay a line; ``reason`` and ``ended_on`` say what became of it."""

    member: int
    attempt: int
    method: str
    reference: str
    amount_minor: int
    state: str
    issued_on: date
    ended_on: date | None = None
    reason: str = ""
    ended_by: int | None = None


class Overpaid(msgspec.Struct, frozen=True):
    """What of a line was found to be paid too much, and how much of it is settled: by later runs, paid back or written off."""

    amount_minor: int
    recovered_minor: int
    found_on: date
    reason: str
    entry: int


_RUNS = """
    SELECT r.number, r.strike, s.name AS strike_name, r.union_code AS "union", r.week, r.starts_on, r.ends_on, r.currency, r.rule_set,
        r.rule_version, r.state, r.state_since, r.revision, r.members, r.eligible, r.full_weeks, r.gross_minor, r.recovered_minor, r.made_by,
        r.made_at, r.computed_by, r.submitted_by, r.approved_by, r.approved_on, r.accrual_entry, r.paid_by, r.paid_on, r.account_id,
        r.payment_entry, r.remark
    FROM strike_runs r JOIN strikes s ON s.number = r.strike"""


# --- runs, which hold no member -------------------------------------------------------------------------------------------


async def run(connection: Connection, number: str, lock: bool = False) -> Run:
    """One run by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_RUNS} WHERE r.number = $1 {'FOR UPDATE OF r' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="run", id=number[:40])
    return Run(**dict(row))


async def runs(connection: Connection, narrowed: RunFilter, after: str | None = None, limit: int | None = None) -> list[Run]:
    """Those that fit, the newest week first, beginning after a run's number."""
    rows = await connection.fetch(
        f"""{_RUNS} WHERE ($1::text IS NULL OR r.strike = $1) AND ($2::text IS NULL OR r.union_code = $2) AND ($3::text IS NULL OR r.state = $3)
        AND ($4::text IS NULL OR (r.starts_on, r.number) < (SELECT l.starts_on, l.number FROM strike_runs l WHERE l.number = $4))
        ORDER BY r.starts_on DESC, r.number DESC LIMIT $5""",
        narrowed.strike, narrowed.union, narrowed.state, after, limit,
    )  # fmt: skip
    return [Run(**dict(row)) for row in rows]


async def live_run(connection: Connection, strike: str, week: int) -> str | None:
    """The number of the week's run that was not cancelled, if there is one."""
    found: str | None = await connection.fetchval(
        "SELECT number FROM strike_runs WHERE strike = $1 AND week = $2 AND state <> 'cancelled'", strike, week
    )
    return found


async def before(connection: Connection, known: Run) -> Run | None:
    """The strike's run of the nearest week before, to compare with."""
    row = await connection.fetchrow(
        f"{_RUNS} WHERE r.strike = $1 AND r.week < $2 AND r.state <> 'cancelled' ORDER BY r.week DESC LIMIT 1", known.strike, known.week
    )
    return None if row is None else Run(**dict(row))


async def mark_of(connection: Connection, number: str) -> str:
    """The mark of the roster that a run was computed from."""
    return str(await connection.fetchval("SELECT mark FROM strike_runs WHERE number = $1", number))


async def add(connection: Connection, new: Run) -> None:
    """Keep a new run."""
    await connection.execute(
        """INSERT INTO strike_runs (number, strike, union_code, week, starts_on, ends_on, currency, rule_set, rule_version, state, state_since,
            revision, members, eligible, full_weeks, gross_minor, recovered_minor, made_by, made_at, remark, mark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, $12, $13, '', '')""",
        new.number, new.strike, new.union, new.week, new.starts_on, new.ends_on, new.currency, new.rule_set, new.rule_version, new.state,
        new.state_since, new.made_by, new.made_at,
    )  # fmt: skip


async def save(connection: Connection, number: str, **fields: Any) -> None:
    """Change columns of a run."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 2))
    await connection.execute(f"UPDATE strike_runs SET {places} WHERE number = $1", number, *fields.values())


async def add_event(
    connection: Connection, number: str, person_id: int, what: str, now: datetime, *, remark: str = "", amount_minor: int = 0,
    happened_on: date | None = None, entry: int | None = None, fee_entry: int | None = None,
) -> None:  # fmt: skip
    """Keep one step of a run's life; no member in it."""
    await connection.execute(
        """INSERT INTO strike_run_events (run, ordinal, recorded_at, person_id, what, remark, amount_minor, happened_on, entry_number, fee_entry)
        SELECT $1, 1 + coalesce(max(ordinal), 0), $2, $3, $4, $5, $6, $7, $8, $9 FROM strike_run_events WHERE run = $1""",
        number, now, person_id, what, remark, amount_minor, happened_on, entry, fee_entry,
    )  # fmt: skip


async def events(connection: Connection, number: str) -> list[RunEvent]:
    """What happened to a run, the oldest first."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, p.name AS person, e.what, e.remark, e.amount_minor, e.happened_on, e.entry_number AS entry, e.fee_entry
        FROM strike_run_events e JOIN people p ON p.id = e.person_id WHERE e.run = $1 ORDER BY e.ordinal""",
        number,
    )  # fmt: skip
    return [RunEvent(**dict(row)) for row in rows]


async def add_counts(connection: Connection, number: str, revision: int, counts: Sequence[CountRow]) -> None:
    """Keep how many members of each local had which reason, as this revision computed it."""
    await connection.execute(
        """INSERT INTO strike_run_counts (run, revision, local_id, reason, members, gross_minor, recovered_minor)
        SELECT $1, $2, * FROM unnest($3::text::int[], $4::text::text[], $5::text::int[], $6::text::bigint[], $7::text::bigint[])""",
        number, revision, *columns(counts, 5),
    )  # fmt: skip


async def counts_of(connection: Connection, known: Run) -> list[CountRow]:
    """The counts of a run's last revision."""
    rows = await connection.fetch(
        """SELECT local_id, reason, members, gross_minor, recovered_minor FROM strike_run_counts WHERE run = $1 AND revision = $2
        ORDER BY local_id, reason""",
        known.number, known.revision,
    )  # fmt: skip
    return [CountRow(**dict(row)) for row in rows]


# --- what a run is computed from ------------------------------------------------------------------------------------------

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


# --- lines ----------------------------------------------------------------------------------------------------------------


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


# --- payments -------------------------------------------------------------------------------------------------------------


async def to_pay(connection: Connection, number: str) -> list[tuple[int, str, str, int]]:
    """(member, method, reference of the paying system, minor units) of every line with something to pay, in the roster's order."""
    rows = await connection.fetch(
        """SELECT l.member, l.pay_method, l.pay_reference, l.gross_minor - l.recovered_minor AS pay FROM strike_run_lines l
        WHERE l.run = $1 AND l.gross_minor > l.recovered_minor ORDER BY l.member""",
        number,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def payments_of(connection: Connection, number: str, member: int) -> list[Payment]:
    """Every attempt to pay a line, the last first."""
    rows = await connection.fetch(
        """SELECT member, attempt, method, reference, amount_minor, state, issued_on, ended_on, reason, ended_by FROM strike_payments
        WHERE run = $1 AND member = $2 ORDER BY attempt DESC""",
        number, member,
    )  # fmt: skip
    return [Payment(**dict(row)) for row in rows]


async def aged_cheques(connection: Connection, issued_by: date, number: str | None = None) -> list[tuple[str, str, int, int, date]]:
    """(run, currency, cheques, minor units, the oldest's day) of cheques written by a day that are still out, by run."""
    rows = await connection.fetch(
        """SELECT p.run, r.currency::text, count(*), sum(p.amount_minor)::bigint, min(p.issued_on) FROM strike_payments p
        JOIN strike_runs r ON r.number = p.run
        WHERE p.state = 'issued' AND p.method = 'cheque' AND p.issued_on <= $1 AND ($2::text IS NULL OR p.run = $2)
        GROUP BY p.run, r.currency ORDER BY min(p.issued_on), p.run""",
        issued_by, number,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def taken_cheque(connection: Connection, union: str, account_id: int, numbers: Sequence[str]) -> str | None:
    """One of the cheque numbers that was written on this bank account already, if any."""
    found: str | None = await connection.fetchval(
        """SELECT p.reference FROM strike_payments p JOIN strike_runs r ON r.number = p.run
        WHERE p.union_code = $1 AND p.method = 'cheque' AND r.account_id = $2 AND p.reference = ANY($3::text::text[]) LIMIT 1""",
        union, account_id, literal(list(numbers)),
    )  # fmt: skip
    return found


async def add_payments(connection: Connection, known: Run, attempt: int, rows: Sequence[tuple[int, str, str, int]], issued_on: date) -> None:
    """Keep payments of (member, method, reference, minor units), at most :data:`LINES_A_STATEMENT` at once."""
    await connection.execute(
        """INSERT INTO strike_payments (run, strike, union_code, attempt, issued_on, state, reason, member, method, reference, amount_minor)
        SELECT $1, $2, $3, $4, $5, 'issued', '', * FROM unnest($6::text::int[], $7::text::text[], $8::text::text[], $9::text::bigint[])""",
        known.number, known.strike, known.union, attempt, issued_on, *columns(list(rows), 4),
    )  # fmt: skip


async def payments(connection: Connection, number: str, members_: Sequence[int] | None, states: Sequence[str]) -> list[Payment]:
    """The last payments of some members, or of all, that are in one of these states."""
    rows = await connection.fetch(
        """SELECT member, attempt, method, reference, amount_minor, state, issued_on, ended_on, reason, ended_by FROM strike_payments
        WHERE run = $1 AND state = ANY($3::text[]) AND ($2::text IS NULL OR member = ANY($2::text::int[])) ORDER BY member""",
        number, None if members_ is None else literal(list(members_)), list(states),
    )  # fmt: skip
    return [Payment(**dict(row)) for row in rows]


async def payments_page(connection: Connection, number: str, states: Sequence[str], after: int, limit: int) -> list[Payment]:
    """A page of the last payments that are in one of these states, in the roster's order, beginning after a member's number."""
    rows = await connection.fetch(
        """SELECT member, attempt, method, reference, amount_minor, state, issued_on, ended_on, reason, ended_by FROM strike_payments
        WHERE run = $1 AND state = ANY($2::text[]) AND member > $3 ORDER BY member LIMIT $4""",
        number, list(states), after, limit,
    )  # fmt: skip
    return [Payment(**dict(row)) for row in rows]


async def stopped(connection: Connection, union: str) -> list[tuple[str, str, str, int, int, date]]:
    """(run, strike's name, currency, payments, minor units, since) of the runs with payments that were stopped and not issued again."""
    rows = await connection.fetch(
        """SELECT p.run, s.name, r.currency::text, count(*)::int, sum(p.amount_minor)::bigint, min(p.ended_on)
        FROM strike_payments p JOIN strike_runs r ON r.number = p.run JOIN strikes s ON s.number = r.strike
        WHERE p.state = 'stopped' AND p.union_code = $1 GROUP BY p.run, s.name, r.currency ORDER BY p.run""",
        union,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def set_payments(
    connection: Connection, number: str, members_: Sequence[int], before_: Sequence[str], state: str, day: date, reason: str, person_id: int
) -> None:
    """Put the payments of members that are in one of these states into another."""
    await connection.execute(
        """UPDATE strike_payments SET state = $4, ended_on = $5, reason = $6, ended_by = $7
        WHERE run = $1 AND member = ANY($2::text::int[]) AND state = ANY($3::text[])""",
        number, literal(list(members_)), list(before_), state, day, reason, person_id,
    )  # fmt: skip


async def payment_sums(connection: Connection, number: str) -> dict[str, tuple[int, int]]:
    """(payments, minor units) of a run by state; what was replaced by another payment is left out."""
    rows = await connection.fetch(
        """SELECT state, count(*) AS payments, sum(amount_minor)::bigint AS minor FROM strike_payments
        WHERE run = $1 AND state <> 'replaced' GROUP BY state""",
        number,
    )  # fmt: skip
    return {row["state"]: (row["payments"], row["minor"]) for row in rows}


# --- what was paid too much -----------------------------------------------------------------------------------------------


async def overpaid_minor(connection: Connection, number: str, member: int) -> int:
    """What of a line was found to be paid too much so far."""
    return int(await connection.fetchval(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM strike_overpayments WHERE run = $1 AND member = $2", number, member
    ))  # fmt: skip


async def add_overpayment(connection: Connection, known: Run, member: int, amount_minor: int, found_on: date, reason: str, entry: int) -> None:
    """Keep what a member was paid too much."""
    await connection.execute(
        """INSERT INTO strike_overpayments (strike, member, ordinal, union_code, run, amount_minor, recovered_minor, found_on, reason, entry_number)
        SELECT $1, $2, 1 + coalesce(max(ordinal), 0), $3, $4, $5, 0, $6, $7, $8 FROM strike_overpayments WHERE strike = $1 AND member = $2""",
        known.strike, member, known.union, known.number, amount_minor, found_on, reason, entry,
    )  # fmt: skip


async def overpaid_of(connection: Connection, number: str, member: int) -> list[Overpaid]:
    """What of a line was found to be paid too much, the oldest first."""
    rows = await connection.fetch(
        """SELECT amount_minor, recovered_minor, found_on, reason, entry_number AS entry FROM strike_overpayments
        WHERE run = $1 AND member = $2 ORDER BY ordinal""",
        number, member,
    )  # fmt: skip
    return [Overpaid(**dict(row)) for row in rows]


async def recovering(connection: Connection, number: str) -> dict[int, int]:
    """What a run recovers, by member."""
    rows = await connection.fetch("SELECT member, recovered_minor FROM strike_run_lines WHERE run = $1 AND recovered_minor > 0", number)
    return {row["member"]: row["recovered_minor"] for row in rows}


async def overpayments(connection: Connection, strike: str, members_: Sequence[int]) -> dict[int, list[tuple[int, int, int]]]:
    """(ordinal, minor units, recovered minor units) by member, the oldest first."""
    found: dict[int, list[tuple[int, int, int]]] = {member: [] for member in members_}
    for row in await connection.fetch(
        """SELECT member, ordinal, amount_minor, recovered_minor FROM strike_overpayments WHERE strike = $1 AND member = ANY($2::int[])
        ORDER BY member, ordinal""",
        strike, list(members_),
    ):  # fmt: skip
        found[row["member"]].append((row["ordinal"], row["amount_minor"], row["recovered_minor"]))
    return found


async def set_recovered(connection: Connection, strike: str, rows: Sequence[tuple[int, int, int]]) -> None:
    """Keep what is recovered now of (member, ordinal, minor units)."""
    await connection.execute(
        """UPDATE strike_overpayments o SET recovered_minor = x.minor FROM unnest($2::text::int[], $3::text::int[], $4::text::bigint[])
            AS x (member, ordinal, minor) WHERE o.strike = $1 AND o.member = x.member AND o.ordinal = x.ordinal""",
        strike, *columns(list(rows), 3),
    )  # fmt: skip
