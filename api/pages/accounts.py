"""Show accounts by book and type, an account with its running balance, and the unions with their locals; open and close them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.nations import nation_name
from api.pages.forms import Form, refused
from api.pages.funds import day_asked, union_names
from api.pages.rendering import page
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.account_rules import CLOSABLE_ROLES, NAME_MAXIMUM, NewAccount, NewLocal
from ledger.domain.accounts import Account, AccountType
from ledger.domain.refusals import NotFound, Refusal
from ledger.services import accounts as service
from ledger.services.accounts import AccountFilter, ReferenceData
from ledger.services.pool import Pool
from ledger.storage.accounts import AccountRow, Position
from reports.i18n import N_, translate

TYPE_NAMES: dict[str, str] = {
    "asset": N_("Assets"), "liability": N_("Liabilities"), "equity": N_("Equity"), "income": N_("Income"), "expense": N_("Expenses"),
    "budget": N_("Budgetary accounts"),
}  # fmt: skip
# The boards of the shipped unions; another union's board is shown as it was entered.
BOARD_NAMES = (N_("General Executive Board"), N_("National Executive Board"))
assert set(TYPE_NAMES) == set(AccountType.__args__)  # type: ignore[attr-defined]


def grouped(language: str, rows: Sequence[AccountRow], known: ReferenceData) -> list[dict[str, Any]]:
    """Rows under their book and type, in the order they came."""
    books = {book["code"]: book[f"name_{language}"] for book in known.books}
    groups = groupby(rows, key=lambda row: (row.account.book, row.account.type))
    return [
        {"book": books.get(book, book), "type": translate(language, TYPE_NAMES[kind]), "id": f"{book}-{kind}", "rows": list(members)}
        for (book, kind), members in groups
    ]


def filters(language: str, known: ReferenceData) -> dict[str, list[tuple[str, str]]]:
    """What the list can be narrowed to."""
    return {
        "books": [(book["code"], book[f"name_{language}"]) for book in known.books],
        "types": [(value, translate(language, name)) for value, name in TYPE_NAMES.items()],
        "currencies": [(row["code"], row["code"]) for row in known.currencies],
    }


@get("/accounts", opt={"permission": "read_books"})
async def list_accounts(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Accounts with today's balances."""
    query = request.query_params
    narrowed = AccountFilter(
        book=query.get("book", "")[:20], type=query.get("type", "")[:20], currency=query.get("currency", "")[:10],
        words=query.get("q", "")[:100], with_closed=query.get("closed") == "1",
    )  # fmt: skip
    known = await service.reference_data(pool, reader.actor)
    rows = await service.list_accounts(pool, reader.actor, narrowed)
    return page(
        request, "accounts/list.html", reader=reader, help="accounts", fragment="results",
        groups=grouped(reader.language, rows, known), options=filters(reader.language, known), with_closed=narrowed.with_closed,
        unions={union.code: union.name for union in known.unions},
    )  # fmt: skip


@get("/accounts/{account_id:int}", opt={"permission": "read_books"})
async def show_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """An account's statement for some days, in all funds or one, oldest line first."""
    query, language = request.query_params, reader.language
    first, first_wrong = day_asked(language, query.get("from", ""))
    last, last_wrong = day_asked(language, query.get("to", ""))
    place = from_cursor(query.get("after"), str, int, int)
    shown = await service.statement(
        pool, reader.actor, account_id, fund=query.get("fund", "")[:12], first=first, last=last,
        after=Position(_iso(place[0]), place[1], place[2]) if place else None,
    )  # fmt: skip
    known = await service.reference_data(pool, reader.actor)
    following = cursor(shown.next.entry_date.isoformat(), shown.next.number, shown.next.line) if shown.next else None
    return page(
        request, "accounts/show.html", reader=reader, help="accounts", shown=shown, account=shown.account, older=following,
        date_wrong=first_wrong or last_wrong, funds=[(fund.code, f"{fund.code} · {_name(language, fund)}") for fund in shown.funds],
        unions=await union_names(pool, reader), type_name=translate(language, TYPE_NAMES[shown.account.type]),
        book_name=next((book[f"name_{language}"] for book in known.books if book["code"] == shown.account.book), shown.account.book),
        may_close=_may_close(reader, shown.account),
    )  # fmt: skip


def _may_close(reader: Reader, account: Account) -> bool:
    own = account.custodian in (None, reader.union_code) and account.book in ("joint", reader.union_code)
    return own and reader.can("manage_accounts") and account.closed_on is None and account.role in CLOSABLE_ROLES


def _name(language: str, named: Any) -> str:
    return str(named.name_fr if language == "fr" else named.name_en)


def _iso(text: str) -> Any:
    day, wrong = day_asked("en", text)
    if wrong or day is None:
        raise NotFound(kind="page", id=text[:20])
    return day


# --- forms ------------------------------------------------------------------------------------------------------------


async def _choices(pool: Pool, reader: Reader) -> dict[str, Any]:
    known, language = await service.reference_data(pool, reader.actor), reader.language
    return {
        "books": [(book["code"], book[f"name_{language}"]) for book in known.books if book["union_code"] in (None, reader.union_code)],
        "currencies": [(row["code"], row["code"]) for row in known.currencies],
        "roles": [
            ("", translate(language, "A plain account"), translate(language, "Both unions’ treasurers post to it in the joint book.")),
            ("bank", translate(language, "A bank account"), translate(language, "Only your own union’s treasurer moves it; it stays above zero.")),
        ],
    }  # fmt: skip


