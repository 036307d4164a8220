"""Decide about webhooks: which events there are, what one says, how it is signed, where it may be sent, and when it is tried again.

An event names what happened and where it is read; it holds no name of a person, no text that somebody wrote and no amount. Signatures follow
the Standard Webhooks convention (standardwebhooks.com), so that receivers check them with the libraries there are.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from ledger.domain.refusals import ChoiceInvalid, TextInvalid, WebhookState, WebhookUrlInvalid
from ledger.domain.text import UNKEPT, is_blank

READ, MANAGE = "read_webhooks", "manage_webhooks"
State = Literal["active", "paused", "failing", "deleted"]
# Each step: the states it is possible in, and the one it leads to.
STEPS: dict[str, tuple[frozenset[State], State]] = {
    "pause": (frozenset({"active", "failing"}), "paused"),
    "resume": (frozenset({"paused", "failing"}), "active"),
    "delete": (frozenset({"active", "paused", "failing"}), "deleted"),
}
NAME_MAXIMUM, URL_MAXIMUM, PER_UNION_MAXIMUM = 80, 500, 20
# What waits to be sent to one address; the journal itself waits longer, and nothing of it is lost.
WAITING_MAXIMUM = 1_000
# A changed secret's forerunner still signs beside it for so long.
OVERLAP = timedelta(hours=24)
SECRET_PREFIX, SECRET_BYTES = "whsec_", 32
# After each failure of the oldest event that waits: nine tries over nearly three days.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1_440, 1_440))
TRIES_MAXIMUM = len(WAITS) + 1
# An answer that says the address is gone for good.
GONE = 410

POSTED, TEST = "entry.posted", "webhook.test"
# What the journal tells, by the kind of an entry; every entry is ``entry.posted`` too.
BY_ENTRY: dict[str, str] = {
    "contribution": "contribution.received", "transfer_sent": "transfer.sent", "transfer_received": "transfer.received",
    "transfer_returned": "transfer.returned", "commitment": "request.approved", "allocation_payment": "request.paid",
    "strike_run": "strike_run.approved", "strike_run_payment": "strike_run.paid",
}  # fmt: skip
# What is told of an operation that posts nothing.
BY_OPERATION: dict[str, str] = {
    "dispute_receipt": "transfer.disputed", "submit_request": "request.submitted", "return_request": "request.returned",
    "shut_period": "close.shut", "fix_report": "close.fixed", "reopen_close": "close.reopened",
}  # fmt: skip
_SIGNING, REJECTED = "sign_report", "request.rejected"
_AREAS = ("entry", "contribution", "transfer", "request", "strike_run", "close")
EVENTS: tuple[str, ...] = tuple(
    sorted(
        {POSTED, *BY_ENTRY.values(), *BY_OPERATION.values(), REJECTED, "close.signed", "close.declined", "close.locked"},
        key=lambda event: (_AREAS.index(event.partition(".")[0]), event),
    )
)
Network = IPv4Network | IPv6Network
# Addresses that carry an IPv4 address inside them: what stands in it is not where one arrives, so none of them is gone to.
_WRAPPED = tuple(ip_network(text) for text in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))

# What Python takes for the open internet and is not: networks once local to a site, and relays that carry IPv6 over IPv4.
_RETIRED = tuple(ip_network(text) for text in ("fec0::/10", "192.88.99.0/24"))

NAME_LENGTH = 253
_LABEL = re.compile(r"\A[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z", re.ASCII)
# The last part of a host that a resolver takes for a number.
_NUMBER = re.compile(r"\A([0-9]+|0x[0-9a-f]*)\Z", re.ASCII)
# Names that are this machine (RFC 6761), and endings of names inside somebody's walls.
_HERE = ("localhost",)
_INSIDE = (".local", ".internal", ".intranet", ".lan", ".home.arpa", ".corp", ".private")


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an administrator says of a webhook: what it is for, where it goes, and of which events."""

    name: str
    url: str
    events: tuple[str, ...]


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a union's that events are sent to. ``tries`` counts failures of the oldest event that waits."""

    number: str
    union: str
    name: str
    url: str
    events: tuple[str, ...]
    state: State
    state_since: datetime
    version: int
    created_at: datetime
    delivered_at: datetime | None = None
    retry_at: datetime | None = None


class Event(msgspec.Struct, frozen=True):
    """One thing that happened, as it is sent: ``id`` is its own for ever, ``subject`` the record's number, ``entry`` the journal's."""

    id: str
    type: str
    occurred_at: datetime
    subject: str = ""
    entry: int | None = None


# --- what happened ------------------------------------------------------------------------------------------------------


def of_entry(number: int, kind: str, subject: str, recorded_at: datetime) -> list[Event]:
    """The events that one entry of the journal is."""
    types = [POSTED, *([BY_ENTRY[kind]] if kind in BY_ENTRY else [])]
    return [Event(f"{each.replace('.', '_')}_{number}", each, recorded_at, subject, number) for each in types]


