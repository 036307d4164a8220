"""Record picket duty on the line, on a phone: who came today, by reference; and say who may record where."""

from datetime import date, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.cells import NotRead, read_minutes
from ledger.domain.refusals import Refusal
from ledger.domain.rosters import REFERENCE_MAXIMUM
from ledger.services import duty as service
from ledger.services.duty import DutyDay
from ledger.services.pool import Pool
from reports import formats
from reports.i18n import N_, translate

# --- a day on the line --------------------------------------------------------------------------------------------------


@get("/duty", opt={"permission": "record_duty"})
async def show_places(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The strikes where the reader records duty; where there is one, its day."""
    places = await service.places(pool, reader.actor)
    if len(places) == 1:
        return Redirect(f"/strikes/{places[0].strike.number}/duty", status_code=303)
    return page(request, "duty/places.html", reader=reader, help="duty", places=places)


@get("/strikes/{number:str}/duty", opt={"permission": "record_duty"})
async def show_duty(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Who stood on a day, and the form to record one more."""
    asked = request.query_params
    form = Form({"hours": asked.get("hours") or _hours(reader.language, service.USUAL_MINUTES)}, reader.language)
    return await _day_page(request, pool, reader, number, form, _day(asked.get("day")), str(asked.get("local", "")))


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


async def _day_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form, day: date | None, local: str
) -> Response[Any]:
    found = await service.show_day(pool, reader.actor, number, day, local)
    form.put("day", found.day.isoformat())
    last = service.last_day(found.place.strike, pool.today())
    return page(
        request, "duty/day.html", reader=reader, help="duty", status=form.status, form=form, found=found, strike=found.place.strike,
        stood=[(each, _hours(reader.language, each.minutes)) for each in found.stood], local=local,
        before=_other(found, -1) if found.day > found.place.strike.starts_on else None, next=_other(found, 1) if found.day < last else None,
        locals=[(each.number, each.number) for each in found.place.locals], reference_maximum=REFERENCE_MAXIMUM, may_keep=found.place.names,
    )  # fmt: skip


def _other(found: DutyDay, days: int) -> str:
    day = found.day + timedelta(days=days)
    return f"/strikes/{found.place.strike.number}/duty?day={day.isoformat()}" + (f"&local={found.local}" if found.local else "")


def _hours(language: str, minutes: int) -> str:
    """Hours as people say them: ``4``, ``4 h 30``."""
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest:02d}" if rest else formats.count(language, whole)


@post("/strikes/{number:str}/duty", opt={"permission": "record_duty"}, status_code=303)
async def record_duty(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Record one member's duty, typed or tapped, or take it back."""
    form = Form(await request.form(), reader.language)
    day, local = form.date("day"), form.raw("local").strip()[:12]
    back = f"/strikes/{number}/duty?day={day.isoformat()}" + (f"&local={local}" if local else "")
    try:
        if form.action == "undo":
            await service.undo(pool, reader.actor, form.key, number, day, form.integer("member", 0, 2**31 - 1))
            return Redirect(f"{back}&done=duty_undone", status_code=303)
        reference = form.raw("tapped").strip() or form.text("reference", max_length=REFERENCE_MAXIMUM)
        minutes = _minutes(form)
        if form.ok:
            await service.record(pool, reader.actor, form.key, number, day, reference, minutes, local)
            return Redirect(f"{back}&done=duty_recorded", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, {"member_unknown": "reference", "date_invalid": "day", "choice_invalid": str(refusal.params.get("field", ""))})
    return await _day_page(request, pool, reader, number, form, day if day > date.min else None, local)


def _minutes(form: Form) -> int:
    try:
        minutes = read_minutes(form.raw("hours").strip())
    except NotRead:
        minutes = 0
    if not minutes:
        form.fail("hours", translate(form.language, N_("Write hours like 4, 4.5 or 4:30, at most 24.")))
    return minutes


# --- captains -----------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/duty/captains", opt={"permission": "manage_roster"})
async def ask_captains(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Who records duty where, and the form to name one more."""
    return await _captains_page(request, pool, reader, number, Form({}, reader.language))


async def _captains_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form) -> Response[Any]:
    found = await service.show_day(pool, reader.actor, number)
    return page(
        request, "duty/captains.html", reader=reader, help="duty", status=form.status, form=form, strike=found.place.strike, captains=found.captains,
        people=[(str(id), name) for id, name in await service.possible_captains(pool, reader.actor, number)],
        locals=[(each.number, each.number) for each in found.place.locals],
    )  # fmt: skip


@post("/strikes/{number:str}/duty/captains", opt={"permission": "manage_roster"}, status_code=303)
async def name_captain(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Name one, or end one."""
    form = Form(await request.form(), reader.language)
    local, person = form.text("local", max_length=12), form.integer("person", 1, 2**31 - 1)
    if form.ok:
        try:
            await service.name_captain(pool, reader.actor, form.key, number, local, person, ends=form.action == "end")
            done = "captain_ended" if form.action == "end" else "captain_named"
            return Redirect(f"/strikes/{number}/duty/captains?done={done}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"choice_invalid": str(refusal.params.get("field", ""))})
    return await _captains_page(request, pool, reader, number, form)


DONE = {
    "duty_recorded": N_("Recorded."), "duty_undone": N_("Taken back."), "captain_named": N_("The captain can record duty there now."),
    "captain_ended": N_("The captain records no more duty there."),
}  # fmt: skip
PAGES = [show_places, show_duty, record_duty, ask_captains, name_captain]
