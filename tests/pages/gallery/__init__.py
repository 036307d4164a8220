"""Render pages that show every macro, without a server or a database, as the pages do it themselves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader
from litestar import Litestar, get
from litestar.testing import RequestFactory

from api.pages.forms import Form
from api.pages.rendering import NAV, TEMPLATES, Line, environment, frame, render
from api.security import Reader
from ledger.domain.actors import Actor

HERE = Path(__file__).parent
ROLES = frozenset({"treasurer"})
ACCOUNTS = [
    {"value": "joint/Assets:Bank:UE-trust-USD", "label": "UE trust, USD", "book": "joint", "currency": "USD"},
    {"value": "joint/Income:Contributions:UE", "label": "Contributions of UE", "book": "joint", "currency": "USD"},
    {"value": "joint/Assets:Bank:Unifor-trust-CAD", "label": "Unifor trust, CAD", "book": "joint", "currency": "CAD"},
]
LINES = [
    Line("Unifor trust, CAD", "Strike", 2038400, "CAD", href="/accounts/7"),
    Line("Bank fees", "Strike", 1750, "CAD", memo="as on the statement"),
    Line("FX trading", "Strike", -2040150, "CAD"),
    Line("FX trading", "Strike", 1500000, "USD"),
    Line("In transit", "Strike", -1500000, "USD"),
]
PEOPLE = [
    {"name": "Dolores Haze-Nguyen", "email": "dolores@ue.example.org", "union_code": "ue", "roles": ["treasurer"], "password": "sample-ue-1"},
    {"name": "Rosalie Tremblay-Okoye", "email": "rosalie@unifor.example.org", "union_code": "unifor", "roles": ["officer"], "password": "sample-2"},
]  # fmt: skip
WRONG = {
    "amount": "1,5,00", "amount_currency": "CAD", "fee": "12.50", "date": "31 Feb 2026", "rate": "abc", "kind": "", "document": "",
    "line-0-account": "joint/Assets:Bank:UE-trust-USD", "line-0-debit": "100.00", "line-0-fund": "STRIKE",
    "line-1-account": "nothing", "line-1-credit": "x",
}  # fmt: skip


def reader(language: str, theme: str) -> Reader:
    """Unifor's treasurer."""
    actor = Actor(7, "Rosalie Tremblay-Okoye", "unifor", ROLES)
    return Reader(7, actor.name, "rosalie@example.org", "unifor", ROLES, language, theme, True, actor, sample=True)


def wrong_form(language: str) -> Form:
    """A form with every kind of error."""
    form = Form(WRONG, language)
    form.money("amount", "CAD")
    form.date("date")
    form.decimal_rate("rate")
    for name in ("fund", "kind"):
        form.choice(name, ("STRIKE", "strike"))
    for name in ("payee", "description", "password", "reference"):
        form.text(name)
    form.line("line", 1).money("credit", "USD")
    form.line("line", 1).fail("account", "Choose an account of the list.")
    form.fail("", "The books refused this: the fund has less available.")
    return form


def _app() -> Litestar:
    @get([place.path for group in NAV for place in group] + ["/search", "/settings"], sync_to_thread=False)
    def nothing() -> None: ...

    return Litestar([nothing], openapi_config=None)


APP = _app()


def contexts(language: str) -> Mapping[str, tuple[str, str, dict[str, Any], bool]]:
    """name -> (template, address, what it shows, whether somebody is signed in)."""
    unions = [{"code": "ue", "name": "United Electrical"}, {"code": "unifor", "name": "Unifor"}]
    carried = [("amount", "15,000.00"), ("description", "Local 504"), ("form_key", "k" * 20)]
    link = {"name": "Ana Ruiz", "union_code": "ue", "url": "http://127.0.0.1:8000/password/" + "a" * 43}
    blank = Form({"date": "2026-11-23", "amount": "15000", "amount_currency": "USD"}, language)
    refusal = {"code": "insufficient_available", "message": "The strike fund has USD 12.00 available.", "mend": "Ask for less."}
    door = {"carried": [], "carry_to": "/", "email": "", "message": None, "sample_people": []}
    return {
        "waiting": ("waiting.html", "/", {"waiting_count": 4}, True),
        "transfer": ("transfer.html", "/transfers/T-0042", {"lines": LINES, "help": "transfers", "done": "Recorded."}, True),
        "list": ("list.html", "/journal?sort=-date&q=x", {"help": "journal"}, True),
        "form": ("form.html", "/transfers/new", {"form": blank}, True),
        "form-wrong": ("form.html", "/transfers/new", {"form": wrong_form(language)}, True),
        "entry": ("entry.html", "/journal/new", {"form": Form({}, language), "accounts": ACCOUNTS}, True),
        "entry-wrong": ("entry.html", "/journal/new", {"form": wrong_form(language), "accounts": ACCOUNTS}, True),
        "sign-in": ("sign_in.html", "/sign-in", door | {"sample_people": PEOPLE}, False),
        "sign-in-again": ("sign_in.html", "/transfers/new", door | {"carried": carried, "email": "a@b.c", "message": "No."}, False),
        "continue": ("continue.html", "/sign-in", {"carried": carried, "carry_to": "/transfers/new"}, False),
        "set-up": ("set_up.html", "/set-up", {"form": Form({"token": "t"}, language), "unions": unions, "links": []}, False),
        "set-up-done": ("set_up.html", "/set-up", {"form": Form({}, language), "unions": unions, "links": [link]}, False),
        "error": ("error.html", "/transfers/new", refusal, True),
    }  # fmt: skip


def gallery_page(name: str, language: str, theme: str) -> tuple[str, str]:
    """(address, HTML) of one page of the gallery."""
    template, address, shown, signed_in = contexts(language)[name]
    path, _, query = address.partition("?")
    who = reader(language, theme) if signed_in else None
    request = RequestFactory(app=APP).get(path, query_params=dict(part.split("=") for part in query.split("&")) if query else None, user=who)
    made = environment(language).overlay(loader=ChoiceLoader([FileSystemLoader(HERE), FileSystemLoader(TEMPLATES)]))
    context = {**frame(request, who, language), "title": None, "help": None, **shown}
    return address, render(made.get_template(template), context | {"theme": theme})
