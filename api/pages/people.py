"""Show who acts for which union and for how long, and let each union's administrator look after its own people."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import ROLE_NAMES, page
from api.pages.set_up import link_address
from api.security import Reader
from ledger.domain.actors import ROLES
from ledger.domain.refusals import Refusal
from ledger.services import people as service
from ledger.services.people import NewPerson
from ledger.services.pool import Pool
from ledger.services.sign_in import term_of
from ledger.storage import reference
from reports.i18n import N_, translate

FIELDS = {"person_exists": "email", "term_invalid": "ends_on", "text_invalid": "email"}


@get("/people", opt={"permission": "read_people"})
async def list_people(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Both unions side by side."""
    found = await service.list_people(pool, reader.actor)
    async with pool.database.reading() as connection:
        unions = await reference.unions(connection)
    return page(request, "people/list.html", reader=reader, help="people", people=found, unions=unions, role_names=ROLE_NAMES)


@get("/people/new", opt={"permission": "manage_people"})
async def ask_person(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a new person of one's own union."""
    starts_on, ends_on = term_of(pool.today())
    form = Form({"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat(), "language": reader.language}, reader.language)
    return _new_page(request, reader, form)


def _new_page(request: Request[Any, Any, Any], reader: Reader, form: Form) -> Response[Any]:
    return page(request, "people/new.html", reader=reader, status=form.status, help="people", form=form, roles=_roles(reader.language))


def _roles(language: str) -> list[tuple[str, str]]:
    return [(role, translate(language, ROLE_NAMES[role])) for role in ROLES]


@post("/people/new", opt={"permission": "manage_people"}, status_code=200)
async def add_person(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Add the person, and show their one-time link once."""
    form = Form(await request.form(), reader.language)
    new = NewPerson(
        name=form.text("name", max_length=120), email=form.text("email", max_length=200), union=reader.union_code or "",
        role=form.choice("role", ROLES), starts_on=form.date("starts_on"), ends_on=form.date("ends_on"), language=form.choice("language", ("en", "fr")),
    )  # fmt: skip
    if form.ok:
        try:
            added = await service.add_person(pool, reader.actor, form.key, new)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
        else:
            return _link_page(request, reader, added.person_id, new.name, added.link_secret)
    return _new_page(request, reader, form)


def _link_page(request: Request[Any, Any, Any], reader: Reader, person_id: int, name: str, secret: str) -> Response[Any]:
    url = link_address(request, "/set-password", secret) if secret else ""
    return page(request, "people/link.html", reader=reader, help="people", name=name, person_id=person_id, url=url)


@get("/people/{person_id:int}", opt={"permission": "read_people"})
async def show_person(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], person_id: FromPath[int]
) -> Response[Any]:
    """One person: roles past and present; for their union's administrator, what can be done."""
    starts_on, ends_on = term_of(pool.today())
    form = Form({"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}, reader.language)
    return await _person_page(request, pool, reader, person_id, form)


async def _person_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, person_id: int, form: Form) -> Response[Any]:
    profile = await service.show_person(pool, reader.actor, person_id)
    own = reader.can("manage_people") and profile.person.union == reader.union_code
    return page(
        request, "people/show.html", reader=reader, status=form.status, help="people", profile=profile, own=own, today=pool.today(), form=form,
        roles=_roles(reader.language), role_names=ROLE_NAMES,
    )  # fmt: skip


@post("/people/{person_id:int}", opt={"permission": "manage_people"}, status_code=303)
async def change_person(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], person_id: FromPath[int]
) -> Response[Any]:
    """Give a role, end one, shut out, let in, stop asking for codes, or make a new link: the button says which."""
    form = Form(await request.form(), reader.language)
    try:
        match form.value("do"):
            case "revoke":
                await service.revoke_role(pool, reader.actor, form.key, person_id, form.uuid("grant"))
            case "disable" | "enable" as word:
                await service.disable(pool, reader.actor, form.key, person_id, word == "disable")
            case "codes":
                await service.clear_codes(pool, reader.actor, form.key, person_id)
            case "link":
                profile = await service.show_person(pool, reader.actor, person_id)
                secret = await service.invite(pool, reader.actor, form.key, person_id)
                return _link_page(request, reader, person_id, profile.person.name, secret)
            case _:
                role, starts_on, ends_on = form.choice("role", ROLES), form.date("starts_on"), form.date("ends_on")
                if not form.ok:
                    return await _person_page(request, pool, reader, person_id, form)
                await service.grant_role(pool, reader.actor, form.key, person_id, role, starts_on, ends_on)
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
        return await _person_page(request, pool, reader, person_id, form)
    return Redirect(f"/people/{person_id}?done=person_changed", status_code=303)


DONE = {"person_changed": N_("Changed.")}
PAGES = [list_people, ask_person, add_person, show_person, change_person]
