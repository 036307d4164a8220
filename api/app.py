"""Wire the product together: settings, database, writer, doors. The only place that does."""

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Router
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.static_files import create_static_files_router

import api.pages
import api.routes
from api import health, openapi
from api.heads import with_heads
from api.logs import configure_logs
from api.pages.errors import sign_in_first
from api.pages.rendering import count_waiting
from api.problems import on_fault, on_http_exception, on_refusal
from api.security import Gate, Reader, check_routes, permitted, security_headers
from api.settings import Settings, load_settings
from api.strict_json import only_strict_json
from api.strict_query import only_known_words, words_of
from api.writes import provide_by
from ledger.domain.actors import Actor
from ledger.domain.refusals import Refusal, SignInRequired
from ledger.services.pool import Pool, running
from ledger.services.setup import ensure_books, is_sample
from ledger.storage.database import check, open_database

# The largest body any route takes: a document of 15 MB and its form.
BODY_MAXIMUM_BYTES = 16_000_000
STATIC = Path(__file__).parent / "static"


async def provide_pool(request: Request[Any, Any, Any]) -> Pool:
    """The open pool of unions."""
    pool: Pool = request.app.state.pool
    return pool


# Each asks for the one before it, so that the framework answers them one by one: side by side it starts a group of tasks every request.


async def provide_reader(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Reader:
    """The signed-in person; the guard has let them in."""
    reader: Reader | None = request.scope.get("user")
    if reader is None:
        raise SignInRequired()
    return reader


async def provide_actor(reader: NamedDependency[Reader]) -> Actor:
    """Who acts, for the services."""
    return reader.actor


def collect(package: Any, name: str) -> list[Any]:
    """The handlers that every module of a package lists under ``name``."""
    found: list[Any] = []
    for module in pkgutil.iter_modules(package.__path__):
        found.extend(getattr(import_module(f"{package.__name__}.{module.name}"), name, []))
    return found


def create_app(settings: Settings | None = None, *, pool: Pool | None = None) -> Litestar:
    """The ASGI app. With ``pool``, it serves that one (tests); otherwise it opens what the settings name."""
    settings = settings or load_settings()
    configure_logs()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        if pool is not None:
            app.state.pool = pool
            yield
            return
        database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role, read_url=settings.read_url)
        try:
            await check(database)
            await ensure_books(database)
            async with running(database) as opened:
                app.state.pool = opened
                app.state.sample_books = await is_sample(opened)
                yield
        finally:
            await database.close()

    app = Litestar(
        route_handlers=[*_doors(), *_always()],
        dependencies={"pool": Provide(provide_pool), "reader": Provide(provide_reader), "actor": Provide(provide_actor), "by": Provide(provide_by)},
        guards=[permitted],
        before_send=[security_headers(settings.secure)],
        middleware=[
            PrometheusConfig(app_name="solidarity", group_path=True).middleware,
            DefineMiddleware(Gate, secure=settings.secure, ask_first=sign_in_first),
        ],
        exception_handlers={Refusal: on_refusal, HTTPException: on_http_exception, Exception: on_fault},
        lifespan=[lifespan],
        openapi_config=openapi.config(settings.secure),
        request_max_body_size=BODY_MAXIMUM_BYTES,
        logging_config=None,
    )
    app.state.settings = settings
    app.state.query_words = words_of(app)
    check_routes(app)
    app.asgi_handler = with_heads(app.asgi_handler)
    return app


async def only_what_is_known(request: Request[Any, Any, Any]) -> None:
    """``before_request`` of every JSON route: no word of the address and no member of the body that would be passed over in silence."""
    only_known_words(request)
    await only_strict_json(request)


def _doors() -> list[Any]:
    return [
        Router(
            "/api/v1", route_handlers=collect(api.routes, "ROUTES"), security=[{"token": []}, {"session": []}],
            before_request=only_what_is_known,
        ),
        Router("/", route_handlers=collect(api.pages, "PAGES"), include_in_schema=False, before_request=count_waiting),
    ]


def _always() -> list[Any]:
    class Metrics(PrometheusController):
        opt = {"public": True}
        guards = [health.from_this_machine]
        before_request = staticmethod(health.measure_mail)
        include_in_schema = False

    static = create_static_files_router("/static", directories=[STATIC], opt={"public": True}, include_in_schema=False)
    return [health.live, health.ready, Metrics, static]
