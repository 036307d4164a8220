"""Show campaigns of both unions, or to who only leads some those alone; open one, change it and its budget, close it and open it again."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.funds import union_names
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.allocations import totals
from ledger.domain.campaigns import (
    BUDGET_LINES_MAXIMUM,
    DESCRIPTION_MAXIMUM,
    EMPLOYER_MAXIMUM,
    INITIATIVES,
    NAME_MAXIMUM,
    REASON_MAXIMUM,
    STATES,
    WHAT_MAXIMUM,
    BudgetLine,
    Campaign,
    CampaignFields,
    OpenCampaign,
    budget_totals,
    check_manages,
    check_state,
    reads_all,
)
from ledger.domain.refusals import Refusal
from ledger.domain.search import QUERY_MAXIMUM
from ledger.services import campaigns as service
from ledger.services.allocations import Listed, campaign_money, list_requests
from ledger.services.campaigns import CampaignView, Choices
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter
from ledger.storage.campaigns import CampaignFilter
from reports import formats
from reports.campaign_list import CAMPAIGN_STATES, INITIATIVE_NAMES, shape_campaigns
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.request_words import state_chip

FILE_ROWS_MAXIMUM = 5_000
REQUESTS_MAXIMUM = 500
ROWS_SHOWN = 4
STEPS = {
    "open_campaign": N_("Campaign opened"), "change_campaign": N_("Campaign changed"), "change_budget": N_("Budget changed"),
    "close_campaign": N_("Campaign closed"), "reopen_campaign": N_("Opened again"),
}  # fmt: skip
STATE_CHIPS = {"open": "good", "closed": ""}
# A refusal says its field; where it says none, or a field that the form calls otherwise.
_PLACES = {"lines_invalid": "budget", "currency_unknown": "budget", "amount_invalid": "budget", "what": "budget"}


class RequestShown(msgspec.Struct, frozen=True):
    """A request for money as ``campaigns/_money.html`` lists it: chip is (text, kind), amounts are (currency, minor units)."""

    number: str
    purpose: str
    url: str
    chip: tuple[str, str]
    amounts: list[tuple[str, int]]


# --- the list ---------------------------------------------------------------------------------------------------------


@get("/campaigns", opt={"permission": "read_campaigns"})
async def list_campaigns(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Campaigns, the newest first; as a file with ``?format=csv``."""
    language, narrowed, states = reader.language, _filter(request), _state_chips(reader.language)
    if format_name := asked_format(word(request, "format")):
        return await _file(pool, reader, narrowed, format_name)
    place = place_after(request, str)
    listed = await service.list_campaigns(pool, reader.actor, narrowed, place[0] if place else None)
    return page(
        request, "campaigns/list.html", reader=reader, help="campaigns", fragment="results", listed=listed, older=listed.next and cursor(listed.next),
        narrowed=narrowed != CampaignFilter(), wide=reads_all(reader.actor), unions=list((await union_names(pool, reader)).items()),
        initiatives=_initiatives(language), initiative_names=dict(_initiatives(language)), employers=[(each, each) for each in listed.employers],
        budgets=_budgets(listed.items), states=[(code, states[code][0]) for code in STATES], state_chips=states,
    )  # fmt: skip


def _filter(request: Request[Any, Any, Any]) -> CampaignFilter:
    return CampaignFilter(
        union=word(request, "union"), initiative=word(request, "initiative"), state=word(request, "state"),
        employer=_typed(request, "employer", EMPLOYER_MAXIMUM), words=_typed(request, "q", QUERY_MAXIMUM),
    )  # fmt: skip


def _typed(request: Request[Any, Any, Any], name: str, limit: int) -> str | None:
    """Words of the address, cut to a length; None where there are none."""
    return str(request.query_params.get(name, "")).replace("\x00", "").strip()[:limit] or None


async def _file(pool: Pool, reader: Reader, narrowed: CampaignFilter, format_name: str) -> Response[bytes]:
    listed = await service.list_campaigns(pool, reader.actor, narrowed, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_campaigns(facts, listed), format_name)


