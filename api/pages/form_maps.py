"""Show where each account belongs on Form LM-2, with its versions, and let a treasurer of the union make the next one."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.form_maps import FORM_MAXIMUM, SOURCE_MAXIMUM, ChangeMap, MapLine
from ledger.domain.refusals import Refusal
from ledger.services import form_maps as service
from ledger.services.form_maps import Placed, View
from ledger.services.pool import Pool
from reports.i18n import N_, translate
from reports.present import say
from reports.working_papers.lm2 import place_words

DONE = {"lm2_map_changed": N_("Recorded: the map’s next version holds from its day.")}
PLACES_HIGHEST = 99


@get("/lm2-map", opt={"permission": "read_reports"})
async def show_map(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The map that holds today, account by account, and every version."""
    view = await service.overview(pool, reader.actor)
    rows = [
        {"name": named(reader.language, each), "path": each.path, "book": _book(reader, view, each), "place": say(reader.language, place_words(each.line))}
        for each in view.accounts
    ]
    return page(request, "lm2_map/show.html", reader=reader, help="thresholds", view=view, rows=rows, may_change=_may(reader, view))


def _book(reader: Reader, view: View, each: Placed) -> str:
    return view.union.name if each.book == view.union.code else translate(reader.language, "Joint funds")


def _may(reader: Reader, view: View) -> bool:
    return reader.can(service.CHANGE) and reader.union_code == view.union.code


@get("/lm2-map/change", opt={"permission": "manage_accounts"})
async def ask_map(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The next version's form, as the one that holds is; who cannot make one is led to the map."""
    view = await service.overview(pool, reader.actor)
    if not _may(reader, view):
        return Redirect("/lm2-map", status_code=303)
    values = {"version": str(view.newest), "form": view.map.form, "valid_from": pool.today().isoformat()}
    for place, each in enumerate(view.accounts):
        if each.line:
            values |= {f"item_{place}": each.line.item, f"schedule_{place}": each.line.schedule}
    return _change_page(request, reader, view, Form(values, reader.language))


def _change_page(request: Request[Any, Any, Any], reader: Reader, view: View, form: Form) -> Response[Any]:
    rows = [
        {"name": named(reader.language, each), "path": each.path, "item": f"item_{place}", "schedule": f"schedule_{place}"}
        for place, each in enumerate(view.accounts)
    ]
    return page(
        request, "lm2_map/change.html", reader=reader, help="thresholds", status=form.status, form=form, rows=rows, form_maximum=FORM_MAXIMUM,
        source_maximum=SOURCE_MAXIMUM,
    )  # fmt: skip


@post("/lm2-map/change", opt={"permission": "manage_accounts"}, status_code=303)
async def change_map(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record the next version of one's own union's map."""
    form, view = Form(await request.form(), reader.language), await service.overview(pool, reader.actor)
    wanted = ChangeMap(
        version=form.integer("version"), form=form.text("form", max_length=FORM_MAXIMUM), valid_from=form.date("valid_from"),
        source=form.text("source", max_length=SOURCE_MAXIMUM), lines=tuple(_line(form, view, place, each) for place, each in enumerate(view.accounts)),
    )  # fmt: skip
    if form.ok:
        try:
            await service.change_map(pool, reader.actor, form.key, wanted)
            return Redirect("/lm2-map?done=lm2_map_changed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"date_invalid": "valid_from", "choice_invalid": "form", "other_union": "form"})
    return _change_page(request, reader, view, form)


def _line(form: Form, view: View, place: int, each: Placed) -> MapLine:
    item, schedule = (str(form.integer(name, 1, PLACES_HIGHEST)) if form.raw(name) else "" for name in (f"item_{place}", f"schedule_{place}"))
    return MapLine(book="own" if each.book == view.union.code else "joint", path=each.path, item=item, schedule=schedule)


PAGES = [show_map, ask_map, change_map]
