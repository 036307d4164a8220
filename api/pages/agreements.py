"""Show the unions' agreements and their versions, let one union record one and the other decide, and either end one early."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.funds import union_names
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.agreements import (
    BASES,
    FEE_BEARERS,
    FIXES_MAXIMUM,
    KINDS,
    NOTICE_DAYS_MAXIMUM,
    OFFICE_MAXIMUM,
    RATE_RULES,
    REASON_MAXIMUM,
    SETTLEMENT_RULES,
    SHARE_MAXIMUM,
    SIGNER_MAXIMUM,
    TITLE_MAXIMUM,
    Agreement,
    ProposeAgreement,
    Signature,
    Terms,
    notice_ends,
)
from ledger.domain.equalisation import SHARING_KINDS
from ledger.domain.exchange import SOURCES
from ledger.domain.money import digits_of
from ledger.domain.refusals import Refusal
from ledger.services import agreements as service
from ledger.services.agreements import AgreementView
from ledger.services.pool import Pool
from ledger.storage import reference
from reports import formats
from reports.agreement_words import (
    BASIS_NAMES,
    FEE_NAMES,
    KIND_NAMES,
    NEEDED_NAMES,
    RATE_RULE_NAMES,
    REFERENCE_NAMES,
    SETTLEMENT_RULE_NAMES,
    STANDINGS,
    term_facts,
)
from reports.i18n import N_, translate, translate_in
from reports.present import source_name

READ, MANAGE = service.READ, service.MANAGE
_FOLDERS = {"loan": "/loans", "booking": "/bookings", "equalisation": "/equalisation", "step": "/steps"}


def _named(language: str, names: dict[str, str], codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, translate(language, names[code])) for code in codes]


def _chips(language: str) -> dict[str, tuple[str, str]]:
    return {code: (translate_in(language, "agreement", name), kind) for code, (name, kind) in STANDINGS.items()}


# --- reading ------------------------------------------------------------------------------------------------------------


@get("/agreements", opt={"permission": READ})
async def list_agreements(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A page of agreements as they stand today, and what waits for the other union."""
    place, language = place_after(request, str), reader.language
    listed = await service.list_agreements(pool, reader.actor, place[0] if place else None)
    return page(
        request, "agreements/list.html", reader=reader, help="agreements", found=listed.items, chips=_chips(language), kinds=_kinds(language),
        older=cursor(listed.next) if listed.next else None,
    )  # fmt: skip


def _kinds(language: str) -> dict[str, str]:
    return dict(_named(language, KIND_NAMES, KINDS))


