"""Show payees, propose their bank details after a call back, and let the other union's treasurer confirm or reject them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.nations import country_name, country_options
from api.pages.contributions import place_after
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.payees import (
    BANK_MAXIMUM,
    COUNTRIES,
    EVIDENCE_MAXIMUM,
    HOLDER_MAXIMUM,
    NAME_MAXIMUM,
    REMARK_MAXIMUM,
    AddPayee,
    ChangePayee,
    Payee,
    PayeeAccount,
    ProposeAccount,
    bank_country,
    fields_of,
)
from ledger.domain.refusals import NotFound, Refusal
from ledger.services import payees as service
from ledger.services.accounts import reference_data
from ledger.services.contributions import REASON_MAXIMUM
from ledger.services.payees import PayeeView
from ledger.services.pool import Pool
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.payee_list import ACCOUNT_STATES, shape_payees

FILE_ROWS_MAXIMUM = 5_000
STATE_KINDS = {"proposed": "wait", "confirmed": "good", "rejected": "bad", "retired": ""}
STEPS = {
    "propose_payee_account": N_("Bank details proposed"), "confirm_payee_account": N_("Bank details confirmed"),
    "reject_payee_account": N_("Bank details rejected"), "retire_payee_account": N_("Bank details no longer used"),
}  # fmt: skip
# Each field of bank details by country ("" elsewhere): what it is called, and how it looks.
FIELD_NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "CA": {
        "institution": (N_("Institution number"), N_("3 digits")), "transit": (N_("Transit number"), N_("5 digits")),
        "account": (N_("Account number"), N_("5 to 17 digits")),
    },
    "US": {"routing": (N_("Routing number (ABA)"), N_("9 digits")), "account": (N_("Account number"), N_("4 to 17 digits"))},
    "": {
        "iban": ("IBAN", N_("Where the country has them; spaces do not matter.")),
        "account": (N_("Account number"), N_("Only where there is no IBAN.")),
        "bic": ("BIC (SWIFT)", N_("8 or 11 letters and digits; needed where there is no IBAN.")),
    },
}  # fmt: skip


# --- the list ---------------------------------------------------------------------------------------------------------


@get("/payees", opt={"permission": "read_payees"})
async def list_payees(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Payees by name, with what this reader may know of their bank details; as a file with ``?format=csv``."""
    words = str(request.query_params.get("q", ""))[:NAME_MAXIMUM]
    if format_name := asked_format(str(request.query_params.get("format", ""))):
        return await _file(pool, reader, words, format_name)
    place = place_after(request, str)
    listed = await service.list_payees(pool, reader.actor, words, after=place[0] if place else "")
    return page(
        request, "payees/list.html", reader=reader, help="payees", fragment="results", listed=listed, searched=bool(words.strip()),
        further=listed.next and cursor(listed.next), countries=dict(country_options(reader.language)),
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, words: str, format_name: str) -> Response[bytes]:
    listed = await service.list_payees(pool, reader.actor, words, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_payees(facts, listed), format_name)


# --- one payee --------------------------------------------------------------------------------------------------------


