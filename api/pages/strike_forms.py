"""Record a strike and change what was said of it, while no union has given its word."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import OtherUnion, Refusal
from ledger.domain.strike_rules import STRIKE_KINDS
from ledger.domain.strikes import (
    EMPLOYER_MAXIMUM,
    EXPECTED_MAXIMUM,
    MANDATE_MAXIMUM,
    NAME_MAXIMUM,
    STRIKE_DAYS_MAXIMUM,
    RecordStrike,
    Strike,
    StrikeFields,
    check_step,
)
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strikes import Choices
from reports import formats
from reports.i18n import N_, translate
from reports.strike_rule_words import KIND_NAMES

# A refusal says its field; where it says none, the field that it is about.
_PLACES = {"fund_unknown": "fund", "fund_closed": "fund", "fund_not_allowed_for_initiative": "fund"}


def kinds_of(language: str) -> dict[str, str]:
    """The kinds of strike by code, in words."""
    return {code: translate(language, KIND_NAMES[code]) for code in STRIKE_KINDS}


@get("/strikes/new", opt={"permission": "manage_strikes"})
async def new_strike(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; what there is only one of is chosen."""
    known = await service.choices(pool, reader.actor)
    values = {"kind": "strike", "notice_on": pool.today().isoformat()}
    for name, options in (("rule_set", [each.code for each in known.rule_sets]), ("locals", [each.number for each in known.locals])):
        if len(options) == 1:
            values[name] = options[0]
    values["fund"] = next((fund.code for fund in known.funds if fund.purpose == "strike"), "")
    return _form_page(request, reader, Form(values, reader.language), known, None)


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, known: Choices, strike: Strike | None) -> Response[Any]:
    language = reader.language
    return page(
        request, "strikes/form.html", reader=reader, status=form.status, help="strikes", form=form, strike=strike, union_name=known.union.name,
        kinds=[(code, name, _KIND_HINTS[code] and translate(language, _KIND_HINTS[code])) for code, name in kinds_of(language).items()],
        locals=_locals(known, strike), employers=[(each, "") for each in known.employers],
        rule_sets=[(each.code, named(language, each)) for each in known.rule_sets], funds=[(each.code, named(language, each)) for each in known.funds],
    )  # fmt: skip


_KIND_HINTS = {
    "strike": "", "lockout": N_("The employer shut members out."), "rotating": N_("On some days only; those days alone are paid."),
    "honouring": N_("Members do not cross the line of another union."),
}  # fmt: skip


def _locals(known: Choices, strike: Strike | None) -> list[tuple[str, str]]:
    """The union's open locals, and those the strike has, though they be closed."""
    found = {each.number: ", ".join(part for part in (f"{each.number} – {each.name}", each.city) if part) for each in known.locals}
    return list(({each.number: f"{each.number} – {each.name}" for each in (strike.locals if strike else ())} | found).items())


@post("/strikes/new", opt={"permission": "manage_strikes"}, status_code=303)
async def record_strike(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record it, or show the form again with why not."""
    form, known = Form(await request.form(), reader.language), await service.choices(pool, reader.actor)
    said = _said(form, known, None, pool.today())
    if form.ok and said:
        try:
            asked = RecordStrike(**msgspec.structs.asdict(said), union=known.union.code)
            made = await service.record_strike(pool, reader.actor, form.key, asked)
            return Redirect(f"/strikes/{made.number}?done=strike_recorded", status_code=303)
        except Refusal as refusal:
            refused_strike(form, refusal)
    return _form_page(request, reader, form, known, None)


def _said(form: Form, known: Choices, strike: Strike | None, today: date) -> StrikeFields | None:
    locals_ = tuple(number for number in form.many("locals") if number in dict(_locals(known, strike)))
    if not locals_:
        form.fail("locals", translate(form.language, N_("Choose one local or more.")))
    return StrikeFields(
        kind=form.choice("kind", STRIKE_KINDS) or "strike",  # type: ignore[arg-type]
        name=form.text("name", max_length=NAME_MAXIMUM), locals=locals_,
        notice_on=form.date("notice_on", today, EARLIEST_DATE), starts_on=form.date("starts_on"),
        expected=form.integer("expected", minimum=1, maximum=EXPECTED_MAXIMUM), rule_set=form.choice("rule_set", [each.code for each in known.rule_sets]),
        fund=form.choice("fund", [each.code for each in known.funds]),
        employer=form.text("employer", required=False, max_length=EMPLOYER_MAXIMUM),
        mandate=form.text("mandate", required=False, max_length=MANDATE_MAXIMUM), mandate_on=form.optional_date("mandate_on", today, EARLIEST_DATE),
    )  # fmt: skip


def refused_strike(form: Form, refusal: Refusal) -> None:
    """Put a refusal beside the field that it is about."""
    refused(form, refusal, {refusal.code: _PLACES.get(refusal.code, str(refusal.params.get("field", "")))})


@get("/strikes/{number:str}/change", opt={"permission": "manage_strikes"})
async def ask_change(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What was said of the strike, to be said otherwise while no union has given its word."""
    strike = await own_strike(pool, reader, number, "change")
    values: dict[str, Any] = {name: getattr(strike, name) for name in ("kind", "name", "employer", "mandate", "rule_set", "fund")}
    values |= {name: day.isoformat() for name in ("notice_on", "mandate_on", "starts_on") if (day := getattr(strike, name))}
    values |= {"locals": [each.number for each in strike.locals], "expected": str(strike.expected)}
    return _form_page(request, reader, Form(values, reader.language), await service.choices(pool, reader.actor), strike)


async def own_strike(pool: Pool, reader: Reader, number: str, step: str) -> Strike:
    """The strike, for who belongs to its union, in a state that allows a step."""
    strike = (await service.show_strike(pool, reader.actor, number)).strike
    if strike.union != reader.union_code:
        raise OtherUnion(union=strike.union, account="")
    check_step(strike, step)
    return strike


@post("/strikes/{number:str}/change", opt={"permission": "manage_strikes"}, status_code=303)
async def change_strike(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change it, or show the form again with why not."""
    strike, known = await own_strike(pool, reader, number, "change"), await service.choices(pool, reader.actor)
    form = Form(await request.form(), reader.language)
    said = _said(form, known, strike, pool.today())
    if form.ok and said:
        try:
            await service.change_strike(pool, reader.actor, form.key, strike.number, said)
            return Redirect(f"/strikes/{strike.number}?done=strike_changed", status_code=303)
        except Refusal as refusal:
            refused_strike(form, refusal)
    return _form_page(request, reader, form, known, strike)


def days_of(form: Form) -> tuple[date, ...]:
    """Days, one a line."""
    lines = [line.strip() for line in form.text("strike_days", required=False, max_length=STRIKE_DAYS_MAXIMUM * 20).splitlines() if line.strip()]
    try:
        return tuple(formats.parse_date(form.language, line) for line in lines)
    except formats.DateNotUnderstood:
        form.fail("strike_days", translate(form.language, N_("Write one day a line, like %(example)s."), example="2026-11-23"))
        return ()


PAGES = [new_strike, record_strike, ask_change, change_strike]
