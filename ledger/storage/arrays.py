"""Write arrays for PostgreSQL as one literal each: the driver checks every element of a list it is given, which costs more than the insert."""

from collections.abc import Sequence
from typing import Any


def literal(values: Sequence[Any]) -> str:
    """Values of one type, or None, as an array literal to be cast: ``$1::text::bigint[]``. Numbers, booleans, dates, UUIDs, text, bytes.

    Quoting is the array literal's own (a backslash before a quote or backslash); text holds no NUL, which PostgreSQL refuses.
    """
    if None in values:
        return "{" + ",".join(["NULL" if value is None else _element(value) for value in values]) + "}"
    if not values:
        return "{}"
    if isinstance(values[0], str):
        joined = '","'.join(values)
        # Nothing to quote is the rule: then the quotes found are the separators' own.
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
        return "{" + ",".join(map(_element, values)) + "}"
    if isinstance(values[0], bytes):
        return '{"\\\\x' + '","\\\\x'.join(map(bytes.hex, values)) + '"}'
    return "{" + ",".join(map(str, values)) + "}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"\\\\x' + value.hex() + '"' if isinstance(value, bytes) else str(value)


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[str]:
    """Rows turned into one literal a column."""
    return [literal(column) for column in zip(*rows, strict=True)] if rows else ["{}"] * width
