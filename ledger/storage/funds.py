"""Read what funds hold and how they moved, and keep proposals, confirmations and changes of funds."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.domain.accounts import UNSPENDABLE, Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.chart import JOINT
from ledger.domain.exchange import Rate
from ledger.domain.funds import Movement, movement, movement_class, state
from ledger.domain.home import Waiting
from ledger.domain.refusals import NotFound
from ledger.storage import rates
from ledger.storage.database import Connection
from ledger.storage.journal import account_from_row, fund_from_row

RECENT_ENTRIES = 15


class Sitting(msgspec.Struct, frozen=True):
    """What a fund has in one account, minor units, debit positive."""

    account: Account
    balance_minor: int


class FundMove(msgspec.Struct, frozen=True):
    """One entry as a fund felt it: the change of what it holds, minor units by currency (0 where money only changed place)."""

    number: int
    entry_date: date
    kind: str
    description: str
    subject: str
    changes: dict[str, int]


async def fund(connection: Connection, code: str, lock: bool = False) -> Fund:
    """One fund by its code in any letter case, as an address names it; refuses an unknown one with 404."""
    row = await connection.fetchrow(f"SELECT * FROM funds WHERE code = $1 {'FOR UPDATE' if lock else ''}", code.upper())
    if row is None:
        raise NotFound(kind="fund", id=code[:40])
    return fund_from_row(row)


async def held(connection: Connection, fund_id: int | None = None) -> dict[int, dict[str, tuple[int, int, int]]]:
    """(held, pledged, committed) minor units in the joint book by fund id and currency; of one fund or of all."""
    rows = await connection.fetch(
        """SELECT fund_id, currency, held_minor, pledged_minor, committed_minor FROM fund_balances
        WHERE book = $1 AND ($2::int IS NULL OR fund_id = $2)""",
        JOINT, fund_id,
    )  # fmt: skip
    found: defaultdict[int, dict[str, tuple[int, int, int]]] = defaultdict(dict)
    for row in rows:
        found[row["fund_id"]][row["currency"]] = (row["held_minor"], row["pledged_minor"], row["committed_minor"])
    return found


# Whole months from month_totals, the rest of the last month from day_totals: never a scan of postings.
_HELD_ON = """
    WITH parts AS (
        SELECT account_id, fund_id, debit_minor - credit_minor AS change FROM month_totals WHERE month < date_trunc('month', $2::date)::date
        UNION ALL
        SELECT account_id, fund_id, debit_minor - credit_minor FROM day_totals WHERE day BETWEEN date_trunc('month', $2::date)::date AND $2)
    SELECT p.fund_id, a.currency::text AS currency,
        coalesce(sum(p.change) FILTER (WHERE a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%'), 0)::bigint AS held,
        coalesce(sum(p.change) FILTER (WHERE a.role = ANY($4::text[])), 0)::bigint AS pledged,
        coalesce(sum(p.change) FILTER (WHERE a.role = 'encumbrances'), 0)::bigint AS committed
    FROM parts p JOIN accounts a ON a.id = p.account_id
    WHERE a.book = $1 AND ($3::int IS NULL OR p.fund_id = $3) GROUP BY p.fund_id, a.currency"""


async def held_on(connection: Connection, day: date, fund_id: int | None = None) -> dict[int, dict[str, tuple[int, int, int]]]:
    """What :func:`held` says of now, at the end of any day."""
    found: defaultdict[int, dict[str, tuple[int, int, int]]] = defaultdict(dict)
    for row in await connection.fetch(_HELD_ON, JOINT, day, fund_id, list(UNSPENDABLE)):
        found[row["fund_id"]][row["currency"]] = (row["held"], row["pledged"], row["committed"])
    return found


async def sittings(connection: Connection, fund_id: int) -> list[Sitting]:
    """The joint accounts that hold money, debts or commitments of the fund now, and are not at zero."""
    rows = await connection.fetch(
        """SELECT a.*, b.balance_minor FROM balances b JOIN accounts a ON a.id = b.account_id
        WHERE b.fund_id = $1 AND b.balance_minor <> 0 AND a.book = $2 ORDER BY a.path, a.currency""",
        fund_id, JOINT,
    )  # fmt: skip
    return [Sitting(account_from_row(row), row["balance_minor"]) for row in rows]


async def all_sittings(connection: Connection, fund_id: int) -> list[Sitting]:
    """Like :func:`sittings`, of every book: what keeps a fund from being closed."""
    rows = await connection.fetch(
        """SELECT a.*, b.balance_minor FROM balances b JOIN accounts a ON a.id = b.account_id
        WHERE b.fund_id = $1 AND b.balance_minor <> 0 ORDER BY a.book, a.path, a.currency""",
        fund_id,
    )
    return [Sitting(account_from_row(row), row["balance_minor"]) for row in rows]


# Day totals carry the part of a month, month totals the whole months before it: flat however many postings there are.
_OPENING = """
    SELECT currency, sum(change)::bigint AS change FROM (
        SELECT a.currency, t.debit_minor - t.credit_minor AS change
        FROM accounts a JOIN month_totals t ON t.account_id = a.id AND t.fund_id = $1 AND t.month < date_trunc('month', $2::date)::date
        WHERE a.book = $3 AND (a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%')
        UNION ALL
        SELECT a.currency, t.debit_minor - t.credit_minor
        FROM accounts a JOIN day_totals t ON t.account_id = a.id AND t.fund_id = $1
            AND t.day >= date_trunc('month', $2::date)::date AND t.day < $2
        WHERE a.book = $3 AND (a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%')
    ) AS parts GROUP BY currency"""

_BETWEEN = """
    SELECT a.id, sum(t.debit_minor - t.credit_minor)::bigint AS change
    FROM accounts a JOIN day_totals t ON t.account_id = a.id AND t.fund_id = $1 AND t.day BETWEEN $2 AND $3
    WHERE a.book = $4 GROUP BY a.id"""


async def movements(connection: Connection, fund_id: int, first: date, last: date, currencies: list[str]) -> list[Movement]:
    """The fund's statement from ``first`` to ``last`` inclusive, one line for each currency."""
    opening = {row["currency"]: row["change"] for row in await connection.fetch(_OPENING, fund_id, first, JOINT)}
    accounts = {row["id"]: account_from_row(row) for row in await connection.fetch("SELECT * FROM accounts WHERE book = $1", JOINT)}
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in await connection.fetch(_BETWEEN, fund_id, first, last, JOINT):
        account = accounts[row["id"]]
        sums[account.currency][movement_class(account.type, account.role)] += row["change"]
    return [movement(currency, opening.get(currency, 0), sums[currency]) for currency in currencies]


async def recent(connection: Connection, fund_id: int, limit: int = RECENT_ENTRIES) -> list[FundMove]:
    """The last entries that touched the fund in the joint book, newest first."""
    numbers = await connection.fetch(
        """SELECT DISTINCT l.entry_number FROM accounts a JOIN balances b ON b.account_id = a.id AND b.fund_id = $1,
        LATERAL (SELECT p.entry_number FROM postings p WHERE p.account_id = b.account_id AND p.fund_id = $1
                 ORDER BY p.version DESC LIMIT $2) AS l
        WHERE a.book = $3 ORDER BY l.entry_number DESC LIMIT $2""",
        fund_id, limit, JOINT,
    )  # fmt: skip
    rows = await connection.fetch(
        """SELECT e.number, e.entry_date, e.kind, e.description, e.subject, a.currency,
            sum(p.amount_minor) FILTER (WHERE a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%')::bigint AS change
        FROM entries e JOIN postings p ON p.entry_number = e.number AND p.fund_id = $2 JOIN accounts a ON a.id = p.account_id
        WHERE e.number = ANY($1::bigint[]) AND a.book = $3 AND a.path NOT LIKE 'Budget:%'
        GROUP BY e.number, a.currency ORDER BY e.number DESC, a.currency""",
        [row["entry_number"] for row in numbers], fund_id, JOINT,
    )  # fmt: skip
    return _moves(rows)


def _moves(rows: list[Any]) -> list[FundMove]:
    found: dict[int, FundMove] = {}
    for row in rows:
        move = found.setdefault(
            row["number"], FundMove(row["number"], row["entry_date"], row["kind"], row["description"], row["subject"], {})
        )
        move.changes[row["currency"]] = row["change"] or 0
    return list(found.values())


async def rates_to(connection: Connection, currency: str, others: Sequence[str], day: date) -> list[Rate]:
    """The rate that holds on ``day`` between a currency and each of the others, where there is one."""
    found = [await rates.rate_on(connection, currency, other, day) for other in others if other != currency]
    return [rate for rate in found if rate is not None]


# --- keeping ----------------------------------------------------------------------------------------------------------


async def proposer(connection: Connection, code: str) -> tuple[int, str | None, str]:
    """(person id, union, name) of who proposed the fund; (0, None, "") for one that came with the chart."""
    row = await connection.fetchrow(
        "SELECT p.id, p.union_code, p.name FROM funds f JOIN people p ON p.id = f.proposed_by WHERE f.code = $1", code
    )
    return (0, None, "") if row is None else (row["id"], row["union_code"], row["name"])


async def confirm(connection: Connection, fund_id: int, person_id: int) -> None:
    """The other union's treasurer agreed: the fund may be used."""
    await connection.execute("UPDATE funds SET confirmed = true, confirmed_by = $2 WHERE id = $1", fund_id, person_id)


async def change(connection: Connection, new: Fund) -> None:
    """Keep new names, restriction text and floors."""
    await connection.execute(
        "UPDATE funds SET name_en = $2, name_fr = $3, restriction_text = $4, floors = $5 WHERE id = $1",
        new.id, new.name_en, new.name_fr, new.restriction_text, new.floors,
    )  # fmt: skip


async def close(connection: Connection, fund_id: int, day: date) -> None:
    """The fund takes nothing dated after ``day``."""
    await connection.execute("UPDATE funds SET closed_on = $2 WHERE id = $1", fund_id, day)


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """Funds that another union's treasurer proposed and this one may confirm."""
    if not actor.can("manage_funds"):
        return []
    rows = await connection.fetch(
        """SELECT f.*, p.union_code, p.name AS proposer FROM funds f JOIN people p ON p.id = f.proposed_by
        WHERE NOT f.confirmed AND f.closed_on IS NULL AND p.union_code IS DISTINCT FROM $1 ORDER BY f.id""",
        actor.union,
    )
    return [_proposal(row, fund_from_row(row), today) for row in rows]


def _proposal(row: Any, proposed: Fund, today: date) -> Waiting:
    assert state(proposed) == "proposed"
    return Waiting(
        kind="confirm_fund", subject=proposed.code, url=f"/funds/{proposed.code}", union=row["union_code"] or "",
        since=proposed.opened_on or today,
        facts={"name_en": proposed.name_en, "name_fr": proposed.name_fr, "proposer": row["proposer"]},
    )  # fmt: skip
