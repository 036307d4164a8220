"""Reach the mail server that SOLIDARITY_SMTP_URL names, and hand letters over to it, each answered in one word where it is not taken.

The standard library's client runs in a thread, with a timeout on every step.
"""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from ledger.services.mailing import NotSent, Post

TIMEOUT_SECONDS = 20.0
_PORTS = {"smtps": 465, "starttls": 587, "none": 25}


class Server(msgspec.Struct, frozen=True):
    """A mail server: ``tls`` is ``smtps`` (from the first byte), ``starttls`` (asked for, or nothing is sent) or ``none``."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""


def server_of(url: str) -> Server:
    """The server that an address names: ``smtp://user:password@host:587?tls=starttls|none`` or ``smtps://host:465``; else ``ValueError``."""
    parts = urlsplit(url)
    query = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    tls = "smtps" if parts.scheme == "smtps" else query.pop("tls", ["starttls"])[-1]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in _PORTS or query or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("no mail server")
    return Server(parts.hostname, parts.port or _PORTS[tls], tls, unquote(parts.username or ""), unquote(parts.password or ""))


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[Post]:
    """The way to the server for one round of letters; raises :class:`NotSent` where it does not let us in."""
    client = await asyncio.to_thread(_connected, server)

    async def post(message: EmailMessage) -> None:
        await asyncio.to_thread(_handed_over, client, message)

    try:
        yield post
    finally:
        with suppress(smtplib.SMTPException, OSError):
            await asyncio.to_thread(client.quit)


def _connected(server: Server) -> smtplib.SMTP:
    client: smtplib.SMTP | None = None
    try:
        client = _greeted(server)
        if server.tls == "starttls":
            client.starttls(context=ssl.create_default_context())
        if server.user:
            _sign_in(client, server)
        return client
    except (NotSent, smtplib.SMTPException, OSError, ValueError) as error:
        if client is not None:
            client.close()
        raise error if isinstance(error, NotSent) else NotSent(reason_of(error)) from error


def _sign_in(client: smtplib.SMTP, server: Server) -> None:
    try:
        client.login(server.user, server.password)
    except smtplib.SMTPServerDisconnected as error:
        # Many servers hang up on a wrong password.
        raise NotSent("sign_in") from error


def _greeted(server: Server) -> smtplib.SMTP:
    if server.tls == "smtps":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)


def _handed_over(client: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        client.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        # Every refusal of the server is an OSError too, in this library.
        is_refusal = isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected)
        raise NotSent(reason_of(error), isinstance(error, OSError) and not is_refusal) from error


def reason_of(error: Exception) -> str:
    """One word for what went wrong, with the server's number where it gave one; never what it said, which may hold an address."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"sign_in_{error.smtp_code}"
        case smtplib.SMTPRecipientsRefused():
            return f"recipient_{next(iter(error.recipients.values()))[0]}"
        case smtplib.SMTPServerDisconnected():
            return "disconnected"
        case smtplib.SMTPResponseException():
            return f"refused_{error.smtp_code}"
        case smtplib.SMTPException():
            return "not_supported"
        case ssl.SSLError():
            return "certificate" if isinstance(error, ssl.SSLCertVerificationError) else "encryption"
        case TimeoutError():
            return "timeout"
        case OSError():
            return "unreachable"
    return "address_invalid"
