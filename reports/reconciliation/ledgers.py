"""Section E: what each union says the other owes it, what they differ by, and why, item by item."""

from datetime import date

import msgspec

from ledger.services.comparison import Comparison, Line, section_e
from ledger.storage.database import Connection
from reports.comparison_words import CLASS_NAMES
from reports.document import Amount, Column, Row, RowKind, Section, Table, Words, cell, row, words
from reports.facts import Facts


class Ledgers(msgspec.Struct, frozen=True):
    """The comparisons of the cut-off."""

    comparisons: list[Comparison]


async def select(connection: Connection, last: date) -> Ledgers:
    """Those in force, or what one made now would find."""
    return Ledgers(await section_e(connection, last))


def shape(facts: Facts, selected: Ledgers) -> Section:
    """A summary of every pair of unions and currency, and the items of each."""
    tables = [_summary(facts, selected)]
    if any(each.lines for each in selected.comparisons):
        tables.append(_items(facts, selected))
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
        link = f"/comparison/{each.ends_on}"
        return row(cell(label, link=link), creditor, debtor, cell(minor, currency=each.currency), kind=kind)

    rows = [
        line(words("1. %(creditor)s says that %(debtor)s owes", creditor=creditor, debtor=debtor), each.creditor_minor),
        line(words("2. %(debtor)s says that it owes %(creditor)s", creditor=creditor, debtor=debtor), each.debtor_minor),
        line(words("3. Difference"), each.difference_minor, "subtotal"),
    ]  # fmt: skip
    rows += [line(_class(facts, each, kind), minor) for kind, minor in each.by_class.items() if minor and kind != "unexplained"]
    if each.accepted_minor:
        rows.append(line(words("Agreed to within the tolerance before"), each.accepted_minor))
    rows.append(line(words("Unexplained; at most %(limit)s may be", limit=Amount(each.tolerance_minor, each.currency)), each.unexplained_minor, "total"))
    return rows


def _class(facts: Facts, each: Comparison, kind: str) -> Words:
    return words(CLASS_NAMES[kind], creditor=facts.unions[each.creditor].name, debtor=facts.unions[each.debtor].name)


def _items(facts: Facts, selected: Ledgers) -> Table:
    columns = (
        Column("reference", words("Reference")), Column("creditor-day", words("In the creditor’s books"), "date"),
        Column("debtor-day", words("In the debtor’s books"), "date"), Column("creditor", words("Creditor’s books"), "money"),
        Column("debtor", words("Debtor’s books"), "money"), Column("class", words("Why it differs")), Column("owner", words("Who sees to it")),
        Column("due", words("Due on"), "date"),
    )  # fmt: skip
    rows = tuple(_item(facts, each, line) for each in selected.comparisons for line in each.lines)
    return Table("differences", words("Items that differ"), columns, rows)


def _item(facts: Facts, each: Comparison, line: Line) -> Row:
    link = f"/comparison/differences/{line.number}" if line.number else None
    told = line.reference or line.number or words("without a reference")
    return row(
        cell(told, link=link), line.creditor_day, line.debtor_day, cell(line.creditor_minor, currency=each.currency),
        cell(line.debtor_minor, currency=each.currency), _class(facts, each, line.kind), facts.unions[line.owner].name if line.owner else "", line.due_on,
    )  # fmt: skip
