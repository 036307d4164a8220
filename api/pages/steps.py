"""Show a step between two unions with what it writes in each book, and let the other union's treasurer accept or decline it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.between import FIELDS, words_for
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.security import Reader
from ledger.domain.mirrors import REASON_MAXIMUM, SETTLE, Step
from ledger.domain.refusals import Refusal
from ledger.services import charge_backs
from ledger.services import steps as service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.steps import READ, StepView
from reports.between_words import step_standing
from reports.i18n import N_

Params = Request[Any, Any, Any]


@get("/steps/{number:str}", opt={"permission": READ})
async def show_step(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """A step: what it is, who has it, and the entries that stand for it; for who decides, the form to accept it."""
    view = await service.show_step(pool, reader.actor, number)
    form = Form({"fund": view.usual_fund}, reader.language)
    return await _step_page(request, pool, reader, view, form, None)


@post("/steps/{number:str}", opt={"permission": SETTLE}, status_code=303)
async def accept(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Show what one's own book will hold; with ``action=post``, accept."""
    view, form, shown = await service.show_step(pool, reader.actor, number), Form(await request.form(), reader.language), None
    banks, funds = await _choices(pool, reader, view)
    if not view.may_decide:
        return await _sent_again(request, pool, reader, view, form)
    account = form.choice("account", [key for key, _ in banks]) if view.step.moves_money else ""
    fund = form.choice("fund", [key for key, _ in funds]) if funds else ""
    if form.ok:
        bank = int(account) if account else None
        try:
            if form.action == "post":
                await service.accept_step(pool, reader.actor, form.key, number, fund, bank)
                return Redirect(f"/steps/{view.step.number}?done=step_accepted", status_code=303)
            shown = await service.preview_step(pool, reader.actor, number, fund, bank)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _step_page(request, pool, reader, view, form, shown)


async def _sent_again(request: Params, pool: Pool, reader: Reader, view: StepView, form: Form) -> Response[Any]:
    """What was accepted before is answered as it was; anything else is refused for what the step is by now."""
    account = form.raw("account")
    try:
        bank = int(account) if account.isascii() and account.isdigit() and len(account) < 16 else None
        await service.accept_step(pool, reader.actor, form.key, view.step.number, form.raw("fund"), bank)
        return Redirect(f"/steps/{view.step.number}?done=step_accepted", status_code=303)
    except Refusal as refusal:
        refused(form, refusal)
    return await _step_page(request, pool, reader, view, form, None)


async def _choices(pool: Pool, reader: Reader, view: StepView) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The bank accounts and, where the fund is not the record's, the funds that the deciding union chooses from."""
    if not view.may_decide:
        return [], []
    choices, step = await service.choices(pool, reader.actor), view.step
    currency = step.paid.currency if step.paid else step.currency
    banks = [(str(each.id), named(reader.language, each)) for each in choices.banks if each.currency == currency] if step.moves_money else []
    return banks, [(each.code, f"{each.code} · {named(reader.language, each)}") for each in choices.funds] if step.chooses_fund else []


async def _step_page(request: Params, pool: Pool, reader: Reader, view: StepView, form: Form, shown: Preview | None) -> Response[Any]:
    names, language = {union.code: union.name for union in await service.unions(pool)}, reader.language
    banks, funds = await _choices(pool, reader, view)
    return page(
        request, "steps/show.html", reader=reader, status=form.status, help="between-unions", form=form, view=view, step=view.step, names=names,
        standing=step_standing(language, view.step, names), banks=banks, funds=funds, record=_record(view.step),
        charged=(await charge_backs.show_charge_back(pool, reader.actor, view.step.number)).lines if view.step.kind == "charge_back" else [],
        lines=explained(shown.draft, shown.accounts, shown.funds, language) if shown else [],
        may_settle=_may_settle(reader, view), settle_at=_settle_at(view), may_undo="undo" in _may(reader, view), **words_for(language),
    )  # fmt: skip


def _record(step: Step) -> str:
    """Where the record is that a step belongs to or settles; nothing for one of its own."""
    place = {"L": "/loans/", "EQ": "/equalisation/", "M": "/steps/"}.get(step.subject.partition("-")[0], "")
    return place + step.subject if place and step.subject != step.number else ""


def _may_settle(reader: Reader, view: StepView) -> bool:
    own = reader.union_code in (view.step.creditor, view.step.debtor)
    return own and reader.can(SETTLE) and view.debt is not None and view.debt.left_minor > 0


def _settle_at(view: StepView) -> str:
    """Where what a step left owing is settled: an equalisation at its agreement's rate of the day."""
    if view.debt is None:
        return ""
    equalised = view.debt.kind == "equalisation"
    return f"/equalisation/{view.debt.record}/settle" if equalised else f"/between-unions/settle?settles={view.debt.record}"


def _may(reader: Reader, view: StepView) -> set[str]:
    """What the reader may do now with a reason."""
    step = view.step
    undo = reader.can(SETTLE) and step.state == "accepted" and step.reverses is None and reader.union_code in (step.creditor, step.debtor)
    return {act for act, may in (("decline", view.may_decide), ("withdraw", view.may_withdraw), ("undo", undo)) if may}


# --- with a reason --------------------------------------------------------------------------------------------------------


@get("/steps/{number:str}/{act:str}", opt={"permission": SETTLE})
async def ask_reason(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Why it is declined, taken back or to be undone."""
    view = await service.show_step(pool, reader.actor, number)
    if act not in _may(reader, view):
        return Redirect(f"/steps/{view.step.number}", status_code=303)
    return _reason_page(request, reader, view, act, Form({"date": view.step.entry_date.isoformat()}, reader.language))


@post("/steps/{number:str}/{act:str}", opt={"permission": SETTLE}, status_code=303)
async def with_reason(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Decline it, take it back, or propose to undo it."""
    view, form = await service.show_step(pool, reader.actor, number), Form(await request.form(), reader.language)
    if act not in ACTS:
        return Redirect(f"/steps/{view.step.number}", status_code=303)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    day = form.date("date", not_after=pool.today()) if act == "undo" else None
    if form.ok:
        try:
            if day is not None:
                undoing = await service.propose_undoing(pool, reader.actor, form.key, number, day, reason)
                return Redirect(f"/steps/{undoing.number}?done=step_proposed", status_code=303)
            await (service.decline_step if act == "decline" else service.withdraw_step)(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/steps/{view.step.number}?done=step_{act}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return _reason_page(request, reader, view, act, form)


def _reason_page(request: Params, reader: Reader, view: StepView, act: str, form: Form) -> Response[Any]:
    return page(
        request, "steps/reason.html", reader=reader, status=form.status, help="between-unions", form=form, view=view, step=view.step, act=act,
        **words_for(reader.language),
    )  # fmt: skip


ACTS = ("decline", "withdraw", "undo")
DONE = {
    "step_accepted": N_("Accepted: both books hold it now."), "step_decline": N_("Declined, with your reason. Nothing was recorded in the books."),
    "step_withdraw": N_("Taken back. Nothing was recorded in the books."),
}  # fmt: skip
PAGES = [show_step, accept, ask_reason, with_reason]
