"""Write half-days, odd texts and long lines as RFC 5545 has them."""

from datetime import UTC, date, datetime

import pytest

from ledger.domain.half_days import Span
from reports.icalendar import Event, escaped, folded, written

STAMP = datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC)
DAYS = [
    # Whole days are dates, the end not included; half-days are Toronto's clock in UTC, five hours behind in winter and four in summer.
    ("2026-12-01 morning", "2026-12-03 afternoon", "DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204"),
    ("2026-12-31 morning", "2026-12-31 afternoon", "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101"),
    ("2026-12-01 afternoon", "2026-12-03 afternoon", "DTSTART:20261201T180000Z", "DTEND:20261203T220000Z"),
    ("2026-12-01 morning", "2026-12-01 morning", "DTSTART:20261201T130000Z", "DTEND:20261201T170000Z"),
    ("2026-07-02 afternoon", "2026-07-02 afternoon", "DTSTART:20260702T170000Z", "DTEND:20260702T210000Z"),
]
TEXTS = [
    ("Plain", "Plain"), ("a, b; c", r"a\, b\; c"), ("back\\slash", r"back\\slash"), ("two\nlines", r"two\nlines"), ("two\r\nlines", r"two\nlines"),
    ("bell\x07", "bell"), ("BEGIN:VEVENT\r\nX", r"BEGIN:VEVENT\nX"), ("Grève\u00a0: été", "Grève\u00a0: été"),
]


def event(first: str, last: str, summary: str = "Van", certain: bool = True) -> Event:
    (first_day, first_part), (last_day, last_part) = first.split(), last.split()
    span = Span(
        first_day=date.fromisoformat(first_day), first_part=first_part, last_day=date.fromisoformat(last_day), last_part=last_part  # type: ignore[arg-type]
    )
    return Event(
        uid="BK-0001@example.org", span=span, summary=summary, description="Gate visits", location="", url="https://example.org/bookings/BK-0001",
        changed_at=STAMP, certain=certain,
    )  # fmt: skip


@pytest.mark.parametrize(("first", "last", "begins", "ends"), DAYS)
def test_days_and_half_days(first: str, last: str, begins: str, ends: str) -> None:
    lines = written("Mine", "en", [event(first, last)]).split("\r\n")
    assert [line for line in lines if line.startswith("DT")] == ["DTSTAMP:20261123T140509Z", begins, ends]


@pytest.mark.parametrize(("typed", "kept"), TEXTS)
def test_text_cannot_leave_its_line(typed: str, kept: str) -> None:
    assert escaped(typed) == kept


@pytest.mark.parametrize("text", ["x" * 200, "é" * 90, "a" + "é" * 90, "🚐" * 40, "x" * 75, "x" * 76])
def test_lines_are_folded_at_75_octets_between_letters(text: str) -> None:
    parts = folded(text).split("\r\n")
    assert all(len(part.encode()) <= 75 for part in parts) and all(part.startswith(" ") for part in parts[1:])
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == text


def test_a_whole_calendar() -> None:
    text = written("Ressources partagées", "fr", [event("2026-12-01 morning", "2026-12-01 afternoon", certain=False)])
    assert text.endswith("END:VCALENDAR\r\n") and "\n" not in text.replace("\r\n", "")
    assert text.split("\r\n")[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"] and "X-WR-CALNAME;LANGUAGE=fr-CA:Ressources partagées" in text
    inside = text[text.index("BEGIN:VEVENT") : text.index("END:VEVENT")]
    assert all(f"\r\n{name}" in inside for name in ("UID:BK-0001@example.org", "STATUS:TENTATIVE", "TRANSP:TRANSPARENT", "SUMMARY:Van"))
    assert "LOCATION" not in inside
