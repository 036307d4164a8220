"""Sections C, D, F, G and I: what was in transit, pledged, equalised, lent in money and lent in kind, each as its own report has it."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain.loans import Loan, Standing, standing
from ledger.services.mirrors import Mirror, mirrored
from ledger.storage import loans as loan_store
from ledger.storage import mirrors as step_store
from ledger.storage.database import Connection
from reports import contributions_pledges, equalisation_statement, resource_balance, transfers_in_transit
from reports.document import Column, Row, Section, Table, Words, cell, row, words
from reports.facts import LINES_MAXIMUM, Facts, bounded


class Carried(msgspec.Struct, frozen=True):
    """A loan at the beginning and at the end of the period, and whether both books say the same of what is lent between its unions."""

    loan: Loan
    before: Standing
    after: Standing
    agreed: bool


class Between(msgspec.Struct, frozen=True):
    """What the five sections show."""

    transit: transfers_in_transit.Selected
    pledges: contributions_pledges.Selected
    equalised: equalisation_statement.Selected
    loans: list[Carried]
    lent: list[resource_balance.Lent]


async def select(connection: Connection, facts: Facts, first: date, last: date) -> Between:
    """Everything as of the period's last day, or of the period."""
    return Between(
        await transfers_in_transit.select(connection, facts, transfers_in_transit.Asked(last)),
        await contributions_pledges.select(connection, facts, contributions_pledges.Asked(last)),
        await equalisation_statement.select(connection, facts, equalisation_statement.Asked(first, last)),
        await _loans(connection, first, last),
        await resource_balance.select(connection, facts, resource_balance.Asked(first, last)),
    )


async def _loans(connection: Connection, first: date, last: date) -> list[Carried]:
    kept = [each for state in ("agreed", "settled") for each in await loan_store.loans(connection, state, None, None, LINES_MAXIMUM + 1)]
    bounded(len(kept))
    mirrors = await mirrored(connection, last)
    found = []
    for loan in sorted((each for each in kept if each.starts_on <= last), key=lambda each: (len(each.number), each.number)):
        steps = await step_store.steps_of(connection, loan.number)
        before, after = standing(loan, steps, first - timedelta(days=1)), standing(loan, steps, last)
        found.append(Carried(loan, before, after, _agrees(mirrors, loan)))
    return found


def _agrees(mirrors: Sequence[Mirror], loan: Loan) -> bool:
    pair = {loan.lender, loan.borrower}
    return all(each.difference_minor == 0 for each in mirrors if {each.creditor, each.debtor} == pair and each.currency == loan.currency)


# --- shape ------------------------------------------------------------------------------------------------------------


def transit(facts: Facts, last: date, selected: Between) -> Section:
    """Section C."""
    made = transfers_in_transit.shape(facts, transfers_in_transit.Asked(last), selected.transit)
    return Section(made.tables, words("C. In transit at the cut-off"), notes=made.sections[0].notes)


def pledges(facts: Facts, last: date, selected: Between) -> Section:
    """Section D: the pledges alone, for what was given stands in section A."""
    made = contributions_pledges.shape(facts, contributions_pledges.Asked(last), selected.pledges)
    tables = tuple(table for table in made.tables if table.name.startswith("pledges-"))
    notes = () if tables else (words("Nothing was pledged by this date."),)
    return Section(tables, words("D. Pledges"), notes=notes)


def equalised(facts: Facts, selected: Between) -> Section:
    """Section F: who owes whom; each equalisation's own page has its working."""
    table = equalisation_statement.summary(facts, selected.equalised)
    return Section((msgspec.structs.replace(table, name="equalised"),), words("F. Equalisation of joint costs"))


def loans(facts: Facts, selected: Between) -> Section:
    """Section G."""
    columns = (
        Column("loan", words("Loan")), Column("lender", words("Lender")), Column("borrower", words("Borrower")),
        Column("opening", words("Opening"), "money"), Column("drawn", words("Drawn"), "money"), Column("repaid", words("Repaid"), "money"),
        Column("forgiven", words("Forgiven"), "money"), Column("closing", words("Closing"), "money"), Column("agreed", words("Both books agree")),
    )  # fmt: skip
    rows = tuple(_loan(facts, each) for each in selected.loans)
    table = Table("lent", words("Loans in the period"), columns, rows, empty=words("No loan had begun by this date."))
    return Section((table,), words("G. Loans between the unions"))


def _loan(facts: Facts, each: Carried) -> Row:
    loan, before, after = each.loan, each.before, each.after
    sums = (
        before.outstanding_minor, after.drawn_minor - before.drawn_minor, before.repaid_minor - after.repaid_minor,
        before.forgiven_minor - after.forgiven_minor, after.outstanding_minor,
    )  # fmt: skip
    return row(
        cell(loan.number, link=f"/loans/{loan.number}"), facts.unions[loan.lender].name, facts.unions[loan.borrower].name,
        *(cell(minor, currency=loan.currency) for minor in sums), yes_or_no(each.agreed),
    )  # fmt: skip


def yes_or_no(holds: bool) -> Words:
    """A word for it."""
    return words("yes") if holds else words("no")


def in_kind(facts: Facts, first: date, last: date, selected: Between) -> Section:
    """Section I."""
    made = resource_balance.shape(facts, resource_balance.Asked(first, last), selected.lent)
    notes = tuple(note for section in made.sections for note in section.notes)
    return Section(made.tables, words("I. Resources in kind, both ways"), notes=notes)
