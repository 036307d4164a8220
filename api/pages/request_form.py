"""Ask for money in a form that a phone can fill: kept as a draft while it is typed, looked at before it is submitted, changed later.

What is typed is kept as it is typed, whatever it is; it is understood only when the person wants to see or submit it.
"""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.funds import rate_text, union_names
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.allocations import (
    KINDS,
    LINES_MAXIMUM,
    PURPOSE_MAXIMUM,
    STEPS,
    WHAT_MAXIMUM,
    Allocation,
    Content,
    Line,
    NewLine,
    Revision,
    check_step,
    is_material,
)
from ledger.domain.campaigns import Campaign
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.payees import name_key
from ledger.domain.refusals import NotRequester, Refusal, RequestChanged
from ledger.services import allocation_forms as forms
from ledger.services import allocations as service
from ledger.services import documents
from ledger.services.allocation_forms import Choices, Foreseen, Sketch
from ledger.services.allocations import View
from ledger.services.funds import FundView
from ledger.services.pool import Pool
from reports import formats
from reports.i18n import N_, translate
from reports.request_words import KINDS as KIND_NAMES
from reports.request_words import changes, must_approve

POLITICAL = "political_action"
_KIND_HINTS = {
    "general": N_("What a campaign needs: print, halls, travel, courses."),
    "strike_support": N_("For members on strike or locked out; the strike fund pays for this alone."),
    "study_group": N_("What a study group of both unions proposes; the boards decide about it."),
}
_WHY_NOT = {
    "electoral": N_("may not pay for election activity"), "nation": N_("is the other nation’s own fund"), "purpose": N_("is set up for another purpose"),
}  # fmt: skip
_FIELDS = {
    "lines_invalid": "lines", "currency_unknown": "lines", "amount_not_positive": "lines", "amount_invalid": "lines", "campaign_state": "campaign",
    "other_union": "campaign", "fund_closed": "fund", "fund_unknown": "fund", "fund_not_allowed_for_initiative": "fund", "document_type": "file",
    "document_too_large": "file", "documents_full": "file",
}  # fmt: skip
_FIELD_OF = {"purpose": "purpose", "needed_by": "needed_by", "kind": "kind", "what": "lines", "payee": "lines", "budget_line": "lines"}
# What a form that nobody has typed into may hold.
_GIVEN = ("campaign", "kind", "electoral", "fund", "saved_at")


class Seen(msgspec.Struct, frozen=True):
    """What was understood, before it is submitted: what it changes of the version before, and whose approvals that would void."""

    content: Content
    fund: str
    campaign: str
    budget: dict[int, str]
    changes: list[str]
    voids: list[str]


# --- the form as it stands ------------------------------------------------------------------------------------------------


def values_of(draft: Mapping[str, Any], language: str) -> dict[str, str]:
    """A draft's fields as this language writes them, though they were typed in the other one."""
    typed = str(draft.get("language", language))
    found = {name: str(value) for name, value in draft.items() if name != "language"}
    return found if typed == language else {name: _rewritten(name, value, typed, language) for name, value in found.items()}


def _rewritten(name: str, value: str, typed: str, language: str) -> str:
    try:
        if name.endswith("-amount"):
            return formats.figure(language, formats.parse_money(typed, value))
        return formats.date_iso(formats.parse_date(typed, value)) if name == "needed_by" else value
    except (formats.AmountNotUnderstood, formats.DateNotUnderstood):
        return value


def typed_anew(view: View, language: str) -> dict[str, str]:
    """The latest version of a request as if it had just been typed."""
    revision, case = view.revisions[-1], view.case
    assert case is not None, "a submitted request has its case"
    found = {
        "campaign": revision.campaign, "fund": case.fund.code, "kind": revision.kind, "electoral": "yes" if revision.electoral else "no",
        "purpose": revision.purpose, "needed_by": revision.needed_by.isoformat(),
    }  # fmt: skip
    for place, line in enumerate(revision.lines):
        each = {
            "what": line.what, "amount": formats.figure(language, line.amount_minor), "currency": line.currency, "payee": line.payee_name,
            "budget": str(line.budget_line or ""),
        }  # fmt: skip
        found |= {f"line-{place}-{name}": value for name, value in each.items()}
    return found


def _form_of(view: View, language: str) -> Form:
    allocation = view.allocation
    values = typed_anew(view, language) if allocation.draft is None and view.revisions else values_of(allocation.draft or {}, language)
    return Form(values | {"saved_at": allocation.saved_at.isoformat()}, language)


def _is_saved(allocation: Allocation | None) -> bool:
    """Whether what is typed is kept while it is typed; what officers are looking at changes only as a whole."""
    return allocation is None or allocation.state in STEPS["save"]


def _campaign(form: Form, known: Choices) -> Campaign | None:
    return next((campaign for campaign in known.campaigns if campaign.number == form.value("campaign")), None)


def _kind(form: Form) -> str:
    return form.value("kind") if form.value("kind") in KINDS else "general"


