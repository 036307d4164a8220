"""Shape a roster into a document for files. Every row says whose copy it is: a list that gets about can be traced to who took it."""

from datetime import datetime

from ledger.domain.rosters import MONEY
from ledger.domain.strikes import Strike
from ledger.storage.rosters import OnRoster
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts
from reports.roster_words import COLUMN_NAMES, OTHER_INCOMES, PAY_METHODS, PAYROLLS, STANDINGS

_TEXTS = ("reference", "name", "local", "standing", "payroll", "registered_on", "other_income", "returned_on", "crossed_on", "on_hold", "dependants")
_KINDS = {"registered_on": "date", "returned_on": "date", "crossed_on": "date", "dependants": "int"}


def shape_roster(facts: Facts, strike: Strike, members: list[OnRoster], person: str, at: datetime) -> Document:
    """One line for each member, under headings that a later import understands, with the mark of who took it and when."""
    mark = f"{person}, {at:%Y-%m-%d %H:%M} UTC"
    columns = (
        *(Column(name, words(COLUMN_NAMES[name]), _KINDS.get(name, "text")) for name in _TEXTS),  # type: ignore[arg-type]
        *(Column(name, words(COLUMN_NAMES[name]), "money", strike.currency) for name in MONEY),
        *(Column(name, words(COLUMN_NAMES[name])) for name in ("pay_method", "pay_reference")),
        Column("copy", words("Copy taken by")),
    )  # fmt: skip
    notes = (words("Confidential: whose copy this is stands in every row, and in the audit trail. Delete it when it has served."),)
    rows = tuple(_row(each, mark) for each in members)
    table = Table("roster", words("Roster of strike %(strike)s", strike=strike.number), columns, rows, notes, empty=words("Nobody is on this roster."))
    title = words("Roster of strike %(strike)s, copy taken by %(mark)s", strike=strike.number, mark=mark)
    return facts.document("roster", title, [Section((table,))], as_of=facts.today)


def _row(member: OnRoster, mark: str) -> Row:
    said = member.facts
    return row(
        said.reference, said.name, said.local, words(STANDINGS[said.standing]), words(PAYROLLS[said.payroll]), said.registered_on,
        words(OTHER_INCOMES[said.other_income]) if said.other_income else "", said.returned_on, said.crossed_on,
        words("Yes") if said.on_hold else words("No"), said.dependants, cell(said.gross_weekly_minor), cell(said.hourly_rate_minor),
        words(PAY_METHODS[said.pay_method]), said.pay_reference, mark,
    )  # fmt: skip
