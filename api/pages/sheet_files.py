"""Bring a sheet in by pages: send it, say which column is which, see what it would do, and let it be done while a figure moves.

The same pages serve rosters and picket duty; a kind says in which they differ.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages import progress
from api.pages.contributions import place_after
from api.pages.forms import Form, body_with, refused
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain import duty as duty_rules
from ledger.domain import rosters
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.sheets import Column, Fault
from ledger.services import duty, roster_files
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.services.progress import known as find_progress
from ledger.services.roster_files import SheetFile
from ledger.services.spreadsheets import COLUMNS_MAXIMUM, SIZE_MAXIMUM_BYTES
from reports.i18n import N_, translate
from reports.roster_words import COLUMN_NAMES, FAULT_WORDS

# A form with a file, and what stands around it.
LANGUAGES_WRITTEN = {"en": N_("as in English: 1,234.56"), "fr": N_("as in French: 1 234,56")}


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What a file may hold: its columns, the services that read it and bring it in, what its pages say, and what may be ticked beside it."""

    holds: str
    columns: tuple[Column, ...]
    preview: Callable[..., Awaitable[Any]]
    bring_in: Callable[..., Awaitable[Any]]
    title: str
    onto: str
    lede: str
    hint: str
    ticked: tuple[str, ...] = ()


KINDS = {
    "roster": Kind(
        holds="roster", columns=rosters.COLUMNS, preview=roster_files.preview, bring_in=roster_files.bring_in, title=N_("Bring a roster in"),
        onto=N_("Roster"), lede=N_("Send the list; nothing of it is kept on the roster before you have seen what it would do."),
        hint=N_(
            "CSV or XLSX, one row a member, with a heading: a reference and a name at least. "
            "No insurance, card or bank numbers: a file with any is refused."
        ), ticked=("leave",),
    ),
    "duty": Kind(
        holds="duty", columns=duty_rules.COLUMNS, preview=duty.preview, bring_in=duty.bring_in, title=N_("Bring picket duty in"),
        onto=N_("Picket duty"), lede=N_("One row a shift, or one row a member and one column a day. You see what it would do before anything is kept."),
        hint=N_("CSV or XLSX with the members’ references; hours, or when a shift began and ended."),
    ),
}  # fmt: skip


class SaidFault(msgspec.Struct, frozen=True):
    """A fault as the reader is told it."""

    row: int
    column: str
    text: str


def _kind(request: Request[Any, Any, Any]) -> Kind:
    """The kind that an address speaks of: ``/strikes/S-0002/duty/import``."""
    return KINDS[request.url.path.split("/")[3]]


def _place(number: str, kind: Kind) -> str:
    """Where the pages of a kind begin."""
    return f"/strikes/{number}/{kind.holds}"


# --- sending ----------------------------------------------------------------------------------------------------------


