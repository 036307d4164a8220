"""Answer in JSON what was recorded after a journal number, for programs that follow the journal."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from ledger.domain.actors import Actor
from ledger.services import changes as service
from ledger.services.pool import Pool
from ledger.storage.changes import Change

# An entry of the feed is small: a program that is far behind takes many at a time.
PAGE, PAGE_MAXIMUM = 200, 1_000
AfterNumber = Annotated[
    int, QueryParameter(name="after", ge=0, le=10**12, description="The last journal number that you have; 0 begins with the first entry")
]
PageLimit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAXIMUM, description="How many items at most")]


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as recorded: which it is and where it is read. `hash` is its place in the chain; `subject` the record it belongs to, or empty."""

    number: int
    kind: str
    entry_date: date
    effective_date: date | None
    recorded_at: datetime
    subject: str
    reverses: int | None
    corrects: int | None
    hash: str
    href: str
    page: str


class HeadOut(msgspec.Struct, frozen=True):
    """The last entry of the journal when this was read."""

    number: int
    hash: str


class ChangesOut(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in the journal's order. `next` is the last number given, or the one you asked after where nothing is newer: ask after it again later."""

    items: list[ChangeOut]
    next: int
    head: HeadOut


@get("/changes", opt={"permission": service.READ, "answers": (422,)}, operation_id="listChanges", tags=["Journal"])
async def list_changes(pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: AfterNumber = 0, limit: PageLimit = PAGE) -> ChangesOut:
    """Follow the journal: every entry once, in order, none missed.

    Journal numbers have no gaps and are given in the order of commit: keep `next` and ask after it, at once while `next` is less than
    `head.number`, else after a while. An answer comes at once, with no items where nothing is new; it does not wait for something to happen. A number
    beyond `head.number` is refused: no entry has it yet, and those before it would be missed.
    """
    found = await service.follow(pool, actor, after, limit)
    items = [_out(each) for each in found.items]
    return ChangesOut(items=items, next=items[-1].number if items else after, head=HeadOut(found.head.number, found.head.hash.hex()))


def _out(change: Change) -> ChangeOut:
    fields = msgspec.structs.asdict(change) | {"hash": change.hash.hex()}
    return ChangeOut(**fields, href=f"/api/v1/entries/{change.number}", page=f"/journal/{change.number}")


ROUTES = [list_changes]
