"""Shape the list of payees, as a reader may see it, into a document for files; and name the states of bank details."""

from ledger.services.payees import Listed, PayeeView
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts
from reports.i18n import N_

ACCOUNT_STATES: dict[str, str] = {
    "proposed": N_("not confirmed yet"), "confirmed": N_("confirmed by both unions"), "rejected": N_("not accepted"), "retired": N_("no longer used"),
}  # fmt: skip


def shape_payees(facts: Facts, listed: Listed) -> Document:
    """One line for each payee, with the currencies it can be paid in; no file has any part of a number."""
    columns = (
        Column("number", words("Number")), Column("name", words("Name")), Column("country", words("Country")),
        Column("currencies", words("Bank details confirmed in")), Column("remark", words("Remark")),
    )  # fmt: skip
    notes = () if listed.next is None else (words("The list goes on; these are the first of it."),)
    table = Table("payees", words("Payees"), columns, tuple(_payee(view) for view in listed.items), notes, empty=words("No payee answers this."))
    return facts.document("payees", words("Payees"), [Section((table,))], as_of=facts.today)


def _payee(view: PayeeView) -> Row:
    payee = view.payee
    currencies = " ".join(known.currency for known in view.known)
    return row(cell(payee.number, link=f"/payees/{payee.number}"), payee.name, payee.country, currencies, payee.remark)
