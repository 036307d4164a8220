"""Say which exchange rate holds on a day, convert with it once, and show what a bank's own rate cost.

A rate is units of ``quote`` for one ``base`` (CAD for one USD). One series serves both directions: multiply one way, divide the
other, never an inverse series (domain.md 4.1, case W24). Knows neither where rates are kept nor how they arrive.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ledger.domain.money import decimal_from_minor, digits_of, minor_from_decimal, round_half_up
from ledger.domain.refusals import ChoiceInvalid, FutureDate, NotFound, RateExists, RateInvalid, RateMissing, SamePerson, TextInvalid

BASE, QUOTE, SERIES = "USD", "CAD", "FXUSDCAD"
BANK_OF_CANADA = "Bank of Canada"
# Who can stand behind a rate, by the short word used in addresses. People enter by hand what the first could not deliver.
SOURCES = {"boc": BANK_OF_CANADA, "fed": "Federal Reserve H.10", "bank": "Bank quotation", "other": "Other source"}
STALE_DAYS = 5  # domain.md 4.1: warn when older than 5 calendar days
PUBLISHED_AT = time(16, 30)  # domain.md 4.1: published each business day by 16:30 ET
PUBLISHED_IN = ZoneInfo("America/Toronto")
REMARK_MAXIMUM = 300
FAR_SHARE = Decimal("0.1")
# In a month the two currencies have never moved by a quarter (October 2008: 22 %); an inverse or a slipped point is far beyond.
LEAP_SHARE, NEAR_DAYS = Decimal("0.25"), 31

_VALUE = re.compile(r"\A[0-9]{1,4}(?:\.[0-9]{1,6})?\Z", re.ASCII)
_NAME = re.compile(r"\A([A-Z]{3})([A-Z]{3})-([0-9]{4}-[0-9]{2}-[0-9]{2})-([a-z]{2,10})-([1-9][0-9]{0,4})\Z", re.ASCII)
# Enough digits that a division of the largest amount by the longest rate is never rounded twice.
_DIGITS = 60

RateState = Literal["proposed", "confirmed", "rejected"]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One published or entered rate. A changed value of the same day and source is a new ``version``; none is ever overwritten.

    ``raw_sha256`` (hex) names the file it came from; a rate entered by hand has ``entered_by`` and needs ``confirmed_by``, another person.
    """

    base: str
    quote: str
    value: Decimal
    observed_on: date
    source: str
    series: str = ""
    version: int = 1
    state: RateState = "confirmed"
    retrieved_at: datetime
    raw_sha256: str | None = None
    entered_by: int | None = None
    confirmed_by: int | None = None
    confirmed_at: datetime | None = None
    remark: str = ""

    @property
    def name(self) -> str:
        """How an address names it: ``USDCAD-2026-10-07-boc-1``."""
        word = next((word for word, source in SOURCES.items() if source == self.source), "other")
        return f"{self.base}{self.quote}-{self.observed_on.isoformat()}-{word}-{self.version}"

    @property
    def text(self) -> str:
        """The value as published: four decimals, or six where it has more."""
        return rate_text(self.value)

    @property
    def places(self) -> int:
        """How many decimals it is shown with."""
        return places_of(self.value)


class RateName(msgspec.Struct, frozen=True):
    """The parts of a rate's name: which version, of which source, of which day."""

    base: str
    quote: str
    observed_on: date
    source: str
    version: int


class RateOnDay(msgspec.Struct, frozen=True):
    """A rate chosen for a day, with what to warn about: its age, and whether a newer one is still to be published today."""

    rate: Rate
    day: date
    age_days: int
    stale: bool
    provisional: bool


class ProposeRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate entered by hand, as typed: ``value`` is decimal text, ``source`` a word of :data:`SOURCES`."""

    observed_on: date
    value: str
    source: str
    base: str = BASE
    quote: str = QUOTE
    remark: str = ""


class Spread(msgspec.Struct, frozen=True):
    """What a bank's own rate cost against the published one, in minor units of the currency bought (case W03).

    ``cost_minor`` is positive when the bank gave less than the reference rate would have.
    """

    currency: str
    received_minor: int
    reference_minor: int
    cost_minor: int


class RollForward(msgspec.Struct, frozen=True):
    """One fund and currency carried from opening to closing in another currency, minor units of that (case W21).

    ``fx_minor`` is what the rates alone did; ``proof_minor`` is the same computed from the rate differences. They may differ by rounding.
    """

    opening_minor: int
    moved_minor: tuple[int, ...]
    closing_minor: int
    fx_minor: int
    proof_minor: int


class PeriodRates(msgspec.Struct, frozen=True):
    """The rates a period is carried over with: the last before it, the mean of its days, the last of it."""

    opening: Decimal
    mean: Decimal
    closing: Decimal


def plain(text: str, length: int) -> str:
    """A text as a refusal may repeat and keep it: cut, with nothing unprintable."""
    return "".join(c for c in text[:length] if c.isprintable())


def parse_rate(text: str) -> Decimal:
    """The value of a rate typed or published: more than zero, at most four digits and six decimals; never a float, NaN or exponent."""
    if not isinstance(text, str) or not _VALUE.match(text) or not Decimal(text):
        raise RateInvalid(text=plain(str(text), 40))
    return Decimal(text)


def rate_text(value: Decimal) -> str:
    """A rate for programs and files, with a decimal point."""
    return str(round_half_up(value, places_of(value)))


def places_of(value: Decimal) -> int:
    """Decimals a rate is shown with: 4 as published, 6 where it has more (domain.md 4.3)."""
    return 4 if value == round_half_up(value, 4) else 6


def parse_name(name: str) -> RateName:
    """The parts of ``USDCAD-2026-10-07-boc-1``; refuses any other text."""
    found = _NAME.match(name)
    if found is None or found[4] not in SOURCES:
        raise NotFound(kind="rate", id=plain(name, 60))
    try:
        day = date.fromisoformat(found[3])
    except ValueError:
        raise NotFound(kind="rate", id=plain(name, 60)) from None
    return RateName(found[1], found[2], day, SOURCES[found[4]], int(found[5]))


def propose(request: ProposeRate, person_id: int, now: datetime, today: date) -> Rate:
    """The rate somebody entered by hand, waiting for a second person. Refuses a day after today and a source that nobody knows."""
    if (request.base, request.quote) != (BASE, QUOTE):
        raise ChoiceInvalid(field="currency", value=plain(f"{request.base}/{request.quote}", 20))
    if request.source not in SOURCES:
        raise ChoiceInvalid(field="source", value=plain(request.source, 40))
    if request.observed_on > today:
        raise FutureDate(date=request.observed_on.isoformat(), today=today.isoformat())
    if len(request.remark) > REMARK_MAXIMUM or "\x00" in request.remark:
        raise TextInvalid(field="remark", limit=REMARK_MAXIMUM)
    return Rate(
        base=BASE, quote=QUOTE, value=parse_rate(request.value), observed_on=request.observed_on, source=SOURCES[request.source],
        state="proposed", retrieved_at=now, entered_by=person_id, remark=request.remark.strip(),
    )  # fmt: skip


def next_to(new: Rate, known: Sequence[Rate]) -> Rate:
    """The proposal with its version, beside what is known of its day and source.

    Refuses where one waits already, where the value is the confirmed one, and where the source's own file gave the rate:
    a file is corrected by a file.
    """
    confirmed = newest(known)
    waits = any(rate.state == "proposed" for rate in known)
    if waits or (confirmed is not None and (confirmed.value == new.value or confirmed.entered_by is None)):
        raise RateExists(date=new.observed_on.isoformat(), source=new.source)
    return msgspec.structs.replace(new, version=max((rate.version for rate in known), default=0) + 1)


def settle(rate: Rate, decision: Literal["confirmed", "rejected"], person_id: int, name: str, now: datetime) -> Rate:
    """The rate as a second person confirmed or rejected it; refuses the person who entered it, and one no longer waiting."""
    if rate.state != "proposed":
        raise RateExists(date=rate.observed_on.isoformat(), source=rate.source)
    if rate.entered_by == person_id:
        raise SamePerson(person=name)
    return msgspec.structs.replace(rate, state=decision, confirmed_by=person_id, confirmed_at=now)


def newest(known: Sequence[Rate]) -> Rate | None:
    """The newest confirmed version among rates of one day and source."""
    return max((rate for rate in known if rate.state == "confirmed"), key=lambda rate: rate.version, default=None)


def on_day(rate: Rate, day: date, now: datetime) -> RateOnDay:
    """A chosen rate with its warnings. Provisional: today's own rate is not published yet (by 16:30 in Ottawa)."""
    assert rate.observed_on <= day, "never a rate from after the date"
    local = now.astimezone(PUBLISHED_IN)
    age = (day - rate.observed_on).days
    provisional = day == local.date() and rate.observed_on < day and local.time() < PUBLISHED_AT
    return RateOnDay(rate, day, age, age > STALE_DAYS, provisional)


def convert(amount_minor: int, from_currency: str, to_currency: str, rate: Rate) -> int:
    """The amount in the other currency's minor units, rounded half up once. Refuses a rate of other currencies."""
    return convert_at(amount_minor, from_currency, to_currency, rate.base, rate.quote, rate.value)


def convert_at(amount_minor: int, from_currency: str, to_currency: str, base: str, quote: str, value: Decimal) -> int:
    """:func:`convert` for a rate that is not a kept one, such as the bank's own (``value`` is ``quote`` for one ``base``)."""
    if from_currency == to_currency:
        return amount_minor
    if {from_currency, to_currency} != {base, quote}:
        raise RateMissing(base=from_currency, quote=to_currency, date="")
    with localcontext() as context:
        context.prec = _DIGITS
        amount = decimal_from_minor(amount_minor, from_currency)
        return minor_from_decimal(amount * value if from_currency == base else amount / value, to_currency)