def _electoral(form: Form, campaign: Campaign | None) -> bool:
    return campaign is not None and campaign.initiative == POLITICAL and form.value("electoral") == "yes"


def _funds(form: Form, known: Choices) -> tuple[list[FundView], list[tuple[FundView, str]]]:
    """The funds that would take it, and the others with the reason why they would not; all of them while no campaign is chosen."""
    campaign, fit, others = _campaign(form, known), [], []
    for view in known.funds:
        why = forms.why_not(view.fund, campaign.initiative, _kind(form), _electoral(form, campaign), known.nation) if campaign else None
        if why is None:
            fit.append(view)
        else:
            others.append((view, why))
    return fit, others


def sketch_of(form: Form) -> Sketch:
    """What can be understood of the form so far."""
    lines = []
    for line in form.lines("line"):
        try:
            amount = formats.parse_money(form.language, line.raw("amount"), 2, line.raw("currency") or None)
        except formats.AmountNotUnderstood:
            continue
        if amount > 0 and line.raw("currency"):
            lines.append((line.raw("payee").strip(), line.raw("currency"), amount))
    return Sketch(campaign=form.value("campaign"), fund=form.value("fund"), kind=_kind(form), lines=tuple(lines))


async def form_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, known: Choices, view: View | None, *, seen: Seen | None = None,
    conflict: bool = False,
) -> Response[Any]:  # fmt: skip
    """The form, with what it would need as far as it can be known."""
    language, allocation, campaign = reader.language, view.allocation if view else None, _campaign(form, known)
    number, (fit, others) = allocation.number if allocation else None, _funds(form, known)
    for line in (rows := form.rows("line")):
        if not form.line("line", line).value("currency"):
            form.line("line", line).put("currency", _own_currency(known))
    sketch = sketch_of(form)
    foreseen = await forms.foresee(pool, reader.actor, number, sketch)
    address = f"/requests/{number}/change" if number else "/requests/new"
    return page(
        request, "requests/form.html", reader=reader, status=409 if conflict else form.status, help="requests", form=form, allocation=allocation,
        address=address, stay=address, rows=rows, currencies=known.currencies, payees=known.payees, seen=seen, conflict=conflict,
        saved=_is_saved(allocation),
        campaigns=[(each.number, each.name) for each in known.campaigns], campaign=campaign, budget=budget_options(language, campaign),
        kinds=[(code, translate(language, name), translate(language, _KIND_HINTS[code])) for code, name in KIND_NAMES.items()],
        funds=[(each.fund.code, named(language, each.fund), available(language, each)) for each in fit],
        other_funds=[(named(language, each.fund), translate(language, _WHY_NOT[why])) for each, why in others],
        political=campaign is not None and campaign.initiative == POLITICAL, **live(language, sketch, foreseen, known, await union_names(pool, reader)),
        accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES, limits={"purpose": PURPOSE_MAXIMUM, "what": WHAT_MAXIMUM},
        documents=await documents_for(pool, reader, "request", number) if number else None,
    )  # fmt: skip


def _own_currency(known: Choices) -> str:
    """The reader's own currency comes first in every fund's figures."""
    return known.funds[0].figures[0].currency if known.funds else known.currencies[0]


def budget_options(language: str, campaign: Campaign | None) -> list[tuple[str, str]]:
    """The lines of the campaign's budget to choose from."""
    lines = campaign.budget if campaign else ()
    return [(str(place), f"{line.what} ({formats.money(language, line.amount_minor, line.currency)})") for place, line in enumerate(lines, 1)]


def available(language: str, view: FundView) -> str:
    """``Available: CAD 55,750.00, USD 18,204.00``."""
    figures = [formats.money(language, each.available_minor, each.currency) for each in view.figures if each.held_minor or each.committed_minor]
    return translate(language, "Available: %(amounts)s", amounts=", ".join(figures)) if figures else translate(language, "Nothing available now")


def live(language: str, sketch: Sketch, foreseen: Foreseen | None, known: Choices, unions: dict[str, str]) -> dict[str, Any]:
    """The running totals, who would have to approve and by which rate, and where the fund has not enough."""
    sums: dict[str, int] = {}
    for _, currency, minor in sketch.lines:
        sums[currency] = sums.get(currency, 0) + minor
    fund = next((view for view in known.funds if view.fund.code == sketch.fund), None)
    has = {each.currency: each.available_minor for each in fund.figures} if fund else {}
    return {
        "sums": sums, "foreseen": foreseen, "needs": must_approve(language, foreseen.needed, unions) if foreseen else "",
        "rates": [rate_text(language, rate) for rate in foreseen.rates] if foreseen else [],
        "short": [(currency, has.get(currency, 0)) for currency, minor in sums.items() if fund and minor > has.get(currency, 0)],
    }  # fmt: skip


# --- what was meant -------------------------------------------------------------------------------------------------------


