"""Say how rates and revaluations travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.schemas import Amount, CurrencyCode, RateText, amount
from ledger.domain.exchange import Rate, RateOnDay, rate_text
from ledger.domain.revaluation import FundResult
from ledger.services import revaluation
from ledger.services.exchange import Overview, RatesLoaded
from ledger.storage.rates import RevaluationRow

SourceWord = Literal["boc", "fed", "bank", "other"]
BookCode = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_-]{0,30}\Z", description="Code of a book", examples=["joint"])]


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


def preview_out(on: revaluation.BookOnDay) -> RevaluationPreviewOut:
    """What revaluing a book would post."""
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


def row_out(row: RevaluationRow) -> RevaluationRowOut:
    """A revaluation that was posted."""
    return RevaluationRowOut(
        book=row.book, fund=row.fund, as_of=row.revalued_on, currency=row.currency, rate=rate_text(row.rate),
        rate_observed_on=row.rate_observed_on, rate_source=row.rate_source, rate_version=row.rate_version, entry=row.entry_number,
        gain=amount(row.gain_minor, row.presentation_currency), reversed_by=row.reversed_by,
    )  # fmt: skip