@get(["/strikes/{number:str}/roster/import", "/strikes/{number:str}/duty/import"], opt={"permission": "manage_roster"})
async def ask_file(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The form for a file, and the files that wait."""
    return await _upload_page(request, pool, reader, number, Form({}, reader.language))


async def _upload_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form) -> Response[str]:
    kind = _kind(request)
    waiting = await roster_files.waiting(pool, reader.actor, number, kind.holds, place_after(request, datetime, UUID))
    return page(
        request, "sheets/upload.html", reader=reader, help=kind.holds, status=form.status, form=form, kind=kind, strike=waiting.strike,
        place=_place(waiting.strike.number, kind), waiting=waiting, further=waiting.next and cursor(*waiting.next), days=roster_files.FILE_DAYS,
        limit_bytes=SIZE_MAXIMUM_BYTES,
    )  # fmt: skip


@post(
    ["/strikes/{number:str}/roster/import", "/strikes/{number:str}/duty/import"], opt={"permission": "manage_roster"}, status_code=303,
    request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
)  # fmt: skip
async def take_file(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Keep the file that was sent aside, and go on to its columns."""
    kind = _kind(request)
    form = Form(await request.form(), reader.language)
    file = await form.file("file", SIZE_MAXIMUM_BYTES, required=True)
    if form.ok and file is not None:
        try:
            id = await roster_files.upload(pool, reader.actor, form.key, number, SheetFile(file.filename, file.data), kind.holds)
            return Redirect(f"{_place(number, kind)}/files/{id}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, dict.fromkeys(("file_invalid", "text_invalid", "rows_invalid", "identifier_refused"), "file"))
    return await _upload_page(request, pool, reader, number, form)


# --- looking ----------------------------------------------------------------------------------------------------------


@get(["/strikes/{number:str}/roster/files/{id:uuid}", "/strikes/{number:str}/duty/files/{id:uuid}"], opt={"permission": "manage_roster"})
async def look_at_file(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], id: FromPath[UUID]
) -> Response[Any]:
    """Which column is which, and what bringing the file in would do; what it did, once it is brought in."""
    kind, asked = _kind(request), request.query_params
    mapping, written = _mapping(asked, kind), _written_in(asked, reader.language)
    try:
        about, file = await roster_files.kept_file(pool, reader.actor, number, id, kind.holds)
    except NotFound as gone:
        return await _brought(pool, reader, number, id, kind, gone)
    found = await kind.preview(pool, reader.actor, number, file, mapping, written, about)
    place, days = _place(found.strike.number, kind), getattr(found, "days", 0)
    return page(
        request, "sheets/look.html", reader=reader, help=kind.holds, form=Form({}, reader.language), kind=kind, found=found, strike=found.strike,
        about=about, place=place, address=f"{place}/files/{id}", names=COLUMN_NAMES,
        days=days, columns=[column for column in kind.columns if not days or column.name == "reference"],
        choices=[(str(at), f"{column_letter(at)}: {heading}" if heading else column_letter(at)) for at, heading in enumerate(_headings(found))],
        faults=[said(reader.language, fault) for fault in found.faults.shown], written=written, writings=_writings(reader.language),
        ready=not found.missing_columns and not found.faults.count and bool(found.members if kind.holds == "roster" else found.entries),
    )  # fmt: skip


def said(language: str, fault: Fault) -> SaidFault:
    """A fault in the reader's words: which column, what is wrong, and the figure where there is one."""
    text = translate(language, FAULT_WORDS[fault.code], text=fault.text)
    quoted = f"{fault.text} " if fault.text and fault.code != "duplicate" else ""
    return SaidFault(fault.row, translate(language, COLUMN_NAMES[fault.column]), quoted + text)


def _headings(found: Any) -> list[str]:
    width = max(len(found.heading), *(len(row) for row in found.samples), 0) if found.samples else len(found.heading)
    return [*found.heading, *[""] * (width - len(found.heading))]


def column_letter(place: int) -> str:
    """A column as spreadsheet programs call it: A, Z, AA."""
    return column_letter(place // 26 - 1) + column_letter(place % 26) if place >= 26 else chr(65 + place)


def _mapping(asked: Mapping[str, Any], kind: Kind) -> dict[str, int] | None:
    """The columns that were chosen; None where the page was opened without choosing."""
    if "columns" not in asked:
        return None
    chosen = {column.name: str(asked.get(f"column-{column.name}", "")) for column in kind.columns}
    return {name: int(text) for name, text in chosen.items() if text.isascii() and text.isdigit() and int(text) < COLUMNS_MAXIMUM}


def _written_in(asked: Mapping[str, Any], language: str) -> str:
    """The language that figures of the file are written in; the reader's own where they did not say."""
    found = str(asked.get("written", ""))
    return found if found in LANGUAGES_WRITTEN else language


def _writings(language: str) -> list[tuple[str, str]]:
    return [(code, translate(language, text)) for code, text in LANGUAGES_WRITTEN.items()]


# --- doing ------------------------------------------------------------------------------------------------------------


@post(
    ["/strikes/{number:str}/roster/files/{id:uuid}", "/strikes/{number:str}/duty/files/{id:uuid}"], opt={"permission": "manage_roster"},
    status_code=303,
)  # fmt: skip
async def bring_file(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], id: FromPath[UUID]
) -> Response[Any]:
    """Bring the file in, or throw it away; either is done once, however often it is asked for."""
    kind, form = _kind(request), Form(await request.form(), reader.language)
    try:
        if form.action == "drop":
            await roster_files.drop(pool, reader.actor, form.key, number, id)
            return Redirect(f"{_place(number, kind)}/import?done=file_dropped", status_code=303)
        return await _bring(pool, reader, number, id, kind, form)
    except NotFound as gone:
        return await _brought(pool, reader, number, id, kind, gone)


async def _bring(pool: Pool, reader: Reader, number: str, id: UUID, kind: Kind, form: Form) -> Response[Any]:
    asked = {name: form.raw(name) for name in form.values}
    mapping, written = _mapping(asked, kind), _written_in(asked, reader.language)
    _, file = await roster_files.kept_file(pool, reader.actor, number, id, kind.holds)
    ticked = {name: form.checked(name) for name in kind.ticked}

    async def work(come: Come) -> dict[str, Any]:
        brought = await kind.bring_in(pool, reader.actor, form.key, number, file, mapping, written, come=come, kept_as=id, **ticked)
        figures: dict[str, Any] = msgspec.to_builtins(brought)
        return figures

    # The file itself is the key: sent again, from a page that was gone back to, it is the same work.
    return progress.onward(await progress.begin(pool, reader, str(id), f"import_{kind.holds}", number.upper(), work))


async def _brought(pool: Pool, reader: Reader, number: str, id: UUID, kind: Kind, gone: Refusal) -> Response[Any]:
    """What the reader's bringing in of a file that waits no more did; refuses where they did not bring it in."""
    known = await find_progress(pool, reader.actor, str(id), f"import_{kind.holds}", number.upper())
    if known is None:
        raise gone
    return progress.onward(known)


PAGES = [ask_file, take_file, look_at_file, bring_file]
DONE = {"file_dropped": N_("The file was thrown away; nothing of it was brought in.")}
