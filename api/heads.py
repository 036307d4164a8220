"""Answer HEAD wherever GET is answered: the same status and headers without the body (RFC 9110, 9.3.2)."""

from typing import Any, cast

from litestar import Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_WAS_HEAD = "was_head"


def with_heads(app: ASGIApp) -> ASGIApp:
    """The app, to which a HEAD is a GET of which nobody sees the body; it is checked and allowed as one."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = cast("dict[str, Any]", scope)
        if asked.get("method") != "HEAD":
            await app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        asked["method"], asked[_WAS_HEAD] = "GET", True
        await app(scope, receive, send_without_body)

    return answer


def was_head(request: Request[Any, Any, Any]) -> bool:
    """Whether nobody will see the body, so that nothing was opened."""
    return bool(cast("dict[str, Any]", request.scope).get(_WAS_HEAD))
