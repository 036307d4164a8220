"""Answer JSON about exchange rates and revaluation: which rate holds, files loaded, rates by hand, results posted and derived."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.rate_schemas import (
    DecisionIn,
    RateIn,
    RateOnDayOut,
    RateOut,
    RatesLoadedOut,
    RatesOverviewOut,
    RevaluationIn,
    RevaluationOut,
    RevaluationPreviewOut,
    RevaluationRowOut,
    RevaluedFundOut,
    SourceWord,
    loaded_out,
    on_day_out,
    overview_out,
    preview_out,
    rate_out,
    row_out,
)
from api.schemas import After, FromDay, IdempotencyKey, Limit, Page, ToDay, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.exchange import SOURCES, ProposeRate
from ledger.domain.refusals import RatesFileInvalid
from ledger.services import exchange, revaluation
from ledger.services.exchange import RateDecision, Upload
from ledger.services.pool import Pool
from ledger.storage.rates import RatesFilter

BookQuery = Annotated[str, QueryParameter(pattern=r"^[a-z][a-z0-9_-]{0,30}$", description="Code of a book, such as joint")]
_CURSOR_NUMBER = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_CURSOR_VERSION = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_CURSOR_TEXT = Annotated[str, msgspec.Meta(pattern=r"\A[ -~]{0,60}\Z")]


# --- rates ------------------------------------------------------------------------------------------------------------


@get("/rates", opt={"permission": "read_rates"}, operation_id="listRates", tags=["Rates"])
async def list_rates(
    pool: NamedDependency[Pool],
    actor: NamedDependency[Actor],
    from_day: FromDay = None,
    to_day: ToDay = None,
    source: Annotated[SourceWord | None, QueryParameter(description="boc, fed, bank or other")] = None,
    in_state: Annotated[Literal["proposed", "confirmed", "rejected"] | None, QueryParameter(name="state")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[RateOut]:
    """Rates, newest day first, every version of them."""
    wanted = RatesFilter(from_day=from_day, to_day=to_day, source=SOURCES[source] if source else None, state=in_state)
    position = from_cursor(after, date, _CURSOR_TEXT, _CURSOR_VERSION)
    found = await exchange.list_rates(pool, actor, wanted, position, limit + 1)
    shown = found[:limit]
    more = cursor(shown[-1].observed_on, shown[-1].source, shown[-1].version) if len(found) > limit else None
    return Page([rate_out(rate) for rate in shown], more)


@get("/rates/overview", opt={"permission": "read_rates"}, operation_id="getRatesOverview", tags=["Rates"])
async def rates_overview(pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> RatesOverviewOut:
    """Today's rate, the last year by month, the files loaded last, and how the last fetch went."""
    return overview_out(await exchange.overview(pool, actor))


@get("/rates/on", opt={"permission": "read_rates", "answers": (422,)}, operation_id="getRateOnDay", tags=["Rates"])
async def rate_on(
    pool: NamedDependency[Pool],
    actor: NamedDependency[Actor],
    day: Annotated[date, QueryParameter(name="date", description="The day it must hold on")],
    base: Annotated[str, QueryParameter(pattern="^[A-Z]{3}$")] = "USD",
    quote: Annotated[str, QueryParameter(pattern="^[A-Z]{3}$")] = "CAD",
) -> RateOnDayOut:
    """The rate that holds on a day: the last one observed on or before it. One series serves both directions."""
    return on_day_out(await exchange.rate_for(pool, actor, base, quote, day))


@get("/rates/{name:str}", opt={"permission": "read_rates"}, operation_id="getRate", tags=["Rates"])
async def get_rate(pool: NamedDependency[Pool], actor: NamedDependency[Actor], name: FromPath[str]) -> RateOut:
    """One version of one rate, by its name (`USDCAD-2026-10-07-boc-1`)."""
    return rate_out(await exchange.rate_named(pool, actor, name))


@post("/rates", opt={"permission": "load_rates"}, operation_id="proposeRate", tags=["Rates"])
async def propose_rate(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, data: JSONBody[RateIn]
) -> RateOut:
    """Enter a rate by hand; it holds once a second person has confirmed it."""
    request = ProposeRate(
        observed_on=data.observed_on, value=data.rate, source=data.source, base=data.base, quote=data.quote, remark=data.remark
    )
    return rate_out(await exchange.propose_rate(pool, actor, idempotency_key, request))


