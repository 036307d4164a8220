"""Show where each account belongs on Form LM-2, with its versions, and let a treasurer of the union make the next one."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.form_maps import FORM_MAXIMUM, SOURCE_MAXIMUM, ChangeMap, MapLine
from ledger.domain.refusals import NotFound, Refusal
from ledger.services import form_maps as service
from ledger.services.form_maps import Choice, Placed, View
from ledger.services.pool import Pool
from reports.i18n import N_, translate
from reports.present import say
from reports.working_papers.lm2 import form_label, place_words, source_label

DONE = {
    "lm2_map_changed": N_("Recorded: the map’s next version holds from its day."),
    "lm2_map_not_yours": N_("This map is the other union’s: only its own treasurer changes it."),
}
ITEM, SCHEDULE = N_("Item"), N_("Schedule")
PLACES_HIGHEST = 99
_ON_AND_OFF = N_("Either a place on the form, or none: clear the one or the other.")


@get("/lm2-map", opt={"permission": "read_reports"})
async def show_map(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The map that holds today, or another version of it, account by account, and every version."""
    view = await service.overview(pool, reader.actor, _asked(word(request, "version")))
    rows = [
        {"name": named(reader.language, each), "path": each.path, "book": _book(reader, view, each), "place": say(reader.language, place_words(each.line))}
        for each in view.accounts
    ]
    versions = [(each, say(reader.language, form_label(each)), say(reader.language, source_label(each)), who) for each, who in view.versions]
    return page(
        request, "lm2_map/show.html", reader=reader, help="thresholds", view=view, rows=rows, may_change=_may(reader, view), versions=versions,
        form_name=say(reader.language, form_label(view.map)), source=say(reader.language, source_label(view.map)),
    )  # fmt: skip


def _asked(text: str | None) -> int | None:
    """A version typed into the address; refuses what is no number."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NotFound(kind="form_map", id=text[:10])
    return int(text)


def _book(reader: Reader, view: View, each: Placed) -> str:
    return view.union.name if each.book == view.union.code else translate(reader.language, "Joint funds")


def _may(reader: Reader, view: View) -> bool:
    return reader.can(service.CHANGE) and reader.union_code == view.union.code


@get("/lm2-map/change", opt={"permission": "manage_accounts"})
async def ask_map(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The next version's form, as the one that holds is; who cannot make one is led to the map, and told why."""
    view = await service.overview(pool, reader.actor)
    if not _may(reader, view):
        return Redirect("/lm2-map?done=lm2_map_not_yours", status_code=303)
    valid_from = max(pool.today(), view.newest.valid_from)
    values = {"version": str(view.newest.version), "form": view.newest.form, "valid_from": valid_from.isoformat()}
    for each in view.choices:
        values |= _filled(each)
    return _change_page(request, reader, view, Form(values, reader.language))


def _name(kind: str, each: Choice) -> str:
    """A field is called by the account and never by its place in the list: another may have been opened before the form is sent."""
    return f"{kind}_{each.book}_{each.path.replace(':', '_')}"


def _filled(each: Choice) -> dict[str, str]:
    if each.line is None:
        return {}
    is_out = not (each.line.item or each.line.schedule)
    return {_name("item", each): each.line.item, _name("schedule", each): each.line.schedule, _name("out", each): "yes" if is_out else ""}


def _change_page(request: Request[Any, Any, Any], reader: Reader, view: View, form: Form) -> Response[Any]:
    rows = [
        {
            "name": _called(reader, each), "path": each.path, "fields": [(_name("item", each), ITEM), (_name("schedule", each), SCHEDULE)],
            "out": _name("out", each), "above": each.above, "above_place": say(reader.language, place_words(each.above)),
            "book": view.union.name if each.book == "own" else translate(reader.language, "Joint funds"),
        }
        for each in view.choices
    ]  # fmt: skip
    return page(
        request, "lm2_map/change.html", reader=reader, help="thresholds", status=form.status, form=form, rows=rows, form_maximum=FORM_MAXIMUM,
        source_maximum=SOURCE_MAXIMUM,
    )  # fmt: skip


def _called(reader: Reader, each: Choice) -> str:
    return named(reader.language, each.account) if each.account else translate(reader.language, "Everything below %(path)s", path=each.path)


@post("/lm2-map/change", opt={"permission": "manage_accounts"}, status_code=303)
async def change_map(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record the next version of one's own union's map."""
    form, view = Form(await request.form(), reader.language), await service.overview(pool, reader.actor)
    wanted = ChangeMap(
        version=form.integer("version"), form=form.text("form", max_length=FORM_MAXIMUM), valid_from=form.date("valid_from"),
        source=form.text("source", max_length=SOURCE_MAXIMUM), lines=_lines(form, view),
    )  # fmt: skip
    if form.ok:
        try:
            await service.change_map(pool, reader.actor, form.key, wanted)
            return Redirect("/lm2-map?done=lm2_map_changed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"date_invalid": "valid_from", "choice_invalid": "form", "other_union": "form"})
    return _change_page(request, reader, view, form)


def _lines(form: Form, view: View) -> tuple[MapLine, ...]:
    found = (_line(form, each) for each in view.choices)
    return tuple(each for each in found if each is not None)


def _line(form: Form, each: Choice) -> MapLine | None:
    """The line as filled in, None where nothing is; one whose fields were not sent at all stays as it is."""
    item, schedule, out = (_name(kind, each) for kind in ("item", "schedule", "out"))
    if not any(form.many(name) for name in (item, schedule, out)):
        return each.line
    places = [str(form.integer(name, 1, PLACES_HIGHEST)) if form.raw(name).strip() else "" for name in (item, schedule)]
    if any(places) and form.checked(out):
        form.fail(item, translate(form.language, _ON_AND_OFF))
    return MapLine(book=each.book, path=each.path, item=places[0], schedule=places[1]) if any(places) or form.checked(out) else None


PAGES = [show_map, ask_map, change_map]
