"""Section E: what each union says the other owes it, what they differ by, and why, item by item; and what each says it paid into the pool or has on its
way there, held against the pool's journal.
"""

from collections.abc import Callable
from datetime import date

import msgspec

from ledger.services.comparison import Comparison, Line, at_cutoff
from ledger.storage.database import Connection
from reports.comparison_words import TITLES, class_message
from reports.document import Amount, Column, Row, RowKind, Section, Table, Words, cell, row, words
from reports.facts import Facts


class Ledgers(msgspec.Struct, frozen=True):
    """The comparisons of the cut-off: debts between the unions, and each union with the pool."""

    comparisons: list[Comparison]
    with_pool: list[Comparison]


async def select(connection: Connection, last: date) -> Ledgers:
    """Those in force, or what one made now would find."""
    found = await at_cutoff(connection, last)
    return Ledgers([each for each in found if each.about == "owed"], [each for each in found if each.about != "owed"])


def shape(facts: Facts, selected: Ledgers) -> Section:
    """A summary of every pair of unions and currency, and the items of each; the same of each union with the pool, where it says anything of that."""
    tables = [_summary(facts, selected)]
    if any(each.lines for each in selected.comparisons):
        tables.append(_items(facts, selected))
    if selected.with_pool:
        tables.append(_pool_summary(facts, selected))
    if any(each.lines for each in selected.with_pool):
        tables.append(_pool_items(facts, selected))
    return Section(tuple(tables), words("E. Accounts between the unions"))


def _summary(facts: Facts, selected: Ledgers) -> Table:
    columns = (
        Column("line", words("Line")), Column("creditor", words("Is owed")), Column("debtor", words("Owes")), Column("amount", words("Amount"), "money"),
    )  # fmt: skip
    rows = tuple(line for each in selected.comparisons for line in _lines(facts, each))
    return Table("ledgers", words("What both ledgers say"), columns, rows, empty=words("Neither union’s books have anything of the other."))


def _lines(facts: Facts, each: Comparison) -> list[Row]:
    creditor, debtor = facts.unions[each.creditor].name, facts.unions[each.debtor].name

    def line(label: Words, minor: int, kind: RowKind = "line") -> Row:
        link = f"/comparison/{each.ends_on}#{each.creditor}-{each.currency}"
        return row(cell(label, link=link), creditor, debtor, cell(minor, currency=each.currency), kind=kind)

    rows = [
        line(words("1. %(creditor)s says that %(debtor)s owes", creditor=creditor, debtor=debtor), each.creditor_minor),
        line(words("2. %(debtor)s says that it owes %(creditor)s", creditor=creditor, debtor=debtor), each.debtor_minor),
        line(words("3. Difference"), each.difference_minor, "subtotal"),
    ]  # fmt: skip
    return rows + _explained(facts, each, line)


def _explained(facts: Facts, each: Comparison, line: Callable[[Words, int, RowKind], Row]) -> list[Row]:
    """What a difference is made of."""
    rows = [line(_class(facts, each, kind), minor, "line") for kind, minor in each.by_class.items() if minor and kind != "unexplained"]
    if each.accepted_minor:
        rows.append(line(words("Agreed to within the tolerance before"), each.accepted_minor, "line"))
    rows.append(line(words("Unexplained; at most %(limit)s may be", limit=Amount(each.tolerance_minor, each.currency)), each.unexplained_minor, "total"))
    return rows


def _class(facts: Facts, each: Comparison, kind: str) -> Words:
    creditor, debtor = _names(facts, each)
    return words(class_message(kind, each.debtor in facts.unions), creditor=creditor, debtor=debtor)


def _names(facts: Facts, each: Comparison) -> tuple[str, str]:
    """Both sides' names; the pool has none."""
    return facts.unions[each.creditor].name, facts.unions[each.debtor].name if each.debtor in facts.unions else ""


def _items(facts: Facts, selected: Ledgers) -> Table:
    columns = (
        Column("reference", words("Reference")), Column("creditor-day", words("In the creditor’s books"), "date"),
        Column("debtor-day", words("In the debtor’s books"), "date"), Column("creditor", words("Creditor’s books"), "money"),
        Column("debtor", words("Debtor’s books"), "money"), Column("class", words("Why it differs")), Column("owner", words("Who sees to it")),
        Column("due", words("Due on"), "date"),
    )  # fmt: skip
    rows = tuple(_item(facts, each, line) for each in selected.comparisons for line in each.lines)
    return Table("differences", words("Items that differ"), columns, rows)


# --- with the pool ------------------------------------------------------------------------------------------------------------


def _pool_summary(facts: Facts, selected: Ledgers) -> Table:
    columns = (
        Column("line", words("Line")), Column("compared", words("What is compared")), Column("amount", words("Amount"), "money"),
        Column("agreed", words("Agreed by")),
    )  # fmt: skip
    rows = tuple(line for each in selected.with_pool for line in _pool_lines(facts, each))
    return Table("pool-ledgers", words("What each union’s books and the pool’s journal say"), columns, rows)


def _pool_lines(facts: Facts, each: Comparison) -> list[Row]:
    union, _ = _names(facts, each)
    agreed = ", ".join(facts.unions[one.union].name for one in each.agreed)
    compared = words(TITLES[each.about], creditor=union, debtor="", currency=each.currency)

    def line(label: Words, minor: int, kind: RowKind) -> Row:
        link = f"/comparison/{each.ends_on}#{each.creditor}-{each.currency}-{each.about}"
        return row(cell(label, link=link), compared, cell(minor, currency=each.currency), agreed if kind == "total" else "", kind=kind)

    rows = [
        line(words("1. By the books of %(union)s", union=union), each.creditor_minor, "line"),
        line(words("2. By the pool’s journal"), each.debtor_minor, "line"), line(words("3. Difference"), each.difference_minor, "subtotal"),
    ]  # fmt: skip
    return rows + _explained(facts, each, line)


def _pool_items(facts: Facts, selected: Ledgers) -> Table:
    columns = (
        Column("reference", words("Reference")), Column("union", words("Union")), Column("union-day", words("In the union’s books"), "date"),
        Column("pool-day", words("In the pool’s journal"), "date"), Column("by-union", words("Union’s books"), "money"),
        Column("by-pool", words("Pool’s journal"), "money"), Column("class", words("Why it differs")), Column("owner", words("Who sees to it")),
        Column("due", words("Due on"), "date"),
    )  # fmt: skip
    rows = tuple(_pool_item(facts, each, line) for each in selected.with_pool for line in each.lines)
    return Table("pool-differences", words("Items that differ from the pool’s journal"), columns, rows)


def _pool_item(facts: Facts, each: Comparison, line: Line) -> Row:
    made = _item(facts, each, line)
    return row(made.cells[0], facts.unions[each.creditor].name, *made.cells[1:], kind=made.kind)


def _item(facts: Facts, each: Comparison, line: Line) -> Row:
    link = f"/comparison/differences/{line.number}" if line.number else None
    told = line.reference or line.number or words("without a reference")
    return row(
        cell(told, link=link), line.creditor_day, line.debtor_day, cell(line.creditor_minor, currency=each.currency),
        cell(line.debtor_minor, currency=each.currency), _class(facts, each, line.kind), facts.unions[line.owner].name if line.owner else "", line.due_on,
    )  # fmt: skip
