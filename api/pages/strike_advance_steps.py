"""Propose an advance to a local by the rules, approve it, put it on hold, give it up, and pay it after a look at what will be posted."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form
from api.pages.rendering import named, page
from api.pages.strike_advance_parts import Params, keep_refusal, lines_of, local_options, may_with, weekly_of, words_of
from api.security import Reader
from ledger.domain import strike_advances as rules
from ledger.domain.refusals import Refusal
from ledger.domain.strike_advances import REASON_MAXIMUM, STRIKERS_MAXIMUM, WEEK_MAXIMUM, Advance
from ledger.domain.strike_benefits import LumpSum
from ledger.services import strike_advance_views
from ledger.services import strike_advances as service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.strike_advance_cases import Case
from ledger.services.strike_advance_views import AdvanceView
from reports import formats
from reports.i18n import N_, translate

# --- proposing --------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/advances/new", opt={"permission": rules.PREPARE})
async def ask_proposal(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form to propose an advance, filled with what was counted last."""
    view = await strike_advance_views.show_advances(pool, reader.actor, number)
    local = str(request.query_params.get("local", ""))
    due = next((each for each in view.due if each.local.number == local), view.due[0] if len(view.due) == 1 else None)
    values = {"local": local or (due.local.number if due else "")}
    if due is not None:
        values |= {"week": str(due.week.number), "strikers": str(due.strikers or "")}
    if given := str(request.query_params.get("week", "")):
        values["week"] = given
    return await _proposal_page(request, reader, view.case, Form(values, reader.language), None)


