"""Read what a union's own bookkeeping program says of its joint accounts: rows, and the balances before the first and after the last.

Amounts are as that union's books have them, debit positive. Programs differ: the account stands in a column or in a row of its own above its
rows, amounts in one column or in two, balances in rows that say so or in a column that runs. Nothing is half read: who calls this keeps nothing
while there is one fault. Knows neither spreadsheets nor what is already kept.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec

from ledger.domain.cells import NotRead, Order, computed, order_of_days, read_day, read_money
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import ChoiceInvalid, ExtractAccountUnsaid, ExtractBalanceMissing, ExtractUnbalanced
from ledger.domain.sheet_profiles import SheetRow, oldest_first, plain_day
from ledger.domain.sheets import Column, Fault, Faults, cell_of, cells_of, columns_of, counted, fault, folded, heading_row

Means = Literal["due_from", "due_to", "contributions", "in_transit", "ignored"]
MEANS: tuple[Means, ...] = ("due_from", "due_to", "contributions", "in_transit", "ignored")
ABOUT_OTHER = ("due_from", "due_to")
CODE_MAXIMUM, DOCUMENT_MAXIMUM, TEXT_MAXIMUM = 80, 60, 200
# What programs call the columns of a general ledger: Sage 50, QuickBooks, Xero and acomba among others, in both languages.
COLUMNS: tuple[Column, ...] = columns_of(
    {
        "day": ("date", "transaction date", "posting date", "je date", "date de l’écriture", "date d’écriture", "date de transaction"),
        "account": (
            "account", "account code", "account number", "account no", "account name", "gl account", "g/l account", "compte", "no de compte",
            "numéro de compte", "n° de compte", "nom du compte",
        ),
        "document": (
            "document", "reference", "ref", "num", "no", "number", "document no", "source #", "invoice number", "référence", "réf", "pièce",
            "no de pièce", "n° de pièce", "numéro", "je#", "entry no",
        ),
        "text": ("description", "memo", "text", "comment", "memo/description", "details", "particulars", "libellé", "commentaire", "détail", "texte"),
        "amount": ("amount", "net", "net amount", "montant", "montant net"),
        "debit": ("debit", "debits", "dr", "débit", "débits"),
        "credit": ("credit", "credits", "cr", "crédit", "crédits"),
        "balance": ("balance", "running balance", "solde", "solde courant", "solde progressif"),
        "currency": ("currency", "currency code", "devise", "monnaie", "code devise"),
    },
    required=("day",),
)  # fmt: skip
_MONEY = ("amount", "debit", "credit", "balance")
_OPENING = re.compile(
    r"(?:opening|beginning|starting|initial) balance|balance (?:brought )?forward|solde (?:d ?ouverture|initial|reporte|au debut)|a nouveau"
)
_CLOSING = re.compile(r"(?:closing|ending|end|final) balance|solde (?:de (?:cloture|fermeture)|final|a la fin)")
_TOTAL = re.compile(r"(?:grand |net )?total\b|totaux\b|net (?:movement|change)|variation nette")
_COMMA = re.compile(r",[0-9]{2}(?:\D|\Z)", re.ASCII)


class Layout(msgspec.Struct, frozen=True):
    """How a file is read: the place of each column, the language of its figures, the currency where no column has it, and whether the program
    writes what is owed to others as a positive figure in its one column of amounts.
    """

    mapping: dict[str, int]
    language: str
    currency: str
    owed_positive: bool = False


class Row(msgspec.Struct, frozen=True):
    """One row of an account; ``row`` is that of the file."""

    day: date
    code: str
    currency: str
    amount_minor: int
    document: str
    text: str
    row: int = 0


class Balance(msgspec.Struct, frozen=True):
    """What an account stood at before the first row and at the cut-off; None where the file does not say."""

    code: str
    currency: str
    opening_minor: int | None = None
    closing_minor: int | None = None


class Meaning(msgspec.Struct, frozen=True):
    """What an account of a union's own books is about; ``other_union`` for what stands between two unions."""

    code: str
    currency: str
    means: Means
    other_union: str | None = None


