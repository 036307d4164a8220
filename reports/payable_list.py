"""Shape the lists of what can be paid and of what was paid, as filtered on a page, into documents for files."""

from ledger.services.payables import Due, Listed, ListedPaid
from ledger.storage.allocation_payments import Paid
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of
from reports.i18n import N_

DETAIL_NAMES: dict[str, str] = {"confirmed": N_("Confirmed"), "proposed": N_("Proposed, not confirmed"), "missing": N_("Missing")}
PAYMENT_STATES: dict[str, str] = {"paid": N_("Paid"), "reversed": N_("Reversed")}


def shape_payables(facts: Facts, listed: Listed) -> Document:
    """One line for each approved line with something left to pay."""
    columns = (
        Column("request", words("Request")), Column("line", words("Line"), "int"), Column("union", words("Asked by")),
        Column("campaign", words("Campaign")), Column("fund", words("Fund")), Column("what", words("What for")), Column("payee", words("Payee")),
        Column("committed", words("Committed"), "money"), Column("left", words("Left of the line"), "money"),
        Column("needed-by", words("Needed by"), "date"), Column("expires-on", words("Expires on"), "date"), Column("bank-details", words("Bank details")),
    )  # fmt: skip
    notes = () if listed.next is None else (words("The list goes on; these are the first of it."),)
    table = Table("payables", words("To pay"), columns, tuple(_due(facts, due) for due in listed.items), notes, empty=words("Nothing answers this."))
    return facts.document("payables", words("To pay"), [Section((table,))], as_of=facts.today)


def _due(facts: Facts, due: Due) -> Row:
    each = due.payable
    return row(
        cell(each.allocation, link=f"/requests/{each.allocation}"), each.line, facts.unions[each.union].name, each.campaign_name,
        name_of(facts.funds[each.fund_id]), each.what, each.payee_name, cell(each.committed_minor, currency=each.currency),
        cell(each.left_minor, currency=each.currency), each.needed_by, each.expires_on, words(DETAIL_NAMES[each.details]),
    )  # fmt: skip


def shape_paid(facts: Facts, listed: ListedPaid) -> Document:
    """One line for each payment, reversed ones too."""
    columns = (
        Column("request", words("Request")), Column("line", words("Line"), "int"), Column("paid-on", words("Paid on"), "date"),
        Column("payee", words("Payee")), Column("invoice", words("Invoice")), Column("invoiced-on", words("Invoice date"), "date"),
        Column("campaign", words("Campaign")), Column("fund", words("Fund")), Column("what", words("What for")),
        Column("amount", words("Amount"), "money"), Column("bank", words("From account")), Column("bank-amount", words("The bank took"), "money"),
        Column("fee", words("Bank’s fee"), "money"), Column("reference", words("Bank reference")), Column("entry", words("Entry")),
        Column("state", words("State")),
    )  # fmt: skip
    notes = () if listed.next is None else (words("The list goes on; these are the newest of it."),)
    table = Table("paid", words("Paid"), columns, tuple(_paid(facts, paid) for paid in listed.items), notes, empty=words("No payment answers this."))
    return facts.document("paid", words("Paid"), [Section((table,))], as_of=facts.today)


def _paid(facts: Facts, paid: Paid) -> Row:
    each = paid.payment
    return row(
        cell(each.allocation, link=f"/requests/{each.allocation}"), each.line, each.paid_on, each.payee_name, each.invoice, each.invoiced_on,
        paid.campaign_name, name_of(facts.fund_by_code(paid.fund)), paid.what, cell(each.amount_minor, currency=each.currency),
        name_of(facts.account(each.account_id)), cell(each.bank_minor, currency=each.bank_currency),
        cell(each.fee_minor, currency=each.bank_currency), each.reference,
        cell(f"J-{each.entry_number}", link=f"/journal/{each.entry_number}"), words(PAYMENT_STATES[each.state]),
    )  # fmt: skip
