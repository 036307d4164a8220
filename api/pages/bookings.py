"""Ask for what the unions lend, list bookings, show how one stands and who has it, and take the next step with it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import numbered, word
from api.pages.documents import documents_for
from api.pages.forms import Form
from api.pages.funds import fund_names
from api.pages.rendering import named, page
from api.pages.resources import HOURS_DIGITS, parts, place_refusal, span_in, words_for
from api.security import Reader
from ledger.domain import bookings as rules
from ledger.domain.bookings import REQUEST, Booking, RequestBooking, sees_all
from ledger.domain.refusals import Refusal
from ledger.domain.resources import READ, Resource
from ledger.services import agreements, resources, steps
from ledger.services import bookings as service
from ledger.services.bookings import BookingView
from ledger.services.pool import Pool
from ledger.storage.bookings import BookingFilter
from reports import resource_words as words
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
YOURS_SHOWN = 20
HOLD_DAYS = 7
# Where a refusal stands that names no field of its own.
ASK_FIELDS = {
    "resource_taken": "first_day", "resource_full": "first_day", "resource_not_offered": "first_day", "origin_not_allowed": "fund",
    "fund_closed": "fund", "campaign_state": "campaign", "agreement_not_in_force": "agreement", "amount_not_positive": "planned", "not_found": "campaign",
}  # fmt: skip
STEP_FIELDS = {"resource_taken": "first_day", "resource_full": "first_day", "resource_not_offered": "first_day", "future_date": "cleared_on"}
STEP_NAMES = {
    "confirm": N_("Confirm"), "hold": N_("Hold"), "decline": N_("Decline"), "finish": N_("It is over"), "cancel": N_("Call it off"),
    "reschedule": N_("Move to other days"), "clear": N_("Write down a check of work authorisation"),
}  # fmt: skip
STEP_SAYS = {
    "confirm": N_("The days are taken, and what is delivered can be recorded."),
    "hold": N_("The days are kept until then. If they are not confirmed by the end of that day, they are free again."),
    "decline": N_("The borrower reads your reason."),
    "finish": N_("It took place. What was delivered of it can still be recorded."),
    "cancel": N_("The days are free again at once. The other side reads your reason."),
    "reschedule": N_("What was held or lent and is moved by the borrower is held, and the owner confirms it again."),
    "clear": N_("By whom and how it was checked that the person may work there. It is stored, nothing more."),
}  # fmt: skip


# --- asking ---------------------------------------------------------------------------------------------------------------


@get("/resources/{number:str}/ask", opt={"permission": REQUEST})
async def ask_booking(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form to ask for it; days from the search or the calendar are filled in."""
    given = {name: word(request, name) or "" for name in ("first_day", "first_part", "last_day", "last_part", "quantity", "campaign")}
    form = Form({"quantity": "1", "last_part": "afternoon"} | {name: value for name, value in given.items() if value}, reader.language)
    return await _ask_page(request, pool, reader, number, form)


