"""Say whether the process lives and whether it can serve: the database answers and no migration is missing."""

from contextlib import suppress
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from prometheus_client import Gauge

from api.security import is_loopback
from ledger.domain.refusals import NotAllowed, Refusal
from ledger.services.health import readiness
from ledger.services.mailing import mail_state


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the service is; `why` only where it is unready."""

    status: Literal["live", "ready", "unready"]
    why: str = ""


UNREADY = ResponseSpec(
    Health, generate_examples=False, description="The database does not answer, or a migration is missing.",
    examples=[Example("Away", value={"status": "unready", "why": "the database does not answer"})],
)  # fmt: skip


MAIL_WAITING = Gauge("solidarity_mail_waiting", "Notices whose e-mail failed and is tried again")
MAIL_GIVEN_UP = Gauge("solidarity_mail_given_up", "Notices of the last month whose e-mail was given up")


async def measure_mail(request: Request[Any, Any, Any]) -> None:
    """Before the figures are told: how mail stands in the database, whichever worker sent it."""
    with suppress(Refusal):
        state = await mail_state(request.app.state.pool)
        MAIL_WAITING.set(state.waiting)
        MAIL_GIVEN_UP.set(state.given_up)


def from_this_machine(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Figures about the service are for its own machine, or for a signed-in administrator."""
    reader = connection.scope.get("user")
    if not is_loopback(connection) and not (reader is not None and "admin" in reader.roles):
        raise NotAllowed(permission="metrics")


@get("/health/live", opt={"public": True, "never": (503,)}, operation_id="live", tags=["Health"])
async def live() -> Health:
    """The process answers."""
    return Health("live")


@get("/health/ready", opt={"public": True}, operation_id="ready", tags=["Health"], responses={503: UNREADY})
async def ready(request: Request[Any, Any, Any]) -> Response[Health]:
    """The database answers and its schema is this code's."""
    try:
        missing = await readiness(request.app.state.pool)
    except Refusal:
        return Response(Health("unready", "the database does not answer"), status_code=503, headers={"Retry-After": "2"})
    if missing:
        return Response(Health("unready", f"migrations {', '.join(missing)} are missing"), status_code=503)
    return Response(Health("ready"))
