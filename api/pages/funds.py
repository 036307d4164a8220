"""Show the funds as tiles and one fund on a page, and let the treasurers propose, confirm, change and close them."""

from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.nations import nation_name
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.accounts import Fund
from ledger.domain.exchange import Rate
from ledger.domain.funds import NAME_MAXIMUM, PURPOSES, RESTRICTION_TEXT_MAXIMUM, RESTRICTIONS, ChangeFund, Converted, Movement, ProposeFund
from ledger.domain.refusals import Refusal
from ledger.services import accounts as accounts_service
from ledger.services import funds as service
from ledger.services import runway as runway_service
from ledger.services.funds import FundPage, FundView
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.funds import Sitting
from reports import formats
from reports.document import Conversion
from reports.i18n import N_, translate
from reports.present import conversion_text
from reports.runway_words import runway_tile

PURPOSE_NAMES = {
    "general": N_("General"), "strike": N_("Strike support"), "organizing": N_("Organizing"), "education": N_("Education"),
    "communication": N_("Communication"), "bargaining": N_("Bargaining"), "political_action": N_("Political action"),
}  # fmt: skip
RESTRICTION_NAMES = {"none": N_("No restriction"), "donor": N_("Restricted by the donor"), "board": N_("Restricted by the boards")}
STATE_CHIPS = {"proposed": N_("proposed"), "declined": N_("declined"), "closed": N_("closed")}
# The statement's lines, from opening to closing; the sign is how a figure is shown.
STATEMENT_LINES = (
    ("opening_minor", N_("Opening balance"), 1), ("brought_minor", N_("Brought into the books"), 1), ("received_minor", N_("Received"), 1),
    ("paid_minor", N_("Paid out"), -1), ("between_funds_minor", N_("From and to other funds"), 1),
    ("exchange_minor", N_("Exchanged between currencies"), 1), ("closing_minor", N_("Closing balance"), 1),
)  # fmt: skip
_ALWAYS = frozenset({"opening_minor", "received_minor", "paid_minor", "closing_minor"})


