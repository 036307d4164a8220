"""Render the pages: one Jinja environment a language, the frame around every page, and what all templates may use.

It knows no area of the books; page modules give it a template and what the template shows.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from litestar import Litestar, Request, Response

from api.action_names import action_name
from api.answers import language_of
from api.security import Reader
from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft
from ledger.services import home
from reports import formats
from reports.i18n import LANGUAGES, N_, NC_, translate, translations
from reports.present import source_name

HERE = Path(__file__).parent.parent
TEMPLATES, STATIC = HERE / "templates", HERE / "static"
LANGUAGE_NAMES = {"en": "English", "fr": "Français"}


class Place(msgspec.Struct, frozen=True):
    """A line of the navigation: shown to those who hold the permission, where the app has a page at the path. ``context`` is its label's, where the
    word alone means something else.
    """

    label: str
    path: str
    permission: str
    covers: tuple[str, ...] = ()
    context: str = ""


# Groups are divided by a rule. Order from design: what waits, the money, the books; then reading; then the rest.
NAV: tuple[tuple[Place, ...], ...] = (
    (
        Place(N_("Waiting for you"), "/", "see_home"),
        Place(N_("Funds"), "/funds", "read_funds"),
        Place(N_("Campaigns"), "/campaigns", "read_campaigns"),
        Place(N_("Requests"), "/requests", "read_requests"),
        Place(N_("To decide"), "/requests/queue", "decide_request"),
        Place(N_("Before the board"), "/requests/board", "vote_in_board"),
        Place(N_("Strikes"), "/strikes", "read_strikes"),
        Place(N_("Resources"), "/resources", "read_resources", ("/bookings", "/deliveries", "/charge-backs")),
        Place(N_("Transfers"), "/transfers", "read_books"),
        Place(N_("Contributions"), "/contributions", "read_books", ("/pledges",)),
        Place(N_("Between the unions"), "/between-unions", "read_books", ("/loans", "/steps")),
        Place(N_("Equalisation"), "/equalisation", "read_agreements"),
        Place(N_("To pay"), "/payables", "pay_allocation"),
        Place(N_("Picket duty"), "/duty", "record_duty"),
        Place(N_("Journal"), "/journal", "read_books", ("/documents",)),
        Place(N_("Accounts"), "/accounts", "read_books"),
    ),
    (
        Place(NC_("place", "Close"), "/close", "read_books", context="place"),
        Place(N_("Comparison of the ledgers"), "/comparison", "read_books", ("/extracts",)),
        Place(N_("Bank matching"), "/bank", "read_books"),
        Place(N_("For the boards"), "/board-packs", "read_reports"),
        Place(N_("Members’ page"), "/members-page", "read_reports"),
        Place(N_("Reports"), "/reports", "read_reports", ("/verification",)),
        Place(N_("Reminders"), "/reminders", "read_reports", ("/lm2-map", "/statement-requests")),
    ),
    (
        Place(N_("Payees"), "/payees", "read_payees"),
        Place(N_("Exchange rates"), "/rates", "read_rates"),
        Place(N_("Agreements"), "/agreements", "read_agreements"),
        Place(N_("Approval rules"), "/approval-rules", "read_approval_rules"),
        Place(N_("Strike rules"), "/strike-rules", "read_strike_rules"),
        Place(N_("Thresholds"), "/thresholds", "read_thresholds", ("/strikes/tax-review",)),
        Place(N_("People"), "/people", "read_people", ("/unions", "/webhooks")),
        Place(N_("Retention"), "/retention", "read_retention"),
        Place(N_("Audit trail"), "/audit", "read_audit"),
        Place(N_("Help"), "/help", "read_help"),
    ),
)

ROLE_NAMES = {
    "treasurer": N_("Treasurer"),
    "deputy": N_("Deputy treasurer"),
    "officer": N_("National officer"),
    "secretary_treasurer": N_("Secretary-treasurer"),
    "board_member": N_("Board member"),
    "campaign_lead": N_("Campaign lead"),
    "benefits_officer": N_("Benefits officer"),
    "picket_captain": N_("Picket captain"),
    "trustee": N_("Trustee"),
    "admin": N_("Administrator"),
}


class UnionLook(msgspec.Struct, frozen=True):
    """How a union is marked everywhere: its short name, a shape and a colour (never colour alone)."""

    name: str
    shape: str
    colour: str


UNION_LOOKS = {"ue": UnionLook("UE", "square", "blue"), "unifor": UnionLook("Unifor", "disc", "red")}
_OTHER_LOOKS = (("diamond", "green"), ("triangle", "violet"), ("ring", "ochre"))


def look_of(code: str) -> UnionLook:
    """The mark of a union; one that has none of its own yet keeps the same of three others."""
    if code in UNION_LOOKS:
        return UNION_LOOKS[code]
    shape, colour = _OTHER_LOOKS[sum(code.encode()) % len(_OTHER_LOOKS)]
    return UnionLook(code.upper() if len(code) < 5 else code.title(), shape, colour)


class Here(msgspec.Struct, frozen=True):
    """The address of the page, to link to it with other parameters."""

    path: str
    query: dict[str, str]

    @property
    def url(self) -> str:
        """Path and query."""
        return self.path + ("?" + urlencode(self.query) if self.query else "")

    def get(self, name: str, default: str = "") -> str:
        """One parameter."""
        return self.query.get(name, default)

    def but(self, **changes: str | int | None) -> str:
        """The address with parameters changed; None removes one."""
        query = {**self.query, **{name: str(value) for name, value in changes.items() if value is not None}}
        return Here(self.path, {name: value for name, value in query.items() if changes.get(name, "") is not None}).url


class Line(msgspec.Struct, frozen=True):
    """A posting as a page shows it before or after it is recorded; debit positive, minor units."""

    account: str
    fund: str
    amount_minor: int
    currency: str
    memo: str = ""
    book: str = ""
    href: str | None = None


def explained(draft: Draft, accounts: Mapping[int, Account], funds: Mapping[int, Fund], language: str, linked: bool = False) -> list[Line]:
    """What a draft will post, in the reader's language; once it is posted, ``linked`` leads from each line to its account's statement."""
    lines = []
    for posting in draft.postings:
        account, fund = accounts[posting.account_id], funds[posting.fund_id]
        name = named(language, account)
        href = f"/accounts/{account.id}?fund={fund.code}" if linked else None
        lines.append(Line(name, named(language, fund), posting.amount_minor, account.currency, posting.memo, account.book, href))
    return lines


def named(language: str, thing: Any) -> str:
    """The name of anything that has ``name_en`` and ``name_fr`` (attributes or keys)."""
    key = "name_fr" if language == "fr" else "name_en"
    return str(thing[key] if isinstance(thing, Mapping) else getattr(thing, key))


def page(
    request: Request[Any, Any, Any], template: str, *, reader: Reader | None = None, status: int = 200, title: str | None = None,
    language: str | None = None, help: str | None = None, fragment: str | None = None, **context: Any,
) -> Response[str]:  # fmt: skip
    """A page in the reader's language, or only its block ``fragment`` where htmx asked for a part."""
    language = language or language_of(request)
    found = environment(language).get_template(template)
    everything = {**frame(request, reader, language), "title": title, "help": help, **context}
    everything["sample_books"] |= bool(context.get("sample_people"))
    wanted = fragment if request.headers.get("hx-request-type") == "partial" else None
    html = render(found, everything, wanted)
    headers = {"Content-Language": "fr-CA" if language == "fr" else "en-CA", "Vary": "Cookie, Accept-Language, HX-Request-Type"}
    return Response(html, status_code=status, media_type="text/html", headers=headers)


