"""Log members' requests for a financial statement and their answers, each union its own; what is open for longer than a threshold is a reminder."""

from datetime import date, timedelta

import msgspec

from ledger.domain import statement_requests as rules
from ledger.domain import thresholds as limits
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import ChoiceInvalid
from ledger.domain.statement_requests import AnswerStatementRequest, RecordStatementRequest, StatementRequest
from ledger.domain.thresholds import Threshold
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import accounts, reference
from ledger.storage import statement_requests as store
from ledger.storage import thresholds as kept_limits
from ledger.storage.database import Connection
from ledger.storage.statement_requests import PAGE

KEEP = "keep_statement_requests"
APPLIES_TO = "statement_request"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A page of one's own union's requests, the threshold that holds today, and the open ones that reach it."""

    items: list[StatementRequest]
    next: tuple[date, str] | None
    threshold: Threshold | None
    late: list[StatementRequest]
    locals: list[tuple[str, str]]


async def overview(
    pool: Pool, actor: Actor, only_open: bool = False, after: tuple[date, str] | None = None, limit: int = PAGE
) -> View:
    """What was asked of one's own union, the latest first."""
    authorize(actor, KEEP)
    union, today = actor.union or "", pool.today()
    async with pool.database.reading() as connection:
        found = await store.page(connection, union, only_open, after, limit + 1)
        threshold = await _threshold(connection, union, today)
        late = await _late(connection, union, threshold, today)
        own = [(each.number, each.name) for each in await accounts.locals_(connection) if each.union == union and each.closed_on is None]
    items = found[:limit]
    more = (items[-1].asked_on, items[-1].number) if len(found) > limit else None
    return View(items=items, next=more, threshold=threshold, late=late, locals=own)


async def show(pool: Pool, actor: Actor, number: str) -> StatementRequest:
    """One request of one's own union."""
    authorize(actor, KEEP)
    async with pool.database.reading() as connection:
        return await store.find(connection, actor.union or "", number)


async def _threshold(connection: Connection, union: str, today: date) -> Threshold | None:
    """The strictest that holds for the union's nation."""
    nation = (await reference.union(connection, union)).nation
    found = limits.holding(await kept_limits.thresholds(connection), APPLIES_TO, nation, today)
    return min(found, key=lambda each: (each.days or 0, each.code), default=None)


async def _late(connection: Connection, union: str, threshold: Threshold | None, today: date) -> list[StatementRequest]:
    if threshold is None:
        return []
    return await store.open_before(connection, union, today - timedelta(days=threshold.days or 0))


async def record(pool: Pool, actor: Actor, key: str, request: RecordStatementRequest) -> StatementRequest:
    """Log a request of one's own union's member."""

    async def work(w: Work) -> Done:
        union = (await reference.union(w.connection, actor.union or "")).code
        if request.local and request.local not in [each.number for each in await accounts.locals_(w.connection) if each.union == union]:
            raise ChoiceInvalid(field="local", value=request.local[:40])
        checked = rules.recorded(request, "Q", union, actor, w.now, w.today)
        new = msgspec.structs.replace(checked, number=await w.next_number("Q"))
        await store.add(w.connection, new)
        return Done(new, new.number, {"asked_on": new.asked_on.isoformat()})

    return msgspec.convert(await perform(pool, actor, "record_statement_request", key, request, work, permission=KEEP), StatementRequest)


async def answer(pool: Pool, actor: Actor, key: str, request: AnswerStatementRequest) -> StatementRequest:
    """Say when a request of one's own union was answered, with what."""

    async def work(w: Work) -> Done:
        waiting = await store.find(w.connection, actor.union or "", request.number, lock=True)
        done = rules.answered(waiting, request, actor, w.now, w.today)
        await store.answer(w.connection, done)
        return Done(done, done.number, {"answered_on": request.answered_on.isoformat()})

    return msgspec.convert(await perform(pool, actor, "answer_statement_request", key, request, work, permission=KEEP), StatementRequest)
