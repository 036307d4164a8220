"""All the funds on one page for the boards, as of a date and beside an earlier one (domain.md 8.1)."""

import msgspec

from ledger.storage.database import Connection
from reports.boards import exceptions, giving, largest, outlook, positions, requests
from reports.boards.exceptions import Standing
from reports.boards.giving import Promises
from reports.boards.largest import Largest, Moved
from reports.boards.outlook import Outlook
from reports.boards.positions import Positions
from reports.boards.requests import Wish
from reports.boards.scope import Asked, Scope, scope
from reports.contributions_pledges import Selected as Given
from reports.document import Document, Label, Say, Section, Words, words
from reports.facts import Facts

__all__ = ["TITLE", "Asked", "select", "shape"]

TITLE = words("Board overview")


class Selected(msgspec.Struct, frozen=True):
    """Everything that a board's page shows of one fund or of all."""

    scope: Scope
    positions: Positions
    giving: Promises
    wishes: list[Wish]
    outlook: Outlook
    exceptions: list[Standing]
    largest: list[Moved]


class Read(msgspec.Struct, frozen=True):
    """What the books say of every fund at once, from which the page of each fund and that of all of them are told."""

    positions: positions.Read
    giving: Given
    wishes: list[Wish]
    outlook: outlook.Read
    exceptions: exceptions.Read
    largest: Largest


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """In one snapshot."""
    settled = await scope(connection, facts, asked, facts.currencies)
    return narrow(facts, settled, await read(connection, facts, settled))


async def read(connection: Connection, facts: Facts, settled: Scope) -> Read:
    """In a handful of statements, however many funds there are."""
    return Read(
        await positions.read(connection, settled), await giving.read(connection, facts, settled), await requests.read(connection, settled),
        await outlook.read(connection, settled), await exceptions.read(connection, facts, settled), await largest.read(connection, facts, settled),
    )  # fmt: skip


def narrow(facts: Facts, settled: Scope, found: Read) -> Selected:
    """Of the fund asked for, or of all of them."""
    held = positions.narrow(facts, settled, found.positions)
    return Selected(
        settled, held, giving.narrow(facts, settled, found.giving), [wish for wish in found.wishes if settled.fits(wish.fund_id)],
        outlook.narrow(settled, found.outlook, held), exceptions.narrow(settled, found.exceptions, held), found.largest.get(settled.fund_id, []),
    )  # fmt: skip


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """What stands out comes after the balances; the rest in the order of what boards ask."""
    return document(facts, selected, "board-overview", TITLE, ())


def document(facts: Facts, selected: Selected, name: str, title: Words | Label, subtitle: tuple[Say, ...]) -> Document:
    """The page, whether of one fund or of all."""
    made = facts.document(name, title, sections(facts, selected), as_of=selected.scope.as_of, subtitle=subtitle, notes=[NOTE])
    return msgspec.structs.replace(made, is_dense=True, key_figures=positions.key_figures(selected.scope, selected.positions))


NOTE = words("Floors, what waits for a decision and what is not reconciled stand as of now; every other figure is of the day named.")


def sections(facts: Facts, selected: Selected) -> list[Section]:
    """In order; a section without anything is left out."""
    settled = selected.scope
    found = [
        *positions.shape(facts, settled, selected.positions),
        exceptions.shape(selected.exceptions, positions.funds_chart(settled, selected.positions)),
        outlook.weeks(facts, settled, selected.outlook), giving.shape(facts, settled, selected.giving), positions.history(settled, selected.positions),
        *requests.shape(settled, selected.wishes), outlook.exposure(settled, selected.positions),
        outlook.lent(facts, settled, selected.outlook.lent), largest.shape(facts, settled, selected.largest),
    ]  # fmt: skip
    return [section for section in found if section.tables]
