"""Show what the joint funds have, owe and are worth at a day, by fund or combined: the statement of financial position (W22)."""

from datetime import date

import msgspec

from ledger.storage.database import Connection
from reports.carried import Carried
from reports.document import Column, Document, Row, Say, Section, Table, Words, group, row, words
from reports.facts import Facts, name_of
from reports.statements.methods import WAYS, Method, methods_of, net_assets_of
from reports.statements.pots import RESTRICTED, WHOLE, Cut, Pot, Span, added
from reports.statements.tables import Scale, Selected, account_link, account_names, begin_note, money_column, notes_of, scales, select_spans

TITLE = words("Statement of financial position")


class Asked(msgspec.Struct, frozen=True):
    """The day, one fund or all, the presentation (``all`` for every one), and the currency to carry all into."""

    as_of: date
    fund: str | None = None
    into: str | None = None
    method: str | None = None


class Sheet(msgspec.Struct, frozen=True):
    """One column: the pots of a day, in one currency."""

    column: Column
    pots: list[Pot]
    currency: str
    carried: dict[str, Carried]

    def side(self, name: str) -> dict[str, int]:
        """Assets or liabilities by account path: assets add up to what all of them come to, liabilities to what net assets leave of it."""
        found: dict[str, int] = {}
        for code in sorted({pot.currency for pot in self.pots}):
            for path, minor in self._carried_over(code, name).items():
                found[path] = found.get(path, 0) + minor
        return found

    def _carried_over(self, code: str, name: str) -> dict[str, int]:
        own = [pot for pot in self.pots if pot.currency == code]
        sums: dict[str, int] = {}
        for path, minor in ((path, minor) for pot in own for path, minor in getattr(pot, name).items()):
            sums[path] = sums.get(path, 0) + minor
        if code not in self.carried:
            return sums
        total = None
        if name == "liabilities":
            total = sum(self._carried_over(code, "assets").values()) - added(own, WHOLE, self.currency, self.carried).closing
        return self.carried[code].fitted(sums, code, self.currency, "closing", total)

    def net(self, cut: Cut) -> int:
        """Net assets, or of them what is in a cut."""
        return added(self.pots, cut, self.currency, self.carried).closing

    def deferred(self) -> int:
        """Restricted money that is not spent."""
        return self.net(RESTRICTED)


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The day, and the same of the year before."""
    methods_of(asked.method)
    return await select_spans(connection, facts, asked.as_of.replace(month=1, day=1), asked.as_of, asked.fund, asked.into, stands=True)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """A section each presentation, with a table each currency; then the notes."""
    methods = methods_of(asked.method)
    sections = [_section(facts, asked, selected, method) for method in methods]
    sections.append(notes_of(facts, methods, selected.now, stands=True))
    subtitle: list[Say] = [name_of(facts.fund_by_code(asked.fund))] if asked.fund else []
    return facts.document("financial-position", TITLE, sections, as_of=asked.as_of, subtitle=subtitle, notes=begin_note(selected))


def _section(facts: Facts, asked: Asked, selected: Selected, method: Method) -> Section:
    tables = tuple(_table(facts, asked, selected, method, scale) for scale in scales(facts, asked.into, selected))
    return Section(tables, WAYS[method].title, notes=() if tables else (words("There are no balances at this date. They appear with the first entry."),))


def _sheets(selected: Selected, scale: Scale) -> list[Sheet]:
    name, _, currency, pots_of = scale

    def one(column: str, heading: Words, span: Span) -> Sheet:
        pots, carried = pots_of(span), span.carried if name == "all" else {}
        return Sheet(money_column(column, heading, currency, carried, pots, ("closing",)), pots, currency, carried)

    now = [one("amount", words("Amount"), selected.now)]
    return now if selected.before is None else [*now, one("before", words("A year before"), selected.before)]


def _table(facts: Facts, asked: Asked, selected: Selected, method: Method, scale: Scale) -> Table:
    name, caption, currency, _ = scale
    sheets = _sheets(selected, scale)
    names, single = account_names(facts), name != "all"

    def accounts(side: str) -> tuple[list[Row], list[int]]:
        found = [sheet.side(side) for sheet in sheets]
        paths = sorted({path for each in found for path in each})
        links = {path: account_link(facts, path, currency, selected.now, asked.fund, single) for path in paths}
        rows = [row(names[path], *(each.get(path, 0) for each in found), link=links[path], level=1) for path in paths]
        return rows, [sum(each.values()) for each in found]

    assets, total_assets = accounts("assets")
    owed, total_owed = accounts("liabilities")
    if method == "deferral" and any(sheet.deferred() for sheet in sheets):
        owed.append(row(words("Deferred contributions"), *(sheet.deferred() for sheet in sheets), level=1))
        total_owed = [owes + sheet.deferred() for owes, sheet in zip(total_owed, sheets, strict=True)]
    net, total_net = _net_assets(method, sheets)
    both = [owes + worth for owes, worth in zip(total_owed, total_net, strict=True)]
    rows = [
        group(words("Assets")), *assets, row(words("Total assets"), *total_assets, kind="subtotal"),
        group(words("Liabilities")), *owed, row(words("Total liabilities"), *total_owed, kind="subtotal"),
        group(words("Net assets")), *net, row(words("Total net assets"), *total_net, kind="subtotal"),
        row(words("Liabilities and net assets"), *both, kind="total"),
    ]  # fmt: skip
    columns = (Column("line", words("Line")), *(sheet.column for sheet in sheets))
    return Table(f"{method.replace('_', '-')}-{name}", words("%(method)s, %(scale)s", method=WAYS[method].title, scale=caption), columns, tuple(rows))


def _net_assets(method: Method, sheets: list[Sheet]) -> tuple[list[Row], list[int]]:
    """Net assets by who restricted them."""
    lines = [(label, [sheet.net(cut) for sheet in sheets]) for label, cut in net_assets_of(method)]
    return [row(label, *values, level=1) for label, values in lines], [sum(values) for values in zip(*(values for _, values in lines), strict=True)]
