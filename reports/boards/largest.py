"""The largest movements since the other day: the entries that changed the most what the funds hold."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain.chart import JOINT
from ledger.storage.database import Connection
from reports.boards.scope import Scope
from reports.document import Column, Row, Section, Table, cell, row, words
from reports.facts import Facts
from reports.journal_list import KIND_NAMES

SHOWN = 5


class Moved(msgspec.Struct, frozen=True):
    """One entry and what it changed, minor units by currency."""

    number: int
    entry_date: date
    kind: str
    description: str
    changes: dict[str, int]


# What was undone within the days, and what undid it, are left out; money that only changed its place changes nothing. Weighed in the reader's currency.
_LARGEST = """
    SELECT number, entry_date, kind, description, jsonb_object_agg(currency, change) AS changes FROM (
        SELECT e.number, e.entry_date, e.kind, e.description, a.currency::text AS currency, sum(p.amount_minor)::bigint AS change
        FROM entries e JOIN postings p ON p.entry_number = e.number JOIN accounts a ON a.id = p.account_id
        WHERE e.entry_date BETWEEN $1 AND $2 AND a.book = $3 AND ($4::int IS NULL OR p.fund_id = $4)
            AND (a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%') AND e.kind <> 'revaluation'
            AND NOT EXISTS (SELECT FROM entries u WHERE u.reverses = e.number AND u.entry_date <= $2)
            AND (e.reverses IS NULL OR (SELECT o.entry_date FROM entries o WHERE o.number = e.reverses) < $1)
        GROUP BY e.number, a.currency HAVING sum(p.amount_minor) <> 0) moved
    JOIN unnest($5::text[], $6::numeric[]) AS rate (code, worth) ON rate.code = currency
    GROUP BY number, entry_date, kind, description ORDER BY max(abs(change) * rate.worth) DESC, number LIMIT $7"""


async def select(connection: Connection, facts: Facts, scope: Scope) -> list[Moved]:
    """The largest first."""
    # A million minor units of each, converted, weigh a currency to the sixth decimal.
    weights = [scope.weight(1_000_000, currency) for currency in facts.currencies]
    first = scope.since + timedelta(days=1)
    rows = await connection.fetch(_LARGEST, first, scope.as_of, JOINT, scope.fund_id, facts.currencies, weights, SHOWN)
    return [Moved(**dict(each)) for each in rows]


def shape(facts: Facts, scope: Scope, selected: Sequence[Moved]) -> Section:
    """One line an entry, each currency in its own column."""
    currencies = sorted({currency for each in selected for currency in each.changes}, key=lambda code: (code != scope.into, code)) or [scope.into or "CAD"]
    columns = (
        Column("entry", words("Entry")), Column("date", words("Date"), "date"), Column("kind", words("Kind")), Column("description", words("Description")),
        *(Column(code.lower(), code, "money", code) for code in currencies),
    )  # fmt: skip
    rows: tuple[Row, ...] = tuple(
        row(
            cell(f"J-{each.number}", link=f"/journal/{each.number}"), each.entry_date, words(KIND_NAMES.get(each.kind, each.kind)), each.description,
            *(each.changes.get(code) for code in currencies),
        )
        for each in selected
    )  # fmt: skip
    caption = words("The largest movements since %(day)s", day=scope.since)
    return Section((Table("largest", caption, columns, rows, empty=words("Nothing moved.")),))
