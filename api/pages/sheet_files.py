"""Bring a sheet in by pages: send it, say which column is which, see what it would do, and let it be done while a figure moves.

The same three pages serve rosters and picket duty; a kind says in which they differ.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.security import Reader
from ledger.domain.refusals import Refusal, all_refusals
from ledger.domain.sheets import Column, Fault
from ledger.services import progress, roster_files
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.services.roster_files import SheetFile
from ledger.services.spreadsheets import COLUMNS_MAXIMUM, SIZE_MAXIMUM_BYTES
from ledger.storage.progress import Progress
from reports import formats
from reports.i18n import N_, translate
from reports.roster_words import COLUMN_NAMES, FAULT_WORDS

# A form with a file, and what stands around it.
BODY_MAXIMUM_BYTES = SIZE_MAXIMUM_BYTES + 1_000_000
LANGUAGES_WRITTEN = {"en": N_("as in English: 1,234.56"), "fr": N_("as in French: 1 234,56")}


class Kind(msgspec.Struct, frozen=True):
    """What a file may hold: how its pages are called, its columns, and the services that read it and bring it in."""

    holds: str
    columns: tuple[Column, ...]
    preview: Callable[..., Awaitable[Any]]
    bring_in: Callable[..., Awaitable[Any]]

    @property
    def template(self) -> str:
        return "rosters" if self.holds == "roster" else "duty"


class SaidFault(msgspec.Struct, frozen=True):
    """A fault as the reader is told it."""

    row: int
    column: str
    text: str


def place_of(number: str, kind: Kind) -> str:
    """Where the pages of a kind begin."""
    return f"/strikes/{number}/{'roster' if kind.holds == 'roster' else 'duty'}"


# --- sending ----------------------------------------------------------------------------------------------------------


async def upload_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, kind: Kind, form: Form) -> Response[str]:
    """The form for a file, and the files that wait."""
    strike, waiting = await roster_files.waiting(pool, reader.actor, number, kind.holds)
    return page(
        request, f"{kind.template}/upload.html", reader=reader, help=kind.holds, status=form.status, form=form, strike=strike, waiting=waiting,
        limit_bytes=SIZE_MAXIMUM_BYTES,
    )  # fmt: skip


async def take_file(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, kind: Kind) -> Response[Any]:
    """Keep the file that was sent aside, and go on to its columns."""
    form = Form(await request.form(), reader.language)
    file = await form.file("file", SIZE_MAXIMUM_BYTES, required=True)
    if form.ok and file is not None:
        try:
            id = await roster_files.upload(pool, reader.actor, form.key, number, SheetFile(file.filename, file.data), kind.holds)
            return Redirect(f"{place_of(number, kind)}/files/{id}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"file_invalid": "file", "text_invalid": "file"})
    return await upload_page(request, pool, reader, number, kind, form)


# --- looking ----------------------------------------------------------------------------------------------------------


async def look_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, id: UUID, kind: Kind, form: Form | None = None
) -> Response[str]:
    """Which column is which, and what bringing the file in would do."""
    asked = request.query_params if form is None else {name: form.raw(name) for name in form.values}
    mapping, written = _mapping(asked, kind), written_in(asked, reader.language)
    about, file = await roster_files.kept_file(pool, reader.actor, number, id, kind.holds)
    found = await kind.preview(pool, reader.actor, number, file, mapping, written, about)
    return page(
        request, f"{kind.template}/look.html", reader=reader, help=kind.holds, status=form.status if form else 200, form=form or Form({}, reader.language),
        found=found, strike=found.strike, about=about, address=f"{place_of(number, kind)}/files/{id}", names=COLUMN_NAMES,
        columns=[column for column in kind.columns if kind.holds == "roster" or not found.days or column.name == "reference"],
        choices=[(str(at), f"{_letter(at)}: {heading}" if heading else _letter(at)) for at, heading in enumerate(_headings(found))],
        faults=[said(reader.language, fault) for fault in found.faults.shown], written=written, writings=_writings(reader.language),
        ready=not found.missing_columns and not found.faults.count,
    )  # fmt: skip


def said(language: str, fault: Fault) -> SaidFault:
    """A fault in the reader's words: which column, what is wrong, and the figure where there is one."""
    text = translate(language, FAULT_WORDS[fault.code], text=fault.text)
    quoted = f"{fault.text} " if fault.text and fault.code != "duplicate" else ""
    return SaidFault(fault.row, translate(language, COLUMN_NAMES[fault.column]), quoted + text)


