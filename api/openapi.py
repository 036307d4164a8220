"""Finish the OpenAPI that the framework makes: the statuses each operation really has, names and patterns that other tools read, examples.

What an operation can answer follows from its shape (a body can be too large, a key can be reused, what a path names can be missing);
a route says in ``opt`` what it answers beside that (``answers``) and what it never does (``never``). Tests hold every answer to it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, Reference, SecurityScheme, Server, Tag

from api.refusal_messages import mend, message
from ledger.domain import refusals
from ledger.domain.refusals import Refusal

EXAMPLES = Path(__file__).with_name("examples.json")
Json = dict[str, Any]
DESCRIPTION = """The shared book of record of two allied unions.

Money is `{"amount": "25000.00", "currency": "USD"}`: a decimal string, never a number. Dates are ISO dates.
A write that touches the books takes an `Idempotency-Key` of your own making: the same key always gets the same answer, so repeat the request
when an answer was lost. Lists come in pages: `next` is sent as `after` for the page that follows, and is null at the end.
A parameter that an operation does not know is refused; every GET answers HEAD too.
A refusal is `application/problem+json` with a stable `code`; its words are in the language of `Accept-Language`, English or French."""
PROBLEMS: dict[int, tuple[str, Refusal]] = {
    400: ("The request cannot be understood: fields are missing or malformed.", refusals.RequestInvalid(fields={"amount": "required"})),
    401: ("Nobody is signed in, or the token, the password or the code is not valid.", refusals.SignInRequired()),
    403: ("This person, this token or this union may not; or a ring-fence blocks it.", refusals.OtherUnion(union="unifor", account="")),
    404: ("There is no such thing.", refusals.NotFound(kind="transfer", id="T-9999")),
    409: ("The books are in a state that does not allow it, or the key was used for another request.", refusals.KeyReused()),
    413: ("Larger than the limit.", refusals.DocumentTooLarge(limit_bytes=15_000_000)),
    415: ("A body or a file of a kind that is not taken.", refusals.BodyType(given="text/plain")),
    422: ("Understood, and refused by a rule of the books; `code` names it.", refusals.FutureDate(date="2027-01-01", today="2026-11-23")),
    429: ("Too many tries; see Retry-After.", refusals.TooManyAttempts(retry_after_seconds=900)),
    503: ("The database or the queue cannot take it now; repeat with the same key after Retry-After.", refusals.Busy(retry_after_seconds=2)),
}  # fmt: skip
# How a receiver knows that a message is from these books, in ten lines that tests run.
VERIFIER = """import base64, hashlib, hmac, time

def verify(secret: str, headers: dict[str, str], body: bytes, tolerance_seconds: int = 300) -> str:
    id, sent = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(sent)) > tolerance_seconds:
        raise ValueError("too old")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = b"v1," + base64.b64encode(hmac.new(key, f"{id}.{sent}.".encode() + body, hashlib.sha256).digest())
    if not any(hmac.compare_digest(wanted, given.encode()) for given in headers["webhook-signature"].split()):
        raise ValueError("not from these books")
    return id  # seen before: answer 200 and do nothing more
"""
WEBHOOKS = f"""Addresses of a union's that are told of what happened, and the log of what was sent.

