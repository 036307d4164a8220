"""Show the thresholds with their sources and days, let one treasurer enter one and another decide; and the list that they make, for review."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.nations import nation_name
from api.pages.files import list_file
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.money import digits_of
from ledger.domain.refusals import ChoiceInvalid, Refusal
from ledger.domain.thresholds import DAYS_MAXIMUM, NAME_MAXIMUM, SOURCE_MAXIMUM, ProposeThreshold
from ledger.services import tax_review
from ledger.services import thresholds as service
from ledger.services.pool import Pool
from ledger.services.thresholds import Listed, Overview
from reports.document import Words
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.present import say
from reports.threshold_words import (
    APPLIES,
    NOTES,
    STATES,
    assumed,
    days_text,
    limit_text,
    nation_words,
    reaches,
    reminder,
    shape_tax_review,
    source_label,
    without_amount,
)

DONE = {
    "threshold_proposed": N_("Recorded. It holds once a second treasurer has confirmed it."),
    "threshold_confirmed": N_("Confirmed: it holds on its days."),
    "threshold_rejected": N_("Turned down: it is not used."),
}
# Not the member it begins after: an address names nobody.
_PLACE = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
FILES = ("pdf", "xlsx", "csv")


# --- thresholds ---------------------------------------------------------------------------------------------------------


@get("/thresholds", opt={"permission": "read_thresholds"})
async def list_thresholds(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[str]:
    """Every threshold, what waits for a second person in front."""
    return await _list_page(request, pool, reader)


async def _list_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, refusal: Refusal | None = None) -> Response[str]:
    shown = await service.overview(pool, reader.actor)
    why = " ".join(text for text in (message(reader.language, refusal), mend(reader.language, refusal)) if text) if refusal else ""
    items = sorted((_item(reader, each) for each in shown.items), key=lambda item: item["it"].threshold.state != "proposed")
    return page(request, "thresholds/list.html", reader=reader, help="thresholds", status=refusal.status if refusal else 200, items=items, why=why)


def _item(reader: Reader, each: Listed) -> dict[str, Any]:
    language, limit = reader.language, each.threshold
    chip = (translate(language, "holds today"), "good") if each.holds else (translate(language, STATES[limit.state][0]), STATES[limit.state][1])
    return {
        "it": each, "limit": limit_text(language, limit), "days": days_text(language, limit), "chip": chip,
        "source": say(language, source_label(limit)), "remarks": [say(language, said) for said in _remarks(each)],
        "applies": translate(language, APPLIES[limit.applies_to]), "nation": say(language, nation_words(limit)) if limit.nation else "",
        "may_decide": limit.state == "proposed" and reader.can("change_thresholds") and limit.proposed_by != reader.person_id,
        "own": limit.state == "proposed" and limit.proposed_by == reader.person_id, "key": Form({}, language).key,
    }  # fmt: skip


def _remarks(each: Listed) -> list[Words]:
    """That its first day is an assumption, and that nothing is entered for the days after its last."""
    said = (assumed(each.threshold), without_amount(each.threshold, each.open_since) if each.open_since else None)
    return [text for text in said if text is not None]


@get("/thresholds/new", opt={"permission": "change_thresholds"})
async def ask_threshold(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[str]:
    """The form for a threshold; of a known code it begins with what holds, and with the day after it where that has ended."""
    shown = await service.overview(pool, reader.actor)
    return _new_page(request, reader, shown, Form(_known(shown, request.query_params.get("code", "")), reader.language))


def _known(shown: Overview, code: str) -> dict[str, str]:
    """The fields of the newest version of a code."""
    found = next((each.threshold for each in shown.items if each.threshold.code == code), None)
    if found is None:
        return {}
    kept = {name: str(getattr(found, name)) for name in ("code", "name_en", "name_fr", "comparison", "applies_to")}
    if found.valid_to is not None:
        kept["valid_from"] = (found.valid_to + timedelta(days=1)).isoformat()
    return kept | {"nation": found.nation or "", "amount_currency": found.currency or "", "days": str(found.days or "")}


def _new_page(request: Request[Any, Any, Any], reader: Reader, shown: Overview, form: Form) -> Response[str]:
    language = reader.language
    return page(
        request, "thresholds/new.html", reader=reader, help="thresholds", status=form.status, form=form, currencies=shown.currencies,
        comparisons=[("at_least", translate(language, "the amount or more")), ("over", translate(language, "more than the amount"))],
        nations=[(nation, nation_name(language, nation)) for nation in shown.nations], name_maximum=NAME_MAXIMUM, source_maximum=SOURCE_MAXIMUM,
        applies=[(name, translate(language, text)) for name, text in APPLIES.items()],
    )  # fmt: skip


@post("/thresholds/new", opt={"permission": "change_thresholds"}, status_code=303)
async def propose_threshold(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record a threshold, for a second treasurer to confirm."""
    form, shown = Form(await request.form(), reader.language), await service.overview(pool, reader.actor)
    wanted = _wanted(form, shown)
    if form.ok:
        try:
            await service.propose_threshold(pool, reader.actor, form.key, wanted)
            return Redirect("/thresholds?done=threshold_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, _fields(refusal))
    return _new_page(request, reader, shown, form)


def _fields(refusal: Refusal) -> dict[str, str]:
    """Which field of the form a refusal is about."""
    field = str(refusal.params.get("field", "code"))
    return {"threshold_state": "code"} | dict.fromkeys(("date_invalid", "choice_invalid", "text_invalid", "threshold_invalid"), field)


def _wanted(form: Form, shown: Overview) -> ProposeThreshold:
    currency = form.choice("amount_currency", shown.currencies) if form.raw("amount").strip() else ""
    return ProposeThreshold(
        code=form.text("code", max_length=40), name_en=form.text("name_en", max_length=NAME_MAXIMUM), name_fr=form.text("name_fr", max_length=NAME_MAXIMUM),
        amount_minor=form.optional_money("amount", currency, digits_of(currency)) if currency else None, currency=currency or None,
        days=form.integer("days", 1, DAYS_MAXIMUM) if form.raw("days").strip() else None,
        comparison=form.choice("comparison", ("at_least", "over")) or "at_least",  # type: ignore[arg-type]
        nation=form.choice("nation", shown.nations, required=False) or None, applies_to=form.choice("applies_to", list(APPLIES)),
        valid_from=form.date("valid_from"), valid_to=form.optional_date("valid_to"),
        first_day_assumed=form.checked("first_day_assumed"), source=form.text("source", max_length=SOURCE_MAXIMUM),
        source_fr=form.text("source_fr", required=False, max_length=SOURCE_MAXIMUM),
    )  # fmt: skip


@post("/thresholds/{code:str}/{version:int}", opt={"permission": "change_thresholds"}, status_code=303)
async def decide_threshold(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """Confirm or reject what somebody else entered."""
    form = Form(await request.form(), reader.language)
    decision = form.raw("decision")
    try:
        if decision not in ("confirmed", "rejected"):
            raise ChoiceInvalid(field="decision", value=decision[:40])
        await service.decide_threshold(pool, reader.actor, form.key, code, version, decision)  # type: ignore[arg-type]
    except Refusal as refusal:
        return await _list_page(request, pool, reader, refusal)
    return Redirect(f"/thresholds?done=threshold_{decision}", status_code=303)


# --- the list for review --------------------------------------------------------------------------------------------------


@get("/strikes/tax-review", opt={"permission": "read_roster"})
async def show_tax_review(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Members of one's own union whose support of a year reaches the threshold; as a file with ``?format=csv``."""
    asked, language = request.query_params, reader.language
    year, nation = _year(asked.get("year", "")), str(asked.get("nation", ""))
    if asked.get("format") in FILES:
        return await _file(pool, reader, year, nation, str(asked["format"]))
    (after,) = from_cursor(asked.get("after"), _PLACE) or (0,)
    found = await tax_review.review(pool, reader.actor, year, nation, after)
    address = f"/strikes/tax-review?year={found.year}&format="
    said, this_year = reaches(found), pool.today().year
    return page(
        request, "thresholds/tax_review.html", reader=reader, help="thresholds", found=found, older=cursor(found.next) if found.next else None,
        said=say(language, said) if said else "", reminder=say(language, reminder(found.threshold)) if found.threshold else "",
        notes=[say(language, note) for note in NOTES], files=[(name.upper(), address + name) for name in FILES],
        nation=nation_name(language, found.union.nation), years=[(str(one), str(one)) for one in range(this_year, this_year - 7, -1)],
    )  # fmt: skip


def _year(text: str) -> int | None:
    """A year typed into the address; what is none is this year."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


async def _file(pool: Pool, reader: Reader, year: int | None, nation: str, format_name: str) -> Response[Any]:
    found = await tax_review.review(pool, reader.actor, year, nation, limit=tax_review.FILE_MEMBERS)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_tax_review(facts, found, reader.actor.name), format_name)


PAGES = [list_thresholds, ask_threshold, propose_threshold, decide_threshold, show_tax_review]
