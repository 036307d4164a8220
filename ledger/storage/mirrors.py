"""Keep the steps between two unions, and which entries of their books stand for them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.mirrors import DEBTS, MIRRORED, Debt, Paid, Step
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection
from ledger.storage.narrowing import newest_first

_COLUMNS = """number, kind, subject, creditor, debtor, currency::text, amount_minor, entry_date, description, creditor_fund, debtor_fund, reference,
    creditor_account, debtor_account, agreement, resolution, reverses, reversed_by, state, proposed_by, proposed_union, proposed_at, decided_by,
    remark, other_resources, paid_currency::text, paid_minor, rate, rate_source, rate_date"""


class StepFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which steps to list; None for all."""

    kind: str | None = None
    state: str | None = None
    subject: str | None = None
    union: str | None = None


class Balance(msgspec.Struct, frozen=True):
    """What one union's book holds of the other on a day, minor units, a debit positive; ``pair`` is the place in ``mirrors.MIRRORED``,
    ``is_owed`` whether the book is the creditor's.
    """

    pair: int
    is_owed: bool
    union: str
    other: str
    currency: str
    balance_minor: int


def _step(row: Any) -> Step:
    facts = dict(row)
    paid = Paid(
        facts.pop("paid_currency") or "", facts.pop("paid_minor") or 0, facts.pop("rate"), facts.pop("rate_source") or "", facts.pop("rate_date")
    )
    return Step(**facts, paid=paid if paid.currency else None)


async def step(connection: Connection, number: str, lock: bool = False) -> Step:
    """One step by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM mirrored_steps WHERE number = $1 {'FOR UPDATE' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="step", id=number[:40])
    return _step(row)


async def steps(connection: Connection, narrowed: StepFilter, after: str | None = None, limit: int = 50) -> list[Step]:
    """Those that fit, the newest first, beginning after a step's number."""
    asked = (
        ("kind = {}", narrowed.kind), ("state = {}", narrowed.state), ("subject = {}", narrowed.subject), ("{} IN (creditor, debtor)", narrowed.union),
    )  # fmt: skip
    return [_step(row) for row in await newest_first(connection, f"SELECT {_COLUMNS} FROM mirrored_steps", "number", asked, after, limit)]


async def steps_of(connection: Connection, subject: str) -> list[Step]:
    """Every step of a record, in the order of their days."""
    return (await steps_of_all(connection, [subject]))[subject]


async def steps_of_all(connection: Connection, subjects: Sequence[str]) -> dict[str, list[Step]]:
    """The same of each of several records."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM mirrored_steps WHERE subject = ANY($1::text[]) ORDER BY entry_date, length(number), number", list(subjects)
    )
    found: dict[str, list[Step]] = {subject: [] for subject in subjects}
    for row in rows:
        found[row["subject"]].append(_step(row))
    return found


async def sums_of_all(connection: Connection, subjects: Sequence[str], day: date) -> dict[str, dict[str, int]]:
    """What the steps in the books by a day come to, by record and kind; a reversal takes off what it undid, from its own day on."""
    rows = await connection.fetch(
        """SELECT subject, coalesce(undone, kind) AS kind, sum(CASE WHEN undone IS NULL THEN amount_minor ELSE -amount_minor END)::bigint AS minor
        FROM (SELECT s.subject, s.kind, s.amount_minor, (SELECT u.kind FROM mirrored_steps u WHERE u.number = s.reverses) AS undone
            FROM mirrored_steps s WHERE s.subject = ANY($1::text[]) AND s.state IN ('accepted', 'reversed') AND s.entry_date <= $2) AS told
        GROUP BY 1, 2""",
        list(subjects), day,
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {subject: {} for subject in subjects}
    for row in rows:
        found[row["subject"]][row["kind"]] = row["minor"]
    return found


async def count_of_all(connection: Connection, subjects: Sequence[str]) -> int:
    """How many steps there are of several records, before they are read."""
    found: int = await connection.fetchval("SELECT count(*) FROM mirrored_steps WHERE subject = ANY($1::text[])", list(subjects))
    return found


async def add(connection: Connection, new: Step, now: datetime) -> None:
    """Keep a proposed step."""
    paid = new.paid or Paid("", 0)
    await connection.execute(
        """INSERT INTO mirrored_steps (number, kind, subject, creditor, debtor, currency, amount_minor, entry_date, description, reference,
        creditor_fund, debtor_fund, creditor_account, debtor_account, paid_currency, paid_minor, rate, rate_source, rate_date, agreement,
        resolution, reverses, other_resources, state, state_since, proposed_by, proposed_union, proposed_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 'proposed', $24, $25,
        $26, $24, '')""",
        new.number, new.kind, new.subject, new.creditor, new.debtor, new.currency, new.amount_minor, new.entry_date, new.description, new.reference,
        new.creditor_fund, new.debtor_fund, new.creditor_account, new.debtor_account, paid.currency or None, paid.amount_minor or None, paid.rate,
        paid.source or None, paid.on, new.agreement, new.resolution, new.reverses, new.other_resources, now, new.proposed_by, new.proposed_union,
    )  # fmt: skip


async def save(connection: Connection, number: str, **values: Any) -> None:
    """Change a step's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE mirrored_steps SET {sets} WHERE number = $1", number, *values.values())


