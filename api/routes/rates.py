"""Answer JSON about exchange rates and revaluation: which rate holds, files loaded, rates by hand, results posted and derived."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody, QueryParameter

from api.schemas import After, Amount, CurrencyCode, FromDay, IdempotencyKey, Limit, Page, RateText, ToDay, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.exchange import SOURCES, ProposeRate, Rate, RateOnDay, rate_text
from ledger.domain.refusals import RatesFileInvalid
from ledger.domain.revaluation import FundResult
from ledger.services import exchange, revaluation
from ledger.services.exchange import Overview, RateDecision, RatesLoaded, Upload
from ledger.services.pool import Pool
from ledger.storage.rates import RatesFilter, RevaluationRow

SourceWord = Literal["boc", "fed", "bank", "other"]
BookCode = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_-]{0,30}\Z", description="Code of a book", examples=["joint"])]
BookQuery = Annotated[str, QueryParameter(pattern=r"^[a-z][a-z0-9_-]{0,30}$", description="Code of a book, such as joint")]
_CURSOR_NUMBER = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_CURSOR_VERSION = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_CURSOR_TEXT = Annotated[str, msgspec.Meta(pattern=r"\A[ -~]{0,60}\Z")]


class RateOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one rate: `rate` units of `quote` for one `base`."""

    name: str
    base: str
    quote: str
    rate: str
    observed_on: date
    source: str
    series: str
    version: int
    state: str
    retrieved_at: datetime
    raw_sha256: str | None
    entered_by: int | None
    confirmed_by: int | None
    confirmed_at: datetime | None
    remark: str


class RateOnDayOut(msgspec.Struct, frozen=True, kw_only=True):
    """The rate that holds on a day. `stale`: older than five calendar days. `provisional`: today's own is not published yet."""

    day: date
    rate: RateOut
    age_days: int
    stale: bool
    provisional: bool


class MonthOfRatesOut(msgspec.Struct, frozen=True, kw_only=True):
    """The published rates of one month."""

    month: date
    lowest: str
    highest: str
    average: str
    last: str


class RateFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file that rates were loaded from, kept under its hash."""

    sha256: str
    filename: str
    via: str
    loaded_at: datetime
    observations: int


class FetchOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the last scheduled fetch from the Bank of Canada went."""

    at: datetime
    outcome: str
    reason: str | None
    new: int | None


class RatesOverviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """Today's rate, the year behind it month by month, the files loaded last, and the last fetch."""

    latest: RateOnDayOut | None
    year_average: str | None
    months: list[MonthOfRatesOut]
    files: list[RateFileOut]
    fetch: FetchOut | None


class RateIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rate entered by hand: CAD for one USD."""

    observed_on: date
    rate: RateText
    source: SourceWord
    base: CurrencyCode = "USD"
    quote: CurrencyCode = "CAD"
    remark: Annotated[str, msgspec.Meta(max_length=300)] = ""


class DecisionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second person's word."""

    decision: Literal["confirmed", "rejected"]


class RateChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A value that a file changed, as a new version."""

    observed_on: date
    before: str
    after: str
    version: int


class RatesLoadedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What loading a file did."""

    sha256: str
    filename: str
    observations: int
    added: int
    changed: list[RateChangeOut]
    unchanged: int
    days_without_rate: int
    first_day: date
    last_day: date
    waiting: int


class RevaluationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which book to revalue, as of which day."""

    book: BookCode
    as_of: date


class RevaluedFundOut(msgspec.Struct, frozen=True, kw_only=True):
    """One fund's entry and the gain it posted; a loss is negative."""

    fund: str
    entry: int
    gain: Amount


class RevaluationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A book revalued on a day."""

    book: str
    as_of: date
    rates: list[RateOnDayOut]
    entries: list[RevaluedFundOut]


class FundResultOut(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange result of one fund; `proof` is zero, or posted and derived disagree."""

    fund: str
    held: list[Amount]
    total: Amount
    realised: Amount | None
    unrealised: Amount | None
    posted: Amount
    to_post: Amount
    proof: Amount


class RevaluationLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line that would be posted; debit positive."""

    fund: str
    account: str
    amount: Amount


class RevaluationPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What revaluing would post; nothing is posted by looking."""

    book: str
    as_of: date
    currency: str
    rates: list[RateOnDayOut]
    funds: list[FundResultOut]
    postings: list[RevaluationLineOut]