@get("/agreements/{number:str}", opt={"permission": READ})
async def show_agreement(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The version that holds today, every other one, its documents, and what refers to it."""
    return await _show_page(request, pool, reader, await service.show_agreement(pool, reader.actor, number), Form({}, reader.language))


@get("/agreements/{number:str}/{version:int}", opt={"permission": READ})
async def show_version(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """One version, with the decision where it waits for this reader."""
    view = await service.show_agreement(pool, reader.actor, number, version)
    return await _show_page(request, pool, reader, view, Form({}, reader.language))


async def _show_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, view: AgreementView, form: Form) -> Response[Any]:
    language, shown = reader.language, view.shown.agreement
    missing = [translate(language, NEEDED_NAMES[name]) for name in shown.terms.missing] if shown.kind in SHARING_KINDS else []
    return page(
        request, "agreements/show.html", reader=reader, status=form.status, help="agreements", view=view, shown=view.shown, agreement=shown, form=form,
        chips=_chips(language), kinds=_kinds(language), facts=term_facts(language, shown.terms), missing=missing, reason_maximum=REASON_MAXIMUM,
        names=await union_names(pool, reader), documents=await documents_for(pool, reader, "agreement", shown.number),
        references=[(each, translate(language, REFERENCE_NAMES[each.kind]), f"{_FOLDERS[each.kind]}/{each.number}") for each in view.references],
    )  # fmt: skip


# --- deciding -----------------------------------------------------------------------------------------------------------

_DECISIONS: dict[str, Callable[..., Awaitable[Agreement]]] = {
    "confirm": service.confirm_agreement, "reject": service.reject_agreement, "withdraw": service.withdraw_agreement,
}  # fmt: skip


@post("/agreements/{number:str}/{version:int}", opt={"permission": MANAGE}, status_code=303)
async def decide_agreement(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """Confirm or reject what the other union recorded, or withdraw what one's own did."""
    form = Form(await request.form(), reader.language)
    decision = form.action if form.action in _DECISIONS else "confirm"
    said = [] if decision == "confirm" else [form.text("reason", max_length=REASON_MAXIMUM)]
    if form.ok:
        try:
            kept = await _DECISIONS[decision](pool, reader.actor, form.key, number, version, *said)
            return Redirect(f"/agreements/{kept.number}?done=agreement_{kept.state}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "reason"})
    return await _show_page(request, pool, reader, await service.show_agreement(pool, reader.actor, number, version), form)


@get("/agreements/{number:str}/end", opt={"permission": MANAGE})
async def ask_to_end(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form to end an agreement early."""
    view = await service.show_agreement(pool, reader.actor, number)
    return _end_page(request, reader, view, Form({"last_day": _earliest(view, pool).isoformat()}, reader.language), pool)


def _earliest(view: AgreementView, pool: Pool) -> date:
    """The first last day that can be named: today, or as far off as the terms fix."""
    days = view.current.terms.notice_days if view.current else None
    return notice_ends(days or 0, pool.today())


def _end_page(request: Request[Any, Any, Any], reader: Reader, view: AgreementView, form: Form, pool: Pool) -> Response[Any]:
    agreement = view.current or view.shown.agreement
    return page(
        request, "agreements/end.html", reader=reader, status=form.status, help="agreements", agreement=agreement, form=form,
        reason_maximum=REASON_MAXIMUM, notice=agreement.terms.notice_days, earliest=_earliest(view, pool),
    )  # fmt: skip


@post("/agreements/{number:str}/end", opt={"permission": MANAGE}, status_code=303)
async def end_agreement(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """End it."""
    form = Form(await request.form(), reader.language)
    last_day, reason = form.date("last_day", not_before=pool.today()), form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            kept = await service.end_agreement(pool, reader.actor, form.key, number, last_day, reason)
            if kept.state == "proposed":
                return Redirect(f"/agreements/{kept.subject}?done=agreement_end_proposed", status_code=303)
            return Redirect(f"/agreements/{kept.number}?done=agreement_ended", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"date_invalid": "last_day", "notice_too_short": "last_day", "text_invalid": "reason"})
    return _end_page(request, reader, await service.show_agreement(pool, reader.actor, number), form, pool)


# --- recording ----------------------------------------------------------------------------------------------------------


@get("/agreements/new", opt={"permission": MANAGE})
async def new_agreement(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for an agreement as signed; with ``of`` the number of one, for its next version."""
    begin = word(request, "of")
    values: dict[str, str] = {"kind": "equalisation"}
    if begin:
        values = _typed((await service.show_agreement(pool, reader.actor, begin)).shown.agreement, reader.language)
    return await _form_page(request, pool, reader, Form(values, reader.language))


def _typed(kept: Agreement, language: str) -> dict[str, str]:
    """A version as somebody would have typed it, for the next one; signatures are given anew."""
    terms, fields = kept.terms, ("share_basis", "currency", "debt_currency", "rate_source", "rate_rule", "settlement_rule", "fee_borne_by")
    values = {"number": kept.number, "kind": kept.kind, "title": kept.title, "fixes": kept.fixes} | {name: getattr(terms, name) or "" for name in fields}
    values |= {f"{union}_share": str(weight) for union, weight in terms.shares.items()}
    if terms.charge_back_percent is not None:
        values["charge_back_percent"] = formats.decimal(language, terms.charge_back_percent, 2)
    if terms.notice_days is not None:
        values["notice_days"] = str(terms.notice_days)
    if terms.tolerance_minor is not None:
        values["tolerance"] = formats.figure(language, terms.tolerance_minor)
    return values


async def _currencies(pool: Pool) -> list[str]:
    async with pool.database.reading() as connection:
        return list(await reference.currencies(connection))


async def _form_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    language = reader.language
    currencies = [(code, code) for code in await _currencies(pool)]
    return page(
        request, "agreements/new.html", reader=reader, status=form.status, help="agreements", form=form, currencies=currencies,
        unions=list((await union_names(pool, reader)).items()), kinds=_named(language, KIND_NAMES, KINDS), bases=_named(language, BASIS_NAMES, BASES),
        rate_rules=_named(language, RATE_RULE_NAMES, RATE_RULES), fees=_named(language, FEE_NAMES, FEE_BEARERS),
        settlement_rules=_named(language, SETTLEMENT_RULE_NAMES, SETTLEMENT_RULES), title_maximum=TITLE_MAXIMUM, fixes_maximum=FIXES_MAXIMUM,
        sources=[(code, source_name(language, name)) for code, name in SOURCES.items()], signer_maximum=SIGNER_MAXIMUM, office_maximum=OFFICE_MAXIMUM,
    )  # fmt: skip


@post("/agreements/new", opt={"permission": MANAGE}, status_code=303)
async def propose_agreement(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record what was signed, for the other union to confirm."""
    form, unions = Form(await request.form(), reader.language), list(await union_names(pool, reader))
    asked = _asked(form, unions, await _currencies(pool), pool.today())
    if form.ok:
        try:
            made = await service.propose_agreement(pool, reader.actor, form.key, asked)
            return Redirect(f"/agreements/{made.number}/{made.version}?done=agreement_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _places(refusal))
    return await _form_page(request, pool, reader, form)


def _places(refusal: Refusal) -> dict[str, str]:
    """A refusal says its field."""
    field = str(refusal.params.get("field", ""))
    return {code: field for code in ("date_invalid", "choice_invalid", "text_invalid") if field not in ("", "signatures", "shares")}


def _asked(form: Form, unions: Sequence[str], currencies: Sequence[str], today: date) -> ProposeAgreement:
    valid_from = form.date("valid_from")
    signatures = tuple(
        Signature(
            union, form.text(f"{union}_signed_by", max_length=SIGNER_MAXIMUM), form.text(f"{union}_office", max_length=OFFICE_MAXIMUM),
            form.date(f"{union}_signed_on", not_after=today),
        )
        for union in unions
    )  # fmt: skip
    return ProposeAgreement(
        kind=form.choice("kind", KINDS) or "general",  # type: ignore[arg-type]
        title=form.text("title", max_length=TITLE_MAXIMUM), fixes=form.text("fixes", max_length=FIXES_MAXIMUM), valid_from=valid_from,
        valid_to=form.optional_date("valid_to", not_before=valid_from), signatures=signatures, terms=_terms(form, unions, currencies),
        number=form.text("number", False, 20),
    )  # fmt: skip


def _terms(form: Form, unions: Sequence[str], currencies: Sequence[str]) -> Terms:
    def chosen(name: str, allowed: Sequence[str]) -> Any:
        return form.choice(name, allowed, required=False) or None

    basis, debt = chosen("share_basis", BASES), chosen("debt_currency", currencies)
    tolerance = form.amount_or_none("tolerance", debt or "", digits_of(debt) if debt else 2) if form.raw("tolerance").strip() else None
    if tolerance is not None and not debt:
        form.fail("debt_currency", translate(form.language, N_("Choose the currency of the debt: the tolerance is in it.")))
    for union in unions if basis != "fixed" else ():
        if form.raw(f"{union}_share").strip():
            form.fail(f"{union}_share", translate(form.language, N_("Leave it out, or choose that costs are shared by fixed shares.")))
    return Terms(
        charge_back_percent=form.percent("charge_back_percent"), share_basis=basis, debt_currency=debt, tolerance_minor=tolerance,
        shares={union: form.integer(f"{union}_share", 0, SHARE_MAXIMUM) for union in unions} if basis == "fixed" else {},
        currency=chosen("currency", currencies), rate_source=chosen("rate_source", tuple(SOURCES)),
        rate_rule=chosen("rate_rule", RATE_RULES), settlement_rule=chosen("settlement_rule", SETTLEMENT_RULES),
        fee_borne_by=chosen("fee_borne_by", FEE_BEARERS),
        notice_days=form.integer("notice_days", 0, NOTICE_DAYS_MAXIMUM) if form.raw("notice_days").strip() else None,
    )  # fmt: skip


DONE = {
    "agreement_proposed": N_("Recorded. It holds once an officer or the treasurer of the other union confirms it; attach what was signed."),
    "agreement_confirmed": N_("Confirmed: it holds on its days."),
    "agreement_rejected": N_("Rejected. What held before holds on."),
    "agreement_withdrawn": N_("Withdrawn. What held before holds on."),
    "agreement_end_proposed": N_("Proposed. It ends on that day once the other union confirms; until then it holds."),
    "agreement_ended": N_("It ends on the day you named. What was done under it stands."),
}
PAGES = [
    list_agreements, new_agreement, propose_agreement, show_agreement, show_version, decide_agreement, ask_to_end, end_agreement,
]  # fmt: skip
