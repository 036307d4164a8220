"""Write down what was delivered of a booking, day by day, on a phone as well; confirm, dispute or undo it; charge a share of it back."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import numbered, word
from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.security import Reader
from ledger.domain import deliveries as rules
from ledger.domain.bookings import Booking
from ledger.domain.deliveries import NOTE_MAXIMUM, REASON_MAXIMUM, RECORD, REMARK_MAXIMUM, Delivery, Line, Sheet
from ledger.domain.mirrors import DESCRIPTION_MAXIMUM, REFERENCE_MAXIMUM, SETTLE
from ledger.domain.refusals import Refusal
from ledger.domain.resources import READ
from ledger.services import bookings, charge_backs, steps
from ledger.services import deliveries as service
from ledger.services.bookings import BookingView
from ledger.services.charge_backs import ChargeBack
from ledger.services.deliveries import DeliveryView
from ledger.services.pool import Pool
from ledger.storage.deliveries import DeliveryFilter
from reports import formats
from reports.delivery_words import DELIVERY_STEPS, delivery_chip, delivery_standing, history_text
from reports.i18n import N_, translate
from reports.resource_words import UNIT_NAMES, names, plain_figure, quantity_text, rate_text, unit_heading

Params = Request[Any, Any, Any]
# As many days as one form shows; a longer stretch is written down in parts.
FORM_DAYS = 42
FIELDS = {
    "date_invalid": "first", "future_date": "first", "lines_invalid": "", "delivery_exists": "", "choice_invalid": "distance_unit",
    "resource_rate_missing": "", "delivery_changed": "", "same_person": "", "fund_closed": "fund", "more_than_left": "",
}  # fmt: skip


def _words(language: str) -> dict[str, Any]:
    return {
        "units": names(language, UNIT_NAMES), "plain_figure": partial(plain_figure, language), "quantity_text": partial(quantity_text, language),
        "many": partial(unit_heading, language),
        "delivery_chip": partial(delivery_chip, language),
        "step_names": names(language, DELIVERY_STEPS), "rate_said": partial(rate_text, language),
    }  # fmt: skip


# --- lists ----------------------------------------------------------------------------------------------------------------


@get("/deliveries", opt={"permission": READ})
async def list_deliveries(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What was written down, the newest first; of one booking, or in one state."""
    narrowed = DeliveryFilter(booking=numbered(request, "booking"), state=word(request, "state") or None)
    listed = await service.list_deliveries(pool, reader.actor, narrowed, word(request, "after"))
    chargeable = await charge_backs.list_chargeable(pool, reader.actor) if reader.can(SETTLE) else []
    return page(
        request, "deliveries/list.html", reader=reader, help="resources", listed=listed, chargeable=chargeable,
        narrowed=narrowed != DeliveryFilter(),
        states=[(state, delivery_chip(reader.language, state)[0]) for state in ("draft", "submitted", "disputed", "confirmed", "withdrawn")],
        **_words(reader.language),
    )  # fmt: skip


# --- writing down -----------------------------------------------------------------------------------------------------------