def of_operation(operation: str, details: Mapping[str, Any], answer: Any) -> list[str]:
    """The types of event that an operation is which has just been done; most are none."""
    state = answer.get("state") if isinstance(answer, Mapping) else None
    if operation == _SIGNING:
        signed = ["close.signed" if details.get("decision") == "signed" else "close.declined"]
        return signed + (["close.locked"] if state == "locked" else [])
    if operation.endswith("_request") and state == "rejected":
        # An officer's word, a board's resolution or its last vote: whichever step ends it.
        return [REJECTED]
    return [BY_OPERATION[operation]] if operation in BY_OPERATION else []


# --- where it goes ------------------------------------------------------------------------------------------------------


def check(wanted: Wanted, networks: Sequence[Network] = ()) -> Wanted:
    """What was wanted, trimmed, with each event once and in their own order; refuses what cannot be a webhook.

    ``networks`` are the operator's own, which may be sent to although they are private; http is for this machine, where it is one of them.
    """
    name = wanted.name.strip()
    if is_blank(name) or len(name) > NAME_MAXIMUM or UNKEPT.search(name):
        raise TextInvalid(field="name", limit=NAME_MAXIMUM)
    unknown = [each for each in wanted.events if each not in EVENTS]
    if unknown or not wanted.events:
        raise ChoiceInvalid(field="events", value=unknown[0][:40] if unknown else "")
    return Wanted(name=name, url=check_url(wanted.url.strip(), networks), events=tuple(each for each in EVENTS if each in wanted.events))


def check_url(url: str, networks: Sequence[Network] = ()) -> str:
    """An address that may be called, as far as can be told without asking for its name."""
    if not url or len(url) > URL_MAXIMUM or not url.isascii() or any(sign <= " " or sign in '\\"<>' for sign in url):
        raise WebhookUrlInvalid(reason="shape")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise WebhookUrlInvalid(reason="shape") from None
    if parts.username is not None or parts.password is not None:
        raise WebhookUrlInvalid(reason="sign_in")
    if not host or parts.fragment or port == 0:
        raise WebhookUrlInvalid(reason="shape")
    here = literal(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and here is not None and here.is_loopback and is_open(host, networks)):
        raise WebhookUrlInvalid(reason="scheme")
    if here is not None:
        if not is_open(host, networks):
            raise WebhookUrlInvalid(reason="private")
    else:
        _check_name(host.rstrip("."), bool(networks))
    return url


def _check_name(host: str, has_networks: bool) -> None:
    """Refuse what is no name, a number that stands for an address in another way of writing, and a name of inside.

    Where the operator named networks of their own, an inside name may lead there, which is looked at when it is sent to.
    """
    labels = host.split(".")
    if _NUMBER.match(labels[-1]):
        # 127.1, 2130706433 and 0x7f000001 are all this machine to a resolver.
        raise WebhookUrlInvalid(reason="number")
    if len(host) > NAME_LENGTH or not all(_LABEL.match(label) for label in labels):
        raise WebhookUrlInvalid(reason="shape")
    if labels[-1] in _HERE or (not has_networks and (len(labels) == 1 or host.endswith(_INSIDE))):
        raise WebhookUrlInvalid(reason="private")


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is, where it is written as one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_open(address: str, networks: Iterable[Network] = ()) -> bool:
    """Whether events may be sent to an address: one of the open internet, or of a network that the operator named."""
    found = literal(address)
    if found is None:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if any(found.version == network.version and found in network for network in networks):
        return True
    if any(found.version == network.version and found in network for network in (*_WRAPPED, *_RETIRED)):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


# --- how it is signed ---------------------------------------------------------------------------------------------------


def secret_of(random: bytes) -> str:
    """A secret as it is shown once."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """One signature of the header ``webhook-signature``."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Iterable[str], event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """What a receiver checks: the id, the seconds of sending, and a signature by each secret that is good."""
    signed = " ".join(signature(secret, event_id, timestamp, body) for secret in secrets)
    return {"webhook-id": event_id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def body_of(event: Event, books: str) -> bytes:
    """The event as JSON. ``books`` is where people find the books; links begin with it."""
    data: dict[str, Any] = {"entry": event.entry, "record": event.subject or None, "links": links_of(event, books)}
    return msgspec.json.encode({"type": event.type, "id": event.id, "timestamp": event.occurred_at, "data": data})


def links_of(event: Event, books: str) -> dict[str, str]:
    """Where what happened is read, by people and by programs; who follows one signs in."""
    if event.entry is not None:
        return {"page": f"{books}/journal/{event.entry}", "api": f"{books}/api/v1/entries/{event.entry}"}
    area = {"close": ("close", "closes"), "request": ("requests", "requests"), "transfer": ("transfers", "transfers")}.get(event.type.partition(".")[0])
    return {"page": f"{books}/{area[0]}/{event.subject}", "api": f"{books}/api/v1/{area[1]}/{event.subject}"} if area and event.subject else {}


# --- when it is tried again ---------------------------------------------------------------------------------------------


def again_at(tries: int, status: int | None, now: datetime) -> datetime | None:
    """When an event that failed ``tries`` times is tried again; None gives it up."""
    return None if tries >= TRIES_MAXIMUM or status == GONE else now + WAITS[tries - 1]


def check_step(webhook: Webhook, step: str) -> State:
    """The state that a step leads to; refuses one that is not possible."""
    states, after = STEPS[step]
    if webhook.state not in states:
        raise WebhookState(webhook=webhook.number, state=webhook.state)
    return after
