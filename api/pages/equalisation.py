"""Show who owes whom for each quarter's joint costs, an equalisation's working line by line; propose one, and propose to settle it."""

from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.refusal_messages import mend, message
from api.schemas import cursor
from api.security import Reader
from ledger.domain.accounts import Account
from ledger.domain.equalisation import DESCRIPTION_MAXIMUM, Working
from ledger.domain.joint_costs import REFERENCE_MAXIMUM
from ledger.domain.mirrors import SETTLE
from ledger.domain.refusals import Refusal
from ledger.services import equalisation as service
from ledger.services import equalisation_settlement as settlement
from ledger.services.equalisation import EqualisationView, ProposeEqualisation, Quarter
from ledger.services.equalisation_settlement import SettleEqualisation
from ledger.services.pool import Pool
from ledger.storage import reference
from reports import formats
from reports.agreement_words import BASIS_NAMES, RATE_RULE_NAMES
from reports.equalisation_words import AVERAGE_RULE, SHARES_RULE, STATES, rate_used
from reports.i18n import N_, translate

READ = service.READ
# Where what is missing is put right, by the refusal's code.
_MEND_AT = {
    "membership_missing": ("/equalisation/members", N_("Numbers of members")), "rates_incomplete": ("/rates", N_("Exchange rates")),
    "average_too_early": ("/rates", N_("Exchange rates")),
    "nothing_to_equalise": ("/equalisation/costs", N_("Joint costs")),
}  # fmt: skip