@get("/payees/{number:str}", opt={"permission": "read_payees"})
async def show_payee(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One payee, and as much of its bank details as this reader may see."""
    view, language = await service.show_payee(pool, reader.actor, number), reader.language
    accounts = view.accounts or []
    return page(
        request, "payees/show.html", reader=reader, help="payees", view=view, payee=view.payee,
        country=country_name(language, view.payee.country), steps=STEPS, states=_states(language), numbers=_numbers(language, accounts),
        places=_places(language, view.payee, accounts),
        standing=[each for each in accounts if each.state in ("proposed", "confirmed")],
        former=[each for each in accounts if each.state not in ("proposed", "confirmed")],
        may_change=reader.can(service.ADD) and (reader.can(service.PROPOSE) or not view.known),
        may_propose=reader.can(service.PROPOSE), may_decide=reader.can(service.CONFIRM),
    )  # fmt: skip


def _states(language: str) -> dict[str, tuple[str, str]]:
    return {code: (translate(language, name), STATE_KINDS[code]) for code, name in ACCOUNT_STATES.items()}


def _numbers(language: str, accounts: list[PayeeAccount]) -> dict[UUID, list[tuple[str, str]]]:
    """The numbers of each details with what they are called, in their order."""
    return {each.id: _named(language, each.details) for each in accounts}


def _places(language: str, payee: Payee, accounts: list[PayeeAccount]) -> dict[UUID, tuple[str, bool]]:
    """In which country the bank of each details is, and whether that is the payee's."""
    found = {each.id: bank_country(each.details) for each in accounts}
    return {place: (country_name(language, country), country == payee.country) for place, country in found.items()}


def _named(language: str, details: Mapping[str, str]) -> list[tuple[str, str]]:
    names = FIELD_NAMES.get(bank_country(details), FIELD_NAMES[""])
    return [(translate(language, name), details[field]) for field, (name, _) in names.items() if field in details]


# --- adding and changing one ------------------------------------------------------------------------------------------

_FIELDS = {"payee_exists": "name", "choice_invalid": "country", "currency_unknown": "currency", "payee_account_state": ""}


def _refused(form: Form, refusal: Refusal) -> None:
    """Beside the field it names, where it names one."""
    refused(form, refusal, _FIELDS | {"text_invalid": str(refusal.params.get("field", ""))})


@get("/payees/new", opt={"permission": "add_payee"})
async def new_payee(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; ``?name=`` begins with a name that was looked for."""
    unions = (await reference_data(pool, reader.actor)).unions if reader.can("read_books") else []
    nation = next((union.nation for union in unions if union.code == reader.union_code), "")
    values = {"name": str(request.query_params.get("name", ""))[:NAME_MAXIMUM], "country": nation}
    return _form_page(request, reader, Form(values, reader.language))


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, view: PayeeView | None = None) -> Response[Any]:
    return page(
        request, "payees/form.html", reader=reader, status=form.status, help="payees", form=form, payee=view.payee if view else None,
        countries=country_options(reader.language), name_maximum=NAME_MAXIMUM, remark_maximum=REMARK_MAXIMUM,
    )  # fmt: skip


def _typed(form: Form) -> dict[str, str]:
    return {
        "name": form.text("name", max_length=NAME_MAXIMUM), "country": form.choice("country", COUNTRIES),
        "remark": form.text("remark", required=False, max_length=REMARK_MAXIMUM),
    }  # fmt: skip


@post("/payees/new", opt={"permission": "add_payee"}, status_code=303)
async def add_payee(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Add it."""
    form = Form(await request.form(), reader.language)
    asked = AddPayee(**_typed(form))
    if form.ok:
        try:
            made = await service.add_payee(pool, reader.actor, form.key, asked)
            return Redirect(f"/payees/{made.number}?done=payee_added", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _form_page(request, reader, form)


@get("/payees/{number:str}/change", opt={"permission": "add_payee"})
async def edit_payee(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """A form with the payee as it is."""
    view = await service.show_payee(pool, reader.actor, number)
    values = {name: getattr(view.payee, name) for name in ("name", "country", "remark")}
    return _form_page(request, reader, Form(values, reader.language), view)


@post("/payees/{number:str}/change", opt={"permission": "add_payee"}, status_code=303)
async def change_payee(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change name, country or remark."""
    form = Form(await request.form(), reader.language)
    asked = ChangePayee(payee=number, **_typed(form))
    if form.ok:
        try:
            made = await service.change_payee(pool, reader.actor, form.key, asked)
            return Redirect(f"/payees/{made.number}?done=payee_changed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _form_page(request, reader, form, await service.show_payee(pool, reader.actor, number))


# --- bank details -----------------------------------------------------------------------------------------------------


@get("/payees/{number:str}/details/new", opt={"permission": "propose_payee_account"})
async def new_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """An empty form with the fields of the bank's country: the payee's, until another is chosen."""
    view, asked = await service.show_payee(pool, reader.actor, number), request.query_params.get("country", "")
    country = asked if asked in COUNTRIES else view.payee.country
    return await _account_form(request, pool, reader, view, Form({"holder": view.payee.name, "country": country, "fields_of": country}, reader.language))


async def _account_form(request: Request[Any, Any, Any], pool: Pool, reader: Reader, view: PayeeView, form: Form) -> Response[Any]:
    language, country = reader.language, form.value("country")
    names = FIELD_NAMES.get(country, FIELD_NAMES[""])
    fields = [(name, translate(language, label), translate(language, hint), country in FIELD_NAMES) for name, (label, hint) in names.items()]
    return page(
        request, "payees/propose.html", reader=reader, status=form.status, help="payees", form=form, payee=view.payee, fields=fields,
        country=country, countries=country_options(language), currencies=[(code, code) for code in await _currencies(pool, reader)],
        holder_maximum=HOLDER_MAXIMUM, bank_maximum=BANK_MAXIMUM, evidence_maximum=EVIDENCE_MAXIMUM,
    )  # fmt: skip


async def _currencies(pool: Pool, reader: Reader) -> list[str]:
    return [row["code"] for row in (await reference_data(pool, reader.actor)).currencies]


@post("/payees/{number:str}/details/new", opt={"permission": "propose_payee_account"}, status_code=303)
async def propose_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Propose them; the other union's treasurer finds them on their first page."""
    form, view = Form(await request.form(), reader.language), await service.show_payee(pool, reader.actor, number)
    country = form.value("country") if form.value("country") in COUNTRIES else view.payee.country
    if form.value("fields_of") not in ("", country):
        form.fail("country", translate(reader.language, N_("These are the fields of this country now. Fill them in, and propose again.")))
    form.put("country", country)
    form.put("fields_of", country)
    asked = ProposeAccount(
        payee=view.payee.number, country=country, currency=form.choice("currency", await _currencies(pool, reader)),
        holder=form.text("holder", max_length=HOLDER_MAXIMUM), bank=form.text("bank", max_length=BANK_MAXIMUM),
        details={name: form.raw(name) for name in fields_of(country)}, call_back=form.text("call_back", max_length=EVIDENCE_MAXIMUM),
    )  # fmt: skip
    if form.ok:
        try:
            made = await service.propose_account(pool, reader.actor, form.key, asked)
            return Redirect(f"/payees/{made.payee}?done=payee_account_proposed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _account_form(request, pool, reader, view, form)


@get("/payees/{number:str}/details/{account_id:uuid}/decide", opt={"permission": "confirm_payee_account"})
async def ask_to_decide(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str],
    account_id: FromPath[UUID],
) -> Response[Any]:  # fmt: skip
    """What is to be agreed to, with what it takes the place of, on one screen."""
    return await _decision(request, pool, reader, number, account_id, "decide", Form({}, reader.language))


@post("/payees/{number:str}/details/{account_id:uuid}/decide", opt={"permission": "confirm_payee_account"}, status_code=303)
async def decide_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str],
    account_id: FromPath[UUID],
) -> Response[Any]:  # fmt: skip
    """Confirm them, or reject them with a reason; anything else shows the page again."""
    form = Form(await request.form(), reader.language)
    try:
        if form.action == "confirm":
            made = await service.confirm_account(pool, reader.actor, form.key, number, account_id)
            return Redirect(f"/payees/{made.payee}?done=payee_account_confirmed", status_code=303)
        if form.action == "reject" and (reason := form.text("reason", max_length=REASON_MAXIMUM)) and form.ok:
            made = await service.reject_account(pool, reader.actor, form.key, number, account_id, reason)
            return Redirect(f"/payees/{made.payee}?done=payee_account_rejected", status_code=303)
    except Refusal as refusal:
        _refused(form, refusal)
    return await _decision(request, pool, reader, number, account_id, "decide", form)


@get("/payees/{number:str}/details/{account_id:uuid}/retire", opt={"permission": "propose_payee_account"})
async def ask_to_retire(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str],
    account_id: FromPath[UUID],
) -> Response[Any]:  # fmt: skip
    """What will no longer be paid to."""
    return await _decision(request, pool, reader, number, account_id, "retire", Form({}, reader.language))


@post("/payees/{number:str}/details/{account_id:uuid}/retire", opt={"permission": "propose_payee_account"}, status_code=303)
async def retire_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str],
    account_id: FromPath[UUID],
) -> Response[Any]:  # fmt: skip
    """Stop payments to them, or withdraw the proposal."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            made = await service.retire_account(pool, reader.actor, form.key, number, account_id, reason)
            return Redirect(f"/payees/{made.payee}?done=payee_account_retired", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _decision(request, pool, reader, number, account_id, "retire", form)


async def _decision(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, account_id: UUID, what: str, form: Form
) -> Response[Any]:
    view = await service.show_payee(pool, reader.actor, number)
    accounts = view.accounts or []
    account = next((each for each in accounts if each.id == account_id), None)
    if account is None:
        raise NotFound(kind="payee_account", id=str(account_id))
    replaced = [each for each in accounts if (each.state, each.currency) == ("confirmed", account.currency) and each.id != account.id]
    return page(
        request, f"payees/{what}.html", reader=reader, status=form.status, help="payees", form=form, payee=view.payee, account=account,
        replaced=replaced, numbers=_numbers(reader.language, accounts), places=_places(reader.language, view.payee, accounts),
        states=_states(reader.language), reason_maximum=REASON_MAXIMUM,
    )  # fmt: skip


DONE = {
    "payee_added": N_("Added."),
    "payee_changed": N_("Changed."),
    "payee_account_proposed": N_("Proposed. The other union’s treasurer finds them on their first page; nothing is paid to them before that."),
    "payee_account_confirmed": N_("Confirmed. Payments in this currency go there from now on."),
    "payee_account_rejected": N_("Rejected. Nothing will be paid to them."),
    "payee_account_retired": N_("Nothing will be paid to these bank details any more."),
}
PAGES = [
    list_payees, new_payee, add_payee, show_payee, edit_payee, change_payee, new_account, propose_account, ask_to_decide, decide_account,
    ask_to_retire, retire_account,
]  # fmt: skip
