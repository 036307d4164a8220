"""Propose, decide about, pay and take back medical support, hardship grants and hardship loans. Who approves is not told for whom.

Only a union's own benefits officers and treasurers read a member's name here; everybody else reads kinds, amounts and totals.
"""

from datetime import date
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.security import Reader
from ledger.domain import strike_grants as rules
from ledger.domain.accounts import Account
from ledger.domain.refusals import Refusal
from ledger.domain.rosters import REFERENCE_MAXIMUM
from ledger.domain.strike_grants import PAID_TO_MAXIMUM, PURPOSE_MAXIMUM, REASON_MAXIMUM, GrantTotal, ProposeGrant
from ledger.domain.strikes import READ, Strike
from ledger.domain.suppression import SMALL_CELL
from ledger.services import rosters
from ledger.services import strike_grants as service
from ledger.services import strikes as strike_service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.roster_views import READ_ROSTER
from ledger.services.strike_grants import GrantView
from ledger.storage import reference
from ledger.storage.strikes import StrikeFilter
from reports.i18n import N_, translate
from reports.strike_grant_words import KINDS, grant_chip, grant_kind, grant_standing, grant_title

# Where a refusal stands that names no field of its own.
FIELDS = {
    "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date", "date_before_entry": "date",
    "insufficient_balance": "account", "insufficient_available": "account", "other_union": "account", "account_closed": "account",
    "amount_not_positive": "amount", "more_than_left": "amount",
}  # fmt: skip
BY_FIELD = ("choice_invalid", "text_invalid", "date_invalid")
# What a service calls a field that a form calls otherwise.
FORM_NAMES = {"member": "reference", "paid_on": "date", "repaid_on": "date"}
Params = Request[Any, Any, Any]


def _refused(form: Form, refusal: Refusal) -> None:
    field = str(refusal.params.get("field", ""))
    refused(form, refusal, FIELDS | (dict.fromkeys(BY_FIELD, FORM_NAMES.get(field, field)) if field else {}))


def _words(language: str) -> dict[str, Any]:
    return {"kind_name": partial(grant_kind, language), "grant_title": partial(grant_title, language), "grant_chip": partial(grant_chip, language)}


# --- the list -------------------------------------------------------------------------------------------------------------


class Totals(msgspec.Struct, frozen=True):
    """What a union paid by kind, in all of its strikes."""

    union: str
    rows: list[GrantTotal]


