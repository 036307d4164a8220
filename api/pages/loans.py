"""Propose a loan between the unions and decide about its terms, show where it stands, and propose what happens to it."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.between import FIELDS, words_for
from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.funds import fund_names
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain import loans as rules
from ledger.domain.loans import Instalment, Loan, ProposeLoan, Resolution
from ledger.domain.mirrors import DESCRIPTION_MAXIMUM, REFERENCE_MAXIMUM, SETTLE, StepKind
from ledger.domain.refusals import Refusal
from ledger.services import loans as service
from ledger.services import steps
from ledger.services.loans import READ, RESOLVE, LoanStep, LoanView
from ledger.services.pool import Pool
from reports import formats
from reports.between_words import STEP_KINDS, loan_standing
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
# What may be proposed of a loan, and which of the two unions does so in the ordinary course.
ACTS: dict[str, StepKind] = {
    "draw": "loan_drawdown", "repay": "loan_repayment", "interest": "loan_interest", "forgive": "loan_forgiveness",
}  # fmt: skip
TITLES = {
    "draw": N_("Propose that it was drawn"), "repay": N_("Propose that it was repaid"), "interest": N_("Propose interest"),
    "forgive": N_("Propose to forgive what the board resolved"),
}  # fmt: skip
TERM_FIELDS = {"date_invalid": "starts_on", "choice_invalid": "interest_percent", "amount_not_positive": "limit", "fund_closed": "lender_fund",
               "currency_unknown": "currency", "other_union": "lender", "agreement_not_in_force": "agreement", "not_found": "agreement",
               "more_than_left": "instalments"}  # fmt: skip
PERCENT_DIGITS = 4
DEFAULT_TEXT = N_("%(what)s: %(loan)s")


# --- terms ----------------------------------------------------------------------------------------------------------------


@get("/loans/new", opt={"permission": SETTLE})
async def ask_loan(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a loan's terms."""
    form = Form({"lender": reader.union_code or "", "starts_on": pool.today().isoformat(), "interest_percent": "0"}, reader.language)
    return await _terms_page(request, pool, reader, form)


