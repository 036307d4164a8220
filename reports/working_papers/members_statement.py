"""Bind the statement of a fiscal year that a member may ask for (Canada Labour Code, s. 110): both statements, and who certifies the copy."""

from datetime import date

import msgspec

from ledger.domain.days import check_over
from ledger.storage.database import Connection
from reports.confirmation_letter import LINE
from reports.document import Column, Document, Say, Section, Table, Words, row, words
from reports.facts import Facts
from reports.statements import activities, position
from reports.statements.tables import Selected as Spans
from reports.statements.tables import select_spans

TITLE = words("Working paper: statement for a member who asks")


class Asked(msgspec.Struct, frozen=True):
    """The fiscal year, by its days."""

    first: date
    last: date


class Selected(msgspec.Struct, frozen=True):
    """What moved in the year, and what stands at its end; each beside the year before."""

    moved: Spans
    stands: Spans


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Both in one snapshot, each currency by itself. The law asks for the last year; a copy of one that still goes on could not be certified."""
    check_over(asked.last, facts.today)
    days = (asked.first, asked.last, None, None)
    return Selected(await select_spans(connection, facts, *days), await select_spans(connection, facts, *days, stands=True))


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """The statement of activities, the statement of financial position, and the lines to sign on."""
    moved = activities.shape(facts, activities.Asked(asked.first, asked.last), selected.moved)
    stands = position.shape(facts, position.Asked(asked.last), selected.stands)
    sections = [*_part(moved, "activities", activities.TITLE), *_on_new_sheet(_part(stands, "position", position.TITLE)), _certified(asked)]
    notes = (
        words("Of the joint funds alone: the union’s own statements are in its own ledger."),
        words("What detail is enough, and who certifies the copy, is your adviser’s to say. Each request and its answer belong in the log of requests."),
        *moved.notes,
    )  # fmt: skip
    return facts.document("members-statement", TITLE, sections, period=(asked.first, asked.last), notes=notes)


def _part(made: Document, name: str, title: Words) -> list[Section]:
    """A statement's sections; headings and tables are called after it, as both have one for each currency."""
    replace = msgspec.structs.replace
    return [
        replace(
            section, heading=_of(title, section.heading) if section.heading else title,
            tables=tuple(replace(each, name=f"{name}-{each.name}", caption=_of(title, each.caption)) for each in section.tables),
        )
        for section in made.sections
    ]  # fmt: skip


def _on_new_sheet(part: list[Section]) -> list[Section]:
    return [msgspec.structs.replace(part[0], starts_page=True), *part[1:]]


def _of(title: Words, what: Say) -> Words:
    return words("%(name)s: %(what)s", name=title, what=what)


def _certified(asked: Asked) -> Section:
    """Room for two signatures, to be written in by hand."""
    columns = (Column("who", words("Who")), Column("name", words("Name and signature")), Column("date", words("Date")))
    rows = tuple(row(who, LINE, LINE) for who in (words("President"), words("Treasurer")))
    said = words("A true copy of the statement of the joint funds from %(first)s to %(last)s.", first=asked.first, last=asked.last)
    return Section((Table("certified", words("Signatures"), columns, rows),), words("Certified true copy"), notes=(said,))
