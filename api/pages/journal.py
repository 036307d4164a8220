"""Show the journal and its entries, and let treasurers write, undo and correct them, always seeing first what will be posted."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Redirect

from api.pages import entry_form
from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import Line, explained, named, page
from api.security import Reader
from ledger.domain.entries import Entry
from ledger.domain.journal import CORRECTABLE_KINDS, Directory
from ledger.domain.refusals import NotReversible, Refusal
from ledger.domain.search import understand
from ledger.services import journal as service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.storage import reference
from ledger.storage.entries import EntryFilter, EntryView
from reports import formats
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.journal_list import KIND_NAMES, shape_journal

FILE_ENTRIES_MAXIMUM = 5_000
DOORS = {
    "page": N_("on these pages"), "api": N_("by a program (API)"), "command": N_("by a command"), "job": N_("by a scheduled job"),
}  # fmt: skip
_SUBJECTS = {"T": "/transfers/", "C": "/contributions/", "P": "/pledges/"}
EntryNumber = Annotated[int, PathParameter(ge=1, le=10**12)]


def kind_name(language: str, kind: str) -> str:
    """A kind of entry in words."""
    return translate(language, KIND_NAMES[kind]) if kind in KIND_NAMES else kind


def subject_link(subject: str) -> str | None:
    """The page of the record an entry belongs to."""
    if subject.startswith("SA-"):
        return f"/strikes/advances/{subject}"
    folder = _SUBJECTS.get(subject[:1]) if subject[1:2] == "-" else None
    return None if folder is None else folder + subject


# --- the list -----------------------------------------------------------------------------------------------------------


def read_filter(words: dict[str, str], language: str, directory: Directory) -> tuple[EntryFilter, list[str]]:
    """The filter an address asks for, and the names of those parameters that were not understood and are left out."""
    wrong: list[str] = []

    def day(name: str) -> date | None:
        try:
            return formats.parse_date(language, words[name]) if words.get(name, "").strip() else None
        except formats.DateNotUnderstood:
            wrong.append(name)
            return None

    def known(name: str, look_up: Any) -> Any:
        try:
            return look_up(words[name]) if words.get(name) else None
        except (Refusal, formats.AmountNotUnderstood):
            wrong.append(name)
            return None

    narrowed = EntryFilter(
        first=day("from"), last=day("to"), book=words.get("book") or None, currency=words.get("currency") or None,
        kind=words.get("kind") or None, union=words.get("union") or None, tag=words.get("tag") or None,
        fund_id=known("fund", directory.fund_id), account_ids=known("account", directory.account_ids),
        amount_minor=known("amount", lambda text: formats.parse_money(language, text)),
        reversed={"yes": True, "no": False}.get(words.get("reversed", "")), query=understand(words["q"]) if words.get("q", "").strip() else None,
    )  # fmt: skip
    return narrowed, wrong


@get("/journal", opt={"permission": "read_books"})
async def list_entries(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Entries, newest first, narrowed by the address; as a file with ``?format=csv``."""
    words = {name: str(value).replace("\x00", "") for name, value in request.query_params.items()}
    directory = await service.read_directory(pool)
    narrowed, wrong = read_filter(words, reader.language, directory)
    if format_name := asked_format(words.get("format")):
        return await _file(pool, reader, narrowed, format_name)
    below = int(words["after"]) if words.get("after", "").isascii() and words.get("after", "").isdigit() and len(words["after"]) < 15 else None
    rows, older = await service.list_entries(pool, reader.actor, narrowed, below)
    return page(
        request, "journal/list.html", reader=reader, help="journal", fragment="results", rows=rows, older=older, wrong=wrong,
        kinds={kind: kind_name(reader.language, kind) for kind in KIND_NAMES}, subject_link=subject_link, narrowed=narrowed != EntryFilter(),
        **(choices := await _filter_choices(pool, reader.language, directory)), book_names=dict(choices["book_choices"]),
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: EntryFilter, format_name: str) -> Response[bytes]:
    rows, more = await service.list_entries(pool, reader.actor, narrowed, None, FILE_ENTRIES_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_journal(facts, rows, more is None), format_name)


