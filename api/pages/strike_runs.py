"""Take a weekly run from its beginning to closed: the list, one run with its totals, and a page for each step with what it will post.

What a run says of single members is in ``strike_lines``.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.pages import progress
from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import explained, named, page
from api.pages.strike_run_parts import may, shown_run
from api.security import Reader
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.strike_runs import (
    FIX,
    PREPARE,
    REASON_MAXIMUM,
    STATES,
    Run,
)
from ledger.services import strike_changes as changes
from ledger.services import strike_payments as payments
from ledger.services import strike_recoveries as recoveries
from ledger.services import strike_run_computing, strike_run_steps, strike_run_views
from ledger.services import strike_runs as service
from ledger.services import strikes as strike_service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.progress import Come
from ledger.services.strike_changes import Changes
from ledger.services.strike_run_views import RunView
from ledger.storage import reference
from ledger.storage.strike_runs import RunFilter
from ledger.storage.strikes import StrikeFilter
from reports import formats, strike_run_words
from reports.i18n import N_, translate

FIELDS = {
    "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date", "choice_invalid": "account",
    "insufficient_balance": "account", "cheque_number_taken": "first_cheque", "text_invalid": "reason", "week_invalid": "week", "run_exists": "week",
}  # fmt: skip

# The pages of steps: who may ask for one, and what stands on its button.
ACTS = {
    "approve": N_("Approve"), "send-back": N_("Send back"), "pay": N_("Pay"), "cancel": N_("Cancel this run"),
    "clear": N_("Mark as cleared"), "unclaim": N_("Move to unclaimed"),
}  # fmt: skip
WITH_PREVIEW = ("approve", "pay")

# Fields that do not change what is posted.
ASIDE = ("first_cheque",)


# --- the list -------------------------------------------------------------------------------------------------------------


@get("/strikes/runs", opt={"permission": "read_strikes"})
async def list_runs(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The runs of both unions, the newest week first."""
    narrowed = RunFilter(strike=word(request, "strike"), union=word(request, "union"), state=word(request, "state"))
    after = word(request, "after")
    listed = await strike_run_views.list_runs(pool, reader.actor, narrowed, after.upper() if after else None)
    async with pool.database.reading() as connection:
        unions = [(union.code, union.name) for union in await reference.unions(connection)]
    states = [(state, strike_run_words.state_chip(reader.language, state)[0]) for state in STATES]
    return page(
        request, "strike_runs/list.html", reader=reader, help="runs", fragment="results", listed=listed, unions=unions, states=states,
        narrowed=narrowed != RunFilter(), chip=partial(strike_run_words.state_chip, reader.language),
    )  # fmt: skip


# --- beginning ------------------------------------------------------------------------------------------------------------


