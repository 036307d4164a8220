"""Write figures, dates and times as a language does, and read back what people type into forms.

Amounts are integers of minor units; nothing here is a float. Sources: domain.md 8.4 (measured formats) and pages.md (ISO code always).
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time

from ledger.domain.money import LARGEST_AMOUNT_MINOR, round_half_up
from reports.i18n import LANGUAGES, locale, translate, translate_n

# Toronto keeps the same time as New York: one zone for both unions' offices and the Bank of Canada's day.
ZONE = ZoneInfo("America/Toronto")

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"


class Signs(NamedTuple):
    """How a language groups and divides digits."""

    group: str
    decimal: str


_SIGNS = {"en": Signs(",", "."), "fr": Signs(NO_BREAK_SPACE, ",")}


def signs(language: str) -> Signs:
    """The grouping and decimal signs; an unknown language reads English."""
    return _SIGNS.get(language, _SIGNS["en"])


# Figures.


def figure(language: str, amount_minor: int, digits: int = 2) -> str:
    """The bare figure of an amount: ``1,234.56`` or ``1 234,56``; U+2212 before a negative one. ``digits`` of the currency."""
    whole, fraction = divmod(abs(amount_minor), 10**digits)
    text = count(language, whole)
    if digits:
        text += f"{signs(language).decimal}{fraction:0{digits}d}"
    return MINUS + text if amount_minor < 0 else text


def money(language: str, amount_minor: int, currency: str, digits: int = 2) -> str:
    """An amount in a sentence: ``USD 1,234.56`` or ``1 234,56 USD``, held together by no-break spaces."""
    text = figure(language, amount_minor, digits)
    return f"{text}{NO_BREAK_SPACE}{currency}" if language == "fr" else f"{currency}{NO_BREAK_SPACE}{text}"


def count(language: str, number: int) -> str:
    """A whole number, grouped."""
    text = f"{abs(number):,}".replace(",", signs(language).group)
    return MINUS + text if number < 0 else text


def decimal(language: str, value: Decimal, places: int) -> str:
    """A decimal number rounded half up to ``places``."""
    return figure(language, int(round_half_up(value, places).scaleb(places)), places)


def rate(language: str, value: Decimal, places: int = 4) -> str:
    """An exchange rate, with the four decimals of the Bank of Canada unless told otherwise."""
    return decimal(language, value, places)


def percent(language: str, share: Decimal) -> str:
    """A share of one with one decimal: ``12.3%`` or ``12,3 %``."""
    sign = NO_BREAK_SPACE + "%" if language == "fr" else "%"
    return decimal(language, share.scaleb(2), 1) + sign


def per_cent(language: str, value: Decimal) -> str:
    """Per cent with every decimal it has: ``2%``, ``1,125 %``."""
    exponent = value.normalize().as_tuple().exponent
    sign = NO_BREAK_SPACE + "%" if language == "fr" else "%"
    return decimal(language, value, max(0, -exponent if isinstance(exponent, int) else 0)) + sign


# Days and moments.


def date_iso(day: date) -> str:
    """``2026-11-23``: the form of tables and files in every language."""
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


def month_name(language: str, month: int) -> str:
    """``November`` or ``novembre``, of a number from 1 to 12."""
    name: str = locale(language).months["stand-alone"]["wide"][month]
    return name


def date_long(language: str, day: date) -> str:
    """``November 23, 2026`` or ``23 novembre 2026`` (``1er`` for the first)."""
    return _first(language, day, format_date(day, "long", locale=locale(language)))


def _first(language: str, day: date, text: str) -> str:
    """French says the first of a month, where Babel counts it: ``1er nov.``"""
    return re.sub(r"\b1\b", "1er", text, count=1) if language == "fr" and day.day == 1 else text


def day_of_year(language: str, day: date) -> str:
    """A day that every year has: ``November 20``, ``20 novembre`` (``1er`` for the first)."""
    return _first(language, day, format_date(day, "d MMMM" if language == "fr" else "MMMM d", locale=locale(language)))


def date_short(language: str, day: date, today: date | None = None) -> str:
    """``Fri 20 Nov`` or ``ven. 20 nov.`` (``1er nov.``); with the year where it is not that of ``today``."""
    pattern = "EEE d MMM y" if today and today.year != day.year else "EEE d MMM"
    return _first(language, day, format_date(day, pattern, locale=locale(language)))


def quoted(language: str, text: str) -> str:
    """Somebody's words as they wrote them, in the language's quotation marks; French ones keep off the words by a no-break space."""
    return f"«\u00a0{text}\u00a0»" if language == "fr" else f"“{text}”"


def moment(language: str, at: datetime) -> str:
    """A recorded time on the wall clock of Toronto, zone shown: ``20 Nov 2026, 4:05 p.m. EST``. ``at`` must know its zone."""
    local = _toronto(at)
    day = _first(language, local.date(), format_date(local.date(), "d MMM y", locale=locale(language)))
    clock = format_time(local, "short", tzinfo=ZONE, locale=locale(language)).replace("\u202f", NO_BREAK_SPACE)
    zone = format_datetime(local, "z", tzinfo=ZONE, locale=locale(language))
    return f"{day}, {clock} {zone}"


def day_of(at: datetime) -> date:
    """The day of the books that a recorded time was on: late in the evening in Toronto it is the next day elsewhere."""
    return _toronto(at).date()


def _toronto(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at.astimezone(UTC).astimezone(ZONE)


def day_count(language: str, number: int) -> str:
    """How long something took or lasts: ``0 days``, ``1 day``, ``6 days``."""
    return translate_n(language, "%(count)s day", "%(count)s days", number, count=count(language, number))


def days(language: str, number: int) -> str:
    """How old something is: ``today``, ``yesterday``, ``6 days``; ``tomorrow`` and ``in 6 days`` for what is to come."""
    near = {0: translate(language, "today"), 1: translate(language, "yesterday"), -1: translate(language, "tomorrow")}
    if number in near:
        return near[number]
    if number > 0:
        return day_count(language, number)
    return translate_n(language, "in %(count)s day", "in %(count)s days", -number, count=count(language, -number))


# Reading amounts.

AMOUNT_REASONS = ("empty", "not_a_number", "too_many_decimals", "ambiguous", "too_large", "other_currency", "dollar_sign")

# Every space people paste between digits (no-break, narrow no-break, thin, figure …) counts as a plain one.
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u2060]+")
_CODE_FIRST = re.compile(r"\A([A-Za-z]{3}) ?(.+)\Z")
_CODE_LAST = re.compile(r"\A(.+?) ?([A-Za-z]{3})\Z")
_PARTS = re.compile(r"\A(-?) ?([0-9][0-9 ,.]*|[.,][0-9]+)\Z", re.ASCII)
_WHOLE: dict[str, re.Pattern[str]] = {
    "en": re.compile(r"\A(?:[0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+)\Z", re.ASCII),
    "fr": re.compile(r"\A(?:[0-9]*|[1-9][0-9]{0,2}(?: [0-9]{3})+)\Z", re.ASCII),
}
_LONGEST_TEXT = 60


class AmountNotUnderstood(Exception):
    """What was typed is not one amount; ``reason_code`` is one of :data:`AMOUNT_REASONS`."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