async def _filter_choices(pool: Pool, language: str, directory: Directory) -> dict[str, Any]:
    async with pool.database.reading() as connection:
        unions, books = await reference.unions(connection), await reference.books(connection)
    accounts = sorted(directory.accounts.values(), key=lambda a: (a.book != "joint", a.book, a.path, a.currency))
    return {
        "fund_choices": [(fund.code, named(language, fund)) for fund in directory.funds.values()],
        "account_choices": [(account.label, f"{account.book}: {named(language, account)}, {account.currency}") for account in accounts],
        "union_choices": [(union.code, union.name) for union in unions],
        "book_choices": [(book["code"], named(language, book)) for book in books],
        "currency_choices": [(code, code) for code in sorted({account.currency for account in accounts}, reverse=True)],
    }


# --- one entry ----------------------------------------------------------------------------------------------------------


@get("/journal/{number:int}", opt={"permission": "read_books"})
async def show_entry(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: EntryNumber
) -> Response[Any]:
    """One entry: what was posted, by whom, why, and what became of it."""
    view = await service.read_entry(pool, reader.actor, number)
    async with pool.database.reading() as connection:
        books = {book["code"]: named(reader.language, book) for book in await reference.books(connection)}
    draft = view.entry.draft
    return page(
        request, "journal/show.html", reader=reader, help="journal", view=view, entry=view.entry, draft=draft,
        kind=kind_name(reader.language, draft.kind), books=by_book(view, reader.language, books), subject_href=subject_link(draft.subject),
        door=translate(reader.language, DOORS[view.via]) if view.via in DOORS else "", may=_may_undo(view.entry, reader),
        documents=await documents_for(pool, reader, "journal", str(number)),
    )  # fmt: skip


def by_book(view: EntryView, language: str, books: dict[str, str]) -> list[tuple[str, list[Line]]]:
    """The postings as recorded, book by book, each account leading to its statement."""
    lines: dict[str, list[Line]] = {}
    for line in explained(view.entry.draft, view.accounts, view.funds, language, linked=True):
        lines.setdefault(line.book, []).append(msgspec.structs.replace(line, book=""))
    return [(books.get(code, code), found) for code, found in lines.items()]


def _may_undo(entry: Entry, reader: Reader) -> str:
    """Which ways to undo this entry the reader has: "correct" (and reverse), "reverse", or none."""
    if not reader.can("reverse_entry") or entry.reversed_by is not None or entry.actor_union not in (None, reader.union_code):
        return ""
    if entry.draft.kind in CORRECTABLE_KINDS:
        return "correct"
    return "reverse" if entry.draft.kind in ("revaluation",) else ""


# --- writing ------------------------------------------------------------------------------------------------------------


@get("/journal/new", opt={"permission": "post_entry"})
async def new_entry(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty entry; ``?kind=opening`` begins with an opening balance."""
    kind = "opening" if request.query_params.get("kind") == "opening" else "general"
    form = Form({"kind": kind, "date": pool.today().isoformat()}, reader.language)
    return await _entry_page(request, pool, reader, form)


async def _entry_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, shown: Preview | None = None, corrected: EntryView | None = None,
    undone: Preview | None = None,
) -> Response[Any]:  # fmt: skip
    reversal = explained(undone.draft, undone.accounts, undone.funds, reader.language) if undone else None
    lines = explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else None
    template = "journal/correct.html" if corrected else "journal/new.html"
    return page(
        request, template, reader=reader, status=form.status, help="journal", form=form, preview=lines, corrected=corrected, reversal=reversal,
        **await entry_form.choices(pool, reader.language),
    )  # fmt: skip


@post("/journal/new", opt={"permission": "post_entry"}, status_code=303)
async def post_entry(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, post it."""
    form, shown = Form(await request.form(), reader.language), None
    asked = entry_form.read(form, await service.read_directory(pool, fresh=True))
    if form.ok:
        try:
            if form.action == "post":
                number = await service.post_number(pool, reader.actor, form.key, asked)
                return Redirect(f"/journal/{number}?done=journal_posted", status_code=303)
            shown = await service.preview(pool, reader.actor, asked)
        except Refusal as refusal:
            refused(form, refusal, entry_form.FIELDS)
    return await _entry_page(request, pool, reader, form, shown)


_REVERSAL_FIELDS = {**entry_form.FIELDS, "text_invalid": "reason", "date_before_entry": "date"}


# --- undoing ------------------------------------------------------------------------------------------------------------


async def _undoable(pool: Pool, reader: Reader, number: int, way: str) -> EntryView:
    view = await service.read_entry(pool, reader.actor, number)
    if view.entry.reversed_by is None and way == "correct" and view.entry.draft.kind not in CORRECTABLE_KINDS:
        raise NotReversible(entry=number, kind=view.entry.draft.kind, subject=view.entry.draft.subject)
    return view


@get("/journal/{number:int}/reverse", opt={"permission": "reverse_entry"})
async def ask_reversal(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: EntryNumber
) -> Response[Any]:
    """What reversing this entry will post, and why it is done."""
    form = Form({}, reader.language)
    try:
        shown = await service.preview_reversal(pool, reader.actor, number, None, "–")
        form.put("date", shown.draft.entry_date.isoformat())
    except Refusal as refusal:
        refused(form, refusal)
        return await _reversal_page(request, pool, reader, form, number, None)
    return await _reversal_page(request, pool, reader, form, number, shown)


async def _reversal_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, number: int, shown: Preview | None
) -> Response[Any]:
    view = await service.read_entry(pool, reader.actor, number)
    preview = explained(shown.draft, shown.accounts, shown.funds, reader.language) if shown else None
    return page(
        request, "journal/reverse.html", reader=reader, status=form.status, help="journal", form=form, entry=view.entry, preview=preview,
        kind=kind_name(reader.language, view.entry.draft.kind),
    )  # fmt: skip


