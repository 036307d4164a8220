"""Bring bank statements in by pages, set where reconciling begins, and prove an account at a statement's last day."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.bank import crumbs, keeps, ticked_postings, words_for
from api.pages.contributions import place_after, read_days
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.schemas import cursor
from api.security import Reader
from ledger.domain.bank import REASON_MAXIMUM
from ledger.domain.bank_files import StatementFile
from ledger.domain.documents import SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import Refusal, SheetDoubtful
from ledger.domain.sheet_profiles import NAMES, Profile
from ledger.services import bank_reconciliation, bank_sheets, bank_standings, bank_starts
from ledger.services import bank_statements as service
from ledger.services.bank_reconciliation import RECONCILE
from ledger.services.bank_sheets import Sheet
from ledger.services.bank_standings import IMPORT, READ
from ledger.services.bank_starts import StartView
from ledger.services.bank_statements import Asked, Preview
from ledger.services.pool import Pool
from reports import bank_words, formats
from reports.bank_file_words import COLUMN_NAMES, DAY_ORDER_NAMES, FORMAT_NAMES
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
SAMPLES = 5
# Where each question about a sheet is answered.
_DOUBTED = {"columns": "column-date", "day_order": "day_order", "decimal_sign": "decimal_sign"}


# --- bringing in ------------------------------------------------------------------------------------------------------------


class Read(msgspec.Struct):
    """A file as far as it was read: what it holds, how its sheet is read where it is one, and why it is not, where it is not."""

    content: bytes
    statements: list[StatementFile]
    sheet: Sheet | None = None
    refusal: Refusal | None = None


@get("/bank/{account_id:int}/import", opt={"permission": IMPORT})
async def ask_file(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """The form for the bank's file."""
    return await _import_page(request, pool, reader, account_id, Form({}, reader.language))


