"""The largest movements since the other day: the entries that changed the most what the funds hold."""

from collections import defaultdict
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


# By fund id, and under None those of all funds together.
Largest = dict[int | None, list[Moved]]

# What was undone within the days, and what undid it, are left out; money that only changed its place changes nothing: not for a fund, where it stayed
# in it, and not for all of them, where it went from one to another. Weighed in the reader's currency.
_LARGEST = """
    WITH moved AS (
        SELECT e.number, p.fund_id, a.currency::text AS currency, sum(p.amount_minor)::bigint AS change
        FROM entries e JOIN postings p ON p.entry_number = e.number JOIN accounts a ON a.id = p.account_id
        WHERE e.entry_date BETWEEN $1 AND $2 AND a.book = $3 AND ($4::int IS NULL OR p.fund_id = $4)
            AND (a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%') AND e.kind <> 'revaluation'
            AND NOT EXISTS (SELECT FROM entries u WHERE u.reverses = e.number AND u.entry_date <= $2)
            AND (e.reverses IS NULL OR (SELECT o.entry_date FROM entries o WHERE o.number = e.reverses) < $1)
        GROUP BY GROUPING SETS ((e.number, p.fund_id, a.currency), (e.number, a.currency)) HAVING sum(p.amount_minor) <> 0),
    ranked AS (
        SELECT number, fund_id, jsonb_object_agg(currency, change) AS changes,
            row_number() OVER (PARTITION BY fund_id ORDER BY max(abs(change) * rate.worth) DESC, number) AS place
        FROM moved JOIN unnest($5::text[], $6::numeric[]) AS rate (code, worth) ON rate.code = currency GROUP BY number, fund_id)
    SELECT r.fund_id, r.changes, e.number, e.entry_date, e.kind, e.description
    FROM ranked r JOIN entries e ON e.number = r.number WHERE r.place <= $7 ORDER BY r.fund_id, r.place"""


async def read(connection: Connection, facts: Facts, scope: Scope) -> Largest:
    """The largest of each fund first, and of all."""
    # A million minor units of each, converted, weigh a currency to the sixth decimal.
    weights = [scope.weight(1_000_000, currency) for currency in facts.currencies]
    first = scope.since + timedelta(days=1)
    found: defaultdict[int | None, list[Moved]] = defaultdict(list)
    for each in await connection.fetch(_LARGEST, first, scope.as_of, JOINT, scope.fund_id, facts.currencies, weights, SHOWN):
        found[each["fund_id"]].append(Moved(**{name: each[name] for name in Moved.__struct_fields__}))
    return found


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
            *(cell(each.changes.get(code), link=f"/journal/{each.number}") for code in currencies),
        )
        for each in selected
    )  # fmt: skip
    caption = words("The largest movements since %(day)s", day=scope.since)
    return Section((Table("largest", caption, columns, rows, empty=words("Nothing moved.")),))
