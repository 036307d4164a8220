"""Put what the unions lend into words: kinds, units, days and half-days, states, and who has a booking now."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date

from ledger.domain.bookings import Booking
from ledger.domain.half_days import Span
from ledger.domain.resources import DayFree, Resource
from reports import formats
from reports.i18n import N_, locale, translate

KIND_NAMES: dict[str, str] = {
    "organizer": N_("Organizer"), "researcher": N_("Researcher"), "legal": N_("Legal staff"), "communications": N_("Communications staff"),
    "print": N_("Print shop"), "vehicle": N_("Vehicle"), "hall": N_("Hall"), "training_centre": N_("Training centre"), "phone_bank": N_("Phone bank"),
    "messaging": N_("Message licence"), "interpretation": N_("Interpretation"), "translation": N_("Translation"),
    "kitchen": N_("Strike kitchen"), "other": N_("Something else"),
}  # fmt: skip
UNIT_NAMES: dict[str, str] = {
    "hour": N_("hour"), "day": N_("day"), "half_day": N_("half-day"), "impression": N_("impression"), "job": N_("print job"),
    "room_day": N_("room and day"), "seat_month": N_("seat and month"), "message": N_("message"), "word": N_("word"),
    "value": N_("amount of money"), "item": N_("item"),
}  # fmt: skip
# As many of a unit as are said to have been lent: one, and several.
QUANTITIES: dict[str, tuple[str, str]] = {
    "hour": (N_("%(quantity)s hour"), N_("%(quantity)s hours")), "day": (N_("%(quantity)s day"), N_("%(quantity)s days")),
    "half_day": (N_("%(quantity)s half-day"), N_("%(quantity)s half-days")),
    "impression": (N_("%(quantity)s impression"), N_("%(quantity)s impressions")),
    "job": (N_("%(quantity)s print job"), N_("%(quantity)s print jobs")), "room_day": (N_("%(quantity)s room-day"), N_("%(quantity)s room-days")),
    "seat_month": (N_("%(quantity)s seat-month"), N_("%(quantity)s seat-months")),
    "message": (N_("%(quantity)s message"), N_("%(quantity)s messages")), "word": (N_("%(quantity)s word"), N_("%(quantity)s words")),
    "value": (N_("%(quantity)s in money"), N_("%(quantity)s in money")), "item": (N_("%(quantity)s item"), N_("%(quantity)s items")),
}  # fmt: skip
BASIS_NAMES: dict[str, str] = {
    "actual_cost": N_("At actual cost"), "standard_rate": N_("At a standard rate"), "market_rate": N_("At a market rate"), "not_valued": N_("Not valued"),
}  # fmt: skip
OFFER_STATES: dict[str, tuple[str, str]] = {"offered": (N_("Offered"), "good"), "withdrawn": (N_("No longer offered"), "")}
BOOKING_STATES: dict[str, tuple[str, str]] = {
    "requested": (N_("Asked for"), "wait"), "held": (N_("Days held"), "wait"), "confirmed": (N_("Lent"), "good"), "declined": (N_("Not lent"), "bad"),
    "cancelled": (N_("Called off"), ""), "done": (N_("Took place"), ""),
}  # fmt: skip
STANDING: dict[str, str] = {
    "requested": N_("%(borrower)s asked for it. Nothing is taken until %(lender)s holds or confirms it."),
    "held": N_("%(lender)s holds these days until %(until)s; it has to confirm them by then, or they are free again."),
    "confirmed": N_("%(lender)s lends it to %(borrower)s: the days are taken."),
    "declined": N_("%(lender)s does not lend it."),
    "cancelled": N_("It was called off, and the days are free again."),
    "done": N_("It took place."),
}  # fmt: skip
OWN_STANDING: dict[str, str] = {
    "requested": N_("Asked for within %(lender)s. Nothing is taken until somebody who decides holds or confirms it."),
    "confirmed": N_("%(lender)s uses it itself: the days are taken."),
}  # fmt: skip
EVENTS: dict[str, str] = {
    "offered": N_("Offered"), "changed": N_("What is said of it was changed"), "withdrawn": N_("Offered no longer"), "reoffered": N_("Offered again"),
    "rated": N_("Rate added: %(currency)s %(rate)s from %(valid_from)s"), "requested": N_("Asked for"), "held": N_("Held until %(hold_until)s"),
    "confirmed": N_("Confirmed"), "declined": N_("Declined"), "cancelled": N_("Called off"),
    "rescheduled": N_("Moved to other days: %(first_day)s to %(last_day)s"), "done": N_("Said to be over"),
    "cleared": N_("Check of work authorisation written down, made on %(cleared_on)s"), "expired": N_("The hold ended on %(hold_until)s; the days are free"),
}  # fmt: skip
PARTS = {"morning": N_("morning"), "afternoon": N_("afternoon")}
# What half of its first or last day a booking leaves out.
HALF_FIRST, HALF_LAST = N_("%(day)s (afternoon)"), N_("%(day)s (morning)")


def names(language: str, of: dict[str, str]) -> dict[str, str]:
    """A table of names in a language."""
    return {code: translate(language, name) for code, name in of.items()}


def chip(language: str, states: dict[str, tuple[str, str]], state: str) -> tuple[str, str]:
    """How something stands, and the kind of its chip."""
    name, kind = states[state]
    return translate(language, name), kind


def span_text(language: str, span: Span) -> str:
    """``December 1, 2026``, ``December 1, 2026, morning``, ``December 1, 2026 (afternoon) to December 3, 2026``."""
    first, last = formats.date_long(language, span.first_day), formats.date_long(language, span.last_day)
    if span.first_day == span.last_day:
        if span.first_part == "morning" and span.last_part == "afternoon":
            return first
        return translate(language, N_("%(day)s, %(part)s"), day=first, part=translate(language, PARTS[span.first_part]))
    if span.first_part == "afternoon":
        first = translate(language, HALF_FIRST, day=first)
    if span.last_part == "morning":
        last = translate(language, HALF_LAST, day=last)
    return translate(language, N_("%(first)s to %(last)s"), first=first, last=last)


def half_on(language: str, span: Span, day: date) -> str:
    """``morning`` or ``afternoon`` where a booking takes only that half of a day, else nothing."""
    starts_late = span.first_day == day and span.first_part == "afternoon"
    ends_early = span.last_day == day and span.last_part == "morning"
    part = "afternoon" if starts_late else "morning"
    return translate(language, PARTS[part]) if starts_late or ends_early else ""


def rate_text(language: str, resource: Resource, rate: Decimal, distance_rate: Decimal | None) -> str:
    """``CAD 85.00 per day, CAD 0.72 per km``."""
    unit = translate(language, UNIT_NAMES[resource.unit])
    said = translate(language, N_("%(money)s per %(unit)s"), money=rate_figure(language, rate, resource.currency), unit=unit)
    if distance_rate is None:
        return said
    distance = translate(
        language, N_("%(money)s per %(unit)s"), money=rate_figure(language, distance_rate, resource.currency), unit=resource.distance_unit
    )
    return f"{said}, {distance}"


def plain_figure(language: str, value: Decimal) -> str:
    """Hours or a quantity with no more decimals than it has: ``7.5``, ``40``."""
    exponent = value.normalize().as_tuple().exponent
    return formats.decimal(language, value, max(0, -exponent if isinstance(exponent, int) else 0))


def quantity_text(language: str, value: Decimal, unit: str) -> str:
    """``7.5 hours``, ``1 day``; ``1,5 jour``: French counts in several from two on."""
    single = abs(value) < 2 if language == "fr" else value == 1
    return translate(language, QUANTITIES[unit][0 if single else 1], quantity=plain_figure(language, value))


def unit_heading(language: str, unit: str) -> str:
    """What a column of quantities counts: ``hours``."""
    return translate(language, QUANTITIES[unit][1], quantity="").strip()


def rate_figure(language: str, rate: Decimal, currency: str) -> str:
    """A rate with its currency: as many decimals as it has, two at least."""
    exponent = rate.normalize().as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    text, space = formats.decimal(language, rate, places), formats.NO_BREAK_SPACE
    return f"{text}{space}{currency}" if language == "fr" else f"{currency}{space}{text}"


def booking_standing(language: str, booking: Booking, unions: dict[str, str]) -> str:
    """Who has a booking now; ``unions`` are names by code."""
    sentences = STANDING | OWN_STANDING if booking.is_own else STANDING
    until = formats.date_long(language, booking.hold_until) if booking.hold_until else ""
    return translate(language, sentences[booking.state], lender=unions[booking.lender], borrower=unions[booking.borrower], until=until)


def event_text(language: str, what: str, facts: dict[str, Any]) -> str:
    """What was done, with its days and figures."""
    said = {name: _fact(language, value) for name, value in facts.items() if isinstance(value, str)}
    return translate(language, EVENTS.get(what, what), **said) if what in EVENTS else what


def _fact(language: str, value: str) -> str:
    try:
        return formats.date_long(language, date.fromisoformat(value))
    except ValueError:
        return value.replace(".", ",") if language == "fr" else value


def stretches(days: Iterable[DayFree]) -> list[tuple[date, date, int]]:
    """Days one after another of which as many are free: (first, last, how many)."""
    found: list[tuple[date, date, int]] = []
    for each in days:
        if found and found[-1][2] == each.free:
            found[-1] = (found[-1][0], each.day, each.free)
        else:
            found.append((each.day, each.day, each.free))
    return found


def stretch_text(language: str, first: date, last: date) -> str:
    """``Tue 1 Dec`` or ``Tue 1 Dec – Fri 4 Dec``."""
    said = formats.date_short(language, first)
    return said if first == last else f"{said} – {formats.date_short(language, last)}"


def month_name(language: str, day: date) -> str:
    """``December 2026``; ``Décembre 2026`` as a heading writes it."""
    name = format_date(day, "LLLL y", locale=locale(language))
    return name[:1].upper() + name[1:]


def weekday_name(language: str, day: date) -> str:
    """``Monday`` or ``lundi``."""
    return format_date(day, "EEEE", locale=locale(language))
