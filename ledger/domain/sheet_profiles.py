"""Read the sheet of a bank, or of a union's general ledger, by a profile: which column holds what, and how its days and amounts are written.

A profile is data that people keep for an account. :func:`guess` proposes one and says what a person must choose, because the file can be read
in two ways; :func:`read` reads every row or gives every fault. Amounts are minor units, money into the account positive.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from ledger.domain.cells import NotRead, Order, computed, order_of_days, read_day
from ledger.domain.money import check_size, digits_of
from ledger.domain.refusals import AmountInvalid, CurrencyUnknown
from ledger.domain.sheet_profile_words import BOOK_CALLED, CALLED, CREDIT_WORDS, DEBIT_WORDS, MONTHS
from ledger.domain.sheets import Column, Fault, Faults, cell_of, cells_of, columns_of, counted, folded, guess_mapping, heading_row, is_total

DayOrder = Literal["iso", "dmy", "mdy", "words"]
Choice = Literal["columns", "day_order", "decimal_sign"]

CELL_SHOWN_MAXIMUM = 40
_ORDERS: dict[str, Order | None] = {"iso": None, "words": None, "dmy": "day_first", "mdy": "month_first"}
_DAYS, _MONEY = ("date", "value_date"), ("amount", "money_in", "money_out", "balance")
_ROWS_LOOKED_AT = 2_000

BANK_COLUMNS: tuple[Column, ...] = columns_of(CALLED, required=("date",))
# In a union's own books a debit of its bank account is money in, which a bank calls a credit.
BOOK_COLUMNS: tuple[Column, ...] = columns_of(CALLED | BOOK_CALLED, required=("date",))
NAMES = tuple(column.name for column in BANK_COLUMNS)


class Profile(msgspec.Struct, frozen=True):
    """How a sheet is read. ``columns`` gives the place, from 0, of each column it has; ``heading_row`` is a row of the file, 0 for none.

    ``flip`` turns every sign: for a card's sheet, where spending is positive. ``debit`` is what the word debit, or a DR beside a figure, means:
    money ``out`` at a bank, ``in`` in a union's books. ``currency`` is that of rows that say none. ``headings`` is what stood over each column when a
    sheet was first read so: where the next one has them elsewhere, they are followed there.
    """

    columns: dict[str, int]
    day_order: DayOrder = "iso"
    decimal_sign: Literal[".", ","] = "."
    thousands_sign: Literal["", ",", ".", " ", "'"] = ""
    flip: bool = False
    debit: Literal["out", "in"] = "out"
    heading_row: int = 1
    currency: str = ""
    headings: dict[str, str] = {}


class Guess(msgspec.Struct, frozen=True):
    """A profile that fits what was seen, and what of it a person must choose, for the sheet does not tell."""

    profile: Profile
    choose: tuple[Choice, ...] = ()


class SheetRow(msgspec.Struct, frozen=True):
    """One row that moves money; ``row`` is its number in the file. Texts are empty where the sheet has no such column."""

    row: int
    day: date
    value_date: date | None
    amount_minor: int
    currency: str
    balance_minor: int | None = None
    account: str = ""
    text: str = ""
    reference: str = ""
    bank_id: str = ""
    cheque: str = ""
    counterparty: str = ""
    code: str = ""
    document: str = ""


_TEXTS = ("account", "text", "reference", "bank_id", "cheque", "counterparty", "code", "document")


# --- guessing ---------------------------------------------------------------------------------------------------------


def guess(rows: Sequence[Sequence[str]], columns: Sequence[Column] = BANK_COLUMNS, currency: str = "") -> Guess:
    """A profile from the headings, in either language, and from the cells under them.

    To choose: ``columns`` where no heading names a date and an amount, ``day_order`` where every date could be read in two ways or some
    contradict the others, ``decimal_sign`` where every amount could.
    """
    heading = heading_row(columns, rows)
    mapping = guess_mapping(columns, rows[heading]) if rows else {}
    # One word that is a column's name may stand in a row without being a heading.
    known = "date" in mapping or len(mapping) > 1
    start = heading + 1 if known else 0
    body = rows[start : start + _ROWS_LOOKED_AT]
    if not known:
        mapping = _by_cells(body)
    order, decimal = _order(cells_of(body, mapping, _DAYS)), _decimal(cells_of(body, mapping, _MONEY))
    # A heading that stands there twice does not say which of the two is meant.
    written = [str(cell).strip().casefold() for cell in rows[heading]] if known else []
    twice = any(written.count(written[place]) > 1 for place in mapping.values() if known)
    complete = known and not twice and "date" in mapping and bool({"amount", "money_in", "money_out"} & mapping.keys())
    unsure = {"columns": not complete, "day_order": order is None, "decimal_sign": decimal is None}
    found = decimal or "."
    profile = Profile(
        columns=mapping, day_order=order or "iso", decimal_sign=found, thousands_sign=_thousands(cells_of(body, mapping, _MONEY), found),
        debit="in" if columns is BOOK_COLUMNS else "out", heading_row=start, currency=currency,
    )  # fmt: skip
    return Guess(profile, tuple(name for name, it_is in unsure.items() if it_is))  # type: ignore[misc]


def _order(cells: Iterable[str]) -> DayOrder | None:
    """How the dates are written; None where a person must say, and ISO where there are none."""
    written = [plain_day(cell) for cell in cells if cell]
    numeric = [cell for cell, is_plain in written if is_plain and not cell[:4].isdigit()]
    if not numeric:
        return "words" if any(not is_plain for _, is_plain in written) else "iso"
    order = order_of_days(numeric, "")
    return {"day_first": "dmy", "month_first": "mdy"}[order] if order else None  # type: ignore[return-value]


_CENTS = re.compile(r"[0-9]([.,])[0-9]{1,2}\Z")
_GROUPS = re.compile(r"\A[0-9]{1,3}([.,' ])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]*)?\Z")


def _decimal(cells: Iterable[str]) -> Literal[".", ","] | None:
    """The sign before the cents, as amounts show that have one or two decimals or two groups; a point where all are whole numbers."""
    points, commas, doubtful = 0, 0, False
    for cell in cells:
        bare = _bare(cell)
        cents, groups = _CENTS.search(bare), _GROUPS.match(bare)
        if cents:
            points, commas = points + (cents[1] == "."), commas + (cents[1] == ",")
        elif groups and groups[1] in ".,":
            doubtful = True
    if points and commas:
        return None
    if points or commas:
        return "." if points else ","
    return None if doubtful else "."


def _thousands(cells: Iterable[str], decimal: str) -> Literal["", ",", ".", " ", "'"]:
    found = (_GROUPS.match(_bare(cell)) for cell in cells)
    return next((each[1] for each in found if each and each[1] != decimal), "")  # type: ignore[misc]


def _by_cells(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Places of a sheet without a heading: the first column of days, the first of amounts with cents, and the one with most letters."""
    width = max(map(len, rows), default=0)
    columns = {at: [row[at] for row in rows if at < len(row) and row[at]] for at in range(width)}
    days = [at for at, cells in columns.items() if cells and all(map(_looks_day, cells))]
    money = [at for at, cells in columns.items() if cells and at not in days and all(_CENTS.search(_bare(cell)) for cell in cells)]
    letters = {at: sum(map(str.isalpha, "".join(cells))) for at, cells in columns.items() if at not in (*days, *money)}
    found = {"date": days[:1], "amount": money[:1], "text": [max(letters, key=lambda at: letters[at])] if any(letters.values()) else []}
    return {name: places[0] for name, places in found.items() if places}


