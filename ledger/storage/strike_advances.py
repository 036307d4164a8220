"""Keep advances to locals, their expense reports and what they sent back; these are amounts of locals, and name no member."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ledger.domain.accounts import Account
from ledger.domain.chart import JOINT
from ledger.domain.refusals import NotFound
from ledger.domain.strike_advances import Advance, AdvanceReturn, ExpenseReport, FileReport, ReportLine
from ledger.domain.strikes import Strike, StrikeLocal
from ledger.storage.database import Connection
from ledger.storage.journal import account_from_row

_ADVANCES = """
    SELECT a.number, a.strike, a.union_code AS "union", a.local_id, l.number AS local_number, l.name AS local_name, a.week, a.starts_on, a.ends_on,
        a.strikers, a.amount_minor, a.currency::text, a.rule_set, a.rule_version, a.state, a.state_since, a.hold_reason, a.remark, a.proposed_by,
        p.name AS proposed_by_name, a.proposed_at, a.approved_by, q.name AS approved_by_name, a.paid_by, r.name AS paid_by_name, a.paid_on,
        a.account_id, a.entry_number
    FROM strike_advances a JOIN locals l ON l.id = a.local_id JOIN people p ON p.id = a.proposed_by
    LEFT JOIN people q ON q.id = a.approved_by LEFT JOIN people r ON r.id = a.paid_by"""

_REPORTS = """
    SELECT e.strike, e.local_id, l.number AS local_number, l.name AS local_name, e.week, e.version, e.currency::text, e.state, e.filed_on, e.filed_by,
        p.name AS filed_by_name, e.filed_at, e.signed_by, e.remark, q.name AS decided_by_name, e.decided_on, e.decision, e.accepted_minor,
        e.entry_number
    FROM strike_expense_reports e JOIN locals l ON l.id = e.local_id JOIN people p ON p.id = e.filed_by LEFT JOIN people q ON q.id = e.decided_by"""

_RETURNS = """
    SELECT b.strike, b.local_id, l.number AS local_number, l.name AS local_name, b.ordinal, b.returned_on, b.amount_minor, b.account_id,
        b.entry_number, p.name AS recorded_by_name, b.recorded_at, t.number AS reversed_by
    FROM strike_advance_returns b JOIN locals l ON l.id = b.local_id JOIN people p ON p.id = b.recorded_by
    LEFT JOIN entries t ON t.reverses = b.entry_number"""


# --- advances -----------------------------------------------------------------------------------------------------------


async def advance(connection: Connection, number: str, lock: bool = False) -> Advance:
    """One advance by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_ADVANCES} WHERE a.number = $1 {'FOR UPDATE OF a' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="advance", id=number[:40])
    return _advance(row)


async def advances(connection: Connection, strikes: Sequence[str]) -> dict[str, list[Advance]]:
    """Every advance of some strikes, cancelled ones too, by strike, local and week."""
    rows = await connection.fetch(f"{_ADVANCES} WHERE a.strike = ANY($1::text[]) ORDER BY a.local_id, a.week, a.number", list(strikes))
    return _by_strike(rows, _advance)


async def live(connection: Connection, union: str) -> list[str]:
    """The strikes of a union for which something of an advance may wait: proposed, approved, or paid and not accounted for."""
    rows = await connection.fetch(
        """SELECT DISTINCT a.strike FROM strike_advances a JOIN strikes s ON s.number = a.strike
        WHERE a.union_code = $1 AND a.state <> 'cancelled' AND s.state IN ('on', 'run_off', 'ended') ORDER BY a.strike""",
        union,
    )  # fmt: skip
    return [row["strike"] for row in rows]


async def add_advance(connection: Connection, new: Advance) -> None:
    """Keep a new advance."""
    await connection.execute(
        """INSERT INTO strike_advances (number, strike, union_code, local_id, week, starts_on, ends_on, strikers, amount_minor, currency, rule_set,
            rule_version, state, state_since, hold_reason, proposed_by, proposed_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)""",
        new.number, new.strike, new.union, new.local.id, new.week, new.starts_on, new.ends_on, new.strikers, new.amount_minor, new.currency,
        new.rule_set, new.rule_version, new.state, new.state_since, new.hold_reason, new.proposed_by, new.proposed_at, new.remark,
    )  # fmt: skip