@post("/loans/new", opt={"permission": SETTLE}, status_code=303)
async def propose_loan(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Propose the terms to the other union."""
    form, choices = Form(await request.form(), reader.language), await steps.choices(pool, reader.actor)
    asked = _terms(form, [each.code for each in choices.unions], [each.code for each in choices.funds], choices.currencies)
    if form.ok:
        try:
            loan = await service.propose_loan(pool, reader.actor, form.key, asked)
            return Redirect(f"/loans/{loan.number}?done=loan_proposed", status_code=303)
        except Refusal as refusal:
            field = str(refusal.params.get("field", ""))
            refused(form, refusal, TERM_FIELDS | ({refusal.code: field} if field in form.values else {}))
    return await _terms_page(request, pool, reader, form)


def _terms(form: Form, unions: list[str], funds: list[str], currencies: list[str]) -> ProposeLoan:
    currency = form.choice("limit_currency", currencies) or currencies[0]
    lender, starts = form.choice("lender", unions), form.date("starts_on")
    matures = form.optional_date("matures_on", not_before=starts)
    return ProposeLoan(
        lender=lender, borrower=form.choice("borrower", unions), currency=currency, limit_minor=form.money("limit", currency),
        starts_on=starts, matures_on=matures, purpose=form.text("purpose", max_length=rules.PURPOSE_MAXIMUM),
        lender_fund=form.choice("lender_fund", funds), borrower_fund=form.choice("borrower_fund", funds),
        interest_percent=form.percent("interest_percent", PERCENT_DIGITS) or Decimal(0),
        agreement=form.text("agreement", required=False, max_length=20), instalments=_instalments(form, currency, starts, matures),
    )  # fmt: skip


def _instalments(form: Form, currency: str, first: date, last: date | None) -> tuple[Instalment, ...]:
    filled = [line for line in form.lines("instalment") if line.raw("due_on").strip() or line.raw("amount").strip()]
    return tuple(Instalment(line.date("due_on", not_before=first, not_after=last), line.money("amount", currency)) for line in filled)


async def _terms_page(request: Params, pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    choices, language = await steps.choices(pool, reader.actor), reader.language
    return page(
        request, "loans/new.html", reader=reader, status=form.status, help="between-unions", form=form, currencies=choices.currencies,
        unions=[(each.code, each.name) for each in choices.unions], funds=[(each.code, f"{each.code} · {named(language, each)}") for each in choices.funds],
        rows=form.rows("instalment", 1),
    )  # fmt: skip


# --- one loan -------------------------------------------------------------------------------------------------------------


@get("/loans/{number:str}", opt={"permission": READ})
async def show_loan(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Where a loan stands on a day, its terms, its steps and who has it now."""
    asked = Form({"on": word(request, "on") or ""}, reader.language)
    view = await service.show_loan(pool, reader.actor, number, asked.optional_date("on"))
    return await _loan_page(request, pool, reader, view, asked)


async def _loan_page(request: Params, pool: Pool, reader: Reader, view: LoanView, form: Form) -> Response[Any]:
    names = await _names(pool)
    return page(
        request, "loans/show.html", reader=reader, status=form.status, help="between-unions", form=form, view=view, loan=view.loan, names=names,
        standing=loan_standing(reader.language, view.loan, names), may=may(reader, view), rows=rules.statement(view.steps), today=pool.today(),
        funds=await fund_names(pool, reader.language),
        **words_for(reader.language),
    )  # fmt: skip


async def _names(pool: Pool) -> dict[str, str]:
    return {union.code: union.name for union in await steps.unions(pool)}


def may(reader: Reader, view: LoanView) -> set[str]:
    """What the reader may do with a loan now; the service holds to the same."""
    loan, own = view.loan, reader.union_code
    if own not in (loan.lender, loan.borrower):
        return set()
    found = set()
    if reader.can(SETTLE):
        if loan.state == "proposed":
            found |= {"withdraw"} if own == loan.proposed_union else {"agree", "decline"}
        elif loan.state == "settled":
            found |= {"anew"} | ({"interest"} if loan.interest_percent else set())
        elif loan.state == "agreed":
            found |= {"draw", "repay"} | ({"interest"} if loan.interest_percent else set())
            found |= {"forgive"} if own == loan.lender and any(_usable(each, reader) for each in view.resolutions) else set()
    if reader.can(RESOLVE) and own == loan.lender and loan.state == "agreed":
        found.add("resolve")
    return found


def _usable(each: Resolution, reader: Reader) -> bool:
    """Something is left of it, and somebody else recorded it."""
    return each.amount_minor > each.used_minor and each.recorded_by != reader.person_id


@post("/loans/{number:str}/agree", opt={"permission": SETTLE}, status_code=303)
async def agree(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Agree to the other union's terms."""
    form = Form(await request.form(), reader.language)
    loan = await service.agree_to_loan(pool, reader.actor, form.key, number)
    return Redirect(f"/loans/{loan.number}?done=loan_agreed", status_code=303)


_Reasoned = Callable[..., Awaitable[Loan]]
_REASONED: dict[str, _Reasoned] = {"decline": service.decline_loan, "withdraw": service.withdraw_loan}


@get("/loans/{number:str}/{act:str}", opt={"permission": SETTLE})
async def ask_act(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """The form for one of the things that can be done: a draw, a repayment, interest, forgiving; or why terms are declined or taken back."""
    view = await service.show_loan(pool, reader.actor, number)
    if act not in may(reader, view) or act in ("agree", "resolve", "anew"):
        return Redirect(f"/loans/{view.loan.number}", status_code=303)
    form = Form({"date": pool.today().isoformat(), **await _suggested(pool, reader, view, act, request)}, reader.language)
    return await _act_page(request, pool, reader, view, act, form)


async def _suggested(pool: Pool, reader: Reader, view: LoanView, act: str, request: Params) -> dict[str, str]:
    """What a form begins with: interest as the terms compute it, what a board resolved, and words."""
    loan, language = view.loan, reader.language
    if act not in ACTS:
        return {}
    found = {"description": translate(language, DEFAULT_TEXT, what=translate(language, STEP_KINDS[ACTS[act]]), loan=loan.number)}
    left = next((each for each in view.resolutions if _usable(each, reader)), None)
    if act == "forgive" and left:
        found |= {"resolution": str(left.ordinal), "amount": formats.figure(language, left.amount_minor - left.used_minor)}
    if act == "interest":
        first, last = _interest_days(view, request, language)
        _, amount = await service.interest_due(pool, reader.actor, loan.number, first, last)
        found |= {"first": first.isoformat(), "last": last.isoformat(), "date": last.isoformat(), "amount": formats.figure(language, amount)}
    return found


def _interest_days(view: LoanView, request: Params, language: str) -> tuple[date, date]:
    """The stretch asked for, or from the first draw to the last day of the month before."""
    asked = Form({name: word(request, name) or "" for name in ("first", "last")}, language)
    first, last = asked.optional_date("first"), asked.optional_date("last")
    first, last = (first, last) if asked.ok else (None, None)
    drawn = [step.entry_date for step in view.steps if step.kind == "loan_drawdown" and step.state == "accepted"]
    first = first or min(drawn, default=view.loan.starts_on)
    last = last or max(date.fromordinal(view.as_of.replace(day=1).toordinal() - 1), first)
    return first, max(last, first)


@post("/loans/{number:str}/{act:str}", opt={"permission": SETTLE}, status_code=303)
async def do_act(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Propose it to the other union; or decline or take back the terms."""
    view, form = await service.show_loan(pool, reader.actor, number), Form(await request.form(), reader.language)
    if act not in ACTS and act not in _REASONED:
        return Redirect(f"/loans/{view.loan.number}", status_code=303)
    reason = form.text("reason", max_length=rules.REASON_MAXIMUM) if act in _REASONED else ""
    asked = await _asked_step(pool, reader, view, act, form) if act in ACTS else None
    if form.ok:
        try:
            if asked is None:
                await _REASONED[act](pool, reader.actor, form.key, number, reason)
                return Redirect(f"/loans/{view.loan.number}?done=loan_{act}", status_code=303)
            step = await service.propose_step(pool, reader.actor, form.key, number, asked)
            return Redirect(f"/steps/{step.number}?done=step_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _act_page(request, pool, reader, view, act, form)


async def _asked_step(pool: Pool, reader: Reader, view: LoanView, act: str, form: Form) -> LoanStep:
    banks = [str(each.id) for each in await _banks(pool, reader, view.loan)]
    account = form.choice("account", banks) if act in ("draw", "repay") else ""
    place = form.choice("resolution", [str(each.ordinal) for each in view.resolutions]) if act == "forgive" else ""
    return LoanStep(
        kind=ACTS[act], amount_minor=form.money("amount", view.loan.currency), entry_date=form.date("date", not_after=pool.today()),
        description=form.text("description", max_length=DESCRIPTION_MAXIMUM),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
        account=int(account) if account else None, resolution=int(place) if place else None,
    )  # fmt: skip


async def _banks(pool: Pool, reader: Reader, loan: Loan) -> list[Any]:
    return [each for each in (await steps.choices(pool, reader.actor)).banks if each.currency == loan.currency]


async def _act_page(request: Params, pool: Pool, reader: Reader, view: LoanView, act: str, form: Form) -> Response[Any]:
    language, banks = reader.language, await _banks(pool, reader, view.loan)
    working = None
    if act == "interest" and not form.error("first") and not form.error("last") and form.value("first") and form.value("last"):
        working, _ = await service.interest_due(pool, reader.actor, view.loan.number, form.date("first"), form.date("last"))
    return page(
        request, "loans/act.html", reader=reader, status=form.status, help="between-unions", form=form, view=view, loan=view.loan, act=act,
        title_=translate(language, TITLES[act]) if act in TITLES else "", banks=[(str(each.id), named(language, each)) for each in banks],
        names=await _names(pool), working=working,
        resolutions=[(str(each.ordinal), f"{each.body}, {each.resolution}") for each in view.resolutions if _usable(each, reader)],
        **words_for(language),
    )  # fmt: skip


# --- what the board resolved ----------------------------------------------------------------------------------------------


@get("/loans/{number:str}/resolution", opt={"permission": RESOLVE})
async def ask_resolution(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form to record that the lender's board resolved to forgive."""
    view = await service.show_loan(pool, reader.actor, number)
    body = next((union.board for union in await steps.unions(pool) if union.code == view.loan.lender), "")
    form = Form({"decided_on": pool.today().isoformat(), "body": body}, reader.language)
    return _resolution_page(request, reader, view, form)


@post("/loans/{number:str}/resolution", opt={"permission": RESOLVE}, status_code=303)
async def resolve(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Record it."""
    view, form = await service.show_loan(pool, reader.actor, number), Form(await request.form(), reader.language)
    body, name = form.text("body", max_length=rules.BODY_MAXIMUM), form.text("resolution", max_length=rules.RESOLUTION_MAXIMUM)
    day, amount = form.date("decided_on", not_after=pool.today()), form.money("amount", view.loan.currency)
    if form.ok:
        try:
            await service.record_loan_resolution(pool, reader.actor, form.key, number, body, name, day, amount)
            return Redirect(f"/loans/{view.loan.number}?done=loan_resolved", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"date_invalid": "decided_on", "future_date": "decided_on", "amount_not_positive": "amount"})
    return _resolution_page(request, reader, view, form)


def _resolution_page(request: Params, reader: Reader, view: LoanView, form: Form) -> Response[Any]:
    return page(
        request, "loans/resolution.html", reader=reader, status=form.status, help="between-unions", form=form, view=view, loan=view.loan,
        **words_for(reader.language),
    )  # fmt: skip


DONE = {
    "loan_proposed": N_("Proposed. It can be drawn once a treasurer of the other union agrees."),
    "loan_agreed": N_("Agreed. Either union can now propose that it was drawn."),
    "loan_decline": N_("Declined, with your reason. Nothing was recorded in the books."),
    "loan_withdraw": N_("Taken back. Nothing was recorded in the books."),
    "loan_resolved": N_("Recorded. A treasurer of the lender can now propose to forgive as much."),
}
PAGES = [ask_loan, propose_loan, ask_resolution, resolve, agree, ask_act, do_act, show_loan]