@get("/strikes/runs/new", opt={"permission": PREPARE})
async def new_run(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Choose the strike, then the week: the first that has no run yet is suggested."""
    strike = (word(request, "strike") or "").upper()
    form = Form({"strike": strike, "week": word(request, "week") or ""}, reader.language)
    return await _new_page(request, pool, reader, form)


@post("/strikes/runs/new", opt={"permission": PREPARE}, status_code=303)
async def start_run(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Begin the run; where only the strike was chosen, its weeks are offered."""
    form = Form(await request.form(), reader.language)
    strike = form.choice("strike", [value for value, _ in await _strikes(pool, reader)])
    week = form.integer("week", 1, 9_999) if strike and form.action != "weeks" else 0
    if form.ok and week:
        try:
            run = await service.start_run(pool, reader.actor, form.key, strike, week)
            return Redirect(f"/strikes/runs/{run.number}?done=run_started", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _new_page(request, pool, reader, form)


async def _new_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    strikes = await _strikes(pool, reader)
    chosen = form.value("strike") if form.value("strike") in [value for value, _ in strikes] else ""
    weeks = await _weeks(pool, reader, chosen) if chosen else []
    if weeks and not form.value("week"):
        form.put("week", weeks[0][0])
    return page(
        request, "strike_runs/new.html", reader=reader, status=form.status, help="runs", form=form, strikes=strikes, chosen=chosen, weeks=weeks
    )


async def _strikes(pool: Pool, reader: Reader) -> list[tuple[str, str]]:
    """The union's own strikes whose rules pay members."""
    listed = await strike_service.list_strikes(pool, reader.actor, StrikeFilter(union=reader.union_code), limit=200)
    fit = [strike for strike in listed.items if strike.model == "per_member_run" and strike.state in ("on", "run_off", "ended")]
    return [(strike.number, f"{strike.number} · {strike.name}") for strike in fit]


async def _weeks(pool: Pool, reader: Reader, strike: str) -> list[tuple[str, str]]:
    """The weeks that can be run and have no run yet, the first first."""
    runs = await strike_run_views.list_runs(pool, reader.actor, RunFilter(strike=strike), limit=1_000)
    taken = {run.week for run in runs.items if run.state != "cancelled"}
    weeks = await strike_run_views.payable_weeks(pool, reader.actor, strike)
    return [(str(week.number), _week_text(reader.language, week.number, week.starts_on, week.ends_on)) for week in weeks if week.number not in taken]


def _week_text(language: str, number: int, first: date, last: date) -> str:
    days = {"first": formats.date_long(language, first), "last": formats.date_long(language, last)}
    return translate(language, "Week %(week)s: %(first)s to %(last)s", week=number, **days)


# --- one run --------------------------------------------------------------------------------------------------------------


@get("/strikes/runs/{number:str}", opt={"permission": "read_strikes"})
async def show_run(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One run: how it stands, its totals beside last week's, by local and reason, and what happened."""
    view = await strike_run_views.show_run(pool, reader.actor, number)
    return page(
        request, "strike_runs/show.html", reader=reader, help="runs", changed=await _changed(pool, reader, view),
        recoveries=await recoveries.list_recoveries(pool, reader.actor, number), recovery_kinds=strike_run_words.RECOVERY_KINDS,
        recovery_chip=partial(strike_run_words.recovery_chip, reader.language), write_off_reasons=strike_run_words.WRITE_OFF_REASONS,
        **shown_run(view, reader),
    )  # fmt: skip


async def _changed(pool: Pool, reader: Reader, view: RunView) -> list[Changes]:
    """What changed of this run since, or, while it is prepared, of the one before it."""
    return await changes.summaries(pool, reader.actor, view.run, view.before if view.run.state in ("draft", "computed", "submitted") else None)


# --- steps without a form -------------------------------------------------------------------------------------------------


@post("/strikes/runs/{number:str}/compute", opt={"permission": PREPARE}, status_code=303)
async def compute_run(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Compute; what takes longer is followed on a page with its figure."""
    form = Form(await request.form(), reader.language)

    async def work(come: Come) -> dict[str, Any]:
        return {"run": (await strike_run_computing.compute_run(pool, reader.actor, form.key, number, come)).number}

    await strike_run_views.show_run(pool, reader.actor, number)
    return await _followed(pool, reader, form.key, "compute_run", number, work)


async def _followed(
    pool: Pool, reader: Reader, key: str, kind: str, number: str, work: Callable[[Come], Awaitable[dict[str, Any]]]
) -> Response[Any]:
    """Begin long work; to its run where it ends soon, or to the page that follows it. Raises the refusal of work that ended soon."""
    found = await progress.begin(pool, reader, key, kind, strike_run_steps.written_run(number), work)
    if (refusal := progress.refusal_of(found)) is not None:
        raise refusal
    return progress.onward(found)


@post("/strikes/runs/{number:str}/submit", opt={"permission": PREPARE}, status_code=303)
async def submit_run(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Hand the figures that were shown to a second person."""
    form = Form(await request.form(), reader.language)
    run = await service.submit_run(pool, reader.actor, form.key, number, form.integer("revision"))
    return Redirect(f"/strikes/runs/{run.number}?done=run_submitted", status_code=303)


@post("/strikes/runs/{number:str}/reconcile", opt={"permission": FIX}, status_code=303)
async def reconcile_run(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Say that every payment is accounted for."""
    run = await payments.reconcile_run(pool, reader.actor, Form(await request.form(), reader.language).key, number)
    return Redirect(f"/strikes/runs/{run.number}?done=run_reconciled", status_code=303)


@post("/strikes/runs/{number:str}/close", opt={"permission": FIX}, status_code=303)
async def close_run(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Close a reconciled run."""
    run = await payments.close_run(pool, reader.actor, Form(await request.form(), reader.language).key, number)
    return Redirect(f"/strikes/runs/{run.number}?done=run_closed", status_code=303)


# --- steps with a form ------------------------------------------------------------------------------------------------------


@get("/strikes/runs/{number:str}/{act:str}", opt={"permission": "read_strikes"})
async def ask_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str],
    account: FromQuery[str | None] = None,
) -> Response[Any]:  # fmt: skip
    """The form of a step, with what it will post; who cannot take it now is led to the run."""
    view = await strike_run_views.show_run(pool, reader.actor, number)
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    if act.replace("-", "_") not in may(reader, view):
        return Redirect(f"/strikes/runs/{view.run.number}", status_code=303)
    banks = await _banks(pool, reader, view.run) if act == "pay" else []
    asked = {"date": pool.today().isoformat()} | ({"revision": str(view.run.revision)} if act == "approve" else {})
    form = Form(asked, reader.language, aside=ASIDE)
    if banks:
        form.put("account", account if account in [value for value, _ in banks] else banks[0][0])
    shown = await _looked_at(pool, reader, view.run, act, form, pool.today())
    return await _act_page(request, reader, view, act, form, shown, banks, status=200)


@post("/strikes/runs/{number:str}/{act:str}", opt={"permission": "read_strikes"}, status_code=303)
async def do_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step; approving and paying are looked at first where the day or the account is another one."""
    view = await strike_run_views.show_run(pool, reader.actor, number)
    if act not in ACTS:
        raise NotFound(kind="page", id=act[:40])
    form = Form(await request.form(), reader.language, aside=ASIDE)
    banks, shown = await _banks(pool, reader, view.run) if act == "pay" else [], None
    said = _read(form, act, pool.today(), banks)
    if form.ok and (form.action == "post" or act not in WITH_PREVIEW):
        try:
            return await _take(pool, reader, form.key, view.run, act, said)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | ({"choice_invalid": str(refusal.params.get("field"))} if refusal.params.get("field") else {}))
    if form.ok:
        shown = await _looked_at(pool, reader, view.run, act, form, said.day)
    return await _act_page(request, reader, view, act, form, shown, banks)


class Said(msgspec.Struct, frozen=True):
    """What a step's form said."""

    day: date
    reason: str
    revision: int
    account: int
    first_cheque: int | None


def _read(form: Form, act: str, today: date, banks: list[tuple[str, str]]) -> Said:
    reasoned = act in ("send-back", "cancel")
    return Said(
        day=date.min if reasoned else form.date("date", not_after=today),
        reason=form.text("reason", max_length=REASON_MAXIMUM) if reasoned else "",
        revision=form.integer("revision", 0, 10**9) if act == "approve" else 0,
        account=int(form.choice("account", [value for value, _ in banks]) or 0) if act == "pay" else 0,
        first_cheque=form.integer("first_cheque", 1, 999_999_999_999) if act == "pay" and form.value("first_cheque").strip() else None,
    )  # fmt: skip


async def _take(pool: Pool, reader: Reader, key: str, run: Run, act: str, said: Said) -> Response[Any]:
    number, actor = run.number, reader.actor
    match act:
        case "approve":
            await service.approve_run(pool, actor, key, number, said.revision, said.day)
        case "send-back":
            await service.send_back(pool, actor, key, number, said.reason)
        case "cancel":
            await service.cancel_run(pool, actor, key, number, said.reason)
        case "clear":
            await payments.clear_payments(pool, actor, key, number, said.day)
        case "unclaim":
            await payments.unclaim_stale(pool, actor, key, number, said.day)
        case _:
            return await _pay(pool, reader, key, number, said)
    return Redirect(f"/strikes/runs/{number}?done=run_{act.replace('-', '_')}", status_code=303)


async def _pay(pool: Pool, reader: Reader, key: str, number: str, said: Said) -> Response[Any]:
    async def work(come: Come) -> dict[str, Any]:
        paid = await service.pay_run(pool, reader.actor, key, number, said.account, said.day, said.first_cheque, come)
        return {"run": paid.number}

    return await _followed(pool, reader, key, "pay_run", number, work)


async def _looked_at(pool: Pool, reader: Reader, run: Run, act: str, form: Form, day: date) -> Preview | None:
    """What the step will post; its refusal goes to the form."""
    try:
        if act == "approve":
            return await service.preview_approval(pool, reader.actor, run.number, day)
        if act == "pay" and form.value("account"):
            return await service.preview_run_payment(pool, reader.actor, run.number, int(form.value("account")), day)
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
    return None


async def _banks(pool: Pool, reader: Reader, run: Run) -> list[tuple[str, str]]:
    """The union's own joint bank accounts in the run's currency."""
    async with pool.database.reading() as connection:
        found = await reference.accounts(connection, "joint", "bank")
    fit = [a for a in found if a.closed_on is None and (a.custodian, a.currency) == (run.union, run.currency)]
    return [(str(account.id), named(reader.language, account)) for account in fit]


async def _act_page(
    request: Request[Any, Any, Any], reader: Reader, view: RunView, act: str, form: Form, shown: Preview | None, banks: list[tuple[str, str]],
    status: int | None = None,
) -> Response[Any]:  # fmt: skip
    lines = explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else []
    return page(
        request, "strike_runs/act.html", reader=reader, status=status or form.status, help="runs", form=form, act=act, label=ACTS[act], lines=lines,
        banks=banks, previewed=act in WITH_PREVIEW, **shown_run(view, reader),
    )  # fmt: skip


DONE = {
    "run_started": N_("The run is begun. Compute it from the roster and the duty as they are now."),
    "run_computed": N_("Computed. Look at the exceptions, then submit it."),
    "run_submitted": N_("Submitted. A second person of your union approves it."),
    "run_approve": N_("Approved and posted. A treasurer pays it now."),
    "run_send_back": N_("Sent back with your reason."),
    "run_cancel": N_("Cancelled. The week can be run again."),
    "run_paid": N_("Paid and posted. The payment list is below."),
    "run_clear": N_("Marked as cleared."),
    "run_unclaim": N_("Moved to unclaimed. The debt stays until it is claimed."),
    "run_reconciled": N_("Every payment is accounted for."),
    "run_closed": N_("Closed."),
}
PAGES = [
    list_runs, new_run, start_run, show_run, compute_run, submit_run, reconcile_run, close_run, ask_act, do_act,
]  # fmt: skip
