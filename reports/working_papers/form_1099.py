"""List the payees in a payer's own country whose payments of a calendar year reach the threshold of Form 1099, payer by payer.

Members' strike support is not here: it is in the tax review list, which only the union's own treasury opens (domain.md 1.6, 1.7).
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.services.threshold_reminders import Books, Lack, Part, check_begun, lack_of, parts_of
from ledger.storage.database import Connection
from reports.document import Document, Section, words
from reports.facts import Facts, bounded
from reports.reminders import lack_sections, sections_of

TITLE = words("Working paper: Form 1099, payees")
KIND = "paid_to_payee_at_home"


class Asked(msgspec.Struct, frozen=True):
    """A day of the calendar year."""

    as_of: date


class Selected(msgspec.Struct, frozen=True):
    """What reaches the threshold by payer, and where none is entered for the year."""

    parts: list[Part]
    lack: Lack


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Every union's payees of the year, where a threshold of its nation holds."""
    first, last = date(asked.as_of.year, 1, 1), date(asked.as_of.year, 12, 31)
    check_begun(first, facts.today)
    books = Books(connection, facts.today)
    parts = await parts_of(books, KIND, first, last)
    return Selected(parts, await lack_of(books, [KIND], last, parts))


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One part a payer: who reaches the threshold, with every payment behind the sum."""
    bounded(_lines(selected.parts))
    sections: list[Section] = [section for part in selected.parts for section in sections_of(part, None)]
    notes = (
        words("Strike support to members is not here: each union’s tax review list has it, with names, for that union’s own treasury alone."),
        words("For review: the books compute no tax, choose no form and file nothing."),
    )
    return facts.document("form-1099", TITLE, [*sections, *lack_sections(selected.lack)], as_of=asked.as_of, notes=notes)


def _lines(parts: Sequence[Part]) -> int:
    return sum(len(finding.items) for part in parts for finding in part.findings)
