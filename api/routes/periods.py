"""Answer JSON about the books' periods: which days are shut. The closes open them again."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from ledger.domain.actors import Actor
from ledger.domain.periods import BookPeriod
from ledger.services import periods as service
from ledger.services.pool import Pool


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


ROUTES = [PeriodsController]