A message is a POST of JSON, `{{"type": "transfer.received", "id": "transfer_received_10482", "timestamp": "2026-11-23T17:00:00Z", "data":
{{"entry": 10482, "record": "T-0042", "links": {{"page": "…", "api": "…"}}}}}}`: which entry of the journal and which record, never a name, a text or an
amount; read those at its links. Answer 2xx within 15 seconds. Whatever else you answer, the event is tried again, nine times over three days, and
what happened after it waits, so that you are told in order. One event may come twice, under the same `webhook-id`. Messages are signed by the
[Standard Webhooks](https://www.standardwebhooks.com) convention; in Python, on the body as it came:

```python
{VERIFIER}```"""
TAGS = {
    "Home": "What waits for you, what is new, search.", "Me": "One's own account: preferences, password, one-time codes, tokens, sessions.",
    "Notices": "What you were told.",
    "Journal": "Entries: posting one or a thousand, reversing, correcting.", "Contributions": "Money that joint bank accounts received.",
    "Pledges": "Promises with instalments.", "Campaigns": "What is campaigned for, by whom, and what it may cost.",
    "Approval rules": "Who must approve what, and how the unions change it.", "Interests": "What keeps a person from deciding.",
    "Transfers": "Money between the unions' trust accounts, told by both sides.",
    "Payees": "Whom money is paid to, and their bank details under dual control.",
    "Strike rules": "What each union pays in a strike, from when and on what conditions.",
    "Rosters": "Members on strike and their picket duty: read by who keeps them in their own union, in figures by others.",
    "Requests": "Money asked for campaigns: drafts, approvals of both unions, payments.",
    "Funds": "Funds, their figures and floors.", "Accounts": "Accounts and statements.", "Rates": "Exchange rates and where they come from.",
    "Revaluation": "Exchange results.", "Reports": "Reading the books, exporting and verifying them.", "Documents": "Files that prove something.",
    "Periods": "Closed periods and opening them again.", "People": "Who acts for which union.", "Reference": "Unions, locals, books, currencies.",
    "Agreements": "What the unions agreed, who signed it, and which version holds.",
    "Bank": "Bank accounts with their statements, where reconciling begins, the proof of cash, and finishing it.",
    "Bank matching": "What bank lines are matched with: proposals, matches, entries recorded from lines, rules.",
    "Closes": "Months with the steps of their close, the reports both unions sign, and the heads each keeps.",
    "Equalisation": "Certified memberships, joint costs, and who owes whom for a period.",
    "Thresholds": "Amounts that the books remind of, with their sources.",
    "Between the unions": "Loans, debts and settlements: steps that both unions' books hold, or neither.",
    "Comparison of the ledgers": "Each union's own ledger extract, what differs between the two, who sees to it, and both treasurers' agreement.",
    "Resources": "What the unions lend besides cash: offers, bookings, what was delivered and what of it is charged back.",
    "Strikes": "Strike support: how long it lasts, what each week took.",
    "Strike runs": "The weekly run to members: computed, approved, paid, and what becomes of each payment.",
    "Strike grants": "Medical and hardship support to single members, decided about without a name.",
    "Retention": "How long each record is kept, the holds that keep it whatever its day, and when reports were filed.",
    "Webhooks": WEBHOOKS,
    "Audit": "Every write, refusal, sign-in and export.", "Health": "For whoever runs the service.",
}  # fmt: skip


def config(secure: bool) -> OpenAPIConfig:
    """What the framework is told; the two doors to it are below."""
    cookie = "__Host-session" if secure else "session"
    schemes: dict[str, SecurityScheme | Reference] = {
        "token": SecurityScheme(type="http", scheme="bearer", description="An API token made under My settings, or by `addToken`."),
        "session": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=cookie, description="A signed-in browser."),
    }
    return OpenAPIConfig(
        title="Solidarity ledger", version="1", description=DESCRIPTION, use_handler_docstrings=True, path="/api/v1/docs",
        servers=[Server(url="/")], components=Components(security_schemes=schemes),
        render_plugins=[Page(path="/", media_type=MediaType.HTML), Description(media_type=MediaType.JSON)],
        openapi_router=Router("/api/v1/docs", route_handlers=[], opt={"public": True}, include_in_schema=False, after_request=_with_policy),
        tags=[Tag(*each) for each in TAGS.items()],
    )  # fmt: skip


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """(method, path, operation) of a document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def describe(app: Litestar) -> Json:
    """The finished document of an app."""
    text = json.dumps(app.openapi_schema.to_schema())
    document: Json = json.loads(re.sub(r"Page_(?:\w+\.)*(\w+?)(?:Out)?_(?=\")", r"\1Page", text))
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        schema["description"] = _docstrings().get(schema.get("title", "").partition("[")[0], "")
    schemas["Problem"] = _problem_schema()
    stated = {handler.operation_id: handler.opt for route in app.routes for handler in getattr(route, "route_handlers", [])}
    for method, path, operation in operations(document):
        _finish(method, path, operation, stated[operation["operationId"]])
    _translate(document)
    return document


def _finish(method: str, path: str, operation: Json, opt: Json) -> None:
    words = operation.get("description", "")
    operation["summary"] = re.split(r"[;.:](?:\s|$)", words)[0]
    for parameter in operation.get("parameters", []):
        _plain_parameter(parameter)
    # Of what the framework guessed, only what is no problem stands; a route's own 503 says more than ours.
    good = {status: _answer(answer, opt) for status, answer in operation["responses"].items() if status < "400" or status == "503"}
    bad = {str(status): _problem(status) for status in _statuses(method, path, operation, opt)}
    operation["responses"] = dict(sorted((bad | good).items()))
    if opt.get("public"):
        operation["security"] = []
    _illustrate(operation, _examples().get(operation["operationId"], {}))


def _statuses(method: str, path: str, operation: Json, opt: Json) -> Iterable[int]:
    parameters, body = operation.get("parameters", []), "requestBody" in operation
    keyed = any(parameter["name"] == "Idempotency-Key" for parameter in parameters)
    found = {503} if opt.get("public") else {401, 403, 503}
    # Any operation can be asked with a word that it does not know.
    found |= {400} if path.startswith("/api/") else set()
    found |= {404} if "{" in path else set()
    found |= {409} if keyed or body else set()
    found |= {413, 415, 422} if body else set()
    return sorted((found | set(opt.get("answers", ()))) - set(opt.get("never", ())))


def _answer(answer: Json, opt: Json) -> Json:
    """What an operation answers when it goes well: its files as bytes, and where to find what was made."""
    if media := opt.get("files"):
        content = answer.get("content", {})
        kept = {kind: content[kind] for kind in content if kind == "application/json" and kind in media and "type" not in content[kind]["schema"]}
        answer["content"] = kept | {kind: {"schema": _file_schema(kind)} for kind in media if kind not in kept}
    if opt.get("location"):
        answer["headers"] = {"Location": {"description": "Where to read it", "schema": {"type": "string"}}}
    return {name: part for name, part in answer.items() if part}


def _file_schema(kind: str) -> Json:
    """A file is bytes, unless it is JSON that a program reads as it is."""
    return {"type": "object"} if kind == "application/json" else {"type": "string", "format": "binary"}


def _plain_parameter(parameter: Json) -> None:
    """A parameter is there or it is not: an address cannot say null."""
    schema = parameter["schema"]
    for name in ("deprecated", "allowEmptyValue", "allowReserved"):
        parameter.pop(name, None)
    if "oneOf" in schema and {"type": "null"} in schema["oneOf"]:
        kinds = [kind for kind in schema.pop("oneOf") if kind != {"type": "null"}]
        schema |= kinds[0] if len(kinds) == 1 else {"oneOf": kinds}
    if isinstance(schema.get("type"), list):
        schema["type"] = next(kind for kind in schema["type"] if kind != "null")
        schema["enum"] = [value for value in schema.get("enum", []) if value is not None]
    if schema.get("default", "") is None:
        del schema["default"]


def _translate(part: Any) -> None:
    r"""Python's ``\A`` and ``\Z`` are ``^`` and ``$`` to everybody else who reads a JSON schema."""
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            part["pattern"] = part["pattern"].replace(r"\A", "^").replace(r"\Z", "$")
        for each in part.values():
            _translate(each)
    elif isinstance(part, list):
        for each in part:
            _translate(each)


@cache
def _docstrings() -> dict[str, str]:
    """What the structs that travel say of themselves, by name; those of the routes win over the domain's."""
    found: dict[str, str] = {}
    for kind in sorted(_structs(msgspec.Struct), key=lambda kind: kind.__module__.startswith("api.")):
        if kind.__module__.startswith(("api.", "ledger.domain.")) and kind.__doc__:
            found[kind.__name__] = kind.__doc__.strip()
    return found


def _structs(kind: type) -> Iterator[type]:
    each: type
    for each in kind.__subclasses__():
        yield each
        yield from _structs(each)


# --- problems and examples --------------------------------------------------------------------------------------------


def _problem(status: int) -> Json:
    words, refusal = PROBLEMS[status]
    media = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _problem_example(refusal, status)}
    answer: Json = {"description": words, "content": {"application/problem+json": media}}
    if status in (429, 503):
        answer["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return answer


def _problem_example(refusal: Refusal, status: int) -> Json:
    return {
        "type": f"/help/problems/{refusal.code}", "title": message("en", refusal), "status": status, "code": refusal.code,
        "detail": mend("en", refusal) or message("en", refusal), "instance": "/api/v1/transfers/T-9999/receipt", "params": refusal.params,
        "mend": mend("en", refusal),
    }  # fmt: skip


def _problem_schema() -> Json:
    text = {"type": "string"}
    fields = {"type": "object", "additionalProperties": text, "description": "With `request_invalid`: what is wrong, by field"}
    return {
        "type": "object", "title": "Problem", "required": ["type", "title", "status", "code", "detail", "instance"],
        "description": "RFC 9457 problem details. `code` is stable; `title`, `detail` and `mend` are in the language of Accept-Language.",
        "properties": {
            "type": {**text, "format": "uri-reference", "description": "A page about the code, in both languages"},
            "title": {**text, "description": "Which rule, in one sentence"}, "status": {"type": "integer"},
            "code": {**text, "enum": sorted([*refusals.all_refusals(), "fault"])},
            "detail": {**text, "description": "What would make it pass, or the rule again"},
            "instance": {**text, "description": "The address that was asked"},
            "params": {"type": "object", "properties": {"fields": fields}, "additionalProperties": True, "description": "The refusal's facts"},
            "mend": {"type": ["string", "null"], "description": "What would make it pass; null where nothing would"},
        },
    }  # fmt: skip


@cache
def _examples() -> Json:
    """One call of every operation as it really went, kept by ``tests/api/test_every_operation.py``."""
    return json.loads(EXAMPLES.read_text()) if EXAMPLES.exists() else {}


def _illustrate(operation: Json, example: Json) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["name"] in example.get("parameters", {}):
            parameter["example"] = example["parameters"][parameter["name"]]
    if "request" in example:
        for media in operation["requestBody"]["content"].values():
            media["example"] = example["request"]
            break
    if "response" in example:
        for status, answer in operation["responses"].items():
            if status < "300" and "content" in answer:
                kinds = answer["content"]
                (kinds.get("application/json") or next(iter(kinds.values())))["example"] = example["response"]


# --- its own doors ----------------------------------------------------------------------------------------------------

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Solidarity ledger: API</title>
<link rel="icon" href="/static/favicon.svg"></head>
<body><noscript>This page needs JavaScript; the description itself is at <a href="/api/v1/docs/openapi.json">openapi.json</a>.</noscript>
<script id="api-reference" data-url="/api/v1/docs/openapi.json" data-configuration='{"withDefaultFonts": false, "hideClientButton": true,
"telemetry": false, "agent": {"disabled": true}, "mcp": {"disabled": true}, "showDeveloperTools": "never"}'></script>
<script src="/static/vendor/scalar.js"></script></body>
</html>
"""
# Scalar writes its styles into the page itself; its code, as everybody's, comes from this site alone and nothing leaves it.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class Page(OpenAPIRenderPlugin):
    """The description for people, by Scalar."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        """The page, which reads the description for itself."""
        return _PAGE.encode()


class Description(JsonRenderPlugin):
    """The description for programs."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        """The finished document; the framework's own is the raw material."""
        return _described(request.app)


@cache
def _described(app: Litestar) -> bytes:
    return json.dumps(describe(app)).encode()


async def _with_policy(response: Response[Any]) -> Response[Any]:
    if response.media_type == "text/html":
        response.headers["Content-Security-Policy"] = _CSP
    return response