def _headings(found: Any) -> list[str]:
    width = max(len(found.heading), *(len(row) for row in found.samples), 0) if found.samples else len(found.heading)
    return [*found.heading, *[""] * (width - len(found.heading))]


def _letter(place: int) -> str:
    """A column as spreadsheet programs call it: A, Z, AA."""
    return _letter(place // 26 - 1) + _letter(place % 26) if place >= 26 else chr(65 + place)


def _mapping(asked: Mapping[str, Any], kind: Kind) -> dict[str, int] | None:
    """The columns that were chosen; None where the page was opened without choosing."""
    if "columns" not in asked:
        return None
    chosen = {column.name: str(asked.get(f"column-{column.name}", "")) for column in kind.columns}
    return {name: int(text) for name, text in chosen.items() if text.isascii() and text.isdigit() and int(text) < COLUMNS_MAXIMUM}


def written_in(asked: Mapping[str, Any], language: str) -> str:
    """The language that figures of the file are written in; the reader's own where they did not say."""
    found = str(asked.get("written", ""))
    return found if found in LANGUAGES_WRITTEN else language


def _writings(language: str) -> list[tuple[str, str]]:
    return [(code, translate(language, text)) for code, text in LANGUAGES_WRITTEN.items()]


# --- doing ------------------------------------------------------------------------------------------------------------


async def do(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, id: UUID, kind: Kind, **more: Callable[[Form], Any]
) -> Response[Any]:
    """Bring the file in, behind a page that shows how far it has come; or throw it away."""
    form = Form(await request.form(), reader.language)
    if form.action == "drop":
        await roster_files.drop(pool, reader.actor, form.key, number, id)
        return Redirect(f"{place_of(number, kind)}/import?done=file_dropped", status_code=303)
    asked = {name: form.raw(name) for name in form.values}
    mapping, written = _mapping(asked, kind), written_in(asked, reader.language)
    _, file = await roster_files.kept_file(pool, reader.actor, number, id, kind.holds)
    said = {name: read(form) for name, read in more.items()}

    async def work(come: Come) -> dict[str, Any]:
        brought = await kind.bring_in(pool, reader.actor, form.key, number, file, mapping, written, come=come, kept_as=id, **said)
        figures: dict[str, Any] = msgspec.to_builtins(brought)
        return figures

    made = await progress.start(pool, reader.actor, form.key, f"import_{kind.holds}", number.upper(), work)
    return Redirect(f"/progress/{made}", status_code=303)


@get("/progress/{id:uuid}", opt={"permission": "manage_roster"})
async def show_progress(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], id: FromPath[UUID]
) -> Response[str]:
    """How far long work has come; asked again every second, or by the browser itself where there is no script."""
    found = await progress.look(pool, reader.actor, id)
    return page(
        request, "rosters/progress.html", reader=reader, fragment="results", found=found, why=_why(reader.language, found),
        share=100 * found.done // found.total if found.total else 0, figures=_figures(reader.language, found),
        back=f"/strikes/{found.subject}/{'duty' if found.kind == 'import_duty' else 'roster'}",
    )  # fmt: skip


_FIGURES = {
    "rows": N_("Members in the file"), "entries": N_("Days of duty in the file"), "added": N_("New"), "changed": N_("Changed"),
    "unchanged": N_("Unchanged"), "left": N_("Left the roster"),
}  # fmt: skip


def _figures(language: str, found: Progress) -> list[tuple[str, str]]:
    answer = found.answer if found.state == "done" and found.answer else {}
    return [(translate(language, name), formats.count(language, answer[key])) for key, name in _FIGURES.items() if key in answer]


def _why(language: str, found: Progress) -> str:
    if found.state != "refused" or not found.answer:
        return ""
    refusal = all_refusals()[found.answer["code"]](**found.answer["params"])
    return " ".join(text for text in (message(language, refusal), mend(language, refusal)) if text)


PAGES = [show_progress]
DONE = {"file_dropped": N_("The file was thrown away; nothing of it was brought in.")}
