"""Ask for money in a form that a phone can fill: kept as a draft while it is typed, looked at before it is submitted, changed later."""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form
from api.pages.request_content import content_of, keep_refusal, looked_at
from api.pages.request_form import form_of, form_page, is_saved
from api.security import Reader
from ledger.domain.allocations import check_step
from ledger.domain.documents import SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import NotRequester, Refusal, RequestChanged
from ledger.services import allocation_forms as forms
from ledger.services import allocations as service
from ledger.services import documents
from ledger.services.allocation_forms import Choices
from ledger.services.allocations import View
from ledger.services.pool import Pool
from reports.i18n import N_

# What a form that nobody has typed into may hold.
_GIVEN = ("campaign", "kind", "electoral", "fund", "saved_at")


@get("/requests/new", opt={"permission": "request_allocation"})
async def new_request(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; the campaign is chosen where there is one, or where the address names it."""
    known, asked = await forms.choices(pool, reader.actor), word(request, "campaign")
    numbers = [campaign.number for campaign in known.campaigns]
    chosen = asked if asked in numbers else numbers[0] if len(numbers) == 1 else ""
    return await form_page(request, pool, reader, Form({"campaign": chosen, "kind": "general"}, reader.language), known, None)


@post("/requests/new", opt={"permission": "request_allocation"}, status_code=303)
async def begin_request(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Keep a first draft, and go on with it."""
    return await _posted(request, pool, reader, None)


@get("/requests/{number:str}/change", opt={"permission": "request_allocation"})
async def ask_change(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """The draft as it was left, or the request to be changed."""
    view = await _own(pool, reader, number)
    check_step(view.allocation, "submit")
    return await form_page(request, pool, reader, form_of(view, reader.language), await forms.choices(pool, reader.actor), view)


@post("/requests/{number:str}/change", opt={"permission": "request_allocation"}, status_code=303)
async def change_request(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Save, attach, look at or submit what was typed, by the button."""
    return await _posted(request, pool, reader, number)


async def _own(pool: Pool, reader: Reader, number: str) -> View:
    view = await service.show_request(pool, reader.actor, number)
    if reader.person_id not in (view.allocation.requested_by, view.case.campaign.lead_id if view.case else 0):
        raise NotRequester(request=view.allocation.number)
    return view


async def _posted(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str | None) -> Response[Any]:
    form, known = Form(await request.form(), reader.language), await forms.choices(pool, reader.actor)
    view, conflict = await _own(pool, reader, number) if number else None, False
    try:
        if form.action == "post" and view is not None and (sent := await _submitted(pool, reader, form, known, view)):
            return sent
        view = await _kept(pool, reader, form, view)
    except RequestChanged:
        conflict = True
    except Refusal as refusal:
        keep_refusal(form, refusal)
    await _attached(pool, reader, form, view)
    if form.action in ("save", "attach", "overwrite") and view is not None and not conflict and not form.errors:
        return Redirect(f"/requests/{view.allocation.number}/change?done=request_{'saved' if form.action != 'attach' else 'attached'}", status_code=303)
    seen = await looked_at(pool, reader, form, known, view) if form.action == "preview" and not conflict else None
    return await form_page(request, pool, reader, form, known, view, seen=seen, conflict=conflict)


async def _submitted(pool: Pool, reader: Reader, form: Form, known: Choices, view: View) -> Response[Any] | None:
    """Submit what was looked at; None where it was not understood, with its errors in the form."""
    content = content_of(form, known, pool.today())
    if not form.ok:
        return None
    try:
        made = await service.submit(pool, reader.actor, form.key, view.allocation.number, content, _seen_at(form))
    except RequestChanged:
        raise
    except Refusal as refusal:
        keep_refusal(form, refusal)
        return None
    return Redirect(f"/requests/{made.number}?done=request_{'submitted' if made.revision == 1 else 'resubmitted'}", status_code=303)


def _seen_at(form: Form) -> datetime | None:
    """When the draft was last saved as far as this page knows; None where the person means to write over what is there."""
    try:
        return None if form.action == "overwrite" else datetime.fromisoformat(form.value("saved_at"))
    except ValueError:
        return None


async def _kept(pool: Pool, reader: Reader, form: Form, view: View | None) -> View | None:
    """Save what was typed as it is; the request as it is then. Nothing is begun for a form that nobody typed into."""
    if view is None and not _typed_into(form):
        return None
    if view is not None and not is_saved(view.allocation):
        return view
    values, seen = _draft_of(form), _seen_at(form)
    if view is None:
        # By the form's own key, so that a form sent twice begins one request.
        number = (await service.start_draft(pool, reader.actor, f"{form.key}-start", {})).number
    elif view.allocation.draft == values:
        return view
    else:
        number = view.allocation.number
    saved = await service.save_draft(pool, reader.actor, str(uuid.uuid4()), number, values, seen)
    form.put("saved_at", saved.saved_at.isoformat())
    return await service.show_request(pool, reader.actor, saved.number)


def _typed_into(form: Form) -> bool:
    given = {name for line in form.line_numbers("line") for name in (f"line-{line}-currency",)} | set(_GIVEN)
    return any(text.strip() for name, texts in form.values.items() if name not in given for text in texts) or bool(form.files)


def _draft_of(form: Form) -> dict[str, str]:
    typed = {name: " ".join(texts[-1].split()) for name, texts in form.values.items() if name != "saved_at"}
    return {name: text for name, text in typed.items() if text} | {"language": form.language}


async def _attached(pool: Pool, reader: Reader, form: Form, view: View | None) -> None:
    """Keep the file that was chosen, whatever the button."""
    upload = await form.file("file", SIZE_MAXIMUM_BYTES, required=form.action == "attach")
    if upload is None or view is None:
        return
    try:
        key = f"{form.key}-{hashlib.sha256(upload.data).hexdigest()[:16]}"
        await documents.attach(pool, reader.actor, key, "request", view.allocation.number, upload.filename, upload.content_type, upload.data)
    except Refusal as refusal:
        keep_refusal(form, refusal)


DONE = {
    "request_saved": N_("Saved. Only you see it until you submit it."),
    "request_attached": N_("The document is kept with the request, and what you typed is saved."),
    "request_submitted": N_("Submitted. Whoever must decide has been told; you see here who has it."),
    "request_resubmitted": N_("Submitted as a new version. Whoever must decide has been told."),
}
PAGES = [new_request, begin_request, ask_change, change_request]
