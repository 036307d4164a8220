"""Read a roster: which column of a spreadsheet holds what, every row as a member, every fault by row, column and code.

A fault never repeats a cell that could hold a name: it gives the row and the column, and the figure where a figure is wrong. Nothing is
half read: who calls this keeps nothing while there is one fault. Knows neither spreadsheets nor what is already kept.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import msgspec

from ledger.domain.cells import NotRead, Order, computed, is_secret, order_of_days, past, read_day, read_money, read_whole, read_yes
from ledger.domain.sheet_words import ROSTER_COLUMNS, ROSTER_WORDS
from ledger.domain.sheets import Column, Fault, Faults, cell_of, cells_of, columns_of, counted, fault, folded, heading_row, is_total, meanings
from ledger.domain.suppression import SMALL_CELL
from ledger.domain.text import fold

Standing = Literal["good", "arrears", "not_member"]
Payroll = Literal["active", "laid_off", "leave"]
OtherIncome = Literal["", "vacation", "sick", "wc", "ei", "ltd"]
PayMethod = Literal["cheque", "deposit"]

REFERENCE_MAXIMUM, NAME_MAXIMUM, PAY_REFERENCE_MAXIMUM = 40, 120, 40
DEPENDANTS_MAXIMUM = 30

_REFERENCE = re.compile(r"\A[0-9A-Z][0-9A-Z ./_-]{0,39}\Z", re.ASCII)
_LOCAL_WORDS = frozenset({"local", "locale", "section", "sl", "s l", "no", "n", "nº", "numero"})


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member as a roster has them; amounts in minor units of the strike's currency; ``row`` is the row of the file."""

    reference: str
    name: str
    local: str
    standing: Standing = "good"
    payroll: Payroll = "active"
    registered_on: date | None = None
    other_income: OtherIncome = ""
    returned_on: date | None = None
    crossed_on: date | None = None
    on_hold: bool = False
    dependants: int = 0
    gross_weekly_minor: int | None = None
    hourly_rate_minor: int | None = None
    pay_method: PayMethod = "cheque"
    pay_reference: str = ""
    row: int = 0


class Reading(msgspec.Struct, frozen=True):
    """How a file is to be read: the strike's locals, its currency, the language of its figures and today.

    ``registered_on`` is said of everybody in a file that has no column for it.
    """

    locals: tuple[str, ...]
    currency: str
    language: str
    today: date
    registered_on: date | None = None


class Kept(msgspec.Struct, frozen=True):
    """A member who is on the roster: their number there, what is said of them, and whether they have left it."""

    number: int
    facts: Member
    left: bool = False


class Merge(msgspec.Struct, frozen=True):
    """What a file would do to a roster: members added, members (by number) changed, and how many stay as they are.

    ``missing`` are the numbers of those whose local is in the file and who are not; ``moved`` are the file's rows of those who change locals.
    """

    added: tuple[Member, ...]
    changed: tuple[tuple[int, Member], ...]
    unchanged: int
    missing: tuple[int, ...]
    moved: tuple[int, ...]


COLUMNS: tuple[Column, ...] = columns_of(ROSTER_COLUMNS, required=("reference", "name"))
NAMES = tuple(each.name for each in COLUMNS)
# A given name in a column of its own goes into the name.
FIELDS = tuple(name for name in NAMES if name != "given_name")
_WORDS = {name: meanings(said) for name, said in ROSTER_WORDS.items()}
MONEY = ("gross_weekly", "hourly_rate")
_DAYS = ("registered_on", "returned_on", "crossed_on")


# --- which column holds what ------------------------------------------------------------------------------------------


def missing_columns(mapping: Mapping[str, int], locals: Collection[str]) -> list[str]:
    """The required columns that no column of the file was named for; the local too, where the strike has more than one."""
    wanted = [each.name for each in COLUMNS if each.required] + (["local"] if len(locals) > 1 else [])
    return [name for name in wanted if name not in mapping]


# --- every row --------------------------------------------------------------------------------------------------------


def read_roster(rows: Sequence[Sequence[str]], mapping: Mapping[str, int], reading: Reading) -> tuple[list[Member], Faults]:
    """Every row under the heading as a member, and every fault; members are all of the file's only where there is no fault.

    ``mapping`` gives the place of each column in a row. Empty rows are passed over. A reference that stands twice is a fault of the later row.
    """
    start = heading_row(COLUMNS, rows) + 1
    order = order_of_days(cells_of(rows[start:], mapping, _DAYS), reading.language)
    members: list[Member] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[start:], start + 1):
        if not any(row):
            continue
        if is_total(row, mapping):
            faults.append(Fault(number, "reference", "total"))
            continue
        values, wrong = _read_row(row, number, mapping, reading, order)
        first = seen.setdefault(values["reference"], number) if values.get("reference") else number
        if first != number:
            wrong.append(Fault(number, "reference", "duplicate", str(first)))
        faults += wrong
        if not wrong:
            members.append(Member(**values, row=number))
    return members, counted(faults)