def _looks_day(cell: str) -> bool:
    try:
        _day(cell, "dmy")
    except NotRead:
        try:
            _day(cell, "mdy")
        except NotRead:
            return False
    return True


# --- one cell ---------------------------------------------------------------------------------------------------------

_TIME = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?: ?[AaPp][Mm])?(?:Z|[+-][0-9:]{2,6})?\Z", re.ASCII)
_COMPACT = re.compile(r"\A([0-9]{4})([0-9]{2})([0-9]{2})\Z", re.ASCII)
_SHORT = re.compile(r"\A([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{2})\Z", re.ASCII)
_DAY_MONTH = re.compile(r"\A(?:[^\W\d]+,? )?([0-9]{1,2})(?:er|st|nd|rd|th)?[- ]([^\W\d]{3,9})\.?,?[- ]([0-9]{2}|[0-9]{4})\Z")
_MONTH_DAY = re.compile(r"\A(?:[^\W\d]+,? )?([^\W\d]{3,9})\.?[- ]([0-9]{1,2})(?:st|nd|rd|th)?,?[- ]([0-9]{4})\Z")
_SIDE = re.compile(r"\A(?:(CR|DR|CT|DT)\b\.? ?)?(.*?)(?: ?(CR|DR|CT|DT)\.?)?\Z", re.IGNORECASE | re.DOTALL)
_SIGNS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2013": "-", "’": "'", "\u2011": "-"})
_DEBITS, _CREDITS = frozenset(map(folded, DEBIT_WORDS)), frozenset(map(folded, CREDIT_WORDS))
_MONTH_NUMBERS = {folded(word): number for number, words in MONTHS.items() for word in words}


