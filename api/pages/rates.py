"""Show exchange rates with where they came from, take files and rates by hand, and revalue a book after showing what that posts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.refusal_messages import mend, message
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.exchange import SOURCES, ProposeRate, is_far, parse_name
from ledger.domain.rates_file import SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import Refusal
from ledger.services import exchange, revaluation
from ledger.services.exchange import RateDecision, RatesLoaded, Upload
from ledger.services.pool import Pool
from ledger.services.revaluation import BookOnDay
from ledger.storage import reference
from ledger.storage.rates import RatesFilter
from reports import formats
from reports.i18n import N_, translate, translations

PAGE_ROWS = 30
HISTORY_ROWS = 30
# Source names are kept as their publishers write them; pages say them in the reader's language.
SOURCE_NAMES = (N_("Bank of Canada"), N_("Federal Reserve H.10"), N_("Bank quotation"), N_("Other source"))
STATES = ("proposed", "confirmed", "rejected")
FETCH_REASONS = {
    "unreachable": N_("the Bank of Canada’s service did not answer"),
    "too_large": N_("its answer was larger than a rates file can be"),
    "no_observations": N_("its answer held no rate"),
}
DONE = {
    "rates_loaded": N_("The file was loaded; its new rates are in the list."),
    "rates_waiting": N_("The file was loaded. Some of its values are so far from the rates beside them that a second person confirms them first."),
    "rates_changed": N_("The file was loaded. Some values differ from those kept before: they are new versions, and the old ones stay."),
    "rates_known": N_("Every rate of the file was already here; nothing changed."),
    "rates_proposed": N_("Recorded. It holds once a second person has confirmed it."),
    "rates_confirmed": N_("Confirmed: the rate holds from now on."),
    "rates_rejected": N_("Rejected: the rate is not used."),
    "rates_revalued": N_("Posted, one entry a fund; they are in the list below."),
}
_NUMBER = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_VERSION = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_WORD = Annotated[str, msgspec.Meta(pattern=r"\A[ -~]{0,60}\Z")]


class Chart(msgspec.Struct, frozen=True):
    """A year of rates as the points of one line in a box of ``width`` by ``height``, with the values at its edges."""

    points: str
    width: int
    height: int
    lowest: Decimal
    highest: Decimal
    first_day: date
    last_day: date


def chart(daily: list[tuple[date, Decimal]], width: int = 720, height: int = 160) -> Chart | None:
    """The line of daily rates; None where there are fewer than two."""
    if len(daily) < 2:
        return None
    values = [value for _, value in daily]
    lowest, highest = min(values), max(values)
    first, last = daily[0][0], daily[-1][0]
    across, up = (last - first).days, highest - lowest or Decimal(1)
    points = " ".join(
        f"{(day - first).days * width / across:.1f},{height - float((value - lowest) / up) * height:.1f}" for day, value in daily
    )
    return Chart(points, width, height, lowest, highest, first, last)


# --- rates ------------------------------------------------------------------------------------------------------------


@get("/rates", opt={"permission": "read_rates"})
async def list_rates(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[str]:
    """Today's rate and its age, the last year, what waits for a second person, and every rate by day."""
    asked = request.query_params
    wanted = RatesFilter(
        from_day=_day(asked.get("from"), reader.language), to_day=_day(asked.get("to"), reader.language),
        source=SOURCES.get(asked.get("source", "")), state=_one_of(asked.get("state"), STATES),
    )  # fmt: skip
    position = from_cursor(asked.get("after"), date, _WORD, _VERSION)
    found = await exchange.list_rates(pool, reader.actor, wanted, position, PAGE_ROWS + 1)
    shown = found[:PAGE_ROWS]
    overview = await exchange.overview(pool, reader.actor)
    return page(
        request, "rates/list.html", reader=reader, help="rates", fragment="results", overview=overview, chart=chart(overview.year), rates=shown,
        older=cursor(shown[-1].observed_on, shown[-1].source, shown[-1].version) if len(found) > PAGE_ROWS else None,
        keys={item.rate.name: Form({}, reader.language).key for item in overview.proposals}, fetch=_fetch(overview.fetch, reader.language),
        sources=_sources(reader.language), states=_states(reader.language),
        filtered=wanted != RatesFilter(),
    )  # fmt: skip


def _day(text: str | None, language: str) -> date | None:
    """A day typed into a filter; what is no day filters nothing."""
    if not text:
        return None
    form = Form({"day": text}, language)
    day = form.optional_date("day")
    return day if form.ok else None