_FIELDS = {
    "account_exists": "path", "account_unfit": "path", "other_union": "book", "currency_unknown": "currency", "choice_invalid": "role",
    "account_not_empty": "", "account_closed": "",
}  # fmt: skip


@get("/accounts/new", opt={"permission": "manage_accounts"})
async def new_account(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for a new account."""
    form = Form({"book": "joint", "role": ""}, reader.language)
    return page(request, "accounts/new.html", reader=reader, help="accounts", form=form, **await _choices(pool, reader))


@post("/accounts/new", opt={"permission": "manage_accounts"}, status_code=303)
async def open_account(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Open it."""
    form, choices = Form(await request.form(), reader.language), await _choices(pool, reader)
    new = NewAccount(
        book=form.choice("book", [code for code, _ in choices["books"]]),
        path=form.text("path", max_length=120).strip(),
        currency=form.choice("currency", [code for code, _ in choices["currencies"]]),
        name_en=form.text("name_en", max_length=NAME_MAXIMUM),
        name_fr=form.text("name_fr", max_length=NAME_MAXIMUM),
        role=form.choice("role", ("", "bank"), required=False),
    )
    if form.ok:
        try:
            account = await service.open_account(pool, reader.actor, form.key, new)
            return Redirect(f"/accounts/{account.id}?done=account_opened", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return page(request, "accounts/new.html", reader=reader, status=form.status, help="accounts", form=form, **choices)


@get("/accounts/{account_id:int}/close", opt={"permission": "manage_accounts"})
async def ask_to_close(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """What closing means, and what stands in its way."""
    return await _closing(request, pool, reader, account_id, Form({}, reader.language))


@post("/accounts/{account_id:int}/close", opt={"permission": "manage_accounts"}, status_code=303)
async def close_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """Close an account that is at zero."""
    form = Form(await request.form(), reader.language)
    try:
        await service.close_account(pool, reader.actor, form.key, account_id)
        return Redirect(f"/accounts/{account_id}?done=account_closed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, _FIELDS)
    return await _closing(request, pool, reader, account_id, form)


async def _closing(request: Request[Any, Any, Any], pool: Pool, reader: Reader, account_id: int, form: Form) -> Response[Any]:
    shown = await service.statement(pool, reader.actor, account_id, limit=1)
    return page(request, "accounts/close.html", reader=reader, status=form.status, help="accounts", form=form, shown=shown, account=shown.account)


# --- unions and locals ------------------------------------------------------------------------------------------------


@get("/unions", opt={"permission": "read_people"})
async def show_unions(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The unions side by side: the accounts each keeps, and its locals."""
    views = await service.parties(pool, reader.actor)
    language = reader.language
    return page(
        request, "accounts/unions.html", reader=reader, help="people", views=views,
        nations={view.union.code: nation_name(language, view.union.nation) for view in views},
        boards={view.union.code: translate(language, view.union.board) if view.union.board else "" for view in views},
    )  # fmt: skip


@get("/unions/locals/new", opt={"permission": "manage_locals"})
async def new_local(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for a local of one's own union."""
    return page(request, "accounts/new_local.html", reader=reader, help="people", form=Form({}, reader.language))


@post("/unions/locals/new", opt={"permission": "manage_locals"}, status_code=303)
async def add_local(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Add it."""
    form = Form(await request.form(), reader.language)
    new = NewLocal(
        union=reader.union_code or "",
        number=form.text("number", max_length=12).strip(),
        name=form.text("name", max_length=NAME_MAXIMUM),
        city=form.text("city", required=False, max_length=NAME_MAXIMUM),
    )
    if form.ok:
        try:
            await service.add_local(pool, reader.actor, form.key, new)
            return Redirect("/unions?done=local_added", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"local_exists": "number", "text_invalid": "number"})
    return page(request, "accounts/new_local.html", reader=reader, status=form.status, help="people", form=form)


@get("/unions/locals/{union:str}/{number:str}/close", opt={"permission": "manage_locals"})
async def ask_to_close_local(
    request: Request[Any, Any, Any], reader: NamedDependency[Reader], union: FromPath[str], number: FromPath[str]
) -> Response[Any]:
    """What closing a local means."""
    form = Form({}, reader.language)
    return page(request, "accounts/close_local.html", reader=reader, help="people", form=form, union=union[:20], number=number[:12])


@post("/unions/locals/{union:str}/{number:str}/close", opt={"permission": "manage_locals"}, status_code=303)
async def close_local(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], union: FromPath[str], number: FromPath[str]
) -> Response[Any]:
    """Close it."""
    form = Form(await request.form(), reader.language)
    try:
        await service.close_local(pool, reader.actor, form.key, union, number)
        return Redirect("/unions?done=local_closed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, {})
    context: dict[str, Any] = {"form": form, "union": union[:20], "number": number[:12]}
    return page(request, "accounts/close_local.html", reader=reader, status=form.status, help="people", **context)


DONE = {
    "account_opened": N_("Opened. It can be posted to from now on."),
    "account_closed": N_("Closed. Its history stays."),
    "local_added": N_("Added. It can be chosen in forms from now on."),
    "local_closed": N_("Closed. What was recorded of it stays."),
}
PAGES = [
    list_accounts, new_account, open_account, show_account, ask_to_close, close_account, show_unions, new_local, add_local,
    ask_to_close_local, close_local,
]  # fmt: skip
