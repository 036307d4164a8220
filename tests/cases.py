"""The worked cases' own figures, read from their file, so that no test types them again."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.domain.money import minor_from_text

CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in json.loads((Path(__file__).parent / "cases.json").read_text())}
BOOKS = {"JF": "joint", "UNI": "unifor", "UE": "ue"}


def expected(case: dict[str, Any]) -> dict[tuple[str, str, str, str], int]:
    """A case's closing balances: net minor units by (fund, book, path, currency), zeros left out."""
    found = {(f, BOOKS[b], path, c): minor_from_text(amount, c) for b, f, path, c, amount in case["expect"]}
    return {key: amount for key, amount in found.items() if amount}


def figure(case: str, beginning: str) -> Decimal:
    """The figure of a case whose name begins so."""
    return next(Decimal(value) for name, value in CASES[case]["checks"] if name.startswith(beginning))


def figure_minor(case: str, beginning: str) -> int:
    """The same in minor units."""
    return minor_from_text(str(figure(case, beginning).quantize(Decimal("0.01"))), "CAD")