@post("/rates/{name:str}/confirmation", opt={"permission": "confirm_rate"}, operation_id="decideRate", tags=["Rates"])
async def decide_rate(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, name: FromPath[str],
    data: JSONBody[DecisionIn],
) -> RateOut:  # fmt: skip
    """Confirm or reject a rate that somebody else entered by hand."""
    return rate_out(await exchange.decide_rate(pool, actor, idempotency_key, RateDecision(name=name, decision=data.decision)))


@dataclass
class FileOperation(Operation):
    """Documents a body that is a file, as it is or in a form."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        self.request_body = RequestBody(
            description="The Bank of Canada's file, at most 5 MB.", required=True,
            content={
                "application/json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT, description="Valet JSON of FXUSDCAD")),
                "text/csv": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, description="Valet CSV of FXUSDCAD")),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )  # fmt: skip


@post(
    "/rates/files", opt={"permission": "load_rates", "takes_files": True, "never": (415,)}, operation_id="loadRatesFile", tags=["Rates"],
    operation_class=FileOperation,
)  # fmt: skip
async def load_file(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey
) -> RatesLoadedOut:
    """Load the Bank of Canada's file. New days are added, changed values become new versions, the rest is left as it is."""
    return loaded_out(await exchange.load_rates_file(pool, actor, idempotency_key, await uploaded(request)))


async def uploaded(request: Request[Any, Any, Any]) -> Upload:
    """The file of a request: the form's field ``file``, or the body itself."""
    kind, _ = request.content_type
    if kind != "multipart/form-data":
        return Upload(await request.body(), "", kind)
    file = (await request.form()).get("file")
    if file is None or isinstance(file, str):
        raise RatesFileInvalid(reason="empty", line=0, text="")
    return Upload(await file.read(), file.filename or "", file.content_type or "")


# --- revaluation ------------------------------------------------------------------------------------------------------


@get("/revaluations", opt={"permission": "read_books"}, operation_id="listRevaluations", tags=["Revaluation"])
async def list_revaluations(
    pool: NamedDependency[Pool],
    actor: NamedDependency[Actor],
    book: Annotated[str | None, QueryParameter(pattern=r"^[a-z][a-z0-9_-]{0,30}$")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[RevaluationRowOut]:
    """Revaluations posted, newest first."""
    position = from_cursor(after, _CURSOR_NUMBER, _CURSOR_TEXT)
    found = await revaluation.list_revaluations(pool, actor, book, position, limit + 1)
    shown = found[:limit]
    more = cursor(shown[-1].entry_number, shown[-1].currency) if len(found) > limit else None
    return Page([row_out(row) for row in shown], more)


@get("/revaluations/preview", opt={"permission": "read_books", "answers": (404, 409, 422)}, operation_id="previewRevaluation", tags=["Revaluation"])
async def preview_revaluation(
    pool: NamedDependency[Pool],
    actor: NamedDependency[Actor],
    book: BookQuery,
    as_of: Annotated[date, QueryParameter(description="The day to value at")],
) -> RevaluationPreviewOut:
    """What revaluing a book on a day would post, and each fund's result derived without posting."""
    return preview_out(await revaluation.preview_revaluation(pool, actor, book, as_of))


@post("/revaluations", opt={"permission": "revalue", "answers": (404,)}, operation_id="revalue", tags=["Revaluation"])
async def revalue(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, data: JSONBody[RevaluationIn]
) -> RevaluationOut:
    """Post one entry for each fund whose trading position is not zero at the day's rate."""
    done = await revaluation.revalue(pool, actor, idempotency_key, data.book, data.as_of)
    return RevaluationOut(
        book=done.book, as_of=done.as_of, rates=[on_day_out(chosen) for chosen in done.rates.values()],
        entries=[RevaluedFundOut(fund=e.fund, entry=e.entry, gain=amount(e.gain_minor, done.currency)) for e in done.entries],
    )  # fmt: skip


ROUTES = [
    list_rates, rates_overview, rate_on, get_rate, propose_rate, decide_rate, load_file,
    list_revaluations, preview_revaluation, revalue,
]  # fmt: skip
