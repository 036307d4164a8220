"""Show what of each month's close is due when and who is late, and keep the days on which banks of both countries do not work."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.nations import country_name
from api.pages.comparison import names_of
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.close_schedule import EARLIEST_DAY, LATEST_DAY, Deadlines, in_force
from ledger.domain.closes import month_of
from ledger.domain.refusals import Refusal
from ledger.services import close_schedule, holidays
from ledger.services.closes import READ
from ledger.services.holidays import CHANGE, COUNTRIES, LATEST, NAME_MAXIMUM, SOURCE_MAXIMUM
from ledger.services.pool import Pool
from ledger.storage.holidays import Holiday
from reports.close_words import DUE_NAMES, month_name
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
# How many days of holidays the page lists from today on.
SHOWN_DAYS = 400


@get("/close/schedule", opt={"permission": READ})
async def show_schedule(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Due days month by month, who is late, and the holidays they rest on."""
    return await _schedule_page(request, pool, reader, Form({}, reader.language))


@post("/close/schedule", opt={"permission": CHANGE}, status_code=303)
async def change_schedule(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Add a holiday or name one otherwise; with ``action=remove``, take one away; with ``action=days``, set due days from a month on."""
    form = Form(await request.form(), reader.language)
    return await (_set_days if form.action == "days" else _change_holiday)(request, pool, reader, form)


async def _set_days(request: Params, pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    since = form.date("since")
    days = {name: form.integer(name, EARLIEST_DAY, LATEST_DAY) for name in DUE_NAMES}
    if form.ok:
        try:
            await close_schedule.set_deadlines(pool, reader.actor, form.key, since, Deadlines(**days))
            return Redirect("/close/schedule?done=days_kept#days", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"schedule_invalid": "since" if refusal.params["reason"] == "month" else ""})
    return await _schedule_page(request, pool, reader, form)


async def _change_holiday(request: Params, pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    country, day = form.choice("country", COUNTRIES), form.date("day", not_after=LATEST)
    removes = form.action == "remove"
    names = ("", "", "") if removes else tuple(
        form.text(name, max_length=SOURCE_MAXIMUM if name == "source" else NAME_MAXIMUM) for name in ("name_en", "name_fr", "source")
    )  # fmt: skip
    if form.ok:
        try:
            if removes:
                await holidays.remove_holiday(pool, reader.actor, form.key, country, day)
            else:
                await holidays.put_holiday(pool, reader.actor, form.key, Holiday(country, day, *names))
            return Redirect(f"/close/schedule?done=holiday_{'removed' if removes else 'kept'}#holidays", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {})
    return await _schedule_page(request, pool, reader, form)


async def _schedule_page(request: Params, pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    today, language = pool.today(), reader.language
    versions = await close_schedule.list_deadlines(pool, reader.actor)
    next_month = month_of(month_of(today)[1] + timedelta(days=1))[0]
    days, form = (form, Form({}, language)) if form.action == "days" else (Form({}, language), form)
    if days.action != "days":
        for name, value in {"since": next_month.isoformat(), **msgspec.structs.asdict(in_force(versions, next_month))}.items():
            days.put(name, str(value))
    return page(
        request, "closes/schedule.html", reader=reader, status=max(form.status, days.status), help="close", form=form, days=days,
        versions=versions, shipped=Deadlines(), things=[(name, translate(language, DUE_NAMES[name])) for name in DUE_NAMES],
        months=await close_schedule.show_schedule(pool, reader.actor),
        holidays=await holidays.list_holidays(pool, reader.actor, today, today + timedelta(days=SHOWN_DAYS)), today=today,
        names=await names_of(pool), due_name=lambda name: translate(language, DUE_NAMES[name]), month_name=lambda at: month_name(language, at),
        country=lambda code: country_name(language, code), countries=[(code, country_name(language, code)) for code in COUNTRIES],
        may_change=reader.can(CHANGE), name_maximum=NAME_MAXIMUM, source_maximum=SOURCE_MAXIMUM,
    )  # fmt: skip


DONE = {
    "days_kept": N_("Kept. What is due already stays as it is."),
    "holiday_kept": N_("Kept. Due days follow it."), "holiday_removed": N_("Removed. Due days follow."),
}  # fmt: skip
PAGES = [show_schedule, change_schedule]
