"""Let a second person decide about what of an overpayment is to be written off: by the run, the amount and the reason, without a name."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import explained, page
from api.security import Reader
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.strike_recoveries import Recovery
from ledger.domain.strike_runs import APPROVE, Run
from ledger.services import strike_recoveries as service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from reports import strike_run_words
from reports.i18n import N_

FIELDS = {"date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date"}
_Params = Request[Any, Any, Any]


@get("/strikes/runs/{number:str}/write-offs/{ordinal:int}", opt={"permission": APPROVE})
async def ask_write_off(
    request: _Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], ordinal: FromPath[int]
) -> Response[Any]:
    """What is proposed, with what approving it will post."""
    run, found = await service.show_write_off(pool, reader.actor, number, _ordinal(ordinal))
    form = Form({"date": pool.today().isoformat()}, reader.language)
    shown = await _looked_at(pool, reader, found, form) if _is_for(reader, found) else None
    return _page(request, reader, run, found, form, shown, 200)


@post("/strikes/runs/{number:str}/write-offs/{ordinal:int}", opt={"permission": APPROVE}, status_code=303)
async def decide_write_off(
    request: _Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], ordinal: FromPath[int]
) -> Response[Any]:
    """Write it off, or refuse to; with ``action=preview`` show what that will post."""
    run, found = await service.show_write_off(pool, reader.actor, number, _ordinal(ordinal))
    form, shown = Form(await request.form(), reader.language), None
    try:
        if form.action == "refuse":
            await service.refuse_write_off(pool, reader.actor, form.key, run.number, found.ordinal)
            return Redirect(f"/strikes/runs/{run.number}?done=write_off_refused", status_code=303)
        day = form.date("date", not_after=pool.today())
        if form.ok and form.action == "post":
            await service.approve_write_off(pool, reader.actor, form.key, run.number, found.ordinal, day)
            return Redirect(f"/strikes/runs/{run.number}?done=written_off", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
    if form.ok:
        shown = await _looked_at(pool, reader, found, form)
    return _page(request, reader, run, found, form, shown)


def _ordinal(number: int) -> int:
    if not 0 < number < 2**31:
        raise NotFound(kind="recovery", id=str(number)[:40])
    return number


def _is_for(reader: Reader, found: Recovery) -> bool:
    return found.state == "proposed" and found.made_by != reader.person_id


async def _looked_at(pool: Pool, reader: Reader, found: Recovery, form: Form) -> Preview | None:
    """What it will post; its refusal goes to the form."""
    try:
        return await service.preview_write_off(pool, reader.actor, found.run, found.ordinal, form.date("date", not_after=pool.today()))
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
    return None


def _page(
    request: _Params, reader: Reader, run: Run, found: Recovery, form: Form, shown: Preview | None, status: int | None = None
) -> Response[Any]:
    if not found.reason:
        raise NotFound(kind="recovery", id=f"{found.run}/{found.ordinal}"[:40])
    lines = explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else []
    return page(
        request, "strike_runs/write_off.html", reader=reader, status=status or form.status, help="runs", form=form, run=run, found=found, lines=lines,
        own=found.made_by == reader.person_id, reasons=strike_run_words.WRITE_OFF_REASONS,
        chip=strike_run_words.recovery_chip(reader.language, found.state),
    )  # fmt: skip


DONE = {
    "written_off": N_("Written off and posted, without anybody’s name."),
    "write_off_refused": N_("Refused. The member still owes it."),
}
PAGES = [ask_write_off, decide_write_off]