class Extract(msgspec.Struct, frozen=True):
    """What a file holds, by account; ``accounts`` in the order in which they come."""

    rows: tuple[Row, ...] = ()
    balances: tuple[Balance, ...] = ()

    @property
    def accounts(self) -> list[tuple[str, str]]:
        """(code, currency) of every account with a row or a balance."""
        return list(dict.fromkeys([*((each.code, each.currency) for each in self.balances), *((each.code, each.currency) for each in self.rows)]))


# --- rows -------------------------------------------------------------------------------------------------------------------


def missing_columns(mapping: Mapping[str, int]) -> list[str]:
    """What no column was named for: the day, and an amount in one column or in two."""
    found = [] if "day" in mapping else ["day"]
    return found if "amount" in mapping or {"debit", "credit"} <= mapping.keys() else [*found, "amount"]


def language_of(rows: Sequence[Sequence[str]], mapping: Mapping[str, int], usual: str) -> str:
    """The language that a file's figures are written in: French where one ends in a comma and cents."""
    cells = list(cells_of(rows, mapping, _MONEY))
    if any(_COMMA.search(cell) for cell in cells):
        return "fr"
    return "en" if any(re.search(r"\.[0-9]{2}(?:\D|\Z)", cell) for cell in cells) else usual


class _Reading(msgspec.Struct):
    """Where reading stands: the account of the rows that follow, and what was read."""

    layout: Layout
    order: Order | None
    currencies: frozenset[str]
    account: str = ""
    rows: list[Row] = []
    running: list[tuple[Row, int]] = []
    opening: dict[tuple[str, str], int] = {}
    closing: dict[tuple[str, str], int] = {}
    faults: list[Fault] = []

    def cell(self, row: Sequence[str], name: str) -> str:
        """A row's cell of a column."""
        return cell_of(row, self.layout.mapping, name)


def read_extract(rows: Sequence[Sequence[str]], layout: Layout, currencies: Iterable[str]) -> tuple[Extract, Faults]:
    """Every row under the heading, and every fault. Rows that add others up are passed over."""
    start = heading_row(COLUMNS, rows) + 1
    days = (plain_day(cell)[0] for cell in cells_of(rows[start:], layout.mapping, ("day",)))
    order = order_of_days(days, layout.language)
    state = _Reading(layout, order, frozenset(currencies))
    for number, row in enumerate(rows[start:], start + 1):
        if any(row):
            _take(state, number, row)
    return Extract(tuple(state.rows), tuple(_balances(state))), counted(state.faults)


def _take(state: _Reading, number: int, row: Sequence[str]) -> None:
    money = any(state.cell(row, name) for name in _MONEY)
    # A row with a day may have an account that is called "opening balance": there only its text tells.
    dated = any(map(str.isdigit, state.cell(row, "day")))
    cells = (state.cell(row, "text"),) if dated else (row[0], state.cell(row, "text"), state.cell(row, "account"))
    said = next((each for cell in cells if (each := _balance_row(cell))), "")
    if said and money:
        _take_balance(state, number, row, said == "opening")
    elif _TOTAL.match(folded(next(filter(None, row)))) or _TOTAL.match(folded(state.cell(row, "text"))):
        return
    elif not dated and not money and sum(map(bool, row)) == 1:
        state.account = next(filter(None, row))
    else:
        _take_row(state, number, row)


def _balance_row(cell: str) -> str:
    """Whether a cell begins as a row of balances does: "opening", "closing" or neither."""
    said = folded(cell)
    return "opening" if _OPENING.match(said) else "closing" if _CLOSING.match(said) else ""


def _account_of(state: _Reading, row: Sequence[str]) -> str:
    """The account that a row names, else that of the row above."""
    named = state.cell(row, "account")
    if named and not _balance_row(named):
        state.account = named
    return state.account


def _currency_of(state: _Reading, row: Sequence[str], code: str) -> str:
    """The currency of a row: its own column's, else the one that its account's name says, else the file's."""
    named = [word for word in re.split(r"[^A-Z]+", code) if word in state.currencies]
    return state.cell(row, "currency").upper() or (named[0] if len(named) == 1 else state.layout.currency)


