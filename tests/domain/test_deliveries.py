"""What a delivery is worth: quantity by the rate of each day, distance in kilometres or miles, rounded half up once (W09)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger.domain.deliveries import Line, parts_of, share_minor, value_minor
from ledger.domain.resources import DistanceUnit, Rate, Resource

FIRST, LATER = date(2026, 1, 5), date(2026, 7, 1)
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def resource(per: DistanceUnit, *rates: tuple[date, int, str, str | None]) -> Resource:
    """A vehicle whose rates are (first day, version, by day, by distance)."""
    kept = [
        Rate(valid_from=day, version=version, rate=Decimal(rate), distance_rate=Decimal(far) if far else None, source="", recorded_by="", recorded_at=NOW)
        for day, version, rate, far in rates
    ]
    return Resource(
        number="R-0001", ordinal=1, union="unifor", kind="vehicle", name="Van", place="", unit="day", basis="standard_rate", currency="CAD",
        offered_from=FIRST, distance_unit=per, contact_name=None, state="offered", recorded_by="", recorded_at=NOW, changed_at=NOW, rates=tuple(kept),
    )  # fmt: skip


WORTH: list[tuple[str, DistanceUnit, list[Any], DistanceUnit, list[tuple[date, str, str]], int]] = [
    # what, the rate's unit, rates, the sheet's unit, days as (day, quantity, distance), what it is worth in cents
    ("one rate", "km", [(FIRST, 1, "52.40", None)], "", [(FIRST, "225", "0")], 11_790_00),
    ("a rate of each day", "km", [(FIRST, 1, "50", None), (LATER, 1, "60", None)], "",
     [(date(2026, 6, 30), "7.5", "0"), (LATER, "7.5", "0")], 375_00 + 450_00),
    ("the newest version", "km", [(FIRST, 1, "50", None), (FIRST, 2, "51", None)], "", [(FIRST, "2", "0")], 102_00),
    ("kilometres by the kilometre", "km", [(FIRST, 1, "85", "0.72")], "km", [(FIRST, "1", "100")], 85_00 + 72_00),
    ("miles by the kilometre: 100 mi are 160.9344 km", "km", [(FIRST, 1, "85", "0.72")], "mi", [(FIRST, "1", "100")], 85_00 + 115_87),
    ("kilometres by the mile: 100 km are 62.137119… mi", "mi", [(FIRST, 1, "0", "0.70")], "km", [(FIRST, "0", "100")], 43_50),
    ("rounded once, not by the day: 3 × 0.335 = 1.005", "km", [(FIRST, 1, "0.335", None)], "",
     [(FIRST, "1", "0"), (date(2026, 1, 6), "1", "0"), (date(2026, 1, 7), "1", "0")], 1_01),
    ("half a cent goes up", "km", [(FIRST, 1, "0.005", None)], "", [(FIRST, "1", "0")], 1),
    ("less than half a cent goes down", "km", [(FIRST, 1, "0.004999", None)], "", [(FIRST, "1", "0")], 0),
    ("a distance without a rate is only kept", "km", [(FIRST, 1, "85", None)], "km", [(FIRST, "1", "500")], 85_00),
]  # fmt: skip


@pytest.mark.parametrize(("per", "rates", "unit", "lines", "expected"), [row[1:] for row in WORTH], ids=[row[0] for row in WORTH])
def test_what_a_delivery_is_worth(per: DistanceUnit, rates: list[Any], unit: DistanceUnit, lines: list[Any], expected: int) -> None:
    of = [Line(day=day, quantity=Decimal(quantity), distance=Decimal(distance)) for day, quantity, distance in lines]
    assert value_minor(parts_of(resource(per, *rates), of), unit, "CAD") == expected


@pytest.mark.parametrize(
    ("value", "percent", "share"),
    [(11_790_00, "40", 4_716_00), (1, "50", 1), (1, "49.99", 0), (3, "50", 2), (100, "33.33", 33), (7, "100", 7), (7, "0", 0)],
)
def test_a_share_is_rounded_half_up(value: int, percent: str, share: int) -> None:
    assert share_minor(value, Decimal(percent)) == share
