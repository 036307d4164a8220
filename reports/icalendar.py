"""Write days and half-days as an iCalendar file (RFC 5545), for a person's own calendar program.

Whole days are dates. Half-days are times on the wall clock of Toronto, written in UTC, so that no rule of a time zone goes along.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from ledger.domain.half_days import Span
from reports.formats import ZONE

LINE_OCTETS = 75
PRODUCT = "-//North American Solidarity Project//Resources//EN"
# A morning and an afternoon, on the wall clock.
BEGINS = {"morning": time(8), "afternoon": time(13)}
ENDS = {"morning": time(12), "afternoon": time(17)}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: ``uid`` stays the same through every change, ``changed_at`` is its newest; ``certain`` is whether the days are given."""

    uid: str
    span: Span
    summary: str
    description: str
    location: str
    url: str
    changed_at: datetime
    certain: bool


def written(name: str, language: str, events: Iterable[Event]) -> str:
    """A whole calendar, its lines folded and ended as the standard wants."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME;LANGUAGE={'fr-CA' if language == 'fr' else 'en-CA'}:{escaped(name)}",
    ]  # fmt: skip
    for event in events:
        lines += _event(event)
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(event: Event) -> list[str]:
    stamp = _utc(event.changed_at)
    said = [("SUMMARY", event.summary), ("DESCRIPTION", event.description), ("LOCATION", event.location)]
    return [
        "BEGIN:VEVENT", f"UID:{escaped(event.uid)}", f"DTSTAMP:{stamp}", f"LAST-MODIFIED:{stamp}", *_days(event.span),
        *(f"{field}:{escaped(text)}" for field, text in said if text), f"URL:{event.url}",
        f"STATUS:{'CONFIRMED' if event.certain else 'TENTATIVE'}", f"TRANSP:{'OPAQUE' if event.certain else 'TRANSPARENT'}", "END:VEVENT",
    ]  # fmt: skip


def _days(span: Span) -> list[str]:
    """Begin and end; the end of whole days is the day after."""
    if span.first_part == "morning" and span.last_part == "afternoon":
        return [f"DTSTART;VALUE=DATE:{_day(span.first_day)}", f"DTEND;VALUE=DATE:{_day(span.last_day + timedelta(days=1))}"]
    begins = datetime.combine(span.first_day, BEGINS[span.first_part], ZONE)
    ends = datetime.combine(span.last_day, ENDS[span.last_part], ZONE)
    return [f"DTSTART:{_utc(begins)}", f"DTEND:{_utc(ends)}"]


def _day(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Text as a value: backslash, semicolon, comma and line ends marked, other controls left out (3.3.11)."""
    marked = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(letter for letter in marked if letter.isprintable() or letter == "\u00a0")


def folded(line: str) -> str:
    """A line of 75 octets at most, gone on after a line end and a space; no letter is cut in two (3.1)."""
    parts, size = [""], 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LINE_OCTETS:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += octets
    return "\r\n".join(parts)
