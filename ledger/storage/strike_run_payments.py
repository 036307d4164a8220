"""SQL of the payments of strike runs and of what was paid too much. Inside ``rosters_of`` alone."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.strike_runs import Run
from ledger.storage.arrays import columns, literal
from ledger.storage.database import Connection


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
