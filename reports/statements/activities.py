"""Show what came in, what was spent and what it did to net assets over a period, by fund or combined: the statement of activities (W20, W22)."""

from datetime import date

import msgspec

from ledger.storage.database import Connection
from reports.document import Column, Document, Row, Say, Section, Table, Words, group, row, words
from reports.facts import Facts, name_of
from reports.statements.methods import WAYS, Method, methods_of
from reports.statements.pots import Cut, Part, Pot, Span, added
from reports.statements.tables import Scale, Selected, account_link, account_names, begin_note, money_column, notes_of, scales, select_spans

TITLE = words("Statement of activities")
_USES = ("opening", "mean", "closing")


class Asked(msgspec.Struct, frozen=True):
    """The period, one fund or all, the presentation (``all`` for every one), and the currency to carry all into."""

    first: date
    last: date
    fund: str | None = None
    into: str | None = None
    method: str | None = None


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """This period and the same of the year before."""
    methods_of(asked.method)
    return await select_spans(connection, facts, asked.first, asked.last, asked.fund, asked.into)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """A section each presentation, with a table each currency; then the notes."""
    methods = methods_of(asked.method)
    sections = [_section(facts, asked, selected, method) for method in methods]
    sections.append(notes_of(facts, methods, selected.now))
    subtitle: list[Say] = [name_of(facts.fund_by_code(asked.fund))] if asked.fund else []
    return facts.document("activities", TITLE, sections, period=(asked.first, asked.last), subtitle=subtitle, notes=begin_note(selected))


def _section(facts: Facts, asked: Asked, selected: Selected, method: Method) -> Section:
    tables = [_table(facts, asked, selected, method, scale) for scale in scales(facts, asked.into, selected)]
    if method == "deferral":
        tables += [table for scale in scales(facts, None, selected) if (table := _deferred(selected.now, scale))]
    return Section(tuple(tables), WAYS[method].title, notes=() if tables else (words("Nothing came or went in this period."),))


def _parts(selected: Selected, method: Method, scale: Scale) -> list[tuple[Column, Part]]:
    """Each column with its figures; the last is of the year before."""
    name, _, currency, pots_of = scale

    def one(column: str, heading: Words, cut: Cut, span: Span) -> tuple[Column, Part]:
        pots, carried = pots_of(span), span.carried if name == "all" else {}
        return money_column(column, heading, currency, carried, pots, _USES), added(pots, cut, currency, carried)

    found = [one(column, heading, cut, selected.now) for column, heading, cut in WAYS[method].columns]
    if selected.before is not None:
        *_, (_, _, cut) = WAYS[method].columns
        found.append(one("before", words("A year before"), cut, selected.before))
    return found


def _table(facts: Facts, asked: Asked, selected: Selected, method: Method, scale: Scale) -> Table:
    name, caption, currency, _ = scale
    parts = _parts(selected, method, scale)
    figures = [part for _, part in parts]
    names, single = account_names(facts), name != "all"

    def accounts(side: str) -> list[Row]:
        paths = sorted({path for part in figures for path in getattr(part, side)})
        links = {path: account_link(facts, path, currency, selected.now, asked.fund, single) for path in paths}
        return [row(names[path], *(getattr(part, side).get(path, 0) for part in figures), link=links[path], level=1) for path in paths]

    rows = [group(words("Revenue")), *accounts("income")]
    if any(part.released for part in figures):
        rows.append(row(WAYS[method].released, *(part.released for part in figures), level=1))
    rows.append(row(words("Total revenue"), *(part.revenue for part in figures), kind="subtotal"))
    rows += [group(words("Expenses")), *accounts("expenses")]
    rows.append(row(words("Total expenses"), *(sum(part.expenses.values()) for part in figures), kind="subtotal"))
    rows.append(row(words("Revenue less expenses"), *(part.result for part in figures), kind="total"))
    rows += _net_assets(figures)
    columns = (Column("line", words("Line")), *(column for column, _ in parts))
    return Table(f"{method.replace('_', '-')}-{name}", words("%(method)s, %(scale)s", method=WAYS[method].title, scale=caption), columns, tuple(rows))


_MOVES = (("brought", words("Brought into the books")), ("between", words("From and to other funds")), ("exchange", words("Exchanged between currencies")),
          ("difference", words("Exchange difference")))  # fmt: skip


def _net_assets(figures: list[Part]) -> list[Row]:
    """From the net assets that the period began with to those at its end; lines that nothing stands in are left out."""
    rows = [row(words("Net assets at the beginning"), *(part.opening for part in figures))]
    moves = [(label, [getattr(part, name) for part in figures]) for name, label in _MOVES]
    rows += [row(label, *values) for label, values in moves if any(values)]
    return [*rows, row(words("Net assets at the end"), *(part.closing for part in figures), kind="total")]


def _deferred(span: Span, scale: Scale) -> Table | None:
    """How deferred contributions came to be, fund by fund."""
    name, _, currency, pots_of = scale
    pots = [pot for pot in pots_of(span) if pot.is_restricted]
    if not pots:
        return None
    headings = {
        "opening": words("At the beginning"), "received": words("Received"), "other": words("Other changes"), "recognised": words("Recognised"),
        "closing": words("At the end"),
    }  # fmt: skip
    columns = [Column("fund", words("Fund")), *(Column(column, heading, "money", currency) for column, heading in headings.items())]
    rows = [row(name_of(pot.fund), *_moved(pot), link=f"/funds/{pot.fund.code}?from={span.first}&to={span.last}") for pot in pots]
    total = [sum(values) for values in zip(*(_moved(pot) for pot in pots), strict=True)]
    rows.append(row(words("Total"), *total, kind="total"))
    caption = words("Deferred contributions, %(currency)s", currency=currency)
    return Table(f"deferred-{name}", caption, tuple(columns), tuple(rows))


def _moved(pot: Pot) -> tuple[int, ...]:
    other = pot.brought + pot.between + pot.exchange
    return pot.unspent_before, sum(pot.income.values()), other, -pot.spent, pot.unspent