def tile(language: str, view: FundView, unions: dict[str, str]) -> dict[str, Any]:
    """What a fund's tile shows."""
    fund, own = view.fund, view.figures[0]
    return {
        "fund": fund,
        "href": f"/funds/{fund.code}",
        "amounts": [(row.currency, row.held_minor) for row in view.figures],
        "chip": chip(language, view),
        "available": [(row.currency, row.available_minor) for row in view.figures if fund.confirmed and row.available_minor != row.held_minor],
        "committed": [(row.currency, row.committed_minor) for row in view.figures if row.committed_minor],
        "share": max(0, 100 - own.committed_minor * 100 // own.held_minor) if own.committed_minor and own.held_minor > 0 else None,
        "text": origin_rule(language, fund) if fund.nation else fund.restriction_text,
        "converted": view.converted if view.converted and view.converted.rate else None,
    }


def chip(language: str, view: FundView) -> str:
    """The one word that matters most about a fund."""
    if view.state in STATE_CHIPS:
        return translate(language, STATE_CHIPS[view.state])
    if view.fund.nation:
        return translate(language, "%(nation)s only", nation=view.fund.nation)
    return translate(language, "restricted") if view.fund.restriction != "none" else ""


def origin_rule(language: str, fund: Fund) -> str:
    """Whose money a fund takes."""
    if fund.nation is None:
        return translate(language, "Takes money of either nation.")
    nation = nation_name(language, fund.nation)
    return translate(language, "Ring-fenced: money, staff and approvals from one nation alone (%(nation)s).", nation=nation)


def rates_used(language: str, totals: list[Converted | None]) -> str:
    """The rates under converted figures, each once, with date and source; "" where none was used."""
    rates = {rate.name: rate for total in totals if total is not None and (rate := total.rate) is not None}
    return " ".join(rate_text(language, rate) for rate in rates.values())


def rate_text(language: str, rate: Rate) -> str:
    """A rate with its source, date and version."""
    return conversion_text(language, Conversion(rate.value, rate.observed_on, rate.source, rate.version, rate.base, rate.quote))


async def fund_names(pool: Pool, language: str) -> dict[str, str]:
    """Every fund's name by its code."""
    async with pool.database.reading() as connection:
        return {fund.code: named(language, fund) for fund in await reference.funds(connection)}


async def union_names(pool: Pool, reader: Reader) -> dict[str, str]:
    """Names of the unions by code, in their order."""
    return {union.code: union.name for union in (await accounts_service.reference_data(pool, reader.actor)).unions}


@get("/funds", opt={"permission": "read_funds"})
async def list_funds(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every fund as a tile; closed ones when asked for."""
    with_closed = request.query_params.get("closed") == "1"
    views = await service.list_funds(pool, reader.actor, with_closed)
    names = await union_names(pool, reader)
    return page(
        request, "funds/list.html", reader=reader, help="funds", tiles=[tile(reader.language, view, names) for view in views],
        with_closed=with_closed, rates=rates_used(reader.language, [view.converted for view in views]),
    )  # fmt: skip


@get("/funds/{code:str}", opt={"permission": "read_funds"})
async def show_fund(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """One fund on one page."""
    language = reader.language
    first, first_wrong = day_asked(language, request.query_params.get("from", ""))
    last, last_wrong = day_asked(language, request.query_params.get("to", ""))
    shown = await service.fund_page(pool, reader.actor, code, first, last)
    context = await _fund_context(pool, reader, shown, first_wrong or last_wrong)
    return page(request, "funds/show.html", reader=reader, help="funds", runway=await _runway(pool, reader, shown.view.fund), **context)


async def _runway(pool: Pool, reader: Reader, fund: Fund) -> dict[str, Any] | None:
    """How long the fund can pay strike support, where it is for that or pays it now."""
    if not reader.can("read_strikes"):
        return None
    found = await runway_service.fund_runway(pool, reader.actor, fund.id)
    return runway_tile(reader.language, found) if found and (found.burning or fund.purpose == "strike") else None


async def _fund_context(pool: Pool, reader: Reader, shown: FundPage, date_wrong: bool) -> dict[str, Any]:
    language, view = reader.language, shown.view
    names = await union_names(pool, reader)
    codes = list(names)
    return {
        "shown": shown, "view": view, "fund": view.fund, "chip": chip(language, view), "origin": origin_rule(language, view.fund),
        "purpose": translate(language, PURPOSE_NAMES[view.fund.purpose]),
        "restriction": translate(language, RESTRICTION_NAMES[view.fund.restriction]),
        "lines": statement_lines(language, shown.movements), "rates": rates_used(language, [view.converted, view.free]),
        "come": min(shown.last, pool.today()), "sides": sides(shown.sittings, codes), "unions": names, "date_wrong": date_wrong,
        "may_confirm": view.state == "proposed" and reader.can("manage_funds") and shown.proposer_union != reader.union_code,
        "waits_for": [name for union, name in names.items() if union != shown.proposer_union],
    }  # fmt: skip


def statement_lines(language: str, movements: list[Movement]) -> list[tuple[str, str, list[int]]]:
    """(name, label, figure by currency) of each line that says something."""
    lines = [
        (name, translate(language, label), [sign * int(getattr(movement, name)) for movement in movements])
        for name, label, sign in STATEMENT_LINES
    ]
    return [line for line in lines if line[0] in _ALWAYS or any(line[2])]


def sides(sittings: list[Sitting], unions: list[str]) -> dict[str, list[Sitting]]:
    """Where a fund's money lies: by union that keeps it, and "" for what lies between them. Budgetary accounts are no money."""
    assets = [sitting for sitting in sittings if sitting.account.type in ("asset", "liability")]
    return {code: [sitting for sitting in assets if (sitting.account.custodian or "") == code] for code in [*unions, ""]}


def day_asked(language: str, text: str) -> tuple[date | None, bool]:
    """The date in an address, as people type dates; and whether something was typed that is no date."""
    try:
        return (formats.parse_date(language, text) if text.strip() else None), False
    except formats.DateNotUnderstood:
        return None, True


# --- forms ------------------------------------------------------------------------------------------------------------


async def _choices(pool: Pool, reader: Reader) -> dict[str, Any]:
    language, known = reader.language, await accounts_service.reference_data(pool, reader.actor)
    own_nation = next((union.nation for union in known.unions if union.code == reader.union_code), None)
    return {
        "purposes": [(value, translate(language, name)) for value, name in PURPOSE_NAMES.items()],
        "restrictions": [(value, translate(language, name)) for value, name in RESTRICTION_NAMES.items()],
        "nations": [(own_nation, nation_name(language, own_nation))] if own_nation else [],
        "currencies": [row["code"] for row in known.currencies],
        "other_unions": [union.name for union in known.unions if union.code != reader.union_code],
    }


def _floors(form: Form, currencies: list[str]) -> dict[str, int]:
    return {code: form.amount_or_none(f"floor_{code}", code) for code in currencies}


_FIELDS = {
    "fund_exists": "code", "text_invalid": "code", "choice_invalid": "purpose", "origin_not_allowed": "nation",
    "fund_state": "", "fund_not_empty": "", "same_person": "", "same_union": "",
}  # fmt: skip


@get("/funds/new", opt={"permission": "manage_funds"})
async def new_fund(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for a new fund."""
    form = Form({"purpose": "general", "restriction": "none"}, reader.language)
    return page(request, "funds/new.html", reader=reader, help="funds", form=form, **await _choices(pool, reader))


@post("/funds/new", opt={"permission": "manage_funds"}, status_code=303)
async def propose_fund(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Propose it; the other union's treasurer finds it on their first page."""
    form, choices = Form(await request.form(), reader.language), await _choices(pool, reader)
    proposal = ProposeFund(
        code=form.text("code", max_length=12).strip().upper(),
        name_en=form.text("name_en", max_length=NAME_MAXIMUM),
        name_fr=form.text("name_fr", max_length=NAME_MAXIMUM),
        purpose=form.choice("purpose", PURPOSES),
        restriction=form.choice("restriction", RESTRICTIONS),
        restriction_text=form.text("restriction_text", required=False, max_length=RESTRICTION_TEXT_MAXIMUM),
        nation=form.choice("nation", [value for value, _ in choices["nations"]], required=False) or None,
        floors=_floors(form, choices["currencies"]),
    )
    if form.ok:
        try:
            fund = await service.propose_fund(pool, reader.actor, form.key, proposal)
            return Redirect(f"/funds/{fund.code}?done=fund_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return page(request, "funds/new.html", reader=reader, status=form.status, help="funds", form=form, **choices)


@get("/funds/{code:str}/change", opt={"permission": "manage_funds"})
async def edit_fund(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """A form with the fund as it is."""
    fund = await service.one_fund(pool, reader.actor, code)
    floors = {f"floor_{currency}": formats.figure(reader.language, minor) for currency, minor in fund.floors.items()}
    values = {"name_en": fund.name_en, "name_fr": fund.name_fr, "restriction_text": fund.restriction_text, **floors}
    form = Form(values, reader.language)
    return page(request, "funds/change.html", reader=reader, help="funds", form=form, fund=fund, **await _choices(pool, reader))


@post("/funds/{code:str}/change", opt={"permission": "manage_funds"}, status_code=303)
async def change_fund(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """Change names, restriction text and floors; audited, and shown to everyone on their first page."""
    fund, choices = await service.one_fund(pool, reader.actor, code), await _choices(pool, reader)
    form = Form(await request.form(), reader.language)
    change = ChangeFund(
        fund=fund.code,
        name_en=form.text("name_en", max_length=NAME_MAXIMUM),
        name_fr=form.text("name_fr", max_length=NAME_MAXIMUM),
        restriction_text=form.text("restriction_text", required=False, max_length=RESTRICTION_TEXT_MAXIMUM),
        floors=_floors(form, choices["currencies"]),
    )
    if form.ok:
        try:
            await service.change_fund(pool, reader.actor, form.key, change)
            return Redirect(f"/funds/{fund.code}?done=fund_changed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return page(request, "funds/change.html", reader=reader, status=form.status, help="funds", form=form, fund=fund, **choices)


@get("/funds/{code:str}/confirm", opt={"permission": "manage_funds"})
async def ask_to_confirm(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """What is to be agreed to, on one screen."""
    return await _decision(request, pool, reader, code, "confirm", Form({}, reader.language))


@post("/funds/{code:str}/confirm", opt={"permission": "manage_funds"}, status_code=303)
async def confirm_fund(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """Agree to a proposed fund."""
    form = Form(await request.form(), reader.language)
    try:
        fund = await service.confirm_fund(pool, reader.actor, form.key, code)
        return Redirect(f"/funds/{fund.code}?done=fund_confirmed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, _FIELDS)
    return await _decision(request, pool, reader, code, "confirm", form)


@get("/funds/{code:str}/close", opt={"permission": "manage_funds"})
async def ask_to_close(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """What closing means, and what stands in its way."""
    return await _decision(request, pool, reader, code, "close", Form({}, reader.language))


@post("/funds/{code:str}/close", opt={"permission": "manage_funds"}, status_code=303)
async def close_fund(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """Close an empty fund, or decline a proposed one."""
    form = Form(await request.form(), reader.language)
    try:
        fund = await service.close_fund(pool, reader.actor, form.key, code)
        return Redirect(f"/funds/{fund.code}?done={'fund_closed' if fund.confirmed else 'fund_declined'}", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, _FIELDS)
    return await _decision(request, pool, reader, code, "close", form)


async def _decision(request: Request[Any, Any, Any], pool: Pool, reader: Reader, code: str, what: str, form: Form) -> Response[Any]:
    shown = await service.fund_page(pool, reader.actor, code)
    context = await _fund_context(pool, reader, shown, False)
    return page(request, f"funds/{what}.html", reader=reader, status=form.status, help="funds", form=form, **context)


DONE = {
    "fund_proposed": N_("Proposed. The other union’s treasurer finds it on their first page; it takes money once they confirm it."),
    "fund_confirmed": N_("Confirmed. The fund takes money from now on."),
    "fund_changed": N_("Changed. The other people of the pool see it on their first page."),
    "fund_closed": N_("Closed. Its history stays."),
    "fund_declined": N_("Declined. The fund takes no money."),
}
PAGES = [
    list_funds, new_fund, propose_fund, show_fund, edit_fund, change_fund, ask_to_confirm, confirm_fund, ask_to_close, close_fund,
]  # fmt: skip