@post("/bank/{account_id:int}/import", opt={"permission": IMPORT}, status_code=303)
async def take_file(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """Show what the file holds; with ``action=post``, bring it in. Between the two it is kept aside by its hash."""
    form = Form(await request.form(), reader.language)
    kept, filename, content = await _file(pool, reader, account_id, form)
    if content is None:
        return await _import_page(request, pool, reader, account_id, form)
    account = (await bank_standings.show_standing(pool, reader.actor, account_id)).account
    read = await _read(pool, reader, form, content, filename, account_id)
    asked = Asked(
        opening_minor=form.optional_money("opening", account.currency, positive=False), bank_account=form.raw("bank_account")[:200],
        new_number=form.checked("new_number"), profile=read.sheet.profile if read.sheet else None,
    )  # fmt: skip
    preview = None
    if read.refusal is None and form.ok:
        try:
            if form.action == "post":
                bank_sheets.check_chosen(read.sheet)
                numbers = await service.import_statement(pool, reader.actor, form.key, account_id, filename, content, read.statements, asked)
                return Redirect(f"/bank/statements/{numbers[-1]}?done=bank_brought_in", status_code=303)
            preview = await service.preview_import(pool, reader.actor, account_id, filename, content, read.statements, asked)
        except SheetDoubtful as refusal:
            refused(form, refusal, _asks(refusal))
            preview = await service.preview_import(pool, reader.actor, account_id, filename, content, read.statements, asked)
        except Refusal as refusal:
            refused(form, refusal)
    elif read.refusal is not None:
        refused(form, read.refusal, _asks(read.refusal))
    return await _import_page(request, pool, reader, account_id, form, read, preview, (kept, filename))


def _asks(refusal: Refusal) -> dict[str, str]:
    """What a sheet does not tell is asked where it is answered."""
    return {refusal.code: _DOUBTED[refusal.params["field"]]} if isinstance(refusal, SheetDoubtful) else {}


async def _file(pool: Pool, reader: Reader, account_id: int, form: Form) -> tuple[UUID | None, str, bytes | None]:
    """The file that was sent, kept aside; or the one kept before."""
    if form.raw("document"):
        kept = form.uuid("document")
        return kept, form.raw("filename")[:150], await bank_sheets.kept_file(pool, reader.actor, account_id, kept)
    sent = await form.file("file", SIZE_MAXIMUM_BYTES, required=True)
    if sent is None or not form.ok:
        return None, "", None
    try:
        # The form's own key is for bringing it in.
        kept = await bank_sheets.keep_file(pool, reader.actor, f"{form.key}-file", account_id, sent.filename, sent.data)
        return kept, sent.filename, sent.data
    except Refusal as refusal:
        refused(form, refusal, dict.fromkeys(("text_invalid", "document_too_large"), "file"))
        return None, "", None


async def _read(pool: Pool, reader: Reader, form: Form, content: bytes, filename: str, account_id: int) -> Read:
    try:
        chosen = _chosen(form.values) if form.raw("day_order") else None
        sheet = await bank_sheets.look(pool, reader.actor, account_id, content, chosen)
    except Refusal as refusal:
        return Read(content, [], None, refusal)
    try:
        days = [form.optional_date(name) for name in ("starts_on", "ends_on")]
        return Read(content, await asyncio.to_thread(bank_sheets.read, content, filename, sheet, *days), sheet)
    except Refusal as refusal:
        return Read(content, [], sheet, refusal)


def _chosen(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """How a person says that the sheet is read."""
    columns = {name: values.get(f"column-{name}", [""])[-1] for name in NAMES}
    return {
        "day_order": values.get("day_order", ["iso"])[-1], "decimal_sign": values.get("decimal_sign", ["."])[-1], "flip": bool(values.get("flip")),
        "columns": {name: int(place) for name, place in columns.items() if place.isascii() and place.isdigit() and int(place) < 1_000},
    }  # fmt: skip


async def _import_page(
    request: Params, pool: Pool, reader: Reader, account_id: int, form: Form, read: Read | None = None, preview: Preview | None = None,
    file: tuple[UUID | None, str] = (None, ""),
) -> Response[Any]:  # fmt: skip
    language, at = reader.language, await bank_standings.show_standing(pool, reader.actor, account_id)
    sheet, refusal = read.sheet if read else None, preview.refusal if preview else None
    if file[0]:
        # What the form sends back hidden was looked at with the rest: only what a person changes asks for another look.
        form.put("document", str(file[0]))
        form.put("filename", file[1])
    if sheet and not form.raw("day_order"):
        _fill(form, sheet.profile)
    if sheet and read and read.statements and not form.raw("starts_on"):
        _fill_days(form, read.statements)
    said = [message(language, refusal), mend(language, refusal)] if refusal else []
    return page(
        request, "bank/import.html", reader=reader, help="bank-matching", status=form.status, form=form, at=at, account=at.account, preview=preview,
        crumbs=crumbs(language, at.account), kept=file[0], filename=file[1], limit_bytes=SIZE_MAXIMUM_BYTES, sheet=sheet,
        own=keeps(reader, at.account),
        formats={code: translate(language, name) for code, name in FORMAT_NAMES.items()},
        samples=[line for each in preview.incoming[:1] for line in each.statement.lines[:SAMPLES]] if preview else [],
        doubts=[message(language, each) for each in sheet.doubts] if sheet and form.ok else [],
        refusal_text=" ".join(text for text in said if text), ready=bool(preview and not refusal and not form.errors),
        asks_opening=bool(refusal and refusal.params.get("reason") == "unknown") or bool(form.raw("opening")), **_sheet_words(language, sheet),
        numbers=[(number, number or "–") for number in preview.numbers] if preview and len(preview.numbers) > 1 else [],
        asks_number=form.checked("new_number") or bool(refusal and refusal.code == "statement_account" and refusal.params["reason"] == "changed"),
    )  # fmt: skip


def _fill(form: Form, profile: Profile) -> None:
    form.put("day_order", profile.day_order)
    form.put("decimal_sign", profile.decimal_sign)
    if profile.flip:
        form.put("flip", "yes")
    for name, place in profile.columns.items():
        form.put(f"column-{name}", str(place))


def _fill_days(form: Form, statements: Sequence[StatementFile]) -> None:
    """The days of the whole sheet, whatever accounts it is of."""
    firsts, lasts = [each.starts_on for each in statements if each.starts_on], [each.ends_on for each in statements if each.ends_on]
    form.put("starts_on", min(firsts).isoformat() if firsts else "")
    form.put("ends_on", max(lasts).isoformat() if lasts else "")


def _sheet_words(language: str, sheet: Sheet | None) -> dict[str, Any]:
    if sheet is None:
        return {"day_orders": [], "decimal_signs": [], "columns": [], "choices": []}
    return {
        "day_orders": [(code, translate(language, name)) for code, name in DAY_ORDER_NAMES.items()],
        "decimal_signs": [(".", "1,234.56"), (",", "1 234,56")],
        "columns": [(name, translate(language, COLUMN_NAMES[name])) for name in NAMES if name in COLUMN_NAMES],
        "choices": [(str(place), f"{place + 1}. {heading}") for place, heading in enumerate(sheet.headings)],
    }  # fmt: skip


# --- statements ---------------------------------------------------------------------------------------------------------------


@get("/bank/{account_id:int}/statements", opt={"permission": READ})
async def list_statements(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """The account's statements, the last brought in first."""
    at, place = await bank_standings.show_standing(pool, reader.actor, account_id), place_after(request, int)
    rows, further = await service.list_statements(pool, reader.actor, account_id, place[0] if place else None)
    return page(
        request, "bank/statements.html", reader=reader, help="bank-matching", account=at.account, rows=rows, older=cursor(further) if further else None,
        crumbs=crumbs(reader.language, at.account), own=keeps(reader, at.account),
    )  # fmt: skip


@get("/bank/statements/{number:str}", opt={"permission": READ})
async def show_statement(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """A statement with the lines it brought."""
    return await _statement_page(request, pool, reader, number, Form({}, reader.language))


async def _statement_page(request: Params, pool: Pool, reader: Reader, number: str, form: Form) -> Response[Any]:
    view = await service.show_statement(pool, reader.actor, number, place_after(request, date, int))
    return page(
        request, "bank/statement.html", reader=reader, help="bank-matching", status=form.status, form=form, view=view, kept=view.statement,
        account=view.account, crumbs=crumbs(reader.language, view.account), format=translate(reader.language, FORMAT_NAMES[view.statement.format]),
        further=cursor(view.next[0].isoformat(), view.next[1]) if view.next else None, **words_for(reader.language),
    )  # fmt: skip


@post("/bank/statements/{number:str}", opt={"permission": IMPORT}, status_code=303)
async def withdraw_statement(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Withdraw a wrong statement."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            gone = await service.withdraw_statement(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/bank/statements/{gone.number}?done=bank_withdrawn", status_code=303)
        except Refusal as refusal:
            refused(form, refusal)
    return await _statement_page(request, pool, reader, number, form)


# --- the start ------------------------------------------------------------------------------------------------------------------


@get("/bank/{account_id:int}/start", opt={"permission": READ})
async def show_start(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """What was in circulation when the first statement opened."""
    view = await bank_starts.show_start(pool, reader.actor, account_id)
    return _start_page(request, reader, view, Form({"posting": [f"{entry}.{line}" for entry, line in view.ticked]}, reader.language, aside=("posting",)))


@post("/bank/{account_id:int}/start", opt={"permission": IMPORT}, status_code=303)
async def set_start(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """Set the start from what was ticked, or show what it comes to."""
    form = Form(await request.form(), reader.language, aside=("posting",))
    if form.ok and form.action == "post":
        try:
            await bank_starts.set_start(pool, reader.actor, form.key, account_id, ticked_postings(form))
            return Redirect(f"/bank/{account_id}?done=bank_started", status_code=303)
        except Refusal as refusal:
            refused(form, refusal)
    return _start_page(request, reader, await bank_starts.show_start(pool, reader.actor, account_id), form)


def _start_page(request: Params, reader: Reader, view: StartView, form: Form) -> Response[Any]:
    ticked = form.many("posting")
    return page(
        request, "bank/start.html", reader=reader, help="bank-matching", status=form.status, form=form, view=view, account=view.account, ticked=ticked,
        crumbs=crumbs(reader.language, view.account), sum=sum(each.amount_minor for each in view.postings if f"{each.entry}.{each.line}" in ticked),
        may_set=keeps(reader, view.account) and not view.is_fixed,
    )  # fmt: skip


# --- the proof ------------------------------------------------------------------------------------------------------------------


@get("/bank/{account_id:int}/proof", opt={"permission": READ})
async def show_proof(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """The proof of cash at a day; where none is named, of the first month that waits."""
    (day,), _ = read_days(request, reader.language, "day")
    return await _proof_page(request, pool, reader, account_id, day, Form({}, reader.language))


@post("/bank/{account_id:int}/proof", opt={"permission": RECONCILE}, status_code=303)
async def finish(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """State that the account is reconciled, or take the last reconciliation back."""
    form = Form(await request.form(), reader.language)
    day, words = form.date("day"), "reason" if form.action == "undo" else "remark"
    said = form.text(words, required=form.action == "undo", max_length=REASON_MAXIMUM)
    if not form.ok:
        return await _proof_page(request, pool, reader, account_id, None if "day" in form.errors else day, form)
    try:
        if form.action == "undo":
            await bank_reconciliation.undo_reconciliation(pool, reader.actor, form.key, account_id, day, said)
            return Redirect(f"/bank/{account_id}/proof?day={day}&done=bank_unreconciled", status_code=303)
        await bank_reconciliation.reconcile(pool, reader.actor, form.key, account_id, day, said)
        return Redirect(f"/bank/{account_id}/proof?day={day}&done=bank_reconciled", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, {"text_invalid": words})
    return await _proof_page(request, pool, reader, account_id, day, form)


async def _proof_page(request: Params, pool: Pool, reader: Reader, account_id: int, day: date | None, form: Form) -> Response[Any]:
    language, view = reader.language, await bank_reconciliation.show_proof(pool, reader.actor, account_id, day)
    return page(
        request, "bank/proof.html", reader=reader, help="bank-matching", status=form.status, fragment="results", form=form, view=view, proof=view.proof,
        account=view.account, crumbs=crumbs(language, view.account), own=keeps(reader, view.account),
        ends=[(each.isoformat(), formats.date_long(language, each)) for each in reversed(view.ends)],
        ageing={code: (translate(language, name) if name else "", kind) for code, (name, kind) in bank_words.AGEING.items()},
    )  # fmt: skip


DONE = {
    "bank_brought_in": N_("Brought in. The file is kept with its SHA-256."),
    "bank_withdrawn": N_("Withdrawn: it and its lines count nowhere, and stay to be read."),
    "bank_started": N_("The start is set. Match the lines next."), "bank_reconciled": N_("The account is reconciled."),
    "bank_unreconciled": N_("Taken back: what was matched can be changed again."),
}  # fmt: skip
PAGES = [
    ask_file, take_file, list_statements, show_statement, withdraw_statement, show_start, set_start, show_proof, finish,
]  # fmt: skip
