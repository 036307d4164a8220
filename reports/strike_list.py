"""Shape the list of strikes, as filtered on a page, into a document for files."""

from collections.abc import Mapping

from ledger.services.strike_weeks import Board, Standing
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts
from reports.i18n import N_
from reports.strike_rule_words import KIND_NAMES
from reports.strike_words import STATES, next_text

_FIGURES = {"spent": N_("Spent so far, %(currency)s"), "week": N_("Last week, %(currency)s")}


def shape_strikes(facts: Facts, board: Board, language: str) -> Document:
    """One line for each strike: what it is, how it stands, what it cost by the journal in its own currency, and what is to be done next."""
    names = {code: union.name for code, union in facts.unions.items()}
    columns = (
        Column("number", words("Number")), Column("name", words("Name")), Column("union", words("Union")), Column("locals", words("Locals")),
        Column("kind", words("Kind")), Column("employer", words("Employer")), Column("state", words("State")),
        Column("starts-on", words("First day out"), "date"), Column("ended-on", words("Last day out"), "date"),
        Column("expected", words("Expected"), "int"), Column("out", words("Members out"), "int"), Column("weeks", words("Weeks"), "int"),
        *(
            Column(f"{name}-{currency.lower()}", words(heading, currency=currency), "money", currency)
            for currency in facts.currencies for name, heading in _FIGURES.items()
        ),
        Column("next", words("Next")),
    )  # fmt: skip
    lines = tuple(_strike(facts, names, each, language) for each in board.items)
    notes = () if board.next is None else (words("The list goes on; these are the first of it."),)
    table = Table("strikes", words("Strikes"), columns, lines, notes, empty=words("No strike answers this."))
    return facts.document("strikes", words("Strikes"), [Section((table,))], as_of=facts.today)


def _strike(facts: Facts, names: Mapping[str, str], each: Standing, language: str) -> Row:
    strike = each.strike
    figures = {"spent": each.spent_minor, "week": each.last_week_minor}
    return row(
        cell(strike.number, link=f"/strikes/{strike.number}"), strike.name, names[strike.union], ", ".join(local.number for local in strike.locals),
        words(KIND_NAMES[strike.kind]), strike.employer, words(STATES[strike.state][0]), strike.starts_on, strike.ended_on, strike.expected, each.out,
        len(each.weeks),
        *(cell(figures[name] if currency == strike.currency else None, currency=currency) for currency in facts.currencies for name in _FIGURES),
        next_text(language, each.next, dict(names)),
    )  # fmt: skip
