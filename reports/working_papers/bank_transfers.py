"""List the transfers to another country of a period, and which of them the bank reports, alone or added up within a day."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.services.threshold_reminders import SENT_FINDERS, Books, Gap, Lack, Part, check_begun, lack_of, sent_parts
from ledger.storage.database import Connection
from ledger.storage.reminders import Sent, sent_abroad
from reports.document import Column, Document, Row, Section, Table, Words, cell, row, words
from reports.facts import Facts, bounded
from reports.reminders import lack_sections, sections_of
from reports.threshold_words import country_label, without_amount

TITLE = words("Working paper: bank transfers abroad")


class Asked(msgspec.Struct, frozen=True):
    """The first and last day."""

    first: date
    last: date


class Selected(msgspec.Struct, frozen=True):
    """Everything that was sent abroad, what of it reaches a threshold, and what no amount is entered for."""

    sent: list[Sent]
    parts: list[Part]
    lack: Lack


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Transfers and payments between two countries, and the thresholds that hold on their days."""
    check_begun(asked.first, facts.today)
    books = Books(connection, facts.today)
    parts = [part for kind in SENT_FINDERS for part in await sent_parts(books, kind, asked.first, asked.last)]
    lack = await lack_of(books, list(SENT_FINDERS), asked.last, parts)
    return Selected(await sent_abroad(connection, None, asked.first, asked.last), parts, lack)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """What the bank reports first, and then the whole list."""
    bounded(len(selected.sent))
    sections: list[Section] = [section for part in selected.parts for section in sections_of(part, None)]
    sections += lack_sections(selected.lack, _told_of_gap)
    sections.append(Section((_list(selected.sent),), words("Every transfer abroad")))
    notes = (words("The duty to report is the bank’s, not the union’s."),)
    return facts.document("bank-transfers", TITLE, sections, period=(asked.first, asked.last), notes=notes)


def _told_of_gap(gap: Gap) -> Words:
    """Its days are any, not a year's."""
    return without_amount(gap.ended, gap.since)


def _at(name: str, nation: str) -> Words:
    return words("%(name)s (%(nation)s)", name=name, nation=country_label(nation))


def _list(sent: Sequence[Sent]) -> Table:
    columns = (
        Column("number", words("Transfer or request")), Column("day", words("Sent on"), "date"), Column("sender", words("Sender")),
        Column("receiver", words("Receiver")), Column("amount", words("Amount"), "money"), Column("purpose", words("Purpose or invoice")),
        Column("reference", words("Bank reference")),
    )  # fmt: skip
    rows: tuple[Row, ...] = tuple(
        row(
            cell(each.number, link=each.url), each.day, _at(each.sender, each.sender_nation),
            _at(each.receiver, each.receiver_nation), cell(each.amount_minor, currency=each.currency),
            each.purpose, each.reference,
        )
        for each in sent
    )  # fmt: skip
    return Table("sent", words("Transfers and payments to another country"), columns, rows, empty=words("Nothing was sent to another country."))
