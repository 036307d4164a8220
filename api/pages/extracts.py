"""Bring a union's own ledger extract in by pages: send it, say which column and which account is what, see what it makes, and keep it whole or not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.comparison import names_of, words_for
from api.pages.contributions import word
from api.pages.forms import Form, body_with, refused
from api.pages.rendering import page
from api.pages.sheet_files import LANGUAGES_WRITTEN, SaidFault, column_letter
from api.refusal_messages import mend, message
from api.security import Reader
from ledger.domain.documents import SIZE_MAXIMUM_BYTES
from ledger.domain.extracts import COLUMNS, MEANS, Balance, Meaning
from ledger.domain.refusals import Refusal
from ledger.domain.sheets import Fault
from ledger.services import extract_views
from ledger.services import extracts as service
from ledger.services.extract_reading import IMPORT, Asked, ExtractFile, Preview
from ledger.services.extract_views import READ
from ledger.services.extracts import PROFILE_MAXIMUM
from ledger.services.pool import Pool
from ledger.services.spreadsheets import COLUMNS_MAXIMUM
from reports import comparison_words as words
from reports import formats
from reports.i18n import translate

Params = Request[Any, Any, Any]
FIELDS = {
    "file_invalid": "file", "document_too_large": "file", "text_invalid": "save_as", "date_invalid": "until", "future_date": "until",
    "extract_account_unsaid": "", "extract_balance_missing": "", "extract_unbalanced": "", "columns_missing": "", "rows_invalid": "",
}  # fmt: skip


@get("/extracts", opt={"permission": READ})
async def list_extracts(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Extracts of both unions, the newest first."""
    listed = await extract_views.list_extracts(pool, reader.actor, word(request, "union"), word(request, "after"))
    return page(
        request, "extracts/list.html", reader=reader, help="comparison", listed=listed, may_import=reader.can(IMPORT),
        **words_for(reader.language, await names_of(pool)),
    )  # fmt: skip


