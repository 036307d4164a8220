"""Make an audit pack of a period, follow how far it has come, and take it away."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from api.pages import progress
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.routes.audit_packs import pack_stream
from api.security import Reader
from ledger.domain.actors import Actor
from ledger.domain.refusals import DateInvalid, KeyReused
from ledger.services import audit_packs as service
from ledger.services.audit_packs import KEPT_DAYS, MAKE
from ledger.services.pool import Pool
from reports.audit_pack import make_pack
from reports.i18n import N_


@get("/audit-packs", opt={"permission": MAKE})
async def show_packs(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What a pack is, the form for one, and those that can be taken away."""
    usual = service.usual_period(pool.today())
    return await _page(request, pool, reader, Form({"from": usual.first.isoformat(), "to": usual.last.isoformat()}, reader.language))


async def _page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    packs = [(each, service.kept_until(each)) for each in await service.list_packs(pool, reader.actor)]
    return page(request, "reports/audit_packs.html", reader=reader, status=form.status, help="audit-pack", form=form, packs=packs, kept_days=KEPT_DAYS)


@post("/audit-packs", opt={"permission": MAKE}, status_code=303)
async def make(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Begin; on to the page that shows how far it is, or back to the list once it is made."""
    form = Form(await request.form(), reader.language)
    first, last = form.date("from"), form.date("to")
    if form.ok:
        try:
            id = await service.begin(pool, reader.actor, form.key, service.period_of(pool, first, last), make_pack)
        except (DateInvalid, KeyReused) as refusal:
            refused(form, refusal, {"date_invalid": str(refusal.params.get("field", ""))})
        else:
            found = await progress.soon(pool, reader, id)
            if (refusal_found := progress.refusal_of(found)) is not None:
                raise refusal_found
            return progress.onward(found)
    return await _page(request, pool, reader, form)


@get("/audit-packs/{id:uuid}", opt={"permission": MAKE})
async def take(pool: NamedDependency[Pool], actor: NamedDependency[Actor], id: FromPath[UUID]) -> Stream:
    """The pack itself."""
    return await pack_stream(pool, actor, id)


DONE = {"audit_pack_made": N_("The audit pack is made. Take it away below.")}
PAGES = [show_packs, make, take]