def plain_day(cell: str) -> tuple[str, bool]:
    """A date without its time, its year in four digits, and whether it is in figures; one in words becomes 2026-03-31."""
    cell = _TIME.sub("", cell.translate(_SIGNS).strip())
    if found := _COMPACT.match(cell):
        return f"{found[1]}-{found[2]}-{found[3]}", True
    if found := _SHORT.match(cell):
        return f"{found[1]}{found[2]}{found[3]}{found[2]}20{found[4]}", True
    for pattern, places in ((_DAY_MONTH, (1, 2, 3)), (_MONTH_DAY, (2, 1, 3))):
        found = pattern.match(cell)
        month = _MONTH_NUMBERS.get(folded(found[places[1]])) if found else None
        if found and month:
            return f"{found[3].rjust(4, '_').replace('__', '20')}-{month:02}-{int(found[places[0]]):02}", False
    return cell, True


def _day(cell: str, order: DayOrder) -> date:
    """Codes: bad_date, ambiguous_date."""
    return read_day(plain_day(computed(cell))[0], _ORDERS[order])


def _bare(cell: str) -> str:
    """The figure alone, without sign, brackets, side or the name of a currency."""
    cell = _SIDE.sub(r"\2", " ".join(cell.translate(_SIGNS).split()))
    return re.sub(r"(?i)\b[A-Z]{2,3}\b|[$()+-]", "", cell).strip()


def _money(cell: str, profile: Profile, currency: str) -> int:
    """Minor units of a figure with its sign: a minus before or behind it, brackets, or CR and DR. Codes: formula, bad_money."""
    side = _SIDE.match(" ".join(computed(cell).translate(_SIGNS).split()))
    assert side is not None, "the pattern takes anything"
    figure = re.sub(rf"(?i)\b{currency}\b|(?:CA|US|C|U)?\$", "", side[2]).strip()
    negative, bare = _unsigned(figure)
    minor = _minor(bare, profile, digits_of(currency))
    word = (side[1] or side[3] or "").upper()
    if word and negative:
        raise NotRead("bad_money")
    taken = (word[:1] == "D") == (profile.debit == "out") if word else negative
    return -minor if taken else minor


def _unsigned(figure: str) -> tuple[bool, str]:
    if figure.startswith("(") and figure.endswith(")"):
        return True, figure[1:-1].strip()
    if figure.endswith(("-", "+")):
        return figure[-1] == "-", figure[:-1].strip()
    return figure[:1] == "-", figure[1:].strip() if figure[:1] in ("-", "+") else figure


def _minor(bare: str, profile: Profile, digits: int) -> int:
    """A figure by the profile's signs. A cell of a workbook that is a number has a point, whatever the sheet shows, where that is no group's."""
    decimals = profile.decimal_sign if profile.thousands_sign == "." or profile.decimal_sign == "." else profile.decimal_sign + "."
    group = re.escape(profile.thousands_sign) if profile.thousands_sign else " "
    found = re.match(rf"\A(?:[0-9]{{1,16}}|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+)?(?:[{re.escape(decimals)}]([0-9]*))?\Z", bare, re.ASCII)
    fraction = (found[1] or "") if found else ""
    if found is None or not any(map(str.isdigit, bare)) or fraction[digits:].strip("0"):
        raise NotRead("bad_money")
    whole = re.sub("[^0-9]", "", bare[: len(bare) - len(fraction)])
    try:
        return check_size(int((whole or "0") + fraction[:digits].ljust(digits, "0")))
    except AmountInvalid:
        raise NotRead("bad_money") from None