def _read_row(
    row: Sequence[str], number: int, mapping: Mapping[str, int], reading: Reading, order: Order | None
) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {} if "registered_on" in mapping else {"registered_on": reading.registered_on}
    faults: list[Fault] = []
    for name in FIELDS:
        parts = [cell_of(row, mapping, part) for part in (("given_name", name) if name == "name" else (name,))]
        cell = " ".join(filter(None, parts))
        try:
            values |= _value(name, " ".join(filter(None, map(computed, parts))), reading, order)
        except NotRead as wrong:
            faults.append(fault(number, name, wrong.args[0], cell))
    return values, faults


def _value(name: str, cell: str, reading: Reading, order: Order | None) -> dict[str, Any]:
    """The field of a member that a cell gives; nothing for an empty cell that may be empty."""
    if name == "local":
        return {"local": read_local(cell, reading.locals)}
    if name in ("reference", "name") or cell:
        return _filled(name, cell, reading, order)
    return {}


def _filled(name: str, cell: str, reading: Reading, order: Order | None) -> dict[str, Any]:
    if name in _DAYS:
        return {name: past(read_day(cell, order), reading.today)}
    if name in MONEY:
        return {f"{name}_minor": read_money(cell, reading.language, reading.currency)}
    return {name: _READ[name](cell)}


@lru_cache(maxsize=1024)
def read_local(cell: str, locals: tuple[str, ...]) -> str:
    """The number of one of the strike's locals, however it is written; an empty cell means the strike's only local."""
    if not cell:
        if len(locals) == 1:
            return locals[0]
        raise NotRead("missing")
    words = [word for word in re.split(r"[\s.#°]+", fold(cell)) if word and word not in _LOCAL_WORDS]
    wanted = " ".join(words).lstrip("0")
    for local in locals:
        if fold(local).lstrip("0") == wanted:
            return local
    raise NotRead("unknown_local")


def read_reference(cell: str) -> str:
    """A member's reference, in capitals. Codes: missing, too_long, secret, bad_reference."""
    reference = cell.upper()
    _check_text(reference, REFERENCE_MAXIMUM)
    if not _REFERENCE.match(reference):
        raise NotRead("bad_reference")
    return reference


def _read_name(cell: str) -> str:
    return _check_text(cell, NAME_MAXIMUM)


def _read_pay_reference(cell: str) -> str:
    return _check_text(cell, PAY_REFERENCE_MAXIMUM)


def _check_text(cell: str, maximum: int) -> str:
    if not cell:
        raise NotRead("missing")
    if len(cell) > maximum:
        raise NotRead("too_long")
    if is_secret(cell):
        raise NotRead("secret")
    return cell


def _word_of(name: str) -> Callable[[str], str]:
    def read(cell: str) -> str:
        try:
            meant = _WORDS[name][folded(cell)]
        except KeyError:
            raise NotRead("unknown_word") from None
        return "" if meant == "none" else meant

    return read


def _read_dependants(cell: str) -> int:
    return read_whole(cell, DEPENDANTS_MAXIMUM)


_READ: dict[str, Callable[[str], Any]] = {
    "reference": read_reference, "name": _read_name, "on_hold": read_yes, "dependants": _read_dependants, "pay_reference": _read_pay_reference,
    **{name: _word_of(name) for name in _WORDS},
}  # fmt: skip


# --- what a file does to a roster -------------------------------------------------------------------------------------


def fields_of(mapping: Mapping[str, int]) -> frozenset[str]:
    """The fields of a member that a file speaks of; the others stay as they are kept."""
    named = {"given_name": "name"} | {name: f"{name}_minor" for name in MONEY}
    return frozenset({"local", *(named.get(name, name) for name in mapping)}) - {"reference"}


def merge(known: Mapping[str, Kept], members: Sequence[Member], fields: Collection[str]) -> Merge:
    """What the members of a file do to those known by their reference; who had left and is in the file is back."""
    added, changed, moved = [], [], []
    for member in members:
        kept = known.get(member.reference)
        if kept is None:
            added.append(member)
            continue
        now = msgspec.structs.replace(kept.facts, **{name: getattr(member, name) for name in fields})
        if now.local != kept.facts.local:
            moved.append(member.row)
        if kept.left or now != kept.facts:
            changed.append((kept.number, now))
    there = {member.reference for member in members}
    locals_ = {member.local for member in members}
    missing = [kept.number for reference, kept in known.items() if not kept.left and kept.facts.local in locals_ and reference not in there]
    unchanged = len(members) - len(added) - len(changed)
    return Merge(tuple(added), tuple(changed), unchanged, tuple(missing), tuple(moved))


# --- what others may know ---------------------------------------------------------------------------------------------

def told(count: int) -> int | str:
    """A count as the audit trail tells it, which the other union reads too: none of it that is small."""
    return f"under {SMALL_CELL}" if 0 < count < SMALL_CELL else count