def _one_of(text: str | None, allowed: tuple[str, ...]) -> str | None:
    return text if text in allowed else None


def _sources(language: str) -> list[tuple[str, str]]:
    return [(word, translate(language, name)) for word, name in SOURCES.items()]


def _states(language: str) -> list[tuple[str, str]]:
    say = translations(language).pgettext
    words = (translate(language, "Waiting for a second person"), say("rate", "Confirmed"), say("rate", "Rejected"))
    return list(zip(STATES, words, strict=True))


def _fetch(kept: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    """How the last scheduled fetch ended, in words."""
    if kept is None:
        return None
    reason = str(kept.get("reason") or "")
    words = translate(language, FETCH_REASONS[reason]) if reason in FETCH_REASONS else reason
    return {"at": formats.moment(language, msgspec.convert(kept["at"], datetime)), "failed": kept["outcome"] == "failed", "why": words}


@get("/rates/load", opt={"permission": "load_rates"})
async def ask_file(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[str]:
    """The form for a file of the Bank of Canada."""
    return _load_page(request, reader, Form({}, reader.language))


def _load_page(request: Request[Any, Any, Any], reader: Reader, form: Form) -> Response[str]:
    return page(request, "rates/load.html", reader=reader, help="rates", status=form.status, form=form, limit_bytes=SIZE_MAXIMUM_BYTES)


@post("/rates/load", opt={"permission": "load_rates"}, status_code=303)
async def load_file(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Load the file that was chosen."""
    form = Form(await request.form(), reader.language)
    file = await form.file("file", SIZE_MAXIMUM_BYTES, required=True)
    if form.ok and file is not None:
        try:
            upload = Upload(file.data, file.filename, file.content_type)
            loaded = await exchange.load_rates_file(pool, reader.actor, form.key, upload)
            return Redirect(f"/rates?done={_outcome(loaded)}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"rates_file_invalid": "file"})
    return _load_page(request, reader, form)


def _outcome(loaded: RatesLoaded) -> str:
    if loaded.waiting:
        return "rates_waiting"
    if loaded.changed:
        return "rates_changed"
    return "rates_loaded" if loaded.added else "rates_known"


@get("/rates/new", opt={"permission": "load_rates"})
async def ask_rate(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[str]:
    """The form for a rate by hand."""
    return _new_page(request, reader, Form({"observed_on": pool.today().isoformat()}, reader.language))


def _new_page(request: Request[Any, Any, Any], reader: Reader, form: Form) -> Response[str]:
    return page(
        request, "rates/new.html", reader=reader, help="rates", status=form.status, form=form,
        sources=[item for item in _sources(reader.language) if item[0] != "boc"] + _sources(reader.language)[:1],
    )  # fmt: skip


@post("/rates/new", opt={"permission": "load_rates"}, status_code=303)
async def propose_rate(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record a rate by hand, for a second person to confirm."""
    form = Form(await request.form(), reader.language)
    day, value = form.date("observed_on", not_after=pool.today()), form.decimal_rate("rate")
    source, remark = form.choice("source", list(SOURCES)), form.text("remark", required=False, max_length=300)
    if form.ok:
        try:
            wanted = ProposeRate(observed_on=day, value=format(value, "f"), source=source, remark=remark)
            made = await exchange.propose_rate(pool, reader.actor, form.key, wanted)
            return Redirect(f"/rates/{made.name}?done=rates_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"rate_exists": "observed_on", "rate_invalid": "rate", "future_date": "observed_on"})
    return _new_page(request, reader, form)


@get("/rates/{name:str}", opt={"permission": "read_rates"})
async def show_rate(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], name: FromPath[str]
) -> Response[str]:
    """One version of a rate: where it came from, who entered and confirmed it, and its other versions."""
    return await _rate_page(request, pool, reader, name)


async def _rate_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, name: str, refusal: Refusal | None = None) -> Response[str]:
    details = await exchange.rate_details(pool, reader.actor, name)
    return page(
        request, "rates/show.html", reader=reader, help="rates", status=refusal.status if refusal else 200, details=details, rate=details.rate,
        key=Form({}, reader.language).key, why=_why(reader.language, refusal),
        far=details.holding is not None and is_far(details.rate.value, details.holding.value),
        can_decide=details.rate.state == "proposed" and reader.can("confirm_rate") and details.rate.entered_by != reader.person_id,
    )  # fmt: skip


def _why(language: str, refusal: Refusal | None) -> str | None:
    if refusal is None:
        return None
    return " ".join(text for text in (message(language, refusal), mend(language, refusal)) if text)


@post("/rates/{name:str}", opt={"permission": "confirm_rate"}, status_code=303)
async def decide_rate(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], name: FromPath[str]
) -> Response[Any]:
    """Confirm or reject a rate that somebody else entered."""
    parse_name(name)
    form = Form(await request.form(), reader.language)
    decision = form.choice("decision", ("confirmed", "rejected"))
    if not form.ok:
        return await _rate_page(request, pool, reader, name)
    try:
        await exchange.decide_rate(pool, reader.actor, form.key, RateDecision(name=name, decision=decision))  # type: ignore[arg-type]
    except Refusal as refusal:
        return await _rate_page(request, pool, reader, name, refusal)
    return Redirect(f"/rates/{name}?done=rates_{decision}", status_code=303)


# --- revaluation ------------------------------------------------------------------------------------------------------


@get("/rates/revaluation", opt={"permission": "read_books"})
async def show_revaluation(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[str]:
    """Choose a book and a day; see the rate, each fund's result, what would be posted, and what was posted before."""
    asked = request.query_params
    chosen = _day(asked.get("as_of"), reader.language)
    return await _revaluation_page(request, pool, reader, asked.get("book", ""), chosen, asked.get("after"))


@post("/rates/revaluation", opt={"permission": "revalue"}, status_code=303)
async def post_revaluation(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Post what was shown."""
    form = Form(await request.form(), reader.language)
    book, as_of = form.text("book", max_length=40), form.date("as_of", not_after=pool.today())
    if not form.ok:
        return await _revaluation_page(request, pool, reader, book, None, None)
    shown = form.raw("shown")
    try:
        now = await revaluation.preview_revaluation(pool, reader.actor, book, as_of)
        if shown and now.drafts and shown != _mark(now):
            return await _revaluation_page(request, pool, reader, book, as_of, None, moved=True)
        await revaluation.revalue(pool, reader.actor, form.key, book, as_of)
    except Refusal as refusal:
        return await _revaluation_page(request, pool, reader, book, as_of, None, refusal)
    return Redirect(f"/rates/revaluation?book={book}&as_of={as_of.isoformat()}&done=rates_revalued", status_code=303)


async def _revaluation_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, book: str, as_of: date | None, after: str | None,
    refusal: Refusal | None = None, moved: bool = False,
) -> Response[str]:  # fmt: skip
    books = await revaluation.revaluable_books(pool, reader.actor)
    codes = [row["code"] for row in books]
    book = book if book in codes else (codes[0] if codes else "")
    preview: BookOnDay | None = None
    if as_of is not None and book:
        try:
            preview = await revaluation.preview_revaluation(pool, reader.actor, book, as_of)
        except Refusal as failed:
            refusal = refusal or failed
    position = from_cursor(after, _NUMBER, _WORD)
    found = await revaluation.list_revaluations(pool, reader.actor, None, position, HISTORY_ROWS + 1)
    shown = found[:HISTORY_ROWS]
    async with pool.database.reading() as connection:
        every_book, funds = await reference.books(connection), await reference.funds(connection)
    return page(
        request, "rates/revaluation.html", reader=reader, help="revaluation", status=refusal.status if refusal else 200, moved=moved,
        book_names={row["code"]: named(reader.language, row) for row in every_book}, mark=_mark(preview) if preview else "",
        fund_names={fund.code: named(reader.language, fund) for fund in funds}, books=[(row["code"], named(reader.language, row)) for row in books],
        book=book, as_of=as_of,
        preview=preview, lines=_lines(preview, reader.language), why=_why(reader.language, refusal), key=Form({}, reader.language).key,
        revaluations=shown, older=cursor(shown[-1].entry_number, shown[-1].currency) if len(found) > HISTORY_ROWS else None, today=pool.today(),
    )  # fmt: skip


def _mark(preview: BookOnDay) -> str:
    """What was shown: which rates, and what each fund would post. Where it has moved since, it is shown again before it is posted."""
    rates = [chosen.rate.name for _, chosen in sorted(preview.rates.items())]
    return " ".join([*rates, *(f"{result.fund}:{result.to_post_minor}" for result in preview.results)])


def _lines(preview: BookOnDay | None, language: str) -> list[Any]:
    """What would be posted, as debit and credit, all funds together."""
    if preview is None:
        return []
    accounts = {account.id: account for account in (preview.trading, preview.result_account)}
    return [line for draft in preview.drafts for line in explained(draft, accounts, preview.funds, language)]


PAGES = [list_rates, ask_file, load_file, ask_rate, propose_rate, show_revaluation, post_revaluation, show_rate, decide_rate]
