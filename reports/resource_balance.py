"""Show what the unions lent each other in a period, both ways: in the units that it was delivered in, and in money where it was valued.

Hours are the fact and value is policy (domain.md 7), so quantities stand for everything that was delivered, and values for what has a rate.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain.half_days import half_of
from ledger.storage.database import Connection
from reports.document import Column, Document, Section, Table, cell, row, words
from reports.facts import Facts, bounded
from reports.resource_words import KIND_NAMES, UNIT_NAMES

TITLE = words("Resources lent, both ways")


class Asked(msgspec.Struct, frozen=True):
    """The period, both days included, and the fund that what was lent is charged to, where narrowed."""

    first: date
    last: date
    fund: str | None = None


class Lent(msgspec.Struct, frozen=True):
    """What one union lent another of a kind for a fund: bookings that fell in the period, what they planned, what was confirmed as delivered and what waits
    for that, distances as driven, and in minor units what it was worth and what of it was charged back.
    """

    fund_id: int
    lender: str
    borrower: str
    kind: str
    unit: str
    currency: str
    booked: int
    planned: Decimal
    delivered: Decimal
    waiting: Decimal
    value_minor: int
    recovered_minor: int


# A delivery counts by its last day; a booking where any of its half-days is in the period. The last parameter is the borrowing fund, where narrowed.
LENT = """
    SELECT b.fund_id, b.lender, b.borrower, r.kind, r.unit, r.currency::text,
        count(DISTINCT b.number)::int AS booked, coalesce(sum(b.planned), 0) AS planned,
        coalesce(sum(d.delivered), 0) AS delivered, coalesce(sum(d.waiting), 0) AS waiting, coalesce(sum(d.value_minor), 0)::bigint AS value_minor,
        coalesce(sum(d.recovered_minor), 0)::bigint AS recovered_minor
    FROM bookings b JOIN resources r ON r.number = b.resource
    LEFT JOIN LATERAL (
        SELECT sum(quantity) FILTER (WHERE state = 'confirmed') AS delivered, sum(quantity) FILTER (WHERE state IN ('submitted', 'disputed')) AS waiting,
            sum(value_minor) FILTER (WHERE state = 'confirmed') AS value_minor,
            sum(recovered_minor) FILTER (WHERE state = 'confirmed') AS recovered_minor
        FROM deliveries WHERE booking = b.number AND ends_on BETWEEN $1 AND $2) d ON true
    WHERE b.lender <> b.borrower AND b.state IN ('held', 'confirmed', 'done') AND b.first_half <= $4 AND b.last_half >= $3
        AND ($5::int IS NULL OR b.fund_id = $5)
    GROUP BY b.fund_id, b.lender, b.borrower, r.kind, r.unit, r.currency
    ORDER BY b.lender, b.borrower, r.kind, r.unit, r.currency, b.fund_id"""
_FIGURES = ("booked", "planned", "delivered", "waiting", "value_minor", "recovered_minor")


async def select(connection: Connection, facts: Facts, asked: Asked) -> list[Lent]:
    """Every kind that one union lent another in the period."""
    return together(await lent(connection, asked.first, asked.last, facts.fund_by_code(asked.fund).id if asked.fund else None))


async def lent(connection: Connection, first: date, last: date, fund_id: int | None) -> list[Lent]:
    """What was lent for each fund, or for one."""
    rows = await connection.fetch(LENT, first, last, half_of(first), half_of(last, "afternoon"), fund_id)
    bounded(len(rows))
    return [Lent(**dict(each)) for each in rows]


def together(found: Iterable[Lent]) -> list[Lent]:
    """The same, whichever funds it was for; a booking is for one fund."""
    sums: dict[tuple[str, ...], Lent] = {}
    for each in found:
        key = (each.lender, each.borrower, each.kind, each.unit, each.currency)
        had = sums.get(key)
        sums[key] = each if had is None else msgspec.structs.replace(had, **{name: getattr(had, name) + getattr(each, name) for name in _FIGURES})
    return list(sums.values())


def shape(facts: Facts, asked: Asked, selected: list[Lent]) -> Document:
    """One table a direction, and the net by unit and by currency."""
    directions: dict[tuple[str, str], list[Lent]] = defaultdict(list)
    for each in selected:
        directions[each.lender, each.borrower].append(each)
    sections = [Section((_direction(facts, pair, lent),)) for pair, lent in sorted(directions.items())]
    if selected:
        sections.append(Section((_net(facts, selected),)))
    notes = () if selected else (words("Nothing was lent in this period."),)
    return facts.document("resource-balance", TITLE, [*sections, Section(notes=notes)], period=(asked.first, asked.last))


def _direction(facts: Facts, pair: tuple[str, str], lent: list[Lent]) -> Table:
    columns = (
        Column("kind", words("Kind")), Column("unit", words("Unit")), Column("booked", words("Bookings"), "int"),
        Column("planned", words("Planned"), "decimal"), Column("delivered", words("Delivered and confirmed"), "decimal"),
        Column("waiting", words("Waiting or disputed"), "decimal"), Column("value", words("Worth"), "money"),
        Column("recovered", words("Charged back"), "money"), Column("in_kind", words("Stays in kind"), "money"),
    )  # fmt: skip
    rows = tuple(
        row(
            words(KIND_NAMES[each.kind]), words(UNIT_NAMES[each.unit]), each.booked, each.planned, each.delivered, each.waiting,
            cell(each.value_minor, currency=each.currency), cell(each.recovered_minor, currency=each.currency),
            cell(each.value_minor - each.recovered_minor, currency=each.currency),
        )
        for each in lent
    )  # fmt: skip
    lender, borrower = (facts.unions[code].name for code in pair)
    caption = words("Lent by %(lender)s to %(borrower)s", lender=lender, borrower=borrower)
    return Table(f"{pair[0]}-{pair[1]}", caption, columns, rows)


def _net(facts: Facts, selected: list[Lent]) -> Table:
    """What one union lent more than the other by unit, and what of its value stays in kind; each pair of unions once."""
    quantities: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    values: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for each in selected:
        first, second = sorted((each.lender, each.borrower))
        sign = 1 if each.lender == first else -1
        quantities[first, second, each.unit] += sign * each.delivered
        values[first, second, each.currency] += sign * (each.value_minor - each.recovered_minor)
    columns = (
        Column("between", words("Between")), Column("of", words("Of")), Column("quantity", words("Net quantity"), "decimal"),
        Column("value", words("Net value in kind"), "money"),
    )  # fmt: skip
    rows = [
        row(_more(facts, first, second), words(UNIT_NAMES[unit]), quantity, None)
        for (first, second, unit), quantity in sorted(quantities.items())
        if quantity
    ]
    rows += [
        row(_more(facts, first, second), currency, None, cell(minor, currency=currency))
        for (first, second, currency), minor in sorted(values.items())
    ]
    return Table("net", words("Net of both ways"), columns, tuple(rows), notes=(words("Above zero, the union named first lent more."),))


def _more(facts: Facts, first: str, second: str) -> str:
    return f"{facts.unions[first].name} – {facts.unions[second].name}"
