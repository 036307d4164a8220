"""Serve the product's app with one route more: a POST that decodes the same body behind the same gate and touches no database."""

from litestar import Litestar, Response, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.app import create_app
from api.routes.entry_schemas import EntryIn, Posted
from api.schemas import IdempotencyKey
from api.serve import settle_memory
from api.strict_json import only_strict_json
from ledger.domain.actors import Actor
from ledger.services.pool import Pool


@post("/echo", opt={"permission": "post_entry"}, include_in_schema=False)
async def echo(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[EntryIn]
) -> Response[Posted]:
    """As much as any POST costs before it does anything."""
    return Response(Posted(len(data.postings), ""), status_code=201)


def app() -> Litestar:
    """The app, with the route."""
    made = create_app()
    made.register(Router("/api/v1", route_handlers=[echo], before_request=only_strict_json))
    settle_memory()
    return made