class RevaluationRowOut(msgspec.Struct, frozen=True, kw_only=True):
    """One posted revaluation."""

    book: str
    fund: str
    as_of: date
    currency: str
    rate: str
    rate_observed_on: date
    rate_source: str
    rate_version: int
    entry: int
    gain: Amount
    reversed_by: int | None


# --- shaping ----------------------------------------------------------------------------------------------------------


def rate_out(rate: Rate) -> RateOut:
    """A rate as it travels."""
    same = {field: getattr(rate, field) for field in RateOut.__struct_fields__ if field not in ("name", "rate")}
    return RateOut(name=rate.name, rate=rate.text, **same)


def on_day_out(chosen: RateOnDay) -> RateOnDayOut:
    """A chosen rate as it travels."""
    return RateOnDayOut(
        day=chosen.day, rate=rate_out(chosen.rate), age_days=chosen.age_days, stale=chosen.stale, provisional=chosen.provisional
    )


def overview_out(seen: Overview) -> RatesOverviewOut:
    """The overview as it travels."""
    months = [
        MonthOfRatesOut(month=m.month, lowest=rate_text(m.lowest), highest=rate_text(m.highest), average=rate_text(m.mean), last=rate_text(m.last))
        for m in seen.months
    ]
    return RatesOverviewOut(
        latest=None if seen.latest is None else on_day_out(seen.latest), months=months,
        year_average=None if seen.year_average is None else rate_text(seen.year_average),
        files=msgspec.convert(seen.files, list[RateFileOut], from_attributes=True),
        fetch=None if seen.fetch is None else msgspec.convert(seen.fetch, FetchOut),
    )  # fmt: skip


def loaded_out(loaded: RatesLoaded) -> RatesLoadedOut:
    """The outcome of a load as it travels."""
    changed = [
        RateChangeOut(observed_on=c.observed_on, before=rate_text(c.before), after=rate_text(c.after), version=c.version)
        for c in loaded.changed
    ]
    return RatesLoadedOut(**{**msgspec.structs.asdict(loaded), "changed": changed})


def _result_out(result: FundResult, currency: str) -> FundResultOut:
    def minor(value: int) -> Amount:
        return amount(value, currency)

    return FundResultOut(
        fund=result.fund, held=[amount(value, other) for other, value in result.held.items()], total=minor(result.total_minor),
        realised=None if result.realised_minor is None else minor(result.realised_minor),
        unrealised=None if result.unrealised_minor is None else minor(result.unrealised_minor),
        posted=minor(result.posted_minor), to_post=minor(result.to_post_minor), proof=minor(result.proof_minor),
    )  # fmt: skip


def _preview_out(on: revaluation.BookOnDay) -> RevaluationPreviewOut:
    accounts = {account.id: account for account in (on.trading, on.result_account)}
    return RevaluationPreviewOut(
        book=on.book, as_of=on.as_of, currency=on.currency, rates=[on_day_out(chosen) for chosen in on.rates.values()],
        funds=[_result_out(result, on.currency) for result in on.results],
        postings=[
            RevaluationLineOut(
                fund=on.funds[line.fund_id].code, account=f"{on.book}/{accounts[line.account_id].path}",
                amount=amount(line.amount_minor, on.currency),
            )
            for draft in on.drafts for line in draft.postings
        ],
    )  # fmt: skip


def _row_out(row: RevaluationRow) -> RevaluationRowOut:
    return RevaluationRowOut(
        book=row.book, fund=row.fund, as_of=row.revalued_on, currency=row.currency, rate=rate_text(row.rate),
        rate_observed_on=row.rate_observed_on, rate_source=row.rate_source, rate_version=row.rate_version, entry=row.entry_number,
        gain=amount(row.gain_minor, row.presentation_currency), reversed_by=row.reversed_by,
    )  # fmt: skip


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
    return Page([_row_out(row) for row in shown], more)


@get("/revaluations/preview", opt={"permission": "read_books", "answers": (404, 409, 422)}, operation_id="previewRevaluation", tags=["Revaluation"])
async def preview_revaluation(
    pool: NamedDependency[Pool],
    actor: NamedDependency[Actor],
    book: BookQuery,
    as_of: Annotated[date, QueryParameter(description="The day to value at")],
) -> RevaluationPreviewOut:
    """What revaluing a book on a day would post, and each fund's result derived without posting."""
    return _preview_out(await revaluation.preview_revaluation(pool, actor, book, as_of))


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
