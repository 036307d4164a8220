"""Show a strike's roster to who keeps it: find members, see one, change one with a reason, take it away, and let names go."""

import asyncio
from datetime import date, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after
from api.pages.files import asked_format
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.money import digits_of
from ledger.domain.refusals import Refusal
from ledger.domain.rosters import DEPENDANTS_MAXIMUM, MONEY, NAME_MAXIMUM, PAY_REFERENCE_MAXIMUM, REFERENCE_MAXIMUM
from ledger.domain.strike_grants import PREPARE
from ledger.domain.strikes import Strike
from ledger.services import roster_retention
from ledger.services import rosters as service
from ledger.services.pool import Pool
from ledger.services.rosters import REASON_MAXIMUM, AddMember, ChangeMember
from ledger.storage.rosters import OnRoster, RosterFilter
from reports import formats
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.render import render
from reports.roster_list import shape_roster
from reports.roster_words import COLUMN_NAMES, OTHER_INCOMES, PAY_METHODS, PAYROLLS, STANDINGS

FORMATS = ("csv", "xlsx")
STANDING_KINDS = {"good": "good", "arrears": "bad", "not_member": ""}


# --- the list ---------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/roster", opt={"permission": "read_roster"})
async def show_roster(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The members, narrowed, sorted and in pages; as a file with ``?format=csv``. Every look is in the audit trail."""
    asked = request.query_params
    narrowed = _narrowed(asked)
    if format_name := asked_format(asked.get("format")):
        return await _file(pool, reader, number, narrowed, format_name)
    sort = "reference" if asked.get("sort") == "reference" else "name"
    listed = await service.list_members(pool, reader.actor, number, narrowed, sort, place_after(request, str, int))
    counts = await service.count_roster(pool, reader.actor, number)
    return page(
        request, "rosters/list.html", reader=reader, help="roster", fragment="results", strike=listed.strike, listed=listed, counts=counts,
        locals=[(each.number, each.number) for each in listed.strike.locals],
        further=listed.next and cursor(*listed.next), narrowed=any(asked.get(name) for name in ("q", "local", "standing", "payroll", "what")),
        may_keep=reader.can(service.MANAGE) and listed.strike.state not in ("closed", "called_off"), **_words(reader.language),
    )  # fmt: skip


def _narrowed(asked: Any) -> RosterFilter:
    what = asked.get("what", "")
    return RosterFilter(
        words=str(asked.get("q", ""))[:100], local=asked.get("local") or None, standing=asked.get("standing") or None,
        payroll=asked.get("payroll") or None, other_income=True if what == "other_income" else None, on_hold=True if what == "on_hold" else None,
        here=what != "left",
    )  # fmt: skip


def _words(language: str) -> dict[str, Any]:
    named = {"standings": STANDINGS, "payrolls": PAYROLLS, "incomes": OTHER_INCOMES, "methods": PAY_METHODS, "names": COLUMN_NAMES}
    return {name: {code: translate(language, text) for code, text in words.items()} for name, words in named.items()} | {"kinds": STANDING_KINDS}


async def _file(pool: Pool, reader: Reader, number: str, narrowed: RosterFilter, format_name: str) -> Response[bytes]:
    """The whole roster as a file with its watermark; that it was taken away is in the trail."""
    listed = await service.list_members(
        pool, reader.actor, number, narrowed, limit=service.EXPORT_MAXIMUM, what=f"export {format_name}"
    )  # fmt: skip
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    document = shape_roster(facts, listed.strike, listed.items, reader.actor.name, pool.clock())
    made = await asyncio.to_thread(render, document, format_name, reader.language)
    name = f"{listed.strike.number}-roster.{format_name}"
    return Response(made.content, media_type=made.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# --- one member -------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/roster/members/{member:int}", opt={"permission": "read_roster"})
async def show_member(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """What is said of one member, their weeks and duty, and what was changed by hand."""
    view = await service.show_member(pool, reader.actor, number, min(member, 2**31 - 1))
    return page(
        request, "rosters/member.html", reader=reader, help="roster", view=view, strike=view.strike, member=view.member, facts=view.member.facts,
        may_keep=reader.can(service.MANAGE) and view.strike.state not in ("closed", "called_off"),
        may_support=reader.can(PREPARE) and view.strike.state in ("on", "run_off", "ended"), **_words(reader.language),
    )  # fmt: skip


_NAMES = ("name", "local", "standing", "payroll", "other_income", "pay_method", "pay_reference", "dependants")
_DAYS = ("registered_on", "returned_on", "crossed_on", "penalised_from", "left_on")


@get("/strikes/{number:str}/roster/members/{member:int}/change", opt={"permission": "manage_roster"})
async def edit_member(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """A form with what is said of a member now."""
    view = await service.show_member(pool, reader.actor, number, min(member, 2**31 - 1))
    return _member_page(request, reader, Form(_values(view.member, view.strike, reader.language), reader.language), view.strike, view.member)


def _values(member: OnRoster, strike: Strike, language: str) -> dict[str, str]:
    facts = member.facts
    values = {name: str(getattr(facts, name)) for name in _NAMES}
    for name in _DAYS:
        day: date | None = getattr(facts, name, None) or getattr(member, name, None)
        values[name] = day.isoformat() if day else ""
    values |= {"on_hold": "yes" if facts.on_hold else "", "late": "yes" if member.late else ""}
    for name in MONEY:
        minor = getattr(facts, f"{name}_minor")
        values[name] = "" if minor is None else formats.figure(language, minor, digits_of(strike.currency))
    return values | {"reason": ""}


def _member_page(request: Request[Any, Any, Any], reader: Reader, form: Form, strike: Strike, member: OnRoster | None = None) -> Response[Any]:
    return page(
        request, "rosters/member_form.html", reader=reader, help="roster", status=form.status, form=form, strike=strike, member=member,
        locals=[(each.number, f"{each.number} {each.name}" if each.name != each.number else each.number) for each in strike.locals],
        name_maximum=NAME_MAXIMUM, reference_maximum=REFERENCE_MAXIMUM, pay_reference_maximum=PAY_REFERENCE_MAXIMUM, reason_maximum=REASON_MAXIMUM,
        **_words(reader.language),
    )  # fmt: skip


def _typed(form: Form, strike: Strike) -> dict[str, Any]:
    return {
        "name": form.text("name", max_length=NAME_MAXIMUM), "local": form.choice("local", {each.number for each in strike.locals}),
        "standing": form.choice("standing", STANDINGS), "payroll": form.choice("payroll", PAYROLLS),
        "other_income": form.choice("other_income", OTHER_INCOMES, required=False), "pay_method": form.choice("pay_method", PAY_METHODS),
        "pay_reference": form.text("pay_reference", required=False, max_length=PAY_REFERENCE_MAXIMUM),
        "dependants": form.integer("dependants", 0, DEPENDANTS_MAXIMUM), "on_hold": form.checked("on_hold"), "late": form.checked("late"),
        **{f"{name}_minor": form.optional_money(name, strike.currency) for name in MONEY},
        **{name: form.optional_date(name) for name in _DAYS}, "reason": form.text("reason", max_length=REASON_MAXIMUM),
    }  # fmt: skip


def seen(text: str) -> datetime | None:
    """The moment a form was made from; None where it says none that can be read."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _beside(form: Form, refusal: Refusal) -> None:
    field = str(refusal.params.get("field", ""))
    refused(form, refusal, dict.fromkeys(("identifier_refused", "choice_invalid", "date_invalid", "text_invalid"), field))


@post("/strikes/{number:str}/roster/members/{member:int}/change", opt={"permission": "manage_roster"}, status_code=303)
async def change_member(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], member: FromPath[int]
) -> Response[Any]:
    """Change what is said of a member."""
    view = await service.show_member(pool, reader.actor, number, min(member, 2**31 - 1))
    form = Form(await request.form(), reader.language)
    typed = _typed(form, view.strike)
    if form.ok:
        try:
            seen_at = seen(form.value("seen_at"))
            await service.change_member(pool, reader.actor, form.key, number, view.member.number, ChangeMember(**typed, seen_at=seen_at))
            return Redirect(f"/strikes/{view.strike.number}/roster/members/{view.member.number}?done=member_changed", status_code=303)
        except Refusal as refusal:
            _beside(form, refusal)
    return _member_page(request, reader, form, view.strike, view.member)


