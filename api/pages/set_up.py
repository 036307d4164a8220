"""Open new books to their first administrators, and let people choose a password by a one-time link."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.answers import language_of
from api.pages.forms import Form, refused
from api.pages.rendering import page
from ledger.domain.refusals import LinkSpent, Refusal
from ledger.services import people as service
from ledger.services.people import FirstPerson
from ledger.services.pool import Pool
from ledger.services.sign_in import PASSWORD_MAXIMUM
from ledger.storage import reference
from reports.i18n import N_, translate


def link_address(request: Request[Any, Any, Any], path: str, secret: str) -> str:
    """A one-time link's full address, as the person at this browser reaches the site."""
    base = request.app.state.settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}{path}?link={secret}"


@get("/set-up", opt={"public": True})
async def ask_set_up(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """The first-run form, for who has the link that the start of the product printed."""
    secret = request.query_params.get("link", "")
    if not await service.setup_link_is_good(pool, secret):
        raise LinkSpent()
    return await _set_up_page(request, pool, Form({"token": secret}, language_of(request)))


@post("/set-up", opt={"public": True}, status_code=200)
async def do_set_up(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """Name the first administrators, and show their links once."""
    form, parties = Form(await request.form(), language_of(request)), await _parties(pool)
    first = [_first(form.line(code, 0), code) for code in parties]
    if form.ok:
        try:
            added = await service.set_up(pool, form.text("token"), first)
        except Refusal as refusal:
            refused(form, refusal)
        else:
            links = [
                {"name": person.name, "union_code": person.union, "url": link_address(request, "/set-password", made.link_secret)}
                for person, made in zip(first, added, strict=True)
            ]
            return await _set_up_page(request, pool, form, links)
    return await _set_up_page(request, pool, form)


def _first(line: Form, union: str) -> FirstPerson:
    return FirstPerson(union, line.text("name", max_length=120), line.text("email", max_length=200), line.choice("language", ["en", "fr"]))


async def _parties(pool: Pool) -> dict[str, Any]:
    async with pool.database.reading() as connection:
        return {union.code: union for union in await reference.unions(connection)}


async def _set_up_page(request: Request[Any, Any, Any], pool: Pool, form: Form, links: list[dict[str, Any]] | None = None) -> Response[Any]:
    unions = list((await _parties(pool)).values())
    return page(request, "set_up.html", reader=None, status=form.status, form=form, unions=unions, links=links or [])


@get("/set-password", opt={"public": True})
async def ask_password(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """The form of a one-time link."""
    secret = request.query_params.get("link", "")
    if not await service.password_link_is_good(pool, secret):
        raise LinkSpent()
    form = Form({"token": secret}, language_of(request))
    return page(request, "people/password.html", reader=None, form=form)


@post("/set-password", opt={"public": True}, status_code=303)
async def set_password(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """Keep the new password; the link is spent."""
    form = Form(await request.form(), language_of(request))
    password, again = form.text("new_password", max_length=PASSWORD_MAXIMUM), form.text("password_again", max_length=PASSWORD_MAXIMUM)
    if form.ok and password != again:
        form.fail("password_again", translate(form.language, DIFFERENT))
    if form.ok:
        try:
            await service.set_password_by_link(pool, form.text("token"), password)
            return Redirect("/sign-in?done=password_set", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"password_weak": "new_password"})
    return page(request, "people/password.html", reader=None, status=form.status, form=form)


DIFFERENT = N_("The two passwords differ.")
DONE = {"password_set": N_("Your password is set. Sign in with it.")}
PAGES = [ask_set_up, do_set_up, ask_password, set_password]
