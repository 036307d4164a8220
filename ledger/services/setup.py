"""Set up new books from the shipped data, once: currencies, unions, books, funds, accounts, the head and the first rules."""

import tomllib
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec

from ledger.domain.accounts import Union
from ledger.domain.approvals import ApprovalRule, BoardRule, Matrix
from ledger.domain.chain import GENESIS
from ledger.domain.chart import JOINT, chart_accounts, chart_funds, chart_unions, of_in_french
from ledger.domain.money import digits_of, minor_from_text
from ledger.domain.thresholds import KINDS, Threshold
from ledger.services.holidays import ensure_holidays
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import approvals, journal, reference, strike_rules, thresholds
from ledger.storage.database import Connection, Database

SYSTEM_PERSON_ID = 1
FIRST_MATRIX = 1


def shipped_chart() -> dict[str, Any]:
    """The chart as it ships (``ledger/data/chart.toml``)."""
    return _shipped("chart.toml")


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(files("ledger").joinpath("data", name).read_text())


def shipped_matrix() -> Matrix:
    """The approval rules as they ship (``ledger/data/approvals.toml``), in force from long ago and decided by nobody."""
    data = _shipped("approvals.toml")
    rules = [ApprovalRule(over_minor=minor_from_text(row.pop("over"), data["currency"]), **row) for row in data.pop("rule")]
    boards = [BoardRule(**row) for row in data.pop("board")]
    headroom = Decimal(data.pop("fx_headroom_percent"))
    return Matrix(
        number=FIRST_MATRIX, rules=tuple(rules), board_rules=tuple(boards), fx_headroom_percent=headroom, proposed_by=SYSTEM_PERSON_ID, **data
    )


async def ensure_books(database: Database) -> bool:
    """Set up the books where there are none; whether it did. Safe to call at every start and from two processes.

    Books from before there were approval rules, strike rules or thresholds get the shipped ones.
    """
    async with database.writing() as connection:
        made = await connection.execute("INSERT INTO head (id, number, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING", GENESIS)
        is_new = not made.endswith(" 0")
        if is_new:
            await _load(connection, shipped_chart())
        await _ensure_matrix(connection)
        await _ensure_strike_rules(connection)
        await _ensure_thresholds(connection)
        await ensure_holidays(connection, await connection.fetchval("SELECT current_date"))
        return is_new


async def _ensure_matrix(connection: Connection) -> None:
    # Under the head lock, or two processes that start at once would both find none.
    await journal.lock_head(connection)
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM approval_matrices)"):
        now = await connection.fetchval("SELECT statement_timestamp()")
        await approvals.add_matrix(connection, msgspec.structs.replace(shipped_matrix(), proposed_at=now))
        await _start_counters(connection, {"approval_rules": FIRST_MATRIX})


async def _ensure_strike_rules(connection: Connection) -> None:
    """The unions' own rules that ship, confirmed from their day on and decided by nobody; the caller holds the head lock."""
    now, unions = await connection.fetchval("SELECT statement_timestamp()"), {union.code for union in await reference.unions(connection)}
    for code, shipped in shipped_rule_sets().items():
        if shipped.union in unions and shipped.valid_from and not await strike_rules.versions_of(connection, code):
            await strike_rules.add(connection, shipped.rules, 1, shipped.union, shipped.valid_from, "confirmed", SYSTEM_PERSON_ID, now)


def shipped_thresholds() -> list[dict[str, Any]]:
    """The thresholds that ship (``ledger/data/thresholds.toml``), as :class:`Threshold` has them but for who and when."""
    rows: list[dict[str, Any]] = _shipped("thresholds.toml")["threshold"]
    versions = Counter[str]()
    for row in rows:
        versions[row["code"]] += 1
        amount, currency = row.pop("amount", None), row.get("currency")
        row |= {"version": versions[row["code"]], "amount_minor": minor_from_text(amount, row["currency"]) if amount else None, "currency": currency}
        row |= {"nation": row.get("nation"), "valid_to": row.get("valid_to"), "period": KINDS[row["applies_to"]].period}
    return rows


async def _ensure_thresholds(connection: Connection) -> None:
    """The shipped thresholds of codes that these books do not know, confirmed and decided by nobody; the caller holds the head lock."""
    now, known = await connection.fetchval("SELECT statement_timestamp()"), {each.code for each in await thresholds.thresholds(connection)}
    for row in shipped_thresholds():
        if row["code"] not in known:
            await thresholds.add(connection, Threshold(proposed_by=SYSTEM_PERSON_ID, proposed_at=now, **row))


async def is_sample(pool: Pool) -> bool:
    """Whether these are sample books, which every page says on top."""
    async with pool.database.reading() as connection:
        return bool(await reference.setting(connection, "sample", False))


async def _load(connection: Connection, chart: dict[str, Any]) -> None:
    unions = chart_unions(chart)
    for row in chart["currency"]:
        digits = digits_of(row["code"])
        await connection.execute("INSERT INTO currencies VALUES ($1, $2, $3, $4)", row["code"], digits, row["en"], row["fr"])
    for union in unions:
        await _add_union(connection, union)
    await _add_book(connection, JOINT, None, "Joint funds", "Fonds communs", "CAD")
    for union in unions:
        await _add_book(connection, union.code, union.code, f"{union.name}’s books", f"Livres {of_in_french(union.name)}", union.currency)
    funds = chart_funds(chart)
    for fund in funds:
        await reference.add_fund(connection, fund)
    accounts = chart_accounts(chart, unions, [row["code"] for row in chart["currency"]])
    for account in accounts:
        await reference.add_account(connection, account)
    await _start_counters(connection, {"account": len(accounts), "fund": len(funds), "person": SYSTEM_PERSON_ID})
    await _add_system_person(connection)


async def _add_union(connection: Connection, union: Union) -> None:
    await connection.execute(
        "INSERT INTO unions (code, name, nation, currency, ordinal, mark, board) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        union.code, union.name, union.nation, union.currency, union.ordinal, union.mark, union.board,
    )  # fmt: skip


async def _add_book(connection: Connection, code: str, union: str | None, en: str, fr: str, currency: str) -> None:
    await connection.execute("INSERT INTO books VALUES ($1, $2, $3, $4, $5)", code, union, en, fr, currency)


async def _start_counters(connection: Connection, values: dict[str, int]) -> None:
    for name, value in values.items():
        await connection.execute("INSERT INTO counters (name, value) VALUES ($1, $2)", name, value)


async def _add_system_person(connection: Connection) -> None:
    # Scheduled jobs act in this name; it has no password and no role, so nobody can sign in as it.
    await connection.execute(
        """INSERT INTO people (id, name, email, language, theme, keyboard, created_at, last_seen_entry)
        VALUES ($1, 'Scheduled jobs', 'jobs@localhost', 'en', 'system', true, statement_timestamp(), 0)""",
        SYSTEM_PERSON_ID,
    )
