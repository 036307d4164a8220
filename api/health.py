"""Say whether the process lives and whether it can serve: the database answers and no migration is missing."""

from typing import Any

from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from api.security import is_loopback
from ledger.domain.refusals import NotAllowed, Refusal
from ledger.services.health import readiness


def from_this_machine(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Figures about the service are for its own machine, or for a signed-in administrator."""
    reader = connection.scope.get("user")
    if not is_loopback(connection) and not (reader is not None and "admin" in reader.roles):
        raise NotAllowed(permission="metrics")


@get("/health/live", opt={"public": True}, operation_id="live", include_in_schema=False)
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@get("/health/ready", opt={"public": True}, operation_id="ready", include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The database answers and its schema is this code's."""
    try:
        missing = await readiness(request.app.state.pool)
    except Refusal:
        return Response({"status": "unready", "why": "the database does not answer"}, status_code=503, headers={"Retry-After": "2"})
    if missing:
        return Response({"status": "unready", "why": f"migrations {', '.join(missing)} are missing"}, status_code=503)
    return Response({"status": "ready"})
