"""Tell which column of a sheet holds what by its heading, and keep the faults of its rows: where they are, never what stands there.

Knows what columns are called, not what they mean; rosters and duty say which columns they have.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from ledger.domain.text import fold

FAULTS_SHOWN_MAXIMUM = 200
_HEADING_AMONG_ROWS = 20
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*\Z")
_TOTAL = re.compile(r"(?:grand|sub|sous) ?total|tota(?:l|ls|ux)\b")
_UNSAID = frozenset({"reference", "name", "pay_reference"})


class Column(msgspec.Struct, frozen=True):
    """One column and what people call it, folded, in both languages."""

    name: str
    called: frozenset[str]
    required: bool = False


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one cell: its row in the file, its column by name, a code, and a figure or a row where that helps."""

    row: int
    column: str
    code: str
    text: str = ""


class Faults(msgspec.Struct, frozen=True):
    """The faults of a file: the first of them, and how many there are."""

    shown: tuple[Fault, ...] = ()
    count: int = 0


def columns_of(called: Mapping[str, Collection[str]], required: Collection[str] = ()) -> tuple[Column, ...]:
    """The columns of a kind of sheet, from what people call them."""
    return tuple(Column(name, frozenset(map(folded, (name, *words))), name in required) for name, words in called.items())


def meanings(said: Mapping[str, Collection[str]]) -> dict[str, str]:
    """What is meant by each folded word that may stand in a column of words."""
    return {folded(word): meant for meant, words in said.items() for word in (meant, *words)}


def guess_mapping(columns: Sequence[Column], heading: Sequence[str]) -> dict[str, int]:
    """The place of each column that a heading names in either language; the first of two that would do, and no place twice.

    What stands in brackets at its end, such as a currency, does not matter.
    """
    cells = [folded(_BRACKETS.sub("", cell)) for cell in heading]
    found: dict[str, int] = {}
    for each in columns:
        place = next((at for at, cell in enumerate(cells) if cell in each.called and at not in found.values()), None)
        if place is not None:
            found[each.name] = place
    return found


def heading_row(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """The place of the heading among the first rows: the one that names most columns, else the first that is not empty."""
    looked_at = rows[:_HEADING_AMONG_ROWS]
    best = max(range(len(looked_at)), key=lambda at: len(guess_mapping(columns, looked_at[at])), default=0)
    if looked_at and guess_mapping(columns, looked_at[best]):
        return best
    return next((at for at, row in enumerate(looked_at) if any(row)), 0)


def cells_of(rows: Sequence[Sequence[str]], mapping: Mapping[str, int], names: Collection[str]) -> Iterator[str]:
    """Every cell of some columns."""
    places = [mapping[name] for name in names if name in mapping]
    return (row[place] for row in rows for place in places if place < len(row))


def cell_of(row: Sequence[str], mapping: Mapping[str, int], name: str) -> str:
    """A row's cell of one column; nothing where the row or the mapping does not reach it."""
    place = mapping.get(name, -1)
    return row[place] if 0 <= place < len(row) else ""


def is_total(row: Sequence[str], mapping: Mapping[str, int]) -> bool:
    """Whether a row adds the others up: it says so in place of a reference, or of a name where it has no reference."""
    said = cell_of(row, mapping, "reference") or cell_of(row, mapping, "name")
    return bool(_TOTAL.match(folded(said)))


def counted(faults: Sequence[Fault]) -> Faults:
    """The first :data:`FAULTS_SHOWN_MAXIMUM` faults, and how many there are."""
    return Faults(tuple(faults[:FAULTS_SHOWN_MAXIMUM]), len(faults))


def fault(row: int, name: str, code: str, cell: str) -> Fault:
    """A fault that says of its cell a figure or a date at most: never letters, never a reference, never digits enough to identify anybody."""
    may_be_said = name not in _UNSAID and not cell.startswith("=") and not any(map(str.isalpha, cell)) and sum(map(str.isdigit, cell)) < 9
    return Fault(row, name, code, cell[:20] if may_be_said else "")


def folded(text: str) -> str:
    """Lower case, without accents, hyphens, points and underscores, single spaces."""
    return " ".join(fold(text.replace("_", " ")).split())
