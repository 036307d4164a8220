"""Show how long each class of record is kept, from when its oldest may go, and the holds that stand; place and let go holds; record filings."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.security import Reader
from ledger.domain.refusals import Refusal
from ledger.domain.retention import FORM_MAXIMUM, REASON_MAXIMUM, Filing, Hold, PlaceHold, RecordFiling, Scope, may_say
from ledger.services import holds as hold_service
from ledger.services import retention as service
from ledger.services.pool import Pool
from ledger.services.retention import Kept, Overview
from reports import formats
from reports.i18n import N_, translate

DONE = {
    "hold_placed": N_("The hold stands: what it covers stays until it is let go."),
    "hold_said": N_("Recorded. The hold stands until another person says so too."),
    "hold_kept": N_("Recorded. The hold stands, and what was said before counts no more."),
    "hold_released": N_("The hold is gone: the rules of the table hold again."),
    "filing_recorded": N_("The filing is recorded, and the days of retention count with it. Attach what was filed."),
}
# What a rule is called that is no number of days.
RULES = {"never": N_("Never deleted"), "law": N_("The longer of both nations’ laws")}
# scope -> what a form calls it.
SCOPES: dict[Scope, str] = {"all": N_("Everything in these books"), "union": N_("The records of my union"), "strike": N_("The records of one strike")}


@get("/retention", opt={"permission": "read_retention"})
async def show_retention(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The classes, the holds and the filings."""
    return await _page(request, pool, reader)


async def _page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, refusal: Refusal | None = None) -> Response[Any]:
    shown, language = await service.overview(pool, reader.actor), reader.language
    why = " ".join(text for text in (message(language, refusal), mend(language, refusal)) if text) if refusal else ""
    return page(
        request, "retention/show.html", reader=reader, help="retention", status=refusal.status if refusal else 200, why=why,
        classes=[_class(reader, each) for each in shown.classes], holds=[_hold(reader, shown, each) for each in shown.holds],
        filings=[{"it": each, "may_correct": _may_correct(reader, each)} for each in shown.filings],
    )  # fmt: skip


def _class(reader: Reader, each: Kept) -> dict[str, Any]:
    language, kind = reader.language, each.kind
    rule = translate(language, RULES[kind.rule]) if kind.rule in RULES else formats.day_count(language, kind.days or 0)
    return {
        "it": each, "rule": rule, "text": kind.text_fr if language == "fr" else kind.text_en,
        "source": kind.source_fr if language == "fr" else kind.source,
        "unknown": kind.rule == "law" and each.oldest is not None and each.earliest is None,
    }  # fmt: skip


def _hold(reader: Reader, shown: Overview, hold: Hold) -> dict[str, Any]:
    own = reader.can("place_hold") and (hold.union is None or hold.union == reader.actor.union)
    return {
        "it": hold, "scope": _scope(reader.language, shown, hold), "said": bool(hold.words) and hold.released_at is None,
        "may_let_go": own and may_say(hold, reader.person_id, reader.actor.union), "may_keep": own and bool(hold.words) and hold.released_at is None,
    }  # fmt: skip


def _scope(language: str, shown: Overview, hold: Hold) -> str:
    if hold.scope == "union":
        return translate(language, "The records of %(union)s", union=next(each.name for each in shown.unions if each.code == hold.union))
    everything = SCOPES["all"]
    return translate(language, everything) if hold.scope == "all" else translate(language, "The records of strike %(strike)s", strike=hold.strike)


def _may_correct(reader: Reader, filing: Filing) -> bool:
    return filing.corrected_by is None and reader.can("record_filing") and filing.union == reader.actor.union


# --- holds --------------------------------------------------------------------------------------------------------------