def _initiatives(language: str) -> list[tuple[str, str]]:
    return [(code, translate(language, INITIATIVE_NAMES[code])) for code in INITIATIVES]


def _state_chips(language: str) -> dict[str, tuple[str, str]]:
    return {code: (translate(language, name), STATE_CHIPS[code]) for code, name in CAMPAIGN_STATES.items()}


def _budgets(campaigns: list[Campaign]) -> dict[str, list[tuple[str, int]]]:
    """The budget of each by currency, in minor units."""
    return {each.number: [(figures.currency, figures.budget_minor) for figures in budget_totals(each.budget)] for each in campaigns}


# --- one campaign -------------------------------------------------------------------------------------------------------


@get("/campaigns/{number:str}", opt={"permission": "read_campaigns"})
async def show_campaign(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One campaign: its budget in every version, what is said of it, who else faces the employer, what was done with it."""
    view, language = await service.show_campaign(pool, reader.actor, number), reader.language
    campaign = view.campaign
    listed = await list_requests(pool, reader.actor, Filter(campaign=campaign.number), limit=REQUESTS_MAXIMUM)
    return page(
        request, "campaigns/show.html", reader=reader, help="campaigns", view=view, campaign=campaign, state=_state_chips(language)[campaign.state],
        initiative=translate(language, INITIATIVE_NAMES[campaign.initiative]), initiative_names=dict(_initiatives(language)), steps=STEPS,
        state_chips=_state_chips(language), earlier=_earlier(view), requests=_requests(language, listed), figures=campaign_money(listed, view.figures),
        documents=await documents_for(pool, reader, "campaign", campaign.number),
    )  # fmt: skip


def _requests(language: str, listed: Listed) -> list[RequestShown]:
    """The campaign's requests for money that were submitted, the latest to move first."""
    return [
        RequestShown(
            number, case.revision.purpose, f"/requests/{number}", state_chip(language, case.allocation.state),
            list(totals(case.revision.lines).items()),
        )
        for number, case in listed.cases.items()
    ]  # fmt: skip


def _earlier(view: CampaignView) -> list[tuple[int, list[BudgetLine]]]:
    return [each for each in view.budgets if each[0] != view.campaign.budget_version]


# --- opening and changing -------------------------------------------------------------------------------------------------


@get("/campaigns/new", opt={"permission": "manage_campaigns"})
async def new_campaign(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; who can only be the lead themselves is."""
    known = await service.choices(pool, reader.actor)
    lead = str(known.leads[0].id) if len(known.leads) == 1 else ""
    return _form_page(request, reader, Form({"lead": lead, "starts_on": pool.today().isoformat()}, reader.language), known, None)


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, known: Choices, campaign: Campaign | None) -> Response[Any]:
    for number in (rows := form.rows("line", ROWS_SHOWN)):
        _begin_line(form, number, known.union.currency)
    return page(
        request, "campaigns/form.html", reader=reader, status=form.status, help="campaigns", form=form, campaign=campaign, rows=rows,
        currencies=known.currencies, initiatives=_initiatives(reader.language), employers=[(each, "") for each in known.employers],
        locals=_locals(known, campaign), leads=_leads(known, campaign), union_name=known.union.name,
    )  # fmt: skip


def _begin_line(form: Form, number: int, currency: str) -> None:
    """A line that is not begun yet is in the union's own currency."""
    line = form.line("line", number)
    if not line.value("currency"):
        line.put("currency", currency)


def _locals(known: Choices, campaign: Campaign | None) -> list[tuple[str, str]]:
    """The union's open locals, and the one that the campaign has, though it be closed."""
    found = [(each.number, ", ".join(part for part in (f"{each.number} – {each.name}", each.city) if part)) for each in known.locals]
    kept = campaign.local if campaign else ""
    return found if not kept or kept in dict(found) else [*found, (kept, kept)]


def _leads(known: Choices, campaign: Campaign | None) -> list[tuple[str, str]]:
    """Who leads campaigns of the union, and who leads this one, though their term be over."""
    found = [(str(each.id), each.name) for each in known.leads]
    return found if campaign is None or str(campaign.lead) in dict(found) else [*found, (str(campaign.lead), campaign.lead_name)]


@post("/campaigns/new", opt={"permission": "manage_campaigns"}, status_code=303)
async def open_campaign(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Open it, or show the form again with why not."""
    form, known = Form(await request.form(), reader.language), await service.choices(pool, reader.actor)
    said, budget = _said(form, known, None), _budget_lines(form, known.currencies)
    if form.ok:
        try:
            asked = OpenCampaign(**msgspec.structs.asdict(said), union=known.union.code, budget=budget)
            made = await service.open_campaign(pool, reader.actor, form.key, asked)
            return Redirect(f"/campaigns/{made.number}?done=campaign_opened", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _form_page(request, reader, form, known, None)


def _said(form: Form, known: Choices, campaign: Campaign | None) -> CampaignFields:
    starts_on = form.date("starts_on")
    lead = form.choice("lead", dict(_leads(known, campaign)))
    return CampaignFields(
        name=form.text("name", max_length=NAME_MAXIMUM), initiative=form.choice("initiative", INITIATIVES), lead=int(lead or 0),
        starts_on=starts_on, ends_on=form.optional_date("ends_on", not_before=starts_on),
        employer=form.text("employer", required=False, max_length=EMPLOYER_MAXIMUM),
        local=form.choice("local", dict(_locals(known, campaign)), required=False),
        description=form.text("description", required=False, max_length=DESCRIPTION_MAXIMUM),
    )  # fmt: skip


def _budget_lines(form: Form, currencies: list[str]) -> tuple[BudgetLine, ...]:
    return tuple(_budget_line(line, currencies) for line in form.lines("line"))


def _budget_line(line: Form, currencies: list[str]) -> BudgetLine:
    currency = line.choice("currency", currencies)
    return BudgetLine(line.text("what", max_length=WHAT_MAXIMUM), currency, line.money("amount", currency))


def _refused(form: Form, refusal: Refusal) -> None:
    field = str(refusal.params.get("field", refusal.code))
    refused(form, refusal, {refusal.code: _PLACES.get(field, _PLACES.get(refusal.code, field if field != refusal.code else ""))})


@get("/campaigns/{number:str}/change", opt={"permission": "manage_campaigns"})
async def ask_change(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What is said of the campaign, to be said otherwise."""
    campaign = await _own(pool, reader, number, "open")
    names = ("name", "initiative", "employer", "local", "description")
    days = {name: day.isoformat() if day else "" for name, day in (("starts_on", campaign.starts_on), ("ends_on", campaign.ends_on))}
    values = {name: getattr(campaign, name) for name in names} | days | {"lead": str(campaign.lead)}
    return _form_page(request, reader, Form(values, reader.language), await service.choices(pool, reader.actor), campaign)


async def _own(pool: Pool, reader: Reader, number: str, state: str) -> Campaign:
    """The campaign, for who may change it, in the state in which they may."""
    campaign = (await service.show_campaign(pool, reader.actor, number)).campaign
    check_manages(reader.actor, campaign)
    check_state(campaign, state)
    return campaign


@post("/campaigns/{number:str}/change", opt={"permission": "manage_campaigns"}, status_code=303)
async def change_campaign(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change it, or show the form again with why not."""
    campaign, known = await _own(pool, reader, number, "open"), await service.choices(pool, reader.actor)
    form = Form(await request.form(), reader.language)
    said = _said(form, known, campaign)
    if form.ok:
        try:
            await service.change_campaign(pool, reader.actor, form.key, campaign.number, said)
            return Redirect(f"/campaigns/{campaign.number}?done=campaign_changed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _form_page(request, reader, form, known, campaign)


# --- the budget -----------------------------------------------------------------------------------------------------------


@get("/campaigns/{number:str}/budget", opt={"permission": "manage_campaigns"})
async def ask_budget(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The budget in force, line by line, to be changed."""
    campaign = await _own(pool, reader, number, "open")
    values: dict[str, str] = {}
    for place, line in enumerate(campaign.budget):
        amount = formats.figure(reader.language, line.amount_minor)
        values |= {f"line-{place}-what": line.what, f"line-{place}-currency": line.currency, f"line-{place}-amount": amount}
    return await _budget_page(request, pool, reader, Form(values, reader.language), campaign)


async def _budget_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, campaign: Campaign) -> Response[Any]:
    known = await service.choices(pool, reader.actor)
    for number in (rows := form.rows("line", max(ROWS_SHOWN, len(form.line_numbers("line")) + 1))):
        _begin_line(form, number, known.union.currency)
    return page(
        request, "campaigns/budget.html", reader=reader, status=form.status, help="campaigns", form=form, campaign=campaign, rows=rows,
        currencies=known.currencies, limit=BUDGET_LINES_MAXIMUM,
    )  # fmt: skip


@post("/campaigns/{number:str}/budget", opt={"permission": "manage_campaigns"}, status_code=303)
async def change_budget(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Write the next version of the budget."""
    campaign, form = await _own(pool, reader, number, "open"), Form(await request.form(), reader.language)
    lines = _budget_lines(form, (await service.choices(pool, reader.actor)).currencies)
    reason = form.text("reason", required=False, max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            await service.change_budget(pool, reader.actor, form.key, campaign.number, lines, reason)
            return Redirect(f"/campaigns/{campaign.number}?done=campaign_budget_changed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _budget_page(request, pool, reader, form, campaign)


# --- closing and opening again ----------------------------------------------------------------------------------------------

Turn = Callable[[Pool, Any, str, str, str], Awaitable[Campaign]]


@get("/campaigns/{number:str}/close", opt={"permission": "manage_campaigns"})
async def ask_closing(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Why it closes."""
    return _turn_page(request, reader, Form({}, reader.language), await _own(pool, reader, number, "open"), "close")


def _turn_page(request: Request[Any, Any, Any], reader: Reader, form: Form, campaign: Campaign, what: str) -> Response[Any]:
    return page(request, f"campaigns/{what}.html", reader=reader, status=form.status, help="campaigns", form=form, campaign=campaign)


@post("/campaigns/{number:str}/close", opt={"permission": "manage_campaigns"}, status_code=303)
async def close_campaign(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Close it."""
    return await _turned(request, pool, reader, await _own(pool, reader, number, "open"), "close", service.close_campaign)


@get("/campaigns/{number:str}/reopen", opt={"permission": "manage_campaigns"})
async def ask_reopening(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Why it opens again."""
    return _turn_page(request, reader, Form({}, reader.language), await _own(pool, reader, number, "closed"), "reopen")


@post("/campaigns/{number:str}/reopen", opt={"permission": "manage_campaigns"}, status_code=303)
async def reopen_campaign(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Open it again."""
    return await _turned(request, pool, reader, await _own(pool, reader, number, "closed"), "reopen", service.reopen_campaign)


async def _turned(request: Request[Any, Any, Any], pool: Pool, reader: Reader, campaign: Campaign, what: str, turn: Turn) -> Response[Any]:
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            await turn(pool, reader.actor, form.key, campaign.number, reason)
            return Redirect(f"/campaigns/{campaign.number}?done=campaign_{what}", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _turn_page(request, reader, form, campaign, what)


DONE = {
    "campaign_opened": N_("The campaign is open."), "campaign_changed": N_("Changed."),
    "campaign_budget_changed": N_("The new budget is in force; the earlier one stays below it."),
    "campaign_close": N_("Closed. Everything stays to be read."), "campaign_reopen": N_("Open again."),
}  # fmt: skip
PAGES = [
    list_campaigns, show_campaign, new_campaign, open_campaign, ask_change, change_campaign, ask_budget, change_budget, ask_closing, close_campaign,
    ask_reopening, reopen_campaign,
]  # fmt: skip