async def _strike(pool: Pool, reader: Reader, number: str) -> Strike:
    async with pool.database.reading() as connection:
        return await service.strike_for(connection, reader.actor, service.MANAGE, number)


@get("/strikes/{number:str}/roster/new", opt={"permission": "manage_roster"})
async def new_member(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """An empty form."""
    strike = await _strike(pool, reader, number)
    begun = {
        "standing": "good", "payroll": "active", "pay_method": "cheque", "dependants": "0", "registered_on": pool.today().isoformat(),
        "local": strike.locals[0].number if len(strike.locals) == 1 else "",
    }  # fmt: skip
    return _member_page(request, reader, Form(begun, reader.language), strike)


@post("/strikes/{number:str}/roster/new", opt={"permission": "manage_roster"}, status_code=303)
async def add_member(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Put one member on the roster by hand."""
    strike = await _strike(pool, reader, number)
    form = Form(await request.form(), reader.language)
    typed = {"reference": form.text("reference", max_length=REFERENCE_MAXIMUM)} | _typed(form, strike)
    if form.ok:
        try:
            made = await service.add_member(pool, reader.actor, form.key, number, AddMember(**typed))
            return Redirect(f"/strikes/{strike.number}/roster/members/{made}?done=member_added", status_code=303)
        except Refusal as refusal:
            _beside(form, refusal)
    return _member_page(request, reader, form, strike)


# --- names go -----------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/roster/retention", opt={"permission": "manage_roster"})
async def ask_retention(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Until when names are kept, and the form to take them out now."""
    strike = await _strike(pool, reader, number)
    values = {"until": strike.retain_until.isoformat() if strike.retain_until else ""}
    return await _retention_page(request, pool, reader, strike, Form(values, reader.language))


async def _retention_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, strike: Strike, form: Form) -> Response[Any]:
    counts = await service.count_roster(pool, reader.actor, strike.number)
    return page(
        request, "rosters/retention.html", reader=reader, help="roster", status=form.status, form=form, strike=strike, counts=counts,
        over=strike.state in roster_retention.OVER, hold=await roster_retention.hold_on(pool, reader.actor, strike),
    )  # fmt: skip


@post("/strikes/{number:str}/roster/retention", opt={"permission": "manage_roster"}, status_code=303)
async def set_retention(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Keep the day, or take the names out."""
    strike = await _strike(pool, reader, number)
    form = Form(await request.form(), reader.language)
    back = f"/strikes/{strike.number}/roster"
    try:
        if form.action == "names_out":
            typed = form.text("typed", max_length=40)
            if form.ok:
                await roster_retention.pseudonymise(pool, reader.actor, form.key, number, typed)
                return Redirect(f"{back}?done=names_out", status_code=303)
        else:
            until = form.date("until")
            if form.ok:
                await roster_retention.set_retention(pool, reader.actor, form.key, number, until)
                return Redirect(f"{back}/retention?done=retention_set", status_code=303)
    except Refusal as refusal:
        _beside(form, refusal)
    return await _retention_page(request, pool, reader, strike, form)


DONE = {
    "member_changed": N_("Changed, and kept with its reason."), "member_added": N_("The member is on the roster."),
    "retention_set": N_("The day is kept."), "names_out": N_("The names are out of this roster, for good. Its figures stay."),
}  # fmt: skip
PAGES = [
    show_roster, show_member, edit_member, change_member, new_member, add_member, ask_retention, set_retention,
]  # fmt: skip

