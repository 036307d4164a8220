"""Show what each union paid for both and what the other says of it, record such costs, and certify numbers of members."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.forms import Form, refused
from api.pages.funds import union_names
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.joint_costs import COST_STATES, REASON_MAXIMUM, REFERENCE_MAXIMUM, WHAT_MAXIMUM, RecordCost
from ledger.domain.memberships import MEMBERS_MAXIMUM, SOURCE_MAXIMUM, CertifyMembership
from ledger.domain.money import digits_of
from ledger.domain.refusals import Refusal
from ledger.services import campaigns
from ledger.services import joint_costs as service
from ledger.services.joint_costs import CostView
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.campaigns import CampaignFilter
from ledger.storage.equalisation import CostFilter
from reports import equalisation_words
from reports.equalisation_words import AVERAGE_RULE
from reports.i18n import N_, translate

READ = service.READ


def _chips(language: str) -> dict[str, tuple[str, str]]:
    return {code: (translate(language, name), kind) for code, (name, kind) in equalisation_words.COST_STATES.items()}


# --- joint costs ----------------------------------------------------------------------------------------------------------


@get("/equalisation/costs", opt={"permission": READ})
async def list_costs(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Joint costs of both unions, the newest first."""
    narrowed, place, chips = CostFilter(union=word(request, "union"), state=word(request, "state")), place_after(request, str), _chips(reader.language)
    found = await service.list_costs(pool, reader.actor, narrowed, place[0] if place else None)
    return page(
        request, "equalisation/costs.html", reader=reader, help="equalisation", fragment="results", found=found.items, chips=chips,
        older=cursor(found.next) if found.next else None, narrowed=narrowed != CostFilter(), states=[(code, chips[code][0]) for code in COST_STATES],
        unions=list((await union_names(pool, reader)).items()), may_record=reader.can(service.RECORD) and reader.union_code is not None,
    )  # fmt: skip