# --- every row --------------------------------------------------------------------------------------------------------


def read(rows: Sequence[Sequence[str]], profile: Profile) -> list[SheetRow] | Faults:
    """Every row under the heading that moves money, or every fault: the row of the file, the column, a code, and at most forty of its signs.

    A row without a figure in any column of amounts is no line (a remark, an opening balance), nor is a total without a date; a day with letters
    where its amount should be is a fault. A running balance, where there is a column of it, is added up, whether the newest row stands first or last.
    """
    found: list[SheetRow] = []
    faults: list[Fault] = []
    out_sign = -1 if _out_is_negative(rows[profile.heading_row :], profile) else 1
    for number, row in enumerate(rows[profile.heading_row :], profile.heading_row + 1):
        if _says_amount(row, profile) and not _adds_up(row, profile):
            made, wrong = _row(row, number, profile, out_sign)
            faults += wrong
            if made:
                found.append(made)
    faults = faults or _balance_faults(found)
    return counted(faults) if faults else found


def _says_amount(row: Sequence[str], profile: Profile) -> bool:
    cells = [cell_of(row, profile.columns, name) for name in _MONEY[:3]]
    return any(map(_has_figure, cells)) or (_has_figure(cell_of(row, profile.columns, "date")) and any(map(_has_letter, cells)))


def _has_figure(cell: str) -> bool:
    return any(map(str.isdigit, cell))


