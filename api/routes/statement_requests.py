"""Log members' requests for a financial statement over JSON, each union its own, by reference and never by name."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.schemas import After, IdempotencyKey, Limit, Page, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.statement_requests import AnswerStatementRequest, RecordStatementRequest, StatementRequest
from ledger.services import statement_requests as service
from ledger.services.pool import Pool

OnlyOpen = Annotated[bool, QueryParameter(description="Only those that are not answered")]


class StatementRequestOut(msgspec.Struct, frozen=True, kw_only=True):
    """A request of one's own union; `open_days` until today, or until it was answered. `reference` is the union's own for whoever asked."""

    number: str
    local: str
    reference: str
    statement: str
    asked_on: date
    answered_on: date | None
    answer: str
    open_days: int


class NewStatementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked for, and when; no name belongs in it."""

    reference: str
    statement: str
    asked_on: date
    local: str = ""


class StatementAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When it was answered, with what, and where the copy is kept."""

    answered_on: date
    answer: str


def _out(kept: StatementRequest, today: date) -> StatementRequestOut:
    return StatementRequestOut(
        number=kept.number, local=kept.local, reference=kept.reference, statement=kept.statement, asked_on=kept.asked_on,
        answered_on=kept.answered_on, answer=kept.answer, open_days=kept.open_days(today),
    )  # fmt: skip


class StatementRequestsController(Controller):
    """Members' requests for statements."""

    path = "/statement-requests"
    tags = ["Thresholds"]

    @get("/", operation_id="listStatementRequests", opt={"permission": "keep_statement_requests"})
    async def list_statement_requests(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], only_open: OnlyOpen = False, after: After = None, limit: Limit = 50
    ) -> Page[StatementRequestOut]:
        """What was asked of one's own union, the latest first."""
        day, number = from_cursor(after, date, str) or (None, "")
        view = await service.overview(pool, actor, only_open, (day, number) if day else None, limit)
        return Page([_out(each, pool.today()) for each in view.items], view.next and cursor(*view.next))

    @post("/", operation_id="recordStatementRequest", opt={"permission": "keep_statement_requests"})
    async def record_statement_request(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewStatementRequest]
    ) -> StatementRequestOut:
        """Log a request of a member of one's own union."""
        wanted = RecordStatementRequest(reference=data.reference, statement=data.statement, asked_on=data.asked_on, local=data.local)
        return _out(await service.record(pool, actor, key, wanted), pool.today())

    @post("/{number:str}/answer", operation_id="answerStatementRequest", opt={"permission": "keep_statement_requests"}, status_code=200)
    async def answer_statement_request(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StatementAnswer]
    ) -> StatementRequestOut:  # fmt: skip
        """Record when it was answered, once."""
        wanted = AnswerStatementRequest(number=number, answered_on=data.answered_on, answer=data.answer)
        return _out(await service.answer(pool, actor, key, wanted), pool.today())


ROUTES = [StatementRequestsController]
