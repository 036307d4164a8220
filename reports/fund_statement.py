"""Show one fund over a period, currency beside currency: opening, in, out, exchange, closing, committed, available."""

from datetime import date

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.exchange import convert_at
from ledger.domain.funds import Figures, Movement, figures
from ledger.storage import funds
from ledger.storage.database import Connection
from reports.document import Column, Conversion, Document, Row, Say, Section, Table, row, words
from reports.facts import Facts, conversion_on, name_of

TITLE = words("Fund statement")


class Asked(msgspec.Struct, frozen=True):
    """The period, one fund or all of them, and the currency that the converted column is in."""

    first: date
    last: date
    fund: str | None = None
    into: str | None = None


class FundFigures(msgspec.Struct, frozen=True):
    """One fund's movements of the period, and what is committed and available now."""

    fund: Fund
    movements: list[Movement]
    now: list[Figures]


class Selected(msgspec.Struct, frozen=True):
    """Every fund asked for, and the closing rates."""

    funds: list[FundFigures]
    conversions: dict[str, Conversion]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The movements of the joint book."""
    chosen = [facts.fund_by_code(asked.fund)] if asked.fund else sorted(facts.funds.values(), key=lambda fund: fund.id)
    held = await funds.held(connection)
    found = []
    for fund in chosen:
        movements = await funds.movements(connection, fund.id, asked.first, asked.last, facts.currencies)
        found.append(FundFigures(fund, movements, figures(fund, held.get(fund.id, {}), facts.currencies)))
    conversions = {}
    for currency in facts.currencies:
        conversion = await conversion_on(connection, currency, asked.into, asked.last) if asked.into else None
        if conversion:
            conversions[currency] = conversion
    return Selected(found, conversions)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One table a fund; the lines are the same for each."""
    tables = tuple(_table(facts, asked, selected.conversions, item) for item in selected.funds)
    subtitle: list[Say] = [_restriction(item.fund) for item in selected.funds] if asked.fund else []
    note = words("What is pledged, committed and available is as of now; the other lines are of the period.")
    return facts.document("fund-statement", TITLE, [Section(tables)], period=(asked.first, asked.last), subtitle=subtitle, notes=[note])


def _restriction(fund: Fund) -> Say:
    if fund.nation:
        return words("Ring-fenced: money from %(nation)s alone.", nation=fund.nation)
    return fund.restriction_text or words("No restriction is recorded.")


def _table(facts: Facts, asked: Asked, conversions: dict[str, Conversion], item: FundFigures) -> Table:
    codes = [movement.currency for movement in item.movements]
    columns = [Column("line", words("Line")), *(Column(code.lower(), code, "money", code) for code in codes)]
    rates = tuple(conversions[code] for code in codes if code in conversions)
    if asked.into and rates:
        columns.append(Column("converted", words("All in %(currency)s", currency=asked.into), "converted", asked.into, rates))
    rows = [_row(asked, conversions, words_, values, kind, bool(rates)) for words_, values, kind in _lines(item)]
    return Table(f"fund-{item.fund.code.lower()}", name_of(item.fund), tuple(columns), tuple(rows))


def _lines(item: FundFigures) -> list[tuple[Say, dict[str, int], str]]:
    moved = {movement.currency: movement for movement in item.movements}
    now = {figure.currency: figure for figure in item.now}

    def of(name: str, sign: int = 1) -> dict[str, int]:
        return {code: sign * getattr(movement, name) for code, movement in moved.items()}

    def today(name: str) -> dict[str, int]:
        return {code: getattr(now[code], name) if code in now else 0 for code in moved}

    return [
        (words("Opening balance"), of("opening_minor"), "subtotal"),
        (words("Brought into the books"), of("brought_minor"), "line"),
        (words("Received"), of("received_minor"), "line"),
        (words("Paid out"), of("paid_minor", -1), "line"),
        (words("From and to other funds"), of("between_funds_minor"), "line"),
        (words("Exchanged between currencies"), of("exchange_minor"), "line"),
        (words("Closing balance"), of("closing_minor"), "total"),
        (words("Pledged, still to come"), today("pledged_minor"), "line"),
        (words("Committed"), today("committed_minor"), "line"),
        (words("Floor that stays in the fund"), today("floor_minor"), "line"),
        (words("Available"), today("available_minor"), "subtotal"),
    ]


def _row(asked: Asked, conversions: dict[str, Conversion], label: Say, values: dict[str, int], kind: str, converted: bool) -> Row:
    cells: list[object] = [label, *values.values()]
    if converted and asked.into:
        cells.append(sum(_in_one(code, amount, asked.into, conversions) for code, amount in values.items()))
    return row(*cells, kind=kind)  # type: ignore[arg-type]


def _in_one(code: str, amount_minor: int, into: str, conversions: dict[str, Conversion]) -> int:
    if code == into:
        return amount_minor
    conversion = conversions[code]
    return convert_at(amount_minor, code, into, conversion.base, conversion.quote, conversion.rate)