@get("/strikes/grants", opt={"permission": READ})
async def list_grants(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """One's own union's grants, of one strike or all; with the members of a strike for who keeps them. Everybody else reads totals."""
    asked = word(request, "strike")
    strike = (await strike_service.show_strike(pool, reader.actor, asked)).strike if asked else None
    listed = await _listed(request, pool, reader, strike)
    members = {}
    if strike and listed and listed.items and reader.can(READ_ROSTER):
        members = await service.members_of(pool, reader.actor, strike.number, [each.number for each in listed.items])
    unions = [strike.union] if strike else [code for code, _ in await _unions(pool)]
    totals = [Totals(union, await service.grant_totals(pool, reader.actor, union)) for union in unions]
    return page(
        request, "strike_grants/list.html", reader=reader, help="grants", strike=strike, listed=listed, members=members, totals=totals, small=SMALL_CELL,
        may_propose=strike is not None and _may_propose(reader, strike), **_words(reader.language),
    )  # fmt: skip


async def _listed(request: Params, pool: Pool, reader: Reader, strike: Strike | None) -> service.Listed | None:
    """A page of grants; None for who reads totals alone."""
    own = strike is None or strike.union == reader.union_code
    if not own or not reader.can(rules.READ_GRANTS):
        return None
    return await service.list_grants(pool, reader.actor, strike.number if strike else None, after=word(request, "after"))


async def _unions(pool: Pool) -> list[tuple[str, str]]:
    async with pool.database.reading() as connection:
        return [(union.code, union.name) for union in await reference.unions(connection)]


def _may_propose(reader: Reader, strike: Strike) -> bool:
    return reader.union_code == strike.union and reader.can(rules.PREPARE) and strike.state in ("on", "run_off", "ended")


# --- proposing ------------------------------------------------------------------------------------------------------------


@get("/strikes/grants/new", opt={"permission": rules.PREPARE})
async def ask_proposal(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form to propose support; from a member's page their reference is filled in."""
    strike, member = word(request, "strike") or "", word(request, "member") or ""
    values = {"strike": strike}
    if strike and member.isascii() and member.isdigit():
        values["reference"] = (await rosters.show_member(pool, reader.actor, strike, min(int(member), 2**31 - 1))).member.facts.reference
    return await _proposal_page(request, pool, reader, Form(values, reader.language), None)


@post("/strikes/grants/new", opt={"permission": rules.PREPARE}, status_code=303)
async def propose(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show for whom it is; with ``action=post``, propose it."""
    form = Form(await request.form(), reader.language)
    options = {number: currency for number, _, currency in await _strikes(pool, reader)}
    strike = form.choice("strike", list(options))
    member = await _member(pool, reader, form, strike)
    asked = ProposeGrant(
        strike=strike, member=member[0] if member else 0, kind=form.choice("kind", list(KINDS)),  # type: ignore[arg-type]
        amount_minor=form.money("amount", options.get(strike, "")), purpose=form.text("purpose", max_length=PURPOSE_MAXIMUM),
        paid_to=form.text("paid_to", required=False, max_length=PAID_TO_MAXIMUM),
    )  # fmt: skip
    if form.ok and form.action == "post":
        try:
            grant = await service.propose_grant(pool, reader.actor, form.key, asked)
            return Redirect(f"/strikes/grants/{grant.number}?done=grant_proposed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _proposal_page(request, pool, reader, form, member, asked.amount_minor, options.get(strike, ""))


async def _member(pool: Pool, reader: Reader, form: Form, strike: str) -> tuple[int, str, str] | None:
    """(number, name, reference) of the member that was typed; nobody is looked up by a name."""
    typed = form.text("reference", max_length=REFERENCE_MAXIMUM)
    if not strike or not typed or form.error("reference"):
        return None
    found = await service.member_of(pool, reader.actor, strike, typed)
    if found is None:
        form.fail("reference", translate(reader.language, N_("Nobody on this strike’s roster has this reference.")))
    return found


async def _strikes(pool: Pool, reader: Reader) -> list[tuple[str, str, str]]:
    """(number, name, currency) of the union's own strikes that members can be supported in."""
    listed = await strike_service.list_strikes(pool, reader.actor, StrikeFilter(union=reader.union_code), limit=200)
    return [(strike.number, f"{strike.number} · {strike.name}", strike.currency) for strike in listed.items if _may_propose(reader, strike)]


async def _proposal_page(
    request: Params, pool: Pool, reader: Reader, form: Form, member: tuple[int, str, str] | None, amount_minor: int = 0, currency: str = ""
) -> Response[Any]:
    strikes = await _strikes(pool, reader)
    if len(strikes) == 1 and not form.value("strike"):
        form.put("strike", strikes[0][0])
    return page(
        request, "strike_grants/new.html", reader=reader, status=form.status, help="grants", form=form, strikes=[each[:2] for each in strikes],
        chosen=form.value("strike"), currency=next((each[2] for each in strikes if each[0] == form.value("strike")), None),
        kinds=[(code, translate(reader.language, name)) for code, name in KINDS.items()], member=member if form.ok and currency else None,
        amount_minor=amount_minor, **_words(reader.language),
    )  # fmt: skip


# --- one grant ------------------------------------------------------------------------------------------------------------


@get("/strikes/grants/{number:str}", opt={"permission": rules.READ_GRANTS})
async def show_grant(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One grant of one's own union: how it stands, who has it, what was done; for whom, where the reader keeps that."""
    view = await service.show_grant(pool, reader.actor, number)
    people = await service.people_of(pool, reader.actor, view.grant)
    unions = dict(await _unions(pool))
    return page(
        request, "strike_grants/show.html", reader=reader, help="grants", view=view, grant=view.grant, file=view.file, people=people,
        may=may(reader, view), standing=grant_standing(reader.language, view.grant, unions[view.grant.union]), **_words(reader.language),
    )  # fmt: skip


def may(reader: Reader, view: GrantView) -> dict[str, bool]:
    """What the reader may do with one grant now; the service holds to the same."""
    grant, me = view.grant, reader.person_id
    decides, pays = reader.can(rules.APPROVE) and grant.state == "proposed", reader.can(rules.PAY) and grant.state == "approved"
    return {
        "approve": decides and me != grant.proposed_by, "pay": pays and me not in (grant.proposed_by, grant.approved_by),
        "repay": reader.can(rules.PAY) and grant.left_minor > 0, "cancel": reader.can(rules.PREPARE) and grant.state in rules.STEPS["cancel"],
        "own": decides and me == grant.proposed_by, "took_part": pays and me in (grant.proposed_by, grant.approved_by),
    }  # fmt: skip


@post("/strikes/grants/{number:str}/approve", opt={"permission": rules.APPROVE}, status_code=303)
async def approve(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Approve it."""
    form = Form(await request.form(), reader.language)
    grant = await service.approve_grant(pool, reader.actor, form.key, number)
    return Redirect(f"/strikes/grants/{grant.number}?done=grant_approved", status_code=303)


@get("/strikes/grants/{number:str}/refuse", opt={"permission": rules.APPROVE})
async def ask_refusal(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Why it is refused."""
    return await _reason_page(request, pool, reader, number, "refuse", Form({}, reader.language))


@post("/strikes/grants/{number:str}/refuse", opt={"permission": rules.APPROVE}, status_code=303)
async def refuse(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Refuse it."""
    return await _with_reason(request, pool, reader, number, "refuse")


@get("/strikes/grants/{number:str}/cancel", opt={"permission": rules.PREPARE})
async def ask_cancellation(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Why it is taken back."""
    return await _reason_page(request, pool, reader, number, "cancel", Form({}, reader.language))


@post("/strikes/grants/{number:str}/cancel", opt={"permission": rules.PREPARE}, status_code=303)
async def cancel(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Take it back."""
    return await _with_reason(request, pool, reader, number, "cancel")


_REASONED = {"refuse": (service.refuse_grant, "grant_refused"), "cancel": (service.cancel_grant, "grant_cancelled")}


async def _with_reason(request: Params, pool: Pool, reader: Reader, number: str, act: str) -> Response[Any]:
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        step, done = _REASONED[act]
        try:
            grant = await step(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/strikes/grants/{grant.number}?done={done}", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return await _reason_page(request, pool, reader, number, act, form)


async def _reason_page(request: Params, pool: Pool, reader: Reader, number: str, act: str, form: Form) -> Response[Any]:
    view = await service.show_grant(pool, reader.actor, number)
    return page(
        request, "strike_grants/reason.html", reader=reader, status=form.status, help="grants", form=form, grant=view.grant, act=act,
        **_words(reader.language),
    )  # fmt: skip


# --- money ----------------------------------------------------------------------------------------------------------------


@get("/strikes/grants/{number:str}/pay", opt={"permission": rules.PAY})
async def ask_payment(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form to pay it."""
    return await _ask_money(request, pool, reader, number, "pay")


@post("/strikes/grants/{number:str}/pay", opt={"permission": rules.PAY}, status_code=303)
async def pay(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, pay."""
    return await _move_money(request, pool, reader, number, "pay")


@get("/strikes/grants/{number:str}/repay", opt={"permission": rules.PAY})
async def ask_repayment(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form for a part of a loan that came back."""
    return await _ask_money(request, pool, reader, number, "repay")


@post("/strikes/grants/{number:str}/repay", opt={"permission": rules.PAY}, status_code=303)
async def repay(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, record it."""
    return await _move_money(request, pool, reader, number, "repay")


async def _ask_money(request: Params, pool: Pool, reader: Reader, number: str, act: str) -> Response[Any]:
    view = await service.show_grant(pool, reader.actor, number)
    if not may(reader, view)[act]:
        return Redirect(f"/strikes/grants/{view.grant.number}", status_code=303)
    banks = await service.banks_of(pool, reader.actor, view.grant)
    form = Form({"date": pool.today().isoformat()}, reader.language)
    if len(banks) == 1:
        form.put("account", str(banks[0].id))
    return _money_page(request, reader, view, act, form, banks, None)


async def _move_money(request: Params, pool: Pool, reader: Reader, number: str, act: str) -> Response[Any]:
    view = await service.show_grant(pool, reader.actor, number)
    banks = await service.banks_of(pool, reader.actor, view.grant)
    form, shown = Form(await request.form(), reader.language), None
    account, day = int(form.choice("account", [str(each.id) for each in banks]) or 0), form.date("date", not_after=pool.today())
    amount_minor = form.money("amount", view.grant.currency) if act == "repay" else None
    if form.ok:
        try:
            if form.action == "post":
                return await _moved(pool, reader, form.key, view.grant.number, account, day, amount_minor)
            shown = await service.preview_grant(pool, reader.actor, number, account, day, amount_minor)
        except Refusal as refusal:
            _refused(form, refusal)
    return _money_page(request, reader, view, act, form, banks, shown)


async def _moved(pool: Pool, reader: Reader, key: str, number: str, account: int, day: date, amount_minor: int | None) -> Response[Any]:
    if amount_minor is None:
        await service.pay_grant(pool, reader.actor, key, number, account, day)
    else:
        await service.repay_grant(pool, reader.actor, key, number, account, day, amount_minor)
    return Redirect(f"/strikes/grants/{number}?done={'grant_paid' if amount_minor is None else 'grant_repaid'}", status_code=303)


def _money_page(
    request: Params, reader: Reader, view: GrantView, act: str, form: Form, banks: list[Account], shown: Preview | None
) -> Response[Any]:
    language = reader.language
    return page(
        request, "strike_grants/money.html", reader=reader, status=form.status, help="grants", form=form, grant=view.grant, file=view.file, act=act,
        banks=[(str(each.id), named(language, each)) for each in banks],
        lines=explained(shown.draft, shown.accounts, shown.funds, language) if shown else [], **_words(language),
    )  # fmt: skip


DONE = {
    "grant_proposed": N_("Proposed. An officer or another treasurer of your union decides."),
    "grant_approved": N_("Approved. A treasurer pays it now."), "grant_refused": N_("Refused with your reason. Nothing is paid."),
    "grant_cancelled": N_("Taken back. Nothing is paid."), "grant_paid": N_("Paid and posted, without anybody’s name."),
    "grant_repaid": N_("Recorded and posted. The loan is less by it."),
}  # fmt: skip
PAGES = [
    list_grants, ask_proposal, propose, show_grant, approve, ask_refusal, refuse, ask_cancellation, cancel, ask_payment, pay, ask_repayment, repay,
]  # fmt: skip
