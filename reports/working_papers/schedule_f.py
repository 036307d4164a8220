"""Show what a union spent and gave in other countries, by region and recipient, with the threshold of each part of Schedule F beside it."""

from datetime import date

import msgspec

from ledger.services.threshold_reminders import Books, Lack, Part, check_begun, lack_of, parts_of
from ledger.storage.database import Connection
from reports.document import Document, Section, words
from reports.facts import Facts, bounded
from reports.reminders import lack_sections, sections_of

TITLE = words("Working paper: Form 990, Schedule F")
KINDS = ("spent_abroad", "granted_to_organization_abroad", "granted_to_people_abroad")


class Asked(msgspec.Struct, frozen=True):
    """The fiscal year, by its days."""

    first: date
    last: date


class Selected(msgspec.Struct, frozen=True):
    """Each part's figures, and what no amount is entered for."""

    parts: list[Part]
    lack: Lack


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The three parts' figures, of every union that a threshold concerns."""
    check_begun(asked.first, facts.today)
    books = Books(connection, facts.today)
    parts = [part for kind in KINDS for part in await parts_of(books, kind, asked.first, asked.last)]
    return Selected(parts, await lack_of(books, KINDS, asked.last, parts))


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """Each part with everything behind it, reached or not."""
    bounded(sum(len(finding.items) for part in selected.parts for finding in part.findings))
    sections: list[Section] = [section for part in selected.parts for section in sections_of(part, None)]
    sections += lack_sections(selected.lack)
    notes = (
        words("Nothing here was paid in kind: what the unions lend each other stands in the report on resources."),
        words("Canada and Mexico are of the form’s region North America, by memory: confirm it in the form’s instructions."),
    )
    return facts.document("schedule-f", TITLE, sections, period=(asked.first, asked.last), notes=notes)
