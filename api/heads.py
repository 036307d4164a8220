"""Answer HEAD wherever GET is answered: the same status and headers without the body (RFC 9110, 9.3.2)."""

from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send


def with_heads(app: ASGIApp) -> ASGIApp:
    """The app, to which a HEAD is a GET of which nobody sees the body; it is checked, allowed and counted as one."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = cast("dict[str, Any]", scope)
        if asked.get("method") != "HEAD":
            await app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        asked["method"] = "GET"
        await app(scope, receive, send_without_body)

    return answer
