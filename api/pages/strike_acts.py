"""Take a strike's own steps: out, ratified, over, its days, closed, called off."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form
from api.pages.rendering import page
from api.pages.strike_forms import days_of, own_strike, refused_strike
from api.security import Reader
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.strikes import (
    REASON_MAXIMUM,
    Strike,
)
from ledger.services import strikes as service
from ledger.services.pool import Pool
from reports.i18n import N_, translate

Taken = Callable[[Pool, Any, str, str, Any], Awaitable[Strike]]


class Act(msgspec.Struct, frozen=True):
    """One step: the state rule it goes by, the service, its page's words, and the field it asks for: a day, a reason, or days."""

    step: str
    take: Taken
    title: str
    lede: str
    field: str
    label: str
    button: str


ACTS: dict[str, Act] = {
    "begin": Act(
        "begin", service.begin, N_("Members are out: %(name)s"), N_("Benefits are counted from this day; it can be another one than was announced."),
        "starts_on", N_("First day out"), N_("Say that members are out"),
    ),
    "ratify": Act(
        "ratify", service.ratify, N_("Ratified: %(name)s"), N_("Support runs off from this day, by the rules of the strike."),
        "ratified_on", N_("Ratified on"), N_("Record the ratification"),
    ),
    "end": Act(
        "end", service.end, N_("Over: %(name)s"), N_("The weeks up to this day are still paid and settled."), "ended_on", N_("Last day out"),
        N_("Record the last day out"),
    ),
    "days": Act(
        "change_days", service.set_strike_days, N_("Strike days: %(name)s"), N_("The days on which members stopped work. These days alone are paid."),
        "strike_days", N_("Strike days"), N_("Set the strike days"),
    ),
    "close": Act(
        "close", service.close_strike, N_("Close %(name)s"),
        N_("All its money must be accounted for. Its roster is kept until the retention day and then loses its names."), "reason",
        N_("Why it closes"), N_("Close it"),
    ),
    "call-off": Act(
        "call_off", service.call_off, N_("Call off: %(name)s"), N_("Members do not walk out. It stays to be read, and nothing is paid for it."), "reason",
        N_("Why it is called off"), N_("Call it off"),
    ),
}  # fmt: skip


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound(kind="page", id=name[:40])
    return ACTS[name]


@get("/strikes/{number:str}/{act:str}", opt={"permission": "manage_strikes"})
async def ask_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """What a step needs to know."""
    wanted = _act(act)
    strike = await own_strike(pool, reader, number, wanted.step)
    return _act_page(request, reader, Form({wanted.field: _begun(wanted, strike, pool.today())}, reader.language), strike, wanted)


def _begun(act: Act, strike: Strike, today: date) -> str:
    """What the field holds to begin with."""
    if act.field == "strike_days":
        return "\n".join(day.isoformat() for day in strike.strike_days)
    return "" if act.field == "reason" else min(strike.starts_on, today).isoformat() if act.step == "begin" else today.isoformat()


def _act_page(request: Request[Any, Any, Any], reader: Reader, form: Form, strike: Strike, act: Act) -> Response[Any]:
    language = reader.language
    return page(
        request, "strikes/act.html", reader=reader, status=form.status, help="strikes", form=form, strike=strike, act=act,
        heading=translate(language, act.title, name=strike.name), lede_text=translate(language, act.lede), label=translate(language, act.label),
        button=translate(language, act.button), maximum=REASON_MAXIMUM,
    )  # fmt: skip


@post("/strikes/{number:str}/{act:str}", opt={"permission": "manage_strikes"}, status_code=303)
async def take_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step."""
    wanted, form = _act(act), Form(await request.form(), reader.language)
    strike = await own_strike(pool, reader, number, wanted.step)
    said = _asked(form, wanted, pool.today())
    if form.ok:
        try:
            await wanted.take(pool, reader.actor, form.key, strike.number, said)
            return Redirect(f"/strikes/{strike.number}?done=strike_{wanted.step}", status_code=303)
        except Refusal as refusal:
            refused_strike(form, refusal)
    return _act_page(request, reader, form, strike, wanted)


def _asked(form: Form, act: Act, today: date) -> Any:
    if act.field == "reason":
        return form.text("reason", max_length=REASON_MAXIMUM)
    return days_of(form) if act.field == "strike_days" else form.date(act.field, today, EARLIEST_DATE)


PAGES = [ask_act, take_act]
