"""Show whose roster line or duty changed after a week was computed, with the difference, and take the differences up."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.strike_runs import FIX, STEPS
from ledger.services import strike_changes as service
from ledger.services.pool import Pool
from reports.i18n import N_


@get("/strikes/runs/{number:str}/changes", opt={"permission": "read_roster"})
async def list_changes(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Everybody whose line would be another by now, and one button that takes it all up."""
    found = await service.list_changes(pool, reader.actor, number)
    takes_up = reader.can(FIX) and found.run.state in STEPS["fix"] and bool(found.items)
    return page(request, "strike_runs/changes.html", reader=reader, help="runs", run=found.run, changes=found.items, takes_up=takes_up)


@post("/strikes/runs/{number:str}/changes", opt={"permission": FIX}, status_code=303)
async def take_up(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Take every difference up."""
    run = await service.take_up(pool, reader.actor, Form(await request.form(), reader.language).key, number)
    return Redirect(f"/strikes/runs/{run.number}?done=run_taken_up", status_code=303)


DONE = {"run_taken_up": N_("Taken up. The next run pays what was too little, and takes off what was too much.")}
PAGES = [list_changes, take_up]
