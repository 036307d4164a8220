"""Read one cell of a spreadsheet: a day, an amount, a number of hours, a yes or no; know what must never be kept at all.

A cell is text as a spreadsheet has it or as a person typed it, in either language. What can be read in two ways is refused. The patterns of
numbers that identify a person to a state or a bank are refused wherever they stand, for these books keep none (domain.md 1.7 d).
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from ledger.domain.money import check_size, digits_of
from ledger.domain.refusals import AmountInvalid

Order = Literal["day_first", "month_first"]

FIRST_YEAR = 1950
_ISO = re.compile(r"\A([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]00:00(?::00)?)?\Z", re.ASCII)
_NUMERIC = re.compile(r"\A([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4})\Z", re.ASCII)
_ENGLISH = re.compile(r"\A(?:[0-9]{1,12}|[0-9]{1,3}(?:[, ][0-9]{3})+)(?:\.([0-9]+))?\Z", re.ASCII)
_FRENCH = re.compile(r"\A(?:[0-9]{1,12}|[0-9]{1,3}(?: [0-9]{3})+)(?:[,.]([0-9]+))?\Z", re.ASCII)
_ONE_GROUP = re.compile(r"\A[0-9]{1,3},[0-9]{3}\Z", re.ASCII)
_HOURS = re.compile(r"\A([0-9]{1,2})(?:[.,]([0-9]{1,2}))? ?(?:h|hrs?|hours?|heures?)?\Z", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"\A([0-9]{1,2}) ?[:hH] ?([0-9]{2})?(?::[0-9]{2})? ?([aApP])?\.?[mM]?\.?\Z", re.ASCII)
YES = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "vrai"})
NO = frozenset({"no", "n", "false", "0", "non", "faux"})


class NotRead(Exception):
    """The cell is not what its column holds; the first argument is a code."""


def computed(cell: str) -> str:
    """The cell itself, unless it is a formula that no spreadsheet program has computed. Code: formula."""
    if cell.startswith("="):
        raise NotRead("formula")
    return cell


# --- days -------------------------------------------------------------------------------------------------------------


def order_of_days(cells: Iterable[str], language: str) -> Order | None:
    """Whether a file writes the day or the month first, as its own dates show; where they do not, French reads the day first.

    None where nothing tells, or where its dates contradict each other: a date that can be read in two ways is then refused.
    """
    shown: set[Order] = set()
    for cell in cells:
        found = _NUMERIC.match(cell)
        if found and int(found[1]) > 12:
            shown.add("day_first")
        elif found and int(found[3]) > 12:
            shown.add("month_first")
    if not shown:
        return "day_first" if language == "fr" else None
    return shown.pop() if len(shown) == 1 else None


def read_day(cell: str, order: Order | None) -> date:
    """A day written 2026-11-23, or 23/11/2026 where one can tell which is the month. Codes: bad_date, ambiguous_date."""
    if found := _ISO.match(cell):
        return _day(int(found[1]), int(found[3]), int(found[4]))
    numeric = _NUMERIC.match(cell)
    if numeric is None:
        raise NotRead("bad_date")
    first, second, year = int(numeric[1]), int(numeric[3]), int(numeric[4])
    if first > 12 or first == second:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    if order is None:
        raise NotRead("ambiguous_date")
    return _day(year, second, first) if order == "day_first" else _day(year, first, second)


def past(day: date, today: date) -> date:
    """The day itself, not after today. Code: future_date."""
    if day > today:
        raise NotRead("future_date")
    return day


def is_day(cell: str) -> bool:
    """Whether a heading is a day, as in a sheet of duty with one column a day."""
    return bool(_ISO.match(cell) or _NUMERIC.match(cell))


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise NotRead("bad_date") from None
    if not FIRST_YEAR <= found.year <= FIRST_YEAR + 150:
        raise NotRead("bad_date")
    return found


# --- amounts and numbers ----------------------------------------------------------------------------------------------


def read_money(cell: str, language: str, currency: str) -> int:
    """Minor units, not negative; the currency's own code may stand beside the figure. Codes: bad_money, ambiguous_money."""
    bare = re.sub(r"\s+", " ", cell.upper().replace(currency, "")).strip()
    french = language == "fr"
    if not french and _ONE_GROUP.match(bare):
        raise NotRead("ambiguous_money")
    found = (_FRENCH if french else _ENGLISH).match(bare)
    fraction, digits = (found[1] or "" if found else ""), digits_of(currency)
    if found is None or len(fraction) > digits:
        raise NotRead("bad_money")
    whole = bare[: len(bare) - len(fraction) - 1] if fraction else bare
    try:
        return check_size(int(re.sub("[, ]", "", whole) + fraction.ljust(digits, "0")))
    except AmountInvalid:
        raise NotRead("bad_money") from None