def exact_at(amount_minor: int, from_currency: str, to_currency: str, base: str, quote: str, value: Decimal) -> Fraction:
    """What :func:`convert_at` rounds, in minor units: for lines that are fitted to a total."""
    if from_currency == to_currency:
        return Fraction(amount_minor)
    if {from_currency, to_currency} != {base, quote}:
        raise RateMissing(base=from_currency, quote=to_currency, date="")
    rate = Fraction(value) if from_currency == base else 1 / Fraction(value)
    return amount_minor * rate * Fraction(10) ** (digits_of(to_currency) - digits_of(from_currency))


def rate_between(amount_minor: int, currency: str, other_minor: int, other_currency: str, base: str = BASE) -> Decimal:
    """Units of quote for one ``base`` that turn one amount into the other, 6 decimals; both amounts above zero.

    With everything paid against everything that arrived this is the all-in rate, fees included (case W03).
    """
    pair = {currency: decimal_from_minor(amount_minor, currency), other_currency: decimal_from_minor(other_minor, other_currency)}
    if base not in pair or currency == other_currency or amount_minor <= 0 or other_minor <= 0:
        raise RateInvalid(text=f"{amount_minor}/{other_minor}"[:40])
    quoted = pair[other_currency] if currency == base else pair[currency]
    with localcontext() as context:
        context.prec = _DIGITS
        return round_half_up(quoted / pair[base], 6)


def spread(sold_minor: int, sold_currency: str, bought_minor: int, bought_currency: str, reference: Rate) -> Spread:
    """What the conversion cost against the reference rate; shown beside the entry, never posted (case W03)."""
    expected = convert(sold_minor, sold_currency, bought_currency, reference)
    return Spread(bought_currency, bought_minor, expected, expected - bought_minor)


def is_far(value: Decimal, reference: Decimal | None) -> bool:
    """Whether a rate is so far from the published one that it was probably mistyped, or is the inverse (0.73 for 1.37)."""
    return reference is not None and abs(value - reference) > reference * FAR_SHARE


def leaps(values: Sequence[tuple[date, Decimal]], known: Mapping[date, Decimal], before: tuple[date, Decimal] | None) -> frozenset[date]:
    """The days of a file, oldest first, whose value leaps from the one ``known`` for the day or, for a new day, from the last one before it.

    ``before`` is the last known day before the file. The file may be damaged, or the inverse: those values wait for a second person.
    """
    found = set()
    for day, value in values:
        near = before is not None and (day - before[0]).days <= NEAR_DAYS
        beside = known.get(day) or (before[1] if before is not None and near else value)
        if abs(value - beside) > beside * LEAP_SHARE:
            found.add(day)
        else:
            before = (day, value)
    return frozenset(found)


def average(values: Sequence[Decimal]) -> Decimal:
    """The mean of rates, 6 decimals (domain.md 4.3). At least one."""
    assert values, "an average of no rates"
    with localcontext() as context:
        context.prec = _DIGITS
        return round_half_up(sum(values, Decimal(0)) / len(values), 6)


class MonthOfRates(msgspec.Struct, frozen=True):
    """A calendar month of daily rates: its lowest, highest, mean (6 decimals) and last."""

    month: date
    lowest: Decimal
    highest: Decimal
    mean: Decimal
    last: Decimal


def by_month(daily: Sequence[tuple[date, Decimal]]) -> list[MonthOfRates]:
    """Daily rates, oldest first, gathered by month: the table that stands under their chart."""
    months: dict[date, list[Decimal]] = {}
    for day, value in daily:
        months.setdefault(day.replace(day=1), []).append(value)
    return [MonthOfRates(month, min(values), max(values), average(values), values[-1]) for month, values in months.items()]


def roll_forward(
    opening_minor: int, moved_minor: Sequence[int], currency: str, to_currency: str, rates: PeriodRates, base: str = BASE, quote: str = QUOTE
) -> RollForward:
    """Opening at the opening rate, what moved at the mean, closing at the closing rate; what is left over is the exchange difference (W21)."""

    def at(minor: int, rate: Decimal) -> int:
        return convert_at(minor, currency, to_currency, base, quote, rate)

    net = sum(moved_minor)
    opening, closing = at(opening_minor, rates.opening), at(opening_minor + net, rates.closing)
    moved = tuple([at(minor, rates.mean) for minor in moved_minor])
    proof = at(opening_minor, rates.closing) - opening + at(net, rates.closing) - at(net, rates.mean)
    return RollForward(opening, moved, closing, closing - opening - sum(moved), proof)


def wanted_since(latest: date | None, today: date) -> date:
    """From which day a scheduled fetch asks: a fortnight before the last known day, so that a changed value is seen; two years at first."""
    return today - timedelta(days=731) if latest is None else min(latest, today) - timedelta(days=14)
