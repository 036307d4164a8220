"""Show what was in transit at a date, by name and age, also what arrived since; in the sender's currency, with its converted value."""

from datetime import date, timedelta

import msgspec

from ledger.domain.exchange import convert_at
from ledger.domain.transfers import Transfer
from ledger.storage.database import Connection
from ledger.storage.transfers import in_transit
from reports.document import Column, Conversion, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts, conversion_on, name_of

TITLE = words("Transfers in transit")
# A wire takes a few business days; what says nothing of when it is expected is old after this many.
TRANSIT_DAYS = 10


class Asked(msgspec.Struct, frozen=True):
    """The date, one fund where narrowed, and the currency that the converted column is in."""

    as_of: date
    fund: str | None = None
    into: str | None = None


class Transit(msgspec.Struct, frozen=True):
    """One transfer that was on its way at the date."""

    number: str
    fund_id: int
    from_account: int
    to_account: int
    sent_on: date
    expected_on: date | None
    transit_minor: int
    transit_currency: str
    bank_reference: str
    settled_on: date | None


def days_late(transfer: Transit | Transfer, day: date) -> int:
    """For how many days it should have been there by a day; none or fewer where it need not be yet."""
    return (day - (transfer.expected_on or transfer.sent_on + timedelta(days=TRANSIT_DAYS))).days


class Selected(msgspec.Struct, frozen=True):
    """The transfers, oldest first, and the rates of the date."""

    transfers: list[Transit]
    conversions: dict[str, Conversion]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """What the journal had in transit at the date, also what was settled or taken back since."""
    fund_id = facts.fund_by_code(asked.fund).id if asked.fund else None
    transfers = [
        Transit(
            t.number, t.fund_id, t.from_account, t.to_account, t.sent_on, t.expected_on, found.amount_minor, t.transit_currency,
            t.bank_reference, t.settled_on,
        )
        for found in await in_transit(connection, asked.as_of)
        for t in (found.transfer,)
        if fund_id in (None, t.fund_id)
    ]
    conversions = {}
    for currency in sorted({transfer.transit_currency for transfer in transfers}) if asked.into else []:
        conversion = await conversion_on(connection, currency, asked.into or "", asked.as_of)
        if conversion:
            conversions[currency] = conversion
    return Selected(transfers, conversions)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One table a currency."""
    currencies = sorted({transfer.transit_currency for transfer in selected.transfers})
    tables = [_table(facts, asked, selected, currency) for currency in currencies]
    late = words("What has no expected day counts as late %(days)s days after it was sent.", days=TRANSIT_DAYS)
    notes = (late,) if tables else (words("Nothing was in transit at this date."),)
    return facts.document("in-transit", TITLE, [Section(tuple(tables), notes=notes)], as_of=asked.as_of)


def _table(facts: Facts, asked: Asked, selected: Selected, currency: str) -> Table:
    conversion = selected.conversions.get(currency)
    columns = [
        Column("transfer", words("Transfer")), Column("sent", words("Sent on"), "date"), Column("from", words("From")), Column("to", words("To")),
        Column("fund", words("Fund")), Column("reference", words("Bank reference")),
        Column("expected", words("Expected on"), "date"), Column("age", words("Days in transit"), "int"), Column("late", words("Days late"), "int"),
        Column("settled", words("Arrived or returned"), "date"), Column("amount", words("Amount"), "money", currency),
    ]  # fmt: skip
    if conversion and asked.into:
        columns.append(Column("converted", words("In %(currency)s", currency=asked.into), "converted", asked.into, (conversion,)))
    mine = [transfer for transfer in selected.transfers if transfer.transit_currency == currency]
    rows = [_row(facts, asked, conversion, transfer) for transfer in mine]
    rows.append(_total(asked, conversion, currency, mine))
    return Table(f"transit-{currency.lower()}", words("In transit in %(currency)s", currency=currency), tuple(columns), tuple(rows))


def _row(facts: Facts, asked: Asked, conversion: Conversion | None, transfer: Transit) -> Row:
    cells: list[object] = [
        cell(transfer.number, link=f"/transfers/{transfer.number}"), transfer.sent_on, name_of(facts.account(transfer.from_account)),
        name_of(facts.account(transfer.to_account)), name_of(facts.funds[transfer.fund_id]), transfer.bank_reference,
        transfer.expected_on, (asked.as_of - transfer.sent_on).days, max(days_late(transfer, asked.as_of), 0) or None, transfer.settled_on,
        transfer.transit_minor,
    ]  # fmt: skip
    if conversion and asked.into:
        cells.append(_converted(transfer.transit_minor, transfer.transit_currency, asked.into, conversion))
    return row(*cells)


def _total(asked: Asked, conversion: Conversion | None, currency: str, transfers: list[Transit]) -> Row:
    cells: list[object] = [words("Total"), *[None] * 9, sum(transfer.transit_minor for transfer in transfers)]
    if conversion and asked.into:
        cells.append(_converted(sum(transfer.transit_minor for transfer in transfers), currency, asked.into, conversion))
    return row(*cells, kind="total")


def _converted(amount_minor: int, currency: str, into: str, conversion: Conversion) -> int:
    return convert_at(amount_minor, currency, into, conversion.base, conversion.quote, conversion.rate)