def quarter_name(language: str, day: date) -> str:
    """``Q2 2026``, ``T2 2026``: the quarter of a day."""
    return translate(language, "Q%(quarter)s %(year)s", quarter=(day.month + 2) // 3, year=day.year)


def _chips(language: str) -> dict[str, tuple[str, str]]:
    return {code: (translate(language, name), kind) for code, (name, kind) in STATES.items()}


# --- the list -----------------------------------------------------------------------------------------------------------


@get("/equalisation", opt={"permission": READ})
async def list_equalisations(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The last quarters: who owes whom, or what is missing and where to put it right; then every equalisation."""
    language, place = reader.language, place_after(request, str)
    quarters = await service.quarters(pool, reader.actor)
    listed = await service.list_equalisations(pool, reader.actor, place[0] if place else None)
    return page(
        request, "equalisation/list.html", reader=reader, help="equalisation", chips=_chips(language), listed=listed,
        quarters=[(each, quarter_name(language, each.ends_on), _missing(language, each)) for each in quarters],
        older=cursor(listed.next) if listed.next else None, may_propose=reader.can(SETTLE),
    )  # fmt: skip


def _missing(language: str, quarter: Quarter) -> dict[str, str] | None:
    """Why a quarter cannot be computed, what would let it, and where."""
    refusal = quarter.refusal
    if refusal is None:
        return None
    address, label = _MEND_AT.get(refusal.code, (f"/agreements/{quarter.agreement.number}", N_("Agreement")))
    return {"why": message(language, refusal), "mend": mend(language, refusal) or "", "address": address, "label": translate(language, label)}


# --- one ----------------------------------------------------------------------------------------------------------------


@get("/equalisation/{number:str}", opt={"permission": READ})
async def show_equalisation(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The working, line by line, and what became of it."""
    view = await service.show_equalisation(pool, reader.actor, number)
    kept, language = view.equalisation, reader.language
    return page(
        request, "equalisation/show.html", reader=reader, help="equalisation", view=view, kept=kept, chip=_chips(language)[kept.state],
        may_settle=reader.can(SETTLE) and view.left_minor > 0 and reader.union_code in (kept.creditor, kept.debtor),
        statement=f"/reports/equalisation?from={kept.starts_on}&to={kept.ends_on}", **_words(language, kept.working),
    )  # fmt: skip


def _words(language: str, working: Working) -> dict[str, Any]:
    """A working with its rates and rules in words."""
    return {
        "working": working, "period": quarter_name(language, working.ends_on), "basis": translate(language, BASIS_NAMES[working.share_basis]),
        "rule": translate(language, RATE_RULE_NAMES[working.rate_rule]), "average_rule": translate(language, AVERAGE_RULE),
        "shares_rule": translate(language, SHARES_RULE), "costs": [(each, rate_used(language, each.rate)) for each in working.costs],
        "balance_rate": rate_used(language, working.balance_rate),
        "averages": {each.union: formats.decimal(language, each.average, 2 if each.average % 1 else 0) for each in working.memberships},
    }  # fmt: skip


# --- proposing ----------------------------------------------------------------------------------------------------------


@get("/equalisation/new", opt={"permission": SETTLE})
async def new_equalisation(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a period under an agreement; what it comes to is shown before it is proposed."""
    (starts_on, ends_on), *_ = service.last_quarters(pool.today(), 1)
    values = {"agreement": word(request, "agreement") or "", "starts_on": word(request, "from") or starts_on.isoformat()}
    values |= {"ends_on": word(request, "to") or ends_on.isoformat(), "fund": "GEN", "description": ""}
    return await _form_page(request, pool, reader, Form(values, reader.language), None)


async def _form_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, working: Working | None) -> Response[Any]:
    found = await service.sharing_agreements(pool, reader.actor)
    return page(
        request, "equalisation/new.html", reader=reader, status=form.status, help="equalisation", form=form, preview=working is not None,
        agreements=[(each.number, f"{each.number} – {each.title}") for each in found], funds=await _funds(pool, reader.language),
        description_maximum=DESCRIPTION_MAXIMUM, **(_words(reader.language, working) if working else {}),
    )  # fmt: skip


async def _funds(pool: Pool, language: str) -> list[tuple[str, str]]:
    async with pool.database.reading() as connection:
        found = await reference.funds(connection)
    return [(fund.code, f"{fund.code} – {named(language, fund)}") for fund in found if fund.confirmed and fund.closed_on is None]


@post("/equalisation/new", opt={"permission": SETTLE}, status_code=303)
async def propose_equalisation(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what the period comes to; with ``action=post``, propose it to the other union."""
    form, working = Form(await request.form(), reader.language), None
    starts_on = form.date("starts_on")
    asked = ProposeEqualisation(
        agreement=form.text("agreement", max_length=20), starts_on=starts_on, ends_on=form.date("ends_on", not_before=starts_on),
        fund=form.choice("fund", [code for code, _ in await _funds(pool, reader.language)]),
        description=form.text("description", max_length=DESCRIPTION_MAXIMUM), entry_date=form.optional_date("entry_date"),
    )  # fmt: skip
    if form.ok:
        try:
            if form.action == "post":
                made = await service.propose_equalisation(pool, reader.actor, form.key, asked)
                return Redirect(f"/equalisation/{made.number}?done=equalisation_{made.state}", status_code=303)
            _, working = await service.preview_equalisation(pool, reader.actor, asked.agreement, asked.starts_on, asked.ends_on)
        except Refusal as refusal:
            field = str(refusal.params.get("field", ""))
            refused(form, refusal, {"date_invalid": field, "future_date": "ends_on", "agreement_not_in_force": "agreement", "not_found": "agreement"})
    return await _form_page(request, pool, reader, form, working)


# --- settling -----------------------------------------------------------------------------------------------------------


@get("/equalisation/{number:str}/settle", opt={"permission": SETTLE})
async def ask_to_settle(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form to settle what is left; the amount follows from the agreement's rate of the day."""
    view = await service.show_equalisation(pool, reader.actor, number)
    values = {"paid_on": pool.today().isoformat(), "fund": "GEN"}
    return await _settle_page(request, pool, reader, view, Form(values, reader.language), None)


async def _banks(pool: Pool, reader: Reader) -> dict[str, Account]:
    """The reader's own union's bank accounts, by id."""
    async with pool.database.reading() as connection:
        found = await reference.accounts(connection, reader.union_code, "own_bank") if reader.union_code else []
    return {str(each.id): each for each in found if each.closed_on is None}


async def _settle_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, view: EqualisationView, form: Form, shown: Any
) -> Response[Any]:
    language, banks = reader.language, await _banks(pool, reader)
    return page(
        request, "equalisation/settle.html", reader=reader, status=form.status, help="equalisation", view=view, kept=view.equalisation, form=form,
        accounts=[(code, f"{named(language, each)}, {each.currency}") for code, each in banks.items()], funds=await _funds(pool, language),
        shown=shown, offer=shown[1] if shown else None, description_maximum=DESCRIPTION_MAXIMUM, reference_maximum=REFERENCE_MAXIMUM,
    )  # fmt: skip


@post("/equalisation/{number:str}/settle", opt={"permission": SETTLE}, status_code=303)
async def settle_equalisation(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Show the amount and its rate; with ``action=post``, propose to record the settlement in both books."""
    form, shown = Form(await request.form(), reader.language), None
    banks, funds = await _banks(pool, reader), await _funds(pool, reader.language)
    account = form.choice("account", list(banks))
    asked = SettleEqualisation(
        currency=banks[account].currency if account else "", entry_date=form.date("paid_on", not_after=pool.today()), account=int(account or 0),
        fund=form.choice("fund", [code for code, _ in funds]), description=form.text("description", max_length=DESCRIPTION_MAXIMUM),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
    )  # fmt: skip
    if form.ok:
        try:
            if form.action == "post":
                step = await settlement.settle_equalisation(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/steps/{step.number}?done=step_proposed", status_code=303)
            shown = await settlement.settlement_of(pool, reader.actor, number, asked)
        except Refusal as refusal:
            refused(form, refusal, {"date_invalid": "paid_on", "rates_incomplete": "paid_on", "average_too_early": "paid_on", "choice_invalid": "account"})
    return await _settle_page(request, pool, reader, await service.show_equalisation(pool, reader.actor, number), form, shown)


DONE = {
    "equalisation_proposed": N_("Proposed. It stands in both books once the other union’s treasurer accepts its step."),
    "equalisation_agreed": N_("Recorded. Each union paid its share, so that nothing is owed and nothing is posted."),
}
PAGES = [list_equalisations, new_equalisation, propose_equalisation, show_equalisation, ask_to_settle, settle_equalisation]
