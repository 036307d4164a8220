"""Send an event to a webhook's address, and to no address behind the operator's walls.

The name is looked up here and the connection made to the very address that was looked at, so that a name which points elsewhere a moment later
leads nowhere. No redirect is followed, no proxy of the environment asked, no more than the first of an answer read, and every step has its time.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit, urlunsplit

import httpx

from ledger.domain.text import UNKEPT
from ledger.domain.webhooks import Network, is_open, literal
from ledger.services.webhook_sending import Message, Outcome
from ledger.storage.webhook_deliveries import EXCERPT_MAXIMUM

CONNECT_SECONDS, WHOLE_SECONDS = 5.0, 15.0
ANSWER_BYTES = 1_000
AGENT = "Solidarity-Ledger-Webhooks/1"
LookUp = Callable[[str, int], Awaitable[list[str]]]


class NotReached(Exception):
    """Why nobody answered: one word."""


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Sender:
    """Posts messages; ``networks`` are those of the operator's own that may be sent to."""

    def __init__(self, networks: Sequence[Network] = (), look_up: LookUp = look_up, verify: ssl.SSLContext | None = None) -> None:
        self._networks, self._look_up = tuple(networks), look_up
        # Made once: reading the certificates anew for each message would cost more than sending it.
        self._verify = verify or ssl.create_default_context()

    async def __call__(self, message: Message) -> Outcome:
        """What came of one message; never raises for a network, a name or a bad answer."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                status, said = await self._post(message)
        except NotReached as why:
            return Outcome(None, _since(began), str(why))
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(None, _since(began), "timeout")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            return Outcome(None, _since(began), "certificate" if "CERTIFICATE" in str(error) else "unreachable")
        if 200 <= status < 300:
            return Outcome(status, _since(began))
        return Outcome(status, _since(began), "redirect" if 300 <= status < 400 else "refused", _plain(said))

    async def _post(self, message: Message) -> tuple[int, bytes]:
        parts = urlsplit(message.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._address(host, port)
        if parts.scheme != "https" and not ((here := literal(address)) and here.is_loopback):
            raise NotReached("not_encrypted")
        place = f"[{address}]" if ":" in address else address
        there = urlunsplit((parts.scheme, f"{place}:{port}", parts.path or "/", parts.query, ""))
        sent = message.headers | {"host": parts.netloc, "content-type": "application/json", "user-agent": AGENT, "accept-encoding": "identity"}
        async with httpx.AsyncClient(
            verify=self._verify, timeout=httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS), follow_redirects=False, trust_env=False
        ) as client:
            request = client.stream("POST", there, content=message.body, headers=sent, extensions={"sni_hostname": host})
            async with request as answer:
                return answer.status_code, await _first(answer)

    async def _address(self, host: str, port: int) -> str:
        """An address of a name that may be sent to; where one of its addresses may not, none is."""
        try:
            found = [host] if literal(host) else await self._look_up(host, port)
        except (OSError, UnicodeError):
            raise NotReached("unknown_name") from None
        if not found:
            raise NotReached("unknown_name")
        if not all(is_open(each, self._networks) for each in found):
            raise NotReached("private_address")
        return found[0]


async def _first(answer: httpx.Response) -> bytes:
    """The first of what was answered; the rest is not read."""
    body = b""
    async for part in answer.aiter_raw(ANSWER_BYTES):
        body += part
        if len(body) >= ANSWER_BYTES:
            break
    return body[:ANSWER_BYTES]


def _plain(said: bytes) -> str:
    """The first of a failure's words, as one line of text that can be kept and shown."""
    return UNKEPT.sub(" ", said.decode("utf-8", "replace"))[:EXCERPT_MAXIMUM].strip()


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