def _take_balance(state: _Reading, number: int, row: Sequence[str], opening: bool) -> None:
    code = _account_of(state, row)
    currency = _currency_of(state, row, code)
    names = ("balance",) if state.cell(row, "balance") else ("amount", "debit", "credit")
    amount = _amount(state, number, row, currency, names)
    if not code:
        state.faults.append(Fault(number, "account", "missing"))
    elif amount is not None:
        (state.opening if opening else state.closing)[code, currency] = amount


def _take_row(state: _Reading, number: int, row: Sequence[str]) -> None:
    before, code = len(state.faults), _account_of(state, row)
    currency = _currency_of(state, row, code)
    if not code or len(code) > CODE_MAXIMUM:
        state.faults.append(Fault(number, "account", "too_long" if code else "missing"))
    if currency not in state.currencies:
        state.faults.append(fault(number, "currency", "unknown_currency", currency))
        return
    day = _day(state, number, state.cell(row, "day"))
    amount = _amount(state, number, row, currency, ("amount", "debit", "credit"))
    if len(state.faults) > before or day is None or not amount:
        return
    made = Row(day, code, currency, amount, state.cell(row, "document")[:DOCUMENT_MAXIMUM], state.cell(row, "text")[:TEXT_MAXIMUM], number)
    state.rows.append(made)
    if state.cell(row, "balance"):
        standing = _amount(state, number, row, currency, ("balance",))
        state.running += [(made, standing)] if standing is not None else []


def _day(state: _Reading, number: int, cell: str) -> date | None:
    try:
        if not cell:
            raise NotRead("missing")
        day = read_day(plain_day(computed(cell))[0], state.order)
        if day < EARLIEST_DATE:
            raise NotRead("bad_date")
        return day
    except NotRead as wrong:
        state.faults.append(fault(number, "day", wrong.args[0], cell))
        return None


def _amount(state: _Reading, number: int, row: Sequence[str], currency: str, names: Sequence[str]) -> int | None:
    """A row's amount, debit positive; None with a fault where it cannot be read."""
    total, filled = 0, [name for name in names if state.cell(row, name)]
    if {"debit", "credit"} <= set(filled):
        # Programs write 0.00 on the side that is empty.
        filled = [name for name in filled if name not in ("debit", "credit") or state.cell(row, name).strip("0.,- $")] or filled[:1]
    if {"debit", "credit"} <= set(filled):
        state.faults.append(Fault(number, "debit", "both_sides"))
        return None
    for name in filled:
        cell = state.cell(row, name)
        try:
            total += read_signed(computed(cell), state.layout.language, currency) * (-1 if name == "credit" else 1)
        except NotRead as wrong:
            state.faults.append(fault(number, name, wrong.args[0], cell))
            return None
    if not filled and "balance" not in names:
        state.faults.append(Fault(number, "amount", "missing"))
        return None
    return total


def read_signed(cell: str, language: str, currency: str) -> int:
    """Minor units of an amount with its sign in front, behind, in brackets, or as DR and CR. Codes: bad_money, ambiguous_money."""
    bare = cell.replace("−", "-").replace("$", "").strip()
    sign = 1
    if bare.upper().endswith(("CR", "CT")):
        sign, bare = -1, bare[:-2].strip()
    elif bare.upper().endswith(("DR", "DT")):
        bare = bare[:-2].strip()
    if bare.startswith("(") and bare.endswith(")"):
        sign, bare = -sign, bare[1:-1].strip()
    if bare.startswith("-") or bare.endswith("-"):
        sign, bare = -sign, bare.strip("- ")
    return sign * read_money(bare, language, currency)


def _balances(state: _Reading) -> list[Balance]:
    """The balances that rows say, else those that a running column shows before its first and after its last row, whichever stands first in the file."""
    counts = Counter((each.code, each.currency) for each in state.rows)
    running: dict[tuple[str, str], list[SheetRow]] = {}
    for row, standing in state.running:
        shown = SheetRow(row=row.row, day=row.day, value_date=None, amount_minor=row.amount_minor, currency=row.currency, balance_minor=standing)
        running.setdefault((row.code, row.currency), []).append(shown)
    for key, rows in running.items():
        if key not in state.opening and key not in state.closing and len(rows) == counts[key]:
            ordered = oldest_first(rows)
            state.opening[key] = (ordered[0].balance_minor or 0) - ordered[0].amount_minor
            state.closing[key] = ordered[-1].balance_minor or 0
    keys = dict.fromkeys([*state.opening, *state.closing, *((row.code, row.currency) for row in state.rows)])
    return [Balance(*key, state.opening.get(key), state.closing.get(key)) for key in keys]