@get("/bookings/{number:str}/deliver", opt={"permission": RECORD})
async def ask_sheet(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The days of a booking to fill in: a week at a time, or the stretch that is asked for."""
    view = await bookings.show_booking(pool, reader.actor, number)
    if view.booking.state not in ("confirmed", "done") or reader.union_code != view.booking.lender:
        return Redirect(f"/bookings/{view.booking.number}", status_code=303)
    asked = Form({name: word(request, name) or "" for name in ("first", "last")}, reader.language)
    first, last = asked.optional_date("first"), asked.optional_date("last")
    first = first if first and asked.ok else await _first_open(pool, reader, view.booking)
    last = last if last and asked.ok else first + timedelta(days=6)
    form = Form({"distance_unit": view.resource.distance_unit}, reader.language)
    return await _sheet_page(request, pool, reader, view, None, form, first, last, asked)


async def _first_open(pool: Pool, reader: Reader, booking: Booking) -> date:
    """The day after what was written down last."""
    known = await service.list_deliveries(pool, reader.actor, DeliveryFilter(booking=booking.number), limit=200)
    ended = [each.ends_on for each in known.items if each.state != "withdrawn"]
    return min(max((day + timedelta(days=1) for day in ended), default=booking.span.first_day), booking.span.last_day)


@post("/bookings/{number:str}/deliver", opt={"permission": RECORD}, status_code=303)
async def record(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Keep it; with ``action=submit``, hand it to the borrower at once."""
    view, form = await bookings.show_booking(pool, reader.actor, number), Form(await request.form(), reader.language)
    sheet = _sheet(form, view)
    if form.ok:
        try:
            made = await service.record_delivery(pool, reader.actor, form.key, number, sheet, form.action == "submit")
            return Redirect(f"/deliveries/{made.number}?done={'delivery_submitted' if form.action == 'submit' else 'delivery_kept'}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    days = _days(form)
    return await _sheet_page(request, pool, reader, view, None, form, min(days, default=view.booking.span.first_day), max(days, default=date.min))


def _days(form: Form) -> list[date]:
    """The days that the form showed."""
    found = []
    for name in form.values:
        if name.startswith("quantity-"):
            try:
                found.append(date.fromisoformat(name.removeprefix("quantity-")))
            except ValueError:
                continue
    return sorted(found)


def _sheet(form: Form, view: BookingView) -> Sheet:
    lines, most = [], rules.most_a_day(view.resource, view.booking.quantity)
    for day in _days(form):
        quantity = form.figure(f"quantity-{day}", rules.QUANTITY_DIGITS, most, required=False) or Decimal(0)
        distance = form.figure(f"distance-{day}", rules.DISTANCE_DIGITS, rules.DISTANCE_MAXIMUM, required=False) or Decimal(0)
        note = form.text(f"note-{day}", required=False, max_length=NOTE_MAXIMUM)
        if quantity or distance:
            lines.append(Line(day=day, quantity=quantity, distance=distance, note=note))
        elif note:
            form.fail(f"quantity-{day}", translate(form.language, N_("Write how much, or leave the note out.")))
    if not lines and form.ok:
        form.fail("", translate(form.language, N_("Fill in one day at least.")))
    unit = form.choice("distance_unit", ("km", "mi"), required=any(line.distance for line in lines)) if view.resource.distance_unit else ""
    return Sheet(lines=tuple(lines), distance_unit=unit, remark=form.text("remark", required=False, max_length=REMARK_MAXIMUM))  # type: ignore[arg-type]


async def _sheet_page(
    request: Params, pool: Pool, reader: Reader, view: BookingView, kept: Delivery | None, form: Form, first: date, last: date,
    asked: Form | None = None,
) -> Response[Any]:  # fmt: skip
    """``asked`` are the first and the last day as they were typed."""
    booking = view.booking
    first = min(max(first, booking.span.first_day), booking.span.last_day)
    last = min(last, first + timedelta(days=FORM_DAYS - 1), booking.span.last_day, pool.today())
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if kept:
        days = sorted({*days, *(line.day for line in kept.lines)})
    return page(
        request, "deliveries/sheet.html", reader=reader, status=form.status, help="resources", form=form, booking=booking, resource=view.resource,
        kept=kept, days=days, first=first, last=last, asked=asked or Form({}, reader.language), **_words(reader.language),
    )  # fmt: skip


# --- one delivery -----------------------------------------------------------------------------------------------------------


@get("/deliveries/{number:str}", opt={"permission": READ})
async def show_delivery(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """What was delivered by day, what it is worth and why, and what can be done now."""
    view = await service.show_delivery(pool, reader.actor, number)
    return await _delivery_page(request, pool, reader, view, Form({}, reader.language))


async def _delivery_page(request: Params, pool: Pool, reader: Reader, view: DeliveryView, form: Form) -> Response[Any]:
    language, kept, unions = reader.language, view.delivery, {union.code: union.name for union in await steps.unions(pool)}
    shown = await service.preview_delivery(pool, reader.actor, view.delivery.number) if "confirm" in view.may and view.value_minor else None
    return page(
        request, "deliveries/show.html", reader=reader, status=form.status, help="resources", form=form, view=view, delivery=view.delivery,
        booking=view.booking, resource=view.resource, standing=delivery_standing(language, view.delivery, unions),
        may_charge=reader.can(SETTLE) and kept.number in [each.number for each in await charge_backs.list_chargeable(pool, reader.actor)],
        lines=explained(shown.draft, shown.accounts, shown.funds, language) if shown else [],
        history=[(event, history_text(language, event.what)) for event in view.history],
        documents=await documents_for(pool, reader, "delivery", kept.number), **_words(language),
    )  # fmt: skip


@get("/deliveries/{number:str}/change", opt={"permission": RECORD})
async def ask_change(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The days as they were written down, to correct."""
    view = await service.show_delivery(pool, reader.actor, number)
    kept = view.delivery
    if "change" not in view.may:
        return Redirect(f"/deliveries/{kept.number}", status_code=303)
    values = {f"{name}-{line.day}": plain_figure(reader.language, getattr(line, name)) for line in kept.lines for name in ("quantity", "distance")}
    values |= {f"note-{line.day}": line.note for line in kept.lines} | {"distance_unit": kept.distance_unit, "remark": kept.remark}
    booked = await bookings.show_booking(pool, reader.actor, kept.booking)
    return await _sheet_page(request, pool, reader, booked, kept, Form(values, reader.language), kept.starts_on, kept.ends_on)


@post("/deliveries/{number:str}/change", opt={"permission": RECORD}, status_code=303)
async def change(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Keep the correction; with ``action=submit``, hand it to the borrower again."""
    view, form = await service.show_delivery(pool, reader.actor, number), Form(await request.form(), reader.language)
    booked = await bookings.show_booking(pool, reader.actor, view.delivery.booking)
    sheet = _sheet(form, booked)
    if form.ok:
        try:
            made = await service.change_delivery(pool, reader.actor, form.key, number, sheet, form.action == "submit")
            return Redirect(f"/deliveries/{made.number}?done={'delivery_submitted' if form.action == 'submit' else 'delivery_kept'}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _sheet_page(request, pool, reader, booked, view.delivery, form, view.delivery.starts_on, view.delivery.ends_on)


_Simple = Callable[[Pool, Reader, Form, DeliveryView], Awaitable[Delivery]]


async def _submit(pool: Pool, reader: Reader, form: Form, view: DeliveryView) -> Delivery:
    return await service.submit_delivery(pool, reader.actor, form.key, view.delivery.number)


async def _confirm(pool: Pool, reader: Reader, form: Form, view: DeliveryView) -> Delivery:
    revision, shown = form.integer("revision", maximum=10**6), form.raw("shown")
    worth = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 16 else None
    return await service.confirm_delivery(pool, reader.actor, form.key, view.delivery.number, revision, worth)


async def _dispute(pool: Pool, reader: Reader, form: Form, view: DeliveryView) -> Delivery:
    claimed = form.figure("claimed", rules.QUANTITY_DIGITS, rules.QUANTITY_MAXIMUM) or Decimal(0)
    reason, revision = form.text("reason", max_length=REASON_MAXIMUM), form.integer("revision", maximum=10**6)
    return view.delivery if not form.ok else await service.dispute_delivery(
        pool, reader.actor, form.key, view.delivery.number, revision, claimed, reason
    )  # fmt: skip


async def _withdraw(pool: Pool, reader: Reader, form: Form, view: DeliveryView) -> Delivery:
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    return view.delivery if not form.ok else await service.withdraw_delivery(pool, reader.actor, form.key, view.delivery.number, reason)


async def _undo(pool: Pool, reader: Reader, form: Form, view: DeliveryView) -> Delivery:
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    return view.delivery if not form.ok else await service.undo_delivery(pool, reader.actor, form.key, view.delivery.number, reason)


ACTS: dict[str, _Simple] = {"submit": _submit, "confirm": _confirm, "dispute": _dispute, "withdraw": _withdraw, "undo": _undo}


@get("/deliveries/{number:str}/{act:str}", opt={"permission": READ})
async def ask_act(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Why it is disputed, taken back or undone."""
    view = await service.show_delivery(pool, reader.actor, number)
    if act not in view.may or act in ("submit", "confirm"):
        return Redirect(f"/deliveries/{view.delivery.number}", status_code=303)
    return _act_page(request, reader, view, act, Form({"revision": str(view.delivery.revision)}, reader.language))


@post("/deliveries/{number:str}/{act:str}", opt={"permission": READ}, status_code=303)
async def do_act(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Submit, confirm, dispute, withdraw or undo it; the service asks whether the actor may."""
    view, form = await service.show_delivery(pool, reader.actor, number), Form(await request.form(), reader.language)
    if act not in ACTS:
        return Redirect(f"/deliveries/{view.delivery.number}", status_code=303)
    try:
        made = await ACTS[act](pool, reader, form, view)
        if form.ok:
            return Redirect(f"/deliveries/{made.number}?done=delivery_{act}", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
    if act in ("submit", "confirm"):
        return await _delivery_page(request, pool, reader, view, form)
    return _act_page(request, reader, view, act, form)


def _act_page(request: Params, reader: Reader, view: DeliveryView, act: str, form: Form) -> Response[Any]:
    return page(
        request, "deliveries/act.html", reader=reader, status=form.status, help="resources", form=form, view=view, delivery=view.delivery, act=act,
        **_words(reader.language),
    )  # fmt: skip


# --- charging back ----------------------------------------------------------------------------------------------------------


@get("/charge-backs/new", opt={"permission": SETTLE})
async def ask_charge_back(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Which confirmed deliveries can be charged back, and what of each."""
    values = {"date": pool.today().isoformat(), "deliveries": word(request, "deliveries") or ""}
    return await _charge_page(request, pool, reader, Form(values, reader.language))


@post("/charge-backs/new", opt={"permission": SETTLE}, status_code=303)
async def charge_back(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Propose it to the borrower's treasurer."""
    form = Form(await request.form(), reader.language)
    chosen = form.many("deliveries")
    if not chosen:
        form.fail("deliveries", translate(reader.language, N_("Choose one delivery at least.")))
    funds = [each.code for each in (await steps.choices(pool, reader.actor)).funds]
    asked = ChargeBack(
        agreement=await _agreement_of(pool, reader, chosen[0]) if chosen else "", deliveries=tuple(chosen),
        entry_date=form.date("date", not_after=pool.today()), description=form.text("description", max_length=DESCRIPTION_MAXIMUM),
        fund=form.choice("fund", funds), reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
    )  # fmt: skip
    if form.ok:
        try:
            step = await charge_backs.propose_charge_back(pool, reader.actor, form.key, asked)
            return Redirect(f"/steps/{step.number}?done=step_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | {"date_invalid": "date", "choice_invalid": "deliveries", "agreement_not_in_force": "deliveries"})
    return await _charge_page(request, pool, reader, form)


async def _agreement_of(pool: Pool, reader: Reader, delivery: str) -> str:
    """Under which agreement a delivery was lent, charged back already or not: what was answered once is answered again."""
    return (await service.show_delivery(pool, reader.actor, delivery)).delivery.agreement or ""


async def _charge_page(request: Params, pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    known, choices, language = await charge_backs.list_chargeable(pool, reader.actor), await steps.choices(pool, reader.actor), reader.language
    unions = {union.code: union.name for union in choices.unions}
    options = [(each.number, _charge_text(each, unions), formats.money(language, each.value_minor, each.currency)) for each in known]
    return page(
        request, "deliveries/charge.html", reader=reader, status=form.status, help="resources", form=form, known=known, options=options,
        funds=[(each.code, f"{each.code} · {named(language, each)}") for each in choices.funds], **_words(language),
    )  # fmt: skip


def _charge_text(each: Delivery, unions: dict[str, str]) -> str:
    return f"{each.number} · {each.resource_name} · {unions[each.borrower]} · {each.agreement}"


DONE = {
    "delivery_kept": N_("Kept as a draft. Submit it when it is whole."), "delivery_submitted": N_("Submitted. The borrower confirms or disputes it."),
    "delivery_submit": N_("Submitted. The borrower confirms or disputes it."), "delivery_confirm": N_("Confirmed, and counted in kind where it is valued."),
    "delivery_dispute": N_("Disputed, with your figure and reason. The owner corrects it and submits it again."),
    "delivery_withdraw": N_("Taken back."), "delivery_undo": N_("Undone: what was posted is reversed, and it waits for you again."),
}  # fmt: skip
PAGES = [
    list_deliveries, ask_sheet, record, show_delivery, ask_change, change, ask_act, do_act, ask_charge_back, charge_back,
]  # fmt: skip