def parse_money(language: str, text: str, digits: int = 2, currency: str | None = None) -> int:
    """Minor units of what a person typed, read as their language writes it; at most 10**15 either way.

    English groups with a comma or a space and divides with a dot; French groups with a space and divides with a comma (or, on a
    number pad, a dot). What only the other language would write, ``1,234`` in French above all, is *ambiguous* and refused. The
    expected ``currency`` may stand before or after the figure. Raises :class:`AmountNotUnderstood`.
    """
    bare = _without_code(_SPACES.sub(" ", text).strip().replace(MINUS, "-"), currency)
    parts = _PARTS.match(bare) if len(bare) <= _LONGEST_TEXT else None
    if parts is None:
        raise AmountNotUnderstood("not_a_number")
    whole, fraction = _split("fr" if language == "fr" else "en", parts[2], digits)
    if len(fraction) > digits:
        raise AmountNotUnderstood("too_many_decimals")
    amount_minor = int((whole or "0") + fraction.ljust(digits, "0"))
    if amount_minor > LARGEST_AMOUNT_MINOR:
        raise AmountNotUnderstood("too_large")
    return -amount_minor if parts[1] else amount_minor


def _without_code(text: str, currency: str | None) -> str:
    if not text:
        raise AmountNotUnderstood("empty")
    if "$" in text:
        raise AmountNotUnderstood("dollar_sign")
    first, last = _CODE_FIRST.match(text), _CODE_LAST.match(text)
    code, bare = (first[1], first[2]) if first else (last[2], last[1]) if last else ("", text)
    if code and _PARTS.match(bare) and code.upper() != currency:
        raise AmountNotUnderstood("other_currency")
    return bare if code.upper() == currency else text