@post("/resources/{number:str}/ask", opt={"permission": REQUEST}, status_code=303)
async def ask(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Ask for it."""
    resource = (await resources.show_resource(pool, reader.actor, number)).resource
    form, known = Form(await request.form(), reader.language), await service.choices(pool, reader.actor)
    asked = _asked(form, resource, [each.number for each in known.campaigns], [each.code for each in known.funds])
    if form.ok:
        try:
            booking = await service.request_booking(pool, reader.actor, form.key, asked)
            return Redirect(f"/bookings/{booking.number}?done=booking_requested", status_code=303)
        except Refusal as refusal:
            place_refusal(form, refusal, ASK_FIELDS | _about(refusal))
    return await _ask_page(request, pool, reader, number, form)


def _about(refusal: Refusal) -> dict[str, str]:
    """Where a refusal stands by what it is about: an agreement that is not there, a campaign that is ring-fenced."""
    found = {"not_found": "agreement"} if refusal.params.get("kind") == "agreement" else {}
    return found | ({"origin_not_allowed": "campaign"} if refusal.params.get("reason") == "campaign" else {})


def _asked(form: Form, resource: Resource, campaigns: list[str], funds: list[str]) -> RequestBooking:
    campaign = form.choice("campaign", campaigns, required=False)
    return RequestBooking(
        resource=resource.number, span=span_in(form), fund=form.choice("fund", funds), campaign=campaign,
        activity=form.text("activity", required=not campaign, max_length=rules.ACTIVITY_MAXIMUM),
        purpose=form.text("purpose", max_length=rules.PURPOSE_MAXIMUM), place=form.text("place", required=False, max_length=rules.PLACE_MAXIMUM),
        quantity=1 if resource.exclusive else form.integer("quantity", 1, resource.capacity),
        planned=form.figure("planned", HOURS_DIGITS, rules.PLANNED_MAXIMUM, required=False, positive=True),
        agreement=form.text("agreement", required=False, max_length=20),
    )  # fmt: skip


async def _ask_page(request: Params, pool: Pool, reader: Reader, number: str, form: Form) -> Response[Any]:
    view, known = await resources.show_resource(pool, reader.actor, number), await service.choices(pool, reader.actor)
    standing = await agreements.standing_today(pool, reader.actor)
    return page(
        request, "bookings/ask.html", reader=reader, status=form.status, help="resources", form=form, view=view, resource=view.resource,
        campaigns=[(each.number, f"{each.number} · {each.name}") for each in known.campaigns], parts=parts(reader.language),
        funds=[(each.code, f"{each.code} · {named(reader.language, each)}") for each in known.funds],
        agreements=[(each.number, f"{each.number} · {each.title}") for each in standing], **words_for(reader.language),
    )  # fmt: skip


# --- the list -------------------------------------------------------------------------------------------------------------


@get("/bookings", opt={"permission": READ})
async def list_bookings(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Bookings that the reader may know of: their own that are still to come first, then all, the newest first."""
    state, language = word(request, "state"), reader.language
    narrowed = BookingFilter(
        resource=numbered(request, "resource"), kind=word(request, "kind"), union=word(request, "union"), states=(state,) if state else None,
        campaign=word(request, "campaign"),
    )  # fmt: skip
    listed = await service.list_bookings(pool, reader.actor, narrowed, word(request, "after"))
    is_first, everything = narrowed == BookingFilter() and not word(request, "after"), sees_all(reader.actor)
    own = BookingFilter(own=reader.person_id, states=tuple(sorted(rules.LIVE)))
    yours = (await service.list_bookings(pool, reader.actor, own, limit=YOURS_SHOWN)).items if is_first and everything else []
    return page(
        request, "bookings/list.html", reader=reader, help="resources", fragment="results", listed=listed, yours=yours, everything=everything,
        narrowed=narrowed != BookingFilter(), unions=[(union.code, union.name) for union in await steps.unions(pool)], may_ask=reader.can(REQUEST),
        states=[(code, translate(language, name)) for code, (name, _) in words.BOOKING_STATES.items()], **words_for(language),
    )  # fmt: skip


# --- one booking ----------------------------------------------------------------------------------------------------------


@get("/bookings/{number:str}", opt={"permission": READ})
async def show_booking(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """How a booking stands, who has it, what may be done now, and what was done."""
    view, language = await service.show_booking(pool, reader.actor, number), reader.language
    unions = {union.code: union.name for union in await steps.unions(pool)}
    return page(
        request, "bookings/show.html", reader=reader, help="resources", view=view, booking=view.booking, resource=view.resource, today=pool.today(),
        standing=words.booking_standing(language, view.booking, unions), step_names=words.names(language, STEP_NAMES),
        funds=await fund_names(pool, language), documents=await documents_for(pool, reader, "booking", view.booking.number), **words_for(language),
    )  # fmt: skip


@get("/bookings/{number:str}/{act:str}", opt={"permission": READ})
async def ask_step(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """What a step needs to be told: a day, new days, a reason."""
    view = await service.show_booking(pool, reader.actor, number)
    if act not in view.may:
        return Redirect(f"/bookings/{view.booking.number}", status_code=303)
    span, today = view.booking.span, pool.today()
    values = {
        "hold_until": min(today + timedelta(days=HOLD_DAYS), max(span.first_day, today)).isoformat(), "cleared_on": today.isoformat(),
        "first_day": span.first_day.isoformat(), "first_part": span.first_part, "last_day": span.last_day.isoformat(), "last_part": span.last_part,
    }  # fmt: skip
    return _step_page(request, reader, view, act, Form(values, reader.language))


_Step = Callable[[Pool, Reader, Form, str], Callable[[], Awaitable[Booking]]]


def _confirm(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    remark = form.text("remark", required=False, max_length=rules.REASON_MAXIMUM)
    return lambda: service.confirm_booking(pool, reader.actor, form.key, number, remark)


def _hold(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    until = form.date("hold_until")
    return lambda: service.hold_booking(pool, reader.actor, form.key, number, until)


def _decline(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    reason = form.text("reason", max_length=rules.REASON_MAXIMUM)
    return lambda: service.decline_booking(pool, reader.actor, form.key, number, reason)


def _cancel(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    reason = form.text("reason", max_length=rules.REASON_MAXIMUM)
    return lambda: service.cancel_booking(pool, reader.actor, form.key, number, reason)


def _reschedule(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    span, reason = span_in(form), form.text("reason", required=False, max_length=rules.REASON_MAXIMUM)
    return lambda: service.reschedule_booking(pool, reader.actor, form.key, number, span, reason)


def _finish(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    return lambda: service.finish_booking(pool, reader.actor, form.key, number)


def _clear(pool: Pool, reader: Reader, form: Form, number: str) -> Callable[[], Awaitable[Booking]]:
    text, on = form.text("clearance", max_length=rules.CLEARANCE_MAXIMUM), form.date("cleared_on")
    return lambda: service.clear_booking(pool, reader.actor, form.key, number, text, on)


# Each reads its form, and gives back what to do once all of it was understood.
_STEPS: dict[str, _Step] = {
    "confirm": _confirm, "hold": _hold, "decline": _decline, "cancel": _cancel, "reschedule": _reschedule, "finish": _finish, "clear": _clear,
}  # fmt: skip


@post("/bookings/{number:str}/{act:str}", opt={"permission": READ}, status_code=303)
async def do_step(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step; what is refused is said beside its field."""
    view, form = await service.show_booking(pool, reader.actor, number), Form(await request.form(), reader.language)
    if act not in _STEPS:
        return Redirect(f"/bookings/{view.booking.number}", status_code=303)
    step = _STEPS[act](pool, reader, form, view.booking.number)
    if form.ok:
        try:
            await step()
            return Redirect(f"/bookings/{view.booking.number}?done=booking_{act}", status_code=303)
        except Refusal as refusal:
            place_refusal(form, refusal, STEP_FIELDS | {"date_invalid": "cleared_on"})
    return _step_page(request, reader, view, act, form)


def _step_page(request: Params, reader: Reader, view: BookingView, act: str, form: Form) -> Response[Any]:
    language = reader.language
    if act != "reschedule":
        # These days stand in no field of this form: what is said of them stands on top.
        for name in ("first_day", "last_day"):
            if text := form.errors.pop(name, None):
                form.fail("", text)
    return page(
        request, "bookings/step.html", reader=reader, status=form.status, help="resources", form=form, view=view, booking=view.booking, act=act,
        label=translate(language, STEP_NAMES[act]), says=translate(language, STEP_SAYS[act]), parts=parts(language), **words_for(language),
    )  # fmt: skip


DONE = {
    "booking_requested": N_("Asked for. Its owner sees it under what waits for them."),
    "booking_confirm": N_("Confirmed: the days are taken."),
    "booking_hold": N_("Held. Confirm it before the day that you gave."),
    "booking_decline": N_("Declined, with your reason."),
    "booking_cancel": N_("Called off. The days are free again."),
    "booking_reschedule": N_("Moved to the other days."),
    "booking_finish": N_("Said to be over. What was delivered can still be recorded."),
    "booking_clear": N_("Written down."),
}
PAGES = [ask_booking, ask, list_bookings, show_booking, ask_step, do_step]