async def add_entry(connection: Connection, number: str, union: str, entry_number: int) -> None:
    """Keep which entry of a union's book stands for a step."""
    await connection.execute("INSERT INTO mirrored_entries (step, union_code, entry_number) VALUES ($1, $2, $3)", number, union, entry_number)


async def entries_of(connection: Connection, numbers: Sequence[str]) -> dict[str, dict[str, int]]:
    """Of each step, the number of each union's entry."""
    rows = await connection.fetch("SELECT step, union_code, entry_number FROM mirrored_entries WHERE step = ANY($1::text[])", list(numbers))
    found: dict[str, dict[str, int]] = {number: {} for number in numbers}
    for row in rows:
        found[row["step"]][row["union_code"]] = row["entry_number"]
    return found


async def debts(connection: Connection, record: str | None = None) -> list[Debt]:
    """What accepted steps left owing and settlements have not wholly paid, the oldest first; of one record, whatever is left of it."""
    rows = await connection.fetch(
        """WITH owed AS (SELECT CASE kind WHEN 'equalisation' THEN subject ELSE number END AS record, kind, number AS step, creditor, debtor,
            currency::text, entry_date AS owed_on, description, agreement, amount_minor
            FROM mirrored_steps WHERE kind = ANY($1::text[]) AND state = 'accepted' AND ($2::text IS NULL OR $2 IN (number, subject))),
        settled AS (SELECT subject, sum(amount_minor) AS paid FROM mirrored_steps WHERE kind = 'settlement' AND state = 'accepted' GROUP BY subject)
        SELECT owed.*, (owed.amount_minor - coalesce(settled.paid, 0))::bigint AS left_minor
        FROM owed LEFT JOIN settled ON settled.subject = owed.record
        WHERE CASE WHEN $2::text IS NULL THEN owed.amount_minor > coalesce(settled.paid, 0) ELSE owed.record = $2 END
        ORDER BY owed.owed_on, length(owed.step), owed.step""",
        DEBTS, record,
    )  # fmt: skip
    return [Debt(**dict(row)) for row in rows]


async def last_fund(connection: Connection, union: str, subject: str, kind: str) -> int | None:
    """The fund of its own book that a union named in the step that is settled, else in its newest of a kind; None where there was none."""
    found: int | None = await connection.fetchval(
        """SELECT CASE creditor WHEN $1 THEN creditor_fund ELSE debtor_fund END FROM mirrored_steps
        WHERE state = 'accepted' AND $1 IN (creditor, debtor) AND ($2 IN (number, subject) OR kind = $3)
        ORDER BY $2 IN (number, subject) DESC, state_since DESC LIMIT 1""",
        union, subject, kind,
    )  # fmt: skip
    return found


async def days_since(connection: Connection, day: date) -> list[date]:
    """The later days on which anything was posted of what must mirror."""
    roles = [role for pair in MIRRORED for role in pair]
    rows = await connection.fetch(
        """SELECT DISTINCT t.day FROM accounts a JOIN day_totals t ON t.account_id = a.id
        WHERE a.role = ANY($1::text[]) AND a.book <> 'joint' AND t.day > $2 ORDER BY t.day""",
        roles, day,
    )  # fmt: skip
    return [row["day"] for row in rows]


async def balances(connection: Connection, day: date) -> list[Balance]:
    """What each union's book holds of each other union at the end of a day, of what must mirror; nothing where it is zero."""
    roles = [role for pair in MIRRORED for role in pair]
    rows = await connection.fetch(
        """WITH totals AS (
            SELECT account_id, debit_minor - credit_minor AS minor FROM month_totals WHERE month < date_trunc('month', $2::date)::date
            UNION ALL SELECT account_id, debit_minor - credit_minor FROM day_totals WHERE day BETWEEN date_trunc('month', $2::date)::date AND $2)
        SELECT a.role, a.book, a.counterparty, a.currency::text, sum(t.minor)::bigint AS balance
        FROM accounts a JOIN totals t ON t.account_id = a.id WHERE a.role = ANY($1::text[]) AND a.book <> 'joint'
        GROUP BY a.role, a.book, a.counterparty, a.currency HAVING sum(t.minor) <> 0 ORDER BY a.book, a.role, a.currency""",
        roles, day,
    )  # fmt: skip
    pairs = {role: (place, role == pair[0]) for place, pair in enumerate(MIRRORED) for role in pair}
    return [Balance(*pairs[row["role"]], row["book"], row["counterparty"], row["currency"], row["balance"]) for row in rows]