@post("/strikes/{number:str}/advances/new", opt={"permission": rules.PREPARE}, status_code=303)
async def propose(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show the sum by the rules; with ``action=post``, propose it."""
    case = (await strike_advance_views.show_advances(pool, reader.actor, number)).case
    form = Form(await request.form(), reader.language)
    asked = rules.ProposeAdvance(
        local=form.choice("local", [each.number for each in case.strike.locals]), week=form.integer("week", 1, WEEK_MAXIMUM),
        strikers=form.integer("strikers", 1, STRIKERS_MAXIMUM), remark=form.text("remark", required=False, max_length=REASON_MAXIMUM),
    )  # fmt: skip
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                made = await service.propose_advance(pool, reader.actor, form.key, number, asked)
                return Redirect(f"/strikes/advances/{made.number}?done=advance_proposed", status_code=303)
            shown = await service.preview_proposal(pool, reader.actor, number, asked)
        except Refusal as refusal:
            keep_refusal(form, refusal)
    return await _proposal_page(request, reader, case, form, shown)


async def _proposal_page(request: Params, reader: Reader, case: Case, form: Form, shown: LumpSum | None) -> Response[Any]:
    return page(
        request, "strike_advances/new.html", reader=reader, status=form.status, help="advances", form=form, case=case, strike=case.strike, shown=shown,
        locals=local_options(reader.language, case), weekly=weekly_of(reader.language, case), **words_of(reader.language),
    )  # fmt: skip


# --- deciding ---------------------------------------------------------------------------------------------------------


@post("/strikes/advances/{advance:str}/approve", opt={"permission": rules.APPROVE}, status_code=303)
async def approve(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Approve it."""
    form = Form(await request.form(), reader.language)
    done = await service.approve_advance(pool, reader.actor, form.key, advance)
    return Redirect(f"/strikes/advances/{done.number}?done=advance_approved", status_code=303)


@post("/strikes/advances/{advance:str}/let-go", opt={"permission": rules.APPROVE}, status_code=303)
async def let_go(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Take it off hold."""
    form = Form(await request.form(), reader.language)
    done = await service.let_go(pool, reader.actor, form.key, advance)
    return Redirect(f"/strikes/advances/{done.number}?done=advance_let_go", status_code=303)


_Step = Callable[[Pool, Any, str, str, str], Awaitable[Advance]]


@get("/strikes/advances/{advance:str}/hold", opt={"permission": rules.APPROVE})
async def ask_hold(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Why it is put on hold."""
    return await _reason_page(request, pool, reader, advance, "hold", Form({}, reader.language))


@post("/strikes/advances/{advance:str}/hold", opt={"permission": rules.APPROVE}, status_code=303)
async def hold(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Put it on hold."""
    return await _with_reason(request, pool, reader, advance, "hold", service.hold_advance, "advance_held")


@get("/strikes/advances/{advance:str}/cancel", opt={"permission": rules.PREPARE})
async def ask_cancellation(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Why it is given up."""
    return await _reason_page(request, pool, reader, advance, "cancel", Form({}, reader.language))


@post("/strikes/advances/{advance:str}/cancel", opt={"permission": rules.PREPARE}, status_code=303)
async def cancel(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Give it up."""
    return await _with_reason(request, pool, reader, advance, "cancel", service.cancel_advance, "advance_cancelled")


async def _with_reason(request: Params, pool: Pool, reader: Reader, advance: str, act: str, step: _Step, done: str) -> Response[Any]:
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            changed = await step(pool, reader.actor, form.key, advance, reason)
            return Redirect(f"/strikes/advances/{changed.number}?done={done}", status_code=303)
        except Refusal as refusal:
            keep_refusal(form, refusal)
    return await _reason_page(request, pool, reader, advance, act, form)


async def _reason_page(request: Params, pool: Pool, reader: Reader, advance: str, act: str, form: Form) -> Response[Any]:
    view = await strike_advance_views.show_advance(pool, reader.actor, advance)
    return page(
        request, "strike_advances/reason.html", reader=reader, status=form.status, help="advances", form=form, view=view, advance=view.advance,
        strike=view.case.strike, act=act, **words_of(reader.language),
    )  # fmt: skip


# --- paying -----------------------------------------------------------------------------------------------------------


@get("/strikes/advances/{advance:str}/pay", opt={"permission": rules.PAY})
async def ask_payment(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """The form to pay it."""
    view = await strike_advance_views.show_advance(pool, reader.actor, advance)
    values = {"paid_on": pool.today().isoformat()} | ({"account": str(view.banks[0].id)} if view.banks else {})
    return await _payment_page(request, reader, view, Form(values, reader.language), None)


@post("/strikes/advances/{advance:str}/pay", opt={"permission": rules.PAY}, status_code=303)
async def pay(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, pay."""
    view = await strike_advance_views.show_advance(pool, reader.actor, advance)
    form = Form(await request.form(), reader.language)
    asked = rules.PayAdvance(
        account=int(form.choice("account", [str(each.id) for each in view.banks]) or 0), paid_on=form.date("paid_on", not_after=pool.today())
    )
    shown = None
    if form.ok:
        try:
            if form.action == "post":
                await service.pay_advance(pool, reader.actor, form.key, advance, asked)
                return Redirect(f"/strikes/advances/{view.advance.number}?done=advance_paid", status_code=303)
            shown = await service.preview_payment(pool, reader.actor, advance, asked)
        except Refusal as refusal:
            keep_refusal(form, refusal, "paid_on")
    return await _payment_page(request, reader, view, form, shown)


async def _payment_page(request: Params, reader: Reader, view: AdvanceView, form: Form, shown: Preview | None) -> Response[Any]:
    language = reader.language
    banks = [
        (str(each.id), translate(
            language, "%(account)s: %(amount)s of this fund", account=named(language, each),
            amount=formats.money(language, view.held.get(each.id, 0), each.currency),
        ))
        for each in view.banks
    ]  # fmt: skip
    return page(
        request, "strike_advances/pay.html", reader=reader, status=form.status, help="advances", form=form, view=view, advance=view.advance,
        strike=view.case.strike, banks=banks, lines=lines_of(language, shown), may=may_with(reader, view),
        left_minor=shown.balances_after[1] if shown else 0, **words_of(language),
    )  # fmt: skip


DONE = {
    "advance_proposed": N_("Proposed. Those who can approve it are told."),
    "advance_approved": N_("Approved. The treasury is told that it can be paid."),
    "advance_held": N_("On hold. Everybody sees why."),
    "advance_let_go": N_("Off hold: it goes on where it was."),
    "advance_cancelled": N_("Cancelled. The week can have another advance."),
    "advance_paid": N_("Paid and posted. The local reports on it next."),
}
PAGES = [ask_proposal, propose, approve, let_go, ask_hold, hold, ask_cancellation, cancel, ask_payment, pay]
