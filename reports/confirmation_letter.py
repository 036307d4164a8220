"""Write the letters by which each union asks the other to confirm to the auditors what stood between them on a day (domain.md 2.4)."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.services.comparison import Comparison, at_cutoff
from ledger.storage.database import Connection
from reports.document import Column, Document, Section, Table, Words, cell, row, words
from reports.facts import Facts

TITLE = words("Confirmation of balances between the unions")
LINE = "_" * 40


class Asked(msgspec.Struct, frozen=True):
    """The day, and whose letter by the code of its own book; every union's where it is none's own."""

    as_of: date
    book: str | None


async def select(connection: Connection, facts: Facts, asked: Asked) -> list[Comparison]:
    """What one union owes the other on the day, by either's books."""
    return [each for each in await at_cutoff(connection, asked.as_of) if each.about == "owed"]


def shape(facts: Facts, asked: Asked, selected: Sequence[Comparison]) -> Document:
    """One letter from each union to each other one."""
    codes = sorted(facts.unions, key=lambda code: facts.unions[code].ordinal)
    writers = [asked.book] if asked.book in facts.unions else codes
    letters = [_letter(facts, asked.as_of, own, other, selected) for own in writers for other in codes if other != own]
    request = words(
        "Our auditors ask you to confirm what stood between our two unions on %(day)s. Please sign this letter and return it directly to the auditors, "
        "whether you agree or not. It asks for no payment.", day=asked.as_of,
    )  # fmt: skip
    return facts.document("confirmation-letter", TITLE, letters, as_of=asked.as_of, subtitle=[request])


def _letter(facts: Facts, day: date, own: str, other: str, found: Sequence[Comparison]) -> Section:
    names = {"own": facts.unions[own].name, "other": facts.unions[other].name}
    heading = words("From %(own)s to %(other)s", **names)
    said = words("By our books, from %(own)s to %(other)s", **names)
    tables = (_balances(day, own, other, said, found), _signature(own, other, names["own"]), _answer(own, other, names["other"]))
    return Section(tables, heading)


def _balances(day: date, own: str, other: str, caption: Words, found: Sequence[Comparison]) -> Table:
    columns = (
        Column("what", words("What")), Column("balance", words("Balance"), "money"), Column("number", words("Comparison")),
        Column("date", words("Date"), "date"),
    )  # fmt: skip
    rows = tuple(
        row(
            words("you owe us") if each.creditor == own else words("we owe you"),
            cell(each.creditor_minor if each.creditor == own else each.debtor_minor, currency=each.currency), each.number, day,
        )
        for each in found
        if {each.creditor, each.debtor} == {own, other}
    )  # fmt: skip
    return Table(f"balances-{own}-{other}", caption, columns, rows, empty=words("nothing owed"))


def _signature(own: str, other: str, name: str) -> Table:
    return _form(f"asked-{own}-{other}", words("Asked by %(union)s", union=name), (words("Name, office and signature:"), words("Auditors’ address:")))


def _answer(own: str, other: str, name: str) -> Table:
    said = (
        words("We agree with these balances."), words("We disagree, because:"), words("Balance by our books:"), words("Name, office and signature:"),
        words("Date of the answer:"),
    )  # fmt: skip
    return _form(f"answer-{own}-{other}", words("Answer of %(union)s", union=name), said)


def _form(name: str, caption: Words, asked: Sequence[Words]) -> Table:
    """What is written in by hand."""
    return Table(name, caption, (Column("what", words("What")), Column("said", words("To be filled in"))), tuple(row(each, LINE) for each in asked))
