"""Let people in and out, and hand back what they had typed when their session ended in the middle of a form."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.answers import language_of, retry_after
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.security import COOKIE, SECURE_COOKIE, Reader, address_of, is_loopback
from ledger.domain.refusals import Refusal
from ledger.services import sign_in as service
from ledger.services.pool import Pool
from reports.i18n import LANGUAGES

YEAR_SECONDS = 31_536_000


async def sign_in_page(
    request: Request[Any, Any, Any], *, status: int = 200, carried: list[tuple[str, str]] | None = None, carry_to: str = "/",
    refusal: Refusal | None = None, email: str = "",
) -> Response[Any]:  # fmt: skip
    """The sign-in form; on sample books, on this machine, with the sample people beside it."""
    people = await service.sample_people(request.app.state.pool) if is_loopback(request) else []
    language = language_of(request)
    sentence = f"{message(language, refusal)} {mend(language, refusal) or ''}".strip() if refusal else None
    response = page(
        request, "sign_in.html", reader=None, status=status, carried=carried or [], carry_to=carry_to, email=email, message=sentence,
        sample_people=[{"name": p.name, "email": p.email, "union_code": p.union, "roles": p.roles, "password": word} for p, word in people],
    )  # fmt: skip
    if refusal:
        response.headers.update(retry_after(refusal))
    return response


def local_path(path: str) -> str:
    """A path of this site, or the home page for anything that is not one (no redirect leaves the site)."""
    # Browsers read a backslash as a slash and leave out tabs and line ends, so that "/\t/elsewhere" is another site to them.
    odd = "\\" in path or not path.isprintable()
    return "/" if odd or not path.startswith("/") or path.startswith("//") else path


@get("/sign-in", opt={"public": True})
async def show_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """The sign-in page."""
    return await sign_in_page(request, carry_to=local_path(request.query_params.get("next", "/")))


@post("/sign-in", opt={"public": True}, status_code=200)
async def do_sign_in(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """Sign in; the session is new, whatever cookie came along. A carried form is shown again to be sent."""
    form = await request.form()
    email, carry_to = str(form.get("email", "")), local_path(str(form.get("carry_to", "/")))
    carried = [(name.removeprefix("carried-"), str(value)) for name, value in form.multi_items() if name.startswith("carried-")]
    try:
        person, secret = await service.sign_in(
            pool, email, str(form.get("password", "")), str(form.get("code", "")).replace(" ", ""),
            address=address_of(request), agent=request.headers.get("user-agent", ""), loopback=is_loopback(request),
            replaces=request.cookies.get(_cookie(request), ""),
        )  # fmt: skip
    except Refusal as refusal:
        return await sign_in_page(request, status=refusal.status, carried=carried, carry_to=carry_to, refusal=refusal, email=email)
    response: Response[Any] = (
        page(request, "continue.html", reader=None, language=person.language, carried=carried, carry_to=carry_to)
        if carried
        else Redirect(carry_to, status_code=303)
    )
    set_session(request, response, secret)
    response.set_cookie(key="lang", value=person.language, max_age=YEAR_SECONDS, path="/", samesite="lax", secure=_secure(request))
    return response


@post("/sign-out", opt={"public": True}, status_code=303)
async def do_sign_out(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Redirect:
    """Sign out, whatever one's roles; the session is dead at once."""
    reader: Reader | None = request.scope.get("user")
    if reader is not None:
        await service.sign_out(pool, reader.actor, reader.session, address_of(request))
    response = Redirect("/sign-in", status_code=303)
    set_session(request, response, "", max_age=0)
    return response


@post("/language", opt={"public": True}, status_code=303)
async def choose_language(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Redirect:
    """Change the language and come back to the same page; remembered for a signed-in person."""
    form = await request.form()
    language = str(form.get("language", "en"))
    response = Redirect(local_path(str(form.get("next", "/"))), status_code=303)
    if language in LANGUAGES:
        response.set_cookie(key="lang", value=language, max_age=YEAR_SECONDS, path="/", samesite="lax", secure=_secure(request))
        reader: Reader | None = request.scope.get("user")
        if reader is not None:
            await service.remember_language(pool, reader.actor, language)
    return response


def set_session(request: Request[Any, Any, Any], response: Response[Any], secret: str, max_age: int | None = None) -> None:
    """Put a session's secret into its cookie: HttpOnly, SameSite, and ``__Host-`` with Secure where the site is served by HTTPS.

    A browser takes a ``__Host-`` cookie away only when told so with Secure as well.
    """
    secure = _secure(request)
    response.set_cookie(key=_cookie(request), value=secret, path="/", httponly=True, secure=secure, samesite="lax", max_age=max_age)


def _cookie(request: Request[Any, Any, Any]) -> str:
    return SECURE_COOKIE if _secure(request) else COOKIE


def _secure(request: Request[Any, Any, Any]) -> bool:
    return bool(request.app.state.settings.secure)


PAGES = [show_sign_in, do_sign_in, do_sign_out, choose_language]
