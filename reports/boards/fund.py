"""One fund on one page for the boards: the overview's questions, asked of one fund."""

import msgspec

from ledger.storage.database import Connection
from reports.boards import overview
from reports.boards.overview import Selected
from reports.boards.scope import AskedFund as Asked
from reports.document import Document, Say, words
from reports.facts import Facts, name_of

__all__ = ["TITLE", "Asked", "select", "shape"]

TITLE = words("A fund on one page")


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Of the first fund where none is named."""
    first = min(facts.funds.values(), key=lambda fund: fund.id).code
    return await overview.select(connection, facts, msgspec.structs.replace(asked, fund=asked.fund or first))


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """Titled by the fund's name, what restricts it beneath."""
    fund = selected.scope.fund
    assert fund is not None, "select names one"
    restriction: list[Say] = [words("Ring-fenced: money from %(nation)s alone.", nation=fund.nation)] if fund.nation else []
    restriction += [fund.restriction_text] if fund.restriction_text else []
    made = overview.document(facts, selected, "board-fund", name_of(fund), tuple(restriction))
    return msgspec.structs.replace(made, about=fund.code.lower())