def _split(language: str, text: str, digits: int) -> tuple[str, str]:
    """The digits before and after the decimal sign, grouping removed, or a refusal that says why not."""
    sign = signs(language).decimal
    if language == "fr" and text.count(".") == 1 and "," not in text and digits and len(text.split(".")[1]) <= digits:
        sign = "."
    whole, found, fraction = text.partition(sign)
    if found and not fraction:
        raise AmountNotUnderstood("not_a_number")
    if (fraction and not re.fullmatch(r"[0-9]+", fraction)) or not _WHOLE[language].match(whole):
        raise AmountNotUnderstood("ambiguous" if _other_way(language, text) else "not_a_number")
    if sign == "," and digits != 3 and re.fullmatch(r"[0-9]{1,3},[0-9]{3}", text):
        raise AmountNotUnderstood("ambiguous")
    return re.sub("[, ]", "", whole), fraction


def _other_way(language: str, text: str) -> bool:
    """Whether the other language would read this as a number."""
    other = "en" if language == "fr" else "fr"
    whole, found, fraction = text.partition(signs(other).decimal)
    return bool(_WHOLE[other].match(whole) and re.fullmatch(r"[0-9]+" if found else r"", fraction))


# Reading dates.

DATE_REASONS = ("empty", "not_a_date", "ambiguous", "no_such_day", "out_of_range")

_ISO = re.compile(r"\A([0-9]{4})([-/. ]?)([0-9]{1,2})\2([0-9]{1,2})\Z", re.ASCII)
_NUMERIC = re.compile(r"\A([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4})\Z", re.ASCII)
_DAY_FIRST = re.compile(r"\A([0-9]{1,2})(?:er|st|nd|rd|th)?[ -]?([a-z]+)\.?,?[ -]?([0-9]{4})\Z", re.ASCII)
_MONTH_FIRST = re.compile(r"\A([a-z]+)\.? ?([0-9]{1,2})(?:er|st|nd|rd|th)?(?:, ?| )([0-9]{4})\Z", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class DateNotUnderstood(Exception):
    """What was typed is not one date; ``reason_code`` is one of :data:`DATE_REASONS`."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


def parse_date(language: str, text: str) -> date:
    """The date a person typed: ``2026-11-23``, ``23 nov 2026``, ``Nov 23, 2026``, ``23/11/2026``; the year in full.

    Month names of either language count. A numeric date that can be read in one way only is taken; where day and month could
    change places, French reads the day first, and English refuses, because UE's country writes the month first and English
    Canada does both. Raises :class:`DateNotUnderstood`.
    """
    plain = _plain(text)
    if not plain:
        raise DateNotUnderstood("empty")
    if found := _ISO.match(plain):
        if not found[2] and len(plain) != 8:
            raise DateNotUnderstood("not_a_date")
        return _day(int(found[1]), int(found[3]), int(found[4]))
    if found := _NUMERIC.match(plain):
        return _numeric(language, int(found[1]), int(found[3]), int(found[4]))
    if found := _DAY_FIRST.match(plain):
        return _day(int(found[3]), _month(found[2]), int(found[1]))
    if found := _MONTH_FIRST.match(plain):
        return _day(int(found[3]), _month(found[1]), int(found[2]))
    raise DateNotUnderstood("not_a_date")


def _plain(text: str) -> str:
    """Lower case, without accents, single spaces; bounded."""
    decomposed = unicodedata.normalize("NFD", _SPACES.sub(" ", text[:_LONGEST_TEXT + 1]).strip().lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _numeric(language: str, first: int, second: int, year: int) -> date:
    if first > 12 or (language == "fr" and second <= 12) or first == second:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    raise DateNotUnderstood("ambiguous")


def _month(name: str) -> int:
    try:
        return _month_names()[name]
    except KeyError:
        raise DateNotUnderstood("not_a_date") from None


@cache
def _month_names() -> dict[str, int]:
    """Both languages' names, and every beginning of three letters or more that can mean one month only."""
    meant: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for number, name in locale(language).months["format"]["wide"].items():
            plain = _plain(name)
            for length in range(3, len(plain) + 1):
                meant.setdefault(plain[:length], set()).add(number)
    return {name: min(numbers) for name, numbers in meant.items() if len(numbers) == 1} | {"sept": 9}


def _day(year: int, month: int, day: int) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise DateNotUnderstood("out_of_range")
    try:
        return date(year, month, day)
    except ValueError:
        raise DateNotUnderstood("no_such_day") from None