async def save_advance(connection: Connection, number: str, **fields: Any) -> None:
    """Change columns of an advance."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 2))
    await connection.execute(f"UPDATE strike_advances SET {places} WHERE number = $1", number, *fields.values())


def _advance(row: Any) -> Advance:
    return Advance(local=_local(row), **{name: row[name] for name in Advance.__struct_fields__ if name != "local"})


def _local(row: Any) -> StrikeLocal:
    return StrikeLocal(row["local_id"], row["local_number"], row["local_name"])


def _by_strike(rows: Sequence[Any], made: Any) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["strike"]].append(made(row))
    return dict(found)


# --- reports ------------------------------------------------------------------------------------------------------------


async def reports(connection: Connection, strikes: Sequence[str]) -> dict[str, list[ExpenseReport]]:
    """The latest version of every report of some strikes, by strike, local and week."""
    rows = await connection.fetch(
        f"""{_REPORTS} WHERE e.strike = ANY($1::text[]) AND e.version = (SELECT max(n.version) FROM strike_expense_reports n
            WHERE (n.strike, n.local_id, n.week) = (e.strike, e.local_id, e.week)) ORDER BY e.local_id, e.week""",
        list(strikes),
    )  # fmt: skip
    lines = await _lines(connection, strikes)
    return _by_strike(rows, lambda row: _report(row, lines))


async def versions(connection: Connection, strike: str, local_id: int, week: int) -> list[ExpenseReport]:
    """Every version of one report, the latest first."""
    rows = await connection.fetch(f"{_REPORTS} WHERE e.strike = $1 AND e.local_id = $2 AND e.week = $3 ORDER BY e.version DESC", strike, local_id, week)
    lines = await _lines(connection, [strike])
    return [_report(row, lines) for row in rows]


async def _lines(connection: Connection, strikes: Sequence[str]) -> dict[tuple[Any, ...], list[ReportLine]]:
    found: defaultdict[tuple[Any, ...], list[ReportLine]] = defaultdict(list)
    for row in await connection.fetch(
        """SELECT strike, local_id, week, version, category, what, amount_minor FROM strike_expense_lines
        WHERE strike = ANY($1::text[]) ORDER BY strike, local_id, week, version, ordinal""",
        list(strikes),
    ):
        line = ReportLine(category=row["category"], amount_minor=row["amount_minor"], what=row["what"])
        found[row["strike"], row["local_id"], row["week"], row["version"]].append(line)
    return found


def _report(row: Any, lines: dict[tuple[Any, ...], list[ReportLine]]) -> ExpenseReport:
    key = (row["strike"], row["local_id"], row["week"], row["version"])
    fields = {name: row[name] for name in ExpenseReport.__struct_fields__ if name not in ("local", "lines")}
    return ExpenseReport(local=_local(row), lines=tuple(lines.get(key, ())), **fields)


async def add_report(
    connection: Connection, strike: Strike, local: StrikeLocal, request: FileReport, version: int, person_id: int, today: date, now: datetime
) -> None:
    """Keep a version of a report with its lines; the one before it is replaced, unless it was sent back."""
    await connection.execute(
        "UPDATE strike_expense_reports SET state = 'replaced' WHERE strike = $1 AND local_id = $2 AND week = $3 AND state = 'filed'",
        strike.number, local.id, request.week,
    )  # fmt: skip
    await connection.execute(
        """INSERT INTO strike_expense_reports (strike, local_id, week, version, union_code, currency, state, filed_on, filed_by, filed_at, signed_by,
            remark, decision, accepted_minor)
        VALUES ($1, $2, $3, $4, $5, $6, 'filed', $7, $8, $9, $10, $11, '', 0)""",
        strike.number, local.id, request.week, version, strike.union, strike.currency, today, person_id, now, request.signed_by, request.remark,
    )  # fmt: skip
    await connection.executemany(
        """INSERT INTO strike_expense_lines (strike, local_id, week, version, ordinal, category, what, amount_minor)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
            (strike.number, local.id, request.week, version, ordinal, line.category, line.what, line.amount_minor)
            for ordinal, line in enumerate(request.lines, 1)
        ],
    )  # fmt: skip


async def save_report(connection: Connection, report: ExpenseReport, **fields: Any) -> None:
    """Change columns of one version of a report."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 5))
    await connection.execute(
        f"UPDATE strike_expense_reports SET {places} WHERE strike = $1 AND local_id = $2 AND week = $3 AND version = $4",
        report.strike, report.local.id, report.week, report.version, *fields.values(),
    )  # fmt: skip


# --- what came back -----------------------------------------------------------------------------------------------------


async def returns(connection: Connection, strikes: Sequence[str]) -> dict[str, list[AdvanceReturn]]:
    """What the locals of some strikes sent back, by strike and local in order, those taken back too."""
    rows = await connection.fetch(f"{_RETURNS} WHERE b.strike = ANY($1::text[]) ORDER BY b.local_id, b.ordinal", list(strikes))
    return _by_strike(rows, _return)


def _return(row: Any) -> AdvanceReturn:
    return AdvanceReturn(local=_local(row), **{name: row[name] for name in AdvanceReturn.__struct_fields__ if name != "local"})


async def add_return(
    connection: Connection, strike: Strike, local: StrikeLocal, returned_on: date, amount_minor: int, account_id: int, entry: int, person_id: int,
    now: datetime,
) -> None:  # fmt: skip
    """Keep what a local sent back under its next ordinal; call with the strike locked."""
    await connection.execute(
        """INSERT INTO strike_advance_returns (strike, local_id, ordinal, union_code, returned_on, amount_minor, account_id, entry_number, recorded_by,
            recorded_at)
        SELECT $1, $2, 1 + coalesce(max(ordinal), 0), $3, $4, $5, $6, $7, $8, $9 FROM strike_advance_returns WHERE strike = $1 AND local_id = $2""",
        strike.number, local.id, strike.union, returned_on, amount_minor, account_id, entry, person_id, now,
    )  # fmt: skip


# --- accounts -----------------------------------------------------------------------------------------------------------


async def accounts_at(connection: Connection, paths: Sequence[str], currency: str) -> dict[str, Account]:
    """The joint accounts at some paths, by path."""
    rows = await connection.fetch("SELECT * FROM accounts WHERE book = $1 AND path = ANY($2::text[]) AND currency = $3", JOINT, list(paths), currency)
    return {row["path"]: account_from_row(row) for row in rows}
