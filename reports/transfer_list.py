"""Shape a list of transfers, as filtered on a page, into a document for files; and name the states of transfers."""

from collections.abc import Sequence

from ledger.services.transfers import View
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of
from reports.i18n import N_

STATE_NAMES: dict[str, str] = {
    "in_transit": N_("In transit"),
    "disputed": N_("It does not agree"),
    "received": N_("Received"),
    "returned": N_("Returned"),
    "cancelled": N_("Taken back"),
}


def shape_transfers(facts: Facts, views: Sequence[View], complete: bool) -> Document:
    """One line for each transfer: what left, with the sender's fee beside it, and what arrived or came back, after every fee."""
    columns = (
        Column("transfer", words("Transfer")), Column("sent", words("Sent on"), "date"), Column("from", words("From")), Column("to", words("To")),
        Column("fund", words("Fund")), Column("purpose", words("What for")), Column("reference", words("Bank reference")),
        Column("amount", words("Amount"), "money"), Column("fee", words("Bank’s fee"), "money"), Column("state", words("State")),
        Column("age", words("Days in transit"), "int"), Column("settled", words("Arrived or returned"), "date"), Column("net", words("Net"), "money"),
    )  # fmt: skip
    notes = () if complete else (words("The list goes on; these are the first of it."),)
    lines = tuple(_line(facts, view) for view in views)
    table = Table("transfers", words("Transfers"), columns, lines, notes, empty=words("No transfer answers this."))
    return facts.document("transfers", words("Transfers"), [Section((table,))], as_of=facts.today)


def _line(facts: Facts, view: View) -> Row:
    transfer, own = view.transfer, view.source.currency
    reached = own if transfer.state == "returned" else view.target.currency
    return row(
        cell(transfer.number, link=f"/transfers/{transfer.number}"), transfer.sent_on, name_of(view.source), name_of(view.target),
        name_of(view.fund), transfer.purpose, transfer.bank_reference, cell(transfer.amount_minor, currency=own),
        cell(transfer.sender_fee_minor, currency=own), words(STATE_NAMES[transfer.state]), transfer.days_in_transit(facts.today),
        transfer.settled_on, None if transfer.net_minor is None else cell(transfer.net_minor, currency=reached),
    )  # fmt: skip