def render(template: Template, context: dict[str, Any], block: str | None = None) -> str:
    """A template, or one block of it, as text."""
    if block is None:
        return template.render(context)
    return "".join(template.blocks[block](template.new_context(context)))


def frame(request: Request[Any, Any, Any], reader: Reader | None, language: str) -> dict[str, Any]:
    """What every page needs around its own content."""
    here = Here(request.url.path, {name: value for name, value in request.query_params.items() if isinstance(value, str)})
    pages = paths_of(request.app)
    done = here.get("done")
    return {
        "reader": reader,
        "language": language,
        "languages": LANGUAGE_NAMES,
        "here": here,
        # A message of what was just done belongs to one visit, not to the address a language switch returns to.
        "stay": here.but(done=None) if request.method in ("GET", "HEAD") or here.path in pages else "/",
        "nav": navigation(reader, here.path, pages),
        "theme": reader.theme if reader and reader.theme in ("light", "dark") else "system",
        "sample_books": bool(reader and reader.sample) or bool(request.app.state.get("sample_books", False)),
        "waiting_count": getattr(request.state, "waiting_count", 0),
        "notices": "/notices" in pages and reader is not None and reader.can("read_notices"),
        "notices_count": getattr(request.state, "notices_count", 0),
        "done": translate(language, done_messages()[done]) if done in done_messages() else None,
        "search": "/search" in pages and reader is not None,
        "settings": "/settings" in pages and reader is not None,
        "interests": "/interests" in pages and reader is not None and reader.can("declare_interest"),
        "has_help": "/help" in pages,
        "version": version(),
    }


class Shown(msgspec.Struct, frozen=True):
    """A line of the navigation as one reader sees it."""

    label: str
    path: str
    current: bool
    context: str


