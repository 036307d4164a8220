"""Show the attempts that a ring-fence refused up to a board's day, one by one: who, when, by which rule, and for which fund."""

from datetime import date, timedelta

import msgspec

from ledger.storage import continuity
from ledger.storage.continuity import Refused
from ledger.storage.database import Connection
from reports.boards.scope import AskedFund, scope
from reports.document import Document, Section, words
from reports.facts import LINES_MAXIMUM, Facts, bounded, name_of
from reports.reconciliation.controls import RING_FENCE_RULES, moments, refused_table

TITLE = words("Attempts that a ring-fence refused")


class Asked(msgspec.Struct, frozen=True):
    """After the earlier day (the last report's, where none is named) up to the day, for one fund or all."""

    as_of: date
    compare: date | None = None
    fund: str | None = None


class Selected(msgspec.Struct, frozen=True):
    """The first and last day that were settled, and the attempts of these days, oldest first."""

    first: date
    last: date
    refused: list[Refused]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """As the boards' pages count them."""
    settled = await scope(connection, facts, AskedFund(asked.as_of, asked.compare, None, asked.fund), ())
    first = settled.since + timedelta(days=1)
    found = await continuity.refused(connection, *moments(first, settled.as_of), list(RING_FENCE_RULES), LINES_MAXIMUM + 1, fund=asked.fund)
    bounded(len(found))
    return Selected(first, settled.as_of, found)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One line an attempt."""
    table = msgspec.structs.replace(refused_table(facts, selected.refused), empty=words("Nothing was refused on these days."))
    subtitle = [name_of(facts.fund_by_code(asked.fund))] if asked.fund else []
    return facts.document("board-refused", TITLE, [Section((table,))], period=(selected.first, selected.last), subtitle=subtitle)