@get("/retention/holds/new", opt={"permission": "place_hold"})
async def ask_hold(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a hold."""
    return _hold_page(request, reader, Form({"scope": "all"}, reader.language))


def _hold_page(request: Request[Any, Any, Any], reader: Reader, form: Form) -> Response[Any]:
    return page(
        request, "retention/hold.html", reader=reader, help="retention", status=form.status, form=form, reason_maximum=REASON_MAXIMUM,
        scopes=[(scope, translate(reader.language, text)) for scope, text in SCOPES.items()],
    )  # fmt: skip


@post("/retention/holds/new", opt={"permission": "place_hold"}, status_code=303)
async def place_hold(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Place a hold, at once."""
    form = Form(await request.form(), reader.language)
    scope: Any = form.choice("scope", list(SCOPES))
    strike = form.text("strike", required=scope == "strike", max_length=40)
    asked = PlaceHold(
        scope=scope, union=reader.actor.union if scope == "union" else None, strike=strike or None,
        reason=form.text("reason", max_length=REASON_MAXIMUM),
    )  # fmt: skip
    if form.ok:
        try:
            await hold_service.place_hold(pool, reader.actor, form.key, asked)
            return Redirect("/retention?done=hold_placed", status_code=303)
        except Refusal as refusal:
            fields = dict.fromkeys(("choice_invalid", "not_found", "other_union"), "strike")
            refused(form, refusal, fields | dict.fromkeys(("text_invalid", "hold_state"), "reason"))
    return _hold_page(request, reader, form)


@post("/retention/holds/{number:str}/release", opt={"permission": "place_hold"}, status_code=303)
async def release_hold(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Say that a hold may go."""
    form = Form(await request.form(), reader.language)
    try:
        hold = await hold_service.release_hold(pool, reader.actor, form.key, number)
    except Refusal as refusal:
        return await _page(request, pool, reader, refusal)
    return Redirect(f"/retention?done={'hold_released' if hold.released_at else 'hold_said'}", status_code=303)


@post("/retention/holds/{number:str}/keep", opt={"permission": "place_hold"}, status_code=303)
async def keep_hold(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Say that a hold stays."""
    form = Form(await request.form(), reader.language)
    try:
        await hold_service.keep_hold(pool, reader.actor, form.key, number)
    except Refusal as refusal:
        return await _page(request, pool, reader, refusal)
    return Redirect("/retention?done=hold_kept#holds", status_code=303)


# --- filings ------------------------------------------------------------------------------------------------------------


@get("/retention/filings/{number:str}", opt={"permission": "read_retention"})
async def show_filing(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One filing with its documents."""
    filing = await service.show_filing(pool, reader.actor, number)
    return page(
        request, "retention/filed.html", reader=reader, help="retention", filing=filing, may_correct=_may_correct(reader, filing),
        documents=await documents_for(pool, reader, "filing", filing.number),
    )  # fmt: skip


@get("/retention/filings/new", opt={"permission": "record_filing"})
async def ask_filing(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a filing; ``?corrects=FL-0003`` begins with what is recorded."""
    number = str(request.query_params.get("corrects", ""))[:20]
    known = next((each for each in (await service.overview(pool, reader.actor)).filings if each.number == number and _may_correct(reader, each)), None)
    values = {"form": known.form, "fiscal_year_end": known.fiscal_year_end.isoformat(), "filed_on": known.filed_on.isoformat()} if known else {}
    return _filing_page(request, reader, Form(values | ({"corrects": known.number} if known else {}), reader.language))


def _filing_page(request: Request[Any, Any, Any], reader: Reader, form: Form) -> Response[Any]:
    return page(
        request, "retention/filing.html", reader=reader, help="retention", status=form.status, form=form, form_maximum=FORM_MAXIMUM,
        corrects=form.raw("corrects"),
    )  # fmt: skip


@post("/retention/filings/new", opt={"permission": "record_filing"}, status_code=303)
async def record_filing(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record a filing of one's own union."""
    form = Form(await request.form(), reader.language)
    asked = RecordFiling(
        union=reader.actor.union or "", form=form.text("form", max_length=FORM_MAXIMUM), fiscal_year_end=form.date("fiscal_year_end"),
        filed_on=form.date("filed_on", not_after=pool.today()), corrects=form.raw("corrects")[:20] or None,
    )  # fmt: skip
    if form.ok:
        try:
            made = await service.record_filing(pool, reader.actor, form.key, asked)
            return Redirect(f"/retention/filings/{made.number}?done=filing_recorded", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"filing_state": "form", "date_invalid": str(refusal.params.get("field", "filed_on")), "future_date": "filed_on"})
    return _filing_page(request, reader, form)


PAGES = [show_retention, ask_hold, place_hold, release_hold, keep_hold, show_filing, ask_filing, record_filing]
