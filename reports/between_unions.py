"""Show what the unions owe and lend each other at a date: what both books say side by side, and a statement of every loan."""

from datetime import date

import msgspec

from ledger.domain.loans import Loan, Standing, standing, statement
from ledger.domain.mirrors import Step
from ledger.services.mirrors import Mirror, mirrored
from ledger.storage import loans as loan_store
from ledger.storage import mirrors as step_store
from ledger.storage.database import Connection
from reports import formats
from reports.between_words import LOAN_STATES, MIRROR_PAIRS, STEP_KINDS
from reports.document import Column, Document, Label, Row, Section, Table, Words, cell, row, words
from reports.facts import Facts, bounded
from reports.i18n import LANGUAGES

TITLE = words("Between the unions")


class Asked(msgspec.Struct, frozen=True):
    """The date."""

    as_of: date


class Lent(msgspec.Struct, frozen=True):
    """A loan that both unions agreed to, with its steps, which entries stand for them, and where it stood."""

    loan: Loan
    steps: list[Step]
    entries: dict[str, dict[str, int]]
    at: Standing


class Selected(msgspec.Struct, frozen=True):
    """What both books said, and every loan that was agreed to by then."""

    mirrors: list[Mirror]
    loans: list[Lent]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The balances of both books at the date, and the loans that began by then."""
    kept = await loan_store.lent_by(connection, asked.as_of)
    numbers = [loan.number for loan in kept]
    bounded(max(len(kept), await step_store.count_of_all(connection, numbers)))
    steps = await step_store.steps_of_all(connection, numbers)
    entries = await step_store.entries_of(connection, [step.number for of_loan in steps.values() for step in of_loan])
    found = [Lent(loan, steps[loan.number], entries, standing(loan, steps[loan.number], asked.as_of)) for loan in kept]
    return Selected(await mirrored(connection, asked.as_of), found)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """The balances, the loans, and one statement a loan."""
    sections = [Section((_mirrors(facts, selected.mirrors),)), Section((_loans(facts, selected.loans),))]
    sections += [Section((_statement(each, asked.as_of),), heading=_heading(facts, each.loan), notes=(_terms(each.loan),)) for each in selected.loans]
    return facts.document("between-unions", TITLE, sections, as_of=asked.as_of)


def _name(facts: Facts, code: str) -> str:
    return facts.unions[code].name


def _mirrors(facts: Facts, mirrors: list[Mirror]) -> Table:
    columns = (
        Column("of", words("Of")), Column("debtor", words("Owes")), Column("creditor", words("Is owed")),
        Column("owed", words("In the book of who is owed"), "money"), Column("owing", words("In the book of who owes"), "money"),
        Column("difference", words("Difference"), "money"),
    )  # fmt: skip
    rows = tuple(
        row(
            words(MIRROR_PAIRS[each.pair]), _name(facts, each.debtor), _name(facts, each.creditor), cell(each.owed_minor, currency=each.currency),
            cell(-each.owing_minor, currency=each.currency), cell(each.difference_minor, currency=each.currency),
        )
        for each in mirrors
    )  # fmt: skip
    empty = words("Neither union owed the other anything on that day.")
    return Table("mirrors", words("What both books say"), columns, rows, empty=empty)


def _loans(facts: Facts, loans: list[Lent]) -> Table:
    columns = (
        Column("loan", words("Loan")), Column("lender", words("Lender")), Column("borrower", words("Borrower")), Column("state", words("State today")),
        Column("drawn", words("Drawn"), "money"), Column("repaid", words("Repaid"), "money"), Column("forgiven", words("Forgiven"), "money"),
        Column("outstanding", words("Still owed"), "money"), Column("overdue", words("Overdue"), "money"),
    )  # fmt: skip
    rows = tuple(_loan(facts, each) for each in loans)
    return Table("loans", words("Loans"), columns, rows, empty=words("No loan had begun by this date."))


def _loan(facts: Facts, each: Lent) -> Row:
    loan, at = each.loan, each.at
    sums = (at.drawn_minor, at.repaid_minor, at.forgiven_minor, at.outstanding_minor, at.overdue_minor)
    return row(
        cell(loan.number, link=f"/loans/{loan.number}"), _name(facts, loan.lender), _name(facts, loan.borrower), words(LOAN_STATES[loan.state][0]),
        *(cell(minor, currency=loan.currency) for minor in sums),
    )  # fmt: skip


def _heading(facts: Facts, loan: Loan) -> Words:
    return words("Statement of loan %(loan)s: %(lender)s to %(borrower)s", loan=loan.number, lender=_name(facts, loan.lender),
                 borrower=_name(facts, loan.borrower))  # fmt: skip


def _terms(loan: Loan) -> Words:
    if not loan.interest_percent:
        return words("Without interest.")
    percent = Label(*(formats.per_cent(language, loan.interest_percent) for language in LANGUAGES))
    return words("Simple interest of %(percent)s a year, by days over 365, owed beside the loan.", percent=percent)


def _statement(each: Lent, as_of: date) -> Table:
    loan = each.loan
    columns = (
        Column("date", words("Date"), "date"), Column("step", words("Step")), Column("kind", words("What")), Column("description", words("Description")),
        Column("lender_entry", words("Entry of the lender")), Column("borrower_entry", words("Entry of the borrower")),
        Column("amount", words("Amount"), "money", loan.currency), Column("outstanding", words("Still owed"), "money", loan.currency),
    )  # fmt: skip
    rows = [
        row(
            step.entry_date, cell(step.number, link=f"/steps/{step.number}"), words(STEP_KINDS[step.kind]), step.description,
            _entry(each, step, loan.lender), _entry(each, step, loan.borrower), change or step.amount_minor, left,
        )
        for step, change, left in statement(each.steps)
        if step.entry_date <= as_of
    ]  # fmt: skip
    caption = words("Statement of loan %(loan)s", loan=loan.number)
    return Table(f"loan-{loan.number.lower()}", caption, columns, tuple(rows), empty=words("Nothing was drawn yet."))


def _entry(each: Lent, step: Step, union: str) -> object:
    number = each.entries[step.number].get(union)
    return None if number is None else cell(f"J-{number}", link=f"/journal/{number}")
