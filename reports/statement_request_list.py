"""Shape a union's log of members' requests for statements into a document for files: by reference, with when each was answered."""

from ledger.domain.statement_requests import StatementRequest
from ledger.services.statement_requests import View
from reports.document import Column, Document, Row, Say, Section, Table, row, words
from reports.facts import Facts
from reports.reminder_words import told_of_requests


def shape_statement_requests(facts: Facts, view: View) -> Document:
    """One line for each request, the latest first, with how long it was open; what is open for too long is said below."""
    columns = (
        Column("number", words("Number")), Column("asked", words("Asked on"), "date"), Column("local", words("Local")),
        Column("reference", words("Reference")), Column("statement", words("Statement asked for")), Column("answered", words("Answered on"), "date"),
        Column("answer", words("Answer")), Column("days", words("Days open"), "int"), Column("late", words("Threshold")),
    )  # fmt: skip
    late = {each.number for each in view.late}
    notes: list[Say] = list(told_of_requests(view.threshold, len(view.late))) if view.threshold else []
    if view.next is not None:
        notes.append(words("The list goes on; these are the first of it."))
    rows = tuple(_line(facts, each, each.number in late) for each in view.items)
    caption = words("Members’ requests for statements")
    table = Table("statement-requests", caption, columns, rows, tuple(notes), empty=words("Nothing was asked for, or everything is answered."))
    return facts.document("statement-requests", caption, [Section((table,))], as_of=facts.today)


def _line(facts: Facts, each: StatementRequest, late: bool) -> Row:
    return row(
        each.number, each.asked_on, each.local, each.reference, each.statement, each.answered_on, each.answer, each.open_days(facts.today),
        words("reached") if late else None,
    )  # fmt: skip
