"""Let people say where they have an interest, so that they are not asked to decide there; end it; see their own."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.interests import REASON_MAXIMUM, SUBJECT_MAXIMUM, DeclareInterest
from ledger.domain.refusals import Refusal
from ledger.services import interests as service
from ledger.services.pool import Pool
from ledger.storage.approvals import Subject
from reports.i18n import N_, translate

SUBJECT_KIND_NAMES = {"employer": N_("Employer"), "campaign": N_("Campaign"), "payee": N_("Payee"), "request": N_("Request")}


@get("/interests", opt={"permission": "declare_interest"})
async def show_interests(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """One's own interests, with the form to declare another; ``?about=CAM-0007`` fills it in."""
    about = str(request.query_params.get("about", ""))[:SUBJECT_MAXIMUM]
    return await _page(request, pool, reader, Form({"subject": about}, reader.language))


async def _page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    language, choices = reader.language, await service.choices(pool, reader.actor)
    return page(
        request, "interests/list.html", reader=reader, status=form.status, help="interests", form=form, reason_maximum=REASON_MAXIMUM,
        declared=await service.own(pool, reader.actor), suggestions=[_suggestion(language, each) for each in choices],
        kinds={kind: translate(language, name) for kind, name in SUBJECT_KIND_NAMES.items()},
    )  # fmt: skip


def _suggestion(language: str, subject: Subject) -> tuple[str, str]:
    kind = translate(language, SUBJECT_KIND_NAMES[subject.subject_kind])
    return (subject.label, kind) if subject.subject_kind == "employer" else (subject.subject, f"{subject.label}, {kind}")


@post("/interests", opt={"permission": "declare_interest"}, status_code=303)
async def declare_interest(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Declare one, in force at once."""
    form = Form(await request.form(), reader.language)
    asked = DeclareInterest(subject=form.text("subject", max_length=SUBJECT_MAXIMUM), reason=form.text("reason", max_length=REASON_MAXIMUM))
    if form.ok:
        try:
            await service.declare(pool, reader.actor, form.key, asked)
            return Redirect("/interests?done=interest_declared", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"choice_invalid": "subject", "text_invalid": "reason"})
    return await _page(request, pool, reader, form)


@post("/interests/end", opt={"permission": "declare_interest"}, status_code=303)
async def end_interest(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """End one of one's own."""
    form = Form(await request.form(), reader.language)
    try:
        await service.end(pool, reader.actor, form.key, form.uuid("interest"))
        return Redirect("/interests?done=interest_ended", status_code=303)
    except Refusal as refusal:
        refused(form, refusal)
    return await _page(request, pool, reader, form)


DONE = {
    "interest_declared": N_("Declared. You are not asked to decide where this plays a part, and whoever reads such a request sees why."),
    "interest_ended": N_("Ended. What you declared stays readable."),
}
PAGES = [show_interests, declare_interest, end_interest]