def navigation(reader: Reader | None, path: str, pages: frozenset[str]) -> list[list[Shown]]:
    """The groups of places this reader may go to, and where they are; empty for anybody else."""
    if reader is None:
        return []
    groups = [[place for place in group if place.path in pages and reader.can(place.permission)] for group in NAV]
    # Of two places that a page is in, it is at the inner one.
    here = max((place.path for group in groups for place in group if _is_at(place, path)), key=len, default=None)
    return [[Shown(place.label, place.path, place.path == here, place.context) for place in group] for group in groups if group]


def _is_at(place: Place, path: str) -> bool:
    roots = (place.path, *place.covers)
    return path == place.path or any(root != "/" and (path == root or path.startswith(root + "/")) for root in roots)


@lru_cache(maxsize=4)
def paths_of(app: Litestar) -> frozenset[str]:
    """The addresses with a page, so that no link leads nowhere."""
    return frozenset(path or "/" for path, methods in app.route_handler_method_map.items() if "GET" in methods)


async def count_waiting(request: Request[Any, Any, Any]) -> None:
    """Before a page: how many things wait for the reader and how many notices are new, for the badges. To be the pages' ``before_request``."""
    reader: Reader | None = request.scope.get("user")
    if reader is not None and request.method == "GET":
        request.state.waiting_count, request.state.notices_count = await home.counts(request.app.state.pool, reader.actor)


@cache
def done_messages() -> dict[str, str]:
    """The sentences said after a redirect (``?done=code``), from every page module's ``DONE``."""
    import api.pages as package

    found: dict[str, str] = {}
    for module in iter_modules(package.__path__):
        found |= getattr(import_module(f"{package.__name__}.{module.name}"), "DONE", {})
    return found


@cache
def version() -> str:
    """Changes whenever the stylesheet or the script do, so that browsers take the new ones."""
    return hashlib.sha256(b"".join((STATIC / name).read_bytes() for name in ("site.css", "amounts.js", "site.js"))).hexdigest()[:12]


@cache
def environment(language: str) -> Environment:
    """The templates in one language; macros stand under the global name ``ui``."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )  # fmt: skip
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= _filters(language)
    made.globals |= {
        "money_text": partial(formats.money, language),
        "figure_text": partial(formats.figure, language),
        "look_of": look_of,
        "new_key": lambda: str(uuid.uuid4()),
        "page_language": language,
        "script_words": script_words(language),
    }
    # Put there before it is filled: macros that call other macros keep the names they were loaded with.
    made.globals["ui"] = SimpleNamespace()
    vars(made.globals["ui"]).update(_macros(made))
    return made


def _filters(language: str) -> dict[str, Callable[..., Any]]:
    by_language: dict[str, Callable[..., str]] = {
        "date_long": formats.date_long, "date_short": formats.date_short, "moment": formats.moment, "rate": formats.rate, "days": formats.days,
        "day_count": formats.day_count, "percent": formats.percent, "number": formats.count, "named": named, "quoted": formats.quoted,
        "role_name": _role_name, "action_name": action_name, "source_name": source_name,
    }  # fmt: skip
    found: dict[str, Callable[..., Any]] = {name: partial(function, language) for name, function in by_language.items()}
    return found | {"date_iso": formats.date_iso, "day_of": formats.day_of}


def _role_name(language: str, role: str) -> str:
    return translate(language, ROLE_NAMES.get(role, role))


def _macros(made: Environment) -> dict[str, Any]:
    """Every macro of ``templates/macros/*.html`` by name."""
    found: dict[str, Any] = {}
    for path in sorted((TEMPLATES / "macros").glob("*.html")):
        module = made.get_template(f"macros/{path.name}").module
        found |= {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
    return found


# What the script says; the placeholders in braces are the script's own.
SCRIPT_WORDS = {
    "understood": N_("Understood as {money}"),
    "not_understood": N_("This is not an amount yet"),
    "ambiguous": N_("This can be read in two ways; write it like {example}"),
    "other_currency": N_("About {money}, at {rate} ({source})"),
    "balanced": N_("Balanced"),
    "debit_short": N_("{money} more debit is needed"),
    "credit_short": N_("{money} more credit is needed"),
    "nothing_yet": N_("Nothing typed yet"),
    "too_large": N_("{name} is {size} MB; the limit is {limit} MB. It was taken out again."),
    "restored": N_("What you had typed here is back."),
    "discard": N_("Start over"),
    "copied": N_("Copied"),
    "sending": N_("One moment…"),
    "not_saved": N_("Not saved: there is no answer. What you typed is still here, and it is tried again."),
}


def script_words(language: str) -> str:
    """The script's words, and how the language writes numbers, as JSON for the page's body."""
    signs = formats.signs(language)
    words = {name: translate(language, text) for name, text in SCRIPT_WORDS.items()}
    return json.dumps({**words, "group": signs.group, "decimal": signs.decimal}, ensure_ascii=False)


assert set(LANGUAGES) == set(LANGUAGE_NAMES)
