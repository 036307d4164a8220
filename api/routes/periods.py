"""Answer JSON about the books' periods: which were closed, and opening one again when both unions' treasurers have asked."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.schemas import IdempotencyKey
from ledger.domain.actors import Actor
from ledger.domain.periods import BookPeriod
from ledger.services import periods as service
from ledger.services.pool import Pool


class ReopeningOut(msgspec.Struct, frozen=True):
    """Who has signed for opening the period again: person ids by union."""

    signed: dict[str, int]


class PeriodsController(Controller):
    """Periods."""

    path = "/periods"
    tags = ("Periods",)

    @get("/", opt={"permission": "read_books"}, operation_id="listPeriods")
    async def list_periods(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        book: Annotated[str | None, QueryParameter(max_length=40, pattern=r"^[a-z][a-z0-9_-]*$", description="Code of a book, such as joint")] = None,
    ) -> list[BookPeriod]:  # fmt: skip
        """The periods that were ever soft-closed or closed; every other day is open."""
        return await service.list_periods(pool, actor, book)

    @post("/{book:str}/{starts_on:date}/signature", opt={"permission": "reopen_period"}, operation_id="askToReopenPeriod", status_code=200)
    async def ask_to_reopen(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, book: FromPath[str], starts_on: FromPath[date]
    ) -> ReopeningOut:
        """Sign for opening a closed period again; the other union's treasurer must sign too."""
        return ReopeningOut(await service.ask_to_reopen(pool, actor, key, book, starts_on))

    @post("/{book:str}/{starts_on:date}/reopening", opt={"permission": "reopen_period"}, operation_id="reopenPeriod", status_code=204)
    async def reopen(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, book: FromPath[str], starts_on: FromPath[date]
    ) -> None:
        """Open a closed period that the treasurers of both unions have signed for; your own signature counts."""
        await service.reopen(pool, actor, key, book, starts_on)


ROUTES = [PeriodsController]