def _has_letter(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _adds_up(row: Sequence[str], profile: Profile) -> bool:
    first = next((at for at, cell in enumerate(row) if cell), 0)
    return not cell_of(row, profile.columns, "date") and is_total(row, {"reference": first})


def headings_of(profile: Profile, rows: Sequence[Sequence[str]]) -> list[str]:
    """The row of a file that its columns' headings stand in; nothing where it has none."""
    place = profile.heading_row - 1
    return [str(cell) for cell in rows[place]] if 0 <= place < len(rows) else []


def with_headings(profile: Profile, rows: Sequence[Sequence[str]]) -> Profile:
    """The same, with what stands over each of its columns in this file."""
    heading = headings_of(profile, rows)
    return msgspec.structs.replace(profile, headings={name: heading[place] for name, place in profile.columns.items() if place < len(heading)})


def followed(profile: Profile, rows: Sequence[Sequence[str]]) -> Profile | None:
    """A kept way of reading for this file: a column that moved is found by its heading. None where one is gone, or stands there twice."""
    heading = [cell.strip().casefold() for cell in headings_of(profile, rows)]
    columns = dict(profile.columns)
    for name, said in profile.headings.items():
        wanted = said.strip().casefold()
        if (places := [place for place, cell in enumerate(heading) if cell == wanted]) != [columns[name]]:
            if len(places) != 1:
                return None
            columns[name] = places[0]
    return msgspec.structs.replace(profile, columns=columns)


def missing_columns(profile: Profile) -> list[str]:
    """What no sheet can be read without: a date, and an amount or money in and money out."""
    has_amount = {"amount", "money_in", "money_out"} & profile.columns.keys()
    return [*([] if "date" in profile.columns else ["date"]), *([] if has_amount else ["amount"])]


def _row(row: Sequence[str], number: int, profile: Profile, out_sign: int) -> tuple[SheetRow | None, list[Fault]]:
    faults: list[Fault] = []

    def take(name: str, reading: Callable[[], Any]) -> Any:
        try:
            return reading()
        except NotRead as wrong:
            faults.append(Fault(number, name, wrong.args[0], cell_of(row, profile.columns, name)[:CELL_SHOWN_MAXIMUM]))
            return None

    cells = {name: cell_of(row, profile.columns, name) for name in profile.columns}
    currency = take("currency", lambda: _currency(cells.get("currency", "") or profile.currency))
    day = take("date", lambda: _needed_day(cells.get("date", ""), profile.day_order))
    value_date = take("value_date", lambda: _day(cells["value_date"], profile.day_order)) if cells.get("value_date") else None
    if currency is None:
        return None, faults
    amount = _amount(cells, profile, currency, out_sign, take)
    balance = take("balance", lambda: _money(cells["balance"], profile, currency)) if cells.get("balance") else None
    if faults or amount is None:
        return None, faults
    texts = {name: cells.get(name, "") for name in _TEXTS}
    texts["text"] = " ".join(filter(None, (texts["text"], cells.get("more_text", ""))))
    sign = -1 if profile.flip else 1
    made = SheetRow(
        row=number, day=day, value_date=value_date, amount_minor=sign * amount, currency=currency,
        balance_minor=None if balance is None else sign * balance, **texts,
    )  # fmt: skip
    return made, faults


def _currency(code: str) -> str:
    code = code.strip().upper()
    try:
        digits_of(code)
    except CurrencyUnknown:
        raise NotRead("bad_currency") from None
    return code


def _needed_day(cell: str, order: DayOrder) -> date:
    if not cell:
        raise NotRead("missing")
    return _day(cell, order)


def _out_is_negative(rows: Sequence[Sequence[str]], profile: Profile) -> bool:
    """Whether the column of money out writes it with a minus. Where it does not, a minus there is a reversal: money in."""
    figures = [cell.translate(_SIGNS) for cell in cells_of(rows, profile.columns, ("money_out",)) if any(map(str.isdigit, cell)) and cell.strip("0., ")]
    return bool(figures) and all("-" in cell or "(" in cell for cell in figures)


def _amount(cells: Mapping[str, str], profile: Profile, currency: str, out_sign: int, take: Callable[[str, Callable[[], Any]], Any]) -> Any:
    """Minor units of one signed amount, of money in less money out, of which one is empty or zero, or of an amount and a word for its side.

    None where there is a fault.
    """
    has = {name: _has_figure(cells.get(name, "")) or _has_letter(cells.get(name, "")) for name in ("amount", "money_in", "money_out")}
    if has["amount"]:
        minor = take("amount", lambda: _money(cells["amount"], profile, currency))
        return take("direction", lambda: _directed(minor, cells["direction"], profile)) if "direction" in cells and minor is not None else minor
    came = take("money_in", lambda: _money(cells["money_in"], profile, currency)) if has["money_in"] else 0
    went = take("money_out", lambda: _money(cells["money_out"], profile, currency)) if has["money_out"] else 0
    return take("money_out", lambda: _one_side(came or 0, out_sign * (went or 0)))


def _one_side(came: int, went: int) -> int:
    if came and went:
        raise NotRead("two_amounts")
    return came - went


def _directed(minor: int, word: str, profile: Profile) -> int:
    said = folded(word)
    if said not in _DEBITS | _CREDITS:
        raise NotRead("bad_direction")
    return -abs(minor) if (said in _DEBITS) == (profile.debit == "out") else abs(minor)


# --- the running balance ----------------------------------------------------------------------------------------------


def _balance_faults(rows: Sequence[SheetRow]) -> list[Fault]:
    """Where the running balance of an account is not the one before it and the amount; read in the direction in which fewer rows are wrong."""
    by_account: dict[tuple[str, str], list[SheetRow]] = {}
    for row in rows:
        by_account.setdefault((row.account, row.currency), []).append(row)
    return [fault for each in by_account.values() for fault in _breaks(oldest_first(each))]


def oldest_first(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """Rows of one account from the first to the last: as they stand, or turned round where their balances or their days show it."""
    turned = list(reversed(rows))
    if len(rows) < 2:
        return turned
    here, there = len(_breaks(rows)), len(_breaks(turned))
    if here == there:
        return turned if rows[0].day > rows[-1].day else list(rows)
    return turned if there < here else list(rows)


def _breaks(rows: Sequence[SheetRow]) -> list[Fault]:
    """Rows whose balance differs from what it must be; a row without a balance adds its amount to the next."""
    faults: list[Fault] = []
    running: int | None = None
    for row in rows:
        expected = None if running is None else running + row.amount_minor
        if row.balance_minor is not None and expected not in (None, row.balance_minor):
            faults.append(Fault(row.row, "balance", "balance_differs", ""))
        running = row.balance_minor if row.balance_minor is not None else expected
    return faults
