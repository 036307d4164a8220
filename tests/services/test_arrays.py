"""Check that what is written as an array literal comes back as it was, whatever the text."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.services.pool import Pool
from ledger.storage.arrays import columns, literal


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, -(2**62), None]), ("bool", [True, False]), ("date", [date(2026, 1, 1), None]), ("bytea", [b"", b"\x00\xff\\\"", None]),
        ("uuid", [UUID(int=7)]), ("text", ["", "NULL", "a,b", '"', "\\", "{}", " x ", "é\n\t", None]), ("text", ["plain", "NULL", ""]),
        ("text", []), ("bytea", [b"a", b"\x00"]),
    ],
)  # fmt: skip
async def test_values_come_back(pool: Pool, kind: str, values: list[Any]) -> None:
    async with pool.database.reading() as connection:
        assert await connection.fetchval(f"SELECT $1::text::{kind}[]", literal(values)) == values


async def test_any_text_comes_back(pool: Pool) -> None:
    found: list[list[str | None]] = []
    text = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)))

    @given(st.lists(st.none() | text, max_size=8))
    @settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
    def collect(values: list[str | None]) -> None:
        found.append(values)

    collect()
    async with pool.database.reading() as connection:
        for values in found:
            assert await connection.fetchval("SELECT $1::text::text[]", literal(values)) == values


def test_no_rows_are_empty_columns() -> None:
    assert columns([], 3) == ["{}", "{}", "{}"]
    assert columns([(1, "a"), (2, "b")], 2) == ["{1,2}", '{"a","b"}']
