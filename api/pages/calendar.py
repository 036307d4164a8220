"""Show what is booked and what is free of everything the unions lend, as a month, a week or a list."""

from calendar import monthrange
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.answers import site_of
from api.pages.contributions import word
from api.pages.forms import Form
from api.pages.rendering import page
from api.pages.resources import words_for
from api.security import Reader
from ledger.domain.bookings import Booking
from ledger.domain.half_days import Span
from ledger.domain.pledges import LATEST_DATE
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.resources import READ, Resource
from ledger.services import calendar_feeds, steps
from ledger.services.pool import Pool
from ledger.services.resource_calendar import SHOWN, Sheet, show_sheet
from ledger.services.resources import written_resource
from ledger.storage.bookings import BookingFilter
from reports import formats, icalendar
from reports import resource_words as words
from reports.i18n import N_, translate

VIEWS = {"week": N_("Week"), "month": N_("Month"), "list": N_("List")}
LIST_DAYS = 31
# Days far enough from both ends that a month around them can be shown, and the one before and after it.
MARGIN = timedelta(days=92)


class Cell(msgspec.Struct, frozen=True):
    """One day of the calendar: its bookings, and how many are free in the morning and afternoon (None: not offered, or not asked)."""

    day: date
    bookings: list[Booking]
    free: tuple[int, int] | None = None


class Line(msgspec.Struct, frozen=True):
    """A week of one resource."""

    resource: Resource
    cells: list[Cell]


@get("/resources/calendar", opt={"permission": READ})
async def show_calendar(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The calendar of the days around one."""
    today, view = pool.today(), word(request, "view") or "week"
    view = view if view in VIEWS else "week"
    form = Form({"day": word(request, "day") or ""}, reader.language)
    asked = form.optional_date("day", not_before=EARLIEST_DATE + MARGIN, not_after=LATEST_DATE - MARGIN)
    day = asked if asked and form.ok else today
    first, last = days_of(view, day)
    resource = word(request, "resource")
    narrowed = BookingFilter(
        resource=written_resource(resource) if resource else None, kind=word(request, "kind"), union=word(request, "union"), states=SHOWN
    )
    sheet = await show_sheet(pool, reader.actor, Span(first_day=first, last_day=last), narrowed)
    before, after = around(view, day)
    return page(
        request, "resources/calendar.html", reader=reader, help="resources", form=form, view=view, sheet=sheet, items=sheet.calendar.items, day=day,
        first=first, last=last, before=before, after=after, today=today, heading_=heading(reader.language, view, first, last, day),
        views=[(code, translate(reader.language, name)) for code, name in VIEWS.items()], lines=week_lines(sheet, first) if view == "week" else [],
        weeks=month_weeks(sheet, first, last) if view == "month" else [], unions=[(union.code, union.name) for union in await steps.unions(pool)],
        feed_since=await calendar_feeds.feed_since(pool, reader.actor), weekday=partial(words.weekday_name, reader.language), **words_for(reader.language),
    )  # fmt: skip


def days_of(view: str, day: date) -> tuple[date, date]:
    """The first and the last day to show: a week from Monday, whole weeks around a month, or 31 days."""
    monday = day - timedelta(days=day.weekday())
    if view == "week":
        return monday, monday + timedelta(days=6)
    if view == "list":
        return day, day + timedelta(days=LIST_DAYS - 1)
    first, last = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def around(view: str, day: date) -> tuple[date, date]:
    """A day of what comes before, and of what comes after."""
    if view == "month":
        return day.replace(day=1) - timedelta(days=1), day.replace(day=28) + timedelta(days=4)
    length = timedelta(days=7 if view == "week" else LIST_DAYS)
    return day - length, day + length


def heading(language: str, view: str, first: date, last: date, day: date) -> str:
    """What days are shown: ``December 2026``, or from when to when."""
    if view == "month":
        return words.month_name(language, day)
    return translate(language, N_("Days: %(span)s"), span=translate(
        language, N_("%(first)s to %(last)s"), first=formats.date_long(language, first), last=formats.date_long(language, last)
    ))  # fmt: skip


def week_lines(sheet: Sheet, monday: date) -> list[Line]:
    """A line for each resource, with its seven days."""
    days = [monday + timedelta(days=number) for number in range(7)]
    return [
        Line(each, [Cell(day, _on(sheet.calendar.items, day, each.number), sheet.free_on(each, day)) for day in days]) for each in sheet.resources
    ]


def month_weeks(sheet: Sheet, first: date, last: date) -> list[list[Cell]]:
    """The weeks of a month, every day with all of its bookings."""
    cells = [Cell(day, _on(sheet.calendar.items, day)) for day in (first + timedelta(days=number) for number in range((last - first).days + 1))]
    return [cells[place : place + 7] for place in range(0, len(cells), 7)]


def _on(bookings: list[Booking], day: date, resource: str | None = None) -> list[Booking]:
    return [each for each in bookings if each.span.first_day <= day <= each.span.last_day and resource in (None, each.resource)]


# --- in one's own calendar program ----------------------------------------------------------------------------------------


@post("/resources/calendar/feed", opt={"permission": READ}, status_code=200)
async def make_feed(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Make a new address of one's own bookings, in place of the one before; it is shown this once."""
    secret = await calendar_feeds.make_feed(pool, reader.actor)
    return page(request, "resources/feed.html", reader=reader, help="resources", url=f"{site_of(request)}/calendar/{secret}.ics")


@post("/resources/calendar/feed/end", opt={"permission": READ}, status_code=303)
async def end_feed(pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """End one's own address."""
    await calendar_feeds.end_feed(pool, reader.actor)
    return Redirect("/resources/calendar?done=feed_ended", status_code=303)


@get("/calendar/{name:str}", opt={"public": True})
async def read_feed(request: Request[Any, Any, Any], pool: NamedDependency[Pool], name: FromPath[str]) -> Response[str]:
    """The bookings that stand at an address, for a calendar program: public by its secret alone."""
    feed = await calendar_feeds.read_feed(pool, name.removesuffix(".ics"))
    unions = {union.code: union.name for union in await steps.unions(pool)}
    events = [event_of(feed.language, booking, unions, site_of(request)) for booking in feed.bookings]
    text = icalendar.written(translate(feed.language, N_("Shared resources")), feed.language, events)
    return Response(text, media_type="text/calendar", headers={"Cache-Control": "private, no-cache"})


def event_of(language: str, booking: Booking, unions: dict[str, str], site: str) -> icalendar.Event:
    """A booking as a calendar program shows it."""
    state, _ = words.chip(language, words.BOOKING_STATES, booking.state)
    summary = translate(language, N_("%(resource)s for %(union)s (%(state)s)"), resource=booking.resource_name, union=unions[booking.borrower], state=state)
    return icalendar.Event(
        uid=f"{booking.number}@{urlsplit(site).hostname}", span=booking.span, summary=summary, description=f"{booking.number}: {booking.purpose}",
        location=booking.place, url=f"{site}/bookings/{booking.number}", changed_at=booking.state_since,
        certain=booking.state in ("confirmed", "done"),
    )  # fmt: skip


DONE = {"feed_ended": N_("Ended. Calendar programs that used the address find nothing there any more.")}
PAGES = [show_calendar, make_feed, end_feed, read_feed]
