"""Shape a list of journal entries, as filtered on a page, into a document for files; and name the kinds of entries."""

from collections.abc import Sequence

from ledger.storage.entries import EntryRow
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts
from reports.i18n import N_

KIND_NAMES: dict[str, str] = {
    "opening": N_("Opening balance"),
    "general": N_("General entry"),
    "contribution": N_("Contribution"),
    "pledge": N_("Pledge"),
    "pledge_cancelled": N_("Pledge cancelled"),
    "transfer_sent": N_("Transfer sent"),
    "transfer_received": N_("Transfer received"),
    "transfer_returned": N_("Transfer returned"),
    "interfund": N_("Transfer between funds"),
    "revaluation": N_("Revaluation"),
    "reversal": N_("Reversal"),
    "correction": N_("Correction"),
    "commitment": N_("Commitment"),
    "commitment_released": N_("Commitment released"),
    "allocation_payment": N_("Payment of an allocation"),
    "strike_run": N_("Strike benefits of a week"),
    "strike_run_payment": N_("Payment of strike benefits"),
    "strike_payment_change": N_("Change of strike payments"),
    "strike_advance": N_("Advance to a local"),
    "strike_report": N_("Expense report of a local"),
    "strike_return": N_("Return of an advance"),
    "strike_grant": N_("Medical or hardship support"),
    "in_kind": N_("Given in kind"),
    "in_kind_recovered": N_("In kind, charged back"),
    "loan_drawdown": N_("Loan drawn"),
    "loan_repayment": N_("Loan repaid"),
    "loan_interest": N_("Interest on a loan"),
    "loan_forgiveness": N_("Loan forgiven"),
    "charge_back": N_("Charged back"),
    "equalisation": N_("Equalisation"),
    "settlement": N_("Settlement between unions"),
}


def shape_journal(facts: Facts, rows: Sequence[EntryRow], complete: bool) -> Document:
    """One line for each entry, book and currency; the amount is the sum of the debits."""
    columns = (
        Column("entry", words("Entry")), Column("date", words("Date"), "date"), Column("kind", words("Kind")), Column("description", words("What")),
        Column("reference", words("Reference")), Column("funds", words("Funds")), Column("book", words("Book")),
        Column("amount", words("Amount"), "money"), Column("recorded-by", words("Recorded by")),
    )  # fmt: skip
    lines = tuple(line for entry in rows for line in _lines(facts, entry))
    notes = () if complete else (words("The list goes on; these are its newest entries."),)
    table = Table("journal", words("Journal"), columns, lines, notes, empty=words("No entry answers this."))
    return facts.document("journal", words("Journal"), [Section((table,))], as_of=facts.today)


def _lines(facts: Facts, entry: EntryRow) -> list[Row]:
    return [
        row(
            cell(f"J-{entry.number}", link=f"/journal/{entry.number}"), entry.entry_date, words(KIND_NAMES.get(entry.kind, entry.kind)),
            entry.description, entry.reference, ", ".join(entry.funds), facts.books[book], cell(minor, currency=currency), entry.actor_name,
        )
        for book, currency, minor in entry.amounts
    ]  # fmt: skip