def content_of(form: Form, known: Choices, today: date) -> Content:
    """What is asked for, with an error beside every field that was not understood."""
    number = form.choice("campaign", [campaign.number for campaign in known.campaigns])
    campaign, kind = _campaign(form, known), form.choice("kind", KINDS)
    electoral = form.choice("electoral", ("yes", "no")) == "yes" if campaign and campaign.initiative == POLITICAL else False
    fund = form.choice("fund", [view.fund.code for view in _funds(form, known)[0]])
    purpose, needed_by = form.text("purpose", max_length=PURPOSE_MAXIMUM), form.date("needed_by", not_before=today)
    lines = tuple(_line(line, known, campaign) for line in form.lines("line", at_least=1))
    if len(lines) > LINES_MAXIMUM:
        form.fail("lines", translate(form.language, "At most %(maximum)s lines.", maximum=LINES_MAXIMUM))
    return Content(campaign=number, fund=fund, purpose=purpose, needed_by=needed_by, lines=lines, kind=kind, electoral=electoral)


def _line(line: Form, known: Choices, campaign: Campaign | None) -> NewLine:
    what, currency = line.text("what", max_length=WHAT_MAXIMUM), line.choice("currency", known.currencies)
    budget = line.choice("budget", [value for value, _ in budget_options(line.language, campaign)], required=False)
    return NewLine(
        what=what, currency=currency, amount_minor=line.money("amount", currency), payee=line.text("payee", required=False, max_length=WHAT_MAXIMUM),
        budget_line=int(budget) if budget else None,
    )  # fmt: skip


async def _looked_at(pool: Pool, reader: Reader, form: Form, known: Choices, view: View | None) -> Seen | None:
    """What was understood, where all of it was, and it may be asked for."""
    content = content_of(form, known, pool.today())
    if not form.ok:
        return None
    try:
        content = await forms.check_request(pool, reader.actor, content)
    except Refusal as refusal:
        _refused(form, refusal)
        return None
    campaign, fund = _campaign(form, known), next(each.fund for each in known.funds if each.fund.code == content.fund)
    assert campaign is not None, "a choice of them was understood"
    said, voids = _changed(reader.language, content, fund.id, known, view) if view and view.revisions else ([], [])
    budget = {place: line.what for place, line in enumerate(campaign.budget, 1)}
    return Seen(content, named(reader.language, fund), campaign.name, budget, said, voids)


def _changed(language: str, content: Content, fund_id: int, known: Choices, view: View) -> tuple[list[str], list[str]]:
    """What would change of the latest version, and whose approvals would no longer count."""
    old, case = view.revisions[-1], view.case
    new = _as_revision(content, fund_id, old)
    names = {each.fund.id: named(language, each.fund) for each in known.funds}
    if case is not None:
        names.setdefault(case.fund.id, named(language, case.fund))
    campaigns = {each.number: each.name for each in known.campaigns}
    voids = [each.person for each in case.approvals] if case and is_material(old, new) else []
    return changes(language, old, new, names, campaigns), voids


def _as_revision(content: Content, fund_id: int, old: Revision) -> Revision:
    known = {name_key(line.payee_name): line.payee for line in old.lines if line.payee}
    lines = tuple(
        Line(
            ordinal=ordinal, what=line.what, payee=known.get(name_key(line.payee), line.payee) if line.payee else None, payee_name=line.payee,
            currency=line.currency, amount_minor=line.amount_minor, budget_line=line.budget_line,
        )
        for ordinal, line in enumerate(content.lines, 1)
    )  # fmt: skip
    return msgspec.structs.replace(
        old, revision=old.revision + 1, campaign=content.campaign, fund_id=fund_id, kind=content.kind, electoral=content.electoral,
        purpose=content.purpose, needed_by=content.needed_by, lines=lines,
    )  # fmt: skip


def _refused(form: Form, refusal: Refusal) -> None:
    field = _FIELD_OF.get(str(refusal.params.get("field", "")), _FIELDS.get(refusal.code, ""))
    refused(form, refusal, {refusal.code: field})


# --- beginning and changing -----------------------------------------------------------------------------------------------


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
    return await form_page(request, pool, reader, _form_of(view, reader.language), await forms.choices(pool, reader.actor), view)


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
        _refused(form, refusal)
    await _attached(pool, reader, form, view)
    if form.action in ("save", "attach", "overwrite") and view is not None and not conflict and not form.errors:
        return Redirect(f"/requests/{view.allocation.number}/change?done=request_{'saved' if form.action != 'attach' else 'attached'}", status_code=303)
    seen = await _looked_at(pool, reader, form, known, view) if form.action == "preview" and not conflict else None
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
        _refused(form, refusal)
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
    if view is not None and not _is_saved(view.allocation):
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
        _refused(form, refusal)


DONE = {
    "request_saved": N_("Saved. Only you see it until you submit it."),
    "request_attached": N_("The document is kept with the request, and what you typed is saved."),
    "request_submitted": N_("Submitted. Whoever must decide has been told; you see here who has it."),
    "request_resubmitted": N_("Submitted as a new version. Whoever must decide has been told."),
}
PAGES = [new_request, begin_request, ask_change, change_request]
