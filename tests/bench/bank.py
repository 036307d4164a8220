"""Measure what proposing takes: a statement's lines against a year of postings, and how that grows."""

import math
import random
import time
from datetime import date, timedelta
from typing import Any

from ledger.domain.bank_likeness import Item, Line
from ledger.domain.bank_matching import propose

LINES, POSTINGS, SECONDS = 5_000, 100_000, 3.0
FIRST = date(2026, 1, 1)
# Measured at this part of the size too: what grows as n log n takes this many times less, and a little less still.
PART = 4


def books(lines: int, postings: int) -> tuple[list[Line], list[Item]]:
    """A year of postings in round and odd amounts, and a month of lines of which most are among them: by reference, by amount, in sums, or not at all."""
    chance = random.Random(6)
    items = [
        Item(n, 1, FIRST + timedelta(days=n * 365 // postings), chance.choice((1, -1)) * chance.choice((5_000, 12_500, chance.randrange(1, 9_000_000))),
             subject=f"T-{n:06d}" if n % 3 == 0 else "")
        for n in range(1, postings + 1)
    ]  # fmt: skip
    found = []
    for n in range(1, lines + 1):
        item = items[chance.randrange(postings * 11 // 12, postings)]
        day = item.day + timedelta(days=chance.randrange(4))
        minor = item.amount_minor if n % 5 else chance.randrange(1, 900_000)
        found.append(Line(n, day, minor, f"WIRE {item.subject}" if n % 2 else "DEPOSIT"))
    return found, items


def measure() -> dict[str, float]:
    """Seconds at the full size and at a part of it."""
    seconds = {}
    for name, part in (("part", PART), ("full", 1)):
        lines, items = books(LINES // part, POSTINGS // part)
        began = time.perf_counter()
        propose(lines, items)
        seconds[name] = time.perf_counter() - began
    return seconds


def figures(seconds: dict[str, float]) -> list[dict[str, Any]]:
    """The figures as `bench` shows them: how far below the promise, and growth against n log n."""
    allowed = seconds["part"] * PART * math.log(POSTINGS) / math.log(POSTINGS // PART)
    return [
        {"what": "bank: propose 5,000 lines, 100,000 postings", "value": round(seconds["full"], 2), "unit": "s",
         "ratio": round(SECONDS / seconds["full"], 3), "target": 1.0, "reached": seconds["full"] <= SECONDS},
        {"what": "bank: growth, of n log n", "value": round(seconds["full"] / allowed, 2), "unit": "x", "ratio": round(allowed / seconds["full"], 3),
         "target": 0.5, "reached": seconds["full"] <= 2 * allowed},
    ]  # fmt: skip