@get("/equalisation/costs/{number:str}", opt={"permission": READ})
async def show_cost(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One joint cost, and the word of the other union."""
    return _cost_page(request, reader, await service.show_cost(pool, reader.actor, number), Form({}, reader.language))


def _cost_page(request: Request[Any, Any, Any], reader: Reader, view: CostView, form: Form) -> Response[Any]:
    return page(
        request, "equalisation/cost.html", reader=reader, status=form.status, help="equalisation", cost=view.cost, may=view.may, form=form,
        chip=_chips(reader.language)[view.cost.state], reason_maximum=REASON_MAXIMUM,
    )  # fmt: skip


@post("/equalisation/costs/{number:str}/agree", opt={"permission": service.DECIDE}, status_code=303)
async def agree_to_cost(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Agree that the other union's cost is joint."""
    form = Form(await request.form(), reader.language)
    try:
        kept = await service.agree_to_cost(pool, reader.actor, form.key, number)
        return Redirect(f"/equalisation/costs/{kept.number}?done=cost_agreed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal)
    return _cost_page(request, reader, await service.show_cost(pool, reader.actor, number), form)


@post("/equalisation/costs/{number:str}/dispute", opt={"permission": service.DECIDE}, status_code=303)
async def dispute_cost(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Say why the other union's cost is not joint."""
    return await _with_reason(request, pool, reader, number, service.dispute_cost, "cost_disputed")


@post("/equalisation/costs/{number:str}/withdraw", opt={"permission": service.RECORD}, status_code=303)
async def withdraw_cost(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Take back what one's own union claimed."""
    return await _with_reason(request, pool, reader, number, service.withdraw_cost, "cost_withdrawn")


async def _with_reason(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, act: Any, done: str) -> Response[Any]:
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            kept = await act(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/equalisation/costs/{kept.number}?done={done}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "reason"})
    return _cost_page(request, reader, await service.show_cost(pool, reader.actor, number), form)


@get("/equalisation/costs/new", opt={"permission": service.RECORD})
async def new_cost(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a cost that one's own union paid."""
    return await _new_cost_page(request, pool, reader, Form({"paid_on": pool.today().isoformat()}, reader.language))


async def _currencies(pool: Pool) -> list[str]:
    async with pool.database.reading() as connection:
        return list(await reference.currencies(connection))


async def _new_cost_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    open_ones = await campaigns.list_campaigns(pool, reader.actor, CampaignFilter(state="open"), limit=200)
    return page(
        request, "equalisation/new_cost.html", reader=reader, status=form.status, help="equalisation", form=form, currencies=await _currencies(pool),
        what_maximum=WHAT_MAXIMUM, reference_maximum=REFERENCE_MAXIMUM,
        campaigns=[(each.number, f"{each.number} – {each.name}") for each in open_ones.items],
    )  # fmt: skip


@post("/equalisation/costs/new", opt={"permission": service.RECORD}, status_code=303)
async def record_cost(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Claim it as joint, for the other union's treasurer to agree."""
    form = Form(await request.form(), reader.language)
    currency = form.choice("amount_currency", await _currencies(pool))
    asked = RecordCost(
        paid_on=form.date("paid_on", not_after=pool.today()), currency=currency,
        amount_minor=form.money("amount", currency, digits_of(currency) if currency else 2), what=form.text("what", max_length=WHAT_MAXIMUM),
        campaign=form.text("campaign", False, 20), reference=form.text("reference", False, REFERENCE_MAXIMUM),
    )  # fmt: skip
    if form.ok:
        try:
            made = await service.record_cost(pool, reader.actor, form.key, asked)
            return Redirect(f"/equalisation/costs/{made.number}?done=cost_recorded", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"not_found": "campaign", "date_invalid": "paid_on", "currency_unknown": "amount"})
    return await _new_cost_page(request, pool, reader, form)


# --- memberships ----------------------------------------------------------------------------------------------------------


@get("/equalisation/members", opt={"permission": READ})
async def list_counts(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every certified number of members, both unions', corrected ones too."""
    return page(
        request, "equalisation/members.html", reader=reader, help="equalisation", counts=await service.list_counts(pool, reader.actor),
        may_certify=reader.can(service.CERTIFY) and reader.union_code is not None, average_rule=translate(reader.language, AVERAGE_RULE),
    )  # fmt: skip


@get("/equalisation/members/new", opt={"permission": service.CERTIFY})
async def new_count(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a number of members of one's own union."""
    return _count_page(request, reader, Form({"as_of": word(request, "as_of") or ""}, reader.language))


def _count_page(request: Request[Any, Any, Any], reader: Reader, form: Form) -> Response[Any]:
    return page(
        request, "equalisation/certify.html", reader=reader, status=form.status, help="equalisation", form=form, source_maximum=SOURCE_MAXIMUM,
    )  # fmt: skip


@post("/equalisation/members/new", opt={"permission": service.CERTIFY}, status_code=303)
async def certify_count(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Certify it; of a day that was certified before, it is a correction."""
    form = Form(await request.form(), reader.language)
    asked = CertifyMembership(
        as_of=form.date("as_of", not_after=pool.today()), members=form.integer("members", 1, MEMBERS_MAXIMUM),
        source=form.text("source", max_length=SOURCE_MAXIMUM),
    )  # fmt: skip
    if form.ok:
        try:
            await service.certify_membership(pool, reader.actor, form.key, asked)
            return Redirect("/equalisation/members?done=membership_certified", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "source", "date_invalid": "as_of"})
    return _count_page(request, reader, form)


DONE = {
    "cost_recorded": N_("Recorded. It is shared once the other union’s treasurer agrees to it."),
    "cost_agreed": N_("Agreed: it is shared in the equalisation of its period."),
    "cost_disputed": N_("Disputed. The other union reads why."),
    "cost_withdrawn": N_("Withdrawn: it is not shared."),
    "membership_certified": N_("Certified in the name of your union."),
}
PAGES = [
    list_costs, new_cost, record_cost, show_cost, agree_to_cost, dispute_cost, withdraw_cost, list_counts, new_count, certify_count,
]  # fmt: skip
