"""Show one fund over a period, currency beside currency: opening, in, out, exchange, closing, committed, available.

The converted column carries the opening at the rate before the period, what moved at the mean of its days and the closing at its last; what
is left over is the exchange difference, which stands in that column alone (case W21).
"""

from datetime import date

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.exchange import roll_forward
from ledger.domain.funds import Figures, Movement, figures
from ledger.storage import funds
from ledger.storage.database import Connection
from reports.carried import ROUNDING_MINOR, Carried, all_in, carried_into
from reports.document import Column, Document, Row, RowKind, Say, Section, Table, row, words
from reports.facts import Facts, name_of

TITLE = words("Fund statement")


class Asked(msgspec.Struct, frozen=True):
    """The period, one fund or all of them, and the currency that the converted column is in."""

    first: date
    last: date
    fund: str | None = None
    into: str | None = None


class FundFigures(msgspec.Struct, frozen=True):
    """One fund's movements of the period, and what is committed and available at its end."""

    fund: Fund
    movements: list[Movement]
    stands: list[Figures]


class Selected(msgspec.Struct, frozen=True):
    """Every fund asked for, and the rates by currency."""

    funds: list[FundFigures]
    carried: dict[str, Carried]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The movements of the joint book."""
    chosen = [facts.fund_by_code(asked.fund)] if asked.fund else sorted(facts.funds.values(), key=lambda fund: fund.id)
    held = await funds.held_on(connection, asked.last)
    found = []
    for fund in chosen:
        movements = await funds.movements(connection, fund.id, asked.first, asked.last, facts.currencies)
        found.append(FundFigures(fund, movements, figures(fund, held.get(fund.id, {}), facts.currencies)))
    foreign = [currency for currency in facts.currencies if asked.into and currency != asked.into]
    opens = {move.currency for item in found for move in item.movements if move.opening_minor}
    into = asked.into or ""
    carried = {currency: await carried_into(connection, currency, into, asked.first, asked.last, opens=currency in opens) for currency in foreign}
    return Selected(found, carried)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One table a fund; the lines are the same for each."""
    tables = tuple(_table(asked, selected.carried, item) for item in selected.funds)
    subtitle: list[Say] = [_restriction(item.fund) for item in selected.funds] if asked.fund else []
    floors = any(figure.floor_minor for item in selected.funds for figure in item.stands)
    notes = [words("Floors stand as of now.")] if floors and asked.last < facts.today else []
    return facts.document("fund-statement", TITLE, [Section(tables)], period=(asked.first, asked.last), subtitle=subtitle, notes=notes)


def _restriction(fund: Fund) -> Say:
    if fund.nation:
        return words("Ring-fenced: money from %(nation)s alone.", nation=fund.nation)
    return fund.restriction_text or words("No restriction is recorded.")


def _table(asked: Asked, carried: dict[str, Carried], item: FundFigures) -> Table:
    codes = [movement.currency for movement in item.movements]
    columns = [Column("line", words("Line")), *(Column(code.lower(), code, "money", code) for code in codes)]
    used = [carried[code] for code in codes if code in carried]
    if not asked.into or not used:
        return _titled(item, columns, [row(label, *native.values(), kind=kind) for label, native, _, kind in _lines(item, "", {})])
    rates = tuple(conversion for each in used for conversion in (each.opening, each.mean, each.closing))
    columns.append(Column("converted", words("All in %(currency)s", currency=asked.into), "converted", asked.into, rates))
    lines = _lines(item, asked.into, carried)
    lines.insert(CLOSING, (words("Exchange difference"), dict.fromkeys(codes), _exchange_difference(item, asked.into, carried), "line"))
    return _titled(item, columns, [row(label, *native.values(), converted, kind=kind) for label, native, converted, kind in lines])


def _titled(item: FundFigures, columns: list[Column], rows: list[Row]) -> Table:
    return Table(f"fund-{item.fund.code.lower()}", name_of(item.fund), tuple(columns), tuple(rows))


# A line's label, its native figures by currency, the same all in one currency, and its kind.
Line = tuple[Say, dict[str, int] | dict[str, None], int, RowKind]
# The line that the exchange difference stands before.
CLOSING = 6


def _lines(item: FundFigures, into: str, carried: dict[str, Carried]) -> list[Line]:
    moved = {movement.currency: movement for movement in item.movements}
    stands = {figure.currency: figure for figure in item.stands}

    def line(label: Say, values: dict[str, int], use: str, kind: RowKind = "line") -> Line:
        return label, values, all_in(into, carried, values, use), kind

    def of(name: str, sign: int = 1) -> dict[str, int]:
        return {code: sign * getattr(movement, name) for code, movement in moved.items()}

    def at_end(name: str) -> dict[str, int]:
        return {code: getattr(stands[code], name) if code in stands else 0 for code in moved}

    return [
        line(words("Opening balance"), of("opening_minor"), "opening", "subtotal"),
        line(words("Brought into the books"), of("brought_minor"), "mean"),
        line(words("Received"), of("received_minor"), "mean"),
        line(words("Paid out"), of("paid_minor", -1), "mean"),
        line(words("From and to other funds"), of("between_funds_minor"), "mean"),
        line(words("Exchanged between currencies"), of("exchange_minor"), "mean"),
        line(words("Closing balance"), of("closing_minor"), "closing", "total"),
        line(words("Pledged, advanced or lent"), at_end("pledged_minor"), "closing"),
        line(words("Committed"), at_end("committed_minor"), "closing"),
        line(words("Floor that stays in the fund"), at_end("floor_minor"), "closing"),
        line(words("Available"), at_end("available_minor"), "closing", "subtotal"),
    ]


def _exchange_difference(item: FundFigures, into: str, carried: dict[str, Carried]) -> int:
    """What the rates alone did to the fund, proved from their differences within half a unit's rounding of each line (W21)."""
    total = 0
    for movement in item.movements:
        if movement.currency not in carried:
            continue
        own = carried[movement.currency]
        moves = [movement.brought_minor, movement.received_minor, -movement.paid_minor, movement.between_funds_minor, movement.exchange_minor]
        rolled = roll_forward(movement.opening_minor, moves, movement.currency, into, own.rates, own.closing.base, own.closing.quote)
        assert abs(rolled.fx_minor - rolled.proof_minor) <= ROUNDING_MINOR * len(moves), f"{item.fund.code}: the exchange difference is not proved"
        total += rolled.fx_minor
    return total
