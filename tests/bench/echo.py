"""Serve the product's app with one route more: a POST that decodes the same body behind the same gate and touches no database."""

from litestar import Litestar, post
from litestar.params import JSONBody

from api.app import create_app
from api.routes.entries import EntryIn


@post("/api/v1/echo", opt={"permission": "post_entry"}, include_in_schema=False)
async def echo(data: JSONBody[EntryIn]) -> dict[str, int]:
    """As much as any POST costs before it does anything."""
    return {"postings": len(data.postings)}


def app() -> Litestar:
    """The app, with the route."""
    made = create_app()
    made.register(echo)
    return made