def read_whole(cell: str, maximum: int) -> int:
    """A whole number up to ``maximum``. Code: bad_number."""
    if not (cell.isascii() and cell.isdigit()) or len(cell) > 9 or int(cell) > maximum:
        raise NotRead("bad_number")
    return int(cell)


def read_yes(cell: str) -> bool:
    """Yes or no in either language. Code: bad_yes."""
    word = cell.casefold()
    if word not in YES | NO:
        raise NotRead("bad_yes")
    return word in YES


# --- hours ------------------------------------------------------------------------------------------------------------


def read_minutes(cell: str) -> int:
    """Minutes of hours written 4, 4.5, 4,5, 4:30, 4 h 30 or 4 h; at most a day. Code: bad_hours."""
    if found := _HOURS.match(cell):
        hundredths = int((found[2] or "0").ljust(2, "0"))
        # Hours in decimals are rounded to the minute, half up: 0.33 h is 20 minutes.
        minutes = int(found[1]) * 60 + (hundredths * 60 + 50) // 100
    elif (clock := _CLOCK.match(cell)) and not clock[3]:
        minutes = _sixty(int(clock[1]), clock[2])
    else:
        raise NotRead("bad_hours")
    if minutes > 24 * 60:
        raise NotRead("bad_hours")
    return minutes


def read_clock(cell: str) -> int:
    """Minutes after midnight of a time written 8:30, 8 h 30, 20:00 or 8:30 pm. Code: bad_time."""
    found = _CLOCK.match(cell)
    if found is None:
        raise NotRead("bad_time")
    minutes = _sixty(int(found[1]), found[2])
    if found[3]:
        if not 1 <= int(found[1]) <= 12:
            raise NotRead("bad_time")
        minutes = minutes % 720 + (720 if found[3] in "pP" else 0)
    if minutes > 24 * 60:
        raise NotRead("bad_time")
    return minutes


def _sixty(hours: int, minutes: str | None) -> int:
    if minutes and int(minutes) > 59:
        raise NotRead("bad_hours")
    return hours * 60 + int(minutes or 0)


# --- what is never kept -----------------------------------------------------------------------------------------------

_NINE = re.compile(r"(?<![0-9])[0-9]{3}[- .]?[0-9]{3}[- .]?[0-9]{3}(?![0-9])|(?<![0-9])[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}(?![0-9])", re.ASCII)
_CARD = re.compile(r"(?<![0-9])[0-9](?:[- ]?[0-9]){12,18}(?![0-9])", re.ASCII)
_TRANSIT = re.compile(r"(?<![0-9])[0-9]{5}[- ][0-9]{3}[- ][0-9]{5,12}(?![0-9])", re.ASCII)
_ROUTING = re.compile(r"(?<![0-9])([0-9]{9})[- /:]+[0-9]{4,17}(?![0-9])", re.ASCII)
_IBAN = re.compile(r"\A[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z", re.ASCII)


def is_secret(cell: str) -> bool:
    """Whether a cell looks like a social insurance or security number, a card's or a bank account's.

    Nine digits in their grouping or in none; thirteen to nineteen digits with a card's check digit; a Canadian transit, institution and
    account; a US routing number with an account; an IBAN.
    """
    if sum(map(str.isdigit, cell)) < 9:
        return False
    cards = (re.sub("[- ]", "", found) for found in _CARD.findall(cell))
    return bool(_NINE.search(cell) or _TRANSIT.search(cell) or _ROUTING.search(cell) or any(map(_luhn, cards)) or _iban(cell))


def _luhn(digits: str) -> bool:
    """The check digit of cards (ISO/IEC 7812): every second digit from the right doubled, its digits added."""
    total = sum(sum(divmod(int(digit) * (1 + at % 2), 10)) for at, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _iban(cell: str) -> bool:
    """Whether it is an IBAN with its two check digits (ISO 13616)."""
    bare = cell.replace(" ", "").upper()
    return bool(_IBAN.match(bare)) and int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1
