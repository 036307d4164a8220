"""Find out who asks, deny by default, refuse what comes from other sites, and put the security headers on every answer.

Every route names the permission it needs (``opt={"permission": "read_books"}``) or says that it is open (``opt={"public": True}``);
:func:`check_routes` stops the start of an app with a route that does neither.
"""

import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.refusals import CrossSite, NotAllowed, SignInRequired
from ledger.services import sign_in
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit
from ledger.storage.people import Person

PROXY_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "x-forwarded-proto")
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
COOKIE, SECURE_COOKIE = "session", "__Host-session"
TOKEN_CACHE_SECONDS = 5
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


class Reader(msgspec.Struct, frozen=True):
    """Who asks: a signed-in person or a token's owner, as pages and routes see them."""

    person_id: int
    name: str
    email: str
    union_code: str | None
    roles: frozenset[str]
    language: str
    theme: str
    keyboard: bool
    actor: Actor
    session: str = ""
    sample: bool = False
    last_seen_entry: int = 0

    def can(self, permission: str) -> bool:
        """Whether this person may."""
        return self.actor.can(permission)


def reader_of(person: Person, via: str, session: str = "", permissions: frozenset[str] | None = None) -> Reader:
    """The reader a person is."""
    return Reader(
        person.id, person.name, person.email, person.union, frozenset(person.roles), person.language, person.theme, person.keyboard,
        sign_in.actor_of(person, via, permissions), session, person.sample, person.last_seen_entry,
    )  # fmt: skip


def is_loopback(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the request came from this machine itself: through no proxy, and asking for it by its own name.

    The name is looked at because a site elsewhere can point its name here, and a proxy can hide that it is one.
    """
    forwarded = any(name in connection.headers for name in PROXY_HEADERS)
    asked_for = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    return not forwarded and asked_for in LOOPBACK_NAMES and _is_loopback(connection.client.host if connection.client else "")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address the request came from, for the audit trail and the limit on guessing: the last that no proxy of ours has."""
    address = connection.client.host if connection.client else ""
    proxies: tuple[str, ...] = connection.app.state.settings.proxies
    passed = [hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while passed and address in proxies:
        address = passed.pop()[:100]
    return address


AskFirst = Callable[[Request[Any, Any, Any]], Awaitable[Response[Any]]]


class Gate:
    """The middleware before every route: identification, and the sign-in page where one is needed."""

    def __init__(self, app: ASGIApp, secure: bool = False, ask_first: AskFirst | None = None) -> None:
        self.app, self.secure, self.ask_first = app, secure, ask_first
        self._tokens: dict[str, tuple[float, Reader | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = Request(scope)
        untyped = cast("dict[str, Any]", scope)
        untyped["user"], untyped["auth"] = await self._identify(request), None
        untyped["cross_site"] = is_cross_site(request)

        if self.ask_first is not None and _needs_sign_in(request):
            # Exception handlers cannot wait for the form that was posted; here it is still to be read, so nothing typed is lost.
            asking: Request[Any, Any, Any] = Request(scope, receive, send)
            response = (await self.ask_first(asking)).to_asgi_response(None, asking)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _identify(self, request: Request[Any, Any, Any]) -> Reader | None:
        if request.scope["path"].startswith(("/static/", "/health/")):
            return None
        pool: Pool = request.app.state.pool
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer":
            return await self._by_token(pool, token.strip())
        secret = request.cookies.get(SECURE_COOKIE if self.secure else COOKIE, "")
        person = await sign_in.who_has_session(pool, secret) if secret else None
        return None if person is None else reader_of(person, "api" if is_api(request) else "page", secret)

    async def _by_token(self, pool: Pool, token: str) -> Reader | None:
        # A revoked token lives on for at most these seconds, which spares every request a query.
        now = time.monotonic()
        until, reader = self._tokens.get(token, (0.0, None))
        if until < now:
            found = await sign_in.who_has_token(pool, token)
            reader = None if found is None else reader_of(found[0], "api", permissions=found[1])
            if len(self._tokens) > 1_000:
                self._tokens.clear()
            if reader is not None:
                self._tokens[token] = (now + TOKEN_CACHE_SECONDS, reader)
        return reader


def security_headers(secure: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """The hook that puts the security headers on every answer, also on those that no route gives."""
    named = {**HEADERS, **({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if secure else {})}
    always = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    uncached = [*always, (b"cache-control", b"no-store")]

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            added = always if scope["path"].startswith("/static/") else uncached
            message["headers"] = [*message["headers"], *(header for header in added if header[0] not in given)]

    return add


def is_api(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a request is for JSON rather than for a page."""
    return bool(connection.scope["path"].startswith("/api/"))


def _needs_sign_in(request: Request[Any, Any, Any]) -> bool:
    handler = request.scope.get("route_handler")
    return request.scope["user"] is None and handler is not None and "permission" in handler.opt and not is_api(request)


def is_cross_site(request: Request[Any, Any, Any]) -> bool:
    """Whether an unsafe request was made by another site's page, by what the browser says of itself."""
    if request.method in SAFE_METHODS:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


async def permitted(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every route: not cross-site, signed in, and allowed; what is refused to a person is audited."""
    if connection.scope.get("cross_site"):
        raise CrossSite()
    if handler.opt.get("public") or cast("dict[str, Any]", connection.scope)["method"] == "OPTIONS":
        return
    reader: Reader | None = connection.scope.get("user")
    if reader is None:
        raise SignInRequired()
    permission = handler.opt["permission"]
    try:
        authorize(reader.actor, permission)
    except NotAllowed as refusal:
        event = audit.event(reader.actor, permission, "refused", code=refusal.code, path=connection.scope["path"])
        await note(connection.app.state.pool, [msgspec.structs.replace(event, address=address_of(connection))])
        raise


def check_routes(app: Litestar) -> None:
    """Deny by default: every route names a permission of the table or says it is public."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]:
            opt = getattr(handler, "opt", {})
            if getattr(handler, "http_methods", set()) == {"OPTIONS"}:
                continue  # made by the framework; answers with the methods alone
            if not opt.get("public") and opt.get("permission") not in PERMISSIONS:
                raise RuntimeError(f"{route.path}: {handler} states no permission")