@get("/extracts/{number:str}", opt={"permission": READ})
async def show_extract(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One extract: its accounts with both balances, and its rows."""
    after = word(request, "after") or ""
    view = await extract_views.show_extract(pool, reader.actor, number, int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0)
    return page(
        request, "extracts/show.html", reader=reader, help="comparison", view=view, extract=view.extract, means=words.MEANS,
        **words_for(reader.language, await names_of(pool)),
    )  # fmt: skip


# --- sending ------------------------------------------------------------------------------------------------------------------


@get("/extracts/new", opt={"permission": IMPORT})
async def ask_file(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a file and its cut-off: the last day of the month that ended, unless another was come from."""
    last_month = pool.today().replace(day=1) - timedelta(days=1)
    return _file_page(request, reader, Form({"until": word(request, "until") or last_month.isoformat()}, reader.language))


@post("/extracts/new", opt={"permission": IMPORT}, status_code=303, request_max_body_size=body_with(SIZE_MAXIMUM_BYTES))
async def take_file(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Keep the file as it was sent, and go on to its columns and accounts."""
    form = Form(await request.form(), reader.language)
    until, file = form.date("until", not_after=pool.today()), await form.file("file", SIZE_MAXIMUM_BYTES, required=True)
    if form.ok and file is not None:
        try:
            document = await service.upload(pool, reader.actor, form.key, ExtractFile(file.filename, file.data), until)
            return Redirect(f"/extracts/files/{document}?until={until.isoformat()}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | {"text_invalid": "file"})
    return _file_page(request, reader, form)


def _file_page(request: Params, reader: Reader, form: Form) -> Response[Any]:
    return page(
        request, "extracts/new.html", reader=reader, help="comparison", status=form.status, form=form, limit_bytes=SIZE_MAXIMUM_BYTES,
    )  # fmt: skip


# --- looking, and bringing in -------------------------------------------------------------------------------------------------


@get("/extracts/files/{id:uuid}", opt={"permission": IMPORT})
async def look_at_file(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], id: FromPath[UUID]
) -> Response[Any]:
    """What the file would bring, as its heading or a saved way of reading says."""
    last_month = pool.today().replace(day=1) - timedelta(days=1)
    form = Form({"until": word(request, "until") or last_month.isoformat()}, reader.language)
    asked = Asked(until=form.date("until", not_after=pool.today()))
    if not form.ok:
        return _file_page(request, reader, form)
    return _look_page(request, reader, await service.preview(pool, reader.actor, id, asked, reader.language), form)


@post("/extracts/files/{id:uuid}", opt={"permission": IMPORT}, status_code=303)
async def bring_file(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], id: FromPath[UUID]
) -> Response[Any]:
    """Look again at what was chosen; with ``action=post``, bring it in."""
    form = Form(await request.form(), reader.language)
    asked = _asked(form, pool)
    if form.ok and form.action == "post":
        try:
            known = {each.number for each in (await extract_views.list_extracts(pool, reader.actor, reader.union_code)).items}
            kept = await service.bring_in(pool, reader.actor, form.key, id, asked, reader.language)
            done = "extract_known" if kept.number in known else "extract_kept"
            return Redirect(f"/comparison/{kept.ends_on}?done={done}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    if form.error("until"):
        return _file_page(request, reader, form)
    return _look_page(request, reader, await service.preview(pool, reader.actor, id, asked, reader.language), form)


def _asked(form: Form, pool: Pool) -> Asked:
    chosen = {each.name: form.raw(f"column-{each.name}") for each in COLUMNS}
    mapping = {name: int(text) for name, text in chosen.items() if text.isascii() and text.isdigit() and int(text) < COLUMNS_MAXIMUM}
    lines = [form.line("account", number) for number in form.line_numbers("account")]
    return Asked(
        until=form.date("until", not_after=pool.today()), mapping=None if form.action == "profile" else mapping,
        profile=form.raw("profile"), language="" if form.action == "profile" else form.choice("written", tuple(LANGUAGES_WRITTEN), required=False),
        currency="" if form.action == "profile" else form.raw("currency")[:3], owed_positive=form.checked("owed_positive"),
        meanings=tuple(_meaning(each, code) for each in lines for code in _currencies(form, each) if each.raw("means") in MEANS),
        balances=tuple(_balance(each, code) for each in lines for code in _currencies(form, each)),
        save_as=form.text("save_as", required=False, max_length=PROFILE_MAXIMUM),
    )  # fmt: skip


def _currencies(form: Form, line: Form) -> list[str]:
    """The currency in which an account was shown, and the file's where that was chosen anew: what was said of the account holds in both."""
    return list(dict.fromkeys(filter(None, (line.raw("currency"), form.raw("currency")[:3]))))


def _meaning(line: Form, currency: str) -> Meaning:
    return Meaning(line.raw("code"), currency, line.raw("means"))  # type: ignore[arg-type]


def _balance(line: Form, currency: str) -> Balance:
    opening, closing = (line.optional_money(name, currency, positive=False) for name in ("opening", "closing"))
    return Balance(line.raw("code"), currency, opening, closing)


def _look_page(request: Params, reader: Reader, found: Preview, form: Form) -> Response[Any]:
    language = reader.language
    _fill(form, found, language)
    headings = [*found.heading, *[""] * (max([len(found.heading), *(len(row) for row in found.samples)]) - len(found.heading))]
    choices = [(str(at), f"{column_letter(at)}: {heading}" if heading else column_letter(at)) for at, heading in enumerate(headings)]
    return page(
        request, "extracts/look.html", reader=reader, help="comparison", status=form.status, form=form, found=found, choices=choices,
        columns=[(each.name, translate(language, words.EXTRACT_COLUMNS[each.name])) for each in COLUMNS],
        means=[(code, translate(language, text)) for code, text in words.MEANS.items()], rows=list(enumerate(found.accounts)),
        faults=[_said(language, each) for each in found.faults.shown],
        writings=[(code, translate(language, text)) for code, text in LANGUAGES_WRITTEN.items()],
        currencies=sorted({each.currency for each in found.unions} | {each.currency for each in found.accounts} | {found.layout.currency}),
        problem=message(language, found.refusal) if found.refusal else "", mend=mend(language, found.refusal) if found.refusal else "",
        profiles=[(each.name, each.name) for each in found.profiles],
        missing=", ".join(translate(language, words.EXTRACT_COLUMNS[name]) for name in found.missing_columns),
    )  # fmt: skip


def _fill(form: Form, found: Preview, language: str) -> None:
    """Put into the form how the file was read, and what is known or guessed of its accounts; what was typed of one stays with it."""
    typed = {line.raw("code"): line for line in (form.line("account", number) for number in form.line_numbers("account"))}
    said = {code: {name: line.raw(name) for name in ("means", "opening", "closing")} for code, line in typed.items()}
    for name, at in found.layout.mapping.items():
        form.put(f"column-{name}", str(at))
    form.put("written", found.layout.language)
    form.put("currency", found.layout.currency)
    for number, each in enumerate(found.accounts):
        line, before = form.line("account", number), said.get(each.code, {})
        usual = "" if each.usual_opening_minor is None else formats.figure(language, each.usual_opening_minor)
        line.put("code", each.code)
        line.put("currency", each.currency)
        line.put("means", before.get("means") or each.means or "")
        line.put("opening", before.get("opening", "" if each.opening_minor is not None else usual))
        line.put("closing", before.get("closing", ""))


def _said(language: str, fault: Fault) -> SaidFault:
    text = translate(language, words.EXTRACT_FAULTS[fault.code])
    return SaidFault(fault.row, translate(language, words.EXTRACT_COLUMNS[fault.column]), f"{fault.text} {text}" if fault.text else text)


PAGES = [list_extracts, ask_file, take_file, look_at_file, bring_file, show_extract]