@post("/journal/{number:int}/reverse", opt={"permission": "reverse_entry"}, status_code=303)
async def reverse_entry(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: EntryNumber
) -> Response[Any]:
    """Reverse it."""
    form, shown = Form(await request.form(), reader.language), None
    day, reason = form.date("date"), form.text("reason", max_length=500)
    if form.ok:
        try:
            entry = await service.reverse(pool, reader.actor, form.key, number, day, reason)
            return Redirect(f"/journal/{entry.number}?done=journal_reversed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _REVERSAL_FIELDS)
    elif day != date.min:
        try:
            shown = await service.preview_reversal(pool, reader.actor, number, day, "–")
        except Refusal as refusal:
            refused(form, refusal, _REVERSAL_FIELDS)
    return await _reversal_page(request, pool, reader, form, number, shown)


@get("/journal/{number:int}/correct", opt={"permission": "reverse_entry"})
async def ask_correction(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: EntryNumber
) -> Response[Any]:
    """The entry as it is, to be made what it should have been."""
    view = await _undoable(pool, reader, number, "correct")
    form = entry_form.filled(view, reader.language, pool.today())
    try:
        shown = await service.preview_reversal(pool, reader.actor, number, None, "–")
        form.put("reversal_date", shown.draft.entry_date.isoformat())
        form.put("date", shown.draft.entry_date.isoformat())
    except Refusal as refusal:
        refused(form, refusal)
    return await _entry_page(request, pool, reader, form, corrected=view)


@post("/journal/{number:int}/correct", opt={"permission": "reverse_entry"}, status_code=303)
async def correct_entry(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: EntryNumber
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, reverse and post anew, both or neither."""
    view = await _undoable(pool, reader, number, "correct")
    form, shown, undone = Form(await request.form(), reader.language), None, None
    reversal_date, reason = form.date("reversal_date"), form.text("reason", required=False, max_length=500)
    asked = entry_form.read(form, await service.read_directory(pool, fresh=True), kind="general")
    if form.ok:
        try:
            if form.action == "post":
                done = await service.correct(pool, reader.actor, form.key, number, reversal_date, asked, reason)
                return Redirect(f"/journal/{done.correction}?done=journal_corrected", status_code=303)
            shown = await service.preview_correction(pool, reader.actor, number, reversal_date, asked, reason)
            undone = await service.preview_reversal(pool, reader.actor, number, reversal_date, reason or "–")
        except Refusal as refusal:
            refused(form, refusal, entry_form.FIELDS)
    return await _entry_page(request, pool, reader, form, shown, view, undone)


DONE = {
    "journal_posted": N_("Posted."),
    "journal_reversed": N_("Reversed: this entry undoes the other."),
    "journal_corrected": N_("Corrected: the wrong entry is reversed, and this one stands in its place."),
}
PAGES = [list_entries, new_entry, post_entry, show_entry, ask_reversal, reverse_entry, ask_correction, correct_entry]
