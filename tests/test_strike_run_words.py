"""How a line of a run says what it was worked out from, in both languages."""

from typing import Any

import pytest

from reports.strike_run_words import working

DAYS, CAP = ["days", 1, 3, 5, 300_00, 1, []], ["cap", 1, 3, 5, 200_00, 1, []]
CHEQUE, ARREARS = ["cheque", 1, 0, 0, 100_00, 1, ["Before Christmas", "Avant Noël"]], ["arrears", 0, 0, 0, 60_00, 1, []]
# the language, the parts, what is said; what comes after the cap is not held by it.
SAID = [
    ("en", [DAYS, CHEQUE], "3 of 5 days × CAD 300.00 + Before Christmas: CAD 100.00"),
    ("fr", [DAYS, CHEQUE], "3 jours sur 5 × 300,00 CAD + Avant Noël : 100,00 CAD"),
    ("en", [DAYS, CAP, CHEQUE, ARREARS], "3 of 5 days × CAD 300.00; no more than 3 of 5 days × CAD 200.00, the cap; Before Christmas: CAD 100.00; "
     "owed from earlier weeks: CAD 60.00"),
    ("en", [ARREARS], "owed from earlier weeks: CAD 60.00"),
    ("en", [], ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "parts", "said"), SAID)
def test_a_line_says_each_part_in_its_own_words(language: str, parts: list[list[Any]], said: str) -> None:
    assert working(language, "CAD", {"parts": parts}).replace("\u00a0", " ") == said