# --- what it must add up to ---------------------------------------------------------------------------------------------------


def turned(extract: Extract, meanings: Mapping[tuple[str, str], Meaning], layout: Layout) -> Extract:
    """The extract with what is owed to others as a credit, where the program writes it as a positive figure."""
    if not layout.owed_positive or "amount" not in layout.mapping:
        return extract
    flip = {key for key, each in meanings.items() if each.means == "due_to"}
    rows = [msgspec.structs.replace(each, amount_minor=-each.amount_minor) if (each.code, each.currency) in flip else each for each in extract.rows]
    balances = [_flipped(each) if (each.code, each.currency) in flip else each for each in extract.balances]
    return Extract(tuple(rows), tuple(balances))


def _flipped(balance: Balance) -> Balance:
    opening, closing = balance.opening_minor, balance.closing_minor
    return Balance(balance.code, balance.currency, None if opening is None else -opening, None if closing is None else -closing)


def kept_of(extract: Extract, meanings: Mapping[tuple[str, str], Meaning]) -> Extract:
    """What is joint of it; refuses an account that nobody said the meaning of."""
    for key in extract.accounts:
        if key not in meanings:
            raise ExtractAccountUnsaid(account=key[0], currency=key[1])
    joint = {key for key, each in meanings.items() if each.means != "ignored"}
    return Extract(
        tuple(each for each in extract.rows if (each.code, each.currency) in joint),
        tuple(each for each in extract.balances if (each.code, each.currency) in joint),
    )


def check_meaning(meaning: Meaning, union: str, unions: Iterable[str]) -> Meaning:
    """A meaning as it may be kept: what stands between two unions names the other one, and nothing else does."""
    others = [each for each in unions if each != union]
    if meaning.means not in MEANS:
        raise ChoiceInvalid(field="means", value=str(meaning.means)[:40])
    other = meaning.other_union if meaning.means in ABOUT_OTHER else None
    if meaning.means in ABOUT_OTHER and other is None and len(others) == 1:
        other = others[0]
    if meaning.means in ABOUT_OTHER and other not in others:
        raise ChoiceInvalid(field="other_union", value=str(other)[:40])
    return msgspec.structs.replace(meaning, other_union=other)


def first_day(extract: Extract, until: date) -> date:
    """The first day that an extract speaks of: the first of the cut-off's month, or its first row where that is earlier."""
    return min([until.replace(day=1), *(each.day for each in extract.rows)])


def proved(extract: Extract, typed: Mapping[tuple[str, str], Balance], until: date) -> list[Balance]:
    """The balances of each account at both ends, from the rows that say so or else as typed; refuses what is missing and what does not add up.

    Rows after the cut-off are no part of it. A closing balance may be that at the cut-off, or that after all rows of the file.
    """
    sums: dict[tuple[str, str], list[int]] = {}
    for each in extract.rows:
        part = sums.setdefault((each.code, each.currency), [0, 0])
        part[each.day > until] += each.amount_minor
    found = []
    for balance in extract.balances:
        key = (balance.code, balance.currency)
        said = typed.get(key, Balance(*key))
        opening = balance.opening_minor if balance.opening_minor is not None else said.opening_minor
        closing = balance.closing_minor if balance.closing_minor is not None else said.closing_minor
        found.append(_proved(key, opening, closing, sums.get(key, [0, 0])))
    return found


def _proved(key: tuple[str, str], opening: int | None, closing: int | None, sums: Sequence[int]) -> Balance:
    if opening is None or closing is None:
        raise ExtractBalanceMissing(account=key[0], currency=key[1], which="opening" if opening is None else "closing")
    at_cutoff = opening + sums[0]
    if closing not in (at_cutoff, at_cutoff + sums[1]):
        raise ExtractUnbalanced(
            account=key[0], currency=key[1], opening_minor=opening, rows_minor=sums[0], closing_minor=closing, expected_minor=at_cutoff,
        )  # fmt: skip
    return Balance(*key, opening, at_cutoff)
